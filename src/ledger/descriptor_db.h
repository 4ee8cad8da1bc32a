/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that is an open descriptor, and its write-ahead log another: for whoever looks at a
 * ledger without being its owner (a copy of it, or the files of a gateway that is stopped) and may
 * have no path at all.  What is read is never changed: no lock, no journal, no checkpoint.
 */
#ifndef TIELINE_LEDGER_DESCRIPTOR_DB_H
#define TIELINE_LEDGER_DESCRIPTOR_DB_H

#include "base/fault.h"

#include <stdbool.h>

struct sqlite3;

/*
 * For reading.  wal: -1 when there is none.  Both stay the caller's, and open as long as the
 * database.  ST_HOST "ledger.open" | "ledger.corrupt".
 */
NODISCARD enum status descriptor_db_open(
	struct sqlite3 **out, int db, int wal, struct fault *f);
/* An empty file to copy a database into; nothing of it is synced, no journal is kept. */
NODISCARD enum status descriptor_db_make(struct sqlite3 **out, int db, struct fault *f);
/* Of one that was made so: the other, for reading, beside it as "kept".  As descriptor_db_open(). */
NODISCARD enum status descriptor_db_attach(
	struct sqlite3 *to, int db, int wal, struct fault *f);

#endif
