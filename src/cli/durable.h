/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees of files that backup and restore write: each file with the SHA-256 of its bytes, all of it
 * synced before it gets its name, and read again from the disk.
 */
#ifndef TIELINE_CLI_DURABLE_H
#define TIELINE_CLI_DURABLE_H

#include "base/fd.h"
#include "cli/progress.h"
#include "exchange/message.h"
#include "safeguards/digest.h"

#define DURABLE_PATH_MAX 512 /* bytes, below the tree */
#define DURABLE_SUMS "SHA256SUMS"
#define BACKUP_NOTE "backup.json" /* when it was made, of how much */
#define DURABLE_SIGNATURE "SHA256SUMS.p7s" /* CMS, detached, DER: by whose home it is */
#define DURABLE_SUMS_MAX ((size_t)256 << 20) /* bytes: some two million files */

struct durable {
	int dir;         /* being written, under another name */
	char *beside;    /* that name */
	const char *path;
	struct buf sums; /* "HEX  PATH" lines, as sha256sum(1) reads and writes them */
	uint64_t bytes;  /* so far */
	struct progress progress;
};

/*
 * An empty tree that will be `path`, which must not be there, or be an empty directory: ST_INPUT
 * "durable.exists".
 */
NODISCARD enum status durable_open(struct durable *, const char *path, struct fault *f);
/* Removes it, unless durable_finish() gave it its name. */
void durable_done(struct durable *);
DEFINE_AUTO_IN_PLACE(durable)

/* Directories on the way are made.  All: ST_HOST "host...", ST_RETRY "host.disk-full". */
NODISCARD enum status durable_copy(struct durable *, const char *path, int from, unsigned mode,
	struct fault *f);
NODISCARD enum status durable_put(struct durable *, const char *path, struct slice content,
	unsigned mode, struct fault *f);
NODISCARD enum status durable_dir(
	struct durable *, const char *path, unsigned mode, struct fault *f);

/* The sums as a file of the tree, the last one. */
NODISCARD enum status durable_sums_put(struct durable *, struct fault *f);
/* All of it is on the disk, and reads as it was written: ST_HOST "durable.differs". */
NODISCARD enum status durable_sync(struct durable *, struct fault *f);
/* It gets its name. */
NODISCARD enum status durable_finish(struct durable *, struct fault *f);

/* The SHA-256 of a whole file, read from the disk. */
NODISCARD enum status durable_digest(
	uint8_t out[DIGEST_SIZE], int fd, struct progress *, uint64_t *done, struct fault *f);

/* The first line of a file, which seals private keys.  ST_INPUT "key.passphrase": too short. */
NODISCARD enum status durable_passphrase(struct buf *out, const char *path, struct fault *f);

/*
 * The next line off the front of *rest.  ST_NONE: that was the last; ST_INPUT "durable.sums": no
 * such line, or a path that leads out of the tree.
 */
struct durable_line {
	char path[DURABLE_PATH_MAX];
	uint8_t digest[DIGEST_SIZE];
};
NODISCARD enum status durable_line_next(struct durable_line *, struct slice *rest, struct fault *f);

#endif
