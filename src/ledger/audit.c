/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by cli/fsck.c and backup.c.  A rule that SQL can say is a row of `asked`: a statement that
 * finds the rows that break it.  The numbers of states are those of schema.c.
 */
#include "ledger/audit.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "ledger/descriptor_db.h"
#include "ledger/owed.h"
#include "ledger/recount.h"
#include "ledger/relearn.h"
#include "ledger/schema.h"

#define FOUND_MAX 100 /* of one statement: more would say nothing new */
#define DAMAGED "the disk or somebody changed what was stored"
#define UNSIGNED_HOURS "48" /* in which something happened, between two heads that were signed */
#define DOCUMENT_ELSEWHERE "take it from a backup, or from the back office that submitted it"
#define FILE_ELSEWHERE "take the file from a backup, or the document from the back office that submitted it"
#define RESTORE "check the disk; restore the last backup beside this home and compare"

/* clang-format off */
static const struct audit_words words[AUDIT_RULES] = {
	[AUDIT_DATABASE] = { "fsck.database", false,
		LEDGER_DAMAGED ": what is on it may be lost",
		"stop the gateway, copy ledger/ away, check the disk, and restore the last backup" },
	[AUDIT_SCHEMA] = { "fsck.schema", false,
		"ledger.db is not of the version this program knows",
		"run the program that wrote it; `tieline serve` takes an older one over" },
	[AUDIT_REFERENCE] = { "fsck.reference", false,
		"a row belongs to a message that is not there", RESTORE },
	[AUDIT_VALUE] = { "fsck.value", false,
		"a message's row has values that no version of this program writes: " DAMAGED, RESTORE },
	[AUDIT_STATE] = { "fsck.state", false,
		"a message's state, its times and its history contradict each other: " DAMAGED, RESTORE },
	[AUDIT_EVENT] = { "fsck.event", false,
		"a message has no history: " DAMAGED, RESTORE },
	[AUDIT_CHAIN] = { "fsck.chain", false,
		"the history is not the one that was written: an event, or a message's row, was changed, added or taken "
		"out",
		RESTORE },
	[AUDIT_HISTORY] = { "fsck.history", false,
		"the history does not go on from the one that was saved or signed: its end was taken out, or all of it was made "
		"anew, or this home is older than that backup",
		"keep this home as it is, restore the last backup beside it, and compare" },
	[AUDIT_HEAD] = { "fsck.history.signature", false,
		"what was signed of the history, how far it went at some moment, does not verify: " DAMAGED,
		"keep this home as it is, restore the last backup beside it, and compare" },
	[AUDIT_HEADLESS] = { "fsck.history.unsigned", false,
		"the history was not signed for as long as two days of work: what was signed was taken out, perhaps to make "
		"the history anew, or the gateway could not sign",
		"look for `history-unsigned` in the log; compare with a backup, `tieline fsck --backup DIR`" },
	[AUDIT_QUEUE] = { "fsck.queue", false,
		"something waits in a way that nothing will end", RESTORE },
	[AUDIT_ANSWER] = { "fsck.answer", false,
		"a document was answered, and its acknowledgment is not there", RESTORE },
	[AUDIT_REGISTER] = { "fsck.register", false,
		"the registry speaks of what is not there: what is in force may be wrong", RESTORE },
	[AUDIT_LEARNT] = { "fsck.register.learnt", false,
		"the registry keeps something else than the document says that it was learnt from: " DAMAGED,
		"go by the document (`tieline get`), not by `tieline registry`; " RESTORE },
	[AUDIT_UNLEARNT] = { "fsck.register.unlearnt", true,
		"what the registry learnt of some documents could not be compared with them",
		"mend what else is found, make room on the ledger's disk, and run it again" },
	[AUDIT_KEPT] = { "fsck.kept", false,
		"what is kept beside messages (numbers that were given, sets that wait for an answer, the newest of a series, "
		"late receipts, partners' software, revocation) contradicts them: " DAMAGED,
		RESTORE },
	[AUDIT_SETS] = { "fsck.sets", false,
		"the transaction sets that are kept of a document are not those in it, so the partner's acknowledgments are "
		"put beside others: " DAMAGED,
		RESTORE },
	[AUDIT_ACKNOWLEDGED] = { "fsck.acknowledged", false,
		"what is kept of acknowledgments is not what the partner's stored answers say, so that a missed one may go "
		"unnoticed: " DAMAGED,
		"read the partner's answers, `tieline list --inbox`, and ask for those that are missing; " RESTORE },
	[AUDIT_CONTENT_MISSING] = { "fsck.content.missing", false,
		"the document of this message is gone, its record and digest are not",
		"ask the partner to send it again, or take it from a backup" },
	[AUDIT_SEALED_MISSING] = { "fsck.sealed.missing", false,
		"the sealed form is gone: this message cannot be sent any more, and will expire",
		"submit its document again under another Message-ID, once it has expired" },
	[AUDIT_SEALED_DIGEST] = { "fsck.sealed.digest", false,
		"the sealed form is not the one that was made: " DAMAGED "; it is not sent, "
		"and will expire",
		"take the file from a backup, if it is in one; else submit its document again "
		"under another Message-ID, once it has expired" },
	[AUDIT_RECEIPT_MISSING] = { "fsck.receipt.missing", false,
		"the receipt that proves the delivery is gone",
		"take it from a backup, or ask the partner for it" },
	[AUDIT_SECTION] = { "fsck.section", false,
		"the places of document, part or signature are outside of what is stored: " DAMAGED, RESTORE },
	[AUDIT_DOCUMENT_DIGEST] = { "fsck.document.digest", false,
		"the stored document is not the one that was sent or received: " DAMAGED
		"; `get` does not give it out",
		"take it from a backup, or ask the partner to send it again" },
	[AUDIT_PART_DIGEST] = { "fsck.part.digest", false,
		"the signed part is not the one whose digest the receipt states: " DAMAGED, RESTORE },
	[AUDIT_SIGNATURE] = { "fsck.signature", false,
		"the sender's signature does not verify any more: " DAMAGED, RESTORE },
	[AUDIT_MARKS] = { "fsck.marks", false,
		"what was signed names another partner, area or Message-ID than the row says: " DAMAGED, RESTORE },
	[AUDIT_RECEIPT_UNREAD] = { "fsck.receipt.unread", false,
		"the stored receipt cannot be read: it proves nothing", "take it from a backup" },
	[AUDIT_RECEIPT_DIGEST] = { "fsck.receipt.digest", false,
		"our receipt is not the one that was made: the disk or somebody changed what was stored; "
		"it is not sent",
		"take it from a backup; look at the disk" },
	[AUDIT_RECEIPT_SIGNATURE] = { "fsck.receipt.signature", false,
		"the stored receipt's signature does not verify any more: it proves nothing",
		"take it from a backup" },
	[AUDIT_RECEIPT_MIC] = { "fsck.receipt.mic", false,
		"the receipt states another digest than that of the signed part: it is not this message's "
		"proof",
		"take it from a backup; `tieline explain` compares the digests" },
	[AUDIT_RECEIPT_OTHER] = { "fsck.receipt.other", false,
		"the stored receipt is for another message", "take it from a backup" },
	[AUDIT_SIGNER] = { "fsck.signer.unknown", true,
		"the certificate that signed this is in no sheet and not in the signature: it was verified "
		"when it came, and cannot be again here",
		"keep old sheets with the evidence: a third party needs them, too" },
	[AUDIT_SPOOL_MISSING] = { "fsck.spool.missing", false,
		SPOOL_MISSING ": its document is gone",
		"take the file from a backup, or ask the partner to send it again; nothing else is touched" },
	[AUDIT_SPOOL_SHORT] = { "fsck.spool.short", false,
		"a spool file was cut short: what was in its end is gone",
		"take the file from a backup, or ask the partner to send it again" },
	[AUDIT_SPOOL_LONG] = { "fsck.spool.long", true,
		"a spool file still has the sealed form of a message that is settled: room, nothing else",
		"nothing" },
	[AUDIT_SPOOL_SHARED] = { "fsck.spool.shared", false,
		"two messages name one spool file: one of them has the other's bytes", RESTORE },
	[AUDIT_SPOOL_ORPHAN] = { "fsck.spool.orphan", true,
		"no message names this spool file: what it was for was never acknowledged",
		"nothing: `tieline serve` removes it when it starts" },
	[AUDIT_BACKUP] = { "fsck.backup", false,
		"a file of this backup is not what was saved, or is not there", "take another backup" },
	[AUDIT_UNSIGNED] = { "fsck.backup.unsigned", true,
		"nobody signed this backup: whoever could change a file of it could change its sums",
		"compare it with another, or make backups where the key for signing is" },
};

