/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline status: processes, queues per lane, partners, certificates and their expiry, on one
 * screen.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/certificates.h"
#include "cli/desk_client.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/own_clock.h"
#include "cli/revocations.h"
#include "cli/risk_assumed.h"
#include "cli/risk_report.h"
#include "processes/process.h"
#include "safeguards/crypto.h"
#include "safeguards/revocation.h"

#define ASK_TIMEOUT_MS 10000

enum { HOME, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[JSON] = { "json", NULL, "for programs", NULL },
};

struct standing {
	json_t *processes, *lanes, *partners, *certificates, *tolerated, *revocation, *sources,
		*exceptions, *announced, *allowed, *late, *clocks, *reviews, *missed, *deferred,
		*history, *assumed;
	const char *home;
	struct registry *registry;
	struct revocations revocations;
	struct fault fault;
	enum status status;
	int64_t now_ns;
	bool clock_is_wrong;
};

/* --- from the gateway --- */

static void on_process(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_process p;

	if (ipc_body_parse(&p, packet, &s->fault) == ST_OK)
		json_array_append_new(s->processes,
			json_pack("{s:s, s:I, s:I, s:b, s:I, s:o}", "role", role_name(p.role),
				"index", (json_int_t)p.index, "pid", (json_int_t)p.pid, "ready",
				(int)p.ready, "restarts", (json_int_t)p.restarts, "started",
				json_time(p.started_ns)));
}

static void on_lane(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_lane l;

	if (ipc_body_parse(&l, packet, &s->fault) != ST_OK || l.area >= AREAS ||
		l.state >= DELIVERIES)
		return;
	json_array_append_new(s->lanes,
		json_pack("{s:s, s:s, s:s, s:I, s:o}", "direction",
			l.receipts                        ? "receipt"
				: l.direction == MESSAGE_IN ? "in"
							    : "out",
			"area", area_name(l.area),
			"state", delivery_name(l.state), "count", (json_int_t)l.count, "oldest",
			json_time(l.oldest_ns)));
}

static void on_flagged(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_flagged row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK)
		json_array_append_new(s->tolerated,
			json_pack("{s:o, s:o, s:I, s:o}", "partner", json_slice(row.partner),
				"code", json_slice(row.code), "count", (json_int_t)row.count,
				"last", json_time(row.last_ns)));
}

static void on_standing(struct standing *s, const struct ipc_packet *packet)
{
	revocations_take(&s->revocations, packet->fd);
}

static void on_announced(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_announced row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK)
		json_array_append_new(s->announced,
			json_pack("{s:o, s:o, s:o, s:o, s:o}", "partner", json_slice(row.partner),
				"as2-version", json_slice(row.version), "product",
				json_slice(row.product), "features", json_slice(row.features),
				"since", json_time(row.since_ns)));
}

static void on_late(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_late row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK && row.area < AREAS)
		json_array_append_new(s->late,
			json_pack("{s:o, s:s, s:I, s:o}", "partner", json_slice(row.partner),
				"area", area_name(row.area), "count", (json_int_t)row.count, "last",
				json_time(row.last_ns)));
}

/* What is deferred, and why: the next attempt is of the first of them. */
static void on_deferral(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_deferral row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK && row.area < AREAS)
		json_array_append_new(s->deferred,
			json_pack("{s:o, s:s, s:I, s:o, s:o, s:o}", "partner",
				json_slice(row.partner), "area", area_name(row.area), "count",
				(json_int_t)row.count, "until", json_time(row.next_ns), "code",
				json_slice(row.code), "why", json_slice(row.text)));
}

static void on_history(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_history h;

	if (ipc_body_parse(&h, packet, &s->fault) != ST_OK)
		return;
	json_decref(s->history);
	s->history = json_pack("{s:I, s:I, s:o, s:o}", "events", (json_int_t)h.events,
		"signed-events", (json_int_t)h.signed_events, "signed", json_time(h.signed_ns),
		"unsigned-since", json_time(h.unsigned_ns));
}

static void on_clock(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_clock row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK)
		json_array_append_new(s->clocks,
			json_pack("{s:o, s:I, s:I, s:o, s:s}", "partner", json_slice(row.partner),
				"ahead-ms", (json_int_t)(row.ahead_ns / NS_PER_MS), "error-ms",
				(json_int_t)((row.error_ns + NS_PER_MS - 1) / NS_PER_MS),
				"measured", json_time(row.at_ns), "state", row.far ? "FAR" : "good"));
}

