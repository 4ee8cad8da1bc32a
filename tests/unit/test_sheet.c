/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sheets from strangers: every member wrong in every way has a named refusal; what we
 * write reads back and is always the same bytes.  Foreign cases: JSONTestSuite in
 * TIELINE_SHARED_DATA/json.
 */
#include "exchange_expect.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "exchange/sheet.h"

#define ID "\"id\":\"007909411\","
#define NAME "\"name\":\"Example Power & Light\","
#define ROLE "\"role\":\"utility\","
#define URL "\"url\":\"https://gw.example.com:8443\","
#define ISSUED "\"issued\":\"2026-11-23T05:14:06.123Z\","
#define V "\"tieline-sheet\":1,"
#define CERTS \
	"\"certificates\":[{\"use\":\"tls\",\"der\":\"MAA=\"},{\"use\":\"sign\",\"der\":\"MAEC\"}]"
#define GOOD "{" V ID NAME ROLE URL ISSUED CERTS "}"

static const struct {
	const char *name;
	struct slice in;
	enum status want;
	const char *code, *says;
} cases[] = {
	{ "good", S(GOOD), ST_OK, NULL, NULL },
	{ "unknown members", S("{\"x\":[{}],\"y\":null," V ID NAME ROLE URL ISSUED CERTS "}"),
		ST_OK, NULL, NULL },
	{ "no certificates", S("{" V ID NAME ROLE URL ISSUED "\"certificates\":[]}"), ST_OK, NULL,
		NULL },
	{ "blanks around", S(" \r\n\t" GOOD " \n"), ST_OK, NULL, NULL },

	{ "empty", S(""), ST_INPUT, "sheet.json", NULL },
	{ "blanks", S(" \n"), ST_INPUT, "sheet.json", NULL },
	{ "cut", S("{" V ID NAME ROLE URL ISSUED "\"certificates\":["), ST_INPUT, "sheet.json",
		NULL },
	{ "bytes behind", S(GOOD "x"), ST_INPUT, "sheet.json", NULL },
	{ "a second object behind", S(GOOD GOOD), ST_INPUT, "sheet.json", NULL },
	{ "NUL behind", S(GOOD "\0"), ST_INPUT, "sheet.json", NULL },
	{ "member twice", S("{" V ID ID NAME ROLE URL ISSUED CERTS "}"), ST_INPUT, "sheet.json",
		"uplicate" },
	{ "member twice, one escaped",
		S("{" V ID "\"i\\u0064\":\"x\"," NAME ROLE URL ISSUED CERTS "}"), ST_INPUT,
		"sheet.json", "uplicate" },
	{ "not UTF-8", S("{" V "\"name\":\"\xff\"}"), ST_INPUT, "sheet.json", NULL },
	{ "NUL by escape", S("{" V "\"id\":\"a\\u0000b\"}"), ST_INPUT, "sheet.json", NULL },
	{ "comment", S("/* */" GOOD), ST_INPUT, "sheet.json", NULL },
	{ "byte order mark", S("\xef\xbb\xbf" GOOD), ST_INPUT, "sheet.json", NULL },

	{ "an array", S("[]"), ST_INPUT, "sheet.version", NULL },
	{ "an empty object", S("{}"), ST_INPUT, "sheet.version", NULL },
	{ "version 2", S("{\"tieline-sheet\":2}"), ST_INPUT, "sheet.version", "later release" },
	{ "version as text", S("{\"tieline-sheet\":\"1\"}"), ST_INPUT, "sheet.version", NULL },
	{ "version as real", S("{\"tieline-sheet\":1.0}"), ST_INPUT, "sheet.version", NULL },
	{ "version true", S("{\"tieline-sheet\":true}"), ST_INPUT, "sheet.version", NULL },

	{ "no id", S("{" V NAME ROLE URL ISSUED CERTS "}"), ST_INPUT, "sheet.field",
		"\"id\" is missing" },
	{ "id is null", S("{" V "\"id\":null}"), ST_INPUT, "sheet.field",
		"\"id\" is not a string" },
	{ "id is a number", S("{" V "\"id\":7909411}"), ST_INPUT, "sheet.field",
		"\"id\" is not a string" },
	{ "id is empty", S("{" V "\"id\":\"\"}"), ST_INPUT, "sheet.field", "\"id\"" },
	{ "id with a blank before", S("{" V "\"id\":\" b\"}"), ST_INPUT, "sheet.field", "\"id\"" },
	{ "id with a line end", S("{" V "\"id\":\"a\\r\\nb\"}"), ST_INPUT, "sheet.field",
		"\"id\"" },
	{ "no name", S("{" V ID ROLE URL ISSUED CERTS "}"), ST_INPUT, "sheet.field",
		"\"name\" is missing" },
	{ "name is empty", S("{" V ID "\"name\":\"\"}"), ST_INPUT, "sheet.field", "\"name\"" },
	{ "name with a line end", S("{" V ID "\"name\":\"a\\nb\"}"), ST_INPUT, "sheet.field",
		"control" },
	{ "name with an escape", S("{" V ID "\"name\":\"\\u001b[2J\"}"), ST_INPUT, "sheet.field",
		"control" },
	{ "name with a C1 control", S("{" V ID "\"name\":\"a\\u009bb\"}"), ST_INPUT, "sheet.field",
		"control" },
	{ "name with an override", S("{" V ID "\"name\":\"a\\u202eb\"}"), ST_INPUT, "sheet.field",
		"control" },
	{ "no role", S("{" V ID NAME URL ISSUED CERTS "}"), ST_INPUT, "sheet.field",
		"\"role\" is missing" },
	{ "unknown role", S("{" V ID NAME "\"role\":\"king\"}"), ST_INPUT, "sheet.field", "king" },
	{ "no url", S("{" V ID NAME ROLE ISSUED CERTS "}"), ST_INPUT, "sheet.field",
		"\"url\" is missing" },
	{ "plain http", S("{" V ID NAME ROLE "\"url\":\"http://a\"}"), ST_INPUT, "sheet.url",
		"https://" },
	{ "no time", S("{" V ID NAME ROLE URL CERTS "}"), ST_INPUT, "sheet.field",
		"\"issued\" is missing" },
	{ "no such time", S("{" V ID NAME ROLE URL "\"issued\":\"2026-02-30T00:00:00Z\"}"),
		ST_INPUT, "sheet.field", "\"issued\"" },

	{ "no array", S("{" V ID NAME ROLE URL ISSUED "\"x\":1}"), ST_INPUT, "sheet.field",
		"\"certificates\" is missing" },
	{ "array is an object", S("{" V ID NAME ROLE URL ISSUED "\"certificates\":{}}"), ST_INPUT,
		"sheet.field", "\"certificates\" is not an array" },
	{ "entry is a string", S("{" V ID NAME ROLE URL ISSUED "\"certificates\":[\"MAA=\"]}"),
		ST_INPUT, "sheet.certificate", "certificate 1" },
	{ "entry without use",
		S("{" V ID NAME ROLE URL ISSUED "\"certificates\":[{\"der\":\"MAA=\"}]}"), ST_INPUT,
		"sheet.certificate", "\"use\" is missing" },
	{ "unknown use",
		S("{" V ID NAME ROLE URL ISSUED
		  "\"certificates\":[{\"use\":\"any\",\"der\":\"MAA=\"}]}"),
		ST_INPUT, "sheet.certificate", "any" },
	{ "entry without der",
		S("{" V ID NAME ROLE URL ISSUED "\"certificates\":[{\"use\":\"tls\"}]}"), ST_INPUT,
		"sheet.certificate", "\"der\" is missing" },
	{ "der is empty",
		S("{" V ID NAME ROLE URL ISSUED
		  "\"certificates\":[{\"use\":\"tls\",\"der\":\"\"}]}"),
		ST_INPUT, "sheet.certificate", "empty" },
	{ "der is not base64",
		S("{" V ID NAME ROLE URL ISSUED
		  "\"certificates\":[{\"use\":\"tls\",\"der\":\"M!A=\"}]}"),
		ST_INPUT, "sheet.certificate", NULL },
	{ "bytes behind the base64",
		S("{" V ID NAME ROLE URL ISSUED
		  "\"certificates\":[{\"use\":\"tls\",\"der\":\"MAA=MAA=\"}]}"),
		ST_INPUT, "sheet.certificate", NULL },
	{ "the second is named",
		S("{" V ID NAME ROLE URL ISSUED
		  "\"certificates\":[{\"use\":\"tls\",\"der\":\"MAA=\"},1]}"),
		ST_INPUT, "sheet.certificate", "certificate 2" },
};

