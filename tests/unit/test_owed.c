/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts in connections of their own, in the ledger: those we owe, queued with the message they
 * are for, and messages of ours whose receipt is awaited.
 */
#include "ledger_messages.h"

#include "exchange/delivery.h"

#define LANE AREA_OUTAGE /* of a draft that says nothing */
#define HEADERS "AS2-Version: 1.2\r\nMessage-ID: <r1@us>\r\n"
#define DUE_NS DRAFT_CREATED_NS
#define LATE_NS 5000

static struct ledger *open_ledger(void)
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

/* What arrives and wants its receipt later; of a duplicate ST_NONE. */
static enum status arrive(uint64_t *row, struct ledger *l, const struct draft *d,
	struct slice headers, struct slice note)
{
	AUTO_IN_PLACE(parcel) p;
	struct fault f = { 0 };
	char last[32];

	snprintf(last, sizeof(last), "receipt %u of", d->variant);
	parcel_init(&p, d, last);
	AUTO_FD fd = parcel_file(l, &p, d->size);
	struct ledger_arrival a = draft_arrival(d, &p, fd);
	if (a.message.state == DELIVERY_REJECTED)
		a.part = a.document = a.signature = (struct section){ 0, 0 };
	a.owed.headers = headers;
	a.owed.note = note;
	a.owed.deadline_ns = LATE_NS;
	enum status st = ledger_receive(row, l, &a, &f);
	ledger_spool_forget(l, OWNER, 1);
	return st;
}

/* One in a batch of its own. */
static uint64_t owed(struct ledger *l, const struct draft *d)
{
	uint64_t row = 0;

	begin(l);
	enum status st = arrive(&row, l, d, S(HEADERS), S(""));
	if (st != ST_OK && st != ST_NONE)
		fail_msg("%s: %s", d->id, status_name(st));
	commit(l);
	return row;
}

