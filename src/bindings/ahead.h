/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readers of a long entity would pass over it for, found while it is decrypted and still near
 * the processor: the digests of what the MIC covers and of the document, and where a signed part
 * ends.  Gigabytes are then touched once, and the page cache need not keep them.
 *
 * It guesses from the first bytes what will be asked; what is asked otherwise is computed as if
 * nothing were known.  Nothing that it holds leaves it before the tag of the seal was verified, nor
 * does time tell of it: whatever the bytes are, they are digested twice and searched to the end.
 */
#ifndef TIELINE_BINDINGS_AHEAD_H
#define TIELINE_BINDINGS_AHEAD_H

#include "bindings/mime.h"
#include "safeguards/digest.h"

#define AHEAD_FROM ((size_t)1 << 20) /* bytes sealed; less is in the caches anyhow */

/* Of bytes of the entity, which may move while it grows. */
struct ahead_digest {
	struct digest_run *run;
	size_t from, n;
	bool wanted; /* as the first bytes say */
	bool known;  /* `value` is there */
	struct digest_value value;
};

struct ahead {
	struct buf *entity; /* borrowed; NULL: nothing is done */
	enum digest kind;   /* of what is covered, where it does not say */
	bool looked;
	bool is_signed, found; /* what is covered ends with a boundary, which was found */
	char dashes[MIME_BOUNDARY_MAX + 3]; /* what is searched for */
	size_t clear; /* where it was found */
	size_t searched, digested, let_go; /* bytes of the entity */
	struct ahead_digest covered, document;
};

/* `options`: Disposition-Notification-Options, which name the digest of what is not signed. */
void ahead_begin(struct ahead *, struct buf *entity, struct slice options);
void ahead_done(struct ahead *);
/* A sealing_watch's, with a struct ahead. */
void ahead_more(void *ahead);
/* The entity is complete, and proven. */
void ahead_end(struct ahead *);

/* With the digest of exactly these bytes, where it is known. */
struct digested ahead_digested(const struct ahead *, struct slice of);
/* Within `body`, up to where no boundary is behind the first; 0: not known. */
size_t ahead_clear(const struct ahead *, struct slice body);

#endif
