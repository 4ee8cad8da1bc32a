/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: a command is a table row and a function of its parsed arguments. */
#ifndef TIELINE_CLI_CLI_H
#define TIELINE_CLI_CLI_H

#include "base/buf.h"
#include "cli/options.h"

/* DESIGN 7: a contract with scripts. */
enum exit_code {
	EXIT_DONE,
	EXIT_REFUSED,
	EXIT_USAGE,
	EXIT_INPUT,
	EXIT_TRUST,
	EXIT_LATE,
	EXIT_HOST
};

extern const struct command init_command, sheet_command, partner_command, cert_command,
	serve_command, send_command, list_command, show_command, explain_command, get_command,
	receipt_command, check_command, new_command, schema_command, status_command,
	risk_command, doctor_command, fsck_command,
	backup_command, restore_command, translate_command, version_command;

/* Commands of two words: `tieline x12 check`. */
struct command_group {
	const char *name, *purpose;
	/* NULL behind the last; their names have both words */
	const struct command *const *commands;
};
extern const struct command_group x12_group, registry_group;

/* `tieline: text: what to do (code)` on stderr; the exit code that goes with the fault. */
int fail(const struct fault *f, const char *what_to_do);

/* The same with a fault that arose in the command itself. */
int fail_as(enum exit_code, const char *fault_code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* EXIT_USAGE only, as what has no code is what the words on the command line are. */
int fail_with(enum exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
