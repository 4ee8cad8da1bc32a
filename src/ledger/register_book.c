/* SPDX-License-Identifier: Apache-2.0 */
/* Chapters are in memory, resources are scanned in the order of the table. */
#include "ledger/register_book.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_builds.h"
#include "ledger/register_known.h"

#define BOOK_KEY_MAX 1024
#define HELD_TEXTS_MAX 2048
#define SKIPS 32 /* rows passed over one by one before it is looked for */

enum {
	CHAPTER_NUMBER,
	CHAPTER_TYPE,
	CHAPTER_ACTION,
	CHAPTER_BASE,
	CHAPTER_BASIS,
	CHAPTER_RESOURCES,
	CHAPTER_AT_ONCE,
	CHAPTER_SAID,
	CHAPTER_FROM,
	CHAPTER_UNTIL,
	CHAPTER_COUNTED,
	CHAPTER_COUNTED_FROM,
	CHAPTER_COUNTED_UNTIL,
	CHAPTER_CONDITIONS,
	CHAPTER_QUANTITIES,
};

struct book book_init(void)
{
	return (struct book){ .key = buf_init(BOOK_KEY_MAX),
		.chapters = buf_init(BOOK_CHAPTERS_MAX * sizeof(struct chapter)),
		.conditions = conditions_init(),
		.revision = -1 };
}

void book_done(struct book *book)
{
	buf_done(&book->key);
	buf_done(&book->chapters);
	conditions_done(&book->conditions);
}

size_t book_count(const struct book *book)
{
	return book->chapters.n / sizeof(struct chapter);
}

/* Of an index that is below the count. */
static struct chapter *chapter_at(const struct book *book, size_t index)
{
	return (struct chapter *)(void *)book->chapters.p + index;
}

struct chapter *book_chapter(const struct book *book, size_t index)
{
	return index < book_count(book) ? chapter_at(book, index) : NULL;
}

