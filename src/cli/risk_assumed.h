/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assumptions that lower what is asked for (exchange/risk.h) below what a home has that says
 * nothing.  They need no day, no reason and no signature: so whoever looks is told, as long as they
 * stand.
 */
#ifndef TIELINE_CLI_RISK_ASSUMED_H
#define TIELINE_CLI_RISK_ASSUMED_H

#include "exchange/registry.h"

struct risk_assumption {
	const char *partner; /* NULL: of all, in tieline.yaml; else in its agreement.yaml */
	const char *name;    /* "risk.policy", "network" */
	const char *value, *usual;
};
typedef void risk_assumed_each(void *context, const struct risk_assumption *);

/* Those of the settings first, then of partners in their order; all borrowed for the call. */
void risk_assumed(const struct registry *, risk_assumed_each *, void *context);

#endif
