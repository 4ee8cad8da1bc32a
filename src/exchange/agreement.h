/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one partner and we agreed: which areas in which direction, how large,
 * which media types, which algorithms, how fast.  Kept as YAML in
 * partners/ID/agreement.yaml, edited by people:
 *
 *   fingerprint: 0f3a...        # SHA-256 of the partner's root certificate, confirmed by a person
 *   areas:
 *     billing:      { send: true, receive: true, size: 64MiB, deadline: 3d, receipt-within: 4h }
 *     outage:       { send: true, receive: false }
 *   media-types: [ application/json, "application/edi-x12", "text/..." ]   # none listed: all
 *   algorithms: [ rsa-sign, rsa-pss, rsa-oaep, rsa-v15, aes-cbc ]      # beyond our own default
 *   legacy: [ { algorithm: sha-1, until: 2027-01-31 } ]           # exceptions.h
 *   as2:          { sign: true, encrypt: true, compress: never, receipt: signed,
 *                   receipt-delivery: synchronous, digest: sha-256, cipher: aes-256-gcm,
 *                   area-rules: [ { subject: "OUTAGE", area: outage } ], area: billing }
 *   tls:          { client-certificate: true, version: 1.3 }
 *   tolerate:     { expired-certificates: 2027-01-15 }                 # to the end of that day
 *   trust:        { mode: chain, revocation: lists,        # anchors.pem, revoked.crl beside it
 *                   crl: [ "http://..." ], ocsp: [ "http://..." ] }   # sources.h
 *   x12:          { examine: true, guides: [ us-810 ] }         # x12_terms.h
 *   documents:    { examine: true, invalid: refuse, registry: flag } # of tieline-documents(5)
 *   copies:       { documents: [ availability ], agreement-id: TPA-RTO-7 }  # copy_terms.h
 *   network: internet                 # over what it goes: internet, carrier, own (risk.h)
 *   addresses: [ "192.0.2.0/24" ]     # that it comes from: known at the door (prefixes.h)
 *   connections: 16
 *   rate: 600/min                     # messages and receipts, at one edge; also of an area
 *   suspended: false
 */
#ifndef TIELINE_EXCHANGE_AGREEMENT_H
#define TIELINE_EXCHANGE_AGREEMENT_H

#include "exchange/algorithms.h"
#include "exchange/area_rules.h"
#include "exchange/copy_terms.h"
#include "exchange/exceptions.h"
#include "exchange/prefixes.h"
#include "exchange/rate.h"
#include "exchange/risk_exceptions.h"
#include "exchange/sheet.h"
#include "exchange/sources.h"
#include "exchange/x12_terms.h"

#define AGREEMENT_SIZE_MAX 65536        /* bytes of YAML */
#define AGREEMENT_TYPES_MAX 32
#define DOCUMENT_SIZE_DEFAULT (UINT64_C(64) << 20)
#define DOCUMENT_SIZE_LIMIT (UINT64_C(64) << 30)
#define CONNECTIONS_DEFAULT 128 /* a gateway sends 64 messages at once, and 64 notices */
#define AS2_PATH_MAX 255
#define RECEIPT_PATH "/receipt" /* where a gateway takes receipts that come by themselves */

/*
 * How messages are wrapped for AS2 (RFC 4130 2.4.2, RFC 5402).  Sending: exactly so.  Receiving:
 * `sign` and `encrypt` are the least that is taken, both orders of compression are read, and the
 * receipt is the one the partner asks for, in the answer or, where it may ask for that, in a
 * connection of its own, to the address we know and never to one that a message names.
 */
enum compress { COMPRESS_NEVER, COMPRESS_BEFORE_SIGNING, COMPRESS_AFTER_SIGNING, COMPRESSES };
enum receipt_form { RECEIPT_SIGNED, RECEIPT_UNSIGNED, RECEIPT_NONE, RECEIPTS };

struct as2_terms {
	bool sign, encrypt;
	enum compress compress;
	enum receipt_form receipt;
	enum digest digest; /* of what we send: signature and MIC */
	enum cipher cipher; /* likewise; what may come is in `algorithms` */
	bool signs_pss;     /* likewise, messages and receipts, where our key is RSA */
	char path[AS2_PATH_MAX + 1]; /* where it is posted to; empty: /exchange/AREA */
	bool marked; /* the signed part says its area (Tieline-Area), as another Tieline's does */
	bool asks_later;         /* our messages ask for a receipt in a connection of its own */
	bool may_ask_later;      /* the partner's may */
	bool attachments; /* the partner reads several documents in a message (RFC 6362) */
	bool takes_rests; /* it goes on with a long message that broke off (AS2 Restart) */
	int64_t receipt_wait_ns; /* first wait for one, or for one in an answer; 0: as usual */
	char receipt_path[AS2_PATH_MAX + 1]; /* where ours are posted to; empty: RECEIPT_PATH */
	/* where that is, if not at the sheet's address; empty: there */
	char receipt_url[PARTY_URL_MAX + 1];
};

