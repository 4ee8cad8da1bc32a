/* SPDX-License-Identifier: Apache-2.0 */
/* tieline get: the document, byte for byte. */
#include "cli/cli.h"

#include "cli/content.h"
#include "cli/home.h"

enum { HOME, OUTPUT, INBOX, OUTBOX, PARTNER };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[OUTPUT] = { "o", "FILE", "write there; default standard output" },
	[INBOX] = INBOX_OPTION,
	[OUTBOX] = OUTBOX_OPTION,
	[PARTNER] = PARTNER_OPTION,
};

static int run(const struct arguments *a)
{
	static const struct selection_options at = { INBOX, OUTBOX, PARTNER };
	const char *home = home_path(a->values[HOME]);
	struct selection which;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (selection_read(&which, a, &at, &f) != ST_OK)
		return fail(&f, NULL);
	return content_save(home, &which, CONTENT_DOCUMENT, a->values[OUTPUT], false);
}

const struct command get_command = {
	.name = "get",
	.operands = "MESSAGE-ID",
	.purpose = "the document of a message, byte for byte",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
