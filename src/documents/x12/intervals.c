/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of each channel only the reading before is remembered, the first until it is known how long it
 * is, and those of the hour that comes twice until it is known which hour they are in.
 */
#include "documents/x12/intervals.h"

#include <stdio.h>
#include <stdlib.h>

#include "documents/decimal.h"
#include "documents/x12/lengths.h"
#include "documents/x12/spans.h"
#include "documents/x12/words.h"

#define PURPOSE 353   /* data element of BPT01 */
#define LONE_MAX_S 3600 /* what a change of length says of one interval alone behind it */
#define DURATION_TEXT 40
#define WAITING_MAX 512 /* of a channel: two hours, a quarter of a minute each */

/* A quantity whose time is known, or nearly. */
struct dated {
	struct x12_reading reading;
	struct x12_moment at;   /* its label */
	struct x12_spans spans; /* when it may have been */
	struct x12_place place; /* of QTY */
	int64_t to_midnight_s;  /* its end is the last minute of a day, or second; 0: it is not */
	bool is_missing;        /* it says an interval, and no quantity */
};

struct channel {
	char unit[3], direction[4];
	unsigned number;
	int64_t interval_s; /* 0: not known yet, or each says its own */
	int64_t usual_s;    /* how long the one before was */
	size_t changes;     /* of the length, so far */
	int64_t change_s;   /* when the last of them was */
	struct x12_span previous; /* the reading before, end_s 0: none */
	bool is_guess;      /* it may have been in the other hour */
	bool first_waits;
	struct dated first; /* waits for the second, which says how long intervals are */
	/* those that may be in either hour, for what comes behind them to say */
	struct dated *waiting; /* WAITING_MAX, or NULL */
	size_t waiting_count;
};

/* What a loop or its set says of when readings begin and end: DTM*150 and 151, with times. */
struct period {
	bool has_begin, has_end;
	struct x12_moment begin, end;
};

/* From QTY to whatever ends its loop. */
struct quantity {
	bool is_open, is_done; /* done: it became a reading, or was said to be wrong */
	struct dated dated;
	struct period period;
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
	struct period set_period, period; /* of the set, of the loop */
	struct x12_lengths lengths;
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
	for (size_t i = 0; x && i < X12_CHANNELS_MAX; i++)
		free(x->channels[i].waiting);
	free(x);
}

#define TEXT_SET(out, value) x12_text_set(out, sizeof(out), value)

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

/* What the next one follows, as early as it may have been; end_s 0: nothing. */
static struct x12_span last_of(const struct channel *c)
{
	return c->waiting_count > 0 ? c->waiting[c->waiting_count - 1].spans.first : c->previous;
}

