/* SPDX-License-Identifier: Apache-2.0 */
/* Asked under a lock; what the loop sees is a counter that is not zero. */
#include "base/syncer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"

#define STACK (64 << 10)

struct syncer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turned; /* the state */
	enum { SYNCER_IDLE, SYNCER_ASKED, SYNCER_DONE, SYNCER_ENDS } state;
	int fd, error;
	enum pace pace; /* of the sync that is asked for */
	int told;
};

static void state_set(struct syncer *s, int state)
{
	s->state = state;
	pthread_cond_broadcast(&s->turned);
}

static int sync_one(const struct syncer *s, enum pace *pace)
{
	if (*pace != s->pace)
		pace_set(s->pace);
	*pace = s->pace;
	return fdatasync(s->fd) == 0 ? 0 : errno;
}

static void *syncer_run(void *context)
{
	struct syncer *s = context;
	enum pace pace = PACES; /* it is not known yet */

	pthread_mutex_lock(&s->lock);
	while (s->state != SYNCER_ENDS) {
		if (s->state != SYNCER_ASKED) {
			pthread_cond_wait(&s->turned, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		int error = sync_one(s, &pace);
		pthread_mutex_lock(&s->lock);
		s->error = error;
		state_set(s, SYNCER_DONE);
		(void)!eventfd_write(s->told, 1);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Signals are for the loop. */
static int thread_start(struct syncer *s)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error = pthread_attr_init(&attributes);

	if (error != 0)
		return error;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_attr_setstacksize(&attributes, STACK);
	if (error == 0)
		error = pthread_create(&s->thread, &attributes, syncer_run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

enum status syncer_new(struct syncer **out, struct fault *f)
{
	AUTO_FD told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (told < 0)
		return fault_errno(f, ST_HOST, "host.thread", "a counter of events");
	struct syncer *s = alloc_zeroed(1, sizeof(*s));
	s->told = told;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->turned, NULL);
	errno = thread_start(s);
	if (errno != 0) {
		free(s);
		return fault_errno(f, ST_HOST, "host.thread", "a thread that syncs");
	}
	s->told = FD_TAKE(told);
	*out = s;
	return ST_OK;
}

void syncer_free(struct syncer *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->state == SYNCER_ASKED)
		bug("a sync is under way");
	state_set(s, SYNCER_ENDS);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->turned);
	pthread_mutex_destroy(&s->lock);
	fd_close(&s->told);
	free(s);
}

int syncer_fd(const struct syncer *s)
{
	return s->told;
}

void syncer_start(struct syncer *s, int fd, enum pace pace)
{
	pthread_mutex_lock(&s->lock);
	if (s->state != SYNCER_IDLE)
		bug("two syncs at once");
	s->fd = fd;
	s->pace = pace;
	state_set(s, SYNCER_ASKED);
	pthread_mutex_unlock(&s->lock);
}

enum status syncer_finish(struct syncer *s, struct fault *f)
{
	eventfd_t count;

	pthread_mutex_lock(&s->lock);
	if (s->state == SYNCER_IDLE)
		bug("no sync was started");
	while (s->state != SYNCER_DONE)
		pthread_cond_wait(&s->turned, &s->lock);
	s->state = SYNCER_IDLE;
	pthread_mutex_unlock(&s->lock);
	(void)!eventfd_read(s->told, &count);
	errno = s->error;
	return errno ? fault_errno(f, ST_HOST, "host.sync", "syncing") : ST_OK;
}
