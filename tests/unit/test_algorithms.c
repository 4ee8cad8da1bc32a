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
#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"

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
	bool is_pss;
};

static struct signer signer_by(const struct choice *c)
{
	struct signer signer = signer_of(c->from);

	signer.is_pss = c->is_pss;
	return signer;
}

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
		.signer = signer_by(c),
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
					&parties[ends[i / COUNT(ends)]], digest, cipher, false });
}

/* --- PSS ------------------------------------------------------------------------------ */

/* RFC 4055 2.1: with NULL. */
static void expect_pss_digest(const X509_ALGOR *got, const X509_ALGOR *want)
{
	assert_int_equal(OBJ_cmp(got->algorithm, want->algorithm), 0);
	assert_non_null(got->parameter);
	assert_int_equal(got->parameter->type, V_ASN1_NULL);
}

/* RFC 4056 2.2, 3: the digest is everywhere the same, and the salt is as long. */
static void expect_pss(CMS_ContentInfo *cms, enum digest kind)
{
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	X509_ALGOR *digest, *scheme;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &scheme);
	RSA_PSS_PARAMS *p =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), scheme->parameter);
	assert_int_equal(OBJ_obj2nid(scheme->algorithm), NID_rsassaPss);
	assert_non_null(p);
	expect_pss_digest(p->hashAlgorithm, digest);
	assert_int_equal(OBJ_obj2nid(p->maskGenAlgorithm->algorithm), NID_mgf1);
	X509_ALGOR *mask = ASN1_TYPE_unpack_sequence(
		ASN1_ITEM_rptr(X509_ALGOR), p->maskGenAlgorithm->parameter);
	expect_pss_digest(mask, digest);
	assert_int_equal(ASN1_INTEGER_get(p->saltLength), EVP_MD_get_size(digest_md(kind)));
	assert_null(p->trailerField);
	X509_ALGOR_free(mask);
	RSA_PSS_PARAMS_free(p);
}

/* The library must find it good, too, and not when a bit of it or of the content differs. */
static void expect_verifies(struct slice der, struct slice content, enum digest kind, int want)
{
	const unsigned char *at = der.p;
	AUTO_CMS cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.n);
	AUTO_BIO in = bio_of(content);

	assert_non_null(cms);
	expect_pss(cms, kind);
	assert_int_equal(CMS_verify(cms, NULL, NULL, in, NULL,
				 CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY),
		want);
}

static void the_library_verifies_pss(void **state)
{
	(void)state;
	for (enum digest kind = 0; kind < DIGESTS; kind++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		const struct signer signer =
			signer_by(&(struct choice){ .from = &parties[RSA_PARTY], .is_pss = true });
		struct digest_value digest;
		struct fault f = { 0 };

		digest_compute(&digest, kind, DOCUMENT);
		must(signature_make(&der, &digest, &signer, NOW, &f), &f);
		expect_verifies(buf_slice(&der), DOCUMENT, kind, 1);
		expect_verifies(buf_slice(&der), S("{\"invoice\": 2}"), kind, 0);
		der.p[der.n - 1] ^= 1;
		expect_verifies(buf_slice(&der), DOCUMENT, kind, 0);
	}
}

static void expect_opens(const struct choice *c, unsigned algorithms, enum status want)
{
	AUTO_IN_PLACE(whole) sealed;
	AUTO_IN_PLACE(as2_opened) opened;
	struct fault f = { 0 };

	whole_init(&sealed, TEST_SIZE_MAX);
	as2_opened_init(&opened, TEST_SIZE_MAX, -1);
	seal(&sealed, c);
	if (open_whole(&opened, &sealed, c, algorithms, &f) != want)
		fail_choice(c, f.code, f.text);
	if (want != ST_OK)
		assert_string_equal(f.code, "signature.algorithm");
}

