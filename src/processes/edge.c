/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge: the process that strangers reach.  TLS 1.3 with pinned client certificates,
 * HTTP/1.1, admission; bodies go on as descriptors and receipts come back.  It holds no key and
 * opens no file. When it is full, the oldest connection that a partner has beyond what is agreed
 * makes room, then the oldest without a certificate that names nobody, then the oldest in its
 * handshake, then the oldest that asks nothing, then the oldest that only says who it is, and then
 * the listener waits.
 */
#include "processes/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/id.h"
#include "base/log.h"
#include "processes/connection.h"
#include "processes/foyer.h"
#include "processes/gate.h"
#include "processes/listener.h"
#include "processes/meters.h"
#include "processes/news.h"
#include "processes/origins.h"
#include "processes/pins.h"
#include "processes/tolerance.h"
#include "processes/turns.h"
#include "safeguards/tls.h"

#define TICKET_BUCKETS 1024   /* tickets count up: they spread evenly */
#define REFUSED_LOGGED_MAX 10 /* handshake failures logged each REFUSED_PERIOD */
#define REFUSED_PERIOD (10 * NS_PER_S)
#define ACCEPT_PAUSE_US 100000 /* after accept failed for want of descriptors */
#define SPARE_AFTER NS_PER_S     /* of idling: then it may make room for another one */

const struct sandbox edge_sandbox = { .promises = "accept" };

/* Those before CROWD_BUSY make room for others, in this order. */
enum crowd {
	CROWD_BEYOND,   /* more than its partner agreed on, whatever it does */
	CROWD_NAMELESS, /* no certificate, no head yet */
	CROWD_UNPROVEN,
	CROWD_IDLE,
	CROWD_CLAIMED, /* no certificate; its head names a partner */
	CROWD_BUSY,
	CROWD_CLOSED,
	CROWDS,
};

static const enum crowd crowds_proven[PHASES] = {
	[PHASE_HANDSHAKE] = CROWD_UNPROVEN,
	[PHASE_AWAY] = CROWD_UNPROVEN,
	[PHASE_IDLE] = CROWD_IDLE,
	[PHASE_HEAD] = CROWD_BUSY,
	[PHASE_BODY] = CROWD_BUSY,
	[PHASE_SPOOL] = CROWD_BUSY,
	[PHASE_ANSWER] = CROWD_BUSY,
	[PHASE_WRITE] = CROWD_BUSY,
	[PHASE_LINGER] = CROWD_BUSY,
	[PHASE_CLOSED] = CROWD_CLOSED,
};

static enum crowd crowd_of(const struct connection *c, enum phase phase)
{
	enum crowd crowd = crowds_proven[phase];

	if (crowd != CROWD_IDLE && crowd != CROWD_BUSY)
		return crowd;
	if (!c->certless)
		return c->room == ROOM_FOR_ALL ? crowd : CROWD_BEYOND;
	return phase == PHASE_IDLE || phase == PHASE_HEAD ? CROWD_NAMELESS : CROWD_CLAIMED;
}

/* Told a few times in each period, so that a flood is one line and not a full disk. */
struct told {
	int64_t since_mono_ns;
	unsigned count;
};

/* The handshake that just failed. */
struct refusals {
	bool stranger_seen;
	struct fault stranger_fault;             /* why nobody vouches for it */
	uint8_t stranger[CERT_FINGERPRINT_SIZE]; /* its certificate */
	const struct partner *out_of_date;       /* who showed one that is; NULL: nobody */
	struct fault dates_fault;
};

