/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger process: the only owner of database and spool.  Everything that changes something
 * joins the batch that is open (ledger_batch.h), and only once it is durable is anybody told; then
 * whatever is due goes to the couriers.  Here is its life: timers, spool files, recovery, who is
 * called for which verb.
 */
#include "processes/ledger.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/announced.h"
#include "ledger/readiness.h"
#include "ledger/register_review.h"
#include "ledger/register_wanted.h"
#include "processes/ledger_arrival.h"
#include "processes/ledger_asking.h"
#include "processes/ledger_batch.h"
#include "processes/ledger_heads.h"
#include "processes/ledger_lanes.h"
#include "processes/ledger_learning.h"
#include "processes/ledger_outcome.h"
#include "processes/ledger_submission.h"
#include "processes/ledger_terms.h"
#include "safeguards/digest.h"

#define TICK_S 5
#define REVIEW_TICKS 12                /* between two looks at the clocks of reviews */
#define REVIEW_DAY_NS (86400 * NS_PER_S)
#define CLOCK_JUMP_NS (60 * NS_PER_S)  /* no program that keeps the time makes such steps */
#define LONG_NS (5 * NS_PER_S / 1000)  /* of one packet: then the others have their turn */

const struct sandbox ledger_sandbox = {
	.promises = "stdio files",
	.paths = (const struct sandbox_path[]){ { ".", SANDBOX_WRITE } },
	.path_count = 1,
};

bool house_hears(void *out, const struct ipc_packet *packet)
{
	struct fault f;

	if (ipc_body_parse(out, packet, &f) == ST_OK)
		return true;
	log_error("ipc-refused", LOG_FAULT(&f));
	return false;
}

/* --- spool files --- */

/* Envelopes fill parcels that may stay; what edge and desk put into a file is only on its way. */
static enum status spool_give(
	int *fd, struct house *h, struct ipc *link, uint64_t ticket, struct fault *f)
{
	enum role asker;
	unsigned index;

	process_peer(&asker, &index, h->process, link);
	if (asker != ROLE_ENVELOPE)
		return ledger_spool_scratch(fd, h->ledger, f);
	return ledger_spool_file(fd, h->ledger, index, ticket, f);
}

