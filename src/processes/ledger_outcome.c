/* SPDX-License-Identifier: Apache-2.0 */
/* Only what the partner signed, compared with what was stored when it was sealed, is a proof. */
#include "processes/ledger_outcome.h"

#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "bindings/mdn.h"
#include "ledger/kept.h"
#include "processes/ledger_batch.h"
#include "processes/ledger_lanes.h"
#include "processes/ledger_learning.h"
#include "processes/ledger_terms.h"
#include "processes/own_documents.h"
#include "processes/receipt_digest.h"
#include "processes/resume.h"

static void outcome_log(struct house *h, const struct ledger_message *m, enum delivery state,
	int64_t now_ns, const struct fault *why)
{
	if (state == DELIVERY_DELIVERED)
		held_info(h->said, "message-delivered", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_I("ms", (now_ns - m->created_ns) / NS_PER_MS),
			LOG_I("attempts", m->attempts));
	else
		held_warning(h->said, "message-refused", LOG_S("msg", m->message_id),
			LOG_S("partner", m->partner), LOG_T("area", area_name(m->area)),
			LOG_FAULT(why));
}

/* What the partner signed, or answered, says that it is there: others need not wait for that. */
static void partner_reached(struct house *h, struct slice partner, enum area area)
{
	dispatch_reached(
		h->dispatch, dispatch_lane(h->dispatch, partner, area), clock_utc_ns());
}

static enum status settle(struct house *h, struct ledger_settlement *s,
	const struct ledger_message *m, struct fault *f)
{
	enum status st;

	TRY(batch_open(h, true, f));
	batch_hurry(h, m->area);
	st = ledger_settle(h->ledger, s, f);
	if (st == ST_OK) {
		outcome_log(h, m, s->state, s->now_ns, s->why);
		if (s->state == DELIVERY_DELIVERED || s->receipt.n > 0)
			partner_reached(h, m->partner, m->area);
	}
	if (st == ST_OK && s->state == DELIVERY_DELIVERED && s->why)
		terms_flag_log(h, m->message_id, m->partner, slice_str(s->why->code),
			slice_str(s->why->text));
	if (st == ST_OK && s->state == DELIVERY_REFUSED)
		st = learning_void(h, s->row, s->now_ns, f);
	if (st == ST_OK || st == ST_NONE)
		batch_ended(h, s->row);
	return st == ST_NONE ? ST_OK : st;
}

/*
 * Without receipts a good HTTP status is all the proof there will be, and of unsigned messages, or
 * in unsigned receipts, not every partner makes a digest: each only where it is agreed.
 */
static bool mic_is_needed(const struct house *h, const struct verb_settle *v)
{
	const struct partner *known = terms_partner(h, v->partner);

	if (!known)
		return true;
	if (known->agreement->as2.receipt == RECEIPT_UNSIGNED && v->signer.n == 0)
		return false;
	return known->agreement->as2.receipt != RECEIPT_NONE && known->agreement->as2.sign;
}

static bool mic_differs(
	const struct house *h, const struct verb_settle *v, const struct ledger_message *m)
{
	return v->mic.n ? !slice_eq_secret(v->mic, m->mic) : mic_is_needed(h, v);
}

/* Codes are empty where there is nothing to say. */
struct digest_word {
	struct fault flag;       /* it is of what was sent, in a way that is taken */
	struct fault uncompared; /* nobody knows what it is of */
};

static void uncompared_log(
	const struct ledger_message *m, const struct verb_settle *v, const struct fault *why)
{
	log_warning("receipt-uncompared", LOG_S("msg", v->message_id), LOG_I("row", m->row),
		LOG_S("partner", v->partner), LOG_FAULT(why));
}

/* What is said after it proves nothing new, and digesting again would cost everybody time. */
static bool is_first_word(const struct ledger_message *m)
{
	return m->state != DELIVERY_DELIVERED && m->state != DELIVERY_REFUSED;
}

/*
 * What the digest is of, where it is another than ours.  What was asked of the ledger before, but
 * for the row, is void then.
 */
static enum status digest_judge(struct digest_word *out, const struct house *h,
	const struct ledger_message *m, const struct verb_settle *v, struct fault *f)
{
	const struct partner *known = terms_partner(h, v->partner);
	enum status st;

	if (!known || v->mic.n == 0 || !is_first_word(m))
		return ST_OK;
	st = receipt_digest_judge(&out->flag, h->ledger, m->row, v->mic, known->agreement,
		clock_utc_ns(), &out->uncompared);
	if (st == ST_RETRY || st == ST_HOST) {
		*f = out->uncompared;
		return st;
	}
	if (st == ST_LIMIT || st == ST_INPUT)
		uncompared_log(m, v, &out->uncompared);
	else
		out->uncompared.code[0] = 0;
	return ST_OK;
}

