/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions that a decision sets, and terms of requests and offers: kept with their statement as
 * a whole, as register_conditions.c says, because nobody looks for one.
 */
#ifndef TIELINE_LEDGER_REGISTER_CONDITIONS_H
#define TIELINE_LEDGER_REGISTER_CONDITIONS_H

#include "ledger/ledger.h"
#include "ledger/register_said.h"

/* The numbers are part of the file's format: they grow at their end. */
enum condition_kind {
	CONDITION_EXPORT_CAP,
	CONDITION_IMPORT_CAP,
	CONDITION_TIME_WINDOW,
	CONDITION_SEASON,
	CONDITION_TELEMETRY,
	CONDITION_OVERRIDE,
	CONDITION_LEAST, /* min_offer_kw of a request, min_acceptable_kw of an offer */
	CONDITION_STEP,  /* step_kw of a request */
	CONDITION_WHOLE, /* all_or_nothing of an offer */
	CONDITION_WHERE, /* the feeder of a request's location */
	CONDITION_KINDS,
};
enum condition_sense {
	CONDITION_ANY,
	CONDITION_EXPORT,
	CONDITION_IMPORT,
	CONDITION_UP,
	CONDITION_DOWN,
	CONDITION_SENSES,
};
enum condition_place {
	CONDITION_EVERYWHERE,
	CONDITION_ON_FEEDER,
	CONDITION_ELSEWHERE, /* a substation, a part of a feeder...: nobody knows what is there */
	CONDITION_PLACES,
};

#define CONDITIONS_MAX 4096 /* of one aggregation; of more, some */
#define CONDITIONS_BYTES_MAX (1U << 20)

struct condition {
	enum condition_kind kind;
	enum condition_sense sense; /* of a cap also where only its kind says it */
	enum condition_place place;
	int64_t amount;     /* FACT_UNITs of kW, not negative; -1: it says none */
	struct span span;   /* when it is in force */
	uint64_t statement; /* that sets it */
	uint32_t number;    /* within that, from 1 */
	uint32_t at;        /* of its texts */
	uint8_t feeder_n, window_n;
};
struct conditions {
	struct buf list;  /* struct condition, as they were said */
	struct buf texts;
};
struct conditions conditions_init(void);
void conditions_done(struct conditions *);
DEFINE_AUTO_IN_PLACE(conditions)
void conditions_clear(struct conditions *);
size_t conditions_count(const struct conditions *);
const struct condition *conditions_at(const struct conditions *, size_t index);
/* Borrowed until more are read; empty: it says none. */
struct slice condition_feeder(const struct conditions *, const struct condition *);
struct slice condition_window(const struct conditions *, const struct condition *);
const char *condition_kind_name(enum condition_kind);   /* "export_cap" */
const char *condition_sense_name(enum condition_sense); /* "export"; empty: any */

/* Whether it says of kW how many there may be, always, and where that is known. */
bool condition_is_cap(const struct condition *);

/* Whether what is said later is held to it: on a feeder only what is put out or taken in. */
bool condition_is_bound(const struct condition *);

/* Adds those of a statement, which are in force then. */
NODISCARD enum status conditions_read(struct conditions *, struct ledger *, uint64_t statement,
	const struct span *, struct fault *f);

/* The kind by which a decision is kept that sets some. */
#define DECISION_OF_CONDITIONS "conditions"

/* In a batch: of statement `number`, where it sets some. */
NODISCARD enum status conditions_keep(
	struct ledger *, uint64_t number, const struct said_document *, struct fault *f);

#endif
