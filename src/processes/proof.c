/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope, of receipts that come in an answer and of those that come by themselves: the
 * same rules for both.
 */
#include "processes/proof.h"

#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "processes/lateness.h"
#include "processes/tolerance.h"

void proof_init(struct proof *p)
{
	*p = (struct proof){ .room = mdn_room_init(), .mic = buf_init(MIC_TEXT_MAX) };
}

void proof_done(struct proof *p)
{
	mdn_room_done(&p->room);
	buf_done(&p->mic);
}

enum status mic_format(struct buf *out, const struct digest_value *mic, struct fault *f)
{
	base64_format(out, digest_slice(mic), 0);
	buf_putf(out, ", %s", digest_name(mic->kind));
	return buf_check(out, f);
}

/* Its signature may be of SHA-1 while that is excepted; it is flagged then. */
static enum status signed_open(struct proof *out, struct signature_facts *facts, struct slice type,
	struct slice body, const struct trusted *from, int64_t now_ns, struct fault *f)
{
	const struct agreement *agreement = from->partner->agreement;
	enum exception which;
	enum status status = mdn_open(&out->mdn, &out->room, facts, type, body, from->signers,
		from->signer_count, agreement->algorithms, now_ns, f);

	if (status == ST_OK)
		return status;
	TRY(exceptions_lift(&which, &agreement->exceptions, now_ns, f));
	TRY(mdn_open(&out->mdn, &out->room, facts, type, body, from->signers, from->signer_count,
		agreement->algorithms | ALG_BIT(ALG_SHA1), now_ns, f));
	exceptions_flag(&out->why, EXCEPTION_BIT(which), &agreement->exceptions);
	log_warning("exception-used", LOG_S("msg", out->mdn.original_message_id),
		LOG_T("partner", from->partner->sheet->id),
		LOG_T("algorithm", exception_name(which)), LOG_T("of", "receipt"));
	return ST_OK;
}

/* What it says to people, in one line; of a Tieline what is behind its list of fields. */
static void words_put(struct buf *out, const struct mdn *mdn)
{
	struct slice words = mdn->text, line;
	size_t at;

	if (mdn->fault_code.n != 0 && slice_find(&at, words, S("\r\n\r\n")))
		words = slice_from(words, at);
	while (words.n > 0) {
		slice_cut(&line, &words, words, '\n');
		line = slice_trim(line);
		if (out->n > 0 && line.n > 0)
			buf_put(out, S(" "));
		buf_put(out, line);
	}
}

/*
 * Software that cannot read a message often answers unsigned why.  It proves nothing, and ends
 * nothing; but the operator has to hear it.
 */
static void unsigned_quote(struct fault *f, struct slice type, struct slice body)
{
	AUTO_IN_PLACE(buf) words = buf_init(MDN_TEXT_MAX + 1);
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct mdn mdn;

	if (strcmp(f->code, "mdn.unsigned") != 0 ||
		mdn_open_unsigned(&mdn, &room, type, body, NULL) != ST_OK)
		return;
	words_put(&words, &mdn);
	fault_set(f, ST_AUTH, "mdn.unsigned",
		"the partner answered by a receipt that is not signed, want a signed one: "
		"%.*s%s%.*s",
		SLICE_FMT(mdn.disposition), words.n > 0 ? ": " : "",
		SLICE_FMT(buf_slice(&words)));
}

/*
 * The digest is another: some software signs its reports without the line end at their end.  Who
 * reads them then reads what was signed, so nothing is lost but a signature that others can verify
 * as it travels.
 */
static enum status cut_open(struct proof *out, struct signature_facts *facts, struct slice type,
	struct slice body, const struct trusted *from, int64_t now_ns, struct fault *f)
{
	const struct agreement *agreement = from->partner->agreement;
	const unsigned last = TOLERANCE_BIT(TOLERATE_LAST_LINE_ENDING);

	if (strcmp(f->code, "signature.digest") != 0 ||
		mdn_open_cut(&out->mdn, &out->room, facts, type, body, from->signers,
			from->signer_count, agreement->algorithms, now_ns, NULL) != ST_OK)
		return ST_AUTH;
	if (!(agreement_tolerates(agreement, now_ns) & last))
		return fault_set(f, ST_AUTH, "signature.digest",
			"the signature is over the receipt less the line end at its end, not over "
			"the part as it travels (RFC 4130 7.3.1); "
			"tolerate.last-line-ending in the agreement takes such");
	tolerance_signature_flag(&out->why, from->partner, last);
	return ST_OK;
}

