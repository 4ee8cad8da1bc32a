/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of partners: what is one, what is none, and how it is written. */
#include "exchange_expect.h"

#include "exchange/prefixes.h"

static const struct {
	const char *name;
	struct slice text;
	const char *written; /* NULL: refused */
	const char *code, *says;
} texts[] = {
	{ "an address", S("192.0.2.7"), "192.0.2.7", NULL, NULL },
	{ "a network", S("192.0.2.0/24"), "192.0.2.0/24", NULL, NULL },
	{ "one address as a network", S("192.0.2.7/32"), "192.0.2.7", NULL, NULL },
	{ "the largest", S("10.0.0.0/8"), "10.0.0.0/8", NULL, NULL },
	{ "odd bits", S("192.0.2.8/29"), "192.0.2.8/29", NULL, NULL },
	{ "zeros", S("0.0.0.0/8"), "0.0.0.0/8", NULL, NULL },
	{ "of six", S("2001:db8:7::/48"), "2001:db8:7::/48", NULL, NULL },
	{ "of six, one", S("2001:db8::1"), "2001:db8::1", NULL, NULL },
	{ "of six, loopback", S("::1"), "::1", NULL, NULL },
	{ "of six, capital", S("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1", NULL, NULL },
	{ "of six, whole", S("1:2:3:4:5:6:7:8/128"), "1:2:3:4:5:6:7:8", NULL, NULL },
	{ "of six, one zero", S("1:2:3:0:5:6:7:8"), "1:2:3:0:5:6:7:8", NULL, NULL },
	{ "of six, zeros at the end", S("2001::/16"), "2001::/16", NULL, NULL },
	{ "of six, seven groups", S("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0", NULL, NULL },
	{ "everybody", S("0.0.0.0/0"), NULL, "prefix.range", "/0: a network of a partner has /8 to /32" },
	{ "almost everybody", S("128.0.0.0/7"), NULL, "prefix.range", NULL },
	{ "everybody of six", S("::/0"), NULL, "prefix.range", "has /16 to /128" },
	{ "too many bits", S("192.0.2.0/33"), NULL, "prefix.range", NULL },
	{ "too many bits of six", S("2001:db8::/129"), NULL, "prefix.range", NULL },
	{ "a host in a network", S("192.0.2.7/24"), NULL, "prefix.syntax", "write 192.0.2.0/24, or" },
	{ "a host of six", S("2001:db8::1/64"), NULL, "prefix.syntax", "write 2001:db8::/64, or" },
	{ "empty", S(""), NULL, "prefix.syntax", "want 192.0.2.0/24" },
	{ "no bits", S("192.0.2.0/"), NULL, "prefix.syntax", "no count of bits" },
	{ "a mask", S("192.0.2.0/255.255.255.0"), NULL, "prefix.syntax", "no count of bits" },
	{ "signed bits", S("192.0.2.0/+24"), NULL, "prefix.syntax", NULL },
	{ "three octets", S("192.0.2/24"), NULL, "prefix.syntax", NULL },
	{ "five octets", S("192.0.2.0.0/24"), NULL, "prefix.syntax", NULL },
	{ "octal", S("192.0.02.0/24"), NULL, "prefix.syntax", NULL },
	{ "a large octet", S("192.0.256.0/24"), NULL, "prefix.syntax", NULL },
	{ "a name", S("partner.example"), NULL, "prefix.syntax", NULL },
	{ "brackets", S("[2001:db8::1]"), NULL, "prefix.syntax", NULL },
	{ "a zone", S("fe80::1%eth0"), NULL, "prefix.syntax", NULL },
	{ "shortened twice", S("2001::db8::1"), NULL, "prefix.syntax", NULL },
	{ "shortened by nothing", S("1:2:3:4:5:6:7:8::"), NULL, "prefix.syntax", NULL },
	{ "nine groups", S("1:2:3:4:5:6:7:8:9"), NULL, "prefix.syntax", NULL },
	{ "seven groups", S("1:2:3:4:5:6:7"), NULL, "prefix.syntax", NULL },
	{ "a long group", S("2001:0db80::1"), NULL, "prefix.syntax", NULL },
	{ "a colon at the end", S("1:2:3:4:5:6:7:"), NULL, "prefix.syntax", NULL },
	{ "three colons", S("2001:::1"), NULL, "prefix.syntax", NULL },
	{ "IPv4 inside", S("::ffff:192.0.2.7"), NULL, "prefix.syntax", NULL },
	{ "IPv4 inside, as groups", S("::ffff:c000:207"), NULL, "prefix.syntax", NULL },
	{ "a blank", S("192.0.2.7 "), NULL, "prefix.syntax", NULL },
};

static void networks_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(80);
		struct fault f = { 0 };
		struct prefix p;

		expect_fault(texts[i].name, prefix_parse(&p, texts[i].text, &f), &f,
			texts[i].written ? ST_OK : ST_INPUT, texts[i].code);
		expect_says(texts[i].name, &f, texts[i].says);
		if (!texts[i].written)
			continue;
		prefix_put(&out, &p);
		expect_text(texts[i].name, buf_text(&out), texts[i].written);
	}
}

