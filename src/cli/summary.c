/* SPDX-License-Identifier: Apache-2.0 */
/* Used by check, new and translate: there is no cryptography where documents are read. */
#include "cli/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "documents/translate/mapping.h"
#include "documents/translate/tree.h"
#include "safeguards/digest.h"

void summary_make(char out[TRANSLATE_HASH_MAX], struct slice content)
{
	AUTO_IN_PLACE(buf) text = buf_init(TRANSLATE_HASH_MAX);
	uint8_t digest[32];

	digest_sha256(digest, content);
	hex_format(&text, slice_of(digest, sizeof(digest)));
	snprintf(out, TRANSLATE_HASH_MAX, "%s", buf_text(&text));
}

/* Where the member is; text.raw.n 0: it is not there. */
struct member {
	struct slice pointer; /* "/summary_hash" */
	struct json_text text;
	size_t offset;
};

static void member_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct member *m = context;
	AUTO_IN_PLACE(buf) pointer = buf_init(DER_POINTER_MAX);

	if (p->depth != 2 || e->kind != JSON_IS_STRING)
		return;
	der_pointer_put(&pointer, p, S(""));
	if (!slice_eq(buf_slice(&pointer), m->pointer))
		return;
	m->text = e->text;
	m->offset = e->offset;
}

/* False: the document, or the member, says no hash, or is not there. */
static bool summary_find(struct member *out, char wanted[TRANSLATE_HASH_MAX],
	struct slice document, const struct translate_hash *h)
{
	struct der_listener listener = { .context = out, .value = member_take };
	AUTO_IN_PLACE(buf) content = buf_init(TREE_TEXT_MAX);
	AUTO(tree) tree = NULL;
	struct tree_node *of;
	struct der_result r;

	*out = (struct member){ .pointer = h->pointer };
	der_validate(&r, document, &listener);
	if (out->text.raw.n == 0 || tree_read(&tree, document, NULL) != ST_OK)
		return false;
	of = tree_find(tree->root, h->of);
	if (!of)
		return false;
	tree_canonical_put(&content, of);
	summary_make(wanted, buf_slice(&content));
	return !content.overflow;
}

static void place_count(struct der_finding *f, struct slice document)
{
	f->line = f->column = 1;
	for (size_t i = 0; i < f->offset; i++) {
		f->column += (document.p[i] & 0xc0) != 0x80;
		if (document.p[i] != '\n')
			continue;
		f->line++;
		f->column = 1;
	}
}

static void summary_tell(const struct member *m, const char *wanted, struct slice document,
	const struct der_listener *listener)
{
	struct der_finding f = { .code = "der.check.hash", .is_beyond = true, .offset = m->offset };

	place_count(&f, document);
	snprintf(f.pointer, sizeof(f.pointer), "%.*s", SLICE_FMT(m->pointer));
	snprintf(f.found, sizeof(f.found), "another hash");
	snprintf(f.expected, sizeof(f.expected), "expected %s: of what is there", wanted);
	if (listener->finding)
		listener->finding(listener->context, &f);
}

static const struct translate_hash *hashes_of(const struct der_schema *s, size_t *count)
{
	const struct translate_mapping *m = translate_mapping_of_document(slice_str(s->name));

	*count = m ? m->hash_count : 0;
	return m ? m->hashes : NULL;
}

uint64_t summaries_check(struct slice document, const struct der_schema *schema,
	const struct der_listener *listener)
{
	char wanted[TRANSLATE_HASH_MAX];
	uint64_t wrong = 0;
	struct member m;
	size_t count;
	const struct translate_hash *h = hashes_of(schema, &count);

	for (size_t i = 0; i < count; i++)
		if (summary_find(&m, wanted, document, &h[i]) &&
			!json_text_is(m.text, slice_str(wanted))) {
			summary_tell(&m, wanted, document, listener);
			wrong++;
		}
	return wrong;
}

/* What it is made is as long as what is there: the schema says how long. */
void summaries_put(struct buf *document, const struct der_schema *schema)
{
	char wanted[TRANSLATE_HASH_MAX];
	struct member m;
	size_t count;
	const struct translate_hash *h = hashes_of(schema, &count);

	for (size_t i = 0; i < count; i++)
		if (summary_find(&m, wanted, buf_slice(document), &h[i]) &&
			m.text.raw.n == strlen(wanted))
			buf_set(document, m.offset + 1, slice_str(wanted));
}
