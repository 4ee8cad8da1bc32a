/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts for the envelope process: made for what came in, verified for what went out.
 * Refused: a receipt that is not signed by the partner, and a report without its message id or
 * disposition. RFC 4130 7, RFC 8098, RFC 6522 (multipart/report), RFC 1847.
 */
#include "bindings/mdn.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "bindings/multipart_signed.h"

#define LINE_TEXT_MAX 900 /* bytes of foreign text on one line: RFC 5322 allows 998 */
#define AUTOMATIC "automatic-action/MDN-sent-automatically"

/* --- making --------------------------------------------------------------------- */

/* Whatever a field is filled from, it stays one line of ASCII. */
static void whole_put(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_put_u8(out, text.p[i] >= ' ' && text.p[i] < 0x7f ? text.p[i] : '?');
}

static void clean_put(struct buf *out, struct slice text)
{
	whole_put(out, slice_to(text, LINE_TEXT_MAX));
}

static void line_put(struct buf *out, const char *label, struct slice value, const char *after)
{
	buf_put_text(out, label);
	clean_put(out, value);
	buf_put_text(out, after);
}

static void text_line_put(struct buf *out, const char *label, struct slice value)
{
	if (value.n > 0)
		line_put(out, label, value, "\r\n");
}

static void human_put(struct buf *out, const struct mdn_draft *d)
{
	char at[TIME_TEXT_MAX];
	int64_t received = d->mdn.received_ns != 0 ? d->mdn.received_ns : d->now_ns;

	buf_put_text(out,
		"Content-Type: text/plain; charset=us-ascii\r\n"
		"Content-Transfer-Encoding: 7bit\r\n"
		"\r\n");
	text_line_put(out, "Message:  ", d->mdn.original_message_id);
	text_line_put(out, "From:     ", d->from);
	text_line_put(out, "To:       ", d->to);
	text_line_put(out, "Received: ", slice_str(time_format(at, received)));
	text_line_put(out, "Result:   ", d->mdn.disposition);
	text_line_put(out, "Fault:    ", d->mdn.fault_code);
	text_line_put(out, "\r\n", d->explanation);
}

static void mic_put(struct buf *out, const struct mdn *mdn)
{
	if (!mdn->has_mic)
		return;
	buf_put_text(out, "Received-Content-MIC: ");
	base64_format(out, digest_slice(&mdn->mic), 0);
	buf_putf(out, ", %s\r\n", digest_name(mdn->mic.kind));
}

static void agent_put(struct buf *out, struct slice agent)
{
	line_put(out, "Reporting-UA: ", agent.n > 0 ? agent : S(AS2_PRODUCT ":" TIELINE_VERSION),
		"\r\n");
}

static void time_put(struct buf *out, const char *label, int64_t at_ns)
{
	char at[TIME_TEXT_MAX];

	if (at_ns != 0)
		line_put(out, label, slice_str(time_format(at, at_ns)), "\r\n");
}

static void clock_put(struct buf *out, const char *label, const struct clock_said *said)
{
	char text[CLOCK_SAID_MAX];

	if (said->at_ns != 0)
		line_put(out, label, slice_str(clock_said_format(text, said)), "\r\n");
}

static void times_put(struct buf *out, const struct mdn *mdn)
{
	time_put(out, "Tieline-Received: ", mdn->received_ns);
	clock_put(out, "Tieline-Clock: ", &mdn->clock);
	time_put(out, "Tieline-Deadline: ", mdn->deadline_ns);
	clock_put(out, "Tieline-Sender-Clock: ", &mdn->sent);
}

/* Quoted as in AS2-To (RFC 4130 7.4.3). */
static void recipient_put(struct buf *out, const char *field, struct slice name)
{
	AUTO_IN_PLACE(buf) clean = buf_init(LINE_TEXT_MAX);

	clean_put(&clean, name);
	buf_putf(out, "%s: rfc822; ", field);
	as2_name_put(out, buf_slice(&clean));
	buf_put_text(out, "\r\n");
}

