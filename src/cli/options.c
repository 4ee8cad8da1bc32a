/* SPDX-License-Identifier: Apache-2.0 */
/* --name VALUE, --name=VALUE, -o VALUE, `--` ends options; options and operands may mix. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cli/cli.h"

#define COMPANY_MAX 256 /* bytes of what an option goes with, in words */

static bool value_is_optional(const struct option_row *row)
{
	return row->value && row->value[0] == '[';
}

static const char *dashes(const struct option_row *row)
{
	return strlen(row->name) == 1 ? "-" : "--";
}

/* The words of `goes_with` that have a '!' (and not those that have none), with commas. */
static void company_put(struct buf *out, const struct option_row *row, bool is_refused)
{
	struct slice rest = slice_str(row->goes_with ? row->goes_with : ""), word;
	const char *comma = "";

	while (rest.n > 0) {
		(void)slice_cut(&word, &rest, rest, ' ');
		if (slice_has_prefix(word, S("!")) != is_refused)
			continue;
		buf_putf(out, "%s%.*s", comma, SLICE_FMT(slice_from(word, is_refused)));
		comma = ", ";
	}
}

static void company_say(const struct option_row *row)
{
	AUTO_IN_PLACE(buf) with = buf_init(COMPANY_MAX), without = buf_init(COMPANY_MAX);

	company_put(&with, row, false);
	company_put(&without, row, true);
	if (with.n)
		printf("%s: ", buf_text(&with));
	if (without.n)
		printf("not with %s: ", buf_text(&without));
}

void options_help(const struct command *c)
{
	printf("usage: tieline %s", c->name);
	printf(c->option_count ? " [options]%s%s\n\n%s\n" : "%s%s\n\n%s\n", c->operands ? " " : "",
		c->operands ? c->operands : "", c->purpose);
	for (size_t i = 0; i < c->option_count; i++) {
		const struct option_row *row = &c->options[i];
		char left[64];
		snprintf(left, sizeof(left), "%s%s %s", dashes(row), row->name,
			row->value ? row->value : "");
		printf("  %-26s ", left);
		company_say(row);
		puts(row->help);
	}
	printf("  %-26s %s\n", "--help", "this text; `man tieline` has more");
}

static int usage_error(const struct command *c, const char *what, const char *which)
{
	return fail_with(EXIT_USAGE, "%s%s: see `tieline %s --help`", what, which, c->name);
}

/* The row of "--name" or "--name=value" or "-n"; the value in the same word goes to *value. */
static int row_find(const struct command *c, const char *word, const char **value)
{
	size_t mark = word[1] == '-' ? 2 : 1;
	const char *name = word + mark;
	size_t n = strcspn(name, "=");

	*value = name[n] == '=' ? name + n + 1 : NULL;
	for (size_t i = 0; i < c->option_count; i++) {
		const struct option_row *row = &c->options[i];
		if (strlen(dashes(row)) == mark && strlen(row->name) == n &&
			strncmp(row->name, name, n) == 0)
			return (int)i;
	}
	return -1;
}

/* "5x" with no file of that name: somebody meant a duration, and is to hear what is wrong with it. */
static bool is_mistyped(const char *word)
{
	return word[0] >= '0' && word[0] <= '9' && access(word, F_OK) != 0;
}

/* "[all]" is that word; "[DURATION]" stands for one. */
static bool word_fits(const struct option_row *row, const char *word)
{
	struct slice value = slice_str(row->value), said = slice_str(word);
	int64_t ns;

	return slice_eq(said, slice_sub(value, 1, value.n - 2)) ||
		duration_parse(&ns, said, NULL) == ST_OK ||
		(slice_eq(value, S("[DURATION]")) && is_mistyped(word));
}

/*
 * A value that may be left out is taken when it fits and the operands do not need the word.
 */
