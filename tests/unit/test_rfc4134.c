/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples of RFC 4134 and some signatures of ML-DSA, as Bouncy Castle keeps them.  They are of
 * 1999, when Triple DES, SHA-1, DSA and RSA of 1024 bits were good: what is sealed opens where an
 * exception lets Triple DES in, everything else is refused, and named.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "base/codec.h"
#include "base/fd.h"
#include "bindings/mime.h"
#include "exchange/agreement.h"
#include "safeguards/compression.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"
#include "shared_data.h"

#define FILE_MAX 65536
#define EVERYTHING (~0U) /* what only exceptions let in, too */
#define EXAMPLE_NOW (INT64_C(951782400) * NS_PER_S) /* 2000-02-29: their certificates are valid */
#define EXAMPLES "rfc4134/"
#define ML_DSA "pkix/cms/mldsa/"

static int dir = -1;

static int set_up(void **state)
{
	dir = shared_data_open("cms/bcgit+bc-test-data");
	return parties_make(state);
}

static int tear_down(void **state)
{
	fd_close(&dir);
	return parties_free(state);
}

static void skip_without(const char *what)
{
	if (dir >= 0)
		return;
	print_message("skipped: %s (set TIELINE_SHARED_DATA)\n", what);
	skip();
}

static void file_take(struct buf *out, const char *name)
{
	if (file_read(out, dir, name, NULL) != ST_OK)
		fail_msg("no %s", name);
}

/* Words stand in front of it. */
static void pem_take(struct buf *der, const char *name)
{
	AUTO_IN_PLACE(buf) pem = buf_init(FILE_MAX);
	struct slice line, rest;
	bool is_inside = false;
	struct fault f;

	file_take(&pem, name);
	for (rest = buf_slice(&pem); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		if (slice_has_prefix(line, S("-----")))
			is_inside = !is_inside;
		else if (is_inside)
			must(base64_parse(der, slice_trim(line), &f), &f);
	}
}

static void pem_put(struct buf *pem, const char *kind, struct slice der)
{
	buf_putf(pem, "-----BEGIN %s-----\n", kind);
	base64_format(pem, der, 64);
	buf_putf(pem, "-----END %s-----\n", kind);
}

static struct cert *cert_take(const char *name)
{
	AUTO_IN_PLACE(buf) der = buf_init(FILE_MAX);
	struct cert *cert = NULL;
	struct fault f;

	file_take(&der, name);
	must(cert_parse_der(&cert, buf_slice(&der), &f), &f);
	return cert;
}

/* --- what is sealed ----------------------------------------------------------------------- */

static struct key *key_take(const char *name)
{
	AUTO_IN_PLACE(buf) der = buf_init(FILE_MAX), pem = buf_init(FILE_MAX);
	struct key *key = NULL;
	struct fault f;

	file_take(&der, name);
	pem_put(&pem, "PRIVATE KEY", buf_slice(&der));
	must(key_parse_pem(&key, buf_slice(&pem), &f), &f);
	return key;
}

/* The body of a mail, or all of a structure. */
static void sealed_take(struct buf *out, const char *name)
{
	AUTO_IN_PLACE(buf) mail = buf_init(FILE_MAX);
	struct mime_headers headers;
	struct slice body, content;
	struct fault f;
	size_t at;

	if (!slice_find(&at, slice_str(name), S(".eml"))) {
		file_take(out, name);
		return;
	}
	file_take(&mail, name);
	must(mime_headers_parse(&headers, &body, buf_slice(&mail), &f), &f);
	must(mime_content(&content, out, &headers, body, &f), &f);
}

/* clang-format off */
static const struct {
	const char *file;
	unsigned algorithms;
	enum status want;
	const char *code;
} sealed[] = {
	{ EXAMPLES "5.1.bin", EVERYTHING, ST_OK, NULL },
	{ EXAMPLES "5.1.bin", EVERYTHING & ~ALG_BIT(ALG_3DES), ST_AUTH, "sealing.algorithm.3des" },
	{ EXAMPLES "5.1.bin", EVERYTHING & ~ALG_BIT(ALG_RSA_V15), ST_AUTH, "sealing.algorithm" },
	{ EXAMPLES "5.2.bin", EVERYTHING, ST_INPUT, "sealing.syntax" }, /* RC2, whose IV is elsewhere */
	{ EXAMPLES "5.3.eml", EVERYTHING, ST_OK, NULL },
	{ EXAMPLES "6.0.bin", EVERYTHING, ST_INPUT, "sealing.syntax" }, /* DigestedData */
	{ EXAMPLES "7.1.bin", EVERYTHING, ST_INPUT, "sealing.syntax" }, /* EncryptedData */
	{ EXAMPLES "7.2.bin", EVERYTHING, ST_INPUT, "sealing.syntax" },
	{ EXAMPLES "4.1.bin", EVERYTHING, ST_INPUT, "sealing.syntax" }, /* SignedData */
};
/* clang-format on */

