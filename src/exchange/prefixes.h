/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that a partner comes from, as a person wrote them into its agreement: one address, or
 * ADDRESS/BITS (RFC 4632 3.1, RFC 4291 2.3).  Who comes from there is not a stranger at the door;
 * it proves nothing else about him.
 */
#ifndef TIELINE_EXCHANGE_PREFIXES_H
#define TIELINE_EXCHANGE_PREFIXES_H

#include "base/buf.h"

#define PREFIXES_MAX 16    /* in an agreement */
#define ADDRESS_SIZE 16    /* bytes: of IPv6, and of IPv4 as ::ffff:192.0.2.1 */
#define ADDRESS_BITS 128
#define ADDRESS_V4_BITS 96 /* of these, before those of an IPv4 address */

struct address {
	uint8_t bytes[ADDRESS_SIZE];
};

struct prefix {
	struct address first; /* the others of its network differ behind `bits` */
	unsigned bits;        /* ADDRESS_V4_BITS more than people write of IPv4 */
};

struct prefixes {
	struct prefix list[PREFIXES_MAX];
	size_t count;
};

/*
 * "192.0.2.0/24", "192.0.2.7", "2001:db8:7::/48": nothing behind the bits, of which an IPv4 network
 * has at least 8 and an IPv6 one 16.  ST_INPUT "prefix.syntax" | "prefix.range".
 */
NODISCARD enum status prefix_parse(struct prefix *out, struct slice text, struct fault *f);
/* The shortest form (RFC 5952); reads back as the same. */
void prefix_put(struct buf *out, const struct prefix *);

/* The first address of the network of so many bits that this one is in. */
struct address address_masked(const struct address *, unsigned bits);

/* As they were written, none twice.  ST_INPUT "agreement.value": `key` is named. */
NODISCARD enum status prefixes_read(struct prefixes *out, char *const *texts, unsigned count,
	const char *key, struct fault *f);
/* "[ "192.0.2.0/24", "2001:db8:7::/48" ]"; "[]" for none. */
void prefixes_put(struct buf *out, const struct prefixes *);

#endif
