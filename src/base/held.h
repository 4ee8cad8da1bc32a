/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small bodies held by the process itself, by a number that stands where a descriptor does and that
 * no descriptor has.  For a body of few KiB the kernel's file costs more than all that is done with
 * it: making, sealing, asking for its size, reading, and giving its pages back.
 *
 * Whoever makes or uses bodies goes through base/fd.h, which knows both; ipc carries what is held
 * inside its packet.  Every other call of the system takes it for a closed descriptor.  A process
 * knows what it holds in one list, because it has one table of descriptors.
 */
#ifndef TIELINE_BASE_HELD_H
#define TIELINE_BASE_HELD_H

#include <stdbool.h>

#include "base/slice.h"

#define HELD_MAX 12288       /* bytes of one */
#define HELD_COUNT_MAX 8192  /* at once */

/* One after the other, copied.  -1: nothing, too much, or too many are held. */
int held_new(const struct slice pieces[], size_t count);
bool held_is(int fd);
/* Borrowed until held_free; of what is not held, nothing. */
struct slice held_bytes(int fd);
void held_free(int fd); /* cleansed */

#endif
