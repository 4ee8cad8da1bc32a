/* SPDX-License-Identifier: Apache-2.0 */
/* What each area deserves of a partner, and what falls short of it: for `risk` and `status`. */
#ifndef TIELINE_CLI_RISK_REPORT_H
#define TIELINE_CLI_RISK_REPORT_H

#include <jansson.h>

#include "cli/risk_seen.h"
#include "exchange/registry.h"
#include "processes/trust.h"
#include "safeguards/keyring.h"

struct risk_report {
	struct registry *registry;
	struct trust *trust;
	struct keyring *ring;
	bool post_quantum; /* crypto_post_quantum() */
	int64_t now_ns;
	struct risk_seen seen; /* risk_report_see() */
	int64_t secret_until_ns; /* of documents that say so themselves; 0: as their area */
};

/* Of a home as it stands on disk.  After crypto_init(). */
NODISCARD enum status risk_report_open(struct risk_report *out, const char *home, struct fault *f);
/* What its exchanges showed, too, where a gateway runs on it. */
void risk_report_see(struct risk_report *, const char *home);
void risk_report_done(struct risk_report *);
DEFINE_AUTO_IN_PLACE(risk_report)

/*
 * { partner, name, network, areas: [ { area, sensitivity, secrecy-days, secret-until, late,
 *   retention-days, requirements: [ { requirement, need, wanted, state, found, advice,
 *   exception, waiting, refused, last-refused } ] } ] }.  state: "met", "asked" or "offered" (of
 *   each connection), "short", "unmet" (as exchanges showed), "excepted".
 */
json_t *risk_partner_json(const struct risk_report *, size_t partner);
/* Required, falling short, and not excepted. */
size_t risk_shortfalls(const json_t *partner);
void risk_partner_print(const json_t *partner);

/* Rows { partner, area, requirement, until, state, days, reason, by } onto the array `out`. */
void risk_exceptions_add(json_t *out, const struct partner *, int64_t now_ns);

#endif
