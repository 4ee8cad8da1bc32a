/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of what was fetched: taken whole or not at all; what was taken and written again says the
 * same.
 */
#include "safeguards/fetched.h"

#define SIZE_MAX_BYTES (1 << 20)

static void records_again(struct slice records, struct buf *out)
{
	struct cursor in = cursor_of(records);
	struct fetched_record r;

	while (fetched_record_next(&r, &in, NULL) == ST_OK)
		fetched_record_put(out, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice records = slice_of(data, size);
	AUTO_IN_PLACE(buf) again = buf_init(SIZE_MAX_BYTES);
	AUTO(fetched) t = fetched_new();
	struct fault f = { 0 };

	if (size > SIZE_MAX_BYTES)
		return 0;
	if (fetched_take(t, records, &f) != ST_OK) {
		if (f.code[0] == '\0' && f.status != ST_MORE)
			bug("refused without a code");
		return 0;
	}
	records_again(records, &again);
	if (!slice_eq(buf_slice(&again), records))
		bug("written again, it is something else");
	uint64_t generation = fetched_generation(t);
	if (fetched_take(t, records, &f) != ST_OK || fetched_generation(t) != generation)
		bug("the same again is news");
	return 0;
}
