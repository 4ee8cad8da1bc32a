/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each partner has sent lately, at one edge, against what is agreed: in all, and per
 * area.  Who shows no certificate shares one small budget with all such, whomever a head names:
 * else anybody could use up a partner's.
 */
#ifndef TIELINE_PROCESSES_METERS_H
#define TIELINE_PROCESSES_METERS_H

#include "exchange/registry.h"

struct meters;
/* What `before` has counted of those who stay is kept; it may be NULL. */
struct meters *meters_new(const struct registry *, const struct meters *before);
void meters_free(struct meters *);
DEFINE_AUTO(meters)

/*
 * Counts a message of this area, or a receipt (AREAS), unless it is one too many: ST_RETRY
 * "agreement.rate", and *wait_s, at least 1, until the next is taken.
 */
NODISCARD enum status meters_take(struct meters *, unsigned *wait_s, const struct partner *,
	enum area, int64_t now_mono_ns, struct fault *f);
/* Likewise, of somebody without a certificate: ST_RETRY "settings.stranger-messages". */
NODISCARD enum status meters_take_stranger(struct meters *, unsigned *wait_s, const struct rate *,
	int64_t now_mono_ns, struct fault *f);

#endif
