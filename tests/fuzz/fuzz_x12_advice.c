/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advice about hostile bills, and hostile advice.  The first byte chooses.  Bills: the body of one
 * is given, so that rules are reached; the advice names each set that is to be named, once, and
 * nothing in it is cut apart by what it repeats.  Advice: the body of an 824 is read, in words that
 * end where they should.
 */
#include <string.h>

#include "../unit/x12_answers.h"

#define MOST (4U << 20)

static void finding_judge(void *context, const struct x12_finding *finding)
{
	(void)context;
	if (finding->severity == X12_ERROR)
		bug("an advice is wrong: %s", finding->text);
}

static void document_count(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	(void)said_in;
	if (fact->about != X12_FACT_DOCUMENT)
		bug("an advice that is none: %s", fact->about == X12_FACT_DOUBT ? fact->text : "");
	if (fact->verdict != 'A' && fact->reason_count == 0)
		bug("a rejection without a reason");
	++*(uint64_t *)context;
}

static uint64_t documents_of(struct slice advice)
{
	uint64_t count = 0;
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(document_count, &count);
	struct x12_listener read = x12_answer_reader_listener(reader);
	struct x12_listener judge = { .finding = finding_judge };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &all);

	x12_fan_add(&fan, &read);
	x12_fan_add(&fan, &judge);
	if (advice.n > 0)
		x12_check_whole(check, advice);
	return count;
}

static void wrap(struct buf *out, const char *set, const char *group, struct slice body)
{
	buf_putf(out, "ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*000000001*0*P*>~GS*%s*123456789*987654321*20240102*0304*1*X*"
		"004010~ST*%s*0001~", group, set);
	buf_put(out, body);
	buf_put_text(out, "SE*9*0001~GE*1*1~IEA*1*000000001~");
}

static void bill_try(unsigned how, struct slice body)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(MOST);
	uint64_t documents;

	a.advice = (struct x12_advice_options){ .accepted = how & 1,
		.accept_errors = how >> 1 & 1 };
	wrap(&in, "810", "IN", body);
	if (!answers_make(&a, buf_slice(&in)))
		return;
	documents = documents_of(buf_slice(&a.advices));
	if (documents > a.totals.sets || (a.advices.n > 0) != (documents > 0))
		bug("%u documents are named, of %u", (unsigned)documents,
			(unsigned)a.totals.sets);
}

static void fact_judge(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	size_t reasons = fact->reason_count < X12_FACT_REASONS_MAX ? fact->reason_count
								   : X12_FACT_REASONS_MAX;

	(void)context;
	if (!said_in->interchange)
		bug("a fact that nobody said");
	if (strlen(fact->reference) >= sizeof(fact->reference) ||
		strlen(fact->status) >= sizeof(fact->status))
		bug("words without an end");
	for (size_t i = 0; i < reasons; i++)
		if (strlen(fact->reasons[i].text) >= sizeof(fact->reasons[i].text))
			bug("a reason without an end");
}

static void advice_try(struct slice body)
{
	AUTO_IN_PLACE(buf) in = buf_init(MOST);
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(fact_judge, NULL);
	struct x12_listener read = x12_answer_reader_listener(reader);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &read);

	wrap(&in, "824", "AG", body);
	x12_check_whole(check, buf_slice(&in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = slice_from(slice_of(data, size), 1);
	unsigned how = size > 0 ? data[0] : 0;

	if (how & 4)
		advice_try(body);
	else
		bill_try(how, body);
	return 0;
}
