/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign test data, which lies outside the repository: TIELINE_SHARED_DATA, or shared/data beside
 * the checkout.  A test that needs it is skipped, by name, where it is not.
 */
#ifndef TIELINE_TESTS_SHARED_DATA_H
#define TIELINE_TESTS_SHARED_DATA_H

#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"

/* The directory `below` in it; -1 where there is none.  Tests run in the checkout or in a build
 * directory there. */
static inline int shared_data_open(const char *below)
{
	const char *env = getenv("TIELINE_SHARED_DATA");
	const char *roots[] = { env ? env : "../shared/data", env ? env : "../../shared/data" };
	int dir = -1;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && dir < 0; i++) {
		AUTO_IN_PLACE(buf) path = buf_init(4096);

		buf_putf(&path, "%s/%s", roots[i], below);
		dir = open(buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return dir;
}

#endif
