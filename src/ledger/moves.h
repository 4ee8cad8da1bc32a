/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No statement moves a message, or a receipt that is owed, to a state that exchange/delivery.h
 * does not let it go to: the tables of states, which are proved, hold for SQL too.  A statement
 * that tries does nothing and fails, and with it its batch.
 */
#ifndef TIELINE_LEDGER_MOVES_H
#define TIELINE_LEDGER_MOVES_H

#include "exchange/delivery.h"

struct sqlite3;

/* Of this connection, while it is there; nothing of it is in the file.  Fails as schema_fault(). */
NODISCARD enum status moves_guard(struct sqlite3 *, struct fault *f);

#endif
