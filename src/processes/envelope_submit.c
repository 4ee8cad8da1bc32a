/* SPDX-License-Identifier: Apache-2.0 */
/* A message that goes: its deadline settled, sealed once, handed over to be sent. */
#include "processes/envelope_submit.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "bindings/as2_seal.h"
#include "processes/envelope_permit.h"
#include "processes/own_documents.h"
#include "processes/parcel.h"
#include "processes/proof.h"
#include "processes/protection.h"
#include "processes/x12_documents.h"

#define PIECE_SIZE 1048576    /* bytes of a document read at once */
#define TIMED_MAX (4U << 20)  /* bytes of a document that is asked for its own end before it goes */

static struct as2_draft draft_of(const struct verb_submit *ask)
{
	return (struct as2_draft){
		.area = ask->area, .message_id = ask->message_id, .media_type = ask->media_type,
		.filename = ask->filename, .now_ns = ask->created_ns,
		.deadline_ns = ask->deadline_ns, .clock = clock_quality_now(),
	};
}

/* Nothing goes that is less protected than its area, or the document itself, asks for. */
static enum status submission_protected(const struct envelope *e, const struct trusted *to,
	const struct verb_submit *ask, int64_t secret_until_ns, struct fault *f)
{
	const struct protected what = { .direction = DIRECTION_SEND,
		.area = ask->area,
		.secret_until_ns = secret_until_ns };

	return protection_permits(e->process, to, e->post_quantum, &what, f);
}

static enum status sender_of(struct as2_sender *out, const struct envelope *e,
	const struct verb_submit *ask, int64_t secret_until_ns, struct fault *f)
{
	const struct trusted *to;

	TRY(trust_find(&to, e->trust, ask->partner, f));
	TRY(submission_protected(e, to, ask, secret_until_ns, f));
	*out = (struct as2_sender){
		.own_id = envelope_own_id(e),
		.partner_id = ask->partner,
		.signer = envelope_own_signer(e, to),
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
		.copy_of = ask->copy_of,
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
		.secret_until_ns = of->timing.secret_until_ns,
		.sealed_digest = sealed_digest_slice(&sealed->body_digest),
	};
	envelope_hand_to_ledger(e, job, VERB_ENQUEUE, &body, fd);
	return ST_OK;
}

/* Of what holds one document, and none of our own types, the desk has asked. */
static enum status submission_permitted(struct consulted *out, const struct envelope *e,
	const struct verb_submit *ask, struct slice document, struct fault *f)
{
	const struct trusted *to;

	TRY(trust_find(&to, e->trust, ask->partner, f));
	TRY(documents_undisguised(
		&out->flag, to->partner->agreement, document, ask->media_type, f));
	if (!documents_may_hold(ask->media_type) &&
		!x12_documents_may_be(&to->partner->agreement->x12, ask->media_type))
		return ST_OK;
	const struct permission permission = { .agreement = to->partner->agreement,
		.direction = DIRECTION_SEND,
		.way = documents_way(registry_settings(e->process->registry), to->partner,
			false, ask->area),
		.message_id = ask->message_id,
		.consulted = out };
	return envelope_document_permitted(e, &permission, document, ask->media_type, f);
}

/* What is large was not read before it was sealed. */
static enum status large_protected(int64_t *secret_until_ns, const struct envelope *e,
	const struct verb_submit *ask, struct slice document, struct fault *f)
{
	struct der_timing timing;
	const struct trusted *to;

	if (ask->size <= TIMED_MAX)
		return ST_OK;
	TRY(trust_find(&to, e->trust, ask->partner, f));
	documents_timing(&timing, &to->partner->agreement->documents, ask->area, document,
		ask->media_type);
	*secret_until_ns = timing.secret_until_ns;
	return submission_protected(e, to, ask, *secret_until_ns, f);
}

struct submission {
	int fd;
	uint64_t at, size; /* bytes of it: read, all */
};

/*
 * Copied, not mapped, and read once: the file is the user's, who may cut it short or change it
 * under us.  Whoever waits sees by its position how far we are.
 */
static enum status document_next(struct buf *to, void *context, struct fault *f)
{
	struct submission *s = context;
	const uint64_t left = s->size - s->at, n = left < PIECE_SIZE ? left : PIECE_SIZE;

	const enum status st = fd_read_at(to, s->fd, s->at, n, f);
	if (st == ST_MORE)
		return fault_set(f, ST_INPUT, "document.cut",
			"the document had %" PRIu64 " bytes when it was given, and became shorter while "
			"it was read: send it again when it is whole",
			s->size);
	TRY(st);
	s->at += n;
	if (s->size > PIECE_SIZE)
		(void)lseek(s->fd, (off_t)s->at, SEEK_SET);
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
	TRY(sender_of(&sender, e, ask, of->timing.secret_until_ns, f));
	TRY(envelope_blame_keyholder(e, as2_seal(&sealed, &draft, &sender, &content, f), f));
	/* Only now it is whole; what is not permitted ends here, and was seen by nobody. */
	TRY(large_protected(&whole.timing.secret_until_ns, e, ask, sealed.document, f));
	TRY(submission_permitted(&consulted, e, ask, sealed.document, f));
	whole.facts = consulted.id;
	return submission_hand_over(e, job, ask, &whole, &sealed, f);
}

/*
 * What a document of ours says of time stands in front of it, and so must be known before, whether
 * or not it is looked into for anything else.
 */
static enum status submission_timing(struct der_timing *out, const struct envelope *e,
	const struct job *job, const struct verb_submit *ask, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(TIMED_MAX);
	const struct document_terms *terms;
	const struct trusted *to;

	*out = (struct der_timing){ 0 };
	TRY(trust_find(&to, e->trust, ask->partner, f));
	terms = &to->partner->agreement->documents;
	if (ask->size > TIMED_MAX || !documents_may_be_timed(ask->media_type))
		return ST_OK;
	TRY(fd_read_at(&content, job->fd, 0, ask->size, f));
	documents_timing(out, terms, ask->area, buf_slice(&content), ask->media_type);
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

enum status envelope_seal(const struct envelope *e, const struct job *job,
	const struct verb_submit *asked, uint64_t answers, struct fault *f)
{
	struct verb_submit settled = *asked, *ask = &settled;
	struct outgoing of = { .answers = answers };

	TRY(submission_timing(&of.timing, e, job, ask, f));
	TRY(deadline_settle(ask, &of.timing, f));
	return timed_seal(e, job, ask, &of, f);
}

enum status envelope_submit(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct verb_submit ask;

	TRY(envelope_ask_parse(&ask, job, f));
	if (ask.area >= AREAS || ask.size > DOCUMENT_SIZE_LIMIT)
		return fault_set(f, ST_INPUT, "ipc.field", "area %u, size %llu", ask.area,
			(unsigned long long)ask.size);
	return envelope_seal(e, job, &ask, 0, f);
}
