/* SPDX-License-Identifier: Apache-2.0 */
/* Facts are gathered here once, for `cert status`, for `status`, and for the desk's warnings. */
#include "safeguards/credentials.h"

#include <string.h>

#include "base/clock.h"
#include "safeguards/chain.h"

#define DAY_NS (86400 * NS_PER_S)

const char *cert_standing_name(enum cert_standing standing)
{
	static const char *const names[STANDINGS] = {
		[STANDING_USED] = "in use",       [STANDING_ACCEPTED] = "accepted",
		[STANDING_WAITING] = "not used",  [STANDING_PLANNED] = "planned",
		[STANDING_ENDED] = "ended",
	};

	return (unsigned)standing < STANDINGS ? names[standing] : "unknown";
}

static enum nearness nearness_of(int64_t ends_ns, int64_t now_ns)
{
	static const int days[] = {
		[NEAR_60] = 60, [NEAR_30] = 30, [NEAR_14] = 14, [NEAR_7] = 7, [NEAR_OVER] = 0
	};
	enum nearness near = NEAR_NOT;

	for (enum nearness i = NEAR_60; i < NEARNESSES; i++)
		if (ends_ns - now_ns < days[i] * DAY_NS)
			near = i;
	return near;
}

struct looking {
	const struct keyring *ring;
	const struct registry *registry;
	int64_t now_ns;
	void (*each)(void *context, const struct credential *);
	void *context;
};

static void cert_facts(struct credential *out, const struct cert *cert)
{
	out->subject = cert_subject(cert);
	out->key = key_kind_name(cert_key_kind(cert));
	out->fingerprint = cert_fingerprint(cert);
	out->begins_ns = cert_not_before_ns(cert);
	out->ends_ns = cert_not_after_ns(cert);
}

/* --- ours --- */

static enum cert_standing own_standing(const struct looking *l, const struct keyring_cert *c)
{
	if (cert_not_after_ns(c->cert) < l->now_ns)
		return STANDING_ENDED;
	if (c == keyring_current(l->ring, c->use, l->now_ns))
		return STANDING_USED;
	if (c->from_ns == KEYRING_NEVER)
		return STANDING_WAITING;
	return c->from_ns > l->now_ns ? STANDING_PLANNED : STANDING_ACCEPTED;
}

/* A younger one that lasts longer: it takes over in time when its moment is set. */
static bool takes_over(const struct keyring_cert *young, const struct keyring_cert *old)
{
	return young->use == old->use && young->generation > old->generation &&
		cert_not_after_ns(young->cert) > cert_not_after_ns(old->cert);
}

static void own_one(const struct looking *l, const struct keyring_cert *c)
{
	struct credential facts = { .party = registry_settings(l->registry)->id, .is_own = true,
		.use = cert_use_name(c->use), .generation = c->generation,
		.standing = own_standing(l, c), .from_ns = c->from_ns };
	bool is_succeeded = false;

	cert_facts(&facts, c->cert);
	for (size_t i = 0; i < l->ring->count; i++) {
		const struct keyring_cert *other = &l->ring->certs[i];
		if (!takes_over(other, c))
			continue;
		is_succeeded |= other->from_ns <= facts.ends_ns;
		facts.has_next |= other->from_ns == KEYRING_NEVER;
	}
	facts.nearness = is_succeeded ? NEAR_NOT : nearness_of(facts.ends_ns, l->now_ns);
	l->each(l->context, &facts);
}

static void own_root(const struct looking *l, const struct cert *root)
{
	struct credential facts = { .party = registry_settings(l->registry)->id, .is_own = true,
		.use = "root" };

	cert_facts(&facts, root);
	facts.nearness = nearness_of(facts.ends_ns, l->now_ns);
	facts.standing = facts.nearness == NEAR_OVER ? STANDING_ENDED : STANDING_USED;
	l->each(l->context, &facts);
}

/* --- partners' --- */

#define LISTED_MAX SHEET_CERTS_MAX

struct listed {
	enum cert_use use;
	struct cert *cert; /* NULL: does not parse, which is no case of an accepted sheet */
};

static bool is_valid(const struct cert *cert, int64_t now_ns)
{
	return cert_not_before_ns(cert) <= now_ns && now_ns <= cert_not_after_ns(cert);
}

static bool first_to_seal_to(const struct listed *all, size_t at, int64_t now_ns)
{
	for (size_t i = 0; i < at; i++)
		if (all[i].cert && all[i].use == CERT_ENCRYPT && is_valid(all[i].cert, now_ns))
			return false;
	return true;
}

static enum cert_standing listed_standing(const struct listed *all, size_t at, int64_t now_ns)
{
	const struct cert *cert = all[at].cert;

	if (cert_not_after_ns(cert) < now_ns)
		return STANDING_ENDED;
	if (cert_not_before_ns(cert) > now_ns)
		return STANDING_PLANNED;
	bool is_used = all[at].use != CERT_ENCRYPT || first_to_seal_to(all, at, now_ns);
	return is_used ? STANDING_USED : STANDING_ACCEPTED;
}

static bool is_succeeded(const struct listed *all, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (i != at && all[i].cert && all[i].use == all[at].use &&
			cert_not_after_ns(all[i].cert) > cert_not_after_ns(all[at].cert) &&
			cert_not_before_ns(all[i].cert) <= cert_not_after_ns(all[at].cert))
			return true;
	return false;
}

