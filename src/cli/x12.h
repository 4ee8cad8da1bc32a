/* SPDX-License-Identifier: Apache-2.0 */
/* What the x12 commands share: their input, the guides they know, and names of places in it. */
#ifndef TIELINE_CLI_X12_H
#define TIELINE_CLI_X12_H

#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"
#include "documents/x12/check.h"

extern const struct command x12_ack_command, x12_check_command, x12_convert_command,
	x12_diff_command, x12_guide_command, x12_intervals_command, x12_show_command,
	x12_split_command;

/*
 * Reads the file, "-" for standard input, piece by piece into the check.  ST_INPUT | ST_HOST
 * "file.open"; ST_HOST "file.read".  Whoever prints something first opens it before that.
 */
NODISCARD enum status x12_input_open(int *fd, const char *path, struct fault *f);
NODISCARD enum status x12_input_feed(
	struct x12_check *, int fd, const char *path, struct fault *f);
NODISCARD enum status x12_input_check(struct x12_check *, const char *path, struct fault *f);

/*
 * What is in the file as JSON (documents/x12/json.h), piece by piece.  What is no interchange ends
 * it: the JSON is whole then all the same, and says so.  ST_HOST "file.read".
 */
NODISCARD enum status x12_json_stream(FILE *to, int fd, struct fault *f);

/* "FILE:SEGMENT: byte N: TEXT (CODE)" on standard error. */
void x12_place_tell(
	const char *path, const struct x12_place *, const char *text, const char *code);

/*
 * For commands that say nothing of what is wrong: what is no interchange, or is cut short, is told
 * on standard error all the same, and counted.
 */
struct x12_broken {
	const char *path;
	uint64_t count;
};
/* Takes a finding; context: struct x12_broken *. */
void x12_broken_tell(void *broken, const struct x12_finding *);

/* `x12 check` of bytes that were read already, beside the standard's guides; its exit code. */
int x12_check_tell(const char *path, struct slice whole, bool json);

/* "-" is called "standard input". */
const char *x12_input_name(const char *path);

/* The members of a finding, for programs. */
json_t *x12_finding_json(const struct x12_finding *);

#endif
