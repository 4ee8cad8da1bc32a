/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message says becomes rows, and nothing that is there changes: what follows from it is
 * found when somebody asks.  So taking a message back is one update.
 */
#include "ledger/register.h"

#include "base/clock.h"
#include "exchange/area.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_asked.h"
#include "ledger/register_book.h"
#include "ledger/register_bounds.h"
#include "ledger/register_change.h"
#include "ledger/register_conditions.h"
#include "ledger/register_counted.h"
#include "ledger/register_known.h"
#include "ledger/register_met.h"
#include "ledger/register_outages.h"
#include "ledger/register_paid.h"
#include "ledger/register_parties.h"
#include "ledger/register_profile.h"
#include "ledger/register_review.h"
#include "ledger/register_wanted.h"

struct saying {
	struct ledger *ledger;
	const struct register_question *question;
	const struct said_document *document;
	struct register_side side;
	char partner[REGISTER_PARTNER_MAX + 1]; /* of a copy: the side's */
	uint64_t message;
	uint64_t statement; /* once it is there */
	uint64_t base;
	bool is_at_once; /* an emergency that only takes away: in force before anybody decides */
	uint64_t resources; /* that it lists, or rejects */
	struct counted counted;
	bool is_of_list; /* a decision, and of no change */
	int64_t review_ns; /* when its review began; of a statement until when it may be replaced */
	int64_t stopped_ns;
};

/* --- before its statement is there --- */

static bool is_reviewed(const struct said_document *d)
{
	return (d->type == DOCUMENT_REGISTRATION || d->type == DOCUMENT_CHANGE) &&
		!slice_eq(said_text(&d->head, FACT_ACTION), S("withdraw"));
}

/* From when it was made, as far back as a message may have been under way, and never ahead. */
static int64_t review_from(int64_t created_ns, int64_t now_ns)
{
	int64_t first_ns = now_ns - area_profile(AREA_AGGREGATION)->deadline_ns;

	if (created_ns <= 0 || created_ns > now_ns)
		return now_ns;
	return created_ns > first_ns ? created_ns : first_ns;
}

/* The clock runs on from the revision before, which stood while information was awaited. */
static enum status review_begin(struct saying *s, struct fault *f)
{
	const struct said *head = &s->document->head;
	int64_t now_ns = s->question->now_ns;
	int64_t created_ns = said_number(head, FACT_CREATED, now_ns);
	struct known before = { 0 };

	if (s->document->type == DOCUMENT_STATEMENT)
		s->review_ns = said_number(head, FACT_FINAL, 0);
	if (!is_reviewed(s->document) || said_is_copy(s->document))
		return ST_OK; /* a copy is reviewed by who made it */
	if (said_text(head, FACT_SUPERSEDES).n > 0)
		TRY(known_document(&before, s->ledger, &s->side,
			said_text(head, FACT_SUPERSEDES), S(""), f));
	s->review_ns = review_from(created_ns, now_ns);
	if (before.number == 0 || before.review_ns == 0)
		return ST_OK;
	if (before.state != BUSINESS_OPEN && before.state != BUSINESS_WAITING)
		return ST_OK;
	s->review_ns = before.review_ns;
	return review_stopped(&s->stopped_ns, s->ledger, before.number, now_ns, f);
}

/* Which list a change is of: that which is in force when it comes into force. */
static enum status list_find(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(book) book = book_init();
	const struct book_of of = { said_text(&s->document->head, FACT_AGGREGATION),
		s->side.partner, s->side.is_test };
	const struct chapter *list;
	int64_t at_ns;

	TRY(said_when(&at_ns, s->document, s->question->now_ns, f));
	TRY(book_open(&book, s->ledger, &of, f));
	if (book_list(&list, &book, &of, at_ns, f) != ST_OK)
		return ST_OK;
	s->base = list->number;
	return change_is_at_once(&s->is_at_once, s->document, &book, list, at_ns, f);
}

