/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached signatures: ours are accepted, and so are those of other software; whatever was altered,
 * cut, signed by somebody else, too early, too late or by an algorithm not agreed is refused.
 */
#include "exchange_expect.h"

#include <openssl/rsa.h>

#include "as2_parties.h"
#include "base/codec.h"
#include "exchange/agreement.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"
#include "safeguards/signature.h"

#define CONTENT S("content of a message")
#define AGREED_RSA (ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_PSS))

static void sign_by(struct buf *der, const struct signer *signer)
{
	struct fault f = { 0 };

	must(sign_whole(der, CONTENT, signer, NOW, &f), &f);
}

static void sign(struct buf *der, unsigned party)
{
	struct signer signer = signer_of(&parties[party]);

	sign_by(der, &signer);
}

static enum status check(struct signature_facts *facts, struct slice der, unsigned party,
	unsigned algorithms, struct fault *f)
{
	const struct cert *trusted[] = { parties[party].sign };

	return signature_check(facts, der, CONTENT, trusted, 1, algorithms, NOW, f);
}

/* --- ours -------------------------------------------------------------------------- */

static void ours_are_accepted(void **state)
{
	static const unsigned who[] = { UTILITY, RSA_PARTY };
	struct digest_value want;

	(void)state;
	digest_compute(&want, DIGEST_SHA256, CONTENT);
	for (size_t i = 0; i < COUNT(who); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		struct signature_facts facts = { .signer = 99 };
		struct fault f = { 0 };

		sign(&der, who[i]);
		expect_fault(parties[who[i]].id,
			check(&facts, buf_slice(&der), who[i], AGREED_RSA, &f), &f, ST_OK, NULL);
		assert_int_equal(facts.signer, 0);
		assert_true(digest_eq(&facts.digest, &want));
		assert_true(facts.signed_ns == NOW);
	}
}

static void empty_content_can_be_signed(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	const struct cert *trusted[] = { parties[UTILITY].sign };
	struct signer signer = signer_of(&parties[UTILITY]);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	must(sign_whole(&der, S(""), &signer, NOW, &f), &f);
	expect_fault("empty",
		signature_check(&facts, buf_slice(&der), S(""), trusted, 1, 0, NOW, &f), &f, ST_OK,
		NULL);
	expect_fault("a byte more",
		signature_check(&facts, buf_slice(&der), S("x"), trusted, 1, 0, NOW, &f), &f,
		ST_AUTH, "signature.digest");
}

/* As the library would write it: what is in it, its order, its lengths, every algorithm. */
static void library_sign(struct buf *der, const struct party *p, enum digest kind, int64_t now_ns)
{
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
	struct digest_value digest;
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign_ex(NULL, NULL, NULL, NULL, flags, NULL, NULL);
	CMS_SignerInfo *si = CMS_add1_signer(
		cms, p->sign->x509, p->sign_key->pkey, digest_md(kind), flags);
	ASN1_TIME *when = ASN1_TIME_set(NULL, now_ns / NS_PER_S);

	digest_compute(&digest, kind, CONTENT);
	assert_int_equal(CMS_signed_add1_attr_by_NID(
				 si, NID_pkcs9_signingTime, when->type, when, -1),
		1);
	assert_int_equal(CMS_final_digest(cms, digest.bytes, (unsigned)digest.n, NULL, flags), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
	ASN1_TIME_free(when);
}

static void put_again(struct buf *der, struct slice in)
{
	const unsigned char *at = in.p;
	AUTO_CMS cms = d2i_CMS_ContentInfo(NULL, &at, (long)in.n);
	AUTO_BIO out = BIO_new(BIO_s_mem());

	assert_non_null(cms);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

/* Signatures of ECDSA are never the same, nor as long: the algorithms tell. */
static void expect_algorithms(const char *name, struct slice ours, struct slice librarys)
{
	X509_ALGOR *digests[2], *schemes[2];
	CMS_ContentInfo *both[2];

	for (size_t i = 0; i < 2; i++) {
		const unsigned char *at = i ? librarys.p : ours.p;
		both[i] = d2i_CMS_ContentInfo(NULL, &at, (long)(i ? librarys.n : ours.n));
		CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(both[i]), 0),
			NULL, NULL, &digests[i], &schemes[i]);
	}
	if (X509_ALGOR_cmp(digests[0], digests[1]) != 0 ||
		X509_ALGOR_cmp(schemes[0], schemes[1]) != 0)
		fail_msg("%s: other algorithms", name);
	CMS_ContentInfo_free(both[0]);
	CMS_ContentInfo_free(both[1]);
}

