/* SPDX-License-Identifier: Apache-2.0 */
/* The running gateway: its processes, what waits, and what came of it. */
#include "cli/doctor.h"

#include "base/clock.h"
#include "cli/desk_client.h"
#include "documents/der/schema.h"
#include "exchange/delivery.h"
#include "processes/process.h"

#define ASK_TIMEOUT_MS 10000
#define MEND_MAX 256
#define UNSIGNED_NS (3 * 3600 * NS_PER_S) /* it is signed once an hour, where something happens */
#define SOON_NS (7 * 86400 * NS_PER_S) /* a review that is due then is told */

static void on_process(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_process p;

	if (ipc_body_parse(&p, packet, NULL) != ST_OK)
		return;
	if (!p.ready)
		doctor_find(d, URGENT, "gateway", "look into its log: it says why",
			"process %s/%u is not ready", role_name(p.role), p.index);
	else if (p.restarts > 0)
		doctor_find(d, SOON, "gateway",
			"look into its log for process-ended, and report it",
			"process %s/%u was started again %u times", role_name(p.role), p.index,
			p.restarts);
}

static bool is_waiting(enum delivery state)
{
	return state == DELIVERY_READY || state == DELIVERY_DEFERRED || state == DELIVERY_AWAITING;
}

/* Half of its time is over, and it is not there. */
static void waiting_look(struct doctor *d, const struct verb_lane *l)
{
	char age[DURATION_TEXT_MAX];
	int64_t age_ns = d->r.now_ns - l->oldest_ns;

	if (l->count == 0 || l->oldest_ns == 0 || age_ns < area_profile(l->area)->deadline_ns / 2)
		return;
	doctor_find(d, l->area == AREA_OUTAGE ? URGENT : SOON, "messages",
		"`tieline list --outbox`, then `tieline show MESSAGE-ID` says what is in the way",
		"%llu %s of %s, the oldest for %s", (unsigned long long)l->count,
		l->receipts ? "receipts wait" : "messages wait", area_name(l->area),
		duration_format(age, age_ns));
}

static void on_lane(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_lane l;

	if (ipc_body_parse(&l, packet, NULL) == ST_OK && l.area < AREAS && l.state < DELIVERIES &&
		is_waiting(l.state))
		waiting_look(d, &l);
}

#define EACH_ANSWER "answer.missed" /* what on_missed() tells, each by itself */

/* What a partner or a third party lacks by now is more than something to know. */
static enum urgency flag_urgency(struct slice code)
{
	return slice_eq(code, S("der.not-copied")) ? SOON : ADVICE;
}

/* Each waits for another one, which is what somebody may have to see to. */
static void on_deferral(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_deferral row;
	char until[TIME_TEXT_MAX];

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || row.area >= AREAS ||
		!(slice_eq(row.code, S("message.order")) || slice_eq(row.code, S("copy.order"))))
		return;
	doctor_find(d, ADVICE, "messages",
		"`tieline show MESSAGE-ID` of what goes first says what is in its way",
		"%llu of %s to %.*s wait for others, the first until %s: %.*s (%.*s)",
		(unsigned long long)row.count, area_name(row.area), SLICE_FMT(row.partner),
		time_format(until, row.next_ns), SLICE_FMT(row.text), SLICE_FMT(row.code));
}

static void on_flagged(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_flagged row;

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || slice_eq(row.code, S(EACH_ANSWER)))
		return;
	doctor_find(d, flag_urgency(row.code), "messages", "`tieline list` has them",
		"%llu of %.*s are flagged with %.*s", (unsigned long long)row.count,
		SLICE_FMT(slice_to(row.partner, 100)), SLICE_FMT(slice_to(row.code, 100)));
}

