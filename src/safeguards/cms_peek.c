/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sealing.c.  Every element is read by one bounded function; indefinite lengths are walked to their end. */
#include "safeguards/cms_peek.h"

#include "base/cursor.h"

#define DEPTH_MAX 16

#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_CONTEXT_0 0xa0
#define TAG_CONTEXT_0_PLAIN 0x80
#define TAG_CONTEXT_1 0xa1

struct element {
	uint8_t tag;
	size_t at; /* of the content, in what the cursor reads */
	struct slice content;
};

static enum status broken(struct fault *f, const struct cursor *in, const char *what)
{
	return fault_at(f, ST_INPUT, in->at, "sealing.syntax", "%s at byte %zu of the CMS structure", what, in->at);
}

/* *indefinite instead of a length for 0x80. */
static enum status length_read(size_t *n, bool *indefinite, struct cursor *in, struct fault *f)
{
	uint8_t first, byte;

	*indefinite = false;
	if (cursor_u8(in, &first, NULL) != ST_OK)
		return broken(f, in, "a missing length");
	*n = first;
	if (first < 0x80)
		return ST_OK;
	*indefinite = first == 0x80;
	*n = 0;
	if (first > 0x84)
		return broken(f, in, "a length of more than four bytes");
	for (unsigned i = 0; i < (first & 0x7fu); i++) {
		if (cursor_u8(in, &byte, NULL) != ST_OK)
			return broken(f, in, "a length cut short");
		*n = *n << 8 | byte;
	}
	return ST_OK;
}

static enum status element_read(struct element *out, struct cursor *in, unsigned depth, struct fault *f);

static enum status indefinite_read(struct element *out, struct cursor *in, unsigned depth, struct fault *f)
{
	size_t from = in->at;
	struct element inner;

	for (;;) {
		struct slice rest = cursor_rest(in);
		if (rest.n >= 2 && rest.p[0] == 0 && rest.p[1] == 0)
			break;
		TRY(element_read(&inner, in, depth + 1, f));
	}
	out->at = from;
	out->content = slice_sub(in->all, from, in->at - from);
	in->at += 2;
	return ST_OK;
}

static enum status element_read(struct element *out, struct cursor *in, unsigned depth, struct fault *f)
{
	bool indefinite;
	size_t n;

	if (depth > DEPTH_MAX)
		return broken(f, in, "nesting too deep");
	if (cursor_u8(in, &out->tag, NULL) != ST_OK || (out->tag & 0x1f) == 0x1f)
		return broken(f, in, "a missing or long tag");
	TRY(length_read(&n, &indefinite, in, f));
	if (indefinite)
		return indefinite_read(out, in, depth, f);
	out->at = in->at;
	if (cursor_bytes(in, &out->content, n, NULL) != ST_OK)
		return broken(f, in, "an element longer than what is there");
	return ST_OK;
}

static enum status expect_element(struct element *out, struct cursor *in, uint8_t tag, const char *what, struct fault *f)
{
	const struct cursor before = *in;

	TRY(element_read(out, in, 0, f));
	return out->tag == tag ? ST_OK : broken(f, &before, what);
}

static enum status expect(struct slice *content, struct cursor *in, uint8_t tag, const char *what, struct fault *f)
{
	struct element e;

	TRY(expect_element(&e, in, tag, what, f));
	*content = e.content;
	return ST_OK;
}

/* *inner reads what is in the element, and counts its bytes from the beginning of the structure: faults name that place. */
static enum status enter(struct cursor *inner, struct cursor *in, uint8_t tag, const char *what, struct fault *f)
{
	const struct slice all = in->all;
	struct element e;

	TRY(expect_element(&e, in, tag, what, f));
	*inner = (struct cursor){ slice_to(all, e.at + e.content.n), e.at };
	return ST_OK;
}

