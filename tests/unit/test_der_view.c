/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents as another reader may see them: of every type, and of every type without each of its
 * members, the view is valid, has nothing restricted, and is the original but for that.
 */
#include "exchange_expect.h"

#include "documents/der/validate.h"
#include "documents/der/view.h"

#define ROOM (1U << 20)

static const struct der_reader to_rto = { S("007909411"), S("utility"), S("RTO-1"), S("iso_rto"),
	S("TPA-RTO-7") };

/* --- what a view is to be --------------------------------------------------------------- */

struct seen {
	struct buf findings;
	unsigned shown; /* restricted values that stayed */
};

static void finding_take(void *context, const struct der_finding *f)
{
	struct seen *s = context;

	buf_putf(&s->findings, "%s %s\n", f->code, f->pointer);
}

#define TARGET "AGG-0042" /* of the limit: an aggregation is known */

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct seen *s = context;

	if (e->kind != JSON_IS_CLOSE && e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY &&
		p->frames[p->depth - 1].sensitivity == DER_RESTRICTED)
		s->shown += !json_text_is(e->text, S(DER_WITHHELD)) &&
			!json_text_is(e->text, S(TARGET));
}

static bool is_valid(struct slice document)
{
	struct der_result r;
	const struct der_listener nobody = { 0 };

	der_validate(&r, document, &nobody);
	return r.against_schema + r.beyond == 0;
}

static void expect_view(const char *name, struct slice document, struct buf *view)
{
	const struct der_way way = {
		.sender = S("007909411"), .receiver = S("RTO-1"), .area = AREAS
	};
	struct seen seen = { .findings = buf_init(ROOM) };
	struct der_listener listener = {
		.context = &seen, .finding = finding_take, .value = value_take, .way = &way
	};
	struct der_result r;
	struct fault f = { 0 };

	*view = buf_init(ROOM);
	if (der_view(view, document, &to_rto, &f) != ST_OK)
		fail_msg("%s: %s: %s", name, f.code, f.text);
	der_validate(&r, buf_slice(view), &listener);
	if (r.against_schema + r.beyond > 0 || seen.shown > 0)
		fail_msg("%s: %u restricted values, %s\n%s", name, seen.shown,
			buf_text(&seen.findings), buf_text(view));
	buf_done(&seen.findings);
}

static void of_every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		AUTO_IN_PLACE(buf) view = { 0 };

		expect_view(der_schemas[i].name, der_schemas[i].example, &view);
	}
}

/* --- without each of its members -------------------------------------------------------- */

struct cutting {
	const struct der_schema *schema;
	size_t begins[JSON_DEPTH_MAX]; /* of names of what is open; 0: an item */
	unsigned depth, valid;
};

static size_t blanks_end(struct slice in, size_t at)
{
	while (at < in.n && (in.p[at] == ' ' || in.p[at] == '\n'))
		at++;
	return at;
}

static void cut(struct cutting *c, size_t begin, size_t end)
{
	AUTO_IN_PLACE(buf) document = buf_init(ROOM), view = { 0 };
	struct slice in = c->schema->example;

	if (in.p[blanks_end(in, end)] == ',')
		end = blanks_end(in, end) + 1;
	else
		while (in.p[begin] != ',' && in.p[begin] != '{')
			begin--;
	begin += in.p[begin] == '{';
	buf_put(&document, slice_to(in, begin));
	buf_put(&document, slice_from(in, end));
	if (!is_valid(buf_slice(&document)))
		return;
	expect_view(c->schema->name, buf_slice(&document), &view);
	c->valid++;
}

static size_t scalar_end(const struct json_event *e)
{
	static const size_t words[JSON_KINDS] = { [JSON_IS_TRUE] = 4, [JSON_IS_FALSE] = 5 };

	return e->offset + (words[e->kind] ? words[e->kind] : e->text.raw.n) +
		(e->kind == JSON_IS_STRING ? 2 : 0);
}

static void member_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct cutting *c = context;
	size_t begin = e->is_member ? e->name_offset : 0;

	(void)p;
	if (e->kind == JSON_IS_OBJECT || e->kind == JSON_IS_ARRAY) {
		c->begins[c->depth++] = begin;
		return;
	}
	if (e->kind == JSON_IS_CLOSE)
		begin = c->begins[--c->depth];
	if (begin > 0)
		cut(c, begin, e->kind == JSON_IS_CLOSE ? e->offset + 1 : scalar_end(e));
}

static void without_each_member(void **state)
{
	unsigned valid = 0;

	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		struct cutting c = { .schema = &der_schemas[i] };
		const struct der_listener listener = { .context = &c, .value = member_take };
		struct der_result r;

		der_validate(&r, der_schemas[i].example, &listener);
		assert_int_equal(c.depth, 0);
		valid += c.valid;
	}
	assert_true(valid >= 50);
}

/* --- by hand ---------------------------------------------------------------------------- */

