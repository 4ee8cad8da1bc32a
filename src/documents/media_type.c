/* SPDX-License-Identifier: Apache-2.0 */
/* Media types and file names, as data: nothing here opens a file or believes a name. */
#include "documents/media_type.h"

#include "exchange/message.h"
#include "exchange/utf8.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

enum status media_type_parse(struct buf *out, struct slice text, struct fault *f)
{
	struct slice type, parameters;

	slice_cut(&type, &parameters, text, ';');
	type = slice_trim(type);
	TRY(media_type_check(type, f));
	for (size_t i = 0; i < type.n; i++)
		buf_put_u8(out, lower(type.p[i]));
	return ST_OK;
}

/* False when the name has no ending. */
static bool ending_of(struct slice *out, struct slice filename)
{
	struct slice rest = filename;
	bool found = false;

	while (slice_cut(out, &rest, rest, '.'))
		found = true;
	return found;
}

const char *media_type_guess(struct slice filename)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{ "json", "application/json" },
		{ "xml", "application/xml" },
		{ "x12", "application/edi-x12" },
		{ "edi", "application/edi-x12" },
		{ "csv", "text/csv" },
		{ "txt", "text/plain" },
		{ "pdf", "application/pdf" },
		{ "zip", "application/zip" },
		{ "gz", "application/gzip" },
		{ "p7m", "application/pkcs7-mime" },
		{ "pgp", "application/pgp-encrypted" },
	};
	struct slice ending;

	if (ending_of(&ending, filename))
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (slice_eq_nocase(ending, slice_str(types[i].ending)))
				return types[i].type;
	return "application/octet-stream";
}

/* Either slash: the name may come from either kind of system. */
static struct slice last_component(struct slice name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
			return slice_from(name, i);
	return name;
}

/* Bytes of the first character and what stands for it. */
static size_t cleaned(struct slice *out, struct slice name)
{
	uint32_t c = 0;
	size_t n = utf8_first(&c, name);

	*out = n == 0 || utf8_is_control(c) ? S("_") : slice_to(name, n);
	return n ? n : 1;
}

void filename_clean(struct buf *out, struct slice name)
{
	struct slice rest = slice_trim(last_component(name)), piece;
	size_t room = FILENAME_MAX_BYTES;

	if (slice_eq(rest, S(".")) || slice_eq(rest, S("..")))
		rest = S("_");
	while (rest.n > 0) {
		size_t n = cleaned(&piece, rest);
		if (piece.n > room)
			return;
		buf_put(out, piece);
		room -= piece.n;
		rest = slice_from(rest, n);
	}
}
