/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_EXAMINE: a document is looked into, answered, and copied to whom it concerns. */
#ifndef TIELINE_PROCESSES_ENVELOPE_EXAMINE_H
#define TIELINE_PROCESSES_ENVELOPE_EXAMINE_H

#include "processes/envelope.h"

/* A shape, as envelope.h has it: ST_OK, or ST_MORE with what was found already. */
NODISCARD enum status envelope_examine(
	const struct envelope *, const struct job *, struct fault *f);

/* The end of looking, or why there was none.  What cannot be said is logged, and asked again. */
void envelope_examined_say(const struct envelope *, const struct verb_examined *);

#endif
