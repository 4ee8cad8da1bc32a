/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS2 messages: what is sealed opens again, byte for byte; everything that is not exactly that is
 * refused by name. The common `openssl` program must read ours too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "as2_parties.h"
#include "base/codec.h"
#include "base/fd.h"
#include "base/id.h"
#include "bindings/multipart_signed.h"
#include "safeguards/compression.h"

#define SIZE_MAX_TEST (UINT64_C(1) << 20)
#define STRING_(x) #x
#define STRING(x) STRING_(x)

static void expect_fault(const char *name, enum status got, const struct fault *f, enum status want,
	const char *code)
{
	if (got != want)
		fail_msg("%s: status %s (%s: %s), want %s", name, status_name(got), f->code,
			f->text, status_name(want));
	if (want != ST_OK && strcmp(f->code, code) != 0)
		fail_msg("%s: code %s (%s), want %s", name, f->code, f->text, code);
}

static void expect_slice(const char *name, const char *what, struct slice got, struct slice want)
{
	if (!slice_eq(got, want))
		fail_msg("%s: %s of %zu bytes '%.*s', want %zu '%.*s'", name, what, got.n,
			SLICE_FMT(slice_to(got, 200)), want.n, SLICE_FMT(slice_to(want, 200)));
}

/* --- heads ------------------------------------------------------------------------ */

#define HEAD "AS2-From: a\r\nAS2-To: b\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"

