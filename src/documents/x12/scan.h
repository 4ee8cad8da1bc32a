/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the bytes that cut an interchange apart: for every 64 bytes of input one mask of them.
 * With AVX2 or NEON where the processor has it, in portable C everywhere; all of them say the same.
 */
#ifndef TIELINE_DOCUMENTS_X12_SCAN_H
#define TIELINE_DOCUMENTS_X12_SCAN_H

#include "base/slice.h"

#define X12_SCAN_BLOCK 64 /* bytes a mask stands for; bit 0 is the first of them */

/*
 * masks[i] tells which bytes of block i are `a` or `b`.  `in` is cut into blocks from its first
 * byte on; of a last block that is not whole the bits beyond its end are 0.  Room for
 * x12_scan_masks(in.n) masks.
 */
typedef void x12_scan_fn(uint64_t *masks, struct slice in, uint8_t a, uint8_t b);

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
