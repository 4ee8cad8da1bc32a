/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  A registration of a version before said its first service only,
 * without a blank behind it: what else it is for is not known, and nothing speaks against it.
 */
#include "ledger/register_asked.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_conditions.h"
#include "ledger/register_connected.h"

/* --- what was asked for --- */

/* What nobody measures may as well be drawn less. */
static bool is_output(struct slice baseline)
{
	return slice_eq(baseline, S("metered_output"));
}

enum status asked_read(struct asked *out, struct judging *j, struct fault *f)
{
	const bool is_offer = j->document->type == DOCUMENT_OFFER;
	struct slice id =
		said_text(&j->document->head, is_offer ? FACT_REQUEST : FACT_OFFER);
	struct known before;

	*out = (struct asked){ 0 };
	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	if (before.number == 0)
		return ST_OK;
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_ASKED, V_INT(before.number));
	enum status st = statement_step(j->ledger->sql, s, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	(void)!slice_to_text(out->sense, sizeof(out->sense), column_bytes(s, 0), NULL);
	(void)!slice_to_text(out->service, sizeof(out->service), column_bytes(s, 1), NULL);
	(void)!slice_to_text(out->request, sizeof(out->request), column_bytes(s, 2), NULL);
	out->is_output = is_output(column_bytes(s, 3));
	sqlite3_reset(s);
	return ST_OK;
}

/* --- for which service --- */

enum status services_put(struct buf *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->facts;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &rest, f)) == ST_OK)
		if (fact.kind == FACT_KIND && fact.list == FACT_OF_DOCUMENT && fact.is_text)
			buf_putf(out, "%.*s ", SLICE_FMT(fact.text));
	return st == ST_NONE ? ST_OK : st;
}

static bool is_registered_for(struct slice services, struct slice wanted)
{
	struct slice service, rest = services;

	if (services.n == 0 || services.p[services.n - 1] != ' ')
		return true;
	while (rest.n > 0) {
		slice_cut(&service, &rest, rest, ' ');
		if (slice_eq(service, wanted))
			return true;
	}
	return false;
}

static enum status service_check(const struct judging *j, struct slice services,
	const struct asked *asked, struct fault *f)
{
	if (is_registered_for(services, slice_str(asked->service)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"request %.*s is for %s, aggregation %.*s is registered for %.*s",
		SLICE_FMT(name_shown(slice_str(asked->request))), asked->service,
		SLICE_FMT(name_shown(j->of.aggregation)),
		SLICE_FMT(slice_to(services, services.n - 1)));
}

enum status judge_asked_service(struct judging *j, const struct asked *asked,
	const struct chapter *list, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	if (asked->service[0] == '\0')
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_SERVICES, V_INT(list->number));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		st = service_check(j, column_bytes(s, 0), asked, f);
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

/* --- and where --- */

/* How the request is found that a document goes back to. */
static const struct back {
	enum document_type type;
	enum fact_kind by;
	enum statement find;
	int number, document; /* columns */
} backs[] = {
	{ DOCUMENT_OFFER, FACT_REQUEST, SQL_REGISTER_ASKED, 4, 2 },
	{ DOCUMENT_AWARD, FACT_OFFER, SQL_REGISTER_ASKED, 4, 2 },
	{ DOCUMENT_DISPATCH, FACT_AWARD, SQL_REGISTER_ORIGIN, 3, 4 },
};

struct where {
	char request[ASKED_TEXT_MAX];
	struct conditions terms; /* of the request */
	struct slice feeder;     /* in these; empty: it is for no feeder that is known */
};

static enum status request_read(
	struct where *out, const struct back *back, struct judging *j, struct fault *f)
{
	const struct span always = { 0, INT64_MAX };
	struct known before;
	uint64_t request = 0;

	TRY(known_document(&before, j->ledger, &j->side,
		said_text(&j->document->head, back->by), S(""), f));
	if (before.number == 0)
		return ST_OK;
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, back->find, V_INT(before.number));
	enum status st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK) {
		request = (uint64_t)sqlite3_column_int64(s, back->number);
		(void)!slice_to_text(out->request, sizeof(out->request),
			column_bytes(s, back->document), NULL);
	}
	sqlite3_reset(s);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	return conditions_read(&out->terms, j->ledger, request, &always, f);
}

