/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages a document builds on; and how one waits: in order, so long, through restarts. */
#include "ledger_messages.h"
#include "register_facts.h"

#include "ledger/ledger_internal.h"
#include "ledger/send_order.h"

#define NOW_NS (INT64_C(20) * DAY_NS)
#define UNTIL_NS (NOW_NS + 60 * NS_PER_S)
#define END_NS (NOW_NS + 300 * NS_PER_S)

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	return l;
}

/* The lanes that something is due in, and when last. */
struct heard {
	unsigned areas;
	int64_t at_ns;
};

static void lane_heard(void *context, struct slice partner, enum area area, int64_t at_ns)
{
	struct heard *heard = context;

	assert_true(slice_eq(partner, S("acme")));
	heard->areas |= AREA_BIT(area);
	heard->at_ns = at_ns;
}

struct post {
	const char *id;
	enum area area;
	const char *scope;
	int64_t sequence;
	uint64_t after[3];
	int64_t more_ns; /* until its deadline */
};

static uint64_t send(struct ledger *l, struct post p)
{
	const struct ledger_order_times times = { UNTIL_NS, NOW_NS };
	struct ledger_order order = { 0 };
	struct heard heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct fault f = { 0 };
	uint64_t row = 0;
	bool repeated;

	for (; order.count < 3 && p.after[order.count]; order.count++)
		order.rows[order.count] = p.after[order.count];
	const struct draft d = { .id = p.id, .size = 100, .area = p.area, .scope = p.scope,
		.sequence = p.sequence, .created_ns = NOW_NS, .deadline_ns = END_NS + p.more_ns,
		.state = order.count ? DELIVERY_DEFERRED : DELIVERY_READY };
	expect_fault(p.id, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	expect_fault(p.id, ledger_order_keep(l, row, &order, &times, &hear, &f), &f, ST_OK, NULL);
	if (order.count && (!(heard.areas & AREA_BIT(p.area)) || heard.at_ns == 0))
		fail_msg("%s: nobody looks when its time is over", p.id);
	return row;
}

static void ended(struct ledger *l, uint64_t row, enum delivery state)
{
	struct fault f = { 0 }, why;

	fault_set(&why, ST_AUTH, "registry.unknown", "no");
	struct ledger_settlement s = { .row = row, .state = state, .parcel = -1, .now_ns = NOW_NS,
		.partner = S("acme"), .why = state == DELIVERY_REFUSED ? &why : NULL };
	expect_fault("settle", ledger_settle(l, &s, &f), &f, ST_OK, NULL);
}

static unsigned go(struct ledger *l)
{
	struct heard heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct fault f = { 0 };

	expect_fault("go", ledger_order_go(l, NOW_NS, &hear, &f), &f, ST_OK, NULL);
	return heard.areas;
}

/* The row that is taken; 0: nothing is due.  others_ns: the partner took another then. */
static uint64_t taken_beside(struct ledger *l, enum area area, int64_t now_ns, int64_t others_ns)
{
	struct ledger_job job = { .parcel = -1, .others_ns = others_ns,
		.others_long_ns = others_ns - 26 * NS_PER_S };
	struct fault f = { 0 };
	enum status st = ledger_take(&job, l, S("acme"), area, now_ns, &f);

	fd_close(&job.parcel);
	if (st == ST_NONE)
		return 0;
	expect_fault("take", st, &f, ST_OK, NULL);
	return job.message.row;
}

static uint64_t taken(struct ledger *l, enum area area, int64_t now_ns)
{
	return taken_beside(l, area, now_ns, 0);
}

static void deferred(struct ledger *l, uint64_t row, const char *code, int64_t next_ns)
{
	struct fault f = { 0 }, why;

	fault_set(&why, ST_RETRY, code, "nobody there");
	expect_fault("defer", ledger_defer(l, row, &why, NOW_NS, next_ns, &f), &f, ST_OK, NULL);
}

static void failed_after(
	struct ledger *l, uint64_t row, const struct ledger_attempt *a, int64_t next_ns)
{
	struct heard heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct fault f = { 0 };

	expect_fault("tried", ledger_order_tried(l, row, a, &hear, &f), &f, ST_OK, NULL);
	deferred(l, row, "courier.connect", next_ns);
}

static void failed(struct ledger *l, uint64_t row, int64_t ended_ns, int64_t next_ns)
{
	failed_after(l, row, &(struct ledger_attempt){ ended_ns - 1, ended_ns, 0 }, next_ns);
}

static void asked(struct ledger *l, uint64_t row, int64_t until_ns)
{
	struct fault f = { 0 };

	expect_fault("asked", ledger_order_asked(l, row, until_ns, &f), &f, ST_OK, NULL);
}

static int64_t next_of(struct ledger *l, enum area area)
{
	struct fault f = { 0 };
	int64_t at_ns = 0;

	expect_fault("due", ledger_due(&at_ns, l, S("acme"), area, &f), &f, ST_OK, NULL);
	return at_ns;
}

static void event_put(void *context, const struct ledger_event *e)
{
	buf_putf(context, "%.*s(%.*s) %.*s; ", SLICE_FMT(e->what), SLICE_FMT(e->fault_code),
		SLICE_FMT(e->detail));
}

static void expect_events(struct ledger *l, uint64_t row, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };

	expect_fault("events", ledger_events(l, row, 0, 1000, event_put, &got, &f), &f, ST_OK,
		NULL);
	expect_text("events", buf_text(&got), want);
}

