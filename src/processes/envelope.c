/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope: opens what arrives, seals what leaves, verifies receipts.  It
 * sees hostile bodies and has nothing but its descriptors.  Work is done in five shapes, each a
 * row of a table: OPEN and REFUSE from an edge, NOTICE of a receipt that came by itself, SUBMIT
 * from the desk, CHECK from a courier, EXAMINE of a document from the ledger.  A job whose output
 * is large first asks the ledger for a spool file and waits in a list for it.
 */
#include "processes/process.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/views.h"
#include "bindings/as2_open.h"
#include "bindings/as2_seal.h"
#include "bindings/micalg.h"
#include "bindings/related.h"
#include "documents/media_type.h"
#include "exchange/refusal.h"
#include "processes/consult.h"
#include "processes/copies.h"
#include "processes/examiner.h"
#include "processes/inspection.h"
#include "processes/lateness.h"
#include "processes/own_documents.h"
#include "processes/parcel.h"
#include "processes/proof.h"
#include "processes/protection.h"
#include "processes/receipt_address.h"
#include "processes/tolerance.h"
#include "processes/trust.h"
#include "processes/turns.h"
#include "processes/x12_documents.h"
#include "safeguards/crypto.h"

#define JOBS_MAX 256          /* waiting for a spool file; more are told to come later */
#define READY_MAX 256         /* waiting for their turn; more stay where they came from */
#define PIECE_SIZE 1048576    /* bytes of a document read at once */
#define TIMED_MAX (4U << 20)  /* bytes of a document that is asked for its own end before it goes */
#define ENVELOPE_OVERHEAD 65536 /* MIME, signature and CMS around a document */

const struct sandbox envelope_sandbox = { .promises = "stdio clock" };

/* An examination, which may take several spool files: one for each message that it makes. */
struct looking {
	bool is_done, is_answered, is_spool_spent;
	bool is_lost; /* what was made did not reach the ledger */
	struct examined out;
	uint32_t numbers;
	unsigned copied; /* copies that are made, or refused */
};

/* One request, as it came: kept whole while it waits for its turn, or for its spool file. */
struct job {
	TAILQ_ENTRY(job) entry; /* of those that wait for a spool file */
	struct turn turn;       /* of those that are ready */
	unsigned code;
	uint64_t id;           /* the asker's packet id */
	uint64_t ticket;       /* ours, of VERB_SPOOL */
	enum role asker;
	unsigned index;
	int fd;                /* body, document or answer */
	int spool;             /* -1: small */
	struct looking *looking; /* of VERB_EXAMINE, owned */
	bool is_copy;          /* what is sealed is one */
	struct buf packet;     /* body of the packet */
	struct slice body;
};

TAILQ_HEAD(jobs, job);

struct envelope {
	struct process *process;
	struct trust *trust;
	struct examiner *examiner; /* NULL: nothing was looked into yet */
	struct x12_guide_set *guides; /* of sets that are documents of ours; no shelf: none yet */
	struct opener openers[KEYRING_GENERATIONS_MAX]; /* old and new: who seals to us may lag */
	size_t opener_count;
	unsigned oldest; /* generation among them */
	bool post_quantum; /* crypto_post_quantum() */
	unsigned *sealed_to; /* by partner: the youngest generation of ours it was seen to use */
	struct buf receipt_url; /* ours */
	struct jobs waiting; /* for a spool file */
	unsigned waiting_count;
	struct turns ready;
	struct event *next; /* runs the next of them, once what has come was read */
	bool is_full;       /* links are paused */
};

/* --- answers --- */

static struct ipc *asker_link(const struct envelope *e, const struct job *job)
{
	return process_link(e->process, job->asker, job->index);
}