struct edge {
	struct process *self;
	struct pins *pins;
	struct tls_pins tls_pins;
	struct tls_server *tls;
	int listen_fd; /* given before we were ready to listen */
	struct listener *listener;
	bool listening;       /* the listener is not paused */
	struct event *reaper; /* frees closed connections outside their own calls */
	struct event *reopener;
	struct connections crowds[CROWDS]; /* each in order of entering it */
	unsigned open;                     /* connections not closed */
	unsigned certless;                 /* of them, those without a certificate */
	struct request *tickets[TICKET_BUCKETS];
	struct refusals refusals;
	struct told told[TURNED_AWAYS];
	struct gate *gate;
	struct foyer *foyer;
	struct origins *origins;
	struct meters *meters;
	struct news *news;
};

/* --- whom we know --- */

static const struct partner *edge_partner(
	void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	struct edge *edge = context;
	size_t owner;

	return pins_find(&owner, edge->pins, fingerprint)
		? registry_partner(edge->self->registry, owner)
		: NULL;
}

static bool certificate_known(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	struct edge *edge = context;
	size_t owner;

	if (pins_find(&owner, edge->pins, fingerprint))
		return true;
	for (size_t i = 0; i < CERT_FINGERPRINT_SIZE; i++)
		edge->refusals.stranger[i] = fingerprint[i];
	edge->refusals.stranger_fault = (struct fault){ 0 };
	edge->refusals.stranger_seen = true;
	return false;
}

/* Its end is over; the partner's agreement may bridge some days. */
static bool certificate_tolerated(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	const struct partner *partner = edge_partner(context, fingerprint);

	return partner &&
		tolerance_holds(partner->agreement->tolerate_expired_ns, clock_utc_ns());
}

/* Its own log line is the handshake's, which fails for it. */
static bool certificate_vouched(
	void *context, struct cert *leaf, struct cert *const *sent, size_t sent_count)
{
	struct edge *edge = context;
	struct fault f;

	if (pins_admit(edge->pins, leaf, sent, sent_count, clock_utc_ns(), &f) != ST_OK) {
		edge->refusals.stranger_fault = f;
		return false;
	}
	edge->refusals.stranger_seen = false;
	return true;
}

static void certificate_out_of_date(void *context,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE], const struct fault *why)
{
	struct edge *edge = context;

	edge->refusals.out_of_date = edge_partner(context, fingerprint);
	edge->refusals.dates_fault = *why;
}

static struct pins *pins_of(const struct process *self)
{
	const struct registry *registry = self->registry;
	struct pins *pins = pins_new();

	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *partner = registry_partner(registry, i);
		if (!partner->agreement->suspended)
			pins_add_partner(pins, partner, i, CHAIN_TLS_CLIENT, self->fetched);
	}
	pins_seal(pins);
	return pins;
}

/* True while this is one of the few of its period that are told. */
static bool edge_tells(void *context, enum turned_away what)
{
	static const char *const more[TURNED_AWAYS] = {
		[AWAY_STRANGER] = "tls-refused-more",
		[AWAY_TOO_OFTEN] = "too-often-more",
		[AWAY_AT_THE_GATE] = "handshakes-shed-more",
	};
	struct told *told = &((struct edge *)context)->told[what];
	int64_t now = clock_mono_ns();

	if (now - told->since_mono_ns > REFUSED_PERIOD) {
		if (told->count > REFUSED_LOGGED_MAX)
			log_info(more[what], LOG_I("count", told->count - REFUSED_LOGGED_MAX));
		told->since_mono_ns = now;
		told->count = 0;
	}
	return ++told->count <= REFUSED_LOGGED_MAX;
}

static void stranger_log(const struct refusals *refused, const struct connection *c)
{
	AUTO_IN_PLACE(buf) stranger = buf_init(2 * CERT_FINGERPRINT_SIZE);

	if (refused->stranger_seen)
		hex_format(&stranger, slice_of(refused->stranger, sizeof(refused->stranger)));
	log_info("tls-refused", LOG_T("peer", c->peer), LOG_T("why", c->ending),
		LOG_S("unknown-certificate", buf_slice(&stranger)),
		LOG_T("vouched", refused->stranger_seen ? refused->stranger_fault.text : ""));
}

