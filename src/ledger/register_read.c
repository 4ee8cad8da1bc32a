/* SPDX-License-Identifier: Apache-2.0 */
/* Names are read first, and their books when none of it is under way. */
#include "ledger/register_read.h"

#include "ledger/ledger_internal.h"

#define PAGE_MAX 1000
#define NAME_BYTES (2 * (FACT_TEXT_MAX + 1))

static void name_put(struct buf *out, struct slice name)
{
	name = slice_to(name, FACT_TEXT_MAX);
	buf_put_u8(out, (uint8_t)name.n);
	buf_put(out, name);
}

static struct slice name_take(struct slice *rest)
{
	struct slice name = slice_sub(*rest, 1, rest->p[0]);

	*rest = slice_from(*rest, 1 + name.n);
	return name;
}

static enum status names_read(
	struct buf *out, struct ledger *l, const struct register_filter *filter, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_AGGREGATIONS,
		V_BYTES(filter->after_aggregation), V_BYTES(filter->after_partner),
		V_BYTES(filter->partner), V_BYTES(filter->aggregation), V_INT(filter->is_test),
		V_INT(filter->limit < PAGE_MAX ? filter->limit : PAGE_MAX));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		name_put(out, column_bytes(s, 0));
		name_put(out, column_bytes(s, 1));
	}
	return st == ST_NONE ? ST_OK : st;
}

/* The list it is, or that was said last. */
static const char *state_of(const struct book *book, const struct book_of *of,
	const struct chapter **list, int64_t at_ns)
{
	struct fault why;
	enum status st = book_list(list, book, of, at_ns, &why);

	if (st == ST_OK)
		return "registered";
	*list = book_list_said(book);
	if (slice_eq(slice_str(why.code), S("registry.withdrawn")))
		return "withdrawn";
	if (!*list)
		return "unknown";
	if ((*list)->state == BUSINESS_AGREED || (*list)->said_ns > at_ns)
		return "not yet"; /* also of what nobody had asked for then */
	return (*list)->state == BUSINESS_OPEN ? "under review"
					       : business_state_name((*list)->state);
}

struct naming {
	void (*each)(void *context, const struct register_aggregation *);
	void *context;
};

static enum status aggregation_say(struct ledger *l, struct register_aggregation *a,
	uint64_t list, const struct naming *n, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_NAMED, V_INT(list));

	TRY(statement_step(l->sql, s, f));
	a->name = column_bytes(s, 0);
	a->program = column_bytes(s, 1);
	a->direction = (enum direction_of_message)sqlite3_column_int(s, 2);
	a->services = column_bytes(s, 4);
	n->each(n->context, a);
	sqlite3_reset(s);
	return ST_OK;
}

/* What was taken back was never so: when, and how much, says only its history. */
static enum status taken_back_say(struct ledger *l, const struct book_of *of,
	const struct naming *n, struct fault *f)
{
	struct register_aggregation a = { .aggregation = of->aggregation, .partner = of->partner,
		.state = "taken back", .revision = -1 };
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_SAID_LAST,
		V_BYTES(of->aggregation), V_BYTES(of->partner), V_INT(of->is_test));
	uint64_t last;

	TRY(statement_step(l->sql, s, f));
	last = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return aggregation_say(l, &a, last, n, f);
}

static enum status aggregation_read(struct ledger *l, struct book *book, const struct book_of *of,
	int64_t at_ns, const struct naming *n, struct fault *f)
{
	const struct chapter *list = NULL;

	TRY(book_open(book, l, of, f));
	struct register_aggregation a = { .aggregation = of->aggregation, .partner = of->partner,
		.revision = book_revision(book, at_ns) };
	if (a.revision < 0) /* none is in force: that which is to be, or was */
		a.revision = book->revision;
	a.state = state_of(book, of, &list, at_ns);
	if (!list) /* changes and decisions of nothing */
		list = book_chapter(book, 0);
	if (!list)
		return taken_back_say(l, of, n, f);
	a.from_ns = list->from_ns;
	a.until_ns = book_end(book, list);
	(void)book_can(&a.can, book, list, at_ns);
	return aggregation_say(l, &a, list->number, n, f);
}