struct chapter *book_find(const struct book *book, uint64_t number)
{
	size_t low = 0, high = book_count(book);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (chapter_at(book, middle)->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < book_count(book) && chapter_at(book, low)->number == number
		? chapter_at(book, low)
		: NULL;
}

static bool is_in_force(const struct chapter *c)
{
	return c->state == BUSINESS_AGREED ||
		((c->is_at_once || c->is_end) && c->state <= BUSINESS_WAITING);
}

/* --- reading --- */

void quantities_read(struct quantities *out, struct sqlite3_stmt *s, int first)
{
	for (int i = 0; i < QUANTITIES; i++) {
		struct sqlite3_value *value = sqlite3_column_value(s, first + i);

		out->known[i] = sqlite3_value_type(value) == SQLITE_INTEGER;
		out->is_capped[i] = false;
		out->of[i] = sqlite3_value_int64(value);
	}
}

static void quantities_over(struct quantities *into, const struct quantities *from)
{
	for (int i = 0; i < QUANTITIES; i++)
		if (from->known[i]) {
			into->known[i] = true;
			into->of[i] = from->of[i];
		}
}

/*
 * An end that was in force and is over is not the same as never.  Of a withdrawal it says what was
 * asked for: the aggregation is withdrawn, and stays so.  An emergency is a fact: nobody asked for
 * anything that could be withdrawn, and only who rejects it says that it is none.
 */
static void decide_withdrawn(struct chapter *decided, const struct chapter *decision)
{
	int64_t end_ns = decision->from_ns ? decision->from_ns : decision->said_ns;

	if (decided->is_end || (decided->is_at_once && decided->state <= BUSINESS_WAITING))
		decided->state = BUSINESS_AGREED;
	else if (decided->state != BUSINESS_AGREED)
		decided->state = BUSINESS_WITHDRAWN;
	else if (decided->until_ns == 0 || decided->until_ns > end_ns)
		decided->until_ns = end_ns;
}

static void decide_agreed(
	struct book *book, struct chapter *decided, const struct chapter *decision)
{
	decided->state = BUSINESS_AGREED;
	if (decision->from_ns)
		decided->from_ns = decision->from_ns;
	if (decision->until_ns)
		decided->until_ns = decision->until_ns;
	if (decision->basis >= 0)
		book->revision = decision->basis;
	quantities_over(&decided->can, &decision->can);
	decided->conditions = decision->has_conditions ? decision->number : 0;
}

static void decide(struct book *book, const struct chapter *decision, struct slice action)
{
	struct chapter *decided = book_find(book, decision->base);
	enum business_state becomes;

	if (!decided)
		return;
	becomes = business_moves(DOCUMENT_DECISION, action, decided->type);
	decided->decision = decision->number;
	decided->has_rejected = decision->has_rejected;
	if (becomes == BUSINESS_WITHDRAWN)
		decide_withdrawn(decided, decision);
	else if (becomes == BUSINESS_AGREED)
		decide_agreed(book, decided, decision);
	else if (becomes != BUSINESS_NONE)
		decided->state = becomes;
}

static struct chapter chapter_read(struct sqlite3_stmt *s)
{
	struct chapter c = {
		.number = (uint64_t)sqlite3_column_int64(s, CHAPTER_NUMBER),
		.base = (uint64_t)sqlite3_column_int64(s, CHAPTER_BASE),
		.type = (enum document_type)sqlite3_column_int(s, CHAPTER_TYPE),
		.is_end = slice_eq(column_bytes(s, CHAPTER_ACTION), S("withdraw")),
		.is_at_once = sqlite3_column_int(s, CHAPTER_AT_ONCE) != 0,
		.has_rejected = sqlite3_column_int64(s, CHAPTER_RESOURCES) > 0,
		.has_conditions = sqlite3_column_int(s, CHAPTER_CONDITIONS) != 0,
		.state = BUSINESS_OPEN,
		.said_ns = sqlite3_column_int64(s, CHAPTER_SAID),
		.from_ns = sqlite3_column_int64(s, CHAPTER_FROM),
		.until_ns = sqlite3_column_int64(s, CHAPTER_UNTIL),
		.basis = sqlite3_column_type(s, CHAPTER_BASIS) == SQLITE_INTEGER
			? sqlite3_column_int64(s, CHAPTER_BASIS)
			: -1,
		.counted = { sqlite3_column_type(s, CHAPTER_COUNTED) == SQLITE_INTEGER,
			sqlite3_column_int64(s, CHAPTER_COUNTED),
			sqlite3_column_int64(s, CHAPTER_COUNTED_FROM),
			sqlite3_column_int64(s, CHAPTER_COUNTED_UNTIL) },
	};

	if (c.type != DOCUMENT_DECISION) {
		c.has_rejected = false;
		c.from_ns = c.from_ns ? c.from_ns : c.said_ns;
	}
	quantities_read(&c.can, s, CHAPTER_QUANTITIES);
	return c;
}

/* Who takes back what is not decided yet is asked nothing, and nothing is decided of it. */
static void take_back(struct book *book, const struct chapter *end)
{
	struct chapter *list = end->base ? book_find(book, end->base) : NULL;

	if (list && list->state <= BUSINESS_WAITING)
		list->state = BUSINESS_WITHDRAWN;
}

static void chapter_add(struct book *book, struct sqlite3_stmt *s)
{
	struct chapter c = chapter_read(s);

	if (c.type == DOCUMENT_REGISTRATION && c.is_end)
		take_back(book, &c);
	buf_put(&book->chapters, slice_of(&c, sizeof(c)));
	if (c.type == DOCUMENT_DECISION && (book->unheard == 0 || c.number < book->unheard))
		decide(book, &c, column_bytes(s, CHAPTER_ACTION));
}

static void key_put(struct buf *key, const struct book_of *of)
{
	buf_clear(key);
	buf_put_u8(key, of->is_test);
	buf_put_u8(key, (uint8_t)of->partner.n);
	buf_put(key, of->partner);
	buf_put(key, of->aggregation);
}

/* Those of what comes into force, or was: when, is said with each. */
static enum status book_conditions_read(struct book *book, struct ledger *l, struct fault *f)
{
	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);
		const struct chapter *list =
			c->type == DOCUMENT_CHANGE ? book_find(book, c->base) : c;
		struct span span = { c->from_ns, INT64_MAX };

