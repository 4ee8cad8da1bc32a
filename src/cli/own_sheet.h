/* SPDX-License-Identifier: Apache-2.0 */
/* This party's own sheet, and the root that signs it: for the commands that use the root's key. */
#ifndef TIELINE_CLI_OWN_SHEET_H
#define TIELINE_CLI_OWN_SHEET_H

#include "exchange/settings.h"
#include "safeguards/key.h"

struct own_root {
	struct cert *cert;
	struct key *key;
};
/*
 * `home` is the home's directory.  ST_NONE "file.missing", ST_INPUT "cert.syntax" | "key.syntax".
 */
NODISCARD enum status own_root_load(struct own_root *out, int home, struct fault *f);
void own_root_done(struct own_root *);
DEFINE_AUTO_IN_PLACE(own_root)

NODISCARD enum status own_settings_load(struct settings **out, int home, struct fault *f);

/*
 * Who we are and every certificate of ours that has not ended, the newest of a use first: partners
 * seal to the first they may use.  issued_ns is the caller's.  `home` and `path` are the same.
 */
NODISCARD enum status own_sheet_fill(
	struct sheet *out, int home, const char *path, struct fault *f);

/* Signed, and read back as `tieline partner add` will read it. */
NODISCARD enum status own_sheet_sign(
	struct buf *pem, const struct sheet *, const struct own_root *, struct fault *f);

#endif
