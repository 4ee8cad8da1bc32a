/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of exchange/ and documents/ share: cmocka's includes, and checks that name the
 * case.
 */
#ifndef TIELINE_TESTS_EXCHANGE_EXPECT_H
#define TIELINE_TESTS_EXCHANGE_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* `code` NULL: not looked at. */
static inline void expect_fault(const char *name, enum status got, const struct fault *f,
	enum status want, const char *code)
{
	if (got != want)
		fail_msg("%s: status %s (%s: %s), want %s", name, status_name(got), f->code,
			f->text, status_name(want));
	if (want != ST_OK && code && strcmp(f->code, code) != 0)
		fail_msg("%s: code %s (%s), want %s", name, f->code, f->text, code);
}

static inline void expect_text(const char *name, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', want '%s'", name, got, want);
}

/* The sentence says this. */
static inline void expect_says(const char *name, const struct fault *f, const char *words)
{
	if (words && !strstr(f->text, words))
		fail_msg("%s: '%s' does not say '%s'", name, f->text, words);
}

static inline void expect_slice(const char *name, struct slice got, struct slice want)
{
	if (!slice_eq(got, want))
		fail_msg("%s: '%.*s', want '%.*s'", name, SLICE_FMT(got), SLICE_FMT(want));
}

/* n times the byte, for the limits. */
static inline void put_times(struct buf *out, uint8_t byte, size_t n)
{
	while (n-- > 0)
		buf_put_u8(out, byte);
}

#endif
