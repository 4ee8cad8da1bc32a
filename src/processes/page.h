/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that processes of a house share, or that outlives one of them: the monitor makes it and
 * hands out its descriptor.  What others wrote there may be anything, so pages hold numbers alone,
 * and whoever reads them bounds them.
 */
#ifndef TIELINE_PROCESSES_PAGE_H
#define TIELINE_PROCESSES_PAGE_H

#include "base/fault.h"

#include <stddef.h>

/* Of zeros; it can be neither cut nor grown.  ST_HOST. */
NODISCARD enum status page_new(int *fd, const char *name, size_t size, struct fault *f);
/* For munmap().  fd stays the caller's.  ST_HOST "host.map" | "page.size": it has another size. */
NODISCARD enum status page_map(void **out, int fd, size_t size, struct fault *f);

#endif
