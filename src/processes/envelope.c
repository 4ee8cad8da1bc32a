/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope: opens what arrives, seals what leaves, verifies receipts.  It
 * sees hostile bodies and has nothing but its descriptors.  Work is done in five shapes, each a
 * row of a table and with a file beside this one: OPEN and REFUSE from an edge, NOTICE of a receipt
 * that came by itself, SUBMIT from the desk, CHECK from a courier, EXAMINE of a document from the
 * ledger.  Here is whose turn it is, and the list in which a job whose output is large waits for a
 * spool file of the ledger.
 */
#include "processes/envelope.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pace.h"
#include "documents/x12/guide_set.h"
#include "processes/copies.h"
#include "processes/envelope_examine.h"
#include "processes/envelope_head.h"
#include "processes/envelope_open.h"
#include "processes/envelope_receipt.h"
#include "processes/envelope_submit.h"
#include "processes/envelopes.h"
#include "processes/inspection.h"
#include "processes/receipt_address.h"
#include "processes/urgency.h"
#include "safeguards/crypto.h"

#define JOBS_MAX 256          /* waiting for a spool file; more are told to come later */
#define READY_MAX 256         /* waiting for their turn; more stay where they came from */

const struct sandbox envelope_sandbox = { .promises = "stdio clock" };

/* --- answers --- */

struct ipc *envelope_asker(const struct envelope *e, const struct job *job)
{
	return process_link(e->process, job->asker, job->index);
}

