/* SPDX-License-Identifier: Apache-2.0 */
/* A message that arrives: opened, judged, explained in a receipt, handed over with it. */
#include "processes/envelope_open.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/views.h"
#include "bindings/as2_open.h"
#include "bindings/micalg.h"
#include "exchange/refusal.h"
#include "processes/envelope_permit.h"
#include "processes/envelope_receipt.h"
#include "processes/lateness.h"
#include "processes/own_documents.h"
#include "processes/parcel.h"
#include "processes/proof.h"
#include "processes/protection.h"
#include "processes/receipt_address.h"
#include "processes/tolerance.h"

struct verdict {
	enum status status;     /* ST_OK: accepted */
	bool is_open;           /* accepted or not, it was read, and is its partner's */
	enum area area;         /* as far as it is known: else that of the lowest lane */
	struct clock_quality clock; /* of ours, when it was looked into */
	struct fault fault;     /* accepted: what it is flagged for, code empty: nothing */
	struct as2_head head;
	struct der_timing timing; /* of documents of ours */
	struct mapping body;    /* as it came: what was not encrypted is read there */
	struct as2_opened opened;
	struct consulted consulted;
};

/* As the MIC; of a refusal, as the message would have had it. */
static enum digest receipt_digest(const struct verdict *v)
{
	enum digest kind = DIGEST_SHA256;

	if (v->status == ST_OK)
		return v->opened.mic.kind;
	/* Where we have none of what it wants, that is the refusal, and signed by what we have. */
	(void)!micalg_wish(&kind, v->head.disposition_options, NULL);
	return kind;
}

#define ACCEPTED "The message was verified and stored durably."
#define EXPLANATION_MAX 1024 /* that and a sentence an exception, one of the digest */

/* What only an exception let in: the partner reads in its receipt until when. */
static void exceptions_explain(
	struct buf *out, const struct verdict *v, const struct exceptions *agreed)
{
	char day[EXCEPTION_DAY_MAX];

	/* The sender's software errs, and is told each time until it is put right. */
	buf_put_text(out, v->opened.tolerated ? v->fault.text : ACCEPTED);
	for (enum exception i = 0; i < EXCEPTIONS; i++)
		if (v->opened.exceptions & EXCEPTION_BIT(i))
			buf_putf(out,
				" It uses %s, which is agreed until %s only: please change it.",
				exception_name(i), exception_day(day, agreed, i));
}

/* Software that compares only its own digest says that they differ: here its people read why. */
static void other_digest_explain(struct buf *out, const struct verdict *v)
{
	struct slice names;

	if (micalg_is_other(&names, v->head.disposition_options))
		buf_putf(out,
			" Received-Content-MIC is of %s, for '%.*s' (signed-receipt-micalg, "
			"optional) is not made here: please list sha-256 there.",
			digest_name(v->opened.mic.kind), SLICE_FMT(slice_to(names, 60)));
}

static struct mdn_draft receipt_draft(
	const struct verb_open *ask, const struct verdict *v, int64_t now_ns)
{
	bool accepted = v->status == ST_OK;
	struct mdn_draft draft = {
		.from = v->head.to,
		.to = v->head.from,
		.id_is_bare = v->head.id_is_bare,
		.now_ns = now_ns,
		.explanation = accepted ? S("") : slice_str(v->fault.text),
		.mdn = {
			.original_message_id = v->head.message_id,
			.recipient = v->head.to,
			.disposition = accepted
				? S("processed")
				: slice_str(refusal_for(v->fault.code)->disposition),
			.received_ns = ask->arrived_ns,
			.fault_code = accepted ? S("") : slice_str(v->fault.code),
			.has_mic = accepted,
			.tolerated = slice_str(
				accepted ? tolerances_text(v->opened.tolerated) : NULL),
			.clock = { now_ns, v->clock },
		},
	};
	if (accepted)
		draft.mdn.mic = v->opened.mic;
	if (strcmp(v->fault.code, "message.late") == 0) {
		draft.mdn.deadline_ns = v->opened.deadline_ns;
		draft.mdn.sent = v->opened.sent;
	}
	draft.digest = receipt_digest(v);
	return draft;
}

struct receipt {
	struct buf type, body, explanation;
};