enum status register_aggregations(struct ledger *l, const struct register_filter *filter,
	void (*each)(void *context, const struct register_aggregation *), void *context,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) names = buf_init(PAGE_MAX * NAME_BYTES);
	AUTO_IN_PLACE(book) book = book_init();
	const struct naming naming = { each, context };

	TRY(names_read(&names, l, filter, f));
	for (struct slice rest = buf_slice(&names); rest.n > 0;) {
		struct book_of of = { .is_test = filter->is_test };

		of.aggregation = name_take(&rest);
		of.partner = name_take(&rest);
		TRY(aggregation_read(l, &book, &of, filter->at_ns, &naming, f));
	}
	return ST_OK;
}

/*
 * The list in force, from when on its rows are to be read.  Who reviews one sees what is asked for:
 * in this book, which nobody else reads, it is as if it were agreed.
 */
static const struct chapter *list_shown(
	int64_t *at_ns, const struct book *book, const struct book_of *of)
{
	const struct chapter *list;
	struct chapter *asked;
	struct fault why;

	if (book_list(&list, book, of, *at_ns, &why) == ST_OK)
		return list;
	asked = slice_eq(slice_str(why.code), S("registry.withdrawn")) ? NULL : book_list_said(book);
	if (!asked || asked->said_ns > *at_ns ||
		(asked->state != BUSINESS_OPEN && asked->state != BUSINESS_WAITING))
		return NULL;
	asked->state = BUSINESS_AGREED;
	*at_ns = asked->from_ns > *at_ns ? asked->from_ns : *at_ns;
	return asked;
}

enum status register_resources(struct ledger *l, const struct book_of *of, int64_t at_ns,
	struct slice after, unsigned limit,
	void (*each)(void *context, const struct held *), void *context, struct fault *f)
{
	AUTO_IN_PLACE(book) book = book_init();
	const struct chapter *list;
	struct held held;
	enum status st = ST_OK;

	TRY(book_open(&book, l, of, f));
	list = list_shown(&at_ns, &book, of);
	if (!list)
		return ST_OK;
	AUTO_IN_PLACE(roll) roll = roll_init(l, &book, list, at_ns, ROLL_WHOLE);
	while (limit-- > 0 && (st = roll_next(&held, &roll, after, f)) == ST_OK)
		each(context, &held);
	return st == ST_NONE ? ST_OK : st;
}

/* --- conditions --- */

#define IN_STATEMENT 16 /* bits of a condition's number that are its place in its decision */

/* Both 0: it is not in force. */
static struct span force_of(const struct book *book, const struct condition *of)
{
	for (size_t i = 0; i < conditions_count(&book->conditions); i++) {
		const struct condition *c = conditions_at(&book->conditions, i);

		if (c->statement == of->statement && c->number == of->number)
			return (struct span){ c->span.from_ns,
				c->span.until_ns == INT64_MAX ? 0 : c->span.until_ns };
	}
	return (struct span){ 0, 0 };
}

static struct register_condition condition_of(const struct book *book,
	const struct conditions *all, const struct condition *c, struct slice document)
{
	return (struct register_condition){ .number = c->statement << IN_STATEMENT | c->number,
		.document = document,
		.kind = condition_kind_name(c->kind),
		.direction = condition_sense_name(c->sense),
		.feeder = condition_feeder(all, c),
		.window = condition_window(all, c),
		.is_compared = condition_is_bound(c),
		.kw = c->amount,
		.span = force_of(book, c) };
}

struct condition_page {
	struct ledger *ledger;
	const struct book *book;
	uint64_t after;
	unsigned limit;
	void (*each)(void *context, const struct register_condition *);
	void *context;
};

static enum status decision_page(
	struct condition_page *p, const struct chapter *decision, struct fault *f)
{
	AUTO_IN_PLACE(conditions) all = conditions_init();
	AUTO_IN_PLACE(buf) document = buf_init(FACT_TEXT_MAX);
	const struct span nowhen = { 0, 0 };
	struct sqlite3_stmt *s = STATEMENT_BIND(
		p->ledger->sql, SQL_REGISTER_CALLED, V_INT(decision->number));