static bool word_is_value(const struct arguments *so_far, const struct option_row *row,
	const char *word, const char *after)
{
	bool spare = after || so_far->operand_count >= so_far->command->operands_min;

	if (!word || !row->value)
		return false;
	if (!value_is_optional(row))
		return true;
	return spare && word_fits(row, word);
}

static int option_take(struct arguments *out, char **argv, int *at)
{
	const struct command *c = out->command;
	const char *value;
	int row = row_find(c, argv[*at], &value);

	if (row < 0)
		return usage_error(c, "unknown option ", argv[*at]);
	if (value && !c->options[row].value)
		return usage_error(c, argv[*at], " takes no value");
	if (!value &&
		word_is_value(
			out, &c->options[row], argv[*at + 1], argv[*at + 1] ? argv[*at + 2] : NULL))
		value = argv[++*at];
	if (!value && c->options[row].value && !value_is_optional(&c->options[row]))
		return usage_error(c, argv[*at], " needs a value");
	out->given[row] = true;
	out->values[row] = value;
	return -1;
}

static int operand_take(struct arguments *out, const char *word)
{
	if (out->operand_count >= out->command->operands_max)
		return usage_error(out->command, "unexpected ", word);
	out->operands[out->operand_count++] = word;
	return -1;
}

/* "--to=csv": that option, with that value. */
static bool is_there(const struct arguments *a, struct slice word)
{
	struct slice name, value;

	if (!slice_has_prefix(word, S("--")))
		return a->operand_count > 0 && slice_eq(word, slice_str(a->operands[0]));
	(void)slice_cut(&name, &value, word, '=');
	for (size_t i = 0; i < a->command->option_count; i++)
		if (a->given[i] &&
			slice_eq(slice_from(name, 2), slice_str(a->command->options[i].name)))
			return value.n == 0 || (a->values[i] &&
				slice_eq(value, slice_str(a->values[i])));
	return false;
}

/* Whether the options around it, and the verb, are such that it has an effect. */
static bool is_in_company(const struct arguments *a, const struct option_row *row)
{
	struct slice rest = slice_str(row->goes_with ? row->goes_with : ""), word;
	bool wants = false, has = false, is_refused = false;

	while (rest.n > 0) {
		(void)slice_cut(&word, &rest, rest, ' ');
		if (slice_has_prefix(word, S("!"))) {
			is_refused |= is_there(a, slice_from(word, 1));
			continue;
		}
		wants = true;
		has |= is_there(a, word);
	}
	return !is_refused && (has || !wants);
}

static int company_error(const struct arguments *a, const struct option_row *row)
{
	AUTO_IN_PLACE(buf) with = buf_init(COMPANY_MAX), without = buf_init(COMPANY_MAX);

	company_put(&with, row, false);
	company_put(&without, row, true);
	return fail_with(EXIT_USAGE, "%s%s goes%s%s%s%s: see `tieline %s --help`", dashes(row),
		row->name, with.n ? " with " : "", buf_text(&with), without.n ? " not with " : "",
		buf_text(&without), a->command->name);
}

static int company_check(const struct arguments *a)
{
	for (size_t i = 0; i < a->command->option_count; i++)
		if (a->given[i] && !is_in_company(a, &a->command->options[i]))
			return company_error(a, &a->command->options[i]);
	return -1;
}

static bool is_option(const char *word, bool options_over)
{
	return !options_over && word[0] == '-' && word[1] != '\0';
}

int options_parse(struct arguments *out, const struct command *c, int argc, char **argv)
{
	bool over = false;
	int code = -1;

	*out = (struct arguments){ .command = c };
	for (int i = 1; i < argc && code < 0; i++) {
		if (!over && strcmp(argv[i], "--") == 0)
			over = true;
		else if (!over && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0))
			return options_help(c), EXIT_DONE;
		else
			code = is_option(argv[i], over) ? option_take(out, argv, &i)
							: operand_take(out, argv[i]);
	}
	if (code < 0 && out->operand_count < c->operands_min)
		return usage_error(c, "missing ", c->operands);
	return code < 0 ? company_check(out) : code;
}
