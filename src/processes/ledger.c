/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger process: the only owner of database and spool.  Everything that changes something
 * joins the batch that is open; the batch is committed when nothing more is there to read in this
 * turn of the loop, and only then is anybody told (group commit, promise 1).  After each commit
 * whatever is due goes to the couriers.
 */
#include "processes/process.h"

#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bindings/mdn.h"
#include "ledger/announced.h"
#include "ledger/newest.h"
#include "ledger/readiness.h"
#include "ledger/register_review.h"
#include "processes/answers.h"
#include "processes/dispatch.h"
#include "processes/examinations.h"
#include "processes/own_documents.h"
#include "processes/partner_clocks.h"
#include "processes/questions.h"
#include "processes/registrar.h"
#include "processes/shelf.h"
#include "processes/survey.h"

/* no answer of courier and envelope for so long: both must have forgotten it */
#define FLIGHT_NS (10 * 60 * NS_PER_S)
#define FLIGHT_BYTES_PER_S 16384       /* and longer for a large body, by the courier's slowest */
#define TICK_S 5
#define REVIEW_TICKS 12                /* between two looks at the clocks of reviews */
#define REVIEW_DAY_NS (86400 * NS_PER_S)
#define SOFT_COMMIT_MS 5               /* what nobody waits for may wait for company */
/* a batch with so many answers says that more are coming: the next one */
#define BUSY_ANSWERS 4
/* waits so long for them, and saves the disk a sync for each */
#define BUSY_COMMIT_MS 8
#define WAITERS_MAX 65536
#define LOST_RETRY_NS NS_PER_S
#define CLOCK_JUMP_NS (60 * NS_PER_S)  /* no program that keeps the time makes such steps */

const struct sandbox ledger_sandbox = {
	.promises = "stdio files",
	.paths = (const struct sandbox_path[]){ { ".", SANDBOX_WRITE } },
	.path_count = 1,
};

struct waiter {
	LIST_ENTRY(waiter) entry;
	uint64_t row, id;
	unsigned desk;
};

/*
 * A message that reached its end in this batch, who waits for it is told after the commit; or one
 * that starts with it.
 */
struct ended {
	STAILQ_ENTRY(ended) entry;
	uint64_t row;
};

LIST_HEAD(waiters, waiter);
STAILQ_HEAD(ended_list, ended);

struct house {
	struct process *process;
	struct ledger *ledger;
	struct dispatch *dispatch;
	struct answers *answers;
	struct examinations *examinations;
	struct registrar *registrar;
	struct shelf *shelf;
	struct survey *survey;
	struct partner_clocks *clocks;
	bool in_batch, hard;      /* hard: somebody waits for its commit */
	struct event *commit, *retry, *deadline, *tick, *recovery;
	unsigned ticks;           /* of the clock, since the start */
	int64_t clock_apart_ns;   /* what the clock says, less what has passed; at the last tick */
	size_t last_answers;      /* of the batch before */
	bool recovering;          /* after a failed batch: what is in flight is not known */
	struct waiters waiters;
	unsigned waiter_count;
	struct ended_list ended;
};

static void pump(struct house *);
static void examine(struct house *);
static void deadline_watch(struct house *);

static void timer_in(struct event *timer, int64_t ns)
{
	ns = ns < 0 ? 0 : ns;
	ns = ns > 3600 * NS_PER_S ? 3600 * NS_PER_S : ns;
	event_add(timer, &(struct timeval){ ns / NS_PER_S, ns % NS_PER_S / 1000 });
}

/* --- batches --- */

static void rows_clear(struct ended_list *list)
{
	struct ended *e;

	while ((e = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, entry);
		free(e);
	}
}

static void row_add(struct ended_list *list, uint64_t row)
{
	struct ended *e = alloc_zeroed(1, sizeof(*e));

	e->row = row;
	STAILQ_INSERT_TAIL(list, e, entry);
}

/*
 * What couriers have and what the database says may differ now: start over as after a restart, once
 * the disk allows.
 */
static void batch_fail(struct house *h, const struct fault *why)
{
	log_error("ledger-failed", LOG_FAULT(why));
	ledger_rollback(h->ledger);
	h->in_batch = false;
	survey_pause(h->survey, false);
	event_del(h->commit);
	rows_clear(&h->ended);
	answers_withdraw(h->answers, why);
	(void)!examinations_load(h->examinations, h->ledger, NULL);
	h->recovering = true;
	timer_in(h->recovery, LOST_RETRY_NS);
}

static int64_t hard_delay_ns(const struct house *h)
{
	return h->last_answers >= BUSY_ANSWERS ? BUSY_COMMIT_MS * NS_PER_MS : 0;
}

/* `soft`: nobody waits for this to become durable. */
static enum status batch_open(struct house *h, bool soft, struct fault *f)
{
	if (!h->in_batch) {
		TRY(ledger_begin(h->ledger, f));
		h->in_batch = true;
		survey_pause(h->survey, true);
		h->hard = false;
	}
	if (!soft && !h->hard)
		timer_in(h->commit, hard_delay_ns(h));
	else if (!event_pending(h->commit, EV_TIMEOUT, NULL))
		timer_in(h->commit, SOFT_COMMIT_MS * NS_PER_MS);
	h->hard |= !soft;
	return ST_OK;
}

/* The most urgent lane waits for no company: what has come by now goes with it. */
static void batch_hurry(struct house *h, enum area area)
{
	process_urgent(h->process, area_profile(area)->lane);
	if (area_profile(area)->lane == 0)
		timer_in(h->commit, 0);
}

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

static void waiters_tell(struct house *h, uint64_t row)
{
	struct waiter *next;

	for (struct waiter *w = LIST_FIRST(&h->waiters); w; w = next) {
		next = LIST_NEXT(w, entry);
		if (w->row != row)
			continue;
		waiter_tell(h, w->desk, w->id, row);
		waiter_end(h, w);
	}
}

static void ended_tell(struct house *h)
{
	struct ended *e;

	STAILQ_FOREACH(e, &h->ended, entry) {
		flight_end(h->dispatch, e->row);
		waiters_tell(h, e->row);
	}
	rows_clear(&h->ended);
}

static void batch_commit(struct house *h)
{
	struct fault f;

	if (!h->in_batch)
		return;
	event_del(h->commit);
	h->in_batch = false;
	survey_pause(h->survey, false);
	if (ledger_commit(h->ledger, &f) != ST_OK) {
		batch_fail(h, &f);
		return;
	}
	h->last_answers = answers_count(h->answers);
	answers_release(h->answers);
	ended_tell(h);
	deadline_watch(h);
	pump(h);
	examine(h);
	shelf_tell(h->shelf, h->ledger);
	survey_step(h->survey);
}

