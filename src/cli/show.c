/* SPDX-License-Identifier: Apache-2.0 */
/* tieline show: everything that is known of one message, with each event. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/codec.h"
#include "cli/document.h"
#include "cli/home.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/parts.h"
#include "cli/selection.h"
#include "processes/process.h"

#define ROWS_MAX 16
#define ASK_TIMEOUT_MS 30000

enum { HOME, INBOX, OUTBOX, PARTNER, JSON, REVEAL };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[INBOX] = INBOX_OPTION,
	[OUTBOX] = OUTBOX_OPTION,
	[PARTNER] = PARTNER_OPTION,
	[JSON] = { "json", NULL, "for programs", NULL },
	[REVEAL] = { "reveal", NULL, "of a document in a file: what is restricted, too",
		"!--inbox !--outbox !--partner !--json" },
};

/*
 * The rows of one id: what was accepted or sent first, then as many of the rejected as are worth
 * showing.
 */
struct rows {
	struct row {
		uint64_t number;
		uint32_t direction;
		bool has_several; /* documents */
		char partner[PARTY_ID_MAX + 1];
	} list[ROWS_MAX];
	size_t count;
	uint64_t total;
};

struct showing {
	json_t *all;    /* array, when --json */
	json_t *events; /* of the message being shown */
	struct verb_show ask;
	const struct parts *parts; /* of the message being shown; NULL: it is one document */
	unsigned events_seen; /* on this page */
	struct fault fault;
	enum status status;
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
	if (m->direction == MESSAGE_IN && m->owed < DELIVERIES)
		printf("  %-12s %s, in a connection of its own\n", "our receipt",
			delivery_name(m->owed));
	if (m->code.n != 0)
		printf("  %-12s %.*s (%.*s)\n", message_is_flagged(m) ? "flag" : "fault",
			SLICE_FMT(m->text), SLICE_FMT(m->code));
}

static void message_show(struct showing *s, const struct verb_message *m)
{
	if (!s->all) {
		message_print(m);
		if (s->parts)
			parts_print(s->parts);
		puts("  events");
		return;
	}
	json_t *object = json_message(m);
	if (s->parts)
		json_object_set_new(object, "documents", parts_json(s->parts));
	s->events = json_array();
	json_object_set_new(object, "events", s->events);
	json_array_append_new(s->all, object);
}

#define EVENT_WIDTH 18 /* most are shorter, and what they say stands under each other */

static void event_print(const struct verb_event *e)
{
	char when[TIME_TEXT_MAX];

	printf("    %s  %.*s", time_format(when, e->at_ns), SLICE_FMT(e->what));
	if (e->detail.n || e->code.n)
		printf("%*s%.*s%s%.*s%s",
			e->what.n < EVENT_WIDTH ? EVENT_WIDTH - (int)e->what.n : 1, "",
			SLICE_FMT(e->detail), e->code.n ? " (" : "", SLICE_FMT(e->code),
			e->code.n ? ")" : "");
	putchar('\n');
}

static void event_show(struct showing *s, const struct verb_event *e)
{
	s->ask.after = e->number;
	s->events_seen++;
	if (!s->all) {
		event_print(e);
		return;
	}
	json_array_append_new(s->events,
		json_pack("{s:o, s:o, s:o, s:o}", "time", json_time(e->at_ns), "what",
			json_slice(e->what), "code", e->code.n ? json_slice(e->code) : json_null(),
			"detail", json_slice(e->detail)));
}

/* --- asking ------------------------------------------------------------------- */

static enum status on_message(struct showing *s, const struct ipc_packet *packet)
{
	struct verb_message m;

	TRY(ipc_body_parse(&m, packet, &s->fault));
	message_show(s, &m);
	return ST_OK;
}

static enum status on_event(struct showing *s, const struct ipc_packet *packet)
{
	struct verb_event e;

	TRY(ipc_body_parse(&e, packet, &s->fault));
	event_show(s, &e);
	return ST_OK;
}

static enum status on_end(struct showing *s, const struct ipc_packet *packet)
{
	struct verb_fault end;

	TRY(ipc_body_parse(&end, packet, &s->fault));
	if (end.status != ST_OK)
		fault_from_verb(&s->fault, end.status, end.code, end.text);
	return end.status == ST_OK ? ST_OK : s->fault.status;
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	static enum status (*const handlers[VERBS])(struct showing *, const struct ipc_packet *) = {
		[VERB_MESSAGE] = on_message, [VERB_EVENT] = on_event, [VERB_END] = on_end,
	};
	struct showing *s = context;

	if (handlers[packet->code])
		s->status = handlers[packet->code](s, packet);
	return packet->code == VERB_END || s->status != ST_OK;
}

/* A message, and its events page by page. */
static enum status row_show(
	struct showing *s, struct desk_client *desk, uint64_t row, struct fault *f)
{
	s->ask = (struct verb_show){ .row = row };
	do {
		s->events_seen = 0;
		TRY(desk_client_ask(
			desk, VERB_SHOW, &s->ask, -1, ASK_TIMEOUT_MS, on_answer, s, f));
		if (s->status != ST_OK) {
			*f = s->fault;
			return s->status;
		}
	} while (s->events_seen > 0);
	return ST_OK;
}

