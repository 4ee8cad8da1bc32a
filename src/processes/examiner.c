/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document is read once, piece by piece; whatever is to be known of it comes from the events of
 * that one reading.
 */
#include "processes/examiner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "documents/x12/guide_set.h"

#define PIECE (256U << 10) /* bytes read at once */

struct examiner {
	struct x12_guide_set guides;
};

struct examiner *examiner_new(const struct registry *registry)
{
	struct examiner *e = alloc_zeroed(1, sizeof(*e));
	const struct registry_guide *guide;
	struct fault f;

	x12_guide_set_init(&e->guides);
	for (size_t i = 0; (guide = registry_guide(registry, i)); i++)
		if (x12_library_add(
			    e->guides.library, X12_USERS, guide->file, guide->yaml, &f) != ST_OK)
			log_error("guide-refused", LOG_FAULT(&f));
	return e;
}

void examiner_free(struct examiner *e)
{
	if (e)
		x12_guide_set_done(&e->guides);
	free(e);
}

void examined_init(struct examined *out)
{
	*out = (struct examined){ .answer = buf_init(EXAMINER_ANSWER_MAX) };
}

void examined_done(struct examined *out)
{
	buf_done(&out->answer);
}

/* --- while it is read --- */

struct reading {
	const struct examiner_question *question;
	struct examined *out;
};

static bool is_inbound(const struct reading *r)
{
	return r->question->ask->direction == MESSAGE_IN;
}

/* The first error says what is wrong; the others are for whoever checks the document himself. */
static void finding_heard(void *context, const struct x12_finding *finding)
{
	struct reading *r = context;
	struct fault *flag = &r->out->flag;
	char spot[X12_SPOT_TEXT_MAX];

	if (finding->severity != X12_ERROR || flag->code[0])
		return;
	fault_set(flag, ST_INPUT, "x12.invalid", "segment %llu, %s: %s (%s)",
		(unsigned long long)finding->place.segment, x12_spot_text(spot, &finding->place),
		finding->text, finding->code);
}

/* What is no document but an answer is never acknowledged, and waits for nothing. */
static bool is_answer(const struct x12_group *group)
{
	return slice_eq(slice_str(group->id), S("FA"));
}

static void set_ended(void *context, const struct x12_context *at)
{
	struct reading *r = context;

	if (is_inbound(r) || !at->group || is_answer(at->group))
		return;
	r->question->set(r->question->context,
		&(struct verb_set){
			.row = r->question->ask->row,
			.interchange = slice_str(at->interchange->number),
			.group_id = slice_str(at->group->id),
			.group_number = slice_str(at->group->number),
			.set_id = slice_str(at->set->id),
			.set_number = slice_str(at->set->number),
			.reference = slice_str(at->set->reference),
		});
}

/* --- reading --- */

static enum status guides_choose(struct x12_choice *out, struct examiner *e,
	const struct x12_terms *x12, struct fault *f)
{
	*out = (struct x12_choice){ 0 };
	for (size_t i = 0; i < x12->guide_count; i++)
		TRY(x12_choice_add(out, &e->guides, slice_str(x12->guides[i]), f));
	return x12_choice_add_standard(out, &e->guides, f);
}

static enum status document_feed(
	struct x12_check *check, const struct examiner_question *q, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(PIECE);

	for (uint64_t at = 0; at < q->ask->n; at += piece.n) {
		uint64_t left = q->ask->n - at;

		buf_clear(&piece);
		TRY(fd_read_at(&piece, q->document, q->ask->at + at, left < PIECE ? left : PIECE,
			f));
		x12_check_feed(check, buf_slice(&piece), false);
	}
	x12_check_feed(check, S(""), true);
	return ST_OK;
}

#define COUNT_OF(n) (unsigned long long)(n), (n) == 1 ? "" : "s"

static void summarise(struct examined *out, const struct x12_totals *t)
{
	if (t->errors == 0)
		snprintf(out->summary, sizeof(out->summary),
			"%llu interchange%s, %llu set%s: valid", COUNT_OF(t->interchanges),
			COUNT_OF(t->sets));
	else
		snprintf(out->summary, sizeof(out->summary),
			"%llu interchange%s, %llu set%s: %llu error%s, in %llu set%s",
			COUNT_OF(t->interchanges), COUNT_OF(t->sets), COUNT_OF(t->errors),
			COUNT_OF(t->sets_in_error));
}

enum status examiner_run(struct examined *out, uint32_t *numbers, struct examiner *e,
	const struct examiner_question *q, struct fault *f)
{
	struct reading reading = { q, out };
	struct x12_listener listener = {
		.context = &reading, .finding = finding_heard, .set_ended = set_ended
	};
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;

	*numbers = 0;
	TRY(guides_choose(&choice, e, &q->agreement->x12, f));
	check = x12_check_new(choice.list, choice.count, false, &listener);
	TRY(document_feed(check, q, f));
	summarise(out, x12_check_totals(check));
	return ST_OK;
}
