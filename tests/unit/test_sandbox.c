/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every promise entered for real, in a child that then tries its luck: what must work, and what
 * must fail with its own errno or end the process.  Outside of any sandbox (the first column) the
 * same attempts work, so that each refusal is the sandbox's.  As root all is done twice, the second
 * time as an ordinary user.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sandbox.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOBODY 65534

/* How an attempt may end, besides an errno. */
enum {
	WORKS = 0,
	NO_SANDBOX = 200, /* the child never got so far */
	KILLED = 201,     /* by the filter */
	ABORTED = 202,
	FAILS = 203,      /* in whatever way */
	UNSAID = 204,     /* not looked at */
};

/* Made before the door closes. */
static struct sockaddr_in listener_address;
static int listener, unconnected = -1, bound, memory_fd, ends[2];
static char above[] = "/tmp/tieline-sandbox-XXXXXX";

/* --- attempts: 0, or errno --- */

static int result(long got)
{
	return got < 0 ? errno : WORKS;
}

static int opened(const char *path, int flags)
{
	return result(open(path, flags | O_CLOEXEC, 0600));
}

static int read_system(void)
{
	return opened("/etc/passwd", O_RDONLY);
}

static int read_by_hand(void)
{
	return result(syscall(SYS_open, "/etc/passwd", O_RDONLY));
}

static int path_only(void)
{
	return opened("/etc/passwd", O_PATH);
}

static int read_shelf(void)
{
	return opened("shelf/book", O_RDONLY);
}

static int read_single(void)
{
	return opened("single", O_RDONLY);
}

static int list_shelf(void)
{
	return opened("shelf", O_RDONLY | O_DIRECTORY);
}

static int write_shelf(void)
{
	return opened("shelf/book", O_WRONLY);
}

static int write_single(void)
{
	return opened("single", O_WRONLY);
}

static int make_in_shelf(void)
{
	return opened("shelf/new", O_WRONLY | O_CREAT);
}

static int cut_shelf(void)
{
	return result(truncate("shelf/book", 0));
}

static int remove_shelf(void)
{
	return result(unlink("shelf/book")) == ENOENT ? WORKS : errno;
}

static int read_own(void)
{
	return opened("own/file", O_RDONLY);
}

static int write_own(void)
{
	return opened("own/file", O_RDWR | O_TRUNC);
}

static int make_in_own(void)
{
	return opened("own/new", O_WRONLY | O_CREAT);
}

static int manage_own(void)
{
	int ok = mkdir("own/dir", 0700) == 0 && rename("own/other", "own/new") == 0 &&
		 unlink("own/new") == 0 && rmdir("own/dir") == 0;

	return ok ? WORKS : errno;
}

/* From ABI 2 on; EXDEV before. */
static int move_in_own(void)
{
	int ok = mkdir("own/dir", 0700) == 0 && rename("own/other", "own/dir/other") == 0 &&
		 unlink("own/dir/other") == 0;

	return ok ? WORKS : errno;
}

static int make_above(void)
{
	return opened("new", O_WRONLY | O_CREAT);
}

static int escape_own(void)
{
	return opened("own/../new", O_WRONLY | O_CREAT);
}

static int move_out(void)
{
	return result(rename("own/file", "file"));
}

static int symlink_in_own(void)
{
	return result(symlink("/etc/passwd", "own/link"));
}

static int pipe_in_own(void)
{
	return result(mkfifo("own/pipe", 0600));
}

static int follow_link(void)
{
	return opened("own/passwd", O_RDONLY);
}

static int chmod_own(void)
{
	return result(chmod("own/file", 0600));
}

static int stat_system(void)
{
	struct stat st;

	return result(stat("/etc/passwd", &st));
}

static int exec_true(void)
{
	char *const words[] = { (char[]){ "true" }, NULL };

	return result(execv("/bin/true", words));
}

static int exec_descriptor(void)
{
	char *const words[] = { (char[]){ "true" }, NULL };

	/* Not a program: outside, this is ENOEXEC. */
	return result(syscall(SYS_execveat, memory_fd, "", words, NULL, AT_EMPTY_PATH));
}

static int new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

