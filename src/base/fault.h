/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, for the caller and for the person.  A status says what
 * the caller does next; a fault says why, with a stable code that tests,
 * partners and runbooks may rely on, the offset in the input where it was
 * seen, and a sentence a person can act on.
 */
#ifndef TIELINE_BASE_FAULT_H
#define TIELINE_BASE_FAULT_H

#include <stdarg.h>
#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))

enum status {
	ST_OK,    /* done; outputs are written */
	ST_MORE,  /* the input ends early: come again with more of it */
	ST_NONE,  /* nothing there: not found, end of list */
	ST_INPUT, /* the input is wrong, and will be wrong again */
	ST_AUTH,  /* not proven or not permitted */
	ST_LIMIT, /* larger or more than agreed */
	ST_RETRY, /* a passing condition: the same call may succeed later */
	ST_HOST,  /* this machine or its operator must act */
	STATUSES,
};

#define FAULT_CODE_MAX 48  /* bytes with the NUL */
#define FAULT_TEXT_MAX 256 /* bytes with the NUL */

struct fault {
	enum status status;
	uint64_t offset;           /* bytes into the input, 0 when unknown */
	char code[FAULT_CODE_MAX]; /* "as2.mic.mismatch": AREA.THING.PROBLEM, stable */
	char text[FAULT_TEXT_MAX]; /* printable ASCII: peer bytes arrive escaped */
};

/*
 * Fills f (which may be NULL) and returns status, so that a parser can
 * `return fault_set(f, ST_INPUT, "mime.header.colon", ...)`.  Bytes outside
 * printable ASCII in the formatted text are written as \xHH, those of a slice that are 0 too: the
 * format is one of format.h.
 */
enum status fault_set(struct fault *f, enum status status, const char *code, const char *format,
	...) __attribute__((format(printf, 4, 5)));

enum status fault_vset(struct fault *f, enum status status, const char *code, const char *format,
	va_list) __attribute__((format(printf, 4, 0)));

/* As fault_set, with the position in the input. */
enum status fault_at(struct fault *f, enum status status, uint64_t offset, const char *code,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* As fault_set with ": " and the text of errno at the end. */
enum status fault_errno(struct fault *f, enum status status, const char *code, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* "input", "auth"...: for logs and JSON. */
const char *status_name(enum status);

#define TRY(expression)                                  \
	do {                                             \
		enum status try_status_ = (expression);  \
		if (try_status_ != ST_OK)                \
			return try_status_;              \
	} while (0)

/* This host or its operator is at fault: says so on stderr and exits 6. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* We are at fault: says where and aborts. */
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
void bug_at(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

#endif