static const struct {
	const char *network, *address;
	bool is_in;
} members[] = {
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.8/29", "192.0.2.15", true },
	{ "192.0.2.8/29", "192.0.2.16", false },
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.6", false },
	{ "2001:db8:7::/48", "2001:db8:7:ffff::1", true },
	{ "2001:db8:7::/48", "2001:db8:8::1", false },
	{ "2001:db8:8000::/33", "2001:db8:8000::1", true },
	{ "2001:db8:8000::/33", "2001:db8:7fff::1", false },
	{ "2001:db8::1", "2001:db8::2", false },
};

static void who_is_in_a_network(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(members); i++) {
		struct prefix network, one;
		struct fault f;

		expect_fault(members[i].network,
			prefix_parse(&network, slice_str(members[i].network), &f), &f, ST_OK, NULL);
		expect_fault(members[i].address,
			prefix_parse(&one, slice_str(members[i].address), &f), &f, ST_OK, NULL);
		struct address first = address_masked(&one.first, network.bits);
		if ((memcmp(&first, &network.first, sizeof(first)) == 0) != members[i].is_in)
			fail_msg("%s in %s", members[i].address, members[i].network);
	}
}

static void what_is_written_is_what_was_read(void **state)
{
	char *list[] = { (char[]){ "192.0.2.0/33" }, (char[]){ "192.0.2.0/24" },
		(char[]){ "2001:db8::0" }, (char[]){ "2001:db8::" } };
	AUTO_IN_PLACE(buf) out = buf_init(256);
	struct prefixes all;
	struct fault f = { 0 };

	(void)state;
	expect_fault("bad", prefixes_read(&all, list, 2, "k", &f), &f, ST_INPUT, "agreement.value");
	expect_says("bad", &f, "k: /33: ");
	expect_fault("twice", prefixes_read(&all, list + 1, 3, "k", &f), &f, ST_INPUT, NULL);
	expect_says("twice", &f, "k: 2001:db8:: is there twice");
	expect_fault("good", prefixes_read(&all, list + 1, 2, "k", &f), &f, ST_OK, NULL);
	prefixes_put(&out, &all);
	expect_text("written", buf_text(&out), "[ \"192.0.2.0/24\", \"2001:db8::\" ]");
	buf_clear(&out);
	expect_fault("none", prefixes_read(&all, list, 0, "k", &f), &f, ST_OK, NULL);
	prefixes_put(&out, &all);
	expect_text("none", buf_text(&out), "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_read_strictly),
		cmocka_unit_test(who_is_in_a_network),
		cmocka_unit_test(what_is_written_is_what_was_read),
	};

	return cmocka_run_group_tests_name("prefixes", tests, NULL, NULL);
}
