/* SPDX-License-Identifier: Apache-2.0 */
/* AS2 heads of hostile bytes; what an edge selects from one must read the same. */
#include "bindings/mdn.h"

static void same(struct slice a, struct slice b)
{
	if (!slice_eq(a, b))
		bug("the selected head reads differently");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) selected = buf_init(AS2_HEAD_MAX);
	struct as2_head whole, part;
	struct fault f = { 0 };

	if (as2_head_parse(&whole, slice_of(data, size), &f) != ST_OK)
		return 0;
	if (as2_head_select(&selected, slice_of(data, size), &f) != ST_OK)
		return 0;
	if (as2_head_parse(&part, buf_slice(&selected), &f) != ST_OK)
		bug("the selected head cannot be read: %s", f.text);
	same(whole.from, part.from);
	same(whole.to, part.to);
	same(whole.message_id, part.message_id);
	if (mdn_wish(&whole) != mdn_wish(&part) ||
		mdn_wished_later(&whole) != mdn_wished_later(&part) ||
		(mdn_wished_later(&whole) && mdn_wish(&whole) == RECEIPT_NONE))
		bug("the selected head wishes for another receipt");
	if (whole.id_is_bare != part.id_is_bare ||
		as2_id_check(&whole, NULL) != as2_id_check(&part, NULL))
		bug("the selected head has another Message-ID");
	same(whole.content_type, part.content_type);
	same(whole.disposition_options, part.disposition_options);
	return 0;
}
