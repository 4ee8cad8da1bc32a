/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keyholder as it runs, in a child, with this test for its monitor and for everybody that asks:
 * who took over a process gets from it what that process needs, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/wait.h>

#include "in_child.h"
#include "worker.h"

#define SCHEME(name) (1U << KEY_##name)

static struct circle us;
static int monitor;
static pid_t keyholder;

static void key_give(enum cert_use use)
{
	AUTO_IN_PLACE(buf) pem = buf_init(16384);
	struct fault f;
	int fd;

	key_format_pem(&pem, us.keys[use]);
	must(memory_file_new(&fd, "key", buf_slice(&pem), &f), &f);
	lseek(fd, 0, SEEK_SET); /* as a file that was just opened */
	worker_tell(monitor, VERB_KEY, 0, &(struct verb_key){ .number = keyring_number(use, 1) },
		fd);
}

static int set_up(void **state)
{
	(void)state;
	monitor = worker_monitor();
	keyholder = fork();
	if (keyholder == 0) {
		struct process self = { 0 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd_close(&monitor);
		child_hush();
		_exit(keyholder_main(&self));
	}
	close(PROCESS_MONITOR_FD);
	circle_make(&us, "007909411"); /* behind the fork: a keyholder makes OpenSSL ready itself */
	for (enum cert_use use = 0; use < CERT_USES; use++)
		key_give(use);
	worker_config(monitor, &us);
	return 0;
}

/* Without its monitor it ends. */
static int tear_down(void **state)
{
	int status;

	(void)state;
	fd_close(&monitor);
	if (waitpid(keyholder, &status, 0) != keyholder)
		die("no keyholder to wait for");
	circle_done(&us);
	return 0;
}

static bool is_told(struct ipc_packet *packet, uint8_t bytes[IPC_PACKET_MAX], int end)
{
	struct pollfd wait = { .fd = end, .events = POLLIN };

	return poll(&wait, 1, CHILD_SECONDS * 1000) == 1 && worker_heard(packet, bytes, end);
}

/* A digest for who signs, a point or a sealed key for who opens; what it is worth, others test. */
static struct verb_key_answer asked(
	uint8_t bytes[IPC_PACKET_MAX], int end, unsigned number, enum key_scheme scheme)
{
	const struct verb_key_ask ask = { .number = number,
		.scheme = scheme,
		.digest_name = S("SHA256"),
		.input = S("0123456789abcdef0123456789abcdef") };
	struct verb_key_answer answer;
	struct ipc_packet packet;
	struct fault f;

	worker_tell(end, VERB_KEY_ASK, 1, &ask, -1);
	assert_true(is_told(&packet, bytes, end));
	assert_int_equal(packet.code, VERB_KEY_ANSWER);
	must(ipc_body_parse(&answer, &packet, &f), &f);
	return answer;
}

static const struct {
	enum role role;
	unsigned may[CERT_USES]; /* bits of schemes */
} rights[] = {
#define SIGNS (SCHEME(SIGN_ECDSA) | SCHEME(SIGN_RSA_PKCS1) | SCHEME(SIGN_RSA_PSS))
#define OPENS \
	(SCHEME(UNWRAP_OAEP) | SCHEME(UNWRAP_OAEP_MGF1_SHA1) | SCHEME(UNWRAP_RSA_V15) | \
		SCHEME(AGREE_ECDH))
	{ ROLE_EDGE, { [CERT_TLS] = SIGNS } },
	{ ROLE_COURIER, { [CERT_TLS] = SIGNS } },
	{ ROLE_ENVELOPE, { [CERT_SIGN] = SIGNS, [CERT_ENCRYPT] = OPENS } },
};

static void one_asks(size_t at, int end, enum cert_use use)
{
	uint8_t bytes[IPC_PACKET_MAX];

	for (enum key_scheme scheme = 0; scheme < KEY_SCHEMES; scheme++) {
		struct verb_key_answer answer =
			asked(bytes, end, keyring_number(use, 1), scheme);
		bool refused = slice_eq(answer.code, S("key.right"));

		if (refused == ((rights[at].may[use] & (1U << scheme)) != 0))
			fail_msg("%s, use %d, scheme %d: %u %.*s", role_name(rights[at].role), use,
				scheme, answer.status, SLICE_FMT(answer.code));
		if (refused)
			assert_int_equal(answer.status, ST_AUTH);
	}
}

static void each_role_has_its_own_rights(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		AUTO_FD end = worker_link(monitor, rights[i].role, 0);

		for (enum cert_use use = 0; use < CERT_USES; use++)
			one_asks(i, end, use);
	}
}

static void who_may_sign_gets_a_signature(void **state)
{
	AUTO_FD end = worker_link(monitor, ROLE_ENVELOPE, 0);
	uint8_t bytes[IPC_PACKET_MAX];
	struct verb_key_answer answer =
		asked(bytes, end, keyring_number(CERT_SIGN, 1), KEY_SIGN_ECDSA);

	(void)state;
	assert_int_equal(answer.status, ST_OK);
	assert_true(answer.output.n > 32);
}

static void what_is_not_there_is_not_used(void **state)
{
	AUTO_FD end = worker_link(monitor, ROLE_ENVELOPE, 0);
	uint8_t bytes[IPC_PACKET_MAX];
	struct verb_key_answer answer;

	(void)state;
	answer = asked(bytes, end, keyring_number(CERT_SIGN, 2), KEY_SIGN_ECDSA);
	assert_true(slice_eq(answer.code, S("key.missing")));
	answer = asked(bytes, end, keyring_number(CERT_SIGN, 1), KEY_SCHEMES);
	assert_true(slice_eq(answer.code, S("key.right")));
	answer = asked(bytes, end, UINT32_MAX, KEY_SIGN_ECDSA);
	assert_int_not_equal(answer.status, ST_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_has_its_own_rights),
		cmocka_unit_test(who_may_sign_gets_a_signature),
		cmocka_unit_test(what_is_not_there_is_not_used),
	};

	return cmocka_run_group_tests_name("keyholder", tests, set_up, tear_down);
}