static void sealed_examples(void **state)
{
	AUTO_IN_PLACE(buf) plain = buf_init(FILE_MAX);
	AUTO(cert) cert = NULL;
	AUTO(key) key = NULL;
	size_t at;

	(void)state;
	skip_without("RFC 4134, sealed");
	cert = cert_take(EXAMPLES "BobRSASignByCarl.cer");
	key = key_take(EXAMPLES "BobPrivRSAEncrypt.pri");
	file_take(&plain, EXAMPLES "ExContent.bin");
	for (size_t i = 0; i < COUNT(sealed); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(FILE_MAX), content = buf_init(FILE_MAX);
		const struct opener opener = { cert, key };
		struct fault f = { 0 };

		sealed_take(&in, sealed[i].file);
		enum status st = sealing_open(
			&content, buf_slice(&in), &opener, 1, sealed[i].algorithms, &f);
		expect_fault(sealed[i].file, st, &f, sealed[i].want, sealed[i].code);
		if (st == ST_OK && !slice_find(&at, buf_slice(&content), buf_slice(&plain)))
			fail_msg("%s: other content", sealed[i].file);
	}
}

/* --- what is signed ------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *file;
	enum status want;
	const char *code;
} signed_by_others[] = {
	{ EXAMPLES "3.1.bin", ST_INPUT, "signature.syntax" }, /* content alone */
	{ EXAMPLES "3.2.bin", ST_INPUT, "signature.syntax" },
	{ EXAMPLES "4.1.bin", ST_AUTH, "cert.key" }, /* DSA, or RSA of 1024 bits, all of them */
	{ EXAMPLES "4.2.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.3.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.4.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.5.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.6.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.7.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.10.bin", ST_AUTH, "cert.key" },
	{ EXAMPLES "4.11.bin", ST_AUTH, "signature.unknown-signer" }, /* certificates alone */
	{ EXAMPLES "5.1.bin", ST_INPUT, "signature.syntax" },
	{ EXAMPLES "6.0.bin", ST_INPUT, "signature.syntax" },
	{ EXAMPLES "7.1.bin", ST_INPUT, "signature.syntax" },
};
/* clang-format on */

static void signed_examples(void **state)
{
	AUTO_IN_PLACE(buf) content = buf_init(FILE_MAX);
	AUTO(cert) rsa = NULL;
	AUTO(cert) dsa = NULL;
	AUTO(cert) diane = NULL;

	(void)state;
	skip_without("RFC 4134, signed");
	rsa = cert_take(EXAMPLES "AliceRSASignByCarl.cer");
	dsa = cert_take(EXAMPLES "AliceDSSSignByCarlNoInherit.cer");
	diane = cert_take(EXAMPLES "DianeRSASignByCarl.cer");
	const struct cert *trusted[] = { rsa, dsa, diane };
	file_take(&content, EXAMPLES "ExContent.bin");
	for (size_t i = 0; i < COUNT(signed_by_others); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(FILE_MAX);
		struct signature_facts facts;
		struct fault f = { 0 };

		file_take(&in, signed_by_others[i].file);
		enum status st = signature_check(&facts, buf_slice(&in), buf_slice(&content),
			trusted, COUNT(trusted), EVERYTHING, EXAMPLE_NOW, &f);
		expect_fault(signed_by_others[i].file, st, &f, signed_by_others[i].want,
			signed_by_others[i].code);
	}
}

static void signatures_of_ml_dsa(void **state)
{
	static const char *const files[] = { ML_DSA "SignedData_ML-DSA-44.pem",
		ML_DSA "SignedData_ML-DSA-65.pem", ML_DSA "SignedData_ML-DSA-87.pem" };

	(void)state;
	skip_without("signatures of ML-DSA");
	for (size_t i = 0; i < COUNT(files); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(FILE_MAX);
		const struct cert *trusted[] = { parties[UTILITY].sign };
		struct signature_facts facts;
		struct fault f = { 0 };

		pem_take(&in, files[i]);
		expect_fault(files[i],
			signature_check(&facts, buf_slice(&in), S(""), trusted, 1, EVERYTHING, NOW,
				&f),
			&f, ST_AUTH, "signature.unknown-signer");
	}
}

/* None of them is compressed, and all say so at the same place. */
static void nothing_of_it_is_compressed(void **state)
{
	(void)state;
	skip_without("RFC 4134, as compressed");
	for (size_t i = 0; i < COUNT(sealed); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(FILE_MAX), content = buf_init(FILE_MAX);
		struct fault f = { 0 };

		sealed_take(&in, sealed[i].file);
		expect_fault(sealed[i].file, compression_open(&content, buf_slice(&in), &f), &f,
			ST_INPUT, "compression.syntax");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_examples),
		cmocka_unit_test(signed_examples),
		cmocka_unit_test(signatures_of_ml_dsa),
		cmocka_unit_test(nothing_of_it_is_compressed),
	};

	return cmocka_run_group_tests_name("rfc4134", tests, set_up, tear_down);
}
