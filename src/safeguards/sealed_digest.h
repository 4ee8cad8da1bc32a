/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of a sealed form, by which who keeps it, or sends it, knows it again.  Of its
 * SEALED_DIGEST_SIZE bytes four say how long the form's head is, big-endian; the rest is SHA-256 of
 * what follows the head, and then of the head.  For the head says how long all of it is, and is
 * known last: so the digest is made while the form is, and nothing is read again.
 */
#ifndef TIELINE_SAFEGUARDS_SEALED_DIGEST_H
#define TIELINE_SAFEGUARDS_SEALED_DIGEST_H

#include "exchange/message.h"
#include "safeguards/digest.h"

struct sealed_digest {
	uint8_t bytes[SEALED_DIGEST_SIZE];
};

/* `behind` had all that follows the head added; it is used up. */
void sealed_digest_finish(
	struct sealed_digest *out, struct digest_run *behind, struct slice head);
/* Of what is there as a whole, as without a head. */
void sealed_digest_compute(struct sealed_digest *out, struct slice form);
struct slice sealed_digest_slice(const struct sealed_digest *);

/* Whether what passes is what a digest was made of. */
struct sealed_check;
/* What is no digest of ours fits nothing. */
struct sealed_check *sealed_check_new(struct slice digest);
void sealed_check_free(struct sealed_check *);
DEFINE_AUTO(sealed_check)
void sealed_check_add(struct sealed_check *, struct slice piece);
void sealed_check_restart(struct sealed_check *);
/* Once everything was added; then only sealed_check_restart(). */
bool sealed_check_fits(struct sealed_check *);
/* Of what is there as a whole. */
bool sealed_digest_fits(struct slice digest, struct slice form);

#endif