		if (c->conditions != 0 && list && is_in_force(c) && book_span(&span, book, list))
			TRY(conditions_read(&book->conditions, l, c->conditions, &span, f));
	}
	return ST_OK;
}

enum status book_look(
	struct book *book, struct ledger *l, const struct book_of *of, struct fault *f)
{
	AUTO_IN_PLACE(buf) key = buf_init(BOOK_KEY_MAX);
	struct sqlite3_stmt *s;
	enum status st;

	key_put(&key, of);
	if (book->is_open && slice_eq(buf_slice(&key), buf_slice(&book->key)))
		return ST_OK;
	key_put(&book->key, of);
	buf_clear(&book->chapters);
	conditions_clear(&book->conditions);
	book->revision = -1;
	book->is_open = book->is_noted = false;
	s = STATEMENT_BIND(l->sql, SQL_REGISTER_BOOK, V_BYTES(of->aggregation),
		V_BYTES(of->partner), V_INT(of->is_test), V_INT(BOOK_CHAPTERS_MAX));
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		chapter_add(book, s);
	if (st == ST_NONE)
		st = book_conditions_read(book, l, f);
	book->is_open = st == ST_OK;
	return st;
}

enum status book_open(
	struct book *book, struct ledger *l, const struct book_of *of, struct fault *f)
{
	TRY(book_look(book, l, of, f));
	if (!book->is_noted)
		TRY(builds_on_book(l, of, f));
	book->is_noted = true;
	return ST_OK;
}

#define UNHEARD_LOOKED_AT 64 /* of more, those before them are heard of */

static enum status unheard_find(struct book *book, struct ledger *l, const struct book_of *of,
	int64_t at_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_UNHEARD,
		V_BYTES(of->aggregation), V_BYTES(of->partner), V_INT(of->is_test), V_INT(at_ns),
		V_INT(UNHEARD_LOOKED_AT));

	TRY(statement_step(l->sql, s, f));
	book->unheard = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

enum status book_open_heard(struct book *book, struct ledger *l, const struct book_of *of,
	int64_t at_ns, struct fault *f)
{
	const uint64_t before = book->unheard;

	TRY(unheard_find(book, l, of, at_ns, f));
	book->is_open = book->is_open && book->unheard == before;
	return book_open(book, l, of, f);
}

enum status book_open_whole(
	struct book *book, struct ledger *l, const struct book_of *of, struct fault *f)
{
	book->is_open = book->is_open && book->unheard == 0;
	book->unheard = 0;
	return book_open(book, l, of, f);
}

/* --- what holds --- */

bool chapter_holds(const struct chapter *c, int64_t at_ns)
{
	return is_in_force(c) && c->from_ns <= at_ns;
}

static bool is_later(const struct chapter *a, const struct chapter *b)
{
	return !b || a->from_ns > b->from_ns ||
		(a->from_ns == b->from_ns && a->number > b->number);
}

static bool is_list(const struct chapter *c)
{
	return c->type == DOCUMENT_REGISTRATION && !c->is_end;
}

static const struct chapter *last_list(const struct book *book, int64_t at_ns)
{
	const struct chapter *last = NULL;

	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);

		if (is_list(c) && chapter_holds(c, at_ns) && is_later(c, last))
			last = c;
	}
	return last;
}

/* 0: it did not end. */
static int64_t end_of(const struct book *book, const struct chapter *list, int64_t at_ns)
{
	if (list->until_ns != 0 && list->until_ns <= at_ns)
		return list->until_ns;
	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);

		if (c->type == DOCUMENT_REGISTRATION && c->is_end && c->number > list->number &&
			chapter_holds(c, at_ns))
			return c->from_ns;
	}
	return 0;
}

struct chapter *book_list_said(const struct book *book)
{
	struct chapter *last = NULL;

	for (size_t i = 0; i < book_count(book); i++)
		if (is_list(chapter_at(book, i)))
			last = chapter_at(book, i);
	return last;
}

