/* SPDX-License-Identifier: Apache-2.0 */
/* Names of RFC 5751 and of older software read, one form written. */
#include "safeguards/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/views.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"

static const struct {
	const char *names[3]; /* the first is written */
} kinds[DIGESTS_READ] = {
	[DIGEST_SHA256] = { { "sha-256", "sha256", "sha2-256" } },
	[DIGEST_SHA384] = { { "sha-384", "sha384", "sha2-384" } },
	[DIGEST_SHA512] = { { "sha-512", "sha512", "sha2-512" } },
	[DIGEST_SHA1] = { { "sha-1", "sha1", "sha" } },
};

struct digest_run {
	EVP_MD_CTX *ctx;
	enum digest kind;
};

static void digest_steps(struct digest_value *out, enum digest kind, struct slice content)
{
	struct digest_run *run = digest_run_new(kind);
	struct slice piece = { 0 };

	while (views_step(&piece, &content))
		digest_run_add(run, piece);
	digest_run_finish(out, run);
	digest_run_free(run);
}

void digest_compute(struct digest_value *out, enum digest kind, struct slice content)
{
	unsigned n = 0;

	if (content.n > VIEW_STEP) {
		digest_steps(out, kind, content);
		return;
	}
	out->kind = kind;
	if (EVP_Digest(content.n ? content.p : (const uint8_t *)"", content.n, out->bytes, &n,
		    digest_md(kind), NULL) != 1)
		die("OpenSSL cannot compute %s", kinds[kind].names[0]);
	out->n = n;
}

void digest_sha256(uint8_t out[32], struct slice content)
{
	struct digest_value value;

	digest_compute(&value, DIGEST_SHA256, content);
	for (size_t i = 0; i < 32; i++)
		out[i] = value.bytes[i];
}

void digested_compute(struct digest_value *out, enum digest kind, const struct digested *content)
{
	if (content->known && content->known->kind == kind)
		*out = *content->known;
	else
		digest_compute(out, kind, content->bytes);
}

struct slice digest_slice(const struct digest_value *d)
{
	return slice_of(d->bytes, d->n);
}

bool digest_eq(const struct digest_value *a, const struct digest_value *b)
{
	return a->kind == b->kind && slice_eq_secret(digest_slice(a), digest_slice(b));
}

const char *digest_name(enum digest kind)
{
	return kinds[kind].names[0];
}

static enum status name_find(
	enum digest *out, unsigned kinds_end, struct slice name, struct fault *f)
{
	for (unsigned kind = 0; kind < kinds_end; kind++)
		for (unsigned i = 0; i < 3; i++)
			if (slice_eq_nocase(name, slice_str(kinds[kind].names[i]))) {
				*out = kind;
				return ST_OK;
			}
	return fault_set(f, ST_NONE, "digest.unknown", "the digest %.*s is not supported",
		(int)(name.n > 40 ? 40 : name.n), (const char *)name.p);
}

enum status digest_parse(enum digest *out, struct slice name, struct fault *f)
{
	return name_find(out, DIGESTS, name, f);
}

enum status digest_parse_read(enum digest *out, struct slice name, struct fault *f)
{
	return name_find(out, DIGESTS_READ, name, f);
}

struct digest_run *digest_run_new(enum digest kind)
{
	struct digest_run *run = alloc_zeroed(1, sizeof(*run));

	run->kind = kind;
	run->ctx = EVP_MD_CTX_new();
	if (!run->ctx || EVP_DigestInit_ex(run->ctx, digest_md(kind), NULL) != 1)
		die("OpenSSL cannot compute %s", kinds[kind].names[0]);
	return run;
}

void digest_run_free(struct digest_run *run)
{
	if (!run)
		return;
	EVP_MD_CTX_free(run->ctx);
	free(run);
}

void digest_run_add(struct digest_run *run, struct slice piece)
{
	if (EVP_DigestUpdate(run->ctx, piece.p, piece.n) != 1)
		die("OpenSSL cannot compute %s", kinds[run->kind].names[0]);
}

void digest_run_finish(struct digest_value *out, struct digest_run *run)
{
	unsigned n = 0;

	out->kind = run->kind;
	if (EVP_DigestFinal_ex(run->ctx, out->bytes, &n) != 1)
		die("OpenSSL cannot compute %s", kinds[run->kind].names[0]);
	out->n = n;
}

void digest_run_peek(struct digest_value *out, const struct digest_run *run)
{
	struct digest_run *copy = digest_run_new(run->kind);

	if (EVP_MD_CTX_copy_ex(copy->ctx, run->ctx) != 1)
		die("OpenSSL cannot compute %s", kinds[run->kind].names[0]);
	digest_run_finish(out, copy);
	digest_run_free(copy);
}
