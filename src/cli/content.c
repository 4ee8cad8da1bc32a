/* SPDX-License-Identifier: Apache-2.0 */
/* Used by get, receipt and explain. */
#include "cli/content.h"

#include "bindings/mdn.h"
#include "cli/cli.h"
#include "cli/save.h"
#include "ledger/audit.h"
#include "processes/process.h"
#include "safeguards/digest.h"

#define ASK_TIMEOUT_MS 30000
#define HEAD_MAX 1024

struct fetching {
	struct content *content;
	struct fault fault;
	enum status status;
};

struct content content_init(void)
{
	return (struct content){ .type = buf_init(RECEIPT_TYPE_MAX),
		.filename = buf_init(FILENAME_MAX_BYTES),
		.fd = -1 };
}

void content_done(struct content *c)
{
	buf_done(&c->type);
	buf_done(&c->filename);
	fd_close(&c->fd);
}

static enum status content_take(struct content *c, struct ipc_packet *packet, struct fault *f)
{
	struct verb_content body;

	TRY(ipc_body_parse(&body, packet, f));
	c->at = body.at;
	c->n = body.n;
	c->fd = FD_TAKE(packet->fd);
	c->has_digest = body.digest.n == sizeof(c->digest);
	for (size_t i = 0; c->has_digest && i < sizeof(c->digest); i++)
		c->digest[i] = body.digest.p[i];
	buf_put(&c->type, body.type);
	buf_put(&c->filename, body.filename);
	return ST_OK;
}

static enum status end_take(const struct ipc_packet *packet, struct fault *f)
{
	struct verb_fault end;

	if (packet->code != VERB_END)
		return fault_set(f, ST_HOST, "gateway.answer", "the gateway answered with %s",
			packet->type->name);
	TRY(ipc_body_parse(&end, packet, f));
	fault_from_verb(f, end.status, end.code, end.text);
	return f->status;
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	struct fetching *x = context;

	x->status = packet->code == VERB_CONTENT ? content_take(x->content, packet, &x->fault)
						 : end_take(packet, &x->fault);
	return true;
}

enum status content_fetch(
	struct content *c, struct desk_client *desk, const struct verb_get *ask, struct fault *f)
{
	struct fetching x = { .content = c };

	TRY(desk_client_ask(desk, VERB_GET, ask, -1, ASK_TIMEOUT_MS, on_answer, &x, f));
	if (x.status != ST_OK)
		*f = x.fault;
	return x.status;
}

static enum status fetch(
	struct content *c, const char *home, const struct verb_get *ask, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	return content_fetch(c, desk, ask, f);
}

/* Nothing of a document is written unless all of it is what was received or sent. */
static enum status intact_check(const struct content *x, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	uint8_t digest[DIGEST_SIZE];

	if (!x->has_digest)
		return ST_OK;
	TRY(mapping_init(&map, x->fd, UINT64_MAX, f));
	digest_sha256(digest, slice_sub(map.bytes, (size_t)x->at, (size_t)x->n));
	if (!slice_eq(slice_of(digest, sizeof(digest)), slice_of(x->digest, sizeof(x->digest))))
		return fault_set(f, ST_HOST, "ledger.corrupt", "%s: %s",
			audit_words(AUDIT_DOCUMENT_DIGEST)->means,
			audit_words(AUDIT_DOCUMENT_DIGEST)->mend);
	return ST_OK;
}

int content_get(struct content *out, const struct arguments *a, enum ledger_content content)
{
	static const struct selection_options at = { CONTENT_INBOX, CONTENT_OUTBOX,
		CONTENT_PARTNER };
	const char *home = home_path(a->values[CONTENT_HOME]);
	struct selection which;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (selection_read(&which, a, &at, &f) != ST_OK)
		return fail(&f, NULL);
	struct verb_get ask = { .content = content,
		.message_id = which.message_id,
		.partner = which.partner,
		.in = which.in,
		.out = which.out };
	if (fetch(out, home, &ask, &f) != ST_OK || intact_check(out, &f) != ST_OK)
		return fail(&f, NULL);
	return -1;
}

int content_run(const struct arguments *a, enum ledger_content content, bool with_type)
{
	AUTO_IN_PLACE(buf) head = buf_init(HEAD_MAX);
	AUTO_IN_PLACE(content) x = content_init();
	int code = content_get(&x, a, content);
	struct fault f;

	if (code >= 0)
		return code;
	if (with_type)
		buf_putf(&head, "MIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n",
			buf_text(&x.type));
	return save_section(a->values[CONTENT_OUTPUT], buf_slice(&head), x.fd, x.at, x.n, &f) ==
			ST_OK
		? EXIT_DONE
		: fail(&f, NULL);
}