static bool is_withdrawal(const struct said_document *d)
{
	return d->type == DOCUMENT_REGISTRATION && !is_reviewed(d);
}

/* Which registration it takes back: one that nobody has decided. */
static enum status review_find(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(book) book = book_init();
	const struct book_of of = { said_text(&s->document->head, FACT_AGGREGATION),
		s->side.partner, s->side.is_test };
	const struct chapter *ahead;
	int64_t at_ns;

	TRY(said_when(&at_ns, s->document, s->question->now_ns, f));
	TRY(book_open(&book, s->ledger, &of, f));
	ahead = book_ahead(&book, &of, at_ns);
	if (ahead && ahead->state <= BUSINESS_WAITING)
		s->base = ahead->number;
	return ST_OK;
}

static enum status base_find(struct saying *s, struct fault *f)
{
	struct known decided = { 0 };

	if (is_withdrawal(s->document))
		return review_find(s, f);
	if (s->document->type == DOCUMENT_CHANGE)
		return list_find(s, f);
	if (s->document->type == DOCUMENT_DECISION)
		TRY(known_document(&decided, s->ledger, &s->side,
			said_text(&s->document->head, FACT_REGISTRATION), S(""), f));
	s->base = decided.number;
	s->is_of_list = decided.type == DOCUMENT_REGISTRATION && decided.number != 0;
	return ST_OK;
}

static enum status resources_count(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	const bool decides = s->document->type == DOCUMENT_DECISION;

	if (!decides && !is_reviewed(s->document))
		return ST_OK;
	TRY(said_names_init(&names, s->document, decides ? FACT_REJECTED : FACT_RESOURCE, f));
	s->resources = said_names_count(&names);
	if (!decides)
		return counted_find(
			&s->counted, s->ledger, s->base, s->document, &names, f);
	return s->is_of_list ? counted_left_out(&s->counted, s->ledger, s->base, &names, f)
			     : ST_OK;
}

/* --- its statement --- */

static struct value value_of(const struct said *said, enum fact_kind kind)
{
	struct value number = V_INT(said_number(said, kind, 0)), nothing = { .kind = VALUE_NULL };

	return said->has[kind] && said->text[kind].n == 0 ? number : nothing;
}

static struct value text_of(const struct said *said, enum fact_kind kind)
{
	struct value text = V_BYTES(said_text(said, kind)), nothing = { .kind = VALUE_NULL };

	return said_text(said, kind).n ? text : nothing;
}

static int64_t last_of(const struct saying *s)
{
	const struct said *head = &s->document->head;
	int64_t within_s = said_number(head, FACT_SECONDS, 0);

	if (s->document->type == DOCUMENT_DISPATCH && within_s > 0 && within_s < INT32_MAX)
		return amount_add(s->question->now_ns, within_s * NS_PER_S);
	return said_number(head, FACT_LAST, said_number(head, FACT_EXPIRES, 0));
}


static enum status quantity_of(
	struct value *out, const struct said_document *d, struct fault *f)
{
	int64_t most;
	enum status st = said_quantity(&most, d, f);

	*out = (struct value){ .kind = VALUE_NULL };
	if (st == ST_OK)
		*out = (struct value)V_INT(most);
	return st == ST_NONE ? ST_OK : st;
}

/* When it is so; of an availability and a limit the time that its intervals are about. */
static enum status times_of(struct span *out, const struct saying *s, struct fault *f)
{
	const struct said_document *d = s->document;
	enum status st = ST_NONE;

	if (d->type == DOCUMENT_OUTAGE)
		return outage_times(out, s->ledger, &s->side, d, f);
	if (d->type == DOCUMENT_AVAILABILITY || d->type == DOCUMENT_LIMIT)
		st = said_times(out, d, f);
	if (st == ST_NONE)
		*out = (struct span){ said_number(&d->head, FACT_FROM, 0),
			said_number(&d->head, FACT_UNTIL, 0) };
	return st == ST_NONE ? ST_OK : st;
}

#define KIND_MAX 4096 /* a registration lists its services */

