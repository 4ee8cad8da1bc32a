/* SPDX-License-Identifier: Apache-2.0 */
/* Three tables: what each type may follow, what each action makes, and the words for states. */
#include "exchange/business.h"

#include "base/clock.h"
#include "base/log.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define T(type) DOCUMENT_BIT(DOCUMENT_##type)
#define IN(state) BUSINESS_BIT(BUSINESS_##state)
#define ANY_TYPE (DOCUMENT_BIT(DOCUMENT_TYPES) - 1)
#define ANY_STATE ((BUSINESS_BIT(BUSINESS_STATES) - 1) & ~IN(NONE))
#define AGGREGATOR SENDER_AGGREGATOR
#define UTILITY SENDER_UTILITY
#define EITHER (SENDER_AGGREGATOR | SENDER_UTILITY)
#define EVERYBODY (EITHER | SENDER_ISO_RTO | SENDER_PROVIDER)
#define ORDER "registry.order"
#define AWARD "registry.award"

static const struct business_rule rules[DOCUMENT_TYPES] = {
	[DOCUMENT_REGISTRATION] = { "aggregation_registration", "registration", AGGREGATOR,
		.is_timed = false },
	[DOCUMENT_CHANGE] = { "composition_change", "registration", AGGREGATOR, .is_timed = false },
	[DOCUMENT_DECISION] = { "registration_decision", "registration", UTILITY,
		.follows = { { FACT_REGISTRATION, T(REGISTRATION) | T(CHANGE),
			IN(OPEN) | IN(WAITING), ANY_STATE & ~IN(REPLACED), 0, true, ORDER,
			true, 0 } } },
	[DOCUMENT_AVAILABILITY] = { "availability", "availability", AGGREGATOR, .is_timed = true },
	[DOCUMENT_REQUEST] = { "service_request", "service", UTILITY, .is_timed = false },
	[DOCUMENT_OFFER] = { "service_offer", "service", AGGREGATOR,
		.follows = { { FACT_REQUEST, T(REQUEST), IN(OPEN), IN(OPEN), T(REQUEST), true,
			ORDER, true, 0 } } },
	/* In parts, so that what is agreed of it leaves a rest to be awarded. */
	[DOCUMENT_AWARD] = { "service_award", "service", UTILITY,
		.follows = { { FACT_OFFER, T(OFFER), IN(OPEN) | IN(AGREED),
			ANY_STATE & ~IN(REPLACED), T(OFFER), true, ORDER, true, 0 } } },
	/* Silence about an award is consent or not, as the agreement says: it may be dispatched. */
	[DOCUMENT_DISPATCH] = { "service_dispatch", "service", UTILITY, .is_timed = true,
		.follows = { { FACT_AWARD, T(AWARD), IN(OPEN) | IN(AGREED), IN(OPEN) | IN(AGREED),
			0, false, AWARD, false, 0 } } },
	[DOCUMENT_RESPONSE] = { "dispatch_response", "service", AGGREGATOR,
		.follows = { { FACT_DISPATCH, T(DISPATCH), ANY_STATE & ~IN(CLOSED), ANY_STATE,
			T(DISPATCH), true, ORDER, true, 0 } } },
	[DOCUMENT_OUTAGE] = { "outage_notice", "outage", EITHER, .is_timed = true },
	[DOCUMENT_LIMIT] = { "operating_limit", "outage", UTILITY, .is_timed = true },
	[DOCUMENT_PERFORMANCE] = { "service_performance", "settlement", EITHER,
		.follows = { { FACT_AWARD, T(AWARD), IN(OPEN) | IN(AGREED) | IN(CLOSED),
			IN(OPEN) | IN(AGREED) | IN(CLOSED), 0, true, AWARD, false, 0 },
			{ FACT_DISPATCH, T(DISPATCH), ANY_STATE, ANY_STATE, 0, false, ORDER,
				false, 0 } } },
	[DOCUMENT_INVOICE] = { "invoice", "settlement", EITHER,
		.follows = { { FACT_AWARD, T(AWARD), IN(OPEN) | IN(AGREED) | IN(CLOSED),
			IN(OPEN) | IN(AGREED) | IN(CLOSED), 0, false, AWARD, false, 0 },
			{ FACT_DISPATCH, T(DISPATCH), ANY_STATE, ANY_STATE, 0, false, ORDER,
				false, 0 },
			{ FACT_PERFORMANCE, T(PERFORMANCE), IN(OPEN) | IN(AGREED) | IN(CLOSED),
				IN(OPEN) | IN(AGREED) | IN(CLOSED), 0, false, ORDER, false, 0 } } },
	[DOCUMENT_REMITTANCE] = { "remittance", "settlement", EITHER,
		.follows = { { FACT_PERFORMANCE, T(PERFORMANCE), ANY_STATE, ANY_STATE, 0, false,
			ORDER, false, 0 } } },
	[DOCUMENT_STATEMENT] = { "settlement_statement", "settlement", UTILITY | SENDER_ISO_RTO,
		.follows = { { FACT_AWARD, T(AWARD), ANY_STATE, ANY_STATE, 0, false, AWARD, false,
				0 },
			{ FACT_DISPATCH, T(DISPATCH), ANY_STATE, ANY_STATE, 0, false, ORDER,
				false, 0 } } },
	[DOCUMENT_DISPUTE] = { "dispute", "dispute", EVERYBODY,
		.follows = { { FACT_SUBJECT, ANY_TYPE, ANY_STATE, ANY_STATE, 0, true, ORDER,
			false, 0 } } },
	[DOCUMENT_ANSWER] = { "business_response", "answer", EVERYBODY,
		.follows = { { FACT_SUBJECT, ANY_TYPE & ~T(ANSWER), ANY_STATE, ANY_STATE,
			T(AWARD) | T(LIMIT), true, ORDER, true, T(AWARD) | T(LIMIT) } } },
};

