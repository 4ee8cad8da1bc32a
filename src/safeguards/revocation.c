/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists as OpenSSL has them, and what the walk along a chain (chain.c) hears about them: errors of
 * a list make a certificate unknown, and only a list that was believed makes it revoked.
 */
#include "safeguards/revocation.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "safeguards/chain.h"
#include "safeguards/digest.h"
#include "safeguards/revocation_internal.h"

#define NUMBER_MAX 20 /* octets (RFC 5280 5.2.3) */

struct list {
	char issuer[256];
	int64_t issued_ns, next_update_ns;
	bool has_number;
	uint8_t number[NUMBER_MAX]; /* big-endian */
};

struct lists {
	STACK_OF(X509_CRL) * crls;
	struct list known[LISTS_JOINED_MAX]; /* of each of them */
	size_t count;
};

const char *revocation_name(enum revocation state)
{
	static const char *const names[] = {
		[REVOCATION_NOT_ASKED] = "not-asked",
		[REVOCATION_GOOD] = "good",
		[REVOCATION_UNKNOWN] = "unknown",
	};

	return names[(unsigned)state <= REVOCATION_UNKNOWN ? state : REVOCATION_UNKNOWN];
}

const char *answer_outcome_name(enum answer_outcome outcome)
{
	static const char *const names[ANSWER_OUTCOMES] = {
		[ANSWER_GOOD] = "good",
		[ANSWER_REVOKED] = "revoked",
		[ANSWER_UNKNOWN] = "unknown",
	};

	return names[(unsigned)outcome < ANSWER_OUTCOMES ? outcome : ANSWER_UNKNOWN];
}

/* --- reading --- */

/* Empty when it is not there. */
static struct slice extension_of(const X509_CRL *crl, int nid)
{
	const int at = X509_CRL_get_ext_by_NID(crl, nid, -1);

	if (at < 0)
		return S("");
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_CRL_get_ext(crl, at));
	return slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

static enum status number_read(struct list *known, const X509_CRL *crl, struct fault *f)
{
	int found = 0;
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, &found, NULL);
	const size_t n = number ? (size_t)ASN1_STRING_length(number) : 0;
	const bool is_good = number && n <= NUMBER_MAX &&
		ASN1_STRING_type(number) == V_ASN1_INTEGER;

	known->has_number = is_good;
	for (size_t i = 0; is_good && i < n; i++)
		known->number[NUMBER_MAX - n + i] = ASN1_STRING_get0_data(number)[i];
	ASN1_INTEGER_free(number);
	if (is_good || found == -1)
		return ST_OK;
	return fault_set(f, ST_INPUT, "lists.number",
		"the number of the list of %s is none of at most %d octets", known->issuer,
		NUMBER_MAX);
}

/* Takes the list. */
static enum status list_add(struct lists *lists, X509_CRL *crl, struct fault *f)
{
	struct list *known = &lists->known[lists->count];

	if (lists->count == LISTS_MAX || sk_X509_CRL_push(lists->crls, crl) <= 0) {
		X509_CRL_free(crl);
		return fault_set(f, ST_LIMIT, "lists.count", "more than %d lists", LISTS_MAX);
	}
	lists->count++;
	name_format(known->issuer, sizeof(known->issuer), X509_CRL_get_issuer(crl));
	known->issued_ns = asn1_time_ns(X509_CRL_get0_lastUpdate(crl));
	known->next_update_ns = asn1_time_ns(X509_CRL_get0_nextUpdate(crl));
	if (known->next_update_ns == 0)
		return fault_set(f, ST_INPUT, "lists.syntax",
			"the list of %s does not say when the next one comes", known->issuer);
	/* OpenSSL would take what changed for all there is. */
	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return fault_set(f, ST_INPUT, "lists.delta",
			"the list of %s holds changes only: the complete list is needed",
			known->issuer);
	return number_read(known, crl, f);
}

static enum status der_read(struct lists *lists, struct slice der, struct fault *f)
{
	const unsigned char *p = der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);

	if (!crl)
		return crypto_fault(f, ST_INPUT, "lists.syntax", "not a revocation list");
	TRY(list_add(lists, crl, f));
	return p == der.p + der.n ? ST_OK
				  : fault_set(f, ST_INPUT, "lists.syntax",
					    "bytes after the list: several go there as PEM");
}

static enum status pem_read(struct lists *lists, struct slice pem, struct fault *f)
{
	AUTO_BIO in = bio_of(pem);
	X509_CRL *crl;

