/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS SignedData.  Verification trusts the certificates it is given and no other: those a message
 * carries inside are not even parsed, unless authorities vouch for a partner's certificates.  The
 * content is digested here once and compared with the signed messageDigest first, so that a refusal
 * can name both.
 */
#include "safeguards/signature.h"

#include <openssl/err.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "exchange/agreement.h"
#include "safeguards/ber.h"
#include "safeguards/cms_bare.h"
#include "safeguards/cms_certs.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"
#include "safeguards/signed_data.h"

#define ATTRIBUTES_MAX 256

static enum key_scheme scheme_of(const struct signer *signer)
{
	if (cert_key_kind(signer->cert) != KEY_RSA)
		return KEY_SIGN_ECDSA;
	return signer->is_pss ? KEY_SIGN_RSA_PSS : KEY_SIGN_RSA_PKCS1;
}

static enum status attributes_sign(struct buf *out, struct slice attributes, enum digest kind,
	const struct signer *signer, struct fault *f)
{
	struct key_request request = { .scheme = scheme_of(signer) };
	struct digest_value digest;
	struct fault why;

	digest_compute(&digest, kind, attributes);
	request.input = digest_slice(&digest);
	(void)!slice_to_text(request.digest_name, sizeof(request.digest_name),
		slice_str(OBJ_nid2sn(EVP_MD_get_type(digest_md(kind)))), NULL);
	if (key_apply(out, signer->key, &request, &why) != ST_OK)
		return fault_set(f, ST_HOST, "signature.make", "signing: %s", why.text);
	return ST_OK;
}

enum status signature_make(struct buf *der, const struct digest_value *content,
	const struct signer *signer, int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) attributes = buf_init(ATTRIBUTES_MAX);
	AUTO_IN_PLACE(buf) signature = buf_init(KEY_OUTPUT_MAX);

	if (!signed_data_has_scheme(content->kind, cert_key_kind(signer->cert)) ||
		!key_matches(signer->key, signer->cert))
		return fault_set(f, ST_HOST, "signature.make",
			"signing: the key is not that of the certificate, or of no use");
	if (!signed_attributes_put(&attributes, content, now_ns))
		return crypto_fault(f, ST_HOST, "signature.make", "the time");
	TRY(attributes_sign(&signature, buf_slice(&attributes), content->kind, signer, f));
	signed_data_put(der, signer->cert, content->kind, scheme_of(signer), buf_slice(&attributes),
		buf_slice(&signature));
	return buf_check(der, f);
}

/* --- checking --- */

static enum status parse(CMS_ContentInfo **out, struct slice der, struct fault *f)
{
	AUTO_IN_PLACE(buf) bare = buf_init(SIGNATURE_SIZE_MAX);

	if (der.n == 0 || der.n > SIGNATURE_SIZE_MAX)
		return fault_set(
			f, ST_INPUT, "signature.syntax", "a signature of %zu bytes", der.n);
	TRY(cms_bare_signed(&bare, der, f));
	const unsigned char *p = bare.p;
	*out = d2i_CMS_ContentInfo(NULL, &p, (long)bare.n);
	if (!*out)
		return crypto_fault(f, ST_INPUT, "signature.syntax", "not a CMS structure");
	return ST_OK;
}

struct found {
	CMS_SignerInfo *si;
	size_t index; /* in trusted */
	struct cert *cert; /* a reference: that one, or its successor */
};

static void found_done(struct found *found)
{
	cert_free(found->cert);
}
DEFINE_AUTO_IN_PLACE(found)

static CMS_SignerInfo *signer_of(CMS_ContentInfo *cms, const struct cert *cert)
{
	STACK_OF(CMS_SignerInfo) *list = CMS_get0_SignerInfos(cms);

	for (int i = 0; i < sk_CMS_SignerInfo_num(list); i++) {
		CMS_SignerInfo *si = sk_CMS_SignerInfo_value(list, i);
		if (CMS_SignerInfo_cert_cmp(si, cert->x509) == 0)
			return si;
	}
	return NULL;
}

static bool listed_find(
	struct found *out, CMS_ContentInfo *cms, const struct cert *const *trusted, size_t count)
{
	for (size_t t = 0; t < count; t++) {
		CMS_SignerInfo *si = signer_of(cms, trusted[t]);
		if (!si)
			continue;
		*out = (struct found){ si, t, cert_ref((struct cert *)(uintptr_t)trusted[t]) };
		return true;
	}
	return false;
}

static bool anyone_vouches(const struct cert *const *trusted, size_t count)
{
	for (size_t t = 0; t < count; t++)
		if (trusted[t]->vouched)
			return true;
	return false;
}

/*
 * One that came inside, which may be the listed one itself: the rest of what came there may lead
 * from it to an anchor.
 */