void envelope_say(struct ipc *link, enum verb verb, uint64_t id, const void *body, int fd)
{
	struct fault f;

	if (process_send(link, verb, id, body, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", verbs.types[verb].name), LOG_FAULT(&f));
}

void envelope_say_try_later(
	const struct envelope *e, const struct job *job, const struct fault *why)
{
	struct verb_fault body = { FAULT_VERB(why) };

	envelope_say(envelope_asker(e, job), VERB_TRY_LATER, job->id, &body, -1);
}

void envelope_hand_to_ledger(
	const struct envelope *e, const struct job *job, enum verb verb, const void *body, int fd)
{
	struct fault f;

	if (process_send(process_link(e->process, ROLE_LEDGER, 0), verb, job->id, body, fd, &f) ==
		ST_OK)
		return;
	if (job->looking)
		job->looking->is_lost = true;
	else
		envelope_say_try_later(e, job, &f);
}

bool envelope_is_passing(enum status st)
{
	return st == ST_RETRY || st == ST_HOST;
}

enum status envelope_blame_keyholder(const struct envelope *e, enum status st, struct fault *f)
{
	struct fault cause;

	if (process_key_fault(&cause, e->process) == ST_OK || st == ST_OK)
		return st;
	if (!envelope_is_passing(cause.status))
		return st;
	*f = cause;
	return cause.status;
}

enum status envelope_clock_check(
	const struct envelope *e, const struct fault *refused, struct fault *f)
{
	char now[TIME_TEXT_MAX];

	if (process_clock_is_believed(e->process))
		return ST_OK;
	return fault_set(f, ST_RETRY, "clock.doubted",
		"this host's clock says %s, when our own certificate is not valid: nothing is "
		"refused by it (%s)",
		time_format(now, clock_utc_ns()), refused->code);
}

struct slice envelope_own_id(const struct envelope *e)
{
	return slice_str(registry_settings(e->process->registry)->id);
}

struct signer envelope_own_signer(const struct envelope *e, const struct trusted *partner)
{
	return (struct signer){ .cert = e->process->own[CERT_SIGN],
		.key = e->process->keys[CERT_SIGN],
		.is_pss = partner->partner->agreement->as2.signs_pss };
}

/* --- jobs --- */

enum status envelope_ask_parse(void *out, const struct job *job, struct fault *f)
{
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	return ipc_body_parse(out, &packet, f);
}

static void job_failed(const struct envelope *e, const struct job *job, const struct fault *why)
{
	struct verb_accepted refused = { FAULT_VERB(why) };
	struct verb_examined not_examined = { .row = job->id, FAULT_VERB(why) };

	if (job->code == VERB_EXAMINE)
		envelope_examined_say(e, &not_examined);
	else if (job->code == VERB_SUBMIT && !envelope_is_passing(why->status))
		envelope_say(envelope_asker(e, job), VERB_ACCEPTED, job->id, &refused, -1);
	else
		envelope_say_try_later(e, job, why);
}

static const struct {
	enum status (*run)(const struct envelope *, const struct job *, struct fault *);
} shapes[VERBS] = {
	[VERB_OPEN] = { envelope_open },
	[VERB_REFUSE] = { envelope_open },
	[VERB_NOTICE] = { envelope_notice },
	[VERB_SUBMIT] = { envelope_submit },
	[VERB_CHECK] = { envelope_check },
	[VERB_EXAMINE] = { envelope_examine },
};

/* ST_MORE: it needs a spool file first.  Everything else has been answered. */
static enum status job_run(const struct envelope *e, const struct job *job)
{
	struct fault f;
	enum status st = shapes[job->code].run(e, job, &f);

	if (st == ST_OK || st == ST_MORE)
		return st;
	log_warning("job-failed", LOG_T("verb", verbs.types[job->code].name), LOG_FAULT(&f));
	job_failed(e, job, &f);
	return st;
}

static struct looking *looking_new(void)
{
	struct looking *l = alloc_zeroed(1, sizeof(*l));

	examined_init(&l->out);
	return l;
}

static void looking_free(struct looking *l)
{
	if (l)
		examined_done(&l->out);
	free(l);
}

static void job_free(struct job *job)
{
	looking_free(job->looking);
	fd_close(&job->fd);
	fd_close(&job->spool);
	buf_done(&job->packet);
	free(job);
}

static void spool_leave(const struct envelope *e, struct job *job)
{
	if (job->spool >= 0 && process_link(e->process, ROLE_LEDGER, 0))
		envelope_say(process_link(e->process, ROLE_LEDGER, 0), VERB_UNSPOOL, job->ticket,
			&(struct verb_empty){ 0 }, -1);
	fd_close(&job->spool);
}

/* What has a spool file, or waits for one, gives it back. */
static void job_drop(struct envelope *e, struct job *job)
{
	spool_leave(e, job);
	job_free(job);
}

static void waiting_remove(struct envelope *e, struct job *job)
{
	TAILQ_REMOVE(&e->waiting, job, entry);
	e->waiting_count--;
}

/* Takes the packet's descriptor. */
static struct job *job_new(
	const struct envelope *e, const struct ipc *link, struct ipc_packet *packet)
{
	struct job *job = alloc_zeroed(1, sizeof(*job));

	job->code = packet->code;
	job->id = packet->id;
	job->fd = FD_TAKE(packet->fd);
	if (job->code == VERB_EXAMINE)
		job->looking = looking_new();
	job->spool = -1;
	job->packet = buf_init(IPC_PACKET_MAX);
	buf_put(&job->packet, packet->body);
	job->body = buf_slice(&job->packet);
	job->turn.owner = job;
	process_peer(&job->asker, &job->index, e->process, link);
	return job;
}

/* --- whose turn it is --- */

/* What another verb's body says of its lane: others are of no area, or behind all. */
static void open_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_open v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK)
		return;
	*partner = v.partner;
	*lane = v.unproven          ? TURN_LANE_LAST
		: v.lane_of < AREAS ? area_profile(v.lane_of)->lane
				    : AREAS;
}

/*
 * A receipt that comes by itself and does not say of which area may be of a notice, and costs
 * little: it goes first, and alone makes nobody yield.
 */
static void notice_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	open_lane(lane, partner, packet);
	if (*lane == AREAS)
		*lane = 0;
}

static void submit_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_submit v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK || v.area >= AREAS)
		return;
	*partner = v.partner;
	*lane = area_profile(v.area)->lane;
}

static void check_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_check v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK || v.area >= AREAS)
		return;
	*partner = v.partner;
	*lane = area_profile(v.area)->lane;
}

/* Behind the areas, and each partner's by itself. */
static void examine_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_examine v;

	*lane = AREAS;
	if (ipc_body_parse(&v, packet, NULL) == ST_OK)
		*partner = v.partner;
}

static void on_turn(evutil_socket_t fd, short what, void *context);

