/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document says that the register of aggregations has to know, collected while it passes
 * (der_validate): which member is which fact is said by its schema (`x-fact`, `x-facts-of`).  A
 * value that its schema does not allow is no fact.
 */
#ifndef TIELINE_DOCUMENTS_DER_FACTS_H
#define TIELINE_DOCUMENTS_DER_FACTS_H

#include "documents/der/place.h"
#include "exchange/agreement.h"

struct der_facts {
	struct buf *out; /* borrowed, of FACTS_MAX at most: those of all documents of a message */
	const struct document_terms *agreed; /* borrowed: said of each document; or NULL */
	int64_t age_ns;  /* that each may be old, likewise; 0: nothing is said of it */
	uint32_t documents;
	size_t from;     /* where those of this document begin */
	bool is_whole;   /* its end was seen */
	struct fault lost; /* set by who could not look into all there was; code empty: nothing */
};

/* Another document, in which each value is told to der_facts_take(), as a der_listener is. */
void der_facts_begin(struct der_facts *);
void der_facts_take(struct der_facts *, const struct der_place *, const struct json_event *);
/* What ended early, or is none of ours, said nothing; what is not valid says so. */
void der_facts_end(struct der_facts *, bool is_ours, bool is_valid);
/*
 * ST_LIMIT "facts.size": they are more than FACTS_MAX; else why some were lost.  What there is of
 * them means nothing then.
 */
NODISCARD enum status der_facts_check(const struct der_facts *, struct fault *f);

#endif
