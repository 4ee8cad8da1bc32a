/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile document beside its schema: findings lie within it, are as many as are counted, and the
 * verdict is the same whether somebody listens or not; what it says of time is within bounds.  What
 * is collected for the register can be read, and is of documents that are whole.  What is valid has
 * a view for another reader that is valid, too, and shows nothing restricted, unless it is a copy
 * or names no sender itself.
 */
#include "documents/der/facts.h"
#include "documents/der/timing.h"
#include "documents/der/validate.h"
#include "documents/der/view.h"

struct seen {
	size_t size;
	uint64_t findings;
	struct der_facts facts;
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
	struct seen *seen = context;

	der_facts_take(&seen->facts, p, e);
	if (p->depth == 0 || e->offset >= seen->size)
		bug("a value is not in the document");
}

static void facts_read(struct slice facts, uint32_t documents)
{
	struct fact fact;
	uint32_t begun = 0;

	while (fact_next(&fact, &facts, NULL) == ST_OK)
		begun += fact.kind == FACT_DOCUMENT;
	if (facts.n > 0 || begun != documents)
		bug("what was collected cannot be read");
}

/* Aggregations and feeders are known to who reads a limit: test_der_view.c has the others. */
static bool is_target(const struct der_place *p)
{
	return p->depth == 3 && json_text_is(p->frames[1].name, S("target_ids"));
}

static void shown_take(void *context, const struct der_place *p, const struct json_event *e)
{
	const struct der_frame *value = &p->frames[p->depth - 1];

	(void)context;
	if (e->kind != JSON_IS_CLOSE && e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY &&
		value->sensitivity == DER_RESTRICTED && !is_target(p) &&
		!json_text_is(e->text, S(DER_WITHHELD)))
		bug("a view shows what is restricted");
}

static void view_look(struct slice document, bool is_valid)
{
	static const struct der_reader to = { S("007909411"), S("utility"), S("RTO-1"),
		S("iso_rto"), S("TPA-RTO-7") };
	const struct der_way way = {
		.sender = S("007909411"), .receiver = S("RTO-1"), .area = AREAS
	};
	const struct der_listener listener = { .value = shown_take, .way = &way };
	AUTO_IN_PLACE(buf) view = buf_init(2 * document.n + 4096);
	struct der_result result;
	struct fault f = { 0 };

	if (der_view(&view, document, &to, &f) == ST_OK) {
		der_validate(&result, buf_slice(&view), &listener);
		if (is_valid && result.against_schema + result.beyond > 0)
			bug("the view of a valid document is not valid");
	} else if (is_valid && !slice_eq(slice_str(f.code), S("der.view.behalf")) &&
		!slice_eq(slice_str(f.code), S("der.view.copy"))) {
		bug("a valid document has no view");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) facts = buf_init(FACTS_MAX);
	struct seen seen = { .size = size, .facts = { .out = &facts } };
	const struct der_way way = {
		.sender = S("007909411"), .receiver = S("829517388"), .area = AREA_BILLING,
		.agreement = S("TPA-2026-017"), .test = TEST_ONLY
	};
	struct der_listener listener = {
		.context = &seen, .finding = finding_take, .value = value_take, .way = &way
	};
	struct der_listener nobody = { .way = &way };
	struct der_result heard, unheard;
	struct der_timing timing;
	uint64_t counted;

	der_facts_begin(&seen.facts);
	der_validate(&heard, slice_of(data, size), &listener);
	der_facts_end(&seen.facts, heard.schema != NULL, true);
	facts_read(buf_slice(&facts), seen.facts.documents);
	der_validate(&unheard, slice_of(data, size), &nobody);
	counted = heard.against_schema + heard.beyond;
	if (counted != unheard.against_schema + unheard.beyond ||
		heard.sensitivity != unheard.sensitivity ||
		(heard.barred != NULL) != (unheard.barred != NULL))
		bug("the verdict depends on who listens");
	der_timing_read(&timing, slice_of(data, size));
	if (timing.expires_ns < 0 || timing.sequence < 0 ||
		(timing.sequence > 0 && !timing.scope[0]))
		bug("a time or a sequence of nothing");
	if (seen.findings != (counted > DER_FINDINGS_MAX ? DER_FINDINGS_MAX + 1 : counted))
		bug("findings are not as many as are counted");
	der_validate(&heard, slice_of(data, size), &(struct der_listener){ 0 });
	view_look(slice_of(data, size), heard.against_schema + heard.beyond == 0);
	return 0;
}
