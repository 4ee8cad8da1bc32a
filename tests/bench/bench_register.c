/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry costs at a size no utility has yet: 1,000 aggregations of 1,000 resources, each
 * registered, decided and changed ten times, said to an empty ledger; then an availability document
 * about 1,000 resources, and their 20 feeders, beside it.  The last line is for scripts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "exchange/facts.h"
#include "ledger/register.h"
#include "safeguards/digest.h"

#define AGGREGATIONS 1000
#define RESOURCES 1000 /* of each */
#define ON_FEEDER 50   /* of these */
#define CHANGES 10     /* of each, of CHANGED resources */
#define CHANGED 10
#define BATCH 10       /* aggregations that become durable together */
#define ROUNDS 200     /* the median counts */
#define FACTS_SIZE (1 << 20)
#define DAY_NS (86400 * NS_PER_S)

static void need(enum status st, const struct fault *f)
{
	if (st != ST_OK)
		die("bench register: %s (%s)", f->text, f->code);
}

static void number(struct buf *out, enum fact_kind kind, enum fact_list list, uint32_t item,
	int64_t n)
{
	fact_put(out, &(struct fact){ .kind = kind, .list = list, .item = item, .number = n });
}

static void text(struct buf *out, enum fact_kind kind, enum fact_list list, uint32_t item,
	const char *value)
{
	fact_put(out, &(struct fact){ .kind = kind, .list = list, .item = item,
			      .is_text = true, .text = slice_str(value) });
}

static void head(struct buf *out, const char *type, const char *role, const char *id,
	unsigned aggregation)
{
	char name[32];

	buf_clear(out);
	snprintf(name, sizeof(name), "AGG-%04u", aggregation);
	number(out, FACT_DOCUMENT, FACT_OF_DOCUMENT, 0, 1);
	text(out, FACT_TYPE, FACT_OF_DOCUMENT, 0, type);
	text(out, FACT_SENDER_ROLE, FACT_OF_DOCUMENT, 0, role);
	text(out, FACT_ID, FACT_OF_DOCUMENT, 0, id);
	text(out, FACT_AGGREGATION, FACT_OF_DOCUMENT, 0, name);
	number(out, FACT_FROM, FACT_OF_DOCUMENT, 0, DAY_NS);
}

/* Premises are in no order: their index is filled as in life. */
static void resource(struct buf *out, uint32_t item, unsigned aggregation, unsigned r)
{
	char name[40];

	snprintf(name, sizeof(name), "R-%04u-%06u", aggregation, r);
	text(out, FACT_RESOURCE, FACT_OF_RESOURCE, item, name);
	snprintf(name, sizeof(name), "SP%010u", (aggregation * RESOURCES + r) * 2654435761U);
	text(out, FACT_PREMISE, FACT_OF_RESOURCE, item, name);
	snprintf(name, sizeof(name), "FDR-%03u", r / ON_FEEDER + aggregation % 100);
	text(out, FACT_FEEDER, FACT_OF_RESOURCE, item, name);
	text(out, FACT_DER_KIND, FACT_OF_RESOURCE, item, "pv_storage");
	text(out, FACT_CONSENT, FACT_OF_RESOURCE, item, "CONSENT-2026-00042");
	number(out, FACT_CONSENT_UNTIL, FACT_OF_RESOURCE, item, 20000 * DAY_NS);
	number(out, FACT_EXPORT_KW, FACT_OF_RESOURCE, item, 10 * FACT_UNIT);
	number(out, FACT_IMPORT_KW, FACT_OF_RESOURCE, item, 5 * FACT_UNIT);
	number(out, FACT_ENERGY_KWH, FACT_OF_RESOURCE, item, 13 * FACT_UNIT);
}

static void registration(struct buf *out, unsigned a)
{
	char id[40];

	snprintf(id, sizeof(id), "reg-%04u", a);
	head(out, "aggregation_registration", "aggregator", id, a);
	text(out, FACT_ACTION, FACT_OF_DOCUMENT, 0, "create");
	number(out, FACT_UP_KW, FACT_OF_DOCUMENT, 0, 10000 * FACT_UNIT);
	for (unsigned r = 0; r < RESOURCES; r++)
		resource(out, r + 1, a, r);
}

static void decision(struct buf *out, unsigned a, const char *of, unsigned revision)
{
	char id[40];

	snprintf(id, sizeof(id), "dec-%04u-%u", a, revision);
	head(out, "registration_decision", "utility", id, a);
	text(out, FACT_REGISTRATION, FACT_OF_DOCUMENT, 0, of);
	text(out, FACT_ACTION, FACT_OF_DOCUMENT, 0, "accepted");
	number(out, FACT_BASIS, FACT_OF_DOCUMENT, 0, revision);
}

static void change(struct buf *out, const char *id, unsigned a, unsigned c)
{
	head(out, "composition_change", "aggregator", id, a);
	number(out, FACT_BASIS, FACT_OF_DOCUMENT, 0, c);
	for (unsigned r = 0; r < CHANGED; r++) {
		text(out, FACT_ACTION, FACT_OF_RESOURCE, r + 1, "modify");
		resource(out, r + 1, a, (c * 97 + r) % RESOURCES);
	}
}

static void say(struct ledger *l, uint64_t *row, enum direction_of_message direction,
	const struct buf *facts)
{
	const struct register_question q = { direction, S("acme"), buf_slice(facts), DAY_NS, 0, 0 };
	struct fault f = { 0 };

	need(register_apply(l, ++*row, &q, &f), &f);
}

