/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  What left, or came, while it was measured counts for the time it
 * was there: so all lists of the time are looked at, and what was added to them within it.
 */
#include "ledger/register_details.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"

struct details {
	struct judging *judging;
	struct span span; /* in which it was measured */
	struct said_names names;
	struct buf there; /* a byte of each name: 1 it was */
	size_t missing;
};

enum status consent_check(struct slice resource, int64_t until_ns, int64_t at_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (until_ns == 0 || at_ns <= until_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.consent",
		"the consent for resource %.*s ended at %s",
		SLICE_FMT(name_shown(resource)), time_format(when, until_ns));
}

/* --- what each can do --- */

static int64_t plate_of(const struct held *held, enum fact_kind kind)
{
	const int i = (int)kind - FACT_EXPORT_KW;

	return held->can.known[i] ? held->can.of[i] : INT64_MAX;
}

int64_t held_most(const struct held *held, enum fact_kind kind)
{
	const int64_t gives = plate_of(held, FACT_EXPORT_KW);
	const int64_t takes = plate_of(held, FACT_IMPORT_KW);
	const int64_t sheds = held->can.known[FACT_UP_KW - FACT_EXPORT_KW]
		? plate_of(held, FACT_UP_KW)
		: 0;

	if (kind == FACT_UP_KW)
		return amount_add(gives, takes > sheds ? takes : sheds);
	return kind == FACT_DOWN_KW ? amount_add(gives, takes) : plate_of(held, kind);
}

/* --- who was there --- */

static enum status name_report(
	struct details *d, size_t index, enum status st, struct fault *f)
{
	struct said item;

	if (st == ST_OK)
		return ST_OK;
	struct fault why = *f;
	TRY(said_name_item(&item, &d->names, index, f));
	return judging_report(d->judging, st, &item, &why);
}

static enum status found(
	struct details *d, size_t index, const struct held *held, int64_t at_ns, struct fault *f)
{
	const bool is_again = d->there.p[index] != 0;

	if (is_again)
		return ST_OK;
	d->there.p[index] = 1;
	d->missing--;
	return name_report(
		d, index, consent_check(held->resource, held->consent_ns, at_ns, f), f);
}

static enum status begun_look(struct details *d, const struct chapter *list,
	const struct span *span, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(
		d->judging->ledger, &d->judging->book, list, span->from_ns, ROLL_WHOLE);
	struct held held;

	for (size_t i = 0; i < said_names_count(&d->names); i++) {
		enum status st = d->there.p[i] ? ST_NONE
			: roll_find(&held, &roll, said_name_text(&d->names, i), f);

		if (st == ST_OK)
			st = found(d, i, &held, span->from_ns, f);
		if (st != ST_OK && st != ST_NONE)
			return st;
	}
	return ST_OK;
}

static enum status came_look(struct details *d, const struct chapter *list,
	const struct span *span, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(
		d->judging->ledger, &d->judging->book, list, span->from_ns, ROLL_WHOLE);
	struct held held;
	enum status st = ST_OK;
	size_t at;

	while (d->missing > 0 && (st = roll_later(&held, &roll, span->until_ns, f)) == ST_OK)
		if (said_names_find(&at, &d->names, held.resource))
			TRY(found(d, at, &held, held.from_ns, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status lists_look(struct details *d, struct fault *f)
{
	const struct book *book = &d->judging->book;
	const struct chapter *list;

	for (size_t i = 0; d->missing > 0 && (list = book_chapter(book, i)) != NULL; i++) {
		struct span span = d->span;

		if (!book_span(&span, book, list))
			continue;
		TRY(begun_look(d, list, &span, f));
		TRY(came_look(d, list, &span, f));
	}
	return ST_OK;
}

/* Of what is named twice the first stands for all: that it is twice is the schema's matter. */
static enum status missing_tell(struct details *d, struct fault *f)
{
	for (size_t i = 0; i < said_names_count(&d->names); i++) {
		if (d->there.p[i] || said_name_is_again(&d->names, i))
			continue;
		TRY(name_report(d, i,
			fault_set(f, ST_AUTH, "registry.unknown",
				"resource %.*s was not in the aggregation when it was measured",
				SLICE_FMT(name_shown(said_name_text(&d->names, i)))),
			f));
	}
	return ST_OK;
}

static enum status names_judge(struct details *d, struct fault *f)
{
	TRY(said_names_init(&d->names, d->judging->document, FACT_RESOURCE, f));
	d->missing = said_names_count(&d->names);
	for (size_t i = 0; i < d->missing; i++)
		buf_put_u8(&d->there, 0);
	TRY(lists_look(d, f));
	return missing_tell(d, f);
}

/* --- what they come to --- */

static enum status sum_check(
	const struct said *head, int64_t sum, int64_t rounding, struct fault *f)
{
	const int64_t all = quantity_bounded(said_number(head, FACT_ENERGY_KWH, 0));

	if (!head->has[FACT_ENERGY_KWH] || sum <= quantity_with_rounding(all, rounding))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"its resources deliver " QUANTITY_FORMAT
		" kWh, total_delivered_kwh is " QUANTITY_FORMAT, QUANTITY(sum), QUANTITY(all));
}

static enum status sum_judge(struct judging *j, struct fault *f)
{
	struct slice rest = j->document->lists[FACT_OF_RESOURCE];
	int64_t sum = 0, rounding = 0;
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_RESOURCE, f)) == ST_OK) {
		const int64_t said = quantity_bounded(said_number(&item, FACT_ENERGY_KWH, 0));

		sum = amount_add(sum, said);
		rounding = amount_add(rounding, quantity_rounding(said));
	}
	if (st != ST_NONE)
		return st;
	return judging_report(j, sum_check(&j->document->head, sum, rounding, f), NULL, f);
}

/* Who is sent a copy sees no resources. */
enum status judge_performed_details(struct judging *j, struct fault *f)
{
	struct details d = { .judging = j, .there = buf_init(SAID_NAMES_MAX) };
	enum status st = ST_OK;

	if (j->document->lists[FACT_OF_RESOURCE].n > 0 && !said_is_copy(j->document)) {
		st = said_times(&d.span, j->document, f);
		if (st == ST_OK && book_count(&j->book) > 0)
			st = names_judge(&d, f);
		if (st == ST_OK || st == ST_NONE)
			st = sum_judge(j, f);
	}
	said_names_done(&d.names);
	buf_done(&d.there);
	return st;
}
