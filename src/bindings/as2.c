/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS2 messages for the envelope process: made and opened in memory, one copy of the document each
 * way.  Refused: what is not sealed, not signed, not from and for whom the connection says, or not
 * for the area of its URL; more than one document; every bit of unsigned content.  RFC 4130,
 * rfc4130bis, RFC 5083, RFC 8551.
 *
 * What as2_seal writes, from the outside in:
 *
 *   HTTP   AS2-Version, AS2-From, AS2-To, Message-ID, ... Content-Type: application/pkcs7-mime
 *   CMS    AuthEnvelopedData (or EnvelopedData where agreed), DER, of:
 *   MIME   multipart/signed
 *            1  the part that the MIC covers: Content-Type and -Disposition, Tieline-Area,
 *               -From, -To, -Message-ID, an empty line, the document's own bytes
 *            2  application/pkcs7-signature, base64
 */
#include "bindings/as2.h"

#include <string.h>

#include "base/clock.h"
#include "bindings/filename.h"
#include "bindings/multipart_signed.h"
#include "documents/media_type.h"

#define ENTITY_OVERHEAD_MAX \
	(2 * SIGNATURE_SIZE_MAX + 2 * MIME_HEADER_SIZE_MAX) /* bytes around a document */
#define FILENAME_DECODED_MAX 4096

/* --- the head ------------------------------------------------------------------ */

enum head_field {
	HEAD_FROM,
	HEAD_TO,
	HEAD_MESSAGE_ID,
	HEAD_CONTENT_TYPE,
	HEAD_VERSION,
	HEAD_CONTENT_ENCODING,
	HEAD_SUBJECT,
	HEAD_DISPOSITION_TO,
	HEAD_DISPOSITION_OPTIONS,
	HEAD_RECEIPT_DELIVERY,
	HEAD_FIELDS,
};

static const struct {
	const char *name;
	bool required;
} head_fields[HEAD_FIELDS] = {
	[HEAD_FROM] = { "AS2-From", true },
	[HEAD_TO] = { "AS2-To", true },
	[HEAD_MESSAGE_ID] = { "Message-ID", true },
	[HEAD_CONTENT_TYPE] = { "Content-Type", true },
	[HEAD_VERSION] = { "AS2-Version", false },
	[HEAD_CONTENT_ENCODING] = { "Content-Transfer-Encoding", false },
	[HEAD_SUBJECT] = { "Subject", false },
	[HEAD_DISPOSITION_TO] = { "Disposition-Notification-To", false },
	[HEAD_DISPOSITION_OPTIONS] = { "Disposition-Notification-Options", false },
	[HEAD_RECEIPT_DELIVERY] = { "Receipt-Delivery-Option", false },
};

NODISCARD static enum status head_value(struct slice *out, const struct mime_headers *headers,
	enum head_field field, struct fault *f)
{
	TRY(mime_header_get(out, headers, head_fields[field].name, f));
	if (out->n == 0 && head_fields[field].required)
		return fault_set(f, ST_INPUT, "as2.header.missing", "header %s is missing",
			head_fields[field].name);
	return ST_OK;
}

