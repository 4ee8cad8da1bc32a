/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message that comes again is answered with the receipt of the first time.  Refused: another
 * document under the Message-ID of one that was accepted.
 */
#include "processes/ledger_arrival.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "bindings/mdn.h"
#include "ledger/again.h"
#include "ledger/newest.h"
#include "processes/ledger_batch.h"
#include "processes/ledger_learning.h"
#include "processes/ledger_terms.h"
#include "safeguards/sealed_digest.h"

static enum status arrival_read(
	struct ledger_arrival *out, const struct verb_arrived *v, int parcel, struct fault *f)
{
	if (v->area >= AREAS || (v->state != DELIVERY_RECEIVED && v->state != DELIVERY_REJECTED) ||
		v->edge >= WORKERS_MAX)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u, state %u, edge %u", v->area,
			v->state, v->edge);
	*out = (struct ledger_arrival){
		.message = { .direction = MESSAGE_IN,
			.state = v->state,
			.area = v->area,
			.partner = v->partner,
			.message_id = v->message_id,
			.media_type = v->media_type,
			.filename = v->filename,
			.size = v->size,
			.mic = v->mic,
			.created_ns = v->arrived_ns,
			.deadline_ns = v->deadline_ns,
			.settled_ns = clock_utc_ns(),
			.fault_code = v->code,
			.fault_text = v->text },
		.part = { v->part_at, v->part_n },
		.document = { v->document_at, v->document_n },
		.signature = { v->signature_at, v->signature_n },
		.receipt = { v->receipt_at, v->receipt_n },
		.receipt_type = v->receipt_type,
		.receipt_digest = v->receipt_digest,
		.signer = v->signer,
		.parcel = parcel,
		.scope = { v->scope, v->sequence },
	};
	for (size_t i = 0; i < v->digest.n && i < DIGEST_SIZE; i++)
		out->message.digest[i] = v->digest.p[i];
	return ST_OK;
}

/* Of what is refused no document is kept: its digests only tell whether it was accepted before. */
static void rejected_read(
	struct ledger_arrival *out, const struct house *h, const struct verb_arrived *v)
{
	const struct settings *settings = registry_settings(h->process->registry);

	if (v->state != DELIVERY_REJECTED)
		return;
	out->came.digest = v->digest;
	out->came.mic = v->mic;
	out->came.bytes = (struct section){ v->came_at, v->came_n };
	out->came.until_ns = out->message.settled_ns + settings->keep_failed_ns;
	out->message.mic = S("");
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out->message.digest[i] = 0;
}

/* The receipt is a message of its own, from now on ours to deliver. */
static void owed_fill(struct ledger_arrival *out, struct buf *headers, const struct house *h,
	const struct verb_arrived *v)
{
	const struct partner *to = terms_partner(h, v->partner);

	if (!v->later)
		return;
	mdn_head_format(headers, v->to, v->partner, clock_utc_ns());
	/* As messages have it: who gets it knows its lane before it is opened. */
	buf_putf(headers, "Subject: %s\r\n", area_name(v->area));
	out->owed.headers = buf_slice(headers);
	out->owed.note = v->note;
	out->owed.deadline_ns = v->arrived_ns +
		(to ? agreement_deadline_ns(to->agreement, v->area)
		    : area_profile(v->area)->deadline_ns);
}

