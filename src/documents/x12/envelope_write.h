/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelopes of an interchange that answers another: addressed back to who sent that, in its
 * delimiters, version and usage, so that whoever wrote the one can read the other.
 */
#ifndef TIELINE_DOCUMENTS_X12_ENVELOPE_WRITE_H
#define TIELINE_DOCUMENTS_X12_ENVELOPE_WRITE_H

#include "documents/x12/check.h"
#include "documents/x12/writer.h"

#define X12_CONTROL_MAX 999999999U /* behind it comes 1 */
#define X12_VERSION_MAX 13         /* characters of GS08, with the NUL */

/*
 * The time that is written, and the next control numbers, ISA13 and GS06: each that is written
 * takes one.  Whoever keeps the numbers of a partner reads them here afterwards.
 */
struct x12_stamp {
	int64_t time_ns; /* UTC */
	uint32_t interchange, group;
};

/*
 * Those of what was received, but for one that is a blank, a separator that is a line's end, or one
 * of repetitions that is another of them; and with a component separator, which ISA16 must have, if
 * that has none.
 */
struct x12_delimiters x12_answer_delimiters(const struct x12_interchange *received);

/* "004010", "005010": the release of a group; `usual` if GS08 does not begin with one. */
void x12_release_of(
	char out[X12_VERSION_MAX], const struct x12_group *received, const char *usual);

/* The element as it was received or, if that is too short or blank, `instead`; cut, and cleaned. */
struct x12_received {
	const char *text, *instead;
	size_t least, most; /* characters */
};
void x12_put_received(struct x12_writer *, struct x12_received);

/* Both give the control number, which the end must repeat. */
uint32_t x12_isa_write(
	struct x12_writer *, const struct x12_interchange *received, struct x12_stamp *);
void x12_iea_write(struct x12_writer *, uint32_t groups, uint32_t number);
uint32_t x12_gs_write(struct x12_writer *, const char *id, const struct x12_context *received,
	const char *version, struct x12_stamp *);
void x12_ge_write(struct x12_writer *, uint32_t sets, uint32_t number);
/* Sets are numbered from 1 in their group; `implementation` is ST03, NULL: none. */
void x12_st_write(
	struct x12_writer *, const char *id, uint32_t number, const char *implementation);
void x12_se_write(struct x12_writer *, uint32_t number);

/* "20261123" and "051406": whoever wants less of them takes a part. */
struct x12_date_text {
	char date[9], time[7];
};
struct x12_date_text x12_date_text(int64_t time_ns);

/* An answering interchange, as soon as the one it answers has ended; both good during the call. */
typedef void x12_reply_fn(
	void *context, const struct x12_interchange *received, struct slice answer);

/*
 * One interchange after the other; its groups are written to the body, by the writer, behind the
 * room for what is known last: ISA and TA1.
 */
struct x12_reply {
	struct x12_stamp *stamp; /* borrowed */
	x12_reply_fn *made;
	void *context;
	struct buf body;
	int spill; /* a file of ours, of which the body is a part; -1: it is in memory */
	struct x12_writer writer;
	uint32_t groups; /* in the body */
	enum status failed; /* of the last that could not be made, */
	struct fault fault; /* and why: "buffer.full"; "host.write", "host.disk-full" of a spill */
};
/* `max`: bytes of one, but for its envelope. */
void x12_reply_init(struct x12_reply *, struct x12_stamp *, x12_reply_fn *made, void *context,
	size_t max);
/*
 * Before anything is heard: no more of an answer is in memory than X12_SPILL_STEP.  An empty file
 * of its own, open for reading and writing, borrowed.
 */
#define X12_SPILL_STEP (256U << 10)
void x12_reply_spill(struct x12_reply *, int fd);
void x12_reply_done(struct x12_reply *);
void x12_reply_begin(struct x12_reply *, const struct x12_interchange *received);
/* Around the body, and before it `front`, of X12_FRONT_MAX bytes at most, which may be empty. */
#define X12_FRONT_MAX 128
void x12_reply_send(
	struct x12_reply *, const struct x12_interchange *received, struct slice front);
/* What was never made: ST_LIMIT "buffer.full". */
NODISCARD enum status x12_reply_check(const struct x12_reply *, struct fault *f);

#endif
