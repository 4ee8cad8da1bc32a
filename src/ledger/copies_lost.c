/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by the ledger process.  A message has one flag, and may not have reached several: its events
 * say whom, and whose copy was made again.
 */
#include "ledger/copies_lost.h"

#include "ledger/examination.h"
#include "ledger/ledger_internal.h"

#define EVENTS_READ_MAX (16 * LEDGER_COPY_EVENTS) /* of more, those say enough */

/* An event of a message about copies of it; texts are in `texts` of all of them. */
struct told {
	bool is_copied; /* "to RTO-1 as copy-...": else it was not, or was lost */
	bool is_flag;   /* the text is that of a flag already */
	uint32_t at;
	uint16_t n, code_n; /* the code stands behind the detail */
};

struct copies_told {
	struct buf list, texts;
};

static void copies_told_done(struct copies_told *t)
{
	buf_done(&t->list);
	buf_done(&t->texts);
}
DEFINE_AUTO_IN_PLACE(copies_told)

static void event_take(void *context, const struct ledger_event *e)
{
	struct copies_told *t = context;
	const bool is_copied = slice_eq(e->what, S("copied"));
	const bool is_flag = slice_eq(e->what, S("document-flagged")) &&
		slice_eq(e->fault_code, S(NOT_COPIED));
	/* What is a copy is rightly copied no further. */
	const bool is_not = slice_eq(e->what, S("not-copied")) &&
		!slice_eq(e->fault_code, S("der.view.copy"));
	const struct told told = { is_copied, is_flag, (uint32_t)t->texts.n,
		(uint16_t)e->detail.n, (uint16_t)e->fault_code.n };

	if (!is_copied && !is_flag && !is_not)
		return;
	buf_put(&t->texts, e->detail);
	buf_put(&t->texts, e->fault_code);
	buf_put(&t->list, slice_of(&told, sizeof(told)));
}

static const struct told *told_at(const struct copies_told *t, size_t index)
{
	return (const struct told *)(const void *)t->list.p + index;
}

static size_t told_count(const struct copies_told *t)
{
	return t->list.overflow || t->texts.overflow ? 0 : t->list.n / sizeof(struct told);
}

static struct slice detail_of(const struct copies_told *t, const struct told *told)
{
	return slice_sub(buf_slice(&t->texts), told->at, told->n);
}

/* Whether what was lost was lost on its way to this partner. */
static bool is_about(struct slice loss, struct slice partner)
{
	static const struct {
		const char *before, *behind;
	} words[] = { { "to ", ":" }, { "not copied to ", ":" }, { "the copy to ", " is " } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct slice before = slice_str(words[i].before);

		if (slice_has_prefix(loss, before) &&
			slice_has_prefix(slice_from(loss, before.n), partner) &&
			slice_has_prefix(slice_from(loss, before.n + partner.n),
				slice_str(words[i].behind)))
			return true;
	}
	return false;
}

/* Or on its way.  Of names that were split in the wrong place there is no message. */
static enum status is_there(bool *out, struct ledger *l, struct slice partner,
	struct slice message_id, struct fault *f)
{
	struct ledger_message m;
	uint64_t row;
	enum status st = ledger_find_sent(&row, l, partner, message_id, f);

	*out = false;
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	TRY(ledger_get(&m, l, row, f));
	*out = m.state != DELIVERY_REFUSED && m.state != DELIVERY_EXPIRED;
	return ST_OK;
}

/* Whether "to RTO-1 as copy-..." makes up for it.  Names may have " as " in them. */
static enum status makes_up(
	bool *out, struct ledger *l, struct slice copied, struct slice loss, struct fault *f)
{
	const struct slice as = S(" as "), names = slice_from(copied, S("to ").n);
	size_t at = 0, next;

	*out = false;
	for (; !*out && slice_find(&next, slice_from(names, at), as); at += next + 1)
		if (is_about(loss, slice_to(names, at + next)))
			TRY(is_there(out, l, slice_to(names, at + next),
				slice_from(names, at + next + as.n), f));
	return ST_OK;
}

static enum status is_mended(
	bool *out, struct ledger *l, const struct copies_told *t, size_t index, struct fault *f)
{
	const struct slice loss = detail_of(t, told_at(t, index));

	*out = false;
	for (size_t i = index + 1; i < told_count(t) && !*out; i++)
		if (told_at(t, i)->is_copied)
			TRY(makes_up(out, l, detail_of(t, told_at(t, i)), loss, f));
	return ST_OK;
}

static void why_put(struct fault *why, const struct copies_told *t, const struct told *told)
{
	const struct slice detail = detail_of(t, told);
	const struct slice code =
		slice_sub(buf_slice(&t->texts), told->at + told->n, told->code_n);

	if (told->is_flag)
		fault_set(why, ST_INPUT, NOT_COPIED, "%.*s", SLICE_FMT(detail));
	else
		fault_set(why, ST_INPUT, NOT_COPIED, "not copied %.*s (%.*s)", SLICE_FMT(detail),
			SLICE_FMT(code));
}

/* The last of those that were lost elsewhere, and still are; no code: there is none. */
static enum status other_find(struct fault *why, struct ledger *l, uint64_t of, struct slice to,
	struct fault *f)
{
	AUTO_IN_PLACE(copies_told) t = {
		.list = buf_init(EVENTS_READ_MAX * sizeof(struct told)),
		.texts = buf_init(EVENTS_READ_MAX * 2 * LEDGER_DETAIL_MAX)
	};
	bool mended;

	TRY(ledger_events(l, of, 0, EVENTS_READ_MAX, event_take, &t, f));
	for (size_t i = told_count(&t); i > 0 && !why->code[0]; i--) {
		const struct told *told = told_at(&t, i - 1);

		if (told->is_copied || is_about(detail_of(&t, told), to))
			continue;
		TRY(is_mended(&mended, l, &t, i - 1, f));
		if (!mended)
			why_put(why, &t, told);
	}
	return ST_OK;
}

enum status ledger_copy_mended(
	struct ledger *l, uint64_t of, struct slice to, int64_t now_ns, struct fault *f)
{
	struct ledger_message m;
	struct fault why = { 0 };

	TRY(ledger_get(&m, l, of, f));
	if (!slice_eq(m.fault_code, S(NOT_COPIED)))
		return ST_OK;
	TRY(other_find(&why, l, of, to, f));
	TRY(ledger_flag_end(l, of, NOT_COPIED, f));
	return why.code[0] ? ledger_flag(l, of, &why, now_ns, f) : ST_OK;
}

enum status ledger_copy_may_be(struct ledger *l, uint64_t of, struct slice to, struct fault *f)
{
	struct ledger_message m;
	const unsigned long long row = of;
	enum status st = ledger_get(&m, l, of, f);

	if (st == ST_NONE)
		return fault_set(f, ST_INPUT, "copy.origin",
			"it is to be a copy of message %llu, which is not there", row);
	TRY(st);
	if (slice_eq(m.partner, to))
		return fault_set(f, ST_AUTH, "copy.origin",
			"it is to be a copy of message %llu, which is exchanged with %.*s itself",
			row, SLICE_FMT(to));
	if (m.state == DELIVERY_REJECTED)
		return fault_set(f, ST_AUTH, "copy.origin",
			"it is to be a copy of message %llu, which was not taken", row);
	return ST_OK;
}
