/* SPDX-License-Identifier: Apache-2.0 */
/* All readings are kept, because those of one series need not stand together. */
#include "documents/x12/intervals_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "documents/decimal.h"

/* Time codes are known from 1987 to 2260, wherever the clock hangs: 2 January, 30 December. */
#define EARLIEST_S INT64_C(536544000)
#define LATEST_S INT64_C(9182937600)
#define MINUTES_MAX 999               /* what REF*MT can say */

struct kept_reading {
	struct x12_reading reading;
	struct kept_reading *next;
};

struct kept_series {
	struct x12_series series; /* interval_s: of the first reading */
	char unit[3];
	const char *direction;
	bool is_varied;   /* intervals are of several lengths */
	bool says_begins; /* one of them was written with its begin, or is to be */
	int64_t previous_s;
	struct kept_reading *first, **tail;
	size_t at;
	struct kept_series *next;
};

struct x12_readings {
	struct x12_delimiters delimiters;
	struct arena *arena;
	struct kept_series *first, **tail, *last; /* last: the one that was added to */
	size_t count;
};

struct x12_readings *x12_readings_new(struct x12_delimiters delimiters)
{
	struct x12_readings *list = alloc_zeroed(1, sizeof(*list));

	list->delimiters = delimiters;
	list->arena = arena_new();
	list->tail = &list->first;
	return list;
}

void x12_readings_free(struct x12_readings *list)
{
	if (list)
		arena_free(list->arena);
	free(list);
}

/* --- what may be written --- */

static bool may_stand(const struct x12_delimiters *d, const char *text)
{
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;

		if (c < ' ' || c == 0x7f || c == d->element || c == d->component ||
			c == d->repetition || c == d->segment)
			return false;
	}
	return true;
}

static enum status texts_check(const struct x12_delimiters *d, const struct x12_series *series,
	const struct x12_reading *r, struct fault *f)
{
	const struct {
		const char *name, *text;
	} texts[] = {
		{ "type", series->type },
		{ "meter", series->meter },
		{ "detail-kind", series->detail_kind },
		{ "detail", series->detail },
		{ "multiplier-kind", series->multiplier_kind },
		{ "multiplier", series->multiplier },
		{ "movement", series->movement },
		{ "unit", r->unit },
		{ "qualifier", r->qualifier },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!may_stand(d, texts[i].text))
			return fault_set(f, ST_INPUT, "x12.reading",
				"%s: there is a delimiter or a control character in \"%s\"",
				texts[i].name, texts[i].text);
	return ST_OK;
}

static enum status reading_check(const struct x12_reading *r, struct fault *f)
{
	struct decimal quantity;

	if (decimal_parse(&quantity, slice_str(r->quantity), 0, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "x12.reading", "quantity: \"%s\" is no decimal",
			r->quantity);
	if (r->start_s < EARLIEST_S || r->end_s > LATEST_S)
		return fault_set(f, ST_INPUT, "x12.reading", "start: want one from 1987 to 2260");
	if (r->end_s <= r->start_s)
		return fault_set(f, ST_INPUT, "x12.reading", "end: want one behind the start");
	return ST_OK;
}

/* --- series --- */

static bool text_eq(const char *a, const char *b)
{
	return slice_eq(slice_str(a), slice_str(b));
}

static bool details_eq(const struct x12_series *a, const struct x12_series *b)
{
	return a->has_details == b->has_details && text_eq(a->detail_kind, b->detail_kind) &&
		text_eq(a->detail, b->detail) && text_eq(a->multiplier_kind, b->multiplier_kind) &&
		text_eq(a->multiplier, b->multiplier) && text_eq(a->movement, b->movement);
}

static bool is_of(const struct kept_series *k, const struct x12_series *series,
	const struct x12_reading *r)
{
	const char *direction = x12_direction_name(r->qualifier);

	return k->series.number == series->number && text_eq(k->series.type, series->type) &&
		text_eq(k->series.meter, series->meter) && text_eq(k->unit, r->unit) &&
		details_eq(&k->series, series) &&
		(series->number > 0 || !*direction || !*k->direction ||
			text_eq(k->direction, direction));
}

static struct kept_series *series_new(
	struct x12_readings *list, const struct x12_series *series, const struct x12_reading *r)
{
	struct kept_series *k = arena_zeroed(list->arena, 1, sizeof(*k));

