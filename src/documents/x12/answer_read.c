/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments by a table; each adds to the fact that is being read, and the last of a fact tells it.
 * An answer that contradicts itself is told as it is, with a doubt behind it: who believes it, and
 * how far, is the reader's to decide.
 */
#include "documents/x12/answer_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct x12_answer_reader {
	x12_fact_fn *tell;
	void *context;
	bool in_group, in_set, in_document; /* behind AK1, AK2, OTI */
	struct x12_fact group, set, document;
};

struct x12_answer_reader *x12_answer_reader_new(x12_fact_fn *tell, void *context)
{
	struct x12_answer_reader *r = alloc_zeroed(1, sizeof(*r));

	r->tell = tell;
	r->context = context;
	return r;
}

void x12_answer_reader_free(struct x12_answer_reader *r)
{
	free(r);
}

#define COPY(field, value) text_copy(field, sizeof(field), value)

static void text_copy(char *out, size_t size, struct slice value)
{
	snprintf(out, size, "%.*s", SLICE_FMT(slice_to(slice_trim(value), size - 1)));
}

static char verdict_of(struct slice code)
{
	return code.n == 1 && memchr("AEPRMWX", code.p[0], 7) ? (char)code.p[0] : 0;
}

static void codes_read(struct x12_fact *fact, const struct x12_segment *s, size_t from)
{
	for (size_t i = from; i <= s->count && fact->code_count < X12_FACT_CODES_MAX; i++)
		if (x12_element(s, i).n > 0) {
			COPY(fact->codes[fact->code_count], x12_element(s, i));
			fact->code_count++;
		}
}

static void doubt_tell(const struct x12_answer_reader *r, const struct x12_context *at,
	const struct x12_fact *of, const char *code, const char *text)
{
	struct x12_fact doubt = *of;

	doubt.about = X12_FACT_DOUBT;
	doubt.code = code;
	doubt.text = text;
	r->tell(r->context, at, &doubt);
}

/* --- 997 and 999 --------------------------------------------------------------- */

static void group_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	(void)at;
	r->group = (struct x12_fact){ .about = X12_FACT_GROUP };
	r->in_group = true;
	COPY(r->group.group_id, x12_element(s, 1));
	COPY(r->group.group, x12_element(s, 2));
}

/* A set whose verdict never came: the next began, or its group ended. */
static void set_close(struct x12_answer_reader *r, const struct x12_context *at)
{
	if (r->in_set)
		doubt_tell(r, at, &r->set, "x12.answer.unfinished",
			"a set is named (AK2), and nothing is said of it (AK5)");
	r->in_set = false;
}

static void set_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	set_close(r, at);
	r->set = (struct x12_fact){ .about = X12_FACT_SET };
	r->in_set = true;
	COPY(r->set.group_id, slice_str(r->group.group_id));
	COPY(r->set.group, slice_str(r->group.group));
	COPY(r->set.set_id, x12_element(s, 1));
	COPY(r->set.set, x12_element(s, 2));
}

static void segment_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	(void)at;
	(void)s;
	r->set.segments += r->in_set;
}

static void element_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	(void)at;
	(void)s;
	r->set.elements += r->in_set;
}

static bool is_rejection(char verdict)
{
	return verdict != 'A' && verdict != 'E';
}

static void set_verdict_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	struct x12_fact *set = &r->set;

	if (!r->in_set) {
		doubt_tell(r, at, &r->group, "x12.answer.order",
			"a verdict (AK5) stands behind no set (AK2)");
		return;
	}
	r->in_set = false;
	set->verdict = verdict_of(x12_element(s, 1));
	codes_read(set, s, 2);
	r->group.sets_told++;
	r->group.sets_rejected += is_rejection(set->verdict);
	r->tell(r->context, at, set);
	if (!set->verdict || set->verdict == 'P')
		doubt_tell(r, at, set, "x12.answer.verdict",
			"the verdict on a set (AK501) is none of A, E, R, M, W, X");
}

/* AK905: the group's own count was wrong. */
static bool says_count_differs(const struct x12_fact *g)
{
	for (size_t i = 0; i < g->code_count; i++)
		if (strcmp(g->codes[i], "5") == 0)
			return true;
	return false;
}

