/* SPDX-License-Identifier: Apache-2.0 */
/* Local private keys, and what the keyholder does with them: one function a scheme, in a table. */
#include "safeguards/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safeguards/crypto_internal.h"

#define RSA_BITS 3072
#define POINT_MAX 133 /* uncompressed P-521 */

/* Making the curve again for every point takes longer than the point. */
static EVP_PKEY *peer_of(EVP_PKEY *pkey)
{
	EVP_PKEY *peer = EVP_PKEY_is_a(pkey, "EC") ? EVP_PKEY_new() : NULL;

	if (!peer || EVP_PKEY_copy_parameters(peer, pkey) == 1)
		return peer;
	ERR_clear_error();
	EVP_PKEY_free(peer);
	return NULL;
}

static struct key *key_of(EVP_PKEY *pkey)
{
	struct key *key = alloc_zeroed(1, sizeof(*key));

	key->pkey = pkey;
	key->peer = peer_of(pkey);
	key->memory = alloc_zeroed(1, sizeof(*key->memory));
	return key;
}

enum status key_generate(struct key **out, enum key_kind kind, struct fault *f)
{
	EVP_PKEY *pkey = NULL;

	if (kind == KEY_RSA)
		pkey = EVP_PKEY_Q_keygen(NULL, "provider=default", "RSA", (size_t)RSA_BITS);
	else
		pkey = EVP_PKEY_Q_keygen(NULL, "provider=default", "EC", key_kind_name(kind));
	if (!pkey)
		return crypto_fault(f, ST_HOST, "key.generate", "making a key");
	*out = key_of(pkey);
	return ST_OK;
}

enum status key_parse_pem(struct key **out, struct slice pem, struct fault *f)
{
	AUTO_BIO in = bio_of(pem);
	EVP_PKEY *pkey =
		PEM_read_bio_PrivateKey_ex(in, NULL, no_passphrase, NULL, NULL, "provider=default");

	if (!pkey)
		return crypto_fault(
			f, ST_INPUT, "key.syntax", "not a private key in unencrypted PEM");
	*out = key_of(pkey);
	return ST_OK;
}