/* SHA-1 is told by the envelope, in the words of what was agreed; a variant is told before that. */
static void settled_flag(struct fault *why, const struct verb_settle *v, const struct fault *digest)
{
	if (v->code.n != 0 && strcmp(digest->code, DIGEST_TOLERATED) != 0)
		fault_from_verb(why, ST_AUTH, v->code, v->text);
	else if (digest->code[0])
		*why = *digest;
}

static void mismatch_tell(struct fault *why, const struct ledger_message *m,
	const struct verb_settle *v, const struct fault *uncompared)
{
	if (uncompared->code[0])
		fault_set(why, ST_AUTH, "as2.mic.mismatch",
			"the receipt has another digest than ours, which was not compared with "
			"what was sent: %s", uncompared->text);
	else
		fault_set(why, ST_AUTH, "as2.mic.mismatch",
			"sent %.*s, the receipt is for %.*s: `tieline explain` looks for the cause",
			SLICE_FMT(m->mic), SLICE_FMT(v->mic));
}

/*
 * What the partner signed for must be what we sent: compared here, with what was stored when it was
 * sealed, so that no process that touches the network has a say in it.
 */
static void settlement_judge(const struct house *h, struct ledger_settlement *s,
	const struct verb_settle *v, const struct ledger_message *m,
	const struct digest_word *digest, struct fault *why)
{
	if (v->state != DELIVERY_DELIVERED) {
		fault_from_verb(why, ST_AUTH, v->code, v->text);
		s->state = DELIVERY_REFUSED;
	} else if (mic_differs(h, v, m) && !digest->flag.code[0]) {
		mismatch_tell(why, m, v, &digest->uncompared);
		s->state = DELIVERY_REFUSED;
	} else {
		settled_flag(why, v, &digest->flag);
	}
}

/*
 * Of an answer: from when we began to send to when we had it.  Of one that came by itself: from
 * when the message was first given to a courier, before which nobody has it, to now.
 */
static bool sample_times(struct clock_sample *out, struct house *h, const struct verb_settle *v,
	const struct ledger_message *m)
{
	if (v->sent_ns != 0) {
		out->sent_ns = v->sent_ns;
		out->answered_ns = v->answered_ns;
		return true;
	}
	out->answered_ns = clock_utc_ns();
	return ledger_first_attempt(&out->sent_ns, h->ledger, m->row, NULL) == ST_OK;
}

/* What is not signed says nothing, and a repeat is answered with an old receipt. */
static void clock_note(
	struct house *h, const struct verb_settle *v, const struct ledger_message *m)
{
	struct clock_sample sample = { .received_ns = v->receipt_ns, .made_ns = v->made_ns };
	struct clock_difference before = { 0 }, now;

	if (v->signer.n == 0 || m->attempts != 1 || delivery_is_final(m->state) ||
		!sample_times(&sample, h, v, m))
		return;
	(void)partner_clocks_find(&before, h->clocks, m->partner);
	partner_clocks_note(h->clocks, m->partner, &sample);
	if (partner_clocks_find(&now, h->clocks, m->partner) &&
		clock_is_far(&now, terms_clocks_apart_ns(h)) &&
		!clock_is_far(&before, terms_clocks_apart_ns(h)))
		log_warning("clocks-apart", LOG_S("partner", m->partner),
			LOG_I("ahead_ms", now.ahead_ns / NS_PER_MS),
			LOG_I("error_ms", now.error_ns / NS_PER_MS));
}

/* What was taken out of the register when it was refused, or late, does not come back by itself. */
static void void_flag(const struct house *h, const struct ledger_settlement *s,
	const struct ledger_message *m, struct fault *why)
{
	const struct partner *to = terms_partner(h, m->partner);
	bool was_void = m->state == DELIVERY_REFUSED || m->state == DELIVERY_EXPIRED;

	if (s->state == DELIVERY_DELIVERED && was_void && !why->code[0] && to &&
		to->agreement->documents.registry != REGISTRY_OFF &&
		documents_may_hold(m->media_type))
		fault_set(why, ST_AUTH, "registry.void",
			"accepted after it was %s, and so no longer in our register: send what it "
			"says again",
			delivery_name(m->state));
}