/* clang-format off */
static const struct {
	const char *name;
	struct slice block;
	enum status want;
	const char *code;
} head_cases[] = {
	{ "the least", S(HEAD), ST_OK, NULL },
	{ "line feeds and small letters", S("as2-from: a\nas2-to: b\nmessage-id: <1@a>\ncontent-type: x/y\n"), ST_OK, NULL },
	{ "quoted names", S("AS2-From: \"a\"\r\nAS2-To: \"b\"\r\nMessage-ID: 1@a\r\nContent-Type: x/y\r\n"), ST_OK, NULL },
	{ "version 1.0", S(HEAD "AS2-Version: 1.0\r\n"), ST_OK, NULL },
	{ "version 1.3", S(HEAD "AS2-Version: 1.3\r\n"), ST_OK, NULL },
	{ "version 1.9", S(HEAD "AS2-Version: 1.9\r\n"), ST_OK, NULL },
	{ "features nobody knows", S(HEAD "EDIINT-Features: CEM, AS2-Restart, x\r\n"), ST_OK, NULL },
	{ "no features at all", S(HEAD "AS2-Version: 1.2\r\nEDIINT-Features:\r\n"), ST_OK, NULL },
	{ "a product of any kind", S(HEAD "AS2-Product: Some Product (TM)\r\n"), ST_OK, NULL },
	{ "two products, and features in two lines", S(HEAD "AS2-Product: a:1\r\nAS2-Product: b:1\r\nEDIINT-Features: x\r\nEDIINT-Features: y\r\n"), ST_OK, NULL },
	{ "two versions", S(HEAD "AS2-Version: 1.0\r\nAS2-Version: 1.1\r\n"), ST_INPUT, "mime.header.twice" },
	{ "version 2.0", S(HEAD "AS2-Version: 2.0\r\n"), ST_INPUT, "as2.version" },
	{ "version one", S(HEAD "AS2-Version: one\r\n"), ST_INPUT, "as2.version" },
	{ "version 1.", S(HEAD "AS2-Version: 1.\r\n"), ST_INPUT, "as2.version" },
	{ "no sender", S("AS2-To: b\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.missing" },
	{ "no receiver", S("AS2-From: a\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.missing" },
	{ "no type", S("AS2-From: a\r\nAS2-To: b\r\nMessage-ID: <1@a>\r\n"), ST_INPUT, "as2.header.missing" },
	{ "empty sender", S("AS2-From:\r\nAS2-To: b\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.missing" },
	{ "sender of two lines", S("AS2-From: \"a\r\n b\"\r\nAS2-To: b\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.syntax" },
	{ "sender with one quote", S("AS2-From: \"a\r\nAS2-To: b\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.syntax" },
	{ "receiver in empty quotes", S("AS2-From: a\r\nAS2-To: \"\"\r\nMessage-ID: <1@a>\r\nContent-Type: x/y\r\n"), ST_INPUT, "as2.header.syntax" },
	{ "sender twice", S(HEAD "AS2-From: a\r\n"), ST_INPUT, "mime.header.twice" },
	{ "no headers", S(""), ST_INPUT, "as2.header.missing" },
	{ "nonsense", S("nonsense\r\n"), ST_INPUT, "mime.header.colon" },
};
/* clang-format on */

static void heads_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(head_cases); i++) {
		struct as2_head head;
		struct fault f = { 0 };
		enum status got = as2_head_parse(&head, head_cases[i].block, &f);

		expect_fault(head_cases[i].name, got, &f, head_cases[i].want, head_cases[i].code);
		if (got != ST_OK)
			continue;
		expect_slice(head_cases[i].name, "from", head.from, S("a"));
		expect_slice(head_cases[i].name, "to", head.to, S("b"));
		expect_slice(head_cases[i].name, "id", head.message_id, S("1@a"));
		expect_slice(head_cases[i].name, "type", head.content_type, S("x/y"));
	}
}

/* Read as they come, because who sent them is told what is wrong; and judged. */
static void ids_are_judged_apart(void **state)
{
	static const struct {
		const char *name, *line;
		struct slice id;
		bool bare;
		enum status want;
		const char *code;
	} table[] = {
		{ "in brackets", "Message-ID: <1@a>\r\n", S("1@a"), false, ST_OK, NULL },
		{ "without", "Message-ID: 1@a\r\n", S("1@a"), true, ST_OK, NULL },
		{ "none", "", S(""), true, ST_INPUT, "as2.header.missing" },
		{ "an empty one", "Message-ID:\r\n", S(""), true, ST_INPUT, "as2.header.missing" },
		{ "nothing in brackets", "Message-ID: <>\r\n", S(""), false, ST_INPUT,
			"message.id.syntax" },
		{ "a blank in it", "Message-ID: <1 2@a>\r\n", S("1 2@a"), false, ST_INPUT,
			"message.id.syntax" },
		{ "one bracket", "Message-ID: <1@a\r\n", S("<1@a"), true, ST_INPUT,
			"message.id.syntax" },
		{ "above ASCII", "Message-ID: <\xc3\xa4@a>\r\n", S("\xc3\xa4@a"), false, ST_INPUT,
			"message.id.syntax" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_IN_PLACE(buf) block = buf_init(1024);
		struct as2_head head;
		struct fault f = { 0 };

		buf_putf(&block, "AS2-From: a\r\nAS2-To: b\r\nContent-Type: x/y\r\n%s",
			table[i].line);
		must(as2_head_parse(&head, buf_slice(&block), &f), &f);
		expect_slice(table[i].name, "id", head.message_id, table[i].id);
		assert_int_equal(head.id_is_bare, table[i].bare);
		expect_fault(table[i].name, as2_id_check(&head, &f), &f, table[i].want,
			table[i].code);
	}
}

static void a_missing_version_is_the_first(void **state)
{
	struct as2_head head;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(as2_head_parse(&head, S(HEAD), &f), ST_OK);
	expect_slice("no version", "version", head.version, S("1.0"));
}

static void only_known_headers_are_selected(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(AS2_HEAD_MAX);
	AUTO_IN_PLACE(buf) small = buf_init(16);
	AUTO_IN_PLACE(buf) large = buf_init(2 * AS2_HEAD_MAX);
	AUTO_IN_PLACE(buf) roomy = buf_init(4 * AS2_HEAD_MAX);
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(as2_head_select(&out,
				 S("Host: h\r\nas2-from:a\r\nCookie: c\r\nSubject: x\r\n\r\n"), &f),
		ST_OK);
	expect_slice("select", "lines", buf_slice(&out), S("as2-from: a\r\nSubject: x\r\n"));
	expect_fault("does not fit", as2_head_select(&small, S(HEAD), &f), &f, ST_LIMIT,
		"as2.header.size");
	buf_put_text(&large, "Subject: ");
	while (large.n < AS2_HEAD_MAX)
		buf_put_u8(&large, 'x');
	buf_put_text(&large, "\r\n");
	expect_fault("too large", as2_head_select(&roomy, buf_slice(&large), &f), &f, ST_LIMIT,
		"as2.header.size");
}

#define OUR_TERMS ((struct as2_terms){ .sign = true, .encrypt = true, .marked = true })

/* --- ends of an exchange ------------------------------------------------------------- */

static struct as2_sender sender(const struct party *from, const struct party *to)
{
	return (struct as2_sender){
		.own_id = slice_str(from->id),
		.partner_id = slice_str(to->id),
		.signer = signer_of(from),
		.recipient = to->encrypt,
		.terms = OUR_TERMS,
	};
}

/* What as2_receiver borrows. */
struct receiving {
	struct opener opener;
	const struct cert *signers[1];
	struct as2_receiver end;
};

static void receiving_init(
	struct receiving *r, const struct party *own, const struct party *partner, enum area area)
{
	r->opener = (struct opener){ .cert = own->encrypt, .key = own->encrypt_key };
	r->signers[0] = partner->sign;
	r->end = (struct as2_receiver){
		.own_id = slice_str(own->id),
		.openers = &r->opener,
		.opener_count = 1,
		.partner_id = slice_str(partner->id),
		.signers = r->signers,
		.signer_count = 1,
		.terms = OUR_TERMS,
		.area = area,
		.now_ns = NOW,
	};
}

static struct whole_draft draft(struct slice document)
{
	return (struct whole_draft){
		.area = AREA_BILLING,
		.message_id = S("018f-1@SUNNY-DER"),
		.media_type = S("application/json"),
		.filename = S("invoice.json"),
		.document = document,
		.now_ns = NOW,
	};
}

/* --- round trips ----------------------------------------------------------------------- */

static void round_trip(const char *name, const struct whole_draft *d, struct slice filename,
	const struct party *from, const struct party *to, unsigned algorithms)
{
	AUTO_IN_PLACE(whole) sealed;
	AUTO_IN_PLACE(as2_opened) opened;
	struct as2_sender s = sender(from, to);
	struct receiving r;
	struct as2_head head;
	struct fault f = { 0 };

	whole_init(&sealed, SIZE_MAX_TEST);
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	s.algorithms = algorithms;
	if (algorithms & ALG_BIT(ALG_AES_CBC))
		s.terms.cipher = CIPHER_AES256_CBC;
	receiving_init(&r, to, from, d->area);
	r.end.algorithms = algorithms;
	expect_fault(name, whole_seal(&sealed, d, &s, &f), &f, ST_OK, NULL);
	expect_fault(name, as2_head_parse(&head, buf_slice(&sealed.headers), &f), &f, ST_OK, NULL);
	expect_fault(name, as2_open(&opened, &head, buf_slice(&sealed.body), &r.end, &f), &f, ST_OK,
		NULL);

	expect_slice(name, "document", opened.document, d->document);
	expect_slice(name, "part", opened.part, buf_slice(&sealed.part));
	expect_slice(name, "document in the evidence",
		slice_from(buf_slice(&sealed.part), sealed.document_at), d->document);
	expect_slice(name, "signature", opened.signature, buf_slice(&sealed.signature));
	expect_slice(name, "file name", buf_slice(&opened.filename), filename);
	expect_slice(name, "type", slice_str(opened.media_type), S("application/json"));
	assert_true(digest_eq(&opened.mic, &sealed.mic));
	assert_false(opened.document_is_apart);
}

static void round_trip_of(const char *name, struct slice document)
{
	struct whole_draft d = draft(document);

	round_trip(name, &d, S("invoice.json"), &parties[AGGREGATOR], &parties[UTILITY], 0);
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice document;
} documents[] = {
	{ "no bytes", S("") },
	{ "one byte", S("x") },
	{ "one line end", S("\r\n") },
	{ "JSON", S("{\"a\": 1}\n") },
	{ "binary", S("\0\x01\xff\r\n\n\r\0") },
	{ "ends in CR", S("x\r") },
	{ "ends in LF", S("x\n") },
	{ "looks like a boundary", S("--tieline-0123\r\n\r\n--tieline-0123--\r\n") },
	{ "looks like a message", S("Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n") },
	{ "begins with an empty line", S("\r\n\r\nTieline-Area: outage\r\n") },
};
/* clang-format on */

static void documents_arrive_byte_for_byte(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(65536);

	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++)
		round_trip_of(documents[i].name, documents[i].document);
	random_bytes(buf_extend(&large, 65536), 65536);
	round_trip_of("64 KiB", buf_slice(&large));
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice filename, arrives;
} filenames[] = {
	{ "none", S(""), S("") },
	{ "blanks", S("May invoice.json"), S("May invoice.json") },
	{ "not ASCII", S("fact\xc3\xbare \xe2\x82\xac.json"), S("fact\xc3\xbare \xe2\x82\xac.json") },
	{ "quotes", S("\"a\".json"), S("\"a\".json") },
	{ "slashes", S("../a/b\\c.json"), S("c.json") },
	{ "line ends", S("a\r\nTieline-Area: outage"), S("a__Tieline-Area: outage") },
};
/* clang-format on */

static void filenames_arrive_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filenames); i++) {
		struct whole_draft d = draft(S("{}"));

		d.filename = filenames[i].filename;
		round_trip(filenames[i].name, &d, filenames[i].arrives, &parties[AGGREGATOR],
			&parties[UTILITY], 0);
	}
}

