/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: what the ledger compares with the stored message is read and verified here. */
#include "processes/envelope_receipt.h"

#include "base/clock.h"
#include "base/log.h"
#include "bindings/as2.h"
#include "exchange/refusal.h"
#include "processes/envelope_permit.h"
#include "processes/proof.h"
#include "processes/resume.h"

static bool is_good(unsigned http_status)
{
	return http_status >= 200 && http_status < 300;
}

/*
 * Whatever is wrong with an answer, the message may have arrived: only the schedule decides, never
 * this answer, unless its HTTP status would have ended the message without it.
 */
static void attempt_failed(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, enum status st, struct fault *why)
{
	const struct fault said = *why;
	bool ends = http_status_is_final(ask->http_status) && !envelope_is_passing(st) &&
		!ask->is_rest;

	if (ask->is_rest && !envelope_is_passing(st))
		fault_set(why, st, COURIER_RESUMED,
			"the partner answered the rest of the message so that it gets all of it next: %s (%s)",
			said.text, said.code);
	else if (!is_good(ask->http_status) && !envelope_is_passing(st))
		fault_set(why, st, "courier.http", "the partner answered HTTP %u: %s (%s)",
			ask->http_status, said.text, said.code);
	struct verb_failed body = { .row = job->id,
		.status = ends ? ST_INPUT : ST_RETRY,
		.http_status = ask->http_status,
		.code = slice_str(why->code),
		.text = slice_str(why->text) };

	envelope_say(process_link(e->process, ROLE_LEDGER, 0), VERB_FAILED, job->id, &body, -1);
}

/* What is ours, and passes, says nothing of the answer. */
static void answer_keep(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, enum status st)
{
	struct verb_unread body = { .row = ask->row,
		.type = slice_to(ask->type, RECEIPT_TYPE_MAX) };

	if (!envelope_is_passing(st) && fd_size(&body.n, job->fd, NULL) == ST_OK && body.n > 0 &&
		registry_settings(e->process->registry)->keep_failed_ns > 0)
		envelope_say(process_link(e->process, ROLE_LEDGER, 0), VERB_UNREAD, job->id, &body,
			job->fd);
}

static void settlement_say(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, struct proof *proof, struct slice type, uint64_t size)
{
	struct verb_settle body = proof_settlement(proof);

	body.row = ask->row;
	body.sent_ns = ask->sent_ns;
	body.answered_ns = ask->answered_ns;
	body.is_rest = ask->is_rest;
	body.partner = ask->partner;
	body.message_id = ask->message_id;
	body.type = type;
	body.n = size;
	envelope_say(
		process_link(e->process, ROLE_LEDGER, 0), VERB_SETTLE, job->id, &body, job->fd);
}

/* Where no receipt is agreed, a good answer is all there will be. */
static enum status unreceipted_settle(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, struct fault *f)
{
	struct proof none = { .mdn = { .disposition = S("processed") } };

	if (!is_good(ask->http_status))
		return fault_set(f, ST_INPUT, "mdn.unasked", "no receipt is agreed any more");
	settlement_say(e, job, ask, &none, S(""), 0);
	return ST_OK;
}

static enum status receipt_body(struct buf *out, const struct job *job, struct fault *f)
{
	uint64_t size;

	TRY(fd_size(&size, job->fd, f));
	if (size > RECEIPT_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "mdn.size", "an answer of %llu bytes is no receipt",
			(unsigned long long)size);
	return fd_read_at(out, job->fd, 0, size, f);
}

