/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what our processes say to each other: every row reads back what it writes, refuses
 * what is cut, too long or followed by more, and lists every member of its struct.  Who may say
 * what is stated here a second time, for the roles that the network or a person can reach: a row
 * that opens a new way must be wanted twice.
 */
#include "exchange_expect.h"

#include "in_child.h"
#include "processes/verbs.h"

#define BODY_MAX 1024
#define ID UINT64_C(0x0102030405060708)

union body {
	_Alignas(16) uint8_t bytes[BODY_MAX];
};

static uint8_t content[IPC_PACKET_MAX];

static const struct ipc_type *type_of(unsigned verb)
{
	return &verbs.types[verb];
}

/* --- writing --- */

/* Numbers that differ from field to field and in every byte, so that no two can be exchanged. */
static uint64_t number_of(size_t field)
{
	return UINT64_C(0xf1e2d3c4b5a69788) + UINT64_C(0x0101010101010101) * field;
}

static void field_fill(uint8_t *at, const struct ipc_field *field, size_t i, size_t n)
{
	const struct slice bytes = slice_of(content + i, n);
	uint64_t wide = number_of(i);
	uint32_t narrow = (uint32_t)wide;

	if (field->kind == IPC_BYTES)
		memcpy(at, &bytes, sizeof(bytes));
	else if (field->kind == IPC_U32)
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &wide, sizeof(wide));
}

/* most: every field of bytes as long as it may be; else empty. */
static void body_fill(union body *body, const struct ipc_type *type, bool most)
{
	memset(body, 0, sizeof(*body));
	for (size_t i = 0; i < type->field_count; i++)
		field_fill(body->bytes + type->fields[i].offset, &type->fields[i], i,
			most ? type->fields[i].max : 0);
}

static void packet_write(struct buf *out, unsigned verb, bool most)
{
	union body body;

	body_fill(&body, type_of(verb), most);
	ipc_format(out, &verbs, verb, ID, body.bytes);
}

/* A body as it came, under a head that is right about its length. */
static enum status body_read(union body *out, unsigned verb, struct slice bytes, struct fault *f)
{
	AUTO_IN_PLACE(buf) packet = buf_init(2 * IPC_PACKET_MAX);
	struct ipc_packet p;

	buf_put_u16(&packet, (uint16_t)verb);
	buf_put_u16(&packet, 0);
	buf_put_u32(&packet, (uint32_t)bytes.n);
	buf_put_u64(&packet, ID);
	buf_put(&packet, bytes);
	assert_int_equal(ipc_head_parse(&p, &verbs, buf_slice(&packet), f), ST_OK);
	p.body = bytes; /* what is read borrows from it */
	return ipc_body_parse(out->bytes, &p, f);
}

/* --- the rows --- */

static size_t width_of(const struct ipc_field *field)
{
	return field->kind == IPC_BYTES ? sizeof(struct slice)
		: field->kind == IPC_U32 ? sizeof(uint32_t) : sizeof(uint64_t);
}

/* The field at this place in the struct, or right behind the padding there. */
static const struct ipc_field *field_at(const struct ipc_type *type, size_t at)
{
	size_t aligned = (at + 7) / 8 * 8;

	for (size_t i = 0; i < type->field_count; i++)
		if (type->fields[i].offset == at)
			return &type->fields[i];
	for (size_t i = 0; i < type->field_count; i++)
		if (type->fields[i].offset == aligned && width_of(&type->fields[i]) > 4)
			return &type->fields[i];
	return NULL;
}

/* A member without a field would arrive as zero, without a word. */
static void every_member_travels(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++) {
		const struct ipc_type *type = type_of(verb);
		const struct ipc_field *field;
		size_t at = 0, found = 0;

		for (; (field = field_at(type, at)); found++)
			at = field->offset + width_of(field);
		if (found != type->field_count ||
			(at != type->size && (at + 7) / 8 * 8 != type->size))
			fail_msg("%s: %zu of %zu fields, %zu of %zu bytes", type->name, found,
				type->field_count, at, type->size);
	}
}

