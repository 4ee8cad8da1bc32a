/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a batch: said in order once it is durable, or never; values are copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "captured.h"
#include "processes/held_log.h"

static void two_held(struct held_log *held)
{
	char id[] = "a@test";

	held_info(held, "message-received", LOG_S("msg", slice_str(id)), LOG_I("size", 7));
	held_warning(held, "message-rejected", LOG_S("why", S("")));
	memset(id, 'x', sizeof(id) - 1);
}

static void commit_and_release(struct held_log *held)
{
	held_log_commit(held);
	held_log_release(held);
}

/* Its commit is being synced, when the next batch fails. */
static void commit_drop_release(struct held_log *held)
{
	held_log_commit(held);
	held_info(held, "message-lost");
	held_log_drop(held);
	held_log_release(held);
}

static const struct {
	const char *name;
	void (*ended)(struct held_log *);
	const char *first, *second; /* NULL: nothing is said */
} ends[] = {
	{ "durable", commit_and_release, " info ledger message-received msg=a@test size=7\n",
		" warning ledger message-rejected why=\"\"\n" },
	{ "durable, the next failed", commit_drop_release,
		" info ledger message-received msg=a@test size=7\n",
		" warning ledger message-rejected why=\"\"\n" },
	{ "failed", held_log_drop, NULL, NULL },
	{ "not committed", held_log_release, NULL, NULL },
	{ "not durable", held_log_commit, NULL, NULL },
};

static void test_said_after_the_end_or_never(void **state)
{
	struct captured c;

	(void)state;
	log_init("ledger", LOG_LEVEL_INFO);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		AUTO_IN_PLACE(buf) before = buf_init(4096), after = buf_init(4096);
		struct held_log *held = held_log_new();

		print_message("%s\n", ends[i].name);
		captured_log_begin(&c);
		two_held(held);
		captured_log_end(&c, &before);
		assert_int_equal(before.n, 0);
		captured_log_begin(&c);
		ends[i].ended(held);
		ends[i].ended(held); /* once */
		captured_log_end(&c, &after);
		if (!ends[i].first) {
			assert_int_equal(after.n, 0);
		} else {
			const char *text = buf_text(&after), *at = strstr(text, ends[i].first);
			assert_non_null(at);
			assert_non_null(strstr(at, ends[i].second));
			assert_null(strstr(at + 1, ends[i].first));
		}
		held_log_free(held);
	}
}

static void test_a_long_value_is_cut(void **state)
{
	AUTO_IN_PLACE(buf) value = buf_init(9000), out = buf_init(8192);
	struct held_log *held = held_log_new();
	struct captured c;

	(void)state;
	for (int i = 0; i < 9000; i++)
		buf_put(&value, S("v"));
	held_info(held, "said", LOG_S("v", buf_slice(&value)));
	captured_log_begin(&c);
	commit_and_release(held);
	captured_log_end(&c, &out);
	assert_int_equal(out.n, 4096);
	held_log_free(held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said_after_the_end_or_never),
		cmocka_unit_test(test_a_long_value_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
