/* SPDX-License-Identifier: Apache-2.0 */
/* Every type of document after every state of what it may follow, and what becomes of that. */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "exchange/business.h"

#define NOW (1000 * NS_PER_S)

/*
 * By state of the predecessor: none, open, waiting, agreed, refused, withdrawn, closed, replaced.
 * '+' it may be followed, '-' refused, '~' taken and flagged; `again`: by a later revision of the
 * follower.
 */
static const struct {
	enum document_type type;
	enum fact_kind by;
	enum document_type after;
	const char *first, *again, *code;
} pairs[] = {
	{ DOCUMENT_DECISION, FACT_REGISTRATION, DOCUMENT_REGISTRATION, "-++-----", "-++++++-",
		"registry.order" },
	{ DOCUMENT_DECISION, FACT_REGISTRATION, DOCUMENT_CHANGE, "-++-----", "-++++++-",
		"registry.order" },
	{ DOCUMENT_OFFER, FACT_REQUEST, DOCUMENT_REQUEST, "-+------", "-+------",
		"registry.order" },
	{ DOCUMENT_AWARD, FACT_OFFER, DOCUMENT_OFFER, "-+-+----", "-++++++-", "registry.order" },
	{ DOCUMENT_DISPATCH, FACT_AWARD, DOCUMENT_AWARD, "-+-+----", "-+-+----",
		"registry.award" },
	{ DOCUMENT_RESPONSE, FACT_DISPATCH, DOCUMENT_DISPATCH, "-+++++-+", "-+++++++",
		"registry.order" },
	{ DOCUMENT_PERFORMANCE, FACT_AWARD, DOCUMENT_AWARD, "-+-+--+-", "-+-+--+-",
		"registry.award" },
	{ DOCUMENT_PERFORMANCE, FACT_DISPATCH, DOCUMENT_DISPATCH, "-+++++++", "-+++++++",
		"registry.order" },
	{ DOCUMENT_INVOICE, FACT_AWARD, DOCUMENT_AWARD, "-+-+--+-", "-+-+--+-",
		"registry.award" },
	{ DOCUMENT_INVOICE, FACT_DISPATCH, DOCUMENT_DISPATCH, "-+++++++", "-+++++++",
		"registry.order" },
	{ DOCUMENT_INVOICE, FACT_PERFORMANCE, DOCUMENT_PERFORMANCE, "-+-+--+-", "-+-+--+-",
		"registry.order" },
	{ DOCUMENT_REMITTANCE, FACT_PERFORMANCE, DOCUMENT_PERFORMANCE, "-+++++++", "-+++++++",
		"registry.order" },
	{ DOCUMENT_STATEMENT, FACT_AWARD, DOCUMENT_AWARD, "-+++++++", "-+++++++",
		"registry.award" },
	{ DOCUMENT_STATEMENT, FACT_DISPATCH, DOCUMENT_DISPATCH, "-+++++++", "-+++++++",
		"registry.order" },
	{ DOCUMENT_DISPUTE, FACT_SUBJECT, DOCUMENT_INVOICE, "-+++++++", "-+++++++",
		"registry.order" },
	{ DOCUMENT_ANSWER, FACT_SUBJECT, DOCUMENT_AWARD, "-+---~-~", "-++++~+~",
		"registry.order" },
	{ DOCUMENT_ANSWER, FACT_SUBJECT, DOCUMENT_LIMIT, "-+---~-~", "-++++~+~",
		"registry.order" },
	{ DOCUMENT_ANSWER, FACT_SUBJECT, DOCUMENT_INVOICE, "-+++++++", "-+++++++",
		"registry.order" },
};

