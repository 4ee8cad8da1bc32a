/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for the tests of the ledger: made from a draft, compared with it byte by byte. */
#ifndef TIELINE_TESTS_LEDGER_MESSAGES_H
#define TIELINE_TESTS_LEDGER_MESSAGES_H

#include "ledger_house.h"

#include "ledger/ledger.h"
#include "safeguards/digest.h"
#include "safeguards/sealed_digest.h"

#define DOCUMENT_MAX (1 << 20)
#define LARGE (LEDGER_INLINE_MAX + 1)
#define OWNER 3 /* of spool files */

/* What a test cares to say of a message; 0 and NULL stand for something usual. */
struct draft {
	const char *id, *partner;
	uint64_t size;
	enum area area;
	enum delivery state; /* READY or RECEIVED */
	int64_t created_ns, deadline_ns, alarm_ns;
	uint8_t variant; /* of the document's bytes */
	const char *mic; /* NULL: that of all others */
	bool unread;     /* REJECTED, and nobody knows which document it has */
	struct ledger_wish wish;
	const char *type; /* NULL: application/xml */
	const char *scope; /* NULL: no real-time data */
	int64_t sequence;
	bool is_opaque;
	const char *like; /* the id whose bytes it has; NULL: bytes of its own */
};

#define DRAFT_CREATED_NS 1000
#define DRAFT_DEADLINE_NS 1000000

static inline struct slice draft_partner(const struct draft *d)
{
	return slice_str(d->partner ? d->partner : "acme");
}

/* Bytes that depend on the message, so that no other's can stand in for them. */
static inline void document_put(struct buf *out, const struct draft *d)
{
	uint8_t seed = d->variant;

	for (const char *c = d->like ? d->like : d->id; *c; c++)
		seed = (uint8_t)(seed * 31 + *c);
	for (uint64_t i = 0; i < d->size; i++)
		buf_put_u8(out, (uint8_t)(seed + i * 7 + i / 251));
}

struct parcel {
	struct buf bytes;
	struct section part, document, signature, last; /* last: sealed form or receipt */
	struct sealed_digest last_digest;
};

static inline struct section parcel_put(struct buf *out, const char *text)
{
	struct section where = { out->n, strlen(text) };

	buf_put_text(out, text);
	return where;
}

/* The document lies within the signed part, as in life. */
static inline void parcel_init(struct parcel *p, const struct draft *d, const char *last)
{
	char text[512];

	*p = (struct parcel){ .bytes = buf_init(DOCUMENT_MAX + 4096) };
	buf_put_text(&p->bytes, "Content-Type: x/y\r\n\r\n");
	p->document.at = p->bytes.n;
	document_put(&p->bytes, d);
	p->document.n = d->size;
	p->part.n = p->bytes.n;
	snprintf(text, sizeof(text), "signature of %s", d->id);
	p->signature = parcel_put(&p->bytes, text);
	snprintf(text, sizeof(text), "%s %s", last, d->id);
	p->last = parcel_put(&p->bytes, text);
	sealed_digest_compute(&p->last_digest, slice_str(text));
}

static inline void parcel_done(struct parcel *p)
{
	buf_done(&p->bytes);
}
DEFINE_AUTO_IN_PLACE(parcel)

/* A spool file for what is large, as the envelope asks for one; else a memory file. */
static inline int parcel_file(struct ledger *l, const struct parcel *p, uint64_t size)
{
	struct fault f = { 0 };
	int fd = -1;

	if (size > LEDGER_INLINE_MAX) {
		expect_fault("spool", ledger_spool_file(&fd, l, OWNER, 1, &f), &f, ST_OK, NULL);
		expect_fault("write", fd_write_all(fd, buf_slice(&p->bytes), &f), &f, ST_OK, NULL);
	} else {
		expect_fault("memory", memory_file_new(&fd, "parcel", buf_slice(&p->bytes), &f), &f,
			ST_OK, NULL);
	}
	return fd;
}

static inline struct ledger_message draft_message(const struct draft *d, const struct parcel *p)
{
	struct ledger_message m = {
		.state = d->state,
		.area = d->area,
		.partner = draft_partner(d),
		.message_id = slice_str(d->id),
		.media_type = d->type ? slice_str(d->type) : S("application/xml"),
		.filename = S("invoice.xml"),
		.size = d->size,
		.mic = d->mic ? slice_str(d->mic) : S("bWlj, sha-256"),
		.created_ns = d->created_ns ? d->created_ns : DRAFT_CREATED_NS,
		.attempts = d->state == DELIVERY_SENDING,
	};

	digest_sha256(m.digest, slice_sub(buf_slice(&p->bytes), p->document.at, p->document.n));
	return m;
}

