/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed sheets: what a party makes is what others read, with the root that signed it; altered,
 * cut, signed by somebody else, or listing what the root did not issue, it is refused by name.
 */
#include "exchange_expect.h"

#include <openssl/pem.h>
#include <stdio.h>

#include "as2_parties.h"
#include "base/codec.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/signed_sheet.h"
#include "terminal.h"

#define PEM_MAX (4 * SIGNED_SHEET_SIZE_MAX)

/* The certificates that as2_parties.h does without. */
static struct cert *tls[PARTIES];

static struct cert *issue(const struct party *by, const struct key *key, enum cert_use use)
{
	struct cert *cert = NULL;
	struct fault f = { 0 };

	must(authority_issue(
		     &cert, by->root, by->root_key, key, use, by->id, by->id, "localhost", NOW, &f),
		&f);
	return cert;
}

static int set_up(void **state)
{
	parties_make(state);
	for (size_t i = 0; i < PARTIES; i++)
		tls[i] = issue(&parties[i], parties[i].sign_key, CERT_TLS);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < PARTIES; i++)
		cert_free(tls[i]);
	return parties_free(state);
}

/* --- sheets ------------------------------------------------------------------------ */

static void list(struct sheet *sheet, enum cert_use use, const struct cert *cert)
{
	struct sheet_cert *listed = &sheet->certs[sheet->cert_count++];

	listed->use = use;
	listed->der = buf_init(SHEET_CERT_SIZE_MAX);
	cert_format_der(&listed->der, cert);
}

static struct sheet *empty_sheet(const struct party *p)
{
	struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));

	snprintf(sheet->id, sizeof(sheet->id), "%s", p->id);
	snprintf(sheet->name, sizeof(sheet->name), "Party %s", p->id);
	snprintf(sheet->url, sizeof(sheet->url), "https://localhost:4080");
	sheet->role = PARTY_UTILITY;
	sheet->issued_ns = NOW;
	return sheet;
}

static struct sheet *sheet_of(unsigned party)
{
	struct sheet *sheet = empty_sheet(&parties[party]);

	list(sheet, CERT_TLS, tls[party]);
	list(sheet, CERT_SIGN, parties[party].sign);
	list(sheet, CERT_ENCRYPT, parties[party].encrypt);
	return sheet;
}

static void make(struct buf *pem, const struct sheet *sheet, const struct party *p)
{
	struct signer root = { .cert = p->root, .key = p->root_key };
	struct fault f = { 0 };

	must(signed_sheet_make(pem, sheet, &root, NOW, &f), &f);
}

static enum status open_at(struct slice pem, int64_t now, struct fault *f)
{
	AUTO(sheet) sheet = NULL;
	AUTO(cert) root = NULL;
	enum status status = signed_sheet_open(&sheet, &root, pem, now, f);

	if ((status == ST_OK) != (sheet != NULL) || (status == ST_OK) != (root != NULL))
		fail_msg("status %s, but sheet %p, root %p", status_name(status), (void *)sheet,
			(void *)root);
	return status;
}

static void judged(
	const char *name, const struct buf *pem, int64_t now, enum status want, const char *code)
{
	struct fault f = { 0 };

	expect_fault(name, open_at(buf_slice(pem), now, &f), &f, want, code);
}

/* --- ours -------------------------------------------------------------------------- */

static void ours_is_read_back(void **state)
{
	static const unsigned who[] = { UTILITY, RSA_PARTY };

	(void)state;
	for (size_t i = 0; i < COUNT(who); i++) {
		const struct party *p = &parties[who[i]];
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
		AUTO_IN_PLACE(buf) before = buf_init(SHEET_SIZE_MAX);
		AUTO_IN_PLACE(buf) after = buf_init(SHEET_SIZE_MAX);
		AUTO(sheet) sheet = sheet_of(who[i]);
		AUTO(sheet) opened = NULL;
		AUTO(cert) root = NULL;
		struct fault f = { 0 };

		make(&pem, sheet, p);
		expect_fault(p->id, signed_sheet_open(&opened, &root, buf_slice(&pem), NOW, &f), &f,
			ST_OK, NULL);
		sheet_format(&before, sheet);
		sheet_format(&after, opened);
		expect_slice(p->id, buf_slice(&after), buf_slice(&before));
		assert_true(slice_eq(cert_fingerprint(root), cert_fingerprint(p->root)));
	}
}

