/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider "tieline" (provider(7), provider-keymgmt(7), provider-signature(7),
 * provider-keyexch(7), provider-asym_cipher(7)).  A key here is the public half, kept as an
 * ordinary key of the default provider, and a number at a key service.  Digests, key derivation and
 * everything public are computed in this process; only a digest to sign, a wrapped key or a peer's
 * point goes out.  A private half is never exported, because there is none, so OpenSSL finds that
 * only this provider can work with the key and comes back here.
 */
#include "safeguards/remote_key.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "safeguards/crypto_internal.h"

#define PROVIDER "tieline"
#define PARAM_SPEC "tieline-spec" /* octets of struct spec: travels within this process only */
#define UKM_MAX 4096
#define MD_NAME_MAX 16

struct spec {
	unsigned number;
	const struct key_service *service;
};

/*
 * A key.  spec.service NULL: only a public half, as OpenSSL makes it to compare keys or to hand us
 * a peer.
 */
struct remote {
	const char *type; /* "EC", "RSA" */
	EVP_PKEY *public;
	struct spec spec;
};

#define FN(id, function) { (id), (void (*)(void))(function) }
#define END { 0, NULL }

static int ask(const struct remote *key, struct buf *out, enum key_scheme scheme, const char *md,
	struct slice input)
{
	struct key_request request = { .scheme = scheme, .input = input };
	struct fault f;

	if (!key->spec.service ||
		slice_to_text(request.digest_name, sizeof(request.digest_name), slice_str(md),
			NULL) != ST_OK)
		return 0;
	return key->spec.service->ask(
		       key->spec.service->context, out, key->spec.number, &request, &f) == ST_OK;
}

/* --- keys --- */

static void *key_new_of(const char *type)
{
	struct remote *key = alloc_zeroed(1, sizeof(*key));

	key->type = type;
	return key;
}

static void *ec_new(void *provider)
{
	(void)provider;
	return key_new_of("EC");
}

static void *rsa_new(void *provider)
{
	(void)provider;
	return key_new_of("RSA");
}

static void remote_free(void *data)
{
	struct remote *key = data;

	if (!key)
		return;
	EVP_PKEY_free(key->public);
	free(key);
}

static int remote_has(const void *data, int selection)
{
	const struct remote *key = data;

	/* OpenSSL asks of keys it has only typed and not yet filled, too. */
	if (!key || ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !key->spec.service))
		return 0;
	return key->public != NULL;
}

static int remote_match(const void *a, const void *b, int selection)
{
	const struct remote *x = a, *y = b;

	(void)selection;
	return x && y && x->public && y->public && EVP_PKEY_eq(x->public, y->public) == 1;
}

static int remote_import(void *data, int selection, const OSSL_PARAM params[])
{
	struct remote *key = data;
	const OSSL_PARAM *spec = OSSL_PARAM_locate_const(params, PARAM_SPEC);
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_name(NULL, key->type, "provider=default");
	int what = selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY ? EVP_PKEY_PUBLIC_KEY
							      : EVP_PKEY_KEY_PARAMETERS;

	/*
	 * A private half in memory is no business of ours: whoever holds it works with it better.
	 */
	if (!spec &&
		(OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY) ||
			OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_D)))
		return 0;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key->public, what, (OSSL_PARAM *)(uintptr_t)params) != 1)
		return 0;
	void *to = &key->spec;
	size_t used;
	return !spec || OSSL_PARAM_get_octet_string(spec, &to, sizeof(key->spec), &used) == 1;
}

static int remote_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
	const struct remote *key = data;

	if (!key || !key->public ||
		((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && key->spec.service))
		return 0;
	return EVP_PKEY_export(
		key->public, selection & ~OSSL_KEYMGMT_SELECT_PRIVATE_KEY, callback, argument);
}

static const OSSL_PARAM *remote_types(int selection)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_octet_string(PARAM_SPEC, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)selection;
	return types;
}

static int remote_get_params(void *data, OSSL_PARAM params[])
{
	const struct remote *key = data;

	return key->public && EVP_PKEY_get_params(key->public, params);
}

static const OSSL_PARAM *remote_gettable(void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return known;
}

/* How CMS puts an originator's point into a key it made from the parameters of ours. */
static int remote_set_params(void *data, const OSSL_PARAM params[])
{
	struct remote *key = data;

	return key->public && EVP_PKEY_set_params(key->public, (OSSL_PARAM *)(uintptr_t)params);
}

