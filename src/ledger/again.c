/* SPDX-License-Identifier: Apache-2.0 */
/* One look into an index of few bytes a document; of equal ones it stands on the last at once. */
#include "ledger/again.h"

#include "ledger/history.h"
#include "ledger/ledger_internal.h"

enum status ledger_again(struct ledger_again *out, struct ledger *l,
	const struct ledger_message *arriving, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_FIND_CONTENT,
		V_BYTES(slice_of(arriving->digest, DIGEST_SIZE)), V_BYTES(arriving->partner),
		V_INT(arriving->area), V_BYTES(arriving->message_id));

	TRY(statement_step(l->sql, s, f));
	out->created_ns = sqlite3_column_int64(s, 1);
	enum status st = slice_to_text(
		out->message_id, sizeof(out->message_id), column_text(s, 0, MESSAGE_ID_MAX), f);
	sqlite3_reset(s);
	return st;
}

enum status ledger_again_note(
	struct ledger *l, uint64_t row, const struct fault *why, int64_t now_ns, struct fault *f)
{
	return ledger_note(l, row, now_ns, "content-again", slice_str(why->code),
		slice_str(why->text), f);
}
