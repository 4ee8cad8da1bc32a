/* SPDX-License-Identifier: Apache-2.0 */
/* What the header of a document says of its way, beside the way that it takes. */
#ifndef TIELINE_DOCUMENTS_DER_HEADER_H
#define TIELINE_DOCUMENTS_DER_HEADER_H

#include "documents/der/report.h"
#include "exchange/agreement.h"

/* Borrowed; an empty id or role is not compared, nor is AREAS. */
struct der_way {
	struct slice sender, receiver; /* ids of parties */
	enum area area;
	struct slice sender_role, receiver_role; /* as headers say them: "aggregator", "iso_rto" */
	/* What documents are under; a copy, which names who was meant first, is under another. */
	struct slice agreement, copy_agreement;
	enum test_policy test;
	enum restricted_policy restricted;
	bool has_come; /* it is here: what it says was said */
};

/* What has been seen of one; begins as nothing but its way. */
struct der_header {
	const struct der_way *way; /* NULL: nothing is compared */
	const char *barred; /* code of the first that no policy lets through; NULL: none is */
	bool is_copy;
	struct json_text agreement;
	size_t agreement_at; /* bytes into the document; 0: none is named */
};

/*
 * A value in the document.  Where it is the header's, and names another sender, receiver or area,
 * says that one of them is what it is not, or is of a test where none is agreed, or of none where
 * only tests are, that is told: DER_SENDER, DER_RECEIVER, DER_AREA, DER_ROLE, DER_TEST.  All but
 * the area bar it.
 */
void der_header_check(struct der_header *, struct der_report *, const struct der_place *,
	const struct json_event *);

/*
 * A value that is restricted by its schema, and that who gets it never needs, as its role is: told
 * as DER_NEEDLESS.  What stands in for one is none.
 */
void der_needless_check(const struct der_way *, struct der_report *, const struct der_place *,
	const struct json_event *);

/* Behind the last value, with the place of the document: DER_AGREEMENT where it names another. */
void der_header_finish(
	const struct der_header *, struct der_report *, const struct der_place *);

#endif
