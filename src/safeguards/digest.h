/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, and the names MIME and AS2 give them (RFC 5751 3.4.3.2, RFC 4130 7.3.1). */
#ifndef TIELINE_SAFEGUARDS_DIGEST_H
#define TIELINE_SAFEGUARDS_DIGEST_H

#include "base/own.h"
#include "base/slice.h"
#include "exchange/algorithms.h"

#define DIGEST_BYTES_MAX 64

struct digest_value {
	enum digest kind;
	uint8_t bytes[DIGEST_BYTES_MAX];
	size_t n;
};

void digest_compute(struct digest_value *out, enum digest, struct slice content);
void digest_sha256(uint8_t out[32], struct slice content);
/* Bytes, and a digest of all of them that somebody has made already; NULL: none. */
struct digested {
	struct slice bytes;
	const struct digest_value *known;
};
/* As digest_compute(); what is known of that kind is not computed again. */
void digested_compute(struct digest_value *out, enum digest, const struct digested *);
struct slice digest_slice(const struct digest_value *);
bool digest_eq(const struct digest_value *, const struct digest_value *);

const char *digest_name(enum digest); /* "sha-256": what we write */
/*
 * "sha256", "SHA-256"...: ST_NONE "digest.unknown" for what we do not make (SHA-1, MD5
 * included).
 */
NODISCARD enum status digest_parse(enum digest *out, struct slice name, struct fault *f);

/* Also of what is only read, SHA-1: the caller judges whether it may be. */
NODISCARD enum status digest_parse_read(enum digest *out, struct slice name, struct fault *f);

/* Running digest for content in pieces. */
struct digest_run;
struct digest_run *digest_run_new(enum digest);
void digest_run_free(struct digest_run *);
DEFINE_AUTO(digest_run)
void digest_run_add(struct digest_run *, struct slice);
void digest_run_finish(struct digest_value *out, struct digest_run *);
/* Of what was added until now; more may follow. */
void digest_run_peek(struct digest_value *out, const struct digest_run *);

#endif
