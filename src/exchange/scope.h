/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scope of real-time data as a text: within one a later message replaces an earlier one.  That
 * of data for a time to come ends in the time that it covers, and then a later one replaces only
 * what it covers: "AGG-0042 forecast at 1795410000-1795496400", in seconds since 1970.
 */
#ifndef TIELINE_EXCHANGE_SCOPE_H
#define TIELINE_EXCHANGE_SCOPE_H

#include "base/buf.h"

#define SCOPE_MAX 192 /* bytes with the NUL */

/* From its start to before its end, in seconds since 1970. */
struct scope_span {
	int64_t from_s, until_s;
};

/* Behind the name.  A span before 1970 is none: nothing is put, and false. */
bool scope_span_put(struct buf *out, const struct scope_span *);

/* False: it covers no time, and is replaced by any later one of its own name. */
bool scope_span_read(struct slice *name, struct scope_span *out, struct slice scope);

/* What is left of the older one at now_s is within the newer one. */
bool scope_span_covers(
	const struct scope_span *newer, const struct scope_span *older, int64_t now_s);

#endif