	while ((crl = PEM_read_bio_X509_CRL(in, NULL, no_passphrase, NULL)))
		TRY(list_add(lists, crl, f));
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return crypto_fault(f, ST_INPUT, "lists.syntax", "not a PEM revocation list");
	ERR_clear_error();
	return lists->count > 0 ? ST_OK
				: fault_set(f, ST_INPUT, "lists.syntax",
					  "no -----BEGIN X509 CRL----- in it; it begins with: %.*s",
					  SLICE_FMT(slice_to(pem, 40)));
}

static struct lists *lists_new(void)
{
	struct lists *lists = alloc_zeroed(1, sizeof(*lists));

	lists->crls = sk_X509_CRL_new_null();
	if (!lists->crls)
		die("OpenSSL keeps no lists");
	return lists;
}

static enum status any_parse(
	struct lists **out, struct slice bytes, size_t size_max, struct fault *f)
{
	AUTO(lists) lists = NULL;
	const bool is_der = bytes.n > 0 && bytes.p[0] == 0x30; /* SEQUENCE */

	if (bytes.n > size_max)
		return fault_set(f, ST_LIMIT, "lists.size",
			"%zu bytes of revocation lists, at most %zu are read", bytes.n, size_max);
	lists = lists_new();
	TRY(is_der ? der_read(lists, bytes, f) : pem_read(lists, bytes, f));
	*out = TAKE(lists);
	return ST_OK;
}

enum status lists_parse(struct lists **out, struct slice bytes, struct fault *f)
{
	return any_parse(out, bytes, LISTS_SIZE_MAX, f);
}

/* OpenSSL sorts a list when it is first asked, and that takes a while for a long one: now. */
static void list_sort(const struct lists *lists)
{
	ASN1_INTEGER *any = ASN1_INTEGER_new();
	X509_REVOKED *unused;

	if (any)
		(void)!X509_CRL_get0_by_serial(
			sk_X509_CRL_value(lists->crls, 0), &unused, any);
	ASN1_INTEGER_free(any);
}

enum status list_parse(struct lists **out, struct slice bytes, struct fault *f)
{
	AUTO(lists) lists = NULL;

	TRY(any_parse(&lists, bytes, LIST_FETCHED_MAX, f));
	if (lists->count != 1)
		return fault_set(f, ST_LIMIT, "lists.count",
			"%zu lists came from one address, one is wanted", lists->count);
	list_sort(lists);
	*out = TAKE(lists);
	return ST_OK;
}

void lists_free(struct lists *lists)
{
	if (!lists)
		return;
	sk_X509_CRL_pop_free(lists->crls, X509_CRL_free);
	free(lists);
}

size_t lists_count(const struct lists *lists)
{
	return lists->count;
}

const char *lists_issuer(const struct lists *lists, size_t index)
{
	return lists->known[index].issuer;
}

int64_t lists_issued_ns(const struct lists *lists, size_t index)
{
	return lists->known[index].issued_ns;
}

int64_t lists_next_update_ns(const struct lists *lists, size_t index)
{
	return lists->known[index].next_update_ns;
}

enum list_standing standing_of(int64_t issued_ns, int64_t next_ns, int64_t now_ns)
{
	const int64_t left = next_ns - now_ns;

	if (left < 0)
		return LIST_STALE;
	return left < (next_ns - issued_ns) / 4 ? LIST_AGING : LIST_GOOD;
}

enum list_standing lists_standing(const struct lists *lists, size_t index, int64_t now_ns)
{
	const struct list *known = &lists->known[index];

	return standing_of(known->issued_ns, known->next_update_ns, now_ns);
}

const char *list_standing_name(enum list_standing standing)
{
	static const char *const names[] = {
		[LIST_GOOD] = "good",
		[LIST_AGING] = "AGING",
		[LIST_STALE] = "STALE",
	};

	return names[standing];
}

/* --- what was fetched --- */

static X509_CRL *crl_of(const struct lists *lists, size_t i)
{
	return sk_X509_CRL_value(lists->crls, (int)i);
}

/* Numbers count what one key of an authority says about one scope. */
static const int series_nids[] = { NID_issuing_distribution_point, NID_authority_key_identifier };
#define SERIES_NIDS (sizeof(series_nids) / sizeof(series_nids[0]))

static bool are_counted_together(const X509_CRL *a, const X509_CRL *b)
{
	if (X509_NAME_cmp(X509_CRL_get_issuer(a), X509_CRL_get_issuer(b)) != 0)
		return false;
	for (size_t i = 0; i < SERIES_NIDS; i++)
		if (!slice_eq(extension_of(a, series_nids[i]), extension_of(b, series_nids[i])))
			return false;
	return true;
}

