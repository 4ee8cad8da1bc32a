/* SPDX-License-Identifier: Apache-2.0 */
/* Used by get, list and show. */
#include "cli/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/confined.h"
#include "cli/output.h"
#include "cli/save.h"
#include "documents/media_type.h"
#include "processes/process.h"
#include "safeguards/crypto.h"
#include "safeguards/digest.h"

#define PATH_TEXT_MAX 4096
#define NAME_KEPT_MAX 200 /* bytes of a name: number and what save adds fit beside it */

/* What the child says: a part, or at the end how it went.  Less than a pipe takes at once. */
struct record {
	bool is_end;
	struct part part;
	enum status status;
	char code[FAULT_CODE_MAX], text[FAULT_TEXT_MAX];
};
_Static_assert(sizeof(struct record) <= PIPE_BUF, "a record is written whole");

void parts_done(struct parts *p)
{
	fd_close(&p->decoded);
}

/* --- the child ---------------------------------------------------------------------- */

enum { CONTENT_FD, RECORDS_FD, DECODED_FD, CHILD_FDS };

struct cutting {
	struct slice all; /* of the content's file */
	uint64_t decoded;
};

static enum status part_say(void *context, const struct related_part *found, struct fault *f)
{
	struct cutting *c = context;
	struct record r = { .part = { .number = found->number,
				    .is_root = found->is_root,
				    .is_decoded = found->is_encoded,
				    .n = found->content.n } };

	TRY(slice_to_text(r.part.media_type, sizeof(r.part.media_type),
		slice_str(found->media_type), f));
	TRY(slice_to_text(r.part.filename, sizeof(r.part.filename), found->filename, f));
	digest_sha256(r.part.digest, found->content);
	r.part.at = found->is_encoded ? c->decoded : (uint64_t)(found->content.p - c->all.p);
	if (found->is_encoded) {
		TRY(fd_write_all(DECODED_FD, found->content, f));
		c->decoded += found->content.n;
	}
	return fd_write_all(RECORDS_FD, slice_of(&r, sizeof(r)), f);
}

static enum status cut(uint64_t at, uint64_t n, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_IN_PLACE(buf) scratch = buf_init(n);

	TRY(mapping_init(&map, CONTENT_FD, UINT64_MAX, f));
	if (at > map.bytes.n || n > map.bytes.n - at)
		return fault_set(f, ST_HOST, "ledger.corrupt", "the stored bytes are cut short");
	struct cutting c = { .all = map.bytes };
	return related_each(
		slice_sub(map.bytes, (size_t)at, (size_t)n), &scratch, part_say, &c, f);
}

__attribute__((noreturn)) static void child_run(const int fds[CHILD_FDS], uint64_t at, uint64_t n)
{
	struct record end = { .is_end = true };
	struct fault f = { 0 };

	end.status = confined_enter(fds, CHILD_FDS, &f);
	if (end.status != ST_OK)
		_exit(1);
	end.status = cut(at, n, &f);
	(void)snprintf(end.code, sizeof(end.code), "%s", f.code);
	(void)snprintf(end.text, sizeof(end.text), "%s", f.text);
	(void)!fd_write_all(RECORDS_FD, slice_of(&end, sizeof(end)), NULL);
	_exit(0);
}

/* --- what it says ---------------------------------------------------------------------- */

/* It has read what a stranger wrote: nothing of it is believed. */
static enum status part_believe(
	struct parts *out, struct part *said, uint64_t content_n, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_MAX_BYTES);
	uint64_t room = content_n;

	if (said->is_decoded)
		TRY(fd_size(&room, out->decoded, f));
	said->media_type[MEDIA_TYPE_MAX] = '\0';
	said->filename[FILENAME_MAX_BYTES] = '\0';
	filename_clean(&name, slice_str(said->filename));
	if (out->count == RELATED_PARTS_MAX || said->number != out->count + 1 || said->at > room ||
		said->n > room - said->at ||
		media_type_check(slice_str(said->media_type), NULL) != ST_OK ||
		slice_to_text(said->filename, sizeof(said->filename), buf_slice(&name), NULL) !=
			ST_OK)
		return fault_set(
			f, ST_HOST, "parts.reader", "the process that cuts documents went astray");
	out->list[out->count++] = *said;
	return ST_OK;
}

static bool record_read(struct record *r, int from)
{
	uint8_t *to = (uint8_t *)r;
	size_t done = 0;
	ssize_t n = 1;

	while (done < sizeof(*r) && (n = read(from, to + done, sizeof(*r) - done)) != 0)
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return false;
	return done == sizeof(*r);
}

static enum status end_believe(const struct parts *out, struct record *end, struct fault *f)
{
	end->code[FAULT_CODE_MAX - 1] = '\0';
	end->text[FAULT_TEXT_MAX - 1] = '\0';
	if (end->status != ST_OK) {
		fault_from_verb(f, (uint32_t)end->status, slice_str(end->code),
			slice_str(end->text));
		return f->status;
	}
	return parts_root(out) ? ST_OK
			       : fault_set(f, ST_HOST, "parts.reader", "no document is the root");
}

static enum status records_read(
	struct parts *out, int from, uint64_t content_n, struct fault *f)
{
	struct record r;

	while (record_read(&r, from)) {
		if (r.is_end)
			return end_believe(out, &r, f);
		TRY(part_believe(out, &r.part, content_n, f));
	}
	return fault_set(f, ST_HOST, "parts.reader", "the process that cuts documents ended");
}

static enum status child_ask(struct parts *out, const struct content *c, struct fault *f)
{
	int ends[2];
	uint64_t size;

