/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at sealed content before it is opened: the facts are those of the bytes, in DER and BER;
 * any part that is missing, another, cut, too long or too deep is refused with the place.
 */
#include "exchange_expect.h"

#include "safeguards/cms_peek.h"

#define SIZE_MAX_HERE 65536
#define OID_SEALED "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17" /* AuthEnvelopedData */
#define OID_ENVELOPED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
#define OID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_GCM "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e"
#define TWELVE "123456789abc"
#define SIXTEEN "0123456789abcdef"
#define PART(text)                                           \
	{                                                    \
		(const uint8_t *)("" text), sizeof(text) - 1 \
	}

/* The leaves of the structure in their order; the shells around them are made by build(). */
enum part {
	TYPE,
	VERSION,
	ORIGINATOR,
	RECIPIENTS,
	CONTENT_TYPE,
	CIPHER,
	PARAMETERS,
	BODY,
	ATTRIBUTES,
	MAC,
	PARTS
};

static const struct slice usual[PARTS] = {
	[TYPE] = PART(OID_SEALED),
	[VERSION] = PART("\x02\x01\x00"),
	[RECIPIENTS] = PART("\x31\x02\x05\x00"),
	[CONTENT_TYPE] = PART(OID_DATA),
	[CIPHER] = PART(OID_GCM),
	[PARAMETERS] = PART("\x30\x11\x04\x0c" TWELVE "\x02\x01\x10"),
	[BODY] = PART("\x80\x05hello"),
	[MAC] = PART("\x04\x10" SIXTEEN),
};

/* `ber`: an indefinite length. */
static void shell(struct buf *out, uint8_t tag, const struct buf *content, bool ber)
{
	buf_put_u8(out, tag);
	if (ber) {
		buf_put_u8(out, 0x80);
		buf_put(out, buf_slice(content));
		buf_put_u16(out, 0);
		return;
	}
	buf_put_u8(out, 0x82);
	buf_put_u16(out, (uint16_t)content->n);
	buf_put(out, buf_slice(content));
}

static void build(struct buf *out, const struct slice parts[PARTS], bool ber)
{
	AUTO_IN_PLACE(buf) algorithm = buf_init(SIZE_MAX_HERE);
	AUTO_IN_PLACE(buf) info = buf_init(SIZE_MAX_HERE);
	AUTO_IN_PLACE(buf) data = buf_init(SIZE_MAX_HERE);
	AUTO_IN_PLACE(buf) content = buf_init(SIZE_MAX_HERE);
	AUTO_IN_PLACE(buf) all = buf_init(SIZE_MAX_HERE);

	buf_put(&algorithm, parts[CIPHER]);
	buf_put(&algorithm, parts[PARAMETERS]);
	buf_put(&info, parts[CONTENT_TYPE]);
	shell(&info, 0x30, &algorithm, ber);
	buf_put(&info, parts[BODY]);
	for (enum part i = VERSION; i <= RECIPIENTS; i++)
		buf_put(&data, parts[i]);
	shell(&data, 0x30, &info, ber);
	buf_put(&data, parts[ATTRIBUTES]);
	buf_put(&data, parts[MAC]);
	shell(&content, 0x30, &data, ber);
	buf_put(&all, parts[TYPE]);
	shell(&all, 0xa0, &content, ber);
	shell(out, 0x30, &all, ber);
}

static void build_with(struct buf *out, enum part which, struct slice part, bool ber)
{
	struct slice parts[PARTS];

	for (enum part i = 0; i < PARTS; i++)
		parts[i] = i == which ? part : usual[i];
	build(out, parts, ber);
}

/* --- facts ------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	enum part which;
	struct slice part;
	size_t nonce_n, tag_n, content_n;
} facts[] = {
	{ "as it is", TYPE, PART(OID_SEALED), 12, 16, 5 },
	{ "EnvelopedData has no tag", TYPE, PART(OID_ENVELOPED), 12, 0, 5 },
	{ "an originator", ORIGINATOR, PART("\xa0\x02\x05\x00"), 12, 16, 5 },
	{ "authenticated attributes", ATTRIBUTES, PART("\xa1\x02\x05\x00"), 12, 16, 5 },
	{ "a version of many bytes", VERSION, PART("\x02\x03\x01\x02\x03"), 12, 16, 5 },
	{ "no parameters", PARAMETERS, PART(""), 0, 16, 5 },
	{ "parameters of another kind", PARAMETERS, PART("\x05\x00"), 0, 16, 5 },
	{ "an IV", PARAMETERS, PART("\x04\x10" SIXTEEN), 16, 16, 5 },
	{ "an empty nonce", PARAMETERS, PART("\x30\x02\x04\x00"), 0, 16, 5 },
	{ "a short tag", MAC, PART("\x04\x04" "0123"), 12, 4, 5 },
	{ "no content", BODY, PART("\x80\x00"), 12, 16, 0 },
	{ "content in chunks", BODY, PART("\xa0\x09\x04\x03hel\x04\x02lo"), 12, 16, 9 },
	{ "content in endless chunks", BODY, PART("\xa0\x80\x04\x03hel\x04\x02lo\x00\x00"),
		12, 16, 9 },
	{ "a length longer than needed", BODY, PART("\x80\x84\x00\x00\x00\x05hello"), 12, 16, 5 },
};
/* clang-format on */

