/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures in the usual form are read without the library; whatever is in another form, or says
 * a thing twice, is left to it.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "base/clock.h"
#include "safeguards/ber.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/signed_data.h"

#define CONTENT S("content of a message")
#define FLAGS (CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP)
#define WITH_CAPABILITIES CMS_NOSMIMECAP /* of the flags, taken out */

static void twice(CMS_SignerInfo *si, int nid)
{
	int at = CMS_signed_get_attr_by_NID(si, nid, -1);
	X509_ATTRIBUTE *copy = at < 0 ? NULL : X509_ATTRIBUTE_dup(CMS_signed_get_attr(si, at));

	assert_non_null(copy);
	assert_int_equal(CMS_signed_add1_attr(si, copy), 1);
	X509_ATTRIBUTE_free(copy);
}

static void other_type(CMS_SignerInfo *si)
{
	(void)CMS_signed_add1_attr_by_NID(
		si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_signed), -1);
}

static void time_twice(CMS_SignerInfo *si)
{
	ASN1_TIME *when = ASN1_TIME_set(NULL, NOW_S);

	for (unsigned i = 0; i < 2; i++)
		(void)CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, when->type, when, -1);
	twice(si, NID_pkcs9_signingTime);
	ASN1_TIME_free(when);
}

static void unsigned_too(CMS_SignerInfo *si)
{
	(void)CMS_unsigned_add1_attr_by_NID(
		si, NID_friendlyName, V_ASN1_OCTET_STRING, "more", 4);
}

static void another_one(CMS_SignerInfo *si)
{
	(void)CMS_signed_add1_attr_by_NID(
		si, NID_friendlyName, V_ASN1_OCTET_STRING, "another", 7);
}

static const struct form {
	const char *name;
	unsigned party, flags;
	const EVP_MD *(*md)(void);
	void (*alter)(CMS_SignerInfo *);
	unsigned signers;
	bool want;
} forms[] = {
	{ "SHA-256", UTILITY, 0, EVP_sha256, NULL, 1, true },
	{ "SHA-384", UTILITY, 0, EVP_sha384, NULL, 1, true },
	{ "P-521, SHA-512", P521_PARTY, 0, EVP_sha512, NULL, 1, true },
	{ "without certificate", UTILITY, CMS_NOCERTS, EVP_sha256, NULL, 1, true },
	{ "capabilities", UTILITY, WITH_CAPABILITIES, EVP_sha256, NULL, 1, true },
	{ "an attribute that we do not know", UTILITY, 0, EVP_sha256, another_one, 1, false },
	{ "SHA-1", UTILITY, 0, EVP_sha1, NULL, 1, false },
	{ "SHA-224", UTILITY, 0, EVP_sha224, NULL, 1, false },
	{ "RSA", RSA_PARTY, 0, EVP_sha256, NULL, 1, false },
	{ "by key identifier", UTILITY, CMS_USE_KEYID, EVP_sha256, NULL, 1, false },
	{ "without attributes", UTILITY, CMS_NOATTR, EVP_sha256, NULL, 1, false },
	{ "two signers", UTILITY, 0, EVP_sha256, NULL, 2, false },
	{ "no signer", UTILITY, 0, EVP_sha256, NULL, 0, false },
	{ "the time twice", UTILITY, 0, EVP_sha256, time_twice, 1, false },
	{ "another content type", UTILITY, 0, EVP_sha256, other_type, 1, false },
	{ "attributes that are not signed", UTILITY, 0, EVP_sha256, unsigned_too, 1, false },
};

static void make(struct buf *der, const struct form *form)
{
	const struct party *p = &parties[form->party];
	const unsigned flags = FLAGS ^ form->flags;
	AUTO_BIO in = bio_of(CONTENT);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign_ex(NULL, NULL, NULL, NULL, flags, NULL, NULL);

	for (unsigned i = 0; i < form->signers; i++) {
		CMS_SignerInfo *si = CMS_add1_signer(
			cms, p->sign->x509, p->sign_key->pkey, form->md(), flags);
		assert_non_null(si);
		if (form->alter)
			form->alter(si);
	}
	(void)CMS_final(cms, in, NULL, flags);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

static void only_the_usual_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		struct signed_data read;

		make(&der, &forms[i]);
		if (signed_data_read(&read, buf_slice(&der)) != forms[i].want)
			fail_msg("%s: is %sread", forms[i].name, forms[i].want ? "not " : "");
	}
}

static void it_says_what_is_there(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX), id = buf_init(4096);
	struct signed_data read = { 0 };
	struct digest_value digest;

	(void)state;
	make(&der, &forms[0]);
	assert_true(signed_data_read(&read, buf_slice(&der)));
	digest_compute(&digest, DIGEST_SHA256, CONTENT);
	cert_put_id(&id, parties[UTILITY].sign);
	expect_slice("digest", read.message_digest, digest_slice(&digest));
	expect_slice("signer", read.signer, buf_slice(&id));
	assert_int_equal(read.digest, DIGEST_SHA256);
	assert_int_equal(read.time_tag, V_ASN1_UTCTIME);
	assert_int_equal(read.time.n, 13);
}

static void nothing_cut_or_longer_is_read(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct signed_data read;

	(void)state;
	make(&der, &forms[0]);
	for (size_t n = 0; n < der.n; n++)
		assert_false(signed_data_read(&read, slice_to(buf_slice(&der), n)));
	buf_put_u8(&der, 0);
	assert_false(signed_data_read(&read, buf_slice(&der)));
}

/* RFC 5652 11.3: where the form changes, and in the words of the library. */
static void times_are_as_the_library_writes_them(void **state)
{
	static const int64_t seconds[] = { 0, 1, 951782400 /* 29 February 2000 */, 1795824000,
		2524607999 /* the last of 2049 */, 2524608000, 9000000000 };
	const struct digest_value digest = { .kind = DIGEST_SHA256, .n = 32 };

	(void)state;
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		AUTO_IN_PLACE(buf) set = buf_init(1024), want = buf_init(64);
		ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)seconds[i]);
		size_t at;

		ber_put(&want, (uint8_t)time->type,
			slice_of(time->data, (size_t)time->length));
		ASN1_TIME_free(time);
		assert_true(signed_attributes_put(&set, &digest, seconds[i] * NS_PER_S + 5));
		assert_true(slice_find(&at, buf_slice(&set), buf_slice(&want)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_usual_is_read),
		cmocka_unit_test(it_says_what_is_there),
		cmocka_unit_test(nothing_cut_or_longer_is_read),
		cmocka_unit_test(times_are_as_the_library_writes_them),
	};

	return cmocka_run_group_tests_name("signed data", tests, parties_make, parties_free);
}
