/* SPDX-License-Identifier: Apache-2.0 */
/* The database's form, and how an older one becomes it. */
#ifndef TIELINE_LEDGER_SCHEMA_H
#define TIELINE_LEDGER_SCHEMA_H

#include "base/slice.h"

struct sqlite3;

/* One sentence of the ledger that starts or works, and of fsck. */
#define LEDGER_DAMAGED "a page of ledger.db is not what was written"
#define LEDGER_FAILED "ledger.failed" /* the code of what SQLite has no word of ours for */
#define LEDGER_CHECKED_MAX (128 << 20) /* bytes of a database that is looked through at the start */

/*
 * Settings of the connection, then every migration from the file's version to ours, each in a
 * transaction of its own.  *was: the version it had, 0 of a new one.  ST_HOST "ledger.schema" (a newer version, or another program's file) |
 * "ledger.corrupt" | "ledger.open".
 */
NODISCARD enum status schema_prepare(int64_t *was, struct sqlite3 *,
	void (*sha256)(uint8_t out[32], struct slice), struct fault *f);

/* The same tables in an empty database, whose settings stay as they are.  As schema_fault(). */
NODISCARD enum status schema_fill(
	struct sqlite3 *, void (*sha256)(uint8_t out[32], struct slice), struct fault *f);

/*
 * What SQLite's last failure means to the caller: ST_RETRY "ledger.full" | "ledger.busy" |
 * "ledger.io" | "ledger.read-only", ST_HOST "ledger.corrupt".
 */
enum status schema_fault(struct sqlite3 *, struct fault *f, const char *doing);
/*
 * Writes a page as it was, which goes to the log: whether the disk takes it.  Outside a
 * transaction; as schema_fault().
 */
NODISCARD enum status schema_prove(struct sqlite3 *, struct fault *f);
/* Makes tables, indexes and triggers of this connection alone.  As schema_fault(). */
NODISCARD enum status schema_temporary(
	struct sqlite3 *, const char *sql, const char *doing, struct fault *f);
/* The same of a result code alone. */
enum status schema_code_fault(int code, struct fault *f, const char *doing);

#endif