static inline struct ledger_submission draft_submission(
	const struct draft *d, const struct parcel *p, int fd)
{
	struct ledger_submission s = {
		.message = draft_message(d, p),
		.part = p->part,
		.document = p->document,
		.signature = p->signature,
		.sealed = p->last,
		.sealed_digest = sealed_digest_slice(&p->last_digest),
		.headers = S("AS2-Version: 1.2\r\n"),
		.wish = d->wish,
		.scope = { slice_str(d->scope), d->sequence },
		.alarm_ns = d->alarm_ns,
		.parcel = fd,
	};

	s.message.direction = MESSAGE_OUT;
	s.message.deadline_ns = d->deadline_ns ? d->deadline_ns : DRAFT_DEADLINE_NS;
	return s;
}

static inline struct ledger_arrival draft_arrival(
	const struct draft *d, const struct parcel *p, int fd)
{
	struct ledger_arrival a = {
		.message = draft_message(d, p),
		.part = p->part,
		.document = p->document,
		.signature = p->signature,
		.receipt = p->last,
		.receipt_type = S("multipart/report"),
		.receipt_digest = sealed_digest_slice(&p->last_digest),
		.signer = S("0123456789abcdef0123456789abcdef"),
		.wish = d->wish,
		.scope = { slice_str(d->scope), d->sequence },
		.is_opaque = d->is_opaque,
		.parcel = fd,
	};

	a.message.direction = MESSAGE_IN;
	a.message.state = d->state ? d->state : DELIVERY_RECEIVED;
	a.message.settled_ns = a.message.created_ns;
	return a;
}

static inline enum status draft_submit(
	uint64_t *row, bool *repeated, struct ledger *l, const struct draft *d, struct fault *f)
{
	AUTO_IN_PLACE(parcel) p;

	parcel_init(&p, d, "sealed form of");
	AUTO_FD fd = parcel_file(l, &p, d->size);
	struct ledger_submission s = draft_submission(d, &p, fd);
	enum status st = ledger_submit(row, repeated, l, &s, f);
	ledger_spool_forget(l, OWNER, 1);
	return st;
}

/* Each receipt is another: it names its variant. */
static inline enum status draft_receive(
	uint64_t *row, struct ledger *l, const struct draft *d, struct fault *f)
{
	AUTO_IN_PLACE(parcel) p;
	char last[32];

	snprintf(last, sizeof(last), "receipt %u of", d->variant);
	parcel_init(&p, d, last);
	AUTO_FD fd = parcel_file(l, &p, d->size);
	struct ledger_arrival a = draft_arrival(d, &p, fd);
	if (a.message.state == DELIVERY_REJECTED)
		a.part = a.document = a.signature = (struct section){ 0, 0 };
	if (a.message.state == DELIVERY_REJECTED && !d->unread)
		a.came.digest = slice_of(a.message.digest, sizeof(a.message.digest));
	enum status st = ledger_receive(row, l, &a, f);
	ledger_spool_forget(l, OWNER, 1);
	return st;
}

static inline void content_read(
	struct buf *out, struct ledger *l, uint64_t row, enum ledger_content content)
{
	struct section where;
	struct slice type;
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	buf_clear(out);
	expect_fault("content", ledger_content(&fd, &where, &type, l, row, content, &f), &f, ST_OK,
		NULL);
	expect_fault("content", fd_read_at(out, fd, where.at, where.n, &f), &f, ST_OK, NULL);
}

static inline void expect_section(struct ledger *l, uint64_t row, enum ledger_content content,
	const char *name, const struct parcel *p, struct section where)
{
	AUTO_IN_PLACE(buf) got = buf_init(DOCUMENT_MAX + 4096);

	content_read(&got, l, row, content);
	if (!slice_eq(buf_slice(&got), slice_sub(buf_slice(&p->bytes), where.at, where.n)))
		fail_msg("%s: content %d differs", name, (int)content);
}

/* The message and all its bytes are there, as drafted. */
static inline void expect_whole(struct ledger *l, uint64_t row, const struct draft *d)
{
	AUTO_IN_PLACE(parcel) p;
	struct ledger_message m;
	struct fault f = { 0 };
	char last[32];

	expect_fault(d->id, ledger_get(&m, l, row, &f), &f, ST_OK, NULL);
	expect_slice(d->id, m.message_id, slice_str(d->id));
	expect_slice(d->id, m.partner, draft_partner(d));
	assert_int_equal(m.size, d->size);
	snprintf(last, sizeof(last), "receipt %u of", d->variant);
	parcel_init(&p, d, m.direction == MESSAGE_IN ? last : "");
	expect_section(l, row, CONTENT_DOCUMENT, d->id, &p, p.document);
	expect_section(l, row, CONTENT_PART, d->id, &p, p.part);
	expect_section(l, row, CONTENT_SIGNATURE, d->id, &p, p.signature);
	if (m.direction == MESSAGE_IN)
		expect_section(l, row, CONTENT_RECEIPT, d->id, &p, p.last);
}

#endif
