/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every document type against its schema, by its own tables: its example is valid, each member that
 * is needed is missed, each value is broken in every way its schema forbids.  Then conditions and
 * checks, by hand: one row breaks one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "documents/der/validate.h"

#define DOCUMENT_SIZE_MAX (1U << 20)

/* --- what is said of a document ------------------------------------------------------- */

struct story {
	struct buf text; /* "code pointer\n" of each finding */
	unsigned told;
};

static void story_take(void *context, const struct der_finding *f)
{
	struct story *s = context;

	s->told++;
	buf_putf(&s->text, "%s %s\n", f->code, f->pointer);
}

static struct der_result story_of(struct story *s, struct slice document)
{
	struct der_listener listener = { .context = s, .finding = story_take };
	struct der_result r;

	s->text = buf_init(1 << 20);
	s->told = 0;
	der_validate(&r, document, &listener);
	return r;
}

/* One of the findings is this one. */
static void expect(const char *name, struct slice document, const char *code, const char *pointer)
{
	AUTO_IN_PLACE(buf) wanted = buf_init(1024);
	struct story s;
	size_t at;

	(void)story_of(&s, document);
	buf_putf(&wanted, "%s %s\n", code, pointer);
	if (!slice_find(&at, buf_slice(&s.text), buf_slice(&wanted)))
		fail_msg("%s: no %s %s, but %s", name, code, pointer, buf_text(&s.text));
	buf_done(&s.text);
}

static void examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		struct story s;
		struct der_result r = story_of(&s, der_schemas[i].example);

		if (r.schema != &der_schemas[i] || s.told > 0)
			fail_msg("%s: %s", der_schemas[i].name, buf_text(&s.text));
		buf_done(&s.text);
	}
	assert_int_equal(der_schema_count, 17);
}

/* --- broken by the tables -------------------------------------------------------------- */

struct breaking {
	const struct der_schema *schema;
	unsigned missed, broken;
};

/* The example with n bytes at `at` replaced. */
static void edit(struct buf *out, struct slice in, size_t at, size_t n, struct slice by)
{
	buf_put(out, slice_to(in, at));
	buf_put(out, by);
	buf_put(out, slice_from(in, at + n));
}

static void edit_expect(const struct breaking *b, const struct der_place *p, size_t at, size_t n,
	struct slice by, const char *code)
{
	AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX), pointer = buf_init(1024);

	edit(&document, b->schema->example, at, n, by);
	der_pointer_put(&pointer, p, S(""));
	expect(b->schema->name, buf_slice(&document), code, buf_text(&pointer));
}

static void miss(struct breaking *b, const struct der_place *p, const struct json_event *e)
{
	const struct der_object *o = p->frames[p->depth - 2].node->object;
	const struct der_property *property = p->frames[p->depth - 1].property;

	if (!property || !der_bit(&o->required, (size_t)(property - o->properties)) ||
		(p->depth == 2 && json_text_is(e->name, S("document_type"))))
		return;
	edit_expect(b, p, e->name_offset + 1, e->name.raw.n, S("zz"), "der.required");
	b->missed++;
}

static void break_value(struct breaking *b, const struct der_place *p, const struct json_event *e)
{
	const struct der_node *node = p->frames[p->depth - 1].node;
	size_t n = e->text.raw.n + (e->kind == JSON_IS_STRING ? 2 : 0);

	if (e->kind == JSON_IS_TRUE || e->kind == JSON_IS_FALSE)
		n = e->kind == JSON_IS_TRUE ? 4 : 5;
	edit_expect(b, p, e->offset, n, S("null"), "der.type");
	edit_expect(b, p, e->offset, n, S("{}"), "der.type");
	if (e->kind == JSON_IS_STRING)
		edit_expect(b, p, e->offset, n, S("\"\\u0007\""),
			node->literal_count ? "der.enum" : "der.pattern");
	if (e->kind == JSON_IS_NUMBER)
		edit_expect(b, p, e->offset, n, S("9007199254740993"),
			node->literal_count ? "der.enum" : "der.range");
	if (node->most > 0 && e->kind == JSON_IS_STRING) {
		AUTO_IN_PLACE(buf) longer = buf_init(1 << 18);

		buf_put_text(&longer, "\"");
		for (size_t i = 0; i <= node->most; i++)
			buf_put_text(&longer, "x");
		buf_put_text(&longer, "\"");
		edit_expect(b, p, e->offset, n, buf_slice(&longer), "der.length");
	}
	b->broken++;
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct breaking *b = context;

	if (e->kind == JSON_IS_CLOSE)
		return;
	if (e->is_member)
		miss(b, p, e);
	if (e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY &&
		!json_text_is(e->name, S("document_type")))
		break_value(b, p, e);
}