static void on_review(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_review row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK)
		json_array_append_new(s->reviews,
			json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:b}", "aggregation",
				json_slice(row.aggregation), "partner", json_slice(row.partner),
				"document", json_slice(row.document), "type", json_slice(row.type),
				"decides", row.direction == MESSAGE_IN ? "we" : "partner", "state",
				row.waiting        ? "waits for information"
					: row.left_ns < 0 ? "OVERDUE"
							  : "under review",
				"days", (json_int_t)(row.left_ns / (86400 * NS_PER_S)), "due",
				json_time(row.due_ns), "test", (int)(row.test != 0)));
}

static void on_missed(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_missed row;

	if (ipc_body_parse(&row, packet, &s->fault) == ST_OK)
		json_array_append_new(s->missed,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:b}",
				"document", json_slice(row.document), "type", json_slice(row.type),
				"message", json_slice(row.message_id), "partner",
				json_slice(row.partner), "aggregation",
				json_slice(row.aggregation), "wanted", json_slice(row.answer),
				"answers", row.ours ? "we" : "partner", "asked-by",
				json_slice(row.member), "due", json_time(row.due_ns),
				"late-seconds", (json_int_t)(row.late_ns / NS_PER_S), "test",
				(int)(row.test != 0)));
}

static void on_end(struct standing *s, const struct ipc_packet *packet)
{
	struct verb_fault end;

	s->status = ipc_body_parse(&end, packet, &s->fault);
	if (s->status == ST_OK && end.status != ST_OK) {
		fault_from_verb(&s->fault, end.status, end.code, end.text);
		s->status = s->fault.status;
	}
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct standing *, const struct ipc_packet *) = {
		[VERB_PROCESS] = on_process, [VERB_LANE] = on_lane,
		[VERB_FLAGGED] = on_flagged, [VERB_ANNOUNCED] = on_announced,
		[VERB_STANDING] = on_standing, [VERB_LATE] = on_late,
		[VERB_CLOCK] = on_clock, [VERB_DEFERRAL] = on_deferral,
		[VERB_HISTORY] = on_history,
		[VERB_REVIEW] = on_review, [VERB_MISSED] = on_missed,
		[VERB_END] = on_end,
	};

	if (handlers[packet->code])
		handlers[packet->code](context, packet);
	return packet->code == VERB_END;
}

static enum status gateway_ask(struct standing *s, const char *home, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	TRY(desk_client_ask(
		desk, VERB_STATUS, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS, on_answer, s, f));
	if (s->status != ST_OK)
		*f = s->fault;
	return s->status;
}

/* --- from the home --- */

static void on_credential(void *context, const struct credential *c)
{
	struct standing *s = context;

	json_array_append_new(s->certificates, certificate_json(c, s->now_ns, s->clock_is_wrong));
}

static void list_add(struct standing *s, const char *party, const char *issuer, int64_t next_ns,
	const char *state)
{
	json_array_append_new(s->revocation,
		json_pack("{s:s, s:s, s:o, s:s}", "party", party, "issuer", issuer, "next",
			json_time(next_ns), "state", state));
}

/* An old list stops nothing by itself: people must see it before it does. */
static void lists_add(struct standing *s, const struct partner *p)
{
	AUTO(lists) lists = NULL;
	struct slice bytes = buf_slice(&p->agreement->trust.lists);
	struct fault f;

	const struct trust_terms *trust = &p->agreement->trust;
	if (!trust->asks_revocation)
		return;
	/* Where lists or answers are fetched, nobody needs to put a file there. */
	if (bytes.n == 0 && trust->crl.count + trust->ocsp.count > 0)
		return;
	if (bytes.n == 0)
		list_add(s, p->sheet->id, "-", 0, "MISSING");
	else if (lists_parse(&lists, bytes, &f) != ST_OK)
		list_add(s, p->sheet->id, f.text, 0, "UNREADABLE");
	for (size_t i = 0; lists && i < lists_count(lists); i++)
		list_add(s, p->sheet->id, lists_issuer(lists, i), lists_next_update_ns(lists, i),
			list_standing_name(lists_standing(lists, i, clock_utc_ns())));
}

