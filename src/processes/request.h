/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request at the edge: its head, its body as far as it has come, and what became of it.
 * All of it is freed with the request, so that nothing of one partner's message can be left
 * for the next on a kept-alive connection (security.md, threat 29).
 */
#ifndef TIELINE_PROCESSES_REQUEST_H
#define TIELINE_PROCESSES_REQUEST_H

#include "base/fd.h"
#include "bindings/http.h"
#include "processes/admission.h"
#include "processes/verbs.h"

#define REQUEST_MEMORY_MAX 65536 /* bytes of body kept in memory; more goes to a spool file */
#define REQUEST_PIECE_MAX 16384  /* most bytes added between two looks at request_wants_spool */

struct connection;

struct request {
	struct connection *connection;
	struct request *next; /* in the edge's table of tickets */
	uint64_t ticket;      /* 0: nobody was asked anything yet */
	enum role asked;      /* who owes the answer, with its index */
	unsigned asked_index;
	struct buf head;           /* as2_head_select lines */
	struct admission admitted; /* as2 points into head */
	struct fault fault;        /* why it is refused */
	struct buf body;           /* the part that is not spooled */
	int spool;                 /* -1 while there is none */
	uint64_t size;             /* of the body so far */
	bool complete;             /* its last byte was read */
	bool skipped;              /* its body is read and thrown away: `fault` says why */
	bool proven;               /* by the signature of what was opened: its refusal is signed */
	bool keep_alive;
	bool is_head; /* its answer has no body (RFC 9110 9.3.2) */
	int64_t arrived_ns;         /* UTC, the last byte; of a refused one, its head */
	int64_t started_mono_ns;    /* the first byte */
	int64_t told_mono_ns;       /* when the log heard last how far it is; 0: it did not */
	uint64_t length;            /* as its head says it; HTTP_NO_LENGTH: chunked */
	int64_t body_until_mono_ns; /* the whole body must be here by then */
};

struct request *request_new(struct connection *);
void request_free(struct request *);
DEFINE_AUTO(request)

/* ST_LIMIT "agreement.size" past what was agreed. Writes to the spool file if there is one. */
NODISCARD enum status request_add(struct request *, struct slice piece, struct fault *f);
/* More in memory than belongs there: get a spool file before the next piece. */
bool request_wants_spool(const struct request *);
/* Takes fd and moves to it what was collected. */
NODISCARD enum status request_spool(struct request *, int fd, struct fault *f);
/* The body in one descriptor, which is the caller's; only once. */
NODISCARD enum status request_body(int *fd, struct request *, struct fault *f);

/* How long a body may take in all: a slow line is fine, a trickle is not. */
int64_t request_body_time_ns(uint64_t bytes);

#endif
