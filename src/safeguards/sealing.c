/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS AuthEnvelopedData and EnvelopedData.  What is inside is looked at before it is opened
 * (cms_peek.h): which container, which cipher, nonce and tag lengths, whether one of the recipients
 * is ours.
 */
#include "safeguards/sealing.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/views.h"
#include "exchange/agreement.h"
#include "safeguards/ber.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/key_agreement.h"
#include "safeguards/looked_up.h"

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
	unsigned bits;
	const char *name; /* OpenSSL's */
} ciphers[CIPHERS] = {
	[CIPHER_AES256_GCM] = { { (const uint8_t *)AES_ARC "\x2e", 9 }, true, 256, "AES-256-GCM" },
	[CIPHER_AES128_GCM] = { { (const uint8_t *)AES_ARC "\x06", 9 }, true, 128, "AES-128-GCM" },
	[CIPHER_AES256_CBC] = { { (const uint8_t *)AES_ARC "\x2a", 9 }, false, 256, "AES-256-CBC" },
	[CIPHER_AES128_CBC] = { { (const uint8_t *)AES_ARC "\x02", 9 }, false, 128, "AES-128-CBC" },
};

unsigned sealing_cipher_bits(enum cipher cipher)
{
	return ciphers[cipher].bits;
}

const char *sealing_smime_type(enum cipher cipher)
{
	return ciphers[cipher].is_gcm ? "authenveloped-data" : "enveloped-data";
}

/* --- the content --- */

/*
 * Bytes go through the cipher in steps, from where they lie to where they shall lie: nobody else
 * holds a content.
 */
struct stream {
	EVP_CIPHER_CTX *ctx;
	struct buf *out;
	const struct sealing_watch *watch; /* NULL: nobody */
	struct digest_run *digest;         /* of what comes out; NULL: none */
	size_t begin, passed; /* of out; bytes that went in */
};

static void stream_begin(struct stream *s, EVP_CIPHER_CTX *ctx, struct buf *out)
{
	*s = (struct stream){ .ctx = ctx, .out = out, .begin = out->n };
}

/* As many bytes as can have come out: never more than went in, but for the last block's filling. */
static bool step_pass(struct stream *s, struct slice piece)
{
	const size_t before = s->out->n, pending = s->passed + s->begin - before;
	uint8_t *to = buf_extend(s->out, piece.n + pending);
	int n = 0;

	if (!to || EVP_CipherUpdate(s->ctx, to, &n, piece.p, (int)piece.n) != 1)
		return false;
	s->passed += piece.n;
	buf_truncate(s->out, before + (size_t)n);
	if (s->digest)
		digest_run_add(s->digest, slice_from(buf_slice(s->out), before));
	if (s->watch)
		s->watch->more(s->watch->context);
	return true;
}

/* What does not fit ends it, too: buf_check tells. */
static bool stream_pass(struct stream *s, struct slice content)
{
	struct slice piece = { 0 };
	size_t mark = 0;

	for (size_t at = 0; at < content.n; at += piece.n) {
		piece = slice_sub(content, at, STREAM_STEP);
		if (!step_pass(s, piece))
			return false;
		views_passed(content, &mark, at);
	}
	return true;
}

/* The last block; of a content that is opened, also whether its tag is right. */
static bool stream_end(struct stream *s)
{
	uint8_t last[EVP_MAX_BLOCK_LENGTH];
	int n = 0;

	if (EVP_CipherFinal_ex(s->ctx, last, &n) != 1)
		return false;
	buf_put(s->out, slice_of(last, (size_t)n));
	if (s->digest)
		digest_run_add(s->digest, slice_of(last, (size_t)n));
	OPENSSL_cleanse(last, sizeof(last));
	return !s->out->overflow;
}

/* The library's own, of a structure that it took apart or makes. */
struct library_stream {
	BIO *cipher, *sink;
	EVP_CIPHER_CTX *ctx;
};

static bool library_stream_open(struct library_stream *s, CMS_ContentInfo *cms)
{
	s->sink = BIO_new(BIO_s_null());
	s->cipher = s->sink ? CMS_dataInit(cms, s->sink) : NULL;
	return s->cipher && s->cipher != s->sink &&
		BIO_get_cipher_ctx(s->cipher, &s->ctx) == 1 && s->ctx;
}

