/* SPDX-License-Identifier: Apache-2.0 */
/* Findings are made one at a time, bounded in number and length; lines are counted on the way. */
#include "documents/der/report.h"

#include <stdarg.h>
#include <stdio.h>

#define VALUE_SHOWN 48 /* bytes of it */

static const char *const codes[DER_PROBLEMS] = {
	[DER_TYPE] = "der.type",
	[DER_REQUIRED] = "der.required",
	[DER_UNKNOWN] = "der.unknown",
	[DER_PATTERN] = "der.pattern",
	[DER_ENUM] = "der.enum",
	[DER_RANGE] = "der.range",
	[DER_LENGTH] = "der.length",
	[DER_ITEMS] = "der.items",
	[DER_FORBIDDEN] = "der.forbidden",
	[DER_DUPLICATE] = "der.duplicate",
	[DER_DOCUMENT_TYPE] = "der.document-type",
	[DER_CALENDAR] = "der.calendar",
	[DER_SIZE] = "der.size",
	[DER_SENDER] = "der.sender",
	[DER_RECEIVER] = "der.receiver",
	[DER_ROLE] = "der.role",
	[DER_AREA] = "der.area",
	[DER_AGREEMENT] = "der.agreement",
	[DER_NEEDLESS] = "der.restricted",
	[DER_TEST] = "der.test",
	[DER_CHECK] = "der.check",
};

const char *der_problem_code(enum der_problem problem)
{
	return codes[problem];
}

/* Through a fault, which escapes what a terminal or a log must not get. */
static void text_set(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void text_set(char *out, size_t size, const char *format, ...)
{
	struct fault f;
	va_list list;

	va_start(list, format);
	fault_vset(&f, ST_INPUT, "", format, list);
	va_end(list);
	snprintf(out, size, "%.*s", (int)size - 1, f.text);
}

static bool is_character(uint8_t c)
{
	return (c & 0xc0) != 0x80;
}

static void line_forward(struct der_report *r)
{
	uint8_t c = r->in.p[r->at++];

	r->column = c == '\n' ? 0 : r->column + is_character(c);
	r->line += c == '\n';
}

static void line_back(struct der_report *r)
{
	uint8_t c = r->in.p[--r->at];

	r->column -= c != '\n' && is_character(c);
	r->line -= c == '\n';
	for (size_t i = r->at; c == '\n' && i > 0 && r->in.p[i - 1] != '\n'; i--)
		r->column += is_character(r->in.p[i - 1]);
}

/* From the last finding, forth or back: a thousand of them must not count a long line each. */
static void line_find(struct der_report *r, struct der_finding *finding)
{
	while (r->at < finding->offset && r->at < r->in.n)
		line_forward(r);
	while (r->at > finding->offset)
		line_back(r);
	finding->line = r->line + 1;
	finding->column = r->column + 1;
}

static void pointer_set(struct der_finding *finding, const struct der_place *place,
	struct slice missing)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(1 << 20);

	der_pointer_put(&pointer, place, missing);
	text_set(finding->pointer, sizeof(finding->pointer), "%.*s",
		SLICE_FMT(buf_slice(&pointer)));
}

/* Counts it; false when nobody is told any more. */
static bool is_heard(struct der_report *r, bool is_beyond)
{
	r->against_schema += !is_beyond;
	r->beyond += is_beyond;
	return r->tell && r->against_schema + r->beyond <= DER_FINDINGS_MAX + 1;
}

static void tell(struct der_report *r, struct der_finding *finding)
{
	if (r->against_schema + r->beyond > DER_FINDINGS_MAX) {
		finding->code = "der.more";
		finding->pointer[0] = '\0';
		text_set(finding->found, sizeof(finding->found), "more is wrong from here on");
		text_set(finding->expected, sizeof(finding->expected),
			"only the first %u findings are told", DER_FINDINGS_MAX);
	}
	line_find(r, finding);
	r->tell(r->context, finding);
}

static bool is_restricted(const struct der_place *p)
{
	return p->depth > 0 && p->frames[p->depth - 1].sensitivity == DER_RESTRICTED;
}

static void found_set(struct der_finding *finding, const struct der_issue *issue)
{
	struct json_text value = issue->value;

	if (issue->found) {
		text_set(finding->found, sizeof(finding->found), "%s", issue->found);
	} else if (is_restricted(&issue->place)) {
		text_set(finding->found, sizeof(finding->found), "a text of %zu characters",
			json_text_length(value));
	} else {
		text_set(finding->found, sizeof(finding->found), "\"%.*s\"%s",
			SLICE_FMT(slice_to(value.raw, VALUE_SHOWN)),
			value.raw.n > VALUE_SHOWN ? "..." : "");
	}
}

void der_report(
	struct der_report *r, const struct der_issue *issue, const char *format, ...)
{
	struct der_finding finding = { .code = codes[issue->problem],
		.is_beyond = issue->problem >= DER_CALENDAR,
		.offset = issue->offset };
	char code[FAULT_CODE_MAX];
	struct fault f;
	va_list list;

	if (!is_heard(r, finding.is_beyond))
		return;
	va_start(list, format);
	fault_vset(&f, ST_INPUT, "", format, list);
	va_end(list);
	text_set(finding.expected, sizeof(finding.expected), "%s", f.text);
	if (issue->check) {
		snprintf(code, sizeof(code), "der.check.%s", issue->check);
		finding.code = code;
	}
	pointer_set(&finding, &issue->place, issue->missing);
	found_set(&finding, issue);
	tell(r, &finding);
}

void der_report_fault(
	struct der_report *r, const struct der_place *place, const struct fault *f)
{
	struct der_finding finding = { .code = f->code, .offset = f->offset };

	if (!is_heard(r, false))
		return;
	pointer_set(&finding, place, S(""));
	text_set(finding.found, sizeof(finding.found), "%s", f->text);
	text_set(finding.expected, sizeof(finding.expected), "JSON (RFC 8259)");
	tell(r, &finding);
}