/* Why none is in force, by what was said last. */
static enum status none_in_force(
	const struct book *book, const struct book_of *of, struct fault *f)
{
	const struct chapter *last = book_list_said(book);
	char when[TIME_TEXT_MAX];
	struct slice name = name_shown(of->aggregation);

	if (!last)
		return fault_set(f, ST_AUTH, "registry.unknown",
			"aggregation %.*s is not registered", SLICE_FMT(name));
	if (last->state == BUSINESS_AGREED)
		return fault_set(f, ST_AUTH, "registry.unknown",
			"aggregation %.*s is registered from %s on", SLICE_FMT(name),
			time_format(when, last->from_ns));
	return fault_set(f, ST_AUTH, "registry.unknown",
		"aggregation %.*s is not registered: its registration of %s is %s", SLICE_FMT(name),
		time_format(when, last->said_ns), business_state_name(last->state));
}

enum status book_list(const struct chapter **out, const struct book *book,
	const struct book_of *of, int64_t at_ns, struct fault *f)
{
	const struct chapter *list = last_list(book, at_ns);
	char when[TIME_TEXT_MAX];

	if (!list)
		return none_in_force(book, of, f);
	int64_t end_ns = end_of(book, list, at_ns);
	if (end_ns != 0)
		return fault_set(f, ST_AUTH, "registry.withdrawn",
			"aggregation %.*s was registered until %s",
			SLICE_FMT(name_shown(of->aggregation)),
			time_format(when, end_ns));
	*out = list;
	return ST_OK;
}

int64_t book_end(const struct book *book, const struct chapter *list)
{
	return end_of(book, list, INT64_MAX);
}

const struct chapter *book_ahead(
	const struct book *book, const struct book_of *of, int64_t at_ns)
{
	const struct chapter *list, *last = book_list_said(book);

	if (!last || last->state > BUSINESS_AGREED ||
		book_list(&list, book, of, at_ns, NULL) == ST_OK)
		return NULL;
	if (last->state == BUSINESS_AGREED &&
		(last->from_ns <= at_ns || end_of(book, last, INT64_MAX) != 0))
		return NULL;
	return last;
}

int64_t book_revision(const struct book *book, int64_t at_ns)
{
	const struct chapter *last = NULL;
	int64_t revision = -1;

	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);
		const struct chapter *decision = book_find(book, c->decision);

		if (c->type == DOCUMENT_DECISION || !decision || decision->basis < 0 ||
			!chapter_holds(c, at_ns) || !is_later(c, last))
			continue;
		last = c;
		revision = decision->basis;
	}
	return revision;
}

bool book_span(struct span *span, const struct book *book, const struct chapter *list)
{
	int64_t until_ns = list->until_ns ? list->until_ns : INT64_MAX;

	if (!is_list(list) || !is_in_force(list))
		return false;
	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);
		bool ends = c->is_end ? c->number > list->number : is_later(c, list);

		if (c != list && c->type == DOCUMENT_REGISTRATION && is_in_force(c) && ends &&
			c->from_ns < until_ns)
			until_ns = c->from_ns;
	}
	span->from_ns = list->from_ns > span->from_ns ? list->from_ns : span->from_ns;
	span->until_ns = until_ns < span->until_ns ? until_ns : span->until_ns;
	return span->from_ns < span->until_ns;
}

static bool is_change_of(const struct chapter *c, const struct chapter *list, int64_t at_ns)
{
	return c->type == DOCUMENT_CHANGE && c->base == list->number && chapter_holds(c, at_ns);
}

/* For each quantity the change that began last. */
static void can_note(const struct chapter **last, const struct chapter *c)
{
	for (int q = 0; q < QUANTITIES; q++)
		if (c->can.known[q] && is_later(c, last[q]))
			last[q] = c;
}

/* --- a change that was said before an emergency, and begins after it --- */

/* One quantity of a list at a moment. */
struct under {
	const struct book *book;
	const struct chapter *list;
	int64_t at_ns;
	int q;
};