static bool next_is(const struct cursor *in, uint8_t tag)
{
	struct slice rest = cursor_rest(in);

	return rest.n != 0 && rest.p[0] == tag;
}

static enum status skip_if(struct cursor *in, uint8_t tag, struct fault *f)
{
	struct slice unused;

	return next_is(in, tag) ? expect(&unused, in, tag, "an element", f) : ST_OK;
}

/* CBC: the IV itself.  GCM: SEQUENCE { nonce, icvlen }. */
static enum status parameters_read(struct cms_peek *out, struct cursor *in, struct fault *f)
{
	struct cursor inner;
	struct slice content;

	if (next_is(in, TAG_SEQUENCE)) {
		TRY(enter(&inner, in, TAG_SEQUENCE, "cipher parameters", f));
		TRY(expect(&content, &inner, TAG_OCTETS, "a missing nonce", f));
		out->nonce_n = content.n;
		return ST_OK;
	}
	if (next_is(in, TAG_OCTETS)) {
		TRY(expect(&content, in, TAG_OCTETS, "an IV", f));
		out->nonce_n = content.n;
	}
	return ST_OK;
}

static enum status encrypted_content_read(struct cms_peek *out, struct cursor *in, struct fault *f)
{
	struct cursor algorithm;
	struct slice content;
	struct element body;

	TRY(expect(&content, in, TAG_OID, "a missing content type", f));
	TRY(enter(&algorithm, in, TAG_SEQUENCE, "a missing content cipher", f));
	TRY(expect(&out->cipher, &algorithm, TAG_OID, "a missing cipher identifier", f));
	TRY(parameters_read(out, &algorithm, f));
	const struct cursor before = *in;
	TRY(element_read(&body, in, 0, f));
	if (body.tag != TAG_CONTEXT_0 && body.tag != TAG_CONTEXT_0_PLAIN)
		return broken(f, &before, "missing encrypted content");
	out->content_n = body.content.n;
	return ST_OK;
}

static enum status enveloped_read(struct cms_peek *out, struct cursor *in, struct fault *f)
{
	struct cursor info;
	struct slice content;

	TRY(expect(&content, in, TAG_INTEGER, "a missing version", f));
	TRY(skip_if(in, TAG_CONTEXT_0, f));
	TRY(expect(&content, in, TAG_SET, "missing recipients", f));
	TRY(enter(&info, in, TAG_SEQUENCE, "missing content", f));
	TRY(encrypted_content_read(out, &info, f));
	if (!out->authenticated)
		return ST_OK;
	TRY(skip_if(in, TAG_CONTEXT_1, f));
	TRY(expect(&content, in, TAG_OCTETS, "a missing authentication tag", f));
	out->tag_n = content.n;
	return ST_OK;
}

static enum status type_read(struct cms_peek *out, struct cursor *in, struct fault *f)
{
	struct slice oid;

	TRY(expect(&oid, in, TAG_OID, "a missing type", f));
	out->authenticated = slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")); /* 1.2.840.113549.1.9.16.1.23 */
	if (!out->authenticated && !slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"))) /* 1.2.840.113549.1.7.3 */
		return broken(f, in, "a type that is neither EnvelopedData nor AuthEnvelopedData");
	return ST_OK;
}

enum status cms_peek_read(struct cms_peek *out, struct slice ber, struct fault *f)
{
	struct cms_peek peek = { 0 };
	struct cursor all = cursor_of(ber), in, content, data;

	TRY(enter(&in, &all, TAG_SEQUENCE, "no CMS structure", f));
	if (!cursor_at_end(&all))
		return broken(f, &all, "bytes after the structure");
	TRY(type_read(&peek, &in, f));
	TRY(enter(&content, &in, TAG_CONTEXT_0, "missing content", f));
	TRY(enter(&data, &content, TAG_SEQUENCE, "missing content", f));
	TRY(enveloped_read(&peek, &data, f));
	*out = peek;
	return ST_OK;
}
