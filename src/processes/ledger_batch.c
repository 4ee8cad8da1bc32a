/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a commit says how long it may wait for company. */
#include "processes/ledger_batch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define SOFT_COMMIT_MS 5               /* what nobody waits for may wait for company */
/* a batch with so many answers says that more are coming: the next one */
#define BUSY_ANSWERS 4
/* waits so long for them, and saves the disk a sync for each */
#define BUSY_COMMIT_MS 8

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

/*
 * What couriers have and what the database says may differ now: start over as after a restart, once
 * the disk allows.
 */
static void batch_fail(struct house *h, const struct fault *why)
{
	log_error("ledger-failed", LOG_FAULT(why));
	ledger_rollback(h->ledger);
	h->in_batch = false;
	survey_pause(h->survey, false);
	event_del(h->commit);
	rows_clear(&h->ended);
	answers_withdraw(h->answers, why);
	held_log_drop(h->said);
	(void)!examinations_load(h->examinations, h->ledger, NULL);
	h->recovering = true;
	timer_in(h->recovery, LOST_RETRY_NS);
}

static int64_t hard_delay_ns(const struct house *h)
{
	return h->last_answers >= BUSY_ANSWERS ? BUSY_COMMIT_MS * NS_PER_MS : 0;
}

enum status batch_open(struct house *h, bool soft, struct fault *f)
{
	if (!h->in_batch) {
		TRY(ledger_begin(h->ledger, f));
		h->in_batch = true;
		survey_pause(h->survey, true);
		h->hard = false;
	}
	if (!soft && !h->hard)
		timer_in(h->commit, hard_delay_ns(h));
	else if (!event_pending(h->commit, EV_TIMEOUT, NULL))
		timer_in(h->commit, SOFT_COMMIT_MS * NS_PER_MS);
	h->hard |= !soft;
	return ST_OK;
}

void batch_hurry(struct house *h, enum area area)
{
	process_urgent(h->process, area_profile(area)->lane);
	if (area_profile(area)->lane == 0)
		timer_in(h->commit, 0);
}

void batch_commit(struct house *h)
{
	struct ended_list ended = STAILQ_HEAD_INITIALIZER(ended);
	struct fault f;

	if (!h->in_batch)
		return;
	event_del(h->commit);
	h->in_batch = false;
	survey_pause(h->survey, false);
	if (ledger_commit(h->ledger, &f) != ST_OK) {
		batch_fail(h, &f);
		return;
	}
	held_log_release(h->said);
	h->last_answers = answers_count(h->answers);
	answers_release(h->answers);
	STAILQ_CONCAT(&ended, &h->ended);
	h->committed(h, &ended);
	rows_clear(&ended);
}

bool batch_held(struct house *h, enum status st, const struct fault *f)
{
	if (st == ST_RETRY || st == ST_HOST)
		batch_fail(h, f);
	return st == ST_OK;
}
