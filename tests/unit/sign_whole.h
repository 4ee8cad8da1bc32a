/* SPDX-License-Identifier: Apache-2.0 */
/* Digest and signature in one step, for tests that need no more of a digest. */
#ifndef TIELINE_TESTS_SIGN_WHOLE_H
#define TIELINE_TESTS_SIGN_WHOLE_H

#include "safeguards/signature.h"

static inline enum status sign_whole(struct buf *der, struct slice content,
	const struct signer *signer, int64_t now_ns, struct fault *f)
{
	struct digest_value digest;

	digest_compute(&digest, DIGEST_SHA256, content);
	return signature_make(der, &digest, signer, now_ns, f);
}

#endif
