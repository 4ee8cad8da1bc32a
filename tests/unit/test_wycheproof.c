/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wycheproof's vectors, by the ways that what a peer sends takes through our own code: points of
 * key agreement to the keyholder's verb, contents in GCM and CBC within CMS, signatures by curves
 * and wrapped keys where CMS was taken apart.  What is there of primitives that we only call, or
 * that reach us in another shape, is not run: docs/corpora.md.
 */
#include "exchange_expect.h"

#include <jansson.h>
#include <string.h>

#include "as2_parties.h"
#include "base/codec.h"
#include "base/fd.h"
#include "exchange/agreement.h"
#include "safeguards/ber.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/key_agreement.h"
#include "safeguards/sealing.h"
#include "shared_data.h"

#define FILE_MAX (16 << 20)
#define VECTOR_MAX 65536

#define AES_ARC "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01"
#define DATA S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define AUTH_ENVELOPED_DATA S("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")
#define ENVELOPED_DATA S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")

struct tally {
	const char *file;
	unsigned run, left_out;
};

static struct slice text_of(const json_t *test, const char *name)
{
	const char *text = json_string_value(json_object_get(test, name));

	return slice_str(text ? text : "");
}

static struct slice bytes_of(struct buf *out, const json_t *test, const char *name)
{
	struct fault f;

	buf_clear(out);
	must(hex_parse(out, text_of(test, name), &f), &f);
	return buf_slice(out);
}

static long number_of(const json_t *group, const char *name)
{
	return (long)json_integer_value(json_object_get(group, name));
}

/* "acceptable": either will do, but if it is taken, then as it says. */
static void verdict_judge(
	struct tally *tally, const json_t *test, enum status st, struct slice got,
	struct slice want)
{
	struct slice result = text_of(test, "result");
	bool good = st == ST_OK;

	tally->run++;
	if (slice_eq(result, S("acceptable")) ? good && !slice_eq(got, want)
					      : good != slice_eq(result, S("valid")) ||
			    (good && !slice_eq(got, want)))
		fail_msg("%s %ld is %.*s, we say %s: %s", tally->file,
			(long)json_integer_value(json_object_get(test, "tcId")),
			SLICE_FMT(result), status_name(st),
			json_string_value(json_object_get(test, "comment")));
}

/* --- agreeing -------------------------------------------------------------------------- */

static const struct curve {
	const char *file;
	struct slice oid;
	size_t scalar;
} curves[] = {
	{ "ecdh_secp256r1_test.json", { (const uint8_t *)"\x2a\x86\x48\xce\x3d\x03\x01\x07", 8 },
		32 },
	{ "ecdh_secp384r1_test.json", { (const uint8_t *)"\x2b\x81\x04\x00\x22", 5 }, 48 },
};

/* RFC 5915, by way of the form in which a home keeps its keys. */
static struct key *key_of(const struct curve *curve, struct slice scalar)
{
	AUTO_IN_PLACE(buf) der = buf_init(256), pem = buf_init(1024);
	struct key *key = NULL;
	struct fault f;

	while (scalar.n > curve->scalar)
		scalar = slice_from(scalar, 1); /* a zero in front */
	ber_put(&der, BER_INTEGER, S("\x01"));
	const size_t octets = der.n;
	for (size_t i = scalar.n; i < curve->scalar; i++)
		buf_put_u8(&der, 0);
	buf_put(&der, scalar);
	ber_wrap(&der, octets, BER_OCTETS);
	const size_t named = der.n;
	ber_put(&der, BER_OID, curve->oid);
	ber_wrap(&der, named, BER_CONTEXT_0);
	ber_wrap(&der, 0, BER_SEQUENCE);
	buf_put_text(&pem, "-----BEGIN EC PRIVATE KEY-----\n");
	base64_format(&pem, buf_slice(&der), 64);
	buf_put_text(&pem, "-----END EC PRIVATE KEY-----\n");
	must(key_parse_pem(&key, buf_slice(&pem), &f), &f);
	return key;
}

