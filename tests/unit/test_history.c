/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of all events: whole after whatever a ledger does, taken over from version 11, and
 * broken by each change of an event, of its place, or of what never changes in a message's row.
 */
#include "ledger_messages.h"
#include "older_ledger.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <time.h>

#include "ledger/audit.h"
#include "ledger/chain.h"
#include "ledger/heads.h"
#include "ledger/history.h"

static struct ledger *ledger_here(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

static void begin(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
}

static void commit(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
}

static uint64_t received(struct ledger *l, const char *id, enum status want)
{
	const struct draft d = { .id = id, .size = 10, .wish = { .examined = true } };
	struct fault f = { 0 };
	uint64_t row = 0;

	expect_fault(id, draft_receive(&row, l, &d, &f), &f, want, NULL);
	return row;
}

static uint64_t submitted(struct ledger *l, const char *id)
{
	const struct draft d = { .id = id, .size = 10, .state = DELIVERY_SENDING };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row = 0;

	expect_fault(id, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

static void looked_into(struct ledger *l, unsigned findings, bool to_its_end)
{
	struct ledger_examination e;
	struct fault f = { 0 };
	char text[16];

	expect_fault("examine", ledger_examine(&e, l, 5, &f), &f, ST_OK, NULL);
	for (unsigned i = 0; i < findings; i++) {
		snprintf(text, sizeof(text), "finding %u", i);
		expect_fault("finding",
			ledger_finding(l, e.message.row, S("x12.code"), slice_str(text), 5, &f), &f,
			ST_OK, NULL);
	}
	if (to_its_end)
		expect_fault("examined",
			ledger_examined(l, e.message.row, NULL, S("1 set"), 6, &f), &f, ST_OK, NULL);
	else
		expect_fault("lost", ledger_examine_lost(l, e.message.row, 5000, &f), &f, ST_OK, NULL);
	fd_close(&e.fd);
}

/* Rows 1 to 3: received, and again, and looked into twice; sent; received, not looked into. */
static void history_make(void)
{
	AUTO(ledger) l = ledger_here();
	struct fault why, f = { 0 };

	begin(l);
	received(l, "in", ST_OK);
	looked_into(l, 3, false);
	uint64_t out = submitted(l, "out");
	looked_into(l, 2, true);
	received(l, "in", ST_NONE);
	commit(l);
	begin(l);
	received(l, "in", ST_NONE);
	fault_set(&why, ST_RETRY, "partner.busy", "come again");
	expect_fault("defer", ledger_defer(l, out, &why, 7, 8, &f), &f, ST_OK, NULL);
	received(l, "waits", ST_OK);
	commit(l);
}

/* --- what is found --- */

struct found {
	unsigned count, others;
	char text[FAULT_TEXT_MAX], other[FAULT_TEXT_MAX];
};

static void found_take(void *context, const struct audit_finding *x)
{
	struct found *found = context;

	if (x->rule != AUDIT_CHAIN && found->others++ == 0)
		snprintf(found->other, sizeof(found->other), "%s: %.*s",
			audit_words(x->rule)->code, SLICE_FMT(x->found));
	if (x->rule != AUDIT_CHAIN)
		return;
	if (found->count++ == 0)
		snprintf(found->text, sizeof(found->text), "%.*s", SLICE_FMT(x->found));
}

static struct found audited(void)
{
	AUTO_FD db = open("ledger.db", O_RDONLY | O_CLOEXEC);
	AUTO_FD wal = open("ledger.db-wal", O_RDONLY | O_CLOEXEC);
	AUTO(audit) a = NULL;
	struct found found = { 0 };
	struct fault f = { 0 };

	expect_fault("audit", audit_open(&a, db, wal, digest_sha256, &f), &f, ST_OK, NULL);
	audit_database(a, found_take, &found);
	return found;
}

static void expect_whole_history(const char *name)
{
	struct found found = audited();

	if (found.count + found.others)
		fail_msg("%s: %u breaks, %u others: %s", name, found.count, found.others, found.text);
}

static void sql(const char *text)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_close(db);
}

static int64_t number(const char *text)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static void whole_whatever_happened(void **state)
{
	(void)state;
	history_make();
	expect_whole_history("made");
	assert_int_equal(number("SELECT count(*) FROM event WHERE what = 'document-finding'"), 2);
	assert_int_equal(number("SELECT count(*) FROM event_before"), 1);
	{
		AUTO(ledger) l = ledger_here();
		begin(l);
		received(l, "later", ST_OK);
		commit(l);
	}
	expect_whole_history("opened again");
}

static void a_batch_that_is_undone_leaves_no_gap(void **state)
{
	struct ledger *l = ledger_here();

	(void)state;
	begin(l);
	received(l, "kept", ST_OK);
	commit(l);
	begin(l);
	received(l, "undone", ST_OK);
	ledger_rollback(l);
	begin(l);
	received(l, "kept too", ST_OK);
	commit(l);
	ledger_close(l);
	expect_whole_history("undone");
	assert_int_equal(number("SELECT max(place) FROM event"), 2);
}

/* While a document is looked into its findings have no place: another look may find others. */
static void findings_in_work_have_no_place(void **state)
{
	struct ledger *l = ledger_here();

	(void)state;
	begin(l);
	received(l, "in work", ST_OK);
	looked_into(l, 3, false);
	commit(l);
	ledger_close(l);
	expect_whole_history("in work");
	assert_int_equal(number("SELECT count(*) FROM event WHERE place = 0"), 3);
}

static void who_repeats_himself_fills_no_disk(void **state)
{
	(void)state;
	{
		AUTO(ledger) l = ledger_here();
		begin(l);
		received(l, "in", ST_OK);
		for (unsigned i = 0; i < 3 * CHAIN_RENEWALS; i++)
			received(l, "in", ST_NONE);
		commit(l);
	}
	expect_whole_history("worn");
	assert_int_equal(number("SELECT count(*) FROM event"), 2);
	assert_int_equal(number("SELECT count(*) FROM event_before"), CHAIN_RENEWALS);
	assert_int_equal(number("SELECT CAST(CAST(detail AS TEXT) AS INTEGER) FROM event WHERE number = 2"),
		3 * CHAIN_RENEWALS);
	sql("UPDATE event SET renewed = 3 WHERE number = 2");
	assert_true(audited().count > 0);
}

static const struct {
	const char *name, *sql, *found;
} damages[] = {
	{ "a time", "UPDATE event SET at_ns = at_ns + 1 WHERE message = 2 AND number = 1",
		"event 1, \"submitted\", is not what was written at place 2" },
	{ "a kind", "UPDATE event SET what = 'delivered' WHERE what = 'deferred'",
		"event 3, \"delivered\", is not" },
	{ "a fault", "UPDATE event SET fault_code = x'41' WHERE what = 'deferred'", "is not what" },
	{ "words", "UPDATE event SET detail = x'41' WHERE what = 'duplicate'", "is not what" },
	{ "a finding's words", "UPDATE event SET detail = x'41' WHERE what = 'document-finding'",
		"is not what" },
	{ "a hash", "UPDATE event SET hash = zeroblob(32) WHERE place = 2", "at place 2" },
	{ "an event less", "DELETE FROM event WHERE what = 'x12-read'", "at places 6 to 6 is gone" },
	{ "an event more",
		"INSERT INTO event(message, number, at_ns, what, fault_code, detail) VALUES(2, 9, 1, 'sent', x'', x'')",
		"event 9 has no place" },
	{ "an event more at the end",
		"INSERT INTO event SELECT 2, 9, 1, 'sent', x'', x'', max(place) + 1, zeroblob(32), 0 FROM event",
		"event 9, \"sent\", is not" },
	{ "a number", "UPDATE event SET number = 9 WHERE what = 'deferred'", "event 9" },
	{ "another message's", "UPDATE event SET message = 2, number = 9 WHERE what = 'x12-read'", "event 9" },
	{ "out of the chain", "UPDATE event SET place = 0 WHERE what = 'deferred'", "is gone" },
	{ "two places", "UPDATE event SET place = -place WHERE place IN (2, 3);"
		"UPDATE event SET place = 3 WHERE place = -2; UPDATE event SET place = 2 WHERE place = -3",
		"at place 2" },
	{ "what was said before", "UPDATE event_before SET digest = zeroblob(32)", "is not what" },
	{ "what was said before, less", "DELETE FROM event_before", "is gone" },
	{ "what was said before, more", "INSERT INTO event_before VALUES(1, 1, 1, 0, zeroblob(32))",
		"there twice" },
	{ "an event that stays, moved",
		"UPDATE event SET what = 'submitted' WHERE what = 'duplicate'", "was taken from place" },
};

static void each_change_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		house_clear();
		history_make();
		sql(damages[i].sql);
		struct found found = audited();
		if (found.count == 0 || !strstr(found.text, damages[i].found))
			fail_msg("%s: %u breaks: %s", damages[i].name, found.count, found.text);
	}
}

