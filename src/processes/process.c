/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part every worker shares.  Everything a worker is given after it closed
 * its door arrives on descriptor 3 from the monitor: configuration, links,
 * listeners.  A worker that loses the monitor ends; the next one starts clean.
 */
#include "processes/process.h"

#include <event2/event.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pace.h"
#include "processes/envelopes.h"
#include "processes/snapshot.h"
#include "processes/urgency.h"
#include "safeguards/clock_belief.h"
#include "safeguards/crypto.h"

#define KEY_TIMEOUT_MS 5000
/*
 * Those that pass messages on, each in less time than it waits for a core, are prompt while there
 * is something urgent.  An envelope computes: it yields instead.
 */
#define PROMPT_ROLES                                                                               \
	(ROLE_BIT(ROLE_EDGE) | ROLE_BIT(ROLE_DESK) | ROLE_BIT(ROLE_LEDGER) | ROLE_BIT(ROLE_COURIER))
#define PROMPT_MS 200 /* after the last of it: what comes next comes soon */
#define CHANGE_LOOK_S 3600 /* at the latest: somebody may set the clock */

struct process_wiring {
	struct ipc *monitor;
	struct ipc *links[ROLES][WORKERS_MAX];
	unsigned turn[ROLES];
	int keyholder; /* asked in blocking calls, so it is no part of the loop */
	uint8_t answer[IPC_PACKET_MAX];
	struct key_service keys;
	struct fault key_fault;
	unsigned key_used;
	uint64_t ticket;
	struct urgency *urgency; /* NULL before the monitor gave it, and in the keyholder */
	struct yielding yielding;
	struct event *calm;      /* nothing urgent was here for PROMPT_MS */
	bool is_prompt;
	struct event *change; /* another of our certificates takes over */
	bool draining;
	int exit_code;
};

static enum status keyholder_call(struct process_wiring *w, struct buf *out, unsigned number,
	const struct key_request *request, struct fault *f)
{
	struct verb_key_ask ask = {
		.number = number,
		.scheme = request->scheme,
		.digest_name = slice_str(request->digest_name),
		.input = request->input,
	};
	struct ipc_packet packet;
	struct verb_key_answer answer;

	if (w->keyholder < 0)
		return fault_set(
			f, ST_RETRY, "key.unreachable", "the keyholder is being restarted");
	enum status st = ipc_call(&packet, w->answer, w->keyholder, &verbs, VERB_KEY_ASK, &ask, -1,
		KEY_TIMEOUT_MS, f);
	/*
	 * A late answer is dropped by the next call; a link that broke is replaced only when one of
	 * its ends is new.
	 */
	if (st == ST_RETRY && strcmp(f->code, "ipc.timeout") != 0)
		fd_close(&w->keyholder);
	if (st == ST_INPUT)
		die("the keyholder broke the protocol: %s (%s)", f->text, f->code);
	TRY(st);
	if (packet.code != VERB_KEY_ANSWER)
		return fault_set(f, ST_HOST, "key.unreachable", "the keyholder answered with %s",
			packet.type->name);
	TRY(ipc_body_parse(&answer, &packet, f));
	if (answer.status != ST_OK) {
		fault_from_verb(f, answer.status, answer.code, answer.text);
		return f->status;
	}
	buf_put(out, answer.output);
	return buf_check(out, f);
}

static enum status keyholder_ask(void *context, struct buf *out, unsigned number,
	const struct key_request *request, struct fault *f)
{
	struct process *self = context;
	struct process_wiring *w = self->wiring;
	enum status st = keyholder_call(w, out, number, request, &w->key_fault);

	if (st == ST_OK)
		w->key_used = number;
	else if (f)
		*f = w->key_fault;
	return st;
}

unsigned process_key_used(const struct process *self)
{
	return self->wiring->key_used;
}

enum status process_key_fault(struct fault *out, struct process *self)
{
	*out = self->wiring->key_fault;
	self->wiring->key_fault = (struct fault){ .status = ST_OK };
	return out->status;
}

const struct key_service *process_keys(struct process *self)
{
	return &self->wiring->keys;
}

