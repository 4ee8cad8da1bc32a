/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a message for edge and envelope: which of the HTTP header lines matter, read once and
 * checked.  What is ambiguous is refused.  RFC 4130 6, rfc4130bis.
 */
#include "bindings/as2.h"

#include "bindings/mime.h"

/* --- names --------------------------------------------------------------------- */

static bool is_special(uint8_t c)
{
	return c == '"' || c == '\\';
}

void as2_name_put(struct buf *out, struct slice name)
{
	size_t at;

	if (!slice_find_byte(&at, name, ' ') && !slice_find_byte(&at, name, '"') &&
		!slice_find_byte(&at, name, '\\')) {
		buf_put(out, name);
		return;
	}
	buf_put_u8(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (is_special(name.p[i]))
			buf_put_u8(out, '\\');
		buf_put_u8(out, name.p[i]);
	}
	buf_put_u8(out, '"');
}

/* What may stand between the quotes, or where there are none. */
NODISCARD static enum status unescape(
	char room[PARTY_ID_MAX], size_t *n, struct slice text, bool quoted, struct fault *f)
{
	*n = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool escape = quoted && text.p[i] == '\\' && i + 1 < text.n;
		uint8_t c = text.p[escape ? ++i : i];

		if (escape != is_special(c))
			return fault_set(f, ST_INPUT, "as2.name",
				"a quote or backslash out of place in '%.*s'",
				SLICE_FMT(slice_to(text, PARTY_ID_MAX)));
		if (*n == PARTY_ID_MAX)
			return fault_set(f, ST_LIMIT, "party.id.length",
				"a name of more than %d bytes", PARTY_ID_MAX);
		room[(*n)++] = (char)c;
	}
	return ST_OK;
}

enum status as2_name_read(
	struct slice *out, char room[PARTY_ID_MAX], struct slice text, struct fault *f)
{
	bool quoted = text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
	struct slice name = quoted ? slice_sub(text, 1, text.n - 2) : text;
	size_t n;

	TRY(unescape(room, &n, name, quoted, f));
	if (n != name.n)
		name = slice_of(room, n);
	TRY(party_id_check(name, f));
	*out = name;
	return ST_OK;
}

/* --- the head ------------------------------------------------------------------ */

enum head_field {
	HEAD_FROM,
	HEAD_TO,
	HEAD_MESSAGE_ID,
	HEAD_CONTENT_TYPE,
	HEAD_VERSION,
	HEAD_PRODUCT,
	HEAD_FEATURES,
	HEAD_CONTENT_ENCODING,
	HEAD_CONTENT_DISPOSITION,
	HEAD_SUBJECT,
	HEAD_DISPOSITION_TO,
	HEAD_DISPOSITION_OPTIONS,
	HEAD_RECEIPT_DELIVERY,
	HEAD_FIELDS,
};

static const struct {
	const char *name;
	enum {
		HEAD_NEEDED,
		HEAD_OPTIONAL,
		HEAD_LOOSE, /* for people: however it is written, no message fails for it */
	} need;
} head_fields[HEAD_FIELDS] = {
	[HEAD_FROM] = { "AS2-From", HEAD_NEEDED },
	[HEAD_TO] = { "AS2-To", HEAD_NEEDED },
	[HEAD_MESSAGE_ID] = { "Message-ID", HEAD_OPTIONAL },
	[HEAD_CONTENT_TYPE] = { "Content-Type", HEAD_NEEDED },
	[HEAD_VERSION] = { "AS2-Version", HEAD_OPTIONAL },
	[HEAD_PRODUCT] = { "AS2-Product", HEAD_LOOSE },
	[HEAD_FEATURES] = { "EDIINT-Features", HEAD_LOOSE },
	[HEAD_CONTENT_ENCODING] = { "Content-Transfer-Encoding", HEAD_OPTIONAL },
	[HEAD_CONTENT_DISPOSITION] = { "Content-Disposition", HEAD_OPTIONAL },
	[HEAD_SUBJECT] = { "Subject", HEAD_OPTIONAL },
	[HEAD_DISPOSITION_TO] = { "Disposition-Notification-To", HEAD_OPTIONAL },
	[HEAD_DISPOSITION_OPTIONS] = { "Disposition-Notification-Options", HEAD_OPTIONAL },
	[HEAD_RECEIPT_DELIVERY] = { "Receipt-Delivery-Option", HEAD_OPTIONAL },
};

NODISCARD static enum status head_value(struct slice *out, const struct mime_headers *headers,
	enum head_field field, struct fault *f)
{
	enum status st = mime_header_get(out, headers, head_fields[field].name, f);

