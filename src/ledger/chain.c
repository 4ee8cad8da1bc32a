/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes alone; history.c writes them, chain_walk.c looks through them. */
#include "ledger/chain.h"

#include <string.h>

#define ROOM_MAX (1 << 20) /* bytes: more than any event, or any message's row without its bytes */

struct chain chain_init(ledger_hash *digest)
{
	return (struct chain){ .room = buf_init(ROOM_MAX), .digest = digest };
}

void chain_done(struct chain *c)
{
	buf_done(&c->room);
}

/* Each value with its kind and, of bytes, their length: no two rows read the same. */
static void value_put(struct buf *out, const struct value *v)
{
	bool is_null = v->kind == VALUE_NULL || (v->kind == VALUE_TEXT && !v->bytes.p);

	buf_put_u8(out, is_null ? 'n' : (uint8_t)"ibt"[v->kind]);
	if (is_null)
		return;
	buf_put_u64(out, v->kind == VALUE_INT ? (uint64_t)v->number : v->bytes.n);
	if (v->kind != VALUE_INT)
		buf_put(out, v->bytes);
}

static void values_put(struct buf *out, const struct value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		value_put(out, &values[i]);
}

/* What does not fit was never written by us. */
static void room_digest(uint8_t out[CHAIN_HASH], const struct chain *c)
{
	if (c->room.overflow)
		memset(out, 0, CHAIN_HASH);
	else
		c->digest(out, buf_slice(&c->room));
}

/* Its last is nothing where it is not covered. */
static size_t born_count(const struct value *born)
{
	return CHAIN_BORN_COUNT - (born[CHAIN_BORN_COUNT - 1].kind == VALUE_NULL);
}

void chain_content(uint8_t out[CHAIN_HASH], struct chain *c, const struct value said[CHAIN_SAID],
	const struct value *born)
{
	buf_clear(&c->room);
	values_put(&c->room, said, CHAIN_SAID);
	if (born)
		values_put(&c->room, born, born_count(born));
	room_digest(out, c);
}

bool chain_is_worn(const struct chain_link *link)
{
	return link->renewed >= CHAIN_RENEWALS;
}

void chain_add(struct chain *c, const struct chain_link *link, const uint8_t content[CHAIN_HASH])
{
	static const uint8_t worn[CHAIN_HASH];
	const uint8_t *covered = chain_is_worn(link) ? worn : content;
	const struct value values[] = { V_BYTES(slice_of(c->hash, CHAIN_HASH)),
		V_INT(++c->place), V_INT(link->message), V_INT(link->number),
		V_INT(link->renewed), V_BYTES(link->what),
		V_BYTES(slice_of(covered, CHAIN_HASH)) };

	buf_clear(&c->room);
	values_put(&c->room, values, sizeof(values) / sizeof(values[0]));
	room_digest(c->hash, c);
}

bool chain_may_renew(struct slice what)
{
	/* "receipt-sent" is what older versions called an attempt. */
	static const char *const kinds[] = { "document-flagged", "document-read", "duplicate",
		"late-news", "receipt-address", "receipt-attempt", "receipt-deferred",
		"receipt-delivered", "receipt-expired", "receipt-queued", "receipt-refused",
		"receipt-sent", "receipt-withdrawn", "x12-answered", "x12-flagged", "x12-read",
		"x12-unmatched" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_eq(what, slice_str(kinds[i])))
			return true;
	return false;
}
