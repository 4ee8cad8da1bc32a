/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the envelope only. */
#include "processes/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum status memory_make(
	int *fd, struct section where[], const struct parcel *p, struct fault *f)
{
	uint64_t at = 0;

	for (size_t i = 0; i < p->count; i++) {
		where[i] = (struct section){ at, p->pieces[i].n };
		at += p->pieces[i].n;
	}
	return body_new(fd, "parcel", p->pieces, p->count, f);
}

/* --- in a spool file ------------------------------------------------------------ */

static bool place_find(uint64_t *at, const struct parcel *p, struct slice piece)
{
	for (size_t i = 0; i < p->buf_count; i++)
		if (buf_file_place(at, p->bufs[i], piece))
			return true;
	return false;
}

static uint64_t end_of(const struct section *where)
{
	return where->at + where->n;
}

static enum status append(
	struct section *where, uint64_t *end, int spool, struct slice piece, struct fault *f)
{
	*where = (struct section){ *end, piece.n };
	*end += piece.n;
	if (lseek(spool, (off_t)where->at, SEEK_SET) < 0)
		return fault_errno(f, ST_HOST, "host.write", "a place in a spool file");
	return fd_write_all(spool, piece, f);
}

/* Behind everything that is in a buf; where the last one is, it stays. */
static uint64_t bufs_end(const struct parcel *p)
{
	uint64_t end = 0;

	for (size_t i = 0; i < p->buf_count; i++)
		if (p->bufs[i]->n != 0 && p->bufs[i]->file.at + p->bufs[i]->n > end)
			end = p->bufs[i]->file.at + p->bufs[i]->n;
	return end;
}

static enum status pieces_place(
	struct section where[], const struct parcel *p, struct fault *f)
{
	uint64_t end = bufs_end(p), others = 0, at;

	for (size_t i = 0; i < p->count; i++) {
		bool is_last = i + 1 == p->count;
		if (p->pieces[i].n == 0)
			where[i] = (struct section){ others, 0 };
		else if (place_find(&at, p, p->pieces[i]) && (!is_last || at >= others))
			where[i] = (struct section){ at, p->pieces[i].n };
		else
			TRY(append(&where[i], &end, p->spool, p->pieces[i], f));
		if (end_of(&where[i]) > others)
			others = end_of(&where[i]);
	}
	return ST_OK;
}

static bool is_used(const struct buf *b, const struct parcel *p)
{
	uint64_t unused;

	for (size_t i = 0; i < p->count; i++)
		if (p->pieces[i].n != 0 && buf_file_place(&unused, b, p->pieces[i]))
			return true;
	return false;
}

static enum status bufs_finish(const struct parcel *p, struct fault *f)
{
	for (size_t i = 0; i < p->buf_count; i++)
		TRY(buf_file_finish(p->bufs[i], is_used(p->bufs[i], p), f));
	return ST_OK;
}

static uint64_t sections_end(const struct section where[], size_t count)
{
	uint64_t end = 0;

	for (size_t i = 0; i < count; i++)
		if (end_of(&where[i]) > end)
			end = end_of(&where[i]);
	return end;
}

static enum status spool_make(
	int *fd, struct section where[], const struct parcel *p, struct fault *f)
{
	AUTO_FD target = fcntl(p->spool, F_DUPFD_CLOEXEC, 0);

	if (target < 0)
		return fault_errno(f, ST_HOST, "host.descriptors",
			"a second descriptor of a spool file");
	TRY(bufs_finish(p, f));
	TRY(pieces_place(where, p, f));
	if (ftruncate(target, (off_t)sections_end(where, p->count)) != 0)
		return fault_errno(f, ST_HOST, "host.write", "the length of a spool file");
	/* Here and not only in the ledger, where every lane would wait for this one's disk. */
	if (fdatasync(target) != 0)
		return fault_errno(f, errno == ENOSPC ? ST_RETRY : ST_HOST, "host.write",
			"syncing a spool file");
	*fd = FD_TAKE(target);
	return ST_OK;
}

enum status parcel_make(int *fd, struct section where[], const struct parcel *p, struct fault *f)
{
	return p->spool < 0 ? memory_make(fd, where, p, f) : spool_make(fd, where, p, f);
}
