/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge's connection over a socket pair: this test is the client on one side and the house
 * (partner table, ledger, envelope) on the other.  TLS is left out; its end is announced to the
 * connection as libevent would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "processes/connection.h"

#define HEADERS                                                                            \
	"Host: x\r\nAS2-Version: 1.2\r\nAS2-From: peer\r\nAS2-To: self\r\n"                \
	"Message-ID: <m1@peer>\r\nContent-Type: application/pkcs7-mime\r\nSubject: s\r\n" \
	"Disposition-Notification-To: a@b\r\n"
#define POST "POST /exchange/billing HTTP/1.1\r\n" HEADERS
#define POST_NOTICE "POST /exchange/outage HTTP/1.1\r\n" HEADERS
#define POST_AS2 "POST /as2 HTTP/1.1\r\n" HEADERS
#define DENIED "\r\n\r\nnot accepted\n"
#define BODY_BYTES_MAX (1 << 20)

struct house {
	struct event_base *loop;
	struct sheet sheet;
	struct agreement agreement;
	struct partner partner;
	struct settings settings;
	struct connection *connection;
	int client;
	bool gone, ended, draining, broken;
	enum room room;
	unsigned wait_s; /* it sends too often */
	bool certless, full,
		old_tls; /* the client shows no certificate; there is no room for such */
	/* What the connection did: */
	unsigned asked[VERBS], forgotten;
	uint64_t tickets;
	enum area area;           /* of the last question */
	struct request *request;  /* the last that asked */
	char code[FAULT_CODE_MAX]; /* of the last VERB_REFUSE */
	struct buf body;          /* of the last VERB_OPEN */
	struct buf heard;         /* by the client since the last look */
};

/* --- the house --- */

static enum status house_fingerprint(void *context, uint8_t out[CERT_FINGERPRINT_SIZE],
	struct bufferevent *stream, struct fault *f)
{
	(void)stream;
	if (((struct house *)context)->certless)
		return fault_set(f, ST_AUTH, "tls.no-certificate", "none");
	out[0] = 1;
	return ST_OK;
}

static bool house_ended(void *context, const struct connection *c)
{
	(void)c;
	return ((struct house *)context)->ended;
}

static bool house_certless_room(void *context)
{
	return !((struct house *)context)->full;
}

static const struct partner *house_named(void *context, struct slice id)
{
	struct house *house = context;

	return !house->gone && slice_eq(id, slice_str(house->sheet.id)) &&
			agreement_unproven(&house->agreement)
		? &house->partner
		: NULL;
}

static bool house_is_old_tls(void *context, struct bufferevent *stream)
{
	(void)stream;
	return ((struct house *)context)->old_tls;
}

static struct protecting house_protecting(void *context, struct bufferevent *stream)
{
	(void)context;
	(void)stream;
	return (struct protecting){ .is_hybrid = true };
}

static bool house_tells(void *context, enum turned_away what)
{
	(void)context;
	return what < TURNED_AWAYS;
}

static enum status house_paced(void *context, unsigned *wait_s, const struct partner *partner,
	enum area area, struct fault *f)
{
	const struct house *house = context;

	(void)partner;
	(void)area;
	*wait_s = house->wait_s;
	return house->wait_s == 0 ? ST_OK
				  : fault_set(f, ST_RETRY, "agreement.rate", "more than 5/min");
}

static const struct partner *house_partner(
	void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	struct house *house = context;

	return house->gone || fingerprint[0] != 1 ? NULL : &house->partner;
}

static const struct settings *house_settings(void *context)
{
	return &((struct house *)context)->settings;
}

static enum room house_room(void *context, const struct connection *c)
{
	(void)c;
	return ((struct house *)context)->room;
}

static bool house_draining(void *context)
{
	return ((struct house *)context)->draining;
}

static enum status house_ask(void *context, struct request *r, enum verb verb,
	struct verb_open *open, int fd, struct fault *f)
{
	struct house *house = context;

	if (house->broken)
		return fault_set(f, ST_RETRY, "ipc.closed", "gone");
	house->asked[verb]++;
	house->request = r;
	if (!r->ticket)
		r->ticket = ++house->tickets;
	assert_true(verb == VERB_SPOOL ? open == NULL : slice_eq(open->partner, S("peer")));
	if (verb == VERB_REFUSE)
		assert_int_equal(
			slice_to_text(house->code, sizeof(house->code), open->code, NULL), ST_OK);
	if (open) {
		assert_int_equal(open->unproven, house->certless);
		house->area = (enum area)open->area;
	}
	if (verb == VERB_OPEN || verb == VERB_NOTICE) {
		buf_clear(&house->body);
		assert_int_equal(fd_read_at(&house->body, fd, 0, open->size, f), ST_OK);
		assert_int_equal(open->code.n, 0);
	}
	return ST_OK;
}

