/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a receipt goes in a connection of its own, and where: what a message names is compared
 * and never followed.
 */
#include "exchange_expect.h"

#include "processes/receipt_address.h"

#define KNOWN "https://gw.sunny.example:8443/receipt"
#define BOTH "signed-receipt-protocol=required, pkcs7-signature"

static const struct {
	const char *name;
	const char *to, *options, *delivery; /* headers, empty: not there */
	bool forbidden, later;
	const char *odd; /* a part of what is told; NULL: nothing */
} cases[] = {
	{ "in the answer", "a@b", BOTH, "", false, false, NULL },
	{ "no receipt", "", BOTH, KNOWN, false, false, NULL },
	{ "later", "a@b", BOTH, KNOWN, false, true, NULL },
	{ "later, not signed", "a@b", "", KNOWN, false, true, NULL },
	{ "later, forbidden", "a@b", BOTH, KNOWN, true, false, NULL },
	{ "another host", "a@b", BOTH, "https://evil.example/receipt", false, true,
		"asked for at https://evil.example/receipt, goes to " KNOWN },
	{ "another port", "a@b", BOTH, "https://gw.sunny.example:22/receipt", false, true, ":22/" },
	{ "another path", "a@b", BOTH, KNOWN "/x", false, true, "/receipt/x" },
	{ "a user in front", "a@b", BOTH, "https://gw.sunny.example:8443@10.0.0.1/receipt", false,
		true, "@10.0.0.1" },
	{ "the host in capitals", "a@b", BOTH, "https://GW.sunny.example:8443/receipt", false, true,
		"GW" },
	{ "mail", "a@b", BOTH, "mailto:a@b", false, true, "mailto:" },
	{ "hostile to a terminal", "a@b", BOTH, "\x1b[2J", false, true, "\\x1b[2J" },
};

static void only_our_address_is_used(void **state)
{
	static struct sheet sheet = { .id = "sunny", .url = "https://gw.sunny.example:8443" };
	struct agreement agreement;
	const struct partner partner = { &sheet, &agreement };

	(void)state;
	agreement_init(&agreement);
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) known = buf_init(RECEIPT_ADDRESS_MAX);
		struct as2_head head = { .disposition_to = slice_str(cases[i].to),
			.disposition_options = slice_str(cases[i].options),
			.receipt_delivery = slice_str(cases[i].delivery) };
		struct fault odd;

		agreement.as2.may_ask_later = !cases[i].forbidden;
		if (receipt_goes_later(&odd, &head, &partner) != cases[i].later)
			fail_msg("%s: later or not", cases[i].name);
		expect_text(cases[i].name, odd.code, cases[i].odd ? "receipt.address" : "");
		if (cases[i].odd)
			expect_says(cases[i].name, &odd, cases[i].odd);
		receipt_address_put(&known, &partner);
		expect_text(cases[i].name, buf_text(&known), KNOWN);
	}
}

static void the_agreement_says_the_path(void **state)
{
	static struct sheet sheet = { .id = "sunny", .url = "https://gw.sunny.example:8443" };
	static const struct settings settings = { .url = "https://us.example:443" };
	AUTO_IN_PLACE(buf) theirs = buf_init(RECEIPT_ADDRESS_MAX);
	AUTO_IN_PLACE(buf) ours = buf_init(RECEIPT_ADDRESS_MAX);
	struct agreement agreement = { .as2 = { .receipt_path = "/as2/mdn" } };

	(void)state;
	receipt_address_put(&theirs, &(const struct partner){ &sheet, &agreement });
	expect_text("theirs", buf_text(&theirs), "https://gw.sunny.example:8443/as2/mdn");
	buf_clear(&theirs);
	(void)!slice_to_text(agreement.as2.receipt_url, sizeof(agreement.as2.receipt_url),
		S("https://mdn.sunny.example:10081"), NULL);
	receipt_address_put(&theirs, &(const struct partner){ &sheet, &agreement });
	expect_text("elsewhere", buf_text(&theirs), "https://mdn.sunny.example:10081/as2/mdn");
	receipt_address_own_put(&ours, &settings);
	expect_text("ours", buf_text(&ours), "https://us.example:443/receipt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_our_address_is_used),
		cmocka_unit_test(the_agreement_says_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
