/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c.  One question an envelope: it asks, waits, and hands over. */
#include "processes/registrar.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/facts.h"
#include "exchange/settings.h"

struct asked {
	uint64_t id;  /* 0: nothing */
	int fd;       /* the facts */
	int64_t came_ns;
	bool was_against; /* and the envelope knows */
};

struct registrar {
	struct ledger *ledger;
	const struct register_functions *of;
	struct asked asked[WORKERS_MAX];
	/* of the message that is being stored */
	struct buf facts;
	struct register_question question;
	struct register_verdict verdict;
	struct fault findings[LEDGER_FINDINGS_MAX];
	size_t finding_count;
	bool is_checked; /* it is new, and its facts are there */
	unsigned review_days;
};

struct registrar *registrar_new(struct ledger *l, const struct register_functions *of)
{
	struct registrar *r = alloc_zeroed(1, sizeof(*r));

	r->ledger = l;
	r->of = of;
	r->facts = buf_init(FACTS_MAX);
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		r->asked[i].fd = -1;
	return r;
}

void registrar_free(struct registrar *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		fd_close(&r->asked[i].fd);
	buf_done(&r->facts);
	free(r);
}

void registrar_review(struct registrar *r, unsigned days)
{
	r->review_days = days;
}

void registrar_forget(struct registrar *r, unsigned envelope)
{
	fd_close(&r->asked[envelope].fd);
	r->asked[envelope] = (struct asked){ .fd = -1 };
}

/* They may have been many. */
static void facts_drop(struct registrar *r)
{
	buf_done(&r->facts);
	r->facts = buf_init(FACTS_MAX);
}

void registrar_done(struct registrar *r, unsigned envelope)
{
	registrar_forget(r, envelope);
	facts_drop(r);
	r->finding_count = 0;
	r->is_checked = false;
}

/* --- judging ---------------------------------------------------------------------------- */

static void row_count(void *context, const struct ledger_message *m)
{
	(void)m;
	++*(unsigned *)context;
}

/* Whether it is held already: then whatever it says was judged when it came first. */
static enum status stored_find(bool *out, struct registrar *r, enum direction_of_message direction,
	struct slice partner, struct slice message_id, struct fault *f)
{
	const struct ledger_filter filter = { .in = direction == MESSAGE_IN,
		.out = direction == MESSAGE_OUT,
		.states = ~(1U << DELIVERY_REJECTED),
		.partner = partner,
		.message_id = message_id,
		.limit = 1 };
	unsigned count = 0;

	TRY(ledger_list(r->ledger, &filter, row_count, &count, f));
	*out = count > 0;
	return ST_OK;
}

/* Never trusted: the size is bounded before it is allocated, and the bytes are copied. */
static enum status facts_read(struct buf *out, int fd, struct fault *f)
{
	uint64_t n;

	TRY(fd_size(&n, fd, f));
	if (n > FACTS_MAX)
		return fault_set(f, ST_HOST, "facts.malformed", "facts of %llu bytes",
			(unsigned long long)n);
	buf_clear(out);
	return fd_read_at(out, fd, 0, n, f);
}

static void finding_keep(void *context, const struct fault *finding)
{
	struct registrar *r = context;

	if (r->finding_count < LEDGER_FINDINGS_MAX)
		r->findings[r->finding_count++] = *finding;
}

/* Whatever is wrong with facts is ours, and says nothing of documents. */
static enum status facts_judge(struct registrar *r, int fd, struct fault *f)
{
	r->finding_count = 0;
	enum status st = facts_read(&r->facts, fd, f);

	r->question.facts = buf_slice(&r->facts);
	if (st == ST_OK)
		st = r->of->judge(&r->verdict, r->ledger, &r->question, finding_keep, r, f);
	if (st == ST_OK || st == ST_RETRY)
		return st;
	if (f)
		f->status = ST_HOST;
	return ST_HOST;
}

/* --- asked by an envelope ----------------------------------------------------------------- */

static enum status consult_judge(struct registrar *r, const struct verb_consult *v, int fd,
	struct fault *f)
{
	bool is_stored;

