/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: files mapped into memory, so that bytes of any size are a slice like all others.  Whoever
 * passes over a long slice says how far it has come, and what lies behind is let go of: the file
 * keeps it, this process need not.  A body of gigabytes so costs a few MiB of memory.
 *
 * A process knows its views in one list, because it has one address space; bytes that are in no
 * view are never touched.
 */
#ifndef TIELINE_BASE_VIEWS_H
#define TIELINE_BASE_VIEWS_H

#include "base/slice.h"

#define VIEW_STEP ((size_t)2 << 20) /* bytes passed over before they are let go of */
#define VIEW_ALIGN ((size_t)65536) /* where views begin: a multiple of every page size */
#define FILE_AT_HAND ((size_t)64 << 20) /* most of a file that the page cache is wanted to keep */
/* at once; what is beyond stays in memory until it is unmapped */
#define VIEWS_MAX 16

/* `view` is a shared mapping of a file, whole pages. */
void views_add(struct slice view);
void views_remove(const void *begin);

/*
 * `at` is how far a pass over `in` has come, *mark how far it was let go of: 0 to begin with.  Both
 * count from the beginning of `in`.  Costs nothing until VIEW_STEP bytes have come together.
 */
void views_let_go(struct slice in, size_t *mark, size_t at);
static inline void views_passed(struct slice in, size_t *mark, size_t at)
{
	if (at - *mark >= VIEW_STEP)
		views_let_go(in, mark, at);
}
/*
 * For the last reader of a file that nobody else will read: what he has passed over goes from the
 * disk and the page cache, too, whose pages others then need not ask the machine for.  It reads as
 * zeros.  `fd` is the whole file's, and open as long as the view is.
 */
void views_spend(const void *begin, int fd);
/* As views_passed(), and spent where views_spend() says so. */
void views_spent(struct slice in, size_t *mark, size_t at);
/* The next piece of at most VIEW_STEP bytes off the front of *rest; false when there is none. */
bool views_step(struct slice *piece, struct slice *rest);
/* slice_find for long slices; the needle has a byte at least. */
bool views_find(size_t *at, struct slice hay, struct slice needle);

#endif
