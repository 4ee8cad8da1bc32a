/* SPDX-License-Identifier: Apache-2.0 */
/* Those under way have a row, so that nobody looks for them among all that was ever decided. */
#include "ledger/register_review.h"

#include <limits.h>

#include "base/clock.h"
#include "exchange/area.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_judge.h"

#define DAY_NS (86400 * NS_PER_S)
#define NEVER_WARNED INT_MAX
#define TOUCHED_MAX 4096 /* registrations that one message is about */

struct clock_of {
	int64_t started_ns, stopped_ns, waiting_ns; /* waiting_ns 0: it runs */
	enum business_state state;
};

/* ST_NONE: there is no such statement, or it was taken back. */
static enum status clock_read(
	struct clock_of *out, struct ledger *l, uint64_t statement, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_REVIEW_OF, V_INT(statement));

	TRY(statement_step(l->sql, s, f));
	out->started_ns = sqlite3_column_int64(s, 0);
	out->stopped_ns = sqlite3_column_int64(s, 1);
	out->state = (enum business_state)sqlite3_column_int(s, 2);
	out->waiting_ns = out->state == BUSINESS_WAITING ? sqlite3_column_int64(s, 3) : 0;
	sqlite3_reset(s);
	return ST_OK;
}

enum status review_stopped(
	int64_t *out, struct ledger *l, uint64_t statement, int64_t now_ns, struct fault *f)
{
	struct clock_of c;
	enum status st = clock_read(&c, l, statement, f);

	*out = 0;
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	*out = c.stopped_ns;
	if (c.waiting_ns != 0 && c.waiting_ns < now_ns)
		*out += now_ns - c.waiting_ns;
	return ST_OK;
}

/* --- what a decision says of it --- */

/* The clock of a review, as late and as long as it may be. */
struct review_most {
	int64_t started_ns, stopped_ns;
	int64_t due_ns; /* INT64_MAX: nobody says how long it may take */
};

/* Since information was asked for first. */
static enum status stood_read(
	int64_t *out, struct ledger *l, uint64_t statement, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_REVIEW_STOOD, V_INT(statement));
	enum status st = statement_step(l->sql, s, f);
	const int64_t since_ns = st == ST_OK ? sqlite3_column_int64(s, 0) : now_ns;

	sqlite3_reset(s);
	*out = since_ns < now_ns ? now_ns - since_ns : 0;
	return st == ST_NONE ? ST_OK : st;
}

static enum status most_read(
	struct review_most *out, const struct judging *j, const struct known *of, struct fault *f)
{
	const int64_t way_ns = 2 * area_profile(AREA_AGGREGATION)->deadline_ns;
	const unsigned days = j->question->review_days;
	int64_t stood_ns;

	TRY(stood_read(&stood_ns, j->ledger, of->number, j->question->now_ns, f));
	out->started_ns = amount_add(of->review_ns, way_ns);
	out->stopped_ns = amount_add(of->stopped_ns, stood_ns);
	out->due_ns = days == 0 ? INT64_MAX
				: amount_add(amount_add(out->started_ns, out->stopped_ns),
					  (int64_t)days * DAY_NS);
	out->stopped_ns = amount_add(out->stopped_ns, way_ns);
	return ST_OK;
}

static enum status moment_check(const char *member, int64_t said_ns, int64_t most_ns,
	const char *why, struct fault *f)
{
	char said[TIME_TEXT_MAX], most[TIME_TEXT_MAX];

	if (said_ns <= most_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, REGISTER_REVIEW, "%s is %s, by %s it is %s at the latest",
		member, time_format(said, said_ns), why, time_format(most, most_ns));
}

static enum status stopped_check(int64_t said_s, int64_t most_ns, struct fault *f)
{
	char most[DURATION_TEXT_MAX];

	if (said_s <= most_ns / NS_PER_S)
		return ST_OK;
	return fault_set(f, ST_AUTH, REGISTER_REVIEW,
		"clock_stopped_s is %lld, by the decisions that asked for information it stood %s"
		" at most",
		(long long)said_s, duration_format(most, most_ns));
}

static enum status review_judge(
	struct judging *j, const struct review_most *most, struct fault *f)
{
	const struct said *head = &j->document->head;

	TRY(judging_report(j,
		moment_check("review_started_at", said_number(head, FACT_REVIEW_STARTED, 0),
			most->started_ns, "created_at of what it decides", f),
		NULL, f));
	TRY(judging_report(j,
		stopped_check(said_number(head, FACT_CLOCK_STOPPED, 0), most->stopped_ns, f), NULL,
		f));
	return judging_report(j,
		moment_check("review_due_at", said_number(head, FACT_REVIEW_DUE, 0), most->due_ns,
			"that and registry.review-days here", f),
		NULL, f);
}

/* Of a review that is over it is not kept how long its clock stood. */
enum status judge_review(struct judging *j, struct fault *f)
{
	struct review_most most;
	struct known k;

	if (j->document->type != DOCUMENT_DECISION || said_is_copy(j->document))
		return ST_OK;
	TRY(known_document(&k, j->ledger, &j->side,
		said_text(&j->document->head, FACT_REGISTRATION), S(""), f));
	if (k.review_ns == 0 || (k.state != BUSINESS_OPEN && k.state != BUSINESS_WAITING))
		return ST_OK;
	TRY(most_read(&most, j, &k, f));
	return review_judge(j, &most, f);
}

