/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of what could not be opened: which are kept, how many of whom, and until when. */
#include "ledger_messages.h"

#include "base/clock.h"
#include "ledger/kept.h"

#define HOUR_NS (INT64_C(3600) * NS_PER_S)
#define WEEK_NS (7 * 24 * HOUR_NS)

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

/* Rejected, with `n` bytes of its parcel as what came; in a batch of its own. */
static uint64_t refused(struct ledger *l, const struct draft *d, uint64_t n)
{
	AUTO_IN_PLACE(parcel) p;
	struct fault f = { 0 };
	uint64_t row = 0;

	parcel_init(&p, d, "receipt of");
	AUTO_FD fd = parcel_file(l, &p, 0);
	struct ledger_arrival a = draft_arrival(d, &p, fd);
	a.part = a.document = a.signature = (struct section){ 0, 0 };
	a.came.bytes = (struct section){ p.document.at, n };
	a.came.until_ns = a.message.settled_ns + WEEK_NS;
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(d->id, ledger_receive(&row, l, &a, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	return row;
}

/* What answered message `row`; in a batch of its own. */
static void answered(struct ledger *l, uint64_t row, const char *body)
{
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	expect_fault("memory", memory_file_new(&fd, "answer", slice_str(body), &f), &f, ST_OK, NULL);
	const struct kept kept = { .row = row,
		.partner = S("acme"),
		.at_ns = WEEK_NS,
		.until_ns = 2 * WEEK_NS,
		.head = S("Content-Type: text/html\r\n\r\n"),
		.bytes = { 0, strlen(body) },
		.fd = fd };
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault("kept", kept_add(l, &kept, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
}

static bool is_kept(struct ledger *l, uint64_t row)
{
	struct section where;
	struct slice type;
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	enum status st = ledger_content(&fd, &where, &type, l, row, CONTENT_CAME, &f);
	if (st != ST_OK)
		expect_fault("not kept", st, &f, ST_NONE, "message.not-kept");
	return st == ST_OK;
}

static struct draft draft_of(char id[32], unsigned i, int64_t at_ns)
{
	snprintf(id, 32, "%u@them", i);
	return (struct draft){ id, .size = 40, .state = DELIVERY_REJECTED, .created_ns = at_ns };
}

/* One a quarter of an hour, so that never more than four are of one hour. */
#define QUARTER(i) (WEEK_NS + (int64_t)(i) * HOUR_NS / 4)

static void what_came_is_kept_as_it_is(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096), want = buf_init(4096);
	char id[32];
	const struct draft d = draft_of(id, 1, WEEK_NS);

	(void)state;
	uint64_t row = refused(l, &d, d.size);
	content_read(&got, l, row, CONTENT_CAME);
	document_put(&want, &d);
	assert_true(slice_eq(buf_slice(&got), buf_slice(&want)));
	const struct draft none = { "none@them", .state = DELIVERY_REJECTED };
	assert_false(is_kept(l, refused(l, &none, 0)));
}

static void of_a_partner_the_last_are_kept(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t rows[KEPT_MOST + 2], others;
	char id[32];

	(void)state;
	others = refused(l,
		&(struct draft){ "o@other", .partner = "ajax", .size = 9, .created_ns = QUARTER(0),
			.state = DELIVERY_REJECTED },
		9);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		const struct draft d = draft_of(id, i, QUARTER(i));
		rows[i] = refused(l, &d, d.size);
	}
	for (unsigned i = 0; i < COUNT(rows); i++)
		assert_int_equal(is_kept(l, rows[i]), i >= 2);
	assert_true(is_kept(l, others));
}

/* A flood is written no more of than that, and the first of it are those that are there. */
static void of_an_hour_no_more_are_kept(void **state)
{
	AUTO(ledger) l = open_ledger();
	char id[32];

	(void)state;
	for (unsigned i = 0; i < KEPT_MOST + 3; i++) {
		const struct draft d = draft_of(id, i, WEEK_NS + i);
		assert_int_equal(is_kept(l, refused(l, &d, d.size)), i < KEPT_MOST);
	}
	const struct draft d = draft_of(id, 99, WEEK_NS + HOUR_NS + 20);
	assert_true(is_kept(l, refused(l, &d, d.size)));
}

static void what_is_too_large_is_not_kept(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct draft d = { "a@them", .size = KEPT_BYTES_MAX + 1, .state = DELIVERY_REJECTED };

	(void)state;
	assert_false(is_kept(l, refused(l, &d, KEPT_BYTES_MAX + 1)));
	d.id = "b@them";
	assert_true(is_kept(l, refused(l, &d, KEPT_BYTES_MAX)));
}

static void of_a_message_the_first_answer_is_kept(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	(void)state;
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault("submit",
		draft_submit(&row, &repeated, l, &(struct draft){ "a@us", .size = 9 }, &f), &f,
		ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	assert_false(is_kept(l, row));
	answered(l, row, "<html>");
	answered(l, row, "<other>");
	content_read(&got, l, row, CONTENT_CAME);
	expect_text("answer", buf_text(&got), "Content-Type: text/html\r\n\r\n<html>");
}

static void nobody(void *context, const struct ledger_message *m)
{
	(void)context;
	fail_msg("message %llu", (unsigned long long)m->row);
}

static void it_goes_when_its_time_is_over(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	int64_t at_ns = 0;
	char id[32];
	const struct draft d = draft_of(id, 1, WEEK_NS);

	(void)state;
	uint64_t row = refused(l, &d, d.size);
	expect_fault("deadline", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_true(at_ns == 2 * WEEK_NS);
	for (int late = -1; late <= 0; late++) {
		expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
		expect_fault("expire", ledger_expire(l, at_ns + late, nobody, NULL, &f), &f, ST_OK,
			NULL);
		expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
		assert_int_equal(is_kept(l, row), late < 0);
	}
	expect_fault("deadline", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_true(at_ns == INT64_MAX);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(what_came_is_kept_as_it_is),
		IN_HOUSE(of_a_partner_the_last_are_kept),
		IN_HOUSE(of_an_hour_no_more_are_kept),
		IN_HOUSE(of_a_message_the_first_answer_is_kept),
		IN_HOUSE(what_is_too_large_is_not_kept),
		IN_HOUSE(it_goes_when_its_time_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
