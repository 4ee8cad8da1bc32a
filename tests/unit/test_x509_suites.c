/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains that others made to test validators with: x509-limbo and NIST's PKITS.  Where our verdict
 * is not theirs, docs/x509-verdicts.md has a row that says so and why; a verdict without its row,
 * and a row without its verdict, fail here.
 */
#include "exchange_expect.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fd.h"
#include "safeguards/chain.h"
#include "safeguards/crypto.h"
#include "shared_data.h"

#define LIMBO_SIZE_MAX (4 << 20)
#define FILE_MAX 65536
#define ROWS_MAX 256
#define CASE_NOW (INT64_C(1701388800) * NS_PER_S) /* 2023-12-01: the suites do not age */

/* A row of the document: what we say to a case instead of what is expected. */
struct row {
	struct slice suite, name, expected, ours, why;
	bool used;
};

struct verdicts {
	struct buf text;
	struct row rows[ROWS_MAX];
	size_t count;
	unsigned run, skipped, agreed;
	bool wrong;
};

static struct slice cell(struct slice *rest)
{
	struct slice before, after;

	slice_cut(&before, &after, *rest, '|');
	*rest = after;
	return slice_trim(before);
}

static void row_read(struct verdicts *v, struct slice line)
{
	struct row row;

	cell(&line);
	row = (struct row){ .suite = cell(&line),
		.name = cell(&line),
		.expected = cell(&line),
		.ours = cell(&line),
		.why = cell(&line) };
	if (!slice_eq(row.suite, S("limbo")) && !slice_eq(row.suite, S("pkits")))
		return;
	assert_true(v->count < ROWS_MAX);
	if (row.why.n == 0)
		fail_msg("%.*s has no reason", SLICE_FMT(row.name));
	v->rows[v->count++] = row;
}

static void verdicts_read(struct verdicts *v)
{
	static const char *const places[] = { "docs/x509-verdicts.md", "../docs/x509-verdicts.md" };
	struct slice line, rest;

	v->text = buf_init(FILE_MAX);
	for (size_t i = 0; i < COUNT(places) && v->text.n == 0; i++)
		(void)!file_read(&v->text, -100 /* AT_FDCWD */, places[i], NULL);
	assert_true(v->text.n > 0);
	for (rest = buf_slice(&v->text); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		if (slice_has_prefix(line, S("|")))
			row_read(v, line);
	}
}

/* A name that ends in a star stands for all that begin like it. */
static bool name_fits(struct slice pattern, struct slice name)
{
	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '*')
		return slice_has_prefix(name, slice_to(pattern, pattern.n - 1));
	return slice_eq(pattern, name);
}

static struct row *row_of(struct verdicts *v, const char *suite, const char *name)
{
	for (size_t i = 0; i < v->count; i++)
		if (slice_eq(v->rows[i].suite, slice_str(suite)) &&
			name_fits(v->rows[i].name, slice_str(name))) {
			v->rows[i].used = true;
			return &v->rows[i];
		}
	return NULL;
}

static bool is_skipped(struct verdicts *v, const char *suite, const char *name)
{
	const struct row *row = row_of(v, suite, name);
	bool yes = row && slice_eq(row->ours, S("not run"));

	v->skipped += yes;
	return yes;
}

static const char *word(bool accepted)
{
	return accepted ? "accepted" : "refused";
}

static void verdict_judge(struct verdicts *v, const char *suite, const char *name, bool expected,
	enum status st, const struct fault *f)
{
	const struct row *row = row_of(v, suite, name);
	const char *ours = st == ST_OK ? "accepted" : f->code;

	v->run++;
	v->agreed += expected == (st == ST_OK);
	if (row && slice_eq(row->ours, slice_str(ours)) &&
		slice_eq(row->expected, slice_str(word(expected))) && expected != (st == ST_OK))
		return;
	if (!row && expected == (st == ST_OK))
		return;
	v->wrong = true;
	print_error("| %s | %s | %s | %s | %s |\n", suite, name, word(expected), ours,
		st == ST_OK ? "" : f->text);
}

static void verdicts_done(struct verdicts *v, const char *suite)
{
	for (size_t i = 0; i < v->count; i++)
		if (slice_eq(v->rows[i].suite, slice_str(suite)) && !v->rows[i].used) {
			print_error("%.*s stands in the document and nowhere else\n",
				SLICE_FMT(v->rows[i].name));
			v->wrong = true;
		}
	print_message("%s: %u run, %u as expected, %u by rows, %u not run\n", suite, v->run,
		v->agreed, v->run - v->agreed, v->skipped);
	buf_done(&v->text);
	assert_false(v->wrong);
}

