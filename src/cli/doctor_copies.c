/* SPDX-License-Identifier: Apache-2.0 */
/* Third parties that do not know what is in force: later copies are refused there. */
#include "cli/doctor.h"

#include "cli/copies_due.h"

#define MEND_MAX 256

struct looking {
	unsigned missing;
};

static enum status due_heard(void *context, const struct copy_due *due, struct fault *f)
{
	struct looking *l = context;

	(void)f;
	l->missing += due->state == DELIVERIES || due->state == DELIVERY_REFUSED ||
		due->state == DELIVERY_EXPIRED;
	return ST_OK;
}

static void book_look(
	struct doctor *d, struct desk_client *desk, const struct partner *to, bool is_test)
{
	const struct copies_search search = { .desk = desk,
		.registry = d->r.registry,
		.to = to,
		.is_test = is_test,
		.is_quick = true };
	AUTO_IN_PLACE(buf) mend = buf_init(MEND_MAX);
	struct looking l = { 0 };
	struct fault f;

	if (copies_due_each(&search, due_heard, &l, &f) != ST_OK) {
		doctor_find(d, SOON, "copies", "ask again when the gateway answers",
			"%s (%s)", f.text, f.code);
		return;
	}
	buf_putf(&mend, "`tieline registry copy %s%s` shows them, and --send sends them",
		to->sheet->id, is_test ? " --test" : "");
	if (l.missing > 0)
		doctor_find(d, is_test ? ADVICE : SOON, "copies", buf_text(&mend),
			"%s was not sent %u of the documents that are in force and copied to it%s: "
			"copies that build on them are refused there",
			to->sheet->id, l.missing, is_test ? " (tests)" : "");
}

/* When no gateway runs, that is told by who looks at it. */
void doctor_copies(struct doctor *d)
{
	AUTO(desk_client) desk = NULL;

	for (size_t i = 0; i < registry_partner_count(d->r.registry); i++) {
		const struct partner *to = registry_partner(d->r.registry, i);

		if (to->agreement->copies.type_count == 0)
			continue;
		if (!desk && desk_client_open(&desk, d->path, NULL) != ST_OK)
			return;
		book_look(d, desk, to, false);
		book_look(d, desk, to, true);
	}
}