static void broken_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		struct breaking b = { .schema = &der_schemas[i] };
		struct der_listener listener = { .context = &b, .value = value_take };
		struct der_result r;

		der_validate(&r, der_schemas[i].example, &listener);
		assert_true(b.missed >= 18 && b.broken >= 20);
	}
}

/* --- by hand ---------------------------------------------------------------------------- */

struct row {
	const char *name, *schema;
	const char *from, *to; /* in the example, once */
	const char *code, *pointer;
};

#define KILOWATTS                                                                            \
	"\"baseline_kw\": \"1200\",\n      \"metered_kw\": \"3650.5\",\n      \"delivered_kw\": \"2450.5\"," \
	"\n      \"awarded_kw\": \"2500\",\n      \"delivered_kwh\": \"612.625\""
static const struct row rows[] = {
	{ "a name not known", "invoice", "\"invoice_date\"", "\"Invoice_date\"", "der.unknown",
		"/Invoice_date" },
	{ "a name not known, deep", "availability", "\"up_kw\"", "\"up_mw\"", "der.unknown",
		"/intervals/0/up_mw" },
	{ "a pointer that needs escapes", "invoice", "\"invoice_date\"", "\"a/b~c\"", "der.unknown",
		"/a~1b~0c" },
	{ "another area", "invoice", "\"area\": \"billing\"", "\"area\": \"outage\"", "der.enum",
		"/area" },
	{ "no document type", "invoice", "\"document_type\"", "\"document_typo\"",
		"der.document-type", "/document_type" },
	{ "a document type that is none", "invoice", "\"invoice\"", "\"bill\"", "der.document-type",
		"/document_type" },
	{ "half a whole number", "invoice", "\"revision\": 1", "\"revision\": 1.5", "der.type",
		"/revision" },
	{ "a whole number with a point", "invoice", "\"revision\": 1", "\"revision\": 10.0e-1", NULL,
		NULL },
	{ "a revision that supersedes nothing", "invoice", "\"revision\": 1", "\"revision\": 2",
		"der.required", "/supersedes" },
	{ "a first revision that supersedes", "invoice", "\"revision\": 1",
		"\"supersedes\": \"0197c650-0000-7000-8000-000000000001\", \"revision\": 1",
		"der.forbidden", "/supersedes" },
	{ "30 February", "invoice", "\"invoice_date\": \"2026-07-01\"",
		"\"invoice_date\": \"2026-02-30\"", "der.calendar", "/invoice_date" },
	{ "29 February of a leap year", "invoice", "\"invoice_date\": \"2026-07-01\"",
		"\"invoice_date\": \"2024-02-29\"", NULL, NULL },
	{ "29 February of 2100", "invoice", "\"retain_until\": \"2033-12-31\"",
		"\"retain_until\": \"2100-02-29\"", "der.calendar", "/retain_until" },
	{ "31 June in a time", "availability", "\"measured_at\": \"2026-07-01T",
		"\"measured_at\": \"2026-06-31T", "der.calendar", "/measured_at" },
	{ "twice in a list", "aggregation_registration", "\"distribution_capacity\"",
		"\"reliability\", \"\\u0072eliability\"", "der.duplicate", "/service_kinds" },
	{ "enrolled until before it is", "aggregation_registration",
		"\"enrolled_from\": \"2026-01-01T05:00:00.000Z\"",
		"\"enrolled_from\": \"2026-01-01T05:00:00.000Z\", \"enrolled_until\": \"2026-01-01T05:00:00.000Z\"",
		"der.check.order", "/resources/0/enrolled_until" },
	{ "likewise in a change", "composition_change",
		"\"enrolled_from\": \"2026-01-01T05:00:00.000Z\"",
		"\"enrolled_from\": \"2026-01-01T05:00:00.000Z\", \"enrolled_until\": \"2025-01-01T05:00:00.000Z\"",
		"der.check.order", "/changes/0/resource/enrolled_until" },
	{ "none of the alternatives", "service_request", "\"feeder_id\": \"F-07\"",
		"\"phases\": \"ABC\"", "der.required", "/location" },
	{ "an outage that people may work at", "outage_notice", "\"der_action\": \"disconnect\"",
		"\"der_action\": \"none\"", "der.enum", "/der_action" },
	{ "export into it", "outage_notice", "\"export_allowed\": false",
		"\"export_allowed\": true", "der.enum", "/export_allowed" },
	{ "a plan without its reason", "outage_notice", "\"notice\": \"unplanned\"",
		"\"notice\": \"planned\"", "der.required", "/planned_reason" },
	{ "restored, and since when?", "outage_notice", "\"notice\": \"unplanned\"",
		"\"notice\": \"restoration\"", "der.required", "/actual_end" },
	{ "restored in part, the rest is not", "outage_notice",
		"\"notice\": \"unplanned\",\n  \"outage_id\": \"OUT-2026-5512\",\n"
		"  \"sequence\": 1,\n  \"status\": \"confirmed\"",
		"\"notice\": \"restoration\",\n  \"outage_id\": \"OUT-2026-5512\",\n"
		"  \"sequence\": 1,\n  \"status\": \"partially_restored\"",
		NULL, NULL },
	{ "rejected, with an approval", "registration_decision",
		"\"decision\": \"accepted_with_conditions\"", "\"decision\": \"rejected\"",
		"der.forbidden", "/approved_from" },
	{ "derated without a reason", "availability", "\"operating_state\": \"normal\"",
		"\"operating_state\": \"derated\"", "der.required", "/unavailable_reason" },
	{ "an award is cancelled, and which?", "service_award", "\"result\": \"awarded\"",
		"\"result\": \"cancelled\"", "der.required", "/supersedes" },
	{ "no JSON", "invoice", "\"revision\": 1", "\"revision\": 01", "json.syntax", "" },
	{ "a member twice", "invoice", "\"revision\": 1", "\"revision\": 1, \"revision\": 1",
		"json.name-twice", "" },
	/* x-checks */
	{ "the count of lines", "invoice", "\"line_count\": 1", "\"line_count\": 2",
		"der.check.count", "/line_count" },
	{ "the numbers of lines", "invoice", "\"line_number\": 1", "\"line_number\": 2",
		"der.check.rising", "/lines/0/line_number" },
	{ "quantity times price", "invoice", "\"quantity\": \"1225.25\"",
		"\"quantity\": \"1225.30\"", "der.check.product", "/lines/0/amount" },
	{ "more delivered than the meter says", "service_performance", "\"3650.5\"", "\"3000\"",
		"der.check.within", "/intervals/0/delivered_kw" },
	{ "less than the meter says", "service_performance", "\"3650.5\"", "\"4000\"", NULL,
		NULL },
	{ "downwards", "service_performance", "\"baseline_kw\": \"1200\"",
		"\"baseline_kw\": \"6101\"", NULL, NULL },
	{ "a resource under another name", "composition_change", "\"resource_id\": \"R-0003\"",
		"\"resource_id\": \"R-0004\"", "der.check.same", "/changes/0/resource_id" },
	{ "energy of another power", "service_performance", "\"2450.5\"", "\"2440\"",
		"der.check.energy", "/intervals/0/delivered_kwh" },
	{ "energy of another time", "service_performance", "\"PT15M\"", "\"PT14M\"",
		"der.check.energy", "/intervals/0/delivered_kwh" },
	{ "kvar alone", "service_performance", KILOWATTS, "\"delivered_kvar\": \"590\", \"awarded_kvar\": \"600\"",
		"der.check.sum", "/total_delivered_kwh" },
	{ "kvar beside kW", "service_performance", KILOWATTS,
		KILOWATTS ", \"delivered_kvar\": \"590\", \"awarded_kvar\": \"600\"", NULL, NULL },
	{ "kvar of what was awarded", "service_performance", KILOWATTS, KILOWATTS ", \"delivered_kvar\": \"590\"",
		"der.required", "/intervals/0/awarded_kvar" },
	{ "kvar, and half of the kW", "service_performance", KILOWATTS,
		"\"delivered_kvar\": \"590\", \"awarded_kvar\": \"600\", \"delivered_kw\": \"1\", \"metered_kw\": \"1\","
		" \"awarded_kw\": \"1\", \"delivered_kwh\": \"612.625\"",
		"der.required", "/intervals/0/baseline_kw" },
	{ "neither kvar nor kW", "service_performance", KILOWATTS, "\"awarded_kvar\": \"600\"", "der.required", "/intervals/0" },
	{ "kvar are expected", "dispatch_response", "\"expected_kw\": \"2450\"", "\"expected_kvar\": \"-600\"", NULL, NULL },
	{ "nothing is expected", "dispatch_response", "\"expected_kw\": \"2450\",", "", "der.required", "" },
	{ "nor where it is done", "dispatch_response", "\"status\": \"started\",\n  \"expected_kw\": \"2450\",",
		"\"status\": \"completed\",", NULL, NULL },
	{ "fewer kvar", "dispatch_response", "\"status\": \"started\"",
		"\"status\": \"partial\", \"reason\": {\"code\": \"other\", \"text\": \"x\"}, \"shortfall_kvar\": \"10\"", NULL, NULL },
	{ "less, and of what?", "dispatch_response", "\"status\": \"started\"",
		"\"status\": \"partial\", \"reason\": {\"code\": \"other\", \"text\": \"x\"}", "der.required", "" },
	{ "energy that is rounded", "service_performance", "\"2450.5\"", "\"2450.51\"", NULL,
		NULL },
	{ "restored before the start that was given", "outage_notice", "\"der_action\"",
		"\"estimated_start\": \"2026-07-01T18:00:00.000Z\","
		" \"actual_end\": \"2026-07-01T17:59:59.999Z\", \"der_action\"",
		"der.check.order", "/actual_end" },
	{ "confirmed before it is made", "operating_limit",
		"\"confirm_by\": \"2026-07-01T17:00:00.000Z\"",
		"\"confirm_by\": \"2026-07-01T16:41:07.250Z\"", "der.check.order", "/confirm_by" },
	{ "the other cent", "invoice", "\"amount\": \"465.60\"", "\"amount\": \"465.62\"",
		"der.check.product", "/lines/0/amount" },
	{ "rounded to a cent", "invoice", "\"quantity\": \"1225.25\"",
		"\"quantity\": \"1225.27\"", NULL, NULL },
	{ "the subtotal", "invoice", "\"subtotal\": {\n    \"amount\": \"465.60\"",
		"\"subtotal\": {\n    \"amount\": \"465.61\"", "der.check.sum", "/subtotal" },
	{ "the total", "invoice", "\"tax_total\": {\n    \"amount\": \"0.00\"",
		"\"tax_total\": {\n    \"amount\": \"0.01\"", "der.check.sum", "/total" },
	{ "two currencies", "invoice", "\"currency\": \"USD\",\n  \"remit_to_id\"",
		"\"currency\": \"EUR\",\n  \"remit_to_id\"", "der.check.currency", "/currency" },
	{ "a period that runs backwards", "invoice", "\"period_from\": \"2026-06-01\"",
		"\"period_from\": \"2026-07-01\"", "der.check.order", "/period_until" },
	{ "due before it is written", "invoice", "\"due_date\": \"2026-07-31\"",
		"\"due_date\": \"2026-06-30\"", "der.check.order", "/due_date" },
	{ "due on its day", "invoice", "\"due_date\": \"2026-07-31\"",
		"\"due_date\": \"2026-07-01\"", NULL, NULL },
	{ "what is paid", "remittance", "\"paid_amount\": {\n        \"amount\": \"465.60\"",
		"\"paid_amount\": {\n        \"amount\": \"400.00\"", "der.check.sum",
		"/line_total" },
	{ "paid short without a word", "remittance",
		"\"paid_amount\": {\n        \"amount\": \"465.60\"",
		"\"paid_amount\": {\n        \"amount\": \"400.00\"", "der.check.sum",
		"/lines/0/paid_amount" },
	{ "the net of a line", "settlement_statement",
		"\"penalty\": {\n        \"amount\": \"4.95\"",
		"\"penalty\": {\n        \"amount\": \"4.94\"", "der.check.sum", "/lines/0/net" },
	{ "what intervals delivered", "service_performance", "\"total_delivered_kwh\": \"1225.25\"",
		"\"total_delivered_kwh\": \"1225.250001\"", "der.check.sum",
		"/total_delivered_kwh" },
	{ "energy by the call, which nobody measures", "invoice", "\"unit\": \"kWh\"",
		"\"unit\": \"call\"", "der.enum", "/lines/0/unit" },
	{ "intervals that overlap", "availability", "2026-07-01T17:15:00.000Z",
		"2026-07-01T17:14:59.999Z", "der.check.intervals", "/intervals/1/start" },
	{ "feeders that add up to less up", "availability", "\"up_kw\": \"1200\"",
		"\"up_kw\": \"1199.999999\"", "der.check.parts", "/intervals/0/up_kw" },
	{ "feeders that add up to more down", "availability", "\"down_kw\": \"1600\"",
		"\"down_kw\": \"1601\"", "der.check.parts", "/intervals/0/down_kw" },
	{ "groups that add up to less", "availability", "\"by_feeder\": [",
		"\"by_group\": [ { \"group_id\": \"G-1\", \"up_kw\": \"3000\","
		" \"down_kw\": \"4100.5\" } ], \"by_feeder\": [", "der.check.parts",
		"/intervals/0/up_kw" },
	{ "feeders and groups, each the whole", "availability", "\"by_feeder\": [",
		"\"by_group\": [ { \"group_id\": \"G-1\", \"up_kw\": \"3200\","
		" \"down_kw\": \"4100.5\" } ], \"by_feeder\": [", NULL, NULL },
	{ "feeders that have more energy together", "availability",
		"\"energy_kwh\": \"2400\"", "\"energy_kwh\": \"2400.001\"",
		"der.check.parts", "/intervals/0/energy_kwh" },
	{ "only one of them has any", "availability",
		"\"energy_kwh\": \"4000\"\n        },\n        {\n          \"feeder_id\": \"F-08\",\n"
		"          \"up_kw\": \"1200\",\n          \"down_kw\": \"1600\",\n"
		"          \"energy_kwh\": \"2400\"",
		"\"energy_kwh\": \"6400\" }, { \"feeder_id\": \"F-08\", \"up_kw\": \"1200\","
		" \"down_kw\": \"1600\"",
		NULL, NULL },
	{ "groups that have less energy", "availability", "\"by_feeder\": [",
		"\"by_group\": [ { \"group_id\": \"G-1\", \"up_kw\": \"3200\","
		" \"down_kw\": \"4100.5\", \"energy_kwh\": \"6399\" } ], \"by_feeder\": [",
		"der.check.parts", "/intervals/0/energy_kwh" },
	{ "feeders with more room", "availability", "\"energy_kwh\": \"2400\"",
		"\"energy_kwh\": \"2400\", \"headroom_kwh\": \"3201\"",
		"der.check.parts", "/intervals/0/headroom_kwh" },
	{ "and with as much", "availability", "\"energy_kwh\": \"2400\"",
		"\"energy_kwh\": \"2400\", \"headroom_kwh\": \"3200\"", NULL, NULL },
	{ "a feeder twice", "availability", "\"feeder_id\": \"F-08\"", "\"feeder_id\": \"F-07\"",
		"der.check.once", "/intervals/0/by_feeder/1/feeder_id" },
	{ "a group twice", "availability", "\"by_feeder\": [",
		"\"by_group\": [ { \"group_id\": \"G-1\", \"up_kw\": \"3000\", \"down_kw\": \"4100.5\" },"
		" { \"group_id\": \"G-2\", \"up_kw\": \"100\", \"down_kw\": \"0\" },"
		" { \"group_id\": \"G-1\", \"up_kw\": \"100\", \"down_kw\": \"0\" } ],"
		" \"by_feeder\": [", "der.check.once", "/intervals/0/by_group/2/group_id" },
	{ "a feeder in two intervals", "availability", "\"quality\": \"ok\"\n    }\n  ],",
		"\"quality\": \"ok\", \"by_feeder\": [ { \"feeder_id\": \"F-07\","
		" \"up_kw\": \"3200\", \"down_kw\": \"4100.5\" } ]\n    }\n  ],", NULL, NULL },
	{ "a part of no feeder", "availability", "\"feeder_id\": \"F-07\",",
		"", "der.required", "/intervals/0/by_feeder/0/feeder_id" },
	{ "a ramp of the whole that is none", "availability",
		"\"ramp_up_kw_per_min\": \"600\"", "\"ramp_up_kw_per_min\": \"-1\"",
		"der.pattern", "/intervals/0/ramp_up_kw_per_min" },
	{ "intervals with a gap", "availability", "2026-07-01T17:15:00.000Z",
		"2026-07-01T18:00:00.000Z", NULL, NULL },
	{ "an interval of nothing", "availability", "\"duration\": \"PT15M\"",
		"\"duration\": \"PT0S\"", "der.check.intervals", "/intervals/0/duration" },
	{ "a forecast without confidence", "availability", "\"confidence_percent\": \"90\",",
		"", "der.check.needed", "/intervals/0/confidence_percent" },
	{ "a status without confidence", "availability", "\"kind\": \"forecast\"",
		"\"kind\": \"status\"", NULL, NULL },
	{ "storage without its energy", "aggregation_registration",
		"\"aggregation_kind\": \"mixed\"", "\"aggregation_kind\": \"storage_only\"", NULL,
		NULL },
	{ "voltage without reactive power", "aggregation_registration",
		"\"distribution_capacity\"", "\"voltage_reactive\"", "der.check.needed",
		"/capability/max_absorb_kvar" },
	{ "a resource twice", "aggregation_registration", "\"R-0002\"", "\"R-0001\"",
		"der.check.unique", "/resources/1/resource_id" },
	{ "a setpoint above its band", "service_dispatch", "\"setpoint_kw\": \"2500\"",
		"\"setpoint_kw\": \"2500\", \"max_kw\": \"2499\"", "der.check.order",
		"/intervals/0/max_kw" },
	{ "a setpoint below its band", "service_dispatch", "\"setpoint_kw\": \"2500\"",
		"\"setpoint_kw\": \"2500\", \"min_kw\": \"2501\"", "der.check.order",
		"/intervals/0/setpoint_kw" },
	{ "a setpoint in its band", "service_dispatch", "\"setpoint_kw\": \"2500\"",
		"\"setpoint_kw\": \"2500\", \"min_kw\": \"2500\", \"max_kw\": \"2500\"", NULL,
		NULL },
	{ "more online than there are", "availability", "\"resources_online\": 2",
		"\"resources_online\": 3", "der.check.order", "/resources_total" },
	{ "restored before it began", "outage_notice", "\"der_action\"",
		"\"actual_end\": \"2026-07-01T16:14:59.999Z\", \"der_action\"", "der.check.order",
		"/actual_end" },
	{ "secret until before it is made", "availability", "\"secrecy_until\": \"2026-08-01\"",
		"\"secrecy_until\": \"1999-01-01\"", "der.check.order", "/secrecy_until" },
	{ "until the day before, that has ended everywhere", "availability",
		"\"secrecy_until\": \"2026-08-01\"", "\"secrecy_until\": \"2026-06-30\"",
		"der.check.order", "/secrecy_until" },
	{ "until the day it is made", "availability", "\"secrecy_until\": \"2026-08-01\"",
		"\"secrecy_until\": \"2026-07-01\"", NULL, NULL },
	{ "in a zone where it is still the day before", "availability",
		"\"created_at\": \"2026-07-01T16:41:07.250Z\",\n  \"clock_uncertainty_ms\": 20,\n"
		"  \"expires_at\": \"2026-07-01T17:00:00.000Z\",\n"
		"  \"secrecy_until\": \"2026-08-01\"",
		"\"created_at\": \"2026-07-02T11:59:59.999Z\",\n  \"clock_uncertainty_ms\": 20,\n"
		"  \"expires_at\": \"2026-07-02T17:00:00.000Z\",\n"
		"  \"secrecy_until\": \"2026-07-01\"",
		NULL, NULL },
	{ "a bill that nobody could dispute", "invoice", "\"dispute_until\": \"2026-08-31\"",
		"\"dispute_until\": \"2026-06-30\"", "der.check.order", "/dispute_until" },
	{ "on the day that it is made", "invoice", "\"dispute_until\": \"2026-08-31\"",
		"\"dispute_until\": \"2026-07-01\"", NULL, NULL },
	{ "or only before the bill's own day", "invoice", "\"invoice_date\": \"2026-07-01\"",
		"\"invoice_date\": \"2026-09-01\"", "der.check.order", "/dispute_until" },
	{ "a statement that nobody could dispute", "settlement_statement", "\"dispute_until\": \"2026-08-31\"",
		"\"dispute_until\": \"2026-06-30\"", "der.check.order", "/dispute_until" },
	{ "on the day that that is made", "settlement_statement", "\"dispute_until\": \"2026-08-31\"",
		"\"dispute_until\": \"2026-07-01\"", NULL, NULL },
	{ "or only before its period is over", "settlement_statement", "\"period_until\": \"2026-07-01\"",
		"\"period_until\": \"2026-09-01\"", "der.check.order", "/dispute_until" },
	{ "a statement that was final before it is made", "settlement_statement", "\"final_after\": \"2026-09-30\"",
		"\"final_after\": \"2026-06-30\"", "der.check.order", "/final_after" },
	{ "or before its period is over", "settlement_statement", "\"period_until\": \"2026-07-01\"",
		"\"period_until\": \"2026-10-01\"", "der.check.order", "/final_after" },
	{ "when that is over", "settlement_statement", "\"period_until\": \"2026-07-01\"",
		"\"period_until\": \"2026-08-31\"", NULL, NULL },
	{ "a decision that nobody could dispute", "registration_decision", "\"dispute_until\": \"2026-07-31T04:00:00.000Z\"",
		"\"dispute_until\": \"2026-07-01T16:41:07.249Z\"", "der.check.order", "/dispute_until" },
	{ "at the moment that it is made", "registration_decision", "\"dispute_until\": \"2026-07-31T04:00:00.000Z\"",
		"\"dispute_until\": \"2026-07-01T16:41:07.250Z\"", NULL, NULL },
	{ "expired when it is made", "availability", "\"expires_at\": \"2026-07-01T17:00:00.000Z\"",
		"\"expires_at\": \"2026-07-01T16:41:07.250Z\"", "der.check.order", "/expires_at" },
	{ "a check does not trust escapes", "availability",
		"\"expires_at\": \"2026-07-01T17:00:00.000Z\"",
		"\"expires_at\": \"\\u0032026-07-01T16:41:07.250Z\"", "der.check.order",
		"/expires_at" },
};

