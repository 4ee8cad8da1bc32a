/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks against a document, beside what is known: here as a step of its process, by the
 * tables of exchange/business.h; the rest in register_registered.c and register_money.c.
 */
#include "ledger/register_judge.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_answered.h"
#include "ledger/register_bids.h"
#include "ledger/register_builds.h"
#include "ledger/register_cancelled.h"
#include "ledger/register_delivered.h"
#include "ledger/register_intervals.h"
#include "ledger/register_limits.h"
#include "ledger/register_money.h"
#include "ledger/register_outages.h"
#include "ledger/register_registered.h"
#include "ledger/register_review.h"
#include "ledger/register_rounding.h"
#include "ledger/register_service.h"
#include "ledger/register_terms.h"

#define TRIED_ROW 0 /* no message has it */

/* Of several findings the one that makes others follow stands for all. */
static unsigned weight_of(const char *code)
{
	static const char *const codes[] = { BUSINESS_LATE_ANSWER, REGISTER_PART,
		REGISTER_REVIEW, "registry.count", "registry.limit", "registry.capability",
		"registry.emergency", "registry.consent", "registry.amount", "registry.payee",
		"registry.party", "registry.feeder", "registry.twice", "registry.revision",
		"registry.award", "registry.clock", "registry.late", "registry.sequence",
		"registry.withdrawn",
		"registry.unknown", "registry.order", "registry.role" };
	unsigned i = sizeof(codes) / sizeof(codes[0]);

	while (i > 0 && strcmp(codes[i - 1], code) != 0)
		i--;
	return i;
}

static void place_put(struct buf *out, const struct judging *j, const struct said *item)
{
	static const char *const lists[FACT_LISTS] = {
		[FACT_OF_INTERVAL] = "interval",
		[FACT_OF_RESOURCE] = "resource",
		[FACT_OF_LINE] = "line",
		[FACT_OF_CONDITION] = "condition",
		[FACT_OF_AREA] = "area",
	};

	buf_putf(out, "document %u", j->document->number);
	if (item && item->list == FACT_OF_FEEDER && item->item > 0)
		buf_putf(out, ", interval %u", (item->item - 1) / FACT_FEEDERS_MAX + 1);
	else if (item && item->item > 0 && lists[item->list])
		buf_putf(out, ", %s %u", lists[item->list], item->item);
}

static void verdict_take(struct judging *j, const char *code, const struct fault *finding)
{
	if (weight_of(code) <= j->weight && j->verdict->fault.code[0] != 0)
		return;
	j->weight = weight_of(code);
	fault_set(&j->verdict->fault, ST_AUTH, code, "%s", finding->text);
}

/* `code`: in the verdict. */
static void finding_take(struct judging *j, const char *code, const struct said *item,
	const struct fault *why)
{
	AUTO_IN_PLACE(buf) place = buf_init(64);
	struct fault finding;

	place_put(&place, j, item);
	fault_set(&finding, ST_AUTH, why->code, "%s: %s", buf_text(&place), why->text);
	j->verdict->findings++;
	verdict_take(j, code, &finding);
	if (j->finding && j->verdict->findings <= REGISTER_FINDINGS_MAX)
		j->finding(j->context, &finding);
}

/* Mostly nothing is wrong: then nothing is made ready to be told. */
enum status judging_report(
	struct judging *j, enum status st, const struct said *item, struct fault *why)
{
	if (st != ST_AUTH)
		return st;
	finding_take(j, why->code, item, why);
	return ST_OK;
}

enum status judging_note(
	struct judging *j, enum status st, const struct said *item, struct fault *why)
{
	if (st != ST_AUTH)
		return st;
	finding_take(j, REGISTER_PART, item, why);
	return ST_OK;
}

int64_t judging_came_ns(const struct judging *j)
{
	const struct register_question *q = j->question;

	return q->came_ns > 0 && q->came_ns < q->now_ns ? q->came_ns : q->now_ns;
}

/* --- as a step of its process --- */

