/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process may still do after it has opened what it needs: Landlock
 * for files and TCP, seccomp for system calls, no_new_privs for good.
 *
 * Promises are words in one string:
 *   "stdio"    always: memory, time, its descriptors, memory files, passing of
 *              descriptors.  Alone it is an allow-list of system calls; with
 *              any other word it is a deny-list (execve, ptrace, bpf, mount,
 *              keyctl, ... refused with EPERM; io_uring and clone3 answer ENOSYS).
 *   "accept"   accept4 on inherited listeners, socket options; no socket(2), no connect.
 *   "connect"  socket(2) for AF_INET, AF_INET6 stream and datagram, connect, threads (resolver).
 *   "files"    opens files, below the given paths only.
 */
#ifndef TIELINE_BASE_SANDBOX_H
#define TIELINE_BASE_SANDBOX_H

#include "base/fault.h"

#include <stddef.h>

enum sandbox_access {
	SANDBOX_READ,  /* read files and directories */
	SANDBOX_WRITE, /* also create, write, rename, remove */
};

struct sandbox_path {
	const char *path; /* a missing one is skipped */
	enum sandbox_access access;
};

struct sandbox {
	const char *promises;
	const struct sandbox_path *paths; /* "files" and "connect" (resolver configuration, libraries) */
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
