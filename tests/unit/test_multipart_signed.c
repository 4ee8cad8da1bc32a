/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/signed: what we write is read back to the byte, and nothing unsigned gets in beside
 * it.
 */
#include "exchange_expect.h"

#include "bindings/multipart_signed.h"

#define ROOM 65536
#define PART "Content-Type: text/plain\r\n\r\nbody\r\n"
#define SIGNATURE_HEAD "Content-Type: application/pkcs7-signature\r\n\r\n"
#define SIGNED "--b\r\n" PART "\r\n--b\r\n"

/* --- reading --- */

static const struct {
	const char *name;
	struct slice body;
	const char *code; /* NULL: good */
	struct slice part, signature;
} cases[] = {
	{ "binary", S(SIGNED SIGNATURE_HEAD "DER\0x\r\n--b--\r\n"), NULL, S(PART), S("DER\0x") },
	{ "base64",
		S(SIGNED
			"Content-Type: application/x-pkcs7-signature\r\n"
			"Content-Transfer-Encoding: base64\r\n\r\n"
			"REVS\r\n--b--\r\n"),
		NULL, S(PART), S("DER") },
	{ "type in any case, with a name",
		S(SIGNED
			"content-type: Application/PKCS7-Signature; name=x\r\n\r\n"
			"DER\r\n--b--\r\n"),
		NULL, S(PART), S("DER") },
	{ "text before the first boundary",
		S("for old readers\r\n" SIGNED SIGNATURE_HEAD "DER\r\n--b--\r\n"), NULL, S(PART),
		S("DER") },
	{ "blanks behind", S(SIGNED SIGNATURE_HEAD "DER\r\n--b--\r\n \t\r\n\r\n"), NULL, S(PART),
		S("DER") },
	{ "no line end behind", S(SIGNED SIGNATURE_HEAD "DER\r\n--b--"), NULL, S(PART), S("DER") },
	{ "an empty part is somebody else's to judge",
		S("--b\r\n\r\n--b\r\n" SIGNATURE_HEAD "DER\r\n--b--\r\n"), NULL, S(""), S("DER") },
	{ "a longer boundary inside",
		S("--b\r\n--bb\r\nx\r\n--b\r\n" SIGNATURE_HEAD "DER\r\n--b--\r\n"), NULL,
		S("--bb\r\nx"), S("DER") },
	{ "one part", S("--b\r\n" PART "\r\n--b--\r\n"), "multipart-signed.parts", S(""), S("") },
	{ "three parts", S(SIGNED SIGNATURE_HEAD "DER\r\n--b\r\n" PART "\r\n--b--\r\n"),
		"multipart-signed.parts", S(""), S("") },
	{ "three parts, the signature last",
		S(SIGNED PART "\r\n--b\r\n" SIGNATURE_HEAD "DER\r\n--b--\r\n"),
		"multipart-signed.parts", S(""), S("") },
	{ "no parts", S("--b--\r\n"), "multipart-signed.parts", S(""), S("") },
	{ "nothing", S(""), NULL, S(""), S("") },
	{ "not closed", S(SIGNED SIGNATURE_HEAD "DER\r\n"), "mime.multipart.unclosed", S(""),
		S("") },
	{ "another boundary", S("--c\r\nx\r\n--c--\r\n"), NULL, S(""), S("") },
	{ "text behind", S(SIGNED SIGNATURE_HEAD "DER\r\n--b--\r\nunsigned"),
		"multipart-signed.epilogue", S(""), S("") },
	{ "a NUL behind", S(SIGNED SIGNATURE_HEAD "DER\r\n--b--\r\n\0"),
		"multipart-signed.epilogue", S(""), S("") },
	{ "another multipart behind",
		S(SIGNED SIGNATURE_HEAD "DER\r\n--b--\r\n" SIGNED SIGNATURE_HEAD
					"DER\r\n--b--\r\n"),
		"multipart-signed.epilogue", S(""), S("") },
	{ "no signature", S(SIGNED "Content-Type: text/plain\r\n\r\nx\r\n--b--\r\n"),
		"multipart-signed.signature", S(""), S("") },
	{ "no type", S(SIGNED "\r\nDER\r\n--b--\r\n"), "multipart-signed.signature", S(""), S("") },
	{ "the parts exchanged", S("--b\r\n" SIGNATURE_HEAD "DER\r\n--b\r\n" PART "\r\n--b--\r\n"),
		"multipart-signed.signature", S(""), S("") },
	{ "a type longer by a letter",
		S(SIGNED "Content-Type: application/pkcs7-signatures\r\n\r\nx\r\n--b--\r\n"),
		"multipart-signed.signature", S(""), S("") },
	{ "two types", S(SIGNED "Content-Type: text/plain\r\n" SIGNATURE_HEAD "DER\r\n--b--\r\n"),
		"mime.header.twice", S(""), S("") },
	{ "no base64",
		S(SIGNED "Content-Transfer-Encoding: base64\r\n" SIGNATURE_HEAD "***\r\n--b--\r\n"),
		"base64.syntax", S(""), S("") },
	{ "an unknown encoding",
		S(SIGNED "Content-Transfer-Encoding: x-rot13\r\n" SIGNATURE_HEAD
			 "DER\r\n--b--\r\n"),
		"mime.encoding", S(""), S("") },
	{ "a header without colon", S(SIGNED "Content-Type\r\n\r\nDER\r\n--b--\r\n"),
		"mime.header.colon", S(""), S("") },
};

