/* SPDX-License-Identifier: Apache-2.0 */
/* Used by restore and fsck. */
#include "cli/backup_check.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "cli/durable.h"
#include "cli/own_signature.h"

enum status backup_signature_check(
	int backup, struct slice sums, const struct cert *root, struct fault *f)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	enum status st = file_read(&der, backup, DURABLE_SIGNATURE, f);

	if (st == ST_NONE)
		return fault_set(f, ST_NONE, "backup.unsigned",
			"nobody signed this backup: whoever could change it could change its sums");
	TRY(st);
	if (own_signature_check(buf_slice(&der), sums, root, f) == ST_OK)
		return ST_OK;
	if (strcmp(f->code, "signature.unknown-signer") == 0)
		return fault_set(f, ST_AUTH, "backup.signer",
			"no certificate of this root signed the backup's " DURABLE_SUMS);
	return fault_set(f, ST_INPUT, "backup.differs", DURABLE_SUMS " " BACKUP_CHANGED);
}

/* --- how far the history went --- */

#define NOTE_MAX 4096

static enum status note_read(struct buf *note, int backup, struct slice sums, struct fault *f)
{
	uint8_t digest[DIGEST_SIZE];
	struct durable_line line;

	TRY(file_read(note, backup, BACKUP_NOTE, f));
	digest_sha256(digest, buf_slice(note));
	while (durable_line_next(&line, &sums, NULL) == ST_OK)
		if (strcmp(line.path, BACKUP_NOTE) == 0 &&
			memcmp(line.digest, digest, DIGEST_SIZE) == 0)
			return ST_OK;
	return fault_set(f, ST_INPUT, "backup.differs", BACKUP_NOTE " " BACKUP_CHANGED);
}

static enum status head_parse(struct chain_head *out, struct slice note, struct fault *f)
{
	AUTO_IN_PLACE(buf) hash = buf_init(sizeof(out->hash));
	json_t *said = json_loadb((const char *)note.p, note.n, 0, NULL);
	const char *text = json_string_value(json_object_get(said, "history"));
	bool known = text && hex_parse(&hash, slice_str(text), NULL) == ST_OK &&
		hash.n == sizeof(out->hash);

	out->place = (uint64_t)json_integer_value(json_object_get(said, "events"));
	for (size_t i = 0; known && i < sizeof(out->hash); i++)
		out->hash[i] = hash.p[i];
	json_decref(said);
	return known ? ST_OK
		     : fault_set(f, ST_INPUT, "backup.version",
			       "the backup does not say how far its history went: it is older");
}

enum status backup_head_read(
	struct chain_head *out, const char *path, const struct cert *root, struct fault *f)
{
	AUTO_IN_PLACE(buf) sums = buf_init(DURABLE_SUMS_MAX), note = buf_init(NOTE_MAX);
	AUTO_FD backup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (backup < 0 || file_read(&sums, backup, DURABLE_SUMS, f) != ST_OK)
		return fault_set(f, ST_NONE, "backup.missing",
			"%s is no backup: it has no " DURABLE_SUMS, path);
	TRY(backup_signature_check(backup, buf_slice(&sums), root, f));
	TRY(note_read(&note, backup, buf_slice(&sums), f));
	return head_parse(out, buf_slice(&note), f);
}

/* --- all of one --- */

struct checking {
	int home;
	audit_say *say;
	void *context;
};

static void say(const struct checking *c, enum audit_rule rule, struct slice found)
{
	c->say(c->context, &(struct audit_finding){ .rule = rule, .found = found });
}

static void line_look(const struct checking *c, const struct durable_line *line)
{
	AUTO_FD fd = openat(c->home, line->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct progress none = progress_start(0);
	uint8_t digest[DIGEST_SIZE] = { 0 };
	uint64_t done = 0;

	if (fd < 0 || durable_digest(digest, fd, &none, &done, NULL) != ST_OK ||
		memcmp(digest, line->digest, DIGEST_SIZE) != 0)
		say(c, AUDIT_BACKUP, slice_str(line->path));
}

static void lines_look(const struct checking *c, struct slice rest)
{
	struct durable_line line;
	struct fault f;
	enum status st;

	while ((st = durable_line_next(&line, &rest, &f)) == ST_OK)
		line_look(c, &line);
	if (st != ST_NONE)
		say(c, AUDIT_BACKUP, slice_str(f.text));
}

void backup_check(int home, const struct cert *root, audit_say *say_to, void *context)
{
	AUTO_IN_PLACE(buf) sums = buf_init(DURABLE_SUMS_MAX);
	const struct checking c = { home, say_to, context };
	struct fault f;
	enum status st = file_read(&sums, home, DURABLE_SUMS, &f);

	if (st == ST_NONE)
		return;
	if (st == ST_OK)
		st = backup_signature_check(home, buf_slice(&sums), root, &f);
	if (st != ST_OK)
		say(&c, st == ST_NONE ? AUDIT_UNSIGNED : AUDIT_BACKUP, slice_str(f.text));
	lines_look(&c, buf_slice(&sums));
}