static void sheets_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(sheet) s = NULL;
		struct fault f = { 0 };

		expect_fault(cases[i].name, sheet_parse(&s, cases[i].in, &f), &f, cases[i].want,
			cases[i].code);
		expect_says(cases[i].name, &f, cases[i].says);
		assert_int_equal(s != NULL, cases[i].want == ST_OK);
	}
}

static void values_arrive(void **state)
{
	AUTO(sheet) s = NULL;

	(void)state;
	assert_int_equal(sheet_parse(&s, S(GOOD), NULL), ST_OK);
	expect_text("id", s->id, "007909411");
	expect_text("name", s->name, "Example Power & Light");
	expect_text("role", party_role_name(s->role), "utility");
	expect_text("url", s->url, "https://gw.example.com:8443");
	assert_int_equal(s->issued_ns, INT64_C(1795410846123000000));
	assert_int_equal(s->cert_count, 2);
	expect_text("use", cert_use_name(s->certs[1].use), "sign");
	expect_slice("der", buf_slice(&s->certs[1].der), S("\x30\x01\x02"));
}

static void the_offset_points_at_the_byte(void **state)
{
	AUTO(sheet) s = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault("bad byte", sheet_parse(&s, S("{\"a\":1,\n\"b\":?}"), &f), &f, ST_INPUT,
		"sheet.json");
	assert_in_range(f.offset, 12, 14);
	expect_says("line", &f, "line 2");
}

