/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDv7 (RFC 9562 5.7): ids that sort by the time they were made. */
#ifndef TIELINE_BASE_ID_H
#define TIELINE_BASE_ID_H

#include <stddef.h>
#include <stdint.h>

#define ID_TEXT_MAX 37 /* bytes with the NUL */

/* The kernel's random bytes; dies when there are none. */
void random_bytes(void *out, size_t n);
uint64_t random_u64(void);

/* Lower-case text of a new id for this moment; returns out. */
char *id_new(char out[ID_TEXT_MAX], int64_t utc_ns);

#define ID_SEED 16 /* bytes */
/* Always the same of the same bytes, in the form of one; its time says nothing.  Returns out. */
char *id_of_seed(char out[ID_TEXT_MAX], const uint8_t seed[ID_SEED]);

#endif