/* Each needs its own word in the agreement; an EC key does not care. */
static void pss_is_read_where_it_is_agreed(void **state)
{
	const struct party *rsa = &parties[RSA_PARTY], *ec = &parties[UTILITY];

	(void)state;
	for (enum digest d = 0; d < DIGESTS; d++) {
		const struct choice pss = { rsa, ec, d, 0, true }, pkcs1 = { rsa, ec, d, 0, false };

		expect_opens(&pss, ALG_BIT(ALG_RSA_PSS), ST_OK);
		expect_opens(&pss, ALG_BIT(ALG_RSA_SIGN), ST_AUTH);
		expect_opens(&pkcs1, ALG_BIT(ALG_RSA_PSS), ST_AUTH);
		expect_opens(&(struct choice){ ec, ec, d, 0, true }, 0, ST_OK);
	}
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
	{ "signed-receipt-micalg=optional,\"sha-384\", sha-256", DIGEST_SHA384, ST_OK },
	{ "signed-receipt-micalg=required,\"sha-384", DIGEST_SHA512, ST_INPUT },
	{ "signed-receipt-micalg=Required,sha1", DIGEST_SHA512, ST_INPUT },
	/* what mendelson, OpenAS2, Cleo and Sterling send for SHA-1, and a script */
	{ "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha1", DIGEST_SHA512, ST_OK },
	{ "signed-receipt-protocol=optional,pkcs7-signature;signed-receipt-micalg=optional,sha-1,md5", DIGEST_SHA512, ST_OK },
	{ "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=optional, rsa-sha1", DIGEST_SHA512, ST_OK },
	{ "signed-receipt-micalg=sha1", DIGEST_SHA512, ST_OK },
	{ "signed-receipt-micalg=sha-256", DIGEST_SHA256, ST_OK },
	{ "signed-receipt-micalg=optional", DIGEST_SHA512, ST_OK },
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

/* What was not done is told to who asked: only what was optional can be not done. */
static void another_digest_is_told(void **state)
{
	static const struct {
		const char *options, *names; /* NULL: nothing is to be told */
	} rows[] = {
		{ "", NULL },
		{ "signed-receipt-protocol=optional, pkcs7-signature", NULL },
		{ "signed-receipt-micalg=optional, sha1, sha-256", NULL },
		{ "signed-receipt-micalg=required, sha1", NULL },
		{ "signed-receipt-micalg=optional, sha1, md5", "sha1, md5" },
		{ "x=y; signed-receipt-micalg = Optional,rsa-sha1 ; z=w", "rsa-sha1" },
		{ "signed-receipt-micalg=sha-1", "sha-1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice names = S("");
		bool is_other = micalg_is_other(&names, slice_str(rows[i].options));

		if (is_other != (rows[i].names != NULL) ||
			!slice_eq(names, slice_str(rows[i].names)))
			fail_msg("%s: '%.*s'", rows[i].options, SLICE_FMT(names));
	}
}

static const struct {
	const char *options;
	const char *code; /* NULL: it can be done */
} demands[] = {
	{ "", NULL },
	{ ";;;=,=;", NULL },
	{ "signed-receipt-protocol=required, pkcs7-signature; "
	  "signed-receipt-micalg=required, md5", NULL },
	{ "SIGNED-Receipt-Protocol = Required,PKCS7-Signature", NULL },
	{ "signed-receipt-protocol=required, \"pkcs7-signature\"", NULL },
	{ "signed-receipt-protocol=required, pgp-signature, x-pkcs7-signature", NULL },
	{ "signed-receipt-protocol=required, pgp-signature", "as2.receipt.protocol" },
	{ "signed-receipt-protocol=required", "as2.receipt.protocol" },
	{ "signed-receipt-protocol=optional, pgp-signature", NULL },
	{ "signed-receipt-protocol=pgp-signature", NULL },
	{ "x-colour=optional, blue", NULL },
	{ "x-colour=required, blue", "as2.receipt.option" },
	{ "signed-receipt-protocol=required, pkcs7-signature; x-colour= REQUIRED ",
		"as2.receipt.option" },
};

static void what_is_required_is_done_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(demands); i++) {
		struct fault f = { 0 };

		enum status status =
			receipt_options_check(slice_str(demands[i].options), &f);
		if (status != (demands[i].code ? ST_INPUT : ST_OK))
			fail_msg("%s: %s", demands[i].options, f.text);
		if (demands[i].code)
			assert_string_equal(f.code, demands[i].code);
	}
}

static void receipts_are_signed_as_wished(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends) * DIGESTS * 2; i++) {
		const struct party *p = &parties[ends[i / 2 / DIGESTS]];
		const struct choice c = { p, p, i / 2 % DIGESTS, 0, i % 2 };
		AUTO_IN_PLACE(buf) type = buf_init(RECEIPT_TYPE_MAX);
		AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
		AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
		const struct cert *signers[] = { p->sign };
		const struct signer signer = signer_by(&c);
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
		must(mdn_open(&mdn, &room, &facts, buf_slice(&type), buf_slice(&body),
			     signers, 1, ALG_BIT(c.is_pss ? ALG_RSA_PSS : ALG_RSA_SIGN), NOW, &f),
			&f);
		assert_int_equal(facts.digest.kind, c.digest);
	}
}

