/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline registry: what registrations and decisions add up to, now or at another moment; what was
 * said of an aggregation; all of it for programs.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/registry_copy.h"
#include "cli/registry_pages.h"
#include "exchange/facts.h"

#define MASK "****"
#define AMOUNT_TEXT_MAX 32

enum { HOME, AT, TEST, PARTNER, JSON, FEEDER, PREMISE, PROGRAMME, CONSENT, SHOW_OPTIONS };
#define COMMON(at_words)                                                            \
	[HOME] = HOME_OPTION,                                                       \
	[AT] = { "at", "DATE", at_words ": 2026-07-01 or 2026-07-01T12:00:00Z", NULL }, \
	[TEST] = { "test", NULL, "the book of test documents", NULL },              \
	[PARTNER] = { "partner", "PARTNER", "only with this partner", NULL }
#define FOR_PROGRAMS [JSON] = { "json", NULL, "for programs", NULL }
static const struct option_row show_options[SHOW_OPTIONS] = { COMMON("at this moment"),
	FOR_PROGRAMS,
	[FEEDER] = { "feeder", "FEEDER", "resources on this feeder", NULL },
	[PREMISE] = { "premise", "PREMISE", "resources at this service point", NULL },
	[PROGRAMME] = { "programme", "PROGRAMME", "resources in it, or whose aggregation is", NULL },
	[CONSENT] = { "consent", "CONSENT", "resources by this reference of a consent", NULL } };
static const struct option_row history_options[] = { COMMON("said by this moment"),
	FOR_PROGRAMS };
enum { FORCE = JSON };
static const struct option_row export_options[] = { COMMON("at this moment"),
	[FORCE] = { "force", NULL, "to a terminal, too", NULL } };

/* --- asking --- */

struct showing {
	struct desk_client *desk;
	struct verb_registry ask;
	json_t *rows;       /* of the list */
	json_t *resources;  /* of the aggregation that is filled */
	json_t *conditions; /* likewise, or of the decision */
	struct slice decision; /* whose conditions; empty: those that are in force at that time */
	int64_t by_ns;      /* of a history: the last moment that is shown */
	bool is_whole;      /* nothing is masked */
	const char *const *wanted; /* values of show_options: FEEDER to CONSENT; or NULL */
	bool is_in_programme;      /* the aggregation that is filled */
};

static enum status at_read(int64_t *out, const char *text, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(64);
	struct slice at = slice_str(text);

	*out = clock_utc_ns();
	if (!text)
		return ST_OK;
	buf_put(&whole, slice_to(at, 40));
	if (at.n == sizeof("2026-07-01") - 1)
		buf_put_text(&whole, "T00:00:00Z");
	return time_parse(out, buf_slice(&whole), f);
}

static enum status showing_open(struct showing *s, const struct arguments *a, struct fault *f)
{
	const char *home = home_path(a->values[HOME]);

	if (!home)
		return fault_set(f, ST_INPUT, "home.missing", "no home is known");
	TRY(at_read(&s->ask.at_ns, a->values[AT], f));
	s->ask.test = a->given[TEST];
	s->ask.partner = slice_str(a->values[PARTNER]);
	s->ask.aggregation = slice_str(a->operand_count ? a->operands[0] : NULL);
	return desk_client_open(&s->desk, home, f);
}

/* --- rows --- */

static const char *const quantity_names[] = { "export-kw", "import-kw", "up-kw", "down-kw",
	"inject-kvar", "absorb-kvar", "energy-kwh" };
#define QUANTITY_NAMES (sizeof(quantity_names) / sizeof(quantity_names[0]))

static int64_t quantity_at(const struct verb_quantities *can, size_t index)
{
	const int64_t all[QUANTITY_NAMES] = { can->export_kw, can->import_kw, can->up_kw,
		can->down_kw, can->inject_kvar, can->absorb_kvar, can->energy_kwh };

	return all[index];
}

/* "1500", "0.25": no zeros behind. */
static const char *amount_format(char out[AMOUNT_TEXT_MAX], int64_t amount)
{
	int n = snprintf(out, AMOUNT_TEXT_MAX, "%s%lld.%06lld", amount < 0 ? "-" : "",
		(long long)llabs(amount / FACT_UNIT), (long long)llabs(amount % FACT_UNIT));

	while (n > 0 && out[n - 1] == '0')
		out[--n] = 0;
	if (n > 0 && out[n - 1] == '.')
		out[n - 1] = 0;
	return out;
}