static void listed_one(const struct looking *l, const struct partner *p, const struct listed *all,
	size_t count, size_t at)
{
	struct credential facts = { .party = p->sheet->id, .use = cert_use_name(all[at].use),
		.standing = listed_standing(all, at, l->now_ns) };

	cert_facts(&facts, all[at].cert);
	if (!is_succeeded(all, count, at))
		facts.nearness = nearness_of(facts.ends_ns, l->now_ns);
	facts.is_tolerated = facts.standing == STANDING_ENDED &&
		tolerance_holds(p->agreement->tolerate_expired_ns, l->now_ns);
	l->each(l->context, &facts);
}

static void partner_root(const struct looking *l, const struct partner *p)
{
	struct credential facts = {
		.party = p->sheet->id,
		.use = "root",
		.subject = "",
		.key = "",
		.fingerprint = slice_of(p->agreement->fingerprint, DIGEST_SIZE),
		.ends_ns = p->sheet->root_ends_ns,
		.nearness = nearness_of(p->sheet->root_ends_ns, l->now_ns),
	};

	if (facts.ends_ns == 0)
		return;
	facts.standing = facts.nearness == NEAR_OVER ? STANDING_ENDED : STANDING_USED;
	l->each(l->context, &facts);
}

/* An authority may renew itself: what it issued comes from either. */
static bool anchor_is_succeeded(const struct anchors *all, size_t at)
{
	const struct cert *old = anchors_at(all, at);

	for (size_t i = 0; i < anchors_count(all); i++) {
		const struct cert *other = anchors_at(all, i);
		if (strcmp(cert_subject(other), cert_subject(old)) == 0 &&
			cert_not_after_ns(other) > cert_not_after_ns(old) &&
			cert_not_before_ns(other) <= cert_not_after_ns(old))
			return true;
	}
	return false;
}

static enum cert_standing anchor_standing(const struct cert *cert, int64_t now_ns)
{
	if (cert_not_after_ns(cert) < now_ns)
		return STANDING_ENDED;
	return cert_not_before_ns(cert) > now_ns ? STANDING_PLANNED : STANDING_USED;
}

/* On the day an authority's certificate ends, all that it vouched for does. */
static void partner_anchors(const struct looking *l, const struct partner *p)
{
	AUTO(anchors) anchors = NULL;

	if (p->agreement->trust.mode != TRUST_CHAIN ||
		anchors_parse(&anchors, buf_slice(&p->agreement->trust.anchors), NULL) != ST_OK)
		return;
	for (size_t i = 0; i < anchors_count(anchors); i++) {
		const struct cert *cert = anchors_at(anchors, i);
		struct credential facts = { .party = p->sheet->id, .is_anchor = true,
			.use = "anchor", .standing = anchor_standing(cert, l->now_ns) };

		cert_facts(&facts, cert);
		if (!anchor_is_succeeded(anchors, i))
			facts.nearness = nearness_of(facts.ends_ns, l->now_ns);
		l->each(l->context, &facts);
	}
}

static void partner_all(const struct looking *l, const struct partner *p)
{
	struct listed all[LISTED_MAX];
	size_t count = p->sheet->cert_count;

	partner_root(l, p);
	for (size_t i = 0; i < count; i++) {
		all[i] = (struct listed){ .use = p->sheet->certs[i].use };
		if (cert_parse_der(&all[i].cert, buf_slice(&p->sheet->certs[i].der), NULL) != ST_OK)
			all[i].cert = NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (all[i].cert)
			listed_one(l, p, all, count, i);
	for (size_t i = 0; i < count; i++)
		cert_free(all[i].cert);
	partner_anchors(l, p);
}

void credentials_each(const struct keyring *ring, const struct cert *root,
	const struct registry *registry, int64_t now_ns,
	void (*each)(void *context, const struct credential *), void *context)
{
	const struct looking l = { ring, registry, now_ns, each, context };

	if (root)
		own_root(&l, root);
	for (size_t i = 0; i < ring->count; i++)
		own_one(&l, &ring->certs[i]);
	for (size_t i = 0; i < registry_partner_count(registry); i++)
		partner_all(&l, registry_partner(registry, i));
}

void credential_advice(struct buf *out, const struct credential *c)
{
	bool is_root = c->generation == 0;

	if (c->nearness == NEAR_NOT)
		return;
	if (c->is_anchor)
		buf_putf(out,
			"ask the authority, or %s, for its next certificate, and put it into the "
			"file for `tieline partner anchors %s FILE`",
			c->party, c->party);
	else if (!c->is_own)
		buf_putf(out, "ask %s for a new sheet, then `tieline partner add SHEET`%s",
			c->party,
			c->standing == STANDING_ENDED && !c->is_tolerated
				? "; until it is there, tolerate.expired-certificates in its agreement.yaml can bridge"
				: "");
	else if (is_root)
		buf_put_text(out,
			"make a new home with `tieline init`, and have every partner add its sheet");
	else
		buf_putf(out, c->has_next ? "`tieline cert roll %s`" : "`tieline cert renew %s`",
			c->use);
}
