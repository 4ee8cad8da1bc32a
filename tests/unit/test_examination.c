/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that are looked into, in the ledger: each once, in order, through restarts; the sets
 * that were sent, and what becomes of them when the partner's answers come, or do not.
 */
#include "ledger_messages.h"
#include "register_facts.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "exchange/delivery.h"
#include "ledger/copies_lost.h"
#include "ledger/interchanges.h"

#define EXAMINED { .examined = true }
#define DUE(at_ns_) { .examined = true, .due_ns = (at_ns_) }

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	return l;
}

static void commit_close(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
}

static uint64_t arrived(struct ledger *l, struct draft d)
{
	uint64_t row = 0;
	struct fault f = { 0 };

	d.size = d.size ? d.size : 100;
	expect_fault(d.id, draft_receive(&row, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

static uint64_t sent(struct ledger *l, struct draft d)
{
	uint64_t row = 0;
	bool repeated;
	struct fault f = { 0 };

	d.size = d.size ? d.size : 100;
	expect_fault(d.id, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

static void delivered(struct ledger *l, uint64_t row)
{
	struct ledger_settlement s = { .row = row, .state = DELIVERY_DELIVERED, .parcel = -1,
		.now_ns = 2000, .partner = S("acme") };
	struct fault f = { 0 };

	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
}

/* The row that is to be looked into next; 0: none. */
static uint64_t next(struct ledger *l, int64_t now_ns)
{
	struct ledger_examination e;
	struct fault f = { 0 };
	enum status st = ledger_examine(&e, l, now_ns, &f);

	if (st == ST_NONE)
		return 0;
	expect_fault("examine", st, &f, ST_OK, NULL);
	assert_int_equal(e.document.n, e.message.size);
	fd_close(&e.fd);
	return e.message.row;
}

static void done(struct ledger *l, uint64_t row)
{
	struct fault f = { 0 };

	expect_fault("examined",
		ledger_examined(l, row, NULL, S("1 interchange"), 3000, &f), &f, ST_OK, NULL);
}

static void event_word(void *context, const struct ledger_event *event)
{
	buf_putf(context, "%.*s ", SLICE_FMT(event->what));
}

static void expect_events(struct ledger *l, uint64_t row, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };

	expect_fault("events", ledger_events(l, row, 0, 1000, event_word, &got, &f), &f, ST_OK,
		NULL);
	expect_text("events", buf_text(&got), want);
}

static bool said_of(struct ledger *l, uint64_t row, const char *what)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };

	expect_fault("events", ledger_events(l, row, 0, 1000, event_word, &got, &f), &f, ST_OK,
		NULL);
	return strstr(buf_text(&got), what) != NULL;
}

static void expect_flag(struct ledger *l, uint64_t row, const char *want)
{
	struct ledger_message m;
	struct fault f = { 0 };

	expect_fault("get", ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	expect_slice("flag", m.fault_code, slice_str(want));
}

/* --- the queue --- */

static void only_what_is_wished(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t wished;

	(void)state;
	arrived(l, (struct draft){ .id = "a@x" });
	sent(l, (struct draft){ .id = "b@x" });
	arrived(l, (struct draft){ .id = "c@x", .wish = EXAMINED, .state = DELIVERY_REJECTED });
	assert_int_equal(next(l, 5000), 0);
	wished = arrived(l, (struct draft){ .id = "d@x", .wish = EXAMINED });
	assert_int_equal(next(l, 5000), wished);
	done(l, wished);
	assert_int_equal(next(l, 5000), 0);
	expect_events(l, wished, "received x12-read ");
	commit_close(l);
}

static void one_of_a_partner_at_a_time_in_order(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t first = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	uint64_t second = sent(l, (struct draft){ .id = "b@x", .wish = EXAMINED });
	uint64_t other = arrived(
		l, (struct draft){ .id = "c@x", .partner = "other", .wish = EXAMINED });

	(void)state;
	assert_int_equal(next(l, 5000), first);
	assert_int_equal(next(l, 5000), other);
	assert_int_equal(next(l, 5000), 0);
	done(l, first);
	assert_int_equal(next(l, 5000), second);
	commit_close(l);
}

static void an_answer_passes_nothing_that_waits_for_one(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t document = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });
	uint64_t answer = arrived(l, (struct draft){ .id = "in@x", .wish = EXAMINED });
	uint64_t ours = arrived(
		l, (struct draft){ .id = "ours@x", .type = "application/json", .wish = EXAMINED });
	uint64_t other = arrived(
		l, (struct draft){ .id = "other@x", .partner = "other", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), document);
	expect_fault("again", ledger_examine_again(l, document, 6000, &f), &f, ST_OK, NULL);
	assert_int_equal(next(l, 5000), ours);
	done(l, ours);
	assert_int_equal(next(l, 5000), other);
	assert_int_equal(next(l, 5000), 0);
	assert_int_equal(next(l, 6000), document);
	done(l, document);
	assert_int_equal(next(l, 6000), answer);
	commit_close(l);
}

/* The copy of a decision must not come before that of its registration. */
static void ours_pass_none_of_ours_that_is_deferred(void **state)
{
	struct ledger *l = open_ledger();
	static const char json[] = "application/json";
	uint64_t registration =
		arrived(l, (struct draft){ .id = "r@x", .type = json, .wish = EXAMINED });
	uint64_t decision = sent(l, (struct draft){ .id = "d@x", .type = json, .wish = EXAMINED });
	uint64_t x12 = arrived(l, (struct draft){ .id = "x12@x", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), registration);
	expect_fault("again", ledger_examine_again(l, registration, 6000, &f), &f, ST_OK, NULL);
	assert_int_equal(next(l, 5000), x12);
	done(l, x12);
	assert_int_equal(next(l, 5000), 0);
	assert_int_equal(next(l, 6000), registration);
	done(l, registration);
	assert_int_equal(next(l, 6000), decision);
	commit_close(l);
}

static void a_large_document_too(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .size = LARGE, .wish = EXAMINED });

	(void)state;
	assert_int_equal(next(l, 5000), row);
	commit_close(l);
}

static void again_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });

	(void)state;
	assert_int_equal(next(l, 5000), row);
	commit_close(l);
	l = open_ledger();
	assert_int_equal(next(l, 5000), row);
	done(l, row);
	commit_close(l);
	l = open_ledger();
	assert_int_equal(next(l, 5000), 0);
	commit_close(l);
}

/* An envelope that dies with everybody says that it could not. */
static void at_once_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), row);
	expect_fault("again", ledger_examine_again(l, row, 65000, &f), &f, ST_OK, NULL);
	assert_int_equal(next(l, 5000), 0);
	commit_close(l);
	l = open_ledger();
	assert_int_equal(next(l, 5000), row);
	commit_close(l);
}

#define PAUSED (5000 + LEDGER_EXAMINE_PAUSE_NS)

/* As often as it is lost, each time at 5000; but for the last attempt, which comes when it may. */
static void look_and_lose(struct ledger *l, uint64_t row, unsigned times)
{
	struct fault f = { 0 };

	for (unsigned i = 0; i < times; i++) {
		int64_t now_ns = i < LEDGER_EXAMINE_ATTEMPTS - 1 ? 5000 : PAUSED;

		assert_int_equal(next(l, now_ns), row);
		expect_fault("lost", ledger_examine_lost(l, row, now_ns, &f), &f, ST_OK, NULL);
	}
}

static void what_ends_everybody_is_given_up(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });

	(void)state;
	look_and_lose(l, row, LEDGER_EXAMINE_ATTEMPTS);
	assert_int_equal(next(l, PAUSED), 0); /* at once: no attempt is left to help */
	expect_flag(l, row, "x12.unexamined");
	commit_close(l);
}

/* The only file of the spool is gone; or is there, and cannot be opened by anybody. */
static void file_spoil(bool is_gone)
{
	DIR *spool = opendir("spool");
	char path[300];
	struct dirent *file;

	assert_non_null(spool);
	while ((file = readdir(spool)))
		if (file->d_name[0] != '.') {
			snprintf(path, sizeof(path), "spool/%s", file->d_name);
			assert_int_equal(unlink(path), 0);
			if (!is_gone)
				assert_int_equal(symlink(file->d_name, path), 0);
		}
	closedir(spool);
}

static void expect_cause(struct ledger *l, uint64_t row, const char *within)
{
	struct ledger_message m;
	struct fault f = { 0 };
	size_t at;

	expect_fault("get", ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	assert_true(slice_find(&at, m.fault_text, slice_str(within)));
}

static void a_file_that_is_gone_is_trouble_of_its_document_alone(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .size = LARGE, .wish = EXAMINED });
	uint64_t other = arrived(l, (struct draft){ .id = "b@x", .wish = EXAMINED });

	(void)state;
	file_spoil(true);
	assert_int_equal(next(l, 5000), other);
	expect_flag(l, row, "x12.unexamined");
	expect_cause(l, row, "spool/");
	commit_close(l);
}