/* How the partner's software does TLS; by default as a Tieline does. */
struct tls_terms {
	/*
	 * It shows a certificate of its sheet when it connects.  Where not, the signature of each
	 * message is all that says who sent it, and what is not signed is refused.
	 */
	bool client_certificate;
	bool version_1_2; /* it has no TLS 1.3 */
};

enum direction { DIRECTION_SEND, DIRECTION_RECEIVE, DIRECTIONS }; /* as we see it */

/*
 * Whose word makes a certificate the partner's: the sheet's alone, or also that of authorities
 * named in anchors.pem, whose renewals are then taken without a new sheet.
 */
enum trust_mode { TRUST_PINNED, TRUST_CHAIN, TRUST_MODES };
enum trust_revocation { TRUST_REVOCATION_LISTS, TRUST_REVOCATION_NONE, TRUST_REVOCATIONS };

struct trust_terms {
	enum trust_mode mode;
	bool asks_revocation; /* TRUST_CHAIN only */
	struct sources crl, ocsp; /* fetched ahead; asks_revocation only */
	struct buf anchors,
		lists; /* what lies beside the agreement: filled by who reads the home */
};

#define REVOKED_FILE_MAX (1 << 20) /* bytes */

struct area_terms {
	bool allowed[DIRECTIONS];
	uint64_t size_max;   /* bytes of the document */
	int64_t deadline_ns; /* 0: the area's default */
	int64_t budget_ns;   /* of a receipt, likewise */
	bool open_when_unknown; /* no list says whether a signer is revoked: go on */
	struct rate rate;       /* of messages received */
	int64_t age_ns;         /* of a document, since it was made; 0: the area's default */
};

/*
 * Documents of tieline-documents(5), that is all of this type.  Flagged, what is invalid is kept
 * and given out; refused, it is not taken, and not sent.  The same for what does not agree with the
 * register of aggregations; off: it is not asked, and learns nothing.
 */
#define DOCUMENT_MEDIA_TYPE "application/json"
enum invalid_policy { INVALID_FLAG, INVALID_REFUSE, INVALID_POLICIES };
enum registry_policy { REGISTRY_OFF, REGISTRY_FLAG, REGISTRY_REFUSE, REGISTRY_POLICIES };
enum silence_policy { SILENCE_ACCEPTED, SILENCE_DECLINED, SILENCE_POLICIES };
/* Of money: nothing is agreed, each line by itself, or all of them at the end. */
enum rounding_policy { ROUNDING_ANY, ROUNDING_LINE, ROUNDING_TOTAL, ROUNDING_POLICIES };
/* What is restricted by its schema: what the other side needs, by its role, or all. */
enum restricted_policy { RESTRICTED_NEEDED, RESTRICTED_ANY, RESTRICTED_POLICIES };
enum test_policy { TEST_BOTH, TEST_REFUSE, TEST_ONLY, TEST_POLICIES };
struct document_terms {
	bool examine; /* they are looked into, in both directions; the default */
	enum invalid_policy invalid;
	/*
	 * Real-time availability of the same aggregation and kind: a newer one goes in the place of
	 * older ones that wait, and what comes behind a newer one is flagged.
	 */
	bool supersede;
	enum registry_policy registry;
	int64_t notice_ns;     /* that a planned outage is announced ahead; 0: nothing is agreed */
	int64_t change_ns;     /* that a change of an aggregation is; likewise */
	unsigned minimum_kw;   /* that an aggregation has at least; 0: nothing is agreed */
	enum silence_policy silence; /* what it is not to answer an award in time */
	enum rounding_policy rounding;
	enum restricted_policy restricted;
	int64_t cooling_ns; /* that nothing is paid to a payee who is new; 0: it may be at once */
	/* What headers name as the agreement, copies apart; empty: it is not compared. */
	char agreement_id[AGREEMENT_ID_MAX + 1];
	enum test_policy test; /* documents of tests: never mixed with others, refused or all */
};

/*
 * What may be taken although it is of a variant: signatures over other line ends, over the one
 * before the boundary; digests in receipts that are of any variant that is known (variants.h).
 */
enum tolerance {
	TOLERATE_LINE_ENDINGS,
	TOLERATE_LAST_LINE_ENDING,
	TOLERATE_RECEIPT_DIGEST,
	TOLERANCES
};
#define TOLERANCE_BIT(tolerance) (1u << (tolerance))