static void series_put(struct buf *out, struct slice part)
{
	buf_put_u32(out, (uint32_t)part.n);
	buf_put(out, part);
}

/* A name in another encoding is another series: then the days alone are compared. */
static void series_digest(uint8_t out[LIST_SERIES_SIZE], const X509_CRL *crl)
{
	AUTO_IN_PLACE(buf) all = buf_init(LIST_FETCHED_MAX);
	const unsigned char *name = NULL;
	size_t n = 0;

	if (X509_NAME_get0_der(X509_CRL_get_issuer(crl), &name, &n) != 1)
		die("OpenSSL has no name of a list's issuer");
	series_put(&all, slice_of(name, n));
	for (size_t i = 0; i < SERIES_NIDS; i++)
		series_put(&all, extension_of(crl, series_nids[i]));
	digest_sha256(out, buf_slice(&all));
}

struct slice list_counted(uint8_t out[LIST_COUNTED_SIZE], const struct lists *lists)
{
	const struct list *one = &lists->known[0];

	if (!one->has_number)
		return slice_of(out, 0);
	series_digest(out, crl_of(lists, 0));
	for (size_t i = 0; i < NUMBER_MAX; i++)
		out[LIST_SERIES_SIZE + i] = one->number[i];
	return slice_of(out, LIST_COUNTED_SIZE);
}

static bool is_before(const struct list *a, const struct list *b)
{
	return a->has_number && b->has_number
		? memcmp(a->number, b->number, sizeof(a->number)) < 0
		: a->issued_ns < b->issued_ns;
}

static bool is_current(const struct list *known, int64_t now_ns)
{
	return known->issued_ns <= now_ns + REVOCATION_SKEW_NS &&
		now_ns - REVOCATION_SKEW_NS <= known->next_update_ns;
}

/* The first of `held` that stands in its way; NULL: none does. */
static const struct list *newer_find(
	const struct lists *lists, size_t at, const struct lists *held, int64_t now_ns)
{
	for (size_t i = 0; i < held->count; i++)
		if (is_current(&held->known[i], now_ns) &&
			is_before(&lists->known[at], &held->known[i]) &&
			are_counted_together(crl_of(lists, at), crl_of(held, i)))
			return &held->known[i];
	return NULL;
}

enum status lists_newer_check(
	const struct lists *lists, const struct lists *held, int64_t now_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX], then[TIME_TEXT_MAX];

	for (size_t i = 0; i < lists->count; i++) {
		const struct list *one = &lists->known[i];
		const struct list *newer = newer_find(lists, i, held, now_ns);

		if (newer)
			return fault_set(f, ST_INPUT, "lists.older",
				"the list of %s of %s is older, by its %s, than that of %s which "
				"is held",
				one->issuer, time_format(when, one->issued_ns),
				one->has_number && newer->has_number ? "number" : "date",
				time_format(then, newer->issued_ns));
	}
	return ST_OK;
}

static void list_append(struct lists *to, const struct lists *from, size_t at)
{
	X509_CRL *crl = crl_of(from, at);

	if (X509_CRL_up_ref(crl) != 1 || sk_X509_CRL_push(to->crls, crl) <= 0)
		die("OpenSSL keeps no list");
	to->known[to->count++] = from->known[at];
}

static void list_drop(struct lists *from, size_t at)
{
	X509_CRL_free(sk_X509_CRL_delete(from->crls, (int)at));
	from->count--;
	for (size_t i = at; i < from->count; i++)
		from->known[i] = from->known[i + 1];
}

/* Whoever is beaten by one beats nobody: where numbers and days disagree, one of them is left. */
static void list_join(struct lists *all, const struct lists *from, size_t at, int64_t now_ns)
{
	const struct list *one = &from->known[at];

	if (newer_find(from, at, all, now_ns))
		return;
	for (size_t i = all->count; i-- > 0 && is_current(one, now_ns);)
		if (is_before(&all->known[i], one) &&
			are_counted_together(crl_of(all, i), crl_of(from, at)))
			list_drop(all, i);
	if (all->count < LISTS_JOINED_MAX)
		list_append(all, from, at);
}

struct lists *lists_join(const struct lists *const *parts, size_t count, int64_t now_ns)
{
	struct lists *all = lists_new();

	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; at < parts[i]->count; at++)
			list_join(all, parts[i], at, now_ns);
	return all;
}

static bool may_sign_lists(const struct cert *c)
{
	/* All bits where the extension is not there. */
	return X509_get_key_usage(c->x509) & KU_CRL_SIGN;
}

