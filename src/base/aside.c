/* SPDX-License-Identifier: Apache-2.0 */
/* Asked under a lock; what the loop sees is a counter that is not zero. */
#include "base/aside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/fd.h"

#define STACK (256 << 10) /* of which what is not used is no memory */

struct aside {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turned; /* the state */
	enum { ASIDE_IDLE, ASIDE_ASKED, ASIDE_DONE, ASIDE_ENDS } state;
	void (*work)(void *context);
	void *context;
	int told;
};

static void state_set(struct aside *a, int state)
{
	a->state = state;
	pthread_cond_broadcast(&a->turned);
}

static void *aside_run(void *context)
{
	struct aside *a = context;

	pthread_mutex_lock(&a->lock);
	while (a->state != ASIDE_ENDS) {
		if (a->state != ASIDE_ASKED) {
			pthread_cond_wait(&a->turned, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		a->work(a->context);
		pthread_mutex_lock(&a->lock);
		state_set(a, ASIDE_DONE);
		(void)!eventfd_write(a->told, 1);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the loop. */
static int thread_start(struct aside *a)
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
		error = pthread_create(&a->thread, &attributes, aside_run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

enum status aside_new(
	struct aside **out, void (*work)(void *context), void *context, struct fault *f)
{
	AUTO_FD told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (told < 0)
		return fault_errno(f, ST_HOST, "host.thread", "a counter of events");
	struct aside *a = alloc_zeroed(1, sizeof(*a));
	a->work = work;
	a->context = context;
	a->told = told;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->turned, NULL);
	errno = thread_start(a);
	if (errno != 0) {
		free(a);
		return fault_errno(f, ST_HOST, "host.thread", "a thread for what waits for a disk");
	}
	a->told = FD_TAKE(told);
	*out = a;
	return ST_OK;
}

void aside_free(struct aside *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->state == ASIDE_ASKED)
		bug("a thread is at work that is to end");
	state_set(a, ASIDE_ENDS);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->turned);
	pthread_mutex_destroy(&a->lock);
	fd_close(&a->told);
	free(a);
}

int aside_fd(const struct aside *a)
{
	return a->told;
}

void aside_start(struct aside *a)
{
	pthread_mutex_lock(&a->lock);
	if (a->state != ASIDE_IDLE)
		bug("a thread is asked twice at once");
	state_set(a, ASIDE_ASKED);
	pthread_mutex_unlock(&a->lock);
}

void aside_finish(struct aside *a)
{
	eventfd_t count;

	pthread_mutex_lock(&a->lock);
	if (a->state == ASIDE_IDLE)
		bug("a thread was asked for nothing");
	while (a->state != ASIDE_DONE)
		pthread_cond_wait(&a->turned, &a->lock);
	a->state = ASIDE_IDLE;
	pthread_mutex_unlock(&a->lock);
	(void)!eventfd_read(a->told, &count);
}
