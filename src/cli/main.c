/* SPDX-License-Identifier: Apache-2.0 */
/* tieline: the command table.  `role` is for the monitor, which starts its workers through it. */
#include "cli/cli.h"

#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "processes/process.h"

static const struct command *const commands[] = {
	&init_command,
	&sheet_command,
	&partner_command,
	&cert_command,
	&serve_command,
	&send_command,
	&list_command,
	&show_command,
	&explain_command,
	&get_command,
	&receipt_command,
	&check_command,
	&new_command,
	&schema_command,
	&translate_command,
	&status_command,
	&risk_command,
	&doctor_command,
	&fsck_command,
	&backup_command,
	&restore_command,
	&version_command,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command_group *const groups[] = {
	&x12_group,
	&registry_group,
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* By what the caller can do about it. */
static const enum exit_code exits[STATUSES] = {
	[ST_OK] = EXIT_DONE,
	[ST_MORE] = EXIT_INPUT,
	[ST_NONE] = EXIT_INPUT,
	[ST_INPUT] = EXIT_INPUT,
	[ST_AUTH] = EXIT_TRUST,
	[ST_LIMIT] = EXIT_INPUT,
	[ST_RETRY] = EXIT_HOST,
	[ST_HOST] = EXIT_HOST,
};

int fail(const struct fault *f, const char *what_to_do)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX);

	fault_words_put(&text, slice_str(f->text));
	fprintf(stderr, "tieline: %s%s%s (%s)\n", text.n ? buf_text(&text) : "",
		what_to_do ? ": " : "", what_to_do ? what_to_do : "", f->code);
	return (int)exits[f->status < STATUSES ? f->status : ST_HOST];
}

int fail_as(enum exit_code code, const char *fault_code, const char *format, ...)
{
	va_list list;

	fputs("tieline: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, " (%s)\n", fault_code);
	return (int)code;
}

int fail_with(enum exit_code code, const char *format, ...)
{
	va_list list;

	fputs("tieline: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return (int)code;
}

static int help(void)
{
	puts("usage: tieline COMMAND [options]\n");
	puts("Exchanges documents between a distribution utility and DER aggregators,");
	puts("signed, sealed, and proven by receipts.\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->purpose);
	for (size_t i = 0; i < GROUPS; i++)
		printf("  %-9s %s\n", groups[i]->name, groups[i]->purpose);
	puts("\n`tieline COMMAND --help` has the options, `man tieline` the rest.");
	return EXIT_DONE;
}

/* What nobody could read was not done. */
static int output_check(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	int failed = fail_as(EXIT_HOST, "host.output", "standard output: %s: is the disk full?",
		strerror(errno));
	return code == EXIT_DONE ? failed : code;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct arguments arguments;
	int code = options_parse(&arguments, c, argc, argv);

	return output_check(code >= 0 ? code : c->run(&arguments));
}

static int group_help(const struct command_group *g)
{
	printf("usage: tieline %s COMMAND [options]\n\n%s\n\n", g->name, g->purpose);
	for (size_t i = 0; g->commands[i]; i++)
		printf("  %-14s %s\n", g->commands[i]->name, g->commands[i]->purpose);
	printf("\n`tieline %s COMMAND --help` has the options, `man tieline` the rest.\n", g->name);
	return EXIT_DONE;
}

/* Whose home it is may stand before the word, as it may before that of any command. */
static void home_put_behind(int argc, char **argv)
{
	const bool is_two = argc > 3 && strcmp(argv[1], "--home") == 0;
	const int words = is_two ? 2 : argc > 2 && strncmp(argv[1], "--home=", 7) == 0;

	for (int i = 0; i < words; i++) {
		char *option = argv[words - i];

		argv[words - i] = argv[words - i + 1];
		argv[words - i + 1] = option;
	}
}

/* argv[0] is the group's name. */
static int group_run(const struct command_group *g, int argc, char **argv)
{
	home_put_behind(argc, argv);
	const char *word = argc > 1 ? argv[1] : "";

	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return group_help(g);
	for (size_t i = 0; g->commands[i]; i++)
		if (strcmp(word, strrchr(g->commands[i]->name, ' ') + 1) == 0)
			return run(g->commands[i], argc - 1, argv + 1);
	return fail_with(EXIT_USAGE, "%s %s%s: see `tieline %s --help`", g->name,
		*word ? "has no command " : "needs a command", word, g->name);
}

/*
 * What is opened later must not come where standard input, output and error are when somebody
 * closed them.  What is read from or written to a closed one is an error all the same: it is opened
 * the other way; but for what nobody wants to hear.
 */
static bool standard_are_open(void)
{
	static const int ways[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", ways[fd]) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!standard_are_open())
		return EXIT_HOST;
	if (argc == 4 && strcmp(name, "role") == 0)
		return role_main(argv[2], argv[3]);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help();
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return run(commands[i], argc - 1, argv + 1);
	for (size_t i = 0; i < GROUPS; i++)
		if (strcmp(name, groups[i]->name) == 0)
			return group_run(groups[i], argc - 1, argv + 1);
	return fail_with(EXIT_USAGE, "%s%s: see `tieline --help`",
		*name ? "no command " : "a command is needed", name);
}