static void expect_fault_of(struct ledger *l, uint64_t row, const char *code, const char *text)
{
	struct ledger_message m;
	struct fault f = { 0 };

	expect_fault("get", ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	expect_slice("code", m.fault_code, slice_str(code));
	expect_slice("text", m.fault_text, slice_str(text));
}

/* --- how it waits --- */

#define WAITS_FOR_FIRST "submitted() ; waits(message.order) for first; "

static void it_goes_when_the_first_has_come(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	expect_fault_of(l, second, "message.order",
		"it builds on first, under way to the same partner: that goes first");
	assert_false(ledger_order_may_go(l));
	assert_int_equal(taken(l, AREA_OUTAGE, NOW_NS), 0);
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	ended(l, first, DELIVERY_DELIVERED);
	assert_true(ledger_order_may_go(l));
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	assert_false(ledger_order_may_go(l));
	expect_fault_of(l, second, "", "");
	assert_int_equal(taken(l, AREA_OUTAGE, NOW_NS), second);
	expect_events(l, second,
		WAITS_FOR_FIRST "waited() for first, which is delivered; attempt() ; ");
}

/* However it ends: the partner says what it thinks of the one after it. */
static void it_goes_when_the_first_does_not_come(void **state)
{
	static const struct {
		enum delivery end;
		const char *events;
	} cases[] = {
		{ DELIVERY_REFUSED, WAITS_FOR_FIRST "waited() for first, which is refused; " },
		{ DELIVERY_EXPIRED, WAITS_FOR_FIRST "waited() for first, which is expired; " },
		{ DELIVERY_SUPERSEDED,
			WAITS_FOR_FIRST "waited() for first, which is superseded; " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		house_clear();
		AUTO(ledger) l = open_ledger();
		struct fault f = { 0 };
		uint64_t first = send(l, (struct post){ .id = "first", .scope = "A", .sequence = 1,
						 .area = AREA_AVAILABILITY });
		uint64_t second =
			send(l, (struct post){ .id = "second", .after = { first } });

		if (cases[i].end == DELIVERY_REFUSED)
			ended(l, first, DELIVERY_REFUSED);
		else if (cases[i].end == DELIVERY_SUPERSEDED)
			(void)send(l, (struct post){ .id = "newer", .scope = "A", .sequence = 2,
					      .area = AREA_AVAILABILITY });
		else {
			expect_fault("expire",
				message_give_up(l, first, DELIVERY_EXPIRED, &(struct fault){ 0 },
					END_NS, &f), &f, ST_OK, NULL);
		}
		assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
		expect_events(l, second, cases[i].events);
	}
}

static void it_waits_for_all_of_them(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t one = send(l, (struct post){ .id = "one", .area = AREA_AGGREGATION });
	uint64_t two = send(l, (struct post){ .id = "two", .area = AREA_AVAILABILITY });
	uint64_t last = send(
		l, (struct post){ .id = "last", .area = AREA_BILLING, .after = { one, two } });

	(void)state;
	expect_fault_of(l, last, "message.order",
		"it builds on one and 1 more, under way to the same partner: that goes first");
	ended(l, two, DELIVERY_DELIVERED);
	assert_int_equal(go(l), 0);
	ended(l, one, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_BILLING));
}

/* Its time is over, and the partner takes others, but not the first: it goes, and says so. */
static void it_waits_so_long_and_no_longer(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });
	uint64_t third = send(
		l, (struct post){ .id = "third", .area = AREA_BILLING, .after = { second } });

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	failed_after(l, first, &(struct ledger_attempt){ NOW_NS, UNTIL_NS - 1, NOW_NS + 1 },
		UNTIL_NS + 30 * NS_PER_S);
	assert_int_equal(next_of(l, AREA_OUTAGE), UNTIL_NS);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS - 1), 0);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS), second);
	expect_events(l, second, WAITS_FOR_FIRST
		"waited(message.order) as long as it may: it goes before what it builds on; "
		"attempt() ; ");
	deferred(l, second, "courier.connect", UNTIL_NS + 2 * NS_PER_S);
	/* What waits for one that is there does so for what that waited for. */
	ended(l, second, DELIVERY_DELIVERED);
	assert_int_equal(go(l), 0);
	ended(l, first, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_BILLING));
	expect_events(l, third, "submitted() ; waits(message.order) for second; "
		"waited() for first, which is delivered; ");
}