/* --- a path as the suites give it ---------------------------------------------------- */

struct path {
	struct anchors *anchors;
	struct lists *lists; /* NULL: revocation is not asked */
	struct cert *leaf, *intermediates[CHAIN_INTERMEDIATES_MAX];
	size_t count;
};

static void path_done(struct path *p)
{
	anchors_free(p->anchors);
	lists_free(p->lists);
	cert_free(p->leaf);
	for (size_t i = 0; i < p->count; i++)
		cert_free(p->intermediates[i]);
}
DEFINE_AUTO_IN_PLACE(path)

static enum status path_check(const struct path *p, enum chain_purpose purpose, const char *host,
	int64_t now_ns, struct fault *f)
{
	struct chain_question q = {
		.anchors = p->anchors,
		.intermediates = (const struct cert *const *)p->intermediates,
		.intermediate_count = p->count,
		.purpose = purpose,
		.host = host,
		.now_ns = now_ns,
		.asks_revocation = p->lists,
		.lists = p->lists,
	};
	struct revocation_verdict revocation;

	TRY(chain_check(&revocation, p->leaf, &q, f));
	return revocation.state == REVOCATION_UNKNOWN
		? fault_set(f, ST_RETRY, "revocation.unknown", "%s", revocation.why)
		: ST_OK;
}

/* --- x509-limbo ---------------------------------------------------------------------- */

static const char *text_at(const json_t *at, const char *key)
{
	return json_string_value(json_object_get(at, key));
}

static enum status limbo_anchors(struct anchors **out, const json_t *list, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LIMBO_SIZE_MAX);
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) buf_put_text(&pem, json_string_value(one));
	return anchors_parse(out, buf_slice(&pem), f);
}

static enum status limbo_path(struct path *p, const json_t *test, struct fault *f)
{
	size_t i;
	json_t *one;

	TRY(limbo_anchors(&p->anchors, json_object_get(test, "trusted_certs"), f));
	TRY(cert_parse_pem(&p->leaf, slice_str(text_at(test, "peer_certificate")), f));
	json_array_foreach(json_object_get(test, "untrusted_intermediates"), i, one)
	{
		assert_true(i < CHAIN_INTERMEDIATES_MAX);
		TRY(cert_parse_pem(&p->intermediates[i], slice_str(json_string_value(one)), f));
		p->count++;
	}
	return ST_OK;
}

static int64_t limbo_time(const json_t *test)
{
	const char *said = text_at(test, "validation_time");
	struct tm tm = { 0 };

	if (!said)
		return CASE_NOW;
	assert_non_null(strptime(said, "%Y-%m-%dT%H:%M:%S", &tm));
	return (int64_t)timegm(&tm) * NS_PER_S;
}

static enum status limbo_check(const json_t *test, struct fault *f)
{
	AUTO_IN_PLACE(path) p = { 0 };
	const char *host = text_at(json_object_get(test, "expected_peer_name"), "value");

	TRY(limbo_path(&p, test, f));
	return path_check(&p, CHAIN_TLS_SERVER, host, limbo_time(test), f);
}

static void limbo_case(struct verdicts *v, const json_t *test)
{
	const char *name = text_at(test, "id");
	bool expected = strcmp(text_at(test, "expected_result"), "SUCCESS") == 0;
	struct fault f = { 0 };

	if (!is_skipped(v, "limbo", name))
		verdict_judge(v, "limbo", name, expected, limbo_check(test, &f), &f);
}

static json_t *limbo_load(void)
{
	AUTO_IN_PLACE(buf) text = buf_init(LIMBO_SIZE_MAX);
	AUTO_FD dir = shared_data_open("x509/C2SP+x509-limbo");
	json_t *all;

	if (dir < 0)
		return NULL;
	assert_int_equal(file_read(&text, dir, "limbo-2023-12.json", NULL), ST_OK);
	all = json_loadb((const char *)text.p, text.n, 0, NULL);
	assert_non_null(all);
	return all;
}

