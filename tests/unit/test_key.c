/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local private keys, and the three verbs the keyholder serves with them: what fits the key is done
 * and verifies; what does not is refused; and a failed unwrap cannot be told from a good one.
 */
#include "exchange_expect.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>

#include "as2_parties.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/key.h"
#include "terminal.h"

#define PEM_MAX 16384
#define DIGEST_32 S("0123456789abcdef0123456789abcdef")
#define DIGEST_64 S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
#define RSA_SIZE 384 /* bytes of KEY_RSA */

enum { P256, P384, RSA3072, KEYS };
static struct key *keys[KEYS];

static int set_up(void **state)
{
	static const enum key_kind kinds[KEYS] = { KEY_EC_P256, KEY_EC_P384, KEY_RSA };
	struct fault f = { 0 };

	(void)state;
	must(crypto_init(&f), &f);
	for (size_t i = 0; i < KEYS; i++)
		must(key_generate(&keys[i], kinds[i], &f), &f);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		key_free(keys[i]);
	key_free(NULL);
	return 0;
}

/* --- making, reading, writing ------------------------------------------------------ */

static struct cert *cert_of_key(const struct key *key)
{
	struct cert *cert = NULL;
	struct fault f = { 0 };

	must(authority_make(&cert, key, "1", "Test", NOW, &f), &f);
	return cert;
}

static void keys_are_of_their_kind(void **state)
{
	static const struct {
		enum key_kind kind;
		unsigned bits;
	} want[KEYS] = { { KEY_EC_P256, 256 }, { KEY_EC_P384, 384 }, { KEY_RSA, 3072 } };

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		AUTO(cert) cert = cert_of_key(keys[i]);

		assert_int_equal(cert_key_kind(cert), want[i].kind);
		assert_int_equal(cert_key_bits(cert), want[i].bits);
		for (size_t k = 0; k < KEYS; k++)
			assert_int_equal(key_matches(keys[k], cert), k == i);
	}
}

static void each_key_is_another(void **state)
{
	AUTO(cert) cert = cert_of_key(keys[P256]);
	AUTO(key) other = NULL;
	struct fault f = { 0 };

	(void)state;
	must(key_generate(&other, KEY_EC_P256, &f), &f);
	assert_false(key_matches(other, cert));
}

static void keys_are_written_and_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
		AUTO_IN_PLACE(buf) again = buf_init(PEM_MAX);
		AUTO(cert) cert = cert_of_key(keys[i]);
		AUTO(key) key = NULL;
		struct fault f = { 0 };

		key_format_pem(&pem, keys[i]);
		assert_true(slice_has_prefix(buf_slice(&pem), S("-----BEGIN PRIVATE KEY-----\n")));
		expect_fault("read", key_parse_pem(&key, buf_slice(&pem), &f), &f, ST_OK, NULL);
		assert_true(key_matches(key, cert));
		key_format_pem(&again, key);
		assert_true(slice_eq(buf_slice(&again), buf_slice(&pem)));
	}
}

static void not_a_key(const char *name, struct slice pem)
{
	struct key *key = NULL;
	struct fault f = { 0 };

	expect_fault(name, key_parse_pem(&key, pem, &f), &f, ST_INPUT, "key.syntax");
	assert_null(key);
}

static void other_things_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(cert) cert = cert_of_key(keys[P256]);

	(void)state;
	not_a_key("nothing", S(""));
	not_a_key("text", S("key"));
	not_a_key("only a frame", S("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"));
	cert_format_pem(&pem, cert);
	not_a_key("a certificate", buf_slice(&pem));
	buf_clear(&pem);
	key_format_pem(&pem, keys[P256]);
	for (size_t n = 0; n < pem.n - 1; n++) /* the last byte is a line end */
		not_a_key("cut", slice_to(buf_slice(&pem), n));
}

static void encrypted_keys_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO_BIO out = BIO_new(BIO_s_mem());

	(void)state;
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
				 out, keys[P256]->pkey, EVP_aes_256_cbc(), "secret", 6, NULL, NULL),
		1);
	buf_put_bio(&pem, out);
	terminal_watch();
	not_a_key("encrypted", buf_slice(&pem));
	terminal_done();
	assert_int_equal(terminal_asked, 0);
}

