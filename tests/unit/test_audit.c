/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of a ledger that is written to meanwhile; files that no message names; cuts that wait for
 * a copy; and each thing that `tieline fsck` says of a database, found where it was put.
 */
#include "ledger_messages.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "ledger/audit.h"
#include "ledger/history.h"
#include "ledger/ledger_copy.h"

#define LARGE_SEALED "sealed form of large"

static struct ledger *ledger_here(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

static uint64_t put(struct ledger *l, const struct draft *d, bool out)
{
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(d->id,
		out ? draft_submit(&row, &repeated, l, d, &f) : draft_receive(&row, l, d, &f), &f,
		ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	return row;
}

static void put_many(struct ledger *l, const char *name, unsigned n)
{
	char id[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%s-%u", name, i);
		put(l, &(struct draft){ .id = id, .size = 20000 }, i % 2);
	}
}

/* --- findings --- */

struct found {
	unsigned count;
	struct audit_finding first;
	char code[FAULT_CODE_MAX], text[FAULT_TEXT_MAX], id[64];
};

static void found_take(void *context, const struct audit_finding *x)
{
	struct found *found = context;

	if (found->count++)
		return;
	found->first = *x;
	snprintf(found->code, sizeof(found->code), "%s", audit_words(x->rule)->code);
	snprintf(found->text, sizeof(found->text), "%.*s", SLICE_FMT(x->found));
	snprintf(found->id, sizeof(found->id), "%.*s", SLICE_FMT(x->message_id));
}

/* By descriptors, of a ledger that may still be open. */
static struct found audited(int db, int wal, uint64_t messages)
{
	AUTO(audit) a = NULL;
	struct found found = { 0 };
	struct fault f = { 0 };

	expect_fault("audit", audit_open(&a, db, wal, digest_sha256, &f), &f, ST_OK, NULL);
	audit_database(a, found_take, &found);
	if (messages)
		assert_int_equal(audit_extent(a).messages, messages);
	return found;
}

static struct found audited_here(uint64_t messages)
{
	AUTO_FD db = open("ledger.db", O_RDONLY | O_CLOEXEC);
	AUTO_FD wal = open("ledger.db-wal", O_RDONLY | O_CLOEXEC);

	return audited(db, wal, messages);
}

/* What the log has and the file has not is read, and neither is changed. */
static void test_log(void **state)
{
	AUTO(ledger) l = ledger_here();
	struct stat before, after;

	(void)state;
	put_many(l, "logged", 20);
	assert_int_equal(stat("ledger.db", &before), 0);
	assert_int_equal(audited_here(20).count, 0);
	assert_int_equal(stat("ledger.db", &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mtime, after.st_mtime);
	assert_int_equal(access("ledger.db-wal", F_OK), 0);
}

/* --- copies --- */

static unsigned copy_all(struct ledger_copy *c, struct ledger *l)
{
	struct fault f = { 0 };
	unsigned steps = 0;
	enum status st;
	char id[64];

	while ((st = ledger_copy_step(c, &f)) == ST_MORE) {
		snprintf(id, sizeof(id), "meanwhile-%u", steps);
		if (l && steps < 500)
			put(l, &(struct draft){ .id = id, .size = 100 }, steps % 2);
		steps++;
	}
	expect_fault("step", st, &f, ST_OK, NULL);
	return steps;
}

static void test_copy_of_a_moving_ledger(void **state)
{
	AUTO(ledger) l = ledger_here();
	AUTO(ledger_copy) c = NULL;
	struct fault f = { 0 };

	(void)state;
	put_many(l, "before", 400);
	expect_fault("copy", ledger_copy_new(&c, l, &f), &f, ST_OK, NULL);
	unsigned steps = copy_all(c, l);
	assert_true(steps > 10 && steps < 500);
	assert_int_equal(audited(ledger_copy_fd(c), -1, 400 + steps).count, 0);
	/* What comes behind its end is not in it. */
	put_many(l, "after", 5);
	assert_int_equal(audited(ledger_copy_fd(c), -1, 400 + steps).count, 0);
}

static void test_copy_of_a_still_ledger(void **state)
{
	AUTO(ledger) l = ledger_here();
	AUTO_FD to = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct fault f = { 0 };

	(void)state;
	put_many(l, "kept", 30);
	AUTO_FD db = open("ledger.db", O_RDONLY | O_CLOEXEC);
	AUTO_FD wal = open("ledger.db-wal", O_RDONLY | O_CLOEXEC);
	expect_fault("copy", ledger_copy_still(to, db, wal, &f), &f, ST_OK, NULL);
	assert_int_equal(audited(to, -1, 30).count, 0);
}

static off_t spooled_size(struct ledger *l, uint64_t row)
{
	AUTO_FD fd = -1;
	struct section where;
	struct slice type;
	struct fault f = { 0 };
	struct stat st;

	expect_fault("spooled",
		ledger_content(&fd, &where, &type, l, row, CONTENT_DOCUMENT, &f), &f, ST_OK, NULL);
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void refuse(struct ledger *l, uint64_t row)
{
	struct fault why, f = { 0 };

	fault_set(&why, ST_AUTH, "partner.refused", "no");
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault("settle",
		ledger_settle(l,
			&(struct ledger_settlement){ .row = row,
				.state = DELIVERY_REFUSED,
				.parcel = -1,
				.now_ns = 5,
				.why = &why },
			&f),
		&f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_durable(l);
}

/* The copy says it waits to be sent: so its sealed form must be there to be backed up. */
static void test_pinned(void **state)
{
	AUTO(ledger) l = ledger_here();
	struct ledger_copy *c = NULL;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = put(l, &(struct draft){ .id = "large", .size = LARGE }, true);
	off_t whole = spooled_size(l, row);
	expect_fault("copy", ledger_copy_new(&c, l, &f), &f, ST_OK, NULL);
	copy_all(c, NULL);
	refuse(l, row);
	assert_int_equal(spooled_size(l, row), whole);
	ledger_copy_free(c);
	assert_int_equal(spooled_size(l, row), whole - (off_t)strlen(LARGE_SEALED));
}

/* --- each rule --- */

static const struct {
	const char *name, *sql, *code, *found;
} damages[] = {
	{ "a digest is cut", "UPDATE message SET digest = x'00' WHERE row = 1", "fsck.value",
		"digest of 1 bytes" },
	{ "no such area", "UPDATE message SET area = 9 WHERE row = 1", "fsck.value", "area 9" },
	{ "no such state", "UPDATE message SET state = 44, settled_ns = 1 WHERE row = 1", "fsck.value",
		"state 44" },
	{ "sent is not received", "UPDATE message SET state = 6, settled_ns = 1 WHERE row = 1",
		"fsck.state", "it was sent" },
	{ "received is not sent", "UPDATE message SET state = 3 WHERE row = 2", "fsck.state",
		"it was received" },
	{ "an end at no time", "UPDATE message SET settled_ns = 0 WHERE row = 2", "fsck.state",
		"at no time" },
	{ "waits, and has ended", "UPDATE message SET settled_ns = 4 WHERE row = 1", "fsck.state",
		"it waits" },
	{ "no history", "DELETE FROM event WHERE message = 2", "fsck.event", "no event" },
	{ "never due", "UPDATE message SET watch_ns = 0 WHERE row = 1", "fsck.queue",
		"without a deadline" },
	{ "a receipt owed for what we sent",
		"INSERT INTO owed SELECT row, 0, partner, area, 0, 0, 0, 1, x'' FROM message WHERE row = 1",
		"fsck.queue", "a receipt is owed" },
	{ "no document", "DELETE FROM content WHERE message = 2 AND kind = 0", "fsck.content.missing",
		"no bytes" },
	{ "no sealed form", "DELETE FROM content WHERE message = 1 AND kind = 1", "fsck.sealed.missing",
		"waits to be sent" },
	{ "no receipt", "DELETE FROM content WHERE message = 2 AND kind = 2", "fsck.receipt.missing",
		"should be one" },
	{ "one file, two messages", "UPDATE message SET spool = 'abc'", "fsck.spool.shared", "spool/abc" },
	{ "a row of nobody's",
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail) VALUES(77, 1, 0, 'sent', x'', x'')", "fsck.reference", "of event" },
	{ "no answer",
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail) VALUES(2, 9, 0, 'x12-answered', x'', CAST('by ack-1' AS BLOB))",
		"fsck.answer", "by ack-1" },
	{ "a statement of nobody's",
		"INSERT INTO register_link VALUES(8, 9, 0, 0, 0)", "fsck.register", "names statement" },
	{ "an end nobody told of", "UPDATE message SET state = 3, settled_ns = 9 WHERE row = 1",
		"fsck.state", "became delivered then" },
	{ "received, and then rejected", "UPDATE message SET state = 7 WHERE row = 2", "fsck.state",
		"was rejected" },
	{ "sent more often", "UPDATE message SET attempts = 3 WHERE row = 1", "fsck.state",
		"it was attempted 0 times, and the row says 3" },
	{ "a fault nobody told of", "UPDATE message SET fault_code = x'41' WHERE row = 2", "fsck.state",
		"why: A" },
	{ "refused for no reason",
		"UPDATE message SET state = 4, settled_ns = 9 WHERE row = 1; INSERT INTO"
		" event(message, number, at_ns, what, fault_code, detail) VALUES(1, 9, 9, 'refused', x'', x'')",
		"fsck.state", "for no reason" },
	{ "the time of no receipt", "UPDATE message SET receipt_ns = 5 WHERE row = 1", "fsck.state",
		"a time of the receipt" },
	{ "watched too late", "UPDATE message SET watch_ns = watch_ns + 1 WHERE row = 1", "fsck.queue",
		"later than its deadline" },
	{ "a pause without end", "UPDATE message SET state = 2, next_ns = 9000000000000000000 WHERE row = 1",
		"fsck.queue", "longer than any" },
	{ "a receipt owed to another",
		"INSERT INTO owed SELECT row, 0, x'41', area, 0, 0, 0, 1, x'' FROM message WHERE row = 2",
		"fsck.queue", "another partner's" },
	{ "a receipt that was owed is gone",
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail) VALUES(2, 9, 0, 'receipt-queued', x'', x'')",
		"fsck.queue", "a receipt of it was owed" },
	{ "a receipt that nobody delivered",
		"INSERT INTO owed SELECT row, 3, partner, area, 0, 0, 0, 1, x'' FROM message WHERE row = 2",
		"fsck.queue", "no event says that its receipt was delivered" },
	{ "a receipt that nobody gave up",
		"INSERT INTO owed SELECT row, 5, partner, area, 0, 0, 0, 1, x'' FROM message WHERE row = 2",
		"fsck.queue", "no event says that its receipt was expired" },
	{ "a receipt's pause without end",
		"INSERT INTO owed SELECT row, 2, partner, area, 0, 0, 9000000000000000000, 1, x'' FROM message WHERE row = 2",
		"fsck.queue", "the pause of its receipt" },
	{ "a receipt without time",
		"INSERT INTO owed SELECT row, 0, partner, area, 5, 0, 0, 5, x'413a20420d0a' FROM message WHERE row = 2",
		"fsck.queue", "no time to go" },
	{ "a receipt whose headers were cut",
		"INSERT INTO owed SELECT row, 0, partner, area, 5, 0, 0, 6, x'413a2042' FROM message WHERE row = 2",
		"fsck.queue", "no header lines" },
	{ "looked into for another", "INSERT INTO examination VALUES(2, x'41', 0, 0, 0, 0, 0, 0)",
		"fsck.queue", "another partner's" },
	{ "another length of the sealed form", "UPDATE message SET sealed_n = sealed_n + 1 WHERE row = 1",
		"fsck.section", "other bytes than" },
	{ "no counter", "DELETE FROM counter", "fsck.kept", "would begin again" },
	{ "the counter before what is set aside",
		"INSERT INTO examination SELECT 2, partner, 0, 0, 0, 0, 900000005, 1 FROM message WHERE row = 2",
		"fsck.kept", "number 900000005 was given" },
	{ "the counter before what was sent",
		"UPDATE message SET document_at = 0 WHERE row = 1; UPDATE content SET bytes ="
		" CAST('ISA' || printf('%87s', '') || '900000009' AS BLOB) WHERE message = 1 AND kind = 0;"
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail)"
		" VALUES(2, 9, 0, 'x12-answered', x'', CAST('by sent' AS BLOB))",
		"fsck.kept", "interchange 900000009 was sent, and the counter says 0" },
	{ "another's set", "INSERT INTO x12_set VALUES(1, 1, x'41', x'', x'', x'', x'', x'', x'', 0, 0, x'', x'', x'', 0, 0)",
		"fsck.kept", "set 1 is another" },
	{ "a set less",
		"INSERT INTO x12_set SELECT 1, 3, partner, x'', x'', x'', x'', x'', x'', 0, 0, x'', x'', x'', 0, 0 FROM message WHERE row = 1",
		"fsck.kept", "before set 3" },
	{ "an interchange of what was sent",
		"INSERT INTO x12_received SELECT partner, x'31', x'', x'', 0, row, 5 FROM message WHERE direction = 0",
		"fsck.kept", "interchange 1 is another" },
	{ "due for nothing", "INSERT INTO x12_due VALUES(2, 5)", "fsck.kept", "an acknowledgment" },
	{ "the newest of another", "INSERT INTO newest VALUES(1, x'41', x'41', 1, 2, 5)", "fsck.kept",
		"not the newest" },
	{ "the newest of what was sent is gone", "UPDATE message SET scope = x'41', sequence = 7 WHERE row = 1",
		"fsck.kept", "is not remembered" },
	{ "the newest of what was received is gone", "UPDATE message SET scope = x'41', sequence = 7 WHERE row = 2",
		"fsck.kept", "is not remembered" },
	{ "late receipts of nobody", "INSERT INTO late_receipt VALUES(x'41', 0, 1, 1, 5)", "fsck.kept",
		"hour 1: 1, and the history has 0" },
	{ "announced at no time", "INSERT INTO announced VALUES(x'41', x'', x'', x'', 0)", "fsck.kept",
		"what A announces" },
	{ "no such kind of revocation", "INSERT INTO standing(kind, key, issued_ns, next_ns, fetched_ns, outcome, signed_by, bytes) VALUES(7, x'', 0, 0, 0, 0, x'', x'')",
		"fsck.kept", "kind 7" },
	{ "a generation that is none", "INSERT INTO readiness VALUES(x'41', 0, 1)", "fsck.kept",
		"generation 0" },
	{ "another version", "PRAGMA user_version = 3", "fsck.schema", "it has version 3" },
};

/* The gateway is not there: somebody else writes. */
static void damage(const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static void ledger_begun(void)
{
	AUTO(ledger) l = ledger_here();

	put(l, &(struct draft){ .id = "sent", .size = 10 }, true);
	put(l, &(struct draft){ .id = "received", .size = 10 }, false);
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		house_clear();
		ledger_begun();
		assert_int_equal(audited_here(2).count, 0);
		damage(damages[i].sql);
		struct found found = audited_here(0);
		if (found.count == 0 || strcmp(found.code, damages[i].code) != 0 ||
			!strstr(found.text, damages[i].found))
			fail_msg("%s: %u findings, %s: %s", damages[i].name, found.count, found.code,
				found.text);
	}
}

#define MINUTES(n) "5 + 60000000000 * " #n
#define SERIES(row, scope, sequence, at) \
	"UPDATE message SET scope = x'" #scope "', sequence = " #sequence ", settled_ns = " at " WHERE row = " #row ";"
#define NEWEST(row) "INSERT INTO newest SELECT direction, partner, scope, sequence, row, settled_ns FROM message WHERE row = " #row ";"

/* What the next message has the ledger forget, or a newer one stands for, nobody took out. */
static const struct {
	const char *name, *sql;
	unsigned found;
} series[] = {
	{ "an hour ago", SERIES(1, 41, 7, "5") SERIES(2, 42, 7, MINUTES(60)) NEWEST(2), 1 },
	{ "more than an hour ago", SERIES(1, 41, 7, "4") SERIES(2, 42, 7, MINUTES(60)) NEWEST(2), 0 },
	{ "older than what was forgotten",
		SERIES(1, 41, 8, "4") SERIES(3, 41, 6, MINUTES(30)) SERIES(2, 42, 7, MINUTES(60)) NEWEST(2), 0 },
	{ "newer than what was forgotten",
		SERIES(1, 41, 6, "4") SERIES(3, 41, 8, MINUTES(30)) SERIES(2, 42, 7, MINUTES(60)) NEWEST(2), 1 },
	{ "older than what is kept", SERIES(1, 41, 6, "5") SERIES(2, 41, 7, "5") NEWEST(2), 0 },
	{ "an older one is kept", SERIES(1, 41, 6, "5") SERIES(2, 41, 7, "5") NEWEST(1), 1 },
	{ "refused", SERIES(1, 41, 7, "5") "UPDATE message SET state = 7 WHERE row = 1", 0 },
};

static void series_take(void *context, const struct audit_finding *x)
{
	char text[FAULT_TEXT_MAX];

	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(x->found));
	*(unsigned *)context += strstr(text, "is not remembered") != NULL;
}

static unsigned series_found(void)
{
	AUTO_FD db = open("ledger.db", O_RDONLY | O_CLOEXEC);
	AUTO(audit) a = NULL;
	unsigned found = 0;
	struct fault f = { 0 };

	expect_fault("audit", audit_open(&a, db, -1, digest_sha256, &f), &f, ST_OK, NULL);
	audit_database(a, series_take, &found);
	return found;
}

static void three_received(void)
{
	AUTO(ledger) l = ledger_here();

	put(l, &(struct draft){ .id = "one", .size = 10 }, false);
	put(l, &(struct draft){ .id = "two", .size = 10 }, false);
	put(l, &(struct draft){ .id = "three", .size = 10 }, false);
}

static void test_series(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(series); i++) {
		house_clear();
		three_received();
		damage(series[i].sql);
		unsigned found = series_found();
		if (found != series[i].found)
			fail_msg("%s: %u findings", series[i].name, found);
	}
}

