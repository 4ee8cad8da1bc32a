/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attempt in libcurl's terms, in the courier.  HTTPS to the address in the partner's sheet
 * and to nothing else: no redirect, no proxy, no cookie, no password file (promise 6).  Small
 * bodies leave in one TLS record with their head; large ones are read from their descriptor as
 * the line takes them.
 */
#include "processes/transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/views.h"
#include "exchange/delivery.h"
#include "exchange/refusal.h"
#include "exchange/sheet.h"
#include "safeguards/tls.h"

#define SMALL_BODY_MAX 65536 /* what libcurl sends together with the head */
#define LOOK_STEP (1U << 20) /* bytes of a body that are compared at once, and nobody waits */
#define CONNECT_TIME_S 10
#define LINE_DEAD_MS 30000 /* nothing acknowledged by the peer's kernel for so long */
#define SILENCE_S 15 /* no byte either way, beyond the time a gateway like ours works on a body */
#define TRANSFER_TIME_LEAST (90 * NS_PER_S)
#define TRANSFER_RATE_LEAST 16384 /* bytes per second */
#define LATE_ANSWER (30 * NS_PER_S)
#define RETRY_AFTER_MAX_S 86400
#define ANSWER_QUOTED_MAX 120 /* bytes of a refusal's text in our fault */

/* --- whether the body is what was sealed --- */

static enum status changed(bool receipt, struct fault *f)
{
	return fault_set(f, ST_HOST, LEDGER_SEALED, "%s",
		receipt ? "our receipt for this message changed on our disk, and is not sent: look "
			  "at the disk; if a backup has ledger.db as it was, restore it"
			: "the sealed form of this message changed on our disk, and is not sent: "
			  "look at the disk; once the message has expired, submit its document "
			  "again under another Message-ID");
}

/* Which the file's end does not say to who asks for its bytes. */
static enum status unreadable(struct fault *f, const char *why)
{
	return fault_set(
		f, ST_HOST, "ledger.body", "the message's bytes cannot be read: %.160s", why);
}

static void look_again(struct transfer *t)
{
	t->looked = 0;
	t->is_compared = false;
	if (t->check)
		sealed_check_restart(t->check);
}

/* What follows what it has seen. */
static enum status seen(struct transfer *t, struct slice piece, struct fault *f)
{
	if (!t->check || t->is_compared)
		return ST_OK;
	sealed_check_add(t->check, piece);
	t->looked += piece.n;
	if (t->looked < t->n)
		return ST_OK;
	t->is_compared = true;
	return sealed_check_fits(t->check) ? ST_OK : changed(t->receipt, f);
}

/* How far it is compared before anything else happens to it. */
static uint64_t look_end(const struct transfer *t)
{
	return transfer_rest_is_due(t) ? t->resume.from : t->n;
}

bool transfer_may_be_looked_at(const struct transfer *t)
{
	return t->check && !t->is_compared && t->looked < look_end(t);
}

enum status transfer_look(struct transfer *t, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(LOOK_STEP);
	const uint64_t left = look_end(t) - t->looked, n = left < LOOK_STEP ? left : LOOK_STEP;
	struct fault why;

	if (fd_read_at(&piece, t->fd, t->at + t->looked, n, &why) != ST_OK)
		return unreadable(f, why.text);
	return seen(t, buf_slice(&piece), f);
}

/* --- the body, and the answer --- */

static enum status body_take(struct transfer *t, struct fault *f)
{
	if (t->n > SMALL_BODY_MAX)
		return transfer_may_be_looked_at(t) && t->n <= LOOK_STEP ? transfer_look(t, f)
									 : ST_OK;
	struct fault why;

	t->small = buf_init(SMALL_BODY_MAX);
	if (fd_read_at(&t->small, t->fd, t->at, t->n, &why) != ST_OK)
		return unreadable(f, why.text);
	return seen(t, buf_slice(&t->small), f);
}

