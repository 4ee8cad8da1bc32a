/* SPDX-License-Identifier: Apache-2.0 */
/* required, anyOf, allOf of if/then/else, maxProperties, and how many bytes. */
#include "documents/der/members.h"

#include "documents/der/scalar.h"

struct members {
	struct der_report *report;
	const struct der_place *place;
	const struct der_frame *frame;
	const struct der_object *object;
};

void der_watch_set(
	struct der_frame *frame, const struct der_property *p, const struct json_event *e)
{
	const struct der_watch *w = &frame->node->object->watches[p->watch - 1];
	size_t at = der_literal_find(w->literals, w->literal_count, e);

	frame->watched_at[p->watch - 1] = e->offset;
	frame->watched_text[p->watch - 1] = e->text;
	if (at < w->literal_count)
		frame->watched[p->watch - 1] |= UINT64_C(1) << at;
}

static bool test_holds(const struct der_test *t, const struct der_frame *frame)
{
	return der_bit(&frame->seen, t->property) &&
		(t->mask == 0 || (frame->watched[t->watch] & t->mask) != 0);
}

static struct der_issue issue_of(
	const struct members *m, enum der_problem problem, const char *found, size_t property)
{
	struct der_issue issue = { .problem = problem,
		.place = *m->place,
		.offset = m->frame->offset,
		.found = found };

	if (property < m->object->property_count)
		issue.missing = m->object->properties[property].name;
	return issue;
}

/* `words`: "where kind is original"; NULL: always. */
static void required_check(
	const struct members *m, const struct der_bits *required, const char *words)
{
	for (size_t i = 0; i < m->object->property_count; i++) {
		struct der_issue issue = issue_of(m, DER_REQUIRED, "missing", i);

		if (der_bit(required, i) && !der_bit(&m->frame->seen, i))
			der_report(m->report, &issue, "%s is needed %s",
				m->object->properties[i].title, words ? words : "always");
	}
}

static void forbidden_check(
	const struct members *m, const struct der_bits *forbidden, const char *words)
{
	for (size_t i = 0; i < m->object->property_count; i++) {
		struct der_issue issue = issue_of(m, DER_FORBIDDEN, "there", i);

		if (der_bit(forbidden, i) && der_bit(&m->frame->seen, i))
			der_report(m->report, &issue, "not expected %s", words);
	}
}

/* The place is the object's, so it does not say how sensitive the member is. */
static void watched_show(struct der_issue *issue, const struct members *m, const struct der_test *t)
{
	struct json_text text = m->frame->watched_text[t->watch];

	issue->offset = m->frame->watched_at[t->watch];
	if (text.raw.n == 0 || m->object->properties[t->property].sensitivity == DER_RESTRICTED)
		return;
	issue->value = text;
	issue->found = NULL;
}

static void limit_check(const struct members *m, const struct der_limit *l, const char *words)
{
	struct der_issue issue = issue_of(m, DER_ENUM, "another value", l->test.property);

	watched_show(&issue, m, &l->test);
	if (der_bit(&m->frame->seen, l->test.property) && !test_holds(&l->test, m->frame))
		der_report(m->report, &issue, "expected %s %s", l->choices, words);
}

static bool condition_holds(const struct der_condition *c, const struct der_frame *frame)
{
	for (size_t i = 0; i < c->test_count; i++)
		if (!test_holds(&c->tests[i], frame))
			return false;
	return true;
}

static bool has_all(const struct der_bits *seen, const struct der_bits *wanted)
{
	for (size_t i = 0; i < DER_PROPERTIES_MAX / 64; i++)
		if (wanted->word[i] & ~seen->word[i])
			return false;
	return true;
}

static bool has_none(const struct der_bits *seen, const struct der_bits *unwanted)
{
	for (size_t i = 0; i < DER_PROPERTIES_MAX / 64; i++)
		if (unwanted->word[i] & seen->word[i])
			return false;
	return true;
}

static void alternative_put(struct buf *out, const struct members *m, const struct der_bits *bits)
{
	const char *join = out->n ? ", or " : "";

	for (size_t i = 0; i < m->object->property_count; i++)
		if (der_bit(bits, i)) {
			buf_putf(out, "%s%.*s", join, SLICE_FMT(m->object->properties[i].name));
			join = " and ";
		}
}

/* `where`: "where kind is original"; NULL: always. */
static void alternatives_tell(const struct members *m, const struct der_bits *alternatives,
	size_t count, const char *where)
{
	AUTO_IN_PLACE(buf) words = buf_init(1024);
	struct der_issue issue =
		issue_of(m, DER_REQUIRED, "none of what is needed", DER_PROPERTIES_MAX);

	for (size_t i = 0; i < count; i++)
		alternative_put(&words, m, &alternatives[i]);
	der_report(m->report, &issue, "expected %s%s%s", buf_text(&words), where ? " " : "",
		where ? where : "");
}

static bool has_one(const struct members *m, const struct der_bits *alternatives, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_all(&m->frame->seen, &alternatives[i]))
			return true;
	return count == 0;
}

static void alternatives_check(const struct members *m, const struct der_bits *alternatives,
	size_t count, const char *where)
{
	if (!has_one(m, alternatives, count))
		alternatives_tell(m, alternatives, count, where);
}

static bool is_as_said(const struct members *m, const struct der_effect *e)
{
	const struct der_bits *seen = &m->frame->seen;

	return has_all(seen, &e->required) && has_none(seen, &e->forbidden) &&
		e->limit_count == 0 && has_one(m, e->alternatives, e->alternative_count);
}

static void condition_check(const struct members *m, const struct der_condition *c)
{
	bool holds = condition_holds(c, m->frame);
	const struct der_effect *e = holds ? &c->then : &c->otherwise;

	if (is_as_said(m, e))
		return;
	AUTO_IN_PLACE(buf) words = buf_init(1024);
	buf_putf(&words, "%s %s", holds ? "where" : "unless", c->words);
	required_check(m, &e->required, buf_text(&words));
	forbidden_check(m, &e->forbidden, buf_text(&words));
	for (size_t i = 0; i < e->limit_count; i++)
		limit_check(m, &e->limits[i], buf_text(&words));
	alternatives_check(m, e->alternatives, e->alternative_count, buf_text(&words));
}

static void size_tell(const struct members *m, enum der_problem problem, const char *what,
	uint64_t most)
{
	struct der_issue issue = issue_of(m, problem,
		problem == DER_ITEMS ? "more members than that" : "more bytes than that",
		DER_PROPERTIES_MAX);

	der_report(m->report, &issue, "expected at most %llu %s", (unsigned long long)most, what);
}

static void sizes_check(const struct members *m, size_t end)
{
	const struct der_object *o = m->object;

	if (o->most && m->frame->count > o->most)
		size_tell(m, DER_ITEMS, "members", o->most);
	if (o->bytes_most && end + 1 - m->frame->offset > o->bytes_most)
		size_tell(m, DER_SIZE, "bytes", o->bytes_most);
}

void der_members_check(struct der_report *r, const struct der_place *place, size_t end)
{
	const struct der_frame *frame = &place->frames[place->depth - 1];
	const struct members m = { r, place, frame, frame->node->object };

	if (!has_all(&frame->seen, &m.object->required))
		required_check(&m, &m.object->required, NULL);
	for (size_t i = 0; i < m.object->condition_count; i++)
		condition_check(&m, &m.object->conditions[i]);
	alternatives_check(&m, m.object->alternatives, m.object->alternative_count, NULL);
	sizes_check(&m, end);
}
