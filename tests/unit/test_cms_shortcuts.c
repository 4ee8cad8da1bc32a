/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we read ourselves of CMS has no verdict of its own: of any bytes, good ones that were
 * altered in every place and every way, both ways say the same, in the same words.  Attributes are
 * altered before they are signed, too: a signer may sign anything.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "safeguards/ber.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/signed_data.h"

#define CONTENT S("content of a message")
#define BYTES_MAX 10000
#define AGREED (ALG_BIT(ALG_AES_CBC) | ALG_BIT(ALG_RSA_SIGN))
#define FLAGS (CMS_DETACHED | CMS_BINARY | CMS_PARTIAL)

/* --- ways to alter an element --------------------------------------------------------- */

static void longer_length(struct buf *out, const struct ber_element *e)
{
	buf_put_u8(out, e->tag);
	buf_put_u8(out, 0x84);
	buf_put_u32(out, (uint32_t)e->content.n);
	buf_put(out, e->content);
}

static void no_length(struct buf *out, const struct ber_element *e)
{
	buf_put_u8(out, e->tag);
	buf_put_u8(out, 0x80);
	buf_put(out, e->content);
	buf_put_u16(out, 0);
}

static void in_pieces(struct buf *out, const struct ber_element *e)
{
	const size_t from = out->n;

	ber_put(out, e->tag, slice_to(e->content, 1));
	ber_put(out, e->tag, slice_from(e->content, 1));
	ber_wrap(out, from, e->tag | 0x20);
}

static void wrapped(struct buf *out, const struct ber_element *e)
{
	ber_put(out, e->tag, e->whole);
}

static void dropped(struct buf *out, const struct ber_element *e)
{
	(void)out;
	(void)e;
}

static void doubled(struct buf *out, const struct ber_element *e)
{
	buf_put(out, e->whole);
	buf_put(out, e->whole);
}

static void emptied(struct buf *out, const struct ber_element *e)
{
	ber_put(out, e->tag, S(""));
}

static void null_behind(struct buf *out, const struct ber_element *e)
{
	buf_put(out, e->whole);
	ber_put(out, BER_NULL, S(""));
}

static void set_behind(struct buf *out, const struct ber_element *e)
{
	buf_put(out, e->whole);
	ber_put(out, BER_SET, S("\x04\x01x"));
}

static void null_inside(struct buf *out, const struct ber_element *e)
{
	const size_t from = out->n;

	buf_put(out, e->content);
	ber_put(out, BER_NULL, S(""));
	ber_wrap(out, from, e->tag);
}

static void zero_inside(struct buf *out, const struct ber_element *e)
{
	const size_t from = out->n;

	buf_put_u8(out, 0);
	buf_put(out, e->content);
	ber_wrap(out, from, e->tag);
}

static void cut_inside(struct buf *out, const struct ber_element *e)
{
	ber_put(out, e->tag, slice_to(e->content, e->content.n ? e->content.n - 1 : 0));
}

static void broken_inside(struct buf *out, const struct ber_element *e)
{
	ber_put(out, e->tag, S("\x30\x05\x02\x01"));
}

static void of_the_context(struct buf *out, const struct ber_element *e)
{
	ber_put(out, (e->tag & 0x20) | 0x80, e->content);
}

static void a_number(struct buf *out, const struct ber_element *e)
{
	(void)e;
	ber_put(out, BER_INTEGER, S("\x00\x01"));
}

static void a_name(struct buf *out, const struct ber_element *e)
{
	(void)e;
	ber_put(out, BER_OID, S("\x80\x01"));
}

static const struct way {
	const char *name;
	void (*put)(struct buf *out, const struct ber_element *);
} ways[] = {
	{ "a longer length", longer_length },
	{ "an indefinite length", no_length },
	{ "in pieces", in_pieces },
	{ "in itself", wrapped },
	{ "dropped", dropped },
	{ "twice", doubled },
	{ "empty", emptied },
	{ "a NULL behind it", null_behind },
	{ "a SET behind it", set_behind },
	{ "a NULL inside", null_inside },
	{ "a zero inside", zero_inside },
	{ "a byte less", cut_inside },
	{ "something broken inside", broken_inside },
	{ "a tag of the context", of_the_context },
	{ "a number of too many bytes", a_number },
	{ "an identifier of too many bytes", a_name },
};

/* All again, but the element that *left counts down to; the lengths around it fit. */
static void again(struct buf *out, struct slice der, const struct way *way, int *left)
{
	struct ber in = { .in = cursor_of(der) };
	struct ber_element e;

	while (!cursor_at_end(&in.in)) {
		assert_int_equal(ber_read(&e, &in, NULL), ST_OK);
		const size_t from = out->n;
		if ((*left)-- == 0) {
			way->put(out, &e);
		} else if (e.tag & 0x20) {
			again(out, e.content, way, left);
			ber_wrap(out, from, e.tag);
		} else {
			buf_put(out, e.whole);
		}
	}
}