#define MESSAGES(what, where) "SELECT row, " what " FROM message WHERE " where
#define HAS(kind) "EXISTS(SELECT 1 FROM content WHERE message = row AND kind = " kind ")"
#define TOLD(where) "EXISTS(SELECT 1 FROM event WHERE event.message = row AND " where ")"
/* "sent" is what older versions wrote when an attempt began. */
#define ATTEMPTS "(SELECT count(*) FROM event WHERE event.message = row AND what IN ('attempt', 'sent'))"
#define ENDED \
	"CASE state WHEN 3 THEN 'delivered' WHEN 4 THEN 'refused' WHEN 5 THEN 'expired' WHEN 6 THEN 'received'" \
	" WHEN 7 THEN 'rejected' ELSE 'superseded' END"
#define RECEIPT_ENDED "CASE owed.state WHEN 3 THEN 'receipt-delivered' WHEN 4 THEN 'receipt-refused' ELSE 'receipt-expired' END"
#define SAYS_DUE "CAST(detail AS TEXT) LIKE '%" LEDGER_DUE_WORDS "%'"
/* What "x12-read" says of when the acknowledgment is due; NULL: nothing. */
#define DUE_SAID \
	"SELECT substr(CAST(detail AS TEXT), -24) FROM event WHERE event.message = row AND what = 'x12-read' AND " SAYS_DUE
#define PAUSE_MAX "172800000000000" /* ns: two days; of a partner that asks for one, a day */
/* ISA13 of a document whose segments are as X12 says: its first has 106 characters. */
#define CONTROL "CAST(CAST(substr(bytes, document_at + 91, 9) AS TEXT) AS INTEGER)"
#define WRAPPED "99999999" /* of the counter: from there on numbers come again */
#define NEWEST_KEPT "3600000000000" /* ns: newest.c */
#define NEWEST_FEW "4095"	     /* scopes: less than NEWEST_SCOPES_MAX, so that none had to go */
/* A row of the register that names a statement which is not there. */
#define STRAY(table, column) \
	"SELECT 0, 'a row of " table " names statement ' || t." column " FROM " table " AS t WHERE NOT EXISTS" \
	"(SELECT 1 FROM register_statement WHERE number = t." column ")"

