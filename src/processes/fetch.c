/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever answers is a stranger, often over plain HTTP: nothing of what it says but the bytes of
 * a 200 is used.  https is checked as a browser would, by the system's authorities, because these
 * servers belong to the public web; there is no switch to leave that out.
 */
#include "processes/fetch.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/fd.h"
#include "base/clock.h"
#include "processes/multi.h"

#define CONNECT_TIME_S 10
#define SILENCE_S 15
#define HEADERS_MAX 65536 /* bytes of an answer's head: nothing of it is used */
#define OCSP_TYPE "Content-Type: application/ocsp-request"
#define AUTHORITIES_FILE "/etc/ssl/certs/ca-certificates.crt"

struct fetch {
	TAILQ_ENTRY(fetch) entry;
	struct fetcher *fetcher;
	uint64_t ticket, n, size_max, headers_n;
	CURL *easy;
	struct curl_slist *headers;
	struct buf request;
	int fd;
	bool too_large;
	struct fault fault; /* ours, while writing; no code: none */
	char error[CURL_ERROR_SIZE];
};

TAILQ_HEAD(fetches, fetch);

struct fetcher {
	struct multi *multi;
	struct slice authorities;
	fetch_done *done;
	void *context;
	struct fetches list;
	size_t busy;
};

/* OpenSSL's variable for it, as everywhere on a system where they are elsewhere. */
void fetch_authorities_read(struct buf *pem)
{
	const char *file = getenv("SSL_CERT_FILE");
	AUTO_FD fd = open(file ? file : AUTHORITIES_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fd_read_all(pem, fd, NULL) != ST_OK)
		buf_clear(pem);
}

/* --- one of them --- */

static void fetch_free(struct fetch *t)
{
	if (t->easy) {
		curl_multi_remove_handle(multi_handle(t->fetcher->multi), t->easy);
		curl_easy_cleanup(t->easy);
	}
	TAILQ_REMOVE(&t->fetcher->list, t, entry);
	t->fetcher->busy--;
	curl_slist_free_all(t->headers);
	buf_done(&t->request);
	fd_close(&t->fd);
	free(t);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch *t = context;
	size_t n = size * count;

	t->too_large |= n > t->size_max - t->n;
	if (t->too_large || fd_write_all(t->fd, slice_of(bytes, n), &t->fault) != ST_OK)
		return 0;
	t->n += n;
	return n;
}

/* libcurl keeps what it reads of a head, also of interim ones, of which there may be any number. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch *t = context;

	(void)bytes;
	t->headers_n += size * count;
	if (t->headers_n <= HEADERS_MAX)
		return size * count;
	fault_set(&t->fault, ST_LIMIT, "fetch.size", "the answer's head has more than %d bytes",
		HEADERS_MAX);
	return 0;
}

static void must(CURLcode code, int option)
{
	if (code != CURLE_OK)
		die("libcurl refuses option %d (%s): is it older than 7.85?", option,
			curl_easy_strerror(code));
}

#define SET(easy, option, value) must(curl_easy_setopt((easy), (option), (value)), (option))

static void rules_set(CURL *easy)
{
	static const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 }, { CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 }, { CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 }, { CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 }, { CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_TIME_S }, { CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, SILENCE_S }, { CURLOPT_FORBID_REUSE, 1 },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		SET(easy, numbers[i].option, numbers[i].value);
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(easy, CURLOPT_PROXY, "");
	SET(easy, CURLOPT_CAINFO, NULL);
	SET(easy, CURLOPT_CAPATH, NULL);
	SET(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	SET(easy, CURLOPT_HEADERFUNCTION, on_header);
}

/* An answer to a request may not be one to somebody else's: what is asked is posted. */
static void request_set(struct fetch *t)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Accept:");

	if (t->request.n > 0) {
		t->headers = headers;
		headers = curl_slist_append(t->headers, OCSP_TYPE);
		SET(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->request.n);
		SET(t->easy, CURLOPT_POSTFIELDS, (const char *)t->request.p);
	}
	if (!headers)
		die("libcurl keeps no header");
	t->headers = headers;
	SET(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void authorities_set(CURL *easy, struct slice pem)
{
	struct curl_blob blob = { .data = (void *)(uintptr_t)pem.p, .len = pem.n,
		.flags = CURL_BLOB_NOCOPY };

	if (pem.n > 0)
		SET(easy, CURLOPT_CAINFO_BLOB, &blob);
}

static void easy_prepare(struct fetch *t, const struct fetch_order *order)
{
	t->easy = curl_easy_init();
	if (!t->easy)
		die("libcurl gives no handle");
	rules_set(t->easy);
	authorities_set(t->easy, t->fetcher->authorities);
	request_set(t);
	SET(t->easy, CURLOPT_URL, order->url);
	SET(t->easy, CURLOPT_WRITEDATA, t);
	SET(t->easy, CURLOPT_HEADERDATA, t);
	SET(t->easy, CURLOPT_ERRORBUFFER, t->error);
	SET(t->easy, CURLOPT_PRIVATE, t);
	SET(t->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)order->size_max);
	SET(t->easy, CURLOPT_TIMEOUT_MS, (long)(order->time_ns / NS_PER_MS));
}