/* By the oldest call there is. */
static int new_process_by_hand(void)
{
#ifdef SYS_fork
	long pid = syscall(SYS_fork);
#else
	long pid = fork();
#endif

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int clone_by_hand(void)
{
	return result(syscall(SYS_clone3, NULL, 0));
}

static void *thread_idle(void *unused)
{
	return unused;
}

static int new_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, thread_idle, NULL);

	return error ? error : pthread_join(thread, NULL);
}

static int socket_of(long family, long type, long protocol)
{
	return result(syscall(SYS_socket, family, type, protocol));
}

static int socket_stream(void)
{
	return socket_of(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

static int socket_datagram(void)
{
	return socket_of(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int socket_local(void)
{
	return socket_of(AF_UNIX, SOCK_STREAM, 0);
}

static int socket_packet(void)
{
	return socket_of(AF_PACKET, SOCK_DGRAM, 0);
}

/* The kernel looks at 32 bits: 64 that are not AF_PACKET must not pass for something else. */
static int socket_wide(void)
{
	return socket_of(INT64_C(0x100000000) | AF_PACKET, SOCK_DGRAM, 0);
}

static int socket_future(void)
{
	return socket_of(99, SOCK_STREAM, 0);
}

static int socket_routes(void)
{
	return socket_of(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int socket_events(void)
{
	return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
}

static int socket_raw(void)
{
	return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int socket_raw6(void)
{
	return socket_of(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
}

static int socket_raw_tcp(void)
{
	return socket_of(AF_INET, SOCK_RAW, IPPROTO_TCP);
}

static int socket_packets(void)
{
	return socket_of(AF_INET, SOCK_SEQPACKET, 0);
}

static int socket_ping(void)
{
	return socket_of(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static int socket_sctp(void)
{
	return socket_of(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
}

static int socket_multipath(void)
{
	return socket_of(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
}

static int socket_pair(void)
{
	int fds[2];

	return result(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static int connect_spare(void)
{
	return result(connect(unconnected, (void *)&listener_address, sizeof(listener_address)));
}

static int bind_spare(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };

	return result(bind(unconnected, (const void *)&any, sizeof(any)));
}

static int listen_spare(void)
{
	return result(listen(bound, 1));
}

static int accept_one(void)
{
	return result(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static int trace_me(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, 0, 0));
}

static int read_parent(void)
{
	char byte;
	const struct iovec here = { &byte, 1 }, there = { above, 1 };

	return result(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

/* Its own user's, as others are where the gateway runs as one. */
static int signal_self(void)
{
	return result(kill(getpid(), 0));
}

static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}

/* Nobody has these ids: only a filter can tell that it is not allowed. */
static int signal_thread(void)
{
	return result(syscall(SYS_tgkill, INT32_MAX, INT32_MAX, 0));
}

static int abort_self(void)
{
	abort();
}

static int mapped(int prot, int fd)
{
	void *p = mmap(NULL, 4096, prot, MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	return p == MAP_FAILED ? errno : WORKS;
}

static int map_code(void)
{
	return mapped(PROT_READ | PROT_EXEC, -1);
}

static int map_code_of_file(void)
{
	return mapped(PROT_READ | PROT_EXEC, memory_fd);
}

static int protected(long call, int prot)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NO_SANDBOX : result(syscall(call, p, 4096, prot, -1));
}

static int make_code(void)
{
	return protected(SYS_mprotect, PROT_READ | PROT_EXEC);
}

static int make_code_with_key(void)
{
	return protected(SYS_pkey_mprotect, PROT_READ | PROT_EXEC);
}

static int make_read_only(void)
{
	return protected(SYS_mprotect, PROT_READ);
}

static int share_code(void)
{
	return result(syscall(SYS_shmat, -1, NULL, SHM_EXEC));
}

static int become_self(void)
{
	return result(setresuid(getuid(), getuid(), getuid()));
}

static int lower_limit(void)
{
	return result(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }));
}

static int read_limit(void)
{
	struct rlimit limit;

	return result(getrlimit(RLIMIT_NOFILE, &limit));
}

static int new_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int call_bpf(void)
{
	return result(syscall(SYS_bpf, -1, NULL, 0));
}

static int call_mount(void)
{
	return result(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL));
}

static int call_fsopen(void)
{
	return result(syscall(SYS_fsopen, NULL, 0));
}

static int call_keyctl(void)
{
	return result(syscall(SYS_keyctl, 0, -3 /* the session keyring */, 0));
}

static int call_userfaultfd(void)
{
	return result(syscall(SYS_userfaultfd, -1));
}

static int call_perf(void)
{
	return result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}

static int call_pidfd_getfd(void)
{
	return result(syscall(SYS_pidfd_getfd, -1, 0, 0));
}

static int call_module(void)
{
	return result(syscall(SYS_init_module, NULL, 0, NULL));
}

static int call_kexec(void)
{
	return result(syscall(SYS_kexec_load, 0, -1L, NULL, -1L));
}

static int call_io_uring(void)
{
	return result(syscall(SYS_io_uring_setup, 0, NULL));
}

/* Ways around a filter that looks at numbers only: other tables of system calls. */
static int getpid_x32(void)
{
#ifdef __x86_64__
	return result(syscall(0x40000000 | SYS_getpid));
#else
	return ENOSYS;
#endif
}

static int getpid_i386(void)
{
	long got = -1;

#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(got) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
#endif
	return got == getpid() ? WORKS : ENOSYS;
}

static int memory_file(void)
{
	AUTO_IN_PLACE(mapping) view = { 0 };
	struct fault f;
	int fd;

	if (memory_file_open(&fd, "attempt", &f) != ST_OK ||
		fd_write_all(fd, S("abc"), &f) != ST_OK || memory_file_seal(fd, &f) != ST_OK ||
		mapping_init(&view, fd, 10, &f) != ST_OK)
		return errno ? errno : FAILS;
	return view.bytes.n == 3 ? WORKS : FAILS;
}

static int use_file(void)
{
	struct stat st;
	char byte;
	int ok = ftruncate(memory_fd, 10) == 0 && pwrite(memory_fd, "x", 1, 3) == 1 &&
		pread(memory_fd, &byte, 1, 3) == 1 && fstat(memory_fd, &st) == 0 &&
		lseek(memory_fd, 0, SEEK_END) == 10 && fsync(memory_fd) == 0 &&
		fdatasync(memory_fd) == 0;

	return ok ? WORKS : errno;
}

static int descriptors_pass(void)
{
	struct iovec io = { (char[1]){ "x" }, 1 };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr m = { NULL, 0, &io, 1, control, sizeof(control), 0 };

	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &memory_fd, sizeof(int));
	if (sendmsg(ends[0], &m, 0) != 1 || recvmsg(ends[1], &m, MSG_CMSG_CLOEXEC) != 1)
		return errno;
	return CMSG_FIRSTHDR(&m) ? WORKS : FAILS;
}

static int descriptors_of_waiting(void)
{
	int ok = epoll_create1(0) >= 0 && eventfd(0, 0) >= 0 &&
		timerfd_create(CLOCK_MONOTONIC, 0) >= 0 && pipe2((int[2]){ 0 }, O_CLOEXEC) == 0 &&
		poll(NULL, 0, 0) == 0 && dup(memory_fd) >= 0;

	return ok ? WORKS : errno;
}

static void on_timer(evutil_socket_t fd, short what, void *count)
{
	(void)fd;
	(void)what;
	++*(int *)count;
}

static int event_loop(void)
{
	struct event_base *loop = event_base_new();
	int fired = 0;

	if (!loop)
		return errno;
	event_base_once(loop, -1, EV_TIMEOUT, on_timer, &fired, &(struct timeval){ 0, 1000 });
	event_base_once(loop, ends[0], EV_WRITE, on_timer, &fired, NULL);
	event_base_dispatch(loop);
	event_base_free(loop);
	return fired == 2 ? WORKS : FAILS;
}

static int memory_and_time(void)
{
	uint8_t seed[32];
	struct timespec now;
	char *volatile p = malloc(20 << 20);
	int ok = p && getrandom(seed, sizeof(seed), 0) == sizeof(seed) &&
		 syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0 && sched_yield() == 0 &&
		 madvise(NULL, 0, MADV_DONTNEED) == 0;

	free(p);
	return ok ? WORKS : errno;
}

static int no_privileges_to_come(void)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return errno ? errno : FAILS;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? WORKS : FAILS;
}

/* --- the table --- */

enum set { OUTSIDE, STDIO, ACCEPT, FILES, CONNECT, SETS };

static const struct {
	const char *name, *promises;
} sets[SETS] = {
	[OUTSIDE] = { "outside", NULL },    [STDIO] = { "stdio", "stdio" },
	[ACCEPT] = { "accept", "accept" },  [FILES] = { "files", "stdio files" },
	[CONNECT] = { "connect", "connect" },
};

#define OFF EAFNOSUPPORT

static const struct {
	const char *name;
	int (*attempt)(void);
	int abi;        /* of Landlock, that it needs */
	int want[SETS]; /* outside, stdio, accept, files, connect */
} attempts[] = {
	{ "read a file of the system", read_system, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
#ifdef SYS_open
	{ "read it by an older call", read_by_hand, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
#endif
	{ "find a file of the system", path_only, 0, { WORKS, EPERM, EPERM, UNSAID, UNSAID } },
	{ "read below a path for reading", read_shelf, 1, { WORKS, EPERM, EPERM, WORKS, WORKS } },
	{ "read a file that is the path", read_single, 1, { WORKS, EPERM, EPERM, WORKS, WORKS } },
	{ "list a path for reading", list_shelf, 1, { WORKS, EPERM, EPERM, WORKS, WORKS } },
	{ "write below a path for reading", write_shelf, 1,
		{ WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "write a file for reading", write_single, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "make below a path for reading", make_in_shelf, 1,
		{ WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "cut a file for reading", cut_shelf, 3, { WORKS, EPERM, EPERM, EACCES, EPERM } },
	{ "remove below a path for reading", remove_shelf, 1,
		{ WORKS, EPERM, EPERM, EACCES, EPERM } },
	{ "read below a path for writing", read_own, 1, { WORKS, EPERM, EPERM, WORKS, WORKS } },
	{ "write below a path for writing", write_own, 1, { WORKS, EPERM, EPERM, WORKS, EACCES } },
	{ "make below a path for writing", make_in_own, 1, { WORKS, EPERM, EPERM, WORKS, EACCES } },
	{ "rename and remove there", manage_own, 1, { WORKS, EPERM, EPERM, WORKS, EPERM } },
	{ "move between directories there", move_in_own, 2, { WORKS, EPERM, EPERM, WORKS, EPERM } },
	{ "make a file above", make_above, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "make a file above, by dots", escape_own, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "move a file out", move_out, 1, { WORKS, EPERM, EPERM, FAILS, EPERM } },
	{ "make a symbolic link", symlink_in_own, 1, { WORKS, EPERM, EPERM, EACCES, EPERM } },
	{ "make a pipe with a name", pipe_in_own, 1, { WORKS, EPERM, EPERM, EACCES, EPERM } },
	{ "follow a link out", follow_link, 1, { WORKS, EPERM, EPERM, EACCES, EACCES } },
	{ "change the mode of a file", chmod_own, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "look at a file of the system", stat_system, 0, { WORKS, EPERM, WORKS, WORKS, WORKS } },

	{ "run a program", exec_true, 0, { WORKS, KILLED, EPERM, EPERM, EPERM } },
	{ "run a descriptor", exec_descriptor, 0, { FAILS, KILLED, EPERM, EPERM, EPERM } },
	{ "start a process", new_process, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "start a process by hand", new_process_by_hand, 0,
		{ WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "clone3", clone_by_hand, 0, { EINVAL, ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
	{ "start a thread", new_thread, 0, { WORKS, EPERM, WORKS, WORKS, WORKS } },
	{ "trace", trace_me, 0, { WORKS, KILLED, EPERM, EPERM, EPERM } },
	{ "read another's memory", read_parent, 0, { WORKS, KILLED, EPERM, EPERM, EPERM } },
	{ "signal its own user's", signal_self, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "signal another", signal_parent, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "signal another's thread", signal_thread, 0, { ESRCH, EPERM, EPERM, EPERM, EPERM } },
	{ "abort", abort_self, 0, { ABORTED, ABORTED, ABORTED, ABORTED, ABORTED } },
	{ "change its user", become_self, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },

	{ "a stream socket", socket_stream, 0, { WORKS, EPERM, EPERM, EPERM, WORKS } },
	{ "a datagram socket", socket_datagram, 0, { WORKS, EPERM, EPERM, EPERM, WORKS } },
	{ "a routing socket", socket_routes, 0, { WORKS, EPERM, EPERM, EPERM, WORKS } },
	{ "another netlink socket", socket_events, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "a local socket", socket_local, 0, { WORKS, EPERM, EPERM, EPERM, OFF } },
	{ "a packet socket", socket_packet, 0, { UNSAID, EPERM, EPERM, EPERM, OFF } },
	{ "a packet socket in disguise", socket_wide, 0, { UNSAID, EPERM, EPERM, EPERM, OFF } },
	{ "a family to come", socket_future, 0, { FAILS, EPERM, EPERM, EPERM, OFF } },
	{ "a raw socket", socket_raw, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a raw socket of IPv6", socket_raw6, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a raw socket of TCP", socket_raw_tcp, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a socket of packets", socket_packets, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a ping socket", socket_ping, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "an SCTP socket", socket_sctp, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a multipath socket", socket_multipath, 0, { UNSAID, EPERM, EPERM, EPERM, EPERM } },
	{ "a pair of sockets", socket_pair, 0, { WORKS, EPERM, EPERM, EPERM, WORKS } },
	{ "connect", connect_spare, 0, { WORKS, EPERM, EPERM, EPERM, WORKS } },
	{ "bind", bind_spare, 4, { WORKS, EPERM, EPERM, EPERM, EACCES } },
	{ "listen", listen_spare, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "accept", accept_one, 0, { WORKS, EPERM, WORKS, EPERM, EPERM } },

	{ "map new code", map_code, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "map code of a file", map_code_of_file, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "make memory code", make_code, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "make it code with a key", make_code_with_key, 0, { WORKS, EPERM, EPERM, EPERM, EPERM } },
	{ "share code", share_code, 0, { EINVAL, EPERM, EPERM, EPERM, EPERM } },
	{ "make memory read-only", make_read_only, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },

	{ "a namespace", new_namespace, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "bpf", call_bpf, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "mount", call_mount, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "fsopen", call_fsopen, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "keyctl", call_keyctl, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "userfaultfd", call_userfaultfd, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "perf_event_open", call_perf, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "pidfd_getfd", call_pidfd_getfd, 0, { EBADF, KILLED, EPERM, EPERM, EPERM } },
	{ "init_module", call_module, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "kexec_load", call_kexec, 0, { UNSAID, KILLED, EPERM, EPERM, EPERM } },
	{ "io_uring", call_io_uring, 0, { UNSAID, ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
	{ "a call of x32", getpid_x32, 0, { UNSAID, FAILS, FAILS, FAILS, FAILS } },
	{ "a call of i386", getpid_i386, 0, { UNSAID, FAILS, FAILS, FAILS, FAILS } },

	{ "a memory file, sealed and mapped", memory_file, 0,
		{ WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "use a file it has", use_file, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "pass a descriptor", descriptors_pass, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "things to wait for", descriptors_of_waiting, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "an event loop", event_loop, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "memory, time, randomness", memory_and_time, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "read a limit", read_limit, 0, { WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "set a limit", lower_limit, 0, { WORKS, EPERM, WORKS, WORKS, WORKS } },
	{ "no privileges, no core", no_privileges_to_come, 0,
		{ FAILS, EPERM, WORKS, WORKS, WORKS } },
};

/* --- running it --- */

static const struct sandbox_path paths[] = {
	{ "shelf", SANDBOX_READ },
	{ "missing", SANDBOX_WRITE }, /* skipped */
	{ "single", SANDBOX_READ },
	{ "own", SANDBOX_WRITE },
};

static void file_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	fchmod(fd, 0666);
	assert_int_equal(fchown(fd, NOBODY, NOBODY), 0);
	close(fd);
}

static void directory_make(const char *path)
{
	if (mkdir(path, 0777) != 0)
		assert_int_equal(errno, EEXIST);
	chmod(path, 0777);
}

/* As before every attempt. */
static void files_make(void)
{
	static const char *const made[] = {
		"shelf/new", "own/new", "own/link", "own/pipe", "own/dir/other", "own/dir", "new",
		"file",
	};

	directory_make("shelf");
	directory_make("own");
	file_make("shelf/book");
	file_make("single");
	file_make("own/file");
	file_make("own/other");
	if (symlink("/etc/passwd", "own/passwd") != 0)
		assert_int_equal(errno, EEXIST);
	for (size_t i = 0; i < COUNT(made); i++)
		remove(made[i]);
}

static void become_nobody(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
		_exit(NO_SANDBOX);
	/*
	 * A change of user ends dumpability, which outside would make of a process what it is
	 * inside.
	 */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void child(size_t i, enum set set, bool nobody)
{
	struct sandbox s = { sets[set].promises, paths, COUNT(paths) };
	struct fault f;

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (nobody)
		become_nobody();
	if (set != OUTSIDE) {
		enum status st = sandbox_enter(&s, &f);
		if (st != ST_OK && st != ST_NONE)
			_exit(NO_SANDBOX);
	}
	errno = 0;
	_exit(attempts[i].attempt());
}

static int outcome(size_t i, enum set set, bool nobody)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		child(i, set, nobody);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGSYS)
		return KILLED;
	return WTERMSIG(status) == SIGABRT ? ABORTED : FAILS;
}

static const char *outcome_name(int outcome)
{
	static const char *const names[] = { "no sandbox", "killed", "aborted", "fails" };

	if (outcome == WORKS)
		return "works";
	return outcome >= NO_SANDBOX ? names[outcome - NO_SANDBOX] : strerrorname_np(outcome);
}

static bool as_wanted(int got, int want)
{
	if (want == FAILS)
		return got != WORKS && got != NO_SANDBOX;
	return want == UNSAID || got == want;
}

/* Reading another's memory and signalling it work outside for its own user only. */
static bool needs_same_user(size_t i, enum set set)
{
	return set == OUTSIDE &&
		(attempts[i].attempt == read_parent || attempts[i].attempt == signal_parent);
}

/* Somebody waits in the listener's queue, and a socket is left to be connected. */
static void sockets_make(void)
{
	struct pollfd waiting = { .fd = listener, .events = POLLIN };

	fd_close(&unconnected);
	unconnected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (poll(&waiting, 1, 0) == 1)
		return;
	AUTO_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (void *)&listener_address, sizeof(listener_address)), 0);
}

static unsigned attempts_run(enum set set, bool nobody)
{
	int abi = sandbox_landlock_abi();
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(attempts); i++) {
		if ((set != OUTSIDE && attempts[i].abi > abi) ||
			(nobody && needs_same_user(i, set)))
			continue;
		files_make();
		sockets_make();
		int got = outcome(i, set, nobody), want = attempts[i].want[set];
		if (as_wanted(got, want))
			continue;
		print_error("%s%s: %s: %s, want %s\n", sets[set].name, nobody ? " as nobody" : "",
			attempts[i].name, outcome_name(got), outcome_name(want));
		wrong++;
	}
	return wrong;
}

static void test_attempts(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (enum set set = OUTSIDE; set < SETS; set++) {
		wrong += attempts_run(set, false);
		if (geteuid() == 0)
			wrong += attempts_run(set, true);
	}
	assert_int_equal(wrong, 0);
}

/* --- what is said when entering --- */

static const struct sandbox_path impossible[] = { { "single/below", SANDBOX_READ } };

static const struct {
	const char *name;
	struct sandbox sandbox;
	enum status want;
	const char *code;
	int (*then)(void);
	int result; /* of then */
} entries[] = {
	{ "an unknown promise", { "stdio fly", NULL, 0 }, ST_HOST, "sandbox.promise", read_system,
		WORKS },
	{ "a promise cut short", { "file", NULL, 0 }, ST_HOST, "sandbox.promise", read_system,
		WORKS },
	{ "two blanks", { "stdio  files", NULL, 0 }, ST_HOST, "sandbox.promise", read_system,
		WORKS },
	{ "another case", { "STDIO", NULL, 0 }, ST_HOST, "sandbox.promise", read_system, WORKS },
	{ "no promise is the least", { "", NULL, 0 }, ST_OK, "", socket_datagram, EPERM },
	{ "no promise at all", { NULL, NULL, 0 }, ST_OK, "", exec_true, KILLED },
	{ "files, but no paths", { "files", NULL, 0 }, ST_OK, "", read_system, EACCES },
	{ "paths, but no files", { "stdio", paths, COUNT(paths) }, ST_OK, "", read_shelf, EPERM },
	{ "paths, but accept only", { "accept", paths, COUNT(paths) }, ST_OK, "", read_shelf,
		EPERM },
	{ "two promises: the first", { "accept files", paths, COUNT(paths) }, ST_OK, "", accept_one,
		WORKS },
	{ "two promises: the second", { "accept files", paths, COUNT(paths) }, ST_OK, "", write_own,
		WORKS },
	{ "connect and files may write", { "connect files", paths, COUNT(paths) }, ST_OK, "",
		manage_own, WORKS },
	{ "a path through a file", { "files", impossible, 1 }, ST_HOST, "sandbox.landlock",
		read_system, UNSAID },
};

static void entry_child(size_t i)
{
	struct fault f = { 0 };
	enum status st = sandbox_enter(&entries[i].sandbox, &f);

	if (st != entries[i].want || strcmp(f.code, entries[i].code) != 0)
		_exit(NO_SANDBOX);
	_exit(entries[i].then());
}

static void test_entering(void **state)
{
	(void)state;
	if (sandbox_landlock_abi() == 0)
		skip(); /* ST_NONE everywhere */
	for (size_t i = 0; i < COUNT(entries); i++) {
		int status;
		files_make();
		sockets_make();
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			entry_child(i);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		int got = WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
		if (got == NO_SANDBOX || !as_wanted(got, entries[i].result))
			fail_msg("%s: %s", entries[i].name, outcome_name(got));
	}
}

/* A thread that was there before is held to the filter as well. */
static sem_t entered;
static int thread_result;

static void *thread_late(void *unused)
{
	while (sem_wait(&entered) != 0)
		;
	thread_result = socket_stream();
	return unused;
}

static void threads_child(void)
{
	const struct sandbox s = { "accept", NULL, 0 };
	pthread_t thread;
	struct fault f;

	sem_init(&entered, 0, 0);
	if (pthread_create(&thread, NULL, thread_late, NULL) != 0)
		_exit(NO_SANDBOX);
	enum status st = sandbox_enter(&s, &f);
	if (st != ST_OK && st != ST_NONE)
		_exit(NO_SANDBOX);
	sem_post(&entered);
	pthread_join(thread, NULL);
	_exit(thread_result);
}

static void test_older_threads(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		threads_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

/* --- the place --- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void listener_make(void)
{
	socklen_t n = sizeof(listener_address);

	listener_address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (void *)&listener_address, n), 0);
	assert_int_equal(listen(listener, 1000), 0);
	assert_int_equal(getsockname(listener, (void *)&listener_address, &n), 0);
	bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(bound, (const void *)&(struct sockaddr_in){ .sin_family = AF_INET }, n), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static int place_make(void **state)
{
	(void)state;
	memory_fd = memfd_create("attempts", MFD_CLOEXEC);
	listener_make();
	if (ftruncate(memory_fd, 4096) != 0 || !mkdtemp(above) || chdir(above) != 0)
		return -1;
	/* Landlock and our own rules are to refuse, not these. */
	return chmod(above, 0777);
}

static int place_remove(void **state)
{
	(void)state;
	return chdir("/") != 0 || nftw(above, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_entering),
		cmocka_unit_test(test_older_threads),
	};

	return cmocka_run_group_tests(tests, place_make, place_remove);
}
