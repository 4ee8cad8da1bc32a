/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guide, compiled: what may stand where in a transaction set, and what must be true of it.
 * People write it as YAML (tieline-guide(5)); guide_load.h makes this of it, which is only read
 * afterwards.
 *
 * A body is a list of positions in the order in which the standard numbers them.  A position is a
 * segment or a loop.  What stands at it is one of its variants, told apart by codes of the segment
 * (of a loop: of its first segment); variants of one position come in any order.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_H
#define TIELINE_DOCUMENTS_X12_GUIDE_H

#include "base/own.h"
#include "documents/x12/segment.h"

#define X12_MAX_ANY UINT32_MAX /* "any number of times" */
#define X12_DEPTH_MAX 12       /* loops within loops */
#define X12_CODE_MAX 8         /* characters of a code */
#define X12_CONDITION_ELEMENTS_MAX 10
#define X12_CONDITION_LAST 64  /* elements beyond are in no condition */

/* The standard's data types; N with its decimals. */
/* X12_FILLER: a text of blanks that must be there, as ISA02. */
enum x12_type { X12_AN, X12_ID, X12_DT, X12_TM, X12_N, X12_R, X12_B, X12_FILLER, X12_COMPOSITE,
	X12_TYPES };

enum x12_use { X12_OPTIONAL, X12_REQUIRED, X12_UNUSED };

/* Codes, ascending by `packed`: the characters, left-aligned in eight bytes, as a number. */
struct x12_code {
	uint64_t packed;
	const char *meaning; /* "" when the guide says none */
};
struct x12_codes {
	const struct x12_code *list;
	size_t count;
};
uint64_t x12_code_pack(struct slice code); /* 0: empty, or longer than X12_CODE_MAX */
/* NULL: not among them. */
const struct x12_code *x12_code_find(const struct x12_codes *, struct slice code);
const struct x12_code *x12_code_find_packed(const struct x12_codes *, uint64_t packed);

/* What may stand at one place of a segment, or of a composite. */
struct x12_element_rule {
	const char *name;         /* "Reference identification" */
	uint16_t number;          /* in the data element dictionary: 127; 0: a composite */
	enum x12_type type;
	enum x12_use use;
	uint8_t decimals;         /* of N: those that are implied */
	uint16_t least, most;     /* characters; of N and R: digits */
	uint16_t repeat;          /* 1: it does not repeat */
	struct x12_codes codes;   /* none: any value */
	const struct x12_element_rule *parts; /* of a composite */
	size_t part_count;
};

/*
 * A condition between elements, in the standard's notation: P0304 (all or none), R0203 (one at
 * least), E0204 (one at most), C0304 (if the first, then all), L030405 (if the first, then one of
 * the others).
 */
struct x12_condition {
	char relation;
	uint8_t count;
	uint8_t elements[X12_CONDITION_ELEMENTS_MAX]; /* from 1, to X12_CONDITION_LAST */
	uint64_t mask; /* the same: bit n - 1 is element n */
};

/* True of a segment whose element (from 1), or part of it (from 1, 0: all of it), has the code. */
struct x12_when {
	uint8_t element, part;
	struct x12_codes codes;
};

/*
 * All that is asked of an element which may be any text, of a composite of which only the first
 * part is there and may be, and of every element that is not there: in few bytes, so that what
 * segments are mostly asked stays in the processor's nearest cache.  Of others least > most.
 */
struct x12_text_rule {
	uint16_t least, most;
	bool is_required;
};

struct x12_variant {
	const char *name; /* "Utility": what people call it */
	const struct x12_when *when; /* all of them; none: always */
	size_t when_count;
	enum x12_use use;
	uint32_t max;
	uint32_t serial; /* its number in the guide, from 0: counts are kept by it */
	/* a segment, or the first one of a loop is body[0] */
	const struct x12_element_rule *elements;
	size_t element_count;
	size_t needed; /* of them: up to the last that is required */
	const struct x12_text_rule *texts; /* of the same elements; NULL: not made */
	const struct x12_condition *conditions;
	size_t condition_count;
	/* a loop */
	const struct x12_position *body;
	const struct x12_body_index *body_index;
	size_t body_count;
};

/*
 * What every segment is asked of the positions of a body.  They are found by x12_id_slot() of their
 * ids: the first of a slot, and from each the next; the number of positions where there is none.
 */
#define X12_ID_SLOTS 64
struct x12_body_index {
	uint16_t first[X12_ID_SLOTS];
	struct x12_position_key {
		uint32_t id;
		uint16_t next;
		/* the first from here on that may be missing: it is required, or a variant is */
		uint16_t needed;
	} keys[]; /* one more than there are positions */
};

static inline unsigned x12_id_slot(uint32_t id)
{
	return id * UINT32_C(0x9e3779b1) >> 26;
}

/*
 * The codes by which the variants of a position are told apart, where all of them ask for the same
 * element: they lie side by side, in the order of the variants, of which the first that fits is it.
 */
#define X12_VARIANT_KEYS_MAX 32
struct x12_variant_keys {
	uint8_t element, part; /* as in x12_when */
	uint16_t other;        /* the variant of what has none; as many as there are: none */
	size_t count;
	struct x12_variant_key {
		uint64_t packed; /* as in x12_code */
		uint16_t variant;
	} list[];
};

struct x12_position {
	uint32_t id;      /* x12_id() of the segment, or of the loop's first segment */
	const char *name; /* "REF", or the loop's name: "N1" */
	bool is_loop;
	enum x12_use use;
	uint32_t max;
	uint32_t serial; /* its number in the guide, from 0 */
	const struct x12_variant *variants; /* one at least */
	size_t variant_count;
	const struct x12_variant_keys *keys; /* NULL: each variant must be asked */
};

enum x12_severity { X12_ERROR, X12_WARNING };

/* A rule as it was written; rules.h makes something of it. */
struct x12_rule_text {
	const char *name;   /* "total": stable, for tests and partners */
	const char *says;   /* the sentence a person gets when it is broken */
	/* the loop it is judged in, each time: "IT1", "PTD/QTY"; NULL: the set */
	const char *scope;
	const char *when;   /* NULL: always */
	const char *expect;
	const char *advice; /* reason code of the 824, REF*7G; NULL: A13, "other" */
	enum x12_severity severity;
	const char *file;   /* where it is written */
	uint32_t line;      /* in the file, from 1 */
};

struct x12_guide {
	const char *name;    /* "us-810" */
	const char *title;   /* "Invoice" */
	const char *refines; /* name of the guide it refines, or NULL */
	const char *set;     /* ST01: "810" */
	const char *group;   /* GS01: "IN" */
	const char *version; /* GS08 begins with it: "004010" */
	/* What an 824 copies to OTI03, and OTI02 says what that is; an id of 0: nothing. */
	struct x12_reference {
		uint32_t id;
		uint8_t element;
		char qualifier[4];
	} correlation;
	/* Of the set's body: ST and SE are in it, first and last. */
	const struct x12_position *body;
	const struct x12_body_index *body_index;
	size_t body_count;
	uint32_t positions, variants; /* how many serials there are */
	const uint32_t *ids; /* every segment that occurs in it, ascending */
	size_t id_count;
	const struct x12_rule_text *rules;
	size_t rule_count;
	struct arena *arena; /* all of the above is in it */
};
void x12_guide_free(struct x12_guide *);
DEFINE_AUTO(x12_guide)

#endif
