/* SPDX-License-Identifier: Apache-2.0 */
/* A command of registry.c's group. */
#ifndef TIELINE_CLI_REGISTRY_COPY_H
#define TIELINE_CLI_REGISTRY_COPY_H

#include "cli/cli.h"

extern const struct command registry_copy_command;

#endif