static void what_failed_in_between_goes_with_the_first(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	assert_int_equal(taken_beside(l, AREA_OUTAGE, UNTIL_NS, UNTIL_NS), second);
	deferred(l, second, "courier.connect", UNTIL_NS + 30 * NS_PER_S);
	ended(l, first, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	assert_int_equal(next_of(l, AREA_OUTAGE), NOW_NS);
	/* But not before its partner wants it. */
	assert_int_equal(taken(l, AREA_OUTAGE, NOW_NS), second);
	ended(l, second, DELIVERY_DELIVERED);
	first = send(l, (struct post){ .id = "3", .area = AREA_AGGREGATION });
	second = send(l, (struct post){ .id = "4", .after = { first } });
	assert_int_equal(taken_beside(l, AREA_OUTAGE, UNTIL_NS, UNTIL_NS), second);
	asked(l, second, UNTIL_NS + 29 * NS_PER_S);
	deferred(l, second, "courier.http", UNTIL_NS + 30 * NS_PER_S);
	ended(l, first, DELIVERY_DELIVERED);
	(void)go(l);
	assert_int_equal(next_of(l, AREA_OUTAGE), UNTIL_NS + 29 * NS_PER_S);
}

/* Nobody asked for a pause: a proxy has no gateway behind it. */
static void what_a_server_failed_goes_with_the_first(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	assert_int_equal(taken_beside(l, AREA_OUTAGE, UNTIL_NS, UNTIL_NS), second);
	deferred(l, second, "courier.http", UNTIL_NS + 30 * NS_PER_S);
	ended(l, first, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	assert_int_equal(next_of(l, AREA_OUTAGE), NOW_NS);
}

#define S_NS NS_PER_S
/*
 * The first went, and failed so long before the moment that the second's time is over; then it goes
 * (0), or is due so much later.
 */
static const struct {
	const char *name;
	int64_t first_ago_ns;  /* its last failure; 0: it is at its first attempt */
	int64_t slow_ns;       /* the attempt took so long */
	int64_t others_ago_ns; /* another was taken; 0: none */
	int64_t asked_ns;      /* for so long from then; 0: it was not asked to wait */
	bool is_under_way;     /* once more */
	bool is_ready;         /* it was not tried */
	int64_t at_ns;         /* the moment, from UNTIL_NS */
	int64_t want_ns;
	bool is_tried; /* then the first is tried at once */
} turns[] = {
	{ .name = "the first failed", .first_ago_ns = 10 * S_NS, .want_ns = 30 * S_NS,
		.is_tried = true },
	{ .name = "as the partner hangs", .first_ago_ns = S_NS, .slow_ns = 6 * S_NS,
		.want_ns = 30 * S_NS },
	{ .name = "its partner wants it soon", .first_ago_ns = 10 * S_NS, .asked_ns = 20 * S_NS,
		.want_ns = 30 * S_NS, .is_tried = true },
	{ .name = "its partner wants it much later", .first_ago_ns = 10 * S_NS,
		.asked_ns = 31 * S_NS },
	{ .name = "it is at its first attempt", .want_ns = 30 * S_NS },
	{ .name = "beside others", .others_ago_ns = 5 * S_NS },
	{ .name = "which were before it", .others_ago_ns = 61 * S_NS, .want_ns = 30 * S_NS },
	{ .name = "it was not tried", .is_ready = true, .others_ago_ns = 35 * S_NS,
		.want_ns = 30 * S_NS },
	{ .name = "and others were, for long", .is_ready = true, .others_ago_ns = 33 * S_NS },
	{ .name = "it is tried again", .first_ago_ns = 10 * S_NS, .is_under_way = true,
		.want_ns = 30 * S_NS },
	{ .name = "the partner takes others", .first_ago_ns = 10 * S_NS,
		.others_ago_ns = 15 * S_NS },
	{ .name = "also while it is tried again", .first_ago_ns = 10 * S_NS,
		.others_ago_ns = 15 * S_NS, .is_under_way = true },
	{ .name = "but had not since the attempt before", .first_ago_ns = 10 * S_NS,
		.others_ago_ns = 21 * S_NS, .want_ns = 30 * S_NS, .is_tried = true },
	{ .name = "its own time is nearly over", .first_ago_ns = 10 * S_NS,
		.at_ns = 202 * S_NS + S_NS / 4, .want_ns = S_NS / 4, .is_tried = true },
	{ .name = "and is", .first_ago_ns = 10 * S_NS, .at_ns = 203 * S_NS },
};

/* Its last two attempts. */
static void first_fails(struct ledger *l, uint64_t first, size_t i, int64_t now_ns)
{
	const int64_t ended_ns = now_ns - turns[i].first_ago_ns;
	const struct ledger_attempt last = { ended_ns - turns[i].slow_ns, ended_ns,
		turns[i].others_ago_ns ? now_ns - turns[i].others_ago_ns : 0 };

	failed(l, first, ended_ns - 10 * S_NS, ended_ns - S_NS);
	assert_int_equal(taken(l, AREA_AGGREGATION, ended_ns), first);
	failed_after(l, first, &last, now_ns + (turns[i].is_under_way ? 0 : 20 * S_NS));
	if (turns[i].is_under_way)
		assert_int_equal(taken(l, AREA_AGGREGATION, now_ns), first);
}

static void turn_expect(size_t i)
{
	AUTO(ledger) l = open_ledger();
	const int64_t now_ns = UNTIL_NS + turns[i].at_ns;
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	if (!turns[i].is_ready)
		assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	if (turns[i].first_ago_ns != 0)
		first_fails(l, first, i, now_ns);
	if (turns[i].asked_ns != 0)
		asked(l, first, now_ns + turns[i].asked_ns);
	uint64_t got = taken_beside(l, AREA_OUTAGE, now_ns,
		turns[i].others_ago_ns ? now_ns - turns[i].others_ago_ns : 0);
	int64_t next_ns = got ? 0 : next_of(l, AREA_OUTAGE) - now_ns;
	if ((got == second) != (turns[i].want_ns == 0) || next_ns != turns[i].want_ns)
		fail_msg("%s: row %llu, after %lld ns", turns[i].name, (unsigned long long)got,
			(long long)next_ns);
	if (ledger_order_may_go(l) != turns[i].is_tried)
		fail_msg("%s: the first is not tried as it should be", turns[i].name);
}

static void who_waited_goes_behind_what_failed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(turns); i++) {
		house_clear();
		turn_expect(i);
	}
}

