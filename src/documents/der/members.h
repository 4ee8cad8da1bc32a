/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of one object have to be together, asked at its end. */
#ifndef TIELINE_DOCUMENTS_DER_MEMBERS_H
#define TIELINE_DOCUMENTS_DER_MEMBERS_H

#include "documents/der/report.h"

/* Of a member whose value conditions compare: which literals it is. */
void der_watch_set(
	struct der_frame *object, const struct der_property *, const struct json_event *);

/* The object that the place ends with, known and closed at `end`. */
void der_members_check(struct der_report *, const struct der_place *, size_t end);

#endif
