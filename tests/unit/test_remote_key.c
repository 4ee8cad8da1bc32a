/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in another process, with the keyholder played by key_serve() in this one: whatever a local
 * key can do for signatures, seals and TLS, a remote one must do alike; and when the service fails,
 * nothing is produced.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "exchange/agreement.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"
#include "seal_whole.h"
#include "sign_whole.h"
#include "safeguards/signature.h"

#define ALL_ALGORITHMS ((1u << ALGORITHMS) - 1)

struct holder {
	struct key *local;
	unsigned asked;
	bool broken;
};

static enum status serve(void *context, struct buf *out, unsigned number,
	const struct key_request *request, struct fault *f)
{
	struct holder *h = context;

	assert_int_equal(number, 7);
	h->asked++;
	if (h->broken)
		return fault_set(f, ST_RETRY, "key.unreachable", "the service is away");
	return key_serve(out, h->local, request, f);
}

struct party {
	struct holder holder;
	struct key_service service;
	struct key *root_key, *remote;
	struct cert *root, *cert;
};

static void party_init(struct party *p, enum key_kind kind, enum cert_use use)
{
	struct fault f;

	*p = (struct party){ 0 };
	p->service = (struct key_service){ serve, &p->holder };
	assert_int_equal(crypto_init(&f), ST_OK);
	assert_int_equal(key_generate(&p->root_key, KEY_EC_P256, &f), ST_OK);
	assert_int_equal(key_generate(&p->holder.local, kind, &f), ST_OK);
	assert_int_equal(
		authority_make(&p->root, p->root_key, "1", "Test", clock_utc_ns(), &f), ST_OK);
	assert_int_equal(authority_issue(&p->cert, p->root, p->root_key, p->holder.local, use, "1",
				 "Test", "localhost", clock_utc_ns(), &f),
		ST_OK);
	assert_int_equal(key_remote(&p->remote, p->cert, 7, &p->service, &f), ST_OK);
	assert_true(key_matches(p->remote, p->cert));
}

static void party_done(struct party *p)
{
	key_free(p->remote);
	key_free(p->holder.local);
	key_free(p->root_key);
	cert_free(p->cert);
	cert_free(p->root);
}

static const struct {
	const char *name;
	enum key_kind kind;
	unsigned algorithms;
} kinds[] = {
	{ "P-256", KEY_EC_P256, 0 },
	{ "P-384", KEY_EC_P384, 0 },
	{ "P-521", KEY_EC_P521, 0 },
	{ "RSA, v1.5", KEY_RSA, ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_V15) },
	{ "RSA, OAEP", KEY_RSA, ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_OAEP) },
	{ "P-256, CBC", KEY_EC_P256, ALG_BIT(ALG_AES_CBC) },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void test_signs(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		struct signature_facts facts;
		struct party p;
		struct fault f = { 0 };

		print_message("%s\n", kinds[i].name);
		party_init(&p, kinds[i].kind, CERT_SIGN);
		struct signer signer = { .cert = p.cert, .key = p.remote };
		assert_int_equal(
			sign_whole(&der, S("content"), &signer, clock_utc_ns(), &f), ST_OK);
		assert_int_equal(p.holder.asked, 1);
		const struct cert *trusted[] = { p.cert };
		assert_int_equal(signature_check(&facts, buf_slice(&der), S("content"), trusted, 1,
					 kinds[i].algorithms, clock_utc_ns(), &f),
			ST_OK);
		assert_int_equal(signature_check(&facts, buf_slice(&der), S("Content"), trusted, 1,
					 kinds[i].algorithms, clock_utc_ns(), &f),
			ST_AUTH);
		assert_string_equal(f.code, "signature.digest");
		party_done(&p);
	}
}

static void test_opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		AUTO_IN_PLACE(buf) der = buf_init(100000);
		AUTO_IN_PLACE(buf) opened = buf_init(100000);
		struct party p;
		struct fault f = { 0 };

		print_message("%s\n", kinds[i].name);
		party_init(&p, kinds[i].kind, CERT_ENCRYPT);
		struct opener opener = { p.cert, p.remote };
		assert_int_equal(
			seal_whole(&der, S("a secret"), p.cert, kinds[i].algorithms, &f), ST_OK);
		enum status st =
			sealing_open(&opened, buf_slice(&der), &opener, 1, kinds[i].algorithms, &f);
		if (st != ST_OK)
			print_error("%s %s\n", f.code, f.text);
		assert_int_equal(st, ST_OK);
		assert_true(slice_eq(buf_slice(&opened), S("a secret")));
		assert_int_equal(p.holder.asked, 1);
		party_done(&p);
	}
}

static void test_service_away(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) sealed = buf_init(100000);
	AUTO_IN_PLACE(buf) opened = buf_init(100000);
	struct party p;
	struct fault f;

	(void)state;
	party_init(&p, KEY_EC_P256, CERT_SIGN);
	p.holder.broken = true;
	struct signer signer = { .cert = p.cert, .key = p.remote };
	assert_int_equal(sign_whole(&der, S("content"), &signer, clock_utc_ns(), &f), ST_HOST);
	assert_int_equal(der.n, 0);
	party_done(&p);
	party_init(&p, KEY_EC_P256, CERT_ENCRYPT);
	p.holder.broken = true;
	struct opener opener = { p.cert, p.remote };
	assert_int_equal(seal_whole(&sealed, S("a secret"), p.cert, 0, &f), ST_OK);
	assert_int_equal(sealing_open(&opened, buf_slice(&sealed), &opener, 1, 0, &f), ST_AUTH);
	assert_int_equal(opened.n, 0);
	party_done(&p);
}

/* A local key and a remote one of the same certificate are the same key to everybody else. */
static void test_matches(void **state)
{
	struct party a, b;

	(void)state;
	party_init(&a, KEY_EC_P256, CERT_SIGN);
	party_init(&b, KEY_EC_P256, CERT_SIGN);
	assert_true(key_matches(a.holder.local, a.cert));
	assert_false(key_matches(a.remote, b.cert));
	assert_false(key_matches(b.remote, a.cert));
	party_done(&a);
	party_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_service_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
