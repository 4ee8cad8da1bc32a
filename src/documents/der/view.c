/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's events, and how far the input was written: what is shown is a run of it that grows,
 * and ends only where something is left out or replaced.  What becomes of a member hangs on the
 * schema alone, never on what comes behind it.
 */
#include "documents/der/view.h"

#include "documents/der/scalar.h"
#include "documents/der/validate.h"

/* An object or list that is open and shown. */
struct open {
	const struct der_node *node; /* NULL: of no schema, within `ext` */
	enum der_sensitivity sensitivity;
	uint64_t shown; /* members or items */
};

struct view {
	struct json_reader reader;
	struct slice in;
	struct buf *out;
	const struct der_reader *to;
	struct open open[JSON_DEPTH_MAX + 1];
	unsigned depth;
	size_t kept; /* from there on the input is not written yet */
	size_t end;  /* of what was last read */
	size_t behalf; /* where it says whom it is on behalf of; 0: nowhere */
	bool names_targets; /* of a limit: they are not where somebody lives */
};

/* --- what the schema says --------------------------------------------------------------- */

enum fate { SHOWN, STANDS_IN, LEFT_OUT };

static bool is_hidden(const struct der_node *, enum der_sensitivity own);

static enum der_sensitivity sensitivity_of(
	const struct der_property *p, enum der_sensitivity parent)
{
	return p->sensitivity ? p->sensitivity : parent;
}

static bool property_is_hidden(const struct der_object *o, size_t i, enum der_sensitivity own)
{
	const struct der_property *p = &o->properties[i];

	return is_hidden(p->node, sensitivity_of(p, own));
}

/* One that is shown decides, so that others may be needed. */
static bool condition_shows(
	const struct der_object *o, const struct der_condition *c, enum der_sensitivity own)
{
	for (size_t i = 0; i < c->test_count; i++)
		if (!property_is_hidden(o, c->tests[i].property, own))
			return true;
	return false;
}

static bool is_alternative(const struct der_bits *alternatives, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (der_bit(&alternatives[i], at))
			return true;
	return false;
}

static bool is_effect(const struct der_effect *e, size_t at)
{
	return der_bit(&e->required, at) ||
		is_alternative(e->alternatives, e->alternative_count, at);
}

static bool is_needed(const struct der_object *o, size_t at, enum der_sensitivity own)
{
	bool needed = der_bit(&o->required, at) ||
		is_alternative(o->alternatives, o->alternative_count, at);

	for (size_t i = 0; i < o->condition_count; i++) {
		const struct der_condition *c = &o->conditions[i];

		if (is_effect(&c->then, at) || is_effect(&c->otherwise, at))
			needed |= condition_shows(o, c, own);
	}
	return needed;
}

static const struct json_event withheld = { .kind = JSON_IS_STRING,
	.text = { .raw = { (const uint8_t *)DER_WITHHELD, sizeof(DER_WITHHELD) - 1 } } };

static bool text_stands_in(const struct der_node *node)
{
	const struct der_frame frame = { .node = node };
	const struct der_place place = { &frame, 1 };
	struct der_report nobody = { .in = withheld.text.raw };

	return node && node->type == DER_STRING && der_scalar_check(&nobody, &place, &withheld);
}

static bool can_stand_in(const struct der_node *node)
{
	if (node && node->type == DER_ARRAY)
		return node->least == 0 || (node->least == 1 && text_stands_in(node->items));
	return text_stands_in(node);
}

/* Nothing of it can be seen, or not what it needs to be one. */
static bool object_is_hidden(const struct der_object *o, enum der_sensitivity own)
{
	bool any = false;

	for (size_t i = 0; i < o->property_count; i++) {
		bool hidden = property_is_hidden(o, i, own);

		if (hidden && is_needed(o, i, own) && !can_stand_in(o->properties[i].node))
			return true;
		any |= !hidden;
	}
	return !any;
}

static bool is_hidden(const struct der_node *node, enum der_sensitivity own)
{
	if (node && node->items)
		return is_hidden(node->items, own);
	if (node && node->object && node->object->property_count > 0)
		return object_is_hidden(node->object, own);
	return own == DER_RESTRICTED;
}

static enum fate fate_of(const struct der_object *o, size_t at, enum der_sensitivity own)
{
	if (!property_is_hidden(o, at, own))
		return SHOWN;
	return is_needed(o, at, own) ? STANDS_IN : LEFT_OUT;
}

/* --- writing ---------------------------------------------------------------------------- */

static void written_to(struct view *v, size_t at)
{
	buf_put(v->out, slice_sub(v->in, v->kept, at - v->kept));
	v->kept = at;
}

/* Blanks and comma before what begins there; the comma only when something is before it. */
static void lead_put(struct view *v, size_t begin, size_t at, bool comma)
{
	for (size_t i = begin; i < at; i++)
		if (v->in.p[i] != ',' || comma)
			buf_put_u8(v->out, v->in.p[i]);
}

