/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline.yaml: defaults, bounds, refusals that name line and key, and a written form that reads
 * back.
 */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "exchange/settings.h"

#define HEAD "id: \"007909411\"\nname: Example\nrole: utility\nlisten: 127.0.0.1:8443\n"

static void defaults_fill_the_rest(void **state)
{
	AUTO(settings) s = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault("head alone", settings_parse(&s, S(HEAD), &f), &f, ST_OK, NULL);
	expect_text("id", s->id, "007909411");
	expect_text("name", s->name, "Example");
	expect_text("listen", s->listen, "127.0.0.1:8443");
	expect_text("url", s->url, "https://127.0.0.1:8443");
	assert_int_equal(s->role, PARTY_UTILITY);
	assert_int_equal(s->edges, 1);
	assert_int_equal(s->envelopes, 2);
	assert_int_equal(s->couriers, 1);
	assert_int_equal(s->connections, 1024);
	assert_int_equal(s->unproven, 32);
	assert_int_equal(s->handshake_ns, 10 * NS_PER_S);
	assert_int_equal(s->head_ns, 10 * NS_PER_S);
	assert_int_equal(s->body_idle_ns, 30 * NS_PER_S);
	assert_int_equal(s->idle_ns, 60 * NS_PER_S);
	assert_int_equal(s->attempts, 64);
	assert_int_equal(s->clocks_apart_ns, NS_PER_S);
	assert_int_equal(s->handshakes.count, 200);
	assert_int_equal(s->stranger_handshakes.count, 100);
	assert_int_equal(s->stranger_handshakes.per_ns, 4 * NS_PER_S);
	assert_int_equal(s->stranger_messages.count, 20);
	assert_int_equal(s->memory.envelope, UINT64_C(1) << 30);
	assert_int_equal(s->uid_base, 61840);
	assert_int_equal(s->log_level, LOG_LEVEL_INFO);
	assert_true(s->risk.is_enforced); /* whoever wants less says so */
	assert_int_equal(s->risk.quantum_year, 2035);
	assert_int_equal(s->risk.secrecy_days[AREA_AGGREGATION], 30 * 365);
}

static const char full[] =
	"id: A\nname: 'it''s: #1'\nrole: aggregator\nlisten: \"[::]:1\"\nurl: https://gw.example.com\n"
	"workers: { edge: 3, envelope: 4, courier: 5 }\n"
	"limits:\n  connections: 6\n  unproven: 2\n  handshake: 7s\n  head: 800ms\n  body-idle: 9m\n  idle: 1h\n  attempts-parallel: 10\n  clocks-apart: 250ms\n"
	"  handshakes: none\n  stranger-handshakes: 7/min\n  stranger-messages: 8/h\n"
	"memory: { monitor: 6MiB, edge: 7MiB, envelope: 8MiB, keyholder: 9MiB, ledger: 10MiB, courier: 11MiB, desk: 1024GiB }\n"
	"users: { base: 1100 }\nkeep-failed: 36h\nlog: debug\n"
	"risk: { policy: report, quantum-year: 2031, migration: 18d, secrecy: { outage: 2d, billing: 3y }, retention: { availability: 4d } }\n";

