/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists: what they say of a certificate, and above all what an absent, stale or foreign
 * list does not say.
 */
#include "issuing.h"

#include <string.h>

#include "safeguards/chain.h"
#include "safeguards/crypto.h"

#define LEAF_SERIAL 77
#define MIDDLE_SERIAL 66

struct party {
	struct issued root, middle, leaf, stranger;
	struct anchors *anchors;
};

static void party_done(struct party *p)
{
	issued_done(&p->root);
	issued_done(&p->middle);
	issued_done(&p->leaf);
	issued_done(&p->stranger);
	anchors_free(p->anchors);
}
DEFINE_AUTO_IN_PLACE(party)

static struct party party_make(void)
{
	static const struct recipe root = { .name = "root", .extensions = { AUTHORITY } };
	static const struct recipe middle = {
		.name = "middle", .serial = MIDDLE_SERIAL, .extensions = { AUTHORITY }
	};
	static const struct recipe leaf = {
		.name = "leaf", .serial = LEAF_SERIAL, .extensions = { END_ENTITY }
	};
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	struct party p = { 0 };

	p.root = issue(&root, NULL);
	p.middle = issue(&middle, &p.root);
	p.leaf = issue(&leaf, &p.middle);
	p.stranger = issue(&middle, &p.root); /* another key of that name */
	cert_format_pem(&pem, p.root.cert);
	assert_int_equal(anchors_parse(&p.anchors, buf_slice(&pem), NULL), ST_OK);
	return p;
}

static enum status ask(struct revocation_verdict *v, const struct party *p,
	const struct lists *lists, struct fault *f)
{
	const struct cert *sent[] = { p->middle.cert };
	struct chain_question q = {
		.anchors = p->anchors,
		.intermediates = sent,
		.intermediate_count = 1,
		.purpose = CHAIN_SIGNING,
		.now_ns = NOW,
		.asks_revocation = true,
		.lists = lists,
	};

	return chain_check(v, p->leaf.cert, &q, f);
}

enum by { BY_MIDDLE, BY_STRANGER };

static const struct {
	const char *name;
	bool of_root_is_missing;
	struct list_recipe of_root, of_middle;
	enum by by;
	const char *code;      /* NULL: not refused */
	enum revocation state; /* then */
	const char *says;
} verdicts[] = {
	{ "named by nobody", .state = REVOCATION_GOOD, .says = "list of CN=middle of 2026-11-22" },
	{ "the leaf is named", .of_middle = { .revoked = LEAF_SERIAL }, .code = "chain.revoked",
		.says = "CN=leaf" },
	{ "its authority is named", .of_root = { .revoked = MIDDLE_SERIAL },
		.code = "chain.revoked", .says = "CN=middle" },
	{ "another is named", .of_middle = { .revoked = 1 }, .state = REVOCATION_GOOD },
	{ "a stale list", .of_middle = { .until_ns = NOW - DAY_NS / 2 },
		.state = REVOCATION_UNKNOWN, .says = "CN=leaf: CRL has expired" },
	{ "a stale list that names it",
		.of_middle = { .until_ns = NOW - DAY_NS / 2, .revoked = LEAF_SERIAL },
		.code = "chain.revoked" },
	{ "a list of tomorrow", .of_middle = { .from_ns = NOW + DAY_NS / 2 },
		.state = REVOCATION_UNKNOWN, .says = "not yet valid" },
	{ "no list of its authority", .of_root_is_missing = true, .state = REVOCATION_UNKNOWN,
		.says = "CN=middle: unable to get certificate CRL" },
	{ "another's signature", .by = BY_STRANGER, .state = REVOCATION_UNKNOWN,
		.says = "signature" },
	{ "another's signature that names it", .of_middle = { .revoked = LEAF_SERIAL },
		.by = BY_STRANGER, .state = REVOCATION_UNKNOWN },
};

static void lists_say_what_they_say(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
		AUTO(lists) lists = NULL;
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };

		if (!verdicts[i].of_root_is_missing)
			list_put(&pem, &verdicts[i].of_root, &p.root, p.root.key);
		list_put(&pem, &verdicts[i].of_middle, &p.middle,
			verdicts[i].by == BY_STRANGER ? p.stranger.key : p.middle.key);
		expect_fault(verdicts[i].name, lists_parse(&lists, buf_slice(&pem), &f), &f, ST_OK,
			NULL);
		expect_fault(verdicts[i].name, ask(&v, &p, lists, &f), &f,
			verdicts[i].code ? ST_AUTH : ST_OK, verdicts[i].code);
		if (verdicts[i].code)
			expect_says(verdicts[i].name, &f, verdicts[i].says);
		else if (v.state != verdicts[i].state ||
			(verdicts[i].says && !strstr(v.why, verdicts[i].says)))
			fail_msg("%s: %s, %s", verdicts[i].name, revocation_name(v.state), v.why);
	}
}