static void house_forget(void *context, struct request *r)
{
	struct house *house = context;

	assert_ptr_equal(r, house->request);
	house->request = NULL;
	house->forgotten++;
}

static void house_moved(void *context, struct connection *c, enum phase before)
{
	(void)context;
	assert_int_not_equal(before, PHASE_CLOSED);
	assert_true(c->phase < PHASES);
}

static const struct connection_host host = {
	.fingerprint = house_fingerprint,
	.partner = house_partner,
	.ended = house_ended,
	.certless_room = house_certless_room,
	.named = house_named,
	.is_old_tls = house_is_old_tls,
	.protecting = house_protecting,
	.tells = house_tells,
	.paced = house_paced,
	.settings = house_settings,
	.room = house_room,
	.draining = house_draining,
	.ask = house_ask,
	.forget = house_forget,
	.moved = house_moved,
};

static void settings_short(struct settings *s)
{
	settings_init(s);
	s->handshake_ns = s->head_ns = s->body_idle_ns = s->idle_ns = 5 * NS_PER_S;
	assert_int_equal(slice_to_text(s->id, sizeof(s->id), S("self"), NULL), ST_OK);
}

static int set_up(void **state)
{
	struct house *house = alloc_zeroed(1, sizeof(*house));
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	house->loop = event_base_new();
	house->client = ends[0];
	house->body = buf_init(BODY_BYTES_MAX);
	house->heard = buf_init(BODY_BYTES_MAX);
	settings_short(&house->settings);
	agreement_init(&house->agreement);
	assert_int_equal(
		slice_to_text(house->sheet.id, sizeof(house->sheet.id), S("peer"), NULL), ST_OK);
	house->partner = (struct partner){ &house->sheet, &house->agreement };
	house->connection = connection_new(&host, house, house->loop,
		bufferevent_socket_new(house->loop, ends[1], BEV_OPT_CLOSE_ON_FREE), "127.0.0.1:1");
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;

	connection_free(house->connection);
	event_base_loop(house->loop, EVLOOP_NONBLOCK);
	event_base_free(house->loop);
	fd_close(&house->client);
	buf_done(&house->body);
	buf_done(&house->heard);
	free(house);
	return 0;
}

/* --- the client --- */

static void hear(struct house *house)
{
	uint8_t bytes[4096];
	ssize_t n;

	while (house->client >= 0 && (n = recv(house->client, bytes, sizeof(bytes), 0)) > 0)
		buf_put(&house->heard, slice_of(bytes, (size_t)n));
}

static void turn(struct house *house)
{
	for (int i = 0; i < 20; i++) {
		event_base_loop(house->loop, EVLOOP_NONBLOCK);
		hear(house);
	}
}

static void wait_ms(struct house *house, int ms)
{
	for (int i = 0; i < ms; i += 5) {
		usleep(5000);
		turn(house);
	}
}

static void prove(struct house *house)
{
	bufferevent_trigger_event(house->connection->stream, BEV_EVENT_CONNECTED, 0);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_IDLE);
}

/* As much as it takes now; returns the rest. */
static struct slice say(struct house *house, struct slice bytes)
{
	ssize_t n = 1;

	while (bytes.n > 0 && n > 0) {
		n = send(house->client, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n > 0)
			bytes = slice_from(bytes, (size_t)n);
		turn(house);
	}
	return bytes;
}

static void give_spool(struct house *house)
{
	int spool;

	assert_int_equal(house->connection->phase, PHASE_SPOOL);
	assert_int_equal(memory_file_open(&spool, "spool", NULL), ST_OK);
	connection_spooled(house->connection, spool);
	turn(house);
}

static void say_all(struct house *house, struct slice bytes)
{
	while (bytes.n > 0) {
		bytes = say(house, bytes);
		if (house->connection->phase == PHASE_SPOOL)
			give_spool(house);
	}
}

static void say_text(struct house *house, const char *text)
{
	say(house, slice_str(text));
}

/* What was heard since the last call. */
static struct slice heard(struct house *house)
{
	static struct buf last;

	buf_done(&last);
	last = house->heard;
	house->heard = buf_init(BODY_BYTES_MAX);
	return buf_slice(&last);
}

static bool holds(struct slice text, const char *part)
{
	size_t at;

	return slice_find(&at, text, slice_str(part));
}

