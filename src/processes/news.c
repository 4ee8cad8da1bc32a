/* SPDX-License-Identifier: Apache-2.0 */
/* Used by edge and courier.  What is lost with a link is told again by the next process. */
#include "processes/news.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ledger/announced.h"

#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct news {
	size_t count;
	uint64_t *told; /* a hash of it; 0: nothing */
};

struct news *news_new(const struct registry *registry)
{
	struct news *news = alloc_zeroed(1, sizeof(*news));

	news->count = registry_partner_count(registry);
	news->told = alloc_zeroed(news->count + 1, sizeof(*news->told));
	return news;
}

void news_free(struct news *news)
{
	if (!news)
		return;
	free(news->told);
	free(news);
}

static uint64_t hash_add(uint64_t hash, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ text.p[i]) * FNV_PRIME;
	return (hash ^ '\n') * FNV_PRIME;
}

static bool is_new(struct news *news, size_t partner, const struct verb_announced *said)
{
	uint64_t hash = hash_add(
		hash_add(hash_add(FNV_BEGIN, said->version), said->product), said->features);

	if (news->told[partner] == hash)
		return false;
	news->told[partner] = hash;
	return true;
}

void news_tell(struct news *news, struct process *self, struct slice partner, struct slice version,
	struct slice product, struct slice features)
{
	struct verb_announced said = { .partner = partner,
		.version = slice_to(version, ANNOUNCED_VERSION_MAX),
		.product = slice_to(product, ANNOUNCED_PRODUCT_MAX),
		.features = slice_to(features, ANNOUNCED_FEATURES_MAX),
		.since_ns = clock_utc_ns() };
	size_t index;
	struct fault f;

	if (version.n + product.n + features.n == 0 ||
		registry_find(&index, self->registry, partner, NULL) != ST_OK ||
		index >= news->count || !is_new(news, index, &said))
		return;
	if (process_send(process_link(self, ROLE_LEDGER, 0), VERB_ANNOUNCED, 0, &said, -1, &f) !=
		ST_OK)
		news->told[index] = 0;
}
