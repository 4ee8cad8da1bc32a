/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks that partners' agreements say they come from, of all partners that are not
 * suspended, for an edge to look an address up before it knows anything else of a peer.
 */
#ifndef TIELINE_PROCESSES_ORIGINS_H
#define TIELINE_PROCESSES_ORIGINS_H

#include "base/own.h"
#include "exchange/registry.h"

struct origins;
struct origins *origins_new(const struct registry *);
void origins_free(struct origins *);
DEFINE_AUTO(origins)

/* The narrowest network the address is in: the first address of it.  False: it is in none. */
bool origins_find(struct address *network, const struct origins *, const struct address *);

#endif
