/* SPDX-License-Identifier: Apache-2.0 */
/* Used by fsck.c and backup.c. */
#include "cli/ledger_view.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/clock.h"
#include "cli/home.h"

struct ledger_view ledger_view_init(void)
{
	return (struct ledger_view){ -1, -1, -1, -1, -1, -1, -1, false, 0 };
}

void ledger_view_done(struct ledger_view *v)
{
	fd_close(&v->home);
	fd_close(&v->dir);
	fd_close(&v->spool);
	fd_close(&v->db);
	fd_close(&v->wal);
	fd_close(&v->lock);
	fd_close(&v->pin);
}

static enum status open_below(int *fd, int dir, const char *name, int flags, struct fault *f)
{
	*fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);
	if (*fd >= 0)
		return ST_OK;
	if (errno == ENOENT)
		return fault_set(f, ST_NONE, "ledger.missing",
			"there is no %s: no gateway ever ran on this home, or its disk is not mounted",
			name);
	return fault_errno(f, ST_HOST, "home.read",
		"%s cannot be read: run this as the user of the gateway, or root", name);
}

/* The lock file is made by the first start; a gateway that would start now is told another runs. */
static enum status state_find(struct ledger_view *v, struct fault *f)
{
	v->lock = openat(v->home, "run/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (v->lock < 0 && errno != ENOENT)
		return fault_errno(f, ST_HOST, "home.read", "run/lock");
	v->is_running = v->lock >= 0 && flock(v->lock, LOCK_SH | LOCK_NB) != 0;
	if (v->is_running)
		fd_close(&v->lock);
	return ST_OK;
}

static enum status files_open(struct ledger_view *v, struct fault *f)
{
	TRY(open_below(&v->db, v->dir, "ledger.db", 0, f));
	enum status st = open_below(&v->wal, v->dir, "ledger.db-wal", 0, f);
	return st == ST_NONE ? ST_OK : st;
}

static enum status copy_ask(struct ledger_view *v, const char *home, struct fault *f)
{
	(void)v;
	(void)home;
	return fault_set(f, ST_HOST, "gateway.up", "a gateway runs on this home");
}

enum status ledger_view_open(struct ledger_view *v, const char *home, struct fault *f)
{
	TRY(home_open(&v->home, home, f));
	TRY(state_find(v, f));
	TRY(open_below(&v->dir, v->home, "ledger", O_DIRECTORY, f));
	TRY(open_below(&v->spool, v->dir, "spool", O_DIRECTORY, f));
	v->at_ns = clock_utc_ns();
	return v->is_running ? copy_ask(v, home, f) : files_open(v, f);
}

enum status ledger_view_held(const struct ledger_view *v, struct fault *f)
{
	(void)v;
	(void)f;
	return ST_OK;
}
