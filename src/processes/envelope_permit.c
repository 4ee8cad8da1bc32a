/* SPDX-License-Identifier: Apache-2.0 */
/* In this order: what the agreement, the documents' own rules and the register say. */
#include "processes/envelope_permit.h"

#include "base/clock.h"
#include "base/log.h"
#include "bindings/related.h"
#include "documents/media_type.h"
#include "processes/own_documents.h"
#include "processes/x12_documents.h"

static enum status part_permitted(void *context, const struct related_part *part, struct fault *f)
{
	const struct permission *p = context;

	return agreement_permits(p->agreement, p->direction, p->way.area, part->content.n,
		slice_str(part->media_type), f);
}

static struct consultation consultation_of(const struct permission *p)
{
	bool sends = p->direction == DIRECTION_SEND;

	return (struct consultation){ .policy = p->agreement->documents.registry,
		.direction = sends ? MESSAGE_OUT : MESSAGE_IN,
		.partner = sends ? p->way.receiver : p->way.sender,
		.message_id = p->message_id,
		.came_ns = p->came_ns };
}

static enum status x12_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct der_facts *facts, struct fault *f)
{
	const struct x12_documents_question question = { .terms = &p->agreement->x12,
		.guides = e->guides,
		.way = &p->way,
		.message_id = slice_to(p->message_id, MESSAGE_ID_MAX),
		.now_ns = clock_utc_ns() };

	return x12_documents_collect(facts, &question, document, media_type, f);
}

/* What documents of our own types say: by themselves, and beside what was said before. */
static enum status own_documents_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct fault *f)
{
	AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &said, .agreed = &p->agreement->documents,
		.age_ns = agreement_age_ns(p->agreement, p->way.area) };
	const struct consultation consultation = consultation_of(p);
	struct fault disguised;

	TRY(documents_undisguised(&disguised, p->agreement, document, media_type, f));
	TRY(documents_permitted(
		&p->agreement->documents, &p->way, document, media_type, &facts, f));
	TRY(x12_permitted(e, p, document, media_type, &facts, f));
	TRY(consult(p->consulted, e->process, &consultation, &facts, f));
	if (!p->consulted->flag.code[0])
		p->consulted->flag = disguised;
	return ST_OK;
}

enum status envelope_document_permitted(const struct envelope *e, const struct permission *p,
	struct slice document, struct slice media_type, struct fault *f)
{
	struct permission asking = *p;

	TRY(agreement_permits(
		p->agreement, p->direction, p->way.area, document.n, media_type, f));
	if (media_type_is_several(media_type))
		TRY(related_each(document, NULL, part_permitted, &asking, f));
	return own_documents_permitted(e, p, document, media_type, f);
}

enum status envelope_signer_permitted(const struct trusted *from, enum area area,
	struct slice partner, const struct revocation_verdict *v, struct fault *f)
{
	if (v->state == REVOCATION_UNKNOWN)
		log_warning("revocation-unknown", LOG_S("partner", partner),
			LOG_T("area", area_name(area)), LOG_T("why", v->why));
	return trust_permits(from, area, v, f);
}
