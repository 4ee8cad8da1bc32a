/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts: ours are read back, foreign ones are understood, and what is unsigned, altered or
 * unclear is no receipt. Real receipts of other products: TIELINE_SHARED_DATA/as2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "as2_parties.h"
#include "base/fd.h"
#include "bindings/mdn.h"
#include "bindings/multipart_signed.h"
#include "shared_data.h"

#define PYAS2 "abhishek-ram+pyas2-lib/pyas2lib/tests/fixtures/"
#define LIBAS2 "ahuggins-nhs+node-libas2/test/test-data/"

static struct mdn_room room; /* what the receipt read last borrows from */

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
		fail_msg("%s: %s is '%.*s', want '%.*s'", name, what, SLICE_FMT(slice_to(got, 300)),
			SLICE_FMT(slice_to(want, 300)));
}

/* --- our own ----------------------------------------------------------------------- */

struct receipt {
	struct buf type, body;
};

static struct receipt receipt_init(void)
{
	return (struct receipt){ .type = buf_init(RECEIPT_TYPE_MAX),
		.body = buf_init(RECEIPT_SIZE_MAX) };
}

static void receipt_done(struct receipt *r)
{
	buf_done(&r->type);
	buf_done(&r->body);
}
DEFINE_AUTO_IN_PLACE(receipt)

static struct mdn_draft acceptance(void)
{
	struct mdn_draft d = {
		.mdn = {
			.original_message_id = S("018f-1@SUNNY-DER"),
			.recipient = S("007909411"),
			.disposition = S("processed"),
			.has_mic = true,
			.received_ns = NOW - 1500 * NS_PER_MS,
		},
		.from = S("SUNNY-DER"),
		.to = S("007909411"),
		.explanation = S("The document was accepted and stored."),
		.now_ns = NOW,
	};

	digest_compute(&d.mdn.mic, DIGEST_SHA256, S("content"));
	return d;
}

static struct mdn_draft refusal(void)
{
	struct mdn_draft d = acceptance();

	d.mdn.disposition = S("processed/error: authentication-failed");
	d.mdn.fault_code = S("signature.digest");
	d.mdn.has_mic = false;
	return d;
}

static void make(struct receipt *r, const struct mdn_draft *d)
{
	struct signer signer = signer_of(&parties[UTILITY]);
	struct fault f = { 0 };

	must(mdn_make(&r->type, &r->body, d, &signer, &f), &f);
}

static enum status open_by(struct mdn *mdn, struct slice type, struct slice body,
	const struct party *signer, int64_t now, struct fault *f)
{
	const struct cert *signers[] = { signer->sign };
	struct signature_facts facts;

	return mdn_open(mdn, &room, &facts, type, body, signers, 1, 0, now, f);
}

static enum status open_own(struct mdn *mdn, const struct receipt *r, struct fault *f)
{
	return open_by(mdn, buf_slice(&r->type), buf_slice(&r->body), &parties[UTILITY], NOW, f);
}

static void an_acceptance_is_read_back(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&r, &d);
	expect_fault("acceptance", open_own(&mdn, &r, &f), &f, ST_OK, NULL);
	expect_slice("acceptance", "id", mdn.original_message_id, d.mdn.original_message_id);
	expect_slice("acceptance", "recipient", mdn.recipient, d.mdn.recipient);
	expect_slice("acceptance", "disposition", mdn.disposition, S("processed"));
	expect_slice("acceptance", "agent", mdn.reporting_agent, S("tieline:" TIELINE_VERSION));
	assert_true(mdn.has_mic && digest_eq(&mdn.mic, &d.mdn.mic));
	assert_true(mdn.received_ns == d.mdn.received_ns);
	assert_int_equal(mdn.fault_code.n, 0);
	assert_true(mdn_accepts(&mdn));
}

/* With brackets or without, well formed or not, and as long as it was: letter by letter. */
static void an_id_is_copied_as_it_came(void **state)
{
	static const struct {
		const char *id, *line;
		bool bare;
	} table[] = {
		{ "1@a", "\r\nOriginal-Message-ID: <1@a>\r\n", false },
		{ "1@a", "\r\nOriginal-Message-ID: 1@a\r\n", true },
		{ "1 2@a", "\r\nOriginal-Message-ID: <1 2@a>\r\n", false },
		{ "<1@a", "\r\nOriginal-Message-ID: <1@a\r\n", true },
		{ "\xc3\xa4", "\r\nOriginal-Message-ID: <?\?>\r\n", false },
	};
	AUTO_IN_PLACE(buf) longest = buf_init(MESSAGE_ID_MAX);
	struct mdn_draft d = refusal();
	size_t at;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_IN_PLACE(receipt) r = receipt_init();

		d.mdn.original_message_id = slice_str(table[i].id);
		d.id_is_bare = table[i].bare;
		make(&r, &d);
		if (!slice_find(&at, buf_slice(&r.body), slice_str(table[i].line)))
			fail_msg("'%s' is not copied", table[i].id);
	}
	AUTO_IN_PLACE(receipt) r = receipt_init();
	while (longest.n < MESSAGE_ID_MAX)
		buf_put_u8(&longest, 'n');
	d.mdn.original_message_id = buf_slice(&longest);
	make(&r, &d);
	assert_true(slice_find(&at, buf_slice(&r.body), buf_slice(&longest)));
}