/* Exactly as the message had it, brackets or none, however long (rfc4130bis). */
static void original_put(struct buf *out, const struct mdn_draft *d)
{
	buf_put_text(out, d->id_is_bare ? "Original-Message-ID: " : "Original-Message-ID: <");
	whole_put(out, d->mdn.original_message_id);
	buf_put_text(out, d->id_is_bare ? "\r\n" : ">\r\n");
}

static void fields_put(struct buf *out, const struct mdn_draft *d)
{
	const struct mdn *mdn = &d->mdn;

	buf_put_text(out,
		"Content-Type: message/disposition-notification\r\n"
		"Content-Transfer-Encoding: 7bit\r\n"
		"\r\n");
	agent_put(out, mdn->reporting_agent);
	recipient_put(out, "Original-Recipient", mdn->recipient);
	recipient_put(out, "Final-Recipient", mdn->recipient);
	original_put(out, d);
	line_put(out, "Disposition: " AUTOMATIC "; ", mdn->disposition, "\r\n");
	mic_put(out, mdn);
	times_put(out, mdn);
	text_line_put(out, "Tieline-Fault: ", mdn->fault_code);
	text_line_put(out, "Tieline-Tolerated: ", mdn->tolerated);
}

static void report_type_put(struct buf *out, const char *boundary)
{
	buf_putf(out,
		"multipart/report; report-type=disposition-notification; boundary=\"%s\"",
		boundary);
}

static void report_put(struct buf *out, const struct mdn_draft *d, const char *boundary)
{
	buf_putf(out, "--%s\r\n", boundary);
	human_put(out, d);
	buf_putf(out, "\r\n--%s\r\n", boundary);
	fields_put(out, d);
	buf_putf(out, "\r\n--%s--\r\n", boundary);
}

static enum status unsigned_make(
	struct buf *content_type, struct buf *body, const struct mdn_draft *d, struct fault *f)
{
	char boundary[MIME_BOUNDARY_TEXT_MAX];

	mime_boundary_new(boundary);
	report_type_put(content_type, boundary);
	report_put(body, d, boundary);
	TRY(buf_check(content_type, f));
	return buf_check(body, f);
}

enum status mdn_make(struct buf *content_type, struct buf *body, const struct mdn_draft *d,
	const struct signer *signer, struct fault *f)
{
	AUTO_IN_PLACE(buf) signature = buf_init(SIGNATURE_SIZE_MAX);
	char boundary[MIME_BOUNDARY_TEXT_MAX], inner[MIME_BOUNDARY_TEXT_MAX];
	struct digest_value digest;
	size_t at;

	if (!signer)
		return unsigned_make(content_type, body, d, f);
	mime_boundary_new(boundary);
	mime_boundary_new(inner);
	multipart_signed_type(content_type, boundary, d->digest);
	multipart_signed_begin(body, boundary);
	at = body->n;
	buf_put_text(body, "Content-Type: ");
	report_type_put(body, inner);
	buf_put_text(body, "\r\n\r\n");
	report_put(body, d, inner);
	TRY(buf_check(body, f));
	digest_compute(&digest, d->digest, slice_from(buf_slice(body), at));
	TRY(signature_make(&signature, &digest, signer, d->now_ns, f));
	multipart_signed_end(body, boundary, buf_slice(&signature));
	TRY(buf_check(content_type, f));
	return buf_check(body, f);
}

/* --- reading: the fields ----------------------------------------------------------- */

static enum status field_fault(const char *name, const char *why, struct fault *f)
{
	return fault_set(f, ST_INPUT, "mdn.field", "%s: %s", name, why);
}

/* Empty when missing. */
NODISCARD static enum status field_get(
	struct slice *out, const struct mime_headers *fields, const char *name, struct fault *f)
{
	if (mime_header_get(out, fields, name, NULL) != ST_OK)
		return field_fault(name, "given twice", f);
	return ST_OK;
}

/* What follows the first ';' of "rfc822; name" or "automatic-action/...; processed". */
static struct slice after_semicolon(struct slice value)
{
	struct slice before, after;

	return slice_cut(&before, &after, value, ';') ? slice_trim(after) : (struct slice){ 0 };
}

/* Some products leave "rfc822;" out. */
static struct slice address_of(struct slice value)
{
	size_t at;

