/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What partners' software announces of itself, told to the ledger when it is new: once, and not
 * with every message.  For edges, of messages that were accepted, and couriers, of answers.
 */
#ifndef TIELINE_PROCESSES_NEWS_H
#define TIELINE_PROCESSES_NEWS_H

#include "processes/process.h"

struct news; /* what was told last, by partner */

/* For as many partners as the registry has; a new one for each configuration. */
struct news *news_new(const struct registry *);
void news_free(struct news *);
DEFINE_AUTO(news)

/* Nothing when nothing is said, or the same as before.  The partner must be proven. */
void news_tell(struct news *, struct process *, struct slice partner, struct slice version,
	struct slice product, struct slice features);

#endif
