/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this party signs for itself: a detached CMS signature (RFC 5652) of a file, by the signing
 * certificate of the home, so that `openssl cms -verify -CAfile root.pem` can check it without us.
 */
#ifndef TIELINE_CLI_OWN_SIGNATURE_H
#define TIELINE_CLI_OWN_SIGNATURE_H

#include "safeguards/keyring.h"
#include "safeguards/signature.h"

/*
 * With the key that lies in the home; `home` and `path` are the same.  ST_NONE "file.missing": the
 * key is kept elsewhere; the faults of home_keyring() and signature_make().
 */
NODISCARD enum status own_signature_make(
	struct buf *der, int home, const char *path, struct slice content, struct fault *f);

/*
 * By any certificate that this root issued, whatever its date: what is kept outlives it.
 * ST_AUTH "signature...".
 */
NODISCARD enum status own_signature_check(
	struct slice der, struct slice content, const struct cert *root, struct fault *f);

#endif
