/* SPDX-License-Identifier: Apache-2.0 */
/* Codes, places and what a guide narrows of an element. */
#include "documents/x12/guide_elements.h"

#include <stdlib.h>

#include "base/buf.h"
#include "documents/x12/guide_fields.h"
#include "documents/x12/value.h"

/* --- codes --- */

static int codes_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct x12_code *)a)->packed;
	uint64_t y = ((const struct x12_code *)b)->packed;

	return x < y ? -1 : x > y;
}

static enum status code_read(struct x12_code *out, struct arena *arena, struct slice code,
	struct slice meaning, const struct guide_node *n, struct fault *f)
{
	uint64_t packed = slice_is_printable(code) ? x12_code_pack(code) : 0;

	if (packed == 0)
		return guide_fault(n, f, "x12.guide.value",
			"%.*s: a code has 1 to %d characters and no blanks",
			SLICE_FMT(slice_to(code, 40)), X12_CODE_MAX);
	*out = (struct x12_code){ .packed = packed, .meaning = arena_text(arena, meaning) };
	return ST_OK;
}

static enum status code_of_child(struct x12_code *out, struct arena *arena,
	const struct guide_node *n, bool is_map, struct fault *f)
{
	if (n->kind != GUIDE_TEXT)
		return guide_fault(n, f, "x12.guide.value", "a code is a single text");
	return is_map ? code_read(out, arena, n->key, slice_trim(n->text), n, f)
		      : code_read(out, arena, n->text, S(""), n, f);
}

static enum status codes_sort(
	struct x12_code *list, size_t count, const struct guide_node *n, struct fault *f)
{
	qsort(list, count, sizeof(*list), codes_compare);
	for (size_t i = 1; i < count; i++)
		if (list[i].packed == list[i - 1].packed)
			return guide_fault(n, f, "x12.guide.twice", "a code stands here twice");
	return ST_OK;
}

enum status guide_codes_read(
	struct x12_codes *out, struct arena *arena, const struct guide_node *n, struct fault *f)
{
	size_t count = n->kind == GUIDE_TEXT ? 1 : n->count, at = 0;
	struct x12_code *list = arena_zeroed(arena, count, sizeof(*list));

	if (count == 0)
		return guide_fault(n, f, "x12.guide.value", "no codes: leave the key out");
	if (n->kind == GUIDE_TEXT)
		TRY(code_read(list, arena, n->text, S(""), n, f));
	for (const struct guide_node *c = n->first; c; c = c->next)
		TRY(code_of_child(&list[at++], arena, c, n->kind == GUIDE_MAP, f));
	TRY(codes_sort(list, count, n, f));
	*out = (struct x12_codes){ .list = list, .count = count };
	return ST_OK;
}

/* The characters of a packed code. */
static void code_put(struct buf *out, uint64_t packed)
{
	for (; packed; packed <<= 8)
		buf_put_u8(out, (uint8_t)(packed >> 56));
}

static enum status codes_widen(uint64_t code, struct x12_codes base, const struct guide_node *n,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(120);

	code_put(&text, code);
	buf_put_text(&text, " is not among the codes of what this builds on:");
	for (size_t i = 0; i < base.count && text.n < text.max - 16; i++) {
		buf_put_text(&text, " ");
		code_put(&text, base.list[i].packed);
	}
	return guide_fault(n, f, "x12.guide.widens", "%.*s", SLICE_FMT(buf_slice(&text)));
}

static const struct x12_code *packed_find(const struct x12_codes *codes, const uint64_t packed)
{
	struct x12_code key = { .packed = packed };

	return codes->count ? bsearch(&key, codes->list, codes->count, sizeof(key), codes_compare)
			    : NULL;
}

enum status guide_codes_narrow(struct x12_codes *codes, struct x12_codes base,
	const struct guide_node *n, struct fault *f)
{
	/* They are ours: guide_codes_read() has just made them. */
	struct x12_code *list = (struct x12_code *)(uintptr_t)codes->list;

	for (size_t i = 0; i < codes->count; i++) {
		const struct x12_code *before = packed_find(&base, list[i].packed);

		if (!before && base.count > 0)
			return codes_widen(list[i].packed, base, n, f);
		if (before && list[i].meaning[0] == '\0')
			list[i].meaning = before->meaning;
	}
	return ST_OK;
}

/* --- places --- */

static bool place_parse(struct guide_place *out, struct slice key, const char *segment)
{
	struct slice id = slice_str(segment), digits, part;
	uint64_t element = 0, in = 0;
	bool has_part;

	if (!slice_has_prefix(key, id))
		return false;
	has_part = slice_cut(&digits, &part, slice_from(key, id.n), '-');
	if (digits.n != 2 || slice_u64(&element, digits, NULL) != ST_OK || element == 0)
		return false;
	if (has_part && (part.n > 2 || slice_u64(&in, part, NULL) != ST_OK || in == 0))
		return false;
	*out = (struct guide_place){ .element = (uint8_t)element, .part = (uint8_t)in };
	return true;
}

const struct x12_element_rule *guide_place_rule(
	const struct guide_elements *e, struct guide_place at)
{
	const struct x12_element_rule *rule;

	if (at.element > e->count)
		return NULL;
	rule = &e->list[at.element - 1];
	if (at.part == 0)
		return rule;
	return at.part <= rule->part_count ? &rule->parts[at.part - 1] : NULL;
}

