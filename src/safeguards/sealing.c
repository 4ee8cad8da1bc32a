/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS AuthEnvelopedData and EnvelopedData.  What is inside is looked at before it is opened
 * (cms_peek.h): which container, which cipher, nonce and tag lengths, whether one of the recipients
 * is ours.
 */
#include "safeguards/sealing.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "exchange/agreement.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"

#define NONCE_SIZE 12
#define TAG_SIZE 16

static bool is_agreed(unsigned algorithms, enum algorithm a)
{
	return (algorithms & ALG_BIT(a)) != 0;
}

const char *sealing_smime_type(unsigned algorithms)
{
	return is_agreed(algorithms, ALG_AES_CBC) ? "enveloped-data" : "authenveloped-data";
}

/* --- sealing --- */

static bool agree_prepare(CMS_RecipientInfo *ri)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);
	EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_kari_get0_ctx(ri);

	return ctx && EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1 && wrap &&
		EVP_EncryptInit_ex(wrap, EVP_aes_256_wrap(), NULL, NULL, NULL) == 1;
}

static bool transport_prepare(CMS_RecipientInfo *ri, unsigned algorithms)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);

	if (!is_agreed(algorithms, ALG_RSA_OAEP))
		return ctx != NULL; /* v1.5 is what the structure has by default */
	return ctx && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
}

static bool recipient_add(CMS_ContentInfo *cms, const struct cert *recipient, unsigned algorithms)
{
	CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, recipient->x509, CMS_KEY_PARAM);

	if (!ri)
		return false;
	return CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE
		? agree_prepare(ri)
		: transport_prepare(ri, algorithms);
}

static enum status recipient_check(
	const struct cert *recipient, unsigned algorithms, struct fault *f)
{
	if (recipient->kind == KEY_OTHER)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"the partner's encryption key is of a kind we do not seal to");
	if (recipient->kind == KEY_RSA && !is_agreed(algorithms, ALG_RSA_OAEP) &&
		!is_agreed(algorithms, ALG_RSA_V15))
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"the partner has an RSA key and the agreement lists neither rsa-oaep nor rsa-v15");
	return ST_OK;
}

enum status sealing_seal(struct buf *der, struct slice content, const struct cert *recipient,
	unsigned algorithms, struct fault *f)
{
	const unsigned flags = CMS_BINARY | CMS_PARTIAL;
	const EVP_CIPHER *cipher =
		is_agreed(algorithms, ALG_AES_CBC) ? EVP_aes_256_cbc() : EVP_aes_256_gcm();

	TRY(recipient_check(recipient, algorithms, f));
	AUTO_BIO in = bio_of(content);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_encrypt(NULL, NULL, cipher, flags);
	if (!cms || !out || !recipient_add(cms, recipient, algorithms) ||
		CMS_final(cms, in, NULL, flags) != 1 || i2d_CMS_bio(out, cms) != 1)
		return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	buf_put_bio(der, out);
	return buf_check(der, f);
}

/* --- opening --- */

/* All below 2.16.840.1.101.3.4.1, NIST's arc for AES. */
#define AES_ARC "\x60\x86\x48\x01\x65\x03\x04\x01"

static const struct {
	struct slice oid;
	bool is_gcm;
} ciphers[] = {
	{ { (const uint8_t *)AES_ARC "\x06", 9 }, true },  /* AES-128-GCM */
	{ { (const uint8_t *)AES_ARC "\x2e", 9 }, true },  /* AES-256-GCM */
	{ { (const uint8_t *)AES_ARC "\x02", 9 }, false }, /* AES-128-CBC */
	{ { (const uint8_t *)AES_ARC "\x2a", 9 }, false }, /* AES-256-CBC */
};

static enum status gcm_check(const struct cms_peek *p, struct fault *f)
{
	if (!p->authenticated)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"AES-GCM inside EnvelopedData has no authentication tag: AuthEnvelopedData is needed");
	if (p->nonce_n != NONCE_SIZE || p->tag_n != TAG_SIZE)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"a nonce of %zu and a tag of %zu bytes, where 12 and 16 are needed",
			p->nonce_n, p->tag_n);
	return ST_OK;
}

static enum status cipher_check(const struct cms_peek *p, unsigned algorithms, struct fault *f)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		if (!slice_eq(p->cipher, ciphers[i].oid))
			continue;
		if (ciphers[i].is_gcm)
			return gcm_check(p, f);
		if (p->authenticated || !is_agreed(algorithms, ALG_AES_CBC))
			return fault_set(f, ST_AUTH, "sealing.algorithm",
				"the agreement does not allow AES-CBC");
		return ST_OK;
	}
	return fault_set(f, ST_AUTH, "sealing.algorithm",
		"the content is encrypted by another cipher than AES in GCM or CBC mode");
}

struct match {
	CMS_RecipientInfo *ri;
	CMS_RecipientEncryptedKey *rek; /* of an agreement */
	const struct opener *opener;
};

