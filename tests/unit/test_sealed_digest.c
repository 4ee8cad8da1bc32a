/* SPDX-License-Identifier: Apache-2.0 */
/* What was sealed is known again, in pieces of any size, and nothing else is taken for it. */
#include "exchange_expect.h"

#include "safeguards/sealed_digest.h"

#define HEAD S("thirteen byte")
#define REST S("what follows the head, the longer part of it")
#define FORM_N 57

static void form_put(struct buf *form, struct sealed_digest *digest)
{
	struct digest_run *behind = digest_run_new(DIGEST_SHA256);

	digest_run_add(behind, slice_to(REST, 7));
	digest_run_add(behind, slice_from(REST, 7));
	sealed_digest_finish(digest, behind, HEAD);
	digest_run_free(behind);
	buf_put(form, HEAD);
	buf_put(form, REST);
	assert_int_equal(form->n, FORM_N);
}

static bool fits_in_pieces(struct sealed_check *c, struct slice form, size_t piece)
{
	for (size_t at = 0; at < form.n; at += piece)
		sealed_check_add(c, slice_sub(form, at, piece));
	return sealed_check_fits(c);
}

static void it_is_known_again(void **state)
{
	AUTO_IN_PLACE(buf) form = buf_init(FORM_N);
	struct sealed_digest digest;

	(void)state;
	form_put(&form, &digest);
	AUTO(sealed_check) c = sealed_check_new(sealed_digest_slice(&digest));
	for (size_t piece = 1; piece <= FORM_N; piece++) {
		if (!fits_in_pieces(c, buf_slice(&form), piece))
			fail_msg("in pieces of %zu", piece);
		sealed_check_restart(c);
		sealed_check_add(c, slice_to(buf_slice(&form), piece));
		sealed_check_restart(c);
	}
	sealed_digest_compute(&digest, buf_slice(&form));
	assert_true(sealed_digest_fits(sealed_digest_slice(&digest), buf_slice(&form)));
	sealed_digest_compute(&digest, S(""));
	assert_true(sealed_digest_fits(sealed_digest_slice(&digest), S("")));
}

static void no_byte_can_change(void **state)
{
	AUTO_IN_PLACE(buf) form = buf_init(FORM_N + 1);
	struct sealed_digest digest;

	(void)state;
	form_put(&form, &digest);
	const struct slice is = sealed_digest_slice(&digest);
	for (size_t i = 0; i < FORM_N; i++) {
		form.p[i] ^= 1;
		if (sealed_digest_fits(is, buf_slice(&form)))
			fail_msg("byte %zu is another", i);
		form.p[i] ^= 1;
		if (sealed_digest_fits(is, slice_to(buf_slice(&form), i)))
			fail_msg("only %zu bytes", i);
	}
	for (size_t i = 0; i < sizeof(digest.bytes); i++) {
		digest.bytes[i] ^= 1;
		if (sealed_digest_fits(is, buf_slice(&form)))
			fail_msg("byte %zu of the digest is another", i);
		digest.bytes[i] ^= 1;
	}
	assert_true(sealed_digest_fits(is, buf_slice(&form)));
	buf_put_u8(&form, 0);
	assert_false(sealed_digest_fits(is, buf_slice(&form)));
}

/* Whatever a damaged database gives for one. */
static void what_is_no_digest_fits_nothing(void **state)
{
	static const struct {
		const char *name;
		struct slice digest;
	} rows[] = {
		{ "nothing", S("") },
		{ "short", S("\0\0\0\0") },
		{ "a head of four gigabytes", S("\377\377\377\377................................") },
		{ "no head", S("\0\0\0\0................................") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (sealed_digest_fits(rows[i].digest, S("")) ||
			sealed_digest_fits(rows[i].digest, REST))
			fail_msg("%s", rows[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_known_again),
		cmocka_unit_test(no_byte_can_change),
		cmocka_unit_test(what_is_no_digest_fits_nothing),
	};

	return cmocka_run_group_tests_name("sealed_digest", tests, NULL, NULL);
}