/*
 * How long the next of them has to wait for something more urgent, here or in other processes.
 * Who is full waits for nothing: the urgent itself may be behind it.
 */
static int64_t turn_yields_ns(const struct envelope *e)
{
	int64_t ns = e->is_full ? 0 : process_yield_ns(e->process, TURN_LANE_LAST);

	return ns > 0 && turns_lane(&e->ready) == 0 ? 0 : ns;
}

/* The next of them, when all that has come by then was read. */
static void turn_set(struct envelope *e)
{
	int64_t us = (turn_yields_ns(e) + 999) / 1000;

	if (!e->next)
		e->next = event_new(e->process->loop, -1, 0, on_turn, e);
	if (!e->next ||
		(e->ready.count > 0 && event_add(e->next, &(struct timeval){ 0, us }) != 0))
		die("watching for the next turn failed");
}

/* Who asks for work, and may have to wait for it. */
static void askers_pause(struct envelope *e, bool paused)
{
	static const enum role askers[] = { ROLE_EDGE, ROLE_DESK, ROLE_COURIER };

	if (e->is_full == paused)
		return;
	e->is_full = paused;
	for (size_t i = 0; i < sizeof(askers) / sizeof(askers[0]); i++)
		for (unsigned index = 0; index < WORKERS_MAX; index++) {
			struct ipc *link = process_link(e->process, askers[i], index);
			if (link)
				ipc_pause(link, paused);
		}
}

static void job_lane(unsigned *lane, struct slice *partner, const struct job *job)
{
	static void (*const lanes[VERBS])(
		unsigned *lane, struct slice *partner, const struct ipc_packet *) = {
		[VERB_OPEN] = open_lane, [VERB_REFUSE] = open_lane, [VERB_NOTICE] = notice_lane,
		[VERB_SUBMIT] = submit_lane, [VERB_CHECK] = check_lane,
		[VERB_EXAMINE] = examine_lane,
	};
	const struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	if (lanes[job->code])
		lanes[job->code](lane, partner, &packet);
}

static bool is_perhaps_urgent(const struct job *job)
{
	unsigned said = AREAS;
	struct slice partner;
	const struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	if (job->code == VERB_NOTICE)
		open_lane(&said, &partner, &packet);
	return job->code == VERB_NOTICE && said == AREAS;
}

static void job_ready(struct envelope *e, struct job *job)
{
	unsigned lane = AREAS;
	struct slice partner = S("");

	job_lane(&lane, &partner, job);
	if (!is_perhaps_urgent(job))
		process_urgent(e->process, lane);
	turns_add(&e->ready, &job->turn, lane, partner);
	process_waiting(e->process, e->ready.count);
	if (e->ready.count >= READY_MAX)
		askers_pause(e, true);
	turn_set(e);
}

static enum status spool_ask(const struct envelope *e, uint64_t ticket, struct fault *f)
{
	return process_send(process_link(e->process, ROLE_LEDGER, 0), VERB_SPOOL, ticket,
		&(struct verb_empty){ 0 }, -1, f);
}

static void job_await_spool(struct envelope *e, struct job *job)
{
	struct fault f;

	job->ticket = process_ticket(e->process);
	if (e->waiting_count >= JOBS_MAX)
		fault_set(&f, ST_RETRY, "envelope.busy", "%u large messages are being worked on",
			e->waiting_count);
	else if (spool_ask(e, job->ticket, &f) == ST_OK) {
		TAILQ_INSERT_TAIL(&e->waiting, job, entry);
		e->waiting_count++;
		return;
	}
	job_failed(e, job, &f);
	job_drop(e, job);
}

/* Its first spool file, or one more for the next message that it makes. */
static void job_spool_next(struct envelope *e, struct job *job)
{
	if (job->spool >= 0 && !job->looking)
		bug("a job that has a spool file asks for one");
	spool_leave(e, job);
	if (job->looking)
		job->looking->is_spool_spent = false;
	job_await_spool(e, job);
}

/*
 * The size of what comes in tells that of what goes out, and decides between memory and spool; only
 * what was compressed finds out later (arrival_hand_over).
 */
