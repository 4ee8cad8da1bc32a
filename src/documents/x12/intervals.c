/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of each channel only the end before is remembered, and the first reading until it is known how
 * long it is and which hour it is in.
 */
#include "documents/x12/intervals.h"

#include <stdlib.h>

#include "documents/decimal.h"
#include "documents/x12/words.h"

#define INTERVAL_MAX_S (31 * 86400)
#define PURPOSE 353   /* data element of BPT01 */
#define LENGTHS_MAX 4 /* REF*MT of one loop, a unit each */

/* A quantity whose time is known, or nearly. */
struct dated {
	struct x12_reading reading;
	struct x12_moment at;   /* its label */
	struct x12_place place; /* of QTY */
	bool is_missing;        /* it says an interval, and no quantity */
};

struct channel {
	char unit[3], direction[4];
	unsigned number;
	int64_t interval_s; /* 0: not known yet */
	int64_t previous_s; /* end of the reading before, 0: none */
	bool first_waits;
	struct dated first; /* waits for the second, which says how long intervals are */
	bool is_either;     /* it began in the hour that comes twice, and nothing said yet which */
};

/* From QTY to whatever ends its loop. */
struct quantity {
	bool is_open, is_done; /* done: it became a reading, or was said to be wrong */
	struct dated dated;
	bool has_begin, has_end;
	struct x12_moment begin, end;
	char other[4]; /* a DTM that says no interval, */
	bool has_time; /* but some time of a day */
};

struct x12_intervals {
	struct x12_intervals_listener listener;
	enum x12_edge labels;
	struct x12_series set;    /* what all of a set have in common */
	bool has_purpose;         /* its BPT was read, or a PTD: another is none */
	struct x12_series series; /* what channels of the loop have in common */
	unsigned series_count;    /* in the set */
	bool in_series;
	struct length {
		char unit[3];
		int64_t interval_s;
	} lengths[LENGTHS_MAX];
	size_t length_count;
	struct channel channels[X12_CHANNELS_MAX];
	size_t channel_count;
	struct quantity quantity;
	struct x12_place place;
};

struct x12_intervals *x12_intervals_new(
	const struct x12_intervals_listener *listener, enum x12_edge labels)
{
	struct x12_intervals *x = alloc_zeroed(1, sizeof(*x));

	x->listener = *listener;
	x->labels = labels;
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

static bool text_eq(const char *a, const char *b)
{
	return slice_eq(slice_str(a), slice_str(b));
}

static void wrong(struct x12_intervals *x, const struct x12_place *place, const struct fault *f)
{
	if (x->listener.wrong)
		x->listener.wrong(x->listener.context, place, f);
}

static void left(struct x12_intervals *x, const char *why)
{
	struct quantity *q = &x->quantity;
	struct fault f;

	fault_set(&f, ST_INPUT, "x12.interval.none", "%s: QTY*%s*%s is left out", why,
		q->dated.reading.qualifier, q->dated.reading.quantity);
	if (x->listener.told)
		x->listener.told(x->listener.context, &q->dated.place, &f);
}

/* --- what qualifiers mean --- */

const char *x12_purpose_name(const char *purpose)
{
	const char *words = x12_words_find(PURPOSE, slice_str(purpose));

	return *words ? words : purpose;
}

static const struct meaning {
	const char *qualifier, *quality, *direction;
} meanings[] = {
	{ "QD", "actual", "delivered" },
	{ "KA", "estimated", "delivered" },
	{ "87", "actual, received", "received" },
	{ "9H", "estimated, received", "received" },
	{ "20", "missing", "" },
};

static const struct meaning *meaning_of(const char *qualifier)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (text_eq(meanings[i].qualifier, qualifier))
			return &meanings[i];
	return NULL;
}

const char *x12_quality_name(const char *qualifier)
{
	const struct meaning *m = meaning_of(qualifier);

	return m ? m->quality : qualifier;
}

const char *x12_direction_name(const char *qualifier)
{
	const struct meaning *m = meaning_of(qualifier);

	return m ? m->direction : qualifier;
}

