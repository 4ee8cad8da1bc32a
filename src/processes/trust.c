/* SPDX-License-Identifier: Apache-2.0 */
/* Built by the envelope at each configuration, one entry a partner, in the registry's order. */
#include "processes/trust.h"

#include <stdlib.h>

#include "exchange/endpoint.h"

struct trust {
	const struct registry *registry;
	size_t count;
	struct trusted *list;
};

static void trusted_add(struct trusted *t, const struct sheet_cert *listed)
{
	struct cert *cert = NULL;
	struct fault f;

	if (cert_parse_der(&cert, buf_slice(&listed->der), &f) != ST_OK)
		bug("a certificate of an accepted sheet: %s", f.text);
	cert_key_known(cert, listed->key_since_ns);
	cert_tolerate(cert, t->partner->agreement->tolerate_expired_ns);
	if (listed->use == CERT_TLS) {
		t->tls[t->tls_count++] = cert;
		return;
	}
	if (t->vouch)
		cert_vouch(cert, t->vouch,
			listed->use == CERT_SIGN ? CHAIN_SIGNING : CHAIN_ENCRYPTION, NULL, 0);
	if (listed->use == CERT_SIGN)
		t->signers[t->signer_count++] = cert;
	else
		t->recipients[t->recipient_count++] = cert;
}

struct trust *trust_new(const struct registry *registry, const struct fetched *fetched)
{
	struct trust *trust = alloc_zeroed(1, sizeof(*trust));

	trust->registry = registry;
	trust->count = registry_partner_count(registry);
	trust->list = alloc_zeroed(trust->count + 1, sizeof(*trust->list));
	for (size_t i = 0; i < trust->count; i++) {
		const struct partner *partner = registry_partner(registry, i);
		trust->list[i].partner = partner;
		if (partner->agreement->trust.mode == TRUST_CHAIN)
			trust->list[i].vouch = partner_vouch(partner, fetched);
		for (size_t c = 0; c < partner->sheet->cert_count; c++)
			trusted_add(&trust->list[i], &partner->sheet->certs[c]);
	}
	return trust;
}

static void certs_free(const struct cert **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cert_free((struct cert *)(uintptr_t)list[i]);
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	for (size_t i = 0; i < trust->count; i++) {
		certs_free(trust->list[i].signers, trust->list[i].signer_count);
		certs_free(trust->list[i].recipients, trust->list[i].recipient_count);
		certs_free(trust->list[i].tls, trust->list[i].tls_count);
		vouch_free(trust->list[i].vouch);
	}
	free(trust->list);
	free(trust);
}

enum status trust_find(const struct trusted **out, const struct trust *trust, struct slice party_id,
	struct fault *f)
{
	size_t index;

	if (registry_find(&index, trust->registry, party_id, NULL) != ST_OK)
		return fault_set(
			f, ST_AUTH, "partner.unknown", "no partner %.*s here", SLICE_FMT(party_id));
	*out = &trust->list[index];
	return ST_OK;
}

struct vouch *partner_vouch(const struct partner *partner, const struct fetched *fetched)
{
	const struct trust_terms *trust = &partner->agreement->trust;
	const struct vouch_terms terms = {
		.anchors = buf_slice(&trust->anchors),
		.asks_revocation = trust->asks_revocation,
		.lists = buf_slice(&trust->lists),
		.host = endpoint_url_host(slice_str(partner->sheet->url)),
		.crl = &trust->crl,
		.fetched = fetched,
	};
	struct vouch *vouch = NULL;
	struct fault f;

	if (vouch_new(&vouch, &terms, &f) != ST_OK)
		bug("anchors of an accepted agreement: %s", f.text);
	return vouch;
}

enum status trust_permits(const struct trusted *t, enum area area,
	const struct revocation_verdict *v, struct fault *f)
{
	if (v->state != REVOCATION_UNKNOWN || t->partner->agreement->areas[area].open_when_unknown)
		return ST_OK;
	return fault_set(f, ST_RETRY, "revocation.unknown",
		"no revocation list in force says whether it may be used, and %s waits for one: %s",
		area_name(area), v->why);
}

static enum status recipient_check(const struct trusted *t, const struct cert *cert, enum area area,
	int64_t now_ns, struct fault *f)
{
	struct revocation_verdict verdict;

	TRY(cert_check_revocation(&verdict, cert, now_ns, f));
	return trust_permits(t, area, &verdict, f);
}

enum status trust_recipient(const struct cert **out, const struct trusted *t, enum area area,
	int64_t now_ns, struct fault *f)
{
	enum status st = fault_set(
		f, ST_AUTH, "cert.none", "the partner's sheet lists no certificate to encrypt to");

	const struct cert *ended = NULL;

	for (size_t i = 0; i < t->recipient_count; i++) {
		const struct cert *cert = t->recipients[i];
		enum status one = recipient_check(t, cert, area, now_ns, f);
		if (one == ST_OK && !cert_has_ended(cert, now_ns)) {
			*out = cert;
			return ST_OK;
		}
		if (one == ST_OK && !ended)
			ended = cert;
		if (one != ST_OK)
			st = one;
	}
	if (!ended)
		return st;
	*out = ended;
	return ST_OK;
}
