/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk: where people and back offices come.  Today that is the control socket of
 * the command line: the kernel lets only the home's owner and root connect.  The desk checks what
 * is submitted against the agreement, passes questions on to the ledger, and brings the answers
 * back to whoever asked.  It holds no message: all it remembers is who waits for what.
 */
#include "processes/process.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "documents/media_type.h"
#include "processes/lists_watch.h"
#include "processes/watch.h"

#define CLIENTS_MAX 1024
#define WAITING_MAX 896 /* of them, for receipts: short questions always find a place */
#define ACCEPT_PAUSE_US 100000 /* when there is no descriptor or no place for another */
#define PENDINGS_MAX 8192 /* questions under way, of all clients */
#define BODY_MAX 1024 /* the largest body struct of verbs.h */

const struct sandbox desk_sandbox = { .promises = "stdio accept" };

struct client {
	LIST_ENTRY(client) entry;
	struct desk *desk;
	struct ipc *link;
};

#define CLOCK_LOOK_NS (5 * NS_PER_S) /* while the clock cannot be right: it may be set */

/* A question of a client that some other process is answering. */
struct pending {
	LIST_ENTRY(pending) entry;
	struct client *client;
	uint64_t ticket;    /* ours */
	uint64_t client_id; /* the client's */
	unsigned code;
	enum role answerer;
	unsigned index;
	struct buf question; /* of VERB_WAIT: asked again when the ledger was restarted */
};

LIST_HEAD(clients, client);
LIST_HEAD(pendings, pending);

struct desk {
	struct process *process;
	struct clients clients;
	struct pendings pendings;
	unsigned client_count, pending_count, waiting_count;
	int listener;
	struct event *accepting, *again; /* again: after a pause */
	struct verb_process processes[ROLES][WORKERS_MAX];
	struct watch *watch;
	struct event *calendar; /* looks at the certificates from time to time */
	uint8_t own_told[CERT_USES][CERT_FINGERPRINT_SIZE];
};

union body {
	_Alignas(16) uint8_t bytes[BODY_MAX];
	struct verb_submit submit;
	struct verb_fault fault;
};

static enum status body_read(union body *out, const struct ipc_packet *packet, struct fault *f)
{
	if (packet->type->size > sizeof(*out))
		bug("verb %s is larger than BODY_MAX", packet->type->name);
	return ipc_body_parse(out, packet, f);
}

/* --- to clients --- */

static void client_say(
	const struct client *c, enum verb verb, uint64_t id, const void *body, int fd)
{
	struct fault f;

	if (process_send(c->link, verb, id, body, fd, &f) != ST_OK)
		log_info("client-deaf", LOG_FAULT(&f));
}

static void client_refuse(const struct client *c, uint64_t id, const struct fault *why)
{
	struct verb_accepted body = { FAULT_VERB(why) };

	client_say(c, VERB_ACCEPTED, id, &body, -1);
}

static void client_try_later(const struct client *c, uint64_t id, const struct fault *why)
{
	struct verb_fault body = { FAULT_VERB(why) };

	client_say(c, VERB_TRY_LATER, id, &body, -1);
}

static void drain_check(const struct desk *desk)
{
	if (process_draining(desk->process) && LIST_EMPTY(&desk->pendings))
		process_finish(desk->process);
}

static void pending_free(struct pending *p)
{
	p->client->desk->pending_count--;
	p->client->desk->waiting_count -= p->code == VERB_WAIT;
	LIST_REMOVE(p, entry);
	buf_done(&p->question);
	free(p);
}

static void client_free(struct client *c)
{
	struct desk *desk = c->desk;
	struct pending *next;

	for (struct pending *p = LIST_FIRST(&desk->pendings); p; p = next) {
		next = LIST_NEXT(p, entry);
		if (p->client == c)
			pending_free(p);
	}
	LIST_REMOVE(c, entry);
	desk->client_count--;
	ipc_free(c->link);
	free(c);
	drain_check(desk);
}

/* --- questions --- */

static struct pending *pending_new(
	struct client *c, const struct ipc_packet *packet, enum role answerer)
{
	struct pending *p = alloc_zeroed(1, sizeof(*p));

