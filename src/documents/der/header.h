/* SPDX-License-Identifier: Apache-2.0 */
/* What the header of a document says of its way, beside the way that it takes. */
#ifndef TIELINE_DOCUMENTS_DER_HEADER_H
#define TIELINE_DOCUMENTS_DER_HEADER_H

#include "documents/der/report.h"

/* Borrowed; an empty id or role is not compared, nor is AREAS. */
struct der_way {
	struct slice sender, receiver; /* ids of parties */
	enum area area;
	struct slice sender_role, receiver_role; /* as headers say them: "aggregator", "iso_rto" */
};

/*
 * A text in the document.  Where it is the header's, and names another sender, receiver or area, or
 * says that one of them is what it is not, that is told, as DER_SENDER, DER_RECEIVER, DER_AREA or
 * DER_ROLE.  True when it names another party, or another role.
 */
bool der_header_check(struct der_report *, const struct der_way *, const struct der_place *,
	const struct json_event *);

#endif