static void a_file_that_cannot_be_opened_is_tried_again(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .size = LARGE, .wish = EXAMINED });
	uint64_t other = arrived(l, (struct draft){ .id = "b@x", .wish = EXAMINED });

	(void)state;
	file_spoil(false);
	assert_int_equal(next(l, 5000), other);
	done(l, other);
	assert_int_equal(next(l, PAUSED - 1), 0);
	expect_flag(l, row, "");
	assert_int_equal(next(l, PAUSED), 0);
	expect_flag(l, row, "x12.unexamined");
	expect_cause(l, row, "spool/");
	commit_close(l);
}

/* A machine that ends everybody again and again takes not all attempts of a document at once. */
static void the_last_attempt_comes_after_a_pause(void **state)
{
	struct ledger *l = open_ledger();
	const struct draft ours = { .id = "a@x", .type = "application/json", .wish = EXAMINED };
	uint64_t row = arrived(l, ours), later;

	(void)state;
	look_and_lose(l, row, LEDGER_EXAMINE_ATTEMPTS - 1);
	later = arrived(l, (struct draft){ .id = "b@x", .type = "application/json", .wish = EXAMINED });
	assert_int_equal(next(l, PAUSED - 1), 0); /* the next may be about the first */
	assert_int_equal(next(l, PAUSED), row);
	done(l, row);
	assert_int_equal(next(l, 5000), later);
	commit_close(l);
}

static void a_start_does_not_end_the_pause(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	int64_t now_ns = clock_utc_ns();

	(void)state;
	look_and_lose(l, row, LEDGER_EXAMINE_ATTEMPTS - 1);
	commit_close(l);
	l = open_ledger();
	assert_int_equal(next(l, now_ns), 0);
	assert_int_equal(next(l, clock_utc_ns() + LEDGER_EXAMINE_PAUSE_NS), row);
	commit_close(l);
}

static void what_was_in_the_way_does_not_count(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 3 * LEDGER_EXAMINE_ATTEMPTS; i++) {
		assert_int_equal(next(l, 5000 + i), row);
		assert_int_equal(next(l, 5000 + i), 0);
		expect_fault("again", ledger_examine_again(l, row, 5001 + i, &f), &f, ST_OK, NULL);
		assert_int_equal(next(l, 5000 + i), 0);
	}
	commit_close(l);
}

static void control_numbers_are_given_once(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	struct ledger_examination a, b;
	struct fault f = { 0 };

	(void)state;
	expect_fault("examine", ledger_examine(&a, l, 5000, &f), &f, ST_OK, NULL);
	assert_int_equal(a.number, 900000001);
	assert_int_equal(a.numbers, 1);
	expect_fault("with", ledger_examine_with(l, row, 7, &f), &f, ST_OK, NULL);
	fd_close(&a.fd);
	expect_fault("examine", ledger_examine(&a, l, 5000, &f), &f, ST_OK, NULL);
	assert_int_equal(a.number, 900000002);
	assert_int_equal(a.numbers, 7);
	arrived(l, (struct draft){ .id = "b@x", .partner = "other", .wish = EXAMINED });
	expect_fault("examine", ledger_examine(&b, l, 5000, &f), &f, ST_OK, NULL);
	assert_int_equal(b.number, 900000009);
	fd_close(&a.fd);
	fd_close(&b.fd);
	commit_close(l);
}

/* --- sets and verdicts --- */

static void set_of_group(struct ledger *l, uint64_t row, const char *group, const char *number,
	const char *reference)
{
	struct ledger_set set = { .interchange = S("000000001"), .group_id = S("IN"),
		.group_number = slice_str(group), .set_id = S("810"),
		.set_number = slice_str(number), .reference = slice_str(reference) };
	struct fault f = { 0 };

	expect_fault("set", ledger_set_sent(l, row, &set, &f), &f, ST_OK, NULL);
}

static void set_sent(struct ledger *l, uint64_t row, const char *number, const char *reference)
{
	set_of_group(l, row, "17", number, reference);
}

/* What was sent: two sets in one group, delivered and looked into. */
static uint64_t two_sets(struct ledger *l, int64_t due_ns)
{
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(due_ns) });

	assert_int_equal(next(l, 5000), row);
	set_sent(l, row, "0001", "INV1");
	set_sent(l, row, "0002", "INV2");
	done(l, row);
	delivered(l, row);
	return row;
}

static uint64_t heard(struct ledger *l, enum ledger_about about, enum ledger_outcome outcome,
	struct ledger_set of)
{
	struct ledger_verdict v = { about, outcome, of, S("said"), 4000, { 0 }, 1, S("") };
	static unsigned count;
	char id[16];
	uint64_t found;
	struct fault f = { 0 };

	snprintf(id, sizeof(id), "in%u@x", ++count);
	uint64_t row = arrived(l, (struct draft){ .id = id });
	expect_fault("verdict", ledger_verdict_take(&found, l, row, &v, &f), &f, ST_OK, NULL);
	expect_events(l, row, found ? "received " : "received x12-unmatched ");
	expect_flag(l, row, found || outcome != OUTCOME_REJECTED ? "" : "x12.unmatched");
	return found;
}

#define GROUP .group_id = S("IN"), .group_number = S("17")

static unsigned late(struct ledger *l, int64_t now_ns);

static void an_accepted_group_answers_all_its_sets(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ GROUP }), 2);
	expect_events(l, row, "submitted x12-read delivered x12-told x12-accepted ");
	assert_int_equal(late(l, 10000), 0);
	expect_flag(l, row, "");
	commit_close(l);
}

static uint64_t many_sets(struct ledger *l, unsigned count)
{
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });
	char number[16];

	assert_int_equal(next(l, 5000), row);
	for (unsigned i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%09u", i);
		set_sent(l, row, number, "");
	}
	done(l, row);
	delivered(l, row);
	return row;
}

/* More sets than anybody would list one by one: the group's word is about each of them. */
static void a_group_of_any_size_is_answered(void **state)
{
	const unsigned count = 25000;
	struct ledger *l = open_ledger();

	(void)state;
	many_sets(l, count);
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ GROUP }), count);
	assert_int_equal(late(l, 10000), 0);
	commit_close(l);
}

/* The word on each costs the same, however many have theirs: else the ledger would stand still. */
static void sets_of_any_number_are_answered_each(void **state)
{
	const unsigned count = 25000;
	struct ledger *l = open_ledger();
	uint64_t row = many_sets(l, count), answer = arrived(l, (struct draft){ .id = "in@x" });
	uint64_t found;
	struct ledger_verdict v = { ABOUT_SET, OUTCOME_ACCEPTED, { GROUP }, S("said"), 4000, { 0 }, 1, S("") };
	struct fault f = { 0 };
	char number[16];

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%09u", i);
		v.of.set_number = slice_str(number);
		expect_fault("verdict", ledger_verdict_take(&found, l, answer, &v, &f), &f, ST_OK,
			NULL);
		assert_int_equal(found, 1);
	}
	/* Nobody said anything of the group: that each set has its word is enough. */
	assert_int_equal(late(l, 10000), 0);
	expect_flag(l, row, "");
	commit_close(l);
}

static void a_rejected_set_is_flagged(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	assert_int_equal(heard(l, ABOUT_SET, OUTCOME_REJECTED,
		(struct ledger_set){ GROUP, .set_number = S("0002") }), 1);
	expect_events(l, row, "submitted x12-read delivered x12-told x12-rejected ");
	expect_flag(l, row, "x12.rejected");
	commit_close(l);
}

static void looked_into(struct ledger *l, uint64_t row, unsigned findings)
{
	struct fault f = { 0 };

	assert_int_equal(next(l, 5000), row);
	for (unsigned i = 0; i < findings; i++)
		expect_fault("finding",
			ledger_finding(l, row, S("der.type"), S("line 1"), 3000, &f), &f, ST_OK,
			NULL);
	expect_fault("read", ledger_documents_read(l, row, S("invoice: 1 error"), 3000, &f), &f,
		ST_OK, NULL);
}