	*p = (struct pending){
		.client = c, .client_id = packet->id, .code = packet->code, .answerer = answerer
	};
	p->ticket = process_ticket(c->desk->process);
	p->question = buf_init(IPC_PACKET_MAX);
	if (packet->code == VERB_WAIT)
		buf_put(&p->question, packet->body);
	LIST_INSERT_HEAD(&c->desk->pendings, p, entry);
	c->desk->pending_count++;
	c->desk->waiting_count += p->code == VERB_WAIT;
	return p;
}

static enum status place_check(const struct desk *desk, unsigned code, struct fault *f)
{
	if (desk->pending_count >= PENDINGS_MAX)
		return fault_set(f, ST_RETRY, "desk.busy", "%u questions are being answered",
			desk->pending_count);
	if (code == VERB_WAIT && desk->waiting_count >= WAITING_MAX)
		return fault_set(f, ST_RETRY, "desk.busy",
			"%u commands wait for receipts already: look later with `tieline show`",
			desk->waiting_count);
	return ST_OK;
}

/* Of envelopes nothing but a submission is asked. */
static struct ipc *answerer_link(
	struct client *c, enum role answerer, const void *body, unsigned *index)
{
	const struct verb_submit *s = body;

	if (answerer != ROLE_ENVELOPE)
		return process_any_link(c->desk->process, answerer, index);
	return process_envelope_link(c->desk->process,
		&(struct errand){ .lane = area_profile(s->area)->lane, .size = s->size }, index);
}

/* A ledger that ends again and again is for people: they are told where to look. */
static enum status answerer_missing(
	const struct desk *desk, enum role answerer, struct fault *f)
{
	const struct verb_process *p = &desk->processes[ROLE_LEDGER][0];

	if (!p->ready && p->restarts > 0)
		return fault_set(f, ST_RETRY, "house.ledger",
			"the ledger ended, and is not ready again (restarts: %u); if that lasts, "
			"`tieline doctor` and the gateway's log say why",
			p->restarts);
	return fault_set(f, ST_RETRY, "house.restarting", "the %s process is being restarted",
		role_name(answerer));
}

static enum status answerer_ask(struct ipc *link, const struct pending *p, const struct desk *desk,
	const void *body, int fd, struct fault *f)
{
	return link ? process_send(link, p->code, p->ticket, body, fd, f)
		    : answerer_missing(desk, p->answerer, f);
}

static void ask(
	struct client *c, const struct ipc_packet *packet, enum role answerer, const void *body)
{
	struct fault f;

	if (place_check(c->desk, packet->code, &f) != ST_OK) {
		client_try_later(c, packet->id, &f);
		return;
	}
	struct pending *p = pending_new(c, packet, answerer);
	/* An envelope that is given a document asks the ledger. */
	struct ipc *link = process_link(c->desk->process, ROLE_LEDGER, 0)
		? answerer_link(c, answerer, body, &p->index)
		: NULL;
	if (answerer_ask(link, p, c->desk, body, packet->fd, &f) != ST_OK) {
		client_try_later(c, packet->id, &f);
		pending_free(p);
	}
}

static void on_question(struct client *c, struct ipc_packet *packet)
{
	union body body;
	struct fault f;

	if (body_read(&body, packet, &f) != ST_OK)
		client_refuse(c, packet->id, &f);
	else
		ask(c, packet, ROLE_LEDGER, &body);
}

static void on_status(struct client *c, struct ipc_packet *packet)
{
	for (unsigned role = 0; role < ROLES; role++)
		for (unsigned i = 0; i < WORKERS_MAX; i++)
			if (c->desk->processes[role][i].started_ns != 0)
				client_say(c, VERB_PROCESS, packet->id,
					&c->desk->processes[role][i], -1);
	on_question(c, packet);
}

