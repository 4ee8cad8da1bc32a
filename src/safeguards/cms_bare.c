/* SPDX-License-Identifier: Apache-2.0 */
/* Used by signature.c. */
#include "safeguards/cms_bare.h"

#include "safeguards/ber.h"

#define SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" /* 1.2.840.113549.1.7.2 */

struct parts {
	struct slice type, version, digests, content, signers;
};

static enum status piece(
	struct slice *out, struct ber *in, uint8_t tag, const char *what, struct fault *f)
{
	struct ber_element e;

	TRY(ber_expect(&e, in, tag, what, f));
	*out = e.whole;
	return ST_OK;
}

static enum status parts_read(struct parts *p, struct ber *data, struct fault *f)
{
	TRY(piece(&p->version, data, BER_INTEGER, "a missing version", f));
	TRY(piece(&p->digests, data, BER_SET, "missing digest algorithms", f));
	TRY(piece(&p->content, data, BER_SEQUENCE, "a missing content", f));
	TRY(ber_skip_if(data, BER_CONTEXT_0, f));
	TRY(ber_skip_if(data, BER_CONTEXT_1, f));
	return piece(&p->signers, data, BER_SET, "missing signers", f);
}

static enum status structure_read(struct parts *p, struct ber *all, struct fault *f)
{
	struct ber outer, inner, data;
	struct ber_element type;

	TRY(ber_enter(&outer, all, BER_SEQUENCE, "no CMS structure", f));
	TRY(ber_expect(&type, &outer, BER_OID, "a missing type", f));
	if (!slice_eq(type.content, S(SIGNED_DATA)))
		return ber_broken(f, &outer, "a type that is not SignedData");
	p->type = type.whole;
	TRY(ber_enter(&inner, &outer, BER_CONTEXT_0, "missing content", f));
	TRY(ber_enter(&data, &inner, BER_SEQUENCE, "missing content", f));
	return parts_read(p, &data, f);
}

static size_t head_size(size_t n)
{
	uint8_t head[BER_HEAD_MAX];

	return ber_head(head, BER_SEQUENCE, n);
}

static void head_put(struct buf *out, uint8_t tag, size_t n)
{
	uint8_t head[BER_HEAD_MAX];
	size_t octets = ber_head(head, tag, n);

	buf_put(out, slice_of(head, octets));
}

static void parts_put(struct buf *out, const struct parts *p)
{
	const size_t data = p->version.n + p->digests.n + p->content.n + p->signers.n;
	const size_t explicit = head_size(data) + data;
	const size_t all = p->type.n + head_size(explicit) + explicit;

	head_put(out, BER_SEQUENCE, all);
	buf_put(out, p->type);
	head_put(out, BER_CONTEXT_0, explicit);
	head_put(out, BER_SEQUENCE, data);
	buf_put(out, p->version);
	buf_put(out, p->digests);
	buf_put(out, p->content);
	buf_put(out, p->signers);
}

enum status cms_bare_signed(struct buf *out, struct slice ber, struct fault *f)
{
	struct ber all = { .in = cursor_of(ber), .code = "signature.syntax" };
	struct parts parts = { 0 };

	TRY(structure_read(&parts, &all, f));
	parts_put(out, &parts);
	return buf_check(out, f);
}
