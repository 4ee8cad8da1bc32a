/* SPDX-License-Identifier: Apache-2.0 */
/* A new message of a free lane is launched as it is; everything else is read from the database. */
#include "processes/ledger_lanes.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "ledger/unreached.h"
#include "processes/ledger_batch.h"
#include "processes/resume.h"

/* no answer of courier and envelope for so long: both must have forgotten it */
#define FLIGHT_NS (10 * 60 * NS_PER_S)
#define FLIGHT_BYTES_PER_S 16384       /* and longer for a large body, by the courier's slowest */

bool lanes_may_launch(struct house *h, const struct lane *lane, unsigned *courier)
{
	return !process_draining(h->process) && !h->recovering &&
		lane->due_ns > clock_utc_ns() &&
		lane->in_flight < registry_settings(h->process->registry)->attempts &&
		process_any_link(h->process, ROLE_COURIER, courier);
}

static int64_t flight_until_ns(uint64_t size)
{
	return clock_mono_ns() + FLIGHT_NS + (int64_t)(size / FLIGHT_BYTES_PER_S) * NS_PER_S;
}

void lanes_launch(struct house *h, const struct verb_enqueue *v, uint64_t row, struct lane *lane,
	unsigned courier, int parcel)
{
	struct flight flight = { .row = row,
		.lane = lane,
		.courier = courier,
		.attempt = 1,
		.begun_ns = clock_utc_ns(),
		.last_ns = last_attempt_ns(
			v->created_ns, v->deadline_ns, v->sealed_n, random_u64()),
		.until_ns = flight_until_ns(v->sealed_n) };
	struct verb_deliver body = {
		.area = v->area,
		.attempt = 1,
		.partner = v->partner,
		.message_id = v->message_id,
		.headers = v->headers,
		.at = v->sealed_at,
		.n = v->sealed_n,
		.expires_ns = v->deadline_ns,
		.secret_until_ns = v->secret_until_ns,
		.sealed_digest = v->sealed_digest,
	};

	flight_add(h->dispatch, &flight);
	answers_add(h->answers, ROLE_COURIER, courier, VERB_DELIVER, row, &body, parcel);
}

/* It, and a receipt for it, may be of a batch that is not durable yet: the courier hears after. */
static void job_hand_out(
	struct house *h, struct ledger_job *job, struct lane *lane, unsigned courier)
{
	const struct ledger_message *m = &job->message;
	struct flight flight = { .row = m->row,
		.lane = lane,
		.courier = courier,
		.attempt = m->attempts,
		.receipt = m->direction == MESSAGE_IN,
		.is_eased = job->is_eased,
		.begun_ns = clock_utc_ns(),
		.last_ns = last_attempt_ns(
			m->created_ns, m->deadline_ns, job->sealed.n, random_u64()),
		.until_ns = flight_until_ns(job->sealed.n) };
	struct verb_deliver body = {
		.area = m->area,
		.attempt = m->attempts,
		.receipt = flight.receipt,
		.partner = m->partner,
		.message_id = m->message_id,
		.headers = job->headers,
		.at = job->sealed.at,
		.n = job->sealed.n,
		.expires_ns = m->deadline_ns,
		.secret_until_ns = job->secret_until_ns,
		.sealed_digest = slice_of(job->sealed_digest.bytes, job->sealed_digest.n),
		.is_doubted = slice_eq(m->fault_code, S(LEDGER_SEALED)),
		.is_whole = slice_eq(m->fault_code, S(COURIER_RESUMED)),
	};

	if (job->is_eased)
		lane_eased_one(lane);
	flight_add(h->dispatch, &flight);
	answers_add(h->answers, ROLE_COURIER, courier, VERB_DELIVER, m->row, &body,
		FD_TAKE(job->parcel));
}

