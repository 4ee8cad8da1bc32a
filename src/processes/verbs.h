/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything one of our processes may say to another, in one table (verbs.c): who to whom, with
 * which fields, with a descriptor or without.  A verb carries facts; no path, command, SQL or
 * address.
 */
#ifndef TIELINE_PROCESSES_VERBS_H
#define TIELINE_PROCESSES_VERBS_H

#include "base/ipc.h"
#include "ledger/ledger.h"

enum role {
	ROLE_MONITOR,
	ROLE_EDGE,
	ROLE_ENVELOPE,
	ROLE_KEYHOLDER,
	ROLE_LEDGER,
	ROLE_COURIER,
	ROLE_DESK,
	ROLE_CLIENT, /* the command line, at the desk */
	ROLES,
};
#define ROLE_BIT(role) (1u << (role))
const char *role_name(enum role);

enum verb {
	VERB_NONE,
	/* monitor -> everybody */
	VERB_CONFIG, /* fd: snapshot (snapshot.h); replaces the one before */
	/* fd: a link to another process; replaces the one before to the same role and index */
	VERB_LINK,
	VERB_LISTEN, /* fd: listening socket, for edge and desk */
	VERB_KEY,    /* fd: a private key file, for the keyholder, before each VERB_CONFIG */
	VERB_URGENCY, /* fd: the page of urgency.h, not for the keyholder; before VERB_CONFIG */
	VERB_GATE, /* fd: the page of gate.h, for an edge; at its start, before VERB_CONFIG */
	VERB_DRAIN,  /* take nothing new, finish what is under way, exit */
	/* everybody -> monitor */
	VERB_READY, /* sandboxed and in the loop */
	/* monitor -> desk */
	/* a process started, ended or changed; also the answer's rows of VERB_STATUS */
	VERB_PROCESS,
	/* edge, envelope, courier -> keyholder and back */
	VERB_KEY_ASK,
	VERB_KEY_ANSWER,
	/*
	 * edge, envelope, desk -> ledger and back, client -> desk and back: an unnamed spool file
	 */
	VERB_SPOOL,
	VERB_SPOOLED, /* fd */
	/*
	 * envelope -> ledger: done with the file of that VERB_SPOOL, whether or not it went back in
	 * a parcel
	 */
	VERB_UNSPOOL,
	/* receiving */
	VERB_OPEN,    /* edge -> envelope; fd: body */
	VERB_REFUSE,  /* edge -> envelope: make a signed refusal */
	VERB_NOTICE,  /* edge -> envelope; fd: a receipt that came by itself */
	VERB_ARRIVED, /* envelope -> ledger; fd: parcel */
	VERB_RECEIPT, /* ledger -> edge; fd: holds the receipt to answer with */
	/* ledger, envelope -> edge, desk; desk -> client: nothing was done; fault says why */
	/* to an edge also DUPLICATE_DIFFERS (ledger.h): it is to be refused, by VERB_REFUSE */
	VERB_TRY_LATER,
	/* envelope -> ledger, which answers at once: whether documents agree with the register */
	VERB_CONSULT, /* fd: what they say (exchange/facts.h) */
	VERB_CONSULTED,
	/* sending */
	/*
	 * client -> desk: may this be submitted?  Of a document that is read from where nobody can
	 * tell its size: what is known of it so far
	 */
	VERB_OFFER,
	VERB_OFFERED,  /* desk -> client */
	VERB_SUBMIT,   /* client -> desk -> envelope; fd: document */
	VERB_ENQUEUE,  /* envelope -> ledger; fd: parcel */
	VERB_ACCEPTED, /* ledger, envelope -> desk -> client: durable, or a fault */
	VERB_DELIVER,  /* ledger -> courier; fd: sealed body */
	VERB_CHECK,    /* courier -> envelope; fd: what the partner answered */
	VERB_SETTLE,   /* envelope -> ledger; fd: receipt */
	VERB_FAILED,   /* courier, envelope -> ledger: an attempt without a valid receipt */
	VERB_UNREAD,   /* envelope -> ledger, before that; fd: what was answered, to be kept */
	VERB_TAKEN,    /* courier -> ledger: the partner has the bytes and says no more */
	VERB_CLAIM,    /* envelope -> ledger; fd: a receipt that came by itself */
	VERB_NOTED,    /* ledger, envelope -> edge: what became of it, durably; or why nothing */
	/* looking into documents */
	VERB_EXAMINE,  /* ledger -> envelope; fd: document */
	VERB_SET,      /* envelope -> ledger: a transaction set in what we sent */
	VERB_VERDICT,  /* envelope -> ledger: what the partner says of what we sent */
	VERB_FINDING,  /* envelope -> ledger: what is wrong with a document of our own types */
	VERB_INTERCHANGE, /* envelope -> ledger: one was received, and not rejected */
	/* envelope -> ledger, which answers at once: whether another message brought this one */
	VERB_RECALL,
	VERB_RECALLED,
	VERB_EXAMINED, /* envelope -> ledger: that was all; the answer was enqueued before */
	/* word of revoked certificates, fetched before it is needed */
	VERB_FETCHED,  /* courier -> envelope; fd: what a source answered */
	VERB_JUDGED,   /* envelope -> courier: it was kept, or why not */
	VERB_LEARNED,  /* envelope -> ledger; fd: a list or an answer, verified: to be kept */
	VERB_TRIED,    /* courier -> ledger: how fetching from a source went */
	/* ledger -> edge, envelope, courier, and for VERB_STATUS; fd: all that is known */
	VERB_STANDING,
	VERB_REFRESH,  /* client -> desk -> ledger -> courier: fetch all of it now */
	/* how far the history goes, signed now and then (ledger/heads.h) */
	VERB_HEAD,        /* ledger -> envelope */
	VERB_HEAD_SIGNED, /* envelope -> ledger */
	/* asking: client -> desk -> ledger and back */
	VERB_WAIT,   /* answered by VERB_MESSAGE once it reached an end state */
	VERB_LIST,   /* answered by VERB_MESSAGE... VERB_END */
	VERB_SHOW,   /* answered by VERB_MESSAGE on the first page, VERB_EVENT... VERB_END */
	VERB_GET,    /* answered by VERB_CONTENT or VERB_END with a fault */
	/*
	 * answered by VERB_PROCESS..., VERB_STANDING, VERB_LANE..., VERB_FLAGGED...,
	 * VERB_ANNOUNCED..., VERB_READINESS..., VERB_LATE..., VERB_REVIEW..., VERB_MISSED...,
	 * VERB_CLOCK..., VERB_DEFERRAL..., VERB_HISTORY, VERB_END
	 */
	VERB_STATUS,
	/* fd: a pipe; answered by VERB_COPIED, or VERB_TRY_LATER: see survey.h */
	VERB_COPY,
	VERB_COPIED, /* fd: the database of one moment */
	/* answered by VERB_AGGREGATION..., RESOURCE..., STATEMENT... or CONDITION..., VERB_END */
	VERB_REGISTRY,
	VERB_AGGREGATION,
	VERB_RESOURCE,
	VERB_STATEMENT,
	VERB_CONDITION,
	VERB_MESSAGE,
	VERB_EVENT,
	VERB_CONTENT, /* fd */
	VERB_LANE,
	VERB_FLAGGED, /* beside the lanes: what was accepted all the same */
	/* edge, courier -> ledger; beside the lanes: what a partner's software says of itself */
	VERB_ANNOUNCED,
	VERB_REVIEW,    /* beside the lanes: a registration that is not decided */
	VERB_MISSED,    /* likewise: an answer that did not come in time */
	VERB_READINESS, /* also envelope -> ledger: a partner has our renewed sheet */
	VERB_LATE,      /* beside the lanes: receipts that were missed within the last day */
	VERB_DEFERRAL,  /* likewise: why messages wait for another attempt */
	VERB_HISTORY,   /* likewise: how far the history goes, and was signed */
	VERB_CLOCK,     /* likewise: by how much a partner's clock differs from ours */
	VERB_END,
	VERBS,
};