static void a_refusal_is_read_back(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = refusal();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&r, &d);
	expect_fault("refusal", open_own(&mdn, &r, &f), &f, ST_OK, NULL);
	expect_slice("refusal", "disposition", mdn.disposition, d.mdn.disposition);
	expect_slice("refusal", "fault", mdn.fault_code, S("signature.digest"));
	assert_false(mdn.has_mic);
	assert_false(mdn_accepts(&mdn));
}

/* Nobody's certificate is needed for one that was verified when it came. */
static void a_kept_receipt_is_read_without_verifying(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&r, &d);
	expect_fault("signed",
		mdn_read(&mdn, &room, buf_slice(&r.type), buf_slice(&r.body), &f), &f, ST_OK, NULL);
	assert_true(mdn.has_mic && digest_eq(&mdn.mic, &d.mdn.mic));
	buf_clear(&r.type);
	buf_clear(&r.body);
	must(mdn_make(&r.type, &r.body, &d, NULL, &f), &f);
	expect_fault("unsigned",
		mdn_read(&mdn, &room, buf_slice(&r.type), buf_slice(&r.body), &f), &f, ST_OK, NULL);
	assert_true(mdn.has_mic && digest_eq(&mdn.mic, &d.mdn.mic));
	expect_fault("a page", mdn_read(&mdn, &room, S("text/html"), S("<p>no"), &f), &f, ST_INPUT,
		"mdn.report");
}

/* Who errs in a way that is tolerated reads it in every receipt. */
static void what_was_tolerated_is_said(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	size_t at;

	(void)state;
	make(&r, &d);
	assert_false(slice_find(&at, buf_slice(&r.body), S("Tieline-Tolerated")));
	buf_clear(&r.type);
	buf_clear(&r.body);
	d.mdn.tolerated = S("line-endings");
	make(&r, &d);
	assert_true(slice_find(
		&at, buf_slice(&r.body), S("\r\nTieline-Tolerated: line-endings\r\n")));
}

/* Of what was late both clocks are said, and how good they are. */
static void lateness_goes_round(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;
	size_t at;

	(void)state;
	make(&r, &d);
	assert_false(slice_find(&at, buf_slice(&r.body), S("Tieline-Deadline")));
	assert_false(slice_find(&at, buf_slice(&r.body), S("Tieline-Sender-Clock")));
	buf_clear(&r.type);
	buf_clear(&r.body);
	d.mdn.clock = (struct clock_said){ 90 * NS_PER_S, { true, true, 1000, 2000 } };
	d.mdn.deadline_ns = 60 * NS_PER_S;
	d.mdn.sent = (struct clock_said){ 30 * NS_PER_S, { true, false, 0, NS_PER_S } };
	make(&r, &d);
	expect_fault("late",
		mdn_read(&mdn, &room, buf_slice(&r.type), buf_slice(&r.body), &f), &f, ST_OK, NULL);
	assert_true(mdn.deadline_ns == d.mdn.deadline_ns);
	assert_memory_equal(&mdn.clock, &d.mdn.clock, sizeof(mdn.clock));
	assert_memory_equal(&mdn.sent, &d.mdn.sent, sizeof(mdn.sent));
}

static void a_mic_has_two_halves(void **state)
{
	static const struct {
		struct slice text;
		enum status want;
		const char *code;
	} mics[] = {
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, sha-256"), ST_OK, NULL },
		{ S(" 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= ,SHA256 "), ST_OK, NULL },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, \"sha-256\""), ST_OK, NULL },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, sha-256;"), ST_OK, NULL },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, \"sha-256\" ; "), ST_OK, NULL },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, sha-256; x"), ST_NONE,
			"digest.unknown" },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, \"sha-256"), ST_NONE,
			"digest.unknown" },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, \""), ST_NONE, "digest.unknown" },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), ST_INPUT, "mdn.field" },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, sha-512"), ST_INPUT,
			"mdn.field" },
		{ S("?, sha-256"), ST_INPUT, "mdn.field" },
		{ S(", sha-256"), ST_INPUT, "mdn.field" },
		{ S("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZ\r\n G3hSuFU=\r\n\t, sha-256"), ST_OK, NULL },
		{ S("1B2M2Y8AsgTpgAmY7PhCfg==, md5"), ST_NONE, "digest.unknown" },
		{ S("2jmj7l5rSw0yVb/vlWAYkA==, sha1"), ST_INPUT, "mdn.field" },
		{ S(""), ST_INPUT, "mdn.field" },
	};
	struct digest_value none, got;
	struct fault f = { 0 };

	(void)state;
	digest_compute(&none, DIGEST_SHA256, S(""));
	for (size_t i = 0; i < COUNT(mics); i++) {
		expect_fault((const char *)mics[i].text.p, mdn_mic_parse(&got, mics[i].text, &f),
			&f, mics[i].want, mics[i].code);
		if (mics[i].want == ST_OK)
			assert_true(digest_eq(&got, &none));
	}
}

