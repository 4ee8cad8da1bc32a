/* SPDX-License-Identifier: Apache-2.0 */
/* Used by envelope_permit.c, before the receipt, and so within bounds; and by copies.c. */
#include "processes/x12_documents.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "bindings/related.h"
#include "documents/translate/to_json.h"
#include "processes/own_documents.h"
#include "safeguards/digest.h"

/* --- sets as documents ------------------------------------------------------------------ */

struct reading {
	const struct x12_documents_question *question;
	x12_document_heard *heard;
	void *context;
	unsigned number; /* of the document that is read */
	size_t left;     /* of X12_DOCUMENTS_MAX */
	bool is_ended;   /* by who hears of it, and not for what was read */
};

bool x12_documents_may_be(const struct x12_terms *terms, struct slice media_type)
{
	return terms->set_count > 0 &&
		(slice_eq(media_type, S(X12_MEDIA_TYPE)) || media_type_is_several(media_type));
}

static void hash_make(char out[TRANSLATE_HASH_MAX], struct slice content)
{
	AUTO_IN_PLACE(buf) text = buf_init(TRANSLATE_HASH_MAX);
	uint8_t digest[32];

	digest_sha256(digest, content);
	hex_format(&text, slice_of(digest, sizeof(digest)));
	(void)snprintf(out, TRANSLATE_HASH_MAX, "%s", buf_text(&text));
}

/* What the register and a copy call it is the same, whoever reads it when. */
static void id_make(
	char out[ID_TEXT_MAX], const struct reading *r, const struct translate_set *set)
{
	AUTO_IN_PLACE(buf) key = buf_init(4096);
	const struct x12_documents_question *q = r->question;
	uint8_t digest[DIGEST_SIZE];

	buf_putf(&key, "%.*s\n%.*s\n%.*s\n%u\n%llu", SLICE_FMT(q->way->sender),
		SLICE_FMT(q->way->receiver), SLICE_FMT(q->message_id), r->number,
		(unsigned long long)set->number);
	digest_sha256(digest, buf_slice(&key));
	id_of_seed(out, digest);
}

static enum status translate(struct buf *out, const struct reading *r, const char *id,
	const struct translate_set *set, struct fault *f)
{
	struct x12_stamp stamp = { r->question->now_ns, 1, 1 };
	struct translate_notes notes = { 0 };
	const enum area area = r->question->way->area;
	const struct translate_options options = { .guides = r->question->guides,
		.stamp = &stamp,
		.is_for_facts = true,
		.area = area < AREAS ? area_name(area) : NULL,
		.hash = hash_make,
		.id = id };

	return translate_to_json(out, set->interchange, &options, &notes, f);
}

enum status x12_document_make(struct buf *out, const struct x12_copied *c, struct fault *f)
{
	struct x12_stamp stamp = { c->now_ns, 1, 1 };
	struct translate_notes notes = { 0 };
	const struct translate_options options = { .guides = c->guides,
		.stamp = &stamp,
		.is_copy = true,
		.area = area_name(c->area),
		.hash = hash_make,
		.id = c->id };

	return translate_to_json(out, c->interchange, &options, &notes, f);
}

static enum status tell(struct reading *r, const struct x12_document *found, struct fault *f)
{
	enum status st = r->heard(r->context, found, f);

	r->is_ended |= st != ST_OK;
	return st;
}

static enum status set_take(void *context, const struct translate_set *set, struct fault *f)
{
	AUTO_IN_PLACE(buf) document = buf_init(TREE_TEXT_MAX);
	struct reading *r = context;
	char id[ID_TEXT_MAX];
	struct fault why;

	id_make(id, r, set);
	struct x12_document found = { .number = r->number, .set = set, .id = id };

	if (translate(&document, r, id, set, &why) == ST_OK)
		found.document = buf_slice(&document);
	else
		found.why = &why;
	return tell(r, &found, f);
}

static bool is_wanted(void *context, struct slice id)
{
	const struct reading *r = context;

	return x12_terms_registers(r->question->terms, id);
}

static enum status rest_tell(struct reading *r, const struct fault *why, struct fault *f)
{
	return tell(r, &(struct x12_document){ .number = r->number, .why = why }, f);
}

