/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of our own, growing up to a maximum given at birth.  Writers do not
 * check each put: what does not fit sets `overflow` and writes nothing more,
 * and buf_check() says so once at the end.
 */
#ifndef TIELINE_BASE_BUF_H
#define TIELINE_BASE_BUF_H

#include "base/own.h"
#include "base/slice.h"

struct buf {
	uint8_t *p;
	size_t n;   /* bytes written */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes it may ever hold */
	bool overflow;
	struct buf_file {
		bool used;
		int error;     /* errno of what the file would not do */
		int fd;        /* borrowed */
		uint64_t at;   /* where in it the first byte is */
		size_t step;   /* bytes in memory before they are pushed */
		size_t pushed; /* bytes that left memory for the file, of which the buf is a view */
		bool passing;  /* buf_file_pass() */
		size_t forgotten; /* bytes that left the page cache, too */
	} file;
};

struct buf buf_init(size_t max); /* allocates nothing yet */
/*
 * In a file from `at` on, a multiple of VIEW_ALIGN, so that only few MiB of it are in memory at any
 * time (views.h).  The bytes never move.  The file grows with them and stays as it is in the end.
 */
struct buf buf_init_file(size_t max, int fd, uint64_t at);
/*
 * Before anything is written: no more of it in memory than this, a multiple of VIEW_ALIGN.  For who
 * has little, and puts pieces no larger than that.
 */
void buf_file_step(struct buf *, size_t step);
/*
 * Nobody will soon read what is written: only the last of it stays in the machine's memory (page
 * cache), the rest is on the disk.  It can be read all the same.  Of a buf in memory: nothing.
 */
void buf_file_pass(struct buf *);
/* Room for several of them: one after the other in a file, or, when that is -1, in memory. */
struct buf_room {
	int fd;
	uint64_t at;
};
struct buf buf_room_take(struct buf_room *, size_t max);
/* cleanses the bytes, frees them, leaves an empty buf; not the file's */
void buf_done(struct buf *);
DEFINE_AUTO_IN_PLACE(buf)

void buf_put(struct buf *, struct slice);
void buf_put_text(struct buf *, const char *text);
void buf_putf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_put_u8(struct buf *, uint8_t);   /* integers are written big-endian */
void buf_put_u16(struct buf *, uint16_t);
void buf_put_u32(struct buf *, uint32_t);
void buf_put_u64(struct buf *, uint64_t);

/* n writable bytes at the end, counted as written; NULL when they do not fit. */
uint8_t *buf_extend(struct buf *, size_t n);

void buf_clear(struct buf *);             /* n = 0, overflow off, memory kept */
void buf_truncate(struct buf *, size_t n); /* keeps the first n bytes */
void buf_wipe(struct buf *, size_t n);     /* the same, and nobody reads what was behind them */

/* Drops n bytes from the front: for input accumulated from a stream. */
void buf_consume(struct buf *, size_t n);
/* Writes over what is there already, all of which it must be. */
void buf_set(struct buf *, size_t at, struct slice);
void buf_cut(struct buf *, size_t at, size_t n); /* drops n bytes from the middle */
/* Before what is at `at`, which moves: for little. */
void buf_insert(struct buf *, size_t at, struct slice);

struct slice buf_slice(const struct buf *); /* borrowed: valid until the next put */
/* borrowed and NUL-terminated; the NUL is not counted */
const char *buf_text(struct buf *);

/*
 * All bytes written are in the file; or none are to be kept, and the disk has its room back.  The
 * buf is only read then.  Faults as of buf_check().
 */
NODISCARD enum status buf_file_finish(struct buf *, bool keep, struct fault *f);
/* Where in its file a piece of this buf is; false: it is not in one. */
bool buf_file_place(uint64_t *at, const struct buf *, struct slice piece);

/*
 * ST_LIMIT "buffer.full" when something did not fit; of a file also ST_RETRY "host.disk-full" and
 * ST_HOST "host.write".
 */
NODISCARD enum status buf_check(const struct buf *, struct fault *f);

#endif
