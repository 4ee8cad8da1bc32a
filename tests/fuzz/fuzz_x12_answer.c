/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to hostile interchanges.  The first byte chooses how they are answered.  Whatever came,
 * the envelopes of the answer are right, it does not contradict itself, and it has no answer: of an
 * advice, no advice.
 */
#include "../unit/x12_answers.h"

static void finding_judge(void *context, const struct x12_finding *finding)
{
	(void)context;
	if (finding->severity == X12_ERROR)
		bug("an answer is wrong: %s", finding->text);
}

static void fact_judge(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	(void)said_in;
	++*(unsigned *)context;
	if (fact->about == X12_FACT_DOUBT)
		bug("an answer contradicts itself: %s", fact->text);
}

static void answer_judge(struct slice answer)
{
	unsigned facts = 0; /* of AK9, TA1, OTI: one at least */
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(fact_judge, &facts);
	struct x12_listener read = x12_answer_reader_listener(reader);
	struct x12_listener judge = { .finding = finding_judge };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &all);

	x12_fan_add(&fan, &read);
	x12_fan_add(&fan, &judge);
	if (answer.n == 0)
		return;
	x12_check_whole(check, answer);
	if (facts == 0)
		bug("an answer that says nothing");
}

static void again_judge(struct slice answer, bool is_advice)
{
	AUTO_IN_PLACE(answers) again = answers_init();

	again.answer.ta1 = X12_TA1_ASKED;
	again.advice.accepted = true;
	if (!answers_make(&again, answer) || again.advices.n ||
		(again.acknowledgments.n && !is_advice))
		bug("an answer is answered");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	unsigned how = size > 0 ? data[0] : 0;

	a.answer = (struct x12_answer_options){ .ta1 = how & 3, .as = (how >> 2 & 3) % 3,
		.accept_errors = how >> 4 & 1 };
	a.advice = (struct x12_advice_options){ .accepted = how >> 5 & 1,
		.accept_errors = how >> 4 & 1 };
	a.strict = how >> 6 & 1;
	if (!answers_make(&a, slice_from(slice_of(data, size), 1)))
		return 0;
	answer_judge(buf_slice(&a.acknowledgments));
	answer_judge(buf_slice(&a.advices));
	again_judge(buf_slice(&a.acknowledgments), false);
	again_judge(buf_slice(&a.advices), true);
	/* of whatever came, without a word of it being ours */
	{
		AUTO_IN_PLACE(buf) facts = buf_init(64U << 20);

		answers_read(&facts, slice_from(slice_of(data, size), 1));
	}
	return 0;
}
