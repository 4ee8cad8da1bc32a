/* SPDX-License-Identifier: Apache-2.0 */
/* Of real-time data the newest counts: what waits behind it ends, what is on its way does not. */
#include "ledger_messages.h"

#include "base/clock.h"
#include "exchange/facts.h"
#include "ledger/ledger_internal.h"
#include "ledger/newest.h"
#include "ledger/register.h"

#define LANE AREA_OUTAGE /* the one of a draft that says nothing */
#define SCOPE "AGG-1 status"
#define HOUR_NS (3600 * NS_PER_S)

#define VOIDED "SELECT count(*) FROM register_statement WHERE "

static int64_t number_of(const struct ledger *l, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(l->db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void told(void *context, uint64_t row)
{
	buf_putf(context, "%llu ", (unsigned long long)row);
}

static struct ledger *house_of_ledger(struct buf *said)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	ledger_superseded_tell(l, told, said);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	return l;
}

static uint64_t submit(struct ledger *l, const struct draft *d)
{
	struct fault f = { 0 };
	uint64_t row = 0;
	bool repeated;

	expect_fault(d->id, draft_submit(&row, &repeated, l, d, &f), &f, ST_OK, NULL);
	return row;
}

static uint64_t take(struct ledger *l, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };
	enum status st = ledger_take(&job, l, S("acme"), LANE, now_ns, &f);

	fd_close(&job.parcel);
	return st == ST_OK ? job.message.row : 0;
}

static void defer(struct ledger *l, uint64_t row, int64_t next_ns)
{
	struct fault why = { 0 }, f = { 0 };

	fault_set(&why, ST_RETRY, "courier.connect", "nobody there");
	expect_fault("defer", ledger_defer(l, row, &why, 2000, next_ns, &f), &f, ST_OK, NULL);
}

static void expect_state(const char *name, struct ledger *l, uint64_t row, enum delivery want)
{
	struct ledger_message m;
	struct fault f = { 0 };

	expect_fault(name, ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	if (m.state != want)
		fail_msg("%s: %s, want %s", name, delivery_name(m.state), delivery_name(want));
}

static void what_waits_is_replaced(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	struct ledger_count counts[2][AREAS][DELIVERIES];
	struct ledger_message m;
	struct fault f = { 0 };

	(void)state;
	uint64_t deferred = submit(l, &(struct draft){ .id = "1@us", .scope = SCOPE, .sequence = 1 });
	assert_int_equal(take(l, 2000), deferred);
	defer(l, deferred, 9000);
	expect_text("so far", buf_text(&said), "");
	uint64_t ready = submit(l, &(struct draft){ .id = "2@us", .scope = SCOPE, .sequence = 2 });
	expect_text("the first", buf_text(&said), "1 ");
	uint64_t newest = submit(l, &(struct draft){ .id = "3@us", .scope = SCOPE, .sequence = 3 });
	expect_text("both", buf_text(&said), "1 2 ");
	expect_state("deferred", l, deferred, DELIVERY_SUPERSEDED);
	expect_state("ready", l, ready, DELIVERY_SUPERSEDED);
	expect_fault("get", ledger_get(&m, l, ready, &f), &f, ST_OK, NULL);
	expect_slice("code", m.fault_code, S("message.superseded"));
	expect_slice("by", m.fault_text, S("by 3@us"));
	assert_int_equal(take(l, 9000), newest);
	assert_int_equal(take(l, INT64_MAX), 0);
	expect_fault("counts", ledger_counts(counts, l, &f), &f, ST_OK, NULL);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_SUPERSEDED].count, 2);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_SENDING].count, 1);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_READY].count, 0);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_DEFERRED].count, 0);
}

/* Another scope, another partner, none: all of them are sent. */
static void nothing_else_is(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	unsigned sent = 0;

	(void)state;
	submit(l, &(struct draft){ .id = "1@us", .scope = "AGG-1 forecast", .sequence = 1 });
	submit(l, &(struct draft){ .id = "2@us", .scope = "AGG-2 status", .sequence = 1 });
	submit(l, &(struct draft){ .id = "3@us", .scope = SCOPE, .sequence = 1, .partner = "zenith" });
	submit(l, &(struct draft){ .id = "4@us", .sequence = 1 });
	submit(l, &(struct draft){ .id = "5@us", .scope = SCOPE, .sequence = 5 });
	submit(l, &(struct draft){ .id = "6@us", .scope = SCOPE, .sequence = 5 }); /* as new */
	submit(l, &(struct draft){ .id = "7@us", .sequence = 9 });
	while (take(l, 2000))
		sent++;
	assert_int_equal(sent, 6);
	expect_text("nobody", buf_text(&said), "");
}