/* What takes long is not silent: who waits sees that it goes on, and how fast. */
static void progress_tell(struct transfer *t)
{
	const int64_t now_ns = clock_mono_ns();
	const int64_t since_ns = t->told_mono_ns ? t->told_mono_ns : t->started_mono_ns;

	if (now_ns - since_ns < PROGRESS_TELL_NS)
		return;
	t->told_mono_ns = now_ns;
	log_info("delivery-progress", LOG_T("partner", t->partner),
		LOG_T("area", area_name(t->area)), LOG_T("msg", t->message_id),
		LOG_I("attempt", t->attempt), LOG_I("sent", t->sent), LOG_I("of", t->n),
		LOG_I("ms", (now_ns - t->started_mono_ns) / NS_PER_MS));
}

/* A partner that answered in full before it has everything wants no more of it. */
static bool answered_early(const struct transfer *t)
{
	curl_off_t announced = -1;

	return t->answer.n > 0 &&
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) ==
		CURLE_OK &&
		announced == (curl_off_t)t->answer.n;
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	uint64_t left = t->n - t->sent;
	uint64_t wanted = size * count < left ? size * count : left;

	if (answered_early(t))
		return CURL_READFUNC_ABORT;
	ssize_t got = pread(t->fd, out, wanted, (off_t)(t->at + t->sent));
	if (got < 0 || (got == 0 && wanted > 0)) {
		unreadable(&t->fault, got < 0 ? strerror(errno) : "it ends early");
		return CURL_READFUNC_ABORT;
	}
	if (seen(t, slice_of(out, (size_t)got), &t->fault) != ST_OK)
		return CURL_READFUNC_ABORT;
	t->sent += (uint64_t)got;
	progress_tell(t);
	if (t->n > FILE_AT_HAND)
		fd_read_passed(t->fd, &t->forgotten, t->at + t->sent);
	return (size_t)got;
}

/* libcurl starts over when a kept-alive connection turns out to be dead. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
	struct transfer *t = context;

	if (origin != SEEK_SET || offset != 0)
		return CURL_SEEKFUNC_FAIL;
	if (t->sent == t->resume.from)
		return CURL_SEEKFUNC_OK;
	if (t->resume.from > 0)
		return CURL_SEEKFUNC_FAIL; /* what was compared since cannot be taken back */
	t->sent = 0;
	look_again(t);
	return CURL_SEEKFUNC_OK;
}

/* Asked while it runs: libcurl forgets the connection when the transfer ends.  NULL: none. */
static struct ssl_st *connection_of(const struct transfer *t)
{
	struct curl_tlssessioninfo *tls = NULL;

	return curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls
		? tls->internals
		: NULL;
}

/* The connection stands, and nothing of this transfer was sent by it yet. */
static int on_connected(void *context, char *to, char *from, int to_port, int from_port)
{
	struct transfer *t = context;
	struct ssl_st *ssl = connection_of(t);

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	t->is_connected = true;
	if (ssl)
		snprintf(t->group, sizeof(t->group), "%s", tls_group(ssl));
	return t->permits(t->context, t, ssl, &t->fault) == ST_OK ? CURL_PREREQFUNC_OK
								  : CURL_PREREQFUNC_ABORT;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;

	buf_put(&t->answer, slice_of(bytes, size * count));
	return t->answer.overflow ? 0 : size * count;
}

/* libcurl goes on by itself where the connection stays, and what it ends with does not tell. */
static size_t on_head(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	struct slice line = slice_of(bytes, size * count), version;

	if (slice_has_prefix(line, S("HTTP/")) && slice_cut(&version, &line, line, ' '))
		t->expect_refused |= slice_has_prefix(line, S("417"));
	return size * count;
}

/* A line that died is noticed while we wait for an answer, too. */
static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
	(void)context;
	(void)purpose;
	setsockopt(
		fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){ LINE_DEAD_MS }, sizeof(unsigned));
	return CURL_SOCKOPT_OK;
}

/* --- life --- */

/* `text` is room for the longest. */
static bool header_add(struct transfer *t, struct slice line, char text[AS2_HEAD_MAX + 1])
{
	struct curl_slist *longer;

	if (line.n == 0)
		return true;
	if (slice_to_text(text, AS2_HEAD_MAX + 1, line, NULL) != ST_OK)
		return false;
	longer = curl_slist_append(t->headers, text);
	if (longer)
		t->headers = longer;
	return longer;
}