static void every_key_arrives(void **state)
{
	AUTO(settings) s = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault("full", settings_parse(&s, slice_str(full), &f), &f, ST_OK, NULL);
	expect_text("name", s->name, "it's: #1");
	expect_text("listen", s->listen, "[::]:1");
	expect_text("url", s->url, "https://gw.example.com");
	assert_int_equal(s->role, PARTY_AGGREGATOR);
	assert_int_equal(s->edges, 3);
	assert_int_equal(s->envelopes, 4);
	assert_int_equal(s->couriers, 5);
	assert_int_equal(s->connections, 6);
	assert_int_equal(s->unproven, 2);
	assert_int_equal(s->handshake_ns, 7 * NS_PER_S);
	assert_int_equal(s->head_ns, 800 * NS_PER_MS);
	assert_int_equal(s->body_idle_ns, 540 * NS_PER_S);
	assert_int_equal(s->idle_ns, 3600 * NS_PER_S);
	assert_int_equal(s->attempts, 10);
	assert_int_equal(s->clocks_apart_ns, 250 * NS_PER_MS);
	assert_int_equal(s->handshakes.count, 0);
	assert_int_equal(s->stranger_handshakes.count, 7);
	assert_int_equal(s->stranger_messages.per_ns, 3600 * NS_PER_S);
	const uint64_t memory[] = { s->memory.monitor, s->memory.edge, s->memory.envelope,
		s->memory.keyholder, s->memory.ledger, s->memory.courier };
	for (size_t i = 0; i < COUNT(memory); i++)
		assert_int_equal(memory[i], (6 + i) << 20);
	assert_int_equal(s->memory.desk, UINT64_C(1) << 40);
	assert_int_equal(s->uid_base, 1100);
	assert_int_equal(s->keep_failed_ns, 36 * 3600 * NS_PER_S);
	assert_int_equal(s->log_level, LOG_LEVEL_DEBUG);
	assert_false(s->risk.is_enforced);
	assert_int_equal(s->risk.quantum_year, 2031);
	assert_int_equal(s->risk.migration_days, 18);
	assert_int_equal(s->risk.secrecy_days[AREA_OUTAGE], 2);
	assert_int_equal(s->risk.secrecy_days[AREA_BILLING], 3 * 365);
	assert_int_equal(s->risk.retention_days[AREA_AVAILABILITY], 4);
}

