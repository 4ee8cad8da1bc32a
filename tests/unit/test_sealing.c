/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed content: what we seal opens with the recipient's key and no other; whatever was altered
 * or cut opens to nothing; what is not agreed is refused; and all failures to decrypt look alike.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "exchange/agreement.h"
#include "safeguards/ber.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

#define SECRET S("a secret")
#define SEALED_MAX 100000
#define OAEP ALG_BIT(ALG_RSA_OAEP)
#define V15 ALG_BIT(ALG_RSA_V15)
#define CBC ALG_BIT(ALG_AES_CBC)

static struct opener opener_of(unsigned party)
{
	return (struct opener){ parties[party].encrypt, parties[party].encrypt_key };
}

static void seal(struct buf *der, unsigned party, unsigned algorithms)
{
	struct fault f = { 0 };

	must(seal_whole(der, SECRET, parties[party].encrypt, algorithms, &f), &f);
}

static enum status open_by(
	struct buf *content, struct slice der, unsigned party, unsigned algorithms, struct fault *f)
{
	struct opener opener = opener_of(party);

	return sealing_open(content, der, &opener, 1, algorithms, f);
}

/* Refused like this, with nothing written. */
static void refused(const char *name, struct slice der, unsigned party, unsigned algorithms,
	enum status want, const char *code)
{
	AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
	struct fault f = { 0 };

	expect_fault(name, open_by(&content, der, party, algorithms, &f), &f, want, code);
	if (content.n != 0)
		fail_msg("%s: %zu bytes were written", name, content.n);
}

/* --- ours -------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	unsigned party, algorithms;
	bool authenticated;
} ours[] = {
	{ "P-256, GCM", UTILITY, 0, true },
	{ "P-256, CBC", UTILITY, CBC, false },
	{ "OAEP, GCM", RSA_PARTY, OAEP, true },
	{ "OAEP where both are agreed", RSA_PARTY, OAEP | V15, true },
	{ "OAEP, CBC", RSA_PARTY, OAEP | CBC, false },
	{ "v1.5, GCM", RSA_PARTY, V15, true },
	{ "v1.5, CBC", RSA_PARTY, V15 | CBC, false },
};
/* clang-format on */

static void ours_are_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
		struct cms_peek peek;
		struct fault f = { 0 };
		size_t at;

		seal(&der, ours[i].party, ours[i].algorithms);
		assert_false(slice_find(&at, buf_slice(&der), SECRET));
		must(cms_peek_read(&peek, buf_slice(&der), &f), &f);
		assert_int_equal(peek.authenticated, ours[i].authenticated);
		expect_fault(ours[i].name,
			open_by(&content, buf_slice(&der), ours[i].party, ours[i].algorithms, &f),
			&f, ST_OK, NULL);
		expect_slice(ours[i].name, buf_slice(&content), SECRET);
	}
}

static void the_type_says_what_is_written(void **state)
{
	(void)state;
	expect_text("256 GCM", sealing_smime_type(CIPHER_AES256_GCM), "authenveloped-data");
	expect_text("128 GCM", sealing_smime_type(CIPHER_AES128_GCM), "authenveloped-data");
	expect_text("256 CBC", sealing_smime_type(CIPHER_AES256_CBC), "enveloped-data");
	expect_text("128 CBC", sealing_smime_type(CIPHER_AES128_CBC), "enveloped-data");
}

static void every_size_is_opened(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 65535, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		AUTO_IN_PLACE(buf) content = buf_init(2 << 20);
		AUTO_IN_PLACE(buf) der = buf_init(2 << 20);
		AUTO_IN_PLACE(buf) opened = buf_init(sizes[i / 2] + 16);
		unsigned algorithms = i % 2 ? CBC : 0;
		struct fault f = { 0 };

		put_times(&content, 'x', sizes[i / 2]);
		must(seal_whole(
			     &der, buf_slice(&content), parties[UTILITY].encrypt, algorithms, &f),
			&f);
		expect_fault("size", open_by(&opened, buf_slice(&der), UTILITY, algorithms, &f), &f,
			ST_OK, NULL);
		expect_slice("size", buf_slice(&opened), buf_slice(&content));
	}
}

/* The same content twice must not look the same: nonce and key are fresh. */
/* Byte by byte; then it ends, or cannot go on. */
struct dribble {
	struct slice rest;
	bool fails;
};

