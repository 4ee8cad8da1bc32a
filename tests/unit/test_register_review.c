/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a review, and what the register says to those who ask. */
#include "register_facts.h"

#include <stdio.h>

#include "ledger/register_read.h"
#include "ledger/register_review.h"
#include "safeguards/digest.h"

static struct ledger *ledger_new(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

static void say(struct ledger *l, uint64_t row, char way, int day, const char *text)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	struct fault f = { 0 };

	facts_write(&facts, text);
	const struct register_question q = { way == '<' ? MESSAGE_IN : MESSAGE_OUT, S("acme"),
		buf_slice(&facts), day * DAY_NS, 0, 0 };
	expect_fault(text, ledger_begin(l, &f), &f, ST_OK, NULL);
	if (text[0])
		expect_fault(text, register_apply(l, row, &q, &f), &f, ST_OK, NULL);
	else
		expect_fault("void", register_void(l, row, &f), &f, ST_OK, NULL);
	expect_fault(text, ledger_commit(l, &f), &f, ST_OK, NULL);
}

static const struct review_terms terms = { 60, 3, { 14, 7, 1 } };

static void on_review(void *context, const struct register_review *r)
{
	buf_putf(context, "%.*s %.*s %lld%s;", SLICE_FMT(r->aggregation), SLICE_FMT(r->document),
		(long long)(r->left_ns / DAY_NS), r->is_waiting ? " waits" : "");
}

static void expect_reviews(const char *name, struct ledger *l, int day, const char *want)
{
	AUTO_IN_PLACE(buf) rows = buf_init(1024);
	struct fault f = { 0 };

	expect_fault(name, register_reviews(l, &terms, day * DAY_NS, 10, on_review, &rows, &f), &f,
		ST_OK, NULL);
	expect_slice(name, buf_slice(&rows), slice_str(want));
}

