/* SPDX-License-Identifier: Apache-2.0 */
/* The guides that come with the program; guides/meson.build makes guide_shipped.c of them. */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_SHIPPED_H
#define TIELINE_DOCUMENTS_X12_GUIDE_SHIPPED_H

#include "base/slice.h"

struct guide_shipped {
	const char *file;
	struct slice yaml;
};
extern const struct guide_shipped guide_shipped[];
extern const size_t guide_shipped_count;

#endif
