/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document is read once, piece by piece; whatever is to be known of it comes from the events of
 * that one reading.
 */
#include "processes/examiner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/views.h"
#include "bindings/related.h"
#include "documents/translate/convert.h"
#include "documents/x12/advice.h"
#include "documents/x12/answer.h"
#include "documents/x12/answer_read.h"
#include "documents/x12/fan.h"
#include "documents/x12/guide_set.h"
#include "documents/x12/reader.h"
#include "documents/x12/words.h"

/* Interchanges of a document that the ledger is asked about: each question is waited for. */
#define RECALLED_MAX 1000
#define PIECE (256U << 10) /* bytes read at once */
#define COUNT_OF(n) (unsigned long long)(n), (n) == 1 ? "" : "s"

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
			    e->guides.shelf, X12_USERS, guide->file, guide->yaml, &f) != ST_OK)
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
	unsigned accepted;       /* sets of the interchange that is read */
	uint32_t sets;           /* of the document, so far */
	unsigned recalled;       /* interchanges that the ledger was asked about */
	char repeats[FAULT_TEXT_MAX]; /* what its number says of it */
};

static bool is_inbound(const struct reading *r)
{
	return r->question->ask->direction == MESSAGE_IN;
}

/* It may repeat what is wrong with the document it answers: nobody is to mend that. */
static bool is_our_answer(const struct reading *r)
{
	return !is_inbound(r) && message_id_is_answer(r->question->ask->message_id);
}

/* The first error says what is wrong; the others are for whoever checks the document himself. */
static void finding_heard(void *context, const struct x12_finding *finding)
{
	struct reading *r = context;
	struct fault *flag = &r->out->flag;
	char spot[X12_SPOT_TEXT_MAX];

	if (finding->severity != X12_ERROR || flag->code[0] || is_our_answer(r))
		return;
	x12_spot_text(spot, &finding->place);
	if (*spot)
		fault_set(flag, ST_INPUT, "x12.invalid", "segment %llu, %s: %s (%s)",
			(unsigned long long)finding->place.segment, spot, finding->text,
			finding->code);
	else
		fault_set(flag, ST_INPUT, "x12.invalid", "%s (%s)", finding->text, finding->code);
}

/* An answer is never acknowledged. */
bool examiner_keeps(const struct x12_group *group)
{
	return !slice_eq(slice_str(group->id), S("FA"));
}

static void party_name(char out[X12_PARTY_MAX + 1], const char *qualifier, const char *id)
{
	(void)snprintf(out, X12_PARTY_MAX + 1, "%s/%s", qualifier, id);
}

void examiner_name(struct interchange_name *out, const struct x12_interchange *i)
{
	party_name(out->sender, i->sender_qualifier, i->sender);
	party_name(out->receiver, i->receiver_qualifier, i->receiver);
	(void)snprintf(out->stamp, sizeof(out->stamp), "%s%s", i->date, i->time);
}

static void set_tell(const struct reading *r, const struct x12_context *at)
{
	struct interchange_name name;

	examiner_name(&name, at->interchange);
	r->question->set(r->question->context,
		&(struct verb_set){
			.row = r->question->ask->row,
			.sender = slice_str(name.sender),
			.receiver = slice_str(name.receiver),
			.stamp = slice_str(name.stamp),
			.interchange = slice_str(at->interchange->number),
			.group_id = slice_str(at->group->id),
			.group_number = slice_str(at->group->number),
			.set_id = slice_str(at->set->id),
			.set_number = slice_str(at->set->number),
			.reference = slice_str(at->set->reference),
		});
}

/* Where an 824 says what is wrong with a set, too, it is not accepted before that is mended. */
static bool is_accepted(const struct reading *r, const struct x12_set *set)
{
	return set->errors == 0 &&
		(set->rule_errors == 0 || !r->question->agreement->x12.advise);
}

static void set_ended(void *context, const struct x12_context *at)
{
	struct reading *r = context;

	if (!at->group || !examiner_keeps(at->group))
		return;
	if (is_inbound(r))
		r->accepted += at->group->errors == 0 && is_accepted(r, at->set);
	else
		set_tell(r, at);
}