static void receipt_init(struct receipt *r)
{
	r->type = buf_init(RECEIPT_TYPE_MAX);
	r->body = buf_init(RECEIPT_SIZE_MAX);
	r->explanation = buf_init(EXPLANATION_MAX);
}

static void receipt_done(struct receipt *r)
{
	buf_done(&r->type);
	buf_done(&r->body);
	buf_done(&r->explanation);
}
DEFINE_AUTO_IN_PLACE(receipt)

static enum status receipt_make(struct receipt *out, const struct envelope *e,
	const struct verb_open *ask, const struct verdict *v, const struct trusted *from,
	struct fault *f)
{
	struct mdn_draft draft = receipt_draft(ask, v, clock_utc_ns());
	struct signer signer = envelope_own_signer(e, from);
	/* unasked-for: for our own records */
	bool is_signed = mdn_wish(&v->head) != RECEIPT_UNSIGNED;

	if (v->status == ST_OK) {
		exceptions_explain(&out->explanation, v, &from->partner->agreement->exceptions);
		other_digest_explain(&out->explanation, v);
		draft.explanation = buf_slice(&out->explanation);
	}

	return envelope_blame_keyholder(
		e, mdn_make(&out->type, &out->body, &draft, is_signed ? &signer : NULL, f), f);
}

static void arrival_log(const struct verb_open *ask, const struct verdict *v)
{
	if (v->status != ST_OK)
		log_warning("as2-refused", LOG_S("msg", v->head.message_id),
			LOG_S("partner", ask->partner), LOG_T("area", area_name(v->area)),
			LOG_I("size", ask->size), LOG_FAULT(&v->fault));
	else
		log_debug("as2-opened", LOG_S("msg", v->head.message_id),
			LOG_S("partner", ask->partner), LOG_T("area", area_name(v->area)),
			LOG_I("size", v->opened.document.n), LOG_T("mic", "ok"),
			LOG_T("revocation", revocation_name(v->opened.facts.revocation.state)),
			LOG_T("list", v->opened.facts.revocation.why));
}

/* Every message that only an exception let in, so that its end comes as no surprise. */
static void exceptions_log(
	const struct verb_open *ask, const struct verdict *v, const struct exceptions *agreed)
{
	char day[EXCEPTION_DAY_MAX];

	for (enum exception i = 0; v->status == ST_OK && i < EXCEPTIONS; i++)
		if (v->opened.exceptions & EXCEPTION_BIT(i))
			log_warning("exception-used", LOG_S("msg", v->head.message_id),
				LOG_S("partner", ask->partner),
				LOG_T("algorithm", exception_name(i)),
				LOG_T("until", exception_day(day, agreed, i)));
}

struct arrival {
	struct verb_arrived verb;
	struct section sections[4];
	struct slice pieces[4];  /* part, decoded document, signature, receipt */
	struct digest_value digest;
	char revocation[FAULT_TEXT_MAX]; /* verdict and source, for the event; empty: not asked */
};

static void arrival_sections(struct arrival *a, const struct as2_opened *opened)
{
	struct verb_arrived *v = &a->verb;
	const struct section *s = a->sections;

	v->part_at = s[0].at;
	v->part_n = s[0].n;
	v->document_at = opened->document_is_apart
		? s[1].at
		: s[0].at + (uint64_t)(opened->document.p - opened->part.p);
	v->document_n = opened->document.n;
	v->signature_at = s[2].at;
	v->signature_n = s[2].n;
}

static void arrival_digest(struct arrival *a, const struct as2_opened *opened)
{
	const struct digested document = ahead_digested(&opened->ahead, opened->document);

	digested_compute(&a->digest, DIGEST_SHA256, &document);
	a->verb.digest = digest_slice(&a->digest);
}

static void arrival_accepted(struct arrival *a, const struct verdict *verdict)
{
	const struct as2_opened *opened = &verdict->opened;
	const struct revocation_verdict *revocation = &opened->facts.revocation;
	struct verb_arrived *v = &a->verb;

	v->state = DELIVERY_RECEIVED;
	v->size = opened->document.n;
	arrival_digest(a, opened);
	v->media_type = slice_str(opened->media_type);
	v->filename = buf_slice(&opened->filename);
	v->code = slice_str(verdict->fault.code);
	v->text = slice_str(verdict->fault.text);
	if (opened->layers & AS2_LAYER_BIT(AS2_SIGNED))
		v->signer = slice_of(opened->facts.fingerprint, sizeof(opened->facts.fingerprint));
	if (revocation->state != REVOCATION_NOT_ASKED)
		(void)snprintf(a->revocation, sizeof(a->revocation), "revocation %s: %s",
			revocation_name(revocation->state), revocation->why);
	if (!verdict->fault.code[0])
		v->text = slice_str(a->revocation);
	v->facts = verdict->consulted.id;
	a->pieces[0] = opened->part;
	a->pieces[1] = opened->document_is_apart ? opened->document : S("");
	a->pieces[2] = opened->signature;
}

