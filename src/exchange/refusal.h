/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a fault is said to a partner: the one table from our codes to the
 * words of RFC 4130 7.5 (disposition modifiers) and HTTP.  A code without a row takes
 * the row of its longest prefix ("as2.mic.mismatch" -> "as2.mic" -> "as2").
 */
#ifndef TIELINE_EXCHANGE_REFUSAL_H
#define TIELINE_EXCHANGE_REFUSAL_H

#include "base/slice.h"

struct refusal {
	const char *prefix;      /* of fault codes */
	const char *disposition; /* after "automatic-action/MDN-sent-automatically; " */
	unsigned http;           /* when no receipt can be given */
};

/* Never NULL: the last row is processed/error: unexpected-processing-error, 500. */
const struct refusal *refusal_for(const char *code);

/*
 * Whether an attempt answered by this HTTP status is worth repeating: 408, 425, 429, 500, 502, 503,
 * 504.
 */
bool http_status_is_retryable(unsigned status);

/* Whether it ends the message, where no receipt says otherwise: the other ones of 4xx. */
bool http_status_is_final(unsigned status);

#endif
