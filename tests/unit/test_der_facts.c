/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each type of document says that the register has to know: of the 17 examples all of it, as
 * text; then values one by one, and documents that end early, are hostile, or too large.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "documents/der/facts.h"
#include "documents/der/validate.h"

#define DOCUMENT_SIZE_MAX (64U << 20)

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	der_facts_take(context, p, e);
}

static void document_take(struct der_facts *facts, struct slice document)
{
	const struct der_listener listener = { .context = facts, .value = value_take };
	struct der_result r;

	der_facts_begin(facts);
	der_validate(&r, document, &listener);
	der_facts_end(facts, r.schema != NULL, true);
}

static void fact_write(struct buf *out, const struct fact *fact)
{
	static const char *const lists[FACT_LISTS] = { "", "interval", "resource", "line", "condition", "area", "feeder" };

	if (fact->list)
		buf_putf(out, "%s %u ", lists[fact->list], fact->item);
	buf_putf(out, "%s", fact_name(fact->kind));
	if (fact->is_cut)
		buf_put_text(out, " cut");
	if (fact->is_text)
		buf_putf(out, " %.*s\n", SLICE_FMT(fact->text));
	else
		buf_putf(out, " %lld\n", (long long)fact->number);
}

/* One line for each fact. */
static void written(struct buf *out, struct slice facts)
{
	struct fact fact;

	while (fact_next(&fact, &facts, NULL) == ST_OK)
		fact_write(out, &fact);
	assert_int_equal(facts.n, 0);
}

/* --- the examples ------------------------------------------------------------------ */

#define ID "0197c650-0000-7000-8000-00000000000"