	TRY(statement_step(p->ledger->sql, s, f));
	buf_put(&document, slice_to(column_bytes(s, 1), FACT_TEXT_MAX));
	sqlite3_reset(s);
	TRY(conditions_read(&all, p->ledger, decision->number, &nowhen, f));
	for (size_t i = 0; i < conditions_count(&all) && p->limit > 0; i++) {
		const struct register_condition c = condition_of(
			p->book, &all, conditions_at(&all, i), buf_slice(&document));

		if (c.number <= p->after)
			continue;
		p->limit--;
		p->each(p->context, &c);
	}
	return ST_OK;
}

enum status register_conditions(struct ledger *l, const struct book_of *of, uint64_t after,
	unsigned limit, void (*each)(void *context, const struct register_condition *),
	void *context, struct fault *f)
{
	AUTO_IN_PLACE(book) book = book_init();
	struct condition_page page = { l, &book, after, limit, each, context };
	const struct chapter *c;

	TRY(book_open(&book, l, of, f));
	for (size_t i = 0; page.limit > 0 && (c = book_chapter(&book, i)) != NULL; i++)
		if (c->has_conditions && c->number >= after >> IN_STATEMENT)
			TRY(decision_page(&page, c, f));
	return ST_OK;
}

/* --- history --- */

static struct register_statement statement_read(struct sqlite3_stmt *s)
{
	return (struct register_statement){
		.number = (uint64_t)sqlite3_column_int64(s, 0),
		.type = (enum document_type)sqlite3_column_int(s, 1),
		.action = column_bytes(s, 2),
		.document = column_bytes(s, 3),
		.revision = (uint32_t)sqlite3_column_int64(s, 4),
		.basis = sqlite3_column_type(s, 5) == SQLITE_INTEGER ? sqlite3_column_int64(s, 5)
								     : -1,
		.resources = (uint64_t)sqlite3_column_int64(s, 6),
		.said_ns = sqlite3_column_int64(s, 7),
		.from_ns = sqlite3_column_int64(s, 8),
		.until_ns = sqlite3_column_int64(s, 9),
		.voided_ns = sqlite3_column_int64(s, 10),
		.direction = (enum direction_of_message)sqlite3_column_int(s, 11),
		.partner = column_bytes(s, 12),
		.message_id = column_bytes(s, 13),
	};
}

static enum status statements_read(struct ledger *l, struct sqlite3_stmt *s,
	void (*each)(void *context, const struct register_statement *), void *context,
	struct fault *f)
{
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		const struct register_statement said = statement_read(s);

		each(context, &said);
	}
	return st == ST_NONE ? ST_OK : st;
}

static struct sqlite3_stmt *page_bind(struct ledger *l, enum statement which,
	const struct register_filter *filter, uint64_t after)
{
	const struct value values[] = { V_BYTES(filter->aggregation), V_BYTES(filter->partner),
		V_INT(filter->is_test), V_INT(after),
		V_INT(filter->limit < PAGE_MAX ? filter->limit : PAGE_MAX),
		V_INT(filter->at_ns) };

	return statement_bind(l->sql, which, values, which == SQL_REGISTER_HISTORY ? 5 : 6);
}

enum status register_history(struct ledger *l, const struct register_filter *filter,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f)
{
	return statements_read(
		l, page_bind(l, SQL_REGISTER_HISTORY, filter, after), each, context, f);
}

enum status register_awards(struct ledger *l, const struct register_filter *filter,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f)
{
	return statements_read(
		l, page_bind(l, SQL_REGISTER_AWARDS, filter, after), each, context, f);
}

enum status register_dispatches(struct ledger *l, const struct register_filter *filter,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f)
{
	return statements_read(
		l, page_bind(l, SQL_REGISTER_DISPATCHES, filter, after), each, context, f);
}

enum status register_notices(struct ledger *l, const struct register_filter *filter,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f)
{
	return statements_read(
		l, page_bind(l, SQL_REGISTER_NOTICES, filter, after), each, context, f);
}