/* Within the last day; it may have come since. */
static void on_late(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_late row;
	char mend[MEND_MAX];

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || row.area >= AREAS)
		return;
	(void)snprintf(mend, sizeof(mend),
		"`tieline list --outbox --area %s`, then `tieline show MESSAGE-ID` says of which; "
		"ask the partner",
		area_name(row.area));
	doctor_find(d, row.area == AREA_OUTAGE ? URGENT : SOON, "receipts", mend,
		"%llu of %s from %.*s were missed within the last day",
		(unsigned long long)row.count, area_name(row.area),
		SLICE_FMT(slice_to(row.partner, 100)));
}

/* What is late is judged by both. */
static void on_clock(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_clock row;
	char apart[DURATION_TEXT_MAX];

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || !row.far)
		return;
	doctor_find(d, SOON, "clock",
		"compare with another clock (`tieline status` has all partners), and tell who is wrong",
		"the clock of %.*s is %s %s ours", SLICE_FMT(slice_to(row.partner, 100)),
		duration_format(apart, row.ahead_ns < 0 ? -row.ahead_ns : row.ahead_ns),
		row.ahead_ns < 0 ? "behind" : "ahead of");
}

/* The clock of FERC Order 2222 runs against who decides. */
static void on_review(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_review row;
	char left[DURATION_TEXT_MAX];
	bool is_ours;

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || row.waiting || row.test)
		return;
	is_ours = row.direction == MESSAGE_IN;
	if (row.left_ns >= 0 && (!is_ours || row.left_ns > SOON_NS))
		return;
	doctor_find(d, row.left_ns < 0 && is_ours ? URGENT : SOON, "reviews",
		is_ours ? "send a registration_decision; `tieline registry show` says of what"
			: "ask the partner for its registration_decision",
		"%.*s of %.*s is not decided, %s%s", SLICE_FMT(slice_to(row.aggregation, 100)),
		SLICE_FMT(slice_to(row.partner, 100)), row.left_ns < 0 ? "overdue by " : "due in ",
		duration_format(left, row.left_ns < 0 ? -row.left_ns : row.left_ns));
}

#define MISSED_TOLD 5 /* the latest; `tieline status` lists them */

/* After the time of an outage's next word nobody knows whether a line is dead. */
static enum urgency missed_urgency(const struct verb_missed *row)
{
	const struct der_schema *asks = der_schema_find((struct json_text){ .raw = row->type });

	return row->ours || (asks && asks->area == AREA_OUTAGE) ? URGENT : SOON;
}

/* Whoever waits for it does not know what is so. */
static void on_missed(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_missed row;
	char late[DURATION_TEXT_MAX], mend[MEND_MAX];

	if (ipc_body_parse(&row, packet, NULL) != ST_OK || row.test || ++d->missed > MISSED_TOLD)
		return;
	(void)snprintf(mend, sizeof(mend), "%s%.*s; `tieline show %.*s` says to what",
		row.ours ? "send the " : "ask the partner for its ", SLICE_FMT(row.answer),
		SLICE_FMT(slice_to(row.message_id, 100)));
	doctor_find(d, missed_urgency(&row), "answers", mend,
		"no %.*s came to a %.*s %s %.*s, %s after its %.*s", SLICE_FMT(row.answer),
		SLICE_FMT(row.type), row.ours ? "of" : "to", SLICE_FMT(slice_to(row.partner, 100)),
		duration_format(late, row.late_ns), SLICE_FMT(row.member));
}

static void missed_more(struct doctor *d)
{
	if (d->missed > MISSED_TOLD)
		doctor_find(d, SOON, "answers", "`tieline status` lists them",
			"%u answers more did not come in time", d->missed - MISSED_TOLD);
}

/* Against who has the disk: up to where it was signed nobody can make it anew without the key. */
static void on_history(struct doctor *d, const struct ipc_packet *packet)
{
	struct verb_history h;
	char age[DURATION_TEXT_MAX], at[TIME_TEXT_MAX];

	if (ipc_body_parse(&h, packet, NULL) != ST_OK || h.unsigned_ns == 0 ||
		d->r.now_ns - h.unsigned_ns < UNSIGNED_NS)
		return;
	doctor_find(d, SOON, "history",
		"look for `history-unsigned` in the log: it says why; then run `tieline fsck`",
		"%llu events are not signed, the first for %s; %s%s",
		(unsigned long long)(h.events - h.signed_events),
		duration_format(age, d->r.now_ns - h.unsigned_ns),
		h.signed_ns ? "the last head that was signed is of " : "no head ever was",
		h.signed_ns ? time_format(at, h.signed_ns) : "");
}

