/* SPDX-License-Identifier: Apache-2.0 */
/* A time in the register: of what is in force, and of what is offered, awarded or dispatched. */
#ifndef TIELINE_LEDGER_REGISTER_SPAN_H
#define TIELINE_LEDGER_REGISTER_SPAN_H

#include <stdint.h>

/* From from_ns to before until_ns. */
struct span {
	int64_t from_ns, until_ns;
};

#endif