	if (st != ST_OK && head_fields[field].need == HEAD_LOOSE)
		*out = S("");
	else if (st != ST_OK)
		return st;
	if (out->n == 0 && head_fields[field].need == HEAD_NEEDED)
		return fault_set(f, ST_INPUT, "as2.header.missing", "header %s is missing",
			head_fields[field].name);
	return ST_OK;
}

NODISCARD static enum status party_read(struct slice *out, char room[PARTY_ID_MAX],
	struct slice text, const char *header, struct fault *f)
{
	struct fault why;

	if (as2_name_read(out, room, text, &why) != ST_OK)
		return fault_set(
			f, ST_INPUT, "as2.header.syntax", "header %s: %s", header, why.text);
	return ST_OK;
}

NODISCARD static enum status names_read(
	struct as2_head *out, struct slice from, struct slice to, struct fault *f)
{
	TRY(party_read(&out->from, out->names[0], from, "AS2-From", f));
	return party_read(&out->to, out->names[1], to, "AS2-To", f);
}

/* rfc4130bis: never refuse a 1.x. */
NODISCARD static enum status version_read(struct slice *version, struct fault *f)
{
	uint64_t minor;

	if (version->n == 0)
		*version = S("1.0");
	if (slice_has_prefix(*version, S("1.")) &&
		slice_u64(&minor, slice_from(*version, 2), NULL) == ST_OK)
		return ST_OK;
	return fault_set(f, ST_INPUT, "as2.version", "AS2-Version '%.*s', want 1.x",
		SLICE_FMT(slice_to(*version, 20)));
}

static void id_take(struct as2_head *out, struct slice id)
{
	out->id_is_bare = id.n < 2 || id.p[0] != '<' || id.p[id.n - 1] != '>';
	out->message_id = out->id_is_bare ? id : slice_sub(id, 1, id.n - 2);
}

enum status as2_id_check(const struct as2_head *head, struct fault *f)
{
	if (head->id_is_bare && head->message_id.n == 0)
		return fault_set(
			f, ST_INPUT, "as2.header.missing", "header Message-ID is missing");
	return message_id_check(head->message_id, f);
}

enum status as2_head_parse(struct as2_head *out, struct slice block, struct fault *f)
{
	struct slice values[HEAD_FIELDS], rest;
	struct mime_headers headers;

	TRY(mime_headers_parse(&headers, &rest, block, f));
	for (enum head_field i = 0; i < HEAD_FIELDS; i++)
		TRY(head_value(&values[i], &headers, i, f));
	TRY(version_read(&values[HEAD_VERSION], f));
	*out = (struct as2_head){
		.version = values[HEAD_VERSION],
		.product = values[HEAD_PRODUCT],
		.features = values[HEAD_FEATURES],
		.content_type = values[HEAD_CONTENT_TYPE],
		.content_encoding = values[HEAD_CONTENT_ENCODING],
		.content_disposition = values[HEAD_CONTENT_DISPOSITION],
		.subject = values[HEAD_SUBJECT],
		.disposition_to = values[HEAD_DISPOSITION_TO],
		.disposition_options = values[HEAD_DISPOSITION_OPTIONS],
		.receipt_delivery = values[HEAD_RECEIPT_DELIVERY],
	};
	id_take(out, values[HEAD_MESSAGE_ID]);
	enum status st = names_read(out, values[HEAD_FROM], values[HEAD_TO], f);
	if (st != ST_OK)
		*out = (struct as2_head){ 0 };
	return st;
}

static bool head_wants(struct slice name)
{
	for (enum head_field i = 0; i < HEAD_FIELDS; i++)
		if (slice_eq_nocase(name, slice_str(head_fields[i].name)))
			return true;
	return false;
}

static void header_put(struct buf *out, const char *name, struct slice value)
{
	buf_put_text(out, name);
	buf_put_text(out, ": ");
	buf_put(out, value);
	buf_put_text(out, "\r\n");
}

static void header_copy(struct buf *out, const struct mime_header *header)
{
	buf_put(out, header->name);
	header_put(out, "", header->value);
}

enum status as2_head_select(struct buf *out, struct slice block, struct fault *f)
{
	size_t before = out->n;
	struct mime_headers headers;
	struct slice rest;

	TRY(mime_headers_parse(&headers, &rest, block, f));
	for (size_t i = 0; i < headers.count; i++)
		if (head_wants(headers.list[i].name))
			header_copy(out, &headers.list[i]);
	if (out->overflow || out->n - before > AS2_HEAD_MAX)
		return fault_set(f, ST_LIMIT, "as2.header.size",
			"AS2 headers of more than %d bytes", AS2_HEAD_MAX);
	return ST_OK;
}