typedef void compare(struct slice der, const char *what, const char *way, size_t at);

static void every_element(compare *compare_it, const char *what, struct slice der)
{
	for (size_t w = 0; w < COUNT(ways); w++) {
		int left = -1;
		for (int i = 0; left < 0; i++) {
			AUTO_IN_PLACE(buf) altered = buf_init(BYTES_MAX);
			left = i;
			again(&altered, der, &ways[w], &left);
			if (left < 0)
				compare_it(buf_slice(&altered), what, ways[w].name, (size_t)i);
		}
	}
}

static void every_byte(compare *compare_it, const char *what, struct slice der)
{
	static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };

	for (size_t i = 0; i < COUNT(masks) * der.n; i++) {
		AUTO_IN_PLACE(buf) altered = buf_init(BYTES_MAX);
		const size_t at = i / COUNT(masks);

		buf_put(&altered, slice_to(der, at));
		buf_put_u8(&altered, der.p[at] ^ masks[i % COUNT(masks)]);
		buf_put(&altered, slice_from(der, at + 1));
		compare_it(buf_slice(&altered), what, "a byte", at);
		compare_it(slice_to(der, at), what, "an end", at);
	}
}

static void same(const struct fault *ours, const struct fault *theirs, enum status st,
	enum status want, const char *what, const char *way, size_t at)
{
	const bool words = st == ST_OK || want == ST_OK || strcmp(ours->code, theirs->code) == 0;

	if (st != want || !words)
		fail_msg("%s, %s at %zu: %d %s, the library: %d %s", what, way, at, st,
			st == ST_OK ? "" : ours->code, want, want == ST_OK ? "" : theirs->code);
}

/* --- signatures ----------------------------------------------------------------------- */

static void signatures_agree(struct slice der, const char *what, const char *way, size_t at)
{
	const struct cert *trusted[] = { parties[STRANGER].sign, parties[UTILITY].sign };
	struct signature_facts facts = { 0 }, wanted = { 0 };
	struct fault f = { 0 }, g = { 0 };
	enum status st = signature_check(&facts, der, CONTENT, trusted, 2, AGREED, NOW, &f);
	enum status want = signature_check_by_library(
		&wanted, der, CONTENT, trusted, 2, AGREED, NOW, &g);

	same(&f, &g, st, want, what, way, at);
	if (st != ST_OK)
		return;
	assert_true(digest_eq(&facts.digest, &wanted.digest));
	assert_true(facts.signed_ns == wanted.signed_ns);
	assert_int_equal(facts.signer, wanted.signer);
	assert_memory_equal(facts.fingerprint, wanted.fingerprint, sizeof(facts.fingerprint));
}

static void library_sign(struct buf *der)
{
	const struct party *p = &parties[UTILITY];
	AUTO_BIO in = bio_of(CONTENT);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign_ex(NULL, NULL, NULL, NULL, FLAGS, NULL, NULL);

	assert_non_null(CMS_add1_signer(
		cms, p->sign->x509, p->sign_key->pkey, EVP_sha384(), FLAGS));
	assert_int_equal(CMS_final(cms, in, NULL, FLAGS), 1);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	buf_put_bio(der, out);
}

static void altered_signatures_have_one_verdict(void **state)
{
	AUTO_IN_PLACE(buf) ours = buf_init(BYTES_MAX), theirs = buf_init(BYTES_MAX);
	const struct signer signer = signer_of(&parties[UTILITY]);
	struct fault f = { 0 };

	(void)state;
	must(sign_whole(&ours, CONTENT, &signer, NOW, &f), &f);
	library_sign(&theirs);
	every_byte(signatures_agree, "ours", buf_slice(&ours));
	every_element(signatures_agree, "ours", buf_slice(&ours));
	every_element(signatures_agree, "the library's", buf_slice(&theirs));
}

/* Elements of the SET, behind type, time and digest. */
static const struct extra {
	const char *name;
	struct slice attribute;
} extras[] = {
	{ "nothing more", { (const uint8_t *)"", 0 } },
	{ "capabilities", { (const uint8_t *)"\x30\x13\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"
			"\x31\x06\x30\x04\x30\x02\x06\x00", 21 } },
	{ "a friendly name", { (const uint8_t *)"\x30\x12\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09"
			"\x14\x31\x05\x1e\x03xyz", 20 } },
	{ "a signature of the signature", { (const uint8_t *)"\x30\x11\x06\x09\x2a\x86\x48\x86\xf7"
			"\x0d\x01\x09\x06\x31\x04\x30\x02\x02\x00", 19 } },
	{ "a name that is none", { (const uint8_t *)"\x30\x08\x06\x02\x80\x01\x31\x02\x30\x00",
			10 } },
	{ "a number that is none", { (const uint8_t *)"\x30\x0a\x06\x02\x2a\x03\x31\x04\x02\x02"
			"\x00\x01", 12 } },
	{ "no values", { (const uint8_t *)"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"
			"\x31\x00", 15 } },
};

