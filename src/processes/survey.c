/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c. */
#include "processes/survey.h"

#include <event2/event.h>

#include "base/log.h"
#include "ledger/ledger_copy.h"

struct survey {
	struct process *process;
	struct ledger *ledger;
	struct ledger_copy *copy; /* NULL: none is made or used */
	struct event *next;       /* slice; pending while it is being made */
	struct event *gone;       /* the asker, or what it wanted */
	int pipe;
	unsigned desk;
	uint64_t id;
	bool is_making, in_batch;
};

static void refuse(struct survey *s, struct ipc *desk, uint64_t id, const struct fault *why)
{
	struct fault f;

	(void)s;
	if (process_send(desk, VERB_TRY_LATER, id, &(struct verb_fault){ FAULT_VERB(why) }, -1,
		    &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

static void end(struct survey *s)
{
	event_del(s->next);
	if (s->gone)
		event_free(s->gone);
	s->gone = NULL;
	ledger_copy_free(s->copy);
	s->copy = NULL;
	s->is_making = false;
	fd_close(&s->pipe);
}

static void whole_tell(struct survey *s)
{
	struct fault f;

	s->is_making = false;
	log_info("ledger-copied");
	if (process_send(process_link(s->process, ROLE_DESK, s->desk), VERB_COPIED, s->id,
		    &(struct verb_empty){ 0 }, ledger_copy_fd(s->copy), &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

static void failed(struct survey *s, const struct fault *why)
{
	log_warning("ledger-copy-failed", LOG_FAULT(why));
	refuse(s, process_link(s->process, ROLE_DESK, s->desk), s->id, why);
	end(s);
}

void survey_step(struct survey *s)
{
	struct fault f;

	if (!s->is_making || s->in_batch)
		return;
	enum status st = ledger_copy_step(s->copy, &f);
	if (st == ST_OK)
		whole_tell(s);
	else if (st == ST_MORE)
		event_add(s->next, &(struct timeval){ 0, 0 });
	else
		failed(s, &f);
}

void survey_pause(struct survey *s, bool in_batch)
{
	s->in_batch = in_batch;
}

static void next_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	survey_step(context);
}

static void gone_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	end(context);
}

static enum status begin(struct survey *s, struct ipc_packet *packet, struct fault *f)
{
	if (s->copy)
		return fault_set(f, ST_RETRY, "copy.busy",
			"another fsck or backup is at work: one at a time");
	TRY(ledger_copy_new(&s->copy, s->ledger, f));
	s->pipe = FD_TAKE(packet->fd);
	s->gone = event_new(s->process->loop, s->pipe, EV_READ, gone_fired, s);
	event_add(s->gone, NULL);
	s->id = packet->id;
	s->is_making = true;
	return ST_OK;
}

void survey_begin(struct survey *s, struct ipc *desk, struct ipc_packet *packet)
{
	enum role role;
	struct fault f;

	if (begin(s, packet, &f) != ST_OK) {
		refuse(s, desk, packet->id, &f);
		return;
	}
	process_peer(&role, &s->desk, s->process, desk);
	survey_step(s);
}

struct survey *survey_new(struct process *process, struct ledger *ledger)
{
	struct survey *s = alloc_zeroed(1, sizeof(*s));

	*s = (struct survey){ .process = process, .ledger = ledger, .pipe = -1 };
	s->next = evtimer_new(process->loop, next_fired, s);
	return s;
}