/* Behind its number and its type. */
static const struct {
	const char *name, *facts;
} examples[] = {
	{ "aggregation_registration",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\naction create\naggregation AGG-0042\n"
		"name Northside batteries\nkind distribution_capacity\nfeeder F-07\n"
		"from 1790827200000000000\ncount 2\nexport_kw 4800000000\n"
		"import_kw 5200000000\nup_kw 4500000000\ndown_kw 5000000000\n"
		"energy_kwh 9600000000\nattested 1\nresource 1 resource R-0001\n"
		"resource 1 premise SP-448120\nresource 1 consent CONSENT-2026-0001\n"
		"resource 1 der_kind pv_storage\nresource 1 export_kw 2400000000\n"
		"resource 1 import_kw 2600000000\nresource 1 energy_kwh 4800000000\n"
		"resource 1 feeder F-07\nresource 1 cap_kw 2400000000\n"
		"resource 1 net_metering 0\nresource 1 from 1767243600000000000\n"
		"resource 2 resource R-0002\nresource 2 premise SP-448121\n"
		"resource 2 consent CONSENT-2026-0002\nresource 2 der_kind pv_storage\n"
		"resource 2 export_kw 2400000000\nresource 2 import_kw 2600000000\n"
		"resource 2 energy_kwh 4800000000\nresource 2 feeder F-08\nresource 2 cap_kw 2400000000\n"
		"resource 2 net_metering 0\n"
		"resource 2 from 1767243600000000000\n" },
	{ "availability",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nexpires 1782925200000000000\n"
		"aggregation AGG-0042\nbasis 4\nkind forecast\nsequence 1871\n"
		"interval 1 start 1782925200000000000\ninterval 1 seconds 900\n"
		"interval 1 up_kw 3200000000\ninterval 1 down_kw 4100500000\n"
		"interval 1 energy_kwh 6400000000\ninterval 1 headroom_kwh 3200000000\n"
		"feeder 1 feeder F-07\nfeeder 1 up_kw 2000000000\nfeeder 1 down_kw 2500500000\n"
		"feeder 1 energy_kwh 4000000000\nfeeder 2 feeder F-08\nfeeder 2 up_kw 1200000000\n"
		"feeder 2 down_kw 1600000000\nfeeder 2 energy_kwh 2400000000\n"
		"interval 2 start 1782926100000000000\n"
		"interval 2 seconds 900\ninterval 2 up_kw 3200000000\n"
		"interval 2 down_kw 4100500000\ninterval 2 energy_kwh 6400000000\n"
		"interval 2 headroom_kwh 3200000000\n"
		"committed 0\ncount 2\n" },
	{ "business_response",
		"id " ID "1\n"
		"correlation " ID "3\n"
		"reply " ID "3\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"subject " ID "3\n"
		"action accepted\n" },
	{ "composition_change",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\naggregation AGG-0042\nbasis 4\n"
		"from 1784088000000000000\ncause enrol\nresource 1 action add\n"
		"resource 1 resource R-0003\nresource 1 premise SP-448122\n"
		"resource 1 consent CONSENT-2026-0003\nresource 1 der_kind pv_storage\n"
		"resource 1 export_kw 9600000\nresource 1 import_kw 5000000\n"
		"resource 1 energy_kwh 13500000\nresource 1 feeder F-07\nresource 1 cap_kw 9600000\n"
		"resource 1 net_metering 0\n"
		"export_kw 4800000000\nimport_kw 5200000000\nup_kw 4500000000\n"
		"down_kw 5000000000\nenergy_kwh 9600000000\ncount 3\ndrop_kw 0\nkind 0\n" },
	{ "dispatch_response",
		"id " ID "1\n"
		"correlation " ID "3\n"
		"reply " ID "3\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"dispatch " ID "3\n"
		"sequence 1\naction started\nquantity_kw 2450000000\nstart 1782925200000000000\n" },
	{ "dispute",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"dispute " ID "3\n"
		"action opened\n"
		"subject " ID "4\n"
		"kind quantity\namount 9600000\ncurrency USD\nlast 1784133000000000000\n" },
	{ "invoice",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\ninvoice INV-2026-000117\n"
		"kind original\ncreditor 829517388\ndebtor 007909411\n"
		"from 1780272000000000000\nuntil 1782950399999999999\n"
		"performance " ID "3\n"
		"line 1 kind energy\n"
		"line 1 award " ID "4\n"
		"line 1 aggregation AGG-0042\nline 1 quantity 1225250000\n"
		"line 1 measure kWh\nline 1 price 380000\nline 1 currency USD\n"
		"line 1 amount 465600000\nline 1 currency USD\namount 465600000\n"
		"currency USD\npayee PAYEE-829517388\nbank_changed 0\n"
		"last 1788220799999999999\n"
		"summary afe53869ddc517b425fc400c60f7871e7f81a4c2898044a7a8def80d2c7cad39\n" },
	{ "operating_limit",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nexpires 1782925200000000000\n"
		"limit LIM-77\nsequence 3\nkind aggregation\nresource 1 resource AGG-0042\ncause dynamic\n"
		"interval 1 start 1782925200000000000\ninterval 1 seconds 900\n"
		"interval 1 export_kw 3000000000\ninterval 1 import_kw 5000000000\n"
		"interval 2 start 1782926100000000000\ninterval 2 seconds 900\n"
		"interval 2 export_kw 3000000000\ninterval 2 import_kw 5000000000\n"
		"fallback_export 1000000000\nfallback_import 3000000000\n"
		"primacy 10\nlast 1782925200000000000\n" },
	{ "outage_notice",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nexpires 1782936000000000000\n"
		"action unplanned\noutage OUT-2026-5512\nsequence 1\nkind confirmed\n"
		"began 1782922500000000000\nnext_update 1782928800000000000\n"
		"area 1 feeder F-07\narea 1 place 42101\naggregation AGG-0042\nresource 1 resource R-0001\n" },
	{ "registration_decision",
		"id " ID "1\n"
		"correlation " ID "3\n"
		"reply " ID "3\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"registration " ID "3\n"
		"aggregation AGG-0042\nbasis 4\naction accepted_with_conditions\n"
		"review_started 1780318800000000000\nreview_due 1785502800000000000\n"
		"clock_stopped 0\nfrom 1785556800000000000\nexport_kw 4800000000\n"
		"import_kw 5200000000\nup_kw 4500000000\ndown_kw 5000000000\n"
		"energy_kwh 9600000000\ncondition 1 kind export_cap\ncondition 1 feeder F-07\n"
		"condition 1 cap_kw 3000000000\ncondition 1 direction export\nlast 1785470400000000000\n" },
	{ "remittance",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\ntrace TRN-88120017\namount 465600000\n"
		"currency USD\ndebtor 007909411\ncreditor 829517388\n"
		"line 1 invoice INV-2026-000117\nline 1 invoiced 465600000\n"
		"line 1 currency USD\nline 1 amount 465600000\nline 1 currency USD\n" },
	{ "service_award",
		"id " ID "1\n"
		"correlation " ID "3\n"
		"reply " ID "3\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"offer " ID "3\n"
		"aggregation AGG-0042\naction awarded\ninterval 1 start 1782925200000000000\n"
		"interval 1 seconds 900\ninterval 1 quantity_kw 2500000000\n"
		"interval 1 price 380000\ninterval 1 currency USD\n"
		"interval 2 start 1782926100000000000\ninterval 2 seconds 900\n"
		"interval 2 quantity_kw 2500000000\ninterval 2 price 380000\n"
		"interval 2 currency USD\nceiling 475000000\ncurrency USD\n"
		"last 1782927000000000000\n" },
	{ "service_dispatch",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nexpires 1782925200000000000\n"
		"award " ID "3\n"
		"aggregation AGG-0042\naction start\nsequence 1\n"
		"interval 1 start 1782925200000000000\ninterval 1 seconds 900\n"
		"interval 1 quantity_kw 2500000000\ninterval 2 start 1782926100000000000\n"
		"interval 2 seconds 900\ninterval 2 quantity_kw 2500000000\nseconds 60\n" },
	{ "service_offer",
		"id " ID "1\n"
		"correlation " ID "3\n"
		"reply " ID "3\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"request " ID "3\n"
		"aggregation AGG-0042\ninterval 1 start 1782925200000000000\n"
		"interval 1 seconds 900\ninterval 1 quantity_kw 2500000000\n"
		"interval 1 price 380000\ninterval 1 currency USD\n"
		"interval 2 start 1782926100000000000\ninterval 2 seconds 900\n"
		"interval 2 quantity_kw 2500000000\ninterval 2 price 380000\n"
		"interval 2 currency USD\nwhole 0\nleast_kw 500000000\nenergy_kwh 5000000000\nlast 1782928800000000000\n" },
	{ "service_performance",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 829517388\nreceiver 007909411\nsender_role aggregator\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\n"
		"award " ID "3\n"
		"dispatch " ID "4\n"
		"aggregation AGG-0042\nkind preliminary\nbaseline day_matching\n"
		"interval 1 start 1782925200000000000\ninterval 1 seconds 900\n"
		"interval 1 quantity_kw 2450500000\ninterval 1 awarded_kw 2500000000\n"
		"interval 1 energy_kwh 612625000\n"
		"interval 2 start 1782926100000000000\ninterval 2 seconds 900\n"
		"interval 2 quantity_kw 2450500000\ninterval 2 awarded_kw 2500000000\n"
		"interval 2 energy_kwh 612625000\n"
		"energy_kwh 1225250000\npercent 98020000\n" },
	{ "service_request",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nlast 1782928800000000000\n"
		"kind distribution_capacity\ndirection up\nfeeder F-07\n"
		"interval 1 start 1782925200000000000\ninterval 1 seconds 900\n"
		"interval 1 quantity_kw 2500000000\ninterval 2 start 1782926100000000000\n"
		"interval 2 seconds 900\ninterval 2 quantity_kw 2500000000\nleast_kw 100000000\nmeasure per_kwh\nprice 450000\n"
		"currency USD\nbaseline day_matching\n" },
	{ "settlement_statement",
		"id " ID "1\n"
		"correlation " ID "1\n"
		"revision 1\nsender 007909411\nreceiver 829517388\nsender_role utility\n"
		"test 1\ncreated 1782924067250000000\nuncertainty 20\nname ST-2026-06\nkind initial\n"
		"from 1780272000000000000\nuntil 1782950399999999999\n"
		"line 1 award " ID "3\n"
		"line 1 dispatch " ID "4\n"
		"line 1 aggregation AGG-0042\nline 1 energy_kwh 1225250000\n"
		"line 1 amount 460650000\nline 1 currency USD\namount 460650000\n"
		"currency USD\nfinal 1790812799999999999\nlast 1788220799999999999\n" },
};
#define EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static void of_all_examples(void **state)
{
	(void)state;
	assert_int_equal(EXAMPLES, der_schema_count);
	for (size_t i = 0; i < EXAMPLES; i++) {
		AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
		AUTO_IN_PLACE(buf) is = buf_init(1 << 20);
		AUTO_IN_PLACE(buf) want = buf_init(1 << 20);
		struct der_facts facts = { .out = &out };

		buf_putf(&want, "document 1\ntype %s\n%s", examples[i].name, examples[i].facts);
		document_take(&facts, der_schema_find(json_text_of(examples[i].name))->example);
		assert_int_equal(der_facts_check(&facts, NULL), ST_OK);
		written(&is, buf_slice(&out));
		assert_string_equal(buf_text(&is), buf_text(&want));
	}
}