static enum status receipt_open(struct proof *out, struct slice type, struct slice body,
	const struct trusted *from, int64_t now_ns, struct fault *f)
{
	const struct agreement *agreement = from->partner->agreement;
	struct signature_facts facts;
	struct fault why;

	out->signer = S("");
	if (agreement->as2.receipt == RECEIPT_UNSIGNED &&
		mdn_open_unsigned(&out->mdn, &out->room, type, body, &why) == ST_OK)
		return ST_OK;
	enum status status = signed_open(out, &facts, type, body, from, now_ns, &why);
	if (status != ST_OK && cut_open(out, &facts, type, body, from, now_ns, &why) != ST_OK) {
		unsigned_quote(&why, type, body);
		*f = why;
		return status;
	}
	for (size_t i = 0; i < sizeof(out->fingerprint); i++)
		out->fingerprint[i] = facts.fingerprint[i];
	out->signer = slice_of(out->fingerprint, sizeof(out->fingerprint));
	out->revocation = facts.revocation;
	(void)tolerance_flag(&out->why, from->partner, CERT_SIGN, out->signer.p, now_ns);
	return ST_OK;
}

/* As it was written: in quotes or not. */
static bool is_named(struct slice written, struct slice party)
{
	char room[PARTY_ID_MAX];
	struct slice name;

	return as2_name_read(&name, room, written, NULL) == ST_OK && slice_eq(name, party);
}

/*
 * Some software digests only what is signed (pyas2-lib): where we do not sign, that is agreed.  A
 * receipt that is not signed need not have a digest (RFC 4130 7.4.3): OpenAS2's have none.
 */
static enum status digest_holds(const struct mdn *mdn, bool is_signed, struct fault *f)
{
	if (mdn->odd_mic.n > 0)
		return fault_set(f, ST_INPUT, "mdn.mic.algorithm",
			"the receipt says processed, and its Received-Content-MIC is of no digest "
			"that was asked for: %.*s",
			SLICE_FMT(slice_to(mdn->odd_mic, 100)));
	if (is_signed)
		return fault_set(f, ST_INPUT, "mdn.mic.missing",
			"the receipt says processed but has no Received-Content-MIC");
	return ST_OK;
}

/*
 * The field must be there (RFC 8098 3.2.4).  Who signs for two names says in it for which; one that
 * is left out says nothing else than the signature does.
 */
static enum status recipient_holds(
	const struct mdn *mdn, const char *party, bool is_signed, struct fault *f)
{
	if (is_named(mdn->recipient, slice_str(party)) || (mdn->recipient.n == 0 && is_signed))
		return ST_OK;
	if (mdn->recipient.n == 0)
		return fault_set(f, ST_AUTH, "mdn.other-recipient",
			"neither a signature nor a Final-Recipient says whose the receipt is: want "
			"Final-Recipient: rfc822; %s", party);
	return fault_set(f, ST_AUTH, "mdn.other-recipient",
		"the receipt says that it is of '%.*s' (Final-Recipient), want the partner's AS2 name, "
		"%s", SLICE_FMT(slice_to(mdn->recipient, 60)), party);
}

static enum status receipt_holds(
	const struct mdn *mdn, const struct partner *partner, bool is_signed, struct fault *f)
{
	TRY(recipient_holds(mdn, partner->sheet->id, is_signed, f));
	if (mdn_accepts(mdn) && !mdn->has_mic && partner->agreement->as2.sign)
		return digest_holds(mdn, is_signed, f);
	return ST_OK;
}

/* Its own words, so that both sides show the same record. */
static void lateness_read(struct fault *why, const struct mdn *mdn)
{
	const struct lateness late = { .deadline_ns = mdn->deadline_ns,
		.received_ns = mdn->received_ns,
		.sent = mdn->sent,
		.clock = mdn->clock.quality };
	struct fault record;

	(void)lateness_fault(&record, &late);
	if (strcmp(why->code, record.code) == 0)
		fault_set(why, ST_AUTH, record.code, "%s", record.text);
}