static bool is_of(const struct under *u, const struct chapter *c)
{
	return c->can.known[u->q] && is_change_of(c, u->list, u->at_ns);
}

/*
 * What was said after it, and began last before it: where one of that is an emergency, else NULL.
 */
static const struct chapter *above(const struct under *u, const struct chapter *change)
{
	const struct chapter *last = NULL;
	bool any = false;

	for (size_t i = 0; i < book_count(u->book); i++) {
		const struct chapter *c = chapter_at(u->book, i);

		if (c->number <= change->number || !is_later(change, c) || !is_of(u, c))
			continue;
		any |= c->is_at_once;
		last = is_later(c, last) ? c : last;
	}
	return any ? last : NULL;
}

/* What a change adds to what was there, or planned, when it was said. */
static int64_t added(const struct under *u, const struct chapter *change)
{
	const struct chapter *last = u->list;

	for (size_t i = 0; i < book_count(u->book); i++) {
		const struct chapter *c = chapter_at(u->book, i);

		if (c->number < change->number && is_later(change, c) && is_of(u, c) &&
			is_later(c, last))
			last = c;
	}
	int64_t before = last->can.known[u->q] ? last->can.of[u->q] : INT64_MAX;
	return change->can.of[u->q] > before ? change->can.of[u->q] - before : 0;
}

/*
 * It says what is left without the emergency: so it takes away, or adds what it was to add, and
 * puts nothing back.  Emergencies add nothing.
 */
static int64_t left_by(const struct under *u, const struct chapter *change)
{
	const struct chapter *first = above(u, change);
	int64_t most = first ? first->can.of[u->q] : INT64_MAX;

	for (size_t i = 0; first && i < book_count(u->book); i++) {
		const struct chapter *c = chapter_at(u->book, i);

		if (!c->is_at_once && is_later(c, first) && !is_later(c, change) && is_of(u, c))
			most = amount_add(most, added(u, c));
	}
	return change->can.of[u->q] < most ? change->can.of[u->q] : most;
}

int64_t book_can(struct quantities *out, const struct book *book, const struct chapter *list,
	int64_t at_ns)
{
	const struct chapter *last[QUANTITIES] = { NULL };
	int64_t until_ns = list->until_ns ? list->until_ns : INT64_MAX;
	uint64_t emergency = 0; /* that was said last */

	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);

		if (is_in_force(c) && c->from_ns > at_ns && c->from_ns < until_ns)
			until_ns = c->from_ns;
		if (!is_change_of(c, list, at_ns))
			continue;
		can_note(last, c);
		emergency = c->is_at_once ? c->number : emergency;
	}
	*out = list->can;
	for (int q = 0; q < QUANTITIES; q++)
		if (last[q]) {
			const struct under u = { book, list, at_ns, q };

			out->known[q] = true;
			out->of[q] = last[q]->number < emergency ? left_by(&u, last[q])
								 : last[q]->can.of[q];
		}
	return until_ns;
}

/* --- under conditions --- */

const char *quantity_said(const struct quantities *can, enum fact_kind kind)
{
	return can->is_capped[(int)kind - FACT_EXPORT_KW] ? "a condition of its registration leaves"
							 : "registered is";
}

static void cap(struct quantities *can, enum fact_kind kind, int64_t most)
{
	const int i = (int)kind - FACT_EXPORT_KW;

	if (can->known[i] && can->of[i] <= most)
		return;
	can->known[i] = can->is_capped[i] = true;
	can->of[i] = most;
}

/* The least of a direction that conditions of all of it let through; INT64_MAX: none says. */
static int64_t least_let(const struct book *book, enum condition_sense sense, int64_t at_ns)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < conditions_count(&book->conditions); i++) {
		const struct condition *c = conditions_at(&book->conditions, i);

		if (condition_is_cap(c) && c->sense == sense && c->place == CONDITION_EVERYWHERE &&
			c->span.from_ns <= at_ns && at_ns < c->span.until_ns &&
			c->amount < least)
			least = c->amount;
	}
	return least;
}