static void say(struct ipc *link, enum verb verb, uint64_t id, const void *body, int fd)
{
	struct fault f;

	if (process_send(link, verb, id, body, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", verbs.types[verb].name), LOG_FAULT(&f));
}

static void say_try_later(const struct envelope *e, const struct job *job, const struct fault *why)
{
	struct verb_fault body = { FAULT_VERB(why) };

	say(asker_link(e, job), VERB_TRY_LATER, job->id, &body, -1);
}

/*
 * To the ledger; when it is away the asker learns at once that nothing was done.  That is the
 * ledger itself where a document is looked into, and is told so with the end of that, or asks
 * again.
 */
static void hand_to_ledger(
	const struct envelope *e, const struct job *job, enum verb verb, const void *body, int fd)
{
	struct fault f;

	if (process_send(process_link(e->process, ROLE_LEDGER, 0), verb, job->id, body, fd, &f) ==
		ST_OK)
		return;
	if (job->looking)
		job->looking->is_lost = true;
	else
		say_try_later(e, job, &f);
}

/*
 * A fault of ours, and not of what was sent, is no verdict: the keyholder or the disk may be back
 * in a moment.
 */
static bool is_passing(enum status st)
{
	return st == ST_RETRY || st == ST_HOST;
}

/*
 * OpenSSL reports a failed remote key as any other failure.  When the keyholder was the cause, say
 * so: a message must not be refused for good because a process of ours was being restarted.
 */
static enum status blame_keyholder(const struct envelope *e, enum status st, struct fault *f)
{
	struct fault cause;

	if (process_key_fault(&cause, e->process) == ST_OK || st == ST_OK)
		return st;
	if (!is_passing(cause.status))
		return st;
	*f = cause;
	return cause.status;
}

/* --- receiving --- */

static struct slice own_id(const struct envelope *e)
{
	return slice_str(registry_settings(e->process->registry)->id);
}

static struct signer own_signer(const struct envelope *e)
{
	return (struct signer){ .cert = e->process->own[CERT_SIGN],
		.key = e->process->keys[CERT_SIGN] };
}

struct verdict {
	enum status status;     /* ST_OK: accepted */
	enum area area;         /* as far as it is known: else that of the lowest lane */
	struct fault fault;     /* accepted: what it is flagged for, code empty: nothing */
	struct as2_head head;
	struct der_timing timing; /* of what is looked into */
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
#define EXPLANATION_MAX 512 /* that and a sentence an exception */

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
			.disposition = accepted ? S("processed") : slice_str(refusal_for(v->fault.code)->disposition),
			.received_ns = ask->arrived_ns,
			.fault_code = accepted ? S("") : slice_str(v->fault.code),
			.has_mic = accepted,
			.tolerated = slice_str(
				accepted ? tolerances_text(v->opened.tolerated) : NULL),
			.clock = { now_ns, clock_quality_now() },
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
	struct signer signer = own_signer(e);
	/* unasked-for: for our own records */
	bool is_signed = mdn_wish(&v->head) != RECEIPT_UNSIGNED;

	if (v->status == ST_OK) {
		exceptions_explain(&out->explanation, v, &from->partner->agreement->exceptions);
		draft.explanation = buf_slice(&out->explanation);
	}

	return blame_keyholder(
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
	uint8_t digest[DIGEST_SIZE];
	struct buf mic;
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

static void arrival_accepted(struct arrival *a, const struct verdict *verdict)
{
	const struct as2_opened *opened = &verdict->opened;
	const struct revocation_verdict *revocation = &opened->facts.revocation;
	struct verb_arrived *v = &a->verb;

	v->state = DELIVERY_RECEIVED;
	v->size = opened->document.n;
	v->media_type = slice_str(opened->media_type);
	v->filename = buf_slice(&opened->filename);
	digest_sha256(a->digest, opened->document);
	v->digest = slice_of(a->digest, sizeof(a->digest));
	v->code = slice_str(verdict->fault.code);
	v->text = slice_str(verdict->fault.text);
	v->mic = buf_slice(&a->mic);
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

/* With all that the register has against it, where that is the reason. */
static void arrival_rejected(
	struct arrival *a, const struct verb_open *ask, const struct verdict *verdict)
{
	const struct fault *why = &verdict->fault;

	a->verb.state = DELIVERY_REJECTED;
	a->verb.size = ask->size;
	a->verb.code = slice_str(why->code);
	a->verb.text = slice_str(why->text);
	if (slice_has_prefix(a->verb.code, S("registry.")))
		a->verb.facts = verdict->consulted.id;
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

	if (v->status == ST_OK && large && job->spool < 0)
		return fault_set(f, ST_MORE, "envelope.spool", "the document is large");
	if (v->status == ST_OK)
		TRY(mic_format(&mic, &v->opened.mic, f));
	a.mic = mic;
	a.verb = (struct verb_arrived){
		.edge = job->index,
		.request = job->id,
		.area = v->area,
		.arrived_ns = ask->arrived_ns,
		.partner = ask->partner,
		.message_id = slice_to(v->head.message_id, MESSAGE_ID_MAX),
		.receipt_type = buf_slice(&receipt->type),
		.later = later,
		.to = v->head.to,
		.note = slice_str(odd.text),
		.deadline_ns = v->opened.deadline_ns,
		.scope = slice_str(v->timing.scope),
		.sequence = v->timing.sequence,
	};
	if (v->status == ST_OK)
		arrival_accepted(&a, v);
	else
		arrival_rejected(&a, ask, v);
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
	hand_to_ledger(e, job, VERB_ARRIVED, &a.verb, fd);
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
		.own_id = own_id(e),
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

/* Of whom to or from, and where: for each of several documents. */
struct permission {
	const struct agreement *agreement;
	enum direction direction;
	struct der_way way;
	struct slice message_id;
	struct consulted *consulted; /* what the register says of them */
};

static enum status part_permitted(void *context, const struct related_part *part, struct fault *f)
{
	const struct permission *p = context;

	return agreement_permits(p->agreement, p->direction, p->way.area, part->content.n,
		slice_str(part->media_type), f);
}

static struct consultation consultation_of(const struct permission *p)
{
	bool sends = p->direction == DIRECTION_SEND;

	return (struct consultation){ .policy = p->agreement->documents.registry,
		.direction = sends ? MESSAGE_OUT : MESSAGE_IN,
		.partner = sends ? p->way.receiver : p->way.sender,
		.message_id = p->message_id };
}

/* The guides are read when there is something to read beside them. */
static enum status x12_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct der_facts *facts, struct fault *f)
{
	const struct x12_documents_question question = { .terms = &p->agreement->x12,
		.guides = e->guides,
		.way = &p->way,
		.now_ns = clock_utc_ns() };

	if (!x12_documents_may_be(question.terms, media_type))
		return ST_OK;
	if (!e->guides->shelf)
		x12_guide_set_init(e->guides);
	return x12_documents_collect(facts, &question, document, media_type, f);
}

/* What documents of our own types say: by themselves, and beside what was said before. */
static enum status own_documents_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct fault *f)
{
	AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &said };
	const struct consultation consultation = consultation_of(p);

	TRY(documents_undisguised(p->agreement, document, media_type, f));
	TRY(documents_permitted(
		&p->agreement->documents, &p->way, document, media_type, &facts, f));
	TRY(x12_permitted(e, p, document, media_type, &facts, f));
	return consult(p->consulted, e->process, &consultation, &facts, f);
}

/*
 * What neither the edge nor the desk can see: the true size and the media type, of several
 * documents that of each, and what documents of our own types say.
 */
static enum status document_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct fault *f)
{
	struct permission asking = *p;

	TRY(agreement_permits(
		p->agreement, p->direction, p->way.area, document.n, media_type, f));
	if (media_type_is_several(media_type))
		TRY(related_each(document, NULL, part_permitted, &asking, f));
	return own_documents_permitted(e, p, document, media_type, f);
}

static enum status message_open(
	struct verdict *v, const struct envelope *e, const struct as2_receiver *r, struct fault *f)
{
	enum status st = blame_keyholder(e, as2_open(&v->opened, &v->head, v->body.bytes, r, f), f);

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

/* The verdict and where it comes from, for whoever asks later why this was believed. */
static enum status signer_permitted(const struct trusted *from, enum area area,
	struct slice partner, const struct revocation_verdict *v, struct fault *f)
{
	if (v->state == REVOCATION_UNKNOWN)
		log_warning("revocation-unknown", LOG_S("partner", partner),
			LOG_T("area", area_name(area)), LOG_T("why", v->why));
	return trust_permits(from, area, v, f);
}

/* Only in the lane for real-time data does one message replace another. */
static void timing_read(struct der_timing *out, const struct document_terms *terms, enum area area,
	struct slice document, struct slice media_type)
{
	documents_timing(out, document, media_type);
	if (!terms->supersede || area != AREA_AVAILABILITY)
		out->scope[0] = '\0';
}

/* Of two ends the earlier: what the sender signed, and what the document says itself. */
static enum status late_check(struct verdict *v, const struct verb_open *ask,
	const struct document_terms *terms, struct fault *f)
{
	struct as2_opened *o = &v->opened;
	int64_t expires_ns;

	if (terms->examine)
		timing_read(&v->timing, terms, v->area, o->document, slice_str(o->media_type));
	expires_ns = v->timing.expires_ns;
	if (expires_ns != 0 && (o->deadline_ns == 0 || expires_ns < o->deadline_ns))
		o->deadline_ns = expires_ns;
	return lateness_check(&(struct lateness){ .deadline_ns = o->deadline_ns,
				      .received_ns = ask->arrived_ns,
				      .sent = o->sent,
				      .clock = clock_quality_now() },
		f);
}

static enum status body_open(struct verdict *v, const struct envelope *e,
	const struct verb_open *ask, const struct trusted *from, const struct job *job,
	struct fault *f)
{
	struct as2_receiver receiver = receiver_of(e, ask, from);

	TRY(mapping_init(&v->body, job->fd, agreement_body_max(from->partner->agreement, ask->area),
		f));
	/* With its spool file a job runs once, and whoever asked has given the body away. */
	if (job->spool >= 0)
		views_spend(v->body.bytes.p, job->fd);
	TRY(message_open(v, e, &receiver, f));
	TRY(signer_permitted(from, v->area, ask->partner, &v->opened.facts.revocation, f));
	if (v->opened.layers & AS2_LAYER_BIT(AS2_SEALED))
		readiness_note(e, ask->partner);
	TRY(protection_permits(
		e->process, from, e->post_quantum, DIRECTION_RECEIVE, v->opened.area, f));
	const struct permission permission = { .agreement = from->partner->agreement,
		.direction = DIRECTION_RECEIVE,
		.way = documents_way(registry_settings(e->process->registry),
			from->partner->sheet, true, v->opened.area),
		.message_id = v->head.message_id,
		.consulted = &v->consulted };
	TRY(document_permitted(
		e, &permission, v->opened.document, slice_str(v->opened.media_type), f));
	return late_check(v, ask, &from->partner->agreement->documents, f);
}

/*
 * Accepted where it does not agree with the register; where nobody could say whether the signer is
 * revoked, and the area is open; under a certificate that has ended: the one it is signed with, or
 * the one TLS saw; or by a signature over a variant, which its receipt must explain and so is told
 * before those.
 */
static void arrival_flag(
	struct verdict *v, const struct verb_open *ask, const struct trusted *from)
{
	const struct revocation_verdict *revocation = &v->opened.facts.revocation;

	v->fault = v->consulted.flag;
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
}

/* Our clock may be the reason, and nobody could verify a refusal that we sign now. */
static enum status clock_doubted(const struct fault *refused, struct fault *f)
{
	char now[TIME_TEXT_MAX];

	return fault_set(f, ST_RETRY, "clock.doubted",
		"this host's clock says %s, when our own certificate is not valid: nothing is "
		"refused by it (%s)",
		time_format(now, clock_utc_ns()), refused->code);
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
		arrival_flag(v, ask, from);
	if (is_passing(v->status)) {
		*f = v->fault;
		return v->status;
	}
	if (v->status != ST_OK && !process_clock_is_believed(e->process))
		return clock_doubted(&v->fault, f);
	return ST_OK;
}

static enum status notice_run(const struct envelope *, const struct job *, struct fault *);

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

static enum status open_run(const struct envelope *e, const struct job *job, struct fault *f)
{
	const struct trusted *from;
	struct verb_open ask;
	struct verdict v = { 0 };
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	TRY(ipc_body_parse(&ask, &packet, f));
	if (ask.area > AREAS)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u", ask.area);
	v.area = ask.area < AREAS ? ask.area : AREA_BILLING;
	TRY(trust_find(&from, e->trust, ask.partner, f));
	TRY(as2_head_parse(&v.head, ask.head, f));
	if (job->code == VERB_OPEN && body_is_notice(job, &v.head))
		return notice_run(e, job, f);
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

/* --- sending --- */

static struct as2_draft draft_of(const struct verb_submit *ask)
{
	return (struct as2_draft){
		.area = ask->area, .message_id = ask->message_id, .media_type = ask->media_type,
		.filename = ask->filename, .now_ns = ask->created_ns,
		.deadline_ns = ask->deadline_ns, .clock = clock_quality_now(),
	};
}

static enum status sender_of(struct as2_sender *out, const struct envelope *e,
	const struct verb_submit *ask, struct fault *f)
{
	const struct trusted *to;

	TRY(trust_find(&to, e->trust, ask->partner, f));
	TRY(protection_permits(
		e->process, to, e->post_quantum, DIRECTION_SEND, ask->area, f));
	*out = (struct as2_sender){
		.own_id = own_id(e),
		.partner_id = ask->partner,
		.signer = own_signer(e),
		.algorithms = to->partner->agreement->algorithms,
		.terms = to->partner->agreement->as2,
		.receipt_url = buf_slice(&e->receipt_url),
	};
	return !out->terms.encrypt
		? ST_OK
		: trust_recipient(&out->recipient, to, ask->area, clock_utc_ns(), f);
}

/* What is known of a message that goes besides what was asked. */
struct outgoing {
	uint64_t answers; /* row of the message it was made for, 0: a person's */
	struct der_timing timing;
	uint64_t facts; /* with which id the ledger was asked about it, 0: not */
};

static enum status submission_hand_over(const struct envelope *e, const struct job *job,
	const struct verb_submit *ask, const struct outgoing *of, struct as2_sealed *sealed,
	struct fault *f)
{
	AUTO_FD fd = -1;
	AUTO_IN_PLACE(buf) mic = buf_init(MIC_TEXT_MAX);
	const struct slice document = sealed->document;
	const struct parcel parcel = {
		.pieces = { sealed->part, sealed->document_is_apart ? document : S(""),
			buf_slice(&sealed->signature), sealed->body },
		.count = 4,
		.spool = job->spool,
		.bufs = { &sealed->content, &sealed->entity, &sealed->packed, &sealed->signature,
			&sealed->cipher },
		.buf_count = 5,
	};
	struct section at[4];

	TRY(mic_format(&mic, &sealed->mic, f));
	TRY(parcel_make(&fd, at, &parcel, f));
	struct verb_enqueue body = {
		.ticket = job->id,
		.answers = of->answers,
		.is_copy = job->is_copy,
		.area = ask->area,
		.created_ns = ask->created_ns,
		.deadline_ns = ask->deadline_ns,
		.size = document.n,
		.partner = ask->partner,
		.message_id = ask->message_id,
		.media_type = ask->media_type,
		.filename = ask->filename,
		.digest = digest_slice(&sealed->digest),
		.mic = buf_slice(&mic),
		.headers = buf_slice(&sealed->headers),
		.part_at = at[0].at,
		.part_n = at[0].n,
		.document_at = sealed->document_is_apart
			? at[1].at
			: at[0].at + (uint64_t)(document.p - sealed->part.p),
		.document_n = document.n,
		.signature_at = at[2].at,
		.signature_n = at[2].n,
		.sealed_at = at[3].at,
		.sealed_n = at[3].n,
		.scope = slice_str(of->timing.scope),
		.sequence = of->timing.sequence,
		.facts = of->facts,
	};
	hand_to_ledger(e, job, VERB_ENQUEUE, &body, fd);
	return ST_OK;
}

/* Of what holds one document, and none of our own types, the desk has asked. */
static enum status submission_permitted(struct consulted *out, const struct envelope *e,
	const struct verb_submit *ask, struct slice document, struct fault *f)
{
	const struct trusted *to;

	TRY(trust_find(&to, e->trust, ask->partner, f));
	TRY(documents_undisguised(to->partner->agreement, document, ask->media_type, f));
	if (!documents_may_hold(ask->media_type) &&
		!x12_documents_may_be(&to->partner->agreement->x12, ask->media_type))
		return ST_OK;
	const struct permission permission = { .agreement = to->partner->agreement,
		.direction = DIRECTION_SEND,
		.way = documents_way(registry_settings(e->process->registry), to->partner->sheet,
			false, ask->area),
		.message_id = ask->message_id,
		.consulted = out };
	return document_permitted(e, &permission, document, ask->media_type, f);
}

struct submission {
	int fd;
	uint64_t at, size; /* bytes of it: read, all */
};

/* Copied, not mapped: the file is the user's, who may cut it short under us. */
static enum status document_next(struct buf *to, void *context, struct fault *f)
{
	struct submission *s = context;
	const uint64_t left = s->size - s->at, n = left < PIECE_SIZE ? left : PIECE_SIZE;

	TRY(fd_read_at(to, s->fd, s->at, n, f));
	s->at += n;
	return ST_OK;
}

static enum status timed_seal(const struct envelope *e, const struct job *job,
	const struct verb_submit *ask, const struct outgoing *of, struct fault *f)
{
	struct consulted consulted = { 0 };
	struct outgoing whole = *of;
	AUTO_IN_PLACE(as2_sealed) sealed;
	const struct as2_draft draft = draft_of(ask);
	struct submission submission = { .fd = job->fd, .size = ask->size };
	const struct as2_content content = { document_next, &submission };
	struct as2_sender sender;

	as2_sealed_init(&sealed, ask->size, job->spool);
	TRY(sender_of(&sender, e, ask, f));
	TRY(blame_keyholder(e, as2_seal(&sealed, &draft, &sender, &content, f), f));
	/* Only now it is whole; what is not permitted ends here, and was seen by nobody. */
	TRY(submission_permitted(&consulted, e, ask, sealed.document, f));
	whole.facts = consulted.id;
	return submission_hand_over(e, job, ask, &whole, &sealed, f);
}

/* What a document of ours says of time stands in front of it, and so must be known before. */
static enum status submission_timing(struct der_timing *out, const struct envelope *e,
	const struct job *job, const struct verb_submit *ask, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(TIMED_MAX);
	const struct document_terms *terms;
	const struct trusted *to;

	*out = (struct der_timing){ 0 };
	TRY(trust_find(&to, e->trust, ask->partner, f));
	terms = &to->partner->agreement->documents;
	if (!terms->examine || ask->size > TIMED_MAX || !documents_may_hold(ask->media_type))
		return ST_OK;
	TRY(fd_read_at(&content, job->fd, 0, ask->size, f));
	timing_read(out, terms, ask->area, buf_slice(&content), ask->media_type);
	return ST_OK;
}

/* Whichever is earlier, the message's deadline or the end of what it carries. */
static enum status deadline_settle(
	struct verb_submit *ask, const struct der_timing *timing, struct fault *f)
{
	char at[TIME_TEXT_MAX];

	if (timing->expires_ns != 0 && timing->expires_ns <= clock_utc_ns())
		return fault_set(f, ST_INPUT, "message.late", "the document expired at %s",
			time_format(at, timing->expires_ns));
	if (timing->expires_ns != 0 && timing->expires_ns < ask->deadline_ns)
		ask->deadline_ns = timing->expires_ns;
	ask->deadline_ns -= ask->deadline_ns % NS_PER_MS; /* as it will be said */
	return ST_OK;
}

static enum status document_seal(const struct envelope *e, const struct job *job,
	const struct verb_submit *asked, uint64_t answers, struct fault *f)
{
	struct verb_submit settled = *asked, *ask = &settled;
	struct outgoing of = { .answers = answers };

	TRY(submission_timing(&of.timing, e, job, ask, f));
	TRY(deadline_settle(ask, &of.timing, f));
	return timed_seal(e, job, ask, &of, f);
}

static enum status submit_run(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_submit ask;
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	TRY(ipc_body_parse(&ask, &packet, f));
	if (ask.area >= AREAS || ask.size > DOCUMENT_SIZE_LIMIT)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u, size %llu", ask.area,
			(unsigned long long)ask.size);
	return document_seal(e, job, &ask, 0, f);
}

/* --- receipts --- */

static void attempt_failed(const struct envelope *e, const struct job *job, const struct fault *why)
{
	/*
	 * Whatever is wrong with an answer, the message may have arrived: only the schedule
	 * decides, never this answer.
	 */
	struct verb_failed body = { .row = job->id,
		.status = ST_RETRY,
		.code = slice_str(why->code),
		.text = slice_str(why->text) };

	say(process_link(e->process, ROLE_LEDGER, 0), VERB_FAILED, job->id, &body, -1);
}

static void settlement_say(const struct envelope *e, const struct job *job,
	const struct verb_check *ask, struct proof *proof, struct slice type, uint64_t size)
{
	struct verb_settle body = proof_settlement(proof);

	body.row = ask->row;
	body.sent_ns = ask->sent_ns;
	body.answered_ns = ask->answered_ns;
	body.partner = ask->partner;
	body.message_id = ask->message_id;
	body.type = type;
	body.n = size;
	say(process_link(e->process, ROLE_LEDGER, 0), VERB_SETTLE, job->id, &body, job->fd);
}

/* Where no receipt is agreed, the courier passes on good answers only. */
static void unreceipted_settle(
	const struct envelope *e, const struct job *job, const struct verb_check *ask)
{
	struct proof none = { .mdn = { .disposition = S("processed") } };

	settlement_say(e, job, ask, &none, S(""), 0);
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
	if (from->partner->agreement->as2.receipt == RECEIPT_NONE) {
		unreceipted_settle(e, job, ask);
		return ST_OK;
	}
	TRY(receipt_body(&body, job, f));
	TRY(proof_read(&proof, ask->type, buf_slice(&body), from, clock_utc_ns(), f));
	TRY(signer_permitted(from, ask->area, ask->partner, &proof.revocation, f));
	if (!slice_eq(proof.mdn.original_message_id, ask->message_id))
		return fault_set(f, ST_INPUT, "mdn.other-message", "the receipt is for %.*s",
			SLICE_FMT(proof.mdn.original_message_id));
	settlement_say(e, job, ask, &proof, ask->type, body.n);
	return ST_OK;
}

static enum status check_run(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_check ask;
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	TRY(ipc_body_parse(&ask, &packet, f));
	enum status st = receipt_judge(e, job, &ask, f);
	if (st != ST_OK) {
		log_warning("receipt-invalid", LOG_S("msg", ask.message_id),
			LOG_S("partner", ask.partner), LOG_FAULT(f));
		attempt_failed(e, job, f);
	}
	return ST_OK;
}

/* --- receipts that come by themselves --- */

/* Which message it is for, its own Message-ID does not say: the ledger looks for it. */
static enum status notice_claim(const struct envelope *e, const struct job *job,
	const struct verb_open *ask, const struct as2_head *head, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	AUTO_IN_PLACE(proof) proof;
	const struct trusted *from;

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
	/* Which area its message is of is not known yet: it must be good for all. */
	for (enum area area = 0; area < AREAS; area++)
		TRY(signer_permitted(from, area, ask->partner, &proof.revocation, f));
	struct verb_settle claim = proof_settlement(&proof);
	claim.edge = job->index;
	claim.partner = ask->partner;
	claim.message_id = proof.mdn.original_message_id;
	claim.type = head->content_type;
	claim.n = body.n;
	hand_to_ledger(e, job, VERB_CLAIM, &claim, job->fd);
	return ST_OK;
}

static enum status notice_run(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_open ask;
	struct as2_head head;
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	TRY(ipc_body_parse(&ask, &packet, f));
	TRY(as2_head_parse(&head, ask.head, f));
	enum status st = notice_claim(e, job, &ask, &head, f);
	if (st == ST_OK || is_passing(st))
		return st;
	log_warning("receipt-invalid", LOG_S("receipt", head.message_id),
		LOG_S("partner", ask.partner), LOG_FAULT(f));
	say(asker_link(e, job), VERB_NOTED, job->id, &(struct verb_fault){ FAULT_VERB(f) }, -1);
	return ST_OK;
}

/* --- looking into documents --- */

#define FOUND_QUEUE_MAX 64 /* packets that wait for the ledger before we wait, too */
#define LEDGER_WAIT_MS 60000

static enum status found_say(
	const struct envelope *e, enum verb verb, uint64_t row, const void *body, struct fault *f)
{
	struct ipc *ledger = process_link(e->process, ROLE_LEDGER, 0);

	if (ledger && ipc_queued(ledger) >= FOUND_QUEUE_MAX)
		TRY(ipc_drain(ledger, LEDGER_WAIT_MS, f));
	return process_send(ledger, verb, row, body, -1, f);
}

/* More is found than any queue holds; when something of it is lost, all is said again. */
struct telling {
	const struct envelope *e;
	struct fault lost; /* the first that could not be said; code empty: none */
};

static void tell(struct telling *t, enum verb verb, uint64_t row, const void *body)
{
	if (!t->lost.code[0])
		(void)!found_say(t->e, verb, row, body, &t->lost);
}

static void set_tell(void *context, const struct verb_set *set)
{
	tell(context, VERB_SET, set->row, set);
}

static void verdict_tell(void *context, const struct verb_verdict *verdict)
{
	tell(context, VERB_VERDICT, verdict->row, verdict);
}

static void finding_tell(void *context, const struct verb_finding *finding)
{
	tell(context, VERB_FINDING, finding->row, finding);
}

static void examined_say(const struct envelope *e, const struct verb_examined *body)
{
	struct fault f;

	if (found_say(e, VERB_EXAMINED, body->row, body, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", "examined"), LOG_FAULT(&f));
}

static enum status document_examine(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct examined *out, uint32_t *numbers, struct fault *f)
{
	struct telling telling = { .e = e };
	const struct trusted *partner;

	TRY(trust_find(&partner, e->trust, ask->partner, f));
	struct examiner_question question = {
		.agreement = partner->partner->agreement,
		.ask = ask,
		.way = documents_way(registry_settings(e->process->registry),
			partner->partner->sheet, ask->direction == MESSAGE_IN, ask->area),
		.document = job->fd,
		.now_ns = clock_utc_ns(),
		.set = set_tell,
		.verdict = verdict_tell,
		.finding = finding_tell,
		.context = &telling,
	};
	TRY(examiner_run(out, numbers, e->examiner, &question, f));
	if (telling.lost.code[0])
		return fault_set(f, ST_RETRY, telling.lost.code, "%s", telling.lost.text);
	return ST_OK;
}

/*
 * A message of our own making.  ST_MORE: it is large and needs a spool file, of which each holds
 * one.
 */
static enum status made_seal(const struct envelope *e, const struct job *job,
	const struct verb_submit *submission, uint64_t of, struct slice content, struct fault *f)
{
	AUTO_FD document = -1;
	struct job sealing = *job;
	bool large = content.n > LEDGER_INLINE_MAX;

	if (large && (job->spool < 0 || job->looking->is_spool_spent))
		return fault_set(f, ST_MORE, "envelope.spool", "what is made is large");
	TRY(memory_file_new(&document, "made", content, f));
	sealing.fd = document;
	sealing.spool = large ? job->spool : -1;
	job->looking->is_spool_spent |= large;
	TRY(document_seal(e, &sealing, submission, of, f));
	return job->looking->is_lost ? fault_set(f, ST_RETRY, "ledger.restarting",
					       "the ledger is being restarted")
				     : ST_OK;
}

/* The same message is answered under the same Message-ID, whoever dies in between. */
static void answer_id(struct buf *out, const struct envelope *e, const struct verb_examine *ask)
{
	AUTO_IN_PLACE(buf) of = buf_init(PARTY_ID_MAX + MESSAGE_ID_MAX + 1);
	uint8_t digest[DIGEST_SIZE];

	buf_put(&of, ask->partner);
	buf_put_text(&of, "\n");
	buf_put(&of, ask->message_id);
	digest_sha256(digest, buf_slice(&of));
	message_id_answer(out, own_id(e),
		slice_of(digest, sizeof(digest)));
}

static enum status answer_seal(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, const struct agreement *agreement, struct slice answer,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	answer_id(&id, e, ask);
	struct verb_submit submission = { .partner = ask->partner,
		.message_id = buf_slice(&id),
		.media_type = S(X12_MEDIA_TYPE),
		.filename = S(""),
		.area = ask->area,
		.created_ns = clock_utc_ns(),
		.deadline_ns = clock_utc_ns() + agreement_deadline_ns(agreement, ask->area),
		.size = answer.n };
	return made_seal(e, job, &submission, ask->row, answer, f);
}

/* ST_MORE: it is large, and needs a spool file. */
static enum status answer_send(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct fault *f)
{
	struct examined *out = &job->looking->out;
	struct slice answer = buf_slice(&out->answer);
	const struct trusted *to;
	const struct agreement *agreement;

	if (answer.n == 0 || job->looking->is_answered)
		return ST_OK;
	TRY(trust_find(&to, e->trust, ask->partner, f));
	agreement = to->partner->agreement;
	if (agreement_permits(agreement, DIRECTION_SEND, ask->area, answer.n, S(X12_MEDIA_TYPE),
		    &out->flag) != ST_OK)
		return ST_OK; /* the message is flagged for it */
	TRY(answer_seal(e, job, ask, agreement, answer, f));
	job->looking->is_answered = true;
	return ST_OK;
}

/* --- copies for others --- */

struct copying {
	const struct envelope *e;
	const struct job *job;
	const struct verb_examine *ask;
	struct telling telling;
	unsigned seen;
};

/* Many may be made of one message, and each is to reach the ledger before its end is said. */
static enum status ledger_drain(const struct envelope *e, struct fault *f)
{
	struct ipc *ledger = process_link(e->process, ROLE_LEDGER, 0);

	return ledger && ipc_queued(ledger) >= FOUND_QUEUE_MAX
		? ipc_drain(ledger, LEDGER_WAIT_MS, f)
		: ST_OK;
}

static enum status copy_seal(const struct copying *c, const struct copy *copy, struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX), view = buf_init(COPY_SIZE_MAX);
	const struct verb_examine *ask = c->ask;
	struct job job = *c->job;

	TRY(copy_make(&view, copy, c->e->process->registry, (enum area)ask->area, f));
	TRY(ledger_drain(c->e, f));
	copy_id(&id, copy, own_id(c->e), ask);
	job.is_copy = true;
	struct verb_submit submission = { .partner = slice_str(copy->to->sheet->id),
		.message_id = buf_slice(&id),
		.media_type = S(DOCUMENT_MEDIA_TYPE),
		.filename = S(""),
		.area = ask->area,
		.created_ns = clock_utc_ns(),
		.deadline_ns = clock_utc_ns() +
			agreement_deadline_ns(copy->to->agreement, (enum area)ask->area),
		.size = view.n };
	return made_seal(c->e, &job, &submission, ask->row, buf_slice(&view), f);
}

/* Of a copy none is made, as it should be; but an aggregator's word that it is one is none. */
static bool is_rightly_none(const struct copying *c, struct slice code)
{
	const struct trusted *from;

	return slice_eq(code, S("der.view.copy")) &&
		trust_find(&from, c->e->trust, c->ask->partner, NULL) == ST_OK &&
		from->partner->sheet->role != PARTY_AGGREGATOR;
}

static void copy_refuse(struct copying *c, const struct copy *copy, const struct fault *why)
{
	AUTO_IN_PLACE(buf) text = buf_init(FINDING_TEXT_MAX + FAULT_TEXT_MAX);
	struct fault *flag = &c->job->looking->out.flag;

	buf_putf(&text, "to %s: %s", copy->to->sheet->id, copy->type);
	if (copy->number > 0)
		buf_putf(&text, ", document %u", copy->number);
	buf_putf(&text, ": %s", why->text);
	struct verb_finding body = { .row = c->ask->row,
		.of_copy = true,
		.code = slice_str(why->code),
		.text = slice_to(buf_slice(&text), FINDING_TEXT_MAX) };
	finding_tell(&c->telling, &body);
	if (!flag->code[0] && !is_rightly_none(c, body.code))
		fault_set(flag, ST_INPUT, "der.not-copied", "not copied %s (%s)", buf_text(&text),
			why->code);
}

static enum status copy_send(void *context, const struct copy *copy, struct fault *f)
{
	struct copying *c = context;
	struct looking *looking = c->job->looking;

	if (c->seen++ < looking->copied)
		return ST_OK;
	enum status st = copy_seal(c, copy, f);
	if (st == ST_MORE || is_passing(st))
		return st;
	if (st != ST_OK)
		copy_refuse(c, copy, f);
	if (c->telling.lost.code[0])
		return fault_set(
			f, ST_RETRY, c->telling.lost.code, "%s", c->telling.lost.text);
	looking->copied++;
	return ST_OK;
}

static bool is_valid(const struct documents_verdict *v)
{
	return v->documents > 0 && v->errors == 0 && !v->fault.code[0];
}

/* ST_MORE: the next one is large, and needs a spool file of its own. */
static enum status copies_send(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct copying copying = { e, job, ask, { .e = e }, 0 };

	if (!is_valid(&job->looking->out.documents) ||
		!copies_may_be(e->process->registry, ask))
		return ST_OK;
	TRY(mapping_init(&map, job->fd, UINT64_MAX, f));
	return copies_each(e->process->registry, ask,
		slice_sub(map.bytes, (size_t)ask->at, (size_t)ask->n), copy_send, &copying, f);
}

static enum status made_send(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct fault *f)
{
	TRY(answer_send(e, job, ask, f));
	return copies_send(e, job, ask, f);
}

/* Whatever was in the way is told: nothing was done, and it is looked into again. */
static enum status examine_run(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct looking *l = job->looking;
	struct verb_examine ask;
	struct fault why = { 0 };
	struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};

	TRY(ipc_body_parse(&ask, &packet, f));
	enum status st = l->is_done
		? ST_OK
		: document_examine(e, job, &ask, &l->out, &l->numbers, &why);
	if (st == ST_OK) {
		l->is_done = true;
		st = made_send(e, job, &ask, &why);
		if (st == ST_MORE)
			return st;
	}
	struct verb_examined body = { .row = ask.row,
		.status = st,
		.numbers = l->numbers,
		.code = slice_str(st == ST_OK ? l->out.flag.code : why.code),
		.text = slice_str(st == ST_OK ? l->out.flag.text : why.text),
		.summary = slice_str(l->out.summary),
		.documents = slice_str(l->out.documents.summary) };
	examined_say(e, &body);
	return ST_OK;
}

/* --- jobs --- */

static void job_failed(const struct envelope *e, const struct job *job, const struct fault *why)
{
	struct verb_accepted refused = { FAULT_VERB(why) };
	struct verb_examined not_examined = { .row = job->id, FAULT_VERB(why) };

	if (job->code == VERB_EXAMINE)
		examined_say(e, &not_examined);
	else if (job->code == VERB_SUBMIT && !is_passing(why->status))
		say(asker_link(e, job), VERB_ACCEPTED, job->id, &refused, -1);
	else
		say_try_later(e, job, why);
}

static const struct {
	enum status (*run)(const struct envelope *, const struct job *, struct fault *);
} shapes[VERBS] = {
	[VERB_OPEN] = { open_run },
	[VERB_REFUSE] = { open_run },
	[VERB_NOTICE] = { notice_run },
	[VERB_SUBMIT] = { submit_run },
	[VERB_CHECK] = { check_run },
	[VERB_EXAMINE] = { examine_run },
};

/* ST_MORE: it needs a spool file first.  Everything else has been answered. */
static enum status job_run(const struct envelope *e, const struct job *job)
{
	struct fault f;
	enum status st = shapes[job->code].run(e, job, &f);

	if (st == ST_OK || st == ST_MORE)
		return st;
	log_warning("job-failed", LOG_T("verb", verbs.types[job->code].name), LOG_FAULT(&f));
	job_failed(e, job, &f);
	return st;
}

static struct looking *looking_new(void)
{
	struct looking *l = alloc_zeroed(1, sizeof(*l));

	examined_init(&l->out);
	return l;
}

static void looking_free(struct looking *l)
{
	if (l)
		examined_done(&l->out);
	free(l);
}

static void job_free(struct job *job)
{
	looking_free(job->looking);
	fd_close(&job->fd);
	fd_close(&job->spool);
	buf_done(&job->packet);
	free(job);
}

static void spool_leave(const struct envelope *e, struct job *job)
{
	if (job->spool >= 0 && process_link(e->process, ROLE_LEDGER, 0))
		say(process_link(e->process, ROLE_LEDGER, 0), VERB_UNSPOOL, job->ticket,
			&(struct verb_empty){ 0 }, -1);
	fd_close(&job->spool);
}

/* What has a spool file, or waits for one, gives it back. */
static void job_drop(struct envelope *e, struct job *job)
{
	spool_leave(e, job);
	job_free(job);
}

static void waiting_remove(struct envelope *e, struct job *job)
{
	TAILQ_REMOVE(&e->waiting, job, entry);
	e->waiting_count--;
}

/* Takes the packet's descriptor. */
static struct job *job_new(
	const struct envelope *e, const struct ipc *link, struct ipc_packet *packet)
{
	struct job *job = alloc_zeroed(1, sizeof(*job));

	job->code = packet->code;
	job->id = packet->id;
	job->fd = FD_TAKE(packet->fd);
	if (job->code == VERB_EXAMINE)
		job->looking = looking_new();
	job->spool = -1;
	job->packet = buf_init(IPC_PACKET_MAX);
	buf_put(&job->packet, packet->body);
	job->body = buf_slice(&job->packet);
	job->turn.owner = job;
	process_peer(&job->asker, &job->index, e->process, link);
	return job;
}

/* --- whose turn it is --- */

/* What another verb's body says of its lane: others are of no area, or behind all. */
static void open_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_open v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK)
		return;
	*partner = v.partner;
	*lane = v.unproven   ? TURN_LANE_LAST
		: v.area < AREAS ? area_profile(v.area)->lane
				 : AREAS;
}

static void submit_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_submit v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK || v.area >= AREAS)
		return;
	*partner = v.partner;
	*lane = area_profile(v.area)->lane;
}

