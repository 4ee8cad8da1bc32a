/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline.yaml: what may stand in it (schema), what each value means and within which
 * bounds (values), and how it is written for the first time (format).
 */
#include "exchange/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "exchange/config.h"
#include "exchange/endpoint.h"

#define HOUR_NS (3600 * NS_PER_S)
#define DAY_NS (24 * HOUR_NS)
#define COMMENT_COLUMN 26
#define MIB (UINT64_C(1) << 20)
#define MEMORY_LEAST (6 << 20)
#define MEMORY_MOST (INT64_C(1) << 40)

/* --- what may stand there --- */

struct loaded {
	char *id, *name, *role, *listen, *url, *log, *keep_failed;
	struct loaded_workers {
		char *edge, *envelope, *courier;
	} workers;
	struct loaded_limits {
		char *connections, *unproven, *handshake, *head, *body_idle, *idle, *attempts,
			*clocks_apart, *handshakes, *stranger_handshakes,
			*stranger_messages;
	} limits;
	struct loaded_registry {
		char *days, *warnings;
	} registry;
	struct loaded_memory {
		char *monitor, *edge, *envelope, *keyholder, *ledger, *courier, *desk;
	} memory;
	struct loaded_users {
		char *base;
	} users;
	struct loaded_risk {
		char *policy, *quantum_year, *migration;
		struct loaded_days {
			char *days[AREAS];
		} secrecy, retention;
	} risk;
};

#define NEEDED(key, type, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, CYAML_UNLIMITED)
#define OPTIONAL(key, type, member) \
	CYAML_FIELD_STRING_PTR(     \
		key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t workers_fields[] = {
	OPTIONAL("edge", struct loaded_workers, edge),
	OPTIONAL("envelope", struct loaded_workers, envelope),
	OPTIONAL("courier", struct loaded_workers, courier),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t limits_fields[] = {
	OPTIONAL("connections", struct loaded_limits, connections),
	OPTIONAL("unproven", struct loaded_limits, unproven),
	OPTIONAL("handshake", struct loaded_limits, handshake),
	OPTIONAL("head", struct loaded_limits, head),
	OPTIONAL("body-idle", struct loaded_limits, body_idle),
	OPTIONAL("idle", struct loaded_limits, idle),
	OPTIONAL("attempts-parallel", struct loaded_limits, attempts),
	OPTIONAL("clocks-apart", struct loaded_limits, clocks_apart),
	OPTIONAL("handshakes", struct loaded_limits, handshakes),
	OPTIONAL("stranger-handshakes", struct loaded_limits, stranger_handshakes),
	OPTIONAL("stranger-messages", struct loaded_limits, stranger_messages),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t registry_fields[] = {
	OPTIONAL("review-days", struct loaded_registry, days),
	OPTIONAL("review-warning-days", struct loaded_registry, warnings),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t memory_fields[] = {
	OPTIONAL("monitor", struct loaded_memory, monitor),
	OPTIONAL("edge", struct loaded_memory, edge),
	OPTIONAL("envelope", struct loaded_memory, envelope),
	OPTIONAL("keyholder", struct loaded_memory, keyholder),
	OPTIONAL("ledger", struct loaded_memory, ledger),
	OPTIONAL("courier", struct loaded_memory, courier),
	OPTIONAL("desk", struct loaded_memory, desk),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t users_fields[] = {
	OPTIONAL("base", struct loaded_users, base),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t days_fields[] = {
	OPTIONAL("outage", struct loaded_days, days[AREA_OUTAGE]),
	OPTIONAL("availability", struct loaded_days, days[AREA_AVAILABILITY]),
	OPTIONAL("aggregation", struct loaded_days, days[AREA_AGGREGATION]),
	OPTIONAL("billing", struct loaded_days, days[AREA_BILLING]),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t risk_fields[] = {
	OPTIONAL("policy", struct loaded_risk, policy),
	OPTIONAL("quantum-year", struct loaded_risk, quantum_year),
	OPTIONAL("migration", struct loaded_risk, migration),
	CYAML_FIELD_MAPPING(
		"secrecy", CYAML_FLAG_OPTIONAL, struct loaded_risk, secrecy, days_fields),
	CYAML_FIELD_MAPPING(
		"retention", CYAML_FLAG_OPTIONAL, struct loaded_risk, retention, days_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	NEEDED("id", struct loaded, id),
	NEEDED("name", struct loaded, name),
	NEEDED("role", struct loaded, role),
	NEEDED("listen", struct loaded, listen),
	OPTIONAL("url", struct loaded, url),
	CYAML_FIELD_MAPPING("workers", CYAML_FLAG_OPTIONAL, struct loaded, workers, workers_fields),
	CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, struct loaded, limits, limits_fields),
	CYAML_FIELD_MAPPING(
		"registry", CYAML_FLAG_OPTIONAL, struct loaded, registry, registry_fields),
	CYAML_FIELD_MAPPING("memory", CYAML_FLAG_OPTIONAL, struct loaded, memory, memory_fields),
	CYAML_FIELD_MAPPING("users", CYAML_FLAG_OPTIONAL, struct loaded, users, users_fields),
	OPTIONAL("keep-failed", struct loaded, keep_failed),
	OPTIONAL("log", struct loaded, log),
	CYAML_FIELD_MAPPING("risk", CYAML_FLAG_OPTIONAL, struct loaded, risk, risk_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct loaded, top_fields),
};

/* --- what it means --- */

static const char *const log_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};
#define LOG_NAMES (sizeof(log_names) / sizeof(log_names[0]))

static enum status id_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	TRY(party_id_check(text, f));
	return slice_to_text(member, PARTY_ID_MAX + 1, text, f);
}

static enum status name_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	TRY(party_name_check(text, f));
	return slice_to_text(member, PARTY_NAME_MAX + 1, text, f);
}

static enum status role_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	return party_role_parse(member, text, f);
}

static enum status listen_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	TRY(endpoint_check(text, true, f));
	return slice_to_text(member, LISTEN_MAX + 1, text, f);
}

static enum status url_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	TRY(party_url_check(text, f));
	return slice_to_text(member, PARTY_URL_MAX + 1, text, f);
}

static enum status log_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	for (size_t i = 0; i < LOG_NAMES; i++)
		if (slice_eq(text, slice_str(log_names[i]))) {
			*(enum log_level *)member = (enum log_level)i;
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "settings.value",
		"there is no level %.*s: use error, warning, info or debug",
		SLICE_FMT(slice_to(text, 40)));
}

