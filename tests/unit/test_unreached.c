/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for its partner alone: by its deadline once that is reached, and not before. */
#include "ledger_messages.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/unreached.h"

#define LANE AREA_OUTAGE
#define NOW_NS (INT64_C(1000) * NS_PER_S)
#define LATER_NS (NOW_NS + 900 * NS_PER_S)

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	return l;
}

static struct ledger *reopen(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_durable(l);
	ledger_close(l);
	return open_ledger();
}

static uint64_t ready(struct ledger *l, const char *id, int64_t deadline_s)
{
	const struct draft d = { .id = id,
		.size = 10,
		.created_ns = NOW_NS,
		.deadline_ns = NOW_NS + deadline_s * NS_PER_S };
	struct fault f = { 0 };
	uint64_t row = 0;
	bool repeated;

	expect_fault(id, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

/* The row that goes next, and whether its pause was not over; 0: none does. */
struct next {
	uint64_t row;
	bool is_eased;
};

static struct next taken(struct ledger *l, bool is_reached, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1, .is_reached = is_reached };
	struct fault f = { 0 };
	enum status st = ledger_take(&job, l, S("acme"), LANE, now_ns, &f);

	fd_close(&job.parcel);
	if (st == ST_NONE)
		return (struct next){ 0 };
	expect_fault("take", st, &f, ST_OK, NULL);
	return (struct next){ job.message.row, job.is_eased };
}

static void expect_next(const char *name, struct ledger *l, bool is_reached, struct next want)
{
	struct next got = taken(l, is_reached, NOW_NS);

	if (got.row != want.row || got.is_eased != want.is_eased)
		fail_msg("%s: message %llu%s, want %llu%s", name, (unsigned long long)got.row,
			got.is_eased ? " before its time" : "", (unsigned long long)want.row,
			want.is_eased ? " before its time" : "");
}

static void failed(struct ledger *l, uint64_t row, const char *code, bool is_unreached)
{
	struct fault f = { 0 }, why;

	fault_set(&why, ST_RETRY, code, "nobody there");
	expect_fault("defer", ledger_defer(l, row, &why, NOW_NS, LATER_NS, &f), &f, ST_OK, NULL);
	if (is_unreached)
		expect_fault("keep", ledger_unreached(l, row, &f), &f, ST_OK, NULL);
}

static uint64_t unreached(struct ledger *l, const char *id, int64_t deadline_s)
{
	uint64_t row = ready(l, id, deadline_s);

	expect_next(id, l, false, (struct next){ row, false });
	failed(l, row, "courier.connect", true);
	return row;
}

static void the_earliest_deadline_goes_first(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t late = unreached(l, "late@us", 300), early = unreached(l, "early@us", 30);
	uint64_t fresh = ready(l, "new@us", 100), next = ready(l, "next@us", 200);
	expect_next("the earliest, though its pause is not over", l, true,
		(struct next){ early, true });
	expect_next("a new one", l, true, (struct next){ fresh, false });
	expect_next("another", l, true, (struct next){ next, false });
	expect_next("the last", l, true, (struct next){ late, true });
	expect_next("no more", l, true, (struct next){ 0, false });
}

static void of_equals_the_one_that_came_first(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t first = ready(l, "1@us", 60);
	uint64_t second = unreached(l, "2@us", 30);
	uint64_t third = ready(l, "3@us", 30);
	expect_next("waits, and came before", l, true, (struct next){ second, true });
	expect_next("came behind", l, true, (struct next){ third, false });
	expect_next("later", l, true, (struct next){ first, false });
}

static void it_waits_while_nobody_is_reached(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t row = unreached(l, "1@us", 30);
	expect_next("not reached", l, false, (struct next){ 0, false });
	struct next got = taken(l, true, LATER_NS);
	assert_int_equal(got.row, row);
	assert_false(got.is_eased); /* its pause was over */
}

/* A pause that is asked for, or of a message's own. */
static void other_pauses_stay(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t row = ready(l, "1@us", 30);

	(void)state;
	expect_next("first", l, true, (struct next){ row, false });
	failed(l, row, "courier.http", false);
	expect_next("reached", l, true, (struct next){ 0, false });
}

static void what_ended_does_not_go(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	uint64_t row = unreached(l, "1@us", 30);
	struct ledger_settlement s = { .row = row, .state = DELIVERY_DELIVERED, .parcel = -1,
		.now_ns = NOW_NS, .partner = S("acme") };

	(void)state;
	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
	expect_next("delivered meanwhile", l, true, (struct next){ 0, false });
}

static void another_lane_is_another(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_job job = { .parcel = -1, .is_reached = true };
	struct fault f = { 0 };

	(void)state;
	unreached(l, "1@us", 30);
	expect_fault("partner", ledger_take(&job, l, S("other"), LANE, NOW_NS, &f), &f, ST_NONE, NULL);
	expect_fault("lane", ledger_take(&job, l, S("acme"), AREA_BILLING, NOW_NS, &f), &f, ST_NONE,
		NULL);
}

/* In a batch that fails it was not deferred. */
static void an_undone_batch_keeps_nothing(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	unreached(l, "1@us", 30);
	ledger_rollback(l);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_next("undone", l, true, (struct next){ 0, false });
}

static const struct {
	const char *name, *code;
	bool goes;
} codes[] = {
	{ "no connection", "courier.connect", true },
	{ "no address", "courier.resolve", true },
	{ "nobody answers", "courier.timeout", true },
	{ "no handshake", "courier.tls", true },
	{ "it broke", "courier.connection", true },
	{ "an answer may have asked for a pause", "courier.http", false },
	{ "it waits for others", "message.order", false },
	{ "held by us", "agreement.suspended", false },
};

static void a_new_start_knows_by_the_code(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		uint64_t row = ready(l, codes[i].name, 30);
		expect_next(codes[i].name, l, false, (struct next){ row, false });
		failed(l, row, codes[i].code, false);
		l = reopen(l);
		expect_next(codes[i].name, l, true,
			codes[i].goes ? (struct next){ row, true } : (struct next){ 0, false });
		if (codes[i].goes)
			failed(l, row, "agreement.suspended", false);
	}
}

