/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One task a list and one a certificate.  A round of a task asks its addresses one after the other,
 * those first that answered last time, until one's answer was kept.  Nothing of it is needed after
 * a restart but what the ledger holds.
 */
#include "processes/refresh.h"

#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "processes/envelopes.h"
#include "processes/fetch.h"
#include "processes/turns.h"
#include "safeguards/chain.h"
#include "safeguards/ocsp.h"

#define FLIGHTS_MAX 8               /* at once: they are no traffic that anybody waits for */
#define PARTNER_FLIGHTS_MAX 4       /* of these: nobody's slow source keeps others waiting */
#define PAUSE_LEAST (10 * NS_PER_S)
#define PAUSE_MOST (6 * 3600 * NS_PER_S)
#define BACKOFF_FIRST (10 * NS_PER_S)
#define BACKOFF_MOST (3600 * NS_PER_S)
#define LOOK_S 60                   /* at the latest: somebody may set the clock */
#define JUDGE_TIME (60 * NS_PER_S)  /* an envelope that ended says nothing */
#define LIST_TIME (120 * NS_PER_S)
#define ANSWER_TIME (20 * NS_PER_S)
#define HOUSE_FIRST NS_PER_S
#define HOUSE_MOST (64 * NS_PER_S)
#define TOLD_AGAIN (3600 * NS_PER_S)
#define ALARM_AFTER (900 * NS_PER_S) /* a source that fails for so long is told of */
#define TASKS_MAX 65536
#define HEALTHS_MAX 4096

struct task {
	enum fetched_kind kind;
	uint8_t key[FETCHED_KEY_SIZE];
	const struct partner *partner; /* of the registry in force */
	const struct sources *sources; /* its addresses; of a list, the one at first */
	size_t first;
	struct cert *cert, *issuer; /* of an answer; references */
	uint8_t nonce[OCSP_NONCE_SIZE];
	unsigned tried;         /* bits of addresses asked in this round */
	size_t at;              /* the address that is being asked */
	uint64_t ticket;        /* 0: nothing is under way */
	int64_t judge_mono_ns;  /* when an envelope has it: until when it is waited for; 0: not */
	unsigned failures;      /* rounds in a row */
	unsigned delays;        /* times in a row that our own house failed */
	int64_t due_ns, told_ns;
};

/* How an address did, whoever asked. */
struct health {
	uint8_t key[FETCHED_KEY_SIZE];
	int64_t failing_ns, told_ns; /* 0: it does not */
};

struct refresh {
	struct process *self;
	struct fetcher *fetcher;
	struct buf authorities;
	struct buf tasks;   /* struct task */
	struct buf healths; /* struct health */
	struct event *timer;
	size_t flights;
	bool is_informed, is_stopped;
};

/* --- pauses --- */

static int64_t less_by_chance(int64_t most, int64_t at_most, uint64_t dice)
{
	return most - (int64_t)(dice % (uint64_t)(at_most + 1));
}

int64_t refresh_pause_ns(int64_t fetched_ns, int64_t next_ns, uint64_t dice)
{
	int64_t half = next_ns > fetched_ns ? (next_ns - fetched_ns) / 2 : 0;

	if (half > PAUSE_MOST)
		half = PAUSE_MOST;
	half = less_by_chance(half, half / 10, dice);
	return half < PAUSE_LEAST ? PAUSE_LEAST : half;
}

int64_t refresh_backoff_ns(unsigned failures, uint64_t dice)
{
	int64_t pause = BACKOFF_FIRST;

	for (unsigned i = 1; i < failures && pause < BACKOFF_MOST; i++)
		pause *= 2;
	if (pause > BACKOFF_MOST)
		pause = BACKOFF_MOST;
	return less_by_chance(pause + pause / 4, pause / 2, dice);
}

int64_t refresh_delay_ns(unsigned delays)
{
	int64_t pause = HOUSE_FIRST;

	for (unsigned i = 1; i < delays && pause < HOUSE_MOST; i++)
		pause *= 2;
	return pause;
}

