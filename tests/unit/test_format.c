/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are formatted as printf does it, but that no byte of a slice hides those behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/slice.h"

static size_t put(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static size_t put(char *out, size_t size, const char *format, ...)
{
	va_list list;
	size_t n;

	va_start(list, format);
	n = format_text(out, size, format, list);
	va_end(list);
	return n;
}

static size_t printf_put(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static size_t printf_put(char *out, size_t size, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(out, size, format, list);
	va_end(list);
	return strlen(out);
}

/* The same arguments, by printf and by ours, at every size. */
#define SAME(...)                                                                  \
	do {                                                                       \
		char want[512], got[512];                                          \
		for (size_t room = 1; room < 64; room++) {                         \
			size_t n = printf_put(want, room, __VA_ARGS__);            \
			assert_int_equal(put(got, room, __VA_ARGS__), n);          \
			assert_string_equal(got, want);                            \
		}                                                                  \
	} while (0)

static void as_printf(void **state)
{
	long long least = INT64_MIN;
	unsigned long long most = UINT64_MAX;
	size_t size = SIZE_MAX;

	(void)state;
	SAME("%s", "");
	SAME("plain 100%% of it");
	SAME("%s and %s|%-12s|%12s|%.3s|%.20s|%-6.2s|", "a", "b", "left", "right", "cut here", "not",
		"both");
	SAME("%d %i %d|%5d|%-5d|%05d|%5d", 0, -1, 2147483647, -42, -42, -42, 42);
	SAME("%u %x %X|%02u|%04x|%08X", 0U, 0xbeefU, 0xbeefU, 7U, 0xabU, 0xabcdefU);
	SAME("%ld %lu %lx", -1L, 1UL, 255UL);
	SAME("%lld %llu %llx|%012llx|%0*llu", least, most, most, 255ULL, 9, 17ULL);
	SAME("%zu", size);
	SAME("%c%c|%3c", 'a', 'b', 'c');
	SAME("%*s|%-*s|%*s", 7, "wide", 7, "left", -7, "turned");
	SAME("%.1f %f %.0f", 12.34, -0.5, 1e9);
	SAME("%p", (void *)&size);
}

static void all_of_a_slice(void **state)
{
	static const struct {
		const char *name;
		struct slice text;
	} rows[] = {
		{ "a NUL inside", S("a\0b") },
		{ "NULs alone", S("\0\0") },
		{ "at both ends", S("\0a\0") },
		{ "none", S("ab") },
		{ "nothing", S("") },
		{ "nothing, nowhere", { NULL, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[64];
		size_t n = put(got, sizeof(got), "<%.*s>", SLICE_FMT(rows[i].text));

		if (n != rows[i].text.n + 2 || got[0] != '<' || got[n - 1] != '>' ||
			(n > 2 && memcmp(got + 1, rows[i].text.p, n - 2) != 0))
			fail_msg("%s", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_printf),
		cmocka_unit_test(all_of_a_slice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
