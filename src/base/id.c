/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and the randomness they are made of. */
#include "base/id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/fault.h"

void random_bytes(void *out, size_t n)
{
	uint8_t *to = out;

	while (n) {
		ssize_t got = getrandom(to, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("no random bytes from the kernel: %s", strerror(errno));
		to += got;
		n -= (size_t)got;
	}
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

char *id_new(char out[ID_TEXT_MAX], int64_t utc_ns)
{
	uint64_t ms = (uint64_t)(utc_ns / 1000000) & 0xffffffffffff;
	/*
	 * 12 bits of the sub-millisecond, so that ids of one process sort finer than their stamp
	 * (RFC 9562 6.2, method 3).
	 */
	uint64_t fine = (uint64_t)(utc_ns % 1000000) * 4096 / 1000000;
	uint64_t tail = random_u64();

	snprintf(out, ID_TEXT_MAX, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16),
		(unsigned)(ms & 0xffff), (unsigned)(fine & 0xfff),
		(unsigned)(0x8000 | (tail >> 48 & 0x3fff)),
		(unsigned long long)(tail & 0xffffffffffff));
	return out;
}

char *id_of_seed(char out[ID_TEXT_MAX], const uint8_t seed[ID_SEED])
{
	uint64_t high, low;

	memcpy(&high, seed, sizeof(high));
	memcpy(&low, seed + sizeof(high), sizeof(low));
	snprintf(out, ID_TEXT_MAX, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(high >> 32),
		(unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff),
		(unsigned)(0x8000 | (low >> 48 & 0x3fff)),
		(unsigned long long)(low & 0xffffffffffff));
	return out;
}
