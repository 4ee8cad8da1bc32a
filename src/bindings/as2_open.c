/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope process.  A message is unwrapped layer by layer; a table says what opens which.
 * Refused: what the agreement wants and is not there, a layer within a layer of its kind, what is
 * not from and for whom the connection says, or not for the area of its URL; every bit of content
 * beside what was signed.  What comes out of a layer is an entity of MIME (RFC 8551 3.1), or it is
 * the document itself, all of it: so products send what they only encrypt, and `openssl cms -sign`
 * signs what it is given.
 *
 * What the MIC covers (RFC 4130 7.3.1, RFC 5402 4): the signed part; else, when it was encrypted or
 * compressed, the innermost entity with its headers; else the content alone.
 */
#include "bindings/as2_open.h"

#include <string.h>

#include "base/codec.h"
#include "bindings/micalg.h"
#include "bindings/multipart_signed.h"
#include "bindings/related.h"
#include "bindings/variants.h"
#include "safeguards/compression.h"

#define ENTITY_OVERHEAD_MAX \
	(2 * SIGNATURE_SIZE_MAX + 2 * MIME_HEADER_SIZE_MAX) /* bytes around a document */
#define DIGEST_TEXT_MAX 128 /* bytes of base64 */
#define EXPLAINING_WORK_MAX (UINT64_C(256) << 20) /* bytes to digest: half a second, about */

void as2_opened_init(struct as2_opened *o, uint64_t size_max, int spool)
{
	/* base64 adds a third */
	const uint64_t entity_max = size_max + size_max / 2 + ENTITY_OVERHEAD_MAX;
	struct buf_room room = { spool, 0 };

	*o = (struct as2_opened){
		.area = AREAS,
		/* First what is mostly all there is: its file then has no hole before it. */
		.entity = buf_room_take(&room, entity_max),
		.decoded = buf_room_take(&room, entity_max),
		.expanded = buf_room_take(&room, entity_max),
		.scratch = buf_room_take(&room, size_max + ENTITY_OVERHEAD_MAX),
		.signature_bytes = buf_init(SIGNATURE_SIZE_MAX),
		.filename = buf_init(FILENAME_MAX_BYTES),
	};
}

void as2_opened_done(struct as2_opened *o)
{
	ahead_done(&o->ahead);
	buf_done(&o->decoded);
	buf_done(&o->entity);
	buf_done(&o->expanded);
	buf_done(&o->scratch);
	buf_done(&o->signature_bytes);
	buf_done(&o->filename);
}

/* --- layers ----------------------------------------------------------------------- */

struct opening {
	struct as2_opened *out;
	const struct as2_head *head;
	const struct as2_receiver *receiver;
};

/* What is looked at: the HTTP message first, then what came out of each layer. */
struct layer {
	struct slice entity; /* with its headers; empty: those are the HTTP message's */
	struct mime_headers headers;
	struct slice type_text, encoding, body;
	struct mime_value type;
	bool is_bare; /* the document as it is, without the headers of an entity */
};

NODISCARD static enum status layer_of_head(
	struct layer *l, const struct as2_head *head, struct slice body, struct fault *f)
{
	l->entity = (struct slice){ 0 };
	l->headers.count = 0;
	l->is_bare = false;
	l->type_text = head->content_type;
	l->encoding = head->content_encoding;
	l->body = body;
	return mime_value_parse(&l->type, l->type_text, f);
}

NODISCARD static enum status layer_of_entity(struct layer *l, struct slice entity, struct fault *f)
{
	l->entity = entity;
	TRY(mime_entity_parse(&l->headers, &l->body, &l->is_bare, entity, f));
	TRY(mime_header_get(&l->type_text, &l->headers, "Content-Type", f));
	TRY(mime_header_get(&l->encoding, &l->headers, "Content-Transfer-Encoding", f));
	return mime_value_parse(&l->type, l->type_text, f);
}

static bool is_outermost(const struct layer *l)
{
	return l->entity.p == NULL;
}