static void on_spool(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	AUTO_FD fd = -1;
	struct fault f = { .status = ST_OK };
	bool given = spool_give(&fd, h, link, packet->id, &f) == ST_OK;
	struct verb_fault later = { FAULT_VERB(&f) };
	struct verb_empty here = { 0 };

	if (process_send(link, given ? VERB_SPOOLED : VERB_TRY_LATER, packet->id,
		    given ? (const void *)&here : (const void *)&later, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

static void on_unspool(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	enum role asker;
	unsigned index;

	process_peer(&asker, &index, h->process, link);
	ledger_spool_forget(h->ledger, index, packet->id);
}

/* --- looking into documents --- */

static void examine(struct house *h)
{
	struct fault f;
	enum status st = ST_OK;

	if (process_draining(h->process) || h->recovering || !examinations_wait(h->examinations))
		return;
	if (!batch_held(h, batch_open(h, true, &f), &f))
		return;
	while (st == ST_OK)
		st = examinations_start(
			h->examinations, h->process, h->ledger, h->answers, &f);
	if (st != ST_NONE)
		(void)batch_held(h, st, &f);
}

/* One word of a document may be about very many sets: nobody else waits for more than that. */
static void on_found(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	int64_t began_ns = clock_mono_ns();
	struct fault f;
	enum status st = batch_open(h, true, &f);

	if (st == ST_OK)
		st = examinations_hear(h->examinations, h->ledger, packet, &f);
	if (!batch_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
		log_error("ipc-refused", LOG_FAULT(&f));
	if (clock_mono_ns() - began_ns > LONG_NS)
		ipc_yield(link);
}

/* The envelope waits: it is answered whatever comes of it. */
static void on_recall(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	AUTO_IN_PLACE(buf) message_id = buf_init(MESSAGE_ID_MAX);
	struct fault f = { 0 };
	enum status st =
		examinations_recall(&message_id, h->examinations, h->ledger, packet, &f);
	struct verb_recalled answer = { .status = st, .message_id = buf_slice(&message_id) };

	if (st != ST_OK && st != ST_NONE)
		log_error("ledger-failed", LOG_FAULT(&f));
	if (process_send(link, VERB_RECALLED, packet->id, &answer, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

/* --- what nobody answers --- */

static void review_late(void *context, const struct register_review *r)
{
	struct house *h = context;

	held_warning(h->said, r->left_ns <= 0 ? "review-overdue" : "review-due",
		LOG_S("aggregation", r->aggregation), LOG_S("partner", r->partner),
		LOG_S("document", r->document), LOG_I("days", r->left_ns / REVIEW_DAY_NS),
		LOG_T("decides", r->direction == MESSAGE_IN ? "we" : "partner"));
}

/* Days count: a look now and then will do. */
static void reviews_look(struct house *h)
{
	struct fault f;

	if (++h->ticks % REVIEW_TICKS != 1 || !batch_held(h, batch_open(h, true, &f), &f))
		return;
	(void)batch_held(h,
		register_review_warn(
			h->ledger, terms_review(h), clock_utc_ns(), review_late, h, &f),
		&f);
}

static void wanted_log(struct house *h, const char *what, const struct register_wanted *w)
{
	held_warning(h->said, what, LOG_S("msg", w->message_id), LOG_S("partner", w->partner),
		LOG_S("document", w->document), LOG_T("type", business_rule(w->want->type)->name),
		LOG_T("wanted", w->want->answer), LOG_T("answers", w->is_ours ? "we" : "partner"),
		LOG_I("late-ms", w->late_ns / NS_PER_MS), LOG_I("test", w->is_test));
}

static void answer_missed(void *context, const struct register_wanted *w)
{
	wanted_log(context, "answer-missed", w);
}

static void answer_late(void *context, const struct register_wanted *w)
{
	wanted_log(context, "answer-late", w);
}

static void answers_look(struct house *h)
{
	struct fault f;

	if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h,
			register_wanted_miss(h->ledger, clock_utc_ns(), answer_missed, h, &f),
			&f);
}

static bool acknowledgment_is_expected(void *context, const struct ledger_message *m)
{
	return terms_x12_within_ns(context, m->partner) != 0;
}

static void unacknowledged(void *context, const struct ledger_message *m)
{
	struct house *h = context;

	held_warning(h->said, "x12-unacknowledged", LOG_S("msg", m->message_id),
		LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)));
}

static void unacknowledged_find(struct house *h)
{
	const struct ledger_unacknowledged_hear hear = {
		acknowledgment_is_expected, unacknowledged, h
	};
	struct fault f;

	if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(
			h, ledger_unacknowledged(h->ledger, clock_utc_ns(), &hear, &f), &f);
}

/* --- what partners' software says of itself --- */

static enum status announced_store(
	struct house *h, const struct verb_announced *v, struct fault *f)
{
	struct ledger_announced said = { .partner = v->partner, .version = v->version,
		.product = v->product, .features = v->features, .since_ns = v->since_ns };

	TRY(batch_open(h, true, f));
	return ledger_announced_put(h->ledger, &said, f);
}

static void on_announced(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_announced v;
	struct fault f;

	(void)link;
	if (ipc_body_parse(&v, packet, &f) == ST_OK)
		(void)batch_held(h, announced_store(h, &v, &f), &f);
}

static enum status readiness_store(
	struct house *h, const struct verb_readiness *v, struct fault *f)
{
	const struct ledger_readiness seen = { .partner = v->partner,
		.generation = v->generation,
		.since_ns = v->since_ns };

	TRY(batch_open(h, true, f));
	return ledger_readiness_put(h->ledger, &seen, f);
}

static void on_readiness(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_readiness v;
	struct fault f;

	(void)link;
	if (ipc_body_parse(&v, packet, &f) == ST_OK)
		(void)batch_held(h, readiness_store(h, &v, &f), &f);
}

/* --- word of revoked certificates --- */

static void on_learned(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct fault f;

	(void)link;
	if (!batch_held(h, batch_open(h, true, &f), &f))
		return;
	enum status st = shelf_learn(h->shelf, h->ledger, packet, &f);
	if (!batch_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
		log_error("revocation-unread", LOG_FAULT(&f));
}

static void on_tried(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	(void)link;
	shelf_tried(h->shelf, packet);
}

static void shelf_tidy(struct house *h)
{
	struct fault f;

	if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h, shelf_prune(h->shelf, h->ledger, &f), &f);
}

static void on_config(struct process *self, const struct registry *before)
{
	struct house *h = self->state;

	(void)before;
	registrar_review(h->registrar, terms_review(h)->days);
	shelf_tidy(h);
}

/* --- deadlines --- */

struct expiry {
	struct house *house;
	enum status status; /* of the register */
	struct fault *f;
};

static void expired(void *context, const struct ledger_message *m)
{
	struct expiry *x = context;
	bool receipt = m->direction == MESSAGE_IN;

	if (!receipt && !delivery_is_final(m->state)) {
		held_warning(x->house->said, "receipt-late", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_I("ms", (clock_utc_ns() - m->created_ns) / NS_PER_MS),
			LOG_T("state", delivery_name(m->state)));
		return;
	}
	held_warning(x->house->said, receipt ? "receipt-undelivered" : "message-expired",
		LOG_S("msg", m->message_id), LOG_S("partner", m->partner),
		LOG_T("area", area_name(m->area)), LOG_I("attempts", m->attempts),
		LOG_S("fault", m->fault_code));
	batch_ended(x->house, m->row);
	if (!receipt && x->status == ST_OK)
		x->status = learning_void(x->house, m->row, clock_utc_ns(), x->f);
}

static enum status overdue_expire(struct house *h, struct fault *f)
{
	struct expiry x = { .house = h, .f = f };

	TRY(ledger_expire(h->ledger, clock_utc_ns(), expired, &x, f));
	return x.status;
}

static void deadline_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;
	struct fault f;

	(void)fd;
	(void)what;
	if (process_clock_is_wrong(h->process))
		timer_in(h->deadline, TICK_S * NS_PER_S);
	else if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h, overdue_expire(h, &f), &f);
}

static void deadline_watch(struct house *h)
{
	int64_t at_ns;
	struct fault f;

	if (ledger_next_deadline(&at_ns, h->ledger, &f) == ST_OK && at_ns != INT64_MAX)
		timer_in(h->deadline, at_ns - clock_utc_ns() + NS_PER_MS);
}

/* --- real-time data --- */

static void superseded(void *context, uint64_t row)
{
	struct house *h = context;

	held_info(h->said, "message-superseded", LOG_I("row", row));
	batch_ended(h, row);
}

/* --- messages that waited for others --- */

void house_lane_due(void *context, struct slice partner, enum area area, int64_t at_ns)
{
	struct house *h = context;

	lane_due(dispatch_lane(h->dispatch, partner, area), at_ns);
}

static void waiting_go(struct house *h)
{
	const struct ledger_lane_hear hear = { house_lane_due, h };
	struct fault f;

	if (ledger_order_may_go(h->ledger) && batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h, ledger_order_go(h->ledger, clock_utc_ns(), &hear, &f), &f);
}

/* --- once it is durable --- */

static void durable(struct house *h, const struct ended_list *ended)
{
	struct ended *e;

	STAILQ_FOREACH(e, ended, entry) {
		flight_end(h->dispatch, e->row);
		asking_tell(h, e->row);
	}
	waiting_go(h);
	deadline_watch(h);
	lanes_pump(h);
	examine(h);
	shelf_tell(h->shelf, h->ledger);
}

static void retry_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	lanes_pump(context);
}

/* --- what a tick finds --- */

static int64_t clock_apart_ns(void)
{
	return clock_utc_ns() - clock_mono_ns();
}

/* Pauses and deadlines were set by another clock: all of them are looked at anew. */
static void clock_look(struct house *h)
{
	int64_t apart_ns = clock_apart_ns(), jump_ns = apart_ns - h->clock_apart_ns;
	char now[TIME_TEXT_MAX];

	h->clock_apart_ns = apart_ns;
	if (jump_ns < CLOCK_JUMP_NS && jump_ns > -CLOCK_JUMP_NS)
		return;
	log_error("clock-jumped", LOG_I("seconds", jump_ns / NS_PER_S),
		LOG_T("now", time_format(now, clock_utc_ns())),
		LOG_T("advice", "set this host's clock right, and reload"));
	h->jumped_ns += jump_ns;
	h->has_jumped = !h->recovering;
	h->recovering = true;
	timer_in(h->recovery, 0);
}

/*
 * An envelope that dies with a receipt in hand says nothing: the attempt is made again once nobody
 * can answer any more.
 */
static void tick_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;
	struct flight flight;
	struct fault why;

	(void)fd;
	(void)what;
	if (!h->in_batch && !h->is_syncing) /* there is time */
		ledger_tidy(h->ledger);
	fault_set(&why, ST_RETRY, "courier.lost", "the attempt ended without an outcome");
	while (flight_overdue(&flight, h->dispatch, clock_mono_ns()))
		lanes_flight_lost(h, &flight, &why);
	clock_look(h);
	if (!process_clock_is_wrong(h->process)) {
		unacknowledged_find(h);
		reviews_look(h);
		answers_look(h);
		heads_tick(h);
	}
	examinations_wake(h->examinations);
	examine(h);
}

