/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the bytes that cut an interchange apart, and those that a plain value cannot have: for
 * every 64 bytes of input a mask of each.  With AVX2 or NEON where the processor has it, in
 * portable C everywhere; all of them say the same.
 */
#ifndef TIELINE_DOCUMENTS_X12_SCAN_H
#define TIELINE_DOCUMENTS_X12_SCAN_H

#include "documents/x12/segment.h"

#define X12_SCAN_BLOCK 64 /* bytes a mask stands for; bit 0 is the first of them */

struct x12_scan_mask {
	uint64_t cuts; /* separators of elements, terminators of segments */
	/*
	 * Of the others: control characters, what is beyond ASCII, separators of components and
	 * repetitions (where there is none, its 0 is a control character).
	 */
	uint64_t odd;
};

/*
 * masks[i] is of block i.  `in` is cut into blocks from its first byte on; of a last block that is
 * not whole the bits beyond its end are 0.  Room for x12_scan_masks(in.n) masks.
 */
typedef void x12_scan_fn(
	struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *);

static inline size_t x12_scan_masks(size_t bytes)
{
	return (bytes + X12_SCAN_BLOCK - 1) / X12_SCAN_BLOCK;
}

/* The quickest this processor can do. */
x12_scan_fn *x12_scan_best(void);

/* All that this processor can do, for tests: NULL and no name behind the last one. */
struct x12_scan_way {
	const char *name;
	x12_scan_fn *scan;
};
struct x12_scan_way x12_scan_way(size_t at);

#endif
