/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS between two of us, in memory: both ends know each other by fingerprint, and every connection
 * where one does not, or where a certificate, its date or the protocol is not right, fails.
 */
#include "exchange_expect.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "as2_parties.h"
#include "base/codec.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/tls.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define ROUNDS_MAX 32

/* TLS asks the real clock; so these do too. */
struct end {
	struct key *key;
	struct cert *cert;
};

enum { SERVER, CLIENT, RSA_CLIENT, EXPIRED, FUTURE, ENDS };
static struct end ends[ENDS];

static void end_make(struct end *e, const struct party *by, enum key_kind kind, int64_t now)
{
	struct fault f = { 0 };

	must(key_generate(&e->key, kind, &f), &f);
	must(authority_issue(&e->cert, by->root, by->root_key, e->key, CERT_TLS, by->id, by->id,
		     "localhost", now, &f),
		&f);
}

static int set_up(void **state)
{
	int64_t now = clock_utc_ns();

	parties_make(state);
	end_make(&ends[SERVER], &parties[UTILITY], KEY_EC_P256, now);
	end_make(&ends[CLIENT], &parties[AGGREGATOR], KEY_EC_P384, now);
	end_make(&ends[RSA_CLIENT], &parties[AGGREGATOR], KEY_RSA, now);
	end_make(&ends[EXPIRED], &parties[AGGREGATOR], KEY_EC_P256, now - 399 * DAY_NS);
	end_make(&ends[FUTURE], &parties[AGGREGATOR], KEY_EC_P256, now + DAY_NS);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < ENDS; i++) {
		cert_free(ends[i].cert);
		key_free(ends[i].key);
	}
	return parties_free(state);
}

/* --- connections ------------------------------------------------------------------- */

struct pinned {
	struct fault dates; /* of the last that was refused for them; no code: none was */
	const struct cert *certs[2];
	unsigned asked;
};

static bool known(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	struct pinned *p = context;

	p->asked++;
	for (size_t i = 0; i < COUNT(p->certs); i++)
		if (p->certs[i] &&
			slice_eq(cert_fingerprint(p->certs[i]),
				slice_of(fingerprint, CERT_FINGERPRINT_SIZE)))
			return true;
	return false;
}

static void out_of_date(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE],
	const struct fault *why)
{
	struct pinned *p = context;

	assert_true(known(context, fingerprint));
	p->asked--;
	p->dates = *why;
}

struct connection {
	struct pinned server_pinned, client_pinned;
	struct tls_pins server_pins, client_pins;
	struct tls_server *server;
	SSL_CTX *client_ctx;
	SSL *accepted, *connected;
};

static struct signer signer_end(const struct end *e)
{
	return (struct signer){ .cert = e->cert, .key = e->key };
}

static void join(struct connection *c)
{
	BIO *a, *b;

	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(c->accepted, a, a);
	SSL_set_bio(c->connected, b, b);
}

/* Each end knows the other; the caller may change what it likes before connection_start(). */
static void connection_init(struct connection *c, unsigned client)
{
	struct signer server = signer_end(&ends[SERVER]), own = signer_end(&ends[client]);
	struct fault f = { 0 };

	*c = (struct connection){
		.server_pinned = { .certs = { parties[STRANGER].sign, ends[client].cert } },
		.client_pinned = { .certs = { ends[SERVER].cert } },
	};
	c->server_pins = (struct tls_pins){
		.known = known, .out_of_date = out_of_date, .context = &c->server_pinned };
	c->client_pins = (struct tls_pins){
		.known = known, .out_of_date = out_of_date, .context = &c->client_pinned };
	must(tls_server_new(&c->server, &server, &c->server_pins, &f), &f);
	c->client_ctx = SSL_CTX_new(TLS_client_method());
	must(tls_client_configure(c->client_ctx, &own, &c->client_pins, &f), &f);
}

static void connection_start(struct connection *c)
{
	c->accepted = tls_server_accept(c->server);
	c->connected = SSL_new(c->client_ctx);
	SSL_set_connect_state(c->connected);
	join(c);
}

