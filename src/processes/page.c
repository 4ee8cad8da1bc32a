/* SPDX-License-Identifier: Apache-2.0 */
/* Used by urgency.c and gate.c. */
#include "processes/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

enum status page_new(int *fd, const char *name, size_t size, struct fault *f)
{
	AUTO_FD made = -1;

	TRY(memory_file_open(&made, name, f));
	if (ftruncate(made, (off_t)size) != 0 ||
		fcntl(made, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
		return fault_errno(f, ST_HOST, "host.memory-file", "making a page to share");
	*fd = FD_TAKE(made);
	return ST_OK;
}

enum status page_map(void **out, int fd, size_t size, struct fault *f)
{
	uint64_t has;

	TRY(fd_size(&has, fd, f));
	if (has != size)
		return fault_set(f, ST_HOST, "page.size", "a page of %llu bytes",
			(unsigned long long)has);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return fault_errno(f, ST_HOST, "host.map", "mapping the page that is shared");
	*out = page;
	return ST_OK;
}
