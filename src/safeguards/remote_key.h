/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our OpenSSL provider "tieline": EC and RSA keys whose private half is in another process.
 * OpenSSL asks it to sign, decrypt and derive like any provider; it asks the key service
 * (safeguards/key.h).
 */
#ifndef TIELINE_SAFEGUARDS_REMOTE_KEY_H
#define TIELINE_SAFEGUARDS_REMOTE_KEY_H

#include <stdbool.h>

/* Once, by crypto_init(). */
bool remote_key_provider_load(void);

#endif