static void edge_refuse(struct house *h, const struct verb_arrived *v, const struct fault *why)
{
	struct fault f;

	if (process_send(process_link(h->process, ROLE_EDGE, v->edge), VERB_TRY_LATER, v->request,
		    &(struct verb_fault){ FAULT_VERB(why) }, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

/* Only what was accepted is ever repeated. */
static void receipt_promise(struct house *h, const struct verb_arrived *v, struct slice type,
	struct section where, int fd, bool repeated)
{
	struct verb_receipt body = { .type = type,
		.message_id = v->message_id,
		.at = where.at,
		.n = where.n,
		.repeated = repeated,
		.later = v->later,
		.code = repeated || v->state == DELIVERY_RECEIVED ? S("") : v->code };

	answers_add(h->answers, ROLE_EDGE, v->edge, VERB_RECEIPT, v->request, &body, fd);
}

/* With the receipt that was made for what came now; one that goes by itself is the stored one. */
static enum status new_receipt_answer(struct house *h, const struct verb_arrived *v,
	const struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(buf) receipt = buf_init(RECEIPT_SIZE_MAX);
	struct slice bytes;
	int fd;

	TRY(fd_read_at(&receipt, packet->fd, v->receipt_at, v->receipt_n, f));
	bytes = buf_slice(&receipt);
	TRY(body_new(&fd, "receipt", &bytes, 1, f));
	receipt_promise(h, v, v->receipt_type, (struct section){ 0, bytes.n }, fd, true);
	return ST_OK;
}

/* *f: what to say if it is not.  Of what was stored before there were digests nobody knows. */
static enum status stored_look(struct house *h, uint64_t row, int fd, struct section where,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) receipt = buf_init(RECEIPT_SIZE_MAX);
	struct ledger_digest digest;

	TRY(ledger_receipt_digest(&digest, h->ledger, row, f));
	if (digest.n == 0)
		return ST_OK;
	TRY(fd_read_at(&receipt, fd, where.at, where.n, f));
	return sealed_digest_fits(slice_of(digest.bytes, digest.n), buf_slice(&receipt))
		? ST_OK
		: fault_set(f, ST_INPUT, LEDGER_SEALED,
			  "our receipt for this message changed on our disk: the partner gets "
			  "another one that says the same; look at the disk");
}

/* Only of what is accepted now, too, is there one that says the same. */
static bool is_replaced(struct house *h, const struct verb_arrived *v, uint64_t row, int fd,
	struct section where)
{
	struct fault f;

	if (v->later || v->state != DELIVERY_RECEIVED ||
		stored_look(h, row, fd, where, &f) == ST_OK)
		return false;
	held_warning(h->said, "receipt-replaced", LOG_S("msg", v->message_id),
		LOG_S("partner", v->partner), LOG_FAULT(&f));
	return true;
}

/*
 * The stored one; but where its MIC would not be what the sender computed, or the disk changed it,
 * the one that was made now.  f: as ledger_receive says that it is one.
 */
static enum status duplicate_answer(struct house *h, const struct verb_arrived *v, uint64_t row,
	const struct ipc_packet *packet, struct fault *f)
{
	const bool other_mic = strcmp(f->code, DUPLICATE_MIC) == 0;
	struct section where;
	struct slice type;
	int fd;

	held_info(h->said, "message-duplicate", LOG_S("msg", v->message_id),
		LOG_S("partner", v->partner), LOG_T("mic", other_mic ? "another" : ""));
	if (other_mic && !v->later)
		return new_receipt_answer(h, v, packet, f);
	TRY(ledger_content(&fd, &where, &type, h->ledger, row, CONTENT_RECEIPT, f));
	if (is_replaced(h, v, row, fd, where)) {
		fd_close(&fd);
		return new_receipt_answer(h, v, packet, f);
	}
	receipt_promise(h, v, type, where, fd, true);
	return ST_OK;
}

/*
 * Another document under an id that stands for one: the edge has a refusal made and signed, which
 * comes back here.  Only once the first is durable, which may be in the batch that is open.
 */
static enum status differs_answer(
	struct house *h, const struct verb_arrived *v, const struct fault *why)
{
	const struct verb_fault body = { FAULT_VERB(why) };

	answers_add(h->answers, ROLE_EDGE, v->edge, VERB_TRY_LATER, v->request, &body, -1);
	return ST_OK;
}

static void arrival_log(struct house *h, const struct verb_arrived *v)
{
	if (v->note.n)
		held_warning(h->said, "receipt-address", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_S("why", v->note));
	if (v->state == DELIVERY_RECEIVED)
		terms_flag_log(h, v->message_id, v->partner, v->code, v->text);
	if (v->state == DELIVERY_RECEIVED)
		held_info(h->said, "message-received", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_T("area", area_name(v->area)),
			LOG_I("size", v->size));
	else
		held_warning(h->said, "message-rejected", LOG_S("msg", v->message_id),
			LOG_S("partner", v->partner), LOG_T("area", area_name(v->area)),
			LOG_S("fault", v->code), LOG_S("why", v->text));
}

/* A spool file stays the ledger's: the edge gets its receipt apart. */
static enum status arrival_answer(struct house *h, const struct verb_arrived *v, uint64_t row,
	const struct ledger_arrival *arrival, struct ipc_packet *packet, struct fault *f)
{
	struct section where = arrival->receipt;
	struct slice type = v->receipt_type;
	int fd = -1;

	if (v->size > LEDGER_INLINE_MAX && v->state == DELIVERY_RECEIVED)
		TRY(ledger_content(&fd, &where, &type, h->ledger, row, CONTENT_RECEIPT, f));
	receipt_promise(h, v, type, where, fd >= 0 ? fd : FD_TAKE(packet->fd), false);
	return ST_OK;
}

/* Real-time data behind newer that came before: taken, receipted, and flagged. */
static enum status stale_flag(
	struct house *h, struct verb_arrived *v, struct fault *stale, struct fault *f)
{
	struct ledger_newest newest;

	if (v->scope.n == 0 || v->state != DELIVERY_RECEIVED || v->code.n != 0)
		return ST_OK;
	enum status st = ledger_newest(
		&newest, h->ledger, MESSAGE_IN, v->partner, v->scope, v->arrived_ns, f);
	if (st != ST_OK || newest.sequence <= v->sequence)
		return st == ST_NONE ? ST_OK : st;
	fault_set(stale, ST_INPUT, "message.stale", "newer data came before it, in %.200s",
		newest.message_id);
	v->code = slice_str(stale->code);
	v->text = slice_str(stale->text);
	return ST_OK;
}

/* What is read by us has an id, real-time data a sequence; and empty files are all the same. */
static bool is_opaque(const struct ledger_arrival *a)
{
	return a->message.state == DELIVERY_RECEIVED && !a->wish.examined &&
		a->scope.name.n == 0 && a->message.size > 0;
}

/* The same bytes under another Message-ID may be meant: taken, receipted, and flagged. */
static enum status again_flag(
	struct fault *again, struct house *h, struct ledger_arrival *a, struct fault *f)
{
	struct ledger_again before;
	char at[TIME_TEXT_MAX];

	if (!a->is_opaque)
		return ST_OK;
	enum status st = ledger_again(&before, h->ledger, &a->message, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	fault_set(again, ST_INPUT, "message.again", "same content as %.200s of %s",
		before.message_id, time_format(at, before.created_ns));
	if (a->message.fault_code.n == 0) {
		a->message.fault_code = slice_str(again->code);
		a->message.fault_text = slice_str(again->text);
	}
	return ST_OK;
}

/* One flag is the message's, and another was there before this: then an event says it. */
static enum status again_note(struct house *h, uint64_t row, const struct fault *again,
	const struct ledger_arrival *a, struct fault *f)
{
	if (!again->code[0])
		return ST_OK;
	terms_flag_log(h, a->message.message_id, a->message.partner, slice_str(again->code),
		slice_str(again->text));
	return slice_eq(a->message.fault_code, slice_str(again->code))
		? ST_OK
		: ledger_again_note(h->ledger, row, again, a->message.created_ns, f);
}

static enum status arrival_store(
	struct house *h, struct verb_arrived *v, struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(buf) headers = buf_init(AS2_HEAD_MAX);
	struct ledger_arrival arrival;
	struct fault stale, again = { .code = "" };
	uint64_t row = 0;

	TRY(stale_flag(h, v, &stale, f));
	TRY(arrival_read(&arrival, v, packet->fd, f));
	rejected_read(&arrival, h, v);
	owed_fill(&arrival, &headers, h, v);
	arrival.wish = terms_wish(h, v->partner, v->media_type, false);
	arrival.is_opaque = is_opaque(&arrival);
	TRY(batch_open(h, false, f));
	TRY(again_flag(&again, h, &arrival, f));
	batch_hurry(h, arrival.message.area);
	enum status st = ledger_receive(&row, h->ledger, &arrival, f);
	if (st == ST_OK && arrival.wish.examined && v->state == DELIVERY_RECEIVED)
		examinations_add(h->examinations);
	if (v->later && (st == ST_OK || st == ST_NONE))
		lane_due(dispatch_lane(h->dispatch, v->partner, v->area), v->arrived_ns);
	if (st == ST_NONE)
		return duplicate_answer(h, v, row, packet, f);
	if (st == ST_INPUT && strcmp(f->code, DUPLICATE_DIFFERS) == 0)
		return differs_answer(h, v, f);
	TRY(st);
	TRY(v->state == DELIVERY_RECEIVED ? learning_apply(h, row, v->message_id, v->partner, f)
					  : learning_note(h, row, f));
	arrival_log(h, v);
	TRY(again_note(h, row, &again, &arrival, f));
	return arrival_answer(h, v, row, &arrival, packet, f);
}

void house_arrived(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_arrived v;
	struct fault f;

	if (!house_hears(&v, packet))
		return;
	/* What the register says fails only this message, and not the batch. */
	bool held = learning_check(h, link, v.facts, MESSAGE_IN, v.partner, v.message_id, &f) ==
			ST_OK &&
		batch_held(h, arrival_store(h, &v, packet, &f), &f);
	if (!held && v.edge < WORKERS_MAX && f.code[0])
		edge_refuse(h, &v, &f);
	if (v.facts)
		learning_done(h, link);
}
