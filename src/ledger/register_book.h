/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of one aggregation: its lists, changes and decisions in the order they were said, and
 * what that adds up to at a moment.  Nothing but what was said is stored; what is in force is found
 * anew each time, so that a statement that is taken back takes everything with it.
 */
#ifndef TIELINE_LEDGER_REGISTER_BOOK_H
#define TIELINE_LEDGER_REGISTER_BOOK_H

#include "exchange/business.h"
#include "ledger/ledger.h"
#include "ledger/register_conditions.h"
#include "ledger/register_counted.h"
#include "ledger/register_span.h"

/* Lists, changes and decisions of one aggregation: of more, the last are known. */
#define BOOK_CHAPTERS_MAX 65536
#define REGISTER_NAME_SHOWN 64 /* bytes of a name in a sentence */

static inline struct slice name_shown(struct slice name)
{
	return slice_to(name, REGISTER_NAME_SHOWN);
}

enum register_operation { REGISTER_LISTED, REGISTER_ADDED, REGISTER_MODIFIED, REGISTER_REMOVED };

/* FACT_EXPORT_KW to FACT_ENERGY_KWH, in FACT_UNITs. */
#define QUANTITIES (FACT_ENERGY_KWH - FACT_EXPORT_KW + 1)
struct quantities {
	bool known[QUANTITIES];
	bool is_capped[QUANTITIES]; /* it is less than what is registered: a condition says so */
	int64_t of[QUANTITIES];
};
/* "registered is", or what else to say before the number. */
const char *quantity_said(const struct quantities *, enum fact_kind);

struct chapter {
	uint64_t number; /* of its statement */
	/* of a change: whose list; of a decision: what it decides; of an end: what it takes back */
	uint64_t base;
	enum document_type type;
	bool is_end;     /* a registration that withdraws */
	bool is_at_once; /* an emergency: in force before it is decided */
	bool has_rejected;
	enum business_state state;
	int64_t said_ns, from_ns, until_ns; /* until 0: for ever */
	/* the revision: of a decision that became current, of a change it builds on; -1: none */
	int64_t basis;
	uint64_t decision; /* that decided last; 0: none */
	uint64_t conditions; /* the decision that set those that it is under; 0: none */
	bool has_conditions; /* of a decision: it sets some */
	struct counted counted;
	struct quantities can;
};

struct book {
	bool is_open, is_noted;
	struct buf key;      /* aggregation, partner, test: whose it is */
	struct buf chapters; /* struct chapter, by number */
	int64_t revision;    /* that is current; -1: none */
	uint64_t unheard;    /* from this statement on nothing is decided; 0: all is */
	struct conditions conditions; /* that its lists and changes are, were or will be under */
};
struct sqlite3_stmt;
void quantities_read(struct quantities *out, struct sqlite3_stmt *, int first_column);

struct book book_init(void);
void book_done(struct book *);
DEFINE_AUTO_IN_PLACE(book)

struct book_of {
	struct slice aggregation, partner;
	bool is_test;
};
/* Nothing is read when it is this one already.  What is judged by it builds on it. */
NODISCARD enum status book_open(
	struct book *, struct ledger *, const struct book_of *, struct fault *f);
/*
 * The same anew, as its partner could know it at a time: without our decisions that it did not have
 * by then.  As it is where it had all of them.
 */
NODISCARD enum status book_open_heard(struct book *, struct ledger *, const struct book_of *,
	int64_t at_ns, struct fault *f);
/* With all of them again. */
NODISCARD enum status book_open_whole(
	struct book *, struct ledger *, const struct book_of *, struct fault *f);
/* The same, to see whether it is the one that is looked for. */
NODISCARD enum status book_look(
	struct book *, struct ledger *, const struct book_of *, struct fault *f);
size_t book_count(const struct book *);
/* NULL: there is none, as of any index where all that was said was taken back. */
struct chapter *book_chapter(const struct book *, size_t index);
struct chapter *book_find(const struct book *, uint64_t number); /* NULL: not there */