bool refresh_is_due(int64_t due_ns, int64_t now_ns)
{
	return due_ns <= now_ns || due_ns - now_ns > PAUSE_MOST;
}

/* --- addresses --- */

static struct health *health_of(struct refresh *r, const char *url)
{
	struct health fresh = { 0 };
	struct health *list = (struct health *)(void *)r->healths.p;
	size_t count = r->healths.n / sizeof(*list);

	source_key(fresh.key, url);
	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].key, fresh.key, sizeof(fresh.key)) == 0)
			return &list[i];
	if (count == HEALTHS_MAX)
		buf_clear(&r->healths); /* they are only told of once more */
	buf_put(&r->healths, slice_of(&fresh, sizeof(fresh)));
	return (struct health *)(void *)(r->healths.p + r->healths.n) - 1;
}

static size_t address_end(const struct task *t)
{
	return t->kind == FETCHED_LIST ? t->first + 1 : t->sources->count;
}

/* The next one that was not asked in this round, those that do not fail first. */
static bool address_next(struct refresh *r, struct task *t)
{
	size_t end = address_end(t), best = end;

	for (size_t i = end; i-- > t->first;)
		if (!(t->tried & (1u << i)) &&
			(best == end || !health_of(r, t->sources->urls[i])->failing_ns ||
				health_of(r, t->sources->urls[best])->failing_ns))
			best = i;
	t->at = best;
	return best < end;
}

static const char *address_of(const struct task *t)
{
	return t->sources->urls[t->at];
}

static void address_report(struct refresh *r, const struct task *t, const struct fault *why)
{
	uint8_t key[FETCHED_KEY_SIZE];
	struct verb_tried tried = { .source = slice_of(key, sizeof(key)),
		FAULT_VERB(why),
		.tried_ns = clock_utc_ns() };
	struct fault f;

	source_key(key, address_of(t));
	if (process_send(process_link(r->self, ROLE_LEDGER, 0), VERB_TRIED, 0, &tried, -1, &f) !=
		ST_OK)
		log_debug("report-lost", LOG_FAULT(&f));
}

static void address_good(struct refresh *r, const struct task *t)
{
	struct health *h = health_of(r, address_of(t));
	const struct fault none = { .status = ST_OK };

	if (h->failing_ns)
		log_info("revocation-source", LOG_T("url", address_of(t)), LOG_T("state", "good"));
	h->failing_ns = h->told_ns = 0;
	address_report(r, t, &none);
}

/* Once when it begins, and as a warning when it goes on. */
static void address_bad(struct refresh *r, const struct task *t, const struct fault *why)
{
	struct health *h = health_of(r, address_of(t));
	int64_t now = clock_utc_ns();
	char since[TIME_TEXT_MAX];
	bool is_new = !h->failing_ns;

	h->failing_ns = is_new ? now : h->failing_ns;
	bool is_long = now - h->failing_ns >= ALARM_AFTER && now - h->told_ns >= TOLD_AGAIN;
	if (is_new || is_long)
		log_write(is_long ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "revocation-source",
			(const struct log_field[]){ LOG_T("url", address_of(t)),
				LOG_T("state", "FAILING"),
				LOG_T("since", time_format(since, h->failing_ns)), LOG_FAULT(why),
				{ .kind = LOG_END } });
	h->told_ns = is_long ? now : h->told_ns;
	address_report(r, t, why);
}

/* --- tasks --- */

static struct task *tasks_of(const struct refresh *r, size_t *count)
{
	*count = r->tasks.n / sizeof(struct task);
	return (struct task *)(void *)r->tasks.p;
}

static struct task *task_by_ticket(const struct refresh *r, uint64_t ticket)
{
	size_t count;
	struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; ticket != 0 && i < count; i++)
		if (tasks[i].ticket == ticket)
			return &tasks[i];
	return NULL;
}

static void wake_at(const struct refresh *r, int64_t at_ns)
{
	int64_t wait = at_ns - clock_utc_ns();

	wait = wait < 0 ? 0 : wait;
	wait = wait > LOOK_S * NS_PER_S ? LOOK_S * NS_PER_S : wait;
	event_add(r->timer, &(struct timeval){ wait / NS_PER_S, wait % NS_PER_S / 1000 });
}

