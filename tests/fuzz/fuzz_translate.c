/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile document to X12: what is taken can be taken back, beside itself as a pattern.  A
 * hostile interchange to our document: what is taken is one.  Its sets, one by one, lie in it and
 * are counted as they come.  So it is where nothing is known beside it, and where somebody else is
 * to read it.
 */
#include <stdio.h>

#include "documents/translate/expiry.h"
#include "documents/translate/sets.h"
#include "documents/translate/to_json.h"
#include "documents/translate/to_x12.h"

#define ID "0197c650-0000-7000-8000-0000000000ff"

static void note_take(void *context, const struct translate_note *n)
{
	size_t *told = context;

	if (n->is_restricted && n->value.n > 0)
		bug("a restricted value is told");
	++*told;
}

static void hash_fake(char out[TRANSLATE_HASH_MAX], struct slice content)
{
	snprintf(out, TRANSLATE_HASH_MAX, "%064zx", content.n);
}

static struct x12_guide_set guides; /* loaded once: a run is short */

static enum status translate(
	struct buf *out, struct slice in, bool to_x12, struct slice like, bool is_heard)
{
	struct x12_stamp stamp = { INT64_C(1782924067) * 1000000000, 1, 1 };
	struct translate_options options = {
		.guides = &guides, .stamp = &stamp, .zone = S("ET"), .like = like, .hash = hash_fake, .id = ID
	};
	size_t told = 0;
	struct translate_notes notes = { is_heard ? note_take : NULL, &told, 0, 0 };
	struct fault f;
	enum status st;

	buf_clear(out);
	st = (to_x12 ? translate_to_x12 : translate_to_json)(out, in, &options, &notes, &f);
	if (is_heard && told < notes.unsaid && told < TRANSLATE_NOTES_MAX)
		bug("something is counted and not told");
	return st;
}

static void document_try(struct slice in)
{
	AUTO_IN_PLACE(buf) x12 = buf_init(TRANSLATE_OUT_MAX);
	AUTO_IN_PLACE(buf) json = buf_init(TRANSLATE_OUT_MAX);
	AUTO_IN_PLACE(buf) again = buf_init(TRANSLATE_OUT_MAX);
	enum status st = translate(&x12, in, true, S(""), true);

	if (st != translate(&again, in, true, S(""), false))
		bug("the answer depends on who listens");
	if (st != ST_OK)
		return;
	if (translate(&json, buf_slice(&x12), false, in, true) != ST_OK)
		bug("what was written cannot be read");
	if (translate(&again, buf_slice(&json), true, S(""), false) != ST_OK ||
		!slice_eq(buf_slice(&x12), buf_slice(&again)))
		bug("it is not the same when it comes again");
}

struct cut {
	uint64_t number;
	size_t count;
	bool all;
};

static bool is_wanted(void *context, struct slice id)
{
	const struct cut *cut = context;

	return cut->all || slice_eq(id, S("810"));
}

static enum status set_take(void *context, const struct translate_set *set, struct fault *f)
{
	struct cut *cut = context;

	(void)f;
	if (set->number <= cut->number || set->interchange.n > TRANSLATE_SET_MAX)
		bug("a set out of order, or too long");
	if (!cut->all && !slice_eq(set->id, S("810")))
		bug("a set that nobody wants");
	cut->number = set->number;
	cut->count++;
	return ST_OK;
}

static void sets_cut(struct slice in)
{
	struct cut all = { .all = true }, some = { 0 };
	struct fault f = { 0 };

	bool is_whole = translate_sets_each(in, is_wanted, set_take, &all, &f) == ST_OK;

	if (!is_whole && !f.code[0])
		bug("refused without a code");
	if (translate_sets_each(in, is_wanted, set_take, &some, &f) == ST_OK && is_whole &&
		some.count > all.count)
		bug("of some there are more than of all");
}

static void document_judge(struct slice document)
{
	struct der_result r;

	der_validate(&r, document, &(struct der_listener){ 0 });
	if (!r.schema || r.against_schema + r.beyond > 0)
		bug("what was written is no document");
}

/* What the register reads of it, and what somebody else is sent, is a document, too. */
static void others_try(struct slice in)
{
	for (unsigned is_copy = 0; is_copy < 2; is_copy++) {
		AUTO_IN_PLACE(buf) json = buf_init(TRANSLATE_OUT_MAX);
		struct x12_stamp stamp = { INT64_C(1782924067) * 1000000000, 1, 1 };
		const struct translate_options options = { .guides = &guides,
			.stamp = &stamp,
			.zone = S("ET"),
			.is_for_facts = !is_copy,
			.is_copy = is_copy,
			.area = "billing",
			.hash = hash_fake,
			.id = ID };
		struct translate_notes notes = { 0 };
		struct fault f = { 0 };

		if (translate_to_json(&json, in, &options, &notes, &f) == ST_OK)
			document_judge(buf_slice(&json));
		else if (!f.code[0])
			bug("refused without a code");
	}
}

static void interchange_try(struct slice in)
{
	AUTO_IN_PLACE(buf) json = buf_init(TRANSLATE_OUT_MAX);

	sets_cut(in);
	if (translate_expires_ns(in) < 0)
		bug("a time before there was X12");
	for (size_t i = 0; i < translate_mapping_count; i++) {
		const struct der_schema *s = der_schema_find(
			(struct json_text){ .raw = translate_mappings[i].document });

		if (translate(&json, in, false, s->example, true) == ST_OK)
			document_judge(buf_slice(&json));
	}
	others_try(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	if (!guides.shelf)
		x12_guide_set_init(&guides);
	if (slice_has_prefix(in, S("{")))
		document_try(in);
	else
		interchange_try(in);
	return 0;
}