/* An answer that rejects, by the state of what it is about: as `pairs`. */
static const struct {
	enum document_type of;
	const char *first, *again;
} rejecting[] = {
	{ DOCUMENT_REGISTRATION, "-++-++-+", "-++-++-+" },
	{ DOCUMENT_CHANGE, "-++-++-+", "-++-++-+" },
	{ DOCUMENT_DECISION, "-+++++++", "-+++++++" },
	{ DOCUMENT_OFFER, "-+++++++", "-+++++++" },
	{ DOCUMENT_AWARD, "-+---~-~", "-++++~+~" },
	{ DOCUMENT_DISPATCH, "-+++++-+", "-+++++-+" },
	{ DOCUMENT_PERFORMANCE, "-++-++++", "-+++++++" },
	{ DOCUMENT_INVOICE, "-++-++++", "-+++++++" },
	{ DOCUMENT_REMITTANCE, "-++-++++", "-+++++++" },
	{ DOCUMENT_DISPUTE, "-++-++-+", "-++-++-+" },
};

static const struct business_follow *follow_of(enum document_type type, enum fact_kind by)
{
	const struct business_follow *list = business_rule(type)->follows;

	for (size_t i = 0; i < BUSINESS_FOLLOWS; i++)
		if (list[i].by == by)
			return &list[i];
	fail_msg("%s does not follow %s", business_rule(type)->name, fact_name(by));
	return NULL;
}

static void state_try(size_t row, enum business_state state, bool again)
{
	const struct business_step step = { .type = pairs[row].type,
		.action = S("anything"), .is_revision = again, .now_ns = NOW };
	const struct business_predecessor before = { .id = S("d-1"), .type = pairs[row].after,
		.state = state };
	const char mark = (again ? pairs[row].again : pairs[row].first)[state];
	const bool good = mark == '+';
	char name[120];
	struct fault f = { 0 };

	snprintf(name, sizeof(name), "%s after %s %s%s", business_rule(step.type)->name,
		business_rule(before.type)->name, business_state_name(state),
		again ? ", again" : "");
	expect_fault(name, business_follow_check(&step, follow_of(step.type, pairs[row].by),
			&before, &f), &f, good ? ST_OK : ST_AUTH,
		mark == '~' ? BUSINESS_LATE_ANSWER : pairs[row].code);
	if (!good)
		expect_says(name, &f, "d-1");
}

static void a_document_follows_what_is_in_the_right_state(void **context)
{
	(void)context;
	for (size_t i = 0; i < COUNT(pairs); i++)
		for (enum business_state s = 0; s < BUSINESS_STATES; s++) {
			state_try(i, s, false);
			state_try(i, s, true);
		}
}

static void rejection_try(size_t row, enum business_state state, bool again)
{
	const struct business_step step = { .type = DOCUMENT_ANSWER, .action = S("rejected"),
		.is_revision = again, .now_ns = NOW };
	const struct business_predecessor before = { .id = S("d-1"), .type = rejecting[row].of,
		.state = state };
	const char mark = (again ? rejecting[row].again : rejecting[row].first)[state];
	const char *name = business_rule(before.type)->name;
	struct fault f = { 0 };

	expect_fault(name, business_follow_check(&step, follow_of(step.type, FACT_SUBJECT),
			&before, &f), &f, mark == '+' ? ST_OK : ST_AUTH,
		mark == '~' ? BUSINESS_LATE_ANSWER : "registry.order");
}

static void what_is_agreed_is_not_rejected(void **context)
{
	(void)context;
	for (size_t i = 0; i < COUNT(rejecting); i++)
		for (enum business_state s = 0; s < BUSINESS_STATES; s++) {
			rejection_try(i, s, false);
			rejection_try(i, s, true);
		}
}

/* Of all pairs of types: only those of the table, and what is about anything. */
static bool is_pair(enum document_type type, enum fact_kind by, enum document_type after)
{
	if (by == FACT_SUBJECT)
		return type == DOCUMENT_DISPUTE || after != DOCUMENT_ANSWER;
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (pairs[i].type == type && pairs[i].by == by && pairs[i].after == after)
			return true;
	return false;
}

