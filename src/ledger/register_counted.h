/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many resources a list has, or a change adds and takes away, kept with it: so that a document
 * about 1,000 of them need not count them.
 */
#ifndef TIELINE_LEDGER_REGISTER_COUNTED_H
#define TIELINE_LEDGER_REGISTER_COUNTED_H

#include "ledger/register_said.h"
#include "ledger/statements.h"

struct counted {
	bool is_known; /* false: they have to be counted */
	int64_t more;
	/* at times from then on, and before then (0: for ever): resources have their own */
	int64_t from_ns, until_ns;
};

struct ledger;
/* Of a list (base 0), or of a change of list `base`, before it is there; names: its resources. */
NODISCARD enum status counted_find(struct counted *out, struct ledger *, uint64_t base,
	const struct said_document *, const struct said_names *names, struct fault *f);

/* Of a decision about list `base`, which leaves out what the names say. */
NODISCARD enum status counted_left_out(struct counted *out, struct ledger *, uint64_t base,
	const struct said_names *names, struct fault *f);

/* As it is kept: NULL where it is not known. */
struct value counted_value(const struct counted *);

#endif
