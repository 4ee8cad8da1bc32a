/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of revocation in a process: records there and back, what changes with them, and
 * what a vouch makes of it.
 */
#include "issuing.h"

#include <string.h>

#include "safeguards/crypto.h"
#include "safeguards/fetched.h"
#include "safeguards/vouch.h"

#define URL "http://crl.example/"
#define LEAF_SERIAL 77

static const uint8_t key_a[FETCHED_KEY_SIZE] = { 1 }, key_b[FETCHED_KEY_SIZE] = { 2 };

static struct fetched_record answer_of(const uint8_t *key, enum answer_outcome outcome)
{
	return (struct fetched_record){ .kind = FETCHED_ANSWER,
		.key = slice_of(key, FETCHED_KEY_SIZE),
		.issued_ns = NOW - DAY_NS,
		.next_ns = NOW + DAY_NS,
		.fetched_ns = NOW,
		.outcome = outcome,
		.by = S("CN=responder") };
}

static void records_there_and_back(void **state)
{
	const struct fetched_record health = { .kind = FETCHED_HEALTH,
		.key = slice_of(key_b, FETCHED_KEY_SIZE),
		.fetched_ns = 1,
		.tried_ns = INT64_MIN,
		.failing_ns = INT64_MAX,
		.failures = 7,
		.by = S("fetch.http"),
		.bytes = S("no") };
	AUTO_IN_PLACE(buf) all = buf_init(4096);
	const struct fetched_record answer = answer_of(key_a, ANSWER_REVOKED);
	struct fetched_record r;
	struct fault f = { 0 };

	(void)state;
	fetched_record_put(&all, &answer);
	fetched_record_put(&all, &health);
	struct cursor in = cursor_of(buf_slice(&all));
	expect_fault("first", fetched_record_next(&r, &in, &f), &f, ST_OK, NULL);
	assert_true(r.kind == FETCHED_ANSWER && r.outcome == ANSWER_REVOKED && r.fetched_ns == NOW);
	expect_slice("by", r.by, answer.by);
	expect_fault("second", fetched_record_next(&r, &in, &f), &f, ST_OK, NULL);
	assert_true(r.kind == FETCHED_HEALTH && r.failures == 7 && r.tried_ns == INT64_MIN &&
		r.failing_ns == INT64_MAX);
	expect_slice("text", r.bytes, S("no"));
	assert_int_equal(fetched_record_next(&r, &in, &f), ST_NONE);
}

static void what_is_cut_changes_nothing(void **state)
{
	AUTO_IN_PLACE(buf) all = buf_init(4096);
	AUTO(fetched) t = fetched_new();
	struct fetched_record r = answer_of(key_a, ANSWER_GOOD);
	struct fault f = { 0 };

	(void)state;
	fetched_record_put(&all, &r);
	expect_fault("whole", fetched_take(t, buf_slice(&all), &f), &f, ST_OK, NULL);
	for (size_t n = 1; n < all.n; n++)
		assert_int_not_equal(fetched_take(t, slice_to(buf_slice(&all), n), &f), ST_OK);
	assert_non_null(fetched_answer(t, slice_of(key_a, FETCHED_KEY_SIZE)));
	buf_clear(&all);
	r.outcome = ANSWER_OUTCOMES;
	fetched_record_put(&all, &r);
	expect_fault("an answer that is none", fetched_take(t, buf_slice(&all), &f), &f, ST_INPUT,
		"fetched.record");
	buf_clear(&all);
	r = (struct fetched_record){ .kind = FETCHED_KINDS, .key = r.key };
	fetched_record_put(&all, &r);
	expect_fault("no kind", fetched_take(t, buf_slice(&all), &f), &f, ST_INPUT,
		"fetched.record");
}

/* Which of them holds, nobody could say; the table as it was stays. */
static void two_records_of_one_thing_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum fetched_kind kind;
		const uint8_t *key;
		enum status st;
	} second[] = {
		{ "the same thing", FETCHED_ANSWER, key_a, ST_INPUT },
		{ "another thing", FETCHED_ANSWER, key_b, ST_OK },
		{ "a list, not an answer", FETCHED_LIST, key_a, ST_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(second); i++) {
		AUTO_IN_PLACE(buf) all = buf_init(4096);
		AUTO(fetched) t = fetched_new();
		struct fetched_record r = answer_of(key_a, ANSWER_GOOD);
		struct fault f = { 0 };

		fetched_record_put(&all, &r);
		r.kind = second[i].kind;
		r.key = slice_of(second[i].key, FETCHED_KEY_SIZE);
		r.outcome = ANSWER_REVOKED;
		fetched_record_put(&all, &r);
		expect_fault(second[i].name, fetched_take(t, buf_slice(&all), &f), &f, second[i].st,
			second[i].st ? "fetched.twice" : NULL);
		assert_int_equal(fetched_changes(t), second[i].st == ST_OK);
	}
}

