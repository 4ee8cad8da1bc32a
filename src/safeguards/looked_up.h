/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's digests and ciphers, for the process's life: its functions take these without looking
 * for them again.  What it does not have ends the process.
 */
#ifndef TIELINE_SAFEGUARDS_LOOKED_UP_H
#define TIELINE_SAFEGUARDS_LOOKED_UP_H

#include <openssl/evp.h>

#include "safeguards/digest.h"

const EVP_MD *digest_md(enum digest);
/* "AES-256-GCM", "AES-128-WRAP"...: OpenSSL's names of those we use. */
const EVP_CIPHER *cipher_named(const char *name);
void algorithms_look_up(void); /* all of them */

#endif