static enum status headers_take(struct transfer *t, struct slice lines, struct fault *f)
{
	char text[AS2_HEAD_MAX + 1];
	bool taken = header_add(t, S("Accept:"), text); /* libcurl's own: not sent */
	struct slice line;

	while (taken && lines.n > 0) {
		slice_cut(&line, &lines, lines, '\n');
		t->receipt_asked |=
			slice_has_prefix_nocase(line, S("Disposition-Notification-To:"));
		t->receipt_later |= slice_has_prefix_nocase(line, S("Receipt-Delivery-Option:"));
		taken = header_add(t, slice_trim(line), text);
	}
	return taken ? ST_OK
		     : fault_set(f, ST_INPUT, "courier.headers",
			       "the stored header lines cannot be sent");
}

enum status transfer_new(struct transfer **out, const struct verb_deliver *verb, uint64_t row,
	int fd, struct fault *f)
{
	AUTO(transfer) t = alloc_zeroed(1, sizeof(*t));

	t->fd = fd;
	t->row = row;
	t->area = verb->area;
	t->secret_until_ns = verb->secret_until_ns;
	t->attempt = verb->attempt;
	t->is_whole = verb->is_whole;
	t->receipt = verb->receipt;
	t->at = verb->at;
	t->n = verb->n;
	if (verb->sealed_digest.n != 0)
		t->check = sealed_check_new(verb->sealed_digest);
	t->answer = buf_init(RECEIPT_SIZE_MAX);
	TRY(slice_to_text(t->message_id, sizeof(t->message_id), verb->message_id, f));
	TRY(slice_to_text(t->partner, sizeof(t->partner), verb->partner, f));
	TRY(headers_take(t, verb->headers, f));
	if (!t->receipt && t->receipt_asked && !t->receipt_later)
		resume_init(&t->resume, t->n, verb->sealed_digest);
	TRY(body_take(t, f));

	*out = TAKE(t);
	return ST_OK;
}

void transfer_free(struct transfer *t)
{
	if (!t)
		return;
	curl_slist_free_all(t->headers);
	sealed_check_free(t->check);
	fd_close(&t->fd);
	buf_done(&t->small);
	buf_done(&t->answer);
	free(t);
}

/* --- options --- */

static void must(CURLcode code, int option)
{
	if (code != CURLE_OK)
		die("libcurl refuses option %d (%s): is it older than 7.85?", option,
			curl_easy_strerror(code));
}

#define SET(easy, option, value) must(curl_easy_setopt((easy), (option), (value)), (option))

