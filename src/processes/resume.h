/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS2 Restart (draft-harding-as2-restart), of who sends: a long message whose connection broke
 * goes on where it broke.  Every attempt has the same ETag, of the bytes themselves; the next one
 * asks by a HEAD how many of them the partner has, which the Content-Length of its answer says, and
 * sends what is left, as RFC 9110 14.4 tells of parts.  That number is the partner's word: it never
 * makes us send what the message is not, and who joins the parts wrongly gets all of it next time.
 * Why we do not take parts ourselves: docs/as2-restart.md.
 */
#ifndef TIELINE_PROCESSES_RESUME_H
#define TIELINE_PROCESSES_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "exchange/message.h"

#define RESUME_LONGER_THAN (1U << 20) /* bytes; less is sent again sooner than asked for */
#define RESUME_ANSWER_MS 15000        /* for the answer to a HEAD; then all of it goes */

/* An attempt, answered well or not, that was no more than the rest of a message. */
#define COURIER_RESUMED "courier.resumed"

enum resume_step {
	RESUME_NEVER, /* the message as a whole */
	RESUME_ASKS,  /* the HEAD */
	RESUME_KNOWS, /* what the partner has; it is being compared before the rest goes */
	RESUME_RESTS, /* the rest goes */
};

struct resume {
	enum resume_step step;
	uint64_t from; /* bytes the partner has; 0: all of them go */
	bool is_told;  /* who gets it knows its ETag */
	char etag[2 * SEALED_DIGEST_SIZE + 3]; /* quoted; empty: it has none */
};

/*
 * What each of a partner's messages went on from last, so that who has no more of it since is sent
 * all of it: the rest alone came to nothing.  For as long as its route lasts.
 */
#define RESUMED_ROWS 8 /* long messages that break at once; of more, the oldest is forgotten */
struct resumed {
	struct {
		uint64_t row, from;
	} rows[RESUMED_ROWS];
	unsigned next;
};

/* Of a message of `n` bytes with this digest; a receipt in its answer tells how it went. */
void resume_init(struct resume *, uint64_t n, struct slice sealed_digest);

/* What a HEAD was answered with. */
struct resume_answer {
	unsigned http_status;
	int64_t content_length; /* -1: none was said */
	struct slice etag;      /* as the header has it; empty: none */
};

/*
 * RESUME_KNOWS, when it says that the partner has some of the n bytes, and more than when the rest
 * of them went last; else RESUME_NEVER.
 */
void resume_answered(struct resume *, struct resumed *, uint64_t row, uint64_t n,
	const struct resume_answer *);

#endif
