/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an 867, all before its first PTD: as JSON, in the form of documents/x12/json.h, and
 * from it, or from what a command wants, back around the readings.
 */
#ifndef TIELINE_CLI_X12_HEADING_H
#define TIELINE_CLI_X12_HEADING_H

#include <jansson.h>

#include "documents/x12/check.h"
#include "documents/x12/intervals_write.h"

/* --- heard --- */

struct x12_heading {
	struct buf isa, gs, gap, set; /* JSON: what stands open, and the gap between segments */
	bool is_open;                 /* an 867, and no PTD yet */
};
void x12_heading_init(struct x12_heading *);
void x12_heading_done(struct x12_heading *);
void x12_heading_hear(struct x12_heading *, const struct x12_context *, const struct x12_segment *);
/*
 * Of the set whose PTD was heard, once: NULL when it was taken, or is longer than anybody's.
 * Owned by the caller.
 */
json_t *x12_heading_take(struct x12_heading *);

/* --- written --- */

/* NULL, or 0: as the heading has it; without a heading, what stands here. */
struct x12_heading_wishes {
	const char *sender, *receiver; /* "01:007909411"; without a heading they must be there */
	const char *release;           /* "004010" */
	const char *usage;             /* "T": a test */
	uint32_t number;               /* of interchange and group: 1 */
	int64_t time_ns;               /* now */
};

/*
 * The heading that is wanted, of this set; `said` NULL: there was none.  Purpose and references
 * are those of the set, where it has some.  Owned by the caller.  ST_INPUT "x12.heading".
 */
NODISCARD enum status x12_heading_make(json_t **out, const json_t *said,
	const struct x12_series *set, const struct x12_heading_wishes *, struct fault *f);

/*
 * All of the interchange.  ST_INPUT "x12.heading": the heading is no ISA, GS, ST*867 and BPT;
 * as of x12_json_read() and x12_readings_write().
 */
NODISCARD enum status x12_usage_write(struct buf *out, json_t *heading,
	const struct x12_readings *, enum x12_edge labels, struct slice zone, struct fault *f);

#endif
