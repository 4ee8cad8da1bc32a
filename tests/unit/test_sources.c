/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that a gateway may fetch from: what is one, and above all what is none. */
#include "exchange_expect.h"

#include "exchange/sources.h"

#define LONG_80 \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678/"

static const struct {
	const char *name;
	struct slice url;
	bool is_good;
} urls[] = {
	{ "plain", S("http://crl.example/r.crl"), true },
	{ "TLS, and a port", S("https://crl.example:8443/a/b.crl?x=1&y=%20"), true },
	{ "nothing behind the host", S("http://ocsp.example"), true },
	{ "an address", S("http://127.0.0.1:8080/"), true },
	{ "of six", S("http://[::1]:8080/"), true },
	{ "empty", S(""), false },
	{ "no host", S("http:///r.crl"), false },
	{ "another scheme", S("ldap://crl.example/cn=CA"), false },
	{ "a file", S("file:///etc/passwd"), false },
	{ "capital letters", S("HTTP://crl.example/"), false },
	{ "a user", S("http://me@crl.example/"), false },
	{ "a user and a word", S("http://me:secret@crl.example/"), false },
	{ "a port that is none", S("http://crl.example:0/"), false },
	{ "a number for an address", S("http://2130706433/"), false },
	{ "a fragment", S("http://crl.example/r#x"), false },
	{ "a blank", S("http://crl.example/a b"), false },
	{ "a line end", S("http://crl.example/a\r\nHost: b"), false },
	{ "a backslash", S("http://crl.example/\\a"), false },
	{ "a backslash in the host", S("http://crl.example\\@b/"), false },
	{ "a question in the host", S("http://crl.example?b/"), false },
	{ "letters beyond ASCII", S("http://crl.example/\xc3\xa4"), false },
	{ "long", S("http://a.example/" LONG_80 LONG_80 LONG_80), false },
};

static void addresses_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct fault f = { 0 };

		expect_fault(urls[i].name, source_url_check(urls[i].url, &f), &f,
			urls[i].is_good ? ST_OK : ST_INPUT, "source.url");
	}
}

static void what_is_written_is_what_was_read(void **state)
{
	char *texts[] = { (char[]){ "http://a/\"" }, (char[]){ "http://a/" },
		(char[]){ "https://b:1/x" } };
	AUTO_IN_PLACE(buf) out = buf_init(4096);
	struct sources s;
	struct fault f = { 0 };

	(void)state;
	expect_fault("bad", sources_read(&s, texts, 3, "k", &f), &f, ST_INPUT, "agreement.value");
	expect_says("bad", &f, "k: ");
	expect_fault("good", sources_read(&s, texts + 1, 2, "k", &f), &f, ST_OK, NULL);
	sources_put(&out, "k", &s);
	expect_text("written", buf_text(&out), ", k: [ \"http://a/\", \"https://b:1/x\" ]");
	buf_clear(&out);
	expect_fault("none", sources_read(&s, texts, 0, "k", &f), &f, ST_OK, NULL);
	sources_put(&out, "k", &s);
	expect_text("none", buf_text(&out), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_strictly),
		cmocka_unit_test(what_is_written_is_what_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