static enum status policy_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	*(bool *)member = slice_eq(text, S("enforce"));
	if (*(bool *)member || slice_eq(text, S("report")))
		return ST_OK;
	return fault_set(f, ST_INPUT, "settings.value",
		"there is no policy %.*s: use enforce or report", SLICE_FMT(slice_to(text, 40)));
}

static enum status days_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	return risk_days_parse(member, text, f);
}

/* "14, 7, 1" */
static enum status warnings_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	struct review_terms read = { 0 }, *terms = member;
	uint64_t before = 3651, days;
	struct slice one;

	(void)row;
	do {
		slice_cut(&one, &text, text, ',');
		if (slice_u64(&days, slice_trim(one), f) != ST_OK || days == 0 || days >= before ||
			read.warnings == REVIEW_WARNINGS_MAX)
			return fault_set(f, ST_INPUT, "settings.value",
				"days fall, from 3650 at most to 1, and are %d at most",
				REVIEW_WARNINGS_MAX);
		read.warning_days[read.warnings++] = (unsigned)days;
		before = days;
	} while (text.n > 0);
	read.days = terms->days;
	*terms = read;
	return ST_OK;
}

/* clang-format off */
#define AT(from_, to_) offsetof(struct loaded, from_), offsetof(struct settings, to_)
#define COUNT_OF(most_) config_count_read, 1, most_
#define WAIT config_duration_read, 100 * NS_PER_MS, HOUR_NS
/* With less none starts that has a dozen partners. */
#define MEMORY config_size_read, MEMORY_LEAST, MEMORY_MOST
/* Below are the system's own; some tools read what is above as negative. */
#define UID_WITHIN config_count_read, 100, 2000000000

#define DAYS(name, area) \
	{ "risk.secrecy." name, AT(risk.secrecy.days[area], risk.secrecy_days[area]), days_read, 0, 0 }, \
	{ "risk.retention." name, AT(risk.retention.days[area], risk.retention_days[area]), days_read, 0, 0 }

