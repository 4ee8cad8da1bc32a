/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as people write them: "document=#1 type=availability i1.start=@5 i1.up_kw=*100".  Before
 * the point: i interval, r resource, l line, c condition, a area, f feeder of an interval (f1 of
 * the first, f1025 of the second), with the item's number.  #5 is a number, *5 a quantity of 5
 * units, @5 the fifth day; all else is a text.
 */
#ifndef TIELINE_TESTS_REGISTER_FACTS_H
#define TIELINE_TESTS_REGISTER_FACTS_H

#include "ledger_house.h"

#include "base/clock.h"
#include "ledger/register.h"
#include "exchange/facts.h"

#define DAY_NS (86400 * NS_PER_S)

/* A test that tells steps, as the story_tell() of its file does. */
#define STORY(name, steps)                       \
	static void name(void **state)           \
	{                                        \
		(void)state;                     \
		story_tell(steps, COUNT(steps)); \
	}

static inline enum fact_kind fact_kind_of(struct slice name)
{
	for (enum fact_kind kind = 0; kind < FACTS; kind++)
		if (slice_eq(name, slice_str(fact_name(kind))))
			return kind;
	fail_msg("there is no fact %.*s", SLICE_FMT(name));
	return FACTS;
}

static inline int64_t fact_number(struct slice digits)
{
	bool negative = slice_has_prefix(digits, S("-"));
	uint64_t n = 0;

	assert_int_equal(slice_u64(&n, slice_from(digits, negative), NULL), ST_OK);
	return negative ? -(int64_t)n : (int64_t)n;
}

static inline void fact_value(struct fact *fact, struct slice value)
{
	static const struct {
		char mark;
		int64_t unit;
	} units[] = { { '#', 1 }, { '*', FACT_UNIT }, { '@', DAY_NS } };

	for (size_t i = 0; i < COUNT(units); i++)
		if (value.n > 1 && value.p[0] == units[i].mark) {
			fact->number = fact_number(slice_from(value, 1)) * units[i].unit;
			return;
		}
	fact->is_text = true;
	fact->text = value;
}

static inline void fact_word(struct buf *out, struct slice word)
{
	static const char lists[] = "dirlcaf"; /* as enum fact_list */
	struct slice name, value, place;
	struct fact fact = { 0 };

	if (!slice_cut(&name, &value, word, '='))
		fail_msg("'%.*s' says nothing", SLICE_FMT(word));
	if (slice_cut(&place, &name, name, '.')) {
		fact.list = (enum fact_list)(strchr(lists, place.p[0]) - lists);
		fact.item = (uint32_t)fact_number(slice_from(place, 1));
	} else {
		name = place;
	}
	fact.kind = fact_kind_of(name);
	fact_value(&fact, value);
	fact_put(out, &fact);
}

static inline void facts_write(struct buf *out, const char *text)
{
	struct slice rest = slice_str(text), word;

	while (rest.n > 0) {
		slice_cut(&word, &rest, rest, ' ');
		if (word.n > 0)
			fact_word(out, word);
	}
}

#endif