/*
 * Receipts with an envelope that died: which ones nobody knows, so whatever is in flight is tried
 * again soon.
 */
static void envelope_lost(struct house *h, unsigned index)
{
	struct fault f;

	ledger_spool_forget_all(h->ledger, index);
	registrar_forget(h->registrar, index);
	if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h, examinations_lost(h->examinations, h->ledger, index, &f), &f);
	dispatch_hurry(h->dispatch, clock_mono_ns() + 2 * TICK_S * NS_PER_S);
}

/* --- recovery --- */

static void lane_load(
	void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns)
{
	struct house *h = context;

	(void)count;
	if (lane >= AREAS)
		return;
	lane_due(dispatch_lane(h->dispatch, partner, lane), due_ns);
	lane_paused(dispatch_lane(h->dispatch, partner, lane));
}

/* Once: a recovery that fails behind it is tried again. */
static enum status jump_follow(struct house *h, struct fault *f)
{
	if (h->jumped_ns < 0)
		TRY(ledger_clock_set_back(h->ledger, -h->jumped_ns, f));
	h->jumped_ns = 0;
	return ST_OK;
}

static void recovery_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;
	struct fault f;

	(void)fd;
	(void)what;
	batch_settle(h);
	if (ledger_prove(h->ledger, &f) != ST_OK || jump_follow(h, &f) != ST_OK ||
		ledger_recover(h->ledger, &f) != ST_OK) {
		timer_in(h->recovery, LOST_RETRY_NS);
		return;
	}
	dispatch_free(h->dispatch);
	h->dispatch = dispatch_new();
	h->recovering = false;
	if (examinations_load(h->examinations, h->ledger, &f) != ST_OK)
		log_error("ledger-failed", LOG_FAULT(&f));
	if (ledger_waiting(h->ledger, lane_load, h, &f) != ST_OK)
		log_error("ledger-failed", LOG_FAULT(&f));
	if (!h->has_jumped)
		log_info("ledger-recovered");
	h->has_jumped = false;
	waiting_go(h);
	deadline_watch(h);
	lanes_pump(h);
}