static void quantities_put(json_t *row, const struct verb_quantities *can)
{
	char text[AMOUNT_TEXT_MAX];

	for (size_t i = 0; i < QUANTITY_NAMES; i++)
		if (can->known & 1U << i)
			json_object_set_new(row, quantity_names[i],
				json_string(amount_format(text, quantity_at(can, i))));
}

static json_t *words_of(struct slice text)
{
	json_t *list = json_array();
	struct slice word;

	while (text.n > 0) {
		slice_cut(&word, &text, text, ' ');
		if (word.n > 0)
			json_array_append_new(list, json_slice(word));
	}
	return list;
}

static void on_aggregation(void *context, const struct verb_aggregation *v)
{
	struct showing *s = context;
	json_t *row = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "aggregation",
		json_slice(v->aggregation), "partner", json_slice(v->partner), "aggregator",
		v->direction == MESSAGE_IN ? "partner" : "we", "name", json_slice(v->name),
		"program", json_slice(v->program), "service-kinds", words_of(v->services), "state",
		json_slice(v->state), "from",
		json_time(v->from_ns), "until", json_time(v->until_ns), "revision",
		(json_int_t)v->revision);

	quantities_put(row, &v->can);
	json_array_append_new(s->rows, row);
}

static json_t *restricted(const struct showing *s, struct slice text)
{
	return s->is_whole || text.n == 0 ? json_slice(text) : json_string(MASK);
}

/* Whether only some resources are wanted, in whichever aggregation. */
static bool is_search(const struct showing *s)
{
	bool found = false;

	for (size_t i = FEEDER; s->wanted && i <= CONSENT; i++)
		found |= s->wanted[i] != NULL;
	return found;
}

static bool is_wanted(const struct showing *s, const struct verb_resource *v)
{
	const struct slice said[SHOW_OPTIONS] = { [FEEDER] = v->feeder, [PREMISE] = v->premise,
		[PROGRAMME] = v->program, [CONSENT] = v->consent };

	for (size_t i = FEEDER; s->wanted && i <= CONSENT; i++)
		if (s->wanted[i] && !slice_eq(said[i], slice_str(s->wanted[i])) &&
			!(i == PROGRAMME && s->is_in_programme))
			return false;
	return true;
}

static void on_resource(void *context, const struct verb_resource *v)
{
	struct showing *s = context;

	if (!is_wanted(s, v))
		return;
	json_t *row = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "resource",
		json_slice(v->resource), "premise", restricted(s, v->premise), "feeder",
		json_slice(v->feeder), "kind", json_slice(v->der_kind), "consent",
		restricted(s, v->consent), "consent-until", json_time(v->consent_ns), "program",
		json_slice(v->program), "net-metering", (int)v->net_metering, "from",
		json_time(v->from_ns));

	quantities_put(row, &v->can);
	json_array_append_new(s->resources, row);
}

static enum status aggregations_ask(struct showing *s, struct fault *f)
{
	struct registry_pages pages = { .desk = s->desk, .ask = s->ask,
		.aggregation = on_aggregation, .context = s };

	pages.ask.what = REGISTRY_AGGREGATIONS;
	s->rows = json_array();
	return registry_pages_ask(&pages, f);
}

static enum status resources_ask(struct showing *s, json_t *aggregation, struct fault *f)
{
	struct registry_pages pages = { .desk = s->desk, .ask = s->ask, .resource = on_resource,
		.context = s };

	pages.ask.what = REGISTRY_RESOURCES;
	pages.ask.aggregation =
		slice_str(json_string_value(json_object_get(aggregation, "aggregation")));
	pages.ask.partner = slice_str(json_string_value(json_object_get(aggregation, "partner")));
	s->is_in_programme = s->wanted && s->wanted[PROGRAMME] &&
		slice_eq(slice_str(json_string_value(json_object_get(aggregation, "program"))),
			slice_str(s->wanted[PROGRAMME]));
	s->resources = json_array();
	json_object_set_new(aggregation, "resources", s->resources);
	return registry_pages_ask(&pages, f);
}

/* --- conditions --- */

