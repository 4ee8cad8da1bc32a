/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line's words: which option got which value, and which words are refused, in whose
 * name.
 */
#include "cli/cli.h" /* before cmocka, whose fail() is a macro */

#include <stdio.h>

#include "captured.h"
#include "exchange_expect.h"

#define WORDS_MAX 8

/* main.c's, which is in no library: what would stand on stderr is kept. */
static char said[256];
static int said_code;

int fail_with(enum exit_code code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(said, sizeof(said), format, list);
	va_end(list);
	said_code = (int)code;
	return said_code;
}

enum { HOME, WAIT, JSON, OUTPUT, ADVICE, PEM, FORCE, UNTIL };
static const struct option_row options[] = {
	[HOME] = { "home", "DIR", "where" },
	[WAIT] = { "wait", "[DURATION]", "how long" },
	[JSON] = { "json", NULL, "how" },
	[OUTPUT] = { "o", "FILE", "where to" },
	[ADVICE] = { "advice", "[all]", "of what" },
	[PEM] = { "pem", NULL, "in what", "show list" },
	[FORCE] = { "force", NULL, "whether", "--home=h !--json" },
	[UNTIL] = { "until", "DAY", "until when", "!end" },
};

static const struct command command = {
	.name = "test",
	.operands = "FILE",
	.purpose = "nothing",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 2,
};

static int parse(struct arguments *out, const char *const words[WORDS_MAX])
{
	char *argv[WORDS_MAX + 2] = { (char[]){ "test" } };
	int argc = 1;

	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[argc++] = (char *)(uintptr_t)words[i];
	said[0] = '\0';
	said_code = -1;
	return options_parse(out, &command, argc, argv);
}

static void expect_option(const char *name, const char *what, const char *got, const char *want)
{
	if (!got != !want || (got && strcmp(got, want) != 0))
		fail_msg("%s: %s is '%s', want '%s'", name, what, got ? got : "(none)",
			want ? want : "(none)");
}

static const struct {
	const char *name;
	const char *words[WORDS_MAX];
	const char *home, *wait, *output, *first, *second;
	bool wait_given, json;
	const char *advice;
} taken[] = {
	{ "an operand alone", { "a" }, .first = "a" },
	{ "two operands", { "a", "b" }, .first = "a", .second = "b" },
	{ "an option of this verb", { "list", "--pem" }, .first = "list" },
	{ "before its verb", { "--pem", "show", "b" }, .first = "show", .second = "b" },
	{ "an option with what it needs", { "--force", "a", "--home=h" }, .home = "h", .first = "a" },
	{ "an option of all verbs but one", { "a", "--until", "d" }, .first = "a" },
	{ "a value in the next word", { "--home", "h", "a" }, .home = "h", .first = "a" },
	{ "a value in the same word", { "--home=h", "a" }, .home = "h", .first = "a" },
	{ "a value with an equals sign", { "--home=x=y", "a" }, .home = "x=y", .first = "a" },
	{ "an empty value", { "--home=", "a" }, .home = "", .first = "a" },
	{ "an empty value in the next word", { "--home", "", "a" }, .home = "", .first = "a" },
	{ "a value that looks like an option", { "--home", "--json", "a" }, .home = "--json",
		.first = "a" },
	{ "the last one counts", { "--home", "x", "--home", "y", "a" }, .home = "y", .first = "a" },
	{ "one letter", { "-o", "f", "a" }, .output = "f", .first = "a" },
	{ "one letter in the same word", { "-o=f", "a" }, .output = "f", .first = "a" },
	{ "options behind operands", { "a", "--json", "b", "--home", "h" }, .home = "h",
		.json = true, .first = "a", .second = "b" },
	{ "a dash is an operand", { "-" }, .first = "-" },
	{ "a dash as a value", { "-o", "-", "a" }, .output = "-", .first = "a" },
	{ "an empty operand", { "" }, .first = "" },
	{ "two dashes end the options", { "--", "--json" }, .first = "--json" },
	{ "two dashes behind two dashes", { "--", "--" }, .first = "--" },
	{ "help behind two dashes", { "--", "--help" }, .first = "--help" },
	{ "an optional value left out", { "--wait", "a" }, .wait_given = true, .first = "a" },
	{ "an optional value left out before an option", { "--wait", "--json", "a" },
		.wait_given = true, .json = true, .first = "a" },
	{ "an optional value", { "--wait", "5m", "a" }, .wait_given = true, .wait = "5m",
		.first = "a" },
	{ "an optional value in the same word", { "--wait=5m", "a" }, .wait_given = true,
		.wait = "5m", .first = "a" },
	{ "an optional value with a wrong unit", { "--wait", "5x", "a" }, .wait_given = true,
		.wait = "5x", .first = "a" },
	{ "a number where a word is wanted", { "--advice", "5x" }, .first = "5x" },
	{ "an optional word", { "--advice", "all", "a" }, .advice = "all", .first = "a" },
	{ "an optional word in the same word", { "--advice=all", "a" }, .advice = "all",
		.first = "a" },
	{ "an optional word behind the operand", { "a", "--advice", "all" }, .advice = "all",
		.first = "a" },
	{ "an optional word left out", { "--advice", "a" }, .first = "a" },
	{ "a file that is called like it", { "--advice", "all" }, .first = "all" },
	{ "an optional word that begins so", { "--advice", "al", "b" }, .first = "al",
		.second = "b" },
	{ "an optional value that is wrong, in the same word", { "--wait=soon", "a" },
		.wait_given = true, .wait = "soon", .first = "a" },
	{ "the last word is the operand that is still missing", { "--wait", "5" },
		.wait_given = true, .first = "5" },
	{ "the last word is the value when no operand is missing", { "a", "--wait", "5" },
		.wait_given = true, .wait = "5", .first = "a" },
	{ "an optional option at the end", { "a", "--wait" }, .wait_given = true, .first = "a" },
	{ "what is no duration is no optional value", { "--wait", "soon", "b" }, .wait_given = true,
		.first = "soon", .second = "b" },
};