/* A newer one has come: this is at its end before it waits. */
static void what_is_superseded_at_once_waits_for_nothing(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	const struct draft newer = { .id = "newer", .size = 100, .scope = "L-1", .sequence = 2,
		.created_ns = NOW_NS, .deadline_ns = END_NS };
	struct draft older = newer;
	const struct ledger_order_times times = { UNTIL_NS, NOW_NS };
	const struct ledger_order order = { .rows = { first }, .count = 1 };
	struct heard heard = { 0 };
	const struct ledger_lane_hear hear = { lane_heard, &heard };
	struct fault f = { 0 };
	uint64_t row;
	bool repeated;

	(void)state;
	older.id = "older";
	older.sequence = 1;
	older.state = DELIVERY_DEFERRED;
	expect_fault("newer", draft_submit(&row, &repeated, l, &newer, &f), &f, ST_OK, NULL);
	expect_fault("older", draft_submit(&row, &repeated, l, &older, &f), &f, ST_OK, NULL);
	expect_fault("keep", ledger_order_keep(l, row, &order, &times, &hear, &f), &f, ST_OK, NULL);
	assert_int_equal(heard.areas, 0);
	expect_events(l, row, "submitted() ; superseded(message.superseded) by newer; ");
	ended(l, first, DELIVERY_DELIVERED);
	assert_false(ledger_order_may_go(l));
}

/* It is of an area that takes ten minutes between attempts. */
static void the_first_takes_the_time_of_who_waits(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	enum area area = AREA_AGGREGATION;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	expect_fault("area", ledger_order_area(&area, l, first, &f), &f, ST_OK, NULL);
	assert_int_equal(area, AREA_AGGREGATION);
	deferred(l, first, "courier.connect", NOW_NS + 600 * NS_PER_S);
	(void)send(l, (struct post){ .id = "bill", .area = AREA_BILLING, .after = { first } });
	assert_int_equal(next_of(l, AREA_AGGREGATION), NOW_NS + 600 * NS_PER_S);
	(void)send(l, (struct post){ .id = "limit", .area = AREA_OUTAGE, .after = { first } });
	assert_int_equal(next_of(l, AREA_AGGREGATION),
		NOW_NS + area_profile(AREA_OUTAGE)->retry_ns);
	expect_fault("area", ledger_order_area(&area, l, first, &f), &f, ST_OK, NULL);
	assert_int_equal(area, AREA_OUTAGE);
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS), first);
	asked(l, first, NOW_NS + 600 * NS_PER_S);
	deferred(l, first, "courier.http", NOW_NS + 600 * NS_PER_S);
	(void)send(l, (struct post){ .id = "more", .area = AREA_OUTAGE, .after = { first } });
	assert_int_equal(next_of(l, AREA_AGGREGATION), NOW_NS + 600 * NS_PER_S);
}