static void check_lane(unsigned *lane, struct slice *partner, const struct ipc_packet *packet)
{
	struct verb_check v;

	if (ipc_body_parse(&v, packet, NULL) != ST_OK || v.area >= AREAS)
		return;
	*partner = v.partner;
	*lane = area_profile(v.area)->lane;
}

static void on_turn(evutil_socket_t fd, short what, void *context);

/*
 * How long the next of them has to wait for something more urgent, here or in other processes.
 * Who is full waits for nothing: the urgent itself may be behind it.
 */
static int64_t turn_yields_ns(const struct envelope *e)
{
	int64_t ns = e->is_full ? 0 : process_yield_ns(e->process, TURN_LANE_LAST);

	return ns > 0 && turns_lane(&e->ready) == 0 ? 0 : ns;
}

/* The next of them, when all that has come by then was read. */
static void turn_set(struct envelope *e)
{
	int64_t us = (turn_yields_ns(e) + 999) / 1000;

	if (!e->next)
		e->next = event_new(e->process->loop, -1, 0, on_turn, e);
	if (!e->next ||
		(e->ready.count > 0 && event_add(e->next, &(struct timeval){ 0, us }) != 0))
		die("watching for the next turn failed");
}

/* Who asks for work, and may have to wait for it. */
static void askers_pause(struct envelope *e, bool paused)
{
	static const enum role askers[] = { ROLE_EDGE, ROLE_DESK, ROLE_COURIER };

	if (e->is_full == paused)
		return;
	e->is_full = paused;
	for (size_t i = 0; i < sizeof(askers) / sizeof(askers[0]); i++)
		for (unsigned index = 0; index < WORKERS_MAX; index++) {
			struct ipc *link = process_link(e->process, askers[i], index);
			if (link)
				ipc_pause(link, paused);
		}
}

