/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every certificate this gateway lives by, ours and partners', with what a person wants to know of
 * it: whether it is used, how long it lasts, and what to do before it ends.
 */
#ifndef TIELINE_SAFEGUARDS_CREDENTIALS_H
#define TIELINE_SAFEGUARDS_CREDENTIALS_H

#include "exchange/registry.h"
#include "safeguards/keyring.h"

/* How near its end a certificate is that nothing takes over from; days: 60, 30, 14, 7. */
enum nearness { NEAR_NOT, NEAR_60, NEAR_30, NEAR_14, NEAR_7, NEAR_OVER, NEARNESSES };

enum cert_standing {
	STANDING_USED,     /* ours: we send with it; theirs: accepted, or sealed to */
	STANDING_ACCEPTED, /* ours: an old one, for what is still sent to it; theirs: the next */
	STANDING_WAITING,  /* ours: not used before `tieline cert roll` */
	STANDING_PLANNED,  /* ours: used from from_ns on; theirs: valid from begins_ns on */
	STANDING_ENDED,
	STANDINGS,
};
const char *cert_standing_name(enum cert_standing);

struct credential {
	const char *party; /* id */
	bool is_own;
	bool is_anchor;    /* theirs: an authority that their certificates must come from */
	const char *use;   /* "root", "anchor", "tls", "sign", "encrypt" */
	unsigned generation; /* of ours; 0: the root, or a partner's */
	const char *subject; /* empty: a partner's root, of which we hold no more than the sheet */
	const char *key;     /* "P-256"; as subject */
	struct slice fingerprint; /* SHA-256 */
	int64_t begins_ns, ends_ns; /* begins_ns 0: not known */
	int64_t from_ns;     /* ours, STANDING_PLANNED */
	enum cert_standing standing;
	enum nearness nearness;
	bool has_next;       /* ours: a renewed one waits for `tieline cert roll` */
	bool is_tolerated;   /* theirs: ended, and taken to the day that is agreed */
};

/*
 * Ours by use and generation after our root (NULL: not shown), then each partner's in the sheet's
 * order after its root, and those of anchors.pem where the agreement asks authorities.  The slices
 * and texts live during the call.
 */
void credentials_each(const struct keyring *ring, const struct cert *root,
	const struct registry *registry, int64_t now_ns,
	void (*each)(void *context, const struct credential *), void *context);

/* What to do about one that is near its end, as a command; empty when there is nothing. */
void credential_advice(struct buf *out, const struct credential *);

#endif
