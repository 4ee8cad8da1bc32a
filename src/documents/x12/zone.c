/* SPDX-License-Identifier: Apache-2.0 */
/* Days are counted from 1970 in the proleptic Gregorian calendar; everything else is arithmetic. */
#include "documents/x12/zone.h"

#include <stdio.h>

#define DAY_S 86400
#define HOUR_S 3600
#define YEAR_MAX 2260 /* what comes later is no number of nanoseconds */

enum clock { STANDARD, DAYLIGHT, PREVAILING };

/* A code that is an offset from UTC: 01 to 12 are ISO's P01 to P12, 13 to 24 are M12 to M01. */
#define HOURS(code, offset) { code, STANDARD, (offset) * HOUR_S, code, code }

static const struct zone {
	char code[3];
	enum clock clock;
	int offset_s; /* of standard time, from UTC */
	char standard[3], daylight[3];
} zones[] = {
	{ "UT", STANDARD, 0, "UT", "UT" },
	{ "GM", STANDARD, 0, "GM", "GM" },
	{ "ES", STANDARD, -5 * HOUR_S, "ES", "ES" },
	{ "ED", DAYLIGHT, -5 * HOUR_S, "ED", "ED" },
	{ "ET", PREVAILING, -5 * HOUR_S, "ES", "ED" },
	{ "CS", STANDARD, -6 * HOUR_S, "CS", "CS" },
	{ "CD", DAYLIGHT, -6 * HOUR_S, "CD", "CD" },
	{ "CT", PREVAILING, -6 * HOUR_S, "CS", "CD" },
	{ "MS", STANDARD, -7 * HOUR_S, "MS", "MS" },
	{ "MD", DAYLIGHT, -7 * HOUR_S, "MD", "MD" },
	{ "MT", PREVAILING, -7 * HOUR_S, "MS", "MD" },
	{ "PS", STANDARD, -8 * HOUR_S, "PS", "PS" },
	{ "PD", DAYLIGHT, -8 * HOUR_S, "PD", "PD" },
	{ "PT", PREVAILING, -8 * HOUR_S, "PS", "PD" },
	{ "AS", STANDARD, -9 * HOUR_S, "AS", "AS" },
	{ "AD", DAYLIGHT, -9 * HOUR_S, "AD", "AD" },
	{ "AT", PREVAILING, -9 * HOUR_S, "AS", "AD" },
	{ "HS", STANDARD, -10 * HOUR_S, "HS", "HS" },
	{ "TS", STANDARD, -4 * HOUR_S, "TS", "TS" },
	{ "TD", DAYLIGHT, -4 * HOUR_S, "TD", "TD" },
	{ "TT", PREVAILING, -4 * HOUR_S, "TS", "TD" },
	HOURS("01", 1), HOURS("02", 2), HOURS("03", 3), HOURS("04", 4),
	HOURS("05", 5), HOURS("06", 6), HOURS("07", 7), HOURS("08", 8),
	HOURS("09", 9), HOURS("10", 10), HOURS("11", 11), HOURS("12", 12),
	HOURS("13", -12), HOURS("14", -11), HOURS("15", -10), HOURS("16", -9),
	HOURS("17", -8), HOURS("18", -7), HOURS("19", -6), HOURS("20", -5),
	HOURS("21", -4), HOURS("22", -3), HOURS("23", -2), HOURS("24", -1),
};

static enum status zone_find(const struct zone **out, struct slice code, struct fault *f)
{
	if (code.n == 0)
		return fault_set(f, ST_INPUT, "x12.zone.code",
			"the time code, DTM04, is missing: without it a time is no moment");
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (slice_eq(slice_str(zones[i].code), code)) {
			*out = &zones[i];
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "x12.zone.code",
		"time code \"%.*s\" is not known: ES, ED, ET, CS, CD, CT, MS, MD, MT, PS, PD, PT, "
		"UT, 01 to 24 and others are", SLICE_FMT(slice_to(code, 8)));
}

