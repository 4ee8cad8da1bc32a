/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sheet, get, receipt and partner. */
#include "cli/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/progress.h"

#define COPY_STEP 262144

static bool is_stdout(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static enum status section_copy(int to, int from, uint64_t at, uint64_t n, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(COPY_STEP);
	struct progress progress = progress_start(n);

	for (uint64_t done = 0; done < n;) {
		uint64_t step = n - done < COPY_STEP ? n - done : COPY_STEP;
		buf_clear(&piece);
		TRY(fd_read_at(&piece, from, at + done, step, f));
		TRY(fd_write_all(to, buf_slice(&piece), f));
		done += step;
		progress_show(&progress, done);
	}
	progress_end(&progress);
	return ST_OK;
}

static enum status section_write(
	int to, struct slice head, int fd, uint64_t at, uint64_t n, struct fault *f)
{
	TRY(fd_write_all(to, head, f));
	return section_copy(to, fd, at, n, f);
}

/*
 * A device, a pipe or a symbolic link (/dev/stdout) is written to: replacing it by a file is not
 * what was meant.
 */
static bool is_special(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static enum status special_write(
	const char *path, struct slice head, int fd, uint64_t at, uint64_t n, struct fault *f)
{
	AUTO_FD out = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	return out < 0 ? fault_errno(f, ST_HOST, "host.open", "%s", path)
		       : section_write(out, head, fd, at, n, f);
}

/* Whoever made the file it replaces private meant what is in it. */
static void mode_keep(int to, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		(void)!fchmod(to, st.st_mode & 0777);
}

enum status save_section(
	const char *path, struct slice head, int fd, uint64_t at, uint64_t n, struct fault *f)
{
	AUTO_IN_PLACE(buf) beside = buf_init(4096);
	AUTO_FD out = -1;

	if (is_stdout(path))
		return section_write(STDOUT_FILENO, head, fd, at, n, f);
	if (is_special(path))
		return special_write(path, head, fd, at, n, f);
	buf_putf(&beside, "%s.part-%d", path, (int)getpid());
	out = open(buf_text(&beside), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (out < 0)
		return fault_errno(f, ST_HOST, "host.open", "%s", path);
	mode_keep(out, path);
	enum status st = section_write(out, head, fd, at, n, f);
	if (st == ST_OK && rename(buf_text(&beside), path) != 0)
		st = fault_errno(f, ST_HOST, "host.open", "%s", path);
	if (st != ST_OK)
		(void)!unlink(buf_text(&beside));
	return st;
}

enum status save_bytes(const char *path, struct slice content, struct fault *f)
{
	return save_section(path, content, -1, 0, 0, f);
}
