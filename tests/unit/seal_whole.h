/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed content as a buf of its own, for tests that change it. */
#ifndef TIELINE_TESTS_SEAL_WHOLE_H
#define TIELINE_TESTS_SEAL_WHOLE_H

#include "safeguards/sealing.h"

static inline enum status seal_whole(struct buf *der, struct slice content,
	const struct cert *recipient, unsigned algorithms, struct fault *f)
{
	AUTO_IN_PLACE(buf) room = buf_init(content.n + 2 * SEALING_HEAD_MAX);
	struct slice sealed;

	TRY(sealing_seal(&sealed, &room, content, recipient, algorithms, f));
	buf_put(der, sealed);
	return buf_check(der, f);
}

#endif
