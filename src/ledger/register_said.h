/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of a message say, out of its facts: a document at a time, its items one by
 * one, and which things it names, sorted.  Nothing is copied; slices point into the facts.
 */
#ifndef TIELINE_LEDGER_REGISTER_SAID_H
#define TIELINE_LEDGER_REGISTER_SAID_H

#include "exchange/business.h"
#include "ledger/register_span.h"

#define SAID_NAMES_MAX 131072 /* of one kind in one document */

/* Of a document, or of an item of one of its lists.  Of what is said twice, the first. */
struct said {
	enum fact_list list;
	uint32_t item;
	bool has[FACTS];
	struct slice text[FACTS];
	int64_t number[FACTS];
};

struct said_document {
	uint32_t number;     /* within its message, from 1 */
	struct slice facts;  /* all of it */
	struct slice lists[FACT_LISTS]; /* of that, from the first to the last fact of each list */
	bool says[FACTS];    /* anywhere */
	struct said head;    /* FACT_OF_DOCUMENT */
	struct slice name;   /* of its type, as it is said */
	enum document_type type; /* DOCUMENT_TYPES: one we do not know */
};

/* The next document off *rest.  ST_NONE: no more.  ST_INPUT "facts.malformed". */
NODISCARD enum status said_document_next(
	struct said_document *out, struct slice *rest, struct fault *f);

/*
 * The next item of a list off *rest, which begins as the document's facts, or as where that list is
 * in them.  ST_NONE: no more.
 * ST_INPUT "facts.malformed": also of items that are numbered backwards.
 */
NODISCARD enum status said_item_next(
	struct said *out, struct slice *rest, enum fact_list, struct fault *f);

/* Only what is said as a text, or as a number; else nothing, or `otherwise`. */
struct slice said_text(const struct said *, enum fact_kind);
int64_t said_number(const struct said *, enum fact_kind, int64_t otherwise);
/* The earliest interval's begin, else when it comes into force, else now. */
NODISCARD enum status said_when(
	int64_t *out, const struct said_document *, int64_t now_ns, struct fault *f);

/*
 * What one of two parties copied to us, of what they exchange: whose it is and whom it was for are
 * FACT_BEHALF and FACT_ADDRESSEE.  is_copiers: it is the copying party's own.
 */
bool said_is_copy(const struct said_document *);
bool said_is_copiers(const struct said_document *);

/* When an item is, half open, from 1970 on, for some 27 years at most.  False: it says no time. */
bool said_span(struct span *out, const struct said *item);

/* From the earliest begin to the latest end of its intervals.  ST_NONE: it has none. */
NODISCARD enum status said_times(
	struct span *out, const struct said_document *, struct fault *f);

struct said_name {
	uint32_t at;   /* where in the facts its item begins */
	uint32_t text; /* where the name is */
	uint8_t n;
	uint8_t list;
	uint32_t item;
};
/* All facts of one kind, of whichever list, sorted by what they say, then by item. */
struct said_names {
	struct slice facts; /* borrowed */
	struct buf list;    /* struct said_name */
};
void said_names_done(struct said_names *);
DEFINE_AUTO_IN_PLACE(said_names)
NODISCARD enum status said_names_init(struct said_names *out, const struct said_document *,
	enum fact_kind, struct fault *f);
/*
 * The same, with any number in an item, which said_name_item is not for.  What is beyond
 * SAID_NAMES_MAX is left out.
 */
NODISCARD enum status said_names_many(struct said_names *out, const struct said_document *,
	enum fact_kind, struct fault *f);
size_t said_names_count(const struct said_names *);
const struct said_name *said_name_of(const struct said_names *, size_t index);
struct slice said_name_text(const struct said_names *, size_t index);
/* Whether one of them says this. */
bool said_names_hold(const struct said_names *, struct slice text);
/* *out: the first that is this text, for said_sums() and said_name_item(). */
bool said_names_find(size_t *out, const struct said_names *, struct slice text);
/* Whether it says the same as the one before it. */
bool said_name_is_again(const struct said_names *, size_t index);
/* The item that names it; of the document's own list nothing but where it is. */
NODISCARD enum status said_name_item(
	struct said *out, const struct said_names *, size_t index, struct fault *f);

#endif