/* What a peer sends us of its key: the point of a SubjectPublicKeyInfo.  False: there is none. */
static bool point_of(struct slice *point, struct slice info)
{
	struct ber all = { .in = cursor_of(info), .code = "test" }, inner;
	struct slice algorithm, bits;

	if (!ber_in(&inner, &all, BER_SEQUENCE) || !ber_is(&algorithm, &inner, BER_SEQUENCE) ||
		!ber_is(&bits, &inner, BER_BITS) || bits.n < 2 || bits.p[0] != 0)
		return false;
	*point = slice_from(bits, 1);
	return true;
}

static bool is_flagged(const json_t *test, const char *flag)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(test, "flags"), i, one)
		if (strcmp(json_string_value(one), flag) == 0)
			return true;
	return false;
}

/*
 * Where a curve is spelt out and wrong, the point may be on ours all the same: nobody reads what
 * was spelt, so it is one.
 */
static void agreement_case(struct tally *tally, const struct curve *curve, const json_t *test)
{
	AUTO_IN_PLACE(buf) info = buf_init(VECTOR_MAX), scalar = buf_init(VECTOR_MAX);
	AUTO_IN_PLACE(buf) want = buf_init(VECTOR_MAX), got = buf_init(KEY_OUTPUT_MAX);
	AUTO(key) key = key_of(curve, bytes_of(&scalar, test, "private"));
	struct key_request r = { .scheme = KEY_AGREE_ECDH };
	struct fault f;

	if (!point_of(&r.input, bytes_of(&info, test, "public"))) {
		tally->left_out++;
		return;
	}
	enum status st = key_serve(&got, key, &r, &f);
	if (st == ST_OK && slice_eq(text_of(test, "result"), S("invalid"))) {
		assert_true(is_flagged(test, "UnnamedCurve"));
		tally->left_out++;
		return;
	}
	verdict_judge(tally, test, st, buf_slice(&got), bytes_of(&want, test, "shared"));
}

/* --- contents --------------------------------------------------------------------------- */

/* An algorithm of AES: GCM's with nonce and length of the tag, CBC's with its IV. */
static void algorithm_put(
	struct buf *out, bool gcm, long key_bits, struct slice nonce, size_t tag_n)
{
	static const uint8_t lasts[2][2] = { { 0x02, 0x2a }, { 0x06, 0x2e } };
	const uint8_t tag_size = (uint8_t)tag_n;

	buf_put(out, slice_of((const uint8_t *)AES_ARC, 10));
	buf_put_u8(out, lasts[gcm][key_bits == 256]);
	const size_t parameters = out->n;
	ber_put(out, BER_OCTETS, nonce);
	if (gcm) {
		ber_put(out, BER_INTEGER, slice_of(&tag_size, 1));
		ber_wrap(out, parameters, BER_SEQUENCE);
	}
	ber_wrap(out, 0, BER_SEQUENCE);
}

struct vector {
	bool gcm;
	long key_bits;
	struct slice key, nonce, content, tag;
};

static void message_put(struct buf *out, const struct vector *v)
{
	AUTO_IN_PLACE(buf) recipients = buf_init(VECTOR_MAX), algorithm = buf_init(VECTOR_MAX);
	AUTO_IN_PLACE(buf) tag = buf_init(64);
	struct fault f;

	must(agreement_put(&recipients, v->key, parties[UTILITY].encrypt, &f), &f);
	algorithm_put(&algorithm, v->gcm, v->key_bits, v->nonce, v->tag.n);
	if (v->gcm)
		ber_put(&tag, BER_OCTETS, v->tag);
	const struct cms_peek frame = { .parts = {
						.type = v->gcm ? AUTH_ENVELOPED_DATA
							       : ENVELOPED_DATA,
						.version = v->gcm ? S("\x02\x01\x00")
								  : S("\x02\x01\x02"),
						.recipients = buf_slice(&recipients),
						.content_type = DATA,
						.algorithm = buf_slice(&algorithm),
						.tag = buf_slice(&tag),
					} };
	cms_peek_put_head(out, &frame, v->content.n);
	buf_put(out, v->content);
	cms_peek_put_tail(out, &frame);
	must(buf_check(out, &f), &f);
}

/* AES of 192 bits we have not; other nonces and tags than RFC 5084's usual ones we refuse. */
static bool is_ours(const json_t *group, const json_t *test)
{
	return number_of(group, "keySize") != 192 && text_of(test, "aad").n == 0;
}

