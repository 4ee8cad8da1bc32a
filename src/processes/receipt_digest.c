/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the ledger, which alone has the part and compares: no process that touches the network has a
 * say in whether a receipt is of it.  Only a receipt that the partner's signature or certificate
 * stands for comes as far as here, of each message only the first (ledger_outcome.c), and it costs
 * what is bounded below.
 */
#include "processes/receipt_digest.h"

#include "base/clock.h"
#include "base/fd.h"
#include "bindings/mdn.h"
#include "bindings/variants.h"

/* The part and, for the search, what it should be the digest of (RFC 4130 7.3.1). */
struct kept {
	int fd;
	struct mapping map;
	struct slice part;
	enum mic_rule rule;
};

static void kept_done(struct kept *k)
{
	mapping_done(&k->map);
	fd_close(&k->fd);
}
DEFINE_AUTO_IN_PLACE(kept)

/* Of what is not kept nothing is said. */
static enum status place_find(struct section *where, struct ledger *l, uint64_t row,
	enum ledger_content content, bool *is_several, struct fault *f)
{
	AUTO_FD fd = -1;
	struct slice type;

	TRY(ledger_content(&fd, where, &type, l, row, content, f));
	*is_several = media_type_is_several(type);
	return ST_OK;
}

static enum status rule_find(enum mic_rule *out, struct ledger *l, uint64_t row,
	const struct section *part, struct fault *f)
{
	struct section signature, document;
	bool is_several;

	TRY(place_find(&signature, l, row, CONTENT_SIGNATURE, &is_several, f));
	TRY(place_find(&document, l, row, CONTENT_DOCUMENT, &is_several, f));
	*out = signature.n > 0 ? MIC_OF_SIGNED
		: !is_several && document.at == part->at && document.n == part->n
		? MIC_OF_CONTENT
		: MIC_OF_ENTITY;
	return ST_OK;
}

/* Its file is gone: that is about this message, and no trouble of the database. */
static enum status part_find(
	struct section *where, struct kept *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct slice type;
	struct fault why;
	enum status st = ledger_content(&out->fd, where, &type, l, row, CONTENT_PART, &why);

	if (st == ST_HOST && slice_has_prefix(slice_str(why.code), S("spool.")))
		return fault_set(f, ST_INPUT, "mdn.mic.part", "%s", why.text);
	if (st != ST_OK)
		*f = why;
	return st;
}

static enum status part_open(struct kept *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct section where;

	TRY(part_find(&where, out, l, row, f));
	if (where.n > COMPARED_MAX)
		return fault_set(f, ST_LIMIT, "mdn.mic.size",
			"it has %llu bytes, at most %llu are digested again: `tieline explain` "
			"compares any size",
			(unsigned long long)where.n, (unsigned long long)COMPARED_MAX);
	TRY(mapping_init(&out->map, out->fd, UINT64_MAX, f));
	if (where.at > out->map.bytes.n || where.n > out->map.bytes.n - where.at)
		return fault_set(f, ST_INPUT, "mdn.mic.part",
			"what is stored of it is cut short: run `tieline fsck`");
	out->part = slice_sub(out->map.bytes, (size_t)where.at, (size_t)where.n);
	return rule_find(&out->rule, l, row, &where, f);
}

/* Also of a variant: an old digest is one as long as that is agreed. */
static bool digest_is_taken(enum digest kind, const struct agreement *a, int64_t now_ns)
{
	const enum exception_state state = exception_state(&a->exceptions, EXCEPTION_SHA1, now_ns);

	return kind < DIGESTS || state == EXCEPTION_HOLDS || state == EXCEPTION_ENDING;
}

static bool is_of_the_part(const struct digest_value *theirs, struct slice part)
{
	struct digest_value ours;

	digest_compute(&ours, theirs->kind, part);
	return digest_eq(&ours, theirs);
}

static enum status variant_judge(struct fault *flag, const struct kept *kept,
	const struct digest_value *theirs, int64_t until_ns, struct fault *f)
{
	static const struct variant_limits limits = { VARIANT_PART_MAX, VARIANT_SCRATCH_MAX };
	AUTO_IN_PLACE(variant_source) source;
	char words[VARIANT_WORDS_MAX], until[TIME_TEXT_MAX];
	struct variant v;

	variant_source_init(&source, kept->part, kept->rule, &limits);
	TRY(variant_find(&v, &source, theirs, COMPARED_MAX, f));
	fault_set(flag, ST_AUTH, DIGEST_TOLERATED,
		"delivered, but the digest in its receipt (%s) is of %s, not of what RFC 4130 "
		"7.3.1 says, which is tolerated until %.10s",
		digest_name(theirs->kind), variant_words(words, &v), time_format(until, until_ns));
	return ST_OK;
}

enum status receipt_digest_judge(struct fault *flag, struct ledger *l, uint64_t row,
	struct slice mic, const struct agreement *a, int64_t now_ns, struct fault *f)
{
	const int64_t until_ns = a->tolerate_variant_ns[TOLERATE_RECEIPT_DIGEST];
	AUTO_IN_PLACE(kept) kept = { .fd = -1 };
	struct digest_value theirs;

	if (mdn_mic_parse(&theirs, mic, NULL) != ST_OK || !digest_is_taken(theirs.kind, a, now_ns))
		return fault_set(f, ST_NONE, "mdn.mic.unread", "no digest that is taken");
	TRY(part_open(&kept, l, row, f));
	if (is_of_the_part(&theirs, kept.part)) {
		fault_set(flag, ST_AUTH, DIGEST_OTHER,
			"delivered, and its receipt has a digest of %s, which was not asked for: "
			"it is of the same bytes", digest_name(theirs.kind));
		return ST_OK;
	}
	if (!tolerance_holds(until_ns, now_ns))
		return fault_set(f, ST_NONE, "mdn.mic.untolerated", "no variant is tolerated");
	return variant_judge(flag, &kept, &theirs, until_ns, f);
}
