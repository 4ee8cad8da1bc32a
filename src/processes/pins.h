/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS certificates we accept, and whose each is: a sorted table of
 * fingerprints made from partners' sheets.  A certificate that two
 * parties claim proves neither, so it belongs to nobody (security.md, threat 15).
 *
 * Where authorities vouch for a partner's certificates, none is accepted by its fingerprint alone:
 * those in the sheet and their renewals are admitted when they are seen, and judged again whenever
 * the pins are made anew.
 */
#ifndef TIELINE_PROCESSES_PINS_H
#define TIELINE_PROCESSES_PINS_H

#include "base/own.h"
#include "exchange/registry.h"
#include "safeguards/vouch.h"

struct pins;

struct pins *pins_new(void);
void pins_free(struct pins *);
DEFINE_AUTO(pins)

/* The TLS certificates of a sheet; `owner` is the caller's number for the party. */
void pins_add(struct pins *, const struct sheet *, size_t owner);
/*
 * Those of a partner as its agreement trusts them: pinned, or vouched for as a client's or a
 * server's.  What was fetched is borrowed; NULL: nothing.
 */
void pins_add_partner(struct pins *, const struct partner *, size_t owner,
	enum chain_purpose purpose, const struct fetched *);
/* After the last pins_add, before the first pins_find. */
void pins_seal(struct pins *);
bool pins_find(
	size_t *owner, const struct pins *, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
/*
 * Whether the certificate, with what was sent along, is one that a partner's authorities vouch for:
 * then pins_find knows it from now on (the last ADMITTED_MAX of each owner).  ST_NONE when no
 * partner has a certificate named like it, ST_AUTH "pins.disputed" when two have, or why cert_check
 * refuses it.  References are taken.
 */
#define ADMITTED_MAX 8
NODISCARD enum status pins_admit(struct pins *, struct cert *leaf, struct cert *const *sent,
	size_t sent_count, int64_t now_ns, struct fault *f);
/* What was admitted before, judged again by these. */
void pins_inherit(struct pins *, const struct pins *before, int64_t now_ns);

/* Whether both accept the same certificates for the same owners. */
bool pins_same(const struct pins *, const struct pins *);

#endif