static bool agree_matches(struct match *out, CMS_RecipientInfo *ri, const struct opener *o)
{
	STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(ri);

	for (int i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
		CMS_RecipientEncryptedKey *rek = sk_CMS_RecipientEncryptedKey_value(keys, i);
		if (CMS_RecipientEncryptedKey_cert_cmp(rek, o->cert->x509) == 0) {
			*out = (struct match){ ri, rek, o };
			return true;
		}
	}
	return false;
}

static bool recipient_matches(struct match *out, CMS_RecipientInfo *ri, const struct opener *o)
{
	int type = CMS_RecipientInfo_type(ri);

	if (type == CMS_RECIPINFO_AGREE)
		return agree_matches(out, ri, o);
	if (type != CMS_RECIPINFO_TRANS || CMS_RecipientInfo_ktri_cert_cmp(ri, o->cert->x509) != 0)
		return false;
	*out = (struct match){ ri, NULL, o };
	return true;
}

static enum status recipient_find(struct match *out, CMS_ContentInfo *cms,
	const struct opener *openers, size_t count, struct fault *f)
{
	STACK_OF(CMS_RecipientInfo) *list = CMS_get0_RecipientInfos(cms);

	for (int i = 0; i < sk_CMS_RecipientInfo_num(list); i++)
		for (size_t o = 0; o < count; o++)
			if (recipient_matches(
				    out, sk_CMS_RecipientInfo_value(list, i), &openers[o]))
				return ST_OK;
	return fault_set(f, ST_AUTH, "sealing.recipient",
		"the message is not sealed to a certificate of ours");
}

static enum status transport_check(const struct match *m, unsigned algorithms, struct fault *f)
{
	X509_ALGOR *algorithm = NULL;

	if (m->rek)
		return ST_OK;
	if (CMS_RecipientInfo_ktri_get0_algs(m->ri, NULL, NULL, &algorithm) != 1)
		return fault_set(f, ST_INPUT, "sealing.syntax", "a recipient without algorithm");
	bool oaep = OBJ_obj2nid(algorithm->algorithm) == NID_rsaesOaep;
	if (!is_agreed(algorithms, oaep ? ALG_RSA_OAEP : ALG_RSA_V15))
		return fault_set(f, ST_AUTH, "sealing.algorithm", "the agreement does not allow %s",
			oaep ? "RSA-OAEP" : "RSA PKCS#1 v1.5 key transport");
	return ST_OK;
}

/* One answer for every way in which unwrapping or decrypting can fail. */
static enum status cannot_decrypt(struct fault *f)
{
	ERR_clear_error();
	return fault_set(f, ST_AUTH, "sealing.decrypt", "the content could not be decrypted");
}

static bool agree_decrypt(CMS_ContentInfo *cms, const struct match *m)
{
	bool good = CMS_RecipientInfo_kari_set0_pkey(m->ri, m->opener->key->pkey) == 1 &&
		CMS_RecipientInfo_kari_decrypt(cms, m->ri, m->rek) == 1;

	(void)CMS_RecipientInfo_kari_set0_pkey(m->ri, NULL);
	return good;
}

/*
 * CMS_decrypt_set1_pkey replaces a key that does not unwrap by a random one, so that all failures
 * look alike.
 */
static bool key_unwrap(CMS_ContentInfo *cms, const struct match *m)
{
	if (m->rek)
		return agree_decrypt(cms, m);
	return CMS_decrypt_set1_pkey(cms, m->opener->key->pkey, m->opener->cert->x509) == 1;
}

static enum status content_decrypt(struct buf *content, CMS_ContentInfo *cms, struct fault *f)
{
	AUTO_BIO out = BIO_new(BIO_s_mem());

	/*
	 * The memory BIO sees plaintext before the tag is checked; nobody else does: it reaches the
	 * caller only when CMS_decrypt says so.
	 */
	if (!out || CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) != 1)
		return cannot_decrypt(f);
	buf_put_bio(content, out);
	return buf_check(content, f);
}

static enum status parse(CMS_ContentInfo **out, struct slice der, struct fault *f)
{
	AUTO_BIO in = bio_of(der);

	*out = CMS_ContentInfo_new_ex(NULL, OWN_PROVIDER_FIRST);
	if (!*out || !d2i_CMS_bio(in, out))
		return crypto_fault(f, ST_INPUT, "sealing.syntax", "not a CMS structure");
	if (BIO_pending(in) != 0)
		return fault_at(f, ST_INPUT, der.n - (size_t)BIO_pending(in), "sealing.syntax",
			"bytes after the CMS structure");
	return ST_OK;
}

enum status sealing_open(struct buf *content, struct slice der, const struct opener *openers,
	size_t opener_count, unsigned algorithms, struct fault *f)
{
	struct cms_peek peek;
	struct match match;
	AUTO_CMS cms = NULL;

	TRY(cms_peek_read(&peek, der, f));
	TRY(parse(&cms, der, f));
	TRY(cipher_check(&peek, algorithms, f));
	TRY(recipient_find(&match, cms, openers, opener_count, f));
	TRY(transport_check(&match, algorithms, f));
	if (peek.content_n > content->max)
		return fault_set(f, ST_LIMIT, "buffer.full",
			"the sealed content has more than %zu bytes", content->max);
	if (!key_unwrap(cms, &match))
		return cannot_decrypt(f);
	return content_decrypt(content, cms, f);
}