/* --- signing ----------------------------------------------------------------------- */

static bool verifies(const struct key *key, const struct key_request *r, struct slice signature)
{
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	if (r->scheme == KEY_SIGN_RSA_PSS) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
	}
	const EVP_MD *md = EVP_get_digestbyname(r->digest_name);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
	return EVP_PKEY_verify(ctx, signature.p, signature.n, r->input.p, r->input.n) == 1;
}

/* clang-format off */
static const struct {
	const char *name;
	unsigned key;
	struct key_request request;
} signing[] = {
	{ "P-256", P256, { KEY_SIGN_ECDSA, "SHA256", { (const uint8_t *)"0123456789abcdef"
		"0123456789abcdef", 32 } } },
	{ "P-384", P384, { KEY_SIGN_ECDSA, "SHA384", { (const uint8_t *)"0123456789abcdef"
		"0123456789abcdef0123456789abcdef", 48 } } },
	{ "v1.5", RSA3072, { KEY_SIGN_RSA_PKCS1, "SHA256", { (const uint8_t *)"0123456789abcdef"
		"0123456789abcdef", 32 } } },
	{ "v1.5, SHA-512", RSA3072, { KEY_SIGN_RSA_PKCS1, "SHA512", { (const uint8_t *)
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 64 } } },
	{ "PSS", RSA3072, { KEY_SIGN_RSA_PSS, "SHA256", { (const uint8_t *)"0123456789abcdef"
		"0123456789abcdef", 32 } } },
	{ "PSS, SHA-384", RSA3072, { KEY_SIGN_RSA_PSS, "SHA384", { (const uint8_t *)
		"0123456789abcdef0123456789abcdef0123456789abcdef", 48 } } },
};
/* clang-format on */

static void signature_try(size_t i)
{
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
	const struct key *key = keys[signing[i].key];
	struct key_request other = signing[i].request;
	struct fault f = { 0 };

	expect_fault(
		signing[i].name, key_serve(&out, key, &signing[i].request, &f), &f, ST_OK, NULL);
	assert_true(verifies(key, &signing[i].request, buf_slice(&out)));
	other.input = slice_to(
		S("fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"), other.input.n);
	assert_false(verifies(key, &other, buf_slice(&out)));
}

/* A key is prepared for what it did last: each scheme follows itself and every other. */
static void signatures_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signing); i++)
		for (size_t j = 0; j < COUNT(signing); j++) {
			signature_try(i);
			signature_try(j);
		}
}

/* --- refusing ---------------------------------------------------------------------- */

static void refused(const char *name, unsigned key, const struct key_request *r)
{
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
	struct fault f = { 0 };

	expect_fault(name, key_serve(&out, keys[key], r, &f), &f, ST_INPUT, "key.request");
	assert_int_equal(out.n, 0);
}

static void schemes_fit_the_kind(void **state)
{
	(void)state;
	for (unsigned scheme = 0; scheme < KEY_SCHEMES; scheme++) {
		struct key_request r = { scheme, "SHA256", DIGEST_32 };
		bool for_ec = scheme == KEY_SIGN_ECDSA || scheme == KEY_AGREE_ECDH;

		refused("another kind", for_ec ? RSA3072 : P256, &r);
		if (!for_ec)
			refused("another kind", P384, &r);
	}
	refused("beyond", P256, &(struct key_request){ KEY_SCHEMES, "SHA256", DIGEST_32 });
	refused("far beyond", P256,
		&(struct key_request){ (enum key_scheme)INT32_MAX, "SHA256", DIGEST_32 });
	refused("negative", P256,
		&(struct key_request){ (enum key_scheme) - 1, "SHA256", DIGEST_32 });
}

static void inputs_are_bounded(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(KEY_INPUT_MAX + 1);

	(void)state;
	put_times(&large, 'x', KEY_INPUT_MAX + 1);
	for (unsigned scheme = 0; scheme < KEY_SCHEMES; scheme++) {
		bool for_ec = scheme == KEY_SIGN_ECDSA || scheme == KEY_AGREE_ECDH;
		unsigned key = for_ec ? P256 : RSA3072;

		refused("empty", key, &(struct key_request){ scheme, "SHA256", S("") });
		refused("large", key, &(struct key_request){ scheme, "SHA256", buf_slice(&large) });
	}
}

