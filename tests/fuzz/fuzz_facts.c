/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts that somebody else wrote: they are read to their end or refused, every text lies within
 * them, and what is read can be written again and is the same.
 */
#include "base/log.h"
#include "exchange/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) again = buf_init(FACTS_MAX);
	const struct slice in = slice_of(data, size);
	struct slice rest = in;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &rest, NULL)) == ST_OK) {
		if (rest.n >= size - again.n)
			bug("a fact took nothing");
		if (!fact_name(fact.kind))
			bug("a fact has no name");
		fact_put(&again, &fact);
	}
	if (!slice_eq(buf_slice(&again), slice_to(in, again.n)) ||
		(st == ST_NONE) != (again.n == size))
		bug("facts are not what they were");
	return 0;
}