/* Whatever schemas say, facts.h has. */
static void object_names_check(const struct der_object *o);

static void node_names_check(const struct der_node *n)
{
	if (n && n->items)
		node_names_check(n->items);
	if (n && n->object)
		object_names_check(n->object);
}

static void object_names_check(const struct der_object *o)
{
	for (size_t i = 0; i < o->property_count; i++) {
		assert_non_null(fact_name(o->properties[i].fact));
		assert_true(o->properties[i].facts_of < FACT_LISTS);
		node_names_check(o->properties[i].node);
	}
}

static void schemas_and_facts_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++)
		node_names_check(der_schemas[i].root);
}

/* --- values ------------------------------------------------------------------------ */

#define LONG_ID "A23456789012345678901234567890123456789012345678901234567890abcd"

static const struct {
	const char *name, *type;
	const char *was, *is;   /* replaced in the example */
	const char *has;        /* a line that is there; NULL: none of `lacks` */
	const char *lacks;      /* the begin of a line that is not; NULL: nothing asked */
} values[] = {
	{ "millionths", "availability", "\"3200\"", "\"0.000001\"", "interval 1 up_kw 1\n", NULL },
	{ "the most of dec", "availability", "\"3200\"", "\"999999999999.999999\"",
		"interval 1 up_kw 999999999999999999\n", NULL },
	{ "a negative setpoint", "service_dispatch", "\"2500\"", "\"-2500\"",
		"interval 1 quantity_kw -2500000000\n", NULL },
	{ "money beyond 63 bits is cut", "remittance", "\"465.60\"", "\"999999999999999.99\"",
		"amount cut 9223372036854775807\n", NULL },
	{ "less than none is cut", "remittance", "\"465.60\"", "\"-999999999999999.99\"",
		"amount cut -9223372036854775808\n", NULL },
	{ "a decimal that is none", "availability", "\"3200\"", "\"03200\"", NULL,
		"interval 1 up_kw" },
	{ "a number instead of a decimal", "availability", "\"3200\"", "3200", NULL,
		"interval 1 up_kw" },
	{ "a feeder of the second interval", "availability", "\"2026-07-01T17:15:00.000Z\",",
		"\"2026-07-01T17:15:00.000Z\", \"by_feeder\": [{ \"up_kw\": \"1\", \"feeder_id\": \"F-9\" }],",
		"feeder 1025 up_kw 1000000\nfeeder 1025 feeder F-9\n", "interval 2 feeder" },
	{ "what it can shed", "availability", "\"headroom_kwh\"", "\"load_shed_kw\": \"7\", \"headroom_kwh\"",
		"interval 1 shed_kw 7000000\n", NULL },
	{ "null", "availability", "\"AGG-0042\"", "null", NULL, "aggregation" },
	{ "another kind than there is", "availability", "\"forecast\"", "\"forecasts\"", NULL,
		"kind" },
	{ "a time before there are any", "availability", "2026-07-01T17:00:00.000Z",
		"1969-07-01T17:00:00.000Z", "expires cut 0\n", NULL },
	{ "a time behind all", "availability", "2026-07-01T17:00:00.000Z",
		"9999-12-31T23:59:59.999Z", "expires cut 9223372036854775807\n", NULL },
	{ "a day that no month has", "invoice", "\"period_until\": \"2026-07-01\"",
		"\"period_until\": \"2026-06-31\"", NULL, "until" },
	{ "until a day that is behind all", "invoice", "\"period_until\": \"2026-07-01\"",
		"\"period_until\": \"2999-06-30\"",
		"until cut 9223372036854775807\n", NULL },
	{ "days, hours, minutes, seconds", "availability", "PT15M", "P1DT2H3M4S",
		"interval 1 seconds 93784\n", NULL },
	{ "a month has no length", "availability", "PT15M", "P1M", NULL, "interval 1 seconds" },
	{ "the longest id", "availability", "\"AGG-0042\"", "\"" LONG_ID "\"",
		"aggregation " LONG_ID "\n", NULL },
	{ "one that is longer", "availability", "\"AGG-0042\"", "\"" LONG_ID "e\"", NULL,
		"aggregation" },
	{ "escapes", "aggregation_registration", "Northside batteries",
		"N\\u00e4h\\u002f\\\"x\\\"",
		"name N\303\244h/\"x\"\n", NULL },
	{ "true", "availability", "\"test\": true", "\"test\": false", "test 0\n", "test 1" },
	{ "a truth that is a text", "availability", "\"test\": true", "\"test\": \"true\"", NULL,
		"test" },
	{ "an emergency is a kind of change", "composition_change", "\"emergency\": false",
		"\"emergency\": true", "kind 1\n", NULL },
	{ "1e3 is a whole number", "availability", "\"sequence\": 1871", "\"sequence\": 1e3",
		"sequence 1000\n", NULL },
	{ "a resource that is changed later", "composition_change", "\"operation\"",
		"\"at\": \"2026-07-02T00:00:00.000Z\", \"operation\"",
		"resource 1 from 1782950400000000000\n", "resource 1 from 1767243600000000000" },
	{ "all of a list", "service_performance", "\"dispatch_ids\": [",
		"\"dispatch_ids\": [\"" ID "9\", ", "dispatch " ID "9\n", NULL },
	{ "other programmes", "aggregation_registration", "\"other_programs\": []",
		"\"other_programs\": [\"efficiency\"]", "resource 1 program efficiency\n", NULL },
	{ "until when consent is given", "aggregation_registration", "\"consent_reference\"",
		"\"consent_until\": \"2026-12-31\", \"consent_reference\"",
		"resource 1 consent_until 1798761599999999999\n", NULL },
	{ "what a document says itself, its header need not", "service_award", "\"offer_id\"",
		"\"respond_by\": \"2026-07-01T16:00:00.000Z\", \"offer_id\"",
		"last 1782927000000000000\n", "last 1782921600000000000" },
	{ "that notice was given", "outage_notice", "\"outage_id\"",
		"\"notice_period_met\": true, \"outage_id\"", "notice_met 1\n", NULL },
	{ "what is agreed is no document's to say", "outage_notice", "\"outage_id\"",
		"\"agreed_notice\": 5, \"outage_id\"", NULL, "agreed_notice" },
	{ "who is rejected", "registration_decision", "\"decision\"",
		"\"rejected_resource_ids\": [\"R-1\", \"R-2\"], \"decision\"",
		"resource 2 rejected R-2\n", NULL },
	{ "names that are not known", "availability", "\"aggregation_id\"",
		"\"aggregation_ids\"", NULL, "aggregation" },
	{ "the same name deeper", "availability", "\"aggregation_id\": \"AGG-0042\"",
		"\"ext\": {\"aggregation_id\": \"AGG-1\"}", NULL, "aggregation" },
};

