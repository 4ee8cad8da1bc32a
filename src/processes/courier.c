/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The courier: carries sealed bodies to partners and brings back what they answered.  It decides
 * when an attempt failed, never when a message is delivered: a receipt goes to an envelope to be
 * verified, and what is tried again and when is the ledger's.  It goes only to addresses in
 * partner sheets (promise 6).
 */
#include "processes/process.h"

#include <event2/event.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "processes/news.h"
#include "processes/refresh.h"
#include "processes/route.h"

#define UNDER_WAY_MAX 4096 /* transfers in all: the ledger asks for far fewer */
#define DRAIN_TIME_S 10

static const struct sandbox_path courier_paths[] = {
	{ "/etc/resolv.conf", SANDBOX_READ },
	{ "/etc/hosts", SANDBOX_READ },
	{ "/etc/nsswitch.conf", SANDBOX_READ },
	{ "/etc/gai.conf", SANDBOX_READ },
	{ "/etc/host.conf", SANDBOX_READ },
	{ "/etc/services", SANDBOX_READ },
	{ "/lib", SANDBOX_READ },
	{ "/lib64", SANDBOX_READ },
	{ "/usr/lib", SANDBOX_READ },
	{ "/usr/local/lib", SANDBOX_READ },
	{ "/run/systemd/resolve", SANDBOX_READ },
	{ "/dev/urandom", SANDBOX_READ },
};

const struct sandbox courier_sandbox = {
	.promises = "connect",
	.paths = courier_paths,
	.path_count = sizeof(courier_paths) / sizeof(courier_paths[0]),
};

struct courier {
	struct process *self;
	/* One place per partner of the registry, in its order; NULL before the first delivery. */
	struct route **routes;
	size_t route_count;
	/* Of configurations before: they finish what they have. */
	struct route *retired[PARTNERS_MAX];
	size_t retired_count;
	size_t under_way;
	struct transfers looked_at; /* piece by piece, before they go or their answers count */
	struct event *looker;
	struct event *sweeper; /* frees retired routes outside their own calls */
	struct event *drain_end;
	struct news *news;
	struct refresh *refresh; /* of the first courier; NULL: another one fetches */
};

/* --- what came of it --- */

/* Where we do not know what is agreed nothing of the partner's goes: when one does, all may. */
static enum setback setback_of(const struct transfer *t, const struct fault *f)
{
	if (t)
		return transfer_setback(t);
	return strcmp(f->code, "agreement.unread") == 0 ? SETBACK_UNREACHED : SETBACK_OTHER;
}

/* Trouble of this host passes; the message must not be given up for it. */
static void failure_report(
	struct courier *courier, const struct transfer *t, uint64_t row, const struct fault *f)
{
	struct verb_failed failed = {
		.row = row,
		.status = f->status == ST_HOST ? ST_RETRY : f->status,
		.code = slice_str(f->code),
		.text = slice_str(f->text),
		.http_status = t ? t->http_status : 0,
		.retry_after_s = t ? t->retry_after_s : 0,
		.setback = setback_of(t, f),
	};
	struct fault lost;

	if (process_send(process_link(courier->self, ROLE_LEDGER, 0), VERB_FAILED, row, &failed, -1,
		    &lost) != ST_OK)
		log_warning("report-lost", LOG_I("row", row), LOG_FAULT(&lost));
}

static enum status answer_pass_on(
	struct courier *courier, const struct transfer *t, struct fault *f)
{
	struct verb_check check = {
		.row = t->row,
		.area = t->area,
		.http_status = t->http_status,
		.partner = slice_str(t->partner),
		.message_id = slice_str(t->message_id),
		.type = slice_str(t->type),
		.sent_ns = t->started_ns,
		.answered_ns = clock_utc_ns(),
		.is_rest = t->resume.step == RESUME_RESTS,
	};
	const struct slice answer = buf_slice(&t->answer);
	const struct errand errand = { area_profile(t->area)->lane, answer.n, check.partner };
	AUTO_FD fd = -1;
	unsigned index;

	TRY(body_new(&fd, "receipt", &answer, 1, f));
	return process_send(process_envelope_link(courier->self, &errand, &index), VERB_CHECK,
		t->row, &check, fd, f);
}

static enum status taken_report(
	struct courier *courier, const struct transfer *t, struct fault *f)
{
	struct verb_taken taken = { .http_status = t->http_status };

	return process_send(process_link(courier->self, ROLE_LEDGER, 0), VERB_TAKEN, t->row, &taken,
		-1, f);
}

