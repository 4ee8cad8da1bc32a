/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock and seccomp.  Two shapes of filter: "stdio" alone is a short list of what is allowed, because
 * a process that only computes needs so little; every other promise is a list of what is refused,
 * because what OpenSSL, SQLite, libcurl and the C library call changes with their versions.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)
#define ACCESS_NET_BIND_TCP (1ULL << 0)
#define ACCESS_NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

#define FS_ABI1 ((1ULL << 13) - 1)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

#if defined(__SANITIZE_ADDRESS__)
#define SANITISED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITISED true
#endif
#endif
#ifndef SANITISED
#define SANITISED false
#endif

enum { STDIO = 1, ACCEPT = 2, CONNECT = 4, FILES = 8 };

static enum status promises_parse(unsigned *out, const char *text, struct fault *f)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = { { "stdio", STDIO }, { "accept", ACCEPT }, { "connect", CONNECT }, { "files", FILES } };
	struct slice rest = slice_str(text), word;

	*out = 0;
	while (rest.n) {
		unsigned bit = 0;
		slice_cut(&word, &rest, rest, ' ');
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			bit |= slice_eq(word, slice_str(words[i].word)) ? words[i].bit : 0;
		if (!bit)
			return fault_set(f, ST_HOST, "sandbox.promise", "no promise %.*s", SLICE_FMT(word));
		*out |= bit;
	}
	return ST_OK;
}

/* --- Landlock --- */

struct ruleset {
	uint64_t fs, net, scoped; /* struct landlock_ruleset_attr of ABI 6 */
};

int sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static struct ruleset ruleset_for(int abi, unsigned promises)
{
	struct ruleset r = { .fs = FS_ABI1 };

	r.fs |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
	r.fs |= abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
	r.fs |= abi >= 5 ? ACCESS_FS_IOCTL_DEV : 0;
	r.net = abi >= 4 ? ACCESS_NET_BIND_TCP : 0;
	r.net |= abi >= 4 && !(promises & CONNECT) ? ACCESS_NET_CONNECT_TCP : 0;
	r.scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0;
	return r;
}

static size_t ruleset_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

/* Execution of files is never granted. */
static enum status path_allow(int rules, const struct sandbox_path *path, uint64_t handled, struct fault *f)
{
	uint64_t write = handled & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
	AUTO_FD fd = open(path->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };

	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	rule.allowed_access = path->access == SANDBOX_WRITE ? write : FS_READ;
	if (fd >= 0 && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return ST_OK;
	/* A file takes fewer rights than a directory. */
	rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
	rule.allowed_access &= handled;
	if (fd >= 0 && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return ST_OK;
	return fault_errno(f, ST_HOST, "sandbox.landlock", "allowing %s", path->path);
}

static enum status landlock_enter(const struct sandbox *s, unsigned promises, struct fault *f)
{
	int abi = sandbox_landlock_abi();
	struct ruleset rules = ruleset_for(abi, promises);

	if (abi == 0)
		return fault_set(f, ST_NONE, "sandbox.landlock", "this kernel has no Landlock: files are guarded by seccomp and users only");
	AUTO_FD fd = (int)syscall(SYS_landlock_create_ruleset, &rules, ruleset_size(abi), 0);
	if (fd < 0)
		return fault_errno(f, ST_HOST, "sandbox.landlock", "making a ruleset");
	for (size_t i = 0; (promises & (FILES | CONNECT)) && i < s->path_count; i++)
		TRY(path_allow(fd, &s->paths[i], rules.fs, f));
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return fault_errno(f, ST_HOST, "sandbox.landlock", "entering the ruleset");
	return ST_OK;
}

/* --- seccomp: what a computing process may call --- */

static const char *const allowed[] = {
	"read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close", "fstat", "ftruncate", "fallocate", "dup", "dup2", "dup3",
	"fcntl", "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_ctl", "epoll_create1", "eventfd2", "pipe2",
	"timerfd_create", "timerfd_settime", "timerfd_gettime", "recvmsg", "sendmsg", "recvfrom", "sendto", "getsockopt", "shutdown",
	"memfd_create", "fsync", "fdatasync", "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "clock_gettime", "clock_nanosleep",
	"clock_getres", "gettimeofday", "nanosleep", "time", "futex", "getrandom", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
	"getegid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "exit", "exit_group", "tgkill", "sched_yield",
	"sched_getaffinity", "rseq", "set_robust_list", "restart_syscall", "uname", "prlimit64", "getrlimit", "membarrier",
};

/* What the sanitizers' runtime needs besides, in builds for tests. */
static const char *const allowed_sanitised[] = { "clone", "wait4", "prctl", "gettid", "readlink", "getcwd", "sysinfo", "process_vm_readv" };

/* Worth ending the process for: no library probes these. */
static const char *const deadly[] = {
	"execve", "execveat", "ptrace", "bpf", "mount", "umount2", "pivot_root", "keyctl", "add_key", "request_key", "init_module",
	"finit_module", "delete_module", "kexec_load", "kexec_file_load", "unshare", "setns", "process_vm_writev", "userfaultfd",
	"perf_event_open", "pidfd_getfd", "open_by_handle_at", "reboot", "swapon", "swapoff",
};

static enum status rule(scmp_filter_ctx ctx, uint32_t action, const char *name, struct fault *f)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return ST_OK; /* not on this architecture, or newer than the library */
	if (seccomp_rule_add(ctx, action, nr, 0) != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for %s was refused", name);
	return ST_OK;
}

static enum status rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		TRY(rule(ctx, action, names[i], f));
	return ST_OK;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* No new code: pages become executable in no process of ours once it has started. */
static enum status no_new_code(scmp_filter_ctx ctx, struct fault *f)
{
	const struct scmp_arg_cmp exec_prot = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);

	if (seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect), 1, &exec_prot) != 0
	    || seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), 1, &exec_prot) != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for executable memory was refused");
	return ST_OK;
}

