/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when keys of a partner are known: a key that gets a new certificate each year is as old as
 * its first one.  This is partners/ID/keys.txt, which `partner add` writes from every sheet it is
 * given; a line is the SHA-256 of a public key (SubjectPublicKeyInfo) and the begin of the first
 * certificate seen with it:
 *
 *   9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 2026-11-23T05:14:06.123Z
 */
#ifndef TIELINE_EXCHANGE_KNOWN_KEYS_H
#define TIELINE_EXCHANGE_KNOWN_KEYS_H

#include "base/buf.h"

#define KNOWN_KEYS_MAX 64        /* of one partner; of more, the oldest are forgotten */
#define KNOWN_KEYS_SIZE_MAX 8192 /* bytes of the file */
#define KNOWN_KEY_SIZE 32        /* SHA-256 */

struct known_keys {
	struct {
		uint8_t digest[KNOWN_KEY_SIZE];
		int64_t since_ns;
	} list[KNOWN_KEYS_MAX];
	size_t count;
};

/* ST_INPUT "keys.line" with its number, ST_LIMIT "keys.count". */
NODISCARD enum status known_keys_parse(struct known_keys *out, struct slice text, struct fault *f);
void known_keys_format(struct buf *out, const struct known_keys *);

/* A certificate of this key begins then: the earliest counts. */
void known_keys_note(
	struct known_keys *, const uint8_t digest[KNOWN_KEY_SIZE], int64_t begins_ns);
/* 0: it is not known. */
int64_t known_keys_since(const struct known_keys *, const uint8_t digest[KNOWN_KEY_SIZE]);

#endif