static enum status settlement_check(
	const struct verb_settle *v, const struct ledger_message *m, struct fault *f)
{
	if (!slice_eq(v->partner, m->partner) || !slice_eq(v->message_id, m->message_id) ||
		m->direction != MESSAGE_OUT)
		return fault_set(
			f, ST_INPUT, "settle.other-message", "a receipt for another message");
	if (v->state != DELIVERY_DELIVERED && v->state != DELIVERY_REFUSED)
		return fault_set(f, ST_INPUT, "ipc.field", "settled as %u", v->state);
	return ST_OK;
}

static void attempt_failed(struct house *h, const struct verb_failed *v);

/* It may have joined wrongly what it had and what came: all of it at once is another thing. */
static void rest_refused(struct house *h, uint64_t row, const struct fault *why)
{
	struct fault again;

	fault_set(&again, ST_RETRY, COURIER_RESUMED,
		"the partner did not take what it joined, and gets all of it next: %.150s (%s)",
		why->text, why->code);
	attempt_failed(h, &(struct verb_failed){ .row = row,
		.status = ST_RETRY,
		.http_status = 200,
		.setback = SETBACK_OTHER,
		.code = slice_str(again.code),
		.text = slice_str(again.text) });
}

static enum status receipt_settle(struct house *h, uint64_t row, const struct verb_settle *v,
	int parcel, struct fault *f)
{
	struct ledger_message m;
	struct digest_word digest = { 0 };
	struct fault why = { 0 };

	TRY(ledger_get(&m, h->ledger, row, f));
	TRY(settlement_check(v, &m, f));
	if (v->state == DELIVERY_DELIVERED && mic_differs(h, v, &m)) {
		TRY(digest_judge(&digest, h, &m, v, f));
		TRY(ledger_get(&m, h->ledger, row, f));
	}
	struct ledger_settlement s = {
		.row = row,
		.state = DELIVERY_DELIVERED,
		.partner = m.partner,
		.receipt_type = v->type,
		.receipt = { v->at, v->n },
		.parcel = parcel,
		.signer = v->signer,
		.receipt_ns = v->receipt_ns,
		.now_ns = clock_utc_ns(),
		.why = NULL,
	};
	settlement_judge(h, &s, v, &m, &digest, &why);
	if (v->is_rest && s.state == DELIVERY_REFUSED) {
		rest_refused(h, row, &why);
		return ST_OK;
	}
	void_flag(h, &s, &m, &why);
	s.why = why.code[0] ? &why : NULL;
	clock_note(h, v, &m);
	return settle(h, &s, &m, f);
}

void house_settle(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_settle v;
	struct fault f;
	enum status st = ipc_body_parse(&v, packet, &f);

	(void)link;
	if (st == ST_OK)
		st = receipt_settle(h, v.row, &v, packet->fd, &f);
	if (!batch_held(h, st, &f) && st != ST_RETRY && st != ST_HOST)
		log_error("settle-refused", LOG_FAULT(&f));
}

/* Nothing is kept of one that fits no message: the edge tells its sender, and our log tells us. */
static enum status claim_find(
	uint64_t *row, struct house *h, const struct verb_settle *v, struct fault *f)
{
	enum status st = ledger_find_sent(row, h->ledger, v->partner, v->message_id, f);

	return st == ST_NONE ? fault_set(f, ST_INPUT, "mdn.unmatched",
				       "a receipt for %.*s, which was not sent to %.*s",
				       SLICE_FMT(v->message_id), SLICE_FMT(v->partner))
			     : st;
}

/*
 * Promise 13: the area of its message decides what becomes of a receipt whose signer nobody can say
 * to be revoked or not.
 */
static enum status claim_permitted(
	struct house *h, uint64_t row, const struct verb_settle *v, struct fault *f)
{
	struct ledger_message m;

	TRY(ledger_get(&m, h->ledger, row, f));
	if (v->areas & AREA_BIT(m.area))
		return ST_OK;
	return fault_set(f, ST_AUTH, "revocation.unknown",
		"no revocation list in force says whether the certificate that signed the receipt "
		"may be used, and %s waits for one",
		area_name(m.area));
}

/* Somebody waits for this commit: only then does the partner forget its receipt. */
static enum status claim_settle(
	struct house *h, struct ipc_packet *packet, const struct verb_settle *v, struct fault *f)
{
	uint64_t row = 0;

	if (v->edge >= WORKERS_MAX)
		return fault_set(f, ST_INPUT, "ipc.field", "edge %u", v->edge);
	TRY(batch_open(h, false, f));
	TRY(claim_find(&row, h, v, f));
	TRY(claim_permitted(h, row, v, f));
	TRY(receipt_settle(h, row, v, packet->fd, f));
	answers_add(h->answers, ROLE_EDGE, v->edge, VERB_NOTED, packet->id,
		&(struct verb_fault){ .status = ST_OK }, -1);
	return ST_OK;
}

