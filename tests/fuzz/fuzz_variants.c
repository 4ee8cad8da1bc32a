/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a part, searched for a digest nothing has: each variant is fed once. */
#include "bindings/variants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned rule = 0; rule < MIC_RULES; rule++) {
		AUTO_IN_PLACE(variant_source) source;
		struct digest_value wanted = { .kind = DIGEST_SHA256, .n = 32 };
		struct variant v;

		variant_source_init(&source, slice_of(data, size), rule);
		if (variant_find(&v, &source, &wanted, UINT64_C(1) << 24, NULL) == ST_OK)
			bug("a digest of zeros was found");
		digest_compute(&wanted, DIGEST_SHA256, slice_of(data, size));
		if (variant_find(&v, &source, &wanted, UINT64_C(1) << 24, NULL) == ST_NONE)
			bug("the part itself was not found");
	}
	return 0;
}