void transfer_prepare(CURL *easy)
{
	static const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_POST, 1 }, { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3 }, { CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 0 }, /* the certificate itself is pinned */
		{ CURLOPT_SSL_SESSIONID_CACHE, 0 }, { CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED }, { CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_NOSIGNAL, 1 }, { CURLOPT_CONNECTTIMEOUT, CONNECT_TIME_S },
		{ CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_TCP_KEEPALIVE, 1 }, { CURLOPT_TCP_KEEPIDLE, 15 },
		{ CURLOPT_TCP_KEEPINTVL, 5 },
		{ CURLOPT_MAXAGE_CONN, 45 }, /* below the idle time of a gateway like ours */
	};
	static const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_PROTOCOLS_STR, "https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_CAINFO, NULL },
		{ CURLOPT_CAPATH, NULL },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		SET(easy, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		SET(easy, texts[i].option, texts[i].value);
	SET(easy, CURLOPT_READFUNCTION, on_read);
	SET(easy, CURLOPT_SEEKFUNCTION, on_seek);
	SET(easy, CURLOPT_WRITEFUNCTION, on_answer);
	SET(easy, CURLOPT_HEADERFUNCTION, on_head);
	SET(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	SET(easy, CURLOPT_PREREQFUNCTION, on_connected);
}

/* How long no byte may come or go: what is agreed for a receipt in the answer, or 0. */
static int64_t answer_wait_ns(const struct transfer *t, const struct transfer_target *to)
{
	return t->receipt_asked && !t->receipt_later ? to->answer_wait_ns : 0;
}

static long silence_allowed_s(const struct transfer *t, int64_t wait_ns)
{
	const int64_t usual_ns = work_time_ns(0) + SILENCE_S * NS_PER_S;
	const int64_t for_size_ns = work_time_ns(t->n) - work_time_ns(0);

	return (long)(((wait_ns > 0 ? wait_ns : usual_ns) + for_size_ns) / NS_PER_S);
}

/*
 * As long as a slow line needs, and past the deadline only for an answer that is proof all the
 * same.
 */
static long time_allowed_ms(const struct transfer *t, int64_t wait_ns, int64_t expires_ns)
{
	if (t->resume.step == RESUME_ASKS)
		return RESUME_ANSWER_MS;
	int64_t allowed = TRANSFER_TIME_LEAST + wait_ns +
		(int64_t)(t->n / TRANSFER_RATE_LEAST) * NS_PER_S;
	int64_t left = expires_ns - t->started_ns;

	if (left + LATE_ANSWER < allowed)
		allowed = left + LATE_ANSWER;
	return allowed > NS_PER_S ? (long)(allowed / NS_PER_MS) : 1000;
}

static void target_format(
	char *out, size_t size, const struct transfer *t, const struct transfer_target *to)
{
	if (t->receipt)
		snprintf(out, size, "%s", to->receipt_address);
	else if (*to->path)
		snprintf(out, size, "%s%s", to->url, to->path);
	else
		snprintf(out, size, "%s/exchange/%s", to->url, area_name(t->area));
}

/* What the attempt before left.  What is not long was compared as a whole. */
static void start_over(struct transfer *t)
{
	if (t->n > LOOK_STEP && t->resume.step != RESUME_RESTS)
		look_again(t);
	t->sent = t->resume.from;
	t->forgotten = 0;
	t->told_mono_ns = 0;
	t->error[0] = '\0';
	t->is_connected = t->expect_refused = false;
	buf_truncate(&t->answer, 0);
}

static void line_add(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (!longer)
		die("out of memory for a header");
	t->headers = longer;
}

/* libcurl's own, before bodies over 1 MiB: an empty one takes it out. */
static void expect_omit(struct transfer *t)
{
	if (!t->without_expect)
		line_add(t, "Expect:");
	t->without_expect = true;
}

/* --- what a partner has already --- */

static void tag_tell(struct transfer *t)
{
	char line[sizeof("ETag: ") + sizeof(t->resume.etag)];

	snprintf(line, sizeof(line), "ETag: %s", t->resume.etag);
	line_add(t, line);
	t->resume.is_told = true;
	t->resume.step = t->attempt > 1 && !t->is_whole ? RESUME_ASKS : RESUME_NEVER;
}

/* Who answered just now needs no Expect, and nothing could be sent a second time after a 417. */
static void rest_tell(struct transfer *t)
{
	const unsigned long long from = t->resume.from, n = t->n;
	char line[100];

	snprintf(line, sizeof(line), "Content-Range: bytes %llu-%llu/%llu", from, n - 1, n);
	line_add(t, line);
	expect_omit(t);
	t->resume.step = RESUME_RESTS;
	log_info("delivery-resumed", LOG_T("partner", t->partner),
		LOG_T("area", area_name(t->area)), LOG_T("msg", t->message_id),
		LOG_I("attempt", t->attempt), LOG_I("from", t->resume.from), LOG_I("of", t->n));
}

static void resume_prepare(struct transfer *t, bool takes_rests)
{
	struct resume *r = &t->resume;

	if (!takes_rests) {
		r->step = RESUME_NEVER;
		r->from = 0;
	} else if (r->step == RESUME_KNOWS) {
		rest_tell(t);
	} else if (*r->etag && !r->is_told) {
		tag_tell(t);
	}
}

bool transfer_rest_is_due(const struct transfer *t)
{
	return t->resume.step == RESUME_KNOWS;
}

/* Who hears the question and does not answer it gets all there is. */
bool transfer_was_question(struct transfer *t, struct resumed *known)
{
	struct resume_answer answer = { 0 };
	struct curl_header *etag;
	curl_off_t length = -1;
	long http = 0;

	if (t->resume.step != RESUME_ASKS || !t->is_connected || t->fault.code[0])
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (curl_easy_header(t->easy, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK)
		answer.etag = slice_trim(slice_str(etag->value));
	answer.http_status = (unsigned)http;
	answer.content_length = length;
	resume_answered(&t->resume, known, t->row, t->n, &answer);
	return true;
}

void transfer_start(
	struct transfer *t, CURL *easy, const struct transfer_target *to, int64_t expires_ns)
{
	const int64_t wait_ns = answer_wait_ns(t, to);
	char target[PARTY_URL_MAX + AS2_PATH_MAX + 32];

	t->easy = easy;
	t->expires_ns = expires_ns;
	t->started_ns = clock_utc_ns();
	t->started_mono_ns = clock_mono_ns();
	resume_prepare(t, to->takes_rests);
	start_over(t);
	if (to->refuses_expect)
		expect_omit(t);
	target_format(target, sizeof(target), t, to);
	SET(easy, CURLOPT_NOBODY, 0L);
	SET(easy, CURLOPT_URL, target);
	SET(easy, CURLOPT_HTTPHEADER, t->headers);
	SET(easy, CURLOPT_LOW_SPEED_TIME, silence_allowed_s(t, wait_ns));
	SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(t->n - t->resume.from));
	SET(easy, CURLOPT_POSTFIELDS, t->n > SMALL_BODY_MAX ? NULL : (const char *)t->small.p);
	if (t->resume.step == RESUME_ASKS)
		SET(easy, CURLOPT_NOBODY, 1L); /* after all that makes it a POST */
	SET(easy, CURLOPT_READDATA, t);
	SET(easy, CURLOPT_SEEKDATA, t);
	SET(easy, CURLOPT_PREREQDATA, t);
	SET(easy, CURLOPT_WRITEDATA, t);
	SET(easy, CURLOPT_HEADERDATA, t);
	SET(easy, CURLOPT_ERRORBUFFER, t->error);
	SET(easy, CURLOPT_PRIVATE, t);
	SET(easy, CURLOPT_TIMEOUT_MS, time_allowed_ms(t, wait_ns, expires_ns));
}

/* --- outcome --- */

/* One line, also of a value that was folded: libcurl leaves some of the line ends in. */
static void header_note(char *out, size_t size, CURL *easy, const char *name)
{
	struct curl_header *header;
	struct slice value = { 0 };

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		value = slice_to(slice_trim(slice_str(header->value)), size - 1);
	if (slice_to_text(out, size, value, NULL) != ST_OK)
		out[0] = '\0';
	for (char *c = out; (c = strpbrk(c, "\r\n\t"));)
		*c = ' ';
}

static void answer_note(struct transfer *t)
{
	long http = 0;
	curl_off_t retry_after = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
	t->http_status = http >= 200 ? (unsigned)http : 0;
	t->retry_after_s = retry_after > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S
		: retry_after > 0                          ? (unsigned)retry_after
							   : 0;
	/* CURLINFO_CONTENT_TYPE has no more of it than its first line. */
	header_note(t->type, sizeof(t->type), t->easy, "Content-Type");
	header_note(t->version, sizeof(t->version), t->easy, "AS2-Version");
	header_note(t->product, sizeof(t->product), t->easy, "AS2-Product");
	header_note(t->features, sizeof(t->features), t->easy, "EDIINT-Features");
}

bool transfer_expects_in_vain(const struct transfer *t)
{
	long http = 0;

	return t->expect_refused && !t->without_expect &&
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http) == CURLE_OK &&
		http == 417;
}

