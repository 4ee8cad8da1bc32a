/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/signed (RFC 1847, RFC 8551 3.5.3), the outer form of messages and of
 * receipts: two parts, what is signed and the detached CMS signature over exactly its bytes.
 */
#ifndef TIELINE_BINDINGS_MULTIPART_SIGNED_H
#define TIELINE_BINDINGS_MULTIPART_SIGNED_H

#include "bindings/mime.h"
#include "exchange/algorithms.h"

/* The value of the Content-Type, without its name and line end. */
void multipart_signed_type(struct buf *out, const char *boundary, enum digest micalg);
/* What comes before the signed part, and after it. */
void multipart_signed_begin(struct buf *out, const char *boundary);
void multipart_signed_end(struct buf *out, const char *boundary, struct slice signature);

bool multipart_signed_is(const struct mime_value *type);

/*
 * Nothing is verified here.  *part is the signed part, headers and content; *signature is DER or
 * BER within `body`, or appended to `scratch` when it was base64.  Text after the last boundary is
 * refused, because it would be an unsigned part of the message.  ST_INPUT "mime..." |
 * "multipart-signed.parts" | "multipart-signed.signature" | "multipart-signed.epilogue"; ST_LIMIT
 * "multipart-signed.signature" when it is more than `scratch` takes.
 */
NODISCARD enum status multipart_signed_parse(struct slice *part, struct slice *signature,
	struct buf *scratch, struct slice body, struct slice boundary, struct fault *f);
/* The same where no boundary is between the first and `clear` (mime_multipart_split). */
NODISCARD enum status multipart_signed_parse_from(size_t clear, struct slice *part,
	struct slice *signature, struct buf *scratch, struct slice body, struct slice boundary,
	struct fault *f);

#endif
