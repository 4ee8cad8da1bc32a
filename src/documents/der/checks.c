/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule collects its operands while the document passes, and is asked at the end of each item of
 * its list, or of the document.  Where an operand is missing a rule says nothing: whether it may is
 * the schema's matter.
 */
#include "documents/der/checks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "documents/decimal.h"
#include "documents/der/scalar.h"
#include "documents/der/unique.h"

#define OPERAND_TEXT_MAX 72 /* bytes with the NUL: ids, times and numbers are shorter */

struct operand {
	bool is_there; /* nothing else counts where it is not, but the sum, which is 0 */
	bool is_number;
	struct decimal number; /* the sum of all that there were since the rule was asked */
	size_t offset;
	char text[OPERAND_TEXT_MAX]; /* of the last */
};

struct rule_state {
	struct operand operands[DER_OPERANDS_MAX];
	bool is_held;     /* DER_NEEDED: the first operand was one of the literals */
	bool is_broken;   /* a number was too large to be added */
	uint64_t items;   /* DER_COUNT, DER_RISING: so far; DER_NEEDED: that lack something */
	size_t offset;    /* where the first of those is */
	uint64_t item;    /* which item that is, or the one that comes twice */
	int64_t end_ms;   /* DER_INTERVALS: of the one before */
	struct der_unique unique;
};

/* Where an operand is: its path, a byte for each step, none of them 0. */
struct spot {
	uint32_t path;
	uint16_t rule, operand;
};
_Static_assert(DER_PATH_MAX <= sizeof(uint32_t), "a path is one number");

struct der_checks {
	const struct der_schema *schema;
	struct der_report *report;
	bool one_currency, currency_told;
	char currency[4];
	struct rule_state *states; /* one for each rule */
	struct spot *spots;        /* of all operands of all rules */
	size_t spot_count;
};

static uint32_t path_step(uint32_t path, size_t property)
{
	return path << 8 | (uint32_t)(property + 1);
}

static void spots_make(struct der_checks *c)
{
	const struct der_schema *schema = c->schema;

	for (size_t i = 0; i < schema->rule_count; i++)
		c->spot_count += schema->rules[i].operand_count;
	c->spots = alloc_zeroed(c->spot_count, sizeof(*c->spots));
	struct spot *spot = c->spots;
	for (size_t i = 0; i < schema->rule_count; i++)
		for (size_t o = 0; o < schema->rules[i].operand_count; o++) {
			const struct der_operand *operand = &schema->rules[i].operands[o];

			*spot = (struct spot){ .rule = (uint16_t)i, .operand = (uint16_t)o };
			for (unsigned step = 0; step < operand->depth; step++)
				spot->path = path_step(spot->path, operand->path[step]);
			spot++;
		}
}

struct der_checks *der_checks_new(const struct der_schema *schema, struct der_report *report)
{
	struct der_checks *c = alloc_zeroed(1, sizeof(*c));

	c->report = report;
	c->schema = schema;
	if (!schema)
		return c;
	c->states = alloc_zeroed(schema->rule_count, sizeof(*c->states));
	for (size_t i = 0; i < schema->rule_count; i++) {
		c->states[i].unique = der_unique_init();
		c->states[i].end_ms = INT64_MIN;
		c->one_currency |= schema->rules[i].kind == DER_CURRENCY;
	}
	spots_make(c);
	return c;
}

void der_checks_free(struct der_checks *c)
{
	for (size_t i = 0; c->schema && i < c->schema->rule_count; i++)
		der_unique_done(&c->states[i].unique);
	free(c->states);
	free(c->spots);
	free(c);
}

/* --- telling -------------------------------------------------------------------- */

static const char *const kinds[DER_RULE_KINDS] = {
	[DER_COUNT] = "count",
	[DER_SUM] = "sum",
	[DER_PRODUCT] = "product",
	[DER_ORDER] = "order",
	[DER_RISING] = "rising",
	[DER_INTERVALS] = "intervals",
	[DER_UNIQUE] = "unique",
	[DER_CURRENCY] = "currency",
	[DER_ENERGY] = "energy",
	[DER_WITHIN] = "within",
	[DER_PARTS] = "parts",
	[DER_NEEDED] = "needed",
	[DER_SAME] = "same",
	[DER_ONCE] = "once",
};