static void people_can_read_it(void **state)
{
	static const char *const lines[] = {
		"018f-1@SUNNY-DER",
		"SUNNY-DER",
		"007909411",
		"2026-11-23T05:14:04.500Z",
		"processed/error: authentication-failed",
		"signature.digest",
		"The document was accepted and stored.",
	};
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = refusal();
	struct fault f = { 0 };
	struct mdn mdn;
	size_t at;

	(void)state;
	make(&r, &d);
	must(open_own(&mdn, &r, &f), &f);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!slice_find(&at, mdn.text, slice_str(lines[i])))
			fail_msg("'%s' is not in: %.*s", lines[i], SLICE_FMT(mdn.text));
}

static void every_digest_is_written(void **state)
{
	(void)state;
	for (enum digest kind = 0; kind < DIGESTS; kind++) {
		AUTO_IN_PLACE(receipt) r = receipt_init();
		struct mdn_draft d = acceptance();
		struct fault f = { 0 };
		struct mdn mdn;

		digest_compute(&d.mdn.mic, kind, S("content"));
		make(&r, &d);
		expect_fault(digest_name(kind), open_own(&mdn, &r, &f), &f, ST_OK, NULL);
		assert_true(mdn.has_mic && digest_eq(&mdn.mic, &d.mdn.mic));
	}
}

/* Ids, explanations and faults come from outside. */
static void no_field_can_add_another(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = refusal();
	struct fault f = { 0 };
	struct mdn mdn;
	size_t at;

	(void)state;
	d.mdn.fault_code = S("x\r\nDisposition: a/b; processed");
	d.explanation = S("line\r\n--end\r\n\x1b[2J\xc3\xa9");
	d.mdn.recipient = S("a\nb");
	make(&r, &d);
	expect_fault("injection", open_own(&mdn, &r, &f), &f, ST_OK, NULL);
	assert_false(mdn_accepts(&mdn));
	expect_slice("injection", "fault", mdn.fault_code, S("x??Disposition: a/b; processed"));
	expect_slice("injection", "recipient", mdn.recipient, S("a?b"));
	assert_false(slice_find_byte(&at, buf_slice(&r.body), 0x1b));
}

static void long_text_is_cut_and_not_refused(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	AUTO_IN_PLACE(buf) text = buf_init(100000);
	struct mdn_draft d = refusal();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	memset(buf_extend(&text, 100000), 'x', 100000);
	d.explanation = buf_slice(&text);
	make(&r, &d);
	expect_fault("long", open_own(&mdn, &r, &f), &f, ST_OK, NULL);
	assert_true(mdn.text.n <= 1024);
}

/* --- what is no receipt ---------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	const char *find, *replace; /* in the body */
	enum status want;
	const char *code;
} tampered[] = {
	{ "a refusal turned into an acceptance", "processed/error: authentication-failed", "processed", ST_AUTH, "signature.digest" },
	{ "another message", "<018f-1@", "<018f-2@", ST_AUTH, "signature.digest" },
	{ "one blank more", "Disposition: automatic", "Disposition:  automatic", ST_AUTH, "signature.digest" },
	{ "the signature is of another type", "application/pkcs7-signature", "application/octet-stream", ST_INPUT, "multipart-signed.signature" },
	{ "the closing boundary is gone", "--\r\n", "\r\n", ST_INPUT, "mime.multipart.unclosed" },
};
/* clang-format on */

/* The last occurrence, so that an outer boundary can be named. */
static void replace(struct buf *body, const char *find, const char *with)
{
	AUTO_IN_PLACE(buf) out = buf_init(RECEIPT_SIZE_MAX);
	struct slice all = buf_slice(body);
	size_t at = 0, n, from = 0;
	bool found = false;

	while (slice_find(&n, slice_from(all, from), slice_str(find))) {
		at = from + n;
		from = at + 1;
		found = true;
	}
	assert_true(found);
	buf_put(&out, slice_to(all, at));
	buf_put_text(&out, with);
	buf_put(&out, slice_from(all, at + strlen(find)));
	buf_clear(body);
	buf_put(body, buf_slice(&out));
}

