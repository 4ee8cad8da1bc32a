/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS of hostile bytes, behind real keys.  The first byte says what the rest is: raw CMS to open or
 * to check; changes (three bytes each: where, where, what) to a message that was sealed, or a
 * signature that was made, by us; an entity that is sealed here, so that what is inside a seal is
 * reached, too; or content that is sealed in each way there is, to keys of each kind, and changed.
 * What is read here of CMS has the verdict of the library, in its words.
 */
#include "../unit/as2_parties.h"
#include "safeguards/cms_bare.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto_internal.h"

#define CONTENT S("Content-Type: text/plain\r\nTieline-Area: billing\r\n\r\nFeeder 12 is out.\r\n")
#define SIZE_MAX_HERE 65536

static struct buf sealed, made;

static void set_up(void)
{
	struct signer signer;
	struct fault f = { 0 };

	parties_make(NULL);
	sealed = buf_init(SIZE_MAX_HERE);
	made = buf_init(SIZE_MAX_HERE);
	signer = signer_of(&parties[UTILITY]);
	must(seal_whole(&sealed, CONTENT, parties[UTILITY].encrypt, 0, &f), &f);
	must(sign_whole(&made, CONTENT, &signer, NOW, &f), &f);
}

static void same(enum status ours, const struct fault *f, enum status want, const struct fault *g)
{
	if (ours != want || (ours != ST_OK && strcmp(f->code, g->code) != 0))
		bug("%s here, the library says %s", ours == ST_OK ? "good" : f->code,
			want == ST_OK ? "good" : g->code);
}

static void open_raw(struct slice der)
{
	struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };
	AUTO_IN_PLACE(buf) content = buf_init(SIZE_MAX_HERE), theirs = buf_init(SIZE_MAX_HERE);
	struct fault f, g;
	enum status st = sealing_open(&content, der, &opener, 1, 0, &f);

	same(st, &f, sealing_open_by_library(&theirs, der, &opener, 1, 0, &g), &g);
	/* Whatever opens is authenticated: it is what was sealed. */
	if (st == ST_OK && !slice_eq(buf_slice(&content), CONTENT))
		bug("a seal opened to what was never sealed");
}

static void check_raw(struct slice der)
{
	const struct cert *trusted[] = { parties[UTILITY].sign };
	AUTO_IN_PLACE(buf) bare = buf_init(SIGNATURE_SIZE_MAX);
	struct signature_facts facts;
	struct fault f, g;

	if (signature_check(&facts, der, S("other content"), trusted, 1, 0, NOW, &f) == ST_OK)
		bug("a signature stands for content it was not made of");
	enum status st = signature_check(&facts, der, CONTENT, trusted, 1, 0, NOW, &f);
	same(st, &f, signature_check_by_library(&facts, der, CONTENT, trusted, 1, 0, NOW, &g), &g);
	(void)!cms_bare_signed(&bare, der, &f);
}

static void changed(struct slice changes, const struct buf *good, void (*use)(struct slice))
{
	AUTO_IN_PLACE(buf) bad = buf_init(SIZE_MAX_HERE);

	buf_put(&bad, buf_slice(good));
	for (size_t i = 0; i + 3 <= changes.n; i += 3)
		bad.p[((size_t)changes.p[i] << 8 | changes.p[i + 1]) % bad.n] ^= changes.p[i + 2];
	use(buf_slice(&bad));
}

static void change_sealed(struct slice in)
{
	changed(in, &sealed, open_raw);
}

static void change_made(struct slice in)
{
	changed(in, &made, check_raw);
}

static void seal_and_open(struct slice entity)
{
	struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };
	struct as2_head head = { .from = S("a"), .to = S("b"), .message_id = S("1@a"),
		.content_type = S("application/pkcs7-mime") };
	struct as2_receiver receiver = { .own_id = S("b"), .partner_id = S("a"),
		.openers = &opener, .opener_count = 1 };
	AUTO_IN_PLACE(buf) der = buf_init(2 * SIZE_MAX_HERE);
	AUTO_IN_PLACE(as2_opened) opened;
	struct fault f = { 0 };

	as2_opened_init(&opened, SIZE_MAX_HERE, -1);
	if (seal_whole(&der, entity, parties[UTILITY].encrypt, 0, &f) != ST_OK)
		return;
	if (as2_open(&opened, &head, buf_slice(&der), &receiver, &f) == ST_OK &&
		opened.layers & AS2_LAYER_BIT(AS2_SIGNED))
		bug("nobody signed this");
}

