/* SPDX-License-Identifier: Apache-2.0 */
/* Used by fsck.c, of rows and spool files alike. */
#include "cli/evidence_check.h"

#include <string.h>

#include "base/codec.h"
#include "bindings/mdn.h"
#include "bindings/mime.h"
#include "exchange/message.h"
#include "safeguards/authority.h"
#include "safeguards/cms_certs.h"

#define EVERY_ALGORITHM (~0u) /* what is agreed was asked when it came */
#define CANDIDATES_MAX (CMS_CERTS_MAX + SHEET_CERTS_MAX + KEYRING_MAX)

struct checking {
	const struct audit_message *m;
	const struct evidence_keys *keys;
	struct slice parcel;
	evidence_say *say;
	void *context;
};

static void say(const struct checking *c, enum audit_rule rule, const char *found)
{
	c->say(c->context, rule, slice_str(found));
}

/* --- who may have signed it --- */

struct candidates {
	struct cert *list[CANDIDATES_MAX];
	size_t count;
};

static void candidates_done(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		cert_free(c->list[i]);
}
DEFINE_AUTO_IN_PLACE(candidates)

static void candidate_add(struct candidates *c, struct cert *cert)
{
	if (c->count < CANDIDATES_MAX)
		c->list[c->count++] = cert_ref(cert);
}

/* Of our own any that our root issued. */
static void ours_add(struct candidates *out, const struct checking *c, const struct cms_certs *in)
{
	const struct keyring *ring = c->keys->ring;

	for (size_t i = 0; i < in->count; i++)
		if (authority_issued(c->keys->root, in->list[i]))
			candidate_add(out, in->list[i]);
	for (size_t i = 0; i < ring->count; i++)
		if (ring->certs[i].use == CERT_SIGN)
			candidate_add(out, ring->certs[i].cert);
}

static bool is_meant(const struct cert *cert, struct slice fingerprint)
{
	return fingerprint.n == 0 || slice_eq(cert_fingerprint(cert), fingerprint);
}

static void sheet_add(struct candidates *out, const struct sheet *sheet, struct slice fingerprint)
{
	for (size_t i = 0; i < sheet->cert_count; i++) {
		AUTO(cert) cert = NULL;
		if (sheet->certs[i].use == CERT_SIGN &&
			cert_parse_der(&cert, buf_slice(&sheet->certs[i].der), NULL) == ST_OK &&
			is_meant(cert, fingerprint))
			candidate_add(out, cert);
	}
}

/* The one with that fingerprint, wherever it is; nobody's word inside counts without it. */
static void theirs_add(struct candidates *out, const struct checking *c, const struct cms_certs *in)
{
	struct slice fingerprint = c->m->signer;
	size_t index;

	for (size_t i = 0; fingerprint.n > 0 && i < in->count; i++)
		if (is_meant(in->list[i], fingerprint))
			candidate_add(out, in->list[i]);
	if (registry_find(&index, c->keys->registry, c->m->m.partner, NULL) == ST_OK)
		sheet_add(out, registry_partner(c->keys->registry, index)->sheet, fingerprint);
}

/* --- signatures --- */

static int64_t time_within(const struct cert *cert, int64_t at_ns)
{
	if (at_ns < cert_not_before_ns(cert))
		return cert_not_before_ns(cert);
	return at_ns > cert_not_after_ns(cert) ? cert_not_after_ns(cert) : at_ns;
}

/* Some software signs without the last line end (proof.c): that was tolerated, and is no damage. */
static enum status candidate_check(const struct cert *cert, struct slice der, struct slice content,
	int64_t at_ns, struct fault *f)
{
	const struct cert *one[] = { cert };
	int64_t when = time_within(cert, at_ns);
	struct signature_facts facts;
	enum status st =
		signature_check(&facts, der, content, one, 1, EVERY_ALGORITHM, when, f);

	if (st == ST_OK || strcmp(f->code, "signature.digest") != 0 || content.n < 2 ||
		!slice_eq(slice_sub(content, content.n - 2, 2), S("\r\n")))
		return st;
	return signature_check(&facts, der, slice_to(content, content.n - 2), one, 1,
		       EVERY_ALGORITHM, when, NULL) == ST_OK
		? ST_OK
		: st;
}