static void aggregation_say(struct ledger *l, uint64_t *row, unsigned a, struct buf *facts)
{
	char id[40];

	snprintf(id, sizeof(id), "reg-%04u", a);
	registration(facts, a);
	say(l, row, MESSAGE_IN, facts);
	decision(facts, a, id, 1);
	say(l, row, MESSAGE_OUT, facts);
	for (unsigned c = 1; c <= CHANGES; c++) {
		snprintf(id, sizeof(id), "chg-%04u-%u", a, c);
		change(facts, id, a, c);
		say(l, row, MESSAGE_IN, facts);
		decision(facts, a, id, c + 1);
		say(l, row, MESSAGE_OUT, facts);
	}
}

static void commit(struct ledger *l)
{
	struct fault f = { 0 };

	need(ledger_commit(l, &f), &f);
	if (fdatasync(ledger_log(l)) != 0)
		die("bench register: the log cannot be synced");
	ledger_durable(l);
}

/* Seconds, everything durable. */
static double load(struct ledger *l, struct buf *facts)
{
	int64_t began = clock_mono_ns();
	struct fault f = { 0 };
	uint64_t row = 0;

	for (unsigned a = 0; a < AGGREGATIONS; a++) {
		if (a % BATCH == 0)
			need(ledger_begin(l, &f), &f);
		aggregation_say(l, &row, a, facts);
		if (a % BATCH == BATCH - 1)
			commit(l);
	}
	return (double)(clock_mono_ns() - began) / 1e9;
}

static void availability(struct buf *out, unsigned a)
{
	char name[40];

	head(out, "availability", "aggregator", "ava", a);
	text(out, FACT_KIND, FACT_OF_DOCUMENT, 0, "status");
	number(out, FACT_SEQUENCE, FACT_OF_DOCUMENT, 0, 1);
	number(out, FACT_BASIS, FACT_OF_DOCUMENT, 0, CHANGES + 1);
	number(out, FACT_START, FACT_OF_INTERVAL, 1, 2 * DAY_NS);
	number(out, FACT_UP_KW, FACT_OF_INTERVAL, 1, 9000 * FACT_UNIT);
	for (unsigned n = 0; n < RESOURCES / ON_FEEDER; n++) {
		snprintf(name, sizeof(name), "FDR-%03u", n + a % 100);
		text(out, FACT_FEEDER, FACT_OF_FEEDER, n + 1, name);
		number(out, FACT_UP_KW, FACT_OF_FEEDER, n + 1, 450 * FACT_UNIT);
		number(out, FACT_ENERGY_KWH, FACT_OF_FEEDER, n + 1, 600 * FACT_UNIT);
	}
	for (unsigned r = 0; r < RESOURCES; r++) {
		snprintf(name, sizeof(name), "R-%04u-%06u", a, r);
		text(out, FACT_RESOURCE, FACT_OF_RESOURCE, r + 1, name);
		number(out, FACT_UP_KW, FACT_OF_RESOURCE, r + 1, 9 * FACT_UNIT);
		number(out, FACT_DOWN_KW, FACT_OF_RESOURCE, r + 1, 7 * FACT_UNIT);
	}
}

static int ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A list of resources that nobody has, which has to be found out. */
static void newcomers(struct buf *out, unsigned i)
{
	registration(out, AGGREGATIONS + i);
}

/* ms, of all aggregations in turn: none is in memory because it was asked for just before. */
static double judge(
	struct ledger *l, struct buf *facts, void (*make)(struct buf *out, unsigned number))
{
	static int64_t took[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct register_verdict verdict;
		struct fault f = { 0 };

		make(facts, i * 37 % AGGREGATIONS);
		const struct register_question q = { MESSAGE_IN, S("acme"), buf_slice(facts),
			2 * DAY_NS, 0, 0 };
		int64_t began = clock_mono_ns();
		need(register_judge(&verdict, l, &q, NULL, NULL, &f), &f);
		took[i] = clock_mono_ns() - began;
		if (verdict.findings > 0)
			die("bench register: %s", verdict.fault.text);
	}
	qsort(took, ROUNDS, sizeof(took[0]), ascending);
	return (double)took[ROUNDS / 2] / 1e6;
}

static long resident_kib(void)
{
	struct rusage use;

	return getrusage(RUSAGE_SELF, &use) == 0 ? use.ru_maxrss : 0;
}

static double file_mib(void)
{
	struct stat st;

	return stat("ledger.db", &st) == 0 ? (double)st.st_size / (1 << 20) : 0;
}

int main(void)
{
	AUTO_IN_PLACE(buf) facts = buf_init(FACTS_SIZE);
	char home[] = "/tmp/tieline-register-XXXXXX";
	struct ledger *l = NULL;
	struct fault f = { 0 };

	if (!mkdtemp(home) || chdir(home) != 0)
		die("bench register: no directory below /tmp");
	need(ledger_open(&l, digest_sha256, &f), &f);
	double loaded = load(l, &facts), judged = judge(l, &facts, availability);
	double registered = judge(l, &facts, newcomers);
	ledger_close(l);
	printf("%u aggregations of %u resources, each changed %u times\n", AGGREGATIONS, RESOURCES,
		CHANGES);
	printf("bench register: resources=%u load_s=%.1f resident_mib=%ld file_mib=%.0f "
		"judge_1000_ms=%.2f register_1000_ms=%.2f\n", AGGREGATIONS * RESOURCES, loaded,
		resident_kib() / 1024, file_mib(), judged, registered);
	(void)unlink("ledger.db");
	(void)rmdir("spool");
	return chdir("/") == 0 && rmdir(home) == 0 ? 0 : 1;
}
