/* SPDX-License-Identifier: Apache-2.0 */
/* Used by process.c for all roles but the keyholder.  The page holds numbers. */
#include "processes/urgency.h"

#include <stdatomic.h>

#include "processes/page.h"

struct urgency {
	_Atomic int64_t seen_ns; /* all times: clock_mono_ns() */
	_Atomic uint32_t waiting;
	_Atomic int64_t dear_ns[URGENCY_PARTNERS]; /* when one was last */
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
	return page_new(fd, "urgency", sizeof(struct urgency), f);
}

enum status urgency_open(struct urgency **out, int fd, struct fault *f)
{
	void *page;

	TRY(page_map(&page, fd, sizeof(**out), f));
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

void urgency_waiting_set(struct urgency *u, uint32_t count)
{
	if (u)
		atomic_store_explicit(&u->waiting, count, memory_order_relaxed);
}

uint32_t urgency_waiting(const struct urgency *u)
{
	return u ? atomic_load_explicit(&u->waiting, memory_order_relaxed) : 0;
}

void urgency_dear_mark(struct urgency *u, size_t partner, int64_t now_ns)
{
	if (u)
		atomic_store_explicit(
			&u->dear_ns[partner % URGENCY_PARTNERS], now_ns, memory_order_relaxed);
}

bool urgency_is_dear(const struct urgency *u, size_t partner, int64_t now_ns)
{
	int64_t dear_ns = u ? atomic_load_explicit(&u->dear_ns[partner % URGENCY_PARTNERS],
				      memory_order_relaxed)
			    : 0;

	return left_ns(dear_ns, URGENCY_DEAR_TIME_NS, now_ns) > 0;
}
