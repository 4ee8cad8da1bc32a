/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found while an entity is decrypted is what its readers would find: in steps of any size,
 * wherever a boundary falls; and where it guessed wrong, nothing is known.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "bindings/ahead.h"
#include "bindings/multipart_signed.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/sealing.h"

#define HEAD "Content-Type: multipart/signed; micalg=sha-384; boundary=\"b0b\"\r\n\r\n"
#define OPENS HEAD "--b0b\r\n"
#define ENDS "\r\n--b0b\r\nContent-Type: application/pkcs7-signature\r\n\r\nDER\r\n--b0b--\r\n"
#define PLAIN "Content-Type: text/plain\r\n\r\n"
#define TEXT "one\r\n--b0\r\n-\r\n--b0\n--\r\r\n" /* almost a boundary, five times */

static const struct {
	const char *name;
	struct slice entity, covered, document;
	bool knows_covered, knows_document;
	enum digest kind;
} cases[] = {
	{ "signed", S(OPENS PLAIN TEXT ENDS), S(PLAIN TEXT), S(TEXT), true, true, DIGEST_SHA384 },
	{ "signed, an empty document", S(OPENS PLAIN ENDS), S(PLAIN), S(""), true, true,
		DIGEST_SHA384 },
	{ "signed, lines end with LF", S(OPENS PLAIN "@\n--b0b\nrest"), S(PLAIN "@"), S("@"), true,
		true, DIGEST_SHA384 },
	{ "another digest", S("Content-Type: multipart/signed; boundary=b0b\r\n\r\n--b0b\r\n" PLAIN
			      "@" ENDS),
		S(PLAIN "@"), S("@"), true, true, DIGEST_SHA512 },
	{ "the boundary is not said", S("Content-Type: multipart/signed\r\n\r\n--b0b\r\n" PLAIN
					"@" ENDS),
		S(PLAIN "@"), S("@"), true, true, DIGEST_SHA512 },
	{ "not signed", S(PLAIN TEXT), S(PLAIN TEXT), S(TEXT), true, true, DIGEST_SHA512 },
	{ "its document is encoded",
		S(OPENS "Content-Transfer-Encoding: base64\r\n\r\neA==" ENDS),
		S("Content-Transfer-Encoding: base64\r\n\r\neA=="), S("eA=="), true, false,
		DIGEST_SHA384 },
	{ "several", S(OPENS "Content-Type: multipart/related; boundary=c\r\n\r\n--c--" ENDS),
		S("Content-Type: multipart/related; boundary=c\r\n\r\n--c--"), S("--c--"), true,
		false, DIGEST_SHA384 },
	{ "compressed",
		S("Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\nDER"),
		S("DER"), S("DER"), false, false, 0 },
	{ "a boundary within a line", S(OPENS PLAIN "@--b0by" ENDS), S(PLAIN "@--b0by"),
		S("@--b0by"), false, false, 0 },
	{ "a longer boundary", S(OPENS PLAIN "@\r\n--b0bb\r\ny" ENDS), S(PLAIN "@\r\n--b0bb\r\ny"),
		S("@\r\n--b0bb\r\ny"), false, false, 0 },
	{ "never closed", S(OPENS PLAIN TEXT), S(PLAIN TEXT), S(TEXT), false, false, 0 },
	{ "closed at once", S(HEAD "--b0b--\r\n"), S("\r\n"), S(""), false, false, 0 },
	{ "no header", S("\r\n@"), S("\r\n@"), S("@"), true, true, DIGEST_SHA512 },
	{ "a header that is none", S("Content-Type\r\n\r\n@"), S("@"), S("@"), false, false, 0 },
	{ "nothing", S(""), S(""), S(""), false, false, 0 },
};

static struct slice within(struct slice all, struct slice piece)
{
	size_t at;

	assert_true(slice_find(&at, all, piece));
	return slice_sub(all, at, piece.n);
}

static void expect_known(const char *name, const struct ahead *a, struct slice of, bool want,
	enum digest kind)
{
	const struct digested known = ahead_digested(a, of);
	struct digest_value value;

	if ((known.known != NULL) != want)
		fail_msg("%s: %s", name, want ? "not known" : "known");
	if (!want)
		return;
	digest_compute(&value, kind, of);
	if (!digest_eq(&value, known.known))
		fail_msg("%s: another digest", name);
}

/* Whatever the bytes are: time is not to tell of what nobody has proven. */
static void expect_same_work(const struct ahead *a)
{
	const size_t held = strlen(a->dashes) + 1;

	if (a->digested + held < a->entity->n || a->searched + held < a->entity->n)
		fail_msg("%zu digested, %zu searched of %zu", a->digested, a->searched,
			a->entity->n);
	if (a->looked && (!a->covered.run || !a->document.run))
		fail_msg("it is digested less than twice");
}

