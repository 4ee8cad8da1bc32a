/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists of hostile bytes: whatever is read says whose each list is and until when. */
#include "base/clock.h"
#include "safeguards/crypto.h"
#include "safeguards/revocation.h"

/* What is fetched is one list, or none. */
static void one_read(struct slice bytes, size_t count)
{
	AUTO(lists) list = NULL;
	struct fault f = { 0 };

	if ((list_parse(&list, bytes, &f) == ST_OK) != (count == 1))
		bug("%zu lists, and taken for another number", count);
}

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
	if (size <= LISTS_SIZE_MAX)
		one_read(slice_of(data, size), lists ? lists_count(lists) : 0);
	return 0;
}
