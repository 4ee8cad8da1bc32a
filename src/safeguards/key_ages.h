/* SPDX-License-Identifier: Apache-2.0 */
/* Ages of the keys in a sheet: from what is known of a partner, and from the sheet itself. */
#ifndef TIELINE_SAFEGUARDS_KEY_AGES_H
#define TIELINE_SAFEGUARDS_KEY_AGES_H

#include "exchange/known_keys.h"
#include "exchange/sheet.h"

/* Every key of it; what is no certificate is passed over. */
void key_ages_note(struct known_keys *, const struct sheet *);
/* Likewise; and each sheet_cert.key_since_ns, from all that is known then. */
void key_ages_fill(struct sheet *, struct known_keys *);

#endif
