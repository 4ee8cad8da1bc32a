/* SPDX-License-Identifier: Apache-2.0 */
/* A receipt is missed once, at its time, and forgotten a day after. */
#include "ledger_messages.h"

#include "base/clock.h"
#include "ledger/late_receipts.h"

#define HOUR_NS (3600 * NS_PER_S)
#define NOON_NS (INT64_C(1795435200) * NS_PER_S)

static struct ledger *house_of_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
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

static void told(void *context, const struct ledger_message *m)
{
	buf_putf(context, "%.*s %s;", SLICE_FMT(m->message_id), delivery_name(m->state));
}

static void expect_told(struct ledger *l, int64_t now_ns, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	expect_fault("expire", ledger_expire(l, now_ns, told, &got, &f), &f, ST_OK, NULL);
	expect_text("told", buf_text(&got), want);
}

static void late_word(void *context, const struct ledger_late *row)
{
	buf_putf(context, "%.*s %s %llu;", SLICE_FMT(row->partner), area_name(row->area),
		(unsigned long long)row->count);
}

static void expect_late(const char *name, struct ledger *l, int64_t now_ns, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	expect_fault(name, ledger_late_receipts(l, now_ns, late_word, &got, &f), &f, ST_OK, NULL);
	expect_text(name, buf_text(&got), want);
}

static void settle(struct ledger *l, uint64_t row, int64_t now_ns)
{
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	expect_fault("receipt", memory_file_new(&fd, "receipt", S("receipt"), &f), &f, ST_OK, NULL);
	const struct ledger_settlement s = { .row = row, .state = DELIVERY_DELIVERED,
		.partner = S("acme"), .receipt_type = S("multipart/report"), .receipt = { 0, 7 },
		.parcel = fd, .now_ns = now_ns };
	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
}

static void it_is_missed_once_and_then_expires(void **state)
{
	AUTO(ledger) l = house_of_ledger();
	struct fault f = { 0 };
	int64_t at_ns;

	(void)state;
	submit(l, &(struct draft){ .id = "a", .alarm_ns = NOON_NS + 30, .deadline_ns = NOON_NS + 90 });
	submit(l, &(struct draft){ .id = "b", .alarm_ns = NOON_NS + 80, .deadline_ns = NOON_NS + 60 });
	submit(l, &(struct draft){ .id = "c", .deadline_ns = NOON_NS + 70 });
	expect_fault("next", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_true(at_ns == NOON_NS + 30);
	expect_told(l, NOON_NS + 29, "");
	expect_told(l, NOON_NS + 30, "a ready;");
	expect_told(l, NOON_NS + 59, "");
	expect_late("one", l, NOON_NS + 59, "acme outage 1;");
	expect_told(l, NOON_NS + 90, "b expired;c expired;a expired;");
	expect_late("still one", l, NOON_NS + 90, "acme outage 1;");
}

/* It came between the moment and our next look at the clock; or in time; or was missed before. */
static void what_came_too_late_counts(void **state)
{
	AUTO(ledger) l = house_of_ledger();
	const struct draft late = { .id = "a", .alarm_ns = NOON_NS + 30, .deadline_ns = NOON_NS + 90 };
	const struct draft timely = { .id = "b", .alarm_ns = NOON_NS + 30, .deadline_ns = NOON_NS + 90 };
	const struct draft missed = { .id = "c", .alarm_ns = NOON_NS + 40, .deadline_ns = NOON_NS + 90 };
	const struct draft never = { .id = "d", .alarm_ns = NOON_NS + 99, .deadline_ns = NOON_NS + 95 };

	(void)state;
	settle(l, submit(l, &timely), NOON_NS + 29);
	expect_late("in time", l, NOON_NS + 30, "");
	settle(l, submit(l, &late), NOON_NS + 30);
	expect_late("late", l, NOON_NS + 30, "acme outage 1;");
	uint64_t row = submit(l, &missed);
	expect_told(l, NOON_NS + 40, "c ready;");
	settle(l, row, NOON_NS + 50);
	expect_late("once", l, NOON_NS + 50, "acme outage 2;");
	settle(l, submit(l, &never), NOON_NS + 94);
	expect_late("the deadline is earlier", l, NOON_NS + 99, "acme outage 2;");
}

static void a_day_later_it_is_forgotten(void **state)
{
	AUTO(ledger) l = house_of_ledger();
	struct fault f = { 0 };
	uint64_t row = submit(l, &(struct draft){ .id = "a" });

	(void)state;
	for (int i = 0; i < 30; i++)
		expect_fault("note", late_receipt_note(l, row, S("acme"), AREA_BILLING,
			NOON_NS + i * HOUR_NS, &f), &f, ST_OK, NULL);
	expect_fault("other", late_receipt_note(l, row, S("zenith"), AREA_OUTAGE,
		NOON_NS + 29 * HOUR_NS, &f), &f, ST_OK, NULL);
	expect_late("a day of them", l, NOON_NS + 29 * HOUR_NS, "acme billing 24;zenith outage 1;");
	expect_late("hours go", l, NOON_NS + 39 * HOUR_NS, "acme billing 14;zenith outage 1;");
	expect_late("all gone", l, NOON_NS + 53 * HOUR_NS, "");
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(it_is_missed_once_and_then_expires),
		IN_HOUSE(what_came_too_late_counts),
		IN_HOUSE(a_day_later_it_is_forgotten),
	};

	return cmocka_run_group_tests_name("late_receipts", tests, NULL, NULL);
}
