/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time for people and partners; days are counted by Howard Hinnant's civil calendar arithmetic,
 * without locale or time zone.
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cursor.h"

#define S_PER_DAY 86400
#define YEAR_MIN 1970
#define YEAR_MAX 2261
#define DURATION_MAX_S (INT64_C(3650) * S_PER_DAY)

static int64_t clock_read(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_utc_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
	return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

struct civil {
	int64_t year;
	unsigned month, day; /* from 1 */
};

static int64_t days_of(struct civil c)
{
	int64_t y = c.year - (c.month <= 2);
	int64_t era = y / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (c.month + (c.month > 2 ? -3u : 9u)) + 2) / 5 + c.day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

static struct civil civil_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	struct civil c = { .day = doy - (153 * mp + 2) / 5 + 1,
		.month = mp < 10 ? mp + 3 : mp - 9 };

	c.year = (int64_t)yoe + era * 400 + (c.month <= 2);
	return c;
}

/* The last n digits, and what follows them.  Each line of the log has a time: printf(3) is slow. */
static char *digits_put(char *out, unsigned number, unsigned n, char next)
{
	for (unsigned i = n; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	out[n] = next;
	return out + n + 1;
}

char *time_format(char out[TIME_TEXT_MAX], int64_t utc_ns)
{
	int64_t ns = utc_ns < 0 ? 0 : utc_ns;
	int64_t s = ns / NS_PER_S;
	struct civil c = civil_of(s / S_PER_DAY);
	unsigned day_s = (unsigned)(s % S_PER_DAY);

	char *end = out;

	end = digits_put(end, (unsigned)c.year % 10000, 4, '-');
	end = digits_put(end, c.month, 2, '-');
	end = digits_put(end, c.day, 2, 'T');
	end = digits_put(end, day_s / 3600, 2, ':');
	end = digits_put(end, day_s / 60 % 60, 2, ':');
	end = digits_put(end, day_s % 60, 2, '.');
	*digits_put(end, (unsigned)(ns % NS_PER_S / NS_PER_MS), 3, 'Z') = '\0';
	return out;
}

char *mail_date_format(char out[MAIL_DATE_MAX], int64_t utc_ns)
{
	/* 1970-01-01 was a Thursday */
	static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	int64_t s = (utc_ns < 0 ? 0 : utc_ns) / NS_PER_S;
	struct civil c = civil_of(s / S_PER_DAY);
	unsigned day_s = (unsigned)(s % S_PER_DAY);

	snprintf(out, MAIL_DATE_MAX, "%s, %02u %s %04u %02u:%02u:%02u +0000",
		days[s / S_PER_DAY % 7], c.day, months[c.month - 1], (unsigned)c.year % 10000,
		day_s / 3600, day_s / 60 % 60, day_s % 60);
	return out;
}

/* --- reading --- */

static enum status syntax(struct fault *f, const struct cursor *in)
{
	return fault_at(f, ST_INPUT, in->at, "time.syntax",
		"%.*s is not an RFC 3339 time, like 2026-11-23T05:14:06Z",
		(int)(in->all.n > 40 ? 40 : in->all.n), (const char *)in->all.p);
}

static enum status number_take(int64_t *out, struct cursor *in, size_t width, struct fault *f)
{
	struct slice text;
	uint64_t value;

	if (cursor_bytes(in, &text, width, NULL) != ST_OK || slice_u64(&value, text, NULL) != ST_OK)
		return syntax(f, in);
	*out = (int64_t)value;
	return ST_OK;
}

static bool byte_take(struct cursor *in, const char *any)
{
	struct slice rest = cursor_rest(in);

	if (rest.n == 0 || rest.p[0] == 0 || !strchr(any, rest.p[0]))
		return false;
	in->at++;
	return true;
}

static unsigned month_days(int64_t year, int64_t month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static enum status date_take(int64_t *days, struct cursor *in, struct fault *f)
{
	int64_t year, month, day;

	TRY(number_take(&year, in, 4, f));
	if (!byte_take(in, "-"))
		return syntax(f, in);
	TRY(number_take(&month, in, 2, f));
	if (!byte_take(in, "-"))
		return syntax(f, in);
	TRY(number_take(&day, in, 2, f));
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
		day > month_days(year, month))
		return fault_set(f, ST_INPUT, "time.range", "no such day between %d and %d",
			YEAR_MIN, YEAR_MAX);
	*days = days_of((struct civil){ year, (unsigned)month, (unsigned)day });
	return ST_OK;
}

static enum status clock_take(int64_t *seconds, struct cursor *in, struct fault *f)
{
	int64_t hour, minute, second;

	TRY(number_take(&hour, in, 2, f));
	if (!byte_take(in, ":"))
		return syntax(f, in);
	TRY(number_take(&minute, in, 2, f));
	if (!byte_take(in, ":"))
		return syntax(f, in);
	TRY(number_take(&second, in, 2, f));
	/* 60 is a leap second, and becomes the first of the next minute. */
	if (hour > 23 || minute > 59 || second > 60)
		return fault_set(f, ST_INPUT, "time.range", "no such time of day");
	*seconds = hour * 3600 + minute * 60 + second;
	return ST_OK;
}

static enum status fraction_take(int64_t *ns, struct cursor *in, struct fault *f)
{
	int64_t unit = NS_PER_S / 10;
	size_t from = in->at + 1;

	*ns = 0;
	if (!byte_take(in, "."))
		return ST_OK;
	for (struct slice rest = cursor_rest(in); byte_take(in, "0123456789");
		rest = cursor_rest(in)) {
		*ns += (rest.p[0] - '0') * unit;
		unit /= 10;
	}
	return in->at == from ? syntax(f, in) : ST_OK;
}

static enum status offset_take(int64_t *seconds, struct cursor *in, struct fault *f)
{
	int64_t hour, minute;

	*seconds = 0;
	if (byte_take(in, "Zz"))
		return ST_OK;
	bool west = cursor_rest(in).n && cursor_rest(in).p[0] == '-';
	if (!byte_take(in, "+-"))
		return syntax(f, in);
	TRY(number_take(&hour, in, 2, f));
	if (!byte_take(in, ":"))
		return syntax(f, in);
	TRY(number_take(&minute, in, 2, f));
	if (hour > 23 || minute > 59)
		return fault_set(f, ST_INPUT, "time.range", "no such offset from UTC");
	*seconds = (hour * 3600 + minute * 60) * (west ? -1 : 1);
	return ST_OK;
}

enum status time_parse(int64_t *utc_ns, struct slice text, struct fault *f)
{
	struct cursor in = cursor_of(text);
	int64_t days, seconds, ns, offset;

	TRY(date_take(&days, &in, f));
	if (!byte_take(&in, "Tt "))
		return syntax(f, &in);
	TRY(clock_take(&seconds, &in, f));
	TRY(fraction_take(&ns, &in, f));
	TRY(offset_take(&offset, &in, f));
	if (!cursor_at_end(&in))
		return syntax(f, &in);
	int64_t s = days * S_PER_DAY + seconds - offset;
	if (s < 0)
		return fault_set(f, ST_INPUT, "time.range", "before 1970");
	*utc_ns = s * NS_PER_S + ns;
	return ST_OK;
}

/* --- durations --- */

static const struct {
	const char *suffix;
	int64_t ns;
} units[] = {
	{ "d", 86400 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
	{ "m", 60 * NS_PER_S },
	{ "s", NS_PER_S },
	{ "ms", NS_PER_MS },
	{ "", NS_PER_S },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

static size_t digits_of(struct slice in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] >= '0' && in.p[n] <= '9')
		n++;
	return n;
}

enum status duration_parse(int64_t *ns, struct slice in, struct fault *f)
{
	size_t n = digits_of(in);
	uint64_t value = 0;

	for (size_t i = 0; i < UNITS; i++) {
		if (n == 0 || !slice_eq(slice_from(in, n), slice_str(units[i].suffix)))
			continue;
		if (slice_u64(&value, slice_to(in, n), NULL) != ST_OK ||
			value > (uint64_t)(DURATION_MAX_S * NS_PER_S / units[i].ns))
			return fault_set(f, ST_LIMIT, "duration.range", "more than ten years");
		*ns = (int64_t)value * units[i].ns;
		return ST_OK;
	}
	return fault_at(f, ST_INPUT, n, "duration.syntax",
		"%.*s is not a duration, like 30s, 5m, 4h or 3d", (int)(in.n > 40 ? 40 : in.n),
		(const char *)in.p);
}

char *duration_format(char out[DURATION_TEXT_MAX], int64_t ns)
{
	if (ns < 10 * NS_PER_S) {
		snprintf(out, DURATION_TEXT_MAX, "%lldms", (long long)(ns / NS_PER_MS));
		return out;
	}
	for (size_t i = 0; i < 4; i++) {
		if (ns < units[i].ns)
			continue;
		int64_t rest = i < 3 ? ns % units[i].ns / units[i + 1].ns : 0;
		int n = snprintf(out, DURATION_TEXT_MAX, "%lld%s", (long long)(ns / units[i].ns),
			units[i].suffix);
		if (rest)
			snprintf(out + n, DURATION_TEXT_MAX - (size_t)n, "%lld%s", (long long)rest,
				units[i + 1].suffix);
		break;
	}
	return out;
}
