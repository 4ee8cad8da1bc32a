/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of each series only the end before is remembered, and the first reading until its length is
 * known.
 */
#include "documents/x12/intervals.h"

#include <stdlib.h>

#include "documents/x12/zone.h"

#define DAY_S 86400
#define HOUR_S 3600
#define INTERVAL_MAX_S (31 * DAY_S)

struct x12_intervals {
	struct x12_intervals_listener listener;
	struct x12_series series;
	bool in_series;
	struct x12_reading now;   /* QTY was seen, its end not yet */
	bool has_quantity;
	struct x12_reading first; /* waits for the second, which says how long intervals are */
	bool first_waits;
	int64_t previous_s;       /* end of the reading before, 0: none */
	struct x12_place place;
};

struct x12_intervals *x12_intervals_new(const struct x12_intervals_listener *listener)
{
	struct x12_intervals *x = alloc_zeroed(1, sizeof(*x));

	x->listener = *listener;
	return x;
}

void x12_intervals_free(struct x12_intervals *x)
{
	free(x);
}

static void text_set(char *out, size_t size, struct slice value)
{
	size_t n = value.n < size ? value.n : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)value.p[i];
	out[n] = '\0';
}
#define TEXT_SET(out, value) text_set(out, sizeof(out), value)

static void wrong(struct x12_intervals *x, const struct fault *f)
{
	if (x->listener.wrong)
		x->listener.wrong(x->listener.context, &x->place, f);
}

/* --- readings --- */

static void reading_tell(struct x12_intervals *x, const struct x12_reading *r)
{
	if (x->listener.reading)
		x->listener.reading(x->listener.context, &x->series, r);
}

static void gap_check(struct x12_intervals *x, const struct x12_reading *r)
{
	struct fault f;

	if (x->previous_s == 0 || r->start_s == x->previous_s)
		return;
	if (r->start_s > x->previous_s)
		fault_set(&f, ST_INPUT, "x12.interval.gap",
			"%lld minutes are missing before this interval",
			(long long)(r->start_s - x->previous_s) / 60);
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"this interval begins %lld minutes before the one before it ends",
			(long long)(x->previous_s - r->start_s) / 60);
	wrong(x, &f);
}

static void reading_take(struct x12_intervals *x, struct x12_reading *r)
{
	r->start_s = r->end_s - x->series.interval_s;
	gap_check(x, r);
	x->previous_s = r->end_s;
	reading_tell(x, r);
}

/* The second end says how long intervals are, where nothing else did. */
static void second_take(struct x12_intervals *x)
{
	x->series.interval_s = x->now.end_s - x->first.end_s;
	x->first_waits = false;
	x->previous_s = 0;
	reading_take(x, &x->first);
	reading_take(x, &x->now);
}

static bool is_behind(struct x12_intervals *x)
{
	struct fault f;

	if (x->previous_s == 0 || x->now.end_s > x->previous_s)
		return true;
	if (x->now.end_s == x->previous_s)
		fault_set(&f, ST_INPUT, "x12.interval.twice",
			"the interval that ends here is there twice: the second is left out");
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"the interval ends before the one before it: it is left out");
	wrong(x, &f);
	return false;
}

static void end_take(struct x12_intervals *x)
{
	x->has_quantity = false;
	if (!is_behind(x))
		return;
	if (x->series.interval_s != 0) {
		reading_take(x, &x->now);
	} else if (x->first_waits) {
		second_take(x);
	} else {
		x->first = x->now;
		x->first_waits = true;
		x->previous_s = x->now.end_s;
	}
}

/*
 * Prevailing time in the hour that comes twice: what is not behind the reading before is the
 * second. Midnight as 0000 of the day that it closes: likewise a day later.
 */
static int64_t end_settle(
	const struct x12_intervals *x, const struct x12_moment *m, struct slice time)
{
	bool is_before = x->previous_s != 0 && m->utc_s <= x->previous_s;

	if (is_before && m->is_doubled)
		return m->utc_s + HOUR_S;
	if (is_before && slice_eq(time, S("0000")) && m->utc_s + DAY_S > x->previous_s &&
		m->utc_s != x->previous_s)
		return m->utc_s + DAY_S;
	return m->utc_s;
}

