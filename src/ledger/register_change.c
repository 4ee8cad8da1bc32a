/* SPDX-License-Identifier: Apache-2.0 */
/* By nameplates: what a resource can do at most is what its aggregation may gain by it. */
#include "ledger/register_change.h"

static bool is_emergency(const struct said_document *d)
{
	return d->type == DOCUMENT_CHANGE &&
		(said_number(&d->head, FACT_KIND, 0) == 1 ||
			slice_eq(said_text(&d->head, FACT_KIND), S("emergency")));
}

bool change_is_urgent(const struct said_document *d)
{
	static const char *const causes[] = { "", "failure", "safety", "customer_left",
		"move_out" };
	struct slice cause = said_text(&d->head, FACT_CAUSE);

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (slice_eq(cause, slice_str(causes[i])))
			return true;
	return false;
}

static enum status adds(bool *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->facts;
	struct said item;
	enum status st;

	*out = false;
	while ((st = said_item_next(&item, &rest, FACT_OF_RESOURCE, f)) == ST_OK)
		*out |= slice_eq(said_text(&item, FACT_ACTION), S("add"));
	return st == ST_NONE ? ST_OK : st;
}

static bool raises(const struct said_document *d, const struct quantities *can)
{
	for (int i = 0; i < QUANTITIES; i++) {
		enum fact_kind kind = (enum fact_kind)(FACT_EXPORT_KW + i);

		if (d->head.has[kind] && can->known[i] &&
			said_number(&d->head, kind, 0) > can->of[i])
			return true;
	}
	return false;
}

enum status change_is_at_once(bool *out, const struct said_document *d, const struct book *book,
	const struct chapter *list, int64_t at_ns, struct fault *f)
{
	struct quantities can;
	bool added;

	*out = false;
	if (!is_emergency(d) || !change_is_urgent(d))
		return ST_OK;
	TRY(adds(&added, d, f));
	(void)book_can(&can, book, list, at_ns);
	*out = !added && !raises(d, &can);
	return ST_OK;
}

/* --- how much more -------------------------------------------------------------------- */

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Up is from what it takes to what it gives, or what it can shed. */
static struct quantities able(const struct quantities *plate)
{
	struct quantities can = *plate;
	const int gives = 0, takes = FACT_IMPORT_KW - FACT_EXPORT_KW;
	const int up = FACT_UP_KW - FACT_EXPORT_KW, down = FACT_DOWN_KW - FACT_EXPORT_KW;
	int64_t sheds = plate->known[up] ? plate->of[up] : 0;

	can.known[up] = can.known[down] = plate->known[gives] && plate->known[takes];
	can.of[up] = amount_add(plate->of[gives], larger(plate->of[takes], sheds));
	can.of[down] = amount_add(plate->of[gives], plate->of[takes]);
	return can;
}

static struct quantities plate_of(const struct said *item)
{
	struct quantities plate = { 0 };

	for (int i = 0; i < QUANTITIES; i++) {
		enum fact_kind kind = (enum fact_kind)(FACT_EXPORT_KW + i);

		plate.known[i] = item->has[kind];
		plate.of[i] = said_number(item, kind, 0);
	}
	return plate;
}

/*
 * An inverter behind a connection point may be larger than what is let out there; what it gives
 * besides, loads behind that take, so that it goes up by all of it.
 */
static void let_note(struct growth *g, struct quantities *after, const struct quantities *was,
	const struct said *item)
{
	int64_t let = said_number(item, FACT_CAP_KW, 0);

	g->is_let |= let < after->of[0];
	after->of[0] = let < after->of[0] ? let : after->of[0];
	g->let = amount_add(g->let, after->of[0] < was->of[0] ? after->of[0] : was->of[0]);
}

void growth_note(struct growth *g, const struct said *item, const struct held *before)
{
	const bool is_removed = slice_eq(said_text(item, FACT_ACTION), S("remove"));
	const struct quantities plate = plate_of(item);
	struct quantities after = able(&plate), was = { 0 };

	g->resources += is_removed ? -(before != NULL) : before == NULL;
	if (is_removed)
		return;
	if (before)
		was = able(&before->can);
	if (item->has[FACT_CAP_KW])
		let_note(g, &after, &was, item);
	for (int i = 0; i < QUANTITIES; i++) {
		g->is_open[i] |= !after.known[i];
		g->of[i] = amount_add(g->of[i],
			larger(0, after.of[i] - (was.known[i] ? was.of[i] : 0)));
	}
}

static enum status count_check(const struct said *head, int64_t count, struct fault *f)
{
	int64_t said = said_number(head, FACT_COUNT, -1);

	return said < 0 || said == count
		? ST_OK
		: fault_set(f, ST_AUTH, "registry.count",
			  "it says that %lld resources are left: by the list it is %lld",
			  (long long)said, (long long)count);
}

static enum status quantity_check(struct judging *j, const struct quantities *can,
	const struct growth *g, int i, struct fault *f)
{
	enum fact_kind kind = (enum fact_kind)(FACT_EXPORT_KW + i);
	int64_t said = said_number(&j->document->head, kind, 0);
	int64_t most = amount_add(amount_add(can->of[i], g->of[i]), i == 0 ? g->let : 0);

	if (!can->known[i] || g->is_open[i] || said <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is to be %lld.%06lld: what is registered, and what is added to it, is "
		"%lld.%06lld",
		fact_name(kind), (long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT),
		(long long)(most / FACT_UNIT), (long long)(most % FACT_UNIT));
}

static enum status emergency_check(
	struct judging *j, const struct chapter *list, const struct growth *g, struct fault *f)
{
	bool is_at_once, grows = false;

