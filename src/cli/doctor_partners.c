/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, agreements, and what is let through. */
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/certificates.h"
#include "cli/home.h"
#include "cli/revocations.h"
#include "cli/risk_assumed.h"
#include "documents/der/schema.h"

#define MEND_MAX 512

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

/* --- partners that are left out ---------------------------------------------------- */

static void on_ignored(void *context, const char *what, const struct fault *f)
{
	doctor_find(context, URGENT, "partners", unread_advice(what), "%s: %s: %s (%s)", what,
		f->text, unread_effect(what), f->code);
}

void doctor_ignored(struct doctor *d)
{
	AUTO(registry) again = NULL;
	struct fault f;

	if (home_registry_telling(&again, d->path, on_ignored, d, &f) != ST_OK)
		doctor_find(d, URGENT, "partners", "mend what is named", "%s (%s)", f.text, f.code);
}

/* --- certificates ----------------------------------------------------------------- */

static const enum urgency near[NEARNESSES] = {
	[NEAR_NOT] = URGENCIES, [NEAR_60] = ADVICE, [NEAR_30] = SOON, [NEAR_14] = SOON,
	[NEAR_7] = URGENT, [NEAR_OVER] = URGENT,
};

static void on_credential(void *context, const struct credential *c)
{
	struct doctor *d = context;
	AUTO_IN_PLACE(buf) advice = buf_init(MEND_MAX);
	char end[CERTIFICATE_END_MAX];

	if (near[c->nearness] == URGENCIES)
		return;
	credential_advice(&advice, c);
	doctor_find(d, near[c->nearness], "certificates",
		advice.n ? buf_text(&advice) : "ask the partner for its new sheet",
		"%s's certificate for %s %s", c->party, c->use,
		certificate_end_format(end, c, d->r.now_ns));
}

void doctor_certificates(struct doctor *d)
{
	struct fault f;

	if (certificates_look(d->path, d->r.registry, d->r.now_ns, on_credential, d, &f) != ST_OK)
		doctor_find(d, URGENT, "certificates", "see `tieline cert status`", "%s", f.text);
}

/* --- protection ------------------------------------------------------------------- */

/* With the words a person has to find: DAY and TEXT. */
#define EXCEPT "tieline risk except %s --area %s --requirement %s --until DAY --reason TEXT"

static void short_look(
	struct doctor *d, const char *partner, const char *area, const json_t *row)
{
	char mend[MEND_MAX];
	bool is_refused = registry_settings(d->r.registry)->risk.is_enforced;
	bool is_required = strcmp(text_of(row, "need"), need_name(NEED_REQUIRED)) == 0;
	enum urgency urgency = !is_required ? ADVICE : is_refused ? URGENT : SOON;

	(void)snprintf(mend, sizeof(mend), "%s", text_of(row, "advice"));
	if (is_required)
		(void)snprintf(mend, sizeof(mend), "%s; or for a while: `" EXCEPT "`",
			text_of(row, "advice"), partner, area, text_of(row, "requirement"));
	doctor_find(d, urgency, "protection", mend, "%s of %s: %s%s", area, partner,
		text_of(row, "found"),
		urgency == URGENT ? ", and is refused" : "");
}

/* Ours wait for it until their deadlines; theirs were told, and somebody there has to know. */
static void unmet_look(
	struct doctor *d, const char *partner, const char *area, const json_t *row)
{
	char mend[MEND_MAX];
	bool is_waiting = json_integer_value(json_object_get(row, "waiting")) > 0;

	(void)snprintf(mend, sizeof(mend), "%s; or for a while: `" EXCEPT "`",
		text_of(row, "advice"), partner, area, text_of(row, "requirement"));
	doctor_find(d, is_waiting ? URGENT : SOON, "protection", mend,
		"%s of %s: no %s: %s", area, partner, text_of(row, "requirement"),
		text_of(row, "found"));
}

static void requirement_look(
	struct doctor *d, const char *partner, const char *area, const json_t *row)
{
	static const struct {
		const char *state;
		void (*look)(struct doctor *, const char *, const char *, const json_t *);
	} looks[] = { { "short", short_look }, { "unmet", unmet_look } };

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strcmp(text_of(row, "state"), looks[i].state) == 0)
			looks[i].look(d, partner, area, row);
}

void doctor_protection(struct doctor *d)
{
	for (size_t i = 0; i < registry_partner_count(d->r.registry); i++) {
		json_t *shown = risk_partner_json(&d->r, i);
		const json_t *area, *row;
		size_t a, b;

		json_array_foreach(json_object_get(shown, "areas"), a, area)
			json_array_foreach(json_object_get(area, "requirements"), b, row)
				requirement_look(
					d, text_of(shown, "partner"), text_of(area, "area"), row);
		json_decref(shown);
	}
}

