/* SPDX-License-Identifier: Apache-2.0 */
/* Used by parts.c and receipt.c. */
#include "cli/confined.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sandbox.h"

#define ABOVE_ALL 10 /* descriptors from here on are nobody's standard ones */

static bool descriptors_keep(const int fds[], int count)
{
	int high[CONFINED_FDS_MAX];

	for (int i = 0; i < count; i++)
		if ((high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, ABOVE_ALL)) < 0)
			return false;
	for (int i = 0; i < count; i++)
		if (dup2(high[i], i) < 0)
			return false;
	return close_range((unsigned)count, ~0U, 0) == 0;
}

enum status confined_enter(const int fds[], int count, struct fault *f)
{
	static const struct sandbox nothing_more = { .promises = "stdio" };

	if (count > CONFINED_FDS_MAX)
		bug("%d descriptors", count);
	if (!descriptors_keep(fds, count))
		return fault_errno(f, ST_HOST, "host.descriptors", "keeping %d descriptors", count);
	enum status st = sandbox_enter(&nothing_more, f);
	return st == ST_NONE ? ST_OK : st;
}