/* Digests only, of SHA-256 or better: nobody gets a signature of bytes of their choice. */
static void only_digests_are_signed(void **state)
{
	static const struct {
		const char *name, *digest;
		size_t n;
	} cases[] = {
		{ "a byte less", "SHA256", 31 },
		{ "a byte more", "SHA256", 33 },
		{ "of another size", "SHA384", 32 },
		{ "SHA-1", "SHA1", 20 },
		{ "SHA-224", "SHA224", 28 },
		{ "MD5", "MD5", 16 },
		{ "unknown", "SHA257", 32 },
		{ "none", "", 32 },
	};
	static const enum key_scheme schemes[] = { KEY_SIGN_ECDSA, KEY_SIGN_RSA_PKCS1,
		KEY_SIGN_RSA_PSS };

	(void)state;
	for (size_t i = 0; i < COUNT(cases) * COUNT(schemes); i++) {
		struct key_request r = { .scheme = schemes[i % COUNT(schemes)] };

		snprintf(r.digest_name, sizeof(r.digest_name), "%s",
			cases[i / COUNT(schemes)].digest);
		r.input = slice_to(DIGEST_64, cases[i / COUNT(schemes)].n);
		refused(cases[i / COUNT(schemes)].name, r.scheme == KEY_SIGN_ECDSA ? P256 : RSA3072,
			&r);
	}
}

static void output_is_bounded(void **state)
{
	AUTO_IN_PLACE(buf) small = buf_init(8);
	struct fault f = { 0 };

	(void)state;
	expect_fault("signature", key_serve(&small, keys[P256], &signing[0].request, &f), &f,
		ST_LIMIT, "buffer.full");
	assert_int_equal(small.n, 0);
}

/* --- unwrapping -------------------------------------------------------------------- */

/* NULL: PKCS#1 v1.5; of MGF1: with the same digest. */
static void encrypt_with(
	struct buf *out, const EVP_MD *oaep, const EVP_MD *mgf1, struct slice plain)
{
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_pkey(NULL, keys[RSA3072]->pkey, NULL);
	uint8_t bytes[RSA_SIZE];
	size_t n = sizeof(bytes);

	assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(
				 ctx, oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING),
		1);
	if (oaep)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, oaep), 1);
	if (mgf1)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf1), 1);
	assert_int_equal(EVP_PKEY_encrypt(ctx, bytes, &n, plain.p, plain.n), 1);
	buf_put(out, slice_of(bytes, n));
}

static void encrypt(struct buf *out, const EVP_MD *oaep, struct slice plain)
{
	encrypt_with(out, oaep, NULL, plain);
}

static const struct {
	const char *name;
	enum key_scheme scheme;
	const EVP_MD *(*md)(void);
	const char *digest;
} unwrapping[] = {
	{ "OAEP", KEY_UNWRAP_OAEP, EVP_sha256, "SHA256" },
	{ "OAEP, SHA-512", KEY_UNWRAP_OAEP, EVP_sha512, "SHA512" },
	{ "v1.5", KEY_UNWRAP_RSA_V15, NULL, "" },
};

static void unwrap(struct buf *out, size_t which, struct slice wrapped)
{
	struct key_request r = { .scheme = unwrapping[which].scheme, .input = wrapped };
	struct fault f = { 0 };

	snprintf(r.digest_name, sizeof(r.digest_name), "%s", unwrapping[which].digest);
	buf_clear(out);
	expect_fault(
		unwrapping[which].name, key_serve(out, keys[RSA3072], &r, &f), &f, ST_OK, NULL);
}

static void wrapped_keys_are_unwrapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unwrapping); i++) {
		AUTO_IN_PLACE(buf) wrapped = buf_init(KEY_INPUT_MAX);
		AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);

		encrypt(&wrapped, unwrapping[i].md ? unwrapping[i].md() : NULL, DIGEST_32);
		unwrap(&out, i, buf_slice(&wrapped));
		expect_slice(unwrapping[i].name, buf_slice(&out), DIGEST_32);
	}
}

