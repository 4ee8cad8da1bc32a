/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts: signed AS2 message disposition notifications (RFC 4130 7, RFC 8098).  Besides the
 * standard fields ours say when the message had wholly arrived (Tieline-Received) and when, by how
 * good a clock, the receipt was made (Tieline-Clock), in a refusal our fault code (Tieline-Fault),
 * of what was late its deadline and what it said of its sender's clock (Tieline-Deadline,
 * -Sender-Clock), and what was not right and tolerated (Tieline-Tolerated).
 */
#ifndef TIELINE_BINDINGS_MDN_H
#define TIELINE_BINDINGS_MDN_H

#include "base/clock_quality.h"
#include "bindings/as2.h"
#include "exchange/agreement.h"
#include "safeguards/signature.h"

#define RECEIPT_SIZE_MAX 65536 /* bytes of body, either way */
#define RECEIPT_TYPE_MAX 512   /* bytes of its Content-Type value */
#define MDN_TEXT_MAX 1024      /* bytes of what a receipt says to people that are kept */

struct mdn {
	struct slice original_message_id; /* without brackets */
	/* who reports: AS2 name; of a receipt read: as written, empty when it does not say */
	struct slice recipient;
	struct slice disposition;         /* after the ';': "processed", "processed/error: ..." */
	bool has_mic;
	/* Received-Content-MIC; of a receipt read perhaps of SHA-1: who takes it judges that */
	struct digest_value mic;
	struct slice odd_mic;         /* of a receipt read: one whose digest we do not have */
	struct slice reporting_agent; /* Reporting-UA, for troubleshooting */
	int64_t received_ns;          /* Tieline-Received, 0 when absent */
	struct slice fault_code;      /* Tieline-Fault, empty when absent */
	struct slice tolerated;       /* Tieline-Tolerated, of ours only; empty: nothing */
	struct clock_said clock;      /* Tieline-Clock: when it was made; at_ns 0 when absent */
	int64_t deadline_ns;          /* Tieline-Deadline, of what was late; 0 when absent */
	struct clock_said sent;       /* Tieline-Sender-Clock, likewise: as the message had it */
	struct slice text;            /* the human part, at most MDN_TEXT_MAX of it */
};

struct mdn_draft {
	struct mdn mdn;
	struct slice from, to;    /* AS2 names for the text */
	bool id_is_bare; /* the message named itself without brackets: so does the receipt */
	enum digest digest;       /* of the signature */
	struct slice explanation; /* for people, one paragraph of printable ASCII */
	int64_t now_ns;
};

/*
 * *content_type is the header value, *body the multipart/signed body; without a signer, for a
 * partner that wants no signature, the multipart/report alone.  What the draft holds is foreign
 * text: it is cut to one line of ASCII per field, but for the Message-ID, which is copied whole.
 * ST_RETRY from the key service.
 */
NODISCARD enum status mdn_make(struct buf *content_type, struct buf *body, const struct mdn_draft *,
	const struct signer *, struct fault *f);

/* Where parts that were base64 or quoted-printable are decoded: one receipt at a time. */
struct mdn_room {
	struct buf fields, text;
};
struct mdn_room mdn_room_init(void); /* allocates nothing yet */
void mdn_room_done(struct mdn_room *);
DEFINE_AUTO_IN_PLACE(mdn_room)

/*
 * Verifies and reads a receipt.  All slices point into body or `room`.  A boundary parameter that
 * is missing is taken from the body (pains 15).  ST_INPUT "mdn.field" (names it) | "mdn.report" |
 * "mime..." | "multipart-signed...", ST_AUTH "mdn.unsigned" | "signature..." | "cert...".
 */
NODISCARD enum status mdn_open(struct mdn *out, struct mdn_room *, struct signature_facts *facts,
	struct slice content_type, struct slice body, const struct cert *const *signers,
	size_t signer_count, unsigned algorithms, int64_t now_ns, struct fault *f);

/*
 * The same of a receipt whose signature is over its report less the line end at its end, as libas2
 * makes them.  Only what was signed is read.
 */
NODISCARD enum status mdn_open_cut(struct mdn *out, struct mdn_room *,
	struct signature_facts *facts, struct slice content_type, struct slice body,
	const struct cert *const *signers, size_t signer_count, unsigned algorithms,
	int64_t now_ns, struct fault *f);

/* A receipt that is not signed, where that is agreed.  As above, but nothing is proven. */
NODISCARD enum status mdn_open_unsigned(struct mdn *out, struct mdn_room *room,
	struct slice content_type, struct slice body, struct fault *f);

/*
 * A receipt that was verified when it came, read again: signed or not, nothing is verified here.
 * ST_INPUT as above.
 */
NODISCARD enum status mdn_read(struct mdn *out, struct mdn_room *room, struct slice content_type,
	struct slice body, struct fault *f);

/*
 * A receipt's signed part and the signature over it, which is appended to `scratch` when it was
 * base64.  Nothing is verified.  ST_AUTH "mdn.unsigned", ST_INPUT as above.
 */
NODISCARD enum status mdn_signed_parts(struct slice *part, struct slice *signature,
	struct buf *scratch, struct slice content_type, struct slice body, struct fault *f);

/*
 * "BASE64, ALGORITHM", as Received-Content-MIC has it; also with the algorithm in quotes, and with a
 * ';' and nothing after it.  SHA-1 is read, too.  ST_INPUT "mdn.field", ST_NONE
 * "digest.unknown".
 */
NODISCARD enum status mdn_mic_parse(struct digest_value *out, struct slice text, struct fault *f);

/* What kind of receipt a message asks for (RFC 4130 7.3). */
enum receipt_form mdn_wish(const struct as2_head *);
/* It asks for one in a connection of its own (7.3, Receipt-Delivery-Option). */
bool mdn_wished_later(const struct as2_head *);

/*
 * The HTTP header lines of a receipt, but its Content-Type: the AS2 names, a Message-ID of its own,
 * date and versions, each with CRLF.
 */
void mdn_head_format(struct buf *out, struct slice from, struct slice to, int64_t now_ns);

/*
 * Whether what came is a receipt and no message, signed or not, judged by its types alone and
 * verified by nothing: some software sends receipts where it sends messages.
 */
bool mdn_is(struct slice content_type, struct slice body);

/*
 * The multipart/report alone, unverified: what mdn_open reads once the signature stood, and what a
 * fuzzer wants.  `part` is the whole entity with its headers.  A notification may be encoded, may
 * lack the empty line before its fields, or have one more.  ST_INPUT "mdn.report" | "mdn.field" |
 * "mime...".  A Received-Content-MIC by a digest we do not support counts as none.
 */
NODISCARD enum status mdn_report_parse(
	struct mdn *out, struct mdn_room *room, struct slice part, struct fault *f);

/* "processed" without error or failure: the message was accepted. */
bool mdn_accepts(const struct mdn *);
/* "processed/warning: ...": it was, and the partner has something to say. */
bool mdn_warns(const struct mdn *);

#endif
