/* SPDX-License-Identifier: Apache-2.0 */
/* What the register hears of a message: asked before it is believed, applied with its commit. */
#ifndef TIELINE_PROCESSES_LEDGER_LEARNING_H
#define TIELINE_PROCESSES_LEDGER_LEARNING_H

#include "processes/ledger.h"

void house_consult(struct house *, struct ipc *link, struct ipc_packet *);

/*
 * `facts`: with which id an envelope asked what the register says of it, 0: it did not.  That may
 * be another by now.  As registrar_check().
 */
NODISCARD enum status learning_check(struct house *, struct ipc *link, uint64_t facts,
	enum direction_of_message, struct slice partner, struct slice message_id, struct fault *f);

/* Whether it is a new one that was: then the ledger knows by what (ledger_order_judged). */
bool learning_is_judged(const struct house *);

/* Of what was checked: what it says is so, from the commit on.  ST_HOST | ST_RETRY "ledger.*". */
NODISCARD enum status learning_apply(struct house *, uint64_t row, struct slice message_id,
	struct slice partner, struct fault *f);

/* Of what was refused: the findings alone are kept.  As above. */
NODISCARD enum status learning_note(struct house *, uint64_t row, struct fault *f);

/* The end of what learning_check() began for that envelope. */
void learning_done(struct house *, struct ipc *link);

/*
 * What never reached them was never so; and who was to know it by a copy does not.  ST_HOST |
 * ST_RETRY "ledger.*".
 */
NODISCARD enum status learning_void(struct house *, uint64_t row, int64_t now_ns, struct fault *f);

#endif
