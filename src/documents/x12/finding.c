/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what can be wrong, and how TA1, 997 and 999 call it. */
#include "documents/x12/finding.h"

/* clang-format off */
static const struct x12_problem_row rows[X12_PROBLEMS] = {
	[X12_FINE]               = { "",                          X12_OF_FILE,        X12_WARNING, "" },
	[X12_JUNK]               = { "x12.junk",                  X12_OF_FILE,        X12_ERROR,   "" },
	[X12_PADDING]            = { "x12.padding",               X12_OF_FILE,        X12_WARNING, "" },
	[X12_NUMBERS_MANY]       = { "x12.numbers.many",          X12_OF_FILE,        X12_WARNING, "" },
	[X12_ISA_ELEMENT]        = { "x12.isa.element",           X12_OF_INTERCHANGE, X12_ERROR,   "" },
	[X12_ISA_NUMBER_TWICE]   = { "x12.isa.number.twice",      X12_OF_INTERCHANGE, X12_ERROR,   "025" },
	[X12_IEA_NUMBER]         = { "x12.iea.number",            X12_OF_INTERCHANGE, X12_ERROR,   "001" },
	[X12_IEA_COUNT]          = { "x12.iea.count",             X12_OF_INTERCHANGE, X12_ERROR,   "021" },
	[X12_IEA_MISSING]        = { "x12.iea.missing",           X12_OF_INTERCHANGE, X12_ERROR,   "023" },
	[X12_IEA_ELEMENT]        = { "x12.iea.element",           X12_OF_INTERCHANGE, X12_ERROR,   "022" },
	[X12_TA1_ELEMENT]        = { "x12.ta1.element",           X12_OF_INTERCHANGE, X12_ERROR,   "022" },
	[X12_OUTSIDE_GROUP]      = { "x12.segment.outside-group", X12_OF_INTERCHANGE, X12_ERROR,   "022" },
	[X12_GS_ELEMENT]         = { "x12.gs.element",            X12_OF_GROUP,       X12_ERROR,   "6" },
	[X12_GS_VERSION]         = { "x12.gs.version",            X12_OF_GROUP,       X12_ERROR,   "2" },
	[X12_GS_NUMBER_TWICE]    = { "x12.gs.number.twice",       X12_OF_GROUP,       X12_ERROR,   "6" },
	[X12_GE_NUMBER]          = { "x12.ge.number",             X12_OF_GROUP,       X12_ERROR,   "4" },
	[X12_GE_COUNT]           = { "x12.ge.count",              X12_OF_GROUP,       X12_ERROR,   "5" },
	[X12_GE_MISSING]         = { "x12.ge.missing",            X12_OF_GROUP,       X12_ERROR,   "3" },
	[X12_OUTSIDE_SET]        = { "x12.segment.outside-set",   X12_OF_GROUP,       X12_ERROR,   "5" },
	[X12_SET_UNSUPPORTED]    = { "x12.set.unsupported",       X12_OF_SET,         X12_ERROR,   "1" },
	[X12_SET_UNCHECKED]      = { "x12.set.unchecked",         X12_OF_SET,         X12_WARNING, "" },
	[X12_SET_ID]             = { "x12.set.id",                X12_OF_SET,         X12_ERROR,   "6" },
	[X12_SET_NUMBER]         = { "x12.set.number",            X12_OF_SET,         X12_ERROR,   "7" },
	[X12_SET_NUMBER_TWICE]   = { "x12.set.number.twice",      X12_OF_SET,         X12_ERROR,   "23" },
	[X12_SE_NUMBER]          = { "x12.se.number",             X12_OF_SET,         X12_ERROR,   "3" },
	[X12_SE_COUNT]           = { "x12.se.count",              X12_OF_SET,         X12_ERROR,   "4" },
	[X12_SE_MISSING]         = { "x12.se.missing",            X12_OF_SET,         X12_ERROR,   "2" },
	[X12_SEGMENT_ID]         = { "x12.segment.id",            X12_OF_SEGMENT,     X12_ERROR,   "1" },
	[X12_SEGMENT_UNKNOWN]    = { "x12.segment.unknown",       X12_OF_SEGMENT,     X12_ERROR,   "6" },
	[X12_SEGMENT_UNEXPECTED] = { "x12.segment.unexpected",    X12_OF_SEGMENT,     X12_ERROR,   "2" },
	[X12_SEGMENT_ORDER]      = { "x12.segment.order",         X12_OF_SEGMENT,     X12_ERROR,   "7" },
	[X12_SEGMENT_LATE]       = { "x12.segment.late",          X12_OF_SEGMENT,     X12_WARNING, "7" },
	[X12_SEGMENT_MISSING]    = { "x12.segment.missing",       X12_OF_SEGMENT,     X12_ERROR,   "3" },
	[X12_SEGMENT_REPEATS]    = { "x12.segment.repeats",       X12_OF_SEGMENT,     X12_ERROR,   "5" },
	[X12_LOOP_REPEATS]       = { "x12.loop.repeats",          X12_OF_SEGMENT,     X12_ERROR,   "4" },
	[X12_SEGMENT_OPEN]       = { "x12.segment.open",          X12_OF_SEGMENT,     X12_ERROR,   "8" },
	[X12_ELEMENT_MISSING]    = { "x12.element.missing",       X12_OF_ELEMENT,     X12_ERROR,   "1" },
	[X12_ELEMENT_NEEDED]     = { "x12.element.needed",        X12_OF_ELEMENT,     X12_ERROR,   "2" },
	[X12_ELEMENT_EXCLUDED]   = { "x12.element.excluded",      X12_OF_ELEMENT,     X12_ERROR,   "10" },
	[X12_ELEMENT_UNUSED]     = { "x12.element.unused",        X12_OF_ELEMENT,     X12_ERROR,   "3" },
	[X12_ELEMENTS_MANY]      = { "x12.element.many",          X12_OF_ELEMENT,     X12_ERROR,   "3" },
	[X12_PARTS_MANY]         = { "x12.component.many",        X12_OF_ELEMENT,     X12_ERROR,   "3" },
	[X12_REPETITIONS_MANY]   = { "x12.repetition.many",       X12_OF_ELEMENT,     X12_ERROR,   "3" },
	[X12_ELEMENT_SHORT]      = { "x12.element.short",         X12_OF_ELEMENT,     X12_ERROR,   "4" },
	[X12_ELEMENT_LONG]       = { "x12.element.long",          X12_OF_ELEMENT,     X12_ERROR,   "5" },
	[X12_ELEMENT_CHARACTER]  = { "x12.element.character",     X12_OF_ELEMENT,     X12_ERROR,   "6" },
	[X12_ELEMENT_REPEATED]   = { "x12.element.character",     X12_OF_ELEMENT,     X12_ERROR,   "6" },
	[X12_ELEMENT_PARTED]     = { "x12.element.character",     X12_OF_ELEMENT,     X12_ERROR,   "6" },
	[X12_ELEMENT_FOREIGN]    = { "x12.element.foreign",       X12_OF_ELEMENT,     X12_WARNING, "6" },
	[X12_ELEMENT_NUMBER]     = { "x12.element.number",        X12_OF_ELEMENT,     X12_ERROR,   "6" },
	[X12_ELEMENT_CODE]       = { "x12.element.code",          X12_OF_ELEMENT,     X12_ERROR,   "7" },
	[X12_ELEMENT_DATE]       = { "x12.element.date",          X12_OF_ELEMENT,     X12_ERROR,   "8" },
	[X12_ELEMENT_TIME]       = { "x12.element.time",          X12_OF_ELEMENT,     X12_ERROR,   "9" },
	[X12_ELEMENT_BINARY]     = { "x12.element.binary",        X12_OF_ELEMENT,     X12_ERROR,   "5" },
	[X12_RULE]               = { "x12.rule",                  X12_OF_MEANING,     X12_ERROR,   "" },
	[X12_MORE]               = { "x12.more",                  X12_OF_FILE,        X12_WARNING, "" },
};
/* clang-format on */

const struct x12_problem_row *x12_problem_row(enum x12_problem problem)
{
	return &rows[problem < X12_PROBLEMS ? problem : X12_FINE];
}