static void every_row_is_whole(void **state)
{
	(void)state;
	assert_int_equal(verbs.count, VERBS);
	assert_null(type_of(VERB_NONE)->name);
	for (unsigned verb = 1; verb < VERBS; verb++) {
		const struct ipc_type *type = type_of(verb);

		assert_true(type->name && type->field_count > 0 && type->size <= BODY_MAX);
		assert_true(type->from != 0 && type->from < ROLE_BIT(ROLES));
		assert_true(type->to != 0 && type->to < ROLE_BIT(ROLES));
		for (unsigned other = 1; other < verb; other++)
			assert_string_not_equal(type_of(other)->name, type->name);
	}
}

/* --- there and back --- */

static void field_compare(const struct ipc_type *type, const struct ipc_field *field,
	const union body *got, const union body *want)
{
	const uint8_t *a = got->bytes + field->offset, *b = want->bytes + field->offset;
	struct slice said, heard;

	if (field->kind == IPC_BYTES) {
		memcpy(&heard, a, sizeof(heard));
		memcpy(&said, b, sizeof(said));
		if (!slice_eq(heard, said))
			fail_msg("%s: %s of %zu bytes, want %zu", type->name, field->name, heard.n,
				said.n);
	} else if (memcmp(a, b, width_of(field)) != 0) {
		fail_msg("%s: %s is another number", type->name, field->name);
	}
}

static void there_and_back(unsigned verb, bool most)
{
	AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);
	const struct ipc_type *type = type_of(verb);
	union body want, got;
	struct ipc_packet p;
	struct fault f = { 0 };

	packet_write(&packet, verb, most);
	body_fill(&want, type, most);
	memset(&got, 0xa5, sizeof(got));
	assert_int_equal(ipc_head_parse(&p, &verbs, buf_slice(&packet), &f), ST_OK);
	assert_true(p.type == type && p.code == verb && p.id == ID && p.fd == -1);
	expect_fault(type->name, ipc_body_parse(got.bytes, &p, &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < type->field_count; i++)
		field_compare(type, &type->fields[i], &got, &want);
	assert_int_equal(got.bytes[type->size], 0xa5); /* nothing behind the struct was touched */
}

static void every_verb_reads_what_it_wrote(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++) {
		there_and_back(verb, true);
		there_and_back(verb, false);
	}
}

/* --- what is refused --- */

static void every_cut_faults(unsigned verb, bool most)
{
	AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);
	struct slice body;
	union body got;

	packet_write(&packet, verb, most);
	body = slice_from(buf_slice(&packet), IPC_HEAD_SIZE);
	for (size_t n = 0; n < body.n; n++) {
		struct fault f = { 0 };

		expect_fault(type_of(verb)->name, body_read(&got, verb, slice_to(body, n), &f), &f,
			ST_INPUT, "ipc.field");
	}
}

static void every_verb_cut_at_every_byte(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++) {
		every_cut_faults(verb, true);
		every_cut_faults(verb, false);
	}
}

/* The same without a head that knows: as a packet cut on its way. */
static void every_packet_cut_at_every_byte(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++) {
		AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);

		packet_write(&packet, verb, false);
		for (size_t n = 0; n < packet.n; n++) {
			struct ipc_packet p;
			struct fault f = { 0 };

			expect_fault(type_of(verb)->name,
				ipc_head_parse(&p, &verbs, slice_to(buf_slice(&packet), n), &f), &f,
				ST_INPUT, n < IPC_HEAD_SIZE ? "ipc.head" : "ipc.length");
		}
	}
}

static void nothing_may_follow(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++) {
		AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX + 1);
		struct fault f = { 0 };
		union body got;

		packet_write(&packet, verb, true);
		buf_put_u8(&packet, 0);
		expect_fault(type_of(verb)->name,
			body_read(&got, verb, slice_from(buf_slice(&packet), IPC_HEAD_SIZE), &f),
			&f, ST_INPUT, "ipc.trailing");
	}
}

/* Everything empty but this field, which has n bytes. */
static void body_with(struct buf *out, const struct ipc_type *type, size_t field, size_t n)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].kind == IPC_BYTES) {
			buf_put_u32(out, i == field ? (uint32_t)n : 0);
			put_times(out, 'x', i == field ? n : 0);
		} else {
			put_times(out, 0, width_of(&type->fields[i]));
		}
	}
}

