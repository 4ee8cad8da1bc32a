/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all our processes share: a link to the monitor on descriptor 3, the links to others it
 * hands out, the current configuration, the way down to few rights, and the loop.  A role is a
 * table (struct process_role) and a main function of eight lines.
 *
 *   int keyholder_main(struct process *self)
 *   {
 *           keyholder_load(self);                  // the last use of the disk
 *           process_confine(self, &keyholder_sandbox, ".");
 *           return process_run(self);
 *   }
 *
 * `grep -rn promises src/processes` prints the whole policy.
 */
#ifndef TIELINE_PROCESSES_PROCESS_H
#define TIELINE_PROCESSES_PROCESS_H

#include "base/sandbox.h"
#include "exchange/registry.h"
#include "processes/verbs.h"
#include "safeguards/fetched.h"
#include "safeguards/key.h"
#include "safeguards/keyring.h"

#define PROCESS_MONITOR_FD 3

struct event_base;
struct process;

struct process_role {
	enum role role;
	/*
	 * The keyholder's: a key file, before the configuration that names its certificate.  fd is
	 * the callee's.
	 */
	void (*key)(struct process *, unsigned number, int fd);
	/*
	 * A packet from any link but the monitor's and the keyholder's.  Dispatch by table on
	 * packet->code.
	 */
	void (*packet)(struct process *, struct ipc *, struct ipc_packet *);
	/*
	 * A link to (role, index) came up, or went down (link NULL): fail or repeat what was asked
	 * over it.
	 */
	void (*link)(struct process *, enum role, unsigned index, struct ipc *link);
	/*
	 * Reload, or the moment at which another of our certificates takes over: a new registry
	 * (and ring, own, keys) is in force; the one before, which may be the same, is still valid
	 * during the call.  Not called for the first one.
	 */
	void (*config)(struct process *, const struct registry *before);
	/*
	 * VERB_STANDING: self->fetched has changed; harsher: somebody may have become revoked, and
	 * whoever was let in must be looked at again.
	 */
	void (*news)(struct process *, bool harsher);
	/* fd of VERB_GATE, before the configuration: the callee's. */
	void (*gate)(struct process *, int fd);
	/* fd of VERB_LISTEN: the callee's. */
	void (*listen)(struct process *, int fd);
	/*
	 * VERB_DRAIN: call process_finish() when nothing is under way any more.  NULL: finish at
	 * once.
	 */
	void (*drain)(struct process *);
	/* VERB_PROCESS, for the desk. */
	void (*process)(struct process *, const struct verb_process *);
};

struct process {
	const struct process_role *role;
	unsigned index;              /* set by role_main */
	char name[24];               /* "edge/0" */
	struct event_base *loop;
	struct registry *registry;   /* in force */
	struct fetched *fetched;     /* of revocation; NULL in roles that judge no certificate */
	struct cert *root;           /* ours; NULL when the home shows none */
	struct keyring *ring;        /* all our certificates; their keys are at the keyholder */
	/* remote keys for them, in their order; NULL in roles that have no link to the keyholder */
	struct key *ring_keys[KEYRING_MAX];
	/* those of them that we send with now */
	struct cert *own[CERT_USES];
	struct key *keys[CERT_USES];
	void *state;                 /* the role's own */
	struct process_wiring *wiring;
};

/*
 * Reads from the monitor until the configuration is there, so that a role can look at it before it
 * closes the door.  Dies when the monitor is gone.
 */
void process_init(struct process *, const struct process_role *);

/*
 * As root: into the directory `chroot_dir` ("." is the empty directory, or the ledger's, that the
 * monitor started us in; NULL: no chroot), supplementary groups off, the role's own group and user
 * for good; always no_new_privs, no core dumps, a bound of memory (base/memory.h), death with the
 * monitor; then sandbox_enter.
 */
void process_confine(struct process *, const struct sandbox *, const char *chroot_dir);

/*
 * READY to the monitor, then the loop until process_finish() or the monitor's end.  Returns the
 * exit code.
 */
int process_run(struct process *);
void process_finish(struct process *);
bool process_draining(const struct process *);

/*
 * False while this host's clock says a moment at which our certificate for signing is not valid:
 * then what others sent is not refused for good.  Certificates of ours
 * that are not there doubt nothing.
 */
bool process_clock_is_believed(const struct process *);
/* It cannot be right (CLOCK_WRONG, safeguards/clock_belief.h): nothing ends by this clock. */
bool process_clock_is_wrong(const struct process *);

/* NULL while there is none. */
struct ipc *process_link(const struct process *, enum role, unsigned index);
/* Some link to that role, in turn; *index says which.  NULL while there is none. */
struct ipc *process_any_link(struct process *, enum role, unsigned *index);
/* What an envelope is to be asked for. */
struct errand {
	unsigned lane; /* as turns_add() has it */
	uint64_t size; /* of the body, in bytes */
	struct slice partner; /* who sent it; empty: we, or nobody knows */
};
/* The envelope for it (envelopes.h); *index says which.  NULL while there is none. */
struct ipc *process_envelope_link(struct process *, const struct errand *, unsigned *index);
/* Which role and index a link belongs to. */
void process_peer(enum role *role, unsigned *index, const struct process *, const struct ipc *);

/*
 * A number nobody else uses for a request: starts at random, so that a restarted asker gets no
 * stale answers.
 */
uint64_t process_ticket(struct process *);

/*
 * Promise 8, by urgency.h: a message of this lane is in hand; how long work of this lane has still
 * to wait; and that it goes.
 */
void process_urgent(struct process *, unsigned lane);
int64_t process_yield_ns(const struct process *, unsigned lane);
void process_yield_pass(struct process *, unsigned lane);
/* How many wait; of the envelope that has only what is urgent others want to know. */
void process_waiting(struct process *, uint32_t count);
/* An urgent message of this partner was dear (urgency.h).  False: as one before it. */
bool process_dear(struct process *, struct slice partner);

/* ipc_send to a link that may be NULL: ST_RETRY "ipc.closed" then. */
NODISCARD enum status process_send(
	struct ipc *, enum verb, uint64_t id, const void *body, int fd, struct fault *f);

/*
 * The keyholder as safeguards want it: blocking calls on the current link.  ST_RETRY
 * "key.unreachable" | "ipc.timeout".
 */
const struct key_service *process_keys(struct process *);
/* The number of the key that the keyholder last used for us, keyring_number(). */
unsigned process_key_used(const struct process *);
/*
 * Why the keyholder last failed us since this was last asked: ST_OK when it did not.  OpenSSL
 * cannot tell its callers.
 */
enum status process_key_fault(struct fault *out, struct process *);

/* Fills a fault from a verb's fields, and back. */
void fault_from_verb(struct fault *, uint32_t status, struct slice code, struct slice text);
#define FAULT_VERB(f) \
	.status = (f)->status, .code = slice_str((f)->code), .text = slice_str((f)->text)

/* Each role's rights, for its main and for the test that tries to break out of them. */
extern const struct sandbox edge_sandbox, envelope_sandbox, keyholder_sandbox, ledger_sandbox,
	courier_sandbox, desk_sandbox;

/* `tieline role NAME INDEX`, which only the monitor runs: descriptor 3 is its link. */
int role_main(const char *name, const char *index);
int monitor_main(const char *home); /* tieline serve */
int edge_main(struct process *);
int envelope_main(struct process *);
int keyholder_main(struct process *);
int ledger_main(struct process *);
int courier_main(struct process *);
int desk_main(struct process *);

#endif
