/* SPDX-License-Identifier: Apache-2.0 */
/* What the header of a document says of its way, beside the way that it takes. */
#ifndef TIELINE_DOCUMENTS_DER_HEADER_H
#define TIELINE_DOCUMENTS_DER_HEADER_H

#include "documents/der/report.h"

/* Borrowed; an empty id is not compared, nor is AREAS. */
struct der_way {
	struct slice sender, receiver; /* ids of parties */
	enum area area;
};

/*
 * A text in the document.  Where it is the header's, and names another sender, receiver or area,
 * that is told, as DER_SENDER, DER_RECEIVER or DER_AREA.  True when it names another party.
 */
bool der_header_check(struct der_report *, const struct der_way *, const struct der_place *,
	const struct json_event *);

#endif