static void commit_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	batch_commit(context);
}

/* An operation's outcome: a fault of the host or disk undoes the batch, any other only this one. */
static bool op_held(struct house *h, enum status st, const struct fault *f)
{
	if (st == ST_RETRY || st == ST_HOST)
		batch_fail(h, f);
	return st == ST_OK;
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

/* --- receiving --- */

static enum status arrival_read(
	struct ledger_arrival *out, const struct verb_arrived *v, int parcel, struct fault *f)
{
	if (v->area >= AREAS || (v->state != DELIVERY_RECEIVED && v->state != DELIVERY_REJECTED) ||
		v->edge >= WORKERS_MAX)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u, state %u, edge %u", v->area,
			v->state, v->edge);
	*out = (struct ledger_arrival){
		.message = { .direction = MESSAGE_IN,
			.state = v->state,
			.area = v->area,
			.partner = v->partner,
			.message_id = v->message_id,
			.media_type = v->media_type,
			.filename = v->filename,
			.size = v->size,
			.mic = v->mic,
			.created_ns = v->arrived_ns,
			.deadline_ns = v->deadline_ns,
			.settled_ns = clock_utc_ns(),
			.fault_code = v->code,
			.fault_text = v->text },
		.part = { v->part_at, v->part_n },
		.document = { v->document_at, v->document_n },
		.signature = { v->signature_at, v->signature_n },
		.receipt = { v->receipt_at, v->receipt_n },
		.receipt_type = v->receipt_type,
		.signer = v->signer,
		.parcel = parcel,
		.scope = { v->scope, v->sequence },
	};
	for (size_t i = 0; i < v->digest.n && i < DIGEST_SIZE; i++)
		out->message.digest[i] = v->digest.p[i];
	return ST_OK;
}

/* NULL: no partner any more. */
static const struct partner *partner_of(const struct house *h, struct slice id)
{
	const struct registry *registry = h->process->registry;
	size_t index;

	return registry_find(&index, registry, id, NULL) == ST_OK
		? registry_partner(registry, index)
		: NULL;
}

/*
 * What is X12, or of our own types, is looked into where that is agreed, once it is durable; so are
 * several documents, some of which may be.
 */
static struct ledger_wish wish_of(
	struct house *h, struct slice partner, struct slice media_type, bool sent)
{
	const struct partner *known = partner_of(h, partner);

	if (!known)
		return (struct ledger_wish){ 0 };
	const struct x12_terms *terms = &known->agreement->x12;
	bool x12 = terms->examine &&
		(slice_eq(media_type, S(X12_MEDIA_TYPE)) || media_type_is_several(media_type));
	bool ours = known->agreement->documents.examine && documents_may_hold(media_type);
	return (struct ledger_wish){ .examined = x12 || ours,
		.due_ns = x12 && sent && terms->within_ns ? clock_utc_ns() + terms->within_ns
							  : 0 };
}

/* The receipt is a message of its own, from now on ours to deliver. */
static void owed_fill(struct ledger_arrival *out, struct buf *headers, const struct house *h,
	const struct verb_arrived *v)
{
	const struct partner *to = partner_of(h, v->partner);

	if (!v->later)
		return;
	mdn_head_format(headers, v->to, v->partner, clock_utc_ns());
	out->owed.headers = buf_slice(headers);
	out->owed.note = v->note;
	out->owed.deadline_ns = v->arrived_ns +
		(to ? agreement_deadline_ns(to->agreement, v->area)
		    : area_profile(v->area)->deadline_ns);
}

