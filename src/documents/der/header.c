/* SPDX-License-Identifier: Apache-2.0 */
/* Five members of the header, wherever in the document they stand. */
#include "documents/der/header.h"

enum member { SENDER, RECEIVER, SENDER_ROLE, RECEIVER_ROLE, AREA, MEMBERS };

static const struct {
	const char *name;
	enum der_problem problem;
	bool is_party;
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

bool der_header_check(struct der_report *report, const struct der_way *way,
	const struct der_place *place, const struct json_event *e)
{
	enum member m = SENDER;

	if (place->depth != 2 || !e->is_member || e->kind != JSON_IS_STRING)
		return false;
	while (m < MEMBERS && !json_text_is(e->name, slice_str(members[m].name)))
		m++;
	struct slice want = m < MEMBERS ? wanted(way, m) : S("");
	if (want.n == 0 || json_text_is(e->text, want))
		return false;
	struct der_issue issue = { .problem = members[m].problem,
		.place = *place,
		.offset = e->offset,
		.value = e->text };
	der_report(report, &issue, "expected %s: %.*s", members[m].expected, SLICE_FMT(want));
	return members[m].is_party;
}
