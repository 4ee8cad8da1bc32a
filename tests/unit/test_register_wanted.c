/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are wanted until a moment: missed once, at both sides and through restarts; gone
 * when they come, and told how late.
 */
#include "ledger_messages.h"
#include "register_facts.h"

#include "ledger/register_wanted.h"

struct told {
	struct buf missed, late;
};

static void word_put(struct buf *out, const struct register_wanted *w)
{
	buf_putf(out, "%s of %s to %.*s %lld;", w->want->answer, w->is_ours ? "us" : "them",
		SLICE_FMT(w->document), (long long)(w->late_ns / DAY_NS));
}

static void on_missed(void *context, const struct register_wanted *w)
{
	word_put(&((struct told *)context)->missed, w);
}

static void on_late(void *context, const struct register_wanted *w)
{
	word_put(&((struct told *)context)->late, w);
}

static void on_listed(void *context, const struct register_wanted *w)
{
	word_put(context, w);
}

static struct ledger *ledger_new(struct told *told)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	register_answered_tell(l, on_late, told);
	return l;
}

enum then { DELIVERED, WAITS, TAKEN_BACK, NOTHING };
struct step {
	const char *name;
	char way; /* '<' from the partner, '>' to it */
	int day;
	const char *facts;
	enum then then;
	uint64_t row;       /* TAKEN_BACK, or WAITS and now delivered */
	const char *missed; /* by a look at the end of the step */
	const char *late;   /* what came late */
	const char *listed; /* what is missed then */
	const char *flags;  /* rows that are flagged, "1,3" */
};

static uint64_t message_put(const struct step *s, struct ledger *l, size_t number)
{
	char id[32];
	const struct draft d = { .id = id, .size = 100, .created_ns = s->day * DAY_NS,
		.deadline_ns = 1000 * DAY_NS };
	bool repeated;
	uint64_t row = 0;
	struct fault f = { 0 };

	(void)snprintf(id, sizeof(id), "%zu@x", number);
	if (s->way == '<')
		expect_fault(s->name, draft_receive(&row, l, &d, &f), &f, ST_OK, NULL);
	else
		expect_fault(s->name, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	return row;
}

static void deliver(const struct step *s, struct ledger *l, uint64_t row)
{
	struct ledger_settlement done = { .row = row, .state = DELIVERY_DELIVERED, .parcel = -1,
		.now_ns = s->day * DAY_NS, .partner = S("acme") };
	struct fault f = { 0 };

	expect_fault(s->name, ledger_settle(l, &done, &f), &f, ST_OK, NULL);
}

static void message_say(const struct step *s, struct ledger *l, size_t number)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	uint64_t row = message_put(s, l, number);
	struct fault f = { 0 };

	facts_write(&facts, s->facts);
	const struct register_question q = { s->way == '<' ? MESSAGE_IN : MESSAGE_OUT, S("acme"),
		buf_slice(&facts), s->day * DAY_NS, 0, 0 };
	expect_fault(s->name, register_apply(l, row, &q, &f), &f, ST_OK, NULL);
	if (s->way == '>' && s->then == DELIVERED)
		deliver(s, l, row);
}

static void step_go(const struct step *s, struct ledger *l, struct told *told, size_t number)
{
	struct fault f = { 0 };

	expect_fault(s->name, ledger_begin(l, &f), &f, ST_OK, NULL);
	if (s->then == TAKEN_BACK)
		expect_fault(s->name, register_void(l, s->row, &f), &f, ST_OK, NULL);
	else if (s->facts)
		message_say(s, l, number);
	else if (s->row)
		deliver(s, l, s->row);
	expect_fault(s->name, register_wanted_miss(l, s->day * DAY_NS, on_missed, told, &f), &f,
		ST_OK, NULL);
	expect_fault(s->name, ledger_commit(l, &f), &f, ST_OK, NULL);
}

static void flagged_put(void *context, const struct ledger_message *m)
{
	size_t at;

	if (!slice_eq(m->fault_code, S("answer.missed")))
		return;
	/* Who is to answer is told that it may be too late for that. */
	assert_true(slice_find(&at, m->fault_text, S(": ask the partner")) ||
		slice_find(&at, m->fault_text, S(", unless it is refused that late (registry: refuse)")));
	buf_putf(context, "%llu,", (unsigned long long)m->row);
}

