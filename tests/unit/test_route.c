/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to one partner: whether it is still the same way, and attempts that end before TLS does.
 */
#include "exchange_expect.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "circle.h"
#include "processes/route.h"

static struct circle own, sunny, windy;
static struct process courier;
static struct agreement agreement;

struct ended {
	unsigned count;
	enum status status;
	struct fault fault;
	uint64_t rows; /* sum */
};

static void on_done(void *context, struct route *route, struct transfer *t, enum status st,
	const struct fault *f)
{
	struct ended *ended = context;

	(void)route;
	ended->count++;
	ended->status = st;
	ended->fault = *f;
	ended->rows += t->row;
	transfer_free(t);
}

static struct route *route_to(struct sheet *sheet, struct ended *ended)
{
	return route_new(&courier, &(struct partner){ sheet, &agreement }, on_done, ended);
}

static bool serves(const struct route *route, struct sheet *sheet)
{
	return route_serves(route, &(struct partner){ sheet, &agreement });
}

/* --- the same way --- */

static void change_nothing(struct sheet *s)
{
	(void)s;
}

static void change_url(struct sheet *s)
{
	must(slice_to_text(s->url, sizeof(s->url), S("https://localhost:2"), NULL),
		&(struct fault){ 0 });
}

static void change_name(struct sheet *s)
{
	s->name[0]++;
}

static void add_tls(struct sheet *s)
{
	sheet_list(s, CERT_TLS, windy.certs[CERT_TLS]);
}

static void add_sign(struct sheet *s)
{
	sheet_list(s, CERT_SIGN, windy.certs[CERT_SIGN]);
}

static void replace_tls(struct sheet *s)
{
	buf_clear(&s->certs[CERT_TLS].der);
	cert_format_der(&s->certs[CERT_TLS].der, windy.certs[CERT_TLS]);
}

static void remove_all(struct sheet *s)
{
	while (s->cert_count > 0)
		buf_done(&s->certs[--s->cert_count].der);
}

static const struct {
	const char *name;
	void (*change)(struct sheet *);
	bool same;
} changes[] = {
	{ "nothing", change_nothing, true },
	{ "another address", change_url, false },
	{ "another name", change_name, true },
	{ "a TLS certificate more", add_tls, false },
	{ "a signing certificate more, which is no matter of the way", add_sign, true },
	{ "another TLS certificate", replace_tls, false },
	{ "no certificates", remove_all, false },
};

static void it_is_the_same_way(void **state)
{
	AUTO(sheet) sheet = circle_sheet(&sunny);
	AUTO(route) route = route_to(sheet, NULL);

	(void)state;
	expect_text("partner", route_partner(route), "sunny");
	for (size_t i = 0; i < COUNT(changes); i++) {
		AUTO(sheet) other = circle_sheet(&sunny);

		changes[i].change(other);
		if (serves(route, other) != changes[i].same)
			fail_msg("%s", changes[i].name);
	}
}

static void not_under_another_certificate_of_ours(void **state)
{
	AUTO(sheet) sheet = circle_sheet(&sunny);
	AUTO(route) route = route_to(sheet, NULL);

	(void)state;
	courier.own[CERT_TLS] = windy.certs[CERT_TLS];
	bool same = serves(route, sheet);
	courier.own[CERT_TLS] = own.certs[CERT_TLS];
	assert_false(same);
	assert_true(serves(route, sheet));
}

static void not_to_another_path(void **state)
{
	AUTO(sheet) sheet = circle_sheet(&sunny);
	AUTO(route) route = route_to(sheet, NULL);
	struct agreement moved = agreement;

	(void)state;
	assert_true(route_serves(route, &(struct partner){ sheet, &moved }));
	moved.as2.receipt_path[0] = '/';
	assert_false(route_serves(route, &(struct partner){ sheet, &moved }));
	moved = agreement;
	moved.as2.path[0] = '/';
	assert_false(route_serves(route, &(struct partner){ sheet, &moved }));
}

/* --- bodies --- */

static void bytes_put(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(out, (uint8_t)(i * 7 + i / 251));
}

/* One byte of it is another, at `changed`, where it has so many. */
static enum status body_given(
	struct transfer **out, size_t n, size_t changed, size_t given, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(n);
	struct sealed_digest digest;
	int fd;

	bytes_put(&body, n);
	sealed_digest_compute(&digest, buf_slice(&body));
	if (changed < n)
		body.p[changed] ^= 1;
	must(memory_file_new(&fd, "body", slice_to(buf_slice(&body), given), f), f);
	return transfer_new(out,
		&(struct verb_deliver){ .partner = S("sunny"),
			.message_id = S("m1@x"),
			.n = n,
			.sealed_digest = sealed_digest_slice(&digest) },
		1, fd, f);
}

