/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 split: interchanges of their own, one a file, for each interchange, group or set of a
 * file.  The envelopes are those that were read, with counts that are right again.
 */
#include "cli/x12.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/output.h"
#include "documents/x12/reader.h"
#include "documents/x12/writer.h"

#define ENVELOPE_MAX (X12_SEGMENT_MAX + X12_GAP_MAX) /* bytes of an ISA or GS */
#define SPILL (256U << 10) /* bytes of a part that are held: more are written at once */
#define PART_MAX (SPILL + 3 * ENVELOPE_MAX)
#define TEMPORARY_MAX 32
#define NAME_PART_MAX 40

enum { TO, BY, QUIET, JSON };
static const struct option_row options[] = {
	[TO] = { "o", "DIR", "where the files are written; made when it is not there", NULL },
	[BY] = { "by", "interchange|group|set", "what is a file of its own; default set", NULL },
	[QUIET] = { "q", NULL, "no names, only what is wrong and the exit status", NULL },
	[JSON] = { "json", NULL, "the files that were written, for programs", NULL },
};

enum part { BY_INTERCHANGE, BY_GROUP, BY_SET, PARTS };
static const char *const part_names[PARTS] = { "interchange", "group", "set" };

struct split {
	enum part by;
	const char *path;
	int dir;
	bool json, quiet;
	struct buf isa, gs, part; /* headers as they were, with what stands behind them */
	bool in_part, is_whole;   /* is_whole: its end was there */
	int spill;                /* the file where the begin of a long part is; -1: none */
	uint64_t spilled;         /* bytes in it */
	uint64_t segment, offset; /* of what was read last */
	unsigned groups;          /* in the part */
	unsigned siblings;        /* parts of the interchange that were written */
	bool has_siblings;        /* of some interchange there was more than one */
	unsigned written, left;   /* left: parts that had no end */
	enum status status;       /* the first that could not be written */
	struct fault fault;
	uint64_t errors;          /* of the envelopes of what was read */
};

/* --- a file --- */

/* "0001-810-000000017.x12": nothing in it that a partner said but letters and digits. */
static void name_put(struct buf *out, const struct split *s, const struct x12_context *at)
{
	const char *const texts[] = { at->set ? at->set->id : at->group ? at->group->id : "",
		at->set	       ? at->set->number
			: at->group ? at->group->number
			: at->interchange ? at->interchange->number : "" };

	buf_putf(out, "%06u", s->written + 1);
	for (size_t i = 0; i < 2; i++) {
		const char *text = texts[i];

		if (*text)
			buf_put_u8(out, '-');
		for (size_t n = 0; n < NAME_PART_MAX && text[n]; n++) {
			bool plain = (text[n] >= '0' && text[n] <= '9') ||
				((text[n] | 32) >= 'a' && (text[n] | 32) <= 'z');

			buf_put_u8(out, plain ? (uint8_t)text[n] : '_');
		}
	}
	buf_put_text(out, ".x12");
}

/* Where a long part grows, beside what it will be. */
static void temporary_put(char out[TEMPORARY_MAX], const struct split *s)
{
	snprintf(out, TEMPORARY_MAX, "%06u.x12.new", s->written + 1);
}

static void spill_drop(struct split *s)
{
	char temporary[TEMPORARY_MAX];

	if (s->spill < 0)
		return;
	fd_close(&s->spill);
	temporary_put(temporary, s);
	(void)!unlinkat(s->dir, temporary, 0);
}

static enum status spill_open(struct split *s, struct fault *f)
{
	char temporary[TEMPORARY_MAX];

	temporary_put(temporary, s);
	(void)!unlinkat(s->dir, temporary, 0); /* left by a crash */
	s->spill = openat(s->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		0644);
	s->spilled = 0;
	return s->spill < 0 ? fault_errno(f, ST_HOST, "file.create", "%s", temporary) : ST_OK;
}

static enum status spill_write(struct split *s, struct fault *f)
{
	TRY(buf_check(&s->part, f));
	if (s->spill < 0)
		TRY(spill_open(s, f));
	TRY(fd_write_all(s->spill, buf_slice(&s->part), f));
	s->spilled += s->part.n;
	buf_clear(&s->part);
	return ST_OK;
}

static enum status spill_keep(struct split *s, const char *name, struct fault *f)
{
	char temporary[TEMPORARY_MAX];

	temporary_put(temporary, s);
	TRY(spill_write(s, f));
	if (fsync(s->spill) != 0 || renameat(s->dir, temporary, s->dir, name) != 0 ||
		fsync(s->dir) != 0)
		return fault_errno(f, ST_HOST, "file.write", "%s", name);
	fd_close(&s->spill);
	return ST_OK;
}

