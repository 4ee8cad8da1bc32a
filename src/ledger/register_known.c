/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that were said before, as those after them see them. */
#include "ledger/register_known.h"

#include <stdio.h>

#include "ledger/ledger_internal.h"
#include "ledger/register_builds.h"

enum {
	FOUND_NUMBER,
	FOUND_TYPE,
	FOUND_STATE,
	FOUND_LAST,
	FOUND_REVISION,
	FOUND_SAME,
	FOUND_QUANTITY,
	FOUND_AMOUNT,
	FOUND_CEILING,
	FOUND_BASE,
	FOUND_SEQUENCE,
	FOUND_DIRECTION,
	FOUND_REVIEW,
	FOUND_STOPPED,
	FOUND_CURRENCY,
	FOUND_CREDIT,
	FOUND_CANCEL,
	FOUND_UNDER_WAY,
};

struct register_side register_side_of(char room[REGISTER_PARTNER_MAX + 1],
	const struct register_question *q, const struct said_document *d)
{
	struct register_side side = { q->partner, said_number(&d->head, FACT_TEST, 0) != 0,
		q->direction };
	bool is_copiers = said_is_copiers(d);
	struct slice with =
		said_text(&d->head, is_copiers ? FACT_ADDRESSEE : FACT_BEHALF);

	if (!said_is_copy(d))
		return side;
	(void)snprintf(room, REGISTER_PARTNER_MAX + 1, "%.*s via %.*s", SLICE_FMT(with),
		SLICE_FMT(q->partner));
	side.partner = slice_str(room);
	side.direction = is_copiers ? MESSAGE_OUT : MESSAGE_IN;
	return side;
}

bool register_is_known(const struct register_question *q, const struct said_document *d)
{
	return q->direction == MESSAGE_OUT && said_is_copy(d);
}

static bool has(struct sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_INTEGER;
}

static enum status found_read(
	struct known *out, struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	enum status st = statement_step(l->sql, s, f);

	*out = (struct known){ 0 };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	*out = (struct known){
		.number = (uint64_t)sqlite3_column_int64(s, FOUND_NUMBER),
		.type = (enum document_type)sqlite3_column_int(s, FOUND_TYPE),
		.state = (enum business_state)sqlite3_column_int(s, FOUND_STATE),
		.last_ns = sqlite3_column_int64(s, FOUND_LAST),
		.revision = (uint32_t)sqlite3_column_int64(s, FOUND_REVISION),
		.is_same_aggregation = sqlite3_column_int(s, FOUND_SAME) != 0,
		.is_credit = sqlite3_column_int(s, FOUND_CREDIT) != 0,
		.is_cancel = sqlite3_column_int(s, FOUND_CANCEL) != 0,
		.has_quantity = has(s, FOUND_QUANTITY),
		.has_amount = has(s, FOUND_AMOUNT),
		.has_ceiling = has(s, FOUND_CEILING),
		.has_sequence = has(s, FOUND_SEQUENCE),
		.quantity = sqlite3_column_int64(s, FOUND_QUANTITY),
		.amount = sqlite3_column_int64(s, FOUND_AMOUNT),
		.ceiling = sqlite3_column_int64(s, FOUND_CEILING),
		.sequence = sqlite3_column_int64(s, FOUND_SEQUENCE),
		.base = (uint64_t)sqlite3_column_int64(s, FOUND_BASE),
		.direction = (enum direction_of_message)sqlite3_column_int(s, FOUND_DIRECTION),
		.review_ns = sqlite3_column_int64(s, FOUND_REVIEW),
		.stopped_ns = sqlite3_column_int64(s, FOUND_STOPPED),
		.under_way = (uint64_t)sqlite3_column_int64(s, FOUND_UNDER_WAY),
	};
	(void)!slice_to_text(out->currency, sizeof(out->currency), column_bytes(s, FOUND_CURRENCY),
		NULL);
	sqlite3_reset(s);
	return ST_OK;
}

