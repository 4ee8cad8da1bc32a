/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom we know: this gateway, and each partner's sheet and agreement.  Replaced as a whole on
 * reload.
 */
#ifndef TIELINE_EXCHANGE_REGISTRY_H
#define TIELINE_EXCHANGE_REGISTRY_H

#include "exchange/agreement.h"
#include "exchange/settings.h"
#include "exchange/sheet.h"

#define PARTNERS_MAX 4096

struct partner {
	struct sheet *sheet;
	struct agreement *agreement;
};

struct registry;

struct registry *registry_new(struct settings *settings); /* takes ownership */
void registry_free(struct registry *);
DEFINE_AUTO(registry)

/*
 * Takes both.  ST_INPUT "registry.duplicate" | "registry.self", ST_LIMIT "registry.partners": then
 * they stay the caller's.
 */
NODISCARD enum status registry_add(
	struct registry *, struct sheet *, struct agreement *, struct fault *f);

/* Borrowed, as long as the registry. */
const struct settings *registry_settings(const struct registry *);
size_t registry_partner_count(const struct registry *);
const struct partner *registry_partner(const struct registry *, size_t index); /* sorted by id */
/* ST_NONE "partner.unknown". */
NODISCARD enum status registry_find(
	size_t *index, const struct registry *, struct slice id, struct fault *f);

/*
 * The house's own guides for X12 documents, as they were written: copied here.  ST_LIMIT
 * "registry.guides".
 */
#define REGISTRY_GUIDES_MAX 200
struct registry_guide {
	const char *file;
	struct slice yaml;
};
NODISCARD enum status registry_guide_add(
	struct registry *, struct slice file, struct slice yaml, struct fault *f);
const struct registry_guide *registry_guide(const struct registry *, size_t index); /* or NULL */

#endif
