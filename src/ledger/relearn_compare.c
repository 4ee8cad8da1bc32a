/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the register are rows of `tables`, of which the SQL is made that finds where they
 * differ.  What is not compared is what no document says: whom a review was warned of, and since
 * when an answer is missed.
 */
#include "ledger/relearn_compare.h"

#include <sqlite3.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/register_wanted.h"
#include "ledger/schema.h"

#define FOUND_MAX 100 /* of one table: more would say nothing new */
#define SQL_MAX 65536 /* bytes of one statement */
#define SHOWN "60"    /* bytes of a value in a finding */
#define DAY_NS (INT64_C(86400) * NS_PER_S)
/* What is submitted is judged when it is sealed, and clocks are set. */
#define SAID_BEFORE "60000000000"
#define SAID_AFTER "3600000000000"

/* A name, or an expression in which @ is the row: its first column names it for people. */
#define COLUMNS_MAX 46
#define KEY_MAX 6
static const struct compared {
	const char *table;
	const char *statement; /* the column that names it */
	const char *key[KEY_MAX];
	const char *columns[COLUMNS_MAX];
	const char *but; /* of what was learnt again and may be gone */
} tables[] = {
	{ "register_statement", "number", { "number" },
		{ "message", "@.voided_ns <> 0", "test", "direction", "partner", "type", "state",
			"document", "revision", "action", "kind", "aggregation", "hex(@.name)",
			"program", "key", "sequence", "base", "basis", "resources", "at_once",
			"said_ns", "from_ns", "until_ns", "last_ns", "review_ns", "stopped_ns",
			"export_kw", "import_kw", "up_kw", "down_kw", "inject_kvar", "absorb_kvar",
			"energy_kwh", "quantity", "amount", "ceiling", "currency", "payee", "sense",
			"baseline", "committed", "primacy", "counted", "counted_from",
			"counted_until" },
		NULL },
	{ "register_resource", "statement", { "base", "resource", "statement" },
		{ "operation", "at_ns", "until_ns", "premise", "feeder", "der_kind", "consent",
			"program", "consent_ns", "export_kw", "import_kw", "up_kw", "down_kw",
			"inject_kvar", "absorb_kvar", "energy_kwh", "net_metering" },
		NULL },
	{ "register_interval", "statement", { "statement", "start_ns" },
		{ "end_ns", "kw", "kvar", "price", "aggregation", "partner", "test", "inject",
			"absorb" },
		NULL },
	{ "register_link", "statement", { "target", "statement" }, { "makes", "amount", "energy" },
		NULL },
	{ "register_rejected", "statement", { "statement", "resource" }, { NULL }, NULL },
	{ "register_target", "statement",
		{ "target", "scope", "partner", "test", "until_ns", "statement" },
		{ "from_ns", "key" }, NULL },
	{ "register_profile", "statement", { "statement" }, { "hex(@.bytes)" }, NULL },
	{ "register_hashes", "list", { "list", "kind" }, { "hex(@.hashes)" }, NULL },
	{ "register_added", "list", { "hash", "kind", "list" }, { NULL }, NULL },
	{ "register_feeder", "base", { "feeder", "partner", "test", "base" }, { NULL }, NULL },
	{ "register_review", "statement", { "statement" },
		{ "started_ns", "stopped_ns", "waiting_ns" }, NULL },
	/* State 2: it is answered, or nobody waits.  After a month it is forgotten. */
	{ "register_wanted", "statement", { "statement", "want" }, { "due_ns", "@.state = 2" },
		" AND m.due_ns > ?2" },
};

#define STATEMENT_NAMED "'statement ' || d.number || ', document ' || CAST(d.document AS TEXT)"

/* Of statements alone: ?1 as above. */
static const char *const alone[] = {
	"SELECT d.message, 'statement ' || (d.number - 1) || ', before document ' || CAST(d.document AS TEXT) || ', is not kept'"
	" FROM kept.register_statement AS d WHERE d.number > ?1 + 1"
	" AND NOT EXISTS(SELECT 1 FROM kept.register_statement AS b WHERE b.number = d.number - 1)",
	"SELECT d.message, " STATEMENT_NAMED " || ': said at ' || d.said_ns || ', and its message is of ' || e.at_ns"
	" FROM kept.register_statement AS d CROSS JOIN kept.event AS e ON e.message = d.message AND e.number = 1"
	" WHERE d.number > ?1 AND d.said_ns NOT BETWEEN e.at_ns - " SAID_BEFORE " AND e.at_ns + " SAID_AFTER,
};

/* --- the SQL of a table --- */

/* "k.kw", or the expression. */
static void column_put(struct buf *out, char row, const char *column)
{
	if (!strchr(column, '@'))
		buf_putf(out, "%c.", row);
	for (; *column; column++)
		buf_putf(out, "%c", *column == '@' ? row : *column);
}

