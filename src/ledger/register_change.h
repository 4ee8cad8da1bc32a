/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a composition change says that it leads to, beside what it can lead to: whoever aggregates
 * says what is after, and is not believed.
 */
#ifndef TIELINE_LEDGER_REGISTER_CHANGE_H
#define TIELINE_LEDGER_REGISTER_CHANGE_H

#include "ledger/register_judge.h"

/*
 * Whether it is in force before it is decided: an emergency whose cause is one, that adds nothing
 * and raises no capability.
 */
NODISCARD enum status change_is_at_once(bool *out, const struct said_document *,
	const struct book *, const struct chapter *list, int64_t at_ns, struct fault *f);

/* What happened need not be announced; a cause that is not said says nothing against it. */
bool change_is_urgent(const struct said_document *);

/* What its items change, while they pass. */
struct growth {
	int64_t resources;
	bool is_open[QUANTITIES]; /* how much is not said */
	int64_t of[QUANTITIES];   /* at most so much more */
	bool is_let; /* some may put out less than they could */
	int64_t let; /* of export: what those in the list may by now, who knows how much before */
};
/* `before`: the resource as it is; NULL: it is not in the list. */
void growth_note(struct growth *, const struct said *item, const struct held *before);

/* Of a registration: whether its resources can do what it says.  Finding "registry.capability". */
NODISCARD enum status plates_judge(struct judging *, const struct growth *, struct fault *f);

/* The resources of a list at a time, but for these names. */
struct left_of {
	const struct chapter *list;
	int64_t at_ns;
	const struct said_names *but; /* borrowed */
};
/* What one can do by its nameplate is added; it is not counted. */
void plates_note(struct growth *, const struct held *);
/* Those, and what they can do, are added. */
NODISCARD enum status left_note(
	struct growth *left, struct judging *, const struct left_of *, struct fault *f);
/*
 * Whether what is left can do that much; also what begins later than its list is added before
 * anything is said.  Finding "registry.capability".
 */
NODISCARD enum status left_judge(struct judging *, const struct quantities *can,
	struct growth *left, const struct left_of *, struct fault *f);

/*
 * Of a change.  left: what it adds and modifies, to which the others are added.  Findings
 * "registry.count", "registry.capability" and "registry.emergency" are reported.
 */
NODISCARD enum status growth_judge(struct judging *, const struct left_of *,
	const struct growth *, struct growth *left, struct fault *f);

#endif