static void connection_done(struct connection *c)
{
	SSL_free(c->accepted);
	SSL_free(c->connected);
	SSL_CTX_free(c->client_ctx);
	tls_server_free(c->server);
	ERR_clear_error();
}
DEFINE_AUTO_IN_PLACE(connection)

/* Whether the end wants more, is done, or failed. */
static enum status step(SSL *ssl)
{
	int n = SSL_do_handshake(ssl);
	int error = SSL_get_error(ssl, n);

	if (n == 1)
		return ST_OK;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? ST_MORE : ST_AUTH;
}

/* In TLS 1.3 the client is done before the server has judged it: a byte must come back as well. */
static bool echoes(struct connection *c)
{
	char byte = 'x', back = 0;

	return SSL_write(c->accepted, &byte, 1) == 1 && SSL_read(c->connected, &back, 1) == 1 &&
		back == 'x';
}

static bool shake(struct connection *c)
{
	enum status server = ST_MORE, client = ST_MORE;

	for (int i = 0; i < ROUNDS_MAX && (server == ST_MORE || client == ST_MORE); i++) {
		client = client == ST_MORE ? step(c->connected) : client;
		server = server == ST_MORE ? step(c->accepted) : server;
		if (client == ST_AUTH || server == ST_AUTH)
			return false;
	}
	return server == ST_OK && client == ST_OK && echoes(c);
}

/* --- good ones --------------------------------------------------------------------- */

static void both_ends_know_each_other(void **state)
{
	static const unsigned clients[] = { CLIENT, RSA_CLIENT };

	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		uint8_t client[CERT_FINGERPRINT_SIZE], server[CERT_FINGERPRINT_SIZE];
		AUTO_IN_PLACE(connection) c;
		struct fault f = { 0 };

		connection_init(&c, clients[i]);
		connection_start(&c);
		assert_true(shake(&c));
		assert_int_equal(c.server_pinned.asked, 1);
		assert_int_equal(c.client_pinned.asked, 1);
		must(tls_peer_fingerprint(client, c.accepted, &f), &f);
		must(tls_peer_fingerprint(server, c.connected, &f), &f);
		assert_true(slice_eq(
			slice_of(client, sizeof(client)), cert_fingerprint(ends[clients[i]].cert)));
		assert_true(slice_eq(
			slice_of(server, sizeof(server)), cert_fingerprint(ends[SERVER].cert)));
		assert_int_equal(tls_peer_ends_ns(c.accepted),
			cert_not_after_ns(ends[clients[i]].cert));
	}
}

static void the_best_group_is_taken(void **state)
{
	AUTO_IN_PLACE(connection) c;

	(void)state;
	connection_init(&c, CLIENT);
	connection_start(&c);
	assert_true(shake(&c));
	assert_string_equal(SSL_get_version(c.connected), "TLSv1.3");
	assert_true(slice_eq_nocase(slice_str(tls_group(c.connected)),
		crypto_post_quantum() ? S("X25519MLKEM768") : S("X25519")));
	assert_string_equal(tls_group(c.connected), tls_group(c.accepted));
}

/* A ticket would let in a partner whose certificate was taken off the list meanwhile. */
static void nothing_is_resumed(void **state)
{
	AUTO_IN_PLACE(connection) c;

	(void)state;
	connection_init(&c, CLIENT);
	connection_start(&c);
	assert_true(shake(&c));
	assert_false(SSL_SESSION_is_resumable(SSL_get0_session(c.connected)));
	assert_false(SSL_SESSION_has_ticket(SSL_get0_session(c.connected)));
}

static void one_server_takes_many(void **state)
{
	AUTO_IN_PLACE(connection) c;

	(void)state;
	connection_init(&c, CLIENT);
	for (unsigned i = 0; i < 3; i++) {
		SSL_free(c.accepted);
		SSL_free(c.connected);
		connection_start(&c);
		assert_true(shake(&c));
		assert_int_equal(c.server_pinned.asked, i + 1);
	}
}

/* --- refused ones ------------------------------------------------------------------ */

static void server_forgets(struct connection *c)
{
	c->server_pinned.certs[1] = NULL;
}

static void client_forgets(struct connection *c)
{
	c->client_pinned.certs[0] = NULL;
}

