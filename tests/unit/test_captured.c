/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that other products sent, as they were caught on the wire: each opens and verifies, or
 * fails for the reason that stands beside it.  Their certificates are read, too; their receipts are
 * in test_mdn.c.  A file that is in no table here fails the test: none is left out by oversight.
 */
#include "exchange_expect.h"

#include <openssl/pem.h>
#include <stdio.h>

#include "as2_parties.h"
#include "base/fd.h"
#include "safeguards/crypto_internal.h"
#include "shared_data.h"

#define PYAS2 "abhishek-ram+pyas2-lib/pyas2lib/tests/fixtures/"
#define DJANGO "abhishek-ram+django-pyas2/pyas2/tests/fixtures/"
#define LIBAS2 "ahuggins-nhs+node-libas2/test/test-data/"
#define WEAK \
	(ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_V15) | ALG_BIT(ALG_RSA_OAEP) | \
		ALG_BIT(ALG_AES_CBC) | ALG_BIT(ALG_3DES))
#define ALL_LAYERS \
	(AS2_LAYER_BIT(AS2_SEALED) | AS2_LAYER_BIT(AS2_SIGNED) | AS2_LAYER_BIT(AS2_COMPRESSED))
#define MENDELSON PYAS2 "cert_mecas2_public.pem"
#define COMMUNITY LIBAS2 "libas2community.cer"
#define IN_2022 1641340800 /* the day after */
#define IN_2018 1517000000
#define IN_2020 1600000000

/* What a text filter did to a file on its way into a repository: line ends of CRLF became LF. */
enum filtered { AS_SENT, FILTERED, FILTERED_BUT_DOCUMENT };

#define NAMES "AS2-From: libas2community\r\nAS2-To: pyas2lib\r\n"
#define MESSAGE_ID "Message-ID: <1@libas2.example>\r\n"

/* clang-format off */
static const struct {
	const char *name, *file, *signer;
	int64_t now_s;
	bool sign, encrypt;
	unsigned layers;
	enum status want;
	const char *code;
	enum filtered filtered;
	const char *head; /* AS2 headers that were not kept with the message */
} messages[] = {
	{ "mendelson, signed", PYAS2 "mecas2_signed.as2", MENDELSON, IN_2022, true, false,
	  AS2_LAYER_BIT(AS2_SIGNED), ST_OK, NULL, FILTERED_BUT_DOCUMENT, NULL },
	{ "mendelson, compressed and signed", PYAS2 "mecas2_compressed.as2", MENDELSON, IN_2022, true, false,
	  AS2_LAYER_BIT(AS2_SIGNED) | AS2_LAYER_BIT(AS2_COMPRESSED), ST_OK, NULL, AS_SENT, NULL },
	/* Inside is no MIME entity but the document: mendelson reads it so, and pyas2lib. */
	{ "mendelson, encrypted", PYAS2 "mecas2_encrypted.as2", MENDELSON, IN_2022, false, true,
	  AS2_LAYER_BIT(AS2_SEALED), ST_OK, NULL, AS_SENT, NULL },
	{ "mendelson, signed and encrypted", PYAS2 "mecas2_signed_encrypted.as2", MENDELSON, IN_2022, true, true,
	  AS2_LAYER_BIT(AS2_SEALED) | AS2_LAYER_BIT(AS2_SIGNED), ST_OK, NULL, AS_SENT, NULL },
	{ "mendelson, compressed, signed and encrypted", PYAS2 "mecas2_compressed_signed_encrypted.as2", MENDELSON, IN_2022, true, true,
	  ALL_LAYERS, ST_OK, NULL, AS_SENT, NULL },
	{ "mendelson, encrypted where it must be signed", PYAS2 "mecas2_encrypted.as2", MENDELSON, IN_2022, true, true,
	  0, ST_AUTH, "sealing.decrypt", AS_SENT, NULL },
	{ "mendelson, signed where it must be encrypted", PYAS2 "mecas2_signed.as2", MENDELSON, IN_2022, true, true,
	  0, ST_AUTH, "as2.encryption.missing", AS_SENT, NULL },
	{ "Sterling, signed with SHA-1", PYAS2 "sb2bi_signed_cmp.msg", PYAS2 "cert_sb2bi_public.pem", IN_2018, true, false,
	  0, ST_AUTH, "signature.algorithm.sha-1", AS_SENT, NULL },
	{ "libas2, signed", LIBAS2 "content.signed.txt", COMMUNITY, IN_2020, true, false,
	  AS2_LAYER_BIT(AS2_SIGNED), ST_OK, NULL, FILTERED, NAMES },
	{ "libas2, signed by who is unknown", LIBAS2 "content.signed.txt", LIBAS2 "as2testing.cer", IN_2020, true, false,
	  0, ST_AUTH, "signature.unknown-signer", FILTERED, NAMES },
	{ "libas2, signed, its line ends lost", LIBAS2 "content.signed.txt", COMMUNITY, IN_2020, true, false,
	  0, ST_AUTH, "signature.digest", AS_SENT, NAMES },
	{ "libas2, encrypted, the key by OAEP with SHA-512", LIBAS2 "content.encrypted.txt", COMMUNITY, IN_2020, false, true,
	  AS2_LAYER_BIT(AS2_SEALED), ST_OK, NULL, FILTERED, NAMES MESSAGE_ID },
	{ "libas2, plain, in Base64", LIBAS2 "content.mime.txt", COMMUNITY, IN_2020, false, false,
	  0, ST_OK, NULL, FILTERED, NAMES MESSAGE_ID },
	{ "libas2, plain where it must be signed", LIBAS2 "content.mime.txt", COMMUNITY, IN_2020, true, false,
	  0, ST_AUTH, "as2.signature.missing", FILTERED, NAMES MESSAGE_ID },
};
/* clang-format on */