struct agreement {
	uint8_t fingerprint[DIGEST_SIZE]; /* of the partner's root certificate */
	struct area_terms areas[AREAS];
	/* "type/subtype" or "type/" followed by a star */
	char media_types[AGREEMENT_TYPES_MAX][MEDIA_TYPE_MAX + 1];
	size_t media_type_count; /* 0: all */
	unsigned algorithms;     /* ALG_BIT set */
	struct exceptions exceptions; /* what may come besides, each to a day */
	struct as2_terms as2;
	struct area_rules area_rules; /* of messages posted to /as2 */
	struct tls_terms tls;
	/*
	 * The partner's certificates are taken after their end until then, and every message says
	 * so; 0: they are not.
	 */
	int64_t tolerate_expired_ns;
	struct trust_terms trust;
	/* What is of such a variant is taken until then, likewise. */
	int64_t tolerate_variant_ns[TOLERANCES];
	struct x12_terms x12;
	struct document_terms documents;
	struct copy_terms copies;
	enum risk_path network;
	/* what our root lets through, from risk.pem beside it; NULL: nothing */
	struct risk_exceptions *allowed_risks;
	struct prefixes addresses; /* where it comes from; none: nobody said */
	unsigned connections;    /* at once, from this partner */
	struct rate rate;        /* of messages and receipts from it, whatever the area */
	bool suspended;          /* nothing goes either way */
	bool unread;             /* nothing does until it can be read: agreement_unread_new() */
};

/* What is tolerated to a day: the last moment; 0: it is not. */
struct tolerated_to {
	const char *name; /* "line-endings" */
	int64_t until_ns;
};
#define TOLERATED_MAX (TOLERANCES + 1)
void agreement_tolerated(struct tolerated_to out[TOLERATED_MAX], const struct agreement *);
/* It has not come, and is no more than two years away: as of an exception (exceptions.h). */
bool tolerance_holds(int64_t until_ns, int64_t now_ns);
/* The variants taken now, TOLERANCE_BIT set. */
unsigned agreement_tolerates(const struct agreement *, int64_t now_ns);
/* "line-endings, last-line-ending"; empty for none. */
const char *tolerances_text(unsigned set);

/* All four areas both ways with default terms. */
void agreement_init(struct agreement *);
/* ST_INPUT "agreement.yaml" (the text names line and key) | "agreement.value". */
NODISCARD enum status agreement_parse(struct agreement **out, struct slice yaml, struct fault *f);
/*
 * In the place of one that cannot be read: what it would say nobody knows, so it lets nothing pass
 * either way, and refuses nothing for good.
 */
struct agreement *agreement_unread_new(void);
/* ST_RETRY "agreement.unread". */
NODISCARD enum status agreement_check_read(const struct agreement *, struct fault *f);
void agreement_format(struct buf *out, const struct agreement *);
void agreement_free(struct agreement *);
DEFINE_AUTO(agreement)

/*
 * Promise 7.  AREAS: the area is not known yet; one area that permits it is enough.  `media_type`
 * without parameters, lower case; empty skips that check (it is inside the envelope).  For
 * multipart/... it says whether there may be several documents; each is asked for again.  ST_RETRY
 * "agreement.unread", ST_AUTH "agreement.suspended" | "agreement.area" | "agreement.media-type" |
 * "agreement.attachments", ST_LIMIT "agreement.size".
 */
NODISCARD enum status agreement_permits(const struct agreement *, enum direction, enum area,
	uint64_t size, struct slice media_type, struct fault *f);

/*
 * The largest sealed body worth reading for this area, or for AREAS of any area that may be
 * received: document limit plus overhead for encoding and envelope.
 */
uint64_t agreement_body_max(const struct agreement *, enum area);

/* How long a message of this area, or a receipt for one, is tried. */
int64_t agreement_deadline_ns(const struct agreement *, enum area);
/*
 * Of a copy for a third party: what is said of an outage is worth sending as long as it holds,
 * which the document says, as that party may be away for longer than an outage message may take;
 * unless a deadline is agreed with it.
 */
int64_t agreement_copy_deadline_ns(const struct agreement *, enum area);

/* A receipt that is not here so long after its message was submitted is an alarm. */
int64_t agreement_budget_ns(const struct agreement *, enum area);

/* How long ago a document may have been made; by default no less than it may be under way. */
int64_t agreement_age_ns(const struct agreement *, enum area);

/* Where the partner takes receipts that come by themselves. */
const char *agreement_receipt_path(const struct agreement *);
/* Whether the partner may come without a client certificate: never while it is suspended. */
bool agreement_unproven(const struct agreement *);
/* TLS 1.2 is agreed. */
bool agreement_old_tls(const struct agreement *);

#endif
