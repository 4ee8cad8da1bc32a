/* SPDX-License-Identifier: Apache-2.0 */
/* Long options by table; --help is printed from the same table. */
#ifndef TIELINE_CLI_OPTIONS_H
#define TIELINE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_MAX 16
#define OPERANDS_MAX 100 /* as many documents as a message may have */

struct option_row {
	const char *name;    /* without the dashes; "o" is -o */
	/* its name in the help; NULL: no value; in brackets: the value may be left out */
	const char *value;
	const char *help;
	/*
	 * What it goes with, NULL: anything.  Words with blanks between them: a verb, which is the
	 * first operand, or another option, "--to" or "--to=csv"; one of them must be there, and
	 * none that has a '!' before it.  The help says so, and an option in the wrong company is
	 * refused: it would have no effect.
	 */
	const char *goes_with;
};

struct arguments {
	const struct command *command;
	bool given[OPTIONS_MAX];          /* by row of the command's table */
	const char *values[OPTIONS_MAX];  /* NULL: no value */
	const char *operands[OPERANDS_MAX];
	size_t operand_count;
};

struct command {
	const char *name;
	const char *operands;  /* "FILE|-" for the help */
	const char *purpose;   /* one line */
	const struct option_row *options;
	size_t option_count;
	size_t operands_min, operands_max;
	int (*run)(const struct arguments *); /* an exit code */
};

#define COMMAND_OPTIONS(rows) .options = (rows), .option_count = sizeof(rows) / sizeof((rows)[0])

/*
 * Parses argv[1..]: -1 and *out, or the exit code when help was asked for (0) or the words are
 * wrong, or do not go together (2, said on stderr).
 */
int options_parse(struct arguments *out, const struct command *, int argc, char **argv);
void options_help(const struct command *);

#endif
