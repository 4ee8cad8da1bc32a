/* SPDX-License-Identifier: Apache-2.0 */
/* A list of few, in JSON, because a person may want to read what was signed. */
#include "exchange/risk_exceptions.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "exchange/utf8.h"

#define VERSION 1
#define DAY_NS (86400 * NS_PER_S)
#define DAY_TEXT 10 /* bytes of "2027-06-30" */

/* --- days ------------------------------------------------------------------------- */

enum status risk_day_parse(int64_t *end_ns, struct slice text, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(TIME_TEXT_MAX);
	int64_t begin_ns;

	buf_putf(&whole, "%.*sT00:00:00Z", SLICE_FMT(slice_to(text, DAY_TEXT)));
	if (text.n != DAY_TEXT || time_parse(&begin_ns, buf_slice(&whole), NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "exceptions.field",
			"'%.*s' is no day like 2027-06-30", SLICE_FMT(slice_to(text, 40)));
	*end_ns = begin_ns + DAY_NS;
	return ST_OK;
}

char *risk_day_format(char out[RISK_DAY_MAX], int64_t end_ns)
{
	char whole[TIME_TEXT_MAX];

	time_format(whole, end_ns - NS_PER_S);
	(void)snprintf(out, RISK_DAY_MAX, "%.*s", DAY_TEXT, whole);
	return out;
}

/* --- the list --------------------------------------------------------------------- */

static size_t place_of(const struct risk_exceptions *e, enum area area, enum requirement which)
{
	size_t i = 0;

	while (i < e->count && (e->list[i].area != area || e->list[i].requirement != which))
		i++;
	return i;
}

const struct risk_exception *risk_exceptions_find(
	const struct risk_exceptions *list, enum area area, enum requirement which)
{
	size_t at = list ? place_of(list, area, which) : 0;

	return list && at < list->count ? &list->list[at] : NULL;
}

void risk_exceptions_put(struct risk_exceptions *e, const struct risk_exception *one)
{
	size_t at = place_of(e, one->area, one->requirement);

	e->list[at] = *one;
	if (at == e->count)
		e->count++;
}

bool risk_exceptions_remove(struct risk_exceptions *e, enum area area, enum requirement which)
{
	size_t at = place_of(e, area, which);

	if (at == e->count)
		return false;
	for (e->count--; at < e->count; at++)
		e->list[at] = e->list[at + 1];
	return true;
}

void risk_exceptions_free(struct risk_exceptions *e)
{
	free(e);
}

/* --- reading ---------------------------------------------------------------------- */

static enum status text_get(
	struct slice *out, const json_t *object, const char *key, struct fault *f)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return fault_set(f, ST_INPUT, "exceptions.field", "\"%s\" is %s", key,
			value ? "not a string" : "missing");
	*out = slice_of(json_string_value(value), json_string_length(value));
	return ST_OK;
}

static enum status line_get(
	char *out, size_t size, const json_t *object, const char *key, struct fault *f)
{
	struct slice text;

	TRY(text_get(&text, object, key, f));
	if (text.n == 0 || text.n >= size || !utf8_is_line(text))
		return fault_set(f, ST_INPUT, "exceptions.field",
			"\"%s\" wants one line of 1 to %zu bytes", key, size - 1);
	return slice_to_text(out, size, text, f);
}

static enum status times_read(struct risk_exception *to, const json_t *object, struct fault *f)
{
	struct slice until, made;

	TRY(text_get(&until, object, "until", f));
	TRY(risk_day_parse(&to->end_ns, until, f));
	TRY(text_get(&made, object, "made", f));
	if (time_parse(&to->made_ns, made, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "exceptions.field", "\"made\" is no time");
	if (to->end_ns - to->made_ns > RISK_AHEAD_DAYS * DAY_NS)
		return fault_set(f, ST_INPUT, "exceptions.field",
			"%.*s is more than two years ahead: that is no exception",
			SLICE_FMT(until));
	return ST_OK;
}

static enum status exception_read(
	struct risk_exception *to, const json_t *object, struct fault *f)
{
	struct slice area, requirement;