static void expect_state(const struct step *s, struct ledger *l, const char *name)
{
	AUTO_IN_PLACE(buf) listed = buf_init(4096), flags = buf_init(256);
	const struct ledger_filter all = { .in = true, .out = true, .states = ~0U, .limit = 100 };
	struct fault f = { 0 };

	expect_fault(name, register_wanted_missed(l, s->day * DAY_NS, 10, on_listed, &listed, &f),
		&f, ST_OK, NULL);
	expect_slice(name, buf_slice(&listed), slice_str(s->listed ? s->listed : ""));
	expect_fault(name, ledger_list(l, &all, flagged_put, &flags, &f), &f, ST_OK, NULL);
	expect_slice(name, buf_slice(&flags), slice_str(s->flags ? s->flags : ""));
}

static void story_tell(const struct step *steps, size_t count)
{
	struct told told = { buf_init(4096), buf_init(4096) };
	struct ledger *l = ledger_new(&told);

	for (size_t i = 0; i < count; i++) {
		const struct step *s = &steps[i];

		buf_clear(&told.missed);
		buf_clear(&told.late);
		step_go(s, l, &told, i + 1);
		expect_slice(s->name, buf_slice(&told.missed), slice_str(s->missed ? s->missed : ""));
		expect_slice(s->name, buf_slice(&told.late), slice_str(s->late ? s->late : ""));
		expect_state(s, l, s->name);
		ledger_close(l); /* after a restart it is the same */
		l = ledger_new(&told);
		expect_state(s, l, "after a restart");
	}
	ledger_close(l);
	buf_done(&told.missed);
	buf_done(&told.late);
}

#define A "sender_role=aggregator "
#define U "sender_role=utility "
#define OUTAGE "document=#1 type=outage_notice " U "outage=O-1 "
#define REQUEST "document=#1 type=service_request " U
#define OFFER "document=#1 type=service_offer " A
#define AWARD "document=#1 type=service_award " U
#define DISPATCH "document=#1 type=service_dispatch " U
#define RESPONSE "document=#1 type=dispatch_response " A
#define LIMIT "document=#1 type=operating_limit " U
#define DISPUTE "document=#1 type=dispute " A
#define ANSWER "document=#1 type=business_response "

static const struct step outages[] = {
	{ .name = "a notice", .way = '<', .day = 10,
		.facts = OUTAGE "id=o1 action=unplanned sequence=#1 next_update=@12" },
	{ .name = "there is time", .way = '<', .day = 11, .then = NOTHING },
	{ .name = "the moment", .way = '<', .day = 12, .then = NOTHING,
		.missed = "outage_notice of them to o1 0;", .listed = "outage_notice of them to o1 0;",
		.flags = "1," },
	{ .name = "told once", .way = '<', .day = 13, .then = NOTHING,
		.listed = "outage_notice of them to o1 1;", .flags = "1," },
	{ .name = "ours of the same name is another's", .way = '>', .day = 13,
		.facts = OUTAGE "id=o2 action=unplanned sequence=#2",
		.listed = "outage_notice of them to o1 1;", .flags = "1," },
	{ .name = "an older one is no update", .way = '<', .day = 14,
		.facts = OUTAGE "id=o3 action=update sequence=#1",
		.listed = "outage_notice of them to o1 2;", .flags = "1," },
	{ .name = "the update, late", .way = '<', .day = 15,
		.facts = OUTAGE "id=o4 action=update sequence=#2 next_update=@17",
		.late = "outage_notice of them to o1 3;" },
	{ .name = "it is taken back", .way = '<', .day = 15, .then = TAKEN_BACK, .row = 4,
		.missed = "outage_notice of them to o1 3;", .listed = "outage_notice of them to o1 3;",
		.flags = "1," },
	{ .name = "it comes again, in time for what it says", .way = '<', .day = 16,
		.facts = OUTAGE "id=o5 action=update sequence=#3 next_update=@18",
		.late = "outage_notice of them to o1 4;" },
	{ .name = "restored in time", .way = '<', .day = 17,
		.facts = OUTAGE "id=o6 action=restoration sequence=#4 next_update=@18" },
	{ .name = "that is the end", .way = '<', .day = 30, .then = NOTHING },
};