static enum status dribble_next(struct slice *piece, void *context, struct fault *f)
{
	struct dribble *d = context;

	if (d->rest.n == 0 && d->fails)
		return fault_set(f, ST_MORE, "file.short", "it ends early");
	*piece = slice_to(d->rest, 1);
	d->rest = slice_from(d->rest, piece->n);
	return ST_OK;
}

static void what_comes_in_pieces_is_one_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT(ours); i++) {
		AUTO_IN_PLACE(buf) room = buf_init(2 * SEALED_MAX);
		AUTO_IN_PLACE(buf) opened = buf_init(SEALED_MAX);
		const unsigned party = ours[i / 2].party, algorithms = ours[i / 2].algorithms;
		struct dribble dribble = { SECRET, i % 2 != 0 };
		const struct sealing_source source = { dribble_next, &dribble };
		struct sealed_form sealed;
		struct fault f = { 0 };

		enum status st = sealing_seal_from(&sealed, &room, &source, parties[party].encrypt,
			algorithms & CBC ? CIPHER_AES256_CBC : CIPHER_AES256_GCM, algorithms, &f);
		expect_fault(ours[i / 2].name, st, &f, dribble.fails ? ST_MORE : ST_OK,
			dribble.fails ? "file.short" : NULL);
		if (st != ST_OK)
			continue;
		must(open_by(&opened, sealed.bytes, party, algorithms, &f), &f);
		expect_slice(ours[i / 2].name, buf_slice(&opened), SECRET);
		if (!sealed_digest_fits(sealed_digest_slice(&sealed.digest), sealed.bytes))
			fail_msg("%s: the digest is of something else", ours[i / 2].name);
	}
}

static void each_seal_is_another(void **state)
{
	AUTO_IN_PLACE(buf) a = buf_init(SEALED_MAX);
	AUTO_IN_PLACE(buf) b = buf_init(SEALED_MAX);

	(void)state;
	seal(&a, UTILITY, 0);
	seal(&b, UTILITY, 0);
	assert_false(
		slice_eq(slice_from(buf_slice(&a), a.n - 60), slice_from(buf_slice(&b), b.n - 60)));
}

static void sealing_can_be_refused(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
	AUTO_IN_PLACE(buf) small = buf_init(100);
	struct fault f = { 0 };

	(void)state;
	expect_fault("RSA, not agreed",
		seal_whole(&der, SECRET, parties[RSA_PARTY].encrypt, 0, &f), &f, ST_AUTH,
		"sealing.algorithm");
	expect_fault("RSA, only signatures agreed",
		seal_whole(&der, SECRET, parties[RSA_PARTY].encrypt,
			ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_PSS) | CBC, &f),
		&f, ST_AUTH, "sealing.algorithm");
	assert_int_equal(der.n, 0);
	expect_fault("small buffer", seal_whole(&small, SECRET, parties[UTILITY].encrypt, 0, &f),
		&f, ST_LIMIT, "buffer.full");
}

/* --- whom it is for ---------------------------------------------------------------- */

static void only_the_recipient_opens(void **state)
{
	static const struct {
		const char *name;
		unsigned party, algorithms, by;
	} cases[] = {
		{ "a stranger of the same kind", UTILITY, 0, STRANGER },
		{ "a stranger of another kind", UTILITY, 0, RSA_PARTY },
		{ "a stranger, CBC", UTILITY, CBC, STRANGER },
		{ "RSA, a stranger", RSA_PARTY, OAEP, UTILITY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, cases[i].party, cases[i].algorithms);
		refused(cases[i].name, buf_slice(&der), cases[i].by, ~0u, ST_AUTH,
			"sealing.recipient");
	}
}

static void one_of_several_openers_fits(void **state)
{
	const struct opener openers[] = { opener_of(STRANGER), opener_of(RSA_PARTY),
		opener_of(UTILITY) };
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
	AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
	struct fault f = { 0 };

	(void)state;
	seal(&der, UTILITY, 0);
	for (size_t n = 0; n < COUNT(openers); n++)
		expect_fault("too few", sealing_open(&content, buf_slice(&der), openers, n, 0, &f),
			&f, ST_AUTH, "sealing.recipient");
	expect_fault("all", sealing_open(&content, buf_slice(&der), openers, COUNT(openers), 0, &f),
		&f, ST_OK, NULL);
	expect_slice("all", buf_slice(&content), SECRET);
}

