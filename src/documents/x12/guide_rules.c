/* SPDX-License-Identifier: Apache-2.0 */
/* Rules are named, so that a guide that refines another can speak of them. */
#include "documents/x12/guide_rules.h"

#include "documents/x12/guide_fields.h"

struct rule_text {
	struct slice name, says, scope, when, expect, advice;
	const struct guide_node *severity;
};

#define REASON_MAX 3 /* of an 824: what guides of markets list, and TED01 */

static bool is_reason(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 'A' || s.p[i] > 'Z') && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	return s.n > 0 && s.n <= REASON_MAX;
}

/* It goes to the partner as it is, who looks it up: it is never cut, and no delimiter is in it. */
static enum status reason_read(void *member, const struct guide_node *n, struct fault *f)
{
	TRY(guide_read_text(member, n, f));
	if (!is_reason(*(struct slice *)member))
		return guide_fault(n, f, "x12.guide.value",
			"%.*s: a reason has 1 to %d capital letters or digits",
			SLICE_FMT(slice_to(n->text, 40)), REASON_MAX);
	return ST_OK;
}

#define FIELD(key_, read_, member_, needed_) \
	{ key_, read_, offsetof(struct rule_text, member_), needed_ }
static const struct guide_field rule_fields[] = {
	FIELD("rule", guide_read_name, name, true),
	FIELD("says", guide_read_text, says, false),
	FIELD("in", guide_read_text, scope, false),
	FIELD("when", guide_read_text, when, false),
	FIELD("expect", guide_read_text, expect, false),
	FIELD("advice", reason_read, advice, false),
	FIELD("severity", guide_read_any, severity, false),
};
#undef FIELD

static const char *const severities[] = { [X12_ERROR] = "error", [X12_WARNING] = "warning" };

static const char *optional(struct arena *arena, struct slice text, const char *otherwise)
{
	return text.n > 0 ? arena_text(arena, text) : otherwise;
}

static enum status severity_read(
	enum x12_severity *out, const struct guide_node *n, struct fault *f)
{
	size_t at;

	if (!n)
		return ST_OK;
	TRY(guide_word_read(&at, n, severities, sizeof(severities) / sizeof(severities[0]), f));
	*out = (enum x12_severity)at;
	return ST_OK;
}

static enum status rule_new(struct x12_rule_text *out, struct arena *arena,
	const struct rule_text *said, const struct guide_node *n, struct fault *f)
{
	if (said->says.n == 0 || said->expect.n == 0)
		return guide_fault(n, f, "x12.guide.key",
			"a rule needs says: (a sentence for people) and expect: (what must be true)");
	*out = (struct x12_rule_text){
		.name = arena_text(arena, said->name),
		.says = arena_text(arena, said->says),
		.scope = optional(arena, said->scope, NULL),
		.when = optional(arena, said->when, NULL),
		.expect = arena_text(arena, said->expect),
		.advice = optional(arena, said->advice, NULL),
		.severity = X12_ERROR,
		.file = arena_text(arena, slice_str(n->file)),
		.line = n->line,
	};
	return severity_read(&out->severity, said->severity, f);
}

static enum status rule_refine(struct x12_rule_text *rule, struct arena *arena,
	const struct rule_text *said, const struct guide_node *n, struct fault *f)
{
	enum x12_severity severity = rule->severity;

	if (said->scope.n > 0 || said->when.n > 0 || said->expect.n > 0)
		return guide_fault(n, f, "x12.guide.widens",
			"%s is a rule of what this builds on: what it expects stays, only says:, "
			"advice: and severity: may change", rule->name);
	TRY(severity_read(&severity, said->severity, f));
	if (severity == X12_WARNING && rule->severity == X12_ERROR)
		return guide_fault(n, f, "x12.guide.widens",
			"%s is an error in what this builds on, not a warning", rule->name);
	rule->severity = severity;
	rule->says = optional(arena, said->says, rule->says);
	rule->advice = optional(arena, said->advice, rule->advice);
	return ST_OK;
}

static struct x12_rule_text *rule_find(
	struct x12_rule_text *list, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(slice_str(list[i].name), name))
			return &list[i];
	return NULL;
}

enum status guide_rules_add(struct guide_rules *rules, struct arena *arena,
	const struct guide_node *list, struct fault *f)
{
	struct x12_rule_text *all;
	size_t before = rules->count;

	if (!list)
		return ST_OK;
	if (list->count > GUIDE_RULES_MAX - before)
		return fault_set(f, ST_LIMIT, "x12.guide.size", "%s:%u: more than %d rules",
			list->file, list->line, GUIDE_RULES_MAX);
	all = arena_copy(arena, rules->list, before, list->count, sizeof(*all));
	for (const struct guide_node *n = list->first; n; n = n->next) {
		struct rule_text said = { 0 };
		struct x12_rule_text *there;

		TRY(guide_fields_read(&said, n, "a rule", rule_fields,
			sizeof(rule_fields) / sizeof(rule_fields[0]), f));
		there = rule_find(all, rules->count, said.name);
		if (there >= all + before)
			return guide_fault(n, f, "x12.guide.twice", "a second rule %s",
				there->name);
		TRY(there ? rule_refine(there, arena, &said, n, f)
			  : rule_new(&all[rules->count++], arena, &said, n, f));
	}
	rules->list = all;
	return ST_OK;
}