/* Enough of it to compare: "del", "rec", "KB". */
static struct slice direction_of(const struct x12_reading *r)
{
	return slice_to(slice_str(x12_direction_name(r->qualifier)), 3);
}

/* --- channels --- */

/* Of an end: how far behind its label it is. */
static int64_t shift_of(const struct x12_intervals *x, int64_t interval_s)
{
	return x->labels == X12_BEGIN ? interval_s : 0;
}

/* The last label that it may be. */
static int64_t latest(const struct x12_moment *m)
{
	return m->is_doubled ? m->later_s : m->utc_s;
}

static bool is_before(const struct x12_intervals *x, const struct channel *c, int64_t label_s)
{
	return c->first_waits ? c->first.at.utc_s < label_s
			      : c->previous_s - shift_of(x, c->interval_s) < label_s;
}

static bool channel_fits(const struct x12_intervals *x, struct channel *c, const struct dated *d)
{
	struct slice direction = direction_of(&d->reading);

	if (!text_eq(c->unit, d->reading.unit))
		return false;
	if (slice_eq(slice_str(c->direction), direction))
		return direction.n > 0 || is_before(x, c, latest(&d->at));
	/* What is missing may be of any; the first that is not is what it was of. */
	if (direction.n == 0)
		return is_before(x, c, latest(&d->at));
	return c->direction[0] == '\0';
}

/* That of its unit, or of all units when there is one only; 0: nothing said it. */
static int64_t length_of(const struct x12_intervals *x, const char *unit)
{
	for (size_t i = 0; i < x->length_count; i++)
		if (text_eq(x->lengths[i].unit, unit))
			return x->lengths[i].interval_s;
	return x->length_count == 1 ? x->lengths[0].interval_s : 0;
}

static struct channel *channel_new(struct x12_intervals *x, const struct dated *d)
{
	struct channel *c;
	struct fault f;

	if (x->channel_count == X12_CHANNELS_MAX) {
		fault_set(&f, ST_LIMIT, "x12.interval.channels",
			"more than %d units and directions in one PTD loop: it is left out",
			X12_CHANNELS_MAX);
		wrong(x, &d->place, &f);
		return NULL;
	}
	c = &x->channels[x->channel_count++];
	*c = (struct channel){ .number = ++x->series_count };
	TEXT_SET(c->unit, slice_str(d->reading.unit));
	TEXT_SET(c->direction, direction_of(&d->reading));
	c->interval_s = length_of(x, c->unit);
	return c;
}

static bool is_exact(const struct channel *c, const struct dated *d)
{
	return text_eq(c->unit, d->reading.unit) && c->direction[0] &&
		slice_eq(slice_str(c->direction), direction_of(&d->reading));
}

/* NULL: there are too many, which was said. */
static struct channel *channel_find(struct x12_intervals *x, const struct dated *d)
{
	for (size_t i = 0; i < x->channel_count; i++)
		if (is_exact(&x->channels[i], d))
			return &x->channels[i];
	for (size_t i = 0; i < x->channel_count; i++)
		if (channel_fits(x, &x->channels[i], d)) {
			if (x->channels[i].direction[0] == '\0')
				TEXT_SET(x->channels[i].direction, direction_of(&d->reading));
			return &x->channels[i];
		}
	return channel_new(x, d);
}

/* --- readings --- */

/* False: it is in the one before it, and no series any more. */
static bool follows(struct x12_intervals *x, const struct channel *c, const struct dated *d)
{
	const struct x12_reading *r = &d->reading;
	struct fault f;

	if (c->previous_s == 0 || r->start_s == c->previous_s)
		return true;
	if (r->start_s > c->previous_s)
		fault_set(&f, ST_INPUT, "x12.interval.gap",
			"%lld minutes are missing before this interval",
			(long long)(r->start_s - c->previous_s) / 60);
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"this interval begins %lld minutes before the one before it ends: it is "
			"left out", (long long)(c->previous_s - r->start_s) / 60);
	wrong(x, &d->place, &f);
	return r->start_s > c->previous_s;
}

