/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may stand for a listed certificate: same name, same use, same authorities; for signatures and
 * for TLS.
 */
#include "issuing.h"

#include <string.h>

#include "processes/pins.h"
#include "safeguards/cms_certs.h"
#include "safeguards/crypto.h"
#include "safeguards/signature.h"

#define SIGNS \
	{ \
		NID_key_usage, "critical,digitalSignature" \
	}
#define NAMED(...) \
	{ \
		.extensions = { END_ENTITY, SIGNS }, .name = __VA_ARGS__ \
	}

static const struct recipe root_recipe = { .name = "root", .extensions = { AUTHORITY } };
static const struct recipe middle_recipe = { .name = "middle", .extensions = { AUTHORITY } };
static const struct recipe leaf_recipe = NAMED("partner");

/* root > middle > listed; the anchor is the root, and `middle` is sent along. */
struct house {
	struct issued root, middle, listed;
	struct vouch *vouch;
};

static void house_done(struct house *h)
{
	issued_done(&h->root);
	issued_done(&h->middle);
	issued_done(&h->listed);
	vouch_free(h->vouch);
}
DEFINE_AUTO_IN_PLACE(house)

static struct house house_make(void)
{
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	struct house h = { 0 };
	struct fault f = { 0 };

	h.root = issue(&root_recipe, NULL);
	h.middle = issue(&middle_recipe, &h.root);
	h.listed = issue(&leaf_recipe, &h.middle);
	cert_format_pem(&pem, h.root.cert);
	const struct vouch_terms terms = { .anchors = buf_slice(&pem) };
	expect_fault("vouch", vouch_new(&h.vouch, &terms, &f), &f, ST_OK, NULL);
	cert_vouch(h.listed.cert, h.vouch, CHAIN_SIGNING, NULL, 0);
	return h;
}

/* --- signatures ---------------------------------------------------------------------- */

enum by { BY_MIDDLE, BY_ROOT, BY_OTHER };

static const struct {
	const char *name;
	struct recipe signer;
	enum by by;
	bool brings_nothing; /* the intermediate stays at home */
	const char *code;    /* NULL: accepted */
} signers[] = {
	{ "renewed", NAMED("partner"), BY_MIDDLE, false, NULL },
	{ "renewed by the root itself", NAMED("partner"), BY_ROOT, true, NULL },
	{ "no way to the anchor", NAMED("partner"), BY_MIDDLE, true, "chain.untrusted" },
	{ "another name", NAMED("other"), BY_MIDDLE, false, "signature.unknown-signer" },
	{ "another authority", NAMED("partner"), BY_OTHER, false, "chain.untrusted" },
	{ "expired", NAMED("partner", .until_ns = NOW - DAY_NS / 2), BY_MIDDLE, false,
		"cert.expired" },
	{ "another use",
		{ .name = "partner",
			.extensions = { END_ENTITY,
				{ NID_key_usage, "critical,digitalSignature,nonRepudiation" } } },
		BY_MIDDLE, false, "signature.unknown-signer" },
};

static void sign(struct buf *der, const struct issued *by, const struct cert *brought)
{
	AUTO_BIO in = bio_of(S("content"));
	AUTO_BIO out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *others = sk_X509_new_null();

	if (brought)
		assert_true(sk_X509_push(others, brought->x509) > 0);
	AUTO_CMS cms = CMS_sign(by->cert->x509, by->key, others, in, CMS_DETACHED | CMS_BINARY);
	assert_non_null(cms);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
	sk_X509_free(others);
}

static void signatures_of_successors(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(issued) other = issue(&middle_recipe, NULL);
	const struct issued *authorities[] = { &h.middle, &h.root, &other };

	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		AUTO_IN_PLACE(issued) signer =
			issue(&signers[i].signer, authorities[signers[i].by]);
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		const struct cert *trusted[] = { h.listed.cert };
		struct signature_facts facts;
		struct fault f = { 0 };

		sign(&der, &signer, signers[i].brings_nothing ? NULL : h.middle.cert);
		expect_fault(signers[i].name,
			signature_check(
				&facts, buf_slice(&der), S("content"), trusted, 1, 0, NOW, &f),
			&f, signers[i].code ? ST_AUTH : ST_OK, signers[i].code);
		if (!signers[i].code)
			assert_memory_equal(facts.fingerprint, cert_fingerprint(signer.cert).p,
				CERT_FINGERPRINT_SIZE);
	}
}