static void the_frame_is_needed(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) text = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	buf_putf(&text, "\r\n \t%s\n\n", buf_text(&pem));
	judged("blanks around", &text, NOW, ST_OK, NULL);
	buf_clear(&text);
	buf_putf(&text, "Dear partner,\n%s", buf_text(&pem));
	judged("words before", &text, NOW, ST_INPUT, "sheet.pem");
	buf_clear(&text);
	buf_put(&text, slice_from(buf_slice(&pem), sizeof("-----BEGIN CMS-----")));
	judged("no first line", &text, NOW, ST_INPUT, "sheet.pem");
	buf_clear(&text);
	judged("nothing", &text, NOW, ST_INPUT, "sheet.pem");
	cert_format_pem(&text, parties[UTILITY].root);
	judged("a certificate", &text, NOW, ST_INPUT, "sheet.pem");
}

/* A sheet comes from outside: whoever made it must not make us wait for a person. */
static void encrypted_pem_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);

	(void)state;
	buf_put_text(&pem,
		"-----BEGIN CMS-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n"
		"AAAAAAAAAAAAAAAAAAAAAA==\n-----END CMS-----\n");
	terminal_watch();
	judged("encrypted", &pem, NOW, ST_INPUT, "sheet.pem");
	terminal_done();
	assert_int_equal(terminal_asked, 0);
}

static void size_is_limited(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	put_times(&pem, '\n', SIGNED_SHEET_SIZE_MAX - pem.n);
	judged("as large as can be", &pem, NOW, ST_OK, NULL);
	buf_put_u8(&pem, '\n');
	judged("a byte more", &pem, NOW, ST_LIMIT, "sheet.size");
}

static void making_can_fail(void **state)
{
	const struct party *p = &parties[UTILITY];
	struct signer another = { .cert = p->root, .key = p->sign_key };
	struct signer root = { .cert = p->root, .key = p->root_key };
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) small = buf_init(100);
	AUTO(sheet) sheet = sheet_of(UTILITY);
	struct fault f = { 0 };

	(void)state;
	expect_fault("key of another", signed_sheet_make(&pem, sheet, &another, NOW, &f), &f,
		ST_HOST, "signature.make");
	assert_int_equal(pem.n, 0);
	expect_fault("small buffer", signed_sheet_make(&small, sheet, &root, NOW, &f), &f, ST_LIMIT,
		"buffer.full");
}

/* --- altered ----------------------------------------------------------------------- */

/* The base64 of `der` in the frame. */
static void frame(struct buf *pem, struct slice der)
{
	AUTO_IN_PLACE(buf) text = buf_init(PEM_MAX);

	base64_format(&text, der, 64);
	buf_clear(pem);
	buf_put_text(pem, "-----BEGIN CMS-----\n");
	buf_put(pem, slice_trim(buf_slice(&text)));
	buf_put_text(pem, "\n-----END CMS-----\n");
}

static void unframe(struct buf *der, const struct buf *pem)
{
	size_t from, to;
	struct fault f = { 0 };

	assert_true(slice_find(&from, buf_slice(pem), S("CMS-----")));
	assert_true(slice_find(&to, buf_slice(pem), S("-----END")));
	from += sizeof("CMS-----") - 1;
	must(base64_parse(der, slice_sub(buf_slice(pem), from, to - from), &f), &f);
}

/* Two versions and the names of the content and of the signature's algorithm stand unsigned. */
#define UNSIGNED_MAX 24 /* bytes */

/*
 * What is signed (the JSON, the attributes) and what it is checked with (the root) cannot change.
 * Where something else did, the sheet must be the same, byte for byte.
 */
