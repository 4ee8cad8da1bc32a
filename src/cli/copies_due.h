/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a third party has to know before it understands what is copied to it: registrations, changes
 * and decisions of aggregations that are in force, or may come to be, their awards for times to
 * come, and dispatches, outages and limits that hold, in the order in which they were said; and
 * what became of the copies of them.
 */
#ifndef TIELINE_CLI_COPIES_DUE_H
#define TIELINE_CLI_COPIES_DUE_H

#include "cli/desk_client.h"
#include "processes/copies.h"

#define COPIES_AGAIN_MAX 16 /* of one document, that were refused or expired */

struct copies_search {
	struct desk_client *desk;
	const struct registry *registry;
	const struct partner *to; /* who is sent copies */
	bool is_test;             /* of the book of test documents */
	/* No bytes are asked for where the register knows enough: of a registration in JSON. */
	bool is_quick;
};

/* One of them. */
struct copy_due {
	const struct copy *copy;       /* quick: without the document */
	const struct verb_examine *of; /* the message it is in */
	struct slice aggregation;
	struct slice id;     /* Message-ID of the copy that was made last, or is to be made */
	/* Of that; DELIVERIES: it is to be made; refused or expired: so were all that are made. */
	enum delivery state;
};
/* What is not ST_OK ends it. */
typedef enum status copy_due_heard(void *context, const struct copy_due *, struct fault *f);

/* ST_RETRY, ST_HOST of the gateway; as copies_each(), and of `heard`. */
NODISCARD enum status copies_due_each(const struct copies_search *, copy_due_heard *heard,
	void *context, struct fault *f);

#endif
