/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transaction sets that the ledger keeps of a document that was sent, against the document:
 * partners' acknowledgments are put beside them by their numbers, and these stand nowhere else.
 */
#ifndef TIELINE_CLI_SETS_CHECK_H
#define TIELINE_CLI_SETS_CHECK_H

#include "cli/evidence_check.h"

/*
 * Of the message that audit_next() gave last, one finding at most; nothing of one that was not
 * looked into, or not to its end.  `document` is what was sent: its digest was compared.  Numbers
 * and names are held against the envelopes.  What an 824 calls a set by hangs on the guide that was
 * agreed then, so of it is asked whether it stands in that set.
 */
void sets_check(struct audit *, const struct audit_message *, struct slice document,
	evidence_say *, void *context);

/* What it says, as an answer that was received, of sets that were sent: to audit_answer(). */
void sets_answers(struct audit *, const struct audit_message *, struct slice document);

#endif