static void row_document(struct buf *out, const struct row *r)
{
	struct slice example = der_schema_find(json_text_of(r->schema))->example;
	struct slice from = slice_str(r->from);
	size_t at;

	if (!slice_find(&at, example, from))
		fail_msg("%s: %s is not in the example", r->name, r->from);
	edit(out, example, at, from.n, slice_str(r->to));
}

static void by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
		struct story s;

		row_document(&document, &rows[i]);
		if (rows[i].code) {
			expect(rows[i].name, buf_slice(&document), rows[i].code, rows[i].pointer);
			continue;
		}
		(void)story_of(&s, buf_slice(&document));
		if (s.told > 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&s.text));
		buf_done(&s.text);
	}
}

/* --- how it is told ----------------------------------------------------------------------- */

static struct der_finding last; /* its places: its texts were the listener's while it was told */
static char last_code[64];

static void last_take(void *context, const struct der_finding *f)
{
	(void)context;
	last = *f;
	assert_int_equal(
		slice_to_text(last_code, sizeof(last_code), slice_str(f->code), NULL), ST_OK);
}

static void places_are_exact(void **state)
{
	struct der_listener listener = { .finding = last_take };
	struct der_result r;

	(void)state;
	der_validate(&r, S("{\n \"document_type\": \"invoice\",\n \"ext\": {\"\xc3\xa9\": 1}, !"),
		&listener);
	assert_string_equal(last_code, "json.syntax");
	assert_int_equal(last.line, 3);
	assert_int_equal(last.column, 19);
}