static const struct {
	enum audit_rule rule;
	const char *sql; /* columns: message or 0, words */
} asked[] = {
	{ AUDIT_VALUE,
	  MESSAGES("'direction ' || direction || ', state ' || state || ', area ' || area || ', size ' || size ||"
		" ', digest of ' || length(digest) || ' bytes'",
		"direction NOT IN (0, 1) OR state NOT BETWEEN 0 AND 9 OR area NOT BETWEEN 0 AND 3 OR size < 0"
		" OR length(digest) <> 32 OR length(signer) NOT IN (0, 32) OR attempts < 0 OR created_ns < 0"
		" OR length(partner) > 128 OR length(message_id) > 998 OR length(media_type) > 127"
		" OR length(filename) > 255 OR length(mic) > 160 OR length(fault_code) > 48 OR length(fault_text) > 256"
		" OR min(part_at, part_n, document_at, document_n, signature_at, signature_n, sealed_at, sealed_n) < 0") },
	{ AUDIT_VALUE,
	  MESSAGES("'size ' || size || ', of a document of ' || document_n || ' bytes'", "state <> 7 AND size <> document_n") },
	{ AUDIT_STATE,
	  MESSAGES("'it was sent, and is in a state of what is received'", "direction = 0 AND state IN (6, 7)") },
	{ AUDIT_STATE,
	  MESSAGES("'it was received, and is in a state of what is sent'", "direction = 1 AND state NOT IN (6, 7)") },
	{ AUDIT_STATE,
	  MESSAGES("'it has reached its end, at no time'", "state IN (3, 4, 5, 6, 7, 9) AND settled_ns = 0") },
	{ AUDIT_STATE,
	  MESSAGES("'it waits, and has a time at which it reached its end'", "state IN (0, 1, 2, 8) AND settled_ns <> 0") },
	{ AUDIT_STATE,
	  MESSAGES("'a signer, and no receipt'", "direction = 0 AND signer <> x'' AND receipt_type = x''") },
	{ AUDIT_STATE,
	  MESSAGES("'no event says that it became ' || " ENDED " || ' then'",
		"direction = 0 AND state IN (3, 4, 5, 9) AND NOT " TOLD("what = " ENDED " AND at_ns = settled_ns")) },
	{ AUDIT_STATE,
	  MESSAGES("'no event says that it was ' || " ENDED, "state IN (6, 7) AND " TOLD("number = 1 AND what <> " ENDED)) },
	{ AUDIT_STATE,
	  MESSAGES("'it was attempted ' || " ATTEMPTS " || ' times, and the row says ' || attempts", "direction = 0 AND attempts <> " ATTEMPTS) },
	{ AUDIT_STATE,
	  MESSAGES("'no event says why: ' || CAST(fault_code AS TEXT)", "fault_code <> x'' AND fault_code <> CAST('x12.rejected' AS BLOB)"
		" AND NOT " TOLD("event.fault_code = message.fault_code")) },
	{ AUDIT_STATE,
	  MESSAGES("'it was refused, for no reason'", "state IN (4, 7) AND fault_code = x''") },
	{ AUDIT_STATE,
	  MESSAGES("'a time of the receipt, and no receipt'", "receipt_ns <> 0 AND (direction = 1 OR receipt_type = x'')") },
	{ AUDIT_EVENT,
	  MESSAGES("'no event'", "NOT EXISTS(SELECT 1 FROM event WHERE event.message = message.row)") },
	/* A head is signed each hour of work, the last of a day is kept; a stop is no work. */
	{ AUDIT_HEADLESS,
	  "SELECT 0, 'in ' || n || ' hours of it no head was signed, up to place ' || p FROM (SELECT max(place) AS p, count(DISTINCT at_ns / 3600000000000) AS n"
	  " FROM event AS e WHERE place > (SELECT value FROM counter WHERE name = 'covered')"
	  " GROUP BY (SELECT min(h.place) FROM head AS h WHERE h.place >= e.place)) WHERE n > " UNSIGNED_HOURS },
	{ AUDIT_QUEUE,
	  MESSAGES("'it waits without a deadline'", "state IN (0, 1, 2, 8) AND watch_ns <= 0") },
	{ AUDIT_QUEUE,
	  MESSAGES("'it is looked at later than its deadline'", "state IN (0, 1, 2, 8) AND watch_ns > deadline_ns") },
	{ AUDIT_QUEUE,
	  MESSAGES("'its pause is longer than any'", "state IN (2, 8) AND next_ns > "
		"(SELECT max(at_ns) FROM event WHERE message = row) + " PAUSE_MAX) },
	{ AUDIT_QUEUE,
	  "SELECT message, 'the receipt that is owed is another partner''s, or in another lane' FROM owed JOIN message ON row = message"
	  " WHERE owed.partner <> message.partner OR owed.area <> message.area" },
	{ AUDIT_QUEUE,
	  "SELECT message, 'what is looked into is another partner''s' FROM examination AS x JOIN message ON row = message"
	  " WHERE x.partner <> message.partner OR x.number <> 0 AND x.number NOT BETWEEN 900000001 AND 999999999" },
	{ AUDIT_QUEUE,
	  "SELECT message, 'a receipt is owed in state ' || owed.state FROM owed JOIN message ON row = message"
	  " WHERE owed.state NOT BETWEEN 0 AND 5 OR direction <> 1" },
	{ AUDIT_QUEUE,
	  MESSAGES("'a receipt of it was owed, and nothing says what became of that'",
		TOLD("what = 'receipt-queued' AND detail <> CAST('" OWED_BEFORE "' AS BLOB)") " AND NOT EXISTS(SELECT 1 FROM owed WHERE owed.message = row)") },
	{ AUDIT_QUEUE,
	  "SELECT row, 'no event says that its receipt was ' || substr(" RECEIPT_ENDED ", 9) FROM owed JOIN message ON row = message"
	  " WHERE owed.state IN (3, 4, 5) AND NOT " TOLD("what = " RECEIPT_ENDED " OR owed.state = 5 AND what = 'receipt-withdrawn'") },
	{ AUDIT_QUEUE,
	  "SELECT row, 'the pause of its receipt is longer than any' FROM owed JOIN message ON row = message WHERE owed.state IN (0, 2)"
	  " AND owed.next_ns > (SELECT max(at_ns) FROM event WHERE event.message = row) + " PAUSE_MAX },
	{ AUDIT_QUEUE,
	  "SELECT message, 'the receipt that is owed has no time to go, or no header lines to go with' FROM owed WHERE state IN (0, 1, 2)"
	  " AND (deadline_ns <= created_ns OR substr(headers, -2) <> x'0d0a')" },
	{ AUDIT_QUEUE,
	  "SELECT message, 'its document is looked into in state ' || state FROM examination WHERE state NOT IN (0, 1)" },
	{ AUDIT_CONTENT_MISSING,
	  MESSAGES("'no bytes of it are in the database'", "spool IS NULL AND state <> 7 AND NOT " HAS("0")) },
	{ AUDIT_SEALED_MISSING,
	  MESSAGES("'it waits to be sent'", "direction = 0 AND state IN (0, 1, 2, 8) AND"
		" (sealed_n = 0 OR (spool IS NULL AND NOT " HAS("1") "))") },
	{ AUDIT_RECEIPT_MISSING,
	  MESSAGES("'there should be one'", "(direction = 1 OR receipt_type <> x'') AND NOT " HAS("2")) },
	{ AUDIT_ANSWER,
	  "SELECT message, 'it was answered ' || CAST(detail AS TEXT) FROM event WHERE what = 'x12-answered' AND NOT"
	  " EXISTS(SELECT 1 FROM message WHERE direction = 0 AND message_id = CAST(substr(detail, 4) AS BLOB))" },
	{ AUDIT_SECTION,
	  MESSAGES("'the sealed form has other bytes than ' || sealed_n", "spool IS NULL AND state IN (0, 1, 2, 8) AND sealed_n > 0 AND"
		" sealed_n <> (SELECT length(bytes) FROM content WHERE message = row AND kind = 1)") },
	{ AUDIT_KEPT,
	  "SELECT 0, 'no counter of X12''s control numbers: they would begin again' WHERE NOT EXISTS"
	  "(SELECT 1 FROM counter WHERE name = 'x12' AND value >= 0)" },
	{ AUDIT_KEPT,
	  "SELECT message, 'number ' || number || ' was given, and the counter says ' || value FROM examination, counter"
	  " WHERE name = 'x12' AND value < " WRAPPED " AND number > 900000000 + value" },
	{ AUDIT_KEPT,
	  "SELECT row, 'interchange ' || " CONTROL " || ' was sent, and the counter says ' || value FROM counter, event AS e"
	  " JOIN message AS m ON m.direction = 0 AND m.message_id = CAST(substr(e.detail, 4) AS BLOB)"
	  " JOIN content AS c ON c.message = m.row AND c.kind = 0"
	  " WHERE e.what = 'x12-answered' AND name = 'x12' AND value < " WRAPPED
	  " AND substr(bytes, document_at + 1, 3) = CAST('ISA' AS BLOB) AND " CONTROL " > 900000000 + value" },
	{ AUDIT_KEPT,
	  "SELECT message, 'set ' || ordinal || ' is another partner''s, or of what was received, or answered in no way that there is'"
	  " FROM x12_set AS s JOIN message ON row = message WHERE s.partner <> message.partner OR direction <> 0"
	  " OR acknowledged NOT BETWEEN 0 AND 3 OR applied NOT BETWEEN 0 AND 3 OR ordinal < 1" },
	{ AUDIT_KEPT,
	  "SELECT message, 'interchange ' || CAST(number AS TEXT) || ' is another partner''s, or of what was sent or rejected'"
	  " FROM x12_received AS x JOIN message ON row = message WHERE x.partner <> message.partner OR direction <> 1 OR state <> 6"
	  " OR at_ns <= 0 OR test NOT IN (0, 1)" },
	{ AUDIT_KEPT,
	  "SELECT message, 'sets are missing before set ' || ordinal FROM x12_set AS s WHERE ordinal > 1 AND NOT EXISTS"
	  "(SELECT 1 FROM x12_set AS b WHERE b.message = s.message AND b.ordinal = s.ordinal - 1)" },
	{ AUDIT_KEPT,
	  "SELECT message, 'it waits for an acknowledgment of what it does not have' FROM x12_due AS d JOIN message ON row = message"
	  " WHERE direction <> 0 OR due_ns <= 0" },
	/* That it was due stands in the history; that nothing looks for it any more has to, too. */
	{ AUDIT_ACKNOWLEDGED,
	  MESSAGES("'its acknowledgment is due at ' || (" DUE_SAID ") || ', some of it is not there, and nothing waits for it then'",
		"direction = 0 AND state IN (0, 1, 2, 3, 8) AND EXISTS(SELECT 1 FROM x12_set WHERE message = row AND acknowledged = 0)"
		" AND NOT EXISTS(SELECT 1 FROM examination WHERE message = row)"
		" AND NOT " TOLD("what IN ('x12-unacknowledged', 'x12-unexpected')")
		" AND (" DUE_SAID ") IS NOT NULL AND NOT EXISTS(SELECT 1 FROM x12_due WHERE message = row"
		" AND abs(due_ns / 1000000000 - CAST(strftime('%s', (" DUE_SAID ")) AS INTEGER)) <= 1)") },
	{ AUDIT_KEPT,
	  "SELECT n.message, 'it is not the newest of its series, or another''s' FROM newest AS n JOIN message AS m ON m.row = n.message"
	  " WHERE n.direction <> m.direction OR n.partner <> m.partner OR n.scope <> m.scope OR n.sequence <> m.sequence"
	  " OR n.at_ns NOT IN (m.created_ns, m.settled_ns)" },
	/* An hour is kept, and so many scopes: what no later message can have taken out. */
	{ AUDIT_KEPT,
	  "WITH said AS (SELECT row, direction, partner, scope, sequence, iif(direction = 0, created_ns, settled_ns) AS at_ns FROM message"
	  " WHERE scope <> x'' AND (direction = 0 OR state = 6)),"
	  " last AS (SELECT direction, partner, max(at_ns) - " NEWEST_KEPT " AS from_ns FROM said GROUP BY 1, 2),"
	  " recent AS (SELECT said.*, from_ns FROM said JOIN last USING(direction, partner) WHERE at_ns >= from_ns),"
	  " few AS (SELECT direction, partner FROM recent GROUP BY 1, 2 HAVING count(DISTINCT scope) < " NEWEST_FEW ")"
	  " SELECT row, 'it may be the newest of its series, and is not remembered, nor is a newer one' FROM recent AS r JOIN few USING(direction, partner)"
	  " WHERE NOT EXISTS(SELECT 1 FROM newest AS n WHERE n.direction = r.direction AND n.partner = r.partner AND n.scope = r.scope"
	  " AND n.sequence >= r.sequence)"
	  " AND NOT EXISTS(SELECT 1 FROM said AS o WHERE o.direction = r.direction AND o.partner = r.partner AND o.scope = r.scope"
	  " AND o.sequence >= r.sequence AND o.at_ns < r.from_ns)" },
	{ AUDIT_KEPT,
	  "SELECT 0, 'late receipts of hour ' || hour || ': ' || count || ', and the history has ' || ifnull(n, 0)"
	  " FROM late_receipt AS l LEFT JOIN (SELECT m.partner AS p, m.area AS a, e.at_ns / 3600000000000 AS h, count(*) AS n, max(at_ns) AS last"
	  " FROM event AS e JOIN message AS m ON m.row = e.message WHERE what = 'receipt-late' GROUP BY 1, 2, 3)"
	  " ON p = partner AND a = area AND h = hour WHERE n IS NOT count OR last IS NOT last_ns" },
	{ AUDIT_KEPT,
	  "SELECT 0, 'what ' || CAST(partner AS TEXT) || ' announces could not be said' FROM announced WHERE since_ns <= 0"
	  " OR length(partner) NOT BETWEEN 1 AND 128 OR length(version) > 16 OR length(product) > 100 OR length(features) > 300" },
	{ AUDIT_KEPT,
	  "SELECT 0, 'what was fetched of revocation, kind ' || kind || ', could not be kept so' FROM standing WHERE kind NOT IN (0, 1)"
	  " OR length(key) <> 32 OR outcome NOT BETWEEN 0 AND 2 OR fetched_ns <= 0 OR issued_ns <= 0 OR (next_ns <> 0 AND next_ns < issued_ns)" },
	{ AUDIT_KEPT,
	  "SELECT 0, CAST(partner AS TEXT) || ' sealed to generation ' || generation || ', which never was' FROM readiness"
	  " WHERE generation NOT BETWEEN 1 AND 9999 OR since_ns <= 0 OR length(partner) NOT BETWEEN 1 AND 128" },
	{ AUDIT_SPOOL_SHARED,
	  MESSAGES("'spool/' || spool", "spool IN (SELECT spool FROM message WHERE spool IS NOT NULL"
		" GROUP BY spool HAVING count(*) > 1)") },
	{ AUDIT_REGISTER,
	  "SELECT 0, 'statement ' || number || ' names message ' || message FROM register_statement AS s"
	  " WHERE NOT EXISTS(SELECT 1 FROM message WHERE row = s.message)" },
	{ AUDIT_REGISTER, STRAY("register_resource", "base") },
	{ AUDIT_REGISTER, STRAY("register_resource", "statement") },
	{ AUDIT_REGISTER, STRAY("register_hashes", "list") },
	{ AUDIT_REGISTER, STRAY("register_added", "list") },
	{ AUDIT_REGISTER, STRAY("register_rejected", "statement") },
	{ AUDIT_REGISTER, STRAY("register_target", "statement") },
	{ AUDIT_REGISTER, STRAY("register_profile", "statement") },
	{ AUDIT_REGISTER, STRAY("register_feeder", "base") },
	{ AUDIT_REGISTER, STRAY("register_link", "target") },
	{ AUDIT_REGISTER, STRAY("register_link", "statement") },
	{ AUDIT_REGISTER, STRAY("register_interval", "statement") },
	{ AUDIT_REGISTER, STRAY("register_review", "statement") },
	{ AUDIT_REGISTER, STRAY("register_wanted", "statement") },
	/* Up to where fsck compares nothing. */
	{ AUDIT_REGISTER,
	  "SELECT 0, 'programs before learnt up to statement ' || ifnull(l.value, 'nobody knows') || ', and the last is ' || s.last"
	  " FROM (SELECT ifnull(max(number), 0) AS last FROM register_statement) AS s LEFT JOIN counter AS l ON l.name = 'learnt'"
	  " WHERE ifnull(l.value NOT BETWEEN 0 AND s.last, 1)" },
	{ AUDIT_REGISTER,
	  "SELECT 0, 'answer ' || want || ' to statement ' || statement || ' is in state ' || state FROM register_wanted"
	  " WHERE state NOT BETWEEN 0 AND 2 OR due_ns <= 0 OR (state = 1 AND missed_ns <= 0)" },
};
/* clang-format on */

