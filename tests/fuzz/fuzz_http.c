/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP engine over hostile bytes.  The first byte says how many bytes are fed at a time; the
 * verdict and the bodies must be those of feeding all at once.
 */
#include "bindings/http.h"

struct record {
	struct buf bodies;
	uint64_t heads, ends;
};

static enum status on_head(void *context, const struct http_head *head, struct fault *f)
{
	struct record *r = context;

	(void)f;
	r->heads++;
	buf_put(&r->bodies, head->target);
	buf_put(&r->bodies, head->header_block);
	return ST_OK;
}

static enum status on_body(void *context, struct slice piece, struct fault *f)
{
	(void)f;
	buf_put(&((struct record *)context)->bodies, piece);
	return ST_OK;
}

static enum status on_end(void *context, struct fault *f)
{
	(void)f;
	((struct record *)context)->ends++;
	return ST_OK;
}

static const struct http_events events = { on_head, on_body, on_end };

static enum status run(struct record *r, struct slice in, size_t step)
{
	AUTO(http_reader) reader = http_reader_new(&events, r);
	enum status status = ST_MORE;
	struct fault f = { 0 };
	size_t used;

	while (in.n > 0 && (status == ST_MORE || status == ST_NONE)) {
		status = http_feed(reader, &used, slice_to(in, step), &f);
		in = slice_from(in, used);
		if (status == ST_NONE)
			http_reader_next(reader);
		else if (status == ST_MORE && used == 0)
			bug("no progress");
	}
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record once = { .bodies = buf_init(1 << 22) },
		      pieces = { .bodies = buf_init(1 << 22) };
	struct slice in = slice_of(data, size);
	enum status a, b;

	if (size < 1)
		return 0;
	a = run(&once, slice_from(in, 1), SIZE_MAX);
	b = run(&pieces, slice_from(in, 1), (size_t)data[0] % 16 + 1);
	if (a != b || once.heads != pieces.heads || once.ends != pieces.ends ||
		!slice_eq(buf_slice(&once.bodies), buf_slice(&pieces.bodies)))
		bug("the same bytes in other pieces read differently");
	buf_done(&once.bodies);
	buf_done(&pieces.bodies);
	return 0;
}