static void altered_receipts_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tampered); i++) {
		AUTO_IN_PLACE(receipt) r = receipt_init();
		struct mdn_draft d = refusal();
		struct fault f = { 0 };
		struct mdn mdn;

		make(&r, &d);
		replace(&r.body, tampered[i].find, tampered[i].replace);
		expect_fault(tampered[i].name, open_own(&mdn, &r, &f), &f, tampered[i].want,
			tampered[i].code);
	}
}

/* As libas2 signs: over the report less its last line end, which travels all the same. */
static void sign_cut(struct receipt *r, struct receipt *whole)
{
	struct signer signer = signer_of(&parties[UTILITY]);
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	AUTO_IN_PLACE(buf) signature = buf_init(SIGNATURE_SIZE_MAX);
	struct slice part, old, boundary;
	struct digest_value digest;
	struct mime_value type;
	struct fault f = { 0 };
	char name[80];

	must(mime_value_parse(&type, buf_slice(&whole->type), &f), &f);
	boundary = mime_param_get(&type, "boundary");
	must(slice_to_text(name, sizeof(name), boundary, &f), &f);
	must(multipart_signed_parse(
		     &part, &old, &scratch, buf_slice(&whole->body), boundary, &f), &f);
	digest_compute(&digest, DIGEST_SHA256, slice_to(part, part.n - 2));
	must(signature_make(&signature, &digest, &signer, NOW, &f), &f);
	buf_put(&r->type, buf_slice(&whole->type));
	multipart_signed_begin(&r->body, name);
	buf_put(&r->body, part);
	multipart_signed_end(&r->body, name, buf_slice(&signature));
}

static enum status open_cut(struct mdn *mdn, const struct receipt *r, struct fault *f)
{
	const struct cert *signers[] = { parties[UTILITY].sign };
	struct signature_facts facts;

	return mdn_open_cut(mdn, &room, &facts, buf_slice(&r->type), buf_slice(&r->body), signers,
		1, 0, NOW, f);
}

static void a_last_line_end_that_is_not_signed_is_told_apart(void **state)
{
	AUTO_IN_PLACE(receipt) whole = receipt_init(), cut = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&whole, &d);
	sign_cut(&cut, &whole);
	expect_fault("cut, by the rule", open_own(&mdn, &cut, &f), &f, ST_AUTH, "signature.digest");
	expect_fault("cut", open_cut(&mdn, &cut, &f), &f, ST_OK, NULL);
	expect_slice("cut", "id", mdn.original_message_id, d.mdn.original_message_id);
	expect_fault("whole", open_cut(&mdn, &whole, &f), &f, ST_AUTH, "signature.digest");
	cut.body.p[cut.body.n / 4] ^= 1;
	assert_int_not_equal(open_cut(&mdn, &cut, &f), ST_OK);
}

static void the_partner_must_have_signed_it(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&r, &d);
	expect_fault("stranger",
		open_by(&mdn, buf_slice(&r.type), buf_slice(&r.body), &parties[STRANGER], NOW, &f),
		&f, ST_AUTH, "signature.unknown-signer");
	expect_fault("expired",
		open_by(&mdn, buf_slice(&r.type), buf_slice(&r.body), &parties[UTILITY],
			NOW + 400 * 86400 * NS_PER_S, &f),
		&f, ST_AUTH, "cert.expired");
	expect_fault("unsigned",
		open_by(&mdn, S("multipart/report; boundary=b"), S("--b--"), &parties[UTILITY], NOW,
			&f),
		&f, ST_AUTH, "mdn.unsigned");
	expect_fault("web page",
		open_by(&mdn, S("text/html"), S("<h1>502</h1>"), &parties[UTILITY], NOW, &f), &f,
		ST_AUTH, "mdn.unsigned");
	expect_fault("no type", open_by(&mdn, S(""), S(""), &parties[UTILITY], NOW, &f), &f,
		ST_AUTH, "mdn.unsigned");
	expect_fault("broken type",
		open_by(&mdn, S("multipart/signed; boundary"), buf_slice(&r.body),
			&parties[UTILITY], NOW, &f),
		&f, ST_INPUT, "mime.parameter");
	expect_fault("empty body",
		open_by(&mdn, buf_slice(&r.type), S(""), &parties[UTILITY], NOW, &f), &f, ST_INPUT,
		"mime.boundary.missing");
}

/* Pains 15. */
static void a_missing_boundary_is_taken_from_the_body(void **state)
{
	AUTO_IN_PLACE(receipt) r = receipt_init();
	struct mdn_draft d = acceptance();
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	make(&r, &d);
	expect_fault("no boundary",
		open_by(&mdn,
			S("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256"),
			buf_slice(&r.body), &parties[UTILITY], NOW, &f),
		&f, ST_OK, NULL);
	assert_true(mdn_accepts(&mdn));
}

/* --- reports --------------------------------------------------------------------------------- */