static enum status settle(struct ledger *l, uint64_t statement, struct fault *f)
{
	struct clock_of c;
	enum status st = clock_read(&c, l, statement, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	if (st == ST_NONE || c.started_ns == 0 ||
		(c.state != BUSINESS_OPEN && c.state != BUSINESS_WAITING))
		return STATEMENT_RUN(l->sql, SQL_REGISTER_REVIEW_DROP, f, V_INT(statement));
	return STATEMENT_RUN(l->sql, SQL_REGISTER_REVIEW_PUT, f, V_INT(statement),
		V_INT(c.started_ns), V_INT(c.stopped_ns), V_INT(c.waiting_ns),
		V_INT(NEVER_WARNED));
}

enum status reviews_settle(struct ledger *l, uint64_t message, struct fault *f)
{
	AUTO_IN_PLACE(buf) touched = buf_init(TOUCHED_MAX * sizeof(uint64_t));
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_TOUCHED, V_INT(message));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		uint64_t number = (uint64_t)sqlite3_column_int64(s, 0);

		buf_put(&touched, slice_of(&number, sizeof(number)));
	}
	if (st != ST_NONE)
		return st;
	const uint64_t *numbers = (const uint64_t *)(const void *)touched.p;
	for (size_t i = 0; i < touched.n / sizeof(uint64_t); i++)
		TRY(settle(l, numbers[i], f));
	return ST_OK;
}

/* --- asking --- */

enum {
	REVIEW_STATEMENT,
	REVIEW_STARTED,
	REVIEW_STOPPED,
	REVIEW_WAITING,
	REVIEW_WARNED,
	REVIEW_PARTNER,
	REVIEW_AGGREGATION,
	REVIEW_DOCUMENT,
	REVIEW_TYPE,
	REVIEW_TEST,
	REVIEW_DIRECTION,
};

static struct register_review review_read(
	struct sqlite3_stmt *s, const struct review_terms *terms, int64_t now_ns)
{
	int64_t waiting_ns = sqlite3_column_int64(s, REVIEW_WAITING);
	int64_t started_ns = sqlite3_column_int64(s, REVIEW_STARTED);
	int64_t stopped_ns = sqlite3_column_int64(s, REVIEW_STOPPED);
	struct register_review r = {
		.statement = (uint64_t)sqlite3_column_int64(s, REVIEW_STATEMENT),
		.partner = column_bytes(s, REVIEW_PARTNER),
		.aggregation = column_bytes(s, REVIEW_AGGREGATION),
		.document = column_bytes(s, REVIEW_DOCUMENT),
		.type = (enum document_type)sqlite3_column_int(s, REVIEW_TYPE),
		.direction = (enum direction_of_message)sqlite3_column_int(s, REVIEW_DIRECTION),
		.is_test = sqlite3_column_int(s, REVIEW_TEST) != 0,
		.is_waiting = waiting_ns != 0,
		.started_ns = started_ns,
		.warned = (unsigned)sqlite3_column_int64(s, REVIEW_WARNED),
	};

	if (r.is_waiting && waiting_ns < now_ns)
		stopped_ns += now_ns - waiting_ns;
	r.due_ns = started_ns + (int64_t)terms->days * DAY_NS + stopped_ns;
	r.left_ns = r.due_ns - now_ns;
	return r;
}

enum status register_reviews(struct ledger *l, const struct review_terms *terms, int64_t now_ns,
	unsigned limit, void (*each)(void *context, const struct register_review *),
	void *context, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_REVIEWS, V_INT(0), V_INT(limit));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		const struct register_review r = review_read(s, terms, now_ns);

		each(context, &r);
	}
	return st == ST_NONE ? ST_OK : st;
}

/* --- warning --- */

/* The smallest warning that is reached; overdue is 0; NEVER_WARNED: none is. */
static unsigned threshold_of(const struct review_terms *terms, int64_t left_ns)
{
	unsigned reached = left_ns <= 0 ? 0 : NEVER_WARNED;

	for (unsigned i = 0; i < terms->warnings; i++)
		if (left_ns <= (int64_t)terms->warning_days[i] * DAY_NS &&
			terms->warning_days[i] < reached)
			reached = terms->warning_days[i];
	return reached;
}

struct warned {
	uint64_t statement;
	unsigned days;
};

static enum status warned_put(struct ledger *l, const struct buf *list, struct fault *f)
{
	const struct warned *w = (const struct warned *)(const void *)list->p;

	for (size_t i = 0; i < list->n / sizeof(*w); i++)
		TRY(STATEMENT_RUN(l->sql, SQL_REGISTER_REVIEW_WARN, f, V_INT(w[i].statement),
			V_INT(w[i].days)));
	return ST_OK;
}

enum status register_review_warn(struct ledger *l, const struct review_terms *terms,
	int64_t now_ns, void (*each)(void *context, const struct register_review *),
	void *context, struct fault *f)
{
	AUTO_IN_PLACE(buf) list = buf_init(REVIEW_WARN_MAX * sizeof(struct warned));
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_REVIEWS, V_INT(1), V_INT(REVIEW_WARN_MAX));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		const struct register_review r = review_read(s, terms, now_ns);
		const struct warned w = { r.statement, threshold_of(terms, r.left_ns) };

		if (w.days >= r.warned)
			continue;
		each(context, &r);
		buf_put(&list, slice_of(&w, sizeof(w)));
	}
	return st == ST_NONE ? warned_put(l, &list, f) : st;
}