/* Who may open what was sealed; the keys are PKCS#8, with the password "test" or none. */
static const struct {
	const char *key, *cert;
} recipients[] = {
	{ PYAS2 "cert_test.pem", PYAS2 "cert_test.pem" },
	{ LIBAS2 "libas2community.key", COMMUNITY },
};

struct opening {
	int dir;
	struct key keys[COUNT(recipients)];
	struct cert *certs[COUNT(recipients)];
	struct opener openers[COUNT(recipients)];
};

static void file_get(struct buf *out, int dir, const char *name)
{
	struct fault f;

	must(file_read(out, dir, name, &f), &f);
}

static int password_give(char *out, int size, int writing, void *unused)
{
	(void)writing;
	(void)unused;
	return snprintf(out, (size_t)size, "test");
}

static struct cert *cert_get(int dir, const char *name)
{
	AUTO_IN_PLACE(buf) pem = buf_init(65536);
	struct cert *cert = NULL;
	struct fault f;
	size_t at;

	file_get(&pem, dir, name);
	if (!slice_find(&at, buf_slice(&pem), S("-----BEGIN CERTIFICATE")))
		fail_msg("%s has no certificate", name);
	must(cert_parse_pem(&cert, slice_from(buf_slice(&pem), at), &f), &f);
	return cert;
}

static void key_get(struct key *key, int dir, const char *name)
{
	AUTO_IN_PLACE(buf) pem = buf_init(65536);

	file_get(&pem, dir, name);
	AUTO_BIO in = bio_of(buf_slice(&pem));
	key->pkey = PEM_read_bio_PrivateKey(in, NULL, password_give, NULL);
	assert_non_null(key->pkey);
}

static void lines_put(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_put_u8(out, '\r');
		buf_put_u8(out, text.p[i]);
	}
}

/* The document is what lies between the headers of the first part and the next boundary. */
static void lines_restore(struct buf *out, struct slice file)
{
	size_t at, end;

	assert_true(slice_find(&at, file, S("\nContent-Disposition: attachment")));
	assert_true(slice_find(&end, slice_from(file, at), S("\n\n")));
	at += end + 2;
	assert_true(slice_find(&end, slice_from(file, at), S("\n------=_Part")));
	lines_put(out, slice_to(file, at));
	buf_put(out, slice_sub(file, at, end));
	lines_put(out, slice_from(file, at + end));
}