static bool is_wanted_condition(const struct showing *s, const struct verb_condition *v)
{
	if (s->decision.n > 0)
		return slice_eq(v->document, s->decision);
	return (v->from_ns != 0 || v->until_ns != 0) && v->from_ns <= s->ask.at_ns &&
		(v->until_ns == 0 || s->ask.at_ns < v->until_ns);
}

static void on_condition(void *context, const struct verb_condition *v)
{
	struct showing *s = context;
	char text[AMOUNT_TEXT_MAX];

	if (!is_wanted_condition(s, v))
		return;
	json_t *row = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "kind",
		json_slice(v->kind), "direction", json_slice(v->direction), "feeder",
		json_slice(v->feeder), "window", json_slice(v->window), "decision",
		json_slice(v->document), "from", json_time(v->from_ns), "until",
		json_time(v->until_ns), "compared", (int)v->compared);

	if (v->kw >= 0)
		json_object_set_new(
			row, "limit-kw", json_string(amount_format(text, v->kw)));
	json_array_append_new(s->conditions, row);
}

static enum status conditions_ask(
	struct showing *s, json_t *row, struct slice aggregation, struct fault *f)
{
	struct registry_pages pages = { .desk = s->desk, .ask = s->ask,
		.condition = on_condition, .context = s };

	pages.ask.what = REGISTRY_CONDITIONS;
	pages.ask.aggregation = aggregation;
	pages.ask.partner = slice_str(json_string_value(json_object_get(row, "partner")));
	s->conditions = json_array();
	json_object_set_new(row, "conditions", s->conditions);
	return registry_pages_ask(&pages, f);
}

static enum status aggregation_fill(struct showing *s, json_t *row, struct fault *f)
{
	TRY(resources_ask(s, row, f));
	return conditions_ask(s, row,
		slice_str(json_string_value(json_object_get(row, "aggregation"))), f);
}

/* --- for people --- */

static void table_of(json_t *rows, const char *const *titles, const char *const *members,
	size_t columns)
{
	AUTO(table) table = table_new(titles, columns);
	const char *cells[TABLE_COLUMNS_MAX];
	char numbers[TABLE_COLUMNS_MAX][24];
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		for (size_t c = 0; c < columns; c++) {
			const json_t *value = json_object_get(row, members[c]);

			snprintf(numbers[c], sizeof(numbers[c]), "%lld",
				(long long)json_integer_value(value));
			cells[c] = json_is_integer(value) ? (json_integer_value(value) < 0 ? "-" : numbers[c])
				: json_is_boolean(value) ? (json_is_true(value) ? "yes" : "no")
				: json_string_length(value) ? json_string_value(value) : "-";
		}
		table_row(table, cells);
	}
	table_print(table);
}

static bool any_has(json_t *rows, const char *member)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (json_object_get(row, member))
			return true;
	return false;
}

/* Few do anything in kvar. */
static void aggregations_print(json_t *rows)
{
	static const char *const titles[] = { "AGGREGATION", "PARTNER", "STATE", "REVISION", "FROM",
		"UNTIL", "UP KW", "DOWN KW", "NAME", "INJECT KVAR", "ABSORB KVAR" };
	static const char *const members[] = { "aggregation", "partner", "state", "revision",
		"from", "until", "up-kw", "down-kw", "name", "inject-kvar", "absorb-kvar" };
	const bool has_kvar = any_has(rows, "inject-kvar") || any_has(rows, "absorb-kvar");

	if (json_array_size(rows) == 0)
		puts("No aggregations.");
	else
		table_of(rows, titles, members, has_kvar ? 11 : 9);
}

static void conditions_print(json_t *row)
{
	static const char *const titles[] = { "CONDITION", "DIRECTION", "LIMIT KW", "FEEDER",
		"WINDOW", "FROM", "UNTIL", "COMPARED", "DECISION" };
	static const char *const members[] = { "kind", "direction", "limit-kw", "feeder", "window",
		"from", "until", "compared", "decision" };
	json_t *rows = json_object_get(row, "conditions");

	if (json_array_size(rows) == 0)
		return;
	putchar('\n');
	table_of(rows, titles, members, 9);
}