static void expect_owed(const char *name, struct ledger *l, uint64_t row, enum delivery want)
{
	struct ledger_message m;
	struct fault f = { 0 };

	expect_fault(name, ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	if (m.owed != want)
		fail_msg("%s: the receipt is %d, want %d", name, (int)m.owed, (int)want);
}

static void event_word(void *context, const struct ledger_event *event)
{
	buf_putf(context, "%.*s ", SLICE_FMT(event->what));
}

static void expect_events(struct ledger *l, uint64_t row, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	expect_fault(
		"events", ledger_events(l, row, 0, 1000, event_word, &got, &f), &f, ST_OK, NULL);
	expect_text("events", buf_text(&got), want);
}

static enum status take(struct ledger_job *job, struct ledger *l, int64_t now_ns)
{
	struct fault f = { 0 };

	*job = (struct ledger_job){ .parcel = -1 };
	return ledger_take(job, l, S("acme"), LANE, now_ns, &f);
}

static void expect_as_made(const struct ledger_job *job)
{
	AUTO_IN_PLACE(buf) receipt = buf_init(4096);
	struct fault f = { 0 };

	expect_fault("receipt", fd_read_at(&receipt, job->parcel, job->sealed.at, job->sealed.n, &f),
		&f, ST_OK, NULL);
	assert_int_equal(job->sealed_digest.n, SEALED_DIGEST_SIZE);
	assert_true(sealed_digest_fits(slice_of(job->sealed_digest.bytes, job->sealed_digest.n),
		buf_slice(&receipt)));
}

/* The row of what is due, which is with a courier then; 0: nothing. */
static uint64_t taken(struct ledger *l, int64_t now_ns)
{
	struct ledger_job job;
	enum status st = take(&job, l, now_ns);

	if (st == ST_OK) /* which the courier compares with what it sends */
		expect_as_made(&job);
	fd_close(&job.parcel);
	return st == ST_OK ? job.message.row : 0;
}

static void end(struct ledger *l, uint64_t row, enum delivery how)
{
	struct fault why = { 0 }, f = { 0 };

	fault_set(&why, ST_INPUT, "courier.http", "the partner answered HTTP 404");
	expect_fault("end", ledger_receipt_end(l, row, how,
				    how == DELIVERY_DELIVERED ? NULL : &why, 3000, &f),
		&f, ST_OK, NULL);
}

/* --- what we owe --- */

static void a_receipt_is_queued_with_its_message(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_job job;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = owed(l, &(struct draft){ .id = "a@them", .variant = 7 });
	expect_owed("queued", l, row, DELIVERY_READY);
	begin(l);
	assert_int_equal(take(&job, l, DUE_NS), ST_OK);
	assert_int_equal(job.message.row, row);
	assert_int_equal(job.message.direction, MESSAGE_IN);
	assert_int_equal(job.message.attempts, 1);
	assert_true(job.message.deadline_ns == LATE_NS);
	expect_slice("partner", job.message.partner, S("acme"));
	expect_slice("headers", job.headers, S(HEADERS "Content-Type: multipart/report\r\n"));
	expect_fault("body", fd_read_at(&got, job.parcel, job.sealed.at, job.sealed.n, &f), &f,
		ST_OK, NULL);
	expect_text("body", buf_text(&got), "receipt 7 of a@them");
	fd_close(&job.parcel);
	assert_int_equal(taken(l, INT64_MAX), 0);
	end(l, row, DELIVERY_DELIVERED);
	commit(l);
	expect_owed("delivered", l, row, DELIVERY_DELIVERED);
	expect_events(l, row, "received receipt-queued receipt-attempt receipt-delivered ");
}

static void what_is_answered_at_once_owes_nothing(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t row = 0;

	(void)state;
	begin(l);
	assert_int_equal(
		arrive(&row, l, &(struct draft){ .id = "a@them" }, S(""), S("")), ST_OK);
	assert_int_equal(taken(l, INT64_MAX), 0);
	commit(l);
	expect_owed("none", l, row, DELIVERIES);
}

static void a_batch_undone_owes_nothing(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t row = 0;

	(void)state;
	begin(l);
	assert_int_equal(
		arrive(&row, l, &(struct draft){ .id = "a@them" }, S(HEADERS), S("")), ST_OK);
	ledger_rollback(l);
	begin(l);
	assert_int_equal(taken(l, INT64_MAX), 0);
	commit(l);
}

static void what_was_on_its_way_is_ready_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = owed(l, &(struct draft){ .id = "a@them" });

	(void)state;
	begin(l);
	assert_int_equal(taken(l, DUE_NS), row);
	commit(l);
	expect_owed("on its way", l, row, DELIVERY_SENDING);
	ledger_close(l);
	l = open_ledger();
	expect_owed("again", l, row, DELIVERY_READY);
	begin(l);
	assert_int_equal(taken(l, DUE_NS), row);
	commit(l);
	ledger_close(l);
}

static void a_deferred_one_waits_for_its_time(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault why = { 0 }, f = { 0 };
	int64_t due_ns = 0;

	(void)state;
	uint64_t row = owed(l, &(struct draft){ .id = "a@them" });
	fault_set(&why, ST_RETRY, "courier.connect", "nobody there");
	begin(l);
	assert_int_equal(taken(l, DUE_NS), row);
	expect_fault("defer", ledger_defer(l, row, &why, 2000, 4000, &f), &f, ST_OK, NULL);
	assert_int_equal(taken(l, 3999), 0);
	expect_fault("due", ledger_due(&due_ns, l, S("acme"), LANE, &f), &f, ST_OK, NULL);
	assert_true(due_ns == 4000);
	assert_int_equal(taken(l, 4000), row);
	commit(l);
	expect_events(l, row, "received receipt-queued receipt-attempt receipt-deferred ");
}

static void receipts_go_before_messages(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	bool repeated;
	uint64_t first, row;

	(void)state;
	begin(l);
	expect_fault("submit", draft_submit(&first, &repeated, l,
				       &(struct draft){ .id = "1@us", .created_ns = 10 }, &f),
		&f, ST_OK, NULL);
	commit(l);
	row = owed(l, &(struct draft){ .id = "a@them" });
	begin(l);
	assert_int_equal(taken(l, DUE_NS), row);
	assert_int_equal(taken(l, DUE_NS), first);
	commit(l);
}

