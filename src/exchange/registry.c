/* SPDX-License-Identifier: Apache-2.0 */
/* Partners in order of their ids; built once, then only read, so a reload makes a new one. */
#include "exchange/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define FIRST_PARTNERS 8

struct registry {
	struct settings *settings;
	struct partner *partners; /* ascending ids */
	size_t count, room;
	struct registry_guide guides[REGISTRY_GUIDES_MAX];
	size_t guide_count;
	struct arena *texts; /* of the guides */
};

struct registry *registry_new(struct settings *settings)
{
	struct registry *r = alloc_zeroed(1, sizeof(*r));

	r->settings = settings;
	r->texts = arena_new();
	return r;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		sheet_free(r->partners[i].sheet);
		agreement_free(r->partners[i].agreement);
	}
	free(r->partners);
	arena_free(r->texts);
	settings_free(r->settings);
	free(r);
}

static int id_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static struct slice id_of(const struct registry *r, size_t index)
{
	return slice_str(r->partners[index].sheet->id);
}

/* Where the id is, or where it would be put. */
static size_t place_of(const struct registry *r, struct slice id)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (id_compare(id_of(r, middle), id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct registry *r, size_t place, struct slice id)
{
	return place < r->count && slice_eq(id_of(r, place), id);
}

static void room_for_one(struct registry *r)
{
	struct partner *partners;

	if (r->count < r->room)
		return;
	r->room = r->room ? r->room * 2 : FIRST_PARTNERS;
	partners = alloc_zeroed(r->room, sizeof(*partners));
	for (size_t i = 0; i < r->count; i++)
		partners[i] = r->partners[i];
	free(r->partners);
	r->partners = partners;
}

static void insert(struct registry *r, size_t place, struct partner partner)
{
	room_for_one(r);
	for (size_t i = r->count; i > place; i--)
		r->partners[i] = r->partners[i - 1];
	r->partners[place] = partner;
	r->count++;
}

enum status registry_add(
	struct registry *r, struct sheet *sheet, struct agreement *agreement, struct fault *f)
{
	struct slice id = slice_str(sheet->id);
	size_t place = place_of(r, id);

	if (slice_eq(id, slice_str(r->settings->id)))
		return fault_set(f, ST_INPUT, "registry.self",
			"%s is this gateway's own id: a partner needs another", sheet->id);
	if (is_at(r, place, id))
		return fault_set(f, ST_INPUT, "registry.duplicate",
			"there are two partners with the id %s: remove one", sheet->id);
	if (r->count == PARTNERS_MAX)
		return fault_set(
			f, ST_LIMIT, "registry.partners", "more than %d partners", PARTNERS_MAX);
	insert(r, place, (struct partner){ sheet, agreement });
	return ST_OK;
}

enum status registry_guide_add(
	struct registry *r, struct slice file, struct slice yaml, struct fault *f)
{
	if (r->guide_count == REGISTRY_GUIDES_MAX)
		return fault_set(f, ST_LIMIT, "registry.guides", "more than %d guides",
			REGISTRY_GUIDES_MAX);
	r->guides[r->guide_count++] = (struct registry_guide){
		.file = arena_text(r->texts, file),
		.yaml = slice_of(arena_text(r->texts, yaml), yaml.n),
	};
	return ST_OK;
}

const struct registry_guide *registry_guide(const struct registry *r, size_t index)
{
	return index < r->guide_count ? &r->guides[index] : NULL;
}

const struct settings *registry_settings(const struct registry *r)
{
	return r->settings;
}

size_t registry_partner_count(const struct registry *r)
{
	return r->count;
}

const struct partner *registry_partner(const struct registry *r, size_t index)
{
	if (index >= r->count)
		bug("partner %zu of %zu", index, r->count);
	return &r->partners[index];
}

enum status registry_find(size_t *index, const struct registry *r, struct slice id, struct fault *f)
{
	size_t place = place_of(r, id);

	if (!is_at(r, place, id))
		return fault_set(f, ST_NONE, "partner.unknown",
			"there is no partner %.*s: tieline partner list shows them",
			SLICE_FMT(slice_to(id, PARTY_ID_MAX)));
	*index = place;
	return ST_OK;
}
