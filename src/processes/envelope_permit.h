/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked before a message is believed, or goes: agreement, documents, register. */
#ifndef TIELINE_PROCESSES_ENVELOPE_PERMIT_H
#define TIELINE_PROCESSES_ENVELOPE_PERMIT_H

#include "processes/envelope.h"

/* Of whom to or from, and where: for each of several documents. */
struct permission {
	const struct agreement *agreement;
	enum direction direction;
	struct der_way way;
	struct slice message_id;
	int64_t came_ns; /* the earliest that it can have come (lateness.h); 0: it is ours */
	struct consulted *consulted; /* what the register says of them */
};

/*
 * What neither the edge nor the desk can see: the true size and the media type, of several
 * documents that of each, and what documents of our own types say.
 * ST_AUTH "agreement.*", what own_documents.h and consult.h have, ST_INPUT "related.*".
 */
NODISCARD enum status envelope_document_permitted(const struct envelope *,
	const struct permission *, struct slice document, struct slice media_type,
	struct fault *f);

/*
 * The verdict and where it comes from, for whoever asks later why this was believed.  As
 * trust_permits().
 */
NODISCARD enum status envelope_signer_permitted(const struct trusted *from, enum area,
	struct slice partner, const struct revocation_verdict *, struct fault *f);

#endif
