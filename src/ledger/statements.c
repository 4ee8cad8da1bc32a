/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of states and directions below are those of schema.c. */
#include "ledger/statements.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/own.h"
#include "ledger/schema.h"

#define MESSAGE \
	"row, direction, state, area, partner, message_id, media_type, filename, size, digest, mic," \
	" created_ns, deadline_ns, settled_ns, receipt_ns, attempts, fault_code, fault_text," \
	" CASE WHEN receipt_type = x'' THEN 2 WHEN signer = x'' THEN 1 ELSE 0 END," \
	" (SELECT owed.state FROM owed WHERE owed.message = message.row)"

#define FILTER \
	" FROM message WHERE row > ?1 AND (?2 >> direction) & 1 AND (?3 >> area) & 1" \
	" AND (?4 >> state) & 1 AND (?5 = x'' OR partner = ?5)"

/* No list: SQLite would make a table of it for each message that is settled. */
#define FLAGGED "(what = 'x12-flagged' OR what = 'document-flagged' OR what = 'registry-flagged')"

/* Neither settled nor refused: in the words of the index message_watch. */
#define WATCHED "(263 >> state) & 1"

/*
 * Whose sets these are: numbers come again, in each interchange or after years.  The oldest message
 * that waits for its answer, else the newest; one that its partner does not have, at the very last.
 */
#define MEANT(by, which) \
	"(SELECT m.row FROM (SELECT DISTINCT message FROM x12_set INDEXED BY " by " WHERE " which \
	" ORDER BY message DESC LIMIT 64) AS s JOIN message AS m ON m.row = s.message" \
	" LEFT JOIN x12_due AS d ON d.message = m.row" \
	" ORDER BY m.state IN (4, 5, 9) OR (m.state = 0 AND m.attempts = 0), d.due_ns IS NULL," \
	" CASE WHEN d.due_ns IS NULL THEN -m.row ELSE m.row END LIMIT 1)"
/* What becomes of these sets, by an index that finds them in a message with many others. */
#define OUTCOME(by, which) \
	"UPDATE x12_set INDEXED BY " by \
	" SET acknowledged = max(acknowledged, ?1), applied = max(applied, ?2)" \
	" WHERE " which " AND message = " MEANT(by, which) " RETURNING message"

/* Where both are known they are the same. */
#define IS(column, what) "(" column " = " what " OR " column " = x'' OR " what " = x'')"

#define SENT_GROUP "partner = ?1 AND group_number = ?2 AND group_id = ?3"

/*
 * Groups of several interchanges in one message may have the same number: the one that this 997
 * spoke of before, of the same two parties, that none spoke of, the first.
 */
#define OF_ANSWER(answer, said_in, sender, receiver) \
	" ORDER BY answer = " answer " AND answer_group = " said_in " DESC," \
	" sender = " sender " AND receiver = " receiver " DESC, answer <> 0, ordinal LIMIT 1"
#define ANSWERED_GROUP "partner = ?3 AND group_number = ?4 AND group_id = ?5"
#define ANSWERED_SET ANSWERED_GROUP " AND set_number = ?10 AND (?11 = x'' OR set_id = ?11)"

#define QUANTITIES "export_kw, import_kw, up_kw, down_kw, inject_kvar, absorb_kvar, energy_kwh"
#define ROLL(texts, quantities) \
	"SELECT resource, statement, operation, at_ns, until_ns, " texts ", consent_ns, " quantities \
	", net_metering" \
	" FROM register_resource WHERE base = ?1 AND resource >= ?2 ORDER BY resource, statement"
/*
 * Of the statement d: what those that follow it made of it last, else what it began as.  What an
 * award, dispatch, limit, performance, invoice or remittance is replaced or cancelled by stays so,
 * and what began as cancelled, too, whatever is answered: answers cross on the wire.
 */
#define OVER "(5, 7)"
#define MADE(l, s, which, order) \
	"(SELECT " l ".makes FROM register_link AS " l " INDEXED BY register_link_makes JOIN register_statement AS " s " ON " s ".number = " l ".statement" \
	" WHERE " l ".target = d.number AND " l ".makes <> 0 AND " which " AND " s ".voided_ns = 0 ORDER BY " order " DESC LIMIT 1)"
#define STATE \
	"ifnull(CASE WHEN d.type IN (6, 7, 10, 11, 12, 13) THEN ifnull(" MADE("o", "u", "o.makes IN " OVER " AND u.type = d.type", "o.makes") \
	", CASE d.state WHEN 5 THEN 5 END) END, ifnull(" MADE("l", "s", "1", "l.statement") ", d.state))"
#define IS_CREDIT(s) s ".action = CAST('credit_note' AS BLOB)"
#define IS_CANCEL(s) s ".action = CAST('cancel' AS BLOB)"
/* Statements, all revisions and corrections of them, and what those replaced. */
#define RELATIVES(name, of) \
	name "(number) AS (SELECT " of \
	" UNION SELECT l.target FROM " name " AS n CROSS JOIN register_link AS l ON l.statement = n.number" \
	" JOIN register_statement AS s ON s.number = l.statement WHERE l.makes = 7 AND s.voided_ns = 0" \
	" UNION SELECT l.statement FROM " name " AS n CROSS JOIN register_link AS l INDEXED BY register_link_makes ON l.target = n.number" \
	" JOIN register_statement AS s ON s.number = l.statement WHERE l.makes = 7 AND l.makes <> 0 AND s.voided_ns = 0"
/* Of one, at most so many. */
#define FAMILY_MAX "256" /* above REVISIONS_MAX */
#define FAMILY(name, of) RELATIVES(name, of) " LIMIT " FAMILY_MAX ")"
/* Which award a dispatch is for; NULL: for none. */
#define AWARD_OF(dispatch) \
	"(SELECT a.target FROM register_link AS a JOIN register_statement AS w ON w.number = a.target" \
	" WHERE a.statement = " dispatch " AND w.type = 6 LIMIT 1)"
/* The remittance d pays: also where what replaced it was rejected, as its money went. */
#define PAYS \
	"(d.type = 13 AND d.voided_ns = 0 AND (" STATE " NOT IN (4, 5, 7) OR (" STATE " = 7 AND NOT EXISTS(SELECT 1" \
	" FROM register_link AS x INDEXED BY register_link_makes WHERE x.target = d.number AND x.makes = 7 AND x.makes <> 0 AND" \
	" (SELECT " STATE " FROM register_statement AS d WHERE d.number = x.statement AND d.voided_ns = 0) <> 4))))"
/* Somebody paid for a statement, or for another one of its family. */
#define IS_PAID(of) \
	"EXISTS(WITH RECURSIVE " FAMILY("paid", of) " SELECT 1 FROM paid CROSS JOIN register_link AS p ON p.target = paid.number" \
	" JOIN register_statement AS d ON d.number = p.statement WHERE p.amount > 0 AND " PAYS ")"
/* Of the family of an invoice one is asked to be paid. */
#define IS_THERE(of) \
	"EXISTS(WITH RECURSIVE " FAMILY("kin", of) " SELECT 1 FROM kin CROSS JOIN register_statement AS d ON d.number = kin.number" \
	" WHERE d.voided_ns = 0 AND NOT " IS_CANCEL("d") " AND " STATE " NOT IN (4, 5, 7))"
#define FOUND \
	"SELECT number, type, " STATE ", last_ns, revision, ?4 = x'' OR aggregation = x'' OR aggregation = ?4," \
	" quantity, amount, ceiling, base, sequence, direction, review_ns, stopped_ns, currency, " IS_CREDIT("d") ", " IS_CANCEL("d") "," \
	" (SELECT m.row FROM message AS m WHERE m.row = d.message AND m.direction = 0 AND m.state IN (0, 1, 2, 8))" \
	" FROM register_statement AS d"
/* Who says something of the time between ?4 and ?5. */
#define SAYING \
	"(SELECT statement FROM register_interval WHERE aggregation = ?1 AND aggregation <> x''" \
	" AND partner = ?2 AND test = ?3 AND end_ns > ?4 AND start_ns < ?5)"
#define OF_LIVE \
	" FROM live CROSS JOIN register_interval AS i ON i.statement = live.number" \
	" WHERE i.start_ns < ?5 AND i.end_ns > ?4 AND amount IS NOT NULL"
/* An answer that is wanted, with the statement that asks for it and the message that says it. */
#define WANTED \
	"SELECT w.statement, w.want, w.due_ns, d.message, d.partner, d.aggregation, d.document, d.test, d.direction, m.message_id" \
	" FROM register_wanted AS w JOIN register_statement AS d ON d.number = w.statement JOIN message AS m ON m.row = d.message"
/* The last of one outage, of one side, or dispute: no more than these few are waited for. */
#define LATEST_OF_KEY(d) \
	"SELECT n.number, n.sequence, n.direction, n.said_ns FROM register_statement AS n WHERE n.key = " d ".key AND n.key <> x''" \
	" AND n.type = " d ".type AND n.partner = " d ".partner AND n.test = " d ".test AND n.voided_ns = 0" \
	" AND (n.type <> 9 OR n.direction = " d ".direction)" \
	" ORDER BY n.sequence DESC, n.number DESC LIMIT 8"
/* The partner, or what is between, did not ask for so long a pause. */
#define OF_A_FAILURE "fault_code NOT IN (CAST('message.order' AS BLOB), CAST('copy.order' AS BLOB))"
/* Those that go before it, and before those: of a chain so many. */
#define FIRSTS(message, most) \
	"firsts(row) AS (SELECT first FROM temp.goes_after WHERE message = " message \
	" UNION SELECT g.first FROM firsts JOIN temp.goes_after AS g ON g.message = firsts.row LIMIT " most ")"
/* Those that wait for it, and for those: so many. */
#define WAITS(first, most) \
	"waits(row) AS (SELECT message FROM temp.goes_after WHERE first = " first \
	" UNION SELECT g.message FROM waits JOIN temp.goes_after AS g ON g.first = waits.row LIMIT " most ")"
/* Of statement d, of what has a key: there is one behind it. */
#define HAS_LATER \
	"EXISTS(SELECT 1 FROM register_statement AS n WHERE n.key = d.key AND n.key <> x'' AND n.type = d.type" \
	" AND n.partner = d.partner AND n.test = d.test AND n.direction = d.direction AND n.sequence > d.sequence" \
	" AND n.voided_ns = 0)"
/* When its partner wants it again: 0, it did not say. */
#define ASKED "ifnull((SELECT until_ns FROM temp.asked WHERE asked.message = ?1), 0)"
/* It waits for nothing that is under way. */
#define IS_ROOT(message) "NOT EXISTS(SELECT 1 FROM temp.goes_after AS b WHERE b.message = " message ")"
/* The row of message m while it is sent, and on its way. */
#define UNDER_WAY "m.direction = 0 AND m.state IN (0, 1, 2, 8)"
/* Of the invoices of somebody: the newest of before a moment, else the first that there was. */
#define THEN_OR_FIRST(what, which) \
	"SELECT * FROM (SELECT " what " FROM register_statement WHERE partner = ?1 AND test = ?2 AND direction = ?3" \
	" AND said_ns <= ?4 AND " which " AND voided_ns = 0 ORDER BY said_ns DESC LIMIT 1) UNION ALL" \
	" SELECT * FROM (SELECT " what " FROM register_statement WHERE partner = ?1 AND test = ?2 AND direction = ?3" \
	" AND " which " AND voided_ns = 0 ORDER BY said_ns LIMIT 1) LIMIT 1"