/*
 * Only where nobody could open it: what was read and then refused says why by itself, and is not
 * ours to keep.  What needed a spool file is gone, page by page, as it was read.
 */
static bool is_worth_keeping(
	const struct envelope *e, const struct job *job, const struct verdict *v)
{
	return job->code == VERB_OPEN && !v->is_open && job->spool < 0 &&
		registry_settings(e->process->registry)->keep_failed_ns > 0;
}

/* As a file that other software reads, too: its header lines, an empty one, its body. */
static void arrival_keep(struct arrival *a, const struct verdict *v, struct slice head)
{
	a->pieces[0] = head;
	a->pieces[1] = S("\r\n");
	a->pieces[2] = v->body.bytes;
}

/* From the first of its pieces to the last: of nothing, nothing. */
static void arrival_kept(struct arrival *a)
{
	const struct section *s = a->sections;

	a->verb.came_at = s[0].at;
	a->verb.came_n = s[2].at + s[2].n - s[0].at;
}

/* With all that the register has against it, where that is the reason. */
static void arrival_rejected(struct arrival *a, const struct envelope *e, const struct job *job,
	const struct verb_open *ask, const struct verdict *verdict)
{
	const struct fault *why = &verdict->fault;

	a->verb.state = DELIVERY_REJECTED;
	a->verb.size = ask->size;
	a->verb.code = slice_str(why->code);
	a->verb.text = slice_str(why->text);
	if (verdict->is_open)
		arrival_digest(a, &verdict->opened);
	if (slice_has_prefix(a->verb.code, S("registry.")))
		a->verb.facts = verdict->consulted.id;
	if (is_worth_keeping(e, job, verdict))
		arrival_keep(a, verdict, ask->head);
}

/*
 * Of what is refused, too: it may be what was accepted before, and then it is answered as that was.
 * Not where all faults are one: whoever sends variants would learn that the part was not changed.
 */
static enum status arrival_mic(struct buf *out, const struct verdict *v, struct fault *f)
{
	struct digest_value of_part;

	if (v->is_open)
		return mic_format(out, &v->opened.mic, f);
	if (v->opened.part.n == 0 || strcmp(v->fault.code, "sealing.decrypt") == 0)
		return ST_OK;
	digest_compute(&of_part, receipt_digest(v), v->opened.part);
	return mic_format(out, &of_part, f);
}

/* Message, evidence and receipt in one descriptor, to be committed together. */
static enum status arrival_hand_over(const struct envelope *e, const struct job *job,
	const struct verb_open *ask, struct verdict *v, const struct trusted *from,
	const struct receipt *receipt, struct fault *f)
{
	AUTO_FD fd = -1;
	AUTO_IN_PLACE(buf) mic = buf_init(MIC_TEXT_MAX);
	bool large = v->opened.document.n > LEDGER_INLINE_MAX;
	struct fault odd;
	bool later = receipt_goes_later(&odd, &v->head, from->partner);
	struct arrival a = { .pieces = { [3] = buf_slice(&receipt->body) } };
	struct sealed_digest receipt_digest;

	if (v->status == ST_OK && large && job->spool < 0)
		return fault_set(f, ST_MORE, "envelope.spool", "the document is large");
	TRY(arrival_mic(&mic, v, f));
	sealed_digest_compute(&receipt_digest, a.pieces[3]);
	a.verb = (struct verb_arrived){
		.edge = job->index,
		.request = job->id,
		.area = v->area,
		.arrived_ns = ask->arrived_ns,
		.partner = ask->partner,
		.message_id = slice_to(v->head.message_id, MESSAGE_ID_MAX),
		.receipt_type = buf_slice(&receipt->type),
		.receipt_digest = sealed_digest_slice(&receipt_digest),
		.later = later,
		.mic = buf_slice(&mic),
		.to = v->head.to,
		.note = slice_str(odd.text),
		.deadline_ns = v->opened.deadline_ns,
		.scope = slice_str(v->timing.scope),
		.sequence = v->timing.sequence,
	};
	if (v->status == ST_OK)
		arrival_accepted(&a, v);
	else
		arrival_rejected(&a, e, job, ask, v);
	struct as2_opened *o = &v->opened;
	struct parcel parcel = {
		.pieces = { a.pieces[0], a.pieces[1], a.pieces[2], a.pieces[3] },
		.count = 4,
		.spool = large ? job->spool : -1,
		.bufs = { &o->decoded, &o->entity, &o->expanded, &o->scratch },
		.buf_count = 4,
	};
	TRY(parcel_make(&fd, a.sections, &parcel, f));
	a.verb.receipt_at = a.sections[3].at;
	a.verb.receipt_n = a.sections[3].n;
	if (v->status == ST_OK)
		arrival_sections(&a, &v->opened);
	else
		arrival_kept(&a);
	envelope_hand_to_ledger(e, job, VERB_ARRIVED, &a.verb, fd);
	return ST_OK;
}