static void text_put(struct view *v, struct slice text)
{
	buf_put_text(v->out, "\"");
	buf_put(v->out, text);
	buf_put_text(v->out, "\"");
}

static void stand_in_put(struct view *v, const struct der_node *node)
{
	bool is_list = node->type == DER_ARRAY;

	buf_put_text(v->out, is_list ? "[" : "");
	if (!is_list || node->least > 0)
		text_put(v, withheld.text.raw);
	buf_put_text(v->out, is_list ? "]" : "");
}

/* --- the header ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t by; /* in struct der_reader */
	const char *before; /* the member that keeps what was there; NULL: nothing does */
} replaced[] = {
	{ "sender_id", offsetof(struct der_reader, sender_id), "on_behalf_of" },
	{ "sender_role", offsetof(struct der_reader, sender_role), NULL },
	{ "receiver_id", offsetof(struct der_reader, receiver_id), "original_receiver_id" },
	{ "receiver_role", offsetof(struct der_reader, receiver_role), NULL },
	{ "agreement_id", offsetof(struct der_reader, agreement_id), NULL },
};

#define REPLACED (sizeof(replaced) / sizeof(replaced[0]))

static struct slice replacement(const struct view *v, size_t i)
{
	return *(const struct slice *)((const uint8_t *)v->to + replaced[i].by);
}

/* REPLACED: the value stays. */
static size_t replaced_find(const struct view *v, const struct json_event *e)
{
	size_t i = 0;

	if (v->depth != 1 || e->kind != JSON_IS_STRING)
		return REPLACED;
	while (i < REPLACED && !json_text_is(e->name, slice_str(replaced[i].name)))
		i++;
	return i;
}

static void replace(struct view *v, const struct json_event *e, size_t i, size_t begin)
{
	written_to(v, e->offset);
	text_put(v, replacement(v, i));
	v->kept = v->end = v->reader.at;
	if (!replaced[i].before)
		return;
	buf_put_text(v->out, ",");
	lead_put(v, begin, e->name_offset, false);
	text_put(v, slice_str(replaced[i].before));
	buf_put_text(v->out, ": ");
	text_put(v, e->text.raw);
}

static bool is_id_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '.' || c == '_' || c == ':' || c == '-';
}

static enum status reader_check(const struct view *v, struct fault *f)
{
	for (size_t i = 0; i < REPLACED; i++) {
		struct slice id = replacement(v, i);
		bool good = id.n > 0 && id.n <= 64;

		for (size_t n = 0; n < id.n; n++)
			good &= is_id_byte(id.p[n]);
		if (!good)
			return fault_set(f, ST_INPUT, "der.view.id",
				"no document can have this %s: ids are 1 to 64 letters, digits and "
				". _ : -",
				replaced[i].name);
	}
	return ST_OK;
}

/* --- whom a limit is for ---------------------------------------------------------------- */

#define LIMIT "operating_limit"

/* Whom it says: aggregations and feeders are known to who reads it, connection points are homes. */
static bool names_targets(const struct der_schema *schema, struct slice document)
{
	struct json_reader reader;
	struct json_event e;
	bool named = false;

	if (!slice_eq(slice_str(schema->name), S(LIMIT)))
		return false;
	json_reader_init(&reader, document);
	while (json_next(&e, &reader, NULL) == ST_OK)
		if (reader.depth == 1 && e.kind == JSON_IS_STRING && e.is_member &&
			json_text_is(e.name, S("scope")))
			named = json_text_is(e.text, S("aggregation")) ||
				json_text_is(e.text, S("feeder"));
	return named;
}

static bool is_named_target(const struct view *v, const struct json_event *e)
{
	return v->names_targets && v->depth == 1 && json_text_is(e->name, S("target_ids"));
}

/* --- values ----------------------------------------------------------------------------- */

static enum status form_fault(const struct json_event *e, struct fault *f)
{
	return fault_at(f, ST_INPUT, e->offset, "der.view.form",
		"a value of another type than the schema's: what is not valid has no view");
}

/* The value that began is read to its end. */
static enum status rest_skip(struct view *v, const struct json_event *begun, struct fault *f)
{
	unsigned depth = v->reader.depth;
	struct json_event e;

	if (begun->kind == JSON_IS_OBJECT || begun->kind == JSON_IS_ARRAY)
		while (v->reader.depth >= depth)
			TRY(json_next(&e, &v->reader, f));
	v->end = v->reader.at;
	return ST_OK;
}

static enum status leave_out(
	struct view *v, const struct json_event *e, size_t begin, struct fault *f)
{
	written_to(v, begin);
	TRY(rest_skip(v, e, f));
	v->kept = v->end;
	return ST_OK;
}

static enum status stand_in(
	struct view *v, const struct json_event *e, const struct der_node *node, struct fault *f)
{
	written_to(v, e->offset);
	TRY(rest_skip(v, e, f));
	stand_in_put(v, node);
	v->kept = v->end;
	return ST_OK;
}

