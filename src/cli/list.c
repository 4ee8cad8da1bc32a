/* SPDX-License-Identifier: Apache-2.0 */
/* tieline list: messages, oldest first. */
#include "cli/cli.h"

#include <stdio.h>

#include "base/clock.h"
#include "cli/home.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/parts.h"
#include "cli/selection.h"

enum { HOME, INBOX, OUTBOX, PARTNER, AREA, STATE, SINCE, UNTIL, ID, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[INBOX] = { "inbox", NULL, "what partners sent", NULL },
	[OUTBOX] = { "outbox", NULL, "what was sent to partners", NULL },
	[PARTNER] = PARTNER_OPTION,
	[AREA] = { "area", "AREA", "only this area", NULL },
	[STATE] = { "state", "STATE",
		"only in this state: ready, sending, deferred, awaiting, delivered, refused, expired, superseded, received, rejected", NULL },
	[SINCE] = { "since", "TIME", "only from then on: 2026-11-23T05:14:00Z, 2026-11-23, or 4h ago as 4h",
		NULL },
	[UNTIL] = { "until", "TIME", "only before that, likewise", NULL },
	[ID] = { "id", "PREFIX", "only Message-IDs that begin so", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

struct printing {
	int64_t since_ns, until_ns;
	struct slice prefix; /* of the Message-ID */
	struct table *table;
	json_t *all;
};

static void on_message(void *context, const struct verb_message *m)
{
	struct printing *p = context;
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX), partner = buf_init(PARTY_ID_MAX);
	char when[TIME_TEXT_MAX], size[SIZE_TEXT_MAX];

	if (m->created_ns < p->since_ns || m->created_ns >= p->until_ns ||
		!slice_has_prefix(m->message_id, p->prefix))
		return;
	if (p->all) {
		json_array_append_new(p->all, json_message(m));
		return;
	}
	buf_put(&id, m->message_id);
	buf_put(&partner, m->partner);
	table_row(p->table,
		(const char *[]){ time_format(when, m->created_ns),
			m->direction == MESSAGE_IN ? "in" : "out",
			m->area < AREAS ? area_name(m->area) : "?",
			m->state < DELIVERIES ? delivery_name(m->state) : "?",
			size_format(size, m->size), buf_text(&partner), buf_text(&id) });
}

/* --- documents ---------------------------------------------------------------- */

static struct slice member(const json_t *message, const char *key)
{
	return slice_str(json_string_value(json_object_get(message, key)));
}

static enum status documents_add(json_t *message, struct desk_client *desk, struct fault *f)
{
	AUTO_IN_PLACE(content) content = content_init();
	AUTO_IN_PLACE(parts) parts = { .decoded = -1 };
	const bool in = slice_eq(member(message, "direction"), S("in"));
	const struct verb_get ask = { .content = CONTENT_DOCUMENT,
		.message_id = member(message, "message-id"),
		.partner = member(message, "partner"),
		.in = in,
		.out = !in };

	enum status st = parts_fetch(&parts, &content, desk, &ask, f);
	if (st == ST_OK)
		json_object_set_new(message, "documents", parts_json(&parts));
	return st == ST_RETRY ? st : ST_OK; /* what cannot be cut is listed without */
}

/* For programs: what is in the messages that have several. */
static enum status documents_look(json_t *all, struct desk_client *desk, struct fault *f)
{
	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *message = json_array_get(all, i);

		if (media_type_is_several(member(message, "media-type")) &&
			!slice_eq(member(message, "state"), S("rejected")))
			TRY(documents_add(message, desk, f));
	}
	return ST_OK;
}

static enum status filter_fill(struct verb_list *filter, const struct arguments *a, struct fault *f)
{
	enum area area;
	enum delivery state;

	*filter = (struct verb_list){ .in = a->given[INBOX],
		.out = a->given[OUTBOX],
		.partner = slice_str(a->values[PARTNER]) };
	if (a->given[AREA]) {
		TRY(area_parse(&area, slice_str(a->values[AREA]), f));
		filter->areas = AREA_BIT(area);
	}
	if (a->given[STATE]) {
		TRY(delivery_parse(&state, slice_str(a->values[STATE]), f));
		filter->states = 1u << state;
	}
	return ST_OK;
}

/* A moment, a day (its beginning), or how long ago. */
static enum status when_read(int64_t *out, const char *text, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(64);
	const struct slice said = slice_to(slice_str(text), 40);
	int64_t ago_ns;

	if (duration_parse(&ago_ns, said, NULL) == ST_OK) {
		*out = clock_utc_ns() - ago_ns;
		return ST_OK;
	}
	buf_put(&whole, said);
	if (said.n == sizeof("2026-07-01") - 1)
		buf_put_text(&whole, "T00:00:00Z");
	return time_parse(out, buf_slice(&whole), f);
}

/* As headers and logs have it, too: "<4711@back-office>". */
static struct slice prefix_read(const char *text)
{
	struct slice prefix = slice_str(text);

	if (!slice_has_prefix(prefix, S("<")))
		return prefix;
	prefix = slice_from(prefix, 1);
	return prefix.n > 0 && prefix.p[prefix.n - 1] == '>' ? slice_to(prefix, prefix.n - 1)
							     : prefix;
}

static enum status printing_fill(struct printing *p, const struct arguments *a, struct fault *f)
{
	p->until_ns = INT64_MAX;
	if (a->given[SINCE])
		TRY(when_read(&p->since_ns, a->values[SINCE], f));
	if (a->given[UNTIL])
		TRY(when_read(&p->until_ns, a->values[UNTIL], f));
	p->prefix = prefix_read(a->values[ID]);
	return ST_OK;
}

static int print(struct printing *p)
{
	if (p->all)
		json_print(p->all);
	else if (table_rows(p->table) == 0)
		puts("No messages.");
	else
		table_print(p->table);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	static const char *const titles[] = { "TIME", "WAY", "AREA", "STATE", "SIZE", "PARTNER",
		"MESSAGE-ID" };
	AUTO(table) table = table_new(titles, 7);
	AUTO(desk_client) desk = NULL;
	const char *home = home_path(a->values[HOME]);
	struct printing printing = { .table = table, .all = a->given[JSON] ? json_array() : NULL };
	struct listing listing = { .message = on_message, .context = &printing };
	struct verb_list filter;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (filter_fill(&filter, a, &f) != ST_OK || printing_fill(&printing, a, &f) != ST_OK)
		return fail(&f, "see `tieline list --help`");
	if (desk_client_open(&desk, home, &f) != ST_OK ||
		listing_ask(desk, &filter, &listing, &f) != ST_OK ||
		documents_look(printing.all, desk, &f) != ST_OK)
		return fail(&f, NULL);
	return print(&printing);
}

const struct command list_command = {
	.name = "list",
	.purpose = "messages, oldest first",
	COMMAND_OPTIONS(options),
	.run = run,
};
