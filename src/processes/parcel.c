/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the envelope only. */
#include "processes/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum status target_open(int *fd, int spool, struct fault *f)
{
	if (spool < 0)
		return memory_file_open(fd, "parcel", f);
	*fd = fcntl(spool, F_DUPFD_CLOEXEC, 0);
	return *fd < 0
		? fault_errno(f, ST_HOST, "host.descriptors", "a second descriptor of a spool file")
		: ST_OK;
}

enum status parcel_make(int *fd, struct section where[], const struct slice pieces[], size_t count,
	int spool, struct fault *f)
{
	AUTO_FD target = -1;
	uint64_t at = 0;

	for (size_t i = 0; i < count; i++) {
		where[i] = (struct section){ at, pieces[i].n };
		at += pieces[i].n;
	}
	TRY(target_open(&target, spool, f));
	TRY(fd_write_pieces(target, pieces, count, f));
	if (spool < 0)
		TRY(memory_file_seal(target, f));
	/* Here and not only in the ledger, where every lane would wait for this one's disk. */
	else if (fdatasync(target) != 0)
		return fault_errno(f, errno == ENOSPC ? ST_RETRY : ST_HOST, "host.write",
			"syncing a spool file");
	*fd = FD_TAKE(target);
	return ST_OK;
}
