/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the tables. */
#include "documents/der/schema.h"

const struct der_schema *der_schema_find(struct json_text name)
{
	for (size_t i = 0; i < der_schema_count; i++)
		if (json_text_is(name, slice_str(der_schemas[i].name)))
			return &der_schemas[i];
	return NULL;
}

const struct der_kind *der_kind_find(const struct der_schema *s, struct slice name)
{
	for (size_t i = 0; i < s->kind_count; i++)
		if (slice_eq(slice_str(s->kinds[i].name), name))
			return &s->kinds[i];
	return NULL;
}

const struct der_property *der_property_find(
	const struct der_object *o, struct json_text name, uint32_t hash)
{
	if (o->property_count == 0)
		return NULL;
	const size_t last = o->slot_count - 1; /* of a power of two: divisions would cost more */
	for (size_t slot = hash & last; o->slots[slot]; slot = (slot + 1) & last)
		if (json_text_is(name, o->properties[o->slots[slot] - 1].name))
			return &o->properties[o->slots[slot] - 1];
	return NULL;
}
