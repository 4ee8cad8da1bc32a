/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered: every message either way, its evidence, its events, and the
 * queue of what is still to be delivered.  One owner (the ledger process), one batch open at a
 * time: operations between ledger_begin() and ledger_commit() hold together, and nobody may be told
 * of them before they are durable: ledger_log() was synced after ledger_commit() returned ST_OK.
 * When any operation or the commit itself fails with ST_RETRY or ST_HOST the whole batch is undone
 * and every asker in it must be told to come again.
 *
 * A parcel is the bytes that go with a message, in one descriptor: sections at given places.
 * Messages whose document has at most LEDGER_INLINE_MAX bytes live in rows, others in files of the
 * spool.
 */
#ifndef TIELINE_LEDGER_LEDGER_H
#define TIELINE_LEDGER_LEDGER_H

#include "base/fd.h"
#include "exchange/agreement.h"
#include "exchange/delivery.h"
#include "exchange/message.h"
#include "exchange/scope.h"

#define LEDGER_INLINE_MAX 65536 /* bytes of document */
#define LEDGER_SCHEMA_VERSION 19
#define LEDGER_CHAINED_VERSION 12 /* from here on events are a chain (chain.h) */
#define LEDGER_EXPIRE_MAX 256   /* messages of one call */

struct section {
	uint64_t at, n; /* bytes into the parcel */
};

/* Whether a document is to be looked into once it is durable. */
struct ledger_wish {
	bool examined;
	int64_t due_ns; /* outbound: when its acknowledgment is late; 0: none is expected */
};

/* Real-time data of which a newer message makes an older one worthless (newest.h). */
struct ledger_scope {
	struct slice name; /* as scope.h has it, below SCOPE_MAX bytes; empty: it is none */
	int64_t sequence;  /* rising */
};
#define LEDGER_MIC_MAX 160    /* bytes, as receipts state it */
#define LEDGER_DETAIL_MAX 512 /* bytes, of an event */

/*
 * What is known of a message: everything a list shows.  Slices are borrowed from the asker or, in
 * results, from the row callback.
 */
struct ledger_message {
	uint64_t row; /* our number, ascending with time; 0 before it is stored */
	enum direction_of_message { MESSAGE_OUT, MESSAGE_IN } direction;
	enum delivery state;
	enum area area;
	struct slice partner; /* id */
	struct slice message_id;
	struct slice media_type;
	struct slice filename;
	uint64_t size;               /* of the document */
	uint8_t digest[DIGEST_SIZE]; /* SHA-256 of the document */
	struct slice mic;            /* "base64, sha-256" as it stands in the receipt */
	int64_t created_ns;          /* submitted, or wholly arrived */
	int64_t deadline_ns;         /* outbound: when it expires; inbound: as said, or 0 */
	int64_t settled_ns;          /* reached its end state; 0 before */
	int64_t receipt_ns; /* outbound: time of complete arrival as the receipt states it */
	enum receipt_form receipt; /* outbound: what is held; NONE until there is one */
	unsigned attempts;
	/* of the last failure or refusal; of what was accepted: what it is flagged for */
	struct slice fault_code, fault_text;
	/*
	 * inbound, in results: state of our receipt that goes in a connection of its own;
	 * DELIVERIES: it does not
	 */
	enum delivery owed;
};

struct ledger;

/*
 * Opens or creates ledger.db and spool/ in the current directory.  Migrates an older schema
 * (refuses a newer one: ST_HOST "ledger.schema"), clears what an interrupted batch left in the
 * spool, and puts messages that were with a courier back to READY.  ST_HOST "ledger.open" |
 * "ledger.corrupt".  SHA-256 comes from whoever has cryptography: the ledger has none.
 */
typedef void ledger_hash(uint8_t out[32], struct slice);
NODISCARD enum status ledger_open(struct ledger **out, ledger_hash *, struct fault *f);
void ledger_close(struct ledger *);
static inline void ledger_free(struct ledger *ledger)
{
	ledger_close(ledger);
}
DEFINE_AUTO(ledger)
/* The version its database had when it was opened; 0: there was none. */
int64_t ledger_was(const struct ledger *);