static struct business_step step_of(const struct judging *j)
{
	const struct said *head = &j->document->head;

	return (struct business_step){ .type = j->document->type,
		.action = said_action(j->document),
		.is_revision = said_text(head, FACT_SUPERSEDES).n > 0,
		.now_ns = judging_came_ns(j) };
}

static struct business_predecessor predecessor_of(const struct known *k, struct slice id)
{
	return (struct business_predecessor){ .id = name_shown(id),
		.type = k->type,
		.state = k->state,
		.last_ns = k->last_ns,
		.revision = k->revision };
}

/*
 * Who is sent copies is sent those of the types that are agreed, and since then: what is not there
 * may be with the two whose documents they are.  A decision on nothing decides nothing.
 */
static bool is_elsewhere(const struct judging *j, const struct known *k)
{
	return said_is_copy(j->document) && k->number == 0 &&
		j->document->type != DOCUMENT_DECISION;
}

static enum status supersedes_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice id = said_text(head, FACT_SUPERSEDES);
	int64_t revision = said_number(head, FACT_REVISION, 1);
	struct known before;

	if (id.n == 0)
		return ST_OK;
	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	if (is_elsewhere(j, &before))
		return ST_OK;
	const struct business_predecessor p = predecessor_of(&before, id);
	if (before.number != 0 && before.direction != j->side.direction)
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.order",
				"it supersedes %.*s, which is the other side's", SLICE_FMT(p.id)),
			NULL, f);
	return judging_report(j,
		business_supersede_check(j->document->type,
			revision > 0 && revision <= UINT32_MAX ? (uint32_t)revision : 0, &p, f),
		NULL, f);
}

static enum status repeated_judge(struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_ID);
	struct known before;

	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	if (before.number == 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.revision",
			"document %.*s is here already: what changes it has an id of its own",
			SLICE_FMT(name_shown(id))),
		NULL, f);
}

/* It must follow what the other side said, where it answers; or be of the same aggregation. */
static enum status related_check(const struct judging *j, const struct business_follow *follow,
	const struct known *k, struct slice id, struct fault *f)
{
	if (!k->is_same_aggregation)
		return fault_set(f, ST_AUTH, follow->code, "%s %.*s is of another aggregation",
			fact_name(follow->by), SLICE_FMT(name_shown(id)));
	if (follow->is_answer && k->number != 0 && k->direction == j->side.direction)
		return fault_set(f, ST_AUTH, follow->code,
			"%.*s is the sender's own: a %s is the other side's to send",
			SLICE_FMT(name_shown(id)),
			business_rule(j->document->type)->name);
	return ST_OK;
}

/* Where silence declines, what was not answered in time was not accepted. */
static enum status silence_check(const struct judging *j, const struct business_follow *follow,
	const struct known *k, struct slice id, struct fault *f)
{
	char last[TIME_TEXT_MAX];

	if (k->type != DOCUMENT_AWARD || k->state != BUSINESS_OPEN || k->last_ns == 0 ||
		j->question->now_ns <= k->last_ns || follow->by != FACT_AWARD ||
		said_number(&j->document->head, FACT_AGREED_SILENCE, 0) == 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, follow->code,
		"award %.*s was not answered until %s: as agreed, that declines it",
		SLICE_FMT(name_shown(id)), time_format(last, k->last_ns));
}

static enum status follow_one(struct judging *j, const struct business_follow *follow,
	struct slice id, const struct said *item, struct fault *f)
{
	const struct business_step step = step_of(j);
	struct slice aggregation = said_text(item, FACT_AGGREGATION);
	struct known k;

