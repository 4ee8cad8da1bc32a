/* SPDX-License-Identifier: Apache-2.0 */
/* Used by envelope_permit.c: before the receipt, and so within bounds. */
#include "processes/x12_documents.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/id.h"
#include "bindings/related.h"
#include "documents/translate/sets.h"
#include "documents/translate/to_json.h"
#include "processes/own_documents.h"
#include "safeguards/digest.h"

struct collecting {
	const struct x12_documents_question *question;
	struct der_facts *facts;
	size_t left; /* of X12_DOCUMENTS_MAX */
};

bool x12_documents_may_be(const struct x12_terms *terms, struct slice media_type)
{
	return terms->set_count > 0 &&
		(slice_eq(media_type, S(X12_MEDIA_TYPE)) || media_type_is_several(media_type));
}

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
	else
		fault_set(lost, ST_INPUT, "registry.x12", "%s: %s", why->code, why->text);
}

static void hash_make(char out[TRANSLATE_HASH_MAX], struct slice content)
{
	AUTO_IN_PLACE(buf) text = buf_init(TRANSLATE_HASH_MAX);
	uint8_t digest[32];

	digest_sha256(digest, content);
	hex_format(&text, slice_of(digest, sizeof(digest)));
	(void)snprintf(out, TRANSLATE_HASH_MAX, "%s", buf_text(&text));
}

static enum status translate(struct buf *out, const struct collecting *c,
	const struct translate_set *set, struct fault *f)
{
	struct x12_stamp stamp = { c->question->now_ns, 1, 1 };
	struct translate_notes notes = { 0 };
	char id[ID_TEXT_MAX];
	const struct translate_options options = { .guides = c->question->guides,
		.stamp = &stamp,
		.is_for_facts = true,
		.hash = hash_make,
		.id = id_new(id, stamp.time_ns) };

	return translate_to_json(out, set->interchange, &options, &notes, f);
}

/* ST_AUTH: it is from or for another party, or of the other book.  X12 names no agreement. */
static enum status document_take(struct collecting *c, const struct translate_set *set,
	struct slice document, struct fault *f)
{
	struct documents_question question = { .way = *c->question->way, .facts = c->facts };
	struct documents_verdict verdict;

	question.way.agreement = question.way.copy_agreement = S("");
	documents_look(&verdict, &question, document, S(DOCUMENT_MEDIA_TYPE));
	if (verdict.is_barred)
		return fault_set(f, ST_AUTH, verdict.fault.code, "set %llu, %.*s: %s",
			(unsigned long long)set->number, SLICE_FMT(slice_to(set->id, 6)),
			verdict.fault.text);
	if (verdict.fault.code[0])
		lose(c, set, &verdict.fault);
	return ST_OK;
}

static enum status set_take(void *context, const struct translate_set *set, struct fault *f)
{
	AUTO_IN_PLACE(buf) document = buf_init(TREE_TEXT_MAX);
	struct collecting *c = context;
	struct fault why;

	if (translate(&document, c, set, &why) == ST_OK)
		return document_take(c, set, buf_slice(&document), f);
	lose(c, set, &why);
	return ST_OK;
}

static bool is_wanted(void *context, struct slice id)
{
	const struct collecting *c = context;

	return x12_terms_registers(c->question->terms, id);
}

/* What is no X12 from some place on is not read further: it is told with what was before. */
static enum status file_take(struct collecting *c, struct slice content, struct fault *f)
{
	struct fault why;
	enum status st;

	if (content.n > c->left) {
		if (!c->facts->lost.code[0])
			fault_set(&c->facts->lost, ST_LIMIT, "facts.size",
				"more X12 than %u MiB, to be registered before its receipt",
				X12_DOCUMENTS_MAX >> 20);
		return ST_OK;
	}
	c->left -= content.n;
	st = translate_sets_each(content, is_wanted, set_take, c, &why);
	if (st == ST_AUTH) {
		*f = why;
		return st;
	}
	if (st != ST_OK)
		lose(c, NULL, &why);
	return ST_OK;
}

static enum status part_take(void *context, const struct related_part *part, struct fault *f)
{
	return slice_eq(slice_str(part->media_type), S(X12_MEDIA_TYPE))
		? file_take(context, part->content, f)
		: ST_OK;
}

enum status x12_documents_collect(struct der_facts *facts,
	const struct x12_documents_question *question, struct slice content,
	struct slice media_type, struct fault *f)
{
	struct collecting c = { question, facts, X12_DOCUMENTS_MAX };
	struct fault why;
	enum status st;

	if (!x12_documents_may_be(question->terms, media_type))
		return ST_OK;
	if (!media_type_is_several(media_type))
		return file_take(&c, content, f);
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);
	st = related_each(content, &scratch, part_take, &c, &why);
	if (st == ST_AUTH) {
		*f = why;
		return st;
	}
	if (st != ST_OK)
		lose(&c, NULL, &why);
	return ST_OK;
}
