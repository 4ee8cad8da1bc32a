/* SPDX-License-Identifier: Apache-2.0 */
/* An answer that rejects what something builds on already. */
#ifndef TIELINE_LEDGER_REGISTER_ANSWERED_H
#define TIELINE_LEDGER_REGISTER_ANSWERED_H

#include "ledger/register_judge.h"

/* Of a business_response, beside the state of its subject: "registry.order" is reported. */
NODISCARD enum status judge_answered(struct judging *, struct fault *f);

#endif