/*
 * Wrong keys, of all kinds, are told apart neither by code nor by text.  With RSA and CBC there is
 * nothing to tell: a random key gives random bytes, and the signature inside is what protects.
 */
static void wrong_keys_all_look_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++) {
		const struct party *p = &parties[ours[i].party];
		struct opener wrong = { p->encrypt, p->sign_key };
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
		struct fault f = { 0 };
		enum status status;

		seal(&der, ours[i].party, ours[i].algorithms);
		status = sealing_open(&content, buf_slice(&der), &wrong, 1, ~0u, &f);
		if (status == ST_OK && !ours[i].authenticated && ours[i].party == RSA_PARTY)
			continue;
		expect_fault(ours[i].name, status, &f, ST_AUTH, "sealing.decrypt");
		expect_text(ours[i].name, f.text, "the content could not be decrypted");
		assert_int_equal(content.n, 0);
	}
}

/* --- what is agreed ---------------------------------------------------------------- */

static void only_the_agreed_opens(void **state)
{
	static const struct {
		const char *name;
		unsigned party, algorithms, agreed;
	} cases[] = {
		{ "CBC, nothing agreed", UTILITY, CBC, 0 },
		{ "CBC, all else agreed", UTILITY, CBC, ~CBC },
		{ "OAEP, nothing agreed", RSA_PARTY, OAEP, 0 },
		{ "OAEP, all else agreed", RSA_PARTY, OAEP, ~OAEP },
		{ "v1.5, nothing agreed", RSA_PARTY, V15, 0 },
		{ "v1.5, all else agreed", RSA_PARTY, V15, ~V15 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, cases[i].party, cases[i].algorithms);
		refused(cases[i].name, buf_slice(&der), cases[i].party, cases[i].agreed, ST_AUTH,
			"sealing.algorithm");
	}
}

/* As other software would seal it. */
static void foreign(struct buf *der, unsigned party, const EVP_CIPHER *cipher, unsigned flags)
{
	AUTO_BIO in = bio_of(SECRET);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *to = sk_X509_new_null();

	assert_true(sk_X509_push(to, parties[party].encrypt->x509) > 0);
	AUTO_CMS cms = CMS_encrypt(to, in, cipher, flags | CMS_BINARY);
	sk_X509_free(to);
	assert_non_null(cms);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

/* clang-format off */
static const struct {
	const char *name;
	unsigned party;
	const EVP_CIPHER *(*cipher)(void);
	unsigned flags, agreed;
	enum status want;
	const char *code;
} foreigners[] = {
	{ "AES-128-GCM", UTILITY, EVP_aes_128_gcm, 0, 0, ST_OK, NULL },
	{ "AES-256-GCM, by key identifier", UTILITY, EVP_aes_256_gcm, CMS_USE_KEYID, 0,
		ST_OK, NULL },
	{ "AES-256-GCM, RSA, by key identifier", RSA_PARTY, EVP_aes_256_gcm, CMS_USE_KEYID, V15,
		ST_OK, NULL },
	{ "AES-128-CBC", UTILITY, EVP_aes_128_cbc, 0, CBC, ST_OK, NULL },
	{ "AES-128-CBC, not agreed", UTILITY, EVP_aes_128_cbc, 0, 0, ST_AUTH, "sealing.algorithm" },
	{ "AES-192-GCM", UTILITY, EVP_aes_192_gcm, 0, ~0u, ST_AUTH, "sealing.algorithm" },
	{ "AES-192-CBC", UTILITY, EVP_aes_192_cbc, 0, ~0u, ST_AUTH, "sealing.algorithm" },
	{ "Triple DES", UTILITY, EVP_des_ede3_cbc, 0, ~ALG_BIT(ALG_3DES),
		ST_AUTH, "sealing.algorithm.3des" },
	{ "Triple DES, excepted", UTILITY, EVP_des_ede3_cbc, 0, ALG_BIT(ALG_3DES), ST_OK, NULL },
	{ "Triple DES, RSA, excepted", RSA_PARTY, EVP_des_ede3_cbc, 0, ALG_BIT(ALG_3DES) | V15,
		ST_OK, NULL },
	{ "AES-192-CBC where Triple DES is excepted", UTILITY, EVP_aes_192_cbc, 0,
		ALG_BIT(ALG_3DES), ST_AUTH, "sealing.algorithm" },
};
/* clang-format on */

static void foreign_ones_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(foreigners); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
		struct fault f = { 0 };
		unsigned party = foreigners[i].party;

		foreign(&der, party, foreigners[i].cipher(), foreigners[i].flags);
		expect_fault(foreigners[i].name,
			open_by(&content, buf_slice(&der), party, foreigners[i].agreed, &f), &f,
			foreigners[i].want, foreigners[i].code);
		expect_slice(foreigners[i].name, buf_slice(&content),
			foreigners[i].want == ST_OK ? SECRET : S(""));
	}
}