/*
 * Outside a batch: puts every SENDING message back to READY, as ledger_open() does, when nobody
 * knows any more who has it.
 */
NODISCARD enum status ledger_recover(struct ledger *, struct fault *f);
/*
 * Outside a batch, before ledger_recover(): the clock was set back by so much, and when what waits
 * is tried again moves with it.
 */
NODISCARD enum status ledger_clock_set_back(struct ledger *, int64_t by_ns, struct fault *f);
/* Whether it can be written to: a page of it is, as it was. The faults of ledger_commit(). */
NODISCARD enum status ledger_prove(struct ledger *, struct fault *f);

NODISCARD enum status ledger_begin(struct ledger *, struct fault *f);
NODISCARD enum status ledger_commit(struct ledger *,
	struct fault *f); /* ST_RETRY "ledger.full" (disk), ST_HOST "ledger.commit" */
void ledger_rollback(struct ledger *);
/*
 * The descriptor to fdatasync after a commit, in any thread, while the next batch is open already;
 * -1: nothing was changed.  Then ledger_durable(), before another commit.  When the sync fails
 * nobody can tell what the disk holds: only a new start, which reads what is there, may go on.
 */
int ledger_log(const struct ledger *);
void ledger_durable(struct ledger *);
/*
 * Between batches, when there is time: what the log has goes into the database, so that no commit
 * has to wait for that when the log is long.  Some milliseconds; what fails is done later.
 */
void ledger_tidy(struct ledger *);

/*
 * A file in the spool for `owner` to put a parcel into; when it came back with one, or never will,
 * ledger_spool_forget() with the same ticket, or with all of an owner's when that owner ended.
 */
NODISCARD enum status ledger_spool_file(
	int *fd, struct ledger *, unsigned owner, uint64_t ticket, struct fault *f);
void ledger_spool_forget(struct ledger *, unsigned owner, uint64_t ticket);
void ledger_spool_forget_all(struct ledger *, unsigned owner);
/* A nameless file for bytes on their way; it never becomes part of the ledger. */
NODISCARD enum status ledger_spool_scratch(int *fd, struct ledger *, struct fault *f);

/* --- receiving --- */

struct ledger_arrival {
	struct ledger_message message; /* direction IN, state RECEIVED or REJECTED */
	struct section part, document, signature,
		receipt;           /* in the parcel; rejected: only receipt */
	struct slice receipt_type; /* Content-Type of the receipt */
	struct slice receipt_digest; /* SEALED_DIGEST_SIZE bytes, or empty */
	struct slice signer;       /* fingerprint of the sender's certificate, 32 bytes or empty */
	struct {
		struct slice digest; /* SHA-256 of the document, 32 bytes or empty */
		struct slice mic;    /* as in a receipt */
		struct section bytes; /* in the parcel: to be kept (kept.h); none: not */
		int64_t until_ns;
	} came;                    /* of one that is REJECTED: what is known of it, else empty */
	int parcel;                /* borrowed descriptor */
	struct ledger_wish wish;
	struct ledger_scope scope;
	/* nobody here reads it, and no id is in it: that it came before only its bytes say */
	bool is_opaque;
	struct {
		struct slice headers; /* of its HTTP message, but its type; empty: not owed */
		int64_t deadline_ns;
		struct slice note; /* what is odd about how it was asked for; empty: nothing */
	} owed; /* the receipt goes in a connection of its own */
};

/*
 * ST_OK: stored.  ST_NONE "ledger.duplicate": a RECEIVED message of this partner and id is held
 * already, with the same document: *row is that message's, whose receipt is the answer; a further
 * event notes the second arrival.  ST_NONE DUPLICATE_MIC: likewise, but its MIC is another, so that
 * only the receipt that came with it now states that; it is not kept.  ST_INPUT DUPLICATE_DIFFERS:
 * another document is held under that id, in *row, where an event notes it; nothing is stored, and
 * the words are for the partner.  One that is REJECTED now and is known to be another is stored as
 * that.  A REJECTED one never blocks a later one.  A receipt that is owed is queued with
 * it, of a duplicate the stored one, unless it waits already.
 */
