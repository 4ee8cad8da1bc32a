/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document of our own types says that the register of aggregations has to know: which
 * aggregation, which resources, how much, when, and which document it follows.  Plain values in one
 * run of bytes: whoever reads documents writes it, whoever keeps the register reads it, and neither
 * knows the other.  Which member of which document is which fact is said by its schema (`x-fact`).
 *
 *   document 1 | type "availability" | aggregation "AGG-0042" | of interval 1: up_kw 1500 ...
 */
#ifndef TIELINE_EXCHANGE_FACTS_H
#define TIELINE_EXCHANGE_FACTS_H

#include "base/buf.h"

#define FACT_TEXT_MAX 255          /* bytes; a longer text is cut, and its fact says so */
#define FACTS_MAX (64U << 20)      /* bytes of all facts of one message */
#define FACT_WITHHELD "withheld"   /* what a reader may not see, and has to be there */
#define FACT_UNIT INT64_C(1000000) /* a quantity is in millionths of its unit */

/* Numbers are quantities (kW, kvar, kWh, money in FACT_UNITs), times (ns since 1970) or counts. */
enum fact_kind {
	FACT_DOCUMENT, /* count: a document begins, from 1; all until the next are of it */
	/* the header */
	FACT_TYPE,
	FACT_ID,
	FACT_CORRELATION,
	FACT_REPLY,     /* in_reply_to */
	FACT_SUPERSEDES,
	FACT_REVISION,  /* count */
	FACT_SENDER_ROLE,
	FACT_PROGRAM,   /* of the document, or another one a resource is in */
	FACT_TEST,      /* count: 1 test, 0 production: two books that know nothing of each other */
	FACT_CREATED,   /* time */
	FACT_EXPIRES,   /* time */
	/* what it does: its action, decision, result, instruction, status, step, operation */
	FACT_ACTION,
	FACT_CAUSE,     /* of a change; of a limit: its basis */
	FACT_INVALID,   /* count: 1 it is not what its schema says: judged, and never so */
	FACT_KIND,      /* of availability; scope of a limit; kind of a service */
	FACT_SEQUENCE,  /* count */
	FACT_BASIS,     /* count: the revision of the registry that it builds on */
	FACT_COUNT,     /* count: of resources, as it is said */
	FACT_LAST,      /* time: until when it may be answered or followed */
	FACT_FROM,      /* time: in force */
	FACT_UNTIL,     /* time */
	FACT_START,     /* time: of an interval */
	FACT_SECONDS,   /* count: of an interval */
	/* whom it is about */
	FACT_AGGREGATION,
	FACT_NAME,
	FACT_RESOURCE,
	FACT_PREMISE,
	FACT_FEEDER,
	FACT_DER_KIND,
	FACT_CONSENT,
	FACT_CONSENT_UNTIL, /* time */
	FACT_REJECTED,  /* a resource that a decision leaves out */
	/* which documents it follows */
	FACT_REGISTRATION,
	FACT_REQUEST,
	FACT_OFFER,
	FACT_AWARD,
	FACT_DISPATCH,
	FACT_PERFORMANCE,
	FACT_INVOICE,   /* a number: an invoice's own, or one that is paid */
	FACT_OUTAGE,
	FACT_LIMIT,
	FACT_SUBJECT,
	/* quantities */
	FACT_EXPORT_KW,
	FACT_IMPORT_KW,
	FACT_UP_KW,
	FACT_DOWN_KW,
	FACT_INJECT_KVAR,
	FACT_ABSORB_KVAR,
	FACT_ENERGY_KWH,
	FACT_QUANTITY_KW,
	FACT_QUANTITY_KVAR,
	FACT_AMOUNT,    /* of money: what is to be paid, or is paid */
	FACT_CEILING,   /* of money: what may be asked for at most */
	/* the review of a registration */
	FACT_REVIEW_STARTED, /* time */
	FACT_REVIEW_DUE,     /* time */
	FACT_CLOCK_STOPPED,  /* count: seconds */
	/* money and who it is between */
	FACT_SENDER,
	FACT_RECEIVER,
	FACT_BEHALF,    /* on_behalf_of */
	FACT_CREDITOR,  /* whom it is paid to: seller, payee */
	FACT_DEBTOR,    /* who pays: buyer, payer */
	FACT_PAYEE,     /* the name of where it is paid to */
	FACT_BANK_CHANGED, /* count: 1 its bank is another one */
	FACT_TRACE,
	FACT_PRICE,     /* of money, for one unit */
	FACT_CURRENCY,  /* of each amount that is a fact */
	FACT_INVOICED,  /* of money: what an invoice was over, as it is said */
	FACT_QUANTITY,  /* of what FACT_MEASURE says */
	FACT_MEASURE,   /* "kWh"; of a request what its price is for: "per_kwh" */
	FACT_COMMITTED, /* kW, to others */
	FACT_CHANGE_KW, /* signed */
	FACT_OVERRIDE,  /* what a dispatch goes before; "none" */
	FACT_DIRECTION, /* up, down, inject, absorb, hold */
	FACT_ADDRESSEE, /* of a copy: whom FACT_BEHALF sent the document to */
	/* what a performance is measured by */
	FACT_BASELINE,   /* how that is found; of a request: how it is to be */
	FACT_AWARDED_KW, /* as it is said */
	FACT_PERCENT,    /* of what was awarded, as it is said */
	FACT_EXCLUDED,   /* why an interval does not count */
	FACT_NOTICE_MET, /* count: 1 an outage was announced as early as agreed, as it is said */
	FACT_FALLBACK_EXPORT, /* kW, when messages stop */
	FACT_FALLBACK_IMPORT,
	FACT_ATTESTED,   /* count: 1 all consent */
	FACT_DISPUTE,
	FACT_BANK,        /* that an invoice is to be paid to, beside FACT_PAYEE */
	FACT_ACCOUNT,
	FACT_SUMMARY,     /* digest of the lines of an invoice, as it says it */
	FACT_UNCERTAINTY, /* count: ms that the sender's clock may be off */
	FACT_BEGAN,       /* time: an outage did */
	FACT_ENDED,       /* time: likewise */
	FACT_NEXT_UPDATE, /* time: until when more is said of an outage */
	/* no document says these: what is agreed with the partner */
	FACT_AGREED_NOTICE, /* count: seconds before a planned outage */
	FACT_AGREED_KW,     /* count: kW that an aggregation has at least */
	FACT_AGREED_CHANGE,  /* count: seconds before a change of an aggregation is in force */
	FACT_AGREED_SILENCE, /* count: 1 an award that is not answered in time is declined */
	/* again of documents */
	FACT_PRIMACY,      /* count: of limits, the lower decides */
	FACT_NET_METERING, /* count: 1 what a resource puts out is credited on its bill already */
	FACT_PRODUCT,      /* of a wholesale market that it takes part in */
	FACT_ATTESTED_ONCE, /* count: 1 nothing is paid there and here */
	FACT_AGREED_AGE,      /* count: seconds that a document may be old */
	FACT_AGREED_ROUNDING, /* count: enum rounding_policy of agreement.h */
	FACT_AGREED_COOLING,  /* count: seconds that nothing is paid to a new payee */
	/* of a condition, beside its kind, direction and feeder */
	FACT_CAP_KW, /* also of a resource: what it may put out at its connection point */
	FACT_WINDOW, /* when it holds, in words */
	FACT_PLACE,  /* where that is said otherwise than by a feeder: what it is */
	FACT_SPOT,   /* a part of a feeder: likewise */
	/* terms of a request or an offer */
	FACT_LEAST_KW, /* that is offered, or that may be awarded */
	FACT_STEP_KW,  /* it is offered in multiples of this */
	FACT_WHOLE,    /* count: 1 all of it is awarded, or nothing */
	FACT_DROP_KW,  /* by which a change lowers what an aggregation can do, as it is said */
	FACT_AWARDED_KVAR, /* of a performance, as it is said */
	FACT_FINAL, /* time: until when a statement may be replaced */
	/* of an availability, beside what is registered for them */
	FACT_HEADROOM_KWH, /* that storage takes in until it is full */
	FACT_SHED_KW,      /* by which loads go down */
	FACT_GENERATION_KW, /* by which generation goes up or down */
	FACTS,
};

