/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of ledger/ share: an empty directory to live in, and a look at its spool. */
#ifndef TIELINE_TESTS_LEDGER_HOUSE_H
#define TIELINE_TESTS_LEDGER_HOUSE_H

#include "exchange_expect.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static int house_remove(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

/* A cmocka setup: the test finds itself in a directory of its own, as the ledger process does. */
static inline int house_enter(void **state)
{
	const char *place = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/tieline-ledger-XXXXXX", place ? place : "/tmp") < 0)
		return -1;
	*state = path;
	return mkdtemp(path) && chdir(path) == 0 ? 0 : -1;
}

static inline int house_leave(void **state)
{
	int gone = chdir("/") == 0 ? nftw(*state, house_remove, 16, FTW_DEPTH | FTW_PHYS) : -1;

	free(*state);
	return gone;
}

/* For a test that goes through many ledgers: as if just entered. */
static inline void house_clear(void)
{
	static const char *const files[] = { "ledger.db", "ledger.db-wal", "ledger.db-journal" };

	for (size_t i = 0; i < COUNT(files); i++)
		(void)unlink(files[i]);
	(void)nftw("spool", house_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Files in spool/, or -1 when there is no such directory. */
static inline int spool_files(void)
{
	DIR *list = opendir("spool");
	const struct dirent *entry;
	int n = 0;

	if (!list)
		return -1;
	while ((entry = readdir(list)))
		n += entry->d_name[0] != '.';
	closedir(list);
	return n;
}

#endif