static bool is_pkcs7(const struct layer *l, const char *const kinds[])
{
	struct slice kind = mime_param_get(&l->type, "smime-type");

	if (!mime_main_is(&l->type, "application/pkcs7-mime") &&
		!mime_main_is(&l->type, "application/x-pkcs7-mime"))
		return false;
	for (size_t i = 0; kinds[i]; i++)
		if (slice_eq_nocase(kind, slice_str(kinds[i])))
			return true;
	return false;
}

/* Where smime-type is missing, the name tells what is compressed (RFC 8551 3.2.1). */
static bool is_compressed(const struct layer *l)
{
	static const char *const kinds[] = { "compressed-data", NULL }, *const none[] = { "", NULL };
	struct slice name = mime_param_get(&l->type, "name");

	return is_pkcs7(l, kinds) ||
		(is_pkcs7(l, none) && name.n > 4 &&
			slice_eq_nocase(slice_from(name, name.n - 4), S(".p7z")));
}

/* smime-type is only a hint and may be missing: what the bytes are is judged by sealing_open. */
static bool is_sealed(const struct layer *l)
{
	static const char *const kinds[] = { "", "enveloped-data", "authenveloped-data", NULL };

	return is_pkcs7(l, kinds) && !is_compressed(l);
}

static bool is_signed(const struct layer *l)
{
	return multipart_signed_is(&l->type);
}

static bool is_malleable(const struct opening *o)
{
	return (o->receiver->algorithms & ALG_BIT(ALG_AES_CBC)) != 0 ||
		(o->out->exceptions & EXCEPTION_BIT(EXCEPTION_3DES)) != 0;
}

/*
 * A seal without authentication (AES-CBC) lets a stranger send variants of a message he cannot
 * read. If he could tell bad padding from a bad structure he would learn to read it, so both are
 * the same fault.
 */
static enum status uniform_fault(enum status status, const struct opening *o, struct fault *f)
{
	const unsigned unproven = AS2_LAYER_BIT(AS2_SEALED);

	if (status == ST_OK || !is_malleable(o) ||
		(o->out->layers & (unproven | AS2_LAYER_BIT(AS2_SIGNED))) != unproven)
		return status;
	return fault_set(f, ST_AUTH, "sealing.decrypt", "the message cannot be opened");
}

/* Whether what was refused may be tried again, with what *algorithms then has, too. */
static enum status lift(
	unsigned *algorithms, const struct opening *o, struct fault *why)
{
	static const enum algorithm of[EXCEPTIONS] = {
		[EXCEPTION_SHA1] = ALG_SHA1, [EXCEPTION_3DES] = ALG_3DES,
	};
	enum exception which;

	TRY(exceptions_lift(&which, o->receiver->exceptions, o->receiver->now_ns, why));
	o->out->exceptions |= EXCEPTION_BIT(which);
	*algorithms = o->receiver->algorithms | ALG_BIT(of[which]);
	return ST_OK;
}

NODISCARD static enum status seal_try(
	const struct opening *o, struct slice der, unsigned algorithms, struct fault *f)
{
	const struct as2_receiver *r = o->receiver;
	struct as2_opened *out = o->out;
	const struct sealing_watch watch = { ahead_more, &out->ahead };

	if (der.n < AHEAD_FROM)
		return sealing_open(
			&out->entity, der, r->openers, r->opener_count, algorithms, f);
	ahead_begin(&out->ahead, &out->entity, o->head->disposition_options);
	TRY(sealing_open_watched(&out->entity, der, r->openers, r->opener_count, algorithms,
		&watch, f));
	ahead_end(&out->ahead);
	return ST_OK;
}

