/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML that people edit: read by a schema table of libcyaml into a struct of
 * texts, then converted by a table of ours, so that every refusal names the key;
 * written as text with comments.
 */
#ifndef TIELINE_EXCHANGE_CONFIG_H
#define TIELINE_EXCHANGE_CONFIG_H

#include <cyaml/cyaml.h>

#include "base/buf.h"

/*
 * true, yes, on, false, no, off: libcyaml's own CYAML_BOOL takes any other word, "flase" too, for
 * true.
 */
extern const cyaml_strval_t config_truths[];
#define CONFIG_TRUTHS 6

/*
 * One document, no aliases, no unknown and no repeated key.  The text of the
 * fault, ST_INPUT `code`, says line, key and what is wrong.  *out goes back to config_free().
 */
NODISCARD enum status config_load(void **out, const cyaml_schema_value_t *schema, struct slice yaml,
	const char *code, struct fault *f);
void config_free(const cyaml_schema_value_t *schema, void *loaded);

/*
 * A row of conversion: text of the loaded struct -> member of ours.  NULL in the text leaves the
 * member's default.
 */
struct config_value {
	const char *key; /* as people know it: "limits.idle" */
	size_t from;     /* offset of a char * in the loaded struct */
	size_t to;       /* offset of the member */
	/* Writes the member within [least, most], of the member's unit. */
	enum status (*read)(
		void *member, struct slice text, const struct config_value *, struct fault *);
	int64_t least, most;
};

/* ST_INPUT `code`: "KEY: what is wrong". */
NODISCARD enum status config_convert(void *to, const void *loaded, const struct config_value *rows,
	size_t count, const char *code, struct fault *f);

/*
 * For struct config_value: unsigned; int64_t nanoseconds from "10s"; uint64_t bytes from "64MiB".
 */
enum status config_count_read(
	void *member, struct slice text, const struct config_value *, struct fault *f);
enum status config_duration_read(
	void *member, struct slice text, const struct config_value *, struct fault *f);
enum status config_size_read(
	void *member, struct slice text, const struct config_value *, struct fault *f);

/*
 * Bytes: "48211", "10kB", "10MB", "1GB", "64KiB", "64MiB", "1GiB".  ST_INPUT "size.syntax" |
 * ST_LIMIT "size.range".
 */
NODISCARD enum status size_parse(uint64_t *bytes, struct slice text, struct fault *f);
/* The shortest exact of these. */
void size_put(struct buf *out, uint64_t bytes);

/* The shortest exact form, one unit: "90s", "5m", "3d", "250ms"; below a millisecond is cut. */
void duration_put(struct buf *out, int64_t ns);

/*
 * A double-quoted scalar that reads back as the same text, whatever is in it.  Not UTF-8 is written
 * as U+FFFD.
 */
void config_text_put(struct buf *out, struct slice text);

#endif
