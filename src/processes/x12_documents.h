/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transaction sets that are documents of tieline-documents(5) between two partners (x12.register):
 * they are read as the way back of `tieline translate` reads them, so that the register hears the
 * same of an invoice in either form.
 */
#ifndef TIELINE_PROCESSES_X12_DOCUMENTS_H
#define TIELINE_PROCESSES_X12_DOCUMENTS_H

#include "documents/der/facts.h"
#include "documents/der/header.h"
#include "documents/x12/guide_set.h"
#include "exchange/x12_terms.h"

#define X12_DOCUMENTS_MAX (16U << 20) /* bytes of X12 in a message that are read before a receipt */

struct x12_documents_question {
	const struct x12_terms *terms;
	struct x12_guide_set *guides; /* those that were loaded stay in it */
	const struct der_way *way;    /* of the message: its documents must name the same */
	int64_t now_ns;               /* when one is made that does not say it itself */
};

bool x12_documents_may_be(const struct x12_terms *, struct slice media_type);

/*
 * What they say goes to *facts; what cannot be read so, or is no such document, is why those are
 * lost: "registry.x12", "facts.size".  ST_AUTH "der.sender" | "der.receiver" | "der.role": one
 * names another party or role, which no policy lets through.
 */
NODISCARD enum status x12_documents_collect(struct der_facts *facts,
	const struct x12_documents_question *, struct slice content, struct slice media_type,
	struct fault *f);

#endif