static void message_get(struct buf *out, int dir, size_t i)
{
	AUTO_IN_PLACE(buf) raw = buf_init(1 << 20);

	file_get(&raw, dir, messages[i].file);
	if (messages[i].head)
		buf_put_text(out, messages[i].head);
	if (messages[i].filtered == FILTERED)
		lines_put(out, buf_slice(&raw));
	else if (messages[i].filtered == FILTERED_BUT_DOCUMENT)
		lines_restore(out, buf_slice(&raw));
	else
		buf_put(out, buf_slice(&raw));
}

static enum status message_open(
	struct as2_opened *opened, struct slice file, struct as2_receiver *r, struct fault *f)
{
	struct mime_headers headers;
	struct as2_head head;
	struct slice body;

	TRY(mime_headers_parse(&headers, &body, file, f));
	TRY(as2_head_parse(&head, slice_to(file, file.n - body.n), f));
	r->own_id = head.to;
	r->partner_id = head.from;
	return as2_open(opened, &head, body, r, f);
}

static void message_case(size_t i, const struct opening *o)
{
	AUTO_IN_PLACE(buf) file = buf_init(1 << 20);
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO(cert) signer = cert_get(o->dir, messages[i].signer);
	const struct cert *const signers[] = { signer };
	struct as2_receiver r = { .openers = o->openers, .opener_count = COUNT(o->openers),
		.signers = signers, .signer_count = 1, .algorithms = WEAK, .area = AREA_BILLING,
		.now_ns = messages[i].now_s * NS_PER_S,
		.terms = { .sign = messages[i].sign, .encrypt = messages[i].encrypt } };
	struct fault f = { 0 };

	message_get(&file, o->dir, i);
	as2_opened_init(&opened, file.n, -1);
	expect_fault(messages[i].name, message_open(&opened, buf_slice(&file), &r, &f), &f,
		messages[i].want, messages[i].code);
	if (messages[i].want != ST_OK)
		return;
	assert_int_equal(opened.layers, messages[i].layers);
	assert_true(opened.document.n > 0 && opened.mic.n > 0);
	if (!opened.is_bare)
		return;
	assert_true(slice_has_prefix(opened.document, S("UNB+")));
	assert_ptr_equal(opened.document.p, opened.part.p);
	assert_int_equal(opened.document.n, opened.part.n);
	assert_string_equal(buf_text(&opened.filename), "payload.txt");
}

static void opening_init(struct opening *o)
{
	for (size_t i = 0; i < COUNT(recipients); i++) {
		key_get(&o->keys[i], o->dir, recipients[i].key);
		o->certs[i] = cert_get(o->dir, recipients[i].cert);
		o->openers[i] = (struct opener){ o->certs[i], &o->keys[i] };
	}
}

static void opening_done(struct opening *o)
{
	for (size_t i = 0; i < COUNT(recipients); i++) {
		EVP_PKEY_free(o->keys[i].pkey);
		cert_free(o->certs[i]);
	}
	fd_close(&o->dir);
}

static int captured_open(void)
{
	int dir = shared_data_open("as2");

	if (dir < 0) {
		print_message("skipped: no shared data\n");
		skip();
	}
	return dir;
}

static void captured_messages_are_as_their_origin_says(void **state)
{
	struct opening o = { .dir = captured_open() };

	(void)state;
	opening_init(&o);
	for (size_t i = 0; i < COUNT(messages); i++)
		message_case(i, &o);
	opening_done(&o);
}