void house_claim(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_settle v;
	struct fault f, lost;

	(void)link;
	if (!house_hears(&v, packet))
		return;
	enum status st = claim_settle(h, packet, &v, &f);
	if (batch_held(h, st, &f))
		return;
	bool held = strcmp(f.code, "revocation.unknown") == 0;
	bool passing = st == ST_RETRY || st == ST_HOST || held;
	f.status = held ? ST_RETRY : f.status;
	log_warning(held ? "receipt-held" : "receipt-unmatched", LOG_S("msg", v.message_id),
		LOG_S("partner", v.partner), LOG_FAULT(&f));
	if (process_send(process_link(h->process, ROLE_EDGE, v.edge),
		    passing ? VERB_TRY_LATER : VERB_NOTED, packet->id,
		    &(struct verb_fault){ FAULT_VERB(&f) }, -1, &lost) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&lost));
}

static enum status message_await(struct house *h, const struct flight *flight, struct fault *f)
{
	const struct partner *to = terms_partner(h, slice_str(flight->lane->partner));
	int64_t now_ns = clock_utc_ns();
	int64_t next_ns = now_ns +
		receipt_wait_ns(flight->lane->area, to ? to->agreement->as2.receipt_wait_ns : 0,
			flight->attempt, random_u64());

	TRY(ledger_await(h->ledger, flight->row, now_ns, next_ns, f));
	lane_due(flight->lane, next_ns);
	return ST_OK;
}

/* The end of a receipt that we owed; of a message, the partner's word alone, which ends nothing. */
static enum status flight_taken(struct house *h, const struct flight *flight, struct fault *f)
{
	partner_reached(h, slice_str(flight->lane->partner), flight->lane->area);
	TRY(batch_open(h, true, f));
	enum status st = flight->receipt
		? ledger_receipt_end(h->ledger, flight->row, DELIVERY_DELIVERED, NULL,
			  clock_utc_ns(), f)
		: message_await(h, flight, f);
	if (st == ST_OK)
		held_info(h->said, flight->receipt ? "receipt-delivered" : "message-awaiting",
			LOG_I("row", flight->row), LOG_T("partner", flight->lane->partner),
			LOG_I("attempt", flight->attempt));
	return st;
}

void house_taken(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct flight flight;
	struct verb_taken v;
	struct fault f;

	(void)link;
	/* It may be settled by now: receipts overtake the answers to what they are for. */
	if (ipc_body_parse(&v, packet, &f) != ST_OK ||
		!flight_find(&flight, h->dispatch, packet->id))
		return;
	flight_end(h->dispatch, packet->id);
	(void)batch_held(h, flight_taken(h, &flight, &f), &f);
}

/* As long as more urgent messages wait for it, it does not take its own time. */
static enum area pace_of(struct house *h, const struct flight *flight)
{
	enum area area = flight->lane->area;

	if (!flight->receipt)
		(void)!ledger_order_area(&area, h->ledger, flight->row, NULL);
	return area;
}

static int64_t asked_for(const struct verb_failed *v)
{
	return v->retry_after_s > 86400 ? 86400 * NS_PER_S : v->retry_after_s * NS_PER_S;
}

/* Not beyond the last moment at which another attempt is worth while, unless that is asked for. */
static int64_t pause_for(
	struct house *h, const struct verb_failed *v, const struct flight *flight)
{
	int64_t pause_ns = retry_pause_ns(pace_of(h, flight), flight->attempt, random_u64());
	int64_t left_ns = flight->last_ns - clock_utc_ns(), asked_ns = asked_for(v);

	if (left_ns > 0 && pause_ns > left_ns)
		pause_ns = left_ns;
	return pause_ns > asked_ns ? pause_ns : asked_ns;
}

/*
 * What fails again and again while others are taken keeps its own pauses: one that was made before
 * its time, and failed, waits.  But a connection that does not come about says nothing of it;
 * receipts may go elsewhere.
 */
static bool ends_when_reached(const struct verb_failed *v, const struct flight *flight)
{
	if (v->setback == SETBACK_UNREACHED && !flight->receipt)
		return true;
	return v->setback != SETBACK_OTHER && !flight->is_eased;
}

static void reach_note(
	struct house *h, const struct verb_failed *v, const struct flight *flight)
{
	if (v->http_status >= 200 && v->http_status < 500)
		partner_reached(h, slice_str(flight->lane->partner), flight->lane->area);
	else if (ends_when_reached(v, flight) && !flight->receipt)
		lane_unreached(flight->lane, flight->begun_ns);
}