/* Quotes are for names with blanks (RFC 4130 6.2); ours have none, but a partner may quote any. */
NODISCARD static enum status party_read(struct slice *party, enum head_field field, struct fault *f)
{
	struct fault why;

	if (party->n >= 2 && party->p[0] == '"' && party->p[party->n - 1] == '"')
		*party = slice_sub(*party, 1, party->n - 2);
	if (party_id_check(*party, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "as2.header.syntax", "header %s: %s",
			head_fields[field].name, why.text);
	return ST_OK;
}

/* rfc4130bis: never refuse a 1.x. */
NODISCARD static enum status version_read(struct slice *version, struct fault *f)
{
	uint64_t minor;

	if (version->n == 0)
		*version = S("1.0");
	if (slice_has_prefix(*version, S("1.")) &&
		slice_u64(&minor, slice_from(*version, 2), NULL) == ST_OK)
		return ST_OK;
	return fault_set(f, ST_INPUT, "as2.version", "AS2-Version '%.*s', want 1.x",
		SLICE_FMT(slice_to(*version, 20)));
}

NODISCARD static enum status head_values_check(struct slice values[HEAD_FIELDS], struct fault *f)
{
	TRY(version_read(&values[HEAD_VERSION], f));
	TRY(party_read(&values[HEAD_FROM], HEAD_FROM, f));
	TRY(party_read(&values[HEAD_TO], HEAD_TO, f));
	return message_id_parse(&values[HEAD_MESSAGE_ID], values[HEAD_MESSAGE_ID], f);
}

enum status as2_head_parse(struct as2_head *out, struct slice block, struct fault *f)
{
	struct slice values[HEAD_FIELDS], rest;
	struct mime_headers headers;

	TRY(mime_headers_parse(&headers, &rest, block, f));
	for (enum head_field i = 0; i < HEAD_FIELDS; i++)
		TRY(head_value(&values[i], &headers, i, f));
	TRY(head_values_check(values, f));
	*out = (struct as2_head){
		.from = values[HEAD_FROM],
		.to = values[HEAD_TO],
		.message_id = values[HEAD_MESSAGE_ID],
		.version = values[HEAD_VERSION],
		.content_type = values[HEAD_CONTENT_TYPE],
		.content_encoding = values[HEAD_CONTENT_ENCODING],
		.subject = values[HEAD_SUBJECT],
		.disposition_to = values[HEAD_DISPOSITION_TO],
		.disposition_options = values[HEAD_DISPOSITION_OPTIONS],
		.receipt_delivery = values[HEAD_RECEIPT_DELIVERY],
	};
	return ST_OK;
}

static bool head_wants(struct slice name)
{
	for (enum head_field i = 0; i < HEAD_FIELDS; i++)
		if (slice_eq_nocase(name, slice_str(head_fields[i].name)))
			return true;
	return false;
}

static void header_put(struct buf *out, const char *name, struct slice value)
{
	buf_put_text(out, name);
	buf_put_text(out, ": ");
	buf_put(out, value);
	buf_put_text(out, "\r\n");
}

static void header_copy(struct buf *out, const struct mime_header *header)
{
	buf_put(out, header->name);
	header_put(out, "", header->value);
}

enum status as2_head_select(struct buf *out, struct slice block, struct fault *f)
{
	size_t before = out->n;
	struct mime_headers headers;
	struct slice rest;

	TRY(mime_headers_parse(&headers, &rest, block, f));
	for (size_t i = 0; i < headers.count; i++)
		if (head_wants(headers.list[i].name))
			header_copy(out, &headers.list[i]);
	if (out->overflow || out->n - before > AS2_HEAD_MAX)
		return fault_set(f, ST_LIMIT, "as2.header.size",
			"AS2 headers of more than %d bytes", AS2_HEAD_MAX);
	return ST_OK;
}

/* --- opening: the seal ------------------------------------------------------------ */

void as2_opened_init(struct as2_opened *o, uint64_t size_max)
{
	*o = (struct as2_opened){
		.entity = buf_init(
			size_max + size_max / 2 + ENTITY_OVERHEAD_MAX), /* base64 adds a third */
		.scratch = buf_init(size_max + ENTITY_OVERHEAD_MAX),
		.filename = buf_init(FILENAME_MAX_BYTES),
	};
}

void as2_opened_done(struct as2_opened *o)
{
	buf_done(&o->entity);
	buf_done(&o->scratch);
	buf_done(&o->filename);
}

NODISCARD static enum status names_check(
	const struct as2_head *head, const struct as2_receiver *r, struct fault *f)
{
	if (!slice_eq(head->from, r->partner_id))
		return fault_set(f, ST_AUTH, "as2.from",
			"AS2-From is %.*s, the connection belongs to %.*s", SLICE_FMT(head->from),
			SLICE_FMT(r->partner_id));
	if (!slice_eq(head->to, r->own_id))
		return fault_set(f, ST_AUTH, "as2.to", "AS2-To is %.*s, this is %.*s",
			SLICE_FMT(head->to), SLICE_FMT(r->own_id));
	return ST_OK;
}

static bool is_pkcs7_mime(const struct mime_value *type)
{
	return mime_main_is(type, "application/pkcs7-mime") ||
		mime_main_is(type, "application/x-pkcs7-mime");
}

/* smime-type is only a hint and may be missing: what the bytes are is judged by sealing_open. */
static bool claims_seal(const struct mime_value *type)
{
	struct slice kind = mime_param_get(type, "smime-type");

	return is_pkcs7_mime(type) &&
		(kind.n == 0 || slice_eq_nocase(kind, S("enveloped-data")) ||
			slice_eq_nocase(kind, S("authenveloped-data")));
}

NODISCARD static enum status seal_check(const struct as2_head *head, struct fault *f)
{
	struct mime_value type;

	TRY(mime_value_parse(&type, head->content_type, f));
	if (!claims_seal(&type))
		return fault_set(f, ST_AUTH, "as2.encryption.missing",
			"content is '%.*s', want an encrypted application/pkcs7-mime",
			SLICE_FMT(slice_to(head->content_type, 80)));
	return ST_OK;
}

/* --- opening: the signature -------------------------------------------------------- */

NODISCARD static enum status entity_split(struct as2_opened *out, struct fault *f)
{
	struct slice entity = buf_slice(&out->entity), text, body;
	struct mime_headers headers;
	struct mime_value type;

	TRY(mime_headers_parse(&headers, &body, entity, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	if (!multipart_signed_is(&type))
		return fault_set(f, ST_AUTH, "as2.signature.missing",
			"sealed content is '%.*s', want multipart/signed",
			SLICE_FMT(slice_to(type.main, 80)));
	return multipart_signed_parse(&out->part, &out->signature, &out->scratch, body,
		mime_param_get(&type, "boundary"), f);
}

/*
 * A seal without authentication (AES-CBC) lets a stranger send variants of a message he cannot
 * read. If he could tell bad padding from a bad structure he would learn to read it, so both are
 * the same fault.
 */
static enum status uniform_fault(enum status status, const struct as2_receiver *r, struct fault *f)
{
	if (!(r->algorithms & ALG_BIT(ALG_AES_CBC)))
		return status;
	return fault_set(f, ST_AUTH, "sealing.decrypt", "the message cannot be opened");
}

/* Faults before any decryption are as they are. */
NODISCARD static enum status seal_open(
	struct as2_opened *out, struct slice der, const struct as2_receiver *r, struct fault *f)
{
	struct fault why = { 0 };
	enum status status =
		sealing_open(&out->entity, der, r->openers, r->opener_count, r->algorithms, &why);

	if (status == ST_OK)
		return ST_OK;
	if (f)
		*f = why;
	return strcmp(why.code, "sealing.decrypt") == 0 ? uniform_fault(status, r, f) : status;
}

NODISCARD static enum status message_unseal(struct as2_opened *out, const struct as2_head *head,
	struct slice body, const struct as2_receiver *r, struct fault *f)
{
	AUTO_IN_PLACE(buf) decoded = buf_init(out->entity.max);
	enum status status;
	struct slice der;

	TRY(seal_check(head, f));
	TRY(mime_decode(&der, &decoded, head->content_encoding, body, f));
	TRY(seal_open(out, der, r, f));
	status = entity_split(out, f);
	return status == ST_OK ? ST_OK : uniform_fault(status, r, f);
}

/* --- opening: what was signed --------------------------------------------------------- */

NODISCARD static enum status binding_check(
	const struct mime_headers *headers, const char *name, struct slice want, struct fault *f)
{
	struct slice value;

	TRY(mime_header_get(&value, headers, name, f));
	if (value.n > 0 && !slice_eq(value, want))
		return fault_set(f, ST_AUTH, "as2.binding.mismatch",
			"signed %s is '%.*s', want '%.*s'", name, SLICE_FMT(slice_to(value, 60)),
			SLICE_FMT(slice_to(want, 60)));
	return ST_OK;
}

NODISCARD static enum status area_check(
	const struct mime_headers *headers, enum area area, struct fault *f)
{
	struct slice value;

	TRY(mime_header_get(&value, headers, "Tieline-Area", f));
	if (value.n == 0)
		return fault_set(f, ST_AUTH, "as2.area.missing",
			"the signed part does not say its area (Tieline-Area)");
	if (!slice_eq(value, slice_str(area_name(area))))
		return fault_set(f, ST_AUTH, "as2.area.mismatch",
			"signed for area '%.*s', sent to %s", SLICE_FMT(slice_to(value, 40)),
			area_name(area));
	return ST_OK;
}

NODISCARD static enum status bindings_check(const struct mime_headers *headers,
	const struct as2_head *head, const struct as2_receiver *r, struct fault *f)
{
	struct fault why;
	struct slice id;

	TRY(area_check(headers, r->area, f));
	TRY(binding_check(headers, "Tieline-From", r->partner_id, f));
	TRY(binding_check(headers, "Tieline-To", r->own_id, f));
	TRY(mime_header_get(&id, headers, "Tieline-Message-ID", f));
	if (id.n > 0 &&
		(message_id_parse(&id, id, &why) != ST_OK || !slice_eq(id, head->message_id)))
		return fault_set(f, ST_AUTH, "as2.binding.mismatch",
			"signed Tieline-Message-ID is '%.*s', Message-ID '%.*s'",
			SLICE_FMT(slice_to(id, 60)), SLICE_FMT(slice_to(head->message_id, 60)));
	return ST_OK;
}

/* No type at all is unknown bytes: RFC 2045's text/plain would be a guess. */
NODISCARD static enum status media_type_read(
	struct as2_opened *out, const struct mime_value *type, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(MEDIA_TYPE_MAX);

	TRY(media_type_parse(
		&name, type->main.n > 0 ? type->main : S("application/octet-stream"), f));
	if (slice_has_prefix(buf_slice(&name), S("multipart/")))
		return fault_set(f, ST_INPUT, "as2.parts",
			"the signed part is %s: one document per message", buf_text(&name));
	return slice_to_text(out->media_type, sizeof(out->media_type), buf_slice(&name), f);
}

/* Its name never makes a document fail: a disposition that cannot be read is none. */
static void filename_read(
	struct as2_opened *out, const struct mime_headers *headers, const struct mime_value *type)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_DECODED_MAX);
	struct mime_value disposition;
	struct slice text;
	bool readable;

	readable = mime_header_get(&text, headers, "Content-Disposition", NULL) == ST_OK &&
		mime_value_parse(&disposition, text, NULL) == ST_OK;
	mime_filename(&name, readable ? &disposition : NULL, type);
	filename_clean(&out->filename, buf_slice(&name));
}

/* Decoding may move scratch, where the signature may lie already. */
NODISCARD static enum status document_read(struct as2_opened *out,
	const struct mime_headers *headers, struct slice body, struct fault *f)
{
	size_t before = out->scratch.n;

	TRY(mime_content(&out->document, &out->scratch, headers, body, f));
	out->document_is_decoded = out->document.p != body.p;
	if (before > 0)
		out->signature = slice_to(buf_slice(&out->scratch), before);
	return ST_OK;
}

NODISCARD static enum status part_read(struct as2_opened *out, const struct as2_head *head,
	const struct as2_receiver *r, struct fault *f)
{
	struct mime_headers headers;
	struct mime_value type;
	struct slice text, body;

	TRY(mime_headers_parse(&headers, &body, out->part, f));
	TRY(bindings_check(&headers, head, r, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	TRY(media_type_read(out, &type, f));
	TRY(document_read(out, &headers, body, f));
	filename_read(out, &headers, &type);
	return ST_OK;
}

/* --- opening: the MIC ------------------------------------------------------------------ */

/* "required, sha-256, sha-384": the first that we have, too (rfc4130bis). */
NODISCARD static enum status mic_first(enum digest *out, struct slice list, struct fault *f)
{
	struct slice name, rest = list;

	while (rest.n > 0) {
		slice_cut(&name, &rest, rest, ',');
		if (digest_parse(out, slice_trim(name), NULL) == ST_OK)
			return ST_OK;
	}
	return fault_set(f, ST_INPUT, "as2.mic.algorithm", "no digest of '%.*s' is supported",
		SLICE_FMT(slice_to(list, 80)));
}

/* The value of signed-receipt-micalg, empty when the sender left the choice to us. */
static struct slice mic_wish(struct slice options)
{
	struct slice option, name, value;

	while (options.n > 0) {
		slice_cut(&option, &options, options, ';');
		if (slice_cut(&name, &value, option, '=') &&
			slice_eq_nocase(slice_trim(name), S("signed-receipt-micalg")))
			return slice_trim(value);
	}
	return (struct slice){ 0 };
}

NODISCARD static enum status mic_make(struct as2_opened *out, struct slice options, struct fault *f)
{
	struct slice wish = mic_wish(options);
	enum digest kind = out->facts.digest.kind;

	if (wish.n > 0)
		TRY(mic_first(&kind, wish, f));
	if (kind == out->facts.digest.kind)
		out->mic = out->facts.digest; /* of the same bytes: not computed twice */
	else
		digest_compute(&out->mic, kind, out->part);
	return ST_OK;
}

enum status as2_open(struct as2_opened *out, const struct as2_head *head, struct slice body,
	const struct as2_receiver *r, struct fault *f)
{
	TRY(names_check(head, r, f));
	TRY(message_unseal(out, head, body, r, f));
	TRY(signature_check(&out->facts, out->signature, out->part, r->signers, r->signer_count,
		r->algorithms, r->now_ns, f));
	TRY(part_read(out, head, r, f));
	return mic_make(out, head->disposition_options, f);
}

/* --- sealing -------------------------------------------------------------------------------- */

void as2_sealed_init(struct as2_sealed *s, uint64_t size_max)
{
	*s = (struct as2_sealed){
		.part = buf_init(size_max + ENTITY_OVERHEAD_MAX),
		.signature = buf_init(SIGNATURE_SIZE_MAX),
		.headers = buf_init(AS2_HEAD_MAX),
		.body = buf_init(size_max + 2 * ENTITY_OVERHEAD_MAX),
	};
}

void as2_sealed_done(struct as2_sealed *s)
{
	buf_done(&s->part);
	buf_done(&s->signature);
	buf_done(&s->headers);
	buf_done(&s->body);
}

static bool is_header_text(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] >= 0x7f)
			return false;
	return true;
}

/* Everything that becomes a header line, so that nothing can add one. */
NODISCARD static enum status draft_check(
	const struct as2_draft *d, const struct as2_sender *s, struct fault *f)
{
	struct slice type, parameters;

	TRY(party_id_check(s->own_id, f));
	TRY(party_id_check(s->partner_id, f));
	TRY(message_id_check(d->message_id, f));
	slice_cut(&type, &parameters, d->media_type, ';');
	TRY(media_type_check(slice_trim(type), f));
	if (!is_header_text(parameters))
		return fault_set(f, ST_INPUT, "media-type.syntax",
			"parameters '%.*s' are not printable ASCII",
			SLICE_FMT(slice_to(parameters, 80)));
	return ST_OK;
}

static void message_id_put(struct buf *out, const char *name, struct slice id)
{
	buf_putf(out, "%s: <%.*s>\r\n", name, SLICE_FMT(id));
}

static void part_put(struct buf *out, const struct as2_draft *d, const struct as2_sender *s)
{
	header_put(out, "Content-Type", d->media_type);
	buf_put_text(out, "Content-Disposition: attachment");
	mime_filename_format(out, d->filename);
	buf_put_text(out, "\r\nContent-Transfer-Encoding: binary\r\n");
	header_put(out, "Tieline-Area", slice_str(area_name(d->area)));
	header_put(out, "Tieline-From", s->own_id);
	header_put(out, "Tieline-To", s->partner_id);
	message_id_put(out, "Tieline-Message-ID", d->message_id);
	buf_put_text(out, "\r\n");
	buf_put(out, d->document);
}

static void headers_put(struct buf *out, const struct as2_draft *d, const struct as2_sender *s)
{
	char date[MAIL_DATE_MAX];

	buf_put_text(out, "AS2-Version: 1.2\r\n");
	header_put(out, "AS2-From", s->own_id);
	header_put(out, "AS2-To", s->partner_id);
	message_id_put(out, "Message-ID", d->message_id);
	header_put(out, "Date", slice_str(mail_date_format(date, d->now_ns)));
	header_put(out, "Subject", slice_str(area_name(d->area)));
	buf_put_text(out,
		"MIME-Version: 1.0\r\n"
		"AS2-Product: " AS2_PRODUCT ":" TIELINE_VERSION "\r\n");
	header_put(out, "Disposition-Notification-To", s->own_id);
	buf_put_text(out,
		"Disposition-Notification-Options: signed-receipt-protocol=required, pkcs7-signature; "
		"signed-receipt-micalg=required, sha-256, sha-384\r\n");
	buf_putf(out, "Content-Type: application/pkcs7-mime; smime-type=%s; name=\"smime.p7m\"\r\n",
		sealing_smime_type(s->algorithms));
	buf_put_text(out, "Content-Transfer-Encoding: binary\r\n");
}

/*
 * The whole entity is built around the part in out->part, which is signed where it lies: a document
 * is copied once here and once, encrypted, by the seal.
 */
NODISCARD static enum status entity_seal(struct as2_sealed *out, size_t part_at,
	const char *boundary, const struct as2_draft *d, const struct as2_sender *s,
	struct fault *f)
{
	struct slice part = slice_from(buf_slice(&out->part), part_at);
	size_t part_end = out->part.n;

	TRY(buf_check(&out->part, f));
	TRY(signature_make(&out->signature, part, &s->signer, d->now_ns, f));
	digest_compute(&out->mic, DIGEST_SHA256, part);
	multipart_signed_end(&out->part, boundary, buf_slice(&out->signature));
	TRY(buf_check(&out->part, f));
	TRY(sealing_seal(&out->body, buf_slice(&out->part), s->recipient, s->algorithms, f));
	buf_truncate(&out->part, part_end);
	buf_consume(&out->part, part_at);
	return ST_OK;
}

enum status as2_seal(struct as2_sealed *out, const struct as2_draft *d, const struct as2_sender *s,
	struct fault *f)
{
	char boundary[MIME_BOUNDARY_TEXT_MAX];
	size_t part_at;

	TRY(draft_check(d, s, f));
	mime_boundary_new(boundary);
	buf_put_text(&out->part, "Content-Type: ");
	multipart_signed_type(&out->part, boundary);
	buf_put_text(&out->part, "\r\n\r\n");
	multipart_signed_begin(&out->part, boundary);
	part_at = out->part.n;
	part_put(&out->part, d, s);
	TRY(entity_seal(out, part_at, boundary, d, s, f));
	out->document_at = out->part.n - d->document.n;
	headers_put(&out->headers, d, s);
	return buf_check(&out->headers, f);
}
