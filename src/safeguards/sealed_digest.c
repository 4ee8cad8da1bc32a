/* SPDX-License-Identifier: Apache-2.0 */
/* Made by the envelope; compared by the courier, before the last byte goes, and by fsck. */
#include "safeguards/sealed_digest.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/own.h"
#include "base/views.h"
#include "safeguards/sealing.h"

#define LENGTH_SIZE 4 /* bytes in front, of how long the head is */

void sealed_digest_finish(struct sealed_digest *out, struct digest_run *behind, struct slice head)
{
	struct digest_value value;

	digest_run_add(behind, head);
	digest_run_finish(&value, behind);
	for (size_t i = 0; i < LENGTH_SIZE; i++)
		out->bytes[i] = (uint8_t)(head.n >> (8 * (LENGTH_SIZE - 1 - i)));
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out->bytes[LENGTH_SIZE + i] = value.bytes[i];
}

static void pieces_add(struct digest_run *run, struct slice form)
{
	struct slice piece = { 0 };

	while (views_step(&piece, &form))
		digest_run_add(run, piece);
}

void sealed_digest_compute(struct sealed_digest *out, struct slice form)
{
	struct digest_run *run = digest_run_new(DIGEST_SHA256);

	pieces_add(run, form);
	sealed_digest_finish(out, run, S(""));
	digest_run_free(run);
}

struct slice sealed_digest_slice(const struct sealed_digest *d)
{
	return slice_of(d->bytes, sizeof(d->bytes));
}

/* --- comparing --- */

struct sealed_check {
	struct sealed_digest want;
	bool is_ours;    /* `want` can be the digest of something */
	uint32_t head_n; /* as it says */
	struct buf head;
	struct digest_run *behind;
};

static bool digest_read(struct sealed_check *c, struct slice digest)
{
	struct cursor in = cursor_of(digest);

	if (digest.n != SEALED_DIGEST_SIZE || cursor_u32(&in, &c->head_n, NULL) != ST_OK)
		return false;
	for (size_t i = 0; i < digest.n; i++)
		c->want.bytes[i] = digest.p[i];
	return c->head_n <= SEALING_HEAD_MAX;
}

struct sealed_check *sealed_check_new(struct slice digest)
{
	struct sealed_check *c = alloc_zeroed(1, sizeof(*c));

	c->head = buf_init(SEALING_HEAD_MAX);
	c->is_ours = digest_read(c, digest);
	c->behind = digest_run_new(DIGEST_SHA256);
	return c;
}

void sealed_check_free(struct sealed_check *c)
{
	if (!c)
		return;
	buf_done(&c->head);
	digest_run_free(c->behind);
	free(c);
}

void sealed_check_restart(struct sealed_check *c)
{
	buf_clear(&c->head);
	digest_run_free(c->behind);
	c->behind = digest_run_new(DIGEST_SHA256);
}

void sealed_check_add(struct sealed_check *c, struct slice piece)
{
	if (!c->is_ours)
		return;
	const struct slice head = slice_to(piece, c->head_n - c->head.n);

	buf_put(&c->head, head);
	digest_run_add(c->behind, slice_from(piece, head.n));
}

bool sealed_check_fits(struct sealed_check *c)
{
	struct sealed_digest is;

	if (!c->is_ours)
		return false;
	sealed_digest_finish(&is, c->behind, buf_slice(&c->head));
	return slice_eq(sealed_digest_slice(&is), sealed_digest_slice(&c->want));
}

bool sealed_digest_fits(struct slice digest, struct slice form)
{
	AUTO(sealed_check) c = sealed_check_new(digest);
	struct slice piece = { 0 };

	while (views_step(&piece, &form))
		sealed_check_add(c, piece);
	return sealed_check_fits(c);
}