/* Of those whose time is over one goes right behind a failure, now and then, each in its turn. */
static void one_of_them_is_the_probe(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t one = send(l, (struct post){ .id = "one", .after = { first } });
	uint64_t two = send(l, (struct post){ .id = "two", .after = { one, first } });
	uint64_t three = send(l, (struct post){ .id = "three", .after = { two } });

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	failed(l, first, NOW_NS, UNTIL_NS + S_NS);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS), 0);
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS + S_NS), first);
	failed(l, first, UNTIL_NS + S_NS, UNTIL_NS + 3 * S_NS);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + S_NS), one);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + S_NS), 0);
	deferred(l, one, "courier.connect", UNTIL_NS + 3 * S_NS);
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS + 3 * S_NS), first);
	failed(l, first, UNTIL_NS + 3 * S_NS, UNTIL_NS + 62 * S_NS);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 33 * S_NS), 0);
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS + 62 * S_NS), first);
	failed(l, first, UNTIL_NS + 62 * S_NS, UNTIL_NS + 90 * S_NS);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 62 * S_NS), two);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 62 * S_NS), 0);
	/* It is taken: the fault is the first's, and remains so. */
	ended(l, two, DELIVERY_DELIVERED);
	(void)go(l);
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS + 90 * S_NS), first);
	failed(l, first, UNTIL_NS + 90 * S_NS, UNTIL_NS + 99 * S_NS);
	uint64_t then = taken(l, AREA_OUTAGE, UNTIL_NS + 90 * S_NS);
	assert_int_equal(then + taken(l, AREA_OUTAGE, UNTIL_NS + 90 * S_NS), one + three);
}

/* Who hangs gets none of them for ten minutes. */
static void there_is_no_probe_where_the_partner_hangs(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(
		l, (struct post){ .id = "second", .after = { first }, .more_ns = DAY_NS });
	static const struct {
		int64_t ended_ns;
		bool is_probed;
	} attempts[] = { { 59 * S_NS, false }, { 599 * S_NS, false }, { 609 * S_NS, true } };

	(void)state;
	for (size_t i = 0; i < COUNT(attempts); i++) {
		const int64_t ended_ns = NOW_NS + attempts[i].ended_ns;
		const struct ledger_attempt a = { i == 0 ? NOW_NS : ended_ns - 6 * S_NS, ended_ns,
			0 };

		assert_int_equal(taken(l, AREA_AGGREGATION, a.begun_ns), first);
		failed_after(l, first, &a, ended_ns);
		assert_int_equal(taken(l, AREA_OUTAGE, ended_ns + 30 * S_NS),
			attempts[i].is_probed ? second : 0);
	}
}

/* What it builds on waits itself: that which that waits for is tried, though it is further on. */
static void all_before_it_are_tried_first(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(
		l, (struct post){ .id = "second", .area = AREA_BILLING, .after = { first } });
	uint64_t limit = send(
		l, (struct post){ .id = "limit", .area = AREA_OUTAGE, .after = { second } });

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	failed(l, first, NOW_NS, UNTIL_NS + 600 * NS_PER_S);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS), 0);
	assert_int_equal(go(l), AREA_BIT(AREA_AGGREGATION));
	assert_int_equal(taken(l, AREA_AGGREGATION, UNTIL_NS), first);
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 30 * NS_PER_S), 0);
	ended(l, first, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_BILLING));
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 60 * NS_PER_S), 0);
	assert_int_equal(taken(l, AREA_BILLING, UNTIL_NS), second);
	ended(l, second, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 60 * NS_PER_S), limit);
}

/* Of so many before it nobody sees the first. */
static void the_end_of_a_long_chain_waits_too(void **state)
{
	AUTO(ledger) l = open_ledger();
	char id[16] = "0";
	uint64_t row = send(l, (struct post){ .id = id, .area = AREA_AGGREGATION });

	(void)state;
	for (unsigned i = 1; i < 300; i++) {
		snprintf(id, sizeof(id), "%u", i);
		row = send(l, (struct post){ .id = id, .after = { row } });
	}
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS), 0);
}

/* It failed before; after a restart it is behind what goes first as it was. */
static void who_failed_waits_on_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	struct fault f = { 0 };
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	failed(l, first, NOW_NS, UNTIL_NS + 600 * NS_PER_S);
	assert_int_equal(taken(l, AREA_OUTAGE, END_NS - 1), second);
	deferred(l, second, "courier.connect", UNTIL_NS + 2 * NS_PER_S);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
	l = open_ledger();
	assert_int_equal(taken(l, AREA_OUTAGE, UNTIL_NS + 2 * NS_PER_S), 0);
	assert_int_equal(go(l), AREA_BIT(AREA_AGGREGATION));
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
}