static void receipts_that_we_owe_go_too(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(parcel) p;
	const struct draft d = { .id = "in@acme", .size = 10, .state = DELIVERY_RECEIVED };
	struct fault f = { 0 };
	uint64_t row = 0;

	(void)state;
	parcel_init(&p, &d, "receipt for");
	int fd = parcel_file(l, &p, d.size);
	struct ledger_arrival a = draft_arrival(&d, &p, fd);
	a.owed.headers = S("AS2-Version: 1.2\r\n");
	a.owed.deadline_ns = NOW_NS + 60 * NS_PER_S;
	expect_fault("receive", ledger_receive(&row, l, &a, &f), &f, ST_OK, NULL);
	fd_close(&fd);
	expect_next("at once", l, false, (struct next){ row, false });
	failed(l, row, "courier.connect", true);
	uint64_t fresh = ready(l, "new@us", 30);
	expect_next("not reached", l, false, (struct next){ fresh, false });
	expect_next("reached", l, true, (struct next){ row, true });
	expect_next("once", l, true, (struct next){ 0, false });
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(the_earliest_deadline_goes_first),
		IN_HOUSE(of_equals_the_one_that_came_first),
		IN_HOUSE(it_waits_while_nobody_is_reached),
		IN_HOUSE(other_pauses_stay),
		IN_HOUSE(what_ended_does_not_go),
		IN_HOUSE(another_lane_is_another),
		IN_HOUSE(an_undone_batch_keeps_nothing),
		IN_HOUSE(a_new_start_knows_by_the_code),
		IN_HOUSE(receipts_that_we_owe_go_too),
	};

	return cmocka_run_group_tests_name("unreached", tests, NULL, NULL);
}