/* Outside of whoever calls: what is due may have changed. */
static void look_soon(const struct refresh *r)
{
	wake_at(r, 0);
}

static bool held_times(struct fetched_times *out, const struct refresh *r, const struct task *t)
{
	return fetched_times(
		out, r->self->fetched, t->kind, slice_of(t->key, sizeof(t->key)));
}

/* What is held may be of before a restart. */
static void task_schedule(const struct refresh *r, struct task *t)
{
	struct fetched_times held;

	t->due_ns = held_times(&held, r, t)
		? held.fetched_ns + refresh_pause_ns(held.fetched_ns, held.next_ns, random_u64())
		: 0;
}

/* A judged task is done with its flight. */
static void task_land(struct refresh *r, struct task *t)
{
	t->ticket = 0;
	t->judge_mono_ns = 0;
	t->delays = 0;
	r->flights--;
}

static bool in_force(const struct refresh *r, const struct task *t, int64_t now_ns)
{
	struct fetched_times held;

	return held_times(&held, r, t) && now_ns - REVOCATION_SKEW_NS <= held.next_ns;
}

static void round_failed(struct refresh *r, struct task *t, const struct fault *why)
{
	int64_t now = clock_utc_ns();

	t->failures++;
	t->tried = 0;
	t->due_ns = now + refresh_backoff_ns(t->failures, random_u64());
	if (in_force(r, t, now) || now - t->told_ns < TOLD_AGAIN)
		return;
	t->told_ns = now;
	log_warning("revocation-unfetched", LOG_T("partner", t->partner->sheet->id),
		LOG_T("what", t->kind == FETCHED_LIST ? address_of(t) : cert_subject(t->cert)),
		LOG_T("state", "nothing in force is held"), LOG_FAULT(why));
}

/* The next address, in this round and behind who waits already; or the round is over. */
static void address_failed(struct refresh *r, struct task *t, const struct fault *why)
{
	task_land(r, t);
	if (address_next(r, t))
		t->due_ns = clock_utc_ns();
	else {
		t->at = address_end(t) - 1;
		round_failed(r, t, why);
	}
	look_soon(r);
}

/* What is wrong in our own house is no answer: the same address again, soon. */
static void house_failed(struct refresh *r, struct task *t, const struct fault *why)
{
	unsigned delays = t->delays + 1;

	log_info("revocation-waits", LOG_T("partner", t->partner->sheet->id), LOG_FAULT(why));
	task_land(r, t);
	t->delays = delays;
	t->tried &= ~(1u << t->at);
	t->due_ns = clock_utc_ns() + refresh_delay_ns(delays);
	look_soon(r);
}

static enum status request_make(struct buf *out, struct task *t, struct fault *f)
{
	const struct ocsp_question q = { .cert = t->cert,
		.issuer = t->issuer,
		.nonce = slice_of(t->nonce, sizeof(t->nonce)) };

	random_bytes(t->nonce, sizeof(t->nonce));
	return ocsp_request_put(out, &q, f);
}

static enum status task_ask(struct refresh *r, struct task *t, struct fault *f)
{
	AUTO_IN_PLACE(buf) request = buf_init(OCSP_REQUEST_MAX);
	bool is_list = t->kind == FETCHED_LIST;

	if (!is_list)
		TRY(request_make(&request, t, f));
	const struct fetch_order order = { .ticket = t->ticket,
		.url = address_of(t),
		.request = buf_slice(&request),
		.size_max = is_list ? LIST_FETCHED_MAX : OCSP_ANSWER_MAX,
		.time_ns = is_list ? LIST_TIME : ANSWER_TIME };
	return fetcher_start(r->fetcher, &order, f);
}

static void task_start(struct refresh *r, struct task *t)
{
	struct fault f;

	if (!address_next(r, t))
		bug("a round without an address");
	t->tried |= 1u << t->at;
	t->ticket = process_ticket(r->self);
	r->flights++;
	if (task_ask(r, t, &f) != ST_OK)
		house_failed(r, t, &f);
}

