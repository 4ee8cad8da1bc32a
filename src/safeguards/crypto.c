/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing OpenSSL up, and reading its errors. */
#include "safeguards/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"
#include "safeguards/remote_key.h"

BIO *bio_of(struct slice s)
{
	BIO *bio = BIO_new_mem_buf(s.n ? s.p : (const uint8_t *)"", (int)s.n);

	if (!bio)
		die("out of memory");
	return bio;
}

void buf_put_bio(struct buf *out, BIO *memory)
{
	char *bytes;
	long n = BIO_get_mem_data(memory, &bytes);

	if (n > 0)
		buf_put(out, slice_of(bytes, (size_t)n));
}

int no_passphrase(char *out, int size, int writing, void *unused)
{
	(void)out, (void)size, (void)writing, (void)unused;
	return -1;
}

enum status crypto_fault(struct fault *f, enum status status, const char *code, const char *doing)
{
	char text[160] = "no reason given";
	unsigned long error = ERR_peek_last_error();

	if (error)
		ERR_error_string_n(error, text, sizeof(text));
	ERR_clear_error();
	return fault_set(f, status, code, "%s: %s", doing, text);
}

enum status crypto_init(struct fault *f)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
		!OSSL_PROVIDER_load(NULL, "default") || !remote_key_provider_load())
		return crypto_fault(f, ST_HOST, "crypto.init", "starting OpenSSL");
	return ST_OK;
}

const char *crypto_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

#define HYBRID_GROUPS "X25519MLKEM768:X25519:P-256:P-384"
#define CLASSIC_GROUPS "X25519:P-256:P-384"

bool crypto_post_quantum(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	bool yes = ctx && SSL_CTX_set1_groups_list(ctx, "X25519MLKEM768") == 1;

	SSL_CTX_free(ctx);
	ERR_clear_error();
	return yes;
}

const char *crypto_tls_groups(void)
{
	return crypto_post_quantum() ? HYBRID_GROUPS : CLASSIC_GROUPS;
}

enum status crypto_warm(struct fault *f)
{
	unsigned char byte;

	algorithms_look_up();
	return RAND_bytes(&byte, 1) == 1 ? ST_OK
					 : crypto_fault(f, ST_HOST, "crypto.warm", "random bytes");
}
