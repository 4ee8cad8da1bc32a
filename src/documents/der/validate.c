/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's events against frames: one for each object or array that is open. */
#include "documents/der/validate.h"

#include "documents/der/checks.h"
#include "documents/der/members.h"
#include "documents/der/scalar.h"
#include "documents/der/unique.h"

struct pass {
	struct json_reader reader;
	struct der_report report;
	struct der_frame frames[JSON_DEPTH_MAX + 1];
	unsigned depth;
	struct der_unique items; /* of the one list of texts that is open */
	struct der_checks *checks;
	enum der_sensitivity sensitivity;
	struct der_header header;
	const struct der_listener *listener;
};

static struct der_place place_of(const struct pass *p, unsigned depth)
{
	return (struct der_place){ p->frames, depth };
}

/* --- what a value is ------------------------------------------------------------ */

static void unknown_tell(struct pass *p, const struct json_event *e)
{
	struct der_issue issue = { .problem = DER_UNKNOWN,
		.place = place_of(p, p->depth + 1),
		.offset = e->name_offset,
		.found = "a member that the schema has not" };

	der_report(&p->report, &issue,
		"expected no other members than the schema's; terms of your own go into ext");
}

static void member_begin(struct pass *p, struct der_frame *f, const struct json_event *e)
{
	struct der_frame *parent = &p->frames[p->depth - 1];
	const struct der_object *o = parent->node ? parent->node->object : NULL;

	f->is_member = true;
	f->name = e->name;
	if (!o)
		return;
	f->property = der_property_find(o, e->name, e->hash);
	if (f->property) {
		f->node = f->property->node;
		if (f->property->sensitivity)
			f->sensitivity = f->property->sensitivity;
		der_bit_set(&parent->seen, (size_t)(f->property - o->properties));
	} else if (!o->is_open) {
		unknown_tell(p, e);
	}
}

/* The frame of a value, at the place it would have if it opened. */
static struct der_frame *frame_begin(struct pass *p, const struct json_event *e)
{
	struct der_frame *f = &p->frames[p->depth], *parent = f - 1;

	if (p->depth == 0) {
		f->offset = e->offset;
		return f;
	}
	f->node = NULL;
	f->property = NULL;
	f->is_member = f->is_valid = false;
	f->index = parent->count++;
	f->offset = e->offset;
	f->sensitivity = parent->sensitivity;
	if (e->is_member)
		member_begin(p, f, e);
	else
		f->node = parent->node ? parent->node->items : NULL;
	return f;
}

/* Of what opens only: a frame is large, and most values are scalars. */
static void frame_open(struct der_frame *f)
{
	const struct der_object *o = f->node ? f->node->object : NULL;

	f->count = 0;
	f->seen = (struct der_bits){ 0 };
	for (size_t i = 0; o && i < o->watch_count; i++) {
		f->watched[i] = 0;
		f->watched_at[i] = 0;
		f->watched_text[i] = (struct json_text){ 0 };
	}
}

static void type_tell(struct pass *p, const struct der_frame *f, const struct json_event *e)
{
	static const char *const found[JSON_KINDS] = { "an object", "a list", "", "a text",
		"a number", "true", "false", "null" };
	static const char *const wanted[] = { "a text in quotes", "a whole number without quotes",
		"true or false", "an object", "a list" };
	struct der_issue issue = { .problem = DER_TYPE,
		.place = place_of(p, p->depth + 1),
		.offset = e->offset,
		.found = found[e->kind] };

	if (e->kind == JSON_IS_NULL)
		der_report(&p->report, &issue,
			"expected %s: what is not known is left out, never null",
			wanted[f->node->type]);
	else
		der_report(&p->report, &issue, "expected %s%s%s", wanted[f->node->type],
			f->node->words ? ": " : "", f->node->words ? f->node->words : "");
}

/* --- values --------------------------------------------------------------------- */

static void listener_tell(struct pass *p, unsigned depth, const struct json_event *e)
{
	struct der_place place = place_of(p, depth);

	if (p->listener->value)
		p->listener->value(p->listener->context, &place, e);
}

/* What is wrong by itself is not compared: so it has the length of an item at most. */
static void item_add(struct pass *p, const struct json_event *e)
{
	const struct der_frame *list = &p->frames[p->depth - 1];

	if (p->depth > 0 && list->node && list->node->is_unique && list->count <= list->node->most)
		der_unique_add(&p->items, e->text, e->offset, list->count - 1);
}

