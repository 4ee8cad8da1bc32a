/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This gateway's own configuration, HOME/tieline.yaml, written by `init` and
 * edited by people.  Every value has a default but the first four.
 *
 *   id: "007909411"
 *   name: "Example Power & Light"
 *   role: utility
 *   listen: 127.0.0.1:8443
 *   url: https://gw.example.com:8443   # default: https://LISTEN
 *   workers: { edge: 1, envelope: 2, courier: 1 }
 *   limits:  { connections: 1024, unproven: 32, handshake: 10s, head: 10s, body-idle: 30s,
 *              idle: 60s, attempts-parallel: 64, clocks-apart: 1s, handshakes: 200/s,
 *              stranger-handshakes: 100/4s, stranger-messages: 20/s }
 *   registry:
 *     review-days: 60                # of a registration: FERC Order 2222
 *     review-warning-days: 14, 7, 1  # left
 *   memory:  { monitor: 512MiB, edge: 768MiB, envelope: 1GiB, keyholder: 384MiB, ledger: 1GiB,
 *              courier: 1GiB, desk: 384MiB }
 *   users:   { base: 61840 }           # when started as root: one user id per process from here on
 *   keep-failed: 7d                  # bytes of a message that could not be opened; 0s: not
 *   log: info
 *   risk: { policy: enforce, quantum-year: 2035, migration: 2y, secrecy: { billing: 10y },
 *           retention: { billing: 7y } }
 */
#ifndef TIELINE_EXCHANGE_SETTINGS_H
#define TIELINE_EXCHANGE_SETTINGS_H

#include "base/log.h"
#include "exchange/rate.h"
#include "exchange/risk.h"
#include "exchange/sheet.h"

#define SETTINGS_SIZE_MAX 65536
#define LISTEN_MAX 256
#define WORKERS_ASKED_MAX 16 /* of one role, in the settings */
#define WORKERS_MAX 18       /* of one role: of envelopes there are two more than that */

/* How long the review of a registration may take, and when people are warned. */
#define REVIEW_WARNINGS_MAX 8
struct review_terms {
	unsigned days;
	unsigned warnings; /* how many there are */
	unsigned warning_days[REVIEW_WARNINGS_MAX]; /* days left, falling */
};

/* Bytes that one process of each kind may have (base/memory.h); settings.c has the reasons. */
struct memory_terms {
	uint64_t monitor, edge, envelope, keyholder, ledger, courier, desk;
};

struct settings {
	char id[PARTY_ID_MAX + 1];
	char name[PARTY_NAME_MAX + 1];
	enum party_role role;
	char listen[LISTEN_MAX + 1]; /* HOST:PORT; IPv6 in brackets */
	char url[PARTY_URL_MAX + 1];
	unsigned edges, envelopes, couriers;
	unsigned connections;    /* at once, in all, per edge */
	unsigned unproven;       /* of them, without a client certificate */
	int64_t handshake_ns;    /* TLS handshake finished */
	int64_t head_ns;         /* request head complete */
	int64_t body_idle_ns;    /* no body byte for so long */
	int64_t idle_ns;         /* kept-alive connection without a request */
	unsigned attempts;       /* deliveries in flight per partner */
	/* TLS handshakes begun, per edge: of an address with proof, and of all others (gate.h) */
	struct rate handshakes, stranger_handshakes;
	struct rate stranger_messages; /* of all who show no certificate, per edge */
	int64_t clocks_apart_ns; /* a partner's clock that differs by more is told */
	struct review_terms review;
	struct memory_terms memory;
	unsigned uid_base;
	int64_t keep_failed_ns; /* the bytes of what could not be opened; 0: nothing is kept */
	enum log_level log_level;
	struct risk_terms risk;
};

/* ST_INPUT "settings.yaml" (names line and key) | "settings.value" (names the key). */
NODISCARD enum status settings_parse(struct settings **out, struct slice yaml, struct fault *f);
/* with comments for the person who edits it */
void settings_format(struct buf *out, const struct settings *);
void settings_init(struct settings *);                          /* the defaults; empty identity */
void settings_free(struct settings *);
DEFINE_AUTO(settings)

#endif
