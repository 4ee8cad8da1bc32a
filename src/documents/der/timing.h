/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document of ours says of time: until when it is worth anything, until when it must stay
 * secret, and, of real-time availability, which later one replaces it.  Nothing else of it is
 * looked at, and nothing checked.
 */
#ifndef TIELINE_DOCUMENTS_DER_TIMING_H
#define TIELINE_DOCUMENTS_DER_TIMING_H

#include "exchange/scope.h"

struct der_timing {
	/*
	 * `expires_at`, or until when a request, an offer or an award may be answered, if that is
	 * earlier; 0: it does not say, or nothing that is a time
	 */
	int64_t expires_ns;
	/*
	 * "AGG-0042 status of 829517388 test"; of what is for a time to come with the time of its
	 * intervals (scope.h).  Empty: none replaces another
	 */
	char scope[SCOPE_MAX];
	int64_t sequence;          /* rising within the scope */
	/* The end of `secrecy_until`, INT64_MAX: beyond what a time can be; 0: as expires_ns */
	int64_t secret_until_ns;
};

/* All zero of what is none of our types. */
void der_timing_read(struct der_timing *out, struct slice document);

#endif