static void change(struct buf *out, const char *name, const char *from, const char *to)
{
	struct json_text text = json_text_of(name);
	const struct der_schema *schema = der_schema_find(text);
	size_t at;

	if (!schema || !slice_find(&at, schema->example, slice_str(from)))
		fail_msg("%s has no %s", name, from);
	buf_put(out, slice_to(schema->example, at));
	buf_put_text(out, to);
	buf_put(out, slice_from(schema->example, at + strlen(from)));
}

#define RESOURCE "aggregation_registration", "\"resource_id\": "
#define MORE(members) members ", \"resource_id\": "
#define CONTACT(more) "\"contact\": [{\"role\": \"operations\", \"name\": \"A. Person\", " more "}], "
#define HEADER "\"schema_version\": "

static const struct row {
	const char *name, *schema, *from, *to;
	const char *gone, *there; /* in the view; "" */
} rows[] = {
	{ "an account and a meter", RESOURCE,
		MORE("\"supplier_account\": \"SUP-9\""), "SUP-9", "" },
	{ "a name and an address", RESOURCE,
		MORE("\"customer_name\": \"A. Person\", \"service_address\": \"1 Road\\n\\u0041\""),
		"service_address", "" },
	{ "a consent's end and a device", RESOURCE,
		MORE("\"consent_until\": \"2030-01-01\", \"device_fingerprint\": "
		     "\"0123456789ABCDEF0123456789ABCDEF01234567\""),
		"consent_until", "" },
	{ "an account that is needed", RESOURCE, MORE("\"manufacturer\": \"x\""), "",
		"\"utility_account\": \"withheld\"" },
	{ "a consent that is needed", RESOURCE, MORE("\"manufacturer\": \"x\""), "",
		"\"consent_reference\": \"withheld\"" },
	{ "where it is, on the grid and on earth", "aggregation_registration",
		"\"location\": {", "\"location\": {\"latitude\": \"40.1\", \"longitude\": \"-75.2\", "
		"\"transformer_id\": \"T-1\", ", "tude", "_id\": \"F-07\"" },
	{ "a contact with a telephone", "availability", HEADER,
		CONTACT("\"phone\": \"+12155550100\"") HEADER, "contact", "" },
	{ "a contact with an address", "availability", HEADER,
		CONTACT("\"email\": \"a@example.com\"") HEADER, "Person", "" },
	{ "an escaped name", RESOURCE, MORE("\"customer\\u005fname\": \"A. Person\""), "Person", "" },
	{ "terms of a vendor", "availability", HEADER,
		"\"ext\": {\"x\": {\"utility_account\": [1, {\"sender_id\": \"2\"}]}}, " HEADER, "",
		"\"ext\": {\"x\": {\"utility_account\": [1, {\"sender_id\": \"2\"}]}}, " },
	{ "equipment", "outage_notice", HEADER, "\"equipment_ids\": [\"E-1\"], " HEADER,
		"equipment_ids", "" },
	{ "aggregations that a limit is for", "operating_limit", HEADER, HEADER, "withheld",
		"\"AGG-0042\"" },
	{ "feeders that a limit is for", "operating_limit", "\"scope\": \"aggregation\"",
		"\"scope\": \"feeder\"", "withheld", "\"AGG-0042\"" },
	{ "connection points that a limit is for", "operating_limit", "\"scope\": \"aggregation\"",
		"\"scope\": \"connection_point\"", "AGG-0042", "\"target_ids\": [\"withheld\"]" },
	{ "resources that a limit is for", "operating_limit", "\"scope\": \"aggregation\"",
		"\"scope\": \"resource\"", "AGG-0042", "\"target_ids\": [\"withheld\"]" },
	{ "no other member is a scope", "operating_limit", "\"scope\": \"aggregation\"",
		"\"scope\": \"resource\", \"ext\": {\"scope\": \"feeder\"}", "AGG-0042",
		"\"target_ids\": [\"withheld\"]" },
	{ "resources without power", "outage_notice", HEADER, HEADER, "",
		"\"affected_resource_ids\": []" },
	{ "an account that says what is paid", "remittance", "\"invoice_number\": \"",
		"\"account\": \"ZZ", "ZZ", "\"account\": \"withheld\"" },
};

static void by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		AUTO_IN_PLACE(buf) document = buf_init(ROOM), view = { 0 };
		size_t at;

		change(&document, r->schema, r->from, r->to);
		if (!is_valid(buf_slice(&document)))
			fail_msg("%s: not valid: %s", r->name, buf_text(&document));
		expect_view(r->name, buf_slice(&document), &view);
		if (r->gone[0] && slice_find(&at, buf_slice(&view), slice_str(r->gone)))
			fail_msg("%s: %s is in %s", r->name, r->gone, buf_text(&view));
		if (!slice_find(&at, buf_slice(&view), slice_str(r->there)))
			fail_msg("%s: no %s in %s", r->name, r->there, buf_text(&view));
	}
}

