/* SPDX-License-Identifier: Apache-2.0 */
/* Used by registry.c. */
#include "cli/registry_pages.h"

#include "exchange/facts.h"
#include "processes/process.h"

#define PAGE 200
#define ASK_TIMEOUT_MS 60000

struct asking {
	struct registry_pages *pages;
	struct buf last, last_partner; /* of the page */
	uint64_t last_number;
	unsigned count;
	enum status status;
	struct fault fault;
};

static void last_set(struct asking *a, struct slice name, struct slice partner)
{
	buf_clear(&a->last);
	buf_put(&a->last, name);
	buf_clear(&a->last_partner);
	buf_put(&a->last_partner, partner);
	a->count++;
}

static void on_aggregation(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_aggregation row;

	a->status = ipc_body_parse(&row, packet, &a->fault);
	if (a->status != ST_OK || !a->pages->aggregation)
		return;
	last_set(a, row.aggregation, row.partner);
	a->pages->aggregation(a->pages->context, &row);
}

static void on_resource(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_resource row;

	a->status = ipc_body_parse(&row, packet, &a->fault);
	if (a->status != ST_OK || !a->pages->resource)
		return;
	last_set(a, row.resource, S(""));
	a->pages->resource(a->pages->context, &row);
}

static void on_statement(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_statement row;

	a->status = ipc_body_parse(&row, packet, &a->fault);
	if (a->status != ST_OK || !a->pages->statement)
		return;
	a->last_number = row.number;
	a->count++;
	a->pages->statement(a->pages->context, &row);
}

static void on_condition(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_condition row;

	a->status = ipc_body_parse(&row, packet, &a->fault);
	if (a->status != ST_OK || !a->pages->condition)
		return;
	a->last_number = row.number;
	a->count++;
	a->pages->condition(a->pages->context, &row);
}

static void on_end(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_fault end;

	a->status = ipc_body_parse(&end, packet, &a->fault);
	if (a->status == ST_OK && end.status != ST_OK) {
		fault_from_verb(&a->fault, end.status, end.code, end.text);
		a->status = a->fault.status;
	}
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct asking *, const struct ipc_packet *) = {
		[VERB_AGGREGATION] = on_aggregation,
		[VERB_RESOURCE] = on_resource,
		[VERB_STATEMENT] = on_statement,
		[VERB_CONDITION] = on_condition,
		[VERB_END] = on_end,
	};
	struct asking *a = context;

	if (handlers[packet->code] && a->status == ST_OK) /* a gap ends the list */
		handlers[packet->code](a, packet);
	return packet->code == VERB_END;
}

static enum status page_ask(struct asking *a, struct fault *f)
{
	struct registry_pages *p = a->pages;

	a->count = 0;
	TRY(desk_client_ask(
		p->desk, VERB_REGISTRY, &p->ask, -1, ASK_TIMEOUT_MS, on_answer, a, f));
	if (a->status != ST_OK)
		*f = a->fault;
	p->ask.after = buf_slice(&a->last);
	p->ask.after_partner = buf_slice(&a->last_partner);
	p->ask.after_number = a->last_number;
	return a->status;
}

enum status registry_pages_ask(struct registry_pages *pages, struct fault *f)
{
	struct asking a = { .pages = pages,
		.last = buf_init(FACT_TEXT_MAX),
		.last_partner = buf_init(FACT_TEXT_MAX),
		.count = PAGE };
	enum status st = ST_OK;

	pages->ask.limit = PAGE;
	while (st == ST_OK && a.count == PAGE)
		st = page_ask(&a, f);
	buf_done(&a.last);
	buf_done(&a.last_partner);
	return st;
}
