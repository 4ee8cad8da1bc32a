/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner's authorities vouch for.  What begins like PEM is taken for anchors and lists of
 * an agreement; else the input says what chain is issued (issue.h), with which lists in the file
 * and which fetched, and which certificates are sent along with which: signatures are good, and
 * what is behind them is reached.  What was found a moment ago is found again, whoever asks in
 * between.
 */
#include <string.h>

#include "issue.h"
#include "safeguards/fetched.h"
#include "safeguards/vouch.h"

#define NOW ISSUED_NOW
#define LISTS_ROOM 65536
#define RECORDS_ROOM (1 << 18)
#define URL "http://crl.partner.example/all.crl"

/* --- what an agreement brings --- */

static void terms_read(struct slice pem)
{
	for (unsigned asks = 0; asks < 2; asks++) {
		const struct vouch_terms terms = { .anchors = pem,
			.asks_revocation = asks,
			.lists = pem,
			.host = S("partner.example") };
		AUTO(vouch) vouch = NULL;
		AUTO(vouch) again = NULL;
		struct fault f = { 0 };
		enum status st = vouch_new(&vouch, &terms, &f);

		if ((st == ST_OK) != (vouch != NULL) || (st != ST_OK && f.code[0] == '\0'))
			bug("terms: %s, and not what belongs to it", status_name(st));
		if (st != ST_OK)
			continue;
		if (!asks && vouch_lists_fault(vouch))
			bug("a fault of lists that nobody asks for");
		if (vouch_new(&again, &terms, NULL) != ST_OK ||
			!slice_eq(vouch_digest(vouch), vouch_digest(again)))
			bug("the same terms are others");
	}
}

/* --- what is vouched for --- */

static void list_fetch(struct buf *records, const struct issued_chain *chain, struct slice anchors,
	struct cursor *in)
{
	AUTO_IN_PLACE(buf) pem = buf_init(LISTS_ROOM);
	uint8_t key[FETCHED_KEY_SIZE];

	issue_list(&pem, chain, in);
	list_key(key, URL, anchors);
	const struct fetched_record r = { .kind = FETCHED_LIST,
		.key = slice_of(key, sizeof(key)),
		.issued_ns = NOW,
		.fetched_ns = NOW,
		.bytes = buf_slice(&pem) };
	if (fetched_record_fits(records, &r))
		fetched_record_put(records, &r);
}

static void answer_fetch(struct buf *records, const struct cert *about, struct cursor *in)
{
	const struct fetched_record r = { .kind = FETCHED_ANSWER,
		.key = cert_fingerprint(about),
		.issued_ns = issued_time_s(take(in), -1) * NS_PER_S,
		.next_ns = issued_time_s(take(in), 1) * NS_PER_S,
		.fetched_ns = NOW,
		.outcome = take(in) % ANSWER_OUTCOMES,
		.by = S("CN=answers") };

	fetched_record_put(records, &r);
}

static struct fetched *fetch(const struct issued_chain *chain, struct slice anchors,
	struct cursor *in, uint8_t how)
{
	AUTO_IN_PLACE(buf) records = buf_init(RECORDS_ROOM);
	struct fetched *fetched = fetched_new();
	struct fault f;

	if (how & 1)
		list_fetch(&records, chain, anchors, in);
	if (how & 2)
		answer_fetch(&records, chain->list[chain->count - 1].cert, in);
	if (fetched_take(fetched, buf_slice(&records), &f) != ST_OK)
		bug("records of our own: %s", f.text);
	return fetched;
}

static bool is_same(const struct revocation_verdict *a, const struct revocation_verdict *b)
{
	return a->state == b->state && strcmp(a->why, b->why) == 0;
}

/* Asked again, and after another certificate was asked about, and a minute later. */
static enum status judged(const struct cert *c, const struct cert *other, bool asks)
{
	struct revocation_verdict first = { 0 }, then = { 0 }, ignored;
	struct fault f = { 0 }, f_then = { 0 };
	enum status st = cert_check_revocation(&first, c, NOW, &f);