static void findings_of_documents_are_bounded_and_said_once(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	AUTO_IN_PLACE(buf) want = buf_init(4096);
	struct fault f = { 0 }, wrong;

	(void)state;
	looked_into(l, row, 3);
	expect_fault("lost", ledger_examine_lost(l, row, 5000, &f), &f, ST_OK, NULL);
	looked_into(l, row, LEDGER_FINDINGS_MAX + 5);
	fault_set(&wrong, ST_INPUT, "der.invalid", "der.type in line 1");
	expect_fault("end", ledger_examined(l, row, &wrong, S(""), 3000, &f), &f, ST_OK, NULL);
	expect_flag(l, row, "der.invalid");
	buf_put_text(&want, "received document-read ");
	for (unsigned i = 0; i < LEDGER_FINDINGS_MAX; i++)
		buf_put_text(&want, "document-finding ");
	buf_put_text(&want, "document-flagged ");
	expect_events(l, row, buf_text(&want));
	commit_close(l);
}

static void a_document_that_ends_everybody_is_given_up_as_one(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l,
		(struct draft){ .id = "a@x", .type = "application/json", .wish = EXAMINED });

	(void)state;
	look_and_lose(l, row, LEDGER_EXAMINE_ATTEMPTS);
	assert_int_equal(next(l, PAUSED), 0);
	expect_events(l, row, "submitted document-flagged ");
	delivered(l, row);
	expect_flag(l, row, "der.unexamined");
	commit_close(l);
}

/* --- copies --- */

static void a_copy_is_told_on_both_sides_and_once(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	uint64_t one = sent(l, (struct draft){ .id = "copy-1@us", .partner = "rto" });
	uint64_t two = sent(l, (struct draft){ .id = "copy-2@us", .partner = "iso" });
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		expect_fault("one", ledger_copied(l, of, one, 3000, &f), &f, ST_OK, NULL);
		expect_fault("two", ledger_copied(l, of, two, 3000, &f), &f, ST_OK, NULL);
	}
	expect_events(l, of, "received copied copied ");
	expect_events(l, one, "submitted copy-of ");
	expect_events(l, two, "submitted copy-of ");
	commit_close(l);
}

static void what_was_not_copied_is_told_once_and_bounded(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	AUTO_IN_PLACE(buf) want = buf_init(8192);
	struct fault f = { 0 };
	char text[32];

	(void)state;
	buf_put_text(&want, "received ");
	for (unsigned i = 0; i < 2 * (LEDGER_COPY_EVENTS + 5); i++) {
		snprintf(text, sizeof(text), "to rto-%u", i / 2);
		expect_fault("not",
			ledger_not_copied(l, of, S("agreement.area"), slice_str(text), 3000, &f), &f,
			ST_OK, NULL);
	}
	for (unsigned i = 0; i < LEDGER_COPY_EVENTS; i++)
		buf_put_text(&want, "not-copied ");
	expect_events(l, of, buf_text(&want));
	commit_close(l);
}

static void ended(struct ledger *l, uint64_t row, enum delivery state)
{
	struct fault f = { 0 }, why;

	fault_set(&why, ST_AUTH, "registry.unknown", "no");
	struct ledger_settlement s = { .row = row, .state = state, .parcel = -1, .now_ns = 4000,
		.partner = S("rto"), .why = state == DELIVERY_REFUSED ? &why : NULL };
	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
}

struct heard_lanes {
	unsigned areas; /* bits */
};

static void lane_heard(void *context, struct slice partner, enum area area, int64_t at_ns)
{
	(void)at_ns;
	assert_true(slice_eq(partner, S("rto")));
	((struct heard_lanes *)context)->areas |= AREA_BIT(area);
}

/* The areas in which something may go now. */
static unsigned go(struct ledger *l)
{
	struct heard_lanes heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct fault f = { 0 };

	expect_fault("go", ledger_order_go(l, 4000, &hear, &f), &f, ST_OK, NULL);
	return heard.areas;
}

#define UNTIL_NS 50000

/* As the ledger process does it.  Whether it waits. */
static bool copied(struct ledger *l, uint64_t of, const char *id, enum area area, uint64_t *row)
{
	const struct ledger_order_times times = { UNTIL_NS, 3000 };
	struct heard_lanes heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct ledger_order order;
	struct fault f = { 0 };

	expect_fault("order", ledger_order_of_copy(&order, l, of, S("rto"), area, &f), &f, ST_OK,
		NULL);
	bool waits = order.count > 0;
	*row = sent(l, (struct draft){ .id = id, .partner = "rto", .area = area,
			       .state = waits ? DELIVERY_DEFERRED : DELIVERY_READY });
	expect_fault("copied", ledger_copied(l, of, *row, 3000, &f), &f, ST_OK, NULL);
	expect_fault("keep", ledger_order_keep(l, *row, &order, &times, &hear, &f), &f, ST_OK, NULL);
	assert_int_equal(heard.areas & AREA_BIT(area), waits ? AREA_BIT(area) : 0);
	return waits;
}

static void copies_go_in_their_order(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED }), rows[6];
	uint64_t other = arrived(l, (struct draft){ .id = "b@y", .partner = "other", .wish = EXAMINED });

	(void)state;
	assert_false(copied(l, of, "registration", AREA_AGGREGATION, &rows[0]));
	assert_true(copied(l, of, "decision", AREA_AGGREGATION, &rows[1]));
	assert_true(copied(l, of, "award", AREA_AVAILABILITY, &rows[2]));
	assert_true(copied(l, of, "limit", AREA_OUTAGE, &rows[3]));
	assert_true(copied(l, of, "invoice", AREA_BILLING, &rows[4]));
	/* What is exchanged with somebody else is another matter. */
	assert_false(copied(l, other, "elsewhere", AREA_OUTAGE, &rows[5]));
	assert_false(ledger_order_may_go(l));
	assert_int_equal(go(l), 0);
	ended(l, rows[0], DELIVERY_DELIVERED);
	assert_true(ledger_order_may_go(l));
	assert_int_equal(go(l), AREA_BIT(AREA_AGGREGATION));
	assert_false(ledger_order_may_go(l));
	/* However it ends.  A limit does not wait for the award, the invoice does. */
	ended(l, rows[1], DELIVERY_REFUSED);
	assert_int_equal(go(l), AREA_BIT(AREA_AVAILABILITY) | AREA_BIT(AREA_OUTAGE));
	ended(l, rows[3], DELIVERY_DELIVERED);
	assert_int_equal(go(l), 0);
	ended(l, rows[2], DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_BILLING));
}

/* Its document was looked into again, and we were away before that was known. */
static void a_copy_that_is_made_again_waits_on(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED }), rows[2];
	struct fault f = { 0 };

	(void)state;
	assert_false(copied(l, of, "registration", AREA_AGGREGATION, &rows[0]));
	assert_true(copied(l, of, "decision", AREA_AGGREGATION, &rows[1]));
	expect_fault("again", ledger_copied(l, of, rows[1], 3000, &f), &f, ST_OK, NULL);
	assert_int_equal(go(l), 0);
	ended(l, rows[0], DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_AGGREGATION));
}

/* No event of a copy can say such a name whole. */
static void a_copy_whose_origin_nobody_finds_goes(void **state)
{
	AUTO(ledger) l = open_ledger();
	char id[LEDGER_DETAIL_MAX + 8];
	struct ledger_message m;
	struct fault f = { 0 };
	uint64_t rows[2];

	(void)state;
	memset(id, 'a', sizeof(id));
	memcpy(id + sizeof(id) - 3, "@x", 3);
	uint64_t of = arrived(l, (struct draft){ .id = id, .wish = EXAMINED });
	assert_false(copied(l, of, "registration", AREA_AGGREGATION, &rows[0]));
	assert_true(copied(l, of, "decision", AREA_AGGREGATION, &rows[1]));
	expect_fault("restart", ledger_recover(l, &f), &f, ST_OK, NULL);
	assert_int_equal(go(l), AREA_BIT(AREA_AGGREGATION));
	expect_fault("get", ledger_get(&m, l, rows[1], &f), &f, ST_OK, NULL);
	assert_int_equal(m.fault_code.n, 0);
}

static void copy_lost(struct ledger *l, uint64_t row)
{
	struct fault f = { 0 };

	expect_fault("lost", ledger_copy_lost(l, row, 5000, &f), &f, ST_OK, NULL);
}