	k->series = *series;
	k->series.interval_s = r->end_s - r->start_s;
	snprintf(k->unit, sizeof(k->unit), "%s", r->unit);
	k->direction = "";
	k->tail = &k->first;
	k->at = list->count++;
	*list->tail = k;
	list->tail = &k->next;
	return k;
}

/* NULL: there are too many. */
static struct kept_series *series_find(
	struct x12_readings *list, const struct x12_series *series, const struct x12_reading *r)
{
	if (list->last && is_of(list->last, series, r))
		return list->last;
	for (struct kept_series *k = list->first; k; k = k->next)
		if (is_of(k, series, r))
			return k;
	return list->count < X12_SERIES_MAX ? series_new(list, series, r) : NULL;
}

static enum status set_check(
	const struct x12_readings *list, const struct x12_series *series, struct fault *f)
{
	const struct x12_series *first = list->first ? &list->first->series : series;

	if (text_eq(first->reference, series->reference) &&
		text_eq(first->set_number, series->set_number) &&
		text_eq(first->purpose, series->purpose) &&
		text_eq(first->original, series->original))
		return ST_OK;
	return fault_set(f, ST_INPUT, "x12.reading",
		"it is of another document (%s, set %s, purpose %s) than those before (%s, set %s, "
		"purpose %s): want one at a time", series->reference, series->set_number,
		series->purpose, first->reference, first->set_number, first->purpose);
}

static enum status order_check(
	const struct kept_series *k, const struct x12_reading *r, struct fault *f)
{
	if (k->previous_s == 0 || r->start_s >= k->previous_s)
		return ST_OK;
	return fault_set(f, ST_INPUT, "x12.reading",
		"it begins %lld seconds before the one before it of its series ends",
		(long long)(k->previous_s - r->start_s));
}

/*
 * Whose end would be read as that of a day, perhaps: it is the last minute of an hour in some time,
 * all of which are whole or half hours from UTC.
 */
static bool is_last_minute(const struct x12_reading *r)
{
	return r->end_s % (30 * 60) >= 29 * 60 && r->end_s - r->start_s > 60;
}

static void reading_keep(struct x12_readings *list, struct kept_series *k,
	const struct x12_reading *r)
{
	struct kept_reading *kept = arena_zeroed(list->arena, 1, sizeof(*kept));
	const char *direction = x12_direction_name(r->qualifier);

	kept->reading = *r;
	*k->tail = kept;
	k->tail = &kept->next;
	k->previous_s = r->end_s;
	k->says_begins |= r->says_begin || is_last_minute(r);
	k->is_varied |= r->end_s - r->start_s != k->series.interval_s;
	if (!*k->direction && *direction)
		k->direction = arena_text(list->arena, slice_str(direction));
	list->last = k;
}

enum status x12_readings_add(struct x12_readings *list, const struct x12_series *series,
	const struct x12_reading *r, struct fault *f)
{
	struct kept_series *k;

	TRY(texts_check(&list->delimiters, series, r, f));
	TRY(reading_check(r, f));
	TRY(set_check(list, series, f));
	k = series_find(list, series, r);
	if (!k)
		return fault_set(f, ST_LIMIT, "x12.reading", "more than %d series", X12_SERIES_MAX);
	TRY(order_check(k, r, f));
	reading_keep(list, k, r);
	return ST_OK;
}

const struct x12_series *x12_readings_set(const struct x12_readings *list)
{
	return list->first ? &list->first->series : NULL;
}

/* --- written --- */

/* REF*MT says how long its intervals are, and each only when it ends. */
static bool is_regular(const struct kept_series *k)
{
	int64_t minutes = k->series.interval_s / 60;

	return !k->is_varied && !k->says_begins && k->series.interval_s % 60 == 0 &&
		minutes <= MINUTES_MAX && slice_str(k->unit).n == 2;
}

static void detail_write(struct x12_writer *w, const struct x12_series *series)
{
	const char *kind = *series->meter ? "MG" : "", *detail = series->meter;

	x12_begin(w, "PTD");
	x12_put_text(w, *series->type ? series->type : "BO");
	x12_put_text(w, series->multiplier_kind);
	x12_put_text(w, series->multiplier);
	x12_put_text(w, series->has_details ? series->detail_kind : kind);
	x12_put_text(w, series->has_details ? series->detail : detail);
	x12_put_text(w, series->movement);
	x12_end(w);
}

static void head_write(struct x12_writer *w, const struct kept_series *k)
{
	const char *meter = k->series.meter;
	char length[8];

	detail_write(w, &k->series);
	if (*meter) {
		x12_begin(w, "REF");
		x12_put_text(w, "MG");
		x12_put_text(w, meter);
		x12_end(w);
	}
	if (is_regular(k)) {
		snprintf(length, sizeof(length), "%.2s%03u", k->unit,
			(unsigned)(k->series.interval_s / 60) % 1000);
		x12_begin(w, "REF");
		x12_put_text(w, "MT");
		x12_put_text(w, length);
		x12_end(w);
	}
}

/*
 * As it was written: what is said of an end need not hold of the begin, which may be in an hour
 * that no clock showed.
 */
static enum status local_of(struct x12_local *out, int64_t utc_s, const struct x12_reading *r,
	struct slice zone, struct fault *f)
{
	struct fault why;

