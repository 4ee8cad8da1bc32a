/* SPDX-License-Identifier: Apache-2.0 */
/* Used by get and receipt. */
#include "cli/content.h"

#include "cli/cli.h"
#include "cli/desk_client.h"
#include "cli/save.h"
#include "exchange/message.h"
#include "processes/process.h"

#define ASK_TIMEOUT_MS 30000
#define HEAD_MAX 1024

struct fetching {
	bool with_type;
	struct buf head;
	uint64_t at, n;
	int fd;
	struct fault fault;
	enum status status;
};

static enum status content_take(struct fetching *x, struct ipc_packet *packet, struct fault *f)
{
	struct verb_content body;

	TRY(ipc_body_parse(&body, packet, f));
	x->at = body.at;
	x->n = body.n;
	x->fd = FD_TAKE(packet->fd);
	if (x->with_type)
		buf_putf(&x->head, "MIME-Version: 1.0\r\nContent-Type: %.*s\r\n\r\n", SLICE_FMT(body.type));
	return ST_OK;
}

static enum status end_take(const struct ipc_packet *packet, struct fault *f)
{
	struct verb_fault end;

	if (packet->code != VERB_END)
		return fault_set(f, ST_HOST, "gateway.answer", "the gateway answered with %s", packet->type->name);
	TRY(ipc_body_parse(&end, packet, f));
	fault_from_verb(f, end.status, end.code, end.text);
	return f->status;
}

static bool on_answer(void *context, struct ipc_packet *packet)
{
	struct fetching *x = context;

	x->status = packet->code == VERB_CONTENT ? content_take(x, packet, &x->fault) : end_take(packet, &x->fault);
	return true;
}

static enum status fetch(struct fetching *x, const char *home, const struct verb_get *ask, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	TRY(desk_client_ask(desk, VERB_GET, ask, -1, ASK_TIMEOUT_MS, on_answer, x, f));
	if (x->status != ST_OK)
		*f = x->fault;
	return x->status;
}

int content_save(const struct arguments *a, const char *home, enum ledger_content content, const char *path, bool with_type)
{
	struct fetching x = { .with_type = with_type, .head = buf_init(HEAD_MAX), .fd = -1 };
	struct verb_get ask = { .content = content };
	struct fault f;
	int code = EXIT_DONE;

	if (message_id_parse(&ask.message_id, slice_str(a->operands[0]), &f) != ST_OK || fetch(&x, home, &ask, &f) != ST_OK
	    || save_section(path, buf_slice(&x.head), x.fd, x.at, x.n, &f) != ST_OK)
		code = fail(&f, NULL);
	buf_done(&x.head);
	fd_close(&x.fd);
	return code;
}
