/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are kept as they came: what time a change is may depend on the code of the readings. */
#include "documents/x12/lengths.h"

#include "base/own.h"

void x12_lengths_add(struct x12_lengths *l, struct slice text)
{
	struct x12_said_length *length = &l->lengths[l->length_count];
	uint64_t minutes;

	if (l->length_count == X12_LENGTHS_MAX || text.n != 5 ||
		slice_u64(&minutes, slice_from(text, 2), NULL) != ST_OK || minutes == 0 ||
		minutes * 60 > X12_INTERVAL_MAX_S ||
		slice_to_text(length->unit, sizeof(length->unit), slice_to(text, 2), NULL) != ST_OK)
		return;
	length->interval_s = (int64_t)minutes * 60;
	l->length_count++;
}

static struct x12_stated stated_of(const struct x12_said_change *c, struct slice code)
{
	return (struct x12_stated){ slice_str(c->date), slice_str(*c->time ? c->time : "0000"),
		*c->code ? slice_str(c->code) : code };
}

enum status x12_lengths_change(
	struct x12_lengths *l, const struct x12_stated *said, struct fault *f)
{
	struct x12_stated stated = *said;
	struct x12_said_change change;
	struct x12_moment moment;

	if (l->change_count == X12_CHANGES_MAX)
		return fault_set(f, ST_LIMIT, "x12.interval.length",
			"the length of intervals changes more than %d times in one PTD loop: this "
			"change is left out", X12_CHANGES_MAX);
	stated.time = said->time.n > 0 ? said->time : S("0000");
	stated.code = said->code.n > 0 ? said->code : S("UT");
	TRY(x12_moment_read(&moment, X12_BEGIN, &stated, f));
	TRY(slice_to_text(change.date, sizeof(change.date), said->date, f));
	TRY(slice_to_text(change.time, sizeof(change.time), said->time, f));
	TRY(slice_to_text(change.code, sizeof(change.code), said->code, f));
	l->changes[l->change_count++] = change;
	return ST_OK;
}

int64_t x12_lengths_of(const struct x12_lengths *l, const char *unit, size_t changes)
{
	size_t before = 0;

	for (size_t i = 0; i < l->length_count; i++)
		if (slice_eq(slice_str(l->lengths[i].unit), slice_str(unit)) && before++ == changes)
			return l->lengths[i].interval_s;
	return changes == 0 && l->length_count == 1 ? l->lengths[0].interval_s : 0;
}

bool x12_lengths_changes(
	int64_t *utc_s, const struct x12_lengths *l, size_t change, struct slice code)
{
	struct x12_stated stated;
	struct x12_moment moment;

	if (change >= l->change_count)
		return false;
	stated = stated_of(&l->changes[change], code);
	if (x12_moment_read(&moment, X12_BEGIN, &stated, NULL) != ST_OK)
		return false;
	*utc_s = moment.utc_s;
	return true;
}
