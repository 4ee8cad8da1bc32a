/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a digest was made of is found, each variant by a case that only it explains; bytes of any
 * kind are searched without harm, and no longer than was allowed.
 */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/views.h"
#include "bindings/variants.h"
#include "safeguards/compression.h"

#define WORK_MAX (UINT64_C(1) << 26)
#define LARGE (2 * VIEW_STEP)
#define HEAD "Content-Type: text/plain\r\n\r\n"
#define HEAD_LF "Content-Type: text/plain\n\n"
#define B64 "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"

/* clang-format off */
static const struct {
	const char *name;
	enum mic_rule rule;
	struct slice part;   /* what is at hand */
	struct slice wanted; /* what the digest was made of */
	struct variant found;
} cases[] = {
	{ "as it is", MIC_OF_SIGNED, S(HEAD "a\r\nb"), S(HEAD "a\r\nb"), { EXTENT_SAME, ENDS_SAME, TAIL_SAME } },
	{ "content alone", MIC_OF_SIGNED, S(HEAD "a\r\nb"), S("a\r\nb"), { EXTENT_CONTENT, ENDS_SAME, TAIL_SAME } },
	{ "content of an entity", MIC_OF_ENTITY, S(HEAD "a"), S("a"), { EXTENT_CONTENT, ENDS_SAME, TAIL_SAME } },
	{ "LF in the content", MIC_OF_SIGNED, S(HEAD "a\r\nb\r\n"), S(HEAD "a\nb\n"), { EXTENT_SAME, ENDS_LF_CONTENT, TAIL_SAME } },
	{ "LF everywhere", MIC_OF_SIGNED, S(HEAD "a\r\nb\r\n"), S(HEAD_LF "a\nb\n"), { EXTENT_SAME, ENDS_LF, TAIL_SAME } },
	{ "LF in the headers is everywhere", MIC_OF_SIGNED, S(HEAD "ab"), S(HEAD_LF "ab"), { EXTENT_SAME, ENDS_LF, TAIL_SAME } },
	{ "LF, content alone", MIC_OF_SIGNED, S(HEAD "a\r\nb"), S("a\nb"), { EXTENT_CONTENT, ENDS_LF, TAIL_SAME } },
	{ "a lone CR stays", MIC_OF_SIGNED, S(HEAD "a\r\r\nb\r"), S(HEAD "a\r\nb\r"), { EXTENT_SAME, ENDS_LF_CONTENT, TAIL_SAME } },
	{ "CRLF", MIC_OF_SIGNED, S(HEAD "a\nb\r\nc\n"), S(HEAD "a\r\nb\r\nc\r\n"), { EXTENT_SAME, ENDS_CRLF, TAIL_SAME } },
	{ "CRLF in the headers too", MIC_OF_SIGNED, S(HEAD_LF "a\nb"), S(HEAD "a\r\nb"), { EXTENT_SAME, ENDS_CRLF, TAIL_SAME } },
	{ "CRLF, content alone", MIC_OF_SIGNED, S(HEAD "\na"), S("\r\na"), { EXTENT_CONTENT, ENDS_CRLF, TAIL_SAME } },
	{ "the boundary's line end", MIC_OF_SIGNED, S(HEAD "a"), S(HEAD "a\r\n"), { EXTENT_SAME, ENDS_SAME, TAIL_ADDED } },
	{ "a last LF", MIC_OF_SIGNED, S(HEAD "a\r\nb"), S(HEAD "a\nb\n"), { EXTENT_SAME, ENDS_LF_CONTENT, TAIL_ADDED } },
	{ "a last LF, no other line end", MIC_OF_SIGNED, S(HEAD "a"), S(HEAD_LF "a\n"), { EXTENT_SAME, ENDS_LF, TAIL_ADDED } },
	{ "stripped", MIC_OF_SIGNED, S(HEAD "a\r\n\r\n\r\n"), S(HEAD "a"), { EXTENT_SAME, ENDS_SAME, TAIL_STRIPPED } },
	{ "stripped, LF", MIC_OF_SIGNED, S(HEAD "a\r\nb\r\n"), S(HEAD_LF "a\nb"), { EXTENT_SAME, ENDS_LF, TAIL_STRIPPED } },
	{ "all of it line ends", MIC_OF_SIGNED, S(HEAD "\r\n\r\n"), S(HEAD), { EXTENT_SAME, ENDS_SAME, TAIL_STRIPPED } },
	{ "decoded", MIC_OF_SIGNED, S(B64 "YQ0KYg==\r\n"), S(B64 "a\r\nb"), { EXTENT_DECODED, ENDS_SAME, TAIL_SAME } },
	{ "decoded, content alone", MIC_OF_SIGNED, S(B64 "YQ0KYg==\r\n"), S("a\r\nb"), { EXTENT_DECODED_CONTENT, ENDS_SAME, TAIL_SAME } },
	{ "decoded, LF", MIC_OF_SIGNED, S(B64 "YQ0KYg==\r\n"), S("a\nb"), { EXTENT_DECODED_CONTENT, ENDS_LF, TAIL_SAME } },
	{ "plain content, LF", MIC_OF_CONTENT, S("a\r\nb"), S("a\nb"), { EXTENT_SAME, ENDS_LF, TAIL_SAME } },
	{ "plain content, CRLF", MIC_OF_CONTENT, S("a\nb"), S("a\r\nb"), { EXTENT_SAME, ENDS_CRLF, TAIL_SAME } },
	{ "plain content, a line end more", MIC_OF_CONTENT, S("a"), S("a\r\n"), { EXTENT_SAME, ENDS_SAME, TAIL_ADDED } },
	{ "no headers to read", MIC_OF_SIGNED, S("no colon\r\n\r\na\r\n"), S("no colon\n\na\n"), { EXTENT_SAME, ENDS_LF, TAIL_SAME } },
	{ "empty", MIC_OF_SIGNED, S(""), S(""), { EXTENT_SAME, ENDS_SAME, TAIL_SAME } },
};