static void agreed_algorithms_work_both_ways(void **state)
{
	static const unsigned rsa_modern = ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_OAEP);
	static const unsigned rsa_old =
		ALG_BIT(ALG_RSA_SIGN) | ALG_BIT(ALG_RSA_V15) | ALG_BIT(ALG_AES_CBC);
	struct whole_draft d = draft(S("{}"));

	(void)state;
	round_trip("RSA with GCM", &d, S("invoice.json"), &parties[RSA_PARTY], &parties[RSA_PARTY],
		rsa_modern);
	round_trip("RSA with CBC", &d, S("invoice.json"), &parties[RSA_PARTY], &parties[RSA_PARTY],
		rsa_old);
	round_trip("EC with CBC", &d, S("invoice.json"), &parties[AGGREGATOR], &parties[UTILITY],
		ALG_BIT(ALG_AES_CBC));
}

static void headers_are_as_the_rules_say(void **state)
{
	static const char *const lines[] = {
		"AS2-Version: 1.2\r\n",
		"AS2-From: SUNNY-DER\r\n",
		"AS2-To: 007909411\r\n",
		"Message-ID: <018f-1@SUNNY-DER>\r\n",
		"Date: Mon, 23 Nov 2026 05:14:06 +0000\r\n",
		"MIME-Version: 1.0\r\n",
		"AS2-Product: tieline:" TIELINE_VERSION "\r\n",
		"EDIINT-Features: multiple-attachments, AS2-Reliability\r\n",
		"Disposition-Notification-To: SUNNY-DER\r\n",
		"Disposition-Notification-Options: signed-receipt-protocol=required, pkcs7-signature; "
		"signed-receipt-micalg=required, sha-256\r\n",
		"Content-Type: application/pkcs7-mime; smime-type=authenveloped-data; name=\"smime.p7m\"\r\n",
		"Content-Transfer-Encoding: binary\r\n",
	};
	AUTO_IN_PLACE(whole) sealed;
	struct as2_sender s = sender(&parties[AGGREGATOR], &parties[UTILITY]);
	struct whole_draft d = draft(S("{}"));
	struct fault f = { 0 };
	size_t at;

	(void)state;
	whole_init(&sealed, SIZE_MAX_TEST);
	expect_fault("seal", whole_seal(&sealed, &d, &s, &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!slice_find(&at, buf_slice(&sealed.headers), slice_str(lines[i])))
			fail_msg("missing: %s in %s", lines[i], buf_text(&sealed.headers));
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice message_id, media_type, own_id;
	enum status want;
	const char *code;
} draft_cases[] = {
	{ "blank in the id", S("a b"), S("a/b"), S("x"), ST_INPUT, "message.id.syntax" },
	{ "line end in the id", S("a\r\nX: y"), S("a/b"), S("x"), ST_INPUT, "message.id.syntax" },
	{ "no type", S("1@a"), S(""), S("x"), ST_INPUT, "media-type.syntax" },
	{ "type with a line end", S("1@a"), S("a/b\r\nTieline-Area: outage"), S("x"), ST_INPUT, "media-type.syntax" },
	{ "line end in a parameter", S("1@a"), S("a/b; c=d\r\nTieline-Area: outage"), S("x"), ST_INPUT, "media-type.syntax" },
	{ "sender with a line end", S("1@a"), S("a/b"), S("x\r\nX: y"), ST_INPUT, "party.id.syntax" },
};
/* clang-format on */

static void nothing_can_add_a_header_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(draft_cases); i++) {
		AUTO_IN_PLACE(whole) sealed;
		struct as2_sender s = sender(&parties[AGGREGATOR], &parties[UTILITY]);
		struct whole_draft d = draft(S("{}"));
		struct fault f = { 0 };

		whole_init(&sealed, SIZE_MAX_TEST);
		d.message_id = draft_cases[i].message_id;
		d.media_type = draft_cases[i].media_type;
		s.own_id = draft_cases[i].own_id;
		expect_fault(draft_cases[i].name, whole_seal(&sealed, &d, &s, &f), &f,
			draft_cases[i].want, draft_cases[i].code);
	}
}

/* One piece, and then the file that it is read from ends. */
static enum status short_next(struct buf *to, void *context, struct fault *f)
{
	unsigned *asked = context;

	if ((*asked)++ > 0)
		return fault_set(f, ST_MORE, "file.short", "it ends early");
	buf_put_text(to, "{");
	return ST_OK;
}

static void a_document_that_cannot_be_read_is_no_message(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		AUTO_IN_PLACE(as2_sealed) out;
		struct as2_sender s = sender(&parties[AGGREGATOR], &parties[UTILITY]);
		const struct as2_draft d = { .area = AREA_BILLING,
			.message_id = S("1@a"),
			.media_type = S("application/json"),
			.now_ns = NOW };
		unsigned asked = 0;
		const struct as2_content content = { short_next, &asked };
		struct fault f = { 0 };

		s.terms.sign = i & 1;
		s.terms.encrypt = i & 2;
		s.terms.compress = i & 4 ? COMPRESS_BEFORE_SIGNING : COMPRESS_NEVER;
		as2_sealed_init(&out, SIZE_MAX_TEST, -1);
		expect_fault("short", as2_seal(&out, &d, &s, &content, &f), &f, ST_MORE,
			"file.short");
		assert_int_equal(out.signature.n, 0);
	}
}

/* --- forged and foreign messages ------------------------------------------------------------ */

#define BINDINGS "Tieline-From: SUNNY-DER\r\nTieline-To: 007909411\r\nTieline-Message-ID: <1@a>\r\n"
#define PART "Content-Type: application/json\r\nTieline-Area: billing\r\n" BINDINGS "\r\n{}"
#define DEADLINE \
	"Tieline-Deadline: 2026-11-23T05:14:06.123Z\r\nTieline-Clock: 2026-11-23T05:13:06.123Z; source=adjtimex\r\n"
#define DEADLINE_NS (INT64_C(1795410846123) * NS_PER_MS)
#define SIGNED_TYPE \
	"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"b\"\r\n\r\n"
#define SEALED "application/pkcs7-mime; smime-type=authenveloped-data"
#define SIGNATURE_HEAD "Content-Type: application/pkcs7-signature\r\n"

/* How the parts around `part` are written; %s is where the signature goes, %b where its bytes go in
 * binary. */