static void expect_alike(const char *name, bool is_rsa, struct slice ours, struct slice librarys)
{
	AUTO_IN_PLACE(buf) again = buf_init(SIGNATURE_SIZE_MAX);

	put_again(&again, ours);
	expect_slice(name, buf_slice(&again), ours);
	expect_algorithms(name, ours, librarys);
	if (is_rsa)
		expect_slice(name, ours, librarys);
}

static void ours_are_as_the_librarys(void **state)
{
	static const unsigned who[] = { UTILITY, P384_PARTY, P521_PARTY, RSA_PARTY };
	static const int64_t times[] = { NOW, INT64_C(2556144000) * NS_PER_S }; /* 2051 */

	(void)state;
	for (size_t i = 0; i < COUNT(who) * DIGESTS * COUNT(times); i++) {
		const struct party *p = &parties[who[i % COUNT(who)]];
		enum digest kind = i / COUNT(who) % DIGESTS;
		int64_t now_ns = times[i / COUNT(who) / DIGESTS];
		AUTO_IN_PLACE(buf) ours = buf_init(SIGNATURE_SIZE_MAX);
		AUTO_IN_PLACE(buf) librarys = buf_init(SIGNATURE_SIZE_MAX);
		struct signer signer = signer_of(p);
		struct digest_value digest;
		struct fault f = { 0 };

		digest_compute(&digest, kind, CONTENT);
		must(signature_make(&ours, &digest, &signer, now_ns, &f), &f);
		library_sign(&librarys, p, kind, now_ns);
		expect_alike(p->id, p->kind == KEY_RSA, buf_slice(&ours), buf_slice(&librarys));
	}
}

/* While a partner changes certificates both are trusted, and the facts say which one signed. */
static void the_signer_is_named(void **state)
{
	const struct cert *trusted[] = { parties[STRANGER].sign, parties[UTILITY].encrypt,
		parties[UTILITY].sign };
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	expect_fault("third of three",
		signature_check(
			&facts, buf_slice(&der), CONTENT, trusted, COUNT(trusted), 0, NOW, &f),
		&f, ST_OK, NULL);
	assert_int_equal(facts.signer, 2);
}

static void making_can_fail(void **state)
{
	struct signer another = { .cert = parties[UTILITY].sign,
		.key = parties[STRANGER].sign_key };
	struct signer signer = signer_of(&parties[UTILITY]);
	AUTO_IN_PLACE(buf) small = buf_init(100);
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f = { 0 };

	(void)state;
	expect_fault("key of another", sign_whole(&der, CONTENT, &another, NOW, &f), &f,
		ST_HOST, "signature.make");
	assert_int_equal(der.n, 0);
	expect_fault("small buffer", sign_whole(&small, CONTENT, &signer, NOW, &f), &f,
		ST_LIMIT, "buffer.full");
}

/* --- who signed, and when ---------------------------------------------------------- */

static void only_the_trusted_sign(void **state)
{
	const struct cert *others[] = { parties[STRANGER].sign, parties[UTILITY].encrypt,
		parties[UTILITY].root };
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts = { .signer = 99 };
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	for (size_t n = 0; n <= COUNT(others); n++)
		expect_fault("not among them",
			signature_check(&facts, buf_slice(&der), CONTENT, others, n, 0, NOW, &f),
			&f, ST_AUTH, "signature.unknown-signer");
	assert_int_equal(facts.signer, 99);
}

/* The same issuer, serial number and subject, and another key: what a forger would make. */
static struct cert *forged(const struct cert *original, const struct key *key)
{
	X509 *copy = X509_dup(original->x509);
	unsigned char *bytes = NULL;
	struct cert *made = NULL;
	struct fault f = { 0 };

	assert_non_null(copy);
	assert_int_equal(X509_set_pubkey(copy, key->pkey), 1);
	assert_true(X509_sign(copy, key->pkey, EVP_sha256()) > 0);
	int n = i2d_X509(copy, &bytes);
	assert_true(n > 0);
	must(cert_parse_der(&made, slice_of(bytes, (size_t)n), &f), &f);
	OPENSSL_free(bytes);
	X509_free(copy);
	return made;
}

