/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS contexts.  One verify callback for both ends: the leaf's SHA-256 is asked of the pins, its
 * dates of the clock; its strength was asked when the sheet it came in was opened.  What is not
 * pinned may be vouched for: then cert_check has been asked.
 */
#include "safeguards/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "safeguards/crypto.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/digest.h"

#define CERT_LIST_MAX 16384
#define MESSAGES_MAX 100 /* of TLS itself, either way: a handshake has ten or so */
#define TLS_1_2_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_server {
	SSL_CTX *ctx;
};

static bool fingerprint_of(uint8_t out[CERT_FINGERPRINT_SIZE], X509 *leaf)
{
	unsigned n = 0;

	return leaf && X509_digest(leaf, EVP_sha256(), out, &n) == 1 && n == CERT_FINGERPRINT_SIZE;
}

static bool has_begun(const X509 *leaf)
{
	return X509_cmp_current_time(X509_get0_notBefore(leaf)) < 0;
}

static bool has_ended(const X509 *leaf)
{
	return X509_cmp_current_time(X509_get0_notAfter(leaf)) <= 0;
}

static bool is_tolerated(
	const struct tls_pins *pins, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	return pins->tolerated && pins->tolerated(pins->context, fingerprint);
}

static void sent_free(struct cert **sent, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cert_free(sent[i]);
}

/* The stack has the leaf, too, where it came from a client. */
static size_t sent_take(struct cert **sent, size_t *all, STACK_OF(X509) * stack, const X509 *leaf)
{
	size_t kept = 0;

	*all = 0;
	for (int i = 0; i < sk_X509_num(stack); i++) {
		X509 *one = sk_X509_value(stack, i);
		if (X509_cmp(one, leaf) == 0)
			continue;
		if (kept < CHAIN_INTERMEDIATES_MAX) {
			if (cert_of_x509(&sent[kept], one, NULL) != ST_OK)
				continue;
			kept++;
		}
		++*all;
	}
	return kept;
}

static bool is_vouched(const struct tls_pins *pins, X509 *leaf, STACK_OF(X509) * stack)
{
	struct cert *sent[CHAIN_INTERMEDIATES_MAX];
	AUTO(cert) cert = NULL;
	size_t all;

	if (!pins->vouched || !leaf || cert_of_x509(&cert, leaf, NULL) != ST_OK)
		return false;
	size_t kept = sent_take(sent, &all, stack, leaf);
	bool yes = pins->vouched(pins->context, cert, sent, all);
	sent_free(sent, kept);
	return yes;
}

static void dates_tell(const struct tls_pins *pins, const X509 *leaf,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE], int error)
{
	const bool is_early = error == X509_V_ERR_CERT_NOT_YET_VALID;
	AUTO_IN_PLACE(buf) hex = buf_init(2 * CERT_FINGERPRINT_SIZE + 1);
	char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
	struct fault why;

	if (!pins->out_of_date || error == X509_V_OK)
		return;
	hex_format(&hex, slice_of(fingerprint, CERT_FINGERPRINT_SIZE));
	fault_set(&why, ST_AUTH, is_early ? "cert.not-yet" : "cert.expired",
		"%s %s: valid from %.19sZ until %.19sZ", buf_text(&hex),
		is_early ? "is not valid yet" : "has ended",
		time_format(from, asn1_time_ns(X509_get0_notBefore(leaf))),
		time_format(until, asn1_time_ns(X509_get0_notAfter(leaf))));
	pins->out_of_date(pins->context, fingerprint, &why);
}

/* Of one that is known. */
static int dates_judge(const struct tls_pins *pins, const X509 *leaf,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	if (!has_begun(leaf))
		return X509_V_ERR_CERT_NOT_YET_VALID;
	if (has_ended(leaf) && !is_tolerated(pins, fingerprint))
		return X509_V_ERR_CERT_HAS_EXPIRED;
	return X509_V_OK;
}

static int verify(X509_STORE_CTX *store, void *context)
{
	const struct tls_pins *pins = context;
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	int error;

	if (!fingerprint_of(fingerprint, leaf) ||
		(!pins->known(pins->context, fingerprint) &&
			!is_vouched(pins, leaf, X509_STORE_CTX_get0_untrusted(store))))
		error = X509_V_ERR_CERT_UNTRUSTED;
	else {
		error = dates_judge(pins, leaf, fingerprint);
		dates_tell(pins, leaf, fingerprint, error);
	}
	X509_STORE_CTX_set_error(store, error);
	return error == X509_V_OK;
}

/* --- what TLS says beside data --- */

