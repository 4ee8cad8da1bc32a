/* SPDX-License-Identifier: Apache-2.0 */
/* A few at a time: who looks into a document seals no message meanwhile. */
#include "processes/examinations.h"

#include "base/clock.h"
#include "ledger/interchanges.h"
#include "processes/turns.h"

#define UNDER_WAY_MAX 4
#define LOGGED_MAX 16 /* verdicts of one document; `show` and its end have the rest */
#define AGAIN_NS (60 * NS_PER_S) /* what could not be done now */
/*
 * Sets that one answer may be about, each as often as it is, where it speaks of many at once.  A
 * few bytes of it, said again and again, would keep us from everything else.
 */
#define TOUCHED_MAX (1U << 19)

struct examinations {
	struct under_way {
		uint64_t row; /* 0: nobody */
		unsigned envelope;
		uint64_t bad; /* verdicts that reject, or fit nothing */
		uint64_t touched; /* sets that words on many at once were about */
		uint64_t unheard; /* verdicts behind too many of these */
	} list[UNDER_WAY_MAX];
	struct held_log *said;
	uint64_t waiting; /* those under way too */
	bool is_idle;     /* none was due when last asked */
};

struct examinations *examinations_new(struct held_log *said)
{
	struct examinations *x = alloc_zeroed(1, sizeof(*x));

	x->said = said;
	return x;
}

enum status examinations_load(struct examinations *x, struct ledger *l, struct fault *f)
{
	*x = (struct examinations){ .said = x->said };
	return ledger_examinations(&x->waiting, l, f);
}

void examinations_add(struct examinations *x)
{
	x->waiting++;
	x->is_idle = false;
}

void examinations_wake(struct examinations *x)
{
	x->is_idle = false;
}

/* Where the row is; that of row 0 is a free place.  UNDER_WAY_MAX: nowhere. */
static size_t place_of(const struct examinations *x, uint64_t row)
{
	size_t at = 0;

	while (at < UNDER_WAY_MAX && x->list[at].row != row)
		at++;
	return at;
}

bool examinations_under_way(const struct examinations *x, uint64_t row)
{
	return row != 0 && place_of(x, row) < UNDER_WAY_MAX;
}

bool examinations_wait(const struct examinations *x)
{
	uint64_t under_way = 0;

	for (size_t i = 0; i < UNDER_WAY_MAX; i++)
		under_way += x->list[i].row != 0;
	return !x->is_idle && under_way < UNDER_WAY_MAX && x->waiting > under_way;
}

static void promise(struct examinations *x, struct answers *answers, unsigned envelope,
	struct ledger_examination *e)
{
	const struct ledger_message *m = &e->message;
	struct verb_examine body = { .row = m->row,
		.direction = m->direction,
		.area = m->area,
		.number = e->number,
		.numbers = e->numbers,
		.partner = m->partner,
		.message_id = m->message_id,
		.media_type = m->media_type,
		.at = e->document.at,
		.n = e->document.n };

	x->list[place_of(x, 0)] = (struct under_way){ .row = m->row, .envelope = envelope };
	answers_add(answers, ROLE_ENVELOPE, envelope, VERB_EXAMINE, m->row, &body, FD_TAKE(e->fd));
}

/*
 * In bytes of sealing: each set and each word of X12 is told to the ledger, which takes so many
 * times as long.  What is urgent is sealed by those that do not look into much.
 */
#define X12_WORK 64

static uint64_t work_of(const struct ledger_message *m)
{
	bool ours = slice_eq(m->media_type, S(DOCUMENT_MEDIA_TYPE));

	return ours || m->size > UINT64_MAX / X12_WORK ? m->size : m->size * X12_WORK;
}

/* Whatever its lane: nobody waits for it. */
static bool envelope_for(
	unsigned *index, struct process *process, const struct ledger_message *m)
{
	const struct errand errand = { .lane = TURN_LANE_LAST, .size = work_of(m) };

	return process_envelope_link(process, &errand, index) != NULL;
}

enum status examinations_start(struct examinations *x, struct process *process, struct ledger *l,
	struct answers *answers, struct fault *f)
{
	struct ledger_examination e;
	unsigned envelope;
	enum status st;

