/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home's ledger as fsck and backup see it: the database of one moment, and the spool's files.  Of
 * a gateway that is stopped these are its own files, and none is started meanwhile; of one that
 * runs, a copy that it makes of its database, and spool files that it does not cut meanwhile.
 */
#ifndef TIELINE_CLI_LEDGER_VIEW_H
#define TIELINE_CLI_LEDGER_VIEW_H

#include <stdbool.h>

#include "base/fd.h"

struct ledger_view {
	int home, dir, spool; /* HOME, HOME/ledger, HOME/ledger/spool */
	int db, wal;          /* wal: -1 when there is none */
	int lock;             /* stopped: held, so that no gateway starts */
	int pin;              /* it runs: as long as this is open nothing is cut */
	bool is_running;
	int64_t at_ns; /* what was stored later is not in it */
};

/* ST_NONE "home.missing" | "ledger.missing", ST_HOST "home.read", the faults of the desk. */
NODISCARD enum status ledger_view_open(struct ledger_view *, const char *home, struct fault *f);
void ledger_view_done(struct ledger_view *);
DEFINE_AUTO_IN_PLACE(ledger_view)
struct ledger_view ledger_view_init(void);

/* ST_RETRY "gateway.closed": the gateway was restarted, and files may have been cut. */
NODISCARD enum status ledger_view_held(const struct ledger_view *, struct fault *f);

#endif