	TRY(fd_size(&size, c->fd, f));
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fault_errno(f, ST_HOST, "host.descriptors", "a pipe");
	AUTO_FD from = ends[0];
	AUTO_FD to = ends[1];
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return fault_errno(f, ST_HOST, "host.process", "a process to cut documents");
	if (pid == 0)
		child_run((const int[CHILD_FDS]){ c->fd, to, out->decoded }, c->at, c->n);
	fd_close(&to);
	enum status st = records_read(out, from, size, f);
	fd_close(&from);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return st;
}

static enum status single_read(struct parts *out, const struct content *c, struct fault *f)
{
	struct part *only = &out->list[0];

	*only = (struct part){ .number = 1, .is_root = true, .at = c->at, .n = c->n };
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		only->digest[i] = c->digest[i];
	out->count = 1;
	TRY(slice_to_text(only->media_type, sizeof(only->media_type), buf_slice(&c->type), f));
	return slice_to_text(
		only->filename, sizeof(only->filename), buf_slice(&c->filename), f);
}

enum status parts_read(struct parts *out, const struct content *c, struct fault *f)
{
	out->content = c->fd;
	out->decoded = -1;
	out->count = 0;
	if (!media_type_is_several(buf_slice(&c->type)))
		return single_read(out, c, f);
	TRY(crypto_init(f)); /* the child could not load it any more */
	TRY(memory_file_open(&out->decoded, "decoded", f));
	return child_ask(out, c, f);
}

enum status parts_fetch(struct parts *out, struct content *c, struct desk_client *desk,
	const struct verb_get *ask, struct fault *f)
{
	TRY(content_fetch(c, desk, ask, f));
	return parts_read(out, c, f);
}

/* --- choosing ------------------------------------------------------------------------------- */

int parts_descriptor(const struct parts *p, const struct part *part)
{
	return part->is_decoded ? p->decoded : p->content;
}

const struct part *parts_root(const struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].is_root)
			return &p->list[i];
	return NULL;
}

enum status parts_find(
	const struct part **out, const struct parts *p, const char *which, struct fault *f)
{
	const struct part *found = NULL;
	uint64_t number;

	if (slice_u64(&number, slice_str(which), NULL) == ST_OK && number >= 1 &&
		number <= p->count)
		found = &p->list[number - 1];
	for (size_t i = 0; i < p->count && !found; i++)
		if (strcmp(p->list[i].filename, which) == 0)
			found = &p->list[i];
	if (!found)
		return fault_set(f, ST_NONE, "message.part.unknown",
			"there is no document %.100s: it has 1 to %zu", which, p->count);
	for (const struct part *other = found + 1; other < p->list + p->count; other++)
		if (strcmp(found->filename, which) == 0 && strcmp(other->filename, which) == 0)
			return fault_set(f, ST_INPUT, "message.part.ambiguous",
				"documents %u and %u are both called %.100s: say which by number",
				found->number, other->number, which);
	*out = found;
	return ST_OK;
}

/* --- saving ---------------------------------------------------------------------------------- */

/* The whole characters of a name that fit. */
static struct slice name_cut(struct slice name)
{
	size_t n = name.n < NAME_KEPT_MAX ? name.n : NAME_KEPT_MAX;

	while (n < name.n && n > 0 && (name.p[n] & 0xc0) == 0x80)
		n--;
	return slice_to(name, n);
}

/* The number makes it a name of its own, and takes what a leading dot or dash would do. */
static void path_put(struct buf *out, const char *directory, const struct part *part)
{
	struct slice name = name_cut(slice_str(part->filename));

	buf_putf(out, "%s/%02u", directory, part->number);
	if (name.n > 0)
		buf_putf(out, "-%.*s", SLICE_FMT(name));
}

static enum status part_save(
	const struct parts *p, const struct part *part, const char *directory, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(PATH_TEXT_MAX);
	struct stat there;

	path_put(&path, directory, part);
	TRY(buf_check(&path, f));
	if (lstat(buf_text(&path), &there) == 0)
		return fault_set(f, ST_INPUT, "file.exists", "%s is there already",
			buf_text(&path));
	return save_section(
		buf_text(&path), S(""), parts_descriptor(p, part), part->at, part->n, f);
}

enum status parts_save(const struct parts *p, const char *path, struct fault *f)
{
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return fault_errno(f, ST_HOST, "host.open", "%s", path);
	for (size_t i = 0; i < p->count; i++)
		TRY(part_save(p, &p->list[i], path, f));
	return ST_OK;
}

/* --- showing --------------------------------------------------------------------------------- */

static json_t *part_json(const struct part *part)
{
	AUTO_IN_PLACE(buf) digest = buf_init(2 * DIGEST_SIZE);

	hex_format(&digest, slice_of(part->digest, DIGEST_SIZE));
	return json_pack("{s:i, s:b, s:s, s:o, s:I, s:s}", "number", (int)part->number, "root",
		(int)part->is_root, "media-type", part->media_type, "filename",
		json_slice(slice_str(part->filename)), "size", (json_int_t)part->n, "sha256",
		buf_text(&digest));
}

json_t *parts_json(const struct parts *p)
{
	json_t *all = json_array();

	for (size_t i = 0; i < p->count; i++)
		json_array_append_new(all, part_json(&p->list[i]));
	return all;
}

void parts_print(const struct parts *p)
{
	char size[SIZE_TEXT_MAX];

	puts("  documents");
	for (size_t i = 0; i < p->count; i++) {
		const struct part *part = &p->list[i];

		printf("    %2u%s %-24s %10s  ", part->number, part->is_root ? "*" : " ",
			part->media_type, size_format(size, part->n));
		print_safe(slice_str(part->filename));
		putchar('\n');
	}
}
