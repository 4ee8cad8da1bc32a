/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer is written while the interchange is read: AK1 when a group begins, AK3 and AK4 with
 * each finding, AK5 when its set ends, AK9 when the group does.  Only what comes before them, ISA
 * and TA1, waits for the end.  AK2 is written when its set has something to say.
 */
#include "documents/x12/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/views.h"
#include "documents/x12/value.h"

/* Up to five codes, each once. */
struct codes {
	const char *list[X12_ANSWER_CODES_MAX];
	size_t count;
};

struct x12_answer {
	struct x12_answer_options options;
	struct x12_reply reply;
	/* of the interchange */
	bool has_ta1;
	const char *stray; /* TA105 of what no other answer can say; NULL: nothing */
	/* of the group */
	bool in_group;
	bool is_999;
	struct x12_group group; /* as it began */
	uint32_t number;        /* our GS06 */
	size_t begins;          /* in body, behind its AK1 */
	struct codes group_codes;
	uint32_t sets, accepted, with_errors;
	/* of the set */
	bool in_set, is_named; /* its AK2 is written */
	struct x12_set set;    /* as it began; its reference as soon as it is known */
	struct codes set_codes;
	uint32_t segments, elements;
	uint32_t place; /* of the AK3 that AK4s may follow; 0: none */
};

struct x12_answer *x12_answer_new(const struct x12_answer_options *options,
	struct x12_stamp *stamp, x12_reply_fn *made, void *context)
{
	struct x12_answer *a = alloc_zeroed(1, sizeof(*a));

	a->options = *options;
	x12_reply_init(&a->reply, stamp, made, context, X12_ANSWER_MAX);
	return a;
}

void x12_answer_spill(struct x12_answer *a, int fd)
{
	x12_reply_spill(&a->reply, fd);
}

void x12_answer_free(struct x12_answer *a)
{
	if (!a)
		return;
	x12_reply_done(&a->reply);
	free(a);
}

enum status x12_answer_check(const struct x12_answer *a, struct fault *f)
{
	return x12_reply_check(&a->reply, f);
}

static void code_add(struct codes *codes, const char *code)
{
	for (size_t i = 0; i < codes->count; i++)
		if (strcmp(codes->list[i], code) == 0)
			return;
	if (codes->count < X12_ANSWER_CODES_MAX && *code)
		codes->list[codes->count++] = code;
}

static void codes_put(struct x12_writer *w, const struct codes *codes)
{
	for (size_t i = 0; i < codes->count; i++)
		x12_put_text(w, codes->list[i]);
}

/* What a 999 tells apart and a 997 does not (code list of data element 621 in 005010). */
static const struct {
	enum x12_problem problem;
	const char *code;
} codes_999[] = {
	{ X12_GS_NUMBER_TWICE, "19" },
	{ X12_ELEMENT_UNUSED, "I10" },
	{ X12_PARTS_MANY, "13" },
	{ X12_REPETITIONS_MANY, "12" },
	{ X12_ELEMENT_PARTED, "13" },
	{ X12_ELEMENT_REPEATED, "12" },
};

static const char *code_of(const struct x12_answer *a, enum x12_problem problem)
{
	for (size_t i = 0; a->is_999 && i < sizeof(codes_999) / sizeof(codes_999[0]); i++)
		if (codes_999[i].problem == problem)
			return codes_999[i].code;
	return x12_problem_row(problem)->answer;
}

/* Numbers have six digits in all of them. */
static void count_put(struct x12_writer *w, uint64_t count)
{
	x12_put_number(w, count > 999999 ? 999999 : count);
}

static bool is_recent_version(const char *version)
{
	return version[0] == '0' && strncmp(version, "005010", 6) >= 0;
}

/* From 005010 on an answer also says which version, and which guide. */
static bool is_recent(const struct x12_answer *a)
{
	return a->is_999 || is_recent_version(a->group.version);
}

/* --- segments and elements in error -------------------------------------------- */

/*
 * What a group or a set is called by: as it came, or if an answer may not call it so, by a stand-in
 * and no part of it, which would be the name of another.  The answer itself shall be valid.
 */