static bool successor_is(struct found *out, CMS_ContentInfo *cms, const struct cms_certs *inside,
	size_t which, const struct cert *const *trusted, size_t count)
{
	struct cert *others[CMS_CERTS_MAX];
	size_t n = 0;

	out->si = signer_of(cms, inside->list[which]);
	for (size_t i = 0; i < inside->count; i++)
		if (i != which)
			others[n++] = inside->list[i];
	if (!out->si ||
		cert_succeed(&out->index, inside->list[which], others, n, trusted, count) != ST_OK)
		return false;
	out->cert = cert_ref(inside->list[which]);
	return true;
}

static enum status vouched_find(struct found *out, CMS_ContentInfo *cms, struct slice der,
	const struct cert *const *trusted, size_t count, struct fault *f)
{
	AUTO_IN_PLACE(cms_certs) inside = { 0 };

	TRY(cms_certs_read(&inside, der, f));
	for (size_t i = 0; i < inside.count; i++)
		if (successor_is(out, cms, &inside, i, trusted, count))
			return ST_OK;
	if (listed_find(out, cms, trusted, count))
		return ST_OK;
	return fault_set(f, ST_AUTH, "signature.unknown-signer",
		"no signer is a certificate of the partner's sheet, nor named and used like one");
}

static enum status signer_find(struct found *out, CMS_ContentInfo *cms, struct slice der,
	const struct cert *const *trusted, size_t count, struct fault *f)
{
	if (anyone_vouches(trusted, count))
		return vouched_find(out, cms, der, trusted, count, f);
	if (listed_find(out, cms, trusted, count))
		return ST_OK;
	return fault_set(f, ST_AUTH, "signature.unknown-signer",
		"none of the %d signers is a certificate of the partner's sheet",
		sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)));
}

/* PKCS#1 v1.5 may stand as rsaEncryption or with its digest, ECDSA likewise. */
static bool scheme_fits(const X509_ALGOR *scheme, const X509_ALGOR *digest, enum key_kind kind)
{
	const int of_key = kind == KEY_RSA ? NID_rsaEncryption : NID_X9_62_id_ecPublicKey;
	int nid = OBJ_obj2nid(scheme->algorithm), md = NID_undef, key = NID_undef;

	if (nid == of_key || (nid == NID_rsassaPss && kind == KEY_RSA))
		return true;
	return OBJ_find_sigid_algs(nid, &md, &key) == 1 && key == of_key &&
		(md == NID_undef || md == OBJ_obj2nid(digest->algorithm));
}

static enum status digest_check(
	enum digest *out, int nid, const char *name, unsigned algorithms, struct fault *f)
{
	const bool is_sha1 = nid == NID_sha1;

	if (digest_parse(out, slice_str(name), NULL) == ST_OK)
		return ST_OK;
	*out = DIGEST_SHA1;
	if (is_sha1 && (algorithms & ALG_BIT(ALG_SHA1)))
		return ST_OK;
	return fault_set(f, ST_AUTH,
		is_sha1 ? "signature.algorithm.sha-1" : "signature.algorithm",
		"the digest %s is not accepted", name);
}

/* Only what the agreement allows is an algorithm to us. */
static enum status algorithm_check(enum digest *digest, CMS_SignerInfo *si, const struct cert *cert,
	unsigned algorithms, struct fault *f)
{
	X509_ALGOR *digest_algorithm, *signature_algorithm;
	char name[64] = "?";

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest_algorithm, &signature_algorithm);
	OBJ_obj2txt(name, sizeof(name), digest_algorithm->algorithm, 0);
	TRY(digest_check(digest, OBJ_obj2nid(digest_algorithm->algorithm), name, algorithms, f));
	if (!scheme_fits(signature_algorithm, digest_algorithm, cert->kind))
		return fault_set(f, ST_AUTH, "signature.algorithm",
			"the signature algorithm does not go with %s and a key of kind %s", name,
			key_kind_name(cert->kind));
	bool is_pss = OBJ_obj2nid(signature_algorithm->algorithm) == NID_rsassaPss;
	unsigned needed = cert->kind != KEY_RSA ? 0 : ALG_BIT(is_pss ? ALG_RSA_PSS : ALG_RSA_SIGN);
	if ((needed & algorithms) != needed)
		return fault_set(f, ST_AUTH, "signature.algorithm",
			"the agreement does not allow %s signatures", is_pss ? "RSA-PSS" : "RSA");
	return ST_OK;
}

static int64_t signing_time_ns(CMS_SignerInfo *si)
{
	int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
	const ASN1_TYPE *value =
		at < 0 ? NULL : X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(si, at), 0);

	if (!value || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
		return 0;
	return asn1_time_ns(value->value.asn1_string);
}

