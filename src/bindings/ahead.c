/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For as2_open.c.  What is not proven yet is read here only: by digests, by a search for a
 * boundary, and by the parsers of headers, which are made for hostile bytes.
 *
 * Who has a sealed message of others, and may send, can change bits of it and see when it is
 * refused.  So what is guessed decides what is kept, and nothing about what is done: not whether a
 * guess failed, nor whether and where a boundary is (tests/unit/test_ahead.c).
 */
#include "bindings/ahead.h"

#include "base/views.h"
#include "bindings/micalg.h"
#include "bindings/multipart_signed.h"

#define FIRST_LINE 256 /* bytes in which the first boundary is, or nobody knows what this is */
#define NO_BOUNDARY "--what is searched for where there is no boundary"

void ahead_begin(struct ahead *a, struct buf *entity, struct slice options)
{
	ahead_done(a);
	*a = (struct ahead){ .entity = entity, .kind = DIGEST_SHA256 };
	(void)!micalg_wish(&a->kind, options, NULL);
}

void ahead_done(struct ahead *a)
{
	digest_run_free(a->covered.run);
	digest_run_free(a->document.run);
	a->covered.run = a->document.run = NULL;
}

/* --- the first look ------------------------------------------------------------------------ */

/* An entity within the decrypted one. */
struct inner {
	struct mime_headers headers;
	struct mime_value type;
	struct slice body;
};

static bool inner_read(struct inner *out, struct slice entity)
{
	struct slice type;
	bool is_bare;

	return mime_entity_parse(&out->headers, &out->body, &is_bare, entity, NULL) == ST_OK &&
		mime_header_get(&type, &out->headers, "Content-Type", NULL) == ST_OK &&
		mime_value_parse(&out->type, type, NULL) == ST_OK;
}

static bool is_as_it_is(const struct inner *inner)
{
	static const char *const same[] = { "", "7bit", "8bit", "binary" };
	struct slice encoding;

	if (mime_header_get(&encoding, &inner->headers, "Content-Transfer-Encoding", NULL) != ST_OK)
		return false;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (slice_eq_nocase(encoding, slice_str(same[i])))
			return true;
	return false;
}

/* What is wrapped once more, or is several, is no document yet. */
static bool is_document(const struct inner *inner)
{
	return !slice_has_prefix_nocase(inner->type.main, S("multipart/")) &&
		!mime_main_is(&inner->type, "application/pkcs7-mime") &&
		!mime_main_is(&inner->type, "application/x-pkcs7-mime") && is_as_it_is(inner);
}

static void digest_begin(struct ahead_digest *d, enum digest kind)
{
	d->run = digest_run_new(kind);
}

static void want(struct ahead_digest *d, const struct ahead *a, struct slice from)
{
	d->from = (size_t)(from.p - a->entity->p);
	d->wanted = true;
}

static void covered_guess(struct ahead *a, const struct inner *inner, struct slice from)
{
	want(&a->covered, a, from);
	if (is_document(inner))
		want(&a->document, a, inner->body);
}

static void signed_guess(struct ahead *a, const struct inner *outer)
{
	struct slice boundary = mime_boundary_of(&outer->type, slice_to(outer->body, FIRST_LINE));
	struct mime_multipart all;
	struct inner inner;
	struct slice part;

	if (mime_multipart_begin(&all, slice_to(outer->body, FIRST_LINE), boundary, NULL) !=
			ST_OK ||
		all.is_closed)
		return;
	part = slice_from(outer->body, all.at);
	if (!inner_read(&inner, part))
		return;
	(void)!digest_parse(&a->kind, mime_param_get(&outer->type, "micalg"), NULL);
	(void)!slice_to_text(a->dashes, sizeof(a->dashes), slice_str(all.dashes), NULL);
	a->is_signed = true;
	covered_guess(a, &inner, part);
}

