/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way AS2 may wrap a message (RFC 4130 2.4.2, rfc4130bis: 24 permutations, and both orders of
 * compression), made, opened, and answered; and what an agreement refuses of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "as2_parties.h"
#include "bindings/mdn.h"
#include "bindings/related.h"
#include "exchange/refusal.h"
#include "safeguards/compression.h"

#define SIZE_MAX_TEST (UINT64_C(1) << 20)

/* A document that compresses, with line ends that must not change. */
#define DOCUMENT                                                        \
	"ISA*00*          *00*          *ZZ*UTILITY        *ZZ*AGG~\r\n" \
	"ISA*00*          *00*          *ZZ*UTILITY        *ZZ*AGG~\n\r\0"

/* --- the matrix ------------------------------------------------------------------ */

static const struct row {
	const char *name;
	bool sign, encrypt;
	enum compress compress;
	const char *covers; /* what the MIC is of: part, entity, content */
} rows[] = {
	{ "plain", false, false, COMPRESS_NEVER, "content" },
	{ "plain, compressed", false, false, COMPRESS_BEFORE_SIGNING, "entity" },
	{ "signed", true, false, COMPRESS_NEVER, "part" },
	{ "compressed, signed", true, false, COMPRESS_BEFORE_SIGNING, "part" },
	{ "signed, compressed", true, false, COMPRESS_AFTER_SIGNING, "part" },
	{ "encrypted", false, true, COMPRESS_NEVER, "entity" },
	{ "compressed, encrypted", false, true, COMPRESS_BEFORE_SIGNING, "entity" },
	{ "signed, encrypted", true, true, COMPRESS_NEVER, "part" },
	{ "compressed, signed, encrypted", true, true, COMPRESS_BEFORE_SIGNING, "part" },
	{ "signed, compressed, encrypted", true, true, COMPRESS_AFTER_SIGNING, "part" },
};

struct exchange {
	struct whole sealed;
	struct as2_opened opened;
	struct as2_head head;
	struct opener opener;
	const struct cert *signers[1];
};

static void exchange_init(struct exchange *x)
{
	*x = (struct exchange){
		.opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key },
		.signers = { parties[AGGREGATOR].sign },
	};
	whole_init(&x->sealed, SIZE_MAX_TEST);
	as2_opened_init(&x->opened, SIZE_MAX_TEST, -1);
}

static void exchange_done(struct exchange *x)
{
	whole_done(&x->sealed);
	as2_opened_done(&x->opened);
}
DEFINE_AUTO_IN_PLACE(exchange)

#define RECEIPT_URL "https://sunny.example:8443/receipt"

static void make_with(struct exchange *x, const struct row *row, enum receipt_form receipt,
	bool later, enum digest digest)
{
	struct as2_sender sender = {
		.own_id = slice_str(parties[AGGREGATOR].id),
		.partner_id = slice_str(parties[UTILITY].id),
		.signer = signer_of(&parties[AGGREGATOR]),
		.recipient = row->encrypt ? parties[UTILITY].encrypt : NULL,
		.terms = { .sign = row->sign,
			.encrypt = row->encrypt,
			.compress = row->compress,
			.receipt = receipt,
			.asks_later = later,
			.digest = digest,
			.marked = true },
		.receipt_url = S(RECEIPT_URL),
	};
	struct whole_draft draft = {
		.area = AREA_BILLING,
		.message_id = S("018f-1@SUNNY-DER"),
		.media_type = S("application/edi-x12"),
		.filename = S("invoice 810.edi"),
		.document = S(DOCUMENT),
		.now_ns = NOW,
	};
	struct fault f = { 0 };

	must(whole_seal(&x->sealed, &draft, &sender, &f), &f);
	must(as2_head_parse(&x->head, buf_slice(&x->sealed.headers), &f), &f);
}

static void make_asking(
	struct exchange *x, const struct row *row, enum receipt_form receipt, bool later)
{
	make_with(x, row, receipt, later, DIGEST_SHA256);
}

static void make(struct exchange *x, const struct row *row, enum receipt_form receipt)
{
	make_asking(x, row, receipt, false);
}

static enum status open_with(struct exchange *x, bool sign, bool encrypt, struct fault *f)
{
	struct as2_receiver receiver = {
		.own_id = slice_str(parties[UTILITY].id),
		.openers = &x->opener,
		.opener_count = 1,
		.partner_id = slice_str(parties[AGGREGATOR].id),
		.signers = x->signers,
		.signer_count = 1,
		.terms = { .sign = sign, .encrypt = encrypt, .marked = true },
		.area = AREA_BILLING,
		.now_ns = NOW,
	};