static void an_outage_revokes_nobody(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	struct revocation_verdict v = { 0 };
	struct fault f = { 0 };

	(void)state;
	expect_fault("no lists", ask(&v, &p, NULL, &f), &f, ST_OK, NULL);
	assert_int_equal(v.state, REVOCATION_UNKNOWN);
	expect_text("why", v.why, "CN=leaf: unable to get certificate CRL");
}

/* --- reading ------------------------------------------------------------------------- */

static void read_as(const char *name, struct slice in, enum status want, const char *code)
{
	AUTO(lists) lists = NULL;
	struct fault f = { 0 };

	expect_fault(name, lists_parse(&lists, in, &f), &f, want, code);
	assert_true((want == ST_OK) == (lists != NULL));
}

static void what_is_read(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) pem = buf_init(2 * LISTS_SIZE_MAX), der = buf_init(LISTS_SIZE_MAX);
	AUTO_IN_PLACE(buf) huge = buf_init(2 * LISTS_SIZE_MAX);

	(void)state;
	read_as("nothing", S(""), ST_INPUT, "lists.syntax");
	read_as("a page of an angry server", S("<html>503</html>"), ST_INPUT, "lists.syntax");
	read_as("a sequence", S("\x30\x03\x02\x01\x00"), ST_INPUT, "lists.syntax");
	list_put(&pem, &(struct list_recipe){ 0 }, &p.root, p.root.key);
	read_as("PEM", buf_slice(&pem), ST_OK, NULL);
	read_as("PEM cut", slice_to(buf_slice(&pem), pem.n - 60), ST_INPUT, "lists.syntax");
	AUTO_BIO in = bio_of(buf_slice(&pem));
	X509_CRL *crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	assert_int_equal(i2d_X509_CRL_bio(out, crl), 1);
	X509_CRL_free(crl);
	buf_put_bio(&der, out);
	read_as("DER", buf_slice(&der), ST_OK, NULL);
	read_as("DER cut", slice_to(buf_slice(&der), der.n - 1), ST_INPUT, "lists.syntax");
	put_times(&der, 0, 1);
	read_as("DER and more", buf_slice(&der), ST_INPUT, "lists.syntax");
	for (size_t i = 0; i < LISTS_MAX; i++)
		list_put(&pem, &(struct list_recipe){ 0 }, &p.root, p.root.key);
	read_as("too many", buf_slice(&pem), ST_LIMIT, "lists.count");
	put_times(&huge, '\n', LISTS_SIZE_MAX + 1);
	read_as("too large", buf_slice(&huge), ST_LIMIT, "lists.size");
}

static void old_lists_are_told_of_in_time(void **state)
{
	static const struct {
		int64_t from_ns, until_ns;
		enum list_standing want;
	} cases[] = {
		{ NOW - DAY_NS, NOW + DAY_NS, LIST_GOOD },
		{ NOW - 2 * DAY_NS, NOW + DAY_NS, LIST_GOOD },
		{ NOW - 3 * DAY_NS, NOW + DAY_NS - NS_PER_S, LIST_AGING },
		{ NOW - 3 * DAY_NS, NOW + NS_PER_S, LIST_AGING },
		{ NOW - 3 * DAY_NS, NOW - NS_PER_S, LIST_STALE },
	};
	AUTO_IN_PLACE(party) p = party_make();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
		AUTO(lists) lists = NULL;
		const struct list_recipe r = { .from_ns = cases[i].from_ns,
			.until_ns = cases[i].until_ns };

		list_put(&pem, &r, &p.root, p.root.key);
		assert_int_equal(lists_parse(&lists, buf_slice(&pem), NULL), ST_OK);
		expect_text("standing", list_standing_name(lists_standing(lists, 0, NOW)),
			list_standing_name(cases[i].want));
	}
}

