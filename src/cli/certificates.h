/* SPDX-License-Identifier: Apache-2.0 */
/* All certificates of a home, ours and partners', as status and cert show them. */
#ifndef TIELINE_CLI_CERTIFICATES_H
#define TIELINE_CLI_CERTIFICATES_H

#include <jansson.h>

#include "exchange/registry.h"
#include "safeguards/credentials.h"

/* Calls back for each of them, as they stand on disk.  Faults as home_registry(). */
NODISCARD enum status certificates_look(const char *home, const struct registry *, int64_t now_ns,
	void (*each)(void *context, const struct credential *), void *context, struct fault *f);

/* Whole days until the end, below 0 after it. */
int64_t certificate_days(const struct credential *, int64_t now_ns);

#define CERTIFICATE_END_MAX 48
/* "ends in 3 days", "ended less than a day ago", "ended 1 day ago". */
char *certificate_end_format(
	char out[CERTIFICATE_END_MAX], const struct credential *, int64_t now_ns);

/* Our root, as it lies in the home.  ST_NONE | ST_HOST | ST_INPUT. */
NODISCARD enum status certificates_root(struct cert **out, const char *home, struct fault *f);
/*
 * What is to be done about it, empty for nothing.  By a clock that cannot be right nothing is to be
 * renewed: then it says so in place of what it would.
 */
#define CERTIFICATE_ADVICE_MAX 512
void certificate_advice(struct buf *out, const struct credential *, bool clock_is_wrong);
json_t *certificate_json(const struct credential *, int64_t now_ns, bool clock_is_wrong);

#endif
