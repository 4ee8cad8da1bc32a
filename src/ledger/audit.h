/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tieline fsck` asks of a ledger's database, and the words for all that it can find.  It
 * reads a copy, or the files of a ledger that does not run, by descriptors; it changes nothing.
 * Digests of documents, signatures and files are for the caller.
 */
#ifndef TIELINE_LEDGER_AUDIT_H
#define TIELINE_LEDGER_AUDIT_H

#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "ledger/spool.h"

enum audit_rule {
	AUDIT_DATABASE,
	AUDIT_SCHEMA,
	AUDIT_REFERENCE,
	AUDIT_VALUE,
	AUDIT_STATE,
	AUDIT_EVENT,
	AUDIT_CHAIN,
	AUDIT_HISTORY,
	AUDIT_HEAD,
	AUDIT_HEADLESS,
	AUDIT_QUEUE,
	AUDIT_ANSWER,
	AUDIT_REGISTER,
	AUDIT_LEARNT,
	AUDIT_UNLEARNT,
	AUDIT_KEPT,
	AUDIT_SETS,
	AUDIT_ACKNOWLEDGED,
	AUDIT_CONTENT_MISSING,
	AUDIT_SEALED_MISSING,
	AUDIT_SEALED_DIGEST,
	AUDIT_RECEIPT_MISSING,
	AUDIT_SECTION,
	AUDIT_DOCUMENT_DIGEST,
	AUDIT_PART_DIGEST,
	AUDIT_SIGNATURE,
	AUDIT_MARKS,
	AUDIT_RECEIPT_UNREAD,
	AUDIT_RECEIPT_DIGEST,
	AUDIT_RECEIPT_SIGNATURE,
	AUDIT_RECEIPT_MIC,
	AUDIT_RECEIPT_OTHER,
	AUDIT_SIGNER,
	AUDIT_SPOOL_MISSING,
	AUDIT_SPOOL_SHORT,
	AUDIT_SPOOL_LONG,
	AUDIT_SPOOL_SHARED,
	AUDIT_SPOOL_ORPHAN,
	AUDIT_BACKUP,
	AUDIT_UNSIGNED,
	AUDIT_RULES,
};

/* Constant sentences, which docs/operations.md quotes. */
struct audit_words {
	const char *code;         /* "fsck.spool.missing": stable */
	bool is_note;             /* worth knowing, and no damage */
	const char *means, *mend; /* what it means; what a person does, of what was received */
};
const struct audit_words *audit_words(enum audit_rule);

/* What a person does about it, by whose message it is. */
const char *audit_mend(enum audit_rule, enum direction_of_message);

struct audit_finding {
	enum audit_rule rule;
	enum direction_of_message direction; /* of that message */
	uint64_t row;                     /* of the message; 0: it is about none */
	struct slice partner, message_id; /* of that message, or empty */
	struct slice found;               /* what is there, and what should be */
};
typedef void audit_say(void *context, const struct audit_finding *);

struct audit;
/* The descriptors as of descriptor_db_open().  ST_HOST "ledger.corrupt" | "ledger.open". */
NODISCARD enum status audit_open(
	struct audit **out, int db, int wal, ledger_hash *, struct fault *f);
void audit_free(struct audit *);
DEFINE_AUTO(audit)

/*
 * SQLite's own check, the schema, what rows of one table say of those of another, and the chain of
 * the history.  What cannot be read is a finding.
 */
void audit_database(struct audit *, audit_say *, void *context);

/* How far the history goes; and how far it went once, for audit_database() to find it again. */
struct chain_head audit_head(struct audit *);
void audit_expect(struct audit *, const struct chain_head *kept);

/* Heads that were signed, in order of their places; borrowed until the next one. */
bool audit_head_next(struct signed_head *out, struct audit *);

/* Zeros when that cannot be read. */
struct audit_extent {
	uint64_t messages, bytes; /* of documents */
};
struct audit_extent audit_extent(struct audit *);
/* Whether a message names this spool file; in doubt one does. */
bool audit_spool_is_known(struct audit *, const char *name);

/* A message with its bytes; everything is borrowed until the next one. */
struct audit_message {
	struct ledger_message m;
	struct slice signer, receipt_type;
	char spool[SPOOL_NAME_MAX]; /* empty: `parcel` has the bytes */
	struct section part, document, signature, sealed;
	struct slice parcel, receipt;
	/* while it waits to be sent, the form of one in a file is there; or of our receipt */
	struct slice sealed_digest, sealed_form;
	bool has_parcel, has_receipt;
	bool is_flagged; /* or refused; but one that only says again what came is as any other */
};
/* In the order of rows.  ST_NONE: that was the last; ST_HOST: the next ones cannot be read. */
NODISCARD enum status audit_next(struct audit_message *out, struct audit *, struct fault *f);

/*
 * The transaction sets that are kept of a message, in their order.  False when there is nothing to
 * compare: it was not looked into, or not to its end.  A set is borrowed until the next one.
 */
bool audit_sets_begin(struct audit *, uint64_t row);
bool audit_set_next(struct ledger_set *out, struct audit *);

/*
 * What answers say of sets that were sent, each as it is read; then what is kept of them and is in
 * none of these (recount.h).
 */
void audit_answer(struct audit *, const struct audit_message *, const struct ledger_verdict *);
void audit_answers_end(struct audit *, audit_say *, void *context);

/*
 * The register, learnt again in the empty file `scratch`, which stays the caller's (-1: there is no
 * room for it): what was stored until at_ns is compared (relearn.h).  A fault is told as
 * AUDIT_UNLEARNT at the end.
 */
void audit_learn(struct audit *, int scratch, int64_t at_ns);
/* Of the message that audit_next() gave last: whether facts of its document are wanted. */
bool audit_learnt_begin(struct audit *, const struct audit_message *);
/* They; NULL: it cannot be read; empty: it says nothing that is learnt. */
void audit_learnt(struct audit *, const struct audit_message *, const struct slice *facts);
/* When audit_next() gave all of them. */
void audit_learnt_end(struct audit *, audit_say *, void *context);
/* Of all statements of the register, how many audit_learnt_end() compared. */
struct audit_learnt {
	uint64_t statements, compared;
};
struct audit_learnt audit_learnt_extent(struct audit *);

#endif
