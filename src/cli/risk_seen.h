/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exchanges showed, beside what files say: messages that wait, or were refused when they came,
 * with a code risk.*.  Whether a connection is hybrid, or under what cipher a message comes, is
 * seen there alone.
 */
#ifndef TIELINE_CLI_RISK_SEEN_H
#define TIELINE_CLI_RISK_SEEN_H

#include "exchange/message.h"
#include "exchange/risk.h"

#define RISK_SEEN_MAX 256       /* rows: those beyond are not told */
#define RISK_SEEN_MESSAGES 5000 /* how many of the last are looked at */

/* Of one partner, area and requirement. */
struct risk_seen_row {
	char partner[PARTY_ID_MAX + 1];
	enum area area;
	enum requirement requirement;
	uint64_t waiting;   /* of ours, for a connection that meets it */
	uint64_t refused;   /* of theirs, since the last of this area that was taken */
	int64_t refused_ns; /* when the last of these came; 0: none */
};

struct risk_seen {
	struct risk_seen_row list[RISK_SEEN_MAX];
	size_t count;
};

/* Asks the gateway that runs on this home; nothing is seen when none answers. */
void risk_seen_ask(struct risk_seen *out, const char *home);
/* NULL: it was met, or nobody knows. */
const struct risk_seen_row *risk_seen_find(
	const struct risk_seen *, const char *partner, enum area, enum requirement);
/* "2 messages wait for it; 3 were refused, the last on 2026-11-30T00:35:20.121Z" */
void risk_seen_put(struct buf *out, const struct risk_seen_row *);
/* What the partner does about it. */
const char *risk_seen_mend(enum requirement);

#endif