/* However often it is asked for: one waits, and the next begins when that one ended. */
static void a_duplicate_is_owed_the_stored_one(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_job job;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = owed(l, &(struct draft){ .id = "a@them", .variant = 1 });
	for (int i = 0; i < 5; i++)
		assert_int_equal(owed(l, &(struct draft){ .id = "a@them", .variant = 2 }), row);
	begin(l);
	assert_int_equal(taken(l, DUE_NS), row);
	assert_int_equal(taken(l, INT64_MAX), 0);
	commit(l);
	(void)owed(l, &(struct draft){ .id = "a@them", .variant = 2 }); /* while it is on its way */
	begin(l);
	assert_int_equal(taken(l, INT64_MAX), 0);
	end(l, row, DELIVERY_DELIVERED);
	commit(l);
	(void)owed(l, &(struct draft){ .id = "a@them", .variant = 3 });
	begin(l);
	assert_int_equal(take(&job, l, DUE_NS), ST_OK);
	assert_int_equal(job.message.attempts, 1);
	expect_fault("body", fd_read_at(&got, job.parcel, job.sealed.at, job.sealed.n, &f), &f,
		ST_OK, NULL);
	expect_text("body", buf_text(&got), "receipt 1 of a@them");
	fd_close(&job.parcel);
	commit(l);
	expect_events(l, row, "received receipt-queued duplicate receipt-attempt receipt-delivered ");
}

static const struct draft bad = { .id = "a@them", .state = DELIVERY_REJECTED };

static void of_the_same_refusal_one_waits(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t one = owed(l, &bad), two = owed(l, &bad);
	expect_owed("the first", l, one, DELIVERY_READY);
	expect_owed("the second", l, two, DELIVERIES);
	begin(l);
	assert_int_equal(taken(l, DUE_NS), one);
	assert_int_equal(taken(l, DUE_NS), 0);
	end(l, one, DELIVERY_DELIVERED);
	commit(l);
	expect_owed("another, later", l, owed(l, &bad), DELIVERY_READY);
	expect_owed("of another id", l,
		owed(l, &(struct draft){ .id = "b@them", .state = DELIVERY_REJECTED }),
		DELIVERY_READY);
}

static void acceptance_takes_a_waiting_refusal_back(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t refused = owed(l, &bad);
	uint64_t accepted = owed(l, &(struct draft){ .id = "a@them" });
	expect_owed("refusal", l, refused, DELIVERY_EXPIRED);
	expect_owed("acceptance", l, accepted, DELIVERY_READY);
	expect_events(l, refused, "rejected receipt-queued receipt-withdrawn ");
	begin(l);
	assert_int_equal(taken(l, INT64_MAX), accepted);
	assert_int_equal(taken(l, INT64_MAX), 0);
	commit(l);
}

/* The courier has it: it may arrive, but is not tried again. */
static void a_refusal_on_its_way_is_not_repeated_after_acceptance(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault why = { 0 }, f = { 0 };

	(void)state;
	uint64_t refused = owed(l, &bad);
	begin(l);
	assert_int_equal(taken(l, DUE_NS), refused);
	commit(l);
	uint64_t accepted = owed(l, &(struct draft){ .id = "a@them" });
	begin(l);
	expect_fault("late", ledger_defer(l, refused, &why, 1, 2, &f), &f, ST_NONE,
		"ledger.settled");
	assert_int_equal(taken(l, INT64_MAX), accepted);
	assert_int_equal(taken(l, INT64_MAX), 0);
	end(l, refused, DELIVERY_DELIVERED); /* it did arrive */
	commit(l);
	expect_owed("refusal", l, refused, DELIVERY_DELIVERED);
}

static void oddities_are_told_once(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t row = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin(l);
		(void)arrive(&row, l, &(struct draft){ .id = "a@them" }, S(HEADERS),
			S("asked for at http://elsewhere"));
		commit(l);
	}
	expect_events(l, row, "received receipt-address receipt-queued duplicate ");
}

