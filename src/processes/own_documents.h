/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a message are documents of tieline-documents(5), beside their schemas and beside the way
 * the message takes.  The envelope asks before it takes or seals one, because a refusal is in the
 * receipt; again, with all that is found, once the message is durable; and `send` asks for people.
 */
#ifndef TIELINE_PROCESSES_OWN_DOCUMENTS_H
#define TIELINE_PROCESSES_OWN_DOCUMENTS_H

#include "documents/der/facts.h"
#include "documents/der/timing.h"
#include "documents/der/validate.h"
#include "exchange/registry.h"

#define DOCUMENTS_DECODED_MAX (16U << 20) /* bytes of one of several documents that is encoded */
#define DOCUMENTS_SUMMARY_MAX 256
#define DOCUMENT_PARTY_MAX 64 /* characters of an id in a document */
#define DOCUMENT_SPOT_MAX (DER_POINTER_MAX + 80)

struct documents_question {
	struct der_way way;
	bool only_claimed; /* what has no type that we know is let alone */
	struct der_facts *facts; /* what they say for the register is collected there; or NULL */
	/* `number` of several documents, from 1; 0: it is the only one.  NULL: nobody is told */
	void (*finding)(void *context, unsigned number, const struct der_finding *);
	void *context;
};

struct documents_verdict {
	uint64_t documents, errors, in_error;
	/* By another sender, receiver or role, or of a test where none may be: never taken, sent */
	bool is_barred;
	/*
	 * What says most; code empty: nothing is wrong.  ST_AUTH "der.sender" | "der.receiver" |
	 * "der.role" | "der.test", ST_INPUT "der.area" | "der.agreement" | "der.invalid", ST_LIMIT
	 * "der.unexamined".
	 */
	struct fault fault;
	/* "availability on behalf of 829517388: valid"; empty: none is there */
	char summary[DOCUMENTS_SUMMARY_MAX];
};

/*
 * What headers have to say of a message from us to the partner, or, `inbound`, to us: there nobody
 * knows under which agreement copies are.
 */
struct der_way documents_way(
	const struct settings *own, const struct partner *partner, bool inbound, enum area);

/* Whether a message of this type may hold any. */
bool documents_may_hold(struct slice media_type);
/* Whether one may say anything of time: X12 does, too. */
bool documents_may_be_timed(struct slice media_type);

void documents_look(struct documents_verdict *, const struct documents_question *,
	struct slice content, struct slice media_type);

/*
 * Where an agreement refuses what is invalid or not registered, nothing gets around that by its
 * name: what looks like JSON, or like X12 where sets are for the register, goes under its own type.
 * ST_INPUT "der.media-type".  Where the register is asked and flags, it is the flag (code empty:
 * none), and the message goes on.
 */
NODISCARD enum status documents_undisguised(struct fault *flag, const struct agreement *,
	struct slice content, struct slice media_type, struct fault *f);

/*
 * As the envelope has to decide: the fault of what may not go this way, ST_OK else.  Where the
 * register is asked, `facts` collects what it has to know.
 */
NODISCARD enum status documents_permitted(const struct document_terms *, const struct der_way *,
	struct slice content, struct slice media_type, struct der_facts *facts, struct fault *f);

/*
 * What they say of time (timing.h), whether or not they are looked into for anything else: of
 * several documents the earliest end, the longest secrecy and no scope.  Nothing of what cannot be
 * read, or is not of our types.  A scope only in the lane for real-time data, where one message
 * replaces another, and that is agreed.  Of X12 the end alone (translate/expiry.h).
 */
void documents_timing(struct der_timing *out, const struct document_terms *, enum area,
	struct slice content, struct slice media_type);

/* "document 2, line 31, byte 812, /intervals/1/up_kw" */
const char *document_spot(
	char out[DOCUMENT_SPOT_MAX], unsigned number, const struct der_finding *);

#endif
