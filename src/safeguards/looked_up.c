/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenSSL knows by name, looked up once a process: it would otherwise look at each use, which
 * takes as long as digesting some KiB.  Nothing else of this folder stays (tests/lint/globals).
 */
#include "safeguards/looked_up.h"

#include <string.h>

#include "base/own.h"

static EVP_MD *mds[DIGESTS_READ];

static struct {
	const char *name;
	EVP_CIPHER *cipher;
} ciphers[] = {
	{ "AES-128-GCM", NULL },
	{ "AES-256-GCM", NULL },
	{ "AES-128-CBC", NULL },
	{ "AES-256-CBC", NULL },
	{ "AES-128-WRAP", NULL },
	{ "AES-256-WRAP", NULL },
};

const EVP_MD *digest_md(enum digest kind)
{
	static const char *const names[DIGESTS_READ] = {
		[DIGEST_SHA256] = "SHA256",
		[DIGEST_SHA384] = "SHA384",
		[DIGEST_SHA512] = "SHA512",
		[DIGEST_SHA1] = "SHA1",
	};

	if (!mds[kind])
		mds[kind] = EVP_MD_fetch(NULL, names[kind], NULL);
	if (!mds[kind])
		die("OpenSSL does not know %s", names[kind]);
	return mds[kind];
}

const EVP_CIPHER *cipher_named(const char *name)
{
	size_t i = 0;

	while (strcmp(ciphers[i].name, name) != 0)
		if (++i == sizeof(ciphers) / sizeof(ciphers[0]))
			bug("%s is no cipher of ours", name);
	if (!ciphers[i].cipher)
		ciphers[i].cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	if (!ciphers[i].cipher)
		die("OpenSSL does not know %s", name);
	return ciphers[i].cipher;
}

void algorithms_look_up(void)
{
	for (unsigned kind = 0; kind < DIGESTS_READ; kind++)
		(void)digest_md(kind);
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		(void)cipher_named(ciphers[i].name);
}
