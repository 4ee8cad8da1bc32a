/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about certificates: whose are believed, for how long, and what is said of the others. */
#include "answering.h"

#include <string.h>

#include "safeguards/chain.h"
#include "safeguards/crypto.h"
#include "safeguards/ocsp.h"

static const uint8_t asked[OCSP_NONCE_SIZE] = { 1, 2, 3 }, other_nonce[OCSP_NONCE_SIZE] = { 4 };

struct party {
	struct issued root, leaf, other, delegate, clerk, stranger, foreign, late;
};

static void party_done(struct party *p)
{
	struct issued *all[] = { &p->root, &p->leaf, &p->other, &p->delegate, &p->clerk,
		&p->stranger, &p->foreign, &p->late };

	for (size_t i = 0; i < COUNT(all); i++)
		issued_done(all[i]);
}
DEFINE_AUTO_IN_PLACE(party)

static struct party party_make(void)
{
	static const struct recipe root = { .name = "root", .extensions = { AUTHORITY } };
	static const struct recipe leaf = { .name = "leaf", .extensions = { END_ENTITY } };
	static const struct recipe delegate = { .name = "responder", .extensions = { DELEGATE } };
	static const struct recipe late = { .name = "responder",
		.until_ns = NOW - DAY_NS / 2,
		.extensions = { DELEGATE } };
	struct party p = { 0 };

	p.root = issue(&root, NULL);
	p.leaf = issue(&leaf, &p.root);
	p.other = issue(&leaf, &p.root);
	p.delegate = issue(&delegate, &p.root);
	p.clerk = issue(&leaf, &p.root); /* nobody said that it may answer */
	p.stranger = issue(&root, NULL); /* another key of that name */
	p.foreign = issue(&delegate, &p.stranger);
	p.late = issue(&late, &p.root);
	return p;
}

enum by { BY_DELEGATE, BY_ROOT, BY_CLERK, BY_STRANGER, BY_FOREIGN, BY_LATE, BYS };

static const struct issued *signer_of(const struct party *p, enum by by)
{
	const struct issued *const all[BYS] = {
		[BY_DELEGATE] = &p->delegate, [BY_ROOT] = &p->root,       [BY_CLERK] = &p->clerk,
		[BY_STRANGER] = &p->stranger, [BY_FOREIGN] = &p->foreign, [BY_LATE] = &p->late,
	};

	return all[by];
}

static struct ocsp_question question_of(const struct party *p)
{
	return (struct ocsp_question){ .cert = p->leaf.cert,
		.issuer = p->root.cert,
		.nonce = slice_of(asked, sizeof(asked)),
		.now_ns = NOW };
}

#define MINUTE (60 * NS_PER_S)
#define NONCE(n) { n, sizeof(n) }

