/* SPDX-License-Identifier: Apache-2.0 */
/* Used by send and save. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/output.h"

#define WORTH_SHOWING (UINT64_C(4) << 20)
#define REDRAW_NS (100 * NS_PER_MS)
#define BAR 40

struct progress progress_start(uint64_t total)
{
	return (struct progress){ .total = total,
		.shown = (total == 0 || total >= WORTH_SHOWING) && isatty(STDERR_FILENO) };
}

void progress_show(struct progress *p, uint64_t done)
{
	char text[SIZE_TEXT_MAX];
	int64_t now = clock_mono_ns();

	if (!p->shown || (now - p->drawn_ns < REDRAW_NS && done != p->total))
		return;
	p->drawn_ns = now;
	uint64_t part = done < p->total ? done : p->total; /* a file may grow while it is read */
	int filled = p->total ? (int)(part * BAR / p->total) : 0;
	fprintf(stderr, "\r  [%.*s%*s] %s ", filled, "########################################",
		BAR - filled, "", size_format(text, done));
	if (p->total)
		fprintf(stderr, "of %s ", size_format(text, p->total));
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\x1b[K", stderr);
}
