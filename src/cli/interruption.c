/* SPDX-License-Identifier: Apache-2.0 */
/* Used by send. */
#include "cli/interruption.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#define LINE_MAX_BYTES 8192

struct interruption {
	pthread_t thread;
	pthread_mutex_t lock; /* of line */
	struct buf line;
	sigset_t awaited, before;
};

/* Once a signal is here nobody stops the thread any more: the command ends by it. */
static void *await(void *context)
{
	struct interruption *i = context;
	int number = 0, before;

	if (sigwait(&i->awaited, &number) != 0)
		return NULL;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	(void)pthread_mutex_lock(&i->lock);
	(void)!write(STDERR_FILENO, i->line.p, i->line.n);
	(void)signal(number, SIG_DFL);
	(void)pthread_sigmask(SIG_UNBLOCK, &i->awaited, NULL);
	(void)raise(number);
	return NULL;
}

/* What is ignored, as under nohup(1), stays so. */
static void awaited_fill(sigset_t *set)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(set, numbers[i]);
}

static void line_put(struct buf *to, struct slice line)
{
	buf_clear(to);
	buf_put_text(to, isatty(STDERR_FILENO) ? "\ntieline: " : "tieline: ");
	buf_put(to, line);
	buf_put_text(to, "\n");
}

struct interruption *interruption_new(struct slice line)
{
	struct interruption *i = alloc_zeroed(1, sizeof(*i));

	i->line = buf_init(LINE_MAX_BYTES);
	line_put(&i->line, line);
	awaited_fill(&i->awaited);
	(void)pthread_mutex_init(&i->lock, NULL);
	(void)pthread_sigmask(SIG_BLOCK, &i->awaited, &i->before);
	if (pthread_create(&i->thread, NULL, await, i) == 0)
		return i;
	(void)pthread_sigmask(SIG_SETMASK, &i->before, NULL);
	buf_done(&i->line);
	free(i);
	return NULL;
}

void interruption_says(struct interruption *i, struct slice line)
{
	if (!i)
		return;
	(void)pthread_mutex_lock(&i->lock);
	line_put(&i->line, line);
	(void)pthread_mutex_unlock(&i->lock);
}

void interruption_free(struct interruption *i)
{
	if (!i)
		return;
	(void)pthread_cancel(i->thread);
	(void)pthread_join(i->thread, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &i->before, NULL);
	(void)pthread_mutex_destroy(&i->lock);
	buf_done(&i->line);
	free(i);
}
