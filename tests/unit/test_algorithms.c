/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two partners may choose: every kind of key with every digest and cipher, both ways, and that
 * the message says what it is made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "as2_parties.h"
#include "bindings/mdn.h"
#include "bindings/micalg.h"
#include "safeguards/cms_peek.h"

#define TEST_SIZE_MAX (UINT64_C(1) << 20)
#define RSA_ALL (ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_PSS) | ALG_BIT(ALG_RSA_OAEP))
#define DOCUMENT S("{\"invoice\": 1}")

/* clang-format off */
static const unsigned ends[] = { UTILITY, P384_PARTY, P521_PARTY, RSA_PARTY };
static const char *const digests[DIGESTS] = { "sha-256", "sha-384", "sha-512" };
static const struct {
	const char *name, *smime_type;
	uint8_t oid_end;
	bool is_cbc;
} ciphers[CIPHERS] = {
	[CIPHER_AES256_GCM] = { "AES-256-GCM", "authenveloped-data", 0x2e, false },
	[CIPHER_AES128_GCM] = { "AES-128-GCM", "authenveloped-data", 0x06, false },
	[CIPHER_AES256_CBC] = { "AES-256-CBC", "enveloped-data", 0x2a, true },
	[CIPHER_AES128_CBC] = { "AES-128-CBC", "enveloped-data", 0x02, true },
};
/* clang-format on */

struct choice {
	const struct party *from, *to;
	enum digest digest;
	enum cipher cipher;
};

static void fail_choice(const struct choice *c, const char *what, const char *got)
{
	fail_msg("%s to %s, %s, %s: %s: %s", c->from->id, c->to->id, digests[c->digest],
		ciphers[c->cipher].name, what, got);
}

static void seal(struct whole *w, const struct choice *c)
{
	const struct as2_sender sender = {
		.own_id = slice_str(c->from->id),
		.partner_id = slice_str(c->to->id),
		.signer = signer_of(c->from),
		.recipient = c->to->encrypt,
		.algorithms = ALG_BIT(ALG_RSA_OAEP),
		.terms = { .sign = true, .encrypt = true, .marked = true, .digest = c->digest,
			.cipher = c->cipher },
	};
	const struct whole_draft draft = {
		.area = AREA_BILLING,
		.message_id = S("018f-1@X"),
		.media_type = S("application/json"),
		.document = DOCUMENT,
		.now_ns = NOW,
	};
	struct fault f = { 0 };

	if (whole_seal(w, &draft, &sender, &f) != ST_OK)
		fail_choice(c, f.code, f.text);
}

static enum status open_whole(struct as2_opened *out, const struct whole *w, const struct choice *c,
	unsigned algorithms, struct fault *f)
{
	const struct opener opener = { c->to->encrypt, c->to->encrypt_key };
	const struct cert *signers[] = { c->from->sign };
	const struct as2_receiver receiver = {
		.own_id = slice_str(c->to->id),
		.openers = &opener,
		.opener_count = 1,
		.partner_id = slice_str(c->from->id),
		.signers = signers,
		.signer_count = 1,
		.algorithms = algorithms,
		.terms = { .sign = true, .encrypt = true, .marked = true },
		.area = AREA_BILLING,
		.now_ns = NOW,
	};
	struct as2_head head;

	TRY(as2_head_parse(&head, buf_slice(&w->headers), f));
	return as2_open(out, &head, buf_slice(&w->body), &receiver, f);
}

static void expect_text_in(const struct choice *c, struct slice text, const char *format,
	const char *name)
{
	AUTO_IN_PLACE(buf) want = buf_init(256);
	size_t at;

	buf_put_text(&want, format);
	buf_put_text(&want, name);
	if (!slice_find(&at, text, buf_slice(&want)))
		fail_choice(c, "missing", buf_text(&want));
}

/* The cipher is the last arc of its identifier. */
static void expect_cipher(const struct choice *c, struct slice body)
{
	struct cms_peek peek;
	struct fault f = { 0 };

	must(cms_peek_read(&peek, body, &f), &f);
	assert_int_equal(peek.cipher.n, 9);
	assert_int_equal(peek.cipher.p[8], ciphers[c->cipher].oid_end);
	assert_int_equal(peek.authenticated, !ciphers[c->cipher].is_cbc);
}