#define ATTEMPT_FIELDS(t)                                                          \
	LOG_T("partner", (t)->partner), LOG_T("area", area_name((t)->area)),       \
		LOG_T("msg", (t)->message_id), LOG_I("attempt", (t)->attempt),     \
		LOG_I("size", (t)->n), LOG_I("http", (t)->http_status),            \
		LOG_I("ms", (clock_mono_ns() - (t)->started_mono_ns) / NS_PER_MS), \
		LOG_T("group", (t)->group), LOG_T("what", (t)->receipt ? "receipt" : "message")

static void attempt_log(const struct transfer *t, enum status st, const struct fault *f)
{
	if (st == ST_OK)
		log_debug("delivery-attempt", ATTEMPT_FIELDS(t));
	else
		log_info("delivery-attempt", ATTEMPT_FIELDS(t), LOG_FAULT(f));
}

static void drain_judge(struct courier *courier)
{
	if (courier->under_way == 0 && process_draining(courier->self))
		process_finish(courier->self);
}

static void conclude(
	struct courier *courier, struct transfer *ended, enum status st, const struct fault *why)
{
	AUTO(transfer) t = ended;
	struct fault f = *why;

	if (st == ST_OK)
		st = transfer_taken(t) ? taken_report(courier, t, &f)
				       : answer_pass_on(courier, t, &f);
	attempt_log(t, st, &f);
	if (st != ST_OK)
		failure_report(courier, t, t->row, &f);
	courier->under_way--;
	drain_judge(courier);
}

static void look_later(struct courier *courier, struct transfer *t)
{
	TAILQ_INSERT_TAIL(&courier->looked_at, t, link);
	event_active(courier->looker, EV_TIMEOUT, 1);
}

/* An answer that ends something, by who has had some of what nobody has compared. */
static bool is_rash(const struct transfer *t, enum status st)
{
	return st != ST_RETRY && t->looked > 0 && transfer_may_be_looked_at(t);
}

static void on_answered(struct courier *courier, struct route *route, struct transfer *t,
	enum status st, const struct fault *why)
{
	/* Who answers has shown a certificate of the partner's sheet. */
	news_tell(courier->news, courier->self, slice_str(route_partner(route)),
		slice_str(t->version), slice_str(t->product), slice_str(t->features));
	if (is_rash(t, st))
		look_later(courier, t);
	else
		conclude(courier, t, st, why);
}

static void on_done(void *context, struct route *route, struct transfer *t, enum status st,
	const struct fault *why)
{
	struct courier *courier = context;

	process_urgent(courier->self, area_profile(t->area)->lane);
	if (transfer_rest_is_due(t))
		look_later(courier, t);
	else
		on_answered(courier, route, t, st, why);
	if (courier->retired_count > 0)
		event_active(courier->sweeper, EV_TIMEOUT, 1);
}

/* --- routes --- */

static void on_sweep(evutil_socket_t fd, short what, void *context)
{
	struct courier *courier = context;
	size_t kept = 0;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < courier->retired_count; i++)
		if (route_busy(courier->retired[i]) > 0)
			courier->retired[kept++] = courier->retired[i];
		else
			route_free(courier->retired[i]);
	courier->retired_count = kept;
}

/*
 * An idle route goes at once, and so does a busy one when reloads come faster than its
 * transfers end.
 */
static void route_retire(struct courier *courier, struct route *route)
{
	if (!route)
		return;
	if (route_busy(route) > 0 && courier->retired_count < PARTNERS_MAX) {
		courier->retired[courier->retired_count++] = route;
		return;
	}
	courier->under_way -= route_busy(route);
	route_free(route);
}

/*
 * The routes that still lead to the same place the same way move to their new index; the others
 * retire.
 */
static void routes_move(struct courier *courier, struct route **next)
{
	const struct registry *registry = courier->self->registry;
	size_t index;

	for (size_t i = 0; i < courier->route_count; i++) {
		struct route *route = courier->routes[i];
		if (route &&
			registry_find(&index, registry, slice_str(route_partner(route)), NULL) ==
				ST_OK &&
			route_serves(route, registry_partner(registry, index)))
			next[index] = route;
		else
			route_retire(courier, route);
	}
}

static void routes_renew(struct courier *courier)
{
	size_t count = registry_partner_count(courier->self->registry);
	struct route **next = alloc_zeroed(count + 1, sizeof(*next));

	routes_move(courier, next);
	news_free(courier->news);
	courier->news = news_new(courier->self->registry);
	free(courier->routes);
	courier->routes = next;
	courier->route_count = count;
}