static void follow_try(enum document_type type, const struct business_follow *follow)
{
	const struct business_step step = { .type = type, .now_ns = NOW };

	for (enum document_type after = 0; after < DOCUMENT_TYPES; after++) {
		const struct business_predecessor before = { .id = S("d-1"), .type = after,
			.state = BUSINESS_OPEN };
		struct fault f = { 0 };

		expect_fault(business_rule(after)->name,
			business_follow_check(&step, follow, &before, &f), &f,
			is_pair(type, follow->by, after) ? ST_OK : ST_AUTH, follow->code);
	}
}

static void a_document_follows_only_its_own_kind(void **context)
{
	size_t follows = 0;

	(void)context;
	for (enum document_type type = 0; type < DOCUMENT_TYPES; type++)
		for (size_t i = 0; i < BUSINESS_FOLLOWS; i++)
			if (business_rule(type)->follows[i].by != FACT_DOCUMENT) {
				follow_try(type, &business_rule(type)->follows[i]);
				follows++;
			}
	assert_int_equal(follows, 15);
}

static const struct {
	const char *name;
	enum document_type type;
	const char *action;
	enum fact_kind by;
	enum document_type after;
	enum business_state state;
	int64_t last_ns;
	const char *code; /* NULL: in time */
} times[] = {
	{ "an offer at the last moment", DOCUMENT_OFFER, "", FACT_REQUEST, DOCUMENT_REQUEST,
		BUSINESS_OPEN, NOW, NULL },
	{ "an offer behind it", DOCUMENT_OFFER, "", FACT_REQUEST, DOCUMENT_REQUEST, BUSINESS_OPEN,
		NOW - 1, "registry.late" },
	{ "an offer for a request without end", DOCUMENT_OFFER, "", FACT_REQUEST, DOCUMENT_REQUEST,
		BUSINESS_OPEN, 0, NULL },
	{ "an award of an offer that ended", DOCUMENT_AWARD, "awarded", FACT_OFFER, DOCUMENT_OFFER,
		BUSINESS_OPEN, NOW - 1, "registry.late" },
	{ "an award is cancelled later", DOCUMENT_AWARD, "cancelled", FACT_OFFER, DOCUMENT_OFFER,
		BUSINESS_AGREED, NOW - 1, NULL },
	{ "a first response too late", DOCUMENT_RESPONSE, "received", FACT_DISPATCH,
		DOCUMENT_DISPATCH, BUSINESS_OPEN, NOW - 1, "registry.late-answer" },
	{ "a response that says the dispatch was late", DOCUMENT_RESPONSE, "rejected_late",
		FACT_DISPATCH, DOCUMENT_DISPATCH, BUSINESS_OPEN, NOW - 1, NULL },
	{ "completed, long after it was taken", DOCUMENT_RESPONSE, "completed", FACT_DISPATCH,
		DOCUMENT_DISPATCH, BUSINESS_AGREED, NOW - 1, NULL },
	{ "an award is accepted too late", DOCUMENT_ANSWER, "accepted", FACT_SUBJECT,
		DOCUMENT_AWARD, BUSINESS_OPEN, NOW - 1, "registry.late" },
	{ "an invoice is answered when it pleases", DOCUMENT_ANSWER, "accepted", FACT_SUBJECT,
		DOCUMENT_INVOICE, BUSINESS_OPEN, NOW - 1, NULL },
	{ "a decision waits for nobody", DOCUMENT_DECISION, "accepted", FACT_REGISTRATION,
		DOCUMENT_REGISTRATION, BUSINESS_OPEN, NOW - 1, NULL },
	{ "a decision is withdrawn", DOCUMENT_DECISION, "withdrawn", FACT_REGISTRATION,
		DOCUMENT_REGISTRATION, BUSINESS_AGREED, 0, NULL },
};