static void give_receipt(struct house *house, const char *text)
{
	struct verb_receipt receipt = { .type = S("multipart/signed"), .at = 0, .n = strlen(text) };
	int fd;

	assert_int_equal(memory_file_new(&fd, "receipt", slice_str(text), NULL), ST_OK);
	connection_receipt(house->connection, &receipt, fd);
	turn(house);
}

static void give_fault(struct house *house, enum status st, const char *code)
{
	struct fault f;

	fault_set(&f, st, code, "why");
	connection_failed(house->connection, &f);
	turn(house);
}

/* --- messages --- */

static void test_message(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 4\r\n\r\nabcd");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	assert_true(slice_eq(buf_slice(&house->body), S("abcd")));
	assert_int_equal(heard(house).n, 0); /* nothing before the ledger said so */
	give_receipt(house, "RECEIPT");
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 200 ")));
	assert_true(holds(answer, "AS2-From: self\r\nAS2-To: peer\r\n"));
	assert_true(holds(answer, "Content-Length: 7\r\n"));
	assert_true(holds(answer, "Content-Type: multipart/signed\r\n"));
	assert_true(holds(answer, "\r\n\r\nRECEIPT"));
	assert_false(holds(answer, "Connection: close"));
	assert_int_equal(house->connection->phase, PHASE_IDLE);
	assert_null(house->connection->request);
	assert_int_equal(house->forgotten, 1);
}

/* The receipt goes in a connection of its own: nothing of it is said here. */
static void test_message_answered_later(void **state)
{
	struct verb_receipt receipt = { .type = S("multipart/signed"), .n = 7, .later = 1 };
	struct house *house = *state;
	int fd;

	prove(house);
	say_text(house, POST "Content-Length: 4\r\n\r\nabcd");
	assert_int_equal(heard(house).n, 0);
	assert_int_equal(memory_file_new(&fd, "receipt", S("RECEIPT"), NULL), ST_OK);
	connection_receipt(house->connection, &receipt, fd);
	turn(house);
	assert_true(slice_eq(heard(house), S("HTTP/1.1 204 No Content\r\n\r\n")));
	assert_int_equal(house->connection->phase, PHASE_IDLE);
}

#define POST_RECEIPT "POST /receipt HTTP/1.1\r\n" HEADERS

static void test_receipt_by_itself(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST_RECEIPT "Content-Length: 4\r\n\r\nabcd");
	assert_int_equal(house->asked[VERB_NOTICE], 1);
	assert_int_equal(house->asked[VERB_OPEN], 0);
	assert_true(slice_eq(buf_slice(&house->body), S("abcd")));
	assert_int_equal(heard(house).n, 0); /* nothing before the ledger said so */
	connection_noted(house->connection, &(struct fault){ .status = ST_OK });
	turn(house);
	assert_true(slice_eq(heard(house), S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
	assert_int_equal(house->connection->phase, PHASE_IDLE);
}

static const struct {
	enum status status;
	const char *code, *answer;
} noted[] = {
	{ ST_INPUT, "mdn.unmatched", "HTTP/1.1 404 " },
	{ ST_AUTH, "mdn.unsigned", "HTTP/1.1 403 " },
	{ ST_AUTH, "signature.unknown-signer", "HTTP/1.1 403 " },
	{ ST_INPUT, "mdn.field", "HTTP/1.1 400 " },
};

static void test_receipt_refused(void **state)
{
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		struct house *house;
		struct fault f;
		set_up(state);
		house = *state;
		prove(house);
		say_text(house, POST_RECEIPT "Content-Length: 4\r\n\r\nabcd");
		fault_set(&f, noted[i].status, noted[i].code, "why");
		connection_noted(house->connection, &f);
		turn(house);
		struct slice answer = heard(house);
		if (!slice_has_prefix(answer, slice_str(noted[i].answer)) ||
			!holds(answer, noted[i].code) || holds(answer, "Retry-After"))
			fail_msg("%s: %.*s", noted[i].code, SLICE_FMT(answer));
		tear_down(state);
	}
}

/* A passing trouble of ours is the partner's reason to come again. */
static void test_receipt_later_again(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST_RECEIPT "Content-Length: 4\r\n\r\nabcd");
	give_fault(house, ST_RETRY, "ledger.full");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 503 ")));
}

/* No signed refusal for what is no message, and no unbounded body. */
static void test_receipt_too_large(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST_RECEIPT "Content-Length: 65537\r\n\r\n");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 413 ")));
	assert_int_equal(house->asked[VERB_REFUSE], 0);
}

