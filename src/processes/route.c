/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two libcurl multi handles (multi.h) per partner, in the courier: of outage notices, and of all
 * else.  In one, notices stood behind whatever the partner keeps waiting, once that is as much as
 * may be under way, and found their connection taken after each pause.  Connections are kept and
 * easy handles reused, so that a document costs no handshake; TLS is set up by safeguards/tls.h
 * with the pins of this one partner, and the address is the one in its sheet.
 */
#include "processes/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "processes/multi.h"
#include "processes/pins.h"
#include "processes/protection.h"
#include "processes/receipt_address.h"
#include "processes/tolerance.h"
#include "safeguards/tls.h"

#define EASY_POOL_MAX 64

enum way { WAY_URGENT, WAY_USUAL, WAYS };

struct route {
	struct process *self;
	route_done *done;
	void *context;
	char id[PARTY_ID_MAX + 1];
	char url[PARTY_URL_MAX + 1];
	char path[AS2_PATH_MAX + 1];
	struct buf receipt_address;
	struct pins *pins;
	struct tls_pins tls_pins;
	struct fault refused;        /* the certificate that was shown last; no code: none was */
	int64_t tolerate_expired_ns; /* of the agreement */
	int64_t answer_wait_ns; /* agreed for receipts in answers; 0: nothing is */
	bool refuses_expect;         /* it answered 417 once */
	bool takes_rests;            /* agreed */
	struct resumed resumed;
	struct cert *own; /* our TLS certificate as its connections show it */
	struct multi *multis[WAYS];
	struct transfers transfers;
	size_t busy;
	CURL *pool[EASY_POOL_MAX];
	size_t pooled;
};

/* --- TLS --- */

static bool certificate_known(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * CERT_FINGERPRINT_SIZE + 1);
	struct route *route = context;
	size_t owner;

	route->refused = (struct fault){ 0 };
	if (pins_find(&owner, route->pins, fingerprint))
		return true;
	hex_format(&hex, slice_of(fingerprint, CERT_FINGERPRINT_SIZE));
	fault_set(&route->refused, ST_AUTH, "pins.stranger",
		"the certificate shown there is not one of the partner's sheet: SHA-256 %s: ask "
		"the partner whether it is its own, and for a sheet with it", buf_text(&hex));
	return false;
}

static void certificate_out_of_date(void *context,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE], const struct fault *why)
{
	struct route *route = context;

	(void)fingerprint;
	fault_set(&route->refused, ST_AUTH, why->code, "its TLS certificate %s; %s",
		why->text, certificate_dates_advice(why->code));
}

static bool certificate_tolerated(void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	const struct route *route = context;

	(void)fingerprint; /* all pins of a route are one partner's */
	return tolerance_holds(route->tolerate_expired_ns, clock_utc_ns());
}

static bool certificate_vouched(
	void *context, struct cert *leaf, struct cert *const *sent, size_t sent_count)
{
	struct route *route = context;
	struct fault f;

	if (pins_admit(route->pins, leaf, sent, sent_count, clock_utc_ns(), &f) == ST_OK)
		return true;
	log_warning("certificate-refused", LOG_T("partner", route->id), LOG_FAULT(&f));
	if (strcmp(f.code, "pins.stranger") != 0)
		route->refused = f;
	return false;
}

static CURLcode on_tls(CURL *easy, void *ssl_ctx, void *context)
{
	struct route *route = context;
	struct signer own = { .cert = route->self->own[CERT_TLS],
		.key = route->self->keys[CERT_TLS] };
	struct transfer *t = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) != CURLE_OK || !t)
		return CURLE_SSL_CERTPROBLEM;
	return tls_client_configure(ssl_ctx, &own, &route->tls_pins, &t->fault) == ST_OK
		? CURLE_OK
		: CURLE_SSL_CERTPROBLEM;
}

/* --- easy handles --- */