static void scalar_take(struct pass *p, struct der_frame *f, const struct json_event *e)
{
	struct der_place place = place_of(p, p->depth + 1);

	if (f->sensitivity > p->sensitivity)
		p->sensitivity = f->sensitivity;
	if (f->node && f->property && f->property->watch)
		der_watch_set(f - 1, f->property, e);
	f->is_valid = f->node && der_scalar_check(&p->report, &place, e);
	if (f->is_valid) {
		item_add(p, e);
		der_checks_scalar(p->checks, &place, e);
	}
	der_header_check(&p->header, &p->report, &place, e);
	der_needless_check(p->header.way, &p->report, &place, e);
	listener_tell(p, p->depth + 1, e);
}

static void value_take(struct pass *p, const struct json_event *e)
{
	struct der_frame *f = frame_begin(p, e);

	if (f->node && !der_type_is(f->node->type, e)) {
		type_tell(p, f, e);
		f->node = NULL;
	}
	if (e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY) {
		scalar_take(p, f, e);
		return;
	}
	frame_open(f);
	listener_tell(p, p->depth + 1, e);
	p->depth++;
	if (f->node && f->node->is_unique)
		der_unique_clear(&p->items);
}

/* --- ends ------------------------------------------------------------------------ */

static void list_check(struct pass *p, const struct der_frame *f, const struct der_place *place)
{
	struct der_issue issue = { .problem = DER_ITEMS,
		.place = *place,
		.offset = f->offset,
		.found = f->count < f->node->least ? "fewer items" : "more items" };
	struct der_issue twice = { .problem = DER_DUPLICATE, .place = *place };
	uint64_t item;

	if (f->count < f->node->least || f->count > f->node->most)
		der_report(&p->report, &issue, "expected %llu to %llu items",
			(unsigned long long)f->node->least, (unsigned long long)f->node->most);
	if (f->node->is_unique && der_unique_find(&twice.offset, &item, &twice.value, &p->items))
		der_report(&p->report, &twice, "expected nothing twice in the list");
}

static void close_take(struct pass *p, const struct json_event *e)
{
	const struct der_frame *f = &p->frames[p->depth - 1];
	struct der_place place = place_of(p, p->depth);

	if (f->node && f->node->object)
		der_members_check(&p->report, &place, e->offset);
	else if (f->node)
		list_check(p, f, &place);
	if (f->node)
		der_checks_close(p->checks, &place);
	listener_tell(p, p->depth, e);
	p->depth--;
}

static void pass_run(struct pass *p)
{
	struct json_event e;
	struct fault f;
	enum status st;
	struct der_place place;

	while ((st = json_next(&e, &p->reader, &f)) == ST_OK) {
		if (e.kind == JSON_IS_CLOSE)
			close_take(p, &e);
		else
			value_take(p, &e);
	}
	place = place_of(p, p->depth ? p->depth : 1);
	if (st != ST_NONE)
		der_report_fault(&p->report, &place, &f);
}

/* --- which schema ----------------------------------------------------------------- */

enum status der_schema_of(const struct der_schema **out, struct slice document)
{
	struct json_reader r;
	struct json_event e;

	json_reader_init(&r, document);
	while (json_next(&e, &r, NULL) == ST_OK)
		if (r.depth == 1 && e.is_member && e.kind == JSON_IS_STRING &&
			json_text_is(e.name, S("document_type"))) {
			*out = der_schema_find(e.text);
			return *out ? ST_OK : ST_NONE;
		}
	return ST_NONE;
}

static void nameless_tell(struct pass *p)
{
	struct der_issue issue = { .problem = DER_DOCUMENT_TYPE,
		.place = place_of(p, 1),
		.missing = S("document_type"),
		.found = "no document type that is known" };

	if (p->report.against_schema == 0)
		der_report(&p->report, &issue, "expected a name that `tieline schema` lists");
}

void der_validate(
	struct der_result *out, struct slice document, const struct der_listener *listener)
{
	struct pass p = { .report = { .in = document,
				  .tell = listener->finding,
				  .context = listener->context },
		.items = der_unique_init(),
		.header = { .way = listener->way },
		.listener = listener };
	const struct der_schema *schema = NULL;
	bool is_known = der_schema_of(&schema, document) == ST_OK;

	json_reader_init(&p.reader, document);
	p.frames[0] = (struct der_frame){ .node = is_known ? schema->root : NULL,
		.sensitivity = DER_INTERNAL };
	p.checks = der_checks_new(is_known ? schema : NULL, &p.report);
	pass_run(&p);
	if (!is_known)
		nameless_tell(&p);
	der_header_finish(&p.header, &p.report, &(struct der_place){ p.frames, 1 });
	der_checks_finish(p.checks);
	*out = (struct der_result){ .schema = is_known ? schema : NULL,
		.against_schema = p.report.against_schema,
		.beyond = p.report.beyond,
		.sensitivity = p.sensitivity,
		.barred = p.header.barred };
	der_checks_free(p.checks);
	der_unique_done(&p.items);
}
