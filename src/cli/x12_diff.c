/* SPDX-License-Identifier: Apache-2.0 */
/* tieline x12 diff: what one file says and the other does not, like diff(1) but by meaning. */
#include "cli/x12.h"

#include <stdio.h>

#include "cli/output.h"
#include "cli/x12_guides.h"
#include "documents/x12/compare.h"
#include "documents/x12/fan.h"

enum { GUIDE, GUIDES, JSON };
static const struct option_row options[] = {
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[JSON] = { "json", NULL, "for programs: one object a line", NULL },
};

static const char *const changes[] = {
	[X12_SET_GONE] = "set-gone",
	[X12_SET_NEW] = "set-new",
	[X12_SEGMENT_GONE] = "segment-gone",
	[X12_SEGMENT_NEW] = "segment-new",
	[X12_ELEMENT_OTHER] = "element",
	[X12_SET_LONG] = "set-too-long",
};

static json_t *json_text(struct slice text)
{
	return text.n ? json_slice(text) : json_null();
}

static void difference_json(const struct x12_difference *d)
{
	json_print_line(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "change",
		changes[d->change], "set", json_slice(slice_str(d->set)), "segment",
		json_text(d->id), "before",
		d->before ? json_integer((json_int_t)d->before) : json_null(), "after",
		d->after ? json_integer((json_int_t)d->after) : json_null(), "element",
		d->element ? json_integer(d->element) : json_null(), "old", json_text(d->old_text),
		"new", json_text(d->new_text), "old_amount", json_text(d->old_amount),
		"new_amount", json_text(d->new_amount)));
}

static void segment_print(const struct x12_difference *d, char mark, uint64_t at, struct slice text)
{
	printf("%llu %c ", (unsigned long long)at, mark);
	print_safe(d->id);
	printf("%s", text.n ? "*" : "");
	print_safe(text);
}

static void value_print(struct slice text)
{
	print_safe(text.n ? text : S("(nothing)"));
}

/* As they were written; where that has no point, the amounts behind it. */
static void element_print(const struct x12_difference *d)
{
	printf("%llu ", (unsigned long long)d->before);
	print_safe(d->id);
	printf("%02u: ", d->element);
	value_print(d->old_text);
	printf(" -> ");
	value_print(d->new_text);
	if (d->old_amount.n == 0 && d->new_amount.n == 0)
		return;
	printf(" (");
	value_print(d->old_amount);
	printf(" -> ");
	value_print(d->new_amount);
	putchar(')');
}

static void words_print(const struct x12_difference *d)
{
	switch (d->change) {
	case X12_SET_GONE: printf("only in the first"); break;
	case X12_SET_NEW: printf("only in the second"); break;
	case X12_SET_LONG: printf("too long to be compared: split it"); break;
	case X12_SEGMENT_GONE: segment_print(d, '-', d->before, d->old_text); break;
	case X12_SEGMENT_NEW: segment_print(d, '+', d->after, d->new_text); break;
	case X12_ELEMENT_OTHER: element_print(d); break;
	}
}

static void difference_print(void *context, const struct x12_difference *d)
{
	const bool *json = context;

	if (*json) {
		difference_json(d);
		return;
	}
	printf("set ");
	print_safe(slice_str(d->set));
	printf(": ");
	words_print(d);
	putchar('\n');
}

static enum status sets_read(struct x12_sets *sets, const struct x12_choice *choice,
	const char *path, struct fault *f)
{
	struct x12_listener hear = x12_sets_hear(sets);
	struct x12_broken broken = { path, 0 };
	struct x12_listener broken_listener = { .context = &broken, .finding = x12_broken_tell };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(choice->list, choice->count, false, &all);

	x12_fan_add(&fan, &hear);
	x12_fan_add(&fan, &broken_listener);
	TRY(x12_input_check(check, path, f));
	if (broken.count > 0)
		return fault_set(f, ST_INPUT, "x12.broken", "%s is not whole X12",
			x12_input_name(path));
	return x12_sets_check(sets, f);
}

static int run(const struct arguments *a)
{
	AUTO(x12_sets) before = x12_sets_new();
	AUTO(x12_sets) after = x12_sets_new();
	AUTO_IN_PLACE(x12_guide_set) guides;
	bool json = a->given[JSON];
	struct x12_choice choice;
	struct fault f;

	x12_guide_set_init(&guides);
	if (x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], &f) != ST_OK ||
		sets_read(before, &choice, a->operands[0], &f) != ST_OK ||
		sets_read(after, &choice, a->operands[1], &f) != ST_OK)
		return fail(&f, NULL);
	bool is_other = x12_compare(before, after, difference_print, &json) > 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_HOST; /* a script takes 1 for differences that it has */
	return is_other ? EXIT_REFUSED : EXIT_DONE;
}

const struct command x12_diff_command = {
	.name = "x12 diff",
	.operands = "FILE FILE",
	.purpose = "what one file says and the other does not; exits 1 when there is something",
	COMMAND_OPTIONS(options),
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