static void show(struct view *v, const struct json_event *e, struct open as)
{
	v->end = v->reader.at;
	if (e->kind == JSON_IS_OBJECT || e->kind == JSON_IS_ARRAY)
		v->open[++v->depth] = as;
}

/* Where the first of them were left out, no comma is before what is the first now. */
static void place_begin(struct view *v, const struct json_event *e, size_t begin)
{
	struct open *in = &v->open[v->depth];

	if (in->shown++ > 0 || v->depth == 0)
		return;
	size_t at = e->is_member ? e->name_offset : e->offset;
	written_to(v, begin);
	lead_put(v, begin, at, false);
	v->kept = at;
}

/* What the schema has not is not shown; in `ext` it has nothing, and what is there is as `ext`. */
static const struct der_property *property_of(
	const struct open *in, const struct json_event *e, enum fate *fate)
{
	const struct der_object *o = in->node ? in->node->object : NULL;
	const struct der_property *p = o ? der_property_find(o, e->name, e->hash) : NULL;

	if (p)
		*fate = fate_of(o, (size_t)(p - o->properties), in->sensitivity);
	else
		*fate = !o || o->is_open ? SHOWN : LEFT_OUT;
	return p;
}

static enum status member_take(
	struct view *v, const struct json_event *e, size_t begin, struct fault *f)
{
	const struct open *in = &v->open[v->depth];
	enum fate fate;
	const struct der_property *p = property_of(in, e, &fate);
	struct open as = { .node = p ? p->node : NULL,
		.sensitivity = p ? sensitivity_of(p, in->sensitivity) : in->sensitivity };

	if (as.node && !der_type_is(as.node->type, e))
		return form_fault(e, f);
	if (v->depth == 1 && json_text_is(e->name, S("original_receiver_id")))
		return fault_at(f, ST_INPUT, e->offset, "der.view.copy",
			"it is a copy already: copies are made of originals");
	if (v->depth == 1 && json_text_is(e->name, S("on_behalf_of")))
		v->behalf = e->offset;
	if (is_named_target(v, e))
		fate = SHOWN;
	if (fate == LEFT_OUT)
		return leave_out(v, e, begin, f);
	place_begin(v, e, begin);
	if (fate == STANDS_IN)
		return stand_in(v, e, as.node, f);
	size_t by = replaced_find(v, e);
	if (by < REPLACED)
		replace(v, e, by, begin);
	else
		show(v, e, as);
	return ST_OK;
}

/* Of a list that is hidden nothing comes here. */
static enum status item_take(
	struct view *v, const struct json_event *e, size_t begin, struct fault *f)
{
	const struct open *in = &v->open[v->depth];
	struct open as = { .node = in->node ? in->node->items : NULL,
		.sensitivity = in->sensitivity };

	if (as.node && !der_type_is(as.node->type, e))
		return form_fault(e, f);
	place_begin(v, e, begin);
	show(v, e, as);
	return ST_OK;
}

static enum status value_take(struct view *v, const struct json_event *e, struct fault *f)
{
	size_t begin = v->end;

	if (e->kind == JSON_IS_CLOSE) {
		v->depth--;
		v->end = v->reader.at;
		return ST_OK;
	}
	if (v->depth > 0)
		return e->is_member ? member_take(v, e, begin, f) : item_take(v, e, begin, f);
	if (e->kind != JSON_IS_OBJECT)
		return form_fault(e, f);
	show(v, e, v->open[0]);
	return ST_OK;
}

/* --- all of it -------------------------------------------------------------------------- */

static enum status view_run(struct view *v, struct fault *f)
{
	struct json_event e;
	enum status st;

	json_reader_init(&v->reader, v->in);
	while ((st = json_next(&e, &v->reader, f)) == ST_OK)
		TRY(value_take(v, &e, f));
	if (st != ST_NONE)
		return st;
	if (v->behalf > 0)
		return fault_at(f, ST_INPUT, v->behalf, "der.view.behalf",
			"it is on behalf of somebody who did not send it: a copy would say that"
			" its sender had");
	written_to(v, v->in.n);
	return buf_check(v->out, f);
}

enum status der_view(
	struct buf *out, struct slice document, const struct der_reader *to, struct fault *f)
{
	struct view v = { .in = document, .out = out, .to = to };
	const struct der_schema *schema;

	TRY(reader_check(&v, f));
	if (der_schema_of(&schema, document) != ST_OK)
		return fault_set(f, ST_INPUT, "der.document-type", "no document that is known");
	v.names_targets = names_targets(schema, document);
	v.open[0] = (struct open){ .node = schema->root, .sensitivity = DER_INTERNAL };
	if (is_hidden(schema->root, DER_INTERNAL))
		return fault_set(f, ST_INPUT, "der.view.form", "nothing of it may be seen");
	return view_run(&v, f);
}