static CURL *easy_take(struct route *route)
{
	if (route->pooled > 0)
		return route->pool[--route->pooled];
	CURL *easy = curl_easy_init();
	if (!easy)
		die("libcurl gives no handle");
	transfer_prepare(easy);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, route);
	return easy;
}

static void easy_give(struct route *route, CURL *easy)
{
	if (route->pooled < EASY_POOL_MAX)
		route->pool[route->pooled++] = easy;
	else
		curl_easy_cleanup(easy);
}

static CURLM *multi_of(const struct route *route, const struct transfer *t)
{
	const bool is_urgent = area_profile(t->area)->lane == 0;

	return multi_handle(route->multis[is_urgent ? WAY_URGENT : WAY_USUAL]);
}

static void transfer_launch(struct route *route, struct transfer *t, int64_t expires_ns)
{
	const struct transfer_target to = { route->url, route->path,
		buf_text(&route->receipt_address), route->refuses_expect,
		route->answer_wait_ns, route->takes_rests };
	CURL *easy = easy_take(route);

	transfer_start(t, easy, &to, expires_ns);
	TAILQ_INSERT_TAIL(&route->transfers, t, link);
	route->busy++;
	if (curl_multi_add_handle(multi_of(route, t), easy) != CURLM_OK)
		bug("libcurl takes no more transfers");
}

/* From here on the transfer is the caller's, and libcurl has no pointer to it. */
static void transfer_detach(struct route *route, struct transfer *t)
{
	CURL *easy = TAKE(t->easy);

	curl_multi_remove_handle(multi_of(route, t), easy);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, NULL);
	easy_give(route, easy);
	TAILQ_REMOVE(&route->transfers, t, link);
	route->busy--;
}

/* --- ends --- */

/* For as long as the partner is reached the same way, so that not every body goes twice. */
static void expect_judge(struct route *route, const struct transfer *t)
{
	if (!t->expect_refused || route->refuses_expect)
		return;
	route->refuses_expect = true;
	log_info("expect-refused", LOG_T("partner", route->id), LOG_T("msg", t->message_id));
}

static void transfer_end(struct route *route, struct transfer *t, CURLcode code)
{
	struct fault f = { .status = ST_OK };

	expect_judge(route, t);
	if (transfer_expects_in_vain(t) || transfer_was_question(t, &route->resumed)) {
		transfer_detach(route, t);
		if (transfer_rest_is_due(t))
			route->done(route->context, route, t, ST_OK, &f);
		else
			transfer_launch(route, t, t->expires_ns);
		return;
	}

	t->refused = &route->refused;
	enum status st = transfer_finish(t, code, &f);
	transfer_detach(route, t);
	route->done(route->context, route, t, st, &f);
}

static void on_ended(void *context, CURL *easy, CURLcode code)
{
	struct transfer *t = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) == CURLE_OK && t)
		transfer_end(context, t, code);
}

/* --- life --- */

static void multis_prepare(struct route *route)
{
	long attempts = registry_settings(route->self->registry)->attempts;

	for (enum way way = 0; way < WAYS; way++) {
		route->multis[way] = multi_new(route->self->loop, on_ended, route);
		CURLM *handle = multi_handle(route->multis[way]);
		curl_multi_setopt(handle, CURLMOPT_MAXCONNECTS, attempts);
		curl_multi_setopt(handle, CURLMOPT_MAX_HOST_CONNECTIONS, attempts);
	}
}

struct route *route_new(
	struct process *self, const struct partner *partner, route_done *done, void *context)
{
	struct route *route = alloc_zeroed(1, sizeof(*route));

