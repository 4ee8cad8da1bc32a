/* SPDX-License-Identifier: Apache-2.0 */
/* Where a receipt goes: into the answer, or to the one address of the partner that we know. */
#ifndef TIELINE_PROCESSES_RECEIPT_ADDRESS_H
#define TIELINE_PROCESSES_RECEIPT_ADDRESS_H

#include "bindings/as2.h"
#include "exchange/registry.h"

#define RECEIPT_ADDRESS_MAX (PARTY_URL_MAX + AS2_PATH_MAX) /* bytes */

/*
 * The partner's: its sheet's address, or the agreement's for receipts, with the agreement's path.
 * `out` is empty before.
 */
void receipt_address_put(struct buf *out, const struct partner *);
/* Ours, as messages name it that ask for their receipts there. */
void receipt_address_own_put(struct buf *out, const struct settings *);

/*
 * Whether a message of this partner is answered in a connection of its own: it asks for that
 * (RFC 4130 7.1, Receipt-Delivery-Option) and the agreement lets it.  The address it names is only
 * compared: *odd gets "receipt.address" when it is another than ours of the partner, else no code.
 */
bool receipt_goes_later(struct fault *odd, const struct as2_head *, const struct partner *);

#endif
