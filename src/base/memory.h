/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory a process may have, and what becomes of one that would need more: it ends with
 * exit code 6 and a line of the log, whoever asked for it.  Libraries would say something else then
 * (OpenSSL, that a signature is wrong; SQLite, that the database fails), and a fault of ours would
 * be a verdict.
 *
 * This program's malloc, calloc and realloc are therefore the C library's, with that end instead of
 * NULL; they are found before it by every library.  Not so where a sanitizer brings its own, which
 * reserves terabytes and is bounded by nothing here.
 */
#ifndef TIELINE_BASE_MEMORY_H
#define TIELINE_BASE_MEMORY_H

#include <stdbool.h>

#include "base/fault.h"

/*
 * Once, before the first allocation of a process that serves.  Small pieces that are freed join
 * their neighbours at once: the C library keeps them in lists otherwise, and walks through all of
 * these whenever something large is freed, several times a document.
 */
void memory_init(void);

/*
 * Once, in whoever starts others: the heaps of those that it starts from here on are of pages of
 * 2 MiB where the kernel gives these to who asks (madvise), which are found with fewer misses than
 * those of 4 KiB, and lie behind one another.  The C library reads this at the start of a program
 * only (GLIBC_TUNABLES); what an operator says there himself stays.
 */
void memory_large_pages(void);

/*
 * Private writable memory (RLIMIT_DATA): heap and stacks of threads, not views of files.  for_good:
 * the process cannot take it back; else those that it starts can.  A lower ceiling that is there
 * already stays.  ST_HOST "memory.bound".
 */
NODISCARD enum status memory_bound(uint64_t bytes, bool for_good, struct fault *f);

#endif
