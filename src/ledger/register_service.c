/* SPDX-License-Identifier: Apache-2.0 */
/* Used by register_judge.c. */
#include "ledger/register_service.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_lines.h"
#include "ledger/register_performance.h"

enum status origin_read(struct origin *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_ORIGIN, V_INT(award));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct origin){ 0 };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	(void)!slice_to_text(out->sense, sizeof(out->sense), column_bytes(s, 0), NULL);
	(void)!slice_to_text(out->baseline, sizeof(out->baseline), column_bytes(s, 1), NULL);
	(void)!slice_to_text(
		out->price_basis, sizeof(out->price_basis), column_bytes(s, 2), NULL);
	sqlite3_reset(s);
	return ST_OK;
}

/* What was not said, or said long ago, is taken for output. */
bool origin_is_output(const struct origin *o)
{
	static const char *const outputs[] = { "", "none", "metered_output" };

	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (slice_eq(slice_str(o->baseline), slice_str(outputs[i])))
			return true;
	return false;
}

/* --- which way --- */

/* Positive is export, discharge, injection: which sign each direction has. */
static const struct sense {
	const char *name;
	enum fact_kind kinds[2];
	int sign;
} senses[] = {
	{ "up", { FACT_QUANTITY_KW, FACT_CHANGE_KW }, 1 },
	{ "down", { FACT_QUANTITY_KW, FACT_CHANGE_KW }, -1 },
	{ "inject", { FACT_QUANTITY_KVAR, FACT_QUANTITY_KVAR }, 1 },
	{ "absorb", { FACT_QUANTITY_KVAR, FACT_QUANTITY_KVAR }, -1 },
};

static enum status sense_check(const struct said *item, const struct sense *sense,
	const struct origin *origin, struct slice award, struct fault *f)
{
	for (size_t i = 0; i < 2; i++) {
		int64_t said = said_number(item, sense->kinds[i], 0);

		if (sense->kinds[i] == FACT_QUANTITY_KW && !origin_is_output(origin))
			continue;
		if (said != 0 && (said > 0) != (sense->sign > 0))
			return fault_set(f, ST_AUTH, "registry.award",
				"%s is %s zero, award %.*s is for %s: that is %s zero",
				fact_name(sense->kinds[i]), said > 0 ? "above" : "below",
				SLICE_FMT(name_shown(award)), sense->name,
				sense->sign > 0 ? "above" : "below");
	}
	return ST_OK;
}

static const struct sense *sense_find(const char *name)
{
	for (size_t i = 0; i < sizeof(senses) / sizeof(senses[0]); i++)
		if (slice_eq(slice_str(name), slice_str(senses[i].name)))
			return &senses[i];
	return NULL;
}

enum status judge_sense(struct judging *j, const struct origin *origin, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_AWARD), rest = j->document->facts;
	const struct sense *sense = sense_find(origin->sense);
	struct said item;
	enum status st;

	if (!sense)
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(judging_report(j, sense_check(&item, sense, origin, id, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/* --- in which money --- */

static enum status currency_judge(
	struct judging *j, enum fact_kind by, const char *what, struct fault *f)
{
	struct slice id = said_text(&j->document->head, by), currency;
	struct known before;

	TRY(said_currency(&currency, j->document, f));
	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	return judging_report(j, currency_check(currency, &before, what, id, f), NULL, f);
}

static enum status offer_judge(struct judging *j, struct fault *f)
{
	return currency_judge(j, FACT_REQUEST, "request", f);
}

static enum status award_judge(struct judging *j, struct fault *f)
{
	return currency_judge(j, FACT_OFFER, "offer", f);
}

enum status judge_service(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_OFFER] = offer_judge,
		[DOCUMENT_AWARD] = award_judge,
		[DOCUMENT_PERFORMANCE] = judge_performance,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
