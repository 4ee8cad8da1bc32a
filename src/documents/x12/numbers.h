/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control numbers that were seen, to find one that comes twice.  Numbers mostly follow each other,
 * so they are kept as ranges, and a million of them cost no more than ten.
 */
#ifndef TIELINE_DOCUMENTS_X12_NUMBERS_H
#define TIELINE_DOCUMENTS_X12_NUMBERS_H

#include "base/slice.h"

#define X12_RANGES_MAX 4096 /* what comes when there are so many is not remembered */

struct x12_numbers {
	struct x12_range {
		uint64_t owner, first, last;
	} *ranges; /* ascending */
	size_t count;
	bool has_forgotten; /* one that came when there were so many */
};
void x12_numbers_done(struct x12_numbers *);
void x12_numbers_clear(struct x12_numbers *);
/*
 * False: this owner's was there already.  "1" and "0001" are two: ST02 is a text.  Of what is a
 * number to the standard, GS06, the caller leaves out zeros in front.
 */
bool x12_numbers_add(struct x12_numbers *, struct slice owner, struct slice number);
/* True: this owner's is there. */
bool x12_numbers_has(const struct x12_numbers *, struct slice owner, struct slice number);

#endif