/* n certificates of `size` bytes each. */
static void sheet_put(struct buf *out, size_t n, size_t size)
{
	buf_put(out, S("{" V ID NAME ROLE URL ISSUED "\"certificates\":["));
	for (size_t i = 0; i < n; i++) {
		buf_put_text(
			out, i ? ",{\"use\":\"tls\",\"der\":\"" : "{\"use\":\"tls\",\"der\":\"");
		for (size_t triple = 0; triple < size / 3; triple++)
			buf_put(out, S("AAAA"));
		buf_put_text(out, size % 3 == 2 ? "AAA=\"}" : size % 3 == 1 ? "AA==\"}" : "\"}");
	}
	buf_put(out, S("]}"));
}

static const struct {
	const char *name;
	size_t n, size;
	enum status want;
} counts[] = {
	{ "as many as allowed", SHEET_CERTS_MAX, 3, ST_OK },
	{ "one too many", SHEET_CERTS_MAX + 1, 3, ST_INPUT },
	{ "thousands", 2000, 3, ST_INPUT },
	{ "as large as allowed", 1, SHEET_CERT_SIZE_MAX, ST_OK },
	{ "one byte too large", 1, SHEET_CERT_SIZE_MAX + 1, ST_INPUT },
	{ "far too large", 1, 45000, ST_INPUT },
};

static void certificates_are_limited(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);
		AUTO(sheet) s = NULL;
		struct fault f = { 0 };

		sheet_put(&json, counts[i].n, counts[i].size);
		assert_false(json.overflow);
		expect_fault(counts[i].name, sheet_parse(&s, buf_slice(&json), &f), &f,
			counts[i].want, "sheet.certificate");
	}
}

static void size_is_limited_before_reading(void **state)
{
	AUTO_IN_PLACE(buf) json = buf_init(2 * SHEET_SIZE_MAX);
	struct fault f = { 0 };

	(void)state;
	buf_put(&json, S(GOOD));
	put_times(&json, ' ', SHEET_SIZE_MAX - json.n);
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO(sheet) s = NULL;

		expect_fault("size", sheet_parse(&s, buf_slice(&json), &f), &f,
			extra ? ST_LIMIT : ST_OK, "sheet.size");
		put_times(&json, ' ', 1);
	}
}

static void nesting_is_refused_without_harm(void **state)
{
	static const struct slice openers[] = { S("["), S("{\"a\":") };

	(void)state;
	for (size_t i = 0; i < COUNT(openers); i++) {
		AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);
		AUTO(sheet) s = NULL;
		struct fault f = { 0 };

		while (json.n + openers[i].n <= SHEET_SIZE_MAX)
			buf_put(&json, openers[i]);
		expect_fault("nesting", sheet_parse(&s, buf_slice(&json), &f), &f, ST_INPUT,
			"sheet.json");
	}
}

