/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one partner and we agreed about X12 documents (application/edi-x12):
 *
 *   x12: { examine: true, guides: [ pa-810, us-820 ], acknowledge: true, advise: false,
 *          unknown-sets: reject, acknowledged-within: 1d, register: [ 810 ],
 *          control-numbers: 180d }
 */
#ifndef TIELINE_EXCHANGE_X12_TERMS_H
#define TIELINE_EXCHANGE_X12_TERMS_H

#include "base/buf.h"

#define X12_MEDIA_TYPE "application/edi-x12" /* RFC 1767 */
/*
 * Whether X12 also comes under this type, which software gives what it does not know: then its
 * first bytes decide.  Not X12_MEDIA_TYPE itself.
 */
bool x12_may_be_named(struct slice media_type);

#define X12_TERM_GUIDES_MAX 16
#define X12_TERM_GUIDE_MAX 48 /* characters of a name */
#define X12_TERM_SETS_MAX 6
#define X12_TERM_SET_MAX 3 /* characters of a set's id */
#define X12_WITHIN_NS (INT64_C(86400) * 1000000000)
#define X12_NUMBERS_NS (180 * X12_WITHIN_NS)

struct x12_terms {
	bool examine;     /* they are looked into, in both directions */
	bool acknowledge; /* what comes is answered by TA1, 997 or 999 */
	bool advise;      /* and by an 824 where what a document says is wrong */
	/* sets that there is no guide for are accepted by their envelope; else rejected */
	bool accept_unknown;
	/*
	 * what is sent is flagged when it is not acknowledged so long after; 0: nothing is expected
	 */
	int64_t within_ns;
	/* so long no control number of an interchange may come again; 0: nobody looks */
	int64_t numbers_ns;
	char guides[X12_TERM_GUIDES_MAX][X12_TERM_GUIDE_MAX + 1];
	size_t guide_count;
	/*
	 * Sets that are documents of tieline-documents(5) between these two, written as `tieline
	 * translate` does: the register hears of them as of those.
	 */
	char sets[X12_TERM_SETS_MAX][X12_TERM_SET_MAX + 1];
	size_t set_count;
};

/* As it was written; NULL: not said. */
struct x12_terms_text {
	bool examine;
	bool *acknowledge;
	bool advise;
	char *unknown; /* "reject", "accept" */
	char *within;  /* "never" too */
	char *numbers; /* likewise */
	char **guides;
	unsigned guide_count;
	char **sets;
	unsigned set_count;
};

/* ST_INPUT "agreement.value". */
NODISCARD enum status x12_terms_read(
	struct x12_terms *, const struct x12_terms_text *, struct fault *f);
/* Whether sets of this id ("810") are for the register. */
bool x12_terms_registers(const struct x12_terms *, struct slice set);
/* "{ examine: ... }" */
void x12_terms_put(struct buf *out, const struct x12_terms *);

#endif
