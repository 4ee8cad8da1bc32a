/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  Resources are passed over only where no number is kept that is
 * sure for that moment, or where it is another.
 */
#include "ledger/register_total.h"

#include "ledger/ledger_internal.h"

static enum status rows_count(int64_t *out, struct judging *j, const struct chapter *list,
	int64_t at_ns, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, at_ns, ROLL_WHOLE);
	struct held held;
	enum status st;

	*out = 0;
	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		*out += 1;
	return st == ST_NONE ? ST_OK : st;
}

static enum status total_at(int64_t *out, struct judging *j, int64_t at_ns, struct fault *f)
{
	const struct chapter *list;

	*out = -1;
	if (book_list(&list, &j->book, &j->of, at_ns, NULL) != ST_OK ||
		book_counted(out, &j->book, list, at_ns))
		return ST_OK;
	return rows_count(out, j, list, at_ns, f);
}

/* When it is about, when it was made, or now: what changes in between it may know, or not yet. */
enum status judge_total(struct judging *j, struct fault *f)
{
	const int64_t now_ns = j->question->now_ns;
	const int64_t moments[] = { j->at_ns,
		said_number(&j->document->head, FACT_CREATED, now_ns), now_ns };
	int64_t said = said_number(&j->document->head, FACT_COUNT, -1), there = said;
	int64_t first = -1;

	if (said < 0 || said_is_copy(j->document))
		return ST_OK; /* who is sent copies sees no resources */
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		TRY(total_at(&there, j, moments[i], f));
		if (there == said)
			return ST_OK;
		first = i == 0 ? there : first;
	}
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.count",
			"it says that there are %lld resources, registered are %lld",
			(long long)said, (long long)first),
		NULL, f);
}