/* --- addresses --- */

static const struct {
	const char *url;
	bool good;
} urls[] = {
	{ "https://gw.example.com:8443", true },
	{ "https://gw.example.com", true },
	{ "https://localhost:1", true },
	{ "https://a", true },
	{ "https://10.0.0.1:65535", true },
	{ "https://255.255.255.255", true },
	{ "https://[::1]:8443", true },
	{ "https://[2001:db8::1]", true },
	{ "https://[::]", true },
	{ "https://[1:2:3:4:5:6:7:8]", true },
	{ "https://[1:2:3:4:5:6:7::]", true },
	{ "https://[::ffff:10.0.0.1]:443", true },
	{ "https://xn--mller-kva.example", true },
	{ "https://1a.2b", true },
	{ "https://az.AZ-09", true },
	{ "https://[abcdef::ABCD]", false },
	{ "https://[a:b:c:d:e:f:A:F]:19", true },
	{ "https://[09af::0]", true },
	{ "https://@", false },
	{ "https://`", false },
	{ "https://{", false },
	{ "", false },
	{ "https://", false },
	{ "http://gw.example.com", false },
	{ "HTTPS://gw.example.com", false },
	{ "gw.example.com:8443", false },
	{ "https:/gw", false },
	{ "https://gw.example.com/", false },
	{ "https://gw.example.com/as2", false },
	{ "https://gw.example.com?x", false },
	{ "https://gw.example.com#x", false },
	{ "https://user@gw.example.com", false },
	{ "https://user:pass@gw.example.com", false },
	{ "https://gw.example.com:8443@evil.example", false },
	{ "https://gw.example.com:", false },
	{ "https://gw.example.com:0", false },
	{ "https://gw.example.com:65536", false },
	{ "https://gw.example.com:08443x", false },
	{ "https://gw.example.com:-1", false },
	{ "https://gw.example.com:8443:1", false },
	{ "https://gw.example.com:000443", false },
	{ "https://:443", false },
	{ "https://gw..example.com", false },
	{ "https://gw.example.com.", false },
	{ "https://.gw", false },
	{ "https://-gw.example.com", false },
	{ "https://gw-.example.com", false },
	{ "https://gw_x.example.com", false },
	{ "https://gw example.com", false },
	{ "https://gw%2eexample.com", false },
	{ "https://gw.example.com\r\n", false },
	{ "https://gw.example.com\\@evil", false },
	{ "https://M\xc3\xbcller.example", false },
	{ "https://256.0.0.1", false },
	{ "https://127.1", false },
	{ "https://10.0.0.01", false },
	{ "https://1.2.3.4.5", false },
	{ "https://2130706433", false },
	{ "https://[::1", false },
	{ "https://::1", false },
	{ "https://[::1]x", false },
	{ "https://[::1]:", false },
	{ "https://[]", false },
	{ "https://[:]", false },
	{ "https://[:::]", false },
	{ "https://[1::2::3]", false },
	{ "https://[1:2:3:4:5:6:7:8:9]", false },
	{ "https://[1:2:3:4:5:6:7]", false },
	{ "https://[1:2:3:4:5:6:7:8::]", false },
	{ "https://[12345::]", false },
	{ "https://[fe80::1%eth0]", false },
	{ "https://[1.2.3.4::]", false },
	{ "https://[::1.2.3]", false },
	{ "https://[g::]", false },
	{ "https://[10.0.0.1]", false },
};

static void addresses_are_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct fault f = { 0 };
		enum status got = party_url_check(slice_str(urls[i].url), &f);

		expect_fault(urls[i].url, got, &f, urls[i].good ? ST_OK : ST_INPUT, "url.syntax");
	}
}

static const struct {
	const char *name;
	size_t labels, length; /* of each label */
	bool good;
} long_hosts[] = {
	{ "label of 63", 1, 63, true },
	{ "label of 64", 1, 64, false },
	{ "name of 253", 127, 1, true },
	{ "name of 255 in short labels", 128, 1, false },
	{ "name of 251", 4, 62, true },
	{ "name of 255", 4, 63, false },
	{ "name beyond the field", 9, 60, false },
};

