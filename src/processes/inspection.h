/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source of revocation answered, looked into by an envelope: believed when an authority of
 * the partner's agreement signed it, and handed to the ledger then.  Who fetched it hears of both.
 */
#ifndef TIELINE_PROCESSES_INSPECTION_H
#define TIELINE_PROCESSES_INSPECTION_H

#include "processes/process.h"

/* VERB_FETCHED; answers with VERB_JUDGED on `courier`, after VERB_LEARNED to the ledger. */
void inspection_run(struct process *, struct ipc *courier, struct ipc_packet *);

/*
 * The judgement alone, for tests: fills what is to be learned, whose slices point into it, and into
 * the question.  ST_INPUT "revocation.unwanted" (no agreement names that source, or certificate,
 * any more), "lists.older" | "ocsp.older" (what is held is younger),
 * "lists.scope" (about others than the one in force that is held), the codes of list_parse,
 * list_verify and ocsp_answer_read; ST_NONE "ocsp.unknown".
 */
struct inspection {
	struct revocation_answer answer;
	struct verb_learned learned;
	uint8_t key[FETCHED_KEY_SIZE], counted[LIST_COUNTED_SIZE]; /* of a list */
};
NODISCARD enum status inspection_judge(struct inspection *out, const struct registry *,
	const struct fetched *, const struct verb_fetched *, struct slice bytes, int64_t now_ns,
	struct fault *f);

#endif
