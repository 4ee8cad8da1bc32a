/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection's life at the edge: handshake, then requests one after the other.  What a phase may
 * cost in time is one table, what it does with input another.  Input that comes while
 * an answer is awaited stays where it is, and at most INPUT_MAX of it is read.
 */
#include "processes/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "bindings/mdn.h"
#include "exchange/delivery.h"
#include "exchange/refusal.h"
#include "ledger/ledger.h"
#include "processes/process.h"

#define INPUT_MAX 32768 /* bytes of input waiting in memory */
#define ANSWER_HEAD_MAX 4096
#define SPOOL_TIME (10 * NS_PER_S)
#define AWAY_TIME (1 * NS_PER_S)
#define AWAY_BYTES_MAX UINT64_C(16384)
#define LINGER_TIME (3 * NS_PER_S)
#define LINGER_BYTES_MAX (UINT64_C(4) << 20)
#define DRAIN_PIECE_MAX 65536
#define RETRY_AFTER_S 5
#define RETRY_AFTER_RESTART_S 1 /* a process of ours is back in a moment */

static void connection_work(struct connection *c);

/* --- time --- */

static int64_t phase_time_ns(const struct connection *c)
{
	const struct settings *s = c->host->settings(c->context);
	const int64_t times[PHASES] = {
		[PHASE_HANDSHAKE] = s->handshake_ns,
		[PHASE_AWAY] = AWAY_TIME,
		[PHASE_IDLE] = s->idle_ns,
		[PHASE_HEAD] = s->head_ns,
		[PHASE_BODY] = s->body_idle_ns,
		[PHASE_SPOOL] = SPOOL_TIME,
		[PHASE_ANSWER] = work_time_ns(c->request ? c->request->size : 0),
		[PHASE_WRITE] = s->body_idle_ns,
		[PHASE_LINGER] = LINGER_TIME,
	};

	return times[c->phase];
}

static void timer_set(struct connection *c, int64_t now)
{
	int64_t rest = c->late_mono_ns > now ? c->late_mono_ns - now : 0;
	int64_t us = rest / 1000 + 1;
	struct timeval tv = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	c->timer_mono_ns = c->late_mono_ns;
	event_add(c->timer, &tv);
}

/*
 * The clock of the phase starts anew.  A timer that is set too early is left alone, and set
 * again when it fires: most phases end long before.
 */
static void clock_restart(struct connection *c)
{
	int64_t now = clock_mono_ns();

	c->late_mono_ns = now + phase_time_ns(c);
	if (c->phase == PHASE_BODY && c->request->body_until_mono_ns < c->late_mono_ns)
		c->late_mono_ns = c->request->body_until_mono_ns;
	if (c->timer_mono_ns == 0 || c->late_mono_ns < c->timer_mono_ns)
		timer_set(c, now);
}

static void phase_enter(struct connection *c, enum phase phase)
{
	enum phase before = c->phase;

	c->phase = phase;
	if (phase != PHASE_CLOSED)
		clock_restart(c);
	c->host->moved(c->context, c, before);
}

/* --- ends --- */

static void request_drop(struct connection *c)
{
	struct request *r = TAKE(c->request);

	if (r && r->ticket)
		c->host->forget(c->context, r);
	request_free(r);
}

void connection_close(struct connection *c, const char *why)
{
	if (c->phase == PHASE_CLOSED)
		return;
	if (!c->ending)
		c->ending = why;
	log_debug("connection-closed", LOG_T("peer", c->peer), LOG_T("partner", c->partner),
		LOG_T("why", c->ending));
	request_drop(c);
	event_free(TAKE(c->timer));
	if (c->drain)
		event_free(TAKE(c->drain));
	bufferevent_free(TAKE(c->stream));
	phase_enter(c, PHASE_CLOSED);
}

void connection_retire(struct connection *c)
{
	c->closing = true;
	if (c->phase == PHASE_HANDSHAKE || c->phase == PHASE_IDLE)
		connection_close(c, "this gateway is stopping");
}

/* --- answers --- */

static int64_t request_ms(const struct request *r)
{
	return (clock_mono_ns() - r->started_mono_ns) / NS_PER_MS;
}