/* Promise 7 on our own side: what the agreement does not allow never leaves the desk. */
static enum status submission_check(const struct agreement **out, const struct verb_submit *s,
	const struct registry *registry, struct fault *f)
{
	const struct agreement *agreement;
	size_t index;

	if (s->area >= AREAS)
		return fault_set(f, ST_INPUT, "area.unknown", "area number %u", s->area);
	TRY(message_id_check(s->message_id, f));
	if (s->message_id.n > MESSAGE_ID_SENT_MAX)
		return fault_set(f, ST_LIMIT, "message.id.length",
			"a message id of %zu bytes, at most %d are sent", s->message_id.n,
			MESSAGE_ID_SENT_MAX);
	if (registry_find(&index, registry, s->partner, f) != ST_OK)
		return fault_set(f, ST_INPUT, "partner.unknown",
			"no partner %.*s: see `tieline partner list`", SLICE_FMT(s->partner));
	agreement = registry_partner(registry, index)->agreement;
	TRY(agreement_permits(agreement, DIRECTION_SEND, s->area, s->size, s->media_type, f));
	*out = agreement;
	return ST_OK;
}

static void submission_date(struct verb_submit *s, const struct agreement *agreement)
{
	s->created_ns = clock_utc_ns();
	if (s->deadline_ns <= 0)
		s->deadline_ns = s->copy_of != 0 ? agreement_copy_deadline_ns(agreement, s->area)
						 : agreement_deadline_ns(agreement, s->area);
	s->deadline_ns += s->created_ns;
}

static enum status submission_clean(
	struct verb_submit *s, struct buf *type, struct buf *name, struct fault *f)
{
	TRY(media_type_parse(type, s->media_type, f));
	filename_clean(name, s->filename);
	s->media_type = buf_slice(type);
	s->filename = buf_slice(name);
	return buf_check(name, f);
}

struct submission {
	union body body;
	struct buf type, name; /* what the body's slices point into */
	const struct agreement *agreement;
};

static struct submission submission_init(void)
{
	return (struct submission){
		.type = buf_init(MEDIA_TYPE_MAX), .name = buf_init(FILENAME_MAX_BYTES)
	};
}

static void submission_done(struct submission *s)
{
	buf_done(&s->type);
	buf_done(&s->name);
}
DEFINE_AUTO_IN_PLACE(submission)

static enum status submission_read(struct submission *s, const struct client *c,
	const struct ipc_packet *packet, struct fault *f)
{
	const struct registry *registry = c->desk->process->registry;
	enum status st = body_read(&s->body, packet, f);

	if (st == ST_OK)
		st = submission_clean(&s->body.submit, &s->type, &s->name, f);
	if (st == ST_OK)
		st = submission_check(&s->agreement, &s->body.submit, registry, f);
	if (st != ST_OK)
		log_warning("submission-refused", LOG_S("partner", s->body.submit.partner),
			LOG_FAULT(f));
	return st;
}

static void on_offer(struct client *c, struct ipc_packet *packet)
{
	AUTO_IN_PLACE(submission) s = submission_init();
	struct verb_offered answer = { .status = ST_OK };
	struct fault f;

	if (submission_read(&s, c, packet, &f) == ST_OK)
		answer.size_max = s.agreement->areas[s.body.submit.area].size_max;
	else
		answer = (struct verb_offered){ FAULT_VERB(&f) };
	client_say(c, VERB_OFFERED, packet->id, &answer, -1);
}

static void on_submit(struct client *c, struct ipc_packet *packet)
{
	AUTO_IN_PLACE(submission) s = submission_init();
	struct fault f;

	if (submission_read(&s, c, packet, &f) != ST_OK) {
		client_refuse(c, packet->id, &f);
		return;
	}
	submission_date(&s.body.submit, s.agreement);
	process_urgent(c->desk->process, area_profile(s.body.submit.area)->lane);
	ask(c, packet, ROLE_ENVELOPE, &s.body);
}

static void client_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct client *, struct ipc_packet *) = {
		[VERB_SPOOL] = on_question, [VERB_SUBMIT] = on_submit, [VERB_WAIT] = on_question,
		[VERB_OFFER] = on_offer,
		[VERB_LIST] = on_question,  [VERB_SHOW] = on_question, [VERB_GET] = on_question,
		[VERB_STATUS] = on_status,  [VERB_REFRESH] = on_question,
		[VERB_REGISTRY] = on_question, [VERB_COPY] = on_question,
	};

	(void)link;
	if (handlers[packet->code])
		handlers[packet->code](context, packet);
}

static void client_closed(void *context, struct ipc *link, const struct fault *why)
{
	(void)link;
	(void)why;
	client_free(context);
}

/* --- answers --- */