static void exception_add(struct standing *s, const struct partner *p, const char *key,
	const char *what, int64_t end_ns)
{
	const int64_t now_ns = clock_utc_ns();
	const enum exception_state state = exception_state_to(end_ns, now_ns);
	char until[TIME_TEXT_MAX];

	if (state == EXCEPTION_NONE)
		return;
	time_format(until, end_ns - NS_PER_S)[sizeof("2027-01-31") - 1] = '\0';
	json_array_append_new(s->exceptions,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "partner", p->sheet->id, "key", key,
			"algorithm", what, "until", until, "state", exception_state_name(state),
			"days", (json_int_t)((end_ns - now_ns) / (86400 * NS_PER_S))));
}

/* For people and programs: what stops working, and when. */
static void exceptions_add(struct standing *s, const struct partner *p)
{
	struct tolerated_to tolerated[TOLERATED_MAX];

	for (enum exception i = 0; i < EXCEPTIONS; i++)
		exception_add(s, p, "legacy", exception_name(i),
			p->agreement->exceptions.end_ns[i]);
	agreement_tolerated(tolerated, p->agreement);
	for (size_t i = 0; i < TOLERATED_MAX; i++)
		exception_add(s, p, "tolerate", tolerated[i].name,
			tolerated[i].until_ns ? tolerated[i].until_ns + 1 : 0);
}

/* One that cannot be read may be served all the same, with what the gateway read before. */
static void on_unread(void *context, const char *what, const struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(UNREAD_ID_MAX);
	struct standing *s = context;

	unread_tell(s->home, what, f);
	unread_id_put(&id, what);
	json_array_append_new(s->partners,
		json_pack("{s:o, s:n, s:n, s:n, s:n, s:n, s:o}", "id",
			json_slice(buf_slice(&id)), "name", "url", "suspended", "tls",
			"client-certificate", "fault", unread_json(what, f)));
}

static void partner_add(struct standing *s, const struct partner *p)
{
	json_array_append_new(s->partners,
		json_pack("{s:s, s:s, s:s, s:b, s:s, s:b, s:n}", "id", p->sheet->id, "name",
			p->sheet->name, "url", p->sheet->url, "suspended",
			(int)p->agreement->suspended, "tls",
			p->agreement->tls.version_1_2 ? "1.2" : "1.3", "client-certificate",
			(int)p->agreement->tls.client_certificate, "fault"));
	lists_add(s, p);
	exceptions_add(s, p);
	risk_exceptions_add(s->allowed, p, s->now_ns);
}

/* What lowers protection without a day or a signature is at least never forgotten. */
static void on_assumed(void *context, const struct risk_assumption *a)
{
	struct standing *s = context;

	json_array_append_new(s->assumed,
		json_pack("{s:s?, s:s, s:s, s:s}", "partner", a->partner, "assumption", a->name,
			"value", a->value, "default", a->usual));
}

static enum status home_look(struct standing *s, const char *home, struct fault *f)
{
	s->home = home;
	TRY(crypto_init(f));
	/* Before what follows from it, and on the error output, so that the JSON stays JSON. */
	s->clock_is_wrong = own_clock_warn(home);
	TRY(home_registry_telling(&s->registry, home, on_unread, s, f));
	TRY(certificates_look(home, s->registry, s->now_ns, on_credential, s, f));
	for (size_t i = 0; i < registry_partner_count(s->registry); i++)
		partner_add(s, registry_partner(s->registry, i));
	risk_assumed(s->registry, on_assumed, s);
	return ST_OK;
}

/* --- for people --- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static const char *number_of(char out[24], const json_t *object, const char *key)
{
	snprintf(out, 24, "%lld", (long long)json_integer_value(json_object_get(object, key)));
	return out;
}

/* Which rows of a list: an exercise is no alarm, and hides none. */
enum of_rows { ROWS_ALL, ROWS_REAL, ROWS_TEST };

/* A table of the JSON: the member, and of each row the members and what they are called. */
struct screen_part {
	const char *member, *title;
	bool is_always; /* also when there is nothing */
	enum of_rows of;
	struct {
		const char *member, *title;
	} columns[TABLE_COLUMNS_MAX];
};

/* clang-format off */
#define MISSED_COLUMNS \
	{ { "type", "ANSWER TO" }, { "partner", "PARTNER" }, { "wanted", "WANTED" }, \
		{ "answers", "ANSWERS" }, { "due", "DUE" }, { "late-seconds", "LATE S" }, \
		{ "document", "DOCUMENT" } }
