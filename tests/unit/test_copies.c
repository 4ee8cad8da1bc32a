/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a copy of which document of a message, as what, under which name; and who gets none. */
#include "exchange_expect.h"

#include <stdio.h>

#include "documents/der/validate.h"
#include "processes/copies.h"

#define US "007909411"
#define ROOM (1U << 20)

/* --- whom we know ----------------------------------------------------------------------- */

static const struct member {
	const char *id;
	enum party_role role;
	const char *types[3];
} members[] = {
	{ "agg-1", PARTY_AGGREGATOR, { NULL } },
	{ "agg-2", PARTY_AGGREGATOR, { "operating_limit" } },
	{ "iso", PARTY_RTO, { "aggregation_registration", "availability" } },
	{ "rto", PARTY_RTO, { "aggregation_registration", "registration_decision", "bill" } },
	{ "two words", PARTY_RTO, { "service_award" } },
};

static struct agreement *agreement_of(const struct member *m)
{
	struct agreement *a = alloc_zeroed(1, sizeof(*a));

	agreement_init(a);
	for (; a->copies.type_count < COUNT(m->types) && m->types[a->copies.type_count];
		a->copies.type_count++)
		snprintf(a->copies.types[a->copies.type_count], COPY_TYPE_MAX + 1, "%s",
			m->types[a->copies.type_count]);
	snprintf(a->copies.agreement_id, sizeof(a->copies.agreement_id), "TPA-%zu",
		a->copies.type_count);
	return a;
}

static struct registry *circle(void)
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));
	struct fault f = { 0 };

	settings_init(s);
	snprintf(s->id, sizeof(s->id), US);
	s->role = PARTY_UTILITY;
	struct registry *r = registry_new(s);

	for (size_t i = 0; i < COUNT(members); i++) {
		struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));

		snprintf(sheet->id, sizeof(sheet->id), "%s", members[i].id);
		sheet->role = members[i].role;
		expect_fault("add", registry_add(r, sheet, agreement_of(&members[i]), &f), &f,
			ST_OK, NULL);
	}
	return r;
}

static struct slice example(const char *name)
{
	return der_schema_find(json_text_of(name))->example;
}

static struct verb_examine message_of(const char *partner)
{
	return (struct verb_examine){ .direction = MESSAGE_IN,
		.partner = slice_str(partner),
		.message_id = S("a@x"),
		.media_type = S(DOCUMENT_MEDIA_TYPE) };
}

/* --- who gets what ---------------------------------------------------------------------- */

static enum status copy_told(void *context, const struct copy *c, struct fault *f)
{
	(void)f;
	buf_putf(context, "%s %u to %s;", c->type, c->number, c->to->sheet->id);
	return ST_OK;
}

static const struct {
	const char *name, *partner, *document, *want;
} receivers[] = {
	{ "an aggregator's registration", "agg-1", "aggregation_registration",
		"aggregation_registration 0 to iso;aggregation_registration 0 to rto;" },
	{ "one that an RTO sent", "rto", "aggregation_registration",
		"aggregation_registration 0 to iso;" },
	{ "a decision", "agg-2", "registration_decision", "registration_decision 0 to rto;" },
	{ "availability", "agg-1", "availability", "availability 0 to iso;" },
	{ "a limit", "agg-1", "operating_limit", "operating_limit 0 to agg-2;" },
	{ "a limit for who would get copies", "agg-2", "operating_limit", "" },
	{ "nobody's", "agg-1", "invoice", "" },
};

static void who_gets_what(void **state)
{
	AUTO(registry) r = circle();

	(void)state;
	for (size_t i = 0; i < COUNT(receivers); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(ROOM);
		struct verb_examine of = message_of(receivers[i].partner);
		struct fault f = { 0 };

		expect_fault(receivers[i].name,
			copies_each(r, &of, example(receivers[i].document), copy_told, &said, &f),
			&f, ST_OK, NULL);
		expect_text(receivers[i].name, buf_text(&said), receivers[i].want);
		assert_true(copies_may_be(r, &of));
	}
}