static enum status candidates_check(const struct candidates *who, struct slice der,
	struct slice content, int64_t at_ns, struct fault *f)
{
	enum status st = fault_set(f, ST_AUTH, "signature.unknown-signer", "no certificate");

	for (size_t i = 0; i < who->count; i++) {
		struct fault why;
		st = candidate_check(who->list[i], der, content, at_ns, &why);
		if (st == ST_OK)
			return st;
		if (strcmp(why.code, "signature.unknown-signer") != 0)
			*f = why;
	}
	return st;
}

static bool is_of_certificate(const struct fault *f)
{
	return strcmp(f->code, "signature.unknown-signer") == 0 ||
		strncmp(f->code, "cert.", 5) == 0;
}

/* Whether one of ours, or the partner's that the ledger names, signed exactly these bytes. */
static void signature_look(const struct checking *c, enum audit_rule rule, bool ours,
	struct slice der, struct slice content)
{
	AUTO_IN_PLACE(cms_certs) inside = { 0 };
	AUTO_IN_PLACE(candidates) who = { 0 };
	const struct ledger_message *m = &c->m->m;
	struct fault f;

	(void)!cms_certs_read(&inside, der, NULL);
	(ours ? ours_add : theirs_add)(&who, c, &inside);
	if (candidates_check(&who, der, content, m->settled_ns ? m->settled_ns : m->created_ns,
		    &f) == ST_OK)
		return;
	/* Who is not known any more cannot be told from who never was. */
	say(c, is_of_certificate(&f) ? AUDIT_SIGNER : rule, f.text);
}

/* --- the parcel --- */

static bool section_look(struct slice *out, const struct checking *c, struct section where)
{
	if (where.n > c->parcel.n || where.at > c->parcel.n - where.n)
		return false;
	*out = slice_sub(c->parcel, (size_t)where.at, (size_t)where.n);
	return true;
}

static bool document_look(const struct checking *c, struct slice document)
{
	AUTO_IN_PLACE(buf) text = buf_init(200);
	const struct ledger_message *m = &c->m->m;
	uint8_t digest[DIGEST_SIZE];

	digest_sha256(digest, document);
	if (slice_eq(slice_of(digest, sizeof(digest)), slice_of(m->digest, sizeof(m->digest))))
		return true;
	buf_put_text(&text, "its SHA-256 is ");
	hex_format(&text, slice_of(digest, sizeof(digest)));
	buf_put_text(&text, ", and was ");
	hex_format(&text, slice_of(m->digest, sizeof(m->digest)));
	say(c, AUDIT_DOCUMENT_DIGEST, buf_text(&text));
	return false;
}

static void part_look(const struct checking *c, struct slice part)
{
	struct digest_value stated, computed;

	if (c->m->m.mic.n == 0)
		return;
	if (mdn_mic_parse(&stated, c->m->m.mic, NULL) != ST_OK) {
		say(c, AUDIT_PART_DIGEST, "the row's digest cannot be read");
		return;
	}
	digest_compute(&computed, stated.kind, part);
	if (!digest_eq(&computed, &stated))
		say(c, AUDIT_PART_DIGEST, "the digests differ");
}

static void mark_look(const struct checking *c, const struct mime_headers *headers,
	const char *name, struct slice of_row)
{
	AUTO_IN_PLACE(buf) text = buf_init(400);
	struct slice marked;

	if (mime_header_find(&marked, headers, name, NULL) != ST_OK ||
		slice_eq(marked, of_row) ||
		(message_id_parse(&marked, marked, NULL) == ST_OK && slice_eq(marked, of_row)))
		return;
	buf_putf(&text, "%s is %.*s, the row says %.*s", name, SLICE_FMT(slice_to(marked, 100)),
		SLICE_FMT(slice_to(of_row, 100)));
	say(c, AUDIT_MARKS, buf_text(&text));
}

