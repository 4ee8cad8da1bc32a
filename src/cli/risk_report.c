/* SPDX-License-Identifier: Apache-2.0 */
/* The report is made as JSON, and printed from that: both say the same. */
#include "cli/risk_report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/home.h"
#include "cli/output.h"
#include "safeguards/crypto.h"
#include "safeguards/means.h"

#define DAY_NS (86400 * NS_PER_S)
#define ENDING_DAYS 30

enum status risk_report_open(struct risk_report *out, const char *home, struct fault *f)
{
	*out = (struct risk_report){ .post_quantum = crypto_post_quantum(),
		.now_ns = clock_utc_ns() };
	TRY(home_registry(&out->registry, home, f));
	TRY(home_keyring(&out->ring, home, f));
	out->trust = trust_new(out->registry, NULL);
	return ST_OK;
}

void risk_report_see(struct risk_report *r, const char *home)
{
	risk_seen_ask(&r->seen, home);
}

void risk_report_done(struct risk_report *r)
{
	trust_free(r->trust);
	keyring_free(r->ring);
	registry_free(r->registry);
}

/* --- exceptions ------------------------------------------------------------------- */

static const char *exception_standing(int64_t left_ns)
{
	if (left_ns <= 0)
		return "ended";
	return left_ns <= ENDING_DAYS * DAY_NS ? "ending" : "holds";
}

static json_t *exception_json(const struct risk_exception *e, int64_t now_ns)
{
	char day[RISK_DAY_MAX];
	int64_t left_ns = e->end_ns - now_ns;

	return json_pack("{s:s, s:s, s:I, s:s, s:s}", "until", risk_day_format(day, e->end_ns),
		"state", exception_standing(left_ns), "days", (json_int_t)(left_ns / DAY_NS),
		"reason", e->reason, "by", e->by);
}

void risk_exceptions_add(json_t *out, const struct partner *partner, int64_t now_ns)
{
	const struct risk_exceptions *list = partner->agreement->allowed_risks;

	for (size_t i = 0; list && i < list->count; i++) {
		json_t *row = json_pack("{s:s, s:s, s:s}", "partner", partner->sheet->id, "area",
			area_name(list->list[i].area), "requirement",
			requirement_name(list->list[i].requirement));
		json_object_update_new(row, exception_json(&list->list[i], now_ns));
		json_array_append_new(out, row);
	}
}

/* --- one area --------------------------------------------------------------------- */

/* What falls short in either direction, by requirement: the first that was found of each. */
struct area_shortfalls {
	struct shortfall list[REQUIREMENTS];
	bool there[REQUIREMENTS];
};

static void shortfall_take(void *context, const struct shortfall *s)
{
	struct area_shortfalls *all = context;

	if (!all->there[s->requirement])
		all->list[s->requirement] = *s;
	all->there[s->requirement] = true;
}

static void area_look(struct area_shortfalls *out, const struct risk_report *r,
	const struct trusted *partner, const struct risk_profile *profile, enum area area)
{
	struct means means = {
		.agreement = partner->partner->agreement,
		.signers = partner->signers,
		.signer_count = partner->signer_count,
		.recipients = partner->recipients,
		.recipient_count = partner->recipient_count,
		.tls = partner->tls,
		.tls_count = partner->tls_count,
		.post_quantum = r->post_quantum,
		.now_ns = r->now_ns,
	};

	for (enum cert_use use = 0; use < CERT_USES; use++)
		means.own[use] = keyring_current(r->ring, use, r->now_ns)->cert;
	for (means.direction = 0; means.direction < DIRECTIONS; means.direction++)
		if (means.agreement->areas[area].allowed[means.direction])
			means_shortfalls(&means, profile, area, shortfall_take, out);
}

/* One requirement of an area, and all that is known of it. */
struct requirement_look {
	enum requirement which;
	enum need need;
	const struct shortfall *shortfall;  /* NULL: files show none */
	const struct risk_seen_row *seen;   /* NULL: exchanges show none */
	const struct risk_exception *exception;
	bool is_excepted;
};