static const char *const texts[STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_TRY] = "SAVEPOINT trial",
	[SQL_UNDO] = "ROLLBACK TO trial",
	[SQL_TRIED] = "RELEASE trial",
	[SQL_RECOVER] =
		"UPDATE message SET state = 0, next_ns = 0"
		" WHERE state = 1 AND " WATCHED " AND watch_ns > 0",
	[SQL_HURRY] = "UPDATE message SET next_ns = ?1 WHERE state IN (2, 8) AND next_ns > ?2",
	[SQL_PAUSES_MOVE] = "UPDATE message SET next_ns = max(next_ns - ?1, ?2)"
			    " WHERE state IN (0, 2, 8) AND next_ns > ?2",
	[SQL_MESSAGE_ADD] =
		"INSERT INTO message(direction, state, area, partner, message_id, media_type, filename,"
		" size, digest, mic, created_ns, deadline_ns, settled_ns, receipt_ns, attempts, next_ns,"
		" fault_code, fault_text, signer, receipt_type, headers, spool, part_at, part_n,"
		" document_at, document_n, signature_at, signature_n, sealed_at, sealed_n, scope, sequence, watch_ns,"
		" secret_until_ns, sealed_digest, opaque)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, ?28, ?11,"
		" ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?29, ?30, ?31, ?32, nullif(?33, x''), ?34)",
	[SQL_CONTENT_PUT] =
		"INSERT OR REPLACE INTO content(message, kind, bytes) VALUES(?1, ?2, ?3)",
	[SQL_CONTENT_NEW] = "INSERT INTO content(message, kind, bytes) VALUES(?1, ?2, ?3)",
	[SQL_EVENT_ADD] =
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail, place, hash)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_EVENT_LAST] = "SELECT ifnull(max(number), 0) FROM event WHERE message = ?1",
	[SQL_EVENT_OF] =
		"SELECT number, renewed, place, at_ns, fault_code, detail FROM event"
		" WHERE message = ?1 AND what = ?2 ORDER BY number LIMIT 1",
	[SQL_EVENT_BEFORE] =
		"INSERT INTO event_before(place, message, number, renewed, digest) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_EVENT_RENEW] =
		"UPDATE event SET at_ns = ?3, fault_code = ?4, detail = ?5, place = ?6, hash = ?7, renewed = ?8"
		" WHERE message = ?1 AND number = ?2",
	[SQL_EVENT_REWORD] =
		"UPDATE event SET at_ns = ?3, fault_code = ?4, detail = ?5 WHERE message = ?1 AND number = ?2",
	[SQL_EVENT_SAID] =
		"SELECT 1 WHERE EXISTS(SELECT 1 FROM event WHERE message = ?1 AND what = ?2 AND detail = ?3)"
		" OR (SELECT count(*) FROM event WHERE message = ?1 AND what = ?2) >= ?4",
	[SQL_CHAIN_HEAD] = "SELECT place, hash FROM event WHERE place > 0 ORDER BY place DESC LIMIT 1",
	/* Between: of two lower bounds SQLite takes the first, and reads all that was signed. */
	[SQL_HEADLESS_FIRST] =
		"SELECT at_ns FROM event INDEXED BY event_place WHERE place > 0 AND place BETWEEN"
		" (SELECT ifnull(max(place), 0) + 1 FROM head) AND 9223372036854775807 ORDER BY place LIMIT 1",
	[SQL_HEAD_LAST] = "SELECT place, hash, at_ns FROM head ORDER BY place DESC LIMIT 1",
	[SQL_HEADS_DROP] = "DELETE FROM head WHERE at_ns >= ?1 AND at_ns < ?2",
	[SQL_HEAD_PUT] =
		"INSERT OR REPLACE INTO head(place, hash, at_ns, signature) VALUES(?1, ?2, ?3, ?4)",
	[SQL_FIND_RECEIVED] =
		"SELECT row, digest, mic, size, created_ns FROM message WHERE message_id = ?1 AND partner = ?2 AND direction = 1 AND state = 6",
	[SQL_FIND_CONTENT] =
		"SELECT message_id, created_ns FROM message WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND partner = ?2 AND area = ?3"
		" AND opaque = 1 AND direction = 1 AND state = 6 AND digest = ?1 AND message_id <> ?4 ORDER BY row DESC LIMIT 1",
	[SQL_FIND_SENT] =
		"SELECT row, digest, area, media_type FROM message WHERE message_id = ?1 AND partner = ?2 AND direction = 0",
	[SQL_LATER] =
		"SELECT row, state, state = 2 AND EXISTS(SELECT 1 FROM temp.goes_after AS g WHERE g.message = row) FROM message"
		" WHERE state IN (2, 8) AND partner = ?1 AND area = ?2 AND next_ns <= ?3 ORDER BY next_ns LIMIT 1",
	[SQL_READY] =
		"UPDATE message SET state = 0, fault_text = CASE ?2 WHEN x'' THEN fault_text ELSE ?2 END WHERE row = ?1",
	[SQL_DUE] = "SELECT " MESSAGE ", headers, spool, sealed_at, sealed_n, scope,"
		    " secret_until_ns, sealed_digest FROM message"
		    " WHERE state = 0 AND partner = ?1 AND area = ?2 ORDER BY deadline_ns, row LIMIT 1",
	[SQL_SENDING] = "UPDATE message SET state = 1, attempts = attempts + 1 WHERE row = ?1",
	[SQL_WAITING] =
		"SELECT partner, area, count(*), min(next_ns) FROM message WHERE state = 0 GROUP BY partner, area"
		" UNION ALL SELECT partner, area, count(*), min(next_ns) FROM message WHERE state IN (2, 8) GROUP BY partner, area"
		" UNION ALL SELECT partner, area, count(*), min(next_ns) FROM owed WHERE state IN (0, 2) GROUP BY partner, area",
	[SQL_NEXT_DUE] =
		"SELECT min(due) FROM"
		" (SELECT (SELECT next_ns FROM message WHERE state = 0 AND partner = ?1 AND area = ?2"
		" ORDER BY deadline_ns LIMIT 1) AS due"
		" UNION ALL SELECT min(next_ns) FROM message WHERE state IN (2, 8) AND partner = ?1 AND area = ?2"
		" UNION ALL SELECT min(next_ns) FROM owed WHERE state IN (0, 2) AND partner = ?1 AND area = ?2)",
	[SQL_DEFER] =
		"UPDATE message SET state = 2, next_ns = ?2, fault_code = ?3, fault_text = ?4 WHERE row = ?1",
	[SQL_AWAIT] =
		"UPDATE message SET state = 8, next_ns = ?2, fault_code = x'', fault_text = x'' WHERE row = ?1",
	[SQL_INTERCHANGE_TAKE] =
		"INSERT OR IGNORE INTO x12_received(partner, number, sender, receiver, test, message, at_ns)"
		" SELECT partner, ?4, ?2, ?3, ?5, row, ?6 FROM message WHERE row = ?1 AND direction = 1",
	[SQL_INTERCHANGE_FIND] =
		"SELECT m.message_id FROM x12_received AS x JOIN message AS m ON m.row = x.message"
		" WHERE x.partner = (SELECT partner FROM message WHERE row = ?1) AND x.number = ?4 AND x.sender = ?2"
		" AND x.receiver = ?3 AND x.test = ?5 AND x.message <> ?1 AND x.at_ns >= ?6 ORDER BY x.message DESC LIMIT 1",
	[SQL_INTERCHANGES_DROP] = "DELETE FROM x12_received WHERE message = ?1",
	/* Of each group the columns are those of the row with the least next_ns. */
	[SQL_DEFERRALS] =
		"SELECT partner, area, fault_code, fault_text, count(*), min(next_ns) FROM (SELECT partner, area, fault_code, fault_text, next_ns"
		" FROM message WHERE state IN (2, 8) AND state = 2 ORDER BY partner, area, next_ns LIMIT ?1)"
		" GROUP BY partner, area, fault_code ORDER BY area, partner, count(*) DESC",
	[SQL_STATE] = "SELECT state, spool, sealed_at, direction, area, watch_ns, deadline_ns"
		      " FROM message WHERE row = ?1",
	[SQL_SETTLE] =
		"UPDATE message SET state = ?2, settled_ns = ?3, receipt_ns = ?4, receipt_type = ?5, signer = ?6, fault_code = ?7, fault_text = ?8,"
		" sealed_n = 0, sealed_digest = NULL WHERE row = ?1",
	/* The sealed bytes, which nobody needs any more, become what came for them. */
	[SQL_CONTENT_TURN] =
		"UPDATE OR REPLACE content SET kind = ?2, bytes = ?3 WHERE message = ?1 AND kind = 1",
	[SQL_CONTENT_DROP] = "DELETE FROM content WHERE message = ?1 AND kind = ?2",
	[SQL_OVERDUE] =
		"SELECT " MESSAGE
		" FROM message WHERE " WATCHED " AND watch_ns <= ?1 ORDER BY watch_ns LIMIT 1",
	[SQL_WATCHED] = "UPDATE message SET watch_ns = deadline_ns WHERE row = ?1",
	[SQL_LATE] =
		"SELECT partner, area, sum(count), max(last_ns) FROM late_receipt WHERE hour > ?1 GROUP BY partner, area",
	[SQL_LATE_ADD] =
		"INSERT INTO late_receipt(partner, area, hour, count, last_ns) VALUES(?1, ?2, ?3, 1, ?4)"
		" ON CONFLICT(hour, partner, area) DO UPDATE SET count = count + 1, last_ns = excluded.last_ns",
	[SQL_LATE_FORGET] = "DELETE FROM late_receipt WHERE hour <= ?1",
	/* Why it failed before is told on, when nothing else is. */
	[SQL_GIVE_UP] =
		"UPDATE message SET state = ?2, settled_ns = ?3, fault_code = CASE ?4 WHEN x'' THEN fault_code ELSE ?4 END,"
		" fault_text = CASE ?4 WHEN x'' THEN fault_text ELSE ?5 END, sealed_digest = NULL WHERE row = ?1",
	[SQL_NEWEST] =
		"SELECT newest.sequence, message.message_id, newest.scope FROM newest JOIN message ON message.row = newest.message"
		" WHERE newest.direction = ?1 AND newest.partner = ?2 AND newest.scope = ?3 AND at_ns >= ?4",
	[SQL_NEWEST_OF] =
		"SELECT newest.sequence, message.message_id, newest.scope FROM newest JOIN message ON message.row = newest.message"
		" WHERE newest.direction = ?1 AND newest.partner = ?2 AND newest.scope > ?3 AND newest.scope < ?4 AND at_ns >= ?5"
		" ORDER BY newest.sequence DESC",
	[SQL_NEWEST_OLDER_OF] =
		"SELECT row, scope FROM message WHERE partner = ?1 AND scope > ?2 AND scope < ?3 AND sequence < ?4"
		" AND scope <> x'' AND state IN (0, 2) AND row > ?5 ORDER BY row",
	[SQL_NEWEST_NOTE] =
		"INSERT INTO newest(direction, partner, scope, sequence, message, at_ns) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
		" ON CONFLICT(direction, partner, scope) DO UPDATE SET sequence = excluded.sequence,"
		" message = excluded.message, at_ns = excluded.at_ns WHERE sequence < excluded.sequence",
	[SQL_NEWEST_FORGET] =
		"DELETE FROM newest WHERE direction = ?1 AND partner = ?2 AND at_ns < ?3",
	[SQL_NEWEST_CUT] =
		"DELETE FROM newest WHERE direction = ?1 AND partner = ?2 AND scope IN (SELECT scope FROM newest"
		" WHERE direction = ?1 AND partner = ?2 ORDER BY at_ns DESC LIMIT -1 OFFSET ?3)",
	[SQL_NEWEST_OLDER] =
		"SELECT row FROM message WHERE partner = ?1 AND scope = ?2 AND sequence < ?3"
		" AND scope <> x'' AND state IN (0, 2) LIMIT 1",
	[SQL_NEXT_DEADLINE] =
		"SELECT min(at) FROM (SELECT min(watch_ns) AS at FROM message WHERE " WATCHED
		" UNION ALL SELECT min(deadline_ns) FROM owed WHERE state IN (0, 1, 2)"
		" UNION ALL SELECT min(until_ns) FROM kept)",
	[SQL_KEPT_ENOUGH] =
		"SELECT EXISTS(SELECT 1 FROM kept WHERE message = ?1)"
		" OR (SELECT count(*) FROM kept WHERE partner = ?2 AND at_ns > ?3) >= ?4",
	[SQL_KEPT_ADD] =
		"INSERT INTO kept(message, partner, at_ns, until_ns, bytes) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_KEPT_CUT] =
		"DELETE FROM kept WHERE message IN"
		" (SELECT message FROM kept WHERE partner = ?1 ORDER BY at_ns DESC LIMIT -1 OFFSET ?2)",
	[SQL_KEPT_EXPIRE] = "DELETE FROM kept WHERE until_ns <= ?1",
	[SQL_KEPT] = "SELECT bytes FROM kept WHERE message = ?1",
	[SQL_LIST] = "SELECT " MESSAGE FILTER " ORDER BY row LIMIT ?6",
	/* Each arm is one of the partial indexes. */
	[SQL_LIST_ID] =
		"SELECT " MESSAGE FILTER
		" AND row IN (SELECT row FROM message WHERE message_id = ?7 AND direction = 0"
		" UNION ALL SELECT row FROM message WHERE message_id = ?7 AND direction = 1 AND state = 6"
		" UNION ALL SELECT row FROM message WHERE message_id = ?7 AND direction = 1 AND state = 7) ORDER BY row LIMIT ?6",
	[SQL_GET] = "SELECT " MESSAGE " FROM message WHERE row = ?1",
	[SQL_EVENTS] = "SELECT number, at_ns, what, fault_code, detail FROM event"
		       " WHERE message = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
	[SQL_PLACES] =
		"SELECT spool, part_at, part_n, document_at, document_n, signature_at, signature_n, media_type, receipt_type"
		" FROM message WHERE row = ?1",
	[SQL_CONTENT] = "SELECT bytes FROM content WHERE message = ?1 AND kind = ?2",
	[SQL_SPOOL_KNOWN] = "SELECT 1 FROM message WHERE spool = ?1",
	[SQL_COUNTS] =
		"SELECT direction, area, state, count(*) FROM message GROUP BY direction, area, state",
	[SQL_FLAGGED] = "SELECT partner, fault_code, count(*), max(settled_ns) FROM message"
			" WHERE state IN (3, 6) AND fault_code <> x''"
			" OR state = 7 AND fault_code = CAST('as2.duplicate.differs' AS BLOB)"
			" GROUP BY partner, fault_code",
	[SQL_ANNOUNCED_PUT] =
		"INSERT INTO announced VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(partner) DO UPDATE"
		" SET version = ?2, product = ?3, features = ?4, since_ns = ?5"
		" WHERE version <> ?2 OR product <> ?3 OR features <> ?4",
	[SQL_ANNOUNCED] =
		"SELECT partner, version, product, features, since_ns FROM announced ORDER BY partner",
	[SQL_READINESS_PUT] =
		"INSERT INTO readiness VALUES(?1, ?2, ?3) ON CONFLICT(partner) DO UPDATE"
		" SET generation = ?2, since_ns = ?3 WHERE generation < ?2",
	[SQL_READINESS] = "SELECT partner, generation, since_ns FROM readiness ORDER BY partner",
	[SQL_OLDEST] =
		"SELECT area, state, min(created_ns) FROM message WHERE " WATCHED " GROUP BY area, state",
	[SQL_OWED_RECOVER] = "UPDATE owed SET state = 0, next_ns = 0 WHERE state = 1",
	[SQL_OWED_HURRY] = "UPDATE owed SET next_ns = ?1 WHERE state IN (0, 2) AND next_ns > ?2",
	[SQL_OWED_PAUSES_MOVE] = "UPDATE owed SET next_ns = max(next_ns - ?1, ?2)"
				 " WHERE state IN (0, 2) AND next_ns > ?2",
	/* What waits already, or is on its way, is left alone; what ended begins anew. */
	[SQL_OWED_ADD] =
		"INSERT INTO owed(message, state, partner, area, created_ns, attempts, next_ns, deadline_ns, headers)"
		" VALUES(?1, 0, ?2, ?3, ?4, 0, ?4, ?5, ?6) ON CONFLICT(message) DO UPDATE SET state = 0,"
		" created_ns = excluded.created_ns, attempts = 0, next_ns = excluded.next_ns,"
		" deadline_ns = excluded.deadline_ns WHERE state NOT IN (0, 1, 2)",
	[SQL_OWED_REFUSAL] =
		"SELECT owed.message FROM message JOIN owed ON owed.message = message.row"
		" WHERE message.message_id = ?1 AND message.partner = ?2 AND message.direction = 1"
		" AND message.state = 7 AND owed.state IN (0, 1, 2) LIMIT 1",
	[SQL_SENT_DIGEST] = "SELECT sealed_digest FROM message WHERE row = ?1",
	[SQL_OWED_DUE] =
		"SELECT owed.message, owed.attempts, owed.deadline_ns, owed.headers, message.receipt_type,"
		" message.sealed_digest"
		" FROM owed JOIN message ON message.row = owed.message WHERE owed.state IN (0, 2)"
		" AND owed.partner = ?1 AND owed.area = ?2 AND owed.next_ns <= ?3 ORDER BY owed.next_ns LIMIT 1",
	[SQL_OWED_SENDING] =
		"UPDATE owed SET state = 1, attempts = attempts + 1 WHERE message = ?1",
	[SQL_OWED_STATE] = "SELECT state FROM owed WHERE message = ?1",
	[SQL_OWED_DEFER] = "UPDATE owed SET state = 2, next_ns = ?2 WHERE message = ?1",
	[SQL_OWED_END] = "UPDATE owed SET state = ?2 WHERE message = ?1",
	[SQL_OWED_OVERDUE] =
		"SELECT message FROM owed WHERE state IN (0, 1, 2) AND deadline_ns <= ?1 ORDER BY deadline_ns LIMIT 1",
	[SQL_OWED_COUNTS] =
		"SELECT area, state, count(*), min(created_ns) FROM owed WHERE state != 3 GROUP BY area, state",
	[SQL_EXAMINE_ADD] =
		"INSERT OR IGNORE INTO examination(message, partner, state, attempts, next_ns, due_ns, number, numbers)"
		" VALUES(?1, ?2, 0, 0, 0, ?3, 0, 0)",
	[SQL_EXAMINE_COUNT] = "SELECT count(*) FROM examination",
	/*
	 * One of a partner at a time, in their order: an answer is to find what it answers.  It
	 * passes none that is deferred and waits for one.  Documents of our types are no answers,
	 * but copies of them build on one another: they pass no deferred one of our types.
	 */
	[SQL_EXAMINE_NEXT] =
		"SELECT message, attempts, due_ns, number, numbers FROM examination AS e WHERE state = 0 AND next_ns <= ?1"
		" AND NOT EXISTS(SELECT 1 FROM examination AS b WHERE b.partner = e.partner AND b.state = 1)"
		" AND NOT EXISTS(SELECT 1 FROM examination AS b WHERE b.partner = e.partner AND b.state = 0"
		" AND b.message < e.message AND b.next_ns > ?1 AND CASE"
		" (SELECT media_type FROM message WHERE row = e.message)"
		" WHEN CAST('application/json' AS BLOB) THEN"
		" (SELECT media_type FROM message WHERE row = b.message)"
		" = CAST('application/json' AS BLOB)"
		" ELSE b.due_ns > 0 END)"
		" ORDER BY message LIMIT 1",
	[SQL_EXAMINE_TAKE] =
		"UPDATE examination SET state = 1, attempts = attempts + 1, number = ?2, numbers = ?3 WHERE message = ?1",
	[SQL_EXAMINE_NUMBERS] =
		"UPDATE examination SET state = 0, attempts = 0, number = 0, numbers = ?2 WHERE message = ?1",
	[SQL_EXAMINE_AGAIN] =
		"UPDATE examination SET state = 0, attempts = 0, next_ns = ?2 WHERE message = ?1",
	[SQL_EXAMINE_LOST] =
		"UPDATE examination SET state = 0, next_ns = iif(attempts = ?2, ?3, next_ns) WHERE message = ?1",
	/* Who was asked may have been ending, too: what it put off need not wait. */
	[SQL_EXAMINE_ALL_AGAIN] = "UPDATE examination SET state = 0, next_ns = iif(attempts = ?1, ?2, 0)"
				  " WHERE state = 1 OR next_ns > 0",
	[SQL_EXAMINE_END] = "DELETE FROM examination WHERE message = ?1",
	[SQL_NUMBERS_TAKE] =
		"UPDATE counter SET value = value + ?1 WHERE name = 'x12' RETURNING value - ?1",
	[SQL_COPY] =
		"SELECT e.detail, m.partner, m.message_id, m.state, m.fault_code FROM event AS e"
		" JOIN message AS m ON m.row = e.message WHERE e.message = ?1 AND e.what = 'copy-of'",
	[SQL_COPY_ORIGIN] =
		"SELECT row FROM (SELECT row FROM message WHERE message_id = ?1 AND partner = ?2 AND direction = 0"
		" UNION ALL SELECT row FROM message WHERE direction = 1 AND state = 6 AND message_id = ?1 AND partner = ?2)"
		" WHERE EXISTS(SELECT 1 FROM event WHERE message = row AND what = 'copied' AND detail = ?3)",
	[SQL_COPYING_CLEAR] = "DELETE FROM temp.copying",
	[SQL_COPYING_ALL] =
		"SELECT m.row, m.partner, m.message_id, m.area, m.state = 2, e.detail"
		" FROM message AS m JOIN event AS e ON e.message = m.row AND e.what = 'copy-of'"
		" WHERE m.direction = 0 AND m.state IN (0, 1, 2, 8) ORDER BY m.row",
	[SQL_COPYING_ADD] = "INSERT OR IGNORE INTO temp.copying VALUES(?1, ?2, ?3, ?4)",
	/* Those before it in its area went before it. */
	[SQL_COPYING_LAST] =
		"SELECT message FROM temp.copying WHERE partner = ?1 AND origin = ?2 AND area = ?3"
		" ORDER BY message DESC LIMIT 1",
	[SQL_ORDER_CLEAR] = "DELETE FROM temp.goes_after",
	[SQL_ORDER_ADD] = "INSERT OR IGNORE INTO temp.goes_after VALUES(?1, ?2)",
	[SQL_ORDER_HOLD] =
		"UPDATE message SET next_ns = ?2, fault_code = ?3, fault_text = ?4 WHERE row = ?1 AND state = 2",
	[SQL_ORDER_FIRSTS] =
		"WITH RECURSIVE " FIRSTS("?1", "?2") " SELECT row FROM firsts",
	[SQL_ORDER_HURRY] =
		"UPDATE message SET next_ns = max(?2, " ASKED ") WHERE row = ?1 AND state = 2 AND area > ?3"
		" AND next_ns > max(?2, " ASKED ") AND " OF_A_FAILURE,
	[SQL_ORDER_ASKED] = "INSERT OR REPLACE INTO temp.asked VALUES(?1, ?2)",
	/* Of before a start nobody knows what was asked for: those are what servers ask with. */
	[SQL_ORDER_ASKED_LOAD] =
		"INSERT OR IGNORE INTO temp.asked SELECT row, next_ns FROM message WHERE state IN (2, 8) AND state = 2"
		" AND fault_code = CAST('courier.http' AS BLOB)",
	/* Of those only that somebody waits for.  ?5: it was slow to fail, so no probe for ?6. */
	[SQL_ORDER_TRIED] =
		"INSERT INTO temp.tried SELECT ?1, ?2, ?3, ?4 > ?2, CASE WHEN ?5 THEN ?2 + ?6 ELSE 0 END, 0"
		" WHERE EXISTS(SELECT 1 FROM temp.goes_after WHERE first = ?1)"
		" ON CONFLICT(message) DO UPDATE SET passed = passed OR ?4 > ended_ns, ended_ns = ?3,"
		" probe_ns = CASE WHEN ?5 THEN max(probe_ns, first_ns + ?6) ELSE probe_ns END",
	[SQL_ORDER_TRIED_CLEAR] = "DELETE FROM temp.tried",
	/*
	 * Of message ?1 and those that go first and wait for none themselves, all of ?2: how many
	 * keep it waiting.  One does not that is asked to come after ?3; nor one on its way since
	 * before ?4, or ready since before ?5, when the partner took others.
	 */
	[SQL_ORDER_TURN] =
		"WITH RECURSIVE " FIRSTS("?1", "?2")
		" SELECT w.created_ns, w.deadline_ns, ifnull((SELECT may_go FROM temp.held WHERE held.message = w.row), 0),"
		" count(*), total(" IS_ROOT("t.row") "), total(" IS_ROOT("t.row") " AND NOT ifnull(d.passed, 0) AND CASE t.state"
		" WHEN 2 THEN ifnull(a.until_ns, 0) <= ?3 WHEN 0 THEN t.created_ns >= ?5 WHEN 1 THEN"
		" (SELECT ifnull(max(e.at_ns), 0) FROM event AS e WHERE e.message = t.row AND e.what IN ('attempt', 'sent')) >= ?4 ELSE 0 END)"
		" FROM message AS w CROSS JOIN firsts CROSS JOIN message AS t ON t.row = firsts.row"
		" LEFT JOIN temp.tried AS d ON d.message = t.row LEFT JOIN temp.asked AS a ON a.message = t.row WHERE w.row = ?1",
	[SQL_ORDER_HELD] = "INSERT OR IGNORE INTO temp.held VALUES(?1, 0)",
	[SQL_ORDER_HELD_CLEAR] = "DELETE FROM temp.held",
	[SQL_ORDER_HELD_END] = "DELETE FROM temp.held WHERE message = ?1",
	/* As if something that they wait for had come: see freed_go(). */
	[SQL_ORDER_TRY] =
		"WITH RECURSIVE " FIRSTS("?1", "?2")
		" INSERT OR IGNORE INTO temp.freed SELECT t.row, 0 FROM firsts CROSS JOIN message AS t ON t.row = firsts.row"
		" LEFT JOIN temp.tried AS d ON d.message = t.row WHERE t.state = 2 AND t.next_ns > ?3 AND t." OF_A_FAILURE
		" AND ifnull(d.probe_ns, 0) <= ?3 AND " IS_ROOT("t.row"),
	[SQL_ORDER_TRIED_SO] = "SELECT passed, probe_ns <= ?2 FROM temp.tried WHERE message = ?1",
	/* Another one each time, the most urgent first. */
	[SQL_ORDER_PROBE] =
		"WITH RECURSIVE " WAITS("?1", "?2")
		" UPDATE temp.held SET may_go = 1 WHERE message = (SELECT m.row FROM waits CROSS JOIN temp.held AS h ON h.message = waits.row"
		" CROSS JOIN message AS m ON m.row = waits.row WHERE m.state = 2 ORDER BY m.attempts, m.area, m.deadline_ns, m.row LIMIT 1)"
		" RETURNING message",
	/* The next after as long again, within bounds. */
	[SQL_ORDER_PROBED] =
		"UPDATE temp.tried SET probe_ns = ?2 + min(max(?2 - first_ns, ?3), ?4), probe = ?5 WHERE message = ?1",
	[SQL_ORDER_WAKE] =
		"UPDATE message SET next_ns = ?3 WHERE state = 2 AND row IN (WITH RECURSIVE " WAITS("?1", "?2")
		" SELECT waits.row FROM waits CROSS JOIN temp.held AS h ON h.message = waits.row)",
	[SQL_ORDER_LATER] = "UPDATE message SET next_ns = ?2 WHERE row = ?1 AND state = 2",
	[SQL_ORDER_FREED] = "SELECT 1 FROM temp.freed LIMIT 1",
	[SQL_ORDER_FREED_CLEAR] = "DELETE FROM temp.freed",
	[SQL_ORDER_FREED_TAKE] =
		"DELETE FROM temp.freed WHERE message = (SELECT min(message) FROM temp.freed) RETURNING message, first,"
		" EXISTS(SELECT 1 FROM temp.goes_after AS g WHERE g.message = freed.message)",
	[SQL_ORDER_GO] =
		"UPDATE message SET next_ns = ?2, fault_code = x'', fault_text = x'' WHERE row = ?1 AND state = 2",
	[SQL_ORDER_AGAIN] =
		"UPDATE message SET next_ns = max(?2, " ASKED ") WHERE row = ?1 AND state = 2"
		" AND next_ns > max(?2, " ASKED ") AND " OF_A_FAILURE,
	[SQL_ORDER_AREA] =
		"WITH RECURSIVE " WAITS("?1", "?2")
		" SELECT min(m.area) FROM waits JOIN message AS m ON m.row = waits.row",
	[SQL_ORDER_LOAD] =
		"INSERT OR IGNORE INTO temp.goes_after SELECT m.row, t.row FROM message AS m"
		" JOIN event AS e ON e.message = m.row AND e.what = 'waits' AND substr(e.detail, 1, 4) = CAST('for ' AS BLOB)"
		" JOIN message AS t ON t.message_id = substr(e.detail, 5) AND t.partner = m.partner AND t.direction = 0"
		" WHERE m.state IN (2, 8) AND m.state = 2 AND t.state IN (0, 1, 2, 8) AND t.row < m.row",
	[SQL_ORDER_LOAD_FREED] =
		"INSERT OR IGNORE INTO temp.freed SELECT row, 0 FROM message WHERE state IN (2, 8) AND state = 2"
		" AND fault_code IN (?1, ?2) AND NOT EXISTS(SELECT 1 FROM temp.goes_after AS g WHERE g.message = row)",
	[SQL_UNREACHED_CLEAR] = "DELETE FROM temp.unreached",
	/* Whether an answer asked for a pause the code does not say; these are of no answer. */
	[SQL_UNREACHED_LOAD] =
		"INSERT INTO temp.unreached SELECT row, 0, partner, area, deadline_ns FROM message"
		" WHERE state IN (2, 8) AND state = 2 AND fault_code IN (CAST('courier.connect' AS BLOB), CAST('courier.resolve' AS BLOB),"
		" CAST('courier.timeout' AS BLOB), CAST('courier.tls' AS BLOB), CAST('courier.connection' AS BLOB))"
		" AND NOT EXISTS(SELECT 1 FROM temp.goes_after AS g WHERE g.message = row)",
	[SQL_UNREACHED_ADD] =
		"INSERT OR REPLACE INTO temp.unreached SELECT row, 0, partner, area, deadline_ns FROM message"
		" WHERE row = ?1 AND direction = 0 AND state = 2"
		" AND NOT EXISTS(SELECT 1 FROM temp.goes_after AS g WHERE g.message = ?1)"
		" UNION ALL SELECT message, 1, partner, area, deadline_ns FROM owed WHERE message = ?1 AND state = 2",
	[SQL_UNREACHED_FIRST] =
		"SELECT deadline_ns, message FROM temp.unreached WHERE partner = ?1 AND area = ?2 AND owed = ?3"
		" ORDER BY deadline_ns, message LIMIT 1",
	[SQL_READY_FIRST] =
		"SELECT deadline_ns, row FROM message WHERE state = 0 AND partner = ?1 AND area = ?2"
		" ORDER BY deadline_ns, row LIMIT 1",
	[SQL_OWED_NOW] = "UPDATE owed SET next_ns = ?2 WHERE message = ?1 AND state = 2",
	[SQL_FINDINGS_DROP] = "DELETE FROM event WHERE message = ?1 AND what = 'document-finding'",
	[SQL_FINDING_ADD] =
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail)"
		" SELECT ?1, (SELECT ifnull(max(number), 0) + 1 FROM event WHERE message = ?1), ?2, 'document-finding', ?3, ?4"
		" WHERE (SELECT count(*) FROM event WHERE message = ?1 AND what = 'document-finding') < ?5",
	[SQL_FINDING_NEXT] =
		"SELECT number, at_ns, fault_code, detail FROM event WHERE message = ?1 AND number > ?2 AND place = 0"
		" ORDER BY number LIMIT 1",
	[SQL_FINDING_CHAIN] =
		"UPDATE event SET place = ?3, hash = ?4 WHERE message = ?1 AND number = ?2",
	[SQL_SETS_DROP] = "DELETE FROM x12_set WHERE message = ?1",
	[SQL_SET_ADD] =
		"INSERT INTO x12_set(message, ordinal, partner, interchange, group_id, group_number, set_id, set_number,"
		" reference, sender, receiver, stamp, acknowledged, applied) VALUES(?1, (SELECT ifnull(max(ordinal), 0) + 1 FROM x12_set WHERE message = ?1),"
		" ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0)",
	[SQL_DUE_ADD] = "INSERT OR REPLACE INTO x12_due(message, due_ns) VALUES(?1, ?2)",
	[SQL_DUE_OF] = "SELECT due_ns FROM x12_due WHERE message = ?1",
	[SQL_DUE_END] = "DELETE FROM x12_due WHERE message = ?1",
	/*
	 * Only what was delivered waits, from then on: the rest has troubles of its own.  Of
	 * what is still looked into nobody knows yet what is in it.
	 */
	[SQL_DUE_NEXT] =
		"SELECT x12_due.message FROM x12_due JOIN message ON message.row = x12_due.message"
		" WHERE due_ns <= ?1 AND state = 3 AND due_ns + max(0, settled_ns - created_ns) <= ?1"
		" AND NOT EXISTS(SELECT 1 FROM examination WHERE message = x12_due.message)"
		" ORDER BY due_ns LIMIT 1",
	[SQL_OUTCOME_OF_INTERCHANGE] =
		OUTCOME("x12_set_interchange", "partner = ?3 AND interchange = ?4 AND " IS("sender", "?5")
			" AND " IS("receiver", "?6") " AND " IS("stamp", "?7")),
	[SQL_OUTCOME_OF_GROUP] =
		"UPDATE x12_set INDEXED BY x12_set_group SET acknowledged = max(acknowledged, ?1), applied = max(applied, ?2),"
		" answer = ?6, answer_group = ?7 WHERE " ANSWERED_GROUP " AND (message, interchange) ="
		" (SELECT message, interchange FROM x12_set INDEXED BY x12_set_group WHERE " ANSWERED_GROUP
		" AND message = " MEANT("x12_set_group", ANSWERED_GROUP) OF_ANSWER("?6", "?7", "?8", "?9") ") RETURNING message",
	[SQL_OUTCOME_OF_SET] =
		"UPDATE x12_set SET acknowledged = max(acknowledged, ?1), applied = max(applied, ?2),"
		" answer = ?6, answer_group = ?7 WHERE (message, ordinal) ="
		" (SELECT message, ordinal FROM x12_set INDEXED BY x12_set_number WHERE " ANSWERED_SET
		" AND message = " MEANT("x12_set_number", ANSWERED_SET) OF_ANSWER("?6", "?7", "?8", "?9") ") RETURNING message",
	[SQL_VERDICT_EVENTS] =
		"SELECT count(*) FROM event WHERE message = ?1 AND what IN ('x12-told', 'x12-taken', 'x12-accepted',"
		" 'x12-rejected', 'x12-applied', 'x12-not-applied')",
	[SQL_GROUP_SENT] =
		"SELECT count(*), ifnull(sum(acknowledged = 3), 0) FROM x12_set INDEXED BY x12_set_group WHERE " SENT_GROUP
		" AND (message, interchange) = (SELECT message, interchange FROM x12_set INDEXED BY x12_set_group WHERE " SENT_GROUP
		" AND message = " MEANT("x12_set_group", SENT_GROUP) OF_ANSWER("?4", "?5", "?6", "?7") ")",
	[SQL_OUTCOME_OF_NUMBER] =
		OUTCOME("x12_set_number", "partner = ?3 AND group_number = ?4 AND group_number <> x''"
					  " AND (?5 = x'' OR group_id = ?5) AND set_number = ?6"
					  " AND (?7 = x'' OR set_id = ?7)"),
	[SQL_OUTCOME_OF_REFERENCE] =
		OUTCOME("x12_set_reference", "partner = ?3 AND reference = ?4 AND reference <> x''"
					     " AND (?5 = x'' OR set_id = ?5)"),
	[SQL_OUTCOME_OF_BOTH] =
		OUTCOME("x12_set_reference", "partner = ?3 AND reference = ?4 AND reference <> x''"
					     " AND (?5 = x'' OR set_id = ?5)"
					     " AND group_number = ?6 AND set_number = ?7"),
	/* Its message; numbers, of types ?6, come again with each revision: the last is meant. */
	[SQL_OUTCOME_OF_DOCUMENT] =
		"SELECT m.row FROM (SELECT number, message, voided_ns FROM register_statement WHERE document = ?4"
		" AND ?4 <> x'' AND partner = ?3 AND direction = 0 UNION ALL"
		" SELECT number, message, voided_ns FROM register_statement WHERE key = ?5 AND key <> x'' AND type IN (12, 13)"
		" AND (?6 >> type) & 1 AND partner = ?3 AND direction = 0) AS d"
		" JOIN message AS m ON m.row = d.message AND m.direction = 0 ORDER BY d.voided_ns <> 0, d.number DESC LIMIT 1",
	/* The last first: what is answered in order has its last one open for longest. */
	[SQL_SETS_OPEN] =
		"SELECT 1 FROM x12_set WHERE message = ?1 AND acknowledged = 0 ORDER BY ordinal DESC LIMIT 1",
	/* A fault of what is not settled is why it waits. */
	[SQL_FLAG_OF] = "SELECT partner, fault_code FROM message WHERE row = ?1 AND state IN (3, 6)",
	[SQL_FLAG] = "UPDATE message SET fault_code = ?2, fault_text = ?3 WHERE row = ?1",
	[SQL_FLAG_WAITING] =
		"SELECT fault_code, detail FROM event WHERE message = ?1"
		" AND (" FLAGGED " OR what = 'x12-rejected' OR what = 'x12-not-applied') ORDER BY " FLAGGED ", number LIMIT 1",
	[SQL_STANDING_KEPT] =
		"SELECT issued_ns, next_ns, outcome, bytes = ?3, ?4 <> x'' AND substr(counted, 1, 32) = ?4"
		" AND counted > ?5 FROM standing WHERE kind = ?1 AND key = ?2",
	[SQL_STANDING_KEEP] =
		"INSERT OR REPLACE INTO standing(kind, key, issued_ns, next_ns, fetched_ns, outcome, signed_by, bytes, counted)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_STANDING_DROP] = "DELETE FROM standing WHERE kind = ?1 AND key = ?2",
	[SQL_STANDINGS] =
		"SELECT kind, key, issued_ns, next_ns, fetched_ns, outcome, signed_by, bytes FROM standing"
		" INDEXED BY standing_size"
		" ORDER BY length(bytes), kind, key",
	[SQL_REGISTER_BOOK] =
		"SELECT * FROM (SELECT number, type, action, base, basis, resources, at_once, said_ns, from_ns, until_ns,"
		" counted, counted_from, counted_until, type = 2 AND kind = CAST('conditions' AS BLOB), " QUANTITIES
		" FROM register_statement WHERE aggregation = ?1 AND partner = ?2 AND test = ?3 AND type <= 2"
		" AND voided_ns = 0 ORDER BY number DESC LIMIT ?4) ORDER BY number",
	/* A change that is not in force before it is decided is no chapter of theirs. */
	[SQL_REGISTER_BUILDS] =
		"SELECT m.row FROM (SELECT message, type, at_once FROM register_statement WHERE aggregation = ?1 AND partner = ?2"
		" AND test = ?3 AND type <= 2 AND voided_ns = 0 ORDER BY number DESC LIMIT ?5) AS d"
		" JOIN message AS m ON m.row = d.message WHERE (?4 OR d.type <> 1 OR d.at_once) AND " UNDER_WAY,
	/* The first of ours that was under way at ?4, or came later, as far as we know. */
	[SQL_REGISTER_UNHEARD] =
		"SELECT ifnull(min(d.number), 0) FROM (SELECT number, message, type FROM register_statement WHERE aggregation = ?1 AND partner = ?2"
		" AND test = ?3 AND type <= 2 AND voided_ns = 0 ORDER BY number DESC LIMIT ?5) AS d"
		" JOIN message AS m ON m.row = d.message WHERE d.type = 2 AND m.direction = 0 AND (m.state IN (0, 1, 2, 8) OR m.settled_ns > ?4)",
	[SQL_REGISTER_ROLL] = ROLL("premise, feeder, der_kind, consent, program", QUANTITIES),
	[SQL_REGISTER_ROLL_INNER] = ROLL("premise, feeder, der_kind, consent, program", QUANTITIES),
	[SQL_REGISTER_ROLL_ABLE] = ROLL("NULL, feeder, NULL, NULL, NULL",
		"export_kw, import_kw, up_kw, NULL, NULL, NULL, energy_kwh"),
	[SQL_REGISTER_IS_REJECTED] =
		"SELECT 1 FROM register_rejected WHERE statement = ?1 AND resource = ?2",
	[SQL_REGISTER_DOCUMENT] =
		FOUND " WHERE document = ?1 AND partner = ?2 AND test = ?3 AND voided_ns = 0"
		" ORDER BY number DESC LIMIT 1",
	[SQL_REGISTER_KEY] =
		FOUND " WHERE key = ?1 AND key <> x'' AND partner = ?2 AND test = ?3 AND type = ?5 AND direction = ?6"
		" AND voided_ns = 0 ORDER BY sequence DESC, number DESC LIMIT 1",
	[SQL_REGISTER_HASHES] =
		"SELECT h.list, s.aggregation, s.partner, h.kind, h.hashes FROM register_hashes AS h CROSS"
		" JOIN register_statement AS s ON s.number = h.list"
		" WHERE s.voided_ns = 0 AND s.test = ?1 AND (?2 < 0 OR s.direction = ?2) ORDER BY h.list",
	[SQL_REGISTER_HASHES_OF] =
		"SELECT hashes FROM register_hashes WHERE list = ?1 AND kind = ?2",
	[SQL_REGISTER_HASHES_PUT] =
		"INSERT OR REPLACE INTO register_hashes(list, kind, hashes) VALUES(?1, ?2, ?3)",
	[SQL_REGISTER_ADDED] =
		"SELECT a.list, s.aggregation, s.partner FROM register_added AS a"
		" JOIN register_statement AS s ON s.number = a.list"
		" WHERE a.hash = ?1 AND a.kind = ?2 AND s.voided_ns = 0 AND s.test = ?3 AND (?4 < 0 OR s.direction = ?4)",
	[SQL_REGISTER_ADDED_PUT] =
		"INSERT OR IGNORE INTO register_added(hash, kind, list) VALUES(?1, ?2, ?3)",
	[SQL_REGISTER_FEEDER_BASES] =
		"SELECT g.base, s.aggregation FROM register_feeder AS g JOIN register_statement AS s ON s.number = g.base"
		" WHERE g.feeder = ?1 AND g.partner = ?2 AND g.test = ?3 AND s.voided_ns = 0 ORDER BY g.base DESC LIMIT ?4",
	[SQL_REGISTER_FEEDER_BASE] =
		"SELECT 1 FROM register_feeder WHERE feeder = ?1 AND partner = ?2 AND test = ?3 AND base = ?4",
	/* Those that were ever on it, then, behind so many rows, that there are more. */
	[SQL_REGISTER_ON_FEEDER] =
		"SELECT resource, 0 FROM (SELECT resource, feeder FROM register_resource WHERE base = ?1 ORDER BY resource, statement LIMIT ?3)"
		" WHERE feeder = ?2 UNION ALL"
		" SELECT x'', 1 FROM (SELECT 1 FROM register_resource WHERE base = ?1 LIMIT 1 OFFSET ?3)",
	[SQL_REGISTER_AMOUNTS] =
		/*
		 * What cancels asks for nothing; a credit note gives back, whatever its sign, of an
		 * invoice that is there.  An invoice that is gone and was paid is not gone.  (A
		 * parameter that may be what a partial index has is compiled anew each time: +.)
		 */
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT CASE WHEN " IS_CREDIT("d") " AND k.amount > 0 THEN -k.amount ELSE k.amount END,"
		" CASE WHEN " IS_CREDIT("d") " AND k.energy > 0 THEN -k.energy ELSE k.energy END"
		" FROM family CROSS JOIN register_link AS k ON k.target = family.number"
		" JOIN register_statement AS d ON d.number = k.statement"
		" WHERE +d.type = ?2 AND d.number <> ?3 AND d.voided_ns = 0 AND NOT " IS_CANCEL("d")
		" AND (" STATE " NOT IN (4, 5, 7) OR (d.type = 12 AND NOT " IS_CREDIT("d") " AND " STATE " <> 7 AND " IS_PAID("d.number") "))"
		" AND (NOT " IS_CREDIT("d") " OR EXISTS(SELECT 1 FROM register_link AS c JOIN register_statement AS v ON v.number = c.target"
		" WHERE c.statement = d.number AND v.type = 12 AND NOT " IS_CREDIT("v") " AND " IS_THERE("c.target") "))",
	/* For an invoice, and by taking off what is credited of it. */
	[SQL_REGISTER_PAID] =
		"WITH RECURSIVE " FAMILY("family", "?1") ", credit(number) AS (SELECT l.statement FROM family"
		" CROSS JOIN register_link AS l ON l.target = family.number JOIN register_statement AS s ON s.number = l.statement"
		" WHERE s.type = 12 AND " IS_CREDIT("s") " AND l.statement NOT IN (SELECT number FROM family)),"
		" due(number, credits) AS (SELECT number, 0 FROM family UNION ALL SELECT number, 1 FROM credit)"
		" SELECT k.amount, due.credits, due.number FROM due CROSS JOIN register_link AS k ON k.target = due.number"
		" JOIN register_statement AS d ON d.number = k.statement WHERE d.number <> ?2 AND " PAYS,
	[SQL_REGISTER_CREDITS] =
		"WITH RECURSIVE " FAMILY("family", "?1") " SELECT DISTINCT s.key FROM family"
		" CROSS JOIN register_link AS l ON l.target = family.number JOIN register_statement AS s ON s.number = l.statement"
		" WHERE s.type = 12 AND s.voided_ns = 0 AND s.key <> x'' AND " IS_CREDIT("s"),
	/* Of an award, in an invoice and what is credited of that. */
	[SQL_REGISTER_BILLED_OF] =
		"WITH RECURSIVE " FAMILY("award", "?1") ", " FAMILY("invoice", "?2")
		" SELECT k.amount, k.energy, " IS_CREDIT("d") " FROM award CROSS JOIN register_link AS k ON k.target = award.number"
		" JOIN register_statement AS d ON d.number = k.statement WHERE d.type = 12 AND d.voided_ns = 0 AND d.number <> ?3"
		" AND NOT " IS_CANCEL("d") " AND " STATE " NOT IN (4, 5, 7) AND (d.number IN (SELECT number FROM invoice) OR EXISTS(SELECT 1 FROM register_link AS c"
		" WHERE c.statement = d.number AND c.target IN (SELECT number FROM invoice)))",
	[SQL_REGISTER_REVISIONS] =
		"WITH RECURSIVE " FAMILY("family", "?1") " SELECT count(*) FROM family",
	[SQL_REGISTER_FOLLOWS] =
		"SELECT 1 FROM register_link WHERE target = ?2 AND statement = ?1",
	/* Of types ?2; of an award also what follows its dispatches.  What is paid is agreed. */
	[SQL_REGISTER_BUILT_ON] =
		"SELECT d.type, CASE WHEN d.type = 12 AND " IS_PAID("d.number") " THEN 3 ELSE " STATE " END, d.action, d.document, d.last_ns"
		" FROM (SELECT l.statement AS number FROM register_link AS l WHERE l.target = ?1 UNION ALL SELECT r.statement"
		" FROM register_link AS l CROSS JOIN register_statement AS x ON x.number = l.statement CROSS JOIN register_link AS r"
		" ON r.target = x.number WHERE l.target = ?1 AND x.type = 7 AND x.voided_ns = 0) AS n"
		" CROSS JOIN register_statement AS d ON d.number = n.number WHERE d.voided_ns = 0 AND (?2 >> d.type) & 1"
		" AND NOT (d.type = 12 AND " IS_CANCEL("d") ")",
	/* Who opened a dispute, what it is about, whether ?4 is that, or of its family. */
	[SQL_REGISTER_OPENED] =
		"SELECT d.direction, ifnull(t.document, x''), t.number IS NULL OR EXISTS(WITH RECURSIVE " FAMILY("kin", "t.number")
		" SELECT 1 FROM kin WHERE number = ?4) FROM register_statement AS d"
		" LEFT JOIN register_link AS l ON l.statement = d.number AND l.makes <> 7"
		" LEFT JOIN register_statement AS t ON t.number = l.target"
		" WHERE d.key = ?1 AND d.key <> x'' AND d.type = 15 AND d.partner = ?2 AND d.test = ?3 AND d.sequence IS NULL"
		" AND d.voided_ns = 0 AND d.action = CAST('opened' AS BLOB) AND NOT EXISTS(SELECT 1 FROM register_link AS o"
		" INDEXED BY register_link_makes JOIN register_statement AS u ON u.number = o.statement WHERE o.target = d.number"
		" AND o.makes = 7 AND o.makes <> 0 AND u.voided_ns = 0) ORDER BY d.number LIMIT 1",
	/* A dispute was opened of it, or of another one of its family. */
	[SQL_REGISTER_DISPUTED] =
		"WITH RECURSIVE " FAMILY("family", "?1") " SELECT 1 FROM family CROSS JOIN register_link AS k ON k.target = family.number"
		" JOIN register_statement AS s ON s.number = k.statement WHERE s.type = 15 AND s.voided_ns = 0 LIMIT 1",
	/*
	 * A dispute of something that statement ?1 is made of: what its lines name and any revision
	 * of it, performance of its dispatches, invoices it covers.  Opened by ?2, and not over
	 * ?3 ns before the statement was said, which would have taken into account what came of it.
	 */
	[SQL_REGISTER_PART_DISPUTED] =
		"WITH RECURSIVE part(number) AS (SELECT l.target FROM register_link AS l JOIN register_statement AS t"
		" ON t.number = l.target WHERE l.statement = ?1 AND t.type IN (6, 7, 12)), " RELATIVES("kin", "number FROM part")
		"), about(number) AS (SELECT number FROM kin UNION ALL SELECT k.statement FROM kin"
		" CROSS JOIN register_statement AS t ON t.number = kin.number CROSS JOIN register_link AS k ON k.target = kin.number"
		" CROSS JOIN register_statement AS p ON p.number = k.statement WHERE t.type = 7 AND p.type = 11)"
		" SELECT 1 FROM about CROSS JOIN register_link AS k ON k.target = about.number"
		" CROSS JOIN register_statement AS s ON s.number = k.statement WHERE s.type = 15 AND s.voided_ns = 0 AND s.said_ns <= ?2"
		" AND NOT EXISTS(SELECT 1 FROM register_statement AS d WHERE d.key = s.key AND d.key <> x'' AND d.type = 15"
		" AND d.partner = s.partner AND d.test = s.test AND d.voided_ns = 0 AND " STATE " = 6"
		" AND d.said_ns < (SELECT said_ns - ?3 FROM register_statement WHERE number = ?1)) LIMIT 1",
	/* Each side may have measured: the more counts. */
	[SQL_REGISTER_MEASURED] =
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT max(kwh) FROM (SELECT sum(min(max(d.energy_kwh, 0), 1000000000000000)) AS kwh FROM family"
		" CROSS JOIN register_link AS k ON k.target = family.number"
		" JOIN register_statement AS d ON d.number = k.statement WHERE d.type = 11 AND d.voided_ns = 0"
		" AND " STATE " IN (1, 3, 6) GROUP BY d.direction)",
	[SQL_REGISTER_MEASURED_KVAR] =
		/*
		 * Meters count in times of their own: of an interval of the award it is as much
		 * of what was delivered as the part of its time is.  Those of one award do not
		 * overlap: from the last that began before on.
		 */
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT CAST(round(max(kvar)) AS INTEGER) FROM (SELECT sum(1.0 * min(i.kvar, 1000000000000000)"
		" * (min(i.end_ns, a.end_ns) - max(i.start_ns, a.start_ns)) / (a.end_ns - a.start_ns)) AS kvar FROM family"
		" CROSS JOIN register_link AS k ON k.target = family.number"
		" CROSS JOIN register_statement AS d ON d.number = k.statement"
		" CROSS JOIN register_interval AS i ON i.statement = d.number"
		" CROSS JOIN register_interval AS a ON a.statement = family.number AND a.start_ns < i.end_ns"
		" AND a.end_ns > i.start_ns AND a.start_ns >= ifnull((SELECT b.start_ns FROM register_interval AS b"
		" WHERE b.statement = family.number AND b.start_ns <= i.start_ns ORDER BY b.start_ns DESC LIMIT 1), 0)"
		" WHERE d.type = 11 AND d.voided_ns = 0 AND " STATE " IN (1, 3, 6) AND i.kvar IS NOT NULL GROUP BY d.direction)",
	[SQL_REGISTER_MEASURED_THEN] =
		/* Those of one performance do not overlap: the last before the end decides. */
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT d.document FROM family CROSS JOIN register_link AS k ON k.target = family.number"
		" JOIN register_statement AS d ON d.number = k.statement"
		" WHERE d.type = 11 AND d.direction = ?2 AND d.voided_ns = 0 AND d.number <> ?5 AND " STATE " IN (1, 3, 6)"
		" AND (SELECT i.end_ns FROM register_interval AS i WHERE i.statement = d.number AND i.start_ns < ?4"
		" ORDER BY i.start_ns DESC LIMIT 1) > ?3 LIMIT 1",
	[SQL_REGISTER_PAYEE] =
		"SELECT payee FROM register_statement AS d WHERE payee <> x'' AND partner = ?1 AND test = ?2 AND direction = ?3"
		" AND voided_ns = 0 ORDER BY number DESC LIMIT 1",
	[SQL_REGISTER_PAYEE_OF] = "SELECT payee FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_PAYEE_THEN] = THEN_OR_FIRST("payee", "payee <> x''"),
	[SQL_REGISTER_ACCOUNT_THEN] =
		THEN_OR_FIRST("name", "payee = ?5 AND payee <> x'' AND name <> x''"),
	/* Of the invoices of somebody the last thousand are looked at. */
	[SQL_REGISTER_ACCOUNT] =
		"SELECT name FROM (SELECT number, name, payee FROM register_statement WHERE payee <> x'' AND partner = ?1"
		" AND test = ?2 AND direction = ?3 AND voided_ns = 0 ORDER BY number DESC LIMIT 1000)"
		" WHERE payee = ?4 ORDER BY name <> x'' DESC, number DESC LIMIT 1",
	[SQL_REGISTER_BILLED] =
		"SELECT d.key FROM (SELECT number, type, key, sense, state, action, from_ns, until_ns, amount FROM register_statement"
		" WHERE payee <> x'' AND partner = ?1 AND test = ?2 AND direction = ?3 AND voided_ns = 0"
		" ORDER BY number DESC LIMIT 1000) AS d WHERE d.sense = ?4 AND d.from_ns = ?5 AND d.until_ns = ?6 AND d.key <> ?7"
		" AND ifnull(d.amount, 0) = ?8 AND d.number <> ?9"
		" AND d.action IN (CAST('original' AS BLOB), CAST('corrected' AS BLOB)) AND " STATE " IN (1, 3, 6) LIMIT 1",
	[SQL_REGISTER_TOTALS] =
		"SELECT sum(min(kw, 1000000000000000)), sum(min(kvar, 1000000000000000)) FROM register_interval"
		" WHERE statement = ?1 AND end_ns <= ?2",
	[SQL_REGISTER_ABLE] = "SELECT " QUANTITIES " FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_PRICES] =
		"SELECT DISTINCT price FROM register_interval WHERE statement = ?1 AND price IS NOT NULL ORDER BY price",
	/* A revision may leave out what is over. */
	[SQL_REGISTER_PERIOD] =
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT min(start_ns), max(end_ns), max(start_ns < ?3 AND end_ns > ?2) FROM family"
		" CROSS JOIN register_interval AS i ON i.statement = family.number HAVING count(*) > 0",
	/* Those of one document do not overlap: of what began before the time, the last counts. */
	[SQL_REGISTER_COVER] =
		"SELECT ifnull(sum(min(end_ns, ?3) - max(start_ns, ?2)), 0),"
		" EXISTS(SELECT 1 FROM register_interval WHERE statement = ?1),"
		" CASE WHEN count(kw) = count(*) THEN min(kw) END, CASE WHEN count(kvar) = count(*) THEN min(kvar) END,"
		" CASE WHEN min(price) = max(price) THEN min(price) END, max(kw), max(kvar)"
		" FROM register_interval WHERE statement = ?1 AND start_ns < ?3 AND end_ns > ?2 AND start_ns >= ifnull("
		"(SELECT start_ns FROM register_interval WHERE statement = ?1 AND start_ns <= ?2 ORDER BY start_ns DESC LIMIT 1), 0)",
	/* An award follows an offer, and that a request. */
	[SQL_REGISTER_ORIGIN] =
		"SELECT r.sense, r.baseline, r.name, r.number, r.document FROM register_link AS a JOIN register_link AS o ON o.statement = a.target"
		" JOIN register_statement AS r ON r.number = o.target"
		" WHERE a.statement = ?1 AND r.type = 4 AND r.voided_ns = 0 LIMIT 1",
	/* What is offered follows a request, what is awarded an offer of one. */
	[SQL_REGISTER_ASKED] =
		"SELECT sense, kind, document, baseline, number FROM register_statement WHERE type = 4 AND voided_ns = 0"
		" AND (number = ?1 OR number IN (SELECT target FROM register_link WHERE statement = ?1)) LIMIT 1",
	[SQL_REGISTER_SERVICES] = "SELECT kind FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_COMMITTED] =
		"SELECT from_ns, until_ns, ifnull(committed, 0), up_kw, down_kw, ifnull((SELECT bytes FROM register_profile"
		" WHERE statement = number), x''), sense FROM register_statement"
		" WHERE key = ?1 AND key <> x'' AND type = 3 AND partner = ?2 AND test = ?3 AND voided_ns = 0"
		" ORDER BY sequence DESC, number DESC LIMIT 1",
	/*
	 * Of what is said of a time, first who says it, by the index alone: what is asked of each
	 * of these is asked once.  ?7 0: kW, 1: kvar.  Line 0: what goes the way of ?8, 1: of ?9,
	 * 2: either.
	 */
	[SQL_REGISTER_AWARDED] =
		"WITH live(number, line) AS MATERIALIZED (SELECT d.number, CASE (SELECT r.sense FROM register_link AS a"
		" JOIN register_link AS o ON o.statement = a.target JOIN register_statement AS r ON r.number = o.target"
		" WHERE a.statement = d.number AND r.type = 4 AND r.voided_ns = 0 LIMIT 1) WHEN ?8 THEN 0 WHEN ?9 THEN 1 ELSE 2 END"
		" FROM register_statement AS d WHERE d.number IN " SAYING " AND d.number <> ?6"
		" AND d.type = 6 AND d.voided_ns = 0 AND " STATE " IN (1, 3))"
		" SELECT i.start_ns, i.end_ns, CASE ?7 WHEN 0 THEN i.kw ELSE i.kvar END AS amount, live.line" OF_LIVE,
	/*
	 * The same of dispatches, in one direction (?7 1: down, or taken in), of changes or of
	 * setpoints (?8), with or without award (?9).  Line 0: of other chains, 1: of that of ?10,
	 * or of any revision of award ?11.  What adjusts or ends a chain takes the place of what
	 * was before it, also of what was called for under another revision of its award.
	 */
	[SQL_REGISTER_CALLED_FOR] =
		"WITH RECURSIVE " FAMILY("family", "?11") ", live(number, line) AS MATERIALIZED (SELECT d.number, d.key = ?10"
		" OR EXISTS(SELECT 1 FROM register_link AS l WHERE l.statement = d.number AND l.target IN (SELECT number FROM family))"
		" FROM register_statement AS d"
		" WHERE d.number IN " SAYING " AND d.number <> ?6"
		" AND d.type = 7 AND d.voided_ns = 0 AND (d.kind = CAST('change' AS BLOB)) = ?8"
		" AND EXISTS(SELECT 1 FROM register_link AS l JOIN register_statement AS w ON w.number = l.target"
		" WHERE l.statement = d.number AND w.type = 6) = ?9"
		" AND " STATE " IN (1, 3) AND d.action IN (CAST('start' AS BLOB), CAST('adjust' AS BLOB))"
		" AND NOT EXISTS(SELECT 1 FROM register_statement AS n WHERE n.key = d.key AND n.key <> x'' AND n.type = 7"
		" AND n.partner = d.partner AND n.test = d.test AND n.direction = d.direction AND n.sequence > d.sequence"
		" AND n.voided_ns = 0 AND n.action <> CAST('start' AS BLOB))"
		" AND NOT EXISTS(WITH RECURSIVE " FAMILY("kin", AWARD_OF("d.number"))
		" SELECT 1 FROM kin CROSS JOIN register_link AS k ON k.target = kin.number AND k.statement > d.number"
		" CROSS JOIN register_statement AS n ON n.number = k.statement WHERE kin.number <> " AWARD_OF("d.number")
		" AND n.type = 7 AND n.voided_ns = 0 AND n.direction = d.direction AND n.action <> CAST('start' AS BLOB)))"
		" SELECT i.start_ns, i.end_ns, CASE ?7 WHEN 0 THEN i.kw ELSE i.kvar END AS amount, live.line" OF_LIVE,
	/* Of a target; of the limits with one limit_id that which comes last. */
	[SQL_REGISTER_BOUNDS] =
		"SELECT i.start_ns, i.end_ns, i.kw, i.kvar, i.inject, i.absorb, d.primacy, d.number"
		" FROM register_target AS t CROSS JOIN register_statement AS d ON d.number = t.statement"
		" CROSS JOIN register_interval AS i ON i.statement = t.statement"
		" WHERE t.target = ?1 AND t.scope = ?2 AND t.partner = ?3 AND t.test = ?4 AND t.until_ns > ?5 AND t.from_ns < ?6"
		" AND d.voided_ns = 0 AND d.said_ns <= ?7 AND (?8 = x'' OR d.key <> ?8) AND " STATE " IN (1, 3)"
		" AND NOT EXISTS(SELECT 1 FROM register_statement AS n WHERE n.key = d.key AND n.type = 10 AND n.partner = d.partner"
		" AND n.test = d.test AND n.direction = d.direction AND n.sequence > d.sequence AND n.voided_ns = 0 AND n.key <> x'')"
		" AND i.start_ns < ?6 AND i.end_ns > ?5 LIMIT ?9",
	[SQL_REGISTER_BOUND_ANY] =
		"SELECT 1 FROM register_statement WHERE partner = ?1 AND test = ?2 AND kind = ?3 AND until_ns > ?4 AND type = 10"
		" AND (?5 = x'' OR key <> ?5) AND voided_ns = 0 LIMIT 1",
	[SQL_REGISTER_TARGET_PUT] =
		"INSERT OR IGNORE INTO register_target(target, scope, partner, test, until_ns, statement, from_ns, key)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_REGISTER_TARGET_TRIM] =
		"DELETE FROM register_target WHERE target = ?1 AND scope = ?2 AND partner = ?3 AND test = ?4 AND until_ns > ?5"
		" AND key = ?6 AND statement < (SELECT min(statement) FROM (SELECT statement FROM register_target"
		" WHERE target = ?1 AND scope = ?2 AND partner = ?3 AND test = ?4 AND until_ns > ?5 AND key = ?6"
		" ORDER BY statement DESC LIMIT ?7))",
	[SQL_REGISTER_CALLED] = "SELECT key, document FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_WHOSE] = "SELECT aggregation, kind FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_AWARD_TIME] =
		"SELECT d.aggregation, min(i.start_ns), sum((i.end_ns - i.start_ns) / 1000000000) FROM register_statement AS d"
		" JOIN register_interval AS i ON i.statement = d.number WHERE d.number = ?1 HAVING count(*) > 0",
	[SQL_REGISTER_INTERVAL_PUT] =
		"INSERT OR IGNORE INTO register_interval(statement, start_ns, end_ns, kw, kvar, price, aggregation, partner, test,"
		" inject, absorb) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_REGISTER_SAY] =
		"INSERT INTO register_statement(message, test, direction, partner, type, state, document, revision, action,"
		" kind, aggregation, name, program, key, sequence, base, basis, resources, at_once, said_ns, from_ns, until_ns,"
		" last_ns, review_ns, stopped_ns, " QUANTITIES ", quantity, amount, ceiling, currency, payee, sense, baseline, committed,"
		" primacy, counted, counted_from, counted_until) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,"
		" ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43, ?44)",
	[SQL_REGISTER_RESOURCE_PUT] =
		"INSERT OR REPLACE INTO register_resource(base, resource, statement, operation, at_ns, until_ns, premise, feeder, der_kind,"
		" consent, program, consent_ns, " QUANTITIES ", net_metering)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
	[SQL_REGISTER_ROWS_OF] =
		"SELECT count(*), sum(operation = 0), sum(operation IN (0, 2)) FROM register_resource WHERE base = ?1 AND resource = ?2",
	[SQL_REGISTER_PROFILE_PUT] =
		"INSERT INTO register_profile(statement, bytes) VALUES(?1, ?2)",
	[SQL_REGISTER_PROFILE_OF] = "SELECT bytes FROM register_profile WHERE statement = ?1",
	[SQL_REGISTER_REJECTED_PUT] =
		"INSERT OR IGNORE INTO register_rejected(statement, resource) VALUES(?1, ?2)",
	[SQL_REGISTER_FEEDER_PUT] =
		"INSERT OR IGNORE INTO register_feeder(feeder, partner, test, base) VALUES(?1, ?2, ?3, ?4)",
	[SQL_REGISTER_LINK_PUT] =
		"INSERT INTO register_link(target, statement, makes, amount, energy) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
		" SET makes = max(makes, excluded.makes), amount = max(amount, excluded.amount), energy = max(energy, excluded.energy)",
	[SQL_REGISTER_VOID] =
		"UPDATE register_statement SET voided_ns = ?2 WHERE message = ?1 AND voided_ns = 0",
	[SQL_REGISTER_IS_SAID] =
		"SELECT 1 FROM register_statement WHERE message = ?1 AND voided_ns = 0 LIMIT 1",
	[SQL_REGISTER_TOUCHED] =
		"SELECT number FROM register_statement WHERE message = ?1 AND type <= 1 UNION"
		" SELECT l.target FROM register_statement AS s JOIN register_link AS l ON l.statement = s.number"
		" JOIN register_statement AS t ON t.number = l.target WHERE s.message = ?1 AND t.type <= 1",
	/* Who asks again waits since he asked first. */
	[SQL_REGISTER_REVIEW_OF] =
		"SELECT review_ns, stopped_ns, " STATE ", ifnull((SELECT s.said_ns FROM register_link AS l"
		" JOIN register_statement AS s ON s.number = l.statement WHERE l.target = d.number AND l.makes = 2"
		" AND s.voided_ns = 0 ORDER BY l.statement LIMIT 1), 0)"
		" FROM register_statement AS d WHERE number = ?1 AND voided_ns = 0",
	/* Since when its clock may have stood: information was asked for; whatever came of that. */
	[SQL_REGISTER_REVIEW_STOOD] =
		"SELECT min(s.said_ns) FROM register_link AS l INDEXED BY register_link_makes JOIN register_statement AS s"
		" ON s.number = l.statement WHERE l.target = ?1 AND l.makes = 2 AND l.makes <> 0 AND s.voided_ns = 0"
		" HAVING count(*) > 0",
	[SQL_REGISTER_REVIEW_PUT] =
		"INSERT INTO register_review(statement, started_ns, stopped_ns, waiting_ns, warned) VALUES(?1, ?2, ?3, ?4, ?5)"
		" ON CONFLICT DO UPDATE SET started_ns = ?2, stopped_ns = ?3, waiting_ns = ?4",
	[SQL_REGISTER_REVIEW_DROP] = "DELETE FROM register_review WHERE statement = ?1",
	[SQL_REGISTER_REVIEWS] =
		"SELECT v.statement, v.started_ns, v.stopped_ns, v.waiting_ns, v.warned, s.partner, s.aggregation, s.document,"
		" s.type, s.test, s.direction FROM register_review AS v JOIN register_statement AS s ON s.number = v.statement"
		" WHERE ?1 = 0 OR v.waiting_ns = 0 ORDER BY v.started_ns + v.stopped_ns LIMIT ?2",
	[SQL_REGISTER_REVIEW_WARN] = "UPDATE register_review SET warned = ?2 WHERE statement = ?1",
	[SQL_REGISTER_FROM] = "SELECT from_ns FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_ACTION] = "SELECT action FROM register_statement WHERE number = ?1",
	[SQL_REGISTER_WANTED_PUT] =
		"INSERT OR IGNORE INTO register_wanted(statement, want, due_ns, state, missed_ns) VALUES(?1, ?2, ?3, 0, 0)",
	[SQL_REGISTER_WANTED_STATE] =
		"UPDATE register_wanted SET state = ?3, missed_ns = ?4 WHERE statement = ?1 AND want = ?2",
	[SQL_REGISTER_WANTED_STATE_OF] =
		"SELECT w.missed_ns, d.voided_ns, " STATE ", d.message, w.state FROM register_wanted AS w"
		" JOIN register_statement AS d ON d.number = w.statement WHERE w.statement = ?1 AND w.want = ?2",
	[SQL_REGISTER_WANTED_OF] = WANTED " WHERE w.statement = ?1 AND w.want = ?2",
	/* What we sent counts once it was there; so long after it came (want 3), from then. */
	[SQL_REGISTER_WANTED_DUE] =
		"SELECT w.statement, w.want FROM register_wanted AS w JOIN register_statement AS d ON d.number = w.statement"
		" JOIN message AS m ON m.row = d.message WHERE w.state = 0 AND w.due_ns <= ?1 AND m.state IN (3, 6)"
		" AND (w.want <> 3 OR d.direction <> 0 OR w.due_ns + max(0, m.settled_ns - m.created_ns) <= ?1)"
		" ORDER BY w.due_ns LIMIT ?2",
	[SQL_REGISTER_WANTED_FORGET] =
		"DELETE FROM register_wanted WHERE state IN (1, 2) AND due_ns < ?1",
	[SQL_REGISTER_WANTED_TOUCHED] =
		"SELECT statement, want FROM register_wanted WHERE statement IN ("
		"SELECT number FROM register_statement WHERE message = ?1 UNION"
		" SELECT l.target FROM register_statement AS s JOIN register_link AS l ON l.statement = s.number WHERE s.message = ?1 UNION"
		" SELECT k.number FROM register_statement AS s JOIN register_statement AS k ON k.number IN"
		" (SELECT number FROM (" LATEST_OF_KEY("s") ")) WHERE s.message = ?1 AND s.type IN (9, 10, 15) AND s.key <> x'')",
	[SQL_REGISTER_ANSWERED] =
		"SELECT ifnull((SELECT s.said_ns FROM register_statement AS d JOIN register_link AS l ON l.target = d.number"
		" JOIN register_statement AS s ON s.number = l.statement WHERE d.number = ?1 AND s.voided_ns = 0"
		" AND (?2 >> s.type) & 1 AND s.direction <> d.direction AND s.action <> CAST('held' AS BLOB)"
		" ORDER BY l.statement LIMIT 1), 0)",
	/* ?2: only of who asked.  Numbers rise as documents come, sequences as they are made. */
	[SQL_REGISTER_ANSWERED_OF_KEY] =
		"SELECT ifnull(min(s.said_ns), 0) FROM register_statement AS d JOIN register_statement AS s ON s.number IN"
		" (SELECT number FROM (" LATEST_OF_KEY("d") ")) WHERE d.number = ?1 AND (?2 = 0 OR s.direction = d.direction)"
		" AND CASE WHEN d.sequence IS NULL THEN s.number > d.number ELSE s.sequence > d.sequence END",
	[SQL_REGISTER_MISSED] = WANTED " WHERE w.state = 1 ORDER BY w.due_ns DESC LIMIT ?1",
	[SQL_REGISTER_MISSED_OF] =
		"SELECT 1 FROM register_statement AS d JOIN register_wanted AS w ON w.statement = d.number"
		" WHERE d.message = ?1 AND w.state = 1 LIMIT 1",
	[SQL_REGISTER_AGGREGATIONS] =
		"SELECT DISTINCT aggregation, partner FROM register_statement WHERE type <= 2 AND aggregation <> x''"
		" AND (aggregation, partner) > (?1, ?2) AND (?3 = x'' OR partner = ?3) AND (?4 = x'' OR aggregation = ?4)"
		" AND test = ?5 ORDER BY aggregation, partner LIMIT ?6",
	[SQL_REGISTER_HISTORY] =
		"SELECT s.number, s.type, s.action, s.document, s.revision, s.basis, s.resources, s.said_ns, s.from_ns,"
		" s.until_ns, s.voided_ns, s.direction, s.partner, ifnull(m.message_id, x'')"
		" FROM register_statement AS s LEFT JOIN message AS m ON m.row = s.message"
		" WHERE s.aggregation = ?1 AND (?2 = x'' OR s.partner = ?2) AND s.test = ?3 AND s.type <= 2"
		" AND s.number > ?4 ORDER BY s.number LIMIT ?5",
	/* By their intervals, of which there is an index by their end. */
	[SQL_REGISTER_AWARDS] =
		"SELECT d.number, d.type, d.action, d.document, d.revision, d.basis, d.resources, d.said_ns, d.from_ns,"
		" d.until_ns, d.voided_ns, d.direction, d.partner, ifnull(m.message_id, x'')"
		" FROM register_statement AS d LEFT JOIN message AS m ON m.row = d.message"
		" WHERE d.number IN (SELECT statement FROM register_interval WHERE aggregation = ?1 AND aggregation <> x''"
		" AND partner = ?2 AND test = ?3 AND end_ns > ?6) AND d.type = 6 AND d.voided_ns = 0 AND " STATE " IN (1, 3)"
		" AND d.number > ?4 ORDER BY d.number LIMIT ?5",
	[SQL_REGISTER_DISPATCHES] =
		"SELECT d.number, d.type, d.action, d.document, d.revision, d.basis, d.resources, d.said_ns, d.from_ns,"
		" d.until_ns, d.voided_ns, d.direction, d.partner, ifnull(m.message_id, x'')"
		" FROM register_statement AS d LEFT JOIN message AS m ON m.row = d.message"
		" WHERE d.number IN (SELECT statement FROM register_interval WHERE aggregation = ?1 AND aggregation <> x''"
		" AND partner = ?2 AND test = ?3 AND end_ns > ?6) AND d.type = 7 AND d.voided_ns = 0 AND " STATE " IN (1, 3)"
		" AND d.action IN (CAST('start' AS BLOB), CAST('adjust' AS BLOB)) AND NOT " HAS_LATER
		" AND d.number > ?4 ORDER BY d.number LIMIT ?5",
	/* Limits by the index of their ends; outages for whose next notice somebody waits. */
	[SQL_REGISTER_NOTICES] =
		"SELECT d.number, d.type, d.action, d.document, d.revision, d.basis, d.resources, d.said_ns, d.from_ns,"
		" d.until_ns, d.voided_ns, d.direction, d.partner, ifnull(m.message_id, x'')"
		" FROM register_statement AS d LEFT JOIN message AS m ON m.row = d.message"
		" WHERE d.number IN (SELECT number FROM register_statement WHERE type = 10 AND partner = ?2 AND test = ?3"
		" AND kind IN (CAST('aggregation' AS BLOB), CAST('feeder' AS BLOB), CAST('resource' AS BLOB),"
		" CAST('connection_point' AS BLOB)) AND until_ns > ?6"
		" UNION ALL SELECT statement FROM register_wanted WHERE state IN (0, 1) AND want = 5)"
		" AND d.type IN (9, 10) AND d.partner = ?2 AND d.test = ?3 AND d.voided_ns = 0 AND " STATE " IN (1, 3)"
		" AND NOT " HAS_LATER " AND d.number > ?4 ORDER BY d.number LIMIT ?5",
	/* A decision is about the other side; services are a registration's. */
	[SQL_REGISTER_NAMED] =
		"SELECT name, program, CASE type WHEN 2 THEN 1 - direction ELSE direction END, number,"
		" CASE type WHEN 0 THEN kind ELSE x'' END FROM register_statement WHERE number = ?1",
	/* Also what was taken back. */
	[SQL_REGISTER_SAID_LAST] =
		"SELECT number FROM register_statement WHERE aggregation = ?1 AND partner = ?2 AND test = ?3 AND type <= 2"
		" ORDER BY number DESC LIMIT 1",
	[SQL_REGISTER_MEASURED_WHEN] =
		"WITH RECURSIVE " FAMILY("family", "?1")
		" SELECT min(i.start_ns), max(i.end_ns) FROM family CROSS JOIN register_link AS k ON k.target = family.number"
		" JOIN register_statement AS d ON d.number = k.statement CROSS JOIN register_interval AS i ON i.statement = d.number"
		" WHERE d.type = 11 AND d.voided_ns = 0 AND " STATE " IN (1, 3, 6) AND ifnull(i.kw, 1) > 0",
	[SQL_REGISTER_AWARDED_KW] =
		"SELECT start_ns, end_ns, kw FROM register_interval WHERE statement = ?1 AND kw IS NOT NULL",
	/* What we sent is there once the partner had it. */
	[SQL_REGISTER_CANCELLED] =
		"SELECT ifnull(" MADE("l", "s", "s.type <> 6", "l.statement") ", d.state),"
		" ifnull((SELECT min(CASE WHEN m.row IS NULL OR u.direction <> 0 THEN u.said_ns WHEN " UNDER_WAY
		" THEN 9223372036854775807 ELSE max(u.said_ns, m.settled_ns) END)"
		" FROM register_link AS o INDEXED BY register_link_makes JOIN register_statement AS u ON u.number = o.statement"
		" LEFT JOIN message AS m ON m.row = u.message WHERE o.target = d.number AND o.makes = 7 AND o.makes <> 0"
		" AND u.type = 6 AND u.voided_ns = 0), 9223372036854775807),"
		" EXISTS(WITH RECURSIVE " FAMILY("kin", "?1") " SELECT 1 FROM kin CROSS JOIN register_statement AS d"
		" ON d.number = kin.number WHERE d.voided_ns = 0 AND " STATE " IN (1, 3, 6))"
		" FROM register_statement AS d WHERE d.number = ?1",
	/*
	 * Line 0: what awards of an offer have, those that say no times all there is (?4); 1: by
	 * how much what is offered is less than that.  ?3 0: kW, 1: kvar.  ?5: silence until then
	 * declined an award, where that is agreed, else 0.
	 */
	[SQL_REGISTER_PARTS] =
		"SELECT ifnull(i.start_ns, 0), ifnull(i.end_ns, 9223372036854775807),"
		" CASE WHEN i.statement IS NULL THEN ?4 WHEN ?3 THEN i.kvar ELSE i.kw END, 0"
		" FROM register_link AS l INDEXED BY register_link_makes CROSS JOIN register_statement AS d ON d.number = l.statement"
		" LEFT JOIN register_interval AS i ON i.statement = d.number WHERE l.target = ?1 AND l.makes = 3 AND l.makes <> 0 AND d.type = 6"
		" AND d.number <> ?2 AND d.voided_ns = 0 AND CASE " STATE " WHEN 1 THEN d.last_ns = 0 OR d.last_ns >= ?5 WHEN 3 THEN 1 END"
		" UNION ALL SELECT start_ns, end_ns, ?4 - CASE WHEN ?3 THEN kvar ELSE kw END, 1 FROM register_interval"
		" WHERE statement = ?1 AND CASE WHEN ?3 THEN kvar ELSE kw END IS NOT NULL",
	[SQL_SIZE] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
};


struct statements {
	struct sqlite3 *db;
	sqlite3_stmt *list[STATEMENTS];
};

enum status statements_new(struct statements **out, struct sqlite3 *db, struct fault *f)
{
	struct statements *s = alloc_zeroed(1, sizeof(*s));

	s->db = db;
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &s->list[i],
			    NULL) != SQLITE_OK) {
			enum status st = schema_fault(db, f, texts[i]);
			statements_free(s);
			return st;
		}
	*out = s;
	return ST_OK;
}

