/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reasons of a set are kept until it ends, for REF comes before TED; the sets of an interchange
 * until that does.  What turns out to be rejected as a whole is taken back.
 */
#include "documents/x12/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REF_TEXT 80 /* characters of REF03 */
#define TED_TEXT 60 /* of TED02 */

struct reason {
	const struct x12_rule_text *rule; /* NULL: of no rule */
	char text[REF_TEXT + 1];
	char id[X12_ID_MAX + 1];
	uint32_t position;
	uint16_t element; /* 0: the segment */
};

struct x12_advice {
	struct x12_advice_options options;
	struct x12_reply reply;
	uint32_t sets; /* written in the last group */
	bool in_group;         /* that may be advised about */
	size_t begins;         /* in body, the group */
	uint32_t number;       /* our GS06 */
	struct reason reasons[X12_ADVICE_REASONS_MAX];
	size_t reason_count;
};

struct x12_advice *x12_advice_new(const struct x12_advice_options *options,
	struct x12_stamp *stamp, x12_reply_fn *made, void *context)
{
	struct x12_advice *a = alloc_zeroed(1, sizeof(*a));

	a->options = *options;
	x12_reply_init(&a->reply, stamp, made, context, X12_ADVICE_MAX);
	return a;
}

void x12_advice_spill(struct x12_advice *a, int fd)
{
	x12_reply_spill(&a->reply, fd);
}

void x12_advice_free(struct x12_advice *a)
{
	if (!a)
		return;
	x12_reply_done(&a->reply);
	free(a);
}

enum status x12_advice_check(const struct x12_advice *a, struct fault *f)
{
	return x12_reply_check(&a->reply, f);
}

/* Cut at the end of a word; what is one long word, between characters of it. */
static struct slice words_to(struct slice text, size_t most)
{
	struct slice cut = slice_to(text, most);

	if (cut.n == text.n)
		return text;
	while (cut.n > 0 && text.p[cut.n] != ' ')
		cut.n--;
	if (cut.n == 0)
		for (cut.n = most; cut.n > 0 && (text.p[cut.n] & 0xc0) == 0x80;)
			cut.n--;
	return slice_trim(cut);
}

/* --- reasons ------------------------------------------------------------------- */

/* A rule that is broken in every loop is one reason, at the first of them. */
static bool is_known(const struct x12_advice *a, const struct x12_rule_text *rule)
{
	for (size_t i = 0; i < a->reason_count; i++)
		if (rule && a->reasons[i].rule == rule)
			return true;
	return false;
}

static void advice_finding(void *context, const struct x12_finding *finding)
{
	struct x12_advice *a = context;
	const struct x12_rule_text *rule = finding->rule;
	struct reason *reason;

	if (finding->severity != X12_ERROR || is_known(a, rule) ||
		x12_problem_row(finding->problem)->level != X12_OF_MEANING ||
		a->reason_count == X12_ADVICE_REASONS_MAX)
		return;
	reason = &a->reasons[a->reason_count++];
	reason->rule = rule;
	reason->position = finding->place.position;
	reason->element = finding->place.element;
	snprintf(reason->text, sizeof(reason->text), "%.*s",
		SLICE_FMT(words_to(
			slice_str(rule && rule->says ? rule->says : finding->text), REF_TEXT)));
	snprintf(reason->id, sizeof(reason->id), "%.*s",
		SLICE_FMT(slice_to(finding->place.id, X12_ID_MAX)));
}

static void reference_put(struct x12_writer *w, const struct reason *reason)
{
	x12_begin(w, "REF");
	x12_put_text(w, "7G");
	x12_put_text(w, reason->rule && reason->rule->advice ? reason->rule->advice :
							       X12_ADVICE_OTHER);
	x12_put_text(w, reason->text);
	x12_end(w);
}

static void error_put(struct x12_writer *w, const struct reason *reason)
{
	x12_begin(w, "TED");
	x12_put_text(w, "848"); /* incorrect data */
	x12_put(w, words_to(slice_str(reason->text), TED_TEXT));
	if (strlen(reason->id) >= 2) {
		x12_put_text(w, reason->id);
		x12_put_number(w, reason->position > 999999 ? 999999 : reason->position);
		if (reason->element > 0)
			x12_put_number(w, reason->element);
	}
	x12_end(w);
}

/* --- sets ---------------------------------------------------------------------- */

