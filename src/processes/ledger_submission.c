/* SPDX-License-Identifier: Apache-2.0 */
/* From a person, or made here: an answer to a document, or a copy of it. */
#include "processes/ledger_submission.h"

#include "base/clock.h"
#include "base/log.h"
#include "ledger/copies_lost.h"
#include "processes/ledger_batch.h"
#include "processes/ledger_lanes.h"
#include "processes/ledger_learning.h"
#include "processes/ledger_terms.h"

static enum status submission_read(
	struct ledger_submission *out, const struct verb_enqueue *v, int parcel, struct fault *f)
{
	if (v->area >= AREAS)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u", v->area);
	TRY(party_id_check(v->partner, f));
	*out = (struct ledger_submission){
		.message = { .direction = MESSAGE_OUT,
			.state = DELIVERY_READY,
			.area = v->area,
			.partner = v->partner,
			.message_id = v->message_id,
			.media_type = v->media_type,
			.filename = v->filename,
			.size = v->size,
			.mic = v->mic,
			.created_ns = v->created_ns,
			.deadline_ns = v->deadline_ns },
		.scope = { v->scope, v->sequence },
		.secret_until_ns = v->secret_until_ns,
		.part = { v->part_at, v->part_n },
		.document = { v->document_at, v->document_n },
		.signature = { v->signature_at, v->signature_n },
		.sealed = { v->sealed_at, v->sealed_n },
		.sealed_digest = v->sealed_digest,
		.headers = v->headers,
		.parcel = parcel,
	};
	for (size_t i = 0; i < v->digest.n && i < DIGEST_SIZE; i++)
		out->message.digest[i] = v->digest.p[i];
	return ST_OK;
}

static void accepted_promise(
	struct house *h, const struct verb_enqueue *v, uint64_t row, bool repeated)
{
	struct verb_accepted body = { .status = ST_OK,
		.repeated = repeated,
		.message_id = v->message_id,
		.row = row,
		.deadline_ns = v->deadline_ns };

	if (!v->answers)
		answers_add(h->answers, ROLE_DESK, 0, VERB_ACCEPTED, v->ticket, &body, -1);
	if (repeated)
		return;
	held_info(h->said, "message-queued", LOG_S("msg", v->message_id),
		LOG_S("partner", v->partner), LOG_T("area", area_name(v->area)), LOG_I("size", v->size));
}

/* The message that it is a copy of; 0: of none.  By itself, or because a person wants it. */
static uint64_t copied_from(const struct verb_enqueue *v)
{
	return v->is_copy ? v->answers : v->copy_of;
}

static enum status made_for_note(struct house *h, const struct verb_enqueue *v, uint64_t row,
	bool repeated, struct fault *f)
{
	uint64_t of = copied_from(v);

	if (v->copy_of && !repeated)
		TRY(ledger_copy_mended(h->ledger, v->copy_of, v->partner, v->created_ns, f));
	return of ? ledger_copied(h->ledger, of, row, v->created_ns, f)
		: ledger_answered(h->ledger, v->answers, v->message_id, v->created_ns, f);
}

/* Of our answers an 824 is acknowledged itself: the sets of what may hold one are remembered. */
static bool is_answered(const struct house *h, const struct verb_enqueue *v)
{
	const struct partner *to = terms_partner(h, v->partner);

	return !v->is_copy && to && to->agreement->x12.advise;
}

/* What goes before it.  Who is judged by nothing waits for nothing. */
static enum status order_find(struct ledger_order *out, struct house *h,
	const struct verb_enqueue *v, struct fault *f)
{
	uint64_t of = copied_from(v);

	*out = (struct ledger_order){ 0 };
	if (of)
		return ledger_order_of_copy(out, h->ledger, of, v->partner, v->area, f);
	if (learning_is_judged(h))
		ledger_order_judged(out, h->ledger);
	return ST_OK;
}

/* How it begins: with a courier, for its turn, or for those before it. */
struct beginning {
	enum delivery state;
	unsigned courier;
	struct ledger_order order;
};

static enum status begin(struct beginning *out, struct house *h, const struct verb_enqueue *v,
	const struct lane *lane, struct fault *f)
{
	TRY(order_find(&out->order, h, v, f));
	bool waits = out->order.count > 0;
	bool now = !waits && v->scope.n == 0 && lanes_may_launch(h, lane, &out->courier);

	out->state = now ? DELIVERY_SENDING : waits ? DELIVERY_DEFERRED : DELIVERY_READY;
	return ST_OK;
}

/* Of those before it some may be what it has replaced, and behind those are others. */
static enum status order_find_again(struct beginning *as, struct house *h,
	const struct verb_enqueue *v, struct fault *f)
{
	return as->order.count > 0 && v->scope.n > 0 ? order_find(&as->order, h, v, f) : ST_OK;
}