/* Whether an answer of this kind is the last one to that question. */
static bool is_last(unsigned question, unsigned answer)
{
	static const bool more[VERBS] = {
		[VERB_MESSAGE] = true, [VERB_EVENT] = true, [VERB_LANE] = true,
		[VERB_FLAGGED] = true, [VERB_ANNOUNCED] = true, [VERB_STANDING] = true,
		[VERB_READINESS] = true, [VERB_REVIEW] = true, [VERB_AGGREGATION] = true,
		[VERB_MISSED] = true,
		[VERB_RESOURCE] = true,  [VERB_STATEMENT] = true,
		[VERB_CONDITION] = true,
		[VERB_LATE] = true, [VERB_CLOCK] = true,
		[VERB_DEFERRAL] = true, [VERB_HISTORY] = true,
	};

	return question == VERB_WAIT || !more[answer];
}

static struct pending *pending_find(const struct desk *desk, uint64_t ticket)
{
	struct pending *p;

	LIST_FOREACH(p, &desk->pendings, entry)
		if (p->ticket == ticket)
			return p;
	return NULL;
}

/*
 * Large bodies of a submission are answered by the ledger: any process's answer to a known ticket
 * counts.
 */
static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct desk *desk = self->state;
	struct pending *p = pending_find(desk, packet->id);
	union body body;
	struct fault f;

	(void)link;
	if (!p || body_read(&body, packet, &f) != ST_OK)
		return;
	client_say(p->client, packet->code, p->client_id, &body, packet->fd);
	if (is_last(p->code, packet->code))
		pending_free(p);
	drain_check(desk);
}

static void wait_again(struct desk *desk, struct ipc *ledger)
{
	struct pending *p;
	union body body;
	struct fault f;

	LIST_FOREACH(p, &desk->pendings, entry) {
		struct ipc_packet packet = { .type = &verbs.types[VERB_WAIT],
			.code = VERB_WAIT,
			.body = buf_slice(&p->question) };
		if (p->code == VERB_WAIT && body_read(&body, &packet, &f) == ST_OK
		    && process_send(ledger, VERB_WAIT, p->ticket, &body, -1, &f) != ST_OK)
			log_warning("wait-lost", LOG_FAULT(&f));
	}
}

/*
 * A submission may be with the envelope or already with the ledger: when either dies, nobody knows,
 * so the client asks again.
 */
static bool is_lost_with(const struct pending *p, enum role role, unsigned index)
{
	if (p->code == VERB_WAIT)
		return false;
	return role == ROLE_LEDGER || (role == p->answerer && index == p->index);
}

static void on_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	struct desk *desk = self->state;
	struct pending *next;
	struct fault f;

	if (link && role == ROLE_LEDGER)
		wait_again(desk, link);
	fault_set(&f, ST_RETRY, "house.restarting", "the %s process is being restarted",
		role_name(role));
	for (struct pending *p = LIST_FIRST(&desk->pendings); !link && p; p = next) {
		next = LIST_NEXT(p, entry);
		if (!is_lost_with(p, role, index))
			continue;
		client_try_later(p->client, p->client_id, &f);
		pending_free(p);
	}
	drain_check(desk);
}

static void on_process(struct process *self, const struct verb_process *about)
{
	struct desk *desk = self->state;

	if (about->role < ROLES && about->index < WORKERS_MAX)
		desk->processes[about->role][about->index] = *about;
}

/* --- clients come --- */

static void client_log(int fd)
{
	struct ucred who = { 0 };
	socklen_t n = sizeof(who);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	log_debug("client", LOG_I("uid", who.uid), LOG_I("pid", who.pid));
}

static void client_new(struct desk *desk, int fd)
{
	static const struct ipc_events events = { .packet = client_packet,
		.closed = client_closed };
	struct client *c = alloc_zeroed(1, sizeof(*c));

	client_log(fd);
	c->desk = desk;
	c->link = ipc_new(desk->process->loop, fd, &verbs, ROLE_BIT(ROLE_DESK),
		ROLE_BIT(ROLE_CLIENT), &events, c);
	LIST_INSERT_HEAD(&desk->clients, c, entry);
	desk->client_count++;
}