#define DUPLICATE_DIFFERS "as2.duplicate.differs"
#define DUPLICATE_MIC "ledger.duplicate.mic"
NODISCARD enum status ledger_receive(
	uint64_t *row, struct ledger *, const struct ledger_arrival *, struct fault *f);

/* --- sending --- */

struct ledger_submission {
	/* direction OUT, state READY, or SENDING when a courier gets it with the commit */
	struct ledger_message message;
	struct section part, document, signature, sealed;
	struct slice sealed_digest; /* SEALED_DIGEST_SIZE bytes, or empty */
	struct slice headers; /* HTTP header lines of the message */
	struct ledger_wish wish;
	struct ledger_scope scope; /* then READY, and no courier gets it with the commit */
	int64_t secret_until_ns;   /* what the document says itself; 0: nothing */
	int64_t alarm_ns; /* when its receipt is missed; 0, or after the deadline: never */
	int parcel;
};

/*
 * Whom to tell, within the batch, of each message that became SUPERSEDED: when a newer one was
 * submitted, or when an older one that had been on its way would be sent again.
 */
void ledger_superseded_tell(
	struct ledger *, void (*each)(void *context, uint64_t row), void *context);

/*
 * ST_OK also when the same id, partner and digest were submitted before (*repeated).
 * ST_INPUT "message.id.taken": the id was used for another document.
 */
NODISCARD enum status ledger_submit(uint64_t *row, bool *repeated, struct ledger *,
	const struct ledger_submission *, struct fault *f);

/*
 * Of a message that waits, or of our receipt: what was to be sent is not what was sealed, or
 * signed.  Whoever sends it compares, for he passes over all of it: the ledger would keep everybody
 * waiting.
 */
#define LEDGER_SEALED "ledger.sealed"

/* By which a sealed form, or our receipt, is known again: safeguards/sealed_digest.h. */
struct ledger_digest {
	uint8_t bytes[SEALED_DIGEST_SIZE];
	size_t n; /* 0: none was kept */
};

/*
 * A message to the partner; or, when its direction is IN, our receipt for it, with attempts and
 * deadline of the receipt.
 */
struct ledger_job {
	struct ledger_message message;
	struct slice headers;
	struct section sealed;
	struct ledger_digest sealed_digest;
	int64_t secret_until_ns; /* as it was submitted; a receipt: 0 */
	int parcel; /* the callee's; memory file or read-only spool file */
	bool is_reached; /* the caller's: what waits for nothing else may go (unreached.h) */
	/* the caller's: the partner took a message then, a few seconds ago, and half a minute */
	int64_t others_ns, others_long_ns;
	bool is_eased;   /* it is one of those */
};

/*
 * The next due receipt for a partner in a lane, or else the message with the earliest deadline of
 * those that are READY or whose pause is over, now SENDING, with an event.  Where job->is_reached,
 * of those too whose pause that ends, the receipts behind all that are due.  ST_NONE when none is
 * due; ST_INPUT "ledger.body" when its bytes are gone: the batch holds,
 * job->message says which, and the caller defers it. Slices of *job live until the next call of
 * ledger_take.
 */
NODISCARD enum status ledger_take(struct ledger_job *job, struct ledger *, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f);

/*
 * Calls back for each (partner, lane) with messages READY, DEFERRED or AWAITING, or receipts that
 * wait, with the earliest time one is due: once for the messages and once for the receipts.
 */
NODISCARD enum status ledger_waiting(struct ledger *,
	void (*each)(
		void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns),
	void *context, struct fault *f);

/*
 * When a message of this partner and lane is due: INT64_MAX for never; of what is READY some time
 * that is over.
 */
NODISCARD enum status ledger_due(
	int64_t *at_ns, struct ledger *, struct slice partner, unsigned lane, struct fault *f);

