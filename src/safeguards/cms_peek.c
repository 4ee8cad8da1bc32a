/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sealing.c. */
#include "safeguards/cms_peek.h"

#include "safeguards/ber.h"

#define CODE "sealing.syntax"

/* CBC: the IV itself.  GCM: SEQUENCE { nonce, icvlen }. */
static enum status parameters_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber gcm, *from = in;
	struct ber_element nonce;

	if (ber_next_is(in, BER_SEQUENCE)) {
		TRY(ber_enter(&gcm, in, BER_SEQUENCE, "cipher parameters", f));
		from = &gcm;
	} else if (!ber_next_is(in, BER_OCTETS)) {
		return ST_OK;
	}
	TRY(ber_expect(&nonce, from, BER_OCTETS, "a missing nonce", f));
	out->nonce = nonce.content;
	return ST_OK;
}

static enum status content_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	const struct ber before = *in;
	struct ber_element e;

	TRY(ber_read(&e, in, f));
	if (e.tag != BER_CONTEXT_0 && e.tag != BER_CONTEXT_0_PLAIN)
		return ber_broken(f, &before, "missing encrypted content");
	out->content = e.content;
	out->in_pieces = e.tag == BER_CONTEXT_0;
	return ST_OK;
}

static enum status cipher_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber whole = *in, algorithm;
	struct ber_element e;

	TRY(ber_enter(&algorithm, in, BER_SEQUENCE, "a missing content cipher", f));
	TRY(ber_read(&e, &whole, f));
	out->parts.algorithm = e.whole;
	TRY(ber_expect(&e, &algorithm, BER_OID, "a missing cipher identifier", f));
	out->cipher = e.content;
	return parameters_read(out, &algorithm, f);
}

static enum status piece(
	struct slice *out, struct ber *in, uint8_t tag, const char *what, struct fault *f)
{
	struct ber_element e;

	TRY(ber_expect(&e, in, tag, what, f));
	*out = e.whole;
	return ST_OK;
}

static enum status tag_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber_element e;

	if (ber_next_is(in, BER_CONTEXT_1))
		TRY(piece(&out->parts.attributes, in, BER_CONTEXT_1, "attributes", f));
	TRY(ber_expect(&e, in, BER_OCTETS, "a missing authentication tag", f));
	out->parts.tag = e.whole;
	out->tag_n = e.content.n;
	return ST_OK;
}

static enum status enveloped_read(struct cms_peek *out, struct ber *in, bool bare, struct fault *f)
{
	struct cms_peek_parts *p = &out->parts;
	struct ber info;

	TRY(piece(&p->version, in, BER_INTEGER, "a missing version", f));
	TRY(ber_skip_if(in, BER_CONTEXT_0, f));
	TRY(piece(&p->recipients, in, BER_SET, "missing recipients", f));
	TRY(ber_enter(&info, in, BER_SEQUENCE, "missing content", f));
	TRY(piece(&p->content_type, &info, BER_OID, "a missing content type", f));
	TRY(cipher_read(out, &info, f));
	if (!bare)
		TRY(content_read(out, &info, f));
	return out->authenticated ? tag_read(out, in, f) : ST_OK;
}

static enum status type_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber_element type;

	TRY(ber_expect(&type, in, BER_OID, "a missing type", f));
	struct slice oid = type.content;
	out->parts.type = type.whole;
	/* 1.2.840.113549.1.9.16.1.23 */
	out->authenticated = slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"));
	/* 1.2.840.113549.1.7.3 */
	if (!out->authenticated && !slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")))
		return ber_broken(
			f, in, "a type that is neither EnvelopedData nor AuthEnvelopedData");
	return ST_OK;
}

static enum status structure_read(
	struct cms_peek *out, struct slice ber, bool bare, struct fault *f)
{
	struct ber all = { .in = cursor_of(ber), .code = CODE }, in, inner, data;
	struct cms_peek peek = { 0 };

	TRY(ber_enter(&in, &all, BER_SEQUENCE, "no CMS structure", f));
	if (!cursor_at_end(&all.in))
		return ber_broken(f, &all, "bytes after the structure");
	TRY(type_read(&peek, &in, f));
	TRY(ber_enter(&inner, &in, BER_CONTEXT_0, "missing content", f));
	TRY(ber_enter(&data, &inner, BER_SEQUENCE, "missing content", f));
	TRY(enveloped_read(&peek, &data, bare, f));
	*out = peek;
	return ST_OK;
}

enum status cms_peek_read(struct cms_peek *out, struct slice ber, struct fault *f)
{
	return structure_read(out, ber, false, f);
}

enum status cms_peek_read_bare(struct cms_peek *out, struct slice ber, struct fault *f)
{
	return structure_read(out, ber, true, f);
}

enum status cms_peek_piece(struct slice *piece, struct slice *rest, struct fault *f)
{
	struct ber in = { .in = cursor_of(*rest), .code = CODE };
	struct ber_element e = { 0 };

	if (rest->n != 0)
		TRY(ber_expect(&e, &in, BER_OCTETS, "a piece that is no octet string", f));
	*piece = e.content;
	*rest = cursor_rest(&in.in);
	return ST_OK;
}

/* --- the same again ------------------------------------------------------------ */

/* From the inside out: how long every level is. */
struct lengths {
	size_t content, info, data, inner;
};

static size_t with_head(size_t n)
{
	uint8_t head[BER_HEAD_MAX];

	return ber_head(head, BER_SEQUENCE, n) + n;
}

static struct lengths lengths_of(const struct cms_peek_parts *p, size_t content)
{
	struct lengths n = { .content = content };

	n.info = p->content_type.n + p->algorithm.n + n.content;
	n.data = p->version.n + p->recipients.n + with_head(n.info) + p->attributes.n + p->tag.n;
	n.inner = with_head(n.data);
	return n;
}

static void head_put(struct buf *out, uint8_t tag, size_t n)
{
	uint8_t head[BER_HEAD_MAX];
	size_t octets = ber_head(head, tag, n);

	buf_put(out, slice_of(head, octets));
}

/* Everything before a content whose element takes so many bytes. */
static void front_put(struct buf *out, const struct cms_peek_parts *p, size_t content)
{
	const struct lengths n = lengths_of(p, content);

	head_put(out, BER_SEQUENCE, p->type.n + with_head(n.inner));
	buf_put(out, p->type);
	head_put(out, BER_CONTEXT_0, n.inner);
	head_put(out, BER_SEQUENCE, n.data);
	buf_put(out, p->version);
	buf_put(out, p->recipients);
	head_put(out, BER_SEQUENCE, n.info);
	buf_put(out, p->content_type);
	buf_put(out, p->algorithm);
}

void cms_peek_put_bare(struct buf *out, const struct cms_peek *peek)
{
	front_put(out, &peek->parts, 0);
	cms_peek_put_tail(out, peek);
}

void cms_peek_put_head(struct buf *out, const struct cms_peek *peek, size_t n)
{
	front_put(out, &peek->parts, with_head(n));
	head_put(out, BER_CONTEXT_0_PLAIN, n);
}

void cms_peek_put_tail(struct buf *out, const struct cms_peek *peek)
{
	buf_put(out, peek->parts.attributes);
	buf_put(out, peek->parts.tag);
}