/* The partner may have it: it ends by its receipt, unless it would have to be sent again. */
static void what_is_on_its_way_is_let_be(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	struct fault f = { 0 };

	(void)state;
	uint64_t flying = submit(l, &(struct draft){ .id = "1@us", .scope = SCOPE, .sequence = 1 });
	assert_int_equal(take(l, 2000), flying);
	uint64_t awaited = submit(l, &(struct draft){ .id = "2@us", .scope = SCOPE, .sequence = 2 });
	assert_int_equal(take(l, 2000), awaited);
	expect_fault("await", ledger_await(l, awaited, 2000, 9000, &f), &f, ST_OK, NULL);
	uint64_t newest = submit(l, &(struct draft){ .id = "3@us", .scope = SCOPE, .sequence = 3 });
	expect_state("flying", l, flying, DELIVERY_SENDING);
	expect_state("awaited", l, awaited, DELIVERY_AWAITING);
	defer(l, flying, 3000);
	assert_int_equal(take(l, 2500), newest);
	assert_int_equal(take(l, 3000), 0);
	expect_state("flying, and back", l, flying, DELIVERY_SUPERSEDED);
	expect_state("still awaited", l, awaited, DELIVERY_AWAITING);
	assert_int_equal(take(l, 9000), 0);
	expect_state("awaited in vain", l, awaited, DELIVERY_SUPERSEDED);
}

static void who_comes_too_late_is_superseded_at_once(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);

	(void)state;
	uint64_t newest = submit(l, &(struct draft){ .id = "9@us", .scope = SCOPE, .sequence = 9 });
	uint64_t late = submit(l, &(struct draft){ .id = "8@us", .scope = SCOPE, .sequence = 8 });
	expect_state("late", l, late, DELIVERY_SUPERSEDED);
	assert_int_equal(take(l, 2000), newest);
	assert_int_equal(take(l, 2000), 0);
}

/* An aggregator that was set up anew begins with one again. */
static void a_sequence_may_begin_again_after_an_hour(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);

	(void)state;
	submit(l, &(struct draft){ .id = "9@us", .scope = SCOPE, .sequence = 9, .created_ns = 1000 });
	uint64_t anew = submit(l, &(struct draft){ .id = "1@us", .scope = SCOPE, .sequence = 1,
					  .created_ns = 1001 + HOUR_NS });
	expect_state("anew", l, anew, DELIVERY_READY);
	uint64_t next = submit(l, &(struct draft){ .id = "2@us", .scope = SCOPE, .sequence = 2,
					  .created_ns = 1002 + HOUR_NS });
	expect_state("anew", l, anew, DELIVERY_SUPERSEDED);
	expect_state("next", l, next, DELIVERY_READY);
}

/* The receipt of an attempt that we thought had failed. */
static void proof_is_proof(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	uint64_t old = submit(l, &(struct draft){ .id = "1@us", .scope = SCOPE, .sequence = 1 });
	assert_int_equal(take(l, 2000), old);
	defer(l, old, 9000);
	submit(l, &(struct draft){ .id = "2@us", .scope = SCOPE, .sequence = 2 });
	expect_fault("receipt", memory_file_new(&fd, "receipt", S("receipt"), &f), &f, ST_OK, NULL);
	struct ledger_settlement s = { .row = old, .state = DELIVERY_DELIVERED,
		.receipt_type = S("multipart/report"), .receipt = { 0, 7 }, .parcel = fd,
		.now_ns = 5000 };
	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
	expect_state("proof", l, old, DELIVERY_DELIVERED);
}

static void the_newest_that_came_is_known(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	struct ledger_newest newest;
	struct fault f = { 0 };
	uint64_t row;

	(void)state;
	const struct slice partner = S("acme"), scope = S(SCOPE);
	expect_fault("none", ledger_newest(&newest, l, MESSAGE_IN, partner, scope, 2000, &f), &f,
		ST_NONE, NULL);
	for (int i = 0; i < 2; i++) {
		const struct draft d = { .id = i ? "4@them" : "5@them", .scope = SCOPE,
			.sequence = i ? 4 : 5 };
		expect_fault(d.id, draft_receive(&row, l, &d, &f), &f, ST_OK, NULL);
		expect_fault(d.id, ledger_newest(&newest, l, MESSAGE_IN, partner, scope, 2000, &f),
			&f, ST_OK, NULL);
		expect_text("newest", newest.message_id, "5@them");
		assert_true(newest.sequence == 5);
	}
	const struct draft rejected = { .id = "6@them", .scope = SCOPE, .sequence = 6,
		.state = DELIVERY_REJECTED };
	expect_fault("rejected", draft_receive(&row, l, &rejected, &f), &f, ST_OK, NULL);
	expect_fault("kept", ledger_newest(&newest, l, MESSAGE_IN, partner, scope, 2000, &f), &f,
		ST_OK, NULL);
	assert_true(newest.sequence == 5);
	expect_fault("ours", ledger_newest(&newest, l, MESSAGE_OUT, partner, scope, 2000, &f), &f,
		ST_NONE, NULL);
}