static void end_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct x12_moment m;
	struct fault f;

	if (!x->has_quantity)
		return;
	if (x12_moment_read(&m, x12_element(s, 2), x12_element(s, 3), x12_element(s, 4), &f) !=
		ST_OK) {
		x->has_quantity = false;
		wrong(x, &f);
		return;
	}
	x->now.end_s = end_settle(x, &m, x12_element(s, 3));
	TEXT_SET(x->now.code, x12_element(s, 4));
	end_take(x);
}

static void quantity_read(struct x12_intervals *x, const struct x12_segment *s,
	const struct x12_delimiters *d)
{
	struct slice unit = x12_element(s, 3), rest;

	x->now = (struct x12_reading){ 0 };
	TEXT_SET(x->now.qualifier, x12_element(s, 1));
	TEXT_SET(x->now.quantity, x12_element(s, 2));
	slice_cut(&unit, &rest, unit, d->component);
	TEXT_SET(x->now.unit, unit);
	x->has_quantity = x->in_series;
}

/* --- series --- */

/* "KH015": the unit, and how many minutes; KHMON and the like are no intervals. */
static void length_read(struct x12_intervals *x, struct slice text)
{
	uint64_t minutes;

	if (text.n == 5 && slice_u64(&minutes, slice_from(text, 2), NULL) == ST_OK && minutes > 0 &&
		minutes * 60 <= INTERVAL_MAX_S)
		x->series.interval_s = (int64_t)minutes * 60;
}

static void reference_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct slice qualifier = x12_element(s, 1);

	if (slice_eq(qualifier, S("MG")))
		TEXT_SET(x->series.meter, x12_element(s, 2));
	if (slice_eq(qualifier, S("MT")))
		length_read(x, x12_element(s, 2));
}

static void series_end(struct x12_intervals *x)
{
	struct fault f;

	if (x->first_waits) {
		fault_set(&f, ST_INPUT, "x12.interval.length",
			"one interval alone, and no REF*MT: nothing says how long it is");
		wrong(x, &f);
	}
	x->in_series = x->first_waits = x->has_quantity = false;
}

static void series_begin(struct x12_intervals *x, const struct x12_context *at,
	const struct x12_segment *s)
{
	series_end(x);
	x->series = (struct x12_series){ 0 };
	x->previous_s = 0;
	x->in_series = true;
	TEXT_SET(x->series.reference, slice_str(at->set->reference));
	TEXT_SET(x->series.set_number, slice_str(at->set->number));
	TEXT_SET(x->series.type, x12_element(s, 1));
	if (slice_eq(x12_element(s, 4), S("MG")))
		TEXT_SET(x->series.meter, x12_element(s, 5));
}

static void segment_heard(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	struct x12_intervals *x = context;

	(void)v;
	if (!at->set || !slice_eq(slice_str(at->set->id), S("867")))
		return;
	x->place = *place;
	if (slice_eq(s->id, S("PTD")))
		series_begin(x, at, s);
	else if (slice_eq(s->id, S("SE")))
		series_end(x);
	else if (slice_eq(s->id, S("REF")))
		reference_read(x, s);
	else if (slice_eq(s->id, S("QTY")))
		quantity_read(x, s, &at->interchange->delimiters);
	else if (slice_eq(s->id, S("DTM")) && slice_eq(x12_element(s, 1), S("582")))
		end_read(x, s);
}

struct x12_listener x12_intervals_hear(struct x12_intervals *x)
{
	return (struct x12_listener){ .context = x, .segment = segment_heard };
}

/* --- the words, and back --- */

const char *x12_quality_name(const struct x12_reading *r)
{
	static const struct {
		const char *qualifier, *name;
	} names[] = {
		{ "QD", "actual" },
		{ "KA", "estimated" },
		{ "87", "actual, received" },
		{ "9H", "estimated, received" },
		{ "20", "missing" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(slice_str(names[i].qualifier), slice_str(r->qualifier)))
			return names[i].name;
	return r->qualifier;
}

enum status x12_reading_write(
	struct x12_writer *w, const struct x12_reading *r, struct slice zone, struct fault *f)
{
	struct x12_local end;

	TRY(x12_moment_write(&end, r->end_s, zone, f));
	x12_begin(w, "QTY");
	x12_put_text(w, r->qualifier);
	x12_put_text(w, r->quantity);
	x12_put_text(w, r->unit);
	x12_end(w);
	x12_begin(w, "DTM");
	x12_put_text(w, "582");
	x12_put_text(w, end.date);
	x12_put_text(w, end.time);
	x12_put_text(w, end.code);
	x12_end(w);
	return ST_OK;
}
