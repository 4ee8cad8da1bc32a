/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sealing.c. */
#include "safeguards/cms_peek.h"

#include "safeguards/ber.h"

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
	out->nonce_n = nonce.content.n;
	return ST_OK;
}

static enum status encrypted_content_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber_element e;
	struct ber algorithm;

	TRY(ber_expect(&e, in, BER_OID, "a missing content type", f));
	TRY(ber_enter(&algorithm, in, BER_SEQUENCE, "a missing content cipher", f));
	TRY(ber_expect(&e, &algorithm, BER_OID, "a missing cipher identifier", f));
	out->cipher = e.content;
	TRY(parameters_read(out, &algorithm, f));
	const struct ber before = *in;
	TRY(ber_read(&e, in, f));
	if (e.tag != BER_CONTEXT_0 && e.tag != BER_CONTEXT_0_PLAIN)
		return ber_broken(f, &before, "missing encrypted content");
	out->content_n = e.content.n;
	return ST_OK;
}

static enum status enveloped_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber_element e;
	struct ber info;

	TRY(ber_expect(&e, in, BER_INTEGER, "a missing version", f));
	TRY(ber_skip_if(in, BER_CONTEXT_0, f));
	TRY(ber_expect(&e, in, BER_SET, "missing recipients", f));
	TRY(ber_enter(&info, in, BER_SEQUENCE, "missing content", f));
	TRY(encrypted_content_read(out, &info, f));
	if (!out->authenticated)
		return ST_OK;
	TRY(ber_skip_if(in, BER_CONTEXT_1, f));
	TRY(ber_expect(&e, in, BER_OCTETS, "a missing authentication tag", f));
	out->tag_n = e.content.n;
	return ST_OK;
}

static enum status type_read(struct cms_peek *out, struct ber *in, struct fault *f)
{
	struct ber_element type;

	TRY(ber_expect(&type, in, BER_OID, "a missing type", f));
	struct slice oid = type.content;
	/* 1.2.840.113549.1.9.16.1.23 */
	out->authenticated = slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"));
	/* 1.2.840.113549.1.7.3 */
	if (!out->authenticated && !slice_eq(oid, S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")))
		return ber_broken(
			f, in, "a type that is neither EnvelopedData nor AuthEnvelopedData");
	return ST_OK;
}

enum status cms_peek_read(struct cms_peek *out, struct slice ber, struct fault *f)
{
	struct ber all = { cursor_of(ber), "sealing.syntax" }, in, inner, data;
	struct cms_peek peek = { 0 };

	TRY(ber_enter(&in, &all, BER_SEQUENCE, "no CMS structure", f));
	if (!cursor_at_end(&all.in))
		return ber_broken(f, &all, "bytes after the structure");
	TRY(type_read(&peek, &in, f));
	TRY(ber_enter(&inner, &in, BER_CONTEXT_0, "missing content", f));
	TRY(ber_enter(&data, &inner, BER_SEQUENCE, "missing content", f));
	TRY(enveloped_read(&peek, &data, f));
	*out = peek;
	return ST_OK;
}