static bool is_behind(struct x12_intervals *x, const struct channel *c, const struct dated *d)
{
	struct fault f;

	if (c->previous_s == 0 || d->reading.end_s > c->previous_s)
		return true;
	if (d->reading.end_s == c->previous_s)
		fault_set(&f, ST_INPUT, "x12.interval.twice",
			"the interval that ends here is there twice: the second is left out");
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"the interval ends before the one before it: it is left out");
	wrong(x, &d->place, &f);
	return false;
}

/* An interval without a quantity is one all the same: what comes next has no gap before it. */
static void missing_tell(struct x12_intervals *x, const struct dated *d)
{
	struct fault f;

	fault_set(&f, ST_INPUT, "x12.interval.missing",
		"the quantity of this interval is missing, which is not zero: it is left out");
	wrong(x, &d->place, &f);
}

static void reading_take(struct x12_intervals *x, struct channel *c, const struct dated *d)
{
	if (!is_behind(x, c, d) || !follows(x, c, d))
		return;
	c->previous_s = d->reading.end_s;
	x->series.number = c->number;
	x->series.interval_s = c->interval_s;
	if (d->is_missing)
		missing_tell(x, d);
	else if (x->listener.reading)
		x->listener.reading(x->listener.context, &x->series, &d->reading);
}

/* --- which of two moments a label is --- */

static void label_take(struct x12_intervals *x, struct channel *c, struct dated *d, int64_t label_s)
{
	d->reading.end_s = label_s + shift_of(x, c->interval_s);
	d->reading.start_s = d->reading.end_s - c->interval_s;
	reading_take(x, c, d);
}

/*
 * The one at which the interval follows the one before it.  If neither does: the first that is
 * behind it, and for a midnight the one that is nearer.
 */
static int64_t label_settle(const struct x12_intervals *x, const struct channel *c,
	const struct x12_moment *m)
{
	int64_t before_s = c->previous_s - shift_of(x, c->interval_s);

	if (c->previous_s == 0 || m->utc_s >= before_s)
		return m->later_s == before_s + c->interval_s && c->previous_s ? m->later_s
									       : m->utc_s;
	return m->is_doubled || m->later_s - before_s < before_s - m->utc_s ? m->later_s : m->utc_s;
}

/*
 * Of the first two of a series: the first pair that is as far apart as intervals are long; where
 * nothing says how long that is, the nearest one.  False: there is none.
 */
static bool pair_find(int64_t *first, int64_t *second, const struct channel *c,
	const struct x12_moment *m)
{
	const int64_t firsts[] = { c->first.at.utc_s, latest(&c->first.at) };
	const int64_t seconds[] = { m->utc_s, m->later_s };
	int64_t best = c->interval_s ? c->interval_s + 1 : INT64_MAX;
	int64_t least = c->interval_s ? c->interval_s : 1;
	bool found = false;

	for (size_t i = 0; i < 4; i++) {
		int64_t apart = seconds[i % 2] - firsts[i / 2];

		if (apart < least || apart >= best)
			continue;
		*first = firsts[i / 2];
		*second = seconds[i % 2];
		best = apart;
		found = true;
	}
	return found;
}

/* Both are as far apart an hour later, too. */
static bool is_either(const struct channel *c, const struct dated *d, int64_t first_s,
	int64_t second_s)
{
	return c->first.at.is_doubled && first_s == c->first.at.utc_s && d->at.is_doubled &&
		second_s == d->at.utc_s;
}

/* The readings are those of the first hour; who knows better must hear that it was a guess. */
static void either_tell(struct x12_intervals *x, const struct channel *c)
{
	struct fault f;

	fault_set(&f, ST_INPUT, "x12.interval.doubled",
		"the series begins here, in the hour that comes twice, and nothing says in which: "
		"it is read as if it were the first (codes ES and ED would say it)");
	wrong(x, &c->first.place, &f);
}