static void job_ready(struct envelope *e, struct job *job)
{
	static void (*const lanes[VERBS])(
		unsigned *lane, struct slice *partner, const struct ipc_packet *) = {
		[VERB_OPEN] = open_lane, [VERB_REFUSE] = open_lane, [VERB_NOTICE] = open_lane,
		[VERB_SUBMIT] = submit_lane, [VERB_CHECK] = check_lane,
	};
	const struct ipc_packet packet = {
		.type = &verbs.types[job->code], .code = job->code, .body = job->body
	};
	unsigned lane = AREAS;
	struct slice partner = S("");

	if (lanes[job->code])
		lanes[job->code](&lane, &partner, &packet);
	process_urgent(e->process, lane);
	turns_add(&e->ready, &job->turn, lane, partner);
	if (e->ready.count >= READY_MAX)
		askers_pause(e, true);
	turn_set(e);
}

static enum status spool_ask(const struct envelope *e, uint64_t ticket, struct fault *f)
{
	return process_send(process_link(e->process, ROLE_LEDGER, 0), VERB_SPOOL, ticket,
		&(struct verb_empty){ 0 }, -1, f);
}

static void job_await_spool(struct envelope *e, struct job *job)
{
	struct fault f;

	job->ticket = process_ticket(e->process);
	if (e->waiting_count >= JOBS_MAX)
		fault_set(&f, ST_RETRY, "envelope.busy", "%u large messages are being worked on",
			e->waiting_count);
	else if (spool_ask(e, job->ticket, &f) == ST_OK) {
		TAILQ_INSERT_TAIL(&e->waiting, job, entry);
		e->waiting_count++;
		return;
	}
	job_failed(e, job, &f);
	job_drop(e, job);
}