/* Its names may look like what stands between them. */
static void what_was_copied_in_vain_is_flagged(void **state)
{
	static const struct {
		const char *id, *partner;
		bool is_ours;
	} origins[] = {
		{ "a@x", "acme", false },
		{ "b as c as@x", "d as e", false },
		{ "o@us", "acme", true },
	};
	struct ledger *l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		struct draft draft = { .id = origins[i].id, .partner = origins[i].partner,
			.wish = EXAMINED };
		char id[32];
		uint64_t of = origins[i].is_ours ? sent(l, draft) : arrived(l, draft), copy;

		snprintf(id, sizeof(id), "copy-%zu@us", i);
		copy = sent(l, (struct draft){ .id = id, .partner = "rto" });
		expect_fault("copied", ledger_copied(l, of, copy, 3000, &f), &f, ST_OK, NULL);
		copy_lost(l, of); /* no copy, and has none that is lost */
		ended(l, copy, DELIVERY_REFUSED);
		copy_lost(l, copy);
		copy_lost(l, copy);
		if (origins[i].is_ours)
			ended(l, of, DELIVERY_DELIVERED);
		expect_events(l, of, origins[i].is_ours ? "submitted copied document-flagged delivered "
							: "received copied document-flagged ");
		expect_flag(l, of, "der.not-copied");
		expect_flag(l, copy, "registry.unknown");
	}
	commit_close(l);
}

static uint64_t copy_to(struct ledger *l, uint64_t of, const char *partner, const char *id)
{
	uint64_t row = sent(l, (struct draft){ .id = id, .partner = partner });
	struct fault f = { 0 };

	expect_fault(id, ledger_copied(l, of, row, 3000, &f), &f, ST_OK, NULL);
	return row;
}

static void lose(struct ledger *l, uint64_t copy, enum delivery state)
{
	ended(l, copy, state);
	copy_lost(l, copy);
}

/* As registry copy does; `left`: what the flag says then, NULL: there is none. */
static void mend(
	struct ledger *l, uint64_t of, const char *partner, const char *id, const char *left)
{
	struct ledger_message m;
	struct fault f = { 0 };

	expect_fault(id, ledger_copy_mended(l, of, slice_str(partner), 6000, &f), &f, ST_OK, NULL);
	copy_to(l, of, partner, id);
	expect_fault(id, ledger_get(&m, l, of, &f), &f, ST_OK, NULL);
	expect_slice(id, m.fault_code, slice_str(left ? "der.not-copied" : ""));
	expect_slice(id, m.fault_text, slice_str(left ? left : ""));
}

#define LOST(to, why) "the copy to " to " is " why ": see `tieline registry copy " to "`"

static void each_partner_misses_its_own_copy(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	struct fault f = { 0 };
	uint64_t again;

	(void)state;
	lose(l, copy_to(l, of, "rto", "one@us"), DELIVERY_REFUSED);
	lose(l, copy_to(l, of, "rto as 2", "two@us"), DELIVERY_REFUSED);
	mend(l, of, "rto", "one-again@us", LOST("rto as 2", "refused (registry.unknown)"));
	/* Lost once more, in the same words. */
	expect_fault("sent", ledger_find_sent(&again, l, S("rto"), S("one-again@us"), &f), &f, ST_OK, NULL);
	lose(l, again, DELIVERY_REFUSED);
	mend(l, of, "rto as 2", "two-again@us", LOST("rto", "refused (registry.unknown)"));
	mend(l, of, "rto", "one-at-last@us", NULL);
	commit_close(l);
}

static void who_was_sent_nothing_misses_it_still(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	expect_fault("not", ledger_not_copied(l, of, S("agreement.area"), S("to iso: invoice: no"), 3000, &f),
		&f, ST_OK, NULL);
	expect_fault("rightly", ledger_not_copied(l, of, S("der.view.copy"), S("to third: invoice: no"), 3000, &f),
		&f, ST_OK, NULL);
	lose(l, copy_to(l, of, "rto", "one@us"), DELIVERY_REFUSED);
	mend(l, of, "rto", "one-again@us", "not copied to iso: invoice: no (agreement.area)");
	mend(l, of, "iso", "two@us", NULL);
	commit_close(l);
}

static void a_copy_is_of_what_is_there(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t of = arrived(l, (struct draft){ .id = "a@x", .wish = EXAMINED });
	uint64_t no = arrived(l, (struct draft){ .id = "b@x", .state = DELIVERY_REJECTED });
	const struct {
		const char *name;
		uint64_t of;
		const char *to;
		enum status want;
	} rows[] = {
		{ "of a message", of, "rto", ST_OK },
		{ "of none", 77, "rto", ST_INPUT },
		{ "of a number that no message has", UINT64_MAX, "rto", ST_INPUT },
		{ "of what it is exchanged with itself", of, "acme", ST_AUTH },
		{ "of what was not taken", no, "rto", ST_AUTH },
	};
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_fault(rows[i].name,
			ledger_copy_may_be(l, rows[i].of, slice_str(rows[i].to), &f), &f,
			rows[i].want, rows[i].want == ST_OK ? NULL : "copy.origin");
	commit_close(l);
}

/* i: it is found invalid, d: it is delivered, r: its partner rejects a set; u: unacknowledged. */
static const struct {
	const char *name, *order, *flag;
} races[] = {
	{ "invalid, when it was delivered", "di", "x12.invalid" },
	{ "invalid, while it is on its way", "id", "x12.invalid" },
	{ "rejected, when it was delivered", "dr", "x12.rejected" },
	{ "rejected, before the receipt is here", "rd", "x12.rejected" },
	{ "invalid, rejected, delivered", "ird", "x12.rejected" },
	{ "invalid, delivered, rejected", "idr", "x12.rejected" },
	{ "rejected says more than invalid", "rid", "x12.rejected" },
	{ "rejected stays", "dri", "x12.rejected" },
	{ "late, and then rejected", "dur", "x12.rejected" },
	{ "late says no more than invalid", "diu", "x12.invalid" },
};

static void race_step(struct ledger *l, uint64_t row, const char *group, char step)
{
	struct fault f = { 0 }, wrong;

	fault_set(&wrong, ST_INPUT, "x12.invalid", "no BIG02");
	if (step == 'd')
		delivered(l, row);
	else if (step == 'i')
		expect_fault("examined", ledger_examined(l, row, &wrong, S("1 set"), 3000, &f), &f,
			ST_OK, NULL);
	else if (step == 'r')
		heard(l, ABOUT_SET, OUTCOME_REJECTED,
			(struct ledger_set){ .group_id = S("IN"), .group_number = slice_str(group),
				.set_number = S("0001") });
	else
		late(l, 10000);
}

static void flagged_put(void *context, const struct ledger_flagged *row)
{
	buf_putf(context, "%.*s %llu\n", SLICE_FMT(row->code), (unsigned long long)row->count);
}

static void no_flag_hangs_on_who_was_faster(void **state)
{
	struct ledger *l = open_ledger();
	unsigned rejected = 0, invalid = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		uint64_t row = sent(l, (struct draft){ .id = races[i].name, .wish = DUE(9000) });
		char group[8];

		print_message("%s\n", races[i].name);
		snprintf(group, sizeof(group), "%zu", i + 1);
		assert_int_equal(next(l, 5000), row);
		set_of_group(l, row, group, "0001", "INV1");
		done(l, row);
		for (const char *step = races[i].order; *step; step++)
			race_step(l, row, group, *step);
		expect_flag(l, row, races[i].flag);
		rejected += strcmp(races[i].flag, "x12.rejected") == 0;
		invalid += strcmp(races[i].flag, "x12.invalid") == 0;
	}
	AUTO_IN_PLACE(buf) got = buf_init(4096), want = buf_init(4096);

	buf_putf(&want, "x12.invalid %u\nx12.rejected %u\n", invalid, rejected);
	ledger_flagged(l, flagged_put, &got);
	expect_text("flagged", buf_text(&got), buf_text(&want));
	commit_close(l);
}

static void an_advice_finds_its_set_by_reference(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 0);

	(void)state;
	assert_int_equal(heard(l, ABOUT_APPLICATION, OUTCOME_ACCEPTED,
		(struct ledger_set){ .reference = S("INV2") }), 1);
	assert_int_equal(heard(l, ABOUT_APPLICATION, OUTCOME_REJECTED,
		(struct ledger_set){ .reference = S("INV1"), .set_id = S("810") }), 1);
	assert_int_equal(heard(l, ABOUT_APPLICATION, OUTCOME_REJECTED,
		(struct ledger_set){ .reference = S("INV1"), .set_id = S("820") }), 0);
	expect_events(l, row, "submitted x12-read delivered x12-told x12-applied x12-told x12-not-applied ");
	commit_close(l);
}

/* --- documents of our own types --- */

static void said_by(struct ledger *l, uint64_t row, enum direction_of_message direction,
	const char *text)
{
	AUTO_IN_PLACE(buf) facts = buf_init(4096);
	struct fault f = { 0 };

	facts_write(&facts, text);
	struct register_question q = { .direction = direction, .partner = S("acme"),
		.facts = buf_slice(&facts), .now_ns = 3000, .review_days = 60 };
	expect_fault("said", register_apply(l, row, &q, &f), &f, ST_OK, NULL);
}