/* One change is one break: what is behind it is as it was. */
static void a_change_is_told_once(void **state)
{
	(void)state;
	history_make();
	sql("UPDATE event SET at_ns = at_ns + 1 WHERE message = 2 AND number = 1");
	assert_int_equal(audited().count, 1);
	house_clear();
	history_make();
	sql("DELETE FROM event WHERE what = 'x12-read'");
	assert_int_equal(audited().count, 1);
}

static void columns_are_covered(const char *columns, unsigned row, unsigned count)
{
	struct slice rest = slice_str(columns), column;
	char text[200];
	unsigned seen = 0;

	while (rest.n > 0) {
		(void)slice_cut(&column, &rest, rest, ',');
		column = slice_trim(column);
		house_clear();
		history_make();
		snprintf(text, sizeof(text),
			"UPDATE message SET %.*s = CASE typeof(%.*s) WHEN 'blob' THEN CAST(%.*s || x'41' AS BLOB)"
			" WHEN 'integer' THEN %.*s + 1 ELSE 'file' END WHERE row = %u",
			SLICE_FMT(column), SLICE_FMT(column), SLICE_FMT(column), SLICE_FMT(column),
			row);
		sql(text);
		if (audited().count != 1)
			fail_msg("%.*s is not covered", SLICE_FMT(column));
		seen++;
	}
	assert_int_equal(seen, count);
}

