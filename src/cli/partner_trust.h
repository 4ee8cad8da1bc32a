/* SPDX-License-Identifier: Apache-2.0 */
/* tieline partner anchors|lists: what lies beside an agreement that trusts authorities. */
#ifndef TIELINE_CLI_PARTNER_TRUST_H
#define TIELINE_CLI_PARTNER_TRUST_H

#include "cli/options.h"

/* Exit codes; operands ID FILE. */
int partner_anchors(const struct arguments *, int home);
int partner_lists(const struct arguments *, int home);

#endif