void statements_free(struct statements *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->list[i]);
	free(s);
}

static int bind_one(sqlite3_stmt *statement, int at, const struct value *v)
{
	const char *p = v->bytes.p ? (const char *)v->bytes.p : "";

	switch (v->kind) {
	case VALUE_INT: return sqlite3_bind_int64(statement, at, v->number);
	case VALUE_BYTES: return sqlite3_bind_blob64(statement, at, p, v->bytes.n, SQLITE_STATIC);
	case VALUE_TEXT:
		return v->bytes.p ? sqlite3_bind_text64(statement, at, p, v->bytes.n, SQLITE_STATIC,
					    SQLITE_UTF8)
				  : sqlite3_bind_null(statement, at);
	case VALUE_NULL: return sqlite3_bind_null(statement, at);
	}
	return SQLITE_MISUSE;
}

struct sqlite3_stmt *statement_bind(
	struct statements *s, enum statement which, const struct value *values, size_t count)
{
	sqlite3_stmt *statement = s->list[which];

	sqlite3_reset(statement);
	for (size_t i = 0; i < count; i++)
		if (bind_one(statement, (int)i + 1, &values[i]) != SQLITE_OK)
			bug("binding value %zu of: %s: %s", i + 1, texts[which],
				sqlite3_errmsg(s->db));
	return statement;
}