	*f = (struct fault){ 0 };
	return as2_open(&x->opened, &x->head, buf_slice(&x->sealed.body), &receiver, f);
}

static bool begins_with_headers(struct slice part)
{
	return slice_has_prefix(part, S("Content-Type: "));
}

static void covers_check(const struct row *row, const struct exchange *x)
{
	bool has_headers = begins_with_headers(x->opened.part);

	if (has_headers != (strcmp(row->covers, "content") != 0))
		fail_msg("%s: the MIC covers '%.40s'", row->name, (const char *)x->opened.part.p);
	if (!digest_eq(&x->opened.mic, &x->sealed.mic))
		fail_msg("%s: sender and receiver have different MICs", row->name);
	if (!slice_eq(x->opened.part, buf_slice(&x->sealed.part)))
		fail_msg("%s: sender and receiver have different evidence", row->name);
}

static void test_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(exchange) x;
		struct fault f;

		exchange_init(&x);
		make(&x, &rows[i], RECEIPT_SIGNED);
		if (open_with(&x, rows[i].sign, rows[i].encrypt, &f) != ST_OK)
			fail_msg("%s: %s: %s", rows[i].name, f.code, f.text);
		if (!slice_eq(x.opened.document, S(DOCUMENT)))
			fail_msg("%s: another document came out", rows[i].name);
		assert_string_equal(buf_text(&x.opened.filename), "invoice 810.edi");
		assert_string_equal(x.opened.media_type, "application/edi-x12");
		assert_int_equal((x.opened.layers >> AS2_SIGNED) & 1, rows[i].sign);
		assert_int_equal((x.opened.layers >> AS2_SEALED) & 1, rows[i].encrypt);
		assert_int_equal((x.opened.layers >> AS2_COMPRESSED) & 1,
			rows[i].compress != COMPRESS_NEVER);
		assert_int_equal(x.opened.signature.n > 0, rows[i].sign);
		covers_check(&rows[i], &x);
	}
}

/* Whatever digest is agreed and whether a receipt names one: both sides mean the same. */
static void test_every_digest(void **state)
{
	static const enum receipt_form receipts[] = { RECEIPT_SIGNED, RECEIPT_UNSIGNED };

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * DIGESTS * COUNT(receipts); i++) {
		const struct row *row = &rows[i % COUNT(rows)];
		const enum digest digest = i / COUNT(rows) % DIGESTS;
		AUTO_IN_PLACE(exchange) x;
		struct fault f;

		exchange_init(&x);
		make_with(&x, row, receipts[i / COUNT(rows) / DIGESTS], false, digest);
		if (open_with(&x, row->sign, row->encrypt, &f) != ST_OK)
			fail_msg("%s: %s: %s", row->name, f.code, f.text);
		if (!digest_eq(&x.opened.mic, &x.sealed.mic))
			fail_msg("%s, %s: the MICs are of %s and %s", row->name,
				digest_name(digest), digest_name(x.sealed.mic.kind),
				digest_name(x.opened.mic.kind));
	}
}

/* --- several documents ------------------------------------------------------------- */

#define SEVERAL                                                                       \
	"Content-Type: multipart/related; type=\"application/edi-x12\"; boundary=b\r\n\r\n" \
	"--b\r\nContent-Type: application/edi-x12\r\n"                                    \
	"Content-Disposition: attachment; filename=810.edi\r\n\r\n" DOCUMENT               \
	"\r\n--b\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\r\n"    \
	"YSxiCg==\r\n--b--\r\n"

static void make_several(struct exchange *x, const struct row *row, struct slice document)
{
	struct as2_sender sender = {
		.own_id = slice_str(parties[AGGREGATOR].id),
		.partner_id = slice_str(parties[UTILITY].id),
		.signer = signer_of(&parties[AGGREGATOR]),
		.recipient = row->encrypt ? parties[UTILITY].encrypt : NULL,
		.terms = { .sign = row->sign,
			.encrypt = row->encrypt,
			.compress = row->compress,
			.marked = true },
	};
	struct whole_draft draft = {
		.area = AREA_BILLING,
		.message_id = S("018f-1@SUNNY-DER"),
		.media_type = S("multipart/related"),
		.document = document,
		.now_ns = NOW,
	};
	struct fault f = { 0 };

	must(whole_seal(&x->sealed, &draft, &sender, &f), &f);
	must(as2_head_parse(&x->head, buf_slice(&x->sealed.headers), &f), &f);
}

