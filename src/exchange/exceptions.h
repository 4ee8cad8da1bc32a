/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner may still use for a while although it is too weak by now, each to a day that
 * people agreed:
 *
 *   legacy: [ { algorithm: sha-1, until: 2027-01-31 }, { algorithm: 3des, until: 2027-01-31 } ]
 *
 * It is only ever received, never made.  Reading the file has no clock: whoever uses an exception
 * judges its day.
 */
#ifndef TIELINE_EXCHANGE_EXCEPTIONS_H
#define TIELINE_EXCHANGE_EXCEPTIONS_H

#include "base/buf.h"

enum exception {
	EXCEPTION_SHA1, /* digests of signatures, and in receipts */
	EXCEPTION_3DES, /* content of EnvelopedData */
	EXCEPTIONS,
};
#define EXCEPTION_BIT(e) (1u << (e))

struct exceptions {
	int64_t end_ns[EXCEPTIONS]; /* the first moment after its day, UTC; 0: none */
};

/* As the file has it. */
struct exception_text {
	char *algorithm, *until;
};

/* ST_INPUT "exception.value": no such algorithm, twice the same, no date like 2027-01-31. */
NODISCARD enum status exceptions_read(struct exceptions *out, const struct exception_text *list,
	size_t count, struct fault *f);
/* The value of `legacy`, without line end; "[]" when there are none. */
void exceptions_put(struct buf *out, const struct exceptions *);

enum exception_state {
	EXCEPTION_NONE,
	EXCEPTION_HOLDS,
	EXCEPTION_ENDING,   /* holds, for 30 days at most */
	EXCEPTION_ENDED,
	EXCEPTION_TOO_LONG, /* its day is more than two years away: it is none */
	EXCEPTION_STATES,
};
/* Of anything that ends then, the moment after its last day; 0: there is none. */
enum exception_state exception_state_to(int64_t end_ns, int64_t now_ns);
enum exception_state exception_state(const struct exceptions *, enum exception, int64_t now_ns);

const char *exception_name(enum exception);             /* "sha-1" */
const char *exception_state_name(enum exception_state); /* "holds", "ending", ... */
#define EXCEPTION_DAY_MAX 16
/* Its last day, "2027-01-31"; returns out. */
char *exception_day(char out[EXCEPTION_DAY_MAX], const struct exceptions *, enum exception);

/* "legacy.used", with what of the EXCEPTION_BIT set was used and until when that is agreed. */
void exceptions_flag(struct fault *flag, unsigned used, const struct exceptions *);

/*
 * `why`: of what was refused.  ST_OK when it was for want of an exception that holds: *which, and
 * the same again may be tried with it.  Else the status of `why`, which becomes ST_AUTH
 * "legacy.ended" | "legacy.too-long" where the day is what is wrong.
 */
NODISCARD enum status exceptions_lift(
	enum exception *which, const struct exceptions *, int64_t now_ns, struct fault *why);

#endif