/* Of a dispatch: nothing of it is a setpoint. */
static enum status calls_for_change(bool *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->lists[FACT_OF_INTERVAL];
	struct said item;
	bool is_setpoint = false;
	enum status st;

	*out = false;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		*out |= item.has[FACT_CHANGE_KW];
		is_setpoint |= item.has[FACT_QUANTITY_KW];
	}
	*out &= !is_setpoint;
	return st == ST_NONE ? ST_OK : st;
}

static enum status kind_put(struct buf *out, const struct said_document *d, struct fault *f)
{
	bool is_change = false;

	if (d->type == DOCUMENT_REGISTRATION)
		return services_put(out, d, f);
	if (d->type == DOCUMENT_DISPATCH)
		TRY(calls_for_change(&is_change, d, f));
	if (d->type == DOCUMENT_DECISION && d->lists[FACT_OF_CONDITION].n > 0)
		buf_put(out, S(DECISION_OF_CONDITIONS));
	buf_put(out, is_change ? S(DISPATCH_OF_CHANGE) : said_text(&d->head, FACT_KIND));
	return ST_OK;
}

/* Of an availability the most that any of its intervals has. */
static enum status most_put(
	struct value *out, const struct said_document *d, enum fact_kind kind, struct fault *f)
{
	struct slice rest = d->lists[FACT_OF_INTERVAL];
	struct said item;
	enum status st;

	*out = value_of(&d->head, kind);
	if (d->type != DOCUMENT_AVAILABILITY)
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (item.has[kind] && (out->kind == VALUE_NULL ||
					      said_number(&item, kind, 0) > out->number))
			*out = value_of(&item, kind);
	return st == ST_NONE ? ST_OK : st;
}

#define NAME_MAX_BYTES 256

/* Requests have none: there it is what its price is for. */
static void name_put(struct buf *out, const struct saying *s)
{
	if (s->document->type == DOCUMENT_REQUEST)
		buf_put(out, said_text(&s->document->head, FACT_MEASURE));
	buf_put(out, said_text(&s->document->head, FACT_NAME));
	if (out->n == 0)
		account_put(out, s->ledger, s->document);
}

static struct slice sense_of(const struct said_document *d)
{
	return said_text(&d->head,
		d->type == DOCUMENT_INVOICE ? FACT_SUMMARY : FACT_DIRECTION);
}

static enum status say(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(buf) key = buf_init(REGISTER_KEY_MAX);
	AUTO_IN_PLACE(buf) kind = buf_init(KIND_MAX);
	AUTO_IN_PLACE(buf) name = buf_init(NAME_MAX_BYTES);
	const struct said_document *d = s->document;
	const struct said *h = &d->head;
	struct slice action = said_action(d);
	struct value quantity, up, down;
	struct slice currency;
	struct span times;

	register_key_put(&key, d);
	TRY(kind_put(&kind, d, f));
	name_put(&name, s);
	TRY(times_of(&times, s, f));
	TRY(said_currency(&currency, d, f));
	TRY(quantity_of(&quantity, d, f));
	TRY(most_put(&up, d, FACT_UP_KW, f));
	TRY(most_put(&down, d, FACT_DOWN_KW, f));
	TRY(STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_SAY, f, V_INT(s->message),
		V_INT(s->side.is_test), V_INT(s->side.direction), V_BYTES(s->side.partner),
		V_INT(d->type), V_INT(business_makes(d->type, action)),
		V_BYTES(said_text(h, FACT_ID)), V_INT(said_number(h, FACT_REVISION, 1)),
		V_BYTES(action), V_BYTES(buf_slice(&kind)),
		V_BYTES(said_text(h, FACT_AGGREGATION)), V_BYTES(buf_slice(&name)),
		V_BYTES(said_text(h, FACT_PROGRAM)), V_BYTES(buf_slice(&key)),
		value_of(h, FACT_SEQUENCE), V_INT(s->base), value_of(h, FACT_BASIS),
		V_INT(s->resources), V_INT(s->is_at_once), V_INT(s->question->now_ns),
		V_INT(times.from_ns), V_INT(times.until_ns),
		V_INT(last_of(s)), V_INT(s->review_ns), V_INT(s->stopped_ns),
		value_of(h, FACT_EXPORT_KW), value_of(h, FACT_IMPORT_KW), up, down,
		value_of(h, FACT_INJECT_KVAR),
		value_of(h, FACT_ABSORB_KVAR), value_of(h, FACT_ENERGY_KWH), quantity,
		value_of(h, FACT_AMOUNT), value_of(h, FACT_CEILING), V_BYTES(currency),
		V_BYTES(said_text(h, FACT_PAYEE)), V_BYTES(sense_of(d)),
		V_BYTES(said_text(h, FACT_BASELINE)), value_of(h, FACT_COMMITTED),
		value_of(h, FACT_PRIMACY), counted_value(&s->counted),
		V_INT(s->counted.from_ns), V_INT(s->counted.until_ns)));
	s->statement = (uint64_t)sqlite3_last_insert_rowid(s->ledger->db);
	return ST_OK;
}

