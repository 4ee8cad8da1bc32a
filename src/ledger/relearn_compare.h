/* SPDX-License-Identifier: Apache-2.0 */
/* Used by relearn.c: two registers, row by row. */
#ifndef TIELINE_LEDGER_RELEARN_COMPARE_H
#define TIELINE_LEDGER_RELEARN_COMPARE_H

#include "ledger/relearn.h"

struct sqlite3;

struct relearn_compared {
	int64_t before; /* of statements up to this one nothing is compared */
	int64_t at_ns;  /* when the ledger was as it is */
	relearn_say *say;
	void *context;
};

/*
 * What is in "kept" against what is in "main", but for the statements in main.relearn_copied.  Each
 * table is gone through in the order of its rows, so nothing is held of it.  Faults of the
 * database.
 */
NODISCARD enum status relearn_compare(
	struct sqlite3 *, const struct relearn_compared *, struct fault *f);

#endif
