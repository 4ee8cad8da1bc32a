/* SPDX-License-Identifier: Apache-2.0 */
/* An open batch is settled first, so that nothing is told which a crash could undo. */
#include "processes/ledger_asking.h"

#include <stdlib.h>

#include "base/log.h"
#include "processes/ledger_batch.h"
#include "processes/ledger_terms.h"
#include "processes/questions.h"

#define WAITERS_MAX 65536

static void waiter_end(struct house *h, struct waiter *w)
{
	LIST_REMOVE(w, entry);
	h->waiter_count--;
	free(w);
}

static void waiter_tell(struct house *h, unsigned desk, uint64_t id, uint64_t row)
{
	struct ledger_message m;
	struct fault f;

	if (ledger_get(&m, h->ledger, row, &f) != ST_OK) {
		log_error("ledger-failed", LOG_FAULT(&f));
		return;
	}
	struct verb_message body = verb_message_of(&m);
	if (process_send(process_link(h->process, ROLE_DESK, desk), VERB_MESSAGE, id, &body, -1,
		    &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

void asking_tell(struct house *h, uint64_t row)
{
	struct waiter *next;

	for (struct waiter *w = LIST_FIRST(&h->waiters); w; w = next) {
		next = LIST_NEXT(w, entry);
		if (w->row != row || batch_ends(h, row))
			continue;
		waiter_tell(h, w->desk, w->id, row);
		waiter_end(h, w);
	}
}

void house_question(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_settle(h);
	question_answer(
		h->ledger, terms_review(h), link, packet);
}

static void end_say(struct ipc *link, uint64_t id, const struct fault *why)
{
	struct fault f;

	if (process_send(link, VERB_END, id, &(struct verb_fault){ FAULT_VERB(why) }, -1, &f) !=
		ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

struct clock_asker {
	struct ipc *link;
	uint64_t id;
	int64_t apart_ns;
};

static void clock_say(void *context, struct slice partner, const struct clock_difference *d)
{
	const struct clock_asker *a = context;
	struct verb_clock body = { .partner = partner,
		.ahead_ns = d->ahead_ns,
		.error_ns = d->error_ns,
		.at_ns = d->at_ns,
		.far = clock_is_far(d, a->apart_ns) };
	struct fault f;

	if (process_send(a->link, VERB_CLOCK, a->id, &body, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

void house_status(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_settle(h);
	shelf_show(h->shelf, h->ledger, link, packet->id);
	partner_clocks_each(h->clocks, clock_say,
		&(struct clock_asker){ link, packet->id, terms_clocks_apart_ns(h) });
	question_answer(h->ledger, terms_review(h), link, packet);
}

/* The first courier fetches; when it is away it will ask for all that is due by itself. */
void house_refresh(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct fault f = { .status = ST_OK };

	if (process_send(process_link(h->process, ROLE_COURIER, 0), VERB_REFRESH, 0,
		    &(struct verb_empty){ 0 }, -1, &f) == ST_OK)
		f = (struct fault){ .status = ST_OK };
	end_say(link, packet->id, &f);
}

void house_copy(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_settle(h);
	survey_begin(h->survey, link, packet);
}

static enum status wait_begin(
	struct house *h, unsigned desk, struct ipc_packet *packet, struct fault *f)
{
	struct ledger_message m;
	struct verb_get ask;
	uint64_t row;

	TRY(ipc_body_parse(&ask, packet, f));
	TRY(question_row(&row, h->ledger, &ask, f));
	TRY(ledger_get(&m, h->ledger, row, f));
	if (delivery_is_final(m.state)) {
		batch_settle(h); /* it may have become so in a batch that is not durable */
		waiter_tell(h, desk, packet->id, row);
		return ST_OK;
	}
	if (h->waiter_count >= WAITERS_MAX)
		return fault_set(f, ST_RETRY, "ledger.waiters", "%u others wait for receipts",
			h->waiter_count);
	struct waiter *w = alloc_zeroed(1, sizeof(*w));
	*w = (struct waiter){ .row = row, .id = packet->id, .desk = desk };
	LIST_INSERT_HEAD(&h->waiters, w, entry);
	h->waiter_count++;
	return ST_OK;
}

void house_wait(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	enum role role;
	unsigned desk;
	struct fault f;

	process_peer(&role, &desk, h->process, link);
	if (wait_begin(h, desk, packet, &f) != ST_OK)
		end_say(link, packet->id, &f);
}

void asking_lost(struct house *h, unsigned desk)
{
	struct waiter *next;

	for (struct waiter *w = LIST_FIRST(&h->waiters); w; w = next) {
		next = LIST_NEXT(w, entry);
		if (w->desk == desk)
			waiter_end(h, w);
	}
}