static bool error_says(const struct transfer *t, const char *part)
{
	return strstr(t->error, part) != NULL;
}

/*
 * A TLS 1.3 server refuses our certificate only after our side of the handshake: the alert comes
 * while reading.  A line that breaks in the handshake says nothing about TLS.
 */
static const char *trouble_code(const struct transfer *t, CURLcode code)
{
	static const struct {
		CURLcode code;
		const char *fault;
	} troubles[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "courier.resolve" },
		{ CURLE_COULDNT_CONNECT, "courier.connect" },
		{ CURLE_OPERATION_TIMEDOUT, "courier.timeout" },
		{ CURLE_SSL_CONNECT_ERROR, "courier.tls" },
		{ CURLE_PEER_FAILED_VERIFICATION, "courier.tls" },
		{ CURLE_SSL_CERTPROBLEM, "courier.tls" },
		{ CURLE_WRITE_ERROR, "courier.receipt.size" },
	};

	if (error_says(t, "alert"))
		return "courier.tls";
	if (error_says(t, "Recv failure") || error_says(t, "Send failure"))
		return "courier.connection";
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (troubles[i].code == code)
			return troubles[i].fault;
	return "courier.connection";
}

/* What a TLS error means between two parties who pin each other's certificates. */
static const char *trouble_meaning(const struct transfer *t)
{
	if (error_says(t, "alert") && (error_says(t, "certificate") || error_says(t, "unknown ca")))
		return "the partner does not take our TLS certificate: ";
	return "";
}