void lanes_defer(struct house *h, uint64_t row, struct lane *lane, const struct fault *why,
	int64_t begun_ns, int64_t pause_ns)
{
	const struct ledger_lane_hear hear = { house_lane_due, h };
	int64_t now_ns = clock_utc_ns(), then_ns = now_ns + pause_ns;
	const struct ledger_attempt a = { begun_ns, now_ns,
		lane_proof_ns(lane, now_ns, PROOF_NEAR_NS) };
	struct fault f;

	if (batch_held(h, batch_open(h, true, &f), &f) &&
		batch_held(h, ledger_order_tried(h->ledger, row, &a, &hear, &f), &f) &&
		batch_held(h, ledger_defer(h->ledger, row, why, now_ns, then_ns, &f), &f))
		lane_due(lane, then_ns);
}

void lanes_unreached(struct house *h, uint64_t row, struct lane *lane)
{
	struct fault f;

	if (!batch_held(h, batch_open(h, true, &f), &f) ||
		!batch_held(h, ledger_unreached(h->ledger, row, &f), &f))
		return;
	lane_paused(lane);
	if (lane_is_eased(lane)) /* it was reached while this attempt was under way */
		lane_due(lane, clock_utc_ns());
}

/* Nothing is due, nor of what waits for its partner anything left, if that was looked at. */
static enum status lane_rest(
	struct house *h, struct lane *lane, const struct ledger_job *job, struct fault *f)
{
	if (job->is_reached)
		lane_eased_all(lane);
	return ledger_due(&lane->due_ns, h->ledger, slice_str(lane->partner), lane->area, f);
}

/* False: the batch failed, and with it this round; or nobody delivers. */
static bool lane_serve(struct house *h, struct lane *lane, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1,
		.is_reached = lane_is_eased(lane),
		.others_ns = lane_proof_ns(lane, now_ns, PROOF_NEAR_NS),
		.others_long_ns = lane_proof_ns(lane, now_ns, PROOF_FAR_NS) };
	unsigned courier;
	struct fault f;

	if (!process_any_link(h->process, ROLE_COURIER, &courier) ||
		!batch_held(h, batch_open(h, false, &f), &f))
		return false;
	batch_hurry(h, lane->area);
	enum status st =
		ledger_take(&job, h->ledger, slice_str(lane->partner), lane->area, now_ns, &f);
	if (st == ST_INPUT) {
		/* The host may have been out of something, or somebody brings the file back. */
		log_error("message-broken", LOG_S("msg", job.message.message_id), LOG_FAULT(&f));
		lanes_defer(h, job.message.row, lane, &f, now_ns,
			retry_pause_ns(lane->area, job.message.attempts, random_u64()));
		return !h->recovering;
	}
	if (st == ST_NONE)
		st = lane_rest(h, lane, &job, &f);
	else if (st == ST_OK)
		job_hand_out(h, &job, lane, courier);
	fd_close(&job.parcel);
	return batch_held(h, st, &f);
}

void lanes_pump(struct house *h)
{
	unsigned most = registry_settings(h->process->registry)->attempts;
	int64_t now_ns = clock_utc_ns();
	struct lane *lane;

	if (process_draining(h->process) || h->recovering)
		return;
	while ((lane = dispatch_next(h->dispatch, now_ns, most)))
		if (!lane_serve(h, lane, now_ns))
			return;
	int64_t next_ns = dispatch_next_ns(h->dispatch, most);
	if (next_ns != INT64_MAX)
		timer_in(h->retry, next_ns - now_ns);
}

void lanes_flight_lost(struct house *h, const struct flight *flight, const struct fault *why)
{
	flight_end(h->dispatch, flight->row);
	lanes_defer(h, flight->row, flight->lane, why, flight->begun_ns, LOST_RETRY_NS);
}

void lanes_courier_lost(struct house *h, unsigned index)
{
	struct flight flight;
	struct fault why;

	fault_set(&why, ST_RETRY, "courier.lost", "the courier ended during the attempt");
	while (flight_of_courier(&flight, h->dispatch, index))
		lanes_flight_lost(h, &flight, &why);
}
