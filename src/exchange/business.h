/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of the four areas are to each other, as tables: who may send which, what it
 * must follow, in which state that must be and until when, and what it makes of it.
 *
 *   request -> offer -> award -> dispatch -> performance -> invoice -> remittance
 *   registration or change -> (more information ->) decision
 *
 * Pure: whoever keeps the register says what is known of a predecessor.  What these tables do not
 * see, such as who is in which aggregation, is in ledger/register.h.
 */
#ifndef TIELINE_EXCHANGE_BUSINESS_H
#define TIELINE_EXCHANGE_BUSINESS_H

#include "exchange/facts.h"

/* Numbers of types and states are in the ledger's file: they grow at their end. */
enum document_type {
	DOCUMENT_REGISTRATION, /* aggregation_registration */
	DOCUMENT_CHANGE,       /* composition_change */
	DOCUMENT_DECISION,     /* registration_decision */
	DOCUMENT_AVAILABILITY,
	DOCUMENT_REQUEST, /* service_request, and so on */
	DOCUMENT_OFFER,
	DOCUMENT_AWARD,
	DOCUMENT_DISPATCH,
	DOCUMENT_RESPONSE, /* dispatch_response */
	DOCUMENT_OUTAGE,
	DOCUMENT_LIMIT,
	DOCUMENT_PERFORMANCE,
	DOCUMENT_INVOICE,
	DOCUMENT_REMITTANCE,
	DOCUMENT_STATEMENT, /* settlement_statement */
	DOCUMENT_DISPUTE,
	DOCUMENT_ANSWER, /* business_response */
	DOCUMENT_TYPES,
};
#define DOCUMENT_BIT(type) (1U << (type))

enum business_state {
	BUSINESS_NONE, /* there is no such document; or: it stays as it is */
	BUSINESS_OPEN,
	BUSINESS_WAITING, /* for more information: the clock of a review stands */
	BUSINESS_AGREED,  /* accepted, awarded, confirmed */
	BUSINESS_REFUSED,
	BUSINESS_WITHDRAWN, /* or cancelled */
	BUSINESS_CLOSED,    /* done: completed, restored */
	BUSINESS_REPLACED,  /* a later revision is there */
	BUSINESS_STATES,
};
#define BUSINESS_BIT(state) (1U << (state))

#define BUSINESS_FOLLOWS 3
struct business_follow {
	enum fact_kind by; /* which fact names it; FACT_DOCUMENT: nothing more is followed */
	unsigned types;    /* DOCUMENT_BIT set: what it may be */
	unsigned states;   /* BUSINESS_BIT set: in which it may be followed */
	unsigned again;    /* the same for a later revision, and for what takes back */
	unsigned timed;    /* DOCUMENT_BIT set: of these only until their last moment, while open */
	bool is_needed;
	const char *code; /* "registry.order", "registry.award": it is not there, or not so */
	bool is_answer;   /* it must be the other side's: nobody decides on his own */
	unsigned once;    /* DOCUMENT_BIT set: of these only while open; a revision, in time */
};

struct business_rule {
	const char *name;    /* "aggregation_registration": FACT_TYPE */
	const char *process; /* "registration", "service"...: for people */
	unsigned senders;    /* SENDER_* set */
	bool is_timed;       /* useful only until it expires */
	struct business_follow follows[BUSINESS_FOLLOWS];
};
enum {
	SENDER_AGGREGATOR = 1,
	SENDER_UTILITY = 2,
	SENDER_ISO_RTO = 4,
	SENDER_PROVIDER = 8,
};

const struct business_rule *business_rule(enum document_type);
const char *business_state_name(enum business_state); /* "open" */
/* ST_NONE: no such type. */
NODISCARD enum status business_type_find(enum document_type *out, struct slice name);

/* In which state a document with this action begins. */
enum business_state business_makes(enum document_type, struct slice action);
/* What becomes of the document of type `of` that it follows; BUSINESS_NONE: nothing. */
enum business_state business_moves(
	enum document_type, struct slice action, enum document_type of);