/* --- exceptions ------------------------------------------------------------------------ */

#define DAY_NS (86400 * NS_PER_S)
#define SHA1 EXCEPTION_BIT(EXCEPTION_SHA1)
#define DES EXCEPTION_BIT(EXCEPTION_3DES)
#define SIGNED_PART                                                                            \
	"Content-Type: application/json\r\nTieline-Area: billing\r\nTieline-From: SUNNY-DER\r\n" \
	"Tieline-To: 007909411\r\nTieline-Message-ID: <1@a>\r\n\r\n{}"

/* As old software would: multipart/signed of a CMS by `md`, sealed by `cipher`. */
static void old_put(struct buf *body, const EVP_MD *md, const EVP_CIPHER *cipher)
{
	const struct party *from = &parties[AGGREGATOR], *to = &parties[UTILITY];
	const unsigned flags = CMS_BINARY | CMS_DETACHED;
	AUTO_IN_PLACE(buf) entity = buf_init(TEST_SIZE_MAX), der = buf_init(TEST_SIZE_MAX);
	AUTO_BIO part = bio_of(S(SIGNED_PART));
	AUTO_BIO signature = BIO_new(BIO_s_mem());
	AUTO_BIO sealed = BIO_new(BIO_s_mem());
	STACK_OF(X509) *recipients = sk_X509_new_null();

	AUTO_CMS sign = CMS_sign(NULL, NULL, NULL, part, flags | CMS_PARTIAL);
	assert_non_null(CMS_add1_signer(sign, from->sign->x509, from->sign_key->pkey, md, flags));
	assert_int_equal(CMS_final(sign, part, NULL, flags), 1);
	assert_int_equal(i2d_CMS_bio(signature, sign), 1);
	buf_put_bio(&der, signature);
	buf_put_text(&entity,
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; "
		"boundary=b\r\n\r\n--b\r\n" SIGNED_PART "\r\n--b\r\n"
		"Content-Type: application/pkcs7-signature\r\n"
		"Content-Transfer-Encoding: binary\r\n\r\n");
	buf_put(&entity, buf_slice(&der));
	buf_put_text(&entity, "\r\n--b--\r\n");
	AUTO_BIO in = bio_of(buf_slice(&entity));
	assert_true(sk_X509_push(recipients, to->encrypt->x509) > 0);
	AUTO_CMS seal = CMS_encrypt(recipients, in, cipher, CMS_BINARY);
	sk_X509_free(recipients);
	assert_int_equal(i2d_CMS_bio(sealed, seal), 1);
	buf_put_bio(body, sealed);
}

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
	const EVP_CIPHER *(*cipher)(void);
	int64_t days[EXCEPTIONS]; /* from now to the end; 0: no exception */
	unsigned used;
	const char *code; /* NULL: opened */
	const char *says;
} old[] = {
	{ "nothing old, all excepted", EVP_sha256, EVP_aes_256_gcm, { 5, 5 }, 0, NULL, NULL },
	{ "SHA-1", EVP_sha1, EVP_aes_256_gcm, { 0, 5 }, 0, "signature.algorithm.sha-1", NULL },
	{ "SHA-1, excepted", EVP_sha1, EVP_aes_256_gcm, { 5, 0 }, SHA1, NULL, NULL },
	{ "SHA-1, its last day", EVP_sha1, EVP_aes_256_gcm, { 1, 0 }, SHA1, NULL, NULL },
	{ "SHA-1, too late", EVP_sha1, EVP_aes_256_gcm, { -2, 0 }, 0, "legacy.ended",
		"sha-1 was agreed until 2026-11-20" },
	{ "SHA-1, for ever", EVP_sha1, EVP_aes_256_gcm, { 800, 0 }, 0, "legacy.too-long",
		"until 2029-01-30" },
	{ "Triple DES", EVP_sha256, EVP_des_ede3_cbc, { 5, 0 }, 0, "sealing.algorithm.3des", NULL },
	{ "Triple DES, excepted", EVP_sha256, EVP_des_ede3_cbc, { 0, 5 }, DES, NULL, NULL },
	{ "Triple DES, too late", EVP_sha256, EVP_des_ede3_cbc, { 5, -1 }, 0, "legacy.ended",
		"3des was agreed until" },
	{ "Triple DES, for ever", EVP_sha256, EVP_des_ede3_cbc, { 0, 9000 }, 0, "legacy.too-long",
		NULL },
	{ "both", EVP_sha1, EVP_des_ede3_cbc, { 5, 5 }, SHA1 | DES, NULL, NULL },
	{ "both, one too late", EVP_sha1, EVP_des_ede3_cbc, { -1, 5 }, 0, "legacy.ended", "sha-1" },
	{ "CBC, not agreed", EVP_sha256, EVP_aes_256_cbc, { 5, 5 }, 0, "sealing.algorithm", NULL },
	{ "SHA-224", EVP_sha224, EVP_aes_256_gcm, { 5, 5 }, 0, "signature.algorithm", NULL },
};