/* --- configuration --- */

#define CLOSED_ADVICE                                                                              \
	"mend it and reload (SIGHUP): until then this partner is answered HTTP 503, and what we "  \
	"send to it waits; all others are served"

struct partners_heard {
	bool is_clock_wrong;
	bool says; /* what one of all processes says */
};

/*
 * By a clock that cannot be right sheets are not valid: nobody is to mend those.  Whom we are
 * closed to for a file that cannot be read is worth more than a warning.
 */
static void partner_refused(void *context, const char *dir, const struct fault *f)
{
	const struct partners_heard *heard = context;

	if (snapshot_is_agreement(dir)) {
		if (heard->says)
			log_error("partner-closed", LOG_T("file", dir), LOG_FAULT(f),
				LOG_T("advice", CLOSED_ADVICE));
	} else if (heard->is_clock_wrong)
		log_warning("partner-ignored", LOG_T("dir", dir), LOG_FAULT(f),
			LOG_T("advice", CLOCK_WRONG_ADVICE));
	else
		log_warning("partner-ignored", LOG_T("dir", dir), LOG_FAULT(f));
}

static bool role_signs(enum role role)
{
	return role == ROLE_EDGE || role == ROLE_ENVELOPE || role == ROLE_COURIER;
}

/* A configuration, whole, before it replaces the one in force. */
struct outfit {
	struct registry *registry;
	struct cert *root;
	struct keyring *ring;
	struct key *keys[KEYRING_MAX];
};

static void outfit_done(struct outfit *o)
{
	for (size_t i = 0; i < KEYRING_MAX; i++)
		key_free(o->keys[i]);
	keyring_free(o->ring);
	cert_free(o->root);
	registry_free(o->registry);
}

static enum status outfit_keys(struct outfit *out, const struct process *self, struct fault *f)
{
	for (size_t i = 0; role_signs(self->role->role) && i < out->ring->count; i++) {
		const struct keyring_cert *c = &out->ring->certs[i];
		TRY(key_remote(&out->keys[i], c->cert, keyring_number(c->use, c->generation),
			&self->wiring->keys, f));
	}
	return ST_OK;
}

/* Said by one of all processes, before what follows from it; in its directory lies ledger.db. */
static bool outfit_clock_is_wrong(
	const struct outfit *o, const struct process *self, int64_t now_ns)
{
	const struct keyring_cert *sign = keyring_current(o->ring, CERT_SIGN, now_ns);
	bool says = self->role->role == ROLE_LEDGER;
	const struct clock_held held = { .root = o->root,
		.sign = sign ? sign->cert : NULL,
		.recorded_ns = says ? clock_recorded_ns(AT_FDCWD) : 0 };
	bool is_wrong = clock_belief(&held, now_ns) == CLOCK_WRONG;
	char words[CLOCK_WRONG_MAX];

	if (is_wrong && says)
		log_error("clock-wrong", LOG_T("why", clock_wrong_words(words, &held, now_ns)),
			LOG_T("advice", CLOCK_WRONG_ADVICE));
	return is_wrong;
}

static enum status outfit_read(
	struct outfit *out, const struct process *self, struct slice snapshot, struct fault *f)
{
	int64_t now_ns = clock_utc_ns();

	TRY(snapshot_keyring(&out->ring, snapshot, f));
	enum status st = snapshot_root(&out->root, snapshot, f);
	if (st != ST_OK && st != ST_NONE)
		return st;
	struct partners_heard heard = { outfit_clock_is_wrong(out, self, now_ns),
		self->role->role == ROLE_LEDGER };
	TRY(snapshot_read_to_serve(
		&out->registry, snapshot, now_ns, partner_refused, &heard, f));
	return outfit_keys(out, self, f);
}

static struct outfit outfit_swap(struct process *self, const struct outfit *in)
{
	struct outfit before = { .registry = self->registry, .root = self->root,
		.ring = self->ring };

	self->registry = in->registry;
	self->root = in->root;
	self->ring = in->ring;
	for (size_t i = 0; i < KEYRING_MAX; i++) {
		before.keys[i] = self->ring_keys[i];
		self->ring_keys[i] = in->keys[i];
	}
	return before;
}

