/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths are built and checked by X509_verify_cert.  What it leaves to its caller is asked before
 * and after: how many certificates, of which kind the leaf is, what every key is worth.
 */
#include "safeguards/chain.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "safeguards/revocation_internal.h"

#define AUTH_LEVEL 2 /* OpenSSL's word for 112 bits: RSA 2048, no SHA-1 */

struct anchors {
	X509_STORE *store;
	struct cert *certs[ANCHORS_MAX];
	size_t count;
};

/* --- anchors --- */

static enum status anchor_add(struct anchors *a, X509 *x509, struct fault *f)
{
	struct cert *cert;

	if (a->count == ANCHORS_MAX)
		return fault_set(f, ST_LIMIT, "anchors.count", "more than %d anchors", ANCHORS_MAX);
	TRY(cert_of_x509(&cert, x509, f));
	a->certs[a->count++] = cert;
	if (X509_check_ca(x509) != 1)
		return fault_set(f, ST_INPUT, "anchors.authority",
			"%s is not the certificate of an authority: put there who issues the partner's certificates",
			cert_subject(cert));
	if (X509_STORE_add_cert(a->store, x509) != 1)
		die("OpenSSL keeps no certificate");
	return ST_OK;
}

static enum status anchors_read(struct anchors *a, BIO *in, struct fault *f)
{
	enum status st = ST_OK;

	while (st == ST_OK) {
		AUTO_X509 x509 = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
		if (!x509)
			break;
		st = anchor_add(a, x509, f);
	}
	if (st == ST_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		st = crypto_fault(f, ST_INPUT, "anchors.syntax", "not a PEM certificate");
	ERR_clear_error();
	return st;
}

enum status anchors_parse(struct anchors **out, struct slice pem, struct fault *f)
{
	AUTO(anchors) a = alloc_zeroed(1, sizeof(*a));
	AUTO_BIO in = bio_of(slice_to(pem, ANCHORS_SIZE_MAX));

	if (pem.n > ANCHORS_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "anchors.size", "%zu bytes of anchors, at most %d",
			pem.n, ANCHORS_SIZE_MAX);
	a->store = X509_STORE_new();
	if (!a->store)
		die("OpenSSL keeps no certificates");
	TRY(anchors_read(a, in, f));
	if (a->count == 0)
		return fault_set(f, ST_INPUT, "anchors.syntax",
			"no certificate: want -----BEGIN CERTIFICATE-----");
	*out = TAKE(a);
	return ST_OK;
}

void anchors_free(struct anchors *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++)
		cert_free(a->certs[i]);
	X509_STORE_free(a->store);
	free(a);
}

size_t anchors_count(const struct anchors *a)
{
	return a->count;
}

const struct cert *anchors_at(const struct anchors *a, size_t index)
{
	return a->certs[index];
}

const struct cert *anchors_issuer(const struct anchors *a, const struct cert *cert)
{
	const struct cert *found = NULL;

	for (size_t i = 0; i < a->count && !found; i++)
		if (X509_check_issued(a->certs[i]->x509, cert->x509) == X509_V_OK &&
			X509_verify(cert->x509, X509_get0_pubkey(a->certs[i]->x509)) == 1)
			found = a->certs[i];
	ERR_clear_error();
	return found;
}

/* --- purposes --- */

/* RFC 5280 4.2.1.3, 4.2.1.12: what a leaf's extensions must allow, where they are there. */
struct purpose {
	const char *name;
	int openssl;          /* X509_PURPOSE_..., asked of the authorities too; 0: none fits */
	uint32_t usage;       /* one of these */
	uint32_t usage_of_ec; /* of a key that is agreed with */
	uint32_t extended;    /* this one, when any is said; anyExtendedKeyUsage is none of them */
};

static const struct purpose purposes[CHAIN_PURPOSES] = {
	[CHAIN_TLS_CLIENT] = { "TLS client", X509_PURPOSE_SSL_CLIENT, KU_DIGITAL_SIGNATURE,
		KU_DIGITAL_SIGNATURE, XKU_SSL_CLIENT },
	[CHAIN_TLS_SERVER] = { "TLS server", X509_PURPOSE_SSL_SERVER, KU_DIGITAL_SIGNATURE,
		KU_DIGITAL_SIGNATURE, XKU_SSL_SERVER },
	[CHAIN_SIGNING] = { "signing", X509_PURPOSE_SMIME_SIGN,
		KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
		KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, XKU_SMIME },
	/* OpenSSL's own wants keyEncipherment, which a key that is agreed with has not. */
	[CHAIN_ENCRYPTION] = { "encryption", 0, KU_KEY_ENCIPHERMENT, KU_KEY_AGREEMENT, XKU_SMIME },
};

