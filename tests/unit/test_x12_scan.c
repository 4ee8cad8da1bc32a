/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to scan says what a loop over the bytes says, at every length and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/x12/scan.h"

#define BYTES 1024

static bool is_cut(uint8_t c, const struct x12_delimiters *d)
{
	return c == d->element || c == d->segment;
}

static bool is_odd(uint8_t c, const struct x12_delimiters *d)
{
	return !is_cut(c, d) &&
		(c < ' ' || c > '~' || c == d->component || c == d->repetition);
}

static uint64_t mask_of(struct slice block, const struct x12_delimiters *d,
	bool (*is)(uint8_t, const struct x12_delimiters *))
{
	uint64_t mask = 0;

	for (size_t i = 0; i < block.n; i++)
		if (is(block.p[i], d))
			mask |= UINT64_C(1) << i;
	return mask;
}

static void scan_try(
	const struct x12_scan_way *way, struct slice in, const struct x12_delimiters *d)
{
	struct x12_scan_mask masks[BYTES / X12_SCAN_BLOCK + 1];
	size_t count = x12_scan_masks(in.n);

	masks[count] = (struct x12_scan_mask){ 0x5a5a, 0xa5a5 };
	way->scan(masks, in, d);
	for (size_t i = 0; i < count; i++) {
		struct slice block = slice_sub(in, i * X12_SCAN_BLOCK, X12_SCAN_BLOCK);

		if (masks[i].cuts != mask_of(block, d, is_cut))
			fail_msg("%s: %zu bytes, cuts of block %zu", way->name, in.n, i);
		if (masks[i].odd != mask_of(block, d, is_odd))
			fail_msg("%s: %zu bytes, odd ones of block %zu", way->name, in.n, i);
	}
	if (masks[count].cuts != 0x5a5a || masks[count].odd != 0xa5a5)
		fail_msg("%s: %zu bytes: wrote too much", way->name, in.n);
}

static void bytes_fill(uint8_t *p, unsigned values)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < BYTES; i++) {
		state = state * 1664525 + 1013904223;
		p[i] = (uint8_t)((state >> 16) % values);
	}
}

static void test_every_way_is_the_same(void **state)
{
	static const struct {
		struct x12_delimiters d; /* element, component, repetition, segment */
		unsigned values;
	} rows[] = { { { '*', '>', '^', '~' }, 256 }, { { '*', '>', 0, '\n' }, 256 },
		{ { 0, 2, 3, 1 }, 5 }, { { 0xff, 0x81, 0x7e, 0x80 }, 256 },
		{ { 0x7f, ' ', 0, 0x1f }, 128 }, { { 0x80, 0x7f, 0xff, 0 }, 256 },
		{ { 5, 0, 0, 5 }, 8 } };
	uint8_t bytes[BYTES];
	struct x12_scan_way way;
	(void)state;

	for (size_t w = 0; (way = x12_scan_way(w)).name; w++)
		for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
			bytes_fill(bytes, rows[r].values);
			for (size_t n = 0; n < 300; n++)
				scan_try(&way, slice_of(bytes + n % 65, n), &rows[r].d);
			scan_try(&way, slice_of(bytes, BYTES), &rows[r].d);
		}
}

static void test_the_portable_way_is_always_there(void **state)
{
	struct x12_scan_way way = { 0 };
	(void)state;

	for (size_t w = 0; x12_scan_way(w).name; w++)
		way = x12_scan_way(w);
	assert_string_equal(way.name, "portable");
	assert_true(x12_scan_best() == x12_scan_way(0).scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_way_is_the_same),
		cmocka_unit_test(test_the_portable_way_is_always_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
