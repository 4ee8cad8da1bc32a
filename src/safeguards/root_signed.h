/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that a party's root has signed, as it is kept and travels: PEM of CMS SignedData
 * ("-----BEGIN CMS-----") with the text and the root's certificate inside.  Sheets are such, and
 * what a party allows itself for a while.  To look at one: openssl cms -verify -noverify -inform
 * PEM -in FILE
 */
#ifndef TIELINE_SAFEGUARDS_ROOT_SIGNED_H
#define TIELINE_SAFEGUARDS_ROOT_SIGNED_H

#include "safeguards/signature.h"

/* What it is, for faults: "sheet" gives "sheet.pem", "the sheet is ...". */
struct root_signed {
	const char *noun, *pem, *size, *signature, *root; /* all but the first: codes of faults */
	size_t size_max;                           /* bytes of PEM */
};

/* ST_HOST "signature.make", ST_LIMIT "buffer.full". */
NODISCARD enum status root_signed_make(struct buf *pem, const struct root_signed *,
	struct slice text, const struct signer *root, struct fault *f);

/*
 * What this root signed, and nobody else; blanks around the PEM frame are allowed.  The
 * certificates inside are asked nothing.  ST_INPUT `pem`, ST_LIMIT `size`, ST_AUTH `signature`.
 */
NODISCARD enum status root_signed_open(struct buf *text, const struct root_signed *,
	struct slice pem, const struct cert *root, struct fault *f);

/* The one certificate inside: the caller's to judge.  ST_INPUT `pem` | `root`, ST_LIMIT `size`. */
NODISCARD enum status root_signed_by(struct cert **root, const struct root_signed *,
	struct slice pem, struct fault *f);

#endif