/* The first of `was` replaced; it has to be there. */
static void replaced(struct buf *out, struct slice in, const char *was, const char *is)
{
	size_t at;

	if (!slice_find(&at, in, slice_str(was)))
		fail_msg("%s is not in the example", was);
	buf_put(out, slice_to(in, at));
	buf_put_text(out, is);
	buf_put(out, slice_from(in, at + strlen(was)));
}

/* At the begin of one. */
static bool has_line(struct slice text, const char *line)
{
	AUTO_IN_PLACE(buf) behind = buf_init(1 << 10);
	size_t at;

	buf_putf(&behind, "\n%s", line);
	return slice_find(&at, text, buf_slice(&behind));
}

static void value_check(size_t i)
{
	AUTO_IN_PLACE(buf) document = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) is = buf_init(1 << 20);
	struct der_facts facts = { .out = &out };

	replaced(&document, der_schema_find(json_text_of(values[i].type))->example, values[i].was,
		values[i].is);
	document_take(&facts, buf_slice(&document));
	written(&is, buf_slice(&out));
	if (values[i].has && !has_line(buf_slice(&is), values[i].has))
		fail_msg("%s: no %s in %s", values[i].name, values[i].has, buf_text(&is));
	if (values[i].lacks && has_line(buf_slice(&is), values[i].lacks))
		fail_msg("%s: %s in %s", values[i].name, values[i].lacks, buf_text(&is));
}

