/* SPDX-License-Identifier: Apache-2.0 */
/* MADV_DONTNEED drops pages from memory: of a shared file mapping nothing is lost by that. */
#include "base/views.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static struct view {
	struct slice bytes;
	int spent; /* a descriptor of what may be spent; -1: nothing may */
} views[VIEWS_MAX];
static size_t view_count;

void views_add(struct slice view)
{
	if (view_count < VIEWS_MAX)
		views[view_count++] = (struct view){ view, -1 };
}

void views_remove(const void *begin)
{
	for (size_t i = 0; i < view_count; i++)
		if (views[i].bytes.p == begin) {
			views[i] = views[--view_count];
			return;
		}
}

void views_spend(const void *begin, int fd)
{
	for (size_t i = 0; i < view_count; i++)
		if (views[i].bytes.p == begin)
			views[i].spent = fd;
}

/* NULL: in none. */
static const struct view *view_of(struct slice bytes)
{
	for (size_t i = 0; i < view_count; i++) {
		const struct slice *view = &views[i].bytes;
		uintptr_t from = (uintptr_t)view->p, at = (uintptr_t)bytes.p;
		if (at >= from && at - from <= view->n && bytes.n <= view->n - (at - from))
			return &views[i];
	}
	return NULL;
}

/*
 * The page a piece ends in stays: it is still being read.  What is before its beginning goes again,
 * because the kernel maps neighbours of the page that is touched, on both sides.
 */
static void let_go(struct slice bytes)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const struct view *view = view_of(bytes);
	uintptr_t from = (uintptr_t)bytes.p & ~(uintptr_t)(VIEW_ALIGN - 1);
	uintptr_t to = ((uintptr_t)bytes.p + bytes.n) & ~(page - 1);

	if (view && from < (uintptr_t)view->bytes.p)
		from = (uintptr_t)view->bytes.p;
	if (view && to > from)
		(void)!madvise((void *)from, to - from, MADV_DONTNEED);
}

void views_let_go(struct slice in, size_t *mark, size_t at)
{
	if (view_count != 0)
		let_go(slice_sub(in, *mark, at - *mark));
	*mark = at;
}

/* Whole pages of it; a file system that cannot keeps them. */
static void spend(struct slice bytes)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const struct view *view = view_of(bytes);
	uintptr_t from = ((uintptr_t)bytes.p + page - 1) & ~(page - 1);
	uintptr_t to = ((uintptr_t)bytes.p + bytes.n) & ~(page - 1);

	if (view && view->spent >= 0 && to > from)
		(void)!fallocate(view->spent, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)(from - (uintptr_t)view->bytes.p), (off_t)(to - from));
}

void views_spent(struct slice in, size_t *mark, size_t at)
{
	const struct slice bytes = slice_sub(in, *mark, at - *mark);

	if (bytes.n < VIEW_STEP)
		return;
	views_let_go(in, mark, at);
	spend(bytes);
}

bool views_step(struct slice *piece, struct slice *rest)
{
	if (view_count != 0 && piece->n >= VIEW_STEP)
		let_go(*piece);
	*piece = slice_to(*rest, VIEW_STEP);
	*rest = slice_from(*rest, piece->n);
	return piece->n != 0;
}

/* Windows overlap by less than the needle, so that none is missed or found twice. */
bool views_find(size_t *at, struct slice hay, struct slice needle)
{
	size_t mark = 0;

	for (size_t from = 0; from < hay.n; from += VIEW_STEP) {
		struct slice window = slice_sub(hay, from, VIEW_STEP + needle.n - 1);
		if (slice_find(at, window, needle)) {
			*at += from;
			return true;
		}
		if (window.n > VIEW_STEP)
			views_passed(hay, &mark, from + VIEW_STEP);
	}
	return false;
}