enum {
	NAME, COUNT, SPOOL, NEXT, CONTENT, SEALED, LOOKED, SETS, HEADS, STATEMENTS_KEPT,
	OWN_STATEMENTS,
};
static const char *const own[OWN_STATEMENTS] = {
	[NAME] = "SELECT partner, message_id, direction FROM message WHERE row = ?1",
	[COUNT] = "SELECT count(*), ifnull(sum(size), 0) FROM message",
	[SPOOL] = "SELECT 1 FROM message WHERE spool = ?1",
	[NEXT] = "SELECT row, direction, state, area, partner, message_id, media_type, size, digest, mic, created_ns, settled_ns, signer, receipt_type, spool, part_at, part_n, document_at, document_n, signature_at, signature_n, sealed_at, sealed_n, fault_code NOT IN (x'', CAST('message.again' AS BLOB)), receipt_ns FROM message WHERE row > ?1 ORDER BY row LIMIT 1",
	[CONTENT] = "SELECT bytes FROM content WHERE message = ?1 AND kind = ?2",
	[SEALED] = ("SELECT sealed_digest, (SELECT bytes FROM content WHERE message = row AND kind = 1) FROM message"
		" WHERE row = ?1 AND (direction = 1 OR state IN (0, 1, 2, 8))"),
	[LOOKED] = ("SELECT 1 WHERE NOT EXISTS(SELECT 1 FROM examination WHERE message = ?1)"
		" AND NOT EXISTS(SELECT 1 FROM event WHERE message = ?1 AND fault_code = CAST('x12.unexamined' AS BLOB))"
		" AND (EXISTS(SELECT 1 FROM x12_set WHERE message = ?1)"
		" OR EXISTS(SELECT 1 FROM event WHERE message = ?1 AND what = 'x12-read'))"),
	[STATEMENTS_KEPT] = "SELECT count(*) FROM register_statement",
	[HEADS] = "SELECT place, hash, at_ns, signature FROM head ORDER BY place",
	[SETS] = ("SELECT interchange, group_id, group_number, set_id, set_number, reference, sender, receiver, stamp FROM x12_set"
		" WHERE message = ?1 ORDER BY ordinal"),
};

