/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of a message that was looked into and is valid, for others whose agreements name their
 * types: each as that partner may see it, as from us, on behalf of who sent it (der/view.h).  The
 * envelope seals them; here is who gets what.
 */
#ifndef TIELINE_PROCESSES_COPIES_H
#define TIELINE_PROCESSES_COPIES_H

#include "exchange/registry.h"
#include "processes/verbs.h"

#define COPY_SIZE_MAX (16U << 20) /* bytes of a copy; one that is larger is not made */

struct copy {
	const struct partner *to;
	const char *type; /* of the document */
	unsigned number;  /* of several documents in the message, from 1; 0: it is the only one */
	struct slice document; /* as it came; borrowed */
};
/* What is not ST_OK ends it. */
typedef enum status copy_heard(void *context, const struct copy *, struct fault *f);

/* What an agreement asks for and nobody will get is logged: no such type, nobody examined. */
void copies_log(const struct registry *);

/* Whether anybody but its partner gets copies of anything. */
bool copies_may_be(const struct registry *, const struct verb_examine *);

/*
 * Calls back for each document of ours in the content and each other partner who gets one of its
 * type, in an order that hangs on nothing else.  Faults of `heard`, and as of related_each().
 */
NODISCARD enum status copies_each(const struct registry *, const struct verb_examine *,
	struct slice content, copy_heard *heard, void *context, struct fault *f);

/*
 * The document as the partner may see it, beside its agreement.  ST_LIMIT "der.copy.size", ST_INPUT
 * "der.copy.invalid" (a name of a party that no document can have, say), and as of der_view() and
 * agreement_permits().
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
