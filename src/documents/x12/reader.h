/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream of interchanges into segments and elements (ASC X12.5, X12.6): any delimiters,
 * taken from each ISA; input in pieces of any size; what is no interchange named for what it is.
 * It says where things are, never whether they are right: check.h does.
 */
#ifndef TIELINE_DOCUMENTS_X12_READER_H
#define TIELINE_DOCUMENTS_X12_READER_H

#include "base/buf.h"
#include "documents/x12/scan.h"
#include "documents/x12/segment.h"

#define X12_CHUNK_MAX (1U << 20) /* bytes fed at once */
#define X12_GAP_MAX 4096         /* bytes between segments that are kept together */
#define X12_READER_MASKS 64      /* blocks scanned ahead */

struct x12_reader {
	struct buf carry;     /* what was fed and is not read yet; of a whole input nothing */
	struct slice window;  /* what is read: carry, or the whole */
	uint64_t offset;      /* of the window in the stream */
	size_t at;            /* what is before it in the window was read */
	bool is_last;         /* nothing comes behind the window */
	bool is_inside;       /* of an interchange */
	uint64_t skip;        /* bytes of data to pass over first, when lost */
	bool is_lost;         /* in something that was named already: looking for the next ISA */
	struct x12_delimiters delimiters;
	uint64_t number;      /* of segments so far */
	struct slice gap;     /* before the next segment, or at the end */
	x12_scan_fn *scan;
	size_t scanned, scanned_end;        /* the part of the window that masks is of */
	struct x12_scan_mask masks[X12_READER_MASKS];
	struct slice pieces[X12_ELEMENTS_MAX + 2]; /* id, elements, and what is beyond */
};

/* Of a stream that is fed: at most X12_SEGMENT_MAX and X12_CHUNK_MAX bytes are kept. */
void x12_reader_init(struct x12_reader *);
/* Of one slice, which must stay as long as the reader and its segments: nothing is copied. */
void x12_reader_init_whole(struct x12_reader *, struct slice);
void x12_reader_done(struct x12_reader *);
DEFINE_AUTO_IN_PLACE(x12_reader)

/*
 * When x12_reader_next() wants more: at most X12_CHUNK_MAX bytes, copied.  `is_last`: nothing comes
 * behind them; there may be none of them then.
 */
void x12_reader_feed(struct x12_reader *, struct slice chunk, bool is_last);

/*
 * The next segment, in `delimiters`; its slices are good until the next call.
 * ST_MORE: feed it.  ST_NONE: the end; `gap` is what stood behind the last segment.
 * ST_INPUT "x12.junk" (no interchange; the text says what it looks like),
 * "x12.isa.short" | "x12.isa.separator" | "x12.isa.terminator" | "x12.isa.delimiters",
 * ST_LIMIT "x12.segment.length" | "x12.binary.length" (announced by BIN or BDS; it is passed over
 * as long as it says): with the offset.  The next call goes on at the next ISA.
 */
NODISCARD enum status x12_reader_next(
	struct x12_reader *, struct x12_segment *out, struct fault *f);

/*
 * Whether these first bytes are those of an interchange: ISA behind blanks, line ends and a byte
 * order mark, and the same separator on both sides of the first element.
 */
#define X12_BEGINS_MAX 64 /* bytes that are looked at */
bool x12_begins(struct slice);

/*
 * What else than blanks and line ends is in the gap before an interchange, or at the end, and where
 * in it; NULL: nothing.
 */
const char *x12_padding_find(size_t *at, struct slice gap);

#endif
