/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines are logfmt, event first: `as2-received msg=... partner=... size=48211 mic=ok`.
 * Only processes log; a library reports faults to its caller.  Values are
 * quoted and escaped, so no peer can forge a line; never pass a secret.
 */
#ifndef TIELINE_BASE_LOG_H
#define TIELINE_BASE_LOG_H

#include "base/slice.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_kind { LOG_END, LOG_SLICE, LOG_INT };

struct log_field {
	const char *key;
	enum log_kind kind;
	struct slice text;
	int64_t number;
};

#define LOG_S(key_, slice_) { .key = (key_), .kind = LOG_SLICE, .text = (slice_) }
#define LOG_T(key_, text_) { .key = (key_), .kind = LOG_SLICE, .text = slice_str(text_) }
#define LOG_I(key_, number_) { .key = (key_), .kind = LOG_INT, .number = (int64_t)(number_) }
#define LOG_FAULT(f_) LOG_T("fault", (f_)->code), LOG_T("why", (f_)->text)

/* Who writes (role name and index) and from which level on.  Once, before the first line. */
void log_init(const char *who, enum log_level least);

/*
 * One line, one write(2) to stderr, with the time in front: at most 4 KiB, cut with "..." beyond.
 * While lines are held, those of level info wait for others, 4 KiB of them, and are one write: for
 * who has many at once, and loses with them only what he told nobody else.  Errors and warnings
 * wait for nothing and come behind what is held; while debug is on, nothing is held.
 */
void log_write(enum log_level, const char *event, const struct log_field *fields);

/* Off: what is held is written now.  At the start nothing is held. */
void log_hold(bool on);

#define log_error(event, ...)             \
	log_write(LOG_LEVEL_ERROR, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })
#define log_warning(event, ...)             \
	log_write(LOG_LEVEL_WARNING, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })
#define log_info(event, ...)             \
	log_write(LOG_LEVEL_INFO, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })
#define log_debug(event, ...)             \
	log_write(LOG_LEVEL_DEBUG, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })

#endif
