/* SPDX-License-Identifier: Apache-2.0 */
/* CompressedData of hostile bytes: what opens is packed and opened again, and must be the same. */
#include "safeguards/compression.h"

#define EXPANDED_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) content = buf_init(EXPANDED_MAX), again = buf_init(EXPANDED_MAX);
	AUTO_IN_PLACE(buf) packed = buf_init(2 * EXPANDED_MAX);
	struct fault f;

	if (compression_open(&content, slice_of(data, size), &f) != ST_OK)
		return 0;
	if (compression_make(&packed, buf_slice(&content), &f) != ST_OK ||
		compression_open(&again, buf_slice(&packed), &f) != ST_OK ||
		!slice_eq(buf_slice(&content), buf_slice(&again)))
		bug("what was expanded does not pack and expand to itself");
	return 0;
}