static bool is_asked_for(const json_t *aggregation)
{
	struct slice state = slice_str(json_string_value(json_object_get(aggregation, "state")));

	return slice_eq(state, S("under review")) || slice_eq(state, S("waiting for information"));
}

static void resources_print(json_t *aggregation)
{
	static const char *const titles[] = { "RESOURCE", "KIND", "FEEDER", "EXPORT KW",
		"IMPORT KW", "CONSENT UNTIL", "PREMISE" };
	static const char *const members[] = { "resource", "kind", "feeder", "export-kw",
		"import-kw", "consent-until", "premise" };
	json_t *rows = json_object_get(aggregation, "resources");

	putchar('\n');
	if (json_array_size(rows) == 0) {
		puts("No resources at that time.");
		return;
	}
	if (is_asked_for(aggregation))
		puts("Asked for, and not decided:");
	table_of(rows, titles, members, 7);
	puts("\nPremises and consents are masked: `tieline registry export` has them.");
}

/* Of a search only aggregations that have something stay: the last first, so that places hold. */
static enum status resources_of_all(struct showing *s, struct fault *f)
{
	for (size_t i = json_array_size(s->rows); i-- > 0;) {
		TRY(aggregation_fill(s, json_array_get(s->rows, i), f));
		if (is_search(s) && json_array_size(s->resources) == 0)
			json_array_remove(s->rows, i);
	}
	return ST_OK;
}

/* `tieline new` writes documents of tests: theirs is the book that people forget. */
static enum status none_say(struct showing *s, struct fault *f)
{
	static const char *const hints[] = { ": the book of real documents has it, without --test",
		": the book of test documents has it: --test" };
	const bool test = s->ask.test;

	s->ask.test = !test;
	json_decref(s->rows);
	TRY(aggregations_ask(s, f));
	return fault_set(f, ST_INPUT, "registry.aggregation",
		"no aggregation %.*s in the book of %s documents at that time%s", SLICE_FMT(s->ask.aggregation), test ? "test" : "real",
		json_array_size(s->rows) ? hints[!test] : "");
}

/* Of all aggregations: that there are others, in the other book, nobody would ask. */
static void test_book_tell(struct showing *s)
{
	json_t *real = s->rows;
	struct fault f;

	s->ask.test = true;
	if (aggregations_ask(s, &f) == ST_OK && json_array_size(s->rows) > 0)
		fprintf(stderr, "the book of test documents has %zu more: --test shows them\n",
			json_array_size(s->rows));
	json_decref(s->rows);
	s->rows = real;
	s->ask.test = false;
}

static enum status show(struct showing *s, bool json, struct fault *f)
{
	const bool has_resources = s->ask.aggregation.n > 0 || is_search(s);
	json_t *row;
	size_t i;

	TRY(aggregations_ask(s, f));
	if (s->ask.aggregation.n > 0 && json_array_size(s->rows) == 0)
		return none_say(s, f);
	if (has_resources)
		TRY(resources_of_all(s, f));
	if (json) {
		json_print(json_incref(s->rows));
		return ST_OK;
	}
	aggregations_print(s->rows);
	if (!has_resources && !s->ask.test)
		test_book_tell(s);
	if (has_resources)
		json_array_foreach(s->rows, i, row) {
			conditions_print(row);
			resources_print(row);
		}
	return ST_OK;
}

static int run_show(const struct arguments *a)
{
	struct showing s = { .wanted = a->values };
	struct fault f;
	enum status st = showing_open(&s, a, &f);

	if (st == ST_OK)
		st = show(&s, a->given[JSON], &f);
	json_decref(s.rows);
	desk_client_free(s.desk);
	return st == ST_OK ? EXIT_DONE : fail(&f, NULL);
}

/* --- history --- */

/* What was taken back later still stood then. */
static void on_statement(void *context, const struct verb_statement *v)
{
	struct showing *s = context;
	const int64_t voided_ns = v->voided_ns <= s->by_ns ? v->voided_ns : 0;

	if (v->said_ns > s->by_ns)
		return;
	json_array_append_new(s->rows,
		json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "said",
			json_time(v->said_ns), "way", v->direction == MESSAGE_IN ? "in" : "out",
			"partner", json_slice(v->partner), "type", json_slice(v->type), "action",
			json_slice(v->action), "document", json_slice(v->document), "revision",
			(json_int_t)v->revision, "registry-revision", (json_int_t)v->basis,
			"resources", (json_int_t)v->resources, "from", json_time(v->from_ns),
			"until", json_time(v->until_ns), "message-id", json_slice(v->message_id),
			"taken-back", json_time(voided_ns)));
}