#define REVIEW_COLUMNS \
	{ { "aggregation", "REVIEW OF" }, { "partner", "PARTNER" }, { "state", "STATE" }, \
		{ "days", "DAYS" }, { "due", "DUE" }, { "decides", "DECIDES" }, \
		{ "type", "DOCUMENT" } }
/* clang-format on */

/* Each list ends with a row without a title. */
static const struct screen_part sections[] = {
	{ "processes", "Processes", true, ROWS_ALL,
		{ { "role", "PROCESS" }, { "index", "NO" }, { "pid", "PID" },
			{ "restarts", "RESTARTS" }, { "started", "SINCE" } } },
	{ "lanes", "Messages, most urgent lane first", true, ROWS_ALL,
		{ { "area", "LANE" }, { "direction", "WAY" }, { "state", "STATE" },
			{ "count", "COUNT" }, { "oldest", "OLDEST" } } },
	{ "deferred", "Deferred: the next attempt, and what was in the way", false, ROWS_ALL,
		{ { "partner", "PARTNER" }, { "area", "LANE" }, { "count", "COUNT" },
			{ "until", "UNTIL" }, { "why", "WHY" } } },
	{ "late-receipts", "ALARM: receipts missed within the last day", false, ROWS_ALL,
		{ { "partner", "PARTNER" }, { "area", "LANE" }, { "count", "COUNT" },
			{ "last", "LAST" } } },
	{ "missed-answers", "ALARM: answers that did not come in time", false, ROWS_REAL,
		MISSED_COLUMNS },
	{ "partners", "Partners", true, ROWS_ALL,
		{ { "id", "PARTNER" }, { "url", "ADDRESS" }, { "tls", "TLS" },
			{ "name", "NAME" } } },
	{ "announced", "What partners' software says of itself", false, ROWS_ALL,
		{ { "partner", "SOFTWARE OF" }, { "as2-version", "AS2" },
			{ "since", "SINCE" }, { "product", "PRODUCT" },
			{ "features", "FEATURES" } } },
	{ "clocks", "Partners' clocks beside ours", false, ROWS_ALL,
		{ { "partner", "CLOCK OF" }, { "ahead-ms", "AHEAD MS" },
			{ "error-ms", "+- MS" }, { "measured", "MEASURED" },
			{ "state", "STATE" } } },
	{ "tolerated", "Messages that are flagged", true, ROWS_ALL,
		{ { "partner", "PARTNER" }, { "code", "FLAG" }, { "count", "COUNT" },
			{ "last", "LAST" } } },
	{ "reviews", "Registrations that are not decided", false, ROWS_REAL, REVIEW_COLUMNS },
	{ "missed-answers", "Tests: answers that did not come in time", false, ROWS_TEST,
		MISSED_COLUMNS },
	{ "reviews", "Tests: registrations that are not decided", false, ROWS_TEST,
		REVIEW_COLUMNS },
	{ "certificates", "Certificates", true, ROWS_ALL,
		{ { "party", "CERTIFICATE OF" }, { "use", "USE" }, { "standing", "STATE" },
			{ "key", "KEY" }, { "days", "DAYS" }, { "expires", "EXPIRES" },
			{ "advice", "TO DO" } } },
	{ "revocation", "Revocation lists", false, ROWS_ALL,
		{ { "party", "LISTS FOR" }, { "state", "STATE" }, { "next", "NEXT" },
			{ "issuer", "LIST OF" } } },
	{ .title = NULL },
};

static const struct screen_part allowances[] = {
	{ "exceptions", "What is weak or wrong, and still taken", false, ROWS_ALL,
		{ { "partner", "WEAK ONES OF" }, { "algorithm", "ALGORITHM" },
			{ "until", "UNTIL" }, { "days", "DAYS" }, { "state", "STATE" } } },
	{ "risk-exceptions", "What falls short of `tieline risk` and is let through", false,
		ROWS_ALL,
		{ { "partner", "EXCEPTION FOR" }, { "area", "AREA" },
			{ "requirement", "REQUIREMENT" }, { "until", "UNTIL" },
			{ "state", "STATE" }, { "reason", "REASON" } } },
	{ "risk-assumptions", "Assumptions that lower what `tieline risk` asks for", false,
		ROWS_ALL,
		{ { "assumption", "ASSUMPTION" }, { "partner", "OF" }, { "value", "VALUE" },
			{ "default", "DEFAULT" } } },
	{ .title = NULL },
};