/*
 * From all that it may take in to all that it may put out there is no more than both: so a cap of
 * one of them also bounds what it goes up or down by, where that is no more than both without it.
 */
static void range_cap(struct quantities *can, int64_t gives, int64_t takes)
{
	static const enum fact_kind both[] = { FACT_UP_KW, FACT_DOWN_KW };
	const int export = 0, import = FACT_IMPORT_KW - FACT_EXPORT_KW;
	int64_t all = amount_add(can->of[export], can->of[import]), let;

	if (!can->known[export] || !can->known[import])
		return;
	let = amount_add(gives < can->of[export] ? gives : can->of[export],
		takes < can->of[import] ? takes : can->of[import]);
	for (size_t i = 0; i < 2 && let < all; i++)
		if (can->known[both[i] - FACT_EXPORT_KW] &&
			can->of[both[i] - FACT_EXPORT_KW] <= all)
			cap(can, both[i], let);
}

int64_t book_let(struct quantities *out, const struct book *book, const struct chapter *list,
	int64_t at_ns)
{
	int64_t until_ns = book_can(out, book, list, at_ns), least;

	if (conditions_count(&book->conditions) == 0)
		return until_ns;
	range_cap(out, least_let(book, CONDITION_EXPORT, at_ns),
		least_let(book, CONDITION_IMPORT, at_ns));
	if ((least = least_let(book, CONDITION_UP, at_ns)) != INT64_MAX)
		cap(out, FACT_UP_KW, least);
	if ((least = least_let(book, CONDITION_DOWN, at_ns)) != INT64_MAX)
		cap(out, FACT_DOWN_KW, least);
	return until_ns;
}

static bool counted_add(int64_t *sum, const struct chapter *c, int64_t at_ns)
{
	const struct counted *n = &c->counted;

	if (!n->is_known || at_ns < n->from_ns || (n->until_ns != 0 && at_ns >= n->until_ns))
		return false;
	*sum += n->more;
	return true;
}

bool book_counted(
	int64_t *out, const struct book *book, const struct chapter *list, int64_t at_ns)
{
	const struct chapter *decision =
		list->has_rejected ? book_find(book, list->decision) : NULL;

	*out = 0;
	if (!counted_add(out, list, at_ns) || (decision && !counted_add(out, decision, at_ns)))
		return false;
	for (size_t i = 0; i < book_count(book); i++) {
		const struct chapter *c = chapter_at(book, i);

		if (c->type == DOCUMENT_CHANGE && c->base == list->number &&
			chapter_holds(c, at_ns) &&
			(decision || c->has_rejected || !counted_add(out, c, at_ns)))
			return false; /* what was left out may be changed, too */
	}
	return true;
}

/* --- resources --- */

enum {
	ROLL_RESOURCE,
	ROLL_STATEMENT,
	ROLL_OPERATION,
	ROLL_AT,
	ROLL_UNTIL,
	ROLL_PREMISE,
	ROLL_FEEDER,
	ROLL_DER_KIND,
	ROLL_CONSENT,
	ROLL_PROGRAM,
	ROLL_CONSENT_UNTIL,
	ROLL_QUANTITIES,
	ROLL_NET_METERING = ROLL_QUANTITIES + QUANTITIES,
};

struct roll roll_init(struct ledger *l, const struct book *book, const struct chapter *list,
	int64_t at_ns, enum roll_kind kind)
{
	struct roll roll = { .ledger = l,
		.book = book,
		.list = list,
		.at_ns = at_ns,
		.kind = kind,
		.texts = buf_init(HELD_TEXTS_MAX) };

	(void)buf_extend(&roll.texts, HELD_TEXTS_MAX); /* what points into it never moves */
	return roll;
}

void roll_done(struct roll *roll)
{
	if (roll->rows)
		sqlite3_reset(roll->rows);
	roll->rows = NULL;
	buf_done(&roll->texts);
}

static enum status row_step(struct roll *roll, struct fault *f)
{
	enum status st = statement_step(roll->ledger->sql, roll->rows, f);

