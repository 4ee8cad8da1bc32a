/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_book.c and register_bids.c.  A condition is, in register_profile, big-endian: u8
 * kind, u8 sense, u8 place, i64 amount (FACT_UNITs of kW; -1: none), then feeder and window, each a
 * u8 length and so many bytes.
 */
#include "ledger/register_conditions.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_known.h"

#define HEAD_BYTES 11

static const struct {
	const char *name;
	enum condition_sense sense;
} kinds[CONDITION_KINDS] = {
	[CONDITION_EXPORT_CAP] = { "export_cap", CONDITION_EXPORT },
	[CONDITION_IMPORT_CAP] = { "import_cap", CONDITION_IMPORT },
	[CONDITION_TIME_WINDOW] = { "time_window", CONDITION_ANY },
	[CONDITION_SEASON] = { "season", CONDITION_ANY },
	[CONDITION_TELEMETRY] = { "telemetry", CONDITION_ANY },
	[CONDITION_OVERRIDE] = { "override", CONDITION_ANY },
	[CONDITION_LEAST] = { "least", CONDITION_ANY },
	[CONDITION_STEP] = { "step", CONDITION_ANY },
	[CONDITION_WHOLE] = { "whole", CONDITION_ANY },
	[CONDITION_WHERE] = { "where", CONDITION_ANY },
};

static const char *const senses[CONDITION_SENSES] = { "", "export", "import", "up", "down" };

const char *condition_kind_name(enum condition_kind kind)
{
	return kinds[kind].name;
}

const char *condition_sense_name(enum condition_sense sense)
{
	return senses[sense];
}

bool condition_is_cap(const struct condition *c)
{
	return (c->kind == CONDITION_EXPORT_CAP || c->kind == CONDITION_IMPORT_CAP) &&
		c->amount >= 0 && c->window_n == 0 && c->place != CONDITION_ELSEWHERE;
}

bool condition_is_bound(const struct condition *c)
{
	return condition_is_cap(c) && (c->place == CONDITION_EVERYWHERE ||
					      c->sense == CONDITION_EXPORT ||
					      c->sense == CONDITION_IMPORT);
}

/* --- the list --- */

struct conditions conditions_init(void)
{
	return (struct conditions){ .list = buf_init(CONDITIONS_MAX * sizeof(struct condition)),
		.texts = buf_init(CONDITIONS_BYTES_MAX) };
}

void conditions_done(struct conditions *c)
{
	buf_done(&c->list);
	buf_done(&c->texts);
}

void conditions_clear(struct conditions *c)
{
	buf_clear(&c->list);
	buf_clear(&c->texts);
}

size_t conditions_count(const struct conditions *c)
{
	return c->list.n / sizeof(struct condition);
}

const struct condition *conditions_at(const struct conditions *c, size_t index)
{
	return (const struct condition *)(const void *)c->list.p + index;
}

struct slice condition_feeder(const struct conditions *all, const struct condition *c)
{
	return slice_sub(buf_slice(&all->texts), c->at, c->feeder_n);
}

struct slice condition_window(const struct conditions *all, const struct condition *c)
{
	return slice_sub(buf_slice(&all->texts), c->at + c->feeder_n, c->window_n);
}

/* --- read --- */

static int64_t amount_at(struct slice bytes)
{
	uint64_t out = 0;

	for (size_t i = 0; i < 8; i++)
		out = out << 8 | bytes.p[i];
	return (int64_t)out;
}

/* False: it is cut, or of a later version. */
static bool text_take(struct slice *out, struct slice *rest)
{
	if (rest->n == 0 || rest->n < 1U + rest->p[0])
		return false;
	*out = slice_sub(*rest, 1, rest->p[0]);
	*rest = slice_from(*rest, 1 + out->n);
	return true;
}

static bool head_take(struct condition *out, struct slice *rest)
{
	if (rest->n < HEAD_BYTES || rest->p[0] >= CONDITION_KINDS ||
		rest->p[1] >= CONDITION_SENSES || rest->p[2] >= CONDITION_PLACES)
		return false;
	out->kind = (enum condition_kind)rest->p[0];
	out->sense = (enum condition_sense)rest->p[1];
	out->place = (enum condition_place)rest->p[2];
	out->amount = amount_at(slice_from(*rest, 3));
	*rest = slice_from(*rest, HEAD_BYTES);
	return true;
}