static void no_change_gives_another_sheet(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) der = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) want = buf_init(SHEET_SIZE_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);
	size_t opened = 0;

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	unframe(&der, &pem);
	sheet_format(&want, sheet);
	frame(&pem, buf_slice(&der));
	judged("framed again", &pem, NOW, ST_OK, NULL);
	for (size_t i = 0; i < der.n; i++) {
		AUTO_IN_PLACE(buf) got = buf_init(SHEET_SIZE_MAX);
		AUTO(sheet) changed = NULL;
		AUTO(cert) root = NULL;

		der.p[i] ^= 0x01;
		frame(&pem, buf_slice(&der));
		if (signed_sheet_open(&changed, &root, buf_slice(&pem), NOW, NULL) == ST_OK) {
			opened++;
			sheet_format(&got, changed);
			expect_slice("changed", buf_slice(&got), buf_slice(&want));
			assert_true(slice_eq(
				cert_fingerprint(root), cert_fingerprint(parties[UTILITY].root)));
		}
		der.p[i] ^= 0x01;
	}
	assert_true(opened < UNSIGNED_MAX);
}

static void no_cut_is_opened(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);
	struct fault f = { 0 };
	size_t end;

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	end = slice_trim(buf_slice(&pem)).n;
	for (size_t n = 0; n < end; n++)
		expect_fault("cut", open_at(slice_to(buf_slice(&pem), n), NOW, &f), &f, ST_INPUT,
			"sheet.pem");
}

/* --- whose ------------------------------------------------------------------------- */

static void the_root_has_dates(void **state)
{
	const struct cert *root = parties[UTILITY].root;
	const struct {
		const char *name;
		int64_t now;
		enum status want;
		const char *code;
	} cases[] = {
		{ "a second early", cert_not_before_ns(root) - NS_PER_S, ST_AUTH, "cert.not-yet" },
		{ "first second", cert_not_before_ns(root), ST_OK, NULL },
		{ "when all that is listed expired", cert_not_after_ns(tls[UTILITY]) + NS_PER_S,
			ST_OK, NULL },
		{ "last second", cert_not_after_ns(root), ST_OK, NULL },
		{ "a second late", cert_not_after_ns(root) + NS_PER_S, ST_AUTH, "cert.expired" },
	};
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	for (size_t i = 0; i < COUNT(cases); i++)
		judged(cases[i].name, &pem, cases[i].now, cases[i].want, cases[i].code);
}

/* The leaf is listed in the sheet, and so must not be able to vouch for one. */
static void only_a_root_signs(void **state)
{
	struct party leaf = { .root = parties[UTILITY].sign,
		.root_key = parties[UTILITY].sign_key };
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	make(&pem, sheet, &leaf);
	judged("a leaf", &pem, NOW, ST_AUTH, "sheet.root");
}

/* The same certificate after `change`, signed by `key` again. */
static struct cert *remade(
	const struct cert *cert, void (*change)(X509 *), EVP_PKEY *key, const EVP_MD *md)
{
	X509 *copy = X509_dup(cert->x509);
	unsigned char *der = NULL;
	struct cert *made = NULL;
	struct fault f = { 0 };

	change(copy);
	assert_true(X509_sign(copy, key, md) > 0);
	int n = i2d_X509(copy, &der);
	assert_true(n > 0);
	must(cert_parse_der(&made, slice_of(der, (size_t)n), &f), &f);
	OPENSSL_free(der);
	X509_free(copy);
	return made;
}

static void keep(X509 *x509)
{
	(void)x509;
}

static void drop_authority(X509 *x509)
{
	X509_EXTENSION *was =
		X509_delete_ext(x509, X509_get_ext_by_NID(x509, NID_basic_constraints, -1));

	assert_non_null(was);
	X509_EXTENSION_free(was);
}