struct audit {
	sqlite3 *db;
	int db_fd, wal_fd; /* the caller's */
	ledger_hash *hash;
	struct chain_head kept;
	sqlite3_stmt *parcel, *receipt, *sealed, *next, *looked, *sets, *heads;
	struct recount *recount; /* NULL: no answer was read yet */
	struct relearn *relearn; /* NULL: nothing is learnt again, for `unlearnt` */
	struct fault unlearnt;
	uint64_t compared; /* statements */
	bool has_sets; /* more of them may come */
	int64_t last;  /* row */
};

const struct audit_words *audit_words(enum audit_rule rule)
{
	return &words[rule];
}

/* No partner has what we sent in our stead. */
const char *audit_mend(enum audit_rule rule, enum direction_of_message direction)
{
	static const char *const sent[AUDIT_RULES] = {
		[AUDIT_CONTENT_MISSING] = DOCUMENT_ELSEWHERE,
		[AUDIT_DOCUMENT_DIGEST] = DOCUMENT_ELSEWHERE,
		[AUDIT_SPOOL_MISSING] = FILE_ELSEWHERE,
		[AUDIT_SPOOL_SHORT] = FILE_ELSEWHERE,
	};

	return direction == MESSAGE_OUT && sent[rule] ? sent[rule] : words[rule].mend;
}

