/* SPDX-License-Identifier: Apache-2.0 */
/* Used by process.c for all that ask envelopes.  It is pure. */
#include "processes/envelopes.h"

#include "exchange/settings.h"
#include "ledger/ledger.h"

enum burden envelopes_burden(unsigned lane, uint64_t size, bool is_dear)
{
	if (size > BODY_HUGE)
		return BURDEN_HUGE;
	/* What is larger waits for the disk, too. */
	return lane == 0 && size <= LEDGER_INLINE_MAX && !is_dear ? BURDEN_URGENT : BURDEN_USUAL;
}

static bool is_there(uint32_t there, unsigned index)
{
	return there >> index & 1;
}

static unsigned last_of(uint32_t there)
{
	unsigned last = WORKERS_MAX - 1;

	while (last > 0 && !is_there(there, last))
		last--;
	return last;
}

/* Of those from `first` up to, and without, `end`. */
static bool in_turn(
	unsigned *index, unsigned *turn, uint32_t there, unsigned first, unsigned end)
{
	for (unsigned tried = first; tried < end; tried++) {
		unsigned i = first + (*turn)++ % (end - first);
		if (is_there(there, i)) {
			*index = i;
			return true;
		}
	}
	return false;
}

bool envelopes_choose(
	unsigned *index, unsigned *turn, uint32_t there, enum burden burden, uint32_t waiting)
{
	unsigned last = last_of(there), end = last > 1 ? last : last + 1;
	bool is_behind = waiting >= ENVELOPE_BEHIND || !is_there(there, ENVELOPE_URGENT);

	if (burden == BURDEN_URGENT && is_behind)
		return in_turn(index, turn, there, 0, end);
	if (burden == BURDEN_USUAL)
		return in_turn(index, turn, there, 1, end);
	if (burden == BURDEN_HUGE && last == 0)
		return false;
	*index = burden == BURDEN_HUGE ? last : ENVELOPE_URGENT;
	return true;
}