static void digests_explain(
	struct fault *f, struct slice signed_digest, const struct digest_value *computed)
{
	AUTO_IN_PLACE(buf) ours = buf_init(128), theirs = buf_init(128);

	base64_format(&theirs, slice_to(signed_digest, DIGEST_BYTES_MAX), 0);
	base64_format(&ours, digest_slice(computed), 0);
	fault_set(f, ST_AUTH, "signature.digest",
		"the content was changed: %s signed %s, computed %s", digest_name(computed->kind),
		buf_text(&theirs), buf_text(&ours));
}

static enum status digest_said(struct slice *out, CMS_SignerInfo *si, struct fault *f)
{
	const ASN1_OCTET_STRING *attribute = CMS_signed_get0_data_by_OBJ(
		si, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);

	if (!attribute)
		return fault_set(f, ST_AUTH, "signature.attributes",
			"the signature has no messageDigest attribute");
	*out = slice_of(
		ASN1_STRING_get0_data(attribute), (size_t)ASN1_STRING_length(attribute));
	return ST_OK;
}

static enum status content_check(struct digest_value *out, CMS_SignerInfo *si, enum digest kind,
	const struct digested *content, struct fault *f)
{
	struct slice said;

	TRY(digest_said(&said, si, f));
	digested_compute(out, kind, content);
	if (slice_eq_secret(said, digest_slice(out)))
		return ST_OK;
	digests_explain(f, said, out);
	return ST_AUTH;
}

/* The type of the content is signed only as an attribute: both must agree (RFC 5652 11.1). */
static enum status type_check(CMS_ContentInfo *cms, CMS_SignerInfo *si, struct fault *f)
{
	const ASN1_OBJECT *attribute = CMS_signed_get0_data_by_OBJ(
		si, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	if (!attribute || OBJ_cmp(attribute, CMS_get0_eContentType(cms)) != 0)
		return fault_set(f, ST_AUTH, "signature.attributes",
			"the contentType attribute is not the type of the content");
	return ST_OK;
}

static enum status value_check(CMS_SignerInfo *si, const struct cert *cert, struct fault *f)
{
	CMS_SignerInfo_set1_signer_cert(si, cert->x509);
	if (CMS_SignerInfo_verify(si) != 1)
		return crypto_fault(f, ST_AUTH, "signature.value", "the signature does not verify");
	return ST_OK;
}

static void signer_name(struct signature_facts *facts, const struct found *found)
{
	facts->signer = found->index;
	facts->measure = cert_measure(found->cert);
	for (size_t i = 0; i < sizeof(facts->fingerprint); i++)
		facts->fingerprint[i] = found->cert->fingerprint[i];
}

static void signer_note(struct signature_facts *facts, const struct found *found)
{
	signer_name(facts, found);
	facts->signed_ns = signing_time_ns(found->si);
}

/* --- what is good and usual ---------------------------------------------------------- */

static bool usual_signer_find(struct found *out, const struct signed_data *s,
	const struct cert *const *trusted, size_t count)
{
	for (size_t t = 0; t < count; t++) {
		AUTO_IN_PLACE(buf) id = buf_init(SIGNATURE_SIZE_MAX);
		cert_put_id(&id, trusted[t]);
		if (!slice_eq(s->signer, buf_slice(&id)))
			continue;
		*out = (struct found){ NULL, t, cert_ref((struct cert *)(uintptr_t)trusted[t]) };
		return true;
	}
	return false;
}

/* Prepared once for each certificate.  NULL: it cannot be. */
static EVP_PKEY_CTX *verifier_of(struct cert *cert)
{
	AUTO_PKEY_CTX made = NULL;

	if (cert->verifier)
		return cert->verifier;
	made = EVP_PKEY_CTX_new_from_pkey(NULL, X509_get0_pubkey(cert->x509), NULL);
	if (made && EVP_PKEY_verify_init(made) == 1)
		cert->verifier = TAKE(made);
	return cert->verifier;
}

bool signature_value_holds(
	struct cert *cert, const struct digest_value *digest, struct slice signature)
{
	EVP_PKEY_CTX *ctx = verifier_of(cert);