static const struct {
	const char *name;
	struct answer_recipe answer;
	enum by by;
	bool is_of_other, is_of_other_issuer;
	enum status want;
	const char *code;
	enum answer_outcome outcome; /* of ST_OK */
} cases[] = {
	{ "good", .outcome = ANSWER_GOOD },
	{ "good, by the issuer itself", .by = BY_ROOT, .outcome = ANSWER_GOOD },
	{ "revoked", { .status = V_OCSP_CERTSTATUS_REVOKED }, .outcome = ANSWER_REVOKED },
	{ "unknown", { .status = V_OCSP_CERTSTATUS_UNKNOWN }, .outcome = ANSWER_UNKNOWN },
	{ "our nonce", { .nonce = NONCE(asked) }, .outcome = ANSWER_GOOD },
	{ "another nonce", { .nonce = NONCE(other_nonce) }, .want = ST_INPUT,
		.code = "ocsp.nonce" },
	{ "about another certificate", .is_of_other = true, .want = ST_INPUT,
		.code = "ocsp.other" },
	{ "about another issuer's", .by = BY_ROOT, .is_of_other_issuer = true, .want = ST_AUTH,
		.code = "ocsp.signature" },
	{ "by somebody who may not answer", .by = BY_CLERK, .want = ST_AUTH,
		.code = "ocsp.signature" },
	{ "by a namesake of the issuer", .by = BY_STRANGER, .want = ST_AUTH,
		.code = "ocsp.signature" },
	{ "by a namesake's delegate", .by = BY_FOREIGN, .want = ST_AUTH, .code = "ocsp.signature" },
	{ "by a delegate whose time is over", .by = BY_LATE, .want = ST_AUTH,
		.code = "ocsp.signature" },
	{ "signed with SHA-1", { .md = EVP_sha1 }, .want = ST_AUTH, .code = "ocsp.digest" },
	{ "stale", { .until_ns = NOW - 6 * MINUTE }, .want = ST_INPUT, .code = "ocsp.stale" },
	{ "stale by a clock", { .until_ns = NOW - 4 * MINUTE }, .outcome = ANSWER_GOOD },
	{ "of the future", { .from_ns = NOW + 6 * MINUTE }, .want = ST_INPUT,
		.code = "ocsp.future" },
	{ "of the future by a clock", { .from_ns = NOW + 4 * MINUTE }, .outcome = ANSWER_GOOD },
	{ "ends before it begins", { .from_ns = NOW, .until_ns = NOW - MINUTE }, .want = ST_INPUT,
		.code = "ocsp.stale" },
	{ "does not say until when", { .from_ns = NOW - MINUTE, .until_ns = -1 },
		.outcome = ANSWER_GOOD },
	{ "does not say until when, and is old", { .from_ns = NOW - 16 * MINUTE, .until_ns = -1 },
		.want = ST_INPUT, .code = "ocsp.stale" },
	{ "critical and unknown", { .critical_nid = NID_invalidity_date }, .want = ST_INPUT,
		.code = "ocsp.extension" },
	{ "come again", { .said = OCSP_RESPONSE_STATUS_TRYLATER }, .want = ST_RETRY,
		.code = "ocsp.refused" },
	{ "not for you", { .said = OCSP_RESPONSE_STATUS_UNAUTHORIZED }, .want = ST_RETRY,
		.code = "ocsp.refused" },
};

static void answers_are_believed_or_not(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	const struct ocsp_question q = question_of(&p);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(OCSP_ANSWER_MAX);
		struct revocation_answer a = { .outcome = ANSWER_OUTCOMES };
		struct fault f = { 0 };

		answer_put(&der, &cases[i].answer, cases[i].is_of_other ? &p.other : &p.leaf,
			cases[i].is_of_other_issuer ? &p.stranger : &p.root,
			signer_of(&p, cases[i].by));
		expect_fault(cases[i].name, ocsp_answer_read(&a, buf_slice(&der), &q, &f), &f,
			cases[i].want, cases[i].code);
		if (cases[i].want != ST_OK)
			assert_int_equal(a.outcome, ANSWER_OUTCOMES);
		else if (a.outcome != cases[i].outcome)
			fail_msg("%s: %s", cases[i].name, answer_outcome_name(a.outcome));
		else
			expect_text(cases[i].name, a.by,
				cases[i].by == BY_ROOT ? "CN=root" : "CN=responder");
	}
}

static void an_answer_says_when(void **state)
{
	static const struct answer_recipe unsaid = { .from_ns = NOW - MINUTE, .until_ns = -1 };
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) der = buf_init(OCSP_ANSWER_MAX), short_lived = buf_init(OCSP_ANSWER_MAX);
	const struct ocsp_question q = question_of(&p);
	struct revocation_answer a;
	struct fault f = { 0 };

	(void)state;
	answer_put(&der, &(struct answer_recipe){ 0 }, &p.leaf, &p.root, &p.root);
	expect_fault("good", ocsp_answer_read(&a, buf_slice(&der), &q, &f), &f, ST_OK, NULL);
	assert_true(a.issued_ns == NOW - DAY_NS && a.next_ns == NOW + DAY_NS);
	answer_put(&short_lived, &unsaid, &p.leaf, &p.root, &p.root);
	expect_fault("unsaid", ocsp_answer_read(&a, buf_slice(&short_lived), &q, &f), &f, ST_OK,
		NULL);
	assert_true(a.next_ns == NOW - MINUTE + OCSP_LIFE_UNSAID_NS);
}