static void every_field_has_its_limit(void **state)
{
	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++)
		for (size_t i = 0; i < type_of(verb)->field_count; i++) {
			const struct ipc_field *field = &type_of(verb)->fields[i];
			AUTO_IN_PLACE(buf) good = buf_init(IPC_PACKET_MAX),
					   bad = buf_init(IPC_PACKET_MAX);
			struct fault f = { 0 };
			union body got;

			if (field->kind != IPC_BYTES)
				continue;
			body_with(&good, type_of(verb), i, field->max);
			body_with(&bad, type_of(verb), i, field->max + 1);
			expect_fault(field->name, body_read(&got, verb, buf_slice(&good), &f), &f,
				ST_OK, NULL);
			expect_fault(field->name, body_read(&got, verb, buf_slice(&bad), &f), &f,
				ST_INPUT, "ipc.field");
		}
}

/* Lengths with the high bit, that wrap around, that point far behind the packet. */
static void lengths_that_lie(void **state)
{
	static const uint32_t lies[] = { 0xffffffff, 0xfffffffc, 0x80000000, 0x7fffffff, 65536 };

	(void)state;
	for (unsigned verb = 1; verb < VERBS; verb++)
		for (size_t i = 0; i < COUNT(lies); i++) {
			AUTO_IN_PLACE(buf) body = buf_init(IPC_PACKET_MAX);
			struct fault f = { 0 };
			union body got;

			for (size_t n = 0; n < type_of(verb)->field_count; n++)
				buf_put_u32(&body, lies[i]);
			if (body_read(&got, verb, buf_slice(&body), &f) == ST_OK)
				assert_int_equal(type_of(verb)->fields[0].kind, IPC_U32);
			else
				assert_string_equal(f.code, "ipc.field");
		}
}

static void unknown_verbs(void **state)
{
	static const unsigned codes[] = { VERB_NONE, VERBS, VERBS + 1, 0x100 + VERB_KEY_ASK,
		0xffff };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);
		struct ipc_packet p;
		struct fault f = { 0 };

		buf_put_u16(&packet, (uint16_t)codes[i]);
		buf_put_u16(&packet, 0);
		buf_put_u32(&packet, 4);
		buf_put_u64(&packet, ID);
		buf_put_u32(&packet, 0);
		expect_fault("unknown", ipc_head_parse(&p, &verbs, buf_slice(&packet), &f), &f,
			ST_INPUT, "ipc.type");
	}
}

/* --- our own mistakes --- */

struct mistake {
	unsigned verb;
	size_t field;
};

static int bug_oversized(void *context)
{
	const struct mistake *m = context;
	const struct ipc_field *field = &type_of(m->verb)->fields[m->field];
	AUTO_IN_PLACE(buf) packet = buf_init(2 * IPC_PACKET_MAX);
	union body body;

	body_fill(&body, type_of(m->verb), false);
	field_fill(body.bytes + field->offset, field, m->field, field->max + 1);
	ipc_format(&packet, &verbs, m->verb, ID, body.bytes);
	return 0;
}

static void nothing_oversized_is_written(void **state)
{
	struct mistake m = { .verb = 1 };

	(void)state;
	for (; m.verb < VERBS; m.verb++)
		for (m.field = 0; m.field < type_of(m.verb)->field_count; m.field++)
			if (type_of(m.verb)->fields[m.field].kind == IPC_BYTES &&
				!aborts(bug_oversized, &m))
				fail_msg("%s: %s is written too long", type_of(m.verb)->name,
					type_of(m.verb)->fields[m.field].name);
}

/* --- who --- */

typedef unsigned __int128 verb_set;
_Static_assert(VERBS <= 128, "a verb is a bit of a set");

