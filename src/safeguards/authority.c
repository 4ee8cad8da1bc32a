/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates are built from tables of extensions; nothing here is on a network path. */
#include "safeguards/authority.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "safeguards/crypto_internal.h"

#define DAY_S 86400
#define ROOT_DAYS 3650
#define LEAF_DAYS 398
#define NAME_CUT 40 /* bytes */
#define SKEW_S 300 /* a partner's clock may be behind ours */

struct extension {
	int nid;
	const char *value;
};

#define EXTENSIONS_MAX 4

static const struct extension root_extensions[EXTENSIONS_MAX] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature" },
	{ NID_subject_key_identifier, "hash" },
};

static const struct extension leaf_extensions[CERT_USES][EXTENSIONS_MAX] = {
	[CERT_TLS] = { { NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth,clientAuth" } },
	[CERT_SIGN] = { { NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature,nonRepudiation" } },
	[CERT_ENCRYPT] = { { NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,keyAgreement" } },
};

static bool extension_add(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = extension && X509_add_ext(x509, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

static bool extensions_add(X509 *x509, X509 *issuer, const struct extension *list)
{
	for (size_t i = 0; i < EXTENSIONS_MAX && list[i].value; i++)
		if (!extension_add(x509, issuer, list[i].nid, list[i].value))
			return false;
	return true;
}

static bool serial_set(X509 *x509)
{
	unsigned char bytes[16];
	BIGNUM *number;
	bool good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and of constant length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
	BN_free(number);
	return good;
}

static bool name_add(X509_NAME *name, int nid, const char *value)
{
	return X509_NAME_add_entry_by_NID(
		       name, nid, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1;
}

/*
 * How many bytes of the name go into a subject: a character of UTF-8 goes there whole or not at
 * all.
 */
static int name_cut(const char *name)
{
	size_t n = strnlen(name, NAME_CUT);

	while (n > 0 && (name[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* X.520 has a serialNumber of PrintableString: what is not in that becomes '-'. */
static bool id_add(X509_NAME *subject, const char *id)
{
	AUTO_IN_PLACE(buf) text = buf_init(PARTY_ID_MAX + 1);

	for (; *id; id++) {
		size_t at;
		bool good = (*id >= '0' && *id <= '9') || (*id >= 'a' && *id <= 'z') ||
			(*id >= 'A' && *id <= 'Z') ||
			slice_find_byte(&at, S(" '()+,-./:=?"), (uint8_t)*id);

		buf_put_u8(&text, good ? (uint8_t)*id : '-');
	}
	return name_add(subject, NID_serialNumber, buf_text(&text));
}

/* X.520 bounds O and CN to 64 characters; a longer party name is cut there, its id is not. */
static bool subject_set(X509 *x509, const char *id, const char *name, const char *what)
{
	char common[65], organisation[65];
	X509_NAME *subject = X509_get_subject_name(x509);

	int n = name_cut(name);
	snprintf(organisation, sizeof(organisation), "%.*s", n, name);
	snprintf(common, sizeof(common), "%.*s %s", n, name, what);
	return name_add(subject, NID_organizationName, organisation) &&
		name_add(subject, NID_commonName, common) && id_add(subject, id);
}

static bool dates_set(X509 *x509, int64_t now_ns, int64_t days)
{
	time_t now = (time_t)(now_ns / NS_PER_S);

	return ASN1_TIME_set(X509_getm_notBefore(x509), now - SKEW_S) &&
		ASN1_TIME_set(X509_getm_notAfter(x509), now + days * DAY_S);
}

static X509 *blank(EVP_PKEY *key, int64_t now_ns, int64_t days)
{
	X509 *x509 = X509_new();

	if (x509 && X509_set_version(x509, X509_VERSION_3) == 1 && serial_set(x509) &&
		dates_set(x509, now_ns, days) && X509_set_pubkey(x509, key) == 1)
		return x509;
	X509_free(x509);
	return NULL;
}

static enum status finish(struct cert **out, X509 *x509, EVP_PKEY *signer, struct fault *f)
{
	unsigned char *der = NULL;
	/* As strong as the key (SP 800-57): 384 bits of a curve, where RSA's begin at 2048. */
	bool strong = EVP_PKEY_is_a(signer, "EC") && EVP_PKEY_get_bits(signer) >= 384;
	const EVP_MD *md = strong ? EVP_sha384() : EVP_sha256();
	int n = X509_sign(x509, signer, md) > 0 ? i2d_X509(x509, &der) : -1;

	if (n < 0)
		return crypto_fault(f, ST_HOST, "authority.issue", "signing a certificate");
	enum status st = cert_parse_der(out, slice_of(der, (size_t)n), f);
	OPENSSL_free(der);
	return st;
}

enum status authority_make(struct cert **out, const struct key *key, const char *party_id,
	const char *party_name, int64_t now_ns, struct fault *f)
{
	AUTO_X509 x509 = blank(key->pkey, now_ns, ROOT_DAYS);

	if (!x509 || !subject_set(x509, party_id, party_name, "root") ||
		X509_set_issuer_name(x509, X509_get_subject_name(x509)) != 1 ||
		!extensions_add(x509, x509, root_extensions))
		return crypto_fault(f, ST_HOST, "authority.make", "making a root certificate");
	return finish(out, x509, key->pkey, f);
}

static bool host_add(X509 *x509, X509 *issuer, const char *host)
{
	char value[300];
	struct in6_addr six;
	struct in_addr four;
	bool is_ip = inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1;

	if (strpbrk(host, ",\r\n")) /* OpenSSL would read a list of names */
		return false;
	snprintf(value, sizeof(value), "%s:%s", is_ip ? "IP" : "DNS", host);
	return extension_add(x509, issuer, NID_subject_alt_name, value);
}

/* An RSA key is not agreed with: it is encrypted to. */
static bool usage_add(X509 *x509, X509 *issuer, enum cert_use use, EVP_PKEY *key)
{
	static const struct extension rsa_encrypt[EXTENSIONS_MAX] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,keyEncipherment" },
	};
	bool is_rsa = use == CERT_ENCRYPT && EVP_PKEY_is_a(key, "RSA");

	return extensions_add(x509, issuer, is_rsa ? rsa_encrypt : leaf_extensions[use]) &&
		extension_add(x509, issuer, NID_subject_key_identifier, "hash") &&
		extension_add(x509, issuer, NID_authority_key_identifier, "keyid:always");
}

enum status authority_issue(struct cert **out, const struct cert *root, const struct key *root_key,
	const struct key *subject_key, enum cert_use use, const char *party_id,
	const char *party_name, const char *host, int64_t now_ns, struct fault *f)
{
	AUTO_X509 x509 = blank(subject_key->pkey, now_ns, LEAF_DAYS);

	if (!x509 || !subject_set(x509, party_id, party_name, cert_use_name(use)) ||
		X509_set_issuer_name(x509, X509_get_subject_name(root->x509)) != 1 ||
		!usage_add(x509, root->x509, use, subject_key->pkey) ||
		(use == CERT_TLS && !host_add(x509, root->x509, host)))
		return crypto_fault(f, ST_HOST, "authority.issue", "making a certificate");
	return finish(out, x509, root_key->pkey, f);
}

bool authority_issued(const struct cert *root, const struct cert *cert)
{
	return X509_check_issued(root->x509, cert->x509) == X509_V_OK &&
		X509_verify(cert->x509, X509_get0_pubkey(root->x509)) == 1;
}
