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

struct answers {
	struct process *process;
	STAILQ_HEAD(, answer) list;
	size_t count;
};

struct answers *answers_new(struct process *process)
{
	struct answers *a = alloc_zeroed(1, sizeof(*a));

	a->process = process;
	STAILQ_INIT(&a->list);
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
	STAILQ_INSERT_TAIL(&a->list, answer, entry);
	a->count++;
}

size_t answers_count(const struct answers *a)
{
	return a->count;
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

static void empty(struct answers *a, const struct fault *why)
{
	struct answer *answer;

	while ((answer = STAILQ_FIRST(&a->list))) {
		if (why)
			say_withdrawn(a, answer, why);
		else
			say_as_promised(a, answer);
		STAILQ_REMOVE_HEAD(&a->list, entry);
		fd_close(&answer->fd);
		buf_done(&answer->packet);
		free(answer);
	}
	a->count = 0;
}

void answers_release(struct answers *a)
{
	empty(a, NULL);
}

void answers_withdraw(struct answers *a, const struct fault *why)
{
	empty(a, why);
}