static void a_weak_root_is_refused(void **state)
{
	static const struct {
		const char *name;
		void (*change)(X509 *);
		const EVP_MD *(*md)(void);
		unsigned by; /* whose key signs the root */
		enum status want;
		const char *code;
	} cases[] = {
		{ "as it was", keep, EVP_sha256, UTILITY, ST_OK, NULL },
		{ "SHA-384", keep, EVP_sha384, UTILITY, ST_OK, NULL },
		{ "SHA-1", keep, EVP_sha1, UTILITY, ST_AUTH, "cert.digest" },
		{ "no authority", drop_authority, EVP_sha256, UTILITY, ST_AUTH, "sheet.root" },
		{ "not signed by itself", keep, EVP_sha256, STRANGER, ST_AUTH, "sheet.root" },
	};
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(cert) root = remade(parties[UTILITY].root, cases[i].change,
			parties[cases[i].by].root_key->pkey, cases[i].md());
		struct party p = { .root = root, .root_key = parties[UTILITY].root_key };
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);

		make(&pem, sheet, &p);
		judged(cases[i].name, &pem, NOW, cases[i].want, cases[i].code);
	}
}

static EVP_PKEY *rsa_1024(void)
{
	return EVP_RSA_gen(1024);
}

static EVP_PKEY *secp256k1(void)
{
	return EVP_EC_gen("secp256k1");
}

static EVP_PKEY *p_384(void)
{
	return EVP_EC_gen("P-384");
}

static EVP_PKEY *ed25519(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static void a_root_with_a_weak_key_is_refused(void **state)
{
	static EVP_PKEY *(*const keys[])(void) = { rsa_1024, secp256k1 };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		AUTO_PKEY pkey = keys[i]();
		struct key key = { .pkey = pkey };
		struct party p = { .id = "X", .root_key = &key };
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
		AUTO(sheet) sheet = sheet_of(UTILITY);
		AUTO(cert) root = NULL;
		struct fault f = { 0 };

		must(authority_make(&root, &key, "X", "X", NOW, &f), &f);
		p.root = root;
		make(&pem, sheet, &p);
		judged("weak root", &pem, NOW, ST_AUTH, "cert.key");
	}
}

/* --- what is listed ---------------------------------------------------------------- */

static void every_use_is_needed(void **state)
{
	(void)state;
	for (unsigned without = 0; without <= CERT_USES; without++) {
		const struct cert *certs[CERT_USES] = { tls[UTILITY], parties[UTILITY].sign,
			parties[UTILITY].encrypt };
		AUTO(sheet) sheet = empty_sheet(&parties[UTILITY]);
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
		struct fault f = { 0 };
		bool all = without == CERT_USES;

		for (unsigned use = 0; use < CERT_USES; use++)
			if (use != without)
				list(sheet, use, certs[use]);
		make(&pem, sheet, &parties[UTILITY]);
		expect_fault("without one", open_at(buf_slice(&pem), NOW, &f), &f,
			all ? ST_OK : ST_INPUT, "sheet.certificate");
		expect_says("without one", &f, all ? NULL : cert_use_name(without));
	}
}

static void what_the_root_did_not_issue_is_refused(void **state)
{
	const struct cert *others[] = { tls[STRANGER], parties[STRANGER].root };
	AUTO(cert) forged =
		remade(tls[UTILITY], keep, parties[STRANGER].root_key->pkey, EVP_sha256());

	(void)state;
	for (size_t i = 0; i <= COUNT(others); i++) {
		AUTO(sheet) sheet = sheet_of(UTILITY);
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);

		list(sheet, CERT_TLS, i < COUNT(others) ? others[i] : forged);
		make(&pem, sheet, &parties[UTILITY]);
		judged("another's", &pem, NOW, ST_AUTH, "sheet.certificate");
	}
}

static void what_is_listed_must_be_a_certificate(void **state)
{
	AUTO(sheet) sheet = sheet_of(UTILITY);
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);

	(void)state;
	buf_put_u8(&sheet->certs[1].der, 0);
	make(&pem, sheet, &parties[UTILITY]);
	judged("a byte more", &pem, NOW, ST_INPUT, "cert.syntax");
	buf_truncate(&sheet->certs[1].der, 20);
	buf_clear(&pem);
	make(&pem, sheet, &parties[UTILITY]);
	judged("cut", &pem, NOW, ST_INPUT, "cert.syntax");
}

