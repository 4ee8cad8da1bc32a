/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists (RFC 5280 5) that lie ready before they are needed: nothing is fetched while a
 * message or a connection waits, and no address out of a certificate is ever followed.  What a list
 * cannot say is "unknown" and never "revoked": what is done about it is the area's policy.
 */
#ifndef TIELINE_SAFEGUARDS_REVOCATION_H
#define TIELINE_SAFEGUARDS_REVOCATION_H

#include "base/buf.h"

#define LISTS_SIZE_MAX (1 << 20) /* bytes of all lists of a partner */
#define LISTS_MAX 16

enum revocation {
	REVOCATION_NOT_ASKED,
	REVOCATION_GOOD,    /* a list in force, signed by the issuer, does not name it */
	REVOCATION_UNKNOWN, /* no list, a stale one, or one that is not the issuer's */
};
const char *revocation_name(enum revocation); /* "good" */

struct revocation_verdict {
	enum revocation state;
	char why[192]; /* printable: which list of what date, or what is missing */
};

struct lists;

/*
 * One list in DER, or any number in PEM.  Signatures are checked when a certificate is, by its
 * issuer's key.  ST_LIMIT "lists.size" | "lists.count", ST_INPUT "lists.syntax" (also a list that
 * does not say when the next one comes: it could never be stale) | "lists.delta" (changes only).
 */
NODISCARD enum status lists_parse(struct lists **out, struct slice bytes, struct fault *f);
void lists_free(struct lists *);
DEFINE_AUTO(lists)

size_t lists_count(const struct lists *);
const char *lists_issuer(const struct lists *, size_t); /* borrowed, printable */
int64_t lists_issued_ns(const struct lists *, size_t);  /* thisUpdate */
int64_t lists_next_update_ns(const struct lists *, size_t);

/* Aging: a quarter of its time is left, and the next one should be here. */
enum list_standing { LIST_GOOD, LIST_AGING, LIST_STALE };
enum list_standing lists_standing(const struct lists *, size_t, int64_t now_ns);
const char *list_standing_name(enum list_standing); /* "good", "AGING", "STALE" */

#endif
