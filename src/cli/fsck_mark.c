/* SPDX-License-Identifier: Apache-2.0 */
/* "tieline-fsck 1 2026-11-29T09:05:00.000Z 0 3": the time, damages, notes. */
#include "cli/fsck_mark.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define HEAD "tieline-fsck 1"
#define LINE_MAX_BYTES 128

int fsck_mark_open(int home)
{
	AUTO_FD fd = openat(home, "run/fsck",
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -1;
	return FD_TAKE(fd);
}

void fsck_mark_write(int fd, const struct fsck_mark *m)
{
	AUTO_IN_PLACE(buf) line = buf_init(LINE_MAX_BYTES);
	char at[TIME_TEXT_MAX];

	buf_putf(&line, HEAD " %s %llu %llu\n", time_format(at, m->at_ns),
		(unsigned long long)m->damages, (unsigned long long)m->notes);
	if (fd >= 0 && ftruncate(fd, 0) == 0)
		(void)!fd_write_all(fd, buf_slice(&line), NULL);
}

bool fsck_mark_read(struct fsck_mark *m, int home)
{
	AUTO_FD fd = openat(
		home, "run/fsck", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	AUTO_IN_PLACE(buf) line = buf_init(LINE_MAX_BYTES);
	struct slice words[4], rest;

	*m = (struct fsck_mark){ 0 };
	if (fd < 0 || fd_read_all(&line, fd, NULL) != ST_OK)
		return false;
	rest = slice_trim(buf_slice(&line));
	if (!slice_has_prefix(rest, S(HEAD " ")))
		return false;
	rest = slice_from(rest, sizeof(HEAD));
	for (size_t i = 0; i < 3; i++)
		(void)slice_cut(&words[i], &rest, rest, ' ');
	return time_parse(&m->at_ns, words[0], NULL) == ST_OK &&
		slice_u64(&m->damages, words[1], NULL) == ST_OK &&
		slice_u64(&m->notes, words[2], NULL) == ST_OK;
}
