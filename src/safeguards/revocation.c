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
#include "safeguards/revocation_internal.h"

struct list {
	char issuer[256];
	int64_t issued_ns, next_update_ns;
};

struct lists {
	STACK_OF(X509_CRL) * crls;
	struct list known[LISTS_MAX]; /* of each of them */
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

/* --- reading --- */

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
	return ST_OK;
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

enum status lists_parse(struct lists **out, struct slice bytes, struct fault *f)
{
	AUTO(lists) lists = NULL;
	const bool is_der = bytes.n > 0 && bytes.p[0] == 0x30; /* SEQUENCE */

	if (bytes.n > LISTS_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "lists.size",
			"%zu bytes of revocation lists, at most %d are read", bytes.n,
			LISTS_SIZE_MAX);
	lists = alloc_zeroed(1, sizeof(*lists));
	lists->crls = sk_X509_CRL_new_null();
	if (!lists->crls)
		die("OpenSSL keeps no lists");
	TRY(is_der ? der_read(lists, bytes, f) : pem_read(lists, bytes, f));
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

enum list_standing lists_standing(const struct lists *lists, size_t index, int64_t now_ns)
{
	const struct list *known = &lists->known[index];
	const int64_t left = known->next_update_ns - now_ns;

	if (left < 0)
		return LIST_STALE;
	return left < (known->next_update_ns - known->issued_ns) / 4 ? LIST_AGING : LIST_GOOD;
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
			if (!at_anchor(ctx))
				doubt(asked, ctx, error);
			if (!doubts[i].believed)
				asked->disbelieved = depth;
			return 1;
		}
	return 0;
}

void revocation_ask(X509_STORE_CTX *ctx, struct revocation_asked *asked, const struct lists *lists)
{
	*asked = (struct revocation_asked){ .verdict.state = REVOCATION_GOOD, .disbelieved = -1 };
	X509_VERIFY_PARAM_set_flags(
		X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	if (lists)
		X509_STORE_CTX_set0_crls(ctx, lists->crls);
	X509_STORE_CTX_set_app_data(ctx, asked);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
}

/* Names the newest list of who issued the leaf. */
void revocation_explain(struct revocation_asked *asked, const struct lists *lists, const X509 *leaf)
{
	struct revocation_verdict *v = &asked->verdict;
	char issuer[256], when[TIME_TEXT_MAX];
	const struct list *newest = NULL;

	if (v->state != REVOCATION_GOOD || !lists)
		return;
	name_format(issuer, sizeof(issuer), X509_get_issuer_name(leaf));
	for (size_t i = 0; i < lists->count; i++) {
		const struct list *one = &lists->known[i];
		if (strcmp(one->issuer, issuer) == 0 &&
			(!newest || one->issued_ns > newest->issued_ns))
			newest = one;
	}
	if (newest)
		(void)snprintf(v->why, sizeof(v->why), "list of %.120s of %s", issuer,
			time_format(when, newest->issued_ns));
}
