/* SPDX-License-Identifier: Apache-2.0 */
/* Growing bytes with a maximum given at birth; what held content is cleansed before it is freed. */
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/views.h"

#define FIRST_SIZE 1024
#define PUTF_USUAL 256 /* bytes: longer text is formatted twice, to know its length first */

/* One byte more than max may be allocated, for the NUL of buf_text: that sum may not wrap. */
struct buf buf_init(size_t max)
{
	return (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

struct buf buf_init_file(size_t max, int fd, uint64_t at)
{
	struct buf b = buf_init(max);

	if (at % VIEW_ALIGN != 0)
		bug("a buf in a file at byte %llu", (unsigned long long)at);
	b.file = (struct buf_file){ .used = true, .fd = fd, .at = at, .step = VIEW_STEP };
	return b;
}

void buf_file_step(struct buf *b, size_t step)
{
	if (step == 0 || step % VIEW_ALIGN != 0 || b->p)
		bug("a buf in a file in steps of %zu bytes", step);
	b->file.step = step;
}

/* All of its addresses are taken at once, so that nothing moves. */
static size_t view_size(const struct buf *b)
{
	return (b->max / VIEW_ALIGN + 1) * VIEW_ALIGN;
}

void buf_file_pass(struct buf *b)
{
	b->file.passing = b->file.used;
}

struct buf buf_room_take(struct buf_room *room, size_t max)
{
	uint64_t at = room->at;

	if (room->fd < 0)
		return buf_init(max);
	room->at += (max / VIEW_ALIGN + 1) * VIEW_ALIGN;
	return buf_init_file(max, room->fd, at);
}

static void memory_free(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	free(b->p);
}

/* Of what was pushed, the bytes are the file's; the memory it was pushed from lies at the end. */
static void view_free(const struct buf *b)
{
	size_t used = b->file.pushed ? b->cap : b->n;

	if (!b->p)
		return;
	if (used > b->file.pushed)
		explicit_bzero(b->p + b->file.pushed, used - b->file.pushed);
	views_remove(b->p);
	munmap(b->p, view_size(b));
}

void buf_done(struct buf *b)
{
	if (b->file.used)
		view_free(b);
	else
		memory_free(b);
	*b = (struct buf){ 0 };
}

static size_t size_for(const struct buf *b, size_t need)
{
	size_t size = b->cap ? b->cap : FIRST_SIZE;

	while (size < need && size <= b->max / 2)
		size *= 2;
	return size < need || size > b->max + 1 ? b->max + 1 : size;
}

static bool file_failed(struct buf *b, int error)
{
	b->file.error = error;
	return false;
}

static bool file_write(struct buf *b, size_t from, size_t to)
{
	while (from < to) {
		ssize_t n = pwrite(b->file.fd, b->p + from, to - from, (off_t)(b->file.at + from));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return file_failed(b, n < 0 ? errno : EIO);
		from += (size_t)n;
	}
	return true;
}

/*
 * The disk may be FILE_AT_HAND behind what was pushed.  The page cache takes the same few pages
 * again, because new ones are dear: those of others go for them, and a virtual machine's have to be
 * asked for outside.  An error that is waited for is told here and never again, not even by
 * fsync(2): so it is this buf's.
 */
static bool file_forget(struct buf *b)
{
	size_t from = b->file.forgotten, to = b->file.pushed;

	if (!b->file.passing || to - from < FILE_AT_HAND + VIEW_STEP)
		return true;
	to -= FILE_AT_HAND;
	if (sync_file_range(b->file.fd, (off_t)(b->file.at + from), (off_t)(to - from),
		    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
			    SYNC_FILE_RANGE_WAIT_AFTER) != 0)
		return file_failed(b, errno);
	(void)!posix_fadvise(b->file.fd, (off_t)(b->file.at + from), (off_t)(to - from),
		POSIX_FADV_DONTNEED);
	b->file.forgotten = to;
	return true;
}

/*
 * Memory that was pushed from is where the next bytes come: it needs not be had and cleared again.
 * One block at a time, because they need not be neighbours to the kernel; where it cannot, the
 * memory is had again.
 */
static void block_move_on(struct buf *b, size_t from)
{
	const size_t step = b->file.step;

	if (view_size(b) - b->cap >= step &&
		mremap(b->p + from, step, step,
			MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
			b->p + b->cap) != MAP_FAILED)
		b->cap += step;
}

/*
 * What is complete goes to the file, and the same addresses become a view of it.  Written, and not
 * mapped from the first: a full disk is then an error and no signal, and no page has to be cleared
 * for what comes.
 */
static bool block_push(struct buf *b)
{
	const size_t from = b->file.pushed, to = from + b->file.step;

	if (!file_write(b, from, to))
		return false;
	block_move_on(b, from);
	/* cppcheck-suppress leakReturnValNotUsed; the addresses are ours already */
	if (mmap(b->p + from, to - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, b->file.fd,
		    (off_t)(b->file.at + from)) == MAP_FAILED)
		return file_failed(b, errno);
	/* The disk begins now, so that little is left to wait for in the end. */
	(void)!sync_file_range(b->file.fd, (off_t)(b->file.at + from), (off_t)(to - from),
		SYNC_FILE_RANGE_WRITE);
	b->file.pushed = to;
	return true;
}

static bool file_push(struct buf *b)
{
	while (b->n >= b->file.pushed + b->file.step)
		if (!block_push(b))
			return false;
	views_remove(b->p);
	views_add(slice_of(b->p, b->file.pushed));
	return file_forget(b);
}

static bool view_make(struct buf *b)
{
	size_t size = view_size(b);
	/* cppcheck-suppress invalidFunctionArg; anonymous memory has no descriptor */
	void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return file_failed(b, errno);
	b->p = p;
	return true;
}

/* Memory for what comes next, until it is pushed. */
static bool view_grow(struct buf *b, size_t need)
{
	size_t left = view_size(b) - b->cap, step = b->file.step;

	step *= (need - b->cap) / step + 1;
	if (step > left)
		step = left;
	if (!b->p && !view_make(b))
		return false;
	if (mprotect(b->p + b->cap, step, PROT_READ | PROT_WRITE) != 0)
		return file_failed(b, errno);
	b->cap += step;
	return true;
}

/* One byte more than max, for the NUL of buf_text. */
static void memory_grow(struct buf *b, size_t need)
{
	size_t size = size_for(b, need);
	uint8_t *p = malloc(size);

	if (!p)
		die("out of memory: %zu bytes", size);
	if (b->p) {
		memcpy(p, b->p, b->n);
		/* Beyond n may be what was consumed or cut. */
		explicit_bzero(b->p, b->cap);
	}
	free(b->p);
	b->p = p;
	b->cap = size;
}

static bool grow(struct buf *b, size_t need)
{
	if (b->file.used)
		return view_grow(b, need);
	memory_grow(b, need);
	return true;
}

static bool file_keep_up(struct buf *b)
{
	return !b->file.used || b->n < b->file.pushed + b->file.step || file_push(b);
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (b->overflow || n > b->max - b->n || !file_keep_up(b) ||
		((!b->p || b->n + n > b->cap) && !grow(b, b->n + n))) {
		b->overflow = true;
		return NULL;
	}
	b->n += n;
	return b->p + (b->n - n);
}

void buf_put(struct buf *b, struct slice s)
{
	struct slice piece = { 0 };
	uint8_t *at = s.n != 0 && s.n < VIEW_STEP ? buf_extend(b, s.n) : NULL;

	if (at)
		memcpy(at, s.p, s.n);
	if (s.n < VIEW_STEP)
		return;
	/* In steps, because both ends may be views of files. */
	while (views_step(&piece, &s)) {
		uint8_t *to = buf_extend(b, piece.n);
		if (!to)
			return;
		memcpy(to, piece.p, piece.n);
	}
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, slice_str(text));
}

static void put_formatted(struct buf *b, const char *format, va_list list, size_t n)
{
	uint8_t *to = buf_extend(b, n);

	if (!to)
		return;
	/* vsnprintf writes a NUL behind the text: make room for it. */
	if (b->n + 1 > b->cap) {
		if (!grow(b, b->n + 1)) {
			b->n -= n;
			b->overflow = true;
			return;
		}
		to = b->p + (b->n - n);
	}
	vsnprintf((char *)to, n + 1, format, list);
}

void buf_putf(struct buf *b, const char *format, ...)
{
	char text[PUTF_USUAL];
	va_list list, again;

	va_start(list, format);
	va_copy(again, list);
	int n = vsnprintf(text, sizeof(text), format, list);
	if (n >= (int)sizeof(text))
		put_formatted(b, format, again, (size_t)n);
	else if (n > 0)
		buf_put(b, slice_of(text, (size_t)n));
	va_end(again);
	va_end(list);
}

static void put_number(struct buf *b, uint64_t value, size_t n)
{
	uint8_t *to = buf_extend(b, n);

	for (size_t i = n; to && i-- > 0; value >>= 8)
		to[i] = (uint8_t)value;
}

void buf_put_u8(struct buf *b, uint8_t value)
{
	put_number(b, value, 1);
}

void buf_put_u16(struct buf *b, uint16_t value)
{
	put_number(b, value, 2);
}

void buf_put_u32(struct buf *b, uint32_t value)
{
	put_number(b, value, 4);
}

void buf_put_u64(struct buf *b, uint64_t value)
{
	put_number(b, value, 8);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

void buf_truncate(struct buf *b, size_t n)
{
	if (n < b->n)
		b->n = n;
}

void buf_wipe(struct buf *b, size_t n)
{
	size_t mark = n;

	for (size_t at = n; at < b->n; at += VIEW_STEP) {
		size_t left = b->n - at;
		explicit_bzero(b->p + at, left < VIEW_STEP ? left : VIEW_STEP);
		views_passed(buf_slice(b), &mark, at);
	}
	buf_truncate(b, n);
}

/* Downwards in steps: each lands on what was moved away before. */
static void move_down(struct buf *b, size_t to, size_t from)
{
	struct slice piece = { 0 }, rest = slice_from(buf_slice(b), from);
	size_t mark = to;

	while (views_step(&piece, &rest)) {
		memmove(b->p + to, piece.p, piece.n);
		to += piece.n;
		views_passed(buf_slice(b), &mark, to);
	}
}

void buf_cut(struct buf *b, size_t at, size_t n)
{
	if (at > b->n)
		at = b->n;
	if (n > b->n - at)
		n = b->n - at;
	if (n)
		move_down(b, at, at + n);
	b->n -= n;
}

void buf_set(struct buf *b, size_t at, struct slice s)
{
	if (at > b->n || s.n > b->n - at)
		bug("%zu bytes at %zu of %zu", s.n, at, b->n);
	if (s.n)
		memcpy(b->p + at, s.p, s.n);
}

void buf_insert(struct buf *b, size_t at, struct slice s)
{
	const size_t behind = b->n - at;

	if (at > b->n)
		bug("an insertion at %zu of %zu", at, b->n);
	if (!buf_extend(b, s.n))
		return;
	memmove(b->p + at + s.n, b->p + at, behind);
	buf_set(b, at, s);
}

void buf_consume(struct buf *b, size_t n)
{
	buf_cut(b, 0, n);
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

enum status buf_file_finish(struct buf *b, bool keep, struct fault *f)
{
	bool good = true;

	if (b->file.used && keep)
		good = b->n <= b->file.pushed || file_write(b, b->file.pushed, b->n);
	else if (b->file.used && b->file.pushed != 0)
		/* A file system that cannot keeps more than it needs. */
		(void)!fallocate(b->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)b->file.at, (off_t)b->file.pushed);
	return good ? ST_OK : buf_check(b, f);
}

bool buf_file_place(uint64_t *at, const struct buf *b, struct slice piece)
{
	uintptr_t from = (uintptr_t)b->p, to = (uintptr_t)piece.p;

	if (!b->file.used || !b->p || !piece.p || to < from || to - from > b->n ||
		piece.n > b->n - (to - from))
		return false;
	*at = b->file.at + (to - from);
	return true;
}

const char *buf_text(struct buf *b)
{
	if ((!b->p || b->n + 1 > b->cap) && !grow(b, b->n + 1))
		return "";
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

enum status buf_check(const struct buf *b, struct fault *f)
{
	if (b->file.error != 0) {
		bool is_full = b->file.error == ENOSPC || b->file.error == EDQUOT;
		return fault_set(f, is_full ? ST_RETRY : ST_HOST,
			is_full ? "host.disk-full" : "host.write", "a file after %zu bytes: %s",
			b->n, strerror(b->file.error));
	}
	return b->overflow ? fault_set(f, ST_LIMIT, "buffer.full", "more than %zu bytes", b->max)
			   : ST_OK;
}
