/* SPDX-License-Identifier: Apache-2.0 */
/* Every SQL statement of the ledger, by name; prepared once, run with bound values. */
#ifndef TIELINE_LEDGER_STATEMENTS_H
#define TIELINE_LEDGER_STATEMENTS_H

#include "base/slice.h"
#include "exchange/delivery.h"

struct sqlite3;
struct sqlite3_stmt;

enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_TRY, /* what comes until SQL_TRIED is not so afterwards */
	SQL_UNDO,
	SQL_TRIED,
	SQL_RECOVER,
	SQL_HURRY,
	SQL_MESSAGE_ADD,
	SQL_CONTENT_NEW,
	SQL_CONTENT_PUT,
	SQL_EVENT_ADD,
	SQL_EVENT_LAST,
	SQL_EVENT_OF,
	SQL_EVENT_BEFORE,
	SQL_EVENT_RENEW,
	SQL_EVENT_REWORD,
	SQL_EVENT_SAID,
	SQL_CHAIN_HEAD,
	SQL_HEAD_LAST,
	SQL_HEADS_DROP,
	SQL_HEAD_PUT,
	SQL_FIND_RECEIVED,
	SQL_FIND_SENT,
	SQL_LATER,
	SQL_READY,
	SQL_DUE,
	SQL_SENDING,
	SQL_WAITING,
	SQL_NEXT_DUE,
	SQL_DEFER,
	SQL_AWAIT,
	SQL_STATE,
	SQL_SETTLE,
	SQL_CONTENT_TURN,
	SQL_CONTENT_DROP,
	SQL_OVERDUE,
	SQL_GIVE_UP,
	SQL_NEWEST,
	SQL_NEWEST_NOTE,
	SQL_NEWEST_FORGET,
	SQL_NEWEST_CUT,
	SQL_NEWEST_OLDER,
	SQL_NEXT_DEADLINE,
	SQL_WATCHED,
	SQL_LATE,
	SQL_LATE_ADD,
	SQL_LATE_FORGET,
	SQL_LIST,
	SQL_LIST_ID,
	SQL_GET,
	SQL_EVENTS,
	SQL_PLACES,
	SQL_CONTENT,
	SQL_SPOOL_KNOWN,
	SQL_COUNTS,
	SQL_FLAGGED,
	SQL_OLDEST,
	SQL_ANNOUNCED_PUT,
	SQL_ANNOUNCED,
	SQL_READINESS_PUT,
	SQL_READINESS,
	SQL_OWED_RECOVER,
	SQL_OWED_HURRY,
	SQL_OWED_ADD,
	SQL_OWED_REFUSAL,
	SQL_OWED_DUE,
	SQL_OWED_SENDING,
	SQL_OWED_STATE,
	SQL_OWED_DEFER,
	SQL_OWED_END,
	SQL_OWED_OVERDUE,
	SQL_OWED_COUNTS,
	SQL_EXAMINE_ADD,
	SQL_EXAMINE_COUNT,
	SQL_EXAMINE_NEXT,
	SQL_EXAMINE_TAKE,
	SQL_EXAMINE_NUMBERS,
	SQL_EXAMINE_AGAIN,
	SQL_EXAMINE_LOST,
	SQL_EXAMINE_ALL_AGAIN,
	SQL_EXAMINE_END,
	SQL_NUMBERS_TAKE,
	SQL_COPY,
	SQL_COPY_ORIGIN,
	SQL_FINDINGS_DROP,
	SQL_FINDING_ADD,
	SQL_FINDING_NEXT,
	SQL_FINDING_CHAIN,
	SQL_SETS_DROP,
	SQL_SET_ADD,
	SQL_DUE_ADD,
	SQL_DUE_END,
	SQL_DUE_NEXT,
	SQL_OUTCOME_OF_INTERCHANGE,
	SQL_OUTCOME_OF_GROUP,
	SQL_GROUP_SENT,
	SQL_VERDICT_EVENTS,
	SQL_OUTCOME_OF_NUMBER,
	SQL_OUTCOME_OF_REFERENCE,
	SQL_OUTCOME_OF_BOTH,
	SQL_SETS_OPEN,
	SQL_FLAG_OF,
	SQL_FLAG,
	SQL_FLAG_WAITING,
	SQL_STANDING_KEPT,
	SQL_STANDING_KEEP,
	SQL_STANDING_DROP,
	SQL_STANDINGS,
	SQL_REGISTER_BOOK,
	SQL_REGISTER_ROLL,
	SQL_REGISTER_ROLL_INNER,
	SQL_REGISTER_IS_REJECTED,
	SQL_REGISTER_DOCUMENT,
	SQL_REGISTER_KEY,
	SQL_REGISTER_HASHES,
	SQL_REGISTER_HASHES_OF,
	SQL_REGISTER_HASHES_PUT,
	SQL_REGISTER_ADDED,
	SQL_REGISTER_ADDED_PUT,
	SQL_REGISTER_FEEDER_BASES,
	SQL_REGISTER_AMOUNTS,
	SQL_REGISTER_REPLACED,
	SQL_REGISTER_MEASURED,
	SQL_REGISTER_MEASURED_THEN,
	SQL_REGISTER_PAYEE,
	SQL_REGISTER_ACCOUNT,
	SQL_REGISTER_BILLED,
	SQL_REGISTER_TOTALS,
	SQL_REGISTER_ABLE,
	SQL_REGISTER_PRICES,
	SQL_REGISTER_PERIOD,
	SQL_REGISTER_COVER,
	SQL_REGISTER_ORIGIN,
	SQL_REGISTER_ASKED,
	SQL_REGISTER_SERVICES,
	SQL_REGISTER_COMMITTED,
	SQL_REGISTER_AWARDED,
	SQL_REGISTER_BOUNDS,
	SQL_REGISTER_BOUND_ANY,
	SQL_REGISTER_TARGET_PUT,
	SQL_REGISTER_TARGET_TRIM,
	SQL_REGISTER_WHOSE,
	SQL_REGISTER_CALLED,
	SQL_REGISTER_AWARD_TIME,
	SQL_REGISTER_INTERVAL_PUT,
	SQL_REGISTER_SAY,
	SQL_REGISTER_RESOURCE_PUT,
	SQL_REGISTER_ROWS_OF,
	SQL_REGISTER_PROFILE_PUT,
	SQL_REGISTER_REJECTED_PUT,
	SQL_REGISTER_FEEDER_PUT,
	SQL_REGISTER_LINK_PUT,
	SQL_REGISTER_VOID,
	SQL_REGISTER_IS_SAID,
	SQL_REGISTER_TOUCHED,
	SQL_REGISTER_REVIEW_OF,
	SQL_REGISTER_REVIEW_PUT,
	SQL_REGISTER_REVIEW_DROP,
	SQL_REGISTER_REVIEWS,
	SQL_REGISTER_REVIEW_WARN,
	SQL_REGISTER_AGGREGATIONS,
	SQL_REGISTER_HISTORY,
	SQL_REGISTER_NAMED,
	SQL_SIZE,
	STATEMENTS,
};