/*
 * SENDING -> DEFERRED until next_ns, of an inbound message its receipt.  ST_NONE when the message
 * is in an end state already (late news).
 */
NODISCARD enum status ledger_defer(struct ledger *, uint64_t row, const struct fault *why,
	int64_t now_ns, int64_t next_ns, struct fault *f);

/*
 * SENDING -> AWAITING: the partner has the bytes, and they are sent again at next_ns when no
 * receipt came.  ST_NONE as ledger_defer.
 */
NODISCARD enum status ledger_await(
	struct ledger *, uint64_t row, int64_t now_ns, int64_t next_ns, struct fault *f);

/*
 * Our receipt for an inbound message, SENDING -> DELIVERED or REFUSED (with a reason).  ST_NONE
 * "ledger.settled": none is on its way.
 */
NODISCARD enum status ledger_receipt_end(struct ledger *, uint64_t row, enum delivery end,
	const struct fault *why, int64_t now_ns, struct fault *f);

/* When its first attempt began, by a courier.  ST_NONE: none did. */
NODISCARD enum status ledger_first_attempt(
	int64_t *at_ns, struct ledger *, uint64_t row, struct fault *f);

/* The message sent to this partner under this id.  ST_NONE "message.unknown". */
NODISCARD enum status ledger_find_sent(uint64_t *row, struct ledger *, struct slice partner,
	struct slice message_id, struct fault *f);

struct ledger_settlement {
	uint64_t row;
	enum delivery state;       /* DELIVERED, REFUSED */
	struct slice receipt_type; /* empty: no receipt (refused by HTTP status) */
	struct section receipt;
	int parcel;          /* -1 when no receipt */
	struct slice signer; /* fingerprint */
	int64_t receipt_ns;
	int64_t now_ns;
	/* REFUSED; DELIVERED: what it is flagged for, or NULL */
	const struct fault *why;
	struct slice partner; /* as in the message */
};
/*
 * The sealed form is dropped.  ST_NONE "ledger.settled": it was in an end state before; only an
 * event is added.
 */
NODISCARD enum status ledger_settle(
	struct ledger *, const struct ledger_settlement *, struct fault *f);

/*
 * What is kept to a day goes (kept.h).
 * READY, DEFERRED, SENDING and AWAITING messages past their deadlines become EXPIRED, the longest
 * overdue first, then receipts that are still owed, and at most LEDGER_EXPIRE_MAX of them: the rest
 * is for the next batch, and ledger_next_deadline() says so.  Calls back for each, of a receipt
 * with the inbound message.  Those whose receipt is missed from now on are called back for, too, in
 * the state they are in.
 */
NODISCARD enum status ledger_expire(struct ledger *, int64_t now_ns,
	void (*each)(void *context, const struct ledger_message *), void *context, struct fault *f);
/* When ledger_expire next has work: INT64_MAX for never. */
NODISCARD enum status ledger_next_deadline(int64_t *at_ns, struct ledger *, struct fault *f);

/* --- in which order messages to a partner go --- */

#define LEDGER_ORDER_MAX 64 /* messages that one waits for: of more, the newest */

/* What a message builds on that is still under way to the same partner; none: it goes at once. */
struct ledger_order {
	uint64_t rows[LEDGER_ORDER_MAX];
	size_t count;
	bool is_copy;
};
/* Of what the register judged last, by which messages it did (register_builds.h). */
void ledger_order_judged(struct ledger_order *out, const struct ledger *);
/* Of a copy of message `of` to `to`, in that area: copies of the same two parties' (area.h). */
NODISCARD enum status ledger_order_of_copy(struct ledger_order *out, struct ledger *, uint64_t of,
	struct slice to, enum area, struct fault *f);