/* Whether it is so, people know: nothing is wrong about a line of one's own. */
static void on_assumed(void *context, const struct risk_assumption *a)
{
	char mend[MEND_MAX];

	if (strcmp(a->name, "risk.policy") == 0)
		return; /* policy_look() */
	(void)snprintf(mend, sizeof(mend), "%s: %s in %s, unless it is so; then SIGHUP", a->name,
		a->usual, a->partner ? "its agreement.yaml" : "tieline.yaml");
	doctor_find(context, ADVICE, "protection", mend,
		"%s%s%s: %s asks for less protection than %s", a->partner ? a->partner : "",
		a->partner ? ": " : "", a->name, a->value, a->usual);
}

static void policy_look(struct doctor *d)
{
	if (!registry_settings(d->r.registry)->risk.is_enforced)
		doctor_find(d, SOON, "protection",
			"see `tieline risk`, then risk: { policy: enforce } in tieline.yaml",
			"what falls short of what an exchange deserves is told, and not refused");
}

void doctor_assumptions(struct doctor *d)
{
	policy_look(d);
	risk_assumed(d->r.registry, on_assumed, d);
}

static void allowed_look(struct doctor *d, const json_t *row)
{
	char mend[MEND_MAX];
	const char *partner = text_of(row, "partner"), *area = text_of(row, "area");
	const char *requirement = text_of(row, "requirement");
	bool is_over = strcmp(text_of(row, "state"), "ended") == 0;

	if (strcmp(text_of(row, "state"), "holds") == 0)
		return;
	(void)snprintf(mend, sizeof(mend),
		"have it mended, then `tieline risk end %s --area %s --requirement %s`; or `" EXCEPT "`",
		partner, area, requirement, partner, area, requirement);
	doctor_find(d, is_over ? URGENT : SOON, "exceptions", mend,
		"%s of %s may fall short of %s until %s: %s", area, partner, requirement,
		text_of(row, "until"), text_of(row, "state"));
}

static void legacy_look(struct doctor *d, const struct partner *partner)
{
	static const enum urgency urgencies[EXCEPTION_STATES] = {
		[EXCEPTION_NONE] = URGENCIES, [EXCEPTION_HOLDS] = ADVICE, [EXCEPTION_ENDING] = SOON,
		[EXCEPTION_ENDED] = URGENT, [EXCEPTION_TOO_LONG] = URGENT,
	};
	const struct exceptions *list = &partner->agreement->exceptions;
	char day[EXCEPTION_DAY_MAX];

	for (enum exception i = 0; i < EXCEPTIONS; i++) {
		enum exception_state state = exception_state(list, i, d->r.now_ns);

		if (urgencies[state] != URGENCIES)
			doctor_find(d, urgencies[state], "exceptions",
				"have the partner change it, then take it out of `legacy` in its "
				"agreement.yaml",
				"%s may use %s until %s: %s", partner->sheet->id, exception_name(i),
				exception_day(day, list, i), exception_state_name(state));
	}
}

void doctor_exceptions(struct doctor *d)
{
	json_t *rows = json_array();
	const json_t *row;
	size_t i;

	for (i = 0; i < registry_partner_count(d->r.registry); i++) {
		risk_exceptions_add(rows, registry_partner(d->r.registry, i), d->r.now_ns);
		legacy_look(d, registry_partner(d->r.registry, i));
	}
	json_array_foreach(rows, i, row)
		allowed_look(d, row);
	json_decref(rows);
}

/* --- revocation ------------------------------------------------------------------- */

/* Lists in a file are for `cert status`; here what is fetched, and does not come. */
static void source_look(struct doctor *d, const json_t *row)
{
	const char *state = text_of(row, "state");

	if (strcmp(state, "good") != 0)
		doctor_find(d, strcmp(state, "AGING") == 0 ? SOON : URGENT, "revocation",
			"`tieline cert refresh`, then `tieline cert status`; or ask who runs it",
			"%s of %s: %s is %s", text_of(row, "kind"), text_of(row, "party"),
			text_of(row, "url"), state);
}

void doctor_revocation(struct doctor *d)
{
	AUTO_IN_PLACE(revocations) known = revocations_init();
	json_t *rows = json_array();
	const json_t *row;
	struct fault f;
	size_t i;

	bool is_asked = revocations_ask(&known, d->path, &f) == ST_OK;
	for (i = 0; is_asked && i < registry_partner_count(d->r.registry); i++)
		revocations_sources(
			rows, &known, registry_partner(d->r.registry, i), d->r.now_ns);
	json_array_foreach(rows, i, row)
		source_look(d, row);
	json_decref(rows);
}

/* --- agreements ------------------------------------------------------------------- */

static bool is_suspended(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->suspended;
}

static bool takes_ended(const struct agreement *a, int64_t now_ns)
{
	return tolerance_holds(a->tolerate_expired_ns, now_ns);
}

static bool takes_variants(const struct agreement *a, int64_t now_ns)
{
	return agreement_tolerates(a, now_ns) != 0;
}

static bool asks_no_revocation(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->trust.mode == TRUST_CHAIN && !a->trust.asks_revocation;
}

static bool takes_unsigned_receipts(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->as2.receipt != RECEIPT_SIGNED;
}

static bool asks_no_certificate(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return !a->tls.client_certificate;
}

static bool examines_no_documents(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return !a->documents.examine;
}

