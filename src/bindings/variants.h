/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why two digests of one message differ.  Software errs in few ways about what AS2 signs and what
 * a receipt's MIC covers: other line ends, other headers, the wrong side of an encoding.  Each such
 * variant of what is at hand is digested and compared with the digest wanted.
 */
#ifndef TIELINE_BINDINGS_VARIANTS_H
#define TIELINE_BINDINGS_VARIANTS_H

#include "base/buf.h"
#include "safeguards/digest.h"

/* Of parts of partners, and in processes that others wait for: bytes. */
#define VARIANT_PART_MAX (UINT64_C(128) << 20)
#define VARIANT_SCRATCH_MAX (UINT64_C(16) << 20)
#define VARIANT_LINE_WORK 32 /* bytes that could be digested in the time a line end takes */
#define VARIANT_WORDS_MAX 96                     /* bytes of a description with the NUL */

/* What should have been digested (RFC 4130 7.3.1, RFC 5402 4). */
enum mic_rule {
	MIC_OF_SIGNED,  /* signed: the signed part with its headers */
	MIC_OF_ENTITY,  /* encrypted or compressed only: the innermost entity with its headers */
	MIC_OF_CONTENT, /* neither: the content without headers */
	MIC_RULES,
};
const char *mic_rule_name(enum mic_rule);  /* "signed-part": for programs */
const char *mic_rule_words(enum mic_rule); /* a sentence with its clause */

/* Which bytes... */
enum variant_extent {
	EXTENT_SAME,
	EXTENT_CONTENT,          /* without its headers */
	EXTENT_DECODED,          /* its base64 or quoted-printable taken off */
	EXTENT_DECODED_CONTENT,  /* the same without headers */
	EXTENT_EXPANDED,         /* the entity that is compressed in it */
	EXTENT_EXPANDED_CONTENT, /* the same without headers */
	EXTENT_PACKED,           /* what it is when we compress it, with that one's headers */
	EXTENT_PACKED_CONTENT,   /* the same without headers */
	EXTENTS,
};
/* ...with which line ends... */
enum variant_ends { ENDS_SAME, ENDS_LF_CONTENT, ENDS_LF, ENDS_CRLF, ENDS };
/* ...and which end. */
enum variant_tail { TAIL_SAME, TAIL_ADDED, TAIL_STRIPPED, TAILS };

struct variant {
	enum variant_extent extent;
	enum variant_ends ends;
	enum variant_tail tail;
};
/* "same", "content", "crlf", "stripped"...: for programs. */
const char *variant_extent_name(enum variant_extent);
const char *variant_ends_name(enum variant_ends);
const char *variant_tail_name(enum variant_tail);
/* "the content without its headers, with LF line ends" */
char *variant_words(char out[VARIANT_WORDS_MAX], const struct variant *);

/* What there is to digest: borrows the part. */
struct variant_source {
	struct variant_piece {
		bool is_there;
		struct slice head; /* with the empty line; may be empty */
		struct slice body;
		bool differs[ENDS]; /* by enum variant_ends: these make other bytes of it */
		uint64_t work;   /* of digesting it once */
	} pieces[EXTENTS];
	struct buf decoded, expanded, packed;
	const char *left_out; /* in words, what was too large to be made; NULL: nothing */
};
struct variant_limits {
	uint64_t part;    /* bytes: of larger parts nothing is tried */
	uint64_t scratch; /* bytes decoded, expanded or compressed, each, in memory */
};
/* Any bytes do: what cannot be parsed, decoded or expanded only has fewer variants. */
void variant_source_init(struct variant_source *, struct slice part, enum mic_rule,
	const struct variant_limits *);
void variant_source_done(struct variant_source *);
DEFINE_AUTO_IN_PLACE(variant_source)

/*
 * The first variant, from the likely to the odd, that has this digest; "as it is" is one, for a
 * digest that differs only by its algorithm.  work_max: bytes to digest in all, nothing is copied.
 * ST_NONE "variants.none", ST_LIMIT "variants.size" when not all were tried: it says which.
 */
NODISCARD enum status variant_find(struct variant *out, const struct variant_source *,
	const struct digest_value *wanted, uint64_t work_max, struct fault *f);

#endif