static const OSSL_PARAM *remote_settable(void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0), OSSL_PARAM_END
	};

	(void)provider;
	return known;
}

static const char *ec_operation(int operation)
{
	return operation == OSSL_OP_KEYEXCH ? "ECDH" : "ECDSA";
}

static const char *rsa_operation(int operation)
{
	(void)operation;
	return "RSA";
}

#define KEYMGMT_COMMON                                                                  \
	FN(OSSL_FUNC_KEYMGMT_FREE, remote_free), FN(OSSL_FUNC_KEYMGMT_HAS, remote_has), \
		FN(OSSL_FUNC_KEYMGMT_MATCH, remote_match),                              \
		FN(OSSL_FUNC_KEYMGMT_IMPORT, remote_import),                            \
		FN(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, remote_types),                       \
		FN(OSSL_FUNC_KEYMGMT_EXPORT, remote_export),                            \
		FN(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, remote_types),                       \
		FN(OSSL_FUNC_KEYMGMT_GET_PARAMS, remote_get_params),                    \
		FN(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, remote_gettable),                 \
		FN(OSSL_FUNC_KEYMGMT_SET_PARAMS, remote_set_params),                    \
		FN(OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, remote_settable)

static const OSSL_DISPATCH ec_keymgmt[] = {
	FN(OSSL_FUNC_KEYMGMT_NEW, ec_new),
	FN(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation),
	KEYMGMT_COMMON,
	END,
};
static const OSSL_DISPATCH rsa_keymgmt[] = {
	FN(OSSL_FUNC_KEYMGMT_NEW, rsa_new),
	FN(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, rsa_operation),
	KEYMGMT_COMMON,
	END,
};

/* --- one context for the three operations --- */

struct work {
	const struct remote *key; /* borrowed from the EVP_PKEY, which outlives its operations */
	const struct remote *peer;
	EVP_MD_CTX *hash;
	char md[MD_NAME_MAX];
	int padding;
	bool mgf1_sha1;
	bool x963;
	size_t kdf_outlen;
	uint8_t *ukm;
	size_t ukm_n;
};

static void *work_new(void *provider, const char *properties)
{
	struct work *w = alloc_zeroed(1, sizeof(*w));

	(void)provider;
	(void)properties;
	w->padding = RSA_PKCS1_PADDING;
	return w;
}

static void *work_new_plain(void *provider)
{
	return work_new(provider, NULL);
}

static void work_free(void *data)
{
	struct work *w = data;

	if (!w)
		return;
	EVP_MD_CTX_free(w->hash);
	OPENSSL_free(w->ukm);
	free(w);
}

static void *work_dup(void *data)
{
	const struct work *w = data;
	struct work *copy = alloc_zeroed(1, sizeof(*copy));

	*copy = *w;
	copy->hash = NULL;
	copy->ukm = NULL;
	copy->ukm_n = 0;
	if (w->hash &&
		(!(copy->hash = EVP_MD_CTX_new()) ||
			EVP_MD_CTX_copy_ex(copy->hash, w->hash) != 1)) {
		work_free(copy);
		return NULL;
	}
	return copy;
}

static int md_set(struct work *w, const char *name)
{
	const EVP_MD *md = EVP_get_digestbyname(name);

	return md &&
		slice_to_text(w->md, sizeof(w->md), slice_str(OBJ_nid2sn(EVP_MD_get_type(md))),
			NULL) == ST_OK;
}

static int take_md(struct work *w, const OSSL_PARAM *p)
{
	const char *name;

	return OSSL_PARAM_get_utf8_string_ptr(p, &name) == 1 && md_set(w, name);
}

static int take_padding(struct work *w, const OSSL_PARAM *p)
{
	static const struct {
		const char *name;
		int mode;
	} modes[] = { { "pkcs1", RSA_PKCS1_PADDING }, { "oaep", RSA_PKCS1_OAEP_PADDING },
		{ "pss", RSA_PKCS1_PSS_PADDING } };
	const char *name;

	if (p->data_type == OSSL_PARAM_INTEGER)
		return OSSL_PARAM_get_int(p, &w->padding);
	if (OSSL_PARAM_get_utf8_string_ptr(p, &name) != 1)
		return 0;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(name, modes[i].name) == 0) {
			w->padding = modes[i].mode;
			return 1;
		}
	return 0;
}

static int take_kdf_type(struct work *w, const OSSL_PARAM *p)
{
	const char *name;

	if (OSSL_PARAM_get_utf8_string_ptr(p, &name) != 1)
		return 0;
	w->x963 = strcmp(name, "X963KDF") == 0;
	return w->x963 || *name == '\0';
}