static void what_is_not_on_its_way_has_no_end(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault why = { 0 }, f = { 0 };

	(void)state;
	uint64_t row = owed(l, &(struct draft){ .id = "a@them" });
	begin(l);
	/* Refusing what no courier has; an end of what ended; a message we do not have. */
	expect_fault("ready", ledger_receipt_end(l, row, DELIVERY_REFUSED, &why, 1, &f), &f,
		ST_NONE, "ledger.settled");
	assert_int_equal(taken(l, DUE_NS), row);
	end(l, row, DELIVERY_REFUSED);
	expect_fault("ended", ledger_receipt_end(l, row, DELIVERY_DELIVERED, NULL, 1, &f), &f,
		ST_NONE, "ledger.settled");
	expect_fault("unknown", ledger_receipt_end(l, row + 1, DELIVERY_DELIVERED, NULL, 1, &f), &f,
		ST_NONE, "ledger.settled");
	expect_fault("late", ledger_defer(l, row, &why, 1, 2, &f), &f, ST_NONE, "ledger.settled");
	commit(l);
	expect_owed("refused", l, row, DELIVERY_REFUSED);
}

/* --- deadlines and counts --- */

static void note_expired(void *context, const struct ledger_message *m)
{
	buf_putf(context, "%s %.*s ", m->direction == MESSAGE_IN ? "in" : "out",
		SLICE_FMT(m->message_id));
}

static void it_expires_at_its_deadline(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };
	int64_t at_ns = 0;

	(void)state;
	uint64_t row = owed(l, &(struct draft){ .id = "a@them" });
	expect_fault("when", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_true(at_ns == LATE_NS);
	begin(l);
	expect_fault("early", ledger_expire(l, LATE_NS - 1, note_expired, &got, &f), &f, ST_OK,
		NULL);
	expect_text("early", buf_text(&got), "");
	expect_fault("late", ledger_expire(l, LATE_NS, note_expired, &got, &f), &f, ST_OK, NULL);
	expect_text("late", buf_text(&got), "in a@them ");
	commit(l);
	expect_owed("expired", l, row, DELIVERY_EXPIRED);
	expect_events(l, row, "received receipt-queued receipt-expired ");
	expect_fault("when", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_true(at_ns == INT64_MAX);
}

static void note_count(
	void *context, enum area area, enum delivery state, const struct ledger_count *count)
{
	buf_putf(context, "%s %s %llu %lld ", area_name(area), delivery_name(state),
		(unsigned long long)count->count, (long long)count->oldest_ns);
}

static void what_did_not_arrive_is_counted(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		char id[] = { (char)('a' + i), '@', 't', '\0' };
		(void)owed(l, &(struct draft){ .id = id, .created_ns = 100 + i });
	}
	begin(l);
	end(l, taken(l, DUE_NS), DELIVERY_DELIVERED);
	end(l, taken(l, DUE_NS), DELIVERY_REFUSED);
	commit(l);
	expect_fault("counts", ledger_receipts_owed(l, note_count, &got, &f), &f, ST_OK, NULL);
	expect_text("counts", buf_text(&got), "outage ready 2 102 outage refused 1 101 ");
}

static void note_lane(
	void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns)
{
	buf_putf(context, "%.*s %u %llu %lld ", SLICE_FMT(partner), lane, (unsigned long long)count,
		(long long)due_ns);
}

static void waiting_lanes_are_told(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	(void)state;
	(void)owed(l, &(struct draft){ .id = "a@them", .area = AREA_BILLING });
	expect_fault("waiting", ledger_waiting(l, note_lane, &got, &f), &f, ST_OK, NULL);
	expect_text("waiting", buf_text(&got), "acme 3 1 1000 ");
}

/* --- what we await --- */

static uint64_t sent(struct ledger *l, const char *id)
{
	struct fault f = { 0 };
	bool repeated;
	uint64_t row = 0;

	begin(l);
	expect_fault("submit", draft_submit(&row, &repeated, l, &(struct draft){ .id = id }, &f),
		&f, ST_OK, NULL);
	assert_int_equal(taken(l, DUE_NS), row);
	expect_fault("await", ledger_await(l, row, 2000, 4000, &f), &f, ST_OK, NULL);
	commit(l);
	return row;
}

