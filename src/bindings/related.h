/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the content of a message says it is, and the documents in it when it is several
 * (multipart/related, RFC 6362 and 2387; multipart/mixed is read likewise).  Several are kept as
 * the one entity that came, with its Content-Type, and cut by whoever wants one of them: so what is
 * delivered are the bytes that were verified, and nobody keeps a second account of them.
 */
#ifndef TIELINE_BINDINGS_RELATED_H
#define TIELINE_BINDINGS_RELATED_H

#include "bindings/mime.h"
#include "exchange/message.h"

#define RELATED_PARTS_MAX 100

/*
 * The type of a document, lower case and without parameters; none at all is unknown bytes, because
 * RFC 2045's text/plain would be a guess.  ST_INPUT "as2.layers" for CMS that nothing opened: it
 * would reach the back office sealed; "media-type.syntax", ST_LIMIT "media-type.length".
 */
NODISCARD enum status document_type_read(
	char out[MEDIA_TYPE_MAX + 1], const struct mime_value *type, struct fault *f);
/*
 * Appends the file name, cleaned; nothing when there is none.  It never makes a document fail: a
 * disposition that cannot be read is none.
 */
void document_name_read(struct buf *out, struct slice disposition, const struct mime_value *type);

/* One of several documents.  Everything is borrowed until the callback returns. */
struct related_part {
	unsigned number; /* in their order, from 1 */
	bool is_root;    /* the document that the others belong to: named by start=, or the first */
	bool is_encoded; /* content is not within the entity */
	char media_type[MEDIA_TYPE_MAX + 1];
	struct slice filename; /* cleaned; names may be given twice */
	struct slice content;
};
typedef enum status related_heard(
	void *context, const struct related_part *, struct fault *f);

/*
 * Calls back for each document of `entity`, in order; what is not ST_OK ends it.  Encoded ones are
 * decoded into `scratch`, which is as before afterwards; NULL: contents are as they travel.
 * ST_INPUT "as2.parts" (no document, a multipart within, an encoded multipart) | "as2.parts.root"
 * (start= names none, or two) | "as2.layers" | "media-type..." | "mime..." | "base64.syntax"...,
 * ST_LIMIT "as2.parts.count" | "buffer.full".
 */
NODISCARD enum status related_each(struct slice entity, struct buf *scratch, related_heard *each,
	void *context, struct fault *f);

#endif