/* --- interchanges that come again --- */

static void interchange_body(struct verb_interchange *out, struct interchange_name *name,
	const struct reading *r, const struct x12_interchange *i)
{
	examiner_name(name, i);
	*out = (struct verb_interchange){ .row = r->question->ask->row,
		.test = slice_eq(slice_str(i->usage), S("T")),
		.sender = slice_str(name->sender),
		.receiver = slice_str(name->receiver),
		.number = slice_str(i->number),
		.since_ns = r->question->now_ns - r->question->agreement->x12.numbers_ns };
}

static bool numbers_are_watched(const struct reading *r)
{
	return is_inbound(r) && r->question->agreement->x12.numbers_ns > 0;
}

static const char *number_ask(void *context, const struct x12_interchange *i)
{
	AUTO_IN_PLACE(buf) before = buf_init(MESSAGE_ID_MAX);
	struct reading *r = context;
	struct interchange_name name;
	struct verb_interchange body;

	if (r->recalled++ >= RECALLED_MAX)
		return NULL;
	interchange_body(&body, &name, r, i);
	if (!r->question->recall(r->question->context, &before, &body))
		return NULL;
	(void)snprintf(r->repeats, sizeof(r->repeats),
		"the control number was that of an interchange of message %.*s",
		SLICE_FMT(slice_to(buf_slice(&before), 120)));
	return r->repeats;
}

static void set_began(void *context, const struct x12_context *at)
{
	struct reading *r = context;

	(void)at;
	r->sets += r->sets < UINT32_MAX;
}

static void interchange_began(void *context, const struct x12_context *at)
{
	struct reading *r = context;

	(void)at;
	r->accepted = 0;
}

/* What was rejected may come again, corrected; acknowledgments say nothing twice anyway. */
static void interchange_ended(void *context, const struct x12_context *at)
{
	struct reading *r = context;
	struct interchange_name name;
	struct verb_interchange body;

	if (!numbers_are_watched(r) || at->interchange->errors > 0 || r->accepted == 0)
		return;
	interchange_body(&body, &name, r, at->interchange);
	r->question->interchange(r->question->context, &body);
}

/* --- what is said of what we sent --- */

struct words {
	char letter; /* of AK5, AK9, TA104 */
	enum ledger_outcome outcome;
	const char *text;
};

static const struct words verdicts[] = {
	{ 'A', OUTCOME_ACCEPTED, "accepted" },
	{ 'E', OUTCOME_NOTED, "accepted with errors" },
	{ 'P', OUTCOME_ACCEPTED, "accepted in part" },
	{ 'R', OUTCOME_REJECTED, "rejected" },
	{ 'M', OUTCOME_REJECTED, "rejected: its authentication code failed" },
	{ 'W', OUTCOME_REJECTED, "rejected: its assurance failed" },
	{ 'X', OUTCOME_REJECTED, "rejected: it could not be decrypted" },
};

/* OTI01: what begins with T is the set, with I an item of it. */
static const struct {
	const char *status;
	struct words words;
} statuses[] = {
	{ "TA", { 0, OUTCOME_ACCEPTED, "applied" } },
	{ "TC", { 0, OUTCOME_NOTED, "applied with changes" } },
	{ "TE", { 0, OUTCOME_NOTED, "applied with errors" } },
	{ "IA", { 0, OUTCOME_ACCEPTED, "an item applied" } },
	{ "IC", { 0, OUTCOME_NOTED, "an item applied with changes" } },
	{ "IE", { 0, OUTCOME_NOTED, "an item applied with errors" } },
	{ "TP", { 0, OUTCOME_REJECTED, "rejected in part" } },
	{ "TR", { 0, OUTCOME_REJECTED, "rejected" } },
	{ "IR", { 0, OUTCOME_REJECTED, "an item rejected" } },
};