static void content_case(struct tally *tally, const json_t *group, const json_t *test, bool gcm)
{
	AUTO_IN_PLACE(buf) key = buf_init(64), nonce = buf_init(VECTOR_MAX), tag = buf_init(64);
	AUTO_IN_PLACE(buf) in = buf_init(VECTOR_MAX), want = buf_init(VECTOR_MAX);
	AUTO_IN_PLACE(buf) der = buf_init(VECTOR_MAX), got = buf_init(VECTOR_MAX);
	const struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };
	struct fault f = { 0 };

	if (!is_ours(group, test)) {
		tally->left_out++;
		return;
	}
	const struct vector v = { .gcm = gcm,
		.key_bits = number_of(group, "keySize"),
		.key = bytes_of(&key, test, "key"),
		.nonce = bytes_of(&nonce, test, "iv"),
		.content = bytes_of(&in, test, "ct"),
		.tag = bytes_of(&tag, test, "tag") };
	message_put(&der, &v);
	enum status st = sealing_open(
		&got, buf_slice(&der), &opener, 1, gcm ? 0 : ALG_BIT(ALG_AES_CBC), &f);
	if (gcm && (v.nonce.n != 12 || v.tag.n != 16)) {
		expect_fault("unusual", st, &f, ST_AUTH, "sealing.algorithm");
		tally->run++;
		return;
	}
	if (st != ST_OK)
		expect_fault("one answer", st, &f, ST_AUTH, "sealing.decrypt");
	verdict_judge(tally, test, st, buf_slice(&got), bytes_of(&want, test, "msg"));
}

/* --- signatures ------------------------------------------------------------------------- */

static const struct {
	const char *file;
	enum digest digest;
	enum key_kind kind;
} signers[] = {
	{ "ecdsa_secp256r1_sha256_test.json", DIGEST_SHA256, KEY_EC_P256 },
	{ "ecdsa_secp384r1_sha384_test.json", DIGEST_SHA384, KEY_EC_P384 },
	{ "ecdsa_secp521r1_sha512_test.json", DIGEST_SHA512, KEY_EC_P521 },
};