	/* Nobody looks into anything before there is somebody to ask. */
	if (!examinations_wait(x) ||
		!envelope_for(&envelope, process, &(struct ledger_message){ .size = 0 }))
		return ST_NONE;
	st = ledger_examine(&e, l, clock_utc_ns(), f);
	x->is_idle = st == ST_NONE;
	if (st == ST_NONE)
		TRY(ledger_examinations(&x->waiting, l, f)); /* some may have been given up */
	TRY(st);
	if (!envelope_for(&envelope, process, &e.message)) {
		fd_close(&e.fd);
		return ledger_examine_again(l, e.message.row, clock_utc_ns() + NS_PER_S, f);
	}
	promise(x, answers, envelope, &e);
	return ST_OK;
}

/* --- what is found --- */

static enum status hear_set(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	struct verb_set v;

	TRY(ipc_body_parse(&v, packet, f));
	if (!examinations_under_way(x, v.row))
		return ST_OK;
	struct ledger_set set = { v.interchange, v.group_id, v.group_number, v.set_id,
		v.set_number, v.reference, v.sender, v.receiver, v.stamp };
	return ledger_set_sent(l, v.row, &set, f);
}

static struct ledger_interchange interchange_of(const struct verb_interchange *v)
{
	return (struct ledger_interchange){ v->sender, v->receiver, v->number, v->test != 0 };
}

static enum status hear_interchange(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	struct verb_interchange v;

	TRY(ipc_body_parse(&v, packet, f));
	if (!examinations_under_way(x, v.row))
		return ST_OK;
	struct ledger_interchange i = interchange_of(&v);
	return ledger_interchange_take(l, v.row, &i, clock_utc_ns(), f);
}

enum status examinations_recall(struct buf *message_id, const struct examinations *x,
	struct ledger *l, const struct ipc_packet *packet, struct fault *f)
{
	struct verb_interchange v;

	TRY(ipc_body_parse(&v, packet, f));
	if (!examinations_under_way(x, v.row))
		return fault_set(f, ST_NONE, "examination.none", "nobody looks into it");
	struct ledger_interchange i = interchange_of(&v);
	return ledger_interchange_find(message_id, l, v.row, &i, v.since_ns, f);
}

/* The first of a document are logged each; a partner's document fills no log. */
static void verdict_log(struct examinations *x, struct ledger *l, struct under_way *document,
	const struct verb_verdict *v, bool matched)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	if (v->outcome != OUTCOME_REJECTED && matched)
		return;
	if (document->bad++ < LOGGED_MAX)
		held_warning(x->said, matched ? "x12-rejected" : "x12-unmatched",
			LOG_S("msg", ledger_id_of(&id, l, v->row)), LOG_I("row", v->row),
			LOG_S("why", v->text));
}

static void rest_log(struct examinations *x, struct ledger *l, const struct under_way *document)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	if (document->bad > LOGGED_MAX)
		held_warning(x->said, "x12-more",
			LOG_S("msg", ledger_id_of(&id, l, document->row)),
			LOG_I("row", document->row), LOG_I("unsaid", document->bad - LOGGED_MAX),
			LOG_T("why", "as many more were rejected, or fit nothing"));
}

static enum status hear_verdict(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	struct verb_verdict v;
	uint64_t found;

	TRY(ipc_body_parse(&v, packet, f));
	if (v.about >= ABOUTS || v.outcome == OUTCOME_NONE || v.outcome >= OUTCOMES)
		return fault_set(f, ST_INPUT, "ipc.field", "about %u, outcome %u", v.about,
			v.outcome);
	if (!examinations_under_way(x, v.row))
		return ST_OK;
	struct ledger_verdict verdict = {
		.about = v.about,
		.outcome = v.outcome,
		.of = { v.interchange, v.group_id, v.group_number, v.set_id, v.set_number,
			v.reference, v.sender, v.receiver, v.stamp },
		.text = v.text,
		.at_ns = clock_utc_ns(),
		.counts = { v.counts != 0, v.received, v.rejected },
		.said_in = v.said_in,
		.document = v.document,
	};
	struct under_way *document = &x->list[place_of(x, v.row)];
	if (document->touched > TOUCHED_MAX && v.about != ABOUT_SET) {
		document->unheard++;
		return ST_OK;
	}
	TRY(ledger_verdict_take(&found, l, v.row, &verdict, f));
	document->touched += found > 1 ? found : 0;
	verdict_log(x, l, document, &v, found > 0);
	return ST_OK;
}

