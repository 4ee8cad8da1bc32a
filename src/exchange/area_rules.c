/* SPDX-License-Identifier: Apache-2.0 */
/* The rules are tried in their order, and a rule that cannot be judged yet stops the search. */
#include "exchange/area_rules.h"

static bool is_asked(const char *wanted)
{
	return wanted[0] != '\0';
}

static bool differs(const char *wanted, struct slice found)
{
	return is_asked(wanted) && !slice_eq(slice_str(wanted), found);
}

static bool is_open(const struct area_rule *rule, const struct area_signs *signs)
{
	return is_asked(rule->media_type) && signs->media_type.n == 0;
}

static bool matches(const struct area_rule *rule, const struct area_signs *signs)
{
	return !differs(rule->to, signs->to) && !differs(rule->subject, signs->subject) &&
		(is_open(rule, signs) || !differs(rule->media_type, signs->media_type));
}

enum status area_rules_find(enum area *out, const struct area_rules *rules,
	const struct area_signs *signs, struct fault *f)
{
	enum area area = rules->otherwise;

	for (size_t i = 0; i < rules->count; i++) {
		if (!matches(&rules->list[i], signs))
			continue;
		if (is_open(&rules->list[i], signs))
			return fault_set(f, ST_MORE, "as2.area.later",
				"the area depends on the media type of the document");
		area = rules->list[i].area;
		break;
	}
	if (area == AREAS)
		return fault_set(f, ST_AUTH, "as2.area.unknown",
			"nothing agreed tells the area of this message: not its AS2-To, not its "
			"subject '%.*s', not its media type '%.*s'",
			SLICE_FMT(slice_to(signs->subject, 60)),
			SLICE_FMT(slice_to(signs->media_type, MEDIA_TYPE_MAX)));
	*out = area;
	return ST_OK;
}

bool area_rules_name(const struct area_rules *rules, struct slice to)
{
	for (size_t i = 0; i < rules->count; i++)
		if (is_asked(rules->list[i].to) && slice_eq(slice_str(rules->list[i].to), to))
			return true;
	return false;
}
