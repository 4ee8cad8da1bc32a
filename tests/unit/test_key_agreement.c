/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content keys agreed on: what we write the library opens, what the library writes in the usual
 * form is read here, and what is unusual or broken is left to it.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/key_agreement.h"
#include "safeguards/sealing.h"

#define SECRET S("a secret")
#define SEALED_MAX 100000
#define CBC ALG_BIT(ALG_AES_CBC)

/* --- ours -------------------------------------------------------------------------- */

static void library_open(struct buf *out, struct slice der, const struct party *p)
{
	const unsigned char *at = der.p;
	AUTO_CMS cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.n);
	AUTO_BIO memory = BIO_new(BIO_s_mem());

	assert_non_null(cms);
	assert_ptr_equal(at, der.p + der.n);
	assert_int_equal(
		CMS_decrypt(cms, p->encrypt_key->pkey, p->encrypt->x509, NULL, memory, 0), 1);
	buf_put_bio(out, memory);
	AUTO_BIO again = BIO_new(BIO_s_mem());
	AUTO_IN_PLACE(buf) bytes = buf_init(SEALED_MAX);
	assert_int_equal(i2d_CMS_bio(again, cms), 1);
	buf_put_bio(&bytes, again);
	expect_slice("DER", bytes.n == der.n ? buf_slice(&bytes) : S(""), der);
}

static void the_library_opens_ours(void **state)
{
	static const unsigned who[] = { UTILITY, P384_PARTY, P521_PARTY };

	(void)state;
	for (size_t i = 0; i < COUNT(who) * CIPHERS; i++) {
		const struct party *p = &parties[who[i % COUNT(who)]];
		AUTO_IN_PLACE(buf) out = buf_init(SEALED_MAX), opened = buf_init(SEALED_MAX);
		struct slice sealed;
		struct fault f = { 0 };

		must(sealing_seal(&sealed, &out, SECRET, p->encrypt,
			     (enum cipher)(i / COUNT(who)), CBC, &f),
			&f);
		library_open(&opened, sealed, p);
		expect_slice(p->id, buf_slice(&opened), SECRET);
	}
}

/* --- theirs ------------------------------------------------------------------------ */

static const struct form {
	const char *name;
	unsigned party, flags;
	const EVP_MD *(*md)(void);
	const EVP_CIPHER *(*wrap)(void);
	enum status want; /* of agreement_open; all are opened in the end */
} forms[] = {
	{ "SHA-256, AES-256", UTILITY, 0, EVP_sha256, EVP_aes_256_wrap, ST_OK },
	{ "SHA-256, AES-128", UTILITY, 0, EVP_sha256, EVP_aes_128_wrap, ST_OK },
	{ "SHA-384, AES-256", UTILITY, 0, EVP_sha384, EVP_aes_256_wrap, ST_OK },
	{ "SHA-512, AES-256", UTILITY, 0, EVP_sha512, EVP_aes_256_wrap, ST_OK },
	{ "P-384, SHA-384, AES-256", P384_PARTY, 0, EVP_sha384, EVP_aes_256_wrap, ST_OK },
	{ "P-521, SHA-512, AES-256", P521_PARTY, 0, EVP_sha512, EVP_aes_256_wrap, ST_OK },
	{ "SHA-1", UTILITY, 0, EVP_sha1, EVP_aes_256_wrap, ST_NONE },
	{ "SHA-224", UTILITY, 0, EVP_sha224, EVP_aes_256_wrap, ST_NONE },
	{ "AES-192", UTILITY, 0, EVP_sha256, EVP_aes_192_wrap, ST_NONE },
	{ "by key identifier", UTILITY, CMS_USE_KEYID, EVP_sha256, EVP_aes_256_wrap, ST_NONE },
};

