/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fingerprints as people read them to each other, and that what was read aloud can be typed back.
 */
#include "exchange_expect.h"

#include "base/codec.h"
#include "cli/fingerprint.h"
#include "safeguards/cert.h"

static const struct {
	const char *name;
	struct slice in;
	const char *want;
} cases[] = {
	{ "nothing", S(""), "" },
	{ "one byte", S("\x0a"), "0a" },
	{ "a group", S("\xab\xcd"), "abcd" },
	{ "a group and a half", S("\xab\xcd\xef"), "abcd ef" },
	{ "zeros stay", S("\0\0\0\x01"), "0000 0001" },
	{ "a whole one",
		S("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
		  "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff"),
		"0001 0203 0405 0607 0809 0a0b 0c0d 0e0f f0f1 f2f3 f4f5 f6f7 f8f9 fafb fcfd feff" },
};

static void groups_of_four(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(FINGERPRINT_TEXT_MAX);

		fingerprint_format(&out, cases[i].in);
		expect_text(cases[i].name, buf_text(&out), cases[i].want);
		if (out.overflow)
			fail_msg("%s: FINGERPRINT_TEXT_MAX is too small", cases[i].name);
	}
}

static void what_was_already_there_stays(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(FINGERPRINT_TEXT_MAX);

	(void)state;
	buf_put_text(&out, "root ");
	fingerprint_format(&out, S("\x12\x34\x56"));
	expect_text("appended", buf_text(&out), "root 1234 56");
}

/* `partner add --fingerprint` reads these. */
static void typed_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) shown = buf_init(FINGERPRINT_TEXT_MAX);
		AUTO_IN_PLACE(buf) read = buf_init(CERT_FINGERPRINT_SIZE);
		struct fault f = { 0 };

		fingerprint_format(&shown, cases[i].in);
		expect_fault(
			cases[i].name, hex_parse(&read, buf_slice(&shown), &f), &f, ST_OK, NULL);
		expect_slice(cases[i].name, buf_slice(&read), cases[i].in);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_of_four),
		cmocka_unit_test(what_was_already_there_stays),
		cmocka_unit_test(typed_back),
	};

	return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
