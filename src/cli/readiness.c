/* SPDX-License-Identifier: Apache-2.0 */
/* Used by cert. */
#include "cli/readiness.h"

#include <string.h>

#include "cli/desk_client.h"
#include "cli/output.h"
#include "processes/process.h"

#define ASK_TIMEOUT_MS 10000

struct row {
	char partner[PARTY_ID_MAX + 1];
	unsigned generation;
	int64_t since_ns;
};

struct readiness readiness_init(void)
{
	return (struct readiness){ .rows = buf_init(PARTNERS_MAX * sizeof(struct row)) };
}

void readiness_done(struct readiness *r)
{
	buf_done(&r->rows);
}

static void on_readiness(struct readiness *r, const struct ipc_packet *packet)
{
	struct verb_readiness v;
	struct row row = { .partner = "" };

	if (ipc_body_parse(&v, packet, NULL) != ST_OK ||
		slice_to_text(row.partner, sizeof(row.partner), v.partner, NULL) != ST_OK)
		return;
	row.generation = v.generation;
	row.since_ns = v.since_ns;
	buf_put(&r->rows, slice_of(&row, sizeof(row)));
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	if (packet->code == VERB_READINESS)
		on_readiness(context, packet);
	return packet->code == VERB_END;
}

enum status readiness_ask(struct readiness *r, const char *home, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	buf_clear(&r->rows);
	TRY(desk_client_open(&desk, home, f));
	return desk_client_ask(
		desk, VERB_STATUS, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS, on_answer, r, f);
}

int64_t readiness_since_ns(const struct readiness *r, const char *partner, unsigned generation)
{
	const struct row *rows = (const struct row *)(const void *)r->rows.p;

	for (size_t i = 0; i < r->rows.n / sizeof(*rows); i++)
		if (rows[i].generation >= generation && strcmp(rows[i].partner, partner) == 0)
			return rows[i].since_ns;
	return 0;
}

json_t *readiness_json(
	const struct readiness *r, const struct registry *registry, unsigned generation)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (!p->agreement->suspended)
			json_array_append_new(rows,
				json_pack("{s:s, s:o}", "partner", p->sheet->id, "since",
					json_time(readiness_since_ns(
						r, p->sheet->id, generation))));
	}
	return rows;
}

/* --- what tells it --- */

static int64_t newest_made_ns(const struct keyring *ring, const bool uses[CERT_USES])
{
	int64_t made_ns = 0;

	for (enum cert_use use = 0; use < CERT_USES; use++) {
		const struct keyring_cert *newest = keyring_newest(ring, use);

		if (uses[use] && newest && cert_not_before_ns(newest->cert) > made_ns)
			made_ns = cert_not_before_ns(newest->cert);
	}
	return made_ns;
}

unsigned readiness_generation(const struct keyring *ring, const bool uses[CERT_USES])
{
	const int64_t made_ns = newest_made_ns(ring, uses);

	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_cert *c = &ring->certs[i];

		if (c->use == CERT_ENCRYPT && c->generation > 1 &&
			cert_not_before_ns(c->cert) >= made_ns)
			return c->generation;
	}
	return 0;
}