static const struct step services[] = {
	{ .name = "a request of ours that waits for its partner", .way = '>', .day = 10,
		.facts = REQUEST "id=q1 last=@12", .then = WAITS },
	{ .name = "nobody could answer it", .way = '>', .day = 13, .then = NOTHING },
	{ .name = "delivered", .way = '>', .day = 14, .then = NOTHING, .row = 1,
		.missed = "service_offer of them to q1 2;", .listed = "service_offer of them to q1 2;",
		.flags = "1," },
	{ .name = "a response to the request is no offer", .way = '<', .day = 14,
		.facts = ANSWER A "id=b1 subject=q1 action=accepted",
		.listed = "service_offer of them to q1 2;", .flags = "1," },
	{ .name = "an offer, late", .way = '<', .day = 15, .facts = OFFER "id=f1 request=q1 last=@17",
		.late = "service_offer of them to q1 3;" },
	{ .name = "we do not award", .way = '>', .day = 18, .then = NOTHING,
		.missed = "service_award of us to f1 1;", .listed = "service_award of us to f1 1;",
		.flags = "3," },
	{ .name = "an award", .way = '>', .day = 19,
		.facts = AWARD "id=w1 offer=f1 action=awarded last=@20",
		.late = "service_award of us to f1 2;" },
	{ .name = "it is held, which is no answer", .way = '<', .day = 19,
		.facts = ANSWER A "id=b2 subject=w1 action=held" },
	{ .name = "and not answered", .way = '<', .day = 21, .then = NOTHING,
		.missed = "business_response of them to w1 1;",
		.listed = "business_response of them to w1 1;", .flags = "4," },
	{ .name = "until it is replaced", .way = '>', .day = 21,
		.facts = AWARD "id=w2 offer=f1 action=awarded last=@30 supersedes=w1 revision=#2" },
	{ .name = "which is accepted in time", .way = '<', .day = 22,
		.facts = ANSWER A "id=b3 subject=w2 action=accepted" },
	{ .name = "a dispatch: its seconds count from when it came", .way = '>', .day = 30,
		.facts = DISPATCH "id=x1 award=w2 action=start sequence=#1 seconds=#86400",
		.then = WAITS },
	{ .name = "which was two days later", .way = '>', .day = 32, .then = NOTHING, .row = 8 },
	{ .name = "a day after that", .way = '>', .day = 33, .then = NOTHING,
		.missed = "dispatch_response of them to x1 2;",
		.listed = "dispatch_response of them to x1 2;", .flags = "8," },
	{ .name = "its response", .way = '<', .day = 34,
		.facts = RESPONSE "id=y1 dispatch=x1 action=received sequence=#1",
		.late = "dispatch_response of them to x1 3;" },
};

static const struct step others[] = {
	{ .name = "two documents in one message", .way = '<', .day = 10,
		.facts = LIMIT "id=l1 limit=L-1 sequence=#1 last=@12 "
			 "document=#2 type=operating_limit " U "id=l2 limit=L-2 sequence=#1 last=@11" },
	{ .name = "one is confirmed", .way = '>', .day = 10,
		.facts = ANSWER A "id=b1 subject=l1 action=accepted" },
	{ .name = "the other is not", .way = '>', .day = 11, .then = NOTHING,
		.missed = "business_response of us to l2 0;",
		.listed = "business_response of us to l2 0;", .flags = "1," },
	{ .name = "now it is", .way = '>', .day = 12,
		.facts = ANSWER A "id=b2 subject=l2 action=rejected",
		.late = "business_response of us to l2 1;" },
	{ .name = "our answer did not arrive", .way = '>', .day = 13, .then = TAKEN_BACK, .row = 3,
		.missed = "business_response of us to l2 2;",
		.listed = "business_response of us to l2 2;", .flags = "1," },
	{ .name = "a dispute", .way = '<', .day = 14,
		.facts = DISPUTE "id=d1 dispute=D-1 subject=l2 action=opened last=@15",
		.listed = "business_response of us to l2 3;", .flags = "1," },
	{ .name = "is answered in time", .way = '>', .day = 15,
		.facts = "document=#1 type=dispute " U
			 "id=d2 dispute=D-1 subject=l2 action=answered last=@16",
		.listed = "business_response of us to l2 4;", .flags = "1," },
	{ .name = "and that is not", .way = '>', .day = 16, .then = NOTHING,
		.missed = "dispute of them to d2 0;",
		.listed = "dispute of them to d2 0;business_response of us to l2 5;", .flags = "1,5," },
	{ .name = "a copy has nothing to answer", .way = '<', .day = 16,
		.facts = REQUEST "id=q9 behalf=u addressee=a sender=u receiver=us last=@17",
		.listed = "dispute of them to d2 0;business_response of us to l2 5;", .flags = "1,5," },
	{ .name = "tests are another book", .way = '<', .day = 17,
		.facts = "document=#1 test=#1 type=dispute " A
			 "id=d3 dispute=D-1 subject=l2 action=closed",
		.listed = "dispute of them to d2 1;business_response of us to l2 6;", .flags = "1,5," },
	{ .name = "closed", .way = '<', .day = 18,
		.facts = DISPUTE "id=d4 dispute=D-1 subject=l2 action=closed last=@19",
		.late = "dispute of them to d2 2;", .listed = "business_response of us to l2 7;",
		.flags = "1," },
	{ .name = "what nobody answers is not listed for ever", .way = '<', .day = 41,
		.then = NOTHING, .listed = "business_response of us to l2 30;", .flags = "1," },
	{ .name = "but for thirty days", .way = '<', .day = 42, .then = NOTHING, .flags = "1," },
};

