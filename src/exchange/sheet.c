/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sheets as JSON.  The bytes come from a stranger: their size is bounded before
 * jansson sees them, members that appear twice are refused, members we do not
 * know are left alone (a newer release may have written them), and what is
 * missing or of the wrong kind is named.
 */
#include "exchange/sheet.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/id.h"
#include "exchange/endpoint.h"
#include "exchange/utf8.h"

#define SHEET_VERSION 1
#define URL_SCHEME "https://"

static const char *const role_names[PARTY_ROLES] = {
	[PARTY_UTILITY] = "utility",
	[PARTY_AGGREGATOR] = "aggregator",
	[PARTY_RTO] = "rto",
};

static const char *const use_names[CERT_USES] = {
	[CERT_TLS] = "tls",
	[CERT_SIGN] = "sign",
	[CERT_ENCRYPT] = "encrypt",
};

const char *party_role_name(enum party_role role)
{
	if ((unsigned)role >= PARTY_ROLES)
		bug("party role %d does not exist", (int)role);
	return role_names[role];
}

struct slice party_role_word(enum party_role role)
{
	return role == PARTY_RTO ? S("iso_rto") : slice_str(party_role_name(role));
}

enum status party_role_parse(enum party_role *out, struct slice name, struct fault *f)
{
	for (enum party_role i = 0; i < PARTY_ROLES; i++)
		if (slice_eq(name, slice_str(role_names[i]))) {
			*out = i;
			return ST_OK;
		}
	return fault_set(f, ST_NONE, "party.role",
		"there is no role %.*s: use utility, aggregator or rto",
		SLICE_FMT(slice_to(name, 40)));
}

const char *cert_use_name(enum cert_use use)
{
	if ((unsigned)use >= CERT_USES)
		bug("certificate use %d does not exist", (int)use);
	return use_names[use];
}

enum status party_name_check(struct slice name, struct fault *f)
{
	if (name.n == 0 || name.n > PARTY_NAME_MAX)
		return fault_set(f, ST_INPUT, "party.name",
			"a name of %zu bytes: 1 to %d are allowed", name.n, PARTY_NAME_MAX);
	if (!utf8_is_line(name))
		return fault_set(f, ST_INPUT, "party.name",
			"the name '%.*s' has control characters or is not UTF-8", SLICE_FMT(name));
	return ST_OK;
}

enum status party_url_check(struct slice url, struct fault *f)
{
	struct fault why = { 0 };

	if (url.n > PARTY_URL_MAX)
		return fault_set(f, ST_INPUT, "url.syntax",
			"an address of %zu bytes, at most %d are allowed", url.n, PARTY_URL_MAX);
	if (!slice_has_prefix(url, S(URL_SCHEME)))
		return fault_set(f, ST_INPUT, "url.syntax",
			"'%.*s' does not begin with " URL_SCHEME, SLICE_FMT(slice_to(url, 80)));
	if (endpoint_check(slice_from(url, sizeof(URL_SCHEME) - 1), false, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "url.syntax",
			"'%.*s' is not " URL_SCHEME "HOST:PORT, and nothing after it: %s",
			SLICE_FMT(slice_to(url, 80)), why.text);
	return ST_OK;
}

struct slice party_url_host(struct slice url)
{
	struct slice rest = slice_from(url, sizeof(URL_SCHEME) - 1), host, after;

	if (slice_has_prefix(rest, S("[")))
		slice_cut(&host, &after, slice_from(rest, 1), ']');
	else
		slice_cut(&host, &after, rest, ':');
	return host;
}

/* --- reading --- */

/* A string member; jansson lets no NUL and no bad UTF-8 through. */
static enum status text_get(
	struct slice *out, const json_t *object, const char *key, struct fault *f)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return fault_set(f, ST_INPUT, "sheet.field", "\"%s\" is %s", key,
			value ? "not a string" : "missing");
	*out = slice_of(json_string_value(value), json_string_length(value));
	return ST_OK;
}

static enum status id_read(struct sheet *s, struct slice text, struct fault *f)
{
	TRY(party_id_check(text, f));
	return slice_to_text(s->id, sizeof(s->id), text, f);
}

static enum status name_read(struct sheet *s, struct slice text, struct fault *f)
{
	TRY(party_name_check(text, f));
	return slice_to_text(s->name, sizeof(s->name), text, f);
}

static enum status role_read(struct sheet *s, struct slice text, struct fault *f)
{
	return party_role_parse(&s->role, text, f);
}

static enum status url_read(struct sheet *s, struct slice text, struct fault *f)
{
	TRY(party_url_check(text, f));
	return slice_to_text(s->url, sizeof(s->url), text, f);
}

static enum status issued_read(struct sheet *s, struct slice text, struct fault *f)
{
	return time_parse(&s->issued_ns, text, f);
}

static enum status texts_read(struct sheet *s, const json_t *object, struct fault *f)
{
	static const struct {
		const char *key, *code;
		enum status (*read)(struct sheet *, struct slice, struct fault *);
	} fields[] = {
		{ "id", "sheet.field", id_read },
		{ "name", "sheet.field", name_read },
		{ "role", "sheet.field", role_read },
		{ "url", "sheet.url", url_read },
		{ "issued", "sheet.field", issued_read },
	};
	struct fault why = { 0 };
	struct slice text = { 0 };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		TRY(text_get(&text, object, fields[i].key, f));
		if (fields[i].read(s, text, &why) != ST_OK)
			return fault_set(
				f, ST_INPUT, fields[i].code, "\"%s\": %s", fields[i].key, why.text);
	}
	return ST_OK;
}