static void facts_are_those_of_the_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT(facts); i++) {
		const size_t at = i / 2;
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);
		struct cms_peek peek;
		struct fault f = { 0 };

		build_with(&in, facts[at].which, facts[at].part, i % 2);
		expect_fault(
			facts[at].name, cms_peek_read(&peek, buf_slice(&in), &f), &f, ST_OK, NULL);
		assert_int_equal(peek.authenticated, at != 1);
		expect_slice(facts[at].name, peek.cipher, slice_from(usual[CIPHER], 2));
		assert_int_equal(peek.nonce.n, facts[at].nonce_n);
		assert_int_equal(peek.tag_n, facts[at].tag_n);
		assert_int_equal(peek.content.n, facts[at].content_n);
	}
}

/* --- refused ----------------------------------------------------------------------- */

/* Refused as broken, with nothing written. */
static void refused(const char *name, struct slice in)
{
	struct cms_peek peek = { .nonce.n = 99 };
	struct fault f = { 0 };

	expect_fault(name, cms_peek_read(&peek, in, &f), &f, ST_INPUT, "sealing.syntax");
	if (peek.nonce.n != 99)
		fail_msg("%s: something was written", name);
	if (f.offset > in.n)
		fail_msg("%s: offset %llu is outside", name, (unsigned long long)f.offset);
}

/* clang-format off */
static const struct {
	const char *name;
	enum part which;
	struct slice part;
} broken[] = {
	{ "no type", TYPE, PART("") },
	{ "signed", TYPE, PART(OID_SIGNED) },
	{ "plain", TYPE, PART(OID_DATA) },
	{ "a longer type", TYPE, PART("\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\x01") },
	{ "an empty type", TYPE, PART("\x06\x00") },
	{ "no version", VERSION, PART("") },
	{ "a version as text", VERSION, PART("\x0c\x01" "0") },
	{ "no recipients", RECIPIENTS, PART("") },
	{ "a sequence of recipients", RECIPIENTS, PART("\x30\x02\x05\x00") },
	{ "no content type", CONTENT_TYPE, PART("") },
	{ "no cipher", CIPHER, PART("") },
	{ "a cipher by name", CIPHER, PART("\x0c\x03GCM") },
	{ "parameters without nonce", PARAMETERS, PART("\x30\x03\x02\x01\x10") },
	{ "empty parameters", PARAMETERS, PART("\x30\x00") },
	{ "a nonce cut", PARAMETERS, PART("\x30\x03\x04\x0c" "1") },
	{ "no encrypted content", BODY, PART("") },
	{ "content with another tag", BODY, PART("\x04\x05hello") },
	{ "content in another context", BODY, PART("\x81\x05hello") },
	{ "no tag", MAC, PART("") },
	{ "a tag of bits", MAC, PART("\x03\x02\x00\x01") },
	{ "attributes instead of a tag", MAC, PART("\xa2\x00") },
	{ "a length of seven bytes", BODY, PART("\x80\x87\x00\x00\x00\x00\x00\x00\x05hello") },
	{ "a length of 127 bytes", BODY, PART("\x80\xff\x00\x00\x00\x00\x05hello") },
	{ "a length as large as can be", BODY, PART("\x80\x86\xff\xff\xff\xff\xff\xffhello") },
	{ "a length beyond the end", MAC, PART("\x04\x11" SIXTEEN) },
	{ "a length cut", MAC, PART("\x04\x82\x01") },
	{ "a missing length", MAC, PART("\x04") },
	{ "a long tag", BODY, PART("\x9f\x01\x05hello") },
	{ "chunks without an end", BODY, PART("\xa0\x80\x04\x03hel\x04\x02lo") },
	{ "chunks with half an end", BODY, PART("\xa0\x80\x04\x03hel\x04\x02lo\x00") },
};
/* clang-format on */

static void broken_parts_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);

		build_with(&in, broken[i].which, broken[i].part, false);
		refused(broken[i].name, buf_slice(&in));
	}
}