static bool is_of(const json_t *row, enum of_rows of)
{
	return of == ROWS_ALL || json_is_true(json_object_get(row, "test")) == (of == ROWS_TEST);
}

static void row_add(struct table *table, const struct screen_part *section, const json_t *row)
{
	const char *cells[TABLE_COLUMNS_MAX];
	char numbers[TABLE_COLUMNS_MAX][24];

	for (size_t c = 0; c < TABLE_COLUMNS_MAX && section->columns[c].title; c++) {
		const char *member = section->columns[c].member;

		cells[c] = json_is_integer(json_object_get(row, member))
			? number_of(numbers[c], row, member)
			: text_of(row, member);
	}
	table_row(table, cells);
}

static void section_print(const struct screen_part *section, const json_t *rows)
{
	const char *titles[TABLE_COLUMNS_MAX];
	size_t columns = 0, i;
	const json_t *row;

	for (; columns < TABLE_COLUMNS_MAX && section->columns[columns].title; columns++)
		titles[columns] = section->columns[columns].title;
	AUTO(table) table = table_new(titles, columns);
	json_array_foreach(rows, i, row)
		if (is_of(row, section->of))
			row_add(table, section, row);
	if (table_rows(table) == 0 && !section->is_always)
		return;
	printf("%s\n", section->title);
	if (table_rows(table) == 0)
		puts("none");
	else
		table_print(table);
	putchar('\n');
}

static void sections_print(const struct screen_part *list, const json_t *all)
{
	for (; list->title; list++)
		section_print(list, json_object_get(all, list->member));
}

static void print(const struct standing *s, const json_t *all)
{
	sections_print(sections, all);
	revocations_print(s->sources);
	sections_print(allowances, all);
}

/* On the error output, so that the JSON stays JSON. */
static void exceptions_warn(const struct standing *s)
{
	const json_t *row;
	size_t i;

	json_array_foreach(s->exceptions, i, row) {
		const char *state = text_of(row, "state");

		if (strcmp(state, exception_state_name(EXCEPTION_HOLDS)) == 0)
			continue;
		fprintf(stderr, "tieline: %s may use %s until %s: %s: see %s in its "
				"agreement.yaml\n",
			text_of(row, "partner"), text_of(row, "algorithm"), text_of(row, "until"),
			state, text_of(row, "key"));
	}
}

static void tell(struct standing *s, bool json)
{
	json_t *all = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"processes", s->processes, "lanes", s->lanes, "partners", s->partners, "certificates",
		s->certificates, "tolerated", s->tolerated, "revocation", s->revocation, "sources",
		s->sources, "exceptions", s->exceptions, "announced", s->announced,
		"late-receipts", s->late, "clocks", s->clocks, "risk-exceptions", s->allowed,
		"reviews", s->reviews, "missed-answers", s->missed, "deferred", s->deferred,
		"history", s->history, "risk-assumptions", s->assumed);
	if (!json)
		print(s, all);
	exceptions_warn(s);
	if (json)
		json_print(all);
	else
		json_decref(all);
}

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	struct standing s = { .now_ns = clock_utc_ns(),
		.processes = json_array(),
		.lanes = json_array(),
		.partners = json_array(),
		.certificates = json_array(),
		.tolerated = json_array(),
		.deferred = json_array(),
		.history = json_null(),
		.revocation = json_array(),
		.sources = json_array(),
		.revocations = revocations_init(),
		.exceptions = json_array(),
		.announced = json_array(),
		.allowed = json_array(),
		.late = json_array(),
		.clocks = json_array(),
		.reviews = json_array(),
		.missed = json_array(),
		.assumed = json_array() };
	if (home_look(&s, home, &f) != ST_OK)
		return fail(&f, home_hint(&f));
	if (gateway_ask(&s, home, &f) != ST_OK)
		return fail(&f, NULL);
	for (size_t i = 0; i < registry_partner_count(s.registry); i++)
		revocations_sources(
			s.sources, &s.revocations, registry_partner(s.registry, i), s.now_ns);
	tell(&s, a->given[JSON]);
	revocations_done(&s.revocations);
	registry_free(s.registry);
	return EXIT_DONE;
}

const struct command status_command = {
	.name = "status",
	.purpose = "processes, queues, partners, certificates and their expiry",
	COMMAND_OPTIONS(options),
	.run = run,
};
