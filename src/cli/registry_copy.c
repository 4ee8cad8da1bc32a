/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline registry copy: what a third party has to know of what is in force, because it joined
 * later or a copy was lost; shown, and sent only when a person says so, as it is shown to others.
 */
#include "cli/registry_copy.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/copies_due.h"
#include "cli/handover.h"
#include "cli/home.h"
#include "cli/output.h"
#include "exchange/delivery.h"
#include "processes/process.h"

enum { HOME, TEST, SEND, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[TEST] = { "test", NULL, "the book of test documents", NULL },
	[SEND] = { "send", NULL, "send what is missing, in the order in which it was said", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

struct copying {
	struct copies_search search;
	bool is_sent;    /* --send */
	bool is_told;    /* one by one, to people */
	json_t *rows;
	unsigned missing, failed;
	struct fault refused; /* by the gateway */
};

/* --- sending one --- */

static bool on_accepted(void *context, struct ipc_packet *packet)
{
	struct copying *c = context;
	struct verb_accepted accepted;

	if (packet->code != VERB_ACCEPTED)
		fault_set(&c->refused, ST_HOST, "gateway.answer", "the gateway answered with %s",
			packet->type->name);
	else if (ipc_body_parse(&accepted, packet, &c->refused) == ST_OK &&
		accepted.status != ST_OK)
		fault_from_verb(&c->refused, accepted.status, accepted.code, accepted.text);
	return true;
}

static enum status copy_submit(
	struct copying *c, const struct copy_due *due, struct slice view, struct fault *f)
{
	AUTO_FD fd = -1;
	struct verb_submit submit = { .partner = slice_str(c->search.to->sheet->id),
		.message_id = due->id,
		.media_type = S(DOCUMENT_MEDIA_TYPE),
		.filename = S(""),
		.area = due->of->area,
		.size = view.n,
		.copy_of = due->of->row };
	AUTO_IN_PLACE(handover) h = handover_init(c->search.desk, &submit);

	TRY(handover_put(&h, view, f));
	TRY(handover_finish(&fd, &h, f));
	c->refused = (struct fault){ 0 };
	TRY(desk_client_ask(c->search.desk, VERB_SUBMIT, &submit, fd,
		work_time_ns(submit.size) / NS_PER_MS, on_accepted, c, f));
	if (!c->refused.code[0])
		return ST_OK;
	*f = c->refused;
	return f->status;
}

static enum status copy_send(struct copying *c, const struct copy_due *due, struct fault *f)
{
	AUTO_IN_PLACE(buf) view = buf_init(COPY_SIZE_MAX);

	TRY(copy_make(&view, due->copy, c->search.registry, (enum area)due->of->area, f));
	return copy_submit(c, due, buf_slice(&view), f);
}

/* --- what is told --- */

static bool is_missing(enum delivery state)
{
	return state == DELIVERIES || state == DELIVERY_REFUSED || state == DELIVERY_EXPIRED;
}

static void row_add(struct copying *c, const struct copy_due *due, const char *state,
	const struct fault *why)
{
	json_t *fault = why->code[0]
		? json_pack("{s:s, s:s}", "code", why->code, "text", why->text)
		: json_null();

	json_array_append_new(c->rows,
		json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:o}", "type", due->copy->type,
			"aggregation", json_slice(due->aggregation), "partner",
			json_slice(due->of->partner), "way",
			due->of->direction == MESSAGE_IN ? "in" : "out", "message-id",
			json_slice(due->of->message_id), "copy", json_slice(due->id), "state",
			state, "fault", fault));
	if (!c->is_told)
		return;
	printf("%-24s %.*s%sof %.*s: %s%s%s\n", due->copy->type, SLICE_FMT(due->aggregation),
		due->aggregation.n ? " " : "", SLICE_FMT(due->of->partner), state,
		why->code[0] ? ": " : "", why->text);
	fflush(stdout);
}

/* What is the document's, or the agreement's, is told, and the others go; else nobody answers. */
static bool is_passing(enum status st)
{
	return st == ST_RETRY || st == ST_HOST;
}

static enum status often_fault(const struct copy_due *due, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.copy.often",
		"it was refused or expired each of %d times: `tieline show %.*s` says why",
		COPIES_AGAIN_MAX, SLICE_FMT(due->id));
}

static enum status due_heard(void *context, const struct copy_due *due, struct fault *f)
{
	struct copying *c = context;
	struct fault why = { 0 };
	enum status st = ST_OK;

	if (!is_missing(due->state)) {
		row_add(c, due, delivery_name(due->state), &why);
		return ST_OK;
	}
	c->missing++;
	if (c->is_sent)
		st = due->state == DELIVERIES ? copy_send(c, due, &why)
					      : often_fault(due, &why);
	if (is_passing(st)) {
		*f = why;
		return st;
	}
	c->failed += st != ST_OK;
	row_add(c, due, st != ST_OK ? "not sent" : c->is_sent ? "queued" : "missing", &why);
	return ST_OK;
}

static void sum_tell(const struct copying *c)
{
	const char *to = c->search.to->sheet->id;
	size_t all = json_array_size(c->rows);

	if (all == 0)
		printf("Nothing of what %s is sent copies of is in force.\n", to);
	else if (c->is_sent)
		printf("%u of %zu queued for %s, %u not; the others are there, or on their way.\n",
			c->missing - c->failed, all, to, c->failed);
	else if (c->missing > 0)
		printf("%u of %zu are missing at %s: --send sends them.\n", c->missing, all, to);
	else
		printf("All %zu are at %s, or on their way.\n", all, to);
}

/* --- the command --- */

static enum status copying_open(struct copying *c, const struct arguments *a,
	struct registry **registry, const char *home, struct fault *f)
{
	struct slice to = slice_str(a->operands[0]);
	size_t index;

	TRY(home_registry(registry, home, f));
	if (registry_find(&index, *registry, to, f) != ST_OK)
		return fault_set(f, ST_INPUT, "partner.unknown",
			"no partner %.*s: see `tieline partner list`", SLICE_FMT(to));
	c->search.registry = *registry;
	c->search.to = registry_partner(*registry, index);
	c->search.is_test = a->given[TEST];
	if (c->search.to->agreement->copies.type_count == 0)
		return fault_set(f, ST_AUTH, "agreement.copies",
			"no copies are agreed with %.*s (copies: in its agreement)",
			SLICE_FMT(to));
	return desk_client_open(&c->search.desk, home, f);
}

static int tell(const struct copying *c, const struct arguments *a)
{
	if (a->given[JSON])
		json_print(json_incref(c->rows));
	else
		sum_tell(c);
	return c->failed > 0 ? EXIT_INPUT : EXIT_DONE;
}

static int run(const struct arguments *a)
{
	struct copying c = { .is_sent = a->given[SEND], .is_told = !a->given[JSON] };
	const char *home = home_path(a->values[HOME]);
	AUTO(registry) registry = NULL;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	c.rows = json_array();
	enum status st = copying_open(&c, a, &registry, home, &f);
	if (st == ST_OK)
		st = copies_due_each(&c.search, due_heard, &c, &f);
	const char *next = is_passing(st) ? "the same command goes on with the rest" : NULL;
	int code = st == ST_OK ? tell(&c, a) : fail(&f, next);
	desk_client_free(c.search.desk);
	json_decref(c.rows);
	return code;
}

const struct command registry_copy_command = {
	.name = "registry copy",
	.operands = "PARTNER",
	.purpose = "what a third party is missing of what is in force, and send it",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
