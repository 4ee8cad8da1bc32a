/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of messages, parties and types: what RFC 4130 and its revision allow, and
 * nothing that could break a header line.
 */
#include "exchange/message.h"

#include "base/codec.h"
#include "base/id.h"

#define SHOWN_MAX 60 /* bytes of a wrong name repeated in a fault */

static bool is_id_byte(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != '<' && c != '>';
}

static bool is_party_byte(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool is_alnum(uint8_t c)
{
	uint8_t letter = c | 0x20;

	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 2045 5.1 token. */
static bool is_token_byte(uint8_t c)
{
	size_t at;

	return is_alnum(c) || slice_find_byte(&at, S("!#$%&'*+-.^_`{|}~"), c);
}

/* RFC 5322 3.2.3 atext. */
static bool is_atom_byte(uint8_t c)
{
	size_t at;

	return is_alnum(c) || slice_find_byte(&at, S("!#$%&'*+-/=?^_`{|}~"), c);
}

/* True, and *at the first byte that is not allowed. */
static bool find_other(size_t *at, struct slice text, bool (*allowed)(uint8_t))
{
	for (size_t i = 0; i < text.n; i++)
		if (!allowed(text.p[i])) {
			*at = i;
			return true;
		}
	return false;
}

enum status message_id_check(struct slice id, struct fault *f)
{
	size_t at;

	if (id.n == 0)
		return fault_set(f, ST_INPUT, "message.id.syntax", "the message id is empty");
	if (id.n > MESSAGE_ID_MAX)
		return fault_set(f, ST_LIMIT, "message.id.length",
			"a message id of %zu bytes, at most %d are allowed", id.n, MESSAGE_ID_MAX);
	if (find_other(&at, id, is_id_byte))
		return fault_at(f, ST_INPUT, at, "message.id.syntax",
			"message id '%.*s' has byte 0x%02x: "
			"printable ASCII without blanks and brackets is allowed",
			SLICE_FMT(slice_to(id, SHOWN_MAX)), id.p[at]);
	return ST_OK;
}

enum status message_id_parse(struct slice *out, struct slice text, struct fault *f)
{
	struct slice id = text;

	if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = slice_sub(id, 1, id.n - 2);
	TRY(message_id_check(id, f));
	*out = id;
	return ST_OK;
}

/* The part behind the '@' is a dot-atom: dots stay only between letters and digits. */
static uint8_t id_byte(struct slice party, size_t i)
{
	uint8_t c = party.p[i];
	bool inside = i > 0 && i + 1 < party.n;

	if (c == '.' && inside && is_alnum(party.p[i - 1]) && is_alnum(party.p[i + 1]))
		return c;
	return is_atom_byte(c) ? c : '-';
}

static void party_put(struct buf *out, struct slice party_id)
{
	struct slice party = slice_to(party_id, PARTY_ID_MAX);

	for (size_t i = 0; i < party.n; i++)
		buf_put_u8(out, id_byte(party, i));
}

void message_id_new(struct buf *out, struct slice party_id, int64_t utc_ns)
{
	char id[ID_TEXT_MAX];

	buf_putf(out, "%s@", id_new(id, utc_ns));
	party_put(out, party_id);
}

static void id_derive(struct buf *out, const char *kind, struct slice party_id, struct slice digest)
{
	buf_put_text(out, kind);
	hex_format(out, slice_to(digest, 16));
	buf_put_text(out, "@");
	party_put(out, party_id);
}

#define ANSWER "answer-"

void message_id_answer(struct buf *out, struct slice party_id, struct slice digest)
{
	id_derive(out, ANSWER, party_id, digest);
}

bool message_id_is_answer(struct slice id)
{
	return slice_has_prefix(id, S(ANSWER));
}

void message_id_copy(struct buf *out, struct slice party_id, struct slice digest)
{
	id_derive(out, "copy-", party_id, digest);
}

enum status party_id_check(struct slice id, struct fault *f)
{
	size_t at;

	if (id.n == 0)
		return fault_set(f, ST_INPUT, "party.id.syntax", "the party id is empty");
	if (id.n > PARTY_ID_MAX)
		return fault_set(f, ST_LIMIT, "party.id.length",
			"a party id of %zu bytes, at most %d are allowed", id.n, PARTY_ID_MAX);
	if (find_other(&at, id, is_party_byte))
		return fault_at(f, ST_INPUT, at, "party.id.syntax",
			"party id '%.*s' has byte 0x%02x: printable ASCII is allowed",
			SLICE_FMT(slice_to(id, SHOWN_MAX)), id.p[at]);
	if (id.p[0] == ' ' || id.p[id.n - 1] == ' ')
		return fault_set(f, ST_INPUT, "party.id.syntax",
			"party id '%.*s' begins or ends with a blank, which nobody sees",
			SLICE_FMT(slice_to(id, SHOWN_MAX)));
	return ST_OK;
}

static bool is_token(struct slice text)
{
	size_t at;

	return text.n > 0 && !find_other(&at, text, is_token_byte);
}

enum status media_type_check(struct slice type, struct fault *f)
{
	struct slice main, sub;

	if (type.n > MEDIA_TYPE_MAX)
		return fault_set(f, ST_LIMIT, "media-type.length",
			"a media type of %zu bytes, at most %d are allowed", type.n,
			MEDIA_TYPE_MAX);
	if (!slice_cut(&main, &sub, type, '/') || !is_token(main) || !is_token(sub))
		return fault_set(f, ST_INPUT, "media-type.syntax", "'%.*s' is not type/subtype",
			SLICE_FMT(slice_to(type, SHOWN_MAX)));
	return ST_OK;
}

bool media_type_is_several(struct slice type)
{
	return slice_has_prefix(type, S("multipart/"));
}