/* clang-format off */
static const struct forgery {
	const char *name;
	const char *type;         /* of the HTTP message */
	struct slice before;      /* of the signed part */
	struct slice part;        /* what is signed */
	struct slice between;     /* up to the signature */
	bool binary;              /* the signature is not base64 */
	struct slice after;
	enum status want;
	const char *code;
} forgeries[] = {
	/* other ways to say the same, all fine */
	{ "as ours", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "Content-Transfer-Encoding: base64\r\n\r\n"), false,
	  S("\r\n--b--\r\n"), ST_OK, NULL },
	{ "with a deadline", SEALED, S(SIGNED_TYPE "--b\r\n"), S("Content-Type: application/json\r\nTieline-Area: billing\r\n" BINDINGS DEADLINE "\r\n{}"),
	  S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\n"), ST_OK, NULL },
	{ "binary signature", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\n"), ST_OK, NULL },
	{ "no smime-type", "application/pkcs7-mime", S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"), ST_OK, NULL },
	{ "x- names in capitals", "Application/X-PKCS7-MIME; SMIME-Type=Enveloped-Data",
	  S("content-TYPE: Multipart/SIGNED; BOUNDARY=b\r\n\r\n--b\r\n"), S(PART),
	  S("\r\n--b\r\nCONTENT-type: application/X-PKCS7-Signature\r\n\r\n"), true, S("\r\n--b--"), ST_OK, NULL },
	{ "preamble", SEALED, S(SIGNED_TYPE "This is signed.\r\n--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\n"), ST_OK, NULL },
	{ "headers in another order and case", SEALED, S("MIME-Version: 1.0\r\n" SIGNED_TYPE "--b\r\n"),
	  S("TIELINE-to: 007909411\r\ntieline-FROM: SUNNY-DER\r\ntieline-message-id: 1@a\r\ntieline-AREA: billing\r\ncontent-type: Application/JSON; charset=utf-8\r\n\r\n{}"),
	  S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\n"), ST_OK, NULL },
	/* not sealed, not signed */
	{ "not sealed", "multipart/signed; boundary=b", S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"),
	  ST_AUTH, "as2.encryption.missing" },
	{ "opaque signature only", "application/pkcs7-mime; smime-type=signed-data", S(""), S(PART), S(""), true, S(""), ST_AUTH, "as2.encryption.missing" },
	{ "compressed only", "application/pkcs7-mime; smime-type=compressed-data", S(""), S(PART), S(""), true, S(""), ST_AUTH, "as2.encryption.missing" },
	{ "plain document", "application/json", S(""), S("{}"), S(""), true, S(""), ST_AUTH, "as2.encryption.missing" },
	{ "sealed but not signed", SEALED, S("Content-Type: application/json\r\n\r\n"), S(PART), S(""), true, S(""), ST_AUTH, "as2.signature.missing" },
	{ "sealed without a type", SEALED, S("\r\n"), S(PART), S(""), true, S(""), ST_AUTH, "as2.signature.missing" },
	{ "sealed, opaque signature", SEALED, S("Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n"), S(PART), S(""), true, S(""),
	  ST_AUTH, "as2.signature.missing" },
	/* multiparts */
	{ "one part", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b--\r\n"), true, S(""), ST_INPUT, "multipart-signed.parts" },
	{ "no signature part", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\nContent-Type: text/plain\r\n\r\n"), true, S("\r\n--b--"),
	  ST_INPUT, "multipart-signed.signature" },
	{ "three parts", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b\r\n\r\n{}\r\n--b--"),
	  ST_INPUT, "multipart-signed.parts" },
	{ "unsigned text at the end", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\nmore"),
	  ST_INPUT, "multipart-signed.epilogue" },
	{ "never closed", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n"),
	  ST_INPUT, "mime.multipart.unclosed" },
	{ "no boundary parameter", SEALED, S("Content-Type: multipart/signed\r\n\r\n--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"),
	  ST_OK, NULL },
	{ "no boundary at all", SEALED, S("Content-Type: multipart/signed\r\n\r\ntext\r\n--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"),
	  ST_INPUT, "mime.boundary.missing" },
	{ "broken base64", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART),
	  S("\r\n--b\r\n" SIGNATURE_HEAD "Content-Transfer-Encoding: base64\r\n\r\n*"), false, S("\r\n--b--"), ST_INPUT, "base64.syntax" },
	{ "no CMS in the signature", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\nx"), true, S("\r\n--b--"),
	  ST_INPUT, "signature.syntax" },
	{ "one byte before the signed ones", SEALED, S(SIGNED_TYPE "--b\r\n\n"), S(PART), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"),
	  ST_AUTH, "signature.digest" },
	{ "one byte after the signed ones", SEALED, S(SIGNED_TYPE "--b\r\n"), S(PART), S("\n\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--"),
	  ST_AUTH, "signature.digest" },
#define INNER(text) SEALED, S(SIGNED_TYPE "--b\r\n"), S(text), S("\r\n--b\r\n" SIGNATURE_HEAD "\r\n"), true, S("\r\n--b--\r\n")
	/* what was signed */
	{ "no area", INNER("Content-Type: application/json\r\n" BINDINGS "\r\n{}"), ST_AUTH, "as2.area.missing" },
	{ "empty area", INNER("Tieline-Area:\r\n\r\n{}"), ST_AUTH, "as2.area.missing" },
	{ "other area", INNER("Tieline-Area: outage\r\n\r\n{}"), ST_AUTH, "as2.area.mismatch" },
	{ "area in capitals", INNER("Tieline-Area: BILLING\r\n\r\n{}"), ST_AUTH, "as2.area.mismatch" },
	{ "two areas", INNER("Tieline-Area: billing\r\nTieline-Area: outage\r\n\r\n{}"), ST_INPUT, "mime.header.twice" },
	{ "area in the document", INNER("Content-Type: text/plain\r\n\r\nTieline-Area: billing\r\n\r\n{}"), ST_AUTH, "as2.area.missing" },
	{ "signed as somebody else", INNER("Tieline-Area: billing\r\nTieline-From: STRANGER\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "signed for somebody else", INNER("Tieline-Area: billing\r\nTieline-To: STRANGER\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "signed for nobody", INNER("Tieline-Area: billing\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "signed without its id", INNER("Tieline-Area: billing\r\nTieline-From: SUNNY-DER\r\nTieline-To: 007909411\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "signed with another id", INNER("Tieline-Area: billing\r\nTieline-Message-ID: <2@a>\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "signed with a broken id", INNER("Tieline-Area: billing\r\nTieline-Message-ID: <1@a\r\n\r\n{}"), ST_AUTH, "as2.binding.mismatch" },
	{ "several documents, and a multipart in them", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n{}\r\n--c--"), ST_INPUT, "as2.parts" },
	{ "several documents, none closed", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Type: multipart/related; boundary=c\r\n\r\n--c\r\n\r\n{}\r\n"), ST_INPUT, "mime.multipart.unclosed" },
	{ "several documents, no root", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Type: multipart/related; boundary=c; start=\"<x>\"\r\n\r\n--c\r\n\r\n{}\r\n--c--"), ST_INPUT, "as2.parts.root" },
	{ "type without subtype", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Type: json\r\n\r\n{}"), ST_INPUT, "media-type.syntax" },
	{ "type with a broken parameter", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Type: a/b; c=\"1\r\n\r\n{}"), ST_INPUT, "mime.parameter" },
	{ "header without a colon", INNER("Tieline-Area: billing\r\n" BINDINGS "Deadline\r\n\r\n{}"), ST_INPUT, "mime.header.colon" },
	{ "no header at all", INNER("Tieline-Area billing\r\n\r\n{}"), ST_AUTH, "as2.area.missing" },
	{ "headers and no content", INNER("Tieline-Area: billing\r\n" BINDINGS), ST_INPUT, "mime.header.end" },
	{ "unknown encoding", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Transfer-Encoding: x-gzip\r\n\r\n{}"), ST_INPUT, "mime.encoding" },
	{ "a deadline that is no time", INNER("Tieline-Area: billing\r\n" BINDINGS "Tieline-Deadline: soon\r\n\r\n{}"), ST_INPUT, "as2.deadline.syntax" },
	{ "two deadlines", INNER("Tieline-Area: billing\r\n" BINDINGS "Tieline-Deadline: 2026-11-23T05:14:06Z\r\nTieline-Deadline: 2026-11-23T05:14:06Z\r\n\r\n{}"), ST_INPUT, "mime.header.twice" },
	{ "a clock that says no time", INNER("Tieline-Area: billing\r\n" BINDINGS "Tieline-Clock: good\r\n\r\n{}"), ST_INPUT, "as2.deadline.clock" },
	{ "document in broken base64", INNER("Tieline-Area: billing\r\n" BINDINGS "Content-Transfer-Encoding: base64\r\n\r\n{}"), ST_INPUT, "base64.syntax" },
};
/* clang-format on */

static void forge_signed(struct buf *entity, const struct forgery *c, const struct signer *signer)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f = { 0 };

	must(sign_whole(&der, c->part, signer, NOW, &f), &f);
	buf_put(entity, c->before);
	buf_put(entity, c->part);
	buf_put(entity, c->between);
	if (c->binary)
		buf_put(entity, buf_slice(&der));
	else
		base64_format(entity, buf_slice(&der), 76);
	buf_put(entity, c->after);
}

static struct as2_head forged_head(const char *type)
{
	return (struct as2_head){
		.from = S("SUNNY-DER"),
		.to = S("007909411"),
		.message_id = S("1@a"),
		.version = S("1.2"),
		.content_type = slice_str(type),
	};
}

/* Opens a forged message as the utility; the caller looks at `opened`. */
static enum status open_forged(
	struct as2_opened *opened, const struct forgery *c, unsigned algorithms, struct fault *f)
{
	AUTO_IN_PLACE(buf) entity = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) der = buf_init(1 << 20);
	struct signer signer = signer_of(&parties[AGGREGATOR]);
	struct as2_head head = forged_head(c->type);
	struct receiving r;

	forge_signed(&entity, c, &signer);
	must(seal_whole(&der, buf_slice(&entity), parties[UTILITY].encrypt, algorithms, f), f);
	receiving_init(&r, &parties[UTILITY], &parties[AGGREGATOR], AREA_BILLING);
	r.end.algorithms = algorithms;
	return as2_open(opened, &head, buf_slice(&der), &r.end, f);
}

static void forged_messages_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forgeries); i++) {
		AUTO_IN_PLACE(as2_opened) opened;
		struct fault f = { 0 };
		enum status got;

		as2_opened_init(&opened, SIZE_MAX_TEST, -1);
		got = open_forged(&opened, &forgeries[i], 0, &f);
		expect_fault(forgeries[i].name, got, &f, forgeries[i].want, forgeries[i].code);
		if (got != ST_OK)
			continue;
		expect_slice(forgeries[i].name, "document", opened.document, S("{}"));
		bool timed = strcmp(forgeries[i].name, "with a deadline") == 0;
		assert_true(opened.deadline_ns == (timed ? DEADLINE_NS : 0));
		assert_true(opened.sent.at_ns == (timed ? DEADLINE_NS - 60 * NS_PER_S : 0));
		assert_int_equal(opened.sent.quality.is_known, timed);
		expect_slice(forgeries[i].name, "part", opened.part, forgeries[i].part);
		expect_slice(forgeries[i].name, "type", slice_str(opened.media_type),
			S("application/json"));
	}
}

/* Without authentication of the ciphertext the faults behind it are an oracle: one answer for all.
 */
static void an_unauthenticated_seal_gives_one_answer(void **state)
{
	static const char *const oracles[] = {
		"sealed but not signed",
		"sealed without a type",
		"one part",
		"three parts",
		"no signature part",
		"unsigned text at the end",
		"never closed",
		"no boundary at all",
		"broken base64",
	};
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(forgeries); i++) {
		for (size_t j = 0; j < COUNT(oracles); j++) {
			AUTO_IN_PLACE(as2_opened) opened;
			struct fault f = { 0 };

			if (strcmp(forgeries[i].name, oracles[j]) != 0)
				continue;
			as2_opened_init(&opened, SIZE_MAX_TEST, -1);
			expect_fault(oracles[j],
				open_forged(&opened, &forgeries[i], ALG_BIT(ALG_AES_CBC), &f), &f,
				ST_AUTH, "sealing.decrypt");
			assert_string_equal(f.text, "the message cannot be opened");
			seen++;
		}
	}
	assert_int_equal(seen, COUNT(oracles));
}

/* --- documents of other products ------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice part, document, filename;
	bool decoded;
} foreign_parts[] = {
	{ "base64", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=a.json\r\n\r\neyJhIjog\r\nMX0=\r\n"), S("{\"a\": 1}"), S("a.json"), true },
	{ "quoted-printable", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
		"{=22a=22: 1}"), S("{\"a\": 1}"), S(""), true },
	{ "8bit, name in the type", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json; name=\"b.json\"\r\n"
		"Content-Transfer-Encoding: 8bit\r\n\r\n{}"), S("{}"), S("b.json"), false },
	{ "a disposition that cannot be read", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json\r\n"
		"Content-Disposition: attachment; filename=\r\n\r\n{}"), S("{}"), S(""), false },
	{ "a name that climbs", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json\r\n"
		"Content-Disposition: attachment; filename=\"..\"\r\n\r\n{}"), S("{}"), S("_"), false },
	{ "no bytes in base64", S("Tieline-Area: billing\r\n" BINDINGS "Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
	  S(""), S(""), true },
};
/* clang-format on */

/* With the signature in base64 both it and the document lie in scratch, and must both stay right.
 */
static void encoded_documents_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(foreign_parts); i++) {
		AUTO_IN_PLACE(as2_opened) opened;
		AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
		struct signature_facts facts;
		const struct cert *signers[] = { parties[AGGREGATOR].sign };
		struct forgery c = forgeries[0];
		struct fault f = { 0 };

		as2_opened_init(&opened, SIZE_MAX_TEST, -1);
		c.part = foreign_parts[i].part;
		expect_fault(
			foreign_parts[i].name, open_forged(&opened, &c, 0, &f), &f, ST_OK, NULL);
		expect_slice(foreign_parts[i].name, "document", opened.document,
			foreign_parts[i].document);
		expect_slice(foreign_parts[i].name, "name", buf_slice(&opened.filename),
			foreign_parts[i].filename);
		assert_int_equal(opened.document_is_apart, foreign_parts[i].decoded);
		expect_fault(foreign_parts[i].name,
			signature_check(
				&facts, opened.signature, opened.part, signers, 1, 0, NOW, &f),
			&f, ST_OK, NULL);
	}
}

/* --- documents that are no entity ---------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice document;
} bare[] = {
	{ "EDIFACT", S("UNB+UNOA:2+S:14+R:14'\nUNH+1+ORDERS:D:96A:UN:EAN008'\n") },
	{ "X12 in one line", S("ISA*00*0123456789*ZZ*SENDER*260101*1200*U*00401*1*0*P*:~GS*IN~") },
	{ "JSON", S("{\"invoice\":12345}") },
	{ "XML", S("<n:a xmlns:n=\"u:x\">1</n:a>") },
	{ "CSV", S("2026-01-01T00:00:00Z,1\r\n2026-01-01T00:15:00Z,2\r\n") },
	{ "a letter", S("Invoice: 7\r\nAmount: 10\r\n\r\nThank you\r\n") },
	{ "bytes", S("PK\3\4:\0\0\n\nPK") },
};
/* clang-format on */

enum around { SIGNED, ONLY_SEALED, PACKED, SIGNED_AND_PACKED, AROUNDS };

static void bare_put(struct buf *entity, enum around around, struct slice document)
{
	struct signer signer = signer_of(&parties[AGGREGATOR]);
	AUTO_IN_PLACE(buf) packed = buf_init(1 << 20);
	struct forgery c = forgeries[0];
	struct fault f = { 0 };

	c.part = document;
	if (around == PACKED || around == SIGNED_AND_PACKED) {
		buf_put_text(&packed, "Content-Type: application/pkcs7-mime; "
			"smime-type=compressed-data\r\n\r\n");
		must(compression_make(&packed, document, &f), &f);
		c.part = buf_slice(&packed);
	}
	if (around == SIGNED || around == SIGNED_AND_PACKED)
		forge_signed(entity, &c, &signer);
	else
		buf_put(entity, c.part);
}

static void bare_case(size_t i, enum around around, unsigned algorithms)
{
	const bool is_signed = around == SIGNED || around == SIGNED_AND_PACKED;
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO_IN_PLACE(buf) entity = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) der = buf_init(1 << 20);
	struct as2_head head = forged_head(SEALED);
	struct digest_value mic;
	struct receiving r;
	struct fault f = { 0 };

	head.content_disposition = S("attachment; filename=\"payload.txt\"");
	bare_put(&entity, around, bare[i].document);
	must(seal_whole(&der, buf_slice(&entity), parties[UTILITY].encrypt, algorithms, &f), &f);
	receiving_init(&r, &parties[UTILITY], &parties[AGGREGATOR], AREA_BILLING);
	r.end.algorithms = algorithms;
	r.end.terms = (struct as2_terms){ .sign = is_signed, .encrypt = true };
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	expect_fault(bare[i].name, as2_open(&opened, &head, buf_slice(&der), &r.end, &f), &f, ST_OK,
		NULL);
	assert_true(opened.is_bare);
	expect_slice(bare[i].name, "document", opened.document, bare[i].document);
	expect_slice(bare[i].name, "type", slice_str(opened.media_type),
		S("application/octet-stream"));
	expect_slice(bare[i].name, "name", buf_slice(&opened.filename),
		is_signed ? S("") : S("payload.txt"));
	if (around == SIGNED_AND_PACKED)
		return; /* the MIC covers what was signed: the packed one */
	digest_compute(&mic, DIGEST_SHA256, bare[i].document);
	assert_true(digest_eq(&mic, &opened.mic));
}