static uint64_t sent_saying(struct ledger *l, const char *id, const char *text)
{
	uint64_t row = sent(l, (struct draft){ .id = id });

	said_by(l, row, MESSAGE_OUT, text);
	delivered(l, row);
	return row;
}

static uint64_t advised(struct ledger *l, const char *id, const char *reference, const char *set)
{
	struct ledger_verdict v = { .about = ABOUT_APPLICATION, .outcome = OUTCOME_REJECTED,
		.of = { .reference = slice_str(reference), .set_id = slice_str(set) },
		.text = S("said"), .at_ns = 4000, .said_in = 1, .document = slice_str(id) };
	uint64_t found, row = arrived(l, (struct draft){ .id = "advice@x" });
	struct fault f = { 0 };

	expect_fault("verdict", ledger_verdict_take(&found, l, row, &v, &f), &f, ST_OK, NULL);
	expect_flag(l, row, found ? "" : "x12.unmatched");
	return found;
}

#define BILL_SAYS(id, number) \
	"document=#1 type=invoice sender_role=utility kind=original currency=USD amount=*9 l1.amount=*9 id=" id " invoice=" number " "
static const struct {
	const char *name, *id, *reference, *set;
	unsigned of; /* 1: the bill, 2: a later revision of it, 3: a payment; 0: nothing */
} advices[] = {
	{ "by its id", "n1", "01J", "810", 1 },
	{ "whatever set it is called", "n1", "01J", "814", 1 },
	{ "or none", "n1", "01J", "", 1 },
	{ "its revision", "n2", "01J", "810", 2 },
	{ "by its number: the last", "", "N-1", "810", 2 },
	{ "by its number, and no set", "", "N-1", "", 2 },
	{ "by the number of another set", "", "N-1", "820", 0 },
	{ "a payment by its trace", "", "T-1", "820", 3 },
	{ "which no bill has", "", "T-1", "810", 0 },
	{ "of a set that has none", "", "N-1", "867", 0 },
	{ "what came from there", "n9", "01J", "810", 0 },
	{ "and the number of that", "", "N-9", "810", 0 },
	{ "nothing at all", "", "", "", 0 },
	{ "a number that is an id of no document", "N-1", "01J", "810", 0 },
};

static void an_advice_finds_a_document_that_is_no_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(advices); i++) {
		struct ledger *l = open_ledger();
		uint64_t rows[] = { 0, sent_saying(l, "bill@x", BILL_SAYS("n1", "N-1")),
			sent_saying(l, "again@x", BILL_SAYS("n2", "N-1") "supersedes=n1 revision=#2"),
			sent_saying(l, "pay@x", "document=#1 type=remittance sender_role=utility id=p1 trace=T-1 currency=USD") };

		print_message("%s\n", advices[i].name);
		said_by(l, arrived(l, (struct draft){ .id = "theirs@x" }), MESSAGE_IN, BILL_SAYS("n9", "N-9"));
		assert_int_equal(advised(l, advices[i].id, advices[i].reference, advices[i].set),
			advices[i].of != 0);
		for (unsigned of = 1; of < COUNT(rows); of++)
			expect_flag(l, rows[of], of == advices[i].of ? "x12.rejected" : "");
		commit_close(l);
		house_clear();
	}
}

/* What was sent as a set, and that set, before what has the same number and no set. */
static void a_set_is_meant_before_a_document(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 0), bill = sent_saying(l, "bill@x", BILL_SAYS("n1", "INV2"));

	(void)state;
	assert_int_equal(advised(l, "", "INV2", "810"), 1);
	expect_flag(l, row, "x12.rejected");
	expect_flag(l, bill, "");
	commit_close(l);
}

static void what_was_never_sent_matches_nothing(void **state)
{
	struct ledger *l = open_ledger();

	(void)state;
	two_sets(l, 0);
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ .group_id = S("IN"), .group_number = S("18") }), 0);
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ .group_id = S("RA"), .group_number = S("17") }), 0);
	assert_int_equal(heard(l, ABOUT_APPLICATION, OUTCOME_REJECTED,
		(struct ledger_set){ .reference = S("") }), 0);
	commit_close(l);
}

static void another_partners_word_does_not_count(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t ours = two_sets(l, 0), row, found;
	struct ledger_verdict v = { ABOUT_GROUP, OUTCOME_REJECTED, { GROUP }, S("no"), 4000, { 0 }, 1, S("") };
	struct fault f = { 0 };

	(void)state;
	row = arrived(l, (struct draft){ .id = "forged@x", .partner = "other" });
	expect_fault("verdict", ledger_verdict_take(&found, l, row, &v, &f), &f, ST_OK, NULL);
	assert_int_equal(found, 0);
	expect_flag(l, ours, "");
	expect_flag(l, row, "x12.unmatched");
	commit_close(l);
}

/* d: delivered, x: expired, r: not sent yet; W: it waits for its answer. */
static const struct {
	const char *name, *older, *newer;
	bool is_newer; /* the newer is meant */
} meant[] = {
	{ "of what waits for nothing the newer", "d", "d", true },
	{ "of what waits the older", "dW", "dW", false },
	{ "what waits and not what does not", "dW", "d", false },
	{ "what waits and not what does not, the newer", "d", "dW", true },
	{ "what was delivered and not what expired", "xW", "dW", true },
	{ "what was delivered and not what expired, the older", "d", "xW", false },
	{ "what was delivered and not what nobody has got", "d", "rW", false },
};

static uint64_t used_number(struct ledger *l, const char *id, const char *how)
{
	int64_t due_ns = strchr(how, 'W') ? 9000 : 0;
	uint64_t row = sent(l, (struct draft){ .id = id, .wish = DUE(due_ns) });

	assert_int_equal(next(l, 5000), row);
	set_sent(l, row, "0001", "INV9");
	done(l, row);
	if (*how == 'x')
		ended(l, row, DELIVERY_EXPIRED);
	else if (*how == 'd')
		delivered(l, row);
	return row;
}

/* Numbers come again: in each interchange, or after years. */
static void of_equal_numbers_the_likeliest_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		struct ledger *l = open_ledger();
		char older_id[16], newer_id[16];

		print_message("%s\n", meant[i].name);
		snprintf(older_id, sizeof(older_id), "old%zu@x", i);
		snprintf(newer_id, sizeof(newer_id), "new%zu@x", i);
		uint64_t older = used_number(l, older_id, meant[i].older);
		uint64_t newer = used_number(l, newer_id, meant[i].newer);

		assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_REJECTED,
			(struct ledger_set){ GROUP }), 1);
		assert_int_equal(said_of(l, newer, "x12-rejected"), meant[i].is_newer);
		assert_int_equal(said_of(l, older, "x12-rejected"), !meant[i].is_newer);
		late(l, 20000); /* none waits for the next case */
		commit_close(l);
	}
}

static void what_is_answered_in_order_is_matched_in_order(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t first = used_number(l, "first@x", "dW"), second = used_number(l, "second@x", "dW");

	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(heard(l, ABOUT_SET, OUTCOME_ACCEPTED,
			(struct ledger_set){ GROUP, .set_number = S("0001") }), 1);
		assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
			(struct ledger_set){ GROUP }), 1);
		assert_true(said_of(l, first, "x12-accepted"));
		assert_int_equal(said_of(l, second, "x12-accepted"), i == 2);
	}
	assert_int_equal(late(l, 20000), 0);
	commit_close(l);
}