/* `of`: which documents move so; the first row that fits counts, one without action fits all. */
static const struct {
	enum document_type type;
	const char *action;
	enum business_state makes, moves;
	unsigned of;
} moves[] = {
	{ DOCUMENT_DECISION, "accepted", BUSINESS_CLOSED, BUSINESS_AGREED, ANY_TYPE },
	{ DOCUMENT_DECISION, "accepted_with_conditions", BUSINESS_CLOSED, BUSINESS_AGREED,
		ANY_TYPE },
	{ DOCUMENT_DECISION, "partly_accepted", BUSINESS_CLOSED, BUSINESS_AGREED, ANY_TYPE },
	{ DOCUMENT_DECISION, "rejected", BUSINESS_CLOSED, BUSINESS_REFUSED, ANY_TYPE },
	{ DOCUMENT_DECISION, "more_information", BUSINESS_CLOSED, BUSINESS_WAITING, ANY_TYPE },
	{ DOCUMENT_DECISION, "withdrawn", BUSINESS_CLOSED, BUSINESS_WITHDRAWN, ANY_TYPE },
	{ DOCUMENT_DECISION, NULL, BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_AVAILABILITY, NULL, BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_AWARD, "not_awarded", BUSINESS_REFUSED, BUSINESS_REFUSED, T(OFFER) },
	{ DOCUMENT_AWARD, "cancelled", BUSINESS_WITHDRAWN, BUSINESS_WITHDRAWN, T(OFFER) },
	{ DOCUMENT_AWARD, NULL, BUSINESS_OPEN, BUSINESS_AGREED, T(OFFER) },
	{ DOCUMENT_RESPONSE, "completed", BUSINESS_CLOSED, BUSINESS_CLOSED, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, "opted_out", BUSINESS_CLOSED, BUSINESS_REFUSED, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, "rejected_parameter", BUSINESS_CLOSED, BUSINESS_REFUSED, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, "rejected_invalid", BUSINESS_CLOSED, BUSINESS_REFUSED, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, "rejected_late", BUSINESS_CLOSED, BUSINESS_REFUSED, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, "cancelled", BUSINESS_CLOSED, BUSINESS_WITHDRAWN, T(DISPATCH) },
	{ DOCUMENT_RESPONSE, NULL, BUSINESS_CLOSED, BUSINESS_AGREED, T(DISPATCH) },
	{ DOCUMENT_OUTAGE, "restoration", BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_OUTAGE, "cancelled", BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_OUTAGE, "closed", BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_INVOICE, "cancel", BUSINESS_CLOSED, BUSINESS_WITHDRAWN, T(INVOICE) },
	{ DOCUMENT_INVOICE, "corrected", BUSINESS_OPEN, BUSINESS_REPLACED, T(INVOICE) },
	{ DOCUMENT_REMITTANCE, NULL, BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_DISPUTE, "accepted", BUSINESS_AGREED, BUSINESS_NONE, 0 },
	{ DOCUMENT_DISPUTE, "closed", BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_DISPUTE, "withdrawn", BUSINESS_CLOSED, BUSINESS_NONE, 0 },
	{ DOCUMENT_ANSWER, "accepted", BUSINESS_CLOSED, BUSINESS_AGREED,
		T(AWARD) | T(LIMIT) | T(INVOICE) | T(PERFORMANCE) | T(REMITTANCE) },
	{ DOCUMENT_ANSWER, "accepted_with_warnings", BUSINESS_CLOSED, BUSINESS_AGREED,
		T(AWARD) | T(LIMIT) | T(INVOICE) | T(PERFORMANCE) | T(REMITTANCE) },
	{ DOCUMENT_ANSWER, "rejected", BUSINESS_CLOSED, BUSINESS_REFUSED, ANY_TYPE },
	{ DOCUMENT_ANSWER, NULL, BUSINESS_CLOSED, BUSINESS_NONE, 0 },
};

