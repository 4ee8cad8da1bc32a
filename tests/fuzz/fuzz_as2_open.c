/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole messages of hostile bytes: the first line is the Content-Type, the rest the body.  Nobody
 * has signed them and nothing is encrypted to us, so with an agreement that wants either they are
 * refused; with one that wants neither, what comes out lies within what came in; and what was
 * taken as several documents is cut again as often as anybody asks, each within its entity.
 */
#include "bindings/as2_open.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice type, body, in = slice_of(data, size);

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
