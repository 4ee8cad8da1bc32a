/* SPDX-License-Identifier: Apache-2.0 */
/* tieline serve: becomes the monitor. */
#include "cli/cli.h"

#include "cli/home.h"
#include "processes/process.h"

static const struct option_row options[] = { HOME_OPTION };

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[0]);

	return home ? monitor_main(home) : EXIT_USAGE;
}

const struct command serve_command = {
	.name = "serve",
	.purpose = "run the gateway in the foreground; SIGTERM drains, SIGHUP reloads",
	COMMAND_OPTIONS(options),
	.run = run,
};
