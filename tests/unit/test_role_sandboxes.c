/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each role's own sandbox, entered for real in a child, which then tries to break out: a table of
 * attempts that must fail and of what must go on working.  As root the child first becomes an
 * ordinary user, as roles do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pace.h"
#include "processes/process.h"

#define NOBODY 65534

static const struct {
	const char *name;
	const struct sandbox *sandbox;
} roles[] = {
	{ "edge", &edge_sandbox },
	{ "envelope", &envelope_sandbox },
	{ "keyholder", &keyholder_sandbox },
	{ "ledger", &ledger_sandbox },
	{ "courier", &courier_sandbox },
	{ "desk", &desk_sandbox },
};
#define EDGE 1u
#define ENVELOPE 2u
#define KEYHOLDER 4u
#define LEDGER 8u
#define COURIER 16u
#define DESK 32u
#define EVERYBODY 63u

static int descriptor(int fd)
{
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int open_passwd(void)
{
	return descriptor(open("/etc/passwd", O_RDONLY));
}

static int open_proc(void)
{
	return descriptor(open("/proc/self/environ", O_RDONLY));
}

static int open_here(void)
{
	return descriptor(open("attempt", O_RDWR | O_CREAT, 0600));
}

static int open_above(void)
{
	return descriptor(open("../attempt", O_RDWR | O_CREAT, 0600));
}

static int exec_true(void)
{
	char *const words[] = { (char[]){ "true" }, NULL };

	return execv("/bin/true", words);
}

static int socket_of(int family, int type)
{
	return descriptor(socket(family, type, 0));
}

static int socket_inet(void)
{
	return socket_of(AF_INET, SOCK_STREAM);
}

static int socket_unix(void)
{
	return socket_of(AF_UNIX, SOCK_STREAM);
}

static int socket_packet(void)
{
	return socket_of(AF_PACKET, SOCK_RAW);
}

static int socket_raw(void)
{
	return socket_of(AF_INET, SOCK_RAW);
}

static int listen_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 || listen(fd, 1) != 0
		? -1
		: 0;
}

/*
 * Set up before the door closes: an address somebody listens on, and a socket that could be
 * connected to it.
 */
static struct sockaddr_in listener_address;
static int spare_socket;

static int connect_spare(void)
{
	return connect(
		spare_socket, (struct sockaddr *)&listener_address, sizeof(listener_address));
}

static int connect_new(void)
{
	spare_socket = socket(AF_INET, SOCK_STREAM, 0);
	return spare_socket < 0 ? -1 : connect_spare();
}

static int trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0 ? 0 : -1;
}

static int new_code(void)
{
	void *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int become_root(void)
{
	return setresuid(0, 0, 0);
}

static int new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static int memory_file(void)
{
	return descriptor(memfd_create("attempt", MFD_CLOEXEC));
}

static int be_prompt(void)
{
	pace_set(PACE_STEADY);
	pace_set(PACE_PROMPT);
	return sched_getscheduler(0) == SCHED_OTHER ? 0 : -1;
}

static int memory(void)
{
	void *p = malloc(10 << 20);

	free(p);
	return p ? 0 : -1;
}

/* By how much a role may: the roles for which it must succeed; for all others it must fail. */
static const struct {
	const char *name;
	int (*attempt)(void);
	unsigned may;
} attempts[] = {
	{ "read a file of the system", open_passwd, 0 },
	{ "read its own environment", open_proc, 0 },
	{ "write a file in its directory", open_here, LEDGER },
	{ "write a file above its directory", open_above, 0 },
	{ "run a program", exec_true, 0 },
	{ "make an internet socket", socket_inet, COURIER },
	{ "make a local socket", socket_unix, 0 },
	{ "make a packet socket", socket_packet, 0 },
	{ "make a raw socket", socket_raw, 0 },
	{ "listen", listen_tcp, 0 },
	{ "connect a new socket", connect_new, COURIER },
	{ "connect a socket it was left", connect_spare, COURIER },
	{ "trace its parent", trace_parent, 0 },
	{ "map memory to run code from", new_code, 0 },
	{ "become root", become_root, 0 },
	{ "start a process", new_process, 0 },
	{ "make a memory file", memory_file, EVERYBODY },
	{ "be prompt", be_prompt, EDGE | LEDGER | COURIER | DESK },
	{ "use memory", memory, EVERYBODY },
};
#define ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

enum { FAILED = 10, WORKED = 11, NO_SANDBOX = 12 };

static void child(size_t role, size_t attempt, const char *directory)
{
	struct fault f;

	if (chdir(directory) != 0)
		_exit(NO_SANDBOX);
	if (geteuid() == 0 &&
		(setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
		_exit(NO_SANDBOX);
	enum status st = sandbox_enter(roles[role].sandbox, &f);
	if (st != ST_OK && st != ST_NONE)
		_exit(NO_SANDBOX);
	_exit(attempts[attempt].attempt() == 0 ? WORKED : FAILED);
}

static int outcome(size_t role, size_t attempt, const char *directory)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		child(role, attempt, directory);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return FAILED; /* the filter ended it: that is a no */
	/* A program that ran in its place ended with its own code. */
	return WEXITSTATUS(status) == FAILED || WEXITSTATUS(status) == NO_SANDBOX
		? WEXITSTATUS(status)
		: WORKED;
}

static void listener_make(void)
{
	socklen_t n = sizeof(listener_address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	listener_address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)&listener_address, n), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&listener_address, &n), 0);
	spare_socket = socket(AF_INET, SOCK_STREAM, 0);
}

/* The ledger's attempt to write a file is one that works. */
static void unlink_inside(const char *directory)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/attempt", directory);
	unlink(path);
}

static void test_role_attempts(void **state)
{
	char above[] = "/tmp/tieline-roles-XXXXXX", directory[64];
	unsigned wrong = 0;

	(void)state;
	assert_non_null(mkdtemp(above));
	snprintf(directory, sizeof(directory), "%s/own", above);
	assert_int_equal(mkdir(directory, 0777), 0);
	chmod(above, 0777);
	chmod(directory, 0777);
	listener_make();
	for (size_t role = 0; role < sizeof(roles) / sizeof(roles[0]); role++)
		for (size_t i = 0; i < ATTEMPTS; i++) {
			int want = attempts[i].may & (1u << role) ? WORKED : FAILED;
			int got = outcome(role, i, directory);
			if (got != want)
				print_error("%s: %s: %s\n", roles[role].name, attempts[i].name,
					got == WORKED           ? "worked"
						: got == FAILED ? "failed"
								: "no sandbox");
			wrong += got != want;
		}
	unlink_inside(directory);
	rmdir(directory);
	rmdir(above);
	assert_int_equal(wrong, 0);
}

/* The table above can fail: without a sandbox every harmless attempt works. */
static void test_attempts_work_outside(void **state)
{
	(void)state;
	assert_int_equal(open_passwd(), 0);
	assert_int_equal(socket_inet(), 0);
	assert_int_equal(socket_unix(), 0);
	assert_int_equal(new_code(), 0);
	assert_int_equal(memory_file(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts_work_outside),
		cmocka_unit_test(test_role_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
