/* SPDX-License-Identifier: Apache-2.0 */
/* Most values are no facts: only what the schema marks is looked at. */
#include "documents/der/facts.h"

#include "base/clock.h"
#include "documents/decimal.h"
#include "documents/der/scalar.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* --- values ------------------------------------------------------------------------ */

static void number_set(struct fact *fact, int64_t number, bool is_cut)
{
	fact->number = number;
	fact->is_cut = is_cut;
}

static bool decimal_take(struct fact *fact, struct slice text)
{
	const int64_t unit = (int64_t)decimal_of(1).units / FACT_UNIT;
	struct decimal number;

	if (decimal_parse(&number, text, 0, NULL) != ST_OK)
		return false;
	if (number.units <= INT64_MAX && number.units >= INT64_MIN) { /* no long division */
		number_set(fact, (int64_t)number.units / unit, false);
		return true;
	}
	decimal_units units = number.units / unit;
	if (units > INT64_MAX || units < INT64_MIN)
		number_set(fact, units > 0 ? INT64_MAX : INT64_MIN, true);
	else
		number_set(fact, (int64_t)units, false);
	return true;
}

/* Before 1970 and behind 2261 the nearest moment that there is: years have four digits. */
static bool time_take(struct fact *fact, struct slice text)
{
	if (time_parse(&fact->number, text, NULL) != ST_OK)
		number_set(fact, text.p[0] < '2' ? 0 : INT64_MAX, true);
	return true;
}

/* Until a day is until it ends. */
static bool date_take(struct fact *fact, struct slice text)
{
	AUTO_IN_PLACE(buf) moment = buf_init(TIME_TEXT_MAX);
	bool is_end = fact->kind == FACT_UNTIL || fact->kind == FACT_CONSENT_UNTIL ||
		fact->kind == FACT_LAST || fact->kind == FACT_FINAL;

	buf_put(&moment, text);
	buf_put_text(&moment, "T00:00:00.000Z");
	time_take(fact, buf_slice(&moment));
	if (is_end && !fact->is_cut)
		fact->number += DAY_NS - 1;
	return true;
}

static bool duration_take(struct fact *fact, struct slice text)
{
	number_set(fact, der_duration_s(text), false);
	return true;
}

/* Cut where a character ends. */
static bool text_take(struct fact *fact, struct slice text)
{
	size_t n = text.n > FACT_TEXT_MAX ? FACT_TEXT_MAX : text.n;

	while (n < text.n && (text.p[n] & 0xc0) == 0x80)
		n--;
	fact->is_text = true;
	fact->is_cut |= n < text.n;
	fact->text = slice_to(text, n);
	return true;
}

/* False: it is none, whatever the schema says. */
static bool string_take(struct fact *fact, enum der_format format, struct slice text)
{
	static bool (*const take[])(struct fact *, struct slice) = {
		[DER_PLAIN] = text_take,
		[DER_UUID] = text_take,
		[DER_TIME] = time_take,
		[DER_DATE] = date_take,
		[DER_DURATION] = duration_take,
		[DER_DECIMAL] = decimal_take,
	};

	return take[format](fact, text);
}

static bool value_take(struct fact *fact, enum der_format format, const struct json_event *e,
	struct buf *plain)
{
	struct slice text = e->text.raw;

	if (e->kind == JSON_IS_TRUE || e->kind == JSON_IS_FALSE) {
		number_set(fact, e->kind == JSON_IS_TRUE, false);
		return true;
	}
	if (e->kind == JSON_IS_NUMBER)
		return der_whole_parse(&fact->number, text) == DER_WHOLE;
	if (e->text.is_escaped) {
		json_text_put(plain, e->text);
		text = buf_slice(plain);
		fact->is_cut = plain->overflow;
	}
	return string_take(fact, format, text);
}

/* --- where -------------------------------------------------------------------------- */

/* Of the member that it is, or is an item, or the amount of; FACT_DOCUMENT: it is none. */
static enum fact_kind kind_of(const struct der_place *place)
{
	const struct der_frame *f = &place->frames[place->depth - 1];
	const struct der_property *p = f->property, *parent = f[-1].property;
	const enum fact_kind around = parent ? parent->fact : FACT_DOCUMENT;

	if (!f->is_member)
		return around;
	if (p && p->fact == FACT_DOCUMENT && around && slice_eq(p->name, S("amount")))
		return around;
	if (p && p->fact == FACT_DOCUMENT && around && slice_eq(p->name, S("currency")))
		return FACT_CURRENCY;
	return p ? p->fact : FACT_DOCUMENT;
}