static bool lists(struct slice features, struct slice wanted)
{
	struct slice one;

	while (features.n > 0) {
		slice_cut(&one, &features, features, ',');
		if (slice_eq_nocase(slice_trim(one), wanted))
			return true;
	}
	return false;
}

/* AS2-Version 1.1 is what brings compression (RFC 5402 6). */
static bool cannot_expand(const struct as2_terms *terms, const struct verb_announced *said)
{
	return terms->compress != COMPRESS_NEVER && slice_eq(said->version, S("1.0"));
}

static bool cannot_take_several(const struct as2_terms *terms, const struct verb_announced *said)
{
	return terms->attachments && !lists(said->features, S("multiple-attachments"));
}

static bool could_go_on(const struct as2_terms *terms, const struct verb_announced *said)
{
	return !terms->takes_rests && lists(said->features, S("AS2-Restart"));
}

/* What a partner's software says of itself allows and forbids nothing: people compare it. */
static void on_announced(struct doctor *d, const struct ipc_packet *packet)
{
	static const struct {
		bool (*is_so)(const struct as2_terms *, const struct verb_announced *);
		enum urgency urgency;
		const char *found, *mend;
	} rows[] = {
		{ cannot_expand, SOON,
			"is sent compressed messages, and says AS2-Version 1.0, which has none",
			"as2: { compress: never } in its agreement.yaml, or ask the partner" },
		{ cannot_take_several, ADVICE,
			"may be sent several documents in a message, and does not say that it "
			"takes them (EDIINT-Features: multiple-attachments)",
			"as2: { attachments: false } in its agreement.yaml, or ask the partner" },
		{ could_go_on, ADVICE,
			"offers to go on with long messages whose connection broke "
			"(EDIINT-Features: AS2-Restart), and gets them from the beginning",
			"as2: { restart: true } in its agreement.yaml" },
	};
	struct verb_announced said;
	size_t at;

	if (ipc_body_parse(&said, packet, NULL) != ST_OK ||
		registry_find(&at, d->r.registry, said.partner, NULL) != ST_OK)
		return;
	const struct partner *partner = registry_partner(d->r.registry, at);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].is_so(&partner->agreement->as2, &said))
			doctor_find(d, rows[i].urgency, "agreements", rows[i].mend, "%s %s",
				partner->sheet->id, rows[i].found);
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	static void (*const handlers[VERBS])(struct doctor *, const struct ipc_packet *) = {
		[VERB_PROCESS] = on_process, [VERB_LANE] = on_lane, [VERB_FLAGGED] = on_flagged,
		[VERB_REVIEW] = on_review, [VERB_ANNOUNCED] = on_announced,
		[VERB_LATE] = on_late, [VERB_CLOCK] = on_clock, [VERB_MISSED] = on_missed,
		[VERB_HISTORY] = on_history, [VERB_DEFERRAL] = on_deferral,
	};

	if (handlers[packet->code])
		handlers[packet->code](context, packet);
	return packet->code == VERB_END;
}

static const char *unasked_mend(const struct fault *f)
{
	return slice_eq(slice_str(f->code), S("gateway.denied"))
		? "run `tieline doctor` as the gateway's user, or as root"
		: "if it should run: its log says why it does not";
}

void doctor_gateway(struct doctor *d)
{
	AUTO(desk_client) desk = NULL;
	struct fault f;

	if (desk_client_open(&desk, d->path, &f) != ST_OK ||
		desk_client_ask(desk, VERB_STATUS, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS,
			on_answer, d, &f) != ST_OK)
		doctor_find(d, URGENT, "gateway", unasked_mend(&f), "%s", f.text);
	missed_more(d);
}
