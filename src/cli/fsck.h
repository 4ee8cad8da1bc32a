/* SPDX-License-Identifier: Apache-2.0 */
/* A look through all of a home's ledger, for the command of that name, and for what is restored. */
#ifndef TIELINE_CLI_FSCK_H
#define TIELINE_CLI_FSCK_H

#include <jansson.h>

#include "cli/evidence_check.h"
#include "cli/ledger_view.h"
#include "cli/progress.h"
#include "documents/x12/guide_set.h"

struct fsck {
	struct ledger_view view;
	struct audit *audit;
	struct registry *registry;
	struct keyring *ring;
	struct cert *root;
	struct evidence_keys keys;
	struct audit_extent extent;
	int scratch; /* where the register is learnt again */
	struct x12_guide_set guides;
	struct progress progress;
	json_t *found; /* NULL: findings are printed for people */
	bool quiet;    /* they are only counted */
	uint64_t damages, notes;
	struct audit_message message; /* being looked at */
	uint64_t signed_place;        /* the last of which the head verified; 0: none did */
	int64_t signed_ns;
};

/* Into one that is empty but for ledger_view_init() and a scratch of -1. */
NODISCARD enum status fsck_open(struct fsck *, const char *home, struct fault *f);
void fsck_done(struct fsck *);
DEFINE_AUTO_IN_PLACE(fsck)

/*
 * The same of a home that is being made, in a process of its own which has nothing else; it says
 * nothing but what keeps it from looking.  EXIT_DONE, or EXIT_HOST: there is damage.
 */
int fsck_apart(const char *home);

/* All of it; what is found is told as it is found. */
void fsck_look(struct fsck *);

#endif
