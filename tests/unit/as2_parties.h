/* SPDX-License-Identifier: Apache-2.0 */
/* Two partners and a stranger, with fresh keys, for the tests of messages and receipts. */
#ifndef TIELINE_TESTS_AS2_PARTIES_H
#define TIELINE_TESTS_AS2_PARTIES_H

#include <string.h>

#include "base/clock.h"
#include "bindings/as2_open.h"
#include "bindings/as2_seal.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW_S 1795410846 /* 2026-11-23T05:14:06Z */
#define NOW (INT64_C(1) * NOW_S * NS_PER_S)

struct party {
	const char *id;
	enum key_kind kind;
	struct key *root_key, *sign_key, *encrypt_key;
	struct cert *root, *sign, *encrypt;
};

/* The utility, the aggregator, a third party, and one with RSA keys. */
enum { UTILITY, AGGREGATOR, STRANGER, RSA_PARTY, PARTIES };

static struct party parties[PARTIES] = {
	[UTILITY] = { .id = "007909411", .kind = KEY_EC_P256 },
	[AGGREGATOR] = { .id = "SUNNY-DER", .kind = KEY_EC_P256 },
	[STRANGER] = { .id = "STRANGER", .kind = KEY_EC_P256 },
	[RSA_PARTY] = { .id = "OLD-SCHOOL", .kind = KEY_RSA },
};

static inline void must(enum status status, const struct fault *f)
{
	if (status != ST_OK)
		die("test set-up: %s: %s", f->code, f->text);
}

static inline void party_make(struct party *p)
{
	struct fault f = { 0 };

	must(key_generate(&p->root_key, p->kind, &f), &f);
	must(key_generate(&p->sign_key, p->kind, &f), &f);
	must(key_generate(&p->encrypt_key, p->kind, &f), &f);
	must(authority_make(&p->root, p->root_key, p->id, p->id, NOW, &f), &f);
	must(authority_issue(&p->sign, p->root, p->root_key, p->sign_key, CERT_SIGN, p->id, p->id,
		     "localhost", NOW, &f),
		&f);
	must(authority_issue(&p->encrypt, p->root, p->root_key, p->encrypt_key, CERT_ENCRYPT, p->id,
		     p->id, "localhost", NOW, &f),
		&f);
}

static inline int parties_make(void **state)
{
	struct fault f = { 0 };

	(void)state;
	must(crypto_init(&f), &f);
	for (size_t i = 0; i < PARTIES; i++)
		party_make(&parties[i]);
	return 0;
}

static inline int parties_free(void **state)
{
	(void)state;
	for (size_t i = 0; i < PARTIES; i++) {
		struct party *p = &parties[i];

		cert_free(p->root);
		cert_free(p->sign);
		cert_free(p->encrypt);
		key_free(p->root_key);
		key_free(p->sign_key);
		key_free(p->encrypt_key);
	}
	return 0;
}

static inline struct signer signer_of(const struct party *p)
{
	return (struct signer){ .cert = p->sign, .key = p->sign_key };
}

#endif