/* A set 0007 of group 017 in interchange 000000042, which is an 810 and is called INV7. */
static const struct {
	const char *name;
	enum ledger_about about;
	struct ledger_set of;
	unsigned found;
} found_by[] = {
	{ "the interchange", ABOUT_INTERCHANGE, { .interchange = S("000000042") }, 1 },
	{ "the interchange without zeros", ABOUT_INTERCHANGE, { .interchange = S("42") }, 1 },
	{ "the group", ABOUT_GROUP, { .group_id = S("IN"), .group_number = S("017") }, 1 },
	{ "the group without zeros", ABOUT_GROUP,
		{ .group_id = S("IN"), .group_number = S("17") }, 1 },
	{ "the group with more zeros", ABOUT_GROUP,
		{ .group_id = S("IN"), .group_number = S("0017") }, 1 },
	{ "the interchange of these parties and that minute", ABOUT_INTERCHANGE,
		{ .interchange = S("42"), .sender = S("ZZ/US"), .receiver = S("01/THEM"),
			.stamp = S("2401020304") }, 1 },
	{ "an interchange to somebody else", ABOUT_INTERCHANGE,
		{ .interchange = S("42"), .sender = S("ZZ/US"), .receiver = S("01/OTHERS"),
			.stamp = S("2401020304") }, 0 },
	{ "an interchange of somebody else", ABOUT_INTERCHANGE,
		{ .interchange = S("42"), .sender = S("ZZ/WE"), .receiver = S("01/THEM") }, 0 },
	{ "an interchange of another minute", ABOUT_INTERCHANGE,
		{ .interchange = S("42"), .stamp = S("2401020305") }, 0 },
	{ "another group", ABOUT_GROUP, { .group_id = S("IN"), .group_number = S("170") }, 0 },
	{ "a group of another kind", ABOUT_GROUP,
		{ .group_id = S("RA"), .group_number = S("17") }, 0 },
	{ "the set", ABOUT_SET,
		{ .group_id = S("IN"), .group_number = S("17"), .set_id = S("810"),
			.set_number = S("0007") }, 1 },
	{ "the set without zeros", ABOUT_SET,
		{ .group_id = S("IN"), .group_number = S("17"), .set_number = S("7") }, 1 },
	{ "a set of another kind", ABOUT_SET,
		{ .group_id = S("IN"), .group_number = S("17"), .set_id = S("820"),
			.set_number = S("0007") }, 0 },
	{ "an advice by reference", ABOUT_APPLICATION, { .reference = S("INV7") }, 1 },
	{ "an advice by numbers, with a reference of its own", ABOUT_APPLICATION,
		{ .reference = S("REF8"), .group_number = S("17"), .set_number = S("0007"),
			.set_id = S("810") }, 1 },
	{ "an advice by numbers, its reference the set's number", ABOUT_APPLICATION,
		{ .reference = S("0007"), .group_number = S("17"), .set_number = S("0007"),
			.set_id = S("810") }, 1 },
	{ "an advice by reference, with numbers of its own", ABOUT_APPLICATION,
		{ .reference = S("INV7"), .group_number = S("99"), .set_number = S("1") }, 1 },
	{ "an advice about a set of another kind", ABOUT_APPLICATION,
		{ .reference = S("REF8"), .group_number = S("17"), .set_number = S("0007"),
			.set_id = S("820") }, 0 },
	{ "an advice about nothing", ABOUT_APPLICATION, { .set_number = S("0007") }, 0 },
};

static void what_is_meant_is_found_however_it_is_called(void **state)
{
	const struct ledger_set set = { .interchange = S("000000042"), .group_id = S("IN"),
		.group_number = S("017"), .set_id = S("810"), .set_number = S("0007"),
		.reference = S("INV7"), .sender = S("ZZ/US"), .receiver = S("01/THEM"),
		.stamp = S("2401020304") };
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), row);
	expect_fault("set", ledger_set_sent(l, row, &set, &f), &f, ST_OK, NULL);
	done(l, row);
	for (size_t i = 0; i < sizeof(found_by) / sizeof(found_by[0]); i++) {
		print_message("%s\n", found_by[i].name);
		assert_int_equal(
			heard(l, found_by[i].about, OUTCOME_ACCEPTED, found_by[i].of),
			found_by[i].found);
	}
	commit_close(l);
}

/* An invoice that is sent again under its number: numbers of the exchange tell the two apart. */
static void an_advice_that_says_more_is_about_less(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t first = sent(l, (struct draft){ .id = "first@x", .wish = EXAMINED }), second;

	(void)state;
	assert_int_equal(next(l, 5000), first);
	set_of_group(l, first, "17", "0001", "INV1");
	done(l, first);
	second = sent(l, (struct draft){ .id = "second@x", .wish = EXAMINED });
	assert_int_equal(next(l, 5000), second);
	set_of_group(l, second, "18", "0001", "INV1");
	done(l, second);
	heard(l, ABOUT_APPLICATION, OUTCOME_REJECTED,
		(struct ledger_set){ .reference = S("INV1"), .group_number = S("17"),
			.set_number = S("0001"), .set_id = S("810") });
	assert_true(said_of(l, first, "x12-not-applied"));
	assert_false(said_of(l, second, "x12-not-applied"));
	commit_close(l);
}

static void a_second_look_keeps_no_set_twice(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = EXAMINED });
	struct fault f = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(next(l, 5000), row);
		set_sent(l, row, "0001", "INV1");
		if (i == 0)
			expect_fault("lost", ledger_examine_lost(l, row, 5000, &f), &f, ST_OK, NULL);
	}
	done(l, row);
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ GROUP }), 1);
	commit_close(l);
}

/* --- what does not come --- */

static bool always(void *context, const struct ledger_message *m)
{
	(void)context;
	(void)m;
	return true;
}

static bool never(void *context, const struct ledger_message *m)
{
	(void)context;
	(void)m;
	return false;
}

static void count_late(void *context, const struct ledger_message *m)
{
	(void)m;
	++*(unsigned *)context;
}

static unsigned late_where(struct ledger *l, int64_t now_ns,
	bool (*is_expected)(void *, const struct ledger_message *))
{
	unsigned count = 0;
	const struct ledger_unacknowledged_hear hear = { is_expected, count_late, &count };
	struct fault f = { 0 };

	expect_fault("late", ledger_unacknowledged(l, now_ns, &hear, &f), &f, ST_OK, NULL);
	return count;
}

static unsigned late(struct ledger *l, int64_t now_ns)
{
	return late_where(l, now_ns, always);
}

static void an_acknowledgment_that_does_not_come_is_told_once(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	assert_int_equal(late(l, 9999), 0);
	assert_int_equal(heard(l, ABOUT_SET, OUTCOME_ACCEPTED,
		(struct ledger_set){ GROUP, .set_number = S("0001") }), 1);
	assert_int_equal(late(l, 10000), 1);
	assert_int_equal(late(l, 10001), 0);
	expect_flag(l, row, "x12.unacknowledged");
	commit_close(l);
}

/* It was agreed when it was sent, and is not any more. */
static void what_nobody_expects_any_more_is_not_missed(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	assert_int_equal(late_where(l, 10000, never), 0);
	assert_int_equal(late(l, 10000), 0);
	expect_flag(l, row, "");
	commit_close(l);
}

/* What comes after the alarm, and what is left of it. */
static const struct {
	const char *name;
	enum ledger_about about;
	enum ledger_outcome outcome;
	const char *flag;
} after_the_alarm[] = {
	{ "all is accepted", ABOUT_GROUP, OUTCOME_ACCEPTED, "" },
	{ "all is accepted with errors", ABOUT_GROUP, OUTCOME_NOTED, "" },
	{ "one set is", ABOUT_SET, OUTCOME_ACCEPTED, "x12.unacknowledged" },
	{ "the interchange is", ABOUT_INTERCHANGE, OUTCOME_ACCEPTED, "x12.unacknowledged" },
	{ "all is rejected", ABOUT_GROUP, OUTCOME_REJECTED, "x12.rejected" },
};

static void flagged_put(void *context, const struct ledger_flagged *row);

static void an_alarm_ends_with_what_was_missed(void **state)
{
	unsigned on = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(after_the_alarm) / sizeof(after_the_alarm[0]); i++) {
		struct ledger *l = open_ledger();
		AUTO_IN_PLACE(buf) got = buf_init(4096);
		char id[16], group[8], want[40];

		print_message("%s\n", after_the_alarm[i].name);
		snprintf(id, sizeof(id), "out%zu@x", i);
		snprintf(group, sizeof(group), "%zu", i + 1);
		uint64_t row = sent(l, (struct draft){ .id = id, .wish = DUE(9000) });

		assert_int_equal(next(l, 5000), row);
		set_of_group(l, row, group, "0001", "");
		set_of_group(l, row, group, "0002", "");
		done(l, row);
		delivered(l, row);
		assert_int_equal(late(l, 20000), 1);
		heard(l, after_the_alarm[i].about, after_the_alarm[i].outcome,
			(struct ledger_set){ .interchange = S("1"), .group_id = S("IN"),
				.group_number = slice_str(group), .set_number = S("0001") });
		expect_flag(l, row, after_the_alarm[i].flag);
		assert_true(said_of(l, row, "x12-unacknowledged"));
		on += strcmp(after_the_alarm[i].flag, "x12.unacknowledged") == 0;
		snprintf(want, sizeof(want), "x12.unacknowledged %u\n", on);
		ledger_flagged(l, flagged_put, &got);
		assert_int_equal(strstr(buf_text(&got), want) != NULL, on > 0);
		commit_close(l);
	}
}

/* It was deferred for longer than its answer may take. */
static void what_is_looked_into_late_is_missed_then(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });

	(void)state;
	delivered(l, row);
	assert_int_equal(next(l, 20000), row);
	assert_int_equal(late(l, 20000), 0);
	set_sent(l, row, "0001", "INV1");
	done(l, row);
	assert_int_equal(late(l, 20000), 1);
	commit_close(l);
}

