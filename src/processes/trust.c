/* SPDX-License-Identifier: Apache-2.0 */
/* Built by the envelope at each configuration, one entry a partner, in the registry's order. */
#include "processes/trust.h"

#include <stdlib.h>

struct trust {
	const struct registry *registry;
	size_t count;
	struct trusted *list;
};

static void trusted_add(struct trusted *t, const struct sheet_cert *listed)
{
	struct cert *cert = NULL;
	struct fault f;

	if (listed->use == CERT_TLS)
		return;
	if (cert_parse_der(&cert, buf_slice(&listed->der), &f) != ST_OK)
		bug("a certificate of an accepted sheet: %s", f.text);
	cert_tolerate(cert, t->partner->agreement->tolerate_expired_ns);
	if (listed->use == CERT_SIGN)
		t->signers[t->signer_count++] = cert;
	else
		t->recipients[t->recipient_count++] = cert;
}

struct trust *trust_new(const struct registry *registry)
{
	struct trust *trust = alloc_zeroed(1, sizeof(*trust));

	trust->registry = registry;
	trust->count = registry_partner_count(registry);
	trust->list = alloc_zeroed(trust->count + 1, sizeof(*trust->list));
	for (size_t i = 0; i < trust->count; i++) {
		const struct partner *partner = registry_partner(registry, i);
		trust->list[i].partner = partner;
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

enum status trust_recipient(
	const struct cert **out, const struct trusted *t, int64_t now_ns, struct fault *f)
{
	enum status st = fault_set(
		f, ST_AUTH, "cert.none", "the partner's sheet lists no certificate to encrypt to");

	const struct cert *ended = NULL;

	for (size_t i = 0; i < t->recipient_count; i++) {
		const struct cert *cert = t->recipients[i];
		enum status one = cert_check(cert, now_ns, f);
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