/* What cannot be all true of a group. */
static bool counts_are_odd(const struct x12_fact *g)
{
	return g->accepted > g->received || g->sets_told > g->received ||
		(g->verdict != 'R' && g->included != g->received && !says_count_differs(g));
}

static bool accepts_rejected(const struct x12_fact *g)
{
	return (g->verdict == 'A' || g->verdict == 'E') &&
		(g->sets_rejected > 0 || g->accepted < g->received);
}

static bool is_part_of_nothing(const struct x12_fact *g)
{
	return g->verdict == 'P' && (g->accepted == 0 || g->accepted == g->received);
}

static bool rejects_too_many(const struct x12_fact *g)
{
	return g->accepted <= g->received && g->sets_told <= g->received &&
		g->sets_rejected > g->received - g->accepted;
}

static bool rejected_are_unnamed(const struct x12_fact *g)
{
	return g->verdict == 'P' && g->accepted < g->received &&
		g->sets_rejected < g->received - g->accepted;
}

static bool rejects_accepted(const struct x12_fact *g)
{
	return g->verdict && g->verdict != 'P' && is_rejection(g->verdict) && g->accepted > 0;
}

static bool has_no_verdict(const struct x12_fact *g)
{
	return !g->verdict;
}

static const struct {
	bool (*holds)(const struct x12_fact *);
	const char *code, *text;
} doubts[] = {
	{ has_no_verdict, "x12.answer.verdict",
		"the verdict on a group (AK901) is none of A, E, P, R, M, W, X" },
	{ counts_are_odd, "x12.answer.counts",
		"AK902, AK903 and AK904 contradict each other, or the sets that are named" },
	{ accepts_rejected, "x12.answer.accepts-rejected",
		"the group is accepted (AK901), and not all of its sets are" },
	{ is_part_of_nothing, "x12.answer.no-part",
		"the group is accepted in part (AK901), and all of its sets are, or none" },
	{ rejects_too_many, "x12.answer.counts",
		"more sets are accepted (AK904) and rejected (AK5) than were received (AK903)" },
	{ rejected_are_unnamed, "x12.answer.unnamed",
		"sets are rejected (AK903, AK904) that are not named (AK2)" },
	{ rejects_accepted, "x12.answer.rejects-accepted",
		"the group is rejected (AK901), and sets of it are accepted (AK904)" },
};

static void doubts_tell(const struct x12_answer_reader *r, const struct x12_context *at)
{
	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (doubts[i].holds(&r->group))
			doubt_tell(r, at, &r->group, doubts[i].code, doubts[i].text);
}

static bool count_read(uint64_t *out, struct slice text)
{
	*out = 0;
	return slice_u64(out, slice_trim(text), NULL) == ST_OK;
}

static void group_verdict_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	struct x12_fact *g = &r->group;
	bool all = count_read(&g->included, x12_element(s, 2));

	set_close(r, at);
	if (!r->in_group) {
		doubt_tell(r, at, g, "x12.answer.order",
			"a verdict (AK9) stands behind no group (AK1)");
		return;
	}
	all = count_read(&g->received, x12_element(s, 3)) && all;
	all = count_read(&g->accepted, x12_element(s, 4)) && all;
	r->in_group = false;
	g->verdict = verdict_of(x12_element(s, 1));
	codes_read(g, s, 5);
	r->tell(r->context, at, g);
	if (all)
		doubts_tell(r, at);
	else
		doubt_tell(r, at, g, "x12.answer.counts",
			"AK902, AK903 and AK904 are not three numbers");
}

static void group_close(struct x12_answer_reader *r, const struct x12_context *at)
{
	set_close(r, at);
	if (r->in_group)
		doubt_tell(r, at, &r->group, "x12.answer.unfinished",
			"a group is named (AK1), and nothing is said of it (AK9)");
	r->in_group = false;
}

/* --- TA1 ----------------------------------------------------------------------- */

static void ta1_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	struct x12_fact fact = { .about = X12_FACT_INTERCHANGE,
		.verdict = verdict_of(x12_element(s, 4)) };

	COPY(fact.interchange, x12_element(s, 1));
	COPY(fact.date, x12_element(s, 2));
	COPY(fact.time, x12_element(s, 3));
	codes_read(&fact, s, 5);
	r->tell(r->context, at, &fact);
	if (fact.verdict != 'A' && fact.verdict != 'E' && fact.verdict != 'R')
		doubt_tell(r, at, &fact, "x12.answer.verdict",
			"the verdict on an interchange (TA104) is none of A, E, R");
}

