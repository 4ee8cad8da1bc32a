/* SPDX-License-Identifier: Apache-2.0 */
/* What an envelope believes of what sources answer, and what it hands to the ledger then. */
#include "answering.h"

#include "processes/inspection.h"
#include "safeguards/crypto.h"
#include "safeguards/ocsp.h"

#define CRL_URL "http://crl.example/r.crl"
#define OCSP_URL "http://ocsp.example/"

#define KEY(bytes) slice_of((bytes), FETCHED_KEY_SIZE)

static const uint8_t nonce[OCSP_NONCE_SIZE] = { 9 };

struct house {
	struct issued root, leaf, renewed, stranger, second; /* second: another anchor */
	struct registry *registry;
	struct fetched *fetched;
	uint8_t crl[FETCHED_KEY_SIZE], ocsp[FETCHED_KEY_SIZE], list[FETCHED_KEY_SIZE];
};

static void house_done(struct house *h)
{
	issued_done(&h->root);
	issued_done(&h->leaf);
	issued_done(&h->renewed);
	issued_done(&h->stranger);
	issued_done(&h->second);
	registry_free(h->registry);
	fetched_free(h->fetched);
}
DEFINE_AUTO_IN_PLACE(house)

static struct sheet *sheet_make(const char *id, const struct issued *leaf)
{
	struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));

	assert_int_equal(slice_to_text(sheet->id, sizeof(sheet->id), slice_str(id), NULL), ST_OK);
	sheet->certs[0].use = CERT_SIGN;
	sheet->certs[0].der = buf_init(CHAIN_CERT_SIZE_MAX);
	cert_format_der(&sheet->certs[0].der, leaf->cert);
	sheet->cert_count = 1;
	return sheet;
}

static struct agreement *agreement_make(
	const struct issued *root, const struct issued *second)
{
	struct agreement *a = alloc_zeroed(1, sizeof(*a));
	char *crl[] = { (char[]){ CRL_URL } }, *ocsp[] = { (char[]){ OCSP_URL } };

	agreement_init(a);
	a->trust.mode = TRUST_CHAIN;
	a->trust.asks_revocation = true;
	a->trust.anchors = buf_init(ANCHORS_SIZE_MAX);
	a->trust.lists = buf_init(1);
	cert_format_pem(&a->trust.anchors, root->cert);
	cert_format_pem(&a->trust.anchors, second->cert);
	assert_int_equal(sources_read(&a->trust.crl, crl, 1, "crl", NULL), ST_OK);
	assert_int_equal(sources_read(&a->trust.ocsp, ocsp, 1, "ocsp", NULL), ST_OK);
	return a;
}

static struct house house_make(void)
{
	static const struct recipe root = { .name = "root", .extensions = { AUTHORITY } };
	static const struct recipe second = { .name = "second", .extensions = { AUTHORITY } };
	static const struct recipe leaf = { .name = "leaf", .extensions = { END_ENTITY } };
	struct settings *settings = alloc_zeroed(1, sizeof(*settings));
	struct house h = { .fetched = fetched_new() };
	struct fault f = { 0 };

	settings_init(settings);
	h.root = issue(&root, NULL);
	h.leaf = issue(&leaf, &h.root);
	h.renewed = issue(&leaf, &h.root);
	h.stranger = issue(&root, NULL);
	h.second = issue(&second, NULL);
	h.registry = registry_new(settings);
	expect_fault("partner",
		registry_add(h.registry, sheet_make("acme", &h.leaf), agreement_make(&h.root, &h.second), &f), &f,
		ST_OK, NULL);
	source_key(h.crl, CRL_URL);
	source_key(h.ocsp, OCSP_URL);
	list_key(h.list, CRL_URL,
		buf_slice(&registry_partner(h.registry, 0)->agreement->trust.anchors));
	return h;
}

static struct verb_fetched list_ask(const struct house *h)
{
	return (struct verb_fetched){ .kind = FETCHED_LIST,
		.partner = S("acme"),
		.source = KEY(h->crl) };
}

static struct verb_fetched answer_ask(const struct house *h)
{
	return (struct verb_fetched){ .kind = FETCHED_ANSWER,
		.partner = S("acme"),
		.source = KEY(h->ocsp),
		.fingerprint = cert_fingerprint(h->leaf.cert),
		.nonce = slice_of(nonce, sizeof(nonce)) };
}

static void judge(const char *name, const struct house *h, const struct verb_fetched *ask,
	struct slice bytes, enum status want, const char *code)
{
	struct inspection i = { .answer = { .outcome = ANSWER_UNKNOWN } };
	struct fault f = { 0 };

	expect_fault(name, inspection_judge(&i, h->registry, h->fetched, ask, bytes, NOW, &f), &f,
		want, code);
	if (want != ST_OK)
		return;
	assert_int_equal(i.learned.kind, ask->kind);
	expect_slice(name, i.learned.key,
		ask->kind == FETCHED_LIST ? KEY(h->list) : ask->fingerprint);
	assert_true(i.learned.issued_ns == NOW - DAY_NS && i.learned.next_ns == NOW + DAY_NS &&
		i.learned.fetched_ns == NOW);
}