struct ledger_lane_hear {
	/* something is, or will be */
	void (*due)(void *context, struct slice partner, enum area, int64_t at_ns);
	void *context;
};
struct ledger_order_times {
	int64_t until_ns; /* when it goes all the same */
	int64_t now_ns;
};
/*
 * In the batch that stores it as DELIVERY_DEFERRED: message `row` waits, with events and a fault
 * that say for what, and is at no courier before ledger_order_go() or its time is over.  What it
 * waits for, and what that does, has no longer pauses than its own area, from now on.  Of no rows,
 * or when it has been superseded already: nothing.
 */
NODISCARD enum status ledger_order_keep(struct ledger *, uint64_t row, const struct ledger_order *,
	const struct ledger_order_times *, const struct ledger_lane_hear *hear, struct fault *f);
struct ledger_attempt {
	int64_t begun_ns, ended_ns;
	int64_t others_ns; /* the partner took another message some seconds before; 0: never */
};
/*
 * One of message `row` failed, and is to be deferred: who waits for it goes by that, see
 * order_turn() in send_order.h; one of them may be due.
 */
NODISCARD enum status ledger_order_tried(struct ledger *, uint64_t row,
	const struct ledger_attempt *, const struct ledger_lane_hear *hear, struct fault *f);
/* Its partner does not want it again before then, whoever waits for it. */
NODISCARD enum status ledger_order_asked(
	struct ledger *, uint64_t row, int64_t until_ns, struct fault *f);
/* Whether some of those that wait may go: a message has reached its end.  Then go, in a batch. */
bool ledger_order_may_go(struct ledger *);
/* Some of them: as long as more may, again. */
NODISCARD enum status ledger_order_go(
	struct ledger *, int64_t now_ns, const struct ledger_lane_hear *hear, struct fault *f);
/*
 * *area becomes that of the most urgent message that waits for it, or for one that does, if that is
 * more urgent.
 */
NODISCARD enum status ledger_order_area(
	enum area *area, struct ledger *, uint64_t row, struct fault *f);

/* --- looking into documents --- */

#define LEDGER_EXAMINE_ATTEMPTS 3 /* then it is given up: something in it ends who looks */
/* Before the last of them: what ends everybody for other reasons may be over by then. */
#define LEDGER_EXAMINE_PAUSE_NS (10 * NS_PER_S)
#define LEDGER_FINDINGS_MAX 20 /* of one message: events; more are only counted */
#define LEDGER_VERDICT_EVENTS 200 /* of one message: more verdicts only change states */
#define LEDGER_VERDICT_EVENTS_KEPT 20 /* of them for what is said of groups and interchanges */

struct ledger_examination {
	struct ledger_message message;
	uint32_t number, numbers; /* control numbers that nobody else gets, for its answers */
	struct section document;
	int fd; /* the callee's */
};
/*
 * The next document that nobody looked into, now under way: one of a partner at a time, in their
 * order.  What was kept of an earlier look is dropped.  ST_NONE: none is due.  Slices live until
 * the next asking call.
 */
NODISCARD enum status ledger_examine(
	struct ledger_examination *out, struct ledger *, int64_t now_ns, struct fault *f);
/* How many there are, under way or not. */
NODISCARD enum status ledger_examinations(uint64_t *count, struct ledger *, struct fault *f);
/* Again at next_ns: something else was in the way. */
NODISCARD enum status ledger_examine_again(
	struct ledger *, uint64_t row, int64_t next_ns, struct fault *f);
/* Again, and counted: who looked into it ended. */
NODISCARD enum status ledger_examine_lost(
	struct ledger *, uint64_t row, int64_t now_ns, struct fault *f);
/* Again at once, with so many control numbers. */
NODISCARD enum status ledger_examine_with(
	struct ledger *, uint64_t row, uint32_t numbers, struct fault *f);
/*
 * It is done.  `flag`, if it has a code, stays with the message; `summary` is told in its event.
 */
NODISCARD enum status ledger_examined(struct ledger *, uint64_t row, const struct fault *flag,
	struct slice summary, int64_t now_ns, struct fault *f);