static void library_stream_close(struct library_stream *s)
{
	if (s->cipher && s->cipher != s->sink)
		BIO_free(BIO_pop(s->cipher) ? s->cipher : NULL);
	BIO_free(s->sink);
}
#define AUTO_LIBRARY_STREAM \
	__attribute__((cleanup(library_stream_close))) struct library_stream

/* --- sealing --- */

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

	return ri && transport_prepare(ri, algorithms);
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

/* A sealed form while it is made. */
struct making {
	struct sealed_form *form;
	struct buf *out;
	size_t begin;              /* of out */
	struct digest_run *behind; /* all but the head */
};

/*
 * The head is known only when the content is encrypted, and has its length in it: it is put where
 * room was left for it, close to what follows.
 */
static enum status frame_put(const struct making *m, const struct cms_peek *frame, struct fault *f)
{
	AUTO_IN_PLACE(buf) head = buf_init(HEAD_ROOM);
	const size_t content = m->begin + HEAD_ROOM, tail = m->out->n;

	cms_peek_put_head(&head, frame, tail - content);
	TRY(buf_check(&head, f));
	buf_set(m->out, content - head.n, buf_slice(&head));
	cms_peek_put_tail(m->out, frame);
	TRY(buf_check(m->out, f));
	digest_run_add(m->behind, slice_from(buf_slice(m->out), tail));
	sealed_digest_finish(&m->form->digest, m->behind, buf_slice(&head));
	m->form->bytes = slice_from(buf_slice(m->out), content - head.n);
	return ST_OK;
}

static enum status failed(struct fault *f)
{
	return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
}

enum status sealing_next_of_slice(struct slice *piece, void *slice, struct fault *f)
{
	struct slice *rest = slice;

	(void)f;
	*piece = *rest;
	*rest = slice_from(*rest, rest->n);
	return ST_OK;
}

static enum status not_encrypted(const struct buf *out, struct fault *f)
{
	return out->overflow ? buf_check(out, f) : failed(f);
}

static enum status content_encrypt(const struct making *m, EVP_CIPHER_CTX *ctx,
	const struct sealing_source *content, struct fault *f)
{
	struct stream stream;
	struct slice piece;

	stream_begin(&stream, ctx, m->out);
	stream.digest = m->behind;
	do {
		TRY(content->next(&piece, content->context, f));
		if (!stream_pass(&stream, piece))
			return not_encrypted(m->out, f);
	} while (piece.n != 0);
	return stream_end(&stream) ? ST_OK : not_encrypted(m->out, f);
}

/* Of an RSA key.  What the library makes of everything but the content is put around it. */
static enum status transport_seal(const struct making *m, const struct sealing_source *content,
	const struct cert *recipient, enum cipher cipher, unsigned algorithms, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(HEAD_ROOM);
	struct cms_peek frame;
	AUTO_BIO memory = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_encrypt(NULL, NULL, cipher_named(ciphers[cipher].name),
		CMS_BINARY | CMS_PARTIAL | CMS_DETACHED);

	if (!memory || !cms || !recipient_add(cms, recipient, algorithms))
		return failed(f);
	AUTO_LIBRARY_STREAM library = { 0 };
	if (!buf_extend(m->out, HEAD_ROOM))
		return buf_check(m->out, f);
	if (!library_stream_open(&library, cms))
		return failed(f);
	TRY(content_encrypt(m, library.ctx, content, f));
	if (CMS_dataFinal(cms, library.cipher) != 1 || i2d_CMS_bio(memory, cms) != 1)
		return failed(f);
	buf_put_bio(&bytes, memory);
	TRY(buf_check(&bytes, f));
	TRY(cms_peek_read_bare(&frame, buf_slice(&bytes), f));
	return frame_put(m, &frame, f);
}

/* Of a key of a curve: a fresh key and nonce, and a structure of our own around. */
struct fresh {
	uint8_t key[CONTENT_KEY_MAX], nonce[EVP_MAX_IV_LENGTH];
	size_t key_n, nonce_n;
	EVP_CIPHER_CTX *ctx;
};

static bool fresh_make(struct fresh *x, const EVP_CIPHER *cipher)
{
	x->key_n = (size_t)EVP_CIPHER_get_key_length(cipher);
	x->nonce_n = (size_t)EVP_CIPHER_get_iv_length(cipher);
	x->ctx = EVP_CIPHER_CTX_new();
	return x->ctx && RAND_priv_bytes(x->key, (int)x->key_n) == 1 &&
		RAND_bytes(x->nonce, (int)x->nonce_n) == 1 &&
		EVP_EncryptInit_ex(x->ctx, cipher, NULL, x->key, x->nonce) == 1;
}