#define MINUTE (60 * NS_PER_S)

static const struct {
	const char *name;
	struct list_recipe list;
	bool is_strangers;
	enum status want;
	const char *code;
} lists[] = {
	{ "good", .want = ST_OK },
	{ "a stranger's of that name", .is_strangers = true, .want = ST_AUTH,
		.code = "lists.signature" },
	{ "stale", { .until_ns = NOW - 6 * MINUTE }, .want = ST_INPUT, .code = "lists.stale" },
	{ "of tomorrow", { .from_ns = NOW + 6 * MINUTE }, .want = ST_INPUT,
		.code = "lists.future" },
	{ "endless", { .until_ns = -1 }, .want = ST_INPUT, .code = "lists.syntax" },
	{ "signed with SHA-1", { .md = EVP_sha1 }, .want = ST_AUTH, .code = "lists.digest" },
	{ "changes only", { .is_delta = true }, .want = ST_INPUT, .code = "lists.delta" },
};

static void lists_are_believed_or_not(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	const struct verb_fetched ask = list_ask(&h);

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);

		list_put(&pem, &lists[i].list, &h.root,
			lists[i].is_strangers ? h.stranger.key : h.root.key);
		judge(lists[i].name, &h, &ask, buf_slice(&pem), lists[i].want, lists[i].code);
	}
	judge("a page", &h, &ask, S("<html>"), ST_INPUT, "lists.syntax");
}

static void only_one_list_comes_from_an_address(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	const struct verb_fetched ask = list_ask(&h);

	(void)state;
	list_put(&pem, &(struct list_recipe){ 0 }, &h.root, h.root.key);
	list_put(&pem, &(struct list_recipe){ 0 }, &h.root, h.root.key);
	judge("two", &h, &ask, buf_slice(&pem), ST_LIMIT, "lists.count");
}

static void what_nobody_asks_for_is_not_believed(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX), der = buf_init(OCSP_ANSWER_MAX);
	struct verb_fetched list = list_ask(&h), answer = answer_ask(&h);

	(void)state;
	list_put(&pem, &(struct list_recipe){ 0 }, &h.root, h.root.key);
	answer_put(&der, &(struct answer_recipe){ 0 }, &h.leaf, &h.root, &h.root);
	list.source = KEY(h.ocsp);
	judge("a list from a responder", &h, &list, buf_slice(&pem), ST_INPUT,
		"revocation.unwanted");
	answer.source = KEY(h.crl);
	judge("an answer from elsewhere", &h, &answer, buf_slice(&der), ST_INPUT,
		"revocation.unwanted");
	answer = answer_ask(&h);
	answer.partner = S("acmf");
	judge("of a partner who left", &h, &answer, buf_slice(&der), ST_INPUT,
		"revocation.unwanted");
	answer = answer_ask(&h);
	answer.fingerprint = cert_fingerprint(h.renewed.cert);
	judge("about a certificate that nobody lists", &h, &answer, buf_slice(&der), ST_INPUT,
		"revocation.unwanted");
	answer = answer_ask(&h);
	answer.kind = FETCHED_HEALTH;
	judge("of no kind", &h, &answer, buf_slice(&der), ST_INPUT, "ipc.field");
}

static void answers_are_believed_or_not(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	const struct verb_fetched ask = answer_ask(&h);
	static const struct {
		const char *name;
		int status;
		bool is_strangers;
		enum status want;
		const char *code;
	} cases[] = {
		{ "good", V_OCSP_CERTSTATUS_GOOD, false, ST_OK, NULL },
		{ "revoked", V_OCSP_CERTSTATUS_REVOKED, false, ST_OK, NULL },
		{ "unknown", V_OCSP_CERTSTATUS_UNKNOWN, false, ST_NONE, "ocsp.unknown" },
		{ "a stranger's", V_OCSP_CERTSTATUS_GOOD, true, ST_AUTH, "ocsp.signature" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(OCSP_ANSWER_MAX);

		answer_put(&der, &(struct answer_recipe){ .status = cases[i].status }, &h.leaf,
			&h.root, cases[i].is_strangers ? &h.stranger : &h.root);
		judge(cases[i].name, &h, &ask, buf_slice(&der), cases[i].want, cases[i].code);
	}
}

/* What is held, with its age. */
static void hold(struct house *h, enum fetched_kind kind, struct slice key, int64_t issued_ns)
{
	AUTO_IN_PLACE(buf) all = buf_init(4096);
	const struct fetched_record r = { .kind = kind, .key = key, .issued_ns = issued_ns };

	fetched_record_put(&all, &r);
	assert_int_equal(fetched_take(h->fetched, buf_slice(&all), NULL), ST_OK);
}

static void what_is_older_than_what_is_held_is_refused(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX), der = buf_init(OCSP_ANSWER_MAX);
	const struct verb_fetched list = list_ask(&h), answer = answer_ask(&h);

	(void)state;
	list_put(&pem, &(struct list_recipe){ 0 }, &h.root, h.root.key);
	answer_put(&der, &(struct answer_recipe){ 0 }, &h.leaf, &h.root, &h.root);
	hold(&h, FETCHED_LIST, KEY(h.list), NOW - DAY_NS);
	judge("a list as old", &h, &list, buf_slice(&pem), ST_OK, NULL);
	hold(&h, FETCHED_LIST, KEY(h.list), NOW - DAY_NS + NS_PER_S);
	judge("an older list", &h, &list, buf_slice(&pem), ST_INPUT, "lists.older");
	hold(&h, FETCHED_ANSWER, answer.fingerprint, NOW - DAY_NS);
	judge("an answer as old", &h, &answer, buf_slice(&der), ST_OK, NULL);
	hold(&h, FETCHED_ANSWER, answer.fingerprint, NOW - DAY_NS + NS_PER_S);
	judge("an older answer", &h, &answer, buf_slice(&der), ST_INPUT, "ocsp.older");
}