/* --- the loop --- */

/* An envelope that ended over an answer would end again: it counts as one that is no good. */
static void judges_watch(struct refresh *r, struct task *t, int64_t mono_ns)
{
	struct fault lost;

	if (t->judge_mono_ns == 0 || t->judge_mono_ns >= mono_ns)
		return;
	fault_set(&lost, ST_RETRY, "fetch.unjudged", "no envelope said what it is worth");
	address_bad(r, t, &lost);
	address_failed(r, t, &lost);
}

/* Whose tasks are under way. */
struct sky {
	const struct partner *partners[FLIGHTS_MAX];
	size_t count;
};

static struct sky sky_look(const struct refresh *r)
{
	struct sky sky = { .count = 0 };
	size_t count;
	const struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; i < count && sky.count < FLIGHTS_MAX; i++)
		if (tasks[i].ticket != 0)
			sky.partners[sky.count++] = tasks[i].partner;
	return sky;
}

static bool is_full(const struct sky *sky, const struct partner *p)
{
	size_t flights = 0;

	for (size_t i = 0; i < sky->count; i++)
		flights += sky->partners[i] == p;
	return flights >= PARTNER_FLIGHTS_MAX;
}

/* NULL: none is due, or may start. */
static struct task *longest_due(const struct refresh *r, int64_t now_ns)
{
	const struct sky sky = sky_look(r);
	struct task *best = NULL;
	size_t count;
	struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; i < count; i++)
		if (tasks[i].ticket == 0 && refresh_is_due(tasks[i].due_ns, now_ns) &&
			(!best || tasks[i].due_ns < best->due_ns) &&
			!is_full(&sky, tasks[i].partner))
			best = &tasks[i];
	return best;
}

/* Those that are due wait for one to land, which looks again. */
static int64_t next_due_ns(const struct refresh *r, int64_t now_ns)
{
	int64_t next = now_ns + LOOK_S * NS_PER_S;
	size_t count;
	const struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; i < count; i++)
		if (tasks[i].ticket == 0 && tasks[i].due_ns > now_ns && tasks[i].due_ns < next)
			next = tasks[i].due_ns;
	return next;
}

/*
 * Nothing is fetched that nobody could look into: at a start the first may be there alone, which
 * never does, or with the last, which does so with large lists.
 */
static bool envelope_is_there(const struct refresh *r)
{
	const struct errand small = { .lane = TURN_LANE_LAST };
	unsigned index;

	return process_envelope_link(r->self, &small, &index) != NULL;
}

static void look(struct refresh *r)
{
	int64_t now = clock_utc_ns(), mono = clock_mono_ns();
	size_t count;
	struct task *due, *tasks = tasks_of(r, &count);

	if (!r->is_informed || r->is_stopped || !envelope_is_there(r))
		return;
	for (size_t i = 0; i < count; i++)
		judges_watch(r, &tasks[i], mono);
	while (r->flights < FLIGHTS_MAX && (due = longest_due(r, now)))
		task_start(r, due);
	wake_at(r, next_due_ns(r, now));
}

static void timer_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	look(context);
}

/* A large list is for the envelope of large bodies: the others have messages to open. */
static enum status envelope_ask(struct refresh *r, struct task *t, int fd, struct fault *f)
{
	uint8_t key[FETCHED_KEY_SIZE];
	struct verb_fetched ask = { .kind = t->kind,
		.partner = slice_str(t->partner->sheet->id),
		.source = slice_of(key, sizeof(key)) };
	const struct errand errand = { .lane = TURN_LANE_LAST,
		.size = t->kind == FETCHED_LIST ? BODY_HUGE + 1 : 0 };
	unsigned index;

	source_key(key, address_of(t));
	if (t->kind == FETCHED_ANSWER) {
		ask.fingerprint = cert_fingerprint(t->cert);
		ask.nonce = slice_of(t->nonce, sizeof(t->nonce));
	}
	t->judge_mono_ns = clock_mono_ns() + JUDGE_TIME;
	return process_send(
		process_envelope_link(r->self, &errand, &index),
		VERB_FETCHED, t->ticket, &ask, fd, f);
}

