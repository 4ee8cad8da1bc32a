/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages page by page: every one once and in order, and a list that ends with a fault or with
 * nonsense says so.
 */
#include "exchange_expect.h"

#include "cli/listing.h"
#include "fake_desk.h"

#define PAGE 200
#define EVENTS 3

/* What a desk does with the questions it hears. */
struct desk_plan {
	unsigned messages;   /* rows 10, 20... */
	enum status end;     /* of the last page */
	bool nonsense;       /* answers of other kinds in between */
	bool cut;            /* the last message is cut short */
	bool gone;           /* in place of the last end */
	enum verb verb;
};

struct seen {
	unsigned messages, events;
	uint64_t last;
};

/* --- the desk, in the child --- */

static void say_message(int client, uint64_t id, uint64_t row)
{
	struct verb_message body = { .row = row, .message_id = S("m@x"), .partner = S("sunny") };

	worker_tell(client, VERB_MESSAGE, id, &body, -1);
}

static void say_cut(int client, uint64_t id)
{
	AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);

	buf_put_u16(&packet, VERB_MESSAGE);
	buf_put_u16(&packet, 0);
	buf_put_u32(&packet, 4);
	buf_put_u64(&packet, id);
	buf_put_u32(&packet, 7);
	if (send(client, packet.p, packet.n, MSG_NOSIGNAL) != (ssize_t)packet.n)
		_exit(3);
}

static void say_nonsense(int client, uint64_t id)
{
	struct verb_accepted accepted = { .message_id = S("m@x") };

	worker_tell(client, VERB_ACCEPTED, id, &accepted, -1);
	worker_tell(client, VERB_LANE, id, &(struct verb_lane){ .count = 1 }, -1);
	worker_tell(client, VERB_MESSAGE, id + 1, &(struct verb_message){ .row = 999999 }, -1);
}

static void say_events(int client, uint64_t id)
{
	for (unsigned i = 0; i < EVENTS; i++)
		worker_tell(client, VERB_EVENT, id, &(struct verb_event){ .what = S("sent") }, -1);
}

static void say_end(int client, uint64_t id, enum status status)
{
	struct verb_fault body = { .status = status };

	if (status != ST_OK)
		body = (struct verb_fault){ status, S("message.unknown"), S("no such message") };
	worker_tell(client, VERB_END, id, &body, -1);
}

/* From row `after` on, as many as a page has; true: that was the last one. */
static bool say_page(int client, const struct desk_plan *plan, const struct ipc_packet *packet,
	const struct verb_list *ask)
{
	uint64_t row = ask->after;
	unsigned n = 0;

	if (plan->nonsense)
		say_nonsense(client, packet->id);
	for (; n < ask->limit && row < plan->messages * 10; n++)
		say_message(client, packet->id, row += 10);
	if (plan->verb == VERB_SHOW)
		say_events(client, packet->id);
	bool last = n < ask->limit;
	if (last && plan->cut)
		say_cut(client, packet->id);
	if (!last || !plan->gone)
		say_end(client, packet->id, last ? plan->end : ST_OK);
	return last;
}

static void desk_run(int client, void *context)
{
	const struct desk_plan *plan = context;
	uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet packet;
	struct verb_list ask;
	struct fault f;

	do {
		if (!desk_heard(&packet, bytes, client) || packet.code != plan->verb)
			_exit(1);
		if (ipc_body_parse(&ask, &packet, &f) != ST_OK || ask.limit != PAGE ||
			!slice_eq(ask.partner, S("sunny")) || ask.areas != 5)
			_exit(2);
	} while (!say_page(client, plan, &packet, &ask));
}

/* --- the client --- */

static void on_message(void *context, const struct verb_message *message)
{
	struct seen *seen = context;

	assert_true(message->row == seen->last + 10);
	expect_slice("message id", message->message_id, S("m@x"));
	seen->last = message->row;
	seen->messages++;
}