const char *chain_purpose_name(enum chain_purpose purpose)
{
	return purposes[purpose].name;
}

static enum status purpose_check(const struct cert *leaf, enum chain_purpose asked, struct fault *f)
{
	const struct purpose *p = &purposes[asked];
	uint32_t flags = X509_get_extension_flags(leaf->x509);
	uint32_t usage = leaf->kind == KEY_RSA ? p->usage : p->usage_of_ec;

	if (flags & EXFLAG_INVALID)
		return fault_set(f, ST_AUTH, "chain.form", "%s has extensions that cannot be read",
			leaf->subject);
	if (flags & EXFLAG_CA)
		return fault_set(f, ST_AUTH, "chain.purpose",
			"%s is the certificate of an authority, not one for %s", leaf->subject,
			p->name);
	if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(leaf->x509) & usage))
		return fault_set(f, ST_AUTH, "chain.purpose",
			"%s has a key usage that does not allow %s", leaf->subject, p->name);
	if ((flags & EXFLAG_XKUSAGE) && !(X509_get_extended_key_usage(leaf->x509) & p->extended))
		return fault_set(f, ST_AUTH, "chain.purpose",
			"%s has an extended key usage that does not allow %s", leaf->subject,
			p->name);
	return ST_OK;
}

/* --- what OpenSSL found --- */

static const struct {
	int error; /* X509_V_ERR_... */
	const char *code;
} reasons[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, "chain.expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "chain.not-yet" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "chain.untrusted" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "chain.untrusted" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "chain.untrusted" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "chain.untrusted" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "chain.untrusted" },
	{ X509_V_ERR_CERT_UNTRUSTED, "chain.untrusted" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, "chain.signature" },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, "chain.signature" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, "chain.signature" },
	{ X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, "chain.signature" },
	{ X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, "chain.signature" },
	{ X509_V_ERR_INVALID_CA, "chain.authority" },
	{ X509_V_ERR_NO_ISSUER_PUBLIC_KEY, "chain.authority" },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, "chain.authority" },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, "chain.depth" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, "chain.depth" },
	{ X509_V_ERR_PERMITTED_VIOLATION, "chain.constraint" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, "chain.constraint" },
	{ X509_V_ERR_SUBTREE_MINMAX, "chain.constraint" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, "chain.constraint" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, "chain.constraint" },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, "chain.constraint" },
	{ X509_V_ERR_NO_EXPLICIT_POLICY, "chain.constraint" },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION, "chain.constraint" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, "chain.extension" },
	{ X509_V_ERR_INVALID_PURPOSE, "chain.purpose" },
	{ X509_V_ERR_HOSTNAME_MISMATCH, "chain.host" },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, "chain.host" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, "chain.key" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, "chain.key" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, "chain.digest" },
	{ X509_V_ERR_CERT_REVOKED, "chain.revoked" },
};

static enum status refused(X509_STORE_CTX *ctx, const struct cert *leaf, struct fault *f)
{
	const int error = X509_STORE_CTX_get_error(ctx);
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);
	AUTO(cert) where = NULL;
	const char *code = "chain.form";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == error)
			code = reasons[i].code;
	if (!at || cert_of_x509(&where, at, NULL) != ST_OK)
		where = cert_ref((struct cert *)(uintptr_t)leaf);
	ERR_clear_error();
	return fault_set(f, ST_AUTH, code, "%s: %s", cert_subject(where),
		X509_verify_cert_error_string(error));
}

/* --- strength --- */

static bool key_is_good(EVP_PKEY *key)
{
	static const char *const groups[] = { "prime256v1", "secp384r1", "secp521r1" };
	char group[64] = "";
	size_t n;
	int bits = key ? EVP_PKEY_get_bits(key) : 0;

	if (!key)
		return false;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		return bits >= CERT_RSA_BITS_MIN && bits <= CERT_RSA_BITS_MAX &&
			rsa_exponent_bits(key) <= CERT_EXPONENT_BITS_MAX;
	if (!EVP_PKEY_is_a(key, "EC") ||
		EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1)
		return false;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcmp(group, groups[i]) == 0)
			return true;
	return false;
}