static const struct {
	const char *name;
	struct slice type, content;
} none[] = {
	{ "no JSON", S(DOCUMENT_MEDIA_TYPE), S("{") },
	{ "of no type", S(DOCUMENT_MEDIA_TYPE), S("{\"document_type\": \"bill\"}") },
	{ "another type of media", S("application/xml"),
		S("{\"document_type\": \"availability\"}") },
	{ "nothing", S(DOCUMENT_MEDIA_TYPE), S("") },
};

static void of_what_is_none(void **state)
{
	AUTO(registry) r = circle();

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(ROOM);
		struct verb_examine of = message_of("agg-1");
		struct fault f = { 0 };

		of.media_type = none[i].type;
		expect_fault(none[i].name,
			copies_each(r, &of, none[i].content, copy_told, &said, &f), &f,
			ST_OK, NULL);
		expect_text(none[i].name, buf_text(&said), "");
	}
}

#define PART(type) "\r\n--b\r\nContent-Type: " type "\r\n\r\n"

static void of_several_each(void **state)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) entity = buf_init(ROOM), said = buf_init(ROOM);
	struct verb_examine of = message_of("agg-1");
	struct fault f = { 0 };

	(void)state;
	of.media_type = S("multipart/related");
	buf_put_text(&entity, "Content-Type: multipart/related; boundary=b\r\n" PART("text/csv")
		"a,b" PART("application/json"));
	buf_put(&entity, example("availability"));
	buf_put_text(&entity, PART("application/json"));
	buf_put(&entity, example("operating_limit"));
	buf_put_text(&entity, "\r\n--b--\r\n");
	expect_fault("several",
		copies_each(r, &of, buf_slice(&entity), copy_told, &said, &f), &f, ST_OK, NULL);
	expect_text("several", buf_text(&said),
		"availability 2 to iso;operating_limit 3 to agg-2;");
}

static enum status copy_stops(void *context, const struct copy *c, struct fault *f)
{
	unsigned *seen = context;

	(void)c;
	++*seen;
	return fault_set(f, ST_MORE, "envelope.spool", "it is large");
}

static void who_hears_it_may_stop(void **state)
{
	AUTO(registry) r = circle();
	struct verb_examine of = message_of("agg-1");
	struct fault f = { 0 };
	unsigned seen = 0;

	(void)state;
	expect_fault("stop",
		copies_each(r, &of, example("aggregation_registration"), copy_stops, &seen, &f), &f,
		ST_MORE, "envelope.spool");
	assert_int_equal(seen, 1);
}

static void nobody_is_asked_where_nobody_gets_any(void **state)
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));
	const struct verb_examine of = message_of("agg-1");

	(void)state;
	settings_init(s);
	AUTO(registry) r = registry_new(s);
	assert_false(copies_may_be(r, &of));
}

/* --- as what ---------------------------------------------------------------------------- */

static struct copy copy_of(const struct registry *r, const char *to, const char *document)
{
	size_t index = 0;
	struct fault f = { 0 };

	expect_fault(to, registry_find(&index, r, slice_str(to), &f), &f, ST_OK, NULL);
	return (struct copy){ .to = registry_partner(r, index),
		.type = document,
		.document = example(document) };
}

static void a_copy_is_a_valid_document_from_us(void **state)
{
	AUTO(registry) r = circle();

	(void)state;
	for (size_t i = 0; i < der_schema_count; i++) {
		AUTO_IN_PLACE(buf) view = buf_init(ROOM);
		const char *name = der_schemas[i].name;
		struct copy c = copy_of(r, "rto", name);
		struct fault f = { 0 };
		size_t at;

		expect_fault(name, copy_make(&view, &c, r, der_schemas[i].area, &f), &f, ST_OK,
			NULL);
		assert_true(slice_find(&at, buf_slice(&view), S("\"sender_role\": \"utility\"")));
		assert_true(slice_find(&at, buf_slice(&view), S("\"receiver_role\": \"iso_rto\"")));
		assert_true(slice_find(&at, buf_slice(&view), S("\"receiver_id\": \"rto\"")));
		assert_true(slice_find(&at, buf_slice(&view), S("\"agreement_id\": \"TPA-3\"")));
	}
}