/* Whatever it was, ours or theirs, it may be gone next time. */
static enum status trouble(const struct transfer *t, CURLcode code, struct fault *f)
{
	if (t->fault.code[0])
		return fault_set(f, ST_RETRY, t->fault.code, "%s", t->fault.text);
	if (code == CURLE_PEER_FAILED_VERIFICATION && t->refused && t->refused->code[0])
		return fault_set(f, ST_RETRY, "courier.tls", "%s", t->refused->text);
	return fault_set(f, ST_RETRY, trouble_code(t, code), "%s%s", trouble_meaning(t),
		t->error[0] ? t->error : curl_easy_strerror(code));
}

/*
 * It stopped reading, but it had answered: the answer counts, and is verified like any other.  A
 * status that ends the message needs no body, whose end some servers say by closing alone.
 */
static bool answer_stands(const struct transfer *t, CURLcode code)
{
	if (code == CURLE_OK)
		return true;
	return t->http_status != 0 &&
		(t->answer.n > 0 || http_status_is_final(t->http_status)) &&
		(code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
			code == CURLE_ABORTED_BY_CALLBACK);
}

static bool is_multipart(const struct transfer *t)
{
	return slice_has_prefix_nocase(slice_str(t->type), S("multipart/"));
}

/* What looks like a receipt is judged by an envelope, whatever the status above it says. */
enum status transfer_judge(const struct transfer *t, struct fault *f)
{
	struct slice text = slice_trim(slice_to(buf_slice(&t->answer), ANSWER_QUOTED_MAX));
	unsigned http = t->http_status;
	bool good = http >= 200 && http < 300;

	if (t->receipt_asked && t->answer.n > 0 && is_multipart(t))
		return ST_OK;
	if (good && (!t->receipt_asked || t->receipt_later || (http == 200 && t->answer.n > 0)))
		return ST_OK;
	if (t->resume.step == RESUME_RESTS)
		return fault_set(f, ST_RETRY, COURIER_RESUMED,
			"the partner answered HTTP %u to the rest of the message, and gets all of it "
			"next: %.*s", http, SLICE_FMT(text));
	if (good)
		return fault_set(f, ST_RETRY, "courier.no-receipt",
			"the partner answered HTTP %u without a receipt", http);
	return fault_set(f, http_status_is_final(http) ? ST_INPUT : ST_RETRY, "courier.http",
		"the partner answered HTTP %u: %.*s", http, SLICE_FMT(text));
}

enum status transfer_finish(struct transfer *t, CURLcode code, struct fault *f)
{
	answer_note(t);
	if (!t->fault.code[0] && answer_stands(t, code))
		return transfer_judge(t, f);
	return trouble(t, code, f);
}

enum setback transfer_setback(const struct transfer *t)
{
	bool in_trouble = t->http_status >= 500 && t->retry_after_s == 0;

	if (t->fault.code[0] || (t->http_status != 0 && !in_trouble))
		return SETBACK_OTHER;
	return t->is_connected ? SETBACK_TROUBLE : SETBACK_UNREACHED;
}

/* A partner that was asked for later and answers at once has answered. */
bool transfer_taken(const struct transfer *t)
{
	return t->receipt ||
		(t->receipt_later && t->receipt_asked && (t->answer.n == 0 || !is_multipart(t)));
}
