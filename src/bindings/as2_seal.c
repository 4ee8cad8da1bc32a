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
#include "bindings/filename.h"
#include "bindings/multipart_signed.h"
#include "documents/media_type.h"
#include "safeguards/compression.h"

#define ENTITY_OVERHEAD_MAX \
	(2 * SIGNATURE_SIZE_MAX + 2 * MIME_HEADER_SIZE_MAX) /* bytes around a document */

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

static void document_put(struct buf *out, const struct work *w)
{
	header_put(out, "Content-Type", w->draft->media_type);
	buf_put_text(out, "Content-Disposition: attachment");
	mime_filename_format(out, w->draft->filename);
	buf_put_text(out, "\r\nContent-Transfer-Encoding: binary\r\n");
	marks_put(out, w);
	buf_put_text(out, "\r\n");
	buf_put(out, w->draft->document);
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

/* What is signed, or would be. */
NODISCARD static enum status content_put(struct buf *out, const struct work *w, struct fault *f)
{
	AUTO_IN_PLACE(buf) entity = buf_init(out->max);

	if (w->sender->terms.compress != COMPRESS_BEFORE_SIGNING) {
		document_put(out, w);
		return buf_check(out, f);
	}
	document_put(&entity, w);
	TRY(buf_check(&entity, f));
	return compressed_put(out, buf_slice(&entity), w, f);
}

/*
 * The part is signed where it lies: a document is copied once here and once, encrypted, by the
 * seal.
 * *part_at, *part_end: where it is within the entity.
 */
NODISCARD static enum status signed_put(struct buf *entity, size_t *part_at, size_t *part_end,
	const struct work *w, struct fault *f)
{
	char boundary[MIME_BOUNDARY_TEXT_MAX];

	mime_boundary_new(boundary);
	buf_put_text(entity, "Content-Type: ");
	multipart_signed_type(entity, boundary);
	buf_put_text(entity, "\r\n\r\n");
	multipart_signed_begin(entity, boundary);
	*part_at = entity->n;
	TRY(content_put(entity, w, f));
	*part_end = entity->n;
	TRY(signature_make(&w->out->signature, slice_from(buf_slice(entity), *part_at),
		&w->sender->signer, w->draft->now_ns, f));
	multipart_signed_end(entity, boundary, buf_slice(&w->out->signature));
	return buf_check(entity, f);
}

/* --- the message ------------------------------------------------------------------ */

static void receipt_wish_put(struct buf *out, const struct work *w)
{
	enum receipt_form wish = w->sender->terms.receipt;

	if (wish == RECEIPT_NONE)
		return;
	name_put(out, "Disposition-Notification-To", w->sender->own_id);
	if (wish == RECEIPT_SIGNED)
		buf_put_text(out,
			"Disposition-Notification-Options: signed-receipt-protocol=required, "
			"pkcs7-signature; signed-receipt-micalg=required, sha-256, sha-384\r\n");
}

static void headers_put(struct buf *out, const struct work *w)
{
	char date[MAIL_DATE_MAX];

	buf_put_text(out, "AS2-Version: 1.2\r\n");
	name_put(out, "AS2-From", w->sender->own_id);
	name_put(out, "AS2-To", w->sender->partner_id);
	message_id_put(out, "Message-ID", w->draft->message_id);
	header_put(out, "Date", slice_str(mail_date_format(date, w->draft->now_ns)));
	header_put(out, "Subject", slice_str(area_name(w->draft->area)));
	buf_put_text(out,
		"MIME-Version: 1.0\r\n"
		"AS2-Product: " AS2_PRODUCT ":" TIELINE_VERSION "\r\n");
	receipt_wish_put(out, w);
}

/* Not encrypted: the headers of the entity are those of the message. */
NODISCARD static enum status entity_send(
	const struct work *w, struct slice entity, struct fault *f)
{
	size_t at;

	if (!slice_find(&at, entity, S("\r\n\r\n")))
		bug("an entity without headers");
	buf_put(&w->out->headers, slice_to(entity, at + 2));
	buf_put(&w->out->body, slice_from(entity, at + 4));
	return buf_check(&w->out->body, f);
}

NODISCARD static enum status entity_seal(
	const struct work *w, struct slice entity, struct fault *f)
{
	const struct as2_sender *s = w->sender;

	if (!s->terms.encrypt)
		return entity_send(w, entity, f);
	pkcs7_head_put(&w->out->headers, sealing_smime_type(s->algorithms), "smime.p7m");
	return sealing_seal(&w->out->body, entity, s->recipient, s->algorithms, f);
}

NODISCARD static enum status entity_wrap(
	const struct work *w, struct slice entity, struct fault *f)
{
	AUTO_IN_PLACE(buf) packed = buf_init(w->out->part.max);

	if (w->sender->terms.compress != COMPRESS_AFTER_SIGNING)
		return entity_seal(w, entity, f);
	TRY(compressed_put(&packed, entity, w, f));
	return entity_seal(w, buf_slice(&packed), f);
}

/*
 * What of the unsigned content the MIC covers (RFC 4130 7.3.1, RFC 5402 4): compressed or
 * encrypted, the entity as the receiver finds it when both are undone; plain, the document alone.
 */
NODISCARD static enum status unsigned_make(const struct work *w, struct fault *f)
{
	const struct as2_terms *terms = &w->sender->terms;
	AUTO_IN_PLACE(buf) packed = buf_init(w->out->part.max);
	struct buf *part = &w->out->part;

	document_put(part, w);
	TRY(buf_check(part, f));
	w->out->document_at = part->n - w->draft->document.n;
	if (terms->compress == COMPRESS_NEVER) {
		TRY(entity_seal(w, buf_slice(part), f));
	} else {
		TRY(compressed_put(&packed, buf_slice(part), w, f));
		TRY(entity_seal(w, buf_slice(&packed), f));
	}
	if (terms->compress == COMPRESS_NEVER && !terms->encrypt) {
		buf_consume(part, w->out->document_at);
		w->out->document_at = 0;
	}
	return ST_OK;
}

NODISCARD static enum status signed_make(const struct work *w, struct fault *f)
{
	struct buf *part = &w->out->part;
	size_t part_at, part_end;

	TRY(signed_put(part, &part_at, &part_end, w, f));
	TRY(entity_wrap(w, buf_slice(part), f));
	buf_truncate(part, part_end);
	buf_consume(part, part_at);
	w->out->document_is_apart = w->sender->terms.compress == COMPRESS_BEFORE_SIGNING;
	if (!w->out->document_is_apart)
		w->out->document_at = part->n - w->draft->document.n;
	return ST_OK;
}

enum status as2_seal(struct as2_sealed *out, const struct as2_draft *d, const struct as2_sender *s,
	struct fault *f)
{
	const struct work w = { out, d, s };

	TRY(draft_check(d, s, f));
	headers_put(&out->headers, &w);
	TRY(s->terms.sign ? signed_make(&w, f) : unsigned_make(&w, f));
	digest_compute(&out->mic, DIGEST_SHA256, buf_slice(&out->part));
	return buf_check(&out->headers, f);
}