/* Never over a file that is there. */
static enum status part_write(struct split *s, const struct x12_context *at, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(256);
	uint64_t size = s->part.n + (s->spill < 0 ? 0 : s->spilled);
	struct stat there;

	TRY(buf_check(&s->part, f));
	name_put(&name, s, at);
	if (fstatat(s->dir, buf_text(&name), &there, AT_SYMLINK_NOFOLLOW) == 0)
		return fault_set(
			f, ST_INPUT, "file.exists", "%s is there already", buf_text(&name));
	TRY(s->spill < 0
			? file_replace(s->dir, buf_text(&name), buf_slice(&s->part), 0644, f)
			: spill_keep(s, buf_text(&name), f));
	s->written++;
	s->has_siblings |= ++s->siblings > 1;
	if (s->json)
		json_print_line(json_pack("{s:o, s:I}", "file", json_path(buf_text(&name)), "size",
			(json_int_t)size));
	else if (!s->quiet)
		puts(buf_text(&name));
	return ST_OK;
}

/* --- envelopes --- */

static struct x12_writer writer_of(struct split *s, const struct x12_context *at)
{
	return (struct x12_writer){
		.out = &s->part, .delimiters = at->interchange->delimiters
	};
}

static void part_begin(struct split *s)
{
	spill_drop(s);
	buf_clear(&s->part);
	buf_put(&s->part, buf_slice(&s->isa));
	if (s->by == BY_SET)
		buf_put(&s->part, buf_slice(&s->gs));
	s->groups = 0;
	s->in_part = true;
	s->is_whole = false;
}

/* IEA01 has at least one digit, IEA02 nine. */
static void part_end(struct split *s, const struct x12_context *at)
{
	struct x12_writer w = writer_of(s, at);

	if (s->by == BY_SET && at->group) {
		x12_begin(&w, "GE");
		x12_put_number(&w, 1);
		x12_put_text(&w, at->group->number);
		x12_end(&w);
	}
	x12_begin(&w, "IEA");
	x12_put_number(&w, s->by == BY_INTERCHANGE ? s->groups : 1);
	x12_put_text(&w, at->interchange->number);
	x12_end(&w);
	s->in_part = false;
	s->left += !s->is_whole;
	if (s->is_whole && s->status == ST_OK)
		s->status = part_write(s, at, &s->fault);
	spill_drop(s);
}

static void segment_keep(struct buf *out, const struct x12_context *at, const struct x12_segment *s)
{
	x12_segment_write(out, at->interchange->delimiters, s);
}

static void part_keep(
	struct split *s, const struct x12_context *at, const struct x12_segment *segment)
{
	segment_keep(&s->part, at, segment);
	if (s->part.n < SPILL)
		return;
	if (s->status == ST_OK)
		s->status = spill_write(s, &s->fault);
	buf_clear(&s->part); /* after a fault nothing is written any more */
}

/* --- what happens --- */

static void header_take(
	struct split *s, const struct x12_context *at, const struct x12_segment *segment)
{
	struct x12_segment bare = *segment;

	bare.gap = S("");
	if (slice_eq(segment->id, S("ISA"))) {
		buf_clear(&s->isa);
		s->siblings = 0;
		segment_keep(&s->isa, at, &bare);
		if (s->by == BY_INTERCHANGE)
			part_begin(s);
		return;
	}
	buf_clear(&s->gs);
	segment_keep(&s->gs, at, segment);
	if (s->by == BY_GROUP)
		part_begin(s);
	s->groups++;
	if (s->by != BY_SET)
		part_keep(s, at, segment);
}

static const char *const ends[PARTS] = {
	[BY_INTERCHANGE] = "IEA", [BY_GROUP] = "GE", [BY_SET] = "SE"
};

/* Ends that belong to no part are made anew. */
static void segment_take(void *context, const struct x12_context *at,
	const struct x12_segment *segment, const struct x12_variant *v,
	const struct x12_place *place)
{
	struct split *s = context;

	(void)v;
	(void)place;
	if (s->status == ST_OK) {
		s->segment = segment->number;
		s->offset = segment->offset;
	}
	s->is_whole |= slice_eq(segment->id, slice_str(ends[s->by]));
	if (!at->interchange || slice_eq(segment->id, S("IEA")))
		return;
	if (slice_eq(segment->id, S("ISA")) || slice_eq(segment->id, S("GS"))) {
		header_take(s, at, segment);
		return;
	}
	if (slice_eq(segment->id, S("ST")) && s->by == BY_SET)
		part_begin(s);
	if (s->in_part && !(slice_eq(segment->id, S("GE")) && s->by == BY_SET))
		part_keep(s, at, segment);
}