static void a_name_alone_is_no_key(void **state)
{
	AUTO(cert) forgery = forged(parties[UTILITY].sign, parties[STRANGER].sign_key);
	struct signer forger = { .cert = forgery, .key = parties[STRANGER].sign_key };
	const struct cert *trusted[] = { forgery };
	AUTO_IN_PLACE(buf) by_forger = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) by_utility = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign_by(&by_forger, &forger);
	sign(&by_utility, UTILITY);
	expect_fault("forged", check(&facts, buf_slice(&by_forger), UTILITY, 0, &f), &f, ST_AUTH,
		"signature.value");
	expect_fault("the other way round",
		signature_check(&facts, buf_slice(&by_utility), CONTENT, trusted, 1, 0, NOW, &f),
		&f, ST_AUTH, "signature.value");
}

static void dates_are_kept(void **state)
{
	int64_t from = cert_not_before_ns(parties[UTILITY].sign);
	int64_t until = cert_not_after_ns(parties[UTILITY].sign);
	const struct {
		const char *name;
		int64_t now;
		enum status want;
		const char *code;
	} cases[] = {
		{ "a second early", from - NS_PER_S, ST_AUTH, "cert.not-yet" },
		{ "first second", from, ST_OK, NULL },
		{ "last second", until, ST_OK, NULL },
		{ "a second late", until + NS_PER_S, ST_AUTH, "cert.expired" },
	};
	const struct cert *trusted[] = { parties[UTILITY].sign };
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_fault(cases[i].name,
			signature_check(
				&facts, buf_slice(&der), CONTENT, trusted, 1, 0, cases[i].now, &f),
			&f, cases[i].want, cases[i].code);
}

/* --- other software's -------------------------------------------------------------- */

static bool add_signer(CMS_ContentInfo *cms, unsigned party, const EVP_MD *md, unsigned flags)
{
	const struct party *p = &parties[party];
	CMS_SignerInfo *si = CMS_add1_signer(cms, p->sign->x509, p->sign_key->pkey, md, flags);
	EVP_PKEY_CTX *ctx = si && flags & CMS_KEY_PARAM ? CMS_SignerInfo_get0_pkey_ctx(si) : NULL;

	return si &&
		(!(flags & CMS_KEY_PARAM) ||
			EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1);
}

