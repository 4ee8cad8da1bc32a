/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner's signature brings along, taken for a chain: the last certificate as its anchor,
 * the first as its leaf.  What begins like PEM is taken for anchors.  After a byte 1, the input
 * says what chain is issued, with what lists and answer (issue.h), and what is asked: then
 * signatures are good, and what is behind them is reached.
 */
#include "issue.h"
#include "safeguards/cms_certs.h"

#define NOW ISSUED_NOW /* when the corpus was valid, too */
#define LISTS_ROOM 65536
#define BETWEEN_ROOM (CHAIN_INTERMEDIATES_MAX + 1)

static void anchors_read(struct slice pem)
{
	AUTO(anchors) anchors = NULL;
	struct fault f = { 0 };
	enum status st = anchors_parse(&anchors, pem, &f);

	if ((st == ST_OK) != (anchors && anchors_count(anchors) > 0))
		bug("anchors: %s, and not what belongs to it", status_name(st));
	if (st == ST_OK && !anchors_at(anchors, anchors_count(anchors) - 1))
		bug("an anchor is missing");
	if (st != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
}

static void chain_ask(const struct cms_certs *certs, const struct anchors *anchors)
{
	struct chain_question q = {
		.anchors = anchors,
		.intermediates = (const struct cert *const *)&certs->list[1],
		.intermediate_count = certs->count - 1,
		.host = "partner.example",
		.now_ns = NOW,
		.asks_revocation = true,
	};

	for (q.purpose = 0; q.purpose < CHAIN_PURPOSES; q.purpose++) {
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };
		enum status st = chain_check(&v, certs->list[0], &q, &f);
		if (st == ST_OK && v.state != REVOCATION_UNKNOWN)
			bug("good, and no list was there");
		if (st != ST_OK && f.code[0] == '\0')
			bug("refused without a code");
	}
}

static void certs_read(struct slice ber)
{
	AUTO_IN_PLACE(cms_certs) certs = { 0 };
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	AUTO(anchors) anchors = NULL;
	struct fault f = { 0 };

	if (cms_certs_read(&certs, ber, &f) != ST_OK || certs.count == 0)
		return;
	cert_format_pem(&pem, certs.list[certs.count - 1]);
	if (anchors_parse(&anchors, buf_slice(&pem), &f) == ST_OK)
		chain_ask(&certs, anchors);
}

static void verdict_check(enum status st, const struct revocation_verdict *v,
	const struct chain_question *q, const struct fault *f)
{
	if (st != ST_OK && f->code[0] == '\0')
		bug("refused without a code");
	if (st != ST_OK && !chain_purpose_name(q->purpose)[0])
		bug("refused for nothing");
	if (st == ST_OK && (v->state == REVOCATION_NOT_ASKED) == q->asks_revocation)
		bug("revocation: asked %d, and %s", q->asks_revocation, revocation_name(v->state));
	if (st == ST_OK && v->state == REVOCATION_GOOD && !q->lists && !q->answer)
		bug("good, and nothing was there");
	if (st == ST_OK && q->asks_revocation && q->answer && q->answer->outcome == ANSWER_REVOKED)
		bug("answered as revoked, and taken");
	if (st == ST_OK && q->asks_revocation && !v->why[0])
		bug("a verdict without a reason");
}

/* Those between, or one of them more often than anybody may send. */
static void between_put(const struct cert *between[BETWEEN_ROOM], struct chain_question *q,
	const struct issued_chain *chain, bool too_many)
{
	for (size_t i = 1; i + 1 < chain->count; i++)
		between[q->intermediate_count++] = chain->list[i].cert;
	while (too_many && q->intermediate_count < BETWEEN_ROOM)
		between[q->intermediate_count++] = chain->list[0].cert;
	q->intermediates = between;
}

static void issued_ask(
	struct chain_question *q, const struct issued_chain *chain, struct cursor *in)
{
	static const char *const hosts[] = { NULL, "partner.example", "127.0.0.1", "::1" };
	const struct cert *between[BETWEEN_ROOM];
	struct revocation_answer answer = { .by = "CN=answers" };
	uint8_t how = take(in), answers = take(in);

	between_put(between, q, chain, how & 16);
	answer.outcome = answers % ANSWER_OUTCOMES;
	answer.issued_ns = issued_time_s(take(in), -1) * NS_PER_S;
	answer.next_ns = issued_time_s(take(in), 1) * NS_PER_S;
	q->answer = answers & 64 ? &answer : NULL;
	q->asks_revocation = (how & 1) == 0;
	q->host = hosts[how / 2 % COUNT(hosts)];
	for (q->purpose = 0; q->purpose < CHAIN_PURPOSES; q->purpose++) {
		struct revocation_verdict v = { 0 };
		struct fault f = { 0 };
		enum status st = chain_check(&v, chain->list[chain->count - 1].cert, q, &f);

		verdict_check(st, &v, q, &f);
	}
}

static void issued_read(struct cursor in)
{
	AUTO_IN_PLACE(issued_chain) chain = { 0 };
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	AUTO_IN_PLACE(buf) list_pem = buf_init(LISTS_ROOM);
	AUTO(anchors) anchors = NULL;
	AUTO(lists) lists = NULL;
	struct chain_question q = { .now_ns = NOW };

	if (!issue_chain(&chain, &in))
		return;
	cert_format_pem(&pem, chain.list[0].cert);
	if (anchors_parse(&anchors, buf_slice(&pem), NULL) != ST_OK)
		return;
	for (uint8_t n = take(&in) % 5; n > 0; n--)
		issue_list(&list_pem, &chain, &in);
	if (lists_parse(&lists, buf_slice(&list_pem), NULL) == ST_OK)
		q.lists = lists;
	q.anchors = anchors;
	(void)anchors_issuer(anchors, chain.list[chain.count - 1].cert);
	issued_ask(&q, &chain, &in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	issue_start();
	if (slice_has_prefix(in, S("-----")))
		anchors_read(in);
	else if (slice_has_prefix(in, S("\1")))
		issued_read(cursor_of(slice_from(in, 1)));
	else
		certs_read(in);
	return 0;
}
