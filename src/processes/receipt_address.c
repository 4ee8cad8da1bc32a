/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope.  A message may name any address for its receipt, and whoever goes there can be
 * led into our own network or made to attack another (promise 6): what it names is data, told to
 * the operator when it differs from what the partner's sheet says.
 */
#include "processes/receipt_address.h"

#include "bindings/mdn.h"

void receipt_address_put(struct buf *out, const struct partner *partner)
{
	const char *elsewhere = partner->agreement->as2.receipt_url;

	buf_put_text(out, *elsewhere ? elsewhere : partner->sheet->url);
	buf_put_text(out, agreement_receipt_path(partner->agreement));
}

void receipt_address_own_put(struct buf *out, const struct settings *settings)
{
	buf_put_text(out, settings->url);
	buf_put_text(out, RECEIPT_PATH);
}

bool receipt_goes_later(
	struct fault *odd, const struct as2_head *head, const struct partner *partner)
{
	AUTO_IN_PLACE(buf) known = buf_init(RECEIPT_ADDRESS_MAX);

	*odd = (struct fault){ 0 };
	if (!mdn_wished_later(head) || !partner->agreement->as2.may_ask_later)
		return false;
	receipt_address_put(&known, partner);
	if (!slice_eq(head->receipt_delivery, buf_slice(&known)))
		fault_set(odd, ST_NONE, "receipt.address",
			"asked for at %.*s, goes to %.*s as sheet and agreement say",
			SLICE_FMT(slice_to(head->receipt_delivery, 160)),
			SLICE_FMT(slice_to(buf_slice(&known), 160)));
	return true;
}
