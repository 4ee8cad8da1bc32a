/* SPDX-License-Identifier: Apache-2.0 */
/* Used by fsck.c and backup.c. */
#include "cli/ledger_view.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/desk_client.h"
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

struct copying {
	struct ledger_view *view;
	struct fault fault;
	enum status status;
};

static bool copied(void *context, struct ipc_packet *packet)
{
	struct copying *x = context;

	x->status = ST_OK;
	if (packet->code == VERB_COPIED)
		x->view->db = FD_TAKE(packet->fd);
	else
		x->status = fault_set(&x->fault, ST_HOST, "gateway.answer",
			"the gateway answered with %s", packet->type->name);
	return true;
}

/* Who has the reading end holds the spool as it is while we have the other. */
static enum status copy_ask(struct ledger_view *v, const char *home, struct fault *f)
{
	struct copying x = { .view = v };
	AUTO(desk_client) desk = NULL;
	AUTO_FD reading = -1;
	int ends[2];

	TRY(desk_client_open(&desk, home, f));
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return fault_errno(f, ST_HOST, "host.open", "a pipe");
	reading = ends[0];
	v->pin = ends[1];
	TRY(desk_client_ask(desk, VERB_COPY, &(struct verb_empty){ 0 }, reading, -1, copied, &x,
		f));
	if (x.status != ST_OK)
		*f = x.fault;
	v->at_ns = clock_utc_ns();
	return x.status;
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
	struct pollfd pin = { .fd = v->pin };

	return v->pin < 0 || poll(&pin, 1, 0) == 0
		? ST_OK
		: fault_set(f, ST_RETRY, "gateway.closed",
			  "the gateway was stopped or restarted meanwhile");
}