/* A limit waits for a bill that waits for another. */
static void all_before_it_take_the_time_of_who_waits(void **state)
{
	AUTO(ledger) l = open_ledger();
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	enum area area = AREA_AGGREGATION;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	deferred(l, first, "courier.http", NOW_NS + 600 * NS_PER_S);
	uint64_t bill = send(
		l, (struct post){ .id = "bill", .area = AREA_BILLING, .after = { first } });
	(void)send(l, (struct post){ .id = "limit", .area = AREA_OUTAGE, .after = { bill } });
	assert_int_equal(next_of(l, AREA_AGGREGATION),
		NOW_NS + area_profile(AREA_OUTAGE)->retry_ns);
	expect_fault("area", ledger_order_area(&area, l, first, &f), &f, ST_OK, NULL);
	assert_int_equal(area, AREA_OUTAGE);
}

/* What its partner asked for is not kept: of what servers ask with it is taken to be so. */
static void what_was_asked_for_holds_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	struct fault f = { 0 };
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });

	(void)state;
	assert_int_equal(taken(l, AREA_AGGREGATION, NOW_NS), first);
	asked(l, first, NOW_NS + 600 * NS_PER_S);
	deferred(l, first, "courier.http", NOW_NS + 600 * NS_PER_S);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
	l = open_ledger();
	int64_t next_ns = next_of(l, AREA_AGGREGATION);
	(void)send(l, (struct post){ .id = "limit", .after = { first } });
	assert_int_equal(next_of(l, AREA_AGGREGATION), next_ns);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
}

static void it_waits_on_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	struct fault f = { 0 };
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
		ledger_close(l);
		l = open_ledger();
		assert_false(ledger_order_may_go(l));
		assert_int_equal(next_of(l, AREA_OUTAGE), UNTIL_NS);
	}
	expect_events(l, second, WAITS_FOR_FIRST);
	ended(l, first, DELIVERY_DELIVERED);
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
}

/* The batch in which it would have gone did not hold. */
static void it_goes_after_a_restart(void **state)
{
	struct ledger *l = open_ledger();
	struct fault f = { 0 };
	uint64_t first = send(l, (struct post){ .id = "first", .area = AREA_AGGREGATION });
	uint64_t second = send(l, (struct post){ .id = "second", .after = { first } });

	(void)state;
	ended(l, first, DELIVERY_DELIVERED);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
	l = open_ledger();
	assert_true(ledger_order_may_go(l));
	assert_int_equal(go(l), AREA_BIT(AREA_OUTAGE));
	expect_events(l, second, WAITS_FOR_FIRST "waited() nothing goes before it any more; ");
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_close(l);
}

/* --- on what a document builds --- */

#define A "sender_role=aggregator "
#define U "sender_role=utility "
#define REG(id)                                                                            \
	"document=#1 type=aggregation_registration " A "id=" id                            \
	" action=create aggregation=A-1 from=@10 export_kw=*900 import_kw=*500 "           \
	"up_kw=*1000 down_kw=*800 r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 "           \
	"r1.export_kw=*10 r1.import_kw=*5 "
#define ACCEPT(id, of)                                                                     \
	"document=#1 type=registration_decision " U "id=" id " registration=" of           \
	" aggregation=A-1 action=accepted basis=#1 "
#define LATER(id, from)                                                                    \
	"document=#1 type=aggregation_registration " A "id=" id                            \
	" action=create aggregation=A-2 from=" from " export_kw=*900 import_kw=*500 "      \
	"up_kw=*1000 down_kw=*800 r1.resource=R-2 r1.premise=P-2 r1.feeder=F-1 "           \
	"r1.export_kw=*10 r1.import_kw=*5 "
#define ACCEPT_LATER(id, of)                                                               \
	"document=#1 type=registration_decision " U "id=" id " registration=" of           \
	" aggregation=A-2 action=accepted basis=#1 "
#define AWARD(id) "document=#1 type=service_award " U "id=" id " offer=o1 aggregation=A-1 "
#define DISPATCH(id, award)                                                                \
	"document=#1 type=service_dispatch " U "id=" id " aggregation=A-1 award=" award    \
	" sequence=#1 "
#define NOTICE(id, outage, what, number)                                                   \
	"document=#1 type=outage_notice " U "id=" id " outage=" outage " action=" what     \
	" sequence=#" number " "
#define MOVED(id)                                                                          \
	"document=#1 type=aggregation_registration " A "id=" id                            \
	" action=create aggregation=A-2 from=@30 export_kw=*900 import_kw=*500 "           \
	"up_kw=*1000 down_kw=*800 r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 "           \
	"r1.export_kw=*10 r1.import_kw=*5 "
#define LIMIT_OF(id, what, name)                                                           \
	"document=#1 type=operating_limit " U "id=" id " limit=L-1 kind=" what             \
	" r1.resource=" name " sequence=#1 i1.start=@21 i1.seconds=#900 i1.export_kw=*100 "
#define LIMIT(id, number)                                                                  \
	"document=#1 type=operating_limit " U "id=" id " limit=L-1 kind=aggregation "      \
	"r1.resource=A-1 sequence=#" number " i1.start=@21 i1.seconds=#900 i1.export_kw=*100 "