	route->self = self;
	route->done = done;
	route->context = context;
	if (slice_to_text(route->id, sizeof(route->id), slice_str(partner->sheet->id), NULL) !=
			ST_OK ||
		slice_to_text(route->url, sizeof(route->url), slice_str(partner->sheet->url),
			NULL) != ST_OK ||
		slice_to_text(route->path, sizeof(route->path),
			slice_str(partner->agreement->as2.path), NULL) != ST_OK)
		bug("a sheet with texts longer than its fields");
	route->receipt_address = buf_init(RECEIPT_ADDRESS_MAX);
	receipt_address_put(&route->receipt_address, partner);
	route->pins = pins_new();
	pins_add_partner(route->pins, partner, 0, CHAIN_TLS_SERVER, self->fetched);
	pins_seal(route->pins);
	route->tls_pins = (struct tls_pins){ .known = certificate_known,
		.tolerated = certificate_tolerated,
		.vouched = certificate_vouched,
		.out_of_date = certificate_out_of_date,
		.context = route,
		.version_1_2 = partner->agreement->tls.version_1_2 };
	route->tolerate_expired_ns = partner->agreement->tolerate_expired_ns;
	route->answer_wait_ns = partner->agreement->as2.receipt_wait_ns;
	route->takes_rests = partner->agreement->as2.takes_rests;
	route->own = cert_ref(self->own[CERT_TLS]);
	TAILQ_INIT(&route->transfers);
	multis_prepare(route);
	return route;
}

void route_abort(struct route *route)
{
	struct transfer *t;

	while ((t = TAILQ_FIRST(&route->transfers))) {
		transfer_detach(route, t);
		transfer_free(t);
	}
}

/* The multi handles go before what their connections point to. */
void route_free(struct route *route)
{
	if (!route)
		return;
	route_abort(route);
	while (route->pooled > 0)
		curl_easy_cleanup(route->pool[--route->pooled]);
	for (enum way way = 0; way < WAYS; way++)
		multi_free(route->multis[way]);
	pins_free(route->pins);
	cert_free(route->own);
	buf_done(&route->receipt_address);
	free(route);
}

/* What deserves more waits: nobody has refused it, and an exception may let it through. */
static enum status connection_permits(
	void *context, const struct transfer *t, struct ssl_st *ssl, struct fault *f)
{
	const struct route *route = context;
	const struct registry *registry = route->self->registry;
	const struct protected what = { .direction = DIRECTION_SEND,
		.area = t->area,
		.secret_until_ns = t->secret_until_ns };
	struct protecting by = { .is_hybrid = false };
	size_t index;

	if (t->receipt || registry_find(&index, registry, slice_str(route->id), NULL) != ST_OK)
		return ST_OK;
	if (ssl)
		by = (struct protecting){ tls_is_hybrid(ssl), tls_peer_measure(ssl) };
	return protection_connection_permits(registry_settings(registry),
		registry_partner(registry, index)->agreement, &what, &by, clock_utc_ns(), f);
}

void route_start(struct route *route, struct transfer *t, int64_t expires_ns)
{
	t->permits = connection_permits;
	t->context = route;
	transfer_launch(route, t, expires_ns);
}

size_t route_busy(const struct route *route)
{
	return route->busy;
}

const char *route_partner(const struct route *route)
{
	return route->id;
}

bool route_serves(const struct route *route, const struct partner *partner)
{
	AUTO(pins) pins = pins_new();
	AUTO_IN_PLACE(buf) receipts = buf_init(RECEIPT_ADDRESS_MAX);

	pins_add_partner(pins, partner, 0, CHAIN_TLS_SERVER, route->self->fetched);
	pins_seal(pins);
	receipt_address_put(&receipts, partner);
	return strcmp(route->url, partner->sheet->url) == 0 &&
		strcmp(route->path, partner->agreement->as2.path) == 0 &&
		slice_eq(buf_slice(&route->receipt_address), buf_slice(&receipts)) &&
		route->tls_pins.version_1_2 == partner->agreement->tls.version_1_2 &&
		route->tolerate_expired_ns == partner->agreement->tolerate_expired_ns &&
		route->answer_wait_ns == partner->agreement->as2.receipt_wait_ns &&
		route->takes_rests == partner->agreement->as2.takes_rests &&
		pins_same(route->pins, pins) &&
		slice_eq(
			cert_fingerprint(route->own), cert_fingerprint(route->self->own[CERT_TLS]));
}