static enum status arrival_answer(const struct envelope *e, const struct job *job,
	const struct verb_open *ask, struct verdict *v, const struct trusted *from, struct fault *f)
{
	AUTO_IN_PLACE(receipt) receipt;

	receipt_init(&receipt);
	TRY(receipt_make(&receipt, e, ask, v, from, f));
	arrival_log(ask, v);
	exceptions_log(ask, v, &from->partner->agreement->exceptions);
	return arrival_hand_over(e, job, ask, v, from, &receipt, f);
}

static struct as2_receiver receiver_of(
	const struct envelope *e, const struct verb_open *ask, const struct trusted *from)
{
	return (struct as2_receiver){
		.own_id = envelope_own_id(e),
		.openers = e->openers,
		.opener_count = e->opener_count,
		.partner_id = ask->partner,
		.signers = from->signers,
		.signer_count = from->signer_count,
		.algorithms = from->partner->agreement->algorithms,
		.exceptions = &from->partner->agreement->exceptions,
		.terms = from->partner->agreement->as2,
		.tolerates = agreement_tolerates(from->partner->agreement, clock_utc_ns()),
		.area = ask->area,
		.area_rules = &from->partner->agreement->area_rules,
		.now_ns = clock_utc_ns(),
	};
}

static enum status message_open(
	struct verdict *v, const struct envelope *e, const struct as2_receiver *r, struct fault *f)
{
	enum status st = envelope_blame_keyholder(
		e, as2_open(&v->opened, &v->head, v->body.bytes, r, f), f);

	v->is_open = st == ST_OK;
	if (v->opened.area != AREAS)
		v->area = v->opened.area;
	return st;
}

/*
 * Who seals to a renewed certificate has taken the sheet that lists it: said once, so that it can
 * be known when all have, before we send with the new ones.  What the ledger did not hear is said
 * with the next message.
 */
static void readiness_note(const struct envelope *e, struct slice partner)
{
	unsigned generation = process_key_used(e->process) / CERT_USES + 1;
	const struct verb_readiness seen = { .partner = partner,
		.generation = generation,
		.since_ns = clock_utc_ns() };
	struct fault f;
	size_t index;

	if (e->opener_count < 2 || generation <= e->oldest ||
		registry_find(&index, e->process->registry, partner, NULL) != ST_OK ||
		e->sealed_to[index] >= generation)
		return;
	if (process_send(process_link(e->process, ROLE_LEDGER, 0), VERB_READINESS, 0, &seen, -1,
		    &f) != ST_OK)
		return;
	e->sealed_to[index] = generation;
	log_info("partner-has-sheet", LOG_S("partner", partner), LOG_I("generation", generation),
		LOG_T("why", "it seals to our renewed certificate"));
}

/*
 * Of two ends the earlier: what the sender signed, and what the document says itself.  Asked before
 * the register is, which knows less of clocks; that judges by the same moment, *came_ns.
 */
