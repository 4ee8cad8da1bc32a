/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by registry_copy.c and doctor_copies.c.  Nothing is kept of it: the register says what is
 * in force, and Message-IDs say what was copied, so that asking again finds only what is missing.
 */
#include "cli/copies_due.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/content.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/registry_pages.h"
#include "documents/der/timing.h"
#include "exchange/delivery.h"


struct due {
	const struct copies_search *search;
	json_t *aggregations, *statements;
	copy_due_heard *heard;
	void *context;
	/* the one that is looked at */
	struct verb_examine of;
	struct slice aggregation;
	struct buf texts; /* what `of` points into */
	struct x12_guide_set guides;
	bool is_found;
};

/* --- what is in force, or may come to be --- */

static bool is_standing(struct slice state)
{
	static const char *const states[] = {
		"registered", "not yet", "under review", "waiting for information"
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (slice_eq(state, slice_str(states[i])))
			return true;
	return false;
}

/* What was copied to us is another's to copy, and who gets it knows its own. */
static bool is_ours_to_copy(const struct copies_search *s, struct slice partner)
{
	size_t index;

	return registry_find(&index, s->registry, partner, NULL) == ST_OK &&
		!slice_eq(partner, slice_str(s->to->sheet->id));
}

static void on_aggregation(void *context, const struct verb_aggregation *v)
{
	struct due *d = context;

	if (is_standing(v->state) && is_ours_to_copy(d->search, v->partner))
		json_array_append_new(d->aggregations,
			json_pack("{s:o, s:o}", "aggregation", json_slice(v->aggregation),
				"partner", json_slice(v->partner)));
}

static void on_statement(void *context, const struct verb_statement *v)
{
	struct due *d = context;

	if (v->voided_ns != 0 || v->message_id.n == 0 ||
		!copy_terms_name(&d->search->to->agreement->copies, v->type))
		return;
	json_array_append_new(d->statements,
		json_pack("{s:I, s:i, s:o, s:o, s:o, s:o}", "number", (json_int_t)v->number,
			"direction", (int)v->direction, "partner", json_slice(v->partner), "type",
			json_slice(v->type), "message-id", json_slice(v->message_id),
			"aggregation", json_slice(d->aggregation)));
}

static struct slice text_of(const json_t *row, const char *key)
{
	return slice_str(json_string_value(json_object_get(row, key)));
}

static struct registry_pages pages_of(struct due *d, unsigned what)
{
	struct registry_pages pages = { .desk = d->search->desk, .context = d,
		.aggregation = on_aggregation, .statement = on_statement };

	pages.ask.what = what;
	pages.ask.test = d->search->is_test;
	pages.ask.at_ns = clock_utc_ns();
	return pages;
}

static enum status statements_ask(
	struct due *d, unsigned what, const json_t *aggregation, struct fault *f)
{
	struct registry_pages pages = pages_of(d, what);

	pages.ask.aggregation = d->aggregation = text_of(aggregation, "aggregation");
	pages.ask.partner = text_of(aggregation, "partner");
	return registry_pages_ask(&pages, f);
}

struct numbered {
	json_int_t number;
	json_t *row;
};

static int by_number(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* As they were said, whichever aggregation they are of. */
static void statements_sort(struct due *d)
{
	size_t n = json_array_size(d->statements), i;
	struct numbered *all = alloc_zeroed(n + 1, sizeof(*all));
	json_t *row;

	json_array_foreach(d->statements, i, row)
		all[i] = (struct numbered){
			json_integer_value(json_object_get(row, "number")), json_incref(row)
		};
	qsort(all, n, sizeof(*all), by_number);
	json_array_clear(d->statements);
	for (i = 0; i < n; i++)
		json_array_append_new(d->statements, all[i].row);
	free(all);
}

/* Outages and limits are of a partner: which aggregations are in an area nobody says. */
static enum status notices_ask(struct due *d, struct fault *f)
{
	const struct registry *registry = d->search->registry;

	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *with = registry_partner(registry, i);
		struct registry_pages pages = pages_of(d, REGISTRY_NOTICES);

		if (with == d->search->to)
			continue;
		pages.ask.partner = slice_str(with->sheet->id);
		d->aggregation = S("");
		TRY(registry_pages_ask(&pages, f));
	}
	return ST_OK;
}

static bool is_copied(const struct due *d, const char *type)
{
	return copy_terms_name(&d->search->to->agreement->copies, slice_str(type));
}

/*
 * What is called for, limited or out is worth nothing once it is over, and its document, which has
 * to be read for that, says when.
 */
static enum status calls_find(struct due *d, struct fault *f)
{
	json_t *row;
	size_t i;

	if (is_copied(d, "service_dispatch"))
		json_array_foreach(d->aggregations, i, row)
			TRY(statements_ask(d, REGISTRY_DISPATCHES, row, f));
	return is_copied(d, "outage_notice") || is_copied(d, "operating_limit") ? notices_ask(d, f)
										: ST_OK;
}

static enum status statements_find(struct due *d, struct fault *f)
{
	struct registry_pages pages = pages_of(d, REGISTRY_AGGREGATIONS);
	json_t *row;
	size_t i;

	TRY(registry_pages_ask(&pages, f));
	json_array_foreach(d->aggregations, i, row) {
		TRY(statements_ask(d, REGISTRY_HISTORY, row, f));
		TRY(statements_ask(d, REGISTRY_AWARDS, row, f));
	}
	TRY(calls_find(d, f));
	statements_sort(d);
	return ST_OK;
}

/* --- what became of its copies --- */

struct standing {
	enum delivery state; /* DELIVERIES: there is no such message */
};

static void on_copy(void *context, const struct verb_message *m)
{
	((struct standing *)context)->state =
		m->state < DELIVERIES ? (enum delivery)m->state : DELIVERIES;
}

static enum status copy_state(
	struct standing *out, const struct due *d, struct slice id, struct fault *f)
{
	struct verb_list filter = {
		.out = 1, .message_id = id, .partner = slice_str(d->search->to->sheet->id)
	};
	const struct listing listing = { .message = on_copy, .context = out };

	out->state = DELIVERIES;
	return listing_ask(d->search->desk, &filter, &listing, f);
}

static bool is_lost(enum delivery state)
{
	return state == DELIVERY_REFUSED || state == DELIVERY_EXPIRED;
}

/* The last one that was made; of those that were refused, or expired, another is to be made. */
static enum status last_find(struct standing *out, struct buf *id, const struct due *d,
	const struct copy *copy, struct fault *f)
{
	struct slice own = slice_str(registry_settings(d->search->registry)->id);

	for (unsigned again = 0; again < COPIES_AGAIN_MAX; again++) {
		buf_clear(id);
		copy_id(id, copy, own, &d->of, again);
		TRY(copy_state(out, d, buf_slice(id), f));
		if (!is_lost(out->state))
			return ST_OK;
	}
	return ST_OK;
}

static bool is_call(const char *type)
{
	static const char *const types[] = {
		"service_dispatch", "outage_notice", "operating_limit"
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* It would be refused, and so it should: it is delivered no more as if it were fresh. */
static bool is_over(const struct copy *copy)
{
	struct der_timing timing = { 0 };

	if (is_call(copy->type))
		der_timing_read(&timing, copy->document);
	return timing.expires_ns != 0 && timing.expires_ns <= clock_utc_ns();
}

static enum status copy_look(void *context, const struct copy *copy, struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);
	struct due *d = context;
	struct standing last;

	if (copy->to != d->search->to || is_over(copy))
		return ST_OK;
	TRY(last_find(&last, &id, d, copy, f));
	const struct copy_due due = { copy, &d->of, d->aggregation, buf_slice(&id), last.state };

	return d->heard(d->context, &due, f);
}

/* --- of one message --- */

static struct slice kept(struct buf *texts, struct slice text)
{
	size_t at = texts->n;

	buf_put(texts, text);
	return slice_of(texts->p + at, text.n);
}

/* Of what was received only what was taken; of what we send whatever becomes of it. */
static void on_original(void *context, const struct verb_message *m)
{
	struct due *d = context;

	if (d->is_found || m->state == DELIVERY_REJECTED)
		return;
	buf_clear(&d->texts);
	d->of = (struct verb_examine){ .row = m->row,
		.direction = m->direction,
		.area = m->area,
		.partner = kept(&d->texts, m->partner),
		.message_id = kept(&d->texts, m->message_id),
		.media_type = kept(&d->texts, m->media_type) };
	d->is_found = true;
}

static enum status original_find(struct due *d, const json_t *statement, struct fault *f)
{
	bool in = json_integer_value(json_object_get(statement, "direction")) == MESSAGE_IN;
	struct verb_list filter = { .in = in,
		.out = !in,
		.message_id = text_of(statement, "message-id"),
		.partner = text_of(statement, "partner") };
	const struct listing listing = { .message = on_original, .context = d };

	d->is_found = false;
	return listing_ask(d->search->desk, &filter, &listing, f);
}

static enum status documents_look(struct due *d, struct fault *f)
{
	AUTO_IN_PLACE(content) x = content_init();
	AUTO_IN_PLACE(mapping) map = { 0 };
	const struct verb_get ask = { .message_id = d->of.message_id,
		.partner = d->of.partner,
		.in = d->of.direction == MESSAGE_IN,
		.out = d->of.direction == MESSAGE_OUT,
		.content = CONTENT_DOCUMENT };

	TRY(content_fetch(&x, d->search->desk, &ask, f));
	TRY(mapping_init(&map, x.fd, UINT64_MAX, f));
	const struct copies_source source = { d->search->registry, &d->of, &d->guides };

	return copies_each(
		&source, slice_sub(map.bytes, (size_t)x.at, (size_t)x.n), copy_look, d, f);
}

static enum status original_look(struct due *d, const json_t *statement, struct fault *f)
{
	const struct copy single = { .to = d->search->to,
		.type = json_string_value(json_object_get(statement, "type")) };

	/* Of several, and of X12, only bytes say which there are; of a call, if it is over. */
	const bool is_known = d->search->is_quick && !is_call(single.type) &&
		slice_eq(d->of.media_type, S(DOCUMENT_MEDIA_TYPE));

	d->aggregation = text_of(statement, "aggregation");
	return is_known ? copy_look(d, &single, f) : documents_look(d, f);
}

/* Several statements may be of one message. */
static bool is_again(const json_t *before, const json_t *statement)
{
	return before &&
		slice_eq(text_of(before, "message-id"), text_of(statement, "message-id")) &&
		slice_eq(text_of(before, "partner"), text_of(statement, "partner"));
}

static enum status all_look(struct due *d, struct fault *f)
{
	const json_t *before = NULL;
	json_t *row;
	size_t i;

	TRY(statements_find(d, f));
	json_array_foreach(d->statements, i, row) {
		if (is_again(before, row))
			continue;
		before = row;
		TRY(original_find(d, row, f));
		if (d->is_found)
			TRY(original_look(d, row, f));
	}
	return ST_OK;
}

enum status copies_due_each(const struct copies_search *search, copy_due_heard *heard,
	void *context, struct fault *f)
{
	struct due d = { .search = search,
		.aggregations = json_array(),
		.statements = json_array(),
		.heard = heard,
		.context = context,
		.texts = buf_init(PARTY_ID_MAX + MESSAGE_ID_MAX + MEDIA_TYPE_MAX) };
	enum status st = all_look(&d, f);

	json_decref(d.aggregations);
	json_decref(d.statements);
	buf_done(&d.texts);
	x12_guide_set_done(&d.guides);
	return st;
}