enum status guide_place_read(struct guide_place *out, const char *segment,
	struct guide_elements elements, const struct guide_node *n, struct fault *f)
{
	struct guide_place at;

	if (!place_parse(&at, n->key, segment))
		return guide_fault(n, f, "x12.guide.key",
			"%.*s is no element of %s: they are written %s01, %s04-1",
			SLICE_FMT(slice_to(n->key, 40)), segment, segment, segment);
	if (!guide_place_rule(&elements, at))
		return guide_fault(n, f, "x12.guide.key", "%s has no %.*s: it has %zu elements",
			segment, SLICE_FMT(n->key), elements.count);
	*out = at;
	return ST_OK;
}

/* --- what is said of an element --- */

struct element_text {
	struct guide_use use;
	struct slice name;
	const struct guide_node *codes;
	struct guide_range length;
};

#define FIELD(key_, read_, member_) { key_, read_, offsetof(struct element_text, member_), false }
static const struct guide_field element_fields[] = {
	FIELD("use", guide_read_use, use),
	FIELD("name", guide_read_text, name),
	FIELD("codes", guide_read_any, codes),
	FIELD("length", guide_read_range, length),
};
#undef FIELD

static enum status element_read(
	struct element_text *out, const struct guide_node *n, struct fault *f)
{
	if (n->kind == GUIDE_TEXT)
		return guide_read_use(&out->use, n, f);
	return guide_fields_read(out, n, "an element", element_fields,
		sizeof(element_fields) / sizeof(element_fields[0]), f);
}

static enum status length_narrow(struct x12_element_rule *rule, struct guide_range said,
	const struct guide_node *n, struct fault *f)
{
	if (said.most == 0)
		return ST_OK;
	if (said.least < rule->least || said.most > rule->most)
		return guide_fault(n, f, "x12.guide.widens",
			"length %u-%u is beyond %u-%u of what this builds on", said.least,
			said.most, rule->least, rule->most);
	rule->least = said.least;
	rule->most = said.most;
	return ST_OK;
}

static enum status codes_said(struct x12_element_rule *rule, struct arena *arena,
	const struct guide_node *n, struct fault *f)
{
	struct x12_codes codes;

	if (!n)
		return ST_OK;
	if (rule->type == X12_COMPOSITE)
		return guide_fault(n, f, "x12.guide.value",
			"this is a composite: codes are of its parts, %.*s-1",
			SLICE_FMT(slice_to(n->key, 40)));
	TRY(guide_codes_read(&codes, arena, n, f));
	TRY(guide_codes_narrow(&codes, rule->codes, n, f));
	rule->codes = codes;
	return ST_OK;
}

bool guide_code_fits(const struct x12_element_rule *rule, struct x12_code code)
{
	AUTO_IN_PLACE(buf) text = buf_init(X12_CODE_MAX);
	struct x12_element_rule bare = *rule;

	bare.codes = (struct x12_codes){ 0 };
	code_put(&text, code.packed);
	return x12_value_check(&bare, NULL, buf_slice(&text)) == X12_FINE;
}

/* A code counts as it stands: one that is no value of its element would let through anything. */
static enum status codes_fit(const struct x12_element_rule *rule, const struct guide_node *n,
	struct fault *f)
{
	for (size_t i = 0; i < rule->codes.count; i++) {
		AUTO_IN_PLACE(buf) code = buf_init(X12_CODE_MAX);

		if (guide_code_fits(rule, rule->codes.list[i]))
			continue;
		code_put(&code, rule->codes.list[i].packed);
		return guide_fault(n, f, "x12.guide.impossible",
			"the code %.*s is no value of %.*s: its type or length is another",
			SLICE_FMT(buf_slice(&code)), SLICE_FMT(slice_to(n->key, 40)));
	}
	return ST_OK;
}

static enum status element_refine(struct x12_element_rule *rule, struct arena *arena,
	const struct guide_node *n, struct fault *f)
{
	struct element_text said = { 0 };
	const char *key = arena_text(arena, n->key);

	TRY(element_read(&said, n, f));
	TRY(guide_use_narrow(&rule->use, said.use, n, key, f));
	TRY(length_narrow(rule, said.length, n, f));
	if (said.name.n > 0)
		rule->name = arena_text(arena, said.name);
	TRY(codes_said(rule, arena, said.codes, f));
	return codes_fit(rule, n, f);
}

enum status guide_elements_refine(struct guide_elements *elements, struct arena *arena,
	const char *segment, const struct guide_node *said, struct fault *f)
{
	struct x12_element_rule *list;
	struct guide_place at;

	if (!said)
		return ST_OK;
	list = arena_copy(arena, elements->list, elements->count, 0, sizeof(*list));
	for (const struct guide_node *n = said->first; n; n = n->next) {
		struct x12_element_rule *rule, *parts;

		TRY(guide_place_read(&at, segment, *elements, n, f));
		rule = &list[at.element - 1];
		if (at.part > 0) {
			parts = arena_copy(
				arena, rule->parts, rule->part_count, 0, sizeof(*parts));
			rule->parts = parts;
			rule = &parts[at.part - 1];
		}
		TRY(element_refine(rule, arena, n, f));
	}
	elements->list = list;
	return ST_OK;
}
