/* SPDX-License-Identifier: Apache-2.0 */
/* What two partners may choose for what they write; safeguards/ does it. */
#ifndef TIELINE_EXCHANGE_ALGORITHMS_H
#define TIELINE_EXCHANGE_ALGORITHMS_H

/* Algorithms beyond the default of P-256, SHA-256 and AES-256-GCM. */
enum algorithm {
	ALG_RSA_SIGN, /* RSA PKCS#1 v1.5 signatures, 2048 bits and up */
	ALG_RSA_PSS,
	ALG_RSA_OAEP, /* key transport */
	ALG_RSA_V15,  /* key transport, PKCS#1 v1.5 */
	ALG_AES_CBC,  /* EnvelopedData without authentication */
	ALGORITHMS,
	/* not to be listed, but excepted to a day (exceptions.h): read, never written */
	ALG_SHA1 = ALGORITHMS,
	ALG_3DES,
};
#define ALG_BIT(a) (1u << (a))

enum digest {
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGESTS,
	DIGEST_SHA1 = DIGESTS, /* of signatures and receipts that are read; none of ours has it */
	DIGESTS_READ,
};

/* Of the content; GCM in AuthEnvelopedData (RFC 5084), CBC in EnvelopedData (RFC 3565). */
enum cipher { CIPHER_AES256_GCM, CIPHER_AES128_GCM, CIPHER_AES256_CBC, CIPHER_AES128_CBC, CIPHERS };

#endif
