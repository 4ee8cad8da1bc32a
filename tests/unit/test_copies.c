/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a copy of which document of a message, as what, under which name; and who gets none. */
#include "exchange_expect.h"

#include <stdio.h>
#include <stdlib.h>

#include "documents/der/validate.h"
#include "documents/translate/to_x12.h"
#include "processes/copies.h"

#define US "007909411"
#define ROOM (1U << 20)

static struct x12_guide_set guides;

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
	if (m->role == PARTY_AGGREGATOR)
		a->x12 = (struct x12_terms){ .sets = { "814", "867" }, .set_count = 2 };
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
		const struct copies_source source = { r, &of, &guides };
		struct fault f = { 0 };

		expect_fault(receivers[i].name,
			copies_each(&source, example(receivers[i].document), copy_told, &said, &f),
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
		const struct copies_source source = { r, &of, &guides };
		struct fault f = { 0 };

		of.media_type = none[i].type;
		expect_fault(none[i].name,
			copies_each(&source, none[i].content, copy_told, &said, &f), &f, ST_OK,
			NULL);
		expect_text(none[i].name, buf_text(&said), "");
	}
}

#define PART(type) "\r\n--b\r\nContent-Type: " type "\r\n\r\n"

static void of_several_each(void **state)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) entity = buf_init(ROOM), said = buf_init(ROOM);
	struct verb_examine of = message_of("agg-1");
	const struct copies_source source = { r, &of, &guides };
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
		copies_each(&source, buf_slice(&entity), copy_told, &said, &f), &f, ST_OK, NULL);
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
	const struct copies_source source = { r, &of, &guides };
	struct fault f = { 0 };
	unsigned seen = 0;

	(void)state;
	expect_fault("stop",
		copies_each(&source, example("aggregation_registration"), copy_stops, &seen, &f),
		&f, ST_MORE, "envelope.spool");
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

/* --- of X12 ----------------------------------------------------------------------------- */

#define NOW (INT64_C(1795410846) * 1000000000)

/* The example as a set of its own; it says what an 814 says, and not all of its header. */
static void put_x12(struct buf *out, const char *name)
{
	AUTO_IN_PLACE(x12_guide_set) own = { 0 };
	AUTO_IN_PLACE(buf) one = buf_init(ROOM);
	struct x12_stamp stamp = { NOW, 7, 9 };
	struct translate_notes notes = { 0 };
	const struct translate_options options = { .guides = &own, .stamp = &stamp };
	struct fault f = { 0 };

	x12_guide_set_init(&own);
	expect_fault(name, translate_to_x12(&one, example(name), &options, &notes, &f), &f, ST_OK,
		NULL);
	buf_put(out, buf_slice(&one));
}

/* Without the first segment that begins so, and one less in the set's count. */
static void cut(struct buf *text, const char *begin)
{
	AUTO_IN_PLACE(buf) kept = buf_init(ROOM);
	const struct slice in = buf_slice(text);
	size_t at, n, end;

	assert_true(slice_find(&at, in, slice_str(begin)));
	assert_true(slice_find(&n, slice_from(in, at), S("~")));
	assert_true(slice_find(&end, in, S("~SE*")));
	unsigned long count = strtoul((const char *)in.p + end + 4, NULL, 10);
	buf_put(&kept, slice_to(in, at));
	buf_put(&kept, slice_sub(in, at + n + 1, end - at - n - 1));
	buf_putf(&kept, "~SE*%lu*", count - 1);
	assert_true(slice_find(&n, slice_from(in, end + 4), S("*")));
	buf_put(&kept, slice_from(in, end + 4 + n + 1));
	buf_clear(text);
	buf_put(text, buf_slice(&kept));
}

static enum status set_told(void *context, const struct copy *c, struct fault *f)
{
	struct buf *out = context;

	buf_putf(out, "%llu of %u ", (unsigned long long)c->set, c->number);
	return copy_told(context, c, f);
}

static void of_each_set_that_is_for_the_register(void **state)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
	struct verb_examine of = message_of("agg-1");
	const struct copies_source source = { r, &of, &guides };
	struct fault f = { 0 };

	(void)state;
	of.media_type = S(X12_MEDIA_TYPE);
	put_x12(&x12, "invoice");
	put_x12(&x12, "aggregation_registration");
	put_x12(&x12, "registration_decision");
	assert_true(copies_may_be_x12(r, &of));
	expect_fault("sets",
		copies_each(&source, buf_slice(&x12), set_told, &said, &f), &f, ST_OK, NULL);
	expect_text("sets", buf_text(&said),
		"2 of 0 aggregation_registration 0 to iso;2 of 0 aggregation_registration 0 to rto;"
		"3 of 0 registration_decision 0 to rto;");
	of.partner = S("iso"); /* with whom no set is for the register */
	buf_clear(&said);
	assert_false(copies_may_be_x12(r, &of));
	expect_fault("none",
		copies_each(&source, buf_slice(&x12), set_told, &said, &f), &f, ST_OK, NULL);
	expect_text("none", buf_text(&said), "");
}

