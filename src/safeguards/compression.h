/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS CompressedData (RFC 3274) with zlib (RFC 1950), as AS2 uses it (RFC 5402).  OpenSSL as Debian
 * builds it has no zlib, so the structure is read and written here.
 */
#ifndef TIELINE_SAFEGUARDS_COMPRESSION_H
#define TIELINE_SAFEGUARDS_COMPRESSION_H

#include "base/buf.h"

/*
 * Data may grow by this much, as text of one letter does (zlib's own limit is 1032), beyond a first
 * COMPRESSION_FREE bytes: what grows more is a bomb and not a document.
 */
#define COMPRESSION_RATIO_MAX 200
#define COMPRESSION_FREE 1048576 /* bytes */

/* Appends DER. ST_LIMIT "buffer.full", ST_HOST "compression.make". */
NODISCARD enum status compression_make(struct buf *der, struct slice content, struct fault *f);

/*
 * Appends what is inside; `content` must have been given its maximum.  DER or BER, in one piece or
 * many.  ST_INPUT "compression.syntax" (offset) | "compression.algorithm" | "compression.data" (not
 * zlib, damaged, cut short, or followed by other bytes), ST_LIMIT "compression.ratio" |
 * "buffer.full".
 */
NODISCARD enum status compression_open(struct buf *content, struct slice ber, struct fault *f);

#endif
