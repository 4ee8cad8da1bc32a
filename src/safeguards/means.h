/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What protects the exchange with a partner in an area, beside what its profile asks for
 * (exchange/risk.h): the agreement, the certificates on both sides, and what this host can do.
 * Which group a connection really has is known only to who has the connection: he asks
 * means_hybrid().
 */
#ifndef TIELINE_SAFEGUARDS_MEANS_H
#define TIELINE_SAFEGUARDS_MEANS_H

#include "exchange/agreement.h"
#include "exchange/settings.h"
#include "safeguards/cert.h"

/* Borrowed, all of it. */
struct means {
	const struct agreement *agreement;
	enum direction direction;
	const struct cert *const *signers; /* theirs */
	size_t signer_count;
	const struct cert *const *recipients; /* theirs, in the order in which one is chosen */
	size_t recipient_count;
	const struct cert *const *tls; /* theirs, by which its connections are known */
	size_t tls_count;
	const struct cert *own[CERT_USES]; /* that we send with; NULL: none */
	/* of security, of what sealed the message that came; 0: none is looked at */
	unsigned cipher_bits;
	bool post_quantum;                 /* crypto_post_quantum(), which is not asked each time */
	int64_t now_ns;
};

#define SHORTFALL_TEXT_MAX 160
struct shortfall {
	enum requirement requirement;
	enum need need; /* NEED_PREFERRED: told, and never refused */
	char found[SHORTFALL_TEXT_MAX]; /* "its certificate for encryption is RSA 2048: 112 bits" */
	char mend[SHORTFALL_TEXT_MAX];  /* what to do, as a command or a line of a file */
	/* NULL: there is none; it may have ended */
	const struct risk_exception *exception;
	bool is_excepted; /* the exception is in force */
};

/* Each that falls short of what is preferred or required, in the order of the requirements. */
void means_shortfalls(const struct means *, const struct risk_profile *, enum area,
	void (*each)(void *context, const struct shortfall *), void *context);

/*
 * The first that is required, falls short and is not excepted: ST_AUTH "risk.encryption" |
 * "risk.strength" | "risk.cipher" | "risk.forward-secrecy" | "risk.hybrid" |
 * "risk.certificate-life" | "risk.key-life".
 */
NODISCARD enum status means_permit(
	const struct means *, const struct risk_profile *, enum area, struct fault *f);

/*
 * The same of the one thing that only a message shows: under what cipher it came.  ST_AUTH
 * "risk.cipher".
 */
NODISCARD enum status means_cipher(
	const struct means *, const struct risk_profile *, enum area, struct fault *f);

/* The same of the one thing that only a connection shows: it is no hybrid. */
NODISCARD enum status means_hybrid(const struct agreement *, const struct risk_profile *, enum area,
	int64_t now_ns, struct fault *f);

/*
 * The same of a certificate that the other end showed, in a handshake or in a message, which need
 * not be one that its sheet lists.  ST_AUTH "risk.strength" | "risk.certificate-life".
 */
struct shown_cert {
	const char *name; /* "its certificate for TLS" */
	struct cert_measure measure; /* bits 0: none was */
};
NODISCARD enum status means_shown(const struct agreement *, const struct risk_profile *, enum area,
	const struct shown_cert *, int64_t now_ns, struct fault *f);

#endif