static enum status open_old(struct as2_opened *out, struct slice body,
	const struct exceptions *exceptions, struct fault *f)
{
	const struct party *from = &parties[AGGREGATOR], *to = &parties[UTILITY];
	const struct opener opener = { to->encrypt, to->encrypt_key };
	const struct cert *signers[] = { from->sign };
	const struct as2_head head = { .from = slice_str(from->id), .to = slice_str(to->id),
		.message_id = S("1@a"), .version = S("1.2"),
		.content_type = S("application/pkcs7-mime") };
	const struct as2_receiver receiver = {
		.own_id = head.to,
		.openers = &opener,
		.opener_count = 1,
		.partner_id = head.from,
		.signers = signers,
		.signer_count = 1,
		.exceptions = exceptions,
		.terms = { .sign = true, .encrypt = true, .marked = true },
		.area = AREA_BILLING,
		.now_ns = NOW,
	};

	return as2_open(out, &head, body, &receiver, f);
}

/* NOW is within its day: a day ends at midnight. */
static struct exceptions ending_in(const int64_t days[EXCEPTIONS])
{
	struct exceptions out = { 0 };

	for (enum exception i = 0; i < EXCEPTIONS; i++)
		if (days[i] != 0)
			out.end_ns[i] = NOW - NOW % DAY_NS + days[i] * DAY_NS;
	return out;
}

static void what_is_old_needs_an_exception_that_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(old); i++) {
		const struct exceptions exceptions = ending_in(old[i].days);
		AUTO_IN_PLACE(buf) body = buf_init(TEST_SIZE_MAX);
		AUTO_IN_PLACE(as2_opened) opened;
		struct fault f = { 0 };

		as2_opened_init(&opened, TEST_SIZE_MAX, -1);
		old_put(&body, old[i].md(), old[i].cipher());
		if (open_old(&opened, buf_slice(&body), &exceptions, &f) != ST_OK) {
			if (!old[i].code || strcmp(f.code, old[i].code) != 0 ||
				(old[i].says && !strstr(f.text, old[i].says)))
				fail_msg("%s: %s: %s", old[i].name, f.code, f.text);
			continue;
		}
		if (old[i].code)
			fail_msg("%s was opened", old[i].name);
		assert_int_equal(opened.exceptions, old[i].used);
		assert_int_equal(opened.mic.kind, DIGEST_SHA256);
		assert_true(slice_eq(opened.document, S("{}")));
	}
}

/* Whoever changes what he cannot read learns nothing by the answer. */
static void altered_triple_des_is_one_fault(void **state)
{
	const struct exceptions exceptions = ending_in((int64_t[EXCEPTIONS]){ 0, 5 });
	AUTO_IN_PLACE(buf) body = buf_init(TEST_SIZE_MAX);

	(void)state;
	old_put(&body, EVP_sha256(), EVP_des_ede3_cbc());
	for (size_t back = 1; back <= 8; back++) {
		AUTO_IN_PLACE(as2_opened) opened;
		struct fault f = { 0 };

		as2_opened_init(&opened, TEST_SIZE_MAX, -1);
		body.p[body.n - back] ^= 0x41;
		assert_int_equal(open_old(&opened, buf_slice(&body), &exceptions, &f), ST_AUTH);
		assert_string_equal(f.code, "sealing.decrypt");
		body.p[body.n - back] ^= 0x41;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_choice_works_both_ways),
		cmocka_unit_test(the_library_verifies_pss),
		cmocka_unit_test(pss_is_read_where_it_is_agreed),
		cmocka_unit_test(the_first_that_we_have_is_taken),
		cmocka_unit_test(another_digest_is_told),
		cmocka_unit_test(what_is_required_is_done_or_refused),
		cmocka_unit_test(receipts_are_signed_as_wished),
		cmocka_unit_test(what_is_old_needs_an_exception_that_holds),
		cmocka_unit_test(altered_triple_des_is_one_fault),
	};

	return cmocka_run_group_tests(tests, parties_make, parties_free);
}