static void outcome_log(
	const struct connection *c, const char *event, unsigned http, const struct fault *f)
{
	static const struct request none = { 0 };
	const struct request *r = c->request ? c->request : &none;
	bool named = r->admitted.as2.message_id.n > 0 && !r->admitted.receipt;

	log_info(event, LOG_T("peer", c->peer), LOG_T("partner", c->partner),
		LOG_T("area", named ? area_name(r->admitted.area) : ""),
		LOG_S("msg", r->admitted.as2.message_id), LOG_I("size", r->size),
		LOG_I("ms", c->request ? request_ms(r) : 0), LOG_I("http", http),
		LOG_T("fault", f->code), LOG_T("why", f->text));
}

/* The request is over with this answer; what of it was not read yet is not read as a request. */
static void answer(struct connection *c, struct http_answer *head, struct slice body)
{
	AUTO_IN_PLACE(buf) out = buf_init(ANSWER_HEAD_MAX + RECEIPT_SIZE_MAX);

	if (!c->request || !c->request->complete || !c->request->keep_alive ||
		c->room != ROOM_FOR_ALL || c->host->draining(c->context))
		c->closing = true;
	if (c->request && c->request->is_head)
		body = S("");
	head->close = c->closing;
	head->length = body.n;
	http_answer_format(&out, head);
	buf_put(&out, body);
	if (buf_check(&out, NULL) != ST_OK)
		bug("an answer of %zu bytes", body.n);
	request_drop(c);
	phase_enter(c, PHASE_WRITE);
	bufferevent_write(c->stream, out.p, out.n);
}

static void answer_fault(
	struct connection *c, unsigned http, unsigned retry_after_s, const struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_CODE_MAX + FAULT_TEXT_MAX + 8);
	struct http_answer head = {
		.status = http,
		.content_type = S("text/plain"),
		.extra = http == 405 ? S("Allow: POST\r\n") : S(""),
		.retry_after_s = retry_after_s,
	};

	buf_putf(&text, "%s: %s\n", f->code, f->text);
	if (http != 429 || c->host->tells(c->context, AWAY_TOO_OFTEN))
		outcome_log(c, "as2-unanswered", http, f);
	answer(c, &head, buf_slice(&text));
}

static void answer_health(struct connection *c)
{
	struct http_answer head = { .status = 200, .content_type = S("text/plain") };

	answer(c, &head, S("ok\n"));
}

/* A passing trouble of ours, or a fault that has an HTTP status of its own. */
static void answer_trouble(struct connection *c, const struct fault *f)
{
	bool restarting = slice_eq(slice_str(f->code), S("ipc.closed"));
	unsigned http = f->status == ST_INPUT ? refusal_for(f->code)->http : 503;

	answer_fault(c, http,
		http != 503          ? 0
			: restarting ? RETRY_AFTER_RESTART_S
				     : RETRY_AFTER_S,
		f);
}

static void receipt_headers(struct buf *out, const struct connection *c)
{
	/* the name it was sent to */
	mdn_head_format(out, c->request->admitted.as2.to, slice_str(c->partner), clock_utc_ns());
}

static enum status receipt_read(
	struct buf *out, const struct verb_receipt *receipt, int fd, struct fault *f)
{
	if (receipt->n > RECEIPT_SIZE_MAX)
		return fault_set(f, ST_HOST, "edge.receipt.size", "a receipt of %llu bytes",
			(unsigned long long)receipt->n);
	return fd_read_at(out, fd, receipt->at, receipt->n, f);
}

static void receipt_log(const struct connection *c, const struct verb_receipt *receipt)
{
	const struct request *r = c->request;

	if (r->fault.code[0]) {
		outcome_log(c, "as2-refused", receipt->later ? 204 : 200, &r->fault);
		return;
	}
	log_debug("as2-answered", LOG_T("peer", c->peer), LOG_T("partner", c->partner),
		LOG_T("area", area_name(r->admitted.area)),
		LOG_S("msg", r->admitted.as2.message_id), LOG_I("size", r->size),
		LOG_I("ms", request_ms(r)), LOG_I("repeated", receipt->repeated));
}