/* --- what it follows --- */

static enum status link_put(struct saying *s, const struct known *k, enum business_state makes,
	struct sums sums, struct fault *f)
{
	if (k->number == 0)
		return ST_OK;
	return STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_LINK_PUT, f, V_INT(k->number),
		V_INT(s->statement), V_INT(makes), V_INT(sums.amount), V_INT(sums.energy));
}

static enum status followed_link(struct saying *s, enum fact_kind by, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct slice action = said_action(s->document);
	struct known k;
	struct sums sums;
	size_t i = 0;

	TRY(said_names_init(&names, s->document, by, f));
	while (i < said_names_count(&names)) {
		TRY(known_document(
			&k, s->ledger, &s->side, said_name_text(&names, i), S(""), f));
		TRY(said_sums(&sums, &names, &i, f));
		TRY(link_put(s, &k,
			k.number ? business_moves(s->document->type, action, k.type)
				 : BUSINESS_NONE, sums, f));
	}
	return ST_OK;
}

/*
 * An invoice that cancels or corrects names another one of its seller; its kind says which.  What
 * a credit note takes off is kept with it.
 */
static enum status corrected_link(struct saying *s, struct fault *f)
{
	struct slice original = said_text(&s->document->head, FACT_SUBJECT);
	struct slice action = said_action(s->document);
	struct sums credit = { 0 };
	struct known k;

	if (slice_eq(action, S("credit_note")))
		credit.amount = said_number(&s->document->head, FACT_AMOUNT, 0);
	TRY(known_key(&k, s->ledger, &s->side, DOCUMENT_INVOICE, original, f));
	return link_put(
		s, &k, business_moves(DOCUMENT_INVOICE, action, DOCUMENT_INVOICE), credit, f);
}

/* What its seller pays back of a credit note is kept as if it had been taken off. */
static enum status paid_link(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	bool is_refund;
	struct known k;
	struct sums sums;
	size_t i = 0;

	TRY(said_names_init(&names, s->document, FACT_INVOICE, f));
	while (i < said_names_count(&names)) {
		TRY(paid_invoice_find(
			&k, &is_refund, s->ledger, &s->side, said_name_text(&names, i), f));
		TRY(said_sums(&sums, &names, &i, f));
		sums.amount = is_refund ? amount_turned(sums.amount) : sums.amount;
		TRY(link_put(s, &k, BUSINESS_NONE, sums, f));
	}
	return ST_OK;
}

static enum status superseded_link(struct saying *s, struct fault *f)
{
	struct slice id = said_text(&s->document->head, FACT_SUPERSEDES);
	struct known k;

	if (id.n == 0)
		return ST_OK;
	TRY(known_document(&k, s->ledger, &s->side, id, S(""), f));
	if (k.type != s->document->type || k.direction != s->side.direction)
		return ST_OK;
	return link_put(s, &k, BUSINESS_REPLACED, (struct sums){ 0 }, f);
}