/* --- the calendar --- */

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3; /* March is 0 */
	int64_t era = y / 400, in_era = y % 400;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + (153 * m + 2) / 5 + day -
		1 - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t z = days + 719468, era = z / 146097, in_era = z % 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;

	*day = in_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era * 400 + y + (*month <= 2);
}

/* The day of the week: Sunday is 0; 1970 began on a Thursday. */
static int64_t weekday_of(int64_t days)
{
	return (days + 4) % 7;
}

/* The n-th Sunday of a month. */
static int64_t sunday(int64_t year, int64_t month, int64_t n)
{
	int64_t first = days_of(year, month, 1);

	return first + (7 - weekday_of(first)) % 7 + 7 * (n - 1);
}

/*
 * Local standard seconds at which clocks go forward, and local daylight ones at which they go back.
 */
static void changes_of(int64_t year, int64_t *forward_s, int64_t *back_s)
{
	int64_t last = sunday(year, 10, 5);

	if (last >= days_of(year, 11, 1))
		last -= 7;
	*forward_s = (year >= 2007 ? sunday(year, 3, 2) : sunday(year, 4, 1)) * DAY_S + 2 * HOUR_S;
	*back_s = (year >= 2007 ? sunday(year, 11, 1) : last) * DAY_S + 2 * HOUR_S;
}

static int64_t year_of(int64_t local_s)
{
	int64_t year, month, day;

	date_of(local_s / DAY_S, &year, &month, &day);
	return year;
}

/* --- reading --- */

static unsigned number_of(struct slice digits)
{
	unsigned n = 0;

	for (size_t i = 0; i < digits.n; i++)
		n = n * 10 + (unsigned)(digits.p[i] - '0');
	return n;
}