/* A sender that wants no receipt learns from the HTTP status alone how its message fared. */
static void answer_bare(struct connection *c, const struct verb_receipt *receipt)
{
	char code[FAULT_CODE_MAX] = "";
	struct http_answer head = { .status = 200, .content_type = S("text/plain") };

	(void)!slice_to_text(code, sizeof(code), receipt->code, NULL);
	if (*code)
		head.status = refusal_for(code)->http;
	receipt_log(c, receipt);
	answer(c, &head, receipt->code);
}

/* Message and receipt are durable, and the receipt goes in a connection of its own. */
static void answer_later(struct connection *c, const struct verb_receipt *receipt)
{
	struct http_answer head = { .status = 204 };

	receipt_log(c, receipt);
	answer(c, &head, S(""));
}

/* In the same words for every reason: a stranger does not learn from them who our partners are. */
static void deny(struct connection *c, const struct fault *f)
{
	struct http_answer head = { .status = 403, .content_type = S("text/plain") };

	if (c->host->tells(c->context, AWAY_STRANGER))
		outcome_log(c, "as2-denied", head.status, f);
	c->closing = true;
	answer(c, &head, S("not accepted\n"));
}

void connection_noted(struct connection *c, const struct fault *f)
{
	struct http_answer head = { .status = 200 };

	if (c->phase != PHASE_ANSWER)
		return;
	if (f->status != ST_OK && c->certless) {
		deny(c, f);
		return;
	}
	if (f->status != ST_OK) {
		answer_fault(c, refusal_for(f->code)->http, 0, f);
		return;
	}
	log_debug("receipt-noted", LOG_T("peer", c->peer), LOG_T("partner", c->partner),
		LOG_S("receipt", c->request->admitted.as2.message_id),
		LOG_I("ms", request_ms(c->request)));
	answer(c, &head, S(""));
}

void connection_receipt(struct connection *c, const struct verb_receipt *receipt, int file)
{
	AUTO_FD fd = file;
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	AUTO_IN_PLACE(buf) extra = buf_init(ANSWER_HEAD_MAX / 2);
	struct http_answer head = { .status = 200, .content_type = receipt->type };
	struct fault f;

	if (c->phase != PHASE_ANSWER)
		return;
	if (mdn_wish(&c->request->admitted.as2) == RECEIPT_NONE) {
		answer_bare(c, receipt);
		return;
	}
	if (receipt->later) {
		answer_later(c, receipt);
		return;
	}
	if (receipt_read(&body, receipt, fd, &f) != ST_OK) {
		answer_trouble(c, &f);
		return;
	}
	receipt_headers(&extra, c);
	head.extra = buf_slice(&extra);
	receipt_log(c, receipt);
	answer(c, &head, buf_slice(&body));
}

/* --- asking the house --- */

static void request_ask(struct connection *c, enum verb verb, int fd)
{
	struct request *r = c->request;
	struct verb_open open = {
		.area = r->admitted.shared && verb == VERB_OPEN ? AREAS : r->admitted.area,
		.lane_of = r->admitted.open ? AREAS : r->admitted.area,
		.unproven = c->certless && !r->proven,
		.plain = !c->by.is_hybrid,
		.arrived_ns = r->arrived_ns,
		.size = verb == VERB_REFUSE ? 0 : r->size,
		.partner = slice_str(c->partner),
		.head = buf_slice(&r->head),
		FAULT_VERB(&r->fault),
	};
	struct fault f;

	phase_enter(c, PHASE_ANSWER);
	if (c->host->ask(c->context, r, verb, &open, fd, &f) != ST_OK)
		answer_trouble(c, &f);
}

/* It was opened, and is its partner's: the refusal that is signed for it is kept as others are. */
static void refuse_opened(struct connection *c, const struct fault *why)
{
	c->request->fault = *why;
	c->request->proven = true;
	request_ask(c, VERB_REFUSE, -1);
}

void connection_failed(struct connection *c, const struct fault *why)
{
	if (c->phase != PHASE_ANSWER && c->phase != PHASE_SPOOL)
		return;
	if (strcmp(why->code, DUPLICATE_DIFFERS) == 0 && !c->request->proven) {
		refuse_opened(c, why);
		return;
	}
	if (c->certless && why->status != ST_RETRY && why->status != ST_HOST)
		deny(c, why);
	else
		answer_trouble(c, why);
}

