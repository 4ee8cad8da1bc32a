/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope process.  By default, from the outside in:
 *
 *   HTTP   AS2-Version, AS2-From, AS2-To, Message-ID, ... Content-Type: application/pkcs7-mime
 *   CMS    AuthEnvelopedData (or EnvelopedData where agreed), DER, of:
 *   MIME   multipart/signed
 *            1  the part that the MIC covers: Content-Type and -Disposition, Tieline-Area,
 *               -From, -To, -Message-ID, -Deadline, -Clock, an empty line, the document's own
 *               bytes
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
	const struct as2_content *content;
	struct buf *in;              /* where the document lies, with headers */
	size_t given, document_n;    /* bytes of that: handed on, document */
	bool ended;                  /* the document did */
	struct digest_run *document;
	struct digest_run *part;     /* NULL: digested when it is whole */
};

static void work_done(struct work *w)
{
	digest_run_free(w->document);
	digest_run_free(w->part);
}
DEFINE_AUTO_IN_PLACE(work)

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

static void times_put(struct buf *out, const struct as2_draft *d)
{
	const struct clock_said now = { d->now_ns, d->clock };
	char deadline[TIME_TEXT_MAX], clock[CLOCK_SAID_MAX];

	if (d->deadline_ns == 0)
		return;
	header_put(out, "Tieline-Deadline", slice_str(time_format(deadline, d->deadline_ns)));
	header_put(out, "Tieline-Clock", slice_str(clock_said_format(clock, &now)));
}

