/* SPDX-License-Identifier: Apache-2.0 */
/* Used by processes/transfer.c, which sends what this says. */
#include "processes/resume.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/codec.h"

void resume_init(struct resume *r, uint64_t n, struct slice sealed_digest)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * SEALED_DIGEST_SIZE + 1);

	*r = (struct resume){ .step = RESUME_NEVER };
	if (n <= RESUME_LONGER_THAN || sealed_digest.n != SEALED_DIGEST_SIZE)
		return;
	hex_format(&hex, sealed_digest);
	snprintf(r->etag, sizeof(r->etag), "\"%s\"", buf_text(&hex));
}

/* Who names another message speaks of that.  Some name none, some leave the quotes. */
static bool is_of(const struct resume *r, struct slice etag)
{
	struct slice own = slice_str(r->etag);

	return etag.n == 0 || slice_eq(etag, own) || slice_eq(etag, slice_sub(own, 1, own.n - 2));
}

/* 0 for whatever says nothing. */
static uint64_t held(const struct resume *r, uint64_t n, const struct resume_answer *answer)
{
	bool counts = answer->http_status == 200 && answer->content_length > 0 &&
		(uint64_t)answer->content_length < n && is_of(r, answer->etag);

	return counts ? (uint64_t)answer->content_length : 0;
}

static uint64_t went_from(const struct resumed *known, uint64_t row)
{
	for (size_t i = 0; i < RESUMED_ROWS; i++)
		if (known->rows[i].row == row)
			return known->rows[i].from;
	return 0;
}

static void note(struct resumed *known, uint64_t row, uint64_t from)
{
	size_t at = 0;

	while (at < RESUMED_ROWS && known->rows[at].row != row)
		at++;
	if (at == RESUMED_ROWS)
		at = known->next++ % RESUMED_ROWS;
	known->rows[at].row = row;
	known->rows[at].from = from;
}

void resume_answered(struct resume *r, struct resumed *known, uint64_t row, uint64_t n,
	const struct resume_answer *answer)
{
	const uint64_t has = held(r, n, answer);
	const bool goes_on = has > went_from(known, row);

	r->step = goes_on ? RESUME_KNOWS : RESUME_NEVER;
	r->from = goes_on ? has : 0;
	note(known, row, r->from);
}