	aggregation = aggregation.n ? aggregation : said_text(&j->document->head, FACT_AGGREGATION);
	TRY(known_document(&k, j->ledger, &j->side, id, aggregation, f));
	enum status st = cancelled_look(&k, j, id, f);
	if (st != ST_OK)
		return judging_report(j, st, item, f);
	const struct business_predecessor p = predecessor_of(&k, id);
	if (is_elsewhere(j, &k))
		return ST_OK;
	st = business_follow_check(&step, follow, &p, f);
	if (st == ST_OK || strcmp(f->code, BUSINESS_LATE_ANSWER) == 0) {
		struct fault unrelated = { 0 };

		if (related_check(j, follow, &k, id, &unrelated) != ST_OK)
			return judging_report(j, ST_AUTH, item, &unrelated);
	}
	if (st == ST_OK && k.number != 0)
		st = silence_check(j, follow, &k, id, f);
	return judging_report(j, st, item, f);
}

static enum status follow_judge(
	struct judging *j, const struct business_follow *follow, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct said item;

	if (follow->by == FACT_DOCUMENT)
		return ST_OK;
	TRY(said_names_init(&names, j->document, follow->by, f));
	if (said_names_count(&names) == 0 && follow->is_needed)
		return judging_report(j,
			fault_set(f, ST_AUTH, follow->code, "it follows a %s, and names none",
				fact_name(follow->by)),
			NULL, f);
	for (size_t i = 0; i < said_names_count(&names); i++) {
		if (said_name_is_again(&names, i))
			continue;
		TRY(said_name_item(&item, &names, i, f));
		TRY(follow_one(j, follow, said_name_text(&names, i), &item, f));
	}
	return ST_OK;
}

static enum status follows_judge(struct judging *j, struct fault *f)
{
	const struct business_rule *rule = business_rule(j->document->type);

	for (size_t i = 0; i < BUSINESS_FOLLOWS; i++)
		TRY(follow_judge(j, &rule->follows[i], f));
	return ST_OK;
}

/* --- what it refers to --- */

static enum status refers_check(struct judging *j, enum fact_kind by, const char *member,
	struct fault *f)
{
	struct slice id = said_text(&j->document->head, by);
	struct known k;

	/* A chain is named by its first document, perhaps this one. */
	if (id.n == 0 || slice_eq(id, said_text(&j->document->head, FACT_ID)))
		return ST_OK;
	TRY(known_document(&k, j->ledger, &j->side, id, S(""), f));
	if (k.number != 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order", "%s is %.*s, which is not there", member,
			SLICE_FMT(name_shown(id))),
		NULL, f);
}

/* Who is sent copies is not sent all that they refer to. */
static enum status refers_judge(struct judging *j, struct fault *f)
{
	if (said_is_copy(j->document))
		return ST_OK;
	TRY(refers_check(j, FACT_REPLY, "in_reply_to", f));
	return refers_check(j, FACT_CORRELATION, "correlation_id", f);
}

/* --- in its time and order --- */

#define AHEAD_NS (INT64_C(60) * NS_PER_S) /* what clocks may differ by at most */
#define OURS_NS (INT64_C(5) * NS_PER_S)   /* what ours may, beside what the sender says of his */
#define OLD_DAYS 30
#define DAY_NS (INT64_C(86400) * NS_PER_S)

static int64_t ahead_ns(const struct judging *j)
{
	int64_t ms = said_number(&j->document->head, FACT_UNCERTAINTY, -1);

	return ms < 0 || ms >= (AHEAD_NS - OURS_NS) / NS_PER_MS ? AHEAD_NS
							       : ms * NS_PER_MS + OURS_NS;
}

static int64_t old_ns(const struct judging *j)
{
	int64_t agreed_s = said_number(&j->document->head, FACT_AGREED_AGE, 0);

	return agreed_s > 0 && agreed_s < INT32_MAX ? agreed_s * NS_PER_S : OLD_DAYS * DAY_NS;
}

/* Deadlines and reviews run from when a document was made; a copy may come long after that. */
static enum status clock_judge(struct judging *j, struct fault *f)
{
	int64_t now_ns = j->question->now_ns;
	int64_t created_ns = said_number(&j->document->head, FACT_CREATED, now_ns);
	char when[TIME_TEXT_MAX], age[DURATION_TEXT_MAX];