/* Nothing of this is a variant: what the partner signed was something else. */
static const struct {
	const char *name;
	enum mic_rule rule;
	struct slice part, wanted;
} strangers[] = {
	{ "another letter", MIC_OF_SIGNED, S(HEAD "a\r\nb"), S(HEAD "a\r\nc") },
	{ "a blank at a line's end", MIC_OF_SIGNED, S(HEAD "a \r\nb"), S(HEAD "a\r\nb") },
	{ "a plain document's own headers are content", MIC_OF_CONTENT, S(HEAD "a"), S("a") },
	{ "cut short", MIC_OF_SIGNED, S(HEAD "abc"), S(HEAD "ab") },
	{ "base64 that is none", MIC_OF_SIGNED, S(B64 "?"), S(B64 "a") },
};
/* clang-format on */

static const struct variant_limits limits = { VARIANT_PART_MAX, VARIANT_SCRATCH_MAX };

static enum status find(struct variant *out, enum mic_rule rule, struct slice part,
	struct slice wanted, enum digest kind, struct fault *f)
{
	AUTO_IN_PLACE(variant_source) source;
	struct digest_value digest;

	variant_source_init(&source, part, rule, &limits);
	digest_compute(&digest, kind, wanted);
	return variant_find(out, &source, &digest, WORK_MAX, f);
}

static void expect_variant(const char *name, const struct variant *got, const struct variant *want)
{
	char got_words[VARIANT_WORDS_MAX], want_words[VARIANT_WORDS_MAX];

	expect_text(name, variant_words(got_words, got), variant_words(want_words, want));
}

static void variants_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned kind = 0; kind < DIGESTS; kind++) {
			struct variant v = { EXTENTS, ENDS, TAILS };
			struct fault f = { 0 };

			expect_fault(cases[i].name,
				find(&v, cases[i].rule, cases[i].part, cases[i].wanted, kind, &f),
				&f, ST_OK, NULL);
			expect_variant(cases[i].name, &v, &cases[i].found);
		}
}

static void strangers_are_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		struct variant v;
		struct fault f = { 0 };

		expect_fault(strangers[i].name,
			find(&v, strangers[i].rule, strangers[i].part, strangers[i].wanted,
				DIGEST_SHA256, &f),
			&f, ST_NONE, "variants.none");
	}
}

static void what_was_compressed_is_found(void **state)
{
	static const struct variant whole = { EXTENT_EXPANDED, ENDS_SAME, TAIL_SAME };
	static const struct variant content = { EXTENT_EXPANDED_CONTENT, ENDS_SAME, TAIL_SAME };
	AUTO_IN_PLACE(buf) part = buf_init(4096);
	struct fault f = { 0 };
	struct variant v;

	(void)state;
	buf_put_text(&part,
		"Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n");
	expect_fault("compress", compression_make(&part, S(HEAD "a\r\nb"), &f), &f, ST_OK, NULL);
	expect_fault("entity",
		find(&v, MIC_OF_SIGNED, buf_slice(&part), S(HEAD "a\r\nb"), DIGEST_SHA256, &f), &f,
		ST_OK, NULL);
	expect_variant("entity", &v, &whole);
	expect_fault("content",
		find(&v, MIC_OF_SIGNED, buf_slice(&part), S("a\r\nb"), DIGEST_SHA256, &f), &f,
		ST_OK, NULL);
	expect_variant("content", &v, &content);
}

