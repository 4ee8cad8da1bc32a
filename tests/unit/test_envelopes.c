/* SPDX-License-Identifier: Apache-2.0 */
/* Which envelope is asked for what: an outage notice has one that nothing dear ever comes to. */
#include "exchange_expect.h"

#include "exchange/settings.h"
#include "ledger/ledger.h"
#include "processes/envelopes.h"
#include "processes/turns.h"

#define ROUNDS 40
#define NOBODY UINT32_MAX

static const struct {
	const char *name;
	unsigned lane;
	uint64_t size;
	bool is_dear;
	enum burden want;
} burdens[] = {
	{ "a notice", 0, 2048, false, BURDEN_URGENT },
	{ "one that needs no file, just", 0, LEDGER_INLINE_MAX, false, BURDEN_URGENT },
	{ "one that waits for the disk", 0, LEDGER_INLINE_MAX + 1, false, BURDEN_USUAL },
	{ "one of a partner whose are dear", 0, 2048, true, BURDEN_USUAL },
	{ "billing", 3, 2048, false, BURDEN_USUAL },
	{ "of no area that is known", AREAS, 2048, false, BURDEN_USUAL },
	{ "of a stranger", TURN_LANE_LAST, 2048, false, BURDEN_USUAL },
	{ "the largest that is not huge", 3, BODY_HUGE, false, BURDEN_USUAL },
	{ "a huge one", 3, BODY_HUGE + 1, false, BURDEN_HUGE },
	{ "a huge one, of outages", 0, BODY_HUGE + 1, false, BURDEN_HUGE },
};

static void what_is_urgent(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(burdens); i++)
		if (envelopes_burden(burdens[i].lane, burdens[i].size, burdens[i].is_dear) !=
			burdens[i].want)
			fail_msg("%s", burdens[i].name);
}

#define BIT(i) (1U << (i))

/* want: all that are asked in ROUNDS, and no other; 0: nobody. */
static const struct {
	const char *name;
	uint32_t there;
	enum burden burden;
	uint32_t waiting;
	uint32_t want;
} choices[] = {
	{ "a notice goes to the first", 0xf, BURDEN_URGENT, 0, BIT(0) },
	{ "and waits there for a few", 0xf, BURDEN_URGENT, ENVELOPE_BEHIND - 1, BIT(0) },
	{ "behind many others help", 0xf, BURDEN_URGENT, ENVELOPE_BEHIND, BIT(0) | BIT(1) | BIT(2) },
	{ "a number of no sense", 0xf, BURDEN_URGENT, UINT32_MAX, BIT(0) | BIT(1) | BIT(2) },
	{ "the first is started again", 0xe, BURDEN_URGENT, 0, BIT(1) | BIT(2) },
	{ "the rest goes between", 0xf, BURDEN_USUAL, 0, BIT(1) | BIT(2) },
	{ "whoever waits for the first", 0xf, BURDEN_USUAL, NOBODY, BIT(1) | BIT(2) },
	{ "one of the rest is started again", 0xd, BURDEN_USUAL, 0, BIT(2) },
	{ "as few as there can be", 0x7, BURDEN_USUAL, 0, BIT(1) },
	{ "the only one for the rest is started again", 0x5, BURDEN_USUAL, 0, 0 },
	{ "what is huge goes to the last", 0xf, BURDEN_HUGE, 0, BIT(3) },
	{ "the last is started again", 0x7, BURDEN_HUGE, 0, BIT(2) },
	{ "nobody but the last", 0x2, BURDEN_USUAL, 0, BIT(1) },
	{ "nothing but notices comes to the first", 0x1, BURDEN_USUAL, 0, 0 },
	{ "nor what is huge", 0x1, BURDEN_HUGE, 0, 0 },
	{ "the first alone", 0x1, BURDEN_URGENT, ENVELOPE_BEHIND, BIT(0) },
	{ "nobody is there", 0, BURDEN_URGENT, 0, 0 },
	{ "nobody for the rest", 0, BURDEN_USUAL, 0, 0 },
	{ "nobody for what is huge", 0, BURDEN_HUGE, 0, 0 },
	{ "all there can be", BIT(WORKERS_MAX) - 1, BURDEN_USUAL, 0, BIT(WORKERS_MAX - 1) - 2 },
};

static void who_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(choices); i++) {
		unsigned turn = 0, index = 0;
		uint32_t asked = 0;
		for (unsigned n = 0; n < ROUNDS; n++)
			if (envelopes_choose(&index, &turn, choices[i].there, choices[i].burden,
				    choices[i].waiting))
				asked |= BIT(index);
		if (asked != choices[i].want)
			fail_msg("%s: %x, want %x", choices[i].name, asked, choices[i].want);
	}
}

/* Whatever comes, and however much of it: the first has nothing but notices. */
static void no_dear_work_comes_to_the_first(void **state)
{
	unsigned turn = 0, index = 0;

	(void)state;
	for (uint32_t there = 0; there < 64; there++)
		for (size_t i = 0; i < COUNT(burdens); i++)
			if (burdens[i].want != BURDEN_URGENT &&
				envelopes_choose(&index, &turn, there,
					envelopes_burden(burdens[i].lane, burdens[i].size,
						burdens[i].is_dear),
					0) &&
				index == ENVELOPE_URGENT)
				fail_msg("%s, there are %x", burdens[i].name, there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_urgent),
		cmocka_unit_test(who_is_asked),
		cmocka_unit_test(no_dear_work_comes_to_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