	if (created_ns > now_ns && created_ns - now_ns > ahead_ns(j))
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.clock",
				"it was made at %s, which is still to come: one of the clocks is "
				"wrong",
				time_format(when, created_ns)),
			NULL, f);
	if (created_ns < now_ns && now_ns - created_ns > old_ns(j) && !said_is_copy(j->document))
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.clock",
				"it was made at %s: what is older than %s is made anew; for a longer "
				"way agree on another age of its area",
				time_format(when, created_ns), duration_format(age, old_ns(j))),
			NULL, f);
	return ST_OK;
}

/* What an answer is wanted to: it is there before the answer is due. */
static const struct {
	enum document_type type;
	const char *member; /* FACT_LAST */
	const char *action; /* NULL: any */
} answered[] = {
	{ DOCUMENT_REQUEST, "respond_by", NULL },
	{ DOCUMENT_OFFER, "offer_valid_until", NULL },
	{ DOCUMENT_AWARD, "accept_by", NULL },
	{ DOCUMENT_LIMIT, "confirm_by", NULL },
	{ DOCUMENT_DISPUTE, "answer_due_at", "opened" },
};

static bool is_answered(const struct said_document *d, size_t row)
{
	return answered[row].type == d->type && !said_is_copy(d) &&
		(!answered[row].action ||
			slice_eq(said_action(d), slice_str(answered[row].action)));
}

static enum status answerable_check(const struct judging *j, const char *member, struct fault *f)
{
	int64_t last_ns = said_number(&j->document->head, FACT_LAST, INT64_MAX);
	char when[TIME_TEXT_MAX];

	if (judging_came_ns(j) <= last_ns ||
		business_makes(j->document->type, said_action(j->document)) != BUSINESS_OPEN)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.late", "%s is %s: nobody could answer in time",
		member, time_format(when, last_ns));
}

/* Who is sent a copy has nothing to answer. */
static enum status answerable_judge(struct judging *j, struct fault *f)
{
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++)
		if (is_answered(j->document, i))
			return judging_report(
				j, answerable_check(j, answered[i].member, f), NULL, f);
	return ST_OK;
}

/*
 * Of a message that came, its envelope has asked all but what was X12, with a record of both clocks
 * (processes/lateness.h): here the same moment counts.
 */
static enum status late_judge(struct judging *j, struct fault *f)
{
	int64_t expires_ns = said_number(&j->document->head, FACT_EXPIRES, 0);
	char when[TIME_TEXT_MAX];

	if (!business_rule(j->document->type)->is_timed || expires_ns == 0 ||
		judging_came_ns(j) <= expires_ns)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.late", "it was useful until %s",
			time_format(when, expires_ns)),
		NULL, f);
}

/* Of what is ahead: nothing can be done any more in times that are over. */
static bool is_ahead(const struct said_document *d)
{
	static const unsigned types = DOCUMENT_BIT(DOCUMENT_AVAILABILITY) |
		DOCUMENT_BIT(DOCUMENT_REQUEST) | DOCUMENT_BIT(DOCUMENT_OFFER) |
		DOCUMENT_BIT(DOCUMENT_AWARD) | DOCUMENT_BIT(DOCUMENT_DISPATCH) |
		DOCUMENT_BIT(DOCUMENT_LIMIT);
	const bool is_ended = (d->type == DOCUMENT_DISPATCH && !said_is_start(d)) ||
		(d->type == DOCUMENT_AWARD &&
			business_makes(d->type, said_action(d)) != BUSINESS_OPEN);

	return (types & DOCUMENT_BIT(d->type)) && !is_ended && !said_is_copy(d);
}

/* What was agreed by telephone is written down the same day. */
static enum status over_judge(struct judging *j, struct fault *f)
{
	char when[TIME_TEXT_MAX];
	struct span span;
	enum status st = ST_NONE;

	if (is_ahead(j->document))
		st = said_times(&span, j->document, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	if (span.until_ns > j->question->now_ns - DAY_NS)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.late", "its last interval ended at %s",
			time_format(when, span.until_ns)),
		NULL, f);
}

