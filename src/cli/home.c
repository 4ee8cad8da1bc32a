/* SPDX-License-Identifier: Apache-2.0 */
/* Used by every command but version. */
#include "cli/home.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/own_clock.h"
#include "processes/snapshot.h"

const char *home_path(const char *given)
{
	const char *path = given ? given : getenv("TIELINE_HOME");

	if (path && *path)
		return path;
	fail_with(EXIT_USAGE, "which gateway? give --home DIR or set TIELINE_HOME");
	return NULL;
}

enum status home_open(int *fd, const char *home, struct fault *f)
{
	*fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fault_set(f, ST_NONE, "home.missing", "there is no %s", home);
	return *fd < 0 ? fault_errno(f, ST_HOST, "home.open", "%s", home) : ST_OK;
}

static void partner_refused(void *context, const char *dir, const struct fault *f)
{
	const char *const *home = context;
	char words[CLOCK_WRONG_MAX];

	fprintf(stderr, "tieline: %s is ignored, %s: %s (%s)\n", dir, f->text,
		own_clock_is_wrong(words, *home) ? CLOCK_WRONG_ADVICE
						   : "mend it, or add the partner again",
		f->code);
}

enum status home_registry_telling(struct registry **out, const char *home,
	void (*ignored)(void *context, const char *dir, const struct fault *), void *context,
	struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_FD fd = -1;

	TRY(snapshot_take(&fd, home, f));
	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	return snapshot_read(out, map.bytes, clock_utc_ns(), ignored, context, f);
}

enum status home_registry(struct registry **out, const char *home, struct fault *f)
{
	return home_registry_telling(out, home, partner_refused, &home, f);
}

enum status home_keyring(struct keyring **out, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_FD fd = -1;

	TRY(snapshot_take(&fd, home, f));
	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	return snapshot_keyring(out, map.bytes, f);
}

/* Only while the lock is held is its number a gateway's, and not that of some later process. */
bool home_reload(int home)
{
	AUTO_IN_PLACE(buf) text = buf_init(16);
	AUTO_FD lock = openat(home, "run/lock", O_RDONLY | O_CLOEXEC);
	uint64_t pid;

	if (lock < 0 || flock(lock, LOCK_SH | LOCK_NB) == 0 ||
		fd_read_all(&text, lock, NULL) != ST_OK)
		return false;
	if (slice_u64(&pid, slice_trim(buf_slice(&text)), NULL) != ST_OK || pid < 2 ||
		pid > INT32_MAX)
		return false;
	return kill((pid_t)pid, SIGHUP) == 0;
}