static enum status use_parse(enum cert_use *out, struct slice name, struct fault *f)
{
	for (enum cert_use i = 0; i < CERT_USES; i++)
		if (slice_eq(name, slice_str(use_names[i]))) {
			*out = i;
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "sheet.certificate",
		"there is no use %.*s: use tls, sign or encrypt", SLICE_FMT(slice_to(name, 40)));
}

static enum status cert_read(struct sheet_cert *cert, const json_t *object, struct fault *f)
{
	struct slice use = { 0 }, der = { 0 };

	if (!json_is_object(object))
		return fault_set(f, ST_INPUT, "sheet.certificate", "not an object");
	TRY(text_get(&use, object, "use", f));
	TRY(use_parse(&cert->use, use, f));
	TRY(text_get(&der, object, "der", f));
	cert->der = buf_init(SHEET_CERT_SIZE_MAX);
	TRY(base64_parse(&cert->der, der, f));
	TRY(buf_check(&cert->der, f));
	if (cert->der.n == 0)
		return fault_set(f, ST_INPUT, "sheet.certificate", "\"der\" is empty");
	return ST_OK;
}

/* Counted before it is read, so that sheet_free() finds what a failure leaves. */
static enum status certs_read(struct sheet *s, const json_t *object, struct fault *f)
{
	const json_t *array = json_object_get(object, "certificates");
	struct fault why = { 0 };

	if (!json_is_array(array))
		return fault_set(f, ST_INPUT, "sheet.field", "\"certificates\" is %s",
			array ? "not an array" : "missing");
	if (json_array_size(array) > SHEET_CERTS_MAX)
		return fault_set(f, ST_INPUT, "sheet.certificate",
			"%zu certificates, at most %d are allowed", json_array_size(array),
			SHEET_CERTS_MAX);
	for (size_t i = 0; i < json_array_size(array); i++)
		if (cert_read(&s->certs[s->cert_count++], json_array_get(array, i), &why) != ST_OK)
			return fault_set(f, ST_INPUT, "sheet.certificate", "certificate %zu: %s",
				i + 1, why.text);
	return ST_OK;
}

static enum status version_check(const json_t *object, struct fault *f)
{
	const json_t *version = json_object_get(object, "tieline-sheet");

	if (!json_is_integer(version) || json_integer_value(version) != SHEET_VERSION)
		return fault_set(f, ST_INPUT, "sheet.version",
			"\"tieline-sheet\" is not %d: this is no sheet, or of a later release",
			SHEET_VERSION);
	return ST_OK;
}

static enum status sheet_read(struct sheet **out, const json_t *object, struct fault *f)
{
	AUTO(sheet) s = alloc_zeroed(1, sizeof(*s));

	TRY(version_check(object, f));
	TRY(texts_read(s, object, f));
	TRY(certs_read(s, object, f));
	s->vouched = json_is_true(json_object_get(object, "vouched"));
	*out = TAKE(s);
	return ST_OK;
}

/*
 * Jansson's own seeding opens /dev/urandom, which our sandboxes do not have, and
 * then falls back to time and process number: a stranger could guess those and
 * make every member collide.  Only the first call counts.
 */
static void hashes_seed(void)
{
	json_object_seed((size_t)random_u64() | 1);
}

enum status sheet_parse(struct sheet **out, struct slice json, struct fault *f)
{
	json_error_t error = { 0 };
	enum status status;
	json_t *object;

	if (json.n > SHEET_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "sheet.size",
			"a sheet of %zu bytes, at most %d are allowed", json.n, SHEET_SIZE_MAX);
	hashes_seed();
	object = json_loadb(
		json.n ? (const char *)json.p : "", json.n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return fault_at(f, ST_INPUT, error.position > 0 ? (uint64_t)error.position : 0,
			"sheet.json", "line %d: %s", error.line, error.text);
	status = sheet_read(out, object, f);
	json_decref(object);
	return status;
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->cert_count; i++)
		buf_done(&s->certs[i].der);
	free(s);
}

/* --- writing --- */

static void put(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		bug("sheet member %s is not UTF-8", key);
}

static json_t *cert_json(const struct sheet_cert *cert)
{
	AUTO_IN_PLACE(buf) der = buf_init(2 * SHEET_CERT_SIZE_MAX);
	json_t *object = json_object();

	base64_format(&der, buf_slice(&cert->der), 0);
	put(object, "use", json_string(cert_use_name(cert->use)));
	put(object, "der", json_string(buf_text(&der)));
	return object;
}

static json_t *certs_json(const struct sheet *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->cert_count; i++)
		json_array_append_new(array, cert_json(&s->certs[i]));
	return array;
}

static int chunk_put(const char *chunk, size_t n, void *out)
{
	buf_put(out, slice_of(chunk, n));
	return 0;
}

void sheet_format(struct buf *out, const struct sheet *s)
{
	char issued[TIME_TEXT_MAX];
	json_t *object;

	hashes_seed();
	object = json_object();
	put(object, "tieline-sheet", json_integer(SHEET_VERSION));
	put(object, "id", json_string(s->id));
	put(object, "name", json_string(s->name));
	put(object, "role", json_string(party_role_name(s->role)));
	put(object, "url", json_string(s->url));
	put(object, "issued", json_string(time_format(issued, s->issued_ns)));
	if (s->vouched)
		put(object, "vouched", json_true());
	put(object, "certificates", certs_json(s));
	json_dump_callback(object, chunk_put, out, JSON_INDENT(2));
	buf_put(out, S("\n"));
	json_decref(object);
}