static const struct config_value values[] = {
	{ "id",                       AT(id, id),                            id_read, 0, 0 },
	{ "name",                     AT(name, name),                        name_read, 0, 0 },
	{ "role",                     AT(role, role),                        role_read, 0, 0 },
	{ "listen",                   AT(listen, listen),                    listen_read, 0, 0 },
	{ "url",                      AT(url, url),                          url_read, 0, 0 },
	{ "workers.edge",             AT(workers.edge, edges),               COUNT_OF(WORKERS_ASKED_MAX) },
	{ "workers.envelope",         AT(workers.envelope, envelopes),       COUNT_OF(WORKERS_ASKED_MAX) },
	{ "workers.courier",          AT(workers.courier, couriers),         COUNT_OF(WORKERS_ASKED_MAX) },
	{ "limits.connections",       AT(limits.connections, connections),   COUNT_OF(65536) },
	{ "limits.unproven",         AT(limits.unproven, unproven),         COUNT_OF(65536) },
	{ "limits.handshake",         AT(limits.handshake, handshake_ns),    WAIT },
	{ "limits.head",              AT(limits.head, head_ns),              WAIT },
	{ "limits.body-idle",         AT(limits.body_idle, body_idle_ns),    WAIT },
	{ "limits.idle",              AT(limits.idle, idle_ns),              WAIT },
	{ "limits.attempts-parallel", AT(limits.attempts, attempts),         COUNT_OF(1024) },
	{ "limits.clocks-apart",      AT(limits.clocks_apart, clocks_apart_ns), WAIT },
	{ "limits.handshakes",        AT(limits.handshakes, handshakes),     rate_read, 0, 0 },
	{ "limits.stranger-handshakes", AT(limits.stranger_handshakes, stranger_handshakes), rate_read, 0, 0 },
	{ "limits.stranger-messages", AT(limits.stranger_messages, stranger_messages), rate_read, 0, 0 },
	{ "registry.review-days",     AT(registry.days, review.days),        COUNT_OF(3650) },
	{ "registry.review-warning-days", AT(registry.warnings, review),     warnings_read, 0, 0 },
	{ "memory.monitor",           AT(memory.monitor, memory.monitor),    MEMORY },
	{ "memory.edge",              AT(memory.edge, memory.edge),          MEMORY },
	{ "memory.envelope",          AT(memory.envelope, memory.envelope),  MEMORY },
	{ "memory.keyholder",         AT(memory.keyholder, memory.keyholder), MEMORY },
	{ "memory.ledger",            AT(memory.ledger, memory.ledger),      MEMORY },
	{ "memory.courier",           AT(memory.courier, memory.courier),    MEMORY },
	{ "memory.desk",              AT(memory.desk, memory.desk),          MEMORY },
	{ "users.base",               AT(users.base, uid_base),              UID_WITHIN },
	{ "keep-failed",              AT(keep_failed, keep_failed_ns),       config_duration_read, 0, 30 * DAY_NS },
	{ "log",                      AT(log, log_level),                    log_read, 0, 0 },
	{ "risk.policy",              AT(risk.policy, risk.is_enforced),     policy_read, 0, 0 },
	{ "risk.quantum-year",        AT(risk.quantum_year, risk.quantum_year),
		config_count_read, RISK_YEAR_LEAST, RISK_YEAR_MOST },
	{ "risk.migration",           AT(risk.migration, risk.migration_days), days_read, 0, 0 },
	DAYS("outage", AREA_OUTAGE), DAYS("availability", AREA_AVAILABILITY),
	DAYS("aggregation", AREA_AGGREGATION), DAYS("billing", AREA_BILLING),
};
/* clang-format on */
#define VALUES (sizeof(values) / sizeof(values[0]))

/*
 * Far above what is measured (26 MiB where all is at full rate), so that what is reached is a bound
 * that somebody forgot.  Everybody has the partners, 27 KiB each of up to 4096, twice at a reload:
 * 220 MiB.  Lists of revocation, of which each takes some ten times its bytes, are of those who
 * judge certificates: edge, envelope, courier.
 */
static const struct memory_terms memory_default = {
	.monitor = 512 * MIB,   /* the home's files, while it makes one of them for all others */
	.edge = 768 * MIB,      /* 1024 connections of 200 KiB: TLS, a head, a body up to 64 KiB */
	.envelope = 1024 * MIB, /* facts of a document, 64 MiB; X12, its answer; a list */
	.keyholder = 384 * MIB, /* partners, and some keys */
	.ledger = 1024 * MIB,   /* pages, 8 MiB; the register's tables of one turn; all the lists */
	.courier = 1024 * MIB,  /* 4096 deliveries of 128 KiB */
	.desk = 384 * MIB,      /* partners, and 1024 commands of some KiB */
};

