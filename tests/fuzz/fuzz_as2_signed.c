/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner signs may be hostile, too: the input is the signed part, headers and content, and
 * it is signed here, so that what is read behind a signature is reached.  Whatever is accepted is
 * bound to its message, lies within what was signed, and has the digest of just that.  Then the
 * signature is over something else than what is sent, near or far: what is taken nevertheless is
 * what is tolerated, and says so.
 */
#include "../unit/as2_parties.h"
#include "bindings/multipart_signed.h"

#define SIZE_MAX_HERE 16384
#define ROOM_MAX (4 * SIZE_MAX_HERE)
#define TYPE S("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"=_b\"")
#define MESSAGE_ID S("1@SUNNY-DER")

static void message_make(struct buf *body, struct slice part, struct slice what_is_signed)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	const struct signer signer = signer_of(&parties[AGGREGATOR]);
	struct fault f = { 0 };

	must(sign_whole(&der, what_is_signed, &signer, NOW, &f), &f);
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

/* As other software signs it: other line ends, another end, or something else altogether. */
static void near_put(struct buf *out, struct slice part)
{
	struct slice line, rest = part;

	if (part.n % 4 == 0)
		buf_put_text(out, "Content-Type: text/plain\r\n\r\nother");
	while (part.n % 4 == 1 && rest.n > 0) {
		bool has_end = slice_cut(&line, &rest, rest, '\n');
		bool has_cr = line.n > 0 && line.p[line.n - 1] == '\r';

		buf_put(out, slice_to(line, line.n - (has_cr && has_end)));
		buf_put_text(out, has_end ? "\n" : "");
	}
	if (part.n % 4 >= 2)
		buf_put(out, part);
	if (part.n % 4 == 3)
		buf_put_text(out, "\r\n");
}

static void near_open(struct slice part, unsigned tolerates)
{
	struct as2_head head = { .from = slice_str(parties[AGGREGATOR].id),
		.to = slice_str(parties[UTILITY].id),
		.message_id = MESSAGE_ID,
		.content_type = TYPE };
	struct as2_receiver receiver = receiver_of(AREAS);
	AUTO_IN_PLACE(buf) near = buf_init(ROOM_MAX), body = buf_init(ROOM_MAX);
	AUTO_IN_PLACE(as2_opened) opened;
	struct fault f = { 0 };

	near_put(&near, part);
	message_make(&body, part, buf_slice(&near));
	receiver.tolerates = tolerates;
	as2_opened_init(&opened, ROOM_MAX, -1);
	enum status st = as2_open(&opened, &head, buf_slice(&body), &receiver, &f);
	if (st == ST_OK && !slice_eq(buf_slice(&near), part) &&
		(opened.tolerated == 0 || opened.tolerated & ~tolerates))
		bug("taken, and it is not what was signed");
	if (st != ST_OK && (!f.code[0] || !f.text[0]))
		bug("refused without a word");
}

static void strangers_open(struct slice body)
{
	static const char *const names[] = { "SUNNY-DER", "SOMEBODY" };

	for (size_t i = 0; i < 2; i++) {
		struct as2_head head = { .from = slice_str(names[i]),
			.to = slice_str(names[!i]),
			.message_id = MESSAGE_ID,
			.content_type = TYPE };
		struct as2_receiver receiver = receiver_of(AREA_BILLING);
		AUTO_IN_PLACE(as2_opened) opened;

		as2_opened_init(&opened, ROOM_MAX, -1);
		if (as2_open(&opened, &head, body, &receiver, NULL) == ST_OK)
			bug("a message of or for somebody else");
	}
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
	message_make(&body, part, part);
	open_for(part, buf_slice(&body), AREA_BILLING);
	open_for(part, buf_slice(&body), AREAS);
	strangers_open(buf_slice(&body));
	near_open(part, 0);
	near_open(part, TOLERANCE_BIT(TOLERANCES) - 1);
	return 0;
}
