/* SPDX-License-Identifier: Apache-2.0 */
/* A bound of memory: whoever asks for more, a library too, ends the process, and it says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/buffer.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/own.h"
#include "child.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define BOUND (UINT64_C(24) << 20)
#define MORE ((size_t)32 << 20)

static void bound(uint64_t bytes, bool for_good)
{
	struct fault f;

	if (memory_bound(bytes, for_good, &f) != ST_OK)
		die("%s", f.text);
}

/* What would otherwise be an answer of theirs: a NULL that they make a fault, or a verdict, of. */
static void ask_alloc(void)
{
	bound(BOUND, true);
	free(alloc_zeroed(1, MORE));
}

static void ask_buf(void)
{
	AUTO_IN_PLACE(buf) b = buf_init(2 * MORE);
	uint8_t some[4096] = { 0 };

	bound(BOUND, true);
	while (b.n < MORE)
		buf_put(&b, slice_of(some, sizeof(some)));
}

static void ask_realloc(void)
{
	void *p = malloc(1);

	bound(BOUND, true);
	free(realloc(p, MORE));
}

static void ask_openssl(void)
{
	bound(BOUND, true);
	OPENSSL_free(OPENSSL_malloc(MORE));
}

static void ask_sqlite(void)
{
	bound(BOUND, true);
	sqlite3_free(sqlite3_malloc(MORE));
}

static void ask_libevent(void)
{
	struct evbuffer *b = evbuffer_new();

	bound(BOUND, true);
	(void)evbuffer_expand(b, MORE);
	evbuffer_free(b);
}

/* It is many small ones in the end. */
static void ask_little_by_little(void)
{
	bound(BOUND, true);
	for (size_t i = 0; i < MORE / 1024; i++)
		if (!malloc(1024))
			_exit(1);
}

static void ask_less(void)
{
	bound(BOUND, true);
	free(alloc_zeroed(1, BOUND / 2));
	free(realloc(malloc(8), BOUND / 2));
	if (realloc(malloc(8), 0))
		_exit(1);
}

static void take_back(void)
{
	bound(BOUND, true);
	if (setrlimit(RLIMIT_DATA, &(struct rlimit){ 2 * MORE, 2 * MORE }) == 0 && geteuid() != 0)
		_exit(1);
}

static void hand_on(void)
{
	bound(BOUND, false);
	bound(3 * MORE, true);
	free(alloc_zeroed(1, MORE));
}

static void raise_a_lower_one(void)
{
	setrlimit(RLIMIT_DATA, &(struct rlimit){ BOUND, BOUND });
	bound(3 * MORE, true);
	free(alloc_zeroed(1, MORE));
}

static const struct {
	const char *name;
	void (*run)(void);
	bool ends;
} cases[] = {
	{ "a structure", ask_alloc, true },
	{ "a buffer", ask_buf, true },
	{ "what grows", ask_realloc, true },
	{ "OpenSSL", ask_openssl, true },
	{ "SQLite", ask_sqlite, true },
	{ "libevent", ask_libevent, true },
	{ "little by little", ask_little_by_little, true },
	{ "less than the bound", ask_less, false },
	{ "taking it back", take_back, false },
	{ "who is started has its own", hand_on, false },
	{ "a lower one stays", raise_a_lower_one, true },
};

static void more_than_the_bound_ends_the_process(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) err = buf_init(65536);
		int status = child_run(&err, cases[i].run);
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

		if (code != (cases[i].ends ? 6 : 0))
			fail_msg("%s: exit %d: %s", cases[i].name, code, buf_text(&err));
		if (cases[i].ends && (!strstr(buf_text(&err), " memory-limit limit-mib=24 asked=") ||
					     !strstr(buf_text(&err), "raise memory in tieline.yaml")))
			fail_msg("%s: %s", cases[i].name, buf_text(&err));
	}
}

/* More of a size than a thread keeps for itself. */
static void free_many(void)
{
	void *pieces[256];

	memory_init();
	for (size_t i = 0; i < COUNT(pieces); i++)
		pieces[i] = malloc(48);
	for (size_t i = 0; i < COUNT(pieces); i++)
		free(pieces[i]);
	if (mallinfo2().smblks != 0)
		_exit(1);
}

static void what_is_freed_joins_its_neighbours(void **state)
{
	AUTO_IN_PLACE(buf) err = buf_init(65536);

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	assert_int_equal(child_run(&err, free_many), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_the_bound_ends_the_process),
		cmocka_unit_test(what_is_freed_joins_its_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