struct asking {
	struct der_checks *checks;
	const struct der_rule *rule;
	struct rule_state *state;
	struct der_place place; /* of the item, or the document */
};

static void words_put(struct buf *out, struct slice words)
{
	for (size_t i = 0; i < words.n; i++)
		buf_put_u8(out, words.p[i] == '.' ? '/' : words.p[i]);
}

/* In a list it is the item that is told of. */
static void list_put(struct buf *out, const struct asking *a, struct slice words)
{
	size_t at;

	if (slice_find(&at, words, S("[]."))) {
		buf_putf(out, "%.*s/%llu/", SLICE_FMT(slice_to(words, at)),
			(unsigned long long)a->state->item);
		words = slice_from(words, at + 3);
	}
	words_put(out, words);
}

/* The steps to an operand from the item or document that the rule is asked of. */
static void steps_put(struct buf *out, const struct asking *a, const struct der_operand *o)
{
	struct slice words = slice_str(o->words);
	size_t at;

	if (!o->is_item)
		words_put(out, words);
	else if (a->place.depth == 1) /* of the document, about one of the items */
		list_put(out, a, words);
	else
		list_put(out, a, slice_find(&at, words, S("[].")) ? slice_from(words, at + 3) : words);
}

/* Of the operand: what is there, and with what it does not agree. */
static void broken_tell(const struct asking *a, size_t operand, const char *found, const char *is)
{
	AUTO_IN_PLACE(buf) steps = buf_init(256);
	const struct operand *o = &a->state->operands[operand];
	struct der_issue issue = { .problem = DER_CHECK,
		.check = kinds[a->rule->kind],
		.place = a->place,
		.offset = o->is_there ? o->offset : a->place.frames[a->place.depth - 1].offset,
		.found = found ? found : o->text };

	steps_put(&steps, a, &a->rule->operands[operand]);
	issue.missing = buf_slice(&steps);
	der_report(a->checks->report, &issue, "it has to hold that %s%s%s", a->rule->words, is ? ": " : "",
		is ? is : "");
}

static void number_tell(const struct asking *a, struct decimal wanted)
{
	AUTO_IN_PLACE(buf) text = buf_init(100);

	decimal_put(&text, wanted);
	broken_tell(a, 0, NULL, buf_text(&text));
}

/* --- the rules ------------------------------------------------------------------- */

static void count_ask(const struct asking *a)
{
	const struct operand *o = &a->state->operands[0];
	struct decimal items = decimal_of((int64_t)a->state->items);

	if (o->is_there && decimal_compare(o->number, items) != 0)
		number_tell(a, items);
}

static void sum_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;
	struct decimal sum = { 0 };
	bool fits = !a->state->is_broken;

	if (!o[0].is_there)
		return;
	for (size_t i = 1; i < a->rule->operand_count; i++)
		fits &= a->rule->operands[i].is_negative ? decimal_subtract(&sum, o[i].number)
							 : decimal_add(&sum, o[i].number);
	if (!fits)
		broken_tell(a, 0, NULL, "the sum is too large to be one");
	else if (decimal_compare(o[0].number, sum) != 0)
		number_tell(a, sum);
}

/* A whole need not say its parts. */
static void parts_ask(const struct asking *a)
{
	if (a->state->operands[1].is_there)
		sum_ask(a);
}

static decimal_units hundredth(void)
{
	return decimal_of(1).units / 100;
}

/* To the nearest hundredth, from the middle to the even one. */
static struct decimal rounded(struct decimal d)
{
	decimal_units count = d.units / hundredth(), rest = d.units % hundredth();
	decimal_units twice = rest < 0 ? -2 * rest : 2 * rest;

	if (twice > hundredth() || (twice == hundredth() && count % 2 != 0))
		count += d.units < 0 ? -1 : 1;
	return (struct decimal){ count * hundredth() };
}

static void rounded_tell(const struct asking *a, struct decimal wanted)
{
	AUTO_IN_PLACE(buf) text = buf_init(100);

	decimal_put_places(&text, rounded(wanted), 2);
	broken_tell(a, 0, NULL, buf_text(&text));
}