/* Actions that take back what was said before, or are about its being too late. */
static const struct {
	enum document_type type;
	const char *action;
} undoing[] = {
	{ DOCUMENT_DECISION, "withdrawn" },
	{ DOCUMENT_AWARD, "cancelled" },
	{ DOCUMENT_RESPONSE, "rejected_late" },
};

/*
 * What moves its predecessor by the table above is its answer; beside that, offers to a request,
 * and what comes next of an outage or a dispute.
 */
static const struct business_want wants[] = {
	{ DOCUMENT_REQUEST, FACT_LAST, "respond_by", T(OFFER), "service_offer", false, false,
		NULL },
	{ DOCUMENT_OFFER, FACT_LAST, "offer_valid_until", T(AWARD), "service_award", false,
		false, "it is offered no more" },
	{ DOCUMENT_AWARD, FACT_LAST, "accept_by", T(ANSWER), "business_response", false, false,
		"as agreed, silence is consent or declines it (documents: silence)" },
	{ DOCUMENT_DISPATCH, FACT_SECONDS, "respond_within_s", T(RESPONSE), "dispatch_response",
		false, false, "nobody knows whether it is followed" },
	{ DOCUMENT_LIMIT, FACT_LAST, "confirm_by", T(ANSWER), "business_response", false, false,
		"nobody knows whether it is kept to" },
	{ DOCUMENT_OUTAGE, FACT_NEXT_UPDATE, "next_update_by", T(OUTAGE), "outage_notice", true,
		true, "nobody knows whether the line is dead" },
	{ DOCUMENT_OUTAGE, FACT_LAST, "respond_by", T(ANSWER), "business_response", false, false,
		NULL },
	{ DOCUMENT_DISPUTE, FACT_LAST, "answer_due_at", T(DISPUTE), "dispute", false, true,
		"it may be escalated" },
	{ DOCUMENT_REGISTRATION, FACT_LAST, "respond_by", T(DECISION) | T(ANSWER),
		"registration_decision", false, false, NULL },
	{ DOCUMENT_CHANGE, FACT_LAST, "respond_by", T(DECISION) | T(ANSWER),
		"registration_decision", false, false, NULL },
	{ DOCUMENT_PERFORMANCE, FACT_LAST, "respond_by", T(ANSWER), "business_response", false,
		false, NULL },
};

const struct business_want *business_want(unsigned number)
{
	return number < COUNT(wants) ? &wants[number] : NULL;
}

static const char *const state_names[BUSINESS_STATES] = {
	[BUSINESS_NONE] = "not there",
	[BUSINESS_OPEN] = "open",
	[BUSINESS_WAITING] = "waiting for information",
	[BUSINESS_AGREED] = "agreed",
	[BUSINESS_REFUSED] = "refused",
	[BUSINESS_WITHDRAWN] = "withdrawn",
	[BUSINESS_CLOSED] = "closed",
	[BUSINESS_REPLACED] = "replaced",
};

