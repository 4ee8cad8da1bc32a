/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that somebody else owns.  All input is a slice; nothing here
 * allocates or fails, and out-of-range positions are clamped.
 */
#ifndef TIELINE_BASE_SLICE_H
#define TIELINE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/fault.h"

struct slice {
	const uint8_t *p;
	size_t n; /* bytes */
};

#define S(literal) ((struct slice){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* For printf's "%.*s". */
#define SLICE_FMT(s) (int)(s).n, (const char *)(s).p

static inline struct slice slice_of(const void *p, size_t n)
{
	return (struct slice){ p, n };
}

struct slice slice_str(const char *text); /* NULL is the empty slice */

bool slice_eq(struct slice, struct slice);
bool slice_eq_nocase(struct slice, struct slice); /* ASCII letters */
/* Below, at or above 0: byte by byte, of what begins alike the shorter one first. */
int slice_compare(struct slice, struct slice);
bool slice_has_prefix(struct slice, struct slice prefix);
bool slice_has_prefix_nocase(struct slice, struct slice prefix);

/* True, and *at the position of the first match, when needle occurs. */
bool slice_find(size_t *at, struct slice hay, struct slice needle);
bool slice_find_byte(size_t *at, struct slice hay, uint8_t byte);

/* Whether `part` is one of these very bytes, not of others that are the same; also an empty one. */
bool slice_holds(struct slice whole, struct slice part);

/* Here, because readers take a piece of their input for each few bytes of it. */
static inline struct slice slice_from(struct slice s, size_t at) /* [at, end) */
{
	if (at > s.n)
		at = s.n;
	return (struct slice){ at > 0 ? s.p + at : s.p, s.n - at }; /* NULL stays what it is */
}

static inline struct slice slice_to(struct slice s, size_t n) /* [0, n) */
{
	return (struct slice){ s.p, n < s.n ? n : s.n };
}

static inline struct slice slice_sub(struct slice s, size_t at, size_t n) /* [at, at + n) */
{
	return slice_to(slice_from(s, at), n);
}

/* Eight bytes at once, the first the lowest: for scanners, who have asked whether they are. */
#define SLICE_WORD 8
static inline uint64_t slice_word(struct slice s, size_t at)
{
	uint64_t word;

	memcpy(&word, s.p + at, SLICE_WORD);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

struct slice slice_trim(struct slice);                      /* SP, HTAB, CR, LF off both ends */
struct slice slice_trim_end(struct slice);                  /* off the end */

/* Cuts at the first `separator`: true when it was there; else *before is all and *after empty. */
bool slice_cut(struct slice *before, struct slice *after, struct slice in, uint8_t separator);

bool slice_is_printable(struct slice); /* 0x21..0x7e only, and not empty */

/* Decimal digits only, no sign, no blanks. ST_INPUT "number.syntax" | ST_LIMIT "number.range". */
NODISCARD enum status slice_u64(uint64_t *out, struct slice digits, struct fault *f);

/*
 * Copies into a NUL-terminated field of `size` bytes: ST_LIMIT "text.length" | ST_INPUT "text.nul".
 */
NODISCARD enum status slice_to_text(char *out, size_t size, struct slice in, struct fault *f);

/* Constant time for equal lengths: for digests and fingerprints. */
bool slice_eq_secret(struct slice, struct slice);

#endif