struct cut {
	struct slice contents[3];
	unsigned count;
	struct buf kept;
};

static enum status cut_keep(void *context, const struct related_part *part, struct fault *f)
{
	struct cut *cut = context;

	(void)f;
	assert_int_equal(part->is_root, cut->count == 0);
	buf_put(&cut->kept, part->content);
	buf_put_text(&cut->kept, "|");
	cut->count++;
	return ST_OK;
}

/* In every wrapping both come out, byte for byte, and the MIC covers what RFC 4130 7.3.1 says. */
static void test_several_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(exchange) x;
		AUTO_IN_PLACE(buf) scratch = buf_init(SIZE_MAX_TEST);
		struct cut cut = { .kept = buf_init(SIZE_MAX_TEST) };
		struct slice part;
		struct fault f;

		exchange_init(&x);
		make_several(&x, &rows[i], S(SEVERAL));
		if (open_with(&x, rows[i].sign, rows[i].encrypt, &f) != ST_OK)
			fail_msg("%s: %s: %s", rows[i].name, f.code, f.text);
		part = x.opened.part;
		assert_string_equal(x.opened.media_type, "multipart/related");
		assert_string_equal(x.opened.root_type, "application/edi-x12");
		assert_string_equal(buf_text(&x.opened.filename), "810.edi");
		must(related_each(x.opened.document, &scratch, cut_keep, &cut, &f), &f);
		assert_true(slice_eq(buf_slice(&cut.kept), S(DOCUMENT "|a,b\n|")));
		assert_true(digest_eq(&x.opened.mic, &x.sealed.mic));
		assert_true(slice_eq(part, buf_slice(&x.sealed.part)));
		if (strcmp(rows[i].covers, "content") == 0)
			assert_true(slice_has_prefix(part, S("--b\r\n")));
		buf_done(&cut.kept);
	}
}

/* What is handed in must be one entity, whose head cannot add a line to ours. */
static void test_several_documents_that_are_none(void **state)
{
	static const struct slice documents[] = {
		S(""),
		S("ISA*00*"),
		S("Content-Type: multipart/related; boundary=b\r\n\r\n"),
		S("Content-Type: multipart/related; boundary=b\r\nTieline-To: X\r\n\r\n--b--"),
		S("Tieline-To: X\r\n\r\n--b\r\n\r\nx\r\n--b--"),
		S("\r\n--b\r\n\r\nx\r\n--b--"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		AUTO_IN_PLACE(exchange) x;
		struct as2_sender sender = {
			.own_id = slice_str(parties[AGGREGATOR].id),
			.partner_id = slice_str(parties[UTILITY].id),
			.signer = signer_of(&parties[AGGREGATOR]),
			.terms = { .sign = true, .marked = true },
		};
		struct whole_draft draft = { .area = AREA_BILLING, .message_id = S("1@a"),
			.media_type = S("multipart/related"), .document = documents[i],
			.now_ns = NOW };
		struct fault f = { 0 };

		exchange_init(&x);
		if (whole_seal(&x.sealed, &draft, &sender, &f) != ST_INPUT)
			fail_msg("document %zu was sealed", i);
	}
}

/* Where the evidence says the document is, there it is: in the part, or apart from it. */
static void test_document_in_the_evidence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(exchange) x;

		exchange_init(&x);
		make(&x, &rows[i], RECEIPT_SIGNED);
		struct slice part = buf_slice(&x.sealed.part);
		if (!x.sealed.document_is_apart)
			assert_true(slice_eq(slice_from(part, x.sealed.document_at), S(DOCUMENT)));
		assert_int_equal(x.sealed.document_is_apart,
			rows[i].sign && rows[i].compress == COMPRESS_BEFORE_SIGNING);
	}
}

/* --- what an agreement refuses ----------------------------------------------------- */

