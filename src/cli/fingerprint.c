/* SPDX-License-Identifier: Apache-2.0 */
/* Used by init, sheet and partner. */
#include "cli/fingerprint.h"

void fingerprint_format(struct buf *out, struct slice fingerprint)
{
	for (size_t i = 0; i < fingerprint.n; i++)
		buf_putf(out, "%s%02x", i != 0 && i % 2 == 0 ? " " : "", fingerprint.p[i]);
}