/* --- life --- */

static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct house *, struct ipc *, struct ipc_packet *) = {
		[VERB_SPOOL] = on_spool,
		[VERB_UNSPOOL] = on_unspool,
		[VERB_CONSULT] = house_consult,
		[VERB_ARRIVED] = house_arrived,
		[VERB_ENQUEUE] = house_enqueue,
		[VERB_SETTLE] = house_settle,
		[VERB_FAILED] = house_failed,
		[VERB_UNREAD] = house_unread,
		[VERB_TAKEN] = house_taken,
		[VERB_ANNOUNCED] = on_announced,
		[VERB_READINESS] = on_readiness,
		[VERB_CLAIM] = house_claim,
		[VERB_SET] = on_found,
		[VERB_VERDICT] = on_found,
		[VERB_INTERCHANGE] = on_found,
		[VERB_RECALL] = on_recall,
		[VERB_FINDING] = on_found,
		[VERB_EXAMINED] = on_found,
		[VERB_WAIT] = house_wait,
		[VERB_LIST] = house_question,
		[VERB_SHOW] = house_question,
		[VERB_GET] = house_question,
		[VERB_STATUS] = house_status,
		[VERB_REGISTRY] = house_question,
		[VERB_LEARNED] = on_learned,
		[VERB_TRIED] = on_tried,
		[VERB_HEAD_SIGNED] = house_head_signed,
		[VERB_REFRESH] = house_refresh,
		[VERB_COPY] = house_copy,
	};

	if (handlers[packet->code])
		handlers[packet->code](self->state, link, packet);
}

