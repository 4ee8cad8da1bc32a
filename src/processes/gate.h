/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may begin a TLS handshake: the first thing an edge asks of a connection, before it costs
 * anything.  An address that showed a partner's certificate within GATE_PROVEN_TIME has a rate of
 * its own, and so has each network that an agreement names (origins.h), for all who come from
 * there; all others share one, of which any one of them gets at most half.  So a flood from
 * addresses nobody knows costs that budget and no more, and shuts out only who is as unknown as it.
 *
 * Pure but for its memory, which is a page of the monitor's: what does not fit is forgotten,
 * strangers first.
 */
#ifndef TIELINE_PROCESSES_GATE_H
#define TIELINE_PROCESSES_GATE_H

#include "base/fault.h"
#include "base/own.h"
#include "exchange/prefixes.h"
#include "exchange/rate.h"

struct sockaddr;

/*
 * How long a partner's certificate speaks for the address it came from, after it was last shown.
 * Who sends of outages alone is silent for weeks, and must come in when a flood does.
 */
#define GATE_PROVEN_TIME (INT64_C(30) * 86400 * NS_PER_S)

struct gate_terms {
	struct rate proven;    /* of one such address */
	struct rate strangers; /* of all others together */
};

enum gate_answer { GATE_ENTER, GATE_ADDRESS_BUSY, GATE_STRANGERS_BUSY };

struct gate;
/* Keeps what an edge knows for the one after it, should it die (page.h).  ST_HOST. */
NODISCARD enum status gate_page_new(int *fd, struct fault *f);
/*
 * One edge at a time.  `seed` is random, for the first of them: where an address is kept must not
 * be foreseen.  fd stays the caller's.  ST_HOST, as page_map.
 */
NODISCARD enum status gate_open(
	struct gate **out, int fd, uint64_t seed, int64_t now_mono_ns, struct fault *f);
void gate_free(struct gate *);
DEFINE_AUTO(gate)

struct address gate_address(const struct sockaddr *);
/* Never 0.  An IPv4 address, or the /64 of an IPv6 one: what one customer of a network gets. */
uint64_t gate_key(const struct address *);

/* Counts it when it may enter.  `network`: the key of the one it is in that is named; or 0. */
enum gate_answer gate_ask(struct gate *, uint64_t key, uint64_t network, const struct gate_terms *,
	int64_t now_mono_ns);
/* One of a partner, as above; `network` likewise. */
bool gate_knows(struct gate *, uint64_t key, uint64_t network, int64_t now_mono_ns);
/*
 * A certificate of a partner was shown from there, now or before: before the machine started it is
 * a negative time.
 */
void gate_prove(struct gate *, uint64_t key, int64_t mono_ns);

struct gate_proof {
	uint64_t key;
	int64_t mono_ns; /* when a certificate was last shown; 0: never */
};
#define GATE_PROOFS_MAX 4096 /* that a gate has room for */
bool gate_proof_counts(const struct gate_proof *, int64_t now_mono_ns);
/* All that count, while an edge may be at work in it; how many. */
size_t gate_proofs(
	struct gate_proof out[GATE_PROOFS_MAX], const struct gate *, int64_t now_mono_ns);

#endif