	r->verdict = (struct register_verdict){ 0 };
	if (v->direction != MESSAGE_IN && v->direction != MESSAGE_OUT)
		return fault_set(f, ST_HOST, "ipc.field", "direction %u", v->direction);
	r->question = (struct register_question){ .direction = v->direction,
		.partner = v->partner,
		.now_ns = clock_utc_ns(),
		.came_ns = v->came_ns,
		.review_days = r->review_days };
	TRY(stored_find(&is_stored, r, v->direction, v->partner, v->message_id, f));
	return is_stored ? ST_OK : facts_judge(r, fd, f);
}

struct verb_consulted registrar_consult(struct registrar *r, unsigned envelope, uint64_t id,
	const struct verb_consult *v, int fd, struct fault *against)
{
	enum status st;

	registrar_forget(r, envelope);
	*against = (struct fault){ 0 };
	st = consult_judge(r, v, fd, against);
	if (st == ST_OK)
		*against = r->verdict.fault;
	r->asked[envelope] = (struct asked){ id, fd, v->came_ns,
		st == ST_OK && register_refuses(against) };
	facts_drop(r);
	return (struct verb_consulted){ .status = st == ST_OK && !against->code[0]
			? ST_OK
			: against->status,
		.code = slice_str(against->code),
		.text = slice_str(against->text),
		.findings = r->verdict.findings };
}

/* --- when it is stored ------------------------------------------------------------------- */

static enum status lost(struct fault *f)
{
	return fault_set(f, ST_RETRY, "registry.lost",
		"the register was asked before the ledger was started");
}

static enum status changed(const struct fault *against, struct fault *f)
{
	return fault_set(f, ST_RETRY, "registry.changed",
		"since it was looked into, the register has changed (%s): %.160s", against->code,
		against->text);
}

enum status registrar_check(
	struct registrar *r, const struct registrar_message *m, struct fault *f)
{
	const struct asked *asked = &r->asked[m->envelope];
	bool is_stored;

	r->is_checked = false;
	if (m->facts == 0)
		return ST_OK;
	if (asked->id != m->facts)
		return lost(f);
	TRY(stored_find(&is_stored, r, m->direction, m->partner, m->message_id, f));
	if (is_stored)
		return ST_OK;
	r->question = (struct register_question){ .direction = m->direction,
		.partner = m->partner,
		.now_ns = clock_utc_ns(),
		.came_ns = asked->came_ns,
		.review_days = r->review_days };
	TRY(facts_judge(r, asked->fd, f));
	if (register_refuses(&r->verdict.fault) && !asked->was_against &&
		m->policy == REGISTRY_REFUSE)
		return changed(&r->verdict.fault, f);
	r->is_checked = true;
	return ST_OK;
}

bool registrar_is_checked(const struct registrar *r)
{
	return r->is_checked;
}

static enum status findings_note(struct registrar *r, uint64_t row, struct fault *f)
{
	for (size_t i = 0; i < r->finding_count; i++)
		TRY(ledger_registry_finding(r->ledger, row, slice_str(r->findings[i].code),
			slice_str(r->findings[i].text), r->question.now_ns, f));
	return ST_OK;
}

static enum status flag_note(struct registrar *r, uint64_t row, struct fault *f)
{
	const struct fault *worst = &r->verdict.fault;

	TRY(findings_note(r, row, f));
	return worst->code[0] ? ledger_registry_flag(r->ledger, row, worst, r->question.now_ns, f)
			      : ST_OK;
}

/* Half of it is worse than nothing. */
static enum status half_done(enum status st, struct fault *f)
{
	if (st == ST_OK || st == ST_RETRY || st == ST_HOST)
		return st;
	if (f)
		f->status = ST_HOST;
	return ST_HOST;
}

enum status registrar_apply(
	uint64_t *findings, struct registrar *r, uint64_t row, struct fault *f)
{
	if (!r->is_checked)
		return ST_NONE;
	TRY(half_done(r->of->apply(r->ledger, row, &r->question, f), f));
	TRY(half_done(flag_note(r, row, f), f));
	*findings = r->verdict.findings;
	return ST_OK;
}

enum status registrar_note(struct registrar *r, uint64_t row, struct fault *f)
{
	return r->is_checked ? half_done(findings_note(r, row, f), f) : ST_NONE;
}