static enum status order_keep(struct house *h, const struct verb_enqueue *v, uint64_t row,
	const struct ledger_order *order, struct fault *f)
{
	const struct ledger_lane_hear hear = { house_lane_due, h };
	const struct ledger_order_times times = {
		terms_wait_until_ns(h, v->partner, v->area, v->created_ns, v->deadline_ns),
		v->created_ns
	};

	if (order->count > 0)
		held_info(h->said, "message-waits", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_I("for", order->count));
	return ledger_order_keep(h->ledger, row, order, &times, &hear, f);
}

/* Stored, it begins so. */
static void submission_begin(struct house *h, const struct verb_enqueue *v, uint64_t row,
	struct lane *lane, const struct beginning *as, struct ipc_packet *packet)
{
	if (as->state == DELIVERY_SENDING)
		lanes_launch(h, v, row, lane, as->courier, FD_TAKE(packet->fd));
	else if (as->state == DELIVERY_READY || as->order.count == 0)
		lane_due(lane, v->created_ns);
}

static enum status submission_store(
	struct house *h, const struct verb_enqueue *v, struct ipc_packet *packet, struct fault *f)
{
	struct ledger_submission submission;
	struct beginning as = { 0 };
	bool repeated;
	uint64_t row;

	TRY(submission_read(&submission, v, packet->fd, f));
	submission.alarm_ns = v->created_ns + terms_budget_ns(h, v->partner, v->area);
	if (!v->answers || is_answered(h, v))
		submission.wish = terms_wish(h, v->partner, v->media_type, true);
	if (v->copy_of)
		TRY(ledger_copy_may_be(h->ledger, v->copy_of, v->partner, f));
	TRY(batch_open(h, false, f));
	batch_hurry(h, submission.message.area);
	struct lane *lane = dispatch_lane(h->dispatch, v->partner, v->area);
	TRY(begin(&as, h, v, lane, f));
	submission.message.state = as.state;
	submission.message.attempts = as.state == DELIVERY_SENDING;
	TRY(ledger_submit(&row, &repeated, h->ledger, &submission, f));
	TRY(order_find_again(&as, h, v, f));
	if (!repeated)
		TRY(learning_apply(h, row, v->message_id, v->partner, f));
	accepted_promise(h, v, row, repeated);
	if (!repeated && submission.wish.examined)
		examinations_add(h->examinations);
	if (v->answers || v->copy_of)
		TRY(made_for_note(h, v, row, repeated, f));
	if (repeated)
		return ST_OK;
	TRY(order_keep(h, v, row, &as.order, f));
	submission_begin(h, v, row, lane, &as, packet);
	return ST_OK;
}

/* One that was made before, in another form, and went out: the same message is answered once. */
static void answer_refused_log(const struct verb_enqueue *v, const struct fault *why)
{
	log_warning(v->is_copy ? "copy-refused" : "x12-answer-refused", LOG_I("row", v->answers),
		LOG_S("msg", v->message_id), LOG_FAULT(why));
}

/* Likewise a copy, when the agreement changed between two looks at the document. */
static void made_for_refuse(
	struct house *h, const struct verb_enqueue *v, const struct fault *why)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX + PARTY_ID_MAX + 16);
	struct fault f;

	answer_refused_log(v, why);
	if (!v->is_copy || h->recovering)
		return;
	buf_putf(&text, "to %.*s: %s", SLICE_FMT(v->partner), why->text);
	if (batch_held(h, batch_open(h, true, &f), &f))
		(void)batch_held(h,
			ledger_not_copied(h->ledger, v->answers, slice_str(why->code),
				buf_slice(&text), v->created_ns, &f),
			&f);
}

static void submission_refuse(
	struct house *h, const struct verb_enqueue *v, enum status st, const struct fault *why)
{
	struct verb_accepted refused = { FAULT_VERB(why), .message_id = v->message_id };
	struct verb_fault later = { FAULT_VERB(why) };
	bool passing = st == ST_RETRY || st == ST_HOST;
	struct fault f;

	if (process_send(process_link(h->process, ROLE_DESK, 0),
		    passing ? VERB_TRY_LATER : VERB_ACCEPTED, v->ticket,
		    passing ? (const void *)&later : (const void *)&refused, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

void house_enqueue(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_enqueue v;
	struct fault f;

	if (!house_hears(&v, packet))
		return;
	if (v.answers && !examinations_under_way(h->examinations, v.answers))
		return; /* it is looked into again */
	enum status st =
		learning_check(h, link, v.facts, MESSAGE_OUT, v.partner, v.message_id, &f);
	bool held = false;
	if (st == ST_OK) {
		st = submission_store(h, &v, packet, &f);
		held = batch_held(h, st, &f);
	}
	if (v.facts)
		learning_done(h, link);
	if (!held && v.answers)
		made_for_refuse(h, &v, &f);
	else if (!held)
		submission_refuse(h, &v, st, &f);
}
