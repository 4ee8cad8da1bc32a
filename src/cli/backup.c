/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline backup: a home, whether its gateway runs or not, as a directory: the ledger of one
 * moment, the spool files that it names, settings, certificates, partners, guides; private keys
 * only where a passphrase is given to seal them.  It is whole, synced and read again before it gets
 * its name, and looked through as fsck does.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "cli/durable.h"
#include "cli/fsck.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/own_signature.h"
#include "ledger/ledger_copy.h"
#include "safeguards/crypto.h"
#include "safeguards/digest.h"
#include "safeguards/key.h"

#define DEPTH_MAX 4
#define KEY_FILE_MAX 16384

enum { HOME, TO, KEYS, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[TO] = { "to", "DIR", "the backup, a directory that is not there yet", NULL },
	[KEYS] = { "keys", "FILE", "private keys, too, sealed with the passphrase in FILE", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

struct backup {
	struct durable tree;
	struct ledger_view view;
	struct audit *audit;
	struct audit_extent extent;
	struct buf passphrase;
	const char *home, *to;
	unsigned keys, missing;
	bool is_signed;
};

static void backup_done(struct backup *b)
{
	audit_free(b->audit);
	ledger_view_done(&b->view);
	durable_done(&b->tree);
	buf_wipe(&b->passphrase, 0);
	buf_done(&b->passphrase);
}
DEFINE_AUTO_IN_PLACE(backup)

/* --- files of the configuration --- */

static enum status file_copy(struct backup *b, const char *path, struct fault *f)
{
	AUTO_FD fd = openat(b->view.home, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return ST_OK; /* it went since its name was read */
	if (fd < 0 || fstat(fd, &st) != 0)
		return fault_errno(f, ST_HOST, "home.read", "%s", path);
	return S_ISREG(st.st_mode) ? durable_copy(&b->tree, path, fd, st.st_mode & 0777, f) : ST_OK;
}

/* These are for others, or are not to be kept. */
static bool is_apart(const char *path)
{
	static const char *const apart[] = { "keys", "ledger", "run" };

	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		if (strcmp(path, apart[i]) == 0)
			return true;
	return false;
}

static enum status dir_copy(struct backup *b, const char *path, unsigned depth, struct fault *f);

static enum status entry_copy(struct backup *b, const char *dir, const struct dirent *entry,
	unsigned depth, struct fault *f)
{
	char path[DURABLE_PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s%s%s", dir, *dir ? "/" : "", entry->d_name) >=
		(int)sizeof(path))
		return fault_set(f, ST_LIMIT, "home.path", "a name in the home is too long: %.100s",
			entry->d_name);
	if (entry->d_name[0] == '.' || is_apart(path) ||
		fstatat(b->view.home, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ST_OK;
	return S_ISDIR(st.st_mode) ? dir_copy(b, path, depth - 1, f) : file_copy(b, path, f);
}

static enum status dir_copy(struct backup *b, const char *path, unsigned depth, struct fault *f)
{
	int fd = depth ? openat(b->view.home, *path ? path : ".",
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
		       : -1;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	enum status st = ST_OK;

	if (!list)
		return fault_errno(f, ST_HOST, "home.read", "%s/", path);
	while (st == ST_OK && (entry = readdir(list)))
		st = entry_copy(b, path, entry, depth, f);
	closedir(list);
	return st;
}

/* --- keys --- */

static enum status key_copy(struct backup *b, int keys, const char *name, struct fault *f)
{
	AUTO_IN_PLACE(buf) plain = buf_init(KEY_FILE_MAX), sealed = buf_init(KEY_FILE_MAX);
	AUTO(key) key = NULL;
	char path[DURABLE_PATH_MAX];

	(void)snprintf(path, sizeof(path), "keys/%s", name);
	enum status st = file_read(&plain, keys, name, f);
	if (st == ST_OK)
		st = key_parse_pem(&key, buf_slice(&plain), f);
	buf_wipe(&plain, 0);
	TRY(st);
	TRY(key_format_sealed(&sealed, key, buf_slice(&b->passphrase), f));
	b->keys++;
	return durable_put(&b->tree, path, buf_slice(&sealed), 0600, f);
}

static bool is_key(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 4 && strcmp(name + n - 4, ".key") == 0;
}

static enum status keys_copy(struct backup *b, struct fault *f)
{
	int fd = openat(b->view.home, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	enum status st = ST_OK;

	if (!list)
		return fault_errno(f, ST_HOST, "home.read", "keys/");
	while (st == ST_OK && (entry = readdir(list)))
		if (is_key(entry->d_name))
			st = key_copy(b, fd, entry->d_name, f);
	closedir(list);
	return st;
}

/* --- the ledger --- */

static enum status database_copy(struct backup *b, struct fault *f)
{
	AUTO_FD still = -1;

	if (b->view.is_running)
		return durable_copy(&b->tree, "ledger/ledger.db", b->view.db, 0600, f);
	still = openat(b->tree.dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (still < 0)
		return fault_errno(f, ST_HOST, "host.write", "a copy of ledger.db");
	TRY(ledger_copy_still(still, b->view.db, b->view.wal, f));
	return durable_copy(&b->tree, "ledger/ledger.db", still, 0600, f);
}

/* A file that is gone is not what keeps the others from being saved; fsck says which it is. */
static enum status spooled_copy(struct backup *b, const char *name, struct fault *f)
{
	AUTO_FD fd = openat(b->view.spool, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char path[DURABLE_PATH_MAX];

	if (fd < 0 && errno == ENOENT) {
		b->missing++;
		return ST_OK;
	}
	if (fd < 0)
		return fault_errno(f, ST_HOST, "home.read", "ledger/spool/%s", name);
	(void)snprintf(path, sizeof(path), "ledger/spool/%s", name);
	return durable_copy(&b->tree, path, fd, 0600, f);
}

static enum status spool_copy(struct backup *b, struct fault *f)
{
	struct audit_message m;
	enum status st;

	while ((st = audit_next(&m, b->audit, f)) == ST_OK)
		if (m.spool[0])
			TRY(spooled_copy(b, m.spool, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status ledger_save(struct backup *b, struct fault *f)
{
	TRY(audit_open(&b->audit, b->view.db, b->view.wal, digest_sha256, f));
	b->extent = audit_extent(b->audit);
	b->tree.progress = progress_start(b->extent.bytes);
	TRY(durable_dir(&b->tree, "ledger", 0700, f));
	TRY(durable_dir(&b->tree, "ledger/spool", 0700, f));
	TRY(database_copy(b, f));
	return spool_copy(b, f);
}

/* --- all of it --- */

static enum status note_put(struct backup *b, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(512);
	const struct chain_head head = audit_head(b->audit);
	char at[TIME_TEXT_MAX];

	buf_putf(&text, "{ \"tieline-backup\": 1, \"made\": \"%s\", \"messages\": %llu, \"keys\": %u,"
		" \"events\": %llu, \"history\": \"",
		time_format(at, b->view.at_ns), (unsigned long long)b->extent.messages, b->keys,
		(unsigned long long)head.place);
	hex_format(&text, slice_of(head.hash, sizeof(head.hash)));
	buf_put_text(&text, "\" }\n");
	return durable_put(&b->tree, BACKUP_NOTE, buf_slice(&text), 0644, f);
}

/* A party that keeps its keys elsewhere has backups nobody signed, and is told so. */
static enum status sums_sign(struct backup *b, struct fault *f)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	enum status st = own_signature_make(
		&der, b->view.home, b->home, buf_slice(&b->tree.sums), f);

	b->is_signed = st == ST_OK;
	if (st == ST_NONE)
		return ST_OK;
	TRY(st);
	return durable_put(&b->tree, DURABLE_SIGNATURE, buf_slice(&der), 0644, f);
}

/* Up to the root, by inode: no name says where a directory is. */
static bool is_below(int dir, int home)
{
	AUTO_FD at = dup(dir);
	struct stat here, above, top;
	int up;

	if (fstat(home, &top) != 0 || at < 0 || fstat(at, &above) != 0)
		return false;
	do {
		here = above;
		if (here.st_ino == top.st_ino && here.st_dev == top.st_dev)
			return true;
		up = openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fd_close(&at);
		at = up;
	} while (at >= 0 && fstat(at, &above) == 0 &&
		(above.st_ino != here.st_ino || above.st_dev != here.st_dev));
	return false;
}

/* It would be lost with the home, be saved in the next one, and be strange to the spool. */
static enum status place_check(const struct backup *b, struct fault *f)
{
	if (is_below(b->tree.dir, b->view.home))
		return fault_set(f, ST_INPUT, "backup.inside",
			"%s is in the home itself: what takes the home takes its backup along: "
			"name another place",
			b->to);
	return ST_OK;
}

static enum status backup_make(struct backup *b, struct fault *f)
{
	TRY(ledger_view_open(&b->view, b->home, f));
	TRY(durable_open(&b->tree, b->to, f));
	TRY(place_check(b, f));
	TRY(dir_copy(b, "", DEPTH_MAX, f));
	TRY(durable_dir(&b->tree, "keys", 0700, f));
	if (b->passphrase.n > 0)
		TRY(keys_copy(b, f));
	TRY(ledger_save(b, f));
	TRY(ledger_view_held(&b->view, f));
	TRY(note_put(b, f));
	TRY(durable_sums_put(&b->tree, f));
	TRY(sums_sign(b, f));
	return durable_sync(&b->tree, f);
}

static void made_say(const struct backup *b, bool json, bool is_whole)
{
	char size[SIZE_TEXT_MAX];

	if (json) {
		json_print(json_pack("{s:o, s:o, s:I, s:I, s:i, s:b, s:b, s:b}", "backup", json_path(b->to), "made",
			json_time(b->view.at_ns), "messages",
			(json_int_t)b->extent.messages, "bytes", (json_int_t)b->tree.bytes, "keys", (int)b->keys, "running",
			b->view.is_running, "signed", b->is_signed, "whole", is_whole));
		return;
	}
	printf("%s: %llu messages, %s, on disk and read again\n", b->to,
		(unsigned long long)b->extent.messages, size_format(size, b->tree.bytes));
	if (!b->is_signed)
		puts("it is not signed: the key for signing is not in keys/, and whoever can change it can "
		     "change its sums");
	if (b->keys)
		printf("%u private keys are in it, sealed: without the passphrase they are lost\n",
			b->keys);
	else
		printf("private keys are not in it: keep copies of keys/ apart, or give --keys\n");
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(backup) b = { .tree = { .dir = -1 },
		.view = ledger_view_init(),
		.passphrase = buf_init(KEY_PASSPHRASE_MAX),
		.home = home_path(a->values[HOME]),
		.to = a->values[TO] };
	struct fault f;

	if (!b.home)
		return EXIT_USAGE;
	if (!a->given[TO])
		return fail_with(EXIT_USAGE, "--to is needed: see `tieline backup --help`");
	if (crypto_init(&f) != ST_OK ||
		(a->given[KEYS] &&
			durable_passphrase(&b.passphrase, a->values[KEYS], &f) != ST_OK) ||
		backup_make(&b, &f) != ST_OK)
		return fail(&f, "no backup was made");
	progress_end(&b.tree.progress);
	bool is_whole = fsck_apart(b.tree.beside) == EXIT_DONE;
	if (durable_finish(&b.tree, &f) != ST_OK)
		return fail(&f, "no backup was made");
	made_say(&b, a->given[JSON], is_whole);
	return is_whole ? EXIT_DONE
			: fail_as(EXIT_HOST, "home.damaged",
				"the backup is what the home is, and that is damaged: "
					       "run `tieline fsck`, and keep older backups");
}

const struct command backup_command = {
	.name = "backup",
	.purpose = "save a home, while its gateway runs or not, and look through what was saved",
	COMMAND_OPTIONS(options),
	.run = run,
};