static enum status late_check(int64_t *came_ns, struct verdict *v, const struct verb_open *ask,
	const struct document_terms *terms, struct fault *f)
{
	struct as2_opened *o = &v->opened;
	struct lateness late = { .received_ns = ask->arrived_ns, .sent = o->sent,
		.clock = v->clock };
	int64_t expires_ns;

	documents_timing(&v->timing, terms, v->area, o->document, slice_str(o->media_type));
	expires_ns = v->timing.expires_ns;
	if (expires_ns != 0 && (o->deadline_ns == 0 || expires_ns < o->deadline_ns))
		o->deadline_ns = expires_ns;
	late.deadline_ns = o->deadline_ns;
	*came_ns = lateness_came_ns(&late);
	return lateness_check(&late, f);
}

static struct protected came_protected(
	const struct verdict *v, enum area area, int64_t secret_until_ns)
{
	return (struct protected){ .direction = DIRECTION_RECEIVE,
		.area = area,
		.secret_until_ns = secret_until_ns,
		.cipher_bits = v->opened.cipher_bits,
		.signer = v->opened.facts.measure };
}

static enum status body_open(struct verdict *v, const struct envelope *e,
	const struct verb_open *ask, const struct trusted *from, const struct job *job,
	struct fault *f)
{
	struct as2_receiver receiver = receiver_of(e, ask, from);
	int64_t came_ns;

	TRY(mapping_init(&v->body, job->fd, agreement_body_max(from->partner->agreement, ask->area),
		f));
	/* With its spool file a job runs once, and whoever asked has given the body away. */
	if (job->spool >= 0)
		views_spend(v->body.bytes.p, job->fd);
	TRY(message_open(v, e, &receiver, f));
	TRY(envelope_signer_permitted(from, v->area, ask->partner, &v->opened.facts.revocation, f));
	if (v->opened.layers & AS2_LAYER_BIT(AS2_SEALED))
		readiness_note(e, ask->partner);
	const struct protected came = came_protected(v, v->opened.area, 0);
	TRY(protection_permits(e->process, from, e->post_quantum, &came, f));
	TRY(late_check(&came_ns, v, ask, &from->partner->agreement->documents, f));
	const struct permission permission = { .agreement = from->partner->agreement,
		.direction = DIRECTION_RECEIVE,
		.way = documents_way(registry_settings(e->process->registry),
			from->partner, true, v->opened.area),
		.message_id = v->head.message_id,
		.came_ns = came_ns,
		.consulted = &v->consulted };
	return envelope_document_permitted(
		e, &permission, v->opened.document, slice_str(v->opened.media_type), f);
}

/*
 * It was on the way already: to refuse it protects nothing, but that it deserved more is told; of
 * its cipher under either policy, because no report of agreements shows that.
 */
static void secrecy_flag(struct verdict *v, const struct envelope *e, const struct verb_open *ask,
	const struct trusted *from)
{
	const struct protected what = came_protected(v, v->area, v->timing.secret_until_ns);
	const struct settings *settings = registry_settings(e->process->registry);
	const struct agreement *agreement = from->partner->agreement;
	const int64_t now_ns = clock_utc_ns();
	struct fault why = { 0 };
	enum status st = protection_permits(e->process, from, e->post_quantum, &what, &why);

	if (st == ST_OK && ask->plain)
		st = protection_connection_permits(settings, agreement, &what,
			&(struct protecting){ .is_hybrid = false }, now_ns, &why);
	if (st == ST_OK)
		st = protection_cipher_permits(settings, agreement, &what, now_ns, &why);
	if (st != ST_OK)
		v->fault = why;
}

/* Nothing of it is missing, but its sender errs: a file that is empty is seldom meant. */
static void oddity_flag(struct verdict *v)
{
	struct slice names;

	if (v->opened.document.n == 0)
		fault_set(&v->fault, ST_INPUT, "message.empty", "stored, but it has no bytes");
	else if (v->opened.is_bare)
		fault_set(&v->fault, ST_INPUT, "mime.entity.bare",
			"stored whole, as %s: it came without the headers of a MIME entity (RFC "
			"8551 3.1)",
			v->opened.media_type);
	else if (micalg_is_other(&names, v->head.disposition_options))
		fault_set(&v->fault, ST_INPUT, "as2.mic.other",
			"stored, and its receipt has a digest of %s: '%.*s', which it would rather "
			"have (signed-receipt-micalg, optional), is not made here. Does the "
			"partner's software take that?",
			digest_name(v->opened.mic.kind), SLICE_FMT(slice_to(names, 60)));
}

