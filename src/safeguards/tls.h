/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 on both ends, certificates on both ends, peers known by fingerprint: names and
 * authorities are not asked, because the sheet already answered, unless the owner of the pins asks
 * them itself.
 */
#ifndef TIELINE_SAFEGUARDS_TLS_H
#define TIELINE_SAFEGUARDS_TLS_H

#include "safeguards/signature.h"

struct ssl_st;     /* OpenSSL's SSL, as libevent takes it */
struct ssl_ctx_st; /* OpenSSL's SSL_CTX, as libcurl hands it out */

/*
 * Whether the certificate with this SHA-256 is one we accept now; what else is taken where it is
 * agreed.
 */
struct tls_pins {
	bool (*known)(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
	/* Whether it is accepted after its end, too; NULL: none is. */
	bool (*tolerated)(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
	void *context;
	bool certificate_optional; /* server: a client may show none; one that is shown is judged */
	bool version_1_2;          /* TLS 1.2 too: ECDHE with AES-GCM or ChaCha20 only */
	/*
	 * Asked when it is not known, with what the peer sent along, the first eight at most
	 * (sent_count counts all): whether authorities of a partner vouch for it.  NULL: nobody.
	 */
	bool (*vouched)(
		void *context, struct cert *leaf, struct cert *const *sent, size_t sent_count);
	/*
	 * Told of one that is known, or vouched for, and refused for its dates: "cert.not-yet" |
	 * "cert.expired", whose text has its fingerprint and both.  NULL: nobody is.
	 */
	void (*out_of_date)(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE],
		const struct fault *why);
};

/*
 * Server side: TLS 1.3 only and client certificate required, unless the pins say otherwise, groups
 * of crypto_tls_groups(), session tickets off (each connection proves itself anew), no
 * renegotiation, bounded handshake messages (client certificate list at most 16 KiB).  An unknown
 * or out-of-date client certificate fails the handshake.  After a hundred messages of TLS itself
 * (handshake, new keys, tickets, alerts) the peer is read as one that has closed.  `pins` is
 * borrowed.
 */
struct tls_server;
NODISCARD enum status tls_server_new(struct tls_server **out, const struct signer *own,
	const struct tls_pins *pins, struct fault *f);
void tls_server_free(struct tls_server *);
DEFINE_AUTO(tls_server)
/* a new SSL in accept state, the caller's to free (libevent does) */
struct ssl_st *tls_server_accept(struct tls_server *);

/*
 * Client side: the same rules, into the SSL_CTX a libcurl CURLOPT_SSL_CTX_FUNCTION gets. `own`,
 * `pins` are borrowed while it lives.
 */
NODISCARD enum status tls_client_configure(struct ssl_ctx_st *, const struct signer *own,
	const struct tls_pins *pins, struct fault *f);

/* After the handshake: the peer's fingerprint. ST_AUTH "tls.no-certificate". */
NODISCARD enum status tls_peer_fingerprint(
	uint8_t out[CERT_FINGERPRINT_SIZE], struct ssl_st *, struct fault *f);
/* Of the peer's certificate; bits 0: it sent none. */
struct cert_measure tls_peer_measure(struct ssl_st *);
/* When the certificate of that end ends, UTC; INT64_MAX: it sent none. */
int64_t tls_peer_ends_ns(struct ssl_st *);
bool tls_is_old(struct ssl_st *);       /* TLS 1.2 */
const char *tls_group(struct ssl_st *); /* "X25519MLKEM768": borrowed, for logs */
bool tls_is_hybrid(struct ssl_st *);    /* its key exchange is post-quantum, too */

/*
 * OpenSSL's error queue of this thread as one fault: "tls.handshake" with what the peer or we said;
 * empties the queue.
 */
enum status tls_fault(struct fault *f, const char *doing);

#endif
