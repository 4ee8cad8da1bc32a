/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tieline x12 intervals: what an 867 says before its readings, so that they can be put back
 * where they came from.
 */
#include "cli/x12_heading.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "documents/x12/envelope_write.h"
#include "documents/x12/json.h"

#define HEADING_MAX (1U << 20) /* bytes of JSON; a heading has a dozen segments */
#define ISA_ID 15

/* --- heard --- */

void x12_heading_init(struct x12_heading *h)
{
	*h = (struct x12_heading){ .isa = buf_init(HEADING_MAX),
		.gs = buf_init(HEADING_MAX),
		.gap = buf_init(HEADING_MAX),
		.set = buf_init(HEADING_MAX) };
}

void x12_heading_done(struct x12_heading *h)
{
	buf_done(&h->isa);
	buf_done(&h->gs);
	buf_done(&h->gap);
	buf_done(&h->set);
}

static void isa_hear(struct x12_heading *h, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_clear(&h->isa);
	buf_put_text(&h->isa, "{\"delimiters\":");
	x12_json_delimiters_put(&h->isa, d);
	buf_put_text(&h->isa, ",\"segments\":[");
	x12_json_list_put(&h->isa, d, s);
}

static void behind_hear(struct buf *out, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_put_u8(out, ',');
	x12_json_list_put(out, d, s);
}

/* What stands before it stands between segments. */
static void gs_hear(struct x12_heading *h, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_clear(&h->gs);
	behind_hear(&h->gs, d, s);
	buf_clear(&h->gap);
	buf_put_text(&h->gap, "],\"gap\":");
	x12_json_text_put(&h->gap, s->gap);
	buf_put_u8(&h->gap, '}');
}

static void st_hear(struct x12_heading *h, const struct x12_context *at)
{
	buf_clear(&h->set);
	h->is_open = at->set && strcmp(at->set->id, "867") == 0;
}

void x12_heading_hear(
	struct x12_heading *h, const struct x12_context *at, const struct x12_segment *s)
{
	struct x12_delimiters d;

	if (!at->interchange)
		return;
	d = at->interchange->delimiters;
	if (slice_eq(s->id, S("ISA")))
		isa_hear(h, d, s);
	else if (slice_eq(s->id, S("GS")))
		gs_hear(h, d, s);
	else if (slice_eq(s->id, S("ST")))
		st_hear(h, at);
	else if (slice_eq(s->id, S("PTD")) || slice_eq(s->id, S("SE")))
		h->is_open = false;
	if (h->is_open)
		behind_hear(&h->set, d, s);
}

json_t *x12_heading_take(struct x12_heading *h)
{
	const struct buf *const parts[] = { &h->isa, &h->gs, &h->set, &h->gap };
	AUTO_IN_PLACE(buf) text = buf_init(4 * HEADING_MAX);
	bool is_whole = h->set.n > 0;
	json_t *taken = NULL;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		is_whole &= buf_check(parts[i], NULL) == ST_OK;
		buf_put(&text, buf_slice(parts[i]));
	}
	if (is_whole)
		taken = json_loadb((const char *)text.p, text.n, JSON_ALLOW_NUL, NULL);
	buf_clear(&h->set);
	return taken;
}

/* --- what is wanted of it --- */

static json_t *list_find(const json_t *heading, const char *id)
{
	json_t *segment;
	size_t at;

	json_array_foreach(json_object_get(heading, "segments"), at, segment) {
		json_t *list = json_is_object(segment) ? json_object_get(segment, "segment")
						       : segment;
		const char *first = json_string_value(json_array_get(list, 0));

		if (first && strcmp(first, id) == 0)
			return list;
	}
	return NULL;
}

static void element_set(json_t *list, size_t number, const char *text)
{
	while (json_array_size(list) <= number)
		json_array_append_new(list, json_string(""));
	json_array_set_new(list, number, json_string(text));
}

/* What stands in a heading that nobody said. */
static json_t *heading_new(const char *set_number)
{
	return json_pack("{s:{s:s, s:s, s:n, s:s}, s:s, "
			 "s:[[s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s], [s,s,s,s,s,s,s,s,s], [s,s,s], "
			 "[s,s,s,s,s]]}",
		"delimiters", "element", "*", "component", ">", "repetition", "segment", "~", "gap",
		"", "segments", "ISA", "00", "          ", "00", "          ", "", "", "", "", "",
		"", "U", "", "", "0", "T", ">", "GS", "PT", "", "", "", "", "", "X", "", "ST",
		"867", *set_number ? set_number : "0001", "BPT", "00", "", "", "C1");
}