static void lists_that_cannot_be_stale_or_whole(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();
	AUTO_IN_PLACE(buf) endless = buf_init(LISTS_SIZE_MAX), delta = buf_init(LISTS_SIZE_MAX);

	(void)state;
	list_put(&endless, &(struct list_recipe){ .until_ns = -1 }, &p.root, p.root.key);
	read_as("no next one", buf_slice(&endless), ST_INPUT, "lists.syntax");
	list_put(&delta, &(struct list_recipe){ .is_delta = true }, &p.root, p.root.key);
	read_as("changes", buf_slice(&delta), ST_INPUT, "lists.delta");
}

/* --- which of two is the newer (RFC 5280 5.2.3) --- */

#define EARLIER (NOW - 2 * DAY_NS)
#define ENDED (NOW - DAY_NS / 2)
#define TWENTY "7fffffffffffffffffffffffffffffffffffffff" /* octets */

static const struct {
	const char *name;
	struct list_recipe held, comes;
	bool is_anothers; /* what comes is of another authority */
	enum status want;
} ages[] = {
	{ "the next number", { .number = "01" }, { .number = "02" }, .want = ST_OK },
	{ "the same number", { .number = "01" }, { .number = "01" }, .want = ST_OK },
	{ "a lower number", { .number = "02" }, { .number = "01" }, .want = ST_INPUT },
	{ "a lower number of a later day", { .from_ns = EARLIER, .number = "02" },
		{ .number = "01" }, .want = ST_INPUT },
	{ "a higher number of an earlier day", { .number = "01" },
		{ .from_ns = EARLIER, .number = "02" }, .want = ST_OK },
	{ "numbers are no texts", { .number = "00ff" }, { .number = "0100" }, .want = ST_OK },
	{ "the longest number, and less", { .number = TWENTY }, { .number = "ffff" },
		.want = ST_INPUT },
	{ "without a number the day counts", { .number = "02" }, { .from_ns = EARLIER },
		.want = ST_INPUT },
	{ "without a number, of a later day", { .from_ns = EARLIER, .number = "02" }, { 0 },
		.want = ST_OK },
	{ "instead of one that has ended", { .until_ns = ENDED, .number = "02" },
		{ .number = "01" }, .want = ST_OK },
	{ "instead of one of tomorrow", { .from_ns = NOW + DAY_NS / 2, .number = "02" },
		{ .number = "01" }, .want = ST_OK },
	{ "of another scope", { .number = "02" }, { .number = "01", .is_of_authorities = true },
		.want = ST_OK },
	{ "of the authority's next key", { .number = "02", .key = "old" },
		{ .number = "01", .key = "new" }, .want = ST_OK },
	{ "of the same key", { .number = "02", .key = "old" }, { .number = "01", .key = "old" },
		.want = ST_INPUT },
	{ "of another authority", { .number = "02" }, { .number = "01" }, .is_anothers = true,
		.want = ST_OK },
};

static struct lists *list_make(const struct list_recipe *r, const struct issued *by)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	struct lists *lists = NULL;
	struct fault f = { 0 };

	list_put(&pem, r, by, by->key);
	expect_fault("list", lists_parse(&lists, buf_slice(&pem), &f), &f, ST_OK, NULL);
	return lists;
}

static void an_older_list_replaces_no_newer_one(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();

	(void)state;
	for (size_t i = 0; i < COUNT(ages); i++) {
		AUTO(lists) held = list_make(&ages[i].held, &p.root);
		AUTO(lists) comes =
			list_make(&ages[i].comes, ages[i].is_anothers ? &p.middle : &p.root);
		struct fault f = { 0 };

		expect_fault(ages[i].name, lists_newer_check(comes, held, NOW, &f), &f,
			ages[i].want, ages[i].want == ST_OK ? NULL : "lists.older");
	}
}

/* Whoever has bytes alone counts as who has the lists. */
static void bytes_count_as_lists_do(void **state)
{
	AUTO_IN_PLACE(party) p = party_make();

	(void)state;
	for (size_t i = 0; i < COUNT(ages); i++) {
		AUTO(lists) held = list_make(&ages[i].held, &p.root);
		AUTO(lists) comes =
			list_make(&ages[i].comes, ages[i].is_anothers ? &p.middle : &p.root);
		uint8_t bytes[2][LIST_COUNTED_SIZE];
		struct slice a = list_counted(bytes[0], held), b = list_counted(bytes[1], comes);
		bool is_lower = a.n > 0 && b.n > 0 &&
			memcmp(a.p, b.p, LIST_SERIES_SIZE) == 0 && memcmp(b.p, a.p, a.n) < 0;

		assert_int_equal(a.n, ages[i].held.number ? LIST_COUNTED_SIZE : 0);
		/* What has no number is a matter of days; what has ended, of who compares. */
		if (a.n > 0 && b.n > 0 && !ages[i].held.until_ns && ages[i].held.from_ns <= NOW &&
			is_lower != (ages[i].want != ST_OK))
			fail_msg("%s: %slower", ages[i].name, is_lower ? "" : "not ");
	}
}