static void refusal_log(struct edge *edge, const struct connection *c)
{
	struct refusals *refused = &edge->refusals;

	if (!edge_tells(edge, AWAY_STRANGER))
		;
	else if (refused->out_of_date)
		log_info("tls-refused", LOG_T("peer", c->peer),
			LOG_T("partner", refused->out_of_date->sheet->id),
			LOG_FAULT(&refused->dates_fault),
			LOG_T("advice", certificate_dates_advice(refused->dates_fault.code)));
	else
		stranger_log(refused, c);
	refused->stranger_seen = false;
	refused->out_of_date = NULL;
}

/* --- tickets --- */

static struct request **ticket_place(struct edge *edge, uint64_t ticket)
{
	struct request **at = &edge->tickets[ticket % TICKET_BUCKETS];

	while (*at && (*at)->ticket != ticket)
		at = &(*at)->next;
	return at;
}

static void ticket_give(struct edge *edge, struct request *r)
{
	if (r->ticket)
		return;
	r->ticket = process_ticket(edge->self);
	*ticket_place(edge, r->ticket) = r;
}

static void edge_forget(void *context, struct request *r)
{
	struct request **at = ticket_place(context, r->ticket);

	if (*at)
		*at = r->next;
}

/* A message that comes under an ended certificate says so. */
static bool connection_flag(struct fault *flag, struct edge *edge, const struct connection *c)
{
	const struct partner *partner = edge_partner(edge, c->fingerprint);

	return partner && tolerance_flag(flag, partner, CERT_TLS, c->fingerprint, clock_utc_ns());
}

/* Urgent is what a proven partner sends; that it is to be refused may wait. */
static struct errand errand_of(enum verb verb, const struct verb_open *open)
{
	bool is_known = verb != VERB_REFUSE && !open->unproven && open->lane_of < AREAS;

	return (struct errand){ .lane = is_known ? area_profile(open->lane_of)->lane
						 : TURN_LANE_LAST,
		.size = open->size,
		.partner = open->partner };
}

static enum status edge_ask(void *context, struct request *r, enum verb verb,
	struct verb_open *open, int fd, struct fault *f)
{
	static const struct verb_empty empty = { 0 };
	struct edge *edge = context;
	struct fault flag;
	struct ipc *link;

	ticket_give(edge, r);
	r->asked_index = 0;
	r->asked = open ? ROLE_ENVELOPE : ROLE_LEDGER;
	if (!open)
		return process_send(
			process_link(edge->self, ROLE_LEDGER, 0), verb, r->ticket, &empty, fd, f);
	const struct errand errand = errand_of(verb, open);
	open->edge = edge->self->index;
	if (verb == VERB_OPEN && connection_flag(&flag, edge, r->connection)) {
		open->code = slice_str(flag.code);
		open->text = slice_str(flag.text);
	}
	link = process_envelope_link(edge->self, &errand, &r->asked_index);
	return process_send(link, verb, r->ticket, open, fd, f);
}

/* A ledger that is gone owes all answers, an envelope those it was asked for. */
static void edge_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	static const struct fault gone = { ST_RETRY, 0, "ipc.closed",
		"a part of this gateway is being restarted" };
	struct edge *edge = self->state;

	if (link)
		return;
	for (size_t i = 0; i < TICKET_BUCKETS; i++)
		for (struct request *r = edge->tickets[i], *next; r; r = next) {
			next = r->next;
			if (role == ROLE_LEDGER || (r->asked == role && r->asked_index == index))
				connection_failed(r->connection, &gone);
		}
}

/* --- answers from the house --- */

static void on_spooled(struct request *r, struct ipc_packet *packet)
{
	connection_spooled(r->connection, FD_TAKE(packet->fd));
}