static int take_outlen(struct work *w, const OSSL_PARAM *p)
{
	return OSSL_PARAM_get_size_t(p, &w->kdf_outlen) && w->kdf_outlen <= 128;
}

static int take_ukm(struct work *w, const OSSL_PARAM *p)
{
	void *ukm = NULL;

	if (p->data_size > UKM_MAX || OSSL_PARAM_get_octet_string(p, &ukm, 0, &w->ukm_n) != 1)
		return 0;
	OPENSSL_free(w->ukm);
	w->ukm = ukm;
	return 1;
}

/* MGF1 with the same digest, or with SHA-1: the only ways we have. */
static int take_mgf1(struct work *w, const OSSL_PARAM *p)
{
	const char *name;

	if (OSSL_PARAM_get_utf8_string_ptr(p, &name) != 1)
		return 0;
	w->mgf1_sha1 = EVP_get_digestbyname(name) == EVP_sha1();
	return 1;
}

/* Salt as long as the digest, plain ECDH on curves of cofactor 1: the only ways we have. */
static int take_nothing(struct work *w, const OSSL_PARAM *p)
{
	(void)w;
	(void)p;
	return 1;
}

static const struct {
	const char *name;
	int (*take)(struct work *, const OSSL_PARAM *);
} takers[] = {
	{ OSSL_SIGNATURE_PARAM_DIGEST, take_md },
	{ OSSL_PKEY_PARAM_PAD_MODE, take_padding },
	{ OSSL_EXCHANGE_PARAM_KDF_TYPE, take_kdf_type },
	{ OSSL_EXCHANGE_PARAM_KDF_DIGEST, take_md },
	{ OSSL_EXCHANGE_PARAM_KDF_OUTLEN, take_outlen },
	{ OSSL_EXCHANGE_PARAM_KDF_UKM, take_ukm },
	{ OSSL_SIGNATURE_PARAM_PSS_SALTLEN, take_nothing },
	{ OSSL_PKEY_PARAM_MGF1_DIGEST, take_mgf1 },
	{ OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, take_nothing },
	{ "implicit-rejection", take_nothing },
};

static int work_set_params(void *data, const OSSL_PARAM params[])
{
	for (size_t i = 0; params && i < sizeof(takers) / sizeof(takers[0]); i++) {
		const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, takers[i].name);
		if (p && !takers[i].take(data, p))
			return 0;
	}
	return 1;
}

static const OSSL_PARAM *work_settable(void *data, void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
		OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
		OSSL_PARAM_octet_string(OSSL_EXCHANGE_PARAM_KDF_UKM, NULL, 0),
		OSSL_PARAM_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, NULL),
		OSSL_PARAM_uint("implicit-rejection", NULL),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provider;
	return known;
}

static int work_get_params(void *data, OSSL_PARAM params[])
{
	const struct work *w = data;
	OSSL_PARAM *padding = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_PAD_MODE);
	OSSL_PARAM *md = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);

	if (padding && !OSSL_PARAM_set_int(padding, w->padding))
		return 0;
	return !md || OSSL_PARAM_set_utf8_string(md, w->md);
}

static const OSSL_PARAM *work_gettable(void *data, void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_PAD_MODE, NULL),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provider;
	return known;
}

static int work_init(void *data, void *key, const OSSL_PARAM params[])
{
	struct work *w = data;

	if (key)
		w->key = key;
	return w->key && w->key->spec.service && work_set_params(w, params);
}

