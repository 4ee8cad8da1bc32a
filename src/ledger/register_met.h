/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether resources and premises of a document are in aggregations elsewhere.  An index over all
 * of them would be written to in as many places as a list has premises; so each list keeps the
 * hashes of its own, sorted, and a document's are merged with those: lists that have some in common
 * are then read in order, as they are at that time and later.  Only what changes add is in an
 * index.
 */
#ifndef TIELINE_LEDGER_REGISTER_MET_H
#define TIELINE_LEDGER_REGISTER_MET_H

#include "ledger/register_book.h"
#include "ledger/register_known.h"

#define MET_MAX 131072     /* meetings that are known of one document; of more, some */
#define MET_LISTS_MAX 1024 /* lists that have something in common with it, likewise */

enum met_kind { MET_RESOURCE, MET_PREMISE, MET_KINDS };

/* What is looked for, and where. */
struct met_search {
	struct ledger *ledger;
	struct book *book;     /* to read others' in */
	bool is_look;          /* at more than what is judged builds on: see book_look() */
	bool is_connected;     /* what is connected, see struct roll */
	struct book_of but;    /* not in this one; empty: everywhere */
	bool is_test;
	int direction;         /* of the registrations; -1: either */
	struct slice partner[MET_KINDS]; /* whose registrations; empty: anybody's */
	int64_t at_ns;
	int64_t until_ns; /* any time from at_ns to before that; 0: for ever; at_ns: then alone */
};

struct met {
	struct buf hashes[MET_KINDS]; /* of what is looked for; sorted by met_find() */
	struct buf owners;            /* whose lists have some of it */
	struct buf found;             /* which list has which, sorted */
};
struct met met_init(void);
void met_done(struct met *);
DEFINE_AUTO_IN_PLACE(met)

/* First all that is looked for... */
void met_ask(struct met *, enum met_kind, struct slice name);
/* ...then where it is. */
NODISCARD enum status met_find(struct met *, const struct met_search *, struct fault *f);

/* Where one is at any of that time; false: nowhere.  Borrowed. */
struct met_place {
	struct slice aggregation, partner;
};
bool met_is(struct met_place *out, const struct met *, enum met_kind, struct slice name);

/*
 * In a batch: what a list has, kept with it; or, `is_change`, what is added to it.
 */
NODISCARD enum status met_keep(struct ledger *, uint64_t list, bool is_change,
	const struct said_document *, struct fault *f);

#endif
