/* SPDX-License-Identifier: Apache-2.0 */
/* One MIME entity of hostile bytes, taken apart as deep as it goes. */
#include "bindings/filename.h"
#include "bindings/mime.h"
#include "documents/media_type.h"
#include "exchange/message.h"

#define DEPTH_MAX 4

static void entity_read(struct slice entity, unsigned depth);

static void name_read(const struct mime_value *disposition, const struct mime_value *type)
{
	AUTO_IN_PLACE(buf) name = buf_init(4096);
	AUTO_IN_PLACE(buf) clean = buf_init(FILENAME_MAX_BYTES);
	AUTO_IN_PLACE(buf) again = buf_init(FILENAME_MAX_BYTES);
	size_t at;

	mime_filename(&name, disposition, type);
	filename_clean(&clean, buf_slice(&name));
	if (slice_find_byte(&at, buf_slice(&clean), '/') ||
		slice_find_byte(&at, buf_slice(&clean), 0) || clean.overflow)
		bug("a file name is not clean");
	filename_clean(&again, buf_slice(&clean));
	if (!slice_eq(slice_trim(buf_slice(&clean)), buf_slice(&again)))
		bug("cleaning twice is not cleaning once");
}

static void parts_read(struct slice body, struct slice boundary, unsigned depth)
{
	struct slice parts[MIME_PARTS_MAX];
	size_t count, bytes = 0;
	struct fault f;

	if (mime_multipart_parse(parts, &count, body, boundary, &f) != ST_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		bytes += parts[i].n;
		entity_read(parts[i], depth + 1);
	}
	if (bytes > body.n)
		bug("parts overlap");
}

static void content_read(const struct mime_headers *headers, struct slice body)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(1 << 16);
	struct slice content;
	struct fault f;

	if (mime_content(&content, &scratch, headers, body, &f) == ST_OK && content.n > body.n)
		bug("decoding made more bytes");
}

/* What a type is reduced to is reduced no further, and what a name suggests is one. */
static void types_read(struct slice text)
{
	AUTO_IN_PLACE(buf) type = buf_init(MEDIA_TYPE_MAX), again = buf_init(MEDIA_TYPE_MAX);
	struct fault f = { 0 };

	if (media_type_parse(&type, text, &f) == ST_OK &&
		(media_type_parse(&again, buf_slice(&type), &f) != ST_OK ||
			!slice_eq(buf_slice(&type), buf_slice(&again)) ||
			media_type_check(buf_slice(&type), &f) != ST_OK))
		bug("a type of a type is another");
	buf_clear(&again);
	if (media_type_parse(&again, slice_str(media_type_guess(text)), &f) != ST_OK)
		bug("a name suggests no type");
}

static void entity_read(struct slice entity, unsigned depth)
{
	struct slice body, text = { 0 };
	struct mime_headers headers;
	struct mime_value type = { 0 }, disposition = { 0 };
	struct fault f;

	if (depth > DEPTH_MAX || mime_headers_parse(&headers, &body, entity, &f) != ST_OK)
		return;
	if (mime_header_get(&text, &headers, "Content-Disposition", &f) != ST_OK ||
		mime_value_parse(&disposition, text, &f) != ST_OK)
		disposition = (struct mime_value){ 0 };
	if (mime_header_get(&text, &headers, "Content-Type", &f) != ST_OK ||
		mime_value_parse(&type, text, &f) != ST_OK)
		return;
	types_read(text);
	name_read(&disposition, &type);
	content_read(&headers, body);
	parts_read(body, mime_param_get(&type, "boundary"), depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	entity_read(slice_of(data, size), 0);
	return 0;
}