	roll->is_on_row = st == ST_OK;
	if (st == ST_OK)
		roll->resource = column_bytes(roll->rows, ROLL_RESOURCE);
	return st;
}

static enum status rows_seek(struct roll *roll, struct slice from, struct fault *f)
{
	static const enum statement reads[ROLL_KINDS] = {
		[ROLL_WHOLE] = SQL_REGISTER_ROLL,
		[ROLL_INNER] = SQL_REGISTER_ROLL_INNER,
		[ROLL_ABLE] = SQL_REGISTER_ROLL_ABLE,
	};

	roll->rows = STATEMENT_BIND(roll->ledger->sql, reads[roll->kind],
		V_INT(roll->list->number), V_BYTES(from));
	return row_step(roll, f);
}

static enum status is_rejected(
	bool *out, struct roll *roll, const struct chapter *c, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	*out = false;
	if (!c->has_rejected)
		return ST_OK;
	s = STATEMENT_BIND(roll->ledger->sql, SQL_REGISTER_IS_REJECTED, V_INT(c->decision),
		V_BYTES(roll->resource));
	st = statement_step(roll->ledger->sql, s, f);
	*out = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* Whether it only says that what is connected failed. */
static bool is_passed(const struct roll *roll, const struct chapter *c)
{
	return roll->is_connected && c->is_at_once && c->state <= BUSINESS_WAITING &&
		sqlite3_column_int(roll->rows, ROLL_OPERATION) == REGISTER_REMOVED;
}

/* Since when the row is so; ST_NONE: it never is. */
static enum status row_begin(int64_t *out, struct roll *roll, struct fault *f)
{
	uint64_t number = (uint64_t)sqlite3_column_int64(roll->rows, ROLL_STATEMENT);
	int64_t at_ns = sqlite3_column_int64(roll->rows, ROLL_AT);
	const struct chapter *c =
		number == roll->list->number ? roll->list : book_find(roll->book, number);
	bool rejected;

	if (!c || !is_in_force(c) || is_passed(roll, c))
		return ST_NONE;
	*out = at_ns > c->from_ns ? at_ns : c->from_ns;
	TRY(is_rejected(&rejected, roll, c, f));
	return rejected ? ST_NONE : ST_OK;
}

/* The same; ST_NONE also of what is not so at this time. */
static enum status row_from(int64_t *out, struct roll *roll, struct fault *f)
{
	TRY(row_begin(out, roll, f));
	return *out > roll->at_ns ? ST_NONE : ST_OK;
}

static struct slice keep(struct roll *roll, int column)
{
	struct slice bytes = column_bytes(roll->rows, column);
	size_t at = roll->texts.n;

	buf_put(&roll->texts, bytes);
	return slice_sub(buf_slice(&roll->texts), at, bytes.n);
}

static void row_keep(struct held *out, struct roll *roll, int64_t from_ns)
{
	static const struct {
		int column;
		size_t member;
	} texts[] = {
		{ ROLL_RESOURCE, offsetof(struct held, resource) },
		{ ROLL_FEEDER, offsetof(struct held, feeder) },
		{ ROLL_PREMISE, offsetof(struct held, premise) },
		{ ROLL_DER_KIND, offsetof(struct held, der_kind) },
		{ ROLL_CONSENT, offsetof(struct held, consent) },
		{ ROLL_PROGRAM, offsetof(struct held, program) },
	};

	buf_clear(&roll->texts);
	for (size_t i = 0; i < (roll->kind == ROLL_ABLE ? 2 : sizeof(texts) / sizeof(texts[0]));
		i++)
		*(struct slice *)(void *)((char *)out + texts[i].member) =
			keep(roll, texts[i].column);
	out->consent_ns = sqlite3_column_int64(roll->rows, ROLL_CONSENT_UNTIL);
	out->from_ns = from_ns;
	out->statement = (uint64_t)sqlite3_column_int64(roll->rows, ROLL_STATEMENT);
	int64_t until_ns = sqlite3_column_int64(roll->rows, ROLL_UNTIL);
	out->is_removed = sqlite3_column_int(roll->rows, ROLL_OPERATION) == REGISTER_REMOVED ||
		(until_ns != 0 && until_ns <= roll->at_ns);
	out->is_net_metered = sqlite3_column_int(roll->rows, ROLL_NET_METERING) != 0;
	quantities_read(&out->can, roll->rows, ROLL_QUANTITIES);
}

/*
 * Rows come as they were said: of two the one that began last counts, of the same moment what was
 * said last; and an emergency, unless what was said before it takes the resource away.
 */
static bool is_over(const struct held *before, const struct roll *roll, int64_t from_ns)
{
	const struct chapter *c;

	if (from_ns >= before->from_ns)
		return true;
	c = book_find(roll->book, (uint64_t)sqlite3_column_int64(roll->rows, ROLL_STATEMENT));
	return c && c->is_at_once && !before->is_removed;
}

/* All rows of the resource the roll stands on. */
static enum status resource_take(
	struct held *out, struct roll *roll, bool *is_known, struct slice name, struct fault *f)
{
	enum status st = ST_OK;
	int64_t from_ns;

	*is_known = false;
	while (st == ST_OK && slice_eq(roll->resource, name)) {
		enum status so = row_from(&from_ns, roll, f);

		if (so != ST_OK && so != ST_NONE)
			return so;
		if (so == ST_OK && (!*is_known || is_over(out, roll, from_ns))) {
			row_keep(out, roll, from_ns);
			*is_known = true;
		}
		st = row_step(roll, f);
	}
	*is_known = *is_known && !out->is_removed;
	return st == ST_NONE ? ST_OK : st;
}

enum status roll_next(struct held *out, struct roll *roll, struct slice after, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(FACT_TEXT_MAX);
	bool is_known = false;

	if (!roll->rows)
		TRY(rows_seek(roll, after, f));
	while (roll->is_on_row && after.n > 0 && slice_eq(roll->resource, after)) {
		enum status st = row_step(roll, f);

		if (st != ST_OK)
			return st;
	}
	while (roll->is_on_row && !is_known) {
		buf_clear(&name);
		buf_put(&name, roll->resource);
		TRY(resource_take(out, roll, &is_known, buf_slice(&name), f));
	}
	return is_known ? ST_OK : ST_NONE;
}

void roll_rewind(struct roll *roll)
{
	if (roll->rows)
		sqlite3_reset(roll->rows);
	roll->rows = NULL;
}

/* Whether the row the roll stands on is one; ST_NONE: it is not. */
static enum status later_take(
	struct held *out, struct roll *roll, int64_t until_ns, struct fault *f)
{
	int64_t from_ns;

	TRY(row_begin(&from_ns, roll, f));
	if (from_ns <= roll->at_ns || from_ns >= until_ns)
		return ST_NONE;
	row_keep(out, roll, from_ns);
	return out->is_removed ? ST_NONE : ST_OK;
}

enum status roll_later(struct held *out, struct roll *roll, int64_t until_ns, struct fault *f)
{
	enum status st = roll->rows ? row_step(roll, f) : rows_seek(roll, S(""), f);

	while (st == ST_OK) {
		enum status so = later_take(out, roll, until_ns, f);

		if (so != ST_NONE)
			return so;
		st = row_step(roll, f);
	}
	return st;
}

/* To the first row that is not before it. */
static enum status rows_go(struct roll *roll, struct slice resource, struct fault *f)
{
	int skipped = 0;

	if (!roll->rows)
		return rows_seek(roll, resource, f);
	while (roll->is_on_row && slice_compare(roll->resource, resource) < 0)
		TRY(skipped++ < SKIPS ? row_step(roll, f) : rows_seek(roll, resource, f));
	return ST_OK;
}

enum status roll_find(struct held *out, struct roll *roll, struct slice resource, struct fault *f)
{
	bool is_known = false;
	enum status st = rows_go(roll, resource, f);

	if (st != ST_OK || !roll->is_on_row)
		return st == ST_OK ? ST_NONE : st;
	TRY(resource_take(out, roll, &is_known, resource, f));
	return is_known ? ST_OK : ST_NONE;
}
