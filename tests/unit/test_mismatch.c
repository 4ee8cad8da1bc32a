/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message whose part is not what was signed is refused, and the refusal says what was signed
 * instead; but only when the partner's own signature says so.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "bindings/multipart_signed.h"
#include "bindings/variants.h"

#define ROOM 65536
#define HEAD "Content-Type: text/plain\r\n\r\n"
#define B64 "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
#define BY_RULE "not over the part as it travels (RFC 4130 7.3.1): sha-256 signed "

/* clang-format off */
static const struct {
	const char *name;
	struct slice is_signed, is_sent;
	const char *says;
} cases[] = {
	{ "LF signed, CRLF sent", S(HEAD "a\nb\n"), S(HEAD "a\r\nb\r\n"),
		"the signature is over the same bytes, its content with LF line ends, " BY_RULE },
	{ "CRLF signed, LF sent", S(HEAD "a\r\nb"), S(HEAD "a\nb"),
		"the signature is over the same bytes, with CRLF line ends, " BY_RULE },
	{ "the boundary's line end signed", S(HEAD "a\r\n"), S(HEAD "a"),
		"the signature is over the same bytes, and a line end after it, " BY_RULE },
	{ "headers not signed", S("a"), S(HEAD "a"),
		"the signature is over the content without its headers, " BY_RULE },
	{ "signed before it was encoded", S("a\r\nb"), S(B64 "YQ0KYg=="),
		"the signature is over the decoded content alone, " BY_RULE },
	{ "changed", S(HEAD "pay 1"), S(HEAD "pay 2"),
		"the signed part was changed: no known variant of it matches: sha-256 signed " },
};
/* clang-format on */

static void body_put(
	struct buf *out, struct slice is_signed, struct slice is_sent, const struct party *by)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signer signer = signer_of(by);
	struct fault f = { 0 };

	must(sign_whole(&der, is_signed, &signer, NOW, &f), &f);
	multipart_signed_begin(out, "b");
	buf_put(out, is_sent);
	multipart_signed_end(out, "b", buf_slice(&der));
}

static enum status open_tolerant(
	struct as2_opened *opened, struct slice body, unsigned tolerates, struct fault *f)
{
	const struct cert *signers[] = { parties[AGGREGATOR].sign };
	const struct as2_receiver receiver = {
		.own_id = slice_str(parties[UTILITY].id),
		.partner_id = slice_str(parties[AGGREGATOR].id),
		.signers = signers,
		.signer_count = 1,
		.terms = { .sign = true },
		.tolerates = tolerates,
		.area = AREA_BILLING,
		.now_ns = NOW,
	};
	struct as2_head head = { .from = receiver.partner_id,
		.to = receiver.own_id,
		.message_id = S("1@x"),
		.content_type = S("multipart/signed; boundary=b") };

	as2_opened_init(opened, ROOM, -1);
	return as2_open(opened, &head, body, &receiver, f);
}

static enum status open_body(struct slice body, struct fault *f)
{
	AUTO_IN_PLACE(as2_opened) opened;

	return open_tolerant(&opened, body, 0, f);
}

static enum status exchange(struct slice is_signed, struct slice is_sent, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(ROOM);

	body_put(&body, is_signed, is_sent, &parties[AGGREGATOR]);
	return open_body(buf_slice(&body), f);
}

static void the_refusal_names_what_was_signed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };

		expect_fault(cases[i].name, exchange(cases[i].is_sent, cases[i].is_sent, &f), &f,
			ST_OK, NULL);
		expect_fault(cases[i].name, exchange(cases[i].is_signed, cases[i].is_sent, &f), &f,
			ST_AUTH, "signature.digest");
		expect_says(cases[i].name, &f, cases[i].says);
		expect_says(cases[i].name, &f, ", computed ");
	}
}

/* The value of the signature is damaged: what it claims is nobody's word. */
static void a_claim_nobody_signed_is_not_explained(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX), body = buf_init(ROOM);
	struct signer signer = signer_of(&parties[AGGREGATOR]);
	struct fault f = { 0 };
	uint8_t last;

	(void)state;
	must(sign_whole(&der, S(HEAD "a\nb"), &signer, NOW, &f), &f);
	last = der.p[der.n - 1] ^ 1;
	buf_set(&der, der.n - 1, slice_of(&last, 1));
	multipart_signed_begin(&body, "b");
	buf_put(&body, S(HEAD "a\r\nb"));
	multipart_signed_end(&body, "b", buf_slice(&der));
	expect_fault("damaged", open_body(buf_slice(&body), &f), &f, ST_AUTH, "signature.digest");
	expect_says("damaged", &f, "the content was changed: sha-256 signed ");
}