/* Which group a connection has is seen when it is there. */
static const char *state_of(const struct requirement_look *l)
{
	if (l->is_excepted && (l->shortfall || l->seen))
		return "excepted";
	if (l->shortfall)
		return "short";
	if (l->seen)
		return "unmet";
	if (l->which != REQUIRES_HYBRID)
		return "met";
	return l->need == NEED_REQUIRED ? "asked" : "offered";
}

static json_t *requirement_json(
	const struct requirement_look *l, const struct risk_profile *profile, int64_t now_ns)
{
	AUTO_IN_PLACE(buf) wanted = buf_init(SHORTFALL_TEXT_MAX);
	AUTO_IN_PLACE(buf) found = buf_init(SHORTFALL_TEXT_MAX);
	const struct risk_seen_row none = { .waiting = 0 };
	const struct risk_seen_row *seen = l->seen ? l->seen : &none;
	const char *advice = NULL;

	requirement_put(&wanted, profile, l->which);
	if (l->shortfall) {
		buf_put_text(&found, l->shortfall->found);
		advice = l->shortfall->mend;
	} else if (l->seen) {
		risk_seen_put(&found, l->seen);
		advice = risk_seen_mend(l->which);
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:o, s:I, s:I, s:o}", "requirement",
		requirement_name(l->which), "need", need_name(l->need), "wanted",
		buf_text(&wanted), "state", state_of(l), "found",
		found.n ? buf_text(&found) : NULL, "advice", advice, "exception",
		l->exception ? exception_json(l->exception, now_ns) : json_null(), "waiting",
		(json_int_t)seen->waiting, "refused", (json_int_t)seen->refused, "last-refused",
		json_time(seen->refused ? seen->refused_ns : 0));
}

static struct requirement_look requirement_of(const struct risk_report *r,
	const struct partner *partner, const struct area_shortfalls *all, enum area area,
	enum requirement which)
{
	struct requirement_look l = { .which = which,
		.shortfall = all->there[which] ? &all->list[which] : NULL,
		.seen = risk_seen_find(&r->seen, partner->sheet->id, area, which),
		.exception = risk_exceptions_find(
			partner->agreement->allowed_risks, area, which) };

	l.is_excepted = l.exception && r->now_ns < l.exception->end_ns;
	return l;
}

static json_t *requirements_json(const struct risk_report *r, const struct partner *partner,
	const struct area_shortfalls *all, const struct risk_profile *profile, enum area area)
{
	json_t *rows = json_array();

	for (enum requirement which = 0; which < REQUIREMENTS; which++) {
		struct requirement_look l = requirement_of(r, partner, all, area, which);

		l.need = profile->needs[which];
		if (l.need != NEED_NONE || l.seen)
			json_array_append_new(rows, requirement_json(&l, profile, r->now_ns));
	}
	return rows;
}

static json_t *area_json(const struct risk_report *r, const struct trusted *partner, enum area area)
{
	const struct agreement *agreement = partner->partner->agreement;
	struct area_shortfalls all = { 0 };
	struct risk_profile p;

	risk_profile_make(&p, &registry_settings(r->registry)->risk, area, agreement->network,
		r->now_ns);
	risk_profile_lengthen(
		&p, &registry_settings(r->registry)->risk, r->secret_until_ns, r->now_ns);
	area_look(&all, r, partner, &p, area);
	return json_pack("{s:s, s:s, s:I, s:I, s:b, s:I, s:o}", "area", area_name(area),
		"sensitivity", risk_sensitivity_name(p.sensitivity), "secrecy-days",
		(json_int_t)p.secrecy_days, "secret-until", (json_int_t)p.secret_until, "late",
		(int)p.is_late, "retention-days", (json_int_t)p.retention_days, "requirements",
		requirements_json(r, partner->partner, &all, &p, area));
}

/* --- a partner -------------------------------------------------------------------- */

