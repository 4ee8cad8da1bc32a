/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock and seccomp; every role enters once.  Two shapes of filter: "stdio" alone is a short
 * list of what is allowed, because a process that only computes needs so little; every other
 * promise is a list of what is refused, because what OpenSSL, SQLite, libcurl and the C library
 * call changes with their versions.  None of it needs privileges: landlock(7), seccomp(2).  The
 * sanitizers' runtimes work within it (but for the leak checker, which traces its own process), so
 * builds for tests are confined as shipped ones are.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { STDIO = 1, ACCEPT = 2, CONNECT = 4, FILES = 8, CLOCK = 16 };

static unsigned promise_bit(struct slice word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
		{ "stdio", STDIO },
		{ "accept", ACCEPT },
		{ "connect", CONNECT },
		{ "files", FILES },
		{ "clock", CLOCK },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (slice_eq(word, slice_str(words[i].word)))
			return words[i].bit;
	return 0;
}

/* What may be called is listed, and not what may not. */
static bool is_listed(unsigned promises)
{
	return (promises & ~(unsigned)CLOCK) == STDIO;
}

static enum status promises_parse(unsigned *out, const char *text, struct fault *f)
{
	struct slice rest = slice_str(text), word;
	unsigned promises = STDIO;

	while (rest.n) {
		slice_cut(&word, &rest, rest, ' ');
		if (!promise_bit(word))
			return fault_set(f, ST_HOST, "sandbox.promise", "there is no promise %.*s",
				SLICE_FMT(word));
		promises |= promise_bit(word);
	}
	*out = promises;
	return ST_OK;
}

/* --- Landlock --- */

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

#define FS_ABI1 ((1ULL << 13) - 1)
#define FS_FILE_READ ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define FS_FILE_WRITE (FS_FILE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define FS_READ (FS_FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
/* Neither programs nor devices, sockets, pipes and symbolic links: our directories hold none. */
#define FS_REMOVE (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define FS_MAKE (LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_WRITE (FS_READ | FS_FILE_WRITE | FS_REMOVE | FS_MAKE | LANDLOCK_ACCESS_FS_REFER)

/* struct landlock_ruleset_attr of ABI 6; older kernels take the front of it. */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* What a kernel can handle: the last row whose ABI it has. */
static const struct {
	int abi;
	size_t size;
	struct ruleset handles;
} abis[] = {
#define FS_ABI2 (FS_ABI1 | LANDLOCK_ACCESS_FS_REFER)
#define FS_ABI3 (FS_ABI2 | LANDLOCK_ACCESS_FS_TRUNCATE)
#define FS_ABI5 (FS_ABI3 | LANDLOCK_ACCESS_FS_IOCTL_DEV)
#define NET_ABI4 (LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP)
#define SCOPE_ABI6 (LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL)
	{ 1,  8, { FS_ABI1, 0, 0 } },
	{ 2,  8, { FS_ABI2, 0, 0 } },
	{ 3,  8, { FS_ABI3, 0, 0 } },
	{ 4, 16, { FS_ABI3, NET_ABI4, 0 } },
	{ 5, 16, { FS_ABI5, NET_ABI4, 0 } },
	{ 6, 24, { FS_ABI5, NET_ABI4, SCOPE_ABI6 } },
};

int sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* -1: the kernel refused. */
static int ruleset_new(struct ruleset *rules, int abi, unsigned promises)
{
	size_t row = COUNT(abis) - 1;

	while (row > 0 && abis[row].abi > abi)
		row--;
	*rules = abis[row].handles;
	/* What is not handled is permitted. */
	if (promises & CONNECT)
		rules->net &= ~LANDLOCK_ACCESS_NET_CONNECT_TCP;
	return (int)syscall(SYS_landlock_create_ruleset, rules, abis[row].size, 0);
}

