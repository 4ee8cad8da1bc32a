/* SPDX-License-Identifier: Apache-2.0 */
/* Which generations of our certificates, or of their keys, a directory holds. */
#ifndef TIELINE_PROCESSES_KEYRING_FILES_H
#define TIELINE_PROCESSES_KEYRING_FILES_H

#include "safeguards/keyring.h"

#define KEYRING_FILES_MAX 64

struct keyring_files {
	struct keyring_file {
		enum cert_use use;
		unsigned generation;
	} list[KEYRING_FILES_MAX]; /* by use, then by generation */
	size_t count;
};

/*
 * suffix ".pem": a home; ".key": its keys/.  ST_HOST "home.open", ST_LIMIT "home.certificates":
 * more than KEYRING_FILES_MAX.
 */
NODISCARD enum status keyring_files_find(
	struct keyring_files *out, int dir, const char *suffix, struct fault *f);

#endif