/*
 * Accepted where it does not agree with the register; by an algorithm that is agreed to a day only;
 * where its document must stay secret for
 * longer than the way it came protects; where nobody could say whether the signer is
 * revoked, and the area is open; under a certificate that has ended: the one it is signed with, or
 * the one TLS saw; or by a signature over a variant, which its receipt must explain and so is told
 * before those.
 */
static void arrival_flag(struct verdict *v, const struct envelope *e, const struct verb_open *ask,
	const struct trusted *from)
{
	const struct revocation_verdict *revocation = &v->opened.facts.revocation;

	v->fault = v->consulted.flag;
	if (!v->fault.code[0] && v->opened.exceptions)
		exceptions_flag(&v->fault, v->opened.exceptions,
			&from->partner->agreement->exceptions);
	if (!v->fault.code[0])
		secrecy_flag(v, e, ask, from);
	if (revocation->state == REVOCATION_UNKNOWN)
		fault_set(&v->fault, ST_AUTH, "revocation.unknown", "revocation unknown: %s",
			revocation->why);
	if (ask->code.n != 0)
		fault_from_verb(&v->fault, ST_AUTH, ask->code, ask->text);
	if (v->opened.layers & AS2_LAYER_BIT(AS2_SIGNED))
		(void)tolerance_flag(&v->fault, from->partner, CERT_SIGN,
			v->opened.facts.fingerprint, clock_utc_ns());
	if (v->opened.tolerated)
		tolerance_signature_flag(&v->fault, from->partner, v->opened.tolerated);
	if (!v->fault.code[0])
		oddity_flag(v);
}

static enum status arrival_judge(struct verdict *v, const struct envelope *e, const struct job *job,
	const struct verb_open *ask, const struct trusted *from, struct fault *f)
{
	if (job->code == VERB_REFUSE)
		fault_from_verb(&v->fault, ask->status, ask->code, ask->text);
	else
		v->status = body_open(v, e, ask, from, job, &v->fault);
	if (job->code == VERB_REFUSE)
		v->status = v->fault.status;
	if (v->status == ST_OK)
		arrival_flag(v, e, ask, from);
	if (envelope_is_passing(v->status)) {
		*f = v->fault;
		return v->status;
	}
	return v->status == ST_OK ? ST_OK : envelope_clock_check(e, &v->fault, f);
}

/* What is large, or encrypted, is a message to us whatever it holds. */
static bool body_is_notice(const struct job *job, const struct as2_head *head)
{
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	uint64_t size;

	return slice_has_prefix_nocase(head->content_type, S("multipart/")) &&
		fd_size(&size, job->fd, NULL) == ST_OK && size <= RECEIPT_SIZE_MAX &&
		fd_read_at(&body, job->fd, 0, size, NULL) == ST_OK &&
		mdn_is(head->content_type, buf_slice(&body));
}

/*
 * Whoever shows no certificate is the partner once the partner's signature was found good.  Before
 * that nothing is kept or signed for him; who asked knows in which words to say so.
 */
static enum status proof_check(
	const struct verdict *v, const struct verb_open *ask, struct fault *f)
{
	if (!ask->unproven || v->status == ST_OK ||
		(v->opened.layers & AS2_LAYER_BIT(AS2_SIGNED)) != 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, v->fault.code, "%s", v->fault.text);
}

enum status envelope_open(const struct envelope *e, const struct job *job, struct fault *f)
{
	const struct trusted *from;
	struct verb_open ask;
	struct verdict v = { .clock = clock_quality_now() };

	TRY(envelope_ask_parse(&ask, job, f));
	if (ask.area > AREAS)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u", ask.area);
	v.area = ask.area < AREAS ? ask.area : AREA_BILLING;
	TRY(trust_find(&from, e->trust, ask.partner, f));
	TRY(as2_head_parse(&v.head, ask.head, f));
	if (job->code == VERB_OPEN && body_is_notice(job, &v.head))
		return envelope_notice(e, job, f);
	as2_opened_init(&v.opened, agreement_body_max(from->partner->agreement, ask.area),
		job->spool);
	enum status st = arrival_judge(&v, e, job, &ask, from, f);
	if (st == ST_OK)
		st = proof_check(&v, &ask, f);
	if (st == ST_OK)
		st = arrival_answer(e, job, &ask, &v, from, f);
	as2_opened_done(&v.opened);
	mapping_done(&v.body);
	return st;
}
