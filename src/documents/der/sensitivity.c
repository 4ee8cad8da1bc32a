/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas are small trees; what refers to itself there is none of. */
#include "documents/der/sensitivity.h"

static enum der_sensitivity node_worst(const struct der_node *, enum der_sensitivity);

static enum der_sensitivity worse(enum der_sensitivity a, enum der_sensitivity b)
{
	return a > b ? a : b;
}

static enum der_sensitivity property_worst(
	const struct der_property *property, enum der_sensitivity parent)
{
	enum der_sensitivity own = property->sensitivity ? property->sensitivity : parent;

	return property->node ? node_worst(property->node, own) : own;
}

/* What holds others is as sensitive as they are. */
static enum der_sensitivity node_worst(const struct der_node *node, enum der_sensitivity own)
{
	enum der_sensitivity worst = DER_AS_PARENT;

	if (node->items)
		return node_worst(node->items, own);
	for (size_t i = 0; node->object && i < node->object->property_count; i++)
		worst = worse(worst, property_worst(&node->object->properties[i], own));
	return worst == DER_AS_PARENT ? own : worst;
}

enum sensitivity area_sensitivity(enum area area)
{
	static const enum sensitivity names[] = {
		[DER_AS_PARENT] = SENSITIVITY_INTERNAL,
		[DER_PUBLIC] = SENSITIVITY_PUBLIC,
		[DER_INTERNAL] = SENSITIVITY_INTERNAL,
		[DER_CONFIDENTIAL] = SENSITIVITY_CONFIDENTIAL,
		[DER_RESTRICTED] = SENSITIVITY_RESTRICTED,
	};
	enum der_sensitivity worst = DER_AS_PARENT;

	for (size_t i = 0; i < der_schema_count; i++)
		if (der_schemas[i].area == area || der_schemas[i].area == AREAS)
			worst = worse(worst, node_worst(der_schemas[i].root, DER_AS_PARENT));
	return names[worst];
}