static void on_fetched(
	void *context, uint64_t ticket, int fd, enum status st, const struct fault *why)
{
	AUTO_FD answer = fd;
	struct refresh *r = context;
	struct task *t = task_by_ticket(r, ticket);
	struct fault f = *why;

	if (!t) { /* nobody wants it any more */
		r->flights--;
		look_soon(r);
		return;
	}
	if (st == ST_OK && envelope_ask(r, t, answer, &f) == ST_OK)
		return;
	if (st == ST_OK || st == ST_HOST) {
		house_failed(r, t, &f);
		return;
	}
	address_bad(r, t, &f);
	address_failed(r, t, &f);
}

/* As an envelope says it.  A responder that does not know a certificate answered as it can. */
static void task_refused(struct refresh *r, struct task *t, const struct fault *why)
{
	struct slice code = slice_str(why->code);
	bool is_ocsp = slice_has_prefix(code, S("ocsp."));

	if (!is_ocsp && !slice_has_prefix(code, S("lists.")) &&
		!slice_has_prefix(code, S("revocation."))) {
		house_failed(r, t, why);
		return;
	}
	if (!slice_eq(code, S("ocsp.unknown")))
		address_bad(r, t, why);
	address_failed(r, t, why);
}

static void task_done(struct refresh *r, struct task *t, int64_t next_ns)
{
	int64_t now = clock_utc_ns();

	address_good(r, t);
	task_land(r, t);
	t->failures = t->tried = 0;
	t->told_ns = 0;
	t->due_ns = now + refresh_pause_ns(now, next_ns, random_u64());
	look_soon(r);
}

void refresh_judged(struct refresh *r, struct ipc_packet *packet)
{
	struct task *t = task_by_ticket(r, packet->id);
	struct verb_judged v;
	struct fault f;

	if (!t || ipc_body_parse(&v, packet, &f) != ST_OK)
		return;
	if (v.status == ST_OK) {
		task_done(r, t, v.next_ns);
		return;
	}
	fault_from_verb(&f, v.status, v.code, v.text);
	task_refused(r, t, &f);
}

/* --- what is wanted --- */

static void task_keep_state(struct task *t, const struct buf *before)
{
	const struct task *old = (const struct task *)(const void *)before->p;

	for (size_t i = 0; i < before->n / sizeof(*old); i++)
		if (old[i].kind == t->kind && memcmp(old[i].key, t->key, sizeof(t->key)) == 0) {
			t->told_ns = old[i].told_ns;
			t->due_ns = old[i].failures ? 0 : old[i].due_ns;
			return;
		}
}

static bool task_exists(const struct refresh *r, const struct task *wanted)
{
	size_t count;
	const struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; i < count; i++)
		if (tasks[i].kind == wanted->kind &&
			memcmp(tasks[i].key, wanted->key, sizeof(wanted->key)) == 0)
			return true;
	return false;
}

static void task_add(struct refresh *r, struct task *t, const struct buf *before)
{
	if (task_exists(r, t) || r->tasks.n + sizeof(*t) > r->tasks.max) {
		cert_free(t->cert);
		cert_free(t->issuer);
		return;
	}
	task_schedule(r, t);
	task_keep_state(t, before);
	buf_put(&r->tasks, slice_of(t, sizeof(*t)));
}

static void lists_want(struct refresh *r, const struct partner *p, const struct buf *before)
{
	const struct sources *crl = &p->agreement->trust.crl;

	for (size_t i = 0; i < crl->count; i++) {
		struct task t = { .kind = FETCHED_LIST, .partner = p, .sources = crl, .first = i };

		list_key(t.key, crl->urls[i], buf_slice(&p->agreement->trust.anchors));
		task_add(r, &t, before);
	}
}