/* Notices of theirs by the name of ours are of another outage, however many there are. */
/* Limits come every few minutes: of one limit_id the last is the one to confirm. */
static const struct step replacing[] = {
	{ .name = "a limit", .way = '>', .day = 10,
		.facts = LIMIT "id=l1 limit=L-1 sequence=#1 last=@12 kind=aggregation r1.resource=A-1" },
	{ .name = "the next", .way = '>', .day = 11,
		.facts = LIMIT "id=l2 limit=L-1 sequence=#2 last=@14 kind=aggregation r1.resource=A-1" },
	{ .name = "nobody waits for the first", .way = '>', .day = 13, .then = NOTHING },
	{ .name = "but for the second", .way = '>', .day = 14, .then = NOTHING,
		.missed = "business_response of them to l2 0;",
		.listed = "business_response of them to l2 0;", .flags = "2," },
	{ .name = "another limit replaces nothing", .way = '>', .day = 15,
		.facts = LIMIT "id=l9 limit=L-9 sequence=#3 last=@30 kind=aggregation r1.resource=A-1",
		.listed = "business_response of them to l2 1;", .flags = "2," },
	{ .name = "an older one that came late replaces nothing", .way = '>', .day = 15,
		.facts = LIMIT "id=l0 limit=L-1 sequence=#1 last=@40 kind=aggregation r1.resource=A-1",
		.listed = "business_response of them to l2 1;", .flags = "2," },
	{ .name = "the next again", .way = '>', .day = 16,
		.facts = LIMIT "id=l3 limit=L-1 sequence=#3 last=@20 kind=aggregation r1.resource=A-1" },
	{ .name = "it is taken back", .way = '>', .day = 17, .then = TAKEN_BACK, .row = 5,
		.missed = "business_response of them to l2 3;",
		.listed = "business_response of them to l2 3;", .flags = "2," },
};

static const struct step crowded[] = {
	{ .name = "ours", .way = '>', .day = 10,
		.facts = OUTAGE "id=o1 action=unplanned sequence=#1 next_update=@12" },
	{ .name = "theirs", .way = '<', .day = 11,
		.facts = OUTAGE "id=p1 action=unplanned sequence=#11 "
			 "document=#2 type=outage_notice " A "outage=O-1 id=p2 action=update sequence=#12 "
			 "document=#3 type=outage_notice " A "outage=O-1 id=p3 action=update sequence=#13 "
			 "document=#4 type=outage_notice " A "outage=O-1 id=p4 action=update sequence=#14 "
			 "document=#5 type=outage_notice " A "outage=O-1 id=p5 action=update sequence=#15 "
			 "document=#6 type=outage_notice " A "outage=O-1 id=p6 action=update sequence=#16 "
			 "document=#7 type=outage_notice " A "outage=O-1 id=p7 action=update sequence=#17 "
			 "document=#8 type=outage_notice " A "outage=O-1 id=p8 action=update sequence=#18 " },
	{ .name = "our update, in time", .way = '>', .day = 11,
		.facts = OUTAGE "id=o2 action=update sequence=#2" },
	{ .name = "nothing is missed", .way = '>', .day = 13, .then = NOTHING },
};

STORY(an_outage_is_told_on, outages)
STORY(others_notices_answer_nothing, crowded)
STORY(a_service_goes_on, services)
STORY(the_last_limit_is_confirmed, replacing)
STORY(others_are_answered, others)

int main(void)
{
#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(an_outage_is_told_on),
		IN_A_HOUSE(others_notices_answer_nothing),
		IN_A_HOUSE(a_service_goes_on),
		IN_A_HOUSE(the_last_limit_is_confirmed),
		IN_A_HOUSE(others_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