/* Rows that want neither a fault of that name nor a part: any fault. */
static bool any_fault(size_t i)
{
	return !cases[i].code && cases[i].signature.n == 0;
}

static void multiparts_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) scratch = buf_init(ROOM);
		struct slice part = S("untouched"), signature = { 0 };
		struct fault f = { 0 };
		enum status st = multipart_signed_parse(
			&part, &signature, &scratch, cases[i].body, S("b"), &f);

		if (cases[i].code || any_fault(i)) {
			expect_fault(cases[i].name, st, &f, ST_INPUT, cases[i].code);
			expect_slice(cases[i].name, part, S("untouched"));
			continue;
		}
		expect_fault(cases[i].name, st, &f, ST_OK, NULL);
		expect_slice(cases[i].name, part, cases[i].part);
		expect_slice(cases[i].name, signature, cases[i].signature);
	}
}

static void boundaries_that_are_none(void **state)
{
	static const struct slice boundaries[] = { S(""), S("b "), S("b\"c"), S("b\r\n"),
		S("b\0") };
	AUTO_IN_PLACE(buf) scratch = buf_init(ROOM);
	struct slice part, signature;

	(void)state;
	for (size_t i = 0; i < COUNT(boundaries); i++)
		assert_int_equal(multipart_signed_parse(&part, &signature, &scratch, cases[0].body,
					 boundaries[i], NULL),
			ST_INPUT);
}

/* A body cut anywhere is not a message: its last boundary closes it. */
static void cut_at_every_byte(void **state)
{
	struct slice whole = cases[0].body;

	(void)state;
	for (size_t n = 0; n + sizeof("--\r\n") <= whole.n; n++) {
		AUTO_IN_PLACE(buf) scratch = buf_init(ROOM);
		struct slice part, signature;

		if (multipart_signed_parse(
			    &part, &signature, &scratch, slice_to(whole, n), S("b"), NULL) == ST_OK)
			fail_msg("%zu of %zu bytes", n, whole.n);
	}
}

/* --- writing --- */

static void there_and_back(struct slice part, struct slice signature)
{
	AUTO_IN_PLACE(buf) type = buf_init(ROOM), body = buf_init(ROOM), scratch = buf_init(ROOM);
	struct slice got_part, got_signature;
	struct mime_value value;
	struct fault f = { 0 };

	multipart_signed_type(&type, "=_x.1", DIGEST_SHA256);
	assert_int_equal(mime_value_parse(&value, buf_slice(&type), &f), ST_OK);
	assert_true(multipart_signed_is(&value));
	expect_slice(
		"protocol", mime_param_get(&value, "protocol"), S("application/pkcs7-signature"));
	expect_slice("micalg", mime_param_get(&value, "micalg"), S("sha-256"));
	multipart_signed_begin(&body, "=_x.1");
	buf_put(&body, part);
	multipart_signed_end(&body, "=_x.1", signature);
	expect_fault("read",
		multipart_signed_parse(&got_part, &got_signature, &scratch, buf_slice(&body),
			mime_param_get(&value, "boundary"), &f),
		&f, ST_OK, NULL);
	expect_slice("part", got_part, part);
	expect_slice("signature", got_signature, signature);
}

static void what_we_write_we_read(void **state)
{
	AUTO_IN_PLACE(buf) signature = buf_init(ROOM);

	(void)state;
	for (size_t n = 0; n < 200; n++) {
		there_and_back(S(PART), buf_slice(&signature));
		buf_put_u8(&signature, (uint8_t)(n * 37));
	}
	there_and_back(S(""), S("DER"));
	there_and_back(S("\r\n"), S("DER"));
	there_and_back(S("x\n"), S("DER"));
	there_and_back(S("x\r"), S("DER"));
	there_and_back(S("--\r\n--=_x.12\r\n\0\xff"), S("DER"));
}

static void lines_of_mail_stay_short(void **state)
{
	AUTO_IN_PLACE(buf) signature = buf_init(ROOM), body = buf_init(ROOM);
	struct slice line, rest;

	(void)state;
	put_times(&signature, 0xff, 4000);
	multipart_signed_end(&body, "b", buf_slice(&signature));
	for (rest = buf_slice(&body); slice_cut(&line, &rest, rest, '\n');)
		if (line.n > 77 || line.n == 0 || line.p[line.n - 1] != '\r')
			fail_msg("a line of %zu bytes", line.n);
	assert_int_equal(line.n, 0); /* the last one ends, too */
}

static void only_that_type(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "multipart/signed", true },
		{ "MULTIPART/Signed; boundary=x", true },
		{ "multipart/signe", false },
		{ "multipart/signed2", false },
		{ "multipart/mixed", false },
		{ "", false },
		{ "text/plain; x=\"multipart/signed\"", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mime_value value;

		assert_int_equal(mime_value_parse(&value, slice_str(rows[i].text), NULL), ST_OK);
		if (multipart_signed_is(&value) != rows[i].want)
			fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiparts_are_read),
		cmocka_unit_test(boundaries_that_are_none),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(what_we_write_we_read),
		cmocka_unit_test(lines_of_mail_stay_short),
		cmocka_unit_test(only_that_type),
	};

	return cmocka_run_group_tests_name("multipart-signed", tests, NULL, NULL);
}
