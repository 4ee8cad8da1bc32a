/* SPDX-License-Identifier: Apache-2.0 */
/* A message: a document on its way, and the rules its names follow. */
#ifndef TIELINE_EXCHANGE_MESSAGE_H
#define TIELINE_EXCHANGE_MESSAGE_H

#include "base/buf.h"
#include "exchange/area.h"

/* Bytes without the angle brackets (rfc4130bis): what may come, and what is sent. */
#define MESSAGE_ID_MAX 998
#define MESSAGE_ID_SENT_MAX 255
#define PARTY_ID_MAX 128       /* AS2-From, AS2-To (RFC 4130 6.2) */
#define FILENAME_MAX_BYTES 255 /* UTF-8; data, never a path */
#define MEDIA_TYPE_MAX 127
#define DIGEST_SIZE 32         /* SHA-256 */
#define SEALED_DIGEST_SIZE 36  /* of a sealed form: safeguards/sealed_digest.h */

/*
 * Without brackets: printable ASCII except '<' and '>', no blanks, at most
 * MESSAGE_ID_MAX.  ST_INPUT "message.id.syntax" | ST_LIMIT "message.id.length".
 */
NODISCARD enum status message_id_check(struct slice id, struct fault *f);
/* Takes one pair of brackets off, if there, and checks. *out is borrowed from `text`. */
NODISCARD enum status message_id_parse(struct slice *out, struct slice text, struct fault *f);
/* "018f...@party": UUIDv7 and the party, blanks and specials of which become '-'. */
void message_id_new(struct buf *out, struct slice party_id, int64_t utc_ns);
/* "answer-9f3a...@party": the same for the same digest: what is answered is answered once. */
void message_id_answer(struct buf *out, struct slice party_id, struct slice digest);
/* Whether it looks like one of these: ours, of what is sent. */
bool message_id_is_answer(struct slice id);
/* "copy-9f3a...@party", likewise. */
void message_id_copy(struct buf *out, struct slice party_id, struct slice digest);

/*
 * AS2 name (RFC 4130 6.2): 1..PARTY_ID_MAX printable ASCII, case-sensitive; blanks only inside.
 * ST_INPUT "party.id.syntax" | ST_LIMIT "party.id.length".
 */
NODISCARD enum status party_id_check(struct slice id, struct fault *f);

/*
 * "type/subtype", each an RFC 2045 5.1 token, either case, no parameters.
 * ST_INPUT "media-type.syntax" | ST_LIMIT "media-type.length".
 */
NODISCARD enum status media_type_check(struct slice type, struct fault *f);
/* "multipart/...", lower case: it is an entity of several documents (bindings/related.h). */
bool media_type_is_several(struct slice type);

#endif
