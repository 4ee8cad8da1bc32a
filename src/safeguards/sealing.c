/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS AuthEnvelopedData and EnvelopedData.  What is inside is looked at before it is opened
 * (cms_peek.h): which container, which cipher, nonce and tag lengths, whether one of the recipients
 * is ours.
 */
#include "safeguards/sealing.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/views.h"
#include "exchange/agreement.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"

#define NONCE_SIZE 12
#define TAG_SIZE 16
#define STREAM_STEP 65536 /* bytes through the cipher at once */
#define HEAD_ROOM 8192    /* bytes before the content: one recipient, with a key of any size */

static bool is_agreed(unsigned algorithms, enum algorithm a)
{
	return (algorithms & ALG_BIT(a)) != 0;
}

/* All below 2.16.840.1.101.3.4.1, NIST's arc for AES. */
#define AES_ARC "\x60\x86\x48\x01\x65\x03\x04\x01"

static const struct {
	struct slice oid;
	bool is_gcm;
	const EVP_CIPHER *(*cipher)(void);
} ciphers[CIPHERS] = {
	[CIPHER_AES256_GCM] = { { (const uint8_t *)AES_ARC "\x2e", 9 }, true, EVP_aes_256_gcm },
	[CIPHER_AES128_GCM] = { { (const uint8_t *)AES_ARC "\x06", 9 }, true, EVP_aes_128_gcm },
	[CIPHER_AES256_CBC] = { { (const uint8_t *)AES_ARC "\x2a", 9 }, false, EVP_aes_256_cbc },
	[CIPHER_AES128_CBC] = { { (const uint8_t *)AES_ARC "\x02", 9 }, false, EVP_aes_128_cbc },
};

const char *sealing_smime_type(enum cipher cipher)
{
	return ciphers[cipher].is_gcm ? "authenveloped-data" : "enveloped-data";
}

/* --- the content --- */

/*
 * Bytes go through the library's cipher in steps, from where they lie to where they shall lie: it
 * never holds a content.
 */
struct stream {
	BIO *cipher, *sink; /* the first writes into the second */
	struct buf *out;
};

static bool stream_open(struct stream *s, CMS_ContentInfo *cms)
{
	s->sink = BIO_new(BIO_s_mem());
	s->cipher = s->sink ? CMS_dataInit(cms, s->sink) : NULL;
	return s->cipher && s->cipher != s->sink;
}

static void stream_close(struct stream *s)
{
	if (s->cipher && s->cipher != s->sink)
		BIO_free(BIO_pop(s->cipher) ? s->cipher : NULL);
	BIO_free(s->sink);
}
#define AUTO_STREAM __attribute__((cleanup(stream_close))) struct stream

static bool drain(const struct stream *s)
{
	buf_put_bio(s->out, s->sink);
	(void)BIO_reset(s->sink);
	return !s->out->overflow;
}

/* What does not fit ends it, too: buf_check tells. */
static bool stream_pass(const struct stream *s, struct slice content)
{
	struct slice piece = { 0 };
	size_t mark = 0;

	for (size_t at = 0; at < content.n; at += piece.n) {
		piece = slice_sub(content, at, STREAM_STEP);
		if (BIO_write(s->cipher, piece.p, (int)piece.n) != (int)piece.n || !drain(s))
			return false;
		views_passed(content, &mark, at);
	}
	return true;
}

/* The last block; of a content that is opened, also whether its tag is right. */
static bool stream_end(const struct stream *s)
{
	return BIO_flush(s->cipher) == 1 && BIO_get_cipher_status(s->cipher) == 1 && drain(s);
}

/* --- sealing --- */

/* As strong as the key agreed with (RFC 5753 7.1.8, SP 800-57). */
static const EVP_MD *agree_md(enum key_kind kind)
{
	return kind == KEY_EC_P256 ? EVP_sha256() : EVP_sha384();
}

static bool agree_prepare(CMS_RecipientInfo *ri, enum key_kind kind)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);
	EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_kari_get0_ctx(ri);

	return ctx && EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, agree_md(kind)) == 1 && wrap &&
		EVP_EncryptInit_ex(wrap, EVP_aes_256_wrap(), NULL, NULL, NULL) == 1;
}

static bool transport_prepare(CMS_RecipientInfo *ri, unsigned algorithms)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);

	if (!is_agreed(algorithms, ALG_RSA_OAEP))
		return ctx != NULL; /* v1.5 is what the structure has by default */
	return ctx && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
}

