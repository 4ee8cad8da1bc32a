/* SPDX-License-Identifier: Apache-2.0 */
/* Used by status and doctor. */
#include "cli/own_clock.h"

#include <stdio.h>

#include <fcntl.h>

#include "base/fd.h"
#include "cli/certificates.h"
#include "cli/home.h"

bool own_clock_is_wrong(char words[CLOCK_WRONG_MAX], const char *home)
{
	AUTO(keyring) ring = NULL;
	AUTO(cert) root = NULL;
	AUTO_FD dir = -1;
	int64_t now_ns = clock_utc_ns();

	if (home_keyring(&ring, home, NULL) != ST_OK ||
		certificates_root(&root, home, NULL) != ST_OK ||
		home_open(&dir, home, NULL) != ST_OK)
		return false;
	const struct keyring_cert *sign = keyring_current(ring, CERT_SIGN, now_ns);
	AUTO_FD ledger = openat(dir, "ledger", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct clock_held held = { .root = root,
		.sign = sign ? sign->cert : NULL,
		.recorded_ns = ledger < 0 ? 0 : clock_recorded_ns(ledger) };
	if (clock_belief(&held, now_ns) != CLOCK_WRONG)
		return false;
	clock_wrong_words(words, &held, now_ns);
	return true;
}

bool own_clock_warn(const char *home)
{
	char words[CLOCK_WRONG_MAX];
	bool is_wrong = own_clock_is_wrong(words, home);

	if (is_wrong)
		fprintf(stderr, "tieline: %s: " CLOCK_WRONG_ADVICE "\n", words);
	return is_wrong;
}