static enum status where_read(struct where *out, struct judging *j, struct fault *f)
{
	for (size_t i = 0; i < sizeof(backs) / sizeof(backs[0]); i++)
		if (backs[i].type == j->document->type)
			TRY(request_read(out, &backs[i], j, f));
	for (size_t i = 0; i < conditions_count(&out->terms); i++)
		if (conditions_at(&out->terms, i)->kind == CONDITION_WHERE)
			out->feeder = condition_feeder(
				&out->terms, conditions_at(&out->terms, i));
	return ST_OK;
}

static enum status is_on_at(bool *out, struct connected_work *work, struct judging *j,
	int64_t at_ns, struct slice feeder, struct fault *f)
{
	const struct chapter *list;
	struct sqlite3_stmt *s;
	enum status st;

	*out = false;
	if (book_list(&list, &j->book, &j->of, at_ns, NULL) != ST_OK)
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_FEEDER_BASE, V_BYTES(feeder),
		V_BYTES(j->side.partner), V_INT(j->side.is_test), V_INT(list->number));
	st = statement_step(j->ledger->sql, s, f);
	sqlite3_reset(s);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	return connected_look(out, work, j->ledger, &j->book, list, at_ns, feeder, f);
}

/* Who is on no feeder that is known may be on this one. */
static enum status is_anybody_unplaced(
	bool *out, struct judging *j, const struct chapter *list, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, j->at_ns, ROLL_ABLE);
	struct held held;
	enum status st = ST_OK;

	*out = false;
	while (!*out && (st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		*out = held.feeder.n == 0;
	return st == ST_NONE ? ST_OK : st;
}

/* When its first interval begins, or its last one ends: one is enough. */
static enum status place_check(
	struct judging *j, const struct chapter *list, const struct where *where, struct fault *f)
{
	struct span span = { j->at_ns, j->at_ns + 1 };
	struct connected_work work = { 0 };
	bool is_there;
	enum status st = said_times(&span, j->document, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	TRY(is_on_at(&is_there, &work, j, j->at_ns, where->feeder, f));
	if (!is_there)
		TRY(is_on_at(&is_there, &work, j, span.until_ns - 1, where->feeder, f));
	if (!is_there)
		TRY(is_anybody_unplaced(&is_there, j, list, f));
	if (is_there)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.feeder",
		"request %.*s is for feeder %.*s, where aggregation %.*s has nothing at that time",
		SLICE_FMT(name_shown(slice_str(where->request))),
		SLICE_FMT(name_shown(where->feeder)), SLICE_FMT(name_shown(j->of.aggregation)));
}

/* Who is sent copies does not see all that is registered of resources. */
enum status judge_asked_place(struct judging *j, const struct chapter *list, struct fault *f)
{
	struct where where = { .terms = conditions_init() };
	enum status st = ST_OK;

	if (!said_is_copy(j->document))
		st = where_read(&where, j, f);
	if (st == ST_OK && where.feeder.n > 0)
		st = judging_report(j, place_check(j, list, &where, f), NULL, f);
	conditions_done(&where.terms);
	return st;
}

/* --- and for how much --- */

#define GIVEN (DOCUMENT_BIT(DOCUMENT_OFFER) | DOCUMENT_BIT(DOCUMENT_AWARD))
#define CALLED DOCUMENT_BIT(DOCUMENT_DISPATCH)

/*
 * The most is the largest of what is registered.  A setpoint is what is put out or taken in, beside
 * a baseline or not, however far that is from where it was.  Of rows with a sense the one that was
 * asked for, else the one without.
 */
static const struct ability {
	unsigned types;
	const char *sense;
	enum fact_kind said;
	int sign; /* of what it is about; 0: either */
	enum fact_kind registered[2];
} abilities[] = {
	{ GIVEN, "up", FACT_QUANTITY_KW, 0, { FACT_UP_KW } },
	{ GIVEN, "down", FACT_QUANTITY_KW, 0, { FACT_DOWN_KW } },
	{ GIVEN, NULL, FACT_QUANTITY_KW, 0, { FACT_UP_KW, FACT_DOWN_KW } },
	{ GIVEN, "inject", FACT_QUANTITY_KVAR, 0, { FACT_INJECT_KVAR } },
	{ GIVEN, "absorb", FACT_QUANTITY_KVAR, 0, { FACT_ABSORB_KVAR } },
	{ GIVEN, NULL, FACT_QUANTITY_KVAR, 0, { FACT_INJECT_KVAR, FACT_ABSORB_KVAR } },
	{ CALLED, NULL, FACT_QUANTITY_KW, 1, { FACT_EXPORT_KW } },
	{ CALLED, NULL, FACT_QUANTITY_KW, -1, { FACT_IMPORT_KW } },
	{ CALLED, NULL, FACT_CHANGE_KW, 1, { FACT_UP_KW } },
	{ CALLED, NULL, FACT_CHANGE_KW, -1, { FACT_DOWN_KW } },
	{ CALLED, NULL, FACT_QUANTITY_KVAR, 1, { FACT_INJECT_KVAR } },
	{ CALLED, NULL, FACT_QUANTITY_KVAR, -1, { FACT_ABSORB_KVAR } },
};

/* What is not known has no bound. */
static int64_t most_of(const struct ability *a, const struct quantities *can)
{
	int64_t most = 0;

	for (size_t i = 0; i < 2 && a->registered[i] != FACT_DOCUMENT; i++) {
		int at = (int)a->registered[i] - FACT_EXPORT_KW;
		int64_t of = can->known[at] ? can->of[at] : INT64_MAX;

		most = of > most ? of : most;
	}
	return most;
}

/* Of the larger one. */
static const char *said_of(const struct ability *a, const struct quantities *can)
{
	int first = (int)a->registered[0] - FACT_EXPORT_KW;

	return quantity_said(can,
		a->registered[1] != FACT_DOCUMENT && can->of[first] < most_of(a, can)
			? a->registered[1]
			: a->registered[0]);
}

static int64_t magnitude(int64_t n)
{
	return n == INT64_MIN ? INT64_MAX : n < 0 ? -n : n;
}

static enum status ability_check(const struct said *item, const struct ability *a,
	const struct quantities *can, struct fault *f)
{
	int64_t said = said_number(item, a->said, 0), most = most_of(a, can);

	if (magnitude(said) <= most || (a->sign != 0 && (said < 0) != (a->sign < 0)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is %s" QUANTITY_FORMAT ", %s " QUANTITY_FORMAT "%s%s", fact_name(a->said),
		said < 0 ? "-" : "", QUANTITY(magnitude(said)), said_of(a, can),
		QUANTITY(most), a->sense ? " for " : "", a->sense ? a->sense : "");
}

/* Whether one with the sense that was asked for goes before it. */
static bool is_other(size_t row, const struct asked *asked)
{
	const struct ability *a = &abilities[row];

	if (a->sense)
		return !slice_eq(slice_str(a->sense), slice_str(asked->sense));
	for (size_t i = 0; i < row; i++)
		if (abilities[i].types == a->types && abilities[i].said == a->said &&
			abilities[i].sense && !is_other(i, asked))
			return true;
	return false;
}

enum status judge_asked_interval(struct judging *j, const struct said *item,
	const struct quantities *can, const struct asked *asked, struct fault *f)
{
	for (size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++)
		if ((abilities[i].types & DOCUMENT_BIT(j->document->type)) && !is_other(i, asked))
			TRY(judging_report(j, ability_check(item, &abilities[i], can, f), item, f));
	return ST_OK;
}