/* What is wrong with a document of our own types, and where; more than the most go unsaid. */
NODISCARD enum status ledger_finding(struct ledger *, uint64_t row, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f);
/*
 * In the batch that stores the message: what in its documents does not agree with the register, and
 * which of it says most.  That flags a message that was received, unless it has a flag, and one
 * that was sent once it is delivered.
 */
NODISCARD enum status ledger_registry_finding(struct ledger *, uint64_t row, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f);
NODISCARD enum status ledger_registry_flag(
	struct ledger *, uint64_t row, const struct fault *worst, int64_t now_ns, struct fault *f);
/* What they are, all together; before ledger_examined(). */
NODISCARD enum status ledger_documents_read(
	struct ledger *, uint64_t row, struct slice summary, int64_t now_ns, struct fault *f);

/* An answer was made for it, which is a message of its own. */
NODISCARD enum status ledger_answered(struct ledger *, uint64_t row, struct slice message_id,
	int64_t now_ns, struct fault *f);

/* Of one message, of each kind: events; more copies are made all the same, and only logged. */
#define LEDGER_COPY_EVENTS 200

/* A copy of a document of message `of` goes to somebody else as message `row`: both say so once. */
NODISCARD enum status ledger_copied(
	struct ledger *, uint64_t of, uint64_t row, int64_t now_ns, struct fault *f);

/* One did not: `text` says to whom, and why. */
NODISCARD enum status ledger_not_copied(struct ledger *, uint64_t of, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f);

/*
 * If message `row` was a copy, and was refused or expired: the message that it was a copy of is
 * flagged with "der.not-copied".  Of one whose Message-ID did not fit into an event it is not known.
 */
NODISCARD enum status ledger_copy_lost(
	struct ledger *, uint64_t row, int64_t now_ns, struct fault *f);

/* In the event "x12-read" of what is to be acknowledged, before the time: fsck looks for it. */
#define LEDGER_DUE_WORDS "; its acknowledgment is due at "

/* A transaction set that we sent, or, as far as it goes, the one an answer is about. */
struct ledger_set {
	struct slice interchange; /* ISA13 */
	struct slice group_id, group_number; /* GS01, GS06 */
	struct slice set_id, set_number;     /* ST01, ST02 */
	struct slice reference; /* what an 824 calls it by; empty: nothing */
	/* of its interchange, ISA05 to ISA08 as "ZZ/ACME", ISA09 and ISA10 together; empty: any */
	struct slice sender, receiver, stamp;
};
/* A control number as it is kept: who answers may write it with other zeros in front. */
struct slice ledger_set_number(struct slice said);
NODISCARD enum status ledger_set_sent(
	struct ledger *, uint64_t row, const struct ledger_set *, struct fault *f);

/* Worse ones are larger: what was said of a set is the worst of it. */
enum ledger_outcome { OUTCOME_NONE, OUTCOME_ACCEPTED, OUTCOME_NOTED, OUTCOME_REJECTED, OUTCOMES };
enum ledger_about { ABOUT_INTERCHANGE, ABOUT_GROUP, ABOUT_SET, ABOUT_APPLICATION, ABOUTS };

/* What a partner's TA1, 997, 999 or 824 says. */
struct ledger_verdict {
	enum ledger_about about;
	enum ledger_outcome outcome;
	struct ledger_set of;
	struct slice text; /* for people: "997: set 0001 rejected: 5" */
	int64_t at_ns;
	/* Of a group, if it says so: the sets that were received, and how many of them rejected. */
	struct ledger_counts {
		bool said;
		uint32_t received, rejected;
	} counts;
	/* which of the answer's 997s says so, from 1: of the same group each is of another */
	uint32_t said_in;
	/* of.reference, where that is the id of a document of our own types, as they have it */
	struct slice document;
};
/*
 * Put beside what it is about, among what was sent to the partner of the inbound message `row`.
 * One on no set that was sent is about the document of our own types that it names, by its id or by
 * the number that its set has, if the register knows that.
 * *found: how many sets, or documents; 0: it is about nothing we sent, and an event of `row` says
 * so.  One on a group that rejects more sets than were named rejects all of it, until somebody
 * knows better; one that received fewer than were sent accepts none by that, and `row` is flagged.
 */
