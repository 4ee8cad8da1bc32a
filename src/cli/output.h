/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people and programs read: aligned tables, sizes, times, JSON members.  Text from outside is
 * escaped.
 */
#ifndef TIELINE_CLI_OUTPUT_H
#define TIELINE_CLI_OUTPUT_H

#include <jansson.h>

#include "processes/verbs.h"

#define TABLE_COLUMNS_MAX 11

/*
 * Rows are collected, then printed with every column as wide as its widest cell; the last one is
 * not padded.
 */
struct table;
struct table *table_new(const char *const *titles, size_t columns);
void table_free(struct table *);
DEFINE_AUTO(table)
/* Cells are copied; what is no UTF-8 or a terminal would act on is shown as \xHH, byte for byte. */
void table_row(struct table *, const char *const *cells);
void table_print(const struct table *);
size_t table_rows(const struct table *);

/*
 * A fault's words for people: characters that faults spell out byte for byte, as every byte beyond
 * ASCII, stand as they are again, but for those that a terminal would act on.
 */
void fault_words_put(struct buf *out, struct slice text);

#define SIZE_TEXT_MAX 24
char *size_format(char out[SIZE_TEXT_MAX], uint64_t bytes); /* "482", "64.0 KiB" */

/* To standard output: what is no UTF-8, or a terminal would act on, as \xHH, byte for byte. */
void print_safe(struct slice text);

/*
 * A cell of comma-separated values (RFC 4180), and `behind` it a comma or line end: likewise safe.
 * What a spreadsheet would take for a formula, because it begins with = + - or @, has an apostrophe
 * before it; a number does not.
 */
void csv_text(struct slice text, char behind);

/* UTF-8 as it is, anything else byte for byte as \uFFFD: JSON must stay JSON. */
json_t *json_slice(struct slice);
json_t *json_path(const char *path); /* likewise: a name on this disk has any bytes */
json_t *json_time(int64_t utc_ns); /* null for 0 */

/* Prints and releases; what is no JSON, NULL, is a bug of ours and never an empty line. */
void json_print(json_t *);
void json_print_line(json_t *); /* on one line: one of many */

/* Accepted all the same: its code and text are no fault, but what was tolerated. */
bool message_is_flagged(const struct verb_message *);
/*
 * The JSON object of a message, as `list --json` and `show --json` have it; but for several
 * documents its "documents" is null, and parts_json() of cli/parts.h has them.
 */
json_t *json_message(const struct verb_message *);
/* What proves the delivery of a message that was sent, in words. */
const char *receipt_words(const struct verb_message *);

#endif
