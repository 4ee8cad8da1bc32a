/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of ours to X12 and back: whatever is not told to be left out comes back as it was, of
 * the example of every type that has a set, and of changed ones; and the interchange of what came
 * back is the same interchange, byte for byte.  Then what is refused, by code, both ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "documents/decimal.h"
#include "documents/translate/to_json.h"
#include "documents/translate/to_x12.h"
#include "x12_files.h"

#define NOTES_MAX (4U << 20)
#define NEW_ID "0197c650-0000-7000-8000-0000000000ff"

/* --- what is told --- */

struct told {
	struct buf lines; /* "-/lines/0/award_id\n" not said, "+..." put, "~..." in part */
	struct buf codes; /* "translate.code segment 4: REF02\n" */
};

static void note_take(void *context, const struct translate_note *n)
{
	static const char marks[] = { [TRANSLATE_UNSAID] = '-', [TRANSLATE_SHORT] = '~',
		[TRANSLATE_DEFAULT] = '+' };
	struct told *t = context;

	buf_putf(&t->lines, "%c%s\n", marks[n->kind], n->where);
	buf_putf(&t->codes, "%s %s\n", n->why, n->where);
	assert_true(!n->is_restricted || n->value.n == 0);
}

static struct told told_init(void)
{
	return (struct told){ buf_init(NOTES_MAX), buf_init(NOTES_MAX) };
}

static void told_done(struct told *t)
{
	buf_done(&t->lines);
	buf_done(&t->codes);
}

static bool was_told(struct told *t, char mark, const char *where)
{
	AUTO_IN_PLACE(buf) line = buf_init(1024);
	size_t at;

	buf_putf(&line, "%c%s\n", mark, where);
	return slice_find(&at, buf_slice(&t->lines), buf_slice(&line));
}

/* --- one way --- */

struct way {
	struct slice like, zone;
	struct told *told; /* NULL: nobody listens */
};

static void hash_fake(char out[TRANSLATE_HASH_MAX], struct slice content)
{
	snprintf(out, TRANSLATE_HASH_MAX, "%064zx", content.n);
}

static struct x12_guide_set guides; /* loaded once for all of them */

static enum status translate(
	struct buf *out, struct slice in, bool to_x12, const struct way *way, struct fault *f)
{
	struct x12_stamp stamp = { INT64_C(1782924067) * 1000000000, 7, 9 };
	struct translate_options options = { .guides = &guides, .stamp = &stamp,
		.zone = way->zone, .like = way->like, .hash = hash_fake, .id = NEW_ID };
	struct translate_notes notes = { way->told ? note_take : NULL, way->told, 0, 0 };

	return (to_x12 ? translate_to_x12 : translate_to_json)(out, in, &options, &notes, f);
}

static struct buf must(
	const char *name, struct slice in, bool to_x12, const struct way *way)
{
	struct buf out = buf_init(TRANSLATE_OUT_MAX);
	struct fault f;

	if (translate(&out, in, to_x12, way, &f) != ST_OK)
		fail_msg("%s: %s: %s in %.*s", name, f.code, f.text, SLICE_FMT(slice_to(in, 9000)));
	return out;
}

/* --- changed documents --- */

/* Each pair of texts: the first, which has to be there, becomes the second. */
#define CHANGES_MAX 6
struct change {
	const char *from, *to;
};

static void replace(struct buf *document, const char *name, const struct change *c)
{
	AUTO_IN_PLACE(buf) changed = buf_init(TREE_TEXT_MAX);
	struct slice in = buf_slice(document);
	size_t at;

	if (!slice_find(&at, in, slice_str(c->from)))
		fail_msg("%s: there is no %s in it", name, c->from);
	buf_put(&changed, slice_to(in, at));
	buf_put_text(&changed, c->to);
	buf_put(&changed, slice_from(in, at + strlen(c->from)));
	buf_clear(document);
	buf_put(document, buf_slice(&changed));
}

static struct buf document_of(const char *type, const char *name, const struct change *changes)
{
	const struct der_schema *s = der_schema_find(json_text_of(type));
	struct buf out = buf_init(TREE_TEXT_MAX);

	assert_non_null(s);
	buf_put(&out, s->example);
	for (size_t i = 0; i < CHANGES_MAX && changes[i].from; i++)
		replace(&out, name, &changes[i]);
	return out;
}

/* --- there and back --- */

static bool is_same(const struct tree_node *a, const struct tree_node *b)
{
	struct decimal x, y;

	if (slice_eq(a->text, b->text))
		return true;
	return (a->kind == JSON_IS_NUMBER || (a->schema && a->schema->format == DER_DECIMAL)) &&
		decimal_parse(&x, a->text, 0, NULL) == ST_OK &&
		decimal_parse(&y, b->text, 0, NULL) == ST_OK && decimal_compare(x, y) == 0;
}

static struct tree_node *counterpart(struct tree *t, const struct tree_node *n)
{
	struct tree_node *parent, *child;

	if (!n->parent)
		return t->root;
	parent = counterpart(t, n->parent);
	if (!parent || parent->kind != JSON_IS_ARRAY)
		return parent ? tree_find(parent, n->name) : NULL;
	for (child = parent->first; child && child->index < n->index;)
		child = child->next;
	return child;
}

/* What was not told comes back. */
static void came_back(
	const char *name, const struct tree_node *n, struct tree *back, struct told *told)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(1024);
	struct tree_node *other = counterpart(back, n);

	tree_pointer_put(&pointer, n);
	if (tree_is_scalar(n) && !was_told(told, '-', buf_text(&pointer)) &&
		!was_told(told, '~', buf_text(&pointer)) && (!other || !is_same(n, other)))
		fail_msg("%s: %s was %.*s and is %.*s", name, buf_text(&pointer), SLICE_FMT(n->text),
			SLICE_FMT(other ? other->text : S("not there")));
	for (const struct tree_node *child = n->first; child; child = child->next)
		came_back(name, child, back, told);
}