/* What the register could not read nobody gets; the message is flagged for it already. */
static void what_is_no_document_goes_to_nobody(void **state)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), said = buf_init(ROOM);
	struct verb_examine of = message_of("agg-1");
	const struct copies_source source = { r, &of, &guides };
	struct fault f = { 0 };

	(void)state;
	of.media_type = S(X12_MEDIA_TYPE);
	put_x12(&x12, "aggregation_registration");
	cut(&x12, "REF*ZZ*AGG-0042*");
	put_x12(&x12, "registration_decision");
	expect_fault("the second",
		copies_each(&source, buf_slice(&x12), set_told, &said, &f), &f, ST_OK, NULL);
	expect_text("the second", buf_text(&said), "2 of 0 registration_decision 0 to rto;");
}

struct made {
	const struct registry *registry;
	enum area area;
	struct buf *out;
	struct fault why;
};

static enum status copy_is_made(void *context, const struct copy *c, struct fault *f)
{
	struct made *m = context;

	(void)f;
	buf_clear(m->out);
	(void)!copy_make(m->out, c, m->registry, m->area, &m->why);
	return ST_OK;
}

static const struct {
	const char *name, *document;
	enum area area;
	const char *without; /* a segment; NULL: all is there */
	const char *code;    /* NULL: it is made */
} shown[] = {
	{ "a registration", "aggregation_registration", AREA_AGGREGATION, NULL, NULL },
	{ "a decision", "registration_decision", AREA_AGGREGATION, NULL, NULL },
	{ "performance", "service_performance", AREA_BILLING, NULL, NULL },
	{ "one whose source only an example says", "service_performance", AREA_BILLING,
		"REF*ZZ*utility_meter*SOURCE", "der.copy.x12" },
};

/* The example is US-PA's, of 2026, and under TPA-2026-017: nothing of that is in what X12 said. */
static void a_set_is_shown_as_what_it_says(void **state)
{
	static const struct slice unsaid[] = { S("US-PA"), S("New_York"), S("TPA-2026-017") };

	(void)state;
	for (size_t i = 0; i < COUNT(shown); i++) {
		AUTO(registry) r = circle();
		AUTO_IN_PLACE(buf) x12 = buf_init(ROOM), view = buf_init(ROOM);
		struct verb_examine of = message_of("agg-1");
		const struct copies_source source = { r, &of, &guides };
		struct made made = { r, shown[i].area, &view, { 0 } };
		struct fault f = { 0 };
		size_t at;

		of.media_type = S(X12_MEDIA_TYPE);
		of.area = shown[i].area;
		put_x12(&x12, shown[i].document);
		if (shown[i].without)
			cut(&x12, shown[i].without);
		for (size_t n = 0; n < registry_partner_count(r); n++) {
			struct copy_terms *to = &registry_partner(r, n)->agreement->copies;

			if (registry_partner(r, n)->sheet->role == PARTY_RTO)
				snprintf(to->types[0], COPY_TYPE_MAX + 1, "%s",
					n == 3 ? shown[i].document : "bill");
		}
		expect_fault(shown[i].name,
			copies_each(&source, buf_slice(&x12), copy_is_made, &made, &f), &f, ST_OK,
			NULL);
		expect_text(shown[i].name, made.why.code, shown[i].code ? shown[i].code : "");
		assert_int_equal(view.n > 0, shown[i].code == NULL);
		for (size_t n = 0; n < COUNT(unsaid); n++)
			assert_false(slice_find(&at, buf_slice(&view), unsaid[n]));
	}
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
	unsigned direction, unsigned number, unsigned again, uint64_t set)
{
	AUTO(registry) r = circle();
	AUTO_IN_PLACE(buf) id = buf_init(127);
	struct verb_examine of = message_of(partner);
	struct copy c = copy_of(r, to, "availability");

	of.message_id = slice_str(message);
	of.direction = direction;
	c.number = number;
	c.set = set;
	copy_id(&id, &c, S(US), &of, again);
	snprintf(out, 128, "%s", buf_text(&id));
}

static const struct {
	const char *partner, *message, *to;
	unsigned direction, number, again, set;
} names[] = {
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 0, 0 },
	{ "agg-2", "a@x", "rto", MESSAGE_IN, 0, 0, 0 },
	{ "agg-1", "b@x", "rto", MESSAGE_IN, 0, 0, 0 },
	{ "agg-1", "a@x", "iso", MESSAGE_IN, 0, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_OUT, 0, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 1, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 2, 0, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 2, 1, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 2, 0 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 0, 1 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 0, 2 },
	{ "agg-1", "a@x", "rto", MESSAGE_IN, 0, 1, 2 },
};

static void each_copy_has_its_own_name_always(void **state)
{
	char ids[COUNT(names)][128], again[128];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		id_of(ids[i], names[i].partner, names[i].message, names[i].to, names[i].direction,
			names[i].number, names[i].again, names[i].set);
		id_of(again, names[i].partner, names[i].message, names[i].to, names[i].direction,
			names[i].number, names[i].again, names[i].set);
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
		cmocka_unit_test(of_each_set_that_is_for_the_register),
		cmocka_unit_test(what_is_no_document_goes_to_nobody),
		cmocka_unit_test(a_set_is_shown_as_what_it_says),
		cmocka_unit_test(a_copy_is_a_valid_document_from_us),
		cmocka_unit_test(what_goes_to_nobody),
		cmocka_unit_test(each_copy_has_its_own_name_always),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	x12_guide_set_done(&guides);
	return failed;
}