static void what_is_too_late_says_when_it_was(void **context)
{
	(void)context;
	for (size_t i = 0; i < COUNT(times); i++) {
		const struct business_step step = { times[i].type, slice_str(times[i].action),
			false, NOW };
		const struct business_predecessor before = { S("d-1"), times[i].after,
			times[i].state, times[i].last_ns, 1 };
		struct fault f = { 0 };

		expect_fault(times[i].name,
			business_follow_check(&step, follow_of(step.type, times[i].by), &before,
				&f), &f, times[i].code ? ST_AUTH : ST_OK, times[i].code);
		if (times[i].code)
			expect_says(times[i].name, &f, "until 1970-01-01T00:16:39.999Z");
	}
}

/* Which roles may send it: a aggregator, u utility, i ISO or RTO, p provider. */
static const char *const senders[DOCUMENT_TYPES] = {
	[DOCUMENT_REGISTRATION] = "a", [DOCUMENT_CHANGE] = "a", [DOCUMENT_DECISION] = "u",
	[DOCUMENT_AVAILABILITY] = "a", [DOCUMENT_REQUEST] = "u", [DOCUMENT_OFFER] = "a",
	[DOCUMENT_AWARD] = "u", [DOCUMENT_DISPATCH] = "u", [DOCUMENT_RESPONSE] = "a",
	[DOCUMENT_OUTAGE] = "au", [DOCUMENT_LIMIT] = "u", [DOCUMENT_PERFORMANCE] = "au",
	[DOCUMENT_INVOICE] = "au", [DOCUMENT_REMITTANCE] = "au", [DOCUMENT_STATEMENT] = "ui",
	[DOCUMENT_DISPUTE] = "auip", [DOCUMENT_ANSWER] = "auip",
};

static void only_its_roles_send_a_type(void **context)
{
	static const char *const roles[] = { "aggregator", "utility", "iso_rto", "provider",
		"", "customer", "Utility" };

	(void)context;
	for (enum document_type type = 0; type < DOCUMENT_TYPES; type++)
		for (size_t i = 0; i < COUNT(roles); i++) {
			const bool good = i < 4 && strchr(senders[type], roles[i][0]);
			struct fault f = { 0 };

			expect_fault(business_rule(type)->name,
				business_sender_check(type, slice_str(roles[i]), &f), &f,
				good ? ST_OK : ST_AUTH, "registry.role");
		}
}

static const struct {
	const char *name;
	uint32_t revision;
	struct business_predecessor before;
	const char *code;
} revisions[] = {
	{ "the next", 2, { .state = BUSINESS_OPEN, .revision = 1 }, NULL },
	{ "one is left out", 5, { .state = BUSINESS_AGREED, .revision = 1 }, NULL },
	{ "of what was refused", 2, { .state = BUSINESS_REFUSED, .revision = 1 }, NULL },
	{ "the same revision", 2, { .state = BUSINESS_OPEN, .revision = 2 }, "registry.revision" },
	{ "a lower one", 1, { .state = BUSINESS_OPEN, .revision = 2 }, "registry.revision" },
	{ "of what is superseded", 3, { .state = BUSINESS_REPLACED, .revision = 1 },
		"registry.revision" },
	{ "of nothing", 2, { .state = BUSINESS_NONE }, "registry.order" },
	{ "of another type", 2, { .state = BUSINESS_OPEN, .type = DOCUMENT_OFFER, .revision = 1 },
		"registry.order" },
};

static void the_latest_revision_wins(void **context)
{
	(void)context;
	for (size_t i = 0; i < COUNT(revisions); i++) {
		struct fault f = { 0 };

		expect_fault(revisions[i].name, business_supersede_check(DOCUMENT_REGISTRATION,
				revisions[i].revision, &revisions[i].before, &f), &f,
			revisions[i].code ? ST_AUTH : ST_OK, revisions[i].code);
	}
}

