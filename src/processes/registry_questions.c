/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the register as packets. */
#include "processes/registry_questions.h"

#include "base/clock.h"
#include "base/log.h"
#include "ledger/register_read.h"
#include "ledger/register_review.h"
#include "ledger/register_wanted.h"

#define REGISTRY_PAGE_MAX 200

struct hearer {
	struct ipc *desk;
	uint64_t id;
};

static void say(const struct hearer *h, enum verb verb, const void *body)
{
	struct fault f;

	if (process_send(h->desk, verb, h->id, body, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", verbs.types[verb].name), LOG_FAULT(&f));
}

static struct verb_quantities quantities_of(const struct quantities *can)
{
	struct verb_quantities out = { 0 };
	int64_t *const members[QUANTITIES] = { &out.export_kw, &out.import_kw, &out.up_kw,
		&out.down_kw, &out.inject_kvar, &out.absorb_kvar, &out.energy_kwh };

	for (int i = 0; i < QUANTITIES; i++)
		if (can->known[i]) {
			out.known |= 1U << i;
			*members[i] = can->of[i];
		}
	return out;
}

static void aggregation_say(void *context, const struct register_aggregation *a)
{
	const struct verb_aggregation body = { .aggregation = a->aggregation,
		.partner = a->partner,
		.name = a->name,
		.program = a->program,
		.state = slice_str(a->state),
		.services = slice_to(a->services, FACT_TEXT_MAX),
		.direction = a->direction,
		.from_ns = a->from_ns,
		.until_ns = a->until_ns,
		.revision = a->revision,
		.can = quantities_of(&a->can) };

	say(context, VERB_AGGREGATION, &body);
}

static void resource_say(void *context, const struct held *h)
{
	const struct verb_resource body = { .resource = h->resource,
		.premise = h->premise,
		.feeder = h->feeder,
		.der_kind = h->der_kind,
		.consent = h->consent,
		.program = h->program,
		.net_metering = h->is_net_metered,
		.consent_ns = h->consent_ns,
		.from_ns = h->from_ns,
		.can = quantities_of(&h->can) };

	say(context, VERB_RESOURCE, &body);
}

static void statement_say(void *context, const struct register_statement *s)
{
	const struct verb_statement body = { .number = s->number,
		.resources = s->resources,
		.type = slice_str(business_rule(s->type)->name),
		.action = s->action,
		.document = s->document,
		.partner = s->partner,
		.message_id = s->message_id,
		.direction = s->direction,
		.revision = s->revision,
		.basis = s->basis,
		.said_ns = s->said_ns,
		.from_ns = s->from_ns,
		.until_ns = s->until_ns,
		.voided_ns = s->voided_ns };

	say(context, VERB_STATEMENT, &body);
}

static void condition_say(void *context, const struct register_condition *c)
{
	const struct verb_condition body = { .number = c->number,
		.document = c->document,
		.kind = slice_str(c->kind),
		.direction = slice_str(c->direction),
		.feeder = c->feeder,
		.window = c->window,
		.compared = c->is_compared,
		.kw = c->kw,
		.from_ns = c->span.from_ns,
		.until_ns = c->span.until_ns };

	say(context, VERB_CONDITION, &body);
}

static enum status aggregations(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	(void)ask;
	return register_aggregations(l, filter, aggregation_say, h, f);
}

static enum status resources(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	const struct book_of of = { ask->aggregation, ask->partner, ask->test != 0 };

	return register_resources(
		l, &of, ask->at_ns, ask->after, filter->limit, resource_say, h, f);
}

static enum status history(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	return register_history(l, filter, ask->after_number, statement_say, h, f);
}

static enum status awards(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	return register_awards(l, filter, ask->after_number, statement_say, h, f);
}

static enum status dispatches(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	return register_dispatches(l, filter, ask->after_number, statement_say, h, f);
}

static enum status notices(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	return register_notices(l, filter, ask->after_number, statement_say, h, f);
}

static enum status conditions(struct ledger *l, const struct verb_registry *ask,
	const struct register_filter *filter, struct hearer *h, struct fault *f)
{
	const struct book_of of = { ask->aggregation, ask->partner, ask->test != 0 };

	return register_conditions(
		l, &of, ask->after_number, filter->limit, condition_say, h, f);
}

enum status registry_say(
	struct ledger *l, struct ipc *desk, struct ipc_packet *packet, struct fault *f)
{
	static enum status (*const questions[REGISTRY_QUESTIONS])(struct ledger *,
		const struct verb_registry *, const struct register_filter *, struct hearer *,
		struct fault *) = {
		[REGISTRY_AGGREGATIONS] = aggregations,
		[REGISTRY_RESOURCES] = resources,
		[REGISTRY_HISTORY] = history,
		[REGISTRY_AWARDS] = awards,
		[REGISTRY_DISPATCHES] = dispatches,
		[REGISTRY_NOTICES] = notices,
		[REGISTRY_CONDITIONS] = conditions,
	};
	struct hearer h = { desk, packet->id };
	struct verb_registry ask;

	TRY(ipc_body_parse(&ask, packet, f));
	if (ask.what >= REGISTRY_QUESTIONS)
		return fault_set(f, ST_INPUT, "ipc.field", "question %u", ask.what);
	const struct register_filter filter = { .partner = ask.partner,
		.aggregation = ask.aggregation,
		.is_test = ask.test != 0,
		.at_ns = ask.at_ns,
		.after_aggregation = ask.after,
		.after_partner = ask.after_partner,
		.limit = ask.limit < REGISTRY_PAGE_MAX ? ask.limit : REGISTRY_PAGE_MAX };
	return questions[ask.what](l, &ask, &filter, &h, f);
}

static void review_say(void *context, const struct register_review *r)
{
	const struct verb_review body = { .partner = r->partner,
		.aggregation = r->aggregation,
		.document = r->document,
		.type = slice_str(business_rule(r->type)->name),
		.direction = r->direction,
		.test = r->is_test,
		.waiting = r->is_waiting,
		.started_ns = r->started_ns,
		.due_ns = r->due_ns,
		.left_ns = r->left_ns };

	say(context, VERB_REVIEW, &body);
}

enum status registry_reviews_say(struct ledger *l, const struct review_terms *terms,
	struct ipc *desk, uint64_t id, struct fault *f)
{
	struct hearer h = { desk, id };

	return register_reviews(l, terms, clock_utc_ns(), REVIEWS_SAID, review_say, &h, f);
}

static void missed_say(void *context, const struct register_wanted *w)
{
	const struct verb_missed body = { .partner = w->partner,
		.aggregation = w->aggregation,
		.document = w->document,
		.message_id = w->message_id,
		.type = slice_str(business_rule(w->want->type)->name),
		.member = slice_str(w->want->member),
		.answer = slice_str(w->want->answer),
		.ours = w->is_ours,
		.test = w->is_test,
		.due_ns = w->due_ns,
		.late_ns = w->late_ns };

	say(context, VERB_MISSED, &body);
}

enum status registry_missed_say(
	struct ledger *l, struct ipc *desk, uint64_t id, struct fault *f)
{
	struct hearer h = { desk, id };

	return register_wanted_missed(l, clock_utc_ns(), MISSED_SAID, missed_say, &h, f);
}