static void name_put(struct x12_writer *w, struct x12_received name)
{
	struct slice text = slice_str(name.text);

	if (text.n > name.most || !x12_stands(w, text))
		name.text = "";
	x12_put_received(w, name);
}

/* AK2, before the first thing that is said of a set. */
static void set_name(struct x12_answer *a)
{
	struct x12_writer *w = &a->reply.writer;

	if (a->is_named)
		return;
	a->is_named = true;
	x12_begin(w, "AK2");
	name_put(w, (struct x12_received){ a->set.id, "000", 3, 3 });
	name_put(w, (struct x12_received){ a->set.number, "0000", 4, 9 });
	x12_put_text(w, is_recent(a) ? a->set.implementation : "");
	x12_end(w);
}

/* CTX, of a 999: the business document in which the segment is. */
static void context_put(struct x12_answer *a)
{
	const struct x12_guide *guide = a->set.guide;
	char id[X12_ID_MAX + 1] = { 0 }, name[16];
	size_t n = 0;

	if (!a->is_999 || !guide || !a->set.reference[0])
		return;
	for (unsigned shift = 24; shift > 0; shift -= 8)
		if (guide->correlation.id >> (shift - 8) & 0xff)
			id[n++] = (char)(guide->correlation.id >> (shift - 8));
	snprintf(name, sizeof(name), "%s%02u", id, guide->correlation.element);
	x12_begin(&a->reply.writer, "CTX");
	x12_put_parts(&a->reply.writer,
		(struct slice[]){ slice_str(name), slice_to(slice_str(a->set.reference), 35) }, 2);
	x12_end(&a->reply.writer);
}

static bool has_room(const struct x12_answer *a)
{
	return a->segments < X12_ANSWER_SEGMENTS_MAX && a->reply.body.n < X12_ANSWER_BRIEF;
}

static uint32_t position_of(const struct x12_finding *finding)
{
	/* That its segment has no end is told before the segment is counted. */
	return finding->place.position + (finding->problem == X12_SEGMENT_OPEN);
}

static bool segment_put(
	struct x12_answer *a, const struct x12_finding *finding, const char *code)
{
	struct x12_writer *w = &a->reply.writer;
	char id[X12_ID_MAX + 1];

	if (!has_room(a))
		return false;
	a->segments++;
	a->elements = 0;
	set_name(a);
	snprintf(id, sizeof(id), "%.*s", SLICE_FMT(slice_to(finding->place.id, X12_ID_MAX)));
	x12_begin(w, a->is_999 ? "IK3" : "AK3");
	x12_put_received(w, (struct x12_received){ id, "??", 2, X12_ID_MAX });
	count_put(w, position_of(finding));
	x12_put(w, slice_to(slice_str(finding->place.loop), 4));
	x12_put_text(w, code);
	x12_end(w);
	context_put(a);
	return true;
}

/* What is in no set, and what AK905 has no code for, is told in TA1: the first. */
static void stray(struct x12_answer *a, const char *note)
{
	a->stray = a->stray ? a->stray : note;
}

static void segment_finding(struct x12_answer *a, const struct x12_finding *finding)
{
	if (!a->in_set) {
		stray(a, "022");
		return;
	}
	code_add(&a->set_codes, "5");
	segment_put(a, finding, code_of(a, finding->problem));
	a->place = 0;
}

/* At most so many bytes, and no character of several of them cut apart. */
static struct slice data_of(struct slice value)
{
	struct slice data = slice_to(value, X12_ANSWER_DATA_MAX);

	while (data.n < value.n && data.n > 0 && (value.p[data.n] & 0xc0) == 0x80)
		data.n--;
	return data;
}

static void spot_put(struct x12_writer *w, const struct x12_place *place, bool with_repetition)
{
	char element[8], part[8], repetition[8];

	snprintf(element, sizeof(element), "%u", place->element);
	snprintf(part, sizeof(part), "%u", place->part);
	snprintf(repetition, sizeof(repetition), "%u", place->repetition);
	x12_put_parts(w,
		(struct slice[]){ slice_str(element), slice_str(place->part ? part : ""),
			slice_str(place->repetition ? repetition : "") },
		with_repetition ? 3 : 2);
}