void settings_init(struct settings *s)
{
	*s = (struct settings){
		.edges = 1,
		.envelopes = 2,
		.couriers = 1,
		.connections = 1024,
		.unproven = 32,
		.handshake_ns = 10 * NS_PER_S,
		.head_ns = 10 * NS_PER_S,
		.body_idle_ns = 30 * NS_PER_S,
		.idle_ns = 60 * NS_PER_S,
		.attempts = 64,
		.clocks_apart_ns = NS_PER_S,
		.handshakes = { 200, NS_PER_S },
		.stranger_handshakes = { 100, 4 * NS_PER_S },
		.stranger_messages = { 20, NS_PER_S },
		.review = { .days = 60, .warnings = 3, .warning_days = { 14, 7, 1 } },
		.memory = memory_default,
		.uid_base = 61840,
		.keep_failed_ns = 7 * DAY_NS,
		.log_level = LOG_LEVEL_INFO,
	};
	risk_terms_init(&s->risk);
}

static enum status url_default(struct settings *s, struct fault *f)
{
	AUTO_IN_PLACE(buf) url = buf_init(PARTY_URL_MAX);

	if (s->url[0] != '\0')
		return ST_OK;
	buf_putf(&url, "https://%s", s->listen);
	return slice_to_text(s->url, sizeof(s->url), buf_slice(&url), f);
}

static enum status settings_convert(
	struct settings **out, const struct loaded *loaded, struct fault *f)
{
	AUTO(settings) s = alloc_zeroed(1, sizeof(*s));

	settings_init(s);
	TRY(config_convert(s, loaded, values, VALUES, "settings.value", f));
	TRY(url_default(s, f));
	*out = TAKE(s);
	return ST_OK;
}

enum status settings_parse(struct settings **out, struct slice yaml, struct fault *f)
{
	void *loaded;
	enum status status;

	if (yaml.n > SETTINGS_SIZE_MAX)
		return fault_set(f, ST_INPUT, "settings.yaml", "%zu bytes, at most %d are read",
			yaml.n, SETTINGS_SIZE_MAX);
	TRY(config_load(&loaded, &schema, yaml, "settings.yaml", f));
	status = settings_convert(out, loaded, f);
	config_free(&schema, loaded);
	return status;
}

void settings_free(struct settings *s)
{
	free(s);
}

/* --- how it is written --- */

static void identity_put(struct buf *out, const struct settings *s)
{
	buf_put_text(out,
		"# Who this gateway is.  Partners know it by the id: to change it, send all a new sheet.\n"
		"id: ");
	config_text_put(out, slice_str(s->id));
	buf_put_text(out, "\nname: ");
	config_text_put(out, slice_str(s->name));
	buf_putf(out, "\nrole: %s    # utility, aggregator or rto\n", party_role_name(s->role));
}

static void address_put(struct buf *out, const struct settings *s)
{
	buf_put_text(out,
		"\n# Where it listens, HOST:PORT, and the address partners reach that by.\n"
		"listen: ");
	config_text_put(out, slice_str(s->listen));
	buf_put_text(out, "\nurl: ");
	config_text_put(out, slice_str(s->url));
	buf_put_text(out, "\n");
}

/* The rest of a row that stands in `out` from `begin` on. */
static void comment_put(struct buf *out, size_t begin, const char *comment)
{
	while (out->n - begin < COMMENT_COLUMN && !out->overflow)
		buf_put(out, S(" "));
	buf_putf(out, " # %s\n", comment);
}

static void count_row(struct buf *out, const char *key, unsigned count, const char *comment)
{
	size_t begin = out->n;

	buf_putf(out, "  %s: %u", key, count);
	comment_put(out, begin, comment);
}

static void duration_row(struct buf *out, const char *key, int64_t ns, const char *comment)
{
	size_t begin = out->n;

	buf_putf(out, "  %s: ", key);
	duration_put(out, ns);
	comment_put(out, begin, comment);
}

static void rate_row(
	struct buf *out, const char *key, const struct rate *rate, const char *comment)
{
	size_t begin = out->n;

	buf_putf(out, "  %s: ", key);
	rate_put(out, rate);
	comment_put(out, begin, comment);
}

