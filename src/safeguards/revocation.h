/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists (RFC 5280 5) and answers about single certificates (RFC 6960) that lie ready
 * before they are needed: nothing is fetched while a message or a connection waits, and no address
 * out of a certificate is ever followed.  What they cannot say is "unknown" and never "revoked":
 * what is done about it is the area's policy.
 */
#ifndef TIELINE_SAFEGUARDS_REVOCATION_H
#define TIELINE_SAFEGUARDS_REVOCATION_H

#include "base/buf.h"

#define LISTS_SIZE_MAX (1 << 20)    /* bytes of all lists in a file of a partner */
#define LIST_FETCHED_MAX (16 << 20) /* bytes of a list that was fetched */
#define LISTS_MAX 16
#define REVOCATION_SKEW_NS (300 * INT64_C(1000000000)) /* that clocks may differ by */

enum revocation {
	REVOCATION_NOT_ASKED,
	/* a list in force, signed by the issuer, does not name it, or an answer says so */
	REVOCATION_GOOD,
	REVOCATION_UNKNOWN, /* no list, a stale one, or one that is not the issuer's */
};
const char *revocation_name(enum revocation); /* "good" */

struct revocation_verdict {
	enum revocation state;
	char why[192]; /* printable: which list of what date, or what is missing */
};

/* What a responder said of one certificate, verified (ocsp.h). */
enum answer_outcome { ANSWER_GOOD, ANSWER_REVOKED, ANSWER_UNKNOWN, ANSWER_OUTCOMES };
const char *answer_outcome_name(enum answer_outcome); /* "good" */

#define ANSWER_BY_MAX 127
struct revocation_answer {
	enum answer_outcome outcome;
	int64_t issued_ns, next_ns; /* thisUpdate, nextUpdate */
	char by[ANSWER_BY_MAX + 1]; /* who signed it, printable */
};

struct lists;
struct anchors;

/*
 * One list in DER, or any number in PEM.  Signatures are checked when a certificate is, by its
 * issuer's key.  ST_LIMIT "lists.size" | "lists.count", ST_INPUT "lists.syntax" (also a list that
 * does not say when the next one comes: it could never be stale) | "lists.delta" (changes only) |
 * "lists.number" (below zero, or of more than 20 octets).
 */
NODISCARD enum status lists_parse(struct lists **out, struct slice bytes, struct fault *f);
/*
 * The same of what was fetched: exactly one list of at most LIST_FETCHED_MAX bytes, or ST_LIMIT
 * "lists.count".
 */
NODISCARD enum status list_parse(struct lists **out, struct slice bytes, struct fault *f);
void lists_free(struct lists *);
DEFINE_AUTO(lists)

/*
 * Whether a list may be kept: signed by one of the anchors, which may sign lists, and in force,
 * give or take REVOCATION_SKEW_NS.  ST_AUTH "lists.issuer" | "lists.signature" | "lists.digest"
 * (not SHA-256 or better), ST_INPUT "lists.stale" | "lists.future".
 */
NODISCARD enum status list_verify(
	const struct lists *, const struct anchors *, int64_t now_ns, struct fault *f);

/*
 * Whether a list that was fetched says nothing of what the other one is about: it is another
 * issuer's, or about some certificates only (RFC 5280 5.2.5) that are not those of the other.
 */
bool list_is_of_others(const struct lists *, const struct lists *than);

/*
 * Whether none of these lists is older than one of `held` that is in force: of the same issuer, key
 * and scope, with a lower number, or where one has none, of an earlier thisUpdate (RFC 5280 5.2.3).
 * One that has ended holds up nobody: an authority that lost count goes on.  ST_INPUT "lists.older".
 */
NODISCARD enum status lists_newer_check(
	const struct lists *, const struct lists *held, int64_t now_ns, struct fault *f);

/*
 * The same for who compares bytes alone: LIST_SERIES_SIZE bytes that lists share which are counted
 * together, then the number, in one length: the larger one is newer.  Empty: it has no number.
 */
#define LIST_SERIES_SIZE 32 /* of a digest */
#define LIST_COUNTED_SIZE (LIST_SERIES_SIZE + 20)
struct slice list_counted(uint8_t out[LIST_COUNTED_SIZE], const struct lists *);

/*
 * All of these but for what is older than others of them (lists_newer_check), at most
 * LISTS_JOINED_MAX; they share what they hold.  Of each issuer, key and scope at least one is left.
 */
#define LISTS_JOINED_MAX (LISTS_MAX + 8)
struct lists *lists_join(const struct lists *const *parts, size_t count, int64_t now_ns);

size_t lists_count(const struct lists *);
const char *lists_issuer(const struct lists *, size_t); /* borrowed, printable */
int64_t lists_issued_ns(const struct lists *, size_t);  /* thisUpdate */
int64_t lists_next_update_ns(const struct lists *, size_t);

/* Aging: a quarter of its time is left, and the next one should be here. */
enum list_standing { LIST_GOOD, LIST_AGING, LIST_STALE };
enum list_standing standing_of(int64_t issued_ns, int64_t next_ns, int64_t now_ns);
enum list_standing lists_standing(const struct lists *, size_t, int64_t now_ns);
const char *list_standing_name(enum list_standing); /* "good", "AGING", "STALE" */

#endif
