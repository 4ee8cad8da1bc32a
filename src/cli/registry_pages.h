/* SPDX-License-Identifier: Apache-2.0 */
/* The register asked from the desk, page by page. */
#ifndef TIELINE_CLI_REGISTRY_PAGES_H
#define TIELINE_CLI_REGISTRY_PAGES_H

#include "cli/desk_client.h"

/* What is asked, and who hears the rows; the others are NULL. */
struct registry_pages {
	struct desk_client *desk;
	struct verb_registry ask;
	void (*aggregation)(void *context, const struct verb_aggregation *);
	void (*resource)(void *context, const struct verb_resource *);
	void (*statement)(void *context, const struct verb_statement *);
	void (*condition)(void *context, const struct verb_condition *);
	void *context;
};

/* All of them.  ST_RETRY, ST_HOST, or the fault the ledger ended with. */
NODISCARD enum status registry_pages_ask(struct registry_pages *, struct fault *f);

#endif
