/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the database, so that what is kept has no life, no rights and no backup of its own. */
#include "ledger/kept.h"

#include "base/clock.h"
#include "base/codec.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"

#define HOUR_NS (INT64_C(3600) * NS_PER_S)

static enum status is_enough(
	bool *enough, struct ledger *l, const struct kept *k, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_KEPT_ENOUGH, V_INT(k->row),
		V_BYTES(k->partner), V_INT(k->at_ns - HOUR_NS), V_INT(KEPT_MOST));

	TRY(statement_step(l->sql, s, f));
	*enough = sqlite3_column_int(s, 0) != 0;
	sqlite3_reset(s);
	return ST_OK;
}

/* What comes of it later is held to this, as the history is signed. */
static enum status kept_note(
	struct ledger *l, const struct kept *k, struct slice bytes, struct fault *f)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * DIGEST_SIZE), detail = buf_init(LEDGER_DETAIL_MAX);
	uint8_t digest[DIGEST_SIZE];
	char at[TIME_TEXT_MAX];

	l->chain.digest(digest, bytes);
	hex_format(&hex, slice_of(digest, sizeof(digest)));
	buf_putf(&detail, "until %s, as it came: %zu bytes, SHA-256 %s",
		time_format(at, k->until_ns), bytes.n, buf_text(&hex));
	return ledger_note(l, k->row, k->at_ns, "kept", S(""), buf_slice(&detail), f);
}

enum status kept_add(struct ledger *l, const struct kept *k, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(KEPT_BYTES_MAX);
	bool enough;

	if (k->bytes.n == 0 || k->head.n > KEPT_BYTES_MAX ||
		k->bytes.n > KEPT_BYTES_MAX - k->head.n)
		return ST_OK;
	TRY(is_enough(&enough, l, k, f));
	if (enough)
		return ST_OK;
	buf_put(&bytes, k->head);
	TRY(fd_read_at(&bytes, k->fd, k->bytes.at, k->bytes.n, f));
	TRY(STATEMENT_RUN(l->sql, SQL_KEPT_ADD, f, V_INT(k->row), V_BYTES(k->partner),
		V_INT(k->at_ns), V_INT(k->until_ns), V_BYTES(buf_slice(&bytes))));
	TRY(STATEMENT_RUN(l->sql, SQL_KEPT_CUT, f, V_BYTES(k->partner), V_INT(KEPT_MOST)));
	return kept_note(l, k, buf_slice(&bytes), f);
}

enum status kept_expire(struct ledger *l, int64_t now_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_KEPT_EXPIRE, f, V_INT(now_ns));
}

enum status kept_read(int *fd, uint64_t *n, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_KEPT, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_NONE)
		return fault_set(f, ST_NONE, "message.not-kept",
			"nothing is kept of it as it came: only what could not be opened is, "
			"and for some days");
	TRY(st);
	struct slice bytes = column_bytes(s, 0);
	*n = bytes.n;
	st = memory_file_new(fd, "kept", bytes, f);
	sqlite3_reset(s);
	return st;
}