static void fresh_done(struct fresh *x)
{
	EVP_CIPHER_CTX_free(x->ctx);
	OPENSSL_cleanse(x->key, sizeof(x->key));
}
#define AUTO_FRESH __attribute__((cleanup(fresh_done))) struct fresh

/* GCM: SEQUENCE { nonce, bytes of the tag } (RFC 5084 3.2); CBC: the IV (RFC 3565 4.1). */
static void cipher_put(struct buf *out, enum cipher cipher, struct slice nonce)
{
	const uint8_t tag_size = TAG_SIZE;
	const size_t from = out->n;

	ber_put(out, BER_OID, ciphers[cipher].oid);
	const size_t parameters = out->n;
	ber_put(out, BER_OCTETS, nonce);
	if (ciphers[cipher].is_gcm) {
		ber_put(out, BER_INTEGER, slice_of(&tag_size, 1));
		ber_wrap(out, parameters, BER_SEQUENCE);
	}
	ber_wrap(out, from, BER_SEQUENCE);
}

/* Whole elements, the versions among them: RFC 5083 2.1, and RFC 5652 6.1 for agreed keys. */
#define AUTH_ENVELOPED_DATA \
	S("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")
#define ENVELOPED_DATA S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")
#define VERSION_0 S("\x02\x01\x00")
#define VERSION_2 S("\x02\x01\x02")
#define DATA S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")

static enum status agreed_frame_put(const struct making *m, enum cipher cipher,
	struct slice recipients, struct fresh *x, struct fault *f)
{
	AUTO_IN_PLACE(buf) algorithm = buf_init(HEAD_ROOM), tag = buf_init(HEAD_ROOM);
	const bool gcm = ciphers[cipher].is_gcm;
	uint8_t tag_bytes[TAG_SIZE];

	cipher_put(&algorithm, cipher, slice_of(x->nonce, x->nonce_n));
	if (gcm && EVP_CIPHER_CTX_ctrl(x->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag_bytes) != 1)
		return failed(f);
	if (gcm)
		ber_put(&tag, BER_OCTETS, slice_of(tag_bytes, TAG_SIZE));
	const struct cms_peek frame = { .parts = {
						.type = gcm ? AUTH_ENVELOPED_DATA
							    : ENVELOPED_DATA,
						.version = gcm ? VERSION_0 : VERSION_2,
						.recipients = recipients,
						.content_type = DATA,
						.algorithm = buf_slice(&algorithm),
						.tag = buf_slice(&tag),
					} };
	return frame_put(m, &frame, f);
}

static enum status agreed_seal(const struct making *m, const struct sealing_source *content,
	const struct cert *recipient, enum cipher cipher, struct fault *f)
{
	AUTO_IN_PLACE(buf) recipients = buf_init(HEAD_ROOM);
	AUTO_FRESH x = { 0 };

	if (!fresh_make(&x, cipher_named(ciphers[cipher].name)))
		return failed(f);
	TRY(agreement_put(&recipients, slice_of(x.key, x.key_n), recipient, f));
	if (!buf_extend(m->out, HEAD_ROOM))
		return buf_check(m->out, f);
	TRY(content_encrypt(m, x.ctx, content, f));
	return agreed_frame_put(m, cipher, buf_slice(&recipients), &x, f);
}

enum status sealing_seal_from(struct sealed_form *sealed, struct buf *out,
	const struct sealing_source *content, const struct cert *recipient, enum cipher cipher,
	unsigned algorithms, struct fault *f)
{
	AUTO(digest_run) behind = digest_run_new(DIGEST_SHA256);
	const struct making m = { sealed, out, out->n, behind };

	TRY(recipient_check(recipient, algorithms, f));
	return recipient->kind == KEY_RSA
		? transport_seal(&m, content, recipient, cipher, algorithms, f)
		: agreed_seal(&m, content, recipient, cipher, f);
}

