/* SPDX-License-Identifier: Apache-2.0 */
/* A few members of the header, wherever in the document they stand. */
#include "documents/der/header.h"

enum member { SENDER, RECEIVER, SENDER_ROLE, RECEIVER_ROLE, AREA, MEMBERS };

static const struct {
	const char *name;
	enum der_problem problem;
	bool bars; /* whatever is agreed about what is invalid */
	const char *expected;
} members[MEMBERS] = {
	[SENDER] = { "sender_id", DER_SENDER, true, "who sends the message" },
	[RECEIVER] = { "receiver_id", DER_RECEIVER, true, "who gets the message" },
	[SENDER_ROLE] = { "sender_role", DER_ROLE, true, "what the sender's sheet says" },
	[RECEIVER_ROLE] = { "receiver_role", DER_ROLE, true, "what the receiver's sheet says" },
	[AREA] = { "area", DER_AREA, false, "the area of the message" },
};

static struct slice wanted(const struct der_way *way, enum member m)
{
	const struct slice wants[MEMBERS] = {
		[SENDER] = way->sender,
		[RECEIVER] = way->receiver,
		[SENDER_ROLE] = way->sender_role,
		[RECEIVER_ROLE] = way->receiver_role,
		[AREA] = way->area < AREAS ? slice_str(area_name(way->area)) : S(""),
	};

	return wants[m];
}

static void bar(struct der_header *h, enum der_problem problem)
{
	if (!h->barred)
		h->barred = der_problem_code(problem);
}

/* Whether it is a copy, and so under which agreement, may stand behind the agreement. */
static void agreement_take(struct der_header *h, const struct json_event *e)
{
	if (json_text_is(e->name, S("original_receiver_id")))
		h->is_copy = true;
	if (!json_text_is(e->name, S("agreement_id")))
		return;
	h->agreement = e->text;
	h->agreement_at = e->offset;
}

static void text_check(struct der_header *h, struct der_report *report,
	const struct der_place *place, const struct json_event *e)
{
	enum member m = SENDER;

	while (m < MEMBERS && !json_text_is(e->name, slice_str(members[m].name)))
		m++;
	struct slice want = m < MEMBERS ? wanted(h->way, m) : S("");
	if (want.n == 0 || json_text_is(e->text, want))
		return;
	struct der_issue issue = { .problem = members[m].problem,
		.place = *place,
		.offset = e->offset,
		.value = e->text };
	der_report(report, &issue, "expected %s: %.*s", members[m].expected, SLICE_FMT(want));
	if (members[m].bars)
		bar(h, members[m].problem);
}

static void test_check(struct der_header *h, struct der_report *report,
	const struct der_place *place, const struct json_event *e)
{
	static const char *const expected[TEST_POLICIES] = {
		[TEST_REFUSE] = "false: no documents of tests are agreed",
		[TEST_ONLY] = "true: only documents of tests are agreed",
	};
	const enum test_policy policy = h->way->test;
	const bool is_test = e->kind == JSON_IS_TRUE;

	if (policy == TEST_BOTH || is_test == (policy == TEST_ONLY) ||
		!json_text_is(e->name, S("test")))
		return;
	struct der_issue issue = { .problem = DER_TEST,
		.place = *place,
		.offset = e->offset,
		.found = is_test ? "true" : "false" };
	der_report(report, &issue, "expected %s", expected[policy]);
	bar(h, DER_TEST);
}

void der_header_check(struct der_header *h, struct der_report *report,
	const struct der_place *place, const struct json_event *e)
{
	if (!h->way || place->depth != 2 || !e->is_member)
		return;
	if (e->kind == JSON_IS_STRING) {
		agreement_take(h, e);
		text_check(h, report, place, e);
	} else if (e->kind == JSON_IS_TRUE || e->kind == JSON_IS_FALSE) {
		test_check(h, report, place, e);
	}
}

/* --- what nobody needs there --- */

/* Who decides about an aggregation needs to know where it is; who settles it does not. */
static const struct {
	const char *role, *member;
} needless[] = {
	{ "iso_rto", "service_point_id" },
	{ "iso_rto", "utility_account" },
	{ "iso_rto", "supplier_account" },
	{ "iso_rto", "meter_id" },
	{ "iso_rto", "customer_name" },
	{ "iso_rto", "service_address" },
	{ "iso_rto", "consent_reference" },
	{ "iso_rto", "consent_until" },
	{ "iso_rto", "device_fingerprint" },
	{ "iso_rto", "equipment_ids" },
	{ "aggregator", "equipment_ids" },
};

static bool is_needless(struct slice role, struct slice member)
{
	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++)
		if (slice_eq(role, slice_str(needless[i].role)) &&
			slice_eq(member, slice_str(needless[i].member)))
			return true;
	return false;
}

/* The member that it is, or is an item of. */
static struct slice member_of(const struct der_place *place)
{
	unsigned i = place->depth;

	while (i > 0 && !place->frames[i - 1].property)
		i--;
	return i > 0 ? place->frames[i - 1].property->name : S("");
}

void der_needless_check(const struct der_way *way, struct der_report *report,
	const struct der_place *place, const struct json_event *e)
{
	if (!way || way->restricted == RESTRICTED_ANY ||
		place->frames[place->depth - 1].sensitivity != DER_RESTRICTED ||
		!is_needless(way->receiver_role, member_of(place)) ||
		json_text_is(e->text, S(FACT_WITHHELD)))
		return;
	struct der_issue issue = { .problem = DER_NEEDLESS,
		.place = *place,
		.offset = e->offset,
		.value = e->text };
	der_report(report, &issue,
		"expected none: it is restricted, and %.*s needs no %.*s (documents.restricted)",
		SLICE_FMT(way->receiver_role), SLICE_FMT(member_of(place)));
}

void der_header_finish(
	const struct der_header *h, struct der_report *report, const struct der_place *document)
{
	if (!h->way || h->agreement_at == 0)
		return;
	struct slice want = h->is_copy ? h->way->copy_agreement : h->way->agreement;
	if (want.n == 0 || json_text_is(h->agreement, want))
		return;
	struct der_issue issue = { .problem = DER_AGREEMENT,
		.place = *document,
		.missing = S("agreement_id"),
		.offset = h->agreement_at,
		.value = h->agreement };
	der_report(report, &issue, "expected the agreement that %s under: %.*s",
		h->is_copy ? "copies are" : "it is", SLICE_FMT(want));
}