	return ctx && EVP_PKEY_verify(ctx, signature.p, signature.n, digest->bytes, digest->n) == 1;
}

static bool usual_verify(const struct signed_data *s, struct cert *cert)
{
	AUTO_IN_PLACE(buf) attributes = buf_init(SIGNATURE_SIZE_MAX);
	struct digest_value digest;

	ber_put(&attributes, BER_SET, s->attributes);
	if (attributes.overflow)
		return false;
	digest_compute(&digest, s->digest, buf_slice(&attributes));
	return signature_value_holds(cert, &digest, s->signature);
}

static int64_t usual_time_ns(const struct signed_data *s)
{
	ASN1_TIME *time = s->time_tag ? ASN1_STRING_type_new(s->time_tag) : NULL;
	int64_t ns = 0;

	if (time && ASN1_STRING_set(time, s->time.p, (int)s->time.n) == 1)
		ns = asn1_time_ns(time);
	ASN1_STRING_free(time);
	return ns;
}

static bool usual_holds(struct signature_facts *facts, const struct signed_data *s,
	struct cert *cert, const struct digested *content, int64_t now_ns)
{
	if (cert_key_kind(cert) >= KEY_RSA ||
		cert_check_revocation(&facts->revocation, cert, now_ns, NULL) != ST_OK)
		return false;
	digested_compute(&facts->digest, s->digest, content);
	return slice_eq_secret(s->message_digest, digest_slice(&facts->digest)) &&
		usual_verify(s, cert);
}

/*
 * By far the most signatures are good and of one form: they are read here, for the library takes as
 * long to make its structures as to verify.  False says nothing: what is wrong, and in which words,
 * is found out in the library's way.
 */
static bool usual_check(struct signature_facts *out, struct slice der,
	const struct digested *content, const struct cert *const *trusted, size_t count,
	int64_t now_ns)
{
	struct signature_facts facts = { 0 };
	AUTO_IN_PLACE(found) found = { 0 };
	struct signed_data s;

	if (der.n > SIGNATURE_SIZE_MAX || anyone_vouches(trusted, count) ||
		!signed_data_read(&s, der) || !usual_signer_find(&found, &s, trusted, count) ||
		!usual_holds(&facts, &s, found.cert, content, now_ns)) {
		ERR_clear_error();
		return false;
	}
	signer_name(&facts, &found);
	facts.signed_ns = usual_time_ns(&s);
	*out = facts;
	return true;
}

static enum status library_check(struct signature_facts *out, struct slice der,
	const struct digested *content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f)
{
	struct signature_facts facts = { 0 };
	AUTO_CMS cms = NULL;
	AUTO_IN_PLACE(found) found = { 0 };
	enum digest kind;

	TRY(parse(&cms, der, f));
	TRY(signer_find(&found, cms, der, trusted, trusted_count, f));
	const struct cert *cert = found.cert;
	TRY(cert_check_revocation(&facts.revocation, cert, now_ns, f));
	TRY(algorithm_check(&kind, found.si, cert, algorithms, f));
	TRY(content_check(&facts.digest, found.si, kind, content, f));
	TRY(type_check(cms, found.si, f));
	TRY(value_check(found.si, cert, f));
	signer_note(&facts, &found);
	*out = facts;
	return ST_OK;
}

enum status signature_check_by_library(struct signature_facts *out, struct slice der,
	struct slice content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f)
{
	return library_check(out, der, &(struct digested){ content, NULL }, trusted,
		trusted_count, algorithms, now_ns, f);
}

enum status signature_check_digested(struct signature_facts *out, struct slice der,
	const struct digested *content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f)
{
	if (usual_check(out, der, content, trusted, trusted_count, now_ns))
		return ST_OK;
	return library_check(
		out, der, content, trusted, trusted_count, algorithms, now_ns, f);
}

enum status signature_check(struct signature_facts *out, struct slice der, struct slice content,
	const struct cert *const *trusted, size_t trusted_count, unsigned algorithms,
	int64_t now_ns, struct fault *f)
{
	return signature_check_digested(out, der, &(struct digested){ content, NULL }, trusted,
		trusted_count, algorithms, now_ns, f);
}

enum status signature_claim(struct signature_facts *out, struct slice der,
	const struct cert *const *trusted, size_t trusted_count, unsigned algorithms,
	int64_t now_ns, struct fault *f)
{
	struct signature_facts facts = { 0 };
	struct digest_value *value = &facts.digest;
	AUTO_CMS cms = NULL;
	AUTO_IN_PLACE(found) found = { 0 };
	struct slice said;

	TRY(parse(&cms, der, f));
	TRY(signer_find(&found, cms, der, trusted, trusted_count, f));
	const struct cert *cert = found.cert;
	TRY(cert_check_revocation(&facts.revocation, cert, now_ns, f));
	TRY(algorithm_check(&value->kind, found.si, cert, algorithms, f));
	TRY(digest_said(&said, found.si, f));
	TRY(type_check(cms, found.si, f));
	TRY(value_check(found.si, cert, f));
	if (said.n > sizeof(value->bytes))
		return fault_set(f, ST_INPUT, "signature.syntax", "a digest of %zu bytes", said.n);
	for (; value->n < said.n; value->n++)
		value->bytes[value->n] = said.p[value->n];
	signer_note(&facts, &found);
	*out = facts;
	return ST_OK;
}