enum status sealing_seal(struct slice *sealed, struct buf *out, struct slice content,
	const struct cert *recipient, enum cipher cipher, unsigned algorithms, struct fault *f)
{
	const struct sealing_source source = { sealing_next_of_slice, &content };
	struct sealed_form form = { 0 };

	TRY(sealing_seal_from(&form, out, &source, recipient, cipher, algorithms, f));
	*sealed = form.bytes;
	return ST_OK;
}

/* --- opening --- */

static enum status gcm_check(const struct cms_peek *p, struct fault *f)
{
	if (!p->authenticated)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"AES-GCM inside EnvelopedData has no authentication tag: AuthEnvelopedData is needed");
	if (p->nonce.n != NONCE_SIZE || p->tag_n != TAG_SIZE)
		return fault_set(f, ST_AUTH, "sealing.algorithm",
			"a nonce of %zu and a tag of %zu bytes, where 12 and 16 are needed",
			p->nonce.n, p->tag_n);
	return ST_OK;
}

/* 1.2.840.113549.3.7, des-ede3-cbc: read where it is excepted, never written. */
#define TRIPLE_DES_BITS 112
#define CIPHER_OID_MAX 64 /* in DER */
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

/* By OpenSSL's name, or in digits. */
static enum status cipher_refuse(const struct cms_peek *p, struct fault *f)
{
	AUTO_IN_PLACE(buf) der = buf_init(CIPHER_OID_MAX);
	const unsigned char *at;
	char name[80] = "a cipher nobody knows";

	ber_put(&der, BER_OID, p->cipher);
	at = der.p;
	ASN1_OBJECT *object = der.overflow ? NULL : d2i_ASN1_OBJECT(NULL, &at, (long)der.n);
	if (object)
		OBJ_obj2txt(name, sizeof(name), object, 0);
	ASN1_OBJECT_free(object);
	ERR_clear_error();
	return fault_set(f, ST_AUTH, "sealing.algorithm",
		"the content is encrypted by %s: AES of 128 or 256 bits is needed, in GCM mode, or in "
		"CBC mode where that is agreed", name);
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
	return cipher_refuse(p, f);
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

static enum status pieces_decrypt(struct stream *s, struct slice pieces, struct fault *f)
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

static bool whole_decrypt(struct stream *s, struct slice content)
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
	struct stream *s, const struct cms_peek *peek, struct fault *f)
{
	if (peek->in_pieces)
		return pieces_decrypt(s, peek->content, f);
	return whole_decrypt(s, peek->content) ? ST_OK : cannot_decrypt(f);
}

/* Where content goes, and who is told of it. */
struct destination {
	struct buf *content;
	const struct sealing_watch *watch;
};

/*
 * Plaintext lies in *content before its tag was checked.  Nobody but the watch looks at it: when
 * the tag is wrong it is wiped.
 */
static enum status content_decrypt(const struct destination *to, EVP_CIPHER_CTX *ctx,
	const struct cms_peek *peek, struct fault *f)
{
	struct buf *content = to->content;
	const size_t before = content->n;
	struct stream stream;

	stream_begin(&stream, ctx, content);
	stream.watch = peek->authenticated ? to->watch : NULL;
	enum status st = content_pass(&stream, peek, f);
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

/* Whatever it is sealed to: an RSA key, or one of a curve in an unusual form. */
static enum status library_open(const struct destination *to, const struct cms_peek *peek,
	const struct opener *openers, size_t opener_count, unsigned algorithms, struct fault *f)
{
	struct match match;
	AUTO_CMS cms = NULL;

	TRY(parse(&cms, peek, f));
	TRY(recipient_find(&match, cms, openers, opener_count, f));
	TRY(transport_check(&match, algorithms, f));
	AUTO_LIBRARY_STREAM library = { 0 };
	if (!key_unwrap(cms, &match) || !library_stream_open(&library, cms))
		return cannot_decrypt(f);
	return content_decrypt(to, library.ctx, peek, f);
}

static enum cipher cipher_of(const struct cms_peek *peek)
{
	enum cipher i = 0;

	while (i < CIPHERS && !slice_eq(peek->cipher, ciphers[i].oid))
		i++;
	return i;
}

unsigned sealing_bits(struct slice der)
{
	struct cms_peek peek;

	if (cms_peek_read(&peek, der, NULL) != ST_OK)
		return 0;
	const enum cipher which = cipher_of(&peek);
	if (which < CIPHERS)
		return ciphers[which].bits;
	return slice_eq(peek.cipher, S(TRIPLE_DES)) ? TRIPLE_DES_BITS : 0;
}

/* GCM's tag is given before the content, whose end then tells whether it is right. */
static bool cipher_prepare(
	EVP_CIPHER_CTX *ctx, const struct cms_peek *peek, enum cipher which, struct slice key)
{
	const EVP_CIPHER *cipher = cipher_named(ciphers[which].name);
	const struct slice tag = slice_from(peek->parts.tag, 2);

	return ctx && key.n == (size_t)EVP_CIPHER_get_key_length(cipher) &&
		peek->nonce.n == (size_t)EVP_CIPHER_get_iv_length(cipher) &&
		EVP_DecryptInit_ex(ctx, cipher, NULL, key.p, peek->nonce.p) == 1 &&
		(!ciphers[which].is_gcm ||
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.n,
				(void *)(uintptr_t)tag.p) == 1);
}