/* --- altered ----------------------------------------------------------------------- */

static const uint8_t masks[] = { 0x01, 0x80, 0xff };

/*
 * Names, versions and the list of algorithms are not authenticated by GCM: changing a byte of those
 * may go unseen.  It must not give other content.
 */
static void no_change_gives_other_content(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

	(void)state;
	seal(&der, UTILITY, 0);
	for (size_t i = 0; i < der.n * COUNT(masks); i++) {
		AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
		uint8_t *byte = &der.p[i / COUNT(masks)], mask = masks[i % COUNT(masks)];
		enum status status;

		*byte ^= mask;
		status = open_by(&content, buf_slice(&der), UTILITY, ~0u, NULL);
		if (!slice_eq(buf_slice(&content), status == ST_OK ? SECRET : S("")))
			fail_msg("byte %zu changed by %02x gave other content", i / COUNT(masks),
				mask);
		*byte ^= mask;
	}
}

/* Where things stand in what we seal, from its end: all behind the names is of constant length. */
struct place {
	const char *what;
	size_t before_end, n; /* bytes */
};

static void refuse_each(struct buf *der, unsigned party, const struct place *place)
{
	size_t from = der->n - place->before_end;

	for (size_t i = from; i < from + place->n; i++)
		for (size_t m = 0; m < COUNT(masks); m++) {
			AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);

			der->p[i] ^= masks[m];
			if (open_by(&content, buf_slice(der), party, ~0u, NULL) == ST_OK ||
				content.n != 0)
				fail_msg("%s: byte %zu changed: opened", place->what, i);
			der->p[i] ^= masks[m];
		}
}

#define GCM_OID "\x60\x86\x48\x01\x65\x03\x04\x01\x2e"
#define CBC_OID "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
#define WRAP_OID "\x60\x86\x48\x01\x65\x03\x04\x01\x2d"
#define PLACE(text)                                       \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

/* The numbers above are worth nothing if the structure changes. */
static void places_are_where_they_are_said(void **state)
{
	static const struct {
		unsigned party;
		size_t before_end;
		struct slice stands;
	} cases[] = {
		{ UTILITY, 296 + 3, PLACE("\x03\x42\x00\x04") },
		{ UTILITY, 217, PLACE(WRAP_OID) },
		{ UTILITY, 113 + 2, PLACE("\x04\x28") },
		{ UTILITY, 56, PLACE(GCM_OID "\x30\x11\x04\x0c") },
		{ UTILITY, 26 + 2, PLACE("\x80\x08") },
		{ UTILITY, 16 + 2, PLACE("\x04\x10") },
		{ RSA_PARTY, 457 + 4, PLACE("\x04\x82\x01\x80") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, cases[i].party, OAEP);
		assert_true(slice_eq(
			slice_sub(buf_slice(&der), der.n - cases[i].before_end, cases[i].stands.n),
			cases[i].stands));
	}
}

static void no_byte_that_matters_can_change(void **state)
{
	static const struct place agreed[] = {
		{ "ephemeral point", 296, 65 },
		{ "key wrap", 217, 9 },
		{ "wrapped key", 113, 40 },
		{ "cipher", 56, 9 },
		{ "nonce", 43, 12 },
		{ "content", 26, 8 },
		{ "tag", 16, 16 },
	};
	static const struct place transported[] = {
		{ "wrapped key", 457, 384 },
		{ "nonce", 43, 12 },
		{ "content", 26, 8 },
		{ "tag", 16, 16 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(agreed); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, UTILITY, 0);
		refuse_each(&der, UTILITY, &agreed[i]);
	}
	for (size_t i = 0; i < COUNT(transported); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, RSA_PARTY, i % 2 ? V15 : OAEP);
		refuse_each(&der, RSA_PARTY, &transported[i]);
	}
}

