/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the mapping of a document type. */
#include "documents/translate/mapping.h"

const struct translate_mapping *translate_mapping_of_document(struct slice name)
{
	for (size_t i = 0; i < translate_mapping_count; i++)
		if (slice_eq(translate_mappings[i].document, name))
			return &translate_mappings[i];
	return NULL;
}
