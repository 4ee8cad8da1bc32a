/* SPDX-License-Identifier: Apache-2.0 */
/* Maps by tables, and the values that guides are made of. */
#include "documents/x12/guide_fields.h"

#include "base/buf.h"

#define KEYS_TEXT_MAX 160

static enum status field_unknown(const struct guide_node *n, const char *what,
	const struct guide_field *fields, size_t count, struct fault *f)
{
	AUTO_IN_PLACE(buf) keys = buf_init(KEYS_TEXT_MAX);

	for (size_t i = 0; i < count; i++)
		buf_putf(&keys, "%s%s", i ? ", " : "", fields[i].key);
	return guide_fault(n, f, "x12.guide.key", "there is no key %.*s in %s; there are %s",
		SLICE_FMT(slice_to(n->key, 40)), what, buf_text(&keys));
}

static enum status field_read(void *out, const struct guide_node *n, const char *what,
	const struct guide_field *fields, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(n->key, slice_str(fields[i].key)))
			return fields[i].read((char *)out + fields[i].offset, n, f);
	return field_unknown(n, what, fields, count, f);
}

enum status guide_fields_read(void *out, const struct guide_node *map, const char *what,
	const struct guide_field *fields, size_t count, struct fault *f)
{
	if (map->kind != GUIDE_MAP)
		return guide_fault(map, f, "x12.guide.key", "%s is wanted here: KEY: VALUE", what);
	for (const struct guide_node *n = map->first; n; n = n->next)
		TRY(field_read(out, n, what, fields, count, f));
	for (size_t i = 0; i < count; i++)
		if (fields[i].is_needed && !guide_node_find(map, slice_str(fields[i].key)))
			return guide_fault(map, f, "x12.guide.key", "%s needs %s: it is missing",
				what, fields[i].key);
	return ST_OK;
}

/* --- readers --- */

enum status guide_read_text(void *member, const struct guide_node *n, struct fault *f)
{
	if (n->kind != GUIDE_TEXT || slice_trim(n->text).n == 0)
		return guide_fault(n, f, "x12.guide.key", "%.*s: a single value is wanted here",
			SLICE_FMT(slice_to(n->key, 40)));
	*(struct slice *)member = slice_trim(n->text);
	return ST_OK;
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 'a' || s.p[i] > 'z') && (s.p[i] < '0' || s.p[i] > '9') &&
			s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= GUIDE_NAME_MAX;
}

enum status guide_read_name(void *member, const struct guide_node *n, struct fault *f)
{
	TRY(guide_read_text(member, n, f));
	if (!is_name(*(struct slice *)member))
		return guide_fault(n, f, "x12.guide.value",
			"%.*s: a name has a to z, 0 to 9 and -, and %d of them at most",
			SLICE_FMT(slice_to(n->text, 60)), GUIDE_NAME_MAX);
	return ST_OK;
}

enum status guide_read_any(void *member, const struct guide_node *n, struct fault *f)
{
	(void)f;
	*(const struct guide_node **)member = n;
	return ST_OK;
}

enum status guide_read_map(void *member, const struct guide_node *n, struct fault *f)
{
	if (n->kind != GUIDE_MAP || n->count == 0)
		return guide_fault(n, f, "x12.guide.key", "%.*s: KEY: VALUE is wanted here",
			SLICE_FMT(slice_to(n->key, 40)));
	return guide_read_any(member, n, f);
}

enum status guide_read_list(void *member, const struct guide_node *n, struct fault *f)
{
	if (n->kind != GUIDE_LIST || n->count == 0)
		return guide_fault(n, f, "x12.guide.key", "%.*s: a list is wanted here",
			SLICE_FMT(slice_to(n->key, 40)));
	return guide_read_any(member, n, f);
}

enum status guide_word_read(size_t *out, const struct guide_node *n, const char *const *words,
	size_t count, struct fault *f)
{
	AUTO_IN_PLACE(buf) list = buf_init(KEYS_TEXT_MAX);
	struct slice word;

	TRY(guide_read_text(&word, n, f));
	for (size_t i = 0; i < count; i++)
		if (slice_eq(word, slice_str(words[i]))) {
			*out = i;
			return ST_OK;
		}
	for (size_t i = 0; i < count; i++)
		buf_putf(&list, "%s%s", i ? ", " : "", words[i]);
	return guide_fault(n, f, "x12.guide.value", "%.*s is none of: %s",
		SLICE_FMT(slice_to(word, 40)), buf_text(&list));
}

static const char *const uses[] = {
	[X12_OPTIONAL] = "optional",
	[X12_REQUIRED] = "required",
	[X12_UNUSED] = "unused",
};

const char *guide_use_name(enum x12_use use)
{
	return uses[use];
}

enum status guide_read_use(void *member, const struct guide_node *n, struct fault *f)
{
	struct guide_use *use = member;
	size_t at;

	TRY(guide_word_read(&at, n, uses, sizeof(uses) / sizeof(uses[0]), f));
	*use = (struct guide_use){ .is_said = true, .use = (enum x12_use)at };
	return ST_OK;
}

enum status guide_use_narrow(enum x12_use *use, struct guide_use said,
	const struct guide_node *n, const char *what, struct fault *f)
{
	if (!said.is_said)
		return ST_OK;
	if (*use != X12_OPTIONAL && said.use != *use)
		return guide_fault(n, f, "x12.guide.widens",
			"%s is %s in what this builds on, not %s", what, uses[*use],
			uses[said.use]);
	*use = said.use;
	return ST_OK;
}

enum status guide_number_read(uint32_t *out, const struct guide_node *n, struct slice digits,
	uint32_t least, uint32_t most, struct fault *f)
{
	uint64_t value;

	if (slice_u64(&value, digits, NULL) != ST_OK || value < least || value > most)
		return guide_fault(n, f, "x12.guide.value",
			"%.*s: a number from %u to %u is wanted", SLICE_FMT(slice_to(digits, 40)),
			least, most);
	*out = (uint32_t)value;
	return ST_OK;
}

enum status guide_read_max(void *member, const struct guide_node *n, struct fault *f)
{
	struct slice text;

	TRY(guide_read_text(&text, n, f));
	if (!slice_eq(text, S("any")))
		return guide_number_read(member, n, text, 1, X12_MAX_ANY - 1, f);
	*(uint32_t *)member = X12_MAX_ANY;
	return ST_OK;
}

enum status guide_read_range(void *member, const struct guide_node *n, struct fault *f)
{
	struct slice text, first, second;
	uint32_t least, most;

	TRY(guide_read_text(&text, n, f));
	if (!slice_cut(&first, &second, text, '-'))
		second = first;
	TRY(guide_number_read(&least, n, first, 1, UINT16_MAX, f));
	TRY(guide_number_read(&most, n, second, least, UINT16_MAX, f));
	*(struct guide_range *)member =
		(struct guide_range){ .least = (uint16_t)least, .most = (uint16_t)most };
	return ST_OK;
}
