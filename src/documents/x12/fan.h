/* SPDX-License-Identifier: Apache-2.0 */
/* Several listeners of one check: every event goes to all of them, in their order. */
#ifndef TIELINE_DOCUMENTS_X12_FAN_H
#define TIELINE_DOCUMENTS_X12_FAN_H

#include "documents/x12/check.h"

#define X12_FAN_MAX 4

struct x12_fan {
	struct x12_listener to[X12_FAN_MAX];
	size_t count;
};
void x12_fan_add(struct x12_fan *, const struct x12_listener *); /* copied */
/* Refers to the fan. */
struct x12_listener x12_fan_listener(struct x12_fan *);

#endif