/* A successor is announced before it is valid: its dates excuse no weakness. */
static void strength_is_asked_whatever_the_dates(void **state)
{
	static const struct {
		const char *name;
		EVP_PKEY *(*key)(void);
		enum status want;
	} cases[] = {
		{ "P-384", p_384, ST_OK },
		{ "RSA of 1024 bits", rsa_1024, ST_AUTH },
		{ "secp256k1", secp256k1, ST_AUTH },
		{ "Ed25519", ed25519, ST_AUTH },
	};
	static const int64_t days[] = { -500, 0, 30 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases) * COUNT(days); i++) {
		const struct party *p = &parties[UTILITY];
		const int64_t from = NOW + days[i % COUNT(days)] * 86400 * NS_PER_S;
		AUTO_PKEY pkey = cases[i / COUNT(days)].key();
		struct key key = { .pkey = pkey };
		AUTO(sheet) sheet = sheet_of(UTILITY);
		AUTO(cert) cert = NULL;
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
		struct fault f = { 0 };

		must(authority_issue(&cert, p->root, p->root_key, &key, CERT_SIGN, p->id, p->id, "",
			     from, &f),
			&f);
		list(sheet, CERT_SIGN, cert);
		make(&pem, sheet, p);
		judged(cases[i / COUNT(days)].name, &pem, NOW, cases[i / COUNT(days)].want,
			"cert.key");
	}
}

/* --- other CMS --------------------------------------------------------------------- */

struct variant {
	const char *name;
	unsigned flags;
	const EVP_MD *(*md)(void);
	unsigned signers[3], signer_count; /* parties, by their roots */
	unsigned inside[3], inside_count;  /* whose roots are inside */
	enum status want;
	const char *code;
};

/* clang-format off */
static const struct variant variants[] = {
	{ "like ours", 0, EVP_sha256, { UTILITY }, 1, { UTILITY }, 1, ST_OK, NULL },
	{ "SHA-512", 0, EVP_sha512, { UTILITY }, 1, { UTILITY }, 1, ST_OK, NULL },
	{ "by key identifier", CMS_USE_KEYID, EVP_sha256, { UTILITY }, 1, { UTILITY }, 1,
		ST_OK, NULL },
	{ "signed by SHA-1", 0, EVP_sha1, { UTILITY }, 1, { UTILITY }, 1,
		ST_AUTH, "sheet.signature" },
	{ "another's signature", 0, EVP_sha256, { STRANGER }, 1, { UTILITY }, 1,
		ST_AUTH, "sheet.signature" },
	{ "another's signature too", 0, EVP_sha256, { UTILITY, STRANGER }, 2, { UTILITY }, 1,
		ST_AUTH, "sheet.signature" },
	{ "two roots", 0, EVP_sha256, { UTILITY }, 1, { UTILITY, STRANGER }, 2,
		ST_INPUT, "sheet.root" },
	{ "no root", 0, EVP_sha256, { UTILITY }, 1, { 0 }, 0, ST_INPUT, "sheet.root" },
	{ "content elsewhere", CMS_DETACHED, EVP_sha256, { UTILITY }, 1, { UTILITY }, 1,
		ST_AUTH, "sheet.signature" },
};
/* clang-format on */

static void make_variant(struct buf *pem, const struct variant *v, struct slice json)
{
	const unsigned flags = v->flags | CMS_BINARY | CMS_PARTIAL | CMS_NOCERTS;
	AUTO_BIO in = bio_of(json);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign(NULL, NULL, NULL, in, flags);

	assert_non_null(cms);
	for (unsigned i = 0; i < v->signer_count; i++) {
		const struct party *p = &parties[v->signers[i]];

		assert_non_null(
			CMS_add1_signer(cms, p->root->x509, p->root_key->pkey, v->md(), flags));
	}
	for (unsigned i = 0; i < v->inside_count; i++)
		assert_int_equal(CMS_add1_cert(cms, parties[v->inside[i]].root->x509), 1);
	assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	assert_int_equal(PEM_write_bio_CMS(out, cms), 1);
	buf_put_bio(pem, out);
}

