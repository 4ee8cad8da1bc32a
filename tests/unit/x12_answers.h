/* SPDX-License-Identifier: Apache-2.0 */
/* An interchange, its answers, what a check says of them, and what is read out of them. */
#ifndef TIELINE_TESTS_X12_ANSWERS_H
#define TIELINE_TESTS_X12_ANSWERS_H

#include "base/clock.h"
#include "documents/x12/advice.h"
#include "documents/x12/answer.h"
#include "documents/x12/answer_read.h"
#include "documents/x12/fan.h"
#include "x12_hand_guides.h"

/* 2026-11-23T18:05:06Z */
#define ANSWER_TIME (INT64_C(1795457106) * NS_PER_S)

struct answers {
	struct x12_answer_options answer;
	struct x12_advice_options advice;
	bool strict;
	struct x12_stamp stamp;
	struct buf acknowledgments, advices;
	int spills[2];            /* of both; -1: they are made in memory */
	struct x12_totals totals; /* of what was answered */
};

static inline struct answers answers_init(void)
{
	return (struct answers){ .stamp = { ANSWER_TIME, 1, 1 },
		.acknowledgments = buf_init(256U << 20),
		.advices = buf_init(256U << 20),
		.spills = { -1, -1 } };
}

static inline void answers_done(struct answers *a)
{
	buf_done(&a->acknowledgments);
	buf_done(&a->advices);
}
DEFINE_AUTO_IN_PLACE(answers)

static inline void answers_keep(
	void *context, const struct x12_interchange *received, struct slice answer)
{
	(void)received;
	buf_put(context, answer);
}

/* False: an answer was too large. */
static inline bool answers_make(struct answers *a, struct slice in)
{
	const struct x12_guide *small = hand_guide("small-810");
	AUTO(x12_rules) rules = NULL;
	AUTO(x12_answer) answer =
		x12_answer_new(&a->answer, &a->stamp, answers_keep, &a->acknowledgments);
	AUTO(x12_advice) advice =
		x12_advice_new(&a->advice, &a->stamp, answers_keep, &a->advices);
	struct x12_listener listeners[] = { x12_answer_listener(answer),
		x12_advice_listener(advice) };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	struct fault f;

	if (x12_rules_compile(&rules, small, &f) != ST_OK)
		bug("%s", f.text);
	if (a->spills[0] >= 0) {
		x12_answer_spill(answer, a->spills[0]);
		x12_advice_spill(advice, a->spills[1]);
	}
	x12_fan_add(&fan, &listeners[0]);
	x12_fan_add(&fan, &listeners[1]);
	{
		struct x12_checked_guide guide = { small, rules };
		AUTO(x12_check) check = x12_check_new(&guide, 1, a->strict, &all);

		x12_check_whole(check, in);
		a->totals = *x12_check_totals(check);
	}
	return x12_answer_check(answer, &f) == ST_OK && x12_advice_check(advice, &f) == ST_OK;
}

/* Facts as text: "set 810 0001 of 7: R 5; group IN 7: R 1 1 0;" */
static inline void fact_put(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	static const char *const words[] = { "interchange", "set", "group", "document", "doubt" };
	struct buf *out = context;
	(void)said_in;

	buf_putf(out, "%s", words[fact->about]);
	if (fact->about == X12_FACT_INTERCHANGE)
		buf_putf(out, " %s", fact->interchange);
	if (fact->about == X12_FACT_DOUBT)
		buf_putf(out, " %s", fact->code);
	if (fact->about == X12_FACT_SET)
		buf_putf(out, " %s %s of", fact->set_id, fact->set);
	if (fact->about == X12_FACT_SET || fact->about == X12_FACT_GROUP)
		buf_putf(out, " %s %s", fact->group_id, fact->group);
	if (fact->about == X12_FACT_DOCUMENT)
		buf_putf(out, " %s %s %s of %s %s %s", fact->status, fact->qualifier,
			fact->reference, fact->group, fact->set_id, fact->set);
	if (fact->about != X12_FACT_DOUBT)
		buf_putf(out, ": %c", fact->verdict ? fact->verdict : '?');
	for (size_t i = 0; fact->about != X12_FACT_DOUBT && i < fact->code_count; i++)
		buf_putf(out, " %s", fact->codes[i]);
	if (fact->about == X12_FACT_SET && fact->segments)
		buf_putf(out, " (%u, %u)", fact->segments, fact->elements);
	if (fact->about == X12_FACT_GROUP)
		buf_putf(out, " (%llu %llu %llu)", (unsigned long long)fact->included,
			(unsigned long long)fact->received, (unsigned long long)fact->accepted);
	for (size_t i = 0; i < fact->reason_count && i < X12_FACT_REASONS_MAX; i++)
		buf_putf(out, " [%s %s]", fact->reasons[i].code, fact->reasons[i].text);
	buf_put_text(out, "; ");
}

static inline void answers_finding(void *context, const struct x12_finding *finding)
{
	if (finding->severity == X12_ERROR)
		buf_putf(context, "!%s: %s; ", finding->code, finding->text);
}

/*
 * What is read out of answers; where they are not valid X12, as their guides have it, "!code: text".
 */
static inline void answers_read(struct buf *out, struct slice in)
{
	const struct x12_guide *whole_997 = hand_guide("whole-997");
	const struct x12_guide *whole_999 = hand_guide("whole-999");
	const struct x12_guide *whole_824 = hand_guide("whole-824");
	const struct x12_checked_guide guides[] = {
		{ whole_997, NULL }, { whole_999, NULL }, { whole_824, NULL }
	};
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(fact_put, out);
	struct x12_listener facts = x12_answer_reader_listener(reader);
	struct x12_listener findings = { .context = out, .finding = answers_finding };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(guides, 3, true, &all);

	x12_fan_add(&fan, &facts);
	x12_fan_add(&fan, &findings);
	x12_check_whole(check, in);
}

#endif