#define REPORT_HEAD \
	"Content-Type: multipart/report; report-type=disposition-notification; boundary=r\r\n\r\n--r\r\n"
#define NOTE "Content-Type: message/disposition-notification\r\n\r\n"
#define FIELDS \
	"Final-Recipient: rfc822; b\r\nOriginal-Message-ID: <1@a>\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n"
#define END "\r\n--r--\r\n"
#define MIC_256 "O4bvrm5t2YunRfwvZicNdEUmPaPZ9vUslX8loVLDck0="

/* FIELDS and a MIC. */
#define FIELDS_BASE64 \
	"RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGINCk9yaWdpbmFsLU1lc3NhZ2UtSUQ6IDwxQGE+DQpE\r\n" \
	"aXNwb3NpdGlvbjogYXV0b21hdGljLWFjdGlvbi9NRE4tc2VudC1hdXRvbWF0aWNhbGx5OyBwcm9j\r\n" \
	"ZXNzZWQNClJlY2VpdmVkLUNvbnRlbnQtTUlDOiBPNGJ2cm01dDJZdW5SZnd2WmljTmRFVW1QYVBa\r\n" \
	"OXZVc2xYOGxvVkxEY2swPSwgc2hhLTI1Ng0K\r\n"
#define FIELDS_QUOTED \
	"Final-Recipient: rfc822; b\r\nOriginal-Message-ID: =3C1@a>\r\nDisposition: automatic-action/MDN-se=\r\n" \
	"nt-automatically; processed\r\nReceived-Content-MIC: O4bvrm5t2YunRfwvZicNdEUmPaPZ9vUslX8loVLDck0=3D, =\r\nsha-256\r\n"