static void element_put(struct x12_answer *a, const struct x12_finding *finding)
{
	struct x12_writer *w = &a->reply.writer;

	x12_begin(w, a->is_999 ? "IK4" : "AK4");
	spot_put(w, &finding->place, is_recent(a));
	if (finding->number)
		x12_put_number(w, finding->number);
	else
		x12_put_text(w, "");
	x12_put_text(w, code_of(a, finding->problem));
	x12_put(w, data_of(finding->value));
	x12_end(w);
}

/* ST02 or SE02: what the set is called by is wrong, which AK502 has a code for, too. */
static bool is_set_number(const struct x12_place *place)
{
	return place->element == 2 &&
		(slice_eq(place->id, S("ST")) || slice_eq(place->id, S("SE")));
}

static void element_finding(struct x12_answer *a, const struct x12_finding *finding)
{
	if (!a->in_set) {
		stray(a, "022");
		return;
	}
	code_add(&a->set_codes, "5");
	if (is_set_number(&finding->place))
		code_add(&a->set_codes, code_of(a, X12_SET_NUMBER));
	if (a->place != finding->place.position) {
		a->place = segment_put(a, finding, "8") ? finding->place.position : 0;
		if (!a->place)
			return;
	}
	if (a->elements++ < X12_ANSWER_ELEMENTS_MAX)
		element_put(a, finding);
}

static void set_finding(struct x12_answer *a, const struct x12_finding *finding)
{
	code_add(&a->set_codes, code_of(a, finding->problem));
}

static void group_finding(struct x12_answer *a, const struct x12_finding *finding)
{
	const char *code = code_of(a, finding->problem);

	code_add(&a->group_codes, code);
	/* "invalid interchange content (e.g. invalid GS segment)": one of acknowledgments, too */
	if (!*code || !a->in_group)
		stray(a, "024");
}

static void answer_finding(void *context, const struct x12_finding *finding)
{
	static void (*const by_level[])(struct x12_answer *, const struct x12_finding *) = {
		[X12_OF_GROUP] = group_finding,
		[X12_OF_SET] = set_finding,
		[X12_OF_SEGMENT] = segment_finding,
		[X12_OF_ELEMENT] = element_finding,
		[X12_OF_MEANING] = NULL,
	};
	struct x12_answer *a = context;
	enum x12_level level = x12_problem_row(finding->problem)->level;

	if (finding->severity == X12_ERROR && by_level[level])
		by_level[level](a, finding);
}

/* --- sets ---------------------------------------------------------------------- */

static void answer_set_began(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;

	a->in_set = true;
	a->is_named = !a->in_group; /* nothing is written then */
	a->set = *at->set;
	a->set_codes = (struct codes){ 0 };
	a->segments = a->in_group ? 0 : X12_ANSWER_SEGMENTS_MAX;
	a->place = 0;
}

static void answer_segment(void *context, const struct x12_context *at,
	const struct x12_segment *s, const struct x12_variant *v, const struct x12_place *place)
{
	struct x12_answer *a = context;
	(void)v;
	(void)place;

	if (!at->group && slice_eq(s->id, S("TA1")))
		a->has_ta1 = true;
	if (at->set && at->set->reference[0] && !a->set.reference[0])
		a->set = *at->set;
}

static char verdict_of(const struct x12_answer *a, const struct x12_set *set)
{
	bool only_segments =
		a->set_codes.count == 1 && strcmp(a->set_codes.list[0], "5") == 0;

	if (set->errors == 0)
		return 'A';
	return a->options.accept_errors && only_segments ? 'E' : 'R';
}

