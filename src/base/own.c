/* SPDX-License-Identifier: Apache-2.0 */
/* The one allocator of structures: zeroed, or the process ends (the queue is durable). */
#include "base/own.h"

#include <stdlib.h>

#include "base/fault.h"

void *alloc_zeroed(unsigned long count, unsigned long size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		die("out of memory: %lu x %lu bytes", count, size);
	return p;
}
