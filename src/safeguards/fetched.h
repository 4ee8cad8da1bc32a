/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of revocation beyond the files of a home: lists and answers that were fetched,
 * verified by an envelope and kept by the ledger, as every process that judges certificates has
 * them.  They come as a row of records in one descriptor, all of them each time; what did not
 * change is not read again.
 */
#ifndef TIELINE_SAFEGUARDS_FETCHED_H
#define TIELINE_SAFEGUARDS_FETCHED_H

#include "base/buf.h"
#include "base/cursor.h"
#include "safeguards/cert.h"
#include "safeguards/revocation.h"

#define FETCHED_SIZE_MAX (UINT64_C(512) << 20) /* bytes of all records */
#define FETCHED_KEY_SIZE 32

enum fetched_kind {
	FETCHED_LIST,   /* key: list_key() */
	FETCHED_ANSWER, /* key: fingerprint of the certificate it is about */
	FETCHED_HEALTH, /* key: source_key(); how fetching from there went */
	FETCHED_KINDS,
};

/* Slices are borrowed. */
struct fetched_record {
	enum fetched_kind kind;
	struct slice key;            /* FETCHED_KEY_SIZE bytes */
	int64_t issued_ns, next_ns;  /* thisUpdate, nextUpdate; health: 0 */
	int64_t fetched_ns;          /* health: when it last went well; 0: it did not yet */
	/* health: when it was last tried, since when it fails (0: it does not), how often */
	int64_t tried_ns, failing_ns;
	uint32_t failures;
	uint32_t outcome;            /* FETCHED_ANSWER: enum answer_outcome */
	struct slice by;             /* FETCHED_ANSWER: who signed it; health: code of the fault */
	struct slice bytes;          /* FETCHED_LIST: the list; health: text of the fault */
};

/* What an address is called in records and between processes, which say no addresses. */
void source_key(uint8_t out[FETCHED_KEY_SIZE], const char *url);
/*
 * A list is kept by where it comes from and by whose authorities (PEM) believe it: those of one
 * partner put no list of theirs in the place of another's, who names the same address.
 */
void list_key(uint8_t out[FETCHED_KEY_SIZE], const char *url, struct slice anchors);

void fetched_record_put(struct buf *out, const struct fetched_record *);
/* Whether it fits into what is left. */
bool fetched_record_fits(const struct buf *, const struct fetched_record *);
/* ST_NONE at the end; ST_MORE | ST_INPUT "fetched.record". */
NODISCARD enum status fetched_record_next(
	struct fetched_record *out, struct cursor *, struct fault *f);

struct fetched;
struct fetched *fetched_new(void);
void fetched_free(struct fetched *);
DEFINE_AUTO(fetched)

/*
 * These records, and no others, are what is known from now on.  A list that cannot be read is as
 * good as none.  Nothing is changed on ST_INPUT "fetched.twice" (two records of one kind and key),
 * or ST_INPUT, ST_MORE as fetched_record_next.
 */
NODISCARD enum status fetched_take(struct fetched *, struct slice records, struct fault *f);

/* Larger after each change by which a certificate may have become revoked. */
uint64_t fetched_generation(const struct fetched *);
/* Larger after each fetched_take. */
uint64_t fetched_changes(const struct fetched *);

/* Borrowed until the next fetched_take; NULL: none. */
const struct lists *fetched_list(const struct fetched *, const uint8_t key[FETCHED_KEY_SIZE]);
const struct revocation_answer *fetched_answer(const struct fetched *, struct slice fingerprint);

struct fetched_times {
	int64_t issued_ns, next_ns, fetched_ns;
};
/* False: nothing of this kind is known under this key. */
bool fetched_times(
	struct fetched_times *out, const struct fetched *, enum fetched_kind, struct slice key);

#endif