static void answer_want(struct refresh *r, const struct partner *p, const struct anchors *anchors,
	const struct sheet_cert *listed, const struct buf *before)
{
	struct task t = { .kind = FETCHED_ANSWER,
		.partner = p,
		.sources = &p->agreement->trust.ocsp };
	struct slice key;

	if (cert_parse_der(&t.cert, buf_slice(&listed->der), NULL) != ST_OK)
		return;
	const struct cert *issuer = anchors_issuer(anchors, t.cert);
	if (!issuer || cert_has_ended(t.cert, clock_utc_ns())) {
		cert_free(t.cert);
		return;
	}
	t.issuer = cert_ref((struct cert *)(uintptr_t)issuer);
	key = cert_fingerprint(t.cert);
	for (size_t i = 0; i < sizeof(t.key); i++)
		t.key[i] = key.p[i];
	task_add(r, &t, before);
}

static void answers_want(struct refresh *r, const struct partner *p, const struct buf *before)
{
	const struct trust_terms *trust = &p->agreement->trust;
	AUTO(anchors) anchors = NULL;

	if (trust->ocsp.count == 0 ||
		anchors_parse(&anchors, buf_slice(&trust->anchors), NULL) != ST_OK)
		return;
	for (size_t i = 0; i < p->sheet->cert_count; i++)
		answer_want(r, p, anchors, &p->sheet->certs[i], before);
}

static struct buf tasks_new(void)
{
	return buf_init(TASKS_MAX * sizeof(struct task));
}

static void tasks_done(struct buf *tasks)
{
	struct task *list = (struct task *)(void *)tasks->p;

	for (size_t i = 0; i < tasks->n / sizeof(*list); i++) {
		cert_free(list[i].cert);
		cert_free(list[i].issuer);
	}
	buf_done(tasks);
}

/* Those that an envelope has end here; those that are being fetched, when they come. */
static void flights_forget(struct refresh *r)
{
	r->flights = fetcher_busy(r->fetcher);
}

void refresh_config(struct refresh *r)
{
	const struct registry *registry = r->self->registry;
	struct buf before = r->tasks;

	r->tasks = tasks_new();
	flights_forget(r);
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (!p->agreement->trust.asks_revocation || p->agreement->suspended)
			continue;
		lists_want(r, p, &before);
		answers_want(r, p, &before);
	}
	tasks_done(&before);
	look(r);
}

/*
 * At first it says how old things are.  Later it says what got lost on its way to the disk: what
 * went well, and is not held, is fetched again soon.
 */
static void task_compare(const struct refresh *r, struct task *t, bool is_first, int64_t now_ns)
{
	struct fetched_times unused;

	if (t->ticket != 0)
		return;
	if (is_first)
		task_schedule(r, t);
	else if (t->failures == 0 && t->due_ns > now_ns + PAUSE_LEAST &&
		!held_times(&unused, r, t))
		t->due_ns = now_ns + PAUSE_LEAST;
}

void refresh_news(struct refresh *r)
{
	bool is_first = !r->is_informed;
	int64_t now = clock_utc_ns();
	size_t count;
	struct task *tasks = tasks_of(r, &count);

	r->is_informed = true;
	for (size_t i = 0; i < count; i++)
		task_compare(r, &tasks[i], is_first, now);
	look(r);
}

void refresh_met(const struct refresh *r)
{
	look_soon(r);
}

void refresh_all(struct refresh *r)
{
	size_t count;
	struct task *tasks = tasks_of(r, &count);

	for (size_t i = 0; i < count; i++)
		tasks[i].due_ns = 0;
	look(r);
}

void refresh_stop(struct refresh *r)
{
	r->is_stopped = true;
	event_del(r->timer);
}

struct refresh *refresh_new(struct process *self)
{
	struct refresh *r = alloc_zeroed(1, sizeof(*r));

	*r = (struct refresh){ .self = self,
		.authorities = buf_init(FETCH_AUTHORITIES_MAX),
		.tasks = tasks_new(),
		.healths = buf_init(HEALTHS_MAX * sizeof(struct health)),
		.timer = evtimer_new(self->loop, timer_fired, r) };
	fetch_authorities_read(&r->authorities);
	r->fetcher = fetcher_new(self->loop, buf_slice(&r->authorities), on_fetched, r);
	refresh_config(r);
	return r;
}