static void request_spool_ask(struct connection *c)
{
	struct fault f;

	phase_enter(c, PHASE_SPOOL);
	if (c->host->ask(c->context, c->request, VERB_SPOOL, NULL, -1, &f) != ST_OK)
		answer_trouble(c, &f);
}

void connection_spooled(struct connection *c, int fd)
{
	struct fault f;

	if (c->phase != PHASE_SPOOL) {
		fd_close(&fd);
		return;
	}
	if (request_spool(c->request, fd, &f) != ST_OK) {
		answer_trouble(c, &f);
		return;
	}
	phase_enter(c, PHASE_BODY);
	connection_work(c);
}

/* --- refusals --- */

static void refuse_signed(struct connection *c, const struct fault *f)
{
	if (c->certless) { /* our signature is not for strangers */
		deny(c, f);
		return;
	}
	c->request->fault = *f;
	c->request->arrived_ns = clock_utc_ns();
	request_ask(c, VERB_REFUSE, -1);
}

static void refuse_plain(struct connection *c, const struct fault *f)
{
	unsigned http = admission_http_status(f);

	if (http != 0) {
		answer_fault(c, http, http == 503 ? RETRY_AFTER_S : c->request->admitted.wait_s, f);
		return;
	}
	outcome_log(c, "partner-gone", 0, f);
	connection_close(c, "no partner any more");
}

/* While the body came: too much of it, bad framing, or a disk of ours. */
static void refuse_body(struct connection *c, const struct fault *f)
{
	if (f->status == ST_RETRY || f->status == ST_HOST)
		answer_trouble(c, f);
	else if (f->status == ST_LIMIT && slice_has_prefix(slice_str(f->code), S("agreement.")))
		refuse_signed(c, f);
	else
		refuse_plain(c, f);
}

static void refuse_receipt(struct connection *c, const struct fault *f)
{
	if (f->status == ST_RETRY || f->status == ST_HOST)
		answer_trouble(c, f);
	else
		refuse_plain(c, f);
}

static void refuse(struct connection *c, const struct fault *f)
{
	static void (*const ways[])(struct connection *, const struct fault *) = {
		[VERDICT_MESSAGE] = refuse_body,
		[VERDICT_HEALTH] = refuse_plain,
		[VERDICT_RECEIPT] = refuse_receipt,
		[VERDICT_REFUSE] = refuse_signed,
		[VERDICT_ERROR] = refuse_plain,
	};

	ways[c->request->admitted.verdict](c, f);
}

/* --- requests --- */

static const struct partner *tls_judged(const struct connection *c, const struct partner *partner)
{
	return partner && c->old_tls && !agreement_old_tls(partner->agreement) ? NULL : partner;
}

/*
 * The connection's partner as the registry in force has it: NULL once it is somebody else or
 * nobody.
 */
static const struct partner *partner_now(const struct connection *c)
{
	const struct partner *partner = c->host->partner(c->context, c->fingerprint);

	return partner && strcmp(partner->sheet->id, c->partner) == 0 ? tls_judged(c, partner)
								      : NULL;
}

static const struct partner *partner_named(void *context, struct slice id)
{
	const struct connection *c = context;

	return tls_judged(c, c->host->named(c->context, id));
}

static bool has_room(const struct connection *c, enum area area)
{
	return c->room == ROOM_FOR_ALL || (c->room == ROOM_FOR_NOTICES && area == AREA_OUTAGE);
}

/* What there is no room for is not counted: it comes again. */
static enum status partner_paced(void *context, unsigned *wait_s, const struct partner *partner,
	enum area area, bool is_receipt, struct fault *f)
{
	const struct connection *c = context;

	if (partner && !has_room(c, area))
		return fault_set(f, ST_LIMIT, "agreement.connections",
			"more than %u connections at once", partner->agreement->connections);
	return c->host->paced(c->context, wait_s, partner, is_receipt ? AREAS : area, f);
}

static enum status partner_bind(
	struct connection *c, const struct partner *partner, struct fault *f)
{
	return slice_to_text(c->partner, sizeof(c->partner), slice_str(partner->sheet->id), f);
}