static const struct {
	const char *name;
	struct slice in;
	const char *code, *says;
} refused[] = {
	{ "nothing", S(""), "settings.yaml", "nothing in it" },
	{ "a policy of its own", S(HEAD "risk: { policy: maybe }\n"), "settings.value",
		"risk.policy: there is no policy maybe" },
	{ "secrecy in hours", S(HEAD "risk: { secrecy: { outage: 5h } }\n"), "settings.value",
		"risk.secrecy.outage: '5h' is no time" },
	{ "a comment alone", S("# later\n"), "settings.yaml", "nothing in it" },
	{ "null", S("~\n"), "settings.yaml", "KEY: VALUE" },
	{ "a list", S("- id\n"), "settings.yaml", "KEY: VALUE" },
	{ "JSON of another kind", S("[1,2]"), "settings.yaml", "KEY: VALUE" },
	{ "no id", S("name: b\nrole: utility\nlisten: 127.0.0.1:1\n"), "settings.yaml",
		"missing: id" },
	{ "no listen", S("id: a\nname: b\nrole: utility\n"), "settings.yaml", "missing: listen" },
	{ "unknown key", S(HEAD "lgo: info\n"), "settings.yaml", "line 5: there is no key lgo" },
	{ "unknown key first", S("bogus: 1\n" HEAD), "settings.yaml",
		"line 1: there is no key bogus" },
	{ "unknown key within", S(HEAD "limits:\n  idle: 5s\n\n  # pause\n  bogus: 1\n"),
		"settings.yaml", "line 9: limits: there is no key bogus" },
	{ "a key of elsewhere", S(HEAD "limits: { idle: 5s }\nworkers:\n  idle: 5s\n"),
		"settings.yaml", "line 7: workers: there is no key idle" },
	{ "key twice", S(HEAD "log: info\nurl: https://a\nlog: info\n"), "settings.yaml",
		"line 7: there is a second log" },
	{ "tab", S(HEAD "limits:\n  idle: 5s\n\thead: 5s\n"), "settings.yaml", "line 7:" },
	{ "quote left open", S(HEAD "log: \"info\n"), "settings.yaml", "line 6:" },
	{ "list for a value", S(HEAD "log: [ info ]\n"), "settings.yaml",
		"line 5: log: a single value" },
	{ "value for a group", S(HEAD "limits: 5\n"), "settings.yaml",
		"line 5: limits: KEY: VALUE" },
	{ "all of a group commented out", S(HEAD "limits:\n  # idle: 5s\nlog: info\n"),
		"settings.yaml", "limits: KEY: VALUE" },
	{ "alias", S(HEAD "workers: &w { edge: 1 }\nlimits: *w\n"), "settings.yaml",
		"limits: YAML alias" },
	{ "second document", S(HEAD "---\n" HEAD), "settings.yaml", "second document" },
	{ "control byte", S(HEAD "log: \x01\n"), "settings.yaml", "line 5:" },
	{ "not UTF-8", S(HEAD "log: \xff\n"), "settings.yaml", NULL },
	{ "NUL", S(HEAD "log: a\0b\n"), "settings.yaml", NULL },

	{ "id is empty", S("id:\nname: b\nrole: utility\nlisten: 127.0.0.1:1\n"), "settings.value",
		"id: " },
	{ "id with a tab", S("id: \"a\\tb\"\nname: b\nrole: utility\nlisten: 127.0.0.1:1\n"),
		"settings.value", "id: " },
	{ "name is empty", S("id: a\nname: \"\"\nrole: utility\nlisten: 127.0.0.1:1\n"),
		"settings.value", "name: " },
	{ "name with an escape", S("id: a\nname: \"\\e[2J\"\nrole: utility\nlisten: 127.0.0.1:1\n"),
		"settings.value", "name: " },
	{ "unknown role", S("id: a\nname: b\nrole: king\nlisten: 127.0.0.1:1\n"), "settings.value",
		"role: there is no role king" },
	{ "listen without port", S("id: a\nname: b\nrole: utility\nlisten: 127.0.0.1\n"),
		"settings.value", "listen: " },
	{ "listen on port 0", S("id: a\nname: b\nrole: utility\nlisten: 127.0.0.1:0\n"),
		"settings.value", "listen: " },
	{ "listen on a port alone", S("id: a\nname: b\nrole: utility\nlisten: 8443\n"),
		"settings.value", "listen: " },
	{ "IPv6 without brackets", S("id: a\nname: b\nrole: utility\nlisten: ::1:8443\n"),
		"settings.value", "listen: " },
	{ "url with a path", S(HEAD "url: https://a/b\n"), "settings.value", "url: " },
	{ "no workers", S(HEAD "workers: { edge: 0 }\n"), "settings.value",
		"workers.edge: 0 is not within 1 and 16" },
	{ "too many workers", S(HEAD "workers: { courier: 17 }\n"), "settings.value",
		"workers.courier: " },
	{ "negative", S(HEAD "workers: { envelope: -1 }\n"), "settings.value",
		"workers.envelope: " },
	{ "hexadecimal", S(HEAD "limits: { connections: 0x10 }\n"), "settings.value",
		"limits.connections: " },
	{ "more than 32 bits", S(HEAD "limits: { connections: 4294967297 }\n"), "settings.value",
		"limits.connections: " },
	{ "more than 64 bits", S(HEAD "limits: { connections: 18446744073709551617 }\n"),
		"settings.value", "limits.connections: " },
	{ "a number in words", S(HEAD "limits: { attempts-parallel: many }\n"), "settings.value",
		"limits.attempts-parallel: many is not a number" },
	{ "a unit that is none", S(HEAD "limits: { idle: 10x }\n"), "settings.value",
		"limits.idle: " },
	{ "too short", S(HEAD "limits: { head: 99ms }\n"), "settings.value",
		"limits.head: 99ms is not within 100ms and 1h" },
	{ "too long", S(HEAD "limits: { handshake: 61m }\n"), "settings.value",
		"limits.handshake: " },
	{ "empty duration", S(HEAD "limits: { body-idle: }\n"), "settings.value",
		"limits.body-idle: " },
	{ "memory for nobody", S(HEAD "memory: { edge: 5MiB }\n"), "settings.value",
		"memory.edge: " },
	{ "memory of nobody", S(HEAD "memory: { edges: 1GiB }\n"), "settings.yaml",
		"memory: there is no key edges" },
	{ "root as user", S(HEAD "users: { base: 0 }\n"), "settings.value", "users.base: " },
	{ "unknown level", S(HEAD "log: loud\n"), "settings.value", "log: there is no level loud" },
};

static void mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		AUTO(settings) s = NULL;
		struct fault f = { 0 };

		expect_fault(refused[i].name, settings_parse(&s, refused[i].in, &f), &f, ST_INPUT,
			refused[i].code);
		expect_says(refused[i].name, &f, refused[i].says);
		assert_null(s);
	}
}

static const struct {
	const char *name;
	struct slice in;
	const char *text;
} sentences[] = {
	{ "missing", S("name: b\nrole: utility\nlisten: 127.0.0.1:1\n"), "a key is missing: id" },
	{ "unknown within", S(HEAD "limits: { bogus: 1 }\n"),
		"line 5: limits: there is no key bogus" },
	{ "empty", S(""), "there is nothing in it" },
	{ "value", S(HEAD "log: loud\n"),
		"log: there is no level loud: use error, warning, info or debug" },
};

