/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids of the segments of X12, versions 003040 to 005030: an acknowledgment tells a segment that
 * X12 does not have (AK304 is 1) from one that only this set does not (6).
 */
#ifndef TIELINE_DOCUMENTS_X12_SEGMENT_IDS_H
#define TIELINE_DOCUMENTS_X12_SEGMENT_IDS_H

#include "base/slice.h"

bool x12_segment_exists(struct slice id);

#endif