/* True when we send with another certificate than before. */
static bool own_select(struct process *self)
{
	int64_t now = clock_utc_ns(), next = keyring_change_ns(self->ring, now);
	int64_t wait_s = next - now > CHANGE_LOOK_S * NS_PER_S ? CHANGE_LOOK_S
							       : (next - now) / NS_PER_S + 1;
	bool changed = false;

	for (enum cert_use use = 0; use < CERT_USES; use++) {
		const struct keyring_cert *c = keyring_current(self->ring, use, now);
		changed |= self->own[use] != c->cert;
		self->own[use] = c->cert;
		self->keys[use] = self->ring_keys[c - self->ring->certs];
	}
	event_add(self->wiring->change, &(struct timeval){ wait_s, 0 });
	return changed;
}

static enum clock_belief belief_now(const struct process *self)
{
	const struct clock_held held = { .root = self->root, .sign = self->own[CERT_SIGN] };

	return clock_belief(&held, clock_utc_ns());
}

bool process_clock_is_believed(const struct process *self)
{
	return belief_now(self) == CLOCK_BELIEVED;
}

bool process_clock_is_wrong(const struct process *self)
{
	return belief_now(self) == CLOCK_WRONG;
}

static void on_change(evutil_socket_t fd, short what, void *context)
{
	struct process *self = context;

	(void)fd;
	(void)what;
	if (own_select(self) && self->role->config)
		self->role->config(self, self->registry);
}

/*
 * A reload that does not hold leaves the configuration in force: the operator sees why, partners
 * see nothing.
 */
static void config_refused(const struct process *self, const struct fault *f)
{
	if (!self->registry)
		die("configuration: %s (%s)", f->text, f->code);
	log_error("reload-refused", LOG_FAULT(f));
}

static void config_apply(struct process *self, int fd)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct outfit next = { 0 };
	struct fault f;

	if (mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, &f) != ST_OK ||
		outfit_read(&next, self, map.bytes, &f) != ST_OK) {
		config_refused(self, &f);
		outfit_done(&next);
		return;
	}
	struct outfit before = outfit_swap(self, &next);
	(void)own_select(self);
	log_init(self->name, registry_settings(self->registry)->log_level);
	if (before.registry && self->role->config)
		self->role->config(self, before.registry);
	outfit_done(&before);
}

/* --- links --- */

static bool link_place(
	enum role *role, unsigned *index, const struct process *self, const struct ipc *link)
{
	for (unsigned r = 0; r < ROLES; r++)
		for (unsigned i = 0; i < WORKERS_MAX; i++)
			if (self->wiring->links[r][i] == link) {
				*role = r;
				*index = i;
				return true;
			}
	return false;
}

void process_peer(
	enum role *role, unsigned *index, const struct process *self, const struct ipc *link)
{
	if (!link_place(role, index, self, link))
		bug("a packet from a link nobody handed out");
}

static void link_drop(struct process *self, enum role role, unsigned index)
{
	struct ipc *link = TAKE(self->wiring->links[role][index]);

	if (!link)
		return;
	if (self->role->link)
		self->role->link(self, role, index, NULL);
	ipc_free(link);
}

/* What cannot be read leaves what is known as it is. */
static void standing_take(struct process *self, const struct ipc_packet *packet)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	uint64_t before = fetched_generation(self->fetched);
	struct fault f;

	if (mapping_init(&map, packet->fd, FETCHED_SIZE_MAX, &f) != ST_OK ||
		fetched_take(self->fetched, map.bytes, &f) != ST_OK) {
		log_error("revocation-unread", LOG_FAULT(&f));
		return;
	}
	if (self->role->news)
		self->role->news(self, fetched_generation(self->fetched) != before);
}

static void link_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct process *self = context;

	if (self->fetched && packet->code == VERB_STANDING)
		standing_take(self, packet);
	else
		self->role->packet(self, link, packet);
}

