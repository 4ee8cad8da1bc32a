/* SPDX-License-Identifier: Apache-2.0 */
/* adjtimex(2) only reads here: to set anything takes a capability that no process of ours has. */
#include "base/clock_quality.h"

#include <stdio.h>
#include <sys/timex.h>

#define NS_PER_US INT64_C(1000)
#define ERROR_MOST_US (INT64_C(86400) * 1000000)

static int64_t error_of_us(int64_t us)
{
	if (us < 0)
		return 0;
	return (us < ERROR_MOST_US ? us : ERROR_MOST_US) * NS_PER_US;
}

struct clock_quality clock_quality_of(int state, int status, long esterror_us, long maxerror_us)
{
	if (state < 0)
		return (struct clock_quality){ .is_known = false };
	return (struct clock_quality){
		.is_known = true,
		.is_synchronised = state != TIME_ERROR && (status & STA_UNSYNC) == 0,
		.estimated_ns = error_of_us(esterror_us),
		.maximum_ns = error_of_us(maxerror_us),
	};
}

struct clock_quality clock_quality_now(void)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	return clock_quality_of(state, t.status, t.esterror, t.maxerror);
}

int64_t clock_allowance_ns(const struct clock_quality *q)
{
	return q->is_known && q->is_synchronised && q->maximum_ns < CLOCK_ALLOWANCE_NS
		? q->maximum_ns
		: CLOCK_ALLOWANCE_NS;
}

/* --- as it is said ------------------------------------------------------------------------ */

char *clock_said_format(char out[CLOCK_SAID_MAX], const struct clock_said *said)
{
	const struct clock_quality *q = &said->quality;
	char at[TIME_TEXT_MAX];

	time_format(at, said->at_ns);
	if (q->is_known)
		snprintf(out, CLOCK_SAID_MAX,
			"%s; source=adjtimex; synchronised=%s; estimated-us=%lld; maximum-us=%lld",
			at, q->is_synchronised ? "yes" : "no", (long long)(q->estimated_ns / NS_PER_US),
			(long long)(q->maximum_ns / NS_PER_US));
	else
		snprintf(out, CLOCK_SAID_MAX, "%s; source=none", at);
	return out;
}

/* What is too large for any number is as large as can be. */
static bool error_read(int64_t *ns, struct slice value)
{
	uint64_t us;
	enum status st = slice_u64(&us, value, NULL);

	if (st == ST_INPUT)
		return false;
	bool fits = st == ST_OK && us < (uint64_t)ERROR_MOST_US;
	*ns = error_of_us(fits ? (int64_t)us : ERROR_MOST_US);
	return true;
}

static bool pair_read(struct clock_quality *q, struct slice name, struct slice value)
{
	if (slice_eq(name, S("source")))
		q->is_known = !slice_eq(value, S("none"));
	else if (slice_eq(name, S("synchronised")))
		q->is_synchronised = slice_eq(value, S("yes"));
	else if (slice_eq(name, S("estimated-us")))
		return error_read(&q->estimated_ns, value);
	else if (slice_eq(name, S("maximum-us")))
		return error_read(&q->maximum_ns, value);
	return true;
}

static enum status syntax(struct fault *f, struct slice pair)
{
	return fault_set(f, ST_INPUT, "clock.syntax", "'%.*s' says nothing of a clock",
		SLICE_FMT(slice_to(pair, 40)));
}

enum status clock_said_parse(struct clock_said *out, struct slice text, struct fault *f)
{
	struct clock_said said = { 0 };
	struct slice at, pair, name, value, rest;

	if (text.n >= CLOCK_SAID_MAX)
		return fault_set(f, ST_LIMIT, "clock.length", "%zu bytes of a clock", text.n);
	slice_cut(&at, &rest, text, ';');
	TRY(time_parse(&said.at_ns, slice_trim(at), f));
	while (rest.n > 0) {
		slice_cut(&pair, &rest, rest, ';');
		if (!slice_cut(&name, &value, slice_trim(pair), '=') ||
			!pair_read(&said.quality, slice_trim(name), slice_trim(value)))
			return syntax(f, pair);
	}
	*out = said;
	return ST_OK;
}

char *clock_words(char out[CLOCK_WORDS_MAX], const struct clock_quality *q)
{
	const long long us = q->maximum_ns / NS_PER_US;

	if (!q->is_known)
		snprintf(out, CLOCK_WORDS_MAX, "of unknown quality");
	else if (!q->is_synchronised)
		snprintf(out, CLOCK_WORDS_MAX, "not synchronised");
	else
		snprintf(out, CLOCK_WORDS_MAX, "synchronised within %lld.%03lldms", us / 1000,
			us % 1000);
	return out;
}
