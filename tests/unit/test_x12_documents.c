/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An invoice as X12 says to the register what it says as JSON, alone, beside other sets, and in one
 * of several documents; and what cannot be read so says why, or is refused where it names others.
 */
#include "exchange_expect.h"

#include "documents/translate/mapping.h"
#include "documents/translate/to_x12.h"
#include "processes/own_documents.h"
#include "processes/x12_documents.h"
#include "x12_files.h"

#define NOW (INT64_C(1795410846) * 1000000000)
#define ROOM (1U << 20)

static struct x12_guide_set guides;
static const struct x12_terms invoices = { .sets = { "810" }, .set_count = 1 },
			      none = { 0 }, both = { .sets = { "867", "810" }, .set_count = 2 };
static const struct der_way anybody = { .area = AREAS };

static struct slice example(const char *name)
{
	return der_schema_find(json_text_of(name))->example;
}

static void as_x12(struct buf *out, struct slice document)
{
	struct x12_stamp stamp = { NOW, 7, 9 };
	struct translate_notes notes = { 0 };
	const struct translate_options options = { .guides = &guides, .stamp = &stamp };
	AUTO_IN_PLACE(buf) one = buf_init(ROOM);
	struct fault f;

	if (translate_to_x12(&one, document, &options, &notes, &f) != ST_OK)
		fail_msg("%s: %s", f.code, f.text);
	buf_put(out, buf_slice(&one));
}

/* `by` in the place of the first `what`. */
static void replace(struct buf *text, const char *what, const char *by)
{
	AUTO_IN_PLACE(buf) changed = buf_init(ROOM);
	struct slice in = buf_slice(text);
	size_t at;

	if (!slice_find(&at, in, slice_str(what)))
		fail_msg("there is no %s in %.*s", what, SLICE_FMT(in));
	buf_put(&changed, slice_to(in, at));
	buf_put_text(&changed, by);
	buf_put(&changed, slice_from(in, at + strlen(what)));
	buf_clear(text);
	buf_put(text, buf_slice(&changed));
}

static enum status collect(struct der_facts *facts, const struct x12_terms *terms,
	const struct der_way *way, struct slice content, struct slice type, struct fault *f)
{
	const struct x12_documents_question question = {
		.terms = terms, .guides = &guides, .way = way, .now_ns = NOW
	};

	return x12_documents_collect(facts, &question, content, type, f);
}

static void facts_of_json(struct buf *out, struct slice document)
{
	struct der_facts facts = { .out = out };
	const struct documents_question question = { .way = anybody, .facts = &facts };
	struct documents_verdict verdict;

	documents_look(&verdict, &question, document, S(DOCUMENT_MEDIA_TYPE));
	expect_text("the example", verdict.fault.code, "");
}

/* --- the same is said --- */

/* What the set cannot say (see `tieline translate`) the register does not ask of an invoice. */
static void an_invoice_says_the_same(void **state)
{
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), json = buf_init(ROOM), said = buf_init(ROOM);
	struct der_facts facts = { .out = &said };
	struct fault f;

	(void)state;
	as_x12(&x12, example("invoice"));
	facts_of_json(&json, example("invoice"));
	expect_fault("an 810",
		collect(&facts, &invoices, &anybody, buf_slice(&x12), S(X12_MEDIA_TYPE), &f), &f,
		ST_OK, NULL);
	expect_text("nothing is lost", facts.lost.text, "");
	assert_int_equal(facts.documents, 1);
	struct slice left = buf_slice(&json), right = buf_slice(&said);
	struct fact a = { 0 }, b = { 0 };

	while (fact_next(&a, &left, &f) == ST_OK) {
		/* a chain of its own begins: correlation_id is none that X12 has, and no clock */
		if (a.kind == FACT_CORRELATION || a.kind == FACT_PERFORMANCE ||
			a.kind == FACT_UNCERTAINTY)
			continue;
		do
			if (fact_next(&b, &right, &f) != ST_OK)
				fail_msg("%s is not said", fact_name(a.kind));
		while (b.kind != a.kind);
		if (!slice_eq(a.text, b.text) || a.number != b.number || a.item != b.item)
			fail_msg("%s: %.*s %lld, of item %u", fact_name(b.kind),
				SLICE_FMT(b.text), (long long)b.number, b.item);
	}
}

/* --- tables --- */