/* Whole, since a line number too many would mislead. */
static void sentences_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sentences); i++) {
		AUTO(settings) s = NULL;
		struct fault f = { 0 };

		assert_int_equal(settings_parse(&s, sentences[i].in, &f), ST_INPUT);
		expect_text(sentences[i].name, f.text, sentences[i].text);
	}
}

static void size_is_limited(void **state)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(2 * SETTINGS_SIZE_MAX);
	struct fault f = { 0 };

	(void)state;
	buf_put(&yaml, S(HEAD "#"));
	put_times(&yaml, 'x', SETTINGS_SIZE_MAX - yaml.n);
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO(settings) s = NULL;

		expect_fault("size", settings_parse(&s, buf_slice(&yaml), &f), &f,
			extra ? ST_INPUT : ST_OK, "settings.yaml");
		put_times(&yaml, 'x', 1);
	}
}

static void nesting_is_refused_without_harm(void **state)
{
	static const struct slice openers[] = { S("["), S("{ a: "), S("- ") };

	(void)state;
	for (size_t i = 0; i < COUNT(openers); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
		AUTO(settings) s = NULL;
		struct fault f = { 0 };

		while (yaml.n + openers[i].n <= SETTINGS_SIZE_MAX)
			buf_put(&yaml, openers[i]);
		expect_fault("nesting", settings_parse(&s, buf_slice(&yaml), &f), &f, ST_INPUT,
			"settings.yaml");
	}
}

/* --- writing --- */

static struct settings sample(const char *name)
{
	struct settings s;

	settings_init(&s);
	snprintf(s.id, sizeof(s.id), "007909411");
	snprintf(s.name, sizeof(s.name), "%s", name);
	snprintf(s.listen, sizeof(s.listen), "[::1]:8443");
	snprintf(s.url, sizeof(s.url), "https://gw.example.com:8443");
	return s;
}

static void expect_same(const char *name, const struct settings *got, const struct settings *want)
{
	expect_text(name, got->id, want->id);
	expect_text(name, got->name, want->name);
	expect_text(name, got->listen, want->listen);
	expect_text(name, got->url, want->url);
	assert_int_equal(got->role, want->role);
	assert_int_equal(got->edges, want->edges);
	assert_int_equal(got->envelopes, want->envelopes);
	assert_int_equal(got->couriers, want->couriers);
	assert_int_equal(got->connections, want->connections);
	assert_int_equal(got->unproven, want->unproven);
	assert_int_equal(got->handshake_ns, want->handshake_ns);
	assert_int_equal(got->head_ns, want->head_ns);
	assert_int_equal(got->body_idle_ns, want->body_idle_ns);
	assert_int_equal(got->idle_ns, want->idle_ns);
	assert_int_equal(got->attempts, want->attempts);
	assert_int_equal(got->clocks_apart_ns, want->clocks_apart_ns);
	assert_int_equal(got->uid_base, want->uid_base);
	assert_int_equal(got->log_level, want->log_level);
	assert_memory_equal(&got->risk, &want->risk, sizeof(want->risk));
}

static void expect_reads_back(const char *name, const struct settings *s)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) again = NULL;
	struct fault f = { 0 };

	settings_format(&yaml, s);
	assert_int_equal(buf_check(&yaml, &f), ST_OK);
	expect_fault(name, settings_parse(&again, buf_slice(&yaml), &f), &f, ST_OK, NULL);
	expect_same(name, again, s);
}

static const char *const names[] = {
	"Example Power & Light",
	"\"quoted\" and 'single'",
	"back\\slash \\n",
	"# no comment",
	"a: b",
	"- item",
	"{x}",
	"[y]",
	"*alias",
	"&anchor",
	"!tag",
	"%directive",
	"@at",
	"`tick`",
	"~",
	"null",
	"true",
	"0x10",
	"1e3",
	"",
	"---",
	"...",
	"|",
	">",
	"?",
	" blanks around ",
	"Stadtwerke K\xc3\xb6ln",
	"\xe6\x9d\xb1\xe4\xba\xac",
	"\xf0\x9f\x94\x8c",
	"\xef\xbb\xbf"
	"bom",
	"\xef\xbf\xbe",
	"\xef\xbf\xbf",
	"a\xc2\xa0"
	"b",
	"line \xe2\x80\xa7 end",
};