/* --- 824 ----------------------------------------------------------------------- */

static void document_close(struct x12_answer_reader *r, const struct x12_context *at)
{
	if (r->in_document)
		r->tell(r->context, at, &r->document);
	r->in_document = false;
}

/* TA, GA, IA, BA...: the second letter is the verdict: accepted, rejected, in part, with errors. */
static char status_verdict(struct slice status)
{
	static const char accepted[] = "AEPR";

	return status.n == 2 && memchr(accepted, status.p[1], 4) ? (char)status.p[1] :
		slice_eq(status, S("TC")) || slice_eq(status, S("IC"))  ? 'E' :
									  0;
}

static void document_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	struct x12_fact *d = &r->document;

	document_close(r, at);
	*d = (struct x12_fact){ .about = X12_FACT_DOCUMENT,
		.verdict = status_verdict(x12_element(s, 1)) };
	r->in_document = true;
	COPY(d->status, x12_element(s, 1));
	COPY(d->qualifier, x12_element(s, 2));
	COPY(d->reference, x12_element(s, 3));
	COPY(d->group, x12_element(s, 8));
	COPY(d->set, x12_element(s, 9));
	COPY(d->set_id, x12_element(s, 10));
}

static void reason_add(struct x12_fact *d, struct slice code, struct slice text)
{
	if (d->reason_count < X12_FACT_REASONS_MAX) {
		COPY(d->reasons[d->reason_count].code, code);
		COPY(d->reasons[d->reason_count].text, text);
	}
	d->reason_count++;
}

static void reference_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	(void)at;
	if (r->in_document && slice_eq(x12_element(s, 1), S("7G")))
		reason_add(&r->document, x12_element(s, 2), x12_element(s, 3));
}

/* Beside REF*7G it says the same once more. */
static void error_read(
	struct x12_answer_reader *r, const struct x12_context *at, const struct x12_segment *s)
{
	struct slice text = x12_element(s, 2);
	const struct x12_fact *d = &r->document;
	(void)at;

	if (!r->in_document)
		return;
	for (size_t i = 0; i < d->reason_count && i < X12_FACT_REASONS_MAX; i++)
		if (slice_has_prefix(slice_str(d->reasons[i].text), slice_trim(text)))
			return;
	reason_add(&r->document, x12_element(s, 1), text);
}

/* --- all of them --------------------------------------------------------------- */

typedef void read_fn(
	struct x12_answer_reader *, const struct x12_context *, const struct x12_segment *);

static const struct {
	const char *set; /* "": of none; the first letters of both are told apart */
	const char *id;
	read_fn *read;
} segments[] = {
	{ "", "TA1", ta1_read },
	{ "997", "AK1", group_read },
	{ "997", "AK2", set_read },
	{ "997", "AK3", segment_read },
	{ "997", "AK4", element_read },
	{ "997", "AK5", set_verdict_read },
	{ "997", "AK9", group_verdict_read },
	{ "999", "AK1", group_read },
	{ "999", "AK2", set_read },
	{ "999", "IK3", segment_read },
	{ "999", "IK4", element_read },
	{ "999", "IK5", set_verdict_read },
	{ "999", "AK9", group_verdict_read },
	{ "824", "OTI", document_read },
	{ "824", "REF", reference_read },
	{ "824", "TED", error_read },
};

static void reader_segment(void *context, const struct x12_context *at,
	const struct x12_segment *s, const struct x12_variant *v, const struct x12_place *place)
{
	const char *set = at->set ? at->set->id : "";
	(void)v;
	(void)place;

	if (!at->interchange)
		return;
	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
		if (strcmp(segments[i].set, set) == 0 && (at->set || !at->group) &&
			slice_eq(s->id, slice_str(segments[i].id)))
			segments[i].read(context, at, s);
}

static void reader_set_ended(void *context, const struct x12_context *at)
{
	document_close(context, at);
	group_close(context, at);
}

struct x12_listener x12_answer_reader_listener(struct x12_answer_reader *r)
{
	return (struct x12_listener){
		.context = r, .segment = reader_segment, .set_ended = reader_set_ended
	};
}
