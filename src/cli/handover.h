/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document on its way to the gateway: up to LEDGER_INLINE_MAX it stays in memory, what turns out
 * larger goes to a file of the ledger's, but for a file that can be handed over as it is.
 */
#ifndef TIELINE_CLI_HANDOVER_H
#define TIELINE_CLI_HANDOVER_H

#include "base/buf.h"
#include "cli/desk_client.h"

struct handover {
	struct desk_client *desk;         /* borrowed */
	const struct verb_submit *submit; /* borrowed: what it is for, but for the size */
	struct buf begun;
	int spool;     /* -1: it is small so far */
	uint64_t size; /* bytes */
	uint64_t size_max; /* as agreed: known once spool is */
};
struct handover handover_init(struct desk_client *, const struct verb_submit *);
void handover_done(struct handover *);
DEFINE_AUTO_IN_PLACE(handover)

/*
 * Asks the desk before the first byte goes to a file, which never has more than is agreed: what
 * the agreement refuses is refused here (agreement_permits), also for its size.  ST_HOST, ST_RETRY;
 * from the desk as desk_client_ask.
 */
NODISCARD enum status handover_put(struct handover *, struct slice, struct fault *f);
/* From where it stands to the end, with a progress bar when large and on a terminal. */
NODISCARD enum status handover_copy(struct handover *, int from, struct fault *f);
/* *fd is the caller's: sealed, or the ledger's file. */
NODISCARD enum status handover_finish(int *fd, struct handover *, struct fault *f);

/*
 * True for a large file of a file system of this machine: its descriptor is what is handed over.
 * The gateway reads it once, in pieces, and what it read is what it signs, whatever becomes of the
 * file meanwhile; the position of the descriptor says how far that is.
 */
bool handover_as_it_is(struct handover *, const char *path, int fd);

/* "-" is standard input.  ST_INPUT "document.open" (missing, a directory). */
NODISCARD enum status handover_open(int *fd, const char *path, struct fault *f);
/* The part of a path that is a file's name; empty for "-". */
struct slice handover_name(const char *path);

/*
 * Several documents in one entity (bindings/related.h), the first of which is the root, of type
 * `root_type`: others as their names suggest.  The same Message-ID and files make the same bytes,
 * so that sending again can be told from sending something else.  ST_INPUT "document.boundary": a
 * document has the line in it that the Message-ID gives.
 */
NODISCARD enum status handover_several(int *fd, struct handover *, const char *const paths[],
	size_t count, struct slice root_type, struct slice message_id, struct fault *f);

#endif