/* Versions before called an attempt "sent": what they wrote stays as it is, and counts. */
static void test_attempts_of_an_older_version(void **state)
{
	(void)state;
	{
		AUTO(ledger) l = ledger_here();
		struct fault f = { 0 };

		put(l, &(struct draft){ .id = "older", .size = 10 }, true);
		for (int64_t at_ns = 2; at_ns < 4; at_ns++) {
			expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
			expect_fault("note", ledger_note(l, 1, at_ns, at_ns == 2 ? "sent" : "attempt",
				S(""), S(""), &f), &f, ST_OK, NULL);
			expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
		}
	}
	damage("UPDATE message SET attempts = 2");
	assert_int_equal(audited_here(1).count, 0);
	damage("UPDATE message SET attempts = 1");
	assert_int_equal(audited_here(0).count, 1);
}

/* Of what waits, and is in a row: who looks compares it. */
static void test_sealed_forms(void **state)
{
	AUTO(audit) a = NULL;
	struct audit_message m;
	struct fault f = { 0 };

	(void)state;
	{
		AUTO(ledger) l = ledger_here();
		put(l, &(struct draft){ .id = "waits", .size = 10 }, true);
		put(l, &(struct draft){ .id = "large", .size = LARGE }, true);
		put(l, &(struct draft){ .id = "received", .size = 10 }, false);
		refuse(l, put(l, &(struct draft){ .id = "refused", .size = 10 }, true));
	}
	AUTO_FD db = open("ledger.db", O_RDONLY | O_CLOEXEC);
	expect_fault("audit", audit_open(&a, db, -1, digest_sha256, &f), &f, ST_OK, NULL);
	for (unsigned i = 0; i < 4; i++) {
		expect_fault("next", audit_next(&m, a, &f), &f, ST_OK, NULL);
		expect_slice("form", m.sealed_form, i == 0 ? S("sealed form of waits") : S(""));
		assert_int_equal(m.sealed_digest.n, i < 3 ? SEALED_DIGEST_SIZE : 0);
	}
}