/* --- deliveries --- */

/*
 * Our own agreement forbids it now: nobody has refused the message, and the operator may allow it
 * again before its deadline.
 */
static enum status held(enum status st, struct fault *f)
{
	if (st == ST_AUTH)
		f->status = st = ST_RETRY;
	return st;
}

/* A receipt goes wherever a message was let in from, whatever we may send there ourselves. */
static enum status delivery_permitted(
	const struct agreement *agreement, const struct verb_deliver *verb, struct fault *f)
{
	if (!verb->receipt)
		return agreement_permits(agreement, DIRECTION_SEND, verb->area, 0, S(""), f);
	TRY(agreement_check_read(agreement, f));
	return agreement->suspended ? fault_set(f, ST_AUTH, "agreement.suspended",
					      "the agreement is suspended")
				    : ST_OK;
}

static enum status route_find(struct route **out, struct courier *courier,
	const struct verb_deliver *verb, struct fault *f)
{
	struct process *self = courier->self;
	const struct partner *partner;
	size_t index;

	if (verb->area >= AREAS)
		bug("area %u", verb->area);
	if (courier->under_way >= UNDER_WAY_MAX)
		return fault_set(f, ST_RETRY, "courier.busy", "%d attempts are under way already",
			UNDER_WAY_MAX);
	if (registry_find(&index, self->registry, verb->partner, NULL) != ST_OK)
		return fault_set(f, ST_RETRY, "agreement.none", "held: %.*s is no partner now",
			SLICE_FMT(verb->partner));
	partner = registry_partner(self->registry, index);
	TRY(held(delivery_permitted(partner->agreement, verb, f), f));
	if (!courier->routes[index])
		courier->routes[index] = route_new(self, partner, on_done, courier);
	*out = courier->routes[index];
	return ST_OK;
}

/*
 * What was changed when it was looked at last goes on its way only when it is whole, lest a partner
 * gets all but the last of it again and again.
 */
static void doubted_keep(struct courier *courier, struct transfer *t, int64_t expires_ns)
{
	t->expires_ns = expires_ns;
	t->started_mono_ns = clock_mono_ns();
	look_later(courier, t);
}

static enum status deliver(struct courier *courier, const struct verb_deliver *verb,
	struct ipc_packet *packet, struct fault *f)
{
	struct transfer *t;
	struct route *route;

	TRY(route_find(&route, courier, verb, f));
	TRY(transfer_new(&t, verb, packet->id, FD_TAKE(packet->fd), f));
	courier->under_way++;
	process_urgent(courier->self, area_profile(verb->area)->lane);
	if (verb->is_doubted && transfer_may_be_looked_at(t))
		doubted_keep(courier, t, verb->expires_ns);
	else
		route_start(route, t, verb->expires_ns);
	return ST_OK;
}

static void held_report(struct courier *courier, const struct verb_deliver *verb, uint64_t row,
	const struct fault *f)
{
	log_warning("delivery-held", LOG_S("partner", verb->partner),
		LOG_S("msg", verb->message_id), LOG_FAULT(f));
	failure_report(courier, NULL, row, f);
}

/* Where it goes may be another place by now, or none. */
static void compared_start(struct courier *courier, struct transfer *compared)
{
	AUTO(transfer) t = compared;
	const struct verb_deliver verb = { .area = t->area,
		.partner = slice_str(t->partner),
		.message_id = slice_str(t->message_id) };
	struct route *route;
	struct fault f;

	if (route_find(&route, courier, &verb, &f) == ST_OK) {
		const int64_t expires_ns = t->expires_ns;
		route_start(route, TAKE(t), expires_ns);
		return;
	}
	held_report(courier, &verb, t->row, &f);
	courier->under_way--;
	drain_judge(courier);
}

static void looked(struct courier *courier, struct transfer *t)
{
	struct fault f = { .status = ST_OK };

	if (t->http_status == 0)
		compared_start(courier, t);
	else
		conclude(courier, t, transfer_judge(t, &f), &f);
}

/* One piece: what else there is to do here does not wait for all of it. */
static void on_look(evutil_socket_t fd, short what, void *context)
{
	struct courier *courier = context;
	struct transfer *t = TAILQ_FIRST(&courier->looked_at);

	(void)fd;
	(void)what;
	if (!t)
		return;
	TAILQ_REMOVE(&courier->looked_at, t, link);
	const enum status st = transfer_look(t, &t->fault);
	if (st != ST_OK)
		conclude(courier, t, st, &t->fault);
	else if (transfer_may_be_looked_at(t))
		TAILQ_INSERT_TAIL(&courier->looked_at, t, link);
	else
		looked(courier, t);
	if (!TAILQ_EMPTY(&courier->looked_at))
		event_active(courier->looker, EV_TIMEOUT, 1);
}