/*
 * OpenSSL reads messages of TLS one after the other, in one call, until data comes: a flood of new
 * keys or tickets would be all that this process does.  So the peer ends, as if it had closed.  The
 * context is how many there were.
 */
static void on_message(int is_sent, int version, int type, const void *bytes, size_t n, SSL *ssl,
	void *context)
{
	uintptr_t said = (uintptr_t)context;

	(void)is_sent, (void)version, (void)bytes, (void)n;
	if (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT)
		return;
	SSL_set_msg_callback_arg(ssl, (void *)(said + 1));
	if (said >= MESSAGES_MAX)
		SSL_set0_rbio(ssl, BIO_new(BIO_s_null()));
}

static bool versions_set(SSL_CTX *ctx, bool with_1_2)
{
	int least = with_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;

	return SSL_CTX_set_min_proto_version(ctx, least) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
		SSL_CTX_set_cipher_list(ctx, TLS_1_2_CIPHERS) == 1;
}

static bool configure(SSL_CTX *ctx, const struct signer *own, const struct tls_pins *pins)
{
	SSL_CTX_set_verify(ctx,
		SSL_VERIFY_PEER |
			(pins->certificate_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT),
		NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, (void *)(uintptr_t)pins);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, NULL);
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
			SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx,
		SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
			SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_max_cert_list(ctx, CERT_LIST_MAX);
	SSL_CTX_set_num_tickets(ctx, 0);
	return versions_set(ctx, pins->version_1_2) &&
		SSL_CTX_set1_groups_list(ctx, crypto_tls_groups()) == 1 &&
		SSL_CTX_use_certificate(ctx, own->cert->x509) == 1 &&
		SSL_CTX_use_PrivateKey(ctx, own->key->pkey) == 1;
}

enum status tls_server_new(struct tls_server **out, const struct signer *own,
	const struct tls_pins *pins, struct fault *f)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || !configure(ctx, own, pins)) {
		SSL_CTX_free(ctx);
		return crypto_fault(f, ST_HOST, "tls.configure", "preparing TLS");
	}
	struct tls_server *server = alloc_zeroed(1, sizeof(*server));
	server->ctx = ctx;
	*out = server;
	return ST_OK;
}

void tls_server_free(struct tls_server *server)
{
	if (!server)
		return;
	SSL_CTX_free(server->ctx);
	free(server);
}

struct ssl_st *tls_server_accept(struct tls_server *server)
{
	SSL *ssl = SSL_new(server->ctx);

	if (!ssl)
		die("out of memory for a TLS connection");
	SSL_set_accept_state(ssl);
	return ssl;
}

enum status tls_client_configure(struct ssl_ctx_st *ctx, const struct signer *own,
	const struct tls_pins *pins, struct fault *f)
{
	return configure(ctx, own, pins)
		? ST_OK
		: crypto_fault(f, ST_HOST, "tls.configure", "preparing TLS");
}

enum status tls_peer_fingerprint(
	uint8_t out[CERT_FINGERPRINT_SIZE], struct ssl_st *ssl, struct fault *f)
{
	AUTO_X509 leaf = SSL_get1_peer_certificate(ssl);

	if (!fingerprint_of(out, leaf))
		return fault_set(f, ST_AUTH, "tls.no-certificate", "the peer sent no certificate");
	return ST_OK;
}

struct cert_measure tls_peer_measure(struct ssl_st *ssl)
{
	X509 *leaf = SSL_get0_peer_certificate(ssl);

	return leaf ? x509_measure(leaf) : cert_measure(NULL);
}

int64_t tls_peer_ends_ns(struct ssl_st *ssl)
{
	const X509 *leaf = SSL_get0_peer_certificate(ssl);

	return leaf ? asn1_time_ns(X509_get0_notAfter(leaf)) : INT64_MAX;
}

bool tls_is_old(struct ssl_st *ssl)
{
	return SSL_version(ssl) < TLS1_3_VERSION;
}

const char *tls_group(struct ssl_st *ssl)
{
	const char *name = NULL;

	if (!SSL_get0_session(ssl)) /* before a handshake OpenSSL would look for the group in it */
		return "unknown";
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
	name = SSL_get0_group_name(ssl);
#else
	name = OBJ_nid2sn((int)SSL_get_negotiated_group(ssl));
#endif
	return name ? name : "unknown";
}

/* All hybrid groups of TLS have the name of the key encapsulation in theirs (RFC 10024). */
bool tls_is_hybrid(struct ssl_st *ssl)
{
	return strstr(tls_group(ssl), "MLKEM") != NULL;
}

enum status tls_fault(struct fault *f, const char *doing)
{
	return crypto_fault(f, ST_AUTH, "tls.handshake", doing);
}