static const struct {
	const char *name;
	const struct x12_terms *terms;
	const char *type;
	unsigned copies; /* of the set, in interchanges one behind the other */
	unsigned documents;
} counts[] = {
	{ "one", &invoices, X12_MEDIA_TYPE, 1, 1 },
	{ "three", &invoices, X12_MEDIA_TYPE, 3, 3 },
	{ "of other sets, too", &both, X12_MEDIA_TYPE, 2, 2 },
	{ "no set is for the register", &none, X12_MEDIA_TYPE, 1, 0 },
	{ "it has another type", &invoices, "text/plain", 1, 0 },
};

static void which_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
		struct der_facts facts = { .out = &said };
		struct fault f;

		for (unsigned n = 0; n < counts[i].copies; n++)
			as_x12(&x12, example("invoice"));
		as_x12(&x12, example("remittance")); /* of which nobody asks */
		expect_fault(counts[i].name,
			collect(&facts, counts[i].terms, &anybody, buf_slice(&x12),
				slice_str(counts[i].type), &f),
			&f, ST_OK, NULL);
		expect_text(counts[i].name, facts.lost.text, "");
		assert_int_equal(facts.documents, counts[i].documents);
	}
}

static void of_several_each_is_read(void **state)
{
	AUTO_IN_PLACE(buf) entity = buf_init(ROOM), said = buf_init(ROOM);
	struct der_facts facts = { .out = &said };
	struct fault f;

	(void)state;
	buf_put_text(&entity, "Content-Type: multipart/related; boundary=b\r\n\r\n");
	for (unsigned i = 0; i < 2; i++) {
		buf_put_text(&entity, "--b\r\nContent-Type: application/edi-x12\r\n\r\n");
		as_x12(&entity, example("invoice"));
		buf_put_text(&entity, "\r\n--b\r\nContent-Type: text/plain\r\n\r\nISA\r\n");
	}
	buf_put_text(&entity, "--b--\r\n");
	expect_fault("two of four",
		collect(&facts, &invoices, &anybody, buf_slice(&entity), S("multipart/related"), &f),
		&f, ST_OK, NULL);
	assert_int_equal(facts.documents, 2);
	expect_text("nothing is lost", facts.lost.text, "");
}

/* The register may not believe half of it: why is kept, and the agreement says what follows. */
static const struct {
	const char *name, *what, *by, *code, *says;
} losses[] = {
	{ "its guide says otherwise", "~TDS*", "~TDX*", "registry.x12", "set 1, 810 0001: " },
	{ "it has no end", "~SE*", "~SX*", "registry.x12", "set 1 has no SE" },
	{ "no end before the next", "~SE*", "~ST*810*2~SE*", "registry.x12", "set 1 has no SE" },
	{ "there is no group", "~GS*", "~GX*", "registry.x12", "no ISA or no GS" },
	{ "what stands behind it is none", "~IEA*1*000000007~", "~IEA*1*000000007~<html>",
		"registry.x12", "x12.junk" },
	{ "its lines do not make its total", "~TDS*", "~TDS*1", "registry.x12", "set 1, 810 0001: " },
};

static void what_cannot_be_read_is_lost(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++) {
		AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
		struct der_facts facts = { .out = &said };
		struct fault f;

		as_x12(&x12, example("invoice"));
		replace(&x12, losses[i].what, losses[i].by);
		expect_fault(losses[i].name,
			collect(&facts, &invoices, &anybody, buf_slice(&x12),
				S(X12_MEDIA_TYPE), &f),
			&f, ST_OK, NULL);
		expect_fault(losses[i].name, der_facts_check(&facts, &f), &f, ST_INPUT,
			losses[i].code);
		if (!strstr(f.text, losses[i].says))
			fail_msg("%s: %s", losses[i].name, f.text);
	}
}

static void too_much_is_lost(void **state)
{
	AUTO_IN_PLACE(buf) x12 = buf_init(2 * X12_DOCUMENTS_MAX), said = buf_init(ROOM);
	struct der_facts facts = { .out = &said };
	struct fault f;

	(void)state;
	as_x12(&x12, example("invoice"));
	while (x12.n <= X12_DOCUMENTS_MAX)
		buf_put_text(&x12, "                                                               \n");
	expect_fault("more than is read before a receipt",
		collect(&facts, &invoices, &anybody, buf_slice(&x12), S(X12_MEDIA_TYPE), &f), &f,
		ST_OK, NULL);
	expect_fault("too much", der_facts_check(&facts, &f), &f, ST_LIMIT, "facts.size");
}