static bool recipient_add(CMS_ContentInfo *cms, const struct cert *recipient, unsigned algorithms)
{
	CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, recipient->x509, CMS_KEY_PARAM);

	if (!ri)
		return false;
	return CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE
		? agree_prepare(ri, recipient->kind)
		: transport_prepare(ri, algorithms);
}

static enum status recipient_check(
	const struct cert *recipient, unsigned algorithms, struct fault *f)
{
	if (recipient->kind == KEY_OTHER)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"the partner's encryption key is of a kind we do not seal to");
	if (recipient->kind == KEY_RSA && !is_agreed(algorithms, ALG_RSA_OAEP) &&
		!is_agreed(algorithms, ALG_RSA_V15))
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"the partner has an RSA key and the agreement lists neither rsa-oaep nor rsa-v15");
	return ST_OK;
}

/* What the library makes of everything but the content, read again to be put around it. */
static enum status frame_make(
	struct buf *bytes, struct cms_peek *frame, CMS_ContentInfo *cms, struct fault *f)
{
	AUTO_BIO out = BIO_new(BIO_s_mem());

	if (!out || i2d_CMS_bio(out, cms) != 1)
		return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	buf_put_bio(bytes, out);
	TRY(buf_check(bytes, f));
	return cms_peek_read_bare(frame, buf_slice(bytes), f);
}

/*
 * The head is known only when the content is encrypted, and has its length in it: it is put where
 * room was left for it, close to what follows.
 */
static enum status frame_put(
	struct slice *sealed, struct buf *out, size_t begin, CMS_ContentInfo *cms, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(HEAD_ROOM), head = buf_init(HEAD_ROOM);
	const size_t content = begin + HEAD_ROOM;
	struct cms_peek frame;

	TRY(frame_make(&bytes, &frame, cms, f));
	cms_peek_put_head(&head, &frame, out->n - content);
	TRY(buf_check(&head, f));
	buf_set(out, content - head.n, buf_slice(&head));
	cms_peek_put_tail(out, &frame);
	TRY(buf_check(out, f));
	*sealed = slice_from(buf_slice(out), content - head.n);
	return ST_OK;
}

enum status sealing_next_of_slice(struct slice *piece, void *slice, struct fault *f)
{
	struct slice *rest = slice;

	(void)f;
	*piece = *rest;
	*rest = slice_from(*rest, rest->n);
	return ST_OK;
}

enum status sealing_seal(struct slice *sealed, struct buf *out, struct slice content,
	const struct cert *recipient, enum cipher cipher, unsigned algorithms, struct fault *f)
{
	const struct sealing_source source = { sealing_next_of_slice, &content };

	return sealing_seal_from(sealed, out, &source, recipient, cipher, algorithms, f);
}

static enum status source_pass(
	const struct stream *s, const struct sealing_source *source, struct fault *f)
{
	struct slice piece;

	do {
		TRY(source->next(&piece, source->context, f));
		if (!stream_pass(s, piece))
			return s->out->overflow
				? buf_check(s->out, f)
				: crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	} while (piece.n != 0);
	return ST_OK;
}

enum status sealing_seal_from(struct slice *sealed, struct buf *out,
	const struct sealing_source *source, const struct cert *recipient, enum cipher cipher,
	unsigned algorithms, struct fault *f)
{
	const size_t begin = out->n;

	TRY(recipient_check(recipient, algorithms, f));
	AUTO_CMS cms = CMS_encrypt(NULL, NULL, ciphers[cipher].cipher(),
		CMS_BINARY | CMS_PARTIAL | CMS_DETACHED);
	if (!cms || !recipient_add(cms, recipient, algorithms))
		return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	if (!buf_extend(out, HEAD_ROOM))
		return buf_check(out, f);
	AUTO_STREAM stream = { .out = out };
	if (!stream_open(&stream, cms))
		return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	TRY(source_pass(&stream, source, f));
	if (!stream_end(&stream) || CMS_dataFinal(cms, stream.cipher) != 1)
		return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
	TRY(buf_check(out, f));
	return frame_put(sealed, out, begin, cms, f);
}

/* --- opening --- */

static enum status gcm_check(const struct cms_peek *p, struct fault *f)
{
	if (!p->authenticated)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"AES-GCM inside EnvelopedData has no authentication tag: AuthEnvelopedData is needed");
	if (p->nonce_n != NONCE_SIZE || p->tag_n != TAG_SIZE)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"a nonce of %zu and a tag of %zu bytes, where 12 and 16 are needed",
			p->nonce_n, p->tag_n);
	return ST_OK;
}

