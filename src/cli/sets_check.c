/* SPDX-License-Identifier: Apache-2.0 */
/* Used by fsck.c: one reading of the document without guides, and the rows beside it, in order. */
#include "cli/sets_check.h"

#include <stdio.h>

#include "base/views.h"
#include "bindings/related.h"
#include "documents/x12/answer_read.h"
#include "documents/x12/check.h"
#include "processes/examiner.h"

struct reading {
	struct audit *audit;
	struct ledger_set kept;
	unsigned number; /* of the set that is read, from 1 */
	bool has_kept, has_reference;
	char found[FAULT_TEXT_MAX]; /* the first difference */
};

static void differ(struct reading *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void differ(struct reading *r, const char *format, ...)
{
	va_list list;

	if (r->found[0])
		return;
	va_start(list, format);
	(void)vsnprintf(r->found, sizeof(r->found), format, list);
	va_end(list);
}

/* --- a set of the document --- */

static bool is_kept_at_all(const struct x12_context *at)
{
	return at->group && examiner_keeps(at->group);
}

static void set_began(void *context, const struct x12_context *at)
{
	struct reading *r = context;

	if (!is_kept_at_all(at))
		return;
	r->number++;
	r->has_kept = audit_set_next(&r->kept, r->audit);
	r->has_reference = r->has_kept && r->kept.reference.n == 0;
}

/* As far as a reference is kept of an element: to a bound, or a byte of zero. */
static bool is_reference(const struct ledger_set *kept, struct slice element)
{
	struct slice rest;

	element = slice_to(element, sizeof(((struct x12_set *)0)->reference) - 1);
	(void)slice_cut(&element, &rest, element, '\0');
	return slice_eq(kept->reference, element);
}

static void segment(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *variant, const struct x12_place *place)
{
	struct reading *r = context;

	(void)variant;
	(void)place;
	if (!at->set || !r->has_kept || r->has_reference || !is_kept_at_all(at))
		return;
	for (size_t i = 1; i <= s->count && !r->has_reference; i++)
		r->has_reference = is_reference(&r->kept, x12_element(s, i));
}

static bool is_number(struct slice kept, const char *said)
{
	return slice_eq(kept, ledger_set_number(slice_str(said)));
}

/* Kept by earlier programs, it has none. */
static bool is_interchange(const struct ledger_set *kept, const struct x12_interchange *i)
{
	struct interchange_name name;

	examiner_name(&name, i);
	return kept->stamp.n == 0 ||
		(slice_eq(kept->stamp, slice_str(name.stamp)) &&
			slice_eq(kept->sender, slice_str(name.sender)) &&
			slice_eq(kept->receiver, slice_str(name.receiver)));
}

static bool is_same(const struct ledger_set *kept, const struct x12_context *at)
{
	return is_interchange(kept, at->interchange) &&
		is_number(kept->interchange, at->interchange->number) &&
		is_number(kept->group_number, at->group->number) &&
		is_number(kept->set_number, at->set->number) &&
		slice_eq(kept->group_id, slice_str(at->group->id)) &&
		slice_eq(kept->set_id, slice_str(at->set->id));
}

#define SET "%.*s %.*s in group %.*s %.*s of interchange %.*s"
#define SHORT(s) SLICE_FMT(slice_to((s), 20))

static void set_ended(void *context, const struct x12_context *at)
{
	struct reading *r = context;
	const struct ledger_set *kept = &r->kept;

	if (!is_kept_at_all(at) || r->found[0])
		return;
	if (!r->has_kept)
		differ(r, "set %u of the document, %.20s %.20s, is not kept", r->number,
			at->set->id, at->set->number);
	else if (!is_same(kept, at))
		differ(r, "set %u of the document is %.20s %.20s in group %.20s %.20s"
			  " of interchange %.20s, and kept is " SET,
			r->number, at->set->id, at->set->number, at->group->id,
			at->group->number, at->interchange->number, SHORT(kept->set_id),
			SHORT(kept->set_number), SHORT(kept->group_id),
			SHORT(kept->group_number), SHORT(kept->interchange));
	else if (!r->has_reference)
		differ(r, "set %u of the document has no \"%.*s\","
			  " which it is kept to be called by", r->number,
			SLICE_FMT(slice_to(kept->reference, 80)));
}

/* --- the document --- */

static enum status part_feed(void *context, const struct related_part *part, struct fault *f)
{
	struct slice rest = part->content, piece = { 0 };

	(void)f;
	if (!examiner_is_x12(slice_str(part->media_type), part->content))
		return ST_OK;
	while (views_step(&piece, &rest))
		x12_check_feed(context, piece, false);
	return ST_OK;
}

/* As the examiner took it apart: a fault there is no look to its end, and nobody is here. */
static void document_feed(
	struct x12_check *check, const struct audit_message *m, struct slice document)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(EXAMINER_DECODED_MAX);
	struct slice piece = { 0 };

	if (media_type_is_several(m->m.media_type))
		(void)!related_each(document, &scratch, part_feed, check, NULL);
	else
		while (views_step(&piece, &document))
			x12_check_feed(check, piece, false);
	x12_check_feed(check, S(""), true);
}

void sets_check(struct audit *audit, const struct audit_message *m, struct slice document,
	evidence_say *say, void *context)
{
	struct reading r = { .audit = audit };
	AUTO(x12_check) check = NULL;

	if (m->m.direction != MESSAGE_OUT || !audit_sets_begin(audit, m->m.row))
		return;
	check = x12_check_new(NULL, 0, false,
		&(struct x12_listener){ .context = &r,
			.set_began = set_began,
			.set_ended = set_ended,
			.segment = segment });
	document_feed(check, m, document);
	if (audit_set_next(&r.kept, audit))
		differ(&r, "more sets are kept than the %u of the document", r.number);
	if (r.found[0])
		say(context, AUDIT_SETS, slice_str(r.found));
}

/* --- answers --- */

struct answering {
	struct audit *audit;
	const struct audit_message *message;
};

static void fact_heard(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	AUTO_IN_PLACE(buf) text = buf_init(8192);
	const struct answering *a = context;
	struct interchange_name name;
	struct verb_verdict v;

	if (fact->about == X12_FACT_DOUBT)
		return;
	examiner_verdict(&v, &name, &text, said_in, fact);
	audit_answer(a->audit, a->message,
		&(struct ledger_verdict){
			.about = v.about,
			.outcome = v.outcome,
			.of = { v.interchange, v.group_id, v.group_number, v.set_id, v.set_number,
				v.reference, v.sender, v.receiver, v.stamp },
			.counts = { v.counts != 0, v.received, v.rejected } });
}

void sets_answers(struct audit *audit, const struct audit_message *m, struct slice document)
{
	struct answering a = { audit, m };
	AUTO(x12_answer_reader) reader = NULL;
	AUTO(x12_check) check = NULL;
	struct x12_listener listener;

	if (m->m.direction != MESSAGE_IN ||
		(!media_type_is_several(m->m.media_type) &&
			!examiner_is_x12(m->m.media_type, document)))
		return;
	reader = x12_answer_reader_new(fact_heard, &a);
	listener = x12_answer_reader_listener(reader);
	check = x12_check_new(NULL, 0, false, &listener);
	document_feed(check, m, document);
}