/* Its first spool file, or one more for the next message that it makes. */
static void job_spool_next(struct envelope *e, struct job *job)
{
	if (job->spool >= 0 && !job->looking)
		bug("a job that has a spool file asks for one");
	spool_leave(e, job);
	if (job->looking)
		job->looking->is_spool_spent = false;
	job_await_spool(e, job);
}

/*
 * The size of what comes in tells that of what goes out, and decides between memory and spool; only
 * what was compressed finds out later (arrival_hand_over).
 */
static bool job_is_large(const struct job *job)
{
	uint64_t size;

	return (job->code == VERB_OPEN || job->code == VERB_SUBMIT || job->code == VERB_EXAMINE) &&
		fd_size(&size, job->fd, NULL) == ST_OK && size > LEDGER_INLINE_MAX;
}

/* A new configuration has other guides. */
static void examiner_ready(struct envelope *e, const struct job *job)
{
	if (job->code == VERB_EXAMINE && !e->examiner)
		e->examiner = examiner_new(e->process->registry);
}

static void on_job(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_new(e, link, packet);

	if (job_is_large(job))
		job_await_spool(e, job);
	else
		job_ready(e, job);
}

/* One at a time: what is more urgent may have come meanwhile. */
static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct envelope *e = context;
	struct turn *turn = turn_yields_ns(e) > 0 ? NULL : turns_take(&e->ready);
	struct job *job = turn ? turn->owner : NULL;

	(void)fd;
	(void)what;
	if (!job) {
		turn_set(e);
		return;
	}
	process_yield_pass(e->process, job->turn.lane);
	examiner_ready(e, job);
	if (job_run(e, job) == ST_MORE)
		job_spool_next(e, job);
	else
		job_drop(e, job);
	if (e->ready.count <= READY_MAX / 2)
		askers_pause(e, false);
	turn_set(e);
}