/* What nobody defines is no acceptance. */
static struct words words_of(const struct x12_fact *fact)
{
	bool of_document = fact->about == X12_FACT_DOCUMENT;

	for (size_t i = 0; of_document && i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (slice_eq(slice_str(statuses[i].status), slice_str(fact->status)))
			return statuses[i].words;
	for (size_t i = 0; !of_document && i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].letter == fact->verdict)
			return verdicts[i];
	return (struct words){ 0, OUTCOME_REJECTED, "not accepted, by a code nobody defines" };
}

/* The data element their codes are of, where words are known for them. */
static const uint16_t code_lists[] = { [X12_FACT_INTERCHANGE] = X12_WORDS_TA1,
	[X12_FACT_SET] = 718, [X12_FACT_GROUP] = 716,
	[X12_FACT_DOCUMENT] = 0 };

/* ", code 4 control numbers differ, 5 count of sets differs"; 000 of a TA1 is none. */
static void codes_put(struct buf *out, const struct x12_fact *fact)
{
	const char *before = ", code ";

	for (size_t i = 0; i < fact->code_count; i++) {
		const char *code = fact->codes[i];
		const char *words = x12_words_find(code_lists[fact->about], slice_str(code));

		if (strcmp(code, "000") == 0)
			continue;
		buf_putf(out, "%s%s%s%s", before, code, *words ? " " : "", words);
		before = ", ";
	}
}

static void reasons_put(struct buf *out, const struct x12_fact *fact)
{
	size_t told = fact->reason_count < X12_FACT_REASONS_MAX ? fact->reason_count
								: X12_FACT_REASONS_MAX;

	for (size_t i = 0; i < told; i++)
		buf_putf(out, "%s%s%s%s", i ? "; " : ": ", fact->reasons[i].code,
			fact->reasons[i].code[0] && fact->reasons[i].text[0] ? " " : "",
			fact->reasons[i].text);
}

/* Sets were rejected, and AK2 does not say which. */
static bool leaves_unnamed(const struct x12_fact *fact)
{
	return fact->about == X12_FACT_GROUP && fact->accepted < fact->received &&
		fact->sets_rejected < fact->received - fact->accepted;
}

/* "997: 810 0001 of group 17 rejected, code 5" */
static void fact_text(struct buf *out, const struct x12_context *said_in,
	const struct x12_fact *fact, const char *words)
{
	buf_putf(out, "%s: ", said_in->set ? said_in->set->id : "TA1");
	if (fact->about == X12_FACT_INTERCHANGE)
		buf_putf(out, "interchange %s %s", fact->interchange, words);
	else if (fact->about == X12_FACT_GROUP)
		buf_putf(out, "group %s %s %s, %llu of %llu set%s", fact->group_id, fact->group,
			words, (unsigned long long)fact->accepted, COUNT_OF(fact->included));
	else if (fact->about == X12_FACT_SET)
		buf_putf(out, "%s %s of group %s %s", fact->set_id, fact->set, fact->group, words);
	else
		buf_putf(out, "%s%s%s %s", fact->set_id, fact->set_id[0] ? " " : "",
			fact->reference, words);
	codes_put(out, fact);
	reasons_put(out, fact);
}

static const enum ledger_about abouts[] = {
	[X12_FACT_INTERCHANGE] = ABOUT_INTERCHANGE,
	[X12_FACT_SET] = ABOUT_SET,
	[X12_FACT_GROUP] = ABOUT_GROUP,
	[X12_FACT_DOCUMENT] = ABOUT_APPLICATION,
};

#define VERDICT_TEXT_MAX 500