/* What an attacker could learn from: which of key, content and tag was wrong. */
static void changes_all_look_alike(void **state)
{
	static const struct {
		unsigned party, algorithms;
		struct place last; /* its last byte is changed */
	} cases[] = {
		{ UTILITY, 0, { "wrapped key", 113, 40 } },
		{ UTILITY, 0, { "content", 26, 8 } },
		{ UTILITY, 0, { "tag", 16, 16 } },
		{ UTILITY, CBC, { "wrapped key", 102, 40 } },
		{ RSA_PARTY, V15, { "wrapped key", 457, 384 } },
		{ RSA_PARTY, OAEP, { "wrapped key", 457, 384 } },
		{ RSA_PARTY, OAEP, { "content", 26, 8 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct place *last = &cases[i].last;
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
		struct fault f = { 0 };

		seal(&der, cases[i].party, cases[i].algorithms);
		der.p[der.n - last->before_end + last->n - 1] ^= 1;
		expect_fault(last->what,
			open_by(&content, buf_slice(&der), cases[i].party, ~0u, &f), &f, ST_AUTH,
			"sealing.decrypt");
		expect_text(last->what, f.text, "the content could not be decrypted");
		assert_int_equal(f.offset, 0);
	}
}

static void no_cut_and_no_addition_is_opened(void **state)
{
	static const unsigned algorithms[] = { 0, CBC };

	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, UTILITY, algorithms[i]);
		for (size_t n = 0; n < der.n; n++)
			refused("cut", slice_to(buf_slice(&der), n), UTILITY, ~0u, ST_INPUT,
				"sealing.syntax");
		buf_put_u8(&der, 0);
		refused("a byte more", buf_slice(&der), UTILITY, ~0u, ST_INPUT, "sealing.syntax");
	}
}

/* --- downgrades -------------------------------------------------------------------- */

static void replace(struct buf *der, struct slice from, struct slice to)
{
	size_t at;

	assert_true(from.n == to.n && slice_find(&at, buf_slice(der), from));
	for (size_t i = 0; i < to.n; i++)
		der->p[at + i] = to.p[i];
}

/* OpenSSL would open all of these, some without asking for the whole tag. */
static void weakened_gcm_is_refused(void **state)
{
	static const struct {
		const char *name;
		unsigned algorithms;
		struct slice from, to;
	} cases[] = {
		{ "GCM without a tag", CBC, PLACE(CBC_OID), PLACE(GCM_OID) },
		{ "CBC with a tag", 0, PLACE(GCM_OID), PLACE(CBC_OID) },
		{ "a nonce of 15 bytes", 0, PLACE("\x30\x11\x04\x0c"), PLACE("\x30\x11\x04\x0f") },
		{ "key wrap as cipher", 0, PLACE(GCM_OID), PLACE(WRAP_OID) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

		seal(&der, UTILITY, cases[i].algorithms);
		replace(&der, cases[i].from, cases[i].to);
		refused(cases[i].name, buf_slice(&der), UTILITY, ~0u, ST_AUTH, "sealing.algorithm");
	}
}

/* The last two bytes of the tag become an empty set of attributes, and leave a good short tag. */
static void a_short_tag_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);

	(void)state;
	seal(&der, UTILITY, 0);
	assert_int_equal(der.p[der.n - 17], 16);
	der.p[der.n - 17] = 14;
	der.p[der.n - 2] = 0xa3; /* OpenSSL's number for them; RFC 5083 says 0xa2 */
	der.p[der.n - 1] = 0;
	refused("14 bytes", buf_slice(&der), UTILITY, ~0u, ST_AUTH, "sealing.algorithm");
}

/* --- encodings and limits ---------------------------------------------------------- */

/* Most other products write indefinite lengths and the content in chunks. */
static void ber_is_opened(void **state)
{
	const unsigned flags = CMS_STREAM | CMS_BINARY;
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
	AUTO_IN_PLACE(buf) content = buf_init(SEALED_MAX);
	STACK_OF(X509) *to = sk_X509_new_null();
	AUTO_BIO in = bio_of(SECRET);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	struct fault f = { 0 };

	(void)state;
	assert_true(sk_X509_push(to, parties[UTILITY].encrypt->x509) > 0);
	AUTO_CMS cms = CMS_encrypt(to, in, EVP_aes_256_cbc(), flags);
	sk_X509_free(to);
	assert_int_equal(i2d_CMS_bio_stream(out, cms, in, flags), 1);
	buf_put_bio(&der, out);
	assert_int_equal(der.p[1], 0x80);
	expect_fault("BER", open_by(&content, buf_slice(&der), UTILITY, CBC, &f), &f, ST_OK, NULL);
	expect_slice("BER", buf_slice(&content), SECRET);
	refused("not agreed", buf_slice(&der), UTILITY, 0, ST_AUTH, "sealing.algorithm");
	for (size_t n = 0; n < der.n; n++)
		refused("cut", slice_to(buf_slice(&der), n), UTILITY, ~0u, ST_INPUT,
			"sealing.syntax");
}