static bool examines_beside_no_register(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->documents.examine && a->documents.registry == REGISTRY_OFF;
}

static bool keeps_what_is_invalid(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->documents.examine && a->documents.invalid == INVALID_FLAG;
}

/* Where it would be money, or what the register believes. */
static bool mixes_tests(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->documents.examine && a->documents.test == TEST_BOTH &&
		(a->documents.registry != REGISTRY_OFF ||
			a->areas[AREA_BILLING].allowed[DIRECTION_RECEIVE]);
}

static bool registers_no_x12(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->documents.registry == REGISTRY_REFUSE && a->x12.set_count == 0 &&
		agreement_permits(a, DIRECTION_RECEIVE, AREAS, 0, S(X12_MEDIA_TYPE), NULL) ==
			ST_OK;
}

static bool copies_what_is_none(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	for (size_t i = 0; i < a->copies.type_count; i++)
		if (!der_schema_find(json_text_of(a->copies.types[i])))
			return true;
	return false;
}

static bool comes_from_anywhere(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	return a->areas[AREA_OUTAGE].allowed[DIRECTION_RECEIVE] && !a->suspended &&
		a->addresses.count == 0;
}

/* An area that it may send in, and that no rate bounds. */
static bool sends_without_end(const struct agreement *a, int64_t now_ns)
{
	(void)now_ns;
	if (a->suspended || a->rate.count > 0)
		return false;
	for (enum area area = 0; area < AREAS; area++)
		if (a->areas[area].allowed[DIRECTION_RECEIVE] && a->areas[area].rate.count == 0)
			return true;
	return false;
}

/* clang-format off */
static const struct {
	enum urgency urgency;
	bool (*is_so)(const struct agreement *, int64_t now_ns);
	const char *found, *mend;
} agreements[] = {
	{ ADVICE, is_suspended, "the agreement is suspended: nothing goes either way",
		"suspended: false in its agreement.yaml, or `tieline partner remove`" },
	{ SOON, takes_ended, "certificates that have ended are taken",
		"have the partner send a new sheet, then take tolerate: out of its agreement.yaml" },
	{ ADVICE, takes_variants, "signatures over variants of a message are taken",
		"have the partner mend its software, then take tolerate: out of its agreement.yaml" },
	{ SOON, asks_no_revocation, "authorities vouch for its certificates, and are not asked about revoked ones",
		"trust: { revocation: lists } in its agreement.yaml" },
	{ SOON, takes_unsigned_receipts, "its receipts need no signature: they prove nothing to anybody else",
		"as2: { receipt: signed } in its agreement.yaml" },
	{ SOON, asks_no_certificate, "its connections need no certificate: until a signature is verified nobody knows who sends",
		"have it show the certificate of its sheet, then tls: { client-certificate: true } in its agreement.yaml" },
	{ SOON, copies_what_is_none, "it is to get copies of a type of document that there is not",
		"types that `tieline schema` lists, in copies: of its agreement.yaml" },
	{ SOON, registers_no_x12, "what the register refuses as JSON is taken as X12: no set is registered",
		"x12: { register: [ 810 ] } in its agreement.yaml, or media-types: without " X12_MEDIA_TYPE },
	{ ADVICE, examines_no_documents, "its documents are not looked into: what is invalid is not told, who names another sender is taken, nothing is registered, or copied to a third party; a wrong invoice is found by people",
		"documents: { examine: true } in its agreement.yaml, and x12: { examine: true } for what is X12" },
	{ ADVICE, examines_beside_no_register, "what it says is held against no register: of any aggregation, any capability, any award",
		"documents: { registry: flag }, later refuse, in its agreement.yaml" },
	{ ADVICE, mixes_tests, "documents of tests are taken beside real ones: only `test` in each tells them apart",
		"documents: { test: refuse } in its agreement.yaml, once tests are over; for a gateway of tests, only" },
	{ ADVICE, sends_without_end, "no rate is agreed: its connections and its turn bound what it sends, nothing bounds what is kept",
		"rate: ten times that of its busiest day, as 6000/min, in its agreement.yaml" },
	{ ADVICE, comes_from_anywhere, "it may send outage notices, and nobody said where it comes from: until it has come, and after a month of silence, a flood of strangers can keep it out",
		"addresses: [ its networks ] in its agreement.yaml" },
	{ ADVICE, keeps_what_is_invalid, "a document that is invalid is flagged, and taken all the same",
		"documents: { invalid: refuse } in its agreement.yaml, once its software is good" },
};
/* clang-format on */

void doctor_agreements(struct doctor *d)
{
	for (size_t i = 0; i < registry_partner_count(d->r.registry); i++) {
		const struct partner *partner = registry_partner(d->r.registry, i);

		for (size_t n = 0; n < sizeof(agreements) / sizeof(agreements[0]); n++)
			if (agreements[n].is_so(partner->agreement, d->r.now_ns))
				doctor_find(d, agreements[n].urgency, "agreements",
					agreements[n].mend, "%s: %s", partner->sheet->id,
					agreements[n].found);
	}
}