static enum status allow_mapping(scmp_filter_ctx ctx, struct fault *f)
{
	const struct scmp_arg_cmp data_only = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

	for (size_t i = 0; i < COUNT(calls); i++)
		if (seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, calls[i], 1, &data_only) != 0)
			return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for memory was refused");
	return ST_OK;
}

static bool is_mapping(const char *name)
{
	return strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0;
}

static enum status filter_stdio(scmp_filter_ctx ctx, struct fault *f)
{
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (!is_mapping(allowed[i]))
			TRY(rule(ctx, SCMP_ACT_ALLOW, allowed[i], f));
	/* newfstatat with an empty path is how newer C libraries spell fstat; the pointer cannot be checked, so no path is reachable: Landlock
	 * does not guard stat, but what it tells is of no use without open. */
	TRY(rule(ctx, SCMP_ACT_ALLOW, "newfstatat", f));
	TRY(allow_mapping(ctx, f));
	if (SANITISED)
		TRY(rules(ctx, SCMP_ACT_ALLOW, allowed_sanitised, COUNT(allowed_sanitised), f));
	return rules(ctx, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly), f);
}

/* --- seccomp: what everybody else may not --- */

static const char *const refused[] = {
	"execve", "execveat", "ptrace", "bpf", "mount", "umount2", "pivot_root", "chroot", "keyctl", "add_key", "request_key", "init_module",
	"finit_module", "delete_module", "kexec_load", "kexec_file_load", "unshare", "setns", "process_vm_readv", "process_vm_writev",
	"userfaultfd", "perf_event_open", "pidfd_getfd", "open_by_handle_at", "name_to_handle_at", "reboot", "swapon", "swapoff", "acct",
	"settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "iopl", "ioperm", "quotactl",
	"move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "mount_setattr", "personality", "setuid", "setgid", "setreuid",
	"setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "fork", "vfork", "listen",
};

static const char *const absent[] = { "io_uring_setup", "io_uring_enter", "io_uring_register", "clone3" };

static const char *const network[] = { "socket", "socketpair", "connect", "bind" };

static enum status family_refuse(scmp_filter_ctx ctx, int family, struct fault *f)
{
	const struct scmp_arg_cmp is_family = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family);

	if (seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, &is_family) != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for socket family %d was refused", family);
	return ST_OK;
}

/* Internet sockets, and the routing table for the resolver; every other family the kernel may know is refused by number. */
static enum status families_refuse(scmp_filter_ctx ctx, struct fault *f)
{
	const struct scmp_arg_cmp beyond = SCMP_A0(SCMP_CMP_GE, 46);
	const struct scmp_arg_cmp raw = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW);
	const struct scmp_arg_cmp inet_raw[2] = { SCMP_A0(SCMP_CMP_EQ, AF_INET), raw }, inet6_raw[2] = { SCMP_A0(SCMP_CMP_EQ, AF_INET6), raw };

	for (int family = 0; family < 46; family++)
		if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
			TRY(family_refuse(ctx, family, f));
	if (seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, &beyond) != 0
	    || seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 2, inet_raw) != 0
	    || seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 2, inet6_raw) != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rules for sockets were refused");
	return ST_OK;
}

static enum status filter_refusals(scmp_filter_ctx ctx, unsigned promises, struct fault *f)
{
	const struct scmp_arg_cmp new_process = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);

	TRY(rules(ctx, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused), f));
	TRY(rules(ctx, SCMP_ACT_ERRNO(ENOSYS), absent, COUNT(absent), f));
	TRY(no_new_code(ctx, f));
	if (!SANITISED && seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &new_process) != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "the rule for clone was refused");
	if (promises & CONNECT)
		return families_refuse(ctx, f);
	return rules(ctx, SCMP_ACT_ERRNO(EPERM), network, COUNT(network), f);
}

static enum status seccomp_enter(unsigned promises, struct fault *f)
{
	bool computes = promises == STDIO;
	scmp_filter_ctx ctx = seccomp_init(computes ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);

	if (!ctx)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "no memory for a filter");
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	enum status st = computes ? filter_stdio(ctx, f) : filter_refusals(ctx, promises, f);
	int error = st == ST_OK ? seccomp_load(ctx) : 0;
	seccomp_release(ctx);
	if (error != 0)
		return fault_set(f, ST_HOST, "sandbox.seccomp", "loading the filter: %s", strerror(-error));
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
