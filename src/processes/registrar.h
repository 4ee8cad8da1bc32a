/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's half of the register: answers an envelope at once whether documents agree with it,
 * and keeps what it was asked last on each link until the message is stored.  Then it judges again,
 * in the batch that stores it: another message may have come in between.  What an envelope says is
 * read, within bounds, and never mapped.
 */
#ifndef TIELINE_PROCESSES_REGISTRAR_H
#define TIELINE_PROCESSES_REGISTRAR_H

#include "ledger/register.h"
#include "processes/verbs.h"

/* The register itself (ledger/register.h); tests have their own. */
struct register_functions {
	enum status (*judge)(struct register_verdict *out, struct ledger *,
		const struct register_question *,
		void (*finding)(void *context, const struct fault *), void *context,
		struct fault *f);
	enum status (*apply)(
		struct ledger *, uint64_t row, const struct register_question *, struct fault *f);
};

struct registrar;
struct registrar *registrar_new(struct ledger *, const struct register_functions *);
void registrar_free(struct registrar *);
DEFINE_AUTO(registrar)
/* How long the review of a registration may take from now on, as the settings have it. */
void registrar_review(struct registrar *, unsigned days);

/*
 * VERB_CONSULT of an envelope; takes fd.  The answer's slices point into *against.  A message that
 * is stored already agrees: it is a duplicate, and will be answered as such.
 */
struct verb_consulted registrar_consult(struct registrar *, unsigned envelope, uint64_t id,
	const struct verb_consult *, int fd, struct fault *against);

struct registrar_message {
	unsigned envelope;
	uint64_t facts; /* id of the question */
	enum direction_of_message direction;
	struct slice partner, message_id;
	enum registry_policy policy;
};

/*
 * Before the message is stored.  ST_OK: it may be, whatever it says.  ST_RETRY "registry.changed":
 * where the agreement refuses, something speaks against it that did not when the envelope asked;
 * "registry.lost": it was asked of a ledger before us; also the faults of the database.  Nothing is
 * written: the batch goes on.
 */
NODISCARD enum status registrar_check(
	struct registrar *, const struct registrar_message *, struct fault *f);

/* Whether what was checked last is new, and was judged; until registrar_done(). */
bool registrar_is_checked(const struct registrar *);

/*
 * In the batch that stores the message, when it was neither repeated nor refused: what it says is
 * so from now on, and what speaks against it is in its events.  ST_NONE: it says nothing, or nobody
 * asked.  ST_RETRY, ST_HOST: undo the batch.
 */
NODISCARD enum status registrar_apply(
	uint64_t *findings, struct registrar *, uint64_t row, struct fault *f);

/*
 * In the batch that stores the message as refused: all that speaks against it is in its events, and
 * it is not learned.  ST_NONE, ST_RETRY, ST_HOST as above.
 */
NODISCARD enum status registrar_note(struct registrar *, uint64_t row, struct fault *f);

/* What was checked was stored, or not. */
void registrar_done(struct registrar *, unsigned envelope);
/* The link is gone: with it what was asked on it. */
void registrar_forget(struct registrar *, unsigned envelope);

#endif
