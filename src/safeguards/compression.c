/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope process.  Refused before it costs memory: what grows beyond its room or beyond
 * the ratio of any real document.  Nesting is the caller's to refuse: one call opens one layer.
 */
#include "safeguards/compression.h"

#include <zlib.h>

#include "base/views.h"
#include "safeguards/ber.h"

#define COMPRESSED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09" /* ...9.16.1.9 */
#define ZLIB "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08"            /* ...9.16.3.8 */
#define DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"                    /* ...7.1 */
#define STEP 65536                                                     /* bytes inflated at once */
#define CODE "compression.syntax"

/* --- making -------------------------------------------------------------------- */

/*
 * From the inside out, as the lengths are known: every level is a head before what is there.  The
 * one long level is written last of all, where it stays.
 */
struct frame {
	uint8_t bytes[80];
	size_t at; /* of the first byte: filled from the end */
};

static void front_put(struct frame *frame, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	frame->at -= n;
	for (size_t i = 0; i < n; i++)
		frame->bytes[frame->at + i] = from[i];
}

static void front_head(struct frame *frame, uint8_t tag, size_t n)
{
	uint8_t head[BER_HEAD_MAX];
	size_t octets = ber_head(head, tag, n);

	front_put(frame, head, octets);
}

static size_t so_far(const struct frame *frame, size_t content)
{
	return sizeof(frame->bytes) - frame->at + content;
}

/*
 * ContentInfo { id-ct-compressedData, [0] { version 0, { zlibCompress }, { id-data, [0] content } }
 * }
 */
static void frame_make(struct frame *frame, size_t content)
{
	static const uint8_t algorithm[] = { BER_SEQUENCE, 13, BER_OID, 11, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03, 0x08 };
	static const uint8_t version[] = { BER_INTEGER, 1, 0 };

	frame->at = sizeof(frame->bytes);
	front_head(frame, BER_OCTETS, content);
	front_head(frame, BER_CONTEXT_0, so_far(frame, content));
	front_put(frame, DATA, sizeof(DATA) - 1);
	front_head(frame, BER_OID, sizeof(DATA) - 1);
	front_head(frame, BER_SEQUENCE, so_far(frame, content));
	front_put(frame, algorithm, sizeof(algorithm));
	front_put(frame, version, sizeof(version));
	front_head(frame, BER_SEQUENCE, so_far(frame, content));
	front_head(frame, BER_CONTEXT_0, so_far(frame, content));
	front_put(frame, COMPRESSED_DATA, sizeof(COMPRESSED_DATA) - 1);
	front_head(frame, BER_OID, sizeof(COMPRESSED_DATA) - 1);
	front_head(frame, BER_SEQUENCE, so_far(frame, content));
}

/* As much as zlib gives at once; false: it has no more. */
static bool deflate_step(z_stream *z, struct buf *out, int flush)
{
	size_t room = out->max - out->n, step = room == 0 ? 1 : room < STEP ? room : STEP;
	uint8_t *to = buf_extend(out, step);

	if (!to)
		return false;
	z->next_out = to;
	z->avail_out = (uInt)step;
	bool ended = deflate(z, flush) == Z_STREAM_END;
	buf_truncate(out, out->n - z->avail_out);
	return !ended && z->avail_out == 0;
}

static void deflate_all(struct buf *out, struct slice content)
{
	struct slice piece = { 0 };
	z_stream z = { 0 };

	if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK)
		die("zlib cannot start");
	while (views_step(&piece, &content)) {
		z.next_in = (Bytef *)(uintptr_t)piece.p;
		z.avail_in = (uInt)piece.n;
		while (deflate_step(&z, out, Z_NO_FLUSH))
			;
	}
	while (deflate_step(&z, out, Z_FINISH))
		;
	deflateEnd(&z);
}

/* The frame is known last: it is put where the most of it would fit, and the gap closed. */
enum status compression_make(struct buf *der, struct slice content, struct fault *f)
{
	const size_t begin = der->n;
	struct frame frame;
	uint8_t *room = buf_extend(der, sizeof(frame.bytes));

	if (room)
		deflate_all(der, content);
	TRY(buf_check(der, f));
	frame_make(&frame, der->n - begin - sizeof(frame.bytes));
	buf_set(der, begin,
		slice_of(frame.bytes + frame.at, sizeof(frame.bytes) - frame.at));
	buf_cut(der, begin + sizeof(frame.bytes) - frame.at, frame.at);
	return ST_OK;
}

/* --- opening ------------------------------------------------------------------- */

struct inflation {
	z_stream stream;
	struct buf *out;
	size_t before; /* bytes in out that are not ours */
	uint64_t taken;
	bool ended;
};

static enum status damaged(struct fault *f, const struct inflation *in, const char *why)
{
	return fault_at(f, ST_INPUT, (size_t)in->taken, "compression.data",
		"the compressed data %s after %llu bytes", why, (unsigned long long)in->taken);
}

static enum status growth_check(const struct inflation *in, struct fault *f)
{
	uint64_t made = in->out->n - in->before;

