/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BER and DER elements (X.690 8.1), front to back: for the looks at a CMS structure that the
 * library does not offer.  Bounded in depth, allocates nothing; indefinite lengths are walked to
 * their end.
 */
#ifndef TIELINE_SAFEGUARDS_BER_H
#define TIELINE_SAFEGUARDS_BER_H

#include "base/buf.h"
#include "base/cursor.h"

#define BER_INTEGER 0x02
#define BER_BITS 0x03
#define BER_OCTETS 0x04
#define BER_NULL 0x05
#define BER_OID 0x06
#define BER_SEQUENCE 0x30
#define BER_SET 0x31
#define BER_OCTETS_LIST 0x24
#define BER_CONTEXT_0_PLAIN 0x80
#define BER_CONTEXT_0 0xa0
#define BER_CONTEXT_1 0xa1
#define BER_CONTEXT_2 0xa2

struct ber {
	struct cursor in;
	const char *code; /* of the fault when something is broken */
	bool strict;      /* DER: of lengths only the shortest (X.690 10.1) */
};

struct ber_element {
	uint8_t tag;
	size_t at;           /* of the content, in what the reader reads */
	struct slice content;
	struct slice whole; /* with tag, length and, of an indefinite one, its end */
};

/* ST_INPUT with the reader's code, what is wrong and the offset. */
NODISCARD enum status ber_broken(struct fault *f, const struct ber *, const char *what);
NODISCARD enum status ber_read(struct ber_element *out, struct ber *, struct fault *f);
/* `what` is said when the next element has another tag. */
NODISCARD enum status ber_expect(
	struct ber_element *out, struct ber *, uint8_t tag, const char *what, struct fault *f);
/*
 * A reader of what is inside the next element, which must have this tag.  It counts from the
 * beginning of the outer one: faults name the place in the whole structure.
 */
NODISCARD enum status ber_enter(
	struct ber *inner, struct ber *, uint8_t tag, const char *what, struct fault *f);
/* Both in short, for whoever leaves what he does not know to somebody else: false. */
bool ber_is(struct slice *content, struct ber *, uint8_t tag);
bool ber_in(struct ber *inner, struct ber *, uint8_t tag);
bool ber_next_is(const struct ber *, uint8_t tag);
NODISCARD enum status ber_skip_if(struct ber *, uint8_t tag, struct fault *f);

/* Tag and definite length (DER) of an element of n bytes: how many octets that took. */
#define BER_HEAD_MAX 10
size_t ber_head(uint8_t out[BER_HEAD_MAX], uint8_t tag, size_t n);
/* An element in DER; or a head for what was put since `from`, which is little. */
void ber_put(struct buf *out, uint8_t tag, struct slice content);
void ber_wrap(struct buf *out, size_t from, uint8_t tag);

#endif
