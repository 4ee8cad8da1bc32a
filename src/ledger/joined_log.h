/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VFS of SQLite, in front of the usual one, for a database in WAL mode: what a transaction writes
 * to the log, the head of each page and the page, piece by piece and one behind the other, goes to
 * the file as one write.  Before the COMMIT that wrote it is over, all of it is in the file; a
 * write that fails fails the statement that needed it.  All else passes as it is.
 */
#ifndef TIELINE_LEDGER_JOINED_LOG_H
#define TIELINE_LEDGER_JOINED_LOG_H

#define JOINED_LOG_ROOM (120 << 10) /* bytes; SQLite's own VFS writes less than 128 KiB at once */

/* Its name, for sqlite3_open_v2.  It is in front of what SQLite would use at this moment. */
const char *joined_log_vfs(void);

#endif