static void begin_put(struct x12_advice *a)
{
	struct x12_writer *w = &a->reply.writer;
	struct x12_date_text now = x12_date_text(a->reply.stamp->time_ns);
	char reference[32];

	snprintf(reference, sizeof(reference), "%09u%06u", a->number, a->sets);
	x12_begin(w, "BGN");
	x12_put_text(w, "11"); /* response */
	x12_put_text(w, reference);
	x12_put_text(w, now.date);
	x12_put(w, slice_to(slice_str(now.time), 4));
	x12_end(w);
}

static void known_by_put(struct x12_writer *w, const struct x12_set *set)
{
	bool has_reference = set->guide && set->reference[0];
	const char *qualifier = has_reference ? set->guide->correlation.qualifier : "";

	x12_put_received(w, (struct x12_received){ qualifier, "TN", 2, 3 });
	x12_put_text(w, has_reference ? set->reference : set->number);
}

static void original_put(
	struct x12_writer *w, const struct x12_context *at, bool is_rejected)
{
	const struct x12_group *group = at->group;

	x12_begin(w, "OTI");
	x12_put_text(w, is_rejected ? "TR" : "TA");
	known_by_put(w, at->set);
	x12_put_received(w, (struct x12_received){ group->sender, "", 2, 15 });
	x12_put_received(w, (struct x12_received){ group->receiver, "", 2, 15 });
	x12_put_text(w, "");
	x12_put_text(w, "");
	x12_put_received(w, (struct x12_received){ group->number, "0", 1, 9 });
	x12_put_received(w, (struct x12_received){ at->set->number, "0000", 1, 9 });
	x12_put_received(w, (struct x12_received){ at->set->id, "000", 1, 3 });
	x12_put(w, slice_to(slice_str(group->version), 12));
	x12_end(w);
}

static void group_begin(struct x12_advice *a, const struct x12_context *at)
{
	char version[X12_VERSION_MAX];

	x12_release_of(version, at->group, "004010");
	a->begins = a->reply.body.n;
	a->number = x12_gs_write(&a->reply.writer, "AG", at, version, a->reply.stamp);
}

static void set_put(struct x12_advice *a, const struct x12_context *at)
{
	struct x12_writer *w = &a->reply.writer;

	if (a->sets++ == 0)
		group_begin(a, at);
	x12_st_write(w, "824", a->sets, "");
	begin_put(a);
	original_put(w, at, a->reason_count > 0);
	for (size_t i = 0; i < a->reason_count; i++)
		reference_put(w, &a->reasons[i]);
	for (size_t i = 0; i < a->reason_count; i++)
		error_put(w, &a->reasons[i]);
	x12_se_write(w, a->sets);
}

static void advice_set_began(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;
	(void)at;

	a->reason_count = 0;
}

static void advice_set_ended(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;
	bool is_judged = at->set->errors == 0 || a->options.accept_errors;

	if (a->in_group && is_judged && (a->reason_count > 0 || a->options.accepted))
		set_put(a, at);
}

/* --- groups and the interchange ------------------------------------------------ */

static void advice_group_began(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;

	a->sets = 0;
	a->in_group = strcmp(at->group->id, "FA") != 0 && strcmp(at->group->id, "AG") != 0;
}

static void advice_group_ended(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;

	a->in_group = false;
	if (a->sets == 0)
		return;
	if (at->group->errors > 0) {
		buf_truncate(&a->reply.body, a->begins);
		return;
	}
	x12_ge_write(&a->reply.writer, a->sets, a->number);
	a->reply.groups++;
}

static void advice_interchange_began(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;

	x12_reply_begin(&a->reply, at->interchange);
}

static void advice_interchange_ended(void *context, const struct x12_context *at)
{
	struct x12_advice *a = context;

	if (a->reply.groups > 0 && at->interchange->errors == 0)
		x12_reply_send(&a->reply, at->interchange, (struct slice){ 0 });
}

struct x12_listener x12_advice_listener(struct x12_advice *a)
{
	return (struct x12_listener){ .context = a,
		.finding = advice_finding,
		.interchange_began = advice_interchange_began,
		.interchange_ended = advice_interchange_ended,
		.group_began = advice_group_began,
		.group_ended = advice_group_ended,
		.set_began = advice_set_began,
		.set_ended = advice_set_ended };
}