/* Of two anchors of one name, as after a new key of theirs, either may have signed. */
static enum status list_signer_check(X509_CRL *crl, const char *issuer,
	const struct anchors *anchors, struct fault *f)
{
	bool known = false;

	for (size_t i = 0; i < anchors_count(anchors); i++) {
		const struct cert *c = anchors_at(anchors, i);

		if (X509_NAME_cmp(X509_get_subject_name(c->x509), X509_CRL_get_issuer(crl)) != 0)
			continue;
		known = true;
		if (may_sign_lists(c) && X509_CRL_verify(crl, X509_get0_pubkey(c->x509)) == 1)
			return ST_OK;
	}
	ERR_clear_error();
	if (!known)
		return fault_set(f, ST_AUTH, "lists.issuer",
			"the list is one of %s, which is no authority of anchors.pem", issuer);
	return fault_set(f, ST_AUTH, "lists.signature",
		"the list says that it is one of %s, whose signature it does not have", issuer);
}

static enum status list_digest_check(const X509_CRL *crl, const char *issuer, struct fault *f)
{
	const X509_ALGOR *algorithm;

	X509_CRL_get0_signature(crl, NULL, &algorithm);
	return algorithm_is_strong(algorithm) ? ST_OK
					      : fault_set(f, ST_AUTH, "lists.digest",
							"the list of %s is not signed with SHA-256 or better",
							issuer);
}

enum status list_verify(const struct lists *lists, const struct anchors *anchors, int64_t now_ns,
	struct fault *f)
{
	const struct list *known = &lists->known[0];
	char when[TIME_TEXT_MAX];

	TRY(list_signer_check(sk_X509_CRL_value(lists->crls, 0), known->issuer, anchors, f));
	TRY(list_digest_check(sk_X509_CRL_value(lists->crls, 0), known->issuer, f));
	if (known->issued_ns > now_ns + REVOCATION_SKEW_NS)
		return fault_set(f, ST_INPUT, "lists.future", "the list of %s is one of %s",
			known->issuer, time_format(when, known->issued_ns));
	if (known->next_update_ns < now_ns - REVOCATION_SKEW_NS)
		return fault_set(f, ST_INPUT, "lists.stale",
			"the list of %s ended at %s, and the next one is not there", known->issuer,
			time_format(when, known->next_update_ns));
	return ST_OK;
}

/* As it stands in the list; empty: about all certificates of its issuer. */
static struct slice scope_of(const struct lists *lists)
{
	return extension_of(crl_of(lists, 0), NID_issuing_distribution_point);
}

bool list_is_of_others(const struct lists *lists, const struct lists *than)
{
	const X509_NAME *issuer = X509_CRL_get_issuer(sk_X509_CRL_value(lists->crls, 0));
	const X509_NAME *other = X509_CRL_get_issuer(sk_X509_CRL_value(than->crls, 0));
	struct slice scope = scope_of(lists);

	return X509_NAME_cmp(issuer, other) != 0 ||
		(scope.n > 0 && !slice_eq(scope, scope_of(than)));
}

/* --- asking, while OpenSSL walks the chain --- */

/*
 * What makes a certificate unknown, and whether the list may then still be believed when it says
 * "revoked": a stale list of the issuer's may, what somebody else signed may not.
 */
static const struct {
	int error;
	bool believed;
} doubts[] = {
	{ X509_V_ERR_UNABLE_TO_GET_CRL, false },
	{ X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, false },
	{ X509_V_ERR_CRL_NOT_YET_VALID, true },
	{ X509_V_ERR_CRL_HAS_EXPIRED, true },
	{ X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, false },
	{ X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, false },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, false },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, false },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, false },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, false },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, false },
	{ X509_V_ERR_CRL_PATH_VALIDATION_ERROR, false },
	{ X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE, false },
};

static void doubt(struct revocation_asked *asked, X509_STORE_CTX *ctx, int error)
{
	char subject[256];
	struct revocation_verdict *v = &asked->verdict;

	if (v->state == REVOCATION_UNKNOWN)
		return;
	v->state = REVOCATION_UNKNOWN;
	name_format(subject, sizeof(subject),
		X509_get_subject_name(X509_STORE_CTX_get_current_cert(ctx)));
	(void)snprintf(v->why, sizeof(v->why), "%.120s: %s", subject,
		X509_verify_cert_error_string(error));
}