/* The party's root is not its TLS certificate. */
static void server_knows_the_root(struct connection *c)
{
	c->server_pinned.certs[1] = parties[AGGREGATOR].root;
}

static void nobody_sends(struct connection *c)
{
	SSL_CTX *bare = SSL_CTX_new(TLS_client_method());

	SSL_CTX_free(c->client_ctx);
	c->client_ctx = bare;
}

static void no_more_than_tls_1_2(struct connection *c)
{
	assert_int_equal(SSL_CTX_set_min_proto_version(c->client_ctx, TLS1_2_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(c->client_ctx, TLS1_2_VERSION), 1);
}

static void another_group(struct connection *c)
{
	assert_int_equal(SSL_CTX_set1_groups_list(c->client_ctx, "P-521"), 1);
}

/* More certificates than the 16 KiB of the limit. */
static void a_long_chain(struct connection *c)
{
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(
			SSL_CTX_add1_chain_cert(c->client_ctx, parties[AGGREGATOR].root->x509), 1);
}

static void a_short_chain(struct connection *c)
{
	assert_int_equal(SSL_CTX_add1_chain_cert(c->client_ctx, parties[AGGREGATOR].root->x509), 1);
}

/* What is pinned comes along, behind the certificate that is used. */
static void a_borrowed_certificate(struct connection *c)
{
	c->server_pinned.certs[1] = ends[RSA_CLIENT].cert;
	assert_int_equal(SSL_CTX_add1_chain_cert(c->client_ctx, ends[RSA_CLIENT].cert->x509), 1);
}

static void server_again(struct connection *c)
{
	struct signer own = signer_end(&ends[SERVER]);
	struct fault f = { 0 };

	tls_server_free(c->server);
	must(tls_server_new(&c->server, &own, &c->server_pins, &f), &f);
}

static void may_send_none(struct connection *c)
{
	c->server_pins.certificate_optional = true;
	server_again(c);
}

static void nobody_sends_and_may(struct connection *c)
{
	may_send_none(c);
	nobody_sends(c);
}

static void an_unknown_one(struct connection *c)
{
	may_send_none(c);
	server_forgets(c);
}

static void tls_1_2_is_agreed(struct connection *c)
{
	c->server_pins.version_1_2 = true;
	server_again(c);
	no_more_than_tls_1_2(c);
}

static void tls_1_2_by_cbc(struct connection *c)
{
	tls_1_2_is_agreed(c);
	assert_int_equal(
		SSL_CTX_set_cipher_list(c->client_ctx,
			"ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:AES256-GCM-SHA384"),
		1);
}

static void tls_1_1(struct connection *c)
{
	tls_1_2_is_agreed(c);
	SSL_CTX_set_security_level(c->client_ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(c->client_ctx, TLS1_1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(c->client_ctx, TLS1_1_VERSION), 1);
}

static const struct {
	const char *name;
	unsigned client;
	void (*change)(struct connection *);
	bool good;
} changes[] = {
	{ "the chain is sent too", CLIENT, a_short_chain, true },
	{ "the server does not know the client", CLIENT, server_forgets, false },
	{ "the client does not know the server", CLIENT, client_forgets, false },
	{ "the server knows the client's root", CLIENT, server_knows_the_root, false },
	{ "no client certificate", CLIENT, nobody_sends, false },
	{ "TLS 1.2", CLIENT, no_more_than_tls_1_2, false },
	{ "a group we do not offer", CLIENT, another_group, false },
	{ "too many certificates", CLIENT, a_long_chain, false },
	{ "another's certificate in the chain", CLIENT, a_borrowed_certificate, false },
	{ "none where it is optional", CLIENT, nobody_sends_and_may, true },
	{ "one where it is optional", CLIENT, may_send_none, true },
	{ "an unknown one where it is optional", CLIENT, an_unknown_one, false },
	{ "TLS 1.2 where it is agreed", CLIENT, tls_1_2_is_agreed, true },
	{ "TLS 1.2 by RSA where it is agreed", RSA_CLIENT, tls_1_2_is_agreed, true },
	{ "TLS 1.2 without forward secrecy or by CBC", CLIENT, tls_1_2_by_cbc, false },
	{ "TLS 1.1 where 1.2 is agreed", CLIENT, tls_1_1, false },
	{ "expired", EXPIRED, NULL, false },
	{ "not valid yet", FUTURE, NULL, false },
};

static void the_others_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		AUTO_IN_PLACE(connection) c;

		print_message("%s\n", changes[i].name);
		connection_init(&c, changes[i].client);
		if (changes[i].change)
			changes[i].change(&c);
		connection_start(&c);
		assert_int_equal(shake(&c), changes[i].good);
	}
}

