/* SPDX-License-Identifier: Apache-2.0 */
/* AS2 heads of hostile bytes; what an edge selects from one must read the same. */
#include "bindings/mdn.h"
#include "bindings/micalg.h"

static void same(struct slice a, struct slice b)
{
	if (!slice_eq(a, b))
		bug("the selected head reads differently");
}

static void digest_wish(struct slice options)
{
	enum digest kind = DIGESTS;
	struct fault f = { 0 };

	if (micalg_wish(&kind, options, &f) != ST_OK ? !f.code[0] || kind != DIGESTS
						      : kind > DIGESTS)
		bug("a digest that nobody has, or none without a code");
}

/* What is required and cannot be done is told; nothing that is optional is. */
static void options_check(struct slice options)
{
	struct fault f = { 0 };
	size_t at;

	if (receipt_options_check(options, &f) != ST_OK &&
		(!f.code[0] || !slice_find(&at, options, S("="))))
		bug("refused without a code, or for nothing");
}

static void id_read(struct slice text)
{
	struct fault f = { 0 };
	struct slice id;

	if (message_id_parse(&id, text, &f) == ST_OK && message_id_check(id, &f) != ST_OK)
		bug("a Message-ID that may not be: %s", f.text);
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
	digest_wish(whole.disposition_options);
	options_check(whole.disposition_options);
	id_read(whole.message_id);
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