static struct job *job_find(const struct envelope *e, uint64_t ticket)
{
	struct job *job;

	TAILQ_FOREACH(job, &e->waiting, entry)
		if (job->ticket == ticket)
			return job;
	return NULL;
}

static void on_spooled(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_find(e, packet->id);

	(void)link;
	if (!job)
		return;
	job->spool = FD_TAKE(packet->fd);
	waiting_remove(e, job);
	job_ready(e, job);
}

/*
 * From the ledger: for a spool file asked for, or for an arrival it could not store, whose edge it
 * told itself.
 */
static void on_try_later(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	struct envelope *e = self->state;
	struct job *job = job_find(e, packet->id);
	struct verb_fault body;
	struct fault f;

	(void)link;
	if (!job || ipc_body_parse(&body, packet, &f) != ST_OK)
		return;
	fault_from_verb(&f, body.status, body.code, body.text);
	job_failed(e, job, &f);
	waiting_remove(e, job);
	job_drop(e, job);
}

static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(
		struct process *, struct ipc *, struct ipc_packet *) = {
		[VERB_OPEN] = on_job,
		[VERB_REFUSE] = on_job,
		[VERB_NOTICE] = on_job,
		[VERB_SUBMIT] = on_job,
		[VERB_CHECK] = on_job,
		[VERB_EXAMINE] = on_job,
		[VERB_FETCHED] = inspection_run,
		[VERB_SPOOLED] = on_spooled,
		[VERB_TRY_LATER] = on_try_later,
	};

	if (handlers[packet->code])
		handlers[packet->code](self, link, packet);
}