static enum status request_admit(
	struct connection *c, const struct http_head *head, struct fault *f)
{
	struct request *r = c->request;
	struct admission_asked asked = {
		.method = head->method,
		.target = head->target,
		.length = head->length,
		.partner = c->certless ? NULL : partner_now(c),
		.own_id = slice_str(c->host->settings(c->context)->id),
		.settings = c->host->settings(c->context),
		.by = c->by,
		.now_ns = clock_utc_ns(),
		.named = partner_named,
		.paced = partner_paced,
		.context = c,
		.bound = slice_str(c->partner),
	};

	if (!asked.partner && !c->certless)
		return fault_set(f, ST_AUTH, "partner.unknown",
			"%s is no partner under this certificate any more", c->partner);
	TRY(as2_head_select(&r->head, head->header_block, f));
	asked.head = buf_slice(&r->head);
	enum verdict verdict = admission_judge(&r->admitted, &asked, f);
	if (verdict == VERDICT_MESSAGE || verdict == VERDICT_RECEIPT)
		return partner_bind(c, r->admitted.partner, f);
	return verdict == VERDICT_HEALTH ? ST_OK : f->status;
}

/*
 * A message that comes too often is read to its end, if that is near: its connection goes on, and
 * coming again costs neither side a handshake.
 */
static enum status request_admit_or_skip(
	struct connection *c, const struct http_head *head, struct fault *f)
{
	struct request *r = c->request;

	if (request_admit(c, head, f) == ST_OK)
		return ST_OK;
	if (r->admitted.wait_s == 0 || head->expects_continue ||
		head->length > REQUEST_MEMORY_MAX)
		return f->status;
	r->skipped = true;
	r->fault = *f;
	return ST_OK;
}

static enum status on_head(void *context, const struct http_head *head, struct fault *f)
{
	struct connection *c = context;
	struct request *r = c->request;

	r->keep_alive = head->keep_alive;
	r->length = head->length;
	r->is_head = slice_eq(head->method, S("HEAD"));
	TRY(request_admit_or_skip(c, head, f));
	r->body_until_mono_ns = clock_mono_ns() +
		request_body_time_ns(
			head->length == HTTP_NO_LENGTH ? r->admitted.body_max : head->length);
	phase_enter(c, PHASE_BODY);
	if (head->expects_continue)
		bufferevent_write(c->stream, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	return ST_OK;
}

/* What takes long is not silent: who waits sees that it goes on, and how fast. */
static void progress_tell(const struct connection *c, struct request *r)
{
	const int64_t now_ns = clock_mono_ns();
	const int64_t since_ns = r->told_mono_ns ? r->told_mono_ns : r->started_mono_ns;

	if (now_ns - since_ns < PROGRESS_TELL_NS)
		return;
	r->told_mono_ns = now_ns;
	log_info("arrival-progress", LOG_T("peer", c->peer), LOG_T("partner", c->partner),
		LOG_S("msg", r->admitted.as2.message_id), LOG_I("size", r->size),
		LOG_I("of", r->length == HTTP_NO_LENGTH ? 0 : r->length),
		LOG_I("ms", request_ms(r)));
}

static enum status on_body(void *context, struct slice piece, struct fault *f)
{
	struct connection *c = context;

	if (c->request->skipped)
		return ST_OK;
	TRY(request_add(c->request, piece, f));
	if (!c->certless)
		progress_tell(c, c->request);
	return ST_OK;
}

static enum status on_end(void *context, struct fault *f)
{
	struct connection *c = context;

