/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission, run by the edge for every request of a partner that TLS has proven, or of somebody
 * without a certificate who says he is one that needs none.  The rules are tried in the order of a
 * table; the first that objects decides.  A message that can be named is refused by a signed
 * receipt (promise 10), anything else by an HTTP status.
 */
#include "processes/admission.h"

#include "bindings/http.h"
#include "bindings/mdn.h"
#include "exchange/refusal.h"
#include "processes/protection.h"

struct rule {
	enum verdict objection;
	enum status (*check)(struct admission *, const struct admission_asked *, struct fault *);
};

#define EXCHANGE_PATH "/exchange/"
#define SHARED_PATH "/as2"
#define HEALTH_PATH "/healthz"

/* ST_NONE ends the rules: a health question asks nothing more. */
static enum status check_health(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)f;
	if (!asked->partner || !slice_eq(asked->target, S(HEALTH_PATH)) ||
		!slice_eq(asked->method, S("GET")))
		return ST_OK;
	out->verdict = VERDICT_HEALTH;
	return ST_NONE;
}

static enum status check_target(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	struct slice name = slice_from(asked->target, sizeof(EXCHANGE_PATH) - 1);

	out->receipt = slice_eq(asked->target, S(RECEIPT_PATH));
	if (out->receipt || slice_eq(asked->target, S(HEALTH_PATH)))
		return ST_OK;
	out->area = AREA_BILLING;
	out->shared = slice_eq(asked->target, S(SHARED_PATH));
	if (out->shared)
		return ST_OK;
	if (!slice_has_prefix(asked->target, S(EXCHANGE_PATH)) ||
		area_parse(&out->area, name, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "http.target.unknown",
			"nothing is at %.*s: messages go to " EXCHANGE_PATH "AREA or " SHARED_PATH
			", receipts by themselves to " RECEIPT_PATH,
			SLICE_FMT(slice_to(asked->target, 80)));
	return ST_OK;
}

static enum status check_method(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)out;
	if (!slice_eq(asked->method, S("POST")) || slice_eq(asked->target, S(HEALTH_PATH)))
		return fault_set(f, ST_INPUT, "http.method", "%.*s does not apply here",
			SLICE_FMT(slice_to(asked->method, 16)));
	return ST_OK;
}

/* ST_OK: what is agreed tells the area from the head alone. */
static enum status area_told(
	enum area *area, const struct as2_head *head, const struct area_rules *rules)
{
	const struct area_signs signs = { .to = head->to, .subject = head->subject };

	return area_rules_find(area, rules, &signs, NULL);
}

/* A Tieline's receipt says in its subject of which area its message is. */
static void receipt_told(enum area *area, const struct as2_head *head)
{
	(void)!area_parse(area, head->subject, NULL);
}

/*
 * What is asked for counts as, before its head was judged.  A notice at the address of all areas
 * finds the room that is kept for notices, where a proven partner's head tells that it is one, and
 * so does the receipt of one.
 */
static enum area area_paced(const struct admission *out, const struct admission_asked *asked)
{
	enum area area = out->area;
	struct as2_head head;

	if ((!out->shared && !out->receipt) || !asked->partner ||
		asked->partner->agreement->unread ||
		as2_head_parse(&head, asked->head, NULL) != ST_OK)
		return area;
	if (out->receipt)
		receipt_told(&area, &head);
	else
		(void)!area_told(&area, &head, &asked->partner->agreement->area_rules);
	return area;
}

/* Before whatever would be refused with a signature, which costs more than what is refused. */
static enum status check_rate(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	return asked->paced(asked->context, &out->wait_s, asked->partner, area_paced(out, asked),
		out->receipt, f);
}

static enum status check_head(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	return as2_head_parse(&out->as2, asked->head, f);
}

/* Without any, there is nothing that a receipt could name; a receipt needs none. */
static enum status check_id_there(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	const bool is_there = out->as2.message_id.n > 0 || !out->as2.id_is_bare;

	(void)asked;
	return is_there || out->receipt ? ST_OK : as2_id_check(&out->as2, f);
}

static enum status check_id(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)asked;
	return as2_id_check(&out->as2, f);
}

/* One connection is one partner's: what was read for one is never answered to another. */
static enum status check_named(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	if (asked->bound.n > 0 && !slice_eq(out->as2.from, asked->bound))
		return fault_set(f, ST_AUTH, "as2.from",
			"AS2-From says %.*s, this connection was %.*s's before",
			SLICE_FMT(out->as2.from), SLICE_FMT(asked->bound));
	out->partner = asked->named(asked->context, out->as2.from);
	if (!out->partner)
		return fault_set(f, ST_AUTH, "tls.no-certificate",
			"%.*s is no partner that may come without a TLS certificate",
			SLICE_FMT(out->as2.from));
	return ST_OK;
}

static enum status check_from(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	const char *proven;

	if (!asked->partner)
		return check_named(out, asked, f);
	proven = asked->partner->sheet->id;
	out->partner = asked->partner;
	if (!slice_eq(out->as2.from, slice_str(proven)))
		return fault_set(f, ST_AUTH, "as2.from",
			"AS2-From says %.*s, the TLS certificate is that of %s",
			SLICE_FMT(out->as2.from), proven);
	return ST_OK;
}