void key_format_pem(struct buf *out, const struct key *key)
{
	AUTO_BIO memory = BIO_new(BIO_s_secmem());

	if (!memory || PEM_write_bio_PrivateKey(memory, key->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		die("OpenSSL cannot write a key it made");
	buf_put_bio(out, memory);
}

#define SCRYPT_N 16384 /* with r = 8: 16 MiB, what `openssl pkey` takes at most */
#define SCRYPT_R 8
#define SCRYPT_P 4

static X509_SIG *sealed_of(EVP_PKEY *pkey, struct slice passphrase)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(pkey);
	X509_ALGOR *how = PKCS5_pbe2_set_scrypt(
		EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	X509_SIG *sealed = plain && how ? PKCS8_set0_pbe((const char *)passphrase.p,
						  (int)passphrase.n, plain, how)
					: NULL;

	if (!sealed)
		X509_ALGOR_free(how); /* else it is in there */
	PKCS8_PRIV_KEY_INFO_free(plain);
	return sealed;
}

enum status key_format_sealed(
	struct buf *out, const struct key *key, struct slice passphrase, struct fault *f)
{
	AUTO_BIO memory = BIO_new(BIO_s_mem());
	X509_SIG *sealed = sealed_of(key->pkey, passphrase);
	bool written = sealed && memory && PEM_write_bio_PKCS8(memory, sealed) == 1;

	X509_SIG_free(sealed);
	if (!written)
		return crypto_fault(f, ST_HOST, "key.seal", "sealing a key");
	buf_put_bio(out, memory);
	return buf_check(out, f);
}

enum status key_parse_sealed(
	struct key **out, struct slice pem, struct slice passphrase, struct fault *f)
{
	AUTO_BIO in = bio_of(pem);
	X509_SIG *sealed = PEM_read_bio_PKCS8(in, NULL, no_passphrase, NULL);

	if (!sealed)
		return crypto_fault(f, ST_INPUT, "key.syntax", "not a private key in sealed PEM");
	PKCS8_PRIV_KEY_INFO *plain =
		PKCS8_decrypt(sealed, (const char *)passphrase.p, (int)passphrase.n);
	EVP_PKEY *pkey = plain ? EVP_PKCS82PKEY_ex(plain, NULL, "provider=default") : NULL;
	PKCS8_PRIV_KEY_INFO_free(plain);
	X509_SIG_free(sealed);
	if (!pkey)
		return crypto_fault(
			f, ST_AUTH, "key.passphrase", "this passphrase does not open the key");
	*out = key_of(pkey);
	return ST_OK;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	EVP_PKEY_free(key->peer);
	EVP_PKEY_CTX_free(key->memory->signing);
	EVP_PKEY_CTX_free(key->memory->agreeing);
	free(key->memory);
	free(key);
}

static struct slice matched_of(const struct key_memory *m)
{
	return slice_of(m->matched, sizeof(m->matched));
}

bool key_matches(const struct key *key, const struct cert *cert)
{
	struct key_memory *m = key->memory;

	if (m->has_matched && slice_eq(cert_fingerprint(cert), matched_of(m)))
		return true;
	if (EVP_PKEY_eq(key->pkey, X509_get0_pubkey(cert->x509)) != 1)
		return false;
	for (size_t i = 0; i < sizeof(m->matched); i++)
		m->matched[i] = cert->fingerprint[i];
	m->has_matched = true;
	return true;
}

/* --- the three verbs --- */

static enum status failed(struct fault *f)
{
	return crypto_fault(f, ST_HOST, "key.operation", "the key operation failed");
}

static enum status refuse(struct fault *f, const char *why)
{
	return fault_set(f, ST_INPUT, "key.request", "%s", why);
}

static bool sign_prepare(EVP_PKEY_CTX *ctx, const struct key_request *r)
{
	bool pss = r->scheme == KEY_SIGN_RSA_PSS;

	if (EVP_PKEY_sign_init(ctx) != 1 ||
		EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbyname(r->digest_name)) != 1)
		return false;
	if (r->scheme == KEY_SIGN_ECDSA)
		return true;
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
		return false;
	return !pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool is_prepared(const struct key_memory *m, const struct key_request *r)
{
	return m->signing && m->scheme == r->scheme && strcmp(m->digest_name, r->digest_name) == 0;
}

static bool digest_fits(const struct key_memory *m, const struct key_request *r)
{
	if (is_prepared(m, r))
		return r->input.n == m->digest_n;
	const EVP_MD *md = EVP_get_digestbyname(r->digest_name);
	return md && (size_t)EVP_MD_get_size(md) == r->input.n && EVP_MD_get_size(md) >= 32;
}

static void signing_drop(struct key_memory *m)
{
	EVP_PKEY_CTX_free(m->signing);
	m->signing = NULL;
}

/* A key signs with one digest, as a rule: preparing for it takes half as long as signing. */
static bool signing_ready(const struct key *key, const struct key_request *r)
{
	struct key_memory *m = key->memory;

	if (is_prepared(m, r))
		return true;
	signing_drop(m);
	m->signing = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (!m->signing || !sign_prepare(m->signing, r)) {
		signing_drop(m);
		return false;
	}
	m->scheme = r->scheme;
	m->digest_n = r->input.n;
	snprintf(m->digest_name, sizeof(m->digest_name), "%s", r->digest_name);
	return true;
}

static enum status serve_sign(
	struct buf *out, const struct key *key, const struct key_request *r, struct fault *f)
{
	uint8_t signature[KEY_OUTPUT_MAX];
	size_t n = sizeof(signature);

	if (!digest_fits(key->memory, r))
		return refuse(f, "the input is no digest of that kind");
	if (!signing_ready(key, r))
		return failed(f);
	if (EVP_PKEY_sign(key->memory->signing, signature, &n, r->input.p, r->input.n) != 1) {
		signing_drop(key->memory);
		return failed(f);
	}
	buf_put(out, slice_of(signature, n));
	return buf_check(out, f);
}

static bool unwrap_prepare(EVP_PKEY_CTX *ctx, const struct key_request *r)
{
	bool apart = r->scheme == KEY_UNWRAP_OAEP_MGF1_SHA1;
	bool oaep = r->scheme == KEY_UNWRAP_OAEP || apart;
	const EVP_MD *md = oaep ? EVP_get_digestbyname(r->digest_name) : NULL;

	if (EVP_PKEY_decrypt_init(ctx) != 1 ||
		EVP_PKEY_CTX_set_rsa_padding(
			ctx, oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING) != 1)
		return false;
	return !oaep ||
		(md && EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
			EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, apart ? EVP_sha1() : md) == 1);
}

/*
 * A failed unwrap answers like a good one, with bytes nobody knows: whoever asks cannot use us to
 * tell paddings apart.
 */
static enum status serve_unwrap(
	struct buf *out, const struct key *key, const struct key_request *r, struct fault *f)
{
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	uint8_t random[32], plain[KEY_OUTPUT_MAX];
	size_t n = sizeof(plain);

	if (!ctx || !unwrap_prepare(ctx, r) || RAND_priv_bytes(random, sizeof(random)) != 1)
		return failed(f);
	bool good = r->input.n == (size_t)EVP_PKEY_get_size(key->pkey) &&
		EVP_PKEY_decrypt(ctx, plain, &n, r->input.p, r->input.n) == 1;
	ERR_clear_error();
	buf_put(out, good ? slice_of(plain, n) : slice_of(random, sizeof(random)));
	OPENSSL_cleanse(plain, sizeof(plain));
	return buf_check(out, f);
}

/*
 * Reading the point proves that it is on the curve; on curves of cofactor 1 that is all there is to
 * validate (SP 800-56A 5.6.2.3.4).
 */
static bool peer_set(const struct key *key, struct slice point)
{
	/* One byte would be the point at infinity. */
	return key->peer && point.n > 1 && point.n <= POINT_MAX &&
		EVP_PKEY_set1_encoded_public_key(key->peer, point.p, point.n) == 1;
}

/* NULL: it cannot agree. */
static EVP_PKEY_CTX *agreeing_of(const struct key *key)
{
	struct key_memory *m = key->memory;
	AUTO_PKEY_CTX made = NULL;

	if (m->agreeing)
		return m->agreeing;
	made = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (made && EVP_PKEY_derive_init(made) == 1)
		m->agreeing = TAKE(made);
	return m->agreeing;
}

static enum status serve_agree(
	struct buf *out, const struct key *key, const struct key_request *r, struct fault *f)
{
	EVP_PKEY_CTX *ctx;
	uint8_t secret[KEY_OUTPUT_MAX];
	size_t n = sizeof(secret);

	if (!peer_set(key, r->input)) {
		ERR_clear_error();
		return refuse(f, "the peer's point is not on our curve");
	}
	ctx = agreeing_of(key);
	if (!ctx || EVP_PKEY_derive_set_peer_ex(ctx, key->peer, 0) != 1)
		return failed(f);
	if (EVP_PKEY_derive(ctx, secret, &n) != 1)
		return failed(f);
	buf_put(out, slice_of(secret, n));
	OPENSSL_cleanse(secret, sizeof(secret));
	return buf_check(out, f);
}

enum status key_serve(
	struct buf *out, const struct key *key, const struct key_request *r, struct fault *f)
{
	static const struct {
		enum status (*serve)(struct buf *, const struct key *, const struct key_request *,
			struct fault *);
		int type;
	} schemes[KEY_SCHEMES] = {
		[KEY_SIGN_ECDSA] = { serve_sign, EVP_PKEY_EC },
		[KEY_SIGN_RSA_PKCS1] = { serve_sign, EVP_PKEY_RSA },
		[KEY_SIGN_RSA_PSS] = { serve_sign, EVP_PKEY_RSA },
		[KEY_UNWRAP_OAEP] = { serve_unwrap, EVP_PKEY_RSA },
		[KEY_UNWRAP_OAEP_MGF1_SHA1] = { serve_unwrap, EVP_PKEY_RSA },
		[KEY_UNWRAP_RSA_V15] = { serve_unwrap, EVP_PKEY_RSA },
		[KEY_AGREE_ECDH] = { serve_agree, EVP_PKEY_EC },
	};

	if ((unsigned)r->scheme >= KEY_SCHEMES ||
		EVP_PKEY_get_base_id(key->pkey) != schemes[r->scheme].type)
		return refuse(f, "the scheme does not fit the key");
	if (r->input.n == 0 || r->input.n > KEY_INPUT_MAX)
		return refuse(f, "the input is empty or too long");
	return schemes[r->scheme].serve(out, key, r, f);
}

enum status key_apply(
	struct buf *out, const struct key *key, const struct key_request *r, struct fault *f)
{
	return key->service ? key->service->ask(key->service->context, out, key->number, r, f)
			    : key_serve(out, key, r, f);
}