/* Who comes to the second of these hours began in the first; who passes over it, in either. */
static void either_settle(struct x12_intervals *x, struct channel *c, const struct x12_moment *m,
	int64_t label_s)
{
	int64_t before_s = c->previous_s - shift_of(x, c->interval_s);

	if (!c->is_either || (m->is_doubled && label_s == m->utc_s))
		return;
	c->is_either = false;
	if (!m->is_doubled && label_s != before_s + c->interval_s)
		either_tell(x, c);
}

static void next_take(struct x12_intervals *x, struct channel *c, struct dated *d)
{
	int64_t label_s = label_settle(x, c, &d->at);

	either_settle(x, c, &d->at, label_s);
	label_take(x, c, d, label_s);
}

/* The second end says how long intervals are, where nothing else did. */
static void second_take(struct x12_intervals *x, struct channel *c, struct dated *d)
{
	int64_t first = c->first.at.utc_s, second = d->at.utc_s;
	bool found = pair_find(&first, &second, c, &d->at);
	struct dated waited = c->first;

	if (!found && c->interval_s == 0) {
		/* no length yet: it is only told that the second is no second */
		c->previous_s = first;
		d->reading.end_s = second;
		(void)is_behind(x, c, d);
		c->previous_s = 0;
		return;
	}
	c->first_waits = false;
	c->is_either = found && is_either(c, d, first, second);
	if (c->interval_s == 0)
		c->interval_s = second - first;
	label_take(x, c, &waited, first);
	label_take(x, c, d, found ? second : label_settle(x, c, &d->at));
}

static void dated_take(struct x12_intervals *x, struct dated *d)
{
	struct channel *c = channel_find(x, d);

	if (!c)
		return;
	if (c->first_waits) {
		second_take(x, c, d);
	} else if (c->interval_s == 0 || (c->previous_s == 0 && d->at.is_doubled)) {
		c->first = *d;
		c->first_waits = true;
	} else {
		next_take(x, c, d);
	}
}

/* --- intervals that say their begin themselves --- */

static bool period_settle(struct x12_reading *r, const struct channel *c, const struct quantity *q)
{
	r->start_s = q->begin.utc_s >= c->previous_s ? q->begin.utc_s : q->begin.later_s;
	r->end_s = q->end.utc_s > r->start_s ? q->end.utc_s : q->end.later_s;
	if (c->interval_s && q->end.later_s == r->start_s + c->interval_s)
		r->end_s = q->end.later_s;
	return r->end_s > r->start_s;
}

static bool is_as_long(struct x12_intervals *x, const struct channel *c, const struct dated *d)
{
	int64_t length_s = d->reading.end_s - d->reading.start_s;
	struct fault f;

	if (c->interval_s == 0 || c->interval_s == length_s)
		return true;
	fault_set(&f, ST_INPUT, "x12.interval.length",
		"this interval is %lld minutes long, those of this series are %lld: it is left out",
		(long long)length_s / 60, (long long)c->interval_s / 60);
	wrong(x, &d->place, &f);
	return false;
}

static void period_take(struct x12_intervals *x)
{
	struct quantity *q = &x->quantity;
	struct channel *c;
	struct fault f;

	q->is_done = true;
	q->dated.at = q->end;
	c = channel_find(x, &q->dated);
	if (!c)
		return;
	if (!period_settle(&q->dated.reading, c, q)) {
		fault_set(&f, ST_INPUT, "x12.interval.length",
			"this interval ends before it begins: it is left out");
		wrong(x, &q->dated.place, &f);
	} else if (is_as_long(x, c, &q->dated)) {
		reading_take(x, c, &q->dated);
	}
}

/* --- DTM --- */

enum said { SAYS_LABEL, SAYS_BEGIN, SAYS_END, SAYS_RANGE };

/* Data element 374. */
static const struct dtm_row {
	const char *qualifier;
	enum said says;
} dtm_rows[] = {
	{ "582", SAYS_LABEL }, /* report period */
	{ "150", SAYS_BEGIN }, /* service period */
	{ "151", SAYS_END },
	{ "193", SAYS_BEGIN }, /* period */
	{ "194", SAYS_END },
	{ "196", SAYS_BEGIN }, /* start, end */
	{ "197", SAYS_END },
	{ "090", SAYS_BEGIN }, /* report */
	{ "091", SAYS_END },
	{ "007", SAYS_RANGE }, /* effective */
};

