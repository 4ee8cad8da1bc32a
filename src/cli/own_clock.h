/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this host's clock can be right, by what lies in a home: said before all that follows. */
#ifndef TIELINE_CLI_OWN_CLOCK_H
#define TIELINE_CLI_OWN_CLOCK_H

#include <stdbool.h>

#include "safeguards/clock_belief.h"

/* With clock_wrong_words().  False also of a home that cannot be read. */
bool own_clock_is_wrong(char words[CLOCK_WRONG_MAX], const char *home);
/* The same, and says it on the error output, with what is to be done first. */
bool own_clock_warn(const char *home);

#endif
