/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many documents a second the bare OpenSSL calls alone allow: for each 2 KiB document sign,
 * seal, open, verify, sign a receipt of 1 KiB and verify it, with OpenSSL's CMS functions and keys
 * in memory, one process a core.  No MIME, HTTP, process boundary, disk.  The last line is for
 * scripts; `--seconds 3s` sets how long, `--keys rsa` the keys, as of `tieline init`.
 */
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"

#define DOCUMENT 2048
#define RECEIPT 1024
#define STEPS 6

static const char *const names[STEPS] = { "sign", "seal", "open", "verify", "sign_receipt",
	"verify_receipt" };

struct totals {
	uint64_t documents;
	int64_t step_ns[STEPS];
};

struct party {
	EVP_PKEY *key;
	X509 *cert;
	STACK_OF(X509) *certs;
};

static void must(bool good, const char *what)
{
	if (!good)
		die("bench crypto: %s failed", what);
}

static EVP_PKEY *p256_make(void)
{
	return EVP_EC_gen("P-256");
}

static EVP_PKEY *p384_make(void)
{
	return EVP_EC_gen("P-384");
}

static EVP_PKEY *rsa_make(void)
{
	return EVP_RSA_gen(3072);
}

static int agreement_set(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256());
}

static int transport_set(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
}

/* Those of `tieline init --keys`, and how a content's key gets to them. */
static const struct keys {
	const char *name;
	EVP_PKEY *(*make)(void);
	int (*recipient_set)(EVP_PKEY_CTX *);
} kinds[] = {
	{ "ec", p256_make, agreement_set },
	{ "p384", p384_make, agreement_set },
	{ "rsa", rsa_make, transport_set },
};
static const struct keys *keys = &kinds[0];

