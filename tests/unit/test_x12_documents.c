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

/* --- what a set says that its document cannot --- */

/* SE counts what there is. */
static void recount(struct buf *x12)
{
	AUTO_IN_PLACE(buf) was = buf_init(64), is = buf_init(64);
	struct slice in = buf_slice(x12), number, rest;
	size_t from, to;
	unsigned segments = 1;

	assert_true(slice_find(&from, in, S("~ST*")) && slice_find(&to, in, S("~SE*")));
	for (size_t i = from + 1; i <= to; i++)
		segments += in.p[i] == '~';
	slice_cut(&number, &rest, slice_from(in, to + 4), '*');
	buf_putf(&was, "~SE*%.*s*", SLICE_FMT(number));
	buf_putf(&is, "~SE*%u*", segments);
	replace(x12, buf_text(&was), buf_text(&is));
}

#define SAYS_MAX 2
static const struct {
	const char *name, *type, *set;
	struct {
		const char *what, *by;
	} changes[SAYS_MAX];
	const char *says; /* NULL: it is taken */
} others[] = {
	{ "a rejection that says it is none", "registration_decision", "814",
		{ { "~ASI*WQ*021~", "~ASI*U*021~REF*7G*A13*NO~" } }, ": ASI01: U: said before" },
	{ "a question about what is decided", "registration_decision", "814",
		{ { "~ASI*WQ*021~", "~ASI*7*021~" } }, ": ASI01: 7: said before" },
	{ "a decision with another word", "registration_decision", "814",
		{ { "~ASI*WQ*021~", "~ASI*CC*021~" } }, ": ASI01: CC: nothing" },
	{ "the answer repeats what was asked", "registration_decision", "814",
		{ { "~ASI*WQ*021~", "~ASI*WQ*001~" } }, NULL },
	{ "a copy for information", "aggregation_registration", "814",
		{ { "~BGN*13*", "~BGN*22*" } }, ": BGN01: 22: nothing" },
	{ "numbers of their own", "aggregation_registration", "814",
		{ { "~BGN*13*", "~BGN*13*X" } }, NULL },
	{ "a resource that ends", "aggregation_registration", "814",
		{ { "*RESOURCE~ASI*7*021~", "*RESOURCE~ASI*7*024~" } }, ": ASI02: 024: nothing" },
	{ "a resource that is another", "aggregation_registration", "814",
		{ { "*RESOURCE~ASI*7*021~", "*RESOURCE~ASI*7*001~" } }, NULL },
	{ "a second aggregation", "aggregation_registration", "814",
		{ { "~SE*", "~LIN**SH*EL*SH*AGGREGATION~ASI*7*024~REF*ZZ*AGG-7*AGGREGATION ID~SE*" } },
		": LIN: said before: it is about more than one" },
	{ "a change that ends all of it", "composition_change", "814",
		{ { "*AGGREGATION~ASI*7*001~", "*AGGREGATION~ASI*7*024~" } }, ": ASI02: 024: nothing" },
	{ "a memorandum", "invoice", "810", { { "*DI*00~", "*ME*00~" } }, ": BIG07: ME: nothing" },
	{ "a credit memo of no bill", "invoice", "810", { { "*DI*00~", "*CR*00~" } },
		"original_invoice_number" },
	{ "a credit memo", "invoice", "810",
		{ { "*DI*00~", "*CR*00~" }, { "~REF*TN*", "~REF*OI*INV-1~REF*TN*" } }, NULL },
	{ "a bill that deletes one", "invoice", "810", { { "*DI*00~", "*DI*03~" } },
		": BIG08: 03: nothing" },
	{ "a duplicate", "invoice", "810", { { "*DI*00~", "*DI*07~" } }, ": BIG08: 07: nothing" },
	{ "a credit that is taken back", "invoice", "810", { { "*DI*00~", "*CN*01~" } },
		": BIG08: 01: nothing" },
	{ "corrected, and no bill named", "invoice", "810", { { "*DI*00~", "*DI*CO~" } },
		"original_invoice_number" },
	{ "neither kind nor purpose", "invoice", "810", { { "*****DI*00~", "~" } }, NULL },
	{ "two payees", "invoice", "810", { { "~N1*RE*", "~N1*RE**ZZ*EVIL-1~N1*RE*" } },
		": N104: said before" },
	{ "one payee twice", "invoice", "810",
		{ { "~N1*RE*", "~N1*RE**ZZ*PAYEE-829517388~N1*RE*" } }, NULL },
	{ "two currencies", "invoice", "810", { { "~CUR*", "~CUR*BY*CAD~CUR*" } },
		"x12.segment.repeats: segment 6: CUR" },
	{ "a currency that is none", "invoice", "810", { { "*SE*USD~", "*SE*US1~" } },
		": CUR02: US1: nothing" },
	{ "a line of another list of charges", "invoice", "810",
		{ { "~SAC*C**ZZ*ENERGY*", "~SAC*C*F050***" } }, ": SAC02: F050: nothing" },
	{ "an award of another numbering", "invoice", "810",
		{ { "*AWARD~", "*AWARD~REF*ZZ*AW-2026-0099*AWARD~" } }, ": REF02: nothing" },
	{ "a tax that is in the price", "invoice", "810",
		{ { "~PID*", "~TXI*LS*9*****O~PID*" } }, NULL },
	{ "an element and a segment that nobody reads", "invoice", "810",
		{ { "*KH*0.38000~", "*KH*0.38000*QT~" }, { "~CUR*", "~NTE*ADD*thank you~CUR*" } }, NULL },
	{ "a text that is said in other words again", "invoice", "810",
		{ { "~PID*F****", "~PID*F****Energy~PID*F****" } }, NULL },
	{ "two documents are answered", "business_response", "824",
		{ { "~SE*", "~OTI*TR*TN*01M8PA8K8KE97SC0642XGD79PY~TED*ZZZ*x~SE*" } },
		": OTI: said before: it is about more than one" },
	{ "one of another numbering is answered", "business_response", "824",
		{ { "~OTI*TA*TN*", "~OTI*TA*TN*I" } }, ": OTI03: I" },
	{ "a payee in other words", "remittance", "820",
		{ { "~N1*PE**1*829517388~", "~N1*PE*ACME*91*VENDOR 5~" } }, ": N104: nothing" },
	{ "a cancelled usage", "service_performance", "867", { { "~BPT*00*", "~BPT*01*" } },
		": BPT01: 01: nothing" },
	{ "a usage that is a duplicate", "service_performance", "867",
		{ { "~BPT*00*", "~BPT*07*" } }, ": BPT01: 07: nothing" },
	{ "a corrected usage of another numbering", "service_performance", "867",
		{ { "~BPT*00*", "~BPT*05*U-2*20260701******U-1~REF*ZZ*" } }, ": BPT09: U-1: nothing" },
	{ "energy that came back", "service_performance", "867", { { "~QTY*QD*", "~QTY*87*" } },
		": QTY: nothing" },
	{ "a series twice", "service_performance", "867",
		{ { "~SE*", "~PTD*BQ***ZZ*DELIVERED ENERGY~QTY*QD*1*KH~SE*" } },
		": PTD: said before" },
	{ "a series that is none of ours", "service_performance", "867",
		{ { "~SE*", "~PTD*SU~QTY*QD*1*KH~SE*" } }, NULL },
};