static const struct {
	const char *name;
	struct der_way way;
	enum status want;
	const char *code;
} ways[] = {
	{ "as it says", { .sender = S("829517388"), .receiver = S("007909411"), .area = AREA_BILLING }, ST_OK, NULL },
	{ "in their roles", { .sender_role = S("aggregator"), .receiver_role = S("utility"), .area = AREAS },
		ST_OK, NULL },
	{ "of who is no aggregator", { .sender_role = S("utility"), .area = AREAS }, ST_AUTH, "der.role" },
	{ "for who is no utility", { .receiver_role = S("iso_rto"), .area = AREAS }, ST_AUTH, "der.role" },
	{ "from another", { .sender = S("007909411"), .area = AREA_BILLING }, ST_AUTH, "der.sender" },
	{ "a test, where none is agreed", { .area = AREAS, .test = TEST_REFUSE }, ST_AUTH, "der.test" },
	{ "a test, where only tests are", { .area = AREAS, .test = TEST_ONLY }, ST_OK, NULL },
	{ "X12 names no agreement", { .area = AREAS, .agreement = S("TPA-7") }, ST_OK, NULL },
	{ "for another", { .receiver = S("829517388"), .area = AREA_BILLING }, ST_AUTH, "der.receiver" },
};

static void who_names_another_party_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM);

	(void)state;
	as_x12(&x12, example("invoice"));
	for (size_t i = 0; i < COUNT(ways); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(ROOM);
		struct der_facts facts = { .out = &said };
		struct fault f;

		expect_fault(ways[i].name,
			collect(&facts, &invoices, &ways[i].way, buf_slice(&x12),
				S(X12_MEDIA_TYPE), &f),
			&f, ways[i].want, ways[i].code);
		expect_fault(ways[i].name, der_facts_check(&facts, &f), &f, ST_OK, NULL);
	}
}

/* X12 has no area, and an answer may be in any: its own is that in which it came. */
static void an_answer_has_the_area_that_it_came_in(void **state)
{
	static const struct x12_terms answers = { .sets = { "824" }, .set_count = 1 };
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM);

	(void)state;
	as_x12(&x12, example("business_response"));
	for (unsigned area = 0; area <= AREAS; area++) {
		AUTO_IN_PLACE(buf) said = buf_init(ROOM);
		struct der_facts facts = { .out = &said };
		const struct der_way way = { .area = area };
		struct fault f;

		expect_fault("an 824",
			collect(&facts, &answers, &way, buf_slice(&x12), S(X12_MEDIA_TYPE), &f), &f,
			ST_OK, NULL);
		expect_fault(area < AREAS ? area_name(area) : "nowhere",
			der_facts_check(&facts, &f), &f, ST_OK, NULL);
		assert_int_equal(facts.documents, 1);
	}
}

/* What has one area is not moved to another by the way it came. */
static void a_bill_is_billing_wherever_it_came(void **state)
{
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
	struct der_facts facts = { .out = &said };
	const struct der_way way = { .area = AREA_OUTAGE };
	struct fault f;

	(void)state;
	as_x12(&x12, example("invoice"));
	expect_fault("an 810",
		collect(&facts, &invoices, &way, buf_slice(&x12), S(X12_MEDIA_TYPE), &f), &f, ST_OK,
		NULL);
	expect_fault("an 810", der_facts_check(&facts, &f), &f, ST_INPUT, "registry.x12");
	assert_non_null(strstr(f.text, "der.area"));
}

/* --- what an agreement may name --- */

static void every_pair_may_be_agreed(void **state)
{
	(void)state;
	for (size_t i = 0; i < translate_mapping_count; i++) {
		char set[8];
		char *names[] = { set };
		const struct x12_terms_text text = { .sets = names, .set_count = 1 };
		struct x12_terms terms;
		struct fault f;

		assert_int_equal(slice_to_text(set, sizeof(set), translate_mappings[i].set, &f),
			ST_OK);
		expect_fault(set, x12_terms_read(&terms, &text, &f), &f, ST_OK, NULL);
		assert_true(x12_terms_registers(&terms, slice_str(set)));
		assert_false(x12_terms_registers(&terms, S("997")));
	}
}

static int setup(void **state)
{
	(void)state;
	x12_guide_set_init(&guides);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	x12_guide_set_done(&guides);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invoice_says_the_same),
		cmocka_unit_test(which_are_read),
		cmocka_unit_test(of_several_each_is_read),
		cmocka_unit_test(what_cannot_be_read_is_lost),
		cmocka_unit_test(too_much_is_lost),
		cmocka_unit_test(who_names_another_party_is_refused),
		cmocka_unit_test(an_answer_has_the_area_that_it_came_in),
		cmocka_unit_test(a_bill_is_billing_wherever_it_came),
		cmocka_unit_test(every_pair_may_be_agreed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
