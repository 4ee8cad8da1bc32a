/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tieline cert` does to a home: step by step, in the wrong order, and stopped at every point
 * between two steps, where what is left must be a home that serves.
 */
#include "cli/cli.h" /* before cmocka, whose fail() is a macro */

#include "exchange_expect.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/home.h"
#include "cli/renewal.h"
#include "processes/keyring_files.h"
#include "sunny.h"

#define VALID_DAYS 398
#define TEXT_MAX 16384
#define STOPPED 77

/* main.c's. */
int fail_with(enum exit_code code, const char *format, ...)
{
	fputs(format, stderr);
	return (int)code;
}

/* --- a disk on which the process may end --- */

static int steps_left = -1; /* below 0: for ever */

static void step(void)
{
	if (steps_left == 0)
		_exit(STOPPED);
	steps_left -= steps_left > 0;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int unlinkat(int dir, const char *name, int flags)
{
	step();
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

/* --- a home --- */

struct home {
	char path[64];
	int dir;
};

static void file_put(const struct home *h, const char *name, struct slice content)
{
	struct fault f;

	must(file_replace(h->dir, name, content, 0600, &f), &f);
}

static void pair_put(const struct home *h, enum cert_use use, unsigned generation, int begin)
{
	AUTO_IN_PLACE(buf) pem = buf_init(TEXT_MAX), secret = buf_init(TEXT_MAX),
			   pem_name = buf_init(64), key_name = buf_init(64);
	AUTO(cert) cert = circle_issue(&sunny, use, NOW + begin * DAY_NS);

	cert_format_pem(&pem, cert);
	key_format_pem(&secret, sunny.keys[use]);
	keyring_name_put(&pem_name, use, generation, ".pem");
	buf_put_text(&key_name, "keys/");
	keyring_name_put(&key_name, use, generation, ".key");
	file_put(h, buf_text(&key_name), buf_slice(&secret));
	file_put(h, buf_text(&pem_name), buf_slice(&pem));
}

static void home_make(struct home *h)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = settings_of("sunny");

	*h = (struct home){ .path = "/tmp/tieline-home-XXXXXX" };
	assert_non_null(mkdtemp(h->path));
	h->dir = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(h->dir, "keys", 0700), 0);
	settings_format(&yaml, settings);
	file_put(h, "tieline.yaml", buf_slice(&yaml));
	for (enum cert_use use = 0; use < CERT_USES; use++)
		pair_put(h, use, 1, 0);
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void home_remove(struct home *h)
{
	fd_close(&h->dir);
	assert_int_equal(nftw(h->path, entry_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct keyring *ring_of(const struct home *h)
{
	struct keyring *ring = NULL;
	struct fault f;

	must(home_keyring(&ring, h->path, &f), &f);
	return ring;
}

/* As the monitor and the keyholder see it at a start: every certificate with its own key. */
static void expect_serves(const char *name, const struct home *h)
{
	AUTO(keyring) ring = ring_of(h);

	for (size_t i = 0; i < ring->count; i++) {
		AUTO_IN_PLACE(buf) path = buf_init(64), pem = buf_init(TEXT_MAX);
		AUTO(key) key = NULL;
		struct fault f;
		struct stat st;

		buf_put_text(&path, "keys/");
		keyring_name_put(&path, ring->certs[i].use, ring->certs[i].generation, ".key");
		must(file_read(&pem, h->dir, buf_text(&path), &f), &f);
		must(key_parse_pem(&key, buf_slice(&pem), &f), &f);
		if (!key_matches(key, ring->certs[i].cert))
			fail_msg("%s: %s is not the key", name, buf_text(&path));
		assert_int_equal(fstatat(h->dir, buf_text(&path), &st, 0), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static size_t count_of(const struct home *h, const char *below, const char *suffix)
{
	AUTO_FD dir = openat(h->dir, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct keyring_files files;
	struct fault f;

	must(keyring_files_find(&files, dir, suffix, &f), &f);
	return files.count;
}

static unsigned in_use(const struct home *h, enum cert_use use, int64_t now_ns)
{
	AUTO(keyring) ring = ring_of(h);

	return keyring_current(ring, use, now_ns)->generation;
}

/* --- what can be done --- */

static enum status make(const struct home *h, enum cert_use use, struct fault *f)
{
	const struct own_root root = { sunny.root, sunny.root_key };
	AUTO(settings) settings = settings_of("sunny");
	AUTO(keyring) ring = ring_of(h);

	return renewal_make(h->dir, ring, use, &root, settings, NOW, f);
}

static enum status roll(const struct home *h, enum cert_use use, int64_t at_ns, struct fault *f)
{
	AUTO(keyring) ring = ring_of(h);

	return renewal_roll(h->dir, ring, use, at_ns, NOW, f);
}

static enum status finish_at(
	const struct home *h, enum cert_use use, int64_t now_ns, struct fault *f)
{
	AUTO(keyring) ring = ring_of(h);
	size_t removed = 0;

	return renewal_finish(h->dir, ring, use, &removed, now_ns, f);
}

static enum status finish(const struct home *h, enum cert_use use, struct fault *f)
{
	return finish_at(h, use, NOW, f);
}

static enum status tidy(const struct home *h, int64_t now_ns, struct fault *f)
{
	AUTO(keyring) ring = ring_of(h);

	return renewal_tidy(h->dir, ring, now_ns, f);
}

/* --- in order --- */

static void renewed_then_rolled_then_finished(void **state)
{
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	must(make(&h, CERT_SIGN, &f), &f);
	expect_serves("made", &h);
	assert_int_equal(in_use(&h, CERT_SIGN, NOW), 1);
	must(roll(&h, CERT_SIGN, NOW + 5 * DAY_NS, &f), &f);
	assert_int_equal(in_use(&h, CERT_SIGN, NOW + 5 * DAY_NS - 1), 1);
	assert_int_equal(in_use(&h, CERT_SIGN, NOW + 5 * DAY_NS), 2);
	must(roll(&h, CERT_SIGN, NOW, &f), &f); /* a moment that has not come can be changed */
	assert_int_equal(in_use(&h, CERT_SIGN, NOW), 2);
	assert_int_equal(in_use(&h, CERT_TLS, NOW), 1);
	must(finish(&h, CERT_SIGN, &f), &f);
	expect_serves("finished", &h);
	assert_int_equal(in_use(&h, CERT_SIGN, NOW), 2);
	assert_int_equal(count_of(&h, ".", ".pem"), CERT_USES);
	assert_int_equal(count_of(&h, "keys", ".key"), CERT_USES);
	must(make(&h, CERT_SIGN, &f), &f);
	assert_int_equal(count_of(&h, ".", ".pem"), CERT_USES + 1);
	home_remove(&h);
}

static void a_certificate_says_what_the_one_before_said(void **state)
{
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	for (enum cert_use use = 0; use < CERT_USES; use++) {
		must(make(&h, use, &f), &f);
		AUTO(keyring) ring = ring_of(&h);
		const struct keyring_cert *young = keyring_newest(ring, use);
		assert_int_equal(young->generation, 2);
		assert_int_equal(young->from_ns, KEYRING_NEVER);
		assert_true(authority_issued(sunny.root, young->cert));
		expect_text("subject", cert_subject(young->cert),
			cert_subject(keyring_find(ring, use, 1)->cert));
		assert_false(key_matches(sunny.keys[use], young->cert));
		must(cert_check(young->cert, NOW, &f), &f);
	}
	home_remove(&h);
}

/* --- in the wrong order --- */

static void wrong_orders_change_nothing(void **state)
{
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	expect_fault("nothing to roll", roll(&h, CERT_TLS, NOW, &f), &f, ST_INPUT, "cert.nothing");
	must(make(&h, CERT_TLS, &f), &f);
	expect_fault("made twice", make(&h, CERT_TLS, &f), &f, ST_INPUT, "cert.waiting");
	expect_fault(
		"finished before", finish(&h, CERT_TLS, &f), &f, ST_INPUT, "cert.unfinished");
	expect_fault("before it begins", roll(&h, CERT_TLS, NOW - DAY_NS, &f), &f, ST_INPUT,
		"cert.moment");
	expect_fault("after its end", roll(&h, CERT_TLS, NOW + VALID_DAYS * DAY_NS, &f), &f,
		ST_INPUT, "cert.moment");
	assert_int_equal(count_of(&h, ".", ".from"), 0);
	must(roll(&h, CERT_TLS, NOW + 9 * DAY_NS, &f), &f);
	expect_fault("planned", finish(&h, CERT_TLS, &f), &f, ST_INPUT, "cert.unfinished");
	expect_fault("planned", make(&h, CERT_TLS, &f), &f, ST_INPUT, "cert.waiting");
	assert_int_equal(count_of(&h, ".", ".pem"), CERT_USES + 1);
	home_remove(&h);
}

/* No day without a valid certificate may be planned. */
static void no_gap_is_planned(void **state)
{
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	pair_put(&h, CERT_TLS, 1, -VALID_DAYS + 10);
	must(make(&h, CERT_TLS, &f), &f);
	expect_fault("eleven days", roll(&h, CERT_TLS, NOW + 11 * DAY_NS, &f), &f, ST_INPUT,
		"cert.moment");
	must(roll(&h, CERT_TLS, NOW + 9 * DAY_NS, &f), &f);
	home_remove(&h);
}

static void what_ended_long_ago_goes(void **state)
{
	int64_t over = NOW + (VALID_DAYS + RENEWAL_KEPT_DAYS) * DAY_NS;
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	pair_put(&h, CERT_TLS, 2, 100);
	file_put(&h, "tls.2.from", S("2027-01-01T00:00:00Z\n"));
	file_put(&h, "keys/sign.2.key", S("its certificate never came"));
	must(tidy(&h, over - DAY_NS, &f), &f);
	assert_int_equal(count_of(&h, ".", ".pem"), CERT_USES + 1);
	assert_int_equal(count_of(&h, "keys", ".key"), CERT_USES + 1);
	must(tidy(&h, over + DAY_NS, &f), &f);
	expect_serves("tidy", &h);
	/* The only ones of their use stay, ended or not. */
	assert_int_equal(count_of(&h, ".", ".pem"), CERT_USES);
	assert_int_equal(in_use(&h, CERT_TLS, over), 2);
	home_remove(&h);
}

static void one_command_at_a_time(void **state)
{
	AUTO_FD first = -1, second = -1;
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	must(renewal_lock(&first, h.dir, &f), &f);
	expect_fault(
		"second", renewal_lock(&second, h.dir, &f), &f, ST_RETRY, "home.locked");
	fd_close(&first);
	must(renewal_lock(&second, h.dir, &f), &f);
	home_remove(&h);
}

/* --- stopped anywhere --- */

static enum status roll_later(const struct home *h, enum cert_use use, struct fault *f)
{
	return roll(h, use, NOW + 150 * DAY_NS, f);
}

static enum status finish_later(const struct home *h, enum cert_use use, struct fault *f)
{
	return finish_at(h, use, NOW + 200 * DAY_NS, f);
}

static enum status tidy_later(const struct home *h, enum cert_use use, struct fault *f)
{
	(void)use;
	return tidy(h, NOW + (VALID_DAYS + RENEWAL_KEPT_DAYS + 1) * DAY_NS, f);
}

static const struct {
	const char *name;
	enum status (*run)(const struct home *, enum cert_use, struct fault *);
	bool is_made, is_rolled; /* before */
	unsigned before, after;  /* the generation in use */
} works[] = {
	{ "make", make, false, false, 1, 1 },
	{ "roll", roll_later, true, false, 1, 2 },
	{ "finish", finish_later, true, true, 2, 2 },
	{ "tidy", tidy_later, true, true, 2, 2 },
};

static void home_prepare(struct home *h, size_t work)
{
	struct fault f;

	home_make(h);
	if (works[work].is_made)
		pair_put(h, CERT_SIGN, 2, 100);
	if (works[work].is_rolled)
		file_put(h, "sign.2.from", S("2026-11-01T00:00:00Z\n"));
	if (works[work].is_made && !works[work].is_rolled)
		must(make(h, CERT_TLS, &f), &f); /* another use is none of its business */
}

/* True when the work was done before the process ended. */
static bool stopped_after(const struct home *h, size_t work, int steps)
{
	struct fault f = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		steps_left = steps;
		_exit(works[work].run(h, CERT_SIGN, &f) == ST_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 1)
		fail_msg("%s failed", works[work].name);
	return WEXITSTATUS(status) == 0;
}

static void stopped_everywhere(size_t work)
{
	bool done = false;
	int steps = 0;

	for (; !done; steps++) {
		struct fault f = { 0 };
		struct home h;

		home_prepare(&h, work);
		done = stopped_after(&h, work, steps);
		expect_serves(works[work].name, &h);
		unsigned generation = in_use(&h, CERT_SIGN, NOW + 200 * DAY_NS);
		assert_true(generation == works[work].before || generation == works[work].after);
		assert_true(!done || generation == works[work].after);
		/* The same again mends what is left, and it can go on from there. */
		enum status st = works[work].run(&h, CERT_SIGN, &f);
		assert_true(st == ST_OK || (done && st == ST_INPUT));
		expect_serves("again", &h);
		assert_int_equal(
			in_use(&h, CERT_SIGN, NOW + 200 * DAY_NS), works[work].after);
		must(tidy(&h, NOW, &f), &f);
		assert_int_equal(count_of(&h, ".", ".pem"), count_of(&h, "keys", ".key"));
		home_remove(&h);
	}
	assert_true(steps > 2);
}

static void a_crash_anywhere_leaves_a_home_that_serves(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(works); i++)
		stopped_everywhere(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewed_then_rolled_then_finished),
		cmocka_unit_test(a_certificate_says_what_the_one_before_said),
		cmocka_unit_test(wrong_orders_change_nothing),
		cmocka_unit_test(no_gap_is_planned),
		cmocka_unit_test(what_ended_long_ago_goes),
		cmocka_unit_test(one_command_at_a_time),
		cmocka_unit_test(a_crash_anywhere_leaves_a_home_that_serves),
	};

	return cmocka_run_group_tests_name("renewal", tests, sunny_make, sunny_done);
}
