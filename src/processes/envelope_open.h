/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_OPEN, VERB_REFUSE: a message is opened and judged, and gets its receipt. */
#ifndef TIELINE_PROCESSES_ENVELOPE_OPEN_H
#define TIELINE_PROCESSES_ENVELOPE_OPEN_H

#include "processes/envelope.h"

/* A shape, as envelope.h has it.  A receipt that comes as a message goes to envelope_notice(). */
NODISCARD enum status envelope_open(const struct envelope *, const struct job *, struct fault *f);

#endif