static void position_check(void *context, const struct der_finding *f)
{
	const struct buf *document = context;
	uint64_t line = 1, column = 1;

	for (size_t i = 0; i < f->offset; i++) {
		bool ends = document->p[i] == '\n';

		line += ends;
		column = ends ? 1 : column + ((document->p[i] & 0xc0) != 0x80);
	}
	if (f->line != line || f->column != column)
		fail_msg("byte %llu is not %llu:%llu", (unsigned long long)f->offset,
			(unsigned long long)f->line, (unsigned long long)f->column);
}

/* What is missing is told where its object begins, which is before what was told last. */
static void lines_are_counted_forth_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
		struct slice example = der_schemas[i].example;
		struct der_listener listener = { .context = &document, .finding = position_check };
		struct der_result r;

		/* The first line is the document's type. */
		for (size_t at = 0; at < example.n; at++)
			if (at > 60 && example.p[at] == '_')
				buf_put_text(&document, "\xc3\xa9");
			else
				buf_put_u8(&document, example.p[at]);
		der_validate(&r, buf_slice(&document), &listener);
		assert_true(r.against_schema > 20);
	}
}

static void findings_have_an_end(void **state)
{
	AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
	struct story s;
	struct der_result r;

	(void)state;
	buf_put_text(&document, "{\"document_type\":\"remittance\",\"lines\":[1");
	for (unsigned i = 0; i < 2 * DER_FINDINGS_MAX; i++)
		buf_put_text(&document, ",1");
	buf_put_text(&document, "]}");
	r = story_of(&s, buf_slice(&document));
	assert_true(r.against_schema > 2 * DER_FINDINGS_MAX);
	assert_int_equal(s.told, DER_FINDINGS_MAX + 1);
	buf_done(&s.text);
}

