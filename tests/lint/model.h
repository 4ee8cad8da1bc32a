/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the analysers cannot see across files: a fault is never ST_OK.  Put in front of every source
 * by tests/lint/analysers, and by nothing else.
 */
#include "base/fault.h"

#define fault_set(f, status, ...) (fault_set(f, status, __VA_ARGS__), (status))
#define fault_at(f, status, ...) (fault_at(f, status, __VA_ARGS__), (status))
#define fault_errno(f, status, ...) (fault_errno(f, status, __VA_ARGS__), (status))