extern const struct ipc_protocol verbs;

/* Wire codes of enums are their values; every reader checks their range. */

struct verb_empty { uint32_t zero; };
struct verb_link { uint32_t role, index; };
struct verb_key { uint32_t number; };          /* keyring_number() */
struct verb_process {
	uint32_t role, index, pid, restarts, ready;
	int64_t started_ns;
};

struct verb_key_ask {
	uint32_t number, scheme;
	struct slice digest_name, input;
};
struct verb_key_answer {
	uint32_t status;
	struct slice code, text, output;
};

struct verb_open {
	uint32_t edge;         /* index of the asker: the answer comes from the ledger */
	uint32_t area;         /* AREAS: the message tells */
	uint32_t lane_of;      /* the area in whose lane it rides; AREAS: not known yet */
	uint32_t unproven;     /* no TLS certificate: until the signature stands, nobody's */
	uint32_t plain;        /* the connection has no hybrid key exchange */
	int64_t arrived_ns;    /* last byte of the body */
	uint64_t size;         /* of the body */
	struct slice partner; /* id of the party the TLS certificate belongs to, or that is named */
	struct slice head;     /* as2_head_select lines */
	struct slice code, text; /* VERB_REFUSE: the fault; VERB_OPEN: what it is flagged for */
	uint32_t status;
};

