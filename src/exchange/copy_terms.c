/* SPDX-License-Identifier: Apache-2.0 */
/* What is not listed is not copied. */
#include "exchange/copy_terms.h"

static bool is_type_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_id_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '.' || c == '_' || c == ':' || c == '-';
}

static bool is_all(struct slice text, size_t most, bool (*is)(uint8_t))
{
	for (size_t i = 0; i < text.n; i++)
		if (!is(text.p[i]))
			return false;
	return text.n > 0 && text.n <= most;
}

static enum status types_read(
	struct copy_terms *to, const struct copy_terms_text *from, struct fault *f)
{
	for (unsigned i = 0; i < from->type_count; i++) {
		struct slice name = slice_str(from->types[i]);

		if (!is_all(name, COPY_TYPE_MAX, is_type_byte))
			return fault_set(f, ST_INPUT, "agreement.value",
				"copies.documents: %.*s: want a type of document: `tieline schema` "
				"lists them",
				SLICE_FMT(slice_to(name, COPY_TYPE_MAX)));
		TRY(slice_to_text(to->types[i], sizeof(to->types[i]), name, f));
	}
	to->type_count = from->type_count;
	return ST_OK;
}

bool agreement_id_may_be(struct slice id)
{
	return is_all(id, AGREEMENT_ID_MAX, is_id_byte);
}

/* The header of every document names the agreement that it is under. */
static enum status id_read(
	struct copy_terms *to, const struct copy_terms_text *from, struct fault *f)
{
	struct slice id = slice_str(from->agreement_id);

	if (!from->agreement_id && from->type_count == 0)
		return ST_OK;
	if (!from->agreement_id)
		return fault_set(f, ST_INPUT, "agreement.value",
			"copies.agreement-id: not said: each copy names the agreement that it is "
			"under");
	if (!agreement_id_may_be(id))
		return fault_set(f, ST_INPUT, "agreement.value",
			"copies.agreement-id: %.*s: want 1 to %d letters, digits and . _ : -",
			SLICE_FMT(slice_to(id, COPY_ID_MAX)), COPY_ID_MAX);
	return slice_to_text(to->agreement_id, sizeof(to->agreement_id), id, f);
}

enum status copy_terms_read(
	struct copy_terms *to, const struct copy_terms_text *from, struct fault *f)
{
	*to = (struct copy_terms){ 0 };
	TRY(types_read(to, from, f));
	return id_read(to, from, f);
}

void copy_terms_put(struct buf *out, const struct copy_terms *c)
{
	buf_put_text(out, "{ documents: [");
	for (size_t i = 0; i < c->type_count; i++)
		buf_putf(out, "%s%s", i ? ", " : " ", c->types[i]);
	buf_put_text(out, c->type_count ? " ]" : "]");
	if (c->agreement_id[0])
		buf_putf(out, ", agreement-id: \"%s\"", c->agreement_id);
	buf_put_text(out, " }\n");
}

bool copy_terms_name(const struct copy_terms *c, struct slice document_type)
{
	for (size_t i = 0; i < c->type_count; i++)
		if (slice_eq(slice_str(c->types[i]), document_type))
			return true;
	return false;
}
