/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a document of ours and what of a transaction set is the same, as tables that both
 * directions read.  mappings/compile.py makes them, at build time, of mappings/DOCUMENT-SET.json:
 *
 *   { "segment": "REF", "in": "IT1", "elements": { "1": "=ZZ", "2": "uuid award_id" } }
 *
 * A row is a segment of a loop; what its elements hold is a constant, or a member with the
 * conversion between them.  A pointer with a slash in front is of the document, one without of the
 * list's item that the row is in; "." is the item.  Rows are written in their order; read is the
 * first row of the loop whose constants the segment has.  Where several documents are one set, the
 * constants of the first row of each tell them apart.
 *
 * What a set says and a document cannot must not become something else by a default or a pattern:
 * of each member its schema says how much hangs on it (enum translate_need), and the mapping names
 * those that others have in words of their own ("loose": their numbers of documents, dates without
 * a zone).  Where that is decided is reading.c, misread().
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_MAPPING_H
#define TIELINE_DOCUMENTS_TRANSLATE_MAPPING_H

#include "base/slice.h"

enum translate_conversion {
	TR_CONSTANT,  /* "=OI": what the segment has to have */
	TR_OPTIONAL,  /* "?DI": as that, or nothing */
	TR_WRITTEN,   /* "~DI": written, but others are read as well, and told */
	TR_TEXT,
	TR_LINES,     /* a text that is cut over as many segments as it takes */
	TR_DATE,      /* 2026-07-01 is 20260701 */
	TR_DECIMAL,   /* type R */
	TR_MONEY,     /* type R, two places */
	TR_CENTS,     /* type N2 */
	TR_INTEGER,
	TR_UUID,      /* 26 digits of Crockford's base 32, as of a ULID: element 127 holds 30 */
	TR_TIME,      /* three elements: date, time and the code of its zone */
	TR_DAY,       /* of a moment the day in UTC; a later TR_TIME says it whole */
	TR_END,       /* as TR_TIME, of a duration: its end; `text` is where its begin is */
	TR_CODE,      /* by a table */
	TR_QUALIFIER, /* what kind of id the member is: 1 DUNS, 9 DUNS+4, ZZ other; only written */
	TR_ORDINAL,   /* which item of its list, from 1; only written, a number says nothing else */
	TR_IS,        /* no element (0): the row is for documents in which the member is this */
	/*
	 * No element (0): written where the member is this, or is there and not this.  Read before
	 * it is known, and held against it when all is: other rows may say the same segment.
	 */
	TR_WHEN,
	TR_NOT,
	TR_HAS,       /* no element (0): written where the member is there */
	TR_LACKS,     /* no element (0): written where it is not */
	/*
	 * "other /kind", only read: what stands there is another word for the member than the rows
	 * before have.  A row that has such is read where one of them has a value.
	 */
	TR_OTHER,
	TR_CONVERSIONS,
};

/* What hangs on a member: what becomes of a set that says of it what the document cannot have. */
enum translate_need {
	TR_TOLD,   /* nothing: it is told, and left out */
	TR_HEARD,  /* the register learns it (x-fact), or a third party: nothing is made for them */
	TR_NEEDED, /* the document has to have it: nothing is made */
};

struct translate_code {
	struct slice said, code; /* in our document, in X12: each once */
};

struct translate_element {
	uint8_t number; /* from 1; 0: a condition on the row */
	enum translate_conversion conversion;
	enum translate_need need;
	bool is_item;   /* the pointer begins at the item, not at the document */
	struct slice pointer;
	struct slice text; /* of a constant, or what TR_IS wants; of TR_END its begin */
	const struct translate_code *codes;
	size_t code_count;
};

struct translate_row {
	struct slice segment;
	struct slice loop;  /* loops of the guide, outermost first: "IT1/PID"; "" the set */
	uint8_t scope;      /* the list (from 1) whose item it is about; 0: the document */
	uint8_t opens;      /* the list of which each item begins with this row; 0: none */
	bool is_read_only;  /* nothing writes it */
	bool is_always;     /* written though it has nothing but constants */
	const struct translate_element *elements;
	size_t element_count;
};

/*
 * A list, or a section: a loop of the set that is about the same object as what is around it, and
 * that tells apart segments which look alike, as the series of an 867.
 */
struct translate_list {
	uint8_t scope;   /* that its pointer begins at */
	bool is_section; /* no list: one item, what it is in */
	bool is_again;   /* its items are there already: another section made them */
	struct slice pointer;
};

/* Of a member that is needed, and that X12 does not say. */
struct translate_default {
	uint8_t scope;
	struct slice pointer;
	struct slice text;
	struct slice beside; /* only where this member is there, too; "" always */
};

/* A member that is the SHA-256 of another, in canonical form (tree.h). */
struct translate_hash {
	struct slice pointer, of;
};

#define TRANSLATE_LISTS_MAX 16

struct translate_mapping {
	struct slice document, set, group, version, guide;
	struct slice currency; /* where the one currency of the document is; "" none */
	const struct translate_list *lists;
	size_t list_count;
	const struct translate_row *rows;
	size_t row_count;
	const struct translate_default *defaults;
	size_t default_count;
	const struct translate_hash *hashes;
	size_t hash_count;
	const struct slice *like; /* members of the document that a pattern may have: its header */
	size_t like_count;
	const struct slice *restricted; /* segments whose values are not repeated when told */
	size_t restricted_count;
};

extern const struct translate_mapping translate_mappings[];
extern const size_t translate_mapping_count;

/* NULL: there is none. */
const struct translate_mapping *translate_mapping_of_document(struct slice name);

#endif