static void link_closed(void *context, struct ipc *link, const struct fault *why)
{
	struct process *self = context;
	enum role role;
	unsigned index;

	if (!link_place(&role, &index, self, link))
		return;
	/* Both ends live on, and nobody would make the link anew: starting again does. */
	if (why->status == ST_INPUT)
		die("%s/%u broke the protocol: %s (%s)", role_name(role), index, why->text,
			why->code);
	log_info("link-down", LOG_T("to", role_name(role)), LOG_I("index", index), LOG_FAULT(why));
	link_drop(self, role, index);
}

static void link_take(struct process *self, const struct verb_link *place, int fd)
{
	static const struct ipc_events events = { .packet = link_packet, .closed = link_closed };
	struct process_wiring *w = self->wiring;

	if (place->role >= ROLES || place->index >= WORKERS_MAX)
		bug("a link to role %u, index %u", place->role, place->index);
	if (place->role == ROLE_KEYHOLDER && role_signs(self->role->role)) {
		fd_close(&w->keyholder);
		w->keyholder = fd;
		return;
	}
	link_drop(self, place->role, place->index);
	struct ipc *link = ipc_new(self->loop, fd, &verbs, ROLE_BIT(self->role->role),
		ROLE_BIT(place->role), &events, self);
	w->links[place->role][place->index] = link;
	if (self->role->link)
		self->role->link(self, place->role, place->index, link);
}

struct ipc *process_link(const struct process *self, enum role role, unsigned index)
{
	return index < WORKERS_MAX ? self->wiring->links[role][index] : NULL;
}

struct ipc *process_any_link(struct process *self, enum role role, unsigned *index)
{
	struct process_wiring *w = self->wiring;

	for (unsigned tried = 0; tried < WORKERS_MAX; tried++) {
		unsigned i = w->turn[role]++ % WORKERS_MAX;
		if (w->links[role][i]) {
			*index = i;
			return w->links[role][i];
		}
	}
	return NULL;
}

static bool partner_is_dear(const struct process *self, struct slice partner)
{
	size_t place;

	return registry_find(&place, self->registry, partner, NULL) == ST_OK &&
		urgency_is_dear(self->wiring->urgency, place, clock_mono_ns());
}

struct ipc *process_envelope_link(
	struct process *self, const struct errand *errand, unsigned *index)
{
	struct process_wiring *w = self->wiring;
	struct ipc *const *links = w->links[ROLE_ENVELOPE];
	bool is_dear = errand->lane == 0 && partner_is_dear(self, errand->partner);
	enum burden burden = envelopes_burden(errand->lane, errand->size, is_dear);
	uint32_t there = 0;

	for (unsigned i = 0; i < WORKERS_MAX; i++)
		there |= (uint32_t)(links[i] != NULL) << i;
	return envelopes_choose(index, &w->turn[ROLE_ENVELOPE], there, burden,
		       urgency_waiting(w->urgency))
		? links[*index]
		: NULL;
}

uint64_t process_ticket(struct process *self)
{
	return ++self->wiring->ticket;
}

enum status process_send(
	struct ipc *link, enum verb verb, uint64_t id, const void *body, int fd, struct fault *f)
{
	if (!link)
		return fault_set(f, ST_RETRY, "ipc.closed", "the process asked is being restarted");
	return ipc_send(link, verb, id, body, fd, f);
}

static void on_calm(evutil_socket_t fd, short what, void *context)
{
	struct process_wiring *w = context;

	(void)fd;
	(void)what;
	w->is_prompt = false;
	pace_set(PACE_STEADY);
}

static void hasten(struct process_wiring *w)
{
	event_add(w->calm, &(struct timeval){ 0, PROMPT_MS * 1000 });
	if (!w->is_prompt)
		pace_set(PACE_PROMPT);
	w->is_prompt = true;
}

void process_urgent(struct process *self, unsigned lane)
{
	urgency_mark(self->wiring->urgency, lane, clock_mono_ns());
	if (lane == 0 && (PROMPT_ROLES & ROLE_BIT(self->role->role)))
		hasten(self->wiring);
}

int64_t process_yield_ns(const struct process *self, unsigned lane)
{
	const struct process_wiring *w = self->wiring;

	return yielding_ns(&w->yielding, lane, urgency_seen_ns(w->urgency), clock_mono_ns());
}