/* What a sheet pins; nobody asks who signed it, so nobody did. */
static struct cert *cert_with_key(struct slice info)
{
	static const char algorithm[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
	static const char name[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01w";
	const struct slice scheme = slice_of(algorithm, sizeof(algorithm) - 1),
			   party = slice_of(name, sizeof(name) - 1);
	AUTO_IN_PLACE(buf) der = buf_init(VECTOR_MAX);
	struct cert *cert = NULL;
	struct fault f;

	buf_put(&der, S("\xa0\x03\x02\x01\x02\x02\x01\x01")); /* version 3, number 1 */
	buf_put(&der, scheme);
	buf_put(&der, party);
	buf_put(&der, S("\x30\x1e\x17\x0d" "200101000000Z" "\x17\x0d" "400101000000Z"));
	buf_put(&der, party);
	buf_put(&der, info);
	ber_wrap(&der, 0, BER_SEQUENCE);
	buf_put(&der, scheme);
	ber_put(&der, BER_BITS, S("\0"));
	ber_wrap(&der, 0, BER_SEQUENCE);
	must(cert_parse_der(&cert, buf_slice(&der), &f), &f);
	return cert;
}

/* All of a key by one certificate, as a gateway has it: what failed before must not matter. */
static void signature_case(
	struct tally *tally, struct cert *cert, enum digest kind, const json_t *test)
{
	AUTO_IN_PLACE(buf) content = buf_init(VECTOR_MAX), signature = buf_init(VECTOR_MAX);
	struct digest_value digest;

	digest_compute(&digest, kind, bytes_of(&content, test, "msg"));
	bool good = signature_value_holds(cert, &digest, bytes_of(&signature, test, "sig"));
	verdict_judge(tally, test, good ? ST_OK : ST_AUTH, S(""), S(""));
}

/* --- keys that are wrapped ---------------------------------------------------------------- */

/* A content key has 16 or 32 bytes; what came out as another is no key to any cipher of ours. */
static void wrapped_case(struct tally *tally, const json_t *group, const json_t *test)
{
	AUTO_IN_PLACE(buf) kek = buf_init(64), in = buf_init(VECTOR_MAX);
	AUTO_IN_PLACE(buf) want = buf_init(VECTOR_MAX), got = buf_init(VECTOR_MAX);

	if (number_of(group, "keySize") == 192 ||
		(slice_eq(text_of(test, "result"), S("valid")) &&
			text_of(test, "msg").n > 2 * CONTENT_KEY_MAX)) {
		tally->left_out++;
		return;
	}
	bool good = content_key_unwrap(
		&got, bytes_of(&kek, test, "key"), bytes_of(&in, test, "ct"));
	verdict_judge(tally, test, good ? ST_OK : ST_AUTH, buf_slice(&got),
		bytes_of(&want, test, "msg"));
}

/* --- files -------------------------------------------------------------------------------- */

/* NULL, and says so, where they are not. */
static json_t *vectors_load(const char *file)
{
	AUTO_IN_PLACE(buf) text = buf_init(FILE_MAX);
	AUTO_FD dir = shared_data_open("wycheproof/C2SP+wycheproof/testvectors_v1");
	json_t *all;

	if (dir < 0) {
		print_message("skipped: %s (set TIELINE_SHARED_DATA)\n", file);
		return NULL;
	}
	assert_int_equal(file_read(&text, dir, file, NULL), ST_OK);
	all = json_loadb((const char *)text.p, text.n, 0, NULL);
	assert_non_null(all);
	return all;
}

static void tally_end(const struct tally *tally, json_t *all)
{
	print_message("%s: %u run, %u left out\n", tally->file, tally->run, tally->left_out);
	assert_true(tally->run > 0);
	json_decref(all);
}

static void points_of_others(void **state)
{
	(void)state;
	for (size_t c = 0; c < COUNT(curves); c++) {
		struct tally tally = { .file = curves[c].file };
		json_t *all = vectors_load(curves[c].file), *group, *test;
		size_t g, t;

		if (!all)
			skip();
		json_array_foreach(json_object_get(all, "testGroups"), g, group)
			json_array_foreach(json_object_get(group, "tests"), t, test)
				agreement_case(&tally, &curves[c], test);
		tally_end(&tally, all);
	}
}

static void contents_of_others(void **state)
{
	static const char *const files[] = { "aes_cbc_pkcs5_test.json", "aes_gcm_test.json" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct tally tally = { .file = files[i] };
		json_t *all = vectors_load(files[i]), *group, *test;
		size_t g, t;

		if (!all)
			skip();
		json_array_foreach(json_object_get(all, "testGroups"), g, group)
			json_array_foreach(json_object_get(group, "tests"), t, test)
				content_case(&tally, group, test, i == 1);
		tally_end(&tally, all);
	}
}

static void signatures_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signers); i++) {
		struct tally tally = { .file = signers[i].file };
		json_t *all = vectors_load(signers[i].file), *group, *test;
		size_t g, t;

		if (!all)
			skip();
		json_array_foreach(json_object_get(all, "testGroups"), g, group) {
			AUTO_IN_PLACE(buf) info = buf_init(VECTOR_MAX);
			AUTO(cert) cert = cert_with_key(bytes_of(&info, group, "publicKeyDer"));
			assert_int_equal(cert_key_kind(cert), signers[i].kind);
			json_array_foreach(json_object_get(group, "tests"), t, test)
				signature_case(&tally, cert, signers[i].digest, test);
		}
		tally_end(&tally, all);
	}
}

static void wrapped_keys_of_others(void **state)
{
	struct tally tally = { .file = "aes_wrap_test.json" };
	json_t *all = vectors_load(tally.file), *group, *test;
	size_t g, t;

	(void)state;
	if (!all)
		skip();
	json_array_foreach(json_object_get(all, "testGroups"), g, group)
		json_array_foreach(json_object_get(group, "tests"), t, test)
			wrapped_case(&tally, group, test);
	tally_end(&tally, all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_of_others),
		cmocka_unit_test(signatures_of_others),
		cmocka_unit_test(wrapped_keys_of_others),
		cmocka_unit_test(contents_of_others),
	};

	return cmocka_run_group_tests_name("wycheproof", tests, parties_make, parties_free);
}