static void on_event(void *context, const struct verb_event *event)
{
	struct seen *seen = context;

	expect_slice("what", event->what, S("sent"));
	seen->events++;
}

static enum status ask(
	struct seen *seen, const struct fake_desk *d, enum verb verb, bool events, struct fault *f)
{
	struct verb_list filter = { .partner = S("sunny"), .areas = 5 };
	struct listing listing = { on_message, events ? on_event : NULL, seen };
	AUTO(desk_client) client = NULL;

	*seen = (struct seen){ 0 };
	TRY(desk_client_open(&client, d->home, f));
	return listing_ask(client, verb, &filter, &listing, f);
}

static const struct {
	const char *name;
	struct desk_plan plan;
	unsigned want; /* messages */
	enum status status;
	const char *code;
} cases[] = {
	{ "nothing", { .verb = VERB_LIST }, 0, ST_OK, NULL },
	{ "one", { 1, .verb = VERB_LIST }, 1, ST_OK, NULL },
	{ "nearly a page", { PAGE - 1, .verb = VERB_LIST }, PAGE - 1, ST_OK, NULL },
	{ "a page", { PAGE, .verb = VERB_LIST }, PAGE, ST_OK, NULL },
	{ "a page and one", { PAGE + 1, .verb = VERB_LIST }, PAGE + 1, ST_OK, NULL },
	{ "many pages", { 5 * PAGE + 50, .verb = VERB_LIST }, 5 * PAGE + 50, ST_OK, NULL },
	{ "other answers in between", { PAGE + 7, .nonsense = true, .verb = VERB_LIST }, PAGE + 7,
		ST_OK, NULL },
	{ "no such message", { 0, ST_NONE, .verb = VERB_SHOW }, 0, ST_NONE, "message.unknown" },
	{ "a fault behind messages", { 3, ST_RETRY, .verb = VERB_LIST }, 3, ST_RETRY,
		"message.unknown" },
	{ "a fault on the second page", { PAGE, ST_HOST, .verb = VERB_LIST }, PAGE, ST_HOST,
		"message.unknown" },
	{ "a fault of nonsense", { 1, (enum status)4711, .verb = VERB_LIST }, 1, ST_HOST,
		"message.unknown" },
	{ "a message that does not hold", { 3, .cut = true, .verb = VERB_LIST }, 3, ST_INPUT,
		"ipc.field" },
	{ "no end", { 3, .gone = true, .verb = VERB_LIST }, 3, ST_RETRY, "gateway.closed" },
	{ "no end to the second page", { PAGE, .gone = true, .verb = VERB_LIST }, PAGE, ST_RETRY,
		"gateway.closed" },
};

static void listing_case(size_t i)
{
	struct desk_plan plan = cases[i].plan;
	struct fake_desk d;
	struct seen seen;
	struct fault f = { 0 };

	desk_start(&d, desk_run, &plan);
	expect_fault(cases[i].name, ask(&seen, &d, plan.verb, true, &f), &f, cases[i].status,
		cases[i].code);
	if (seen.messages != cases[i].want || seen.last != 10 * (uint64_t)cases[i].want)
		fail_msg("%s: %u messages", cases[i].name, seen.messages);
	if (!desk_stop(&d))
		fail_msg("%s: asked otherwise", cases[i].name);
}

static void every_message_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		listing_case(i);
}

static void events_for_who_wants_them(void **state)
{
	struct desk_plan plan = { .messages = 1, .verb = VERB_SHOW };

	(void)state;
	for (unsigned wanted = 0; wanted < 2; wanted++) {
		struct fake_desk d;
		struct seen seen;
		struct fault f = { 0 };

		desk_start(&d, desk_run, &plan);
		expect_fault("show", ask(&seen, &d, VERB_SHOW, wanted, &f), &f, ST_OK, NULL);
		assert_int_equal(seen.events, wanted ? EVENTS : 0);
		assert_int_equal(seen.messages, 1);
		assert_true(desk_stop(&d));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_once),
		cmocka_unit_test(events_for_who_wants_them),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
