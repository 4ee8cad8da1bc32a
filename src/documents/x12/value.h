/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one value is what its data type says (X12.6, 3.3), and how long it counts as. */
#ifndef TIELINE_DOCUMENTS_X12_VALUE_H
#define TIELINE_DOCUMENTS_X12_VALUE_H

#include "documents/x12/finding.h"

/* Bytes that may stand in no value: control characters, and the delimiters in use. */
struct x12_characters {
	uint8_t of[256]; /* enum x12_character bits */
};
void x12_characters_set(struct x12_characters *, const struct x12_delimiters *);

/*
 * What is wrong with a value that is there (not empty): its characters, length, syntax, date, time,
 * code; X12_FINE when nothing.  Not of composites.  No characters (NULL): they are known to be
 * plain (segment.h).
 */
enum x12_problem x12_value_check(const struct x12_element_rule *, const struct x12_characters *,
	struct slice value);

/* CCYYMMDD or YYMMDD that is in the calendar. */
bool x12_date_is(struct slice);
/*
 * HHMM, HHMMSS, HHMMSSD, HHMMSSDD.  2400 is none: data element 337 has hours 00 to 23.  Some write
 * it; zone.h reads it, and whoever checks says that it is wrong.
 */
bool x12_time_is(struct slice);

#endif