/* Of each decision: few set any. */
static enum status decisions_fill(struct showing *s, struct fault *f)
{
	json_t *row;
	size_t i;

	json_array_foreach(s->rows, i, row) {
		const char *type = json_string_value(json_object_get(row, "type"));

		if (!slice_eq(slice_str(type), S("registration_decision")))
			continue;
		s->decision = slice_str(json_string_value(json_object_get(row, "document")));
		TRY(conditions_ask(s, row, s->ask.aggregation, f));
	}
	return ST_OK;
}

static enum status history(struct showing *s, bool json, struct fault *f)
{
	static const char *const titles[] = { "SAID", "WAY", "TYPE", "ACTION", "RESOURCES", "FROM",
		"TAKEN BACK", "PARTNER", "DOCUMENT" };
	static const char *const members[] = { "said", "way", "type", "action", "resources", "from",
		"taken-back", "partner", "document" };
	struct registry_pages pages = { .desk = s->desk, .ask = s->ask, .statement = on_statement,
		.context = s };
	json_t *row;
	size_t i;

	pages.ask.what = REGISTRY_HISTORY;
	s->rows = json_array();
	TRY(registry_pages_ask(&pages, f));
	TRY(decisions_fill(s, f));
	if (json) {
		json_print(json_incref(s->rows));
		return ST_OK;
	}
	if (json_array_size(s->rows) == 0)
		puts(s->by_ns == INT64_MAX ? "Nothing was said of it."
					   : "Nothing was said of it by then.");
	else
		table_of(s->rows, titles, members, 9);
	json_array_foreach(s->rows, i, row)
		conditions_print(row);
	return ST_OK;
}

static int run_history(const struct arguments *a)
{
	struct showing s = { 0 };
	struct fault f;
	enum status st = showing_open(&s, a, &f);

	s.by_ns = a->values[AT] ? s.ask.at_ns : INT64_MAX;
	if (st == ST_OK)
		st = history(&s, a->given[JSON], &f);
	json_decref(s.rows);
	desk_client_free(s.desk);
	return st == ST_OK ? EXIT_DONE : fail(&f, NULL);
}

/* --- export: an aggregation a line, so that none is waited for by the next --- */

static enum status export(struct showing *s, struct fault *f)
{
	json_t *row;
	size_t i;

	s->is_whole = true;
	TRY(aggregations_ask(s, f));
	json_array_foreach(s->rows, i, row) {
		TRY(aggregation_fill(s, row, f));
		json_print_line(json_incref(row));
		json_object_del(row, "resources");
		json_object_del(row, "conditions");
	}
	return ST_OK;
}

static int run_export(const struct arguments *a)
{
	struct showing s = { 0 };
	struct fault f;

	if (isatty(STDOUT_FILENO) && !a->given[FORCE])
		return fail_with(EXIT_USAGE,
			"premises and consents would be on this screen: write to a file, or --force");
	enum status st = showing_open(&s, a, &f);
	if (st == ST_OK)
		st = export(&s, &f);
	json_decref(s.rows);
	desk_client_free(s.desk);
	return st == ST_OK ? EXIT_DONE : fail(&f, NULL);
}

static const struct command show_registry_command = {
	.name = "registry show",
	.operands = "[AGGREGATION]",
	.purpose = "what is registered, now or at another moment",
	COMMAND_OPTIONS(show_options),
	.operands_max = 1,
	.run = run_show,
};

static const struct command history_command = {
	.name = "registry history",
	.operands = "AGGREGATION",
	.purpose = "what was said of an aggregation, and by which documents",
	COMMAND_OPTIONS(history_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_history,
};

static const struct command export_command = {
	.name = "registry export",
	.purpose = "all of it, unmasked: a JSON object a line and aggregation",
	COMMAND_OPTIONS(export_options),
	.run = run_export,
};

static const struct command *const commands[] = { &show_registry_command, &history_command,
	&export_command, &registry_copy_command, NULL };
const struct command_group registry_group = { "registry", "aggregations and their resources, in time",
	commands };
