/* SPDX-License-Identifier: Apache-2.0 */
/* CompressedData: what we write reads back; bombs, damage and tails are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "safeguards/compression.h"

#define SIZE_MAX_HERE (8u << 20)

/* Text that compresses like text does. */
static void text_fill(struct buf *out, size_t n)
{
	uint32_t x = 1;

	while (out->n < n) {
		x = x * 1103515245 + 12345;
		buf_putf(out, "segment %u feeder %u~", x >> 16 & 7, x >> 8 & 1023);
	}
	buf_truncate(out, n);
}

static void pack(struct buf *der, struct slice content)
{
	struct fault f = { 0 };

	*der = buf_init(SIZE_MAX_HERE);
	assert_int_equal(compression_make(der, content, &f), ST_OK);
}

static enum status open_into(struct buf *out, size_t max, struct slice der, struct fault *f)
{
	*out = buf_init(max);
	*f = (struct fault){ 0 };
	return compression_open(out, der, f);
}

static void test_there_and_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 127, 128, 255, 256, 65535, 65536, 1u << 20,
		3000001 };
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(SIZE_MAX_HERE), der = { 0 }, back = { 0 };
		text_fill(&text, sizes[i]);
		pack(&der, buf_slice(&text));
		assert_int_equal(open_into(&back, sizes[i] + 1, buf_slice(&der), &f), ST_OK);
		assert_true(slice_eq(buf_slice(&back), buf_slice(&text)));
	}
}

/* What was there before stays, and does not count. */
static void test_appends(void **state)
{
	AUTO_IN_PLACE(buf) der = { 0 }, back = buf_init(100);
	struct fault f;

	(void)state;
	pack(&der, S("outage"));
	buf_put(&back, S("before "));
	assert_int_equal(compression_open(&back, buf_slice(&der), &f), ST_OK);
	assert_string_equal(buf_text(&back), "before outage");
}

static void test_room_is_a_limit(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(SIZE_MAX_HERE), der = { 0 };
	struct fault f;

	(void)state;
	text_fill(&text, 200000);
	pack(&der, buf_slice(&text));
	for (size_t room = 199998; room <= 200001; room++) {
		AUTO_IN_PLACE(buf) back = { 0 };
		enum status st = open_into(&back, room, buf_slice(&der), &f);
		assert_int_equal(st, room < 200000 ? ST_LIMIT : ST_OK);
		if (st != ST_OK)
			assert_string_equal(f.code, "buffer.full");
	}
}

static void test_bomb(void **state)
{
	AUTO_IN_PLACE(buf) zeros = buf_init(SIZE_MAX_HERE), der = { 0 }, back = { 0 };
	struct fault f;

	(void)state;
	memset(buf_extend(&zeros, SIZE_MAX_HERE - 1024), 0, SIZE_MAX_HERE - 1024);
	pack(&der, buf_slice(&zeros));
	assert_int_equal(open_into(&back, SIZE_MAX_HERE, buf_slice(&der), &f), ST_LIMIT);
	assert_string_equal(f.code, "compression.ratio");
	assert_true(back.n < 2 * COMPRESSION_FREE);
}

static void test_cut_short(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(4096), der = { 0 };
	struct fault f;

	(void)state;
	text_fill(&text, 600);
	pack(&der, buf_slice(&text));
	for (size_t n = 0; n < der.n; n++) {
		AUTO_IN_PLACE(buf) back = { 0 };
		assert_int_equal(
			open_into(&back, 4096, slice_to(buf_slice(&der), n), &f), ST_INPUT);
	}
}

/* Adler-32 covers the content: no changed byte of the zlib stream goes unnoticed. */
static void test_changed_bytes(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(4096), der = { 0 };
	struct fault f;

	(void)state;
	text_fill(&text, 600);
	pack(&der, buf_slice(&text));
	for (size_t i = 0; i < der.n; i++) {
		AUTO_IN_PLACE(buf) back = { 0 };
		der.p[i] ^= 0x20;
		if (open_into(&back, 4096, buf_slice(&der), &f) == ST_OK)
			assert_true(slice_eq(buf_slice(&back), buf_slice(&text)));
		der.p[i] ^= 0x20;
	}
}

/* zlib of "hello", as other products wrap it. */
#define HELLO "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15"
#define TYPES \
	"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09\xa0\x80\x30\x80\x02\x01\x00\x30\x0d\x06" \
	"\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01" \
	"\x07\x01\xa0\x80"
#define ENDS "\0\0\0\0\0\0\0\0\0\0"

static void test_forms(void **state)
{
	static const struct {
		const char *what;
		struct slice in;
		const char *code; /* NULL: reads as "hello" */
	} table[] = {
		{ "indefinite lengths", S("\x30\x80" TYPES "\x04\x0d" HELLO ENDS), NULL },
		{ "two pieces",
			S("\x30\x80" TYPES "\x24\x80\x04\x02\x78\x9c\x04\x0b"
			  "\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15\0\0" ENDS),
			NULL },
		{ "an empty piece",
			S("\x30\x80" TYPES "\x24\x80\x04\x0d" HELLO "\x04\x00\0\0" ENDS), NULL },
		{ "a tail in the piece", S("\x30\x80" TYPES "\x04\x0e" HELLO "!" ENDS),
			"compression.data" },
		{ "a tail behind",
			S("\x30\x80" TYPES "\x24\x80\x04\x0d" HELLO "\x04\x01!\0\0" ENDS),
			"compression.data" },
		{ "no octets", S("\x30\x80" TYPES "\x30\x00" ENDS), "compression.syntax" },
		{ "pieces of something else", S("\x30\x80" TYPES "\x24\x80\x05\x00\0\0" ENDS),
			"compression.syntax" },
		{ "nothing inside", S("\x30\x80" TYPES "\x04\x00" ENDS), "compression.data" },
		{ "signed data",
			S("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00"),
			"compression.syntax" },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		AUTO_IN_PLACE(buf) back = { 0 };
		enum status st = open_into(&back, 100, table[i].in, &f);
		if (table[i].code ? st == ST_OK || strcmp(f.code, table[i].code) != 0
				  : st != ST_OK || strcmp(buf_text(&back), "hello") != 0)
			fail_msg("%s: %s %s", table[i].what, f.code, f.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_room_is_a_limit),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests_name("compression", tests, NULL, NULL);
}