/* --- what came of it --- */

static const char *trouble_code(CURLcode code)
{
	static const struct {
		CURLcode code;
		const char *fault;
	} troubles[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "fetch.resolve" },
		{ CURLE_COULDNT_CONNECT, "fetch.connect" },
		{ CURLE_OPERATION_TIMEDOUT, "fetch.timeout" },
		{ CURLE_SSL_CONNECT_ERROR, "fetch.tls" },
		{ CURLE_PEER_FAILED_VERIFICATION, "fetch.tls" },
		{ CURLE_SSL_CACERT_BADFILE, "fetch.tls" },
	};

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (troubles[i].code == code)
			return troubles[i].fault;
	return "fetch.connection";
}

static enum status answer_judge(const struct fetch *t, struct fault *f)
{
	long http = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
	if (http != 200)
		return fault_set(f, ST_RETRY, "fetch.http", "the source answered HTTP %ld%s", http,
			http >= 300 && http < 400 ? ": write down where it leads to" : "");
	if (t->n == 0)
		return fault_set(f, ST_RETRY, "fetch.empty", "the source answered nothing");
	return memory_file_seal(t->fd, f);
}

static enum status fetch_judge(const struct fetch *t, CURLcode code, struct fault *f)
{
	if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return fault_set(f, ST_LIMIT, "fetch.size",
			"the answer has more than %llu bytes, and was cut off",
			(unsigned long long)t->size_max);
	if (t->fault.code[0]) {
		*f = t->fault;
		return f->status;
	}
	if (code != CURLE_OK)
		return fault_set(f, ST_RETRY, trouble_code(code), "%s",
			t->error[0] ? t->error : curl_easy_strerror(code));
	return answer_judge(t, f);
}

static void on_ended(void *context, CURL *easy, CURLcode code)
{
	struct fetcher *fetcher = context;
	struct fault f = { .status = ST_OK };
	struct fetch *t = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) != CURLE_OK || !t)
		return;
	enum status st = fetch_judge(t, code, &f);
	int fd = st == ST_OK ? FD_TAKE(t->fd) : -1;
	uint64_t ticket = t->ticket;
	fetch_free(t);
	fetcher->done(fetcher->context, ticket, fd, st, &f);
}

/* --- life --- */

struct fetcher *fetcher_new(
	struct event_base *loop, struct slice authorities, fetch_done *done, void *context)
{
	struct fetcher *fetcher = alloc_zeroed(1, sizeof(*fetcher));

	*fetcher = (struct fetcher){
		.authorities = authorities, .done = done, .context = context
	};
	fetcher->multi = multi_new(loop, on_ended, fetcher);
	TAILQ_INIT(&fetcher->list);
	return fetcher;
}

void fetcher_free(struct fetcher *fetcher)
{
	struct fetch *t;

	if (!fetcher)
		return;
	while ((t = TAILQ_FIRST(&fetcher->list)))
		fetch_free(t);
	multi_free(fetcher->multi);
	free(fetcher);
}

enum status fetcher_start(
	struct fetcher *fetcher, const struct fetch_order *order, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(memory_file_open(&fd, "fetched", f));
	struct fetch *t = alloc_zeroed(1, sizeof(*t));
	*t = (struct fetch){ .fetcher = fetcher,
		.ticket = order->ticket,
		.size_max = order->size_max,
		.request = buf_init(order->request.n + 1),
		.fd = FD_TAKE(fd) };
	buf_put(&t->request, order->request);
	TAILQ_INSERT_TAIL(&fetcher->list, t, entry);
	fetcher->busy++;
	easy_prepare(t, order);
	if (curl_multi_add_handle(multi_handle(fetcher->multi), t->easy) != CURLM_OK)
		bug("libcurl takes no more transfers");
	return ST_OK;
}

size_t fetcher_busy(const struct fetcher *fetcher)
{
	return fetcher->busy;
}