static void edge_refuse(struct house *h, const struct verb_arrived *v, const struct fault *why)
{
	struct fault f;

	if (process_send(process_link(h->process, ROLE_EDGE, v->edge), VERB_TRY_LATER, v->request,
		    &(struct verb_fault){ FAULT_VERB(why) }, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

/* Only what was accepted is ever repeated. */
static void receipt_promise(struct house *h, const struct verb_arrived *v, struct slice type,
	struct section where, int fd, bool repeated)
{
	struct verb_receipt body = { .type = type,
		.message_id = v->message_id,
		.at = where.at,
		.n = where.n,
		.repeated = repeated,
		.later = v->later,
		.code = repeated || v->state == DELIVERY_RECEIVED ? S("") : v->code };

	answers_add(h->answers, ROLE_EDGE, v->edge, VERB_RECEIPT, v->request, &body, fd);
}

static enum status duplicate_answer(
	struct house *h, const struct verb_arrived *v, uint64_t row, struct fault *f)
{
	struct section where;
	struct slice type;
	int fd;

	TRY(ledger_content(&fd, &where, &type, h->ledger, row, CONTENT_RECEIPT, f));
	log_info("message-duplicate", LOG_S("msg", v->message_id), LOG_S("partner", v->partner));
	receipt_promise(h, v, type, where, fd, true);
	return ST_OK;
}

/* Accepted all the same: what was tolerated. */
static void flag_log(
	struct slice message_id, struct slice partner, struct slice code, struct slice text)
{
	if (code.n != 0)
		log_warning("message-flagged", LOG_S("msg", message_id), LOG_S("partner", partner),
			LOG_S("flag", code), LOG_S("why", text));
}

static void arrival_log(const struct verb_arrived *v)
{
	if (v->note.n)
		log_warning("receipt-address", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_S("why", v->note));
	if (v->state == DELIVERY_RECEIVED)
		flag_log(v->message_id, v->partner, v->code, v->text);
	if (v->state == DELIVERY_RECEIVED)
		log_info("message-received", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_T("area", area_name(v->area)),
			LOG_I("size", v->size));
	else
		log_warning("message-rejected", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_T("area", area_name(v->area)),
			LOG_S("fault", v->code), LOG_S("why", v->text));
}

/* A spool file stays the ledger's: the edge gets its receipt apart. */
static enum status arrival_answer(struct house *h, const struct verb_arrived *v, uint64_t row,
	const struct ledger_arrival *arrival, struct ipc_packet *packet, struct fault *f)
{
	struct section where = arrival->receipt;
	struct slice type = v->receipt_type;
	int fd = -1;

	if (v->size > LEDGER_INLINE_MAX && v->state == DELIVERY_RECEIVED)
		TRY(ledger_content(&fd, &where, &type, h->ledger, row, CONTENT_RECEIPT, f));
	receipt_promise(h, v, type, where, fd >= 0 ? fd : FD_TAKE(packet->fd), false);
	return ST_OK;
}

/* Real-time data behind newer that came before: taken, receipted, and flagged. */
static enum status stale_flag(
	struct house *h, struct verb_arrived *v, struct fault *stale, struct fault *f)
{
	struct ledger_newest newest;

	if (v->scope.n == 0 || v->state != DELIVERY_RECEIVED || v->code.n != 0)
		return ST_OK;
	enum status st = ledger_newest(
		&newest, h->ledger, MESSAGE_IN, v->partner, v->scope, v->arrived_ns, f);
	if (st != ST_OK || newest.sequence <= v->sequence)
		return st == ST_NONE ? ST_OK : st;
	fault_set(stale, ST_INPUT, "message.stale", "newer data came before it, in %.200s",
		newest.message_id);
	v->code = slice_str(stale->code);
	v->text = slice_str(stale->text);
	return ST_OK;
}

/* The envelope asked what the register says of it: that may be another by now. */
static enum status registry_check(struct house *h, struct ipc *link, uint64_t facts,
	enum direction_of_message direction, struct slice partner, struct slice message_id,
	struct fault *f)
{
	const struct partner *known = facts ? partner_of(h, partner) : NULL;
	struct registrar_message m = { .facts = facts,
		.direction = direction,
		.partner = partner,
		.message_id = message_id,
		.policy = known ? known->agreement->documents.registry : REGISTRY_OFF };
	enum role role;

	if (facts == 0)
		return ST_OK;
	process_peer(&role, &m.envelope, h->process, link);
	return registrar_check(h->registrar, &m, f);
}

static enum status registry_apply(struct house *h, uint64_t row, struct slice message_id,
	struct slice partner, struct fault *f)
{
	uint64_t findings;
	enum status st = registrar_apply(&findings, h->registrar, row, f);

	if (st == ST_OK)
		log_info("registry-learned", LOG_S("msg", message_id), LOG_S("partner", partner),
			LOG_I("findings", findings));
	return st == ST_NONE ? ST_OK : st;
}

static enum status registry_note(struct house *h, uint64_t row, struct fault *f)
{
	enum status st = registrar_note(h->registrar, row, f);

	return st == ST_NONE ? ST_OK : st;
}

static void registry_done(struct house *h, struct ipc *link)
{
	enum role role;
	unsigned envelope;

	process_peer(&role, &envelope, h->process, link);
	registrar_done(h->registrar, envelope);
}

static void on_consult(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_consult v;
	struct fault against, f;
	enum role role;
	unsigned envelope;

	if (ipc_body_parse(&v, packet, &f) != ST_OK) {
		log_error("ipc-refused", LOG_FAULT(&f));
		return;
	}
	process_peer(&role, &envelope, h->process, link);
	struct verb_consulted answer = registrar_consult(
		h->registrar, envelope, packet->id, &v, FD_TAKE(packet->fd), &against);
	if (process_send(link, VERB_CONSULTED, packet->id, &answer, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

static enum status arrival_store(
	struct house *h, struct verb_arrived *v, struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(buf) headers = buf_init(AS2_HEAD_MAX);
	struct ledger_arrival arrival;
	struct fault stale;
	uint64_t row = 0;

	TRY(stale_flag(h, v, &stale, f));
	TRY(arrival_read(&arrival, v, packet->fd, f));
	owed_fill(&arrival, &headers, h, v);
	arrival.wish = wish_of(h, v->partner, v->media_type, false);
	TRY(batch_open(h, false, f));
	batch_hurry(h, arrival.message.area);
	enum status st = ledger_receive(&row, h->ledger, &arrival, f);
	if (st == ST_OK && arrival.wish.examined && v->state == DELIVERY_RECEIVED)
		examinations_add(h->examinations);
	if (v->later && (st == ST_OK || st == ST_NONE))
		lane_due(dispatch_lane(h->dispatch, v->partner, v->area), v->arrived_ns);
	if (st == ST_NONE)
		return duplicate_answer(h, v, row, f);
	TRY(st);
	TRY(v->state == DELIVERY_RECEIVED ? registry_apply(h, row, v->message_id, v->partner, f)
					  : registry_note(h, row, f));
	arrival_log(v);
	return arrival_answer(h, v, row, &arrival, packet, f);
}

static void on_arrived(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_arrived v;
	struct fault f;

	if (ipc_body_parse(&v, packet, &f) != ST_OK) {
		log_error("ipc-refused", LOG_FAULT(&f));
		return;
	}
	/* What the register says fails only this message, and not the batch. */
	bool held = registry_check(h, link, v.facts, MESSAGE_IN, v.partner, v.message_id, &f) ==
			ST_OK &&
		op_held(h, arrival_store(h, &v, packet, &f), &f);
	if (!held && v.edge < WORKERS_MAX && f.code[0])
		edge_refuse(h, &v, &f);
	if (v.facts)
		registry_done(h, link);
}

/* --- sending --- */

static enum status submission_read(
	struct ledger_submission *out, const struct verb_enqueue *v, int parcel, struct fault *f)
{
	if (v->area >= AREAS)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u", v->area);
	TRY(party_id_check(v->partner, f));
	*out = (struct ledger_submission){
		.message = { .direction = MESSAGE_OUT,
			.state = DELIVERY_READY,
			.area = v->area,
			.partner = v->partner,
			.message_id = v->message_id,
			.media_type = v->media_type,
			.filename = v->filename,
			.size = v->size,
			.mic = v->mic,
			.created_ns = v->created_ns,
			.deadline_ns = v->deadline_ns },
		.scope = { v->scope, v->sequence },
		.part = { v->part_at, v->part_n },
		.document = { v->document_at, v->document_n },
		.signature = { v->signature_at, v->signature_n },
		.sealed = { v->sealed_at, v->sealed_n },
		.headers = v->headers,
		.parcel = parcel,
	};
	for (size_t i = 0; i < v->digest.n && i < DIGEST_SIZE; i++)
		out->message.digest[i] = v->digest.p[i];
	return ST_OK;
}

/*
 * Nothing of this lane is due and a courier is free: the message need not be read back from the
 * database to go.
 */
static bool may_launch(struct house *h, const struct lane *lane, unsigned *courier)
{
	return !process_draining(h->process) && !h->recovering &&
		lane->due_ns > clock_utc_ns() &&
		lane->in_flight < registry_settings(h->process->registry)->attempts &&
		process_any_link(h->process, ROLE_COURIER, courier);
}

static int64_t flight_until_ns(uint64_t size)
{
	return clock_mono_ns() + FLIGHT_NS + (int64_t)(size / FLIGHT_BYTES_PER_S) * NS_PER_S;
}

static void launch(struct house *h, const struct verb_enqueue *v, uint64_t row, struct lane *lane,
	unsigned courier, int parcel)
{
	struct flight flight = { .row = row,
		.lane = lane,
		.courier = courier,
		.attempt = 1,
		.until_ns = flight_until_ns(v->sealed_n) };
	struct verb_deliver body = {
		.area = v->area,
		.attempt = 1,
		.partner = v->partner,
		.message_id = v->message_id,
		.headers = v->headers,
		.at = v->sealed_at,
		.n = v->sealed_n,
		.expires_ns = v->deadline_ns,
	};

	flight_add(h->dispatch, &flight);
	answers_add(h->answers, ROLE_COURIER, courier, VERB_DELIVER, row, &body, parcel);
}

static void accepted_promise(
	struct house *h, const struct verb_enqueue *v, uint64_t row, bool repeated)
{
	struct verb_accepted body = { .status = ST_OK,
		.repeated = repeated,
		.message_id = v->message_id,
		.row = row,
		.deadline_ns = v->deadline_ns };

	if (!v->answers)
		answers_add(h->answers, ROLE_DESK, 0, VERB_ACCEPTED, v->ticket, &body, -1);
	if (repeated)
		return;
	log_info("message-queued", LOG_S("msg", v->message_id), LOG_S("partner", v->partner),
		LOG_T("area", area_name(v->area)), LOG_I("size", v->size));
}

/* How long the receipt may take before it is missed. */
static int64_t budget_ns(const struct house *h, struct slice partner, enum area area)
{
	const struct partner *to = partner_of(h, partner);

	return to ? agreement_budget_ns(to->agreement, area) : area_profile(area)->budget_ns;
}

static enum status made_for_note(
	struct house *h, const struct verb_enqueue *v, uint64_t row, struct fault *f)
{
	return v->is_copy
		? ledger_copied(h->ledger, v->answers, row, v->created_ns, f)
		: ledger_answered(h->ledger, v->answers, v->message_id, v->created_ns, f);
}

static enum status submission_store(
	struct house *h, const struct verb_enqueue *v, struct ipc_packet *packet, struct fault *f)
{
	struct ledger_submission submission;
	unsigned courier = 0;
	bool repeated;
	uint64_t row;

	TRY(submission_read(&submission, v, packet->fd, f));
	submission.alarm_ns = v->created_ns + budget_ns(h, v->partner, v->area);
	if (!v->answers)
		submission.wish = wish_of(h, v->partner, v->media_type, true);
	TRY(batch_open(h, false, f));
	batch_hurry(h, submission.message.area);
	struct lane *lane = dispatch_lane(h->dispatch, v->partner, v->area);
	bool now = v->scope.n == 0 && may_launch(h, lane, &courier);
	submission.message.state = now ? DELIVERY_SENDING : DELIVERY_READY;
	submission.message.attempts = now;
	TRY(ledger_submit(&row, &repeated, h->ledger, &submission, f));
	if (!repeated)
		TRY(registry_apply(h, row, v->message_id, v->partner, f));
	accepted_promise(h, v, row, repeated);
	if (!repeated && submission.wish.examined)
		examinations_add(h->examinations);
	if (v->answers)
		TRY(made_for_note(h, v, row, f));
	if (!repeated && now)
		launch(h, v, row, lane, courier, FD_TAKE(packet->fd));
	else if (!repeated)
		lane_due(lane, v->created_ns);
	return ST_OK;
}

/* One that was made before, in another form, and went out: the same message is answered once. */
static void answer_refused_log(const struct verb_enqueue *v, const struct fault *why)
{
	log_warning(v->is_copy ? "copy-refused" : "x12-answer-refused", LOG_I("row", v->answers),
		LOG_S("msg", v->message_id), LOG_FAULT(why));
}

/* Likewise a copy, when the agreement changed between two looks at the document. */
static void made_for_refuse(
	struct house *h, const struct verb_enqueue *v, const struct fault *why)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX + PARTY_ID_MAX + 16);
	struct fault f;

	answer_refused_log(v, why);
	if (!v->is_copy || h->recovering)
		return;
	buf_putf(&text, "to %.*s: %s", SLICE_FMT(v->partner), why->text);
	if (op_held(h, batch_open(h, true, &f), &f))
		(void)op_held(h,
			ledger_not_copied(h->ledger, v->answers, slice_str(why->code),
				buf_slice(&text), v->created_ns, &f),
			&f);
}

static void submission_refuse(
	struct house *h, const struct verb_enqueue *v, enum status st, const struct fault *why)
{
	struct verb_accepted refused = { FAULT_VERB(why), .message_id = v->message_id };
	struct verb_fault later = { FAULT_VERB(why) };
	bool passing = st == ST_RETRY || st == ST_HOST;
	struct fault f;

	if (process_send(process_link(h->process, ROLE_DESK, 0),
		    passing ? VERB_TRY_LATER : VERB_ACCEPTED, v->ticket,
		    passing ? (const void *)&later : (const void *)&refused, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

static void on_enqueue(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_enqueue v;
	struct fault f;

	if (ipc_body_parse(&v, packet, &f) != ST_OK) {
		log_error("ipc-refused", LOG_FAULT(&f));
		return;
	}
	if (v.answers && !examinations_under_way(h->examinations, v.answers))
		return; /* it is looked into again */
	enum status st =
		registry_check(h, link, v.facts, MESSAGE_OUT, v.partner, v.message_id, &f);
	bool held = false;
	if (st == ST_OK) {
		st = submission_store(h, &v, packet, &f);
		held = op_held(h, st, &f);
	}
	if (v.facts)
		registry_done(h, link);
	if (!held && v.answers)
		made_for_refuse(h, &v, &f);
	else if (!held)
		submission_refuse(h, &v, st, &f);
}

static enum status job_hand_out(
	struct house *h, const struct ledger_job *job, struct lane *lane, struct fault *f)
{
	const struct ledger_message *m = &job->message;
	struct flight flight = { .row = m->row,
		.lane = lane,
		.attempt = m->attempts,
		.receipt = m->direction == MESSAGE_IN,
		.until_ns = flight_until_ns(job->sealed.n) };
	struct ipc *courier = process_any_link(h->process, ROLE_COURIER, &flight.courier);
	struct verb_deliver body = {
		.area = m->area,
		.attempt = m->attempts,
		.receipt = flight.receipt,
		.partner = m->partner,
		.message_id = m->message_id,
		.headers = job->headers,
		.at = job->sealed.at,
		.n = job->sealed.n,
		.expires_ns = m->deadline_ns,
	};

	TRY(process_send(courier, VERB_DELIVER, m->row, &body, job->parcel, f));
	flight_add(h->dispatch, &flight);
	return ST_OK;
}

static void defer(
	struct house *h, uint64_t row, struct lane *lane, const struct fault *why, int64_t pause_ns)
{
	int64_t now_ns = clock_utc_ns();
	struct fault f;

	if (op_held(h, batch_open(h, true, &f), &f) &&
		op_held(h, ledger_defer(h->ledger, row, why, now_ns, now_ns + pause_ns, &f), &f))
		lane_due(lane, now_ns + pause_ns);
}

static bool courier_is_there(struct house *h)
{
	unsigned index;

	return process_any_link(h->process, ROLE_COURIER, &index) != NULL;
}

/* False: the batch failed, and with it this round. */
static bool lane_serve(struct house *h, struct lane *lane, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1 };
	struct fault f;

	if (!op_held(h, batch_open(h, true, &f), &f))
		return false;
	enum status st =
		ledger_take(&job, h->ledger, slice_str(lane->partner), lane->area, now_ns, &f);
	if (st == ST_INPUT) {
		/* The host may have been out of something, or somebody brings the file back. */
		log_error("message-broken", LOG_S("msg", job.message.message_id), LOG_FAULT(&f));
		defer(h, job.message.row, lane, &f,
			retry_pause_ns(lane->area, job.message.attempts, random_u64()));
		return !h->recovering;
	}
	if (st == ST_NONE)
		st = ledger_due(&lane->due_ns, h->ledger, slice_str(lane->partner), lane->area, &f);
	else if (st == ST_OK && job_hand_out(h, &job, lane, &f) != ST_OK)
		defer(h, job.message.row, lane, &f, LOST_RETRY_NS);
	fd_close(&job.parcel);
	return op_held(h, st, &f);
}

static void pump(struct house *h)
{
	unsigned most = registry_settings(h->process->registry)->attempts;
	int64_t now_ns = clock_utc_ns();
	struct lane *lane;

	if (process_draining(h->process) || h->recovering || !courier_is_there(h))
		return;
	while ((lane = dispatch_next(h->dispatch, now_ns, most)))
		if (!lane_serve(h, lane, now_ns))
			return;
	int64_t next_ns = dispatch_next_ns(h->dispatch, most);
	if (next_ns != INT64_MAX)
		timer_in(h->retry, next_ns - now_ns);
}

/* --- looking into documents --- */

static void examine(struct house *h)
{
	struct fault f;
	enum status st = ST_OK;

	if (process_draining(h->process) || h->recovering || !examinations_wait(h->examinations))
		return;
	if (!op_held(h, batch_open(h, true, &f), &f))
		return;
	while (st == ST_OK)
		st = examinations_start(
			h->examinations, h->process, h->ledger, h->answers, &f);
	if (st != ST_NONE)
		(void)op_held(h, st, &f);
}

static void on_found(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct fault f;
	enum status st = batch_open(h, true, &f);

	(void)link;
	if (st == ST_OK)
		st = examinations_hear(h->examinations, h->ledger, packet, &f);
	if (!op_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
		log_error("ipc-refused", LOG_FAULT(&f));
}

/* --- reviews --- */

static const struct review_terms *review_terms_of(const struct house *h)
{
	return &registry_settings(h->process->registry)->review;
}

static void review_late(void *context, const struct register_review *r)
{
	(void)context;
	log_warning(r->left_ns <= 0 ? "review-overdue" : "review-due",
		LOG_S("aggregation", r->aggregation), LOG_S("partner", r->partner),
		LOG_S("document", r->document), LOG_I("days", r->left_ns / REVIEW_DAY_NS),
		LOG_T("decides", r->direction == MESSAGE_IN ? "we" : "partner"));
}

/* Days count: a look now and then will do. */
static void reviews_look(struct house *h)
{
	struct fault f;

	if (++h->ticks % REVIEW_TICKS != 1 || !op_held(h, batch_open(h, true, &f), &f))
		return;
	(void)op_held(h,
		register_review_warn(
			h->ledger, review_terms_of(h), clock_utc_ns(), review_late, NULL, &f),
		&f);
}

static void unacknowledged(void *context, const struct ledger_message *m)
{
	(void)context;
	log_warning("x12-unacknowledged", LOG_S("msg", m->message_id), LOG_S("partner", m->partner),
		LOG_T("area", area_name(m->area)));
}

static void unacknowledged_find(struct house *h)
{
	struct fault f;

	if (op_held(h, batch_open(h, true, &f), &f))
		(void)op_held(h,
			ledger_unacknowledged(
				h->ledger, clock_utc_ns(), unacknowledged, NULL, &f),
			&f);
}

/*
 * What this batch stored is not durable yet: neither a receipt for it, nor itself, may be in a
 * courier's hands before the commit, which pumps.
 */
static void pump_committed(struct house *h)
{
	if (h->in_batch)
		batch_commit(h);
	else
		pump(h);
}

static void retry_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	pump_committed(context);
}

/* --- outcomes --- */

static void outcome_log(const struct ledger_message *m, enum delivery state, int64_t now_ns,
	const struct fault *why)
{
	if (state == DELIVERY_DELIVERED)
		log_info("message-delivered", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_I("ms", (now_ns - m->created_ns) / NS_PER_MS),
			LOG_I("attempts", m->attempts));
	else
		log_warning("message-refused", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_FAULT(why));
}

/* What never reached them was never so; and who was to know it by a copy does not. */
static enum status unsaid(struct house *h, uint64_t row, int64_t now_ns, struct fault *f)
{
	TRY(register_void(h->ledger, row, f));
	return ledger_copy_lost(h->ledger, row, now_ns, f);
}

static enum status settle(struct house *h, struct ledger_settlement *s,
	const struct ledger_message *m, struct fault *f)
{
	enum status st;

	TRY(batch_open(h, true, f));
	batch_hurry(h, m->area);
	st = ledger_settle(h->ledger, s, f);
	if (st == ST_OK)
		outcome_log(m, s->state, s->now_ns, s->why);
	if (st == ST_OK && s->state == DELIVERY_DELIVERED && s->why)
		flag_log(m->message_id, m->partner, slice_str(s->why->code),
			slice_str(s->why->text));
	if (st == ST_OK && s->state == DELIVERY_REFUSED)
		st = unsaid(h, s->row, s->now_ns, f);
	if (st == ST_OK || st == ST_NONE)
		row_add(&h->ended, s->row);
	return st == ST_NONE ? ST_OK : st;
}

/*
 * Without receipts a good HTTP status is all the proof there will be, and of unsigned messages not
 * every partner makes a digest: both only where they are agreed.
 */
static bool mic_is_needed(const struct house *h, struct slice partner)
{
	const struct partner *known = partner_of(h, partner);

	return !known ||
		(known->agreement->as2.receipt != RECEIPT_NONE && known->agreement->as2.sign);
}

/*
 * What the partner signed for must be what we sent: compared here, with what was stored when it was
 * sealed, so that no process that touches the network has a say in it.
 */
static enum status settlement_judge(const struct house *h, struct ledger_settlement *s,
	const struct verb_settle *v, const struct ledger_message *m, struct fault *why,
	struct fault *f)
{
	if (!slice_eq(v->partner, m->partner) || !slice_eq(v->message_id, m->message_id) ||
		m->direction != MESSAGE_OUT)
		return fault_set(
			f, ST_INPUT, "settle.other-message", "a receipt for another message");
	if (v->state != DELIVERY_DELIVERED && v->state != DELIVERY_REFUSED)
		return fault_set(f, ST_INPUT, "ipc.field", "settled as %u", v->state);
	if (v->state != DELIVERY_DELIVERED) {
		fault_from_verb(why, ST_AUTH, v->code, v->text);
		s->state = DELIVERY_REFUSED;
	} else if (v->mic.n ? !slice_eq_secret(v->mic, m->mic) : mic_is_needed(h, m->partner)) {
		fault_set(why, ST_AUTH, "as2.mic.mismatch",
			"sent %.*s, the receipt is for %.*s: `tieline explain` looks for the cause",
			SLICE_FMT(m->mic), SLICE_FMT(v->mic));
		s->state = DELIVERY_REFUSED;
	} else if (v->code.n != 0) {
		fault_from_verb(why, ST_AUTH, v->code, v->text);
	}
	return ST_OK;
}

static int64_t clocks_apart_ns(const struct house *h)
{
	return registry_settings(h->process->registry)->clocks_apart_ns;
}

/* What is not signed says nothing, and a repeat is answered with an old receipt. */
static void clock_note(
	struct house *h, const struct verb_settle *v, const struct ledger_message *m)
{
	const struct clock_sample sample = { .sent_ns = v->sent_ns,
		.answered_ns = v->answered_ns,
		.received_ns = v->receipt_ns,
		.made_ns = v->made_ns };
	struct clock_difference before = { 0 }, now;

	if (v->signer.n == 0 || v->sent_ns == 0 || m->attempts != 1)
		return;
	(void)partner_clocks_find(&before, h->clocks, m->partner);
	partner_clocks_note(h->clocks, m->partner, &sample);
	if (partner_clocks_find(&now, h->clocks, m->partner) &&
		clock_is_far(&now, clocks_apart_ns(h)) &&
		!clock_is_far(&before, clocks_apart_ns(h)))
		log_warning("clocks-apart", LOG_S("partner", m->partner),
			LOG_I("ahead_ms", now.ahead_ns / NS_PER_MS),
			LOG_I("error_ms", now.error_ns / NS_PER_MS));
}

/* What was taken out of the register when it was refused, or late, does not come back by itself. */
static void void_flag(const struct house *h, const struct ledger_settlement *s,
	const struct ledger_message *m, struct fault *why)
{
	const struct partner *to = partner_of(h, m->partner);
	bool was_void = m->state == DELIVERY_REFUSED || m->state == DELIVERY_EXPIRED;

	if (s->state == DELIVERY_DELIVERED && was_void && !why->code[0] && to &&
		to->agreement->documents.registry != REGISTRY_OFF &&
		documents_may_hold(m->media_type))
		fault_set(why, ST_AUTH, "registry.void",
			"accepted after it was %s, and so no longer in our register: send what it "
			"says again",
			delivery_name(m->state));
}

static enum status receipt_settle(struct house *h, uint64_t row, const struct verb_settle *v,
	int parcel, struct fault *f)
{
	struct ledger_message m;
	struct fault why = { 0 };

	TRY(ledger_get(&m, h->ledger, row, f));
	struct ledger_settlement s = {
		.row = row,
		.state = DELIVERY_DELIVERED,
		.partner = m.partner,
		.receipt_type = v->type,
		.receipt = { v->at, v->n },
		.parcel = parcel,
		.signer = v->signer,
		.receipt_ns = v->receipt_ns,
		.now_ns = clock_utc_ns(),
		.why = NULL,
	};
	TRY(settlement_judge(h, &s, v, &m, &why, f));
	void_flag(h, &s, &m, &why);
	s.why = why.code[0] ? &why : NULL;
	clock_note(h, v, &m);
	return settle(h, &s, &m, f);
}

static void on_settle(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_settle v;
	struct fault f;
	enum status st = ipc_body_parse(&v, packet, &f);

	(void)link;
	if (st == ST_OK)
		st = receipt_settle(h, v.row, &v, packet->fd, &f);
	if (!op_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
		log_error("settle-refused", LOG_FAULT(&f));
}

/* --- receipts that come by themselves --- */

/* Nothing is kept of one that fits no message: the edge tells its sender, and our log tells us. */
static enum status claim_find(
	uint64_t *row, struct house *h, const struct verb_settle *v, struct fault *f)
{
	enum status st = ledger_find_sent(row, h->ledger, v->partner, v->message_id, f);

	return st == ST_NONE ? fault_set(f, ST_INPUT, "mdn.unmatched",
				       "a receipt for %.*s, which was not sent to %.*s",
				       SLICE_FMT(v->message_id), SLICE_FMT(v->partner))
			     : st;
}

/* Somebody waits for this commit: only then does the partner forget its receipt. */
static enum status claim_settle(
	struct house *h, struct ipc_packet *packet, const struct verb_settle *v, struct fault *f)
{
	uint64_t row = 0;

	if (v->edge >= WORKERS_MAX)
		return fault_set(f, ST_INPUT, "ipc.field", "edge %u", v->edge);
	TRY(batch_open(h, false, f));
	TRY(claim_find(&row, h, v, f));
	TRY(receipt_settle(h, row, v, packet->fd, f));
	answers_add(h->answers, ROLE_EDGE, v->edge, VERB_NOTED, packet->id,
		&(struct verb_fault){ .status = ST_OK }, -1);
	return ST_OK;
}

static void on_claim(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_settle v;
	struct fault f, lost;

	(void)link;
	if (ipc_body_parse(&v, packet, &f) != ST_OK) {
		log_error("ipc-refused", LOG_FAULT(&f));
		return;
	}
	enum status st = claim_settle(h, packet, &v, &f);
	if (op_held(h, st, &f))
		return;
	bool passing = st == ST_RETRY || st == ST_HOST;
	log_warning("receipt-unmatched", LOG_S("msg", v.message_id), LOG_S("partner", v.partner),
		LOG_FAULT(&f));
	if (process_send(process_link(h->process, ROLE_EDGE, v.edge),
		    passing ? VERB_TRY_LATER : VERB_NOTED, packet->id,
		    &(struct verb_fault){ FAULT_VERB(&f) }, -1, &lost) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&lost));
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
		(void)op_held(h, announced_store(h, &v, &f), &f);
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
		(void)op_held(h, readiness_store(h, &v, &f), &f);
}

static enum status message_await(struct house *h, const struct flight *flight, struct fault *f)
{
	const struct partner *to = partner_of(h, slice_str(flight->lane->partner));
	int64_t now_ns = clock_utc_ns();
	int64_t next_ns = now_ns +
		receipt_wait_ns(flight->lane->area, to ? to->agreement->as2.receipt_wait_ns : 0,
			flight->attempt, random_u64());

	TRY(ledger_await(h->ledger, flight->row, now_ns, next_ns, f));
	lane_due(flight->lane, next_ns);
	return ST_OK;
}

/* The end of a receipt that we owed; of a message, the partner's word alone, which ends nothing. */
static enum status flight_taken(struct house *h, const struct flight *flight, struct fault *f)
{
	TRY(batch_open(h, true, f));
	enum status st = flight->receipt
		? ledger_receipt_end(h->ledger, flight->row, DELIVERY_DELIVERED, NULL,
			  clock_utc_ns(), f)
		: message_await(h, flight, f);
	if (st == ST_OK)
		log_info(flight->receipt ? "receipt-delivered" : "message-awaiting",
			LOG_I("row", flight->row), LOG_T("partner", flight->lane->partner),
			LOG_I("attempt", flight->attempt));
	return st;
}

static void on_taken(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct flight flight;
	struct verb_taken v;
	struct fault f;

	(void)link;
	/* It may be settled by now: receipts overtake the answers to what they are for. */
	if (ipc_body_parse(&v, packet, &f) != ST_OK ||
		!flight_find(&flight, h->dispatch, packet->id))
		return;
	flight_end(h->dispatch, packet->id);
	(void)op_held(h, flight_taken(h, &flight, &f), &f);
}

static int64_t pause_for(const struct verb_failed *v, const struct flight *flight)
{
	int64_t pause_ns = retry_pause_ns(flight->lane->area, flight->attempt, random_u64());
	int64_t asked_ns =
		v->retry_after_s > 86400 ? 86400 * NS_PER_S : v->retry_after_s * NS_PER_S;

	return pause_ns > asked_ns ? pause_ns : asked_ns;
}

static enum status refusal_settle(
	struct house *h, uint64_t row, const struct fault *why, struct fault *f)
{
	struct ledger_settlement s = { .row = row,
		.state = DELIVERY_REFUSED,
		.parcel = -1,
		.now_ns = clock_utc_ns(),
		.why = why };
	struct ledger_message m;

	TRY(ledger_get(&m, h->ledger, row, f));
	return settle(h, &s, &m, f);
}

/* The partner will never take our receipt: somebody must see to that. */
static enum status receipt_refused(struct house *h, const struct flight *flight,
	const struct fault *why, struct fault *f)
{
	log_error("receipt-undelivered", LOG_I("row", flight->row),
		LOG_T("partner", flight->lane->partner), LOG_FAULT(why));
	TRY(batch_open(h, true, f));
	flight_end(h->dispatch, flight->row);
	return ledger_receipt_end(
		h->ledger, flight->row, DELIVERY_REFUSED, why, clock_utc_ns(), f);
}

static void on_failed(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct flight flight;
	struct verb_failed v;
	struct fault why, f;

	(void)link;
	/* News of an attempt that was given up in between: the message is on its way again. */
	if (ipc_body_parse(&v, packet, &f) != ST_OK || !flight_find(&flight, h->dispatch, v.row))
		return;
	fault_from_verb(&why, v.status, v.code, v.text);
	if (v.status != ST_RETRY) {
		(void)op_held(h,
			flight.receipt ? receipt_refused(h, &flight, &why, &f)
				       : refusal_settle(h, v.row, &why, &f),
			&f);
		return;
	}
	int64_t pause_ns = pause_for(&v, &flight);
	log_warning(flight.receipt ? "receipt-deferred" : "message-deferred", LOG_I("row", v.row),
		LOG_T("partner", flight.lane->partner), LOG_I("attempt", flight.attempt),
		LOG_I("pause_ms", pause_ns / NS_PER_MS), LOG_FAULT(&why));
	flight_end(h->dispatch, v.row);
	defer(h, v.row, flight.lane, &why, pause_ns);
}

static void flight_lost(struct house *h, const struct flight *flight, const struct fault *why)
{
	flight_end(h->dispatch, flight->row);
	defer(h, flight->row, flight->lane, why, LOST_RETRY_NS);
}

static void courier_lost(struct house *h, unsigned index)
{
	struct flight flight;
	struct fault why;

	fault_set(&why, ST_RETRY, "courier.lost", "the courier ended during the attempt");
	while (flight_of_courier(&flight, h->dispatch, index))
		flight_lost(h, &flight, &why);
}

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
	fault_set(&why, ST_RETRY, "courier.lost", "the attempt ended without an outcome");
	while (flight_overdue(&flight, h->dispatch, clock_mono_ns()))
		flight_lost(h, &flight, &why);
	clock_look(h);
	if (!process_clock_is_wrong(h->process)) {
		unacknowledged_find(h);
		reviews_look(h);
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
	if (op_held(h, batch_open(h, true, &f), &f))
		(void)op_held(h, examinations_lost(h->examinations, h->ledger, index, &f), &f);
	dispatch_hurry(h->dispatch, clock_mono_ns() + 2 * TICK_S * NS_PER_S);
}

/* --- word of revoked certificates --- */

static void on_learned(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct fault f;

	(void)link;
	if (!op_held(h, batch_open(h, true, &f), &f))
		return;
	enum status st = shelf_learn(h->shelf, h->ledger, packet, &f);
	if (!op_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
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

	if (op_held(h, batch_open(h, true, &f), &f))
		(void)op_held(h, shelf_prune(h->shelf, h->ledger, &f), &f);
}

static void on_config(struct process *self, const struct registry *before)
{
	(void)before;
	shelf_tidy(self->state);
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
		log_warning("receipt-late", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_I("ms", (clock_utc_ns() - m->created_ns) / NS_PER_MS),
			LOG_T("state", delivery_name(m->state)));
		return;
	}
	log_warning(receipt ? "receipt-undelivered" : "message-expired",
		LOG_S("msg", m->message_id), LOG_S("partner", m->partner),
		LOG_T("area", area_name(m->area)), LOG_I("attempts", m->attempts),
		LOG_S("fault", m->fault_code));
	row_add(&x->house->ended, m->row);
	if (!receipt && x->status == ST_OK)
		x->status = unsaid(x->house, m->row, clock_utc_ns(), x->f);
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
	else if (op_held(h, batch_open(h, true, &f), &f))
		(void)op_held(h, overdue_expire(h, &f), &f);
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

	log_info("message-superseded", LOG_I("row", row));
	row_add(&h->ended, row);
}

/* --- asking --- */

static void on_question(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_commit(h);
	question_answer(
		h->ledger, review_terms_of(h), link, packet);
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

static void on_status(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_commit(h);
	shelf_show(h->shelf, h->ledger, link, packet->id);
	partner_clocks_each(h->clocks, clock_say,
		&(struct clock_asker){ link, packet->id, clocks_apart_ns(h) });
	question_answer(h->ledger, review_terms_of(h), link, packet);
}

/* The first courier fetches; when it is away it will ask for all that is due by itself. */
static void on_refresh(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct fault f = { .status = ST_OK };

	if (process_send(process_link(h->process, ROLE_COURIER, 0), VERB_REFRESH, 0,
		    &(struct verb_empty){ 0 }, -1, &f) == ST_OK)
		f = (struct fault){ .status = ST_OK };
	end_say(link, packet->id, &f);
}

static void on_copy(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	batch_commit(h);
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
		batch_commit(h); /* it may have become so in the batch that is open */
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

static void on_wait(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	enum role role;
	unsigned desk;
	struct fault f;

	process_peer(&role, &desk, h->process, link);
	if (wait_begin(h, desk, packet, &f) != ST_OK)
		end_say(link, packet->id, &f);
}

static void desk_lost(struct house *h, unsigned desk)
{
	struct waiter *next;

	for (struct waiter *w = LIST_FIRST(&h->waiters); w; w = next) {
		next = LIST_NEXT(w, entry);
		if (w->desk == desk)
			waiter_end(h, w);
	}
}

/* --- recovery --- */

static void lane_load(
	void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns)
{
	struct house *h = context;

	(void)count;
	if (lane < AREAS)
		lane_due(dispatch_lane(h->dispatch, partner, lane), due_ns);
}

static void recovery_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;
	struct fault f;

	(void)fd;
	(void)what;
	batch_commit(h);
	if (ledger_recover(h->ledger, &f) != ST_OK) {
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
	log_info("ledger-recovered");
	deadline_watch(h);
	pump(h);
}

/* --- life --- */

static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct house *, struct ipc *, struct ipc_packet *) = {
		[VERB_SPOOL] = on_spool,
		[VERB_UNSPOOL] = on_unspool,
		[VERB_CONSULT] = on_consult,
		[VERB_ARRIVED] = on_arrived,
		[VERB_ENQUEUE] = on_enqueue,
		[VERB_SETTLE] = on_settle,
		[VERB_FAILED] = on_failed,
		[VERB_TAKEN] = on_taken,
		[VERB_ANNOUNCED] = on_announced,
		[VERB_READINESS] = on_readiness,
		[VERB_CLAIM] = on_claim,
		[VERB_SET] = on_found,
		[VERB_VERDICT] = on_found,
		[VERB_FINDING] = on_found,
		[VERB_EXAMINED] = on_found,
		[VERB_WAIT] = on_wait,
		[VERB_LIST] = on_question,
		[VERB_SHOW] = on_question,
		[VERB_GET] = on_question,
		[VERB_STATUS] = on_status,
		[VERB_REGISTRY] = on_question,
		[VERB_LEARNED] = on_learned,
		[VERB_TRIED] = on_tried,
		[VERB_REFRESH] = on_refresh,
		[VERB_COPY] = on_copy,
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
		courier_lost(h, index);
	if (!link && role == ROLE_ENVELOPE)
		envelope_lost(h, index);
	if (!link && role == ROLE_DESK)
		desk_lost(h, index);
	if (link && role == ROLE_COURIER)
		pump_committed(h);
	if (link && role == ROLE_ENVELOPE)
		examine(h);
}

static void on_drain(struct process *self)
{
	batch_commit(self->state);
	ledger_close(((struct house *)self->state)->ledger);
	exit(EXIT_SUCCESS);
}

static const struct register_functions the_register = { register_judge, register_apply };

static void house_open(struct house *h)
{
	struct event_base *loop = h->process->loop;
	struct fault f;

	h->dispatch = dispatch_new();
	h->answers = answers_new(h->process);
	h->examinations = examinations_new();
	h->shelf = shelf_new(h->process);
	h->clocks = partner_clocks_new();
	h->commit = evtimer_new(loop, commit_fired, h);
	h->retry = evtimer_new(loop, retry_fired, h);
	h->deadline = evtimer_new(loop, deadline_fired, h);
	h->recovery = evtimer_new(loop, recovery_fired, h);
	h->tick = event_new(loop, -1, EV_PERSIST, tick_fired, h);
	event_add(h->tick, &(struct timeval){ TICK_S, 0 });
	h->clock_apart_ns = clock_apart_ns();
	if (ledger_open(&h->ledger, &f) != ST_OK ||
		ledger_waiting(h->ledger, lane_load, h, &f) != ST_OK ||
		examinations_load(h->examinations, h->ledger, &f) != ST_OK)
		die("ledger: %s (%s)", f.text, f.code);
	h->survey = survey_new(h->process, h->ledger);
	ledger_superseded_tell(h->ledger, superseded, h);
	h->registrar = registrar_new(h->ledger, &the_register);
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

	house = (struct house){ .process = self };
	LIST_INIT(&house.waiters);
	STAILQ_INIT(&house.ended);
	self->state = &house;
	process_init(self, &ledger_role);
	/* Opened behind the closed door: its files must be the ledger's own user's. */
	process_confine(self, &ledger_sandbox, ".");
	house_open(&house);
	return process_run(self);
}
