/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a guide: sums, counts, dates, what must be there when something else is.  They are
 * compiled once; while a set is read a tally keeps the few values they ask for, and at the end of
 * the set, or of each loop a rule is about, they are judged.  Memory does not grow with the set.
 *
 *   expression  = and-list *("or" and-list)
 *   and-list    = condition *("and" condition)
 *   condition   = ["not"] ( "present(" ref ")" | "absent(" ref ")" | "unique(" ref ")"
 *                           | "earlier(" ref "," ref ")" | comparison | "(" expression ")" )
 *   comparison  = sum ("=" | "!=" | "<" | "<=" | ">" | ">=") sum | sum ["not"] "in" "(" value *("," value) ")"
 *   sum         = term *(("+" | "-") term)
 *   term        = ["-"] number | "'" text "'" | ref | "sum(" ref ")" | "count(" ref ")"
 *   ref         = *(loop "/") segment [element ["-" part]] ["[" element "=" code *("|" code) "]"]
 *
 * Numbers are exact decimals (decimal.h); values of type N have their implied point.  Without sum()
 * or count() a reference is the first such value in the scope.  A comparison with a value that is
 * not there is not judged: present() says that it must be.
 *
 * unique() is true when no earlier set of the interchange had this value, or in a rule about a loop
 * no earlier one of the set.  Values are kept as numbers.h keeps them: X12_RANGES_MAX ranges, of
 * all rules of a guide together; what comes when there are so many is unique, and a warning says so
 * (x12.numbers.many), once an interchange.
 *
 * earlier(HL02, HL01) is true when an earlier one had HL01 with the value of this HL02: it follows
 * what it belongs to.  Values are kept as those of unique(); what is not remembered was there.
 */
#ifndef TIELINE_DOCUMENTS_X12_RULES_H
#define TIELINE_DOCUMENTS_X12_RULES_H

#include "documents/x12/elements.h"

/* Compiled; refers to the guide, which must outlive it. */
struct x12_rules;
/*
 * ST_INPUT "x12.rule.syntax" | "x12.rule.reference": the text begins with "FILE:LINE: rule NAME: ";
 * ST_LIMIT "x12.rule.size".
 */
NODISCARD enum status x12_rules_compile(
	struct x12_rules **out, const struct x12_guide *, struct fault *f);
void x12_rules_free(struct x12_rules *);
DEFINE_AUTO(x12_rules)

/* What is known of the set that is being read, and of those before it in the interchange. */
struct x12_tally;
struct x12_tally *x12_tally_new(const struct x12_rules *);
void x12_tally_free(struct x12_tally *);
DEFINE_AUTO(x12_tally)

/* An interchange begins. */
void x12_tally_begin(struct x12_tally *);
/*
 * A set or, by the serial of its variant, one of a loop begins: what is known of it is forgotten.
 */
#define X12_SCOPE_SET UINT32_MAX
void x12_tally_enter(struct x12_tally *, uint32_t serial);
/* A segment that was found to be the variant with this serial. */
void x12_tally_take(struct x12_tally *, uint32_t serial, const struct x12_segment *,
	const struct x12_delimiters *, const struct x12_place *);
/* Whether there are rules about it; if not, nobody need tell that it ends. */
bool x12_tally_judges(const struct x12_tally *, uint32_t serial);
/* It ends: what is broken is reported. */
void x12_tally_leave(struct x12_tally *, uint32_t serial, struct x12_report *);

#endif