static bool condition_take(struct conditions *all, struct condition *c, struct slice *rest)
{
	struct slice feeder, window;

	if (!head_take(c, rest) || !text_take(&feeder, rest) || !text_take(&window, rest) ||
		conditions_count(all) == CONDITIONS_MAX ||
		all->texts.n + feeder.n + window.n > CONDITIONS_BYTES_MAX)
		return false;
	c->number++;
	c->at = (uint32_t)all->texts.n;
	c->feeder_n = (uint8_t)feeder.n;
	c->window_n = (uint8_t)window.n;
	buf_put(&all->texts, feeder);
	buf_put(&all->texts, window);
	buf_put(&all->list, slice_of(c, sizeof(*c)));
	return true;
}

enum status conditions_read(struct conditions *out, struct ledger *l, uint64_t statement,
	const struct span *span, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_PROFILE_OF, V_INT(statement));
	struct condition c = { .span = *span, .statement = statement };
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_OK)
		for (struct slice rest = column_bytes(s, 0); condition_take(out, &c, &rest);)
			;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* --- kept --- */

static size_t kind_of(struct slice name)
{
	size_t i = 0;

	while (i < CONDITION_LEAST && !slice_eq(name, slice_str(kinds[i].name)))
		i++;
	return i;
}

static enum condition_sense sense_of(const struct said *item, size_t kind)
{
	for (size_t i = CONDITION_EXPORT; i < CONDITION_SENSES; i++)
		if (slice_eq(said_text(item, FACT_DIRECTION), slice_str(senses[i])))
			return (enum condition_sense)i;
	return kinds[kind].sense;
}

static enum condition_place place_of(const struct said *item)
{
	if (said_text(item, FACT_SPOT).n > 0)
		return CONDITION_ELSEWHERE;
	if (said_text(item, FACT_FEEDER).n > 0)
		return CONDITION_ON_FEEDER;
	return said_text(item, FACT_PLACE).n > 0 ? CONDITION_ELSEWHERE : CONDITION_EVERYWHERE;
}

static void text_put(struct buf *out, struct slice text)
{
	text = slice_to(text, FACT_TEXT_MAX);
	buf_put_u8(out, (uint8_t)text.n);
	buf_put(out, text);
}

static void condition_put(struct buf *out, const struct said *item)
{
	const size_t kind = kind_of(said_text(item, FACT_KIND));

	if (kind == CONDITION_LEAST || CONDITIONS_BYTES_MAX - out->n < HEAD_BYTES + 512)
		return;
	buf_put_u8(out, (uint8_t)kind);
	buf_put_u8(out, (uint8_t)sense_of(item, kind));
	buf_put_u8(out, (uint8_t)place_of(item));
	buf_put_u64(out, (uint64_t)(item->has[FACT_CAP_KW]
			? quantity_bounded(said_number(item, FACT_CAP_KW, 0))
			: -1));
	text_put(out, said_text(item, FACT_FEEDER));
	text_put(out, said_text(item, FACT_WINDOW));
}

static void where_put(struct buf *out, const struct said_document *d)
{
	const struct slice feeder = said_text(&d->head, FACT_FEEDER);

	if (d->type != DOCUMENT_REQUEST || feeder.n == 0)
		return;
	buf_put_u8(out, CONDITION_WHERE);
	buf_put_u8(out, CONDITION_ANY);
	buf_put_u8(out, CONDITION_ON_FEEDER);
	buf_put_u64(out, (uint64_t)-1);
	text_put(out, feeder);
	text_put(out, S(""));
}

static void term_put(struct buf *out, enum condition_kind kind, int64_t amount)
{
	if (amount <= 0)
		return;
	buf_put_u8(out, (uint8_t)kind);
	buf_put_u8(out, CONDITION_ANY);
	buf_put_u8(out, CONDITION_EVERYWHERE);
	buf_put_u64(out, (uint64_t)quantity_bounded(amount));
	text_put(out, S(""));
	text_put(out, S(""));
}

enum status conditions_keep(
	struct ledger *l, uint64_t number, const struct said_document *d, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(CONDITIONS_BYTES_MAX);
	struct slice rest = d->lists[FACT_OF_CONDITION];
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_CONDITION, f)) == ST_OK)
		condition_put(&bytes, &item);
	if (st != ST_NONE)
		return st;
	term_put(&bytes, CONDITION_LEAST, said_number(&d->head, FACT_LEAST_KW, 0));
	term_put(&bytes, CONDITION_STEP, said_number(&d->head, FACT_STEP_KW, 0));
	term_put(&bytes, CONDITION_WHOLE, said_number(&d->head, FACT_WHOLE, 0));
	where_put(&bytes, d);
	return bytes.n == 0 ? ST_OK
			    : STATEMENT_RUN(l->sql, SQL_REGISTER_PROFILE_PUT, f, V_INT(number),
				      V_BYTES(buf_slice(&bytes)));
}
