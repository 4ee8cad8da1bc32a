/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which documents of others a partner gets a copy of, as a third party does (tieline-documents(5)):
 *
 *   copies: { documents: [ aggregation_registration, availability ], agreement-id: TPA-RTO-7 }
 */
#ifndef TIELINE_EXCHANGE_COPY_TERMS_H
#define TIELINE_EXCHANGE_COPY_TERMS_H

#include "base/buf.h"

#define AGREEMENT_ID_MAX 64 /* characters: letters, digits and . _ : - */
#define COPY_TYPES_MAX 32
#define COPY_TYPE_MAX 64 /* characters of a document_type */
#define COPY_ID_MAX AGREEMENT_ID_MAX

/* Types are only names here: which there are is known where documents are read. */
struct copy_terms {
	char types[COPY_TYPES_MAX][COPY_TYPE_MAX + 1];
	size_t type_count; /* 0: it gets no copies */
	char agreement_id[COPY_ID_MAX + 1]; /* what copies name as theirs */
};

/* As it was written; NULL: not said. */
struct copy_terms_text {
	char **types;
	unsigned type_count;
	char *agreement_id;
};

/* ST_INPUT "agreement.value". */
NODISCARD enum status copy_terms_read(
	struct copy_terms *, const struct copy_terms_text *, struct fault *f);
/* "{ documents: ... }" */
void copy_terms_put(struct buf *out, const struct copy_terms *);

/* Whether documents can name it as their agreement. */
bool agreement_id_may_be(struct slice);

bool copy_terms_name(const struct copy_terms *, struct slice document_type);

#endif