static void sign_as_it_is(struct buf *der, struct slice attributes, struct slice said)
{
	AUTO_IN_PLACE(buf) signature = buf_init(KEY_OUTPUT_MAX);
	const struct party *p = &parties[UTILITY];
	struct key_request request = { .scheme = KEY_SIGN_ECDSA, .digest_name = "SHA256" };
	struct digest_value digest;
	struct fault f = { 0 };

	digest_compute(&digest, DIGEST_SHA256, said);
	request.input = digest_slice(&digest);
	must(key_serve(&signature, p->sign_key, &request, &f), &f);
	signed_data_put(der, p->sign, DIGEST_SHA256, KEY_SIGN_ECDSA, attributes,
		buf_slice(&signature));
}

/* Signed as the bytes are, and as they would be in DER. */
static void signed_they_agree(struct slice set, const char *what, const char *way, size_t at)
{
	struct ber in = { .in = cursor_of(set) };
	struct ber_element e;

	if (ber_read(&e, &in, NULL) != ST_OK)
		return;
	for (unsigned i = 0; i < 2; i++) {
		AUTO_IN_PLACE(buf) der = buf_init(BYTES_MAX), said = buf_init(BYTES_MAX);
		if (i == 0)
			buf_put(&said, set);
		else
			ber_put(&said, BER_SET, e.content);
		sign_as_it_is(&der, set, buf_slice(&said));
		signatures_agree(buf_slice(&der), what, way, at);
	}
}

static void signed_attributes_have_one_verdict(void **state)
{
	struct digest_value digest;

	(void)state;
	digest_compute(&digest, DIGEST_SHA256, CONTENT);
	for (size_t i = 0; i < COUNT(extras); i++) {
		AUTO_IN_PLACE(buf) set = buf_init(BYTES_MAX), all = buf_init(BYTES_MAX);
		assert_true(signed_attributes_put(&set, &digest, NOW));
		buf_put(&all, slice_from(buf_slice(&set), 2));
		buf_put(&all, extras[i].attribute);
		ber_wrap(&all, 0, BER_SET);
		signed_they_agree(buf_slice(&all), extras[i].name, "nothing", 0);
		every_element(signed_they_agree, extras[i].name, buf_slice(&all));
	}
}

/* --- sealed content ------------------------------------------------------------------- */

static void openings_agree(struct slice der, const char *what, const char *way, size_t at)
{
	AUTO_IN_PLACE(buf) ours = buf_init(BYTES_MAX), theirs = buf_init(BYTES_MAX);
	const struct opener openers[] = {
		{ parties[STRANGER].encrypt, parties[STRANGER].encrypt_key },
		{ parties[UTILITY].encrypt, parties[UTILITY].encrypt_key },
	};
	struct fault f = { 0 }, g = { 0 };
	enum status st = sealing_open(&ours, der, openers, 2, AGREED, &f);
	enum status want = sealing_open_by_library(&theirs, der, openers, 2, AGREED, &g);

	same(&f, &g, st, want, what, way, at);
	expect_slice(way, buf_slice(&ours), buf_slice(&theirs));
}

static void altered_seals_have_one_verdict(void **state)
{
	static const char *const names[CIPHERS] = { [CIPHER_AES256_GCM] = "AES-256-GCM",
		[CIPHER_AES128_GCM] = "AES-128-GCM",
		[CIPHER_AES256_CBC] = "AES-256-CBC",
		[CIPHER_AES128_CBC] = "AES-128-CBC" };

	(void)state;
	for (enum cipher cipher = 0; cipher < CIPHERS; cipher++) {
		AUTO_IN_PLACE(buf) out = buf_init(BYTES_MAX);
		struct slice sealed;
		struct fault f = { 0 };

		must(sealing_seal(&sealed, &out, CONTENT, parties[UTILITY].encrypt, cipher, AGREED,
			     &f),
			&f);
		openings_agree(sealed, names[cipher], "nothing", 0);
		every_element(openings_agree, names[cipher], sealed);
		if (cipher == CIPHER_AES256_GCM)
			every_byte(openings_agree, names[cipher], sealed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(altered_signatures_have_one_verdict),
		cmocka_unit_test(signed_attributes_have_one_verdict),
		cmocka_unit_test(altered_seals_have_one_verdict),
	};

	return cmocka_run_group_tests_name("CMS shortcuts", tests, parties_make, parties_free);
}