	return slice_find_byte(&at, value, ';') ? after_semicolon(value) : slice_trim(value);
}

NODISCARD static enum status message_id_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	struct fault why = { 0 };
	struct slice value;

	TRY(field_get(&value, fields, "Original-Message-ID", f));
	if (value.n == 0)
		return field_fault("Original-Message-ID", "missing", f);
	if (message_id_parse(&out->original_message_id, value, &why) != ST_OK)
		return field_fault("Original-Message-ID", why.text, f);
	return ST_OK;
}

NODISCARD static enum status recipient_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	struct slice final, original;

	TRY(field_get(&final, fields, "Final-Recipient", f));
	TRY(field_get(&original, fields, "Original-Recipient", f));
	out->recipient = address_of(final.n > 0 ? final : original);
	return ST_OK;
}

NODISCARD static enum status disposition_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	struct slice value;

	TRY(field_get(&value, fields, "Disposition", f));
	if (value.n == 0)
		return field_fault("Disposition", "missing", f);
	out->disposition = after_semicolon(value);
	if (out->disposition.n == 0)
		return field_fault("Disposition", "no type after the mode", f);
	return ST_OK;
}

NODISCARD static enum status mic_value_read(
	struct digest_value *mic, struct slice text, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(DIGEST_BYTES_MAX);
	struct digest_value sample;

	if (base64_parse(&bytes, text, NULL) != ST_OK || buf_check(&bytes, NULL) != ST_OK)
		return field_fault("Received-Content-MIC", "not base64", f);
	digest_compute(&sample, mic->kind, (struct slice){ 0 });
	if (bytes.n != sample.n)
		return field_fault(
			"Received-Content-MIC", "its length is not that of its digest", f);
	mic->n = bytes.n;
	for (size_t i = 0; i < bytes.n; i++)
		mic->bytes[i] = bytes.p[i];
	return ST_OK;
}

/* Products write "sha-256" in quotes, and the end of a parameter list after it. */
static struct slice mic_name(struct slice text)
{
	struct slice name, rest;

	if (slice_cut(&name, &rest, text, ';') && slice_trim(rest).n > 0)
		return text;
	name = slice_trim(name);
	if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = slice_sub(name, 1, name.n - 2);
	return name;
}

enum status mdn_mic_parse(struct digest_value *out, struct slice text, struct fault *f)
{
	struct digest_value mic = { 0 };
	struct slice value, name;

	if (!slice_cut(&value, &name, text, ','))
		return field_fault("Received-Content-MIC", "no digest named", f);
	TRY(digest_parse_read(&mic.kind, mic_name(name), f));
	TRY(mic_value_read(&mic, value, f));
	*out = mic;
	return ST_OK;
}

/* A refusal may well carry a MIC of some old digest: it is no MIC to us, and no reason to lose the
 * refusal. */
NODISCARD static enum status mic_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	struct slice value;

	TRY(field_get(&value, fields, "Received-Content-MIC", f));
	if (value.n == 0)
		return ST_OK;
	enum status st = mdn_mic_parse(&out->mic, value, f);
	if (st == ST_NONE)
		out->odd_mic = value;
	if (st == ST_NONE)
		return ST_OK;
	TRY(st);
	out->has_mic = true;
	return ST_OK;
}

NODISCARD static enum status time_read(
	int64_t *at_ns, const struct mime_headers *fields, const char *name, struct fault *f)
{
	struct fault why = { 0 };
	struct slice value;

	TRY(field_get(&value, fields, name, f));
	if (value.n > 0 && time_parse(at_ns, value, &why) != ST_OK)
		return field_fault(name, why.text, f);
	return ST_OK;
}

NODISCARD static enum status clock_read(
	struct clock_said *out, const struct mime_headers *fields, const char *name,
	struct fault *f)
{
	struct fault why = { 0 };
	struct slice value;

	TRY(field_get(&value, fields, name, f));
	if (value.n > 0 && clock_said_parse(out, value, &why) != ST_OK)
		return field_fault(name, why.text, f);
	return ST_OK;
}