	TRY(text_get(&area, object, "area", f));
	TRY(area_parse(&to->area, area, f));
	TRY(text_get(&requirement, object, "requirement", f));
	TRY(requirement_parse(&to->requirement, requirement, f));
	TRY(line_get(to->reason, sizeof(to->reason), object, "reason", f));
	TRY(line_get(to->by, sizeof(to->by), object, "by", f));
	return times_read(to, object, f);
}

static enum status list_read(struct risk_exceptions *e, const json_t *list, struct fault *f)
{
	struct fault why = { 0 };

	if (!json_is_array(list) || json_array_size(list) > RISK_EXCEPTIONS_MAX)
		return fault_set(f, ST_INPUT, "exceptions.field",
			"\"exceptions\" is no list of %d at most", RISK_EXCEPTIONS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct risk_exception one = { 0 };

		if (exception_read(&one, json_array_get(list, i), &why) != ST_OK)
			return fault_set(f, ST_INPUT, "exceptions.field", "exception %zu: %s",
				i + 1, why.text);
		if (risk_exceptions_find(e, one.area, one.requirement))
			return fault_set(f, ST_INPUT, "exceptions.field",
				"exception %zu: %s of %s is there twice", i + 1,
				requirement_name(one.requirement), area_name(one.area));
		risk_exceptions_put(e, &one);
	}
	return ST_OK;
}

static enum status exceptions_read(
	struct risk_exceptions **out, const json_t *object, struct fault *f)
{
	AUTO(risk_exceptions) e = alloc_zeroed(1, sizeof(*e));

	if (json_integer_value(json_object_get(object, "tieline-exceptions")) != VERSION)
		return fault_set(f, ST_INPUT, "exceptions.field",
			"\"tieline-exceptions\" is not %d: written by a later release?", VERSION);
	TRY(line_get(e->party, sizeof(e->party), object, "party", f));
	TRY(line_get(e->partner, sizeof(e->partner), object, "partner", f));
	TRY(list_read(e, json_object_get(object, "exceptions"), f));
	*out = TAKE(e);
	return ST_OK;
}

enum status risk_exceptions_parse(
	struct risk_exceptions **out, struct slice json, struct fault *f)
{
	json_error_t error = { 0 };

	if (json.n > RISK_EXCEPTIONS_SIZE_MAX)
		return fault_set(f, ST_INPUT, "exceptions.json", "%zu bytes, at most %d are read",
			json.n, RISK_EXCEPTIONS_SIZE_MAX);
	json_object_seed((size_t)random_u64() | 1); /* sheet.c says why */
	json_t *object = json_loadb(
		json.n ? (const char *)json.p : "", json.n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return fault_set(f, ST_INPUT, "exceptions.json", "line %d: %s", error.line,
			error.text);
	enum status st = exceptions_read(out, object, f);
	json_decref(object);
	return st;
}

/* --- writing ---------------------------------------------------------------------- */

static json_t *exception_json(const struct risk_exception *one)
{
	char day[RISK_DAY_MAX], made[TIME_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "area", area_name(one->area),
		"requirement", requirement_name(one->requirement), "until",
		risk_day_format(day, one->end_ns), "reason", one->reason, "by", one->by, "made",
		time_format(made, one->made_ns));
}

static int chunk_put(const char *chunk, size_t n, void *out)
{
	buf_put(out, slice_of(chunk, n));
	return 0;
}

void risk_exceptions_format(struct buf *out, const struct risk_exceptions *e)
{
	json_t *list, *object;

	json_object_seed((size_t)random_u64() | 1);
	list = json_array();
	for (size_t i = 0; i < e->count; i++)
		if (json_array_append_new(list, exception_json(&e->list[i])) != 0)
			bug("an exception that is not UTF-8");
	object = json_pack("{s:i, s:s, s:s, s:o}", "tieline-exceptions", VERSION, "party",
		e->party, "partner", e->partner, "exceptions", list);
	json_dump_callback(object, chunk_put, out, JSON_INDENT(2));
	buf_put_text(out, "\n");
	json_decref(object);
}
