/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts of hostile bytes: as a report whose signature is not asked for, and, with its first line
 * as the Content-Type, as a signed receipt, which nobody here can have signed.  What is a report is
 * signed here, and must then be a receipt that says the same, also less its last line end.
 */
#include "../unit/as2_parties.h"
#include "bindings/mdn.h"
#include "bindings/multipart_signed.h"

#define ROOM_MAX (4 << 20)
#define TYPE                                                                        \
	S("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; " \
	  "boundary=\"=_b\"")
#define LINE_END S("\r\n")

static void same(const struct mdn *a, const struct mdn *b)
{
	if (!slice_eq(a->disposition, b->disposition) ||
		!slice_eq(a->original_message_id, b->original_message_id) ||
		a->has_mic != b->has_mic || (a->has_mic && !digest_eq(&a->mic, &b->mic)) ||
		mdn_accepts(a) != mdn_accepts(b))
		bug("signed, it is another receipt");
}

static void signed_make(struct buf *body, struct slice report, struct slice left_out)
{
	const struct signer signer = signer_of(&parties[AGGREGATOR]);
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f = { 0 };

	must(sign_whole(&der, slice_to(report, report.n - left_out.n), &signer, NOW, &f), &f);
	multipart_signed_begin(body, "=_b");
	buf_put(body, report);
	multipart_signed_end(body, "=_b", buf_slice(&der));
}

static void sign_and_open(const struct mdn *said, struct slice report, struct slice left_out)
{
	const struct cert *const signers[] = { parties[AGGREGATOR].sign };
	AUTO_IN_PLACE(buf) body = buf_init(ROOM_MAX);
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct signature_facts facts;
	struct fault f = { 0 };
	struct mdn mdn;

	signed_make(&body, report, left_out);
	if ((left_out.n ? mdn_open_cut : mdn_open)(&mdn, &room, &facts, TYPE, buf_slice(&body),
		    signers, 1, 0, NOW, &f) != ST_OK)
		bug("a report that was signed is refused: %s: %s", f.code, f.text);
	if (!left_out.n)
		same(said, &mdn);
	if (mdn_read(&mdn, &room, TYPE, buf_slice(&body), &f) != ST_OK)
		bug("what was verified cannot be read again: %s: %s", f.code, f.text);
	same(said, &mdn);
}

static bool ends_in_line(struct slice in)
{
	return in.n > LINE_END.n && slice_eq(slice_from(in, in.n - LINE_END.n), LINE_END);
}

static void report_sign(struct slice in)
{
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	AUTO_IN_PLACE(mdn_room) again = mdn_room_init();
	struct fault f = { 0 };
	struct mdn whole, cut;
	size_t at;

	if (slice_find(&at, in, S("--=_b")) || mdn_report_parse(&whole, &room, in, &f) != ST_OK)
		return;
	sign_and_open(&whole, in, S(""));
	if (ends_in_line(in) && mdn_report_parse(&cut, &again, slice_to(in, in.n - 2), &f) == ST_OK)
		sign_and_open(&whole, in, LINE_END);
}

static void start_once(void)
{
	struct fault f = { 0 };

	if (parties[AGGREGATOR].sign)
		return;
	must(crypto_init(&f), &f);
	party_make(&parties[AGGREGATOR]);
}

static void unsigned_open(struct slice type, struct slice body)
{
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	AUTO_IN_PLACE(mdn_room) other = mdn_room_init();
	struct fault f = { 0 };
	struct mdn mdn, again;

	if (mdn_open_unsigned(&mdn, &room, type, body, &f) == ST_OK) {
		if (mdn_read(&again, &other, type, body, &f) != ST_OK)
			bug("what was taken unsigned cannot be read again");
		same(&mdn, &again);
	} else if (!f.code[0]) {
		bug("refused without a code");
	}
	(void)!mdn_read(&again, &other, type, body, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct slice in = slice_of(data, size), type, body;
	struct signature_facts facts;
	struct fault f = { 0 };
	struct mdn mdn;

	start_once();
	if (mdn_report_parse(&mdn, &room, in, &f) == ST_OK && mdn_accepts(&mdn) &&
		mdn.disposition.n < sizeof("processed") - 1)
		bug("accepted without saying processed");
	report_sign(in);
	slice_cut(&type, &body, in, '\n');
	(void)mdn_is(slice_trim(type), body);
	unsigned_open(slice_trim(type), body);
	if (mdn_open(&mdn, &room, &facts, slice_trim(type), body, NULL, 0, 0, 0, &f) == ST_OK)
		bug("a receipt that nobody signed was accepted");
	return 0;
}