static const struct dtm_row *dtm_row(struct slice qualifier)
{
	for (size_t i = 0; i < sizeof(dtm_rows) / sizeof(dtm_rows[0]); i++)
		if (slice_eq(slice_str(dtm_rows[i].qualifier), qualifier))
			return &dtm_rows[i];
	return NULL;
}

/* Data element 1250: how DTM06 says a date and time, or two of them. */
static const struct format {
	const char *code;
	bool is_range;
	size_t time; /* digits */
} formats[] = {
	{ "RDT", true, 4 },
	{ "DTS", true, 6 },
	{ "DT", false, 4 },
	{ "RTS", false, 6 },
};

static const struct format *format_of(const struct x12_segment *s)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (slice_eq(slice_str(formats[i].code), x12_element(s, 5)))
			return &formats[i];
	return NULL;
}

/* CCYYMMDD and HHMM in one. */
static struct x12_stated stated_of(struct slice text, struct slice code)
{
	return (struct x12_stated){ slice_to(text, 8), slice_from(text, 8), code };
}

static enum status range_read(struct quantity *q, const struct x12_segment *s, struct fault *f)
{
	struct slice begin, end, code = x12_element(s, 4);
	struct x12_stated stated;

	if (!slice_cut(&begin, &end, x12_element(s, 6), '-'))
		return fault_set(f, ST_INPUT, "x12.interval.date",
			"\"%.*s\" is no range of dates and times",
			SLICE_FMT(slice_to(x12_element(s, 6), 40)));
	stated = stated_of(begin, code);
	TRY(x12_moment_read(&q->begin, X12_BEGIN, &stated, f));
	stated = stated_of(end, code);
	TRY(x12_moment_read(&q->end, X12_END, &stated, f));
	q->has_begin = q->has_end = true;
	return ST_OK;
}

static enum status edge_read(struct x12_intervals *x, const struct x12_segment *s,
	enum said says, struct fault *f)
{
	struct quantity *q = &x->quantity;
	const struct format *format = format_of(s);
	struct x12_stated said = { x12_element(s, 2), x12_element(s, 3), x12_element(s, 4) };

	if (format)
		said = stated_of(x12_element(s, 6), x12_element(s, 4));
	if (says == SAYS_BEGIN) {
		TRY(x12_moment_read(&q->begin, X12_BEGIN, &said, f));
		q->has_begin = true;
	} else if (says == SAYS_END) {
		TRY(x12_moment_read(&q->end, X12_END, &said, f));
		q->has_end = true;
	} else {
		TRY(x12_moment_read(&q->dated.at, x->labels, &said, f));
		q->is_done = true;
		dated_take(x, &q->dated);
	}
	return ST_OK;
}

static bool has_time(const struct x12_segment *s)
{
	return x12_element(s, 3).n > 0 || format_of(s) != NULL;
}

/* A date alone is of a day or a month, and of no interval. */
static bool is_of_interval(const struct x12_segment *s, const struct dtm_row *row)
{
	const struct format *format = format_of(s);

	return row && has_time(s) && (row->says != SAYS_RANGE || (format && format->is_range));
}

static void other_keep(struct quantity *q, const struct x12_segment *s)
{
	TEXT_SET(q->other, x12_element(s, 1));
	q->has_time |= has_time(s);
}

static void date_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct quantity *q = &x->quantity;
	const struct dtm_row *row = dtm_row(x12_element(s, 1));
	const struct format *format = format_of(s);
	struct fault f;
	enum status st;

	if (!q->is_open || q->is_done)
		return;
	/* DTM*582 without a time says that there should be one. */
	if (!is_of_interval(s, row) && !(row && row->says == SAYS_LABEL)) {
		other_keep(q, s);
		return;
	}
	TEXT_SET(q->dated.reading.code, x12_element(s, 4));
	st = format && format->is_range ? range_read(q, s, &f) : edge_read(x, s, row->says, &f);
	if (st != ST_OK) {
		q->is_done = true;
		wrong(x, &x->place, &f);
	} else if (q->has_begin && q->has_end) {
		period_take(x);
	}
}