/* The list that is in force.  ST_AUTH "registry.unknown" | "registry.withdrawn". */
NODISCARD enum status book_list(const struct chapter **out, const struct book *,
	const struct book_of *, int64_t at_ns, struct fault *f);
/* Which revision is in force, by decisions; -1: none says one. */
int64_t book_revision(const struct book *, int64_t at_ns);
/* When the aggregation ends that has this list; 0: no end is known. */
int64_t book_end(const struct book *, const struct chapter *list);
/* The list that was said last, whatever became of it; NULL: none was. */
struct chapter *book_list_said(const struct book *);
/*
 * The list that was said last, where none is in force, and that one is under review, waits for
 * information, or is accepted and begins later; NULL: there is none.
 */
const struct chapter *book_ahead(
	const struct book *, const struct book_of *, int64_t at_ns);
/*
 * What it can do together, by list, changes and their decisions.  Returns until when nothing
 * comes into force that may say otherwise.
 */
int64_t book_can(struct quantities *out, const struct book *, const struct chapter *list,
	int64_t at_ns);
/* The same, and no more than conditions of decisions leave of it then. */
int64_t book_let(struct quantities *out, const struct book *, const struct chapter *list,
	int64_t at_ns);
/* How many resources the list has; false: they have to be counted. */
bool book_counted(
	int64_t *out, const struct book *, const struct chapter *list, int64_t at_ns);
/* Whether its words hold at a time; of what is in force. */
bool chapter_holds(const struct chapter *, int64_t at_ns);

/* What of *span the list is in force; false: nothing of it. */
bool book_span(struct span *span, const struct book *, const struct chapter *list);

/* --- the resources of a list, in order --- */

struct held {
	/* until the next call */
	struct slice resource, premise, feeder, der_kind, consent, program;
	int64_t consent_ns; /* 0: without end */
	int64_t from_ns;    /* since when it is so */
	uint64_t statement; /* that says so */
	bool is_removed;
	bool is_net_metered; /* what it puts out is credited on its bill already */
	struct quantities can;
};

/* What is read of each row; of each kind one may be open at a time. */
enum roll_kind {
	ROLL_WHOLE,
	ROLL_INNER, /* the same, within another one */
	/* Of texts only resource and feeder, of quantities what it gives, takes, sheds, stores. */
	ROLL_ABLE,
	ROLL_KINDS,
};

struct roll {
	struct ledger *ledger;
	const struct book *book;
	const struct chapter *list;
	int64_t at_ns;
	enum roll_kind kind;
	/*
	 * Set before the first row: as it is connected, also what an emergency took away, until
	 * that is decided: a battery that failed is at the end of the line that people work on.
	 */
	bool is_connected;
	struct sqlite3_stmt *rows;
	bool is_on_row;
	struct slice resource; /* of the row it is on: until it goes on */
	struct buf texts;
};
struct roll roll_init(struct ledger *, const struct book *, const struct chapter *list,
	int64_t at_ns, enum roll_kind);
void roll_done(struct roll *);
DEFINE_AUTO_IN_PLACE(roll)
/* The next one behind `after` the first time, then in order.  ST_NONE: no more. */
NODISCARD enum status roll_next(
	struct held *out, struct roll *, struct slice after, struct fault *f);
/* It begins anew. */
void roll_rewind(struct roll *);
/*
 * What is added or changed after the roll's time and before until_ns, row by row in their order,
 * also what another row replaces in between.  ST_NONE: no more.
 */
NODISCARD enum status roll_later(
	struct held *out, struct roll *, int64_t until_ns, struct fault *f);
/*
 * To be asked for in ascending order.  ST_NONE: it is not in it; where something took it away,
 * *out is that, else it is not written.
 */
NODISCARD enum status roll_find(
	struct held *out, struct roll *, struct slice resource, struct fault *f);

#endif