static enum status hear_finding(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	struct verb_finding v;

	TRY(ipc_body_parse(&v, packet, f));
	if (!examinations_under_way(x, v.row))
		return ST_OK;
	return v.of_copy ? ledger_not_copied(l, v.row, v.code, v.text, clock_utc_ns(), f)
			 : ledger_finding(l, v.row, v.code, v.text, clock_utc_ns(), f);
}

static enum status again(struct examinations *x, struct ledger *l, const struct verb_examined *v,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	if (v->status == ST_MORE)
		return ledger_examine_with(l, v->row, v->numbers, f);
	held_warning(x->said, "x12-deferred", LOG_S("msg", ledger_id_of(&id, l, v->row)),
		LOG_I("row", v->row), LOG_S("fault", v->code), LOG_S("why", v->text));
	return ledger_examine_again(l, v->row, clock_utc_ns() + AGAIN_NS, f);
}

/* Of a document's own fault, and of what we did not hear of it. */
static void flag_choose(
	struct fault *flag, const struct under_way *document, const struct verb_examined *v)
{
	if (v->code.n > 0)
		fault_from_verb(flag, ST_INPUT, v->code, v->text);
	else if (document->unheard > 0)
		fault_set(flag, ST_LIMIT, "x12.answer.repeated",
			"it speaks of more than %u sets, or of some again and again: %llu of its "
			"verdicts were not heard", TOUCHED_MAX, (unsigned long long)document->unheard);
}

static void flag_log(struct examinations *x, struct ledger *l, const struct verb_examined *v,
	const struct fault *flag)
{
	AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);

	held_warning(x->said,
		slice_has_prefix(v->code, S("der.")) ? "document-flagged" : "x12-flagged",
		LOG_S("msg", ledger_id_of(&id, l, v->row)), LOG_I("row", v->row), LOG_FAULT(flag));
}

static enum status end(struct examinations *x, struct ledger *l, const struct verb_examined *v,
	struct fault *f)
{
	struct fault flag = { 0 };
	struct under_way *document = &x->list[place_of(x, v->row)];

	rest_log(x, l, document);
	flag_choose(&flag, document, v);
	document->row = 0;
	x->is_idle = false;
	if (v->status != ST_OK)
		return again(x, l, v, f);
	x->waiting--;
	if (flag.code[0])
		flag_log(x, l, v, &flag);
	if (v->documents.n > 0)
		TRY(ledger_documents_read(l, v->row, v->documents, clock_utc_ns(), f));
	return ledger_examined(l, v->row, &flag, v->summary, clock_utc_ns(), f);
}

static enum status hear_end(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	struct verb_examined v;

	TRY(ipc_body_parse(&v, packet, f));
	return examinations_under_way(x, v.row) ? end(x, l, &v, f) : ST_OK;
}

enum status examinations_hear(
	struct examinations *x, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	static enum status (*const hear[VERBS])(
		struct examinations *, struct ledger *, struct ipc_packet *, struct fault *) = {
		[VERB_SET] = hear_set,
		[VERB_VERDICT] = hear_verdict,
		[VERB_INTERCHANGE] = hear_interchange,
		[VERB_FINDING] = hear_finding,
		[VERB_EXAMINED] = hear_end,
	};

	return hear[packet->code](x, l, packet, f);
}

enum status examinations_lost(
	struct examinations *x, struct ledger *l, unsigned envelope, struct fault *f)
{
	for (size_t i = 0; i < UNDER_WAY_MAX; i++)
		if (x->list[i].row != 0 && x->list[i].envelope == envelope) {
			TRY(ledger_examine_lost(l, x->list[i].row, clock_utc_ns(), f));
			x->list[i].row = 0;
		}
	x->is_idle = false;
	return ST_OK;
}
