/* SPDX-License-Identifier: Apache-2.0 */
/* Every X12 file of the foreign test data, by its path in it. */
#ifndef TIELINE_TESTS_X12_FILES_H
#define TIELINE_TESTS_X12_FILES_H

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "shared_data.h"

#define X12_FILE_MAX (4U << 20)

typedef void x12_file_fn(void *context, const char *path, struct slice bytes);

static inline void x12_files_read(int dir, const char *name, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	uint8_t piece[4096];

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_put(out, slice_of(piece, (size_t)n));
	close(fd);
}

/* Takes `dir`. */
static inline unsigned x12_files_below(int dir, const char *path, x12_file_fn *each, void *context)
{
	DIR *list = fdopendir(dir);
	unsigned count = 0;

	for (struct dirent *e; list && (e = readdir(list));) {
		AUTO_IN_PLACE(buf) name = buf_init(4096);
		AUTO_IN_PLACE(buf) bytes = buf_init(X12_FILE_MAX);

		buf_putf(&name, "%s%s%s", path, *path ? "/" : "", e->d_name);
		if (e->d_name[0] == '.' || strcmp(e->d_name, "SOURCES.tsv") == 0)
			continue;
		if (e->d_type == DT_DIR) {
			count += x12_files_below(openat(dir, e->d_name, O_RDONLY | O_CLOEXEC),
				buf_text(&name), each, context);
			continue;
		}
		x12_files_read(dir, e->d_name, &bytes);
		each(context, buf_text(&name), buf_slice(&bytes));
		count++;
	}
	closedir(list);
	return count;
}

/* How many there were; 0 where the data is not. */
static inline unsigned x12_files_each(x12_file_fn *each, void *context)
{
	int dir = shared_data_open("x12");

	return dir < 0 ? 0 : x12_files_below(dir, "", each, context);
}

#endif
