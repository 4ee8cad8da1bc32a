/* SPDX-License-Identifier: Apache-2.0 */
/* tieline show: everything that is known of one message, with each event. */
#include "cli/cli.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "cli/home.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "exchange/message.h"

enum { HOME, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[JSON] = { "json", NULL, "for programs" },
};

struct showing {
	json_t *all;      /* array, when --json */
	json_t *events;   /* of the message being shown */
	unsigned count;
};

static void field(const char *name, const char *value)
{
	printf("  %-12s %s\n", name, value);
}

static void field_slice(const char *name, struct slice value)
{
	if (value.n != 0)
		printf("  %-12s %.*s\n", name, SLICE_FMT(value));
}

static void field_time(const char *name, int64_t ns)
{
	char text[TIME_TEXT_MAX];

	if (ns != 0)
		field(name, time_format(text, ns));
}

static void message_print(const struct verb_message *m)
{
	AUTO_IN_PLACE(buf) digest = buf_init(2 * DIGEST_SIZE);
	char size[SIZE_TEXT_MAX];

	hex_format(&digest, m->digest);
	printf("%.*s\n", SLICE_FMT(m->message_id));
	printf("  %-12s %s %.*s\n", "way", m->direction == MESSAGE_IN ? "from" : "to",
		SLICE_FMT(m->partner));
	field("area", m->area < AREAS ? area_name(m->area) : "?");
	field("state", m->state < DELIVERIES ? delivery_name(m->state) : "?");
	field_slice("type", m->media_type);
	field_slice("file", m->filename);
	field("size", size_format(size, m->size));
	if (m->state != DELIVERY_REJECTED)
		field_slice("sha256", buf_slice(&digest));
	field_slice("mic", m->mic);
	field_time("created", m->created_ns);
	field_time("deadline", m->deadline_ns);
	field_time("arrived", m->receipt_ns);
	field_time("settled", m->settled_ns);
	if (m->state == DELIVERY_DELIVERED)
		field("receipt", receipt_words(m));
	if (m->code.n != 0)
		printf("  %-12s %.*s (%.*s)\n", "fault", SLICE_FMT(m->text), SLICE_FMT(m->code));
	puts("  events");
}

static void on_message(void *context, const struct verb_message *m)
{
	struct showing *s = context;

	s->count++;
	if (!s->all) {
		message_print(m);
		return;
	}
	json_t *object = json_message(m);
	s->events = json_array();
	json_object_set_new(object, "events", s->events);
	json_array_append_new(s->all, object);
}

static void on_event(void *context, const struct verb_event *e)
{
	struct showing *s = context;
	char when[TIME_TEXT_MAX];

	if (s->all) {
		json_array_append_new(s->events,
			json_pack("{s:o, s:o, s:o, s:o}", "time", json_time(e->at_ns), "what",
				json_slice(e->what), "code",
				e->code.n ? json_slice(e->code) : json_null(), "detail",
				json_slice(e->detail)));
		return;
	}
	printf("    %s  %.*s", time_format(when, e->at_ns), SLICE_FMT(e->what));
	if (e->detail.n || e->code.n)
		printf("%*s%.*s%s%.*s%s", e->what.n < 11 ? 11 - (int)e->what.n : 1, "",
			SLICE_FMT(e->detail), e->code.n ? " (" : "", SLICE_FMT(e->code),
			e->code.n ? ")" : "");
	putchar('\n');
}

static int print(struct showing *s, const char *id)
{
	if (s->count == 0) {
		json_decref(s->all);
		return fail_with(EXIT_INPUT, "no message %s here: see `tieline list`", id);
	}
	if (!s->all)
		return EXIT_DONE;
	json_t *value =
		s->count == 1 ? json_incref(json_array_get(s->all, 0)) : json_incref(s->all);
	json_decref(s->all);
	json_print(value);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	AUTO(desk_client) desk = NULL;
	const char *home = home_path(a->values[HOME]);
	struct showing showing = { .all = a->given[JSON] ? json_array() : NULL };
	struct listing listing = { .message = on_message, .event = on_event, .context = &showing };
	struct verb_list filter = { 0 };
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (message_id_parse(&filter.message_id, slice_str(a->operands[0]), &f) != ST_OK)
		return fail(&f, NULL);
	if (desk_client_open(&desk, home, &f) != ST_OK)
		return fail(&f, NULL);
	enum status st = listing_ask(desk, VERB_SHOW, &filter, &listing, &f);
	if (st != ST_OK && st != ST_NONE)
		return fail(&f, NULL);
	return print(&showing, a->operands[0]);
}

const struct command show_command = {
	.name = "show",
	.operands = "MESSAGE-ID",
	.purpose = "every event of a message, with times and fault codes",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