static void choice_works(const struct choice *c)
{
	const bool is_cbc = ciphers[c->cipher].is_cbc;
	AUTO_IN_PLACE(whole) sealed;
	AUTO_IN_PLACE(as2_opened) opened, again;
	struct fault f = { 0 };

	whole_init(&sealed, TEST_SIZE_MAX);
	as2_opened_init(&opened, TEST_SIZE_MAX, -1);
	as2_opened_init(&again, TEST_SIZE_MAX, -1);
	seal(&sealed, c);
	expect_cipher(c, buf_slice(&sealed.body));
	expect_text_in(c, buf_slice(&sealed.headers), "smime-type=", ciphers[c->cipher].smime_type);
	expect_text_in(c, buf_slice(&sealed.headers), "signed-receipt-micalg=required, ",
		digests[c->digest]);
	if (open_whole(&opened, &sealed, c, RSA_ALL | (is_cbc ? ALG_BIT(ALG_AES_CBC) : 0), &f) !=
		ST_OK)
		fail_choice(c, f.code, f.text);
	expect_text_in(c, buf_slice(&opened.entity), "micalg=", digests[c->digest]);
	assert_true(slice_eq(opened.document, DOCUMENT));
	assert_int_equal(opened.facts.digest.kind, c->digest);
	assert_int_equal(opened.mic.kind, c->digest);
	assert_true(digest_eq(&opened.mic, &sealed.mic));
	if (!is_cbc)
		return;
	assert_int_equal(open_whole(&again, &sealed, c, RSA_ALL, &f), ST_AUTH);
	assert_string_equal(f.code, "sealing.algorithm");
}

static void every_choice_works_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends) * COUNT(ends); i++)
		for (enum digest digest = 0; digest < DIGESTS; digest++)
			for (enum cipher cipher = 0; cipher < CIPHERS; cipher++)
				choice_works(&(struct choice){ &parties[ends[i % COUNT(ends)]],
					&parties[ends[i / COUNT(ends)]], digest, cipher });
}

/* --- receipts ------------------------------------------------------------------------- */

static const struct {
	const char *options;
	enum digest want;
	enum status status;
} wishes[] = {
	{ "", DIGEST_SHA512, ST_OK }, /* as the caller would have it */
	{ "signed-receipt-protocol=required, pkcs7-signature", DIGEST_SHA512, ST_OK },
	{ "signed-receipt-micalg=required, sha-384, sha-256", DIGEST_SHA384, ST_OK },
	{ "signed-receipt-micalg=optional, md5, sha1, SHA256", DIGEST_SHA256, ST_OK },
	{ "signed-receipt-micalg=required, sha1", DIGEST_SHA512, ST_INPUT },
	{ "signed-receipt-micalg=required, md5, sha3-256", DIGEST_SHA512, ST_INPUT },
};

static void the_first_that_we_have_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wishes); i++) {
		enum digest kind = DIGEST_SHA512;
		struct fault f = { 0 };

		if (micalg_wish(&kind, slice_str(wishes[i].options), &f) != wishes[i].status ||
			kind != wishes[i].want)
			fail_msg("%s: %s", wishes[i].options, digests[kind]);
		if (wishes[i].status != ST_OK)
			assert_string_equal(f.code, "as2.mic.algorithm");
	}
}

static void receipts_are_signed_as_wished(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends) * DIGESTS; i++) {
		const struct party *p = &parties[ends[i / DIGESTS]];
		const struct choice c = { p, p, i % DIGESTS, 0 };
		AUTO_IN_PLACE(buf) type = buf_init(RECEIPT_TYPE_MAX);
		AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
		const struct cert *signers[] = { p->sign };
		const struct signer signer = signer_of(p);
		struct mdn_draft draft = {
			.mdn = { .original_message_id = S("1@X"), .recipient = S("X"),
				.disposition = S("processed") },
			.digest = c.digest,
			.now_ns = NOW,
		};
		struct signature_facts facts;
		struct fault f = { 0 };
		struct mdn mdn;

		must(mdn_make(&type, &body, &draft, &signer, &f), &f);
		expect_text_in(&c, buf_slice(&type), "micalg=", digests[c.digest]);
		must(mdn_open(&mdn, &facts, buf_slice(&type), buf_slice(&body), signers, 1, RSA_ALL,
			     NOW, &f),
			&f);
		assert_int_equal(facts.digest.kind, c.digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_choice_works_both_ways),
		cmocka_unit_test(the_first_that_we_have_is_taken),
		cmocka_unit_test(receipts_are_signed_as_wished),
	};

	return cmocka_run_group_tests(tests, parties_make, parties_free);
}