/* Certificates and keys with them, as they would be used in 2020. */
static const struct {
	const char *file;
	enum status want;
	const char *code;
} certs[] = {
	{ PYAS2 "cert_extract_private.cer", ST_OK, NULL },
	{ PYAS2 "cert_extract_private.pem", ST_OK, NULL },
	{ PYAS2 "cert_extract_public.cer", ST_OK, NULL },
	{ PYAS2 "cert_extract_public.pem", ST_OK, NULL },
	{ PYAS2 "cert_mecas2_public.pem", ST_OK, NULL },
	{ PYAS2 "cert_oldpyas2_private.pem", ST_OK, NULL },
	{ PYAS2 "cert_oldpyas2_public.pem", ST_AUTH, "cert.expired" },
	{ PYAS2 "cert_sb2bi_public.ca", ST_OK, NULL },
	{ PYAS2 "cert_sb2bi_public.pem", ST_AUTH, "cert.expired" },
	{ PYAS2 "cert_test.p12", ST_INPUT, "cert.syntax" },
	{ PYAS2 "cert_test.pem", ST_AUTH, "cert.not-yet" },
	{ PYAS2 "cert_test_public.pem", ST_AUTH, "cert.not-yet" },
	{ PYAS2 "verify_cert_test1.pem", ST_OK, NULL },
	{ PYAS2 "verify_cert_test2.cer", ST_AUTH, "cert.expired" },
	{ PYAS2 "verify_cert_test3.ca", ST_OK, NULL },
	{ PYAS2 "verify_cert_test3.pem", ST_AUTH, "cert.expired" },
	{ LIBAS2 "as2testing.cer", ST_OK, NULL },
	{ COMMUNITY, ST_OK, NULL },
	{ LIBAS2 "libas2community.key", ST_INPUT, "cert.syntax" },
	{ DJANGO "client_private.pem", ST_OK, NULL },
	{ DJANGO "client_public.pem", ST_OK, NULL },
	{ DJANGO "server_private.pem", ST_OK, NULL },
	{ DJANGO "server_public.pem", ST_OK, NULL },
};

static enum status cert_use(struct slice file, struct fault *f)
{
	AUTO(cert) cert = NULL;

	if (slice_has_prefix(file, S("-----")))
		TRY(cert_parse_pem(&cert, file, f));
	else
		TRY(cert_parse_der(&cert, file, f));
	return cert_check(cert, IN_2020 * NS_PER_S, f);
}

static void captured_certificates_are_read(void **state)
{
	AUTO_FD dir = captured_open();

	(void)state;
	for (size_t i = 0; i < COUNT(certs); i++) {
		AUTO_IN_PLACE(buf) file = buf_init(65536);
		struct fault f = { 0 };

		file_get(&file, dir, certs[i].file);
		expect_fault(certs[i].file, cert_use(buf_slice(&file), &f), &f, certs[i].want,
			certs[i].code);
	}
}

/* Looked at elsewhere, or documents that say nothing of AS2. */
static const char *const others[] = {
	PYAS2 "mecas2_signed.mdn", PYAS2 "mecas2_unsigned.mdn", PYAS2 "sb2bi_signed.mdn",
	LIBAS2 "mdn.signed.txt", /* test_mdn.c */
	PYAS2 "payload.binary", PYAS2 "payload.txt", PYAS2 "payload_dos.txt",
	DJANGO "testmessage.edi", LIBAS2 "sample_edi.edi", LIBAS2 "content.txt",
	LIBAS2 ".gitignore",
};

static bool is_looked_at(struct slice file)
{
	for (size_t i = 0; i < COUNT(messages); i++)
		if (slice_eq(file, slice_str(messages[i].file)))
			return true;
	for (size_t i = 0; i < COUNT(certs); i++)
		if (slice_eq(file, slice_str(certs[i].file)))
			return true;
	for (size_t i = 0; i < COUNT(others); i++)
		if (slice_eq(file, slice_str(others[i])))
			return true;
	return false;
}

/* The list of what was captured: a line each, the file first, below one of headings. */
static void every_captured_file_is_looked_at(void **state)
{
	AUTO_FD dir = captured_open();
	AUTO_IN_PLACE(buf) list = buf_init(1 << 20);
	size_t at, tab, files = 0;

	(void)state;
	file_get(&list, dir, "SOURCES.tsv");
	struct slice rest = buf_slice(&list);
	while (slice_find(&at, rest, S("\n"))) {
		struct slice line = slice_to(rest, at);

		rest = slice_from(rest, at + 1);
		if (files++ == 0 || !slice_find(&tab, line, S("\t")))
			continue;
		if (!is_looked_at(slice_to(line, tab)))
			fail_msg("nobody looks at %.*s", SLICE_FMT(slice_to(line, tab)));
	}
	assert_true(files > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_messages_are_as_their_origin_says),
		cmocka_unit_test(captured_certificates_are_read),
		cmocka_unit_test(every_captured_file_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