/* Whoever makes up scopes fills no disk: the oldest are forgotten. */
static void scopes_are_bounded(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);
	struct ledger_newest newest;
	struct fault f = { 0 };
	char scope[32];

	(void)state;
	uint64_t row = submit(l, &(struct draft){ .id = "1@us" });
	const struct ledger_message m = { .direction = MESSAGE_IN, .partner = S("acme") };
	for (int i = 0; i < NEWEST_SCOPES_MAX + 5; i++) {
		snprintf(scope, sizeof(scope), "%d", i);
		const struct ledger_scope s = { slice_str(scope), 1 };
		expect_fault(scope, newest_note(l, row, &m, &s, 1000 + i, &f), &f, ST_OK, NULL);
	}
	expect_fault("oldest", ledger_newest(&newest, l, MESSAGE_IN, m.partner, S("4"), 9000, &f),
		&f, ST_NONE, NULL);
	expect_fault("next", ledger_newest(&newest, l, MESSAGE_IN, m.partner, S("5"), 9000, &f), &f,
		ST_OK, NULL);
}

#define DAY(from, until) "AGG-1 forecast at " from "-" until
#define MONDAY DAY("0000000100", "0000000200")
#define TUESDAY DAY("0000000200", "0000000300")
#define BOTH DAY("0000000100", "0000000300")

/* What is for a time to come replaces what it covers, of its own name. */
static void another_day_is_not_replaced(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256);
	AUTO(ledger) l = house_of_ledger(&said);

	(void)state;
	submit(l, &(struct draft){ .id = "1@us", .scope = MONDAY, .sequence = 1 });
	submit(l, &(struct draft){ .id = "2@us", .scope = TUESDAY, .sequence = 2 });
	submit(l, &(struct draft){ .id = "3@us", .scope = SCOPE, .sequence = 1 });
	submit(l, &(struct draft){ .id = "4@us", .scope = "AGG-1 forecast of 8 at 0000000100-0000000200",
			   .sequence = 1 });
	expect_text("none", buf_text(&said), "");
	submit(l, &(struct draft){ .id = "5@us", .scope = TUESDAY, .sequence = 3 });
	expect_text("the same day", buf_text(&said), "2 ");
	submit(l, &(struct draft){ .id = "6@us", .scope = BOTH, .sequence = 4 });
	expect_text("both days", buf_text(&said), "2 1 5 ");
	submit(l, &(struct draft){ .id = "7@us", .scope = MONDAY, .sequence = 2 });
	expect_text("behind it", buf_text(&said), "2 1 5 7 ");
	submit(l, &(struct draft){ .id = "8@us", .scope = MONDAY, .sequence = 5 });
	expect_text("not whole", buf_text(&said), "2 1 5 7 ");
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

/* What nobody hears any more was never said: not to the register either. */
static void what_is_replaced_leaves_the_register(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(256), facts = buf_init(1024);
	AUTO(ledger) l = house_of_ledger(&said);
	struct fault f = { 0 };

	(void)state;
	uint64_t row = submit(l, &(struct draft){ .id = "1@us", .scope = SCOPE, .sequence = 1 });
	fact_put(&facts, &(struct fact){ .kind = FACT_DOCUMENT, .number = 1 });
	fact_put(&facts, &(struct fact){ .kind = FACT_TYPE, .is_text = true,
				 .text = S("availability") });
	expect_fault("apply",
		register_apply(l, row,
			&(struct register_question){ .direction = MESSAGE_OUT,
				.partner = S("acme"), .facts = buf_slice(&facts), .now_ns = 2000 },
			&f),
		&f, ST_OK, NULL);
	assert_int_equal(number_of(l, VOIDED "voided_ns = 0"), 1);
	submit(l, &(struct draft){ .id = "2@us", .scope = SCOPE, .sequence = 2 });
	assert_int_equal(number_of(l, VOIDED "voided_ns = 0"), 0);
	assert_int_equal(number_of(l, VOIDED "voided_ns <> 0"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(what_waits_is_replaced),
		IN_HOUSE(nothing_else_is),
		IN_HOUSE(another_day_is_not_replaced),
		IN_HOUSE(what_is_on_its_way_is_let_be),
		IN_HOUSE(who_comes_too_late_is_superseded_at_once),
		IN_HOUSE(a_sequence_may_begin_again_after_an_hour),
		IN_HOUSE(proof_is_proof),
		IN_HOUSE(the_newest_that_came_is_known),
		IN_HOUSE(scopes_are_bounded),
		IN_HOUSE(what_is_replaced_leaves_the_register),
	};

	return cmocka_run_group_tests_name("newest", tests, NULL, NULL);
}