static sqlite3_stmt *prepare(struct audit *a, const char *sql)
{
	sqlite3_stmt *s = NULL;

	(void)sqlite3_prepare_v2(a->db, sql, -1, &s, NULL);
	return s; /* NULL: stepping it is SQLITE_MISUSE, and the connection knows why */
}

static struct slice column(sqlite3_stmt *s, int which)
{
	const void *p = sqlite3_column_blob(s, which);

	return slice_of(p, (size_t)sqlite3_column_bytes(s, which));
}

static struct section section(sqlite3_stmt *s, int which)
{
	return (struct section){ (uint64_t)sqlite3_column_int64(s, which),
		(uint64_t)sqlite3_column_int64(s, which + 1) };
}

enum status audit_open(
	struct audit **out, int db, int wal, ledger_hash *hash, struct fault *f)
{
	AUTO(audit) a = alloc_zeroed(1, sizeof(*a));

	a->hash = hash;
	a->db_fd = db;
	a->wal_fd = wal;
	TRY(descriptor_db_open(&a->db, db, wal, f));
	*out = TAKE(a);
	return ST_OK;
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	sqlite3_finalize(a->parcel);
	sqlite3_finalize(a->receipt);
	sqlite3_finalize(a->sealed);
	sqlite3_finalize(a->next);
	sqlite3_finalize(a->looked);
	sqlite3_finalize(a->sets);
	sqlite3_finalize(a->heads);
	recount_free(a->recount);
	relearn_free(a->relearn);
	sqlite3_close(a->db);
	free(a);
}

/* --- the database as a whole --- */

struct asking {
	struct audit *audit;
	audit_say *say;
	void *context;
};

static void say(const struct asking *q, enum audit_rule rule, int64_t row, struct slice found)
{
	struct audit_finding x = {
		.rule = rule, .direction = MESSAGE_IN, .row = (uint64_t)row, .found = found
	};
	sqlite3_stmt *s = row ? prepare(q->audit, own[NAME]) : NULL;

	if (s && sqlite3_bind_int64(s, 1, row) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		x.partner = column(s, 0);
		x.message_id = column(s, 1);
		x.direction = sqlite3_column_int(s, 2) ? MESSAGE_IN : MESSAGE_OUT;
	}
	q->say(q->context, &x);
	sqlite3_finalize(s);
}

