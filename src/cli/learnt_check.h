/* SPDX-License-Identifier: Apache-2.0 */
/* What the register learnt of a message's documents, against the documents. */
#ifndef TIELINE_CLI_LEARNT_CHECK_H
#define TIELINE_CLI_LEARNT_CHECK_H

#include "cli/evidence_check.h"
#include "documents/x12/guide_set.h"

/*
 * Of the message that audit_next() gave last; `document` is empty where it is not what was sent or
 * received.  `guides` begin as zeros, and are the caller's.
 */
void learnt_check(struct audit *, const struct audit_message *, struct slice document,
	const struct registry *, struct x12_guide_set *guides);

#endif