static void expect_warned(const char *name, struct ledger *l, int day, const char *want)
{
	AUTO_IN_PLACE(buf) rows = buf_init(1024);
	struct fault f = { 0 };

	expect_fault(name, ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(name, register_review_warn(l, &terms, day * DAY_NS, on_review, &rows, &f), &f,
		ST_OK, NULL);
	expect_fault(name, ledger_commit(l, &f), &f, ST_OK, NULL);
	expect_slice(name, buf_slice(&rows), slice_str(want));
}

#define REG "document=#1 type=aggregation_registration sender_role=aggregator "
#define CHANGE "document=#1 type=composition_change sender_role=aggregator "
#define DECISION "document=#1 type=registration_decision sender_role=utility aggregation=A-1 "

/* row 0: only looked at; text "": the row is taken back. */
struct step {
	const char *name;
	uint64_t row;
	char way;
	int day;
	const char *text, *reviews;
};
static const struct step days[] = {
	{ "nothing", 0, '<', 1, NULL, "" },
	{ "registered", 1, '<', 10, REG "id=r1 action=create aggregation=A-1 created=@9",
		"A-1 r1 59;" },
	{ "made in the future: from when it came", 2, '<', 10,
		REG "id=r2 action=create aggregation=A-2 created=@500", "A-1 r1 59;A-2 r2 60;" },
	{ "time goes by", 0, '<', 30, NULL, "A-1 r1 39;A-2 r2 40;" },
	{ "information is awaited", 3, '>', 30,
		DECISION "id=d1 registration=r1 action=more_information",
		"A-1 r1 39 waits;A-2 r2 40;" },
	{ "the clock stands", 0, '<', 50, NULL, "A-1 r1 39 waits;A-2 r2 20;" },
	{ "it comes, and the clock goes on", 4, '<', 50,
		REG "id=r3 action=create aggregation=A-1 created=@50 supersedes=r1 revision=#2",
		"A-2 r2 20;A-1 r3 39;" },
	{ "it is taken back", 4, '<', 51, "", "A-1 r1 39 waits;A-2 r2 19;" },
	{ "it comes again", 5, '<', 60,
		REG "id=r4 action=create aggregation=A-1 supersedes=r1 revision=#2",
		"A-2 r2 10;A-1 r4 39;" },
	{ "decided", 6, '>', 61, DECISION "id=d2 registration=r4 action=accepted basis=#1",
		"A-2 r2 9;" },
	{ "the decision is taken back", 6, '>', 61, "", "A-2 r2 9;A-1 r4 38;" },
	{ "decided again", 7, '>', 61, DECISION "id=d3 registration=r4 action=accepted basis=#1",
		"A-2 r2 9;" },
	{ "a change is reviewed, too", 8, '<', 62, CHANGE "id=c1 aggregation=A-1 from=@70",
		"A-2 r2 8;A-1 c1 60;" },
	{ "a withdrawal is not", 9, '<', 62, REG "id=r5 action=withdraw aggregation=A-1",
		"A-2 r2 8;A-1 c1 60;" },
	{ "the answer that refuses it ends it", 10, '>', 63,
		"document=#1 type=business_response sender_role=utility id=b1 subject=r2 action=rejected",
		"A-1 c1 59;" },
	{ "made long ago: from as long ago as it may have been under way", 11, '<', 63,
		REG "id=r9 action=create aggregation=A-9 created=@2", "A-1 c1 59;A-9 r9 59;" },
};

/* A registration that is taken back before it is decided. */
static const struct step ends[] = {
	{ "registered", 1, '<', 10, REG "id=r1 action=create aggregation=A-1 from=@20", "A-1 r1 60;" },
	{ "it is taken back", 2, '<', 11, REG "id=e1 action=withdraw aggregation=A-1 from=@11", "" },
	{ "that was refused", 2, '<', 11, "", "A-1 r1 59;" },
	{ "information is awaited", 3, '>', 12, DECISION "id=d1 registration=r1 action=more_information",
		"A-1 r1 58 waits;" },
	{ "and not given", 4, '<', 13,
		REG "id=e2 action=withdraw aggregation=A-1 from=@13 supersedes=r1 revision=#2", "" },
	{ "it is registered anew", 5, '<', 14, REG "id=r2 action=create aggregation=A-1 from=@20", "A-1 r2 60;" },
	{ "and accepted", 6, '>', 14, DECISION "id=d2 registration=r2 action=accepted basis=#1", "" },
	{ "another list is asked for", 7, '<', 21, REG "id=r3 action=replace aggregation=A-1 from=@25", "A-1 r3 60;" },
	{ "before it all ends", 8, '<', 22, REG "id=e3 action=withdraw aggregation=A-1 from=@40", "A-1 r3 59;" },
};

static void days_go_by(const struct step *steps, size_t count)
{
	struct ledger *l = ledger_new();

	for (size_t i = 0; i < count; i++) {
		if (steps[i].row > 0)
			say(l, steps[i].row, steps[i].way, steps[i].day, steps[i].text);
		expect_reviews(steps[i].name, l, steps[i].day, steps[i].reviews);
		ledger_close(l); /* after a restart it is the same */
		l = ledger_new();
		expect_reviews(steps[i].name, l, steps[i].day, steps[i].reviews);
	}
	ledger_close(l);
}

static void a_review_has_a_clock(void **state)
{
	(void)state;
	days_go_by(days, COUNT(days));
}

static void what_is_taken_back_is_not_reviewed(void **state)
{
	(void)state;
	days_go_by(ends, COUNT(ends));
}

static void people_are_warned_once_a_threshold(void **state)
{
	struct ledger *l = ledger_new();

	(void)state;
	say(l, 1, '<', 10, REG "id=r1 action=create aggregation=A-1");
	expect_warned("early", l, 55, "");
	expect_warned("14 days", l, 56, "A-1 r1 14;");
	expect_warned("once", l, 57, "");
	ledger_close(l);
	l = ledger_new();
	expect_warned("also after a restart", l, 62, "");
	expect_warned("7 and 1 at once", l, 69, "A-1 r1 1;");
	expect_warned("overdue", l, 70, "A-1 r1 0;");
	expect_warned("once", l, 90, "");
	say(l, 2, '>', 91, DECISION "id=d1 registration=r1 action=more_information");
	expect_warned("while it waits, nobody", l, 99, "");
	ledger_close(l);
}

/* --- reading ------------------------------------------------------------------ */

static void on_aggregation(void *context, const struct register_aggregation *a)
{
	buf_putf(context, "%.*s %.*s %s r%lld up %lld;", SLICE_FMT(a->aggregation),
		SLICE_FMT(a->name), a->state, (long long)a->revision,
		a->can.known[FACT_UP_KW - FACT_EXPORT_KW]
			? (long long)(a->can.of[FACT_UP_KW - FACT_EXPORT_KW] / FACT_UNIT)
			: -1);
}

static void on_held(void *context, const struct held *h)
{
	buf_putf(context, "%.*s %.*s %.*s;", SLICE_FMT(h->resource), SLICE_FMT(h->premise),
		SLICE_FMT(h->feeder));
}

static void on_statement(void *context, const struct register_statement *s)
{
	buf_putf(context, "%s %.*s %u%s;", business_rule(s->type)->name, SLICE_FMT(s->action),
		(unsigned)s->resources, s->voided_ns ? " taken back" : "");
}

static struct ledger *ledger_filled(void)
{
	struct ledger *l = ledger_new();

	say(l, 1, '<', 1, REG "id=r1 action=create aggregation=A-1 name=North from=@5 up_kw=*10 "
		"r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 r2.resource=R-3 r3.resource=R-2");
	say(l, 2, '>', 2, DECISION "id=d1 registration=r1 action=partly_accepted basis=#1 r1.rejected=R-3");
	say(l, 3, '<', 6, CHANGE "id=c1 aggregation=A-1 from=@8 up_kw=*7 r1.action=remove r1.resource=R-1");
	say(l, 4, '>', 7, DECISION "id=d2 registration=c1 action=accepted basis=#2");
	say(l, 5, '<', 7, REG "id=r2 action=create aggregation=A-2");
	say(l, 6, '<', 7, REG "id=r3 test=#1 action=create aggregation=A-3");
	say(l, 7, '<', 7, CHANGE "id=c2 aggregation=A-1 from=@9");
	say(l, 7, '<', 7, "");
	return l;
}

static const struct {
	const char *name;
	bool is_test;
	int day;
	const char *after, *want, *resources;
} pages[] = {
	{ "before it begins", false, 4, "", "A-1 North not yet r2 up 10;A-2  not yet r-1 up -1;", "" },
	{ "at its begin", false, 5, "", "A-1 North registered r1 up 10;A-2  not yet r-1 up -1;",
		"R-1 P-1 F-1;R-2  ;" },
	{ "after its change", false, 8, "", "A-1 North registered r2 up 7;A-2  under review r-1 up -1;",
		"R-2  ;" },
	{ "the next page", false, 8, "A-1", "A-2  under review r-1 up -1;", "R-2  ;" },
	{ "the last page", false, 8, "A-2", "", "R-2  ;" },
	{ "the book of tests", true, 8, "", "A-3  under review r-1 up -1;", "" },
};

static void the_register_is_read_at_any_moment(void **state)
{
	struct ledger *l = ledger_filled();

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		AUTO_IN_PLACE(buf) rows = buf_init(1024), resources = buf_init(1024);
		const struct register_filter filter = { .is_test = pages[i].is_test,
			.at_ns = pages[i].day * DAY_NS, .limit = 10,
			.after_aggregation = slice_str(pages[i].after),
			.after_partner = pages[i].after[0] ? S("acme") : S("") };
		const struct book_of of = { S("A-1"), S("acme"), pages[i].is_test };
		struct fault f = { 0 };

		expect_fault(pages[i].name,
			register_aggregations(l, &filter, on_aggregation, &rows, &f), &f, ST_OK,
			NULL);
		expect_slice(pages[i].name, buf_slice(&rows), slice_str(pages[i].want));
		expect_fault(pages[i].name, register_resources(l, &of, filter.at_ns, S(""), 10,
				on_held, &resources, &f), &f, ST_OK, NULL);
		expect_slice(pages[i].name, buf_slice(&resources), slice_str(pages[i].resources));
	}
	ledger_close(l);
}

