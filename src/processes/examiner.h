/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an envelope does when it looks into a document.  Of X12 it checks it beside the guides that
 * are agreed with the partner, says which transaction sets are in it or what it answers, and makes
 * the answer to it; one of tieline-documents(5) it checks beside its schema (own_documents.h).
 */
#ifndef TIELINE_PROCESSES_EXAMINER_H
#define TIELINE_PROCESSES_EXAMINER_H

#include "documents/x12/answer_read.h"
#include "documents/x12/check.h"
#include "exchange/registry.h"
#include "processes/own_documents.h"
#include "processes/verbs.h"

#define EXAMINER_ANSWER_MAX (4U << 20) /* bytes of an answer; one that is larger is not made */
#define EXAMINER_DECODED_MAX DOCUMENTS_DECODED_MAX
#define EXAMINER_SUMMARY_MAX 300

struct examiner;
/* Guides of the house that do not hold are logged and left out.  Borrows the registry. */
struct examiner *examiner_new(const struct registry *);
void examiner_free(struct examiner *);
DEFINE_AUTO(examiner)

struct examiner_question {
	const struct agreement *agreement;
	const struct verb_examine *ask;
	struct der_way way; /* of the message, for documents of our own types */
	int document; /* descriptor, of which ask->at, ask->n are the document */
	int64_t now_ns;
	/* what is found, in order, while it is read */
	void (*set)(void *context, const struct verb_set *);
	void (*verdict)(void *context, const struct verb_verdict *);
	void (*finding)(void *context, const struct verb_finding *);
	void (*interchange)(void *context, const struct verb_interchange *);
	/* whether another message brought it; its Message-ID, which is to be copied */
	bool (*recall)(void *context, struct buf *message_id, const struct verb_interchange *);
	void *context;
};

/* Whether sets of this group are told: what is no document but an answer waits for none. */
bool examiner_keeps(const struct x12_group *);

/* Whose an interchange is, and when it was made, as far as TA1 or 997 can tell it from others. */
struct interchange_name {
	char sender[X12_PARTY_MAX + 1], receiver[X12_PARTY_MAX + 1], stamp[X12_STAMP_MAX + 1];
};
void examiner_name(struct interchange_name *, const struct x12_interchange *);

/* What is named otherwise than it might be is no X12, whatever it begins with. */
bool examiner_is_x12(struct slice media_type, struct slice content);

/* What an answer says, but for who says it: it borrows of `name`, `text` and the fact. */
void examiner_verdict(struct verb_verdict *out, struct interchange_name *name, struct buf *text,
	const struct x12_context *said_in, const struct x12_fact *);

struct examined {
	char summary[EXAMINER_SUMMARY_MAX]; /* "1 interchange, 3 sets: valid" */
	struct documents_verdict documents; /* of our own types */
	struct fault flag; /* what the message is flagged for; code empty: nothing */
	struct buf answer; /* an interchange; empty: there is nothing to answer */
};
void examined_init(struct examined *);
void examined_done(struct examined *);
DEFINE_AUTO_IN_PLACE(examined)

/*
 * ST_MORE "x12.numbers": the answer wants *numbers control numbers.  ST_NONE "x12.guide.unknown",
 * ST_INPUT "x12.guide.*" | "x12.rule.*": an agreed guide does not hold, and all of it waits until
 * it does.  ST_HOST.
 */
NODISCARD enum status examiner_run(struct examined *, uint32_t *numbers, struct examiner *,
	const struct examiner_question *, struct fault *f);

#endif
