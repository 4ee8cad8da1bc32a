/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an envelope does to a 2 KiB document and its receipt, in one process and with the
 * keyholder's answers given at once: seal, open, receipt made, receipt read.  Compare with
 * bench_crypto, which makes the bare OpenSSL calls for the same; what is more here is MIME and what
 * we check.  The last line is for scripts; `--count N` sets how many documents (for valgrind: few).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "bindings/as2_open.h"
#include "bindings/as2_seal.h"
#include "bindings/mdn.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"

#define DOCUMENT 2048
#define MESSAGE_MAX 65536
#define STEPS 4

static const char *const names[STEPS] = { "seal", "open", "receipt", "receipt_read" };

struct party {
	const char *id;
	struct key *root_key, *held[CERT_USES], *keys[CERT_USES];
	struct cert *root, *certs[CERT_USES];
	struct key_service service;
};

static void must(enum status st, const struct fault *f)
{
	if (st != ST_OK)
		die("bench envelope: %s (%s)", f->text, f->code);
}

static enum status serve(void *context, struct buf *out, unsigned number,
	const struct key_request *request, struct fault *f)
{
	const struct party *p = context;

	return key_serve(out, p->held[number], request, f);
}

static void party_make(struct party *p)
{
	struct fault f;

	p->service = (struct key_service){ serve, p };
	must(key_generate(&p->root_key, KEY_EC_P256, &f), &f);
	must(authority_make(&p->root, p->root_key, p->id, p->id, clock_utc_ns(), &f), &f);
	for (enum cert_use use = 0; use < CERT_USES; use++) {
		must(key_generate(&p->held[use], KEY_EC_P256, &f), &f);
		must(authority_issue(&p->certs[use], p->root, p->root_key, p->held[use], use, p->id,
			     p->id, "localhost", clock_utc_ns(), &f),
			&f);
		must(key_remote(&p->keys[use], p->certs[use], use, &p->service, &f), &f);
	}
}

struct exchange {
	struct party sender, receiver;
	struct as2_terms terms;
	struct as2_draft draft;
	struct slice document;
	int64_t step_ns[STEPS], at_ns;
};

static void step(struct exchange *x, unsigned which)
{
	int64_t now_ns = clock_mono_ns();

	x->step_ns[which] += now_ns - x->at_ns;
	x->at_ns = now_ns;
}

static enum status document_next(struct buf *to, void *context, struct fault *f)
{
	struct slice *rest = context;

	(void)f;
	buf_put(to, *rest);
	*rest = slice_from(*rest, rest->n);
	return ST_OK;
}

static void seal(struct as2_sealed *out, struct exchange *x)
{
	struct slice rest = x->document;
	const struct as2_content content = { document_next, &rest };
	const struct as2_sender sender = { .own_id = slice_str(x->sender.id),
		.partner_id = slice_str(x->receiver.id),
		.signer = { x->sender.certs[CERT_SIGN], x->sender.keys[CERT_SIGN] },
		.recipient = x->receiver.certs[CERT_ENCRYPT],
		.terms = x->terms };
	struct fault f;

	must(as2_seal(out, &x->draft, &sender, &content, &f), &f);
	step(x, 0);
}

static void open_it(struct as2_opened *out, struct as2_head *head, struct exchange *x,
	const struct as2_sealed *sealed)
{
	const struct opener opener = { x->receiver.certs[CERT_ENCRYPT],
		x->receiver.keys[CERT_ENCRYPT] };
	const struct cert *signer = x->sender.certs[CERT_SIGN];
	const struct as2_receiver receiver = { .own_id = slice_str(x->receiver.id),
		.openers = &opener,
		.opener_count = 1,
		.partner_id = slice_str(x->sender.id),
		.signers = &signer,
		.signer_count = 1,
		.terms = x->terms,
		.area = x->draft.area,
		.now_ns = clock_utc_ns() };
	struct fault f;

	must(as2_head_parse(head, buf_slice(&sealed->headers), &f), &f);
	must(as2_open(out, head, sealed->body, &receiver, &f), &f);
	step(x, 1);
}

static void receipt(
	struct exchange *x, const struct as2_head *head, const struct as2_opened *opened)
{
	AUTO_IN_PLACE(buf) type = buf_init(RECEIPT_TYPE_MAX), body = buf_init(RECEIPT_SIZE_MAX);
	const struct signer signer = { .cert = x->receiver.certs[CERT_SIGN],
		.key = x->receiver.keys[CERT_SIGN] };
	const struct cert *from = signer.cert;
	const struct mdn_draft draft = { .from = head->to,
		.to = head->from,
		.now_ns = clock_utc_ns(),
		.explanation = S("The message was verified and stored durably."),
		.mdn = { .original_message_id = head->message_id,
			.recipient = head->to,
			.disposition = S("processed"),
			.received_ns = clock_utc_ns(),
			.has_mic = true,
			.mic = opened->mic } };
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct signature_facts facts;
	struct mdn mdn;
	struct fault f;

	must(mdn_make(&type, &body, &draft, &signer, &f), &f);
	step(x, 2);
	must(mdn_open(&mdn, &room, &facts, buf_slice(&type), buf_slice(&body), &from, 1, 0,
		     clock_utc_ns(), &f), &f);
	step(x, 3);
}

static void one_document(struct exchange *x)
{
	AUTO_IN_PLACE(as2_sealed) sealed;
	AUTO_IN_PLACE(as2_opened) opened;
	struct as2_head head;

	x->at_ns = clock_mono_ns();
	as2_sealed_init(&sealed, DOCUMENT, -1);
	as2_opened_init(&opened, MESSAGE_MAX, -1);
	seal(&sealed, x);
	open_it(&opened, &head, x, &sealed);
	receipt(x, &head, &opened);
}

static void report(const struct exchange *x, unsigned count)
{
	int64_t all_ns = 0;

	for (unsigned s = 0; s < STEPS; s++)
		all_ns += x->step_ns[s];
	printf("bench envelope: docs_per_s=%.0f", 1e9 * count / (double)all_ns);
	for (unsigned s = 0; s < STEPS; s++)
		printf(" %s_us=%.1f", names[s], (double)x->step_ns[s] / 1e3 / count);
	printf("\n");
}

int main(int argc, char **argv)
{
	static struct exchange x = { .sender.id = "007909411", .receiver.id = "829517388" };
	uint8_t document[DOCUMENT];
	uint64_t count = 5000;
	struct fault f;

	if (argc == 3 && strcmp(argv[1], "--count") == 0 &&
		(slice_u64(&count, slice_str(argv[2]), &f) != ST_OK || count == 0))
		die("--count %s: not a number", argv[2]);
	must(crypto_init(&f), &f);
	random_bytes(document, sizeof(document));
	x.document = slice_of(document, sizeof(document));
	x.terms = (struct as2_terms){ .sign = true, .encrypt = true, .receipt = RECEIPT_SIGNED };
	x.draft = (struct as2_draft){ .area = AREA_BILLING,
		.message_id = S("0123456789abcdef@bench"),
		.media_type = S("application/octet-stream"),
		.filename = S("bench.bin"),
		.now_ns = clock_utc_ns() };
	party_make(&x.sender);
	party_make(&x.receiver);
	one_document(&x);
	for (unsigned s = 0; s < STEPS; s++)
		x.step_ns[s] = 0;
	for (uint64_t i = 0; i < count; i++)
		one_document(&x);
	report(&x, (unsigned)count);
	return 0;
}
