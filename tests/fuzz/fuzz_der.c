/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile document beside its schema: findings lie within it, are as many as are counted, and the
 * verdict is the same whether somebody listens or not; what it says of time is within bounds.
 */
#include "documents/der/timing.h"
#include "documents/der/validate.h"

struct seen {
	size_t size;
	uint64_t findings;
};

static void finding_take(void *context, const struct der_finding *f)
{
	struct seen *seen = context;

	if (f->offset > seen->size || f->line == 0 || f->column == 0)
		bug("a finding is not in the document");
	seen->findings++;
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	const struct seen *seen = context;

	if (p->depth == 0 || e->offset >= seen->size)
		bug("a value is not in the document");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .size = size };
	const struct der_way way = { S("007909411"), S("829517388"), AREA_BILLING };
	struct der_listener listener = {
		.context = &seen, .finding = finding_take, .value = value_take, .way = &way
	};
	struct der_listener nobody = { .way = &way };
	struct der_result heard, unheard;
	struct der_timing timing;
	uint64_t counted;

	der_validate(&heard, slice_of(data, size), &listener);
	der_validate(&unheard, slice_of(data, size), &nobody);
	counted = heard.against_schema + heard.beyond;
	if (counted != unheard.against_schema + unheard.beyond ||
		heard.sensitivity != unheard.sensitivity ||
		heard.is_misaddressed != unheard.is_misaddressed)
		bug("the verdict depends on who listens");
	der_timing_read(&timing, slice_of(data, size));
	if (timing.expires_ns < 0 || timing.sequence < 0 ||
		(timing.sequence > 0 && !timing.scope[0]))
		bug("a time or a sequence of nothing");
	if (seen.findings != (counted > DER_FINDINGS_MAX ? DER_FINDINGS_MAX + 1 : counted))
		bug("findings are not as many as are counted");
	return 0;
}