/* Nothing is there that was not, but for what was told to be put: never a list. */
static void nothing_new(
	const char *name, const struct tree_node *n, struct tree *before, struct told *told)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(1024);

	tree_pointer_put(&pointer, n);
	if (!counterpart(before, n) &&
		(n->kind == JSON_IS_ARRAY ||
			(tree_is_scalar(n) && !was_told(told, '+', buf_text(&pointer)))))
		fail_msg("%s: %s is new: %.*s", name, buf_text(&pointer), SLICE_FMT(n->text));
	for (const struct tree_node *child = n->first; child; child = child->next)
		nothing_new(name, child, before, told);
}

/* No element begins within a character. */
static void characters_whole(const char *name, struct slice x12)
{
	for (size_t i = 1; i < x12.n; i++)
		if ((x12.p[i] & 0xc0) == 0x80 && x12.p[i - 1] < 0x80)
			fail_msg("%s: a character is cut in %.*s", name, SLICE_FMT(x12));
}

static void round_trip(const char *name, struct slice document, const struct way *zone)
{
	struct told there = told_init(), back_told = told_init();
	struct way to = { .zone = zone->zone, .told = &there };
	struct way from = { .like = document, .told = &back_told };
	struct buf x12 = must(name, document, true, &to);
	struct buf json = must(name, buf_slice(&x12), false, &from);
	struct buf again = must(name, buf_slice(&json), true, &(struct way){ .zone = zone->zone });
	AUTO(tree) before = NULL;
	AUTO(tree) after = NULL;
	struct fault f;

	assert_int_equal(tree_read(&before, document, &f), ST_OK);
	assert_int_equal(tree_read(&after, buf_slice(&json), &f), ST_OK);
	characters_whole(name, buf_slice(&x12));
	came_back(name, before->root, after, &there);
	nothing_new(name, after->root, before, &back_told);
	if (!slice_eq(buf_slice(&x12), buf_slice(&again)))
		fail_msg("%s: %.*s is not %.*s", name, SLICE_FMT(buf_slice(&x12)),
			SLICE_FMT(buf_slice(&again)));
	if (slice_find(&(size_t){ 0 }, buf_slice(&back_told.lines), S("-segment")))
		fail_msg("%s: is not read: %s", name, buf_text(&back_told.codes));
	buf_done(&x12);
	buf_done(&json);
	buf_done(&again);
	told_done(&there);
	told_done(&back_told);
}

#define TEXT80 "0123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678"
#define UNAPPROVED \
	{ "\"approved_from\": \"2026-08-01T04:00:00.000Z\"", "\"regulator_reference\": \"X\"" }, \
	{ "\"approved_capability\"", "\"ext\"" }
#define EURO "\342\202\254\342\202\254\342\202\254\342\202\254\342\202\254\342\202\254"
#define CREDIT \
	{ "\"original\"", "\"credit_note\", \"original_invoice_number\": \"INV-1\"" }, \
	{ "\"1225.25\"", "\"-1225.25\"" }, \
	{ "\"465.60\"", "\"-465.60\"" }, { "\"465.60\"", "\"-465.60\"" }, \
	{ "\"465.60\"", "\"-465.60\"" }