/* At first as much as headers and first boundary have, because they are looked at only once. */
static void feed(struct ahead *a, struct buf *entity, struct slice all, size_t first, size_t step)
{
	struct slice piece = slice_to(all, first);

	while (all.n > 0) {
		buf_put(entity, piece);
		ahead_more(a);
		all = slice_from(all, piece.n);
		piece = slice_to(all, step);
	}
	expect_same_work(a);
	ahead_end(a);
}

static size_t first_of(struct slice entity, struct slice document)
{
	size_t at = 0;

	return slice_find(&at, entity, document) && document.n ? at : entity.n;
}

static void what_is_known_is_what_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 40; step++) {
			struct slice all = cases[i].entity;
			AUTO_IN_PLACE(buf) entity = buf_init(4096);
			struct ahead a = { 0 };

			ahead_begin(&a, &entity, S("signed-receipt-micalg=required, sha-512"));
			feed(&a, &entity, all, first_of(all, cases[i].document), step);
			all = buf_slice(&entity);
			/* A document that stands in its head, too, is its last. */
			struct slice covered = within(all, cases[i].covered);
			struct slice document =
				slice_from(covered, covered.n - cases[i].document.n);
			expect_known(cases[i].name, &a, covered, cases[i].knows_covered,
				cases[i].kind);
			expect_known(cases[i].name, &a, document, cases[i].knows_document,
				DIGEST_SHA256);
			ahead_done(&a);
		}
}

static void other_bytes_are_not_known(void **state)
{
	AUTO_IN_PLACE(buf) entity = buf_init(4096);
	struct ahead a = { 0 };
	struct slice all;

	(void)state;
	ahead_begin(&a, &entity, S(""));
	feed(&a, &entity, S(OPENS PLAIN TEXT ENDS), sizeof(OPENS PLAIN), 7);
	all = within(buf_slice(&entity), S(TEXT));
	assert_non_null(ahead_digested(&a, all).known);
	assert_null(ahead_digested(&a, slice_from(all, 1)).known);
	assert_null(ahead_digested(&a, slice_to(all, all.n - 1)).known);
	assert_null(ahead_digested(&a, S(TEXT)).known);
	ahead_done(&a);
}

/* With what is clear, and without, parts are the same; also where more than two are. */
static void a_search_that_is_spared_finds_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) entity = buf_init(4096), scratch = buf_init(64);
		struct slice part[2] = { 0 }, signature[2] = { 0 }, body;
		struct ahead a = { 0 };
		size_t at;

		ahead_begin(&a, &entity, S(""));
		feed(&a, &entity, cases[i].entity, cases[i].entity.n / 2, 5);
		body = buf_slice(&entity);
		if (slice_find(&at, body, S("\r\n\r\n")))
			body = slice_from(body, at + 4);
		enum status plain = multipart_signed_parse(
			&part[0], &signature[0], &scratch, body, S("b0b"), NULL);
		enum status spared = multipart_signed_parse_from(ahead_clear(&a, body), &part[1],
			&signature[1], &scratch, body, S("b0b"), NULL);
		if (plain != spared || part[0].p != part[1].p || part[0].n != part[1].n ||
			signature[0].p != signature[1].p)
			fail_msg("%s: other parts", cases[i].name);
		ahead_done(&a);
	}
}

/* --- who is told while a seal is opened --- */

static void count(void *context)
{
	unsigned *told = context;

	*told += 1;
}

static void only_of_what_has_a_tag(void **state)
{
	static const struct {
		enum cipher cipher;
		bool told;
	} rows[] = { { CIPHER_AES256_GCM, true }, { CIPHER_AES128_GCM, true },
		{ CIPHER_AES256_CBC, false }, { CIPHER_AES128_CBC, false } };
	const struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(buf) der = buf_init(2 * SEALING_HEAD_MAX), content = buf_init(64);
		unsigned told = 0;
		const struct sealing_watch watch = { count, &told };
		struct slice sealed;
		struct fault f;

		must(sealing_seal(&sealed, &der, S("a secret"), opener.cert, rows[i].cipher,
			     ALG_BIT(ALG_AES_CBC), &f),
			&f);
		must(sealing_open_watched(&content, sealed, &opener, 1, ALG_BIT(ALG_AES_CBC),
			     &watch, &f),
			&f);
		expect_slice("content", buf_slice(&content), S("a secret"));
		assert_int_equal(told > 0, rows[i].told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_what_is_read),
		cmocka_unit_test(other_bytes_are_not_known),
		cmocka_unit_test(a_search_that_is_spared_finds_the_same),
		cmocka_unit_test(only_of_what_has_a_tag),
	};

	return cmocka_run_group_tests_name("ahead", tests, parties_make, parties_free);
}