NODISCARD static enum status times_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	TRY(time_read(&out->received_ns, fields, "Tieline-Received", f));
	TRY(clock_read(&out->clock, fields, "Tieline-Clock", f));
	TRY(time_read(&out->deadline_ns, fields, "Tieline-Deadline", f));
	return clock_read(&out->sent, fields, "Tieline-Sender-Clock", f);
}

NODISCARD static enum status fields_read(
	struct mdn *out, const struct mime_headers *fields, struct fault *f)
{
	TRY(message_id_read(out, fields, f));
	TRY(recipient_read(out, fields, f));
	TRY(disposition_read(out, fields, f));
	TRY(mic_read(out, fields, f));
	TRY(times_read(out, fields, f));
	TRY(field_get(&out->reporting_agent, fields, "Reporting-UA", f));
	return field_get(&out->fault_code, fields, "Tieline-Fault", f);
}

/* --- reading: the report -------------------------------------------------------------- */

struct mdn_room mdn_room_init(void)
{
	return (struct mdn_room){ .fields = buf_init(RECEIPT_SIZE_MAX),
		.text = buf_init(RECEIPT_SIZE_MAX) };
}

void mdn_room_done(struct mdn_room *room)
{
	buf_done(&room->fields);
	buf_done(&room->text);
}

/* Some products begin the fields with an empty line. */
static struct slice skip_line_ends(struct slice body)
{
	while (body.n > 0 && (body.p[0] == '\r' || body.p[0] == '\n'))
		body = slice_from(body, 1);
	return body;
}

/* An encoding that nobody has heard of, as "7-bit", is none: what is not readable then is told. */
NODISCARD static enum status part_content(struct slice *out, struct buf *room,
	const struct mime_headers *headers, struct slice body, struct fault *f)
{
	struct fault why = { 0 };
	enum status st = mime_content(out, room, headers, body, &why);

	if (st != ST_OK && strcmp(why.code, "mime.encoding") == 0) {
		*out = body;
		return ST_OK;
	}
	return st == ST_OK ? ST_OK
			   : fault_set(f, ST_INPUT, "mdn.report",
				     "its message/disposition-notification cannot be decoded: %s",
				     why.text);
}

/* Some products forget the empty line between the headers of the part and its fields. */
NODISCARD static enum status notification_read(struct mdn *out, struct mdn_room *room,
	const struct mime_headers *headers, struct slice body, struct fault *f)
{
	struct mime_headers fields;
	struct slice content, rest;

	if (slice_trim(body).n == 0)
		return fields_read(out, headers, f);
	TRY(part_content(&content, &room->fields, headers, body, f));
	TRY(mime_headers_parse(&fields, &rest, skip_line_ends(content), f));
	return fields_read(out, &fields, f);
}

static bool is_notification(const struct mime_value *type)
{
	return mime_main_is(type, "message/disposition-notification");
}

/* A part without a type is text (RFC 2045 5.2). */
static bool is_text(const struct mime_value *type)
{
	return type->main.n == 0 || mime_main_is(type, "text/plain");
}

/* For people: what cannot be decoded is shown as it is. */
static void text_read(struct mdn *out, struct mdn_room *room, const struct mime_headers *headers,
	struct slice body)
{
	struct slice text;

	if (out->text.n > 0)
		return;
	if (mime_content(&text, &room->text, headers, body, NULL) != ST_OK)
		text = body;
	out->text = slice_to(slice_trim(text), MDN_TEXT_MAX);
}

/* Text may come without headers, and then without the empty line that would end them. */
NODISCARD static enum status part_split(
	struct mime_headers *headers, struct slice *body, struct slice part, struct fault *f)
{
	bool is_bare;

	if (mime_entity_parse(headers, body, &is_bare, part, NULL) == ST_OK)
		return ST_OK;
	return mime_headers_parse(headers, body, part, f);
}

/* *found: this part is the notification. */
NODISCARD static enum status report_part_read(struct mdn *out, struct mdn_room *room, bool *found,
	struct slice part, struct fault *f)
{
	struct mime_headers headers;
	struct mime_value type;
	struct slice text, body;

