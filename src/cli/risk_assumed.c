/* SPDX-License-Identifier: Apache-2.0 */
/* Each beside its default: what a fresh home would have. */
#include "cli/risk_assumed.h"

#include <stdio.h>

#define VALUE_MAX 32

struct looking {
	risk_assumed_each *each;
	void *context;
};

static void tell(const struct looking *l, const char *partner, const char *name, const char *value,
	const char *usual)
{
	l->each(l->context, &(struct risk_assumption){ partner, name, value, usual });
}

static void years_look(
	const struct looking *l, const char *name, unsigned is, unsigned usual, bool is_lower)
{
	char value[VALUE_MAX], normal[VALUE_MAX];

	if (!is_lower)
		return;
	(void)snprintf(value, sizeof(value), "%u", is);
	(void)snprintf(normal, sizeof(normal), "%u", usual);
	tell(l, NULL, name, value, normal);
}

static void days_look(const struct looking *l, const char *name, unsigned is, unsigned usual)
{
	AUTO_IN_PLACE(buf) value = buf_init(VALUE_MAX), normal = buf_init(VALUE_MAX);

	if (is >= usual)
		return;
	risk_days_put(&value, is);
	risk_days_put(&normal, usual);
	tell(l, NULL, name, buf_text(&value), buf_text(&normal));
}

static void areas_look(const struct looking *l, const char *name, const unsigned is[AREAS],
	const unsigned usual[AREAS])
{
	char full[VALUE_MAX];

	for (enum area area = 0; area < AREAS; area++) {
		(void)snprintf(full, sizeof(full), "%s.%s", name, area_name(area));
		days_look(l, full, is[area], usual[area]);
	}
}

static void terms_look(const struct looking *l, const struct risk_terms *terms)
{
	struct risk_terms usual;

	risk_terms_init(&usual);
	if (!terms->is_enforced)
		tell(l, NULL, "risk.policy", "report", "enforce");
	years_look(l, "risk.quantum-year", terms->quantum_year, usual.quantum_year,
		terms->quantum_year > usual.quantum_year);
	days_look(l, "risk.migration", terms->migration_days, usual.migration_days);
	areas_look(l, "risk.secrecy", terms->secrecy_days, usual.secrecy_days);
	areas_look(l, "risk.retention", terms->retention_days, usual.retention_days);
}

void risk_assumed(const struct registry *registry, risk_assumed_each *each, void *context)
{
	const struct looking l = { each, context };

	terms_look(&l, &registry_settings(registry)->risk);
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (p->agreement->network != PATH_INTERNET)
			tell(&l, p->sheet->id, "network", risk_path_name(p->agreement->network),
				risk_path_name(PATH_INTERNET));
	}
}