static bool is_begin(const struct said_document *d)
{
	struct slice action = said_text(&d->head, FACT_ACTION);

	return slice_eq(action, S("planned")) || slice_eq(action, S("unplanned"));
}

/* An outage is begun by a notice, and over is over. */
static enum status outage_check(const struct judging *j, const struct known *before,
	struct slice outage, struct fault *f)
{
	outage = name_shown(outage);
	if (before->number == 0 && !is_begin(j->document) && !is_elsewhere(j, before))
		return fault_set(f, ST_AUTH, "registry.order",
			"outage %.*s was not announced", SLICE_FMT(outage));
	if (before->state == BUSINESS_CLOSED)
		return fault_set(f, ST_AUTH, "registry.order", "outage %.*s is closed",
			SLICE_FMT(outage));
	return ST_OK;
}

/* Many echo the number of the dispatch in each response: then their statuses say their order. */
static enum status is_echo(
	bool *out, const struct judging *j, const struct known *before, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	*out = false;
	if (j->document->type != DOCUMENT_RESPONSE ||
		said_number(&j->document->head, FACT_SEQUENCE, -1) != before->sequence)
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_ACTION, V_INT(before->number));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		*out = business_goes_on(column_bytes(s, 0), said_action(j->document));
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status sequence_check(
	const struct judging *j, const struct known *before, struct fault *f)
{
	int64_t sequence = said_number(&j->document->head, FACT_SEQUENCE, -1);
	bool is_next;

	if (!j->document->head.has[FACT_SEQUENCE] || !before->has_sequence ||
		sequence > before->sequence)
		return ST_OK;
	TRY(is_echo(&is_next, j, before, f));
	if (is_next)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.sequence", "sequence %lld comes behind %lld",
		(long long)sequence, (long long)before->sequence);
}

static enum status again_check(
	const struct judging *j, const struct known *before, struct slice key, struct fault *f)
{
	bool corrects = said_text(&j->document->head, FACT_SUPERSEDES).n > 0;

	if (before->number == 0 || corrects)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order", "invoice %.*s is here already, and is %s",
		SLICE_FMT(name_shown(key)), business_state_name(before->state));
}

static enum status key_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(buf) key = buf_init(REGISTER_KEY_MAX);
	struct known before;

	register_key_put(&key, j->document);
	if (key.n == 0)
		return ST_OK;
	TRY(known_key(&before, j->ledger, &j->side, j->document->type, buf_slice(&key), f));
	TRY(judging_report(j, sequence_check(j, &before, f), NULL, f));
	if (j->document->type == DOCUMENT_OUTAGE)
		return judging_report(j, outage_check(j, &before, buf_slice(&key), f), NULL, f);
	if (j->document->type == DOCUMENT_INVOICE)
		return judging_report(
			j, again_check(j, &before, buf_slice(&key), f), NULL, f);
	return ST_OK;
}

/* One of the two whose it is has sent it, to somebody else. */
static enum status copy_check(const struct said *head, struct fault *f)
{
	struct slice behalf = said_text(head, FACT_BEHALF), to = said_text(head, FACT_ADDRESSEE);
	struct slice sender = said_text(head, FACT_SENDER);
	struct slice receiver = said_text(head, FACT_RECEIVER);

	if (slice_eq(sender, behalf) != slice_eq(sender, to) && !slice_eq(receiver, behalf) &&
		!slice_eq(receiver, to))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.role",
		"it is no copy: those are of what their sender exchanged with another than us");
}

static enum status role_check(const struct judging *j, struct fault *f)
{
	const struct said_document *d = j->document;
	struct slice role = said_text(&d->head, FACT_SENDER_ROLE);

	if (!said_is_copy(d))
		return business_sender_check(d->type, role, f);
	TRY(copy_check(&d->head, f));
	return business_copier_check(d->type, role, said_is_copiers(d), f);
}