/* Of two sources the one that stays behind is not heard, whatever day it says. */
static void of_several_lists_the_highest_number_is_asked(void **state)
{
	static const struct {
		const char *name;
		struct list_recipe newer, older;
		const char *code;
	} cases[] = {
		{ "revoked by the newer", { .from_ns = EARLIER, .number = "02", .revoked = LEAF_SERIAL },
			{ .number = "01" }, "chain.revoked" },
		{ "revoked before, and no longer", { .from_ns = EARLIER, .number = "02" },
			{ .number = "01", .revoked = LEAF_SERIAL }, NULL },
		{ "the newer has ended", { .from_ns = EARLIER, .until_ns = ENDED, .number = "02" },
			{ .number = "01", .revoked = LEAF_SERIAL }, "chain.revoked" },
	};
	AUTO_IN_PLACE(party) p = party_make();
	AUTO(lists) of_root = list_make(&(struct list_recipe){ 0 }, &p.root);

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		AUTO(lists) newer = list_make(&cases[i / 2].newer, &p.middle);
		AUTO(lists) older = list_make(&cases[i / 2].older, &p.middle);
		const struct lists *parts[] = { of_root, i % 2 ? older : newer,
			i % 2 ? newer : older };
		AUTO(lists) all = lists_join(parts, COUNT(parts), NOW);
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };
		const char *code = cases[i / 2].code;

		expect_fault(cases[i / 2].name, ask(&v, &p, all, &f), &f,
			code ? ST_AUTH : ST_OK, code);
		if (!code)
			assert_int_equal(v.state, REVOCATION_GOOD);
	}
}

/* Each is older than the next, the last than the first: an authority that numbers now and then. */
static void of_lists_in_a_circle_one_is_asked(void **state)
{
	static const struct list_recipe circle[] = {
		{ .number = "01", .revoked = LEAF_SERIAL },
		{ .from_ns = EARLIER, .number = "02", .revoked = LEAF_SERIAL },
		{ .from_ns = EARLIER + DAY_NS / 4, .revoked = LEAF_SERIAL },
	};
	AUTO_IN_PLACE(party) p = party_make();
	AUTO(lists) of_root = list_make(&(struct list_recipe){ 0 }, &p.root);
	AUTO(lists) a = list_make(&circle[0], &p.middle);
	AUTO(lists) b = list_make(&circle[1], &p.middle);
	AUTO(lists) c = list_make(&circle[2], &p.middle);
	struct lists *const turns[] = { a, b, c, a, b };

	(void)state;
	for (size_t i = 0; i < COUNT(circle); i++) {
		const struct lists *parts[] = { of_root, turns[i], turns[i + 1], turns[i + 2] };
		AUTO(lists) all = lists_join(parts, COUNT(parts), NOW);
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };

		assert_int_equal(lists_count(all), 2);
		expect_fault("one of a circle", ask(&v, &p, all, &f), &f, ST_AUTH, "chain.revoked");
	}
}

static void a_number_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *name, *number;
	} cases[] = { { "below zero", "-01" }, { "of 21 octets", "01" TWENTY } };
	AUTO_IN_PLACE(party) p = party_make();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);

		list_put(&pem, &(struct list_recipe){ .number = cases[i].number }, &p.root,
			p.root.key);
		read_as(cases[i].name, buf_slice(&pem), ST_INPUT, "lists.number");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_say_what_they_say),
		cmocka_unit_test(an_outage_revokes_nobody),
		cmocka_unit_test(what_is_read),
		cmocka_unit_test(old_lists_are_told_of_in_time),
		cmocka_unit_test(lists_that_cannot_be_stale_or_whole),
		cmocka_unit_test(an_older_list_replaces_no_newer_one),
		cmocka_unit_test(bytes_count_as_lists_do),
		cmocka_unit_test(of_several_lists_the_highest_number_is_asked),
		cmocka_unit_test(of_lists_in_a_circle_one_is_asked),
		cmocka_unit_test(a_number_that_is_none_is_refused),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