/* Changed, cut or padded otherwise: answered as if all were well, with other bytes. */
static void failed_unwraps_answer_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unwrapping); i++) {
		AUTO_IN_PLACE(buf) wrapped = buf_init(KEY_INPUT_MAX);
		AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
		const EVP_MD *md = unwrapping[i].md ? unwrapping[i].md() : NULL;

		encrypt(&wrapped, md, DIGEST_32);
		for (size_t at = 0; at < wrapped.n; at += 16) {
			wrapped.p[at] ^= 1;
			unwrap(&out, i, buf_slice(&wrapped));
			assert_false(slice_eq(buf_slice(&out), DIGEST_32));
			wrapped.p[at] ^= 1;
		}
		unwrap(&out, i, slice_to(buf_slice(&wrapped), wrapped.n - 1));
		assert_int_equal(out.n, 32);
		buf_put_u8(&wrapped, 0);
		unwrap(&out, i, buf_slice(&wrapped));
		assert_int_equal(out.n, 32);
		buf_clear(&wrapped);
		encrypt(&wrapped, md ? NULL : EVP_sha256(), DIGEST_32);
		unwrap(&out, i, buf_slice(&wrapped));
		assert_false(slice_eq(buf_slice(&out), DIGEST_32));
	}
}

static void mgf1_may_be_with_sha_1(void **state)
{
	struct key_request r = { .scheme = KEY_UNWRAP_OAEP_MGF1_SHA1, .digest_name = "SHA256" };
	AUTO_IN_PLACE(buf) wrapped = buf_init(KEY_INPUT_MAX);
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
	struct fault f = { 0 };

	(void)state;
	encrypt_with(&wrapped, EVP_sha256(), EVP_sha1(), DIGEST_32);
	r.input = buf_slice(&wrapped);
	expect_fault("as it is", key_serve(&out, keys[RSA3072], &r, &f), &f, ST_OK, NULL);
	assert_true(slice_eq(buf_slice(&out), DIGEST_32));
	buf_clear(&out);
	r.scheme = KEY_UNWRAP_OAEP;
	expect_fault("as another", key_serve(&out, keys[RSA3072], &r, &f), &f, ST_OK, NULL);
	assert_false(slice_eq(buf_slice(&out), DIGEST_32));
}

static void an_unknown_digest_is_no_oaep(void **state)
{
	struct key_request r = { KEY_UNWRAP_OAEP, "SHA257", DIGEST_32 };
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);

	(void)state;
	assert_int_not_equal(key_serve(&out, keys[RSA3072], &r, NULL), ST_OK);
	assert_int_equal(out.n, 0);
}

/* --- agreeing ---------------------------------------------------------------------- */

static void point_of(struct buf *out, const struct key *key)
{
	unsigned char *point = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(key->pkey, &point);

	assert_true(n > 0);
	buf_put(out, slice_of(point, n));
	OPENSSL_free(point);
}

static void agree(struct buf *out, const struct key *own, const struct key *peer)
{
	AUTO_IN_PLACE(buf) point = buf_init(KEY_INPUT_MAX);
	struct fault f = { 0 };

	point_of(&point, peer);
	must(key_serve(
		     out, own, &(struct key_request){ KEY_AGREE_ECDH, "", buf_slice(&point) }, &f),
		&f);
}

static void both_sides_agree(void **state)
{
	static const enum key_kind kinds[] = { KEY_EC_P256, KEY_EC_P384 };
	static const size_t sizes[] = { 32, 48 };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		AUTO_IN_PLACE(buf) ours = buf_init(KEY_OUTPUT_MAX);
		AUTO_IN_PLACE(buf) theirs = buf_init(KEY_OUTPUT_MAX);
		AUTO(key) other = NULL;
		struct fault f = { 0 };

		must(key_generate(&other, kinds[i], &f), &f);
		agree(&ours, keys[i], other);
		agree(&theirs, other, keys[i]);
		assert_int_equal(ours.n, sizes[i]);
		assert_true(slice_eq(buf_slice(&ours), buf_slice(&theirs)));
	}
}