/* Those of an item that is itself in one (FACT_OF_FEEDER) are numbered on from its own. */
static uint32_t item_number(const struct fact *around, uint64_t index)
{
	const uint64_t most = around->item == 0 ? UINT32_MAX - 1 : FACT_FEEDERS_MAX - 1;
	const uint64_t before = around->item == 0 ? 0 : (around->item - UINT64_C(1)) * (most + 1);
	const uint64_t number = before + (index < most ? index : most) + 1;

	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* Of which item, the innermost; answers how far it is from there: 1 for its own members. */
static unsigned item_find(struct fact *fact, const struct der_place *place)
{
	unsigned distance = 0;

	for (unsigned i = 1; i + 1 < place->depth; i++) {
		const struct der_frame *f = &place->frames[i];

		if (!f->is_member || !f->property || !f->property->facts_of)
			continue;
		fact->list = f->property->facts_of;
		fact->item = item_number(fact, f[1].index);
		distance = place->depth - i - 2;
	}
	return distance;
}

/*
 * An item says itself who it is and since when, and not what is in it.  Places that are no feeders
 * are many, and asked for where one bounds what is said.
 */
static bool is_of_item(const struct fact *fact, unsigned distance)
{
	if (fact->kind == FACT_PLACE || fact->kind == FACT_SPOT)
		return fact->list == FACT_OF_CONDITION || fact->list == FACT_OF_AREA;
	return distance < 2 || (fact->kind != FACT_RESOURCE && fact->kind != FACT_FROM);
}

static void fact_take(struct der_facts *facts, enum fact_kind kind, const struct der_place *place,
	const struct json_event *e)
{
	AUTO_IN_PLACE(buf) plain = buf_init(FACT_TEXT_MAX);
	const struct der_frame *f = &place->frames[place->depth - 1];
	struct fact fact = { .kind = kind };

	if (is_of_item(&fact, item_find(&fact, place)) &&
		value_take(&fact, f->node->format, e, &plain))
		fact_put(facts->out, &fact);
}

static void scalar_take(
	struct der_facts *facts, const struct der_place *place, const struct json_event *e)
{
	const enum fact_kind kind = kind_of(place);

	if (kind != FACT_DOCUMENT && place->frames[place->depth - 1].is_valid)
		fact_take(facts, kind, place, e);
}

/* --- documents ---------------------------------------------------------------------- */

static void agreed_put(struct buf *out, enum fact_kind kind, int64_t number)
{
	if (number > 0)
		fact_put(out, &(struct fact){ .kind = kind, .number = number });
}

void der_facts_begin(struct der_facts *facts)
{
	struct fact first = { .kind = FACT_DOCUMENT, .number = facts->documents + 1 };

	facts->from = facts->out->n;
	facts->is_whole = false;
	fact_put(facts->out, &first);
	agreed_put(facts->out, FACT_AGREED_AGE, facts->age_ns / NS_PER_S);
	if (!facts->agreed)
		return;
	agreed_put(facts->out, FACT_AGREED_NOTICE, facts->agreed->notice_ns / NS_PER_S);
	agreed_put(facts->out, FACT_AGREED_CHANGE, facts->agreed->change_ns / NS_PER_S);
	agreed_put(facts->out, FACT_AGREED_KW, facts->agreed->minimum_kw);
	agreed_put(facts->out, FACT_AGREED_SILENCE, facts->agreed->silence == SILENCE_DECLINED);
	agreed_put(facts->out, FACT_AGREED_ROUNDING, facts->agreed->rounding);
	agreed_put(facts->out, FACT_AGREED_COOLING, facts->agreed->cooling_ns / NS_PER_S);
}

void der_facts_take(
	struct der_facts *facts, const struct der_place *place, const struct json_event *e)
{
	if (e->kind == JSON_IS_CLOSE)
		facts->is_whole |= place->depth == 1;
	else if (e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY && place->depth > 1)
		scalar_take(facts, place, e);
}

void der_facts_end(struct der_facts *facts, bool is_ours, bool is_valid)
{
	const struct fact invalid = { .kind = FACT_INVALID, .number = 1 };

	if (!is_valid)
		fact_put(facts->out, &invalid);
	if (is_ours && facts->is_whole)
		facts->documents++;
	else if (!facts->out->overflow)
		buf_truncate(facts->out, facts->from);
}

enum status der_facts_check(const struct der_facts *facts, struct fault *f)
{
	if (facts->lost.code[0]) {
		*f = facts->lost;
		return f->status;
	}
	return !facts->out->overflow
		? ST_OK
		: fault_set(f, ST_LIMIT, "facts.size",
			  "more to be registered than %u MiB hold in one message", FACTS_MAX >> 20);
}