static const struct {
	enum document_type type;
	const char *action;
	enum business_state makes;
	enum document_type of;
	enum business_state moves;
} effects[] = {
	{ DOCUMENT_REGISTRATION, "create", BUSINESS_OPEN, DOCUMENT_CHANGE, BUSINESS_NONE },
	{ DOCUMENT_DECISION, "accepted", BUSINESS_CLOSED, DOCUMENT_REGISTRATION, BUSINESS_AGREED },
	{ DOCUMENT_DECISION, "more_information", BUSINESS_CLOSED, DOCUMENT_CHANGE,
		BUSINESS_WAITING },
	{ DOCUMENT_DECISION, "maybe", BUSINESS_CLOSED, DOCUMENT_REGISTRATION, BUSINESS_NONE },
	{ DOCUMENT_AWARD, "partly_awarded", BUSINESS_OPEN, DOCUMENT_OFFER, BUSINESS_AGREED },
	{ DOCUMENT_AWARD, "not_awarded", BUSINESS_REFUSED, DOCUMENT_OFFER, BUSINESS_REFUSED },
	{ DOCUMENT_RESPONSE, "started", BUSINESS_CLOSED, DOCUMENT_DISPATCH, BUSINESS_AGREED },
	{ DOCUMENT_RESPONSE, "completed", BUSINESS_CLOSED, DOCUMENT_DISPATCH, BUSINESS_CLOSED },
	{ DOCUMENT_OUTAGE, "update", BUSINESS_OPEN, DOCUMENT_OUTAGE, BUSINESS_NONE },
	{ DOCUMENT_OUTAGE, "restoration", BUSINESS_CLOSED, DOCUMENT_OUTAGE, BUSINESS_NONE },
	{ DOCUMENT_ANSWER, "accepted", BUSINESS_CLOSED, DOCUMENT_REGISTRATION, BUSINESS_NONE },
	{ DOCUMENT_ANSWER, "accepted", BUSINESS_CLOSED, DOCUMENT_AWARD, BUSINESS_AGREED },
	{ DOCUMENT_ANSWER, "rejected", BUSINESS_CLOSED, DOCUMENT_REGISTRATION, BUSINESS_REFUSED },
	{ DOCUMENT_ANSWER, "held", BUSINESS_CLOSED, DOCUMENT_INVOICE, BUSINESS_NONE },
	{ DOCUMENT_INVOICE, "corrected", BUSINESS_OPEN, DOCUMENT_INVOICE, BUSINESS_REPLACED },
	{ DOCUMENT_DISPUTE, "offer", BUSINESS_OPEN, DOCUMENT_INVOICE, BUSINESS_NONE },
	{ DOCUMENT_DISPUTE, "accepted", BUSINESS_AGREED, DOCUMENT_INVOICE, BUSINESS_NONE },
};

static void an_action_makes_and_moves(void **context)
{
	(void)context;
	for (size_t i = 0; i < COUNT(effects); i++) {
		struct slice action = slice_str(effects[i].action);

		expect_text(effects[i].action,
			business_state_name(business_makes(effects[i].type, action)),
			business_state_name(effects[i].makes));
		expect_text(effects[i].action,
			business_state_name(business_moves(effects[i].type, action, effects[i].of)),
			business_state_name(effects[i].moves));
	}
}

static void types_are_found_by_their_names(void **context)
{
	enum document_type type;

	(void)context;
	for (enum document_type i = 0; i < DOCUMENT_TYPES; i++) {
		assert_int_equal(
			business_type_find(&type, slice_str(business_rule(i)->name)), ST_OK);
		assert_int_equal(type, i);
	}
	assert_int_equal(business_type_find(&type, S("aggregation")), ST_NONE);
	assert_int_equal(business_type_find(&type, S("")), ST_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_follows_what_is_in_the_right_state),
		cmocka_unit_test(what_is_agreed_is_not_rejected),
		cmocka_unit_test(a_document_follows_only_its_own_kind),
		cmocka_unit_test(what_is_too_late_says_when_it_was),
		cmocka_unit_test(only_its_roles_send_a_type),
		cmocka_unit_test(the_latest_revision_wins),
		cmocka_unit_test(an_action_makes_and_moves),
		cmocka_unit_test(types_are_found_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
