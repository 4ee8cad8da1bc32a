/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the envelope share: it is one process, each shape of its work has a file,
 * envelope_*.c, and envelope.c calls one of them for each job.  A shape answers its verb.  ST_MORE
 * "envelope.spool": the job needs a spool file, or one more, and is run again with it.  ST_OK:
 * everything was answered.  Else nothing was said yet, and the fault is for who asked: ST_RETRY and
 * ST_HOST are ours and pass, everything else is final.
 */
#ifndef TIELINE_PROCESSES_ENVELOPE_H
#define TIELINE_PROCESSES_ENVELOPE_H

#include <sys/queue.h>

#include "processes/consult.h"
#include "processes/examiner.h"
#include "processes/process.h"
#include "processes/trust.h"
#include "processes/turns.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

/* An examination, which may take several spool files: one for each message that it makes. */
struct looking {
	bool is_done, is_answered, is_spool_spent;
	bool is_lost; /* what was made did not reach the ledger */
	struct examined out;
	uint32_t numbers;
	unsigned copied; /* copies that are made, or refused */
};

/* One request, as it came: kept whole while it waits for its turn, or for its spool file. */
struct job {
	TAILQ_ENTRY(job) entry; /* of those that wait for a spool file */
	struct turn turn;       /* of those that are ready */
	unsigned code;
	uint64_t id;           /* the asker's packet id */
	uint64_t ticket;       /* ours, of VERB_SPOOL */
	enum role asker;
	unsigned index;
	int fd;                /* body, document or answer */
	int spool;             /* -1: small */
	struct looking *looking; /* of VERB_EXAMINE, owned */
	bool is_copy;          /* what is sealed is one */
	struct buf packet;     /* body of the packet */
	struct slice body;
};

TAILQ_HEAD(jobs, job);

struct envelope {
	struct process *process;
	struct trust *trust;
	struct examiner *examiner; /* NULL: nothing was looked into yet */
	struct x12_guide_set *guides; /* of sets that are documents of ours; no shelf: none yet */
	struct opener openers[KEYRING_GENERATIONS_MAX]; /* old and new: who seals to us may lag */
	size_t opener_count;
	unsigned oldest; /* generation among them */
	bool post_quantum; /* crypto_post_quantum() */
	unsigned *sealed_to; /* by partner: the youngest generation of ours it was seen to use */
	struct buf receipt_url; /* ours */
	struct jobs waiting; /* for a spool file */
	unsigned waiting_count;
	struct turns ready;
	struct event *next; /* runs the next of them, once what has come was read */
	bool is_full;       /* links are paused */
};

/* Parses what is asked into a struct of the job's verb, which borrows from the job. */
NODISCARD enum status envelope_ask_parse(void *out, const struct job *, struct fault *f);

/* Answers.  What cannot be said is logged: who asked is gone, and asks again. */
struct ipc *envelope_asker(const struct envelope *, const struct job *);
void envelope_say(struct ipc *, enum verb, uint64_t id, const void *body, int fd);
void envelope_say_try_later(const struct envelope *, const struct job *, const struct fault *why);

/*
 * To the ledger; when it is away the asker learns at once that nothing was done.  That is the
 * ledger itself where a document is looked into, and is told so with the end of that, or asks
 * again.
 */
void envelope_hand_to_ledger(
	const struct envelope *, const struct job *, enum verb, const void *body, int fd);

/*
 * A fault of ours, and not of what was sent, is no verdict: the keyholder or the disk may be back
 * in a moment.
 */
bool envelope_is_passing(enum status);

/*
 * OpenSSL reports a failed remote key as any other failure.  When the keyholder was the cause, say
 * so: a message must not be refused for good because a process of ours was being restarted.
 */
NODISCARD enum status envelope_blame_keyholder(
	const struct envelope *, enum status, struct fault *f);

/*
 * Of what is to be refused for good: ST_RETRY (clock.doubted) while our clock may be the reason,
 * and nobody could verify a refusal that we sign now.
 */
NODISCARD enum status envelope_clock_check(
	const struct envelope *, const struct fault *refused, struct fault *);

struct slice envelope_own_id(const struct envelope *);
/* As the agreement says that we sign for this partner. */
struct signer envelope_own_signer(const struct envelope *, const struct trusted *partner);

#endif
