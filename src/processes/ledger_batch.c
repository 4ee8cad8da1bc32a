/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a commit says how long it may wait for company. */
#include "processes/ledger_batch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "processes/turns.h"

#define SOFT_COMMIT_MS 5               /* what nobody waits for may wait for company */

void timer_in(struct event *timer, int64_t ns)
{
	ns = ns < 0 ? 0 : ns;
	ns = ns > 3600 * NS_PER_S ? 3600 * NS_PER_S : ns;
	event_add(timer, &(struct timeval){ ns / NS_PER_S, ns % NS_PER_S / 1000 });
}

static void rows_clear(struct ended_list *list)
{
	struct ended *e;

	while ((e = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, entry);
		free(e);
	}
}

void batch_ended(struct house *h, uint64_t row)
{
	struct ended *e = alloc_zeroed(1, sizeof(*e));

	e->row = row;
	STAILQ_INSERT_TAIL(&h->ended, e, entry);
}

bool batch_ends(const struct house *h, uint64_t row)
{
	const struct ended *e;

	STAILQ_FOREACH(e, &h->ended, entry)
		if (e->row == row)
			return true;
	return false;
}

/*
 * What couriers have and what the database says may differ now: start over as after a restart, once
 * the disk allows.
 */
static void batch_fail(struct house *h, const struct fault *why)
{
	log_error("ledger-failed", LOG_FAULT(why));
	ledger_rollback(h->ledger);
	h->in_batch = h->is_due = false;
	survey_pause(h->survey, false);
	event_del(h->commit);
	rows_clear(&h->ended);
	answers_withdraw(h->answers, why);
	held_log_drop(h->said);
	(void)!examinations_load(h->examinations, h->ledger, NULL);
	h->recovering = true;
	h->has_jumped = false;
	timer_in(h->recovery, LOST_RETRY_NS);
}

enum status batch_open(struct house *h, bool soft, struct fault *f)
{
	if (!h->in_batch) {
		TRY(ledger_begin(h->ledger, f));
		h->in_batch = true;
		survey_pause(h->survey, true);
		h->hard = h->is_urgent = false;
		company_init(&h->company);
	}
	if (company_join(&h->company, !soft))
		timer_in(h->commit, 0);
	else if (!soft && !h->hard)
		timer_in(h->commit, company_begin(&h->company, h->last_answers));
	else if (!event_pending(h->commit, EV_TIMEOUT, NULL))
		timer_in(h->commit, SOFT_COMMIT_MS * NS_PER_MS);
	h->hard |= !soft;
	return ST_OK;
}

void batch_hurry(struct house *h, enum area area)
{
	process_urgent(h->process, area_profile(area)->lane);
	if (area_profile(area)->lane != 0)
		return;
	company_end(&h->company);
	h->is_urgent = true;
	timer_in(h->commit, 0);
}

static void batch_tell(struct house *h)
{
	struct ended_list ended = STAILQ_HEAD_INITIALIZER(ended);

	ledger_durable(h->ledger);
	held_log_release(h->said);
	answers_release(h->answers);
	STAILQ_CONCAT(&ended, &h->committed);
	h->durable(h, &ended);
	rows_clear(&ended);
}

/* Who waits for the sync of a notice is woken as soon as the disk is done. */
static enum pace sync_pace(const struct house *h)
{
	bool in_hand = h->is_urgent || process_yield_ns(h->process, TURN_LANE_LAST) > 0;

	return in_hand ? PACE_PROMPT : PACE_STEADY;
}

/* It holds from here on; who waits for it is told when the log is synced. */
static void batch_write(struct house *h)
{
	struct fault f;

	event_del(h->commit);
	h->in_batch = h->is_due = false;
	survey_pause(h->survey, false);
	if (ledger_commit(h->ledger, &f) != ST_OK) {
		batch_fail(h, &f);
		return;
	}
	held_log_commit(h->said);
	h->last_answers = answers_commit(h->answers);
	STAILQ_CONCAT(&h->committed, &h->ended);
	h->is_syncing = ledger_log(h->ledger) >= 0;
	if (h->is_syncing)
		syncer_start(h->syncer, ledger_log(h->ledger), sync_pace(h));
	else
		batch_tell(h);
	survey_step(h->survey);
}

/* Nobody can tell what the disk holds: the next start makes durable what is there. */
static _Noreturn void sync_failed(const struct fault *why)
{
	struct fault f;

	fault_set(&f, ST_HOST, "ledger.sync",
		"ledger.db-wal: %s: nothing of that was acknowledged, and the ledger starts again with "
		"what the disk holds",
		why->text);
	log_error("ledger-failed", LOG_FAULT(&f));
	exit(6);
}

/*
 * An outage notice that is in hand finds no sync under way when it comes here, and none of the
 * other gateway's on the same disk: what else is to be committed goes with it, or with the floor.
 */
static void batch_write_or_yield(struct house *h)
{
	int64_t ns = h->is_urgent ? 0 : process_yield_ns(h->process, TURN_LANE_LAST);

	if (ns > 0) {
		h->is_due = false;
		timer_in(h->commit, ns);
		return;
	}
	if (!h->is_urgent)
		process_yield_pass(h->process, TURN_LANE_LAST);
	batch_write(h);
}

static void batch_finish(struct house *h)
{
	struct fault f;

	h->is_syncing = false;
	if (syncer_finish(h->syncer, &f) != ST_OK)
		sync_failed(&f);
	batch_tell(h);
	if (h->is_due && h->in_batch)
		batch_write_or_yield(h);
}

/* Now, or as soon as the one before it is durable. */
static void batch_commit(struct house *h)
{
	if (!h->in_batch)
		return;
	event_del(h->commit);
	h->is_due = true;
	if (!h->is_syncing)
		batch_write_or_yield(h);
}

void batch_settle(struct house *h)
{
	h->is_urgent = true;
	batch_commit(h);
	if (h->is_syncing)
		batch_finish(h);
	if (h->is_syncing) /* that was the one before; now it is the one that was open */
		batch_finish(h);
}

static void commit_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;
	int64_t wait_ns = company_wait(&h->company);

	(void)fd;
	(void)what;
	if (wait_ns > 0)
		timer_in(h->commit, wait_ns);
	else
		batch_commit(h);
}

static void synced_fired(evutil_socket_t fd, short what, void *context)
{
	struct house *h = context;

	(void)fd;
	(void)what;
	if (h->is_syncing)
		batch_finish(h);
}

enum status batch_init(struct house *h, struct fault *f)
{
	struct event_base *loop = h->process->loop;

	TRY(syncer_new(&h->syncer, f));
	h->commit = evtimer_new(loop, commit_fired, h);
	h->synced = event_new(loop, syncer_fd(h->syncer), EV_READ | EV_PERSIST, synced_fired, h);
	event_add(h->synced, NULL);
	return ST_OK;
}

bool batch_held(struct house *h, enum status st, const struct fault *f)
{
	if (st == ST_RETRY || st == ST_HOST)
		batch_fail(h, f);
	return st == ST_OK;
}
