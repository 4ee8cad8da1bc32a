/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One segment of an X12 interchange, as the reader found it: slices of the input, nothing copied.
 * ASC X12.5 (interchange) and X12.6 (syntax) are what the words come from.
 */
#ifndef TIELINE_DOCUMENTS_X12_SEGMENT_H
#define TIELINE_DOCUMENTS_X12_SEGMENT_H

#include "base/slice.h"

/* Element numbers have two digits; what is beyond is not cut apart. */
#define X12_ELEMENTS_MAX 99
#define X12_SEGMENT_MAX (1U << 20) /* bytes, binary data (BIN, BDS) included */
#define X12_ID_MAX 3               /* characters of a segment's id */

/* 0: there is none. */
struct x12_delimiters {
	uint8_t element, component, repetition, segment;
};

struct x12_segment {
	struct slice id;              /* "REF" */
	uint32_t packed;              /* x12_id(id) */
	const struct slice *elements; /* elements[0] is REF01; "" for what is left out */
	size_t count;                 /* of elements, empty ones at the end too */
	bool is_cut;                  /* there were more than X12_ELEMENTS_MAX */
	bool is_open;                 /* the input ended before its terminator */
	/*
	 * Nothing but printable ASCII is in it, and no separators of components or repetitions;
	 * false says nothing.
	 */
	bool is_plain;
	struct slice gap;             /* line ends, blanks, and padding of files, before it */
	struct slice raw;             /* from the id to the terminator, both in */
	uint64_t offset;              /* of raw, in the stream */
	uint64_t number;              /* in the stream, from 1 */
};

/* REF01 is number 1; "" for one that is not there. */
static inline struct slice x12_element(const struct x12_segment *s, size_t number)
{
	return number >= 1 && number <= s->count ? s->elements[number - 1] : (struct slice){ 0 };
}

#define X12_SUBSTITUTE '\x1a'

/*
 * As a text that is cut to `size`, with its NUL.  What stands in place of a NUL in it is as
 * forbidden in a value, and does not end it: two that differ behind it stay two.
 */
static inline void x12_text_set(char *out, size_t size, struct slice value)
{
	size_t n = value.n < size ? value.n : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = value.p[i] ? (char)value.p[i] : X12_SUBSTITUTE;
	out[n] = '\0';
}

/* The id in one number, for tables; 0 when it is longer than an id may be, or empty. */
static inline uint32_t x12_id(struct slice id)
{
	uint32_t packed = 0;

	if (id.n == X12_ID_MAX) /* mostly */
		return (uint32_t)id.p[0] << 16 | (uint32_t)id.p[1] << 8 | id.p[2];
	for (size_t i = 0; i < id.n && i <= X12_ID_MAX; i++)
		packed = packed << 8 | id.p[i];
	return id.n <= X12_ID_MAX ? packed : 0;
}

/* The other way. */
static inline struct slice x12_id_text(char out[X12_ID_MAX + 1], uint32_t packed)
{
	size_t n = 0;

	for (unsigned shift = 24; shift > 0; shift -= 8)
		if (packed >> (shift - 8) & 0xff)
			out[n++] = (char)(packed >> (shift - 8));
	out[n] = '\0';
	return slice_of(out, n);
}

#endif