static bool are_digits(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

static enum status date_read(int64_t *days, struct slice date, struct fault *f)
{
	int64_t year, month, day, back[3];

	if (date.n != 8 || !are_digits(date))
		return fault_set(f, ST_INPUT, "x12.zone.date", "\"%.*s\" is no date CCYYMMDD",
			SLICE_FMT(slice_to(date, 16)));
	year = number_of(slice_to(date, 4));
	month = number_of(slice_sub(date, 4, 2));
	day = number_of(slice_sub(date, 6, 2));
	*days = month >= 1 && month <= 12 ? days_of(year, month, day) : 0;
	date_of(*days, &back[0], &back[1], &back[2]);
	if (year < 1987 || year > YEAR_MAX || back[0] != year || back[1] != month || back[2] != day)
		return fault_set(f, ST_INPUT, "x12.zone.date",
			"%.*s is no day of the calendar from 1987 to %d", SLICE_FMT(date),
			YEAR_MAX);
	return ST_OK;
}

static enum status time_read(int64_t *seconds, struct slice time, struct fault *f)
{
	unsigned hours, minutes, rest;

	if ((time.n != 4 && time.n != 6) || !are_digits(time))
		return fault_set(f, ST_INPUT, "x12.zone.time", "\"%.*s\" is no time HHMM",
			SLICE_FMT(slice_to(time, 16)));
	hours = number_of(slice_to(time, 2));
	minutes = number_of(slice_sub(time, 2, 2));
	rest = number_of(slice_from(time, 4));
	if (hours > 24 || minutes > 59 || rest > 59 || (hours == 24 && minutes + rest > 0))
		return fault_set(f, ST_INPUT, "x12.zone.time",
			"%.*s is no time of a day, 0000 to 2400", SLICE_FMT(time));
	*seconds = hours * HOUR_S + minutes * 60 + rest;
	return ST_OK;
}

static enum status hour_missing(const struct x12_stated *said, struct fault *f)
{
	return fault_set(f, ST_INPUT, "x12.zone.missing-hour",
		"%.*s on %.*s is in the hour that clocks go forward over: there is no such time %.*s",
		SLICE_FMT(said->time), SLICE_FMT(said->date), SLICE_FMT(said->code));
}

/*
 * Neither has daylight time in the hour that clocks go forward over.  Prevailing time has both
 * names for the moment itself, 0200 as an end only.
 */
static bool is_never(const struct zone *zone, enum x12_edge edge, int64_t local, int64_t forward)
{
	bool is_change = edge == X12_END && zone->clock == PREVAILING && local == forward;

	return zone->clock != STANDARD && !is_change && local >= forward &&
		local < forward + HOUR_S;
}

static struct x12_moment moment_of(const struct zone *zone, enum x12_edge edge, int64_t local)
{
	struct x12_moment m = { .utc_s = local - zone->offset_s };
	int64_t forward, back;

	changes_of(year_of(local), &forward, &back);
	m.later_s = m.utc_s;
	if (zone->clock == DAYLIGHT)
		m.utc_s = m.later_s = m.utc_s - HOUR_S;
	if (zone->clock != PREVAILING || local <= forward || local > back)
		return m;
	m.is_doubled = local >= back - HOUR_S && (local < back || edge == X12_END);
	if (local < back || m.is_doubled)
		m.utc_s -= HOUR_S;
	if (!m.is_doubled)
		m.later_s = m.utc_s;
	return m;
}

enum status x12_moment_read(struct x12_moment *out, enum x12_edge edge,
	const struct x12_stated *said, struct fault *f)
{
	const struct zone *zone;
	int64_t days, seconds, forward, back;

	TRY(zone_find(&zone, said->code, f));
	TRY(date_read(&days, said->date, f));
	TRY(time_read(&seconds, said->time, f));
	changes_of(year_of(days * DAY_S + seconds), &forward, &back);
	if (is_never(zone, edge, days * DAY_S + seconds, forward))
		return hour_missing(said, f);
	*out = moment_of(zone, edge, days * DAY_S + seconds);
	if (seconds == 0 && edge == X12_END)
		out->later_s = moment_of(zone, edge, (days + 1) * DAY_S).utc_s;
	return ST_OK;
}

/* --- writing --- */

static bool is_summer_at(int64_t utc_s, const struct zone *zone)
{
	int64_t standard = utc_s + zone->offset_s, forward, back;

	changes_of(year_of(standard), &forward, &back);
	return standard >= forward && standard < back - HOUR_S;
}

static void local_put(struct x12_local *out, int64_t local)
{
	int64_t year, month, day, rest = local % DAY_S;

	date_of(local / DAY_S, &year, &month, &day);
	*out = (struct x12_local){ .date = "" };
	snprintf(out->date, sizeof(out->date), "%04u%02u%02u", (unsigned)year % 10000,
		(unsigned)month % 100, (unsigned)day % 100);
	snprintf(out->time, sizeof(out->time), rest % 60 ? "%02u%02u%02u" : "%02u%02u",
		(unsigned)(rest / HOUR_S) % 100, (unsigned)(rest / 60 % 60) % 100,
		(unsigned)(rest % 60));
}

enum status x12_moment_write(
	struct x12_local *out, int64_t utc_s, struct slice code, struct fault *f)
{
	const struct zone *zone;
	struct x12_local local;
	int64_t forward, back, local_s;
	bool daylight;

	TRY(zone_find(&zone, code, f));
	daylight = zone->clock == DAYLIGHT ||
		(zone->clock == PREVAILING && is_summer_at(utc_s, zone));
	local_s = utc_s + zone->offset_s + (daylight ? HOUR_S : 0);
	local_put(&local, local_s);
	changes_of(year_of(local_s), &forward, &back);
	if (zone->clock == DAYLIGHT && is_never(zone, X12_END, local_s, forward))
		return hour_missing(&(struct x12_stated){ slice_str(local.date),
					    slice_str(local.time), code }, f);
	snprintf(local.code, sizeof(local.code), "%s", daylight ? zone->daylight : zone->standard);
	*out = local;
	return ST_OK;
}