	(void)f;
	c->request->complete = true;
	return ST_OK;
}

static void request_finish(struct connection *c)
{
	struct request *r = c->request;
	AUTO_FD fd = -1;
	struct fault f;

	if (r->admitted.verdict == VERDICT_HEALTH) {
		answer_health(c);
		return;
	}
	if (r->skipped) {
		refuse_plain(c, &r->fault);
		return;
	}
	r->arrived_ns = clock_utc_ns();
	if (request_body(&fd, r, &f) != ST_OK)
		answer_trouble(c, &f);
	else
		request_ask(c, r->admitted.receipt ? VERB_NOTICE : VERB_OPEN, fd);
}

/* --- input --- */

static void request_begin(struct connection *c)
{
	c->request = request_new(c);
	c->request->started_mono_ns = clock_mono_ns();
	c->request->admitted = (struct admission){ .verdict = VERDICT_ERROR };
	phase_enter(c, PHASE_HEAD);
}

static void request_go_on(struct connection *c)
{
	if (c->phase != PHASE_BODY)
		return; /* the head has its time in all, however its bytes trickle */
	clock_restart(c);
	if (request_wants_spool(c->request))
		request_spool_ask(c);
}

static void feed(struct connection *c, struct evbuffer *input, struct slice piece)
{
	size_t used = 0;
	struct fault f;
	enum status st = http_feed(c->reader, &used, piece, &f);

	evbuffer_drain(input, used);
	if (st == ST_MORE)
		request_go_on(c);
	else if (st == ST_NONE)
		request_finish(c);
	else
		refuse(c, &f);
}

/* The handshake asked for the dates; a connection may be older than its certificate's last day. */
static void feed_first(struct connection *c, struct evbuffer *input, struct slice piece)
{
	if (c->host->ended(c->context, c)) {
		log_info("tls-ended", LOG_T("peer", c->peer), LOG_T("partner", c->partner),
			LOG_T("why", "the certificate of this connection has expired"));
		connection_close(c, "its certificate has expired");
		return;
	}
	request_begin(c);
	feed(c, input, piece);
}

/* What a phase does with input; without a row it waits. */
static void (*const feeds[PHASES])(struct connection *, struct evbuffer *, struct slice) = {
	[PHASE_IDLE] = feed_first,
	[PHASE_HEAD] = feed,
	[PHASE_BODY] = feed,
};

/* At most REQUEST_PIECE_MAX bytes that lie together. */
static bool input_piece(struct slice *piece, struct evbuffer *input)
{
	struct evbuffer_iovec vec;

	if (evbuffer_peek(input, REQUEST_PIECE_MAX, NULL, &vec, 1) < 1 || vec.iov_len == 0)
		return false;
	*piece = slice_to(slice_of(vec.iov_base, vec.iov_len), REQUEST_PIECE_MAX);
	return true;
}

/*
 * libevent calls on and on while input stands at its watermark.  A peer that sends ahead that far
 * while it waits for us is not read at all.
 */
static void input_pace(struct connection *c)
{
	bool stop;

	if (c->phase == PHASE_CLOSED)
		return;
	stop = !feeds[c->phase] &&
		evbuffer_get_length(bufferevent_get_input(c->stream)) >= INPUT_MAX;
	if (stop == c->stopped)
		return;
	c->stopped = stop;
	if (stop)
		bufferevent_disable(c->stream, EV_READ);
	else
		bufferevent_enable(c->stream, EV_READ);
}

static void connection_work(struct connection *c)
{
	struct slice piece;

	while (feeds[c->phase]) {
		struct evbuffer *input = bufferevent_get_input(c->stream);
		if (!input_piece(&piece, input))
			break;
		feeds[c->phase](c, input, piece);
	}
	input_pace(c);
}

/* --- events --- */

static void on_readable(struct bufferevent *stream, void *context)
{
	(void)stream;
	connection_work(context);
}

/* --- what comes when all is said --- */

/* On TCP the kernel throws it away: nothing is copied, and nothing is decrypted. */
static void on_drain(evutil_socket_t fd, short what, void *context)
{
	struct connection *c = context;
	bool is_away = c->phase == PHASE_AWAY;
	uint8_t bytes[DRAIN_PIECE_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_TRUNC);

	(void)what;
	c->drained += n > 0 ? (uint64_t)n : 0;
	if (c->drained > (is_away ? AWAY_BYTES_MAX : LINGER_BYTES_MAX))
		connection_close(c, is_away ? "" : "sends on after its answer");
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		connection_close(c, is_away ? "" : "closed by the peer");
}

/*
 * Its end, or the time of its phase, ends ours.  Closing with what it sent unread would reset the
 * connection, and the answer, or the alert that says what is wrong, would be lost.
 */
static void drain_begin(struct connection *c, enum phase phase)
{
	evutil_socket_t fd = bufferevent_getfd(c->stream);

	bufferevent_disable(c->stream, EV_READ | EV_WRITE);
	c->drain =
		event_new(bufferevent_get_base(c->stream), fd, EV_READ | EV_PERSIST, on_drain, c);
	if (!c->drain || event_add(c->drain, NULL) != 0)
		die("no memory for an event");
	shutdown(fd, SHUT_WR);
	phase_enter(c, phase);
}

/* The answer has left.  Half-closing tells the peer so. */
static void on_written(struct bufferevent *stream, void *context)
{
	struct connection *c = context;

	if (c->phase != PHASE_WRITE || evbuffer_get_length(bufferevent_get_output(stream)) > 0)
		return;
	if (c->closing) {
		drain_begin(c, PHASE_LINGER);
		return;
	}
	http_reader_next(c->reader);
	phase_enter(c, PHASE_IDLE);
	connection_work(c);
}

/* The head of its request must name a partner that needs no certificate. */
static void connection_certless(struct connection *c)
{
	if (!c->host->certless_room(c->context)) {
		connection_close(c, "showed no certificate");
		return;
	}
	c->certless = true;
	phase_enter(c, PHASE_IDLE);
}

static void connection_proven(struct connection *c)
{
	const struct partner *partner;
	struct fault f;

	c->old_tls = c->host->is_old_tls(c->context, c->stream);
	c->by = c->host->protecting(c->context, c->stream);
	if (c->host->fingerprint(c->context, c->fingerprint, c->stream, &f) != ST_OK) {
		connection_certless(c);
		return;
	}
	partner = tls_judged(c, c->host->partner(c->context, c->fingerprint));
	if (!partner || partner_bind(c, partner, &f) != ST_OK) {
		connection_close(
			c, c->old_tls ? "TLS 1.2, which is not agreed" : "no partner any more");
		return;
	}
	c->room = c->host->room(c->context, c);
	phase_enter(c, PHASE_IDLE);
}


/* OpenSSL has sent its alert.  A TLS 1.3 client may have sent a request by now. */
static void connection_turn_away(struct connection *c)
{
	c->ending = "the TLS handshake failed";
	drain_begin(c, PHASE_AWAY);
}

static void on_event(struct bufferevent *stream, short what, void *context)
{
	struct connection *c = context;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED)
		connection_proven(c);
	else if (c->phase == PHASE_HANDSHAKE && (what & BEV_EVENT_ERROR))
		connection_turn_away(c);
	else
		connection_close(c, what & BEV_EVENT_EOF ? "closed by the peer" : "broken");
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	static const struct fault late[PHASES] = {
		[PHASE_HEAD] = { ST_RETRY, 0, "http.head.late",
			"the head of the request took too long" },
		[PHASE_BODY] = { ST_RETRY, 0, "http.body.late",
			"the body of the request took too long" },
		[PHASE_SPOOL] = { ST_RETRY, 0, "edge.spool.late",
			"no room for the body was had in time" },
		[PHASE_ANSWER] = { ST_RETRY, 0, "edge.answer.late",
			"the message was not dealt with in time; it may be sent again as it is" },
	};
	struct connection *c = context;
	int64_t now = clock_mono_ns();