/* Products sign or encrypt a document without making an entity of it: nothing of it is cut. */
static void a_document_that_is_no_entity_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bare); i++)
		for (enum around around = 0; around < AROUNDS; around++) {
			bare_case(i, around, 0);
			bare_case(i, around, ALG_BIT(ALG_AES_CBC));
		}
}

static void a_part_without_type_is_unknown_bytes(void **state)
{
	AUTO_IN_PLACE(as2_opened) opened;
	struct forgery c = forgeries[0];
	struct fault f = { 0 };

	(void)state;
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	c.part = S("Tieline-Area: billing\r\n" BINDINGS "\r\n{}");
	expect_fault("no type", open_forged(&opened, &c, 0, &f), &f, ST_OK, NULL);
	assert_string_equal(opened.media_type, "application/octet-stream");
}

/* --- messages that are not for us, or not what was sent ----------------------------------------
 */

struct sent {
	struct whole sealed;
	struct as2_head head;
	struct receiving r;
};

static void send_document(struct sent *s, struct slice document)
{
	struct as2_sender from = sender(&parties[AGGREGATOR], &parties[UTILITY]);
	struct whole_draft d = draft(document);
	struct fault f = { 0 };

	whole_init(&s->sealed, SIZE_MAX_TEST);
	must(whole_seal(&s->sealed, &d, &from, &f), &f);
	must(as2_head_parse(&s->head, buf_slice(&s->sealed.headers), &f), &f);
	receiving_init(&s->r, &parties[UTILITY], &parties[AGGREGATOR], AREA_BILLING);
}