/* What was accepted is its partner's: only then does what it says of its software count. */
static void accepted_tell(const struct request *r)
{
	struct edge *edge = r->connection->context;
	const struct as2_head *head = &r->admitted.as2;

	news_tell(edge->news, edge->self, slice_str(r->connection->partner), head->version,
		head->product, head->features);
}

static void on_receipt(struct request *r, struct ipc_packet *packet)
{
	struct verb_receipt receipt;

	if (ipc_body_parse(&receipt, packet, NULL) != ST_OK)
		return;
	if (receipt.code.n == 0)
		accepted_tell(r);
	connection_receipt(r->connection, &receipt, FD_TAKE(packet->fd));
}

static void on_noted(struct request *r, struct ipc_packet *packet)
{
	struct verb_fault what;
	struct fault f = { .status = ST_OK };

	if (ipc_body_parse(&what, packet, NULL) != ST_OK)
		return;
	if (what.status != ST_OK)
		fault_from_verb(&f, what.status, what.code, what.text);
	else
		accepted_tell(r);
	connection_noted(r->connection, &f);
}

static void on_try_later(struct request *r, struct ipc_packet *packet)
{
	struct verb_fault why;
	struct fault f;

	if (ipc_body_parse(&why, packet, NULL) != ST_OK)
		return;
	fault_from_verb(&f, why.status, why.code, why.text);
	connection_failed(r->connection, &f);
}

/* An answer nobody waits for any more is dropped; the work behind it stands. */
static void edge_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct request *, struct ipc_packet *) = {
		[VERB_SPOOLED] = on_spooled,
		[VERB_RECEIPT] = on_receipt,
		[VERB_NOTED] = on_noted,
		[VERB_TRY_LATER] = on_try_later,
	};
	struct request *r = *ticket_place(self->state, packet->id);

	(void)link;
	if (r && handlers[packet->code])
		handlers[packet->code](r, packet);
}

/* --- what connections ask of us --- */

static const struct settings *edge_settings(void *context)
{
	return registry_settings(((struct edge *)context)->self->registry);
}

static enum status edge_fingerprint(void *context, uint8_t out[CERT_FINGERPRINT_SIZE],
	struct bufferevent *stream, struct fault *f)
{
	(void)context;
	return tls_peer_fingerprint(out, bufferevent_openssl_get_ssl(stream), f);
}

/* By a clock that we doubt ourselves nothing ends. */
static bool edge_ended(void *context, const struct connection *c)
{
	const struct edge *edge = context;

	return !c->certless &&
		clock_utc_ns() > tls_peer_ends_ns(bufferevent_openssl_get_ssl(c->stream)) &&
		process_clock_is_believed(edge->self) &&
		!certificate_tolerated(context, c->fingerprint);
}

static bool edge_certless_room(void *context)
{
	struct edge *edge = context;
	struct connection *oldest = TAILQ_FIRST(&edge->crowds[CROWD_NAMELESS]);

	if (!edge->tls_pins.certificate_optional)
		return false;
	if (oldest && edge->certless >= edge_settings(edge)->unproven)
		connection_close(oldest, "makes room for others");
	return edge->certless < edge_settings(edge)->unproven;
}

static const struct partner *edge_named(void *context, struct slice id)
{
	const struct registry *registry = ((struct edge *)context)->self->registry;
	const struct partner *partner;
	size_t index;

	if (registry_find(&index, registry, id, NULL) != ST_OK)
		return NULL;
	partner = registry_partner(registry, index);
	/* Of an agreement that cannot be read nobody knows it: that is told, and no more. */
	return partner->agreement->unread || agreement_unproven(partner->agreement) ? partner
										     : NULL;
}

static bool edge_is_old_tls(void *context, struct bufferevent *stream)
{
	(void)context;
	return tls_is_old(bufferevent_openssl_get_ssl(stream));
}

static struct protecting edge_protecting(void *context, struct bufferevent *stream)
{
	struct ssl_st *ssl = bufferevent_openssl_get_ssl(stream);

