/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that were said before, as those after them see them; and sums of what they say. */
#ifndef TIELINE_LEDGER_REGISTER_KNOWN_H
#define TIELINE_LEDGER_REGISTER_KNOWN_H

#include "ledger/register.h"
#include "ledger/register_said.h"

#define KNOWN_CURRENCY_MAX 4 /* with the NUL; what is longer is none */

/* How quantities are said; none below zero. */
#define QUANTITY_FORMAT "%lld.%06lld"
#define QUANTITY(n) (long long)((n) / FACT_UNIT), (long long)((n) % FACT_UNIT)

/* A document that was said before. */
struct known {
	uint64_t number; /* of its statement; 0: there is none */
	enum document_type type;
	enum business_state state; /* now; BUSINESS_NONE: there is none */
	int64_t last_ns;
	uint32_t revision;
	bool is_same_aggregation; /* as asked for, or one of them says none */
	bool has_quantity, has_amount, has_ceiling, has_sequence;
	bool is_credit, is_cancel; /* an invoice that gives back, or cancels another */
	int64_t quantity, amount, ceiling, sequence;
	uint64_t base;
	enum direction_of_message direction;
	int64_t review_ns; /* when its review began; of a statement until when it may be replaced */
	int64_t stopped_ns;
	uint64_t under_way; /* its message, while that is ours and has not reached its end; or 0 */
	char currency[KNOWN_CURRENCY_MAX]; /* empty: none was said */
};

/*
 * Of which book, and who said it.  What is copied to us is kept as its copying party keeps it, but
 * under "AGGREGATOR via COPIER": two who copy know nothing of each other, and nobody writes into a
 * book that we keep with somebody else.
 */
struct register_side {
	struct slice partner; /* may be in `room` */
	bool is_test;
	enum direction_of_message direction;
};
#define REGISTER_PARTNER_MAX FACT_TEXT_MAX
struct register_side register_side_of(char room[REGISTER_PARTNER_MAX + 1],
	const struct register_question *, const struct said_document *);
/* Of a copy that we send: the original is in the register already, and was judged. */
bool register_is_known(const struct register_question *, const struct said_document *);

/* In a batch or a savepoint: what one document of message `row` says. */
NODISCARD enum status register_say(struct ledger *, uint64_t row,
	const struct register_question *, const struct said_document *, struct fault *f);

NODISCARD enum status known_document(struct known *out, struct ledger *,
	const struct register_side *, struct slice id, struct slice aggregation, struct fault *f);
/* The last of this type with this key, by sequence where they have one, of one side. */
NODISCARD enum status known_key(struct known *out, struct ledger *, const struct register_side *,
	enum document_type, struct slice key, struct fault *f);

/* What its sequence rises in, or what it is called by beside its id; empty: nothing. */
#define REGISTER_KEY_MAX 600
void register_key_put(struct buf *out, const struct said_document *);

/* What it does, where that is said by another member: an invoice's kind, an outage's status. */
struct slice said_action(const struct said_document *);
/* Of a dispatch: it calls for something, and does not end what was called for. */
bool said_is_start(const struct said_document *);

/* The kind by which a dispatch is kept of which nothing is a setpoint. */
#define DISPATCH_OF_CHANGE "change"

struct sums {
	int64_t amount; /* money */
	int64_t energy; /* kWh that are billed */
	int64_t rounding; /* by which that may be above what was measured */
};
/*
 * Meters count finer than bills do.  Half a unit of the last place that a quantity is said in, of
 * one unit where that is whole: what is said to be 1250 kWh may have been 1249.5.
 */
int64_t quantity_rounding(int64_t quantity);
/*
 * What may be billed of what was measured: rounding is of each line, and in all no more than half a
 * unit or 0.5 %, whichever is more, which a revenue meter may be off itself (ANSI C12.20).
 */
int64_t quantity_with_rounding(int64_t measured, int64_t rounding);
/*
 * What others say for what they follow, or for what that replaced or was replaced by, all together,
 * but for statement `but` (0: none); too much is the most there is.  Credits are below zero.  An
 * invoice that is rejected or cancelled, and was paid, counts.
 */
NODISCARD enum status known_sums(struct sums *out, struct ledger *, uint64_t target,
	enum document_type, uint64_t but, struct fault *f);
/*
 * So many revisions of an award or an invoice are looked back upon.  ST_AUTH "registry.revision"
 * where there would be more.
 */
#define REVISIONS_MAX 200
NODISCARD enum status revisions_check(struct ledger *, uint64_t replaced, struct fault *f);
int64_t amount_add(int64_t a, int64_t b);
int64_t amount_magnitude(int64_t); /* without its sign */
int64_t amount_turned(int64_t);    /* with the other sign */
/* Without its sign, and so that thousands of them fit into one sum. */
int64_t quantity_bounded(int64_t);
void sums_add(struct sums *to, struct sums what);
/* Of all items that name names[*index], which moves behind the last of them. */
NODISCARD enum status said_sums(struct sums *out, const struct said_names *, size_t *index,
	struct fault *f);
/* The first currency that it says; empty: none. */
NODISCARD enum status said_currency(
	struct slice *out, const struct said_document *, struct fault *f);
/* The largest of its intervals' quantities, whatever their sign.  ST_NONE: it says none. */
NODISCARD enum status said_quantity(
	int64_t *out, const struct said_document *, struct fault *f);

#endif
