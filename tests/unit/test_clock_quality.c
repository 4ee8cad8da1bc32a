/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of its clock, how that is said to a partner, and what it excuses. */
#include "exchange_expect.h"

#include <stdio.h>
#include <sys/timex.h>

#include "base/clock_quality.h"

#define AT_NS (INT64_C(1795410846123) * NS_PER_MS)

static const struct {
	const char *name;
	int state, status;
	long estimated_us, maximum_us;
	const char *said, *words;
	int64_t allowance_ns;
} kernels[] = {
	{ "chrony, good", TIME_OK, STA_PLL, 12, 1500,
		"source=adjtimex; synchronised=yes; estimated-us=12; maximum-us=1500",
		"synchronised within 1.500ms", 1500000 },
	{ "a leap second is near", TIME_INS, STA_INS, 0, 1,
		"source=adjtimex; synchronised=yes; estimated-us=0; maximum-us=1",
		"synchronised within 0.001ms", 1000 },
	{ "nobody disciplines it", TIME_ERROR, STA_UNSYNC, 16000000, 16000000,
		"source=adjtimex; synchronised=no; estimated-us=16000000; maximum-us=16000000",
		"not synchronised", NS_PER_S },
	{ "the flag alone", TIME_OK, STA_UNSYNC, 1, 1,
		"source=adjtimex; synchronised=no; estimated-us=1; maximum-us=1", "not synchronised",
		NS_PER_S },
	{ "synchronised, and bad", TIME_OK, 0, 3, 2000000,
		"source=adjtimex; synchronised=yes; estimated-us=3; maximum-us=2000000",
		"synchronised within 2000.000ms", NS_PER_S },
	{ "nonsense is bounded", TIME_OK, 0, -5, 99000000000,
		"source=adjtimex; synchronised=yes; estimated-us=0; maximum-us=86400000000",
		"synchronised within 86400000.000ms", NS_PER_S },
	{ "may not be asked", -1, 0, 0, 0, "source=none", "of unknown quality", NS_PER_S },
};

static void what_the_kernel_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kernels); i++) {
		struct clock_said said = { AT_NS, clock_quality_of(kernels[i].state,
			kernels[i].status, kernels[i].estimated_us, kernels[i].maximum_us) }, back;
		char text[CLOCK_SAID_MAX], want[CLOCK_SAID_MAX], words[CLOCK_WORDS_MAX];
		struct fault f = { 0 };

		snprintf(want, sizeof(want), "2026-11-23T05:14:06.123Z; %s", kernels[i].said);
		expect_text(kernels[i].name, clock_said_format(text, &said), want);
		expect_text(kernels[i].name, clock_words(words, &said.quality), kernels[i].words);
		assert_true(clock_allowance_ns(&said.quality) == kernels[i].allowance_ns);
		expect_fault(kernels[i].name, clock_said_parse(&back, slice_str(text), &f), &f,
			ST_OK, NULL);
		expect_text(kernels[i].name, clock_said_format(want, &back), text);
		assert_true(back.at_ns == AT_NS);
	}
}

static const struct {
	const char *name, *text;
	enum status want;
	const char *code;
} said[] = {
	{ "the time alone", "2026-11-23T05:14:06Z", ST_OK, NULL },
	{ "what is not known is passed over", "2026-11-23T05:14:06Z; mood=good; source=ptp", ST_OK,
		NULL },
	{ "a number larger than any", "2026-11-23T05:14:06Z; maximum-us=99999999999999999999999",
		ST_OK, NULL },
	{ "nothing", "", ST_INPUT, "time.syntax" },
	{ "no time", "now; source=adjtimex", ST_INPUT, "time.syntax" },
	{ "no such day", "2026-02-30T05:14:06Z", ST_INPUT, "time.range" },
	{ "no pair", "2026-11-23T05:14:06Z; good", ST_INPUT, "clock.syntax" },
	{ "no number", "2026-11-23T05:14:06Z; maximum-us=-1", ST_INPUT, "clock.syntax" },
	{ "half a pair", "2026-11-23T05:14:06Z; estimated-us=", ST_INPUT, "clock.syntax" },
};

static void what_a_partner_says(void **state)
{
	AUTO_IN_PLACE(buf) much = buf_init(2 * CLOCK_SAID_MAX);
	struct clock_said out;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++)
		expect_fault(said[i].name, clock_said_parse(&out, slice_str(said[i].text), &f), &f,
			said[i].want, said[i].code);
	buf_put_text(&much, "2026-11-23T05:14:06Z; ");
	put_times(&much, 'x', CLOCK_SAID_MAX);
	expect_fault("long", clock_said_parse(&out, buf_slice(&much), &f), &f, ST_LIMIT,
		"clock.length");
}

static void the_kernel_can_be_asked(void **state)
{
	struct clock_quality q = clock_quality_now();
	char words[CLOCK_WORDS_MAX];

	(void)state;
	assert_true(q.estimated_ns >= 0 && q.maximum_ns >= 0);
	assert_true(strlen(clock_words(words, &q)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_says),
		cmocka_unit_test(what_a_partner_says),
		cmocka_unit_test(the_kernel_can_be_asked),
	};

	return cmocka_run_group_tests_name("clock_quality", tests, NULL, NULL);
}