/* What stops a statement in its middle is damage, too. */
static void ask(const struct asking *q, enum audit_rule rule, const char *sql)
{
	sqlite3_stmt *s = prepare(q->audit, sql);
	int code = SQLITE_ERROR;

	for (unsigned i = 0; s && i < FOUND_MAX && (code = sqlite3_step(s)) == SQLITE_ROW; i++)
		say(q, rule, sqlite3_column_int64(s, 0), column(s, 1));
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		say(q, AUDIT_DATABASE, 0, slice_str(sqlite3_errmsg(q->audit->db)));
	sqlite3_finalize(s);
}

static bool schema_look(const struct asking *q)
{
	sqlite3_stmt *s = prepare(q->audit, "PRAGMA user_version");
	int64_t version = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
	AUTO_IN_PLACE(buf) text = buf_init(100);

	sqlite3_finalize(s);
	if (version == LEDGER_SCHEMA_VERSION)
		return true;
	if (version < 0)
		buf_put_text(&text, "its version cannot be read");
	else
		buf_putf(&text, "it has version %lld, this program knows %d", (long long)version,
			LEDGER_SCHEMA_VERSION);
	say(q, AUDIT_SCHEMA, 0, buf_slice(&text));
	return false;
}

static void break_say(void *context, uint64_t message, struct slice found)
{
	say(context, AUDIT_CHAIN, (int64_t)message, found);
}

static void other_say(void *context, struct slice found)
{
	say(context, AUDIT_HISTORY, 0, found);
}

struct chain_head audit_head(struct audit *a)
{
	return chain_head_of(a->db);
}

void audit_expect(struct audit *a, const struct chain_head *kept)
{
	a->kept = *kept;
}

void audit_database(struct audit *a, audit_say *each, void *context)
{
	struct asking q = { a, each, context };

	ask(&q, AUDIT_DATABASE,
		"SELECT 0, integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
	if (!schema_look(&q))
		return;
	ask(&q, AUDIT_REFERENCE,
		"SELECT 0, 'row ' || ifnull(\"rowid\", '') || ' of ' || \"table\" || ' names a row of ' || \"parent\""
		" FROM pragma_foreign_key_check");
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		ask(&q, asked[i].rule, asked[i].sql);
	chain_look(a->db, a->hash, &a->kept, &(struct chain_listener){ &q, break_say, other_say });
}

bool audit_head_next(struct signed_head *out, struct audit *a)
{
	if (!a->heads)
		a->heads = prepare(a, own[HEADS]);
	if (!a->heads || sqlite3_step(a->heads) != SQLITE_ROW)
		return false;
	struct slice hash = column(a->heads, 1);

	*out = (struct signed_head){ .head.place = (uint64_t)sqlite3_column_int64(a->heads, 0),
		.at_ns = sqlite3_column_int64(a->heads, 2),
		.signature = column(a->heads, 3) };
	for (size_t i = 0; i < sizeof(out->head.hash) && i < hash.n; i++)
		out->head.hash[i] = hash.p[i];
	return true;
}

/* --- message by message --- */

struct audit_extent audit_extent(struct audit *a)
{
	sqlite3_stmt *s = prepare(a, own[COUNT]);
	struct audit_extent out = { 0 };

	if (s && sqlite3_step(s) == SQLITE_ROW)
		out = (struct audit_extent){ (uint64_t)sqlite3_column_int64(s, 0),
			(uint64_t)sqlite3_column_int64(s, 1) };
	sqlite3_finalize(s);
	return out;
}

bool audit_spool_is_known(struct audit *a, const char *name)
{
	sqlite3_stmt *s = prepare(a, own[SPOOL]);
	bool known = !s || sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC) != SQLITE_OK ||
		sqlite3_step(s) != SQLITE_DONE;

	sqlite3_finalize(s);
	return known;
}

/* What cannot be read was told of by audit_database(). */
static bool content_read(
	struct slice *out, struct audit *a, sqlite3_stmt **s, uint64_t row, int kind)
{
	*out = S("");
	if (!*s)
		*s = prepare(a, own[CONTENT]);
	sqlite3_reset(*s);
	if (!*s || sqlite3_bind_int64(*s, 1, (int64_t)row) != SQLITE_OK ||
		sqlite3_bind_int(*s, 2, kind) != SQLITE_OK || sqlite3_step(*s) != SQLITE_ROW)
		return false;
	*out = column(*s, 0);
	return true;
}

static void message_read(struct audit_message *out, sqlite3_stmt *s)
{
	struct slice digest = column(s, 8);

	*out = (struct audit_message){
		.m = { .row = (uint64_t)sqlite3_column_int64(s, 0),
			.direction = sqlite3_column_int64(s, 1) ? MESSAGE_IN : MESSAGE_OUT,
			.state = (enum delivery)sqlite3_column_int(s, 2),
			.area = (enum area)sqlite3_column_int(s, 3),
			.partner = column(s, 4),
			.message_id = column(s, 5),
			.media_type = column(s, 6),
			.size = (uint64_t)sqlite3_column_int64(s, 7),
			.mic = column(s, 9),
			.created_ns = sqlite3_column_int64(s, 10),
			.settled_ns = sqlite3_column_int64(s, 11),
			.receipt_ns = sqlite3_column_int64(s, 24) },
		.signer = column(s, 12),
		.receipt_type = column(s, 13),
		.part = section(s, 15),
		.document = section(s, 17),
		.signature = section(s, 19),
		.sealed = section(s, 21),
		.is_flagged = sqlite3_column_int(s, 23) != 0,
	};
	(void)!slice_to_text(out->spool, sizeof(out->spool), column(s, 14), NULL);
	for (size_t i = 0; i < sizeof(out->m.digest) && i < digest.n; i++)
		out->m.digest[i] = digest.p[i];
}