static bool is_before(const struct x12_intervals *x, const struct channel *c, int64_t label_s)
{
	return c->first_waits ? c->first.at.utc_s < label_s
			      : last_of(c).end_s - shift_of(x, c->interval_s) < label_s;
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

static struct channel *channel_new(struct x12_intervals *x, const struct dated *d)
{
	struct channel *c;
	struct dated *waiting;
	struct fault f;

	if (x->channel_count == X12_CHANNELS_MAX) {
		fault_set(&f, ST_LIMIT, "x12.interval.channels",
			"more than %d units and directions in one PTD loop: it is left out",
			X12_CHANNELS_MAX);
		wrong(x, &d->place, &f);
		return NULL;
	}
	c = &x->channels[x->channel_count++];
	waiting = c->waiting;
	*c = (struct channel){ .number = ++x->series_count, .waiting = waiting };
	TEXT_SET(c->unit, slice_str(d->reading.unit));
	TEXT_SET(c->direction, direction_of(&d->reading));
	c->interval_s = x12_lengths_of(&x->lengths, c->unit, 0);
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

/* "1 minute is", "15 minutes are"; of what is not of minutes, seconds. */
static const char *duration(char out[DURATION_TEXT], int64_t seconds, bool with_verb)
{
	bool is_minutes = seconds % 60 == 0;
	long long count = is_minutes ? seconds / 60 : seconds;

	snprintf(out, DURATION_TEXT, "%lld %s%s%s", count, is_minutes ? "minute" : "second",
		count == 1 ? "" : "s", !with_verb ? "" : count == 1 ? " is" : " are");
	return out;
}

/* False: it is in the one before it, and no series any more. */
static bool follows(struct x12_intervals *x, const struct channel *c, const struct dated *d)
{
	const struct x12_reading *r = &d->reading;
	int64_t apart_s = r->start_s - c->previous.end_s;
	char text[DURATION_TEXT];
	struct fault f;

	if (c->previous.end_s == 0 || apart_s == 0)
		return true;
	/* how long a gap is between two of which one is guessed would be a guess */
	if (apart_s > 0 && (c->is_guess || !d->spans.is_certain))
		return true;
	if (apart_s > 0)
		fault_set(&f, ST_INPUT, "x12.interval.gap",
			"%s missing before this interval", duration(text, apart_s, true));
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"this interval begins %s before the one before it ends: it is left out",
			duration(text, -apart_s, false));
	wrong(x, &d->place, &f);
	return apart_s > 0;
}

static void behind_tell(struct x12_intervals *x, const struct dated *d, bool is_twice)
{
	struct fault f;

	if (is_twice)
		fault_set(&f, ST_INPUT, "x12.interval.twice",
			"the interval that ends here is there twice: the second is left out");
	else
		fault_set(&f, ST_INPUT, "x12.interval.overlap",
			"the interval ends before the one before it: it is left out");
	wrong(x, &d->place, &f);
}

static bool is_behind(struct x12_intervals *x, int64_t before_s, const struct dated *d)
{
	if (before_s == 0 || d->reading.end_s > before_s)
		return true;
	behind_tell(x, d, d->reading.end_s == before_s);
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
	if (!is_behind(x, c->previous.end_s, d) || !follows(x, c, d))
		return;
	c->previous = (struct x12_span){ d->reading.start_s, d->reading.end_s };
	c->is_guess = !d->spans.is_certain;
	if (!c->is_guess)
		c->usual_s = c->previous.end_s - c->previous.start_s;
	x->series.number = c->number;
	x->series.interval_s = c->interval_s;
	if (d->is_missing)
		missing_tell(x, d);
	else if (x->listener.reading)
		x->listener.reading(x->listener.context, &x->series, &d->reading);
}

/* --- the hour that comes twice --- */

/* Before and behind everything. */
#define EARLIEST_S INT64_MIN
#define LATEST_S INT64_MAX

static int64_t period_begin(const struct period *p)
{
	return p->has_begin ? p->begin.utc_s : EARLIEST_S;
}

static int64_t period_end(const struct period *p)
{
	return !p->has_end ? LATEST_S : p->end.later_s > p->end.utc_s ? p->end.later_s
								      : p->end.utc_s;
}

/* A period that has no room for its readings says nothing of them. */
static int64_t until(const struct x12_intervals *x, const struct channel *c,
	const struct dated *next)
{
	int64_t end_s = last_of(c).end_s;

	if (next && next->spans.may[0].start_s >= end_s)
		return next->spans.may[0].start_s;
	return !next && period_end(&x->period) >= end_s ? period_end(&x->period) : LATEST_S;
}

/* What is there twice in a row may be one too many: that leaves room for the others. */
static bool is_loose(const struct channel *c)
{
	const struct x12_span *named = &c->previous;

	for (size_t i = 0; i < c->waiting_count; i++) {
		if (x12_spans_may_repeat(&c->waiting[i].spans, named))
			return true;
		named = &c->waiting[i].spans.may[0];
	}
	return false;
}

static void waiting_judge(const struct x12_intervals *x, struct channel *c,
	const struct dated *next)
{
	int64_t until_s = until(x, c, next);
	bool loose = is_loose(c);

	for (size_t i = c->waiting_count; i-- > 0;) {
		until_s = x12_spans_last(&c->waiting[i].spans, until_s);
		if (loose)
			c->waiting[i].spans.is_certain = false;
	}
}

/* A run of readings that are in either hour, and what it is between. */
struct run {
	const struct dated *first;
	size_t count;
	int64_t from_s, to_s; /* 0: nothing certain is there */
};

/* They take as long in either hour. */
static bool is_even(const struct x12_spans *s)
{
	for (size_t i = 1; i < s->count; i++)
		if (s->may[i].end_s - s->may[i].start_s != s->may[0].end_s - s->may[0].start_s)
			return false;
	return true;
}

/* How much is missing among them is the same wherever they are; -1: that is not known. */
static int64_t missing_of(const struct run *run)
{
	int64_t missing_s = run->to_s - run->from_s;

	if (run->from_s == 0 || run->to_s == 0)
		return -1;
	for (size_t i = 0; i < run->count; i++) {
		const struct x12_spans *s = &run->first[i].spans;

		if (!is_even(s))
			return -1;
		missing_s -= s->first.end_s - s->first.start_s;
	}
	return missing_s / 60;
}

/* They are read as if they were early; who knows better must hear that it was a guess. */
static void run_tell(struct x12_intervals *x, const struct run *run)
{
	int64_t missing = missing_of(run);
	char count[64] = "this interval is", gap[64] = "";
	struct fault f;

	if (run->count > 1)
		snprintf(count, sizeof(count), "%zu intervals from here on are", run->count);
	if (missing >= 0)
		snprintf(gap, sizeof(gap), "; with them %lld minutes are missing",
			(long long)missing);
	fault_set(&f, ST_INPUT, "x12.interval.doubled",
		"%s in the hour that comes twice, and nothing says in which of the two: read as "
		"early as can be, which may be an hour wrong (codes ES and ED would say it)%s",
		count, gap);
	wrong(x, &run->first->place, &f);
}

static struct run run_of(const struct channel *c, size_t at, const struct dated *next)
{
	struct run run = { .first = &c->waiting[at] };

	run.from_s = c->is_guess ? 0 : c->previous.end_s;
	while (at + run.count < c->waiting_count && !run.first[run.count].spans.is_certain)
		run.count++;
	if (at + run.count < c->waiting_count)
		run.to_s = run.first[run.count].spans.first.start_s;
	else if (next && next->spans.may[0].start_s >= last_of(c).end_s)
		run.to_s = next->spans.may[0].start_s;
	return run;
}

static void span_take(struct x12_intervals *x, struct channel *c, struct dated *d,
	const struct x12_span *span)
{
	d->reading.start_s = span->start_s;
	d->reading.end_s = span->end_s;
	reading_take(x, c, d);
}

/* `next` comes behind them, and is in one hour only; NULL: nothing does. */
static void waiting_settle(struct x12_intervals *x, struct channel *c, const struct dated *next)
{
	size_t told = 0;

	if (c->waiting_count == 0)
		return;
	waiting_judge(x, c, next);
	for (size_t i = 0; i < c->waiting_count; i++) {
		struct dated *d = &c->waiting[i];

		if (!d->spans.is_certain && i >= told) {
			struct run run = run_of(c, i, next);

			run_tell(x, &run);
			told = i + run.count;
		}
		span_take(x, c, d, &d->spans.first);
	}
	c->waiting_count = 0;
}

/* As early as it can be; false: it cannot be at all. */
static bool first_find(const struct x12_intervals *x, const struct channel *c,
	struct x12_spans *spans)
{
	int64_t end_s = last_of(c).end_s;

	if (end_s != 0)
		return x12_spans_first(spans, end_s);
	return x12_spans_first(spans, period_begin(&x->period)) ||
		x12_spans_first(spans, EARLIEST_S);
}

static void wait_add(struct x12_intervals *x, struct channel *c, const struct dated *d)
{
	struct fault f;

	if (c->waiting_count == WAITING_MAX) {
		fault_set(&f, ST_LIMIT, "x12.interval.doubled",
			"more than %d intervals in the hour that comes twice: it is left out",
			WAITING_MAX);
		wrong(x, &d->place, &f);
		return;
	}
	if (!c->waiting)
		c->waiting = alloc_zeroed(WAITING_MAX, sizeof(*c->waiting));
	c->waiting[c->waiting_count++] = *d;
}

/* What is in one hour only, or in another night, says where those are that wait. */
static bool is_anchor(const struct channel *c, const struct x12_spans *spans)
{
	const struct x12_spans *last;

	if (c->waiting_count == 0 || spans->count == 1)
		return spans->count == 1;
	last = &c->waiting[c->waiting_count - 1].spans;
	return spans->may[0].start_s >= last->may[last->count - 1].end_s;
}

static void interval_take(struct x12_intervals *x, struct channel *c, struct dated *d)
{
	const struct x12_span *latest = &d->spans.may[d->spans.count - 1];

	if (is_anchor(c, &d->spans))
		waiting_settle(x, c, d);
	if (d->spans.count > 1 && first_find(x, c, &d->spans)) {
		wait_add(x, c, d);
		return;
	}
	d->spans.is_certain = true;
	d->reading.start_s = latest->start_s;
	d->reading.end_s = latest->end_s;
	if (c->waiting_count == 0)
		reading_take(x, c, d);
	else
		behind_tell(x, d, latest->end_s == last_of(c).end_s);
}

/* --- labels --- */

/* A midnight is that which follows the one before it; if neither does, the one that is nearer. */
static void midnight_settle(const struct x12_intervals *x, const struct channel *c,
	struct x12_moment *m)
{
	int64_t end_s = last_of(c).end_s, before_s = end_s - shift_of(x, c->interval_s);
	bool is_next = m->later_s == before_s + c->interval_s;

	if (m->is_doubled || m->later_s == m->utc_s)
		return;
	if (end_s && (is_next || (m->utc_s < before_s &&
					 m->later_s - before_s < before_s - m->utc_s)))
		m->utc_s = m->later_s;
	m->later_s = m->utc_s;
}

/*
 * 2359 is the end of the day, where that is some whole intervals behind the one before it: 2359 is
 * not, then.
 */
static void last_minute_settle(const struct channel *c, struct dated *d)
{
	int64_t end_s = last_of(c).end_s, midnight_s = d->at.utc_s + d->to_midnight_s;

	if (d->to_midnight_s == 0 || end_s == 0 || c->interval_s <= d->to_midnight_s ||
		midnight_s <= end_s || (midnight_s - end_s) % c->interval_s != 0)
		return;
	d->at.utc_s = d->at.later_s = midnight_s;
}

static void label_take(struct x12_intervals *x, struct channel *c, struct dated *d)
{
	midnight_settle(x, c, &d->at);
	last_minute_settle(c, d);
	x12_spans_of_label(&d->spans, &d->at, shift_of(x, c->interval_s), c->interval_s);
	interval_take(x, c, d);
}

/*
 * How far the second of a series is from the first, by the nearest pair of what they may be; 0: it
 * is not behind it.
 */
static int64_t apart(const struct x12_moment *first, const struct x12_moment *second)
{
	const int64_t firsts[] = { first->utc_s, latest(first) };
	const int64_t seconds[] = { second->utc_s, second->later_s };
	int64_t best = 0;

	for (size_t i = 0; i < 4; i++) {
		int64_t apart_s = seconds[i % 2] - firsts[i / 2];

		if (apart_s > 0 && (best == 0 || apart_s < best))
			best = apart_s;
	}
	return best;
}

/* From the change of length to the end of the first behind it; 0: there was none, or no end. */
static int64_t since_change(const struct x12_intervals *x, const struct channel *c)
{
	return c->changes > 0 && x->labels == X12_END ? c->first.at.utc_s - c->change_s : 0;
}

/* The second end says how long intervals are, where nothing else did. */
static void second_take(struct x12_intervals *x, struct channel *c, struct dated *d)
{
	struct dated waited = c->first;
	int64_t since_s = since_change(x, c);

	c->interval_s = apart(&waited.at, &d->at);
	if (since_s > 0 && since_s < c->interval_s)
		c->interval_s = since_s; /* the second of all is missing */
	if (c->interval_s == 0) {
		/* no length yet: it is only told that the second is no second */
		behind_tell(x, d, d->at.utc_s == waited.at.utc_s);
		return;
	}
	c->first_waits = false;
	label_take(x, c, &waited);
	label_take(x, c, d);
}

/* One whose length no other one says. */
static void lone_settle(struct x12_intervals *x, struct channel *c)
{
	struct dated lone = c->first;
	int64_t since_s = since_change(x, c);
	struct fault f;

	c->first_waits = false;
	if (since_s > 0 && since_s <= LONE_MAX_S) {
		c->interval_s = since_s;
		label_take(x, c, &lone);
		return;
	}
	fault_set(&f, ST_INPUT, "x12.interval.length",
		"one interval alone, and no REF*MT: nothing says how long it is");
	wrong(x, &lone.place, &f);
}

/* --- where their length changes --- */

/* A label that is a begin is behind it already when it is at it. */
static bool is_behind_change(const struct x12_intervals *x, const struct dated *d, int64_t change_s)
{
	bool is_begin = x->labels == X12_BEGIN && !d->reading.says_begin;

	return is_begin ? d->at.utc_s >= change_s : d->at.utc_s > change_s;
}

static void changes_pass(struct x12_intervals *x, struct channel *c, const struct dated *d)
{
	struct slice code = slice_str(d->reading.code);
	int64_t change_s;

	while (x12_lengths_changes(&change_s, &x->lengths, c->changes, code) &&
		is_behind_change(x, d, change_s)) {
		if (c->first_waits)
			lone_settle(x, c);
		c->changes++;
		c->change_s = change_s;
		c->interval_s = x12_lengths_of(&x->lengths, c->unit, c->changes);
	}
}

static void dated_take(struct x12_intervals *x, struct dated *d)
{
	struct channel *c = channel_find(x, d);

	if (!c)
		return;
	changes_pass(x, c, d);
	if (c->first_waits) {
		second_take(x, c, d);
	} else if (c->interval_s == 0) {
		c->first = *d;
		c->first_waits = true;
	} else {
		label_take(x, c, d);
	}
}

/* --- intervals that say their begin themselves --- */

static bool is_as_long(struct x12_intervals *x, const struct channel *c, const struct dated *d)
{
	const struct x12_span *span = &d->spans.may[0];
	int64_t length_s = span->end_s - span->start_s;
	char texts[2][DURATION_TEXT];
	struct fault f;

	if (c->interval_s == 0 || c->interval_s == length_s)
		return true;
	fault_set(&f, ST_INPUT, "x12.interval.length",
		"this interval is %s long, those of this series are %s: it is left out",
		duration(texts[0], length_s, false), duration(texts[1], c->interval_s, false));
	wrong(x, &d->place, &f);
	return false;
}

/* 2359 is the end of the day, where the interval has the length then that REF*MT wants. */
static void period_midnight_settle(const struct channel *c, struct quantity *q)
{
	int64_t end_s = q->period.end.utc_s + q->dated.to_midnight_s;

	if (q->dated.to_midnight_s > 0 && end_s - q->period.begin.utc_s == c->interval_s)
		q->period.end.utc_s = q->period.end.later_s = end_s;
}

static void period_take(struct x12_intervals *x)
{
	struct quantity *q = &x->quantity;
	struct channel *c;
	struct fault f;

	q->is_done = q->dated.reading.says_begin = true;
	q->dated.at = q->period.end;
	c = channel_find(x, &q->dated);
	if (!c)
		return;
	changes_pass(x, c, &q->dated);
	period_midnight_settle(c, q);
	x12_spans_of_period(&q->dated.spans, &q->period.begin, &q->period.end,
		c->interval_s ? c->interval_s : c->usual_s);
	if (q->dated.spans.count == 0) {
		fault_set(&f, ST_INPUT, "x12.interval.length",
			"this interval ends before it begins: it is left out");
		wrong(x, &q->dated.place, &f);
	} else if (is_as_long(x, c, &q->dated)) {
		interval_take(x, c, &q->dated);
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

static enum status range_read(struct period *p, const struct x12_segment *s, struct fault *f)
{
	struct slice begin, end, code = x12_element(s, 4);
	struct x12_stated stated;

	if (!slice_cut(&begin, &end, x12_element(s, 6), '-'))
		return fault_set(f, ST_INPUT, "x12.interval.date",
			"\"%.*s\" is no range of dates and times",
			SLICE_FMT(slice_to(x12_element(s, 6), 40)));
	stated = stated_of(begin, code);
	TRY(x12_moment_read(&p->begin, X12_BEGIN, &stated, f));
	stated = stated_of(end, code);
	TRY(x12_moment_read(&p->end, X12_END, &stated, f));
	p->has_begin = p->has_end = true;
	return ST_OK;
}

static struct x12_stated said_of(const struct x12_segment *s)
{
	if (format_of(s))
		return stated_of(x12_element(s, 6), x12_element(s, 4));
	return (struct x12_stated){ x12_element(s, 2), x12_element(s, 3), x12_element(s, 4) };
}

static enum status edge_read(
	struct period *p, const struct x12_segment *s, enum said says, struct fault *f)
{
	const struct format *format = format_of(s);
	struct x12_stated said = said_of(s);

	if (format && format->is_range)
		return range_read(p, s, f);
	if (says == SAYS_BEGIN) {
		TRY(x12_moment_read(&p->begin, X12_BEGIN, &said, f));
		p->has_begin = true;
	} else {
		TRY(x12_moment_read(&p->end, X12_END, &said, f));
		p->has_end = true;
	}
	return ST_OK;
}

/* Seconds from the last minute of a day to its end, or from the last second; else 0. */
static int64_t to_midnight(struct slice time)
{
	return slice_has_prefix(time, S("235959")) ? 1 : slice_has_prefix(time, S("2359")) ? 60 : 0;
}

static enum status label_read(struct x12_intervals *x, const struct x12_segment *s, struct fault *f)
{
	struct quantity *q = &x->quantity;
	struct x12_stated said = said_of(s);

	TRY(x12_moment_read(&q->dated.at, x->labels, &said, f));
	q->dated.to_midnight_s = x->labels == X12_END ? to_midnight(said.time) : 0;
	q->is_done = true;
	dated_take(x, &q->dated);
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

/* What readings are between; a period without times, or without a time code, says nothing here. */
static void period_read(struct x12_intervals *x, const struct x12_segment *s)
{
	const struct dtm_row *row = dtm_row(x12_element(s, 1));
	struct period *period = x->in_series ? &x->period : &x->set_period, read = *period;

	if (is_of_interval(s, row) && row->says != SAYS_LABEL &&
		edge_read(&read, s, row->says, NULL) == ST_OK)
		*period = read;
}

static void change_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct x12_stated said = said_of(s);
	struct fault f;

	if (x12_lengths_change(&x->lengths, &said, &f) != ST_OK)
		wrong(x, &x->place, &f);
}

static enum status time_read(struct x12_intervals *x, const struct x12_segment *s, enum said says,
	struct fault *f)
{
	const struct format *format = format_of(s);

	if (says == SAYS_LABEL && !(format && format->is_range))
		return label_read(x, s, f);
	if (says == SAYS_END)
		x->quantity.dated.to_midnight_s = to_midnight(said_of(s).time);
	return edge_read(&x->quantity.period, s, says, f);
}

static void date_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct quantity *q = &x->quantity;
	const struct dtm_row *row = dtm_row(x12_element(s, 1));
	struct fault f;

	if (!q->is_open && x->in_series && slice_eq(x12_element(s, 1), S("328")))
		change_read(x, s);
	else if (!q->is_open)
		period_read(x, s);
	if (!q->is_open || q->is_done)
		return;
	/* DTM*582 without a time says that there should be one. */
	if (!is_of_interval(s, row) && !(row && row->says == SAYS_LABEL)) {
		other_keep(q, s);
		return;
	}
	TEXT_SET(q->dated.reading.code, x12_element(s, 4));
	if (time_read(x, s, row->says, &f) != ST_OK) {
		q->is_done = true;
		wrong(x, &x->place, &f);
	} else if (q->period.has_begin && q->period.has_end) {
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

	if (q->period.has_begin || q->period.has_end)
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

	if (q->period.has_begin || q->period.has_end || q->has_time)
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

static void reference_read(struct x12_intervals *x, const struct x12_segment *s)
{
	struct slice qualifier = x12_element(s, 1);

	if (slice_eq(qualifier, S("MG")) && x12_element(s, 2).n > 0)
		TEXT_SET(x->series.meter, x12_element(s, 2));
	if (slice_eq(qualifier, S("MT")))
		x12_lengths_add(&x->lengths, x12_element(s, 2));
}

static void channel_end(struct x12_intervals *x, struct channel *c)
{
	if (c->first_waits)
		lone_settle(x, c);
	waiting_settle(x, c, NULL);
}

static void series_end(struct x12_intervals *x)
{
	quantity_end(x);
	for (size_t i = 0; i < x->channel_count; i++)
		channel_end(x, &x->channels[i]);
	x->channel_count = 0;
	x->lengths = (struct x12_lengths){ 0 };
	x->in_series = false;
}

static void series_begin(struct x12_intervals *x, const struct x12_segment *s)
{
	series_end(x);
	x->series = x->set;
	x->period = x->set_period;
	x->in_series = x->has_purpose = true;
	x->series.has_details = true;
	TEXT_SET(x->series.type, x12_element(s, 1));
	TEXT_SET(x->series.multiplier_kind, x12_element(s, 2));
	TEXT_SET(x->series.multiplier, x12_element(s, 3));
	TEXT_SET(x->series.detail_kind, x12_element(s, 4));
	TEXT_SET(x->series.detail, x12_element(s, 5));
	TEXT_SET(x->series.movement, x12_element(s, 6));
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
	x->set_period = (struct period){ 0 };
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