/* All headers are within the first step, or nobody knows what this is. */
static void look(struct ahead *a)
{
	struct slice all = buf_slice(a->entity);
	struct inner outer;

	(void)!slice_to_text(a->dashes, sizeof(a->dashes), S(NO_BOUNDARY), NULL);
	if (inner_read(&outer, all)) {
		if (multipart_signed_is(&outer.type))
			signed_guess(a, &outer);
		else if (is_document(&outer))
			covered_guess(a, &outer, all);
	}
	digest_begin(&a->covered, a->kind);
	digest_begin(&a->document, DIGEST_SHA256);
	a->searched = a->covered.from;
	if (a->covered.wanted)
		buf_file_pass(a->entity);
}

/* --- as it comes --------------------------------------------------------------------------- */

static void digest_add(struct ahead_digest *d, struct slice all, size_t from, size_t to)
{
	from = from > d->from ? from : d->from;
	if (to > from)
		digest_run_add(d->run, slice_sub(all, from, to - from));
}

static void digest_to(struct ahead *a, struct slice all, size_t to)
{
	if (to <= a->digested)
		return;
	digest_add(&a->covered, all, a->digested, to);
	digest_add(&a->document, all, a->digested, to);
	a->digested = to;
	/* Memory is in no view yet; a page that stays mapped keeps its neighbours, too. */
	if (a->digested > 2 * VIEW_STEP + a->let_go)
		views_passed(all, &a->let_go, a->digested - 2 * VIEW_STEP);
}

static void digest_keep(struct ahead_digest *d, size_t end)
{
	if (!d->wanted || end < d->from)
		return;
	digest_run_peek(&d->value, d->run);
	d->n = end - d->from;
	d->known = true;
}

static void finish(struct ahead *a, struct slice all, size_t end)
{
	digest_to(a, all, end);
	digest_keep(&a->covered, end);
	digest_keep(&a->document, end);
}

static void boundary_found(struct ahead *a, struct slice all, size_t at)
{
	struct slice part = mime_part_between(all, a->covered.from, at);

	a->found = true;
	a->clear = at;
	finish(a, all, a->covered.from + part.n);
}

/* Also behind the first, and where there is none to be found. */
static void search(struct ahead *a, struct slice all)
{
	const struct slice dashes = slice_str(a->dashes);
	size_t at;

	while (slice_find(&at, slice_from(all, a->searched), dashes)) {
		if (a->is_signed && !a->found)
			boundary_found(a, all, a->searched + at);
		a->searched += at + 1;
	}
	if (all.n > a->searched + dashes.n)
		a->searched = all.n - (dashes.n - 1);
}

/* The last bytes may begin a boundary, or be the line end before one. */
void ahead_more(void *ahead)
{
	struct ahead *a = ahead;
	struct slice all = buf_slice(a->entity);
	size_t held;

	if (!a->looked)
		look(a);
	a->looked = true;
	search(a, all);
	held = slice_str(a->dashes).n + 1;
	if (all.n > held)
		digest_to(a, all, all.n - held);
}

void ahead_end(struct ahead *a)
{
	if (a->looked && !a->is_signed)
		finish(a, buf_slice(a->entity), a->entity->n);
}

/* --- what is known -------------------------------------------------------------------------- */

static bool is_of(const struct ahead_digest *d, const struct ahead *a, struct slice of)
{
	return d->known && of.p == a->entity->p + d->from && of.n == d->n;
}

struct digested ahead_digested(const struct ahead *a, struct slice of)
{
	struct digested known = { of, NULL };

	if (is_of(&a->document, a, of))
		known.known = &a->document.value;
	else if (is_of(&a->covered, a, of))
		known.known = &a->covered.value;
	return known;
}

size_t ahead_clear(const struct ahead *a, struct slice body)
{
	struct slice all = a->entity ? buf_slice(a->entity) : (struct slice){ 0 };
	uintptr_t from = (uintptr_t)all.p, at = (uintptr_t)body.p;

	if (!a->found || at < from || at - from > a->clear)
		return 0;
	return a->clear - (at - from);
}
