/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a message, for show, list and get.  What a partner wrote is cut by a child that
 * has given up everything but its descriptors; it says where each document lies, and what it says
 * is checked.
 */
#ifndef TIELINE_CLI_PARTS_H
#define TIELINE_CLI_PARTS_H

#include <jansson.h>

#include "bindings/related.h"
#include "cli/content.h"

struct part {
	unsigned number; /* from 1 */
	bool is_root;    /* what get gives when nothing else is asked for */
	bool is_decoded; /* it lies in `decoded` of all, else in the content they were cut from */
	uint64_t at, n;
	uint8_t digest[DIGEST_SIZE]; /* SHA-256 */
	char media_type[MEDIA_TYPE_MAX + 1];
	char filename[FILENAME_MAX_BYTES + 1]; /* clean; empty: it has none */
};

struct parts {
	int content; /* borrowed */
	int decoded; /* memory file */
	size_t count;
	struct part list[RELATED_PARTS_MAX];
};
void parts_done(struct parts *);
DEFINE_AUTO_IN_PLACE(parts)

/*
 * Of a content that is one document, that one.  ST_INPUT as related_each, ST_HOST "parts.reader"
 * (the child ended) | "host...".
 */
NODISCARD enum status parts_read(struct parts *out, const struct content *, struct fault *f);
/* The descriptor `part` lies in. */
int parts_descriptor(const struct parts *, const struct part *);
/* By number, or by file name.  ST_NONE "message.part.unknown", ST_INPUT "message.part.ambiguous".
 */
NODISCARD enum status parts_find(
	const struct part **out, const struct parts *, const char *which, struct fault *f);
const struct part *parts_root(const struct parts *);

/*
 * Into the directory `path`, which is made when it is not there: each under its number and name,
 * "02-scan.pdf", and never over a file that is there.  ST_INPUT "file.exists", ST_HOST.
 */
NODISCARD enum status parts_save(const struct parts *, const char *path, struct fault *f);

json_t *parts_json(const struct parts *);
void parts_print(const struct parts *);

/* Fetches and cuts: of a message this verb_get is of. */
NODISCARD enum status parts_fetch(struct parts *out, struct content *, struct desk_client *,
	const struct verb_get *, struct fault *f);

#endif