static void any_name_reads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct settings s = sample(names[i]);

		if (names[i][0] != '\0')
			expect_reads_back(names[i], &s);
	}
}

static void any_id_reads_back(void **state)
{
	(void)state;
	for (char c = 0x21; c < 0x7f; c++) {
		struct settings s = sample("x");

		snprintf(s.id, sizeof(s.id), "%c", c);
		if (c != '"' && c != '\\')
			expect_reads_back(s.id, &s);
	}
}

/* n labels of 1 byte and a port. */
static void host_fill(char *out, size_t labels, const char *port)
{
	for (size_t i = 0; i < labels; i++) {
		*out++ = 'a';
		*out++ = '.';
	}
	snprintf(out - 1, 8, "%s", port);
}

static void the_longest_texts_read_back(void **state)
{
	struct settings s = sample("x");

	(void)state;
	memset(s.id, 'i', PARTY_ID_MAX);
	s.id[PARTY_ID_MAX] = '\0';
	memset(s.name, 'n', PARTY_NAME_MAX);
	s.name[PARTY_NAME_MAX] = '\0';
	host_fill(s.listen, 126, ":8443");
	assert_int_equal(strlen(s.listen), LISTEN_MAX);
	expect_reads_back("longest", &s);
}

static void a_listen_too_long_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) s = NULL;
	struct fault f = { 0 };
	char listen[300];

	(void)state;
	host_fill(listen, 127, ":8443");
	buf_putf(&yaml, "id: a\nname: b\nrole: utility\nlisten: %s\n", listen);
	expect_fault(
		"listen", settings_parse(&s, buf_slice(&yaml), &f), &f, ST_INPUT, "settings.value");
}

static void any_value_reads_back(void **state)
{
	static const int64_t durations[] = {
		100 * NS_PER_MS,
		1500 * NS_PER_MS,
		59 * NS_PER_S,
		90 * NS_PER_S,
		3599 * NS_PER_S,
		3600 * NS_PER_S,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(durations); i++) {
		struct settings s = sample("x");

		s.handshake_ns = s.head_ns = s.body_idle_ns = s.idle_ns = durations[i];
		s.clocks_apart_ns = durations[i];
		s.edges = s.couriers = s.envelopes = i ? WORKERS_ASKED_MAX : 1;
		s.connections = i ? 65536 : 1;
		s.unproven = i ? 1 : 65536;
		s.attempts = i ? 1024 : 1;
		s.uid_base = i ? 2000000000 : 100;
		s.log_level = (enum log_level)(i % 4);
		s.role = (enum party_role)(i % PARTY_ROLES);
		expect_reads_back("values", &s);
	}
}

static void what_people_see_explains_itself(void **state)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	struct settings s = sample("Example");
	size_t comments = 0;

	(void)state;
	settings_format(&yaml, &s);
	for (const char *at = buf_text(&yaml); (at = strchr(at, '#')); at++)
		comments++;
	assert_true(comments >= 10);
	assert_null(strstr(buf_text(&yaml), "\t"));
	assert_non_null(strstr(buf_text(&yaml), "\nid: \"007909411\"\n"));
	assert_non_null(strstr(buf_text(&yaml), "\n  handshake: 10s           # TLS"));
}

static void too_small_a_place_is_said(void **state)
{
	struct settings s = sample("Example");

	(void)state;
	for (size_t max = 0; max < 900; max += 7) {
		AUTO_IN_PLACE(buf) yaml = buf_init(max);

		settings_format(&yaml, &s);
		assert_int_equal(buf_check(&yaml, NULL), ST_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_fill_the_rest),
		cmocka_unit_test(every_key_arrives),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(sentences_are_exact),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(nesting_is_refused_without_harm),
		cmocka_unit_test(any_name_reads_back),
		cmocka_unit_test(any_id_reads_back),
		cmocka_unit_test(the_longest_texts_read_back),
		cmocka_unit_test(a_listen_too_long_is_refused),
		cmocka_unit_test(any_value_reads_back),
		cmocka_unit_test(what_people_see_explains_itself),
		cmocka_unit_test(too_small_a_place_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