	if (!is_emergency(j->document))
		return ST_OK;
	TRY(change_is_at_once(&is_at_once, j->document, &j->book, list, j->at_ns, f));
	for (int i = 0; i < QUANTITIES; i++)
		grows |= g->of[i] > 0;
	if (is_at_once && !grows)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.emergency",
		"an emergency takes away, for a failure, for safety, or because a customer left: "
		"what adds or raises waits for a decision");
}

/* --- what it says of itself -------------------------------------------------------------- */

static int64_t drop_of(const struct said *head, const struct quantities *can, enum fact_kind kind)
{
	int at = (int)kind - FACT_EXPORT_KW;
	int64_t after = said_number(head, kind, 0);

	return !head->has[kind] || !can->known[at] || after >= can->of[at] ? 0
									  : can->of[at] - after;
}

/*
 * What is awarded goes up or down; who counts what is put out or taken in, and that falls more, may
 * say so.
 */
static enum status drop_check(
	const struct said *head, const struct quantities *can, struct fault *f)
{
	int64_t said = said_number(head, FACT_DROP_KW, 0);
	int64_t least = larger(drop_of(head, can, FACT_UP_KW), drop_of(head, can, FACT_DOWN_KW));
	int64_t most = larger(least, larger(drop_of(head, can, FACT_EXPORT_KW),
						drop_of(head, can, FACT_IMPORT_KW)));

	if (!head->has[FACT_DROP_KW] || (said >= least && said <= most))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"capability_drop_kw is %lld.%06lld, by what is registered and what is left it is "
		"%lld.%06lld",
		(long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT),
		(long long)(least / FACT_UNIT), (long long)(least % FACT_UNIT));
}

/* --- what nameplates come to ------------------------------------------------------------- */

void plates_note(struct growth *g, const struct held *held)
{
	const struct quantities can = able(&held->can);

	for (int i = 0; i < QUANTITIES; i++) {
		g->is_open[i] |= !can.known[i];
		g->of[i] = amount_add(g->of[i], can.of[i]);
	}
}

/* Storage goes from all that it takes to all that it gives: up and down are twice a nameplate. */
static bool is_above(const struct quantities *can, const struct growth *g, int i)
{
	return can->known[i] && !g->is_open[i] && can->of[i] > g->of[i];
}

static enum status plate_check(
	const struct quantities *can, const struct growth *g, int i, struct fault *f)
{
	if (!is_above(can, g, i))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is to be %lld.%06lld, by the nameplates%s of its resources it is %lld.%06lld "
		"at most",
		fact_name((enum fact_kind)(FACT_EXPORT_KW + i)),
		(long long)(can->of[i] / FACT_UNIT), (long long)(can->of[i] % FACT_UNIT),
		i == 0 && g->is_let ? " and export limits" : "",
		(long long)(g->of[i] / FACT_UNIT), (long long)(g->of[i] % FACT_UNIT));
}

static enum status plates_report(
	struct judging *j, const struct quantities *can, const struct growth *g, struct fault *f)
{
	for (int i = 0; i < QUANTITIES; i++)
		TRY(judging_report(j, plate_check(can, g, i, f), NULL, f));
	return ST_OK;
}

enum status plates_judge(struct judging *j, const struct growth *g, struct fault *f)
{
	const struct quantities can = plate_of(&j->document->head);

	return g->resources == 0 ? ST_OK : plates_report(j, &can, g, f);
}

enum status left_note(
	struct growth *left, struct judging *j, const struct left_of *of, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, of->list, of->at_ns, ROLL_WHOLE);
	struct held held;
	enum status st;

	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		if (!said_names_hold(of->but, held.resource)) {
			plates_note(left, &held);
			left->resources++;
		}
	return st == ST_NONE ? ST_OK : st;
}

/* A resource may begin later than the list that it is in: its nameplate was counted with it. */
static enum status later_note(
	struct growth *left, struct judging *j, const struct left_of *of, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, of->list, of->at_ns, ROLL_WHOLE);
	struct held held;
	enum status st;

	while ((st = roll_later(&held, &roll, INT64_MAX, f)) == ST_OK) {
		const struct chapter *c = book_find(&j->book, held.statement);

		if (c && chapter_holds(c, of->at_ns) && !said_names_hold(of->but, held.resource))
			plates_note(left, &held);
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status left_judge(struct judging *j, const struct quantities *can, struct growth *left,
	const struct left_of *of, struct fault *f)
{
	bool any = false;

	for (int i = 0; i < QUANTITIES; i++)
		any |= is_above(can, left, i);
	if (!any)
		return ST_OK;
	TRY(later_note(left, j, of, f));
	return plates_report(j, can, left, f);
}

/* --- all of it --------------------------------------------------------------------------- */

enum status growth_judge(struct judging *j, const struct left_of *of, const struct growth *g,
	struct growth *left, struct fault *f)
{
	const struct said *head = &j->document->head;
	const struct quantities after = plate_of(head);
	struct quantities can;

	TRY(left_note(left, j, of, f));
	TRY(judging_report(j, count_check(head, left->resources, f), NULL, f));
	(void)book_can(&can, &j->book, of->list, j->at_ns);
	for (int i = 0; i < QUANTITIES; i++)
		TRY(judging_report(j, quantity_check(j, &can, g, i, f), NULL, f));
	if (left->resources > 0 || g->resources < 0)
		TRY(left_judge(j, &after, left, of, f));
	TRY(judging_report(j, drop_check(head, &can, f), NULL, f));
	return judging_report(j, emergency_check(j, of->list, g, f), NULL, f);
}