static void closed(struct agreement *a)
{
	a->areas[AREA_AVAILABILITY].allowed[DIRECTION_SEND] = false;
}

static void suspended(struct agreement *a)
{
	a->suspended = true;
}

static void small(struct agreement *a)
{
	a->areas[AREA_AVAILABILITY].size_max = 100;
}

static void without_id(struct agreement *a)
{
	a->copies.agreement_id[0] = '\0';
}

static void agreed(struct agreement *a)
{
	(void)a;
}

static const struct {
	const char *name, *to;
	void (*change)(struct agreement *);
	enum area area;
	size_t room;
	const char *code;
} refusals[] = {
	{ "an area that is not agreed", "iso", closed, AREA_AVAILABILITY, ROOM, "agreement.area" },
	{ "suspended", "iso", suspended, AREA_AVAILABILITY, ROOM, "agreement.suspended" },
	{ "larger than agreed", "iso", small, AREA_AVAILABILITY, ROOM, "agreement.size" },
	{ "larger than is made", "iso", agreed, AREA_AVAILABILITY, 512, "der.copy.size" },
	{ "another area", "iso", agreed, AREA_OUTAGE, ROOM, "der.copy.invalid" },
	{ "a name that no document can have", "two words", agreed, AREA_AVAILABILITY, ROOM,
		"der.view.id" },
	{ "under no agreement", "iso", without_id, AREA_AVAILABILITY, ROOM, "der.view.id" },
};

static void what_goes_to_nobody(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		AUTO(registry) r = circle();
		AUTO_IN_PLACE(buf) view = buf_init(refusals[i].room);
		struct copy c = copy_of(r, refusals[i].to, "availability");
		struct fault f = { 0 };

		refusals[i].change(c.to->agreement);
		assert_int_not_equal(copy_make(&view, &c, r, refusals[i].area, &f), ST_OK);
		expect_text(refusals[i].name, f.code, refusals[i].code);
	}
}

/* --- under which name ------------------------------------------------------------------- */

static void id_of(char out[128], const char *partner, const char *message, const char *to,
	unsigned direction, unsigned number, unsigned again)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) id = buf_init(127);
	struct verb_examine of = message_of(partner);
	struct copy c = copy_of(r, to, "availability");

	of.message_id = slice_str(message);
	of.direction = direction;
	c.number = number;
	copy_id(&id, &c, S(US), &of, again);
	snprintf(out, 128, "%s", buf_text(&id));
}

static const struct {
	const char *partner, *message, *to;
	unsigned direction, number, again;
} names[] = {
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 0 },
	{ "agg-2", "a@x", "rto", MESSAGE_IN, 0, 0 },
	{ "agg-1", "b@x", "rto", MESSAGE_IN, 0, 0 },
	{ "agg-1", "a@x", "iso", MESSAGE_IN, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_OUT, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 1, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 2, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 2, 1 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 2 },
};

static void each_copy_has_its_own_name_always(void **state)
{
	char ids[COUNT(names)][128], again[128];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		id_of(ids[i], names[i].partner, names[i].message, names[i].to, names[i].direction,
			names[i].number, names[i].again);
		id_of(again, names[i].partner, names[i].message, names[i].to, names[i].direction,
			names[i].number, names[i].again);
		expect_text("again", again, ids[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
		assert_int_equal(strncmp(ids[i], "copy-", 5), 0);
		assert_string_equal(strchr(ids[i], '@'), "@" US);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_gets_what),
		cmocka_unit_test(of_what_is_none),
		cmocka_unit_test(of_several_each),
		cmocka_unit_test(who_hears_it_may_stop),
		cmocka_unit_test(nobody_is_asked_where_nobody_gets_any),
		cmocka_unit_test(a_copy_is_a_valid_document_from_us),
		cmocka_unit_test(what_goes_to_nobody),
		cmocka_unit_test(each_copy_has_its_own_name_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