static void on_accept(evutil_socket_t listener, short what, void *context)
{
	struct desk *desk = context;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd >= 0)
		client_new(desk, fd);
	else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	if (fd >= 0 && desk->client_count < CLIENTS_MAX)
		return;
	/* Whoever comes now waits in the listener's queue until somebody leaves. */
	log_warning("desk-full", LOG_I("clients", desk->client_count));
	event_del(desk->accepting);
	event_add(desk->again, &(struct timeval){ .tv_usec = ACCEPT_PAUSE_US });
}

static void on_again(evutil_socket_t fd, short what, void *context)
{
	struct desk *desk = context;

	(void)fd;
	(void)what;
	if (process_draining(desk->process))
		return;
	if (desk->client_count < CLIENTS_MAX)
		event_add(desk->accepting, NULL);
	else
		event_add(desk->again, &(struct timeval){ .tv_usec = ACCEPT_PAUSE_US });
}

static void on_listen(struct process *self, int fd)
{
	struct desk *desk = self->state;

	desk->listener = fd;
	desk->accepting = event_new(self->loop, fd, EV_READ | EV_PERSIST, on_accept, desk);
	desk->again = evtimer_new(self->loop, on_again, desk);
	event_add(desk->accepting, NULL);
}

static void on_drain(struct process *self)
{
	struct desk *desk = self->state;
	struct pending *next;

	if (desk->accepting)
		event_del(desk->accepting);
	/* Whoever waits for a partner may wait for days: they are let go. */
	for (struct pending *p = LIST_FIRST(&desk->pendings); p; p = next) {
		next = LIST_NEXT(p, entry);
		if (p->code == VERB_WAIT)
			pending_free(p);
	}
	drain_check(desk);
}

/* --- the calendar --- */

/* One line when a certificate of ours takes over; the one at the start is no news. */
static void own_log(struct desk *desk, enum cert_use use, bool is_news)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * CERT_FINGERPRINT_SIZE);
	struct slice now = cert_fingerprint(desk->process->own[use]);

	if (slice_eq(now, slice_of(desk->own_told[use], CERT_FINGERPRINT_SIZE)))
		return;
	for (size_t i = 0; i < now.n; i++)
		desk->own_told[use][i] = now.p[i];
	hex_format(&hex, now);
	if (is_news)
		log_info("certificate-switched", LOG_T("use", cert_use_name(use)),
			LOG_S("fingerprint", buf_slice(&hex)));
}

/* By a clock that cannot be right nothing is said to end: `clock-wrong` was (process.c). */
static void calendar_look(struct desk *desk)
{
	const struct process *self = desk->process;
	int64_t now = clock_utc_ns();
	int64_t next = now + CLOCK_LOOK_NS;

	if (!process_clock_is_wrong(self))
		next = watch_look(desk->watch, self->ring, self->root, self->registry, now,
			watch_log, &now);
	event_add(desk->calendar, &(struct timeval){ .tv_sec = (next - now) / NS_PER_S + 1 });
}

static void on_calendar(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	calendar_look(context);
}

static void on_config(struct process *self, const struct registry *before)
{
	struct desk *desk = self->state;

	(void)before;
	for (enum cert_use use = 0; use < CERT_USES; use++)
		own_log(desk, use, true);
	lists_watch_look(self->registry, clock_utc_ns());
	calendar_look(desk);
}

static void calendar_begin(struct desk *desk)
{
	desk->watch = watch_new();
	desk->calendar = evtimer_new(desk->process->loop, on_calendar, desk);
	for (enum cert_use use = 0; use < CERT_USES; use++)
		own_log(desk, use, false);
	calendar_look(desk);
}

static const struct process_role desk_role = {
	.role = ROLE_DESK,
	.packet = on_packet,
	.link = on_link,
	.config = on_config,
	.listen = on_listen,
	.drain = on_drain,
	.process = on_process,
};

int desk_main(struct process *self)
{
	static struct desk desk;

	desk = (struct desk){ .process = self, .listener = -1 };
	LIST_INIT(&desk.clients);
	LIST_INIT(&desk.pendings);
	self->state = &desk;
	process_init(self, &desk_role);
	calendar_begin(&desk);
	process_confine(self, &desk_sandbox, ".");
	lists_watch_start(self);
	return process_run(self);
}