static const struct {
	const char *name, *type, *zone;
	struct change changes[CHANGES_MAX];
} trips[] = {
	{ "invoice as it is", "invoice", "", { { 0 } } },
	{ "a cancelled bill", "invoice", "",
		{ { "\"original\"", "\"cancel\", \"original_invoice_number\": \"INV-1\"" } } },
	{ "a corrected bill", "invoice", "",
		{ { "\"original\"", "\"corrected\", \"original_invoice_number\": \"INV-1\"" } } },
	{ "a credit note is negative", "invoice", "", { CREDIT } },
	{ "delimiters in a text", "invoice", "",
		{ { "Energy delivered in this period", "a*b~c>d|e!f:g" } } },
	{ "a text of more than one segment", "invoice", "",
		{ { "Energy delivered in this period", TEXT80 TEXT80 TEXT80 } } },
	{ "blanks and characters at the cut", "invoice", "",
		{ { "Energy delivered in this period",
			TEXT80 "\303\244\303\266" TEXT80 "  \342\202\254 x" } } },
	{ "characters of three bytes", "invoice", "",
		{ { "Energy delivered in this period", EURO EURO EURO EURO EURO EURO EURO } } },
	{ "quotes and backslashes", "invoice", "",
		{ { "Energy delivered in this period", "a \\\" b \\\\ c \\u00e4 \\u002A" } } },
	{ "no places and many", "invoice", "",
		{ { "\"1225.25\"", "\"1225.250000\"" }, { "\"0.38000\"", "\"0.38\"" } } },
	{ "a time with hundredths, in New York's time", "invoice", "ET",
		{ { "\"AGG-0042\"", "\"AGG-0042\", \"interval_from\": \"2026-11-01T05:30:00.250Z\","
			"\"interval_until\": \"2026-11-01T06:30:00.000Z\"" } } },
	{ "a time across the year, in Pacific standard time", "invoice", "PS",
		{ { "\"AGG-0042\"", "\"AGG-0042\", \"interval_from\": \"2027-01-01T07:59:59.000Z\"" } } },
	{ "milliseconds are said in part", "invoice", "",
		{ { "\"AGG-0042\"", "\"AGG-0042\", \"interval_from\": \"2026-06-01T07:59:59.123Z\"" } } },
	{ "balances, accounts, terms", "invoice", "",
		{ { "\"due_date\"", "\"previous_balance\": { \"amount\": \"-10.5\", \"currency\": \"USD\" },"
			"\"balance\": { \"amount\": \"455.1\", \"currency\": \"USD\" }, \"due_date\"" },
			{ "\"contract_reference\"", "\"seller_account\": \"S1\", \"buyer_account\": \"0042\","
				"\"usage_references\": [\"U1\", \"U2\"], \"terms\": \"Net 30\","
				"\"contract_reference\"" } } },
	{ "an adjustment with its reason", "invoice", "",
		{ { "\"subtotal\": {\n    \"amount\": \"465.60\"", "\"adjustments\": [ { \"reason\": "
			"{ \"code\": \"late\", \"text\": \"too late\" }, \"amount\": { \"amount\": "
			"\"-0.60\", \"currency\": \"USD\" } } ], \"subtotal\": { \"amount\": \"465.00\"" },
			{ "\"total\": {\n    \"amount\": \"465.60\"", "\"total\": { \"amount\": \"465.00\"" } } },
	{ "a tax that is added", "invoice", "",
		{ { "\"AGG-0042\"", "\"AGG-0042\", \"tax_code\": \"LS\", \"tax_amount\": "
			"{ \"amount\": \"9.00\", \"currency\": \"USD\" }" },
			{ "\"tax_total\": {\n    \"amount\": \"0.00\"",
				"\"tax_total\": {\n    \"amount\": \"9.00\"" },
			{ "\"total\": {\n    \"amount\": \"465.60\"",
				"\"total\": {\n    \"amount\": \"474.60\"" } } },
	{ "a test becomes none", "invoice", "", { { "\"test\": true", "\"test\": false" } } },
	{ "roles the other way", "invoice", "",
		{ { "\"aggregator\"", "\"utility\"" }, { "\"receiver_role\": \"utility\"",
			"\"receiver_role\": \"aggregator\"" } } },
	{ "remittance as it is", "remittance", "", { { 0 } } },
	{ "a payment by wire, to come", "remittance", "",
		{ { "ach_ctx", "fedwire" }, { "remittance_only", "payment_elsewhere" } } },
	{ "netting, a debit", "remittance", "",
		{ { "ach_ctx", "netting" }, { "\"credit\"", "\"debit\"" } } },
	{ "real time, with the payment", "remittance", "",
		{ { "ach_ctx", "rtp" }, { "remittance_only", "with_payment" } } },
	{ "a cheque and its number at the bank", "remittance", "",
		{ { "ach_ctx", "check" }, { "\"payer_id\"",
			"\"bank_reference\": \"CHK-1\", \"payer_id\"" } } },
	{ "one payment of a CCD", "remittance", "", { { "ach_ctx", "ach_ccd" } } },
	{ "an account, and what is taken off", "remittance", "",
		{ { "\"invoice_number\": \"INV-2026-000117\"", "\"account\": \"0042\", "
			"\"dispute_id\": \"0197c650-0000-7000-8000-000000000009\", "
			"\"adjustment_reason\": \"dispute\", \"adjustment_amount\": "
			"{ \"amount\": \"-34.4\", \"currency\": \"USD\" }" },
			{ "\"invoiced_amount\": {\n        \"amount\": \"465.60\"",
				"\"invoiced_amount\": { \"amount\": \"500\"" } } },
	{ "a bill, its account, and something on top", "remittance", "",
		{ { "\"INV-2026-000117\"", "\"INV-2026-000117\", \"account\": \"0042\", "
			"\"usage_reference\": \"U-1\", "
			"\"performance_id\": \"0197c650-0000-7000-8000-000000000009\", "
			"\"adjustment_reason\": \"late\", \"adjustment_amount\": "
			"{ \"amount\": \"0.60\", \"currency\": \"USD\" }" },
			{ "\"invoiced_amount\": {\n        \"amount\": \"465.60\"",
				"\"invoiced_amount\": { \"amount\": \"465.00\"" } } },
	{ "a bill and an account, in their order", "remittance", "",
		{ { "\"lines\": [", "\"lines\": [ { \"account\": \"1\", \"invoiced_amount\": "
			"{ \"amount\": \"-1.00\", \"currency\": \"USD\" }, \"paid_amount\": "
			"{ \"amount\": \"-1.00\", \"currency\": \"USD\" } }," },
			{ "\"line_total\": {\n    \"amount\": \"465.60\"",
				"\"line_total\": { \"amount\": \"464.60\"" },
			{ "\"amount\": {\n    \"amount\": \"465.60\"",
				"\"amount\": { \"amount\": \"464.60\"" } } },
	{ "performance as it is", "service_performance", "", { { 0 } } },
	{ "an 867's number, final", "service_performance", "CT",
		{ { "preliminary", "final" }, { "\"baseline_method\"",
			"\"usage_reference\": \"U.1\", \"baseline_method\"" } } },
	{ "revised, with reasons", "service_performance", "",
		{ { "preliminary", "revised" }, { "\"quality\": \"ok\"",
			"\"quality\": \"missing\", \"excluded_reason\": \"grid_outage\"" },
			{ "\"quality\": \"ok\"", "\"quality\": \"estimated\"" } } },
	{ "of another, which it corrects", "service_performance", "",
		{ { "preliminary", "revised" }, { "\"revision\": 1", "\"revision\": 3, "
			"\"supersedes\": \"0197c650-0000-7000-8000-000000000009\"" } } },
	{ "of another, under a number of its own", "service_performance", "",
		{ { "preliminary", "revised" }, { "\"revision\": 1", "\"revision\": 2, "
			"\"supersedes\": \"0197c650-0000-7000-8000-000000000009\"" },
			{ "\"baseline_method\"", "\"usage_reference\": \"U.2\", \"baseline_method\"" } } },
	{ "bad, and fed back", "service_performance", "",
		{ { "\"quality\": \"ok\"", "\"quality\": \"bad\"" },
			{ "\"metered_kw\": \"3650.5\"", "\"metered_kw\": \"-3650.500\"" } } },
	{ "nothing below zero", "service_performance", "",
		{ { "\"baseline_kw\": \"1200\"", "\"baseline_kw\": \"-0.00\"" } } },
	{ "the hour that comes twice", "service_performance", "ET",
		{ { "2026-07-01T17:00", "2026-11-01T05:45" }, { "2026-07-01T17:15", "2026-11-01T06:00" } } },
	{ "the hour that is missing", "service_performance", "ET",
		{ { "2026-07-01T17:00", "2026-03-08T06:45" }, { "2026-07-01T17:15", "2026-03-08T07:00" } } },
	{ "across midnight and the year", "service_performance", "MT",
		{ { "2026-07-01T17:00", "2026-12-31T23:45" }, { "2026-07-01T17:15", "2027-01-01T00:00" } } },
	{ "an answer as it is", "business_response", "", { { 0 } } },
	{ "a rejection and its reasons", "business_response", "PT",
		{ { "\"accepted\"", "\"rejected\", \"lateness_ms\": 0, \"retry_after_s\": 3600, "
			"\"findings\": [ { \"code\": \"der.check.sum\", \"path\": "
			"\"/lines/0/" TEXT80 "\", \"text\": \"" TEXT80 " and ~ more\" }, "
			"{ \"code\": \"other\" }, { \"code\": \"x\", \"text\": \"y\" } ]" },
			{ "\"accept\"", "\"do_not_resend\"" } } },
	{ "a rejection of all of it", "business_response", "",
		{ { "\"accepted\"", "\"rejected\", \"findings\": [ { \"path\": \"\", \"code\": \"other\", \"text\": \"#\" } ]" },
			{ "\"accept\"", "\"do_not_resend\"" } } },
	{ "accepted with warnings, and no action", "business_response", "",
		{ { "\"accepted\"", "\"accepted_with_warnings\", \"findings\": []" },
			{ "\"action\": \"accept\",", "" } } },
	{ "a part", "business_response", "",
		{ { "\"accepted\"", "\"partly_rejected\", \"findings\": [ { \"code\": \"a\" } ]" },
			{ "\"accept\"", "\"resend\"" } } },
	{ "an outage as it is", "outage_notice", "ET", { { 0 } } },
	{ "planned, in spring", "outage_notice", "ET",
		{ { "\"unplanned\"", "\"planned\", \"notice_period_met\": true, \"planned_reason\": "
			"\"" TEXT80 " new poles\", \"estimated_start\": \"2027-03-14T06:59:59.990Z\", "
			"\"estimated_end\": \"2027-03-14T07:00:00.000Z\"" } } },
	{ "restored, places by all their names", "outage_notice", "",
		{ { "\"unplanned\"", "\"restoration\", \"actual_end\": \"2026-07-01T19:00:00.000Z\", "
			"\"customers_served\": 10, \"customers_restored\": 10" },
			{ "\"feeder_id\": \"F-07\"", "\"substation_id\": \"S\", \"transformer_id\": \"T\", "
				"\"phases\": \"ABC\", \"pricing_node\": \"P\", \"latitude\": \"-1.5\", "
				"\"longitude\": \"0.000001\"" },
			{ "\"areas\": [", "\"areas\": [ { \"location\": { \"feeder_id\": \"F-01\" } }, "
				"{ \"location\": { \"county_fips\": \"00001\" }, \"polygon\": \"{}\" }," } } },
	{ "cancelled, nobody is affected", "outage_notice", "",
		{ { "\"unplanned\"", "\"cancelled\"" },
			{ "\"AGG-0042\"", "" }, { "\"R-0001\"", "" } } },
	{ "an update, more of each", "outage_notice", "",
		{ { "\"unplanned\"", "\"update\", \"equipment_ids\": [\"E1\", \"E2\"], "
			"\"awards_excused\": [\"0197c650-0000-7000-8000-000000000009\"], "
			"\"disclaimer\": \"OUTAGE\", \"major_event_id\": \"M1\"" } } },
	{ "a registration as it is", "aggregation_registration", "ET", { { 0 } } },
	{ "withdrawn, of no resources", "aggregation_registration", "",
		{ { "\"create\"", "\"withdraw\"" }, { "\"resources\": [", "\"resources\": [], \"ext\": { \"x\": [" },
			{ "\"resource_count\": 2", "\"resource_count\": 0" }, { "\n  ]\n}", "\n  ] }\n}" } } },
	{ "in a wholesale market, for no product", "aggregation_registration", "",
		{ { "\"consent_attested\"", "\"iso_participation\": { \"iso_rto_id\": \"PJM\", "
			"\"registration_id\": \"P-1\", \"products\": [], "
			"\"double_service_attested\": true }, \"consent_attested\"" } } },
	{ "replaced, in more words", "aggregation_registration", "PT",
		{ { "\"create\"", "\"replace\"" }, { "\"resource_id\"",
			"\"manufacturer\": \"" TEXT80 " and sons\", \"service_address\": "
			"\"1 Main Street\", \"device_fingerprint\": "
			"\"0123456789ABCDEF0123456789ABCDEF01234567\", \"consent_until\": "
			"\"2027-01-01\", \"resource_id\"" } } },
	{ "a change as it is", "composition_change", "", { { 0 } } },
	{ "whole numbers as JSON may have them", "composition_change", "",
		{ { "\"resource_count_after\": 3", "\"resource_count_after\": 3.0" },
			{ "\"response_time_s\": 60", "\"response_time_s\": -0" } } },
	{ "one leaves, one is another", "composition_change", "CT",
		{ { "\"add\"", "\"modify\", \"at\": \"2026-07-02T00:00:00.000Z\"" },
			{ "\"changes\": [", "\"changes\": [ { \"operation\": \"remove\", "
				"\"resource_id\": \"R-0009\" }, " },
			{ "\"other_programs\": []", "\"other_programs\": [ \"net_metering\" ]" } } },
	{ "a decision as it is", "registration_decision", "", { { 0 } } },
	{ "rejected", "registration_decision", "",
		{ { "accepted_with_conditions", "rejected" }, UNAPPROVED,
			{ "\"conditional\"", "\"fail\", \"resource_id\": \"R-1\"" } } },
	{ "a question", "registration_decision", "",
		{ { "accepted_with_conditions\"", "more_information\", \"information_needed\": [ { "
			"\"path\": \"/resources/0\", \"question\": \"Which ~ meter?\" } ]" },
			UNAPPROVED } },
	{ "a question about all of it", "registration_decision", "",
		{ { "accepted_with_conditions\"", "more_information\", \"information_needed\": [ { "
			"\"path\": \"\", \"question\": \"#\" } ]" },
			UNAPPROVED } },
	{ "withdrawn", "registration_decision", "",
		{ { "accepted_with_conditions", "withdrawn" }, UNAPPROVED } },
	{ "a part", "registration_decision", "ET",
		{ { "accepted_with_conditions\"", "partly_accepted\", \"rejected_resource_ids\": "
			"[ \"R-1\", \"R-2\" ], \"override_rules\": \"" TEXT80 TEXT80 "\"" } } },
	{ "DUNS+4 and another id", "invoice", "",
		{ { "\"829517388\"", "\"8295173880001\"" }, { "\"007909411\"", "\"UTIL.1\"" } } },
};

