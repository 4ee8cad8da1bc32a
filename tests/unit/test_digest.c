/* SPDX-License-Identifier: Apache-2.0 */
/* Digests: the published values, names in all spellings, and the same from pieces as at once. */
#include "exchange_expect.h"

#include "base/codec.h"
#include "safeguards/digest.h"

/* FIPS 180-4, examples; the empty message from NIST's test vectors. */
static const struct {
	enum digest kind;
	const char *content, *hex;
} vectors[] = {
	{ DIGEST_SHA256, "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ DIGEST_SHA384, "abc",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7" },
	{ DIGEST_SHA384, "",
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
		"274edebfe76f65fbd51ad2f14898b95b" },
	{ DIGEST_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ DIGEST_SHA512, "",
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
};

static void published_values_are_computed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		AUTO_IN_PLACE(buf) hex = buf_init(2 * DIGEST_BYTES_MAX);
		struct digest_value d;

		digest_compute(&d, vectors[i].kind, slice_str(vectors[i].content));
		assert_int_equal(d.kind, vectors[i].kind);
		hex_format(&hex, digest_slice(&d));
		expect_text(vectors[i].content, buf_text(&hex), vectors[i].hex);
	}
}

static void the_short_way_is_the_same(void **state)
{
	static const struct slice contents[] = { { NULL, 0 }, { (const uint8_t *)"abc", 3 } };
	uint8_t bytes[32];
	struct digest_value d;

	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		digest_sha256(bytes, contents[i]);
		digest_compute(&d, DIGEST_SHA256, contents[i]);
		assert_true(slice_eq(digest_slice(&d), slice_of(bytes, sizeof(bytes))));
	}
}

static void in_pieces(struct digest_value *out, enum digest kind, struct slice content, size_t size)
{
	struct digest_run *run = digest_run_new(kind);

	digest_run_add(run, S(""));
	for (size_t at = 0; at < content.n; at += size)
		digest_run_add(run, slice_sub(content, at, size));
	digest_run_finish(out, run);
	digest_run_free(run);
}

/* 200 bytes: more than one block of each. */
static void pieces_give_the_same(void **state)
{
	AUTO_IN_PLACE(buf) content = buf_init(200);
	struct digest_value whole, pieces;

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		buf_put_u8(&content, (uint8_t)i);
	for (enum digest kind = 0; kind < DIGESTS; kind++) {
		digest_compute(&whole, kind, buf_slice(&content));
		for (size_t size = 1; size <= content.n; size++) {
			in_pieces(&pieces, kind, buf_slice(&content), size);
			assert_true(digest_eq(&whole, &pieces));
		}
		digest_compute(&whole, kind, S(""));
		in_pieces(&pieces, kind, S(""), 1);
		assert_true(digest_eq(&whole, &pieces));
	}
	digest_run_free(NULL);
}

static void only_equals_are_equal(void **state)
{
	struct digest_value a, b;

	(void)state;
	for (enum digest kind = 0; kind < DIGESTS; kind++) {
		digest_compute(&a, kind, S("abc"));
		for (size_t i = 0; i < a.n; i++) {
			b = a;
			assert_true(digest_eq(&a, &b));
			b.bytes[i] ^= 1;
			assert_false(digest_eq(&a, &b));
		}
		b = a;
		b.n--;
		assert_false(digest_eq(&a, &b));
		b = a;
		b.kind = (kind + 1) % DIGESTS;
		assert_false(digest_eq(&a, &b));
	}
}

/* clang-format off */
static const struct {
	const char *in;
	enum status want;
	enum digest kind;
} names[] = {
	{ "sha-256", ST_OK, DIGEST_SHA256 }, { "sha256", ST_OK, DIGEST_SHA256 },
	{ "SHA-256", ST_OK, DIGEST_SHA256 }, { "Sha2-256", ST_OK, DIGEST_SHA256 },
	{ "sha-384", ST_OK, DIGEST_SHA384 }, { "SHA384", ST_OK, DIGEST_SHA384 },
	{ "sha2-384", ST_OK, DIGEST_SHA384 }, { "sha-512", ST_OK, DIGEST_SHA512 },
	{ "sha512", ST_OK, DIGEST_SHA512 }, { "SHA2-512", ST_OK, DIGEST_SHA512 },
	{ "sha1", ST_NONE, 0 }, { "sha-1", ST_NONE, 0 }, { "SHA-224", ST_NONE, 0 },
	{ "md5", ST_NONE, 0 }, { "sha3-256", ST_NONE, 0 }, { "sha512-256", ST_NONE, 0 },
	{ "", ST_NONE, 0 }, { " sha-256", ST_NONE, 0 }, { "sha-256 ", ST_NONE, 0 },
	{ "sha-25", ST_NONE, 0 }, { "sha-2566", ST_NONE, 0 }, { "sha_256", ST_NONE, 0 },
};
/* clang-format on */

static void names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		enum digest kind = DIGESTS;
		struct fault f = { 0 };

		expect_fault(names[i].in, digest_parse(&kind, slice_str(names[i].in), &f), &f,
			names[i].want, "digest.unknown");
		assert_int_equal(kind, names[i].want == ST_OK ? names[i].kind : DIGESTS);
	}
}

static void one_name_is_written(void **state)
{
	static const char *const written[DIGESTS] = { "sha-256", "sha-384", "sha-512" };

	(void)state;
	for (enum digest kind = 0; kind < DIGESTS; kind++) {
		enum digest back;

		expect_text("name", digest_name(kind), written[kind]);
		assert_int_equal(digest_parse(&back, slice_str(digest_name(kind)), NULL), ST_OK);
		assert_int_equal(back, kind);
	}
}

/* Names come from partners: no NUL ends them, and a long one is cut in the sentence. */
static void hostile_names_are_quoted(void **state)
{
	AUTO_IN_PLACE(buf) name = buf_init(100000);
	struct fault f = { 0 };
	enum digest kind;

	(void)state;
	put_times(&name, 'x', 100000);
	expect_fault(
		"long", digest_parse(&kind, buf_slice(&name), &f), &f, ST_NONE, "digest.unknown");
	assert_true(strlen(f.text) < 100);
	expect_fault("NUL", digest_parse(&kind, S("sha-256\0"), &f), &f, ST_NONE, "digest.unknown");
	expect_fault("line", digest_parse(&kind, S("a\nb"), &f), &f, ST_NONE, "digest.unknown");
	expect_says("line", &f, "a\\x0ab");
	expect_fault("no bytes", digest_parse(&kind, slice_of(NULL, 0), &f), &f, ST_NONE,
		"digest.unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values_are_computed),
		cmocka_unit_test(the_short_way_is_the_same),
		cmocka_unit_test(pieces_give_the_same),
		cmocka_unit_test(only_equals_are_equal),
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(one_name_is_written),
		cmocka_unit_test(hostile_names_are_quoted),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