/* What is around recipients and content is as we would write it. */
static bool frame_is_usual(const struct cms_peek *peek, enum cipher which)
{
	AUTO_IN_PLACE(buf) algorithm = buf_init(HEAD_ROOM);
	const struct cms_peek_parts *p = &peek->parts;
	const bool gcm = ciphers[which].is_gcm;

	cipher_put(&algorithm, which, peek->nonce);
	/* Attributes would be under the tag, too (RFC 5083 2.2). */
	return slice_eq(p->type, gcm ? AUTH_ENVELOPED_DATA : ENVELOPED_DATA) &&
		slice_eq(p->version, gcm ? VERSION_0 : VERSION_2) &&
		slice_eq(p->content_type, DATA) &&
		slice_eq(p->algorithm, buf_slice(&algorithm)) && p->attributes.n == 0 &&
		(gcm ? p->tag.n == 2 + TAG_SIZE && slice_has_prefix(p->tag, S("\x04\x10"))
		     : p->tag.n == 0);
}

/* ST_NONE: only the library can read it. */
static enum status agreed_open(const struct destination *to, const struct cms_peek *peek,
	const struct opener *openers, size_t opener_count, struct fault *f)
{
	AUTO_IN_PLACE(buf) key = buf_init(CONTENT_KEY_MAX);
	const enum cipher which = cipher_of(peek);

	if (which == CIPHERS || !frame_is_usual(peek, which) ||
		peek->parts.recipients.n > SEALING_HEAD_MAX)
		return ST_NONE;
	TRY(agreement_open(&key, peek->parts.recipients, openers, opener_count, f));
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	enum status st = cipher_prepare(ctx, peek, which, buf_slice(&key))
		? content_decrypt(to, ctx, peek, f)
		: cannot_decrypt(f);
	EVP_CIPHER_CTX_free(ctx);
	return st;
}

/* What is looked at first, whoever opens it then. */
static enum status look(struct cms_peek *peek, const struct buf *content, struct slice der,
	unsigned algorithms, struct fault *f)
{
	TRY(cms_peek_read(peek, der, f));
	TRY(cipher_check(peek, algorithms, f));
	if (!peek->in_pieces && peek->content.n > content->max)
		return fault_set(f, ST_LIMIT, "buffer.full",
			"the sealed content has more than %zu bytes", content->max);
	return ST_OK;
}

enum status sealing_open_by_library(struct buf *content, struct slice der,
	const struct opener *openers, size_t opener_count, unsigned algorithms, struct fault *f)
{
	const struct destination to = { content, NULL };
	struct cms_peek peek;

	TRY(look(&peek, content, der, algorithms, f));
	return library_open(&to, &peek, openers, opener_count, algorithms, f);
}

enum status sealing_open_watched(struct buf *content, struct slice der,
	const struct opener *openers, size_t opener_count, unsigned algorithms,
	const struct sealing_watch *watch, struct fault *f)
{
	const struct destination to = { content, watch };
	struct cms_peek peek;

	TRY(look(&peek, content, der, algorithms, f));
	enum status st = agreed_open(&to, &peek, openers, opener_count, f);
	return st == ST_NONE
		? library_open(&to, &peek, openers, opener_count, algorithms, f)
		: st;
}

enum status sealing_open(struct buf *content, struct slice der, const struct opener *openers,
	size_t opener_count, unsigned algorithms, struct fault *f)
{
	return sealing_open_watched(content, der, openers, opener_count, algorithms, NULL, f);
}