static bool rule_add(int rules, int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {
		.parent_fd = fd,
		.allowed_access = access,
	};

	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static enum status path_allow(int rules, const char *path, bool write, uint64_t handled,
	struct fault *f)
{
	AUTO_FD fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	/* The rights of a directory, of which a file takes but some. */
	if (fd >= 0 && (rule_add(rules, fd, (write ? FS_WRITE : FS_READ) & handled) ||
			rule_add(rules, fd, (write ? FS_FILE_WRITE : FS_FILE_READ) & handled)))
		return ST_OK;
	return fault_errno(f, ST_HOST, "sandbox.landlock", "allowing %s", path);
}

static enum status paths_allow(int rules, const struct sandbox *s, unsigned promises,
	uint64_t handled, struct fault *f)
{
	if (!(promises & (FILES | CONNECT)))
		return ST_OK;
	for (size_t i = 0; i < s->path_count; i++) {
		bool write = (promises & FILES) && s->paths[i].access == SANDBOX_WRITE;
		TRY(path_allow(rules, s->paths[i].path, write, handled, f));
	}
	return ST_OK;
}

static enum status landlock_enter(const struct sandbox *s, unsigned promises, struct fault *f)
{
	int abi = sandbox_landlock_abi();
	struct ruleset handled;

	if (abi == 0)
		return fault_set(f, ST_NONE, "sandbox.landlock",
			"this kernel has no Landlock: seccomp and users alone guard the files");
	AUTO_FD rules = ruleset_new(&handled, abi, promises);
	if (rules < 0)
		return fault_errno(f, ST_HOST, "sandbox.landlock", "making a ruleset");
	TRY(paths_allow(rules, s, promises, handled.fs, f));
	if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		return fault_errno(f, ST_HOST, "sandbox.landlock", "entering the ruleset");
	return ST_OK;
}

/* --- seccomp: the tables --- */

/* What a computing process may call. */
static const char *const allowed[] = {
	/* its descriptors */
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"lseek",
	"close",
	"fstat",
	"ftruncate",
	"fallocate",
	"fsync",
	"fdatasync",
	"sync_file_range",
	"fadvise64",
	"dup",
	"dup2",
	"dup3",
	"fcntl",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"getsockopt",
	"shutdown",
	"memfd_create",
	/* waiting */
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"eventfd2",
	"pipe2",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_gettime",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	/* memory */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"membarrier",
	"futex",
	"getrandom",
	/* itself */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"getrlimit",
	"sched_yield",
	"sched_getaffinity",
	"rseq",
	"set_robust_list",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"restart_syscall",
	"exit",
	"exit_group",
};

/* How good the clock is: what would set it takes a capability that no process of ours has. */
static const char *const clock_reading[] = { "adjtimex", "clock_adjtime" };

/* A system call that matters only when one of its arguments is so. */
struct guarded {
	const char *call;
	struct scmp_arg_cmp when;
};

static const struct guarded allowed_when[] = {
	{ "mmap", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	{ "mprotect", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	/* How the C library of Debian 12 spells fstat.  The path is empty by convention only. */
	{ "newfstatat", { 3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0 } },
	/* Limits are read, not set. */
	{ "prlimit64", { 2, SCMP_CMP_EQ, 0, 0 } },
};

static const struct guarded refused_when[] = {
	/* Pages become executable in no process of ours once it has started. */
	{ "mmap", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC } },
	{ "mprotect", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC } },
	{ "pkey_mprotect", { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC } },
	{ "shmat", { 2, SCMP_CMP_MASKED_EQ, SHM_EXEC, SHM_EXEC } },
	/* Threads are the resolver's; processes are nobody's. */
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0 } },
};

/* No library probes these: a computing process that tries is ended, any other is refused. */
static const char *const hostile[] = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd",
	"bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load", "init_module",
	"finit_module", "delete_module", "add_key", "request_key", "keyctl", "mount", "umount2",
	"move_mount", "mount_setattr", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
	"pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "reboot", "swapon",
	"swapoff",
};

static const char *const refused[] = {
	/* other processes; landlock(7) scopes signals only from ABI 6 on */
	"fork", "vfork", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open",
	"pidfd_send_signal", "kcmp", "process_madvise", "process_mrelease",
	/* who we are */
	"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
	"setfsuid", "setfsgid", "capset", "personality",
	/* the host */
	"settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname",
	"setdomainname", "iopl", "ioperm", "modify_ldt", "acct", "quotactl", "quotactl_fd",
	"syslog", "vhangup", "fanotify_init", "lookup_dcookie", "name_to_handle_at",
	/* what Landlock leaves alone */
	"chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "setxattr", "lsetxattr",
	"removexattr", "lremovexattr",
	/* listeners are opened by the monitor */
	"listen",
};