static void dates_expect(const struct fault *f, unsigned end)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * CERT_FINGERPRINT_SIZE + 1);
	char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

	assert_string_equal(f->code, end == FUTURE ? "cert.not-yet" : "cert.expired");
	time_format(from, cert_not_before_ns(ends[end].cert))[19] = '\0';
	time_format(until, cert_not_after_ns(ends[end].cert))[19] = '\0';
	hex_format(&hex, cert_fingerprint(ends[end].cert));
	assert_non_null(strstr(f->text, buf_text(&hex)));
	assert_non_null(strstr(f->text, from));
	assert_non_null(strstr(f->text, until));
}

static void an_expired_server_is_refused(void **state)
{
	static const unsigned servers[] = { EXPIRED, FUTURE };

	(void)state;
	for (size_t i = 0; i < COUNT(servers); i++) {
		struct signer own = signer_end(&ends[servers[i]]);
		AUTO_IN_PLACE(connection) c;
		struct fault f = { 0 };

		connection_init(&c, CLIENT);
		tls_server_free(c.server);
		must(tls_server_new(&c.server, &own, &c.server_pins, &f), &f);
		c.client_pinned.certs[0] = own.cert;
		connection_start(&c);
		assert_false(shake(&c));
		assert_int_equal(c.client_pinned.asked, 1);
		dates_expect(&c.client_pinned.dates, servers[i]);
	}
}

static void whose_dates_are_not_now_is_told(void **state)
{
	static const unsigned clients[] = { EXPIRED, FUTURE };

	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		AUTO_IN_PLACE(connection) c;

		connection_init(&c, clients[i]);
		connection_start(&c);
		assert_false(shake(&c));
		dates_expect(&c.server_pinned.dates, clients[i]);
	}
	for (size_t i = 0; i < 2; i++) { /* neither a good one nor an unknown one is */
		AUTO_IN_PLACE(connection) c;

		connection_init(&c, CLIENT);
		if (i == 1)
			an_unknown_one(&c);
		connection_start(&c);
		assert_int_equal(shake(&c), i == 0);
		assert_string_equal(c.server_pinned.dates.code, "");
	}
}

/* By the agreement, for some days: of the pinned certificate that has ended, and of no other. */
static bool tolerated(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	return known(context, fingerprint);
}

static bool never_tolerated(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	(void)context;
	(void)fingerprint;
	return false;
}

static const struct {
	const char *name;
	unsigned client;
	bool (*tolerated)(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
	bool is_pinned, good;
} endings[] = {
	{ "tolerated", EXPIRED, tolerated, true, true },
	{ "not any more", EXPIRED, never_tolerated, true, false },
	{ "a stranger's", EXPIRED, tolerated, false, false },
	{ "one that has not begun", FUTURE, tolerated, true, false },
	{ "one that has not ended", CLIENT, never_tolerated, true, true },
};

static void ended_certificates_may_be_tolerated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endings); i++) {
		AUTO_IN_PLACE(connection) c;

		print_message("%s\n", endings[i].name);
		connection_init(&c, endings[i].client);
		c.server_pins.tolerated = endings[i].tolerated;
		if (!endings[i].is_pinned)
			c.server_pinned.certs[1] = NULL;
		connection_start(&c);
		assert_int_equal(shake(&c), endings[i].good);
	}
}

/* The other way round: a server whose certificate has ended. */
static void an_ended_server_may_be_tolerated(void **state)
{
	struct signer own = signer_end(&ends[EXPIRED]);
	AUTO_IN_PLACE(connection) c;
	struct fault f = { 0 };

	(void)state;
	connection_init(&c, CLIENT);
	tls_server_free(c.server);
	must(tls_server_new(&c.server, &own, &c.server_pins, &f), &f);
	c.client_pinned.certs[0] = own.cert;
	c.client_pins.tolerated = tolerated;
	connection_start(&c);
	assert_true(shake(&c));
}

