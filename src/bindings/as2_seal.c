/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope process.  By default, from the outside in:
 *
 *   HTTP   AS2-Version, AS2-From, AS2-To, Message-ID, ... Content-Type: application/pkcs7-mime
 *   CMS    AuthEnvelopedData (or EnvelopedData where agreed), DER, of:
 *   MIME   multipart/signed
 *            1  the part that the MIC covers: Content-Type and -Disposition, Tieline-Area,
 *               -From, -To, -Message-ID, an empty line, the document's own bytes
 *            2  application/pkcs7-signature, base64
 *
 * Every step takes one entity, headers and content, and makes the next around it.  Whatever is not
 * agreed is left out; the headers of the outermost entity become those of the HTTP message.
 */
#include "bindings/as2_seal.h"

#include "base/clock.h"
#include "base/views.h"
#include "bindings/filename.h"
#include "bindings/multipart_signed.h"
#include "documents/media_type.h"
#include "safeguards/compression.h"

#define ENTITY_OVERHEAD_MAX \
	(2 * SIGNATURE_SIZE_MAX + 2 * MIME_HEADER_SIZE_MAX) /* bytes around a document */

/* zlib's worst case, of bytes that cannot be compressed, is below. */
static uint64_t packed_max(uint64_t size)
{
	return size + size / 1024 + ENTITY_OVERHEAD_MAX;
}

void as2_sealed_init(struct as2_sealed *s, uint64_t size_max, int spool)
{
	const uint64_t entity_max = packed_max(size_max);
	struct buf_room room = { spool, 0 };

	*s = (struct as2_sealed){ .headers = buf_init(AS2_HEAD_MAX) };
	s->content = buf_room_take(&room, entity_max);
	s->entity = buf_room_take(&room, entity_max);
	s->packed = buf_room_take(&room, packed_max(entity_max));
	s->signature = buf_room_take(&room, SIGNATURE_SIZE_MAX);
	s->cipher = buf_room_take(&room, packed_max(entity_max) + 2 * SEALING_HEAD_MAX);
}

