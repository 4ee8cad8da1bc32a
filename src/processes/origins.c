/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted by length and address: a look-up is a search for each length that there is. */
#include "processes/origins.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct origins {
	bool has[ADDRESS_BITS + 1]; /* a network of so many bits */
	size_t count;
	struct prefix list[];
};

static const struct prefixes *prefixes_of(const struct registry *registry, size_t i)
{
	static const struct prefixes none;
	const struct agreement *agreement = registry_partner(registry, i)->agreement;

	return agreement->suspended ? &none : &agreement->addresses;
}

static int prefix_compare(const void *a, const void *b)
{
	const struct prefix *one = a, *other = b;

	if (one->bits != other->bits)
		return one->bits < other->bits ? -1 : 1;
	return memcmp(&one->first, &other->first, sizeof(one->first));
}

static void origins_add(struct origins *origins, const struct prefixes *all)
{
	for (size_t i = 0; i < all->count; i++) {
		origins->has[all->list[i].bits] = true;
		origins->list[origins->count++] = all->list[i];
	}
}

struct origins *origins_new(const struct registry *registry)
{
	size_t partners = registry_partner_count(registry), count = 0;
	struct origins *origins;

	for (size_t i = 0; i < partners; i++)
		count += prefixes_of(registry, i)->count;
	origins = alloc_zeroed(1, sizeof(*origins) + count * sizeof(origins->list[0]));
	for (size_t i = 0; i < partners; i++)
		origins_add(origins, prefixes_of(registry, i));
	qsort(origins->list, origins->count, sizeof(origins->list[0]), prefix_compare);
	return origins;
}

void origins_free(struct origins *origins)
{
	free(origins);
}

bool origins_find(struct address *network, const struct origins *origins, const struct address *of)
{
	for (unsigned bits = ADDRESS_BITS; bits > 0; bits--) {
		if (!origins->has[bits])
			continue;
		struct prefix wanted = { .first = address_masked(of, bits), .bits = bits };
		if (bsearch(&wanted, origins->list, origins->count, sizeof(wanted),
			    prefix_compare)) {
			*network = wanted.first;
			return true;
		}
	}
	return false;
}