static void send(struct sent *s)
{
	send_document(s, S("{\"amount\": 100}"));
}

/* Posted to the address of all areas: what was signed tells. */
static void the_signed_area_counts_where_the_address_has_none(void **state)
{
	static const struct area_rules others = { .otherwise = AREA_OUTAGE };
	AUTO_IN_PLACE(as2_opened) opened;
	struct fault f = { 0 };
	struct sent s;

	(void)state;
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	send(&s);
	s.r.end.area = AREAS;
	s.r.end.area_rules = &others;
	must(as2_open(&opened, &s.head, buf_slice(&s.sealed.body), &s.r.end, &f), &f);
	assert_int_equal(opened.area, AREA_BILLING);
	whole_done(&s.sealed);
}

static void from_another(struct sent *s)
{
	s->head.from = S("STRANGER");
}

static void from_in_small_letters(struct sent *s)
{
	s->head.from = S("sunny-der");
}

static void to_another(struct sent *s)
{
	s->head.to = S("STRANGER");
}

static void to_another_area(struct sent *s)
{
	s->r.end.area = AREA_OUTAGE;
}

static void with_another_id(struct sent *s)
{
	s->head.message_id = S("018f-2@SUNNY-DER");
}

static void one_bit_of_the_content(struct sent *s)
{
	s->sealed.body.p[s->sealed.body.n - 40] ^= 1;
}

static void one_bit_of_the_tag(struct sent *s)
{
	s->sealed.body.p[s->sealed.body.n - 1] ^= 1;
}

static void cut_short(struct sent *s)
{
	buf_truncate(&s->sealed.body, s->sealed.body.n - 1);
}