struct verb_arrived {
	uint32_t edge;
	uint64_t request;      /* the edge's packet id of VERB_OPEN */
	uint32_t area;
	uint32_t state;        /* DELIVERY_RECEIVED, DELIVERY_REJECTED */
	int64_t arrived_ns;
	uint64_t size;
	struct slice partner, message_id, media_type, filename, digest, mic, signer, receipt_type,
		code, text;
	uint64_t part_at, part_n, document_at, document_n, signature_at, signature_n, receipt_at,
		receipt_n;
	uint64_t came_at, came_n; /* REJECTED: head and body, if they are to be kept */
	struct slice receipt_digest; /* as that of a sealed form */
	uint32_t later;        /* the receipt goes in a connection of its own */
	struct slice to;       /* then: which name of ours it was sent to */
	struct slice note;     /* what is odd about how that was asked for; empty: nothing */
	int64_t deadline_ns;   /* as it was signed, or the document says; 0: none */
	struct slice scope;    /* of real-time data; empty: it is none */
	int64_t sequence;
	uint64_t facts;        /* id of the VERB_CONSULT about its documents; 0: none */
};

struct verb_receipt {
	struct slice type;     /* Content-Type */
	struct slice message_id; /* of the message it answers */
	uint64_t at, n;
	uint32_t repeated;     /* the stored receipt of a duplicate */
	uint32_t later;        /* it goes in a connection of its own: nothing is answered with it */
	struct slice code;     /* of the fault it was refused for; empty: accepted */
};

struct verb_fault {
	uint32_t status;
	struct slice code, text;
};

struct verb_consult {
	uint32_t direction;    /* enum direction_of_message */
	struct slice partner, message_id; /* of the message they are in */
	int64_t came_ns;       /* the earliest that it can have come (lateness.h); 0: now */
};

struct verb_consulted {
	uint32_t status;       /* ST_OK: they agree; ST_RETRY, ST_HOST: nobody can say now */
	struct slice code, text;
	uint64_t findings;
};

struct verb_submit {
	struct slice partner, message_id, media_type, filename; /* message_id empty: one is made */
	uint32_t area;
	int64_t created_ns;    /* set by the desk */
	/* client -> desk: from now on, 0: the agreement's; desk -> envelope: the moment */
	int64_t deadline_ns;
	uint64_t size;
	uint64_t copy_of;      /* row of the message it is a copy of, by a person's wish; 0: none */
};