/* An answer, or several documents of which none is X12. */
static void what_has_no_set_waits_for_nothing(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });

	(void)state;
	delivered(l, row);
	assert_int_equal(next(l, 5000), row);
	done(l, row);
	assert_int_equal(late(l, 20000), 0);
	commit_close(l);
}

static void what_was_not_delivered_is_not_waited_for(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });

	(void)state;
	assert_int_equal(next(l, 5000), row);
	set_sent(l, row, "0001", "");
	done(l, row);
	assert_int_equal(late(l, 9000), 0);
	/* A thousand after it was sent: it has its time from then on. */
	delivered(l, row);
	assert_int_equal(late(l, 9999), 0);
	assert_int_equal(late(l, 10000), 1);
	commit_close(l);
}

static unsigned event_count(struct ledger *l, uint64_t row)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };
	unsigned words = 0;

	expect_fault("events", ledger_events(l, row, 0, 1000, event_word, &got, &f), &f, ST_OK,
		NULL);
	for (size_t i = 0; i < got.n; i++)
		words += got.p[i] == ' ';
	return words;
}

static void verdict_numbered(
	struct ledger *l, uint64_t answer, struct ledger_verdict v, unsigned number)
{
	uint64_t found;
	char text[16];
	struct fault f = { 0 };

	snprintf(text, sizeof(text), "said %u", number);
	v.text = slice_str(text);
	expect_fault("verdict", ledger_verdict_take(&found, l, answer, &v, &f), &f, ST_OK, NULL);
}

/* A partner whose answers never end fills no disk. */
static void events_are_bounded(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 0), answer = arrived(l, (struct draft){ .id = "in@x" });
	struct ledger_verdict v = { ABOUT_SET, OUTCOME_REJECTED,
		{ GROUP, .set_number = S("0001") }, S("no"), 4000, { 0 }, 1, S("") };
	const unsigned before = event_count(l, row);

	(void)state;
	for (unsigned i = 0; i < LEDGER_VERDICT_EVENTS + 100; i++)
		verdict_numbered(l, answer, v, i);
	assert_int_equal(event_count(l, row) - before,
		LEDGER_VERDICT_EVENTS - LEDGER_VERDICT_EVENTS_KEPT);
	/* What is said of the group is not crowded out, and is bounded too. */
	v.about = ABOUT_GROUP;
	for (unsigned i = 0; i < 2 * LEDGER_VERDICT_EVENTS_KEPT; i++)
		verdict_numbered(l, answer, v, i + 1000);
	assert_int_equal(event_count(l, row) - before, LEDGER_VERDICT_EVENTS);
	commit_close(l);
}

static void an_answer_that_is_read_again_says_nothing_twice(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 0), answer = arrived(l, (struct draft){ .id = "in@x" });
	struct ledger_verdict v = { ABOUT_GROUP, OUTCOME_ACCEPTED, { GROUP }, S("yes"), 4000, { 0 }, 1, S("") };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		verdict_numbered(l, answer, v, 1);
		verdict_numbered(l, answer, v, 2);
	}
	expect_events(l, row,
		"submitted x12-read delivered x12-told x12-accepted x12-accepted ");
	/* The same in another message is told as that. */
	verdict_numbered(l, arrived(l, (struct draft){ .id = "in2@x" }), v, 1);
	expect_events(l, row,
		"submitted x12-read delivered x12-told x12-accepted x12-accepted x12-told ");
	commit_close(l);
}

/* A day of attempts has made many events: what the partner says has its place all the same. */
static void what_took_many_attempts_is_answered_too(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < LEDGER_VERDICT_EVENTS + 100; i++)
		expect_fault("event",
			ledger_registry_finding(l, row, S("x"), S("y"), 3500 + i, &f), &f, ST_OK,
			NULL);
	heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED, (struct ledger_set){ GROUP });
	assert_true(said_of(l, row, "x12-told x12-accepted "));
	commit_close(l);
}

/* The group's word, with the sets that it counts. */
static uint64_t group_said(struct ledger *l, uint32_t received, uint32_t rejected, uint64_t found)
{
	struct ledger_verdict v = { ABOUT_GROUP, OUTCOME_ACCEPTED, { GROUP }, S("said"), 4000,
		{ true, received, rejected }, 1, S("") };
	static unsigned count;
	char id[16];
	uint64_t got;
	struct fault f = { 0 };

	snprintf(id, sizeof(id), "group%u@x", ++count);
	uint64_t row = arrived(l, (struct draft){ .id = id });
	/* Said again it is about the same sets, whoever dies in between. */
	for (unsigned i = 0; i < 2; i++) {
		expect_fault("verdict", ledger_verdict_take(&got, l, row, &v, &f), &f, ST_OK, NULL);
		assert_int_equal(got, found);
	}
	return row;
}

static uint64_t group_heard(struct ledger *l, uint32_t received, uint32_t rejected)
{
	return group_said(l, received, rejected, 2);
}

/* Two were sent, and the partner knows of one: nobody knows what became of the other. */
static void who_counts_fewer_sets_accepts_none_by_that(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	expect_flag(l, group_heard(l, 1, 0), "x12.answer.counts");
	assert_true(said_of(l, row, "x12-accepted"));
	assert_int_equal(late(l, 10000), 1);
	expect_flag(l, row, "x12.unacknowledged");
	/* What is named is answered, in as many answers as it takes. */
	for (unsigned i = 1; i <= 2; i++)
		heard(l, ABOUT_SET, OUTCOME_ACCEPTED,
			(struct ledger_set){ GROUP, .set_number = i == 1 ? S("0001") : S("0002") });
	expect_flag(l, group_heard(l, 2, 0), "");
	expect_flag(l, row, "");
	commit_close(l);
}

/* Group numbers begin anew in each interchange: an answer is about the sets of one of them. */
static void a_group_is_answered_by_its_interchange(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), row);
	for (unsigned i = 0; i < 2; i++) {
		struct ledger_set set = { .interchange = i == 0 ? S("000000001") : S("000000002"),
			.group_id = S("IN"), .group_number = S("17"), .set_id = S("810"),
			.set_number = S("0001") };

		expect_fault("set", ledger_set_sent(l, row, &set, &f), &f, ST_OK, NULL);
	}
	done(l, row);
	delivered(l, row);
	expect_flag(l, group_said(l, 1, 0, 1), "");
	assert_int_equal(late(l, 10000), 1);
	expect_flag(l, row, "x12.unacknowledged");
	expect_flag(l, group_said(l, 1, 0, 1), "");
	expect_flag(l, row, "");
	commit_close(l);
}

/* Of two interchanges with a group 17 the second is for others: what these say is about theirs. */
static void a_group_is_answered_by_whom_it_was_for(void **state)
{
	static const char *const receivers[] = { "ZZ/ONE", "ZZ/TWO" };
	struct ledger *l = open_ledger();
	uint64_t row = sent(l, (struct draft){ .id = "out@x", .wish = DUE(9000) });
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(next(l, 5000), row);
	for (unsigned i = 0; i < 2; i++) {
		struct ledger_set set = { .interchange = i == 0 ? S("1") : S("2"),
			.group_id = S("IN"), .group_number = S("17"), .set_id = S("810"),
			.set_number = i == 0 ? S("0001") : S("0002"), .sender = S("ZZ/US"),
			.receiver = slice_str(receivers[i]), .stamp = S("2401020304") };

		expect_fault("set", ledger_set_sent(l, row, &set, &f), &f, ST_OK, NULL);
	}
	done(l, row);
	delivered(l, row);
	heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED,
		(struct ledger_set){ GROUP, .sender = S("ZZ/US"), .receiver = S("ZZ/TWO") });
	assert_int_equal(heard(l, ABOUT_SET, OUTCOME_REJECTED,
		(struct ledger_set){ GROUP, .set_number = S("0001"), .sender = S("ZZ/US"),
			.receiver = S("ZZ/ONE") }), 1);
	assert_int_equal(late(l, 10000), 0);
	commit_close(l);
}

/* It names as rejected what was never sent: which of ours that is somebody has to ask. */
static void a_rejection_that_names_none_of_ours_is_of_all(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	heard(l, ABOUT_SET, OUTCOME_REJECTED, (struct ledger_set){ GROUP, .set_number = S("0007") });
	expect_flag(l, group_heard(l, 2, 1), "");
	expect_flag(l, row, "x12.rejected");
	assert_true(said_of(l, row, "x12-rejected"));
	commit_close(l);
}

