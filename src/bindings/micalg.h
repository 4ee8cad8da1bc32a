/* SPDX-License-Identifier: Apache-2.0 */
/* The digest that a message asks for in its receipt (RFC 4130 7.3.1). */
#ifndef TIELINE_BINDINGS_MICALG_H
#define TIELINE_BINDINGS_MICALG_H

#include "base/slice.h"
#include "exchange/algorithms.h"

/*
 * `options`: of Disposition-Notification-Options.  *kind becomes the first listed that we have,
 * too; it stays as it is when none is asked for.  ST_INPUT "as2.mic.algorithm" when we have none of
 * them.
 */
NODISCARD enum status micalg_wish(enum digest *kind, struct slice options, struct fault *f);

#endif
