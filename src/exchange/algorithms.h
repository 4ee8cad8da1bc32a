/* SPDX-License-Identifier: Apache-2.0 */
/* What two partners may choose for what they write; safeguards/ does it. */
#ifndef TIELINE_EXCHANGE_ALGORITHMS_H
#define TIELINE_EXCHANGE_ALGORITHMS_H

enum digest { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGESTS };

/* Of the content; GCM in AuthEnvelopedData (RFC 5084), CBC in EnvelopedData (RFC 3565). */
enum cipher { CIPHER_AES256_GCM, CIPHER_AES128_GCM, CIPHER_AES256_CBC, CIPHER_AES128_CBC, CIPHERS };

#endif