static uint32_t count_of(uint64_t count)
{
	return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

/* One that is not whole tells nothing from anything. */
static struct slice stamp_of(const struct x12_fact *fact, const char *stamp)
{
	return strlen(fact->date) == 6 && strlen(fact->time) == 4 ? slice_str(stamp) : S("");
}

void examiner_verdict(struct verb_verdict *out, struct interchange_name *name, struct buf *text,
	const struct x12_context *said_in, const struct x12_fact *fact)
{
	struct words words = words_of(fact);

	examiner_name(name, said_in->interchange);
	(void)snprintf(name->stamp, sizeof(name->stamp), "%s%s", fact->date, fact->time);
	fact_text(text, said_in, fact, words.text);
	/* Until somebody knows better, it may be any of them. */
	if (words.outcome != OUTCOME_REJECTED && leaves_unnamed(fact)) {
		words.outcome = OUTCOME_REJECTED;
		buf_put_text(text, ": ask the partner which it rejects");
	}
	*out = (struct verb_verdict){
		.about = abouts[fact->about],
		.outcome = words.outcome,
		.counts = fact->about == X12_FACT_GROUP,
		.received = count_of(fact->received),
		.rejected = fact->accepted < fact->received
			? count_of(fact->received - fact->accepted)
			: 0,
		.interchange = slice_str(fact->interchange),
		.sender = slice_str(name->receiver), /* of what is answered */
		.receiver = slice_str(name->sender),
		.stamp = stamp_of(fact, name->stamp),
		.group_id = slice_str(fact->group_id),
		.group_number = slice_str(fact->group),
		.set_id = slice_str(fact->set_id),
		.set_number = slice_str(fact->set),
		.reference = slice_to(slice_str(fact->reference), X12_REFERENCE_MAX),
		.text = slice_to(buf_slice(text), VERDICT_TEXT_MAX),
	};
}

/* As a translation has it, in 26 characters, or written out, perhaps in capitals as all of X12. */
static struct slice document_of(struct buf *room, struct slice reference)
{
	static const struct translate_element id = { .conversion = TR_UUID };
	const struct convert_x12 in = { .values = { reference } };

	if (convert_from_x12(room, &id, &in, S(""), NULL) == ST_OK)
		return buf_slice(room);
	if (reference.n != ID_TEXT_MAX - 1)
		return S("");
	for (size_t i = 0; i < reference.n; i++) {
		const uint8_t c = reference.p[i];

		buf_put_u8(room, c >= 'A' && c <= 'F' ? (uint8_t)(c - 'A' + 'a') : c);
	}
	return buf_slice(room);
}

static void verdict_tell(const struct reading *r, const struct x12_context *said_in,
	const struct x12_fact *fact)
{
	AUTO_IN_PLACE(buf) text = buf_init(8192), id = buf_init(ID_TEXT_MAX);
	struct interchange_name name;
	struct verb_verdict verdict;

	examiner_verdict(&verdict, &name, &text, said_in, fact);
	verdict.row = r->question->ask->row;
	verdict.said_in = r->sets;
	verdict.document = document_of(&id, slice_str(fact->reference));
	r->question->verdict(r->question->context, &verdict);
}

static void fact_heard(
	void *context, const struct x12_context *said_in, const struct x12_fact *fact)
{
	struct reading *r = context;

	if (!is_inbound(r))
		return;
	if (fact->about != X12_FACT_DOUBT)
		verdict_tell(r, said_in, fact);
	else if (!r->out->flag.code[0])
		fault_set(&r->out->flag, ST_INPUT, fact->code, "%s", fact->text);
}

/* --- the answer --- */

static void reply_made(void *context, const struct x12_interchange *received, struct slice answer)
{
	struct reading *r = context;

	(void)received;
	buf_put(&r->out->answer, answer);
}

/* Everybody who listens to the one reading. */
struct listeners {
	struct x12_stamp stamp;
	struct x12_answer_reader *reader;
	struct x12_answer *answer; /* NULL: it is not agreed */
	struct x12_advice *advice;
	struct x12_fan fan;
};

static void listeners_done(struct listeners *l)
{
	x12_answer_reader_free(l->reader);
	x12_answer_free(l->answer);
	x12_advice_free(l->advice);
}
DEFINE_AUTO_IN_PLACE(listeners)

static void listen_for_answers(struct listeners *l, struct reading *r)
{
	const struct x12_terms *x12 = &r->question->agreement->x12;
	struct x12_listener listener;

	if (!is_inbound(r))
		return;
	l->reader = x12_answer_reader_new(fact_heard, r);
	listener = x12_answer_reader_listener(l->reader);
	x12_fan_add(&l->fan, &listener);
	if (x12->acknowledge) {
		l->answer = x12_answer_new(
			&(struct x12_answer_options){ 0 }, &l->stamp, reply_made, r);
		listener = x12_answer_listener(l->answer);
		x12_fan_add(&l->fan, &listener);
	}
	if (x12->advise) {
		l->advice = x12_advice_new(
			&(struct x12_advice_options){ 0 }, &l->stamp, reply_made, r);
		listener = x12_advice_listener(l->advice);
		x12_fan_add(&l->fan, &listener);
	}
}

static void listeners_init(struct listeners *l, struct reading *r)
{
	const struct examiner_question *q = r->question;
	struct x12_listener own = {
		.context = r, .finding = finding_heard,
		.set_began = set_began, .set_ended = set_ended,
		.interchange_began = interchange_began, .interchange_ended = interchange_ended
	};

	*l = (struct listeners){ .stamp = { .time_ns = q->now_ns,
					 .interchange = q->ask->number,
					 .group = q->ask->number } };
	x12_fan_add(&l->fan, &own);
	listen_for_answers(l, r);
}

/* An answer that is too large is not made: a person has to see to that. */
static enum status answer_check(
	const struct listeners *l, struct examined *out, uint32_t *numbers,
	const struct verb_examine *ask, struct fault *f)
{
	uint32_t interchanges = l->stamp.interchange - ask->number;
	uint32_t groups = l->stamp.group - ask->number;

	if ((l->answer && x12_answer_check(l->answer, f) != ST_OK) ||
		(l->advice && x12_advice_check(l->advice, f) != ST_OK) ||
		buf_check(&out->answer, f) != ST_OK) {
		buf_clear(&out->answer);
		fault_set(&out->flag, ST_LIMIT, "x12.answer.size",
			"its answer would have more than %u bytes: send one by hand",
			EXAMINER_ANSWER_MAX);
		return ST_OK;
	}
	*numbers = interchanges > groups ? interchanges : groups;
	if (*numbers <= ask->numbers)
		return ST_OK;
	return fault_set(f, ST_MORE, "x12.numbers", "the answer takes %u control numbers",
		*numbers);
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

static enum status single_feed(
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

/* What is named otherwise than it might be is no X12, whatever it begins with. */
bool examiner_is_x12(struct slice media_type, struct slice content)
{
	return slice_eq(media_type, S(X12_MEDIA_TYPE)) ||
		(x12_may_be_named(media_type) && x12_begins(content));
}

static enum status is_x12_asked(bool *out, const struct examiner_question *q, struct fault *f)
{
	AUTO_IN_PLACE(buf) begin = buf_init(X12_BEGINS_MAX);
	uint64_t n = q->ask->n < X12_BEGINS_MAX ? q->ask->n : X12_BEGINS_MAX;

	TRY(fd_read_at(&begin, q->document, q->ask->at, n, f));
	*out = media_type_is_several(q->ask->media_type) ||
		examiner_is_x12(q->ask->media_type, buf_slice(&begin));
	return ST_OK;
}

struct feeding {
	struct x12_check *check;
	unsigned fed;
};

static enum status part_feed(void *context, const struct related_part *part, struct fault *f)
{
	struct feeding *feeding = context;
	struct slice rest = part->content, piece = { 0 };

	(void)f;
	if (!examiner_is_x12(slice_str(part->media_type), part->content))
		return ST_OK;
	while (views_step(&piece, &rest))
		x12_check_feed(feeding->check, piece, false);
	feeding->fed++;
	return ST_OK;
}

/*
 * Of several documents those that are X12, one behind the other, as if they were one file.  They
 * were cut without a fault before they were stored: one now is that they are encoded and large.
 */
static enum status several_feed(struct x12_check *check, struct examined *out,
	const struct examiner_question *q, struct fault *f)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(EXAMINER_DECODED_MAX);
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct feeding feeding = { .check = check };
	struct fault why = { 0 };

	TRY(mapping_init(&map, q->document, UINT64_MAX, f));
	enum status st = related_each(
		slice_sub(map.bytes, (size_t)q->ask->at, (size_t)q->ask->n), &scratch, part_feed,
		&feeding, &why);
	if (st != ST_OK)
		fault_set(&out->flag, st, "x12.unexamined", "it could not be looked into: %s",
			why.text);
	if (feeding.fed > 0)
		x12_check_feed(check, S(""), true);
	return ST_OK;
}

static enum status document_feed(struct x12_check *check, struct examined *out,
	const struct examiner_question *q, struct fault *f)
{
	return media_type_is_several(q->ask->media_type) ? several_feed(check, out, q, f)
							 : single_feed(check, q, f);
}

/* Nothing is said of what holds no X12. */
static void summarise(struct examined *out, const struct x12_totals *t)
{
	if (t->interchanges == 0 && t->errors == 0)
		return;
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

/* --- documents of our own types --- */

struct own_reading {
	const struct examiner_question *question;
	unsigned told;
};

/* The first few are for `show`; whoever wants all of them checks the document himself. */
static void document_finding_heard(
	void *context, unsigned number, const struct der_finding *finding)
{
	struct own_reading *r = context;
	AUTO_IN_PLACE(buf) text = buf_init(4096);
	char spot[DOCUMENT_SPOT_MAX];

	if (r->told++ >= LEDGER_FINDINGS_MAX)
		return;
	buf_putf(&text, "%s: %s: %s", document_spot(spot, number, finding), finding->found,
		finding->expected);
	r->question->finding(r->question->context,
		&(struct verb_finding){ .row = r->question->ask->row,
			.code = slice_str(finding->code),
			.text = slice_to(buf_slice(&text), FINDING_TEXT_MAX) });
}

static enum status documents_examine(
	struct examined *out, const struct examiner_question *q, struct fault *f)
{
	struct own_reading reading = { .question = q };
	const struct documents_question question = {
		.way = q->way, .finding = document_finding_heard, .context = &reading
	};
	AUTO_IN_PLACE(mapping) map = { 0 };

	if (!q->agreement->documents.examine || !documents_may_hold(q->ask->media_type))
		return ST_OK;
	TRY(mapping_init(&map, q->document, UINT64_MAX, f));
	documents_look(&out->documents, &question,
		slice_sub(map.bytes, (size_t)q->ask->at, (size_t)q->ask->n), q->ask->media_type);
	out->flag = out->documents.fault;
	return ST_OK;
}

/* --- all of it --- */

static enum status x12_examine(struct examined *out, uint32_t *numbers, struct examiner *e,
	const struct examiner_question *q, struct fault *f)
{
	struct reading reading = { .question = q, .out = out };
	AUTO_IN_PLACE(listeners) all;
	struct x12_listener listener;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;

	listeners_init(&all, &reading);
	TRY(guides_choose(&choice, e, &q->agreement->x12, f));
	listener = x12_fan_listener(&all.fan);
	check = x12_check_new(
		choice.list, choice.count, !q->agreement->x12.accept_unknown, &listener);
	if (numbers_are_watched(&reading))
		x12_check_numbers(check, number_ask, &reading);
	TRY(document_feed(check, out, q, f));
	summarise(out, x12_check_totals(check));
	return answer_check(&all, out, numbers, q->ask, f);
}

enum status examiner_run(struct examined *out, uint32_t *numbers, struct examiner *e,
	const struct examiner_question *q, struct fault *f)
{
	bool may_be_x12 = false;

	*numbers = 0;
	TRY(documents_examine(out, q, f));
	if (q->agreement->x12.examine)
		TRY(is_x12_asked(&may_be_x12, q, f));
	return may_be_x12 ? x12_examine(out, numbers, e, q, f) : ST_OK;
}