static void test_least_protection(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned least = 0; least < 4; least++) {
			AUTO_IN_PLACE(exchange) x;
			bool sign = least & 1, encrypt = least & 2;
			struct fault f;

			exchange_init(&x);
			make(&x, &rows[i], RECEIPT_SIGNED);
			const char *want = encrypt && !rows[i].encrypt ? "as2.encryption.missing"
				: sign && !rows[i].sign                ? "as2.signature.missing"
								       : "";
			(void)!open_with(&x, sign, encrypt, &f);
			if (strcmp(f.code, want) != 0)
				fail_msg("%s, least %u: '%s' (%s)", rows[i].name, least, f.code,
					f.text);
			if (*want)
				assert_string_equal(refusal_for(want)->disposition,
					"processed/error: insufficient-message-security");
		}
}

/* Every changed byte of what is signed is seen, whatever is around it. */
static void test_signed_content_is_what_is_delivered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(exchange) x;
		struct fault f;

		if (!rows[i].sign)
			continue;
		exchange_init(&x);
		make(&x, &rows[i], RECEIPT_SIGNED);
		for (size_t at = 0; at < x.sealed.body.n; at += 7) {
			x.sealed.body.p[at] ^= 1;
			as2_opened_done(&x.opened);
			as2_opened_init(&x.opened, SIZE_MAX_TEST, -1);
			if (open_with(&x, true, rows[i].encrypt, &f) == ST_OK)
				assert_true(slice_eq(x.opened.document, S(DOCUMENT)));
			x.sealed.body.p[at] ^= 1;
		}
	}
}

/* --- wrapped in other ways ----------------------------------------------------------- */

/* Only the outermost may be sealed: nobody makes the keyholder open one in another, without end. */
static void test_a_seal_within(void **state)
{
	AUTO_IN_PLACE(exchange) x;
	struct fault f = { 0 };

	(void)state;
	exchange_init(&x);
	must(compression_make(&x.sealed.body,
		     S("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx"),
		     &f),
		&f);
	x.head = (struct as2_head){
		.from = slice_str(parties[AGGREGATOR].id),
		.to = slice_str(parties[UTILITY].id),
		.message_id = S("1@a"),
		.content_type = S("application/pkcs7-mime; smime-type=compressed-data"),
	};
	(void)!open_with(&x, false, false, &f);
	assert_string_equal(f.code, "as2.layers");
}

static void test_strange_layers(void **state)
{
	static const struct {
		const char *what, *type, *body, *code;
	} table[] = {
		{ "an opaque signature", "application/pkcs7-mime; smime-type=signed-data", "x",
			"as2.layers" },
		{ "certificates only", "application/x-pkcs7-mime; smime-type=certs-only", "x",
			"as2.layers" },
		{ "no zlib in it", "application/pkcs7-mime; smime-type=compressed-data", "x",
			"compression.syntax" },
		{ "alternatives of a document", "multipart/alternative; boundary=b",
			"--b\r\n\r\nx\r\n--b--", "as2.parts" },
		{ "several documents, one sealed", "multipart/mixed; boundary=b",
			"--b\r\nContent-Type: application/pkcs7-mime\r\n\r\nx\r\n--b--",
			"as2.layers" },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_IN_PLACE(exchange) x;

		exchange_init(&x);
		buf_put_text(&x.sealed.body, table[i].body);
		x.head = (struct as2_head){
			.from = slice_str(parties[AGGREGATOR].id),
			.to = slice_str(parties[UTILITY].id),
			.message_id = S("1@a"),
			.content_type = slice_str(table[i].type),
		};
		(void)!open_with(&x, false, false, &f);
		if (strcmp(f.code, table[i].code) != 0)
			fail_msg("%s: %s (%s)", table[i].what, f.code, f.text);
	}
}

/* Compressed in compressed, encrypted in encrypted: as AS2 knows none of it, it is not tried. */
static void test_layers_twice(void **state)
{
	static const struct row twice = { "", false, false, COMPRESS_BEFORE_SIGNING, "" };
	AUTO_IN_PLACE(exchange) x;
	AUTO_IN_PLACE(buf) outer = buf_init(65536), inner = buf_init(65536);
	struct fault f = { 0 };

	(void)state;
	exchange_init(&x);
	make(&x, &twice, RECEIPT_SIGNED);
	buf_put_text(
		&inner, "Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n");
	buf_put(&inner, buf_slice(&x.sealed.body));
	must(compression_make(&outer, buf_slice(&inner), &f), &f);
	buf_clear(&x.sealed.body);
	buf_put(&x.sealed.body, buf_slice(&outer));
	assert_int_equal(open_with(&x, false, false, &f), ST_INPUT);
	assert_string_equal(f.code, "as2.layers");
}