/* Every byte of it counts: what is cut or changed is refused, or says the same. */
static void damaged_answers(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) der = buf_init(OCSP_ANSWER_MAX), bad = buf_init(OCSP_ANSWER_MAX + 1);
	const struct ocsp_question q = question_of(&p);
	struct revocation_answer a;
	struct fault f = { 0 };

	(void)state;
	answer_put(&der, &(struct answer_recipe){ .status = V_OCSP_CERTSTATUS_REVOKED }, &p.leaf,
		&p.root, &p.delegate);
	for (size_t i = 0; i < der.n; i++) {
		uint8_t flipped = der.p[i] ^ 0x41;

		expect_fault("cut", ocsp_answer_read(&a, slice_to(buf_slice(&der), i), &q, &f), &f,
			ST_INPUT, "ocsp.syntax");
		buf_clear(&bad);
		buf_put(&bad, buf_slice(&der));
		buf_set(&bad, i, slice_of(&flipped, 1));
		if (ocsp_answer_read(&a, buf_slice(&bad), &q, &f) == ST_OK &&
			a.outcome != ANSWER_REVOKED)
			fail_msg("byte %zu changed, and it says %s", i,
				answer_outcome_name(a.outcome));
	}
	buf_clear(&bad);
	buf_put(&bad, buf_slice(&der));
	buf_put_u8(&bad, 0);
	expect_fault("more", ocsp_answer_read(&a, buf_slice(&bad), &q, &f), &f, ST_INPUT,
		"ocsp.syntax");
	put_times(&bad, 0, OCSP_ANSWER_MAX + 1 - bad.n);
	expect_fault("huge", ocsp_answer_read(&a, buf_slice(&bad), &q, &f), &f, ST_LIMIT,
		"ocsp.size");
	expect_fault("a page", ocsp_answer_read(&a, S("<html>"), &q, &f), &f, ST_INPUT,
		"ocsp.syntax");
}

static void a_request_names_one_certificate_and_a_nonce(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) der = buf_init(OCSP_REQUEST_MAX);
	struct ocsp_question q = question_of(&p);
	struct fault f = { 0 };

	(void)state;
	expect_fault("asked", ocsp_request_put(&der, &q, &f), &f, ST_OK, NULL);
	const unsigned char *at = der.p;
	OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)der.n);
	assert_non_null(request);
	assert_int_equal(OCSP_request_onereq_count(request), 1);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), p.leaf.cert->x509, p.root.cert->x509);
	assert_int_equal(
		OCSP_id_cmp(id, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0))), 0);
	assert_true(OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1) >= 0);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(request);
	q.nonce = S("short");
	expect_fault("no nonce", ocsp_request_put(&der, &q, &f), &f, ST_HOST, "ocsp.request");
}

/* --- beside lists, along a chain ----------------------------------------------------- */

enum list { LIST_NONE, LIST_SILENT, LIST_NAMES_IT, LIST_OLD };