	(void)context;
	return (struct protecting){ .is_hybrid = tls_is_hybrid(ssl),
		.shown = tls_peer_measure(ssl) };
}

static enum status edge_paced(void *context, unsigned *wait_s, const struct partner *partner,
	enum area area, struct fault *f)
{
	struct edge *edge = context;
	int64_t now = clock_mono_ns();

	return partner ? meters_take(edge->meters, wait_s, partner, area, now, f)
		       : meters_take_stranger(edge->meters, wait_s,
				 &edge_settings(edge)->stranger_messages, now, f);
}

static unsigned crowd_count(const struct connections *crowd, const char *partner)
{
	unsigned count = 0;

	for (const struct connection *c = TAILQ_FIRST(crowd); c; c = TAILQ_NEXT(c, link))
		count += strcmp(c->partner, partner) == 0;
	return count;
}

/* Who was opened or has answered a moment ago may be asked by now. */
static bool is_spare(struct edge *edge, const struct connection *c, int64_t now)
{
	int64_t since = c->late_mono_ns - edge_settings(edge)->idle_ns;

	return now - since >= SPARE_AFTER;
}

/* Of a partner's, who has been idle for longest, and for long enough. */
static struct connection *spare_find(struct edge *edge, const char *partner)
{
	int64_t now = clock_mono_ns();
	struct connection *c;

	TAILQ_FOREACH(c, &edge->crowds[CROWD_IDLE], link)
		if (strcmp(c->partner, partner) == 0)
			return is_spare(edge, c, now) ? c : NULL;
	return NULL;
}

/*
 * What is kept for later, and may be of another lane, makes room for what comes now.  Else notices
 * are still taken: bills that are all under way at once must not keep them out.
 */
static enum room edge_room(void *context, const struct connection *c)
{
	struct edge *edge = context;
	const struct partner *partner = edge_partner(edge, c->fingerprint);
	unsigned others = crowd_count(&edge->crowds[CROWD_IDLE], c->partner) +
		crowd_count(&edge->crowds[CROWD_BUSY], c->partner);

	if (!partner || others < partner->agreement->connections)
		return ROOM_FOR_ALL;
	struct connection *spare = spare_find(edge, c->partner);
	if (spare) {
		connection_close(spare, "makes room for another one of its partner");
		return ROOM_FOR_ALL;
	}
	return crowd_count(&edge->crowds[CROWD_BEYOND], c->partner) <
			partner->agreement->connections
		? ROOM_FOR_NOTICES
		: ROOM_FOR_NOTHING;
}

static bool edge_draining(void *context)
{
	return process_draining(((struct edge *)context)->self);
}

/* --- room --- */

/* Something may go to make room; of the handshakes the older of two. */
static bool room_possible(const struct edge *edge)
{
	const struct connections *unproven = &edge->crowds[CROWD_UNPROVEN];

	for (enum crowd i = 0; i < CROWD_BUSY; i++)
		if (i != CROWD_UNPROVEN && !TAILQ_EMPTY(&edge->crowds[i]))
			return true;
	return TAILQ_FIRST(unproven) != TAILQ_LAST(unproven, connections);
}

static void listener_judge(struct edge *edge)
{
	bool room = edge->open < edge_settings(edge)->connections || room_possible(edge);

	if (!edge->listener || room == edge->listening)
		return;
	edge->listening = room;
	listener_switch(edge->listener, room);
}

static void room_make(struct edge *edge)
{
	struct connection *oldest = NULL;

	for (enum crowd i = 0; i < CROWD_BUSY && !oldest; i++)
		oldest = TAILQ_FIRST(&edge->crowds[i]);
	if (oldest && edge->open >= edge_settings(edge)->connections)
		connection_close(oldest, "makes room for others");
}

static void edge_closed(struct edge *edge, const struct connection *c)
{
	edge->open--;
	edge->certless -= c->certless;
	event_active(edge->reaper, EV_TIMEOUT, 1);
	if (edge->open == 0 && process_draining(edge->self))
		process_finish(edge->self);
}

