/* SPDX-License-Identifier: Apache-2.0 */
/* A guide of hostile bytes, alone and upon another; one that loads is checked with. */
#include <string.h>

#include "../unit/x12_house.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(x12_library) library = x12_library_new();
	AUTO_IN_PLACE(buf) in = buf_init(4096), said = buf_init(1 << 16);
	AUTO(x12_guide) guide = NULL;
	AUTO(x12_rules) rules = NULL;
	const struct x12_library_entry *entry;
	struct fault f;

	if (x12_library_add(library, X12_SHIPPED, "d", S(X12_HOUSE_DICTIONARY), &f) != ST_OK ||
		x12_library_add(library, X12_SHIPPED, "g", S(X12_HOUSE_GUIDE), &f) != ST_OK)
		bug("%s", f.text);
	if (x12_library_add(library, X12_USERS, "u", slice_of(data, size), &f) != ST_OK)
		return 0;
	entry = x12_library_at(library, 2);
	if (x12_guide_load(&guide, library, slice_str(entry->is_dictionary ? "bill" : entry->name),
		    &f) != ST_OK ||
		x12_rules_compile(&rules, guide, &f) != ST_OK)
		return 0;
	x12_house_wrap(&in, "810", "IN",
		"BIG*20240102*I~REF*11*A~N1*8S*Us~IT1*1*5~SAC*CC*60~TDS*60~");
	x12_house_check(&said, guide, rules, buf_slice(&in), 0);
	return 0;
}
