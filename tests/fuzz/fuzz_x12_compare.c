/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hostile streams compared: the first two bytes say where the one ends.  Each is as itself;
 * what is told is told of the other way round, too, and names what is there.
 */
#include "../unit/x12_house.h"
#include "documents/x12/compare.h"

static struct x12_guide *guide;

static void guide_open(void)
{
	const char *const texts[] = { X12_HOUSE_GUIDE, NULL };
	struct fault f;

	if (!guide && x12_house_load(&guide, "bill", texts, &f) != ST_OK)
		bug("%s", f.text);
}

static void sets_read(struct x12_sets *sets, struct slice in)
{
	struct x12_checked_guide checked = { guide, NULL };
	struct x12_listener hear = x12_sets_hear(sets);
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, &hear);
	struct fault f;

	x12_check_whole(check, in);
	if (x12_sets_check(sets, &f) != ST_OK)
		bug("%s", f.text);
}

/* How often each was told. */
struct told {
	size_t changes[X12_SET_LONG + 1];
};

static bool has_amount(struct slice amount, struct slice text)
{
	return amount.n > 0 && text.n == 0;
}

static void difference_take(void *context, const struct x12_difference *d)
{
	struct told *told = context;
	bool of_set = d->change <= X12_SET_NEW || d->change == X12_SET_LONG;

	told->changes[d->change]++;
	if (of_set != (d->before == 0 && d->after == 0) || !d->set[0])
		bug("a difference that is nowhere");
	if ((d->change == X12_SEGMENT_GONE && d->after) ||
		(d->change == X12_SEGMENT_NEW && d->before))
		bug("what is there only once is there twice");
	if (d->change == X12_ELEMENT_OTHER && (d->element == 0 || !d->before || !d->after ||
						      slice_eq(d->old_text, d->new_text)))
		bug("an element that is no other");
	if (has_amount(d->old_amount, d->old_text) || has_amount(d->new_amount, d->new_text))
		bug("an amount of nothing");
}

static size_t compare(struct told *told, const struct x12_sets *a, const struct x12_sets *b)
{
	*told = (struct told){ 0 };
	return x12_compare(a, b, difference_take, told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_from(slice_of(data, size), 2);
	size_t cut = size >= 2 ? (size_t)(data[0] << 8 | data[1]) : 0;
	AUTO(x12_sets) a = x12_sets_new();
	AUTO(x12_sets) b = x12_sets_new();
	struct told forth, back;

	guide_open();
	sets_read(a, slice_to(in, cut));
	sets_read(b, slice_from(in, cut));
	if (compare(&forth, a, a) > 0 || compare(&forth, b, b) > 0)
		bug("it differs from itself");
	if ((compare(&forth, a, b) == 0) != (compare(&back, b, a) == 0))
		bug("they differ one way only");
	if (forth.changes[X12_SET_GONE] != back.changes[X12_SET_NEW] ||
		forth.changes[X12_SET_NEW] != back.changes[X12_SET_GONE])
		bug("sets are missing one way only");
	return 0;
}
