/* SPDX-License-Identifier: Apache-2.0 */
/* A guide is loaded when somebody chooses it first. */
#include "documents/x12/guide_set.h"

#include "documents/x12/guide_load.h"

void x12_guide_set_init(struct x12_guide_set *set)
{
	*set = (struct x12_guide_set){ .shelf = x12_library_new() };
	x12_library_add_shipped(set->shelf);
}

void x12_guide_set_done(struct x12_guide_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		x12_rules_free(set->rules[i]);
		x12_guide_free(set->guides[i]);
	}
	x12_library_free(set->shelf);
	*set = (struct x12_guide_set){ 0 };
}

static enum status guide_load(struct x12_guide_set *set, struct slice name, struct fault *f)
{
	AUTO(x12_guide) guide = NULL;
	AUTO(x12_rules) rules = NULL;

	if (set->count == X12_GUIDE_SET_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.files", "more than %d guides",
			X12_GUIDE_SET_MAX);
	TRY(x12_guide_load(&guide, set->shelf, name, f));
	TRY(x12_rules_compile(&rules, guide, f));
	set->guides[set->count] = TAKE(guide);
	set->rules[set->count++] = TAKE(rules);
	return ST_OK;
}

static enum status guide_find(
	size_t *at, struct x12_guide_set *set, struct slice name, struct fault *f)
{
	for (*at = 0; *at < set->count; ++*at)
		if (slice_eq(slice_str(set->guides[*at]->name), name))
			return ST_OK;
	return guide_load(set, name, f);
}

enum status x12_choice_add(
	struct x12_choice *choice, struct x12_guide_set *set, struct slice name, struct fault *f)
{
	size_t at;

	if (choice->count == X12_GUIDES_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.files", "more than %d guides at once",
			X12_GUIDES_MAX);
	TRY(guide_find(&at, set, name, f));
	choice->list[choice->count++] =
		(struct x12_checked_guide){ set->guides[at], set->rules[at] };
	return ST_OK;
}

enum status x12_choice_add_standard(
	struct x12_choice *choice, struct x12_guide_set *set, struct fault *f)
{
	const struct x12_library_entry *e;

	for (size_t i = 0; (e = x12_library_at(set->shelf, i)); i++)
		if (e->origin == X12_SHIPPED && !e->is_dictionary && !e->refines[0])
			TRY(x12_choice_add(choice, set, slice_str(e->name), f));
	return ST_OK;
}