static void marks_put(struct buf *out, const struct work *w)
{
	header_put(out, "Tieline-Area", slice_str(area_name(w->draft->area)));
	header_put(out, "Tieline-From", w->sender->own_id);
	header_put(out, "Tieline-To", w->sender->partner_id);
	message_id_put(out, "Tieline-Message-ID", w->draft->message_id);
	times_put(out, w->draft);
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

enum status as2_pack_again(struct buf *out, struct slice entity, struct fault *f)
{
	struct mime_headers headers;
	struct slice body;

	TRY(mime_headers_parse(&headers, &body, entity, f));
	pkcs7_head_put(out, "compressed-data", "smime.p7z");
	for (size_t i = 0; i < headers.count; i++) {
		if (!slice_has_prefix(headers.list[i].name, S("Tieline-")))
			continue;
		buf_put(out, headers.list[i].name);
		header_put(out, "", headers.list[i].value);
	}
	buf_put_text(out, "\r\n");
	TRY(compression_make(out, entity, f));
	return buf_check(out, f);
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

/* The part is signed where it lies, and its digest is the MIC. */
NODISCARD static enum status signed_end(const struct work *w, struct fault *f)
{
	struct as2_sealed *out = w->out;
	size_t part_end;

	if (out->document_is_apart)
		TRY(compressed_put(&out->entity, buf_slice(&out->content), w, f));
	TRY(buf_check(&out->entity, f));
	part_end = out->entity.n;
	if (!w->part)
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
	sealed_digest_compute(&w->out->body_digest, w->out->body);
	return buf_check(&w->out->headers, f);
}

NODISCARD static enum status source_seal(
	const struct work *w, const struct sealing_source *source, struct fault *f)
{
	const struct as2_sender *s = w->sender;
	struct sealed_form form = { 0 };

	pkcs7_head_put(&w->out->headers, sealing_smime_type(s->terms.cipher), "smime.p7m");
	TRY(sealing_seal_from(&form, &w->out->cipher, source, s->recipient, s->terms.cipher,
		s->algorithms, f));
	w->out->body = form.bytes;
	w->out->body_digest = form.digest;
	return ST_OK;
}

NODISCARD static enum status entity_seal(
	const struct work *w, struct slice entity, struct fault *f)
{
	const struct sealing_source source = { sealing_next_of_slice, &entity };

	return w->sender->terms.encrypt ? source_seal(w, &source, f) : entity_send(w, entity, f);
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

/* --- the document, as it comes --- */

/*
 * What has come goes through digests and seal while it is at hand: what is large is written once
 * and never read again.
 */
static void piece_digest(const struct work *w, struct slice come)
{
	struct slice piece = { 0 };

	while (views_step(&piece, &come)) {
		digest_run_add(w->document, piece);
		if (w->part)
			digest_run_add(w->part, piece);
	}
}

NODISCARD static enum status document_end(struct work *w, struct fault *f)
{
	struct slice document = slice_from(buf_slice(w->in), w->out->document_at);

	if (is_several(w->draft))
		TRY(several_check(document, f));
	w->document_n = document.n;
	digest_run_finish(&w->out->digest, w->document);
	if (w->part)
		digest_run_finish(&w->out->mic, w->part);
	return w->sender->terms.sign ? signed_end(w, f) : ST_OK;
}

NODISCARD static enum status document_take(struct work *w, struct fault *f)
{
	const size_t before = w->in->n;

	TRY(w->content->next(w->in, w->content->context, f));
	TRY(buf_check(w->in, f));
	piece_digest(w, slice_from(buf_slice(w->in), before));
	w->ended = w->in->n == before;
	return w->ended ? document_end(w, f) : ST_OK;
}

/* A sealing_source: the entity, as far as it is made. */
NODISCARD static enum status entity_next(struct slice *piece, void *context, struct fault *f)
{
	struct work *w = context;

	if (!w->ended)
		TRY(document_take(w, f));
	*piece = slice_from(buf_slice(w->in), w->given);
	w->given = w->in->n;
	return ST_OK;
}

/* Where the document lies: in the entity that is signed, unless that holds it compressed. */
static struct buf *document_buf(struct as2_sealed *out, const struct as2_sender *s)
{
	return s->terms.sign && !out->document_is_apart ? &out->entity : &out->content;
}

/* Where in that what the MIC covers begins; false: it is not a part of it. */
static bool part_place(size_t *at, const struct work *w)
{
	const struct as2_terms *terms = &w->sender->terms;
	const bool is_wrapped = terms->encrypt || terms->compress != COMPRESS_NEVER;

	if (terms->sign)
		*at = w->out->part_at;
	else
		*at = is_wrapped ? 0 : w->out->document_at;
	return terms->sign ? !w->out->document_is_apart : is_wrapped || !is_several(w->draft);
}

/*
 * Where a receipt is asked for without a word on its digest, the partner takes that of the
 * signature; where there is none, SHA-256 (rfc4130bis 8.4.3).
 */
static enum digest mic_kind(const struct as2_terms *terms)
{
	return terms->sign || terms->receipt == RECEIPT_SIGNED ? terms->digest : DIGEST_SHA256;
}

static void digests_begin(struct work *w)
{
	const struct slice head = buf_slice(w->in);
	size_t at;

	w->document = digest_run_new(DIGEST_SHA256);
	if (!part_place(&at, w))
		return;
	w->part = digest_run_new(mic_kind(&w->sender->terms));
	digest_run_add(w->part, slice_from(head, at));
}

NODISCARD static enum status seal_begin(struct work *w, struct fault *f)
{
	struct as2_sealed *out = w->out;
	const struct as2_terms *terms = &w->sender->terms;

	TRY(draft_check(w->draft, w->sender, f));
	out->document_is_apart = terms->sign && terms->compress == COMPRESS_BEFORE_SIGNING;
	headers_put(&out->headers, w);
	if (terms->sign)
		signed_begin(w);
	w->in = document_buf(out, w->sender);
	document_head_put(w->in, w);
	out->document_at = w->in->n;
	TRY(buf_check(w->in, f));
	digests_begin(w);
	/* Several are looked through again, compressed ones packed. */
	if (terms->compress == COMPRESS_NEVER && !is_several(w->draft))
		buf_file_pass(w->in);
	buf_file_pass(&out->cipher);
	return ST_OK;
}

/* The document's place, once nothing moves. */
static void document_place(const struct work *w)
{
	w->out->document = slice_sub(buf_slice(w->in), w->out->document_at, w->document_n);
}

/* Sealed as it comes. */
NODISCARD static enum status passing_seal(struct work *w, struct fault *f)
{
	const struct sealing_source source = { entity_next, w };

	TRY(source_seal(w, &source, f));
	if (!w->sender->terms.sign)
		w->out->part = buf_slice(w->in);
	return ST_OK;
}

/* What is compressed, or stays open, is made when all of it is there. */
NODISCARD static enum status later_seal(struct work *w, struct fault *f)
{
	const struct as2_terms *terms = &w->sender->terms;

	while (!w->ended)
		TRY(document_take(w, f));
	document_place(w);
	if (!terms->sign)
		return unsigned_finish(w, f);
	return terms->compress == COMPRESS_AFTER_SIGNING
		? entity_pack_and_seal(w, buf_slice(&w->out->entity), f)
		: entity_seal(w, buf_slice(&w->out->entity), f);
}

enum status as2_seal(struct as2_sealed *out, const struct as2_draft *d,
	const struct as2_sender *s, const struct as2_content *content, struct fault *f)
{
	AUTO_IN_PLACE(work) w = { .out = out, .draft = d, .sender = s, .content = content };
	const bool passing = s->terms.encrypt && s->terms.compress == COMPRESS_NEVER;

	TRY(seal_begin(&w, f));
	TRY(passing ? passing_seal(&w, f) : later_seal(&w, f));
	document_place(&w);
	if (!s->terms.sign && !w.part)
		digest_compute(&out->mic, mic_kind(&s->terms), out->part);
	return buf_check(&out->headers, f);
}
