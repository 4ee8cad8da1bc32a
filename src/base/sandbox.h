/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process may still do after it has opened what it needs: Landlock
 * for files and TCP, seccomp for system calls, no_new_privs for good.
 *
 * Promises are words in one string:
 *   "stdio"    always, said or not: memory, time, its descriptors, memory
 *              files, passing of descriptors.  Alone it is an allow-list of
 *              system calls: others answer EPERM, and execve, ptrace, bpf,
 *              mount, keyctl and their like end the process.  With any other
 *              word but "clock" it is a deny-list: those answer EPERM.
 *   "clock"    beside "stdio" alone, which stays an allow-list: asking the kernel how good the
 *              clock is.
 *   "accept"   accept4 on inherited listeners.
 *   "connect"  socket(2) for streams and datagrams of AF_INET and AF_INET6 and
 *              for the routing table, connect; reads below the given paths
 *              (what the resolver needs).  AF_UNIX and all else: EAFNOSUPPORT.
 *   "files"    opens, makes, renames and removes files, below the given paths only.
 *
 * Nobody listens, starts processes, makes memory executable (so nothing can be
 * dlopen'ed), changes its user or the modes and owners of paths.  io_uring and
 * clone3 answer ENOSYS, so that libraries do without.  A path's existence and
 * stat(2) are not hidden.  Enter before there are threads: Landlock binds only
 * the caller's.
 */
#ifndef TIELINE_BASE_SANDBOX_H
#define TIELINE_BASE_SANDBOX_H

#include "base/fault.h"

#include <stddef.h>

enum sandbox_access {
	SANDBOX_READ,  /* read files and directories */
	SANDBOX_WRITE, /* also create, write, rename (between directories: from ABI 2 on), remove */
};

struct sandbox_path {
	const char *path; /* a missing one is skipped */
	enum sandbox_access access;
};

struct sandbox {
	const char *promises;
	const struct sandbox_path *paths; /* of "files" and "connect" */
	size_t path_count;
};

/*
 * From here on, for ever.  Landlock missing in the kernel is a warning in
 * *f with ST_NONE (seccomp is in force all the same); anything else that
 * fails is ST_HOST "sandbox.landlock" | "sandbox.seccomp" | "sandbox.promise".
 */
NODISCARD enum status sandbox_enter(const struct sandbox *, struct fault *f);

/* The Landlock ABI of this kernel, 0 when there is none. */
int sandbox_landlock_abi(void);

#endif
