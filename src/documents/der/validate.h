/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document beside the schema of its type, in one pass: no tree is made of it, and memory grows
 * with lists that may hold nothing twice only, up to a bound.  What any validator of JSON Schema
 * 2020-12 would say is kept apart from what only we say: days that no month has, sizes in bytes,
 * sums and orders (checks.h), and who sends it where (header.h).
 */
#ifndef TIELINE_DOCUMENTS_DER_VALIDATE_H
#define TIELINE_DOCUMENTS_DER_VALIDATE_H

#include "documents/der/header.h"

struct der_listener {
	void *context; /* of all of them */
	der_finding_fn *finding;
	/* Each value where it begins, and JSON_IS_CLOSE with the place of what it closes. */
	void (*value)(void *context, const struct der_place *, const struct json_event *);
	const struct der_way *way; /* how it travels; NULL: nothing is known of that */
};

struct der_result {
	const struct der_schema *schema;  /* NULL: no document of ours */
	uint64_t against_schema, beyond;  /* findings */
	enum der_sensitivity sensitivity; /* of the most sensitive value in it */
	/*
	 * The first of der.sender, der.receiver, der.role and der.test among the findings, told
	 * or not; NULL: none is.
	 */
	const char *barred;
};

/* By its `document_type`, wherever that stands.  ST_NONE: it is none of ours, or no JSON so far. */
NODISCARD enum status der_schema_of(const struct der_schema **out, struct slice document);

/* The members of `listener` may be NULL, each. */
void der_validate(
	struct der_result *out, struct slice document, const struct der_listener *listener);

#endif
