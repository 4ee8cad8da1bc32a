/* SPDX-License-Identifier: Apache-2.0 */
/* tieline x12: the commands for interchanges, none of which needs a home or a gateway. */
#include "cli/x12.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/output.h"
#include "documents/x12/json.h"

#define PIECE (256U << 10) /* bytes read at once */

static const struct command *const commands[] = {
	&x12_check_command,
	&x12_ack_command,
	&x12_guide_command,
	&x12_show_command,
	&x12_convert_command,
	&x12_split_command,
	&x12_diff_command,
	&x12_intervals_command,
	NULL,
};

const struct command_group x12_group = {
	.name = "x12",
	.purpose = "read, check, answer and convert X12 interchanges",
	.commands = commands,
};

const char *x12_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The name is wrong, or is of something that is not for us; not this host. */
static bool is_no_file(int error)
{
	return error == ENOENT || error == EISDIR || error == ENOTDIR || error == ELOOP ||
		error == ENAMETOOLONG || error == EACCES;
}

enum status x12_input_open(int *fd, const char *path, struct fault *f)
{
	struct stat is;

	*fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0 && fstat(*fd, &is) == 0 && S_ISDIR(is.st_mode)) {
		fd_close(fd);
		errno = EISDIR;
	}
	if (*fd >= 0)
		return ST_OK;
	return fault_errno(f, is_no_file(errno) ? ST_INPUT : ST_HOST, "file.open", "%s", path);
}

enum status x12_input_feed(struct x12_check *check, int fd, const char *path, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(PIECE);
	uint8_t *room = buf_extend(&piece, PIECE);
	ssize_t n;

	do {
		n = read(fd, room, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, ST_HOST, "file.read", "%s", x12_input_name(path));
		x12_check_feed(check, slice_of(room, (size_t)n), n == 0);
	} while (n != 0);
	return ST_OK;
}

enum status x12_input_check(struct x12_check *check, const char *path, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(x12_input_open(&fd, path, f));
	return x12_input_feed(check, fd, path, f);
}

/* --- as JSON --- */

#define OUT_MAX (16U << 20) /* bytes of what one segment becomes */
#define OUT_FLUSH (64U << 10)

static void flush(struct buf *out, FILE *to, size_t above)
{
	if (out->n <= above)
		return;
	fwrite(out->p, 1, out->n, to);
	buf_clear(out);
}

/* What has been fed, until more is wanted: ST_MORE, or the end: ST_NONE. */
static enum status segments_write(
	struct x12_reader *r, struct x12_json_writer *w, FILE *to, struct fault *f)
{
	struct x12_segment segment;
	enum status st;

	while ((st = x12_reader_next(r, &segment, f)) == ST_OK) {
		TRY(x12_json_segment(w, r->delimiters, &segment, f));
		TRY(buf_check(w->out, f));
		flush(w->out, to, OUT_FLUSH);
	}
	return st;
}

static enum status stream_write(
	struct x12_reader *r, struct x12_json_writer *w, FILE *to, int fd, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(PIECE);
	uint8_t *room = buf_extend(&piece, PIECE);
	enum status st = ST_MORE;
	ssize_t n;

	while (st == ST_MORE) {
		n = read(fd, room, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, ST_HOST, "file.read", "reading");
		x12_reader_feed(r, slice_of(room, (size_t)n), n == 0);
		st = segments_write(r, w, to, f);
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status x12_json_stream(FILE *to, int fd, struct fault *f)
{
	AUTO_IN_PLACE(buf) out = buf_init(OUT_MAX);
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_json_writer w;
	enum status st;

	x12_reader_init(&reader);
	x12_json_begin(&w, &out);
	st = stream_write(&reader, &w, to, fd, f);
	if (st == ST_OK)
		x12_json_end(&w, reader.gap);
	else
		x12_json_break(&w, f);
	flush(&out, to, 0);
	x12_json_done(&w);
	return st;
}

/* --- places --- */

void x12_place_tell(
	const char *path, const struct x12_place *place, const char *text, const char *code)
{
	fprintf(stderr, "%s:%llu: byte %llu: %s (%s)\n", x12_input_name(path),
		(unsigned long long)place->segment, (unsigned long long)place->offset, text, code);
}

/* An end that is missing in the middle is told, too: what follows may be of something else. */
static bool is_broken(const struct x12_finding *finding)
{
	enum x12_problem p = finding->problem;

	if (p == X12_SEGMENT_OPEN || p == X12_SE_MISSING || p == X12_GE_MISSING ||
		p == X12_IEA_MISSING)
		return true;
	return x12_problem_row(p)->level == X12_OF_FILE && finding->severity == X12_ERROR;
}

void x12_broken_tell(void *context, const struct x12_finding *finding)
{
	struct x12_broken *broken = context;

	if (!is_broken(finding))
		return;
	broken->count++;
	x12_place_tell(broken->path, &finding->place, finding->text, finding->code);
}

static json_t *json_count(uint64_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

json_t *x12_finding_json(const struct x12_finding *finding)
{
	const struct x12_place *p = &finding->place;
	json_t *place = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
		"interchange", json_count(p->interchange), "group", json_count(p->group), "set",
		json_count(p->set), "segment", json_count(p->segment), "position",
		json_count(p->position), "id", json_slice(p->id), "element", json_count(p->element),
		"component", json_count(p->part), "repetition", json_count(p->repetition), "byte",
		(json_int_t)p->offset);

	if (p->loop)
		json_object_set_new(place, "loop", json_string(p->loop));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "severity",
		finding->severity == X12_ERROR ? "error" : "warning", "code", finding->code,
		"place", place, "value",
		finding->value.n ? json_slice(finding->value) : json_null(), "data_element",
		json_count(finding->number), "text", finding->text);
}
