/* SPDX-License-Identifier: Apache-2.0 */
/* Used by process.c for all roles but the keyholder.  The page holds one number. */
#include "processes/urgency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

struct urgency {
	_Atomic int64_t seen_ns; /* clock_mono_ns() */
};

/* What others wrote may be any number. */
static int64_t left_ns(int64_t since_ns, int64_t length_ns, int64_t now_ns)
{
	if (since_ns <= 0 || since_ns > now_ns || now_ns - since_ns >= length_ns)
		return 0;
	return length_ns - (now_ns - since_ns);
}

int64_t yielding_ns(const struct yielding *y, unsigned lane, int64_t seen_ns, int64_t now_ns)
{
	int64_t hold_ns = lane == 0 ? 0 : left_ns(seen_ns, URGENCY_HOLD_NS, now_ns);
	int64_t floor_ns = left_ns(y->passed_ns, URGENCY_FLOOR_NS, now_ns);

	return hold_ns < floor_ns ? hold_ns : floor_ns;
}

void yielding_pass(struct yielding *y, unsigned lane, int64_t now_ns)
{
	if (lane != 0)
		y->passed_ns = now_ns;
}

enum status urgency_page_new(int *fd, struct fault *f)
{
	AUTO_FD made = -1;

	TRY(memory_file_open(&made, "urgency", f));
	if (ftruncate(made, sizeof(struct urgency)) != 0 ||
		fcntl(made, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
		return fault_errno(f, ST_HOST, "host.memory-file", "making a page to share");
	*fd = FD_TAKE(made);
	return ST_OK;
}

enum status urgency_open(struct urgency **out, int fd, struct fault *f)
{
	uint64_t size;

	TRY(fd_size(&size, fd, f));
	if (size != sizeof(**out))
		return fault_set(f, ST_HOST, "urgency.size", "a page of %llu bytes",
			(unsigned long long)size);
	void *page = mmap(NULL, sizeof(**out), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return fault_errno(f, ST_HOST, "host.map", "mapping the page that is shared");
	*out = page;
	return ST_OK;
}

void urgency_mark(struct urgency *u, unsigned lane, int64_t now_ns)
{
	if (u && lane == 0)
		atomic_store_explicit(&u->seen_ns, now_ns, memory_order_relaxed);
}

int64_t urgency_seen_ns(const struct urgency *u)
{
	return u ? atomic_load_explicit(&u->seen_ns, memory_order_relaxed) : 0;
}