static void each_column_of_a_message_that_stays_is_covered(void **state)
{
	(void)state;
	columns_are_covered(CHAIN_BORN, 2, CHAIN_BORN_COUNT - 4);
	columns_are_covered("secret_until_ns", 2, 1);
	columns_are_covered("settled_ns, signer, receipt_type", 1, 3);
}

/* --- a ledger of version 11 --- */

static void an_older_history_is_taken_over(void **state)
{
	(void)state;
	history_make();
	{
		AUTO(ledger) l = ledger_here();
		begin(l);
		looked_into(l, 3, false);
		commit(l);
	}
	sql(TO_VERSION_11);
	{
		AUTO(ledger) l = ledger_here();
		begin(l);
		looked_into(l, 1, true);
		received(l, "in", ST_NONE);
		received(l, "new", ST_OK);
		commit(l);
	}
	expect_whole_history("taken over");
	assert_int_equal(number("SELECT count(*) FROM event WHERE place = 0"), 0);
	sql("UPDATE event SET detail = x'41' WHERE what = 'deferred'");
	assert_int_equal(audited().count, 1);
}

/* As version 12 chained it, and what came since; it knows from where on more is covered. */
static void older_chain_make(void)
{
	history_make();
	sql(TO_VERSION_11);
	AUTO(ledger) l = ledger_here();
	begin(l);
	received(l, "new", ST_OK);
	commit(l);
}

static void what_was_chained_before_stays_as_it_was(void **state)
{
	static const char *const places[] = { "0", "1000" };
	char text[100];

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		house_clear();
		older_chain_make();
		expect_whole_history("goes on");
		assert_true(number("SELECT value FROM counter WHERE name = 'covered'") > 0);
		snprintf(text, sizeof(text),
			"UPDATE counter SET value = %s WHERE name = 'covered'", places[i]);
		sql(text);
		assert_true(audited().count > 0);
	}
}

/* --- heads that were signed --- */

static void head_put(struct ledger *l, int64_t at_ns)
{
	struct signed_head h = { .at_ns = at_ns, .signature = S("signed") };
	struct fault f = { 0 };

	expect_fault("head", ledger_head(&h.head, l, &f), &f, ST_OK, NULL);
	begin(l);
	expect_fault("put", ledger_head_put(l, &h, &f), &f, ST_OK, NULL);
	commit(l);
}

/* Its head is signed behind "first", and behind all. */
static void history_sign(void)
{
	AUTO(ledger) l = ledger_here();

	begin(l);
	received(l, "first", ST_OK);
	commit(l);
	head_put(l, 5);
	begin(l);
	received(l, "second", ST_OK);
	received(l, "second", ST_NONE);
	received(l, "second", ST_NONE);
	commit(l);
	head_put(l, 2 * INT64_C(86400000000000));
}

#define MADE_ANEW(change) \
	"ALTER TABLE head RENAME TO put_away; CREATE TABLE head(a);" change, \
	"DROP TABLE head; ALTER TABLE put_away RENAME TO head"

static const struct {
	const char *name, *sql, *then, *other;
} since_signed[] = {
	{ "a head", "UPDATE head SET hash = zeroblob(32) WHERE place = 1", NULL,
		"fsck.history: another history led to place 1 when its head was signed" },
	{ "the end", "DELETE FROM event WHERE what = 'duplicate'; DELETE FROM event_before", NULL,
		"fsck.history: it ends at place 2, and its head was signed at place 4" },
	{ "all anew", MADE_ANEW("UPDATE event SET detail = x'41' WHERE place = 1;"),
		"fsck.history: another history led to place 1" },
};

static void what_was_signed_is_not_made_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(since_signed); i++) {
		house_clear();
		history_sign();
		expect_whole_history(since_signed[i].name);
		sql(since_signed[i].sql);
		if (since_signed[i].then) {
			sql(TO_VERSION_11);
			ledger_close(ledger_here());
			expect_whole_history("made anew, and nobody knows");
			sql(since_signed[i].then);
		}
		struct found found = audited();
		if (found.others == 0 || !strstr(found.other, since_signed[i].other))
			fail_msg("%s: %u others: %s", since_signed[i].name, found.others, found.other);
	}
}

