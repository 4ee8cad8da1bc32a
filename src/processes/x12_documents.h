/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transaction sets that are documents of tieline-documents(5) between two partners (x12.register):
 * they are read as the way back of `tieline translate` reads them, so that the register hears the
 * same of an invoice in either form, and a third party is sent the same.
 */
#ifndef TIELINE_PROCESSES_X12_DOCUMENTS_H
#define TIELINE_PROCESSES_X12_DOCUMENTS_H

#include "base/id.h"
#include "documents/der/facts.h"
#include "documents/der/header.h"
#include "documents/translate/sets.h"
#include "documents/x12/guide_set.h"
#include "exchange/area.h"
#include "exchange/x12_terms.h"

#define X12_DOCUMENTS_MAX (16U << 20) /* bytes of X12 in a message that are read before a receipt */

struct x12_documents_question {
	const struct x12_terms *terms;
	struct x12_guide_set *guides; /* without a shelf it gets one; what was loaded stays in it */
	const struct der_way *way;    /* of the message: its documents must name the same */
	struct slice message_id;      /* of it: ids that X12 does not say are made of it */
	int64_t now_ns;               /* when one is made that does not say it itself */
};

/* One set, as the register reads it: what X12 does not say is its schema's example. */
struct x12_document {
	unsigned number; /* of several documents in the message, from 1; 0: it is the only one */
	const struct translate_set *set; /* NULL: its file could not be read to the end */
	struct slice document;           /* empty: it cannot be read, for `why` */
	const struct fault *why;         /* NULL: it can */
	const char *id;                  /* of it, unless X12 says one */
};
/* What is not ST_OK ends it. */
typedef enum status x12_document_heard(
	void *context, const struct x12_document *, struct fault *f);

bool x12_documents_may_be(const struct x12_terms *, struct slice media_type);

/*
 * Calls back for each set that is for the register, in their order, also for what cannot be read:
 * a set by its own fault, the rest of a file that is no X12 from there on, what is more than
 * X12_DOCUMENTS_MAX ("facts.size").  Of `heard`.
 */
NODISCARD enum status x12_documents_each(const struct x12_documents_question *,
	struct slice content, struct slice media_type, x12_document_heard *heard, void *context,
	struct fault *f);

/*
 * What they say goes to *facts; what cannot be read so, or is no such document, is why those are
 * lost: "registry.x12", "facts.size".  ST_AUTH "der.sender" | "der.receiver" | "der.role": one
 * names another party or role, which no policy lets through.
 */
NODISCARD enum status x12_documents_collect(struct der_facts *facts,
	const struct x12_documents_question *, struct slice content, struct slice media_type,
	struct fault *f);

/* A set by itself (translate_set.interchange) that somebody is to have a copy of. */
struct x12_copied {
	struct slice interchange;
	struct x12_guide_set *guides;
	const char *id; /* of the document, unless X12 says one */
	enum area area; /* it came in */
	int64_t now_ns;
};
/* Nothing of an example is in it (options.h).  As of translate_to_json(). */
NODISCARD enum status x12_document_make(
	struct buf *out, const struct x12_copied *, struct fault *f);

#endif
