/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offers, awards and dispatches beside what is registered: for the service that was asked for,
 * where it was, in the direction that it has, and whichever way a setpoint or a change goes.
 */
#ifndef TIELINE_LEDGER_REGISTER_ASKED_H
#define TIELINE_LEDGER_REGISTER_ASKED_H

#include "ledger/register_judge.h"

/* What the request said that an offer or an award goes back to; empty: it is not known here. */
#define ASKED_TEXT_MAX 64 /* with the NUL; what is longer is none */
struct asked {
	char sense[ASKED_TEXT_MAX];   /* "up" */
	char service[ASKED_TEXT_MAX]; /* "reliability" */
	char request[ASKED_TEXT_MAX]; /* which that is */
	bool is_output;               /* it says that what is put out is measured */
};
/* Of the document that is judged. */
NODISCARD enum status asked_read(struct asked *out, struct judging *, struct fault *f);

/* Findings "registry.capability" are reported. */
NODISCARD enum status judge_asked_service(
	struct judging *, const struct asked *, const struct chapter *list, struct fault *f);
/*
 * An offer, an award, or a dispatch for one, of a request for a feeder where the aggregation, which
 * has this list at j->at_ns, has nothing: "registry.feeder" is reported.
 */
NODISCARD enum status judge_asked_place(
	struct judging *, const struct chapter *list, struct fault *f);
NODISCARD enum status judge_asked_interval(struct judging *, const struct said *item,
	const struct quantities *can, const struct asked *, struct fault *f);

/* All services of a registration, each with a blank behind it: as they are kept. */
NODISCARD enum status services_put(
	struct buf *out, const struct said_document *, struct fault *f);

#endif
