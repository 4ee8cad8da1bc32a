/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is awarded and called for beside years of it: all of that time is looked at, and what a
 * document costs grows with it, not with its square.  Cost is the steps that the database takes.
 */
#include "ledger/register_levels.h"
#include "register_story.h"

#define FULLY                                                                             \
	REG "id=r1 action=create aggregation=A-1 from=@10 export_kw=*4800 import_kw=*5200 " \
	"up_kw=*4500 down_kw=*5000 "                                                        \
	"r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 r1.export_kw=*2400 r1.import_kw=*2600 " \
	"r2.resource=R-2 r2.premise=P-2 r2.feeder=F-2 r2.export_kw=*2400 r2.import_kw=*2600 "
#define DAYS(n) "i1.start=@15 i1.seconds=#8640000 i1.quantity_kw=*" n
#define HOUR(n) "i1.start=@15 i1.seconds=#3600 i1.quantity_kw=*" n
#define LEAVING(kw) CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@14 created=@14 " \
	"down_kw=*5000 up_kw=*" kw
#define YEAR 35040 /* quarter hours */
#define QUARTER_NS (900 * NS_PER_S)

static const struct step begun[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY, .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "up is wanted", .way = '>', .day = 11, .then = SAID,
		.facts = REQUESTED "id=q1 direction=up i1.start=@15 i1.seconds=#8640000" },
	{ .name = "up", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") DAYS("2500"), .then = SAID },
	{ .name = "up again", .way = '<', .day = 12, .facts = ANSWERED("o2", "q1") DAYS("1000"), .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w1 offer=o1 " HOUR("2500"), .then = SAID },
	{ .name = "called for", .way = '>', .day = 14, .then = SAID,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " HOUR("100") },
};

/* Of the statement that has this name, `count` times so much more, one after the other. */
static void said_more(struct ledger *l, const char *id, int kw, int count, int64_t from_ns,
	int64_t lasts_ns)
{
	AUTO_IN_PLACE(buf) sql = buf_init(4096);

	buf_putf(&sql,
		"WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < %d)"
		" INSERT OR IGNORE INTO register_interval(statement, start_ns, end_ns, kw, aggregation, partner, test)"
		" SELECT number, %lld + i * %lld, %lld + (i + 1) * %lld, %d * 1000000, aggregation, partner, test"
		" FROM c, register_statement WHERE document = CAST('%s' AS BLOB)",
		count - 1, (long long)from_ns, (long long)lasts_ns, (long long)from_ns,
		(long long)lasts_ns, kw, id);
	assert_int_equal(sqlite3_exec(l->db, buf_text(&sql), NULL, NULL, NULL), SQLITE_OK);
}

static struct ledger *begin(void)
{
	struct ledger *l = ledger_new();

	for (size_t i = 0; i < COUNT(begun); i++)
		l = step_go(&begun[i], l, i + 1);
	return l;
}

static int64_t steps_take(struct ledger *l)
{
	int64_t steps = 0;

	for (sqlite3_stmt *s = sqlite3_next_stmt(l->db, NULL); s; s = sqlite3_next_stmt(l->db, s))
		steps += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
	return steps;
}

static int64_t judged(struct ledger *l, const struct step *s)
{
	(void)steps_take(l);
	(void)step_go(s, l, 0);
	return steps_take(l);
}

static const struct step leaving[] = {
	{ .name = "too little", .way = '<', .day = 14, .facts = LEAVING("2499"), .code = "registry.capability",
		.says = "2500.000000 kW up are awarded from then on, 2499.000000 are left", .findings = 1 },
	{ .name = "enough", .way = '<', .day = 14, .facts = LEAVING("2500") },
};

static void a_change_is_held_to_all_that_is_awarded(void **state)
{
	struct ledger *l = begin();

	(void)state;
	/* Each minute of the day before; and later a year, whose last quarter is the most. */
	said_more(l, "w1", 2, 1440, 14 * DAY_NS, 60 * NS_PER_S);
	for (size_t i = 0; i < COUNT(leaving); i++)
		(void)step_go(&leaving[i], l, 0);
	said_more(l, "w1", 2, YEAR, 16 * DAY_NS, QUARTER_NS);
	for (size_t i = 0; i < COUNT(leaving); i++)
		(void)step_go(&leaving[i], l, 0);
	ledger_close(l);
}

static const struct step too_many[] = {
	{ .name = "a change", .way = '<', .day = 14, .facts = LEAVING("2500"), .code = "registry.capability",
		.says = "more than 262144 intervals", .findings = 1 },
	{ .name = "an award at another time", .way = '>', .day = 14, .facts = GIVEN "id=w2 offer=o2 " HOUR("1000") },
};

static void what_is_too_much_to_look_at_is_told(void **state)
{
	struct ledger *l = begin();

	(void)state;
	said_more(l, "w1", 2, LEVELS_INTERVALS_MAX - 1, 16 * DAY_NS, NS_PER_S);
	(void)step_go(&leaving[1], l, 0);
	said_more(l, "w1", 2, LEVELS_INTERVALS_MAX, 16 * DAY_NS, NS_PER_S);
	for (size_t i = 0; i < COUNT(too_many); i++)
		(void)step_go(&too_many[i], l, 0);
	ledger_close(l);
}

/* A thousand quarter hours. */
static void long_put(struct buf *out, const char *head, const char *quantity)
{
	buf_put_text(out, head);
	for (int i = 1; i <= 1000; i++)
		buf_putf(out, "i%d.start=#%lld i%d.seconds=#900 i%d.%s ", i,
			(long long)(16 * DAY_NS + i * QUARTER_NS), i, i, quantity);
}

/* Beside years of awards, and of what is called for by `beside`. */
static void expect_cost(const char *head, const char *quantity, const char *beside)
{
	AUTO_IN_PLACE(buf) text = buf_init(1 << 20);
	struct ledger *l = begin();
	int64_t cost[2];

	long_put(&text, head, quantity);
	const struct step step = { .name = beside, .way = '>', .day = 14,
		.facts = buf_text(&text) };
	for (int i = 0; i < 2; i++) {
		said_more(l, "w1", 2, YEAR * (i + 1) / 2, 16 * DAY_NS, QUARTER_NS);
		said_more(l, beside, 1, YEAR * (i + 1) / 2, 16 * DAY_NS, QUARTER_NS);
		cost[i] = judged(l, &step);
	}
	if (cost[1] > INT64_C(20) * YEAR || cost[1] > cost[0] * 5 / 2)
		fail_msg("beside %s: %lld steps beside a year, %lld beside half of one", beside,
			(long long)cost[1], (long long)cost[0]);
	ledger_close(l);
}

static void a_long_award_costs_as_much_as_there_is(void **state)
{
	(void)state;
	expect_cost(GIVEN "id=w2 offer=o2 ", "quantity_kw=*1000", "w1");
}

static void a_long_dispatch_costs_as_much_as_there_is(void **state)
{
	(void)state;
	expect_cost(CALL "id=x2 award=w1 action=start sequence=#2 ", "quantity_kw=*1", "x1");
}

static const struct step one_award = {
	.name = "an award", .way = '>', .day = 14, .facts = GIVEN "id=w2 offer=o2 " HOUR("1000")
};

/* What follows an offer and leaves it as it was is not read to know what it is. */
static void what_makes_nothing_of_it_is_not_read(void **state)
{
	struct ledger *l = begin();
	const int64_t before = judged(l, &one_award);

	(void)state;
	assert_int_equal(sqlite3_exec(l->db,
		"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 22000)"
		" INSERT INTO register_link(target, statement, makes, amount)"
		" SELECT number, 1000 + i, 0, 0 FROM c, register_statement"
		" WHERE document IN (CAST('o2' AS BLOB), CAST('w1' AS BLOB))",
		NULL, NULL, NULL), SQLITE_OK);
	const int64_t after = judged(l, &one_award);
	if (after > before + 1000)
		fail_msg("%lld steps, %lld before", (long long)after, (long long)before);
	ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(a_change_is_held_to_all_that_is_awarded),
		IN_A_HOUSE(what_is_too_much_to_look_at_is_told),
		IN_A_HOUSE(a_long_award_costs_as_much_as_there_is),
		IN_A_HOUSE(a_long_dispatch_costs_as_much_as_there_is),
		IN_A_HOUSE(what_makes_nothing_of_it_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
