/* SPDX-License-Identifier: Apache-2.0 */
/* Used by send. */
#include "cli/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fd.h"
#include "bindings/filename.h"
#include "bindings/related.h"
#include "cli/progress.h"
#include "documents/media_type.h"
#include "processes/process.h"
#include "safeguards/digest.h"

#define ASK_TIMEOUT_MS 60000
#define COPY_STEP 262144
#define HEAD_MAX 4096       /* bytes of the lines before a document */
#define BOUNDARY_BYTES 16   /* of the digest of the Message-ID */

struct handover handover_init(struct desk_client *desk, const struct verb_submit *submit)
{
	return (struct handover){ .desk = desk,
		.submit = submit,
		.begun = buf_init(LEDGER_INLINE_MAX),
		.spool = -1 };
}

void handover_done(struct handover *h)
{
	buf_done(&h->begun);
	fd_close(&h->spool);
}

/* --- where it goes ------------------------------------------------------------------- */

struct offering {
	uint64_t *size_max;
	struct fault refused;
};

static bool on_offered(void *context, struct ipc_packet *packet)
{
	struct offering *o = context;
	struct verb_offered offered;

	if (packet->code != VERB_OFFERED)
		fault_set(&o->refused, ST_HOST, "gateway.answer", "the gateway answered with %s",
			packet->type->name);
	else if (ipc_body_parse(&offered, packet, &o->refused) == ST_OK) {
		*o->size_max = offered.size_max;
		if (offered.status != ST_OK)
			fault_from_verb(
				&o->refused, offered.status, offered.code, offered.text);
	}
	return true;
}

/* How large it will be nobody knows: whether it may go at all, and how large it may be, is. */
static enum status offer(struct handover *h, struct fault *f)
{
	struct verb_submit so_far = *h->submit;
	struct offering o = { .size_max = &h->size_max };

	so_far.size = h->size;
	TRY(desk_client_ask(
		h->desk, VERB_OFFER, &so_far, -1, ASK_TIMEOUT_MS, on_offered, &o, f));
	if (!o.refused.code[0])
		return ST_OK;
	*f = o.refused;
	return f->status;
}

static bool on_spooled(void *context, struct ipc_packet *packet)
{
	int *fd = context;

	*fd = FD_TAKE(packet->fd);
	return true;
}

static enum status spool_begin(struct handover *h, struct fault *f)
{
	TRY(offer(h, f));
	TRY(desk_client_ask(h->desk, VERB_SPOOL, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS,
		on_spooled, &h->spool, f));
	return fd_write_all(h->spool, buf_slice(&h->begun), f);
}

enum status handover_put(struct handover *h, struct slice piece, struct fault *f)
{
	h->size += piece.n;
	if (h->size <= LEDGER_INLINE_MAX) {
		buf_put(&h->begun, piece);
		return ST_OK;
	}
	if (h->spool < 0)
		TRY(spool_begin(h, f));
	if (h->size > h->size_max)
		return fault_set(f, ST_LIMIT, "agreement.size",
			"a document of more than %llu bytes, which is what is agreed for %s",
			(unsigned long long)h->size_max, area_name(h->submit->area));
	return fd_write_all(h->spool, piece, f);
}

enum status handover_copy(struct handover *h, int from, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(COPY_STEP);
	uint8_t *room = buf_extend(&piece, COPY_STEP);
	uint64_t total = 0, done = 0;
	ssize_t n;

	(void)!fd_size(&total, from, NULL);
	struct progress progress = progress_start(total);
	while ((n = read(from, room, COPY_STEP)) > 0) {
		TRY(handover_put(h, slice_of(room, (size_t)n), f));
		done += (uint64_t)n;
		progress_show(&progress, done);
	}
	progress_end(&progress);
	return n < 0 ? fault_errno(f, ST_HOST, "host.read", "reading the document") : ST_OK;
}

enum status handover_finish(int *fd, struct handover *h, struct fault *f)
{
	if (h->spool < 0)
		return memory_file_new(fd, "document", buf_slice(&h->begun), f);
	*fd = FD_TAKE(h->spool);
	return ST_OK;
}

/* --- as it is ----------------------------------------------------------------------- */

#define XFS_MAGIC 0x58465342 /* <linux/magic.h> has it not everywhere */

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* Of this machine: those of others may keep who reads them waiting. */
static bool is_local(int fd)
{
	static const long kinds[] = { EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC,
		F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC };
	struct statfs of;
	bool local = false;

	if (fstatfs(fd, &of) != 0)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		local |= of.f_type == kinds[i];
	return local;
}