/* What comes while we drain is left: the ledger starts it again when our link closes. */
static void on_deliver(struct process *self, struct ipc_packet *packet)
{
	struct verb_deliver verb;
	struct fault f;

	if (process_draining(self) || ipc_body_parse(&verb, packet, &f) != ST_OK)
		return;
	if (deliver(self->state, &verb, packet, &f) == ST_OK)
		return;
	held_report(self->state, &verb, packet->id, &f);
}

static void courier_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct courier *courier = self->state;

	(void)link;
	if (packet->code == VERB_DELIVER)
		on_deliver(self, packet);
	if (packet->code == VERB_JUDGED && courier->refresh)
		refresh_judged(courier->refresh, packet);
	if (packet->code == VERB_REFRESH && courier->refresh)
		refresh_all(courier->refresh);
}

/* --- life --- */

static void abort_all(struct courier *courier)
{
	struct transfer *t;

	for (size_t i = 0; i < courier->route_count; i++)
		if (courier->routes[i])
			route_abort(courier->routes[i]);
	for (size_t i = 0; i < courier->retired_count; i++)
		route_abort(courier->retired[i]);
	while ((t = TAILQ_FIRST(&courier->looked_at))) {
		TAILQ_REMOVE(&courier->looked_at, t, link);
		transfer_free(t);
	}
	courier->under_way = 0;
	event_active(courier->sweeper, EV_TIMEOUT, 1);
	drain_judge(courier);
}

/*
 * A ledger that restarts starts every delivery again: what we carry for the one before is
 * nobody's.
 */
static void courier_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	struct courier *courier = self->state;

	(void)index;
	if (role == ROLE_LEDGER && !link && courier->under_way > 0)
		abort_all(courier);
	if (role == ROLE_ENVELOPE && link && courier->refresh)
		refresh_met(courier->refresh);
}

static void courier_config(struct process *self, const struct registry *before)
{
	struct courier *courier = self->state;

	(void)before;
	routes_renew(courier);
	if (courier->refresh)
		refresh_config(courier->refresh);
}

/* A server that is revoked now is left at once. */
static void courier_news(struct process *self, bool harsher)
{
	struct courier *courier = self->state;

	if (harsher)
		routes_renew(courier);
	if (courier->refresh)
		refresh_news(courier->refresh);
}

static void on_drain_end(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	abort_all(context);
}

static void courier_drain(struct process *self)
{
	struct courier *courier = self->state;
	struct timeval end = { .tv_sec = DRAIN_TIME_S };

	if (courier->refresh)
		refresh_stop(courier->refresh);
	event_add(courier->drain_end, &end);
	drain_judge(courier);
}

/* A thread of libcurl looks up one name; with the system's 8 MiB a hundred would be the bound. */
#define THREAD_STACK (256 << 10)

static void threads_be_small(void)
{
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0 ||
		pthread_attr_setstacksize(&attributes, THREAD_STACK) != 0 ||
		pthread_setattr_default_np(&attributes) != 0)
		die("setting the stack of threads");
	pthread_attr_destroy(&attributes);
}

/* libcurl and the resolver load what they need while the disk can still be read. */
static void courier_warm(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die("libcurl does not start");
	curl_easy_cleanup(curl_easy_init());
	if (getaddrinfo("localhost", "443", &hints, &found) == 0)
		freeaddrinfo(found);
}

static const struct process_role courier_role = {
	.role = ROLE_COURIER,
	.packet = courier_packet,
	.link = courier_link,
	.config = courier_config,
	.news = courier_news,
	.drain = courier_drain,
};

int courier_main(struct process *self)
{
	static struct courier courier;

	courier.self = self;
	self->state = &courier;
	process_init(self, &courier_role);
	threads_be_small();
	courier_warm();
	TAILQ_INIT(&courier.looked_at);
	courier.looker = evtimer_new(self->loop, on_look, &courier);
	courier.sweeper = evtimer_new(self->loop, on_sweep, &courier);
	courier.drain_end = evtimer_new(self->loop, on_drain_end, &courier);
	routes_renew(&courier);
	courier.refresh = self->index == 0 ? refresh_new(self) : NULL;
	process_confine(self, &courier_sandbox, NULL);
	return process_run(self);
}
