/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an agreement, as settings and as exceptions: refused with a code, or read, written
 * and read again to the same bytes.  What is agreed answers every question that is asked of it.
 */
#include <stdlib.h>

#include "exchange/agreement.h"
#include "exchange/risk_exceptions.h"
#include "exchange/settings.h"

static void agreement_again(const struct agreement *a)
{
	AUTO_IN_PLACE(buf) one = buf_init(AGREEMENT_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(AGREEMENT_SIZE_MAX);
	AUTO(agreement) copy = NULL;

	agreement_format(&one, a);
	if (one.overflow || agreement_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	agreement_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
}

/* Whatever is agreed, each question has an answer, and each refusal a code. */
static void agreement_asked(const struct agreement *a)
{
	static const char *const types[] = { "", "application/edi-x12", "multipart/related" };
	struct fault f = { 0 };

	for (enum area area = 0; area <= AREAS; area++)
		for (unsigned i = 0; i < 2 * sizeof(types) / sizeof(types[0]); i++)
			if (agreement_permits(a, i & 1 ? DIRECTION_SEND : DIRECTION_RECEIVE, area,
				    i & 2 ? UINT64_MAX : 1, slice_str(types[i / 2]), &f) != ST_OK &&
				f.code[0] == '\0')
				abort();
	for (enum area area = 0; area < AREAS; area++)
		if (agreement_deadline_ns(a, area) <= 0 || agreement_budget_ns(a, area) <= 0 ||
			agreement_body_max(a, area) < a->areas[area].size_max)
			abort();
	if (agreement_body_max(a, AREAS) == 0 || agreement_receipt_path(a)[0] != '/' ||
		agreement_tolerates(a, INT64_MAX) != 0 || (a->suspended &&
			(agreement_unproven(a) || agreement_old_tls(a))))
		abort();
	(void)tolerances_text(agreement_tolerates(a, 0));
}

/* With each rule's own signs a rule is found, or one before it that waits for the media type. */
static void rules_asked(const struct area_rules *rules)
{
	for (size_t i = 0; i <= rules->count && i < AREA_RULES_MAX; i++) {
		const struct area_rule *rule = &rules->list[i];
		struct area_signs signs = { slice_str(rule->to), slice_str(rule->subject),
			slice_str(rule->media_type) };
		enum area area = AREAS;
		struct fault f = { 0 };
		enum status status = area_rules_find(&area, rules, &signs, &f);

		const bool waits = status == ST_MORE && rule->media_type[0] == '\0';

		if (i < rules->count && !waits && (status != ST_OK || area >= AREAS))
			abort();
		signs.media_type = S("");
		if (area_rules_find(&area, rules, &signs, &f) != ST_OK && f.code[0] == '\0')
			abort();
		if (rule->to[0] && !area_rules_name(rules, slice_str(rule->to)))
			abort();
	}
}

static void settings_again(const struct settings *s)
{
	AUTO_IN_PLACE(buf) one = buf_init(SETTINGS_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) copy = NULL;

	settings_format(&one, s);
	if (one.overflow || settings_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	settings_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
}

static void exceptions_again(const struct risk_exceptions *e)
{
	AUTO_IN_PLACE(buf) one = buf_init(RISK_EXCEPTIONS_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(RISK_EXCEPTIONS_SIZE_MAX);
	AUTO(risk_exceptions) copy = NULL;
	char day[RISK_DAY_MAX];
	int64_t end_ns;

	risk_exceptions_format(&one, e);
	if (one.overflow || risk_exceptions_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	risk_exceptions_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
	for (size_t i = 0; i < e->count; i++) {
		const struct risk_exception *x = &e->list[i];

		if (risk_exceptions_find(e, x->area, x->requirement) != x ||
			risk_day_parse(&end_ns, slice_str(risk_day_format(day, x->end_ns)), NULL) !=
				ST_OK || end_ns != x->end_ns)
			abort();
		risk_exceptions_put(copy, x);
	}
	if (copy->count != e->count)
		abort();
	for (size_t i = 0; i < e->count; i++)
		if (!risk_exceptions_remove(copy, e->list[i].area, e->list[i].requirement))
			abort();
}

static void judge(enum status status, bool read, const struct fault *f)
{
	if ((status == ST_OK) != read || (status != ST_OK && f->code[0] == '\0'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(agreement) a = NULL;
	AUTO(settings) s = NULL;
	AUTO(risk_exceptions) e = NULL;
	struct fault f = { 0 };
	enum status status = agreement_parse(&a, slice_of(data, n), &f);

	judge(status, a != NULL, &f);
	status = settings_parse(&s, slice_of(data, n), &f);
	judge(status, s != NULL, &f);
	if (a) {
		agreement_again(a);
		agreement_asked(a);
		rules_asked(&a->area_rules);
	}
	if (s)
		settings_again(s);
	status = risk_exceptions_parse(&e, slice_of(data, n), &f);
	judge(status, e != NULL, &f);
	if (e)
		exceptions_again(e);
	return 0;
}