/* CMS_KEY_PARAM in the flags asks for PSS. */
static void foreign(struct buf *der, const unsigned *who, size_t count, const EVP_MD *md,
	unsigned flags, struct slice content)
{
	AUTO_BIO in = bio_of(content);
	AUTO_BIO out = BIO_new(BIO_s_mem());

	flags |= CMS_BINARY | CMS_PARTIAL;
	AUTO_CMS cms = CMS_sign(NULL, NULL, NULL, in, flags & ~(unsigned)CMS_KEY_PARAM);
	assert_non_null(cms);
	for (size_t i = 0; i < count; i++)
		assert_true(add_signer(cms, who[i], md, flags));
	assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

/* clang-format off */
static const struct {
	const char *name;
	unsigned party;
	const EVP_MD *(*md)(void);
	unsigned flags, algorithms;
	enum status want;
	const char *code;
} foreigners[] = {
	{ "ECDSA, SHA-256", UTILITY, EVP_sha256, CMS_DETACHED, 0, ST_OK, NULL },
	{ "ECDSA, SHA-384", UTILITY, EVP_sha384, CMS_DETACHED, 0, ST_OK, NULL },
	{ "ECDSA, SHA-512", UTILITY, EVP_sha512, CMS_DETACHED, 0, ST_OK, NULL },
	{ "by key identifier", UTILITY, EVP_sha256, CMS_DETACHED | CMS_USE_KEYID, 0, ST_OK, NULL },
	{ "no certificate inside", UTILITY, EVP_sha256, CMS_DETACHED | CMS_NOCERTS, 0,
		ST_OK, NULL },
	{ "the content inside too", UTILITY, EVP_sha256, 0, 0, ST_OK, NULL },
	{ "RSA, agreed", RSA_PARTY, EVP_sha256, CMS_DETACHED, ALG_BIT(ALG_RSA_SIGN), ST_OK, NULL },
	{ "PSS, agreed", RSA_PARTY, EVP_sha256, CMS_DETACHED | CMS_KEY_PARAM, ALG_BIT(ALG_RSA_PSS),
		ST_OK, NULL },
	{ "RSA, nothing agreed", RSA_PARTY, EVP_sha256, CMS_DETACHED, 0,
		ST_AUTH, "signature.algorithm" },
	{ "RSA, PSS agreed", RSA_PARTY, EVP_sha256, CMS_DETACHED,
		~ALG_BIT(ALG_RSA_SIGN), ST_AUTH, "signature.algorithm" },
	{ "PSS, RSA agreed", RSA_PARTY, EVP_sha256, CMS_DETACHED | CMS_KEY_PARAM,
		~ALG_BIT(ALG_RSA_PSS), ST_AUTH, "signature.algorithm" },
	{ "SHA-1", UTILITY, EVP_sha1, CMS_DETACHED, ~ALG_BIT(ALG_SHA1),
		ST_AUTH, "signature.algorithm.sha-1" },
	{ "SHA-1, excepted", UTILITY, EVP_sha1, CMS_DETACHED, ALG_BIT(ALG_SHA1), ST_OK, NULL },
	{ "MD5", RSA_PARTY, EVP_md5, CMS_DETACHED, ~0u, ST_AUTH, "signature.algorithm" },
	{ "SHA-224", UTILITY, EVP_sha224, CMS_DETACHED, ~0u, ST_AUTH, "signature.algorithm" },
	{ "RSA, SHA-1", RSA_PARTY, EVP_sha1, CMS_DETACHED, ~ALG_BIT(ALG_SHA1),
		ST_AUTH, "signature.algorithm.sha-1" },
	{ "RSA, SHA-1, excepted", RSA_PARTY, EVP_sha1, CMS_DETACHED,
		ALG_BIT(ALG_SHA1) | ALG_BIT(ALG_RSA_SIGN), ST_OK, NULL },
	{ "RSA not agreed, SHA-1 excepted", RSA_PARTY, EVP_sha1, CMS_DETACHED,
		ALG_BIT(ALG_SHA1), ST_AUTH, "signature.algorithm" },
	{ "no signed attributes", UTILITY, EVP_sha256, CMS_DETACHED | CMS_NOATTR, ~0u,
		ST_AUTH, "signature.attributes" },
	{ "another's", STRANGER, EVP_sha256, CMS_DETACHED, ~0u,
		ST_AUTH, "signature.unknown-signer" },
};
/* clang-format on */

static void foreign_ones_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(foreigners); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		unsigned party = foreigners[i].party;
		struct signature_facts facts;
		struct fault f = { 0 };

		foreign(&der, &party, 1, foreigners[i].md(), foreigners[i].flags, CONTENT);
		expect_fault(foreigners[i].name,
			check(&facts, buf_slice(&der), party == STRANGER ? UTILITY : party,
				foreigners[i].algorithms, &f),
			&f, foreigners[i].want, foreigners[i].code);
	}
}

/* What was signed as one type must not be taken for another (RFC 5652 11.1). */
static void the_type_of_the_content_is_signed(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX), other = buf_init(SIGNATURE_SIZE_MAX);
	static const unsigned who[] = { UTILITY };
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = NULL;
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	foreign(&der, who, 1, EVP_sha256(), CMS_DETACHED, CONTENT);
	const unsigned char *p = der.p;
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
	assert_non_null(cms);
	assert_int_equal(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_pkcs7_enveloped)), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(&other, out);
	expect_fault("as it was", check(&facts, buf_slice(&der), UTILITY, 0, &f), &f, ST_OK, NULL);
	expect_fault("another type", check(&facts, buf_slice(&other), UTILITY, 0, &f), &f, ST_AUTH,
		"signature.attributes");
}

/* What is inside must not stand in for what was received. */
static void content_inside_is_not_looked_at(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	static const unsigned who[] = { UTILITY };
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	foreign(&der, who, 1, EVP_sha256(), 0, S("other content"));
	expect_fault("inside", check(&facts, buf_slice(&der), UTILITY, 0, &f), &f, ST_AUTH,
		"signature.digest");
}