/* Faults before any decryption are as they are. */
NODISCARD static enum status seal_open(const struct opening *o, struct slice der, struct fault *f)
{
	unsigned algorithms = o->receiver->algorithms;
	struct fault why = { 0 };
	enum status status = seal_try(o, der, algorithms, &why);

	if (status != ST_OK) {
		status = lift(&algorithms, o, &why);
		if (status == ST_OK)
			status = seal_try(o, der, algorithms, &why);
	}
	if (status == ST_OK)
		return ST_OK;
	if (f)
		*f = why;
	return strcmp(why.code, "sealing.decrypt") == 0 ? uniform_fault(status, o, f) : status;
}

NODISCARD static enum status open_sealed(
	struct slice *inner, const struct opening *o, const struct layer *l, struct fault *f)
{
	struct slice der;
	unsigned bits;

	if (!is_outermost(l))
		return fault_set(f, ST_INPUT, "as2.layers", "an encrypted part inside of another");
	TRY(mime_decode(&der, &o->out->decoded, l->encoding, l->body, f));
	bits = sealing_bits(der); /* before it is opened, which may leave nothing of it */
	TRY(seal_open(o, der, f));
	o->out->cipher_bits = bits;
	*inner = buf_slice(&o->out->entity);
	return ST_OK;
}

NODISCARD static enum status open_compressed(
	struct slice *inner, const struct opening *o, const struct layer *l, struct fault *f)
{
	struct slice der;

	TRY(mime_decode(&der, &o->out->decoded, l->encoding, l->body, f));
	TRY(compression_open(&o->out->expanded, der, f));
	*inner = buf_slice(&o->out->expanded);
	return ST_OK;
}

NODISCARD static enum status open_signed(
	struct slice *inner, const struct opening *o, const struct layer *l, struct fault *f)
{
	struct as2_opened *out = o->out;

	TRY(multipart_signed_parse_from(ahead_clear(&out->ahead, l->body), &out->part,
		&out->signature, &out->signature_bytes, l->body,
		mime_boundary_of(&l->type, l->body), f));
	*inner = out->part;
	return ST_OK;
}

static const struct {
	const char *name;
	bool (*is)(const struct layer *);
	enum status (*open)(
		struct slice *, const struct opening *, const struct layer *, struct fault *);
} kinds[AS2_LAYERS] = {
	[AS2_SEALED] = { "encrypted", is_sealed, open_sealed },
	[AS2_SIGNED] = { "signed", is_signed, open_signed },
	[AS2_COMPRESSED] = { "compressed", is_compressed, open_compressed },
};

/* AS2_LAYERS: none of these, so the document itself. */
static enum as2_layer kind_of(const struct layer *l)
{
	enum as2_layer kind = 0;

	while (kind < AS2_LAYERS && !kinds[kind].is(l))
		kind++;
	return kind;
}

/* --- what must be there -------------------------------------------------------------- */

NODISCARD static enum status names_check(
	const struct as2_head *head, const struct as2_receiver *r, struct fault *f)
{
	if (!slice_eq(head->from, r->partner_id))
		return fault_set(f, ST_AUTH, "as2.from",
			"AS2-From is %.*s, the connection belongs to %.*s", SLICE_FMT(head->from),
			SLICE_FMT(r->partner_id));
	if (!slice_eq(head->to, r->own_id) &&
		(r->area != AREAS || !area_rules_name(r->area_rules, head->to)))
		return fault_set(f, ST_AUTH, "as2.to", "AS2-To is %.*s, this is %.*s",
			SLICE_FMT(head->to), SLICE_FMT(r->own_id));
	return ST_OK;
}

NODISCARD static enum status seal_wanted_check(
	const struct opening *o, const struct layer *l, enum as2_layer kind, struct fault *f)
{
	if (!o->receiver->terms.encrypt || !is_outermost(l) || kind == AS2_SEALED)
		return ST_OK;
	return fault_set(f, ST_AUTH, "as2.encryption.missing",
		"content is '%.*s', want an encrypted application/pkcs7-mime",
		SLICE_FMT(slice_to(l->type_text, 80)));
}