/* By its name; one of its own name is not found by that any more. */
static enum status replaced_link(struct saying *s, struct fault *f)
{
	const struct said *head = &s->document->head;
	struct slice replaces = said_text(head, FACT_SUBJECT);
	struct known k;

	if (replaces.n == 0 || slice_eq(replaces, said_text(head, FACT_NAME)))
		return ST_OK;
	TRY(known_key(&k, s->ledger, &s->side, DOCUMENT_STATEMENT, replaces, f));
	return link_put(s, &k, BUSINESS_REPLACED, (struct sums){ 0 }, f);
}

/* Numbers are unique for each seller, and either side sells. */
static enum status covered_of(struct saying *s, const struct said_names *names,
	struct register_side seller, struct fault *f)
{
	struct known k;

	for (size_t i = 0; i < said_names_count(names); i++) {
		TRY(known_key(&k, s->ledger, &seller, DOCUMENT_INVOICE, said_name_text(names, i),
			f));
		TRY(link_put(s, &k, BUSINESS_NONE, (struct sums){ 0 }, f));
	}
	return ST_OK;
}

static enum status covered_link(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct register_side other = s->side;

	other.direction = other.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	TRY(said_names_init(&names, s->document, FACT_INVOICE, f));
	TRY(covered_of(s, &names, s->side, f));
	return covered_of(s, &names, other, f);
}

static enum status links_put(struct saying *s, struct fault *f)
{
	const struct business_rule *rule = business_rule(s->document->type);

	for (size_t i = 0; i < BUSINESS_FOLLOWS; i++)
		if (rule->follows[i].by != FACT_DOCUMENT)
			TRY(followed_link(s, rule->follows[i].by, f));
	if (s->document->type == DOCUMENT_INVOICE)
		TRY(corrected_link(s, f));
	if (s->document->type == DOCUMENT_REMITTANCE)
		TRY(paid_link(s, f));
	if (s->document->type == DOCUMENT_STATEMENT) {
		TRY(replaced_link(s, f));
		TRY(covered_link(s, f));
	}
	if (is_withdrawal(s->document))
		TRY(link_put(s, &(struct known){ .number = s->base }, BUSINESS_WITHDRAWN,
			(struct sums){ 0 }, f));
	return superseded_link(s, f);
}

/* --- its intervals --- */

static struct value unsigned_of(const struct said *item, enum fact_kind kind)
{
	int64_t n = said_number(item, kind, 0);
	struct value magnitude = V_INT(quantity_bounded(n));

	return value_of(item, kind).kind == VALUE_NULL ? value_of(item, kind) : magnitude;
}

/* What a dispatch calls for, where it goes this way. */
static struct value called_of(const struct said *item, bool is_below)
{
	const enum fact_kind kind = item->has[FACT_QUANTITY_KW] ? FACT_QUANTITY_KW : FACT_CHANGE_KW;
	int64_t said = said_number(item, kind, 0);

	return (struct value)V_INT((said < 0) == is_below ? quantity_bounded(said) : 0);
}

static struct value first_of(enum document_type type, const struct said *item)
{
	if (type == DOCUMENT_DISPATCH)
		return called_of(item, false);
	return unsigned_of(item, type == DOCUMENT_LIMIT ? FACT_EXPORT_KW : FACT_QUANTITY_KW);
}

static struct value second_of(enum document_type type, const struct said *item)
{
	if (type == DOCUMENT_DISPATCH)
		return called_of(item, true);
	return unsigned_of(item, type == DOCUMENT_LIMIT ? FACT_IMPORT_KW : FACT_QUANTITY_KVAR);
}

/* By its aggregation and time. */
static bool is_found(enum document_type type)
{
	return type == DOCUMENT_AWARD || type == DOCUMENT_DISPATCH;
}