static enum status document_judge(struct judging *j, struct fault *f)
{
	static enum status (*const judges[])(struct judging *, struct fault *) = {
		repeated_judge, supersedes_judge, follows_judge, judge_answered, refers_judge,
		clock_judge, late_judge, over_judge, answerable_judge, key_judge, judge_registered,
		judge_intervals, judge_bids, judge_limits, judge_service, judge_money, judge_terms,
		judge_outages, judge_rounding, judge_delivered, judge_review,
	};

	TRY(judging_report(j, role_check(j, f), NULL, f));
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++)
		TRY(judges[i](j, f));
	return ST_OK;
}

/* Books are read again: what they say may be another thing now. */
static enum status document_try(struct judging *j, struct fault *f)
{
	j->book.is_open = j->other.is_open = false;
	j->book.unheard = 0;
	return register_say(j->ledger, TRIED_ROW, j->question, j->document, f);
}

/* Of a later version of ours nothing is known. */
static enum status one_judge(struct judging *j, bool is_last, struct fault *f)
{
	if (j->said.type == DOCUMENT_TYPES || register_is_known(j->question, j->document))
		return ST_OK;
	builds_document(j->ledger, j->document->type);
	j->side = register_side_of(j->partner, j->question, j->document);
	j->of = (struct book_of){ said_text(&j->said.head, FACT_AGGREGATION), j->side.partner,
		j->side.is_test };
	TRY(said_when(&j->at_ns, j->document, j->question->now_ns, f));
	TRY(document_judge(j, f));
	return is_last ? ST_OK : document_try(j, f);
}

/* The first is taken off `rest` already. */
static enum status documents_judge(struct judging *j, struct slice rest, struct fault *f)
{
	enum status st;

	do
		TRY(one_judge(j, rest.n == 0, f));
	while ((st = said_document_next(&j->said, &rest, f)) == ST_OK);
	return st == ST_NONE ? ST_OK : st;
}

/*
 * Each document of several is judged beside those before it in the message, as if they had come
 * alone: they are said, and what they said is undone.
 */
static enum status several_judge(struct judging *j, struct slice rest, struct fault *f)
{
	struct statements *sql = j->ledger->sql;
	enum status st, undone;

	TRY(statement_run(sql, SQL_TRY, NULL, 0, f));
	st = documents_judge(j, rest, f);
	undone = statement_run(sql, SQL_UNDO, NULL, 0, st == ST_OK ? f : NULL);
	if (undone == ST_OK)
		undone = statement_run(sql, SQL_TRIED, NULL, 0, st == ST_OK ? f : NULL);
	return st == ST_OK ? undone : st;
}

static enum status question_judge(struct judging *j, struct fault *f)
{
	struct slice rest = j->question->facts;
	enum status st = said_document_next(&j->said, &rest, f);

	j->document = &j->said;
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	return rest.n > 0 ? several_judge(j, rest, f) : documents_judge(j, rest, f);
}

bool register_refuses(const struct fault *against)
{
	static const char *const told[] = { BUSINESS_LATE_ANSWER, REGISTER_PART, REGISTER_REVIEW };

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(against->code, told[i]) == 0)
			return false;
	return against->code[0] != 0;
}

enum status register_judge(struct register_verdict *out, struct ledger *l,
	const struct register_question *q, void (*finding)(void *context, const struct fault *),
	void *context, struct fault *f)
{
	struct register_verdict verdict = { 0 };
	struct judging j = { .ledger = l,
		.question = q,
		.book = book_init(),
		.other = book_init(),
		.verdict = &verdict,
		.finding = finding,
		.context = context };
	struct fault why = { 0 };

	builds_begin(l, q->direction == MESSAGE_OUT ? q->partner : S(""));
	enum status st = question_judge(&j, &why);
	builds_end(l);

	book_done(&j.book);
	book_done(&j.other);
	if (st == ST_OK)
		*out = verdict;
	else if (f)
		*f = why;
	return st;
}