#define AVAIL(id, number)                                                                  \
	"document=#1 type=availability " A "id=" id                                        \
	" aggregation=A-1 kind=status sequence=#" number " "
#define CHANGE(id)                                                                         \
	"document=#1 type=composition_change " A "id=" id                                  \
	" aggregation=A-1 cause=other action=x from=@30 r1.resource=R-1 "                  \
	"r1.action=modify r1.export_kw=*11 "

/* What is said, one after the other; then which of these (bits, from 1) the last is judged by. */
struct talk {
	const char *name;
	struct {
		char way; /* '<' from the partner, '>' to it */
		const char *facts;
		bool is_delivered;
	} said[4];
	const char *last;
	unsigned builds_on;
};

static void judge(struct ledger *l, char way, const struct buf *facts)
{
	const struct register_question q = { .direction = way == '<' ? MESSAGE_IN : MESSAGE_OUT,
		.partner = S("acme"), .facts = buf_slice(facts), .now_ns = NOW_NS };
	struct register_verdict verdict;
	struct fault f = { 0 };

	expect_fault("judge", register_judge(&verdict, l, &q, NULL, NULL, &f), &f, ST_OK, NULL);
}

static uint64_t message_of(struct ledger *l, char way, const char *id)
{
	const struct draft d = { .id = id, .size = 100, .created_ns = NOW_NS,
		.deadline_ns = END_NS };
	struct fault f = { 0 };
	uint64_t row = 0;
	bool repeated;

	expect_fault(id, way == '<' ? draft_receive(&row, l, &d, &f)
				    : draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

static uint64_t said(struct ledger *l, char way, const char *text, const char *id)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	uint64_t row = message_of(l, way, id);
	struct fault f = { 0 };

	facts_write(&facts, text);
	const struct register_question q = { .direction = way == '<' ? MESSAGE_IN : MESSAGE_OUT,
		.partner = S("acme"), .facts = buf_slice(&facts), .now_ns = NOW_NS };
	expect_fault(id, register_apply(l, row, &q, &f), &f, ST_OK, NULL);
	return row;
}

static unsigned builds_on(struct ledger *l, char way, const char *text, const uint64_t *rows)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	struct ledger_order order;
	unsigned found = 0;

	facts_write(&facts, text);
	judge(l, way, &facts);
	ledger_order_judged(&order, l);
	for (size_t i = 0; i < order.count; i++)
		for (unsigned n = 0; n < 4; n++)
			found |= rows[n] == order.rows[i] ? 1u << n : 0;
	return found;
}

#define FIRST 1u
#define SECOND 2u
#define THIRD 4u

#define CAME(facts) { '<', facts, false }
#define WAITS(facts) { '>', facts, false }
#define THERE(facts) { '>', facts, true }

static const struct talk talks[] = {
	{ "nothing that it names", { WAITS(NOTICE("n1", "O-1", "planned", "1")) },
		NOTICE("n2", "O-2", "planned", "1"), 0 },
	{ "the notice that it updates", { WAITS(NOTICE("n1", "O-1", "planned", "1")) },
		NOTICE("n2", "O-1", "update", "2"), FIRST },
	{ "which is there", { THERE(NOTICE("n1", "O-1", "planned", "1")) },
		NOTICE("n2", "O-1", "update", "2"), 0 },
	{ "the award that it calls", { WAITS(AWARD("w1")) }, DISPATCH("x1", "w1"), FIRST },
	{ "the decision on what it limits", { CAME(REG("r1")), WAITS(ACCEPT("d1", "r1")) },
		LIMIT("l1", "1"), SECOND },
	{ "not the limit that it replaces",
		{ CAME(REG("r1")), THERE(ACCEPT("d1", "r1")), WAITS(LIMIT("l1", "1")) },
		LIMIT("l2", "2"), 0 },
	{ "not the decision on a list that is not in force, on the same feeder",
		{ CAME(REG("r1")), THERE(ACCEPT("d1", "r1")), CAME(LATER("r2", "@30")),
			WAITS(ACCEPT_LATER("d2", "r2")) },
		NOTICE("n1", "O-1", "unplanned", "1") "a1.feeder=F-1 ", 0 },
	{ "nor on one that is, where another is there",
		{ CAME(REG("r1")), THERE(ACCEPT("d1", "r1")), CAME(LATER("r2", "@11")),
			WAITS(ACCEPT_LATER("d2", "r2")) },
		NOTICE("n1", "O-1", "unplanned", "1") "a1.feeder=F-1 ", 0 },
	{ "but where none is", { CAME(REG("r1")), WAITS(ACCEPT("d1", "r1")) },
		NOTICE("n1", "O-1", "unplanned", "1") "a1.feeder=F-1 ", SECOND },
	{ "and of a resource", { CAME(REG("r1")), WAITS(ACCEPT("d1", "r1")) },
		LIMIT_OF("l1", "resource", "R-1"), SECOND },
	{ "but not the decision on a later list of it",
		{ CAME(REG("r1")), THERE(ACCEPT("d1", "r1")), CAME(MOVED("r2")),
			WAITS(ACCEPT_LATER("d2", "r2")) },
		LIMIT_OF("l1", "resource", "R-1"), 0 },
	{ "the list it is about", { WAITS(REG("r1")) }, AVAIL("v1", "1"), FIRST },
	{ "not the data that it replaces", { THERE(REG("r1")), WAITS(AVAIL("v1", "1")) },
		AVAIL("v2", "2"), 0 },
	{ "not a change that somebody has to decide",
		{ THERE(REG("r1")), CAME(ACCEPT("d1", "r1")), WAITS(CHANGE("c1")) },
		AVAIL("v1", "1"), 0 },
	{ "but another change does",
		{ THERE(REG("r1")), CAME(ACCEPT("d1", "r1")), WAITS(CHANGE("c1")) },
		CHANGE("c2"), THIRD },
	{ "the one before it", { WAITS(REG("r1")) },
		REG("r2") "supersedes=r1 revision=#2 ", FIRST },
};