enum status known_document(struct known *out, struct ledger *l, const struct register_side *side,
	struct slice id, struct slice aggregation, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_DOCUMENT, V_BYTES(id),
		V_BYTES(side->partner), V_INT(side->is_test), V_BYTES(aggregation));

	TRY(found_read(out, l, s, f));
	builds_note(l, out->under_way);
	return ST_OK;
}

/* Of these the newest is right whatever became of those before it: it waits for none. */
static bool is_newest_right(enum document_type type)
{
	return type == DOCUMENT_AVAILABILITY || type == DOCUMENT_LIMIT;
}

enum status known_key(struct known *out, struct ledger *l, const struct register_side *side,
	enum document_type type, struct slice key, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_KEY, V_BYTES(key),
		V_BYTES(side->partner), V_INT(side->is_test), V_BYTES(S("")), V_INT(type),
		V_INT(side->direction));

	TRY(found_read(out, l, s, f));
	builds_note(l, is_newest_right(type) ? 0 : out->under_way);
	return ST_OK;
}

void register_key_put(struct buf *out, const struct said_document *d)
{
	static const struct {
		enum fact_kind first, second; /* of the two, the first that is said */
	} keys[DOCUMENT_TYPES] = {
		[DOCUMENT_AVAILABILITY] = { FACT_AGGREGATION, FACT_AGGREGATION },
		[DOCUMENT_DISPATCH] = { FACT_AWARD, FACT_CORRELATION },
		[DOCUMENT_RESPONSE] = { FACT_DISPATCH, FACT_DISPATCH },
		[DOCUMENT_OUTAGE] = { FACT_OUTAGE, FACT_OUTAGE },
		[DOCUMENT_LIMIT] = { FACT_LIMIT, FACT_LIMIT },
		[DOCUMENT_INVOICE] = { FACT_INVOICE, FACT_INVOICE },
		[DOCUMENT_REMITTANCE] = { FACT_TRACE, FACT_TRACE },
		[DOCUMENT_STATEMENT] = { FACT_NAME, FACT_NAME },
		[DOCUMENT_DISPUTE] = { FACT_DISPUTE, FACT_DISPUTE },
	};
	struct slice first = said_text(&d->head, keys[d->type].first);

	if (keys[d->type].first == FACT_DOCUMENT)
		return;
	buf_put(out, first.n ? first : said_text(&d->head, keys[d->type].second));
	if (d->type == DOCUMENT_AVAILABILITY) {
		buf_put_u8(out, ' ');
		buf_put(out, said_text(&d->head, FACT_KIND));
	}
}

/* Some are restored before others, and what is restored is still looked at: more is said of it. */
static bool status_decides(const struct said_document *outage, struct slice status)
{
	return slice_eq(status, S("closed")) ||
		(status.n > 0 &&
			slice_eq(said_text(&outage->head, FACT_ACTION), S("restoration")));
}

struct slice said_action(const struct said_document *d)
{
	struct slice kind = said_text(&d->head, FACT_KIND);

	if (d->type == DOCUMENT_INVOICE || (d->type == DOCUMENT_OUTAGE && status_decides(d, kind)))
		return kind;
	return said_text(&d->head, FACT_ACTION);
}

bool said_is_start(const struct said_document *dispatch)
{
	struct slice action = said_text(&dispatch->head, FACT_ACTION);

	return slice_eq(action, S("start")) || slice_eq(action, S("adjust"));
}

int64_t amount_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (a > 0 ? INT64_MAX : INT64_MIN) : sum;
}

int64_t amount_magnitude(int64_t n)
{
	return n == INT64_MIN ? INT64_MAX : n < 0 ? -n : n;
}

int64_t amount_turned(int64_t n)
{
	return n == INT64_MIN ? INT64_MAX : -n;
}

int64_t quantity_bounded(int64_t n)
{
	const int64_t most = INT64_MAX >> 20;

	if (n > most || n < -most)
		return most;
	return n < 0 ? -n : n;
}

