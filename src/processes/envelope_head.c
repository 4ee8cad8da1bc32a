/* SPDX-License-Identifier: Apache-2.0 */
/* Once an hour: it has no turn of its own, and takes as long as a receipt's signature. */
#include "processes/envelope_head.h"

#include "base/clock.h"
#include "base/log.h"
#include "ledger/heads.h"
#include "safeguards/signature.h"

static enum status head_read(
	struct chain_head *out, const struct verb_head *ask, struct fault *f)
{
	if (ask->hash.n != sizeof(out->hash))
		return fault_set(f, ST_INPUT, "ipc.field", "head: a hash of %zu bytes", ask->hash.n);
	out->place = ask->place;
	for (size_t i = 0; i < sizeof(out->hash); i++)
		out->hash[i] = ask->hash.p[i];
	return ST_OK;
}

static enum status head_sign(struct buf *signature, const struct process *self,
	const struct verb_head *ask, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(HEAD_TEXT_MAX);
	const struct signer ours = { .cert = self->own[CERT_SIGN], .key = self->keys[CERT_SIGN] };
	struct digest_value digest;
	struct chain_head head;

	TRY(head_read(&head, ask, f));
	head_text_put(&text, &head, ask->at_ns);
	digest_compute(&digest, DIGEST_SHA256, buf_slice(&text));
	TRY(signature_make(signature, &digest, &ours, clock_utc_ns(), f));
	return buf_check(signature, f);
}

void envelope_head_sign(struct process *self, struct ipc *ledger, struct ipc_packet *packet)
{
	AUTO_IN_PLACE(buf) signature = buf_init(HEAD_SIGNATURE_MAX);
	struct fault f = { .status = ST_OK };
	struct verb_head ask;

	if (ipc_body_parse(&ask, packet, &f) == ST_OK &&
		head_sign(&signature, self, &ask, &f) == ST_OK)
		f = (struct fault){ .status = ST_OK };
	struct verb_head_signed body = { .status = f.status,
		.code = slice_str(f.code),
		.text = slice_str(f.text),
		.signature = f.status == ST_OK ? buf_slice(&signature) : S("") };
	if (process_send(ledger, VERB_HEAD_SIGNED, packet->id, &body, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", "head-signed"), LOG_FAULT(&f));
}