static void set_verdict_put(struct x12_answer *a, char verdict)
{
	if (verdict != 'R' && !a->is_named && a->reply.body.n >= X12_ANSWER_BRIEF)
		return;
	set_name(a);
	x12_begin(&a->reply.writer, a->is_999 ? "IK5" : "AK5");
	x12_put(&a->reply.writer, slice_of(&verdict, 1));
	codes_put(&a->reply.writer, &a->set_codes);
	x12_end(&a->reply.writer);
}

static void answer_set_ended(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;
	char verdict = verdict_of(a, at->set);

	a->in_set = false;
	if (!a->in_group)
		return;
	a->sets++;
	a->accepted += verdict != 'R';
	a->with_errors += verdict == 'E';
	set_verdict_put(a, verdict);
}

/* --- groups -------------------------------------------------------------------- */

static bool as_999(const struct x12_answer *a, const struct x12_group *group)
{
	return a->options.as == X12_AS_VERSION ? is_recent_version(group->version) :
						 a->options.as == X12_AS_999;
}

/* A 999 has a guide of its own where the groups have the guides of its authors. */
static void version_choose(char out[X12_VERSION_MAX], const struct x12_answer *a)
{
	if (!a->is_999)
		x12_release_of(out, &a->group, "004010");
	else
		snprintf(out, X12_VERSION_MAX, "%s",
			strncmp(a->group.version, "005010X", 7) == 0 ? "005010X231A1" : "005010");
}

/* AK102 is a control number, whatever GS06 is; "0" is none. */
static const char *number_of(const struct x12_group *group)
{
	uint64_t number;
	bool is_one = slice_u64(&number, slice_str(group->number), NULL) == ST_OK && number > 0;

	return is_one ? group->number : "";
}

static void group_begin(struct x12_answer *a, const struct x12_context *at)
{
	struct x12_writer *w = &a->reply.writer;
	char version[X12_VERSION_MAX];

	version_choose(version, a);
	a->number = x12_gs_write(w, "FA", at, version, a->reply.stamp);
	x12_st_write(w, a->is_999 ? "999" : "997", 1, strlen(version) > 6 ? version : "");
	x12_begin(w, "AK1");
	name_put(w, (struct x12_received){ a->group.id, "??", 2, 2 });
	name_put(w, (struct x12_received){ number_of(&a->group), "0", 1, 9 });
	x12_put(w, slice_to(slice_str(is_recent(a) ? a->group.version : ""), 12));
	x12_end(w);
	a->begins = a->reply.body.n;
}

static void answer_group_began(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;

	a->group = *at->group;
	a->in_group = strcmp(at->group->id, "FA") != 0;
	a->group_codes = (struct codes){ 0 };
	a->sets = a->accepted = a->with_errors = 0;
	a->is_999 = as_999(a, at->group);
	if (a->in_group)
		group_begin(a, at);
}

/* The group is rejected, and so are the sets that were accepted: AK5*A becomes AK5*R. */
static void sets_reject(struct x12_answer *a)
{
	struct slice body = buf_slice(&a->reply.body), rest = slice_from(body, a->begins), segment;
	size_t mark = a->begins;

	while (slice_cut(&segment, &rest, rest, a->reply.writer.delimiters.segment)) {
		size_t verdict = a->reply.body.n - rest.n - 1 - segment.n + 4;

		if (segment.n >= 5 && slice_eq(slice_sub(segment, 1, 2), S("K5")))
			buf_set(&a->reply.body, verdict, S("R"));
		if (verdict - mark >= X12_SPILL_STEP)
			views_let_go(body, &mark, verdict);
	}
	a->accepted = a->with_errors = 0;
}

static const char *group_verdict(const struct x12_answer *a, bool in_error)
{
	if (in_error || (a->sets > 0 && a->accepted == 0))
		return "R";
	if (a->accepted < a->sets)
		return "P";
	return a->with_errors > 0 ? "E" : "A";
}

static void included_put(struct x12_answer *a, const struct x12_group *group)
{
	uint64_t included;

	if (slice_u64(&included, slice_str(group->included), NULL) != ST_OK)
		included = a->sets;
	count_put(&a->reply.writer, included);
}

