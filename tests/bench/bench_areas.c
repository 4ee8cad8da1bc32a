/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the documents of the four areas cost: an availability document with 1,000 entries, as it
 * comes every few minutes, read and checked on one core, alone and with what the register has to
 * know; and the same of 1,000 intervals.  The last line is for scripts.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "documents/der/facts.h"
#include "documents/der/validate.h"

#define ROUNDS 200 /* the median counts */
#define ENTRIES 1000

/* The example of the schema with entries put before its end. */
static void document_make(struct buf *out)
{
	struct slice example = der_schema_find(json_text_of("availability"))->example;
	size_t end = example.n;

	while (end > 0 && example.p[end - 1] != '}')
		end--;
	buf_put(out, slice_to(example, end - 1));
	buf_put_text(out, ",\"resource_detail\":[");
	for (unsigned i = 0; i < ENTRIES; i++)
		buf_putf(out, "%s{\"resource_id\":\"R-%06u\",\"up_kw\":\"%u.%03u\","
			"\"down_kw\":\"%u.5\",\"state_of_charge_percent\":\"%u.25\","
			"\"operating_state\":\"normal\",\"quality\":\"ok\","
			"\"measured_at\":\"2026-07-01T16:41:%02u.%03uZ\"}", i ? "," : "", i, i % 9,
			i % 1000, i % 7, i % 100, i % 60, i % 1000);
	buf_put_text(out, "]}\n");
}

/* Where the list ends that begins before `at`: others may be in it. */
static size_t list_end(struct slice in, size_t at)
{
	for (unsigned depth = 1; at < in.n; at++) {
		depth += in.p[at] == '[';
		depth -= in.p[at] == ']';
		if (depth == 0)
			return at;
	}
	die("bench areas: a list of the example has no end");
}

#define INTERVALS "\"intervals\": ["

/* The same with intervals in the place of the two there are. */
static void intervals_make(struct buf *out)
{
	struct slice example = der_schema_find(json_text_of("availability"))->example;
	size_t begin;

	if (!slice_find(&begin, example, S(INTERVALS)))
		die("bench areas: the example has no intervals");
	begin += strlen(INTERVALS);
	buf_put(out, slice_to(example, begin));
	for (unsigned i = 0; i < ENTRIES; i++)
		buf_putf(out, "%s{\"start\":\"2026-07-%02uT%02u:%02u:00.000Z\",\"duration\":\"PT15M\","
			"\"up_kw\":\"%u.%03u\",\"down_kw\":\"%u.5\",\"up_duration_s\":7200,"
			"\"down_duration_s\":8400,\"energy_kwh\":\"%u.4\",\"quality\":\"ok\","
			"\"confidence_percent\":\"%u.5\"}",
			i ? "," : "", 2 + i / 96, i / 4 % 24, i % 4 * 15, i % 9, i % 1000, i % 7,
			i % 900, i % 100);
	buf_put(out, slice_from(example, list_end(example, begin)));
}

static int64_t read_only(struct slice in)
{
	int64_t began = clock_mono_ns();
	struct json_reader r;
	struct json_event e;

	json_reader_init(&r, in);
	while (json_next(&e, &r, NULL) == ST_OK)
		;
	return clock_mono_ns() - began;
}

static int64_t checked(struct slice in)
{
	static const struct der_listener nobody = { 0 };
	int64_t began = clock_mono_ns();
	struct der_result r;

	der_validate(&r, in, &nobody);
	if (!r.schema || r.against_schema + r.beyond > 0)
		die("bench areas: the document is not valid");
	return clock_mono_ns() - began;
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	der_facts_take(context, p, e);
}

static int64_t collected(struct slice in)
{
	AUTO_IN_PLACE(buf) out = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &out };
	const struct der_listener listener = { .context = &facts, .value = value_take };
	int64_t began = clock_mono_ns();
	struct der_result r;

	der_facts_begin(&facts);
	der_validate(&r, in, &listener);
	der_facts_end(&facts, r.schema != NULL, true);
	if (facts.documents != 1 || der_facts_check(&facts, NULL) != ST_OK)
		die("bench areas: nothing was collected");
	return clock_mono_ns() - began;
}

static void sort(int64_t *list, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && list[j - 1] > list[j]; j--) {
			int64_t swap = list[j];

			list[j] = list[j - 1];
			list[j - 1] = swap;
		}
}

/* ms. */
static double median(int64_t (*run)(struct slice), struct slice in)
{
	static int64_t took[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		took[i] = run(in);
	sort(took, ROUNDS);
	return (double)took[ROUNDS / 2] / 1e6;
}

int main(void)
{
	AUTO_IN_PLACE(buf) document = buf_init(1 << 20);
	double reading, checking;

	document_make(&document);
	reading = median(read_only, buf_slice(&document));
	checking = median(checked, buf_slice(&document));
	printf("availability, %d entries, %zu bytes: "
		"read %.3f ms, %.0f MB/s; checked %.3f ms, %.0f MB/s\n",
		ENTRIES, document.n, reading, (double)document.n / reading / 1e3, checking,
		(double)document.n / checking / 1e3);
	double with_facts = median(collected, buf_slice(&document));
	buf_clear(&document);
	intervals_make(&document);
	double intervals = median(checked, buf_slice(&document));
	double with_intervals = median(collected, buf_slice(&document));
	printf("with what the register has to know: %.3f ms; "
		"%d intervals: checked %.3f ms, with it %.3f ms\n",
		with_facts, ENTRIES, intervals, with_intervals);
	printf("\nbench areas: availability_read_ms=%.3f availability_check_ms=%.3f "
		"availability_facts_ms=%.3f availability_check_mb_s=%.0f "
		"availability_facts_ratio=%.2f intervals_facts_ratio=%.2f\n", reading, checking,
		with_facts, (double)document.n / checking / 1e3, with_facts / checking,
		with_intervals / intervals);
	return 0;
}