/* Libraries that find these missing do without. */
static const char *const absent[] = {
	"io_uring_setup", "io_uring_enter", "io_uring_register", "clone3",
};

static const char *const network[] = { "socket", "socketpair", "connect", "bind" };
static const char *const accepting[] = { "accept", "accept4" };

/* Landlock refuses most of this already, where there is Landlock: O_PATH it does not. */
static const char *const opening[] = { "open", "openat", "openat2" };
static const char *const changing[] = {
	"creat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat",
	"renameat2", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "truncate",
};

/* --- seccomp: the filters --- */

static enum status rule(scmp_filter_ctx ctx, uint32_t action, const char *name,
	const struct scmp_arg_cmp *when, unsigned count, struct fault *f)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return ST_OK; /* newer than the library */
	int error = seccomp_rule_add_array(ctx, action, nr, count, when);
	if (error != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for %s: %s", name,
			strerror(-error));
	return ST_OK;
}

static enum status rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names,
	size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		TRY(rule(ctx, action, names[i], NULL, 0, f));
	return ST_OK;
}

static enum status guarded_rules(scmp_filter_ctx ctx, uint32_t action, const struct guarded *g,
	size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		TRY(rule(ctx, action, g[i].call, &g[i].when, 1, f));
	return ST_OK;
}

/* abort() signals the process itself; there are no children to mistake for it. */
static enum status signals_rule(scmp_filter_ctx ctx, uint32_t action, enum scmp_compare is,
	struct fault *f)
{
	const struct scmp_arg_cmp whom = { 0, is, (scmp_datum_t)getpid(), 0 };

	return rule(ctx, action, "tgkill", &whom, 1, f);
}

static enum status filter_stdio(scmp_filter_ctx ctx, unsigned promises, struct fault *f)
{
	/* A computing process that tries more is worth a line in the kernel's log. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	TRY(rules(ctx, SCMP_ACT_ALLOW, allowed, COUNT(allowed), f));
	TRY(guarded_rules(ctx, SCMP_ACT_ALLOW, allowed_when, COUNT(allowed_when), f));
	TRY(signals_rule(ctx, SCMP_ACT_ALLOW, SCMP_CMP_EQ, f));
	if (promises & CLOCK)
		TRY(rules(ctx, SCMP_ACT_ALLOW, clock_reading, COUNT(clock_reading), f));
	return rules(ctx, SCMP_ACT_KILL_PROCESS, hostile, COUNT(hostile), f);
}

static enum status socket_refuse(scmp_filter_ctx ctx, int error, const struct scmp_arg_cmp *when,
	unsigned count, struct fault *f)
{
	return rule(ctx, SCMP_ACT_ERRNO((uint32_t)error), "socket", when, count, f);
}

/* Streams and datagrams of their usual protocols: neither raw sockets nor SCTP, MPTCP, ICMP... */
static enum status types_refuse(scmp_filter_ctx ctx, int family, struct fault *f)
{
	struct scmp_arg_cmp when[2] = {
		{ 0, SCMP_CMP_EQ, (scmp_datum_t)family, 0 },
		{ 1, SCMP_CMP_MASKED_EQ, 0xf, 0 },
	};

