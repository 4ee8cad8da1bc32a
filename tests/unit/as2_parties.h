/* SPDX-License-Identifier: Apache-2.0 */
/* Two partners and a stranger, with fresh keys, for the tests of messages and receipts. */
#ifndef TIELINE_TESTS_AS2_PARTIES_H
#define TIELINE_TESTS_AS2_PARTIES_H

#include <string.h>

#include "base/clock.h"
#include "base/views.h"
#include "bindings/as2_open.h"
#include "bindings/as2_seal.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"
#include "seal_whole.h"
#include "sign_whole.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW_S 1795410846 /* 2026-11-23T05:14:06Z */
#define NOW (INT64_C(1) * NOW_S * NS_PER_S)

struct party {
	const char *id;
	enum key_kind kind;
	struct key *root_key, *sign_key, *encrypt_key;
	struct cert *root, *sign, *encrypt;
};

/* The utility, the aggregator, a third party, and others by their keys. */
enum { UTILITY, AGGREGATOR, STRANGER, RSA_PARTY, P384_PARTY, P521_PARTY, PARTIES };

static struct party parties[PARTIES] = {
	[UTILITY] = { .id = "007909411", .kind = KEY_EC_P256 },
	[AGGREGATOR] = { .id = "SUNNY-DER", .kind = KEY_EC_P256 },
	[STRANGER] = { .id = "STRANGER", .kind = KEY_EC_P256 },
	[RSA_PARTY] = { .id = "OLD-SCHOOL", .kind = KEY_RSA },
	[P384_PARTY] = { .id = "P384", .kind = KEY_EC_P384 },
	[P521_PARTY] = { .id = "P521", .kind = KEY_EC_P521 },
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

/* A message with its document, in one step, and in bufs that tests may change. */
struct whole_draft {
	enum area area;
	struct slice message_id, media_type, filename, document;
	int64_t now_ns;
};

struct whole {
	struct as2_sealed made;
	struct buf part, signature, headers, body;
	size_t document_at; /* within part, unless it is apart */
	bool document_is_apart;
	struct digest_value mic;
};

static inline void whole_init(struct whole *w, uint64_t size_max)
{
	*w = (struct whole){ .part = buf_init(SIZE_MAX), .signature = buf_init(SIZE_MAX),
		.headers = buf_init(SIZE_MAX), .body = buf_init(SIZE_MAX) };
	as2_sealed_init(&w->made, size_max, -1);
}

static inline void whole_done(struct whole *w)
{
	as2_sealed_done(&w->made);
	buf_done(&w->part);
	buf_done(&w->signature);
	buf_done(&w->headers);
	buf_done(&w->body);
}
DEFINE_AUTO_IN_PLACE(whole)

/* In pieces, of uneven sizes. */
static inline enum status document_next(struct buf *to, void *context, struct fault *f)
{
	struct slice *rest = context;
	const struct slice piece = slice_to(*rest, rest->n < 7000 ? 100 : VIEW_STEP);

	(void)f;
	buf_put(to, piece);
	*rest = slice_from(*rest, piece.n);
	return ST_OK;
}

static inline enum status whole_seal(struct whole *w, const struct whole_draft *d,
	const struct as2_sender *s, struct fault *f)
{
	const struct as2_draft draft = { .area = d->area, .message_id = d->message_id,
		.media_type = d->media_type, .filename = d->filename, .now_ns = d->now_ns };
	struct slice rest = d->document;
	const struct as2_content content = { document_next, &rest };

	TRY(as2_seal(&w->made, &draft, s, &content, f));
	if (!sealed_digest_fits(sealed_digest_slice(&w->made.body_digest), w->made.body))
		bug("the digest of the body is of something else");
	buf_put(&w->part, w->made.part);
	buf_put(&w->signature, buf_slice(&w->made.signature));
	buf_put(&w->headers, buf_slice(&w->made.headers));
	buf_put(&w->body, w->made.body);
	w->document_is_apart = w->made.document_is_apart;
	if (!w->document_is_apart)
		w->document_at = (size_t)(w->made.document.p - w->made.part.p);
	w->mic = w->made.mic;
	return ST_OK;
}

static inline struct signer signer_of(const struct party *p)
{
	return (struct signer){ .cert = p->sign, .key = p->sign_key };
}

#endif
