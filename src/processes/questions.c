/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c, between batches. */
#include "processes/questions.h"

#include "base/log.h"
#include "base/clock.h"
#include "ledger/announced.h"
#include "ledger/deferrals.h"
#include "ledger/heads.h"
#include "ledger/late_receipts.h"
#include "ledger/readiness.h"
#include "processes/registry_questions.h"

#define LIST_MAX 500
#define SHOW_PAGE 500
#define REJECTED (1u << DELIVERY_REJECTED)
#define RECEIVED (1u << DELIVERY_RECEIVED)

struct asker {
	struct ipc *desk;
	uint64_t id;
	const struct review_terms *terms;
};

static void say(const struct asker *a, enum verb verb, const void *body, int fd)
{
	struct fault f;

	if (process_send(a->desk, verb, a->id, body, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", verbs.types[verb].name), LOG_FAULT(&f));
}

static void say_end(const struct asker *a, enum status st, const struct fault *why)
{
	struct verb_fault end = { .status = st };

	if (st != ST_OK)
		end = (struct verb_fault){ FAULT_VERB(why) };
	say(a, VERB_END, &end, -1);
}

struct verb_message verb_message_of(const struct ledger_message *m)
{
	return (struct verb_message){
		.row = m->row,
		.size = m->size,
		.direction = m->direction,
		.state = m->state,
		.area = m->area,
		.attempts = m->attempts,
		.partner = m->partner,
		.message_id = m->message_id,
		.media_type = m->media_type,
		.filename = m->filename,
		.digest = slice_of(m->digest, sizeof(m->digest)),
		.mic = m->mic,
		.code = m->fault_code,
		.text = m->fault_text,
		.created_ns = m->created_ns,
		.deadline_ns = m->deadline_ns,
		.settled_ns = m->settled_ns,
		.receipt_ns = m->receipt_ns,
		.receipt = m->receipt,
		.owed = m->owed,
	};
}

static void say_message(void *context, const struct ledger_message *m)
{
	struct verb_message body = verb_message_of(m);

	say(context, VERB_MESSAGE, &body, -1);
}

static struct ledger_filter filter_of(const struct verb_list *v)
{
	return (struct ledger_filter){
		.in = v->in != 0,
		.out = v->out != 0,
		.areas = v->areas,
		.states = v->states,
		.message_id = v->message_id,
		.partner = v->partner,
		.after = v->after,
		.limit = v->limit == 0 || v->limit > LIST_MAX ? LIST_MAX : v->limit,
	};
}

static enum status list(
	struct ledger *l, struct asker *a, struct ipc_packet *packet, struct fault *f)
{
	struct verb_list ask;

	TRY(ipc_body_parse(&ask, packet, f));
	struct ledger_filter filter = filter_of(&ask);
	return ledger_list(l, &filter, say_message, a, f);
}

struct event_asker {
	struct asker *asker;
	uint64_t row;
};

static void say_event(void *context, const struct ledger_event *e)
{
	const struct event_asker *a = context;
	struct verb_event body = { .row = a->row,
		.number = e->number,
		.at_ns = e->at_ns,
		.what = e->what,
		.code = e->fault_code,
		.detail = e->detail };

	say(a->asker, VERB_EVENT, &body, -1);
}

static enum status show(
	struct ledger *l, struct asker *a, struct ipc_packet *packet, struct fault *f)
{
	struct verb_show ask;
	struct ledger_message m;

	TRY(ipc_body_parse(&ask, packet, f));
	TRY(ledger_get(&m, l, ask.row, f));
	if (ask.after == 0)
		say_message(a, &m);
	return ledger_events(l, ask.row, ask.after, SHOW_PAGE, say_event,
		&(struct event_asker){ a, ask.row }, f);
}

/* --- content --- */

struct choice {
	uint64_t row; /* 0: none */
	unsigned count;
};

static void choose(void *context, const struct ledger_message *m)
{
	struct choice *c = context;

	c->row = m->row;
	c->count++;
}

/*
 * What was accepted or sent under an id, else the last of what was rejected.  As it came only this
 * is kept, and the answer to what was sent.  Ids are the senders' own, so two partners, or a
 * partner and we, may use the same one: which is meant is never guessed.
 */
enum status question_row(
	uint64_t *row, struct ledger *l, const struct verb_get *ask, struct fault *f)
{
	struct ledger_filter filter = { .in = ask->in != 0,
		.out = ask->out != 0,
		.states = ask->content == CONTENT_CAME ? ~(REJECTED | RECEIVED) : ~REJECTED,
		.message_id = ask->message_id,
		.partner = ask->partner,
		.limit = LIST_MAX };
	struct choice good = { 0 }, bad = { 0 };

	/* Of what was sent to a partner there is one: by far the most are asked for like this. */
	if (ask->out && !ask->in && ask->partner.n != 0)
		return ledger_find_sent(row, l, ask->partner, ask->message_id, f);
	TRY(ledger_list(l, &filter, choose, &good, f));
	if (good.count > 1)
		return fault_set(f, ST_INPUT, "message.ambiguous",
			"%u messages have this Message-ID: say which by --inbox, --outbox or "
			"--partner", good.count);
	filter.states = REJECTED;
	if (good.count == 0)
		TRY(ledger_list(l, &filter, choose, &bad, f));
	*row = good.count ? good.row : bad.row;
	return *row ? ST_OK
		    : fault_set(f, ST_NONE, "message.unknown", "no message %.*s here",
			      SLICE_FMT(ask->message_id));
}

static enum status get(
	struct ledger *l, struct asker *a, struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_MAX_BYTES);
	AUTO_FD fd = -1;
	struct verb_get ask;
	struct ledger_message m;
	uint8_t digest[DIGEST_SIZE];
	struct section where;
	struct slice type;
	uint64_t row;

	TRY(ipc_body_parse(&ask, packet, f));
	if (ask.content >= CONTENTS)
		return fault_set(f, ST_INPUT, "ipc.field", "content %u", ask.content);
	TRY(question_row(&row, l, &ask, f));
	TRY(ledger_get(&m, l, row, f));
	buf_put(&name, m.filename);
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = m.digest[i];
	TRY(ledger_content(&fd, &where, &type, l, row, ask.content, f));
	struct verb_content body = { .at = where.at,
		.n = where.n,
		.digest = slice_of(digest, ask.content == CONTENT_DOCUMENT ? sizeof(digest) : 0),
		.type = type,
		.filename = buf_slice(&name),
		.message_id = ask.message_id };
	say(a, VERB_CONTENT, &body, fd);
	return ST_OK;
}

/* --- status --- */

static void say_owed(void *context, enum area area, enum delivery state,
	const struct ledger_count *count)
{
	struct verb_lane body = { .direction = MESSAGE_IN,
		.receipts = 1,
		.area = area,
		.state = state,
		.count = count->count,
		.oldest_ns = count->oldest_ns };

	say(context, VERB_LANE, &body, -1);
}

static void flagged_say(void *context, const struct ledger_flagged *row)
{
	struct verb_flagged body = { .partner = row->partner, .code = row->code,
		.count = row->count, .last_ns = row->last_ns };

	say(context, VERB_FLAGGED, &body, -1);
}

static void announced_say(void *context, const struct ledger_announced *row)
{
	struct verb_announced body = { .partner = row->partner, .version = row->version,
		.product = row->product, .features = row->features, .since_ns = row->since_ns };

	say(context, VERB_ANNOUNCED, &body, -1);
}

static void readiness_say(void *context, const struct ledger_readiness *row)
{
	struct verb_readiness body = { .partner = row->partner, .generation = row->generation,
		.since_ns = row->since_ns };

	say(context, VERB_READINESS, &body, -1);
}

static void late_say(void *context, const struct ledger_late *row)
{
	struct verb_late body = { .partner = row->partner, .area = row->area, .count = row->count,
		.last_ns = row->last_ns };

	say(context, VERB_LATE, &body, -1);
}

static void deferral_say(void *context, const struct ledger_deferral *row)
{
	struct verb_deferral body = { .partner = row->partner, .area = row->area,
		.code = row->code, .text = row->text, .count = row->count,
		.next_ns = row->next_ns };

	say(context, VERB_DEFERRAL, &body, -1);
}

static enum status history_say(struct ledger *l, struct asker *a, struct fault *f)
{
	struct verb_history body = { 0 };
	struct signed_head last;
	struct chain_head head;

	TRY(ledger_head(&head, l, f));
	TRY(ledger_head_signed(&last, l, f));
	TRY(ledger_head_unsigned_ns(&body.unsigned_ns, l, f));
	body.events = head.place;
	body.signed_events = last.head.place;
	body.signed_ns = last.at_ns;
	say(a, VERB_HISTORY, &body, -1);
	return ST_OK;
}

static enum status lanes(
	struct ledger *l, struct asker *a, struct ipc_packet *packet, struct fault *f)
{
	struct ledger_count counts[2][AREAS][DELIVERIES];

	(void)packet;
	TRY(ledger_counts(counts, l, f));
	for (unsigned area = 0; area < AREAS; area++)
		for (unsigned d = 0; d < 2; d++)
			for (unsigned s = 0; s < DELIVERIES; s++)
				if (counts[d][area][s].count) {
					struct verb_lane body = { .direction = d,
						.area = area,
						.state = s,
						.count = counts[d][area][s].count,
						.oldest_ns = counts[d][area][s].oldest_ns };
					say(a, VERB_LANE, &body, -1);
				}
	TRY(ledger_receipts_owed(l, say_owed, a, f));
	ledger_flagged(l, flagged_say, a);
	TRY(ledger_announced(l, announced_say, a, f));
	TRY(ledger_readiness(l, readiness_say, a, f));
	TRY(history_say(l, a, f));
	TRY(ledger_deferrals(l, deferral_say, a, f));
	TRY(ledger_late_receipts(l, clock_utc_ns(), late_say, a, f));
	TRY(registry_missed_say(l, a->desk, a->id, f));
	return registry_reviews_say(l, a->terms, a->desk, a->id, f);
}

static enum status registered(
	struct ledger *l, struct asker *a, struct ipc_packet *packet, struct fault *f)
{
	return registry_say(l, a->desk, packet, f);
}

void question_answer(struct ledger *l, const struct review_terms *terms, struct ipc *desk,
	struct ipc_packet *packet)
{
	static enum status (*const questions[VERBS])(
		struct ledger *, struct asker *, struct ipc_packet *, struct fault *) = {
		[VERB_LIST] = list,
		[VERB_SHOW] = show,
		[VERB_GET] = get,
		[VERB_STATUS] = lanes,
		[VERB_REGISTRY] = registered,
	};
	struct asker a = { desk, packet->id, terms };
	struct fault f = { 0 };
	enum status st = questions[packet->code](l, &a, packet, &f);

	/* Content is its own end. */
	if (packet->code != VERB_GET || st != ST_OK)
		say_end(&a, st, &f);
}