/* clang-format off */
static const struct {
	const char *name;
	struct slice part;
	enum status want;
	const char *code;
	bool has_mic;
} reports[] = {
	{ "the least", S(REPORT_HEAD NOTE FIELDS END), ST_OK, NULL, false },
	{ "text without headers before", S(REPORT_HEAD "\r\nreceived\r\n--r\r\n" NOTE FIELDS END), ST_OK, NULL, false },
	{ "the original's headers after", S(REPORT_HEAD NOTE FIELDS "\r\n--r\r\nContent-Type: text/rfc822-headers\r\n\r\nAS2-From: a\r\n" END), ST_OK, NULL, false },
	{ "an empty line before the fields", S(REPORT_HEAD NOTE "\r\n" FIELDS END), ST_OK, NULL, false },
	{ "names in capitals", S("CONTENT-TYPE: MULTIPART/REPORT; BOUNDARY=r\r\n\r\n--r\r\nCONTENT-TYPE: MESSAGE/DISPOSITION-NOTIFICATION\r\n\r\n"
		"FINAL-RECIPIENT: RFC822;b\r\nORIGINAL-MESSAGE-ID: <1@a>\r\nDISPOSITION: AUTOMATIC-ACTION/MDN-SENT-AUTOMATICALLY;processed" END), ST_OK, NULL, false },
	{ "no boundary parameter", S("Content-Type: multipart/report\r\n\r\n--r\r\n" NOTE FIELDS END), ST_OK, NULL, false },
	{ "line feeds alone", S("Content-Type: multipart/report; boundary=r\n\n--r\nContent-Type: message/disposition-notification\n\n"
		"Original-Message-ID: <1@a>\nOriginal-Recipient: rfc822; b\nDisposition: automatic-action/MDN-sent-automatically; processed\n--r--"), ST_OK, NULL, false },
	{ "MIC", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: " MIC_256 ", sha-256" END), ST_OK, NULL, true },
	{ "MIC without blank, other spelling", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: " MIC_256 ",SHA256" END), ST_OK, NULL, true },
	{ "MIC of SHA-1", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: wNh76aEicfBurg/et2wio4zk/2I=, sha1" END), ST_OK, NULL, true },
	{ "MIC of MD5 is none", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: 1B2M2Y8AsgTpgAmY7PhCfg==, md5" END), ST_OK, NULL, false },
	{ "MIC of another length", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: AAAA, sha-256" END), ST_INPUT, "mdn.field", false },
	{ "MIC longer than any", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: " MIC_256 "AAAA, sha-256" END), ST_INPUT, "mdn.field", false },
	{ "a recipient without its kind", S(REPORT_HEAD NOTE "Final-Recipient: b \r\nOriginal-Message-ID: <1@a>\r\nDisposition: a/b; processed" END), ST_OK, NULL, false },
	{ "MIC is not base64", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: *, sha-256" END), ST_INPUT, "mdn.field", false },
	{ "MIC without digest", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: " MIC_256 END), ST_INPUT, "mdn.field", false },
	{ "MIC twice", S(REPORT_HEAD NOTE FIELDS "Received-Content-MIC: " MIC_256 ", sha-256\r\nReceived-Content-MIC: " MIC_256 ", sha-256" END), ST_INPUT, "mdn.field", false },
	{ "no message id", S(REPORT_HEAD NOTE "Disposition: a/b; processed" END), ST_INPUT, "mdn.field", false },
	{ "broken message id", S(REPORT_HEAD NOTE "Original-Message-ID: <1 2>\r\nDisposition: a/b; processed" END), ST_INPUT, "mdn.field", false },
	{ "no disposition", S(REPORT_HEAD NOTE "Original-Message-ID: <1@a>" END), ST_INPUT, "mdn.field", false },
	{ "disposition without type", S(REPORT_HEAD NOTE "Original-Message-ID: <1@a>\r\nDisposition: processed" END), ST_INPUT, "mdn.field", false },
	{ "two dispositions", S(REPORT_HEAD NOTE FIELDS "Disposition: a/b; failed" END), ST_INPUT, "mdn.field", false },
	{ "broken time", S(REPORT_HEAD NOTE FIELDS "Tieline-Received: soon" END), ST_INPUT, "mdn.field", false },
	{ "broken deadline", S(REPORT_HEAD NOTE FIELDS "Tieline-Deadline: soon" END), ST_INPUT, "mdn.field", false },
	{ "broken clock", S(REPORT_HEAD NOTE FIELDS "Tieline-Clock: good" END), ST_INPUT, "mdn.field", false },
	{ "broken clock of the sender", S(REPORT_HEAD NOTE FIELDS "Tieline-Sender-Clock: 2026-11-23T05:14:06Z; x" END), ST_INPUT, "mdn.field", false },
	{ "two clocks", S(REPORT_HEAD NOTE FIELDS "Tieline-Clock: 2026-11-23T05:14:06Z\r\nTieline-Clock: 2026-11-23T05:14:06Z" END), ST_INPUT, "mdn.field", false },
	{ "fields that are none", S(REPORT_HEAD NOTE "processed" END), ST_INPUT, "mime.header.colon", false },
	{ "fields in base64", S(REPORT_HEAD "Content-Transfer-Encoding: Base64\r\n" NOTE FIELDS_BASE64 END), ST_OK, NULL, true },
	{ "fields in base64, line feeds alone", S("Content-Type: multipart/report; boundary=r\n\n--r\ncontent-type: message/disposition-notification\n"
		"content-transfer-encoding: base64\n\n" FIELDS_BASE64 "\n--r--\n"), ST_OK, NULL, true },
	{ "fields quoted-printable", S(REPORT_HEAD "Content-Transfer-Encoding: quoted-printable\r\n" NOTE FIELDS_QUOTED END), ST_OK, NULL, true },
	{ "all parts in base64", S(REPORT_HEAD "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\ncmVjZWl2ZWQ=\r\n--r\r\n"
		"Content-Transfer-Encoding: base64\r\n" NOTE FIELDS_BASE64 END), ST_OK, NULL, true },
	{ "fields in no base64", S(REPORT_HEAD "Content-Transfer-Encoding: base64\r\n" NOTE FIELDS END), ST_INPUT, "mdn.report", false },
	{ "fields that are none, in base64", S(REPORT_HEAD "Content-Transfer-Encoding: base64\r\n" NOTE "cHJvY2Vzc2Vk" END), ST_INPUT, "mime.header.colon", false },
	{ "an encoding that is none", S(REPORT_HEAD "Content-Transfer-Encoding: 7-bit\r\n" NOTE FIELDS END), ST_OK, NULL, false },
	{ "two encodings", S(REPORT_HEAD "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n" NOTE FIELDS END), ST_INPUT, "mdn.report", false },
	{ "no empty line before the fields", S(REPORT_HEAD "Content-Type: message/disposition-notification\r\n" FIELDS END), ST_OK, NULL, false },
	{ "nor any after headers", S(REPORT_HEAD "Content-Type: message/disposition-notification\r\nContent-Transfer-Encoding: 7bit\r\n" FIELDS "\r\n\r\n" END), ST_OK, NULL, false },
	{ "text without headers or an empty line", S(REPORT_HEAD "Your message was received.\r\n--r\r\n" NOTE FIELDS END), ST_OK, NULL, false },
	{ "folded fields, small letters", S(REPORT_HEAD NOTE "final-recipient:\r\n rfc822; b\r\noriginal-message-id:\r\n\t<1@a>\r\ndisposition: automatic-action/\r\n"
		" MDN-sent-automatically;\r\n processed\r\nreceived-content-mic:\r\n " MIC_256 ",\r\n sha-256" END), ST_OK, NULL, true },
	{ "two notifications", S(REPORT_HEAD NOTE FIELDS "\r\n--r\r\n" NOTE FIELDS END), ST_INPUT, "mdn.report", false },
	{ "no notification", S(REPORT_HEAD "Content-Type: text/plain\r\n\r\nprocessed" END), ST_INPUT, "mdn.report", false },
	{ "no parts", S("Content-Type: multipart/report; boundary=r\r\n\r\n--r--"), ST_INPUT, "mdn.report", false },
	{ "not a report", S("Content-Type: text/plain\r\n\r\nprocessed"), ST_INPUT, "mdn.report", false },
	{ "not closed", S(REPORT_HEAD NOTE FIELDS), ST_INPUT, "mime.multipart.unclosed", false },
	{ "no boundary anywhere", S("Content-Type: multipart/report\r\n\r\ntext\r\n--r\r\n" NOTE FIELDS END), ST_INPUT, "mime.boundary.missing", false },
	{ "nothing", S(""), ST_INPUT, "mdn.report", false },
};
/* clang-format on */

static void reports_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reports); i++) {
		struct fault f = { 0 };
		struct mdn mdn;
		enum status got = mdn_report_parse(&mdn, &room, reports[i].part, &f);

		expect_fault(reports[i].name, got, &f, reports[i].want, reports[i].code);
		if (got != ST_OK)
			continue;
		expect_slice(reports[i].name, "id", mdn.original_message_id, S("1@a"));
		expect_slice(reports[i].name, "recipient", mdn.recipient, S("b"));
		expect_slice(reports[i].name, "disposition", mdn.disposition, S("processed"));
		assert_int_equal(mdn.has_mic, reports[i].has_mic);
	}
}

/* People read the text, not its encoding; what is broken they see as it is. */
static void the_text_is_decoded(void **state)
{
	static const struct {
		struct slice part, want;
	} rows[] = {
		{ S(REPORT_HEAD "Content-Transfer-Encoding: base64\r\n\r\nY2Fubm90IGJlIHJlYWQ=\r\n--r\r\n" NOTE FIELDS END), S("cannot be read") },
		{ S(REPORT_HEAD "Content-Type: text/plain; charset=utf-8\r\ncontent-transfer-encoding: QUOTED-PRINTABLE\r\n\r\ncannot be =\r\nread=2E\r\n--r\r\n" NOTE
			FIELDS END), S("cannot be read.") },
		{ S(REPORT_HEAD NOTE FIELDS "\r\n--r\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n--r--"), S("*") },
		{ S(REPORT_HEAD "Sorry.\r\n--r\r\n" NOTE FIELDS END), S("Sorry.") },
	};
	struct fault f = { 0 };
	struct mdn mdn;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		must(mdn_report_parse(&mdn, &room, rows[i].part, &f), &f);
		expect_slice("text", "text", mdn.text, rows[i].want);
		expect_slice("text", "id", mdn.original_message_id, S("1@a"));
	}
}

/* clang-format off */
static const struct {
	struct slice disposition;
	bool accepts;
} dispositions[] = {
	{ S("processed"), true },
	{ S("Processed"), true },
	{ S("processed/warning: duplicate-document"), true },
	{ S("processed/Warning: x"), true },
	{ S("processed / warning: x"), true },
	{ S("processed/error: authentication-failed"), false },
	{ S("processed/Error: decryption-failed"), false },
	{ S("processed/failure: x"), false },
	{ S("failed/Failure: unsupported format"), false },
	{ S("failed"), false },
	{ S("displayed"), false },
	{ S("processedx"), false },
	{ S(""), false },
};
/* clang-format on */

static void only_processed_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dispositions); i++) {
		struct mdn mdn = { .disposition = dispositions[i].disposition };

		if (mdn_accepts(&mdn) != dispositions[i].accepts)
			fail_msg("%.*s", SLICE_FMT(dispositions[i].disposition));
	}
}

/* --- real receipts ------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct {
	const char *name, *file, *cert;
	bool restore_line_ends; /* the file went through a text filter */
	int64_t now_s;
	enum status want;
	const char *code;
	const char *id, *disposition, *recipient;
	bool has_mic;
} real[] = {
	{ "mendelson, signed with SHA-1 and an older key", PYAS2 "mecas2_signed.mdn", PYAS2 "cert_mecas2_public.pem", false, 1577836800,
	  ST_AUTH, "signature.unknown-signer", "20161230102456.10748.40759@imac.local", "processed", "mecas2", true },
	{ "Sterling, signed with SHA-1", PYAS2 "sb2bi_signed.mdn", PYAS2 "cert_sb2bi_public.pem", false, 1517000000,
	  ST_AUTH, "signature.algorithm.sha-1", "151694007918.24690.7052273208458909245@ip-172-31-14-209.ec2.internal", "processed", "MCLANECOAS2PRD", true },
	{ "mendelson, not signed", PYAS2 "mecas2_unsigned.mdn", PYAS2 "cert_mecas2_public.pem", false, 1577836800,
	  ST_AUTH, "mdn.unsigned", "20161230102316.10728.85252@imac.local", "processed/error: authentication-failed", "mecas2", false },
	{ "as2testing, signed with SHA-256", LIBAS2 "mdn.signed.txt", LIBAS2 "as2testing.cer", true, 1591027971,
	  ST_OK, NULL, "51dac186-d7d2-8440-392e-d9153a830125@DESKTOP-BTP8V2E", "processed", "as2testing", true },
};
/* clang-format on */

