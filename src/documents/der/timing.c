/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the members of the document itself, wherever they stand.  The sequence of one
 * availability document in its scope is its `sequence`, and of two with the same its `revision`.
 */
#include "documents/der/timing.h"

#include <string.h>

#include "base/clock.h"
#include "documents/der/scalar.h"
#include "documents/der/schema.h"
#include "documents/json/reader.h"

#define DAY_NS (86400 * NS_PER_S)
#define REVISIONS (INT64_C(1) << 10) /* of one sequence that differ; later ones count as equal */
#define SEQUENCE_MOST ((INT64_C(1) << 53) - 1)

enum member {
	TYPE, EXPIRES, SECRECY, AGGREGATION, KIND, SEQUENCE, REVISION, BEHALF, TEST,
	RESPOND, VALID, ACCEPT, RESULT, MEMBERS
};

static const struct {
	const char *name;
	enum json_kind kind;
} members[MEMBERS] = {
	[TYPE] = { "document_type", JSON_IS_STRING },
	[EXPIRES] = { "expires_at", JSON_IS_STRING },
	[SECRECY] = { "secrecy_until", JSON_IS_STRING },
	[AGGREGATION] = { "aggregation_id", JSON_IS_STRING },
	[KIND] = { "kind", JSON_IS_STRING },
	[SEQUENCE] = { "sequence", JSON_IS_NUMBER },
	[REVISION] = { "revision", JSON_IS_NUMBER },
	[BEHALF] = { "on_behalf_of", JSON_IS_STRING },
	[TEST] = { "test", JSON_IS_TRUE },
	[RESPOND] = { "respond_by", JSON_IS_STRING },
	[VALID] = { "offer_valid_until", JSON_IS_STRING },
	[ACCEPT] = { "accept_by", JSON_IS_STRING },
	[RESULT] = { "result", JSON_IS_STRING },
};

#define SPAN_TEXT_MAX 16 /* bytes: nothing was checked yet, and so much is no overflow */
#define SPAN_MAX_S (INT64_C(36600) * 86400)

/* From the start of the first of its intervals to the end of the last one. */
struct intervals {
	bool are_read;            /* what is read is one of them */
	bool is_odd;              /* one of them is not understood */
	struct json_text start, duration;
	struct scope_span span;   /* until_s 0: none was read */
};

struct said {
	struct json_text of[MEMBERS]; /* raw.p NULL: not there */
	bool there[MEMBERS];
	struct intervals intervals;
};

static void member_take(struct said *said, const struct json_event *e)
{
	for (enum member m = 0; m < MEMBERS; m++)
		if (e->kind == members[m].kind &&
			json_text_is(e->name, slice_str(members[m].name))) {
			said->there[m] = true;
			said->of[m] = e->text;
		}
}

/* What needs an escape is no id. */
static bool is_plain(struct json_text text)
{
	return text.raw.n > 0 && !text.is_escaped;
}

/* In whole seconds that hold all of it. */
static bool span_read(struct scope_span *out, const struct intervals *of)
{
	int64_t from_ns, seconds;

	if (!is_plain(of->start) || !is_plain(of->duration) ||
		of->duration.raw.n > SPAN_TEXT_MAX ||
		time_parse(&from_ns, of->start.raw, NULL) != ST_OK)
		return false;
	seconds = der_duration_s(of->duration.raw);
	if (seconds <= 0 || seconds > SPAN_MAX_S)
		return false;
	*out = (struct scope_span){ from_ns / NS_PER_S,
		from_ns / NS_PER_S + seconds + (from_ns % NS_PER_S != 0) };
	return true;
}

static void interval_take(struct intervals *all)
{
	struct scope_span span;

	all->is_odd |= !span_read(&span, all);
	if (all->is_odd)
		return;
	if (all->span.until_s == 0 || span.from_s < all->span.from_s)
		all->span.from_s = span.from_s;
	if (span.until_s > all->span.until_s)
		all->span.until_s = span.until_s;
	all->start = all->duration = (struct json_text){ 0 };
}

/* Their array stands in the document itself, at depth 2, and what they say at depth 3. */
static void interval_look(struct intervals *all, const struct json_event *e, unsigned depth)
{
	if (depth == 2 && e->kind == JSON_IS_ARRAY && e->is_member)
		all->are_read = json_text_is(e->name, S("intervals"));
	else if (depth < 2)
		all->are_read = false;
	if (!all->are_read)
		return;
	if (depth == 2 && e->kind == JSON_IS_CLOSE)
		interval_take(all);
	if (depth == 3 && e->kind == JSON_IS_STRING && json_text_is(e->name, S("start")))
		all->start = e->text;
	if (depth == 3 && e->kind == JSON_IS_STRING && json_text_is(e->name, S("duration")))
		all->duration = e->text;
}