json_t *risk_partner_json(const struct risk_report *r, size_t index)
{
	const struct partner *partner = registry_partner(r->registry, index);
	const struct trusted *trusted = NULL;
	json_t *areas = json_array();
	struct fault f;

	if (trust_find(&trusted, r->trust, slice_str(partner->sheet->id), &f) != ST_OK)
		return json_null();
	for (enum area area = 0; area < AREAS; area++)
		if (partner->agreement->areas[area].allowed[DIRECTION_SEND] ||
			partner->agreement->areas[area].allowed[DIRECTION_RECEIVE])
			json_array_append_new(areas, area_json(r, trusted, area));
	return json_pack("{s:s, s:s, s:s, s:o}", "partner", partner->sheet->id, "name",
		partner->sheet->name, "network", risk_path_name(partner->agreement->network),
		"areas", areas);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_refused(const json_t *row)
{
	return (strcmp(text_of(row, "state"), "short") == 0 ||
		       strcmp(text_of(row, "state"), "unmet") == 0) &&
		strcmp(text_of(row, "need"), need_name(NEED_REQUIRED)) == 0;
}

size_t risk_shortfalls(const json_t *partner)
{
	const json_t *area, *row;
	size_t i, j, count = 0;

	json_array_foreach(json_object_get(partner, "areas"), i, area)
		json_array_foreach(json_object_get(area, "requirements"), j, row)
			count += is_refused(row);
	return count;
}

/* --- for people ------------------------------------------------------------------- */

static void exception_print(const json_t *e)
{
	if (!json_is_object(e))
		return;
	printf("%22sexception %s %s: ", "",
		strcmp(text_of(e, "state"), "ended") == 0 ? "ended with" : "until",
		text_of(e, "until"));
	print_safe(slice_str(text_of(e, "reason")));
	printf(" (");
	print_safe(slice_str(text_of(e, "by")));
	puts(")");
}

static void requirement_print(const json_t *row)
{
	static const struct {
		const char *state, *words;
	} states[] = { { "met", "met" }, { "asked", "asked of each connection" },
		{ "offered", "offered to each connection" },
		{ "short", "FALLS SHORT" }, { "unmet", "WAS NOT MET" }, { "excepted", "falls short, excepted" } };
	const char *words = "";

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, text_of(row, "state")) == 0)
			words = states[i].words;
	printf("    %-16s  %-9s  %s: %s\n", text_of(row, "requirement"), text_of(row, "need"),
		text_of(row, "wanted"), words);
	if (*text_of(row, "found"))
		printf("%22s%s\n%22sto do: %s\n", "", text_of(row, "found"), "",
			text_of(row, "advice"));
	exception_print(json_object_get(row, "exception"));
}

static void days_print(const json_t *area, const char *key)
{
	AUTO_IN_PLACE(buf) text = buf_init(32);

	risk_days_put(&text, (unsigned)json_integer_value(json_object_get(area, key)));
	printf("%s", buf_text(&text));
}

static void area_print(const json_t *area)
{
	const json_t *row;
	size_t i;

	printf("\n  %s: %s, secret for ", text_of(area, "area"), text_of(area, "sensitivity"));
	days_print(area, "secrecy-days");
	printf(" (until %lld), kept for ",
		(long long)json_integer_value(json_object_get(area, "secret-until")));
	days_print(area, "retention-days");
	puts(json_is_true(json_object_get(area, "late"))
			? "; what is stored today may be read too early"
			: "");
	json_array_foreach(json_object_get(area, "requirements"), i, row)
		requirement_print(row);
}

void risk_partner_print(const json_t *partner)
{
	const json_t *area;
	size_t i;

	printf("%s \"", text_of(partner, "partner"));
	print_safe(slice_str(text_of(partner, "name")));
	printf("\", network: %s\n", text_of(partner, "network"));
	json_array_foreach(json_object_get(partner, "areas"), i, area)
		area_print(area);
	puts("");
}