/* The sheet lists certificates alone: how they come from an anchor is in the signature. */
static void the_listed_bring_their_chain(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) with = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) without = buf_init(SIGNATURE_SIZE_MAX);
	const struct cert *trusted[] = { h.listed.cert };
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&with, &h.listed, h.middle.cert);
	sign(&without, &h.listed, NULL);
	expect_fault("with",
		signature_check(&facts, buf_slice(&with), S("content"), trusted, 1, 0, NOW, &f), &f,
		ST_OK, NULL);
	expect_fault("without",
		signature_check(&facts, buf_slice(&without), S("content"), trusted, 1, 0, NOW, &f),
		&f, ST_AUTH, "chain.untrusted");
}

static void nobody_succeeds_the_pinned(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(issued) pinned = issue(&leaf_recipe, &h.middle);
	AUTO_IN_PLACE(issued) renewed = issue(&leaf_recipe, &h.middle);
	const struct cert *trusted[] = { pinned.cert };
	size_t index;

	(void)state;
	assert_int_equal(cert_succeed(&index, renewed.cert, NULL, 0, trusted, 1), ST_NONE);
	trusted[0] = h.listed.cert;
	assert_int_equal(cert_succeed(&index, renewed.cert, NULL, 0, trusted, 1), ST_OK);
}

static void what_a_signature_brings_is_bounded(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_BIO in = bio_of(S("content"));
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign(h.listed.cert->x509, h.listed.key, NULL, in, CMS_DETACHED);
	struct cms_certs certs = { 0 };
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < CMS_CERTS_MAX; i++) {
		AUTO_IN_PLACE(issued) one = issue(&leaf_recipe, &h.root);
		assert_int_equal(CMS_add1_cert(cms, one.cert->x509), 1);
	}
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(&der, out);
	expect_fault("too many", cms_certs_read(&certs, buf_slice(&der), &f), &f, ST_LIMIT,
		"signature.certificates");
	expect_fault(
		"no CMS", cms_certs_read(&certs, S("x"), &f), &f, ST_INPUT, "signature.syntax");
	assert_int_equal(certs.count, 0);
}

static void what_a_signature_brings_is_small(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) comment = buf_init(CHAIN_CERT_SIZE_MAX + 1);
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_BIO in = bio_of(S("content"));
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign(h.listed.cert->x509, h.listed.key, NULL, in, CMS_DETACHED);
	struct cms_certs certs = { 0 };
	struct fault f = { 0 };

	(void)state;
	put_times(&comment, 'x', CHAIN_CERT_SIZE_MAX);
	const struct recipe large = { .name = "leaf",
		.extensions = { { NID_netscape_comment, buf_text(&comment) } } };
	AUTO_IN_PLACE(issued) one = issue(&large, &h.root);
	assert_int_equal(CMS_add1_cert(cms, one.cert->x509), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(&der, out);
	expect_fault("too large", cms_certs_read(&certs, buf_slice(&der), &f), &f, ST_LIMIT,
		"signature.certificates");
	assert_int_equal(certs.count, 0);
}

/* --- lists that cannot be read -------------------------------------------------------- */

static void unreadable_lists_are_told_of(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	AUTO(vouch) broken = NULL;
	AUTO(vouch) without = NULL;
	struct revocation_verdict v;
	struct vouch_terms terms = { .asks_revocation = true };
	struct fault f = { 0 };

	(void)state;
	cert_format_pem(&pem, h.root.cert);
	terms.anchors = buf_slice(&pem);
	assert_int_equal(vouch_new(&without, &terms, &f), ST_OK);
	expect_text("none", vouch_lists_fault(without)->code, "lists.missing");
	terms.lists = S("<html>");
	assert_int_equal(vouch_new(&broken, &terms, &f), ST_OK);
	expect_text("broken", vouch_lists_fault(broken)->code, "lists.syntax");
	assert_null(vouch_lists_fault(h.vouch));
	assert_false(slice_eq(vouch_digest(broken), vouch_digest(without)));
	cert_vouch(h.listed.cert, broken, CHAIN_SIGNING, &h.middle.cert, 1);
	assert_int_equal(cert_check_revocation(&v, h.listed.cert, NOW, &f), ST_OK);
	assert_int_equal(v.state, REVOCATION_UNKNOWN);
}

/* --- TLS ----------------------------------------------------------------------------- */