/* The columns of a message in SQL_DUE, SQL_LIST, SQL_LIST_ID, SQL_GET, SQL_OVERDUE, in order. */
enum message_column {
	COL_ROW,
	COL_DIRECTION,
	COL_STATE,
	COL_AREA,
	COL_PARTNER,
	COL_MESSAGE_ID,
	COL_MEDIA_TYPE,
	COL_FILENAME,
	COL_SIZE,
	COL_DIGEST,
	COL_MIC,
	COL_CREATED,
	COL_DEADLINE,
	COL_SETTLED,
	COL_RECEIPT,
	COL_ATTEMPTS,
	COL_FAULT_CODE,
	COL_FAULT_TEXT,
	COL_RECEIPT_FORM,
	COL_OWED, /* NULL: none */
	MESSAGE_COLUMNS,
};

struct value {
	enum { VALUE_INT, VALUE_BYTES, VALUE_TEXT, VALUE_NULL } kind;
	int64_t number;
	struct slice bytes;
};
#define V_INT(n) { .kind = VALUE_INT, .number = (int64_t)(n) }
#define V_BYTES(s) { .kind = VALUE_BYTES, .bytes = (s) }
#define V_TEXT(t) { .kind = VALUE_TEXT, .bytes = slice_str(t) }

struct statements;
NODISCARD enum status statements_new(struct statements **out, struct sqlite3 *, struct fault *f);
void statements_free(struct statements *);

/* Binds and leaves the statement ready to step; whoever steps it resets it. */
struct sqlite3_stmt *statement_bind(
	struct statements *, enum statement, const struct value *values, size_t count);

/* Binds, runs to the end, resets.  Faults as schema_fault. */
NODISCARD enum status statement_run(struct statements *, enum statement, const struct value *values,
	size_t count, struct fault *f);
#define STATEMENT_RUN(s, which, f, ...)                                \
	statement_run(s, which, (const struct value[]){ __VA_ARGS__ }, \
		sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value), f)
#define STATEMENT_BIND(s, which, ...)                                   \
	statement_bind(s, which, (const struct value[]){ __VA_ARGS__ }, \
		sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value))

/* One step: ST_OK a row is there, ST_NONE the end (reset already), else a fault (reset already). */
NODISCARD enum status statement_step(struct statements *, struct sqlite3_stmt *, struct fault *f);
struct slice column_bytes(struct sqlite3_stmt *, int column);
/*
 * The same, where it is for others: what no version of this program wrote, the disk or somebody
 * did.  Nobody dies of it, it is read as something that there is, and fsck tells what it says.
 */
struct slice column_text(struct sqlite3_stmt *, int column, size_t most);
enum area column_area(struct sqlite3_stmt *, int column);      /* or AREA_BILLING */
enum delivery column_state(struct sqlite3_stmt *, int column); /* or DELIVERY_REJECTED */

#endif
