/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner's signature brings along, taken for a chain: the last certificate as its anchor,
 * the first as its leaf.  What begins like PEM is taken for anchors.
 */
#include "base/clock.h"
#include "safeguards/cms_certs.h"
#include "safeguards/crypto.h"

#define NOW (INT64_C(1795410846) * NS_PER_S) /* 2026-11-23, when the corpus was valid */

static void anchors_read(struct slice pem)
{
	AUTO(anchors) anchors = NULL;
	struct fault f = { 0 };
	enum status st = anchors_parse(&anchors, pem, &f);

	if ((st == ST_OK) != (anchors && anchors_count(anchors) > 0))
		bug("anchors: %s, and not what belongs to it", status_name(st));
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

static void start_once(void)
{
	static bool started;
	struct fault f = { 0 };

	if (!started && crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	started = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	start_once();
	if (slice_has_prefix(in, S("-----")))
		anchors_read(in);
	else
		certs_read(in);
	return 0;
}