static const struct {
	const char *name;
	struct revocation_answer answer; /* next_ns 0: there is none */
	enum list list;
	const char *code;      /* NULL: not refused */
	enum revocation state; /* then */
	const char *says;
} together[] = {
	{ "neither", .state = REVOCATION_UNKNOWN, .says = "unable to get certificate CRL" },
	{ "good, no list", { ANSWER_GOOD, NOW - DAY_NS, NOW + DAY_NS, "R" },
		.state = REVOCATION_GOOD, .says = "answer of R of 2026-11-22" },
	{ "good, an old list", { ANSWER_GOOD, NOW - DAY_NS, NOW + DAY_NS, "R" }, LIST_OLD,
		.state = REVOCATION_GOOD, .says = "answer of R" },
	{ "good, and a list names it", { ANSWER_GOOD, NOW - DAY_NS, NOW + DAY_NS, "R" },
		LIST_NAMES_IT, .code = "chain.revoked" },
	{ "good long ago, no list", { ANSWER_GOOD, NOW - 3 * DAY_NS, NOW - DAY_NS, "R" },
		.state = REVOCATION_UNKNOWN, .says = "unable to get" },
	{ "good long ago, a list", { ANSWER_GOOD, NOW - 3 * DAY_NS, NOW - DAY_NS, "R" },
		LIST_SILENT, .state = REVOCATION_GOOD, .says = "list of CN=root" },
	{ "good in the future, no list", { ANSWER_GOOD, NOW + DAY_NS, NOW + 2 * DAY_NS, "R" },
		.state = REVOCATION_UNKNOWN },
	{ "unknown, a list", { ANSWER_UNKNOWN, NOW - DAY_NS, NOW + DAY_NS, "R" }, LIST_SILENT,
		.state = REVOCATION_GOOD, .says = "list of CN=root" },
	{ "unknown, no list", { ANSWER_UNKNOWN, NOW - DAY_NS, NOW + DAY_NS, "R" },
		.state = REVOCATION_UNKNOWN },
	{ "revoked, and a list is silent", { ANSWER_REVOKED, NOW - DAY_NS, NOW + DAY_NS, "R" },
		LIST_SILENT, .code = "chain.revoked", .says = "as R answered" },
	{ "revoked long ago", { ANSWER_REVOKED, NOW - 3 * DAY_NS, NOW - DAY_NS, "R" },
		.code = "chain.revoked" },
};

static struct lists *list_of(const struct party *p, enum list which)
{
	const struct list_recipe recipes[] = {
		[LIST_SILENT] = { 0 },
		[LIST_NAMES_IT] = {
			.revoked = ASN1_INTEGER_get(X509_get0_serialNumber(p->leaf.cert->x509)) },
		[LIST_OLD] = { .until_ns = NOW - DAY_NS / 2 },
	};
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	struct lists *out = NULL;

	if (which == LIST_NONE)
		return NULL;
	list_put(&pem, &recipes[which], &p->root, p->root.key);
	assert_int_equal(lists_parse(&out, buf_slice(&pem), NULL), ST_OK);
	return out;
}

static void answers_and_lists_together(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	AUTO(anchors) anchors = NULL;

	(void)state;
	cert_format_pem(&pem, p.root.cert);
	assert_int_equal(anchors_parse(&anchors, buf_slice(&pem), NULL), ST_OK);
	assert_true(anchors_issuer(anchors, p.leaf.cert) != NULL);
	assert_null(anchors_issuer(anchors, p.foreign.cert));
	for (size_t i = 0; i < COUNT(together); i++) {
		AUTO(lists) lists = list_of(&p, together[i].list);
		const struct chain_question q = { .anchors = anchors,
			.purpose = CHAIN_SIGNING,
			.now_ns = NOW,
			.asks_revocation = true,
			.lists = lists,
			.answer = together[i].answer.next_ns ? &together[i].answer : NULL };
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };

		expect_fault(together[i].name, chain_check(&v, p.leaf.cert, &q, &f), &f,
			together[i].code ? ST_AUTH : ST_OK, together[i].code);
		if (together[i].code && together[i].says)
			expect_says(together[i].name, &f, together[i].says);
		else if (!together[i].code &&
			(v.state != together[i].state ||
				(together[i].says && !strstr(v.why, together[i].says))))
			fail_msg("%s: %s, %s", together[i].name, revocation_name(v.state), v.why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_believed_or_not),
		cmocka_unit_test(an_answer_says_when),
		cmocka_unit_test(damaged_answers),
		cmocka_unit_test(a_request_names_one_certificate_and_a_nonce),
		cmocka_unit_test(answers_and_lists_together),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
