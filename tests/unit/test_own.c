/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership: what is declared AUTO is released once and in reverse order, what is taken is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "child.h"

static char released[16];
static size_t releases;

struct thing {
	char name;
};

static void release(char name)
{
	assert_true(releases < sizeof(released) - 1);
	released[releases++] = name;
	released[releases] = '\0';
}

static struct thing *thing_new(char name)
{
	struct thing *t = alloc_zeroed(1, sizeof(*t));

	t->name = name;
	return t;
}

static void thing_free(struct thing *t)
{
	if (!t)
		return;
	release(t->name);
	free(t);
}
DEFINE_AUTO(thing)

static void thing_done(struct thing *t)
{
	release(t->name);
}
DEFINE_AUTO_IN_PLACE(thing)

static int start(void **state)
{
	(void)state;
	releases = 0;
	released[0] = '\0';
	return 0;
}

/* --- AUTO and TAKE --- */

static void scope(bool early)
{
	AUTO(thing) a = thing_new('a');
	AUTO(thing) none = NULL;

	assert_null(none);
	if (early)
		return;
	AUTO_IN_PLACE(thing) b = { 'b' };
	AUTO(thing) c = thing_new('c');
	assert_true(a->name == 'a' && b.name == 'b' && c->name == 'c');
}

static void test_scopes_release(void **state)
{
	(void)state;
	scope(false);
	assert_string_equal(released, "cba");
}

static void test_only_what_was_reached_is_released(void **state)
{
	(void)state;
	scope(true);
	assert_string_equal(released, "a");
}

static struct thing *maker(void)
{
	AUTO(thing) a = thing_new('a');
	AUTO(thing) b = thing_new('b');

	b->name = 'x';
	return TAKE(a);
}

static void test_what_is_taken_is_the_callers(void **state)
{
	struct thing *a = maker();

	(void)state;
	assert_string_equal(released, "x");
	assert_int_equal(a->name, 'a');
	thing_free(a);
}

static void test_take_forgets(void **state)
{
	struct thing things[2], *p = things, **at = &p;

	(void)state;
	assert_ptr_equal(TAKE(p), things);
	assert_null(p);
	assert_null(TAKE(p));
	/* What names the pointer is a place: it may be any expression that is one. */
	p = things + 1;
	assert_ptr_equal(TAKE(*at), things + 1);
	assert_null(p);
}

/* --- alloc_zeroed --- */

/* Memory that was used before comes back as zeroes too. */
static void zeroed_try(size_t count, size_t size)
{
	size_t n = count * size;

	for (int again = 0; again < 3; again++) {
		uint8_t *p = alloc_zeroed(count, size);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xee, n);
		free(p);
	}
}

static void test_zeroed(void **state)
{
	(void)state;
	zeroed_try(1, 1);
	zeroed_try(1, 4096);
	zeroed_try(300, 7);
	zeroed_try(7, 300);
	zeroed_try(3, 100000);
}

static void test_nothing_is_still_a_pointer(void **state)
{
	void *a = alloc_zeroed(0, 8), *b = alloc_zeroed(8, 0), *c = alloc_zeroed(0, 0);

	(void)state;
	assert_true(a && b && c);
	assert_true(a != b && b != c && a != c);
	free(a);
	free(b);
	free(c);
}

/* Not to be known to the compiler, which would refuse. */
static volatile unsigned long most = ~0ul, two = 2, half = ~0ul / 2 + 1;

static void run_too_large(void)
{
	free(alloc_zeroed(1, most / 2));
}

static void run_wraps(void)
{
	free(alloc_zeroed(half, two));
}

static void run_wraps_to_a_little(void)
{
	free(alloc_zeroed(most / 2 + 3, two));
}

static void end_try(void (*run)(void))
{
	AUTO_IN_PLACE(buf) err = buf_init(65536);
	int status = child_run(&err, run);

#ifdef __SANITIZE_ADDRESS__
	/* The sanitizer ends the process before us, in its own words. */
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 6);
	assert_non_null(strstr(buf_text(&err), "tieline: out of memory: "));
#endif
}

static void test_no_memory_is_the_end(void **state)
{
	(void)state;
	end_try(run_too_large);
	end_try(run_wraps);
	end_try(run_wraps_to_a_little);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_scopes_release, start),
		cmocka_unit_test_setup(test_only_what_was_reached_is_released, start),
		cmocka_unit_test_setup(test_what_is_taken_is_the_callers, start),
		cmocka_unit_test_setup(test_take_forgets, start),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_nothing_is_still_a_pointer),
		cmocka_unit_test(test_no_memory_is_the_end),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
