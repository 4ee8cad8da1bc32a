/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists of hostile bytes: whatever is read says whose each list is and until when. */
#include "base/clock.h"
#include "safeguards/crypto.h"
#include "safeguards/revocation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(lists) lists = NULL;
	struct fault f = { 0 };
	enum status st = lists_parse(&lists, slice_of(data, size), &f);

	if ((st == ST_OK) != (lists && lists_count(lists) > 0))
		bug("lists: %s, and not what belongs to it", status_name(st));
	if (st != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	for (size_t i = 0; lists && i < lists_count(lists); i++)
		if (!lists_issuer(lists, i) || lists_next_update_ns(lists, i) == 0)
			bug("a list that can never be stale");
	return 0;
}