/* False: it is no JSON, or none of our types. */
static bool said_read(struct said *said, struct slice document)
{
	struct json_reader r;
	struct json_event e;
	enum status st;

	json_reader_init(&r, document);
	while ((st = json_next(&e, &r, NULL)) == ST_OK) {
		if (r.depth == 1 && e.is_member)
			member_take(said, &e);
		interval_look(&said->intervals, &e, r.depth);
	}
	return st == ST_NONE && said->of[TYPE].raw.p && der_schema_find(said->of[TYPE]);
}

/* What is so now is replaced by what is so later; a forecast for tomorrow is none of today. */
static bool span_put(struct buf *name, const struct said *said)
{
	const struct intervals *all = &said->intervals;

	if (json_text_is(said->of[KIND], S("status")))
		return true;
	return !all->is_odd && all->span.until_s > 0 && scope_span_put(name, &all->span);
}

/*
 * The book of tests has sequences of its own, and so has each party whose document is passed on:
 * two of them may call an aggregation the same.  Empty: what it says does not fit.
 */
static void scope_name(struct der_timing *out, const struct said *said)
{
	AUTO_IN_PLACE(buf) name = buf_init(SCOPE_MAX - 1);

	buf_putf(&name, "%.*s %.*s", SLICE_FMT(said->of[AGGREGATION].raw),
		SLICE_FMT(said->of[KIND].raw));
	if (said->there[BEHALF]) {
		buf_put_text(&name, " of ");
		json_text_put(&name, said->of[BEHALF]);
	}
	if (said->there[TEST])
		buf_put_text(&name, " test");
	if (!span_put(&name, said) || name.overflow ||
		slice_to_text(out->scope, sizeof(out->scope), buf_slice(&name), NULL) != ST_OK)
		out->scope[0] = '\0';
}

static void scope_make(struct der_timing *out, const struct said *said)
{
	int64_t sequence, revision = 0;

	if (!json_text_is(said->of[TYPE], S("availability")) || !is_plain(said->of[AGGREGATION]) ||
		!is_plain(said->of[KIND]) || said->of[SEQUENCE].raw.n == 0 ||
		der_whole_parse(&sequence, said->of[SEQUENCE].raw) != DER_WHOLE || sequence < 0 ||
		sequence > SEQUENCE_MOST)
		return;
	if (said->of[REVISION].raw.n == 0 ||
		der_whole_parse(&revision, said->of[REVISION].raw) != DER_WHOLE || revision < 0)
		revision = 0;
	scope_name(out, said);
	if (!out->scope[0])
		return;
	out->sequence = sequence * REVISIONS +
		(revision < REVISIONS ? revision : REVISIONS - 1);
}

#define DAY_TEXT 10          /* bytes of "2056-07-01" */
#define LAST_YEAR "2261-12-31" /* later ones are no time.h's */

/* The day is over at its end, in UTC; an escape hides nothing. */
static int64_t day_end_ns(struct json_text day)
{
	AUTO_IN_PLACE(buf) text = buf_init(TIME_TEXT_MAX);
	int64_t begin_ns;

	json_text_put(&text, day);
	if (text.overflow || text.n != DAY_TEXT)
		return 0;
	buf_put_text(&text, "T00:00:00Z");
	if (time_parse(&begin_ns, buf_slice(&text), NULL) == ST_OK)
		return begin_ns + DAY_NS;
	return strncmp(buf_text(&text), LAST_YEAR, DAY_TEXT) > 0 ? INT64_MAX : 0;
}

/*
 * What nobody can answer in time any more is worth nothing.  An award that ends something is no
 * question; a limit is kept to, whether or not somebody still confirms it.
 */
static const struct {
	const char *type;
	enum member until;
	const char *results[2]; /* NULL: all */
} questions[] = {
	{ "service_request", RESPOND, { NULL } },
	{ "service_offer", VALID, { NULL } },
	{ "service_award", ACCEPT, { "awarded", "partly_awarded" } },
};

static bool is_question(const struct said *said, size_t i)
{
	const char *const *results = questions[i].results;

	return json_text_is(said->of[TYPE], slice_str(questions[i].type)) &&
		(!results[0] || json_text_is(said->of[RESULT], slice_str(results[0])) ||
			json_text_is(said->of[RESULT], slice_str(results[1])));
}

/* The earlier of the two; 0: it does not say, or nothing that is a time. */
static int64_t earlier_ns(int64_t ends_ns, struct json_text said)
{
	int64_t at_ns;

	if (!is_plain(said) || time_parse(&at_ns, said.raw, NULL) != ST_OK)
		return ends_ns;
	return ends_ns == 0 || at_ns < ends_ns ? at_ns : ends_ns;
}

void der_timing_read(struct der_timing *out, struct slice document)
{
	struct said said = { 0 };

	*out = (struct der_timing){ 0 };
	if (!said_read(&said, document))
		return;
	out->expires_ns = earlier_ns(0, said.of[EXPIRES]);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (is_question(&said, i))
			out->expires_ns =
				earlier_ns(out->expires_ns, said.of[questions[i].until]);
	if (said.of[SECRECY].raw.n > 0)
		out->secret_until_ns = day_end_ns(said.of[SECRECY]);
	scope_make(out, &said);
}
