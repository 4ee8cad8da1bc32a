/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole messages of hostile bytes: the first line is the Content-Type, the rest the body.  Nobody
 * has signed them and nothing is encrypted to us, so with an agreement that wants either they are
 * refused; with one that wants neither, what comes out lies within what came in; and what was
 * taken as several documents is cut again as often as anybody asks, each within its entity.  Taken
 * as an entity that is decrypted, all is known of it ahead that is known later, and nothing else.
 */
#include "bindings/as2_open.h"
#include "bindings/multipart_signed.h"
#include "bindings/related.h"

#define SIZE_MAX_HERE 65536

static enum status open_as(
	struct as2_opened *out, struct slice type, struct slice body, unsigned least)
{
	struct as2_head head = { .from = S("a"), .to = S("b"), .message_id = S("1@a"),
		.content_type = type, .disposition_to = S("a") };
	struct as2_receiver receiver = { .own_id = S("b"), .partner_id = S("a"),
		.terms = { .sign = least & 1, .encrypt = least & 2 } };
	struct fault f = { 0 };

	as2_opened_init(out, SIZE_MAX_HERE, -1);
	return as2_open(out, &head, body, &receiver, &f);
}

struct cut {
	struct slice entity;
	unsigned count, roots;
};

static enum status part_heard(void *context, const struct related_part *part, struct fault *f)
{
	struct cut *cut = context;
	uintptr_t at = (uintptr_t)part->content.p, from = (uintptr_t)cut->entity.p;

	(void)f;
	if (!part->is_encoded && part->content.n > 0 &&
		(at < from || at + part->content.n > from + cut->entity.n))
		bug("a document outside of its entity");
	if (part->number != ++cut->count || part->number > RELATED_PARTS_MAX ||
		part->filename.n > FILENAME_MAX_BYTES)
		bug("document %u is none", part->number);
	cut->roots += part->is_root;
	return ST_OK;
}

static void cut_again(const struct as2_opened *opened)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(SIZE_MAX_HERE);
	struct cut cut = { opened->document, 0, 0 };

	if (!media_type_is_several(slice_str(opened->media_type)))
		return;
	if (related_each(opened->document, &scratch, part_heard, &cut, NULL) != ST_OK ||
		cut.roots != 1)
		bug("what was taken as several documents cannot be cut");
}

/* The body as what is decrypted, in pieces: what is known then is what is found without. */
static void looked_at_ahead(struct slice in)
{
	AUTO_IN_PLACE(buf) entity = buf_init(SIZE_MAX_HERE), scratch = buf_init(SIZE_MAX_HERE);
	struct slice part[2], signature, piece = slice_to(in, in.n - in.n / 3), rest = in;
	struct digest_value value;
	struct mime_headers headers;
	struct mime_value type;
	struct slice text, body;
	struct ahead a = { 0 };

	ahead_begin(&a, &entity, S(""));
	for (; rest.n > 0 && in.n <= SIZE_MAX_HERE; piece = slice_to(rest, 7)) {
		buf_put(&entity, piece);
		ahead_more(&a);
		rest = slice_from(rest, piece.n);
	}
	ahead_end(&a);
	if (mime_headers_parse(&headers, &body, buf_slice(&entity), NULL) == ST_OK &&
		mime_header_get(&text, &headers, "Content-Type", NULL) == ST_OK &&
		mime_value_parse(&type, text, NULL) == ST_OK &&
		multipart_signed_parse(&part[0], &signature, &scratch, body,
			mime_boundary_of(&type, body), NULL) == ST_OK) {
		const struct digested known = ahead_digested(&a, part[0]);

		if (multipart_signed_parse_from(ahead_clear(&a, body), &part[1], &signature,
			    &scratch, body, mime_boundary_of(&type, body), NULL) != ST_OK ||
			part[0].p != part[1].p || part[0].n != part[1].n)
			bug("another part without the search");
		if (known.known)
			digest_compute(&value, known.known->kind, part[0]);
		if (known.known && !digest_eq(&value, known.known))
			bug("a digest of other bytes");
	}
	ahead_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice type, body, in = slice_of(data, size);

	looked_at_ahead(in);
	slice_cut(&type, &body, in, '\n');
	for (unsigned least = 0; least < 4; least++) {
		AUTO_IN_PLACE(as2_opened) opened;
		enum status st = open_as(&opened, slice_trim(type), body, least);
		if (st == ST_OK && (least || opened.layers & AS2_LAYER_BIT(AS2_SEALED)))
			bug("a message nobody signed or sealed was opened as if");
		if (st == ST_OK && opened.document.n > opened.entity.max)
			bug("a document larger than its room");
		if (st == ST_OK)
			cut_again(&opened);
	}
	return 0;
}