/* In front of one that has a list, and behind it, where a decision was said last. */
static const struct {
	const char *name, *aggregation, *want;
} taken_back[] = {
	{ "the only one", "A-0", "A-0 Gone taken back r-1 up -1 since 0 of the partner;" },
	{ "behind another", "A-2", "A-2  taken back r-1 up -1 since 0 of the partner;" },
	{ "all of them", "",
		"A-0 Gone taken back r-1 up -1 since 0 of the partner;"
		"A-1 North registered r1 up 10 since 5 of the partner;"
		"A-2  taken back r-1 up -1 since 0 of the partner;" },
};

static void on_taken_back(void *context, const struct register_aggregation *a)
{
	struct buf *rows = context;

	on_aggregation(rows, a);
	rows->n--;
	buf_putf(rows, " since %lld of %s%.*s;", (long long)(a->from_ns / DAY_NS),
		a->direction == MESSAGE_IN ? "the partner" : "us", SLICE_FMT(a->services));
}

static void on_condition(void *context, const struct register_condition *c)
{
	(void)c;
	buf_put_text(context, "condition;");
}

static struct ledger *ledger_taken_back(void)
{
	struct ledger *l = ledger_new();

	say(l, 1, '<', 1, REG "id=r0 action=create aggregation=A-0 name=Gone from=@5 up_kw=*9 r1.resource=R-1");
	say(l, 1, '<', 2, "");
	say(l, 2, '<', 2, REG "id=r1 action=create aggregation=A-1 name=North from=@5 up_kw=*10 r1.resource=R-2");
	say(l, 3, '>', 3, DECISION "id=d1 registration=r1 action=accepted basis=#1");
	say(l, 4, '<', 3, REG "id=r2 action=create aggregation=A-2 up_kw=*8 r1.resource=R-3");
	say(l, 5, '>', 4, DECISION "id=d2 registration=r2 action=accepted basis=#1");
	say(l, 5, '>', 4, "");
	say(l, 4, '<', 4, "");
	return l;
}

