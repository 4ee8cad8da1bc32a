/* SPDX-License-Identifier: Apache-2.0 */
/* A signature without the certificates it brought: nothing else of it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "as2_parties.h"
#include "safeguards/cms_bare.h"
#include "safeguards/signature.h"

#define CERT_MAX 8192
#define CONTENT S("Content-Type: text/plain\r\n\r\nFeeder 12 is out.\r\n")

static void sign(struct buf *der)
{
	const struct party *p = &parties[UTILITY];
	struct signer signer = { .cert = p->sign, .key = p->sign_key };
	struct fault f = { 0 };

	*der = buf_init(SIGNATURE_SIZE_MAX);
	must(sign_whole(der, CONTENT, &signer, NOW, &f), &f);
}

static struct slice cert_of(struct buf *der)
{
	cert_format_der(der, parties[UTILITY].sign);
	return buf_slice(der);
}

static bool contains(struct slice whole, struct slice part)
{
	return memmem(whole.p, whole.n, part.p, part.n) != NULL;
}

static void test_certificates_go(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 }, bare = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) held = buf_init(CERT_MAX);
	struct slice cert = cert_of(&held);
	struct fault f;

	(void)state;
	sign(&der);
	assert_true(contains(buf_slice(&der), cert));
	assert_int_equal(cms_bare_signed(&bare, buf_slice(&der), &f), ST_OK);
	assert_false(contains(buf_slice(&bare), cert));
	/* The tail, with the signers, is as it was. */
	assert_true(contains(buf_slice(&der), slice_from(buf_slice(&bare), bare.n - 200)));
}

/* What is bare already comes out as it went in. */
static void test_once_is_enough(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 }, once = buf_init(SIGNATURE_SIZE_MAX),
			   twice = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f;

	(void)state;
	sign(&der);
	assert_int_equal(cms_bare_signed(&once, buf_slice(&der), &f), ST_OK);
	assert_int_equal(cms_bare_signed(&twice, buf_slice(&once), &f), ST_OK);
	assert_true(slice_eq(buf_slice(&once), buf_slice(&twice)));
}

static void test_bare_still_verifies(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 }, bare = buf_init(SIGNATURE_SIZE_MAX);
	const struct cert *trusted[] = { parties[UTILITY].sign };
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der);
	must(cms_bare_signed(&bare, buf_slice(&der), &f), &f);
	assert_int_equal(
		signature_check(&facts, buf_slice(&bare), CONTENT, trusted, 1, 0, NOW, &f), ST_OK);
}

/* Garbage where certificates stand is never looked at. */
static void test_bad_certificate_does_no_harm(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 };
	const struct cert *trusted[] = { parties[UTILITY].sign };
	AUTO_IN_PLACE(buf) held = buf_init(CERT_MAX);
	struct slice cert = cert_of(&held);
	struct signature_facts facts;
	struct fault f = { 0 };

	(void)state;
	sign(&der);
	uint8_t *at = memmem(der.p, der.n, cert.p, cert.n);
	memset(at + 4, 0xff, cert.n - 4);
	assert_int_equal(
		signature_check(&facts, buf_slice(&der), CONTENT, trusted, 1, 0, NOW, &f), ST_OK);
}

static void test_cut_short(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 }, bare = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f;

	(void)state;
	sign(&der);
	for (size_t n = 0; n < der.n; n++) {
		buf_clear(&bare);
		assert_int_equal(
			cms_bare_signed(&bare, slice_to(buf_slice(&der), n), &f), ST_INPUT);
		assert_string_equal(f.code, "signature.syntax");
	}
}

static void test_other_things(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
	} table[] = {
		{ "nothing", "", 0 },
		{ "a null", "\x05\x00", 2 },
		{ "an empty sequence", "\x30\x00", 2 },
		{ "no object identifier", "\x30\x02\x05\x00", 4 },
		{ "data", "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 13 },
		{ "a length of 4 GiB", "\x30\x84\xff\xff\xff\xff", 6 },
		{ "an endless nest",
			"\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80"
			"\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80",
			36 },
	};
	AUTO_IN_PLACE(buf) bare = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		if (cms_bare_signed(&bare, slice_of(table[i].bytes, table[i].n), &f) != ST_INPUT)
			fail_msg("%s was taken for SignedData", table[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates_go),
		cmocka_unit_test(test_once_is_enough),
		cmocka_unit_test(test_bare_still_verifies),
		cmocka_unit_test(test_bad_certificate_does_no_harm),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_other_things),
	};

	return cmocka_run_group_tests_name("cms_bare", tests, parties_make, parties_free);
}
