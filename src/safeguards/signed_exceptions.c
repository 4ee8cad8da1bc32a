/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever can write in the home could else allow anything: only the root's key can. */
#include "safeguards/signed_exceptions.h"

#include "safeguards/root_signed.h"

static const struct root_signed kind = {
	.noun = "list of exceptions",
	.pem = "exceptions.pem",
	.size = "exceptions.size",
	.signature = "exceptions.signature",
	.root = "exceptions.pem",
	.size_max = SIGNED_EXCEPTIONS_SIZE_MAX,
};

enum status signed_exceptions_make(struct buf *pem, const struct risk_exceptions *e,
	const struct signer *root, struct fault *f)
{
	AUTO_IN_PLACE(buf) json = buf_init(RISK_EXCEPTIONS_SIZE_MAX);

	risk_exceptions_format(&json, e);
	TRY(buf_check(&json, f));
	return root_signed_make(pem, &kind, buf_slice(&json), root, f);
}

static enum status parties_check(const struct risk_exceptions *e, struct slice party,
	struct slice partner, struct fault *f)
{
	if (slice_eq(slice_str(e->party), party) && slice_eq(slice_str(e->partner), partner))
		return ST_OK;
	return fault_set(f, ST_AUTH, "exceptions.party",
		"the list of exceptions is what %s allows %s, not %.*s", e->party, e->partner,
		SLICE_FMT(slice_to(partner, 80)));
}

enum status signed_exceptions_open(struct risk_exceptions **out, struct slice pem,
	const struct cert *root, struct slice party, struct slice partner, struct fault *f)
{
	AUTO_IN_PLACE(buf) json = buf_init(RISK_EXCEPTIONS_SIZE_MAX);
	AUTO(risk_exceptions) e = NULL;

	TRY(root_signed_open(&json, &kind, pem, root, f));
	TRY(risk_exceptions_parse(&e, buf_slice(&json), f));
	TRY(parties_check(e, party, partner, f));
	*out = TAKE(e);
	return ST_OK;
}