	for (int type = 0; type <= 0xf; type++) {
		when[1].datum_b = (scmp_datum_t)type;
		if (type != SOCK_STREAM && type != SOCK_DGRAM)
			TRY(socket_refuse(ctx, EPERM, when, 2, f));
	}
	when[1] = (struct scmp_arg_cmp){ 2, SCMP_CMP_GT, IPPROTO_UDP, 0 };
	TRY(socket_refuse(ctx, EPERM, when, 2, f));
	for (int protocol = 0; protocol < IPPROTO_UDP; protocol++) {
		when[1] = (struct scmp_arg_cmp){ 2, SCMP_CMP_EQ, (scmp_datum_t)protocol, 0 };
		if (protocol != 0 && protocol != IPPROTO_TCP)
			TRY(socket_refuse(ctx, EPERM, when, 2, f));
	}
	return ST_OK;
}

/*
 * Internet sockets, and the routing table for the resolver.  Every other family is refused by
 * number: a rule knows no "neither ... nor".
 */
static enum status families_refuse(scmp_filter_ctx ctx, struct fault *f)
{
	const struct scmp_arg_cmp beyond = { 0, SCMP_CMP_GT, AF_MAX, 0 };
	const struct scmp_arg_cmp not_routes[2] = {
		{ 0, SCMP_CMP_EQ, AF_NETLINK, 0 },
		{ 2, SCMP_CMP_NE, NETLINK_ROUTE, 0 },
	};

	for (int family = 0; family <= AF_MAX; family++) {
		const struct scmp_arg_cmp is = { 0, SCMP_CMP_EQ, (scmp_datum_t)family, 0 };
		if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
			TRY(socket_refuse(ctx, EAFNOSUPPORT, &is, 1, f));
	}
	TRY(socket_refuse(ctx, EAFNOSUPPORT, &beyond, 1, f));
	TRY(socket_refuse(ctx, EPERM, not_routes, 2, f));
	TRY(types_refuse(ctx, AF_INET, f));
	return types_refuse(ctx, AF_INET6, f);
}

/* What each promise that was not made takes away. */
static enum status filter_promises(scmp_filter_ctx ctx, unsigned promises, struct fault *f)
{
	static const struct {
		unsigned any_of;
		const char *const *names;
		size_t count;
	} taken[] = {
		{ CONNECT, network, COUNT(network) },
		{ ACCEPT, accepting, COUNT(accepting) },
		{ FILES | CONNECT, opening, COUNT(opening) },
		{ FILES, changing, COUNT(changing) },
	};

	for (size_t i = 0; i < COUNT(taken); i++)
		if (!(promises & taken[i].any_of))
			TRY(rules(ctx, SCMP_ACT_ERRNO(EPERM), taken[i].names, taken[i].count, f));
	return promises & CONNECT ? families_refuse(ctx, f) : ST_OK;
}

static enum status filter_refusals(scmp_filter_ctx ctx, unsigned promises, struct fault *f)
{
	TRY(rules(ctx, SCMP_ACT_ERRNO(EPERM), hostile, COUNT(hostile), f));
	TRY(rules(ctx, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused), f));
	TRY(guarded_rules(ctx, SCMP_ACT_ERRNO(EPERM), refused_when, COUNT(refused_when), f));
	TRY(signals_rule(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_CMP_NE, f));
	return filter_promises(ctx, promises, f);
}

static enum status filter_load(scmp_filter_ctx ctx, unsigned promises, struct fault *f)
{
	/* Threads that started before are held to it too. */
	int error = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	TRY(rules(ctx, SCMP_ACT_ERRNO(ENOSYS), absent, COUNT(absent), f));
	TRY(is_listed(promises) ? filter_stdio(ctx, promises, f)
				: filter_refusals(ctx, promises, f));
	error = error ? error : seccomp_load(ctx);
	if (error != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "loading the filter: %s",
			strerror(-error));
	return ST_OK;
}

static enum status seccomp_enter(unsigned promises, struct fault *f)
{
	uint32_t otherwise = is_listed(promises) ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
	scmp_filter_ctx ctx = seccomp_init(otherwise);

	if (!ctx)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "making a filter");
	enum status st = filter_load(ctx, promises, f);
	seccomp_release(ctx);
	return st;
}

enum status sandbox_enter(const struct sandbox *s, struct fault *f)
{
	unsigned promises;

	TRY(promises_parse(&promises, s->promises, f));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fault_errno(f, ST_HOST, "sandbox.seccomp", "giving up privileges for good");
	enum status landlock = landlock_enter(s, promises, f);
	if (landlock != ST_OK && landlock != ST_NONE)
		return landlock;
	TRY(seccomp_enter(promises, f));
	return landlock;
}
