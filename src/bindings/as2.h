/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of AS2 messages (RFC 4130 6, rfc4130bis).  Messages are made by as2_seal.h and opened by
 * as2_open.h.
 */
#ifndef TIELINE_BINDINGS_AS2_H
#define TIELINE_BINDINGS_AS2_H

#include "base/buf.h"
#include "exchange/message.h"

#define AS2_HEAD_MAX 8192 /* bytes of the AS2 and content headers of a message or receipt */
#define AS2_PRODUCT "tieline"
/*
 * What we say of ourselves in every message and receipt.  1.2 promises the features (RFC 6017),
 * 1.3 is rfc4130bis and waits until that is an RFC: products are known to compare the number.
 */
#define AS2_ANNOUNCED \
	"AS2-Version: 1.2\r\n" \
	"EDIINT-Features: multiple-attachments, AS2-Reliability\r\n" \
	"AS2-Product: " AS2_PRODUCT ":" TIELINE_VERSION "\r\n"

/*
 * The headers that matter, from an HTTP header block.  All slices point into that block, but from
 * and to may point into `names`: a head is never copied.
 */
struct as2_head {
	struct slice from, to;         /* AS2-From, AS2-To, quotes and escapes off */
	struct slice message_id;       /* without brackets, and not checked: as2_id_check */
	bool id_is_bare;               /* it came without brackets */
	struct slice version;          /* AS2-Version, "1.0" when absent */
	struct slice product, features; /* AS2-Product, EDIINT-Features: for people */
	struct slice content_type;     /* whole value */
	struct slice content_encoding; /* Content-Transfer-Encoding */
	struct slice content_disposition;
	struct slice subject;
	struct slice disposition_to; /* Disposition-Notification-To: a receipt is wanted */
	struct slice disposition_options;
	struct slice receipt_delivery; /* Receipt-Delivery-Option: reported, never followed */
	char names[2][PARTY_ID_MAX];   /* what had escapes in it */
};

/*
 * An AS2 name as a header has it (RFC 4130 6.2): quoted when it has blanks, quotes or backslashes.
 * `name` is one of party_id_check.
 */
void as2_name_put(struct buf *out, struct slice name);
/*
 * Takes quotes and escapes off; blanks are taken without quotes, too, because products send them.
 * *out points into `text` or, when something was escaped, into `room`.  ST_INPUT "as2.name",
 * "party.id.syntax" | ST_LIMIT "party.id.length".
 */
NODISCARD enum status as2_name_read(
	struct slice *out, char room[PARTY_ID_MAX], struct slice text, struct fault *f);

/*
 * `block`: "Name: value" CRLF lines.  ST_INPUT "as2.header.missing" (names it) |
 * "as2.header.syntax" | "as2.version" | "mime.header...", ST_LIMIT "mime.header.size" |
 * "mime.header.count".
 */
NODISCARD enum status as2_head_parse(struct as2_head *out, struct slice block, struct fault *f);
/*
 * A receipt may be without a Message-ID, a message may not; who sends a malformed one is told so in
 * a receipt for it (rfc4130bis).  ST_INPUT "as2.header.missing" | "message.id.syntax", ST_LIMIT
 * "message.id.length".
 */
NODISCARD enum status as2_id_check(const struct as2_head *, struct fault *f);
/*
 * Appends only the lines as2_head_parse reads: what an edge hands on.  ST_LIMIT "as2.header.size"
 * over AS2_HEAD_MAX or the maximum of `out`; "mime.header..." as above.
 */
NODISCARD enum status as2_head_select(struct buf *out, struct slice block, struct fault *f);

#endif
