/* SPDX-License-Identifier: Apache-2.0 */
/* How findings reach whoever wants them: with their place, and a limit to how many of one set. */
#ifndef TIELINE_DOCUMENTS_X12_REPORT_H
#define TIELINE_DOCUMENTS_X12_REPORT_H

#include "documents/x12/finding.h"

#define X12_FINDINGS_MAX 1000U /* of one set, or of one envelope around sets; then one X12_MORE */

/* Called with each finding; what it borrows is good during the call. */
typedef void x12_finding_fn(void *context, const struct x12_finding *);

struct x12_report {
	x12_finding_fn *tell;
	void *context;
	struct x12_place place; /* of the segment that is looked at */
	const struct x12_segment *segment; /* it, borrowed; NULL: none */
	unsigned told;          /* since it was set to 0 */
	bool follows;           /* what is found now follows from what was told */
	/*
	 * of severity X12_ERROR, since they were set to 0: of syntax, and of what the document says
	 */
	unsigned errors, rule_errors;
};

/* Of the segment as a whole.  "Cold": nearly every segment is right, and compilers shall know. */
void x12_report(struct x12_report *, enum x12_problem, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

/* Which element, from 1; part and repetition 0 when it is all of it. */
struct x12_spot {
	uint16_t element, part, repetition;
	uint16_t number; /* data element */
	struct slice value;
};
void x12_report_element(struct x12_report *, enum x12_problem, const struct x12_spot *,
	const char *format, ...) __attribute__((cold, format(printf, 4, 5)));

/* A rule that is broken, or cannot be judged, at report->place. */
void x12_report_rule(struct x12_report *, const struct x12_rule_text *, enum x12_severity,
	const char *format, ...) __attribute__((cold, format(printf, 4, 5)));

/* What the reader could not read. */
void x12_report_fault(struct x12_report *, const struct fault *);

/* Handed on as it is, with the place it has. */
void x12_report_again(struct x12_report *, const struct x12_finding *);

/* "REF02", "N1" for element 0, "SLN05-2": as people call it. */
#define X12_SPOT_TEXT_MAX 16
const char *x12_spot_text(char out[X12_SPOT_TEXT_MAX], const struct x12_place *);

#endif
