/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a document: what is open around a value, from the document itself inwards. */
#ifndef TIELINE_DOCUMENTS_DER_PLACE_H
#define TIELINE_DOCUMENTS_DER_PLACE_H

#include "documents/der/schema.h"
#include "documents/json/reader.h"

/* One value; the members behind `sensitivity` are only those of objects and arrays. */
struct der_frame {
	const struct der_node *node;         /* NULL: nothing is known, or asked, of it */
	const struct der_property *property; /* NULL: the document, an item, a name not known */
	struct json_text name;               /* borrowed; only of a member */
	bool is_member;
	bool is_valid;  /* of a scalar: as its schema wants it, by itself */
	uint64_t index; /* of an item */
	size_t offset;  /* bytes into the document */
	enum der_sensitivity sensitivity; /* its own, or of what it is in */
	uint64_t count; /* members or items so far */
	struct der_bits seen;
	uint64_t watched[DER_WATCHES_MAX]; /* bits of the literals that the member is */
	size_t watched_at[DER_WATCHES_MAX]; /* where it is, likewise */
	struct json_text watched_text[DER_WATCHES_MAX]; /* what is there, borrowed */
};

/* frames[depth - 1] is the value itself, frames[0] the document. */
struct der_place {
	const struct der_frame *frames;
	unsigned depth;
};

/* Its JSON pointer (RFC 6901), and behind it what is in it, or is missing: steps as they are. */
void der_pointer_put(struct buf *out, const struct der_place *, struct slice missing);

/* The nth property on the way to it, through lists; NULL behind the last or where it is unknown. */
const struct der_property *der_place_property(const struct der_place *, unsigned n);

#endif
