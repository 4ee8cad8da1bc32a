/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole messages of hostile bytes: the first line is the Content-Type, the rest the body.  Nobody
 * has signed them and nothing is encrypted to us, so with an agreement that wants either they are
 * refused; with one that wants neither, what comes out lies within what came in.
 */
#include "bindings/as2_open.h"

#define SIZE_MAX_HERE 65536

static enum status open_as(struct as2_opened *out, struct slice type, struct slice body, bool least)
{
	struct as2_head head = { .from = S("a"), .to = S("b"), .message_id = S("1@a"),
		.content_type = type, .disposition_to = S("a") };
	struct as2_receiver receiver = { .own_id = S("b"), .partner_id = S("a"),
		.terms = { .sign = least, .encrypt = least } };
	struct fault f = { 0 };

	as2_opened_init(out, SIZE_MAX_HERE, -1);
	return as2_open(out, &head, body, &receiver, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice type, body, in = slice_of(data, size);

	slice_cut(&type, &body, in, '\n');
	for (int least = 0; least < 2; least++) {
		AUTO_IN_PLACE(as2_opened) opened;
		enum status st = open_as(&opened, slice_trim(type), body, least);
		if (st == ST_OK && (least || opened.layers & AS2_LAYER_BIT(AS2_SEALED)))
			bug("a message nobody signed or sealed was opened as if");
		if (st == ST_OK && opened.document.n > opened.entity.max)
			bug("a document larger than its room");
	}
	return 0;
}
