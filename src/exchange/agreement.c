/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agreement.yaml: what may stand in it (schema), what it means (values), how it is
 * written, and the one question asked of it.  What is not listed is not agreed:
 * a forgotten line stops an exchange, it never opens one.
 */
#include "exchange/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "exchange/config.h"

#define CONNECTIONS_MAX 4096
#define DAY_NS (86400 * NS_PER_S)
#define DEADLINE_MAX_NS (366 * DAY_NS)
#define DAY_TEXT 10 /* bytes of "2027-01-15" */
#define DAY_MOST_NS (INT64_MAX - 2 * DAY_NS)
#define ENVELOPE_OVERHEAD 65536 /* bytes: headers, signature, certificates, recipient */

static const char *const algorithm_names[ALGORITHMS] = {
	[ALG_RSA_SIGN] = "rsa-sign",
	[ALG_RSA_PSS] = "rsa-pss",
	[ALG_RSA_OAEP] = "rsa-oaep",
	[ALG_RSA_V15] = "rsa-v15",
	[ALG_AES_CBC] = "aes-cbc",
};

/* clang-format off */
static const char *const compress_names[COMPRESSES] = {
	[COMPRESS_NEVER] = "never", [COMPRESS_BEFORE_SIGNING] = "before-signing",
	[COMPRESS_AFTER_SIGNING] = "after-signing",
};
static const char *const receipt_names[RECEIPTS] = {
	[RECEIPT_SIGNED] = "signed", [RECEIPT_UNSIGNED] = "unsigned", [RECEIPT_NONE] = "none",
};
static const char *const invalid_names[INVALID_POLICIES] = {
	[INVALID_FLAG] = "flag", [INVALID_REFUSE] = "refuse",
};
static const char *const registry_names[REGISTRY_POLICIES] = {
	[REGISTRY_OFF] = "off", [REGISTRY_FLAG] = "flag", [REGISTRY_REFUSE] = "refuse",
};
static const char *const test_names[TEST_POLICIES] = {
	[TEST_BOTH] = "both", [TEST_REFUSE] = "refuse", [TEST_ONLY] = "only",
};
static const char *const silence_names[SILENCE_POLICIES] = {
	[SILENCE_ACCEPTED] = "accepted", [SILENCE_DECLINED] = "declined",
};
static const char *const rounding_names[ROUNDING_POLICIES] = {
	[ROUNDING_ANY] = "any", [ROUNDING_LINE] = "line", [ROUNDING_TOTAL] = "total",
};
static const char *const restricted_names[RESTRICTED_POLICIES] = {
	[RESTRICTED_NEEDED] = "needed", [RESTRICTED_ANY] = "any",
};
static const char *const digest_names[DIGESTS] = {
	[DIGEST_SHA256] = "sha-256", [DIGEST_SHA384] = "sha-384", [DIGEST_SHA512] = "sha-512",
};
static const char *const cipher_names[CIPHERS] = {
	[CIPHER_AES256_GCM] = "aes-256-gcm", [CIPHER_AES128_GCM] = "aes-128-gcm",
	[CIPHER_AES256_CBC] = "aes-256-cbc", [CIPHER_AES128_CBC] = "aes-128-cbc",
};
static const char *const rsa_signatures[] = { "rsa-sign", "rsa-pss" };
static const char *const receipt_deliveries[] = { "synchronous", "asynchronous" };
static const char *const mode_names[TRUST_MODES] = {
	[TRUST_PINNED] = "pinned", [TRUST_CHAIN] = "chain",
};
static const char *const revocation_names[TRUST_REVOCATIONS] = {
	[TRUST_REVOCATION_LISTS] = "lists", [TRUST_REVOCATION_NONE] = "none",
};
static const char *const unknown_names[] = { "closed", "open" };
/* clang-format on */

/* A week is what it takes to hear of a letter that nobody wrote. */
#define COOLING_NS (INT64_C(7) * 86400 * NS_PER_S)

/* --- what may stand there --- */

struct loaded_area {
	bool allowed[DIRECTIONS];
	char *size, *deadline, *budget, *age, *when_unknown, *rate;
};

struct loaded_documents {
	bool *examine, *supersede;
	char *invalid, *registry, *notice, *change, *minimum, *agreement_id, *test, *silence;
	char *rounding, *cooling, *restricted;
};

struct loaded_trust {
	char *mode, *revocation;
	char **crl, **ocsp;
	uint32_t crl_count, ocsp_count;
};

struct loaded_as2 {
	bool *sign, *encrypt, *marked, *asynchronous, *attachments, *restart; /* NULL: not said */
	char *compress, *receipt, *path, *area, *receipt_delivery, *receipt_wait, *receipt_path,
		*receipt_url;
	char *digest, *cipher, *signature;
	struct loaded_rule *rules;
	uint32_t rules_count;
};

struct loaded_rule {
	char *to, *subject, *media_type, *area;
};

struct loaded_tls {
	bool *client_certificate; /* NULL: not said */
	char *version;
};

struct loaded_tolerate {
	char *expired, *line_endings, *last_line_ending, *receipt_digest;
};

struct loaded {
	struct loaded_as2 as2;
	struct loaded_tls tls;
	struct loaded_tolerate tolerate;
	struct loaded_trust trust;
	char *fingerprint, *network, *connections, *rate;
	struct loaded_area areas[AREAS]; /* as struct loaded_areas */
	char **media_types;
	uint32_t media_types_count;
	char **algorithms;
	uint32_t algorithms_count;
	char **addresses;
	uint32_t addresses_count;
	struct exception_text *legacy;
	uint32_t legacy_count;
	struct x12_terms_text x12;
	struct loaded_documents documents;
	struct copy_terms_text copies;
	bool suspended;
};

#define TEXT(key, flags, type, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, member, 0, CYAML_UNLIMITED)
#define TRUTH(key, type, member)                                                     \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, type, member, \
		config_truths, CONFIG_TRUTHS)

/* NULL when it is not said: the default is yes. */
#define TRUTH_PTR(key, type, member)                                                        \
	CYAML_FIELD_ENUM_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, \
		type, member, config_truths, CONFIG_TRUTHS)

static const cyaml_schema_field_t rule_fields[] = {
	TEXT("to", CYAML_FLAG_OPTIONAL, struct loaded_rule, to),
	TEXT("subject", CYAML_FLAG_OPTIONAL, struct loaded_rule, subject),
	TEXT("media-type", CYAML_FLAG_OPTIONAL, struct loaded_rule, media_type),
	TEXT("area", 0, struct loaded_rule, area),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t rule_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct loaded_rule, rule_fields),
};