#define KIB ((size_t)1024)

static const struct {
	const char *name;
	size_t n, changed, given;
	const char *code; /* of what it is refused for; NULL: it may go */
} bodies[] = {
	{ "nothing", 0, 0, 0, NULL },
	{ "small", 500, 500, 500, NULL },
	{ "small, its first byte changed", 500, 0, 500, LEDGER_SEALED },
	{ "small, its last byte changed", 500, 499, 500, LEDGER_SEALED },
	{ "small, cut", 500, 500, 499, "ledger.body" },
	{ "what is one record", 64 * KIB, 64 * KIB - 1, 64 * KIB, LEDGER_SEALED },
	{ "not so small", 500 * KIB, 500 * KIB, 500 * KIB, NULL },
	{ "not so small, changed", 500 * KIB, 300 * KIB, 500 * KIB, LEDGER_SEALED },
	{ "not so small, cut", 500 * KIB, 500 * KIB, 100 * KIB, "ledger.body" },
};

/* Nothing of it is sent, and nobody is connected to for it. */
static void what_is_not_long_is_compared_before_it_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		AUTO(transfer) t = NULL;
		struct fault f = { 0 };

		enum status st = body_given(
			&t, bodies[i].n, bodies[i].changed, bodies[i].given, &f);
		expect_fault(bodies[i].name, st, &f, bodies[i].code ? ST_HOST : ST_OK,
			bodies[i].code);
		if (t && transfer_may_be_looked_at(t))
			fail_msg("%s: it was not compared", bodies[i].name);
	}
}

static enum status looked_at(struct transfer *t, unsigned *steps, struct fault *f)
{
	for (*steps = 0; transfer_may_be_looked_at(t); (*steps)++)
		TRY(transfer_look(t, f));
	return ST_OK;
}

/* As long as one megabyte is: a piece each time. */
static void what_is_long_is_compared_in_pieces(void **state)
{
	const size_t n = 5000 * KIB;
	AUTO(transfer) whole = NULL;
	AUTO(transfer) changed = NULL;
	AUTO(transfer) cut = NULL;
	struct fault f = { 0 };
	unsigned steps;

	(void)state;
	must(body_given(&whole, n, n, n, &f), &f);
	must(looked_at(whole, &steps, &f), &f);
	assert_int_equal(steps, 5);
	must(body_given(&changed, n, 1, n, &f), &f);
	expect_fault("changed", looked_at(changed, &steps, &f), &f, ST_HOST, LEDGER_SEALED);
	assert_int_equal(steps, 4);
	must(body_given(&cut, n, n, n / 2, &f), &f);
	expect_fault("cut", looked_at(cut, &steps, &f), &f, ST_HOST, "ledger.body");
}

/* --- attempts --- */

static const struct {
	const char *name, *headers;
	bool receipt;
	const char *type, *answer;
	bool taken;
} answers[] = {
	{ "a receipt of ours", "", true, "", "", true },
	{ "whatever they say to a receipt of ours", "", true, "multipart/signed", "x", true },
	{ "no receipt asked for", "", false, "", "", false },
	{ "asked for at once", "Disposition-Notification-To: a\r\n", false, "multipart/signed", "x",
		false },
	{ "asked for later, nothing said",
		"Disposition-Notification-To: a\r\nReceipt-Delivery-Option: https://u/receipt\r\n",
		false, "", "", true },
	{ "asked for later, a word said",
		"Disposition-Notification-To: a\r\nReceipt-Delivery-Option: https://u/receipt\r\n",
		false, "text/plain", "thanks", true },
	{ "asked for later, and answered",
		"Disposition-Notification-To: a\r\nreceipt-delivery-option: https://u/receipt\r\n",
		false, "Multipart/Signed; x=y", "x", false },
	{ "a type and no receipt",
		"Disposition-Notification-To: a\r\nReceipt-Delivery-Option: https://u/receipt\r\n",
		false, "multipart/signed", "", true },
};