enum status statement_step(struct statements *s, struct sqlite3_stmt *statement, struct fault *f)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return ST_OK;
	enum status st = code == SQLITE_DONE ? ST_NONE : schema_fault(s->db, f, "the ledger");
	sqlite3_reset(statement);
	return st;
}

enum status statement_run(struct statements *s, enum statement which, const struct value *values,
	size_t count, struct fault *f)
{
	struct sqlite3_stmt *statement = statement_bind(s, which, values, count);
	enum status st;

	while ((st = statement_step(s, statement, f)) == ST_OK)
		;
	return st == ST_NONE ? ST_OK : st;
}

struct slice column_bytes(struct sqlite3_stmt *statement, int column)
{
	const void *p = sqlite3_column_blob(statement, column);

	return slice_of(p, (size_t)sqlite3_column_bytes(statement, column));
}

struct slice column_text(struct sqlite3_stmt *statement, int column, size_t most)
{
	return slice_to(column_bytes(statement, column), most);
}

enum area column_area(struct sqlite3_stmt *statement, int column)
{
	int64_t area = sqlite3_column_int64(statement, column);

	return area >= 0 && area < AREAS ? (enum area)area : AREA_BILLING;
}

enum delivery column_state(struct sqlite3_stmt *statement, int column)
{
	int64_t state = sqlite3_column_int64(statement, column);

	return state >= 0 && state < DELIVERIES ? (enum delivery)state : DELIVERY_REJECTED;
}
