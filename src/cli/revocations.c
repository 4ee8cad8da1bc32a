/* SPDX-License-Identifier: Apache-2.0 */
/* Used by cert and status. */
#include "cli/revocations.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/desk_client.h"
#include "cli/output.h"
#include "processes/process.h"
#include "processes/trust.h"
#include "safeguards/digest.h"

#define ASK_TIMEOUT_MS 10000

struct revocations revocations_init(void)
{
	return (struct revocations){ .records = buf_init(FETCHED_SIZE_MAX),
		.fetched = fetched_new() };
}

void revocations_done(struct revocations *r)
{
	buf_done(&r->records);
	fetched_free(r->fetched);
}

void revocations_take(struct revocations *r, int fd)
{
	AUTO_IN_PLACE(mapping) map = { 0 };

	buf_clear(&r->records);
	if (mapping_init(&map, fd, FETCHED_SIZE_MAX, NULL) == ST_OK &&
		fetched_take(r->fetched, map.bytes, NULL) == ST_OK)
		buf_put(&r->records, map.bytes);
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	if (packet->code == VERB_STANDING)
		revocations_take(context, packet->fd);
	return packet->code == VERB_END;
}

enum status revocations_ask(struct revocations *r, const char *home, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	return desk_client_ask(
		desk, VERB_STATUS, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS, on_answer, r, f);
}

/* --- sources --- */

static struct fetched_record record_find(
	const struct revocations *r, enum fetched_kind kind, const uint8_t key[FETCHED_KEY_SIZE])
{
	struct cursor in = cursor_of(buf_slice(&r->records));
	struct fetched_record record;

	while (fetched_record_next(&record, &in, NULL) == ST_OK)
		if (record.kind == kind && slice_eq(record.key, slice_of(key, FETCHED_KEY_SIZE)))
			return record;
	return (struct fetched_record){ .kind = FETCHED_KINDS };
}

static struct fetched_record health_find(const struct revocations *r, const char *url)
{
	uint8_t key[FETCHED_KEY_SIZE];

	source_key(key, url);
	return record_find(r, FETCHED_HEALTH, key);
}

static json_t *error_json(const struct fetched_record *health)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX + FAULT_CODE_MAX);

	if (health->failing_ns == 0)
		return json_null();
	buf_putf(&text, "%.*s: %.*s", SLICE_FMT(health->by), SLICE_FMT(health->bytes));
	return json_slice(buf_slice(&text));
}

static void row_add(json_t *rows, const struct partner *p, const char *kind, const char *url,
	const char *state, const struct fetched_record *held, const struct fetched_record *health)
{
	json_array_append_new(rows,
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "party", p->sheet->id, "kind",
			kind, "url", url, "state", state, "fetched", json_time(held->fetched_ns),
			"until", json_time(held->next_ns), "failing", json_time(health->failing_ns),
			"error", error_json(health)));
}

static void list_row(json_t *rows, const struct revocations *r, const struct partner *p,
	const char *url, int64_t now_ns)
{
	const struct fetched_record health = health_find(r, url);
	uint8_t key[FETCHED_KEY_SIZE];

	list_key(key, url, buf_slice(&p->agreement->trust.anchors));
	const struct fetched_record held = record_find(r, FETCHED_LIST, key);
	const char *state = held.kind == FETCHED_KINDS
		? "MISSING"
		: list_standing_name(standing_of(held.issued_ns, held.next_ns, now_ns));

	row_add(rows, p, "crl", url, state, &held, &health);
}

static void responder_row(
	json_t *rows, const struct revocations *r, const struct partner *p, const char *url)
{
	const struct fetched_record health = health_find(r, url);

	row_add(rows, p, "ocsp", url, health.fetched_ns ? "good" : "MISSING", &health, &health);
}

void revocations_sources(
	json_t *rows, const struct revocations *r, const struct partner *p, int64_t now_ns)
{
	const struct trust_terms *trust = &p->agreement->trust;

	for (size_t i = 0; i < trust->crl.count; i++)
		list_row(rows, r, p, trust->crl.urls[i], now_ns);
	for (size_t i = 0; i < trust->ocsp.count; i++)
		responder_row(rows, r, p, trust->ocsp.urls[i]);
}

/* --- certificates --- */

static const struct sheet_cert *listed_find(const struct sheet *sheet, struct slice fingerprint)
{
	uint8_t own[CERT_FINGERPRINT_SIZE];

	for (size_t i = 0; i < sheet->cert_count; i++) {
		digest_sha256(own, buf_slice(&sheet->certs[i].der));
		if (slice_eq(slice_of(own, sizeof(own)), fingerprint))
			return &sheet->certs[i];
	}
	return NULL;
}

static json_t *verdict_of(const struct revocations *r, const struct partner *p,
	const struct sheet_cert *listed, int64_t now_ns)
{
	static const enum chain_purpose purposes[CERT_USES] = {
		[CERT_TLS] = CHAIN_TLS_CLIENT,
		[CERT_SIGN] = CHAIN_SIGNING,
		[CERT_ENCRYPT] = CHAIN_ENCRYPTION,
	};
	AUTO(vouch) vouch = partner_vouch(p, r->fetched);
	AUTO(cert) cert = NULL;
	struct revocation_verdict v;
	struct fault f;

	if (cert_parse_der(&cert, buf_slice(&listed->der), NULL) != ST_OK)
		return json_null();
	cert_vouch(cert, vouch, purposes[listed->use], NULL, 0);
	if (cert_check_revocation(&v, cert, now_ns, &f) != ST_OK)
		return json_pack("{s:s, s:s}", "state", f.code, "why", f.text);
	return json_pack("{s:s, s:s}", "state", revocation_name(v.state), "why", v.why);
}

json_t *revocations_verdict(const struct revocations *r, const struct registry *registry,
	const char *party, struct slice fingerprint, int64_t now_ns)
{
	const struct sheet_cert *listed;
	size_t index;

	if (registry_find(&index, registry, slice_str(party), NULL) != ST_OK)
		return NULL;
	const struct partner *p = registry_partner(registry, index);
	if (!p->agreement->trust.asks_revocation ||
		!(listed = listed_find(p->sheet, fingerprint)))
		return NULL;
	return verdict_of(r, p, listed, now_ns);
}

/* --- for people --- */

static const char *cell(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "-";
}

void revocations_print(const json_t *rows)
{
	static const char *const members[] = { "party", "kind", "state", "fetched", "until", "url",
		"error" };
	static const char *const titles[] = { "SOURCE FOR", "KIND", "STATE", "FETCHED", "UNTIL",
		"ADDRESS", "TROUBLE" };
	const size_t columns = sizeof(titles) / sizeof(titles[0]);
	AUTO(table) table = table_new(titles, columns);
	const char *cells[sizeof(titles) / sizeof(titles[0])];
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		for (size_t c = 0; c < columns; c++)
			cells[c] = cell(row, members[c]);
		table_row(table, cells);
	}
	if (table_rows(table) == 0)
		return;
	puts("Revocation is fetched from");
	table_print(table);
	putchar('\n');
}