static void row_add(void *context, const struct verb_message *m)
{
	struct rows *rows = context;

	rows->total++;
	if (rows->count == ROWS_MAX)
		return;
	struct row *row = &rows->list[rows->count++];
	*row = (struct row){ .number = m->row,
		.direction = m->direction,
		.has_several = m->state != DELIVERY_REJECTED &&
			media_type_is_several(m->media_type) };
	if (slice_to_text(row->partner, sizeof(row->partner), m->partner, NULL) != ST_OK)
		row->has_several = false;
}

/*
 * Its documents are cut before it is shown, which is while it is asked for.  Where they cannot be,
 * what is known of the message is shown all the same.
 */
static enum status row_and_parts_show(struct showing *s, struct desk_client *desk,
	const struct row *row, struct slice message_id, struct fault *f)
{
	AUTO_IN_PLACE(content) content = content_init();
	AUTO_IN_PLACE(parts) parts = { .decoded = -1 };
	const struct verb_get ask = { .content = CONTENT_DOCUMENT,
		.message_id = message_id,
		.partner = slice_str(row->partner),
		.in = row->direction == MESSAGE_IN,
		.out = row->direction == MESSAGE_OUT };

	enum status st = row->has_several ? parts_fetch(&parts, &content, desk, &ask, f) : ST_NONE;
	if (st == ST_RETRY)
		return st;
	s->parts = st == ST_OK ? &parts : NULL;
	st = row_show(s, desk, row->number, f);
	s->parts = NULL;
	return st;
}

static enum status rows_find(struct rows *rows, struct desk_client *desk,
	const struct selection *which, unsigned states, struct fault *f)
{
	struct listing listing = { .message = row_add, .context = rows };
	struct verb_list filter = { .in = which->in,
		.out = which->out,
		.partner = which->partner,
		.message_id = which->message_id,
		.states = states };

	return listing_ask(desk, &filter, &listing, f);
}

static enum status show(struct showing *s, struct rows *rows, const char *home,
	const struct selection *which, struct fault *f)
{
	const unsigned rejected = 1u << DELIVERY_REJECTED;
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	TRY(rows_find(rows, desk, which, ~rejected, f));
	TRY(rows_find(rows, desk, which, rejected, f));
	if (rows->count == 0)
		return fault_set(f, ST_NONE, "message.unknown", "no message %.*s here",
			SLICE_FMT(which->message_id));
	for (size_t i = 0; i < rows->count; i++)
		TRY(row_and_parts_show(s, desk, &rows->list[i], which->message_id, f));
	return ST_OK;
}

static void print_rest(const struct showing *s, const struct rows *rows)
{
	if (s->all)
		json_print(rows->count == 1 ? json_incref(json_array_get(s->all, 0))
					    : json_incref(s->all));
	if (rows->total > rows->count)
		fprintf(stderr,
			"%llu more arrivals of this id were rejected: `tieline list --inbox --state "
			"rejected` has them\n",
			(unsigned long long)(rows->total - rows->count));
}

static bool is_file(const char *word)
{
	struct stat file;

	return strcmp(word, "-") == 0 || (stat(word, &file) == 0 && S_ISREG(file.st_mode));
}

static bool is_asked_as_message(const struct arguments *a)
{
	return a->given[INBOX] || a->given[OUTBOX] || a->given[PARTNER] || a->given[JSON];
}

/* `tieline get ID -o ID` leaves a file that must not hide the message. */
static bool is_message(const struct arguments *a)
{
	const char *home = a->values[HOME] ? a->values[HOME] : getenv("TIELINE_HOME");
	const struct selection which = { .message_id = slice_str(a->operands[0]),
		.in = true, .out = true };
	AUTO(desk_client) desk = NULL;
	struct rows rows = { .count = 0 };
	struct fault f;

	return home && strcmp(a->operands[0], "-") != 0 &&
		desk_client_open(&desk, home, &f) == ST_OK &&
		rows_find(&rows, desk, &which, ~0U, &f) == ST_OK && rows.count > 0;
}

static const char *hint_of(enum status st, const struct arguments *a)
{
	if (st != ST_NONE)
		return NULL;
	return is_file(a->operands[0])
		? "the file of that name is shown without --json, --inbox, --outbox, --partner"
		: "see `tieline list`";
}

static int run(const struct arguments *a)
{
	static const struct selection_options at = { INBOX, OUTBOX, PARTNER };

	if (is_file(a->operands[0]) && !is_asked_as_message(a) &&
		(a->given[REVEAL] || !is_message(a)))
		return document_show(a->operands[0], a->given[REVEAL]);

	const char *home = home_path(a->values[HOME]);
	struct showing showing = { .all = a->given[JSON] ? json_array() : NULL };
	struct rows rows = { .count = 0 };
	struct selection which;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	enum status st = selection_read(&which, a, &at, &f);
	if (st == ST_OK)
		st = show(&showing, &rows, home, &which, &f);
	if (st == ST_OK)
		print_rest(&showing, &rows);
	json_decref(showing.all);
	return st == ST_OK ? EXIT_DONE : fail(&f, hint_of(st, a));
}

const struct command show_command = {
	.name = "show",
	.operands = "MESSAGE-ID|FILE",
	.purpose = "every event of a message; or a document in a file, in words",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
