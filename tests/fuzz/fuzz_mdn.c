/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts of hostile bytes: as a report whose signature is not asked for, and, with its first line
 * as the Content-Type, as a signed receipt, which nobody here can have signed.
 */
#include "bindings/mdn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size), type, body;
	struct signature_facts facts;
	struct fault f = { 0 };
	struct mdn mdn;

	if (mdn_report_parse(&mdn, in, &f) == ST_OK && mdn_accepts(&mdn) &&
		mdn.disposition.n < sizeof("processed") - 1)
		bug("accepted without saying processed");
	slice_cut(&type, &body, in, '\n');
	(void)mdn_is(slice_trim(type), body);
	if (mdn_open(&mdn, &facts, slice_trim(type), body, NULL, 0, 0, 0, &f) == ST_OK)
		bug("a receipt that nobody signed was accepted");
	return 0;
}