static bool job_is_large(const struct job *job)
{
	uint64_t size;

	return (job->code == VERB_OPEN || job->code == VERB_SUBMIT || job->code == VERB_EXAMINE) &&
		fd_size(&size, job->fd, NULL) == ST_OK && size > LEDGER_INLINE_MAX;
}

/* A new configuration has other guides. */
static void examiner_ready(struct envelope *e, const struct job *job)
{
	if (job->code == VERB_EXAMINE && !e->examiner)
		e->examiner = examiner_new(e->process->registry);
}

static void on_job(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_new(e, link, packet);

	if (job_is_large(job))
		job_await_spool(e, job);
	else
		job_ready(e, job);
}

/* Of partners, what comes as small as a notice and is none: others were kept waiting by it. */
static void dear_judge(const struct envelope *e, const struct job *job)
{
	struct slice partner = S("");
	unsigned lane = AREAS;

	if (job->turn.lane != 0 || job->code == VERB_SUBMIT || job->code == VERB_NOTICE)
		return;
	job_lane(&lane, &partner, job);
	if (process_dear(e->process, partner))
		log_warning("urgent-dear", LOG_S("partner", partner),
			LOG_T("why", "a message of its most urgent lane took as long as many: for "
				     "a minute they go with the other lanes', and notices of "
				     "others do not wait for them"));
}

static void job_take_turn(struct envelope *e, struct job *job)
{
	bool is_small = !job_is_large(job);
	int64_t began_ns = clock_cpu_ns();
	enum status st = job_run(e, job);
	int64_t cost_ns = clock_cpu_ns() - began_ns;

	turns_charge(&e->ready, &job->turn, cost_ns);
	/* A small one that needs a file was compressed. */
	if (is_small && (st == ST_MORE || cost_ns >= URGENCY_DEAR_NS))
		dear_judge(e, job);
	if (st == ST_MORE)
		job_spool_next(e, job);
	else
		job_drop(e, job);
}

/* One at a time: what is more urgent may have come meanwhile. */
static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct envelope *e = context;
	struct turn *turn = turn_yields_ns(e) > 0 ? NULL : turns_take(&e->ready);
	struct job *job = turn ? turn->owner : NULL;

	(void)fd;
	(void)what;
	if (!job) {
		turn_set(e);
		return;
	}
	process_yield_pass(e->process, job->turn.lane);
	examiner_ready(e, job);
	job_take_turn(e, job);
	process_waiting(e->process, e->ready.count);
	if (e->ready.count <= READY_MAX / 2)
		askers_pause(e, false);
	turn_set(e);
}

static struct job *job_find(const struct envelope *e, uint64_t ticket)
{
	struct job *job;

	TAILQ_FOREACH(job, &e->waiting, entry)
		if (job->ticket == ticket)
			return job;
	return NULL;
}

static void on_spooled(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_find(e, packet->id);

	(void)link;
	if (!job)
		return;
	job->spool = FD_TAKE(packet->fd);
	waiting_remove(e, job);
	job_ready(e, job);
}

/*
 * From the ledger: for a spool file asked for, or for an arrival it could not store, whose edge it
 * told itself.
 */
static void on_try_later(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_find(e, packet->id);
	struct verb_fault body;
	struct fault f;

	(void)link;
	if (!job || ipc_body_parse(&body, packet, &f) != ST_OK)
		return;
	fault_from_verb(&f, body.status, body.code, body.text);
	job_failed(e, job, &f);
	waiting_remove(e, job);
	job_drop(e, job);
}

static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(
		struct process *, struct ipc *, struct ipc_packet *) = {
		[VERB_OPEN] = on_job,
		[VERB_REFUSE] = on_job,
		[VERB_NOTICE] = on_job,
		[VERB_SUBMIT] = on_job,
		[VERB_CHECK] = on_job,
		[VERB_EXAMINE] = on_job,
		[VERB_FETCHED] = inspection_run,
		[VERB_HEAD] = envelope_head_sign,
		[VERB_SPOOLED] = on_spooled,
		[VERB_TRY_LATER] = on_try_later,
	};

	if (handlers[packet->code])
		handlers[packet->code](self, link, packet);
}

/* --- life --- */