static void hold_list(struct house *h, const struct list_recipe *recipe)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX), all = buf_init(LISTS_SIZE_MAX);

	list_put(&pem, recipe, &h->root, h->root.key);
	const struct fetched_record r = { .kind = FETCHED_LIST,
		.key = KEY(h->list),
		.issued_ns = NOW - DAY_NS,
		.bytes = buf_slice(&pem) };
	fetched_record_put(&all, &r);
	assert_int_equal(fetched_take(h->fetched, buf_slice(&all), NULL), ST_OK);
}

/*
 * Whoever stands between us and a plain address can hand out another list of the same authority,
 * which is signed and in force, and says nothing of the partner.
 */
static void a_list_of_less_replaces_none_in_force(void **state)
{
	static const struct list_recipe all = { 0 }, less = { .is_of_authorities = true },
					ended = { .until_ns = NOW - 6 * MINUTE },
					first = { .number = "01" }, second = { .number = "02" };
	static const struct {
		const char *name;
		const struct list_recipe *held, *comes;
		enum status want;
		const char *code;
	} cases[] = {
		{ "less instead of all", &all, &less, ST_INPUT, "lists.scope" },
		{ "less again", &less, &less, ST_OK, NULL },
		{ "all instead of less", &less, &all, ST_OK, NULL },
		{ "less instead of what has ended", &ended, &less, ST_OK, NULL },
		{ "the next number", &first, &second, ST_OK, NULL },
		{ "a lower number of the same day", &second, &first, ST_INPUT, "lists.older" },
	};
	AUTO_IN_PLACE(house) h = house_make();
	const struct verb_fetched ask = list_ask(&h);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);

		hold_list(&h, cases[i].held);
		list_put(&pem, cases[i].comes, &h.root, h.root.key);
		judge(cases[i].name, &h, &ask, buf_slice(&pem), cases[i].want, cases[i].code);
	}
}

static void a_list_of_another_authority_replaces_none_in_force(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	const struct verb_fetched ask = list_ask(&h);

	(void)state;
	list_put(&pem, &(struct list_recipe){ 0 }, &h.second, h.second.key);
	judge("where none is held", &h, &ask, buf_slice(&pem), ST_OK, NULL);
	hold_list(&h, &(struct list_recipe){ 0 });
	judge("instead of the right one", &h, &ask, buf_slice(&pem), ST_INPUT, "lists.scope");
	hold_list(&h, &(struct list_recipe){ .until_ns = NOW - 6 * MINUTE });
	judge("instead of what has ended", &h, &ask, buf_slice(&pem), ST_OK, NULL);
}

/* Another partner names the same address, and authorities of its own: they do not speak for us. */
static void authorities_of_one_partner_displace_no_list_of_another(void **state)
{
	AUTO_IN_PLACE(house) h = house_make();
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	struct inspection i = { .answer = { .outcome = ANSWER_UNKNOWN } };
	struct verb_fetched ask = list_ask(&h);
	struct fault f = { 0 };

	(void)state;
	expect_fault("partner",
		registry_add(h.registry, sheet_make("evil", &h.renewed),
			agreement_make(&h.stranger, &h.second), &f),
		&f, ST_OK, NULL);
	list_put(&pem, &(struct list_recipe){ 0 }, &h.stranger, h.stranger.key);
	judge("ours", &h, &ask, buf_slice(&pem), ST_AUTH, "lists.signature");
	ask.partner = S("evil");
	expect_fault("its own",
		inspection_judge(&i, h.registry, h.fetched, &ask, buf_slice(&pem), NOW, &f), &f,
		ST_OK, NULL);
	assert_false(slice_eq(i.learned.key, KEY(h.list)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_believed_or_not),
		cmocka_unit_test(only_one_list_comes_from_an_address),
		cmocka_unit_test(what_nobody_asks_for_is_not_believed),
		cmocka_unit_test(answers_are_believed_or_not),
		cmocka_unit_test(what_is_older_than_what_is_held_is_refused),
		cmocka_unit_test(a_list_of_less_replaces_none_in_force),
		cmocka_unit_test(a_list_of_another_authority_replaces_none_in_force),
		cmocka_unit_test(authorities_of_one_partner_displace_no_list_of_another),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