/*
 * A Tieline's code and sentence say more than its disposition, which has one word for many
 * reasons; of others the disposition comes first.
 */
static void refusal_read(struct fault *why, const struct mdn *mdn)
{
	char code[FAULT_CODE_MAX] = "partner.refused";
	AUTO_IN_PLACE(buf) words = buf_init(MDN_TEXT_MAX + 1);

	if (mdn->fault_code.n != 0)
		(void)!slice_to_text(code, sizeof(code), mdn->fault_code, NULL);
	words_put(&words, mdn);
	if (mdn->fault_code.n == 0 || words.n == 0)
		fault_set(why, ST_AUTH, code, "the partner answered: %.*s%s%.*s",
			SLICE_FMT(mdn->disposition), words.n > 0 ? ": " : "",
			SLICE_FMT(buf_slice(&words)));
	else
		fault_set(why, ST_AUTH, code, "the partner answered: %.*s",
			SLICE_FMT(buf_slice(&words)));
	if (mdn->deadline_ns != 0)
		lateness_read(why, mdn);
}

/* The flag says to when; where no digest is needed, one that is not taken counts as none. */
static enum status old_digest_holds(
	struct proof *p, const struct partner *partner, int64_t now_ns, struct fault *f)
{
	const struct exceptions *agreed = &partner->agreement->exceptions;
	struct fault why = { 0 };
	enum exception which;

	if (!p->mdn.has_mic || p->mdn.mic.kind < DIGESTS || !mdn_accepts(&p->mdn))
		return ST_OK;
	fault_set(&why, ST_INPUT, "mdn.mic.algorithm.sha-1",
		"the receipt's digest (Received-Content-MIC) is of SHA-1, sha-256 was asked for: the "
		"partner sets its software to that; `legacy` in its agreement can take sha-1 to a "
		"day");
	if (exceptions_lift(&which, agreed, now_ns, &why) == ST_OK) {
		exceptions_flag(&p->why, EXCEPTION_BIT(which), agreed);
		log_warning("exception-used", LOG_S("msg", p->mdn.original_message_id),
			LOG_T("partner", partner->sheet->id),
			LOG_T("algorithm", exception_name(which)), LOG_T("of", "receipt's digest"));
		return ST_OK;
	}
	p->mdn.has_mic = false;
	if (!partner->agreement->as2.sign)
		return ST_OK;
	*f = why;
	return why.status;
}

enum status proof_read(struct proof *out, struct slice type, struct slice body,
	const struct trusted *from, int64_t now_ns, struct fault *f)
{
	TRY(receipt_open(out, type, body, from, now_ns, f));
	TRY(old_digest_holds(out, from->partner, now_ns, f));
	TRY(receipt_holds(&out->mdn, from->partner, out->signer.n > 0, f));
	return out->mdn.has_mic ? mic_format(&out->mic, &out->mdn.mic, f) : ST_OK;
}

/* What is tolerated of the partner's software is more urgent than what it has to say. */
static void warning_read(struct fault *why, const struct mdn *mdn)
{
	AUTO_IN_PLACE(buf) words = buf_init(MDN_TEXT_MAX + 1);

	if (!mdn_warns(mdn) || why->code[0])
		return;
	words_put(&words, mdn);
	fault_set(why, ST_AUTH, "partner.warning", "the partner took it, and warns: %.*s%s%.*s",
		SLICE_FMT(mdn->disposition), words.n > 0 ? ": " : "",
		SLICE_FMT(buf_slice(&words)));
}

struct verb_settle proof_settlement(struct proof *p)
{
	bool accepted = mdn_accepts(&p->mdn);

	if (accepted)
		warning_read(&p->why, &p->mdn);
	else
		refusal_read(&p->why, &p->mdn);
	return (struct verb_settle){
		.state = accepted ? DELIVERY_DELIVERED : DELIVERY_REFUSED,
		.mic = buf_slice(&p->mic),
		.signer = p->signer,
		.code = slice_str(p->why.code),
		.text = slice_str(p->why.text),
		.receipt_ns = p->mdn.received_ns,
		.made_ns = p->mdn.clock.at_ns,
	};
}
