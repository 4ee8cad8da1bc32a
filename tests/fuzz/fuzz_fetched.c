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

	while (fetched_record_next(&r, &in, NULL) == ST_OK) {
		if (!fetched_record_fits(out, &r))
			bug("records do not fit into their own size");
		fetched_record_put(out, &r);
	}
}

/* Of each record that was taken there are times, and what it is. */
static void known_ask(const struct fetched *t, struct slice records)
{
	struct cursor in = cursor_of(records);
	uint8_t key[FETCHED_KEY_SIZE];
	struct fetched_times times;
	struct fetched_record r;

	while (fetched_record_next(&r, &in, NULL) == ST_OK) {
		if (fetched_times(&times, t, r.kind, r.key) && times.issued_ns != r.issued_ns &&
			r.kind == FETCHED_HEALTH)
			bug("times of something else");
		if (r.kind == FETCHED_ANSWER && !fetched_answer(t, r.key))
			bug("an answer is gone");
		(void)fetched_list(t, r.key.p);
		list_key(key, "http://crl.example/", r.bytes);
		(void)fetched_list(t, key); /* any record may have any key */
	}
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
	if (fetched_changes(t) < 2)
		bug("what was taken twice changed less");
	known_ask(t, records);
	return 0;
}
