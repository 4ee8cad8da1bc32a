/* SPDX-License-Identifier: Apache-2.0 */
/* tieline list: messages, oldest first. */
#include "cli/cli.h"

#include <stdio.h>

#include "base/clock.h"
#include "cli/home.h"
#include "cli/listing.h"
#include "cli/output.h"

enum { HOME, INBOX, OUTBOX, AREA, STATE, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[INBOX] = { "inbox", NULL, "what partners sent" },
	[OUTBOX] = { "outbox", NULL, "what was sent to partners" },
	[AREA] = { "area", "AREA", "only this area" },
	[STATE] = { "state", "STATE",
		"only in this state: ready, sending, deferred, awaiting, delivered, refused, expired, received, rejected" },
	[JSON] = { "json", NULL, "for programs" },
};

struct printing {
	struct table *table;
	json_t *all;
};

static void on_message(void *context, const struct verb_message *m)
{
	struct printing *p = context;
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX), partner = buf_init(PARTY_ID_MAX);
	char when[TIME_TEXT_MAX], size[SIZE_TEXT_MAX];

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

static enum status filter_fill(struct verb_list *filter, const struct arguments *a, struct fault *f)
{
	enum area area;
	enum delivery state;

	*filter = (struct verb_list){ .in = a->given[INBOX], .out = a->given[OUTBOX] };
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
	if (filter_fill(&filter, a, &f) != ST_OK)
		return fail(&f, "see `tieline list --help`");
	if (desk_client_open(&desk, home, &f) != ST_OK ||
		listing_ask(desk, &filter, &listing, &f) != ST_OK)
		return fail(&f, NULL);
	return print(&printing);
}

const struct command list_command = {
	.name = "list",
	.purpose = "messages, oldest first",
	COMMAND_OPTIONS(options),
	.run = run,
};