/* 1.2.840.113549.3.7, des-ede3-cbc: read where it is excepted, never written. */
#define TRIPLE_DES "\x2a\x86\x48\x86\xf7\x0d\x03\x07"

static enum status triple_des_check(
	const struct cms_peek *p, unsigned algorithms, struct fault *f)
{
	if (p->authenticated)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"Triple DES inside AuthEnvelopedData: it authenticates nothing");
	if (!is_agreed(algorithms, ALG_3DES))
		return fault_set(f, ST_AUTH, "sealing.algorithm.3des",
			"the agreement does not allow Triple DES");
	return ST_OK;
}

static enum status cipher_check(const struct cms_peek *p, unsigned algorithms, struct fault *f)
{
	for (size_t i = 0; i < CIPHERS; i++) {
		if (!slice_eq(p->cipher, ciphers[i].oid))
			continue;
		if (ciphers[i].is_gcm)
			return gcm_check(p, f);
		if (p->authenticated || !is_agreed(algorithms, ALG_AES_CBC))
			return fault_set(f, ST_AUTH, "sealing.algorithm",
				"the agreement does not allow AES-CBC");
		return ST_OK;
	}
	if (slice_eq(p->cipher, S(TRIPLE_DES)))
		return triple_des_check(p, algorithms, f);
	return fault_set(f, ST_AUTH, "sealing.algorithm",
		"the content is encrypted by another cipher than AES in GCM or CBC mode");
}

struct match {
	CMS_RecipientInfo *ri;
	CMS_RecipientEncryptedKey *rek; /* of an agreement */
	const struct opener *opener;
};

static bool agree_matches(struct match *out, CMS_RecipientInfo *ri, const struct opener *o)
{
	STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(ri);

	for (int i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
		CMS_RecipientEncryptedKey *rek = sk_CMS_RecipientEncryptedKey_value(keys, i);
		if (CMS_RecipientEncryptedKey_cert_cmp(rek, o->cert->x509) == 0) {
			*out = (struct match){ ri, rek, o };
			return true;
		}
	}
	return false;
}

static bool recipient_matches(struct match *out, CMS_RecipientInfo *ri, const struct opener *o)
{
	int type = CMS_RecipientInfo_type(ri);

	if (type == CMS_RECIPINFO_AGREE)
		return agree_matches(out, ri, o);
	if (type != CMS_RECIPINFO_TRANS || CMS_RecipientInfo_ktri_cert_cmp(ri, o->cert->x509) != 0)
		return false;
	*out = (struct match){ ri, NULL, o };
	return true;
}

static enum status recipient_find(struct match *out, CMS_ContentInfo *cms,
	const struct opener *openers, size_t count, struct fault *f)
{
	STACK_OF(CMS_RecipientInfo) *list = CMS_get0_RecipientInfos(cms);

	for (int i = 0; i < sk_CMS_RecipientInfo_num(list); i++)
		for (size_t o = 0; o < count; o++)
			if (recipient_matches(
				    out, sk_CMS_RecipientInfo_value(list, i), &openers[o]))
				return ST_OK;
	return fault_set(f, ST_AUTH, "sealing.recipient",
		"the message is not sealed to a certificate of ours");
}

static enum status transport_check(const struct match *m, unsigned algorithms, struct fault *f)
{
	X509_ALGOR *algorithm = NULL;

	if (m->rek)
		return ST_OK;
	if (CMS_RecipientInfo_ktri_get0_algs(m->ri, NULL, NULL, &algorithm) != 1)
		return fault_set(f, ST_INPUT, "sealing.syntax", "a recipient without algorithm");
	bool oaep = OBJ_obj2nid(algorithm->algorithm) == NID_rsaesOaep;
	if (!is_agreed(algorithms, oaep ? ALG_RSA_OAEP : ALG_RSA_V15))
		return fault_set(f, ST_AUTH, "sealing.algorithm", "the agreement does not allow %s",
			oaep ? "RSA-OAEP" : "RSA PKCS#1 v1.5 key transport");
	return ST_OK;
}

/* One answer for every way in which unwrapping or decrypting can fail. */
static enum status cannot_decrypt(struct fault *f)
{
	ERR_clear_error();
	return fault_set(f, ST_AUTH, "sealing.decrypt", "the content could not be decrypted");
}

