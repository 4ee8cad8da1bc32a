/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HOST and HOST:PORT: every form that is read one way only, and everything that two readers could
 * take for different hosts.
 */
#include "exchange_expect.h"

#include "exchange/endpoint.h"

static const struct {
	const char *name;
	struct slice in;
	bool good;
} hosts[] = {
	/* names */
	{ "a label", S("localhost"), true },
	{ "labels", S("gw.example.com"), true },
	{ "one letter", S("a"), true },
	{ "upper case", S("GW.Example.COM"), true },
	{ "digits in front", S("3com.example"), true },
	{ "dashes inside", S("a--b.c-d"), true },
	{ "an IDN", S("xn--bcher-kva.example"), true },
	{ "a dash in front", S("-a.example"), false },
	{ "a dash behind", S("a-.example"), false },
	{ "a dash alone", S("-"), false },
	{ "empty", S(""), false },
	{ "a dot", S("."), false },
	{ "a dot in front", S(".example"), false },
	{ "a dot behind", S("example."), false },
	{ "two dots", S("a..b"), false },
	{ "an underline", S("a_b.example"), false },
	{ "a blank", S("a b"), false },
	{ "a blank behind", S("a "), false },
	{ "a line end", S("a\r\n"), false },
	{ "a NUL", S("a\0b"), false },
	{ "a NUL behind", S("example.com\0"), false },
	{ "letters above ASCII", S("b\xc3\xbc" "cher.example"), false },
	{ "a fullwidth dot", S("a\xef\xbc\x8e" "b"), false },
	{ "a user", S("user@host"), false },
	{ "a path", S("host/path"), false },
	{ "a backslash", S("host\\x"), false },
	{ "a fragment", S("host#x"), false },
	{ "an escape", S("host%2ex"), false },
	/* IPv4 */
	{ "an address", S("127.0.0.1"), true },
	{ "all zero", S("0.0.0.0"), true },
	{ "all ones", S("255.255.255.255"), true },
	{ "256", S("1.2.3.256"), false },
	{ "1000", S("1.2.3.1000"), false },
	{ "three octets", S("1.2.3"), false },
	{ "two octets", S("127.1"), false },
	{ "one number", S("2130706433"), false },
	{ "five octets", S("1.2.3.4.5"), false },
	{ "many octets", S("1.1.1.1.1.1.1.1.1.1.1.1"), false },
	{ "an octet missing", S("1..3.4"), false },
	{ "a leading zero", S("127.0.0.01"), false },
	{ "octal", S("0177.0.0.1"), false },
	{ "two zeros", S("1.2.3.00"), false },
	{ "a sign", S("1.2.3.+4"), false },
	{ "an octet in base 16", S("127.0.0.0x1"), false },
	{ "all in base 16", S("0x7f000001"), false },
	{ "base 16 in capitals", S("0X7F.0x0.1"), false },
	{ "base 16 without digits", S("1.0x"), false },
	{ "base 16 that is a name", S("0x7f.example"), true },
	{ "not quite base 16", S("0x7g"), true },
	{ "a digit last", S("host.1"), false },
	{ "a digit in the last label", S("host.a1"), true },
	/* IPv6 */
	{ "loopback", S("[::1]"), true },
	{ "any", S("[::]"), true },
	{ "eight groups", S("[2001:db8:0:1:2:3:4:5]"), true },
	{ "upper case and leading zeros", S("[2001:0DB8::00AB]"), true },
	{ "zeros in front", S("[::2:3:4:5:6:7:8]"), true },
	{ "zeros behind", S("[1:2:3:4:5:6:7::]"), true },
	{ "an IPv4 tail", S("[::ffff:1.2.3.4]"), true },
	{ "an IPv4 tail after six", S("[1:2:3:4:5:6:1.2.3.4]"), true },
	{ "an IPv4 tail alone", S("[::1.2.3.4]"), true },
	{ "seven groups", S("[1:2:3:4:5:6:7]"), false },
	{ "nine groups", S("[1:2:3:4:5:6:7:8:9]"), false },
	{ "zeros for no group", S("[1:2:3:4::5:6:7:8]"), false },
	{ "zeros twice", S("[1::2::3]"), false },
	{ "three colons", S("[:::]"), false },
	{ "three colons inside", S("[1:::2]"), false },
	{ "five digits", S("[12345::]"), false },
	{ "no digit", S("[g::]"), false },
	{ "a colon in front", S("[:1:2:3:4:5:6:7]"), false },
	{ "a colon behind", S("[1:2:3:4:5:6:7:]"), false },
	{ "an IPv4 tail after seven", S("[1:2:3:4:5:6:7:1.2.3.4]"), false },
	{ "an IPv4 tail in front", S("[1.2.3.4::]"), false },
	{ "an IPv4 tail with octal", S("[::01.2.3.4]"), false },
	{ "an IPv4 tail alone without zeros", S("[1.2.3.4]"), false },
	{ "a zone", S("[fe80::1%eth0]"), false },
	{ "a zone, escaped", S("[fe80::1%25eth0]"), false },
	{ "empty brackets", S("[]"), false },
	{ "no brackets", S("::1"), false },
	{ "not closed", S("[::1"), false },
	{ "not opened", S("::1]"), false },
	{ "brackets twice", S("[[::1]]"), false },
	{ "a name in brackets", S("[example]"), false },
	{ "behind the bracket", S("[::1]x"), false },
	{ "a later version", S("[v1.x]"), false },
};