static void content_is_limited(void **state)
{
	static const struct {
		const char *name;
		unsigned algorithms;
		size_t max;
		enum status want;
	} cases[] = {
		{ "exact", 0, 8, ST_OK },
		{ "a byte too many", 0, 7, ST_LIMIT },
		{ "no room", 0, 0, ST_LIMIT },
		{ "CBC, with its padding", CBC, 16, ST_OK },
		{ "CBC, a byte too many", CBC, 15, ST_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) content = buf_init(cases[i].max);
		struct fault f = { 0 };

		seal(&der, UTILITY, cases[i].algorithms);
		expect_fault(cases[i].name, open_by(&content, buf_slice(&der), UTILITY, CBC, &f),
			&f, cases[i].want, "buffer.full");
	}
}

/* Whoever seals to crowds has them all read by us: bounded, also when we are the first of them. */
static void recipients_are_limited(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX), crowded = buf_init(2 * SEALED_MAX);
	AUTO_IN_PLACE(buf) crowd = buf_init(SEALED_MAX);
	struct ber set;
	struct cms_peek peek;
	struct fault f = { 0 };

	(void)state;
	seal(&der, UTILITY, 0);
	must(cms_peek_read(&peek, buf_slice(&der), &f), &f);
	struct ber all = { .in = cursor_of(peek.parts.recipients), .code = "test" };
	must(ber_enter(&set, &all, BER_SET, "a set", &f), &f);
	while (crowd.n <= SEALING_HEAD_MAX)
		buf_put(&crowd, cursor_rest(&set.in));
	ber_wrap(&crowd, 0, BER_SET);
	peek.parts.recipients = buf_slice(&crowd);
	cms_peek_put_head(&crowded, &peek, peek.content.n);
	buf_put(&crowded, peek.content);
	cms_peek_put_tail(&crowded, &peek);
	refused("a crowd", buf_slice(&crowded), UTILITY, 0, ST_LIMIT, "sealing.recipients");
}

static void other_things_are_not_opened(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX);
	struct signer signer = signer_of(&parties[UTILITY]);
	struct fault f = { 0 };

	(void)state;
	must(sign_whole(&der, SECRET, &signer, NOW, &f), &f);
	refused("a signature", buf_slice(&der), UTILITY, ~0u, ST_INPUT, "sealing.syntax");
	refused("nothing", S(""), UTILITY, ~0u, ST_INPUT, "sealing.syntax");
	refused("text", S("-----BEGIN CMS-----"), UTILITY, ~0u, ST_INPUT, "sealing.syntax");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_are_opened),
		cmocka_unit_test(the_type_says_what_is_written),
		cmocka_unit_test(every_size_is_opened),
		cmocka_unit_test(what_comes_in_pieces_is_one_content),
		cmocka_unit_test(each_seal_is_another),
		cmocka_unit_test(sealing_can_be_refused),
		cmocka_unit_test(only_the_recipient_opens),
		cmocka_unit_test(one_of_several_openers_fits),
		cmocka_unit_test(wrong_keys_all_look_alike),
		cmocka_unit_test(only_the_agreed_opens),
		cmocka_unit_test(foreign_ones_are_judged),
		cmocka_unit_test(no_change_gives_other_content),
		cmocka_unit_test(places_are_where_they_are_said),
		cmocka_unit_test(no_byte_that_matters_can_change),
		cmocka_unit_test(changes_all_look_alike),
		cmocka_unit_test(no_cut_and_no_addition_is_opened),
		cmocka_unit_test(weakened_gcm_is_refused),
		cmocka_unit_test(a_short_tag_is_refused),
		cmocka_unit_test(ber_is_opened),
		cmocka_unit_test(content_is_limited),
		cmocka_unit_test(recipients_are_limited),
		cmocka_unit_test(other_things_are_not_opened),
	};

	return cmocka_run_group_tests_name("sealing", tests, parties_make, parties_free);
}