/* Its id in ISA has a width, in GS it has none. */
static enum status party_set(
	json_t *heading, const char *text, size_t isa, size_t gs, struct fault *f)
{
	struct slice qualifier, id;
	char padded[ISA_ID + 1];

	if (!slice_cut(&qualifier, &id, slice_str(text), ':')) {
		id = qualifier;
		qualifier = S("ZZ");
	}
	if (!x12_is_party_qualifier(qualifier) || id.n < 2 || id.n > ISA_ID ||
		!slice_is_printable(id))
		return fault_set(f, ST_INPUT, "x12.heading",
			"\"%s\" is no party: want a qualifier of ISA05 and an id of 2 to 15 "
			"characters, as 01:007909411", text);
	snprintf(padded, sizeof(padded), "%.*s", SLICE_FMT(qualifier));
	element_set(list_find(heading, "ISA"), isa, padded);
	snprintf(padded, sizeof(padded), "%-15.*s", SLICE_FMT(id));
	element_set(list_find(heading, "ISA"), isa + 1, padded);
	snprintf(padded, sizeof(padded), "%.*s", SLICE_FMT(id));
	element_set(list_find(heading, "GS"), gs, padded);
	return ST_OK;
}

/* From 00402 on ISA11 is the repetition separator. */
static enum status release_set(json_t *heading, const char *release, struct fault *f)
{
	struct slice text = slice_str(release);
	json_t *isa = list_find(heading, "ISA");
	char version[6];
	bool repeats;

	if (text.n < 6 || text.n > 12 || !slice_is_printable(text))
		return fault_set(f, ST_INPUT, "x12.heading",
			"\"%s\" is no release: want one as 004010 or 005010", release);
	snprintf(version, sizeof(version), "%.5s", release);
	repeats = strcmp(version, "00402") >= 0;
	element_set(isa, 12, version);
	element_set(isa, 11, repeats ? "^" : "U");
	json_object_set_new(json_object_get(heading, "delimiters"), "repetition",
		repeats ? json_string("^") : json_null());
	element_set(list_find(heading, "GS"), 8, release);
	return ST_OK;
}

static void number_set(json_t *heading, uint32_t number)
{
	char text[12];

	snprintf(text, sizeof(text), "%09u", number);
	element_set(list_find(heading, "ISA"), 13, text);
	snprintf(text, sizeof(text), "%u", number);
	element_set(list_find(heading, "GS"), 6, text);
}

static void time_set(json_t *heading, int64_t time_ns)
{
	struct x12_date_text now = x12_date_text(time_ns);
	json_t *isa = list_find(heading, "ISA"), *gs = list_find(heading, "GS");

	now.time[4] = '\0';
	element_set(isa, 9, now.date + 2);
	element_set(isa, 10, now.time);
	element_set(gs, 4, now.date);
	element_set(gs, 5, now.time);
}

static void set_say(json_t *heading, const struct x12_series *set)
{
	const struct {
		size_t element;
		const char *text;
	} said[] = { { 1, set->purpose }, { 2, set->reference }, { 9, set->original } };

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (*said[i].text)
			element_set(list_find(heading, "BPT"), said[i].element, said[i].text);
}

static enum status shape_check(const json_t *heading, struct fault *f)
{
	const char *const ids[] = { "ISA", "GS", "ST", "BPT" };
	const char *set;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!json_is_array(list_find(heading, ids[i])))
			return fault_set(f, ST_INPUT, "x12.heading",
				"heading: there is no %s among its segments, want the form that "
				"x12 intervals --json writes", ids[i]);
	set = json_string_value(json_array_get(list_find(heading, "ST"), 1));
	if (!set || strcmp(set, "867") != 0)
		return fault_set(f, ST_INPUT, "x12.heading", "heading: ST01 is not 867");
	return ST_OK;
}

/* What must be said when nobody said it; a usage without a number is called by day and number. */
static enum status wishes_complete(struct x12_heading_wishes *w, json_t *heading,
	const struct x12_series *set, struct fault *f)
{
	char text[40];

	if (!w->sender || !w->receiver)
		return fault_set(f, ST_INPUT, "x12.heading",
			"nothing says from whom to whom: want an object with heading, as "
			"x12 intervals --json writes the first, or --sender and --receiver");
	w->release = w->release ? w->release : "004010";
	w->number = w->number ? w->number : 1;
	w->time_ns = w->time_ns ? w->time_ns : clock_utc_ns();
	element_set(list_find(heading, "BPT"), 3, x12_date_text(w->time_ns).date);
	snprintf(text, sizeof(text), "%s-%u", x12_date_text(w->time_ns).date, w->number);
	if (!*set->reference)
		element_set(list_find(heading, "BPT"), 2, text);
	return ST_OK;
}

