/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in the home and on this host. */
#include "cli/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/clock_quality.h"
#include "base/fd.h"
#include "cli/fsck_mark.h"
#include "cli/own_clock.h"
#include "cli/output.h"
#include "safeguards/crypto.h"

#define MEND_MAX 512
#define FILES_LEAST 1000 /* large documents of a busy hour */

/* --- keys ------------------------------------------------------------------------- */

static void mode_check(struct doctor *d, const char *name, mode_t mode, mode_t right)
{
	char mend[MEND_MAX];

	if ((mode & 07777 & ~right) == 0)
		return;
	(void)snprintf(mend, sizeof(mend), "chmod %o %s/%s", right, d->path, name);
	doctor_find(d, URGENT, "keys", mend, "%s can be read or changed by others (mode %04o)",
		name, mode & 07777);
}

static void key_check(struct doctor *d, int keys, const char *name)
{
	char path[300];
	struct stat st;

	if (name[0] == '.' || fstatat(keys, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	(void)snprintf(path, sizeof(path), "keys/%s", name);
	mode_check(d, path, st.st_mode, 0600);
}

void doctor_keys(struct doctor *d)
{
	int keys = openat(d->home, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = keys < 0 ? NULL : fdopendir(keys);
	const struct dirent *entry;
	struct stat st;

	if (!list) {
		doctor_find(d, URGENT, "keys", "run this as the user the gateway was made by",
			"keys/ cannot be read by this user, and was not looked into");
		return;
	}
	if (fstat(keys, &st) == 0)
		mode_check(d, "keys", st.st_mode, 0700);
	while ((entry = readdir(list)))
		key_check(d, keys, entry->d_name);
	closedir(list);
	if (fstat(d->home, &st) == 0 && (st.st_mode & 022))
		mode_check(d, ".", st.st_mode, 0755);
}

/* It signs sheets, renewals and exceptions, some times a year. */
void doctor_root(struct doctor *d)
{
	if (faccessat(d->home, "keys/root.key", F_OK, 0) == 0)
		doctor_find(d, ADVICE, "root key",
			"move keys/root.key to where only people are, and bring it for `cert renew`, "
			"`sheet` and `risk except`",
			"the root's key lies on this host, where nothing needs it from day to day");
}

/* --- what is kept ------------------------------------------------------------------ */

#define LOOK_NS (35 * 86400 * NS_PER_S) /* once a month, and some days */
#define LOOK "`tieline fsck`, also from cron, beside the gateway: once a month or more often"

/* A home that never served has nothing to look at. */
void doctor_fsck(struct doctor *d)
{
	char age[DURATION_TEXT_MAX];
	struct fsck_mark m;

	if (faccessat(d->home, "ledger/ledger.db", F_OK, 0) != 0)
		return;
	if (!fsck_mark_read(&m, d->home) || m.at_ns > d->r.now_ns) {
		doctor_find(d, ADVICE, "evidence", LOOK,
			"nobody is known to have looked whether all that is kept is whole");
		return;
	}
	duration_format(age, d->r.now_ns - m.at_ns);
	if (m.damages)
		doctor_find(d, URGENT, "evidence",
			"`tieline fsck` says what they are, and what mends each",
			"`tieline fsck` found %llu damage%s %s ago", (unsigned long long)m.damages,
			m.damages == 1 ? "" : "s", age);
	else if (d->r.now_ns - m.at_ns > LOOK_NS)
		doctor_find(d, ADVICE, "evidence", LOOK,
			"`tieline fsck` looked last %s ago: whether all that is kept is whole", age);
}

/* --- disk ------------------------------------------------------------------------- */

static const struct {
	enum urgency urgency;
	unsigned percent;
	uint64_t bytes; /* either is too little */
} rooms[] = {
	{ URGENT, 5, UINT64_C(1) << 30 },
	{ SOON, 15, UINT64_C(5) << 30 },
};

/* A kernel that met errors may let all mount options as they were, and refuse what is written. */
static bool disk_takes(struct doctor *d, int dir, bool is_mounted_so)
{
	int why = is_mounted_so ? EROFS : fd_write_errno(dir);

	if (why == EROFS)
		doctor_find(d, URGENT, "disk",
			"look for the reason in the kernel's log, stop the gateway, repair, mount "
			"it for writing, and start the gateway",
			"the ledger's disk is read-only: nothing is taken, received or sent");
	else if (why == EIO)
		doctor_find(d, URGENT, "disk",
			"look at the kernel's log; stop the gateway, and `tieline backup` while "
			"the disk can be read",
			"the ledger's disk does not take what is written (%s): nothing is taken, "
			"received or sent",
			strerror(why));
	return why != EROFS && why != EIO;
}

/* Each document above 64 KiB is a file; some file systems have room for any number. */
static void files_look(struct doctor *d, const struct statvfs *s)
{
	if (s->f_files == 0 || s->f_favail >= FILES_LEAST)
		return;
	doctor_find(d, URGENT, "disk",
		"remove files that nobody needs, or move the home to a disk that takes more: "
		"without room nothing is taken",
		"the ledger's disk has room for %llu more files",
		(unsigned long long)s->f_favail);
}

void doctor_disk(struct doctor *d)
{
	AUTO_FD ledger = openat(d->home, "ledger", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char size[SIZE_TEXT_MAX];
	struct statvfs s;

	if (fstatvfs(ledger >= 0 ? ledger : d->home, &s) != 0 || s.f_blocks == 0)
		return;
	if (!disk_takes(d, ledger >= 0 ? ledger : d->home, (s.f_flag & ST_RDONLY) != 0))
		return;
	files_look(d, &s);
	uint64_t free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
	unsigned percent = (unsigned)(s.f_bavail * 100 / s.f_blocks);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		if (percent >= rooms[i].percent && free_bytes >= rooms[i].bytes)
			continue;
		doctor_find(d, rooms[i].urgency, "disk",
			"make room, or move the home to a larger disk: without room nothing is taken",
			"the ledger's disk has %s left, %u %%", size_format(size, free_bytes),
			percent);
		return;
	}
}

/* --- clock ------------------------------------------------------------------------ */

/* First, for what is said of certificates follows from it. */
void doctor_clock_belief(struct doctor *d)
{
	char words[CLOCK_WRONG_MAX];

	d->clock_is_wrong = own_clock_is_wrong(words, d->path);
	if (d->clock_is_wrong)
		doctor_find(d, URGENT, "clock", CLOCK_WRONG_ADVICE, "%s", words);
}

/* What a partner forgives (base/clock_quality.h) is no more than that. */
void doctor_clock(struct doctor *d)
{
	struct clock_quality quality = clock_quality_now();
	char words[CLOCK_WORDS_MAX];

	if (quality.is_synchronised && quality.maximum_ns <= CLOCK_ALLOWANCE_NS)
		return;
	doctor_find(d, SOON, "clock",
		"let chrony or another program keep the time of this host, and look at `tieline "
		"status`",
		"this host's clock is %s: what is late is judged by it",
		clock_words(words, &quality));
}

/* --- software --------------------------------------------------------------------- */

void doctor_software(struct doctor *d)
{
	if (!d->r.post_quantum)
		doctor_find(d, SOON, "software", "run Tieline with OpenSSL 3.5 or later: `./dev deps`",
			"%s has no hybrid post-quantum key exchange", crypto_version());
}

void doctor_logging(struct doctor *d)
{
	const struct settings *s = registry_settings(d->r.registry);

	if (s->log_level < LOG_LEVEL_INFO)
		doctor_find(d, ADVICE, "logging", "log: info in tieline.yaml, then SIGHUP",
			"the log keeps nothing of what goes well: what happened cannot be followed");
}