void process_yield_pass(struct process *self, unsigned lane)
{
	yielding_pass(&self->wiring->yielding, lane, clock_mono_ns());
}

void process_waiting(struct process *self, uint32_t count)
{
	if (self->role->role == ROLE_ENVELOPE && self->index == ENVELOPE_URGENT)
		urgency_waiting_set(self->wiring->urgency, count);
}

bool process_dear(struct process *self, struct slice partner)
{
	bool was_dear = partner_is_dear(self, partner);
	size_t place;

	if (registry_find(&place, self->registry, partner, NULL) != ST_OK)
		return false;
	urgency_dear_mark(self->wiring->urgency, place, clock_mono_ns());
	return !was_dear;
}

void fault_from_verb(struct fault *f, uint32_t status, struct slice code, struct slice text)
{
	char name[FAULT_CODE_MAX] = "ipc.fault";

	if (status == ST_OK || status >= STATUSES)
		status = ST_HOST;
	if (slice_to_text(name, sizeof(name), code, NULL) != ST_OK)
		status = ST_HOST;
	fault_set(f, status, name, "%.*s", SLICE_FMT(text));
}

/* --- the monitor's words --- */

static void on_config(struct process *self, struct ipc_packet *packet)
{
	config_apply(self, packet->fd);
}

static void on_link(struct process *self, struct ipc_packet *packet)
{
	struct verb_link place;
	struct fault f;

	if (ipc_body_parse(&place, packet, &f) == ST_OK)
		link_take(self, &place, FD_TAKE(packet->fd));
}

static void on_listen(struct process *self, struct ipc_packet *packet)
{
	if (self->role->listen)
		self->role->listen(self, FD_TAKE(packet->fd));
}

static void on_key(struct process *self, struct ipc_packet *packet)
{
	struct verb_key key;
	struct fault f;

	if (self->role->key && ipc_body_parse(&key, packet, &f) == ST_OK)
		self->role->key(self, key.number, FD_TAKE(packet->fd));
}

static void on_urgency(struct process *self, struct ipc_packet *packet)
{
	struct fault f;

	if (!self->wiring->urgency && urgency_open(&self->wiring->urgency, packet->fd, &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
}

static void on_gate(struct process *self, struct ipc_packet *packet)
{
	if (self->role->gate)
		self->role->gate(self, FD_TAKE(packet->fd));
}

static void on_drain(struct process *self, struct ipc_packet *packet)
{
	(void)packet;
	self->wiring->draining = true;
	if (self->role->drain)
		self->role->drain(self);
	else
		process_finish(self);
}

static void on_process(struct process *self, struct ipc_packet *packet)
{
	struct verb_process about;
	struct fault f;

	if (self->role->process && ipc_body_parse(&about, packet, &f) == ST_OK)
		self->role->process(self, &about);
}

static void monitor_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct process *, struct ipc_packet *) = {
		[VERB_CONFIG] = on_config, [VERB_LINK] = on_link,   [VERB_LISTEN] = on_listen,
		[VERB_KEY] = on_key,       [VERB_DRAIN] = on_drain, [VERB_PROCESS] = on_process,
		[VERB_URGENCY] = on_urgency, [VERB_GATE] = on_gate,
	};

	(void)link;
	if (handlers[packet->code])
		handlers[packet->code](context, packet);
}

static void monitor_closed(void *context, struct ipc *link, const struct fault *why)
{
	(void)context;
	(void)link;
	log_info("monitor-gone", LOG_FAULT(why));
	_exit(EXIT_SUCCESS);
}

/* --- life --- */

static void wiring_init(struct process *self)
{
	static const struct ipc_events events = { .packet = monitor_packet,
		.closed = monitor_closed };
	struct process_wiring *w = alloc_zeroed(1, sizeof(*w));

	self->wiring = w;
	w->keyholder = -1;
	w->keys = (struct key_service){ .ask = keyholder_ask, .context = self };
	w->ticket = random_u64() >> 1;
	w->change = evtimer_new(self->loop, on_change, self);
	w->calm = evtimer_new(self->loop, on_calm, w);
	w->monitor = ipc_new(self->loop, PROCESS_MONITOR_FD, &verbs, ROLE_BIT(self->role->role),
		ROLE_BIT(ROLE_MONITOR), &events, self);
}