static void one_of_several_signers_is_enough(void **state)
{
	static const unsigned who[] = { STRANGER, RSA_PARTY, UTILITY };
	static const unsigned strangers[] = { STRANGER, RSA_PARTY };
	AUTO_IN_PLACE(buf) three = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	foreign(&three, who, 3, EVP_sha256(), CMS_DETACHED, CONTENT);
	expect_fault(
		"with ours", check(&facts, buf_slice(&three), UTILITY, 0, &f), &f, ST_OK, NULL);
	foreign(&two, strangers, 2, EVP_sha256(), CMS_DETACHED, CONTENT);
	expect_fault("without", check(&facts, buf_slice(&two), UTILITY, 0, &f), &f, ST_AUTH,
		"signature.unknown-signer");
}

/* --- altered ----------------------------------------------------------------------- */

static void changed_content_names_both_digests(void **state)
{
	static const struct slice changed[] = { S("Content of a message"), S("content of a messag"),
		S("content of a message "), S("") };
	const struct cert *trusted[] = { parties[UTILITY].sign };
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	for (size_t i = 0; i < COUNT(changed); i++)
		expect_fault("changed",
			signature_check(
				&facts, buf_slice(&der), changed[i], trusted, 1, 0, NOW, &f),
			&f, ST_AUTH, "signature.digest");
}

static void both_digests_are_named(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) want = buf_init(256);
	struct digest_value signed_one, computed;
	const struct cert *trusted[] = { parties[UTILITY].sign };
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	digest_compute(&signed_one, DIGEST_SHA256, CONTENT);
	digest_compute(&computed, DIGEST_SHA256, S("other"));
	buf_put_text(&want, "sha-256 signed ");
	base64_format(&want, digest_slice(&signed_one), 0);
	buf_put_text(&want, ", computed ");
	base64_format(&want, digest_slice(&computed), 0);
	expect_fault("other",
		signature_check(&facts, buf_slice(&der), S("other"), trusted, 1, 0, NOW, &f), &f,
		ST_AUTH, "signature.digest");
	expect_says("both", &f, buf_text(&want));
}

static const uint8_t masks[] = { 0x01, 0x80, 0xff };

/*
 * What stands around the signed attributes (versions, the list of digests, certificates, the name
 * of the signature's algorithm) is not signed.  Changing it may go unseen, but must not change what
 * is found, nor make other content acceptable.
 */
static void no_change_changes_the_facts(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	const struct cert *trusted[] = { parties[UTILITY].sign };
	struct digest_value want;

	(void)state;
	sign(&der, UTILITY);
	digest_compute(&want, DIGEST_SHA256, CONTENT);
	for (size_t i = 0; i < der.n * COUNT(masks); i++) {
		struct signature_facts facts = { 0 };
		uint8_t *byte = &der.p[i / COUNT(masks)], mask = masks[i % COUNT(masks)];
		struct slice in = buf_slice(&der);

		*byte ^= mask;
		if (signature_check(&facts, in, S("x"), trusted, 1, ~0u, NOW, NULL) == ST_OK)
			fail_msg("byte %zu made other content acceptable", i / COUNT(masks));
		if (check(&facts, in, UTILITY, ~0u, NULL) == ST_OK &&
			(!digest_eq(&facts.digest, &want) || facts.signed_ns != NOW ||
				facts.signer))
			fail_msg("byte %zu changed the facts", i / COUNT(masks));
		*byte ^= mask;
	}
}

static void refuse_each(struct buf *der, unsigned party, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		for (size_t m = 0; m < COUNT(masks); m++) {
			struct signature_facts facts;

			der->p[i] ^= masks[m];
			if (check(&facts, buf_slice(der), party, AGREED_RSA, NULL) == ST_OK)
				fail_msg("byte %zu of %zu changed by %02x: accepted", i, der->n,
					masks[m]);
			der->p[i] ^= masks[m];
		}
}

