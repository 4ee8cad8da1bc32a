/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tieline cert` changes in a home.  Every step is one file that appears or goes whole, in an
 * order that leaves a home that serves at any point: a key before its certificate, the
 * certificate before the moment from which it is used, and backwards when an old one is removed.
 * `home` is the home's directory, `ring` what it holds (cli/home.h); times are UTC.
 */
#ifndef TIELINE_CLI_RENEWAL_H
#define TIELINE_CLI_RENEWAL_H

#include "cli/own_sheet.h"
#include "safeguards/keyring.h"

/* Old keys are kept so long past the end: what was sealed to them may be on its way still. */
#define RENEWAL_KEPT_DAYS 30

/*
 * For one command at a time, until the descriptor is closed.  ST_RETRY "home.locked", ST_AUTH
 * "home.owner": the keys would become another user's, and the gateway could not read them.
 */
NODISCARD enum status renewal_lock(int *lock, int home, struct fault *f);

/*
 * A new key of the kind of the one in use and a certificate for it, used for nothing yet.
 * ST_INPUT "cert.waiting": the last renewed one was never used.
 */
NODISCARD enum status renewal_make(int home, const struct keyring *ring, enum cert_use,
	const struct own_root *, const struct settings *, int64_t now_ns, struct fault *f);

/*
 * We send with the newest one from at_ns on.  ST_INPUT "cert.nothing": it is in use already;
 * "cert.moment": it is not valid then, or nothing would be valid until then.
 */
NODISCARD enum status renewal_roll(int home, const struct keyring *ring, enum cert_use,
	int64_t at_ns, int64_t now_ns, struct fault *f);

/*
 * Removes all older than the one in use, before their end.  ST_INPUT "cert.unfinished": a newer one
 * waits to be used.
 */
NODISCARD enum status renewal_finish(int home, const struct keyring *ring, enum cert_use,
	size_t *removed, int64_t now_ns, struct fault *f);

/* Removes what ended long ago, and keys whose certificate a crash kept from appearing. */
NODISCARD enum status renewal_tidy(
	int home, const struct keyring *ring, int64_t now_ns, struct fault *f);

#endif