struct verb_offered {
	uint32_t status;       /* ST_OK, else the fault */
	struct slice code, text;
	uint64_t size_max;     /* bytes: what is larger is refused */
};

struct verb_enqueue {
	uint64_t ticket;       /* the desk's packet id of VERB_SUBMIT */
	uint64_t answers;      /* row of the message it was made for: nobody waits; 0: a person's */
	uint32_t is_copy;      /* of a document in that message, which it does not answer */
	uint64_t copy_of;      /* as in struct verb_submit */
	uint32_t area;
	int64_t created_ns, deadline_ns;
	uint64_t size;
	struct slice partner, message_id, media_type, filename, digest, mic, headers;
	uint64_t part_at, part_n, document_at, document_n, signature_at, signature_n, sealed_at,
		sealed_n;
	struct slice scope;    /* of real-time data; empty: it is none */
	int64_t sequence;
	uint64_t facts;        /* as in struct verb_arrived */
	int64_t secret_until_ns; /* what the document says itself; 0: as its area */
	struct slice sealed_digest;
};

struct verb_accepted {
	uint32_t status;       /* ST_OK, else the fault */
	uint32_t repeated;     /* was submitted before, with the same content */
	struct slice code, text, message_id;
	uint64_t row;
	int64_t deadline_ns;
};

struct verb_deliver {
	uint32_t area, attempt;
	uint32_t receipt;      /* of ours, not a message */
	struct slice partner, message_id, headers;
	uint64_t at, n;        /* the sealed body in the descriptor */
	int64_t expires_ns;
	int64_t secret_until_ns; /* as in struct verb_enqueue */
	struct slice sealed_digest; /* of the body; empty: none was kept */
	uint32_t is_doubted;   /* it was not what was sealed, when it was looked at last */
	uint32_t is_whole;     /* a rest of it came to nothing: all of it goes (resume.h) */
};

struct verb_check {
	uint64_t row;
	uint32_t area, http_status;
	struct slice partner, message_id, type; /* Content-Type of the answer */
	int64_t sent_ns, answered_ns;
	uint32_t is_rest; /* of the message went, after what the partner had (resume.h) */
};

struct verb_taken {
	uint32_t http_status;  /* the packet's id is the row */
};

struct verb_settle {
	uint64_t row;          /* VERB_CLAIM: 0, the ledger finds it */
	uint32_t edge;         /* VERB_CLAIM: index of who is answered, under this packet's id */
	uint32_t areas;        /* VERB_CLAIM: AREA_BIT set, whose messages it may be for */
	uint32_t state;        /* DELIVERY_DELIVERED, DELIVERY_REFUSED */
	struct slice partner, message_id, mic, type, signer, code, text;
	int64_t receipt_ns;    /* arrival as the receipt states it */
	int64_t made_ns;       /* of the receipt, as it says itself; 0: it does not */
	int64_t sent_ns, answered_ns; /* ours; 0: it came by itself */
	uint32_t is_rest;      /* as in struct verb_check */
	uint64_t at, n;
};

struct verb_failed {
	uint64_t row;
	uint32_t status;       /* ST_RETRY: again later; anything else: for good */
	uint32_t http_status, retry_after_s;
	uint32_t setback;      /* enum setback; of an envelope SETBACK_OTHER */
	struct slice code, text;
};

struct verb_unread {
	uint64_t row;
	struct slice type;     /* Content-Type */
	uint64_t n;            /* bytes, from the first */
};

#define X12_NUMBER_MAX 36    /* bytes of a control number or id */
#define X12_REFERENCE_MAX 80
struct verb_examine {
	uint64_t row;
	uint32_t direction, area, number, numbers; /* as in struct ledger_examination */
	struct slice partner, message_id, media_type;
	uint64_t at, n;        /* the document in the descriptor */
};

