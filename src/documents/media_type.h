/* SPDX-License-Identifier: Apache-2.0 */
/* What a document says it is: media types (RFC 2045 5.1) and file names as data. */
#ifndef TIELINE_DOCUMENTS_MEDIA_TYPE_H
#define TIELINE_DOCUMENTS_MEDIA_TYPE_H

#include "base/buf.h"

/*
 * "Type/Subtype; a=b" -> "type/subtype" in out.  ST_INPUT "media-type.syntax",
 * ST_LIMIT "media-type.length" (127 bytes).
 */
NODISCARD enum status media_type_parse(struct buf *out, struct slice text, struct fault *f);

/* The type a file name suggests, "application/octet-stream" when none does. */
const char *media_type_guess(struct slice filename);

/*
 * A name from outside made fit to show and store as data: last path
 * component without blanks around it, control characters and invalid UTF-8 become '_',
 * as do "." and ".."; at most 255 bytes, no character cut in two; "" stays "".
 */
void filename_clean(struct buf *out, struct slice name);

#endif