static void variants_are_judged(void **state)
{
	AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	sheet_format(&json, sheet);
	for (size_t i = 0; i < COUNT(variants); i++) {
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);

		make_variant(&pem, &variants[i], buf_slice(&json));
		judged(variants[i].name, &pem, NOW, variants[i].want, variants[i].code);
	}
}

static void what_is_signed_must_be_a_sheet(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) large = buf_init(PEM_MAX);

	(void)state;
	make_variant(&pem, &variants[0], S("hello"));
	judged("no JSON", &pem, NOW, ST_INPUT, "sheet.json");
	buf_clear(&pem);
	put_times(&large, ' ', SHEET_SIZE_MAX + 1);
	make_variant(&pem, &variants[0], buf_slice(&large));
	judged("too large", &pem, NOW, ST_LIMIT, "buffer.full");
}

static void put_element(struct buf *out, uint8_t tag, const struct buf *content)
{
	buf_put_u8(out, tag);
	buf_put_u8(out, 0x82);
	buf_put_u16(out, (uint16_t)content->n);
	buf_put(out, buf_slice(content));
}

/* `out` becomes the only content of an element of these tags, the inner first. */
static void wrap(struct buf *out, struct slice before, struct slice tags)
{
	for (size_t i = 0; i < tags.n; i++) {
		AUTO_IN_PLACE(buf) inner = buf_init(PEM_MAX);

		buf_put(&inner, i == tags.n - 1 ? before : S(""));
		buf_put(&inner, buf_slice(out));
		buf_clear(out);
		put_element(out, tags.p[i], &inner);
	}
}

/* A root's certificate and a good sheet, and no signature at all. */
static void a_sheet_signed_by_nobody_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) data = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) certs = buf_init(PEM_MAX);
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	sheet_format(&data, sheet);
	wrap(&data, S(""), S("\x04\xa0"));
	wrap(&data, S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), S("\x30"));
	cert_format_der(&certs, parties[UTILITY].root);
	wrap(&certs, S(""), S("\xa0"));
	buf_put(&data, buf_slice(&certs));
	buf_put(&data, S("\x31\x00"));
	wrap(&data, S("\x02\x01\x01\x31\x00"), S("\x30"));
	wrap(&data, S(""), S("\xa0"));
	wrap(&data, S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), S("\x30"));
	frame(&pem, buf_slice(&data));
	judged("nobody", &pem, NOW, ST_AUTH, "sheet.signature");
}

static void a_fault_is_not_needed(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX);
	AUTO(sheet) sheet = sheet_of(UTILITY);

	(void)state;
	make(&pem, sheet, &parties[UTILITY]);
	assert_int_equal(open_at(buf_slice(&pem), NOW, NULL), ST_OK);
	assert_int_equal(open_at(S(""), NOW, NULL), ST_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_is_read_back),
		cmocka_unit_test(the_frame_is_needed),
		cmocka_unit_test(encrypted_pem_is_refused),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(making_can_fail),
		cmocka_unit_test(no_change_gives_another_sheet),
		cmocka_unit_test(no_cut_is_opened),
		cmocka_unit_test(the_root_has_dates),
		cmocka_unit_test(only_a_root_signs),
		cmocka_unit_test(a_weak_root_is_refused),
		cmocka_unit_test(a_root_with_a_weak_key_is_refused),
		cmocka_unit_test(every_use_is_needed),
		cmocka_unit_test(what_the_root_did_not_issue_is_refused),
		cmocka_unit_test(what_is_listed_must_be_a_certificate),
		cmocka_unit_test(strength_is_asked_whatever_the_dates),
		cmocka_unit_test(variants_are_judged),
		cmocka_unit_test(what_is_signed_must_be_a_sheet),
		cmocka_unit_test(a_sheet_signed_by_nobody_is_refused),
		cmocka_unit_test(a_fault_is_not_needed),
	};

	return cmocka_run_group_tests_name("signed_sheet", tests, set_up, tear_down);
}
