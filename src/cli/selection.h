/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which message a command means.  A Message-ID is its sender's own: two partners, or a partner and
 * we, may have used the same one.
 */
#ifndef TIELINE_CLI_SELECTION_H
#define TIELINE_CLI_SELECTION_H

#include "cli/options.h"
#include "base/slice.h"

#define INBOX_OPTION { "inbox", NULL, "the one that a partner sent", NULL }
#define OUTBOX_OPTION { "outbox", NULL, "the one that was sent to a partner", NULL }
#define PARTNER_OPTION { "partner", "ID", "the one from or to this partner", NULL }

/* The indexes of these options in a command's table. */
struct selection_options {
	unsigned inbox, outbox, partner;
};

struct selection {
	struct slice message_id, partner; /* partner empty: any */
	bool in, out;                     /* neither: either */
};

/* The id is the command's first operand.  ST_INPUT "message.id...". */
NODISCARD enum status selection_read(struct selection *out, const struct arguments *,
	const struct selection_options *, struct fault *f);

#endif
