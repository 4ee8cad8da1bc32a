/* SPDX-License-Identifier: Apache-2.0 */
/* Messages asked from the desk, page by page. */
#ifndef TIELINE_CLI_LISTING_H
#define TIELINE_CLI_LISTING_H

#include "cli/desk_client.h"

struct listing {
	void (*message)(void *context, const struct verb_message *);
	void (*event)(void *context, const struct verb_event *); /* VERB_SHOW only; may be NULL */
	void *context;
};

/*
 * VERB_LIST or VERB_SHOW with this filter, until its end.  ST_RETRY, ST_HOST, or the fault the
 * ledger ended with.
 */
NODISCARD enum status listing_ask(struct desk_client *, enum verb, struct verb_list *filter,
	const struct listing *, struct fault *f);

#endif
