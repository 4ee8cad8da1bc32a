/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c. */
#include "processes/answers.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/fd.h"
#include "base/log.h"

#define BODY_MAX 1024

struct answer {
	STAILQ_ENTRY(answer) entry;
	enum role to;
	unsigned index;
	enum verb verb;
	uint64_t id;
	int fd;
	struct buf packet;
};

STAILQ_HEAD(answer_list, answer);

struct answers {
	struct process *process;
	struct answer_list open, committed;
	size_t count; /* open */
};

struct answers *answers_new(struct process *process)
{
	struct answers *a = alloc_zeroed(1, sizeof(*a));

	a->process = process;
	STAILQ_INIT(&a->open);
	STAILQ_INIT(&a->committed);
	return a;
}

void answers_add(struct answers *a, enum role to, unsigned index, enum verb verb, uint64_t id,
	const void *body, int fd)
{
	struct answer *answer = alloc_zeroed(1, sizeof(*answer));

	*answer = (struct answer){ .to = to,
		.index = index,
		.verb = verb,
		.id = id,
		.fd = fd,
		.packet = buf_init(IPC_PACKET_MAX) };
	ipc_format(&answer->packet, &verbs, verb, id, body);
	STAILQ_INSERT_TAIL(&a->open, answer, entry);
	a->count++;
}

size_t answers_commit(struct answers *a)
{
	size_t n = a->count;

	STAILQ_CONCAT(&a->committed, &a->open);
	a->count = 0;
	return n;
}

static void say(const struct answers *a, const struct answer *answer, enum verb verb,
	const void *body, int fd)
{
	struct fault f;

	if (process_send(process_link(a->process, answer->to, answer->index), verb, answer->id,
		    body, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("to", role_name(answer->to)),
			LOG_T("verb", verbs.types[verb].name), LOG_FAULT(&f));
}

static void say_as_promised(const struct answers *a, const struct answer *answer)
{
	_Alignas(16) uint8_t body[BODY_MAX];
	struct ipc_packet packet;
	struct fault f;

	if (ipc_head_parse(&packet, &verbs, buf_slice(&answer->packet), &f) != ST_OK ||
		packet.type->size > sizeof(body) || ipc_body_parse(body, &packet, &f) != ST_OK)
		bug("an answer of our own does not hold: %s", f.text);
	say(a, answer, answer->verb, body, answer->fd);
}

/* Nobody asked for a delivery, or to look into anything: nobody is told that it does not start. */
static void say_withdrawn(
	const struct answers *a, const struct answer *answer, const struct fault *why)
{
	if (answer->verb != VERB_DELIVER && answer->verb != VERB_EXAMINE)
		say(a, answer, VERB_TRY_LATER, &(struct verb_fault){ FAULT_VERB(why) }, -1);
}

static void empty(struct answers *a, struct answer_list *list, const struct fault *why)
{
	struct answer *answer;

	while ((answer = STAILQ_FIRST(list))) {
		if (why)
			say_withdrawn(a, answer, why);
		else
			say_as_promised(a, answer);
		STAILQ_REMOVE_HEAD(list, entry);
		fd_close(&answer->fd);
		buf_done(&answer->packet);
		free(answer);
	}
}

void answers_release(struct answers *a)
{
	empty(a, &a->committed, NULL);
}

void answers_withdraw(struct answers *a, const struct fault *why)
{
	empty(a, &a->open, why);
	a->count = 0;
}
