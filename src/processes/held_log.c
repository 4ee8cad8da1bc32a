/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the ledger process: ledger_batch.c releases or drops. */
#include "processes/held_log.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/fault.h"

#define VALUES_MAX 4096 /* a line shows no more */

struct held_line {
	STAILQ_ENTRY(held_line) entry;
	enum log_level level;
	const char *event;
	struct log_field fields[HELD_FIELDS_MAX + 1];
	struct buf values[HELD_FIELDS_MAX];
};

STAILQ_HEAD(held_lines, held_line);

struct held_log {
	struct held_lines open, committed;
};

struct held_log *held_log_new(void)
{
	struct held_log *held = alloc_zeroed(1, sizeof(*held));

	STAILQ_INIT(&held->open);
	STAILQ_INIT(&held->committed);
	return held;
}

static void value_keep(struct held_line *line, size_t i)
{
	struct log_field *field = &line->fields[i];

	if (field->kind != LOG_SLICE)
		return;
	line->values[i] = buf_init(VALUES_MAX);
	buf_put(&line->values[i], slice_to(field->text,
		field->text.n < VALUES_MAX ? field->text.n : VALUES_MAX));
	field->text = buf_slice(&line->values[i]);
}

void held_log_add(struct held_log *held, enum log_level level, const char *event,
	const struct log_field *fields)
{
	struct held_line *line = alloc_zeroed(1, sizeof(*line));
	size_t n = 0;

	line->level = level;
	line->event = event;
	for (; fields[n].kind != LOG_END; n++) {
		if (n == HELD_FIELDS_MAX)
			bug("%s has too many fields", event);
		line->fields[n] = fields[n];
		value_keep(line, n);
	}
	STAILQ_INSERT_TAIL(&held->open, line, entry);
}

static void line_free(struct held_line *line)
{
	for (size_t i = 0; i < HELD_FIELDS_MAX; i++)
		buf_done(&line->values[i]);
	free(line);
}

static void empty(struct held_lines *list, bool is_true)
{
	struct held_line *line;

	while ((line = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, entry);
		if (is_true)
			log_write(line->level, line->event, line->fields);
		line_free(line);
	}
}

void held_log_commit(struct held_log *held)
{
	STAILQ_CONCAT(&held->committed, &held->open);
}

void held_log_release(struct held_log *held)
{
	log_hold(true); /* one write for many */
	empty(&held->committed, true);
	log_hold(false);
}

void held_log_drop(struct held_log *held)
{
	empty(&held->open, false);
}

void held_log_free(struct held_log *held)
{
	if (!held)
		return;
	empty(&held->open, false);
	empty(&held->committed, false);
	free(held);
}