/* Nobody who waits for it hurries it before then. */
static void asked_keep(
	struct house *h, const struct verb_failed *v, const struct flight *flight)
{
	int64_t asked_ns = asked_for(v);
	struct fault f;

	if (asked_ns > 0 && !flight->receipt && batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h,
			ledger_order_asked(h->ledger, v->row, clock_utc_ns() + asked_ns, &f), &f);
}

static enum status refusal_settle(
	struct house *h, uint64_t row, const struct fault *why, struct fault *f)
{
	struct ledger_settlement s = { .row = row,
		.state = DELIVERY_REFUSED,
		.parcel = -1,
		.now_ns = clock_utc_ns(),
		.why = why };
	struct ledger_message m;

	TRY(ledger_get(&m, h->ledger, row, f));
	return settle(h, &s, &m, f);
}

/* The partner will never take our receipt: somebody must see to that. */
static enum status receipt_refused(struct house *h, const struct flight *flight,
	const struct fault *why, struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	log_error("receipt-undelivered", LOG_S("msg", ledger_id_of(&id, h->ledger, flight->row)),
		LOG_I("row", flight->row), LOG_T("partner", flight->lane->partner), LOG_FAULT(why));
	TRY(batch_open(h, true, f));
	flight_end(h->dispatch, flight->row);
	return ledger_receipt_end(
		h->ledger, flight->row, DELIVERY_REFUSED, why, clock_utc_ns(), f);
}

static void deferred_log(const struct house *h, const struct flight *flight, int64_t pause_ns,
	const struct fault *why)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	held_warning(h->said, flight->receipt ? "receipt-deferred" : "message-deferred",
		LOG_S("msg", ledger_id_of(&id, h->ledger, flight->row)), LOG_I("row", flight->row),
		LOG_T("partner", flight->lane->partner), LOG_I("attempt", flight->attempt),
		LOG_I("pause_ms", pause_ns / NS_PER_MS), LOG_FAULT(why));
}

static void attempt_failed(struct house *h, const struct verb_failed *v)
{
	struct flight flight;
	struct fault why, f;

	/* News of an attempt that was given up in between: the message is on its way again. */
	if (!flight_find(&flight, h->dispatch, v->row))
		return;
	fault_from_verb(&why, v->status, v->code, v->text);
	reach_note(h, v, &flight);
	if (v->status != ST_RETRY) {
		(void)batch_held(h,
			flight.receipt ? receipt_refused(h, &flight, &why, &f)
				       : refusal_settle(h, v->row, &why, &f),
			&f);
		return;
	}
	int64_t pause_ns = pause_for(h, v, &flight);
	deferred_log(h, &flight, pause_ns, &why);
	flight_end(h->dispatch, v->row);
	asked_keep(h, v, &flight);
	lanes_defer(h, v->row, flight.lane, &why, flight.begun_ns, pause_ns);
	if (ends_when_reached(v, &flight))
		lanes_unreached(h, v->row, flight.lane);
}

void house_failed(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_failed v;
	struct fault f;

	(void)link;
	if (ipc_body_parse(&v, packet, &f) == ST_OK)
		attempt_failed(h, &v);
}

/* --- answers that are kept --- */

static enum status unread_keep(struct house *h, const struct verb_unread *v,
	const struct flight *flight, int fd, struct fault *f)
{
	AUTO_IN_PLACE(buf) head = buf_init(RECEIPT_TYPE_MAX + 32);
	const int64_t now_ns = clock_utc_ns();
	uint64_t size;

	TRY(fd_size(&size, fd, f));
	if (v->n > size)
		return fault_set(f, ST_INPUT, "ledger.section", "%llu bytes of an answer of %llu",
			(unsigned long long)v->n, (unsigned long long)size);
	buf_putf(&head, "Content-Type: %.*s\r\n\r\n", SLICE_FMT(v->type));
	const struct kept kept = { .row = v->row,
		.partner = slice_str(flight->lane->partner),
		.at_ns = now_ns,
		.until_ns = now_ns + registry_settings(h->process->registry)->keep_failed_ns,
		.head = buf_slice(&head),
		.bytes = { 0, v->n },
		.fd = fd };

	TRY(batch_open(h, true, f));
	return kept_add(h->ledger, &kept, f);
}

void house_unread(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct flight flight;
	struct verb_unread v;
	struct fault f;

	(void)link;
	if (ipc_body_parse(&v, packet, &f) == ST_OK &&
		flight_find(&flight, h->dispatch, v.row) && !flight.receipt)
		(void)batch_held(h, unread_keep(h, &v, &flight, packet->fd, &f), &f);
}
