/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed content as a buf of its own, for tests that change it. */
#ifndef TIELINE_TESTS_SEAL_WHOLE_H
#define TIELINE_TESTS_SEAL_WHOLE_H

#include "exchange/agreement.h"
#include "safeguards/sealing.h"

static inline enum status seal_whole_by(struct buf *der, struct slice content,
	const struct cert *recipient, enum cipher cipher, unsigned algorithms, struct fault *f)
{
	AUTO_IN_PLACE(buf) room = buf_init(content.n + 2 * SEALING_HEAD_MAX);
	struct slice sealed;

	TRY(sealing_seal(&sealed, &room, content, recipient, cipher, algorithms, f));
	buf_put(der, sealed);
	return buf_check(der, f);
}

/* With AES-256, by CBC where that is agreed. */
static inline enum status seal_whole(struct buf *der, struct slice content,
	const struct cert *recipient, unsigned algorithms, struct fault *f)
{
	const bool cbc = (algorithms & ALG_BIT(ALG_AES_CBC)) != 0;

	return seal_whole_by(der, content, recipient, cbc ? CIPHER_AES256_CBC : CIPHER_AES256_GCM,
		algorithms, f);
}

#endif
