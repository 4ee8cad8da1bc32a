/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions to a day: what is read, what reads back, and when one holds. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/exceptions.h"

#define DAY_NS (86400 * NS_PER_S)
#define END_NS (INT64_C(1801440000) * NS_PER_S) /* 2027-02-01 */

static enum status read_two(struct exceptions *out, const char *one, const char *day,
	const char *two, const char *other_day, struct fault *f)
{
	/* libcyaml's texts are not const */
	const struct exception_text list[] = {
		{ (char *)(uintptr_t)one, (char *)(uintptr_t)day },
		{ (char *)(uintptr_t)two, (char *)(uintptr_t)other_day },
	};

	return exceptions_read(out, list, two ? 2 : 1, f);
}

static void what_is_read_reads_back(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(256);
	struct exceptions e;
	struct fault f = { 0 };

	(void)state;
	exceptions_put(&text, &(struct exceptions){ 0 });
	expect_slice("none", buf_slice(&text), S("[]"));
	buf_clear(&text);
	expect_fault("two", read_two(&e, "3des", "2026-12-31", "sha-1", "2027-01-31", &f), &f,
		ST_OK, NULL);
	assert_true(e.end_ns[EXCEPTION_SHA1] == END_NS);
	assert_true(e.end_ns[EXCEPTION_3DES] == END_NS - 31 * DAY_NS);
	exceptions_put(&text, &e);
	expect_slice("two", buf_slice(&text),
		S("[ { algorithm: sha-1, until: 2027-01-31 }, { algorithm: 3des, until: 2026-12-31 } ]"));
}

static const struct {
	const char *name, *algorithm, *day, *two, *says;
} wrong[] = {
	{ "another", "md5", "2027-01-31", NULL, "there is no algorithm md5" },
	{ "capitals", "SHA-1", "2027-01-31", NULL, "there is no algorithm SHA-1" },
	{ "none", "", "2027-01-31", NULL, "there is no algorithm" },
	{ "twice", "sha-1", "2027-01-31", "sha-1", "sha-1 is there twice" },
	{ "no day", "sha-1", "", NULL, "is no day" },
	{ "a month", "sha-1", "2027-01", NULL, "is no day" },
	{ "no such day", "sha-1", "2027-02-29", NULL, "2027-02-29 is no day like 2027-01-31" },
	{ "a time", "sha-1", "2027-01-31T00:00:00Z", NULL, "is no day" },
	{ "for ever", "3des", "forever", NULL, "forever is no day" },
	{ "as others write it", "3des", "31/01/2027", NULL, "is no day" },
};

static void what_is_wrong_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct exceptions e;
		struct fault f = { 0 };

		expect_fault(wrong[i].name,
			read_two(&e, wrong[i].algorithm, wrong[i].day, wrong[i].two, "2027-01-31",
				&f),
			&f, ST_INPUT, "exception.value");
		expect_says(wrong[i].name, &f, wrong[i].says);
	}
}

static const struct {
	const char *name;
	int64_t ahead_ns; /* of its end */
	enum exception_state want;
} moments[] = {
	{ "too long", 733 * DAY_NS, EXCEPTION_TOO_LONG },
	{ "just too long", 732 * DAY_NS + 1, EXCEPTION_TOO_LONG },
	{ "two years", 732 * DAY_NS, EXCEPTION_HOLDS },
	{ "a month", 31 * DAY_NS, EXCEPTION_HOLDS },
	{ "just more than 30 days", 30 * DAY_NS + 1, EXCEPTION_HOLDS },
	{ "30 days", 30 * DAY_NS, EXCEPTION_ENDING },
	{ "its last moment", 1, EXCEPTION_ENDING },
	{ "its end", 0, EXCEPTION_ENDED },
	{ "long ago", -1000 * DAY_NS, EXCEPTION_ENDED },
};

static void a_day_is_judged(void **state)
{
	const struct exceptions e = { .end_ns = { [EXCEPTION_SHA1] = END_NS } };

	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		const int64_t now_ns = END_NS - moments[i].ahead_ns;

		expect_text(moments[i].name,
			exception_state_name(exception_state(&e, EXCEPTION_SHA1, now_ns)),
			exception_state_name(moments[i].want));
		assert_int_equal(exception_state(&e, EXCEPTION_3DES, now_ns), EXCEPTION_NONE);
	}
}

static void only_its_own_refusal_is_lifted(void **state)
{
	const struct exceptions e = { .end_ns = { [EXCEPTION_SHA1] = END_NS } };
	const int64_t holds_ns = END_NS - DAY_NS;
	enum exception which;
	struct fault f = { 0 };

	(void)state;
	fault_set(&f, ST_AUTH, "signature.algorithm.sha-1", "x");
	assert_int_equal(exceptions_lift(&which, &e, holds_ns, &f), ST_OK);
	assert_int_equal(which, EXCEPTION_SHA1);
	fault_set(&f, ST_INPUT, "mdn.mic.algorithm.sha-1", "x");
	assert_int_equal(exceptions_lift(&which, &e, holds_ns, &f), ST_OK);
	assert_int_equal(which, EXCEPTION_SHA1);
	fault_set(&f, ST_INPUT, "mdn.mic.algorithm", "x");
	assert_int_equal(exceptions_lift(&which, &e, holds_ns, &f), ST_INPUT);
	fault_set(&f, ST_AUTH, "signature.algorithm.sha-1", "x");
	assert_int_equal(exceptions_lift(&which, NULL, holds_ns, &f), ST_AUTH);
	expect_text("no agreement", f.code, "signature.algorithm.sha-1");
	fault_set(&f, ST_AUTH, "sealing.algorithm.3des", "x");
	assert_int_equal(exceptions_lift(&which, &e, holds_ns, &f), ST_AUTH);
	expect_text("not excepted", f.code, "sealing.algorithm.3des");
	fault_set(&f, ST_INPUT, "signature.algorithm", "x");
	assert_int_equal(exceptions_lift(&which, &e, holds_ns, &f), ST_INPUT);
	fault_set(&f, ST_AUTH, "signature.algorithm.sha-1", "x");
	assert_int_equal(exceptions_lift(&which, &e, END_NS, &f), ST_AUTH);
	expect_text("ended", f.code, "legacy.ended");
	expect_says("ended", &f, "sha-1 was agreed until 2027-01-31");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_reads_back),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_day_is_judged),
		cmocka_unit_test(only_its_own_refusal_is_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