	if (st != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	(void)!cert_check_revocation(&ignored, other, NOW, NULL);
	if (cert_check_revocation(&then, c, NOW + 1, &f_then) != st || !is_same(&first, &then))
		bug("a moment later it is judged in another way");
	if (st == ST_OK && (first.state == REVOCATION_NOT_ASKED) == asks)
		bug("revocation: asked %d, and %s", asks, revocation_name(first.state));
	if (cert_check(c, NOW, &f_then) != st)
		bug("it may be used, and may not");
	return st;
}

/* Some of the chain, from the leaf's issuer up. */
static size_t sent_take(struct cert *sent[ISSUED_MAX], const struct issued_chain *chain, uint8_t n)
{
	size_t count = n % (chain->count + 1), i;

	for (i = 0; i < count && i + 2 <= chain->count; i++)
		sent[i] = chain->list[chain->count - 2 - i].cert;
	return i;
}

static void sent_check(const struct cert *c, size_t count)
{
	struct cert *kept[CHAIN_INTERMEDIATES_MAX];
	size_t n = cert_sent(kept, c);

	if (n > count || (count <= CHAIN_INTERMEDIATES_MAX && n != count))
		bug("%zu were sent along, and %zu are kept", count, n);
	while (n-- > 0)
		cert_free(kept[n]);
}

/* Who stands for a listed one is held to what that was held to. */
static void succeed(struct cert *next, struct cert *const *sent, size_t count,
	const struct cert *listed, bool asks)
{
	size_t index = 7;

	if (cert_succeed(&index, next, sent, count, &listed, 1) != ST_OK)
		return;
	if (index != 0 || strcmp(cert_subject(next), cert_subject(listed)) != 0)
		bug("a successor of another name");
	sent_check(next, count);
	(void)judged(next, listed, asks);
}

/* As another message brings it. */
static struct cert *another(const struct issued *one)
{
	struct cert *c = NULL;

	if (cert_of_x509(&c, one->x509, NULL) != ST_OK)
		bug("read again, it is no certificate");
	return c;
}

static void vouched_ask(const struct issued_chain *chain, const struct vouch *vouch,
	struct cursor *in, bool asks)
{
	AUTO(cert) leaf = another(&chain->list[chain->count - 1]);
	AUTO(cert) above = another(&chain->list[chain->count - 2]);
	struct cert *sent[ISSUED_MAX];
	size_t count = sent_take(sent, chain, take(in));
	enum chain_purpose purpose = take(in) % CHAIN_PURPOSES;

	cert_vouch(leaf, vouch, purpose, sent, count);
	cert_vouch(above, vouch, purpose, NULL, 0);
	sent_check(leaf, count);
	(void)judged(leaf, above, asks);
	cert_vouch(leaf, vouch, purpose, sent, count); /* what was said before is forgotten */
	succeed(above, sent, count, leaf, asks);
	succeed(leaf, sent, count, above, asks);
}

static void issued_read(struct cursor in)
{
	AUTO_IN_PLACE(issued_chain) chain = { 0 };
	AUTO_IN_PLACE(buf) anchors = buf_init(ANCHORS_SIZE_MAX), lists = buf_init(LISTS_ROOM);
	const char *const hosts[] = { "", "partner.example", "127.0.0.1" };
	struct sources crl = { .count = 0 };
	AUTO(fetched) fetched = NULL;
	AUTO(vouch) vouch = NULL;
	uint8_t how = take(&in);
	bool asks = how & 1;

	if (!issue_chain(&chain, &in))
		return;
	cert_format_pem(&anchors, chain.list[0].cert);
	for (uint8_t n = how / 2 % 4; n > 0; n--)
		issue_list(&lists, &chain, &in);
	if (how & 8)
		(void)snprintf(crl.urls[crl.count++], sizeof(crl.urls[0]), URL);
	fetched = fetch(&chain, buf_slice(&anchors), &in, how >> 4);
	const struct vouch_terms terms = { .anchors = buf_slice(&anchors),
		.asks_revocation = asks,
		.lists = buf_slice(&lists),
		.host = slice_str(hosts[how / 64 % COUNT(hosts)]),
		.crl = &crl,
		.fetched = how & 128 ? NULL : fetched };
	if (vouch_new(&vouch, &terms, NULL) == ST_OK)
		vouched_ask(&chain, vouch, &in, asks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	issue_start();
	if (slice_has_prefix(in, S("-----")))
		terms_read(in);
	else
		issued_read(cursor_of(in));
	return 0;
}