#define V(name) ((verb_set)1 << VERB_##name)
#define FROM_MONITOR (V(CONFIG) | V(LINK) | V(DRAIN))
#define ANSWERS \
	(V(MESSAGE) | V(EVENT) | V(CONTENT) | V(LANE) | V(FLAGGED) | V(ANNOUNCED) | V(STANDING) | \
		V(READINESS) | V(LATE) | V(CLOCK) | V(DEFERRAL) | V(HISTORY) | V(REVIEW) | \
		V(MISSED) | V(AGGREGATION) | V(RESOURCE) | V(STATEMENT) | V(CONDITION) | \
		V(COPIED) | V(END))
#define QUESTIONS (V(WAIT) | V(LIST) | V(SHOW) | V(GET) | V(STATUS) | V(REFRESH) | \
	V(REGISTRY) | V(COPY))

static const struct {
	enum role role;
	verb_set says, hears;
} rights[] = {
	{ ROLE_MONITOR, FROM_MONITOR | V(LISTEN) | V(KEY) | V(URGENCY) | V(GATE) |
			V(PROCESS), V(READY) },
	{ ROLE_KEYHOLDER, V(READY) | V(KEY_ANSWER), FROM_MONITOR | V(KEY) | V(KEY_ASK) },
	{ ROLE_EDGE, V(READY) | V(KEY_ASK) | V(SPOOL) | V(OPEN) | V(REFUSE) | V(NOTICE) |
			V(ANNOUNCED),
		FROM_MONITOR | V(URGENCY) | V(GATE) | V(LISTEN) | V(KEY_ANSWER) | V(SPOOLED) |
			V(RECEIPT) | V(TRY_LATER) | V(NOTED) | V(STANDING) },
	{ ROLE_COURIER,
		V(READY) | V(KEY_ASK) | V(CHECK) | V(FAILED) | V(TAKEN) | V(FETCHED) | V(TRIED) |
			V(ANNOUNCED),
		FROM_MONITOR | V(URGENCY) | V(KEY_ANSWER) | V(DELIVER) | V(JUDGED) |
			V(STANDING) | V(REFRESH) },
	{ ROLE_CLIENT, V(SPOOL) | V(OFFER) | V(SUBMIT) | QUESTIONS,
		V(SPOOLED) | V(OFFERED) | V(TRY_LATER) | V(ACCEPTED) | V(PROCESS) | ANSWERS },
};

static void nobody_says_more_than_is_wanted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rights); i++) {
		unsigned bit = ROLE_BIT(rights[i].role);
		verb_set says = 0, hears = 0;

		for (unsigned verb = 1; verb < VERBS; verb++) {
			says |= (verb_set)((type_of(verb)->from & bit) != 0) << verb;
			hears |= (verb_set)((type_of(verb)->to & bit) != 0) << verb;
		}
		for (unsigned verb = 1; verb < VERBS; verb++)
			if ((says ^ rights[i].says) >> verb & 1)
				fail_msg("%s says %s", role_name(rights[i].role),
					type_of(verb)->name);
			else if ((hears ^ rights[i].hears) >> verb & 1)
				fail_msg("%s hears %s", role_name(rights[i].role),
					type_of(verb)->name);
	}
}

static void roles_have_names(void **state)
{
	(void)state;
	for (unsigned role = 0; role < ROLES; role++)
		for (unsigned other = 0; other < role; other++)
			assert_string_not_equal(role_name(role), role_name(other));
	expect_text("keyholder", role_name(ROLE_KEYHOLDER), "keyholder");
	expect_text("none", role_name(ROLES), "unknown");
	expect_text("below", role_name((enum role)-1), "unknown");
}

static int content_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(every_member_travels),
		cmocka_unit_test(every_verb_reads_what_it_wrote),
		cmocka_unit_test(every_verb_cut_at_every_byte),
		cmocka_unit_test(every_packet_cut_at_every_byte),
		cmocka_unit_test(nothing_may_follow),
		cmocka_unit_test(every_field_has_its_limit),
		cmocka_unit_test(lengths_that_lie),
		cmocka_unit_test(unknown_verbs),
		cmocka_unit_test(nothing_oversized_is_written),
		cmocka_unit_test(nobody_says_more_than_is_wanted),
		cmocka_unit_test(roles_have_names),
	};

	return cmocka_run_group_tests_name("verbs", tests, content_make, NULL);
}