static void hosts_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct fault f = { 0 };

		expect_fault(hosts[i].name, endpoint_host_check(hosts[i].in, &f), &f,
			hosts[i].good ? ST_OK : ST_INPUT, "endpoint.host");
	}
}

static const struct {
	const char *name;
	struct slice in;
	const char *with, *without; /* the fault when a port is needed, and when not; NULL: none */
} endpoints[] = {
	{ "a name and a port", S("gw.example.com:8443"), NULL, NULL },
	{ "an address and a port", S("127.0.0.1:1"), NULL, NULL },
	{ "IPv6 and a port", S("[::1]:65535"), NULL, NULL },
	{ "a name", S("gw.example.com"), "endpoint.port", NULL },
	{ "an address", S("127.0.0.1"), "endpoint.port", NULL },
	{ "IPv6", S("[::1]"), "endpoint.port", NULL },
	{ "leading zeros in a port", S("a:00443"), NULL, NULL },
	{ "port 0", S("a:0"), "endpoint.port", "endpoint.port" },
	{ "port 00000", S("a:00000"), "endpoint.port", "endpoint.port" },
	{ "port 65536", S("a:65536"), "endpoint.port", "endpoint.port" },
	{ "port 99999", S("a:99999"), "endpoint.port", "endpoint.port" },
	{ "six digits", S("a:000443"), "endpoint.port", "endpoint.port" },
	{ "a port that wraps around", S("a:4294967739"), "endpoint.port", "endpoint.port" },
	{ "no port", S("a:"), "endpoint.port", "endpoint.port" },
	{ "a sign", S("a:+443"), "endpoint.port", "endpoint.port" },
	{ "a negative one", S("a:-1"), "endpoint.port", "endpoint.port" },
	{ "a blank", S("a: 443"), "endpoint.port", "endpoint.port" },
	{ "a service", S("a:https"), "endpoint.port", "endpoint.port" },
	{ "base 16", S("a:0x1"), "endpoint.port", "endpoint.port" },
	{ "a path behind", S("a:443/x"), "endpoint.port", "endpoint.port" },
	{ "two ports", S("a:1:2"), "endpoint.port", "endpoint.port" },
	{ "a NUL behind", S("a:443\0"), "endpoint.port", "endpoint.port" },
	{ "only a port", S(":443"), "endpoint.host", "endpoint.host" },
	{ "a colon", S(":"), "endpoint.host", "endpoint.host" },
	{ "nothing", S(""), "endpoint.host", "endpoint.host" },
	{ "IPv6 without brackets", S("::1"), "endpoint.host", "endpoint.host" },
	{ "IPv6 without brackets, with a port", S("2001:db8::1:443"), "endpoint.host",
		"endpoint.host" },
	{ "brackets not closed", S("[::1:443"), "endpoint.host", "endpoint.host" },
	{ "something between", S("[::1]x:443"), "endpoint.host", "endpoint.host" },
	{ "a scheme", S("https://a:443"), "endpoint.port", "endpoint.port" },
	{ "a user", S("u@a:443"), "endpoint.host", "endpoint.host" },
	{ "a password", S("u:p@a"), "endpoint.port", "endpoint.port" },
};

static void expect_code(const char *name, enum status got, const struct fault *f, const char *code)
{
	expect_fault(name, got, f, code ? ST_INPUT : ST_OK, code);
}

static void endpoints_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		struct fault f = { 0 };

		expect_code(endpoints[i].name, endpoint_check(endpoints[i].in, true, &f), &f,
			endpoints[i].with);
		expect_code(endpoints[i].name, endpoint_check(endpoints[i].in, false, &f), &f,
			endpoints[i].without);
	}
}

/* Labels of these lengths with dots between. */
static enum status labels_check(const size_t *sizes, size_t count, struct fault *f)
{
	AUTO_IN_PLACE(buf) host = buf_init(4096);

	for (size_t i = 0; i < count; i++) {
		if (i != 0)
			buf_put_u8(&host, '.');
		put_times(&host, 'a', sizes[i]);
	}
	return endpoint_host_check(buf_slice(&host), f);
}

static void lengths_have_limits(void **state)
{
	static const struct {
		const char *name;
		size_t sizes[4], count;
		bool good;
	} rows[] = {
		{ "a label of 63", { 63 }, 1, true },
		{ "a label of 64", { 64 }, 1, false },
		{ "64 in the middle", { 1, 64, 1 }, 3, false },
		{ "253 in all", { 63, 63, 63, 61 }, 4, true },
		{ "254 in all", { 63, 63, 63, 62 }, 4, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault f = { 0 };

		expect_fault(rows[i].name, labels_check(rows[i].sizes, rows[i].count, &f), &f,
			rows[i].good ? ST_OK : ST_INPUT, "endpoint.host");
	}
}

/* What is refused is shown, but not all of it and not as a terminal would take it. */
static void refusals_show_what_they_refuse(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(100000);
	struct fault f = { 0 };

	(void)state;
	put_times(&large, '_', 100000);
	assert_int_equal(endpoint_check(buf_slice(&large), true, &f), ST_INPUT);
	assert_true(strlen(f.text) < 200);
	assert_int_equal(endpoint_check(S("\x1b[2J"), true, &f), ST_INPUT);
	expect_says("escape", &f, "\\x1b[2J");
	assert_int_equal(endpoint_check(S("host:\x1b"), true, NULL), ST_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_judged),
		cmocka_unit_test(endpoints_are_judged),
		cmocka_unit_test(lengths_have_limits),
		cmocka_unit_test(refusals_show_what_they_refuse),
	};

	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