	TRY(part_split(&headers, &body, part, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	if (is_text(&type))
		text_read(out, room, &headers, body);
	if (!is_notification(&type))
		return ST_OK;
	if (*found)
		return fault_set(
			f, ST_INPUT, "mdn.report", "more than one disposition-notification");
	*found = true;
	return notification_read(out, room, &headers, body, f);
}

NODISCARD static enum status report_read(struct mdn *out, struct mdn_room *room,
	const struct mime_value *type, struct slice body, struct fault *f)
{
	struct slice parts[MIME_PARTS_MAX];
	bool found = false;
	size_t count;

	buf_clear(&room->fields);
	buf_clear(&room->text);
	TRY(mime_multipart_parse(parts, &count, body, mime_boundary_of(type, body), f));
	for (size_t i = 0; i < count; i++)
		TRY(report_part_read(out, room, &found, parts[i], f));
	if (!found)
		return fault_set(f, ST_INPUT, "mdn.report",
			"a report without message/disposition-notification");
	return ST_OK;
}

enum status mdn_report_parse(
	struct mdn *out, struct mdn_room *room, struct slice part, struct fault *f)
{
	struct mime_headers headers;
	struct mime_value type;
	struct slice text, body;
	struct mdn mdn = { 0 };

	TRY(mime_headers_parse(&headers, &body, part, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	if (!mime_main_is(&type, "multipart/report"))
		return fault_set(f, ST_INPUT, "mdn.report",
			"signed content is '%.*s', want multipart/report",
			SLICE_FMT(slice_to(type.main, 60)));
	TRY(report_read(&mdn, room, &type, body, f));
	*out = mdn;
	return ST_OK;
}

enum status mdn_signed_parts(struct slice *part, struct slice *signature,
	struct buf *scratch, struct slice content_type, struct slice body, struct fault *f)
{
	struct mime_value type;

	TRY(mime_value_parse(&type, content_type, f));
	if (!multipart_signed_is(&type))
		return fault_set(f, ST_AUTH, "mdn.unsigned",
			"answer is '%.*s', want a signed receipt",
			SLICE_FMT(slice_to(type.main, 60)));
	return multipart_signed_parse(
		part, signature, scratch, body, mime_boundary_of(&type, body), f);
}

static bool ends_with(struct slice s, struct slice end)
{
	return s.n >= end.n && slice_eq(slice_from(s, s.n - end.n), end);
}

/* `left_out` was not signed, though it travels at the end. */
NODISCARD static enum status signed_read(struct mdn *out, struct mdn_room *room,
	struct signature_facts *facts, struct slice content_type, struct slice body,
	const struct cert *const *signers, size_t signer_count, unsigned algorithms,
	int64_t now_ns, struct slice left_out, struct fault *f)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts signed_by;
	struct slice part, signature;

	TRY(mdn_signed_parts(&part, &signature, &scratch, content_type, body, f));
	if (!ends_with(part, left_out))
		return fault_set(f, ST_AUTH, "signature.digest", "no line end is at its end");
	part = slice_to(part, part.n - left_out.n);
	TRY(signature_check(
		&signed_by, signature, part, signers, signer_count, algorithms, now_ns, f));
	TRY(mdn_report_parse(out, room, part, f));
	*facts = signed_by;
	return ST_OK;
}

enum status mdn_open(struct mdn *out, struct mdn_room *room, struct signature_facts *facts,
	struct slice content_type, struct slice body, const struct cert *const *signers,
	size_t signer_count, unsigned algorithms, int64_t now_ns, struct fault *f)
{
	return signed_read(out, room, facts, content_type, body, signers, signer_count, algorithms,
		now_ns, S(""), f);
}

enum status mdn_open_cut(struct mdn *out, struct mdn_room *room, struct signature_facts *facts,
	struct slice content_type, struct slice body, const struct cert *const *signers,
	size_t signer_count, unsigned algorithms, int64_t now_ns, struct fault *f)
{
	return signed_read(out, room, facts, content_type, body, signers, signer_count, algorithms,
		now_ns, S("\r\n"), f);
}

enum status mdn_open_unsigned(struct mdn *out, struct mdn_room *room, struct slice content_type,
	struct slice body, struct fault *f)
{
	struct mime_value type;
	struct mdn mdn = { 0 };

	TRY(mime_value_parse(&type, content_type, f));
	if (!mime_main_is(&type, "multipart/report"))
		return fault_set(f, ST_INPUT, "mdn.report", "answer is '%.*s', want a receipt",
			SLICE_FMT(slice_to(type.main, 60)));
	TRY(report_read(&mdn, room, &type, body, f));
	*out = mdn;
	return ST_OK;
}

enum status mdn_read(struct mdn *out, struct mdn_room *room, struct slice content_type,
	struct slice body, struct fault *f)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	struct slice part, signature;
	struct mime_value type;

	TRY(mime_value_parse(&type, content_type, f));
	if (!multipart_signed_is(&type))
		return mdn_open_unsigned(out, room, content_type, body, f);
	TRY(multipart_signed_parse(
		&part, &signature, &scratch, body, mime_boundary_of(&type, body), f));
	return mdn_report_parse(out, room, part, f);
}

enum receipt_form mdn_wish(const struct as2_head *head)
{
	struct slice option, name, value, rest = head->disposition_options;

	if (head->disposition_to.n == 0)
		return RECEIPT_NONE;
	while (rest.n > 0) {
		slice_cut(&option, &rest, rest, ';');
		if (slice_cut(&name, &value, option, '=') &&
			slice_eq_nocase(slice_trim(name), S("signed-receipt-protocol")))
			return RECEIPT_SIGNED;
	}
	return RECEIPT_UNSIGNED;
}

/* False: it was not processed.  *modifier: what follows, empty when nothing does. */
static bool was_processed(struct slice *modifier, const struct mdn *mdn)
{
	struct slice kind, rest;

	slice_cut(&kind, &rest, mdn->disposition, '/');
	*modifier = slice_trim(rest);
	return slice_eq_nocase(slice_trim(kind), S("processed"));
}

bool mdn_warns(const struct mdn *mdn)
{
	struct slice modifier;

	return was_processed(&modifier, mdn) && slice_has_prefix_nocase(modifier, S("warning"));
}

/* processed, and processed/warning: ...; never processed/error, processed/failure or failed. */
bool mdn_accepts(const struct mdn *mdn)
{
	struct slice modifier;

	return was_processed(&modifier, mdn) && (modifier.n == 0 || mdn_warns(mdn));
}

bool mdn_wished_later(const struct as2_head *head)
{
	return mdn_wish(head) != RECEIPT_NONE && head->receipt_delivery.n > 0;
}

void mdn_head_format(struct buf *out, struct slice from, struct slice to, int64_t now_ns)
{
	char date[MAIL_DATE_MAX];

	buf_put_text(out, AS2_ANNOUNCED "AS2-From: ");
	as2_name_put(out, from);
	buf_put_text(out, "\r\nAS2-To: ");
	as2_name_put(out, to);
	buf_put_text(out, "\r\nMessage-ID: <");
	message_id_new(out, from, now_ns);
	buf_putf(out, ">\r\nDate: %s\r\nMIME-Version: 1.0\r\n", mail_date_format(date, now_ns));
}

/* --- recognising ------------------------------------------------------------------------ */

static bool type_is_report(struct slice content_type)
{
	struct mime_value type;

	return mime_value_parse(&type, content_type, NULL) == ST_OK &&
		mime_main_is(&type, "multipart/report") &&
		slice_eq_nocase(mime_param_get(&type, "report-type"),
			S("disposition-notification"));
}

bool mdn_is(struct slice content_type, struct slice body)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	struct slice part, signature, content, inner;
	struct mime_headers headers;
	struct mime_value type;

	if (type_is_report(content_type))
		return true;
	return mime_value_parse(&type, content_type, NULL) == ST_OK && multipart_signed_is(&type) &&
		multipart_signed_parse(
			&part, &signature, &scratch, body, mime_boundary_of(&type, body), NULL) ==
			ST_OK &&
		mime_headers_parse(&headers, &content, part, NULL) == ST_OK &&
		mime_header_get(&inner, &headers, "Content-Type", NULL) == ST_OK &&
		type_is_report(inner);
}
