/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked for is remembered here: an answer says no place and no hash of its own. */
#include "processes/ledger_heads.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "processes/ledger_batch.h"
#include "processes/turns.h"

#define EVERY_NS (3600 * NS_PER_S)
#define AGAIN_NS (60 * NS_PER_S) /* when nobody answered, or could not */

/* A clock that was set back makes no head wait for it. */
static bool is_time(const struct signed_head *last, int64_t now_ns)
{
	return now_ns < last->at_ns || now_ns - last->at_ns >= EVERY_NS;
}

static enum status head_due(bool *due, struct chain_head *head, struct house *h, struct fault *f)
{
	struct signed_head last;

	TRY(ledger_head_signed(&last, h->ledger, f));
	TRY(ledger_head(head, h->ledger, f));
	*due = head->place > last.head.place && is_time(&last, clock_utc_ns());
	return ST_OK;
}

static enum status head_ask(struct house *h, const struct chain_head *head, struct fault *f)
{
	unsigned envelope;
	struct ipc *link = process_envelope_link(
		h->process, &(struct errand){ .lane = TURN_LANE_LAST }, &envelope);

	h->head = (struct head_asked){ .id = process_ticket(h->process),
		.is_open = true,
		.asked_ns = clock_mono_ns(),
		.signing = { .head = *head, .at_ns = clock_utc_ns() } };
	return process_send(link, VERB_HEAD, h->head.id,
		&(struct verb_head){ .place = head->place,
			.at_ns = h->head.signing.at_ns,
			.hash = slice_of(head->hash, sizeof(head->hash)) },
		-1, f);
}

static bool may_ask(const struct house *h)
{
	return !h->recovering && !process_draining(h->process) &&
		(!h->head.asked_ns || clock_mono_ns() - h->head.asked_ns >= AGAIN_NS);
}

static bool is_due(struct chain_head *head, struct house *h)
{
	struct fault f;
	bool due = false;

	if (head_due(&due, head, h, &f) != ST_OK)
		log_error("ledger-failed", LOG_FAULT(&f));
	return due;
}

/*
 * Nobody waits for a sync but when it is time; what is signed then is durable, and read again.
 * What became due by that may have opened another batch, which can still fail: the next tick looks.
 */
void heads_tick(struct house *h)
{
	struct chain_head head;
	struct fault f;

	if (!may_ask(h) || !is_due(&head, h))
		return;
	batch_settle(h);
	if (!h->in_batch && is_due(&head, h) && head_ask(h, &head, &f) != ST_OK)
		log_warning("history-unsigned", LOG_FAULT(&f));
}

static enum status head_store(struct house *h, struct slice signature, struct fault *f)
{
	struct signed_head signed_one = h->head.signing;

	signed_one.signature = signature;
	TRY(batch_open(h, true, f));
	return ledger_head_put(h->ledger, &signed_one, f);
}

static void head_signed_say(struct house *h)
{
	AUTO_IN_PLACE(buf) hash = buf_init(2 * sizeof(h->head.signing.head.hash));

	hex_format(&hash, slice_of(h->head.signing.head.hash, sizeof(h->head.signing.head.hash)));
	held_info(h->said, "history-signed", LOG_I("events", h->head.signing.head.place),
		LOG_S("hash", buf_slice(&hash)));
}

void house_head_signed(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_head_signed v;
	struct fault f;

	(void)link;
	if (!house_hears(&v, packet) || !h->head.is_open || packet->id != h->head.id)
		return;
	h->head.is_open = false;
	if (v.status != ST_OK) {
		fault_from_verb(&f, v.status, v.code, v.text);
		log_warning("history-unsigned", LOG_FAULT(&f));
		return;
	}
	if (!batch_held(h, head_store(h, v.signature, &f), &f))
		return;
	h->head.asked_ns = 0;
	head_signed_say(h);
}