static void an_awaited_message_is_sent_again_as_it_is(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_job job;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = sent(l, "1@us");
	begin(l);
	assert_int_equal(taken(l, 3999), 0);
	assert_int_equal(take(&job, l, 4000), ST_OK);
	assert_int_equal(job.message.row, row);
	assert_int_equal(job.message.attempts, 2);
	expect_fault("body", fd_read_at(&got, job.parcel, job.sealed.at, job.sealed.n, &f), &f,
		ST_OK, NULL);
	expect_text("body", buf_text(&got), "sealed form of 1@us");
	fd_close(&job.parcel);
	commit(l);
	expect_events(l, row, "submitted attempt awaiting attempt ");
}

static void an_awaited_message_waits_through_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	struct ledger_message m;
	struct fault f = { 0 };
	uint64_t row = sent(l, "1@us");

	(void)state;
	ledger_close(l);
	l = open_ledger();
	expect_fault("get", ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	assert_int_equal(m.state, DELIVERY_AWAITING);
	begin(l);
	assert_int_equal(taken(l, 3999), 0);
	assert_int_equal(taken(l, 4000), row);
	commit(l);
	ledger_close(l);
}

static void awaiting_ends_at_the_deadline(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	(void)state;
	(void)sent(l, "1@us");
	begin(l);
	expect_fault("late", ledger_expire(l, DRAFT_DEADLINE_NS, note_expired, &got, &f), &f, ST_OK,
		NULL);
	expect_text("late", buf_text(&got), "out 1@us ");
	commit(l);
}

static void only_what_is_with_a_courier_is_awaited(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	uint64_t row = sent(l, "1@us");
	begin(l);
	expect_fault("twice", ledger_await(l, row, 2000, 4000, &f), &f, ST_NONE, "ledger.settled");
	expect_fault("none", ledger_await(l, row + 1, 2000, 4000, &f), &f, ST_NONE,
		"message.unknown");
	commit(l);
}

static void what_was_sent_is_found_by_partner_and_id(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	uint64_t row = 0;

	(void)state;
	uint64_t want = sent(l, "1@us");
	(void)owed(l, &(struct draft){ .id = "2@us" });
	expect_fault("found", ledger_find_sent(&row, l, S("acme"), S("1@us"), &f), &f, ST_OK, NULL);
	assert_int_equal(row, want);
	expect_fault("another partner's", ledger_find_sent(&row, l, S("acmf"), S("1@us"), &f), &f,
		ST_NONE, "message.unknown");
	expect_fault("what came in", ledger_find_sent(&row, l, S("acme"), S("2@us"), &f), &f,
		ST_NONE, "message.unknown");
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(a_receipt_is_queued_with_its_message),
		IN_HOUSE(what_is_answered_at_once_owes_nothing),
		IN_HOUSE(a_batch_undone_owes_nothing),
		IN_HOUSE(what_was_on_its_way_is_ready_after_a_restart),
		IN_HOUSE(a_deferred_one_waits_for_its_time),
		IN_HOUSE(receipts_go_before_messages),
		IN_HOUSE(a_duplicate_is_owed_the_stored_one),
		IN_HOUSE(of_the_same_refusal_one_waits),
		IN_HOUSE(acceptance_takes_a_waiting_refusal_back),
		IN_HOUSE(a_refusal_on_its_way_is_not_repeated_after_acceptance),
		IN_HOUSE(oddities_are_told_once),
		IN_HOUSE(what_is_not_on_its_way_has_no_end),
		IN_HOUSE(it_expires_at_its_deadline),
		IN_HOUSE(what_did_not_arrive_is_counted),
		IN_HOUSE(waiting_lanes_are_told),
		IN_HOUSE(an_awaited_message_is_sent_again_as_it_is),
		IN_HOUSE(an_awaited_message_waits_through_a_restart),
		IN_HOUSE(awaiting_ends_at_the_deadline),
		IN_HOUSE(only_what_is_with_a_courier_is_awaited),
		IN_HOUSE(what_was_sent_is_found_by_partner_and_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
