/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults are filled in one place, so that no byte of a peer ever reaches a log, a terminal or a
 * receipt unescaped.
 */
#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"

#define RAW_MAX 1024

static const char *const names[STATUSES] = {
	[ST_OK] = "ok",     [ST_MORE] = "more",   [ST_NONE] = "none",   [ST_INPUT] = "input",
	[ST_AUTH] = "auth", [ST_LIMIT] = "limit", [ST_RETRY] = "retry", [ST_HOST] = "host",
};

const char *status_name(enum status status)
{
	return (unsigned)status < STATUSES ? names[status] : "unknown";
}

static void text_escape(char out[FAULT_TEXT_MAX], const char *raw, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < size && n + 5 < FAULT_TEXT_MAX; i++) {
		unsigned char c = (unsigned char)raw[i];

		if (c >= 0x20 && c < 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = '\0';
}

static void fault_fill(struct fault *f, enum status status, uint64_t offset, const char *code,
	const char *raw, size_t n)
{
	f->status = status;
	f->offset = offset;
	snprintf(f->code, sizeof(f->code), "%s", code);
	text_escape(f->text, raw, n);
}

enum status fault_vset(struct fault *f, enum status status, const char *code, const char *format,
	va_list list)
{
	char raw[RAW_MAX];
	size_t n;

	if (!f)
		return status;
	n = format_text(raw, sizeof(raw), format, list);
	fault_fill(f, status, 0, code, raw, n);
	return status;
}

enum status fault_set(
	struct fault *f, enum status status, const char *code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)fault_vset(f, status, code, format, list);
	va_end(list);
	return status;
}

enum status fault_at(struct fault *f, enum status status, uint64_t offset, const char *code,
	const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)fault_vset(f, status, code, format, list);
	va_end(list);
	if (f)
		f->offset = offset;
	return status;
}

enum status fault_errno(
	struct fault *f, enum status status, const char *code, const char *format, ...)
{
	int error = errno;
	char raw[RAW_MAX];
	va_list list;
	size_t n;

	if (!f)
		return status;
	va_start(list, format);
	n = format_text(raw, sizeof(raw), format, list);
	va_end(list);
	n += (size_t)snprintf(raw + n, sizeof(raw) - n, ": %s", strerror(error));
	fault_fill(f, status, 0, code, raw, n < sizeof(raw) ? n : sizeof(raw) - 1);
	return status;
}

void die(const char *format, ...)
{
	char raw[RAW_MAX], text[FAULT_TEXT_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(raw, sizeof(raw), format, list);
	va_end(list);
	text_escape(text, raw, strlen(raw));
	fprintf(stderr, "tieline: %s\n", text);
	exit(6);
}

void bug_at(const char *file, int line, const char *format, ...)
{
	char raw[RAW_MAX], text[FAULT_TEXT_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(raw, sizeof(raw), format, list);
	va_end(list);
	text_escape(text, raw, strlen(raw));
	fprintf(stderr, "tieline: this is a bug in tieline, please report it: %s:%d: %s\n", file,
		line, text);
	abort();
}
