/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by fsck.c: documents are read for their facts as the envelope read them, but that nobody
 * knows what was agreed then.  So no header is compared, and every set that may be a document is
 * read; what was not learnt for that the register has no statement of (relearn.c).
 */
#include "cli/learnt_check.h"

#include "exchange/registry.h"
#include "processes/own_documents.h"
#include "processes/x12_documents.h"

/* The sets of mappings/. */
static const struct x12_terms every_set = {
	.sets = { "650", "810", "814", "820", "824", "867" },
	.set_count = 6,
};

static struct der_way way_of(const struct audit_message *m, const struct registry *registry)
{
	const struct slice us = slice_str(registry_settings(registry)->id);
	const bool is_in = m->m.direction == MESSAGE_IN;

	return (struct der_way){ .sender = is_in ? m->m.partner : us,
		.receiver = is_in ? us : m->m.partner,
		.area = m->m.area,
		.test = TEST_BOTH,
		.restricted = RESTRICTED_ANY };
}

static enum status facts_read(struct der_facts *facts, const struct audit_message *m,
	struct slice document, const struct registry *registry, struct x12_guide_set *guides,
	struct fault *f)
{
	const struct der_way way = way_of(m, registry);
	const struct documents_question question = {
		.way = { .area = AREAS, .test = TEST_BOTH, .restricted = RESTRICTED_ANY },
		.facts = facts
	};
	const struct x12_documents_question x12 = { .terms = &every_set,
		.guides = guides,
		.way = &way,
		.message_id = slice_to(m->m.message_id, MESSAGE_ID_MAX),
		.now_ns = m->m.created_ns };
	struct documents_verdict verdict;

	documents_look(&verdict, &question, document, m->m.media_type);
	return x12_documents_collect(facts, &x12, document, m->m.media_type, f);
}

/* False: what it says is not known, or not all of it. */
static bool facts_read_whole(struct der_facts *facts, const struct audit_message *m,
	struct slice document, const struct registry *registry, struct x12_guide_set *guides)
{
	return document.n > 0 && facts_read(facts, m, document, registry, guides, NULL) == ST_OK &&
		!facts->out->overflow && (facts->out->n > 0 || !facts->lost.code[0]);
}

void learnt_check(struct audit *audit, const struct audit_message *m, struct slice document,
	const struct registry *registry, struct x12_guide_set *guides)
{
	AUTO_IN_PLACE(buf) said = buf_init(FACTS_MAX);
	struct der_facts facts = { .out = &said };

	if (!audit_learnt_begin(audit, m))
		return;
	bool is_read = facts_read_whole(&facts, m, document, registry, guides);
	const struct slice all = buf_slice(&said);
	audit_learnt(audit, m, is_read ? &all : NULL);
}