static enum status wishes_apply(
	json_t *heading, const struct x12_heading_wishes *w, struct fault *f)
{
	if (w->sender)
		TRY(party_set(heading, w->sender, 5, 2, f));
	if (w->receiver)
		TRY(party_set(heading, w->receiver, 7, 3, f));
	if (w->release)
		TRY(release_set(heading, w->release, f));
	if (w->usage)
		element_set(list_find(heading, "ISA"), 15, w->usage);
	if (w->number)
		number_set(heading, w->number);
	if (w->time_ns)
		time_set(heading, w->time_ns);
	return ST_OK;
}

static enum status mend(json_t *heading, bool is_new, const struct x12_series *set,
	const struct x12_heading_wishes *wishes, struct fault *f)
{
	struct x12_heading_wishes w = *wishes;

	TRY(shape_check(heading, f));
	if (is_new)
		TRY(wishes_complete(&w, heading, set, f));
	set_say(heading, set);
	return wishes_apply(heading, &w, f);
}

enum status x12_heading_make(json_t **out, const json_t *said, const struct x12_series *set,
	const struct x12_heading_wishes *wishes, struct fault *f)
{
	json_t *heading = said ? json_deep_copy(said) : heading_new(set->set_number);
	enum status st = mend(heading, !said, set, wishes, f);

	if (st == ST_OK)
		*out = heading;
	else
		json_decref(heading);
	return st;
}

/* --- written --- */

/* What the ends repeat. */
struct head {
	struct x12_delimiters delimiters;
	char interchange[X12_FIELD_MAX], group[X12_FIELD_MAX], set[X12_FIELD_MAX];
	uint64_t segments; /* of the set */
};

static enum status head_read(struct head *out, struct slice bytes, struct fault *f)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment s;
	const struct {
		const char *id;
		size_t element;
		char *text;
	} first[] = { { "ISA", 13, out->interchange }, { "GS", 6, out->group },
		{ "ST", 2, out->set }, { "BPT", 1, NULL } };
	enum status st;
	size_t at;

	x12_reader_init_whole(&reader, bytes);
	for (at = 0; (st = x12_reader_next(&reader, &s, f)) == ST_OK; at++) {
		if (at < 4 && !slice_eq(s.id, slice_str(first[at].id)))
			break;
		if (at < 3)
			TRY(slice_to_text(first[at].text, X12_FIELD_MAX,
				x12_element(&s, first[at].element), f));
		out->delimiters = reader.delimiters;
	}
	if (st != ST_NONE || at < 4)
		return fault_set(f, ST_INPUT, "x12.heading",
			"heading: it is not ISA, GS, ST, BPT and what stands before the first PTD");
	out->segments = at - 2;
	return ST_OK;
}

static void ends_write(struct x12_writer *w, const struct head *head)
{
	x12_begin(w, "SE");
	x12_put_number(w, w->segments);
	x12_put_text(w, head->set);
	x12_end(w);
	x12_begin(w, "GE");
	x12_put_number(w, 1);
	x12_put_text(w, head->group);
	x12_end(w);
	x12_begin(w, "IEA");
	x12_put_number(w, 1);
	x12_put_text(w, head->interchange);
	x12_end(w);
}

static enum status head_write(struct buf *out, json_t *heading, struct fault *f)
{
	json_t *root = json_pack("{s:[O]}", "interchanges", heading);
	enum status st = x12_json_read(out, root, f);

	json_decref(root);
	return st;
}

enum status x12_usage_write(struct buf *out, json_t *heading, const struct x12_readings *list,
	enum x12_edge labels, struct slice zone, struct fault *f)
{
	const json_t *gap = json_object_get(heading, "gap");
	struct x12_writer w = { .out = out, .gap = slice_str(json_string_value(gap)) };
	struct head head = { .segments = 0 };

	TRY(head_write(out, heading, f));
	TRY(head_read(&head, buf_slice(out), f));
	w.delimiters = head.delimiters;
	w.segments = head.segments;
	TRY(x12_readings_write(&w, list, labels, zone, f));
	ends_write(&w, &head);
	return buf_check(out, f);
}