static void one_by_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		value_check(i);
}

/* --- documents --------------------------------------------------------------------- */

static void what_is_agreed_is_said_of_each(void **state)
{
	static const struct document_terms agreed = { .notice_ns = 3 * NS_PER_S,
		.change_ns = 5 * NS_PER_S,
		.minimum_kw = 100, .silence = SILENCE_DECLINED,
		.rounding = ROUNDING_TOTAL, .cooling_ns = 7 * NS_PER_S };
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) is = buf_init(1 << 20);
	struct der_facts facts = { .out = &out, .agreed = &agreed, .age_ns = 9 * NS_PER_S };

	(void)state;
	for (int i = 0; i < 2; i++)
		document_take(&facts, der_schema_find(json_text_of("dispute"))->example);
	written(&is, buf_slice(&out));
	assert_true(has_line(buf_slice(&is), "agreed_age 9\nagreed_notice 3\nagreed_change 5\nagreed_kw 100\nagreed_silence 1\n"
		"agreed_rounding 2\nagreed_cooling 7\ntype dispute\n"));
	assert_true(has_line(buf_slice(&is), "document 2\nagreed_age 9\nagreed_notice 3\nagreed_change 5\nagreed_kw 100\n"));
}

/* A name of 255 characters has more bytes than a fact. */
static void texts_are_cut_between_characters(void **state)
{
	AUTO_IN_PLACE(buf) document = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) name = buf_init(1 << 10);
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &out };
	struct slice rest;
	struct fact fact;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		buf_put_text(&name, "\303\244");
	replaced(&document, der_schema_find(json_text_of("aggregation_registration"))->example,
		"Northside batteries", buf_text(&name));
	document_take(&facts, buf_slice(&document));
	rest = buf_slice(&out);
	while (fact_next(&fact, &rest, NULL) == ST_OK && fact.kind != FACT_NAME)
		;
	assert_true(fact.is_cut);
	assert_true(slice_eq(fact.text, slice_to(buf_slice(&name), 254)));
}

