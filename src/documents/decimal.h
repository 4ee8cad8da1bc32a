/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amounts and quantities, exactly: a whole number of millionths of millionths.  Nothing of money or
 * energy ever goes through binary floating point.
 */
#ifndef TIELINE_DOCUMENTS_DECIMAL_H
#define TIELINE_DOCUMENTS_DECIMAL_H

#include "base/buf.h"

#define DECIMAL_PLACES 12     /* behind the point; more is refused, never rounded */
#define DECIMAL_DIGITS_MAX 24 /* before it */

__extension__ typedef __int128 decimal_units;

struct decimal {
	decimal_units units; /* of 10^-12 */
};

/*
 * Digits with at most one point and a minus in front.  The last `implied` of them are decimals
 * (type N of X12); there is no point then.  ST_INPUT "decimal.syntax", ST_LIMIT "decimal.range".
 */
NODISCARD enum status decimal_parse(
	struct decimal *out, struct slice text, unsigned implied, struct fault *f);

struct decimal decimal_of(int64_t whole);
/* False, and *to as it was: the sum is too large. */
bool decimal_add(struct decimal *to, struct decimal what);
bool decimal_subtract(struct decimal *to, struct decimal what);
int decimal_compare(struct decimal, struct decimal); /* -1, 0, 1 */

/* The shortest form: "12.5", "-3", "0". */
void decimal_put(struct buf *out, struct decimal);
/* With this many places at least (DECIMAL_PLACES at most): money is "12.50". */
void decimal_put_places(struct buf *out, struct decimal, unsigned least);
/* How many the shortest form has. */
unsigned decimal_places(struct decimal);

#endif