/* Each step: the records of it, and whether somebody may have become revoked. */
static void news_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		int a, b; /* enum answer_outcome; -1: none */
		bool harsher;
	} steps[] = {
		{ "good", ANSWER_GOOD, -1, false },
		{ "both good", ANSWER_GOOD, ANSWER_GOOD, false },
		{ "one revoked", ANSWER_GOOD, ANSWER_REVOKED, true },
		{ "the same again", ANSWER_GOOD, ANSWER_REVOKED, false },
		{ "the other too", ANSWER_REVOKED, ANSWER_REVOKED, true },
		{ "good again", ANSWER_REVOKED, ANSWER_GOOD, false },
		{ "forgotten", -1, -1, false },
	};
	AUTO(fetched) t = fetched_new();

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		AUTO_IN_PLACE(buf) all = buf_init(4096);
		const struct fetched_record a = answer_of(key_a, (enum answer_outcome)steps[i].a);
		const struct fetched_record b = answer_of(key_b, (enum answer_outcome)steps[i].b);
		uint64_t before = fetched_generation(t);
		struct fault f = { 0 };

		if (steps[i].b >= 0)
			fetched_record_put(&all, &b);
		if (steps[i].a >= 0)
			fetched_record_put(&all, &a);
		expect_fault(steps[i].name, fetched_take(t, buf_slice(&all), &f), &f, ST_OK, NULL);
		if ((fetched_generation(t) != before) != steps[i].harsher)
			fail_msg("%s: taken for other news", steps[i].name);
	}
	assert_null(fetched_answer(t, slice_of(key_a, FETCHED_KEY_SIZE)));
}

static void a_record_that_does_not_fit_is_known_before(void **state)
{
	struct fetched_record r = answer_of(key_a, ANSWER_GOOD);
	AUTO_IN_PLACE(buf) all = buf_init(4096);

	(void)state;
	fetched_record_put(&all, &r);
	AUTO_IN_PLACE(buf) exact = buf_init(all.n), less = buf_init(all.n - 1);
	assert_true(fetched_record_fits(&exact, &r));
	assert_false(fetched_record_fits(&less, &r));
	fetched_record_put(&exact, &r);
	assert_int_equal(buf_check(&exact, NULL), ST_OK);
	assert_false(fetched_record_fits(&exact, &r));
}

/* --- lists, and who is vouched for --- */

struct house {
	struct issued root, leaf;
	struct fetched *fetched;
	struct vouch *vouch;
};

static void house_done(struct house *h)
{
	issued_done(&h->leaf);
	issued_done(&h->root);
	vouch_free(h->vouch);
	fetched_free(h->fetched);
}
DEFINE_AUTO_IN_PLACE(house)

static struct house house_make(void)
{
	static const struct recipe root = { .name = "root", .extensions = { AUTHORITY } };
	static const struct recipe leaf = {
		.name = "leaf", .serial = LEAF_SERIAL, .extensions = { END_ENTITY }
	};
	static const struct sources crl = { .urls = { URL }, .count = 1 };
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	struct house h = { .fetched = fetched_new() };
	struct fault f = { 0 };

	h.root = issue(&root, NULL);
	h.leaf = issue(&leaf, &h.root);
	cert_format_pem(&pem, h.root.cert);
	const struct vouch_terms terms = { .anchors = buf_slice(&pem),
		.asks_revocation = true,
		.crl = &crl,
		.fetched = h.fetched };
	expect_fault("vouch", vouch_new(&h.vouch, &terms, &f), &f, ST_OK, NULL);
	cert_vouch(h.leaf.cert, h.vouch, CHAIN_SIGNING, NULL, 0);
	return h;
}

static void anchored_key(uint8_t key[FETCHED_KEY_SIZE], const struct house *h, const char *url)
{
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);

	cert_format_pem(&pem, h->root.cert);
	list_key(key, url, buf_slice(&pem));
}

static void list_take(struct house *h, const char *url, const struct list_recipe *list)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX), all = buf_init(LISTS_SIZE_MAX);
	uint8_t key[FETCHED_KEY_SIZE];
	struct fault f = { 0 };

	anchored_key(key, h, url);
	if (list)
		list_put(&pem, list, &h->root, h->root.key);
	const struct fetched_record r = { .kind = FETCHED_LIST,
		.key = slice_of(key, sizeof(key)),
		.bytes = list ? buf_slice(&pem) : S("<html>") };
	fetched_record_put(&all, &r);
	expect_fault("list", fetched_take(h->fetched, buf_slice(&all), &f), &f, ST_OK, NULL);
}