/* Offsets count from the beginning of the structure, whatever they are nested in. */
static void the_place_is_named(void **state)
{
	static const struct {
		const char *name;
		enum part which;
		struct slice part;
		uint64_t offset;
		const char *says;
	} cases[] = {
		{ "version", VERSION, PART(""), 25, "a missing version at byte 25 " },
		{ "recipients", RECIPIENTS, PART(""), 28, "missing recipients at byte 28 " },
		{ "content type", CONTENT_TYPE, PART(""), 36, "a missing content type" },
		{ "cipher", CIPHER, PART(""), 51, "a missing cipher identifier" },
		{ "nonce", PARAMETERS, PART("\x30\x03\x02\x01\x10"), 64, "a missing nonce" },
		{ "content", BODY, PART("\x04\x00"), 81, "missing encrypted content" },
		{ "tag", MAC, PART("\x03\x02\x00\x01"), 88, "a missing authentication tag" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);
		struct cms_peek peek;
		struct fault f = { 0 };

		build_with(&in, cases[i].which, cases[i].part, false);
		expect_fault(cases[i].name, cms_peek_read(&peek, buf_slice(&in), &f), &f, ST_INPUT,
			"sealing.syntax");
		expect_says(cases[i].name, &f, cases[i].says);
		assert_int_equal(f.offset, cases[i].offset);
	}
}

static void cuts_and_additions_are_refused(void **state)
{
	(void)state;
	for (int ber = 0; ber < 2; ber++) {
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);

		build(&in, usual, ber);
		for (size_t n = 0; n < in.n; n++)
			refused("cut", slice_to(buf_slice(&in), n));
		buf_put_u8(&in, 0);
		refused("a byte more", buf_slice(&in));
		buf_put_u8(&in, 0);
		refused("two bytes more", buf_slice(&in));
	}
}

static bool lies_in(struct slice part, struct slice all)
{
	return part.p >= all.p && part.n <= all.n && (size_t)(part.p - all.p) <= all.n - part.n;
}

/* Every value of every byte: refused with a place inside, or facts inside. */
static void no_byte_leads_outside(void **state)
{
	(void)state;
	for (int ber = 0; ber < 2; ber++) {
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);

		build(&in, usual, ber);
		for (size_t i = 0; i < in.n * 256; i++) {
			uint8_t before = in.p[i / 256];
			struct cms_peek peek;
			struct fault f = { 0 };

			in.p[i / 256] = (uint8_t)i;
			if (cms_peek_read(&peek, buf_slice(&in), &f) != ST_OK)
				assert_true(f.status == ST_INPUT && f.offset <= in.n);
			else if (!lies_in(peek.cipher, buf_slice(&in)) || peek.nonce.n > in.n ||
				peek.tag_n > in.n || peek.content.n > in.n)
				fail_msg("byte %zu leads outside", i / 256);
			in.p[i / 256] = before;
		}
	}
}

/* --- depth ------------------------------------------------------------------------- */

/* Recipients are skipped, and how deep they are nested is the sender's choice. */
static void nested_recipients(struct buf *in, size_t depth)
{
	AUTO_IN_PLACE(buf) recipients = buf_init(SIZE_MAX_HERE);

	for (size_t i = 0; i < depth; i++) {
		buf_put_u8(&recipients, 0x31);
		buf_put_u8(&recipients, 0x80);
	}
	for (size_t i = 0; i < depth; i++)
		buf_put_u16(&recipients, 0);
	build_with(in, RECIPIENTS, buf_slice(&recipients), false);
}

static void depth_is_limited(void **state)
{
	static const struct {
		const char *name;
		size_t depth;
		bool good;
	} cases[] = {
		{ "one", 1, true },
		{ "seventeen", 17, true },
		{ "eighteen", 18, false },
		{ "ten thousand", 10000, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);
		struct cms_peek peek;
		struct fault f = { 0 };

		nested_recipients(&in, cases[i].depth);
		assert_false(in.overflow);
		expect_fault(cases[i].name, cms_peek_read(&peek, buf_slice(&in), &f), &f,
			cases[i].good ? ST_OK : ST_INPUT, "sealing.syntax");
		expect_says(cases[i].name, &f, cases[i].good ? NULL : "too deep");
	}
}

static void a_fault_is_not_needed(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(SIZE_MAX_HERE);
	struct cms_peek peek;

	(void)state;
	build(&in, usual, false);
	assert_int_equal(cms_peek_read(&peek, buf_slice(&in), NULL), ST_OK);
	assert_int_equal(cms_peek_read(&peek, S("\x30"), NULL), ST_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_those_of_the_bytes),
		cmocka_unit_test(broken_parts_are_refused),
		cmocka_unit_test(the_place_is_named),
		cmocka_unit_test(cuts_and_additions_are_refused),
		cmocka_unit_test(no_byte_leads_outside),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(a_fault_is_not_needed),
	};

	return cmocka_run_group_tests_name("cms_peek", tests, NULL, NULL);
}
