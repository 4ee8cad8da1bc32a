/* SPDX-License-Identifier: Apache-2.0 */
/* What a function under test prints: its standard output or standard error, as bytes. */
#ifndef TIELINE_TESTS_CAPTURED_H
#define TIELINE_TESTS_CAPTURED_H

#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"

struct captured {
	FILE *stream;
	int saved, to;
};

/*
 * Bytes written to `stream` go to the descriptor `to`, which stays the caller's, until
 * captured_end.
 */
static inline void captured_begin(struct captured *c, FILE *stream, int to)
{
	*c = (struct captured){ .stream = stream, .to = to };
	fflush(stream);
	c->saved = dup(fileno(stream));
	if (c->saved < 0 || dup2(to, fileno(stream)) < 0)
		die("capturing the output of a test");
}

static inline void captured_end(struct captured *c)
{
	fflush(c->stream);
	if (dup2(c->saved, fileno(c->stream)) < 0)
		die("giving a test its output back");
	fd_close(&c->saved);
}

/* For what needs no terminal: all of it in a memory file, then in `out`. */
static inline void captured_read(struct buf *out, int to)
{
	struct fault f;
	uint64_t size;

	if (fd_size(&size, to, &f) != ST_OK || fd_read_at(out, to, 0, size, &f) != ST_OK)
		die("reading the output of a test: %s", f.text);
}

/* Both, with a memory file of its own. */
static inline void captured_log_begin(struct captured *c)
{
	struct fault f;
	int to;

	if (memory_file_open(&to, "log", &f) != ST_OK)
		die("a file for the output of a test: %s", f.text);
	captured_begin(c, stderr, to);
}

static inline void captured_log_end(struct captured *c, struct buf *out)
{
	captured_end(c);
	captured_read(out, c->to);
	fd_close(&c->to);
}

#endif