static void limbo(void **state)
{
	struct verdicts v = { 0 };
	json_t *all = limbo_load(), *test;
	size_t i;

	(void)state;
	if (!all) {
		print_message("skipped: x509-limbo (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	verdicts_read(&v);
	json_array_foreach(json_object_get(all, "testcases"), i, test) limbo_case(&v, test);
	json_decref(all);
	verdicts_done(&v, "limbo");
}

/* --- PKITS --------------------------------------------------------------------------- */

static void pkits_file(
	struct buf *out, int dir, const char *kind, struct slice name, const char *end)
{
	AUTO_IN_PLACE(buf) path = buf_init(512);

	buf_putf(&path, "pki/testdata/nist-pkits/%s/%.*s.%s", kind, SLICE_FMT(name), end);
	if (file_read(out, dir, buf_text(&path), NULL) != ST_OK)
		fail_msg("no %s", buf_text(&path));
}

static enum status pkits_cert(struct cert **out, int dir, struct slice name, struct fault *f)
{
	AUTO_IN_PLACE(buf) der = buf_init(FILE_MAX);

	pkits_file(&der, dir, "certs", name, "crt");
	return cert_parse_der(out, buf_slice(&der), f);
}

static enum status pkits_anchor(struct anchors **out, int dir, struct slice name, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(FILE_MAX);
	AUTO(cert) cert = NULL;

	TRY(pkits_cert(&cert, dir, name, f));
	cert_format_pem(&pem, cert);
	return anchors_parse(out, buf_slice(&pem), f);
}

static enum status pkits_lists(struct lists **out, int dir, struct slice names, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_SIZE_MAX);
	struct slice name;

	while (names.n > 0) {
		AUTO_IN_PLACE(buf) der = buf_init(FILE_MAX), text = buf_init(2 * FILE_MAX);
		slice_cut(&name, &names, names, ',');
		pkits_file(&der, dir, "crls", name, "crl");
		buf_put_text(&pem, "-----BEGIN X509 CRL-----\n");
		base64_format(&text, buf_slice(&der), 64);
		buf_put(&pem, slice_trim(buf_slice(&text)));
		buf_put_text(&pem, "\n-----END X509 CRL-----\n");
	}
	return lists_parse(out, buf_slice(&pem), f);
}

/* The first of the list is the anchor, the last the leaf. */
static enum status pkits_path(struct path *p, int dir, struct slice list, struct fault *f)
{
	struct slice name;

	slice_cut(&name, &list, list, ',');
	TRY(pkits_anchor(&p->anchors, dir, name, f));
	while (slice_cut(&name, &list, list, ',')) {
		assert_true(p->count < CHAIN_INTERMEDIATES_MAX);
		TRY(pkits_cert(&p->intermediates[p->count], dir, name, f));
		p->count++;
	}
	return pkits_cert(&p->leaf, dir, name, f);
}

static enum status pkits_check(int dir, struct slice certs, struct slice crls, struct fault *f)
{
	AUTO_IN_PLACE(path) p = { 0 };

	TRY(pkits_lists(&p.lists, dir, crls, f));
	TRY(pkits_path(&p, dir, certs, f));
	return path_check(&p, CHAIN_SIGNING, NULL, CASE_NOW, f);
}

/* Policies given by the caller, which ours has no way to give (columns 4 to 7). */
static bool pkits_has_inputs(const struct slice column[9])
{
	return column[4].n + column[5].n + column[6].n + column[7].n > 0;
}

static void pkits_case(struct verdicts *v, int dir, struct slice line)
{
	struct slice column[9] = { 0 };
	struct fault f = { 0 };
	char name[64];

	for (size_t i = 0; i < COUNT(column); i++)
		slice_cut(&column[i], &line, line, '\t');
	snprintf(name, sizeof(name), "%s%.*s", pkits_has_inputs(column) ? "policy-inputs/" : "",
		SLICE_FMT(column[0]));
	if (!is_skipped(v, "pkits", name))
		verdict_judge(v, "pkits", name, slice_eq(column[1], S("true")),
			pkits_check(dir, column[2], column[3], &f), &f);
}

static void pkits(void **state)
{
	AUTO_IN_PLACE(buf) table = buf_init(LIMBO_SIZE_MAX);
	AUTO_FD dir = shared_data_open("x509/google+boringssl");
	struct verdicts v = { 0 };
	struct slice line, rest;

	(void)state;
	if (dir < 0) {
		print_message("skipped: PKITS (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	verdicts_read(&v);
	assert_int_equal(file_read(&table, dir, "pkits.tsv", NULL), ST_OK);
	slice_cut(&line, &rest, buf_slice(&table), '\n');
	while (rest.n > 0) {
		slice_cut(&line, &rest, rest, '\n');
		pkits_case(&v, dir, line);
	}
	verdicts_done(&v, "pkits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limbo),
		cmocka_unit_test(pkits),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
