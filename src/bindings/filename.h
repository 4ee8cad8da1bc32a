/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File names in MIME headers: RFC 2183 and 7578 as written, RFC 2047, 2231 and 8187 as
 * found.  A name is data for people; nothing here or later makes a path of it.
 */
#ifndef TIELINE_BINDINGS_FILENAME_H
#define TIELINE_BINDINGS_FILENAME_H

#include "bindings/mime.h"

/*
 * File name of a Content-Disposition or Content-Type (either may be NULL): filename*, filename,
 * name* and name in this order; continuations (filename*0), RFC 2047 words and the charsets of
 * charset.h all come out as UTF-8.  Appends nothing when there is none.  As the peer gave it:
 * filename_clean of documents/media_type.h makes it fit to keep and to show.
 */
void mime_filename(
	struct buf *out, const struct mime_value *disposition, const struct mime_value *type);

/*
 * ; filename="..." for plain ASCII.  Else the same with '_' for what is not plain, and the exact
 * name in a folded line of filename*=UTF-8''... (RFC 8187 form).  Products disagree about
 * backslashes in quotes: we never send one.  Nothing for an empty name.
 */
void mime_filename_format(struct buf *out, struct slice filename);

#endif
