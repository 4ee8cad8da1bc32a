/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign interchanges cut off at every byte: it is always said, and where, unless nothing but what
 * may stand behind an interchange was cut off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/x12/check.h"
#include "x12_files.h"

#define LARGEST 1200 /* bytes: larger ones have nothing else in them */
#define FEWEST 10    /* files */

struct said {
	uint64_t errors, beyond; /* beyond: places behind the end */
	bool is_whole;           /* the last thing in it is the end of an interchange */
	size_t size;
};

static void finding(void *context, const struct x12_finding *f)
{
	struct said *said = context;

	said->errors += f->severity == X12_ERROR;
	said->beyond += f->place.offset > said->size;
}

static void segment(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	(void)at;
	(void)v;
	(void)place;
	((struct said *)context)->is_whole = slice_eq(s->id, S("IEA")) && !s->is_open;
}

static struct said check(struct slice in, size_t chunk)
{
	struct said said = { .size = in.n };
	struct x12_listener listener = { .context = &said, .finding = finding,
		.segment = segment };
	AUTO(x12_check) c = x12_check_new(NULL, 0, false, &listener);

	for (size_t at = 0; at < in.n; at += chunk)
		x12_check_feed(c, slice_sub(in, at, chunk), false);
	x12_check_feed(c, S(""), true);
	return said;
}

/* Where the last segment of a valid file ends: behind it are line ends only. */
static size_t end_of(struct slice in)
{
	size_t n = in.n;

	while (n > 0 && (in.p[n - 1] == '\n' || in.p[n - 1] == '\r' || in.p[n - 1] == ' '))
		n--;
	return n;
}

struct run {
	unsigned files, cuts;
};

static void cut_each(void *context, const char *path, struct slice in)
{
	struct run *run = context;

	if (in.n > LARGEST || in.n == 0 || check(in, in.n).errors > 0)
		return;
	run->files++;
	for (size_t n = 1; n < end_of(in); n++) {
		struct said said = check(slice_to(in, n), 1 + n % 97);

		run->cuts++;
		if ((said.errors == 0 && !said.is_whole) || said.beyond > 0)
			fail_msg("%s, cut at %zu: %llu errors, %llu of them behind the end", path, n,
				(unsigned long long)said.errors,
				(unsigned long long)said.beyond);
	}
}

static void every_cut_is_said(void **state)
{
	struct run run = { 0 };

	(void)state;
	if (x12_files_each(cut_each, &run) == 0)
		skip();
	assert_true(run.files >= FEWEST);
	print_message("%u files, %u cuts\n", run.files, run.cuts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