int64_t quantity_rounding(int64_t quantity)
{
	int64_t place = quantity == 0 ? 0 : FACT_UNIT;

	while (place > 1 && quantity % place != 0)
		place /= 10;
	return place / 2;
}

int64_t quantity_with_rounding(int64_t measured, int64_t rounding)
{
	const int64_t share = measured / 200;
	const int64_t most = share > FACT_UNIT / 2 ? share : FACT_UNIT / 2;

	return amount_add(measured, rounding < most ? rounding : most);
}

void sums_add(struct sums *to, struct sums what)
{
	to->amount = amount_add(to->amount, what.amount);
	to->energy = amount_add(to->energy, what.energy);
	to->rounding = amount_add(to->rounding, quantity_rounding(what.energy));
}

enum status known_sums(struct sums *out, struct ledger *l, uint64_t target,
	enum document_type type, uint64_t but, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_REGISTER_AMOUNTS, V_INT(target), V_INT(type), V_INT(but));
	struct sums sum = { 0 };
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		sums_add(&sum, (struct sums){ .amount = sqlite3_column_int64(s, 0),
				       .energy = sqlite3_column_int64(s, 1) });
	*out = sum;
	return st == ST_NONE ? ST_OK : st;
}

enum status revisions_check(struct ledger *l, uint64_t replaced, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_REVISIONS, V_INT(replaced));
	enum status st = statement_step(l->sql, s, f);
	const int64_t count = st == ST_OK ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_reset(s);
	if (st != ST_OK || count < REVISIONS_MAX)
		return st;
	return fault_set(f, ST_AUTH, "registry.revision",
		"it was revised %lld times: what is more would be forgotten, so make a new one",
		(long long)count);
}

/*
 * Only lines of energy, in its unit: not what is paid for capacity.  What asks for money gives no
 * energy back, whatever its sign.
 */
static int64_t energy_of(const struct said *item)
{
	int64_t energy = said_number(item, FACT_QUANTITY, 0);

	if (!slice_eq(said_text(item, FACT_KIND), S("energy")) ||
		!slice_eq(said_text(item, FACT_MEASURE), S("kWh")))
		return 0;
	return said_number(item, FACT_AMOUNT, 0) > 0 ? amount_magnitude(energy) : energy;
}

enum status said_sums(
	struct sums *out, const struct said_names *names, size_t *index, struct fault *f)
{
	struct sums sum = { 0 };
	struct said item;

	do {
		TRY(said_name_item(&item, names, *index, f));
		sums_add(&sum, (struct sums){ .amount = said_number(&item, FACT_AMOUNT, 0),
				       .energy = energy_of(&item) });
		*index += 1;
	} while (*index < said_names_count(names) && said_name_is_again(names, *index));
	*out = sum;
	return ST_OK;
}

enum status said_currency(struct slice *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->facts;
	struct fact fact;
	enum status st;

	*out = S("");
	while ((st = fact_next(&fact, &rest, f)) == ST_OK)
		if (fact.kind == FACT_CURRENCY && fact.is_text) {
			*out = fact.text;
			return ST_OK;
		}
	return st == ST_NONE ? ST_OK : st;
}

static int64_t larger(int64_t a, const struct said *item, enum fact_kind kind)
{
	int64_t b = amount_magnitude(said_number(item, kind, 0));

	return a > b ? a : b;
}

enum status said_quantity(int64_t *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->facts;
	int64_t most = 0;
	bool is_said = false;
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		is_said |= item.has[FACT_QUANTITY_KW] || item.has[FACT_QUANTITY_KVAR];
		most = larger(larger(most, &item, FACT_QUANTITY_KW), &item, FACT_QUANTITY_KVAR);
	}
	if (st != ST_NONE)
		return st;
	*out = most;
	return is_said ? ST_OK : ST_NONE;
}