static void library_seal(struct buf *der, const struct form *form)
{
	const unsigned flags = CMS_BINARY | CMS_PARTIAL;
	AUTO_BIO in = bio_of(SECRET);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), flags);
	CMS_RecipientInfo *ri = CMS_add1_recipient_cert(
		cms, parties[form->party].encrypt->x509, CMS_KEY_PARAM | form->flags);

	assert_int_equal(EVP_PKEY_CTX_set_ecdh_kdf_md(
				 CMS_RecipientInfo_get0_pkey_ctx(ri), form->md()),
		1);
	assert_int_equal(EVP_EncryptInit_ex(CMS_RecipientInfo_kari_get0_ctx(ri), form->wrap(), NULL,
				 NULL, NULL),
		1);
	assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

static enum status agreement_of(
	struct buf *key, struct slice der, const struct opener *opener, struct fault *f)
{
	struct cms_peek peek;

	must(cms_peek_read(&peek, der, f), f);
	return agreement_open(key, peek.parts.recipients, opener, 1, f);
}

static struct opener opener_of(unsigned party)
{
	return (struct opener){ parties[party].encrypt, parties[party].encrypt_key };
}

static void the_usual_is_read_here(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX), opened = buf_init(SEALED_MAX);
		AUTO_IN_PLACE(buf) key = buf_init(CONTENT_KEY_MAX);
		struct opener opener = opener_of(forms[i].party);
		struct fault f = { 0 };

		library_seal(&der, &forms[i]);
		expect_fault(forms[i].name, agreement_of(&key, buf_slice(&der), &opener, &f), &f,
			forms[i].want, NULL);
		assert_int_equal(key.n, forms[i].want == ST_OK ? 32 : 0);
		must(sealing_open(&opened, buf_slice(&der), &opener, 1, 0, &f), &f);
		expect_slice(forms[i].name, buf_slice(&opened), SECRET);
	}
}

static void a_stranger_is_none_of_them(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX), key = buf_init(CONTENT_KEY_MAX);
	struct opener stranger = opener_of(STRANGER);
	struct opener swapped = { parties[UTILITY].encrypt, parties[STRANGER].encrypt_key };
	struct fault f = { 0 };

	(void)state;
	library_seal(&der, &forms[0]);
	expect_fault("another certificate", agreement_of(&key, buf_slice(&der), &stranger, &f), &f,
		ST_NONE, NULL);
	expect_fault("another key", agreement_of(&key, buf_slice(&der), &swapped, &f), &f, ST_AUTH,
		"sealing.decrypt");
	assert_int_equal(key.n, 0);
}

/* Recipients that are cut, or whose bytes are others, give the key or nothing, never another. */
static void no_change_gives_another_key(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SEALED_MAX), want = buf_init(CONTENT_KEY_MAX);
	struct opener opener = opener_of(UTILITY);
	struct fault f = { 0 };
	struct cms_peek peek;

	(void)state;
	library_seal(&der, &forms[0]);
	must(agreement_of(&want, buf_slice(&der), &opener, &f), &f);
	must(cms_peek_read(&peek, buf_slice(&der), &f), &f);
	for (size_t i = 0; i < 2 * peek.parts.recipients.n; i++) {
		AUTO_IN_PLACE(buf) altered = buf_init(SEALED_MAX), key = buf_init(CONTENT_KEY_MAX);
		buf_put(&altered, slice_to(peek.parts.recipients, i / 2 + i % 2));
		if (i % 2 == 0) {
			buf_put_u8(&altered, peek.parts.recipients.p[i / 2] ^ 0x11);
			buf_put(&altered, slice_from(peek.parts.recipients, i / 2 + 1));
		}
		enum status st = agreement_open(&key, buf_slice(&altered), &opener, 1, &f);
		if (st == ST_OK && !slice_eq(buf_slice(&key), buf_slice(&want)))
			fail_msg("another key after a change at %zu", i / 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_library_opens_ours),
		cmocka_unit_test(the_usual_is_read_here),
		cmocka_unit_test(a_stranger_is_none_of_them),
		cmocka_unit_test(no_change_gives_another_key),
	};

	return cmocka_run_group_tests_name("key agreement", tests, parties_make, parties_free);
}