/* One line of the example, replaced by another, wherever it is. */
static void line_change(struct buf *b, const char *from, const char *to)
{
	size_t at;

	if (!slice_find(&at, buf_slice(b), slice_str(from)))
		fail_msg("no %s", from);
	buf_cut(b, at, strlen(from));
	buf_insert(b, at, slice_str(to));
}

static void byte_for_byte(void **state)
{
	struct slice example = der_schema_find(json_text_of("availability"))->example;
	AUTO_IN_PLACE(buf) want = buf_init(ROOM), view = { 0 };

	(void)state;
	buf_put(&want, example);
	line_change(&want, "\"sender_id\": \"829517388\"",
		"\"sender_id\": \"007909411\",\n  \"on_behalf_of\": \"829517388\"");
	line_change(&want, "\"receiver_id\": \"007909411\"",
		"\"receiver_id\": \"RTO-1\",\n  \"original_receiver_id\": \"007909411\"");
	line_change(&want, "\"sender_role\": \"aggregator\"", "\"sender_role\": \"utility\"");
	line_change(&want, "\"receiver_role\": \"utility\"", "\"receiver_role\": \"iso_rto\"");
	line_change(&want, "\"agreement_id\": \"TPA-2026-017\"", "\"agreement_id\": \"TPA-RTO-7\"");
	expect_view("availability", example, &view);
	assert_string_equal(buf_text(&view), buf_text(&want));
}

/* --- what has no view ------------------------------------------------------------------- */

static const struct refusal {
	const char *name, *schema, *from, *to, *code;
} refusals[] = {
	{ "what is for another", "availability", HEADER, "\"on_behalf_of\": \"X\", " HEADER,
		"der.view.behalf" },
	{ "what is for another, behind all else", "availability", "\"aggregation_id\": ",
		"\"on\\u005fbehalf_of\": \"X\", \"aggregation_id\": ", "der.view.behalf" },
	{ "what is a copy", "availability", HEADER,
		"\"on_behalf_of\": \"X\", \"original_receiver_id\": \"Y\", " HEADER, "der.view.copy" },
	{ "a type not known", "availability", "\"availability\"", "\"availabilities\"",
		"der.document-type" },
	{ "a list of resources that is a text", "aggregation_registration", "\"resources\": [",
		"\"resources\": \"SP-1\", \"ext\": [", "der.view.form" },
	{ "a resource that is a text", "aggregation_registration", "\"resources\": [",
		"\"resources\": [\"SP-1\", ", "der.view.form" },
	{ "null", "availability", "\"revision\": 1", "\"revision\": null", "der.view.form" },
	{ "no JSON", "availability", "\"revision\": 1", "\"revision\": 01", "json.syntax" },
	{ "a name twice", "availability", HEADER, HEADER "\"1\", " HEADER, "json.name-twice" },
};

static void what_has_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		AUTO_IN_PLACE(buf) document = buf_init(ROOM), view = buf_init(ROOM);
		struct fault f = { 0 };

		change(&document, r->schema, r->from, r->to);
		assert_int_not_equal(
			der_view(&view, buf_slice(&document), &to_rto, &f), ST_OK);
		expect_text(r->name, f.code, r->code);
	}
}

static void what_the_schema_has_not_is_left_out(void **state)
{
	AUTO_IN_PLACE(buf) document = buf_init(ROOM), view = buf_init(ROOM);
	struct fault f = { 0 };
	size_t at;

	(void)state;
	change(&document, "availability", HEADER, "\"account\": {\"number\": [\"A-1\"]}, " HEADER);
	expect_fault("view", der_view(&view, buf_slice(&document), &to_rto, &f), &f, ST_OK, NULL);
	assert_false(slice_find(&at, buf_slice(&view), S("account")));
}

static void readers_without_a_name(void **state)
{
	static const struct slice bad[] = { S(""), S("A B"), S("A\"B"), S("A\\B"), S("\xc3\xa9"),
		S("A23456789012345678901234567890123456789012345678901234567890123456") };
	struct slice example = der_schema_find(json_text_of("availability"))->example;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		AUTO_IN_PLACE(buf) view = buf_init(ROOM);
		struct der_reader to = to_rto;
		struct fault f = { 0 };

		to.receiver_id = bad[i];
		expect_fault("id", der_view(&view, example, &to, &f), &f, ST_INPUT, "der.view.id");
	}
}

static void as_large_as_is_allowed(void **state)
{
	struct slice example = der_schema_find(json_text_of("availability"))->example;
	AUTO_IN_PLACE(buf) view = buf_init(example.n / 2);
	struct fault f = { 0 };

	(void)state;
	expect_fault("room", der_view(&view, example, &to_rto, &f), &f, ST_LIMIT, "buffer.full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_every_type),
		cmocka_unit_test(without_each_member),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(byte_for_byte),
		cmocka_unit_test(what_has_none),
		cmocka_unit_test(what_the_schema_has_not_is_left_out),
		cmocka_unit_test(readers_without_a_name),
		cmocka_unit_test(as_large_as_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