static void limits_put(struct buf *out, const struct settings *s)
{
	buf_put_text(out, "\nlimits:\n");
	count_row(out, "connections", s->connections, "at once, of one edge process");
	count_row(out, "unproven", s->unproven, "of them without a client certificate");
	duration_row(out, "handshake", s->handshake_ns, "TLS handshake finished");
	duration_row(out, "head", s->head_ns, "request head complete");
	duration_row(out, "body-idle", s->body_idle_ns, "longest pause within a body");
	duration_row(out, "idle", s->idle_ns, "kept-alive connection without a request");
	count_row(out, "attempts-parallel", s->attempts, "deliveries in flight to one partner");
	duration_row(out, "clocks-apart", s->clocks_apart_ns, "a partner's clock and ours");
	rate_row(out, "handshakes", &s->handshakes, "of one address a partner came from lately");
	rate_row(out, "stranger-handshakes", &s->stranger_handshakes, "of all others together");
	rate_row(out, "stranger-messages", &s->stranger_messages,
		"of all who show no certificate");
}

static void size_row(struct buf *out, const char *key, uint64_t bytes, const char *comment)
{
	size_t begin = out->n;

	buf_putf(out, "  %s: ", key);
	size_put(out, bytes);
	comment_put(out, begin, comment);
}

static void memory_put(struct buf *out, const struct memory_terms *m)
{
	buf_put_text(out,
		"\n# What one process of each kind may have at most: one that would need more ends, and is\n"
		"# started again.\n"
		"memory:\n");
	size_row(out, "monitor", m->monitor, "the home's files");
	size_row(out, "edge", m->edge, "connections");
	size_row(out, "envelope", m->envelope, "documents that are looked into");
	size_row(out, "keyholder", m->keyholder, "keys");
	size_row(out, "ledger", m->ledger, "the queue, the registry");
	size_row(out, "courier", m->courier, "deliveries");
	size_row(out, "desk", m->desk, "commands");
}

static void areas_row(struct buf *out, const char *key, const unsigned days[AREAS])
{
	buf_putf(out, "  %s: {", key);
	for (enum area area = 0; area < AREAS; area++) {
		buf_putf(out, "%s %s: ", area ? "," : "", area_name(area));
		risk_days_put(out, days[area]);
	}
	buf_put_text(out, " }\n");
}

static void risk_put(struct buf *out, const struct risk_terms *risk)
{
	buf_put_text(out,
		"\n# What `tieline risk` computes the protection of each area from: the year in which a\n"
		"# machine may break today's public keys, how long replacing them takes, how long documents\n"
		"# must stay secret, and are kept.  enforce: what falls short is refused; report: only told.\n"
		"risk:\n");
	buf_putf(out, "  policy: %s\n  quantum-year: %u\n  migration: ",
		risk->is_enforced ? "enforce" : "report", risk->quantum_year);
	risk_days_put(out, risk->migration_days);
	buf_put_text(out, "\n");
	areas_row(out, "secrecy", risk->secrecy_days);
	areas_row(out, "retention", risk->retention_days);
}

static void registry_put(struct buf *out, const struct settings *s)
{
	const struct review_terms *terms = &s->review;
	size_t begin;

	buf_put_text(out, "\nregistry:\n");
	count_row(out, "review-days", terms->days, "a registration is decided within, or warned of");
	begin = out->n;
	buf_put_text(out, "  review-warning-days: ");
	for (unsigned i = 0; i < terms->warnings; i++)
		buf_putf(out, "%s%u", i ? ", " : "", terms->warning_days[i]);
	comment_put(out, begin, "days left when people are warned, falling");
}

void settings_format(struct buf *out, const struct settings *s)
{
	buf_put_text(out,
		"# Tieline gateway settings.  tieline serve reads this file again on SIGHUP;\n"
		"# tieline.yaml(5) explains it.\n\n");
	identity_put(out, s);
	address_put(out, s);
	buf_putf(out,
		"\n# Processes of each kind, 1 to %d: more of them use more processor cores.\n",
		WORKERS_ASKED_MAX);
	buf_putf(out, "workers: { edge: %u, envelope: %u, courier: %u }\n", s->edges, s->envelopes,
		s->couriers);
	limits_put(out, s);
	registry_put(out, s);
	memory_put(out, &s->memory);
	buf_put_text(out,
		"\n# Started as root, each process has a user id of its own, from this one on.\n");
	buf_putf(out, "users: { base: %u }\n", s->uid_base);
	buf_put_text(out,
		"\n# How long the bytes of a message that could not be opened are kept, for `tieline get\n"
		"# --as-it-came`; 0s: not at all.\n"
		"keep-failed: ");
	duration_put(out, s->keep_failed_ns);
	buf_putf(out, "\n\nlog: %s    # error, warning, info or debug\n", log_names[s->log_level]);
	risk_put(out, &s->risk);
}
