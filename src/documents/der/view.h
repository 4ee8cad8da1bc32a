/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One of our documents as another reader may see it: from whom and to whom it goes are replaced in
 * the header, who they were is said beside, and what is restricted (`x-sensitivity` R) is left out.
 * Everything else is byte for byte as it was, in its order; ids of the document and its chain stay,
 * so that references between copies hold.
 *
 * What is restricted and has to be there, always or in a case that can be seen, has DER_WITHHELD in
 * its place where that is valid, a list that may be empty is empty.  What cannot stand in like this
 * takes what it is in with it: a contact without telephone is none.  So a valid document stays one.
 * Whom a limit is for is shown where that is aggregations or feeders.
 */
#ifndef TIELINE_DOCUMENTS_DER_VIEW_H
#define TIELINE_DOCUMENTS_DER_VIEW_H

#include "documents/der/schema.h"
#include "exchange/facts.h"

#define DER_WITHHELD FACT_WITHHELD

/* Ids of the schemas: letters, digits and . _ : -  Roles are the header's. */
struct der_reader {
	struct slice sender_id, sender_role, receiver_id, receiver_role, agreement_id;
};

/*
 * In one pass, with no more memory than `out`.  The document is to be valid; of what is not, no
 * view may come, but never one that shows more.  ST_INPUT "der.document-type" | "der.view.copy" (it
 * is one already: copies are made of originals) | "der.view.behalf" (its sender acts for another) |
 * "der.view.id" (of `to`) | "der.view.form" | "json.*", ST_LIMIT "json.*" | "buffer.full".
 */
NODISCARD enum status der_view(
	struct buf *out, struct slice document, const struct der_reader *to, struct fault *f);

#endif
