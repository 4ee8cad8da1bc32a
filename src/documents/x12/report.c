/* SPDX-License-Identifier: Apache-2.0 */
/* Findings in the order of their places, bounded; what is left out is counted. */
#include "documents/x12/report.h"

#include <stdarg.h>
#include <stdio.h>

static void count(struct x12_report *r, const struct x12_finding *finding)
{
	if (finding->severity != X12_ERROR)
		return;
	if (x12_problem_row(finding->problem)->level == X12_OF_MEANING)
		r->rule_errors++;
	else
		r->errors++;
}

static void tell(struct x12_report *r, const struct x12_finding *finding)
{
	count(r, finding);
	if (finding->follows || r->told < X12_FINDINGS_MAX)
		r->tell(r->context, finding);
	if (!finding->follows && ++r->told == X12_FINDINGS_MAX) {
		struct x12_finding more = { .problem = X12_MORE,
			.code = x12_problem_row(X12_MORE)->code,
			.severity = X12_WARNING,
			.place = r->place };

		snprintf(more.text, sizeof(more.text),
			"more is wrong here: only the first %u findings are told",
			X12_FINDINGS_MAX);
		r->tell(r->context, &more);
	}
}

static struct x12_finding finding_of(const struct x12_report *r, enum x12_problem problem)
{
	const struct x12_problem_row *row = x12_problem_row(problem);

	return (struct x12_finding){ .problem = problem,
		.code = row->code,
		.severity = row->severity,
		.place = r->place,
		.follows = r->follows };
}

/* Through a fault, which escapes what a terminal or a log must not get. */
static void text_set(struct x12_finding *finding, const char *format, va_list list)
{
	struct fault f;

	fault_vset(&f, ST_INPUT, "", format, list);
	snprintf(finding->text, sizeof(finding->text), "%s", f.text);
}

void x12_report(struct x12_report *r, enum x12_problem problem, const char *format, ...)
{
	struct x12_finding finding = finding_of(r, problem);
	va_list list;

	va_start(list, format);
	text_set(&finding, format, list);
	va_end(list);
	tell(r, &finding);
}

/* Of what stands at the spot, or would: of the segment when it has not so many elements. */
static uint64_t offset_of(const struct x12_report *r, const struct x12_spot *spot)
{
	struct slice element, from;

	if (!r->segment || spot->element < 1 || spot->element > r->segment->count)
		return r->place.offset;
	element = x12_element(r->segment, spot->element);
	/* A value may be a copy: only one that is cut from the element has a place of its own. */
	from = slice_holds(element, spot->value) ? spot->value : element;
	return r->segment->offset + (uint64_t)(from.p - r->segment->raw.p);
}

void x12_report_element(struct x12_report *r, enum x12_problem problem, const struct x12_spot *spot,
	const char *format, ...)
{
	struct x12_finding finding = finding_of(r, problem);
	va_list list;

	finding.place.element = spot->element;
	finding.place.part = spot->part;
	finding.place.repetition = spot->repetition;
	finding.place.offset = offset_of(r, spot);
	finding.number = spot->number;
	finding.value = spot->value;
	va_start(list, format);
	text_set(&finding, format, list);
	va_end(list);
	tell(r, &finding);
}

void x12_report_rule(
	struct x12_report *r, const struct x12_rule_text *rule, enum x12_severity severity,
	const char *format, ...)
{
	struct x12_finding finding = finding_of(r, X12_RULE);
	char code[FAULT_CODE_MAX];
	va_list list;

	snprintf(code, sizeof(code), "x12.rule.%s", rule->name);
	finding.code = code;
	finding.severity = severity;
	finding.rule = rule;
	va_start(list, format);
	text_set(&finding, format, list);
	va_end(list);
	tell(r, &finding);
}

void x12_report_fault(struct x12_report *r, const struct fault *f)
{
	struct x12_finding finding = finding_of(r, X12_JUNK);

	finding.code = f->code;
	finding.place.offset = f->offset;
	snprintf(finding.text, sizeof(finding.text), "%s", f->text);
	tell(r, &finding);
}

void x12_report_again(struct x12_report *r, const struct x12_finding *finding)
{
	tell(r, finding);
}

const char *x12_spot_text(char out[X12_SPOT_TEXT_MAX], const struct x12_place *place)
{
	int n = snprintf(
		out, X12_SPOT_TEXT_MAX, "%.*s", SLICE_FMT(slice_to(place->id, X12_ID_MAX)));

	if (place->element > 0)
		n += snprintf(
			out + n, X12_SPOT_TEXT_MAX - (size_t)n, "%02u", place->element % 1000u);
	if (place->part > 0)
		snprintf(out + n, X12_SPOT_TEXT_MAX - (size_t)n, "-%u", place->part % 1000u);
	return out;
}