void as2_sealed_done(struct as2_sealed *s)
{
	buf_done(&s->content);
	buf_done(&s->entity);
	buf_done(&s->packed);
	buf_done(&s->signature);
	buf_done(&s->cipher);
	buf_done(&s->headers);
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

/* --- entities -------------------------------------------------------------------- */

struct work {
	struct as2_sealed *out;
	const struct as2_draft *draft;
	const struct as2_sender *sender;
};

static void header_put(struct buf *out, const char *name, struct slice value)
{
	buf_put_text(out, name);
	buf_put_text(out, ": ");
	buf_put(out, value);
	buf_put_text(out, "\r\n");
}

static void name_put(struct buf *out, const char *header, struct slice name)
{
	buf_putf(out, "%s: ", header);
	as2_name_put(out, name);
	buf_put_text(out, "\r\n");
}

static void message_id_put(struct buf *out, const char *name, struct slice id)
{
	buf_putf(out, "%s: <%.*s>\r\n", name, SLICE_FMT(id));
}

static void marks_put(struct buf *out, const struct work *w)
{
	header_put(out, "Tieline-Area", slice_str(area_name(w->draft->area)));
	header_put(out, "Tieline-From", w->sender->own_id);
	header_put(out, "Tieline-To", w->sender->partner_id);
	message_id_put(out, "Tieline-Message-ID", w->draft->message_id);
}

/* An entity of several documents brings its own Content-Type and empty line. */
static bool is_several(const struct as2_draft *d)
{
	return media_type_is_several(d->media_type);
}

static void several_head_put(struct buf *out, const struct work *w)
{
	buf_put_text(out, "Content-Transfer-Encoding: binary\r\n");
	marks_put(out, w);
}

static void document_head_put(struct buf *out, const struct work *w)
{
	if (is_several(w->draft)) {
		several_head_put(out, w);
		return;
	}
	header_put(out, "Content-Type", w->draft->media_type);
	buf_put_text(out, "Content-Disposition: attachment");
	mime_filename_format(out, w->draft->filename);
	buf_put_text(out, "\r\nContent-Transfer-Encoding: binary\r\n");
	marks_put(out, w);
	buf_put_text(out, "\r\n");
}

static void pkcs7_head_put(struct buf *out, const char *kind, const char *name)
{
	buf_putf(out,
		"Content-Type: application/pkcs7-mime; smime-type=%s; name=\"%s\"\r\n"
		"Content-Transfer-Encoding: binary\r\n",
		kind, name);
}

/* The marks again: whoever verifies the signature sees them before he expands anything. */
NODISCARD static enum status compressed_put(
	struct buf *out, struct slice entity, const struct work *w, struct fault *f)
{
	pkcs7_head_put(out, "compressed-data", "smime.p7z");
	marks_put(out, w);
	buf_put_text(out, "\r\n");
	return compression_make(out, entity, f);
}

/* What is signed begins in `entity`. */
static void signed_begin(const struct work *w)
{
	struct as2_sealed *out = w->out;

	mime_boundary_new(out->boundary);
	buf_put_text(&out->entity, "Content-Type: ");
	multipart_signed_type(&out->entity, out->boundary, w->sender->terms.digest);
	buf_put_text(&out->entity, "\r\n\r\n");
	multipart_signed_begin(&out->entity, out->boundary);
	out->part_at = out->entity.n;
}

/*
 * The part is signed where it lies, and its digest is the MIC: a document is read once here and
 * once by the seal.
 */
NODISCARD static enum status signed_end(const struct work *w, struct fault *f)
{
	struct as2_sealed *out = w->out;
	size_t part_end;

	if (out->document_is_apart)
		TRY(compressed_put(&out->entity, buf_slice(&out->content), w, f));
	TRY(buf_check(&out->entity, f));
	part_end = out->entity.n;
	digest_compute(&out->mic, w->sender->terms.digest,
		slice_from(buf_slice(&out->entity), out->part_at));
	TRY(signature_make(&out->signature, &out->mic, &w->sender->signer, w->draft->now_ns, f));
	multipart_signed_end(&out->entity, out->boundary, buf_slice(&out->signature));
	TRY(buf_check(&out->entity, f));
	out->part = slice_sub(buf_slice(&out->entity), out->part_at, part_end - out->part_at);
	return ST_OK;
}

/* --- the message ------------------------------------------------------------------ */

static void receipt_wish_put(struct buf *out, const struct work *w)
{
	enum receipt_form wish = w->sender->terms.receipt;

	if (wish == RECEIPT_NONE)
		return;
	name_put(out, "Disposition-Notification-To", w->sender->own_id);
	if (w->sender->terms.asks_later)
		header_put(out, "Receipt-Delivery-Option", w->sender->receipt_url);
	if (wish == RECEIPT_SIGNED)
		buf_putf(out,
			"Disposition-Notification-Options: signed-receipt-protocol=required, "
			"pkcs7-signature; signed-receipt-micalg=required, %s\r\n",
			digest_name(w->sender->terms.digest));
}

static void headers_put(struct buf *out, const struct work *w)
{
	char date[MAIL_DATE_MAX];

	buf_put_text(out, AS2_ANNOUNCED);
	name_put(out, "AS2-From", w->sender->own_id);
	name_put(out, "AS2-To", w->sender->partner_id);
	message_id_put(out, "Message-ID", w->draft->message_id);
	header_put(out, "Date", slice_str(mail_date_format(date, w->draft->now_ns)));
	header_put(out, "Subject", slice_str(area_name(w->draft->area)));
	buf_put_text(out, "MIME-Version: 1.0\r\n");
	receipt_wish_put(out, w);
}

/* Not encrypted: the headers of the entity are those of the message. */
NODISCARD static enum status entity_send(
	const struct work *w, struct slice entity, struct fault *f)
{
	size_t at;

	if (!slice_find(&at, slice_to(entity, MIME_HEADER_SIZE_MAX), S("\r\n\r\n")))
		bug("an entity without headers");
	buf_put(&w->out->headers, slice_to(entity, at + 2));
	w->out->body = slice_from(entity, at + 4);
	return buf_check(&w->out->headers, f);
}

NODISCARD static enum status entity_seal(
	const struct work *w, struct slice entity, struct fault *f)
{
	const struct as2_sender *s = w->sender;

	if (!s->terms.encrypt)
		return entity_send(w, entity, f);
	pkcs7_head_put(&w->out->headers, sealing_smime_type(s->terms.cipher), "smime.p7m");
	return sealing_seal(&w->out->body, &w->out->cipher, entity, s->recipient, s->terms.cipher,
		s->algorithms, f);
}

NODISCARD static enum status entity_pack_and_seal(
	const struct work *w, struct slice entity, struct fault *f)
{
	TRY(compressed_put(&w->out->packed, entity, w, f));
	return entity_seal(w, buf_slice(&w->out->packed), f);
}

/* Nothing around it: the content without headers, and several documents have one of their own. */
NODISCARD static enum status plain_part(const struct work *w, struct fault *f)
{
	struct mime_headers headers;

	w->out->part = w->out->document;
	if (!is_several(w->draft))
		return ST_OK;
	w->out->document_is_apart = true;
	return mime_headers_parse(&headers, &w->out->part, w->out->document, f);
}

/*
 * What of the unsigned content the MIC covers (RFC 4130 7.3.1, RFC 5402 4): compressed or
 * encrypted, the entity as the receiver finds it when both are undone; plain, the document alone.
 */
NODISCARD static enum status unsigned_finish(const struct work *w, struct fault *f)
{
	const struct as2_terms *terms = &w->sender->terms;
	struct slice entity = buf_slice(&w->out->content);

	w->out->part = entity;
	if (terms->compress != COMPRESS_NEVER)
		return entity_pack_and_seal(w, entity, f);
	if (!terms->encrypt)
		TRY(plain_part(w, f));
	return entity_seal(w, entity, f);
}

NODISCARD static enum status signed_finish(const struct work *w, struct fault *f)
{
	struct slice entity;

	TRY(signed_end(w, f));
	entity = buf_slice(&w->out->entity);
	return w->sender->terms.compress == COMPRESS_AFTER_SIGNING
		? entity_pack_and_seal(w, entity, f)
		: entity_seal(w, entity, f);
}

/* Its head becomes part of ours: nothing else may get in with it. */
NODISCARD static enum status several_check(struct slice document, struct fault *f)
{
	struct mime_headers headers;
	struct slice body;

	TRY(mime_headers_parse(&headers, &body, document, f));
	if (headers.count != 1 || !slice_eq_nocase(headers.list[0].name, S("Content-Type")) ||
		body.n == 0)
		return fault_set(f, ST_INPUT, "as2.parts",
			"several documents are one entity whose head is a Content-Type alone");
	return ST_OK;
}

/* Where the document lies: in the entity that is signed, unless that holds it compressed. */
static struct buf *document_buf(struct as2_sealed *out, const struct as2_sender *s)
{
	return s->terms.sign && !out->document_is_apart ? &out->entity : &out->content;
}

enum status as2_seal_begin(struct buf **document, struct as2_sealed *out,
	const struct as2_draft *d, const struct as2_sender *s, struct fault *f)
{
	const struct work w = { out, d, s };

	TRY(draft_check(d, s, f));
	out->document_is_apart = s->terms.sign && s->terms.compress == COMPRESS_BEFORE_SIGNING;
	headers_put(&out->headers, &w);
	if (s->terms.sign)
		signed_begin(&w);
	*document = document_buf(out, s);
	document_head_put(*document, &w);
	out->document_at = (*document)->n;
	return buf_check(*document, f);
}

enum status as2_seal_finish(struct as2_sealed *out, const struct as2_draft *d,
	const struct as2_sender *s, struct fault *f)
{
	const struct work w = { out, d, s };
	const struct buf *in = document_buf(out, s);
	const size_t n = in->n - out->document_at;

	TRY(buf_check(in, f));
	out->document = slice_from(buf_slice(in), out->document_at);
	if (is_several(d))
		TRY(several_check(out->document, f));
	TRY(s->terms.sign ? signed_finish(&w, f) : unsigned_finish(&w, f));
	out->document = slice_sub(buf_slice(in), out->document_at, n); /* it may have moved */
	if (!s->terms.sign)
		digest_compute(&out->mic, s->terms.digest, out->part);
	return buf_check(&out->headers, f);
}
