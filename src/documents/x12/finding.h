/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with an interchange, where, and how the standard's acknowledgments call it: TA1
 * (X12.5), 997 and 999 (X12.20, X12.56).  The codes are stable: runbooks, tests and partners rely
 * on them.
 */
#ifndef TIELINE_DOCUMENTS_X12_FINDING_H
#define TIELINE_DOCUMENTS_X12_FINDING_H

#include "documents/x12/guide.h"

enum x12_problem {
	X12_FINE,
	/* of the file */
	X12_JUNK,
	X12_PADDING,      /* between interchanges: it is passed over */
	X12_NUMBERS_MANY, /* more than are remembered: one that comes again may not be seen */
	/* of an interchange: TA105 */
	X12_ISA_ELEMENT,
	X12_ISA_WRAPPED, /* lines are broken within segments: all that is found then follows */
	X12_ISA_NUMBER_TWICE,
	X12_IEA_NUMBER,
	X12_IEA_COUNT,
	X12_IEA_MISSING,
	X12_IEA_ELEMENT, /* the others that are called so have a code of their own */
	X12_IEA_GROUPS,
	X12_IEA_CONTROL,
	X12_TA1_ELEMENT,
	X12_OUTSIDE_GROUP,
	/* of a functional group: AK905, and where that has no code for it TA105 */
	X12_GS_ELEMENT, /* of GS or GE; the others that are called so have a code of their own */
	X12_GS_ID,
	X12_GS_CONTROL,
	X12_GS_RELEASE,
	X12_GE_SETS,
	X12_GS_VERSION,
	X12_GS_NUMBER_TWICE,
	X12_GE_NUMBER,
	X12_GE_COUNT,
	X12_GE_MISSING,
	X12_GROUP_EMPTY,
	X12_OUTSIDE_SET,
	/* of a transaction set: AK502 */
	X12_SET_UNSUPPORTED,
	X12_SET_UNCHECKED,
	X12_SET_ID,
	X12_SET_NUMBER,
	X12_SET_NUMBER_TWICE,
	X12_SE_NUMBER,
	X12_SE_COUNT,
	X12_SE_MISSING,
	/* of a segment: AK304 */
	X12_SEGMENT_ID,
	X12_SEGMENT_UNKNOWN,
	X12_SEGMENT_UNEXPECTED,
	X12_SEGMENT_ORDER,
	X12_SEGMENT_LATE, /* it was told that it is missing */
	X12_SEGMENT_MISSING,
	X12_SEGMENT_REPEATS,
	X12_LOOP_REPEATS,
	X12_SEGMENT_OPEN,
	/* of an element: AK403 */
	X12_ELEMENT_MISSING,
	X12_ELEMENT_NEEDED,
	X12_ELEMENT_EXCLUDED,
	X12_ELEMENT_UNUSED,
	X12_ELEMENTS_MANY,
	X12_PARTS_MANY,
	X12_REPETITIONS_MANY,
	X12_ELEMENT_SHORT,
	X12_ELEMENT_LONG,
	X12_ELEMENT_CHARACTER,
	X12_ELEMENT_REPEATED, /* the character is a repetition separator: a 999 tells them apart */
	X12_ELEMENT_PARTED,   /* it is a component separator */
	X12_ELEMENT_FOREIGN,
	X12_ELEMENT_NUMBER,
	X12_ELEMENT_CODE,
	X12_ELEMENT_DATE,
	X12_ELEMENT_TIME,
	X12_ELEMENT_BINARY,
	/* of what the document says: 824 */
	X12_RULE,
	/* of nobody: there were more than are told */
	X12_MORE,
	X12_PROBLEMS,
};

enum x12_level { X12_OF_FILE, X12_OF_INTERCHANGE, X12_OF_GROUP, X12_OF_SET, X12_OF_SEGMENT,
	X12_OF_ELEMENT, X12_OF_MEANING };

struct x12_problem_row {
	const char *code;  /* "x12.segment.unknown" */
	enum x12_level level;
	enum x12_severity severity;
	/* its code in the acknowledgment of its level: AK304, AK403...; "" none */
	const char *answer;
};
const struct x12_problem_row *x12_problem_row(enum x12_problem);

/* Where: everything from 1, 0 where there is none. */
struct x12_place {
	uint32_t interchange, group, set; /* the group in its interchange, the set in its group */
	uint64_t segment;                 /* in the stream */
	uint32_t position;                /* in the set: ST is 1 */
	uint16_t element, part, repetition;
	/* bytes into the stream, from 0: of the element or part, or the segment */
	uint64_t offset;
	struct slice id;                  /* the segment's, borrowed */
	const char *loop;                 /* innermost, NULL: none */
};

struct x12_finding {
	enum x12_problem problem;
	const char *code; /* the row's, or for a rule "x12.rule.NAME" */
	enum x12_severity severity;
	struct x12_place place;
	uint16_t number;    /* data element, of the dictionary; 0 unknown */
	struct slice value; /* what is there, borrowed; "" nothing */
	const struct x12_rule_text *rule; /* of X12_RULE */
	/* only because of one that was told: what is missing behind the place where a file ends */
	bool follows;
	char text[FAULT_TEXT_MAX]; /* a sentence: what is wrong, and what was expected */
};

#endif
