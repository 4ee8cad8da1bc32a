/* SPDX-License-Identifier: Apache-2.0 */
/* Each conversion becomes bytes, then blanks or zeros are put beside them. */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

#define NUMBER_MAX 400 /* bytes: a double without exponent has 309 before its point */
#define WIDTH_MAX 1024

/* A va_list that functions take from in turn. */
struct arguments {
	va_list list;
};

struct text {
	char *p;
	size_t n, room;
};

struct conversion {
	bool is_left, is_zero, is_slice; /* is_slice: "%.*s" */
	int width, precision;            /* precision -1: none */
	unsigned longs;                  /* 1: l or z, 2: ll */
	char kind;
};

static void bytes_put(struct text *out, const char *p, size_t n)
{
	size_t left = out->room - out->n;

	n = n < left ? n : left;
	memcpy(out->p + out->n, p, n);
	out->n += n;
}

static void pad_put(struct text *out, char with, int width, size_t n)
{
	for (; width > 0 && (size_t)width > n && out->n < out->room; width--)
		out->p[out->n++] = with;
}

static void padded_put(struct text *out, const struct conversion *c, const char *p, size_t n)
{
	bool is_signed = c->is_zero && n > 0 && *p == '-';

	if (is_signed)
		bytes_put(out, p, 1);
	if (!c->is_left)
		pad_put(out, c->is_zero ? '0' : ' ', c->width, n);
	bytes_put(out, p + is_signed, n - is_signed);
	if (c->is_left)
		pad_put(out, ' ', c->width, n);
}

/* --- values --- */

static void text_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	const char *p = va_arg(a->list, const char *);

	if (!p)
		p = c->is_slice ? "" : "(null)"; /* a slice of nothing has no place */
	if (c->is_slice)
		padded_put(out, c, p, (size_t)c->precision);
	else if (c->precision >= 0)
		padded_put(out, c, p, strnlen(p, (size_t)c->precision));
	else
		padded_put(out, c, p, strlen(p));
}

static void signed_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	char number[NUMBER_MAX];
	long long value = c->longs == 0 ? va_arg(a->list, int)
		: c->longs == 1         ? va_arg(a->list, long)
					: va_arg(a->list, long long);
	int n = snprintf(number, sizeof(number), "%lld", value);

	padded_put(out, c, number, (size_t)n);
}

static void unsigned_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	char number[NUMBER_MAX];
	unsigned long long value = c->longs == 0 ? va_arg(a->list, unsigned)
		: c->longs == 1                  ? va_arg(a->list, unsigned long)
						 : va_arg(a->list, unsigned long long);
	int n = c->kind == 'u'   ? snprintf(number, sizeof(number), "%llu", value)
		: c->kind == 'x' ? snprintf(number, sizeof(number), "%llx", value)
				 : snprintf(number, sizeof(number), "%llX", value);

	padded_put(out, c, number, (size_t)n);
}

static void character_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	char byte = (char)va_arg(a->list, int);

	padded_put(out, c, &byte, 1);
}

static void pointer_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	char number[NUMBER_MAX];
	int n = snprintf(number, sizeof(number), "%p", va_arg(a->list, void *));

	padded_put(out, c, number, (size_t)n);
}

static void real_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	char number[NUMBER_MAX];
	int places = c->precision < 0 ? 6 : c->precision < 20 ? c->precision : 20;
	int n = snprintf(number, sizeof(number), "%.*f", places, va_arg(a->list, double));

	padded_put(out, c, number, (size_t)n);
}

static void percent_put(struct text *out, const struct conversion *c, struct arguments *a)
{
	(void)c;
	(void)a;
	bytes_put(out, "%", 1);
}

static const struct {
	char kind;
	void (*put)(struct text *, const struct conversion *, struct arguments *);
} kinds[] = {
	{ 's', text_put }, { 'd', signed_put }, { 'i', signed_put }, { 'u', unsigned_put },
	{ 'x', unsigned_put }, { 'X', unsigned_put }, { 'c', character_put }, { 'p', pointer_put },
	{ 'f', real_put }, { '%', percent_put },
};

/* --- what stands behind a % --- */

static int number_read(const char **format, struct arguments *a)
{
	int n = 0;

	if (**format == '*') {
		++*format;
		return va_arg(a->list, int);
	}
	for (; **format >= '0' && **format <= '9' && n <= WIDTH_MAX; ++*format)
		n = 10 * n + (**format - '0');
	return n;
}

static void flags_read(struct conversion *c, const char **format)
{
	for (; **format == '-' || **format == '0'; ++*format) {
		c->is_left |= **format == '-';
		c->is_zero |= **format == '0';
	}
}

static struct conversion conversion_read(const char **format, struct arguments *a)
{
	struct conversion c = { .precision = -1, .is_slice = strncmp(*format, ".*s", 3) == 0 };

	flags_read(&c, format);
	c.width = number_read(format, a);
	c.is_left |= c.width < 0;
	c.is_zero &= !c.is_left;
	c.width = c.width < 0 ? -c.width : c.width;
	if (**format == '.') {
		++*format;
		c.precision = number_read(format, a);
	}
	c.is_slice &= c.precision >= 0;
	for (; **format == 'l' || **format == 'z'; ++*format)
		c.longs++;
	c.kind = *(*format)++;
	return c;
}

static void conversion_put(struct text *out, const char **format, struct arguments *a)
{
	const char *from = *format;
	struct conversion c = conversion_read(format, a);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == c.kind) {
			kinds[i].put(out, &c, a);
			return;
		}
	bug("a text is formatted by %%%s", from);
}

size_t format_text(char *out, size_t size, const char *format, va_list list)
{
	struct text text = { out, 0, size - 1 };
	struct arguments a;

	va_copy(a.list, list);
	while (*format) {
		size_t plain = strcspn(format, "%");

		bytes_put(&text, format, plain);
		format += plain;
		if (*format == '%') {
			format++;
			conversion_put(&text, &format, &a);
		}
	}
	va_end(a.list);
	out[text.n] = '\0';
	return text.n;
}
