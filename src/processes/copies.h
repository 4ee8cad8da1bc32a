/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of a message that was looked into and is valid, for others whose agreements name their
 * types: each as that partner may see it, as from us, on behalf of who sent it (der/view.h).  A set
 * of X12 that is for the register (x12.register) is the document that it says, in JSON.  The
 * envelope seals them; here is who gets what.
 */
#ifndef TIELINE_PROCESSES_COPIES_H
#define TIELINE_PROCESSES_COPIES_H

#include "exchange/registry.h"
#include "processes/verbs.h"
#include "processes/x12_documents.h"

#define COPY_SIZE_MAX (64U << 20) /* bytes of a copy; one that is larger is not made */

struct copy {
	const struct partner *to;
	const char *type; /* of the document */
	unsigned number;  /* of several documents in the message, from 1; 0: it is the only one */
	uint64_t set;     /* of X12 in it, from 1; 0: it came as JSON */
	/* As it came; of a set as the register reads it, not to be shown.  Borrowed. */
	struct slice document;
	struct x12_copied x12; /* of a set: what is shown is made of it */
};

/* Whose documents, and what X12 is read with. */
struct copies_source {
	const struct registry *registry;
	const struct verb_examine *of;
	struct x12_guide_set *guides; /* without a shelf it gets one; what was loaded stays in it */
};

/* What is not ST_OK ends it. */
typedef enum status copy_heard(void *context, const struct copy *, struct fault *f);

/* What an agreement asks for and nobody will get is logged: no such type, nobody examined. */
void copies_log(const struct registry *);

/* Whether anybody but its partner gets copies of anything. */
bool copies_may_be(const struct registry *, const struct verb_examine *);
/* Whether some of it may be X12 that is for the register, by its type and partner. */
bool copies_may_be_x12(const struct registry *, const struct verb_examine *);

/*
 * Calls back for each document of ours in the content and each other partner who gets one of its
 * type, in an order that hangs on nothing else: first those in JSON.  Of a set that the register
 * could not read nobody gets one: the message is flagged for it.  Faults of `heard`, and as of
 * related_each().
 */
NODISCARD enum status copies_each(const struct copies_source *, struct slice content,
	copy_heard *heard, void *context, struct fault *f);

/*
 * The document as the partner may see it, beside its agreement.  ST_LIMIT "der.copy.size", ST_INPUT
 * "der.copy.invalid" (a name of a party that no document can have, say), "der.copy.x12" (a set does
 * not say what the document has to have), and as of der_view() and agreement_permits().
 */
NODISCARD enum status copy_make(struct buf *out, const struct copy *, const struct registry *,
	enum area, struct fault *f);

/*
 * The same document of the same message goes to the same partner under the same Message-ID,
 * whoever dies in between.  `again`: how many copies of it before this one were refused or expired.
 */
void copy_id(struct buf *out, const struct copy *, struct slice own,
	const struct verb_examine *of, unsigned again);

#endif