static void of_a_day_the_last_head_is_kept(void **state)
{
	const int64_t day_ns = INT64_C(86400000000000);
	AUTO(ledger) l = ledger_here();
	struct signed_head last;
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		char id[16];

		snprintf(id, sizeof(id), "m%u", i);
		begin(l);
		received(l, id, ST_OK);
		commit(l);
		head_put(l, i * day_ns / 2);
	}
	expect_fault("last", ledger_head_signed(&last, l, &f), &f, ST_OK, NULL);
	assert_int_equal(last.head.place, 6);
	assert_true(last.at_ns == 5 * day_ns / 2);
	ledger_close(TAKE(l));
	assert_int_equal(number("SELECT count(*) FROM head"), 3);
	assert_int_equal(number("SELECT count(*) FROM head WHERE place IN (2, 4, 6)"), 3);
}

/* Within so many hours of work it would have been signed: who took the heads out made it anew. */
static void what_was_not_signed_for_long_is_told(void **state)
{
	AUTO(ledger) l = ledger_here();
	struct fault f = { 0 };
	uint64_t row;

	(void)state;
	begin(l);
	row = received(l, "first", ST_OK);
	for (int64_t hour = 1; hour < 60; hour++) {
		expect_fault("note",
			ledger_note(l, row, hour * INT64_C(3600000000000), "sent", S(""), S(""), &f),
			&f, ST_OK, NULL);
		if (hour != 40)
			continue;
		commit(l);
		head_put(l, 1);
		begin(l);
	}
	commit(l);
	ledger_close(TAKE(l));
	expect_whole_history("signed in between");
	sql("DELETE FROM head");
	struct found found = audited();
	assert_int_equal(found.others, 1);
	assert_string_equal(found.other,
		"fsck.history.unsigned: in 60 hours of it no head was signed, up to place 60");
}

static int64_t unsigned_ns(struct ledger *l)
{
	struct fault f = { 0 };
	int64_t at_ns = -1;

	expect_fault("unsigned", ledger_head_unsigned_ns(&at_ns, l, &f), &f, ST_OK, NULL);
	return at_ns;
}

/* Whoever asks how things stand keeps nobody waiting, however long the history is. */
static void since_when_nothing_is_signed(void **state)
{
	AUTO(ledger) l = ledger_here();
	struct fault f = { 0 };

	(void)state;
	assert_true(unsigned_ns(l) == 0);
	begin(l);
	received(l, "m", ST_OK);
	for (int64_t i = 0; i < 20000; i++)
		expect_fault("note", ledger_note(l, 1, 7, "sent", S(""), S(""), &f), &f, ST_OK, NULL);
	commit(l);
	assert_true(unsigned_ns(l) != 0);
	head_put(l, 5);
	assert_true(unsigned_ns(l) == 0);
	begin(l);
	expect_fault("note", ledger_note(l, 1, 9, "sent", S(""), S(""), &f), &f, ST_OK, NULL);
	commit(l);
	clock_t began = clock();
	for (unsigned i = 0; i < 200; i++)
		assert_true(unsigned_ns(l) == 9);
	assert_true(clock() - began < CLOCKS_PER_SEC / 100);
	ledger_close(TAKE(l));
}

static void what_is_signed_says_what_it_is(void **state)
{
	const struct chain_head head = { .place = 7, .hash = { 0xab, 1 } };
	AUTO_IN_PLACE(buf) text = buf_init(HEAD_TEXT_MAX);

	(void)state;
	head_text_put(&text, &head, INT64_C(1795392000000000000));
	assert_string_equal(buf_text(&text),
		"tieline-history 1\nevents: 7\nhash: ab01000000000000000000000000000000000000000000000000000000000000\n"
		"signed: 2026-11-23T00:00:00.000Z\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, house_enter, house_leave)
		TEST(whole_whatever_happened),
		TEST(a_batch_that_is_undone_leaves_no_gap),
		TEST(findings_in_work_have_no_place),
		TEST(who_repeats_himself_fills_no_disk),
		TEST(each_change_is_found),
		TEST(a_change_is_told_once),
		TEST(each_column_of_a_message_that_stays_is_covered),
		TEST(an_older_history_is_taken_over),
		TEST(what_was_chained_before_stays_as_it_was),
		TEST(what_was_signed_is_not_made_anew),
		TEST(of_a_day_the_last_head_is_kept),
		TEST(what_was_not_signed_for_long_is_told),
		TEST(since_when_nothing_is_signed),
		TEST(what_is_signed_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
