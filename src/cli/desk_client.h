/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with the running gateway's desk over HOME/run/control.sock. */
#ifndef TIELINE_CLI_DESK_CLIENT_H
#define TIELINE_CLI_DESK_CLIENT_H

#include "base/own.h"
#include "processes/verbs.h"

struct desk_client;

/*
 * ST_NONE "home.missing", ST_HOST "gateway.down" when no gateway runs on this home,
 * "gateway.denied" when this user may not ask it.
 */
NODISCARD enum status desk_client_open(struct desk_client **out, const char *home, struct fault *f);
void desk_client_free(struct desk_client *);
DEFINE_AUTO(desk_client)

/* Sees each answer.  True: that was the last one. */
typedef bool desk_answer(void *context, struct ipc_packet *);

/* While the next question is waited for, some times a second. */
typedef void desk_tick(void *context);
void desk_client_watch(struct desk_client *, desk_tick *, void *context);

/*
 * Asks, and hands every answer to `answer` until it has the last.  timeout_ms < 0: no limit.
 * ST_RETRY "gateway.timeout" | "gateway.closed", and what the desk said with VERB_TRY_LATER.
 */
NODISCARD enum status desk_client_ask(struct desk_client *, enum verb, const void *body, int fd,
	int64_t timeout_ms, desk_answer *answer, void *context, struct fault *f);

#endif