/* Numbered; what is none of ours, or ends early, is as if it were not there. */
static void only_whole_documents_count(void **state)
{
	const struct slice whole = der_schema_find(json_text_of("dispute"))->example;
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) once = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) is = buf_init(1 << 20);
	struct der_facts facts = { .out = &out }, alone = { .out = &once };

	(void)state;
	document_take(&alone, whole);
	for (size_t n = 0; n + 2 < whole.n; n++)
		document_take(&facts, slice_to(whole, n));
	document_take(&facts, S("{\"document_type\": \"unheard\"}"));
	document_take(&facts, S("[[[[[[[["));
	assert_int_equal(out.n, 0);
	document_take(&facts, whole);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&once)));
	document_take(&facts, whole);
	assert_int_equal(facts.documents, 2);
	written(&is, slice_from(buf_slice(&out), once.n));
	assert_true(slice_has_prefix(buf_slice(&is), S("document 2\ntype dispute\n")));
}

/* Deeper than any document; JSON that is deeper still is refused by the reader. */
static void depth_is_nothing(void **state)
{
	AUTO_IN_PLACE(buf) document = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) deep = buf_init(1 << 10);
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) is = buf_init(1 << 20);
	struct der_facts facts = { .out = &out };

	(void)state;
	buf_put_text(&deep, "\"intervals\": ");
	for (size_t i = 0; i < 20; i++)
		buf_put_text(&deep, "[{\"intervals\": ");
	buf_put_text(&deep, "[{\"start\": \"2026-07-01T17:00:00.000Z\"}]");
	for (size_t i = 0; i < 20; i++)
		buf_put_text(&deep, "}]");
	buf_put_text(&deep, ", \"more\": ");
	replaced(&document, der_schema_find(json_text_of("availability"))->example,
		"\"intervals\": ", buf_text(&deep));
	document_take(&facts, buf_slice(&document));
	assert_int_equal(facts.documents, 1);
	written(&is, buf_slice(&out));
	assert_true(has_line(buf_slice(&is), "aggregation"));
	assert_false(has_line(buf_slice(&is), "interval 1 start"));
}