static bool is_lost(const struct job *job, enum role role, unsigned index)
{
	return role == job->asker && index == job->index;
}

static void waiting_lose(struct envelope *e, enum role role, unsigned index, const struct fault *f)
{
	struct job *job = TAILQ_FIRST(&e->waiting), *next;

	for (; job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (role == ROLE_LEDGER)
			job_failed(e, job, f);
		if (role != ROLE_LEDGER && !is_lost(job, role, index))
			continue;
		waiting_remove(e, job);
		job_drop(e, job);
	}
}

/* A spool file is none any more when the ledger is gone that lent it. */
static void ready_lose(struct envelope *e, enum role role, unsigned index, const struct fault *f)
{
	struct turn *turn = TAILQ_FIRST(&e->ready.waiting), *next;

	for (; turn; turn = next) {
		struct job *job = turn->owner;
		bool is_unspooled = role == ROLE_LEDGER && job->spool >= 0;

		next = TAILQ_NEXT(turn, link);
		if (is_unspooled)
			job_failed(e, job, f);
		if (!is_unspooled && !is_lost(job, role, index))
			continue;
		turns_remove(&e->ready, turn);
		job_drop(e, job);
	}
}

/*
 * Who asked is gone, or the ledger is: nobody waits for these any more, or nobody can answer them.
 */
static void on_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	struct envelope *e = self->state;
	struct fault f;

	if (link) {
		if (e->is_full && role != ROLE_LEDGER && role != ROLE_KEYHOLDER)
			ipc_pause(link, true);
		return;
	}
	fault_set(&f, ST_RETRY, "ledger.restarting", "the ledger is being restarted");
	waiting_lose(e, role, index, &f);
	ready_lose(e, role, index, &f);
	if (e->ready.count <= READY_MAX / 2)
		askers_pause(e, false);
}

static void openers_collect(struct envelope *e)
{
	const struct process *self = e->process;

	e->opener_count = 0;
	for (size_t i = 0; i < self->ring->count; i++) {
		const struct keyring_cert *c = &self->ring->certs[i];
		if (c->use != CERT_ENCRYPT)
			continue;
		if (e->opener_count == 0)
			e->oldest = c->generation;
		e->openers[e->opener_count++] =
			(struct opener){ .cert = c->cert, .key = self->ring_keys[i] };
	}
	free(e->sealed_to);
	e->sealed_to = alloc_zeroed(
		registry_partner_count(self->registry) + 1, sizeof(*e->sealed_to));
}

static void configure(struct envelope *e)
{
	trust_free(e->trust);
	e->trust = trust_new(e->process->registry, e->process->fetched);
	examiner_free(e->examiner);
	e->examiner = NULL;
	buf_clear(&e->receipt_url);
	receipt_address_own_put(&e->receipt_url, registry_settings(e->process->registry));
	copies_log(e->process->registry);
	openers_collect(e);
}

/* Who gets copies may be others now: they are gone through anew, and made once all the same. */
static void copies_restart(struct envelope *e)
{
	struct job *job;

	TAILQ_FOREACH(job, &e->waiting, entry)
		if (job->looking)
			job->looking->copied = 0;
}

static void on_config(struct process *self, const struct registry *before)
{
	(void)before;
	configure(self->state);
	copies_restart(self->state);
}

static const struct process_role envelope_role = {
	.role = ROLE_ENVELOPE,
	.packet = on_packet,
	.link = on_link,
	.config = on_config,
};

int envelope_main(struct process *self)
{
	static struct x12_guide_set guides;
	static struct envelope e;

	e = (struct envelope){ .process = self,
		.guides = &guides,
		.receipt_url = buf_init(RECEIPT_ADDRESS_MAX),
		.waiting = TAILQ_HEAD_INITIALIZER(e.waiting) };
	self->state = &e;
	turns_init(&e.ready);
	process_init(self, &envelope_role);
	e.post_quantum = crypto_post_quantum();
	configure(&e);
	/* Inside the sandbox nobody may. */
	if (self->index == ENVELOPE_URGENT)
		pace_set(PACE_PROMPT);
	process_confine(self, &envelope_sandbox, ".");
	return process_run(self);
}