/* Its head is read, or its answer is about to leave. */
static void edge_mark(struct edge *edge, const struct connection *c)
{
	if (c->phase == PHASE_BODY && !c->certless && c->request->admitted.area < AREAS)
		process_urgent(edge->self, area_profile(c->request->admitted.area)->lane);
}

static void edge_moved(void *context, struct connection *c, enum phase before)
{
	struct edge *edge = context;
	enum crowd from = crowd_of(c, before), to = crowd_of(c, c->phase);

	edge_mark(edge, c);
	if (before == PHASE_HANDSHAKE && c->phase != PHASE_IDLE)
		refusal_log(edge, c);
	if (before == PHASE_HANDSHAKE)
		edge->certless += c->certless;
	if (before == PHASE_HANDSHAKE && c->phase == PHASE_IDLE && !c->certless)
		gate_prove(edge->gate, c->address, clock_mono_ns());
	if (from == to)
		return;
	TAILQ_REMOVE(&edge->crowds[from], c, link);
	TAILQ_INSERT_TAIL(&edge->crowds[to], c, link);
	if (to == CROWD_CLOSED)
		edge_closed(edge, c);
	listener_judge(edge);
}

static void on_reap(evutil_socket_t fd, short what, void *context)
{
	struct edge *edge = context;
	struct connection *c;

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&edge->crowds[CROWD_CLOSED]))) {
		TAILQ_REMOVE(&edge->crowds[CROWD_CLOSED], c, link);
		connection_free(c);
	}
}

/* --- new connections --- */

static void address_format(char out[PEER_TEXT_MAX], const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	bool is_v4 = address->sa_family == AF_INET;
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(address->sa_family,
		is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, host,
		sizeof(host));
	snprintf(out, PEER_TEXT_MAX, is_v4 ? "%s:%u" : "[%s]:%u", host,
		ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
}

/*
 * Whoever is turned away here has cost us one accept().  A reset leaves nothing of it behind, and
 * tells the peer at once.
 */
static void shed(
	struct edge *edge, evutil_socket_t fd, const struct sockaddr *address, const char *why)
{
	char peer[PEER_TEXT_MAX];

	address_format(peer, address);
	if (edge_tells(edge, AWAY_AT_THE_GATE))
		log_info("handshake-shed", LOG_T("peer", peer), LOG_T("why", why));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
		sizeof(struct linger));
	fd_close(&fd);
}

/* What it is in that is named, or 0. */
static uint64_t network_of(const struct edge *edge, const struct address *from)
{
	struct address network;

	return origins_find(&network, edge->origins, from) ? gate_key(&network) : 0;
}

/* NULL: it may.  Else why not. */
static const char *gate_refuses(struct edge *edge, uint64_t key, uint64_t network)
{
	static const char *const why[] = {
		[GATE_ENTER] = NULL,
		[GATE_ADDRESS_BUSY] = "too many handshakes from this address",
		[GATE_STRANGERS_BUSY] = "too many handshakes from addresses of no partner",
	};
	const struct settings *s = edge_settings(edge);
	const struct gate_terms terms = { .proven = s->handshakes,
		.strangers = s->stranger_handshakes };

	return why[gate_ask(edge->gate, key, network, &terms, clock_mono_ns())];
}