static void it_builds_on_what_it_is_judged_by(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(talks); i++) {
		static const char *const ids[] = { "1@x", "2@x", "3@x", "4@x" };
		const struct talk *t = &talks[i];
		uint64_t rows[4] = { 0 };

		house_clear();
		AUTO(ledger) l = open_ledger();
		for (unsigned n = 0; n < 4 && t->said[n].facts; n++) {
			rows[n] = said(l, t->said[n].way, t->said[n].facts, ids[n]);
			if (t->said[n].is_delivered)
				ended(l, rows[n], DELIVERY_DELIVERED);
		}
		unsigned found = builds_on(l, '>', t->last, rows);
		if (found != t->builds_on)
			fail_msg("%s: builds on %x, want %x", t->name, found, t->builds_on);
		assert_int_equal(builds_on(l, '<', t->last, rows), 0);
	}
}

/* Whom somebody else's registration is judged beside has no part in it. */
static void it_waits_for_nothing_of_another_partner(void **state)
{
	static const char text[] =
		"document=#1 type=aggregation_registration " A "id=b1 action=create "
		"aggregation=B-1 from=@25 export_kw=*900 import_kw=*500 up_kw=*1000 down_kw=*800 "
		"r1.resource=R-1 r1.premise=P-9 r1.feeder=F-9 r1.export_kw=*10 r1.import_kw=*5 ";
	AUTO(ledger) l = open_ledger();
	const struct draft d = { .id = "1@x", .partner = "zeta", .size = 100,
		.created_ns = NOW_NS, .deadline_ns = END_NS };
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	struct fault f = { 0 };
	uint64_t rows[4] = { 0 };
	bool repeated;

	(void)state;
	expect_fault("submit", draft_submit(&rows[0], &repeated, l, &d, &f), &f, ST_OK, NULL);
	facts_write(&facts, REG("z1") "until=@25 ");
	const struct register_question q = { .direction = MESSAGE_OUT, .partner = S("zeta"),
		.facts = buf_slice(&facts), .now_ns = NOW_NS };
	expect_fault("say", register_apply(l, rows[0], &q, &f), &f, ST_OK, NULL);
	assert_int_equal(builds_on(l, '>', text, rows), 0);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(it_goes_when_the_first_has_come),
		IN_HOUSE(it_goes_when_the_first_does_not_come),
		IN_HOUSE(it_waits_for_all_of_them),
		IN_HOUSE(it_waits_so_long_and_no_longer),
		IN_HOUSE(what_failed_in_between_goes_with_the_first),
		IN_HOUSE(what_a_server_failed_goes_with_the_first),
		IN_HOUSE(who_waited_goes_behind_what_failed),
		IN_HOUSE(what_is_superseded_at_once_waits_for_nothing),
		IN_HOUSE(the_first_takes_the_time_of_who_waits),
		IN_HOUSE(one_of_them_is_the_probe),
		IN_HOUSE(there_is_no_probe_where_the_partner_hangs),
		IN_HOUSE(all_before_it_are_tried_first),
		IN_HOUSE(the_end_of_a_long_chain_waits_too),
		IN_HOUSE(who_failed_waits_on_after_a_restart),
		IN_HOUSE(all_before_it_take_the_time_of_who_waits),
		IN_HOUSE(what_was_asked_for_holds_after_a_restart),
		IN_HOUSE(it_waits_on_after_a_restart),
		IN_HOUSE(it_goes_after_a_restart),
		IN_HOUSE(it_builds_on_what_it_is_judged_by),
		IN_HOUSE(it_waits_for_nothing_of_another_partner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