static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		AUTO_IN_PLACE(buf) document =
			document_of(trips[i].type, trips[i].name, trips[i].changes);

		round_trip(trips[i].name, buf_slice(&document),
			&(struct way){ .zone = slice_str(trips[i].zone) });
	}
}

/* Who reads it adds no tax but what says so, and a correction has the original's number. */
static void codes_stand_where_others_read_them(void **state)
{
	static const struct {
		const char *type, *says;
		struct change changes[CHANGES_MAX];
	} written[] = {
		{ "invoice", "~TXI*LS*9.00*****A~",
			{ { "\"AGG-0042\"", "\"AGG-0042\", \"tax_code\": \"LS\", \"tax_amount\": "
				"{ \"amount\": \"9.00\", \"currency\": \"USD\" }" },
				{ "\"tax_total\": {\n    \"amount\": \"0.00\"",
					"\"tax_total\": {\n    \"amount\": \"9.00\"" },
				{ "\"total\": {\n    \"amount\": \"465.60\"",
					"\"total\": {\n    \"amount\": \"474.60\"" } } },
		{ "service_performance", "******01JZ350000E008000000000009~",
			{ { "preliminary", "revised" }, { "\"revision\": 1", "\"revision\": 2, "
				"\"supersedes\": \"0197c650-0000-7000-8000-000000000009\"" } } },
		{ "service_performance", "~REF*ZZ*2*REVISION~",
			{ { "preliminary", "revised" }, { "\"revision\": 1", "\"revision\": 2, "
				"\"supersedes\": \"0197c650-0000-7000-8000-000000000009\"" } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		AUTO_IN_PLACE(buf) document =
			document_of(written[i].type, written[i].says, written[i].changes);
		struct buf x12 =
			must(written[i].says, buf_slice(&document), true, &(struct way){ 0 });

		if (!strstr(buf_text(&x12), written[i].says))
			fail_msg("no %s in %s", written[i].says, buf_text(&x12));
		buf_done(&x12);
	}
}

/* What both sides have in their pattern is not told. */
static void like_is_known(void **state)
{
	AUTO_IN_PLACE(buf) document = document_of("invoice", "like", (struct change[1]){ { 0 } });
	struct told told = told_init();
	struct way way = { .like = buf_slice(&document), .told = &told };
	struct buf x12 = must("like", buf_slice(&document), true, &way);

	(void)state;
	assert_int_equal(told.lines.n, 0);
	buf_done(&x12);
	told_done(&told);
}

static void unsaid_is_told(void **state)
{
	AUTO_IN_PLACE(buf) document = document_of("invoice", "unsaid",
		(struct change[CHANGES_MAX]){ { "\"remit_to_id\"", "\"remit_to_account\": \"123\", \"remit_to_id\"" } });
	struct told told = told_init();
	struct buf x12 = must("unsaid", buf_slice(&document), true, &(struct way){ .told = &told });

	(void)state;
	assert_true(was_told(&told, '-', "/remit_to_account"));
	assert_true(was_told(&told, '-', "/agreement_id"));
	assert_true(was_told(&told, '-', "/performance_ids/0"));
	assert_false(was_told(&told, '-', "/subtotal/amount"));
	assert_false(was_told(&told, '-', "/correlation_id"));
	buf_done(&x12);
	told_done(&told);
}

/* What an empty list says is lost where who reads it makes none. */
static void an_empty_list_is_told(void **state)
{
	AUTO_IN_PLACE(buf) document = document_of("composition_change", "empty",
		(struct change[CHANGES_MAX]){ { "\"changes\"", "\"affected_awards\": [], \"changes\"" } });
	AUTO_IN_PLACE(buf) needed = document_of("service_performance", "needed",
		(struct change[CHANGES_MAX]){ { "\"0197c650-0000-7000-8000-000000000004\"", "" } });
	struct told told = told_init(), other = told_init();
	struct buf x12 = must("empty", buf_slice(&document), true, &(struct way){ .told = &told });
	struct buf usage = must("needed", buf_slice(&needed), true, &(struct way){ .told = &other });

	(void)state;
	assert_true(was_told(&told, '-', "/affected_awards"));
	assert_false(was_told(&other, '-', "/dispatch_ids"));
	buf_done(&x12);
	buf_done(&usage);
	told_done(&told);
	told_done(&other);
}

/* An 867 of ours has series of kW: an interval that has none is left out, as a whole. */
static void kvar_are_told(void **state)
{
	AUTO_IN_PLACE(buf) document = document_of("service_performance", "kvar",
		(struct change[CHANGES_MAX]){ { "\"baseline_kw\": \"1200\",\n      \"metered_kw\": \"3650.5\",\n"
			"      \"delivered_kw\": \"2450.5\",\n      \"awarded_kw\": \"2500\",\n      \"delivered_kwh\": \"612.625\"",
			"\"delivered_kvar\": \"590\", \"awarded_kvar\": \"600\"" },
			{ "\"1225.25\"", "\"612.625\"" } });
	struct told told = told_init();
	struct buf x12 = must("kvar", buf_slice(&document), true, &(struct way){ .told = &told });
	struct buf back = must("back", buf_slice(&x12), false, &(struct way){ .like = buf_slice(&document) });

	(void)state;
	assert_true(was_told(&told, '-', "/intervals/0/start"));
	assert_true(was_told(&told, '-', "/intervals/0/quality"));
	assert_true(was_told(&told, '-', "/intervals/0/delivered_kvar"));
	assert_true(was_told(&told, '-', "/intervals/0/awarded_kvar"));
	assert_false(was_told(&told, '-', "/intervals/1/delivered_kwh"));
	assert_non_null(strstr(buf_text(&back), "2026-07-01T17:15:00.000Z"));
	assert_null(strstr(buf_text(&back), "2026-07-01T17:00:00.000Z"));
	buf_done(&x12);
	buf_done(&back);
	told_done(&told);
}

/* --- what is refused on the way to X12 --- */

#define REFERENCES13 "\"usage_references\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\"],"

#define CALL(n) "\"0197c650-0000-7000-8000-00000000001" n "\","

static const struct {
	const char *name, *type, *code;
	struct change changes[CHANGES_MAX];
} refused[] = {
	{ "no pair", "availability", "translate.pair", { { 0 } } },
	{ "not valid", "invoice", "der.enum", { { "\"original\"", "\"nothing\"" } } },
	{ "a number that BIG02 cannot hold", "invoice", "x12.element.long",
		{ { "INV-2026-000117", "INV-2026-000117-000000000000" } } },
	{ "a quantity of too many digits", "invoice", "x12.element.long",
		{ { "\"1225.25\"", "\"100001225.251\"" }, { "\"0.38000\"", "\"0\"" },
			{ "\"465.60\"", "\"0.00\"" }, { "\"465.60\"", "\"0.00\"" },
			{ "\"465.60\"", "\"0.00\"" } } },
	{ "an id that no envelope holds", "invoice", "translate.party",
		{ { "\"829517388\"", "\"8295173880000001\"" } } },
	{ "more references than the set has", "invoice", "x12.segment.repeats",
		{ { "\"performance_ids\"", REFERENCES13 "\"performance_ids\"" } } },
	{ "a tax without a code of two characters", "invoice", "x12.element.long",
		{ { "\"AGG-0042\"", "\"AGG-0042\", \"tax_code\": \"STATE\", \"tax_amount\": "
			"{ \"amount\": \"0.00\", \"currency\": \"USD\" }" } } },
	{ "a payment below zero", "remittance", "x12.rule.positive",
		{ { "\"465.60\"", "\"-1.00\"" }, { "\"465.60\"", "\"-1.00\"" },
			{ "\"465.60\"", "\"-1.00\"" }, { "\"465.60\"", "\"-1.00\"" } } },
	{ "more calls than the set has references", "service_performance", "x12.segment.repeats",
		{ { "\"dispatch_ids\": [", "\"dispatch_ids\": [" CALL("1") CALL("2") CALL("3") CALL("5")
			CALL("6") CALL("7") CALL("8") } } },
	{ "what was held is no result of an 824", "business_response", "translate.code",
		{ { "\"accepted\"", "\"held\", \"held_for\": \"review\"" } } },
	{ "a line end in a text", "business_response", "translate.characters",
		{ { "\"accepted\"", "\"rejected\", \"findings\": [ { \"code\": \"a\", "
			"\"text\": \"a\\nb\" } ]" } } },
	{ "a name that REF02 cannot hold", "outage_notice", "x12.element.long",
		{ { "\"F-07\"", "\"F-07-0123456789-0123456789-0123456789\"" } } },
	{ "an account is not repeated", "invoice", "x12.element.long",
		{ { "\"contract_reference\"", "\"seller_account\": "
			"\"RESTRICTED-0123456789-0123456789\", \"contract_reference\"" } } },
	{ "both as what one of them is", "invoice", "x12.loop.repeats",
		{ { "\"sender_role\": \"aggregator\"", "\"sender_role\": \"utility\"" } } },
	{ "every delimiter is in use", "invoice", "translate.delimiters",
		{ { "\"invoice_number\"", "\"ext\": { \"x\": \"*|^+\\u001d\" }, \"invoice_number\"" } } },
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		AUTO_IN_PLACE(buf) document =
			document_of(refused[i].type, refused[i].name, refused[i].changes);
		AUTO_IN_PLACE(buf) out = buf_init(TRANSLATE_OUT_MAX);
		struct fault f = { 0 };

		if (translate(&out, buf_slice(&document), true, &(struct way){ 0 }, &f) == ST_OK)
			fail_msg("%s is taken: %s", refused[i].name, buf_text(&out));
		if (strcmp(f.code, refused[i].code) != 0)
			fail_msg("%s: %s (%s)", refused[i].name, f.code, f.text);
		if (strstr(f.text, "RESTRICTED"))
			fail_msg("%s: %s", refused[i].name, f.text);
	}
}

/* A person looks for it in the document, and not in what was never written. */
static void a_segment_is_told_by_its_member(void **state)
{
	AUTO_IN_PLACE(buf) document = document_of("invoice", "both as one",
		(struct change[CHANGES_MAX]){
			{ "\"sender_role\": \"aggregator\"", "\"sender_role\": \"utility\"" } });
	AUTO_IN_PLACE(buf) out = buf_init(TRANSLATE_OUT_MAX);
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(
		translate(&out, buf_slice(&document), true, &(struct way){ 0 }, &f), ST_INPUT);
	assert_string_equal(f.text,
		"/receiver_role: segment 11: the loop N1 (Utility) occurs more than 1 time");
}

/* --- interchanges of others --- */

#define ISA \
	"ISA*00*          *00*          *01*829517388T     *01*007909411      *260701*1641*U*00401*" \
	"000000001*0*T*>~"
#define AROUND(group, set, n, body) \
	ISA "GS*" group "*829517388*007909411*20260701*1641*1*X*004010~ST*" set "*0001~" body "SE*" n \
	"*0001~GE*1*1~IEA*1*000000001~"
#define BILL(head, line) BILL_OF("13", head, line)
#define BILL_OF(n, head, line) \
	AROUND("IN", "810", n, "BIG*20260701*B1*****" head "~REF*ZZ*20260801*DISPUTE UNTIL~" \
		"REF*ZZ*N*BANK DETAILS CHANGED~N1*RE**ZZ*P1~ITD******20260731~" \
		"DTM*150*20260601~DTM*151*20260701~" line "TDS*46560~CTT*1~")

#define PAYMENT(total, item) \
	AROUND("RA", "820", "8", "BPR*I*" total "*C*ACH*CTX***********20260702~TRN*1*T1~" \
		"N1*PR**1*007909411~N1*PE**1*829517388~ENT*1~" item)

#define ID26 "01M8PA8K8KE97SC0642XGD79PY"
#define ADVICE(id, more, n) \
	AROUND("AG", "824", n, "BGN*11*ADV1*20260701*1641*UT***82~OTI*TR*TN*" id "~" \
		"REF*7G*A13*the sum is wrong~" more)
#define QUANTITY(n, unit, at) "QTY*QD*" n "*" unit "~DTM*150*20260701*1" at "*UT~DTM*151*20260701*1300*UT~"
#define SERIES(name) "PTD*BQ***ZZ*" name "~"
#define USAGE(n, series) \
	AROUND("PT", "867", n, "BPT*00*U1*20260701~REF*ZZ*98*PERFORMANCE PERCENT~" \
		SERIES("DELIVERED ENERGY") QUANTITY("1", "KH", "200") SERIES("DELIVERED") \
		QUANTITY("1", "K1", "200") SERIES("AWARDED") QUANTITY("2", "K1", "200") \
		SERIES("METERED") QUANTITY("3", "K1", "200") SERIES("BASELINE") series)

static const struct {
	const char *name, *type, *x12;
	const char *code; /* of the refusal, or NULL: then notes */
	const char *note; /* one of the lines of "code place", or NULL */
} foreign[] = {
	{ "a line without its kind and amount", "invoice",
		BILL("DI*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~"), NULL,
		"translate.default /lines/0/kind" },
	{ "a kind of bill that is another word", "invoice",
		BILL("ME*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~"), "translate.code",
		"translate.code segment 4: BIG07" },
	{ "a bill that deletes one", "invoice",
		BILL("DI*03", "IT1*1*1225.25*KH*.38~PID*F****Energy~"), "translate.code",
		"translate.code segment 4: BIG08" },
	{ "a duplicate", "invoice", BILL("*07", "IT1*1*1225.25*KH*.38~PID*F****Energy~"),
		"translate.code", "translate.code segment 4: BIG08" },
	{ "a credit memo of no bill", "invoice",
		BILL("CR*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~"), "der.required", NULL },
	{ "a charge of another list", "invoice",
		BILL_OF("14", "DI*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~SAC*C*F050***46560~"),
		"translate.code", "translate.code segment 13: SAC02" },
	{ "a payee that is no id of ours", "remittance",
		AROUND("RA", "820", "8", "BPR*I*1*C*ACH*CTX***********20260702~TRN*1*T1~"
			"N1*PR**1*007909411~N1*PE*ACME*91*VENDOR 5~ENT*1~RMR*IV*B1**1*1~"),
		"translate.value", "translate.value segment 7: N104" },
	{ "an award of another numbering", "service_performance",
		AROUND("PT", "867", "25", "BPT*00*U1*20260701~REF*ZZ*98*PERFORMANCE PERCENT~"
			"REF*ZZ*AW-2026-0099*AWARD~" SERIES("DELIVERED ENERGY")
			QUANTITY("1", "KH", "200") SERIES("DELIVERED") QUANTITY("1", "K1", "200")
			SERIES("AWARDED") QUANTITY("2", "K1", "200") SERIES("METERED")
			QUANTITY("3", "K1", "200") SERIES("BASELINE") QUANTITY("2", "K1", "200")),
		"translate.uuid", "translate.uuid segment 6: REF02" },
	{ "an element with no place", "invoice",
		BILL("DI*00", "IT1*1*1225.25*KH*.38*QT~PID*F****Energy~"), NULL,
		"translate.place segment 11: IT105" },
	{ "an hour that comes twice", "invoice",
		BILL_OF("14", "DI*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~"
			"DTM*150*20261101*0130*ET~"), NULL, "translate.time segment 13: DTM02" },
	{ "a time that says no zone", "invoice",
		BILL_OF("14", "DI*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~"
			"DTM*150*20261101*0130~"), NULL, "translate.time segment 13: DTM02" },
	{ "a segment with no place", "invoice",
		BILL_OF("14", "DI*00", "IT1*1*1225.25*KH*.38~PID*F****Energy~REF*MG*1~"), NULL,
		"translate.place segment 13: REF" },
	{ "two sets", "invoice",
		ISA "GS*IN*829517388*007909411*20260701*1641*1*X*004010~"
		"ST*810*1001~BIG*20260701*B1~TDS*1~SE*4*1001~ST*810*1002~BIG*20260701*B2~TDS*1~"
		"SE*4*1002~GE*2*1~IEA*1*000000001~", "translate.sets", NULL },
	{ "a unit that we do not have", "invoice",
		BILL("DI*00", "IT1*1*1225.25*CA*.38~PID*F****Energy~"), "translate.code",
		"translate.code segment 11: IT103" },
	{ "places that an amount cannot have", "invoice",
		BILL("DI*00", "IT1*1*1225.25*KH*.3800001~PID*F****Energy~"), "translate.number", NULL },
	{ "no lines", "invoice", AROUND("IN", "810", "4", "BIG*20260701*B1~TDS*1~"), "der.items",
		NULL },
	{ "against its guide", "invoice", AROUND("IN", "810", "3", "BIG*20260701*B1~"),
		"x12.segment.missing", NULL },
	{ "an adjustment with a code of the trade", "remittance",
		PAYMENT("100", "RMR*IV*B1**100*110**52*-10~"), NULL,
		"translate.place segment 9: RMR07" },
	{ "its reason is put", "remittance", PAYMENT("100", "RMR*IV*B1**100*110**52*-10~"), NULL,
		"translate.default /lines/0/adjustment_reason" },
	{ "banks are not repeated", "remittance",
		AROUND("RA", "820", "8", "BPR*I*1*C*ACH*CTX*01*111000025*DA*123456*****"
			"**20260702~TRN*1*T1~N1*PR**1*007909411~N1*PE**1*829517388~ENT*1~"
			"RMR*IV*B1**1*1~"), NULL, "translate.place segment 4: BPR07" },
	{ "a sum that is none", "remittance", PAYMENT("99", "RMR*IV*B1**100*100~"),
		"x12.rule.total", NULL },
	{ "paid is not what was billed", "remittance", PAYMENT("100", "RMR*IV*B1**100*110~"),
		"der.check.sum", NULL },
	{ "an item that is neither", "remittance", PAYMENT("100", "RMR*14*M1**100*100~"),
		"der.items", NULL },
	{ "a usage of five series", "service_performance", USAGE("24", QUANTITY("2", "K1", "200")), NULL,
		"translate.like /award_id" },
	{ "series that begin apart", "service_performance", USAGE("24", QUANTITY("2", "K1", "215")),
		"translate.series", NULL },
	{ "a series that is longer", "service_performance",
		USAGE("27", QUANTITY("2", "K1", "200") QUANTITY("2", "K1", "200")), "translate.series",
		NULL },
	{ "a series without a value", "service_performance", USAGE("21", ""), "der.required", NULL },
	{ "a quantity of another unit", "service_performance", USAGE("25", "QTY*QD*1*KH~" QUANTITY("2", "K1", "200")),
		NULL, "translate.place segment 23: QTY" },
	{ "what stands behind an item that is not ours", "remittance",
		AROUND("RA", "820", "10", "BPR*I*100*C*ACH*CTX***********20260702~TRN*1*T1~"
			"N1*PR**1*007909411~N1*PE**1*829517388~ENT*1~RMR*IV*B1**100*100~"
			"RMR*14*M1**0*0~REF*12*77~"), NULL, "translate.place segment 11: REF" },
	{ "a rejection of a bill of theirs", "business_response", ADVICE("B1", "", "5"),
		"translate.uuid", "translate.uuid segment 5: OTI03" },
	{ "an answer under a number of theirs", "business_response", ADVICE(ID26, "", "5"), NULL,
		"translate.uuid segment 4: BGN02" },
	{ "a reason in words has a code", "business_response", ADVICE(ID26, "TED*848*no such bill~", "6"),
		NULL, "translate.default /findings/1/code" },
	{ "a second document that is answered", "business_response",
		ADVICE(ID26, "OTI*TA*TN*B2~REF*ZZ*5*LATENESS MS~", "7"), NULL,
		"translate.twice segment 7: OTI" },
	{ "what stands behind it", "business_response",
		ADVICE(ID26, "OTI*TA*TN*B2~REF*ZZ*5*LATENESS MS~", "7"), NULL,
		"translate.place segment 8: REF" },
	{ "an order of a retailer", "outage_notice",
		AROUND("MO", "650", "6", "BGN*13*ORD1*20260701~REF*Q5**12345~N1*8S**1*007909411~"
			"HL*1**I~"), "translate.code", "translate.code segment 4: BGN01" },
	{ "an answer to an enrolment", "aggregation_registration",
		AROUND("GE", "814", "5", "BGN*11*R1*20260701***B1~LIN*1*SH*EL*SH*CE~ASI*WQ*021~"),
		"der.required", "translate.place segment 5: LIN" },
	{ "a set that is no pair's", "invoice", AROUND("FA", "997", "4", "AK1*IN*1~AK9*A*1*1*1~"),
		"translate.pair", NULL },
	{ "nothing", "invoice", "", "x12.empty", NULL },
	{ "no X12", "invoice", "{}", "x12.junk", NULL },
};

static void of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		AUTO_IN_PLACE(buf) like =
			document_of(foreign[i].type, foreign[i].name, (struct change[1]){ { 0 } });
		AUTO_IN_PLACE(buf) out = buf_init(TRANSLATE_OUT_MAX);
		struct told told = told_init();
		struct way way = { .like = buf_slice(&like), .told = &told };
		struct fault f = { 0 };
		enum status st =
			translate(&out, slice_str(foreign[i].x12), false, &way, &f);
		size_t at;

		if ((st == ST_OK) != !foreign[i].code ||
			strcmp(f.code, foreign[i].code ? foreign[i].code : "") != 0)
			fail_msg("%s: %s (%s)", foreign[i].name, f.code, f.text);
		if (foreign[i].note &&
			!slice_find(&at, buf_slice(&told.codes), slice_str(foreign[i].note)))
			fail_msg("%s: no %s in %s", foreign[i].name, foreign[i].note,
				buf_text(&told.codes));
		told_done(&told);
	}
}