static void set_ended(void *context, const struct x12_context *at)
{
	struct split *s = context;

	if (s->by == BY_SET && s->in_part)
		part_end(s, at);
}

static void group_ended(void *context, const struct x12_context *at)
{
	struct split *s = context;

	if (s->by == BY_GROUP && s->in_part)
		part_end(s, at);
}

static void interchange_ended(void *context, const struct x12_context *at)
{
	struct split *s = context;

	if (s->by == BY_INTERCHANGE && s->in_part)
		part_end(s, at);
}

/* What has no end, or stands in no envelope, is not whole in its part. */
static bool is_of_envelope(const struct x12_finding *finding)
{
	enum x12_level level = x12_problem_row(finding->problem)->level;

	return finding->severity == X12_ERROR &&
		(level < X12_OF_SEGMENT || finding->problem == X12_SEGMENT_OPEN);
}

static void finding_take(void *context, const struct x12_finding *finding)
{
	struct split *s = context;

	if (!is_of_envelope(finding))
		return;
	s->errors++;
	x12_place_tell(s->path, &finding->place, finding->text, finding->code);
}

static enum status dir_open(int *fd, const char *path, struct fault *f)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return fault_errno(f, ST_HOST, "file.create", "%s", path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? fault_errno(f, ST_HOST, "file.open", "%s", path) : ST_OK;
}

static enum status split_run(struct split *s, const char *dir, struct fault *f)
{
	struct x12_listener listener = {
		.context = s,
		.finding = finding_take,
		.segment = segment_take,
		.set_ended = set_ended,
		.group_ended = group_ended,
		.interchange_ended = interchange_ended,
	};
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &listener);
	AUTO_FD fd = -1;

	TRY(x12_input_open(&fd, s->path, f));
	TRY(dir_open(&s->dir, dir, f));
	TRY(x12_input_feed(check, fd, s->path, f));
	if (s->status == ST_OK)
		return ST_OK;
	return fault_at(f, s->status, s->offset, s->fault.code, "%s:%llu: byte %llu: %s",
		x12_input_name(s->path), (unsigned long long)s->segment,
		(unsigned long long)s->offset, s->fault.text);
}

/* Envelopes are as they were read: whoever sends the files on must hear it. */
static void siblings_tell(const struct split *s)
{
	if (s->has_siblings)
		fprintf(stderr, "tieline: files from one interchange have its control number "
				"(ISA13)%s: who gets two of them takes the second for a duplicate "
				"(TA1 025), so number them anew before they are sent on\n",
			s->by == BY_SET ? ", and those from one group that of the group" : "");
}

/* How far it came: what is missing is not to be found out by counting files. */
static int split_end(const struct split *s, const char *dir)
{
	AUTO_IN_PLACE(buf) left = buf_init(128);

	if (s->errors == 0)
		return EXIT_DONE;
	if (s->left > 0)
		buf_putf(&left, ", %u %s%s left out because the end is missing", s->left,
			part_names[s->by], s->left == 1 ? "" : "s");
	return fail_as(EXIT_INPUT, "x12.split.incomplete",
		"%s: %u file%s written to %s%s", x12_input_name(s->path),
		s->written, s->written == 1 ? "" : "s", dir, buf_text(&left));
}

static int run(const struct arguments *a)
{
	struct split s = { .by = BY_SET, .path = a->operands[0], .dir = -1, .spill = -1,
		.json = a->given[JSON], .quiet = a->given[QUIET],
		.isa = buf_init(ENVELOPE_MAX), .gs = buf_init(ENVELOPE_MAX),
		.part = buf_init(PART_MAX) };
	struct fault f;
	enum status st;

	for (enum part i = 0; a->values[BY] && i < PARTS; i++)
		s.by = strcmp(a->values[BY], part_names[i]) == 0 ? i : s.by;
	if (!a->values[TO])
		return fail_with(EXIT_USAGE, "want -o DIR: where the files are to be written");
	if (a->values[BY] && strcmp(a->values[BY], part_names[s.by]) != 0)
		return fail_with(EXIT_USAGE, "--by %s: want interchange, group or set",
			a->values[BY]);
	st = split_run(&s, a->values[TO], &f);
	spill_drop(&s);
	fd_close(&s.dir);
	buf_done(&s.isa);
	buf_done(&s.gs);
	buf_done(&s.part);
	if (st != ST_OK)
		return fail(&f, s.written ? "the files before it are whole" : NULL);
	siblings_tell(&s);
	return split_end(&s, a->values[TO]);
}

const struct command x12_split_command = {
	.name = "x12 split",
	.operands = "FILE|-",
	.purpose = "a file for each interchange, group or set",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
