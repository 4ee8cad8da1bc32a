/* SPDX-License-Identifier: Apache-2.0 */
/* Whether OpenSSL asked for a passphrase: a server has nobody to answer, and would wait. */
#ifndef TIELINE_TESTS_TERMINAL_H
#define TIELINE_TESTS_TERMINAL_H

#include <openssl/ui.h>

#include "base/fault.h"

static unsigned terminal_asked;

static inline int terminal_ask(UI *ui)
{
	(void)ui;
	terminal_asked++;
	return 1;
}

/* From here on questions are counted and not asked. */
static inline void terminal_watch(void)
{
	UI_METHOD *method = UI_create_method("watched");

	if (!method || UI_method_set_opener(method, terminal_ask) != 0)
		die("test set-up: OpenSSL's user interface");
	UI_set_default_method(method);
}

static inline void terminal_done(void)
{
	UI_METHOD *method = (UI_METHOD *)(uintptr_t)UI_get_default_method();

	UI_set_default_method(UI_OpenSSL());
	UI_destroy_method(method);
}

#endif
