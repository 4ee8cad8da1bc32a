/* SPDX-License-Identifier: Apache-2.0 */
/* Used by get, receipt, show and explain. */
#include "cli/selection.h"

#include "exchange/message.h"

enum status selection_read(struct selection *out, const struct arguments *a,
	const struct selection_options *at, struct fault *f)
{
	*out = (struct selection){
		.in = a->given[at->inbox],
		.out = a->given[at->outbox],
		.partner = slice_str(a->values[at->partner]),
	};
	return message_id_parse(&out->message_id, slice_str(a->operands[0]), f);
}