static void let_in(struct edge *edge, int fd, const struct sockaddr *address)
{
	static const struct connection_host host = {
		.fingerprint = edge_fingerprint,
		.partner = edge_partner,
		.ended = edge_ended,
		.certless_room = edge_certless_room,
		.named = edge_named,
		.is_old_tls = edge_is_old_tls,
		.protecting = edge_protecting,
		.tells = edge_tells,
		.paced = edge_paced,
		.settings = edge_settings,
		.room = edge_room,
		.draining = edge_draining,
		.ask = edge_ask,
		.forget = edge_forget,
		.moved = edge_moved,
	};
	const struct address from = gate_address(address);
	char peer[PEER_TEXT_MAX];

	address_format(peer, address);
	room_make(edge);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	struct bufferevent *stream = bufferevent_openssl_socket_new(edge->self->loop, fd,
		tls_server_accept(edge->tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!stream)
		die("no memory for a connection");
	bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	edge->open++;
	struct connection *c = connection_new(&host, edge, edge->self->loop, stream, peer);
	c->address = gate_key(&from);
	TAILQ_INSERT_TAIL(&edge->crowds[CROWD_UNPROVEN], c, link);
	listener_judge(edge);
}

/* Of whom nobody knows: behind notices, and as much of it as of other work. */
static void on_stranger(void *context, int fd, const struct sockaddr *address)
{
	struct edge *edge = context;

	process_yield_pass(edge->self, TURN_LANE_LAST);
	let_in(edge, fd, address);
}

static int64_t strangers_wait_ns(void *context)
{
	return process_yield_ns(((struct edge *)context)->self, TURN_LANE_LAST);
}

static void on_accepted(void *context, int fd, const struct sockaddr *address)
{
	struct edge *edge = context;
	const struct address from = gate_address(address);
	uint64_t key = gate_key(&from), network = network_of(edge, &from);
	bool is_known = gate_knows(edge->gate, key, network, clock_mono_ns());
	const char *why = gate_refuses(edge, key, network);

	if (!why && is_known)
		let_in(edge, fd, address);
	else if (why || !foyer_add(edge->foyer, fd, address))
		shed(edge, fd, address, why ? why : "too many wait while something urgent is done");
}

/* Out of descriptors: accepting at once again would only spin. */
static void on_accept_failed(void *context)
{
	struct edge *edge = context;
	struct timeval pause = { .tv_usec = ACCEPT_PAUSE_US };

	log_warning("accept-failed", LOG_T("why", strerror(errno)));
	edge->listening = false;
	event_add(edge->reopener, &pause);
}

static void on_reopen(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	listener_judge(context);
}

/* --- life --- */

static void listener_start(struct edge *edge)
{
	static const struct listener_events events = { .accepted = on_accepted,
		.failed = on_accept_failed };

	listener_free(edge->listener);
	edge->listener =
		listener_new(edge->self->loop, FD_TAKE(edge->listen_fd), &events, edge);
	edge->listening = true;
}

static void edge_gate(struct process *self, int given)
{
	struct edge *edge = self->state;
	AUTO_FD fd = given;
	struct fault f;

	if (!edge->gate && gate_open(&edge->gate, fd, random_u64(), clock_mono_ns(), &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
}

static void edge_listen(struct process *self, int fd)
{
	struct edge *edge = self->state;

	fd_close(&edge->listen_fd);
	edge->listen_fd = fd;
	if (edge->tls)
		listener_start(edge);
}

/* What of TLS is taken from anybody, because somebody has nothing better. */
static void edge_relax(struct edge *edge)
{
	const struct registry *registry = edge->self->registry;

	edge->tls_pins.certificate_optional = edge->tls_pins.version_1_2 = false;
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct agreement *agreement = registry_partner(registry, i)->agreement;
		edge->tls_pins.certificate_optional |= agreement_unproven(agreement);
		edge->tls_pins.version_1_2 |= agreement_old_tls(agreement);
	}
}

static enum status edge_equip(struct edge *edge, struct fault *f)
{
	struct signer own = { .cert = edge->self->own[CERT_TLS],
		.key = edge->self->keys[CERT_TLS] };
	struct tls_server *tls = NULL;

	edge_relax(edge);
	TRY(tls_server_new(&tls, &own, &edge->tls_pins, f));
	tls_server_free(edge->tls);
	edge->tls = tls;
	return ST_OK;
}

static void crowd_close(struct connections *crowd, const char *why)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(crowd)))
		connection_close(c, why);
}