/* --- QTY --- */

static bool is_quantity(struct x12_intervals *x, struct slice text)
{
	struct decimal number;
	struct fault f;

	if (text.n == 0 || (text.n < X12_QUANTITY_MAX &&
				   decimal_parse(&number, text, 0, &f) == ST_OK))
		return true;
	fault_set(&f, ST_INPUT, "x12.interval.quantity",
		"QTY02 is no quantity but \"%.*s\": it is left out",
		SLICE_FMT(slice_to(text, X12_QUANTITY_MAX)));
	wrong(x, &x->place, &f);
	return false;
}

static void quantity_begin(struct x12_intervals *x, const struct x12_segment *s,
	const struct x12_delimiters *d)
{
	struct slice unit = x12_element(s, 3), rest, quantity = x12_element(s, 2);
	struct quantity *q = &x->quantity;

	*q = (struct quantity){ .is_open = x->in_series };
	q->dated.place = x->place;
	q->dated.place.id = S("QTY");
	TEXT_SET(q->dated.reading.qualifier, x12_element(s, 1));
	TEXT_SET(q->dated.reading.quantity, quantity);
	slice_cut(&unit, &rest, unit, d->component);
	TEXT_SET(q->dated.reading.unit, unit);
	q->dated.is_missing = quantity.n == 0;
	q->is_done = x->in_series && !is_quantity(x, quantity);
}

static void half_tell(struct x12_intervals *x)
{
	const struct quantity *q = &x->quantity;
	struct fault f;

	if (q->has_begin || q->has_end)
		fault_set(&f, ST_INPUT, "x12.interval.date",
			"this interval has only one edge, begin or end: it is left out");
	else
		fault_set(&f, ST_INPUT, "x12.interval.date",
			"DTM*%s is no time of an interval: QTY*%s*%s is left out", q->other,
			q->dated.reading.qualifier, q->dated.reading.quantity);
	wrong(x, &q->dated.place, &f);
}

static void no_time_tell(struct x12_intervals *x)
{
	const struct quantity *q = &x->quantity;
	struct fault f;

	fault_set(&f, ST_INPUT, "x12.interval.date",
		"this quantity is among intervals, and has no time: QTY*%s*%s is left out",
		q->dated.reading.qualifier, q->dated.reading.quantity);
	wrong(x, &q->dated.place, &f);
}

/* A quantity that became no reading: whoever adds up readings must hear of it. */
static void undated_tell(struct x12_intervals *x)
{
	const struct quantity *q = &x->quantity;

	if (q->has_begin || q->has_end || q->has_time)
		half_tell(x);
	else if (q->other[0])
		left(x, "it has days, and no times");
	else if (x->channel_count > 0)
		no_time_tell(x);
}

static void quantity_end(struct x12_intervals *x)
{
	if (x->quantity.is_open && !x->quantity.is_done)
		undated_tell(x);
	x->quantity.is_open = false;
}

/* --- series --- */

/* "KH015": the unit, and how many minutes; KHMON and the like are no intervals. */
static void length_read(struct x12_intervals *x, struct slice text)
{
	struct length *length = &x->lengths[x->length_count];
	uint64_t minutes;

	if (x->length_count == LENGTHS_MAX || text.n != 5 ||
		slice_u64(&minutes, slice_from(text, 2), NULL) != ST_OK || minutes == 0 ||
		minutes * 60 > INTERVAL_MAX_S)
		return;
	TEXT_SET(length->unit, slice_to(text, 2));
	length->interval_s = (int64_t)minutes * 60;
	x->length_count++;
}