NODISCARD static enum status signature_wanted_check(
	const struct opening *o, const struct layer *l, struct fault *f)
{
	if (!o->receiver->terms.sign || (o->out->layers & AS2_LAYER_BIT(AS2_SIGNED)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "as2.signature.missing",
		"content is '%.*s', want multipart/signed", SLICE_FMT(slice_to(l->type.main, 80)));
}

/*
 * Only variants that lose nothing: a reader of lines gets what was signed.  What they allow to
 * whoever holds the partner's connection but not its signing key: in a signed document to put a CR
 * before an LF or to take it away, or to drop the last line end; so a document of another kind than
 * text could be damaged, and none be given other words.  Less line ends signed than came stay
 * refused, because any number could be added; so does what leaves bytes out of the digest.
 */
static unsigned tolerance_of(const struct as2_receiver *r, const struct variant *v)
{
	const unsigned ends =
		v->ends != ENDS_SAME ? TOLERANCE_BIT(TOLERATE_LINE_ENDINGS) : 0;
	const unsigned last =
		v->tail == TAIL_ADDED ? TOLERANCE_BIT(TOLERATE_LAST_LINE_ENDING) : 0;

	if (v->extent != EXTENT_SAME || v->tail == TAIL_STRIPPED)
		return 0;
	return ((ends | last) & ~r->tolerates) == 0 ? ends | last : 0;
}

static void mismatch_words(struct fault *f, const struct variant *v, const struct fault *none,
	const struct digest_value *claimed, const struct digest_value *computed)
{
	AUTO_IN_PLACE(buf) theirs = buf_init(DIGEST_TEXT_MAX), ours = buf_init(DIGEST_TEXT_MAX);
	char words[VARIANT_WORDS_MAX];

	base64_format(&theirs, digest_slice(claimed), 0);
	base64_format(&ours, digest_slice(computed), 0);
	fault_set(f, ST_AUTH, "signature.digest", "%s%s%s: %s signed %s, computed %s",
		v ? "the signature is over " : "the signed part was changed: ",
		v ? variant_words(words, v) : none->text,
		v ? ", not over the part as it travels (RFC 4130 7.3.1)" : "",
		digest_name(claimed->kind), buf_text(&theirs), buf_text(&ours));
}

/*
 * The part is not what was signed: which variant of it is?  Only the partner's own signature makes
 * us look, and tells him in return how his software has erred; a stranger learns nothing more.
 * ST_OK: over a variant that is tolerated.
 */
NODISCARD static enum status mismatch_judge(
	const struct opening *o, struct signature_facts *claim, struct fault *f)
{
	static const struct variant_limits limits = { VARIANT_PART_MAX, VARIANT_SCRATCH_MAX };
	AUTO_IN_PLACE(variant_source) source;
	struct digest_value computed;
	struct variant v;
	struct fault none;

	digest_compute(&computed, claim->digest.kind, o->out->part);
	variant_source_init(&source, o->out->part, MIC_OF_SIGNED, &limits);
	bool found = variant_find(&v, &source, &claim->digest, EXPLAINING_WORK_MAX, &none) == ST_OK;
	o->out->tolerated = found ? tolerance_of(o->receiver, &v) : 0;
	if (!o->out->tolerated) {
		mismatch_words(f, found ? &v : NULL, &none, &claim->digest, &computed);
		return ST_AUTH;
	}
	o->out->facts = *claim;
	o->out->facts.digest = computed; /* the MIC is of the part as it came */
	return ST_OK;
}

NODISCARD static enum status signed_try(
	const struct opening *o, unsigned algorithms, struct fault *f)
{
	const struct as2_receiver *r = o->receiver;
	struct signature_facts claim;
	struct fault why = { 0 };

	const struct digested part = ahead_digested(&o->out->ahead, o->out->part);
	enum status st = signature_check_digested(&o->out->facts, o->out->signature, &part,
		r->signers, r->signer_count, algorithms, r->now_ns, &why);
	if (st != ST_OK && strcmp(why.code, "signature.digest") == 0 &&
		signature_claim(&claim, o->out->signature, r->signers, r->signer_count, algorithms,
			r->now_ns, NULL) == ST_OK)
		st = mismatch_judge(o, &claim, &why);
	if (st != ST_OK && f)
		*f = why;
	return st;
}

NODISCARD static enum status signed_check(const struct opening *o, struct fault *f)
{
	unsigned algorithms = o->receiver->algorithms;
	struct fault why = { 0 };
	enum status status = signed_try(o, algorithms, &why);

	if (status == ST_OK)
		return ST_OK;
	status = lift(&algorithms, o, &why);
	if (status == ST_OK)
		return signed_try(o, algorithms, f);
	if (f)
		*f = why;
	return status;
}

NODISCARD static enum status binding_check(const struct mime_headers *headers, const char *name,
	struct slice want, const struct as2_receiver *r, struct fault *f)
{
	struct slice value;

	TRY(mime_header_get(&value, headers, name, f));
	if (value.n == 0 && !r->terms.marked)
		return ST_OK;
	if (!slice_eq(value, want))
		return fault_set(f, ST_AUTH, "as2.binding.mismatch",
			"signed %s is '%.*s', want '%.*s'", name, SLICE_FMT(slice_to(value, 60)),
			SLICE_FMT(slice_to(want, 60)));
	return ST_OK;
}

/* Without it, the same signed bytes could be passed on as a new message. */
NODISCARD static enum status message_id_check_again(
	const struct mime_headers *headers, const struct opening *o, struct fault *f)
{
	struct slice value, id;
	struct fault why;

	TRY(mime_header_get(&value, headers, "Tieline-Message-ID", f));
	if (value.n == 0 && !o->receiver->terms.marked)
		return ST_OK;
	if (message_id_parse(&id, value, &why) == ST_OK && slice_eq(id, o->head->message_id))
		return ST_OK;
	return fault_set(f, ST_AUTH, "as2.binding.mismatch",
		"signed Tieline-Message-ID is '%.*s', Message-ID '%.*s'",
		SLICE_FMT(slice_to(value, 60)), SLICE_FMT(slice_to(o->head->message_id, 60)));
}

/* Posted to an address of no area, a message is for the area that its signed part says. */
NODISCARD static enum status area_take(enum area *out, struct slice value, struct fault *f)
{
	if (area_parse(out, value, NULL) != ST_OK)
		return fault_set(f, ST_AUTH, "as2.area.unknown", "signed for area '%.*s'",
			SLICE_FMT(slice_to(value, 40)));
	return ST_OK;
}

NODISCARD static enum status area_check(
	const struct mime_headers *headers, const struct opening *o, struct fault *f)
{
	const struct as2_receiver *r = o->receiver;
	struct slice value;

	TRY(mime_header_get(&value, headers, "Tieline-Area", f));
	if (value.n == 0 && !r->terms.marked)
		return ST_OK;
	if (value.n == 0)
		return fault_set(f, ST_AUTH, "as2.area.missing",
			"the signed part does not say its area (Tieline-Area)");
	if (r->area == AREAS)
		return area_take(&o->out->area, value, f);
	if (!slice_eq(value, slice_str(area_name(r->area))))
		return fault_set(f, ST_AUTH, "as2.area.mismatch",
			"signed for area '%.*s', sent to %s", SLICE_FMT(slice_to(value, 40)),
			area_name(r->area));
	return ST_OK;
}

NODISCARD static enum status deadline_read(
	struct as2_opened *out, const struct mime_headers *headers, struct fault *f)
{
	struct slice deadline, clock;
	struct fault why = { 0 };

	TRY(mime_header_get(&deadline, headers, "Tieline-Deadline", f));
	TRY(mime_header_get(&clock, headers, "Tieline-Clock", f));
	if (deadline.n > 0 && time_parse(&out->deadline_ns, deadline, &why) != ST_OK)
		return fault_set(
			f, ST_INPUT, "as2.deadline.syntax", "Tieline-Deadline: %s", why.text);
	if (clock.n > 0 && clock_said_parse(&out->sent, clock, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "as2.deadline.clock", "Tieline-Clock: %s", why.text);
	return ST_OK;
}

/* What the signed part says again must be what the head says. */
NODISCARD static enum status bindings_check(
	const struct mime_headers *headers, const struct opening *o, struct fault *f)
{
	const struct as2_receiver *r = o->receiver;

	TRY(area_check(headers, o, f));
	TRY(deadline_read(o->out, headers, f));
	TRY(binding_check(headers, "Tieline-From", r->partner_id, r, f));
	TRY(binding_check(headers, "Tieline-To", r->own_id, r, f));
	return message_id_check_again(headers, o, f);
}

/* --- from the outside in ----------------------------------------------------------------- */

NODISCARD static enum status layer_enter(
	struct layer *l, enum as2_layer kind, const struct opening *o, struct fault *f)
{
	struct slice inner;

	if (o->out->layers & AS2_LAYER_BIT(kind))
		return fault_set(f, ST_INPUT, "as2.layers", "it is %s twice", kinds[kind].name);
	TRY(kinds[kind].open(&inner, o, l, f));
	if (kind != AS2_SIGNED)
		o->out->layers |= AS2_LAYER_BIT(kind);
	return uniform_fault(layer_of_entity(l, inner, f), o, f);
}

/* Only now is anything that was decrypted proven to be the partner's. */
NODISCARD static enum status signed_enter(
	struct layer *l, const struct opening *o, struct fault *f)
{
	TRY(signed_check(o, f));
	o->out->layers |= AS2_LAYER_BIT(AS2_SIGNED);
	return bindings_check(&l->headers, o, f);
}

/* On ST_OK *l is the document's own layer. */
NODISCARD static enum status layers_open(struct layer *l, const struct opening *o, struct fault *f)
{
	enum as2_layer kind;

	while ((kind = kind_of(l)) < AS2_LAYERS) {
		TRY(seal_wanted_check(o, l, kind, f));
		TRY(uniform_fault(layer_enter(l, kind, o, f), o, f));
		if (kind == AS2_SIGNED)
			TRY(signed_enter(l, o, f));
	}
	TRY(seal_wanted_check(o, l, kind, f));
	return uniform_fault(signature_wanted_check(o, l, f), o, f);
}

/* --- the document ------------------------------------------------------------------------- */

static bool is_within(struct slice inner, struct slice outer)
{
	uintptr_t at = (uintptr_t)inner.p, from = (uintptr_t)outer.p;

	return inner.p && at >= from && at - from <= outer.n && inner.n <= outer.n - (at - from);
}

/*
 * Of what was only encrypted, mendelson writes the name into the HTTP message; others name the
 * envelope there.
 */
static struct slice bare_disposition(const struct opening *o)
{
	struct slice said = o->head->content_disposition;
	size_t at;

	if ((o->out->layers & AS2_LAYER_BIT(AS2_SIGNED)) || slice_find(&at, said, S("smime.p7")))
		return S("");
	return said;
}

static struct slice disposition_of(const struct opening *o, const struct layer *l)
{
	struct slice said;

	if (is_outermost(l))
		return o->head->content_disposition;
	if (l->is_bare)
		return bare_disposition(o);
	return mime_header_get(&said, &l->headers, "Content-Disposition", NULL) == ST_OK ? said
											 : S("");
}

NODISCARD static enum status single_read(
	const struct opening *o, const struct layer *l, struct fault *f)
{
	struct as2_opened *out = o->out;

	TRY(slice_to_text(out->root_type, sizeof(out->root_type), slice_str(out->media_type), f));
	document_name_read(&out->filename, disposition_of(o, l), &l->type);
	return mime_decode(&out->document, &out->scratch, l->encoding, l->body, f);
}

/* Their root gives the message its name, and tells the area. */
NODISCARD static enum status root_take(
	void *context, const struct related_part *part, struct fault *f)
{
	struct as2_opened *out = context;

	if (!part->is_root)
		return ST_OK;
	buf_clear(&out->filename);
	buf_put(&out->filename, part->filename);
	return slice_to_text(out->root_type, sizeof(out->root_type), slice_str(part->media_type),
		f);
}

/*
 * Several documents are kept as their entity.  Where the HTTP message itself is it, its type is in
 * the head: the two are put together.
 */
NODISCARD static enum status several_read(
	const struct opening *o, const struct layer *l, struct fault *f)
{
	struct as2_opened *out = o->out;

	out->document = l->entity;
	if (is_outermost(l)) {
		buf_putf(&out->scratch,
			"Content-Type: %.*s\r\nContent-Transfer-Encoding: %.*s\r\n\r\n",
			SLICE_FMT(l->type_text), SLICE_FMT(l->encoding));
		buf_put(&out->scratch, l->body);
		TRY(buf_check(&out->scratch, f));
		out->document = buf_slice(&out->scratch);
	}
	/* What came as base64 was opened long ago. */
	buf_clear(&out->decoded);
	return related_each(out->document, &out->decoded, root_take, out, f);
}

NODISCARD static enum status document_read(
	const struct opening *o, const struct layer *l, struct fault *f)
{
	struct as2_opened *out = o->out;

	if (!(out->layers & AS2_LAYER_BIT(AS2_SIGNED)))
		out->part = out->layers ? l->entity : l->body;
	TRY(document_type_read(out->media_type, &l->type, f));
	TRY(media_type_is_several(slice_str(out->media_type)) ? several_read(o, l, f)
							      : single_read(o, l, f));
	out->document_is_apart = !is_within(out->document, out->part);
	out->is_bare = l->is_bare;
	return ST_OK;
}

/* --- the area ------------------------------------------------------------------------------- */

NODISCARD static enum status area_find(const struct opening *o, struct fault *f)
{
	const struct as2_receiver *r = o->receiver;
	const struct area_signs signs = { .to = o->head->to,
		.subject = o->head->subject,
		.media_type = slice_str(o->out->root_type) };

	if (r->area != AREAS)
		o->out->area = r->area;
	if (o->out->area != AREAS)
		return ST_OK;
	return area_rules_find(&o->out->area, r->area_rules, &signs, f);
}

/* --- the MIC ------------------------------------------------------------------------------- */

NODISCARD static enum status mic_make(struct as2_opened *out, struct slice options, struct fault *f)
{
	bool was_signed = (out->layers & AS2_LAYER_BIT(AS2_SIGNED)) != 0;
	const enum digest of_signature = out->facts.digest.kind;
	/* SHA-1 is read, where excepted, but not made: nor as a MIC (rfc4130bis). */
	enum digest kind = was_signed && of_signature < DIGESTS ? of_signature : DIGEST_SHA256;

	TRY(micalg_wish(&kind, options, f));
	const struct digested part = ahead_digested(&out->ahead, out->part);
	if (was_signed && kind == out->facts.digest.kind)
		out->mic = out->facts.digest; /* of the same bytes: not computed twice */
	else
		digested_compute(&out->mic, kind, &part);
	return ST_OK;
}

enum status as2_open(struct as2_opened *out, const struct as2_head *head, struct slice body,
	const struct as2_receiver *r, struct fault *f)
{
	const struct opening o = { out, head, r };
	struct layer layer;

	TRY(as2_id_check(head, f));
	TRY(names_check(head, r, f));
	TRY(layer_of_head(&layer, head, body, f));
	TRY(layers_open(&layer, &o, f));
	TRY(uniform_fault(document_read(&o, &layer, f), &o, f));
	TRY(area_find(&o, f));
	if (head->disposition_to.n > 0)
		TRY(receipt_options_check(head->disposition_options, f));
	return mic_make(out, head->disposition_options, f);
}