static bool agree_decrypt(CMS_ContentInfo *cms, const struct match *m)
{
	bool good = CMS_RecipientInfo_kari_set0_pkey(m->ri, m->opener->key->pkey) == 1 &&
		CMS_RecipientInfo_kari_decrypt(cms, m->ri, m->rek) == 1;

	(void)CMS_RecipientInfo_kari_set0_pkey(m->ri, NULL);
	return good;
}

/*
 * CMS_decrypt_set1_pkey replaces a key that does not unwrap by a random one, so that all failures
 * look alike.
 */
static bool key_unwrap(CMS_ContentInfo *cms, const struct match *m)
{
	if (m->rek)
		return agree_decrypt(cms, m);
	return CMS_decrypt_set1_pkey(cms, m->opener->key->pkey, m->opener->cert->x509) == 1;
}

static enum status pieces_decrypt(
	const struct stream *s, struct slice pieces, struct fault *f)
{
	const struct slice all = pieces;
	size_t mark = 0;
	struct slice piece;

	while (pieces.n != 0) {
		TRY(cms_peek_piece(&piece, &pieces, f));
		if (!stream_pass(s, piece))
			return cannot_decrypt(f);
		views_spent(all, &mark, all.n - pieces.n);
	}
	return ST_OK;
}

static bool whole_decrypt(const struct stream *s, struct slice content)
{
	struct slice piece = { 0 };
	size_t mark = 0;

	for (size_t at = 0; at < content.n; at += piece.n) {
		views_spent(content, &mark, at);
		piece = slice_sub(content, at, VIEW_STEP);
		if (!stream_pass(s, piece))
			return false;
	}
	return true;
}

static enum status content_pass(
	const struct stream *s, const struct cms_peek *peek, struct fault *f)
{
	if (peek->in_pieces)
		return pieces_decrypt(s, peek->content, f);
	return whole_decrypt(s, peek->content) ? ST_OK : cannot_decrypt(f);
}

/*
 * Plaintext lies in *content before its tag was checked.  Nobody looks at it: when the tag is wrong
 * it is wiped.
 */
static enum status content_decrypt(struct buf *content, CMS_ContentInfo *cms,
	const struct cms_peek *peek, struct fault *f)
{
	const size_t before = content->n;
	AUTO_STREAM stream = { .out = content };
	enum status st = ST_OK;

	if (!stream_open(&stream, cms))
		return cannot_decrypt(f);
	st = content_pass(&stream, peek, f);
	if (st == ST_OK && !stream_end(&stream))
		st = cannot_decrypt(f);
	if (content->overflow)
		st = buf_check(content, f);
	if (st != ST_OK)
		buf_wipe(content, before);
	return st;
}

static enum status parse(CMS_ContentInfo **out, const struct cms_peek *peek, struct fault *f)
{
	AUTO_IN_PLACE(buf) bare = buf_init(SEALING_HEAD_MAX);

	cms_peek_put_bare(&bare, peek);
	if (bare.overflow)
		return fault_set(f, ST_LIMIT, "sealing.recipients",
			"more than %d bytes of recipients", SEALING_HEAD_MAX);
	const unsigned char *at = bare.p;
	*out = CMS_ContentInfo_new_ex(NULL, OWN_PROVIDER_FIRST);
	if (!*out || !d2i_CMS_ContentInfo(out, &at, (long)bare.n))
		return crypto_fault(f, ST_INPUT, "sealing.syntax", "not a CMS structure");
	return ST_OK;
}

enum status sealing_open(struct buf *content, struct slice der, const struct opener *openers,
	size_t opener_count, unsigned algorithms, struct fault *f)
{
	struct cms_peek peek;
	struct match match;
	AUTO_CMS cms = NULL;

	TRY(cms_peek_read(&peek, der, f));
	TRY(parse(&cms, &peek, f));
	TRY(cipher_check(&peek, algorithms, f));
	TRY(recipient_find(&match, cms, openers, opener_count, f));
	TRY(transport_check(&match, algorithms, f));
	if (!peek.in_pieces && peek.content.n > content->max)
		return fault_set(f, ST_LIMIT, "buffer.full",
			"the sealed content has more than %zu bytes", content->max);
	if (!key_unwrap(cms, &match))
		return cannot_decrypt(f);
	return content_decrypt(content, cms, &peek, f);
}