static void a_stranger_is_not_explained_to(void **state)
{
	AUTO_IN_PLACE(buf) body = buf_init(ROOM);
	struct fault f = { 0 };

	(void)state;
	body_put(&body, S(HEAD "a\nb"), S(HEAD "a\r\nb"), &parties[STRANGER]);
	expect_fault("stranger", open_body(buf_slice(&body), &f), &f, ST_AUTH,
		"signature.unknown-signer");
}

/* --- tolerated -------------------------------------------------------------------- */

#define ENDS_BIT TOLERANCE_BIT(TOLERATE_LINE_ENDINGS)
#define LAST_BIT TOLERANCE_BIT(TOLERATE_LAST_LINE_ENDING)

/* clang-format off */
static const struct {
	const char *name;
	struct slice is_signed, is_sent;
	unsigned needed; /* 0: by no tolerance */
} tolerable[] = {
	{ "LF signed, CRLF sent", S(HEAD "a\nb\n"), S(HEAD "a\r\nb\r\n"), ENDS_BIT },
	{ "LF signed in the headers too", S("Content-Type: text/plain\n\na\n"), S(HEAD "a\r\n"), ENDS_BIT },
	{ "CRLF signed, LF sent", S(HEAD "a\r\nb"), S(HEAD "a\nb"), ENDS_BIT },
	{ "the boundary's line end", S(HEAD "a\r\n"), S(HEAD "a"), LAST_BIT },
	{ "both", S(HEAD "a\nb\n"), S(HEAD "a\r\nb"), ENDS_BIT | LAST_BIT },
	{ "less line ends signed", S(HEAD "a"), S(HEAD "a\r\n"), 0 },
	{ "less line ends signed, LF", S(HEAD "a\nb"), S(HEAD "a\r\nb\r\n"), 0 },
	{ "headers not signed", S("a"), S(HEAD "a"), 0 },
	{ "headers not signed, LF", S("a\nb"), S(HEAD "a\r\nb"), 0 },
	{ "signed before it was encoded", S("a\r\nb"), S(B64 "YQ0KYg=="), 0 },
	{ "changed", S(HEAD "pay 1"), S(HEAD "pay 2"), 0 },
	{ "changed, and other line ends", S(HEAD "pay\n1"), S(HEAD "pay\r\n2"), 0 },
};
/* clang-format on */

static void expect_tolerated(size_t i, unsigned tolerates)
{
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO_IN_PLACE(buf) body = buf_init(ROOM);
	unsigned needed = tolerable[i].needed;
	struct digest_value sent;
	struct fault f = { 0 };

	body_put(&body, tolerable[i].is_signed, tolerable[i].is_sent, &parties[AGGREGATOR]);
	enum status st = open_tolerant(&opened, buf_slice(&body), tolerates, &f);
	if (needed == 0 || (needed & ~tolerates) != 0) {
		expect_fault(tolerable[i].name, st, &f, ST_AUTH, "signature.digest");
		return;
	}
	expect_fault(tolerable[i].name, st, &f, ST_OK, NULL);
	assert_int_equal(opened.tolerated, needed);
	expect_slice(tolerable[i].name, opened.part, tolerable[i].is_sent);
	digest_compute(&sent, DIGEST_SHA256, tolerable[i].is_sent);
	assert_true(digest_eq(&opened.mic, &sent));
	assert_true(opened.facts.signed_ns == NOW);
}

/* Delivered, and receipted, is what came; no tolerance is wider than its name. */
static void only_what_loses_nothing_is_tolerated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tolerable); i++)
		for (unsigned set = 0; set < TOLERANCE_BIT(TOLERANCES); set++)
			expect_tolerated(i, set);
}

static void what_is_right_needs_no_tolerance(void **state)
{
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO_IN_PLACE(buf) body = buf_init(ROOM);
	struct fault f = { 0 };

	(void)state;
	body_put(&body, S(HEAD "a\r\n"), S(HEAD "a\r\n"), &parties[AGGREGATOR]);
	expect_fault("right", open_tolerant(&opened, buf_slice(&body), ENDS_BIT | LAST_BIT, &f), &f,
		ST_OK, NULL);
	assert_int_equal(opened.tolerated, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_refusal_names_what_was_signed),
		cmocka_unit_test(a_claim_nobody_signed_is_not_explained),
		cmocka_unit_test(a_stranger_is_not_explained_to),
		cmocka_unit_test(only_what_loses_nothing_is_tolerated),
		cmocka_unit_test(what_is_right_needs_no_tolerance),
	};

	return cmocka_run_group_tests(tests, parties_make, parties_free);
}