/* Partners with other software sign no marks; whom it was sent to may have several names here. */
static void marks_look(const struct checking *c, struct slice part)
{
	const struct ledger_message *m = &c->m->m;
	struct mime_headers headers;
	struct slice body;
	bool is_bare;

	if (mime_entity_parse(&headers, &body, &is_bare, part, NULL) != ST_OK)
		return;
	if ((unsigned)m->area < AREAS)
		mark_look(c, &headers, "Tieline-Area", slice_str(area_name(m->area)));
	mark_look(c, &headers, "Tieline-Message-ID", m->message_id);
	mark_look(c, &headers, m->direction == MESSAGE_OUT ? "Tieline-To" : "Tieline-From",
		m->partner);
}

static void parcel_look(struct slice *whole, const struct checking *c)
{
	struct slice part, document, signature;

	if (!section_look(&part, c, c->m->part) || !section_look(&document, c, c->m->document) ||
		!section_look(&signature, c, c->m->signature)) {
		say(c, AUDIT_SECTION, "a section ends behind the last byte");
		return;
	}
	if (document_look(c, document))
		*whole = document;
	part_look(c, part);
	if (!c->m->is_flagged)
		marks_look(c, part);
	/* A flag may say that the signature is over a variant of what came. */
	if (signature.n > 0 && !c->m->is_flagged)
		signature_look(
			c, AUDIT_SIGNATURE, c->m->m.direction == MESSAGE_OUT, signature, part);
}

/* --- the receipt --- */

/* What was refused, or tolerated, may state another digest: that is why. */
static void receipt_mic_look(const struct checking *c, const struct mdn *mdn)
{
	const struct ledger_message *m = &c->m->m;
	struct digest_value ours;

	if (c->m->is_flagged || !mdn->has_mic || mdn_mic_parse(&ours, m->mic, NULL) != ST_OK)
		return;
	if (!digest_eq(&mdn->mic, &ours))
		say(c, AUDIT_RECEIPT_MIC, "the digests differ");
}

static void receipt_time_look(const struct checking *c, const struct mdn *mdn)
{
	const struct ledger_message *m = &c->m->m;

	if (m->direction == MESSAGE_OUT && m->receipt_ns != mdn->received_ns)
		say(c, AUDIT_STATE, "the receipt says another time of arrival than the row");
}

static void receipt_signature_look(const struct checking *c)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	struct slice part, signature;
	struct fault f;

	if (mdn_signed_parts(&part, &signature, &scratch, c->m->receipt_type, c->m->receipt, &f) ==
		ST_OK)
		signature_look(c, AUDIT_RECEIPT_SIGNATURE, c->m->m.direction == MESSAGE_IN,
			signature, part);
	else if (f.status != ST_AUTH)
		say(c, AUDIT_RECEIPT_UNREAD, f.text);
}

static void receipt_look(const struct checking *c)
{
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct mdn mdn;
	struct fault f;

	if (!c->m->has_receipt)
		return;
	if (mdn_read(&mdn, &room, c->m->receipt_type, c->m->receipt, &f) != ST_OK) {
		say(c, AUDIT_RECEIPT_UNREAD, f.text);
		return;
	}
	if (!slice_eq(mdn.original_message_id, c->m->m.message_id))
		c->say(c->context, AUDIT_RECEIPT_OTHER, mdn.original_message_id);
	receipt_mic_look(c, &mdn);
	receipt_time_look(c, &mdn);
	receipt_signature_look(c);
}

void evidence_receipt_check(const struct audit_message *m, const struct evidence_keys *keys,
	evidence_say *to, void *context)
{
	const struct checking c = { m, keys, S(""), to, context };

	receipt_look(&c);
}

void evidence_check(struct slice *document, const struct audit_message *m, struct slice parcel,
	const struct evidence_keys *keys, evidence_say *to, void *context)
{
	const struct checking c = { m, keys, parcel, to, context };

	*document = S("");
	parcel_look(document, &c);
	receipt_look(&c);
}