/* --- files that nobody on the team wrote --- */

struct wild {
	unsigned taken, refused;
};

static void file_try(void *context, const char *path, struct slice bytes)
{
	struct wild *w = context;

	for (size_t i = 0; i < translate_mapping_count; i++) {
		const struct der_schema *s = der_schema_find(
			(struct json_text){ .raw = translate_mappings[i].document });
		AUTO_IN_PLACE(buf) out = buf_init(TRANSLATE_OUT_MAX);
		struct fault f = { 0 };
		enum status st =
			translate(&out, bytes, false, &(struct way){ .like = s->example }, &f);

		if (st != ST_OK && f.code[0] == '\0')
			fail_msg("%s is refused without a code", path);
		w->taken += st == ST_OK;
		w->refused += st != ST_OK;
	}
}

/* None of them is a document of ours: nothing is made up of what they have. */
static void of_the_wild(void **state)
{
	struct wild w = { 0 };

	(void)state;
	if (x12_files_each(file_try, &w) == 0)
		skip();
	assert_int_equal(w.taken, 0);
	assert_true(w.refused > 0);
}

static void too_large(void **state)
{
	AUTO_IN_PLACE(buf) zeros = buf_init(TREE_TEXT_MAX + 1);
	AUTO_IN_PLACE(buf) out = buf_init(TRANSLATE_OUT_MAX);
	struct fault f;

	(void)state;
	assert_non_null(buf_extend(&zeros, TREE_TEXT_MAX + 1));
	for (unsigned to_x12 = 0; to_x12 < 2; to_x12++) {
		assert_int_equal(translate(&out, buf_slice(&zeros), to_x12, &(struct way){ 0 }, &f),
			ST_LIMIT);
		assert_string_equal(f.code, "translate.size");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(codes_stand_where_others_read_them),
		cmocka_unit_test(like_is_known),
		cmocka_unit_test(unsaid_is_told),
		cmocka_unit_test(an_empty_list_is_told),
		cmocka_unit_test(kvar_are_told),
		cmocka_unit_test(refusals),
		cmocka_unit_test(a_segment_is_told_by_its_member),
		cmocka_unit_test(of_others),
		cmocka_unit_test(of_the_wild),
		cmocka_unit_test(too_large),
	};

	int failed;

	x12_guide_set_init(&guides);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	x12_guide_set_done(&guides);
	return failed;
}
