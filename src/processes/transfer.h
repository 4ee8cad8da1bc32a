/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to deliver one message: a POST of bytes that were sealed at submission, and what
 * came back. How it travels (connections, TLS, polling) is its route's business.
 */
#ifndef TIELINE_PROCESSES_TRANSFER_H
#define TIELINE_PROCESSES_TRANSFER_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "bindings/mdn.h"
#include "exchange/delivery.h"
#include "ledger/announced.h"
#include "processes/resume.h"
#include "processes/verbs.h"
#include "safeguards/sealed_digest.h"

struct ssl_st; /* OpenSSL's SSL */

#define TRANSFER_GROUP_MAX 40

struct transfer {
	TAILQ_ENTRY(transfer) link; /* the route's */
	CURL *easy;                 /* borrowed from the route's pool */
	struct curl_slist *headers;
	uint64_t row;
	enum area area;
	int64_t secret_until_ns; /* by itself; 0: as its area */
	unsigned attempt;
	bool is_whole; /* nobody is asked how much of it is there already */
	char message_id[MESSAGE_ID_MAX + 1];
	char partner[PARTY_ID_MAX + 1];
	int fd; /* the sealed body, at `at`, n bytes */
	uint64_t at, n, sent;
	uint64_t forgotten; /* bytes of fd that need not be at hand any more */
	struct sealed_check *check; /* whether it is what was sealed; NULL: nobody knows */
	uint64_t looked; /* bytes of it that `check` has had */
	struct resume resume;
	bool is_compared; /* it has had all */
	struct buf small; /* all of it, when it is small */
	struct buf answer;
	bool receipt_asked; /* its headers ask for one */
	bool receipt_later; /* in a connection of its own */
	bool receipt;       /* it is one of ours */
	bool is_connected;  /* to who is meant */
	bool without_expect; /* started so: the body is sent, not announced */
	bool expect_refused; /* an HTTP 417 came, whatever came after it */
	char group[TRANSFER_GROUP_MAX]; /* of the TLS handshake; empty before it */
	char error[CURL_ERROR_SIZE];
	struct fault fault; /* ours: setting up TLS, or of the body; no code: none */
	const struct fault *refused; /* borrowed: the partner's certificate, if that was; or NULL */
	/* Whether it may go by this connection, which stands; NULL ssl: nothing is known of it. */
	enum status (*permits)(
		void *context, const struct transfer *, struct ssl_st *ssl, struct fault *f);
	void *context;
	int64_t expires_ns; /* UTC */
	int64_t started_ns; /* UTC */
	int64_t started_mono_ns;
	int64_t told_mono_ns; /* when the log heard last how far it is; 0: it did not */
	/* Of the answer, once it is over: */
	unsigned http_status; /* 0: none came */
	unsigned retry_after_s;
	char type[RECEIPT_TYPE_MAX + 1];
	/* what its software says of itself, as the headers have it; empty: nothing */
	char version[ANNOUNCED_VERSION_MAX + 1];
	char product[ANNOUNCED_PRODUCT_MAX + 1];
	char features[ANNOUNCED_FEATURES_MAX + 1];
};
TAILQ_HEAD(transfers, transfer);

/*
 * Takes fd.  Of a body that is not long ST_HOST "ledger.body", when it cannot be read, or
 * LEDGER_SEALED: it is not what was sealed; ST_INPUT "courier.headers".
 */
NODISCARD enum status transfer_new(
	struct transfer **out, const struct verb_deliver *, uint64_t row, int fd, struct fault *f);
void transfer_free(struct transfer *); /* its easy handle must have been taken back */
DEFINE_AUTO(transfer)

/* Options that are the same for every attempt, on a new easy handle. */
void transfer_prepare(CURL *easy);
/*
 * Options of this attempt. `url` is the partner's, without path; an empty `path` is the area's, a
 * receipt goes to `receipt_address`.
 */
struct transfer_target {
	const char *url, *path, *receipt_address;
	bool refuses_expect; /* asks for bodies without "Expect: 100-continue" before them */
	int64_t answer_wait_ns; /* how long a receipt in the answer may take; 0: as usual */
	bool takes_rests;       /* it offers AS2 Restart */
};
void transfer_start(
	struct transfer *, CURL *easy, const struct transfer_target *, int64_t expires_ns);

/*
 * Whether it ended at a 417 for its Expect alone, which says nothing of the message: it is to be
 * started again, without one (RFC 9110 10.1.1, 15.5.18).  At most once for each.
 */
bool transfer_expects_in_vain(const struct transfer *);

/*
 * Whether what ended was the question how much of it the partner has, and was answered, or at
 * least heard: the message is to be started again, at once as a whole, or, when
 * transfer_rest_is_due(), from there, once what comes before was compared.
 */
bool transfer_was_question(struct transfer *, struct resumed *);
bool transfer_rest_is_due(const struct transfer *);

/*
 * What came of it.  ST_OK: 200 with a body that may be a receipt, or any 2xx where none was asked
 * for, or for later.  Else a fault: ST_RETRY
 * "courier.connect" | "courier.resolve" | "courier.tls" | "courier.timeout" |
 * "courier.connection" | "courier.receipt.size" | "courier.no-receipt" | "courier.http",
 * ST_INPUT "courier.http" when the answer will not change; of a rest ST_RETRY COURIER_RESUMED for
 * any answer that is not good: all of it goes next.
 */
NODISCARD enum status transfer_finish(struct transfer *, CURLcode, struct fault *f);

/*
 * A long body is compared while it is sent, and ends before its last byte when it is not what was
 * sealed.  Who answers before that has judged what nobody has compared.  Whether that is so; then
 * some more of it, until it is not: ST_HOST LEDGER_SEALED, "ledger.body".  At the end the answer is judged, with
 * the faults of transfer_finish().
 */
bool transfer_may_be_looked_at(const struct transfer *);
NODISCARD enum status transfer_look(struct transfer *, struct fault *f);
NODISCARD enum status transfer_judge(const struct transfer *, struct fault *f);

/* After a fault of that: what it says of the partner.  Trouble of ours says nothing. */
enum setback transfer_setback(const struct transfer *);

/* After ST_OK: the partner has the bytes, and what it answered is no receipt and need not be. */
bool transfer_taken(const struct transfer *);

#endif