/* A point off the curve would give the key away bit by bit. */
static void other_points_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) point = buf_init(KEY_INPUT_MAX);
	struct key_request r = { .scheme = KEY_AGREE_ECDH };

	(void)state;
	point_of(&point, keys[P384]);
	r.input = buf_slice(&point);
	refused("of another curve", P256, &r);
	buf_clear(&point);
	point_of(&point, keys[P256]);
	r.input = buf_slice(&point);
	refused("of another curve", P384, &r);
	for (size_t n = 1; n < point.n; n++) {
		r.input = slice_to(buf_slice(&point), n);
		refused("cut", P256, &r);
	}
	for (size_t i = 33; i < point.n; i++) { /* y: x and y together are on the curve */
		point.p[i] ^= 1;
		r.input = buf_slice(&point);
		refused("changed", P256, &r);
		point.p[i] ^= 1;
	}
	refused("infinity", P256, &(struct key_request){ KEY_AGREE_ECDH, "", S("\0") });
	refused("text", P256, &(struct key_request){ KEY_AGREE_ECDH, "", DIGEST_64 });
	put_times(&point, 0, 200);
	r.input = buf_slice(&point);
	refused("larger than any point", P256, &r);
}

#define PASSPHRASE S("eight horses in a row")

static void sealed_keys_need_their_passphrase(void **state)
{
	static const struct {
		const char *name;
		struct slice passphrase;
		enum status want;
		const char *code;
	} cases[] = {
		{ "the same", PASSPHRASE, ST_OK, NULL },
		{ "another", S("nine horses in a row"), ST_AUTH, "key.passphrase" },
		{ "a longer one", S("eight horses in a row."), ST_AUTH, "key.passphrase" },
		{ "none", S(""), ST_AUTH, "key.passphrase" },
	};
	AUTO_IN_PLACE(buf) sealed = buf_init(16384), plain = buf_init(16384);
	struct fault f;

	(void)state;
	key_format_pem(&plain, keys[P256]);
	expect_fault("seal", key_format_sealed(&sealed, keys[P256], PASSPHRASE, &f), &f, ST_OK, NULL);
	assert_true(slice_has_prefix(buf_slice(&sealed), S("-----BEGIN ENCRYPTED PRIVATE KEY-----")));
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(key) opened = NULL;
		AUTO_IN_PLACE(buf) again = buf_init(16384);
		expect_fault(cases[i].name,
			key_parse_sealed(&opened, buf_slice(&sealed), cases[i].passphrase, &f), &f,
			cases[i].want, cases[i].code);
		if (cases[i].want == ST_OK) {
			key_format_pem(&again, opened);
			assert_true(slice_eq(buf_slice(&again), buf_slice(&plain)));
		}
	}
}

static void what_is_not_sealed_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) plain = buf_init(16384);
	AUTO(key) key = NULL;
	struct fault f;

	(void)state;
	key_format_pem(&plain, keys[P256]);
	expect_fault("plain", key_parse_sealed(&key, buf_slice(&plain), PASSPHRASE, &f), &f, ST_INPUT,
		"key.syntax");
	expect_fault("nothing", key_parse_sealed(&key, S(""), PASSPHRASE, &f), &f, ST_INPUT,
		"key.syntax");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_of_their_kind),
		cmocka_unit_test(each_key_is_another),
		cmocka_unit_test(keys_are_written_and_read),
		cmocka_unit_test(other_things_are_refused),
		cmocka_unit_test(encrypted_keys_are_refused),
		cmocka_unit_test(sealed_keys_need_their_passphrase),
		cmocka_unit_test(what_is_not_sealed_is_refused),
		cmocka_unit_test(signatures_verify),
		cmocka_unit_test(schemes_fit_the_kind),
		cmocka_unit_test(inputs_are_bounded),
		cmocka_unit_test(only_digests_are_signed),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(wrapped_keys_are_unwrapped),
		cmocka_unit_test(failed_unwraps_answer_alike),
		cmocka_unit_test(mgf1_may_be_with_sha_1),
		cmocka_unit_test(an_unknown_digest_is_no_oaep),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(other_points_are_refused),
	};

	return cmocka_run_group_tests_name("key", tests, set_up, tear_down);
}
