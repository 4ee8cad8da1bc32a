/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline restore: a home out of a backup.  Every file is compared with the backup's sums as it is
 * copied; the home gets its name when all of it is on the disk and was looked through as fsck does.
 * What it remembers is older than the world: what that means for messages is said.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/backup_check.h"
#include "cli/durable.h"
#include "cli/fingerprint.h"
#include "cli/fsck.h"
#include "cli/home.h"
#include "cli/output.h"
#include "exchange/delivery.h"
#include "ledger/ledger_copy.h"
#include "safeguards/crypto.h"
#include "safeguards/digest.h"
#include "safeguards/key.h"

#define KEY_FILE_MAX 16384
#define NOTE_MAX 4096
#define DATABASE "ledger/ledger.db"

enum { HOME, FROM, KEYS, ROOT, UNSIGNED, JSON };
static const struct option_row options[] = {
	[HOME] = { "home", "DIR", "the home to make; not there yet, or empty", NULL },
	[FROM] = { "from", "DIR", "the backup", NULL },
	[KEYS] = { "keys", "FILE", "the passphrase its private keys are sealed with", NULL },
	[ROOT] = { "root", "FILE", "the root that signed it; default: what the backup says", NULL },
	[UNSIGNED] = { "unsigned", NULL, "though nobody signed it", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

struct restore {
	struct durable tree;
	int from;
	const char *home;
	struct cert *root;
	bool is_signed;
	struct buf sums, passphrase, made;
	unsigned keys, sealed; /* opened; left as they are not */
	json_t *waiting;
};

static struct restore restore_init(void)
{
	return (struct restore){ .tree = { .dir = -1 },
		.from = -1,
		.sums = buf_init(DURABLE_SUMS_MAX),
		.passphrase = buf_init(KEY_PASSPHRASE_MAX),
		.made = buf_init(TIME_TEXT_MAX),
		.waiting = json_array() };
}

static void restore_done(struct restore *r)
{
	durable_done(&r->tree);
	fd_close(&r->from);
	cert_free(r->root);
	buf_done(&r->sums);
	buf_wipe(&r->passphrase, 0);
	buf_done(&r->passphrase);
	buf_done(&r->made);
	json_decref(r->waiting);
}
DEFINE_AUTO_IN_PLACE(restore)

/* --- files --- */

static enum status differs(const char *path, struct fault *f)
{
	return fault_set(f, ST_INPUT, "backup.differs",
		"%s " BACKUP_CHANGED, path);
}

static enum status key_open(struct restore *r, const struct durable_line *line,
	struct slice sealed, struct fault *f)
{
	AUTO_IN_PLACE(buf) plain = buf_init(KEY_FILE_MAX);
	AUTO(key) key = NULL;

	TRY(key_parse_sealed(&key, sealed, buf_slice(&r->passphrase), f));
	key_format_pem(&plain, key);
	enum status st = durable_put(&r->tree, line->path, buf_slice(&plain), 0600, f);
	buf_wipe(&plain, 0);
	r->keys++;
	return st;
}

static enum status key_restore(
	struct restore *r, const struct durable_line *line, struct fault *f)
{
	AUTO_IN_PLACE(buf) sealed = buf_init(KEY_FILE_MAX);
	uint8_t digest[DIGEST_SIZE];

	TRY(file_read(&sealed, r->from, line->path, f));
	digest_sha256(digest, buf_slice(&sealed));
	if (memcmp(digest, line->digest, DIGEST_SIZE) != 0)
		return differs(line->path, f);
	if (r->passphrase.n > 0)
		return key_open(r, line, buf_slice(&sealed), f);
	r->sealed++;
	return ST_OK;
}

/* The line that copying adds to our sums is the backup's, or it is another file. */
static enum status copied_check(
	const struct restore *r, size_t before, const struct durable_line *line, struct fault *f)
{
	struct slice rest = slice_from(buf_slice(&r->tree.sums), before);
	struct durable_line copied;

	TRY(durable_line_next(&copied, &rest, f));
	return memcmp(copied.digest, line->digest, DIGEST_SIZE) == 0 ? ST_OK
								     : differs(line->path, f);
}

static enum status file_restore(
	struct restore *r, const struct durable_line *line, struct fault *f)
{
	AUTO_FD fd = openat(r->from, line->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t before = r->tree.sums.n;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return fault_set(f, ST_INPUT, "backup.missing",
			"%s of the backup is not there: take another backup", line->path);
	TRY(durable_copy(&r->tree, line->path, fd, st.st_mode & 0755, f));
	return copied_check(r, before, line, f);
}

static bool is_below(const char *path, const char *dir)
{
	return strncmp(path, dir, strlen(dir)) == 0;
}

static enum status line_restore(
	struct restore *r, const struct durable_line *line, struct fault *f)
{
	if (strcmp(line->path, BACKUP_NOTE) == 0)
		return ST_OK; /* it is of the backup, not of the home */
	return is_below(line->path, "keys/") ? key_restore(r, line, f) : file_restore(r, line, f);
}

static enum status files_restore(struct restore *r, struct fault *f)
{
	struct slice rest = buf_slice(&r->sums);
	struct durable_line line;
	enum status st;

	while ((st = durable_line_next(&line, &rest, f)) == ST_OK)
		TRY(line_restore(r, &line, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status dirs_make(struct restore *r, struct fault *f)
{
	static const struct {
		const char *path;
		unsigned mode;
	} dirs[] = { { "keys", 0700 }, { "partners", 0755 }, { "run", 0711 }, { "run/empty", 0711 },
		{ "ledger", 0700 }, { "ledger/spool", 0700 } };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		TRY(durable_dir(&r->tree, dirs[i].path, dirs[i].mode, f));
	return ST_OK;
}

/* --- what the world may know better --- */

static void waiting_note(struct restore *r, const struct ledger_message *m)
{
	json_array_append_new(r->waiting,
		json_pack("{s:o, s:o, s:s, s:s}", "message-id", json_slice(m->message_id),
			"partner", json_slice(m->partner), "area", area_name(m->area), "state",
			delivery_name(m->state)));
}

static enum status waiting_find(struct restore *r, int db, struct fault *f)
{
	AUTO(audit) audit = NULL;
	struct audit_message m;
	enum status st;

	TRY(audit_open(&audit, db, -1, digest_sha256, f));
	while ((st = audit_next(&m, audit, f)) == ST_OK)
		if (m.m.direction == MESSAGE_OUT && !delivery_is_final(m.m.state))
			waiting_note(r, &m.m);
	return st == ST_NONE ? ST_OK : st;
}

static enum status past_settle(struct restore *r, struct fault *f)
{
	AUTO_FD db = openat(r->tree.dir, DATABASE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_IN_PLACE(buf) path = buf_init(4096 + sizeof(DATABASE));

	if (db < 0)
		return fault_errno(f, ST_HOST, "host.read", DATABASE);
	TRY(waiting_find(r, db, f));
	buf_putf(&path, "%s/" DATABASE, r->tree.beside);
	return ledger_copy_restored(buf_text(&path), f);
}

/* --- all of it --- */

static enum status backup_open(struct restore *r, const char *from, struct fault *f)
{
	AUTO_IN_PLACE(buf) note = buf_init(NOTE_MAX);
	json_t *said;

	r->from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->from < 0)
		return fault_errno(f, ST_INPUT, "backup.missing", "%s", from);
	if (file_read(&r->sums, r->from, DURABLE_SUMS, f) != ST_OK ||
		file_read(&note, r->from, BACKUP_NOTE, f) != ST_OK)
		return fault_set(f, ST_INPUT, "backup.missing",
			"%s is no backup: it has no " DURABLE_SUMS " or " BACKUP_NOTE, from);
	said = json_loadb((const char *)note.p, note.n, 0, NULL);
	const char *made = json_string_value(json_object_get(said, "made"));
	buf_put_text(&r->made, made ? made : "an unknown time");
	bool known = json_integer_value(json_object_get(said, "tieline-backup")) == 1;
	json_decref(said);
	return known ? buf_check(&r->made, f)
		     : fault_set(f, ST_INPUT, "backup.version",
			       "%s is of a version this program does not know", from);
}

/* Whoever made all of it anew has another root: its fingerprint is told. */
static enum status signature_look(
	struct restore *r, const char *root, bool unsigned_too, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(KEY_FILE_MAX);

	TRY(root ? file_read(&pem, AT_FDCWD, root, f) : file_read(&pem, r->from, "root.pem", f));
	TRY(cert_parse_pem(&r->root, buf_slice(&pem), f));
	enum status st = backup_signature_check(r->from, buf_slice(&r->sums), r->root, f);

	r->is_signed = st == ST_OK;
	if (st != ST_NONE)
		return st;
	return unsigned_too ? ST_OK
			    : fault_set(f, ST_AUTH, "backup.unsigned",
				      "nobody signed this backup: whoever could change it could "
				      "change its sums; --unsigned restores it as it is");
}

static enum status home_restore(struct restore *r, struct fault *f)
{
	TRY(durable_open(&r->tree, r->home, f));
	TRY(dirs_make(r, f));
	TRY(files_restore(r, f));
	TRY(durable_sync(&r->tree, f));
	return past_settle(r, f);
}

static void waiting_print(const json_t *waiting)
{
	const json_t *row;
	size_t i;

	if (json_array_size(waiting) == 0)
		return;
	puts("These waited to be sent or to be answered, and may have been since. They are sent again\n"
	     "under the same Message-IDs, so a partner that has them answers with its receipt:");
	json_array_foreach(waiting, i, row) {
		printf("  ");
		print_safe(slice_str(json_string_value(json_object_get(row, "message-id"))));
		printf(" to ");
		print_safe(slice_str(json_string_value(json_object_get(row, "partner"))));
		printf(", %s, %s\n", json_string_value(json_object_get(row, "area")),
			json_string_value(json_object_get(row, "state")));
	}
}

static void signer_print(const struct restore *r)
{
	AUTO_IN_PLACE(buf) text = buf_init(FINGERPRINT_TEXT_MAX);

	fingerprint_format(&text, cert_fingerprint(r->root));
	printf(r->is_signed ? "It is signed under the root with the fingerprint\n  %s\n"
			    : "Nobody signed it. Its root has the fingerprint\n  %s\n",
		buf_text(&text));
}

static void past_print(struct restore *r)
{
	printf("%s is as of %s.\n", r->home, buf_text(&r->made));
	signer_print(r);
	waiting_print(r->waiting);
	printf("What was sent or received after that moment is not in it. Ask each partner for\n"
	       "its list since then. What was sent from here, send again under the same --id:\n"
	       "whoever has it answers with the receipt for it. What came, they send again under\n"
	       "another one, for they hold receipts of ours for the first.\n");
	if (r->sealed)
		printf("%u private keys are sealed, and were left out: give --keys, or copy them.\n",
			r->sealed);
	if (r->keys == 0)
		printf("Put the private keys into keys/ before `tieline serve`.\n");
}

static void past_say(struct restore *r, bool json)
{
	if (!json) {
		past_print(r);
		return;
	}
	json_print(json_pack("{s:o, s:s, s:b, s:i, s:i, s:O}", "home", json_path(r->home), "as-of",
		buf_text(&r->made), "signed", r->is_signed, "keys", (int)r->keys, "keys-sealed",
		(int)r->sealed, "may-be-sent-again", r->waiting));
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(restore) r = restore_init();
	struct fault f;

	r.home = home_path(a->values[HOME]);
	if (!r.home)
		return EXIT_USAGE;
	if (!a->given[FROM])
		return fail_with(EXIT_USAGE, "--from is needed: see `tieline restore --help`");
	if (crypto_init(&f) != ST_OK ||
		(a->given[KEYS] &&
			durable_passphrase(&r.passphrase, a->values[KEYS], &f) != ST_OK) ||
		backup_open(&r, a->values[FROM], &f) != ST_OK ||
		signature_look(&r, a->values[ROOT], a->given[UNSIGNED], &f) != ST_OK ||
		home_restore(&r, &f) != ST_OK)
		return fail(&f, "nothing was restored");
	progress_end(&r.tree.progress);
	bool is_whole = fsck_apart(r.tree.beside) == EXIT_DONE;
	if (durable_finish(&r.tree, &f) != ST_OK)
		return fail(&f, "nothing was restored");
	past_say(&r, a->given[JSON]);
	return is_whole ? EXIT_DONE
			: fail_as(EXIT_HOST, "home.damaged",
				"what was restored is as it was saved, and damaged: "
					       "`tieline fsck` says what is");
}

const struct command restore_command = {
	.name = "restore",
	.purpose = "make a home out of a backup, and say what may have happened since",
	COMMAND_OPTIONS(options),
	.run = run,
};