/* What stopped the reader is told, and no more is read; what its listener said ends all. */
static enum status stopped(
	struct reading *r, enum status st, const struct fault *why, struct fault *f)
{
	if (st == ST_OK)
		return ST_OK;
	if (!r->is_ended)
		return rest_tell(r, why, f);
	if (f)
		*f = *why;
	return st;
}

/* What is no X12 from some place on is not read further: it is told with what was before. */
static enum status file_take(struct reading *r, struct slice content, struct fault *f)
{
	struct fault why;

	if (content.n > r->left) {
		fault_set(&why, ST_LIMIT, "facts.size",
			"more X12 than %u MiB, to be registered before its receipt",
			X12_DOCUMENTS_MAX >> 20);
		return rest_tell(r, &why, f);
	}
	r->left -= content.n;
	enum status st = translate_sets_each(content, is_wanted, set_take, r, &why);
	return stopped(r, st, &why, f);
}

static enum status part_take(void *context, const struct related_part *part, struct fault *f)
{
	struct reading *r = context;

	r->number = part->number;
	return slice_eq(slice_str(part->media_type), S(X12_MEDIA_TYPE))
		? file_take(r, part->content, f)
		: ST_OK;
}

enum status x12_documents_each(const struct x12_documents_question *question,
	struct slice content, struct slice media_type, x12_document_heard *heard, void *context,
	struct fault *f)
{
	struct reading r = { .question = question,
		.heard = heard,
		.context = context,
		.left = X12_DOCUMENTS_MAX };
	struct fault why;

	if (!x12_documents_may_be(question->terms, media_type))
		return ST_OK;
	if (!question->guides->shelf)
		x12_guide_set_init(question->guides);
	if (!media_type_is_several(media_type))
		return file_take(&r, content, f);
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);
	enum status st = related_each(content, &scratch, part_take, &r, &why);
	return stopped(&r, st, &why, f);
}

/* --- for the register ------------------------------------------------------------------- */

struct collecting {
	const struct x12_documents_question *question;
	struct der_facts *facts;
};

/* The first says why. */
static void lose(struct collecting *c, const struct translate_set *set, const struct fault *why)
{
	struct fault *lost = &c->facts->lost;

	if (lost->code[0])
		return;
	if (set)
		fault_set(lost, ST_INPUT, "registry.x12", "set %llu, %.*s %.*s: %s: %s",
			(unsigned long long)set->number, SLICE_FMT(slice_to(set->id, 6)),
			SLICE_FMT(slice_to(set->control, 9)), why->code, why->text);
	else if (why->status == ST_LIMIT && strcmp(why->code, "facts.size") == 0)
		*lost = *why;
	else
		fault_set(lost, ST_INPUT, "registry.x12", "%s: %s", why->code, why->text);
}

/* ST_AUTH: it is from or for another party, or of the other book.  X12 names no agreement. */
static enum status document_take(
	struct collecting *c, const struct x12_document *found, struct fault *f)
{
	struct documents_question question = { .way = *c->question->way, .facts = c->facts };
	const struct translate_set *set = found->set;
	struct documents_verdict verdict;

	question.way.agreement = question.way.copy_agreement = S("");
	documents_look(&verdict, &question, found->document, S(DOCUMENT_MEDIA_TYPE));
	if (verdict.is_barred)
		return fault_set(f, ST_AUTH, verdict.fault.code, "set %llu, %.*s: %s",
			(unsigned long long)set->number, SLICE_FMT(slice_to(set->id, 6)),
			verdict.fault.text);
	if (verdict.fault.code[0])
		lose(c, set, &verdict.fault);
	return ST_OK;
}

static enum status collected(void *context, const struct x12_document *found, struct fault *f)
{
	struct collecting *c = context;

	if (!found->why)
		return document_take(c, found, f);
	lose(c, found->set, found->why);
	return ST_OK;
}

enum status x12_documents_collect(struct der_facts *facts,
	const struct x12_documents_question *question, struct slice content,
	struct slice media_type, struct fault *f)
{
	struct collecting c = { question, facts };

	return x12_documents_each(question, content, media_type, collected, &c, f);
}
