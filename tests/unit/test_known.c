/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that outlive a gateway: what comes back, what does not, and files of anything. */
#include "ledger_house.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "processes/known.h"

#define DAY (86400 * NS_PER_S)
#define UTC (INT64_C(20000) * DAY + DAY / 2) /* noon */
#define MONO (5 * NS_PER_S) /* the machine was just started */

static void formatted(struct buf *out, struct gate_proof *list, size_t count)
{
	known_format(out, list, count, MONO, UTC);
	assert_int_equal(buf_check(out, NULL), ST_OK);
}

static size_t parsed(struct gate_proof *list, struct slice bytes, int64_t mono_ns, int64_t utc_ns)
{
	struct fault f = { 0 };
	size_t count = 0;

	expect_fault("parse", known_parse(list, &count, bytes, mono_ns, utc_ns, &f), &f, ST_OK, NULL);
	return count;
}

static struct gate_proof list[2 * KNOWN_MAX], back[KNOWN_MAX];

static void what_was_seen_comes_back(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_SIZE_MAX);

	(void)state;
	/* Days before the machine was started; once more, and later; today. */
	list[0] = (struct gate_proof){ 7, MONO - 9 * DAY };
	list[1] = (struct gate_proof){ 8, MONO - 3 * DAY };
	list[2] = (struct gate_proof){ 7, MONO - 5 * DAY };
	list[3] = (struct gate_proof){ 9, MONO };
	formatted(&text, list, 4);
	assert_int_equal(parsed(back, buf_slice(&text), MONO, UTC), 3);
	assert_true(back[0].key == 9 && back[0].mono_ns == MONO);
	/* As their days ended, half a day after noon. */
	assert_true(back[1].key == 8 && back[1].mono_ns == MONO - 3 * DAY + DAY / 2);
	assert_true(back[2].key == 7 && back[2].mono_ns == MONO - 5 * DAY + DAY / 2);
}

static const struct {
	const char *name;
	int64_t later; /* by the clock of the next start */
	size_t count;
} starts[] = {
	{ "at once", 0, 1 },
	{ "after four weeks", 28 * DAY, 1 },
	{ "after its time", 31 * DAY, 0 },
	{ "after ten years", 3650 * DAY, 0 },
	{ "the clock was ahead", -1 * DAY, 0 },
	{ "there is no clock", -UTC, 0 },
};

static void a_proof_ends_as_if_nothing_was_started(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_SIZE_MAX);

	(void)state;
	list[0] = (struct gate_proof){ 7, MONO };
	formatted(&text, list, 1);
	for (size_t i = 0; i < COUNT(starts); i++)
		if (parsed(back, buf_slice(&text), MONO, UTC + starts[i].later) != starts[i].count)
			fail_msg("%s", starts[i].name);
}

static void the_latest_have_room(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_SIZE_MAX);

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++)
		list[i] = (struct gate_proof){ i + 1, MONO - (int64_t)(i % 20) * DAY };
	formatted(&text, list, COUNT(list));
	assert_int_equal(parsed(back, buf_slice(&text), MONO, UTC), KNOWN_MAX);
	for (size_t i = 0; i < KNOWN_MAX; i++)
		assert_true(back[i].mono_ns >= MONO - 10 * DAY);
}

/* Half of it, a bit of it, another's: nobody is known, and nothing else happens. */
static void what_was_not_written_is_nothing(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_SIZE_MAX);
	struct fault f = { 0 };
	size_t count;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		list[i] = (struct gate_proof){ i + 1, MONO };
	formatted(&text, list, 5);
	for (size_t n = 0; n < text.n; n++)
		expect_fault("cut", known_parse(back, &count, slice_to(buf_slice(&text), n), MONO, UTC, &f),
			&f, ST_INPUT, "known.syntax");
	for (size_t at = 0; at < text.n; at++) {
		text.p[at] ^= 1;
		expect_fault("changed", known_parse(back, &count, buf_slice(&text), MONO, UTC, &f), &f,
			ST_INPUT, "known.syntax");
		text.p[at] ^= 1;
	}
}

/* --- the file --- */

static const struct gate_terms terms = { .proven = { 20, NS_PER_S }, .strangers = { 2, NS_PER_S } };

static struct gate *gate_here(void)
{
	struct gate *gate = NULL;
	AUTO_FD fd = -1;
	struct fault f;

	assert_int_equal(gate_page_new(&fd, &f), ST_OK);
	assert_int_equal(gate_open(&gate, fd, 3, clock_mono_ns(), &f), ST_OK);
	return gate;
}

/* Twenty come in, a stranger at most one. */
static bool is_known(const char *name, uint64_t key)
{
	AUTO_FD run = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(gate) gate = gate_here();
	AUTO(known) known = known_open(run);
	unsigned entered = 0;

	(void)name;
	known_restore(known, gate);
	for (unsigned i = 0; i < 30; i++)
		entered += gate_ask(gate, key, 0, &terms, clock_mono_ns()) == GATE_ENTER;
	return entered >= 20;
}

static void seen(const uint64_t keys[2])
{
	AUTO_FD run = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(gate) one = gate_here();
	AUTO(gate) other = gate_here();
	struct gate *const gates[] = { one, other };
	AUTO(known) known = known_open(run);

	gate_prove(one, keys[0], clock_mono_ns());
	gate_prove(other, keys[1], clock_mono_ns());
	(void)gate_ask(one, 77, 0, &terms, clock_mono_ns());
	known_save(known, gates, 2);
}

static void the_next_gateway_knows_them(void **state)
{
	struct stat before, after;

	(void)state;
	seen((const uint64_t[]){ 11, 12 });
	assert_true(is_known("of one edge", 11) && is_known("of another", 12));
	assert_false(is_known("a stranger", 77));
	/* Nobody new on the same day: nothing is written. */
	assert_int_equal(stat("known", &before), 0);
	seen((const uint64_t[]){ 12, 11 });
	assert_int_equal(stat("known", &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	seen((const uint64_t[]){ 13, 13 });
	assert_true(is_known("the new one", 13));
}

static void a_file_of_anything_does_no_harm(void **state)
{
	AUTO_FD fd = open("known", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint8_t noise[4096];

	(void)state;
	memset(noise, 0xff, sizeof(noise));
	for (unsigned i = 0; i < 50; i++) {
		assert_false(is_known("noise", 11));
		assert_int_equal(write(fd, noise, sizeof(noise)), sizeof(noise));
	}
	seen((const uint64_t[]){ 11, 12 });
	assert_true(is_known("written anew", 11));
	assert_int_equal(unlink("known"), 0);
	assert_int_equal(symlink("/dev/zero", "known"), 0);
	assert_false(is_known("a link", 11));
	seen((const uint64_t[]){ 11, 12 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, house_enter, house_leave)
		TEST(what_was_seen_comes_back),
		TEST(a_proof_ends_as_if_nothing_was_started),
		TEST(the_latest_have_room),
		TEST(what_was_not_written_is_nothing),
		TEST(the_next_gateway_knows_them),
		TEST(a_file_of_anything_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
