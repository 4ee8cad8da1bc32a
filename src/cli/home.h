/* SPDX-License-Identifier: Apache-2.0 */
/* The home a command works on: --home DIR or $TIELINE_HOME. */
#ifndef TIELINE_CLI_HOME_H
#define TIELINE_CLI_HOME_H

#include <jansson.h>

#include "exchange/registry.h"
#include "safeguards/keyring.h"

#define UNREAD_ID_MAX 512 /* bytes: any name that a directory has */
#define HOME_OPTION { "home", "DIR", "the gateway's home; default $TIELINE_HOME", NULL }

/* given: the value of --home or NULL.  NULL, with the reason on stderr, when neither is there. */
const char *home_path(const char *given);

/*
 * What to do about a home that could not be read, for fail(): whether it is one, or that its
 * settings are to be mended.  NULL: the fault says all there is.
 */
const char *home_hint(const struct fault *f);

/* The directory itself. ST_NONE "home.missing" | ST_HOST. */
NODISCARD enum status home_open(int *fd, const char *home, struct fault *f);

/*
 * Of a partner that does not hold on disk, by `what` of snapshot_read(): its party id, as far as a
 * directory's name tells it, and, for people, what that does to a gateway and what mends it.
 */
void unread_id_put(struct buf *out, const char *what);
const char *unread_effect(const char *what);
const char *unread_advice(const char *what);
json_t *unread_json(const char *what, const struct fault *f); /* { code, text } with the file */
/* All of it on stderr; where the clock is wrong, that it comes first. */
void unread_tell(const char *home, const char *what, const struct fault *f);

/*
 * Settings and partners as they stand on disk; partners that do not hold are named on stderr and
 * left out.
 */
NODISCARD enum status home_registry(struct registry **out, const char *home, struct fault *f);

/* The same; `ignored` hears of who is left out, and why. */
NODISCARD enum status home_registry_telling(struct registry **out, const char *home,
	void (*ignored)(void *context, const char *what, const struct fault *), void *context,
	struct fault *f);

/* Our own certificates as they stand on disk; the faults of snapshot_keyring(). */
NODISCARD enum status home_keyring(struct keyring **out, const char *home, struct fault *f);

/* Tells a running gateway to read its configuration again: true when there was one to tell. */
bool home_reload(int home);

#endif