static const cyaml_schema_field_t tls_fields[] = {
	TRUTH_PTR("client-certificate", struct loaded_tls, client_certificate),
	TEXT("version", CYAML_FLAG_OPTIONAL, struct loaded_tls, version),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t as2_fields[] = {
	TRUTH_PTR("sign", struct loaded_as2, sign),
	TRUTH_PTR("encrypt", struct loaded_as2, encrypt),
	TRUTH_PTR("marked", struct loaded_as2, marked),
	TEXT("compress", CYAML_FLAG_OPTIONAL, struct loaded_as2, compress),
	TEXT("receipt", CYAML_FLAG_OPTIONAL, struct loaded_as2, receipt),
	TEXT("path", CYAML_FLAG_OPTIONAL, struct loaded_as2, path),
	TRUTH_PTR("asynchronous", struct loaded_as2, asynchronous),
	TRUTH_PTR("attachments", struct loaded_as2, attachments),
	TRUTH_PTR("restart", struct loaded_as2, restart),
	TEXT("receipt-delivery", CYAML_FLAG_OPTIONAL, struct loaded_as2, receipt_delivery),
	TEXT("receipt-wait", CYAML_FLAG_OPTIONAL, struct loaded_as2, receipt_wait),
	TEXT("receipt-path", CYAML_FLAG_OPTIONAL, struct loaded_as2, receipt_path),
	TEXT("receipt-url", CYAML_FLAG_OPTIONAL, struct loaded_as2, receipt_url),
	TEXT("digest", CYAML_FLAG_OPTIONAL, struct loaded_as2, digest),
	TEXT("cipher", CYAML_FLAG_OPTIONAL, struct loaded_as2, cipher),
	TEXT("signature", CYAML_FLAG_OPTIONAL, struct loaded_as2, signature),
	TEXT("area", CYAML_FLAG_OPTIONAL, struct loaded_as2, area),
	CYAML_FIELD_SEQUENCE("area-rules", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct loaded_as2, rules, &rule_entry, 0, AREA_RULES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tolerate_fields[] = {
	TEXT("expired-certificates", CYAML_FLAG_OPTIONAL, struct loaded_tolerate, expired),
	TEXT("line-endings", CYAML_FLAG_OPTIONAL, struct loaded_tolerate, line_endings),
	TEXT("last-line-ending", CYAML_FLAG_OPTIONAL, struct loaded_tolerate, last_line_ending),
	TEXT("receipt-digest", CYAML_FLAG_OPTIONAL, struct loaded_tolerate, receipt_digest),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t area_fields[] = {
	TRUTH("send", struct loaded_area, allowed[DIRECTION_SEND]),
	TRUTH("receive", struct loaded_area, allowed[DIRECTION_RECEIVE]),
	TEXT("size", CYAML_FLAG_OPTIONAL, struct loaded_area, size),
	TEXT("deadline", CYAML_FLAG_OPTIONAL, struct loaded_area, deadline),
	TEXT("receipt-within", CYAML_FLAG_OPTIONAL, struct loaded_area, budget),
	TEXT("age", CYAML_FLAG_OPTIONAL, struct loaded_area, age),
	TEXT("when-unknown", CYAML_FLAG_OPTIONAL, struct loaded_area, when_unknown),
	TEXT("rate", CYAML_FLAG_OPTIONAL, struct loaded_area, rate),
	CYAML_FIELD_END,
};

struct loaded_areas {
	struct loaded_area areas[AREAS];
};

#define AREA(name, area)     \
	CYAML_FIELD_MAPPING( \
		name, CYAML_FLAG_OPTIONAL, struct loaded_areas, areas[area], area_fields)

static const cyaml_schema_field_t areas_fields[] = {
	AREA("outage", AREA_OUTAGE),
	AREA("availability", AREA_AVAILABILITY),
	AREA("aggregation", AREA_AGGREGATION),
	AREA("billing", AREA_BILLING),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t text_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

#define SOURCES(key, member)                                                        \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,        \
		struct loaded_trust, member, &text_entry, 0, SOURCES_MAX)

static const cyaml_schema_field_t trust_fields[] = {
	TEXT("mode", 0, struct loaded_trust, mode),
	TEXT("revocation", CYAML_FLAG_OPTIONAL, struct loaded_trust, revocation),
	SOURCES("crl", crl),
	SOURCES("ocsp", ocsp),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t exception_fields[] = {
	TEXT("algorithm", 0, struct exception_text, algorithm),
	TEXT("until", 0, struct exception_text, until),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t exception_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct exception_text, exception_fields),
};

static const cyaml_schema_field_t x12_fields[] = {
	TRUTH("examine", struct x12_terms_text, examine),
	TRUTH_PTR("acknowledge", struct x12_terms_text, acknowledge),
	TRUTH("advise", struct x12_terms_text, advise),
	TEXT("unknown-sets", CYAML_FLAG_OPTIONAL, struct x12_terms_text, unknown),
	TEXT("acknowledged-within", CYAML_FLAG_OPTIONAL, struct x12_terms_text, within),
	TEXT("control-numbers", CYAML_FLAG_OPTIONAL, struct x12_terms_text, numbers),
	CYAML_FIELD_SEQUENCE_COUNT("guides", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct x12_terms_text, guides, guide_count, &text_entry, 0, X12_TERM_GUIDES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("register", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct x12_terms_text, sets, set_count, &text_entry, 0, X12_TERM_SETS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t document_fields[] = {
	TRUTH_PTR("examine", struct loaded_documents, examine),
	TEXT("invalid", CYAML_FLAG_OPTIONAL, struct loaded_documents, invalid),
	TRUTH_PTR("supersede", struct loaded_documents, supersede),
	TEXT("registry", CYAML_FLAG_OPTIONAL, struct loaded_documents, registry),
	TEXT("outage-notice", CYAML_FLAG_OPTIONAL, struct loaded_documents, notice),
	TEXT("change-notice", CYAML_FLAG_OPTIONAL, struct loaded_documents, change),
	TEXT("minimum-kw", CYAML_FLAG_OPTIONAL, struct loaded_documents, minimum),
	TEXT("agreement-id", CYAML_FLAG_OPTIONAL, struct loaded_documents, agreement_id),
	TEXT("test", CYAML_FLAG_OPTIONAL, struct loaded_documents, test),
	TEXT("silence", CYAML_FLAG_OPTIONAL, struct loaded_documents, silence),
	TEXT("rounding", CYAML_FLAG_OPTIONAL, struct loaded_documents, rounding),
	TEXT("restricted", CYAML_FLAG_OPTIONAL, struct loaded_documents, restricted),
	TEXT("payee-cooling", CYAML_FLAG_OPTIONAL, struct loaded_documents, cooling),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t copy_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("documents", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct copy_terms_text, types, type_count, &text_entry, 0, COPY_TYPES_MAX),
	TEXT("agreement-id", CYAML_FLAG_OPTIONAL, struct copy_terms_text, agreement_id),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	TEXT("fingerprint", 0, struct loaded, fingerprint),
	CYAML_FIELD_MAPPING("areas", 0, struct loaded, areas, areas_fields),
	CYAML_FIELD_SEQUENCE("media-types", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct loaded,
		media_types, &text_entry, 0, AGREEMENT_TYPES_MAX),
	CYAML_FIELD_SEQUENCE("algorithms", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct loaded,
		algorithms, &text_entry, 0, 2 * ALGORITHMS),
	CYAML_FIELD_SEQUENCE("legacy", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct loaded,
		legacy, &exception_entry, 0, 2 * EXCEPTIONS),
	CYAML_FIELD_MAPPING("as2", CYAML_FLAG_OPTIONAL, struct loaded, as2, as2_fields),
	CYAML_FIELD_MAPPING("tls", CYAML_FLAG_OPTIONAL, struct loaded, tls, tls_fields),
	CYAML_FIELD_MAPPING(
		"tolerate", CYAML_FLAG_OPTIONAL, struct loaded, tolerate, tolerate_fields),
	CYAML_FIELD_MAPPING("trust", CYAML_FLAG_OPTIONAL, struct loaded, trust, trust_fields),
	CYAML_FIELD_MAPPING("x12", CYAML_FLAG_OPTIONAL, struct loaded, x12, x12_fields),
	CYAML_FIELD_MAPPING(
		"documents", CYAML_FLAG_OPTIONAL, struct loaded, documents, document_fields),
	CYAML_FIELD_MAPPING("copies", CYAML_FLAG_OPTIONAL, struct loaded, copies, copy_fields),
	TEXT("network", CYAML_FLAG_OPTIONAL, struct loaded, network),
	CYAML_FIELD_SEQUENCE("addresses", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct loaded,
		addresses, &text_entry, 0, PREFIXES_MAX),
	TEXT("connections", CYAML_FLAG_OPTIONAL, struct loaded, connections),
	TEXT("rate", CYAML_FLAG_OPTIONAL, struct loaded, rate),
	TRUTH("suspended", struct loaded, suspended),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct loaded, top_fields),
};

/* --- what it means --- */

static enum status fingerprint_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(AGREEMENT_SIZE_MAX);
	uint8_t *to = member;

	(void)row;
	TRY(hex_parse(&bytes, text, f));
	if (bytes.n != DIGEST_SIZE)
		return fault_set(f, ST_INPUT, "agreement.value",
			"%zu bytes, a SHA-256 fingerprint has %d", bytes.n, DIGEST_SIZE);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		to[i] = bytes.p[i];
	return ST_OK;
}

/* A day, to its end in UTC: no tolerance is without an end, and none ends at an hour of its own. */
static enum status day_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	AUTO_IN_PLACE(buf) moment = buf_init(TIME_TEXT_MAX);
	int64_t begins_ns;

	buf_putf(&moment, "%.*sT00:00:00Z", SLICE_FMT(slice_to(text, DAY_TEXT)));
	if (text.n != DAY_TEXT || time_parse(&begins_ns, buf_slice(&moment), NULL) != ST_OK ||
		begins_ns < row->least || begins_ns > row->most)
		return fault_set(f, ST_INPUT, "agreement.value",
			"'%.*s' is not a day like 2027-01-15", SLICE_FMT(slice_to(text, 40)));
	*(int64_t *)member = begins_ns + DAY_NS - 1;
	return ST_OK;
}

static enum status network_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	return risk_path_parse(member, text, f);
}

/* clang-format off */
#define TOP(member_) offsetof(struct loaded, member_), offsetof(struct agreement, member_)
#define TOLERATED(from_, to_) \
	offsetof(struct loaded, tolerate) + offsetof(struct loaded_tolerate, from_), \
		offsetof(struct agreement, to_)
#define TERM(from_, to_) offsetof(struct loaded_area, from_), offsetof(struct area_terms, to_)

static const struct config_value values[] = {
	{ "fingerprint", TOP(fingerprint), fingerprint_read,  0, 0 },
	{ "network",     TOP(network),     network_read,      0, 0 },
	{ "connections", TOP(connections), config_count_read, 1, CONNECTIONS_MAX },
	{ "rate",        TOP(rate),        rate_read,  0, 0 },
	{ "tolerate.expired-certificates", TOLERATED(expired, tolerate_expired_ns), day_read, 0, DAY_MOST_NS },
	{ "tolerate.line-endings", TOLERATED(line_endings, tolerate_variant_ns[TOLERATE_LINE_ENDINGS]), day_read, 0, DAY_MOST_NS },
	{ "tolerate.last-line-ending", TOLERATED(last_line_ending, tolerate_variant_ns[TOLERATE_LAST_LINE_ENDING]), day_read, 0, DAY_MOST_NS },
	{ "tolerate.receipt-digest", TOLERATED(receipt_digest, tolerate_variant_ns[TOLERATE_RECEIPT_DIGEST]), day_read, 0, DAY_MOST_NS },
};

static const struct config_value term_values[] = {
	{ "size", TERM(size, size_max), config_size_read, 1, DOCUMENT_SIZE_LIMIT },
	{ "deadline", TERM(deadline, deadline_ns), config_duration_read, NS_PER_S, DEADLINE_MAX_NS },
	{ "receipt-within", TERM(budget, budget_ns), config_duration_read, NS_PER_S, DEADLINE_MAX_NS },
	{ "age", TERM(age, age_ns), config_duration_read, NS_PER_S, DEADLINE_MAX_NS },
	{ "rate", TERM(rate, rate), rate_read, 0, 0 },
};

static const struct config_value as2_values[] = {
	{ "as2.receipt-wait", offsetof(struct loaded_as2, receipt_wait),
		offsetof(struct as2_terms, receipt_wait_ns), config_duration_read, NS_PER_S,
		DAY_NS },
};
/* clang-format on */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void agreement_init(struct agreement *a)
{
	*a = (struct agreement){
		.connections = CONNECTIONS_DEFAULT,
		.as2 = { .sign = true, .encrypt = true, .marked = true, .may_ask_later = true,
			.attachments = true },
		.area_rules = { .otherwise = AREAS },
		.tls = { .client_certificate = true },
		.x12 = { .acknowledge = true,
			.within_ns = X12_WITHIN_NS,
			.numbers_ns = X12_NUMBERS_NS },
		.documents = { .examine = true, .supersede = true, .cooling_ns = COOLING_NS },
	};
	for (enum area area = 0; area < AREAS; area++)
		a->areas[area] = (struct area_terms){ .allowed = { true, true },
			.size_max = DOCUMENT_SIZE_DEFAULT };
}

static enum status name_read(unsigned *out, const char *text, const char *const names[],
	unsigned count, const char *key, struct fault *f)
{
	AUTO_IN_PLACE(buf) known = buf_init(256);

	for (*out = 0; text && *out < count; ++*out)
		if (strcmp(text, names[*out]) == 0)
			return ST_OK;
	for (unsigned i = 0; i < count; i++)
		buf_putf(&known, "%s%s", i ? ", " : "", names[i]);
	if (!text) {
		*out = 0;
		return ST_OK;
	}
	return fault_set(f, ST_INPUT, "agreement.value", "%s: there is no %.40s: use one of %s",
		key, text, buf_text(&known));
}

static enum status terms_read(
	struct area_terms *to, const struct loaded_area *from, const char *area, struct fault *f)
{
	struct fault why = { 0 };
	unsigned unknown;

	for (enum direction way = 0; way < DIRECTIONS; way++)
		to->allowed[way] = from->allowed[way];
	if (config_convert(to, from, term_values, COUNT(term_values), "agreement.value", &why) !=
		ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value", "areas.%s.%s", area, why.text);
	if (name_read(&unknown, from->when_unknown, unknown_names, COUNT(unknown_names),
		    "when-unknown", &why) != ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value", "areas.%s.%s", area, why.text);
	to->open_when_unknown = unknown == 1;
	return ST_OK;
}

static enum status areas_read(struct agreement *a, const struct loaded *loaded, struct fault *f)
{
	for (enum area area = 0; area < AREAS; area++)
		TRY(terms_read(&a->areas[area], &loaded->areas[area], area_name(area), f));
	return ST_OK;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* A star anywhere else would be a letter to us and a pattern to whoever wrote it. */
static bool stars_are_good(struct slice type)
{
	size_t at;

	return !slice_find_byte(&at, type, '*') ||
		(at + 1 == type.n && at > 0 && type.p[at - 1] == '/');
}

static enum status media_type_read(char out[MEDIA_TYPE_MAX + 1], struct slice text, struct fault *f)
{
	struct fault why = { 0 };

	if (media_type_check(text, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value", "media-types: %s", why.text);
	if (!stars_are_good(text))
		return fault_set(f, ST_INPUT, "agreement.value",
			"media-types: %.*s: a star stands for a whole subtype, as in text/*",
			SLICE_FMT(text));
	for (size_t i = 0; i < text.n; i++)
		out[i] = (char)lower(text.p[i]);
	out[text.n] = '\0';
	return ST_OK;
}

static enum status media_types_read(
	struct agreement *a, const struct loaded *loaded, struct fault *f)
{
	for (uint32_t i = 0; i < loaded->media_types_count; i++)
		TRY(media_type_read(a->media_types[i], slice_str(loaded->media_types[i]), f));
	a->media_type_count = loaded->media_types_count;
	return ST_OK;
}

static enum status algorithm_read(unsigned *set, struct slice name, struct fault *f)
{
	for (enum algorithm i = 0; i < ALGORITHMS; i++)
		if (slice_eq(name, slice_str(algorithm_names[i]))) {
			*set |= ALG_BIT(i);
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "agreement.value",
		"algorithms: there is no %.*s: use rsa-sign, rsa-pss, rsa-oaep, rsa-v15 or aes-cbc",
		SLICE_FMT(slice_to(name, 40)));
}

static enum status algorithms_read(
	struct agreement *a, const struct loaded *loaded, struct fault *f)
{
	for (uint32_t i = 0; i < loaded->algorithms_count; i++)
		TRY(algorithm_read(&a->algorithms, slice_str(loaded->algorithms[i]), f));
	return ST_OK;
}

static enum status legacy_read(
	struct agreement *a, const struct loaded *loaded, struct fault *f)
{
	struct fault why = { 0 };

	if (exceptions_read(&a->exceptions, loaded->legacy, loaded->legacy_count, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value", "%s", why.text);
	return ST_OK;
}

/* The host is that of the sheet; no agreement leads anywhere else. */
static enum status path_read(
	char out[AS2_PATH_MAX + 1], const char *text, const char *key, struct fault *f)
{
	struct slice path = slice_str(text);

	if (path.n > AS2_PATH_MAX ||
		(path.n > 0 && (path.p[0] != '/' || !slice_is_printable(path))))
		return fault_set(f, ST_INPUT, "agreement.value",
			"as2.%s: %.60s: want /PATH of printable ASCII, at most %d bytes", key, text,
			AS2_PATH_MAX);
	return slice_to_text(out, AS2_PATH_MAX + 1, path, f);
}

static enum status rule_area_read(
	enum area *out, const char *name, const char *key, struct fault *f)
{
	if (area_parse(out, slice_str(name), NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value",
			"as2.%s: there is no area %.40s: use outage, availability, aggregation or "
			"billing",
			key, name);
	return ST_OK;
}

static enum status rule_name_read(char out[PARTY_ID_MAX + 1], const char *name, struct fault *f)
{
	struct fault why = { 0 };

	if (party_id_check(slice_str(name), &why) != ST_OK)
		return fault_set(
			f, ST_INPUT, "agreement.value", "as2.area-rules: to: %s", why.text);
	return slice_to_text(out, PARTY_ID_MAX + 1, slice_str(name), f);
}

/* As a head has it: one line of ASCII, blanks around it cut off. */
static bool is_subject(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] >= 0x7f)
			return false;
	return text.n > 0 && text.n <= SUBJECT_MAX && slice_trim(text).n == text.n;
}

static enum status rule_subject_read(
	char out[SUBJECT_MAX + 1], const char *subject, struct fault *f)
{
	if (!is_subject(slice_str(subject)))
		return fault_set(f, ST_INPUT, "agreement.value",
			"as2.area-rules: subject: want 1 to %d bytes of printable ASCII, blanks "
			"only inside",
			SUBJECT_MAX);
	return slice_to_text(out, SUBJECT_MAX + 1, slice_str(subject), f);
}

static enum status rule_type_read(char out[MEDIA_TYPE_MAX + 1], const char *type, struct fault *f)
{
	size_t at;

	if (slice_find_byte(&at, slice_str(type), '*'))
		return fault_set(f, ST_INPUT, "agreement.value",
			"as2.area-rules: media-type: %.60s: want one type, without a star", type);
	return media_type_read(out, slice_str(type), f);
}

static enum status rule_read(
	struct area_rule *out, const struct loaded_rule *loaded, struct fault *f)
{
	if (!loaded->to && !loaded->subject && !loaded->media_type)
		return fault_set(f, ST_INPUT, "agreement.value",
			"as2.area-rules: a rule needs to, subject or media-type; as2.area is for "
			"all others");
	if (loaded->to)
		TRY(rule_name_read(out->to, loaded->to, f));
	if (loaded->subject)
		TRY(rule_subject_read(out->subject, loaded->subject, f));
	if (loaded->media_type)
		TRY(rule_type_read(out->media_type, loaded->media_type, f));
	return rule_area_read(&out->area, loaded->area, "area-rules", f);
}

static enum status rules_read(
	struct area_rules *out, const struct loaded_as2 *loaded, struct fault *f)
{
	for (uint32_t i = 0; i < loaded->rules_count; i++)
		TRY(rule_read(&out->list[i], &loaded->rules[i], f));
	out->count = loaded->rules_count;
	return loaded->area ? rule_area_read(&out->otherwise, loaded->area, "area", f) : ST_OK;
}

/* A person agreed to it: no message can say another. */
static enum status receipt_url_read(
	char out[PARTY_URL_MAX + 1], const char *text, struct fault *f)
{
	struct fault why;

	if (text && party_url_check(slice_str(text), &why) != ST_OK)
		return fault_set(f, ST_INPUT, "agreement.value", "as2.receipt-url: %s", why.text);
	return slice_to_text(out, PARTY_URL_MAX + 1, slice_str(text), f);
}

/* Who needs CBC seldom reads GCM: where no more is said, that is what it is sent. */
static enum cipher cipher_implied(unsigned algorithms)
{
	return algorithms & ALG_BIT(ALG_AES_CBC) ? CIPHER_AES256_CBC : CIPHER_AES256_GCM;
}

static enum status written_read(
	struct agreement *a, const struct loaded_as2 *loaded, struct fault *f)
{
	unsigned digest, cipher, signature;

	TRY(name_read(&digest, loaded->digest, digest_names, DIGESTS, "as2.digest", f));
	TRY(name_read(&cipher, loaded->cipher, cipher_names, CIPHERS, "as2.cipher", f));
	TRY(name_read(&signature, loaded->signature, rsa_signatures, COUNT(rsa_signatures),
		"as2.signature", f));
	a->as2.digest = (enum digest)digest;
	a->as2.signs_pss = signature;
	a->as2.cipher = loaded->cipher ? (enum cipher)cipher : cipher_implied(a->algorithms);
	return ST_OK;
}

static enum status as2_read(struct agreement *a, const struct loaded_as2 *loaded, struct fault *f)
{
	unsigned compress, receipt, later;

	TRY(name_read(&compress, loaded->compress, compress_names, COMPRESSES, "as2.compress", f));
	TRY(name_read(&receipt, loaded->receipt, receipt_names, RECEIPTS, "as2.receipt", f));
	TRY(name_read(&later, loaded->receipt_delivery, receipt_deliveries,
		COUNT(receipt_deliveries), "as2.receipt-delivery", f));
	a->as2 = (struct as2_terms){
		.sign = !loaded->sign || *loaded->sign,
		.encrypt = !loaded->encrypt || *loaded->encrypt,
		.marked = !loaded->marked || *loaded->marked,
		.compress = (enum compress)compress,
		.receipt = (enum receipt_form)receipt,
		.asks_later = later,
		.may_ask_later = !loaded->asynchronous || *loaded->asynchronous,
		.takes_rests = loaded->restart && *loaded->restart,
	};
	/* A Tieline reads them; of other software nobody knows until it is asked. */
	a->as2.attachments = loaded->attachments ? *loaded->attachments : a->as2.marked;
	TRY(config_convert(&a->as2, loaded, as2_values, COUNT(as2_values), "agreement.value", f));
	TRY(written_read(a, loaded, f));
	TRY(rules_read(&a->area_rules, loaded, f));
	TRY(path_read(a->as2.path, loaded->path, "path", f));
	TRY(path_read(a->as2.receipt_path, loaded->receipt_path, "receipt-path", f));
	return receipt_url_read(a->as2.receipt_url, loaded->receipt_url, f);
}

/* Who shows no certificate is known by the signature of its messages alone. */
static enum status tls_read(struct agreement *a, const struct loaded_tls *loaded, struct fault *f)
{
	static const char *const versions[] = { "1.3", "1.2" };
	unsigned version;

	TRY(name_read(&version, loaded->version, versions, COUNT(versions), "tls.version", f));
	a->tls = (struct tls_terms){
		.client_certificate = !loaded->client_certificate || *loaded->client_certificate,
		.version_1_2 = version == 1,
	};
	if (!a->tls.client_certificate && !a->as2.sign)
		return fault_set(f, ST_INPUT, "agreement.value",
			"tls.client-certificate: false needs as2.sign: true, or nothing would say "
			"who sent a message");
	return ST_OK;
}

static enum status trust_sources_read(
	struct trust_terms *t, const struct loaded_trust *loaded, struct fault *f)
{
	TRY(sources_read(&t->crl, loaded->crl, loaded->crl_count, "trust.crl", f));
	TRY(sources_read(&t->ocsp, loaded->ocsp, loaded->ocsp_count, "trust.ocsp", f));
	if (!t->asks_revocation && t->crl.count + t->ocsp.count > 0)
		return fault_set(f, ST_INPUT, "agreement.value",
			"trust.%s: sources go with mode: chain and revocation: lists",
			t->crl.count ? "crl" : "ocsp");
	return ST_OK;
}

#define NOTICE_MAX_NS (INT64_C(366) * 86400 * NS_PER_S)
#define MINIMUM_MAX_KW 1000000

static enum status agreement_id_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	if (!agreement_id_may_be(text))
		return fault_set(f, ST_INPUT, "agreement.value",
			"%.*s: want 1 to %d letters, digits and . _ : -",
			SLICE_FMT(slice_to(text, AGREEMENT_ID_MAX)), AGREEMENT_ID_MAX);
	return slice_to_text(member, (size_t)row->most + 1, text, f);
}

static const struct config_value document_values[] = {
	{ "documents.outage-notice", offsetof(struct loaded_documents, notice),
		offsetof(struct document_terms, notice_ns), config_duration_read, NS_PER_S,
		NOTICE_MAX_NS },
	{ "documents.change-notice", offsetof(struct loaded_documents, change),
		offsetof(struct document_terms, change_ns), config_duration_read, NS_PER_S,
		NOTICE_MAX_NS },
	{ "documents.payee-cooling", offsetof(struct loaded_documents, cooling),
		offsetof(struct document_terms, cooling_ns), config_duration_read, 0,
		NOTICE_MAX_NS },
	{ "documents.minimum-kw", offsetof(struct loaded_documents, minimum),
		offsetof(struct document_terms, minimum_kw), config_count_read, 1,
		MINIMUM_MAX_KW },
	{ "documents.agreement-id", offsetof(struct loaded_documents, agreement_id),
		offsetof(struct document_terms, agreement_id), agreement_id_read, 1,
		AGREEMENT_ID_MAX },
};

/* What is not looked into is held against nothing. */
static enum status looked_into(
	const struct document_terms *terms, const char *key, const char *value, struct fault *f)
{
	if (terms->examine)
		return ST_OK;
	return fault_set(f, ST_INPUT, "agreement.value",
		"documents.%s: %s needs documents.examine: true", key, value);
}

static enum status documents_read(
	struct document_terms *to, const struct loaded_documents *from, struct fault *f)
{
	unsigned invalid, registry, test, silence, rounding, restricted;

	TRY(name_read(&invalid, from->invalid, invalid_names, INVALID_POLICIES,
		"documents.invalid", f));
	TRY(name_read(&registry, from->registry, registry_names, REGISTRY_POLICIES,
		"documents.registry", f));
	TRY(name_read(&test, from->test, test_names, TEST_POLICIES, "documents.test", f));
	TRY(name_read(&silence, from->silence, silence_names, SILENCE_POLICIES,
		"documents.silence", f));
	TRY(name_read(&rounding, from->rounding, rounding_names, ROUNDING_POLICIES,
		"documents.rounding", f));
	TRY(name_read(&restricted, from->restricted, restricted_names, RESTRICTED_POLICIES,
		"documents.restricted", f));
	*to = (struct document_terms){ .examine = !from->examine || *from->examine,
		.invalid = (enum invalid_policy)invalid,
		.supersede = !from->supersede || *from->supersede,
		.registry = (enum registry_policy)registry,
		.test = (enum test_policy)test,
		.silence = (enum silence_policy)silence,
		.rounding = (enum rounding_policy)rounding,
		.restricted = (enum restricted_policy)restricted,
		.cooling_ns = COOLING_NS };
	TRY(config_convert(
		to, from, document_values, COUNT(document_values), "agreement.value", f));
	if (to->registry != REGISTRY_OFF)
		TRY(looked_into(to, "registry", registry_names[registry], f));
	if (to->agreement_id[0])
		TRY(looked_into(to, "agreement-id", to->agreement_id, f));
	if (to->test != TEST_BOTH)
		TRY(looked_into(to, "test", test_names[test], f));
	return ST_OK;
}

/*
 * Whether a certificate is revoked is asked of who signed: without signatures nobody would be.
 */
static enum status trust_read(
	struct agreement *a, const struct loaded_trust *loaded, struct fault *f)
{
	struct trust_terms *t = &a->trust;
	unsigned mode, revocation;

	TRY(name_read(&mode, loaded->mode, mode_names, TRUST_MODES, "trust.mode", f));
	TRY(name_read(&revocation, loaded->revocation, revocation_names, TRUST_REVOCATIONS,
		"trust.revocation", f));
	t->mode = (enum trust_mode)mode;
	t->asks_revocation = mode == TRUST_CHAIN && revocation == TRUST_REVOCATION_LISTS;
	if (mode == TRUST_PINNED && loaded->revocation && revocation == TRUST_REVOCATION_LISTS)
		return fault_set(f, ST_INPUT, "agreement.value",
			"trust.revocation: lists go with mode: chain, a pinned certificate has no authority");
	if (t->asks_revocation && !a->as2.sign)
		return fault_set(f, ST_INPUT, "agreement.value",
			"trust.revocation: lists are asked about who signed: as2.sign must be true");
	return trust_sources_read(t, loaded, f);
}

static enum status agreement_convert(
	struct agreement **out, const struct loaded *loaded, struct fault *f)
{
	AUTO(agreement) a = alloc_zeroed(1, sizeof(*a));

	agreement_init(a);
	a->suspended = loaded->suspended;
	TRY(config_convert(a, loaded, values, COUNT(values), "agreement.value", f));
	TRY(areas_read(a, loaded, f));
	TRY(media_types_read(a, loaded, f));
	TRY(algorithms_read(a, loaded, f));
	TRY(legacy_read(a, loaded, f));
	TRY(as2_read(a, &loaded->as2, f));
	TRY(tls_read(a, &loaded->tls, f));
	TRY(trust_read(a, &loaded->trust, f));
	TRY(x12_terms_read(&a->x12, &loaded->x12, f));
	TRY(documents_read(&a->documents, &loaded->documents, f));
	if (a->x12.set_count > 0 && a->documents.registry == REGISTRY_OFF)
		return fault_set(f, ST_INPUT, "agreement.value",
			"x12.register needs documents.registry: flag or refuse");
	TRY(copy_terms_read(&a->copies, &loaded->copies, f));
	TRY(prefixes_read(
		&a->addresses, loaded->addresses, loaded->addresses_count, "addresses", f));
	*out = TAKE(a);
	return ST_OK;
}

enum status agreement_parse(struct agreement **out, struct slice yaml, struct fault *f)
{
	void *loaded;
	enum status status;

	if (yaml.n > AGREEMENT_SIZE_MAX)
		return fault_set(f, ST_INPUT, "agreement.yaml", "%zu bytes, at most %d are read",
			yaml.n, AGREEMENT_SIZE_MAX);
	TRY(config_load(&loaded, &schema, yaml, "agreement.yaml", f));
	status = agreement_convert(out, loaded, f);
	config_free(&schema, loaded);
	return status;
}

struct agreement *agreement_unread_new(void)
{
	struct agreement *a = alloc_zeroed(1, sizeof(*a));

	agreement_init(a);
	for (enum area area = 0; area < AREAS; area++)
		a->areas[area] = (struct area_terms){ .size_max = DOCUMENT_SIZE_DEFAULT };
	a->as2.may_ask_later = false;
	a->unread = true;
	return a;
}

enum status agreement_check_read(const struct agreement *a, struct fault *f)
{
	return a->unread ? fault_set(f, ST_RETRY, "agreement.unread",
				   "the agreement cannot be read at the gateway it is of: nothing goes "
				   "either way until its operator has mended it")
			 : ST_OK;
}

void agreement_free(struct agreement *a)
{
	if (!a)
		return;
	buf_done(&a->trust.anchors);
	buf_done(&a->trust.lists);
	risk_exceptions_free(a->allowed_risks);
	free(a);
}

/* --- how it is written --- */

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void terms_put(struct buf *out, enum area area, const struct area_terms *terms)
{
	buf_putf(out, "  %s: { send: %s, receive: %s, size: ", area_name(area),
		truth(terms->allowed[DIRECTION_SEND]), truth(terms->allowed[DIRECTION_RECEIVE]));
	size_put(out, terms->size_max);
	if (terms->deadline_ns != 0) {
		buf_put_text(out, ", deadline: ");
		duration_put(out, terms->deadline_ns);
	}
	if (terms->budget_ns != 0) {
		buf_put_text(out, ", receipt-within: ");
		duration_put(out, terms->budget_ns);
	}
	if (terms->age_ns != 0) {
		buf_put_text(out, ", age: ");
		duration_put(out, terms->age_ns);
	}
	if (terms->open_when_unknown)
		buf_put_text(out, ", when-unknown: open");
	if (terms->rate.count != 0) {
		buf_put_text(out, ", rate: ");
		rate_put(out, &terms->rate);
	}
	buf_put_text(out, " }\n");
}

static void media_types_put(struct buf *out, const struct agreement *a)
{
	buf_put_text(out,
		"\n# Kinds of documents taken, \"type/subtype\" or \"type/*\"; none listed: all.\n"
		"media-types: [");
	for (size_t i = 0; i < a->media_type_count; i++) {
		buf_put_text(out, i ? ", " : " ");
		config_text_put(out, slice_str(a->media_types[i]));
	}
	buf_put_text(out, a->media_type_count ? " ]\n" : "]\n");
}

static void algorithms_put(struct buf *out, const struct agreement *a)
{
	const char *before = " ";

	buf_put_text(out,
		"\n# Older algorithms allowed beyond P-256, SHA-256 and AES-256-GCM:\n"
		"# rsa-sign, rsa-pss, rsa-oaep, rsa-v15, aes-cbc.\nalgorithms: [");
	for (enum algorithm i = 0; i < ALGORITHMS; i++)
		if (a->algorithms & ALG_BIT(i)) {
			buf_putf(out, "%s%s", before, algorithm_names[i]);
			before = ", ";
		}
	buf_put_text(out, a->algorithms ? " ]\n" : "]\n");
}

static void legacy_put(struct buf *out, const struct agreement *a)
{
	buf_put_text(out,
		"\n# Weak ones that the partner may still use to a day, as in\n"
		"# [ { algorithm: sha-1, until: 2027-01-31 } ]: sha-1, 3des.  Never sent.\nlegacy: ");
	exceptions_put(out, &a->exceptions);
	buf_put_text(out, "\n");
}

static void as2_path_put(struct buf *out, const char *key, const char *path)
{
	if (!*path)
		return;
	buf_putf(out, ", %s: ", key);
	config_text_put(out, slice_str(path));
}

static void rule_sign_put(struct buf *out, const char *key, const char *value)
{
	if (*value == '\0')
		return;
	buf_putf(out, "%s: ", key);
	config_text_put(out, slice_str(value));
	buf_put_text(out, ", ");
}

static void rule_put(struct buf *out, const struct area_rule *rule)
{
	buf_put_text(out, "{ ");
	rule_sign_put(out, "to", rule->to);
	rule_sign_put(out, "subject", rule->subject);
	rule_sign_put(out, "media-type", rule->media_type);
	buf_putf(out, "area: %s }", area_name(rule->area));
}

static void rules_put(struct buf *out, const struct area_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		buf_put_text(out, i ? ", " : ", area-rules: [ ");
		rule_put(out, &rules->list[i]);
	}
	if (rules->count > 0)
		buf_put_text(out, " ]");
	if (rules->otherwise < AREAS)
		buf_putf(out, ", area: %s", area_name(rules->otherwise));
}

static void tls_put(struct buf *out, const struct tls_terms *tls)
{
	buf_put_text(out,
		"\n# client-certificate: false for software that shows none: its signature alone says\n"
		"# who it is.  version: 1.2 for software without TLS 1.3.\n");
	buf_putf(out, "tls: { client-certificate: %s, version: %s }\n",
		truth(tls->client_certificate), tls->version_1_2 ? "1.2" : "1.3");
}

/* What the list of algorithms says by itself is left to it. */
static void written_put(struct buf *out, const struct agreement *a)
{
	buf_putf(out, ", digest: %s", digest_names[a->as2.digest]);
	if (a->as2.cipher != cipher_implied(a->algorithms))
		buf_putf(out, ", cipher: %s", cipher_names[a->as2.cipher]);
	if (a->as2.signs_pss)
		buf_putf(out, ", signature: %s", rsa_signatures[a->as2.signs_pss]);
}

static void as2_put(struct buf *out, const struct agreement *a)
{
	const struct as2_terms *as2 = &a->as2;

	buf_put_text(out,
		"\n# How messages to the partner are wrapped; sign and encrypt: also the least that is\n"
		"# taken from it.  compress: never, before-signing, after-signing.  receipt: signed,\n"
		"# unsigned, none.  marked: false for software that does not sign the area (not Tieline).\n"
		"# path: where that software takes messages, if not at /exchange/AREA.  area-rules, area:\n"
		"# what is for which area when that software posts everything to /as2.\n"
		"# receipt-delivery: how we ask for receipts; asynchronous: whether the partner may ask\n"
		"# for ours in a connection of its own.  attachments: whether it reads several documents\n"
		"# in a message (RFC 6362); not said: as marked.  restart: true for software that offers\n"
		"# AS2 Restart: a long message whose connection broke goes on there.\n"
		"# What we send: digest: sha-256, sha-384, sha-512; cipher: aes-256-gcm, aes-128-gcm,\n"
		"# aes-256-cbc, aes-128-cbc (not said: aes-256-gcm, or aes-256-cbc with aes-cbc above);\n"
		"# signature, receipts too, where our key is RSA: rsa-sign (not said), rsa-pss.\n"
		"as2: { ");
	buf_putf(out, "sign: %s, encrypt: %s, compress: %s, receipt: %s, marked: %s",
		truth(as2->sign), truth(as2->encrypt), compress_names[as2->compress],
		receipt_names[as2->receipt], truth(as2->marked));
	as2_path_put(out, "path", as2->path);
	buf_putf(out, ", receipt-delivery: %s, asynchronous: %s",
		receipt_deliveries[as2->asks_later], truth(as2->may_ask_later));
	if (as2->attachments != as2->marked)
		buf_putf(out, ", attachments: %s", truth(as2->attachments));
	if (as2->takes_rests)
		buf_put_text(out, ", restart: true");
	as2_path_put(out, "receipt-path", as2->receipt_path);
	as2_path_put(out, "receipt-url", as2->receipt_url);
	if (as2->receipt_wait_ns != 0) {
		buf_put_text(out, ", receipt-wait: ");
		duration_put(out, as2->receipt_wait_ns);
	}
	written_put(out, a);
	rules_put(out, &a->area_rules);
	buf_put_text(out, " }\n");
}

void agreement_tolerated(struct tolerated_to out[TOLERATED_MAX], const struct agreement *a)
{
	out[0] = (struct tolerated_to){ "expired-certificates", a->tolerate_expired_ns };
	for (enum tolerance t = 0; t < TOLERANCES; t++)
		out[1 + t] = (struct tolerated_to){ tolerances_text(TOLERANCE_BIT(t)),
			a->tolerate_variant_ns[t] };
}

static void tolerate_put(struct buf *out, const struct agreement *a)
{
	struct tolerated_to rows[TOLERATED_MAX];
	const char *before = " ";
	char day[TIME_TEXT_MAX];

	agreement_tolerated(rows, a);

	buf_put_text(out,
		"\n# The partner's certificates are taken after their end, to the end of that day:\n"
		"# expired-certificates: 2027-01-15; likewise signatures over other line-endings\n"
		"# than the message has, or with a last-line-ending that it has not; receipts whose\n"
		"# receipt-digest is of a known variant of what was sent\ntolerate: {");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].until_ns != 0) {
			buf_putf(out, "%s%s: %.10s", before, rows[i].name,
				time_format(day, rows[i].until_ns));
			before = ", ";
		}
	buf_put_text(out, *before == ',' ? " }\n" : "}\n");
}

static void trust_put(struct buf *out, const struct trust_terms *trust)
{
	buf_put_text(out,
		"\n# Whose word makes a certificate the partner's.  mode: pinned (its sheet's alone), chain\n"
		"# (also that of the authorities in anchors.pem).  revocation, with chain: lists (in\n"
		"# revoked.crl, or fetched ahead from crl: [ \"http://...\" ]; ocsp: [ \"http://...\" ],\n"
		"# which are asked about certificates of the sheet), none.\n"
		"trust: { ");
	buf_putf(out, "mode: %s", mode_names[trust->mode]);
	if (trust->mode == TRUST_CHAIN)
		buf_putf(out, ", revocation: %s",
			revocation_names[trust->asks_revocation ? TRUST_REVOCATION_LISTS
								: TRUST_REVOCATION_NONE]);
	sources_put(out, "crl", &trust->crl);
	sources_put(out, "ocsp", &trust->ocsp);
	buf_put_text(out, " }\n");
}

static void x12_put(struct buf *out, const struct x12_terms *x12)
{
	buf_put_text(out,
		"\n# Documents of type application/edi-x12.  examine: they are checked, beside these guides\n"
		"# and the plain standard, and what is sent waits for its acknowledgment.  acknowledge: what\n"
		"# comes is answered by TA1, 997 or 999.  advise: and by an 824 where a rule is broken.\n"
		"# unknown-sets: reject, or accept by their envelope, sets that there is no guide for.\n"
		"# acknowledged-within: what is sent is flagged after that; never: none is expected.\n"
		"# control-numbers: so long an interchange with the ISA13 of another is a duplicate; never.\n"
		"# register: sets that the register of aggregations hears of, as of the documents below.\n"
		"x12: ");
	x12_terms_put(out, x12);
}

static void documents_put(struct buf *out, const struct document_terms *terms)
{
	buf_put_text(out,
		"\n# Documents of type application/json.  examine: they are checked beside the schemas that\n"
		"# `tieline schema` lists.  invalid: flag (it is kept, and given out) or refuse (it is not\n"
		"# taken, and not sent).  Who names another sender or receiver is always refused.  What one\n"
		"# says of its own end ends its message, examined or not.\n"
		"# supersede: newer availability of the same aggregation and kind replaces what waits.\n"
		"# registry: off (it is not asked), flag or refuse what does not agree with the register\n"
		"# of aggregations.  outage-notice (3d): how long ahead outages are planned; change-notice:\n"
		"# and changes of aggregations; minimum-kw (100): of an aggregation; silence: an award that\n"
		"# is not answered is accepted, or declined.  rounding: of each line, or of the total;\n"
		"# restricted: what is, as the partner needs it, or any; payee-cooling (7d): nothing is paid\n"
		"# to a new payee for so long.\n"
		"# agreement-id (TPA-7): what documents name as theirs, copies apart.\n"
		"# test: documents of tests: both (they go beside others), refuse, or only.\n"
		"documents: ");
	buf_putf(out, "{ examine: %s, invalid: %s, supersede: %s, registry: %s",
		truth(terms->examine), invalid_names[terms->invalid], truth(terms->supersede),
		registry_names[terms->registry]);
	if (terms->notice_ns > 0) {
		buf_put_text(out, ", outage-notice: ");
		duration_put(out, terms->notice_ns);
	}
	if (terms->change_ns > 0) {
		buf_put_text(out, ", change-notice: ");
		duration_put(out, terms->change_ns);
	}
	if (terms->minimum_kw > 0)
		buf_putf(out, ", minimum-kw: %u", terms->minimum_kw);
	if (terms->silence != SILENCE_ACCEPTED)
		buf_putf(out, ", silence: %s", silence_names[terms->silence]);
	if (terms->rounding != ROUNDING_ANY)
		buf_putf(out, ", rounding: %s", rounding_names[terms->rounding]);
	if (terms->restricted != RESTRICTED_NEEDED)
		buf_putf(out, ", restricted: %s", restricted_names[terms->restricted]);
	if (terms->cooling_ns != COOLING_NS) {
		buf_put_text(out, ", payee-cooling: ");
		duration_put(out, terms->cooling_ns);
	}
	if (terms->agreement_id[0])
		buf_putf(out, ", agreement-id: \"%s\"", terms->agreement_id);
	if (terms->test != TEST_BOTH)
		buf_putf(out, ", test: %s", test_names[terms->test]);
	buf_put_text(out, " }\n");
}

static void copies_put(struct buf *out, const struct copy_terms *copies)
{
	buf_put_text(out,
		"\n# Types of documents that others and we exchange, and it gets a copy of: as from us, on\n"
		"# behalf of who sent it, without what is restricted.  agreement-id: what copies name.\n"
		"copies: ");
	copy_terms_put(out, copies);
}

static void areas_put(struct buf *out, const struct agreement *a)
{
	buf_put_text(out,
		"\n# What may go which way, as we see it.  What is not listed is not agreed.\n"
		"# size: of one document; deadline: until a message to the partner expires;\n"
		"# receipt-within: until its receipt is missed; when-unknown, when no list says whether a\n"
		"# certificate is revoked: closed (wait), open (go on); rate: of messages from it.\n"
		"areas:\n");
	for (enum area area = 0; area < AREAS; area++)
		terms_put(out, area, &a->areas[area]);
}

void agreement_format(struct buf *out, const struct agreement *a)
{
	buf_put_text(out,
		"# What this partner and we agreed; tieline.yaml(5) explains it.\n\n"
		"# SHA-256 of the partner's root certificate, as a person compared it.\n"
		"fingerprint: \"");
	hex_format(out, slice_of(a->fingerprint, DIGEST_SIZE));
	buf_put_text(out, "\"\n");
	areas_put(out, a);
	media_types_put(out, a);
	algorithms_put(out, a);
	legacy_put(out, a);
	as2_put(out, a);
	tls_put(out, &a->tls);
	tolerate_put(out, a);
	trust_put(out, &a->trust);
	x12_put(out, &a->x12);
	documents_put(out, &a->documents);
	copies_put(out, &a->copies);
	buf_putf(out,
		"\n# Over what it goes, and so who could store it: internet, carrier, own (line).\n"
		"network: %s\n",
		risk_path_name(a->network));
	buf_put_text(out,
		"\n# Where it comes from, as 192.0.2.0/24, 192.0.2.7 or 2001:db8:7::/48: a flood of\n"
		"# strangers does not keep it out, not even when it never was here.\naddresses: ");
	prefixes_put(out, &a->addresses);
	buf_putf(out, "\n\n# Connections at once from this partner.\nconnections: %u\n",
		a->connections);
	buf_put_text(out,
		"\n# How often it may send, in all areas together: 600/min is 600 at once, then one every\n"
		"# 100 ms; what is more is answered 429.  none: as often as it likes.\nrate: ");
	rate_put(out, &a->rate);
	buf_putf(out, "\n\n# true: nothing goes either way.\nsuspended: %s\n", truth(a->suspended));
}

/* --- what it permits --- */

bool tolerance_holds(int64_t until_ns, int64_t now_ns)
{
	const enum exception_state state =
		exception_state_to(until_ns != 0 ? until_ns + 1 : 0, now_ns);

	return state == EXCEPTION_HOLDS || state == EXCEPTION_ENDING;
}

unsigned agreement_tolerates(const struct agreement *a, int64_t now_ns)
{
	unsigned set = 0;

	for (enum tolerance t = 0; t < TOLERANCES; t++)
		if (tolerance_holds(a->tolerate_variant_ns[t], now_ns))
			set |= TOLERANCE_BIT(t);
	return set;
}

const char *tolerances_text(unsigned set)
{
	static const char *const texts[] = {
		"",
		"line-endings",
		"last-line-ending",
		"line-endings, last-line-ending",
		"receipt-digest",
		"line-endings, receipt-digest",
		"last-line-ending, receipt-digest",
		"line-endings, last-line-ending, receipt-digest",
	};

	_Static_assert(TOLERANCE_BIT(TOLERANCES) == COUNT(texts), "a text for every set");
	return texts[set % COUNT(texts)];
}

static bool type_matches(struct slice agreed, struct slice type)
{
	if (agreed.n > 2 && slice_eq(slice_from(agreed, agreed.n - 2), S("/*")))
		return slice_has_prefix(type, slice_to(agreed, agreed.n - 1));
	return slice_eq(agreed, type);
}

static bool type_is_agreed(const struct agreement *a, struct slice type)
{
	if (type.n == 0 || a->media_type_count == 0)
		return true;
	for (size_t i = 0; i < a->media_type_count; i++)
		if (type_matches(slice_str(a->media_types[i]), type))
			return true;
	return false;
}

/* What comes is several or one, as the partner likes; what goes is what its software reads. */
static enum status type_permits(
	const struct agreement *a, enum direction direction, struct slice type, struct fault *f)
{
	bool several = media_type_is_several(type);

	if (several && direction == DIRECTION_SEND && !a->as2.attachments)
		return fault_set(f, ST_AUTH, "agreement.attachments",
			"the agreement does not say that the partner reads several documents in "
			"one message: as2: { attachments: true } says so, or send each by itself");
	if (!several && !type_is_agreed(a, type))
		return fault_set(f, ST_AUTH, "agreement.media-type",
			"documents of type %.*s are not agreed",
			SLICE_FMT(slice_to(type, MEDIA_TYPE_MAX)));
	return ST_OK;
}

/* The area that permits most: what is not permitted there is nowhere. */
static enum area area_widest(const struct agreement *a, enum direction direction)
{
	enum area best = AREA_BILLING;

	for (enum area i = 0; i < AREAS; i++)
		if (a->areas[i].allowed[direction] &&
			(!a->areas[best].allowed[direction] ||
				a->areas[i].size_max > a->areas[best].size_max))
			best = i;
	return best;
}

enum status agreement_permits(const struct agreement *a, enum direction direction, enum area area,
	uint64_t size, struct slice media_type, struct fault *f)
{
	if (area == AREAS)
		area = area_widest(a, direction);
	static const char *const ways[DIRECTIONS] = {
		[DIRECTION_SEND] = "send", [DIRECTION_RECEIVE] = "take"
	};

	TRY(agreement_check_read(a, f));
	if (a->suspended)
		return fault_set(f, ST_AUTH, "agreement.suspended", "the agreement is suspended");
	if (!a->areas[area].allowed[direction])
		return fault_set(f, ST_AUTH, "agreement.area",
			"the agreement does not let us %s %s documents", ways[direction],
			area_name(area));
	if (size > a->areas[area].size_max)
		return fault_set(f, ST_LIMIT, "agreement.size",
			"a document of %llu bytes, agreed for %s are %llu",
			(unsigned long long)size, area_name(area),
			(unsigned long long)a->areas[area].size_max);
	return type_permits(a, direction, media_type, f);
}

/* Base64 with line ends adds 37 %; some products use it inside the envelope and again outside. */
uint64_t agreement_body_max(const struct agreement *a, enum area area)
{
	if (area == AREAS)
		area = area_widest(a, DIRECTION_RECEIVE);
	return 2 * a->areas[area].size_max + ENVELOPE_OVERHEAD;
}

int64_t agreement_deadline_ns(const struct agreement *a, enum area area)
{
	int64_t agreed_ns = a->areas[area].deadline_ns;

	return agreed_ns ? agreed_ns : area_profile(area)->deadline_ns;
}

int64_t agreement_copy_deadline_ns(const struct agreement *a, enum area area)
{
	bool is_agreed = a->areas[area].deadline_ns != 0;

	return area == AREA_OUTAGE && !is_agreed ? agreement_age_ns(a, area)
						 : agreement_deadline_ns(a, area);
}

int64_t agreement_age_ns(const struct agreement *a, enum area area)
{
	int64_t agreed_ns = a->areas[area].age_ns;
	int64_t deadline_ns = agreement_deadline_ns(a, area);

	if (agreed_ns)
		return agreed_ns;
	return deadline_ns > area_profile(area)->age_ns ? deadline_ns : area_profile(area)->age_ns;
}

int64_t agreement_budget_ns(const struct agreement *a, enum area area)
{
	int64_t agreed_ns = a->areas[area].budget_ns;

	return agreed_ns ? agreed_ns : area_profile(area)->budget_ns;
}

const char *agreement_receipt_path(const struct agreement *a)
{
	return a->as2.receipt_path[0] ? a->as2.receipt_path : RECEIPT_PATH;
}

bool agreement_unproven(const struct agreement *a)
{
	return !a->suspended && !a->tls.client_certificate;
}

bool agreement_old_tls(const struct agreement *a)
{
	return !a->suspended && a->tls.version_1_2;
}