static void bytes_taken_are_no_receipt(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct verb_deliver verb = { .message_id = S("m1@x"),
			.receipt = answers[i].receipt,
			.headers = slice_str(answers[i].headers) };
		AUTO(transfer) t = NULL;
		struct fault f = { 0 };
		int fd;

		must(memory_file_new(&fd, "body", S(""), &f), &f);
		must(transfer_new(&t, &verb, 1, fd, &f), &f);
		buf_put_text(&t->answer, answers[i].answer);
		must(slice_to_text(t->type, sizeof(t->type), slice_str(answers[i].type), &f), &f);
		if (transfer_taken(t) != answers[i].taken)
			fail_msg("%s", answers[i].name);
	}
}

static struct transfer *transfer_of(uint64_t row)
{
	struct verb_deliver verb = { .partner = S("sunny"),
		.message_id = S("m1@x"),
		.headers = S("AS2-Version: 1.2\r\n"),
		.n = 4,
		.expires_ns = INT64_MAX };
	struct transfer *t = NULL;
	struct fault f = { 0 };
	int fd;

	must(memory_file_new(&fd, "body", S("body"), &f), &f);
	must(transfer_new(&t, &verb, row, fd, &f), &f);
	return t;
}

/* Bound and never listened on, so that nobody else can answer: every connection is refused. */
static int port_closed(unsigned *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&here, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &n), 0);
	*port = ntohs(here.sin_port);
	return fd;
}

static struct sheet *sheet_at(unsigned port)
{
	struct sheet *sheet = circle_sheet(&sunny);

	snprintf(sheet->url, sizeof(sheet->url), "https://127.0.0.1:%u", port);
	return sheet;
}

static int64_t in_an_hour(void)
{
	return clock_utc_ns() + 3600 * NS_PER_S;
}

static void refused_connections(void **state)
{
	unsigned port;
	AUTO_FD closed = port_closed(&port);
	AUTO(sheet) sheet = sheet_at(port);
	struct ended ended = { 0 };
	AUTO(route) route = route_to(sheet, &ended);

	(void)state;
	for (uint64_t row = 1; row <= 3; row++)
		route_start(route, transfer_of(row), in_an_hour());
	assert_int_equal(route_busy(route), 3);
	while (ended.count < 3)
		assert_true(event_base_loop(courier.loop, EVLOOP_ONCE) == 0);
	expect_fault("refused", ended.status, &ended.fault, ST_RETRY, "courier.connect");
	assert_int_equal(ended.rows, 6);
	assert_int_equal(route_busy(route), 0);
}

/* A listener's queue connects, and nobody ever says anything. */
static void aborted_without_a_word(void **state)
{
	unsigned port;
	AUTO_FD silent = port_closed(&port);
	AUTO(sheet) sheet = sheet_at(port);
	struct ended ended = { 0 };
	AUTO(route) route = route_to(sheet, &ended);

	(void)state;
	assert_int_equal(listen(silent, 8), 0);
	for (uint64_t row = 1; row <= 3; row++)
		route_start(route, transfer_of(row), in_an_hour());
	event_base_loop(courier.loop, EVLOOP_ONCE);
	route_abort(route);
	assert_int_equal(route_busy(route), 0);
	route_abort(route);
	route_start(route, transfer_of(4), in_an_hour());
	assert_int_equal(route_busy(route), 1); /* freed with the route */
	event_base_loop(courier.loop, EVLOOP_NONBLOCK);
	assert_int_equal(ended.count, 0);
}

static int courier_make(void **state)
{
	(void)state;
	circle_make(&own, "utility");
	circle_make(&sunny, "sunny");
	circle_make(&windy, "windy");
	agreement_init(&agreement);
	courier.loop = event_base_new();
	courier.registry = registry_new(settings_of("utility"));
	courier.own[CERT_TLS] = own.certs[CERT_TLS];
	courier.keys[CERT_TLS] = own.keys[CERT_TLS];
	return 0;
}

static int courier_done(void **state)
{
	(void)state;
	registry_free(courier.registry);
	event_base_free(courier.loop);
	circle_done(&own);
	circle_done(&sunny);
	circle_done(&windy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_same_way),
		cmocka_unit_test(not_under_another_certificate_of_ours),
		cmocka_unit_test(not_to_another_path),
		cmocka_unit_test(what_is_not_long_is_compared_before_it_goes),
		cmocka_unit_test(what_is_long_is_compared_in_pieces),
		cmocka_unit_test(bytes_taken_are_no_receipt),
		cmocka_unit_test(refused_connections),
		cmocka_unit_test(aborted_without_a_word),
	};

	return cmocka_run_group_tests_name("route", tests, courier_make, courier_done);
}