static void expect_state(const char *name, const struct house *h, enum revocation want)
{
	struct revocation_verdict v;
	struct fault f = { 0 };

	expect_fault(name, cert_check_revocation(&v, h->leaf.cert, NOW, &f), &f, ST_OK, NULL);
	if (v.state != want)
		fail_msg("%s: %s: %s", name, revocation_name(v.state), v.why);
}

static void a_vouch_asks_what_was_fetched(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	struct revocation_verdict v;
	struct fault f = { 0 };

	(void)state;
	expect_state("nothing yet", &h, REVOCATION_UNKNOWN);
	list_take(&h, URL, &(struct list_recipe){ 0 });
	expect_state("fetched", &h, REVOCATION_GOOD);
	list_take(&h, "http://elsewhere.example/", &(struct list_recipe){ 0 });
	expect_state("of an address that is not agreed", &h, REVOCATION_UNKNOWN);
	list_take(&h, URL, NULL);
	expect_state("a page", &h, REVOCATION_UNKNOWN);
	list_take(&h, URL, &(struct list_recipe){ .revoked = LEAF_SERIAL });
	expect_fault("named", cert_check_revocation(&v, h.leaf.cert, NOW, &f), &f, ST_AUTH,
		"chain.revoked");
}

/* A long list is not gone through for every message. */
static void a_verdict_stands_for_a_moment(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	struct revocation_verdict v;
	struct fault f = { 0 };

	(void)state;
	list_take(&h, URL, &(struct list_recipe){ .until_ns = NOW + 30 * NS_PER_S });
	expect_state("good", &h, REVOCATION_GOOD);
	int64_t late = NOW + 30 * NS_PER_S + REVOCATION_SKEW_NS + 2 * NS_PER_S;
	assert_int_equal(cert_check_revocation(&v, h.leaf.cert, late, &f), ST_OK);
	assert_int_equal(v.state, REVOCATION_UNKNOWN);
	assert_int_equal(cert_check_revocation(&v, h.leaf.cert, NOW, &f), ST_OK);
	assert_int_equal(v.state, REVOCATION_GOOD); /* the clock was set back */
	list_take(&h, URL, &(struct list_recipe){ .revoked = LEAF_SERIAL });
	expect_fault("news count at once", cert_check_revocation(&v, h.leaf.cert, NOW, &f), &f,
		ST_AUTH, "chain.revoked");
}

static void a_list_that_did_not_change_is_no_news(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX), all = buf_init(LISTS_SIZE_MAX);
	uint8_t key[FETCHED_KEY_SIZE];
	struct fault f = { 0 };

	(void)state;
	anchored_key(key, &h, URL);
	list_put(&pem, &(struct list_recipe){ 0 }, &h.root, h.root.key);
	const struct fetched_record r = { .kind = FETCHED_LIST,
		.key = slice_of(key, sizeof(key)),
		.bytes = buf_slice(&pem) };
	fetched_record_put(&all, &r);
	assert_int_equal(fetched_take(h.fetched, buf_slice(&all), &f), ST_OK);
	uint64_t once = fetched_generation(h.fetched);
	const struct lists *list = fetched_list(h.fetched, key);
	assert_int_equal(fetched_take(h.fetched, buf_slice(&all), &f), ST_OK);
	assert_true(once > 0 && fetched_generation(h.fetched) == once);
	assert_true(list && fetched_list(h.fetched, key) == list);
}

static void an_answer_counts_for_its_certificate(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) all = buf_init(4096);
	struct fetched_record r = answer_of(key_a, ANSWER_GOOD);
	struct fault f = { 0 };

	(void)state;
	fetched_record_put(&all, &r);
	assert_int_equal(fetched_take(h.fetched, buf_slice(&all), &f), ST_OK);
	expect_state("another's", &h, REVOCATION_UNKNOWN);
	r.key = cert_fingerprint(h.leaf.cert);
	buf_clear(&all);
	fetched_record_put(&all, &r);
	assert_int_equal(fetched_take(h.fetched, buf_slice(&all), &f), ST_OK);
	expect_state("its own", &h, REVOCATION_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_there_and_back),
		cmocka_unit_test(what_is_cut_changes_nothing),
		cmocka_unit_test(two_records_of_one_thing_are_refused),
		cmocka_unit_test(news_are_told_apart),
		cmocka_unit_test(a_record_that_does_not_fit_is_known_before),
		cmocka_unit_test(a_vouch_asks_what_was_fetched),
		cmocka_unit_test(a_verdict_stands_for_a_moment),
		cmocka_unit_test(a_list_that_did_not_change_is_no_news),
		cmocka_unit_test(an_answer_counts_for_its_certificate),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