static void test_receipt_grows_too_large(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;

	prove(house);
	say_text(house, POST_RECEIPT "Transfer-Encoding: chunked\r\n\r\n10001\r\n");
	for (int i = 0; i < 65537; i++)
		buf_put_u8(&text, 'x');
	say(house, buf_slice(&text));
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 413 ")));
	assert_true(holds(answer, "mdn.size"));
	assert_int_equal(house->asked[VERB_REFUSE] + house->asked[VERB_NOTICE], 0);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] =
		POST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n";
	struct house *house = *state;

	prove(house);
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		say(house, slice_of(text + i, 1));
	assert_int_equal(house->asked[VERB_OPEN], 1);
	assert_true(slice_eq(buf_slice(&house->body), S("abc")));
}

static void test_pipelined(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 3\r\n\r\none" POST "Content-Length: 3\r\n\r\ntwo");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	assert_true(slice_eq(buf_slice(&house->body), S("one")));
	uint64_t first = house->request->ticket;
	give_receipt(house, "R1");
	assert_int_equal(house->asked[VERB_OPEN], 2);
	assert_true(slice_eq(buf_slice(&house->body), S("two")));
	assert_int_not_equal(house->request->ticket, first);
	assert_true(holds(heard(house), "\r\n\r\nR1"));
	give_receipt(house, "R2");
	assert_true(holds(heard(house), "\r\n\r\nR2"));
}

static void test_spool(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;

	buf_put_text(&text, POST "Content-Length: 600000\r\n\r\n");
	size_t head = text.n;
	for (unsigned i = 0; i < 600000; i++)
		buf_put_u8(&text, (uint8_t)(i * 7 % 251));
	prove(house);
	struct slice rest = say(house, buf_slice(&text));
	assert_true(rest.n > 0); /* nothing is read while a spool file is awaited */
	assert_true(house->request->size <= REQUEST_MEMORY_MAX + REQUEST_PIECE_MAX);
	give_spool(house);
	say_all(house, rest);
	assert_int_equal(house->asked[VERB_OPEN], 1);
	assert_int_equal(house->asked[VERB_SPOOL], 1);
	assert_true(slice_eq(buf_slice(&house->body), slice_from(buf_slice(&text), head)));
}

/* A peer that sends far ahead costs no work while it waits, and loses nothing. */
static void test_far_ahead(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;

	for (unsigned i = 0; i < 1000; i++)
		buf_put_text(&text, POST "Content-Length: 3\r\n\r\nabc");
	prove(house);
	struct slice rest = say(house, buf_slice(&text));
	assert_true(house->connection->stopped);
	assert_int_equal(house->asked[VERB_OPEN], 1);
	for (unsigned i = 0; i < 1000; i++) {
		rest = say(house, rest);
		give_receipt(house, "R");
	}
	assert_int_equal(house->asked[VERB_OPEN], 1000);
	assert_int_equal(house->connection->phase, PHASE_IDLE);
	assert_false(house->connection->stopped);
}

static void test_vanished(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	fd_close(&house->client);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
	assert_int_equal(house->forgotten, 1);
	give_fault(house, ST_RETRY, "too.late"); /* harmless */
}

static void test_trouble(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	give_fault(house, ST_RETRY, "host.disk-full");
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 503 ")));
	assert_true(holds(answer, "Retry-After: "));
	assert_true(holds(answer, "host.disk-full: why"));
	assert_int_equal(house->connection->phase, PHASE_IDLE);
	house->broken = true;
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_true(holds(heard(house), "Retry-After: 1\r\n"));
}

/* --- refusals --- */

