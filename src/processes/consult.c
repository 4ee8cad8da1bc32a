/* SPDX-License-Identifier: Apache-2.0 */
/* Used by envelope_permit.c.  Whose documents say nothing for the register, asks nothing. */
#include "processes/consult.h"

#include "ledger/register.h"

static enum status answer_read(
	struct fault *against, const struct ipc_packet *answer, struct fault *f)
{
	struct verb_consulted v;

	TRY(ipc_body_parse(&v, answer, f));
	if (v.status == ST_RETRY || v.status == ST_HOST) {
		fault_from_verb(f, v.status, v.code, v.text);
		return v.status;
	}
	if ((v.status == ST_OK) != (v.code.n == 0))
		return fault_set(f, ST_HOST, "ipc.field", "the register says %u and %.*s",
			v.status, SLICE_FMT(v.code));
	*against = (struct fault){ 0 };
	if (v.status != ST_OK)
		fault_from_verb(against, v.status, v.code, v.text);
	return ST_OK;
}

enum status consult_ask(struct fault *against, struct ipc *ledger, uint64_t id,
	const struct consultation *c, struct slice facts, struct fault *f)
{
	uint8_t packet[IPC_PACKET_MAX];
	struct ipc_packet answer;
	AUTO_FD fd = -1;

	if (!ledger)
		return fault_set(f, ST_RETRY, "ipc.closed", "the ledger is being restarted");
	TRY(memory_file_new(&fd, "facts", facts, f));
	const struct verb_consult body = { .direction = c->direction,
		.partner = c->partner,
		.message_id = slice_to(c->message_id, MESSAGE_ID_MAX),
		.came_ns = c->came_ns };
	const struct ipc_asking asking = { .code = VERB_CONSULT,
		.answer_code = VERB_CONSULTED,
		.id = id,
		.body = &body,
		.fd = fd,
		.timeout_ms = CONSULT_WAIT_MS };
	TRY(ipc_ask(&answer, packet, ledger, &asking, f));
	return answer_read(against, &answer, f);
}

static enum status policy_hold(
	struct consulted *out, const struct consultation *c, const struct fault *against,
	struct fault *f)
{
	if (register_refuses(against) && c->policy == REGISTRY_REFUSE) {
		*f = *against;
		return against->status;
	}
	out->flag = *against;
	return ST_OK;
}

enum status consult(struct consulted *out, struct process *self, const struct consultation *c,
	const struct der_facts *facts, struct fault *f)
{
	struct fault against = { 0 };

	*out = (struct consulted){ 0 };
	if (c->policy == REGISTRY_OFF)
		return ST_OK;
	if (der_facts_check(facts, &against) != ST_OK)
		return policy_hold(out, c, &against, f);
	if (facts->documents == 0)
		return ST_OK;
	uint64_t id = process_ticket(self);
	TRY(consult_ask(&against, process_link(self, ROLE_LEDGER, 0), id, c,
		buf_slice(facts->out), f));
	out->id = id;
	return policy_hold(out, c, &against, f);
}