static void long_addresses_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(long_hosts); i++) {
		AUTO_IN_PLACE(buf) url = buf_init(4096);
		struct fault f = { 0 };

		buf_put_text(&url, "https://");
		for (size_t n = 0; n < long_hosts[i].labels; n++) {
			buf_put_text(&url, n ? "." : "");
			put_times(&url, 'a', long_hosts[i].length);
		}
		expect_fault(long_hosts[i].name, party_url_check(buf_slice(&url), &f), &f,
			long_hosts[i].good ? ST_OK : ST_INPUT, "url.syntax");
	}
}

/* --- writing --- */

static void cert_add(struct sheet *s, enum cert_use use, struct slice der)
{
	struct sheet_cert *cert = &s->certs[s->cert_count++];

	cert->use = use;
	cert->der = buf_init(SHEET_CERT_SIZE_MAX);
	buf_put(&cert->der, der);
}

static struct sheet *sheet_sample(const char *name)
{
	struct sheet *s = alloc_zeroed(1, sizeof(*s));

	snprintf(s->id, sizeof(s->id), "007909411");
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->url, sizeof(s->url), "https://[::1]:8443");
	s->role = PARTY_AGGREGATOR;
	s->issued_ns = INT64_C(1795410846123000000);
	cert_add(s, CERT_TLS, S("\x30\x00"));
	cert_add(s, CERT_SIGN, S("\x30\x01\x02"));
	cert_add(s, CERT_ENCRYPT, S("\x00\xff\x80\x7f"));
	return s;
}

static void the_longest_name_fits(void **state)
{
	(void)state;
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO_IN_PLACE(buf) name = buf_init(256);
		struct fault f = { 0 };

		put_times(&name, 'n', PARTY_NAME_MAX + extra);
		expect_fault("name", party_name_check(buf_slice(&name), &f), &f,
			extra ? ST_INPUT : ST_OK, "party.name");
	}
}

static void written_form_is_this(void **state)
{
	AUTO(sheet) s = sheet_sample("A \"B\"");
	AUTO_IN_PLACE(buf) out = buf_init(SHEET_SIZE_MAX);

	(void)state;
	s->cert_count = 2;
	buf_done(&s->certs[2].der);
	sheet_format(&out, s);
	expect_slice("json", buf_slice(&out),
		S("{\n"
		  "  \"tieline-sheet\": 1,\n"
		  "  \"id\": \"007909411\",\n"
		  "  \"name\": \"A \\\"B\\\"\",\n"
		  "  \"role\": \"aggregator\",\n"
		  "  \"url\": \"https://[::1]:8443\",\n"
		  "  \"issued\": \"2026-11-23T05:14:06.123Z\",\n"
		  "  \"certificates\": [\n"
		  "    {\n"
		  "      \"use\": \"tls\",\n"
		  "      \"der\": \"MAA=\"\n"
		  "    },\n"
		  "    {\n"
		  "      \"use\": \"sign\",\n"
		  "      \"der\": \"MAEC\"\n"
		  "    }\n"
		  "  ]\n"
		  "}\n"));
}

static void expect_same_sheet(const char *name, const struct sheet *a, const struct sheet *b)
{
	expect_text(name, a->id, b->id);
	expect_text(name, a->name, b->name);
	expect_text(name, a->url, b->url);
	assert_int_equal(a->role, b->role);
	assert_int_equal(a->issued_ns, b->issued_ns);
	assert_int_equal(a->cert_count, b->cert_count);
	for (size_t i = 0; i < a->cert_count; i++) {
		assert_int_equal(a->certs[i].use, b->certs[i].use);
		expect_slice(name, buf_slice(&a->certs[i].der), buf_slice(&b->certs[i].der));
	}
}

static const char *const party_names[] = {
	"Example Power & Light",
	"\"quoted\"",
	"back\\slash",
	"# no: comment, {x} [y] %z",
	"Stadtwerke K\xc3\xb6ln",
	"\xe6\x9d\xb1\xe4\xba\xac\xe9\x9b\xbb\xe5\x8a\x9b",
	"\xf0\x9f\x94\x8c",
	"</script>",
	"a\xef\xbf\xbf"
	"b",
	" ",
};