	if (made > COMPRESSION_FREE && made / COMPRESSION_RATIO_MAX > in->taken)
		return fault_set(f, ST_LIMIT, "compression.ratio",
			"%llu bytes grow more than %u times", (unsigned long long)in->taken,
			COMPRESSION_RATIO_MAX);
	return ST_OK;
}

/* One call of zlib into the room of one step.  ST_MORE: all input is used. */
static enum status inflate_step(struct inflation *in, struct fault *f)
{
	size_t at = in->out->n, room = in->out->max - at;
	uInt step = room < STEP ? (uInt)room : STEP, input = in->stream.avail_in;

	in->stream.next_out = buf_extend(in->out, step);
	in->stream.avail_out = step;
	int result = inflate(&in->stream, Z_NO_FLUSH);
	buf_truncate(in->out, at + step - in->stream.avail_out);
	in->taken += input - in->stream.avail_in;
	if (result == Z_STREAM_END)
		in->ended = true;
	else if (result == Z_BUF_ERROR && step == 0)
		return fault_set(f, ST_LIMIT, "buffer.full",
			"more than %zu bytes when expanded", in->out->max - in->before);
	else if (result != Z_OK && result != Z_BUF_ERROR)
		return damaged(f, in, "are broken");
	TRY(growth_check(in, f));
	return in->ended || (in->stream.avail_in == 0 && in->stream.avail_out != 0) ? ST_MORE
										 : ST_OK;
}

static enum status piece_inflate(struct inflation *in, struct slice piece, struct fault *f)
{
	enum status st = ST_OK;

	if (in->ended && piece.n != 0)
		return damaged(f, in, "go on");
	in->stream.next_in = (Bytef *)(uintptr_t)piece.p;
	in->stream.avail_in = (uInt)piece.n;
	while (st == ST_OK && piece.n != 0)
		st = inflate_step(in, f);
	if (st != ST_OK && st != ST_MORE)
		return st;
	return in->stream.avail_in != 0 ? damaged(f, in, "go on") : ST_OK;
}

static enum status pieces_inflate(struct inflation *in, struct slice all, struct fault *f)
{
	struct slice piece = { 0 };

	while (views_step(&piece, &all))
		TRY(piece_inflate(in, piece, f));
	return ST_OK;
}

/* An OCTET STRING is its bytes, or a list of such (X.690 8.7). */
static enum status octets_inflate(struct inflation *in, struct ber *ber, struct fault *f)
{
	struct ber_element e;

	TRY(ber_read(&e, ber, f));
	if (e.tag == BER_OCTETS)
		return pieces_inflate(in, e.content, f);
	if (e.tag != BER_OCTETS_LIST)
		return ber_broken(f, ber, "compressed content that is no octet string");
	struct ber list = { .in = cursor_of(e.content), .code = ber->code };
	size_t mark = 0;
	while (!cursor_at_end(&list.in)) {
		TRY(ber_expect(&e, &list, BER_OCTETS, "a piece that is no octet string", f));
		TRY(pieces_inflate(in, e.content, f));
		views_passed(list.in.all, &mark, list.in.at);
	}
	return ST_OK;
}

static enum status content_find(struct ber *out, struct ber *all, struct fault *f)
{
	struct ber outer, inner, data, encap;
	struct ber_element e;
	struct ber algorithm;

	TRY(ber_enter(&outer, all, BER_SEQUENCE, "no CMS structure", f));
	TRY(ber_expect(&e, &outer, BER_OID, "a missing type", f));
	if (!slice_eq(e.content, S(COMPRESSED_DATA)))
		return ber_broken(f, &outer, "a type that is not CompressedData");
	TRY(ber_enter(&inner, &outer, BER_CONTEXT_0, "missing content", f));
	TRY(ber_enter(&data, &inner, BER_SEQUENCE, "missing content", f));
	TRY(ber_expect(&e, &data, BER_INTEGER, "a missing version", f));
	TRY(ber_enter(&algorithm, &data, BER_SEQUENCE, "a missing algorithm", f));
	TRY(ber_expect(&e, &algorithm, BER_OID, "a missing algorithm", f));
	if (!slice_eq(e.content, S(ZLIB)))
		return fault_set(f, ST_INPUT, "compression.algorithm", "the algorithm is not zlib");
	TRY(ber_enter(&encap, &data, BER_SEQUENCE, "missing content", f));
	TRY(ber_expect(&e, &encap, BER_OID, "a missing content type", f));
	return ber_enter(out, &encap, BER_CONTEXT_0, "missing content", f);
}

enum status compression_open(struct buf *content, struct slice ber, struct fault *f)
{
	struct inflation in = { .out = content, .before = content->n };
	struct ber all = { .in = cursor_of(ber), .code = CODE }, octets;

	TRY(content_find(&octets, &all, f));
	if (inflateInit(&in.stream) != Z_OK)
		die("zlib cannot start");
	enum status st = octets_inflate(&in, &octets, f);
	inflateEnd(&in.stream);
	if (st == ST_OK && !in.ended)
		st = damaged(f, &in, "end");
	return st;
}
