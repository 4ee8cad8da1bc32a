/* SPDX-License-Identifier: Apache-2.0 */
/* Made by every process that meets partners' certificates, at each configuration. */
#include "safeguards/vouch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/digest.h"

#define MEMO_NS (60 * NS_PER_S)
#define MEMOS_MAX 8 /* of a partner: it has few certificates at a time */

/* What was found to hold a moment ago: a list may be long, and messages many. */
struct memo {
	uint8_t key[32]; /* of the question */
	int64_t at_ns;   /* 0: none */
	uint64_t changes; /* fetched_changes() then */
	struct revocation_verdict verdict;
};

struct vouch {
	struct memo *memos; /* MEMOS_MAX; written while the rest is only read */
	struct anchors *anchors;
	bool asks_revocation;
	struct lists *lists; /* NULL: none, or not readable */
	struct fault lists_fault;
	char host[256]; /* empty: not asked */
	uint8_t sources[SOURCES_MAX][FETCHED_KEY_SIZE];
	size_t source_count;
	const struct fetched *fetched;
	uint8_t digest[CERT_FINGERPRINT_SIZE];
};

static void digest_fill(struct vouch *v, const struct vouch_terms *terms)
{
	AUTO_IN_PLACE(buf) all =
		buf_init(ANCHORS_SIZE_MAX + LISTS_SIZE_MAX + sizeof(v->sources) + 32);

	buf_put_u32(&all, (uint32_t)terms->anchors.n);
	buf_put(&all, terms->anchors);
	buf_put_u8(&all, terms->asks_revocation);
	buf_put(&all, slice_of(v->sources, v->source_count * FETCHED_KEY_SIZE));
	buf_put_u64(&all, v->fetched ? fetched_generation(v->fetched) : 0);
	buf_put(&all, slice_to(terms->lists, LISTS_SIZE_MAX));
	digest_sha256(v->digest, buf_slice(&all));
}

static void sources_fill(struct vouch *v, const struct vouch_terms *terms)
{
	if (!terms->asks_revocation)
		return;
	v->fetched = terms->fetched;
	for (size_t i = 0; terms->crl && i < terms->crl->count; i++)
		list_key(v->sources[v->source_count++], terms->crl->urls[i], terms->anchors);
}

enum status vouch_new(struct vouch **out, const struct vouch_terms *terms, struct fault *f)
{
	AUTO(vouch) v = alloc_zeroed(1, sizeof(*v));

	TRY(anchors_parse(&v->anchors, terms->anchors, f));
	v->memos = alloc_zeroed(MEMOS_MAX, sizeof(*v->memos));
	v->asks_revocation = terms->asks_revocation;
	if (terms->asks_revocation && terms->lists.n == 0)
		fault_set(
			&v->lists_fault, ST_NONE, "lists.missing", "there are no revocation lists");
	else if (terms->asks_revocation)
		(void)!lists_parse(&v->lists, terms->lists, &v->lists_fault);
	TRY(slice_to_text(v->host, sizeof(v->host), terms->host, f));
	sources_fill(v, terms);
	digest_fill(v, terms);
	*out = TAKE(v);
	return ST_OK;
}

void vouch_free(struct vouch *v)
{
	if (!v)
		return;
	anchors_free(v->anchors);
	lists_free(v->lists);
	free(v->memos);
	free(v);
}

struct slice vouch_digest(const struct vouch *v)
{
	return slice_of(v->digest, sizeof(v->digest));
}

const struct fault *vouch_lists_fault(const struct vouch *v)
{
	return v->asks_revocation && !v->lists ? &v->lists_fault : NULL;
}

/* --- certificates --- */

void cert_vouch(struct cert *c, const struct vouch *by, enum chain_purpose purpose,
	struct cert *const *sent, size_t sent_count)
{
	struct vouched *v = alloc_zeroed(1, sizeof(*v)), *before = c->vouched;

	v->by = by;
	v->purpose = purpose;
	v->sent_count = sent_count;
	for (size_t i = 0; i < sent_count && i < CHAIN_INTERMEDIATES_MAX; i++)
		v->sent[i] = cert_ref(sent[i]);
	c->vouched = v;
	vouched_free(before);
}

void vouched_free(struct vouched *v)
{
	for (size_t i = 0; v && i < CHAIN_INTERMEDIATES_MAX; i++)
		cert_free(v->sent[i]);
	free(v);
}

size_t cert_sent(struct cert *out[CHAIN_INTERMEDIATES_MAX], const struct cert *c)
{
	size_t n = 0;

	while (c->vouched && n < CHAIN_INTERMEDIATES_MAX && c->vouched->sent[n]) {
		out[n] = cert_ref(c->vouched->sent[n]);
		n++;
	}
	return n;
}