static void what_was_taken_back_whole_is_shown_as_nothing(void **state)
{
	struct ledger *l = ledger_taken_back();
	const struct book_of of = { S("A-0"), S("acme"), false };
	AUTO_IN_PLACE(buf) nothing = buf_init(1024);
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(taken_back); i++) {
		AUTO_IN_PLACE(buf) rows = buf_init(1024);
		const struct register_filter filter = { .at_ns = 8 * DAY_NS, .limit = 10,
			.aggregation = slice_str(taken_back[i].aggregation) };

		expect_fault(taken_back[i].name,
			register_aggregations(l, &filter, on_taken_back, &rows, &f), &f, ST_OK,
			NULL);
		expect_slice(taken_back[i].name, buf_slice(&rows), slice_str(taken_back[i].want));
	}
	expect_fault("resources",
		register_resources(l, &of, 8 * DAY_NS, S(""), 10, on_held, &nothing, &f), &f,
		ST_OK, NULL);
	expect_fault("conditions", register_conditions(l, &of, 0, 10, on_condition, &nothing, &f),
		&f, ST_OK, NULL);
	expect_slice("none of it", buf_slice(&nothing), S(""));
	ledger_close(l);
}

static void an_empty_book_has_no_chapter(void **state)
{
	const struct book_of of = { S("A-0"), S("acme"), false }, has = { S("A-1"), S("acme"), false };
	struct ledger *l = ledger_taken_back();
	AUTO_IN_PLACE(book) book = book_init();
	struct fault f = { 0 };

	(void)state;
	expect_fault("full", book_look(&book, l, &has, &f), &f, ST_OK, NULL);
	assert_non_null(book_chapter(&book, 1));
	assert_null(book_chapter(&book, 2));
	expect_fault("empty", book_look(&book, l, &of, &f), &f, ST_OK, NULL);
	assert_null(book_chapter(&book, 0));
	ledger_close(l);
}

static void history_is_all_that_was_said(void **state)
{
	AUTO_IN_PLACE(buf) rows = buf_init(1024);
	struct ledger *l = ledger_filled();
	const struct register_filter filter = { .aggregation = S("A-1"), .limit = 10 };
	struct fault f = { 0 };

	(void)state;
	expect_fault("all", register_history(l, &filter, 0, on_statement, &rows, &f), &f, ST_OK,
		NULL);
	expect_slice("all", buf_slice(&rows),
		S("aggregation_registration create 3;registration_decision partly_accepted 1;"
		  "composition_change  1;registration_decision accepted 0;"
		  "composition_change  0 taken back;"));
	ledger_close(l);
}

static void resources_come_page_by_page(void **state)
{
	AUTO_IN_PLACE(buf) rows = buf_init(1024);
	struct ledger *l = ledger_filled();
	const struct book_of of = { S("A-1"), S("acme"), false };
	struct fault f = { 0 };

	(void)state;
	expect_fault("one", register_resources(l, &of, 5 * DAY_NS, S(""), 1, on_held, &rows, &f),
		&f, ST_OK, NULL);
	buf_put_text(&rows, "|");
	expect_fault("two", register_resources(l, &of, 5 * DAY_NS, S("R-1"), 1, on_held, &rows, &f),
		&f, ST_OK, NULL);
	buf_put_text(&rows, "|");
	expect_fault("three", register_resources(l, &of, 5 * DAY_NS, S("R-2"), 1, on_held, &rows,
			&f), &f, ST_OK, NULL);
	expect_slice("pages", buf_slice(&rows), S("R-1 P-1 F-1;|R-2  ;|"));
	ledger_close(l);
}

int main(void)
{
#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(a_review_has_a_clock),
		IN_A_HOUSE(what_is_taken_back_is_not_reviewed),
		IN_A_HOUSE(people_are_warned_once_a_threshold),
		IN_A_HOUSE(the_register_is_read_at_any_moment),
		IN_A_HOUSE(what_was_taken_back_whole_is_shown_as_nothing),
		IN_A_HOUSE(an_empty_book_has_no_chapter),
		IN_A_HOUSE(history_is_all_that_was_said),
		IN_A_HOUSE(resources_come_page_by_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