/* The anchor is trusted by a person and by no list: nothing said about it is heard. */
static bool at_anchor(X509_STORE_CTX *ctx)
{
	return X509_STORE_CTX_get_error_depth(ctx) + 1 ==
		sk_X509_num(X509_STORE_CTX_get0_chain(ctx));
}

/* Clocks differ: a list is in force a little longer, and earlier, than it says. */
static bool is_skew(const struct revocation_asked *asked, X509_STORE_CTX *ctx, int error)
{
	const X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);

	if (!crl)
		return false;
	if (error == X509_V_ERR_CRL_HAS_EXPIRED)
		return asked->now_ns - REVOCATION_SKEW_NS <=
			asn1_time_ns(X509_CRL_get0_nextUpdate(crl));
	return error == X509_V_ERR_CRL_NOT_YET_VALID &&
		asn1_time_ns(X509_CRL_get0_lastUpdate(crl)) <= asked->now_ns + REVOCATION_SKEW_NS;
}

/* Whether somebody else spoke of this certificate, or nobody needs to. */
static bool is_settled(const struct revocation_asked *asked, X509_STORE_CTX *ctx)
{
	return at_anchor(ctx) ||
		(asked->is_answered && X509_STORE_CTX_get_error_depth(ctx) == 0);
}

static int on_verify(int good, X509_STORE_CTX *ctx)
{
	struct revocation_asked *asked = X509_STORE_CTX_get_app_data(ctx);
	const int error = X509_STORE_CTX_get_error(ctx);
	const int depth = X509_STORE_CTX_get_error_depth(ctx);

	if (good)
		return good;
	if (error == X509_V_ERR_CERT_REVOKED)
		return asked->disbelieved == depth || at_anchor(ctx);
	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (doubts[i].error == error) {
			if (!is_settled(asked, ctx) && !is_skew(asked, ctx, error))
				doubt(asked, ctx, error);
			if (!doubts[i].believed)
				asked->disbelieved = depth;
			return 1;
		}
	return 0;
}

static bool in_force(const struct revocation_answer *a, int64_t now_ns)
{
	return a->issued_ns <= now_ns + REVOCATION_SKEW_NS &&
		now_ns - REVOCATION_SKEW_NS <= a->next_ns;
}

void revocation_ask(X509_STORE_CTX *ctx, struct revocation_asked *asked)
{
	const struct revocation_answer *answer = asked->answer;

	asked->verdict = (struct revocation_verdict){ .state = REVOCATION_GOOD };
	asked->disbelieved = -1;
	asked->is_answered =
		answer && answer->outcome == ANSWER_GOOD && in_force(answer, asked->now_ns);
	X509_VERIFY_PARAM_set_flags(
		X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	if (asked->lists)
		X509_STORE_CTX_set0_crls(ctx, asked->lists->crls);
	X509_STORE_CTX_set_app_data(ctx, asked);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
}

static void answer_explain(struct revocation_verdict *v, const struct revocation_answer *a)
{
	char when[TIME_TEXT_MAX];

	(void)snprintf(v->why, sizeof(v->why), "answer of %.120s of %s", a->by,
		time_format(when, a->issued_ns));
}

/* Names the newest list of who issued the leaf. */
static void list_explain(
	struct revocation_verdict *v, const struct lists *lists, const X509 *leaf)
{
	char issuer[256], when[TIME_TEXT_MAX];
	const struct list *newest = NULL;

	name_format(issuer, sizeof(issuer), X509_get_issuer_name(leaf));
	for (size_t i = 0; lists && i < lists->count; i++) {
		const struct list *one = &lists->known[i];
		if (strcmp(one->issuer, issuer) == 0 &&
			(!newest || one->issued_ns > newest->issued_ns))
			newest = one;
	}
	if (newest)
		(void)snprintf(v->why, sizeof(v->why), "list of %.120s of %s", issuer,
			time_format(when, newest->issued_ns));
}

/* An old answer may be believed when it says "revoked": who is revoked seldom comes back. */
enum status revocation_conclude(
	struct revocation_asked *asked, const struct cert *leaf, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (asked->answer && asked->answer->outcome == ANSWER_REVOKED)
		return fault_set(f, ST_AUTH, "chain.revoked",
			"%s: certificate revoked, as %s answered at %s", leaf->subject,
			asked->answer->by, time_format(when, asked->answer->issued_ns));
	if (asked->verdict.state != REVOCATION_GOOD)
		return ST_OK;
	if (asked->answer && asked->is_answered)
		answer_explain(&asked->verdict, asked->answer);
	else
		list_explain(&asked->verdict, asked->lists, leaf->x509);
	return ST_OK;
}
