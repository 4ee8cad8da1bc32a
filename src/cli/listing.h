/* SPDX-License-Identifier: Apache-2.0 */
/* Messages asked from the desk, page by page. */
#ifndef TIELINE_CLI_LISTING_H
#define TIELINE_CLI_LISTING_H

#include "cli/desk_client.h"

struct listing {
	void (*message)(void *context, const struct verb_message *);
	void *context;
	int64_t timeout_ms; /* of each page; 0: half a minute */
};

/* All that pass this filter.  ST_RETRY, ST_HOST, or the fault the ledger ended with. */
NODISCARD enum status listing_ask(
	struct desk_client *, struct verb_list *filter, const struct listing *, struct fault *f);

#endif
