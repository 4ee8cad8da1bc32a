/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar keeps what was asked, for each envelope, until its message is here or refused. */
#include "processes/ledger_learning.h"

#include "base/log.h"
#include "processes/ledger_terms.h"

enum status learning_check(struct house *h, struct ipc *link, uint64_t facts,
	enum direction_of_message direction, struct slice partner, struct slice message_id,
	struct fault *f)
{
	const struct partner *known = facts ? terms_partner(h, partner) : NULL;
	struct registrar_message m = { .facts = facts,
		.direction = direction,
		.partner = partner,
		.message_id = message_id,
		.policy = known ? known->agreement->documents.registry : REGISTRY_OFF };
	enum role role;

	if (facts == 0)
		return ST_OK;
	process_peer(&role, &m.envelope, h->process, link);
	return registrar_check(h->registrar, &m, f);
}

bool learning_is_judged(const struct house *h)
{
	return registrar_is_checked(h->registrar);
}

enum status learning_apply(struct house *h, uint64_t row, struct slice message_id,
	struct slice partner, struct fault *f)
{
	uint64_t findings;
	enum status st = registrar_apply(&findings, h->registrar, row, f);

	if (st == ST_OK)
		held_info(h->said, "registry-learned", LOG_S("msg", message_id),
			LOG_S("partner", partner), LOG_I("findings", findings));
	return st == ST_NONE ? ST_OK : st;
}

enum status learning_note(struct house *h, uint64_t row, struct fault *f)
{
	enum status st = registrar_note(h->registrar, row, f);

	return st == ST_NONE ? ST_OK : st;
}

void learning_done(struct house *h, struct ipc *link)
{
	enum role role;
	unsigned envelope;

	process_peer(&role, &envelope, h->process, link);
	registrar_done(h->registrar, envelope);
}

void house_consult(struct house *h, struct ipc *link, struct ipc_packet *packet)
{
	struct verb_consult v;
	struct fault against, f;
	enum role role;
	unsigned envelope;

	if (!house_hears(&v, packet))
		return;
	process_peer(&role, &envelope, h->process, link);
	struct verb_consulted answer = registrar_consult(
		h->registrar, envelope, packet->id, &v, FD_TAKE(packet->fd), &against);
	if (process_send(link, VERB_CONSULTED, packet->id, &answer, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_FAULT(&f));
}

enum status learning_void(struct house *h, uint64_t row, int64_t now_ns, struct fault *f)
{
	TRY(register_void(h->ledger, row, f));
	return ledger_copy_lost(h->ledger, row, now_ns, f);
}