static bool is_successor(const struct cert *listed, const struct cert *next)
{
	const X509_NAME *name = X509_get_subject_name(next->x509);

	return listed->vouched && X509_NAME_entry_count(name) > 0 &&
		X509_NAME_cmp(name, X509_get_subject_name(listed->x509)) == 0 &&
		X509_get_key_usage(next->x509) == X509_get_key_usage(listed->x509);
}

enum status cert_succeed(size_t *index, struct cert *next, struct cert *const *sent,
	size_t sent_count, const struct cert *const *listed, size_t listed_count)
{
	for (size_t i = 0; i < listed_count; i++)
		if (is_successor(listed[i], next)) {
			cert_vouch(next, listed[i]->vouched->by, listed[i]->vouched->purpose, sent,
				sent_count);
			*index = i;
			return ST_OK;
		}
	return ST_NONE;
}

/* Those of the file and those that were fetched; NULL: there are none. */
static struct lists *lists_of(const struct vouch *by, int64_t now_ns)
{
	const struct lists *parts[SOURCES_MAX + 1];
	size_t count = 0;

	if (by->lists)
		parts[count++] = by->lists;
	for (size_t i = 0; by->fetched && i < by->source_count; i++) {
		parts[count] = fetched_list(by->fetched, by->sources[i]);
		count += parts[count] != NULL;
	}
	return count ? lists_join(parts, count, now_ns) : NULL;
}

static uint64_t changes_of(const struct vouch *by)
{
	return by->fetched ? fetched_changes(by->fetched) : 0;
}

/* The certificate, what came along with it, and for what it is looked at. */
static void question_key(uint8_t out[32], const struct cert *c)
{
	AUTO_IN_PLACE(buf) all = buf_init((CHAIN_INTERMEDIATES_MAX + 2) * CERT_FINGERPRINT_SIZE);
	const struct vouched *v = c->vouched;

	buf_put_u32(&all, v->purpose);
	buf_put_u32(&all, (uint32_t)v->sent_count);
	buf_put(&all, cert_fingerprint(c));
	for (size_t i = 0; i < CHAIN_INTERMEDIATES_MAX && v->sent[i]; i++)
		buf_put(&all, cert_fingerprint(v->sent[i]));
	digest_sha256(out, buf_slice(&all));
}

/* Unless something else is known since, or the clock was set back.  NULL: none. */
static const struct memo *memo_find(
	const struct vouch *by, const uint8_t key[32], int64_t now_ns)
{
	for (size_t i = 0; i < MEMOS_MAX; i++) {
		const struct memo *m = &by->memos[i];

		if (m->at_ns != 0 && m->at_ns <= now_ns && now_ns - m->at_ns < MEMO_NS &&
			m->changes == changes_of(by) &&
			slice_eq(slice_of(m->key, sizeof(m->key)), slice_of(key, 32)))
			return m;
	}
	return NULL;
}

/* In the place of the oldest one. */
static void memo_put(const struct vouch *by, const struct memo *fresh)
{
	struct memo *oldest = &by->memos[0];

	for (size_t i = 1; i < MEMOS_MAX; i++)
		if (by->memos[i].at_ns < oldest->at_ns)
			oldest = &by->memos[i];
	*oldest = *fresh;
}

static enum status chain_ask(
	struct revocation_verdict *out, const struct cert *c, int64_t now_ns, struct fault *f)
{
	const struct vouched *v = c->vouched;
	AUTO(lists) lists = lists_of(v->by, now_ns);
	const struct chain_question q = {
		.anchors = v->by->anchors,
		.intermediates = (const struct cert *const *)v->sent,
		.intermediate_count = v->sent_count,
		.purpose = v->purpose,
		.host = v->purpose == CHAIN_TLS_SERVER && v->by->host[0] ? v->by->host : NULL,
		.now_ns = now_ns,
		.asks_revocation = v->by->asks_revocation,
		.lists = lists,
		.answer = v->by->fetched ? fetched_answer(v->by->fetched, cert_fingerprint(c))
					 : NULL,
	};

	return chain_check(out, c, &q, f);
}

enum status vouched_check(
	struct revocation_verdict *out, const struct cert *c, int64_t now_ns, struct fault *f)
{
	struct memo fresh = { .at_ns = now_ns, .changes = changes_of(c->vouched->by) };

	question_key(fresh.key, c);
	const struct memo *known = memo_find(c->vouched->by, fresh.key, now_ns);
	if (!known)
		TRY(chain_ask(&fresh.verdict, c, now_ns, f));
	*out = known ? known->verdict : fresh.verdict;
	if (!known)
		memo_put(c->vouched->by, &fresh);
	return ST_OK;
}