/* --- receipts --------------------------------------------------------------------------- */

static void test_receipt_wishes(void **state)
{
	(void)state;
	for (enum receipt_form wish = 0; wish < RECEIPTS; wish++) {
		AUTO_IN_PLACE(exchange) x;

		exchange_init(&x);
		make(&x, &rows[0], wish);
		assert_int_equal(mdn_wish(&x.head), wish);
	}
}

/* In every wrapping, of a signed and an unsigned receipt; of none there is nothing to deliver. */
static void test_receipts_later(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned wish = 0; wish < 2 * RECEIPTS; wish++) {
			AUTO_IN_PLACE(exchange) x;
			bool later = wish >= RECEIPTS, receipt = wish % RECEIPTS != RECEIPT_NONE;
			struct fault f;

			exchange_init(&x);
			make_asking(&x, &rows[i], wish % RECEIPTS, later);
			if (mdn_wished_later(&x.head) != (later && receipt))
				fail_msg("%s, %u: later or not", rows[i].name, wish);
			if (later && receipt)
				assert_true(slice_eq(x.head.receipt_delivery, S(RECEIPT_URL)));
			assert_int_equal(mdn_wish(&x.head), wish % RECEIPTS);
			/* Where the receipt goes is no part of what is wrapped. */
			assert_int_equal(
				open_with(&x, rows[i].sign, rows[i].encrypt, &f), ST_OK);
			covers_check(&rows[i], &x);
		}
}

static void test_receipts_both_ways(void **state)
{
	const struct cert *signers[] = { parties[UTILITY].sign };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int is_signed = 0; is_signed < 2; is_signed++) {
			AUTO_IN_PLACE(exchange) x;
			AUTO_IN_PLACE(buf) type = buf_init(RECEIPT_TYPE_MAX);
			AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
			AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
			struct signer signer = signer_of(&parties[UTILITY]);
			struct signature_facts facts;
			struct mdn mdn;
			struct fault f = { 0 };

			exchange_init(&x);
			make(&x, &rows[i], is_signed ? RECEIPT_SIGNED : RECEIPT_UNSIGNED);
			must(open_with(&x, rows[i].sign, rows[i].encrypt, &f), &f);
			struct mdn_draft draft = { .from = x.head.to,
				.to = x.head.from,
				.now_ns = NOW,
				.mdn = { .original_message_id = x.head.message_id,
					.recipient = x.head.to,
					.disposition = S("processed"),
					.has_mic = true,
					.mic = x.opened.mic } };
			must(mdn_make(&type, &body, &draft, is_signed ? &signer : NULL, &f), &f);
			if (is_signed)
				must(mdn_open(&mdn, &room, &facts, buf_slice(&type),
					     buf_slice(&body), signers, 1, 0, NOW, &f), &f);
			else
				must(mdn_open_unsigned(&mdn, &room, buf_slice(&type),
					     buf_slice(&body), &f), &f);
			assert_true(mdn_is(buf_slice(&type), buf_slice(&body)));
			assert_false(mdn_is(x.head.content_type, buf_slice(&x.sealed.body)));
			assert_true(mdn_accepts(&mdn));
			assert_true(digest_eq(&mdn.mic, &x.sealed.mic));
			/* An unsigned one never passes for a signed one. */
			if (!is_signed) {
				assert_int_equal(mdn_open(&mdn, &room, &facts, buf_slice(&type),
							 buf_slice(&body), signers, 1, 0, NOW, &f),
					ST_AUTH);
				assert_string_equal(f.code, "mdn.unsigned");
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_way),
		cmocka_unit_test(test_every_digest),
		cmocka_unit_test(test_several_documents),
		cmocka_unit_test(test_several_documents_that_are_none),
		cmocka_unit_test(test_document_in_the_evidence),
		cmocka_unit_test(test_least_protection),
		cmocka_unit_test(test_signed_content_is_what_is_delivered),
		cmocka_unit_test(test_a_seal_within),
		cmocka_unit_test(test_strange_layers),
		cmocka_unit_test(test_layers_twice),
		cmocka_unit_test(test_receipt_wishes),
		cmocka_unit_test(test_receipts_later),
		cmocka_unit_test(test_receipts_both_ways),
	};

	return cmocka_run_group_tests_name("as2_matrix", tests, parties_make, parties_free);
}
