/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner signs may be hostile, too: the input is the signed part, headers and content, and
 * it is signed here, so that what is read behind a signature is reached.  Whatever is accepted is
 * bound to its message, lies within what was signed, and has the digest of just that.
 */
#include "../unit/as2_parties.h"
#include "bindings/multipart_signed.h"

#define SIZE_MAX_HERE 16384
#define ROOM_MAX (4 * SIZE_MAX_HERE)
#define TYPE S("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"=_b\"")
#define MESSAGE_ID S("1@SUNNY-DER")

static void message_make(struct buf *body, struct slice part)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	const struct signer signer = signer_of(&parties[AGGREGATOR]);
	struct fault f = { 0 };

	must(sign_whole(&der, part, &signer, NOW, &f), &f);
	multipart_signed_begin(body, "=_b");
	buf_put(body, part);
	multipart_signed_end(body, "=_b", buf_slice(&der));
}

static struct as2_receiver receiver_of(enum area area)
{
	static const struct cert *signers[1];
	static struct area_rules rules = { .otherwise = AREA_BILLING };

	signers[0] = parties[AGGREGATOR].sign;
	return (struct as2_receiver){ .own_id = slice_str(parties[UTILITY].id),
		.partner_id = slice_str(parties[AGGREGATOR].id),
		.signers = signers,
		.signer_count = 1,
		.terms = { .sign = true, .marked = area != AREAS },
		.area = area,
		.area_rules = &rules,
		.now_ns = NOW };
}

static void accepted_check(
	const struct as2_opened *o, struct slice part, const struct as2_receiver *r)
{
	struct digest_value mic;

	if (!(o->layers & AS2_LAYER_BIT(AS2_SIGNED)) || !slice_eq(o->part, part))
		bug("another part than was signed");
	digest_compute(&mic, o->mic.kind, part);
	if (!digest_eq(&mic, &o->mic))
		bug("the digest of something else");
	if (!o->document_is_apart && o->document.n > 0 &&
		(o->document.p < o->part.p ||
			o->document.p + o->document.n > o->part.p + o->part.n))
		bug("a document outside of what was signed");
	if (r->area != AREAS && o->area != r->area)
		bug("a message of another area");
	if (o->area >= AREAS || o->deadline_ns < 0 || o->filename.n > FILENAME_MAX_BYTES)
		bug("area %d, deadline %lld", (int)o->area, (long long)o->deadline_ns);
}

static void open_for(struct slice part, struct slice body, enum area area)
{
	struct as2_head head = { .from = slice_str(parties[AGGREGATOR].id),
		.to = slice_str(parties[UTILITY].id),
		.message_id = MESSAGE_ID,
		.content_type = TYPE,
		.disposition_to = S("a") };
	struct as2_receiver receiver = receiver_of(area);
	AUTO_IN_PLACE(as2_opened) opened;
	struct fault f = { 0 };

	as2_opened_init(&opened, ROOM_MAX, -1);
	if (as2_open(&opened, &head, body, &receiver, &f) == ST_OK)
		accepted_check(&opened, part, &receiver);
	else if (!f.code[0] || !f.text[0])
		bug("refused without a word");
}

/* A line that is the boundary would end the part: then something else was signed than is read. */
static bool has_boundary(struct slice part)
{
	size_t at;

	return slice_find(&at, part, S("--=_b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice part = slice_to(slice_of(data, size), SIZE_MAX_HERE);
	AUTO_IN_PLACE(buf) body = buf_init(ROOM_MAX);

	if (!parties[AGGREGATOR].sign)
		parties_make(NULL);
	if (has_boundary(part))
		return 0;
	message_make(&body, part);
	open_for(part, buf_slice(&body), AREA_BILLING);
	open_for(part, buf_slice(&body), AREAS);
	return 0;
}
