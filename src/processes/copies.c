/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is kept: message and configuration say all, so that it can be done again. */
#include "processes/copies.h"

#include "base/clock.h"
#include "base/log.h"
#include "bindings/related.h"
#include "documents/der/validate.h"
#include "documents/der/view.h"
#include "processes/own_documents.h"
#include "safeguards/digest.h"

/* --- who gets what ---------------------------------------------------------------------- */

/* Never who it was exchanged with. */
static const struct partner *other_partner(
	const struct registry *registry, size_t i, const struct verb_examine *of)
{
	const struct partner *p = registry_partner(registry, i);

	return slice_eq(slice_str(p->sheet->id), of->partner) ? NULL : p;
}

bool copies_may_be(const struct registry *registry, const struct verb_examine *of)
{
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = other_partner(registry, i, of);

		if (p && p->agreement->copies.type_count > 0)
			return true;
	}
	return false;
}

/* --- what is agreed in vain ------------------------------------------------------------- */

static void types_log(const struct partner *to)
{
	const struct copy_terms *copies = &to->agreement->copies;

	for (size_t i = 0; i < copies->type_count; i++)
		if (!der_schema_find(json_text_of(copies->types[i])))
			log_error("copies-unknown", LOG_T("partner", to->sheet->id),
				LOG_T("type", copies->types[i]),
				LOG_T("why", "there is no such type of document: `tieline schema`"));
}

static bool any_examined(const struct registry *registry, const struct partner *but)
{
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (p != but && p->agreement->documents.examine)
			return true;
	}
	return false;
}

void copies_log(const struct registry *registry)
{
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *to = registry_partner(registry, i);

		types_log(to);
		if (to->agreement->copies.type_count > 0 && !any_examined(registry, to))
			log_warning("copies-idle", LOG_T("partner", to->sheet->id),
				LOG_T("why", "no other partner has documents: { examine: true }"));
	}
}

/* --- of whom to whom -------------------------------------------------------------------- */

struct each {
	const struct copies_source *source;
	copy_heard *heard;
	void *context;
};

/* The copy is told to each who gets one of its type. */
static enum status copy_each(const struct each *e, struct copy *copy, struct fault *f)
{
	const struct registry *registry = e->source->registry;
	const struct der_schema *schema;

	if (der_schema_of(&schema, copy->document) != ST_OK)
		return ST_OK;
	copy->type = schema->name;
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		copy->to = other_partner(registry, i, e->source->of);
		if (copy->to &&
			copy_terms_name(&copy->to->agreement->copies, slice_str(copy->type)))
			TRY(e->heard(e->context, copy, f));
	}
	return ST_OK;
}

static enum status document_each(
	const struct each *e, struct slice document, unsigned number, struct fault *f)
{
	struct copy copy = { .number = number, .document = document };

	return copy_each(e, &copy, f);
}

static enum status part_each(void *context, const struct related_part *part, struct fault *f)
{
	return slice_eq(slice_str(part->media_type), S(DOCUMENT_MEDIA_TYPE))
		? document_each(context, part->content, part->number, f)
		: ST_OK;
}

static enum status json_each(const struct each *e, struct slice content, struct fault *f)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);
	const struct slice media_type = e->source->of->media_type;

	if (media_type_is_several(media_type))
		return related_each(content, &scratch, part_each, (void *)e, f);
	return slice_eq(media_type, S(DOCUMENT_MEDIA_TYPE)) ? document_each(e, content, 0, f)
							    : ST_OK;
}

static enum status set_each(void *context, const struct x12_document *found, struct fault *f)
{
	const struct each *e = context;

	if (found->why)
		return ST_OK;
	struct copy copy = { .number = found->number,
		.set = found->set->number,
		.document = found->document,
		.x12 = { .interchange = found->set->interchange,
			.guides = e->source->guides,
			.id = found->id,
			.area = (enum area)e->source->of->area,
			.now_ns = clock_utc_ns() } };

	return copy_each(e, &copy, f);
}

/* NULL: it is no partner any more. */
static const struct partner *partner_of(
	const struct registry *registry, const struct verb_examine *of)
{
	size_t index;

	return registry_find(&index, registry, of->partner, NULL) == ST_OK
		? registry_partner(registry, index)
		: NULL;
}

bool copies_may_be_x12(const struct registry *registry, const struct verb_examine *of)
{
	const struct partner *from = partner_of(registry, of);

	return from && x12_documents_may_be(&from->agreement->x12, of->media_type);
}