static void partner_fill(struct partner *p, struct sheet *sheet, struct agreement *agreement,
	const struct house *h, const struct issued *listed)
{
	sheet->certs[0].use = CERT_TLS;
	sheet->certs[0].der = buf_init(SHEET_CERT_SIZE_MAX);
	cert_format_der(&sheet->certs[0].der, listed->cert);
	sheet->cert_count = 1;
	agreement->trust.mode = TRUST_CHAIN;
	agreement->trust.anchors = buf_init(ANCHORS_SIZE_MAX);
	cert_format_pem(&agreement->trust.anchors, h->root.cert);
	*p = (struct partner){ sheet, agreement };
}

static struct pins *pins_of_parties(
	const struct house *h, const struct issued *a, const struct issued *b)
{
	struct sheet sheets[2] = { 0 };
	struct agreement agreements[2] = { 0 };
	const struct issued *listed[] = { a, b };
	struct pins *pins = pins_new();

	for (size_t i = 0; i < 2 && listed[i]; i++) {
		struct partner p;
		partner_fill(&p, &sheets[i], &agreements[i], h, listed[i]);
		pins_add_partner(pins, &p, i, CHAIN_TLS_CLIENT, NULL);
		buf_done(&sheets[i].certs[0].der);
		buf_done(&agreements[i].trust.anchors);
	}
	pins_seal(pins);
	return pins;
}

static void renewals_are_admitted(void **state)
{
	static const struct recipe other_recipe = NAMED("other");
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(issued) next = issue(&leaf_recipe, &h.middle);
	AUTO_IN_PLACE(issued) other = issue(&other_recipe, &h.middle);
	AUTO(pins) pins = pins_of_parties(&h, &h.listed, NULL);
	AUTO(pins) again = pins_of_parties(&h, &h.listed, NULL);
	AUTO(pins) left = pins_of_parties(&h, &other, NULL);
	size_t owner = 9;
	struct fault f = { 0 };

	(void)state;
	assert_false(pins_find(&owner, pins, cert_fingerprint(h.listed.cert).p));
	expect_fault("stranger", pins_admit(pins, other.cert, &h.middle.cert, 1, NOW, &f), &f,
		ST_NONE, "pins.stranger");
	expect_fault("no way", pins_admit(pins, next.cert, NULL, 0, NOW, &f), &f, ST_AUTH,
		"chain.untrusted");
	assert_false(pins_find(&owner, pins, cert_fingerprint(next.cert).p));
	expect_fault(
		"next", pins_admit(pins, next.cert, &h.middle.cert, 1, NOW, &f), &f, ST_OK, NULL);
	assert_true(pins_find(&owner, pins, cert_fingerprint(next.cert).p));
	assert_int_equal(owner, 0);
	assert_true(pins_same(pins, again));
	assert_false(pins_same(pins, left));
	pins_inherit(again, pins, NOW);
	assert_true(pins_find(&owner, again, cert_fingerprint(next.cert).p));
	pins_inherit(left, pins, NOW);
	assert_false(pins_find(&owner, left, cert_fingerprint(next.cert).p));
}

static void two_owners_are_none(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(issued) twin = issue(&leaf_recipe, &h.middle);
	AUTO(pins) pins = pins_of_parties(&h, &h.listed, &twin);
	struct fault f = { 0 };

	(void)state;
	expect_fault("disputed", pins_admit(pins, twin.cert, &h.middle.cert, 1, NOW, &f), &f,
		ST_AUTH, "pins.disputed");
}

static void the_oldest_makes_room(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO(pins) pins = pins_of_parties(&h, &h.listed, NULL);
	struct issued next[ADMITTED_MAX + 1];
	size_t owner;

	(void)state;
	for (size_t i = 0; i < COUNT(next); i++) {
		next[i] = issue(&leaf_recipe, &h.middle);
		for (unsigned twice = 0; twice < 2; twice++)
			assert_int_equal(
				pins_admit(pins, next[i].cert, &h.middle.cert, 1, NOW, NULL),
				ST_OK);
	}
	for (size_t i = 0; i < COUNT(next); i++)
		assert_int_equal(pins_find(&owner, pins, cert_fingerprint(next[i].cert).p), i > 0);
	for (size_t i = 0; i < COUNT(next); i++)
		issued_done(&next[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_successors),
		cmocka_unit_test(the_listed_bring_their_chain),
		cmocka_unit_test(nobody_succeeds_the_pinned),
		cmocka_unit_test(what_a_signature_brings_is_bounded),
		cmocka_unit_test(what_a_signature_brings_is_small),
		cmocka_unit_test(unreadable_lists_are_told_of),
		cmocka_unit_test(renewals_are_admitted),
		cmocka_unit_test(two_owners_are_none),
		cmocka_unit_test(the_oldest_makes_room),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