/* --- life --- */

static bool is_lost(const struct job *job, enum role role, unsigned index)
{
	return role == job->asker && index == job->index;
}

static void waiting_lose(struct envelope *e, enum role role, unsigned index, const struct fault *f)
{
	struct job *job = TAILQ_FIRST(&e->waiting), *next;

	for (; job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (role == ROLE_LEDGER)
			job_failed(e, job, f);
		if (role != ROLE_LEDGER && !is_lost(job, role, index))
			continue;
		waiting_remove(e, job);
		job_drop(e, job);
	}
}

/* A spool file is none any more when the ledger is gone that lent it. */
static void ready_lose(struct envelope *e, enum role role, unsigned index, const struct fault *f)
{
	struct turn *turn = TAILQ_FIRST(&e->ready.waiting), *next;

	for (; turn; turn = next) {
		struct job *job = turn->owner;
		bool is_unspooled = role == ROLE_LEDGER && job->spool >= 0;

		next = TAILQ_NEXT(turn, link);
		if (is_unspooled)
			job_failed(e, job, f);
		if (!is_unspooled && !is_lost(job, role, index))
			continue;
		turns_remove(&e->ready, turn);
		job_drop(e, job);
	}
}

/*
 * Who asked is gone, or the ledger is: nobody waits for these any more, or nobody can answer them.
 */