bool handover_as_it_is(struct handover *h, const char *path, int fd)
{
	struct stat st;

	if (is_stdin(path) || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		st.st_size <= LEDGER_INLINE_MAX || (uint64_t)st.st_size > DOCUMENT_SIZE_LIMIT ||
		!is_local(fd))
		return false;
	h->size = (uint64_t)st.st_size;
	return true;
}

/* --- where it comes from --------------------------------------------------------------- */

enum status handover_open(int *fd, const char *path, struct fault *f)
{
	AUTO_FD opened = is_stdin(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (opened < 0 || fstat(opened, &st) != 0)
		return fault_errno(f, ST_INPUT, "document.open", "%s", path);
	if (S_ISDIR(st.st_mode))
		return fault_set(f, ST_INPUT, "document.open", "%s is a directory", path);
	*fd = FD_TAKE(opened);
	return ST_OK;
}

struct slice handover_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return is_stdin(path) ? S("") : slice_str(slash ? slash + 1 : path);
}

/* --- several ------------------------------------------------------------------------------ */

/*
 * Made of the Message-ID and not by chance, so that sending the same again is the same.  Who gives
 * a document to send may know that id: what came of it is read again (several_check).
 */
static void boundary_put(struct buf *out, struct slice message_id)
{
	uint8_t digest[DIGEST_SIZE];

	digest_sha256(digest, message_id);
	buf_put_text(out, "tieline-");
	hex_format(out, slice_of(digest, BOUNDARY_BYTES));
}

static void part_head_put(
	struct buf *out, struct slice boundary, struct slice type, const char *path)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILENAME_MAX_BYTES);

	filename_clean(&name, handover_name(path));
	buf_putf(out, "--%.*s\r\nContent-Type: %.*s\r\nContent-Disposition: attachment",
		SLICE_FMT(boundary), SLICE_FMT(type));
	mime_filename_format(out, buf_slice(&name));
	buf_put_text(out, "\r\nContent-Transfer-Encoding: binary\r\n\r\n");
}

static enum status part_put(uint64_t *size, struct handover *h, const char *path,
	struct slice type, struct slice boundary, struct fault *f)
{
	AUTO_IN_PLACE(buf) head = buf_init(HEAD_MAX);
	AUTO_FD fd = -1;

	TRY(handover_open(&fd, path, f));
	part_head_put(&head, boundary, type, path);
	TRY(handover_put(h, buf_slice(&head), f));
	const uint64_t before = h->size;
	TRY(handover_copy(h, fd, f));
	*size = h->size - before;
	return handover_put(h, S("\r\n"), f);
}

struct checking {
	const uint64_t *sizes;
	size_t count, seen;
};

static enum status part_check(void *context, const struct related_part *part, struct fault *f)
{
	struct checking *c = context;

	c->seen++;
	if (part->number <= c->count && part->content.n == c->sizes[part->number - 1])
		return ST_OK;
	return fault_set(f, ST_INPUT, "document.boundary",
		"document %u has the line in it that parts documents under this Message-ID: use "
		"another",
		part->number);
}

/* Every reader must find exactly the documents that were put in. */
static enum status several_check(int fd, const uint64_t sizes[], size_t count, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct checking c = { sizes, count, 0 };

	TRY(mapping_init(&map, fd, UINT64_MAX, f));
	TRY(related_each(map.bytes, NULL, part_check, &c, f));
	return c.seen == count ? ST_OK
			       : fault_set(f, ST_INPUT, "document.boundary",
					 "%zu documents are read of %zu", c.seen, count);
}

enum status handover_several(int *fd, struct handover *h, const char *const paths[], size_t count,
	struct slice root_type, struct slice message_id, struct fault *f)
{
	AUTO_IN_PLACE(buf) boundary = buf_init(MIME_BOUNDARY_MAX), line = buf_init(HEAD_MAX);
	uint64_t sizes[RELATED_PARTS_MAX];

	if (count > RELATED_PARTS_MAX)
		return fault_set(f, ST_LIMIT, "as2.parts.count", "%zu documents, at most %d fit",
			count, RELATED_PARTS_MAX);
	boundary_put(&boundary, message_id);
	buf_putf(&line, "Content-Type: multipart/related; type=\"%.*s\"; boundary=\"%s\"\r\n\r\n",
		SLICE_FMT(root_type), buf_text(&boundary));
	TRY(handover_put(h, buf_slice(&line), f));
	for (size_t i = 0; i < count; i++)
		TRY(part_put(&sizes[i], h, paths[i],
			i ? slice_str(media_type_guess(handover_name(paths[i]))) : root_type,
			buf_slice(&boundary), f));
	buf_clear(&line);
	buf_putf(&line, "--%s--\r\n", buf_text(&boundary));
	TRY(handover_put(h, buf_slice(&line), f));
	TRY(handover_finish(fd, h, f));
	return several_check(*fd, sizes, count, f);
}