/* Before whatever would refuse it for good: nobody knows now what is agreed. */
static enum status check_read(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)asked;
	return agreement_check_read(out->partner->agreement, f);
}

static enum status check_to(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	const struct area_rules *names = &out->partner->agreement->area_rules;

	if (!slice_eq(out->as2.to, asked->own_id) &&
		(!out->shared || !area_rules_name(names, out->as2.to)))
		return fault_set(f, ST_AUTH, "as2.to", "AS2-To says %.*s, this is %.*s",
			SLICE_FMT(out->as2.to), SLICE_FMT(asked->own_id));
	return ST_OK;
}

static enum status check_receipt_length(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	if (!out->receipt)
		return ST_OK;
	out->body_max = RECEIPT_SIZE_MAX;
	if (asked->length != HTTP_NO_LENGTH && asked->length > out->body_max)
		return fault_set(f, ST_LIMIT, "mdn.size",
			"a receipt of %llu bytes, at most %d are read",
			(unsigned long long)asked->length, RECEIPT_SIZE_MAX);
	return ST_OK;
}

/*
 * ST_NONE ends the rules: what is agreed of areas does not concern a receipt.  Of which it is, is
 * for the lane it rides in, and nothing else.
 */
static enum status check_receipt(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)asked;
	(void)f;
	if (!out->receipt)
		return ST_OK;
	receipt_told(&out->area, &out->as2);
	return ST_NONE;
}

static enum status check_receipt_delivery(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)asked;
	if (!mdn_wished_later(&out->as2) || out->partner->agreement->as2.may_ask_later)
		return ST_OK;
	return fault_set(f, ST_AUTH, "agreement.receipt-delivery",
		"receipts in a connection of their own are not agreed: ask for them in the answer");
}

/* Whatever it is for, the envelope finds it again in what was signed. */
static enum status check_area(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	const struct area_rules *rules = &out->partner->agreement->area_rules;

	(void)asked;
	(void)f;
	out->open = out->shared && area_told(&out->area, &out->as2, rules) != ST_OK;
	return ST_OK;
}

static enum area area_judged(const struct admission *admission)
{
	return admission->open ? AREAS : admission->area;
}

/* Size and media type of the document are inside the envelope: judged there. */
static enum status check_agreement(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	(void)asked;
	return agreement_permits(
		out->partner->agreement, DIRECTION_RECEIVE, area_judged(out), 0, S(""), f);
}

static enum status check_protection(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	const struct protected what = {
		.direction = DIRECTION_RECEIVE, .area = area_judged(out)
	};

	return protection_connection_permits(asked->settings, out->partner->agreement, &what,
		&asked->by, asked->now_ns, f);
}

static enum status check_length(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	out->body_max = agreement_body_max(out->partner->agreement, area_judged(out));
	if (asked->length != HTTP_NO_LENGTH && asked->length > out->body_max)
		return fault_set(f, ST_LIMIT, "agreement.size",
			"body of %llu bytes, agreed for %s are %llu",
			(unsigned long long)asked->length, area_name(out->area),
			(unsigned long long)out->body_max);
	return ST_OK;
}

enum verdict admission_judge(
	struct admission *out, const struct admission_asked *asked, struct fault *f)
{
	static const struct rule rules[] = {
		{ VERDICT_HEALTH, check_health },
		{ VERDICT_ERROR, check_target },
		{ VERDICT_ERROR, check_method },
		{ VERDICT_ERROR, check_rate },
		{ VERDICT_ERROR, check_head },
		{ VERDICT_ERROR, check_id_there },
		{ VERDICT_REFUSE, check_from },
		{ VERDICT_ERROR, check_read },
		{ VERDICT_REFUSE, check_to },
		{ VERDICT_ERROR, check_receipt_length },
		{ VERDICT_RECEIPT, check_receipt },
		{ VERDICT_REFUSE, check_id },
		{ VERDICT_REFUSE, check_receipt_delivery },
		{ VERDICT_REFUSE, check_area },
		{ VERDICT_REFUSE, check_agreement },
		{ VERDICT_REFUSE, check_protection },
		{ VERDICT_REFUSE, check_length },
	};

	/* What is no message is of no area; of which a receipt is, its head need not tell. */
	*out = (struct admission){ .verdict = VERDICT_MESSAGE, .area = AREAS };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].check(out, asked, f) != ST_OK) {
			out->verdict = rules[i].objection;
			break;
		}
	/* A receipt for a receipt there is none. */
	if (out->receipt && out->verdict == VERDICT_REFUSE)
		out->verdict = VERDICT_ERROR;
	return out->verdict;
}

/* Nothing is said to strangers. */
unsigned admission_http_status(const struct fault *f)
{
	return slice_eq(slice_str(f->code), S("partner.unknown")) ? 0
								  : refusal_for(f->code)->http;
}