static void name_put(struct buf *out, const char *column)
{
	const char *at = strchr(column, '@'), *from = at ? at + 2 : column;

	buf_put(out, slice_of(from, strcspn(from, " )")));
}

static void value_put(struct buf *out, char row, const char *column)
{
	buf_put_text(out, "ifnull(substr(CAST(");
	column_put(out, row, column);
	buf_put_text(out, " AS TEXT), 1, " SHOWN "), 'nothing')");
}

static void differs_put(struct buf *out, const char *column)
{
	buf_put_text(out, "(");
	column_put(out, 'k', column);
	buf_put_text(out, ") IS NOT (");
	column_put(out, 'm', column);
	buf_put_text(out, ")");
}

static void difference_put(struct buf *out, const char *column)
{
	buf_put_text(out, " || CASE WHEN ");
	differs_put(out, column);
	buf_put_text(out, " THEN ' ");
	name_put(out, column);
	buf_put_text(out, " is ' || ");
	value_put(out, 'k', column);
	buf_put_text(out, " || ', by its document ' || ");
	value_put(out, 'm', column);
	buf_put_text(out, " || ';' ELSE '' END");
}

/* Rows of `schema` as `row`, beside those of the other one. */
static void from_put(struct buf *out, const struct compared *t, bool is_kept)
{
	const char *schema = is_kept ? "kept" : "main", *other = is_kept ? "main" : "kept";
	const char row = is_kept ? 'k' : 'm', beside = is_kept ? 'm' : 'k';

	buf_putf(out,
		" FROM %s.%s AS %c CROSS JOIN %s.register_statement AS d ON d.number = %c.%s"
		" LEFT JOIN %s.%s AS %c ON ",
		schema, t->table, row, schema, row, t->statement, other, t->table, beside);
	for (size_t i = 0; i < KEY_MAX && t->key[i]; i++)
		buf_putf(out, "%sk.%s = m.%s", i ? " AND " : "", t->key[i], t->key[i]);
	buf_put_text(out,
		" WHERE d.number > ?1 AND NOT EXISTS"
		"(SELECT 1 FROM main.relearn_copied AS c WHERE c.number = d.number)");
}

/* What is kept, and is another than what was learnt again, or was not. */
static void kept_put(struct buf *out, const struct compared *t)
{
	buf_putf(out,
		"SELECT d.message, " STATEMENT_NAMED " || ': %s' || CASE WHEN m.%s IS NULL"
		" THEN ' has a row that its document does not say' ELSE ''",
		t->table, t->key[0]);
	for (size_t i = 0; i < COLUMNS_MAX && t->columns[i]; i++)
		difference_put(out, t->columns[i]);
	buf_put_text(out, " END");
	from_put(out, t, true);
	buf_putf(out, " AND (m.%s IS NULL", t->key[0]);
	for (size_t i = 0; i < COLUMNS_MAX && t->columns[i]; i++) {
		buf_put_text(out, " OR ");
		differs_put(out, t->columns[i]);
	}
	buf_put_text(out, ")");
}

static void missing_put(struct buf *out, const struct compared *t)
{
	buf_putf(out,
		"SELECT d.message, " STATEMENT_NAMED
		" || ': %s has not the row that its document says'",
		t->table);
	from_put(out, t, false);
	buf_putf(out, " AND k.%s IS NULL%s", t->key[0], t->but ? t->but : "");
}

/* --- asking --- */

static enum status ask(
	struct sqlite3 *db, const char *sql, const struct relearn_compared *c, struct fault *f)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code == SQLITE_OK)
		(void)sqlite3_bind_int64(s, 1, c->before);
	if (code == SQLITE_OK)
		(void)sqlite3_bind_int64(s, 2, c->at_ns - WANTED_KEPT_DAYS * DAY_NS);
	for (unsigned i = 0; s && i < FOUND_MAX && (code = sqlite3_step(s)) == SQLITE_ROW; i++)
		c->say(c->context, (uint64_t)sqlite3_column_int64(s, 0),
			slice_of(sqlite3_column_blob(s, 1), (size_t)sqlite3_column_bytes(s, 1)));
	enum status st = code == SQLITE_DONE || code == SQLITE_ROW
		? ST_OK
		: schema_fault(db, f, "comparing the register");
	sqlite3_finalize(s);
	return st;
}

static enum status made_ask(struct sqlite3 *db, const struct compared *t,
	void (*put)(struct buf *, const struct compared *), const struct relearn_compared *c,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) sql = buf_init(SQL_MAX);

	put(&sql, t);
	return ask(db, buf_text(&sql), c, f);
}

enum status relearn_compare(
	struct sqlite3 *db, const struct relearn_compared *c, struct fault *f)
{
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		TRY(ask(db, alone[i], c, f));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		TRY(made_ask(db, &tables[i], kept_put, c, f));
		TRY(made_ask(db, &tables[i], missing_put, c, f));
	}
	return ST_OK;
}