	(void)fd;
	(void)what;
	c->timer_mono_ns = 0;
	if (now < c->late_mono_ns)
		timer_set(c, now);
	else if (c->phase == PHASE_HEAD || c->phase == PHASE_BODY)
		refuse_plain(c, &late[c->phase]);
	else if (c->phase == PHASE_SPOOL || c->phase == PHASE_ANSWER)
		answer_trouble(c, &late[c->phase]);
	else
		connection_close(c, "took too long");
}

/* --- life --- */

struct connection *connection_new(const struct connection_host *host, void *context,
	struct event_base *loop, struct bufferevent *stream, const char *peer)
{
	static const struct http_events events = {
		.head = on_head, .body = on_body, .end = on_end
	};
	struct connection *c = alloc_zeroed(1, sizeof(*c));

	c->host = host;
	c->context = context;
	c->stream = stream;
	c->reader = http_reader_new(&events, c);
	c->timer = evtimer_new(loop, on_timer, c);
	if (!c->timer || slice_to_text(c->peer, sizeof(c->peer), slice_str(peer), NULL) != ST_OK)
		bug("a connection from %s", peer);
	bufferevent_setcb(stream, on_readable, on_written, on_event, c);
	bufferevent_setwatermark(stream, EV_READ, 0, INPUT_MAX);
	clock_restart(c);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
	return c;
}

void connection_free(struct connection *c)
{
	if (!c)
		return;
	connection_close(c, "");
	http_reader_free(c->reader);
	free(c);
}