static decimal_units distance(struct decimal a, struct decimal b)
{
	return a.units > b.units ? a.units - b.units : b.units - a.units;
}

static void product_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;
	struct decimal product = o[1].number, off = o[0].number;

	if (!o[0].is_there || !o[1].is_there || !o[2].is_there)
		return;
	if (!decimal_multiply(&product, o[2].number) || !decimal_subtract(&off, product)) {
		broken_tell(a, 0, NULL, "the product is too large to be one");
		return;
	}
	if (off.units >= hundredth() || off.units <= -hundredth())
		rounded_tell(a, product);
}

/* Meters round: a hundredth of a kWh and a thousandth of it all are nothing. */
static void energy_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;
	uint64_t seconds = der_duration_s(slice_str(o[2].text));
	struct decimal energy = o[1].number;

	if (!o[0].is_there || !o[1].is_there || !o[2].is_there)
		return;
	if (!decimal_multiply(&energy, decimal_of((int64_t)seconds))) {
		broken_tell(a, 0, NULL, "the energy is too large to be one");
		return;
	}
	energy.units /= 3600;
	decimal_units slack = energy.units < 0 ? -energy.units : energy.units;
	if (distance(o[0].number, energy) > hundredth() + slack / 1000)
		rounded_tell(a, energy);
}

/* Both ways: up is above what would have been, down is below. */
static void within_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;
	struct decimal most;

	if (!o[0].is_there || !o[1].is_there || !o[2].is_there)
		return;
	most.units = distance(o[1].number, o[2].number);
	if (o[0].number.units > most.units + hundredth())
		number_tell(a, most);
}

#define DAY_LENGTH 10 /* characters of a date */
#define WEST_MOST_NS (12 * 3600 * NS_PER_S) /* how far behind UTC a market's day ends at most */

/* A day ends last furthest west: which zone is the market's is not known here. */
static bool is_behind_day(const struct operand *time, const struct operand *day)
{
	AUTO_IN_PLACE(buf) end = buf_init(40);
	int64_t time_ns, end_ns;

	buf_putf(&end, "%sT23:59:59.999Z", day->text);
	return time_parse(&time_ns, slice_str(time->text), NULL) == ST_OK &&
		time_parse(&end_ns, buf_slice(&end), NULL) == ST_OK &&
		time_ns > end_ns + WEST_MOST_NS;
}

static int operands_compare(const struct operand *a, const struct operand *b)
{
	if (strlen(a->text) > DAY_LENGTH && strlen(b->text) == DAY_LENGTH && !b->is_number)
		return is_behind_day(a, b) ? 1 : 0;
	if (a->is_number && b->is_number)
		return decimal_compare(a->number, b->number);
	return json_text_compare(json_text_of(a->text), json_text_of(b->text));
}

static void order_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;

	if (o[0].is_there && o[1].is_there &&
		operands_compare(&o[0], &o[1]) >= (a->rule->is_strict ? 0 : 1))
		broken_tell(a, 1, NULL, NULL);
}

static void same_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;

	if (o[0].is_there && o[1].is_there && operands_compare(&o[0], &o[1]) != 0)
		broken_tell(a, 0, NULL, NULL);
}

static void rising_ask(const struct asking *a)
{
	struct decimal number = decimal_of((int64_t)++a->state->items);
	const struct operand *o = &a->state->operands[0];

	if (o->is_there && decimal_compare(o->number, number) != 0)
		number_tell(a, number);
}

static void intervals_ask(const struct asking *a)
{
	const struct operand *o = a->state->operands;
	int64_t start_ns, length = der_duration_s(slice_str(o[1].text)) * 1000;

	if (!o[0].is_there || !o[1].is_there ||
		time_parse(&start_ns, slice_str(o[0].text), NULL) != ST_OK)
		return;
	if (length == 0)
		broken_tell(a, 1, NULL, "an interval lasts");
	else if (start_ns / NS_PER_MS < a->state->end_ms)
		broken_tell(a, 0, NULL, "this one begins before the one before it ends");
	a->state->end_ms = start_ns / NS_PER_MS + length;
}