#define X12_PARTY_MAX 75     /* "ZZ/ACME": both of X12_NUMBER_MAX at most */
#define X12_STAMP_MAX 75     /* ISA09, ISA10 */
struct verb_set {
	uint64_t row;
	struct slice interchange, group_id, group_number, set_id, set_number, reference;
	struct slice sender, receiver, stamp; /* of its interchange */
};

struct verb_interchange {
	uint64_t row;
	uint32_t test;
	struct slice sender, receiver, number;
	int64_t since_ns;      /* of VERB_RECALL: what came before is none */
};

struct verb_recalled {
	uint32_t status;       /* ST_OK: another did; ST_NONE: none did; else: again later */
	struct slice message_id; /* of that message */
};

struct verb_verdict {
	uint64_t row;
	uint32_t about, outcome;
	uint32_t counts, received, rejected; /* counts: the other two are said */
	uint32_t said_in;      /* which 997 or 999 of the answer, from 1 */
	struct slice interchange, group_id, group_number, set_id, set_number, reference, text;
	struct slice sender, receiver, stamp; /* of the interchange it is about */
	struct slice document; /* the id in the reference, as in struct ledger_verdict; or empty */
};

#define FINDING_TEXT_MAX 512
struct verb_finding {
	uint64_t row;
	uint32_t of_copy;      /* why there is none, for whom; else what is wrong with a document */
	struct slice code, text;
};

struct verb_examined {
	uint64_t row;
	uint32_t status;       /* ST_OK; ST_MORE: with so many numbers; else: again later */
	uint32_t numbers;
	struct slice code, text; /* ST_OK: what the message is flagged for, empty: nothing */
	struct slice summary;  /* of what is X12; empty: nothing is */
	struct slice documents; /* of what is of our own types, likewise */
};

/* Sources go by source_key(): their addresses are in the configuration, and in no packet. */
#define VERB_KEY_MAX 32
struct verb_fetched {
	uint32_t kind;         /* enum fetched_kind: a list, or an answer */
	struct slice partner;  /* whose authorities it must be of */
	struct slice source;
	struct slice fingerprint, nonce; /* an answer: about which certificate, to which request */
};

struct verb_judged {
	uint32_t status;       /* ST_OK: it was handed to the ledger */
	struct slice code, text;
	int64_t next_ns;       /* ST_OK: when it ends */
};

struct verb_learned {
	uint32_t kind, outcome; /* enum fetched_kind, enum answer_outcome */
	struct slice key;      /* as in struct fetched_record */
	struct slice by;
	struct slice counted;  /* of a list: list_counted() */
	int64_t issued_ns, next_ns, fetched_ns;
};

struct verb_tried {
	struct slice source;
	uint32_t status;       /* ST_OK, or the fault */
	struct slice code, text;
	int64_t tried_ns;
};

struct verb_head {
	uint64_t place;
	int64_t at_ns;
	struct slice hash;
};

struct verb_head_signed {
	uint32_t status;       /* ST_OK, or the fault */
	struct slice code, text;
	struct slice signature; /* CMS, detached */
};

struct verb_list {
	uint32_t in, out, areas, states, limit;
	uint64_t after;
	struct slice message_id, partner;
};

struct verb_show {
	uint64_t row;
	uint64_t after;        /* number of the last event seen, 0: the first page */
};

struct verb_get {
	struct slice message_id;
	struct slice partner;  /* empty: any */
	uint32_t in, out;
	uint32_t content;      /* enum ledger_content */
};

struct verb_message {
	uint64_t row, size;
	uint32_t direction, state, area, attempts, receipt; /* enum receipt_form */
	uint32_t owed;         /* as in struct ledger_message */
	struct slice partner, message_id, media_type, filename, digest, mic, code, text;
	int64_t created_ns, deadline_ns, settled_ns, receipt_ns;
};