void process_init(struct process *self, const struct process_role *role)
{
	struct fault f;

	memory_init();
	self->role = role;
	self->fetched = role_signs(role->role) ? fetched_new() : NULL;
	snprintf(self->name, sizeof(self->name), "%s/%u", role_name(role->role), self->index);
	log_init(self->name, LOG_LEVEL_INFO);
	if (crypto_init(&f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	self->loop = event_base_new();
	if (!self->loop)
		die("no event loop: is this a Linux with epoll?");
	wiring_init(self);
	while (!self->registry)
		if (event_base_loop(self->loop, EVLOOP_ONCE) != 0)
			die("the monitor ended before it sent the configuration");
}

/* Of its kind, in the configuration that it starts with. */
static void bound_memory(const struct process *self)
{
	const struct memory_terms *m = &registry_settings(self->registry)->memory;
	const uint64_t of[ROLES] = {
		[ROLE_EDGE] = m->edge,
		[ROLE_ENVELOPE] = m->envelope,
		[ROLE_KEYHOLDER] = m->keyholder,
		[ROLE_LEDGER] = m->ledger,
		[ROLE_COURIER] = m->courier,
		[ROLE_DESK] = m->desk,
	};
	struct fault f;

	if (memory_bound(of[self->role->role], true, &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
}

/* Stored names outlive no chroot: users are numbers, so nothing is looked up. */
static void drop_user(const struct process *self, const char *chroot_dir)
{
	unsigned id = registry_settings(self->registry)->uid_base + self->role->role;

	if (geteuid() != 0)
		return;
	if (chroot_dir && (chroot(chroot_dir) != 0 || chdir("/") != 0))
		die("chroot: %s (host.chroot)", strerror(errno));
	if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
		die("becoming user %u: %s (host.user)", id, strerror(errno));
}

void process_confine(struct process *self, const struct sandbox *sandbox, const char *chroot_dir)
{
	struct fault f;
	pid_t parent = getppid();

	if (crypto_warm(&f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	drop_user(self, chroot_dir);
	/* Set after the change of user, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		die("the monitor ended while this process started");
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	bound_memory(self);
	enum status st = sandbox_enter(sandbox, &f);
	if (st == ST_NONE)
		log_warning("sandbox-partial", LOG_FAULT(&f));
	else if (st != ST_OK)
		die("%s (%s)", f.text, f.code);
}

int process_run(struct process *self)
{
	struct fault f;

	if (ipc_send(self->wiring->monitor, VERB_READY, 0, &(struct verb_empty){ 0 }, -1, &f) !=
		ST_OK)
		die("telling the monitor that we are ready: %s", f.text);
	event_base_dispatch(self->loop);
	return self->wiring->exit_code;
}

void process_finish(struct process *self)
{
	event_base_loopexit(self->loop, NULL);
}

bool process_draining(const struct process *self)
{
	return self->wiring->draining;
}

int role_main(const char *name, const char *index)
{
	static int (*const mains[ROLES])(struct process *) = {
		[ROLE_EDGE] = edge_main,
		[ROLE_ENVELOPE] = envelope_main,
		[ROLE_KEYHOLDER] = keyholder_main,
		[ROLE_LEDGER] = ledger_main,
		[ROLE_COURIER] = courier_main,
		[ROLE_DESK] = desk_main,
	};
	struct process self = { 0 };
	uint64_t number;

	if (slice_u64(&number, slice_str(index), NULL) != ST_OK || number >= WORKERS_MAX)
		die("role index %s: this command is for the monitor only", index);
	self.index = (unsigned)number;
	for (unsigned role = 0; role < ROLES; role++)
		if (mains[role] && strcmp(role_name(role), name) == 0)
			return mains[role](&self);
	die("no role %s: this command is for the monitor only", name);
}