static void group_end(struct x12_answer *a, const struct x12_group *group)
{
	struct x12_writer *w = &a->reply.writer;

	if (group->errors)
		sets_reject(a);
	x12_begin(w, "AK9");
	x12_put_text(w, group_verdict(a, group->errors > 0));
	included_put(a, group);
	count_put(w, a->sets);
	count_put(w, a->accepted);
	codes_put(w, &a->group_codes);
	x12_end(w);
	x12_se_write(w, 1);
	x12_ge_write(w, 1, a->number);
	a->reply.groups++;
}

static void answer_group_ended(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;

	if (a->in_group)
		group_end(a, at->group);
	a->in_group = false;
}

/* --- the interchange ----------------------------------------------------------- */

static void answer_interchange_began(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;

	x12_reply_begin(&a->reply, at->interchange);
	a->has_ta1 = false;
	a->stray = NULL;
}

static bool ta1_is_due(const struct x12_answer *a, const struct x12_interchange *i)
{
	bool in_error = i->errors > 0 || a->stray;
	const bool due[] = {
		[X12_TA1_ASKED] = in_error || strcmp(i->acknowledgment, "1") == 0,
		[X12_TA1_ERRORS] = in_error,
		[X12_TA1_ALWAYS] = true,
		[X12_TA1_NEVER] = false,
	};

	return due[a->options.ta1] && !(a->has_ta1 && i->groups == 0);
}

/*
 * TA101 to 103 say which interchange is meant (X12.5): each as it was received, or a stand-in, for
 * a part of it would be the number or the day of another.  They must be there, and TA102 and 103
 * have six and four characters (I08, I09): a date with its century and a time with seconds, which
 * ISA may not have, are said in so many, and are the same day and minute (X12.6, 3.3).
 */
static void header_put(
	struct x12_writer *w, struct slice said, const char *instead, size_t least)
{
	size_t size = slice_str(instead).n;
	char text[X12_FIELD_MAX];

	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(said.n > size ? S("") : said));
	x12_put_received(w, (struct x12_received){ text, instead, least, size });
}

static struct slice date_of(const struct x12_interchange *i)
{
	struct slice date = slice_str(i->date);

	return x12_date_is(date) ? slice_from(date, date.n - 6) : date;
}

static struct slice time_of(const struct x12_interchange *i)
{
	struct slice time = slice_str(i->time);

	return x12_time_is(time) ? slice_to(time, 4) : time;
}

static void ta1_put(struct buf *out, const struct x12_answer *a, const struct x12_interchange *i)
{
	struct x12_writer w = { .out = out, .delimiters = a->reply.writer.delimiters };

	x12_begin(&w, "TA1");
	header_put(&w, slice_str(i->number), "000000000", 1);
	header_put(&w, date_of(i), "000000", 6);
	header_put(&w, time_of(i), "0000", 4);
	x12_put_text(&w, i->errors > 0 ? "R" : a->stray ? "E" : "A");
	x12_put_text(&w, i->errors > 0 ? i->note : a->stray ? a->stray : "000");
	x12_end(&w);
}

static void answer_interchange_ended(void *context, const struct x12_context *at)
{
	struct x12_answer *a = context;
	AUTO_IN_PLACE(buf) ta1 = buf_init(X12_FRONT_MAX);

	if (at->interchange->errors > 0 && a->options.ta1 != X12_TA1_NEVER)
		x12_reply_begin(&a->reply, at->interchange);
	if (ta1_is_due(a, at->interchange))
		ta1_put(&ta1, a, at->interchange);
	if (ta1.n > 0 || a->reply.groups > 0)
		x12_reply_send(&a->reply, at->interchange, buf_slice(&ta1));
}

struct x12_listener x12_answer_listener(struct x12_answer *a)
{
	return (struct x12_listener){ .context = a,
		.finding = answer_finding,
		.takes_following = true,
		.interchange_began = answer_interchange_began,
		.interchange_ended = answer_interchange_ended,
		.group_began = answer_group_began,
		.group_ended = answer_group_ended,
		.set_began = answer_set_began,
		.set_ended = answer_set_ended,
		.segment = answer_segment };
}
