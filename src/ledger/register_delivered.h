/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what is registered can have delivered what is measured, or deliver what is expected. */
#ifndef TIELINE_LEDGER_REGISTER_DELIVERED_H
#define TIELINE_LEDGER_REGISTER_DELIVERED_H

#include "ledger/register_judge.h"

/*
 * Each interval of a performance, and a response to a dispatch: findings "registry.capability" are
 * reported.  Of what nobody says how much is registered, nothing.
 */
NODISCARD enum status judge_delivered(struct judging *, struct fault *f);

#endif
