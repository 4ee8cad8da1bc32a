/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party as its partners get to know it: a root, a certificate for every use, a sheet and an
 * agreement.
 */
#ifndef TIELINE_TESTS_CIRCLE_H
#define TIELINE_TESTS_CIRCLE_H

#include "base/clock.h"
#include "exchange/registry.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_sheet.h"

#define NOW_S 1795410846 /* 2026-11-23T05:14:06Z */
#define NOW (INT64_C(1) * NOW_S * NS_PER_S)
#define DAY_NS (86400 * NS_PER_S)

struct circle {
	const char *id;
	struct key *root_key, *keys[CERT_USES];
	struct cert *root, *certs[CERT_USES];
};

static inline void must(enum status status, const struct fault *f)
{
	if (status != ST_OK)
		die("test set-up: %s: %s", f->code, f->text);
}

/* Another certificate of that use, for the same key. */
static inline struct cert *circle_issue(const struct circle *c, enum cert_use use, int64_t now_ns)
{
	struct cert *cert = NULL;
	struct fault f;

	must(authority_issue(&cert, c->root, c->root_key, c->keys[use], use, c->id, c->id,
		     "localhost", now_ns, &f),
		&f);
	return cert;
}

static inline void circle_make(struct circle *c, const char *id)
{
	struct fault f;

	*c = (struct circle){ .id = id };
	must(crypto_init(&f), &f);
	must(key_generate(&c->root_key, KEY_EC_P256, &f), &f);
	must(authority_make(&c->root, c->root_key, id, id, NOW, &f), &f);
	for (unsigned use = 0; use < CERT_USES; use++) {
		must(key_generate(&c->keys[use], KEY_EC_P256, &f), &f);
		c->certs[use] = circle_issue(c, use, NOW);
	}
}

static inline void circle_done(struct circle *c)
{
	for (unsigned use = 0; use < CERT_USES; use++) {
		key_free(c->keys[use]);
		cert_free(c->certs[use]);
	}
	key_free(c->root_key);
	cert_free(c->root);
}

static inline void sheet_list(struct sheet *s, enum cert_use use, const struct cert *cert)
{
	struct sheet_cert *listed = &s->certs[s->cert_count++];

	listed->use = use;
	listed->der = buf_init(SHEET_CERT_SIZE_MAX);
	cert_format_der(&listed->der, cert);
}

/* With no certificates yet. */
static inline struct sheet *circle_sheet_bare(const struct circle *c)
{
	struct sheet *s = alloc_zeroed(1, sizeof(*s));
	struct fault f;

	must(slice_to_text(s->id, sizeof(s->id), slice_str(c->id), &f), &f);
	must(slice_to_text(s->name, sizeof(s->name), slice_str(c->id), &f), &f);
	must(slice_to_text(s->url, sizeof(s->url), S("https://localhost:1"), &f), &f);
	s->role = PARTY_AGGREGATOR;
	s->issued_ns = NOW;
	return s;
}

static inline struct sheet *circle_sheet(const struct circle *c)
{
	struct sheet *s = circle_sheet_bare(c);

	for (unsigned use = 0; use < CERT_USES; use++)
		sheet_list(s, use, c->certs[use]);
	return s;
}

static inline void circle_sheet_put(struct buf *pem, const struct circle *c)
{
	AUTO(sheet) sheet = circle_sheet(c);
	struct signer root = { .cert = c->root, .key = c->root_key };
	struct fault f;

	must(signed_sheet_make(pem, sheet, &root, NOW, &f), &f);
}

/* Everything allowed, for the root whose fingerprint this is. */
static inline struct agreement *circle_agreement(const struct circle *c)
{
	struct agreement *a = alloc_zeroed(1, sizeof(*a));
	struct slice fingerprint = cert_fingerprint(c->root);

	agreement_init(a);
	for (size_t i = 0; i < fingerprint.n; i++)
		a->fingerprint[i] = fingerprint.p[i];
	return a;
}

static inline struct settings *settings_of(const char *id)
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));
	struct fault f;

	settings_init(s);
	must(slice_to_text(s->id, sizeof(s->id), slice_str(id), &f), &f);
	must(slice_to_text(s->name, sizeof(s->name), slice_str(id), &f), &f);
	must(slice_to_text(s->listen, sizeof(s->listen), S("127.0.0.1:1"), &f), &f);
	must(slice_to_text(s->url, sizeof(s->url), S("https://localhost:1"), &f), &f);
	return s;
}

#endif