static enum status interval_put(struct saying *s, const struct said *item, struct fault *f)
{
	const enum document_type type = s->document->type;
	const bool is_limit = type == DOCUMENT_LIMIT;
	struct slice aggregation = said_text(&s->document->head, FACT_AGGREGATION);
	struct value price = value_of(item, FACT_PRICE), nothing = { .kind = VALUE_NULL };
	struct span span;

	if (!said_span(&span, item))
		return ST_OK;
	if (price.kind == VALUE_NULL) /* a request says one for all of its times */
		price = value_of(&s->document->head, FACT_PRICE);
	return STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_INTERVAL_PUT, f, V_INT(s->statement),
		V_INT(span.from_ns), V_INT(span.until_ns), first_of(type, item),
		second_of(type, item), price, V_BYTES(is_found(type) ? aggregation : S("")),
		V_BYTES(s->side.partner), V_INT(s->side.is_test),
		is_limit ? unsigned_of(item, FACT_INJECT_KVAR) : nothing,
		is_limit ? unsigned_of(item, FACT_ABSORB_KVAR) : nothing);
}

static bool has_intervals(enum document_type type)
{
	static const unsigned types = DOCUMENT_BIT(DOCUMENT_REQUEST) |
		DOCUMENT_BIT(DOCUMENT_OFFER) | DOCUMENT_BIT(DOCUMENT_AWARD) |
		DOCUMENT_BIT(DOCUMENT_DISPATCH) | DOCUMENT_BIT(DOCUMENT_PERFORMANCE) |
		DOCUMENT_BIT(DOCUMENT_LIMIT);

	return (types & DOCUMENT_BIT(type)) != 0;
}

static enum status intervals_put(struct saying *s, struct fault *f)
{
	struct slice rest = s->document->facts;
	struct said item;
	enum status st;

	if (!has_intervals(s->document->type))
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(interval_put(s, &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/* --- its resources --- */

static enum register_operation operation_of(const struct saying *s, const struct said *item)
{
	static const struct {
		const char *action;
		enum register_operation operation;
	} operations[] = {
		{ "add", REGISTER_ADDED },
		{ "remove", REGISTER_REMOVED },
	};

	if (s->document->type == DOCUMENT_REGISTRATION)
		return REGISTER_LISTED;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (slice_eq(said_text(item, FACT_ACTION), slice_str(operations[i].action)))
			return operations[i].operation;
	return REGISTER_MODIFIED;
}

static enum status resource_put(struct saying *s, const struct said *r, struct fault *f)
{
	return STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_RESOURCE_PUT, f, V_INT(s->base),
		V_BYTES(said_text(r, FACT_RESOURCE)), V_INT(s->statement),
		V_INT(operation_of(s, r)), V_INT(said_number(r, FACT_FROM, 0)),
		V_INT(said_number(r, FACT_UNTIL, 0)), text_of(r, FACT_PREMISE),
		text_of(r, FACT_FEEDER), text_of(r, FACT_DER_KIND), text_of(r, FACT_CONSENT),
		text_of(r, FACT_PROGRAM), value_of(r, FACT_CONSENT_UNTIL),
		value_of(r, FACT_EXPORT_KW), value_of(r, FACT_IMPORT_KW), value_of(r, FACT_UP_KW),
		value_of(r, FACT_DOWN_KW), value_of(r, FACT_INJECT_KVAR),
		value_of(r, FACT_ABSORB_KVAR), value_of(r, FACT_ENERGY_KWH),
		value_of(r, FACT_NET_METERING));
}

/* Neighbours are on one feeder: it is put once. */
static enum status feeder_put(
	struct saying *s, struct slice *last, struct slice feeder, struct fault *f)
{
	if (feeder.n == 0 || slice_eq(*last, feeder))
		return ST_OK;
	*last = feeder;
	return STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_FEEDER_PUT, f, V_BYTES(feeder),
		V_BYTES(s->side.partner), V_INT(s->side.is_test), V_INT(s->base));
}

static enum status resources_put(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct slice feeder = S("");
	struct said item;

	if (s->document->type == DOCUMENT_REGISTRATION)
		s->base = s->statement;
	TRY(said_names_init(&names, s->document, FACT_RESOURCE, f));
	for (size_t i = 0; s->base != 0 && i < said_names_count(&names); i++) {
		TRY(said_name_item(&item, &names, i, f));
		TRY(resource_put(s, &item, f));
		TRY(feeder_put(s, &feeder, said_text(&item, FACT_FEEDER), f));
	}
	if (s->base == 0)
		return ST_OK;
	return met_keep(s->ledger, s->base, s->base != s->statement, s->document, f);
}

static enum status rejected_put(struct saying *s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };

	TRY(said_names_init(&names, s->document, FACT_REJECTED, f));
	for (size_t i = 0; i < said_names_count(&names); i++)
		TRY(STATEMENT_RUN(s->ledger->sql, SQL_REGISTER_REJECTED_PUT, f,
			V_INT(s->statement), V_BYTES(said_name_text(&names, i))));
	return ST_OK;
}

static bool has_conditions(enum document_type type)
{
	static const unsigned types = DOCUMENT_BIT(DOCUMENT_DECISION) |
		DOCUMENT_BIT(DOCUMENT_REQUEST) | DOCUMENT_BIT(DOCUMENT_OFFER);

	return (types & DOCUMENT_BIT(type)) != 0;
}

static enum status document_apply(struct saying *s, struct fault *f)
{
	TRY(review_begin(s, f));
	TRY(base_find(s, f));
	TRY(resources_count(s, f));
	TRY(say(s, f));
	TRY(wanted_begin(s->ledger, s->statement, s->document, s->question->now_ns, f));
	TRY(links_put(s, f));
	TRY(intervals_put(s, f));
	if (is_reviewed(s->document))
		TRY(resources_put(s, f));
	if (s->document->type == DOCUMENT_LIMIT)
		TRY(bounds_keep(s->ledger, &s->side, s->statement, s->document,
			s->question->now_ns, f));
	if (s->document->type == DOCUMENT_AVAILABILITY)
		TRY(profile_keep(s->ledger, s->statement, s->document, f));
	if (has_conditions(s->document->type))
		TRY(conditions_keep(s->ledger, s->statement, s->document, f));
	return s->document->type == DOCUMENT_DECISION ? rejected_put(s, f) : ST_OK;
}

static enum status is_applied(bool *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_IS_SAID, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	*out = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

enum status register_say(struct ledger *l, uint64_t row, const struct register_question *q,
	const struct said_document *d, struct fault *f)
{
	struct saying s = { .ledger = l,
		.question = q,
		.document = d,
		.message = row };

	s.side = register_side_of(s.partner, q, d);
	/* An agreement may let it through, flagged: nothing follows from it. */
	if (said_number(&d->head, FACT_INVALID, 0) || register_is_known(q, d))
		return ST_OK;
	return document_apply(&s, f);
}

static enum status settle(struct ledger *l, uint64_t row, struct fault *f)
{
	TRY(reviews_settle(l, row, f));
	return wanted_settle(l, row, f);
}

enum status register_apply(
	struct ledger *l, uint64_t row, const struct register_question *q, struct fault *f)
{
	struct slice rest = q->facts;
	struct said_document d;
	bool applied;
	enum status st;

	TRY(is_applied(&applied, l, row, f));
	if (applied)
		return ST_OK;
	while ((st = said_document_next(&d, &rest, f)) == ST_OK) {
		if (d.type != DOCUMENT_TYPES)
			TRY(register_say(l, row, q, &d, f));
	}
	return st == ST_NONE ? settle(l, row, f) : st;
}

enum status register_void(struct ledger *l, uint64_t row, struct fault *f)
{
	TRY(STATEMENT_RUN(
		l->sql, SQL_REGISTER_VOID, f, V_INT(row), V_INT(clock_utc_ns())));
	return settle(l, row, f);
}