static void crlf_restore(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_put_u8(out, '\r');
		buf_put_u8(out, text.p[i]);
	}
}

static void read_real(struct buf *out, int dir, const char *name, bool restore)
{
	AUTO_IN_PLACE(buf) raw = buf_init(1 << 20);
	struct fault f = { 0 };

	must(file_read(&raw, dir, name, &f), &f);
	if (restore)
		crlf_restore(out, buf_slice(&raw));
	else
		buf_put(out, buf_slice(&raw));
}

/* The report, with its signature left aside. */
static void report_of(struct mdn *mdn, struct buf *scratch, const char *name, struct slice file,
	struct slice type_text, struct slice body)
{
	struct slice report = file, signature;
	struct mime_value type;
	struct fault f = { 0 };

	must(mime_value_parse(&type, type_text, &f), &f);
	if (multipart_signed_is(&type))
		expect_fault(name,
			multipart_signed_parse(&report, &signature, scratch, body,
				mime_param_get(&type, "boundary"), &f),
			&f, ST_OK, NULL);
	expect_fault(name, mdn_report_parse(mdn, &room, report, &f), &f, ST_OK, NULL);
}

static void real_receipt(size_t i, int dir)
{
	AUTO_IN_PLACE(buf) file = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) pem = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	AUTO(cert) cert = NULL;
	struct mime_headers headers;
	struct signature_facts facts;
	const struct cert *signers[1];
	struct slice body, type;
	struct fault f = { 0 };
	struct mdn mdn;

	read_real(&file, dir, real[i].file, real[i].restore_line_ends);
	read_real(&pem, dir, real[i].cert, false);
	must(cert_parse_pem(&cert, buf_slice(&pem), &f), &f);
	signers[0] = cert;
	must(mime_headers_parse(&headers, &body, buf_slice(&file), &f), &f);
	must(mime_header_find(&type, &headers, "Content-Type", &f), &f);
	expect_fault(real[i].name,
		mdn_open(&mdn, &room, &facts, type, body, signers, 1, ALG_BIT(ALG_RSA_SIGN),
			real[i].now_s * NS_PER_S, &f),
		&f, real[i].want, real[i].code);
	report_of(&mdn, &scratch, real[i].name, buf_slice(&file), type, body);
	expect_slice(real[i].name, "id", mdn.original_message_id, slice_str(real[i].id));
	expect_slice(real[i].name, "disposition", mdn.disposition, slice_str(real[i].disposition));
	expect_slice(real[i].name, "recipient", mdn.recipient, slice_str(real[i].recipient));
	assert_int_equal(mdn.has_mic, real[i].has_mic);
	assert_true(mdn.text.n > 0);
}

