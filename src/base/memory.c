/* SPDX-License-Identifier: Apache-2.0 */
/* The line is made on the stack: there is no memory left to say so with. */
#include "base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

#define MIB (UINT64_C(1) << 20)
#define EXIT_HOST 6

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_OTHER_MALLOC 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OTHER_MALLOC 1
#endif

void memory_init(void)
{
	(void)mallopt(M_MXFAST, 0); /* where there is no such list, there is none to be without */
}

void memory_large_pages(void)
{
	(void)setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
}

#ifdef HAS_OTHER_MALLOC

enum status memory_bound(uint64_t bytes, bool for_good, struct fault *f)
{
	(void)bytes;
	(void)for_good;
	(void)f;
	return ST_OK;
}

#else

enum status memory_bound(uint64_t bytes, bool for_good, struct fault *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) != 0)
		return fault_errno(f, ST_HOST, "memory.bound", "asking for the limit of memory");
	limit.rlim_cur = bytes < limit.rlim_max ? (rlim_t)bytes : limit.rlim_max;
	if (for_good)
		limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_DATA, &limit) == 0
		? ST_OK
		: fault_errno(f, ST_HOST, "memory.bound", "setting the limit of memory");
}

static void memory_end(size_t asked) __attribute__((noreturn));

static void memory_end(size_t asked)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	(void)getrlimit(RLIMIT_DATA, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		die("out of memory: %zu bytes", asked);
	log_error("memory-limit", LOG_I("limit-mib", (long long)(limit.rlim_cur / MIB)),
		LOG_I("asked", (long long)asked),
		LOG_T("why",
			"this process would need more memory than it may have: it ends and is "
			"started again, what was acknowledged is in the ledger"),
		LOG_T("advice", "if it comes again, raise memory in tieline.yaml"));
	_exit(EXIT_HOST);
}

/* Found by libraries, too, whatever the linker thinks of who calls them. */
#define FOUND_BY_ALL __attribute__((visibility("default"), used))

/* The C library's own, which are found by these names behind ours. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

FOUND_BY_ALL void *malloc(size_t size)
{
	void *p = __libc_malloc(size);

	if (!p)
		memory_end(size);
	return p;
}

FOUND_BY_ALL void *calloc(size_t count, size_t size)
{
	void *p = __libc_calloc(count, size);

	if (!p)
		memory_end(count * size);
	return p;
}

/* Of nothing it is free(), whose NULL is no failure. */
FOUND_BY_ALL void *realloc(void *old, size_t size)
{
	void *p = __libc_realloc(old, size);

	if (!p && size > 0)
		memory_end(size);
	return p;
}

#endif