static void test_refused_unread(void **state)
{
	struct house *house = *state;

	house->agreement.areas[AREA_BILLING].allowed[DIRECTION_RECEIVE] = false;
	prove(house);
	say_text(house, POST "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(house->asked[VERB_REFUSE], 1);
	assert_string_equal(house->code, "agreement.area");
	assert_int_equal(heard(house).n, 0);
	give_receipt(house, "NO");
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 200 ")));
	assert_true(holds(answer, "Connection: close\r\n") && holds(answer, "\r\n\r\nNO"));
	assert_int_equal(house->connection->phase, PHASE_LINGER);
	say_text(house, POST "Content-Length: 1\r\n\r\na"); /* thrown away */
	assert_int_equal(house->asked[VERB_OPEN], 0);
	fd_close(&house->client);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

/* What TLS would have to decrypt is thrown away as it comes, and has an end. */
static void test_refused_and_sent_all_the_same(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;
	const struct connection *c = house->connection;

	house->agreement.areas[AREA_BILLING].allowed[DIRECTION_RECEIVE] = false;
	prove(house);
	say_text(house, POST "Content-Length: 100000000\r\n\r\n");
	give_receipt(house, "NO");
	assert_true(holds(heard(house), "Connection: close\r\n"));
	assert_int_equal(bufferevent_get_enabled(c->stream) & EV_READ, 0);
	for (size_t i = 0; i < BODY_BYTES_MAX; i++)
		buf_put_u8(&text, 'x');
	for (unsigned i = 0; i < 1000 && c->phase == PHASE_LINGER; i++) {
		assert_int_equal(evbuffer_get_length(bufferevent_get_input(c->stream)), 0);
		assert_true(c->drained >= (uint64_t)i * BODY_BYTES_MAX);
		(void)say(house, buf_slice(&text));
	}
	assert_int_equal(c->phase, PHASE_CLOSED);
	assert_string_equal(c->ending, "sends on after its answer");
}

static void test_refused_on_the_way(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;
	uint64_t limit;

	house->agreement.areas[AREA_BILLING].size_max = 100;
	limit = agreement_body_max(&house->agreement, AREA_BILLING);
	assert_true(limit < BODY_BYTES_MAX / 2);
	buf_putf(&text, POST "Transfer-Encoding: chunked\r\n\r\n%llx\r\n",
		(unsigned long long)limit + 1);
	for (uint64_t i = 0; i <= limit; i++)
		buf_put_u8(&text, 'x');
	prove(house);
	say_all(house, buf_slice(&text));
	assert_int_equal(house->asked[VERB_OPEN], 0);
	assert_int_equal(house->asked[VERB_REFUSE], 1);
	assert_string_equal(house->code, "agreement.size");
	give_receipt(house, "NO");
	assert_true(holds(heard(house), "Connection: close\r\n"));
}

static void expect_crowded(struct house *house, enum room room, const char *post)
{
	house->room = room;
	prove(house);
	say_text(house, post);
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 503 ")));
	assert_true(holds(answer, "Retry-After: ") && holds(answer, "Connection: close") &&
		holds(answer, "agreement.connections"));
	assert_int_equal(house->asked[VERB_OPEN], 0);
}

static void test_crowded(void **state)
{
	expect_crowded(*state, ROOM_FOR_NOTICES, POST "Content-Length: 1\r\n\r\na");
}

static void test_crowded_by_notices(void **state)
{
	expect_crowded(*state, ROOM_FOR_NOTHING, POST_NOTICE "Content-Length: 1\r\n\r\na");
}

/* It may not be kept for what there is no room for. */
static void test_a_notice_finds_room(void **state)
{
	struct house *house = *state;

	house->room = ROOM_FOR_NOTICES;
	prove(house);
	say_text(house, POST_NOTICE "Content-Length: 1\r\n\r\na");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	give_receipt(house, "OK");
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 200 ")));
	assert_true(holds(answer, "Connection: close"));
}

/* What began before is answered; what begins after is nobody's. */
static void test_certificate_ended(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 1\r\n\r\n");
	house->ended = true;
	say_text(house, "a");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	give_receipt(house, "OK");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 200 ")));
	assert_int_equal(house->connection->phase, PHASE_IDLE);
	say_text(house, "P");
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
	assert_int_equal(heard(house).n, 0);
	assert_int_equal(house->asked[VERB_OPEN], 1);
}

static void expect_too_often(struct house *house, const char *request, bool stays)
{
	say_text(house, request);
	struct slice answer = heard(house);
	assert_true(slice_has_prefix(answer, S("HTTP/1.1 429 ")));
	assert_true(holds(answer, "Retry-After: 12\r\n") && holds(answer, "agreement.rate"));
	assert_int_equal(holds(answer, "Connection: close"), !stays);
	assert_int_equal(house->asked[VERB_OPEN] + house->asked[VERB_REFUSE], 0);
}

/* Told when to come again; the connection stays, so that coming again costs no handshake. */
static void test_too_often(void **state)
{
	struct house *house = *state;

	house->wait_s = 12;
	prove(house);
	expect_too_often(house, POST "Content-Length: 1\r\n\r\na", true);
	expect_too_often(house, POST "Content-Length: 3\r\n\r\nabc", true);
	house->wait_s = 0;
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	give_receipt(house, "OK");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 200 ")));
	house->asked[VERB_OPEN] = 0;
	house->wait_s = 12;
	/* what would come is not waited for */
	expect_too_often(house, POST "Content-Length: 65537\r\n\r\na", false);
}

static void test_partner_gone(void **state)
{
	struct house *house = *state;

	prove(house);
	house->gone = true;
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_int_equal(heard(house).n, 0);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

/* --- without a certificate --- */

static void come_without(struct house *house)
{
	house->certless = true;
	house->agreement.tls.client_certificate = false;
	prove(house);
}

static void expect_denied(struct house *house)
{
	struct slice answer = heard(house);

	assert_true(slice_has_prefix(answer, S("HTTP/1.1 403 ")));
	assert_true(holds(answer, DENIED) && holds(answer, "Connection: close\r\n"));
	assert_int_equal(house->asked[VERB_REFUSE], 0);
}

static void test_certless(void **state)
{
	struct house *house = *state;

	come_without(house);
	for (unsigned i = 1; i <= 2; i++) {
		say_text(house, POST_AS2 "Content-Length: 1\r\n\r\na");
		assert_int_equal(house->asked[VERB_OPEN], i);
		assert_int_equal(house->area, AREAS);
		give_receipt(house, "R");
		assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 200 ")));
	}
}

static void test_certless_full(void **state)
{
	struct house *house = *state;

	house->certless = house->full = true;
	bufferevent_trigger_event(house->connection->stream, BEV_EVENT_CONNECTED, 0);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

#define FROM(name, to) \
	"POST /as2 HTTP/1.1\r\nHost: x\r\nAS2-From: " name "\r\nAS2-To: " to \
	"\r\nMessage-ID: <m1@peer>\r\nContent-Type: x/y\r\nDisposition-Notification-To: a@b\r\n" \
	"Disposition-Notification-Options: signed-receipt-protocol=required, pkcs7-signature\r\n"

/* Whoever they name, and whatever is wrong: the same answer, and nobody else is asked. */
static const struct {
	const char *name, *request;
	bool needs_certificate, suspended, old_tls, no_area;
} denied[] = {
	{ "nobody we know", FROM("stranger", "self") "Content-Length: 1\r\n\r\na", 0, 0, 0, 0 },
	{ "one with a certificate", FROM("peer", "self") "Content-Length: 1\r\n\r\na", 1, 0, 0, 0 },
	{ "one suspended", FROM("peer", "self") "Content-Length: 1\r\n\r\na", 0, 1, 0, 0 },
	{ "by a TLS not agreed", FROM("peer", "self") "Content-Length: 1\r\n\r\na", 0, 0, 1, 0 },
	{ "to another", FROM("peer", "other") "Content-Length: 1\r\n\r\na", 0, 0, 0, 0 },
	{ "for no area", FROM("peer", "self") "Content-Length: 1\r\n\r\na", 0, 0, 0, 1 },
	{ "too large", FROM("peer", "self") "Content-Length: 99999999999\r\n\r\n", 0, 0, 0, 0 },
};

static void test_denied(void **state)
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		struct house *house;
		set_up(state);
		house = *state;
		print_message("%s\n", denied[i].name);
		house->old_tls = denied[i].old_tls;
		come_without(house);
		house->agreement.tls.client_certificate = denied[i].needs_certificate;
		house->agreement.suspended = denied[i].suspended;
		for (enum area area = 0; denied[i].no_area && area < AREAS; area++)
			house->agreement.areas[area].allowed[DIRECTION_RECEIVE] = false;
		say_text(house, denied[i].request);
		expect_denied(house);
		assert_int_equal(house->asked[VERB_OPEN], 0);
		assert_int_equal(house->asked[VERB_SPOOL], 0);
		tear_down(state);
	}
}

/* threat 29: what one partner began is not gone on with by another. */
static void test_two_on_one_connection(void **state)
{
	struct house *house = *state;

	come_without(house);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	give_receipt(house, "R");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 200 ")));
	snprintf(house->sheet.id, sizeof(house->sheet.id), "second");
	say_text(house, FROM("second", "self") "Content-Length: 1\r\n\r\na");
	expect_denied(house);
	assert_int_equal(house->asked[VERB_OPEN], 1);
}

static void test_certless_body(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;
	uint64_t limit;

	for (enum area area = 0; area < AREAS; area++)
		house->agreement.areas[area].size_max = 100;
	limit = agreement_body_max(&house->agreement, AREAS);
	buf_putf(&text, POST_AS2 "Transfer-Encoding: chunked\r\n\r\n%llx\r\n",
		(unsigned long long)limit + 1);
	for (uint64_t i = 0; i <= limit; i++)
		buf_put_u8(&text, 'x');
	come_without(house);
	say_all(house, buf_slice(&text));
	expect_denied(house);
}

/* The envelope found no signature of the partner; or it was away, which is no verdict. */
static void test_certless_unproven(void **state)
{
	struct house *house = *state;

	come_without(house);
	say_text(house, POST_AS2 "Content-Length: 1\r\n\r\na");
	give_fault(house, ST_AUTH, "signature.unknown-signer");
	expect_denied(house);
}

static void test_certless_trouble(void **state)
{
	struct house *house = *state;

	come_without(house);
	say_text(house, POST_AS2 "Content-Length: 1\r\n\r\na");
	give_fault(house, ST_RETRY, "key.away");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 503 ")));
}

static void test_no_health_for_strangers(void **state)
{
	struct house *house = *state;

	come_without(house);
	say_text(house, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 405 ")));
}

static void test_old_tls(void **state)
{
	struct house *house = *state;

	house->old_tls = true;
	bufferevent_trigger_event(house->connection->stream, BEV_EVENT_CONNECTED, 0);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

static void test_old_tls_agreed(void **state)
{
	struct house *house = *state;

	house->old_tls = house->agreement.tls.version_1_2 = true;
	prove(house);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_int_equal(house->asked[VERB_OPEN], 1);
	give_receipt(house, "R");
	house->agreement.tls.version_1_2 = false;
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

/*
 * What a client sent before it could know stays unread no longer than it takes to hear the alert.
 */
static void test_turned_away(void **state)
{
	AUTO_IN_PLACE(buf) flood = buf_init(BODY_BYTES_MAX);
	struct house *house = *state;

	bufferevent_trigger_event(
		house->connection->stream, BEV_EVENT_ERROR | BEV_EVENT_READING, 0);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_AWAY);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	assert_int_equal(house->connection->phase, PHASE_AWAY);
	assert_int_equal(heard(house).n, 0);
	while (flood.n < 20000)
		buf_put_text(&flood, "more and more ");
	say(house, buf_slice(&flood));
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
	assert_int_equal(house->asked[VERB_OPEN], 0);
}

/* Never proven: not a byte is read as HTTP. */
static void test_stranger(void **state)
{
	struct house *house = *state;

	house->gone = true;
	bufferevent_trigger_event(house->connection->stream, BEV_EVENT_CONNECTED, 0);
	turn(house);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

static const struct {
	const char *name, *request, *answer, *part;
} plain[] = {
	{ "health", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nok\n" },
	{ "no such place", "POST /other HTTP/1.1\r\n" HEADERS "Content-Length: 0\r\n\r\n",
		"HTTP/1.1 404 ", "http.target.unknown: " },
	{ "no such method", "GET /exchange/billing HTTP/1.1\r\n" HEADERS "\r\n", "HTTP/1.1 405 ",
		"Allow: POST\r\n" },
	/* AS2 Restart asks so how much of a message is there: nothing */
	{ "how much is there", "HEAD /exchange/billing HTTP/1.1\r\n" HEADERS "ETag: \"1\"\r\n\r\n",
		"HTTP/1.1 405 ", "Content-Length: 0\r\n" },
	{ "not AS2", "POST /exchange/billing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 400 ", "as2.header.missing: " },
	{ "both lengths", POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 400 ", "http." },
	{ "no HTTP at all", "\x16\x03\x01\r\n\r\n", "HTTP/1.1 400 ", "http." },
	{ "health with a body", "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na",
		"HTTP/1.1 413 ", "http.body.size: " },
};

static void test_plain(void **state)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		struct house *house;
		set_up(state);
		house = *state;
		prove(house);
		say_text(house, plain[i].request);
		struct slice answer = heard(house);
		if (!slice_has_prefix(answer, slice_str(plain[i].answer)) ||
			!holds(answer, plain[i].part))
			fail_msg("%s: %.*s", plain[i].name, SLICE_FMT(answer));
		assert_int_equal(house->asked[VERB_OPEN] + house->asked[VERB_REFUSE], 0);
		tear_down(state);
	}
}

static void test_continue(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_true(slice_eq(heard(house), S("HTTP/1.1 100 Continue\r\n\r\n")));
	say_text(house, "ab");
	assert_int_equal(house->asked[VERB_OPEN], 1);
}

static void test_retired(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 1\r\n\r\na");
	house->draining = true;
	connection_retire(house->connection);
	assert_int_equal(house->connection->phase, PHASE_ANSWER);
	give_receipt(house, "R");
	assert_true(holds(heard(house), "Connection: close\r\n"));
	assert_int_equal(house->connection->phase, PHASE_LINGER);
}

static void test_retired_idle(void **state)
{
	struct house *house = *state;

	prove(house);
	connection_retire(house->connection);
	assert_int_equal(house->connection->phase, PHASE_CLOSED);
}

/* --- time --- */

static const struct {
	const char *name;
	bool proven;
	const char *request;
	size_t limit; /* offset in struct settings of the time that runs out */
	const char *answer;
} late[] = {
	{ "no handshake", false, "", offsetof(struct settings, handshake_ns), "" },
	{ "no request", true, "", offsetof(struct settings, idle_ns), "" },
	{ "half a head", true, "POST /exchange/bil", offsetof(struct settings, head_ns),
		"HTTP/1.1 408 " },
	{ "half a body", true, POST "Content-Length: 9\r\n\r\nab",
		offsetof(struct settings, body_idle_ns), "HTTP/1.1 408 " },
};

static void test_late(void **state)
{
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		struct house *house;
		set_up(state);
		house = *state;
		*(int64_t *)((char *)&house->settings + late[i].limit) = 50 * NS_PER_MS;
		if (late[i].proven)
			prove(house);
		/* The handshake's clock was set before the setting changed. */
		if (!late[i].proven)
			house->connection->late_mono_ns = 0,
			event_active(house->connection->timer, EV_TIMEOUT, 1);
		say_text(house, late[i].request);
		wait_ms(house, 120);
		struct slice answer = heard(house);
		if (!slice_has_prefix(answer, slice_str(late[i].answer)) ||
			(answer.n > 0) != (late[i].answer[0] != '\0'))
			fail_msg("%s: %.*s", late[i].name, SLICE_FMT(answer));
		assert_int_equal(
			house->connection->phase, late[i].answer[0] ? PHASE_LINGER : PHASE_CLOSED);
		tear_down(state);
	}
}

/* Bytes that trickle buy no time for the head. */
static void test_trickle(void **state)
{
	struct house *house = *state;

	house->settings.head_ns = 60 * NS_PER_MS;
	prove(house);
	say_text(house, "POST /exchange/billing HTTP/1.1\r\n");
	for (int i = 0; i < 30 && house->connection->phase == PHASE_HEAD; i++) {
		say_text(house, "X: y\r\n");
		wait_ms(house, 5);
	}
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 408 ")));
}

/* Nor for the body, though each byte comes before a silence would be one. */
static void test_trickled_body(void **state)
{
	struct house *house = *state;

	prove(house);
	say_text(house, POST "Content-Length: 10000\r\n\r\na");
	wait_ms(house, 5);
	assert_int_equal(house->connection->phase, PHASE_BODY);
	assert_true(house->connection->request->body_until_mono_ns > clock_mono_ns());
	house->connection->request->body_until_mono_ns = clock_mono_ns() + 60 * NS_PER_MS;
	for (int i = 0; i < 60 && house->connection->phase == PHASE_BODY; i++) {
		say_text(house, "a");
		wait_ms(house, 5);
	}
	assert_true(slice_has_prefix(heard(house), S("HTTP/1.1 408 ")));
}

#define WITH_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HOUSE(test_message),
		WITH_HOUSE(test_message_answered_later),
		WITH_HOUSE(test_receipt_by_itself),
		cmocka_unit_test(test_receipt_refused),
		WITH_HOUSE(test_receipt_later_again),
		WITH_HOUSE(test_receipt_too_large),
		WITH_HOUSE(test_receipt_grows_too_large),
		WITH_HOUSE(test_byte_by_byte),
		WITH_HOUSE(test_pipelined),
		WITH_HOUSE(test_spool),
		WITH_HOUSE(test_vanished),
		WITH_HOUSE(test_trouble),
		WITH_HOUSE(test_refused_unread),
		WITH_HOUSE(test_refused_and_sent_all_the_same),
		WITH_HOUSE(test_refused_on_the_way),
		WITH_HOUSE(test_crowded),
		WITH_HOUSE(test_crowded_by_notices),
		WITH_HOUSE(test_a_notice_finds_room),
		WITH_HOUSE(test_too_often),
		WITH_HOUSE(test_partner_gone),
		WITH_HOUSE(test_certificate_ended),
		WITH_HOUSE(test_certless),
		WITH_HOUSE(test_certless_full),
		WITH_HOUSE(test_two_on_one_connection),
		WITH_HOUSE(test_certless_body),
		WITH_HOUSE(test_certless_unproven),
		WITH_HOUSE(test_certless_trouble),
		WITH_HOUSE(test_no_health_for_strangers),
		WITH_HOUSE(test_old_tls),
		WITH_HOUSE(test_old_tls_agreed),
		WITH_HOUSE(test_stranger),
		WITH_HOUSE(test_continue),
		WITH_HOUSE(test_retired),
		WITH_HOUSE(test_retired_idle),
		WITH_HOUSE(test_trickle),
		WITH_HOUSE(test_trickled_body),
		WITH_HOUSE(test_far_ahead),
		WITH_HOUSE(test_turned_away),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
