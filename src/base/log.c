/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that writes log lines.  Its settings and what it holds are the only mutable state
 * of base/.
 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define LINE_MAX_BYTES 4096

static char log_who[32] = "tieline";
static enum log_level log_least = LOG_LEVEL_INFO;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void log_init(const char *who, enum log_level least)
{
	snprintf(log_who, sizeof(log_who), "%s", who);
	log_least = least;
}

struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
	bool cut;
};

static struct {
	bool on;
	size_t n;
	char text[LINE_MAX_BYTES];
} held;

static void put(struct line *l, const char *text, size_t n)
{
	/* Four bytes are kept for the mark that something was cut, and the line end. */
	size_t room = sizeof(l->text) - 4 - l->n;

	if (n > room) {
		n = room;
		l->cut = true;
	}
	if (n)
		memcpy(l->text + l->n, text, n);
	l->n += n;
}

static void put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

static bool is_plain(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '=' ||
			s.p[i] == '\\')
			return false;
	return s.n != 0;
}

static void put_escaped(struct line *l, uint8_t c)
{
	char hex[8];

	if (c == '"' || c == '\\')
		put(l, "\\", 1);
	if (c >= 0x20 && c < 0x7f) {
		put(l, (const char *)&c, 1);
		return;
	}
	put(l, hex, (size_t)snprintf(hex, sizeof(hex), "\\x%02x", c));
}

static void put_value(struct line *l, struct slice s)
{
	if (is_plain(s)) {
		put(l, (const char *)s.p, s.n);
		return;
	}
	put(l, "\"", 1);
	for (size_t i = 0; i < s.n; i++)
		put_escaped(l, s.p[i]);
	put(l, "\"", 1);
}

static void put_field(struct line *l, const struct log_field *field)
{
	char number[24];

	put(l, " ", 1);
	put_text(l, field->key);
	put(l, "=", 1);
	if (field->kind == LOG_INT)
		put(l, number,
			(size_t)snprintf(number, sizeof(number), "%lld", (long long)field->number));
	else
		put_value(l, field->text);
}

static void line_end(struct line *l)
{
	if (l->cut) {
		memcpy(l->text + l->n, "...", 3);
		l->n += 3;
	}
	l->text[l->n++] = '\n';
}

/* Nobody can be told that the log is gone. */
static void held_write(void)
{
	if (held.n)
		(void)!write(STDERR_FILENO, held.text, held.n);
	held.n = 0;
}

/* Who is debugged may be about to die; what went wrong is told at once, behind what is held. */
static bool may_be_held(enum log_level level)
{
	return held.on && level == LOG_LEVEL_INFO && log_least == LOG_LEVEL_INFO;
}

/* Whole lines, and no more of them than go into a pipe as one. */
static void line_write(const struct line *l, enum log_level level)
{
	if (l->n > sizeof(held.text) - held.n || !may_be_held(level))
		held_write();
	if (!may_be_held(level)) {
		(void)!write(STDERR_FILENO, l->text, l->n);
		return;
	}
	memcpy(held.text + held.n, l->text, l->n);
	held.n += l->n;
}

void log_hold(bool on)
{
	held.on = on;
	if (!on)
		held_write();
}

static void line_make(struct line *l, enum log_level level, const char *event,
	const struct log_field *fields)
{
	char when[TIME_TEXT_MAX];

	put_text(l, time_format(when, clock_utc_ns()));
	put(l, " ", 1);
	put_text(l, level_names[level]);
	put(l, " ", 1);
	put_text(l, log_who);
	put(l, " ", 1);
	put_text(l, event);
	for (; fields->kind != LOG_END; fields++)
		put_field(l, fields);
	line_end(l);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l = { .n = 0 };

	if (level > log_least)
		return;
	line_make(&l, level, event, fields);
	line_write(&l, level);
}