NODISCARD enum status ledger_verdict_take(uint64_t *found, struct ledger *, uint64_t row,
	const struct ledger_verdict *, struct fault *f);

/*
 * What was delivered, and not acknowledged so long after as it has time: flagged until it is,
 * called back for, and not again.  At most LEDGER_EXPIRE_MAX.
 */
struct ledger_unacknowledged_hear {
	/* by what is agreed now: what nobody expects any more is no alarm */
	bool (*is_expected)(void *context, const struct ledger_message *);
	void (*each)(void *context, const struct ledger_message *);
	void *context;
};
NODISCARD enum status ledger_unacknowledged(struct ledger *, int64_t now_ns,
	const struct ledger_unacknowledged_hear *, struct fault *f);

/* --- asking --- */

struct ledger_filter {
	bool in, out;            /* which direction; neither: both */
	unsigned areas;          /* AREA_BIT set, 0: all */
	unsigned states;         /* 1u << enum delivery set, 0: all */
	struct slice message_id; /* empty: any */
	struct slice partner;    /* empty: any */
	uint64_t after;          /* rows above this number */
	unsigned limit;          /* at most */
};
NODISCARD enum status ledger_list(struct ledger *, const struct ledger_filter *,
	void (*each)(void *context, const struct ledger_message *), void *context, struct fault *f);

/* ST_NONE "message.unknown". *out's slices live until the next asking call. */
NODISCARD enum status ledger_get(
	struct ledger_message *out, struct ledger *, uint64_t row, struct fault *f);
/* For a line of the log: the Message-ID of this row, kept in *room; empty when nobody knows. */
struct slice ledger_id_of(struct buf *room, struct ledger *, uint64_t row);

struct ledger_event {
	uint64_t number; /* within its message, from 1 */
	int64_t at_ns;
	struct slice
		what; /* "submitted", "attempt", "deferred", "received", "duplicate", "delivered"... */
	struct slice fault_code; /* empty when none */
	struct slice detail;
};
/* At most `limit`, those after number `after`. */
NODISCARD enum status ledger_events(struct ledger *, uint64_t row, uint64_t after, unsigned limit,
	void (*each)(void *context, const struct ledger_event *), void *context, struct fault *f);

enum ledger_content {
	CONTENT_DOCUMENT,
	CONTENT_RECEIPT,
	CONTENT_PART,
	CONTENT_SIGNATURE,
	CONTENT_CAME, /* as it came, while that is kept (kept.h) */
	CONTENTS
};
/*
 * ST_NONE "message.no-receipt" | "message.no-content" | "message.not-kept".  *type: Content-Type of
 * the receipt or media type; borrowed until the next asking call.
 */
NODISCARD enum status ledger_content(int *fd, struct section *where, struct slice *type,
	struct ledger *, uint64_t row, enum ledger_content, struct fault *f);
/* Of our receipt for a message that was received. */
NODISCARD enum status ledger_receipt_digest(
	struct ledger_digest *, struct ledger *, uint64_t row, struct fault *f);

/* RECEIVED and DELIVERED messages with a fault code: accepted all the same, and flagged. */
struct ledger_flagged {
	struct slice partner, code;
	uint64_t count;
	int64_t last_ns; /* when the last of them was settled */
};
void ledger_flagged(struct ledger *,
	void (*each)(void *context, const struct ledger_flagged *), void *context);

struct ledger_count {
	uint64_t count;
	int64_t oldest_ns; /* created_ns of the oldest, 0 when none */
};
NODISCARD enum status ledger_counts(
	struct ledger_count out[2][AREAS][DELIVERIES], struct ledger *, struct fault *f);

/* Receipts that go in connections of their own and did not arrive (yet). */
NODISCARD enum status ledger_receipts_owed(struct ledger *,
	void (*each)(void *context, enum area, enum delivery state, const struct ledger_count *),
	void *context, struct fault *f);

#endif