const struct business_rule *business_rule(enum document_type type)
{
	if ((unsigned)type >= DOCUMENT_TYPES)
		bug("document type %d does not exist", (int)type);
	return &rules[type];
}

const char *business_state_name(enum business_state state)
{
	return (unsigned)state < BUSINESS_STATES ? state_names[state] : "unknown";
}

enum status business_type_find(enum document_type *out, struct slice name)
{
	for (enum document_type i = 0; i < DOCUMENT_TYPES; i++)
		if (slice_eq(name, slice_str(rules[i].name))) {
			*out = i;
			return ST_OK;
		}
	return ST_NONE;
}

/* COUNT(moves): none fits. */
static size_t move_find(enum document_type type, struct slice action)
{
	size_t i = 0;

	while (i < COUNT(moves) &&
		!(moves[i].type == type &&
			(!moves[i].action || slice_eq(action, slice_str(moves[i].action)))))
		i++;
	return i;
}

enum business_state business_makes(enum document_type type, struct slice action)
{
	size_t i = move_find(type, action);

	return i < COUNT(moves) ? moves[i].makes : BUSINESS_OPEN;
}

enum business_state business_moves(
	enum document_type type, struct slice action, enum document_type of)
{
	size_t i = move_find(type, action);

	return i < COUNT(moves) && (moves[i].of & DOCUMENT_BIT(of)) ? moves[i].moves
								   : BUSINESS_NONE;
}

/* How far a dispatch has come, and whether something of it is delivered by then. */
enum progress { UNSAID, TAKEN, UNDER_WAY, OVER };
static const struct progress_of {
	const char *status;
	enum progress progress;
	bool is_delivery;
} statuses[] = {
	{ "received", TAKEN, false },
	{ "opted_in", UNDER_WAY, false },
	{ "started", UNDER_WAY, true },
	{ "partial", UNDER_WAY, true },
	{ "completed", OVER, true },
	{ "opted_out", OVER, false },
	{ "cancelled", OVER, false },
	{ "superseded", OVER, false },
	{ "rejected_parameter", OVER, false },
	{ "rejected_invalid", OVER, false },
	{ "rejected_late", OVER, false },
};

static struct progress_of progress_find(struct slice status)
{
	for (size_t i = 0; i < COUNT(statuses); i++)
		if (slice_eq(status, slice_str(statuses[i].status)))
			return statuses[i];
	return (struct progress_of){ "", UNSAID, false };
}

bool business_goes_on(struct slice before, struct slice after)
{
	const enum progress was = progress_find(before).progress;
	const enum progress is = progress_find(after).progress;

	return was != UNSAID &&
		(is > was || (is == was && is == UNDER_WAY && !slice_eq(before, after)));
}

/*
 * In which state an answer may still reject a document, and a later revision of one.  What is
 * replaced or taken back stays so, and the two may cross on the wire.  A remittance begins closed.
 */
static const struct {
	unsigned of; /* DOCUMENT_BIT set */
	unsigned states, again;
	const char *instead; /* what there is to do */
} rejections[] = {
	{ T(REGISTRATION) | T(CHANGE), ANY_STATE & ~(IN(AGREED) | IN(CLOSED)),
		ANY_STATE & ~(IN(AGREED) | IN(CLOSED)), "a decision withdraws it" },
	{ T(DISPATCH), ANY_STATE & ~IN(CLOSED), ANY_STATE & ~IN(CLOSED),
		"what is wrong with it is disputed" },
	{ T(PERFORMANCE) | T(INVOICE) | T(REMITTANCE), ANY_STATE & ~IN(AGREED), ANY_STATE,
		"a revision of that answer rejects it, or it is disputed" },
	{ T(DISPUTE), ANY_STATE & ~(IN(AGREED) | IN(CLOSED)),
		ANY_STATE & ~(IN(AGREED) | IN(CLOSED)), "what goes on is another one" },
};