static void party_make(struct party *p)
{
	p->key = keys->make();
	p->cert = X509_new();
	p->certs = sk_X509_new_null();
	must(p->key && p->cert && p->certs, "making a key");
	ASN1_INTEGER_set(X509_get_serialNumber(p->cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(p->cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(p->cert), 86400);
	X509_set_pubkey(p->cert, p->key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(p->cert), "CN", MBSTRING_ASC,
		(const unsigned char *)"bench", -1, -1, 0);
	X509_set_issuer_name(p->cert, X509_get_subject_name(p->cert));
	must(X509_sign(p->cert, p->key, EVP_sha256()) > 0, "making a certificate");
	sk_X509_push(p->certs, p->cert);
}

static BIO *memory(const void *p, size_t n)
{
	BIO *bio = BIO_new_mem_buf(p, (int)n);

	must(bio != NULL, "memory");
	return bio;
}

/* DER of what a CMS function made. */
static size_t finish(uint8_t **der, CMS_ContentInfo *cms, const char *what)
{
	int n = cms ? i2d_CMS_ContentInfo(cms, der) : -1;

	must(n > 0, what);
	CMS_ContentInfo_free(cms);
	return (size_t)n;
}

static size_t sign(uint8_t **der, const struct party *p, const void *content, size_t n)
{
	BIO *in = memory(content, n);
	size_t made = finish(der,
		CMS_sign(p->cert, p->key, NULL, in, CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP),
		"CMS_sign");

	BIO_free(in);
	return made;
}

static void verify(
	const struct party *p, const uint8_t *der, size_t der_n, const void *content, size_t n)
{
	BIO *in = memory(content, n);
	const uint8_t *at = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der_n);

	must(CMS_verify(cms, p->certs, NULL, in, NULL,
		     CMS_DETACHED | CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN) == 1,
		"CMS_verify");
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static size_t seal(uint8_t **der, const struct party *p, const void *content, size_t n)
{
	BIO *in = memory(content, n);
	CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
	CMS_RecipientInfo *ri = cms ? CMS_add1_recipient_cert(cms, p->cert, CMS_KEY_PARAM) : NULL;

	must(ri && keys->recipient_set(CMS_RecipientInfo_get0_pkey_ctx(ri)) == 1 &&
			CMS_final(cms, in, NULL, CMS_BINARY | CMS_PARTIAL) == 1,
		"CMS_encrypt");
	BIO_free(in);
	return finish(der, cms, "CMS_encrypt");
}

static void open_it(const struct party *p, const uint8_t *der, size_t der_n)
{
	BIO *out = BIO_new(BIO_s_mem());
	const uint8_t *at = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der_n);

	must(CMS_decrypt(cms, p->key, p->cert, NULL, out, CMS_BINARY) == 1, "CMS_decrypt");
	CMS_ContentInfo_free(cms);
	BIO_free(out);
}

static void step(struct totals *t, unsigned which, int64_t *since_ns)
{
	int64_t now_ns = clock_mono_ns();

	t->step_ns[which] += now_ns - *since_ns;
	*since_ns = now_ns;
}

static void one_document(struct totals *t, const struct party *sender, const struct party *receiver,
	const uint8_t *document)
{
	int64_t at_ns = clock_mono_ns();
	uint8_t *signature = NULL, *sealed = NULL, *receipt = NULL;
	size_t signature_n, sealed_n, receipt_n;

	signature_n = sign(&signature, sender, document, DOCUMENT);
	step(t, 0, &at_ns);
	sealed_n = seal(&sealed, receiver, document, DOCUMENT);
	step(t, 1, &at_ns);
	open_it(receiver, sealed, sealed_n);
	step(t, 2, &at_ns);
	verify(sender, signature, signature_n, document, DOCUMENT);
	step(t, 3, &at_ns);
	receipt_n = sign(&receipt, receiver, document, RECEIPT);
	step(t, 4, &at_ns);
	verify(receiver, receipt, receipt_n, document, RECEIPT);
	step(t, 5, &at_ns);
	OPENSSL_free(signature);
	OPENSSL_free(sealed);
	OPENSSL_free(receipt);
	t->documents++;
}

static void work(struct totals *t, int64_t run_ns)
{
	struct party sender, receiver;
	uint8_t document[DOCUMENT];
	int64_t until_ns;

	random_bytes(document, sizeof(document));
	party_make(&sender);
	party_make(&receiver);
	one_document(&(struct totals){ 0 }, &sender, &receiver, document);
	until_ns = clock_mono_ns() + run_ns;
	while (clock_mono_ns() < until_ns)
		one_document(t, &sender, &receiver, document);
}

static void report(const struct totals *all, long cores, double seconds)
{
	uint64_t documents = 0;
	int64_t step_ns[STEPS] = { 0 };

	for (long i = 0; i < cores; i++) {
		documents += all[i].documents;
		for (unsigned s = 0; s < STEPS; s++)
			step_ns[s] += all[i].step_ns[s];
	}
	printf("%ld processes, %.1f s, documents of %d bytes, keys: %s, %s\n", cores, seconds,
		DOCUMENT, keys->name, OpenSSL_version(OPENSSL_VERSION));
	printf("bench crypto: docs_per_s=%.0f", (double)documents / seconds);
	for (unsigned s = 0; s < STEPS; s++)
		printf(" %s_us=%.0f", names[s], (double)step_ns[s] / 1000 / (double)documents);
	printf("\n");
}

static void seconds_take(int64_t *run_ns, const char *text)
{
	struct fault f;

	if (duration_parse(run_ns, slice_str(text), &f) != ST_OK)
		die("--seconds %s: %s", text, f.text);
}

static void keys_take(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			keys = &kinds[i];
			return;
		}
	die("--keys %s: want ec, p384 or rsa", name);
}

int main(int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t run_ns = 3 * NS_PER_S;

	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--seconds") == 0)
			seconds_take(&run_ns, argv[i + 1]);
		else if (strcmp(argv[i], "--keys") == 0)
			keys_take(argv[i + 1]);
		else
			die("%s: want --seconds or --keys", argv[i]);
	struct totals *all = mmap(NULL, (size_t)cores * sizeof(*all), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		die("no shared memory");
	for (long i = 0; i < cores; i++)
		if (fork() == 0) {
			work(&all[i], run_ns);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	report(all, cores, (double)run_ns / 1e9);
	return 0;
}