static enum status x12_each(const struct each *e, struct slice content, struct fault *f)
{
	const struct verb_examine *of = e->source->of;
	const struct registry *registry = e->source->registry;
	const struct partner *from = partner_of(registry, of);

	if (!from)
		return ST_OK;
	const struct der_way way = documents_way(registry_settings(registry), from,
		of->direction == MESSAGE_IN, (enum area)of->area);
	const struct x12_documents_question question = { .terms = &from->agreement->x12,
		.guides = e->source->guides,
		.way = &way,
		.message_id = of->message_id,
		.now_ns = clock_utc_ns() };

	return x12_documents_each(
		&question, content, of->media_type, set_each, (void *)e, f);
}

enum status copies_each(const struct copies_source *source, struct slice content,
	copy_heard *heard, void *context, struct fault *f)
{
	const struct each e = { source, heard, context };

	TRY(json_each(&e, content, f));
	return x12_each(&e, content, f);
}

/* --- one of them ------------------------------------------------------------------------ */

static void finding_take(void *context, const struct der_finding *found)
{
	struct fault *f = context;

	if (!f->code[0])
		fault_set(f, ST_INPUT, "der.copy.invalid", "%s in line %llu: %s: %s", found->code,
			(unsigned long long)found->line, found->found, found->expected);
}

/* Whatever our view does not know how to do: nobody gets a document that is not valid. */
static enum status copy_check(
	struct slice document, const struct der_way *way, struct fault *f)
{
	struct fault why = { 0 };
	const struct der_listener listener = {
		.context = &why, .finding = finding_take, .way = way
	};
	struct der_result result;

	der_validate(&result, document, &listener);
	return why.code[0] ? fault_set(f, why.status, why.code, "%s", why.text) : ST_OK;
}

/* The document that is shown; of X12 it is written into `made`. */
static enum status original_of(
	struct slice *out, struct buf *made, const struct copy *c, struct fault *f)
{
	struct fault why;

	*out = c->document;
	if (c->set == 0)
		return ST_OK;
	if (x12_document_make(made, &c->x12, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "der.copy.x12", "set %llu: %s: %s",
			(unsigned long long)c->set, why.code, why.text);
	*out = buf_slice(made);
	return ST_OK;
}

enum status copy_make(struct buf *out, const struct copy *c, const struct registry *registry,
	enum area area, struct fault *f)
{
	AUTO_IN_PLACE(buf) made = buf_init(COPY_SIZE_MAX);
	const struct settings *own = registry_settings(registry);
	const struct agreement *agreement = c->to->agreement;
	const struct der_reader reader = { .sender_id = slice_str(own->id),
		.sender_role = party_role_word(own->role),
		.receiver_id = slice_str(c->to->sheet->id),
		.receiver_role = party_role_word(c->to->sheet->role),
		.agreement_id = slice_str(agreement->copies.agreement_id) };
	const struct der_way way = documents_way(own, c->to, false, area);
	struct slice original;

	TRY(original_of(&original, &made, c, f));
	enum status st = der_view(out, original, &reader, f);
	if (out->overflow)
		return fault_set(f, ST_LIMIT, "der.copy.size",
			"it would have more than %u bytes: send it by hand", COPY_SIZE_MAX);
	TRY(st);
	TRY(agreement_permits(agreement, DIRECTION_SEND, area, out->n, S(DOCUMENT_MEDIA_TYPE), f));
	return copy_check(buf_slice(out), &way, f);
}

void copy_id(
	struct buf *out, const struct copy *c, struct slice own, const struct verb_examine *of,
	unsigned again)
{
	AUTO_IN_PLACE(buf) key = buf_init(2 * PARTY_ID_MAX + MESSAGE_ID_MAX + 64);
	uint8_t digest[DIGEST_SIZE];

	buf_putf(&key, "%u\n%.*s\n%.*s\n%s\n%u", of->direction, SLICE_FMT(of->partner),
		SLICE_FMT(of->message_id), c->to->sheet->id, c->number);
	if (c->set > 0)
		buf_putf(&key, "\nset %llu", (unsigned long long)c->set);
	if (again > 0)
		buf_putf(&key, "\n%u", again);
	digest_sha256(digest, buf_slice(&key));
	message_id_copy(out, own, slice_of(digest, sizeof(digest)));
}