static enum status rejection_check(
	const struct business_step *step, const struct business_predecessor *p, struct fault *f)
{
	if (step->type != DOCUMENT_ANSWER ||
		business_moves(step->type, step->action, p->type) != BUSINESS_REFUSED)
		return ST_OK;
	for (size_t i = 0; i < COUNT(rejections); i++) {
		unsigned states = step->is_revision ? rejections[i].again : rejections[i].states;

		if ((rejections[i].of & DOCUMENT_BIT(p->type)) &&
			!(states & BUSINESS_BIT(p->state)))
			return fault_set(f, ST_AUTH, ORDER,
				"%s %.*s is %s, and not rejected any more: %s", rules[p->type].name,
				SLICE_FMT(p->id), state_names[p->state], rejections[i].instead);
	}
	return ST_OK;
}

/* What is there: neither refused, nor taken back, nor replaced. */
#define IN_FORCE (IN(OPEN) | IN(AGREED) | IN(CLOSED))

/* An invoice that is paid is as good as accepted: whoever asks sees to that. */
static const struct {
	unsigned of; /* DOCUMENT_BIT set */
	enum document_type by;
	unsigned states;
	bool is_delivery; /* only while something is delivered */
} builds[] = {
	{ T(REQUEST), DOCUMENT_OFFER, IN(AGREED), false },
	{ T(OFFER), DOCUMENT_AWARD, IN_FORCE, false },
	{ T(AWARD) | T(DISPATCH), DOCUMENT_RESPONSE, IN_FORCE, true },
	{ T(AWARD) | T(DISPATCH), DOCUMENT_PERFORMANCE, IN_FORCE, false },
	{ T(AWARD) | T(DISPATCH), DOCUMENT_INVOICE, IN_FORCE, false },
	{ T(PERFORMANCE), DOCUMENT_INVOICE, IN(AGREED), false },
};

unsigned business_builders(enum document_type of)
{
	unsigned types = 0;

	for (size_t i = 0; i < COUNT(builds); i++)
		if (builds[i].of & DOCUMENT_BIT(of))
			types |= DOCUMENT_BIT(builds[i].by);
	return types;
}

bool business_builds(enum document_type type, struct slice action, enum business_state state,
	enum document_type of)
{
	for (size_t i = 0; i < COUNT(builds); i++)
		if (builds[i].by == type && (builds[i].of & DOCUMENT_BIT(of)) &&
			(builds[i].states & BUSINESS_BIT(state)) &&
			(!builds[i].is_delivery || progress_find(action).is_delivery))
			return true;
	return false;
}

/* --- disputes --- */

static const struct {
	enum document_type type;
	bool is_day; /* it says a day, and is disputed until that is over */
} disputable[] = {
	{ DOCUMENT_INVOICE, true },
	{ DOCUMENT_STATEMENT, true },
	{ DOCUMENT_DECISION, false },
};

/* Where a day ends last it is twelve hours behind UTC, as which its end is kept. */
#define WESTMOST_NS (INT64_C(12) * 3600 * NS_PER_S)

int64_t business_day_end(int64_t end_ns)
{
	return end_ns > INT64_MAX - WESTMOST_NS ? INT64_MAX : end_ns + WESTMOST_NS;
}

int64_t business_disputed_until(enum document_type type, int64_t last_ns)
{
	for (size_t i = 0; last_ns != 0 && i < COUNT(disputable); i++)
		if (disputable[i].type == type)
			return disputable[i].is_day ? business_day_end(last_ns) : last_ns;
	return 0;
}

/*
 * Who says a step: of either side, one of them, or who has something of the other before him.  What
 * is not settled only its opener ends: his time to open another may be over.
 */
enum said_by { BY_EITHER, BY_OPENER, BY_OTHER, BY_HEARER, BY_ENDER };
static const char *const said_by[] = {
	[BY_OPENER] = "is for who opened it to say",
	[BY_OTHER] = "is not for who opened it to say",
	[BY_HEARER] = "answers the other side, which said nothing yet",
	[BY_ENDER] = "is for who opened it to say, until it is settled",
};