static void nothing_left(struct sent *s)
{
	buf_clear(&s->sealed.body);
}

static void opened_with_another_key(struct sent *s)
{
	s->r.opener = (struct opener){ .cert = parties[STRANGER].encrypt,
		.key = parties[STRANGER].encrypt_key };
}

static void signer_unknown(struct sent *s)
{
	s->r.signers[0] = parties[STRANGER].sign;
}

static void signer_missing(struct sent *s)
{
	s->r.end.signer_count = 0;
}

static void year_later(struct sent *s)
{
	s->r.end.now_ns = NOW + 400 * 86400 * NS_PER_S;
}

static void mic_of_old(struct sent *s)
{
	s->head.disposition_options = S(
		"signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, md5, sha1");
}

static void body_in_broken_base64(struct sent *s)
{
	s->head.content_encoding = S("base64");
}

static void body_in_unknown_encoding(struct sent *s)
{
	s->head.content_encoding = S("gzip");
}

static void type_is_broken(struct sent *s)
{
	s->head.content_type = S("application/pkcs7-mime; smime-type");
}

/* clang-format off */
static const struct {
	const char *name;
	void (*spoil)(struct sent *);
	enum status want;
	const char *code;
} spoilt[] = {
	{ "from somebody else than the connection", from_another, ST_AUTH, "as2.from" },
	{ "names are case-sensitive", from_in_small_letters, ST_AUTH, "as2.from" },
	{ "to somebody else", to_another, ST_AUTH, "as2.to" },
	{ "replayed into another area", to_another_area, ST_AUTH, "as2.area.mismatch" },
	{ "replayed under another id", with_another_id, ST_AUTH, "as2.binding.mismatch" },
	{ "content tampered", one_bit_of_the_content, ST_AUTH, "sealing.decrypt" },
	{ "tag tampered", one_bit_of_the_tag, ST_AUTH, "sealing.decrypt" },
	{ "cut short", cut_short, ST_INPUT, "sealing.syntax" },
	{ "no body", nothing_left, ST_INPUT, "sealing.syntax" },
	{ "sealed for another key", opened_with_another_key, ST_AUTH, "sealing.recipient" },
	{ "signed by another key", signer_unknown, ST_AUTH, "signature.unknown-signer" },
	{ "no signer known", signer_missing, ST_AUTH, "signature.unknown-signer" },
	{ "certificate expired", year_later, ST_AUTH, "cert.expired" },
	{ "no MIC algorithm of ours", mic_of_old, ST_INPUT, "as2.mic.algorithm" },
	{ "body is not base64", body_in_broken_base64, ST_INPUT, "base64.syntax" },
	{ "body in an unknown encoding", body_in_unknown_encoding, ST_INPUT, "mime.encoding" },
	{ "type is broken", type_is_broken, ST_INPUT, "mime.parameter" },
};
/* clang-format on */

static void spoilt_messages_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(spoilt); i++) {
		AUTO_IN_PLACE(as2_opened) opened;
		struct fault f = { 0 };
		struct sent s;

		as2_opened_init(&opened, SIZE_MAX_TEST, -1);
		send(&s);
		spoilt[i].spoil(&s);
		expect_fault(spoilt[i].name,
			as2_open(&opened, &s.head, buf_slice(&s.sealed.body), &s.r.end, &f), &f,
			spoilt[i].want, spoilt[i].code);
		whole_done(&s.sealed);
	}
}

/* The receiver of a signed message seals it again, to a third party (security.md: bind sender and
 * receiver inside). */
static void a_signed_message_cannot_be_passed_on(void **state)
{
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO_IN_PLACE(as2_opened) passed;
	AUTO_IN_PLACE(buf) der = buf_init(1 << 20);
	struct receiving third;
	struct fault f = { 0 };
	struct sent s;

	(void)state;
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	as2_opened_init(&passed, SIZE_MAX_TEST, -1);
	send(&s);
	must(as2_open(&opened, &s.head, buf_slice(&s.sealed.body), &s.r.end, &f), &f);
	must(seal_whole(&der, buf_slice(&opened.entity), parties[STRANGER].encrypt, 0, &f), &f);
	receiving_init(&third, &parties[STRANGER], &parties[AGGREGATOR], AREA_BILLING);
	s.head.to = S("STRANGER");
	expect_fault("passed on", as2_open(&passed, &s.head, buf_slice(&der), &third.end, &f), &f,
		ST_AUTH, "as2.binding.mismatch");
	whole_done(&s.sealed);
}

static void a_body_in_base64_is_read(void **state)
{
	AUTO_IN_PLACE(as2_opened) opened;
	AUTO_IN_PLACE(buf) text = buf_init(1 << 20);
	struct fault f = { 0 };
	struct sent s;

	(void)state;
	as2_opened_init(&opened, SIZE_MAX_TEST, -1);
	send(&s);
	base64_format(&text, buf_slice(&s.sealed.body), 76);
	s.head.content_encoding = S("BASE64");
	expect_fault("base64 body", as2_open(&opened, &s.head, buf_slice(&text), &s.r.end, &f), &f,
		ST_OK, NULL);
	expect_slice("base64 body", "document", opened.document, S("{\"amount\": 100}"));
	whole_done(&s.sealed);
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice options;
	enum digest want;
} mics[] = {
	{ "ours", S("signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256, sha-384"), DIGEST_SHA256 },
	{ "first supported", S("signed-receipt-micalg=optional, md5, sha1, sha-512, sha-256"), DIGEST_SHA512 },
	{ "other spellings", S("Signed-Receipt-MicAlg = optional , SHA384"), DIGEST_SHA384 },
	{ "without importance", S("signed-receipt-micalg=sha-384"), DIGEST_SHA384 },
	{ "not said: that of the signature", S("signed-receipt-protocol=optional, pkcs7-signature"), DIGEST_SHA256 },
	{ "no options", S(""), DIGEST_SHA256 },
};
/* clang-format on */

static void the_mic_is_of_the_wished_digest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mics); i++) {
		AUTO_IN_PLACE(as2_opened) opened;
		struct digest_value want;
		struct fault f = { 0 };
		struct sent s;

		as2_opened_init(&opened, SIZE_MAX_TEST, -1);
		send(&s);
		s.head.disposition_options = mics[i].options;
		expect_fault(mics[i].name,
			as2_open(&opened, &s.head, buf_slice(&s.sealed.body), &s.r.end, &f), &f,
			ST_OK, NULL);
		digest_compute(&want, mics[i].want, buf_slice(&s.sealed.part));
		if (!digest_eq(&opened.mic, &want))
			fail_msg("%s: %s", mics[i].name, digest_name(opened.mic.kind));
		whole_done(&s.sealed);
	}
}

