/* SPDX-License-Identifier: Apache-2.0 */
/* For messages that are opened and for receipts that refuse one unopened. */
#include "bindings/micalg.h"

#include "safeguards/digest.h"

/* A value may be a quoted string (RFC 8098 2.2). */
static struct slice value_of(struct slice text)
{
	struct slice value = slice_trim(text);

	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = slice_sub(value, 1, value.n - 2);
	return value;
}

/* "required, sha-256, sha-384": the first that we have, too (rfc4130bis).  False: none. */
static bool first_of(enum digest *out, struct slice list)
{
	struct slice name, rest = list;

	while (rest.n > 0) {
		slice_cut(&name, &rest, rest, ',');
		if (digest_parse(out, value_of(name), NULL) == ST_OK)
			return true;
	}
	return false;
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

/* What follows the importance; all of it where a product leaves that out.  *required: it is so. */
static struct slice names_of(bool *required, struct slice list)
{
	struct slice importance, names;

	slice_cut(&importance, &names, list, ',');
	importance = slice_trim(importance);
	*required = slice_eq_nocase(importance, S("required"));
	return *required || slice_eq_nocase(importance, S("optional")) ? slice_trim(names)
								       : slice_trim(list);
}

enum status micalg_wish(enum digest *kind, struct slice options, struct fault *f)
{
	struct slice list = list_of(options), names;
	bool required;

	if (list.n == 0 || first_of(kind, list))
		return ST_OK;
	names = names_of(&required, list);
	if (!required)
		return ST_OK;
	return fault_set(f, ST_INPUT, "as2.mic.algorithm",
		"the receipt is required to have a digest of '%.*s', want sha-256, sha-384 or "
		"sha-512 (weaker ones are not made): list sha-256 in signed-receipt-micalg, or "
		"make it optional", SLICE_FMT(slice_to(names, 60)));
}

bool micalg_is_other(struct slice *names, struct slice options)
{
	struct slice list = list_of(options), wished;
	enum digest kind;
	bool required;

	wished = names_of(&required, list);
	if (list.n == 0 || required || first_of(&kind, list))
		return false;
	*names = wished;
	return true;
}

/* --- what must be understood --------------------------------------------------------- */

static bool has_protocol(struct slice list)
{
	struct slice name;

	while (list.n > 0) {
		slice_cut(&name, &list, list, ',');
		name = value_of(name);
		if (slice_eq_nocase(name, S("pkcs7-signature")) ||
			slice_eq_nocase(name, S("x-pkcs7-signature")))
			return true;
	}
	return false;
}

/* `value`: "required, pkcs7-signature"; without its importance nothing is required. */
static enum status option_check(struct slice name, struct slice value, struct fault *f)
{
	struct slice importance, list;

	slice_cut(&importance, &list, value, ',');
	if (!slice_eq_nocase(slice_trim(importance), S("required")) ||
		slice_eq_nocase(name, S("signed-receipt-micalg")))
		return ST_OK;
	if (!slice_eq_nocase(name, S("signed-receipt-protocol")))
		return fault_set(f, ST_INPUT, "as2.receipt.option",
			"the receipt is required to respect '%.*s', which is not known here",
			SLICE_FMT(slice_to(name, 80)));
	return has_protocol(list) ? ST_OK
				  : fault_set(f, ST_INPUT, "as2.receipt.protocol",
					    "the receipt is required to be signed as '%.*s', want "
					    "pkcs7-signature",
					    SLICE_FMT(slice_to(slice_trim(list), 80)));
}

enum status receipt_options_check(struct slice options, struct fault *f)
{
	struct slice option, name, value;

	while (options.n > 0) {
		slice_cut(&option, &options, options, ';');
		if (slice_cut(&name, &value, option, '='))
			TRY(option_check(slice_trim(name), value, f));
	}
	return ST_OK;
}