static void reference_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct slice qualifier = x12_element(s, 1);

	if (slice_eq(qualifier, S("MG")))
		TEXT_SET(x->series.meter, x12_element(s, 2));
	if (slice_eq(qualifier, S("MT")))
		length_read(x, x12_element(s, 2));
}

static void channel_end(struct x12_intervals *x, const struct channel *c)
{
	struct fault f;

	if (c->is_either)
		either_tell(x, c);
	if (!c->first_waits)
		return;
	if (c->interval_s == 0)
		fault_set(&f, ST_INPUT, "x12.interval.length",
			"one interval alone, and no REF*MT: nothing says how long it is");
	else
		fault_set(&f, ST_INPUT, "x12.interval.doubled",
			"one interval alone, in the hour that comes twice: nothing says which");
	wrong(x, &c->first.place, &f);
}

static void series_end(struct x12_intervals *x)
{
	quantity_end(x);
	for (size_t i = 0; i < x->channel_count; i++)
		channel_end(x, &x->channels[i]);
	x->channel_count = x->length_count = 0;
	x->in_series = false;
}

static void series_begin(struct x12_intervals *x, const struct x12_segment *s)
{
	series_end(x);
	x->series = x->set;
	x->in_series = x->has_purpose = true;
	TEXT_SET(x->series.type, x12_element(s, 1));
	if (slice_eq(x12_element(s, 4), S("MG")))
		TEXT_SET(x->series.meter, x12_element(s, 5));
}

/* --- the set --- */

/* Whose readings say again, or take back, what others said. */
static const struct {
	const char *purpose, *says;
} not_added[] = {
	{ "01", "its readings take back what that said" },
	{ "03", "its readings take back what that said" },
	{ "04", "its readings stand instead of those" },
	{ "05", "its readings stand instead of those" },
	{ "07", "its readings were said before" },
};

static void purpose_tell(struct x12_intervals *x)
{
	const struct x12_series *s = &x->set;
	struct fault f;

	for (size_t i = 0; i < sizeof(not_added) / sizeof(not_added[0]); i++) {
		if (!text_eq(not_added[i].purpose, s->purpose))
			continue;
		fault_set(&f, ST_INPUT, "x12.interval.purpose",
			"usage %s is a %s of %s (BPT01 %s): %s, and are not to be added",
			s->reference, x12_purpose_name(s->purpose),
			*s->original ? s->original : "another", s->purpose, not_added[i].says);
		if (x->listener.told)
			x->listener.told(x->listener.context, &x->place, &f);
	}
}

static void usage_read(struct x12_intervals *x, const struct x12_segment *s)
{
	if (x->has_purpose)
		return;
	x->has_purpose = true;
	TEXT_SET(x->set.purpose, x12_element(s, 1));
	TEXT_SET(x->set.reference, x12_element(s, 2));
	TEXT_SET(x->set.original, x12_element(s, 9));
	purpose_tell(x);
}

static void segment_take(
	struct x12_intervals *x, const struct x12_segment *s, const struct x12_delimiters *d)
{
	if (slice_eq(s->id, S("REF"))) {
		reference_read(x, s);
	} else if (slice_eq(s->id, S("DTM"))) {
		date_read(x, s);
	} else if (slice_eq(s->id, S("QTY"))) {
		quantity_end(x);
		quantity_begin(x, s, d);
	}
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
		series_begin(x, s);
	else if (slice_eq(s->id, S("BPT")))
		usage_read(x, s);
	else
		segment_take(x, s, &at->interchange->delimiters);
}

static void set_began(void *context, const struct x12_context *at)
{
	struct x12_intervals *x = context;

	x->series_count = 0;
	x->has_purpose = false;
	x->set = (struct x12_series){ 0 };
	TEXT_SET(x->set.set_number, slice_str(at->set->number));
}

/* With SE or without it. */
static void set_ended(void *context, const struct x12_context *at)
{
	(void)at;
	series_end(context);
}

struct x12_listener x12_intervals_hear(struct x12_intervals *x)
{
	return (struct x12_listener){ .context = x,
		.set_began = set_began,
		.set_ended = set_ended,
		.segment = segment_heard };
}
