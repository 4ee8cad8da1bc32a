/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is let through although it falls short of an area's profile (risk.h): who allowed it, why,
 * and until when.  This is the JSON inside partners/ID/risk.pem, which our root signs
 * (safeguards/root_signed.h); here nothing is trusted.
 *
 *   { "tieline-exceptions": 1, "party": "...", "partner": "...", "exceptions": [
 *     { "area": "billing", "requirement": "hybrid", "until": "2027-06-30", "reason": "...",
 *       "by": "...", "made": "2026-11-28T10:00:00.000Z" } ] }
 */
#ifndef TIELINE_EXCHANGE_RISK_EXCEPTIONS_H
#define TIELINE_EXCHANGE_RISK_EXCEPTIONS_H

#include "exchange/message.h"
#include "exchange/risk.h"

#define RISK_EXCEPTIONS_MAX (AREAS * REQUIREMENTS) /* one for each */
#define RISK_EXCEPTIONS_SIZE_MAX 32768             /* bytes of JSON */
#define RISK_REASON_MAX 200
#define RISK_BY_MAX 100
#define RISK_AHEAD_DAYS 732 /* what lasts longer is no exception */

struct risk_exception {
	enum area area;
	enum requirement requirement;
	int64_t end_ns; /* the first moment after its last day, UTC */
	int64_t made_ns;
	char reason[RISK_REASON_MAX + 1], by[RISK_BY_MAX + 1]; /* one line of UTF-8 */
};

struct risk_exceptions {
	char party[PARTY_ID_MAX + 1], partner[PARTY_ID_MAX + 1];
	struct risk_exception list[RISK_EXCEPTIONS_MAX];
	size_t count;
};

/*
 * ST_INPUT "exceptions.json" | "exceptions.field": a text that is empty or too long, no such area
 * or requirement, no day, one that is there twice, or more than RISK_AHEAD_DAYS after it was made.
 */
NODISCARD enum status risk_exceptions_parse(
	struct risk_exceptions **out, struct slice json, struct fault *f);
void risk_exceptions_format(struct buf *out, const struct risk_exceptions *);
void risk_exceptions_free(struct risk_exceptions *);
DEFINE_AUTO(risk_exceptions)

/* Instead of the one for this area and requirement, or beside the others. */
void risk_exceptions_put(struct risk_exceptions *, const struct risk_exception *);
/* False: there is none. */
bool risk_exceptions_remove(struct risk_exceptions *, enum area, enum requirement);
/* NULL: there is none; its day is the caller's to judge.  `list` may be NULL. */
const struct risk_exception *risk_exceptions_find(
	const struct risk_exceptions *list, enum area, enum requirement);

/* "2027-06-30" to the first moment after it.  ST_INPUT "exceptions.field". */
NODISCARD enum status risk_day_parse(int64_t *end_ns, struct slice text, struct fault *f);
#define RISK_DAY_MAX 16
char *risk_day_format(char out[RISK_DAY_MAX], int64_t end_ns); /* returns out */

#endif
