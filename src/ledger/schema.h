/* SPDX-License-Identifier: Apache-2.0 */
/* The database's form, and how an older one becomes it. */
#ifndef TIELINE_LEDGER_SCHEMA_H
#define TIELINE_LEDGER_SCHEMA_H

#include "base/fault.h"

struct sqlite3;

/*
 * Settings of the connection, then every migration from the file's version to ours, each in a
 * transaction of its own. ST_HOST "ledger.schema" (a newer version, or another program's file) |
 * "ledger.corrupt" | "ledger.open".
 */
NODISCARD enum status schema_prepare(struct sqlite3 *, struct fault *f);

/*
 * What SQLite's last failure means to the caller: ST_RETRY "ledger.full" | "ledger.busy" |
 * "ledger.io" | "ledger.read-only", ST_HOST "ledger.corrupt".
 */
enum status schema_fault(struct sqlite3 *, struct fault *f, const char *doing);
/* The same of a result code alone. */
enum status schema_code_fault(int code, struct fault *f, const char *doing);

#endif
