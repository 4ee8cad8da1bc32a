/* SPDX-License-Identifier: Apache-2.0 */
/* Used by list, show and explain. */
#include "cli/listing.h"

#include "base/log.h"
#include "processes/process.h"

#define PAGE 200
#define ASK_TIMEOUT_MS 30000

struct asking {
	const struct listing *listing;
	uint64_t last;     /* row of the page's last message */
	unsigned count;
	enum status status;
	struct fault fault;
};

static void on_message(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_message message;

	if (a->status == ST_OK)
		a->status = ipc_body_parse(&message, packet, &a->fault);
	if (a->status != ST_OK)
		return;
	a->last = message.row;
	a->count++;
	a->listing->message(a->listing->context, &message);
}

static void on_end(struct asking *a, const struct ipc_packet *packet)
{
	struct verb_fault end;

	if (a->status != ST_OK) /* a row that did not hold: the list has a gap */
		return;
	a->status = ipc_body_parse(&end, packet, &a->fault);
	if (a->status == ST_OK && end.status != ST_OK) {
		fault_from_verb(&a->fault, end.status, end.code, end.text);
		a->status = a->fault.status;
	}
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct asking *, const struct ipc_packet *) = {
		[VERB_MESSAGE] = on_message, [VERB_END] = on_end,
	};

	if (handlers[packet->code])
		handlers[packet->code](context, packet);
	return packet->code == VERB_END;
}

enum status listing_ask(struct desk_client *desk, struct verb_list *filter,
	const struct listing *listing, struct fault *f)
{
	const int64_t timeout_ms = listing->timeout_ms ? listing->timeout_ms : ASK_TIMEOUT_MS;
	struct asking a = { .listing = listing, .count = PAGE };

	filter->limit = PAGE;
	while (a.count == PAGE) {
		a.count = 0;
		TRY(desk_client_ask(desk, VERB_LIST, filter, -1, timeout_ms, on_answer, &a, f));
		filter->after = a.last;
		if (a.status != ST_OK) {
			*f = a.fault;
			return a.status;
		}
	}
	return ST_OK;
}