static void test_names_the_message(void **state)
{
	(void)state;
	ledger_begun();
	damage("DELETE FROM event WHERE message = 2");
	struct found found = audited_here(2);
	assert_int_equal(found.first.row, 2);
	assert_string_equal(found.id, "received");
}

/* In the middle of the file, so that some table or index is hit. */
static void test_damaged_page(void **state)
{
	AUTO_IN_PLACE(buf) noise = buf_init(8192);

	(void)state;
	{
		AUTO(ledger) l = ledger_here();
		put_many(l, "many", 200);
	}
	for (unsigned i = 0; i < 8192; i++)
		buf_put_u8(&noise, 0xa5);
	AUTO_FD fd = open("ledger.db", O_RDWR | O_CLOEXEC);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	off_t page = st.st_size / 8192 / 2;
	assert_int_equal(pwrite(fd, noise.p, noise.n, page * 8192), 8192);
	struct found found = audited(fd, -1, 0);
	assert_true(found.count > 0);
	assert_string_equal(found.code, "fsck.database");
}

static void test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < AUDIT_RULES; i++) {
		const struct audit_words *w = audit_words(i);
		assert_true(strncmp(w->code, "fsck.", 5) == 0 && w->means[0] && w->mend[0]);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(w->code, audit_words(j)->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, house_enter, house_leave)
		TEST(test_log),
		TEST(test_copy_of_a_moving_ledger),
		TEST(test_copy_of_a_still_ledger),
		TEST(test_pinned),
		TEST(test_rules),
		TEST(test_series),
		TEST(test_attempts_of_an_older_version),
		TEST(test_sealed_forms),
		TEST(test_names_the_message),
		TEST(test_damaged_page),
		TEST(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
