/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of all messages as one chain, as logs of certificates and of signed syslog are made
 * (RFC 9162, RFC 5848): each event has a place, and the hash there covers what the event says and
 * the hash before it.  Who changes, adds or takes out an event has to make every hash behind it
 * anew, and the heads that were signed (heads.h) say that he did.
 *
 *   content  SHA-256 of time, fault code and detail; of a message's first event also of all that
 *            never changes in its row.
 *   hash     SHA-256 of the hash before, place, message, number, how often the event was renewed,
 *            its kind, and its content.
 *
 * Where an event says again what it said before ("duplicate": the second time), it leaves its place
 * with the digest of what it said there, and gets a new one.  It does so a few times; of what it
 * says then only that it is there is covered, so that nobody fills the disk with his repeating.
 */
#ifndef TIELINE_LEDGER_CHAIN_H
#define TIELINE_LEDGER_CHAIN_H

#include "base/buf.h"
#include "ledger/ledger.h"
#include "ledger/statements.h"

#define CHAIN_HASH 32 /* bytes */
#define CHAIN_RENEWALS 16

struct chain {
	uint64_t place; /* of the last event; 0: there is none */
	uint8_t hash[CHAIN_HASH];
	struct buf room; /* for what is being hashed */
	ledger_hash *digest;
};

struct chain chain_init(ledger_hash *);
void chain_done(struct chain *);
DEFINE_AUTO_IN_PLACE(chain)

struct chain_link {
	uint64_t message, number, renewed;
	struct slice what;
};

/*
 * What never changes in a message's row, in the order of chain_content()'s `born`; and what an
 * event says: at_ns, fault_code, detail.
 */
#define CHAIN_BORN_COUNT 26
#define CHAIN_BORN \
	"direction, area, partner, message_id, media_type, filename, size, digest, mic, created_ns, deadline_ns," \
	" headers, spool, part_at, part_n, document_at, document_n, signature_at, signature_n, sealed_at," \
	" scope, sequence"
/* Of what is received also its end, which comes with its beginning; of what is sent zeros. */
#define CHAIN_BORN_ENDED \
	"direction * settled_ns, CASE direction WHEN 1 THEN signer ELSE x'' END, CASE direction WHEN 1 THEN receipt_type ELSE x'' END"
/*
 * Covered since version 13: nothing of what has a place before it, and then it is not put at all.
 * That place cannot be moved: the hash of whoever came to stand on its other side would be wrong.
 */
#define CHAIN_BORN_LATER \
	"CASE WHEN e.place > (SELECT value FROM counter WHERE name = 'covered') THEN secret_until_ns END"
#define CHAIN_SAID 3

/* `born`: CHAIN_BORN_COUNT values, or NULL of all but a message's first event. */
void chain_content(uint8_t out[CHAIN_HASH], struct chain *, const struct value said[CHAIN_SAID],
	const struct value *born);
/* The same of an event that was renewed so often that its words count no more. */
bool chain_is_worn(const struct chain_link *);
/* The next place. */
void chain_add(struct chain *, const struct chain_link *, const uint8_t content[CHAIN_HASH]);

/* Whether events of this kind may be renewed at all; all others stay what they are. */
bool chain_may_renew(struct slice what);

#endif