#define WORK_COMMON(OPERATION)                                                  \
	FN(OSSL_FUNC_##OPERATION##_FREECTX, work_free),                         \
		FN(OSSL_FUNC_##OPERATION##_DUPCTX, work_dup),                   \
		FN(OSSL_FUNC_##OPERATION##_SET_CTX_PARAMS, work_set_params),    \
		FN(OSSL_FUNC_##OPERATION##_SETTABLE_CTX_PARAMS, work_settable), \
		FN(OSSL_FUNC_##OPERATION##_GET_CTX_PARAMS, work_get_params),    \
		FN(OSSL_FUNC_##OPERATION##_GETTABLE_CTX_PARAMS, work_gettable)

/* --- signing --- */

static enum key_scheme sign_scheme(const struct work *w)
{
	if (strcmp(w->key->type, "EC") == 0)
		return KEY_SIGN_ECDSA;
	return w->padding == RSA_PKCS1_PSS_PADDING ? KEY_SIGN_RSA_PSS : KEY_SIGN_RSA_PKCS1;
}

static int hand_out(unsigned char *to, size_t *n, size_t room, struct slice from)
{
	if (from.n > room)
		return 0;
	for (size_t i = 0; i < from.n; i++)
		to[i] = from.p[i];
	*n = from.n;
	return 1;
}

static int work_sign(void *data, unsigned char *signature, size_t *n, size_t room,
	const unsigned char *digest, size_t digest_n)
{
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
	const struct work *w = data;

	if (!signature) {
		*n = (size_t)EVP_PKEY_get_size(w->key->public);
		return 1;
	}
	return ask(w->key, &out, sign_scheme(w), w->md, slice_of(digest, digest_n)) &&
		hand_out(signature, n, room, buf_slice(&out));
}

static int hash_init(void *data, const char *md, void *key, const OSSL_PARAM params[])
{
	struct work *w = data;

	if (!md_set(w, md && *md ? md : "SHA256") || !work_init(w, key, params))
		return 0;
	if (!w->hash)
		w->hash = EVP_MD_CTX_new();
	return w->hash && EVP_DigestInit_ex(w->hash, EVP_get_digestbyname(w->md), NULL);
}

static int hash_update(void *data, const unsigned char *bytes, size_t n)
{
	struct work *w = data;

	return w->hash && EVP_DigestUpdate(w->hash, bytes, n);
}

static int hash_final(void *data, unsigned char *signature, size_t *n, size_t room)
{
	struct work *w = data;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_n = 0;

	if (!signature)
		return work_sign(w, NULL, n, 0, NULL, 0);
	if (!w->hash || EVP_DigestFinal_ex(w->hash, digest, &digest_n) != 1)
		return 0;
	return work_sign(w, signature, n, room, digest, digest_n);
}

static const OSSL_DISPATCH signature[] = {
	FN(OSSL_FUNC_SIGNATURE_NEWCTX, work_new),
	FN(OSSL_FUNC_SIGNATURE_SIGN_INIT, work_init),
	FN(OSSL_FUNC_SIGNATURE_SIGN, work_sign),
	FN(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, hash_init),
	FN(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, hash_update),
	FN(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, hash_final),
	WORK_COMMON(SIGNATURE),
	END,
};

/* --- agreement --- */

static int agree_peer(void *data, void *peer)
{
	struct work *w = data;

	w->peer = peer;
	return w->peer && w->peer->public;
}

static int kdf_x963(const struct work *w, unsigned char *out, struct slice secret)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_X963KDF, NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)w->md, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.p, secret.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, w->ukm, w->ukm_n),
		OSSL_PARAM_construct_end(),
	};
	int good = ctx && EVP_KDF_derive(ctx, out, w->kdf_outlen, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

static int agree_ask(const struct work *w, struct buf *secret)
{
	unsigned char *point = NULL;
	size_t n = w->peer ? EVP_PKEY_get1_encoded_public_key(w->peer->public, &point) : 0;
	int good = n != 0 && ask(w->key, secret, KEY_AGREE_ECDH, "", slice_of(point, n));

	OPENSSL_free(point);
	return good;
}

static int agree_derive(void *data, unsigned char *out, size_t *n, size_t room)
{
	AUTO_IN_PLACE(buf) secret = buf_init(KEY_OUTPUT_MAX);
	const struct work *w = data;
	size_t size = w->x963 ? w->kdf_outlen : ((size_t)EVP_PKEY_get_bits(w->key->public) + 7) / 8;

	*n = size;
	if (!out)
		return 1;
	if (room < size || !agree_ask(w, &secret))
		return 0;
	return w->x963 ? kdf_x963(w, out, buf_slice(&secret))
		       : hand_out(out, n, room, buf_slice(&secret));
}

static const OSSL_DISPATCH keyexch[] = {
	FN(OSSL_FUNC_KEYEXCH_NEWCTX, work_new_plain),
	FN(OSSL_FUNC_KEYEXCH_INIT, work_init),
	FN(OSSL_FUNC_KEYEXCH_SET_PEER, agree_peer),
	FN(OSSL_FUNC_KEYEXCH_DERIVE, agree_derive),
	WORK_COMMON(KEYEXCH),
	END,
};

/* --- unwrapping --- */

static enum key_scheme unwrap_scheme(const struct work *w)
{
	if (w->padding != RSA_PKCS1_OAEP_PADDING)
		return KEY_UNWRAP_RSA_V15;
	return w->mgf1_sha1 ? KEY_UNWRAP_OAEP_MGF1_SHA1 : KEY_UNWRAP_OAEP;
}

static int unwrap(void *data, unsigned char *out, size_t *n, size_t room, const unsigned char *in,
	size_t in_n)
{
	AUTO_IN_PLACE(buf) plain = buf_init(KEY_OUTPUT_MAX);
	const struct work *w = data;
	bool oaep = w->padding == RSA_PKCS1_OAEP_PADDING;

	*n = (size_t)EVP_PKEY_get_size(w->key->public);
	if (!out)
		return 1;
	return ask(w->key, &plain, unwrap_scheme(w),
		       oaep ? (*w->md ? w->md : "SHA1") : "", slice_of(in, in_n)) &&
		hand_out(out, n, room, buf_slice(&plain));
}

static const OSSL_DISPATCH asym_cipher[] = {
	FN(OSSL_FUNC_ASYM_CIPHER_NEWCTX, work_new_plain),
	FN(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, work_init),
	FN(OSSL_FUNC_ASYM_CIPHER_DECRYPT, unwrap),
	WORK_COMMON(ASYM_CIPHER),
	END,
};

/* --- the provider --- */

#define PROPERTY "provider=" PROVIDER

static const OSSL_ALGORITHM keymgmts[] = {
	{ "EC:id-ecPublicKey:1.2.840.10045.2.1", PROPERTY, ec_keymgmt, "EC keys held elsewhere" },
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY, rsa_keymgmt,
		"RSA keys held elsewhere" },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM signatures[] = {
	{ "ECDSA", PROPERTY, signature, "ECDSA by the key service" },
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY, signature, "RSA by the key service" },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM keyexchs[] = {
	{ "ECDH", PROPERTY, keyexch, "ECDH by the key service" },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM asym_ciphers[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY, asym_cipher,
		"RSA decryption by the key service" },
	{ NULL, NULL, NULL, NULL },
};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT: return keymgmts;
	case OSSL_OP_SIGNATURE: return signatures;
	case OSSL_OP_KEYEXCH: return keyexchs;
	case OSSL_OP_ASYM_CIPHER: return asym_ciphers;
	default: return NULL;
	}
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **context)
{
	static const OSSL_DISPATCH functions[] = {
		FN(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query), END
	};

	(void)in;
	*out = functions;
	*context = (void *)(uintptr_t)handle;
	return 1;
}

/*
 * Everybody else's keys stay with the default provider: ours is asked only for keys that are its
 * own.
 */
bool remote_key_provider_load(void)
{
	if (OSSL_PROVIDER_available(NULL, PROVIDER))
		return true;
	return OSSL_PROVIDER_add_builtin(NULL, PROVIDER, provider_init) == 1 &&
		OSSL_PROVIDER_load(NULL, PROVIDER) &&
		EVP_set_default_properties(NULL, "?provider=default") == 1;
}

static EVP_PKEY *remote_pkey(const struct cert *cert, const struct spec *spec)
{
	EVP_PKEY *made = NULL, *public = X509_get0_pubkey(cert->x509);
	OSSL_PARAM own[] = { OSSL_PARAM_construct_octet_string(
				     PARAM_SPEC, (void *)(uintptr_t)spec, sizeof(*spec)),
		OSSL_PARAM_construct_end() };
	OSSL_PARAM *theirs = NULL, *all = NULL;
	AUTO_PKEY_CTX ctx =
		EVP_PKEY_CTX_new_from_name(NULL, cert->kind == KEY_RSA ? "RSA" : "EC", PROPERTY);

	if (public && EVP_PKEY_todata(public, EVP_PKEY_PUBLIC_KEY, &theirs) == 1)
		all = OSSL_PARAM_merge(theirs, own);
	if (!ctx || !all || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_KEYPAIR, all) != 1)
		made = NULL;
	OSSL_PARAM_free(all);
	OSSL_PARAM_free(theirs);
	return made;
}

enum status key_remote(struct key **out, const struct cert *cert, unsigned number,
	const struct key_service *service, struct fault *f)
{
	struct spec spec = { .number = number, .service = service };
	EVP_PKEY *pkey = remote_pkey(cert, &spec);

	if (!pkey)
		return crypto_fault(f, ST_HOST, "key.remote", "making a remote key");
	struct key *key = alloc_zeroed(1, sizeof(*key));
	key->pkey = pkey;
	key->memory = alloc_zeroed(1, sizeof(*key->memory));
	key->service = service;
	key->number = number;
	*out = key;
	return ST_OK;
}