struct verb_event {
	uint64_t row, number;
	int64_t at_ns;
	struct slice what, code, detail;
};

struct verb_content {
	uint64_t at, n;
	struct slice digest;   /* of a document; else empty */
	struct slice type, filename, message_id;
	uint32_t direction, area;
};

struct verb_flagged {
	struct slice partner, code;
	uint64_t count;
	int64_t last_ns;
};

struct verb_announced {
	struct slice partner, version, product, features; /* as in struct ledger_announced */
	int64_t since_ns;
};

struct verb_readiness {
	struct slice partner;
	uint32_t generation; /* of our certificate for encryption that it was seen to use */
	int64_t since_ns;
};

struct verb_clock {
	struct slice partner;
	int64_t ahead_ns, error_ns, at_ns;
	uint32_t far;          /* more than the settings take */
};

struct verb_late {
	struct slice partner;
	uint32_t area;
	uint64_t count;
	int64_t last_ns;
};

struct verb_history {
	uint64_t events, signed_events;
	int64_t signed_ns;     /* 0: never */
	int64_t unsigned_ns;   /* since when something is not; 0: all is */
};

struct verb_deferral {
	struct slice partner;
	uint32_t area;
	struct slice code, text;
	uint64_t count;
	int64_t next_ns;
};

enum {
	REGISTRY_AGGREGATIONS,
	REGISTRY_RESOURCES,
	REGISTRY_HISTORY,
	REGISTRY_CONDITIONS,
	REGISTRY_AWARDS,
	REGISTRY_DISPATCHES,
	REGISTRY_NOTICES, /* outages and limits: of a partner, whichever aggregation */
	REGISTRY_QUESTIONS,
};
struct verb_registry {
	uint32_t what, test, limit;
	int64_t at_ns;
	/* the page begins behind this one; empty and 0: the first page */
	struct slice after, after_partner;
	uint64_t after_number;
	struct slice aggregation, partner; /* empty: any; of resources and conditions: one of one */
};

/* FACT_EXPORT_KW to FACT_ENERGY_KWH, in millionths; known: a bit each. */
struct verb_quantities {
	uint32_t known;
	int64_t export_kw, import_kw, up_kw, down_kw, inject_kvar, absorb_kvar, energy_kwh;
};

struct verb_aggregation {
	struct slice aggregation, partner, name, program, state;
	struct slice services; /* each with a blank behind it, or one without */
	uint32_t direction;
	int64_t from_ns, until_ns, revision; /* revision -1: none */
	struct verb_quantities can;
};

struct verb_resource {
	struct slice resource, premise, feeder, der_kind, consent, program;
	uint32_t net_metering; /* 1: it is said to have it */
	int64_t consent_ns, from_ns;
	struct verb_quantities can;
};

struct verb_statement {
	uint64_t number, resources;
	struct slice type, action, document, partner, message_id;
	uint32_t direction, revision;
	int64_t basis, said_ns, from_ns, until_ns, voided_ns;
};

/* That a decision sets; in force from from_ns to before until_ns (0: no end), both 0: it is not. */
struct verb_condition {
	uint64_t number; /* rises: the page behind this one begins there */
	struct slice document, kind, direction, feeder, window;
	uint32_t compared; /* what is said later is held to it */
	int64_t kw, from_ns, until_ns; /* kw: in millionths; -1: none said */
};

struct verb_review {
	struct slice partner, aggregation, document, type;
	uint32_t direction, test, waiting; /* waiting: for information, and the clock stands */
	int64_t started_ns, due_ns, left_ns;
};

struct verb_missed {
	struct slice partner, aggregation, document, message_id, type, member, answer;
	uint32_t ours, test; /* ours: it is for us to answer */
	int64_t due_ns, late_ns;
};

struct verb_lane {
	uint32_t direction, area, state;
	uint32_t receipts;     /* of ours that go in connections of their own, not of messages */
	uint64_t count;
	int64_t oldest_ns;
};

#endif