static void unique_ask(const struct asking *a)
{
	struct json_text text;
	size_t offset;

	if (!der_unique_find(&offset, &a->state->item, &text, &a->state->unique))
		return;
	a->state->operands[0] = (struct operand){ .is_there = true, .offset = offset };
	broken_tell(a, 0, "twice", NULL);
}

/* Ends with the item: the next one may say the same. */
static void once_ask(const struct asking *a)
{
	unique_ask(a);
	der_unique_clear(&a->state->unique);
}

/* How many of the operands behind the first are not there; the last of them in *which. */
static size_t lacking_count(const struct asking *a, size_t *which)
{
	size_t count = 0;

	for (size_t i = 1; i < a->rule->operand_count; i++)
		if (!a->state->operands[i].is_there) {
			*which = i;
			count++;
		}
	return count;
}

/* Whether the condition holds is perhaps known only later. */
static void needed_note(const struct asking *a)
{
	const struct der_frame *item = &a->place.frames[a->place.depth - 1];
	size_t which;

	if (lacking_count(a, &which) == 0)
		return;
	if (a->state->items++ == 0) {
		a->state->offset = item->offset;
		a->state->item = item->index;
	}
}

static void needed_ask(const struct asking *a)
{
	size_t which = 1;
	uint64_t lacking = a->rule->has_list ? a->state->items : lacking_count(a, &which);

	if (!a->state->is_held || lacking == 0)
		return;
	a->state->operands[which].is_there = a->rule->has_list;
	a->state->operands[which].offset = a->state->offset;
	broken_tell(a, which, "missing", NULL);
}

static const struct {
	void (*item)(const struct asking *); /* at the end of each item of the rule's list */
	void (*end)(const struct asking *);  /* of the document */
} asked[DER_RULE_KINDS] = {
	[DER_COUNT] = { NULL, count_ask },
	[DER_SUM] = { sum_ask, sum_ask },
	[DER_PRODUCT] = { product_ask, product_ask },
	[DER_ORDER] = { order_ask, order_ask },
	[DER_RISING] = { rising_ask, NULL },
	[DER_INTERVALS] = { intervals_ask, NULL },
	[DER_UNIQUE] = { NULL, unique_ask },
	[DER_ENERGY] = { energy_ask, NULL },
	[DER_WITHIN] = { within_ask, NULL },
	[DER_PARTS] = { parts_ask, NULL },
	[DER_NEEDED] = { needed_note, needed_ask },
	[DER_SAME] = { same_ask, same_ask },
	[DER_ONCE] = { once_ask, NULL },
};

/* --- what passes ------------------------------------------------------------------ */

/* The member a value is, or is in the list of. */
static const struct der_frame *member_of(const struct der_place *p)
{
	const struct der_frame *f = &p->frames[p->depth - 1];

	while (f > p->frames && !f->is_member)
		f--;
	return f;
}

/* Properties from the root, through lists.  0: further in than any operand is. */
static uint32_t path_of(const struct der_place *p)
{
	uint32_t path = 0;
	unsigned steps = 0;

	for (unsigned i = 1; i < p->depth; i++) {
		const struct der_frame *f = &p->frames[i];

		if (!f->is_member || !f->property)
			continue;
		if (steps++ == DER_PATH_MAX)
			return 0;
		path = path_step(path,
			(size_t)(f->property - f[-1].node->object->properties));
	}
	return path;
}

static void plain_add(struct rule_state *s, struct operand *to, struct slice text, bool is_number)
{
	const bool fits = text.n < sizeof(to->text);
	struct decimal number;

	to->is_there =
		slice_to_text(to->text, sizeof(to->text), fits ? text : S(""), NULL) == ST_OK;
	to->is_number = is_number && decimal_parse(&number, text, 0, NULL) == ST_OK;
	if (to->is_number && !decimal_add(&to->number, number))
		s->is_broken = true;
}

static void value_add(struct rule_state *s, struct operand *to, const struct json_event *e,
	enum der_format format)
{
	const bool is_number = e->kind == JSON_IS_NUMBER || format == DER_DECIMAL;

