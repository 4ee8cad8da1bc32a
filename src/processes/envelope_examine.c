/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a document: what is found is told while it is read, what is made is sealed. */
#include "processes/envelope_examine.h"

#include "base/clock.h"
#include "base/log.h"
#include "processes/copies.h"
#include "processes/envelope_submit.h"
#include "processes/own_documents.h"
#include "safeguards/digest.h"

#define FOUND_QUEUE_MAX 64 /* packets that wait for the ledger before we wait, too */
#define LEDGER_WAIT_MS 60000

/* Much may be found in one document, and made of it: all is to reach the ledger before its end. */
static enum status ledger_drain(const struct envelope *e, struct fault *f)
{
	struct ipc *ledger = process_link(e->process, ROLE_LEDGER, 0);

	return ledger && ipc_queued(ledger) >= FOUND_QUEUE_MAX
		? ipc_drain(ledger, LEDGER_WAIT_MS, f)
		: ST_OK;
}

static enum status found_say(
	const struct envelope *e, enum verb verb, uint64_t row, const void *body, struct fault *f)
{
	TRY(ledger_drain(e, f));
	return process_send(process_link(e->process, ROLE_LEDGER, 0), verb, row, body, -1, f);
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

static void interchange_tell(void *context, const struct verb_interchange *interchange)
{
	tell(context, VERB_INTERCHANGE, interchange->row, interchange);
}

static enum status recall_ask(struct verb_recalled *out, uint8_t packet[IPC_PACKET_MAX],
	const struct envelope *e, const struct verb_interchange *body, struct fault *f)
{
	struct ipc *ledger = process_link(e->process, ROLE_LEDGER, 0);
	struct ipc_packet answer;

	if (!ledger)
		return fault_set(f, ST_RETRY, "ipc.closed", "the ledger is being restarted");
	TRY(ipc_ask(&answer, packet, ledger,
		&(struct ipc_asking){ .code = VERB_RECALL,
			.answer_code = VERB_RECALLED,
			.id = body->row,
			.body = body,
			.fd = -1,
			.timeout_ms = LEDGER_WAIT_MS },
		f));
	fd_close(&answer.fd);
	TRY(ipc_body_parse(out, &answer, f));
	return out->status == ST_OK || out->status == ST_NONE
		? ST_OK
		: fault_set(f, ST_RETRY, "ledger.failed", "the ledger cannot look now");
}

/* When nobody answers, all of it is looked into again. */
static bool recall(void *context, struct buf *message_id, const struct verb_interchange *body)
{
	uint8_t packet[IPC_PACKET_MAX];
	struct verb_recalled answer;
	struct telling *t = context;

	if (t->lost.code[0] || recall_ask(&answer, packet, t->e, body, &t->lost) != ST_OK ||
		answer.status != ST_OK)
		return false;
	buf_put(message_id, answer.message_id);
	return true;
}

void envelope_examined_say(const struct envelope *e, const struct verb_examined *body)
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
	TRY(agreement_check_read(partner->partner->agreement, f));
	struct examiner_question question = {
		.agreement = partner->partner->agreement,
		.ask = ask,
		.way = documents_way(registry_settings(e->process->registry),
			partner->partner, ask->direction == MESSAGE_IN, ask->area),
		.document = job->fd,
		.now_ns = clock_utc_ns(),
		.set = set_tell,
		.verdict = verdict_tell,
		.finding = finding_tell,
		.interchange = interchange_tell,
		.recall = recall,
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
	TRY(envelope_seal(e, &sealing, submission, of, f));
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
	message_id_answer(out, envelope_own_id(e),
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

static enum status copy_seal(const struct copying *c, const struct copy *copy, struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX), view = buf_init(COPY_SIZE_MAX);
	const struct verb_examine *ask = c->ask;
	struct job job = *c->job;

	TRY(copy_make(&view, copy, c->e->process->registry, (enum area)ask->area, f));
	TRY(ledger_drain(c->e, f));
	copy_id(&id, copy, envelope_own_id(c->e), ask, 0);
	job.is_copy = true;
	struct verb_submit submission = { .partner = slice_str(copy->to->sheet->id),
		.message_id = buf_slice(&id),
		.media_type = S(DOCUMENT_MEDIA_TYPE),
		.filename = S(""),
		.area = ask->area,
		.created_ns = clock_utc_ns(),
		.deadline_ns = clock_utc_ns() +
			agreement_copy_deadline_ns(copy->to->agreement, (enum area)ask->area),
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
	if (copy->set > 0)
		buf_putf(&text, ", set %llu", (unsigned long long)copy->set);
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
	if (st == ST_MORE || envelope_is_passing(st))
		return st;
	if (st != ST_OK)
		copy_refuse(c, copy, f);
	if (c->telling.lost.code[0])
		return fault_set(
			f, ST_RETRY, c->telling.lost.code, "%s", c->telling.lost.text);
	looking->copied++;
	return ST_OK;
}

/* Where one in JSON is wrong nobody gets any; of X12 each set is told by itself. */
static bool may_be_copied(const struct copying *c)
{
	const struct registry *registry = c->e->process->registry;
	const struct documents_verdict *v = &c->job->looking->out.documents;

	return v->errors == 0 && !v->fault.code[0] && copies_may_be(registry, c->ask) &&
		(v->documents > 0 || copies_may_be_x12(registry, c->ask));
}

/* ST_MORE: the next one is large, and needs a spool file of its own. */
static enum status copies_send(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct copying copying = { e, job, ask, { .e = e }, 0 };

	const struct copies_source source = { e->process->registry, ask, e->guides };

	if (!may_be_copied(&copying))
		return ST_OK;
	TRY(mapping_init(&map, job->fd, UINT64_MAX, f));
	return copies_each(&source, slice_sub(map.bytes, (size_t)ask->at, (size_t)ask->n),
		copy_send, &copying, f);
}

static enum status made_send(const struct envelope *e, const struct job *job,
	const struct verb_examine *ask, struct fault *f)
{
	TRY(answer_send(e, job, ask, f));
	return copies_send(e, job, ask, f);
}

/* Whatever was in the way is told: nothing was done, and it is looked into again. */
enum status envelope_examine(const struct envelope *e, const struct job *job, struct fault *f)
{
	struct looking *l = job->looking;
	struct verb_examine ask;
	struct fault why = { 0 };

	TRY(envelope_ask_parse(&ask, job, f));
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
	envelope_examined_say(e, &body);
	return ST_OK;
}
