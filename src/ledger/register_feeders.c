/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  Resources are passed over once, whatever is named: only what is
 * there now counts, not what was removed, moved or left out by a decision.
 */
#include "ledger/register_feeders.h"

/* The feeders that are named, and of each name's first place whether a resource is there. */
struct naming {
	struct said_names names;
	struct buf met; /* a byte for each of names */
	size_t missing; /* how many are not met yet */
};

static void naming_done(struct naming *n)
{
	said_names_done(&n->names);
	buf_done(&n->met);
}

static enum status naming_init(struct naming *out, const struct judging *j, struct fault *f)
{
	*out = (struct naming){ .met = buf_init(SAID_NAMES_MAX) };
	TRY(said_names_many(&out->names, j->document, FACT_FEEDER, f));
	for (size_t i = 0; i < said_names_count(&out->names); i++) {
		out->missing += !said_name_is_again(&out->names, i);
		buf_put_u8(&out->met, 0);
	}
	return ST_OK;
}

static void naming_meet(struct naming *n, struct slice feeder)
{
	size_t low = 0, high = said_names_count(&n->names);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(said_name_text(&n->names, middle), feeder) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == said_names_count(&n->names) || n->met.p[low] ||
		!slice_eq(said_name_text(&n->names, low), feeder))
		return;
	n->met.p[low] = 1;
	n->missing--;
}

static enum status naming_look(struct naming *n, struct judging *j, const struct chapter *list,
	struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, j->at_ns, ROLL_WHOLE);
	struct held held;

	while (n->missing > 0) {
		enum status st = roll_next(&held, &roll, S(""), f);

		if (st != ST_OK)
			return st == ST_NONE ? ST_OK : st;
		naming_meet(n, held.feeder);
	}
	return ST_OK;
}

static enum status naming_tell(const struct naming *n, struct judging *j, struct fault *f)
{
	for (size_t i = 0; n->missing > 0 && i < said_names_count(&n->names); i++) {
		const struct said_name *name = said_name_of(&n->names, i);
		const struct said where = { .list = (enum fact_list)name->list,
			.item = name->item };

		if (n->met.p[i] || said_name_is_again(&n->names, i))
			continue;
		TRY(judging_report(j,
			fault_set(f, ST_AUTH, "registry.feeder",
				"the aggregation has no resource on feeder %.*s at that time",
				SLICE_FMT(name_shown(said_name_text(&n->names, i)))),
			&where, f));
	}
	return ST_OK;
}

enum status judge_feeders(struct judging *j, const struct chapter *list, struct fault *f)
{
	struct naming naming;
	enum status st = naming_init(&naming, j, f);

	if (st == ST_OK)
		st = naming_look(&naming, j, list, f);
	if (st == ST_OK)
		st = naming_tell(&naming, j, f);
	naming_done(&naming);
	return st;
}
