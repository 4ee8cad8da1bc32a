/* SPDX-License-Identifier: Apache-2.0 */
/* What `tieline doctor` finds: each thing with its urgency and what mends it. */
#ifndef TIELINE_CLI_DOCTOR_H
#define TIELINE_CLI_DOCTOR_H

#include <jansson.h>

#include "cli/risk_report.h"

enum urgency {
	URGENT, /* something is stopped, open to others, or about to be */
	SOON,   /* it will be */
	ADVICE, /* it could be better */
	URGENCIES,
};

struct doctor {
	const char *path; /* of the home */
	int home;         /* its directory */
	struct risk_report r;
	json_t *found;    /* of objects: urgency, topic, found, mend */
	unsigned missed;  /* answers that did not come in time */
	bool clock_is_wrong; /* doctor_clock_belief(): what follows from it is marked */
};

/* `mend`: a command, or what a person does.  Both are formatted by the caller. */
void doctor_find(struct doctor *, enum urgency, const char *topic, const char *mend,
	const char *found, ...) __attribute__((format(printf, 5, 6)));

/* Each looks at one thing and finds nothing, or something. */
void doctor_keys(struct doctor *);         /* doctor_home.c */
void doctor_root(struct doctor *);
void doctor_disk(struct doctor *);
void doctor_fsck(struct doctor *);
void doctor_clock(struct doctor *);
void doctor_clock_belief(struct doctor *);
void doctor_software(struct doctor *);
void doctor_logging(struct doctor *);
void doctor_gateway(struct doctor *);      /* doctor_gateway.c: its processes and queues */
void doctor_copies(struct doctor *);       /* doctor_copies.c */
void doctor_ignored(struct doctor *);      /* doctor_partners.c */
void doctor_certificates(struct doctor *);
void doctor_protection(struct doctor *);
void doctor_assumptions(struct doctor *);
void doctor_exceptions(struct doctor *);
void doctor_agreements(struct doctor *);
void doctor_revocation(struct doctor *);

#endif
