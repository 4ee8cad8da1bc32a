/* SPDX-License-Identifier: Apache-2.0 */
/* One meter per partner and area, in the registry's order. */
#include "processes/meters.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

struct partner_meters {
	char id[PARTY_ID_MAX + 1];
	struct meter all, areas[AREAS];
};

struct meters {
	struct meter strangers;
	size_t count;
	struct partner_meters partners[]; /* in the registry's order */
};

struct meters *meters_new(const struct registry *registry, const struct meters *before)
{
	size_t count = registry_partner_count(registry), index;
	struct meters *meters =
		alloc_zeroed(1, sizeof(*meters) + count * sizeof(meters->partners[0]));

	meters->count = count;
	if (before)
		meters->strangers = before->strangers;
	for (size_t i = 0; before && i < before->count; i++) {
		const struct partner_meters *one = &before->partners[i];
		if (registry_find(&index, registry, slice_str(one->id), NULL) == ST_OK)
			meters->partners[index] = *one;
	}
	for (size_t i = 0; i < count; i++)
		(void)!slice_to_text(meters->partners[i].id, sizeof(meters->partners[i].id),
			slice_str(registry_partner(registry, i)->sheet->id), NULL);
	return meters;
}

void meters_free(struct meters *meters)
{
	free(meters);
}

static enum status too_often(unsigned *wait_s, int64_t wait_ns, const struct rate *rate,
	const char *of, const char *code, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(64);

	*wait_s = (unsigned)(wait_ns / NS_PER_S) + 1;
	rate_put(&text, rate);
	return fault_set(f, ST_RETRY, code, "more than %s %s: the next is taken in %u s",
		buf_text(&text), of, *wait_s);
}

static struct partner_meters *meters_of(struct meters *meters, const struct partner *partner)
{
	for (size_t i = 0; i < meters->count; i++)
		if (slice_eq(slice_str(meters->partners[i].id), slice_str(partner->sheet->id)))
			return &meters->partners[i];
	bug("no meters for %s", partner->sheet->id);
}

enum status meters_take(struct meters *meters, unsigned *wait_s, const struct partner *partner,
	enum area area, int64_t now_mono_ns, struct fault *f)
{
	const struct agreement *agreed = partner->agreement;
	const struct rate any = { 0 }, *rate = area < AREAS ? &agreed->areas[area].rate : &any;
	struct meter none = { 0 };

	if (agreed->rate.count == 0 && rate->count == 0)
		return ST_OK;
	struct partner_meters *own = meters_of(meters, partner);
	struct meter *meter = area < AREAS ? &own->areas[area] : &none;
	int64_t all_ns = meter_wait_ns(&own->all, &agreed->rate, now_mono_ns);
	int64_t area_ns = meter_wait_ns(meter, rate, now_mono_ns);
	if (area_ns > 0 && area_ns >= all_ns)
		return too_often(wait_s, area_ns, rate, area_name(area), "agreement.rate", f);
	if (all_ns > 0)
		return too_often(
			wait_s, all_ns, &agreed->rate, "in all areas", "agreement.rate", f);
	meter_count(&own->all, &agreed->rate, now_mono_ns);
	meter_count(meter, rate, now_mono_ns);
	return ST_OK;
}

enum status meters_take_stranger(struct meters *meters, unsigned *wait_s, const struct rate *rate,
	int64_t now_mono_ns, struct fault *f)
{
	int64_t wait_ns = meter_wait_ns(&meters->strangers, rate, now_mono_ns);

	if (wait_ns > 0)
		return too_often(wait_s, wait_ns, rate,
			"of all who show no certificate", "settings.stranger-messages", f);
	meter_count(&meters->strangers, rate, now_mono_ns);
	return ST_OK;
}