/* Every name is there, and no description is cut. */
static void all_have_words(void **state)
{
	(void)state;
	for (unsigned n = 0; n < EXTENTS * ENDS * TAILS; n++) {
		struct variant v = { n % EXTENTS, n / EXTENTS % ENDS, n / EXTENTS / ENDS };
		char words[VARIANT_WORDS_MAX];

		assert_in_range(strlen(variant_words(words, &v)), 1, VARIANT_WORDS_MAX - 2);
		assert_non_null(variant_extent_name(v.extent));
		assert_non_null(variant_ends_name(v.ends));
		assert_non_null(variant_tail_name(v.tail));
	}
	for (unsigned rule = 0; rule < MIC_RULES; rule++) {
		assert_non_null(mic_rule_name(rule));
		assert_non_null(strstr(mic_rule_words(rule), "RFC 4130 7.3.1"));
	}
}

/* --- limits ------------------------------------------------------------------------ */

static enum status find_within(struct slice part, uint64_t work_max, struct fault *f)
{
	AUTO_IN_PLACE(variant_source) source;
	struct digest_value digest;
	struct variant v;

	variant_source_init(&source, part, MIC_OF_CONTENT, &limits);
	digest_compute(&digest, DIGEST_SHA256, S("another"));
	return variant_find(&v, &source, &digest, work_max, f);
}

static void work_is_bounded(void **state)
{
	struct fault f = { 0 };

	(void)state;
	/* "abcd" as it is and with a line end: two digests of four bytes */
	expect_fault("enough", find_within(S("abcd"), 8, &f), &f, ST_NONE, "variants.none");
	expect_fault("a byte less", find_within(S("abcd"), 7, &f), &f, ST_LIMIT, "variants.size");
	expect_fault("none", find_within(S("abcd"), 0, &f), &f, ST_LIMIT, "variants.size");
	expect_fault("line ends count", find_within(S("\n\n\n\n"), 24, &f), &f, ST_LIMIT,
		"variants.size");
}

static enum status find_large(
	struct variant *out, const struct buf *part, const struct buf *wanted, struct fault *f)
{
	return find(out, MIC_OF_CONTENT, buf_slice(part), buf_slice(wanted), DIGEST_SHA256, f);
}

/* Line ends where one step over a large part ends and the next begins. */
static void large_parts_are_fed_in_steps(void **state)
{
	static const struct variant lf = { EXTENT_SAME, ENDS_LF, TAIL_SAME };
	static const struct variant crlf = { EXTENT_SAME, ENDS_CRLF, TAIL_SAME };

	(void)state;
	for (size_t before = VIEW_STEP - 2; before <= VIEW_STEP + 1; before++) {
		AUTO_IN_PLACE(buf) wire = buf_init(LARGE), unix_text = buf_init(LARGE);
		struct variant v;
		struct fault f = { 0 };

		put_times(&wire, 'x', before);
		put_times(&unix_text, 'x', before);
		buf_put_text(&wire, "\r\nend");
		buf_put_text(&unix_text, "\nend");
		expect_fault("LF", find_large(&v, &wire, &unix_text, &f), &f, ST_OK, NULL);
		expect_variant("LF", &v, &lf);
		expect_fault("CRLF", find_large(&v, &unix_text, &wire, &f), &f, ST_OK, NULL);
		expect_variant("CRLF", &v, &crlf);
	}
}

/* Not a byte of it is looked at, so it need not be there. */
static void a_part_may_be_too_large(void **state)
{
	struct fault f = { 0 };

	(void)state;
	expect_fault("too large", find_within(slice_of("", VARIANT_PART_MAX + 1), UINT64_MAX, &f),
		&f, ST_LIMIT, "variants.size");
}

/* What is not made for want of room is no "none matches". */
static void what_is_left_out_is_said(void **state)
{
	static const struct variant_limits little = { VARIANT_PART_MAX, 2 };
	static const struct {
		const char *name;
		enum mic_rule rule;
		struct slice part;
		const char *words;
	} rows[] = {
		{ "decoded", MIC_OF_SIGNED, S(B64 "YWJjZA=="), "what is encoded in it" },
		{ "compressed", MIC_OF_ENTITY, S(HEAD "abcd"), "tried compressed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(variant_source) source;
		struct digest_value digest;
		struct variant v;
		struct fault f = { 0 };

		variant_source_init(&source, rows[i].part, rows[i].rule, &little);
		digest_compute(&digest, DIGEST_SHA256, S("another"));
		expect_fault(rows[i].name, variant_find(&v, &source, &digest, WORK_MAX, &f), &f,
			ST_LIMIT, "variants.size");
		if (!strstr(f.text, rows[i].words))
			fail_msg("%s: %s", rows[i].name, f.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants_are_found),
		cmocka_unit_test(strangers_are_not),
		cmocka_unit_test(what_was_compressed_is_found),
		cmocka_unit_test(all_have_words),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(what_is_left_out_is_said),
		cmocka_unit_test(large_parts_are_fed_in_steps),
		cmocka_unit_test(a_part_may_be_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