/* --- what a proven peer says beside data -------------------------------------------- */

#define FLOOD 1000

/* One new key after the other, each to be answered by another: how many until nobody listens. */
static unsigned new_keys(SSL *from, SSL *to)
{
	char byte;

	SSL_set_msg_callback(from, NULL);
	for (unsigned i = 0; i < FLOOD; i++) {
		assert_int_equal(SSL_key_update(from, SSL_KEY_UPDATE_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(from), 1);
		int n = SSL_read(to, &byte, 1);
		if (SSL_get_error(to, n) != SSL_ERROR_WANT_READ)
			return i;
		n = SSL_read(from, &byte, 1);
		assert_int_equal(SSL_get_error(from, n), SSL_ERROR_WANT_READ);
	}
	return FLOOD;
}

/* OpenSSL reads such in one call, as long as more of it comes: meanwhile nobody else is served. */
static void new_keys_have_an_end(void **state)
{
	(void)state;
	for (int of_server = 0; of_server <= 1; of_server++) {
		AUTO_IN_PLACE(connection) c;

		connection_init(&c, CLIENT);
		connection_start(&c);
		assert_true(shake(&c));
		SSL *from = of_server ? c.accepted : c.connected;
		SSL *to = of_server ? c.connected : c.accepted;
		assert_in_range(new_keys(from, to), 10, 100);
	}
}

static void a_certificate_needs_its_key(void **state)
{
	struct signer own = { .cert = ends[SERVER].cert, .key = ends[EXPIRED].key };
	struct pinned pinned = { 0 };
	struct tls_pins pins = { .known = known, .context = &pinned };
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct tls_server *server = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault(
		"server", tls_server_new(&server, &own, &pins, &f), &f, ST_HOST, "tls.configure");
	assert_null(server);
	expect_fault(
		"client", tls_client_configure(ctx, &own, &pins, &f), &f, ST_HOST, "tls.configure");
	SSL_CTX_free(ctx);
	tls_server_free(NULL);
}

/* --- what is said ------------------------------------------------------------------ */

static void faults_say_what_happened(void **state)
{
	AUTO_IN_PLACE(connection) c;
	struct fault f = { 0 };

	(void)state;
	connection_init(&c, CLIENT);
	client_forgets(&c);
	connection_start(&c);
	ERR_clear_error();
	assert_false(shake(&c));
	expect_fault("refused", tls_fault(&f, "connecting"), &f, ST_AUTH, "tls.handshake");
	expect_says("refused", &f, "connecting: ");
	expect_says("refused", &f, "certificate");
	expect_fault("emptied", tls_fault(&f, "connecting"), &f, ST_AUTH, "tls.handshake");
	expect_says("emptied", &f, "no reason given");
}

static void a_peer_without_certificate_has_no_fingerprint(void **state)
{
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	AUTO_IN_PLACE(connection) c;
	struct fault f = { 0 };

	(void)state;
	connection_init(&c, CLIENT);
	connection_start(&c);
	expect_fault("before the handshake", tls_peer_fingerprint(fingerprint, c.accepted, &f), &f,
		ST_AUTH, "tls.no-certificate");
	expect_text("group", tls_group(c.accepted), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_know_each_other),
		cmocka_unit_test(the_best_group_is_taken),
		cmocka_unit_test(nothing_is_resumed),
		cmocka_unit_test(one_server_takes_many),
		cmocka_unit_test(the_others_are_refused),
		cmocka_unit_test(an_expired_server_is_refused),
		cmocka_unit_test(whose_dates_are_not_now_is_told),
		cmocka_unit_test(ended_certificates_may_be_tolerated),
		cmocka_unit_test(an_ended_server_may_be_tolerated),
		cmocka_unit_test(new_keys_have_an_end),
		cmocka_unit_test(a_certificate_needs_its_key),
		cmocka_unit_test(faults_say_what_happened),
		cmocka_unit_test(a_peer_without_certificate_has_no_fingerprint),
	};

	return cmocka_run_group_tests_name("tls", tests, set_up, tear_down);
}