/*
 * Whether a dispatch_response says what comes next of its dispatch, by the two statuses alone: it
 * was received, it is under way, it is over.  Among those under way any other one.
 */
bool business_goes_on(struct slice before, struct slice after);

/* What is known of a document that another one follows or supersedes.  Borrowed. */
struct business_predecessor {
	struct slice id;
	enum document_type type;
	enum business_state state; /* BUSINESS_NONE: it is not there */
	int64_t last_ns;           /* until when it may be followed; 0: for ever */
	uint32_t revision;
};

/* Whether this role may send this type.  ST_AUTH "registry.role". */
NODISCARD enum status business_sender_check(
	enum document_type, struct slice sender_role, struct fault *f);

/*
 * Whether who copies a document in this role may: of its own (is_own) what it may send, of others'
 * what it may not send alone.  ST_AUTH "registry.role": also of an aggregator, who copies nothing.
 */
NODISCARD enum status business_copier_check(
	enum document_type, struct slice copier_role, bool is_own, struct fault *f);

/* Until when an answer is wanted to a document, and of which type. */
struct business_want {
	enum document_type type;
	enum fact_kind by;   /* a time; FACT_SECONDS: so long after it came */
	const char *member;  /* that says so: "respond_by" */
	unsigned answers;    /* DOCUMENT_BIT set */
	const char *answer;  /* the same for people: "service_offer" */
	bool is_senders;     /* who said it is to say more */
	bool is_of_key;      /* it answers by its outage or dispute; or it names the document */
	const char *silence; /* what follows when there is none; NULL: the alarm alone */
};
/* By numbers that are in the ledger's file: they grow at their end.  NULL: there is no such. */
const struct business_want *business_want(unsigned number);

struct business_step {
	enum document_type type;
	struct slice action;
	bool is_revision; /* it supersedes one before */
	int64_t now_ns;
};
/*
 * An answer that comes too late to a document of which it is worth knowing at any time what became,
 * before which both sides were alarmed; or to one that is replaced or taken back by then, which it
 * crossed on the wire.  It is taken and flagged whatever is agreed.
 */
#define BUSINESS_LATE_ANSWER "registry.late-answer"
/* ST_AUTH "registry.order" | "registry.award" | "registry.late" | BUSINESS_LATE_ANSWER. */
NODISCARD enum status business_follow_check(const struct business_step *,
	const struct business_follow *, const struct business_predecessor *, struct fault *f);

/*
 * What builds on a document, as far as a rejection of that would undo what was done since: which
 * types may (DOCUMENT_BIT set), and whether one does, by what it says and its state now.  The
 * response to a dispatch builds on that, and on its award, when something is delivered.
 */
unsigned business_builders(enum document_type of);
bool business_builds(enum document_type, struct slice action, enum business_state,
	enum document_type of);

/* When a day ends everywhere that ends then in UTC, as facts have it. */
int64_t business_day_end(int64_t end_ns);
/* Until when a document may be disputed that says `last_ns` (FACT_LAST); 0: for ever. */
int64_t business_disputed_until(enum document_type, int64_t last_ns);

/* A dispute, as who says its next step finds it. */
struct business_dispute {
	enum business_state state; /* BUSINESS_NONE: it was not opened; AGREED: it is settled */
	bool is_opener;            /* he opened it */
	bool is_other_heard;       /* the other side said something of it */
};
/* Who may say a step (FACT_ACTION), and when.  ST_AUTH "registry.order". */
NODISCARD enum status business_dispute_check(struct slice step, bool is_revision,
	const struct business_dispute *, struct slice id, struct fault *f);

/* Latest by revision wins.  ST_AUTH "registry.order" | "registry.revision". */
NODISCARD enum status business_supersede_check(enum document_type, uint32_t revision,
	const struct business_predecessor *, struct fault *f);

#endif
