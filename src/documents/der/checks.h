/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document says against itself: sums, counts, orders, intervals.  The rules are the x-checks
 * of its schema; nothing is asked that needs another document, a register or an agreement.  Amounts
 * are decimal numbers, never floating point.
 */
#ifndef TIELINE_DOCUMENTS_DER_CHECKS_H
#define TIELINE_DOCUMENTS_DER_CHECKS_H

#include "documents/der/report.h"

struct der_checks;
/* schema NULL: nothing is checked.  Both are borrowed. */
struct der_checks *der_checks_new(const struct der_schema *, struct der_report *);
void der_checks_free(struct der_checks *);

/* A scalar that is what its schema says; the end of an object or list; the end of the document. */
void der_checks_scalar(struct der_checks *, const struct der_place *, const struct json_event *);
void der_checks_close(struct der_checks *, const struct der_place *);
void der_checks_finish(struct der_checks *);

#endif