static void on_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	struct house *h = self->state;

	if (link && (role == ROLE_EDGE || role == ROLE_ENVELOPE || role == ROLE_COURIER))
		shelf_greet(h->shelf, h->ledger, link);
	if (!link && role == ROLE_COURIER)
		lanes_courier_lost(h, index);
	if (!link && role == ROLE_ENVELOPE)
		envelope_lost(h, index);
	if (!link && role == ROLE_DESK)
		asking_lost(h, index);
	if (link && role == ROLE_COURIER)
		lanes_pump(h);
	if (link && role == ROLE_ENVELOPE)
		examine(h);
}

static void on_drain(struct process *self)
{
	batch_settle(self->state);
	ledger_close(((struct house *)self->state)->ledger);
	exit(EXIT_SUCCESS);
}

/* What happened before is in the chain as it stood: nobody knows more of it than the disk. */
static void migration_say(struct house *h)
{
	int64_t was = ledger_was(h->ledger);

	if (was > 0 && was < LEDGER_SCHEMA_VERSION)
		log_info("ledger-migrated", LOG_I("from", was),
			LOG_I("to", LEDGER_SCHEMA_VERSION),
			LOG_T("history", was < LEDGER_CHAINED_VERSION ? "chained as it stood" : "whole"));
}

static const struct register_functions the_register = { register_judge, register_apply };

static void house_open(struct house *h)
{
	struct event_base *loop = h->process->loop;
	struct fault f;

	h->dispatch = dispatch_new();
	h->answers = answers_new(h->process);
	h->said = held_log_new();
	h->examinations = examinations_new(h->said);
	h->shelf = shelf_new(h->process);
	h->clocks = partner_clocks_new();
	h->retry = evtimer_new(loop, retry_fired, h);
	h->deadline = evtimer_new(loop, deadline_fired, h);
	h->recovery = evtimer_new(loop, recovery_fired, h);
	h->tick = event_new(loop, -1, EV_PERSIST, tick_fired, h);
	event_add(h->tick, &(struct timeval){ TICK_S, 0 });
	h->clock_apart_ns = clock_apart_ns();
	if (batch_init(h, &f) != ST_OK ||
		ledger_open(&h->ledger, digest_sha256, &f) != ST_OK ||
		ledger_waiting(h->ledger, lane_load, h, &f) != ST_OK ||
		examinations_load(h->examinations, h->ledger, &f) != ST_OK)
		die("ledger: %s (%s)", f.text, f.code);
	migration_say(h);
	h->survey = survey_new(h->process, h->ledger);
	ledger_superseded_tell(h->ledger, superseded, h);
	register_answered_tell(h->ledger, answer_late, h);
	h->registrar = registrar_new(h->ledger, &the_register);
	registrar_review(h->registrar, terms_review(h)->days);
	waiting_go(h);
	deadline_watch(h);
	shelf_tidy(h);
}

static const struct process_role ledger_role = {
	.role = ROLE_LEDGER,
	.packet = on_packet,
	.link = on_link,
	.config = on_config,
	.drain = on_drain,
};

int ledger_main(struct process *self)
{
	static struct house house;

	house = (struct house){ .process = self, .durable = durable };
	LIST_INIT(&house.waiters);
	STAILQ_INIT(&house.ended);
	STAILQ_INIT(&house.committed);
	self->state = &house;
	process_init(self, &ledger_role);
	/* Opened behind the closed door: its files must be the ledger's own user's. */
	process_confine(self, &ledger_sandbox, ".");
	house_open(&house);
	return process_run(self);
}
