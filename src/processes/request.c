/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's own memory, in the edge.  Small bodies are collected and handed on in a sealed memory
 * file, larger ones go to a spool file as they come, so that what a connection holds
 * never depends on what its head promised (promise 4).
 */
#include "processes/request.h"

#include <stdlib.h>

#include "base/clock.h"

#define BODY_TIME_LEAST (60 * NS_PER_S)
#define BODY_RATE_LEAST 16384 /* bytes per second */

struct request *request_new(struct connection *connection)
{
	struct request *r = alloc_zeroed(1, sizeof(*r));

	r->connection = connection;
	r->head = buf_init(AS2_HEAD_MAX);
	r->body = buf_init(REQUEST_MEMORY_MAX + REQUEST_PIECE_MAX);
	r->spool = -1;
	return r;
}

void request_free(struct request *r)
{
	if (!r)
		return;
	buf_done(&r->head);
	buf_done(&r->body);
	fd_close(&r->spool);
	free(r);
}

static enum status body_too_large(const struct request *r, struct fault *f)
{
	if (r->admitted.receipt)
		return fault_set(f, ST_LIMIT, "mdn.size",
			"a receipt of more than the %llu bytes that are read",
			(unsigned long long)r->admitted.body_max);
	if (r->admitted.area == AREAS)
		return fault_set(f, ST_LIMIT, "http.body.size", "what is asked for takes no body");
	return fault_set(f, ST_LIMIT, "agreement.size",
		"body of more than the %llu bytes agreed for %s",
		(unsigned long long)r->admitted.body_max, area_name(r->admitted.area));
}

enum status request_add(struct request *r, struct slice piece, struct fault *f)
{
	if (piece.n > r->admitted.body_max - r->size)
		return body_too_large(r, f);
	r->size += piece.n;
	if (r->spool >= 0)
		return fd_write_all(r->spool, piece, f);
	buf_put(&r->body, piece);
	return buf_check(&r->body, f);
}

bool request_wants_spool(const struct request *r)
{
	return r->spool < 0 && r->size > REQUEST_MEMORY_MAX;
}

enum status request_spool(struct request *r, int fd, struct fault *f)
{
	fd_close(&r->spool);
	r->spool = fd;
	TRY(fd_write_all(r->spool, buf_slice(&r->body), f));
	buf_done(&r->body);
	return ST_OK;
}

enum status request_body(int *fd, struct request *r, struct fault *f)
{
	const struct slice body = buf_slice(&r->body);

	if (r->spool < 0)
		return body_new(fd, "body", &body, 1, f);
	*fd = FD_TAKE(r->spool);
	return ST_OK;
}

int64_t request_body_time_ns(uint64_t bytes)
{
	return BODY_TIME_LEAST + (int64_t)(bytes / BODY_RATE_LEAST) * NS_PER_S;
}
