/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptographic library of this process: brought up once, named in `tieline version`. */
#ifndef TIELINE_SAFEGUARDS_CRYPTO_H
#define TIELINE_SAFEGUARDS_CRYPTO_H

#include "base/slice.h"

/*
 * Loads OpenSSL's default provider and ours (remote_key.h). Before anything else here. ST_HOST
 * "crypto.init".
 */
NODISCARD enum status crypto_init(struct fault *f);

/*
 * Touches every algorithm we use once, so that nothing is loaded from disk after the sandbox
 * closes. ST_HOST "crypto.warm".
 */
NODISCARD enum status crypto_warm(struct fault *f);

const char *crypto_version(void);   /* "OpenSSL 3.5.7 9 Jun 2026" as loaded at run time */
bool crypto_post_quantum(void);     /* X25519MLKEM768 is available for TLS */
const char *crypto_tls_groups(void); /* the list we offer, best first */

#endif