/* The register is told why, and where it stands; what is harmless gets through. */
static void what_is_not_understood_is_not_learned(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
		const struct x12_terms terms = { .sets = { "814", "810", "820", "824", "867" },
			.set_count = 5 };
		const bool is_answer = strcmp(others[i].set, "824") == 0; /* of any area */
		const struct der_way way = { .area = is_answer ? AREA_BILLING : AREAS };
		struct der_facts facts = { .out = &said };
		struct fault f = { 0 };

		as_x12(&x12, example(others[i].type));
		for (size_t k = 0; k < SAYS_MAX && others[i].changes[k].what; k++)
			replace(&x12, others[i].changes[k].what, others[i].changes[k].by);
		recount(&x12);
		expect_fault(others[i].name,
			collect(&facts, &terms, &way, buf_slice(&x12), S(X12_MEDIA_TYPE), &f), &f,
			ST_OK, NULL);
		expect_fault(others[i].name, der_facts_check(&facts, &f), &f,
			others[i].says ? ST_INPUT : ST_OK, others[i].says ? "registry.x12" : NULL);
		if (others[i].says &&
			(!strstr(f.text, others[i].says) || !strstr(f.text, others[i].set)))
			fail_msg("%s: %s", others[i].name, f.text);
		assert_null(strstr(f.text, "EVIL"));
	}
}

/* CUR02 is it, whoever CUR01 says. */
static void a_currency_is_the_one_that_is_said(void **state)
{
	static const struct {
		const char *type, *what, *by;
	} said_as[] = { { "invoice", "~CUR*SE*USD~", "~CUR*BY*CAD~" },
		{ "remittance", "~CUR*PR*USD~", "~CUR*PE*CAD~" } };

	(void)state;
	for (size_t i = 0; i < COUNT(said_as); i++) {
		AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), made = buf_init(ROOM);
		struct x12_copied c = { .guides = &guides, .id = "0197c650-0000-7000-8000-0000000000ff",
			.area = AREA_BILLING, .now_ns = NOW };
		struct fault f;

		as_x12(&x12, example(said_as[i].type));
		replace(&x12, said_as[i].what, said_as[i].by);
		c.interchange = buf_slice(&x12);
		expect_fault(said_as[i].type, x12_document_make(&made, &c, &f), &f, ST_OK, NULL);
		assert_non_null(strstr(buf_text(&made), "\"CAD\""));
		assert_null(strstr(buf_text(&made), "USD"));
	}
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
		cmocka_unit_test(what_is_not_understood_is_not_learned),
		cmocka_unit_test(a_currency_is_the_one_that_is_said),
		cmocka_unit_test(every_pair_may_be_agreed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