static void on_link(struct process *self, enum role role, unsigned index, struct ipc *link)
{
	struct envelope *e = self->state;
	struct fault f;

	if (link) {
		if (e->is_full && role != ROLE_LEDGER && role != ROLE_KEYHOLDER)
			ipc_pause(link, true);
		return;
	}
	fault_set(&f, ST_RETRY, "ledger.restarting", "the ledger is being restarted");
	waiting_lose(e, role, index, &f);
	ready_lose(e, role, index, &f);
	if (e->ready.count <= READY_MAX / 2)
		askers_pause(e, false);
}

static void openers_collect(struct envelope *e)
{
	const struct process *self = e->process;

	e->opener_count = 0;
	for (size_t i = 0; i < self->ring->count; i++) {
		const struct keyring_cert *c = &self->ring->certs[i];
		if (c->use != CERT_ENCRYPT)
			continue;
		if (e->opener_count == 0)
			e->oldest = c->generation;
		e->openers[e->opener_count++] =
			(struct opener){ .cert = c->cert, .key = self->ring_keys[i] };
	}
	free(e->sealed_to);
	e->sealed_to = alloc_zeroed(
		registry_partner_count(self->registry) + 1, sizeof(*e->sealed_to));
}

static void configure(struct envelope *e)
{
	trust_free(e->trust);
	e->trust = trust_new(e->process->registry, e->process->fetched);
	examiner_free(e->examiner);
	e->examiner = NULL;
	buf_clear(&e->receipt_url);
	receipt_address_own_put(&e->receipt_url, registry_settings(e->process->registry));
	copies_log(e->process->registry);
	openers_collect(e);
}

/* Who gets copies may be others now: they are gone through anew, and made once all the same. */
static void copies_restart(struct envelope *e)
{
	struct job *job;

	TAILQ_FOREACH(job, &e->waiting, entry)
		if (job->looking)
			job->looking->copied = 0;
}

static void on_config(struct process *self, const struct registry *before)
{
	(void)before;
	configure(self->state);
	copies_restart(self->state);
}

static const struct process_role envelope_role = {
	.role = ROLE_ENVELOPE,
	.packet = on_packet,
	.link = on_link,
	.config = on_config,
};

int envelope_main(struct process *self)
{
	static struct x12_guide_set guides;
	static struct envelope e;

	e = (struct envelope){ .process = self,
		.guides = &guides,
		.receipt_url = buf_init(RECEIPT_ADDRESS_MAX),
		.waiting = TAILQ_HEAD_INITIALIZER(e.waiting) };
	self->state = &e;
	turns_init(&e.ready);
	process_init(self, &envelope_role);
	e.post_quantum = crypto_post_quantum();
	configure(&e);
	process_confine(self, &envelope_sandbox, ".");
	return process_run(self);
}