	if (zone.n == 0)
		zone = r->code[0] ? slice_str(r->code) : S("UT");
	else
		return x12_moment_write(out, utc_s, zone, f);
	if (x12_moment_write(out, utc_s, zone, &why) == ST_OK)
		return ST_OK;
	if (!text_eq(why.code, "x12.zone.missing-hour"))
		return fault_set(f, ST_INPUT, why.code, "%s", why.text);
	return x12_moment_write(out, utc_s, S("UT"), f);
}

static enum status moment_put(struct x12_writer *w, const char *qualifier, int64_t utc_s,
	const struct x12_reading *r, struct slice zone, struct fault *f)
{
	struct x12_local local;

	TRY(local_of(&local, utc_s, r, zone, f));
	x12_begin(w, "DTM");
	x12_put_text(w, qualifier);
	x12_put_text(w, local.date);
	x12_put_text(w, local.time);
	x12_put_text(w, local.code);
	x12_end(w);
	return ST_OK;
}

static void quantity_put(struct x12_writer *w, const struct x12_reading *r)
{
	x12_begin(w, "QTY");
	x12_put_text(w, r->qualifier);
	x12_put_text(w, r->quantity);
	x12_put_text(w, r->unit);
	x12_end(w);
}

static enum status series_write(struct x12_writer *w, const struct kept_series *k,
	enum x12_edge labels, struct slice zone, struct fault *f)
{
	bool regular = is_regular(k);

	head_write(w, k);
	for (const struct kept_reading *at = k->first; at; at = at->next) {
		const struct x12_reading *r = &at->reading;

		quantity_put(w, r);
		if (regular) {
			TRY(moment_put(w, "582", labels == X12_BEGIN ? r->start_s : r->end_s, r,
				zone, f));
			continue;
		}
		TRY(moment_put(w, "150", r->start_s, r, zone, f));
		TRY(moment_put(w, "151", r->end_s, r, zone, f));
	}
	return ST_OK;
}

static int series_compare(const void *x, const void *y)
{
	const struct kept_series *a = *(const struct kept_series *const *)x;
	const struct kept_series *b = *(const struct kept_series *const *)y;

	if (a->series.number != b->series.number)
		return a->series.number < b->series.number ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

enum status x12_readings_write(struct x12_writer *w, const struct x12_readings *list,
	enum x12_edge labels, struct slice zone, struct fault *f)
{
	AUTO(arena) arena = arena_new();
	const struct kept_series **sorted = arena_zeroed(arena, list->count + 1, sizeof(*sorted));
	size_t count = 0;

	for (const struct kept_series *k = list->first; k; k = k->next)
		sorted[count++] = k;
	qsort(sorted, count, sizeof(*sorted), series_compare);
	for (size_t i = 0; i < count; i++)
		TRY(series_write(w, sorted[i], labels, zone, f));
	return buf_check(w->out, f);
}
