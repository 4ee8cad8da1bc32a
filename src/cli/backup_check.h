/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a backup is what was saved: its sums, who signed them, and every file that they name. */
#ifndef TIELINE_CLI_BACKUP_CHECK_H
#define TIELINE_CLI_BACKUP_CHECK_H

#include "ledger/audit.h"
#include "safeguards/cert.h"

#define BACKUP_CHANGED "of the backup is not what was saved: take another backup"

/*
 * Under this root.  ST_NONE "backup.unsigned": nobody signed it; ST_INPUT "backup.differs", ST_AUTH
 * "backup.signer": another root's certificate did.
 */
NODISCARD enum status backup_signature_check(
	int backup, struct slice sums, const struct cert *root, struct fault *f);

/*
 * How far the history went when it was made, as its signed sums say.  The faults above, ST_NONE
 * "backup.missing", ST_INPUT "backup.version": older versions did not write that down.
 */
NODISCARD enum status backup_head_read(
	struct chain_head *out, const char *path, const struct cert *root, struct fault *f);

/* All of one, for fsck: what differs is told; nothing when this is a home and no backup. */
void backup_check(int home, const struct cert *root, audit_say *, void *context);

#endif