/* The signer's name, the digest, the signed attributes; and the value that signs them. */
static void no_signed_byte_can_change(void **state)
{
	static const struct {
		unsigned party;
		struct slice algorithm; /* stands between them */
	} cases[] = {
		{ UTILITY,
			{ (const uint8_t *)"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
				12 } },
		{ RSA_PARTY,
			{ (const uint8_t *)"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
					   "\x05\x00",
				15 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		X509 *cert = parties[cases[i].party].sign->x509;
		const unsigned char *issuer;
		size_t issuer_n, from, to;

		foreign(&der, &cases[i].party, 1, EVP_sha256(), CMS_DETACHED | CMS_NOCERTS,
			CONTENT);
		assert_int_equal(
			X509_NAME_get0_der(X509_get_issuer_name(cert), &issuer, &issuer_n), 1);
		assert_true(slice_find(&from, buf_slice(&der), slice_of(issuer, issuer_n)));
		assert_true(slice_find(&to, buf_slice(&der), cases[i].algorithm));
		refuse_each(&der, cases[i].party, from, to);
		refuse_each(&der, cases[i].party, to + cases[i].algorithm.n, der.n);
	}
}

static void no_cut_is_accepted(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der, UTILITY);
	for (size_t n = 0; n < der.n; n++)
		expect_fault("cut", check(&facts, slice_to(buf_slice(&der), n), UTILITY, 0, &f), &f,
			ST_INPUT, "signature.syntax");
}

#define OID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"

static void other_things_are_no_signatures(void **state)
{
	static const struct {
		const char *name;
		struct slice in;
		enum status want;
		const char *code;
	} cases[] = {
		{ "nothing", { (const uint8_t *)"", 0 }, ST_INPUT, "signature.syntax" },
		{ "text", { (const uint8_t *)"-----BEGIN CMS-----", 19 }, ST_INPUT,
			"signature.syntax" },
		{ "plain data", { (const uint8_t *)"\x30\x0f" OID_DATA "\xa0\x02\x04\x00", 17 },
			ST_INPUT, "signature.syntax" },
		{ "signed by nobody",
			{ (const uint8_t *)"\x30\x23" OID_SIGNED "\xa0\x16\x30\x14\x02\x01"
					   "\x01\x31\x00\x30\x0b" OID_DATA "\x31\x00",
				37 },
			ST_AUTH, "signature.unknown-signer" },
	};
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_fault(cases[i].name, check(&facts, cases[i].in, UTILITY, ~0u, &f), &f,
			cases[i].want, cases[i].code);
}

/* The limit is on what is read, whatever it holds: the same signature is accepted below it. */
static void size_is_limited(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(2 * SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) content = buf_init(SIGNATURE_SIZE_MAX);
	const struct cert *trusted[] = { parties[UTILITY].sign };
	static const unsigned who[] = { UTILITY };
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	put_times(&content, 'x', SIGNATURE_SIZE_MAX - 4096);
	foreign(&der, who, 1, EVP_sha256(), 0, buf_slice(&content));
	expect_fault("below",
		signature_check(
			&facts, buf_slice(&der), buf_slice(&content), trusted, 1, 0, NOW, &f),
		&f, ST_OK, NULL);
	put_times(&content, 'x', 4096);
	buf_clear(&der);
	foreign(&der, who, 1, EVP_sha256(), 0, buf_slice(&content));
	expect_fault("above",
		signature_check(
			&facts, buf_slice(&der), buf_slice(&content), trusted, 1, 0, NOW, &f),
		&f, ST_INPUT, "signature.syntax");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_are_accepted),
		cmocka_unit_test(empty_content_can_be_signed),
		cmocka_unit_test(ours_are_as_the_librarys),
		cmocka_unit_test(the_signer_is_named),
		cmocka_unit_test(making_can_fail),
		cmocka_unit_test(only_the_trusted_sign),
		cmocka_unit_test(a_name_alone_is_no_key),
		cmocka_unit_test(dates_are_kept),
		cmocka_unit_test(foreign_ones_are_judged),
		cmocka_unit_test(the_type_of_the_content_is_signed),
		cmocka_unit_test(content_inside_is_not_looked_at),
		cmocka_unit_test(one_of_several_signers_is_enough),
		cmocka_unit_test(changed_content_names_both_digests),
		cmocka_unit_test(both_digests_are_named),
		cmocka_unit_test(no_change_changes_the_facts),
		cmocka_unit_test(no_signed_byte_can_change),
		cmocka_unit_test(no_cut_is_accepted),
		cmocka_unit_test(other_things_are_no_signatures),
		cmocka_unit_test(size_is_limited),
	};

	return cmocka_run_group_tests_name("signature", tests, parties_make, parties_free);
}
