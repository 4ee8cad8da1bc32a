/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of partners, and how their messages are treated. */
#ifndef TIELINE_PROCESSES_LEDGER_TERMS_H
#define TIELINE_PROCESSES_LEDGER_TERMS_H

#include "processes/ledger.h"

/* NULL: no partner any more.  As long as the registry. */
const struct partner *terms_partner(const struct house *, struct slice id);

/*
 * What is X12, or of our own types, is looked into where that is agreed, once it is durable; so are
 * several documents, some of which may be.
 */
struct ledger_wish terms_wish(
	struct house *, struct slice partner, struct slice media_type, bool sent);

/* How long acknowledgments of X12 may take, once it is delivered; 0: none is expected. */
int64_t terms_x12_within_ns(const struct house *, struct slice partner);

/* How long the receipt may take before it is missed. */
int64_t terms_budget_ns(const struct house *, struct slice partner, enum area);

/*
 * Until when a message may wait for others that go first: half of what it has until its deadline,
 * and an outage notice half of what it has until its receipt is missed; a day at most.
 */
int64_t terms_wait_until_ns(const struct house *, struct slice partner, enum area,
	int64_t created_ns, int64_t deadline_ns);

int64_t terms_clocks_apart_ns(const struct house *);
const struct review_terms *terms_review(const struct house *);

/* Of what was accepted all the same: why it is flagged.  An empty code: nothing. */
void terms_flag_log(struct house *, struct slice message_id, struct slice partner,
	struct slice code, struct slice text);

#endif