/* Where what is sealed is not authenticated, a change may go unseen: only then. */
static void any_open(
	const struct buf *der, const struct party *p, unsigned algorithms, bool is_good)
{
	struct opener openers[] = { { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key },
		{ p->encrypt, p->encrypt_key } };
	AUTO_IN_PLACE(buf) content = buf_init(SIZE_MAX_HERE), theirs = buf_init(SIZE_MAX_HERE);
	struct fault f = { 0 }, g = { 0 };
	enum status st = sealing_open(&content, buf_slice(der), openers, 2, algorithms, &f);

	const enum status want =
		sealing_open_by_library(&theirs, buf_slice(der), openers, 2, algorithms, &g);
	/* A random key, in place of one that RSA does not unwrap, opens some CBC by chance. */
	if (is_good || p->kind != KEY_RSA || !(algorithms & ALG_BIT(ALG_AES_CBC)))
		same(st, &f, want, &g);
	if (st == ST_OK && !(algorithms & ALG_BIT(ALG_AES_CBC)) &&
		!slice_eq(buf_slice(&content), CONTENT))
		bug("a seal opened to what was never sealed");
	if (is_good && !slice_eq(buf_slice(&content), CONTENT))
		bug("what was sealed does not open: %s", f.text);
}

/* First to whom, with what, and what is agreed when it is opened; then changes. */
static void seal_any(struct slice in)
{
	static const unsigned rsa[] = { ALG_BIT(ALG_RSA_V15), ALG_BIT(ALG_RSA_OAEP), 0,
		ALG_BIT(ALG_RSA_V15) | ALG_BIT(ALG_RSA_OAEP) };
	const uint8_t who = in.n > 0 ? in.p[0] : 0, what = in.n > 1 ? in.p[1] : 0;
	const struct party *p = &parties[who % PARTIES];
	const bool is_cbc = what % CIPHERS >= CIPHER_AES256_CBC;
	const unsigned cbc = is_cbc ? ALG_BIT(ALG_AES_CBC) : 0;
	const unsigned written = rsa[who / PARTIES % 4] | cbc;
	AUTO_IN_PLACE(buf) good = buf_init(SIZE_MAX_HERE), bad = buf_init(SIZE_MAX_HERE);
	struct slice changes = slice_from(in, 3);
	struct fault f = { 0 };

	if (seal_whole_by(&good, CONTENT, p->encrypt, what % CIPHERS, written, &f) != ST_OK) {
		if (!f.code[0])
			bug("not sealed, without a code");
		return;
	}
	buf_put(&bad, buf_slice(&good));
	for (size_t i = 0; i + 3 <= changes.n; i += 3)
		bad.p[((size_t)changes.p[i] << 8 | changes.p[i + 1]) % bad.n] ^= changes.p[i + 2];
	any_open(&good, p, written, true);
	any_open(&bad, p, written, false);
	any_open(&bad, p, in.n > 2 ? in.p[2] : 0, false);
	if (!sealing_smime_type(what % CIPHERS)[0])
		bug("a seal of no type");
}

static void peek_bare(struct slice der)
{
	struct cms_peek peek;
	struct fault f = { 0 };

	if (cms_peek_read_bare(&peek, der, &f) == ST_OK ? peek.content.n > 0 : !f.code[0])
		bug("content where there is none, or refused without a code");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ways[])(struct slice) = {
		open_raw, check_raw, change_sealed, change_made, seal_and_open, seal_any,
		peek_bare,
	};

	if (!sealed.n)
		set_up();
	if (size > 0)
		ways[data[0] % (sizeof(ways) / sizeof(ways[0]))](slice_of(data + 1, size - 1));
	return 0;
}
