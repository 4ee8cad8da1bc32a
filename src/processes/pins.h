/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS certificates we accept, and whose each is: a sorted table of
 * fingerprints made from partners' sheets.  A certificate that two
 * parties claim proves neither, so it belongs to nobody (security.md, threat 15).
 */
#ifndef TIELINE_PROCESSES_PINS_H
#define TIELINE_PROCESSES_PINS_H

#include "base/own.h"
#include "exchange/sheet.h"
#include "safeguards/cert.h"

struct pins;

struct pins *pins_new(void);
void pins_free(struct pins *);
DEFINE_AUTO(pins)

/* The TLS certificates of a sheet; `owner` is the caller's number for the party. */
void pins_add(struct pins *, const struct sheet *, size_t owner);
/* After the last pins_add, before the first pins_find. */
void pins_seal(struct pins *);
bool pins_find(
	size_t *owner, const struct pins *, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
/* Whether both accept the same certificates for the same owners. */
bool pins_same(const struct pins *, const struct pins *);

#endif
