/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that other products sent, as they were caught on the wire: each opens and verifies, or
 * fails for the reason that stands beside it.  (Their receipts are in test_mdn.c.)
 */
#include "exchange_expect.h"

#include <openssl/pem.h>
#include <stdio.h>

#include "as2_parties.h"
#include "base/fd.h"
#include "safeguards/crypto_internal.h"
#include "shared_data.h"

#define PYAS2 "abhishek-ram+pyas2-lib/pyas2lib/tests/fixtures/"
#define WEAK \
	(ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_V15) | ALG_BIT(ALG_AES_CBC) | ALG_BIT(ALG_3DES))
#define ALL_LAYERS \
	(AS2_LAYER_BIT(AS2_SEALED) | AS2_LAYER_BIT(AS2_SIGNED) | AS2_LAYER_BIT(AS2_COMPRESSED))
#define MENDELSON "cert_mecas2_public.pem"
#define IN_2022 1641340800 /* the day after */
#define IN_2018 1517000000

/* clang-format off */
static const struct {
	const char *name, *file, *signer;
	int64_t now_s;
	bool sign, encrypt;
	unsigned layers;
	enum status want;
	const char *code;
	/* the file went through a text filter: its lines but the document's had CRLF */
	bool restore;
} messages[] = {
	{ "mendelson, signed", "mecas2_signed.as2", MENDELSON, IN_2022, true, false,
	  AS2_LAYER_BIT(AS2_SIGNED), ST_OK, NULL, true },
	{ "mendelson, compressed and signed", "mecas2_compressed.as2", MENDELSON, IN_2022, true, false,
	  AS2_LAYER_BIT(AS2_SIGNED) | AS2_LAYER_BIT(AS2_COMPRESSED), ST_OK, NULL, false },
	{ "mendelson, encrypted, but what is inside is no MIME entity", "mecas2_encrypted.as2", MENDELSON, IN_2022, false, true,
	  0, ST_AUTH, "sealing.decrypt", false },
	{ "mendelson, signed and encrypted", "mecas2_signed_encrypted.as2", MENDELSON, IN_2022, true, true,
	  AS2_LAYER_BIT(AS2_SEALED) | AS2_LAYER_BIT(AS2_SIGNED), ST_OK, NULL, false },
	{ "mendelson, compressed, signed and encrypted", "mecas2_compressed_signed_encrypted.as2", MENDELSON, IN_2022, true, true,
	  ALL_LAYERS, ST_OK, NULL, false },
	{ "mendelson, encrypted where it must be signed", "mecas2_encrypted.as2", MENDELSON, IN_2022, true, true,
	  0, ST_AUTH, "sealing.decrypt", false },
	{ "mendelson, signed where it must be encrypted", "mecas2_signed.as2", MENDELSON, IN_2022, true, true,
	  0, ST_AUTH, "as2.encryption.missing", false },
	{ "Sterling, signed with SHA-1", "sb2bi_signed_cmp.msg", "cert_sb2bi_public.pem", IN_2018, true, false,
	  0, ST_AUTH, "signature.algorithm.sha-1", false },
};
/* clang-format on */

struct opening {
	int dir;
	struct key key;
	struct cert *recipient;
};

static void file_get(struct buf *out, int dir, const char *name)
{
	AUTO_IN_PLACE(buf) path = buf_init(512);
	struct fault f;

	buf_putf(&path, PYAS2 "%s", name);
	must(file_read(out, dir, buf_text(&path), &f), &f);
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

static void key_get(struct key *key, int dir)
{
	AUTO_IN_PLACE(buf) pem = buf_init(65536);

	file_get(&pem, dir, "cert_test.pem");
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

static void message_case(size_t i, const struct opening *o)
{
	AUTO_IN_PLACE(buf) file = buf_init(1 << 20), raw = buf_init(1 << 20);
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO(cert) signer = cert_get(o->dir, messages[i].signer);
	const struct cert *const signers[] = { signer };
	const struct opener opener = { o->recipient, &o->key };
	struct as2_receiver r = { .openers = &opener, .opener_count = 1, .signers = signers,
		.signer_count = 1, .algorithms = WEAK, .area = AREA_BILLING,
		.now_ns = messages[i].now_s * NS_PER_S,
		.terms = { .sign = messages[i].sign, .encrypt = messages[i].encrypt } };
	struct mime_headers headers;
	struct as2_head head;
	struct slice body;
	struct fault f = { 0 };

	file_get(&raw, o->dir, messages[i].file);
	if (messages[i].restore)
		lines_restore(&file, buf_slice(&raw));
	else
		buf_put(&file, buf_slice(&raw));
	must(mime_headers_parse(&headers, &body, buf_slice(&file), &f), &f);
	must(as2_head_parse(&head, slice_to(buf_slice(&file), file.n - body.n), &f), &f);
	r.own_id = head.to;
	r.partner_id = head.from;
	as2_opened_init(&opened, file.n, -1);
	expect_fault(messages[i].name, as2_open(&opened, &head, body, &r, &f), &f, messages[i].want,
		messages[i].code);
	if (messages[i].want != ST_OK)
		return;
	assert_int_equal(opened.layers, messages[i].layers);
	assert_true(opened.document.n > 0 && opened.mic.n > 0);
}

static void captured_messages_are_as_their_origin_says(void **state)
{
	struct opening o = { .dir = shared_data_open("as2") };

	(void)state;
	if (o.dir < 0) {
		print_message("skipped: no shared data\n");
		skip();
	}
	key_get(&o.key, o.dir);
	o.recipient = cert_get(o.dir, "cert_test.pem");
	for (size_t i = 0; i < COUNT(messages); i++)
		message_case(i, &o);
	EVP_PKEY_free(o.key.pkey);
	cert_free(o.recipient);
	fd_close(&o.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_messages_are_as_their_origin_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
