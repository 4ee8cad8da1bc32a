/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that knows nothing but a descriptor. */
#include "base/syncer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/aside.h"
#include "base/own.h"

struct syncer {
	struct aside *aside;
	int fd, error;
	enum pace wanted, pace;
};

static void sync_one(void *context)
{
	struct syncer *s = context;

	if (s->pace != s->wanted)
		pace_set(s->wanted);
	s->pace = s->wanted;
	s->error = fdatasync(s->fd) == 0 ? 0 : errno;
}

enum status syncer_new(struct syncer **out, struct fault *f)
{
	struct syncer *s = alloc_zeroed(1, sizeof(*s));
	enum status st = aside_new(&s->aside, sync_one, s, f);

	if (st == ST_OK)
		*out = s;
	else
		free(s);
	return st;
}

void syncer_free(struct syncer *s)
{
	if (!s)
		return;
	aside_free(s->aside);
	free(s);
}

int syncer_fd(const struct syncer *s)
{
	return aside_fd(s->aside);
}

void syncer_start(struct syncer *s, int fd, enum pace pace)
{
	s->fd = fd;
	s->wanted = pace;
	aside_start(s->aside);
}

enum status syncer_finish(struct syncer *s, struct fault *f)
{
	aside_finish(s->aside);
	errno = s->error;
	return errno ? fault_errno(f, ST_HOST, "host.sync", "syncing") : ST_OK;
}