static bool of_message(struct audit *a, sqlite3_stmt **s, const char *sql, uint64_t row)
{
	if (!*s)
		*s = prepare(a, sql);
	sqlite3_reset(*s);
	return *s && sqlite3_bind_int64(*s, 1, (int64_t)row) == SQLITE_OK;
}

/* A database of an older version has no digests. */
static void sealed_read(struct audit_message *out, struct audit *a)
{
	if (!of_message(a, &a->sealed, own[SEALED], out->m.row) ||
		sqlite3_step(a->sealed) != SQLITE_ROW)
		return;
	out->sealed_digest = column(a->sealed, 0);
	out->sealed_form = column(a->sealed, 1);
}

enum status audit_next(struct audit_message *out, struct audit *a, struct fault *f)
{
	enum { KIND_PARCEL = 0, KIND_RECEIPT = 2 };

	if (!a->next)
		a->next = prepare(a, own[NEXT]);
	sqlite3_reset(a->next);
	int code = a->next && sqlite3_bind_int64(a->next, 1, a->last) == SQLITE_OK
		? sqlite3_step(a->next)
		: SQLITE_ERROR;
	if (code == SQLITE_DONE)
		return ST_NONE;
	if (code != SQLITE_ROW) {
		(void)schema_fault(a->db, f, "reading messages");
		return ST_HOST;
	}
	message_read(out, a->next);
	a->last = (int64_t)out->m.row;
	out->has_parcel = content_read(&out->parcel, a, &a->parcel, out->m.row, KIND_PARCEL);
	out->has_receipt = content_read(&out->receipt, a, &a->receipt, out->m.row, KIND_RECEIPT);
	sealed_read(out, a);
	return ST_OK;
}

/* --- sets of a message --- */

bool audit_sets_begin(struct audit *a, uint64_t row)
{
	a->has_sets = of_message(a, &a->looked, own[LOOKED], row) &&
		sqlite3_step(a->looked) == SQLITE_ROW && of_message(a, &a->sets, own[SETS], row);
	return a->has_sets;
}

bool audit_set_next(struct ledger_set *out, struct audit *a)
{
	/* Behind its end a statement begins anew. */
	a->has_sets = a->has_sets && sqlite3_step(a->sets) == SQLITE_ROW;
	if (!a->has_sets)
		return false;
	*out = (struct ledger_set){ column(a->sets, 0), column(a->sets, 1), column(a->sets, 2),
		column(a->sets, 3), column(a->sets, 4), column(a->sets, 5),
		column(a->sets, 6), column(a->sets, 7), column(a->sets, 8) };
	return true;
}

/* --- what answers say --- */

static struct recount *recount_of(struct audit *a)
{
	if (!a->recount)
		a->recount = recount_new(a->db);
	return a->recount;
}

void audit_answer(
	struct audit *a, const struct audit_message *m, const struct ledger_verdict *verdict)
{
	recount_hear(recount_of(a), m->m.row, m->m.partner, verdict);
}

static void unsaid_say(void *context, uint64_t message, struct slice found)
{
	say(context, AUDIT_ACKNOWLEDGED, (int64_t)message, found);
}

void audit_answers_end(struct audit *a, audit_say *each, void *context)
{
	struct asking q = { a, each, context };

	recount_end(recount_of(a), unsaid_say, &q);
}

/* --- what was learnt --- */

void audit_learn(struct audit *a, int scratch, int64_t at_ns)
{
	const struct relearn_files files = { a->db_fd, a->wal_fd, scratch };

	if (scratch < 0)
		fault_set(&a->unlearnt, ST_RETRY, "learnt.room",
			"to learn it again may need as much room on the ledger's disk as ledger.db");
	else
		(void)!relearn_open(&a->relearn, &files, a->hash, at_ns, &a->unlearnt);
}

bool audit_learnt_begin(struct audit *a, const struct audit_message *m)
{
	return a->relearn && relearn_begin(a->relearn, m->m.row);
}

void audit_learnt(struct audit *a, const struct audit_message *m, const struct slice *facts)
{
	relearn_message(a->relearn, &m->m, facts);
}

static void unlike_say(void *context, uint64_t message, struct slice found)
{
	say(context, AUDIT_LEARNT, (int64_t)message, found);
}

void audit_learnt_end(struct audit *a, audit_say *each, void *context)
{
	struct asking q = { a, each, context };
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX + 100);
	uint64_t left_out = 0;

	if (a->relearn && relearn_end(&left_out, a->relearn, unlike_say, &q, &a->unlearnt) == ST_OK)
		a->compared = relearn_count(a->relearn);
	if (a->unlearnt.code[0])
		buf_putf(&text, "%s: %s", a->unlearnt.code, a->unlearnt.text);
	else if (left_out > 0)
		buf_putf(&text, "of %llu message%s the document cannot be read",
			(unsigned long long)left_out, left_out == 1 ? "" : "s");
	if (text.n > 0)
		say(&q, AUDIT_UNLEARNT, 0, buf_slice(&text));
}

struct audit_learnt audit_learnt_extent(struct audit *a)
{
	sqlite3_stmt *s = prepare(a, own[STATEMENTS_KEPT]);
	struct audit_learnt out = { 0, a->compared };

	if (s && sqlite3_step(s) == SQLITE_ROW)
		out.statements = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return out;
}