/*
 * Of which list of the document; its items are numbered from 1.  FACT_OF_FEEDER is what each
 * interval says by feeder: of interval i the n-th is (i - 1) * FACT_FEEDERS_MAX + n.
 */
#define FACT_FEEDERS_MAX 1024 /* of one interval; of more, those behind are of the last */
enum fact_list {
	FACT_OF_DOCUMENT,
	FACT_OF_INTERVAL,
	FACT_OF_RESOURCE,
	FACT_OF_LINE,
	FACT_OF_CONDITION,
	FACT_OF_AREA,
	FACT_OF_FEEDER,
	FACT_LISTS,
};

struct fact {
	enum fact_kind kind;
	enum fact_list list;
	uint32_t item;     /* of the list, from 1; of the document: 0 */
	bool is_text;
	bool is_cut; /* the text was longer, or the number does not fit: the nearest that does */
	int64_t number;
	struct slice text; /* borrowed when read */
};

void fact_put(struct buf *out, const struct fact *);

/*
 * Takes the first off *rest.  ST_NONE: there are no more.  ST_INPUT "facts.malformed": who wrote
 * this was not us.
 */
NODISCARD enum status fact_next(struct fact *out, struct slice *rest, struct fault *f);

/* "up_kw", as `x-fact` has it. */
const char *fact_name(enum fact_kind);

#endif
