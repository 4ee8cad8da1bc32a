/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a part, searched for a digest nothing has: each variant is fed once. */
#include "bindings/variants.h"

/* One of each choice has a name and words: they are what people are told. */
static void words_are_there(const struct variant *v)
{
	char words[VARIANT_WORDS_MAX];

	if (!variant_words(words, v)[0] || !variant_extent_name(v->extent)[0] ||
		!variant_ends_name(v->ends)[0] || !variant_tail_name(v->tail)[0])
		bug("a variant that cannot be told");
}

/* Where nearly nothing may be tried, it gives up and says so, or finds it. */
static void hurry(const struct variant_source *source, const struct digest_value *wanted)
{
	struct fault f = { 0 };
	struct variant v;

	if (variant_find(&v, source, wanted, 1, &f) == ST_NONE && !f.code[0])
		bug("given up without a code");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct variant_limits limits = { VARIANT_PART_MAX, VARIANT_SCRATCH_MAX };

	for (unsigned rule = 0; rule < MIC_RULES; rule++) {
		AUTO_IN_PLACE(variant_source) source;
		struct digest_value wanted = { .kind = DIGEST_SHA256, .n = 32 };
		struct variant v;

		variant_source_init(&source, slice_of(data, size), rule, &limits);
		if (variant_find(&v, &source, &wanted, UINT64_C(1) << 24, NULL) == ST_OK)
			bug("a digest of zeros was found");
		digest_compute(&wanted, DIGEST_SHA256, slice_of(data, size));
		hurry(&source, &wanted);
		enum status st = variant_find(&v, &source, &wanted, UINT64_C(1) << 24, NULL);
		if (st == ST_NONE)
			bug("the part itself was not found");
		if (st == ST_OK)
			words_are_there(&v);
		if (!mic_rule_name(rule)[0] || !mic_rule_words(rule)[0])
			bug("a rule that cannot be told");
	}
	return 0;
}