static void a_rejection_that_is_named_leaves_the_rest_accepted(void **state)
{
	struct ledger *l = open_ledger();
	uint64_t row = two_sets(l, 9000);

	(void)state;
	heard(l, ABOUT_SET, OUTCOME_REJECTED, (struct ledger_set){ GROUP, .set_number = S("0002") });
	group_heard(l, 2, 1);
	expect_events(l, row,
		"submitted x12-read delivered x12-told x12-rejected x12-told x12-accepted ");
	commit_close(l);
}

/* A back office whose groups all have one number: what is said of one keeps nobody waiting. */
static void an_answer_costs_no_look_at_all_that_was_ever_sent(void **state)
{
	struct ledger *l = open_ledger();
	char id[32], number[16];
	uint64_t row = 0;

	(void)state;
	for (unsigned m = 0; m < 2000; m++) {
		snprintf(id, sizeof(id), "out%u@x", m);
		row = sent(l, (struct draft){ .id = id, .wish = EXAMINED });
		assert_int_equal(next(l, 5000), row);
		for (unsigned i = 1; i <= 30; i++) {
			snprintf(number, sizeof(number), "%04u", i);
			set_sent(l, row, number, "");
		}
		done(l, row);
	}
	clock_t began = clock();
	assert_int_equal(heard(l, ABOUT_GROUP, OUTCOME_ACCEPTED, (struct ledger_set){ GROUP }), 30);
	assert_int_equal(heard(l, ABOUT_INTERCHANGE, OUTCOME_REJECTED,
		(struct ledger_set){ .interchange = S("1") }), 30);
	assert_true(clock() - began < CLOCKS_PER_SEC / 100);
	commit_close(l);
}

static enum status brought(
	struct ledger *l, uint64_t row, struct ledger_interchange i, int64_t since_ns)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);
	struct fault f = { 0 };
	enum status st = ledger_interchange_find(&id, l, row, &i, since_ns, &f);

	expect_text("the one before", buf_text(&id), st == ST_OK ? "first@x" : "");
	return st;
}

static void an_interchange_that_comes_again_is_known(void **state)
{
	const struct ledger_interchange i = { S("ZZ/THEM"), S("ZZ/US"), S("000000042"), false };
	struct ledger_interchange other;
	struct ledger *l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	uint64_t first = arrived(l, (struct draft){ .id = "first@x", .wish = EXAMINED });
	assert_int_equal(next(l, 5000), first);
	assert_int_equal(brought(l, first, i, 0), ST_NONE);
	for (unsigned n = 0; n < 2; n++)
		expect_fault("take", ledger_interchange_take(l, first, &i, 4000, &f), &f, ST_OK, NULL);
	assert_int_equal(brought(l, first, i, 0), ST_NONE); /* itself is no other */
	done(l, first);
	uint64_t second = arrived(l, (struct draft){ .id = "second@x", .wish = EXAMINED });
	assert_int_equal(brought(l, second, i, 0), ST_OK);
	assert_int_equal(brought(l, second, i, 4000), ST_OK);
	assert_int_equal(brought(l, second, i, 4001), ST_NONE); /* long ago */
	other = i;
	other.number = S("42");
	assert_int_equal(brought(l, second, other, 0), ST_OK);
	other.number = S("43");
	assert_int_equal(brought(l, second, other, 0), ST_NONE);
	other = i;
	other.sender = S("ZZ/OTHERS");
	assert_int_equal(brought(l, second, other, 0), ST_NONE);
	other = i;
	other.receiver = S("01/US");
	assert_int_equal(brought(l, second, other, 0), ST_NONE);
	other = i;
	other.test = true;
	assert_int_equal(brought(l, second, other, 0), ST_NONE);
	uint64_t others = arrived(l, (struct draft){ .id = "b@x", .partner = "other", .wish = EXAMINED });
	assert_int_equal(brought(l, others, i, 0), ST_NONE);
	commit_close(l);
}

/* Who died over it has said nothing. */
static void an_interchange_is_forgotten_when_it_is_looked_into_again(void **state)
{
	const struct ledger_interchange i = { S("ZZ/THEM"), S("ZZ/US"), S("000000042"), false };
	struct ledger *l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	uint64_t first = arrived(l, (struct draft){ .id = "first@x", .wish = EXAMINED });
	assert_int_equal(next(l, 5000), first);
	expect_fault("take", ledger_interchange_take(l, first, &i, 4000, &f), &f, ST_OK, NULL);
	expect_fault("lost", ledger_examine_lost(l, first, 5000, &f), &f, ST_OK, NULL);
	assert_int_equal(next(l, 5000), first);
	uint64_t second = arrived(l, (struct draft){ .id = "second@x", .wish = EXAMINED });
	assert_int_equal(brought(l, second, i, 0), ST_NONE);
	commit_close(l);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(what_took_many_attempts_is_answered_too),
		IN_HOUSE(who_counts_fewer_sets_accepts_none_by_that),
		IN_HOUSE(a_group_is_answered_by_its_interchange),
		IN_HOUSE(a_group_is_answered_by_whom_it_was_for),
		IN_HOUSE(an_answer_costs_no_look_at_all_that_was_ever_sent),
		IN_HOUSE(an_interchange_that_comes_again_is_known),
		IN_HOUSE(an_interchange_is_forgotten_when_it_is_looked_into_again),
		IN_HOUSE(a_rejection_that_names_none_of_ours_is_of_all),
		IN_HOUSE(a_rejection_that_is_named_leaves_the_rest_accepted),
		IN_HOUSE(only_what_is_wished),
		IN_HOUSE(one_of_a_partner_at_a_time_in_order),
		IN_HOUSE(an_answer_passes_nothing_that_waits_for_one),
		IN_HOUSE(ours_pass_none_of_ours_that_is_deferred),
		IN_HOUSE(a_large_document_too),
		IN_HOUSE(again_after_a_restart),
		IN_HOUSE(at_once_after_a_restart),
		IN_HOUSE(what_ends_everybody_is_given_up),
		IN_HOUSE(a_file_that_is_gone_is_trouble_of_its_document_alone),
		IN_HOUSE(a_file_that_cannot_be_opened_is_tried_again),
		IN_HOUSE(the_last_attempt_comes_after_a_pause),
		IN_HOUSE(a_start_does_not_end_the_pause),
		IN_HOUSE(findings_of_documents_are_bounded_and_said_once),
		IN_HOUSE(a_document_that_ends_everybody_is_given_up_as_one),
		IN_HOUSE(a_copy_is_told_on_both_sides_and_once),
		IN_HOUSE(what_was_not_copied_is_told_once_and_bounded),
		IN_HOUSE(copies_go_in_their_order),
		IN_HOUSE(a_copy_that_is_made_again_waits_on),
		IN_HOUSE(a_copy_whose_origin_nobody_finds_goes),
		IN_HOUSE(what_was_copied_in_vain_is_flagged),
		IN_HOUSE(each_partner_misses_its_own_copy),
		IN_HOUSE(who_was_sent_nothing_misses_it_still),
		IN_HOUSE(a_copy_is_of_what_is_there),
		IN_HOUSE(what_was_in_the_way_does_not_count),
		IN_HOUSE(control_numbers_are_given_once),
		IN_HOUSE(an_accepted_group_answers_all_its_sets),
		IN_HOUSE(a_group_of_any_size_is_answered),
		IN_HOUSE(sets_of_any_number_are_answered_each),
		IN_HOUSE(a_rejected_set_is_flagged),
		IN_HOUSE(no_flag_hangs_on_who_was_faster),
		IN_HOUSE(an_advice_finds_its_set_by_reference),
		IN_HOUSE(an_advice_finds_a_document_that_is_no_set),
		IN_HOUSE(a_set_is_meant_before_a_document),
		IN_HOUSE(what_was_never_sent_matches_nothing),
		IN_HOUSE(another_partners_word_does_not_count),
		IN_HOUSE(of_equal_numbers_the_likeliest_is_meant),
		IN_HOUSE(what_is_answered_in_order_is_matched_in_order),
		IN_HOUSE(what_is_meant_is_found_however_it_is_called),
		IN_HOUSE(an_advice_that_says_more_is_about_less),
		IN_HOUSE(a_second_look_keeps_no_set_twice),
		IN_HOUSE(an_acknowledgment_that_does_not_come_is_told_once),
		IN_HOUSE(what_nobody_expects_any_more_is_not_missed),
		IN_HOUSE(an_alarm_ends_with_what_was_missed),
		IN_HOUSE(what_is_looked_into_late_is_missed_then),
		IN_HOUSE(what_has_no_set_waits_for_nothing),
		IN_HOUSE(what_was_not_delivered_is_not_waited_for),
		IN_HOUSE(events_are_bounded),
		IN_HOUSE(an_answer_that_is_read_again_says_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
