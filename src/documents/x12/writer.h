/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes segments: those that were read, byte for byte, and new ones, element by element.
 */
#ifndef TIELINE_DOCUMENTS_X12_WRITER_H
#define TIELINE_DOCUMENTS_X12_WRITER_H

#include "base/buf.h"
#include "documents/x12/segment.h"

/* The inverse of the reader: its gap, id, elements and, unless it is open, the terminator. */
void x12_segment_write(
	struct buf *out, struct x12_delimiters, const struct x12_segment *);

/*
 * A new segment: begin, elements, end.  Elements that are empty at the end are left out.  What an
 * element may not hold, delimiters and control characters, becomes a blank: it can cut nothing
 * apart.
 */
struct x12_writer {
	struct buf *out;
	struct x12_delimiters delimiters;
	size_t kept; /* bytes of out up to the last element that is not empty */
	struct slice gap;  /* before each: a line end; "" for none */
	uint64_t segments; /* written since it was set to 0: for SE01 */
};
/* False: all of it would be blanks, which are no value. */
bool x12_says(const struct x12_writer *, struct slice element);
/* False: some of it would be a blank instead. */
bool x12_stands(const struct x12_writer *, struct slice element);
void x12_begin(struct x12_writer *, const char *id);
void x12_put(struct x12_writer *, struct slice element);
void x12_put_text(struct x12_writer *, const char *element);
void x12_put_number(struct x12_writer *, uint64_t);
void x12_put_padded(struct x12_writer *, uint64_t, unsigned digits); /* zeros in front */
/* The components of one element; empty ones at the end are left out. */
void x12_put_parts(struct x12_writer *, const struct slice *parts, size_t count);
void x12_end(struct x12_writer *);

#endif