static void a_document_over_the_limit_is_refused(void **state)
{
	AUTO_IN_PLACE(whole) sealed;
	AUTO_IN_PLACE(buf) document = buf_init(1 << 20);
	struct as2_sender from = sender(&parties[AGGREGATOR], &parties[UTILITY]);
	struct whole_draft d;
	struct fault f = { 0 };

	(void)state;
	memset(buf_extend(&document, 1 << 20), 'x', 1 << 20);
	d = draft(buf_slice(&document));
	whole_init(&sealed, 1024);
	expect_fault(
		"over the limit", whole_seal(&sealed, &d, &from, &f), &f, ST_LIMIT, "buffer.full");
}

/* --- the openssl program
 * -------------------------------------------------------------------------- */

static void put_file(int dir, const char *name, struct slice content)
{
	struct fault f = { 0 };

	must(file_replace(dir, name, content, 0600, &f), &f);
}

static void export(int dir, const struct sent *s)
{
	AUTO_IN_PLACE(buf) pem = buf_init(65536);

	cert_format_pem(&pem, parties[UTILITY].encrypt);
	key_format_pem(&pem, parties[UTILITY].encrypt_key);
	put_file(dir, "utility.pem", buf_slice(&pem));
	buf_clear(&pem);
	cert_format_pem(&pem, parties[AGGREGATOR].root);
	put_file(dir, "root.pem", buf_slice(&pem));
	put_file(dir, "message.der", buf_slice(&s->sealed.body));
	put_file(dir, "signature.der", buf_slice(&s->sealed.signature));
	put_file(dir, "part", buf_slice(&s->sealed.part));
}

static void remove_all(const char *path)
{
	static const char *const names[] = { "utility.pem", "root.pem", "message.der",
		"signature.der", "part", "entity", "verified", "log" };
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT(names); i++)
		unlinkat(dir, names[i], 0);
	rmdir(path);
}

#define OPENSSL "/usr/bin/openssl"

/* Works in `dir`; what the program says goes to the file log there. */
static void openssl_child(int dir, const char *const argv[])
{
	int log;

	if (fchdir(dir) != 0)
		_exit(126);
	log = open("log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(OPENSSL, (char **)(uintptr_t)argv);
	_exit(127);
}

static void openssl_run(const char *name, int dir, const char *const argv[])
{
	AUTO_IN_PLACE(buf) log = buf_init(1 << 16);
	pid_t child = fork();
	int result;

	if (child == 0)
		openssl_child(dir, argv);
	assert_int_equal(waitpid(child, &result, 0), child);
	if (result == 0)
		return;
	if (file_read(&log, dir, "log", NULL) != ST_OK)
		buf_clear(&log);
	fail_msg("%s: openssl: %s", name, buf_text(&log));
}

/*
 * Reading S/MIME the program makes every line end of the content a CR LF: it agrees with the
 * signature when the document has no other.  Signature and part side by side, as in evidence, it
 * reads as they are.
 */
static const struct {
	const char *name;
	bool side_by_side;
	struct slice document;
} openssl_cases[] = {
	{ "lines", false, S("{\r\n\"a\": 1\r\n}\r\n") },
	{ "one line", false, S("{\"a\": 1}") },
	{ "line feeds", true, S("{\n\"a\": 1\n}\n") },
	{ "binary", true, S("\0\r\xff\n") },
};

static void openssl_decrypts(const char *name, int dir)
{
	const char *const argv[] = { "openssl", "cms", "-decrypt", "-inform", "DER", "-in",
		"message.der", "-recip", "utility.pem", "-inkey", "utility.pem", "-binary", "-out",
		"entity", NULL };

	openssl_run(name, dir, argv);
}

static void openssl_verifies(const char *name, int dir, bool side_by_side)
{
	static const char at[] = STRING(NOW_S);
	const char *const mime[] = { "openssl", "cms", "-verify", "-inform", "SMIME", "-in",
		"entity", "-CAfile", "root.pem", "-attime", at, "-out", "verified", NULL };
	const char *const evidence[] = { "openssl", "cms", "-verify", "-inform", "DER", "-in",
		"signature.der", "-content", "part", "-binary", "-CAfile", "root.pem", "-attime",
		at, "-out", "verified", NULL };

	openssl_run(name, dir, side_by_side ? evidence : mime);
}

static void openssl_reads(const char *name, int dir, struct slice document, bool side_by_side)
{
	AUTO_IN_PLACE(buf) entity = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) verified = buf_init(1 << 20);
	struct fault f = { 0 };
	struct sent s;
	size_t at;

	send_document(&s, document);
	export(dir, &s);
	openssl_decrypts(name, dir);
	openssl_verifies(name, dir, side_by_side);
	must(file_read(&entity, dir, "entity", &f), &f);
	must(file_read(&verified, dir, "verified", &f), &f);
	if (!slice_find(&at, buf_slice(&entity), buf_slice(&s.sealed.part)))
		fail_msg("%s: the part is not in what openssl decrypted", name);
	expect_slice(name, "part", buf_slice(&verified), buf_slice(&s.sealed.part));
	whole_done(&s.sealed);
}

static void the_openssl_program_reads_ours(void **state)
{
	char path[] = "/tmp/tieline-as2-XXXXXX";
	AUTO_FD dir = -1;

	(void)state;
	if (access(OPENSSL, X_OK) != 0) {
		print_message("skipped: %zu cases, no %s\n", COUNT(openssl_cases), OPENSSL);
		skip();
	}
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(openssl_cases); i++)
		openssl_reads(openssl_cases[i].name, dir, openssl_cases[i].document,
			openssl_cases[i].side_by_side);
	remove_all(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read),
		cmocka_unit_test(ids_are_judged_apart),
		cmocka_unit_test(a_missing_version_is_the_first),
		cmocka_unit_test(only_known_headers_are_selected),
		cmocka_unit_test(documents_arrive_byte_for_byte),
		cmocka_unit_test(filenames_arrive_clean),
		cmocka_unit_test(agreed_algorithms_work_both_ways),
		cmocka_unit_test(headers_are_as_the_rules_say),
		cmocka_unit_test(nothing_can_add_a_header_line),
		cmocka_unit_test(a_document_that_cannot_be_read_is_no_message),
		cmocka_unit_test(forged_messages_are_named),
		cmocka_unit_test(an_unauthenticated_seal_gives_one_answer),
		cmocka_unit_test(encoded_documents_are_decoded),
		cmocka_unit_test(a_document_that_is_no_entity_is_whole),
		cmocka_unit_test(a_part_without_type_is_unknown_bytes),
		cmocka_unit_test(spoilt_messages_are_refused),
		cmocka_unit_test(the_signed_area_counts_where_the_address_has_none),
		cmocka_unit_test(a_signed_message_cannot_be_passed_on),
		cmocka_unit_test(a_body_in_base64_is_read),
		cmocka_unit_test(the_mic_is_of_the_wished_digest),
		cmocka_unit_test(a_document_over_the_limit_is_refused),
		cmocka_unit_test(the_openssl_program_reads_ours),
	};

	return cmocka_run_group_tests(tests, parties_make, parties_free);
}