/*
 * Idle connections of partners who left are closed now; a request under way is judged by the
 * rules it began under.
 */
static void edge_config(struct process *self, const struct registry *before)
{
	struct edge *edge = self->state;
	struct connection *c, *next;
	struct fault f;

	(void)before;
	AUTO(pins) pins_before = edge->pins;
	edge->pins = pins_of(self);
	pins_inherit(edge->pins, pins_before, clock_utc_ns());
	news_free(edge->news);
	edge->news = news_new(self->registry);
	origins_free(edge->origins);
	edge->origins = origins_new(self->registry);
	AUTO(meters) meters_before = edge->meters;
	edge->meters = meters_new(self->registry, meters_before);
	if (edge_equip(edge, &f) != ST_OK)
		log_error("tls-unchanged", LOG_FAULT(&f));
	for (c = TAILQ_FIRST(&edge->crowds[CROWD_IDLE]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!edge_partner(edge, c->fingerprint))
			connection_close(c, "no partner any more");
	}
	if (!edge->tls_pins.certificate_optional)
		crowd_close(&edge->crowds[CROWD_NAMELESS], "shows no certificate");
	listener_judge(edge);
}

/* Whoever may be revoked now is judged again, as after a reload. */
static void edge_news(struct process *self, bool harsher)
{
	if (harsher)
		edge_config(self, self->registry);
}

static void edge_drain(struct process *self)
{
	struct edge *edge = self->state;

	listener_free(TAKE(edge->listener));
	foyer_free(TAKE(edge->foyer));
	for (enum crowd i = 0; i < CROWD_CLAIMED; i++)
		crowd_close(&edge->crowds[i], "this gateway is stopping");
	for (enum crowd i = CROWD_CLAIMED; i < CROWD_CLOSED; i++)
		for (struct connection *c = TAILQ_FIRST(&edge->crowds[i]); c;
			c = TAILQ_NEXT(c, link))
			connection_retire(c);
	if (edge->open == 0)
		process_finish(self);
}

static void edge_prepare(struct edge *edge)
{
	static const struct foyer_events foyer_events = { strangers_wait_ns, on_stranger };
	struct fault f;

	edge->foyer = foyer_new(edge->self->loop, &foyer_events, edge);
	edge->reaper = evtimer_new(edge->self->loop, on_reap, edge);
	edge->reopener = evtimer_new(edge->self->loop, on_reopen, edge);
	edge->pins = pins_of(edge->self);
	edge->news = news_new(edge->self->registry);
	edge->origins = origins_new(edge->self->registry);
	edge->meters = meters_new(edge->self->registry, NULL);
	if (!edge->gate)
		die("no page for the gate");
	if (edge_equip(edge, &f) != ST_OK)
		die("TLS: %s (%s)", f.text, f.code);
	if (edge->listen_fd >= 0)
		listener_start(edge);
}

static const struct process_role edge_role = {
	.role = ROLE_EDGE,
	.packet = edge_packet,
	.link = edge_link,
	.config = edge_config,
	.news = edge_news,
	.gate = edge_gate,
	.listen = edge_listen,
	.drain = edge_drain,
};

int edge_main(struct process *self)
{
	static struct edge edge = { .listen_fd = -1 };

	edge.self = self;
	edge.tls_pins = (struct tls_pins){ .known = certificate_known,
		.tolerated = certificate_tolerated,
		.vouched = certificate_vouched,
		.out_of_date = certificate_out_of_date,
		.context = &edge };
	for (size_t i = 0; i < CROWDS; i++)
		TAILQ_INIT(&edge.crowds[i]);
	self->state = &edge;
	process_init(self, &edge_role);
	edge_prepare(&edge);
	process_confine(self, &edge_sandbox, ".");
	return process_run(self);
}