static void what_is_written_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(party_names); i++) {
		AUTO(sheet) s = sheet_sample(party_names[i]);
		AUTO(sheet) again = NULL;
		AUTO_IN_PLACE(buf) one = buf_init(SHEET_SIZE_MAX);
		AUTO_IN_PLACE(buf) two = buf_init(SHEET_SIZE_MAX);
		struct fault f = { 0 };

		sheet_format(&one, s);
		expect_fault(
			party_names[i], sheet_parse(&again, buf_slice(&one), &f), &f, ST_OK, NULL);
		expect_same_sheet(party_names[i], again, s);
		sheet_format(&two, again);
		expect_slice(party_names[i], buf_slice(&two), buf_slice(&one));
	}
}

static void the_largest_sheet_fits(void **state)
{
	AUTO(sheet) s = sheet_sample("x");
	AUTO(sheet) again = NULL;
	AUTO_IN_PLACE(buf) out = buf_init(SHEET_SIZE_MAX);
	AUTO_IN_PLACE(buf) der = buf_init(SHEET_CERT_SIZE_MAX);
	struct fault f = { 0 };

	(void)state;
	put_times(&der, 0x30, 2048);
	while (s->cert_count < SHEET_CERTS_MAX)
		cert_add(s, CERT_SIGN, buf_slice(&der));
	sheet_format(&out, s);
	assert_int_equal(buf_check(&out, &f), ST_OK);
	expect_fault("largest", sheet_parse(&again, buf_slice(&out), &f), &f, ST_OK, NULL);
	expect_same_sheet("largest", again, s);
}

/* --- foreign cases --- */

static DIR *foreign_open(void)
{
	const char *env = getenv("TIELINE_SHARED_DATA");
	const char *roots[] = { env ? env : "../shared/data", env ? env : "../../shared/data" };
	DIR *dir = NULL;

	for (size_t i = 0; i < COUNT(roots) && !dir; i++) {
		AUTO_IN_PLACE(buf) path = buf_init(4096);

		buf_putf(&path, "%s/json/nst+JSONTestSuite/test_parsing", roots[i]);
		dir = opendir(buf_text(&path));
	}
	return dir;
}

/* Good JSON we refuse on purpose: one value alone, a member twice, a NUL in text. */
static bool is_strictness(struct slice file)
{
	static const struct slice ours[] = {
		S("y_structure_lonely_"),
		S("y_structure_string_empty"),
		S("y_string_space."),
		S("y_object_duplicated_key"),
		S("y_object_escaped_null_in_key"),
		S("y_string_null_escape"),
	};

	for (size_t i = 0; i < COUNT(ours); i++)
		if (slice_has_prefix(file, ours[i]))
			return true;
	return false;
}

/*
 * None of these is a sheet, so all are refused: bad JSON as such, good JSON for what is not in it.
 */
static void foreign_case(int dir, const char *file)
{
	AUTO_IN_PLACE(buf) json = buf_init(1 << 20);
	AUTO(sheet) s = NULL;
	struct fault f = { 0 };
	enum status got;

	assert_int_equal(file_read(&json, dir, file, &f), ST_OK);
	got = sheet_parse(&s, buf_slice(&json), &f);
	if (got != ST_INPUT && !(got == ST_LIMIT && json.n > SHEET_SIZE_MAX))
		fail_msg("%s: %s", file, status_name(got));
	if (file[0] == 'n' && got == ST_INPUT)
		expect_text(file, f.code, "sheet.json");
	if (file[0] == 'y' && !is_strictness(slice_str(file)))
		expect_text(file, f.code, "sheet.version");
}

static void foreign_json_is_judged_rightly(void **state)
{
	DIR *dir = foreign_open();
	const struct dirent *entry;
	size_t count = 0;

	(void)state;
	if (!dir) {
		print_message(
			"skipped: JSONTestSuite, about 318 files (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	while ((entry = readdir(dir)))
		if (strstr(entry->d_name, ".json")) {
			foreign_case(dirfd(dir), entry->d_name);
			count++;
		}
	closedir(dir);
	print_message("JSONTestSuite: %zu files\n", count);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sheets_are_read_or_refused),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(the_offset_points_at_the_byte),
		cmocka_unit_test(certificates_are_limited),
		cmocka_unit_test(size_is_limited_before_reading),
		cmocka_unit_test(nesting_is_refused_without_harm),
		cmocka_unit_test(addresses_are_strict),
		cmocka_unit_test(long_addresses_are_refused),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(written_form_is_this),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(the_largest_sheet_fits),
		cmocka_unit_test(foreign_json_is_judged_rightly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
