/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VFS of SQLite, in front of the usual one, for a database that one process owns and opens more
 * than once: its connections share the index of the write-ahead log in memory (walformat, 2.2), so
 * one of them can move the log into the database while another writes.  The first that opens the
 * file locks it against every other process until it closes it; the others must be closed before.
 * Each connection is used by one thread at a time, and they by different ones.
 *
 * With PRAGMA locking_mode = EXCLUSIVE SQLite would keep that index in memory, too, but for one
 * connection; without, in a file beside the database, which any process may open, a full disk
 * refuses and the kernel writes back.
 */
#ifndef TIELINE_LEDGER_OWNED_FILE_H
#define TIELINE_LEDGER_OWNED_FILE_H

struct sqlite3_vfs;
/*
 * To open with, or to stand behind another VFS; databases alone are opened in this way, all else as
 * SQLite would at this moment.
 */
struct sqlite3_vfs *owned_file_vfs(void);

#endif
