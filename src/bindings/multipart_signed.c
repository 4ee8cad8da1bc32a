/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/signed for as2.c and mdn.c, in the envelope process.  Refused: more or fewer than two
 * parts, a second part that is no signature, and bytes around the parts that nobody signed.
 */
#include "bindings/multipart_signed.h"

#include "base/codec.h"
#include "safeguards/digest.h"

#define BASE64_LINE 76

void multipart_signed_type(struct buf *out, const char *boundary, enum digest micalg)
{
	buf_putf(out,
		"multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=%s; boundary=\"%s\"",
		digest_name(micalg), boundary);
}

void multipart_signed_begin(struct buf *out, const char *boundary)
{
	buf_putf(out, "--%s\r\n", boundary);
}

void multipart_signed_end(struct buf *out, const char *boundary, struct slice signature)
{
	buf_putf(out, "\r\n--%s\r\n", boundary);
	buf_put_text(out,
		"Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"smime.p7s\"\r\n"
		"\r\n");
	base64_format(out, signature, BASE64_LINE); /* ends its last line */
	buf_putf(out, "--%s--\r\n", boundary);
}

bool multipart_signed_is(const struct mime_value *type)
{
	return mime_main_is(type, "multipart/signed");
}

static bool is_signature_type(const struct mime_value *type)
{
	return mime_main_is(type, "application/pkcs7-signature") ||
		mime_main_is(type, "application/x-pkcs7-signature");
}

NODISCARD static enum status signature_read(
	struct slice *signature, struct buf *scratch, struct slice part, struct fault *f)
{
	struct mime_headers headers;
	struct mime_value type;
	struct slice text, body;

	TRY(mime_headers_parse(&headers, &body, part, f));
	TRY(mime_header_get(&text, &headers, "Content-Type", f));
	TRY(mime_value_parse(&type, text, f));
	if (!is_signature_type(&type))
		return fault_set(f, ST_INPUT, "multipart-signed.signature",
			"second part is '%.*s', want application/pkcs7-signature",
			SLICE_FMT(slice_to(type.main, 60)));
	enum status st = mime_content(signature, scratch, &headers, body, f);
	if (st != ST_LIMIT)
		return st;
	return fault_set(f, ST_LIMIT, "multipart-signed.signature",
		"a signature of more than %zu bytes", scratch->max);
}

/*
 * Appended bytes that no signature covers help whoever plays with the ciphertext of a seal without
 * authentication: only blanks may follow the closing boundary.
 */
NODISCARD static enum status epilogue_check(struct slice epilogue, size_t at, struct fault *f)
{
	if (slice_trim(epilogue).n > 0)
		return fault_at(f, ST_INPUT, at, "multipart-signed.epilogue",
			"%zu bytes after the closing boundary", epilogue.n);
	return ST_OK;
}

enum status multipart_signed_parse_from(size_t clear, struct slice *part,
	struct slice *signature, struct buf *scratch, struct slice body, struct slice boundary,
	struct fault *f)
{
	struct slice parts[MIME_PARTS_MAX], epilogue;
	size_t count;

	TRY(mime_multipart_split(parts, &count, &epilogue, body, boundary, clear, f));
	if (count != 2)
		return fault_set(f, ST_INPUT, "multipart-signed.parts",
			"%zu parts, want the signed one and its signature", count);
	TRY(epilogue_check(epilogue, body.n - epilogue.n, f));
	TRY(signature_read(signature, scratch, parts[1], f));
	*part = parts[0];
	return ST_OK;
}

enum status multipart_signed_parse(struct slice *part, struct slice *signature, struct buf *scratch,
	struct slice body, struct slice boundary, struct fault *f)
{
	return multipart_signed_parse_from(0, part, signature, scratch, body, boundary, f);
}
