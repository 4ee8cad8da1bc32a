/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope, and for commands that show and save what came.  Refused: more documents than
 * RELATED_PARTS_MAX, a multipart or CMS within, a root that is not there.  Text before the first
 * and behind the last boundary is no document (RFC 2046 5.1.1).
 */
#include "bindings/related.h"

#include "bindings/filename.h"
#include "documents/media_type.h"

#define FILENAME_DECODED_MAX 4096

/* --- what a document says it is --------------------------------------------------- */

static bool is_cms_type(struct slice name)
{
	return slice_eq(name, S("application/pkcs7-mime")) ||
		slice_eq(name, S("application/x-pkcs7-mime"));
}

enum status document_type_read(
	char out[MEDIA_TYPE_MAX + 1], const struct mime_value *type, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(MEDIA_TYPE_MAX);

	TRY(media_type_parse(
		&name, type->main.n > 0 ? type->main : S("application/octet-stream"), f));
	if (is_cms_type(buf_slice(&name)))
		return fault_set(f, ST_INPUT, "as2.layers",
			"the content is %s of a kind that is not read: sign as multipart/signed",
			buf_text(&name));
	return slice_to_text(out, MEDIA_TYPE_MAX + 1, buf_slice(&name), f);
}

void document_name_read(struct buf *out, struct slice disposition, const struct mime_value *type)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_DECODED_MAX);
	struct mime_value value;
	bool readable = mime_value_parse(&value, disposition, NULL) == ST_OK;

	mime_filename(&name, readable ? &value : NULL, type);
	filename_clean(out, buf_slice(&name));
}

/* --- several ------------------------------------------------------------------------ */

struct walk {
	struct slice start; /* Content-ID of the root, without brackets; empty: the first is it */
	unsigned roots;
	struct buf *scratch;
	related_heard *each;
	void *context;
};

static struct slice bare_id(struct slice id)
{
	id = slice_trim(id);
	if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = slice_sub(id, 1, id.n - 2);
	return id;
}

static bool is_root(const struct walk *w, unsigned number, const struct mime_headers *headers)
{
	struct slice id;

	if (w->start.n == 0)
		return number == 1;
	return mime_header_get(&id, headers, "Content-ID", NULL) == ST_OK &&
		slice_eq(bare_id(id), w->start);
}

/* Within one of several there are no further ones: nobody could say which is which. */
NODISCARD static enum status part_type_read(
	struct related_part *out, struct mime_value *type, struct slice text, struct fault *f)
{
	TRY(mime_value_parse(type, text, f));
	TRY(document_type_read(out->media_type, type, f));
	if (media_type_is_several(slice_str(out->media_type)))
		return fault_set(f, ST_INPUT, "as2.parts", "document %u is itself %s", out->number,
			out->media_type);
	return ST_OK;
}

NODISCARD static enum status content_read(struct related_part *out, const struct walk *w,
	const struct mime_headers *headers, struct slice body, struct fault *f)
{
	out->content = body;
	if (!w->scratch)
		return ST_OK;
	TRY(mime_content(&out->content, w->scratch, headers, body, f));
	out->is_encoded = out->content.p != body.p;
	return ST_OK;
}

NODISCARD static enum status part_hear(
	struct walk *w, unsigned number, struct slice part, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_MAX_BYTES);
	const size_t before = w->scratch ? w->scratch->n : 0;
	struct related_part found = { .number = number };
	struct slice body, type_text, disposition;
	struct mime_headers headers;
	struct mime_value type;
	bool is_bare;

	TRY(mime_entity_parse(&headers, &body, &is_bare, part, f));
	if (is_bare)
		return fault_set(f, ST_INPUT, "as2.parts",
			"document %u begins without headers and the empty line after them", number);
	TRY(mime_header_get(&type_text, &headers, "Content-Type", f));
	TRY(part_type_read(&found, &type, type_text, f));
	if (mime_header_get(&disposition, &headers, "Content-Disposition", NULL) != ST_OK)
		disposition = S("");
	document_name_read(&name, disposition, &type);
	found.filename = buf_slice(&name);
	found.is_root = is_root(w, number, &headers);
	w->roots += found.is_root;
	TRY(content_read(&found, w, &headers, body, f));
	TRY(w->each(w->context, &found, f));
	if (w->scratch)
		buf_truncate(w->scratch, before);
	return ST_OK;
}

NODISCARD static enum status parts_hear(
	struct walk *w, struct mime_multipart *all, struct fault *f)
{
	struct slice part;

	while (!all->is_closed) {
		TRY(mime_multipart_next(&part, all, f));
		if (all->count > RELATED_PARTS_MAX)
			return fault_set(f, ST_LIMIT, "as2.parts.count",
				"more than %d documents in one message", RELATED_PARTS_MAX);
		TRY(part_hear(w, (unsigned)all->count, part, f));
	}
	if (all->count == 0)
		return fault_set(f, ST_INPUT, "as2.parts", "a multipart without a document");
	if (w->roots != 1)
		return fault_set(f, ST_INPUT, "as2.parts.root",
			"%u documents have the Content-ID that start= names, '%.*s'", w->roots,
			SLICE_FMT(slice_to(w->start, 60)));
	return ST_OK;
}

/* Only what is in it may be encoded (RFC 2045 6.4). */
NODISCARD static enum status encoding_check(const struct mime_headers *headers, struct fault *f)
{
	struct slice encoding;

	TRY(mime_header_get(&encoding, headers, "Content-Transfer-Encoding", f));
	if (slice_eq_nocase(encoding, S("base64")) ||
		slice_eq_nocase(encoding, S("quoted-printable")))
		return fault_set(f, ST_INPUT, "as2.parts", "a multipart encoded as %.*s",
			SLICE_FMT(encoding));
	return ST_OK;
}

enum status related_each(struct slice entity, struct buf *scratch, related_heard *each,
	void *context, struct fault *f)
{
	struct walk w = { .scratch = scratch, .each = each, .context = context };
	struct mime_multipart all;
	struct mime_headers headers;
	struct mime_value type;
	struct slice body, text;

	TRY(mime_headers_parse(&headers, &body, entity, f));
	TRY(encoding_check(&headers, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	if (!mime_main_is(&type, "multipart/related") && !mime_main_is(&type, "multipart/mixed"))
		return fault_set(f, ST_INPUT, "as2.parts",
			"the content is '%.*s': several documents come as multipart/related",
			SLICE_FMT(slice_to(type.main, 60)));
	if (mime_main_is(&type, "multipart/related"))
		w.start = bare_id(mime_param_get(&type, "start"));
	TRY(mime_multipart_begin(&all, body, mime_param_get(&type, "boundary"), f));
	return parts_hear(&w, &all, f);
}
