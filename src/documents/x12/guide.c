/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody who reads a guide needs of it. */
#include "documents/x12/guide.h"

#include "base/arena.h"

uint64_t x12_code_pack(struct slice code)
{
	uint64_t packed = 0;

	if (code.n > X12_CODE_MAX || code.n == 0)
		return 0;
	for (size_t i = 0; i < code.n; i++)
		packed = packed << 8 | code.p[i];
	return packed << 8 * (X12_CODE_MAX - code.n);
}

const struct x12_code *x12_code_find(const struct x12_codes *codes, struct slice code)
{
	return x12_code_find_packed(codes, x12_code_pack(code));
}

const struct x12_code *x12_code_find_packed(const struct x12_codes *codes, uint64_t packed)
{
	size_t from = 0, to = codes->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (codes->list[middle].packed < packed)
			from = middle + 1;
		else
			to = middle;
	}
	return packed && from < codes->count && codes->list[from].packed == packed
		? &codes->list[from] : NULL;
}

void x12_guide_free(struct x12_guide *g)
{
	if (g)
		arena_free(g->arena); /* g is in it */
}