static enum status receipt_judge(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	AUTO_IN_PLACE(proof) proof;
	const struct trusted *from;

	proof_init(&proof);
	TRY(trust_find(&from, e->trust, ask->partner, f));
	if (from->partner->agreement->as2.receipt == RECEIPT_NONE)
		return unreceipted_settle(e, job, ask, f);
	TRY(receipt_body(&body, job, f));
	TRY(proof_read(&proof, ask->type, buf_slice(&body), from, clock_utc_ns(), f));
	TRY(envelope_signer_permitted(from, ask->area, ask->partner, &proof.revocation, f));
	if (!slice_eq(proof.mdn.original_message_id, ask->message_id))
		return fault_set(f, ST_INPUT, "mdn.other-message", "the receipt is for %.*s",
			SLICE_FMT(proof.mdn.original_message_id));
	settlement_say(e, job, ask, &proof, ask->type, body.n);
	return ST_OK;
}

enum status envelope_check(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_check ask;

	TRY(envelope_ask_parse(&ask, job, f));
	enum status st = receipt_judge(e, job, &ask, f);
	if (st != ST_OK) {
		log_warning("receipt-invalid", LOG_S("msg", ask.message_id),
			LOG_S("partner", ask.partner), LOG_FAULT(f));
		answer_keep(e, job, &ask, st);
		attempt_failed(e, job, &ask, st, f);
	}
	return ST_OK;
}

/* --- that come by themselves --- */

/*
 * Which area its message is of is not known yet: those are told whose policy takes it (promise 13).
 * Where none does, it waits.
 */
NODISCARD static enum status areas_find(uint32_t *areas, const struct trusted *from,
	const struct revocation_verdict *v, struct fault *f)
{
	enum status st = ST_OK;

	if (v->state == REVOCATION_UNKNOWN)
		log_warning("revocation-unknown", LOG_T("partner", from->partner->sheet->id),
			LOG_T("of", "receipt"), LOG_T("why", v->why));
	*areas = 0;
	for (enum area area = 0; area < AREAS; area++) {
		st = trust_permits(from, area, v, f);
		*areas |= st == ST_OK ? AREA_BIT(area) : 0;
	}
	return *areas ? ST_OK : st;
}

/* Which message it is for, its own Message-ID does not say: the ledger looks for it. */
static enum status notice_claim(const struct envelope *e, const struct job *job,
	const struct verb_open *ask, const struct as2_head *head, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	AUTO_IN_PLACE(proof) proof;
	const struct trusted *from;
	uint32_t areas;

	proof_init(&proof);
	if (head->content_type.n > RECEIPT_TYPE_MAX)
		return fault_set(f, ST_LIMIT, "mdn.type", "a Content-Type of %zu bytes",
			head->content_type.n);
	TRY(trust_find(&from, e->trust, ask->partner, f));
	TRY(receipt_body(&body, job, f));
	TRY(proof_read(&proof, head->content_type, buf_slice(&body), from, clock_utc_ns(), f));
	if (ask->unproven && proof.signer.n == 0)
		return fault_set(f, ST_AUTH, "mdn.unsigned",
			"neither a certificate nor a signature says who sent the receipt");
	TRY(areas_find(&areas, from, &proof.revocation, f));
	struct verb_settle claim = proof_settlement(&proof);
	claim.edge = job->index;
	claim.areas = areas;
	claim.partner = ask->partner;
	claim.message_id = proof.mdn.original_message_id;
	claim.type = head->content_type;
	claim.n = body.n;
	envelope_hand_to_ledger(e, job, VERB_CLAIM, &claim, job->fd);
	return ST_OK;
}

enum status envelope_notice(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_open ask;
	struct as2_head head;

	TRY(envelope_ask_parse(&ask, job, f));
	TRY(as2_head_parse(&head, ask.head, f));
	enum status st = notice_claim(e, job, &ask, &head, f);
	if (st == ST_OK || envelope_is_passing(st))
		return st;
	const struct fault refused = *f;
	TRY(envelope_clock_check(e, &refused, f));
	log_warning("receipt-invalid", LOG_S("receipt", head.message_id),
		LOG_S("partner", ask.partner), LOG_FAULT(f));
	envelope_say(envelope_asker(e, job), VERB_NOTED, job->id,
		&(struct verb_fault){ FAULT_VERB(f) }, -1);
	return ST_OK;
}