	to->offset = e->offset;
	if (e->text.is_escaped) {
		AUTO_IN_PLACE(buf) text = buf_init(OPERAND_TEXT_MAX);

		json_text_put(&text, e->text);
		plain_add(s, to, buf_slice(&text), is_number);
	} else {
		plain_add(s, to, e->text.raw, is_number);
	}
}

static void operand_take(const struct asking *a, size_t at, const struct json_event *e)
{
	const struct der_node *node = a->place.frames[a->place.depth - 1].node;
	const struct der_rule *r = a->rule;

	if (r->kind == DER_UNIQUE || r->kind == DER_ONCE)
		der_unique_add(&a->state->unique, e->text, e->offset,
			a->place.frames[a->place.depth - 2].index);
	else if (r->kind == DER_NEEDED && at == 0)
		a->state->is_held |= der_literal_find(r->literals, r->literal_count, e) <
			r->literal_count;
	else
		value_add(a->state, &a->state->operands[at], e, node->format);
}

static void currency_take(
	struct der_checks *c, const struct der_place *place, const struct json_event *e)
{
	const struct der_property *p = place->frames[place->depth - 1].property;

	if (!c->one_currency || c->currency_told || !p || !slice_eq(p->name, S("currency")))
		return;
	struct der_issue issue = { .problem = DER_CHECK,
		.check = kinds[DER_CURRENCY],
		.place = *place,
		.offset = e->offset,
		.value = e->text };
	if (c->currency[0] == '\0') {
		if (slice_to_text(c->currency, sizeof(c->currency), e->text.raw, NULL) != ST_OK)
			c->one_currency = false;
	} else if (!json_text_is(e->text, slice_str(c->currency))) {
		c->currency_told = true;
		der_report(c->report, &issue, "expected all amounts in %s", c->currency);
	}
}

void der_checks_scalar(
	struct der_checks *c, const struct der_place *place, const struct json_event *e)
{
	const struct der_property *p = member_of(place)->property;

	if (!c->schema || place->depth < 2)
		return;
	currency_take(c, place, e);
	if (!p || !p->is_operand)
		return;
	const uint32_t path = path_of(place);
	for (size_t i = 0; i < c->spot_count; i++) {
		const struct spot *at = &c->spots[i];

		if (at->path == path)
			operand_take(&(struct asking){ c, &c->schema->rules[at->rule],
					     &c->states[at->rule], *place },
				at->operand, e);
	}
}

/* The text stays: there is one for each operand of each rule and item. */
static void operand_clear(struct operand *o)
{
	o->is_there = o->is_number = false;
	o->number = (struct decimal){ 0 };
}

static void item_end(const struct asking *a)
{
	if (asked[a->rule->kind].item)
		asked[a->rule->kind].item(a);
	for (size_t o = 0; o < a->rule->operand_count; o++)
		if (a->rule->operands[o].is_item)
			operand_clear(&a->state->operands[o]);
	a->state->is_broken = false;
}

/* The list is a member of the document; its items are one deeper. */
void der_checks_close(struct der_checks *c, const struct der_place *place)
{
	const struct der_frame *list = &place->frames[1];

	if (!c->schema || place->depth < 2 || place->depth > 3 || !list->node || !list->property)
		return;
	for (size_t i = 0; i < c->schema->rule_count; i++) {
		const struct der_rule *r = &c->schema->rules[i];

		if (!r->has_list ||
			list->property != &c->schema->root->object->properties[r->list])
			continue;
		if (place->depth == 3)
			item_end(&(struct asking){ c, r, &c->states[i], *place });
		else if (r->kind == DER_COUNT)
			c->states[i].items = list->count;
	}
}

static bool is_asked_last(const struct der_rule *r)
{
	return !r->has_list || r->kind == DER_COUNT || r->kind == DER_UNIQUE ||
		r->kind == DER_NEEDED;
}

void der_checks_finish(struct der_checks *c)
{
	static const struct der_frame document = { .sensitivity = DER_INTERNAL };

	for (size_t i = 0; c->schema && i < c->schema->rule_count; i++) {
		const struct der_rule *r = &c->schema->rules[i];
		struct asking a = { c, r, &c->states[i], { &document, 1 } };

		if (asked[r->kind].end && is_asked_last(r))
			asked[r->kind].end(&a);
	}
}