static enum status strength_check(X509 *x509, bool is_anchor, struct fault *f)
{
	AUTO(cert) cert = NULL;

	TRY(cert_of_x509(&cert, x509, f));
	if (!key_is_good(X509_get0_pubkey(x509)))
		return fault_set(f, ST_AUTH, "chain.key",
			"%s has a key of %u bits: RSA of 2048 to 8192 bits with a short exponent, "
			"P-256, P-384 or P-521 is needed",
			cert->subject, cert->bits);
	if (!is_anchor && !cert_digest_is_strong(cert))
		return fault_set(f, ST_AUTH, "chain.digest",
			"%s is signed with a digest below SHA-256", cert->subject);
	return ST_OK;
}

static enum status path_strength_check(X509_STORE_CTX *ctx, struct fault *f)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	const int n = sk_X509_num(path);

	for (int i = 0; i < n; i++)
		TRY(strength_check(sk_X509_value(path, i), i == n - 1, f));
	return ST_OK;
}

/* --- the walk --- */

static void store_ctx_free_ptr(X509_STORE_CTX **p)
{
	X509_STORE_CTX_free(*p);
}
static void x509_stack_free_ptr(STACK_OF(X509) * *p)
{
	sk_X509_free(*p);
}
#define AUTO_STORE_CTX __attribute__((cleanup(store_ctx_free_ptr))) X509_STORE_CTX *
#define AUTO_X509_STACK __attribute__((cleanup(x509_stack_free_ptr))) STACK_OF(X509) *

static STACK_OF(X509) * stack_of(const struct cert *const *list, size_t count)
{
	STACK_OF(X509) *stack = sk_X509_new_reserve(NULL, (int)count);

	for (size_t i = 0; stack && i < count; i++)
		sk_X509_push(stack, list[i]->x509);
	return stack;
}

static bool host_set(X509_VERIFY_PARAM *param, const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (!host)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* Any policy will do for us; that an authority demands one is still heard (RFC 5280 6.1.1). */
static bool rules_set(X509_STORE_CTX *ctx, const struct chain_question *q)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	const int openssl = purposes[q->purpose].openssl;

	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)(q->now_ns / NS_PER_S));
	X509_VERIFY_PARAM_set_flags(param,
		X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_PARTIAL_CHAIN);
	return (openssl == 0 || X509_VERIFY_PARAM_set_purpose(param, openssl) == 1) &&
		X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) == 1 &&
		host_set(param, q->host);
}

static enum status walk(struct revocation_asked *asked, X509_STORE_CTX *ctx,
	const struct cert *leaf, const struct chain_question *q, struct fault *f)
{
	if (q->asks_revocation)
		revocation_ask(ctx, asked);
	if (X509_verify_cert(ctx) != 1)
		return refused(ctx, leaf, f);
	if (q->asks_revocation)
		TRY(revocation_conclude(asked, leaf, f));
	return path_strength_check(ctx, f);
}

enum status chain_check(struct revocation_verdict *revocation, const struct cert *leaf,
	const struct chain_question *q, struct fault *f)
{
	struct revocation_asked asked = {
		.now_ns = q->now_ns, .lists = q->lists, .answer = q->answer
	};
	AUTO_X509_STACK untrusted = NULL;
	AUTO_STORE_CTX ctx = NULL;

	if (q->intermediate_count > CHAIN_INTERMEDIATES_MAX)
		return fault_set(f, ST_LIMIT, "chain.count",
			"%zu certificates came with %s, at most %d are looked at",
			q->intermediate_count, leaf->subject, CHAIN_INTERMEDIATES_MAX);
	TRY(purpose_check(leaf, q->purpose, f));
	untrusted = stack_of(q->intermediates, q->intermediate_count);
	ctx = X509_STORE_CTX_new();
	if (!untrusted || !ctx ||
		X509_STORE_CTX_init(ctx, q->anchors->store, leaf->x509, untrusted) != 1 ||
		!rules_set(ctx, q))
		return crypto_fault(f, ST_HOST, "chain.prepare", "preparing to follow a chain");
	TRY(walk(&asked, ctx, leaf, q, f));
	if (revocation)
		*revocation = asked.verdict;
	return ST_OK;
}