static void resources_put(struct buf *out, unsigned count, const char *premise)
{
	for (unsigned i = 0; i < count; i++)
		buf_putf(out,
			"{\"resource_id\": \"R-%06u\", \"service_point_id\": \"%s\", "
			"\"consent_reference\": \"%s\", \"location\": {\"feeder_id\": \"F-7\"}}, ",
			i, premise, premise);
}

static enum status registration_take(struct der_facts *facts, unsigned count, const char *premise)
{
	AUTO_IN_PLACE(buf) document = buf_init(DOCUMENT_SIZE_MAX);
	AUTO_IN_PLACE(buf) list = buf_init(DOCUMENT_SIZE_MAX);

	buf_put_text(&list, "\"resources\": [");
	resources_put(&list, count, premise);
	replaced(&document, der_schema_find(json_text_of("aggregation_registration"))->example,
		"\"resources\": [", buf_text(&list));
	assert_int_equal(buf_check(&document, NULL), ST_OK);
	document_take(facts, buf_slice(&document));
	return der_facts_check(facts, NULL);
}

/* The longest list fits; and what does not fit is told, and never half of it taken. */
static void size_is_bounded(void **state)
{
	static char premise[201];
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	AUTO_IN_PLACE(buf) small = buf_init(4096);
	struct der_facts facts = { .out = &out }, full = { .out = &small };
	struct fault f;

	(void)state;
	memset(premise, 'P', sizeof(premise) - 1);
	assert_int_equal(registration_take(&facts, 99998, "SP-448120"), ST_OK);
	assert_true(out.n > 99998 * 4 * 8 && out.n <= FACTS_MAX);
	assert_int_equal(registration_take(&full, 100, premise), ST_LIMIT);
	assert_int_equal(der_facts_check(&full, &f), ST_LIMIT);
	assert_string_equal(f.code, "facts.size");
	document_take(&full, der_schema_find(json_text_of("dispute"))->example);
	assert_int_equal(der_facts_check(&full, NULL), ST_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_all_examples),
		cmocka_unit_test(schemas_and_facts_agree),
		cmocka_unit_test(one_by_one),
		cmocka_unit_test(what_is_agreed_is_said_of_each),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(only_whole_documents_count),
		cmocka_unit_test(depth_is_nothing),
		cmocka_unit_test(size_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
