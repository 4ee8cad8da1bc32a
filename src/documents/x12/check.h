/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole stream of interchanges: the envelopes (ISA, GS, ST and their ends, X12.5, X12.6), and
 * each set against its guide.  Bytes in, events out; what it keeps does not grow with the stream.
 */
#ifndef TIELINE_DOCUMENTS_X12_CHECK_H
#define TIELINE_DOCUMENTS_X12_CHECK_H

#include "documents/x12/reader.h"
#include "documents/x12/walk.h"

#define X12_GUIDES_MAX 64
#define X12_REPETITION_SINCE 402 /* ISA12, from which on ISA11 separates repetitions */
#define X12_FIELD_MAX 36 /* bytes kept of an envelope's element, with the NUL: none may be longer */

struct x12_interchange {
	struct x12_delimiters delimiters;
	char sender_qualifier[X12_FIELD_MAX], sender[X12_FIELD_MAX];
	char receiver_qualifier[X12_FIELD_MAX], receiver[X12_FIELD_MAX];
	char date[X12_FIELD_MAX], time[X12_FIELD_MAX];
	char version[X12_FIELD_MAX], number[X12_FIELD_MAX]; /* ISA12, ISA13 */
	char acknowledgment[X12_FIELD_MAX], usage[X12_FIELD_MAX]; /* ISA14, ISA15 */
	uint32_t groups;
	unsigned errors; /* of its envelope */
	const char *note; /* TA105: the first of them, "000" when there is none */
};

struct x12_group {
	char id[X12_FIELD_MAX], sender[X12_FIELD_MAX], receiver[X12_FIELD_MAX];
	char date[X12_FIELD_MAX], time[X12_FIELD_MAX], number[X12_FIELD_MAX]; /* GS06 */
	char agency[X12_FIELD_MAX], version[X12_FIELD_MAX];                   /* GS07, GS08 */
	char included[X12_FIELD_MAX]; /* GE01 as it was said; "" without GE */
	uint32_t sets, accepted;      /* received; of them without an error of syntax */
	unsigned errors;              /* of its envelope */
};

struct x12_set {
	/* ST01, 02, 03 */
	char id[X12_FIELD_MAX], number[X12_FIELD_MAX], implementation[X12_FIELD_MAX];
	const struct x12_guide *guide; /* NULL: none fits */
	uint32_t segments;             /* ST and SE too */
	unsigned errors, rule_errors;  /* of syntax; of what it says */
	/* what an 824 calls it by: the guide's correlation element */
	char reference[81];
};

/* What is open: NULL where nothing is. */
struct x12_context {
	const struct x12_interchange *interchange;
	const struct x12_group *group;
	const struct x12_set *set;
	const struct x12_walk *walk; /* of a set with a guide */
};

/*
 * What happens, in order.  All may be NULL.  At `ended` the counts are complete.  A segment comes
 * after the findings about it, with the variant it is (NULL: none).  Of what is only wrong because
 * something else is (x12_finding.follows) nobody hears but who asks for it: acknowledgments have a
 * code for each.
 */
struct x12_listener {
	void *context;
	x12_finding_fn *finding;
	bool takes_following;
	void (*interchange_began)(void *, const struct x12_context *);
	void (*interchange_ended)(void *, const struct x12_context *);
	void (*group_began)(void *, const struct x12_context *);
	void (*group_ended)(void *, const struct x12_context *);
	void (*set_began)(void *, const struct x12_context *);
	void (*set_ended)(void *, const struct x12_context *);
	void (*segment)(void *, const struct x12_context *, const struct x12_segment *,
		const struct x12_variant *, const struct x12_place *);
};

struct x12_totals {
	uint64_t interchanges, groups, sets, segments;
	uint64_t errors, warnings, sets_in_error; /* errors, warnings: without what follows */
};

/*
 * A guide with its rules; both borrowed for the life of the check.  The first that fits is taken.
 */
struct x12_checked_guide {
	const struct x12_guide *guide;
	const struct x12_rules *rules;
};

struct x12_check;
/*
 * `strict`: a set without a guide is refused (x12.set.unsupported), and a group of a version that
 * none of the guides for sets in such groups is of (x12.gs.version), unless it is of
 * acknowledgments (FA); else only envelopes are checked and a warning says so.
 */
struct x12_check *x12_check_new(const struct x12_checked_guide *, size_t count, bool strict,
	const struct x12_listener *);
void x12_check_free(struct x12_check *);
DEFINE_AUTO(x12_check)

/*
 * Asked of each interchange whose control number has not come before in this stream: what is wrong
 * with it, a sentence that is good until the next one, or NULL.  To be set before the first byte.
 */
typedef const char *x12_number_fn(void *context, const struct x12_interchange *);
void x12_check_numbers(struct x12_check *, x12_number_fn *, void *context);

/* The next bytes, of any number; `is_last` once, at the end. */
void x12_check_feed(struct x12_check *, struct slice, bool is_last);
/* Instead: all of it, not copied. */
void x12_check_whole(struct x12_check *, struct slice);

const struct x12_totals *x12_check_totals(const struct x12_check *);

/* Whether ISA05 and ISA07 may be this: data element I05 of X12.5. */
bool x12_is_party_qualifier(struct slice);
/*
 * Whether in this version, that of ISA12, ISA11 is data element I10: whose standards these are, U
 * for the United States and no other.
 */
bool x12_names_standards(const char *version);
/* Whether years have four digits in this version, that of GS08: until 003072 they had two. */
bool x12_has_long_dates(const char *version);

#endif
