/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the mapping of a document type, or of a transaction set. */
#include "documents/translate/mapping.h"

const struct translate_mapping *translate_mapping_of_document(struct slice name)
{
	for (size_t i = 0; i < translate_mapping_count; i++)
		if (slice_eq(translate_mappings[i].document, name))
			return &translate_mappings[i];
	return NULL;
}

const struct translate_mapping *translate_mapping_of_set(struct slice set)
{
	for (size_t i = 0; i < translate_mapping_count; i++)
		if (slice_eq(translate_mappings[i].set, set))
			return &translate_mappings[i];
	return NULL;
}
