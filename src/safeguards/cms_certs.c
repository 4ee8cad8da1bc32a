/* SPDX-License-Identifier: Apache-2.0 */
/* Used by signature.c, only where authorities vouch for the partner. */
#include "safeguards/cms_certs.h"

#include "safeguards/ber.h"

struct found {
	struct slice certs[CMS_CERTS_MAX];
	size_t count;
};

void cms_certs_done(struct cms_certs *c)
{
	for (size_t i = 0; i < c->count; i++)
		cert_free(c->list[i]);
	*c = (struct cms_certs){ 0 };
}

static enum status one_find(struct found *out, struct ber *in, struct fault *f)
{
	struct ber_element e;

	TRY(ber_expect(&e, in, BER_SEQUENCE, "something that is no certificate", f));
	if (out->count == CMS_CERTS_MAX)
		return fault_set(f, ST_LIMIT, "signature.certificates",
			"the signature brings more than %d certificates", CMS_CERTS_MAX);
	if (e.whole.n > CHAIN_CERT_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "signature.certificates",
			"the signature brings a certificate of %zu bytes, at most %d are read",
			e.whole.n, CHAIN_CERT_SIZE_MAX);
	out->certs[out->count++] = e.whole;
	return ST_OK;
}

static enum status data_enter(struct ber *data, struct ber *all, struct fault *f)
{
	struct ber_element unused;
	struct ber outer, inner;

	TRY(ber_enter(&outer, all, BER_SEQUENCE, "no CMS structure", f));
	TRY(ber_expect(&unused, &outer, BER_OID, "a missing type", f));
	TRY(ber_enter(&inner, &outer, BER_CONTEXT_0, "missing content", f));
	TRY(ber_enter(data, &inner, BER_SEQUENCE, "missing content", f));
	TRY(ber_expect(&unused, data, BER_INTEGER, "a missing version", f));
	TRY(ber_expect(&unused, data, BER_SET, "missing digest algorithms", f));
	return ber_expect(&unused, data, BER_SEQUENCE, "a missing content", f);
}

static enum status all_find(struct found *out, struct slice ber, struct fault *f)
{
	struct ber all = { .in = cursor_of(ber), .code = "signature.syntax" };
	struct ber data, certs;

	TRY(data_enter(&data, &all, f));
	if (!ber_next_is(&data, BER_CONTEXT_0))
		return ST_OK;
	TRY(ber_enter(&certs, &data, BER_CONTEXT_0, "missing certificates", f));
	while (!cursor_at_end(&certs.in))
		TRY(one_find(out, &certs, f));
	return ST_OK;
}

enum status cms_certs_read(struct cms_certs *out, struct slice ber, struct fault *f)
{
	AUTO_IN_PLACE(cms_certs) certs = { 0 };
	struct found found = { 0 };

	TRY(all_find(&found, ber, f));
	for (size_t i = 0; i < found.count; i++) {
		TRY(cert_parse_der(&certs.list[i], found.certs[i], f));
		certs.count++;
	}
	*out = certs;
	certs.count = 0;
	return ST_OK;
}