static void secret_look(void *context, const struct der_finding *f)
{
	size_t at;

	assert_false(slice_find(&at, slice_str(f->found), S("123")));
	assert_false(slice_find(&at, slice_str(f->expected), S("123")));
	*(bool *)context |= slice_eq(slice_str(f->found), S("a text of 7 characters"));
}

static void restricted_values_are_not_repeated(void **state)
{
	struct der_listener listener = { .finding = last_take };
	bool is_told = false;
	const struct der_listener every = { .finding = secret_look, .context = &is_told };
	struct der_result r;
	size_t at;

	(void)state;
	/* What is wrong is the value itself. */
	der_validate(
		&r, S("{\"document_type\":\"invoice\",\"seller_account\":\"123\\t456\"}"), &every);
	assert_true(is_told);
	der_validate(&r, S("{\"document_type\":\"invoice\",\"seller_account\":\"123 456\",\"!\":0"),
		&listener);
	assert_int_equal(r.sensitivity, DER_RESTRICTED);
	der_validate(&r, S("{\"seller_account\":\"123 456\",\"document_type\":\"invoice\"!"),
		&listener);
	assert_false(slice_find(&at, slice_str(last.found), S("123")));
}

static void a_value_of_a_condition_is_shown(void **state)
{
	struct slice example = der_schema_find(json_text_of("outage_notice"))->example;
	AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
	struct der_listener listener = { .finding = last_take };
	struct der_result r;
	size_t at;

	(void)state;
	assert_true(slice_find(&at, example, S("\"der_action\": \"")));
	edit(&document, example, at, strlen("\"der_action\": \""), S("\"der_action\": \"un"));
	der_validate(&r, buf_slice(&document), &listener);
	assert_string_equal(last.pointer, "/der_action");
	assert_true(slice_has_prefix(slice_str(last.found), S("\"un")));
	assert_non_null(strstr(last.expected, "where backfeed_hazard is true"));
	assert_int_equal(last.line, 49);
}

/* An ext of just the size that is let through, and one byte more. */
static void ext_is_bounded(void **state)
{
	struct slice example = der_schema_find(json_text_of("dispute"))->example;

	(void)state;
	for (size_t size = 16384; size <= 16385; size++) {
		AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
		struct story s;
		struct der_result r;

		buf_put_text(&document, "{\"ext\": {\"a\":\"");
		for (size_t i = 0; i < size - 8; i++)
			buf_put_text(&document, "x");
		buf_put_text(&document, "\"},");
		buf_put(&document, slice_from(example, 1));
		r = story_of(&s, buf_slice(&document));
		assert_int_equal(r.beyond, size > 16384);
		assert_int_equal(r.against_schema, 0);
		buf_done(&s.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(broken_in_every_way),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(places_are_exact),
		cmocka_unit_test(lines_are_counted_forth_and_back),
		cmocka_unit_test(findings_have_an_end),
		cmocka_unit_test(restricted_values_are_not_repeated),
		cmocka_unit_test(a_value_of_a_condition_is_shown),
		cmocka_unit_test(ext_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
