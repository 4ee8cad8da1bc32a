/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a document, where, and what was expected.  The codes are stable.  Values that
 * are restricted (people's data, accounts) are not repeated in what is said of them.
 */
#ifndef TIELINE_DOCUMENTS_DER_REPORT_H
#define TIELINE_DOCUMENTS_DER_REPORT_H

#include "documents/der/place.h"

#define DER_FINDINGS_MAX 1000U /* told; then one "der.more" */
#define DER_POINTER_MAX 512    /* bytes with the NUL; what is longer is cut */
#define DER_FOUND_MAX 128      /* bytes with the NUL */

struct der_finding {
	const char *code;           /* "der.required" */
	bool is_beyond;             /* no validator of JSON Schema sees it: calendar, sums, way */
	uint64_t offset;            /* bytes into the document */
	uint64_t line, column;      /* from 1; the column in characters */
	char pointer[DER_POINTER_MAX];
	char found[DER_FOUND_MAX];     /* printable ASCII, as what was expected */
	char expected[FAULT_TEXT_MAX];
};

/* Called with each; good during the call. */
typedef void der_finding_fn(void *context, const struct der_finding *);

struct der_report {
	struct slice in;
	der_finding_fn *tell; /* NULL: only counted */
	void *context;
	uint64_t against_schema, beyond; /* findings, told or not */
	size_t at;                       /* how far lines and columns are counted: each from 0 */
	uint64_t line, column;
};

enum der_problem {
	DER_TYPE,
	DER_REQUIRED,
	DER_UNKNOWN,
	DER_PATTERN,
	DER_ENUM,
	DER_RANGE,
	DER_LENGTH,
	DER_ITEMS,
	DER_FORBIDDEN,
	DER_DUPLICATE,
	DER_DOCUMENT_TYPE,
	/* beyond the schema */
	DER_CALENDAR,
	DER_SIZE,
	DER_SENDER, /* the header names another than the message */
	DER_RECEIVER,
	DER_ROLE, /* likewise, who is what */
	DER_AREA,
	DER_AGREEMENT, /* another than the parties', likewise */
	DER_NEEDLESS,  /* restricted, and of no use to who gets it */
	DER_TEST,      /* or of none, where that is not agreed */
	DER_CHECK, /* of x-checks: the code has the kind behind it */
	DER_PROBLEMS,
};

/* "der.sender" */
const char *der_problem_code(enum der_problem);

/* What is where, and what is expected; `missing` is a member that is not there, or empty. */
struct der_issue {
	enum der_problem problem;
	const char *check;     /* of DER_CHECK: "sum" */
	struct der_place place;
	struct slice missing;
	size_t offset;
	struct json_text value; /* shown as found, unless it is restricted; nothing: `found` is */
	const char *found;
};
void der_report(struct der_report *, const struct der_issue *, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What is no JSON. */
void der_report_fault(struct der_report *, const struct der_place *, const struct fault *);

#endif
