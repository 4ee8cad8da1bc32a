/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions to a day: reading, writing, and what a refusal becomes when one is there. */
#include "exchange/exceptions.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define DAY_NS (86400 * NS_PER_S)
#define ENDING_NS (30 * DAY_NS)
#define AHEAD_MAX_NS (732 * DAY_NS) /* two years, one of them a leap year, and the day itself */
#define DAY_TEXT 10                 /* "2027-01-31" */

static const struct {
	const char *name;
	const char *codes[2]; /* of a refusal for want of it: signature.h, proof.c, sealing.h */
} rows[EXCEPTIONS] = {
	[EXCEPTION_SHA1] = { "sha-1", { "signature.algorithm.sha-1", "mdn.mic.algorithm.sha-1" } },
	[EXCEPTION_3DES] = { "3des", { "sealing.algorithm.3des", "sealing.algorithm.3des" } },
};

static bool is_for_want_of(enum exception which, const char *code)
{
	return strcmp(code, rows[which].codes[0]) == 0 || strcmp(code, rows[which].codes[1]) == 0;
}

/* --- reading and writing --- */

static enum status algorithm_read(enum exception *out, const char *name, struct fault *f)
{
	for (*out = 0; *out < EXCEPTIONS; ++*out)
		if (strcmp(name, rows[*out].name) == 0)
			return ST_OK;
	return fault_set(f, ST_INPUT, "exception.value",
		"legacy: there is no algorithm %.40s: use sha-1 or 3des", name);
}

static enum status day_read(int64_t *end_ns, const char *text, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(TIME_TEXT_MAX);
	int64_t begin_ns;

	buf_putf(&whole, "%.20sT00:00:00Z", text);
	if (strlen(text) != DAY_TEXT || time_parse(&begin_ns, buf_slice(&whole), NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "exception.value",
			"legacy: until: %.40s is no day like 2027-01-31", text);
	*end_ns = begin_ns + DAY_NS;
	return ST_OK;
}

enum status exceptions_read(struct exceptions *out, const struct exception_text *list,
	size_t count, struct fault *f)
{
	enum exception which;

	*out = (struct exceptions){ 0 };
	for (size_t i = 0; i < count; i++) {
		TRY(algorithm_read(&which, list[i].algorithm, f));
		if (out->end_ns[which] != 0)
			return fault_set(f, ST_INPUT, "exception.value",
				"legacy: %s is there twice", rows[which].name);
		TRY(day_read(&out->end_ns[which], list[i].until, f));
	}
	return ST_OK;
}

char *exception_day(char out[EXCEPTION_DAY_MAX], const struct exceptions *e, enum exception which)
{
	char whole[TIME_TEXT_MAX];

	time_format(whole, e->end_ns[which] - NS_PER_S);
	snprintf(out, EXCEPTION_DAY_MAX, "%.*s", DAY_TEXT, whole);
	return out;
}

void exceptions_put(struct buf *out, const struct exceptions *e)
{
	const char *before = "[ ";
	char day[EXCEPTION_DAY_MAX];

	for (enum exception i = 0; i < EXCEPTIONS; i++) {
		if (e->end_ns[i] == 0)
			continue;
		buf_putf(out, "%s{ algorithm: %s, until: %s }", before, rows[i].name,
			exception_day(day, e, i));
		before = ", ";
	}
	buf_put_text(out, *before == '[' ? "[]" : " ]");
}

/* --- judging --- */

enum exception_state exception_state_to(int64_t end_ns, int64_t now_ns)
{
	if (end_ns == 0)
		return EXCEPTION_NONE;
	if (now_ns >= end_ns)
		return EXCEPTION_ENDED;
	if (end_ns - now_ns > AHEAD_MAX_NS)
		return EXCEPTION_TOO_LONG;
	return end_ns - now_ns <= ENDING_NS ? EXCEPTION_ENDING : EXCEPTION_HOLDS;
}

enum exception_state exception_state(
	const struct exceptions *e, enum exception which, int64_t now_ns)
{
	return exception_state_to(e->end_ns[which], now_ns);
}

const char *exception_name(enum exception which)
{
	return rows[which].name;
}

const char *exception_state_name(enum exception_state state)
{
	static const char *const names[EXCEPTION_STATES] = {
		[EXCEPTION_NONE] = "none",
		[EXCEPTION_HOLDS] = "holds",
		[EXCEPTION_ENDING] = "ending",
		[EXCEPTION_ENDED] = "ended",
		[EXCEPTION_TOO_LONG] = "too-long",
	};

	return names[state];
}

static enum status day_refuse(
	struct fault *why, const struct exceptions *e, enum exception which, bool ended)
{
	char day[EXCEPTION_DAY_MAX];

	exception_day(day, e, which);
	if (ended)
		return fault_set(why, ST_AUTH, "legacy.ended",
			"%s was agreed until %s: the sender has to use a stronger algorithm now",
			rows[which].name, day);
	return fault_set(why, ST_AUTH, "legacy.too-long",
		"%s is agreed until %s, more than two years ahead: that is no exception",
		rows[which].name, day);
}

void exceptions_flag(struct fault *flag, unsigned used, const struct exceptions *agreed)
{
	AUTO_IN_PLACE(buf) words = buf_init(FAULT_TEXT_MAX);
	char day[EXCEPTION_DAY_MAX];

	for (enum exception i = 0; i < EXCEPTIONS; i++)
		if (used & EXCEPTION_BIT(i))
			buf_putf(&words, "%s%s until %s", words.n > 0 ? ", " : "",
				exception_name(i), exception_day(day, agreed, i));
	fault_set(flag, ST_AUTH, "legacy.used", "it needed what is agreed to a day only: %s",
		buf_text(&words));
}

enum status exceptions_lift(
	enum exception *which, const struct exceptions *e, int64_t now_ns, struct fault *why)
{
	enum exception_state state;

	for (*which = 0; *which < EXCEPTIONS; ++*which)
		if (is_for_want_of(*which, why->code))
			break;
	if (!e || *which == EXCEPTIONS)
		return why->status;
	state = exception_state(e, *which, now_ns);
	if (state == EXCEPTION_NONE)
		return why->status;
	if (state == EXCEPTION_HOLDS || state == EXCEPTION_ENDING)
		return ST_OK;
	return day_refuse(why, e, *which, state == EXCEPTION_ENDED);
}
