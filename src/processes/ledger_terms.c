/* SPDX-License-Identifier: Apache-2.0 */
/* A partner may be gone from the configuration while messages of his are here. */
#include "processes/ledger_terms.h"

#include "base/clock.h"
#include "base/log.h"
#include "processes/copies.h"
#include "processes/own_documents.h"

const struct partner *terms_partner(const struct house *h, struct slice id)
{
	const struct registry *registry = h->process->registry;
	size_t index;

	return registry_find(&index, registry, id, NULL) == ST_OK
		? registry_partner(registry, index)
		: NULL;
}

int64_t terms_x12_within_ns(const struct house *h, struct slice partner)
{
	const struct partner *known = terms_partner(h, partner);

	return known && known->agreement->x12.examine ? known->agreement->x12.within_ns : 0;
}

/* Sets that the register hears of go to others, whether or not X12 is looked into. */
static bool is_copied_x12(
	const struct registry *registry, struct slice partner, struct slice media_type)
{
	const struct verb_examine of = { .partner = partner, .media_type = media_type };

	return copies_may_be_x12(registry, &of) && copies_may_be(registry, &of);
}

struct ledger_wish terms_wish(
	struct house *h, struct slice partner, struct slice media_type, bool sent)
{
	const struct partner *known = terms_partner(h, partner);

	if (!known)
		return (struct ledger_wish){ 0 };
	bool x12 = known->agreement->x12.examine &&
		(slice_eq(media_type, S(X12_MEDIA_TYPE)) || x12_may_be_named(media_type) ||
			media_type_is_several(media_type));
	bool ours = known->agreement->documents.examine && documents_may_hold(media_type);
	bool copied = is_copied_x12(h->process->registry, partner, media_type);
	int64_t within_ns = x12 && sent ? terms_x12_within_ns(h, partner) : 0;

	return (struct ledger_wish){ .examined = x12 || ours || copied,
		.due_ns = within_ns ? clock_utc_ns() + within_ns : 0 };
}

int64_t terms_budget_ns(const struct house *h, struct slice partner, enum area area)
{
	const struct partner *to = terms_partner(h, partner);

	return to ? agreement_budget_ns(to->agreement, area) : area_profile(area)->budget_ns;
}

#define WAIT_MAX_NS (INT64_C(86400) * NS_PER_S)

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t terms_wait_until_ns(const struct house *h, struct slice partner, enum area area,
	int64_t created_ns, int64_t deadline_ns)
{
	int64_t most_ns = deadline_ns - created_ns;

	if (area == AREA_OUTAGE)
		most_ns = least(most_ns, terms_budget_ns(h, partner, area));
	return created_ns + least(most_ns / 2, WAIT_MAX_NS);
}

int64_t terms_clocks_apart_ns(const struct house *h)
{
	return registry_settings(h->process->registry)->clocks_apart_ns;
}

const struct review_terms *terms_review(const struct house *h)
{
	return &registry_settings(h->process->registry)->review;
}

void terms_flag_log(struct house *h, struct slice message_id, struct slice partner,
	struct slice code, struct slice text)
{
	if (code.n != 0)
		held_warning(h->said, "message-flagged", LOG_S("msg", message_id),
			LOG_S("partner", partner), LOG_S("flag", code), LOG_S("why", text));
}