/* Once one side accepted, it is closed, or somebody says that it is not done after all. */
static const struct {
	const char *name;
	unsigned states; /* BUSINESS_BIT set: of the dispute */
	enum said_by by;
} steps[] = {
	{ "opened", IN(NONE), BY_EITHER },
	{ "answered", IN(OPEN), BY_OTHER },
	{ "evidence", IN(OPEN), BY_EITHER },
	{ "offer", IN(OPEN), BY_EITHER },
	{ "accepted", IN(OPEN), BY_HEARER },
	{ "rejected", IN(OPEN), BY_HEARER },
	{ "escalated", IN(OPEN) | IN(AGREED), BY_EITHER },
	{ "withdrawn", IN(OPEN) | IN(AGREED), BY_OPENER },
	{ "closed", IN(OPEN) | IN(AGREED), BY_ENDER },
};

static const char *const dispute_states[BUSINESS_STATES] = {
	[BUSINESS_NONE] = "was not opened",
	[BUSINESS_OPEN] = "is open already",
	[BUSINESS_AGREED] = "is settled: it is closed now, or escalated",
	[BUSINESS_CLOSED] = "is closed: what goes on is another one",
};

static bool may_say(enum said_by by, const struct business_dispute *d)
{
	return by == BY_EITHER || (by == BY_OPENER && d->is_opener) ||
		(by == BY_OTHER && !d->is_opener) || (by == BY_HEARER && d->is_other_heard) ||
		(by == BY_ENDER && (d->is_opener || d->state == BUSINESS_AGREED));
}

enum status business_dispute_check(struct slice step, bool is_revision,
	const struct business_dispute *d, struct slice id, struct fault *f)
{
	size_t i = 0;

	while (i < COUNT(steps) && !slice_eq(step, slice_str(steps[i].name)))
		i++;
	if (i == COUNT(steps))
		return ST_OK;
	if (!is_revision && !(steps[i].states & BUSINESS_BIT(d->state)))
		return fault_set(f, ST_AUTH, ORDER, "dispute %.*s %s", SLICE_FMT(id),
			dispute_states[d->state]);
	if (d->state != BUSINESS_NONE && !may_say(steps[i].by, d))
		return fault_set(f, ST_AUTH, ORDER, "dispute %.*s: \"%s\" %s", SLICE_FMT(id),
			steps[i].name, said_by[steps[i].by]);
	return ST_OK;
}

static const struct {
	const char *name;
	unsigned bit;
} roles[] = {
	{ "aggregator", SENDER_AGGREGATOR },
	{ "utility", SENDER_UTILITY },
	{ "iso_rto", SENDER_ISO_RTO },
	{ "provider", SENDER_PROVIDER },
};

enum status business_copier_check(
	enum document_type type, struct slice copier_role, bool is_own, struct fault *f)
{
	for (size_t i = 0; i < COUNT(roles); i++) {
		unsigned may = is_own ? rules[type].senders & roles[i].bit
				      : rules[type].senders & ~roles[i].bit;

		if (may && (roles[i].bit & (SENDER_UTILITY | SENDER_ISO_RTO)) &&
			slice_eq(copier_role, slice_str(roles[i].name)))
			return ST_OK;
	}
	return fault_set(f, ST_AUTH, "registry.role", "%s is not copied as %.*s, of %s",
		rules[type].name, SLICE_FMT(copier_role.n ? copier_role : S("nobody")),
		is_own ? "its own" : "another's");
}

enum status business_sender_check(
	enum document_type type, struct slice sender_role, struct fault *f)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if ((rules[type].senders & roles[i].bit) &&
			slice_eq(sender_role, slice_str(roles[i].name)))
			return ST_OK;
	return fault_set(f, ST_AUTH, "registry.role", "%s is not sent as %.*s", rules[type].name,
		SLICE_FMT(sender_role.n ? sender_role : S("nobody")));
}

static bool is_undoing(const struct business_step *step)
{
	for (size_t i = 0; i < COUNT(undoing); i++)
		if (undoing[i].type == step->type &&
			slice_eq(step->action, slice_str(undoing[i].action)))
			return true;
	return false;
}

/* What became of a call, or who keeps to a limit, is worth knowing at any time. */
#define TOLD_LATE (T(DISPATCH) | T(LIMIT))

static enum status late(const struct business_predecessor *p, struct fault *f)
{
	const bool is_taken = (TOLD_LATE & DOCUMENT_BIT(p->type)) != 0;
	char last[TIME_TEXT_MAX];

