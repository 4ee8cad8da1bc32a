/* SPDX-License-Identifier: Apache-2.0 */
/* MADV_DONTNEED drops pages from memory: of a shared file mapping nothing is lost by that. */
#include "base/views.h"

#include <sys/mman.h>
#include <unistd.h>

static struct slice views[VIEWS_MAX];
static size_t view_count;

void views_add(struct slice view)
{
	if (view_count < VIEWS_MAX)
		views[view_count++] = view;
}

void views_remove(const void *begin)
{
	for (size_t i = 0; i < view_count; i++)
		if (views[i].p == begin) {
			views[i] = views[--view_count];
			return;
		}
}

/* NULL: in none. */
static const struct slice *view_of(struct slice bytes)
{
	for (size_t i = 0; i < view_count; i++) {
		uintptr_t from = (uintptr_t)views[i].p, at = (uintptr_t)bytes.p;
		if (at >= from && at - from <= views[i].n && bytes.n <= views[i].n - (at - from))
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
	const struct slice *view = view_of(bytes);
	uintptr_t from = (uintptr_t)bytes.p & ~(uintptr_t)(VIEW_ALIGN - 1);
	uintptr_t to = ((uintptr_t)bytes.p + bytes.n) & ~(page - 1);

	if (view && from < (uintptr_t)view->p)
		from = (uintptr_t)view->p;
	if (view && to > from)
		(void)!madvise((void *)from, to - from, MADV_DONTNEED);
}

void views_let_go(struct slice in, size_t *mark, size_t at)
{
	if (view_count != 0)
		let_go(slice_sub(in, *mark, at - *mark));
	*mark = at;
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