static void real_receipts_are_read(void **state)
{
	AUTO_FD dir = shared_data_open("as2");

	(void)state;
	if (dir < 0) {
		print_message(
			"skipped: %zu real receipts (set TIELINE_SHARED_DATA)\n", COUNT(real));
		skip();
	}
	for (size_t i = 0; i < COUNT(real); i++)
		real_receipt(i, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acceptance_is_read_back),
		cmocka_unit_test(an_id_is_copied_as_it_came),
		cmocka_unit_test(a_refusal_is_read_back),
		cmocka_unit_test(a_kept_receipt_is_read_without_verifying),
		cmocka_unit_test(what_was_tolerated_is_said),
		cmocka_unit_test(lateness_goes_round),
		cmocka_unit_test(a_mic_has_two_halves),
		cmocka_unit_test(people_can_read_it),
		cmocka_unit_test(every_digest_is_written),
		cmocka_unit_test(no_field_can_add_another),
		cmocka_unit_test(long_text_is_cut_and_not_refused),
		cmocka_unit_test(altered_receipts_are_refused),
		cmocka_unit_test(a_last_line_end_that_is_not_signed_is_told_apart),
		cmocka_unit_test(the_partner_must_have_signed_it),
		cmocka_unit_test(a_missing_boundary_is_taken_from_the_body),
		cmocka_unit_test(reports_are_read),
		cmocka_unit_test(the_text_is_decoded),
		cmocka_unit_test(only_processed_accepts),
		cmocka_unit_test(real_receipts_are_read),
	};

	room = mdn_room_init();
	int failed = cmocka_run_group_tests(tests, parties_make, parties_free);
	mdn_room_done(&room);
	return failed;
}