static void words_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		const char *name = taken[i].name;
		struct arguments got;
		int code = parse(&got, taken[i].words);

		if (code != -1)
			fail_msg("%s: exit code %d: %s", name, code, said);
		expect_option(name, "--home", got.values[HOME], taken[i].home);
		expect_option(name, "--wait", got.values[WAIT], taken[i].wait);
		expect_option(name, "-o", got.values[OUTPUT], taken[i].output);
		expect_option(name, "--advice", got.values[ADVICE], taken[i].advice);
		expect_option(name, "the first operand",
			got.operand_count > 0 ? got.operands[0] : NULL, taken[i].first);
		expect_option(name, "the second operand",
			got.operand_count > 1 ? got.operands[1] : NULL, taken[i].second);
		if (got.given[HOME] != !!taken[i].home || got.given[OUTPUT] != !!taken[i].output
		    || got.given[WAIT] != taken[i].wait_given || got.given[JSON] != taken[i].json)
			fail_msg("%s: home %d, o %d, wait %d, json %d are given", name,
				got.given[HOME], got.given[OUTPUT], got.given[WAIT],
				got.given[JSON]);
	}
}

static const struct {
	const char *name;
	const char *words[WORDS_MAX];
	const char *says;
} refused[] = {
	{ "nothing", { NULL }, "missing FILE" },
	{ "options alone", { "--json" }, "missing FILE" },
	{ "two dashes alone", { "--" }, "missing FILE" },
	{ "one operand too many", { "a", "b", "c" }, "unexpected c" },
	{ "an unknown option", { "--nonsense", "a" }, "unknown option --nonsense" },
	{ "an unknown option with a value", { "--nonsense=1", "a" },
		"unknown option --nonsense=1" },
	{ "an unknown letter", { "-x", "a" }, "unknown option -x" },
	{ "the beginning of a name", { "--hom", "h", "a" }, "unknown option --hom" },
	{ "more than the name", { "--homes", "h", "a" }, "unknown option --homes" },
	{ "letters run together", { "-ofile", "a" }, "unknown option -ofile" },
	{ "a long name with one dash", { "-home", "h", "a" }, "unknown option -home" },
	{ "a letter with two dashes", { "--o", "f", "a" }, "unknown option --o" },
	{ "no name", { "--=x", "a" }, "unknown option --=x" },
	{ "a value is missing", { "a", "--home" }, "--home needs a value" },
	{ "another verb's option", { "add", "--pem" }, "--pem goes with show, list:" },
	{ "a verb that is not the first word", { "add", "show", "--pem" }, "--pem goes with" },
	{ "an option whose verb is behind it, and is another", { "--pem", "add" }, "--pem goes" },
	{ "an option without the one it needs", { "a", "--force" },
		"--force goes with --home=h not with --json:" },
	{ "with another value of it", { "a", "--force", "--home", "g" }, "--force goes with" },
	{ "with the one that it excludes", { "a", "--force", "--home", "h", "--json" },
		"--force goes with" },
	{ "with the verb that it excludes", { "end", "--until", "d" },
		"--until goes not with end:" },
	{ "a value for one that takes none", { "--json=yes", "a" }, "--json=yes takes no value" },
};

static void words_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct arguments got;
		int code = parse(&got, refused[i].words);

		if (code != EXIT_USAGE || said_code != EXIT_USAGE)
			fail_msg("%s: exit code %d, want %d", refused[i].name, code, EXIT_USAGE);
		if (!strstr(said, refused[i].says) || !strstr(said, "`tieline test --help`"))
			fail_msg("%s: '%s' does not say '%s' and where to look", refused[i].name,
				said, refused[i].says);
	}
}

static const struct {
	const char *name;
	const char *words[WORDS_MAX];
} helped[] = {
	{ "alone", { "--help" } },
	{ "short", { "-h" } },
	{ "behind what is right", { "--home", "h", "a", "--help" } },
	{ "before what is wrong", { "--help", "--nonsense" } },
};

static const char help_text[] =
	"usage: tieline test [options] FILE\n"
	"\n"
	"nothing\n"
	"  --home DIR                 where\n"
	"  --wait [DURATION]          how long\n"
	"  --json                     how\n"
	"  -o FILE                    where to\n"
	"  --advice [all]             of what\n"
	"  --pem                      show, list: in what\n"
	"  --force                    --home=h: not with --json: whether\n"
	"  --until DAY                not with end: until when\n"
	"  --help                     this text; `man tieline` has more\n";

static void help_is_no_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(helped); i++) {
		AUTO_IN_PLACE(buf) printed = buf_init(4096);
		AUTO_FD memory = -1;
		struct captured captured;
		struct arguments got;
		struct fault f;

		assert_int_equal(memory_file_open(&memory, "help", &f), ST_OK);
		captured_begin(&captured, stdout, memory);
		int code = parse(&got, helped[i].words);
		captured_end(&captured);
		captured_read(&printed, memory);
		if (code != EXIT_DONE || said_code != -1)
			fail_msg("%s: exit code %d, said '%s'", helped[i].name, code, said);
		expect_text(helped[i].name, buf_text(&printed), help_text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_taken),
		cmocka_unit_test(words_are_refused),
		cmocka_unit_test(help_is_no_error),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