	return fault_set(f, ST_AUTH, is_taken ? BUSINESS_LATE_ANSWER : "registry.late",
		"%s %.*s %s until %s",
		rules[p->type].name, SLICE_FMT(p->id),
		is_taken ? "wanted its answer" : "could be followed",
		time_format(last, p->last_ns));
}

/*
 * What is answered once is not answered otherwise when nobody waits for that any more, and each
 * part of an offer is awarded while that is valid.
 */
static bool is_late(const struct business_step *step, const struct business_follow *follow,
	const struct business_predecessor *p)
{
	const bool is_part = p->type == DOCUMENT_OFFER && !step->is_revision;
	const bool is_asked = p->state == BUSINESS_OPEN || is_part ||
		(follow->once & DOCUMENT_BIT(p->type)) != 0;

	return (follow->timed & DOCUMENT_BIT(p->type)) && is_asked && !is_undoing(step) &&
		p->last_ns != 0 && step->now_ns > p->last_ns;
}

/* On the wire answers cross revisions, and what is taken back: nobody could know of those. */
static enum status crossed(const struct business_step *step,
	const struct business_follow *follow, const struct business_predecessor *p, struct fault *f)
{
	static const unsigned over = IN(REPLACED) | IN(WITHDRAWN);

	if (!(follow->once & DOCUMENT_BIT(p->type)) || !(over & BUSINESS_BIT(p->state)))
		return ST_OK;
	return fault_set(f, ST_AUTH, BUSINESS_LATE_ANSWER,
		"%s follows %s %.*s, which is %s by now: it changes nothing, and answers no other"
		" revision",
		rules[step->type].name, rules[p->type].name, SLICE_FMT(p->id),
		state_names[p->state]);
}

enum status business_follow_check(const struct business_step *step,
	const struct business_follow *follow, const struct business_predecessor *p, struct fault *f)
{
	unsigned states = step->is_revision || is_undoing(step) ? follow->again : follow->states;

	if (p->state == BUSINESS_NONE)
		return fault_set(f, ST_AUTH, follow->code, "%s follows %s %.*s, which is not there",
			rules[step->type].name, fact_name(follow->by), SLICE_FMT(p->id));
	if (!(follow->types & DOCUMENT_BIT(p->type)))
		return fault_set(f, ST_AUTH, follow->code, "%s follows %s %.*s, which is a %s",
			rules[step->type].name, fact_name(follow->by), SLICE_FMT(p->id),
			rules[p->type].name);
	TRY(crossed(step, follow, p, f));
	if (follow->once & DOCUMENT_BIT(p->type) && !step->is_revision)
		states &= IN(OPEN);
	if (!(states & BUSINESS_BIT(p->state)))
		return fault_set(f, ST_AUTH, follow->code, "%s follows %s %.*s, which is %s",
			rules[step->type].name, rules[p->type].name, SLICE_FMT(p->id),
			state_names[p->state]);
	TRY(rejection_check(step, p, f));
	return is_late(step, follow, p) ? late(p, f) : ST_OK;
}

enum status business_supersede_check(enum document_type type, uint32_t revision,
	const struct business_predecessor *p, struct fault *f)
{
	if (p->state == BUSINESS_NONE)
		return fault_set(f, ST_AUTH, ORDER, "%s supersedes %.*s, which is not there",
			rules[type].name, SLICE_FMT(p->id));
	if (p->type != type)
		return fault_set(f, ST_AUTH, ORDER, "%s supersedes %.*s, which is a %s",
			rules[type].name, SLICE_FMT(p->id), rules[p->type].name);
	if (type == DOCUMENT_OFFER && p->state == BUSINESS_AGREED)
		return fault_set(f, ST_AUTH, ORDER,
			"%s supersedes %.*s, which is awarded: another offer is a new one",
			rules[type].name, SLICE_FMT(p->id));
	if (p->state == BUSINESS_REPLACED)
		return fault_set(f, ST_AUTH, "registry.revision",
			"%.*s is superseded by another already", SLICE_FMT(p->id));
	if (revision <= p->revision)
		return fault_set(f, ST_AUTH, "registry.revision",
			"revision %u supersedes %.*s, which is revision %u", revision,
			SLICE_FMT(p->id), p->revision);
	return ST_OK;
}
