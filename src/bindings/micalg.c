/* SPDX-License-Identifier: Apache-2.0 */
/* signed-receipt-micalg, for messages that are opened and for receipts that refuse one unopened. */
#include "bindings/micalg.h"

#include "safeguards/digest.h"

/* "required, sha-256, sha-384": the first that we have, too (rfc4130bis). */
static enum status first_of(enum digest *out, struct slice list, struct fault *f)
{
	struct slice name, rest = list;

	while (rest.n > 0) {
		slice_cut(&name, &rest, rest, ',');
		if (digest_parse(out, slice_trim(name), NULL) == ST_OK)
			return ST_OK;
	}
	return fault_set(f, ST_INPUT, "as2.mic.algorithm", "no digest of '%.*s' is supported",
		SLICE_FMT(slice_to(list, 80)));
}

/* The value of signed-receipt-micalg, empty when the sender left the choice to us. */
static struct slice list_of(struct slice options)
{
	struct slice option, name, value;

	while (options.n > 0) {
		slice_cut(&option, &options, options, ';');
		if (slice_cut(&name, &value, option, '=') &&
			slice_eq_nocase(slice_trim(name), S("signed-receipt-micalg")))
			return slice_trim(value);
	}
	return (struct slice){ 0 };
}

enum status micalg_wish(enum digest *kind, struct slice options, struct fault *f)
{
	struct slice list = list_of(options);

	return list.n > 0 ? first_of(kind, list, f) : ST_OK;
}
